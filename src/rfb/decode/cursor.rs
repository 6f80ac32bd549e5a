//! The shape of the pointer: Cursor and X Cursor (RFC 6143 §7.8.1, §7.8.2), Cursor with alpha and VMware Cursor (rfbproto).
//!
//! Each is a rectangle whose place is the hot spot and whose data, of a length that follows from its size, are taken as a whole.

use crate::geometry::{Point, Rect};
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;
use crate::rfb::wire::{Malformed, Reader};
use crate::surface::{Pixel, PointerShape};

/// The largest shape taken, in pixels each way.
pub const MAX_CURSOR: u32 = 256;

/// What is understood, the one that loses least first.
pub const CURSORS: [Encoding; 4] =
    [Encoding::CURSOR_WITH_ALPHA, Encoding::VMWARE_CURSOR, Encoding::CURSOR, Encoding::X_CURSOR];

/// Alpha of a pixel that hides what is behind it.
const OPAQUE: Pixel = 0xff00_0000;

/// The kinds of VMware's.
const VMWARE_CLASSIC: u8 = 0;
const VMWARE_ALPHA: u8 = 1;

/// The shape that a rectangle of one of [`CURSORS`] has, which is none when it is empty; `Ok(None)`: wait for more, the reader
/// has not moved. `coder` translates from PIXEL.
pub fn decode(
    rect: Rect,
    encoding: Encoding,
    coder: &PixelCoder,
    reader: &mut Reader<'_>,
) -> Result<Option<Option<PointerShape>>, Malformed> {
    if rect.width > MAX_CURSOR || rect.height > MAX_CURSOR {
        return Err(Malformed("a cursor that is too large"));
    }
    let pixels = reader.whole(|r| match encoding {
        Encoding::CURSOR_WITH_ALPHA => with_alpha(rect, r),
        Encoding::VMWARE_CURSOR => vmware(rect, coder, r),
        Encoding::X_CURSOR => Ok(two_colours(rect, r)),
        Encoding::CURSOR => Ok(masked(rect, coder, r)),
        _ => Err(Malformed("a cursor in an encoding that was not asked for")),
    })?;
    Ok(pixels.map(|pixels| {
        let hotspot =
            Point { x: rect.x.min(rect.width.saturating_sub(1)), y: rect.y.min(rect.height.saturating_sub(1)) };
        (!rect.is_empty()).then(|| PointerShape { size: rect.size(), hotspot, pixels: pixels.into() })
    }))
}

/// The number of pixels; at most [`MAX_CURSOR`] squared.
fn area(rect: Rect) -> usize {
    rect.width as usize * rect.height as usize
}

/// Cursor: pixels, and a mask of those that are drawn.
fn masked(rect: Rect, coder: &PixelCoder, r: &mut Reader<'_>) -> Option<Vec<Pixel>> {
    let colours = r.bytes(area(rect) * coder.len())?;
    let drawn = bitmap(rect, r)?;
    let mut pixels = Vec::new();
    coder.take_row(colours, &mut pixels);
    Some(pixels.into_iter().zip(drawn).map(|(pixel, drawn)| if drawn { pixel | OPAQUE } else { 0 }).collect())
}

/// X Cursor: two colours, a bit for each pixel that has the first, and a mask of those that are drawn.
fn two_colours(rect: Rect, r: &mut Reader<'_>) -> Option<Vec<Pixel>> {
    if rect.is_empty() {
        return Some(Vec::new());
    }
    let mut colour = || r.array::<3>().map(|[red, green, blue]| u32::from_be_bytes([0xff, red, green, blue]));
    let (first, second) = (colour()?, colour()?);
    let is_first = bitmap(rect, r)?;
    let pixels = is_first.zip(bitmap(rect, r)?);
    Some(
        pixels
            .map(|(is_first, drawn)| {
                if !drawn {
                    0
                } else if is_first {
                    first
                } else {
                    second
                }
            })
            .collect(),
    )
}

