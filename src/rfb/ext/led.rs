//! The state of a keyboard's locks: QEMU LED State (-261) and VMware LED State (rfbproto).

use super::rect_head;
use crate::geometry::Rect;
use crate::input::Locks;
use crate::rfb::ids::Encoding;
use crate::rfb::wire::{Reader, Writer};

/// The pseudo-encodings that tell it, the one to be preferred first.
pub const LEDS: [Encoding; 2] = [Encoding::QEMU_LED_STATE, Encoding::VMWARE_LED_STATE];

/// Appends one rectangle with the state, in one of [`LEDS`].
pub(in crate::rfb) fn encode(locks: Locks, encoding: Encoding, w: &mut Writer<'_>) {
    let bits = u8::from(locks.scroll) | u8::from(locks.num) << 1 | u8::from(locks.caps) << 2;
    // QEMU's own size for it.
    rect_head(Rect::new(0, 0, 1, 1), encoding, w);
    if encoding == Encoding::VMWARE_LED_STATE {
        w.u32(bits.into());
    } else {
        w.u8(bits);
    }
}

/// The state in a rectangle of one of [`LEDS`], behind its head; `None`: wait for more.
pub(in crate::rfb) fn decode(encoding: Encoding, r: &mut Reader<'_>) -> Option<Locks> {
    let bits = if encoding == Encoding::VMWARE_LED_STATE { r.u32()? } else { r.u8()?.into() };
    Some(Locks { scroll: bits & 1 != 0, num: bits & 2 != 0, caps: bits & 4 != 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_survives_the_wire() {
        for encoding in LEDS {
            for bits in 0..8 {
                let locks = Locks { scroll: bits & 1 != 0, num: bits & 2 != 0, caps: bits & 4 != 0 };
                let mut bytes = Vec::new();
                encode(locks, encoding, &mut Writer::new(&mut bytes));
                let mut r = Reader::new(&bytes[12..]);
                assert_eq!((decode(encoding, &mut r), r.remaining()), (Some(locks), &[][..]), "{encoding:?}");
                assert_eq!(decode(encoding, &mut Reader::new(&bytes[12..bytes.len() - 1])), None);
            }
        }
    }
}
