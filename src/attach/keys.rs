//! What the user's terminal sends → keys, reports of the mouse, and pastes.
//!
//! A guest gets what its own modes ask for, and that need not be what the user's terminal sends: so keys are understood here
//! and encoded again by the guest's terminal. What is not understood goes through as it came. The sequences are those of
//! xterm and its kin, tmux, rxvt and the Linux console; a lone Escape is a key once nothing has followed it for
//! [`ESCAPE_WAIT`]. Strings (`ESC P`, `ESC ]`, `ESC _`) are answers while some are awaited; at any other time they are Alt with a
//! key, and keys.

use std::time::Duration;

use super::answers::{self, Answer};
use crate::input::{Keysym, Modifiers};

/// How long the rest of a sequence is waited for.
pub const ESCAPE_WAIT: Duration = Duration::from_millis(30);
/// The same of what hardly anybody types: the rest of a key over a slow line, or of an answer.
pub const ANSWER_WAIT: Duration = Duration::from_secs(1);
/// The longest sequence that is understood, in bytes: a sentence that an input method gives at once, in numbers.
pub const SEQUENCE_MAX: usize = 512;
/// Keys whose end is awaited, at most.
const DOWN_MAX: usize = 32;

const ESC: u8 = 0x1b;
/// What ends a paste.
const PASTE_END: &[u8] = b"\x1b[201~";

/// What the user did.
#[derive(Clone, PartialEq, Eq)]
pub enum Typed {
    /// A key was pressed, with these modifiers.
    Key(Keysym, Modifiers),
    /// A key went up; few terminals tell that.
    KeyUp(Keysym),
    /// The terminal answers what it was asked.
    Answer(Answer),
    /// The mouse: a report in SGR's way.
    Mouse(MouseReport),
    /// A piece of a paste, as UTF-8.
    Paste(String),
    /// The paste is over.
    PasteEnd,
    /// The terminal came into focus, or went out of it.
    Focus(bool),
    /// Bytes that mean nothing here.
    Bytes(Vec<u8>),
}

/// `CSI < code ; column ; row M` or `m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MouseReport {
    /// The button and the modifiers, as xterm puts them together.
    pub code: u16,
    /// From 0.
    pub column: u16,
    /// From 0.
    pub row: u16,
    /// Pressed or moved, or else released.
    pub down: bool,
}

impl MouseReport {
    /// It was moved, and no button went down or up.
    pub fn is_motion(self) -> bool {
        self.code & 0x20 != 0
    }

    /// The bit of its button, as VNC and we have them, and whether that is the wheel, which has no release; none of a motion
    /// without a button.
    pub fn button(self) -> (u16, bool) {
        let number = self.code & 3 | (self.code & 0xc0) >> 4;
        let bit = match number {
            // 3 stands for none.
            3 => 0,
            0..=2 => 1 << number,
            // The wheel's four, then those beyond.
            4..=7 => 1 << (number - 1),
            _ => 1 << (number - 1).min(10),
        };
        (bit, (4..=7).contains(&number))
    }
}

impl std::fmt::Debug for Typed {
    // Keystrokes are never logged (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(..) => f.write_str("Key"),
            Self::KeyUp(_) => f.write_str("KeyUp"),
            Self::Answer(answer) => answer.fmt(f),
            Self::Mouse(report) => report.fmt(f),
            Self::Paste(text) => write!(f, "Paste({} bytes)", text.len()),
            Self::PasteEnd => f.write_str("PasteEnd"),
            Self::Focus(on) => write!(f, "Focus({on})"),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

/// See the module.
#[derive(Default)]
pub struct Keys {
    /// What has come and is not understood yet: at most [`SEQUENCE_MAX`] bytes beyond one read.
    waiting: Vec<u8>,
    pasting: bool,
    /// Answers are awaited.
    expects: bool,
    /// Keys that are down, by the numbers that their ends are told with.
    down: Vec<(u32, Keysym)>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({} bytes)", self.waiting.len())
    }
}

