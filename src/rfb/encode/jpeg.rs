//! JPEG, for what looks like a photograph on a proxied screen: the only encoding that loses anything, for clients that have
//! set a quality level.

use jpeg_encoder::{ChromaSubsamplingMethod, Encoder, ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr};

use super::Pixels;

/// The quality of each level, in percent of JPEG's scale: as levels go up, blocks become invisible first, and fringes of
/// colour then.
const QUALITIES: [u8; 10] = [20, 30, 40, 50, 60, 68, 76, 84, 90, 95];

/// From this level on each pixel has a colour of its own, and not one with its neighbours.
const FULL_COLOUR: u8 = 8;

/// Appends a rectangle, at most 65,535 pixels wide and high, at a quality level 0..=9; whether that could be done.
pub(super) fn append(pixels: &Pixels<'_>, level: u8, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let Some(quality) = QUALITIES.get(usize::from(level)) else { return false };
    let Some(image) = Image::new(pixels) else { return false };
    let mut encoder = Encoder::new(&mut *out, *quality);
    if level < FULL_COLOUR {
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    } else {
        encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    }
    let done = encoder.encode_image(image).is_ok();
    if !done {
        out.truncate(start);
    }
    done
}

/// Pixels as the encoder asks for them.
struct Image<'a, 'b> {
    pixels: &'a Pixels<'b>,
    width: u16,
    height: u16,
}

impl<'a, 'b> Image<'a, 'b> {
    fn new(pixels: &'a Pixels<'b>) -> Option<Self> {
        let size = pixels.rect.size();
        let (width, height) = (u16::try_from(size.width).ok()?, u16::try_from(size.height).ok()?);
        (width > 0 && height > 0).then_some(Self { pixels, width, height })
    }
}

impl ImageBuffer for Image<'_, '_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let mut patched = Vec::new();
        let [luma, blue, red, _] = buffers;
        for pixel in self.pixels.row(y.into(), &mut patched) {
            let [_, r, g, b] = pixel.to_be_bytes();
            let (y, cb, cr) = rgb_to_ycbcr(r, g, b);
            luma.push(y);
            blue.push(cb);
            red.push(cr);
        }
    }
}
