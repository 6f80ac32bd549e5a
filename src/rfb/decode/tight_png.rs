//! TightPNG (rfbproto, "Tight PNG Encoding"): one colour, a PNG or a JPEG.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};

use super::embedded::Embedded;
use super::{Context, Drawing, jpeg};
use crate::geometry::Rect;
use crate::rfb::encode::tight::{FILL, JPEG};
use crate::rfb::encode::tight_png::PNG;
use crate::rfb::wire::{Malformed, Reader};
use crate::surface::Pixel;

/// What decoding one may allocate beside its rows, in bytes.
const MEMORY_MAX: usize = 1 << 20;

/// The most bytes of a pixel, in the largest form.
const BYTES_PER_PIXEL: u64 = 8;

/// A rectangle being decoded.
#[derive(Debug, Default)]
pub(super) enum Rectangle {
    /// The control byte comes next.
    #[default]
    Control,
    Png(Embedded),
    Jpeg(Embedded),
}

impl Rectangle {
    /// Whether the rectangle is complete.
    pub fn decode(&mut self, context: &mut Context<'_>, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        loop {
            match self {
                Self::Control => match reader.whole(|r| begin(context, r))? {
                    None => return Ok(false),
                    Some(Begun::Filled(color)) => {
                        (context.paint)(Drawing::Fill(context.rect, color));
                        return Ok(true);
                    }
                    Some(Begun::File(file)) => *self = file,
                },
                Self::Png(file) => {
                    return file.gather(reader)?.map_or(Ok(false), |file| paint(file, context).map(|()| true));
                }
                Self::Jpeg(file) => {
                    return file.gather(reader)?.map_or(Ok(false), |file| jpeg::paint(&file, context).map(|()| true));
                }
            }
        }
    }
}

/// How a rectangle begins.
enum Begun {
    Filled(Pixel),
    File(Rectangle),
}

fn begin(context: &Context<'_>, reader: &mut Reader<'_>) -> Result<Option<Begun>, Malformed> {
    let file = |bytes_per_pixel| Embedded::new(context.rect, bytes_per_pixel);
    match reader.u8().map(|control| control & 0xf0) {
        None => Ok(None),
        Some(FILL) => {
            let coder = context.tpixel();
            Ok(reader.bytes(coder.len()).and_then(|bytes| coder.take(bytes)).map(Begun::Filled))
        }
        Some(PNG) => Ok(Some(Begun::File(Rectangle::Png(file(BYTES_PER_PIXEL))))),
        Some(JPEG) => Ok(Some(Begun::File(Rectangle::Jpeg(file(jpeg::BYTES_PER_PIXEL))))),
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
