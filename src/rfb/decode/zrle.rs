//! ZRLE (RFC 6143 §7.7.6) and TRLE (§7.7.5): tiles in palettes and runs, through zlib or not.

use super::inflate::Inflater;
use super::{Context, Drawing};
use crate::geometry::Rect;
use crate::rfb::encode::trle::{PACKED_AGAIN, PALETTE_RLE_AGAIN};
use crate::rfb::encode::zrle::{MAX_PACKED, PALETTE_RLE, PLAIN_RLE, RAW, SOLID, packed_bits};
use crate::rfb::encode::{trle, zrle};
use crate::rfb::pixel_format::PixelCoder;
use crate::rfb::wire::{Malformed, Reader};
use crate::surface::Pixel;

/// A rectangle being decoded.
#[derive(Debug)]
pub(super) struct Rectangle {
    /// Width and height of a tile.
    size: u32,
    /// TRLE: a tile may have the palette of one before it, which is kept here.
    before: Option<Vec<Pixel>>,
    /// Whether the length has come.
    begun: bool,
    /// Where the current tile is, from the rectangle's corner.
    x: u32,
    y: u32,
    tile: Option<Tile>,
}

/// A tile being decoded.
#[derive(Debug)]
struct Tile {
    kind: Kind,
    palette: Vec<Pixel>,
    /// Grows up to the area of the tile.
    pixels: Vec<Pixel>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Raw,
    Solid,
    Packed,
    PlainRuns,
    PaletteRuns,
}

impl Rectangle {
    /// A rectangle of ZRLE.
    pub fn zrle() -> Self {
        Self { size: zrle::TILE, before: None, begun: false, x: 0, y: 0, tile: None }
    }

    /// A rectangle of TRLE.
    pub fn trle() -> Self {
        Self { size: trle::TILE, before: Some(Vec::new()), ..Self::zrle() }
    }

    /// Whether the rectangle is complete. What it is made of comes through the stream, if there is one.
    pub fn decode(
        &mut self,
        stream: Option<&mut Inflater>,
        context: &mut Context<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<bool, Malformed> {
        let coder = context.cpixel();
        let Some(stream) = stream else { return self.tiles(context, &coder, reader) };
        if !self.begun {
            let Some(length) = reader.u32() else { return Ok(false) };
            stream.announce(length as usize);
            self.begun = true;
        }
        loop {
            let mut inflated = Reader::new(stream.inflated());
            let complete = self.tiles(context, &coder, &mut inflated)?;
            let used = inflated.position();
            stream.consume(used);
            if complete {
                return stream.finish(reader);
            }
            if !stream.more(reader)? {
                return Ok(false);
            }
        }
    }

    /// Decodes tiles as long as there are bytes; whether that was all of them.
    fn tiles(
        &mut self,
        context: &mut Context<'_>,
        coder: &PixelCoder,
        inflated: &mut Reader<'_>,
    ) -> Result<bool, Malformed> {
        let rect = context.rect;
        while self.y < rect.height && rect.width > 0 {
            let (width, height) = (self.size.min(rect.width - self.x), self.size.min(rect.height - self.y));
            let place = Rect::new(rect.x + self.x, rect.y + self.y, width, height);
            let tile = match &mut self.tile {
                Some(tile) => tile,
                None => match inflated.whole(|r| Tile::begin(coder, self.before.as_deref(), r))? {
                    Some(tile) => self.tile.insert(tile),
                    None => return Ok(false),
                },
            };
            if !tile.fill(place, coder, inflated)? {
                return Ok(false);
            }
            match tile.kind {
                Kind::Solid => (context.paint)(Drawing::Fill(place, tile.palette.first().copied().unwrap_or(0))),
                _ => (context.paint)(Drawing::Pixels(place, &tile.pixels)),
            }
            if let (Some(before), Some(tile)) = (&mut self.before, self.tile.take())
                && tile.palette.len() > 1
            {
                *before = tile.palette;
            }
            self.tile = None;
            self.x += self.size;
            if self.x >= rect.width {
                (self.x, self.y) = (0, self.y + self.size);
            }
        }
        Ok(true)
    }
}

impl Tile {
    /// Reads the subencoding and the palette, unless it is the one from before.
    fn begin(coder: &PixelCoder, before: Option<&[Pixel]>, reader: &mut Reader<'_>) -> Result<Option<Self>, Malformed> {
        let Some(subencoding) = reader.u8() else { return Ok(None) };
        if let (Some(before), PACKED_AGAIN | PALETTE_RLE_AGAIN) = (before, subencoding) {
            let packed = subencoding == PACKED_AGAIN;
            if before.len() < 2 || packed && before.len() > usize::from(MAX_PACKED) {
                return Err(Malformed("a TRLE tile without a palette before it"));
            }
            let kind = if packed { Kind::Packed } else { Kind::PaletteRuns };
            return Ok(Some(Self { kind, palette: before.to_vec(), pixels: Vec::new() }));
        }
        let (kind, colors) = match subencoding {
            RAW => (Kind::Raw, 0),
            SOLID => (Kind::Solid, 1),
            2..=MAX_PACKED => (Kind::Packed, subencoding),
            PLAIN_RLE => (Kind::PlainRuns, 0),
            130.. => (Kind::PaletteRuns, subencoding - PALETTE_RLE),
            _ => return Err(Malformed("an unknown ZRLE subencoding")),
        };
        let Some(bytes) = reader.bytes(usize::from(colors) * coder.len()) else { return Ok(None) };
        let mut palette = Vec::new();
        coder.take_row(bytes, &mut palette);
        Ok(Some(Self { kind, palette, pixels: Vec::new() }))
    }