/// What the first bytes are, and how many of them.
#[derive(Clone, PartialEq, Eq)]
enum Found {
    Typed(Typed, usize),
    /// A key with a number: it went down, or up.
    Numbered {
        code: u32,
        keysym: Keysym,
        held: Modifiers,
        down: bool,
        taken: usize,
    },
    /// Text that no key stands for, or more of it than one key has: an input method's, say.
    Text(Vec<Keysym>, usize),
    PasteBegins(usize),
    /// Nobody knows, so it goes through.
    Unknown(usize),
    /// Nobody's business.
    Nothing(usize),
    /// The beginning of something.
    Incomplete,
}

impl Keys {
    /// Whether answers are awaited now.
    pub fn expect(&mut self, answers: bool) {
        self.expects = answers;
    }

    /// Takes what has come, cut anywhere.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Typed> {
        self.waiting.extend_from_slice(bytes);
        let mut typed = Vec::new();
        while if self.pasting { self.paste(&mut typed) } else { self.step(&mut typed) } {}
        typed
    }

    /// Whether the rest of something is waited for.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() && !self.pasting
    }

    /// How long to wait for it.
    pub fn patience(&self) -> Duration {
        let may_be_answer = self.expects && matches!(self.waiting.as_slice(), [ESC, b'_'] | [ESC, b'_', b'G', ..]);
        if may_be_answer || is_numbered(&self.waiting) { ANSWER_WAIT } else { ESCAPE_WAIT }
    }

    /// Nothing has come for a while: what was waited for does not come.
    pub fn give_up(&mut self) -> Vec<Typed> {
        if self.pasting {
            return Vec::new();
        }
        let waiting = std::mem::take(&mut self.waiting);
        match waiting.as_slice() {
            [] => Vec::new(),
            [ESC] => vec![Typed::Key(Keysym::ESCAPE, Modifiers::NONE)],
            [ESC, ESC] => vec![Typed::Key(Keysym::ESCAPE, ALT)],
            // The letters that begin sequences.
            [ESC, byte @ 0x20..0x7f] => vec![Typed::Key(Keysym(u32::from(*byte)), ALT)],
            // A piece of an answer: nobody is to read that.
            [ESC, b'_', b'G', ..] if self.expects => Vec::new(),
            _ if self.expects && is_numbered(&waiting) => Vec::new(),
            // It was typed after all.
            [ESC, b']' | b'P' | b'_', ..] if self.expects => {
                self.expects = false;
                let typed = self.take(&waiting).into_iter().chain(self.give_up()).collect();
                self.expects = true;
                typed
            }
            _ => vec![Typed::Bytes(waiting)],
        }
    }

    /// A key with a number: what it is called when it goes up is what it was called when it went down.
    fn numbered(&mut self, code: u32, keysym: Keysym, held: Modifiers, down: bool, typed: &mut Vec<Typed>) {
        let before = self.down.iter().position(|(other, _)| *other == code).map(|at| self.down.remove(at).1);
        if !down {
            typed.push(Typed::KeyUp(before.unwrap_or(keysym)));
            return;
        }
        typed.extend(before.filter(|before| *before != keysym).map(Typed::KeyUp));
        if self.down.len() < DOWN_MAX {
            self.down.push((code, keysym));
        }
        typed.push(Typed::Key(keysym, held));
    }

    fn step(&mut self, typed: &mut Vec<Typed>) -> bool {
        let found = found(&self.waiting, self.expects);
        let taken = match found {
            Found::Incomplete if self.waiting.len() <= SEQUENCE_MAX => return false,
            Found::Incomplete => self.waiting.len(),
            Found::Numbered { taken, .. } => taken,
            Found::Typed(_, taken) | Found::PasteBegins(taken) | Found::Unknown(taken) => taken,
            Found::Text(_, taken) | Found::Nothing(taken) => taken,
        };
        let bytes: Vec<u8> = self.waiting.drain(..taken).collect();
        match found {
            Found::Typed(found, _) => typed.push(found),
            Found::Numbered { code, keysym, held, down, .. } => self.numbered(code, keysym, held, down, typed),
            // No end of it is ever told.
            Found::Text(text, _) => {
                typed.extend(text.into_iter().flat_map(|key| [Typed::Key(key, Modifiers::NONE), Typed::KeyUp(key)]));
            }
            Found::PasteBegins(_) => self.pasting = true,
            Found::Nothing(_) => {}
            Found::Unknown(_) | Found::Incomplete => typed.push(Typed::Bytes(bytes)),
        }
        true
    }

    /// Takes what of a paste is there: all, but for what may be the beginning of its end, or of a character.
    fn paste(&mut self, typed: &mut Vec<Typed>) -> bool {
        let end = self.waiting.windows(PASTE_END.len()).position(|window| window == PASTE_END);
        let text = end.unwrap_or_else(|| {
            let tail = (1..PASTE_END.len()).rev().find(|length| self.waiting.ends_with(&PASTE_END[..*length]));
            self.waiting.len() - tail.unwrap_or(0)
        });
        let whole = match (end, std::str::from_utf8(&self.waiting[..text])) {
            (None, Err(error)) if error.error_len().is_none() => error.valid_up_to(),
            _ => text,
        };
        if whole > 0 {
            typed.push(Typed::Paste(String::from_utf8_lossy(&self.waiting[..whole]).into_owned()));
            self.waiting.drain(..whole);
        }
        if end.is_some() {
            self.waiting.drain(..PASTE_END.len());
            self.pasting = false;
            typed.push(Typed::PasteEnd);
        }
        end.is_some()
    }
}

