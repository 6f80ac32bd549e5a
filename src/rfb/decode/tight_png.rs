//! TightPNG (rfbproto, "Tight PNG Encoding"): one colour, or a PNG; JPEG is refused.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};

use super::tight::compact_length;
use super::{Context, Drawing};
use crate::geometry::Rect;
use crate::rfb::encode::tight::FILL;
use crate::rfb::encode::tight_png::PNG;
use crate::rfb::wire::{Malformed, Reader};
use crate::surface::Pixel;

/// What a PNG may have beside its pixels, in bytes: headers, a palette, text that nobody wants.
const EXTRA_MAX: usize = 16 * 1024;

/// What decoding one may allocate beside its rows, in bytes.
const MEMORY_MAX: usize = 1 << 20;

/// A rectangle being decoded.
#[derive(Debug, Default)]
pub(super) struct Rectangle {
    /// The length of the PNG, once it has come.
    length: Option<usize>,
    /// What has come of it.
    file: Vec<u8>,
}

impl Rectangle {
    /// Whether the rectangle is complete.
    pub fn decode(&mut self, context: &mut Context<'_>, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        let length = match self.length {
            Some(length) => length,
            None => match reader.whole(|r| begin(context, r))? {
                Some(Begun::Png(length)) => *self.length.insert(length),
                Some(Begun::Filled(color)) => {
                    (context.paint)(Drawing::Fill(context.rect, color));
                    return Ok(true);
                }
                None => return Ok(false),
            },
        };
        let come = reader.remaining();
        let come = come.get(..length - self.file.len()).unwrap_or(come);
        self.file.extend_from_slice(come);
        let _ = reader.skip(come.len());
        if self.file.len() < length {
            return Ok(false);
        }
        paint(std::mem::take(&mut self.file), context)?;
        Ok(true)
    }
}

/// How a rectangle begins.
enum Begun {
    Filled(Pixel),
    Png(usize),
}

fn begin(context: &Context<'_>, reader: &mut Reader<'_>) -> Result<Option<Begun>, Malformed> {
    match reader.u8().map(|control| control & 0xf0) {
        None => Ok(None),
        Some(FILL) => {
            let coder = context.tpixel();
            Ok(reader.bytes(coder.len()).and_then(|bytes| coder.take(bytes)).map(Begun::Filled))
        }
        Some(PNG) => {
            let Some(length) = compact_length(reader)? else { return Ok(None) };
            // The largest form has eight bytes a pixel, and one more a row.
            let most = (context.rect.area() * 8 + u64::from(context.rect.height)) as usize + EXTRA_MAX;
            if length > most {
                return Err(Malformed("a PNG too long for its rectangle"));
            }
            Ok(Some(Begun::Png(length)))
        }
        Some(_) => Err(Malformed("a TightPNG compression that was not asked for")),
    }
}

/// Paints the picture row by row.
fn paint(file: Vec<u8>, context: &mut Context<'_>) -> Result<(), Malformed> {
    const BROKEN: Malformed = Malformed("a PNG that cannot be decoded");
    let rect = context.rect;
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: MEMORY_MAX });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(|_| BROKEN)?;
    if (header.width, header.height) != (rect.width, rect.height) {
        return Err(Malformed("a PNG of another size than its rectangle"));
    }
    if header.interlaced {
        return Err(Malformed("an interlaced PNG"));
    }
    let mut png = decoder.read_info().map_err(|_| BROKEN)?;
    let (color, _) = png.output_color_type();
    let mut pixels: Vec<Pixel> = Vec::new();
    for y in 0..rect.height {
        let row = png.next_row().map_err(|_| BROKEN)?.ok_or(BROKEN)?;
        pixels.clear();
        pixels.extend(row.data().chunks_exact(color.samples()).map(|samples| pixel(color, samples)));
        if pixels.len() != rect.width as usize {
            return Err(BROKEN);
        }
        (context.paint)(Drawing::Pixels(Rect { y: rect.y + y, height: 1, ..rect }, &pixels));
    }
    Ok(())
}

/// The colour of some samples of eight bits; how opaque it is does not matter.
fn pixel(color: ColorType, samples: &[u8]) -> Pixel {
    match (color, samples) {
        (ColorType::Rgb | ColorType::Rgba, [red, green, blue, ..]) => u32::from_be_bytes([0, *red, *green, *blue]),
        (_, [grey, ..]) => u32::from(*grey) * 0x01_0101,
        _ => 0,
    }
}
