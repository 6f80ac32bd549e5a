//! The kitty keyboard protocol: keys as `CSI code : shifted : base ; modifiers : event ; text u`, as far as the guest asked
//! for it (<https://sw.kovidgoyal.net/kitty/keyboard-protocol/>).
//!
//! The specification thinks of keys, RFB of what they type. So the unshifted character of a key is guessed: a letter's small
//! form, and for `!` and its kin what is below it on a US keyboard, unless the viewer tells a keycode that contradicts.
//! What a key is in the US layout (the "base layout key") is known where the viewer sends keycodes.
//!
//! Where the text leaves a choice, kitty's is ours, save that a lock is never told of a key that types a character unless
//! all keys are told ("lock modifiers are not reported for text producing keys"): kitty tells it of Control-A, and programs
//! that look for `CSI 97 ; 5 u` would miss that key with Num Lock on.

use super::kitty_flags::KittyFlags;
use super::{CSI, KeyBytes, NUMBERS};
use crate::input::{KeyEvent, Keysym, Modifiers};

/// How a key is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// As it would be without the protocol.
    Legacy,
    /// Not at all.
    Nothing,
    /// As this escape code.
    Escape(KeyBytes),
}

/// What the protocol calls a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    /// It types a character; this is it.
    Text(char),
    /// It types nothing (or a control): its number, and the final byte.
    Functional(u32, u8),
    /// The same of a key of the keypad that types a character.
    KeypadText(char, u32),
    /// The same of a modifier or a lock, which is only told when all keys are.
    Modifier(u32),
}

/// The number and final byte of the three keys that stay what they are until all keys are told, so that whoever finds a
/// shell with the protocol left on can still type `reset`.
const ENTER: Key = Key::Functional(13, b'u');
const TAB: Key = Key::Functional(9, b'u');
const BACKSPACE: Key = Key::Functional(127, b'u');
const ESCAPE: Key = Key::Functional(27, b'u');

/// How `event` is told with these modifiers held and these enhancements on.
pub(super) fn tell(event: &KeyEvent, held: Modifiers, flags: KittyFlags) -> Told {
    // Alternates and text only enrich escape codes that others asked for.
    let asked = KittyFlags::DISAMBIGUATE.with(KittyFlags::EVENTS).with(KittyFlags::ALL_KEYS);
    if !flags.any(asked) {
        return if event.down { Told::Legacy } else { Told::Nothing };
    }
    let events = flags.any(KittyFlags::EVENTS);
    let Some(key) = key(event.keysym.usual(), held, flags).filter(|_| event.down || events) else {
        return Told::Nothing;
    };
    let all = flags.any(KittyFlags::ALL_KEYS);
    let disambiguate = all || flags.any(KittyFlags::DISAMBIGUATE);
    let told_event = events && (event.repeat || !event.down);
    let command = held.control || held.alt || held.meta || held.super_key || held.hyper;
    match key {
        Key::Modifier(_) if !all => return Told::Nothing,
        Key::Text(_) | Key::KeypadText(..) if !all && !command && event.down => return Told::Legacy,
        Key::Text(' '..='~') if !(disambiguate || told_event || held.super_key || held.hyper) => return Told::Legacy,
        ENTER | TAB | BACKSPACE if !all && !command && !held.shift => {
            return if event.down { Told::Legacy } else { Told::Nothing };
        }
        ESCAPE if !disambiguate && !told_event && !command && !held.shift => return Told::Legacy,
        _ => {}
    }
    let text = Some(key).filter(|_| all && flags.any(KittyFlags::TEXT) && event.down && !command).and_then(text_of);
    let (number, last, alternates) = match key {
        Key::Text(ch) => {
            let (unshifted, shifted) = levels(ch, held.shift, event.keycode);
            let base = event.keycode.and_then(us_key).map(|(base, _)| base).filter(|base| *base != unshifted);
            (unshifted.into(), b'u', Some((shifted, base)).filter(|_| flags.any(KittyFlags::ALTERNATES)))
        }
        Key::Functional(number, last) => (number, last, None),
        Key::KeypadText(_, number) | Key::Modifier(number) => (number, b'u', None),
    };
    let types = matches!(key, Key::Text(_) | Key::KeypadText(..));
    let modifiers = modifiers(held, all || !types);
    let action = match (events, event.down, event.repeat) {
        (true, false, _) => 3,
        (true, true, true) => 2,
        _ => 1,
    };
    Told::Escape(write(number, alternates.unwrap_or_default(), modifiers, action, text, last))
}