const ALT: Modifiers = Modifiers { alt: true, ..Modifiers::NONE };
const CONTROL: Modifiers = Modifiers { control: true, ..Modifiers::NONE };

/// A key of so many bytes; if there is none, they are not known.
fn told(keysym: Option<Keysym>, held: Modifiers, taken: usize) -> Found {
    keysym.map_or(Found::Unknown(taken), |keysym| Found::Typed(Typed::Key(keysym, held), taken))
}

/// The same with Alt held, and so many bytes before it.
fn with_alt(found: Found, before: usize) -> Found {
    match found {
        Found::Typed(Typed::Key(keysym, held), taken) => {
            Found::Typed(Typed::Key(keysym, Modifiers { alt: true, ..held }), taken + before)
        }
        Found::Incomplete => Found::Incomplete,
        Found::Numbered { code, keysym, held, down, taken } => {
            Found::Numbered { code, keysym, held: Modifiers { alt: true, ..held }, down, taken: taken + before }
        }
        Found::Typed(_, taken) | Found::PasteBegins(taken) | Found::Unknown(taken) => Found::Unknown(taken + before),
        Found::Text(_, taken) | Found::Nothing(taken) => Found::Unknown(taken + before),
    }
}

/// The first thing in `bytes`, which may be an answer if one is awaited.
fn found(bytes: &[u8], expects: bool) -> Found {
    match bytes {
        [] => Found::Incomplete,
        [ESC, rest @ ..] => match rest {
            [] => Found::Incomplete,
            [b'[', rest @ ..] => sequence(rest),
            [b'O', rest @ ..] => single_shift(rest),
            // Strings that answer something, and so are nobody's keys.
            [b']' | b'P' | b'_', ..] if expects => string(rest),
            // Alt and a key that has a sequence itself.
            [ESC, b'[' | b'O', ..] => with_alt(found(rest, expects), 1),
            [ESC] => Found::Incomplete,
            [ESC, ..] => told(Some(Keysym::ESCAPE), Modifiers::NONE, 1),
            _ => with_alt(character(rest), 1),
        },
        _ => character(bytes),
    }
}

