//! Keys become bytes as xterm sends them, from the keysym alone: `tests/keys/xterm.txt` was recorded from it. Two more
//! keyboards, a VT220's and the Linux console's, say only what they do otherwise.

mod bytes;
mod kitty;
pub(super) mod kitty_flags;
mod linux;
pub(super) mod modify;
mod vt220;

use super::charset::cp437;
use super::{Encoding, Mode, Terminal};
use crate::input::{KeyEvent, Keysym, Modifiers};
pub use bytes::KeyBytes;
pub use kitty_flags::{FlagStack, KittyFlags};
use modify::Kind;
pub use modify::ModifyKeys;

const ESC: u8 = 0x1b;
/// In seven bits; where S8C1T makes eight of them, `conformance.rs` does so to the whole.
const CSI: &[u8] = b"\x1b[";
const SS3: &[u8] = b"\x1bO";
/// The level of modifyOtherKeys from which on keys without modifiers are told as well (xterm, in later versions than 379).
const EVERY_KEY: i16 = 3;

/// Whose keyboard it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyTable {
    /// xterm's.
    #[default]
    Xterm,
    /// A VT220's.
    Vt220,
    /// The Linux console's.
    Linux,
}

impl KeyTable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Xterm, Self::Vt220, Self::Linux];
}

/// What the guest asked of the keyboard by sequences of their own, beside the modes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyState {
    /// XTMODKEYS and XTFMTKEYS.
    pub modify: ModifyKeys,
    /// The kitty protocol's flags on the primary and on the alternate screen.
    pub kitty: [FlagStack; 2],
}

/// The modes that change what keys send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyModes {
    /// Which keyboard; no mode that a guest could set.
    pub table: KeyTable,
    /// DECCKM: cursor keys send `SS3 x` for `CSI x`.
    pub app_cursor: bool,
    /// DECNKM, DECKPAM: the keypad sends `SS3 x`, unless Num Lock is on.
    pub app_keypad: bool,
    /// DECBKM: Backspace sends BS for DEL, and Control-Backspace DEL for BS.
    pub backspace_bs: bool,
    /// LNM: Return sends CR LF for CR.
    pub newline: bool,
    /// DECANM reset: a VT52's keys.
    pub vt52: bool,
    /// xterm's 1036 and 1039: Alt sends ESC before the key. (The two differ only where Alt is not Meta.)
    pub alt_sends_escape: bool,
    /// xterm's 1035: Num Lock keeps the keypad out of application mode.
    pub num_lock_counts: bool,
    /// xterm's 1037: Delete sends DEL.
    pub delete_sends_del: bool,
    /// XTMODKEYS and XTFMTKEYS.
    pub modify: ModifyKeys,
    /// The kitty protocol's flags.
    pub kitty: KittyFlags,
    /// What the guest's bytes mean.
    pub charset: Encoding,
}

/// What a key does to a console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOutput {
    /// Nothing: it is a modifier, a media key, or a character that the guest's character set lacks.
    Nothing,
    /// It types these bytes.
    Bytes(KeyBytes),
    /// It asks for a break on the line: `Break`, which is Control-Pause on most keyboards. Pause alone does not: a
    /// break stops some machines dead.
    Break,
}

/// Which sequence a function key has, by its last byte or its number, unless XTMODKEYS wants the modifiers elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Function {
    /// Cursor keys: `CSI x`, or `SS3 x` in application mode; with modifiers `CSI 1 ; m x`.
    Cursor(u8),
    /// F1 to F4: `SS3 x`; with modifiers `CSI 1 ; m x`.
    Pf(u8),
    /// The keypad's PF1 to PF4, and all of it in application mode: `SS3 x`; with modifiers `SS3 m x`.
    Keypad(u8),
    /// The editing keys: `CSI n ~`; with modifiers `CSI n ; m ~`.
    Tilde(u32),
    /// F5 to F35: the same.
    Numbered(u32),
}

