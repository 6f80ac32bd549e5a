//! The state of a keyboard's locks: QEMU LED State (-261) and VMware LED State (rfbproto).

use super::rect_head;
use crate::geometry::Rect;
use crate::input::Locks;
use crate::rfb::ids::Encoding;
use crate::rfb::wire::Writer;

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
