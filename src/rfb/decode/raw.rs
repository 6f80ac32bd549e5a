//! Raw (RFC 6143 §7.7.1).

use super::{Context, Drawing};
use crate::geometry::Rect;
use crate::rfb::wire::Reader;

/// Whether all rows have been painted; those before `row` were.
pub(super) fn decode(row: &mut u32, context: &mut Context<'_>, reader: &mut Reader<'_>) -> bool {
    let rect = context.rect;
    let coder = context.pixel();
    let mut pixels = Vec::new();
    while *row < rect.height && rect.width > 0 {
        let Some(bytes) = reader.bytes(rect.width as usize * coder.len()) else { return false };
        pixels.clear();
        coder.take_row(bytes, &mut pixels);
        (context.paint)(Drawing::Pixels(Rect { y: rect.y + *row, height: 1, ..rect }, &pixels));
        *row += 1;
    }
    true
}
