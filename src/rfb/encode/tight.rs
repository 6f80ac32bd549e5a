//! Tight (rfbproto, "Tight Encoding"): fill, two colours, palette, and pixels as they are. Of text nothing is lost. Of proxied
//! screens photographs are sent as differences from their neighbours or, where the client has set a quality level, as JPEG.

mod cut;
mod gradient;

use super::analyse::{Indexed, MAX_COLORS};
use super::deflate::Gathered;
use super::spread::spread;
use super::{MAX_CUT, Picture, Pixels, Screen, Stream, UpdateWriter, WireFormat, jpeg};
use crate::geometry::{Rect, Size};
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;

/// The widest rectangle that clients must take.
pub(crate) const MAX_WIDTH: u32 = 2048;

/// The highest rectangle we send: its data, deflated in vain, still have a length of three bytes.
pub(super) const MAX_HEIGHT: u32 = 256;

/// Control byte: the rectangle is one pixel, as large.
pub(crate) const FILL: u8 = 0x80;
/// Control byte: a length follows, and JPEG of that length.
pub(crate) const JPEG: u8 = 0x90;
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

/// Control byte: pixels as they are, through stream 0. We use no other.
const STREAM_0: u8 = 0;
/// Control byte: stream 0 begins anew before this rectangle. Set for each viewer as it needs it.
pub(super) const RESET_STREAM_0: u8 = 1;

/// Tiles of text that are worth a rectangle of their own when that has two colours only: these take a bit each, more
/// colours a byte, which deflate does not make up for.
const WORTH_SPLITTING: usize = 14;

/// Smaller photographs are not sent as JPEG, whose tables alone take six hundred bytes.
const LEAST_JPEG: u64 = 1024;

pub(super) fn encode(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    let coder = format.tpixel();
    if let Some(screen) = &format.screen {
        return encode_screen(picture, &coder, *screen).write(Stream::Tight, format.compression, out);
    }
    let mut gathered = Gathered::default();
    let mut indexed = Indexed::default();
    let tile = picture.frame.tile();
    for piece in picture.pieces() {
        for part in piece.tiles(MAX_WIDTH, MAX_HEIGHT) {
            let few = indexed.scan(part, &coder, MAX_COLORS);
            let pieces = if few { split(part.rect.size(), tile, &indexed) } else { Vec::new() };
            if pieces.len() < 2 || gathered.rects() + pieces.len() > MAX_CUT {
                put_part(part, &coder, few, &indexed, &mut gathered);
                continue;
            }
            for piece in pieces {
                let part = part.part(piece);
                let few = indexed.scan(part, &coder, MAX_COLORS);
                put_part(part, &coder, few, &indexed, &mut gathered);
            }
        }
    }
    gathered.write(Stream::Tight, format.compression, out);
}

fn encode_screen(picture: &Picture<'_>, coder: &PixelCoder, screen: Screen) -> Gathered {
    let parts: Vec<Pixels<'_>> = picture.pieces().flat_map(|piece| piece.tiles(MAX_WIDTH, MAX_HEIGHT)).collect();
    let area = parts.iter().map(|part| part.rect.area()).sum();
    let whole = parts.len() > MAX_CUT / MAX_BLOCKS;
    let gathered = spread(&parts, area, |part| {
        let (mut indexed, mut gathered) = (Indexed::default(), Gathered::default());
        let few = indexed.scan(*part, coder, MAX_COLORS);
        if few || whole {
            put_part(*part, coder, few, &indexed, &mut gathered);
        } else {
            cut::cut(*part).into_iter().for_each(|(piece, kind)| {
                put_piece(part.part(piece), kind, coder, screen, &mut indexed, &mut gathered);
            });
        }
        gathered
    });
    gathered
        .into_iter()
        .reduce(|mut all, more| {
            all.append(more);
            all
        })
        .unwrap_or_default()
}

/// The most pieces that a part of a screen is cut into.
const MAX_BLOCKS: usize = ((MAX_WIDTH / cut::BLOCK) * (MAX_HEIGHT / cut::BLOCK)) as usize;

