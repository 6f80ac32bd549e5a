//! Hextile (RFC 6143 §7.7.4).

use super::{Context, Drawing};
use crate::geometry::Rect;
use crate::rfb::encode::hextile::{BACKGROUND, COLOURED, FOREGROUND, RAW, SUBRECTS, TILE};
use crate::rfb::pixel_format::PixelCoder;
use crate::rfb::wire::{Malformed, Reader};
use crate::surface::Pixel;

/// A rectangle being decoded.
#[derive(Debug, Default)]
pub(super) struct Rectangle {
    /// Where the next tile is, from the rectangle's corner.
    x: u32,
    y: u32,
    /// Colours of the tile before, which the next need not name.
    background: Pixel,
    foreground: Pixel,
    pixels: Vec<Pixel>,
}

impl Rectangle {
    /// Whether the rectangle is complete. A tile is taken as a whole; it is never longer than two kilobytes.
    pub fn decode(&mut self, context: &mut Context<'_>, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        let rect = context.rect;
        let coder = context.pixel();
        while self.y < rect.height && rect.width > 0 {
            let (width, height) = (TILE.min(rect.width - self.x), TILE.min(rect.height - self.y));
            let Some((background, foreground)) = reader.whole(|r| self.tile(width, height, &coder, r))? else {
                return Ok(false);
            };
            (self.background, self.foreground) = (background, foreground);
            let place = Rect::new(rect.x + self.x, rect.y + self.y, width, height);
            (context.paint)(Drawing::Pixels(place, &self.pixels));
            self.x += TILE;
            if self.x >= rect.width {
                (self.x, self.y) = (0, self.y + TILE);
            }
        }
        Ok(true)
    }

    /// Reads a tile into `pixels`; the background and foreground after it.
    fn tile(
        &mut self,
        width: u32,
        height: u32,
        coder: &PixelCoder,
        reader: &mut Reader<'_>,
    ) -> Result<Option<(Pixel, Pixel)>, Malformed> {
        let (mut background, mut foreground) = (self.background, self.foreground);
        let area = (width * height) as usize;
        let Some(flags) = reader.u8() else { return Ok(None) };
        self.pixels.clear();
        if flags & RAW != 0 {
            let Some(bytes) = reader.bytes(area * coder.len()) else { return Ok(None) };
            coder.take_row(bytes, &mut self.pixels);
            return Ok(Some((background, foreground)));
        }
        let color = |r: &mut Reader<'_>| r.bytes(coder.len()).and_then(|bytes| coder.take(bytes));
        for (flag, named) in [(BACKGROUND, &mut background), (FOREGROUND, &mut foreground)] {
            if flags & flag != 0 {
                let Some(pixel) = color(reader) else { return Ok(None) };
                *named = pixel;
            }
        }
        self.pixels.resize(area, background);
        let count = if flags & SUBRECTS == 0 { Some(0) } else { reader.u8() };
        let Some(count) = count else { return Ok(None) };
        for _ in 0..count {
            let own = if flags & COLOURED == 0 { Some(foreground) } else { color(reader) };
            let Some((own, (place, size))) = own.zip(reader.u8().zip(reader.u8())) else { return Ok(None) };
            let [x, y, right, bottom] =
                [place >> 4, place & 15, (place >> 4) + (size >> 4), (place & 15) + (size & 15)];
            if u32::from(right) >= width || u32::from(bottom) >= height {
                return Err(Malformed("a subrectangle outside its tile"));
            }
            let rows = self.pixels.chunks_exact_mut(width as usize);
            for row in rows.take(usize::from(bottom) + 1).skip(y.into()) {
                row[x.into()..=right.into()].fill(own);
            }
        }
        Ok(Some((background, foreground)))
    }
}