/// A bit for each pixel, the leftmost first, rows filled up to whole bytes.
fn bitmap<'a>(rect: Rect, r: &mut Reader<'a>) -> Option<impl Iterator<Item = bool> + use<'a>> {
    let (width, row) = (rect.width as usize, rect.width.div_ceil(8) as usize);
    let rows = r.bytes(row * rect.height as usize)?.chunks_exact(row.max(1));
    Some(rows.flat_map(move |row| (0..width).map(move |x| row[x / 8] >> (7 - x % 8) & 1 != 0)))
}

/// Cursor with alpha: an encoding, and pixels in it, whose colours are multiplied by their alpha. All servers send Raw.
fn with_alpha(rect: Rect, r: &mut Reader<'_>) -> Result<Option<Vec<Pixel>>, Malformed> {
    match r.i32().map(Encoding) {
        None => Ok(None),
        Some(Encoding::RAW) => Ok(alpha_pixels(rect, r).map(|pixels| pixels.map(divided).collect())),
        Some(_) => Err(Malformed("a cursor with alpha that is not Raw")),
    }
}

/// Red, green, blue and alpha of each pixel.
fn alpha_pixels<'a>(rect: Rect, r: &mut Reader<'a>) -> Option<impl Iterator<Item = Pixel> + use<'a>> {
    let (pixels, _) = r.bytes(area(rect) * 4)?.as_chunks::<4>();
    Some(pixels.iter().map(|[red, green, blue, alpha]| u32::from_be_bytes([*alpha, *red, *green, *blue])))
}

/// Straight alpha again. A colour that is brighter than its alpha allows is as bright as can be.
fn divided(pixel: Pixel) -> Pixel {
    let [alpha, colours @ ..] = pixel.to_be_bytes();
    let whole = u32::from(alpha).max(1);
    let [red, green, blue] =
        colours.map(|value| ((u32::from(value) * 255 + whole / 2) / whole).min(255).to_be_bytes()[3]);
    if alpha == 0 { 0 } else { u32::from_be_bytes([alpha, red, green, blue]) }
}

