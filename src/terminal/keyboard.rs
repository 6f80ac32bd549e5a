//! Keys become bytes as xterm sends them, from the keysym alone: `tests/keys/xterm.txt` was recorded from it. Two more
//! keyboards, a VT220's and the Linux console's, say only what they do otherwise.

mod linux;
mod vt220;

use super::charset::cp437;
use super::{Encoding, Mode, Terminal};
use crate::input::{KeyEvent, Keysym, Modifiers};

const ESC: u8 = 0x1b;
/// In seven bits; where S8C1T makes eight of them, `conformance.rs` does so to the whole.
const CSI: &[u8] = b"\x1b[";
const SS3: &[u8] = b"\x1bO";

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
    /// XTMODKEYS 4, xterm's modifyOtherKeys: 0, 1 or 2.
    pub modify_other_keys: u8,
    /// What the guest's bytes mean.
    pub charset: Encoding,
}

/// The bytes of one key, at most [`KeyBytes::MAX`].
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyBytes {
    bytes: [u8; Self::MAX],
    len: u8,
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

/// Which sequence a function key has, by its last byte or its number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Function {
    /// Cursor keys: `CSI x`, or `SS3 x` in application mode; with modifiers `CSI 1 ; m x`.
    Cursor(u8),
    /// F1 to F4: `SS3 x`; with modifiers `CSI 1 ; m x`.
    Pf(u8),
    /// The keypad's PF1 to PF4, and all of it in application mode: `SS3 x`; with modifiers `SS3 m x`.
    Keypad(u8),
    /// `CSI n ~`; with modifiers `CSI n ; m ~`.
    Tilde(u32),
}

impl KeyBytes {
    /// More than any key sends: `CSI 27 ; 8 ; 1114109 ~` has fifteen.
    pub const MAX: usize = 16;

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(usize::from(self.len)) {
            *slot = byte;
            self.len += 1;
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.push(byte));
    }

    /// Decimal, without leading zeros.
    fn number(&mut self, number: u32) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.push(b'0' + (number % 10) as u8);
    }
}

impl<const N: usize> From<&[u8; N]> for KeyBytes {
    fn from(bytes: &[u8; N]) -> Self {
        let mut key = Self::default();
        key.extend(bytes);
        key
    }
}

impl std::ops::Deref for KeyBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl std::fmt::Debug for KeyBytes {
    // Keystrokes are never logged (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyBytes({})", self.len)
    }
}

impl Terminal {
    /// A viewer pressed a key with these modifiers held; releases, and repeats too, are as the viewer sends them. Nothing
    /// reaches the guest while it has the keyboard locked (KAM), and what the full queue has no room for is dropped.
    pub fn key(&mut self, event: &KeyEvent, held: Modifiers) {
        if !event.down || self.screen.modes.has(Mode::KeyboardLock) {
            return;
        }
        match encode_key(event.keysym, held, self.key_modes()) {
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
            modify_other_keys: self.modify_other_keys,
            charset: self.scanner.encoding,
        }
    }
}

/// What pressing the key `keysym` sends with these modifiers held. AltGr (`level3`) never counts: it made the keysym.
pub fn encode_key(keysym: Keysym, mut held: Modifiers, mut modes: KeyModes) -> KeyOutput {
    let mut keysym = keysym.usual();
    let wants_break = match keysym {
        Keysym::BREAK => true,
        Keysym::PAUSE | Keysym::CANCEL => held.control,
        _ => false,
    };
    if wants_break {
        return KeyOutput::Break;
    }
    match modes.table {
        KeyTable::Xterm => {}
        KeyTable::Vt220 => (keysym, held) = vt220::translate(keysym, held),
        KeyTable::Linux => {
            if let Some(bytes) = linux::encode(keysym, held, modes) {
                return output(bytes);
            }
            // What is left are characters and the editing keys, without modifyOtherKeys.
            modes = KeyModes { modify_other_keys: 0, app_keypad: false, ..modes };
        }
    }
    let bytes = if let Some((function, held)) = function_key(keysym, held, modes.table) {
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

/// The keys that send a sequence of their own, whatever the keypad's mode, and the modifiers that still count.
fn function_key(keysym: Keysym, held: Modifiers, table: KeyTable) -> Option<(Function, Modifiers)> {
    if table == KeyTable::Vt220
        && let Some(further) = vt220::function_key(keysym, held)
    {
        return Some(further);
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
        Keysym::DELETE | Keysym::KP_DELETE => Function::Tilde(3),
        Keysym::SELECT => Function::Tilde(4),
        Keysym::PAGE_UP | Keysym::KP_PAGE_UP => Function::Tilde(5),
        Keysym::PAGE_DOWN | Keysym::KP_PAGE_DOWN => Function::Tilde(6),
        Keysym::HELP => Function::Tilde(28),
        Keysym::MENU => Function::Tilde(29),
        Keysym(0xff91..=0xff94) => Function::Keypad(b'P' + (keysym.0 - Keysym::KP_F1.0) as u8),
        Keysym(0xffbe..=0xffc1) => Function::Pf(b'P' + (keysym.0 - Keysym::F1.0) as u8),
        Keysym(0xffc2..=0xffe0) => Function::Tilde(NUMBERS[(keysym.0 - 0xffc2) as usize]),
        _ => return None,
    };
    Some((function, held))
}

fn encode_function(function: Function, held: Modifiers, modes: KeyModes) -> KeyBytes {
    let mut bytes = KeyBytes::default();
    let held = if modes.table == KeyTable::Vt220 { vt220::told(held, modes) } else { held };
    let modifiers = if modes.vt52 { 1 } else { modifier_parameter(held) };
    match (function, modifiers) {
        (Function::Cursor(last) | Function::Pf(last) | Function::Keypad(last), _) if modes.vt52 => {
            bytes.extend(&[ESC, last]);
        }
        (Function::Cursor(last), 1) if !modes.app_cursor => {
            bytes.extend(CSI);
            bytes.push(last);
        }
        (Function::Cursor(last) | Function::Pf(last) | Function::Keypad(last), 1) => {
            bytes.extend(SS3);
            bytes.push(last);
        }
        (Function::Cursor(last) | Function::Pf(last), _) => {
            bytes.extend(CSI);
            bytes.extend(b"1;");
            bytes.number(modifiers);
            bytes.push(last);
        }
        (Function::Keypad(last), _) => {
            bytes.extend(SS3);
            bytes.number(modifiers);
            bytes.push(last);
        }
        (Function::Tilde(number), _) => {
            bytes.extend(CSI);
            bytes.number(number);
            if modifiers > 1 {
                bytes.push(b';');
                bytes.number(modifiers);
            }
            bytes.push(b'~');
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
    if modes.app_keypad && !held.num_lock {
        let last = match keysym {
            Keysym::KP_EQUAL => b'X',
            Keysym::KP_SPACE => b' ',
            _ => (keysym.0 as u8) - 0x40, // 0x89..=0xb9: I for Tab, M for Enter, j to o for * + , - . /, p to y for 0 to 9
        };
        if modes.vt52 {
            bytes.extend(&[ESC, b'?', last]);
            return bytes;
        }
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
    let all = modes.modify_other_keys >= 2;
    if modes.modify_other_keys == 0 || !(shift || alt || control) {
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
    let mut bytes = KeyBytes::default();
    bytes.extend(b"\x1b[27;");
    bytes.number(modifier_parameter(told));
    bytes.push(b';');
    bytes.number(code);
    bytes.push(b'~');
    modified.then_some(bytes)
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
mod tests;
