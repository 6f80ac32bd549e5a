//! ZRLE (RFC 6143 §7.7.6): tiles of 64×64 pixels in palettes or runs, through zlib.

use super::analyse::Indexed;
use super::deflate::Gathered;
use super::{Picture, Pixels, Stream, UpdateWriter, WireFormat};
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;
use crate::surface::Pixel;

/// Width and height of a tile, less at the right and lower edges.
pub(crate) const TILE: u32 = 64;

/// Subencoding: CPIXELs, all of them.
pub(crate) const RAW: u8 = 0;
/// Subencoding: one CPIXEL for the tile. As a palette of one.
pub(crate) const SOLID: u8 = 1;
/// Subencodings of a palette with packed indices end here.
pub(crate) const MAX_PACKED: u8 = 16;
/// Subencoding: CPIXELs, each with a run length.
pub(crate) const PLAIN_RLE: u8 = 128;
/// Subencodings of a palette with indices and run lengths are this and the size of the palette, 2 to 127.
pub(crate) const PALETTE_RLE: u8 = 128;
/// The largest palette.
pub(crate) const MAX_PALETTE: usize = 127;

/// The bits that each index into a packed palette takes.
pub(crate) fn packed_bits(colors: usize) -> usize {
    match colors {
        ..=2 => 1,
        3..=4 => 2,
        _ => 4,
    }
}

pub(super) fn encode(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    let coder = format.cpixel();
    let mut gathered = Gathered::default();
    let mut indexed = Indexed::default();
    for piece in picture.pieces() {
        gathered.rect(piece.rect, Encoding::ZRLE);
        piece.tiles(TILE, TILE).for_each(|tile| encode_tile(tile, &coder, &mut indexed, &mut gathered.data));
        gathered.end_part();
    }
    gathered.write(Stream::Zrle, format.compression, out);
}

fn encode_tile(tile: Pixels<'_>, coder: &PixelCoder, indexed: &mut Indexed, out: &mut Vec<u8>) {
    let width = tile.rect.width as usize;
    if !indexed.scan(tile, coder, MAX_PALETTE) {
        return encode_many_colors(tile, coder, out);
    }
    let put_colors = |subencoding: u8, out: &mut Vec<u8>| {
        out.push(subencoding);
        indexed.colors.iter().for_each(|color| coder.put(*color, out));
    };
    let colors = indexed.colors.len() as u8;
    match colors {
        SOLID => put_colors(SOLID, out),
        // Runs would often be shorter here, but not after deflate: packed rows repeat.
        ..=MAX_PACKED => {
            put_colors(colors, out);
            indexed.pack(width, packed_bits(indexed.colors.len()), out);
        }
        _ => {
            let start = out.len();
            put_colors(PALETTE_RLE + colors, out);
            put_runs(&indexed.indices, out, |index, run, out| match run {
                1 => out.push(*index),
                _ => {
                    out.push(*index | 0x80);
                    put_run(run, out);
                }
            });
            if out.len() - start > raw_len(tile, coder) {
                out.truncate(start);
                encode_raw(tile, coder, out);
            }
        }
    }
}

/// A tile with more colours than a palette holds: runs if they are shorter.
fn encode_many_colors(tile: Pixels<'_>, coder: &PixelCoder, out: &mut Vec<u8>) {
    let start = out.len();
    let mut pixels: Vec<Pixel> = Vec::with_capacity(tile.rect.area() as usize);
    tile.for_each_row(|row| pixels.extend_from_slice(row));
    out.push(PLAIN_RLE);
    put_runs(&pixels, out, |pixel, run, out| {
        coder.put(*pixel, out);
        put_run(run, out);
    });
    if out.len() - start > raw_len(tile, coder) {
        out.truncate(start);
        encode_raw(tile, coder, out);
    }
}

fn encode_raw(tile: Pixels<'_>, coder: &PixelCoder, out: &mut Vec<u8>) {
    out.push(RAW);
    tile.for_each_row(|row| coder.put_row(row, out));
}

fn raw_len(tile: Pixels<'_>, coder: &PixelCoder) -> usize {
    1 + tile.rect.area() as usize * coder.len()
}

/// Calls `put` for each run of equal items and its length.
pub(super) fn put_runs<T: PartialEq>(items: &[T], out: &mut Vec<u8>, put: impl Fn(&T, usize, &mut Vec<u8>)) {
    items.chunk_by(|a, b| a == b).for_each(|run| put(&run[0], run.len(), out));
}

/// A run length: bytes that add up to one less, the last of them not 255.
pub(super) fn put_run(run: usize, out: &mut Vec<u8>) {
    let rest = run - 1;
    out.resize(out.len() + rest / 255, 255);
    out.push((rest % 255) as u8);
}