/// VMware Cursor: pixels with alpha; or two pictures, of which what is behind is first combined with one by "and", then with the
/// other by "exclusive or".
fn vmware(rect: Rect, coder: &PixelCoder, r: &mut Reader<'_>) -> Result<Option<Vec<Pixel>>, Malformed> {
    let Some(kind) = r.u8().zip(r.skip(1)).map(|(kind, ())| kind) else { return Ok(None) };
    match kind {
        VMWARE_ALPHA => Ok(alpha_pixels(rect, r).map(Iterator::collect)),
        VMWARE_CLASSIC => {
            let length = area(rect) * coder.len();
            let Some((and, xor)) = r.bytes(length).zip(r.bytes(length)) else { return Ok(None) };
            let pairs = and.chunks_exact(coder.len()).zip(xor.chunks_exact(coder.len()));
            let none = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
            let pixel = |(and, xor): (&[u8], &[u8])| match (none(and), none(xor)) {
                (true, _) => coder.take(xor).unwrap_or(0) | OPAQUE,
                (false, true) => 0,
                // The other colour of what is behind: we have no such thing.
                (false, false) => OPAQUE,
            };
            Ok(Some(pairs.map(pixel).collect()))
        }
        _ => Err(Malformed("an unknown kind of VMware cursor")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::rfb::encode;
    use crate::rfb::pixel_format::PixelFormat;

    fn shape(size: Size, pixels: impl Iterator<Item = Pixel>) -> PointerShape {
        PointerShape { size, hotspot: Point { x: size.width - 1, y: 0 }, pixels: pixels.collect() }
    }

    fn place(shape: &PointerShape) -> Rect {
        Rect { x: shape.hotspot.x, y: shape.hotspot.y, ..shape.size.rect() }
    }

    /// What of `data`, the data of a rectangle, is made; and less of them is waited for.
    fn decoded(rect: Rect, encoding: Encoding, data: &[u8]) -> Option<PointerShape> {
        let coder = PixelFormat::SERVER_DEFAULT.pixel();
        for cut in 0..data.len() {
            let mut r = Reader::new(&data[..cut]);
            assert_eq!(
                (decode(rect, encoding, &coder, &mut r), r.position()),
                (Ok(None), 0),
                "{encoding:?} cut at {cut}"
            );
        }
        let mut r = Reader::new(data);
        let shape = decode(rect, encoding, &coder, &mut r).expect("well-formed").expect("complete");
        assert!(r.remaining().is_empty());
        shape
    }

    #[test]
    fn what_our_server_sends_comes_back() {
        for size in [Size::new(1, 1), Size::new(8, 3), Size::new(17, 16)] {
            for encoding in encode::cursor::POINTERS {
                let two = (0..size.area() as u32).map(|i| [0xffff_ffff, 0, 0xff10_2030][(i * i % 7 % 3) as usize]);
                let half_tones = (0..size.area() as u32).map(|i| [0xff12_3456, 0, 0x8000_ff00][(i % 3) as usize]);
                let shapes = [Some(shape(size, two)), Some(shape(size, half_tones)), None];
                let kept =
                    if encoding == Encoding::CURSOR_WITH_ALPHA { &shapes[..] } else { &[shapes[0].clone(), None] };
                for shape in kept {
                    let mut bytes = Vec::new();
                    let coder = PixelFormat::SERVER_DEFAULT.pixel();
                    encode::cursor::encode(shape.as_ref(), encoding, &coder, &mut bytes);
                    let rect = shape.as_ref().map(place).unwrap_or_default();
                    assert_eq!(decoded(rect, encoding, &bytes[12..]), *shape, "{encoding:?} {size}");
                }
            }
        }
    }

    #[test]
    fn colours_are_divided_by_alpha_and_never_too_bright() {
        let data = [0, 0, 0, 0, 64, 0, 128, 128, 255, 1, 0, 1, 9, 9, 9, 0];
        let shape = decoded(Rect::new(0, 0, 3, 1), Encoding::CURSOR_WITH_ALPHA, &data).expect("one");
        assert_eq!(*shape.pixels, [0x8080_00ff, 0x01ff_ff00, 0]);
    }

    #[test]
    fn vmware_has_two_kinds() {
        let rect = Rect::new(0, 0, 2, 2);
        let alpha = [1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 255, 0, 0, 0, 0];
        let shape = decoded(rect, Encoding::VMWARE_CURSOR, &alpha).expect("one");
        assert_eq!(*shape.pixels, [0x0401_0203, 0x0805_0607, 0xff09_0909, 0]);
        let (zero, one) = ([0, 0, 0, 0], [255, 255, 255, 0]);
        let classic = [&[0, 0][..], &zero, &zero, &one, &one, &zero, &[3, 2, 1, 0], &zero, &one].concat();
        let shape = decoded(rect, Encoding::VMWARE_CURSOR, &classic).expect("one");
        assert_eq!(*shape.pixels, [0xff00_0000, 0xff01_0203, 0, 0xff00_0000]);
        assert_eq!(decoded(Rect::default(), Encoding::VMWARE_CURSOR, &[1, 0]), None);
    }

    #[test]
    fn shapes_are_bounded_and_point_within_themselves() {
        let coder = PixelFormat::SERVER_DEFAULT.pixel();
        let judge = |rect, encoding, data: &[u8]| decode(rect, encoding, &coder, &mut Reader::new(data));
        for encoding in CURSORS {
            assert_eq!(judge(Rect::new(0, 0, MAX_CURSOR, MAX_CURSOR), encoding, &[]), Ok(None), "{encoding:?}");
            assert!(judge(Rect::new(0, 0, MAX_CURSOR + 1, 1), encoding, &[]).is_err(), "{encoding:?}");
            assert!(judge(Rect::new(0, 0, 0, 65_535), encoding, &[]).is_err(), "{encoding:?}");
        }
        assert!(judge(Rect::new(0, 0, 1, 1), Encoding::VMWARE_CURSOR, &[2, 0]).is_err());
        assert!(judge(Rect::new(0, 0, 1, 1), Encoding::CURSOR_WITH_ALPHA, &7_i32.to_be_bytes()).is_err());
        let outside = judge(Rect::new(65_535, 9, 2, 1), Encoding::CURSOR, &[0; 9]).expect("well-formed").flatten();
        assert_eq!(outside.map(|shape| shape.hotspot), Some(Point { x: 1, y: 0 }));
    }
}
