//! The Linux console's keyboard: the kernel's own key map (drivers/tty/vt/defkeymap.map) and keypad (keyboard.c, `k_pad`),
//! and what terminfo says of `linux`. Alt is ESC before whatever the key sends; function keys know no other modifier but
//! Shift, which makes F11 to F20 of F1 to F10. What that console does itself (switching, scrolling back) is left to the
//! guest's keys.

use super::{CSI, ESC, KeyBytes, KeyModes, SS3, sends_escape};
use crate::input::{Keysym, Modifiers};

/// What a key sends that is no plain character; `None`: it is one, or one of the editing keys that all terminals share.
pub(super) fn encode(keysym: Keysym, held: Modifiers, modes: KeyModes) -> Option<KeyBytes> {
    let mut bytes = KeyBytes::default();
    if sends_escape(held, modes) {
        bytes.push(ESC);
    }
    if keysym.is_keypad() && keypad(keysym, held, modes, &mut bytes) {
        return Some(bytes);
    }
    match keysym {
        Keysym::UP | Keysym::KP_UP => cursor(b'A', modes.app_cursor, &mut bytes),
        Keysym::DOWN | Keysym::KP_DOWN => cursor(b'B', modes.app_cursor, &mut bytes),
        Keysym::RIGHT | Keysym::KP_RIGHT => cursor(b'C', modes.app_cursor, &mut bytes),
        Keysym::LEFT | Keysym::KP_LEFT => cursor(b'D', modes.app_cursor, &mut bytes),
        Keysym::BEGIN | Keysym::KP_BEGIN => cursor(b'G', modes.app_keypad, &mut bytes),
        Keysym::HOME | Keysym::KP_HOME | Keysym::FIND => tilde(1, &mut bytes),
        Keysym::INSERT | Keysym::KP_INSERT => tilde(2, &mut bytes),
        Keysym::DELETE | Keysym::KP_DELETE => tilde(3, &mut bytes),
        Keysym::END | Keysym::KP_END | Keysym::SELECT => tilde(4, &mut bytes),
        Keysym::PAGE_UP | Keysym::KP_PAGE_UP => tilde(5, &mut bytes),
        Keysym::PAGE_DOWN | Keysym::KP_PAGE_DOWN => tilde(6, &mut bytes),
        Keysym::PAUSE => bytes.extend(b"\x1b[P"),
        // Back tab is Meta_Tab (terminfo's kcbt).
        Keysym::ISO_LEFT_TAB => bytes = KeyBytes::from(b"\x1b\t"),
        Keysym::TAB if held.shift => bytes = KeyBytes::from(b"\x1b\t"),
        // Keys that a PC has not, and the map leaves without a string.
        Keysym::HELP | Keysym::MENU => bytes = KeyBytes::default(),
        _ => match keysym.0.checked_sub(Keysym::F1.0) {
            Some(at @ 0..=34) => function_key(at, held.shift, &mut bytes),
            _ => {
                return control(keysym, held).map(|code| {
                    bytes.push(code);
                    bytes
                });
            }
        },
    }
    Some(bytes)
}

fn cursor(last: u8, application: bool, bytes: &mut KeyBytes) {
    bytes.extend(if application { SS3 } else { CSI });
    bytes.push(last);
}

fn tilde(number: u32, bytes: &mut KeyBytes) {
    bytes.extend(CSI);
    bytes.number(number);
    bytes.push(b'~');
}

/// F1 is `at` 0. There are strings up to F20; what lies beyond sends nothing, not even Alt's ESC.
fn function_key(at: u32, shift: bool, bytes: &mut KeyBytes) {
    let at = if shift && at < 10 { at + 10 } else { at };
    match at {
        0..=4 => {
            bytes.extend(b"\x1b[[");
            bytes.push(b'A' + at as u8);
        }
        5..=19 => tilde(super::NUMBERS[at as usize - 4], bytes),
        _ => *bytes = KeyBytes::default(),
    }
}

/// The keypad in application mode, whether or not Num Lock is on; with Shift it is as in the other mode. Whether it sent
/// anything.
fn keypad(keysym: Keysym, held: Modifiers, modes: KeyModes, bytes: &mut KeyBytes) -> bool {
    if !modes.app_keypad || held.shift {
        return false;
    }
    let last = match keysym {
        Keysym::KP_INSERT => b'p',
        Keysym::KP_END => b'q',
        Keysym::KP_DOWN => b'r',
        Keysym::KP_PAGE_DOWN => b's',
        Keysym::KP_LEFT => b't',
        Keysym::KP_BEGIN => b'u',
        Keysym::KP_RIGHT => b'v',
        Keysym::KP_HOME => b'w',
        Keysym::KP_UP => b'x',
        Keysym::KP_PAGE_UP => b'y',
        Keysym::KP_ADD => b'l',
        Keysym::KP_SUBTRACT => b'S',
        Keysym::KP_MULTIPLY => b'R',
        Keysym::KP_DIVIDE => b'Q',
        Keysym::KP_ENTER => b'M',
        Keysym::KP_DELETE | Keysym::KP_DECIMAL | Keysym::KP_SEPARATOR => b'n',
        Keysym(code @ 0xffb0..=0xffb9) => b'p' + (code - Keysym::KP_0.0) as u8,
        _ => return false,
    };
    bytes.extend(SS3);
    bytes.push(last);
    true
}

/// Characters of which Control makes something else than on X11.
fn control(keysym: Keysym, held: Modifiers) -> Option<u8> {
    if !held.control {
        return None;
    }
    Some(match keysym.char()? {
        '\'' => 0x07,
        '`' => 0x00,
        '-' => 0x1f,
        '/' => 0x7f,
        _ => return None,
    })
}
