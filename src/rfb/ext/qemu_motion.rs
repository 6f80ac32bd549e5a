//! QEMU Pointer Motion Change (rfbproto; pseudo-encoding -257): whether a client tells where its pointer is, or how it was
//! moved, for guests whose mouse knows nothing else.
//!
//! The message is the same one, and nothing in it says which it is. So what is no motion that a mouse can make was sent before
//! the client had heard of the change; and so was a place that no picture has.

use super::rect_head;
use crate::geometry::{Rect, Size};
use crate::input::{PointerEvent, PointerMotion};
use crate::rfb::ids::Encoding;
use crate::rfb::wire::Writer;

/// In a PointerEvent that tells a motion, this stands for none.
const STILL: u32 = 0x7fff;

/// The farthest that a pointer is moved at once, in pixels: pictures are half as large, and lie far from there.
const FARTHEST: u32 = 8_192;

/// Appends one rectangle that asks for motions, or for places.
pub(in crate::rfb) fn encode(relative: bool, picture: Size, w: &mut Writer<'_>) {
    // The size is QEMU's own for it, and says nothing.
    rect_head(Rect { x: u32::from(!relative), ..picture.rect() }, Encoding::QEMU_POINTER_MOTION, w);
}

/// Whether the rectangle with this head asks for motions.
pub(in crate::rfb) const fn is_relative(head: Rect) -> bool {
    head.x == 0
}

/// What tells a motion; one that is too far, as far as that can be told at once.
pub(in crate::rfb) fn event_of(motion: PointerMotion) -> PointerEvent {
    let along = |by: i32| {
        let farthest = i64::from(FARTHEST);
        u32::try_from(i64::from(STILL) + i64::from(by).clamp(-farthest, farthest)).unwrap_or(STILL)
    };
    PointerEvent { x: along(motion.dx), y: along(motion.dy), buttons: motion.buttons }
}

/// The motion that an event tells, if it can be one.
pub(in crate::rfb) fn motion_of(event: &PointerEvent) -> Option<PointerMotion> {
    let along = |at: u32| {
        let motion = i32::try_from(i64::from(at) - i64::from(STILL)).ok()?;
        (motion.unsigned_abs() <= FARTHEST).then_some(motion)
    };
    Some(PointerMotion { dx: along(event.x)?, dy: along(event.y)?, buttons: event.buttons })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn motions_are_told_from_places() {
        let decoded = |x, y| motion_of(&PointerEvent { x, y, buttons: 5 });
        let motion = |dx, dy| Some(PointerMotion { dx, dy, buttons: 5 });
        assert_eq!(decoded(0x7fff, 0x7fff), motion(0, 0));
        assert_eq!(decoded(0x7fff - 3, 0x7fff + 8_192), motion(-3, 8_192));
        for (dx, dy) in [(0, 0), (-3, 8_192), (-8_192, 1)] {
            assert_eq!(motion_of(&event_of(PointerMotion { dx, dy, buttons: 5 })), motion(dx, dy));
        }
        let far = event_of(PointerMotion { dx: i32::MIN, dy: i32::MAX, buttons: 5 });
        assert_eq!(motion_of(&far), motion(-8_192, 8_192));
        for (x, y) in [(0, 0), (4_095, 4_095), (0x7fff, 4_095), (0x7fff, 0x7fff + 8_193), (0xffff, 0x7fff)] {
            assert_eq!(decoded(x, y), None);
        }
    }
}
