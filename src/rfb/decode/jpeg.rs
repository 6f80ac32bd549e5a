//! JPEG within Tight and TightPNG (rfbproto, "Tight Encoding"): the only thing here that loses something, and never asked for
//! unless a quality level is listed.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Context, Drawing};
use crate::geometry::{Rect, Size};
use crate::rfb::wire::{Malformed, Reader};
use crate::surface::Pixel;

/// The most bytes a pixel can need: the highest quality of noise has fewer.
pub(super) const BYTES_PER_PIXEL: u64 = 6;

/// Components of a colour may come one after the other, each in a scan of its own.
const SCANS_MAX: usize = 4;

/// Markers (ITU-T T.81, table B.1): of the beginning of a picture, of frames that are coded sequentially by Huffman's method,
/// and of the other kinds of frames, between which there are three that are none.
const START_OF_IMAGE: [u8; 2] = [0xff, 0xd8];
const SEQUENTIAL: [u8; 2] = [0xc0, 0xc1];
const FRAMES: std::ops::RangeInclusive<u8> = 0xc0..=0xcf;
const NO_FRAMES: [u8; 3] = [0xc4, 0xc8, 0xcc];

/// Paints the picture. Its size is judged, and that it is a kind that is decoded in one pass, before it is decoded.
pub(super) fn paint(file: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
    const BROKEN: Malformed = Malformed("a JPEG that cannot be decoded");
    let rect = context.rect;
    if rect.is_empty() || size_of_sequential(file) != Some(rect.size()) {
        return Err(Malformed("a JPEG of another size than its rectangle, or of a kind that nobody sends"));
    }
    let (width, height) = (rect.width as usize, rect.height as usize);
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .jpeg_set_max_scans(SCANS_MAX)
        .set_max_width(width)
        .set_max_height(height);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|_| BROKEN)?;
    if decoder.dimensions() != Some((width, height)) || decoder.output_buffer_size() != Some(width * height * 3) {
        return Err(BROKEN);
    }
    let colours = decoder.decode().map_err(|_| BROKEN)?;
    let (colours, _) = colours.as_chunks::<3>();
    let mut row = Vec::with_capacity(width);
    for (y, colours) in (rect.y..rect.bottom()).zip(colours.chunks_exact(width)) {
        row.clear();
        row.extend(colours.iter().map(|[red, green, blue]| Pixel::from_be_bytes([0, *red, *green, *blue])));
        (context.paint)(Drawing::Pixels(Rect { y, height: 1, ..rect }, &row));
    }
    Ok(())
}

