//! The Cursor pseudo-encoding (RFC 6143 §7.8.1): the shape of the pointer, drawn by the client.

use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;
use crate::rfb::wire::Writer;
use crate::surface::PointerShape;

/// Pixels more opaque than this are drawn: the mask of the standard knows no half tones.
const OPAQUE: u32 = 127;

/// Appends one rectangle with the shape; `None` is no pointer at all, an empty one.
pub fn encode(shape: Option<&PointerShape>, coder: &PixelCoder, out: &mut Vec<u8>) {
    let mut writer = Writer::new(out);
    let Some(shape) = shape else {
        writer.pad(8).i32(Encoding::CURSOR.0);
        return;
    };
    writer.pixels(shape.hotspot.x).pixels(shape.hotspot.y).pixels(shape.size.width).pixels(shape.size.height);
    writer.i32(Encoding::CURSOR.0);
    coder.put_row(&shape.pixels, out);
    for row in shape.pixels.chunks_exact((shape.size.width as usize).max(1)) {
        for pixels in row.chunks(8) {
            let bits = pixels.iter().zip((0..8).rev());
            out.push(bits.fold(0, |mask, (pixel, bit)| mask | u8::from(pixel >> 24 > OPAQUE) << bit));
        }
    }
}