/// A character, or what Control makes of one.
fn character(bytes: &[u8]) -> Found {
    let control = |ch: u8| told(Some(Keysym(ch.into())), CONTROL, 1);
    match bytes.first().copied() {
        None => Found::Incomplete,
        Some(0) => control(b' '),
        Some(b'\t') => told(Some(Keysym::TAB), Modifiers::NONE, 1),
        Some(b'\r') => told(Some(Keysym::RETURN), Modifiers::NONE, 1),
        Some(0x7f) => told(Some(Keysym::BACKSPACE), Modifiers::NONE, 1),
        Some(byte @ 0x01..=0x1a) => control(byte + b'a' - 1),
        Some(byte @ 0x1b..=0x1f) => control(byte + 0x40),
        Some(_) => {
            let first = &bytes[..bytes.len().min(4)];
            let text = match std::str::from_utf8(first) {
                Ok(text) => text,
                Err(error) if error.valid_up_to() > 0 => {
                    std::str::from_utf8(&first[..error.valid_up_to()]).unwrap_or_default()
                }
                Err(error) => return error.error_len().map_or(Found::Incomplete, Found::Unknown),
            };
            let ch = text.chars().next().unwrap_or_default();
            told(Keysym::from_char(ch), Modifiers::NONE, ch.len_utf8())
        }
    }
}

/// `ESC O` and what follows it; some put modifiers before the last byte.
fn single_shift(rest: &[u8]) -> Found {
    match rest {
        [] | [b'1'..=b'9'] => Found::Incomplete,
        [digit @ b'1'..=b'9', last, ..] => told(function(*last), modifiers((digit - b'0').into()), 4),
        // Else it was Alt with a capital O.
        [last, ..] => match function(*last) {
            None => told(Some(Keysym(u32::from(b'O'))), ALT, 2),
            keysym => told(keysym, Modifiers::NONE, 3),
        },
    }
}

/// A string, from its second byte on to its end. One that has hardly begun may be Alt with a key.
fn string(text: &[u8]) -> Found {
    let terminator = text.windows(2).position(|pair| pair == b"\x1b\\").map(|at| (at, at + 2));
    let end = terminator.or_else(|| text.iter().position(|byte| *byte == 7).map(|at| (at, at + 1)));
    let Some((at, end)) = end else { return Found::Incomplete };
    match answers::string(&text[..at]) {
        Some(answer) => Found::Typed(Typed::Answer(answer), end + 1),
        None => Found::Nothing(end + 1),
    }
}

/// Whether this is the beginning of a sequence with numbers, which nobody types.
fn is_numbered(waiting: &[u8]) -> bool {
    matches!(waiting, [ESC, b'[', b'?' | b'0'..=b'9', ..])
}

/// `ESC [` and what follows it.
fn sequence(rest: &[u8]) -> Found {
    // The Linux console's first function keys.
    if let [b'[', after @ ..] = rest {
        let Some(last) = after.first() else { return Found::Incomplete };
        let first = (b'A'..=b'E').contains(last).then(|| Keysym(Keysym::F1.0 + u32::from(last - b'A')));
        return told(first, Modifiers::NONE, 4);
    }
    let Some(end) = rest.iter().position(|byte| !(0x20..0x40).contains(byte)) else { return Found::Incomplete };
    let (parameters, last, taken) = (&rest[..end], rest[end], end + 3);
    if let ([b'<', report @ ..], b'M' | b'm') = (parameters, last) {
        return match numbers(report)[..] {
            [code, column, row] => {
                let (column, row) = (column.saturating_sub(1), row.saturating_sub(1));
                Found::Typed(Typed::Mouse(MouseReport { code, column, row, down: last == b'M' }), taken)
            }
            _ => Found::Nothing(taken),
        };
    }
    if let Some(answer) = answers::sequence(parameters, last) {
        return Found::Typed(Typed::Answer(answer), taken);
    }
    // Answers that nobody has asked for.
    if parameters.first().is_some_and(|first| b"?>=<".contains(first)) || last == b't' {
        return Found::Nothing(taken);
    }
    let numbers = numbers(parameters);
    let number = |at: usize| numbers.get(at).copied().filter(|number| *number > 0).unwrap_or(1);
    let (held, phase) = (modifiers(number(1)), part(parameters, 1, 1));
    let key = |keysym: Option<Keysym>| match (keysym, phase) {
        // Its end (kitty's protocol).
        (Some(keysym), Some(3)) => Found::Typed(Typed::KeyUp(keysym), taken),
        _ => told(keysym, held, taken),
    };
    match last {
        b'I' if parameters.is_empty() => Found::Typed(Typed::Focus(true), taken),
        b'O' if parameters.is_empty() => Found::Typed(Typed::Focus(false), taken),
        b'Z' => told(Some(Keysym::TAB), Modifiers { shift: true, ..held }, taken),
        b'~' => match number(0) {
            200 => Found::PasteBegins(taken),
            27 => told(by_code(number(2).into()), held, taken),
            first => key(tilde(first)),
        },
        b'u' => {
            let text = text(parameters);
            let code = match part(parameters, 0, 0) {
                Some(code) if text.len() < 2 || phase == Some(3) => code,
                _ if text.is_empty() => return Found::Unknown(taken),
                _ => return Found::Text(text, taken),
            };
            // What it types, where that is told, or else what stands on it with Shift.
            let shifted = part(parameters, 0, 1).filter(|_| held.shift);
            let typed = part(parameters, 2, 0).filter(|typed| *typed >= 0x20 && !held.control).or(shifted);
            match typed.and_then(by_code).or_else(|| by_code(code)) {
                Some(keysym) => Found::Numbered { code, keysym, held, down: phase != Some(3), taken },
                None => Found::Unknown(taken),
            }
        }
        b'A'..=b'S' => key(function(last)),
        _ => Found::Unknown(taken),
    }
}