impl Terminal {
    /// A viewer pressed or released a key with these modifiers held after it; only the kitty protocol tells of releases, and
    /// tells repeats from presses. Nothing reaches the guest while it has the keyboard locked (KAM), and what the full queue
    /// has no room for is dropped.
    pub fn key(&mut self, event: &KeyEvent, held: Modifiers) {
        if self.screen.modes.has(Mode::KeyboardLock) {
            return;
        }
        match encode_event(event, held, self.key_modes()) {
            KeyOutput::Bytes(bytes) => self.push_key(&bytes),
            // A break is no byte: it is for sources that have a line to break.
            KeyOutput::Break => self.events.line_break = true,
            KeyOutput::Nothing => {}
        }
    }

    fn key_modes(&self) -> KeyModes {
        let has = |mode| self.screen.modes.has(mode);
        KeyModes {
            table: self.options.keys,
            app_cursor: has(Mode::ApplicationCursor),
            app_keypad: has(Mode::ApplicationKeypad),
            backspace_bs: has(Mode::BackspaceSendsBs),
            newline: has(Mode::NewLine),
            vt52: !has(Mode::Ansi),
            alt_sends_escape: has(Mode::AltSendsEscape),
            num_lock_counts: has(Mode::RealNumLock),
            delete_sends_del: has(Mode::DeleteIsDel),
            modify: self.screen.keys.modify,
            kitty: self.screen.keys.kitty[usize::from(self.screen.alternate)].current(),
            charset: self.scanner.encoding,
        }
    }
}

/// What the event of a key sends with these modifiers held. A VT52 knows nothing of kitty's protocol.
pub fn encode_event(event: &KeyEvent, held: Modifiers, modes: KeyModes) -> KeyOutput {
    let wants_break = match event.keysym.usual() {
        Keysym::BREAK => true,
        Keysym::PAUSE | Keysym::CANCEL => held.control,
        _ => false,
    };
    if wants_break {
        return if event.down { KeyOutput::Break } else { KeyOutput::Nothing };
    }
    let flags = if modes.vt52 { KittyFlags::default() } else { modes.kitty };
    match kitty::tell(event, held, flags) {
        kitty::Told::Legacy => encode_key(event.keysym, held, modes),
        kitty::Told::Nothing => KeyOutput::Nothing,
        kitty::Told::Escape(bytes) => KeyOutput::Bytes(bytes),
    }
}

/// What pressing the key `keysym` types with these modifiers held. AltGr (`level3`) never counts: it made the keysym.
fn encode_key(keysym: Keysym, mut held: Modifiers, mut modes: KeyModes) -> KeyOutput {
    let mut keysym = keysym.usual();
    match modes.table {
        KeyTable::Xterm => {}
        KeyTable::Vt220 => (keysym, held) = vt220::translate(keysym, held),
        KeyTable::Linux => {
            if let Some(bytes) = linux::encode(keysym, held, modes) {
                return output(bytes);
            }
            // What is left are characters and the editing keys, without modifyOtherKeys.
            modes = KeyModes { modify: ModifyKeys::default(), app_keypad: false, ..modes };
        }
    }
    let bytes = if let Some((function, held)) = function_key(keysym, held, modes) {
        let held = if modes.table == KeyTable::Vt220 { vt220::told(keysym, held, modes) } else { held };
        encode_function(function, held, modes)
    } else if keysym.is_keypad() {
        encode_keypad(keysym, held, modes)
    } else {
        encode_other_key(keysym, held, modes)
            .or_else(|| encode_editing(keysym, held, modes))
            .or_else(|| encode_char(keysym.char()?, held, modes))
            .unwrap_or_default()
    };
    output(bytes)
}

fn output(bytes: KeyBytes) -> KeyOutput {
    if bytes.is_empty() { KeyOutput::Nothing } else { KeyOutput::Bytes(bytes) }
}