/// Writes the escape code, without what is as it would be anyway.
fn write(
    number: u32,
    (shifted, base): (Option<char>, Option<char>),
    modifiers: u32,
    action: u32,
    text: Option<char>,
    last: u8,
) -> KeyBytes {
    let mut bytes = KeyBytes::default();
    bytes.extend(CSI);
    let second = modifiers > 1 || action > 1;
    // A letter alone says which key it is.
    if number != 1 || second || text.is_some() || last == b'~' {
        bytes.number(number);
    }
    if let Some(shifted) = shifted {
        bytes.push(b':');
        bytes.number(shifted.into());
    }
    if let Some(base) = base {
        bytes.extend(if shifted.is_some() { b":" } else { b"::" });
        bytes.number(base.into());
    }
    if second || text.is_some() {
        bytes.push(b';');
    }
    if second {
        bytes.number(modifiers);
    }
    if action > 1 {
        bytes.push(b':');
        bytes.number(action);
    }
    if let Some(text) = text {
        bytes.push(b';');
        bytes.number(text.into());
    }
    bytes.push(last);
    bytes
}

/// The value of the modifiers: one more than their bits. RFB viewers on X11 make Meta of Alt while Shift is down, so a Meta
/// key that went down with Shift is Alt: [`Modifiers`] cannot tell, but no keyboard has both.
fn modifiers(held: Modifiers, locks: bool) -> u32 {
    let bits = [
        held.shift,
        held.alt || held.meta && held.shift,
        held.control,
        held.super_key,
        held.hyper,
        held.meta && !held.shift,
        held.caps_lock && locks,
        held.num_lock_told && locks,
    ];
    1 + bits.into_iter().zip(0..).map(|(on, bit)| u32::from(on) << bit).sum::<u32>()
}

/// What the protocol calls the key, if it has it.
fn key(keysym: Keysym, held: Modifiers, flags: KittyFlags) -> Option<Key> {
    if let Some(key) = modifier(keysym, held).or_else(|| media(keysym)) {
        return Some(key);
    }
    if keysym.is_keypad() {
        let apart = flags.any(KittyFlags::DISAMBIGUATE.with(KittyFlags::ALL_KEYS));
        return if apart { keypad(keysym) } else { functional(off_the_keypad(keysym)) };
    }
    functional(keysym)
}

/// The text that a key types, which never is a control.
fn text_of(key: Key) -> Option<char> {
    match key {
        Key::Text(ch) | Key::KeypadText(ch, _) => Some(ch).filter(|ch| !ch.is_control()),
        Key::Functional(..) | Key::Modifier(_) => None,
    }
}