/// A number between colons, in a field between semicolons; 0 and nothing are none.
fn part(parameters: &[u8], field: usize, at: usize) -> Option<u32> {
    let part = parameters.split(|byte| *byte == b';').nth(field)?.split(|byte| *byte == b':').nth(at)?;
    std::str::from_utf8(part).ok()?.parse().ok().filter(|number| *number > 0)
}

/// What a key types, as kitty's protocol tells it: the numbers of characters, in the third field.
fn text(parameters: &[u8]) -> Vec<Keysym> {
    let field = parameters.split(|byte| *byte == b';').nth(2).unwrap_or_default();
    let number = |part: &[u8]| std::str::from_utf8(part).ok()?.parse().ok();
    let characters = field.split(|byte| *byte == b':').filter_map(number).filter(|number| *number >= 0x20);
    characters.filter_map(by_code).collect()
}

/// Numbers between semicolons; what is behind a colon in them does not matter.
fn numbers(parameters: &[u8]) -> Vec<u16> {
    let number = |field: &[u8]| {
        let digits = field.iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_u16, |sum, digit| sum.saturating_mul(10).saturating_add((digit - b'0').into()))
    };
    parameters.split(|byte| *byte == b';').map(number).collect()
}

/// What xterm tells of modifiers, and kitty of Caps Lock: one more than the sum of their bits.
fn modifiers(number: u16) -> Modifiers {
    let bits = number.saturating_sub(1);
    let has = |bit: u16| bits & bit != 0;
    Modifiers { shift: has(1), alt: has(2), control: has(4), meta: has(8), caps_lock: has(64), ..Modifiers::NONE }
}

/// The key of a sequence that ends in a letter.
fn function(last: u8) -> Option<Keysym> {
    Some(match last {
        b'A' => Keysym::UP,
        b'B' => Keysym::DOWN,
        b'C' => Keysym::RIGHT,
        b'D' => Keysym::LEFT,
        b'E' => Keysym::BEGIN,
        b'F' => Keysym::END,
        b'H' => Keysym::HOME,
        b'M' => Keysym::KP_ENTER,
        b'P'..=b'S' => Keysym(Keysym::F1.0 + u32::from(last - b'P')),
        b'X' => Keysym::KP_EQUAL,
        // `*` to `9`, as they stand on the keypad and in ASCII.
        b'j'..=b'y' => Keysym(Keysym::KP_MULTIPLY.0 + u32::from(last - b'j')),
        _ => return None,
    })
}

