//! A VT220's keyboard, as xterm imitates it (`xterm -kt vt220`): `tests/keys/vt220.txt` was recorded from that.
//!
//! It has no Alt and its keypad no Num Lock, no motion and no plus sign; function keys know no modifiers. Everything else is
//! as in [`super`].

use super::modify::Kind;
use super::{Function, KeyModes, numbered};
use crate::input::{Keysym, Modifiers};

/// What a VT220 calls the key, and the modifiers that it would know of.
pub(super) fn translate(keysym: Keysym, held: Modifiers) -> (Keysym, Modifiers) {
    let keysym = match keysym {
        Keysym::HOME => Keysym::FIND,
        Keysym::END => Keysym::SELECT,
        Keysym::KP_INSERT => digit(0),
        Keysym::KP_END => digit(1),
        Keysym::KP_DOWN => digit(2),
        Keysym::KP_PAGE_DOWN => digit(3),
        Keysym::KP_LEFT => digit(4),
        Keysym::KP_BEGIN => digit(5),
        Keysym::KP_RIGHT => digit(6),
        Keysym::KP_HOME => digit(7),
        Keysym::KP_UP => digit(8),
        Keysym::KP_PAGE_UP => digit(9),
        Keysym::KP_DELETE => Keysym::KP_DECIMAL,
        // Where a PC has plus, a VT220 has a comma, and below it a minus.
        Keysym::KP_ADD | Keysym::KP_SEPARATOR if !held.shift && held.control => return (Keysym::KP_SUBTRACT, held),
        Keysym::KP_ADD if !held.shift => return (Keysym::KP_SEPARATOR, held),
        other => return (other, held),
    };
    // A motion of the keypad says that Num Lock is off, whatever we were told.
    (keysym, Modifiers { num_lock: false, ..held })
}

fn digit(digit: u32) -> Keysym {
    Keysym(Keysym::KP_0.0 + digit)
}

/// Control with a function key is the one ten further on, for a PC has but twelve. `number` counts from 0.
pub(super) fn further(number: u32, held: Modifiers) -> (Function, Modifiers) {
    (numbered(number + 10 * u32::from(held.control)), Modifiers { control: false, ..held })
}

/// The modifiers that a function key tells: none, unless the guest asked for more (modifyOtherKeys, modifyKeyboard).
pub(super) fn told(keysym: Keysym, held: Modifiers, modes: KeyModes) -> Modifiers {
    let kind = match keysym.0 {
        _ if keysym.is_keypad() => 1,
        // The cursor keys and the editing keys between them and the keypad.
        0xff50..=0xff58 | 0xff60 | 0xff63 | 0xff68 | 0xffff => 2,
        0xffbe..=0xffe0 => 4,
        _ => 8,
    };
    let all = modes.modify.modify(Kind::Other) != 0;
    if all || modes.modify.modify(Kind::Keyboard) & kind != 0 { held } else { Modifiers::NONE }
}
