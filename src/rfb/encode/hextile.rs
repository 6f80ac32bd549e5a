//! Hextile (RFC 6143 §7.7.4): tiles of 16×16 pixels, each a background and rectangles of one colour, or raw.

use super::analyse::{Indexed, MAX_COLORS};
use super::subrects::{Subrects, most_common};
use super::{Picture, Pixels, UpdateWriter, WireFormat};
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;
use crate::surface::Pixel;

/// Width and height of a tile, less at the right and lower edges.
pub(crate) const TILE: u32 = 16;

/// Bit of the subencoding: pixels as they are, and no other bit counts.
pub(crate) const RAW: u8 = 1;
/// Bit of the subencoding: a background follows; else it is that of the tile before.
pub(crate) const BACKGROUND: u8 = 1 << 1;
/// Bit of the subencoding: the one colour of all subrectangles follows; else it is that of the tile before.
pub(crate) const FOREGROUND: u8 = 1 << 2;
/// Bit of the subencoding: their number and subrectangles follow.
pub(crate) const SUBRECTS: u8 = 1 << 3;
/// Bit of the subencoding: each subrectangle begins with a colour of its own.
pub(crate) const COLOURED: u8 = 1 << 4;

/// A tile's subrectangles are counted by a byte.
const MAX_SUBRECTS: usize = 255;

pub(super) fn encode(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    let coder = format.pixel();
    let mut tiles = Tiles { coder: &coder, indexed: Indexed::default(), known: Known::default(), best: Vec::new() };
    let mut subrects = Subrects::default();
    for piece in picture.pieces() {
        out.rect(piece.rect, Encoding::HEXTILE);
        // Nothing is carried over from another rectangle.
        tiles.known = Known::default();
        piece.tiles(TILE, TILE).for_each(|tile| tiles.put(tile, &mut subrects, &mut out.bytes));
    }
}

/// The colours that the next tile need not name. Clients differ in what they remember after a raw tile, and of the
/// foreground after one whose subrectangles had colours: nothing, here.
#[derive(Clone, Copy, Default)]
struct Known {
    background: Option<Pixel>,
    foreground: Option<Pixel>,
}

struct Tiles<'a> {
    coder: &'a PixelCoder,
    indexed: Indexed,
    known: Known,
    /// The shortest encoding of a tile so far.
    best: Vec<u8>,
}

impl Tiles<'_> {
    fn put(&mut self, tile: Pixels<'_>, subrects: &mut Subrects, out: &mut Vec<u8>) {
        let width = tile.rect.width as usize;
        // A tile has no more pixels than a palette has room for.
        let few = self.indexed.scan(tile, self.coder, MAX_COLORS);
        debug_assert!(few, "at most 256 colours in 256 pixels");
        let colors = &self.indexed.colors;
        let common = most_common(self.indexed.indices.chunks_exact(width), colors.len());
        let known = colors.iter().position(|color| Some(*color) == self.known.background);
        let carried = known.map(|index| index as u8).filter(|index| *index != common);
        let raw_len = 1 + self.indexed.indices.len() * self.coder.len();
        let mut best: Option<(Known, usize)> = None;
        for background in std::iter::once(common).chain(carried) {
            if !subrects.find(&self.indexed.indices, width, background, MAX_SUBRECTS.min(raw_len / 2)) {
                continue;
            }
            let start = out.len();
            let (left, named) = self.put_with(background, subrects, out);
            let length = out.len() - start;
            // What is named will serve further tiles too: without that, a line in reverse would stay on the background
            // of the one above, tile by tile.
            let cost = length - named / 2;
            if length < raw_len && best.is_none_or(|(_, least)| cost < least) {
                self.best.clear();
                self.best.extend_from_slice(&out[start..]);
                best = Some((left, cost));
            }
            out.truncate(start);
        }
        self.known = match best {
            Some((left, _)) => {
                out.extend_from_slice(&self.best);
                left
            }
            None => {
                out.push(RAW);
                tile.for_each_row(|row| self.coder.put_row(row, out));
                Known::default()
            }
        };
    }

    /// Appends the tile with this background; what the next one may leave out, and the bytes that name colours for it.
    fn put_with(&self, background: u8, subrects: &Subrects, out: &mut Vec<u8>) -> (Known, usize) {
        let colors = &self.indexed.colors;
        let color = |index: u8| colors[usize::from(index)];
        let start = out.len();
        out.push(0);
        let mut flags = 0;
        let mut left = Known { background: Some(color(background)), ..self.known };
        if self.known.background != left.background {
            flags |= BACKGROUND;
            self.coder.put(color(background), out);
        }
        if let Some(first) = subrects.list.first() {
            flags |= SUBRECTS;
            let many = colors.len() > 2;
            left.foreground = Some(color(first.color)).filter(|_| !many);
            if many {
                flags |= COLOURED;
            } else if self.known.foreground != left.foreground {
                flags |= FOREGROUND;
                self.coder.put(color(first.color), out);
            }
            out.push(subrects.list.len() as u8);
            for subrect in &subrects.list {
                if many {
                    self.coder.put(color(subrect.color), out);
                }
                out.push((subrect.x << 4 | subrect.y) as u8);
                out.push(((subrect.width - 1) << 4 | (subrect.height - 1)) as u8);
            }
        }
        out[start] = flags;
        let named = (flags & (BACKGROUND | FOREGROUND)).count_ones() as usize * self.coder.len();
        (left, named)
    }
}
