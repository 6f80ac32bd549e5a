//! The Cursor pseudo-encoding (RFC 6143 §7.8.1).

use super::{Context, Drawing};
use crate::geometry::Point;
use crate::rfb::wire::{Malformed, Reader};
use crate::surface::PointerShape;

/// The largest cursor taken, in pixels each way.
pub const MAX_CURSOR: u32 = 256;

/// Whether the shape was complete.
pub(super) fn decode(context: &mut Context<'_>, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    let rect = context.rect;
    if rect.is_empty() {
        (context.paint)(Drawing::Cursor(None));
        return Ok(true);
    }
    if rect.width > MAX_CURSOR || rect.height > MAX_CURSOR {
        return Err(Malformed("a cursor that is too large"));
    }
    if rect.x >= rect.width || rect.y >= rect.height {
        return Err(Malformed("a cursor whose hot spot is outside"));
    }
    let coder = context.pixel();
    let mask_row = rect.width.div_ceil(8) as usize;
    let (colors, mask) = (rect.area() as usize * coder.len(), mask_row * rect.height as usize);
    let Some((colors, mask)) = reader.whole(|r| Ok(r.bytes(colors).zip(r.bytes(mask))))? else { return Ok(false) };
    let mut pixels = Vec::new();
    coder.take_row(colors, &mut pixels);
    for (row, mask) in pixels.chunks_exact_mut(rect.width as usize).zip(mask.chunks_exact(mask_row)) {
        for (x, pixel) in row.iter_mut().enumerate() {
            let opaque = mask[x / 8] >> (7 - x % 8) & 1 != 0;
            *pixel = if opaque { *pixel | 0xff00_0000 } else { 0 };
        }
    }
    let hotspot = Point { x: rect.x, y: rect.y };
    (context.paint)(Drawing::Cursor(Some(PointerShape { size: rect.size(), hotspot, pixels: pixels.into() })));
    Ok(true)
}
