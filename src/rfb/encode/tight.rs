//! Tight (rfbproto, "Tight Encoding"), without loss: fill, two colours, palette, and pixels as they are.

use super::analyse::{Indexed, MAX_COLORS};
use super::deflate::{End, Gathered};
use super::{Picture, Pixels, UpdateWriter, WireFormat};
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;

/// The widest rectangle that clients must take.
pub(crate) const MAX_WIDTH: u32 = 2048;

/// The highest rectangle we send: its data, deflated in vain, still have a length of three bytes.
const MAX_HEIGHT: u32 = 256;

/// Control byte: the rectangle is one pixel, as large.
pub(crate) const FILL: u8 = 0x80;
/// Control byte, with the stream in the two bits below: a filter byte follows.
pub(crate) const EXPLICIT_FILTER: u8 = 0x40;
/// Filter: pixels as they are.
pub(crate) const FILTER_COPY: u8 = 0;
/// Filter: a palette and indices, of one bit where there are two colours and else of a byte.
pub(crate) const FILTER_PALETTE: u8 = 1;
/// Filter: differences from a prediction.
pub(crate) const FILTER_GRADIENT: u8 = 2;

/// Data shorter than this are sent as they are, without a length.
pub(crate) const MIN_DEFLATED: usize = 12;

/// Control byte: stream 0 begins anew. We use no other.
const RESET_STREAM_0: u8 = 1;

pub(super) fn encode(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    let coder = format.pixel_format.tpixel();
    let mut gathered = Gathered::default();
    let mut indexed = Indexed::default();
    for piece in picture.pieces() {
        for part in piece.tiles(MAX_WIDTH, MAX_HEIGHT) {
            encode_part(part, &coder, &mut indexed, &mut gathered);
        }
    }
    // The stream begins anew with each update: the bit for it is free, the header costs two bytes, and in return
    // the update need not end on a whole byte of the stream nor differ between viewers.
    gathered.write(End::Open, format.compression, out, put_compact_length);
}

fn encode_part(part: Pixels<'_>, coder: &PixelCoder, indexed: &mut Indexed, out: &mut Gathered) {
    out.rect(part.rect, Encoding::TIGHT);
    let few = indexed.scan(part, coder, MAX_COLORS);
    let colors = if few { indexed.colors.len() } else { 0 };
    let width = part.rect.width as usize;
    match colors {
        1 => {
            out.head.push(FILL);
            coder.put(indexed.colors[0], &mut out.head);
        }
        2.. => {
            let bits = if colors == 2 { 1 } else { 8 };
            let deflated = (width * bits).div_ceil(8) * part.rect.height as usize >= MIN_DEFLATED;
            out.head.push(EXPLICIT_FILTER | reset(out, deflated));
            out.head.extend([FILTER_PALETTE, (colors - 1) as u8]);
            indexed.colors.iter().for_each(|color| coder.put(*color, &mut out.head));
            indexed.pack(width, bits, out.sink(deflated));
        }
        _ => {
            let deflated = part.rect.area() as usize * coder.len() >= MIN_DEFLATED;
            out.head.push(reset(out, deflated));
            let sink = out.sink(deflated);
            part.for_each_row(|row| coder.put_row(row, sink));
        }
    }
    out.end_part();
}

/// The bit that restarts the stream, for the first rectangle of the update that uses it.
fn reset(out: &Gathered, deflated: bool) -> u8 {
    if deflated && out.data.is_empty() { RESET_STREAM_0 } else { 0 }
}

/// A length of up to 22 bits: seven bits a byte, the lowest first, and eight in the third.
fn put_compact_length(length: usize, out: &mut Vec<u8>) {
    let low = (length & 0x7f) as u8;
    let middle = (length >> 7 & 0x7f) as u8;
    match length {
        ..0x80 => out.push(low),
        0x80..0x4000 => out.extend([low | 0x80, middle]),
        _ => out.extend([low | 0x80, middle | 0x80, (length >> 14) as u8]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_compact() {
        let compact = |length| {
            let mut out = Vec::new();
            put_compact_length(length, &mut out);
            out
        };
        assert_eq!(compact(0), [0]);
        assert_eq!(compact(127), [127]);
        assert_eq!(compact(128), [0x80, 1]);
        assert_eq!(compact(10_000), [0x90, 0x4e]);
        assert_eq!(compact(16_383), [0xff, 0x7f]);
        assert_eq!(compact(16_384), [0x80, 0x80, 1]);
        assert_eq!(compact((1 << 22) - 1), [0xff, 0xff, 0xff]);
    }

    #[test]
    fn the_largest_part_in_vain_has_a_length() {
        let worst = u64::from(MAX_WIDTH) * u64::from(MAX_HEIGHT) * 4;
        assert!(worst + worst / 100 + 64 < 1 << 22);
    }
}
