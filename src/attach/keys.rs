//! What the user's terminal sends → keys, reports of the mouse, and pastes.
//!
//! A guest gets what its own modes ask for, and that need not be what the user's terminal sends: so keys are understood here
//! and encoded again by the guest's terminal. What is not understood goes through as it came. The sequences are those of
//! xterm and its kin, tmux, rxvt and the Linux console; a lone Escape is a key once nothing has followed it for
//! [`ESCAPE_WAIT`].

use std::time::Duration;

use super::answers::{self, Answer};
use crate::input::{Keysym, Modifiers};

/// How long the rest of a sequence is waited for.
pub const ESCAPE_WAIT: Duration = Duration::from_millis(30);
/// The same of what can only be an answer, which no user types.
pub const ANSWER_WAIT: Duration = Duration::from_secs(1);
/// The longest sequence that is understood, in bytes.
pub const SEQUENCE_MAX: usize = 64;
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
    PasteBegins(usize),
    /// Nobody knows, so it goes through.
    Unknown(usize),
    /// Nobody's business.
    Nothing(usize),
    /// The beginning of something.
    Incomplete,
}

impl Keys {
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
        if is_answer(&self.waiting) { ANSWER_WAIT } else { ESCAPE_WAIT }
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
            _ if is_answer(&waiting) => Vec::new(),
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
        let found = found(&self.waiting);
        let taken = match found {
            Found::Incomplete if self.waiting.len() <= SEQUENCE_MAX => return false,
            Found::Incomplete => self.waiting.len(),
            Found::Numbered { taken, .. } => taken,
            Found::Typed(_, taken) | Found::PasteBegins(taken) | Found::Unknown(taken) | Found::Nothing(taken) => taken,
        };
        let bytes: Vec<u8> = self.waiting.drain(..taken).collect();
        match found {
            Found::Typed(found, _) => typed.push(found),
            Found::Numbered { code, keysym, held, down, .. } => self.numbered(code, keysym, held, down, typed),
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
        Found::Typed(_, taken) | Found::PasteBegins(taken) | Found::Unknown(taken) | Found::Nothing(taken) => {
            Found::Unknown(taken + before)
        }
    }
}

