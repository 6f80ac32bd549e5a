//! The shape of the pointer, drawn by the client: Cursor with alpha, Cursor and X Cursor (RFC 6143 §7.8.1; rfbproto).

use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;
use crate::rfb::wire::Writer;
use crate::surface::PointerShape;

/// The pseudo-encodings of pointers, the one that loses least first.
pub const POINTERS: [Encoding; 3] = [Encoding::CURSOR_WITH_ALPHA, Encoding::CURSOR, Encoding::X_CURSOR];

/// Pixels more opaque than this are drawn where there are no half tones.
const OPAQUE: u32 = 127;

/// Appends one rectangle with the shape, in one of [`POINTERS`]; `None` is no pointer at all, an empty one.
pub fn encode(shape: Option<&PointerShape>, encoding: Encoding, coder: &PixelCoder, out: &mut Vec<u8>) {
    let mut writer = Writer::new(out);
    let Some(shape) = shape else {
        writer.pad(8).i32(encoding.0);
        if encoding == Encoding::CURSOR_WITH_ALPHA {
            writer.i32(Encoding::RAW.0);
        }
        return;
    };
    writer.pixels(shape.hotspot.x).pixels(shape.hotspot.y).pixels(shape.size.width).pixels(shape.size.height);
    writer.i32(encoding.0);
    match encoding {
        Encoding::CURSOR_WITH_ALPHA => {
            writer.i32(Encoding::RAW.0);
            for pixel in &shape.pixels {
                writer.bytes(&premultiplied(*pixel));
            }
        }
        Encoding::X_CURSOR => {
            let colours = two_colours(shape);
            for colour in colours {
                writer.bytes(&colour.to_be_bytes()[1..]);
            }
            bitmap(shape, |pixel| distance(pixel, colours[0]) <= distance(pixel, colours[1]), out);
            bitmap(shape, is_drawn, out);
        }
        _ => {
            coder.put_row(&shape.pixels, out);
            bitmap(shape, is_drawn, out);
        }
    }
}

fn is_drawn(pixel: u32) -> bool {
    pixel >> 24 > OPAQUE
}

/// Red, green, blue and alpha, the colours multiplied by the last (rfbproto, "Cursor With Alpha").
fn premultiplied(pixel: u32) -> [u8; 4] {
    let [alpha, colours @ ..] = pixel.to_be_bytes();
    let [red, green, blue] = colours.map(|value| ((u32::from(value) * u32::from(alpha) + 127) / 255).to_be_bytes()[3]);
    [red, green, blue, alpha]
}

/// A bit for each pixel, the leftmost first, rows filled up to whole bytes.
fn bitmap(shape: &PointerShape, is_set: impl Fn(u32) -> bool, out: &mut Vec<u8>) {
    for row in shape.pixels.chunks_exact((shape.size.width as usize).max(1)) {
        for pixels in row.chunks(8) {
            let bits = pixels.iter().zip((0..8).rev());
            out.push(bits.fold(0, |mask, (pixel, bit)| mask | u8::from(is_set(*pixel)) << bit));
        }
    }
}

/// The two colours of a shape that has no more, the darker one first; else black and white.
fn two_colours(shape: &PointerShape) -> [u32; 2] {
    const BLACK: u32 = 0;
    const WHITE: u32 = 0x00ff_ffff;
    let mut colours = shape.pixels.iter().filter(|pixel| is_drawn(**pixel)).map(|pixel| pixel & WHITE);
    let first = colours.next().unwrap_or(BLACK);
    let Some(second) = colours.clone().find(|colour| *colour != first) else { return [first, WHITE] };
    if colours.any(|colour| colour != first && colour != second) {
        return [BLACK, WHITE];
    }
    if distance(first, BLACK) <= distance(second, BLACK) { [first, second] } else { [second, first] }
}

/// How far two colours are from each other.
fn distance(a: u32, b: u32) -> u32 {
    let ([_, a @ ..], [_, b @ ..]) = (a.to_be_bytes(), b.to_be_bytes());
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Point, Size};
    use crate::rfb::pixel_format::PixelFormat;

    fn encoded(pixels: &[u32], encoding: Encoding) -> Vec<u8> {
        let size = Size::new(pixels.len() as u32, 1);
        let shape = PointerShape { size, hotspot: Point { x: 1, y: 0 }, pixels: pixels.into() };
        let mut out = Vec::new();
        encode(Some(&shape), encoding, &PixelFormat::SERVER_DEFAULT.pixel(), &mut out);
        out.split_off(12)
    }

    #[test]
    fn colours_are_multiplied_by_alpha() {
        let bytes = encoded(&[0xffff_8000, 0x80ff_8000, 0x00ff_ffff], Encoding::CURSOR_WITH_ALPHA);
        assert_eq!(bytes, [0, 0, 0, 0, 255, 128, 0, 255, 128, 64, 0, 128, 0, 0, 0, 0]);
    }

    #[test]
    fn two_colours_are_kept_and_more_become_black_and_white() {
        let two = [0xff11_2233, 0xffaa_bbcc, 0, 0xff11_2233, 0xff11_2233, 0, 0, 0, 0xffaa_bbcc];
        let expected = [0x11, 0x22, 0x33, 0xaa, 0xbb, 0xcc, 0b1001_1000, 0, 0b1101_1000, 0x80];
        let mut found = encoded(&two, Encoding::X_CURSOR);
        // What is not drawn may have either colour.
        found[6] &= found[8];
        found[7] &= found[9];
        assert_eq!(found, expected);
        let three = encoded(&[0xff20_0000, 0xff80_ff80, 0xffff_ffff, 0x70ff_ffff], Encoding::X_CURSOR);
        assert_eq!(three[..6], [0, 0, 0, 255, 255, 255]);
        assert_eq!([three[6] & three[7], three[7]], [0b1000_0000, 0b1110_0000]);
    }

    #[test]
    fn no_pointer_is_an_empty_one() {
        for (encoding, length) in POINTERS.into_iter().zip([16, 12, 12]) {
            let mut out = Vec::new();
            encode(None, encoding, &PixelFormat::SERVER_DEFAULT.pixel(), &mut out);
            assert_eq!(out.len(), length, "{encoding:?}");
        }
    }
}
