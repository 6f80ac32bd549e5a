//! TRLE (RFC 6143 §7.7.5): tiles of 16×16 pixels in palettes or runs, with nothing behind it; so what is shortest counts.

use super::analyse::Indexed;
use super::zrle::{MAX_PACKED, MAX_PALETTE, PALETTE_RLE, PLAIN_RLE, RAW, SOLID, packed_bits, put_run, put_runs};
use super::{Picture, Pixels, UpdateWriter, WireFormat};
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;
use crate::surface::Pixel;

/// Width and height of a tile, less at the right and lower edges.
pub(crate) const TILE: u32 = 16;

/// Subencoding: packed indices into the palette of the tile before.
pub(crate) const PACKED_AGAIN: u8 = 127;
/// Subencoding: indices with run lengths into the palette of the tile before.
pub(crate) const PALETTE_RLE_AGAIN: u8 = 129;

pub(super) fn encode(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    let coder = format.cpixel();
    let mut tiles = Tiles { coder: &coder, indexed: Indexed::default(), before: Vec::new(), trial: Vec::new() };
    for piece in picture.pieces() {
        out.rect(piece.rect, Encoding::TRLE);
        // Clients differ in what they remember of another rectangle: nothing, here.
        tiles.before.clear();
        piece.tiles(TILE, TILE).for_each(|tile| tiles.put(tile, &mut out.bytes));
    }
}

struct Tiles<'a> {
    coder: &'a PixelCoder,
    indexed: Indexed,
    /// The palette of the tile before; empty when it had none.
    before: Vec<Pixel>,
    trial: Vec<u8>,
}

impl Tiles<'_> {
    fn put(&mut self, tile: Pixels<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        self.put_raw(tile, out);
        if !self.indexed.scan(tile, self.coder, MAX_PALETTE) {
            self.put_plain_runs(tile);
            self.before.clear();
            return self.keep_shorter(start, out);
        }
        if let [color] = self.indexed.colors[..] {
            out.truncate(start);
            out.push(SOLID);
            self.coder.put(color, out);
            return self.before.clear();
        }
        let again = self.use_palette_of_before();
        self.put_runs_of_indices(again);
        let mut kept = self.trial.len() < out.len() - start;
        self.keep_shorter(start, out);
        if self.indexed.colors.len() <= usize::from(MAX_PACKED) {
            self.put_packed(tile.rect.width as usize, again);
            kept |= self.trial.len() < out.len() - start;
            self.keep_shorter(start, out);
        }
        match kept {
            true => self.before.clone_from(&self.indexed.colors),
            false => self.before.clear(),
        }
    }

    /// Takes the palette of the tile before if it has all colours of this one.
    fn use_palette_of_before(&mut self) -> bool {
        let place = |color: &Pixel| self.before.iter().position(|before| before == color);
        let places: Option<Vec<usize>> = self.indexed.colors.iter().map(place).collect();
        // More bits for each index would cost more than the palette.
        let bits = |colors: usize| if colors <= usize::from(MAX_PACKED) { packed_bits(colors) } else { 8 };
        let Some(places) = places.filter(|_| bits(self.before.len()) == bits(self.indexed.colors.len())) else {
            return false;
        };
        self.indexed.indices.iter_mut().for_each(|index| *index = places[usize::from(*index)] as u8);
        self.indexed.colors.clone_from(&self.before);
        true
    }

    fn put_raw(&self, tile: Pixels<'_>, out: &mut Vec<u8>) {
        out.push(RAW);
        tile.for_each_row(|row| self.coder.put_row(row, out));
    }

    fn put_plain_runs(&mut self, tile: Pixels<'_>) {
        let mut pixels: Vec<Pixel> = Vec::with_capacity((TILE * TILE) as usize);
        tile.for_each_row(|row| pixels.extend_from_slice(row));
        self.trial.clear();
        self.trial.push(PLAIN_RLE);
        put_runs(&pixels, &mut self.trial, |pixel, run, out| {
            self.coder.put(*pixel, out);
            put_run(run, out);
        });
    }

    fn put_runs_of_indices(&mut self, again: bool) {
        self.begin(if again { PALETTE_RLE_AGAIN } else { PALETTE_RLE + self.indexed.colors.len() as u8 }, again);
        put_runs(&self.indexed.indices, &mut self.trial, |index, run, out| match run {
            1 => out.push(*index),
            _ => {
                out.push(*index | 0x80);
                put_run(run, out);
            }
        });
    }

    fn put_packed(&mut self, width: usize, again: bool) {
        let colors = self.indexed.colors.len();
        self.begin(if again { PACKED_AGAIN } else { colors as u8 }, again);
        self.indexed.pack(width, packed_bits(colors), &mut self.trial);
    }

    /// The subencoding, and the palette unless the client has it.
    fn begin(&mut self, subencoding: u8, again: bool) {
        self.trial.clear();
        self.trial.push(subencoding);
        if !again {
            self.indexed.colors.iter().for_each(|color| self.coder.put(*color, &mut self.trial));
        }
    }

    fn keep_shorter(&self, start: usize, out: &mut Vec<u8>) {
        if self.trial.len() < out.len() - start {
            out.truncate(start);
            out.extend_from_slice(&self.trial);
        }
    }
}