/// The keys beside the keypad.
fn functional(keysym: Keysym) -> Option<Key> {
    let (number, last) = match keysym {
        Keysym::ESCAPE => return Some(ESCAPE),
        Keysym::RETURN => return Some(ENTER),
        Keysym::TAB | Keysym::ISO_LEFT_TAB => return Some(TAB),
        Keysym::BACKSPACE => return Some(BACKSPACE),
        Keysym::INSERT => (2, b'~'),
        Keysym::DELETE => (3, b'~'),
        Keysym::PAGE_UP => (5, b'~'),
        Keysym::PAGE_DOWN => (6, b'~'),
        Keysym::UP => (1, b'A'),
        Keysym::DOWN => (1, b'B'),
        Keysym::RIGHT => (1, b'C'),
        Keysym::LEFT => (1, b'D'),
        Keysym::BEGIN => (1, b'E'),
        Keysym::END => (1, b'F'),
        Keysym::HOME => (1, b'H'),
        // A VT220's keys, which the protocol does not know, in the numbers that it leaves free for them.
        Keysym::FIND => (1, b'~'),
        Keysym::SELECT => (4, b'~'),
        Keysym::HELP => (28, b'~'),
        Keysym::PRINT | Keysym::SYS_REQ => (57361, b'u'),
        Keysym::PAUSE => (57362, b'u'),
        Keysym::MENU => (57363, b'u'),
        Keysym(0xffbe) => (1, b'P'),
        Keysym(0xffbf) => (1, b'Q'),
        // Not R: that would be a report of the cursor's position.
        Keysym(0xffc0) => (13, b'~'),
        Keysym(0xffc1) => (1, b'S'),
        Keysym(code @ 0xffc2..=0xffc9) => (NUMBERS[(code - 0xffc2) as usize], b'~'),
        Keysym(code @ 0xffca..=0xffe0) => (57376 + (code - 0xffca), b'u'),
        _ => return keysym.char().map(Key::Text),
    };
    Some(Key::Functional(number, last))
}

/// The keypad's keys, by numbers of their own.
fn keypad(keysym: Keysym) -> Option<Key> {
    let number = match keysym {
        Keysym(code @ 0xffb0..=0xffb9) => 57399 + (code - Keysym::KP_0.0),
        Keysym::KP_DECIMAL => 57409,
        Keysym::KP_DIVIDE => 57410,
        Keysym::KP_MULTIPLY => 57411,
        Keysym::KP_SUBTRACT => 57412,
        Keysym::KP_ADD => 57413,
        Keysym::KP_ENTER => 57414,
        Keysym::KP_EQUAL => 57415,
        Keysym::KP_SEPARATOR => 57416,
        Keysym::KP_LEFT => 57417,
        Keysym::KP_RIGHT => 57418,
        Keysym::KP_UP => 57419,
        Keysym::KP_DOWN => 57420,
        Keysym::KP_PAGE_UP => 57421,
        Keysym::KP_PAGE_DOWN => 57422,
        Keysym::KP_HOME => 57423,
        Keysym::KP_END => 57424,
        Keysym::KP_INSERT => 57425,
        Keysym::KP_DELETE => 57426,
        Keysym::KP_BEGIN => return Some(Key::Functional(1, b'E')),
        other => return functional(off_the_keypad(other)),
    };
    Some(match keysym.char() {
        Some(ch) => Key::KeypadText(ch, number),
        None => Key::Functional(number, b'u'),
    })
}

/// The key elsewhere on the keyboard that does the same.
fn off_the_keypad(keysym: Keysym) -> Keysym {
    match keysym {
        Keysym::KP_TAB => Keysym::TAB,
        Keysym::KP_ENTER => Keysym::RETURN,
        Keysym::KP_INSERT => Keysym::INSERT,
        Keysym::KP_DELETE => Keysym::DELETE,
        Keysym(code @ 0xff91..=0xff94) => Keysym(Keysym::F1.0 + (code - Keysym::KP_F1.0)),
        Keysym(code @ 0xff95..=0xff9d) => Keysym(Keysym::HOME.0 + (code - Keysym::KP_HOME.0)),
        other => other.char().and_then(Keysym::from_char).unwrap_or(other),
    }
}