/// The numbers of F5 to F20, which follow the gaps of the VT220's keyboard, and xterm's of F21 to F35.
const NUMBERS: [u32; 31] = [
    15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54,
    55, 56,
];

/// The sequence of function key `number`, from 0. xterm numbers on from F35, its last.
fn numbered(number: u32) -> Function {
    match number {
        0..=3 => Function::Pf(b'P' + number as u8),
        4..=34 => Function::Numbered(NUMBERS[number as usize - 4]),
        _ => Function::Numbered(number + 22),
    }
}

/// The keys that send a sequence of their own, whatever the keypad's mode, and the modifiers that still count.
fn function_key(keysym: Keysym, held: Modifiers, modes: KeyModes) -> Option<(Function, Modifiers)> {
    if let Some(number) = keysym.0.checked_sub(Keysym::F1.0).filter(|number| *number <= 34) {
        return Some(match modes.table {
            KeyTable::Vt220 => vt220::further(number, held),
            _ if modes.modify.modify(Kind::Function) < 0 => {
                // Where modifiers are not told, they make further keys.
                let further = number + 10 * u32::from(held.shift) + 20 * u32::from(held.control);
                (numbered(further), Modifiers { shift: false, control: false, ..held })
            }
            _ => (numbered(number), held),
        });
    }
    let function = match keysym {
        Keysym::UP | Keysym::KP_UP => Function::Cursor(b'A'),
        Keysym::DOWN | Keysym::KP_DOWN => Function::Cursor(b'B'),
        Keysym::RIGHT | Keysym::KP_RIGHT => Function::Cursor(b'C'),
        Keysym::LEFT | Keysym::KP_LEFT => Function::Cursor(b'D'),
        Keysym::BEGIN | Keysym::KP_BEGIN => Function::Cursor(b'E'),
        Keysym::END | Keysym::KP_END => Function::Cursor(b'F'),
        Keysym::HOME | Keysym::KP_HOME => Function::Cursor(b'H'),
        Keysym::FIND => Function::Tilde(1),
        Keysym::INSERT | Keysym::KP_INSERT => Function::Tilde(2),
        Keysym::DELETE if modes.delete_sends_del => {
            let told = modes.modify.modify(Kind::Other) > 0 && modifier_parameter(held) > 1;
            return told.then_some((Function::Tilde(3), held));
        }
        Keysym::DELETE | Keysym::KP_DELETE => Function::Tilde(3),
        Keysym::SELECT => Function::Tilde(4),
        Keysym::PAGE_UP | Keysym::KP_PAGE_UP => Function::Tilde(5),
        Keysym::PAGE_DOWN | Keysym::KP_PAGE_DOWN => Function::Tilde(6),
        Keysym::HELP => Function::Tilde(28),
        Keysym::MENU => Function::Tilde(29),
        Keysym(0xff91..=0xff94) => Function::Keypad(b'P' + (keysym.0 - Keysym::KP_F1.0) as u8),
        _ => return None,
    };
    Some((function, held))
}

/// A function key: which of xterm's resources counts for it says where the modifiers stand.
fn encode_function(function: Function, held: Modifiers, modes: KeyModes) -> KeyBytes {
    let mut bytes = KeyBytes::default();
    let mut modifiers = if modes.vt52 { 1 } else { modifier_parameter(held) };
    let how = match function {
        Function::Cursor(_) => modes.modify.modify(Kind::Cursor),
        Function::Pf(_) | Function::Numbered(_) => modes.modify.modify(Kind::Function),
        // Neither asks: the keypad's modifiers follow SS3, the others the number.
        Function::Keypad(_) | Function::Tilde(_) => 0,
    };
    if how < 0 {
        modifiers = 1;
    }
    let told = modifiers > 1;
    let introducer = match function {
        Function::Cursor(_) | Function::Pf(_) | Function::Keypad(_) if modes.vt52 => &[ESC][..],
        Function::Tilde(_) | Function::Numbered(_) => CSI,
        _ if told && how > 0 => CSI,
        Function::Cursor(_) if !modes.app_cursor => CSI,
        _ => SS3,
    };
    bytes.extend(introducer);
    if told && how > 2 {
        bytes.push(b'>');
    }
    match function {
        Function::Tilde(number) | Function::Numbered(number) => {
            bytes.number(number);
            if told {
                bytes.push(b';');
                bytes.number(modifiers);
            }
            bytes.push(b'~');
        }
        Function::Cursor(last) | Function::Pf(last) | Function::Keypad(last) => {
            if told && how > 1 {
                bytes.extend(b"1;");
            }
            if told {
                bytes.number(modifiers);
            }
            bytes.push(last);
        }
    }
    bytes
}

