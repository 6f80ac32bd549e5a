//! Zlib (rfbproto, "Zlib Encoding").

use super::inflate::Inflater;
use super::{Context, Drawing};
use crate::geometry::Rect;
use crate::rfb::wire::{Malformed, Reader};

/// A rectangle being decoded.
#[derive(Debug, Default)]
pub(super) struct Rectangle {
    /// Whether the length has come.
    begun: bool,
    /// Where the next pixel is, from the rectangle's corner.
    x: u32,
    y: u32,
}

impl Rectangle {
    /// Whether the rectangle is complete. Rows are painted in parts, as they may be longer than what is inflated at once.
    pub fn decode(
        &mut self,
        stream: &mut Inflater,
        context: &mut Context<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<bool, Malformed> {
        if !self.begun {
            let Some(length) = reader.u32() else { return Ok(false) };
            stream.announce(length as usize);
            self.begun = true;
        }
        let (rect, coder) = (context.rect, context.pixel());
        let mut pixels = Vec::new();
        while self.y < rect.height && rect.width > 0 {
            let there = (stream.inflated().len() / coder.len()).min((rect.width - self.x) as usize);
            if there == 0 {
                if !stream.more(reader)? {
                    return Ok(false);
                }
                continue;
            }
            let length = there * coder.len();
            pixels.clear();
            coder.take_row(stream.inflated().get(..length).unwrap_or_default(), &mut pixels);
            stream.consume(length);
            let width = there as u32;
            (context.paint)(Drawing::Pixels(Rect::new(rect.x + self.x, rect.y + self.y, width, 1), &pixels));
            self.x += width;
            if self.x == rect.width {
                (self.x, self.y) = (0, self.y + 1);
            }
        }
        stream.finish(reader)
    }
}