/// Sends a piece of a screen as is best for its kind.
fn put_piece(
    piece: Pixels<'_>,
    kind: cut::Kind,
    coder: &PixelCoder,
    screen: Screen,
    indexed: &mut Indexed,
    out: &mut Gathered,
) {
    match kind {
        cut::Kind::One(color) => {
            out.rect(piece.rect, Encoding::TIGHT);
            out.head.push(FILL);
            coder.put(color, &mut out.head);
            out.end_part();
        }
        cut::Kind::Few if indexed.scan(piece, coder, MAX_COLORS) => put_part(piece, coder, true, indexed, out),
        // Each of them has few, and all together many.
        cut::Kind::Few => piece.tiles(cut::BLOCK, cut::BLOCK).for_each(|block| {
            let few = indexed.scan(block, coder, MAX_COLORS);
            put_part(block, coder, few, indexed, out);
        }),
        cut::Kind::Photo if put_jpeg(piece, screen.quality, out) => {}
        cut::Kind::Photo if screen.gradient => {
            out.rect(piece.rect, Encoding::TIGHT);
            out.head.extend([EXPLICIT_FILTER | STREAM_0, FILTER_GRADIENT]);
            gradient::append(&piece, &mut out.data);
            out.end_part();
        }
        cut::Kind::Photo | cut::Kind::Many => put_part(piece, coder, false, indexed, out),
    }
}

/// Whether the piece was sent as JPEG.
fn put_jpeg(piece: Pixels<'_>, quality: Option<u8>, out: &mut Gathered) -> bool {
    let Some(level) = quality.filter(|_| piece.rect.area() >= LEAST_JPEG) else { return false };
    let mut bytes = Vec::new();
    if !jpeg::append(&piece, level, &mut bytes) || bytes.len() >= 1 << 22 {
        return false;
    }
    out.rect(piece.rect, Encoding::TIGHT);
    out.head.push(JPEG);
    put_compact_length(bytes.len(), &mut out.head);
    out.head.append(&mut bytes);
    out.end_part();
    out.lossy.push(piece.rect);
    true
}

/// Cuts a rectangle with more than two colours along its tiles, so that most of it has two.
fn split(size: Size, tile: Size, indexed: &Indexed) -> Vec<Rect> {
    let (columns, colors) = ((size.width / tile.width) as usize, indexed.colors.len());
    if columns < WORTH_SPLITTING || !(3..=64).contains(&colors) {
        return Vec::new();
    }
    let mut pieces = Vec::new();
    let masks = tile_colors(size, tile, indexed);
    let two = |mask: u64| mask.count_ones() <= 2;
    // Rows that have the same two colours stay together.
    let mut rows: Vec<(u64, u32, &[u64])> = Vec::new();
    for row in masks.chunks_exact(size.width.div_ceil(tile.width) as usize) {
        let mask = row.iter().fold(0, |all, mask| all | mask);
        match rows.last_mut() {
            Some((above, height, _)) if two(*above | mask) => (*above, *height) = (*above | mask, *height + 1),
            _ => rows.push((mask, 1, row)),
        }
    }
    let mut y = 0;
    for (mask, height, row) in rows {
        let height = (height * tile.height).min(size.height - y);
        let spans = if two(mask) { vec![row.len()] } else { spans(row) };
        let mut x = 0;
        for span in spans {
            let width = (span as u32 * tile.width).min(size.width - x);
            pieces.push(Rect::new(x, y, width, height));
            x += width;
        }
        y += height;
    }
    pieces
}

/// The colours of each tile, as bits, row by row.
fn tile_colors(size: Size, tile: Size, indexed: &Indexed) -> Vec<u64> {
    let columns = size.width.div_ceil(tile.width) as usize;
    let mut masks = vec![0; columns * size.height.div_ceil(tile.height) as usize];
    for (y, row) in indexed.indices.chunks_exact(size.width as usize).enumerate() {
        let start = y / tile.height as usize * columns;
        for (mask, pixels) in masks[start..].iter_mut().zip(row.chunks(tile.width as usize)) {
            *mask |= pixels.iter().fold(0, |mask, index| mask | 1_u64 << (index & 63));
        }
    }
    masks
}