/// Keys of the keypad that are no motions. In application mode with Num Lock on they type what they say, as in xterm:
/// programs set that mode together with the cursor keys', and few mean the keypad by it.
fn encode_keypad(keysym: Keysym, held: Modifiers, modes: KeyModes) -> KeyBytes {
    let mut bytes = KeyBytes::default();
    let plain = match keysym {
        Keysym::KP_TAB => Some('\t'),
        Keysym::KP_ENTER => Some('\r'),
        _ => keysym.char(),
    };
    let Some(plain) = plain else { return bytes };
    if modes.app_keypad && !(held.num_lock && modes.num_lock_counts) {
        let last = match keysym {
            Keysym::KP_EQUAL => b'X',
            Keysym::KP_SPACE => b' ',
            _ => (keysym.0 as u8) - 0x40, // 0x89..=0xb9: I for Tab, M for Enter, j to o for * + , - . /, p to y for 0 to 9
        };
        if modes.vt52 {
            bytes.extend(&[ESC, b'?', last]);
            return bytes;
        }
        let held = if modes.table == KeyTable::Vt220 { vt220::told(keysym, held, modes) } else { held };
        return encode_function(Function::Keypad(last), held, modes);
    }
    bytes.push(plain as u8);
    if plain == '\r' && modes.newline {
        bytes.push(b'\n');
    }
    bytes
}

/// A character or editing key with modifiers, where modifyOtherKeys sends `CSI 27 ; modifiers ; code ~` for it: at level 1
/// what would lose its modifiers, at level 2 nearly all. xterm sends nothing for characters past Latin-1; we do.
fn encode_other_key(keysym: Keysym, held: Modifiers, modes: KeyModes) -> Option<KeyBytes> {
    let (shift, alt, control) = (held.shift, held.alt || held.meta, held.control);
    let level = modes.modify.modify(Kind::Other);
    let all = level >= 2;
    if level <= 0 || !(shift || alt || control || level >= EVERY_KEY) {
        return None;
    }
    let mut told = held;
    let shift_only = !alt && !control;
    let (code, modified) = match keysym {
        Keysym::BACKSPACE => (backspace(held, modes).into(), all && (shift || alt)),
        Keysym::TAB => (0x09, all || !shift_only),
        Keysym::ISO_LEFT_TAB => (0x09, all && !shift_only),
        Keysym::LINEFEED => (0x0a, alt || all && control),
        Keysym::CLEAR => (0x0b, alt || all && control),
        Keysym::RETURN => (0x0d, true),
        Keysym::ESCAPE => (0x1b, alt || all),
        _ => {
            let ch = keysym.char()?;
            told.shift &= all || control;
            let lost = ch == '?' || control_char(ch, alt) == ch;
            (ch.into(), alt || control && (all || lost) || all && shift && matches!(ch, ' ' | '@'..='~'))
        }
    };
    (modified || level >= EVERY_KEY).then(|| {
        let (modifiers, mut bytes) = (modifier_parameter(told), KeyBytes::default());
        bytes.extend(CSI);
        let (numbers, last) = if modes.modify.as_csi_u(Kind::Other) {
            (&[code, modifiers][..], b'u')
        } else {
            (&[27, modifiers, code][..], b'~')
        };
        for (at, number) in numbers.iter().enumerate() {
            if at > 0 {
                bytes.push(b';');
            }
            bytes.number(*number);
        }
        bytes.push(last);
        bytes
    })
}