    /// Reads pixels; whether the tile is full. What is read at once is a row or a run.
    fn fill(&mut self, place: Rect, coder: &PixelCoder, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        let (width, area) = (place.width as usize, place.area() as usize);
        while self.pixels.len() < area && self.kind != Kind::Solid {
            match self.kind {
                Kind::Raw => {
                    let Some(row) = reader.bytes(width * coder.len()) else { return Ok(false) };
                    coder.take_row(row, &mut self.pixels);
                }
                Kind::Packed => {
                    let bits = packed_bits(self.palette.len());
                    let Some(row) = reader.bytes((width * bits).div_ceil(8)) else { return Ok(false) };
                    self.unpack(row, width, bits)?;
                }
                _ => {
                    let room = area - self.pixels.len();
                    let Some((pixel, run)) = reader.whole(|r| self.run(coder, room, r))? else { return Ok(false) };
                    self.pixels.resize(self.pixels.len() + run, pixel);
                }
            }
        }
        Ok(true)
    }

    fn unpack(&mut self, row: &[u8], width: usize, bits: usize) -> Result<(), Malformed> {
        let per_byte = 8 / bits;
        for x in 0..width {
            let shift = 8 - bits - x % per_byte * bits;
            let index = row[x / per_byte] >> shift & ((1 << bits) - 1);
            self.pixels.push(color(&self.palette, index)?);
        }
        Ok(())
    }

    /// A pixel and how often it comes, which is at most `room`.
    fn run(
        &self,
        coder: &PixelCoder,
        room: usize,
        reader: &mut Reader<'_>,
    ) -> Result<Option<(Pixel, usize)>, Malformed> {
        let (pixel, many) = match self.kind {
            Kind::PlainRuns => (reader.bytes(coder.len()).and_then(|bytes| coder.take(bytes)), true),
            _ => match reader.u8() {
                Some(index) => (Some(color(&self.palette, index & 0x7f)?), index & 0x80 != 0),
                None => (None, false),
            },
        };
        let Some(pixel) = pixel else { return Ok(None) };
        let mut run = 1;
        let mut more = many;
        while more {
            let Some(byte) = reader.u8() else { return Ok(None) };
            run += usize::from(byte);
            if run > room {
                return Err(Malformed("a ZRLE run beyond its tile"));
            }
            more = byte == 255;
        }
        Ok(Some((pixel, run)))
    }
}

fn color(palette: &[Pixel], index: u8) -> Result<Pixel, Malformed> {
    palette.get(usize::from(index)).copied().ok_or(Malformed("a ZRLE index beyond its palette"))
}