/// Modifiers and locks.
fn modifier(keysym: Keysym, held: Modifiers) -> Option<Key> {
    let number = match keysym {
        Keysym::CAPS_LOCK | Keysym::SHIFT_LOCK => 57358,
        Keysym::SCROLL_LOCK => 57359,
        Keysym::NUM_LOCK => 57360,
        Keysym::SHIFT_L => 57441,
        Keysym::CONTROL_L => 57442,
        Keysym::ALT_L => 57443,
        Keysym::SUPER_L => 57444,
        Keysym::HYPER_L => 57445,
        Keysym::META_L if held.shift => 57443,
        Keysym::META_L => 57446,
        Keysym::SHIFT_R => 57447,
        Keysym::CONTROL_R => 57448,
        Keysym::ALT_R => 57449,
        Keysym::SUPER_R => 57450,
        Keysym::HYPER_R => 57451,
        Keysym::META_R if held.shift => 57449,
        Keysym::META_R => 57452,
        Keysym::ISO_LEVEL3_SHIFT | Keysym::MODE_SWITCH => 57453,
        Keysym::ISO_LEVEL5_SHIFT => 57454,
        _ => return None,
    };
    Some(Key::Modifier(number))
}

/// XF86's keys for media.
fn media(keysym: Keysym) -> Option<Key> {
    let number = match keysym.0 {
        0x1008_ff14 => 57428, // AudioPlay
        0x1008_ff31 => 57429, // AudioPause
        0x1008_ff15 => 57432, // AudioStop
        0x1008_ff97 => 57433, // AudioForward
        0x1008_ff3e => 57434, // AudioRewind
        0x1008_ff17 => 57435, // AudioNext
        0x1008_ff16 => 57436, // AudioPrev
        0x1008_ff1c => 57437, // AudioRecord
        0x1008_ff11 => 57438, // AudioLowerVolume
        0x1008_ff13 => 57439, // AudioRaiseVolume
        0x1008_ff12 => 57440, // AudioMute
        _ => return None,
    };
    Some(Key::Functional(number, b'u'))
}

/// The characters of the key that typed `ch`: without Shift, and with it if it is down.
fn levels(ch: char, shift: bool, keycode: Option<u32>) -> (char, Option<char>) {
    if ch.is_alphabetic() {
        let lower = only(ch.to_lowercase()).unwrap_or(ch);
        return (lower, only(lower.to_uppercase()).filter(|upper| shift && *upper != lower));
    }
    if !shift {
        return (ch, None);
    }
    // Where the keycode is known, the layout is the US one if that agrees.
    let us = match keycode.and_then(us_key) {
        Some((base, shifted)) => (shifted == ch).then_some(base),
        None => US_KEYS.chars().zip(US_SHIFTED.chars()).find_map(|(base, shifted)| (shifted == ch).then_some(base)),
    };
    let us = us.filter(|base| *base != ch);
    (us.unwrap_or(ch), us.map(|_| ch))
}

/// The character, if it is only one.
fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

/// The keys of a US keyboard that type something, row by row, without Shift and with it; a blank where there is another key.
const US_KEYS: &str = "1234567890-=  qwertyuiop[]  asdfghjkl;'` \\zxcvbnm,./";
const US_SHIFTED: &str = "!@#$%^&*()_+  QWERTYUIOP{}  ASDFGHJKL:\"~ |ZXCVBNM<>?";
/// The scancode of the first of them.
const FIRST_US_KEY: u32 = 2;
const SCANCODE_SPACE: u32 = 0x39;

/// What the key of this scancode (set 1) types in the US layout, without Shift and with it.
fn us_key(scancode: u32) -> Option<(char, char)> {
    if scancode == SCANCODE_SPACE {
        return Some((' ', ' '));
    }
    let at = scancode.checked_sub(FIRST_US_KEY)? as usize;
    let (key, shifted) = (US_KEYS.as_bytes().get(at)?, US_SHIFTED.as_bytes().get(at)?);
    (*key != b' ').then(|| (char::from(*key), char::from(*shifted)))
}

#[cfg(test)]
#[path = "kitty_tests.rs"]
mod tests;