/// The key of a sequence that ends in a tilde.
fn tilde(number: u16) -> Option<Keysym> {
    let function = |from: u16, first: u32| Some(Keysym(Keysym::F1.0 + first - 1 + u32::from(number - from)));
    match number {
        1 | 7 => Some(Keysym::HOME),
        2 => Some(Keysym::INSERT),
        3 => Some(Keysym::DELETE),
        4 | 8 => Some(Keysym::END),
        5 => Some(Keysym::PAGE_UP),
        6 => Some(Keysym::PAGE_DOWN),
        11..=15 => function(11, 1),
        17..=21 => function(17, 6),
        23..=26 => function(23, 11),
        28..=29 => function(28, 15),
        31..=34 => function(31, 17),
        _ => None,
    }
}

/// The key of a character's number, as modifyOtherKeys and kitty's protocol tell it.
fn by_code(code: u32) -> Option<Keysym> {
    match code {
        9 => Some(Keysym::TAB),
        13 => Some(Keysym::RETURN),
        27 => Some(Keysym::ESCAPE),
        127 => Some(Keysym::BACKSPACE),
        // A private area of Unicode, where kitty's protocol has its other keys.
        57_344..=63_743 => FUNCTIONS.iter().find_map(|(first, last, keysym)| {
            (*first..=*last).contains(&code).then(|| Keysym(keysym.0 + code - first))
        }),
        _ => char::from_u32(code).filter(|ch| !ch.is_control()).and_then(Keysym::from_char),
    }
}

/// Keys of kitty's protocol that have no sequence of their own: the first and last of some in a row, and the first one's
/// keysym.
const FUNCTIONS: &[(u32, u32, Keysym)] = &[
    (57_358, 57_358, Keysym::CAPS_LOCK),
    (57_359, 57_359, Keysym::SCROLL_LOCK),
    (57_360, 57_360, Keysym::NUM_LOCK),
    (57_361, 57_361, Keysym::PRINT),
    (57_362, 57_362, Keysym::PAUSE),
    (57_363, 57_363, Keysym::MENU),
    (57_376, 57_398, Keysym(Keysym::F1.0 + 12)),
    (57_399, 57_408, Keysym::KP_0),
    (57_409, 57_409, Keysym::KP_DECIMAL),
    (57_410, 57_410, Keysym::KP_DIVIDE),
    (57_411, 57_411, Keysym::KP_MULTIPLY),
    (57_412, 57_412, Keysym::KP_SUBTRACT),
    (57_413, 57_413, Keysym::KP_ADD),
    (57_414, 57_414, Keysym::KP_ENTER),
    (57_415, 57_415, Keysym::KP_EQUAL),
    (57_416, 57_416, Keysym::KP_SEPARATOR),
    (57_417, 57_417, Keysym::KP_LEFT),
    (57_418, 57_418, Keysym::KP_RIGHT),
    (57_419, 57_419, Keysym::KP_UP),
    (57_420, 57_420, Keysym::KP_DOWN),
    (57_421, 57_421, Keysym::KP_PAGE_UP),
    (57_422, 57_422, Keysym::KP_PAGE_DOWN),
    (57_423, 57_423, Keysym::KP_HOME),
    (57_424, 57_424, Keysym::KP_END),
    (57_425, 57_425, Keysym::KP_INSERT),
    (57_426, 57_426, Keysym::KP_DELETE),
    (57_427, 57_427, Keysym::KP_BEGIN),
    (57_441, 57_441, Keysym::SHIFT_L),
    (57_442, 57_442, Keysym::CONTROL_L),
    (57_443, 57_443, Keysym::ALT_L),
    (57_444, 57_444, Keysym::SUPER_L),
    (57_447, 57_447, Keysym::SHIFT_R),
    (57_448, 57_448, Keysym::CONTROL_R),
    (57_449, 57_449, Keysym::ALT_R),
    (57_450, 57_450, Keysym::SUPER_R),
    (57_453, 57_453, Keysym::ISO_LEVEL3_SHIFT),
    (57_454, 57_454, Keysym::ISO_LEVEL5_SHIFT),
];

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