/// The keys that send a control character.
fn encode_editing(keysym: Keysym, held: Modifiers, modes: KeyModes) -> Option<KeyBytes> {
    let mut bytes = KeyBytes::default();
    let control = match keysym {
        Keysym::ISO_LEFT_TAB => None,
        Keysym::TAB if held.shift => None,
        Keysym::TAB => Some(b'\t'),
        Keysym::BACKSPACE => Some(backspace(held, modes)),
        Keysym::LINEFEED => Some(b'\n'),
        Keysym::CLEAR => Some(0x0b),
        Keysym::RETURN => Some(b'\r'),
        Keysym::ESCAPE => Some(ESC),
        Keysym::DELETE => Some(0x7f),
        _ => return None,
    };
    let Some(control) = control else {
        bytes.extend(CSI); // CBT
        bytes.push(b'Z');
        return Some(bytes);
    };
    if sends_escape(held, modes) {
        bytes.push(ESC);
    }
    bytes.push(control);
    if keysym == Keysym::RETURN && modes.newline {
        bytes.push(b'\n');
    }
    Some(bytes)
}

/// A character.
fn encode_char(ch: char, held: Modifiers, modes: KeyModes) -> Option<KeyBytes> {
    let mut bytes = KeyBytes::default();
    let ch = if held.control { control_char(ch, held.alt || held.meta) } else { ch };
    let mut buffer = [0; 4];
    let encoded = encode_text(ch, modes.charset, &mut buffer)?;
    // xterm puts no ESC before characters of several bytes.
    if encoded.len() == 1 && sends_escape(held, modes) {
        bytes.push(ESC);
    }
    bytes.extend(encoded);
    Some(bytes)
}

/// The bytes that stand for `ch` in the guest's charset, if it has it.
pub(super) fn encode_text(ch: char, charset: Encoding, buffer: &mut [u8; 4]) -> Option<&[u8]> {
    buffer[0] = match charset {
        Encoding::Utf8 => return Some(ch.encode_utf8(buffer).as_bytes()),
        Encoding::Latin1 => u8::try_from(ch).ok()?,
        Encoding::Cp437 if ch.is_ascii() => ch as u8,
        Encoding::Cp437 => (0x80..=0xff).find(|&byte| cp437(byte) == ch)?,
    };
    Some(&buffer[..1])
}

/// What Control makes of a character: the rules of X11's XLookupString, and Control-? as DEL. Others stay themselves.
fn control_char(ch: char, alt: bool) -> char {
    match ch {
        '@'..='~' => char::from(ch as u8 & 0x1f),
        ' ' | '2' => '\0',
        '3'..='7' => char::from(ch as u8 - b'3' + 0x1b),
        '/' => '\x1f',
        '8' => '\x7f',
        '?' if !alt => '\x7f',
        _ => ch,
    }
}

/// What Backspace sends (DECBKM).
fn backspace(held: Modifiers, modes: KeyModes) -> u8 {
    if modes.backspace_bs == held.control { 0x7f } else { 0x08 }
}

fn sends_escape(held: Modifiers, modes: KeyModes) -> bool {
    (held.alt || held.meta) && modes.alt_sends_escape
}

/// xterm's parameter for modifiers: 1 and a bit each for Shift, Alt and Control. X11 makes Meta of Alt with Shift held, so
/// it counts as Alt.
fn modifier_parameter(held: Modifiers) -> u32 {
    1 + u32::from(held.shift) + 2 * u32::from(held.alt || held.meta) + 4 * u32::from(held.control)
}

#[cfg(test)]
#[path = "keyboard_tests.rs"]
pub(in crate::terminal::keyboard) mod tests;