/// The size of the picture, if it is coded sequentially. A progressive one takes memory for all its coefficients, and time for
/// as many passes as its sender likes.
fn size_of_sequential(file: &[u8]) -> Option<Size> {
    let mut r = Reader::new(file);
    if r.array::<2>()? != START_OF_IMAGE {
        return None;
    }
    // Each segment is a marker and a length, which counts itself.
    loop {
        let [0xff, marker] = r.array()? else { return None };
        let length = usize::from(r.u16()?).checked_sub(2)?;
        let mut segment = Reader::new(r.bytes(length)?);
        if SEQUENTIAL.contains(&marker) {
            let (height, width) = segment.skip(1).and_then(|()| segment.u16()).zip(segment.u16())?;
            return Some(Size::new(width.into(), height.into()));
        }
        if FRAMES.contains(&marker) && !NO_FRAMES.contains(&marker) {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::geometry::Size;
    use crate::rfb::decode::{Decoders, Drawing, Progress};
    use crate::rfb::ids::Encoding;
    use crate::rfb::picture::Picture;
    use crate::rfb::pixel_format::PixelFormat;
    use crate::rfb::wire::Malformed;
    use crate::surface::Pixel;

    /// Two squares of 8x8 pixels of one colour each.
    const COLOURS: &[u8] = include_bytes!("../../../tests/jpeg/colours.jpg");
    const GREY: &[u8] = include_bytes!("../../../tests/jpeg/grey.jpg");
    const PROGRESSIVE: &[u8] = include_bytes!("../../../tests/jpeg/progressive.jpg");
    const SIZE: Size = Size::new(16, 8);

    /// A rectangle of this size with a file in it.
    fn decode(encoding: Encoding, size: Size, file: &[u8]) -> Result<Picture, Malformed> {
        let length = [(file.len() & 0x7f) as u8 | 0x80, (file.len() >> 7) as u8];
        let (mut decoders, mut picture) = (Decoders::new(PixelFormat::SERVER_DEFAULT), Picture::new(size));
        decoders.begin(size.rect(), encoding, size)?;
        let mut bytes = [&[0x90], &length[..], file].concat();
        // In two pieces: nothing is lost between them.
        let rest = bytes.split_off(bytes.len() / 2);
        let mut paint = |drawing: Drawing<'_>| picture.draw(&drawing);
        let Progress::Incomplete(taken) = decoders.decode(&bytes, &mut paint)? else {
            return Err(Malformed("too early"));
        };
        let rest = [&bytes[taken..], &rest].concat();
        let done = decoders.decode(&rest, &mut paint)?;
        assert_eq!(done, Progress::Done(rest.len()));
        Ok(picture)
    }

    fn is_near(pixel: Pixel, wanted: Pixel) -> bool {
        let ([_, a @ ..], [_, b @ ..]) = (pixel.to_be_bytes(), wanted.to_be_bytes());
        a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 6)
    }

    #[test]
    fn a_picture_has_nearly_the_colours_that_it_had() {
        for (file, left, right) in [(COLOURS, 0x20_c040, 0xd0_2060), (GREY, 0x40_4040, 0xc0_c0c0)] {
            for encoding in [Encoding::TIGHT, Encoding::TIGHT_PNG] {
                let picture = decode(encoding, SIZE, file).expect("it is well-formed");
                // The inner columns: at the edge colours of half the resolution run into each other.
                let (first, last) = (picture.row(3)[2], picture.row(5)[13]);
                assert!(is_near(first, left) && is_near(last, right), "{first:06x} {last:06x}");
            }
        }
    }

    #[test]
    fn only_files_of_their_rectangles_size_that_take_one_pass_are_decoded() {
        for size in [Size::new(8, 16), Size::new(16, 9), Size::new(17, 8), Size::new(2_049, 1), Size::new(0, 0)] {
            assert!(decode(Encoding::TIGHT, size, COLOURS).is_err(), "{size}");
        }
        assert!(decode(Encoding::TIGHT, SIZE, PROGRESSIVE).is_err());
        assert!(decode(Encoding::TIGHT, SIZE, &[0xff, 0xd8]).is_err());
        let mut second_size = COLOURS.to_vec();
        let frame = second_size.windows(2).position(|marker| marker == [0xff, 0xc0]).expect("a frame");
        let head = second_size[frame..frame + 19].to_vec();
        second_size.splice(frame + 19..frame + 19, [&head[..5], &[0xff; 4], &head[9..]].concat());
        let larger = decode(Encoding::TIGHT, SIZE, &second_size);
        assert!(larger.is_err() || larger.is_ok_and(|picture| picture.size() == SIZE));
    }

    #[test]
    fn a_file_that_is_cut_anywhere_does_no_harm() {
        for end in 0..COLOURS.len() {
            let result = decode(Encoding::TIGHT, SIZE, &COLOURS[..end]);
            assert!(result.is_ok() || result.is_err_and(|error| error != Malformed("too early")));
        }
    }

    #[test]
    fn a_file_is_no_longer_than_its_rectangle_can_need() {
        let mut decoders = Decoders::new(PixelFormat::SERVER_DEFAULT);
        for (length, fits) in [([0xff, 0xff, 0xff], false), ([0x80, 0x80, 0x01], true)] {
            decoders.begin(SIZE.rect(), Encoding::TIGHT, SIZE).expect("inside");
            let result = decoders.decode(&[&[0x90], &length[..]].concat(), &mut |_| ());
            assert_eq!(result.is_ok(), fits, "{result:?}");
        }
    }
}