/// Cuts a row of tiles into spans of two colours where these are long enough, and what is between them.
fn spans(row: &[u64]) -> Vec<usize> {
    let mut spans: Vec<(u64, usize)> = Vec::new();
    for mask in row {
        match spans.last_mut() {
            Some((before, count)) if (*before | mask).count_ones() <= 2 => {
                (*before, *count) = (*before | mask, *count + 1)
            }
            _ => spans.push((*mask, 1)),
        }
    }
    let mut joined: Vec<(bool, usize)> = Vec::new();
    for (_, count) in spans {
        let long = count >= WORTH_SPLITTING;
        match joined.last_mut() {
            Some((false, before)) if !long => *before += count,
            _ => joined.push((long, count)),
        }
    }
    joined.into_iter().map(|(_, count)| count).collect()
}

fn put_part(part: Pixels<'_>, coder: &PixelCoder, few: bool, indexed: &Indexed, out: &mut Gathered) {
    out.rect(part.rect, Encoding::TIGHT);
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
            out.head.push(EXPLICIT_FILTER | STREAM_0);
            out.head.extend([FILTER_PALETTE, (colors - 1) as u8]);
            indexed.colors.iter().for_each(|color| coder.put(*color, &mut out.head));
            indexed.pack(width, bits, out.sink(deflated));
        }
        _ => {
            let deflated = part.rect.area() as usize * coder.len() >= MIN_DEFLATED;
            out.head.push(STREAM_0);
            let sink = out.sink(deflated);
            part.for_each_row(|row| coder.put_row(row, sink));
        }
    }
    out.end_part();
}

/// A length of up to 22 bits: seven bits a byte, the lowest first, and eight in the third.
pub(super) fn put_compact_length(length: usize, out: &mut Vec<u8>) {
    let low = (length & 0x7f) as u8;
    let middle = (length >> 7 & 0x7f) as u8;
    match length {
        ..0x80 => out.push(low),
        0x80..0x4000 => out.extend([low | 0x80, middle]),
        _ => out.extend([low | 0x80, middle | 0x80, (length >> 14) as u8]),
    }
}

/// The length at the start of `bytes`, and how many bytes it takes.
pub(super) fn compact_length(bytes: &[u8]) -> (usize, usize) {
    let (mut length, mut size) = (0, 0);
    for byte in bytes.iter().take(3) {
        let bits = if size < 2 { byte & 0x7f } else { *byte };
        length |= usize::from(bits) << (7 * size);
        size += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    (length, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_back() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 1 << 20, (1 << 22) - 1] {
            let mut bytes = Vec::new();
            put_compact_length(length, &mut bytes);
            let size = bytes.len();
            bytes.extend([0xff, 0xff]);
            assert_eq!(compact_length(&bytes), (length, size));
        }
    }

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
    fn rectangles_are_cut_where_most_of_them_has_two_colours_then() {
        let tile = Size::new(2, 1);
        let cut = |rows: &[&[u8]]| {
            let size = Size::new(rows[0].len() as u32, rows.len() as u32);
            let colors = 1 + u32::from(*rows.concat().iter().max().expect("some pixels"));
            let indexed = Indexed::given(rows.concat(), (0..colors).collect());
            split(size, tile, &indexed).into_iter().map(|r| [r.x, r.y, r.width, r.height]).collect::<Vec<_>>()
        };
        let (plain, green): (&[u8], &[u8]) = (&[0, 1].repeat(20), &[0, 2].repeat(20));
        assert_eq!(cut(&[plain, plain, green]), [[0, 0, 40, 2], [0, 2, 40, 1]]);
        // A word in another colour, and long text behind it.
        let word = &[&[0, 2, 0, 2][..], &[0, 1].repeat(18)].concat();
        assert_eq!(cut(&[word]), [[0, 0, 4, 1], [4, 0, 36, 1]]);
        // All too short to be worth it.
        let mixed = [0, 1, 0, 2].repeat(10);
        assert_eq!(cut(&[&mixed]), [[0, 0, 40, 1]]);
        assert_eq!(cut(&[plain, plain]), [[0_u32; 4]; 0]);
    }

    #[test]
    fn the_largest_part_in_vain_has_a_length() {
        let worst = u64::from(MAX_WIDTH) * u64::from(MAX_HEIGHT) * 4;
        assert!(worst + worst / 100 + 64 < 1 << 22);
    }
}
