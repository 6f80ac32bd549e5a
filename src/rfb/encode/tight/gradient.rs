//! Tight's gradient filter: of each pixel how far it is from what its neighbours foretell. Where colours run smoothly that is
//! next to nothing, whatever they are.

use crate::rfb::encode::Pixels;
use crate::surface::Pixel;

/// Appends a rectangle: of each pixel red, green and blue.
pub(super) fn append(pixels: &Pixels<'_>, out: &mut Vec<u8>) {
    let width = pixels.rect.width as usize;
    out.reserve(pixels.rect.area() as usize * 3);
    let mut above = vec![0; width];
    pixels.for_each_row(|row| {
        let (mut left, mut corner) = (0, 0);
        for (pixel, up) in row.iter().zip(&mut above) {
            out.extend(difference(*pixel, left, *up, corner));
            (left, corner) = (*pixel, *up);
            *up = *pixel;
        }
    });
}

/// Left and above, less what is left of above, is what is foretold, within the range of a byte.
#[inline]
fn difference(pixel: Pixel, left: Pixel, above: Pixel, corner: Pixel) -> [u8; 3] {
    [16, 8, 0].map(|shift| {
        let value = |pixel: Pixel| (pixel >> shift & 0xff) as i32;
        let foretold = (value(left) + value(above) - value(corner)).clamp(0, 255);
        (value(pixel) - foretold) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_foretold_stays_within_a_byte() {
        assert_eq!(difference(0x01_02_03, 0, 0, 0), [1, 2, 3], "the first pixel");
        assert_eq!(difference(0x0a_14_1e, 0x09_12_1b, 0x08_10_18, 0x07_0e_15), [0, 0, 0], "a ramp");
        assert_eq!(difference(0xff_00_ff, 0xff_00_80, 0xff_00_80, 0x00_ff_7f), [0, 0, 126]);
        assert_eq!(difference(0, 0x01_00_00, 0, 0), [0xff, 0, 0]);
    }
}
