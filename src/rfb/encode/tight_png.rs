//! TightPNG (rfbproto, "Tight PNG Encoding"): as Tight, with a PNG where that has zlib streams. Its colours are those
//! that the client's pixel format leaves, whatever that is.

use png::{BitDepth, ColorType, Compression, Encoder, Filter};

use super::analyse::{Indexed, MAX_COLORS};
use super::tight::{FILL, MAX_HEIGHT, MAX_WIDTH, put_compact_length};
use super::{Picture, Pixels, UpdateWriter, WireFormat};
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;
use crate::surface::Pixel;

/// The compression levels from which on more time is taken.
pub(super) const LEVELS: [u8; 2] = [2, 6];

/// Control byte: the length of a PNG and the PNG.
pub(crate) const PNG: u8 = 0xa0;

pub(super) fn encode(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    let coder = format.tpixel();
    let mut indexed = Indexed::default();
    for piece in picture.pieces() {
        for part in piece.tiles(MAX_WIDTH, MAX_HEIGHT) {
            out.rect(part.rect, Encoding::TIGHT_PNG);
            let few = indexed.scan(part, &coder, MAX_COLORS);
            match indexed.colors[..] {
                [color] if few => {
                    out.bytes.push(FILL);
                    coder.put(color, &mut out.bytes);
                }
                _ => {
                    let png = Image::of(part, &coder, few.then_some(&indexed)).to_png(format.compression);
                    out.bytes.push(PNG);
                    put_compact_length(png.len(), &mut out.bytes);
                    out.bytes.extend_from_slice(&png);
                }
            }
        }
    }
}

/// A PNG before it is compressed.
struct Image {
    width: u32,
    height: u32,
    color: ColorType,
    depth: BitDepth,
    /// Three bytes for each colour, where pixels are indices.
    palette: Option<Vec<u8>>,
    data: Vec<u8>,
}

impl Image {
    /// The shortest form of the pixels: of few colours, indices or greys.
    fn of(part: Pixels<'_>, coder: &PixelCoder, indexed: Option<&Indexed>) -> Self {
        let (width, height) = (part.rect.width, part.rect.height);
        let mut data = Vec::new();
        let Some(indexed) = indexed else {
            part.for_each_row(|row| row.iter().for_each(|pixel| data.extend_from_slice(&rgb(coder.shown(*pixel)))));
            return Self { width, height, color: ColorType::Rgb, depth: BitDepth::Eight, palette: None, data };
        };
        let (bits, depth) = match indexed.colors.len() {
            ..=2 => (1, BitDepth::One),
            3..=4 => (2, BitDepth::Two),
            5..=16 => (4, BitDepth::Four),
            _ => (8, BitDepth::Eight),
        };
        // A palette costs three bytes a colour and a chunk; greys of a byte need none.
        if bits == 8 && indexed.colors.iter().all(|color| is_grey(*color)) {
            data.extend(indexed.indices.iter().map(|index| indexed.colors[usize::from(*index)] as u8));
            return Self { width, height, color: ColorType::Grayscale, depth, palette: None, data };
        }
        indexed.pack(width as usize, bits, &mut data);
        let palette = Some(indexed.colors.iter().flat_map(|color| rgb(*color)).collect());
        Self { width, height, color: ColorType::Indexed, depth, palette, data }
    }

    /// The file.
    fn to_png(&self, level: u8) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(self.color);
        encoder.set_depth(self.depth);
        if let Some(palette) = &self.palette {
            encoder.set_palette(palette.as_slice());
        }
        encoder.set_compression(match level {
            _ if level >= LEVELS[1] => Compression::High,
            _ if level >= LEVELS[0] => Compression::Balanced,
            _ => Compression::Fast,
        });
        // Neighbours predict each other in photographs; text is better as it is.
        encoder.set_filter(if self.color == ColorType::Rgb { Filter::Adaptive } else { Filter::NoFilter });
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&self.data)?;
            writer.finish()
        });
        written.expect("a vector takes everything, and as many bytes as the size says were given");
        file
    }
}

fn is_grey(pixel: Pixel) -> bool {
    let [red, green, blue] = rgb(pixel);
    red == green && green == blue
}

fn rgb(pixel: Pixel) -> [u8; 3] {
    let [_, red, green, blue] = pixel.to_be_bytes();
    [red, green, blue]
}