/// The first thing in `bytes`.
fn found(bytes: &[u8]) -> Found {
    match bytes {
        [] => Found::Incomplete,
        [ESC, rest @ ..] => match rest {
            [] => Found::Incomplete,
            [b'[', rest @ ..] => sequence(rest),
            [b'O', rest @ ..] => single_shift(rest),
            // Strings that answer something, and so are nobody's keys.
            [b']' | b'P' | b'_', ..] => string(rest),
            // Alt and a key that has a sequence itself.
            [ESC, b'[' | b'O', ..] => with_alt(found(rest), 1),
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

/// Whether this is the beginning of an answer, which nobody types.
fn is_answer(waiting: &[u8]) -> bool {
    matches!(waiting, [ESC, b'_' | b'P' | b']', 0x20..=0x7e, ..] | [ESC, b'[', b'?' | b'0'..=b'9', ..])
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
            let code = part(parameters, 0, 0).unwrap_or(1);
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

/// Numbers between semicolons; what is behind a colon in them does not matter.
fn numbers(parameters: &[u8]) -> Vec<u16> {
    let number = |field: &[u8]| {
        let digits = field.iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_u16, |sum, digit| sum.saturating_mul(10).saturating_add((digit - b'0').into()))
    };
    parameters.split(|byte| *byte == b';').map(number).collect()
}

/// What xterm tells of modifiers: one more than the sum of their bits.
fn modifiers(number: u16) -> Modifiers {
    let bits = number.saturating_sub(1);
    let has = |bit: u16| bits & bit != 0;
    Modifiers { shift: has(1), alt: has(2), control: has(4), meta: has(8), ..Modifiers::NONE }
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
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::input::KeyEvent;
    use crate::terminal::{Options, Terminal};

    /// What a guest in these modes gets of what the user's terminal sends.
    fn guest_gets(modes: &[u8], sent: &[u8]) -> Vec<u8> {
        let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
        terminal.feed(modes);
        let mut keys = Keys::default();
        let typed: Vec<Typed> = keys.take(sent).into_iter().chain(keys.give_up()).collect();
        let mut got = Vec::new();
        for typed in typed {
            match typed {
                Typed::Key(keysym, held) => {
                    terminal.key(&KeyEvent { keysym, keycode: None, down: true, repeat: false }, held);
                    got.extend(terminal.take_input());
                }
                Typed::Bytes(bytes) => got.extend(bytes),
                other => panic!("{other:?}"),
            }
        }
        got
    }

    #[test]
    fn a_guest_with_xterms_modes_gets_what_an_xterm_sends() {
        let controls: Vec<Vec<u8>> = (0..0x80).map(|byte| vec![byte]).collect();
        let alt: Vec<Vec<u8>> = (0..0x80).map(|byte| vec![ESC, byte]).collect();
        let cursor = b"ABCDEFH"
            .iter()
            .flat_map(|last| [format!("\x1b[{}", *last as char), format!("\x1b[1;5{}", *last as char)]);
        let tilde = [2, 3, 5, 6, 15, 17, 18, 19, 20, 21, 23, 24]
            .into_iter()
            .flat_map(|n| [format!("\x1b[{n}~"), format!("\x1b[{n};2~")]);
        let others = ["\x1bOP", "\x1bOS", "\x1b[1;5P", "\x1b[Z", "ü", "漢", "\u{1f600}"].map(str::to_owned);
        let all = controls.into_iter().chain(alt).chain(cursor.chain(tilde).chain(others).map(String::into_bytes));
        let wrong: Vec<_> = all.filter(|sent| guest_gets(b"", sent) != *sent).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn a_guest_gets_what_its_modes_ask_for() {
        for (modes, sent, got) in [
            (&b"\x1b[?1h"[..], &b"\x1b[A\x1b[H"[..], &b"\x1bOA\x1bOH"[..]),
            (b"\x1b[20h", b"\r", b"\r\n"),
            (b"\x1b[?67h", b"\x7f", b"\x08"),
            (b"\x1b[>4;2m", b"\x03", b"\x1b[27;5;99~"),
            (b"", b"\x1b[[A\x1b[[E", b"\x1bOP\x1b[15~"),
            (b"", b"\x1b[1~\x1b[4~", b"\x1b[H\x1b[F"),
            (b"", b"\x1b\x1b[A", b"\x1b[1;3A"),
            (b"", b"\x1b[97;5u\x1b[27;5;98~", b"\x01\x02"),
            (b"", b"\x1b[99;9W\xff", b"\x1b[99;9W\xff"),
        ] {
            assert_eq!(guest_gets(modes, sent), got, "{modes:?} {sent:?}");
        }
    }

    #[test]
    fn nothing_depends_on_how_it_is_cut() {
        let sent = "a\x1b[1;5A漢\x1b[<0;3;4M\x1b[<0;3;4m\x1b[200~p漢\x1b[201\x1b[201~b\x1b[I\x1b[?62;c\x1b]11;rgb:0/0/0\x1b\\\x1bOA".as_bytes();
        let whole = joined(Keys::default().take(sent));
        assert_eq!(whole.len(), 10, "{whole:?}");
        for size in 1..sent.len() {
            let mut keys = Keys::default();
            let typed = sent.chunks(size).flat_map(|piece| keys.take(piece)).collect();
            assert!(joined(typed) == whole, "in pieces of {size}");
            assert!(!keys.is_waiting());
        }
    }

    /// With the pieces of pastes put together.
    fn joined(typed: Vec<Typed>) -> Vec<Typed> {
        let mut all: Vec<Typed> = Vec::new();
        for typed in typed {
            match (all.last_mut(), typed) {
                (Some(Typed::Paste(text)), Typed::Paste(more)) => text.push_str(&more),
                (_, typed) => all.push(typed),
            }
        }
        all
    }

    #[test]
    fn pastes_are_told_from_keys() {
        let mut keys = Keys::default();
        let paste = |text: &str| Typed::Paste(text.to_owned());
        assert!(keys.take(b"\x1b[200~one\x1b[A\x03") == [paste("one\x1b[A\x03")]);
        assert!(!keys.is_waiting() && keys.give_up().is_empty());
        assert!(
            keys.take(b"two\x1b[201~\x03")
                == [paste("two"), Typed::PasteEnd, Typed::Key(Keysym(u32::from(b'c')), CONTROL)]
        );
    }

    #[test]
    fn what_never_ends_goes_through() {
        let mut keys = Keys::default();
        let endless = [b"\x1b[".as_slice(), &[b'1'; SEQUENCE_MAX]].concat();
        assert!(keys.take(&endless) == [Typed::Bytes(endless)] && !keys.is_waiting());
        assert!(keys.take(&[ESC]).is_empty() && keys.is_waiting());
        assert!(keys.give_up() == [Typed::Key(Keysym::ESCAPE, Modifiers::NONE)]);
        assert!(keys.take(b"\x1b[").is_empty());
        assert!(keys.give_up() == [Typed::Key(Keysym(u32::from(b'[')), ALT)]);
    }

    #[test]
    fn answers_are_never_keys_however_late_the_rest_comes() {
        let whole: &[&[u8]] = &[
            b"\x1b_Gi=31;OK\x1b\\",
            b"\x1b[?62;4c",
            b"\x1b[6;16;8t",
            b"\x1b[8;24;80t",
            b"\x1b[?1016;2$y",
            b"\x1bP>|XTerm(390)\x1b\\",
        ];
        for answer in whole {
            for cut in 3..answer.len() {
                let mut keys = Keys::default();
                assert!(keys.take(&answer[..cut]).is_empty());
                assert_eq!(keys.patience(), ANSWER_WAIT, "{answer:?} at {cut}");
                let typed = keys.take(&answer[cut..]);
                assert!(typed.iter().all(|typed| matches!(typed, Typed::Answer(_))) && !keys.is_waiting());
                keys.take(&answer[..cut]);
                assert!(keys.give_up().is_empty());
            }
        }
    }

    #[test]
    fn ends_of_keys_are_told_by_the_name_that_they_began_with() {
        let told = |bytes: &[u8]| {
            let word = |typed: &Typed| match typed {
                Typed::Key(keysym, _) => format!("+{}", keysym.name().unwrap_or("?")),
                Typed::KeyUp(keysym) => format!("-{}", keysym.name().unwrap_or("?")),
                other => format!("{other:?}"),
            };
            Keys::default().take(bytes).iter().map(word).collect::<Vec<_>>().join(" ")
        };
        for (sent, expected) in [
            (&b"\x1b[97;1:1u\x1b[97;1:2u\x1b[97;1:3u"[..], "+a +a -a"),
            (b"\x1b[97;;97u\x1b[97;1:3u", "+a -a"),
            (b"\x1b[57441;2u\x1b[49:33;2;33u\x1b[57441;1:3u\x1b[49;1:3u", "+Shift_L +exclam -Shift_L -exclam"),
            (b"\x1b[97;;97u\x1b[97:65;2;65u\x1b[97;1:3u", "+a -a +A -A"),
            (b"\x1b[97;5u\x1b[1;1:1A\x1b[1;1:3A\x1b[5;1:3~", "+a +Up -Up -Prior"),
            (b"\x1b[57399u\x1b[57408;1:3u\x1b[57376u", "+KP_0 -KP_9 +F13"),
            (b"\x1b[128512;;128512u", "+?"),
        ] {
            assert_eq!(told(sent), expected, "{sent:?}");
        }
        let mut keys = Keys::default();
        for code in 0..2 * DOWN_MAX {
            keys.take(format!("\x1b[{}u", 0x100 + code).as_bytes());
        }
        assert_eq!(keys.down.len(), DOWN_MAX);
    }

    #[test]
    fn the_mouse_is_told_from_0() {
        let typed = Keys::default().take(b"\x1b[<64;1;2M\x1b[<0;0;99999m\x1b[<1M");
        let report = |code, column, row, down| Typed::Mouse(MouseReport { code, column, row, down });
        assert!(typed == [report(64, 0, 1, true), report(0, 0, u16::MAX - 1, false)]);
    }
}
