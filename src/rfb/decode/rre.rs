//! RRE (RFC 6143 §7.7.3) and CoRRE (rfbproto, "CoRRE Encoding").

use super::{Context, Drawing};
use crate::geometry::Rect;
use crate::rfb::pixel_format::PixelCoder;
use crate::rfb::wire::{Malformed, Reader};
use crate::surface::Pixel;

/// The subrectangles may cover their rectangle so many times: a few bytes must not cause endless work.
pub const COVERAGE_MAX: u64 = 16;

/// A rectangle being decoded.
#[derive(Debug)]
pub(super) struct Rectangle {
    /// Places and sizes are bytes.
    bytes: bool,
    /// Subrectangles to come and pixels they may still paint; `None` before the background.
    left: Option<(u64, u64)>,
}

impl Rectangle {
    /// A rectangle of RRE.
    pub const fn rre() -> Self {
        Self { bytes: false, left: None }
    }

    /// A rectangle of CoRRE.
    pub const fn corre() -> Self {
        Self { bytes: true, left: None }
    }

    /// Whether the rectangle is complete.
    pub fn decode(&mut self, context: &mut Context<'_>, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        let coder = context.pixel();
        let area = context.rect.area();
        let (mut count, mut budget) = match self.left {
            Some(left) => left,
            None => {
                let Some((count, background)) = reader.whole(|r| Ok(r.u32().zip(color(&coder, r))))? else {
                    return Ok(false);
                };
                // Subrectangles are at least a pixel, and need not overlap.
                if u64::from(count) > area {
                    return Err(Malformed("more subrectangles than pixels"));
                }
                (context.paint)(Drawing::Fill(context.rect, background));
                *self.left.insert((count.into(), area * COVERAGE_MAX))
            }
        };
        while count > 0 && !context.is_turn_over() {
            let Some((pixel, place)) = reader.whole(|r| Ok(color(&coder, r).zip(self.place(r))))? else { break };
            let size = context.rect.size();
            if !size.rect().contains(place) {
                return Err(Malformed("a subrectangle outside its rectangle"));
            }
            budget = budget.checked_sub(place.area()).ok_or(Malformed("subrectangles that overlap too often"))?;
            let target = Rect { x: context.rect.x + place.x, y: context.rect.y + place.y, ..place };
            (context.paint)(Drawing::Fill(target, pixel));
            count -= 1;
        }
        self.left = Some((count, budget));
        Ok(count == 0)
    }

    fn place(&self, reader: &mut Reader<'_>) -> Option<Rect> {
        let mut number = || if self.bytes { reader.u8().map(u32::from) } else { reader.u16().map(u32::from) };
        Some(Rect::new(number()?, number()?, number()?, number()?))
    }
}

fn color(coder: &PixelCoder, reader: &mut Reader<'_>) -> Option<Pixel> {
    reader.bytes(coder.len()).and_then(|bytes| coder.take(bytes))
}
