//! What a screen is made of: areas of one colour, areas of few colours, photographs, and other pictures of many colours.
//! Each kind is sent in another way, so a rectangle that is made of several is cut.

use super::Pixels;
use crate::geometry::Rect;
use crate::surface::Pixel;

/// The blocks that are looked at. A header of a rectangle and what begins anew with it are some thirty bytes, and a block
/// of few colours takes hundreds.
pub(super) const BLOCK: u32 = 64;

/// With more colours than this, a block has many: a palette of all of them would be as long as what it saves.
const FEW: usize = 96;

/// Slots of the table of colours: more than twice as many as colours, so that probing is short.
const SLOTS: usize = 256;
const _: () = assert!(FEW * 2 < SLOTS);

/// What a part of a screen is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// This colour.
    One(Pixel),
    /// Few colours.
    Few,
    /// Many, and most pixels differ from the one beside them: a photograph, a film, shades.
    Photo,
    /// Many in other ways: letters with soft edges over something.
    Many,
}

/// Cuts the rectangle of `pixels` into such parts, from the top, given from its own top left corner.
pub(super) fn cut(pixels: Pixels<'_>) -> Vec<(Rect, Kind)> {
    let mut table = Colours::default();
    let mut blocks: Vec<Option<Kind>> = pixels.tiles(BLOCK, BLOCK).map(|block| Some(table.kind(block))).collect();
    let size = pixels.rect.size();
    let columns = size.width.div_ceil(BLOCK) as usize;
    let mut parts = Vec::new();
    for start in 0..blocks.len() {
        let Some(kind) = blocks[start] else { continue };
        // As far to the right as there is the same, and then down.
        let (row, column) = (start / columns, start % columns);
        let wide = blocks[start..(row + 1) * columns].iter().take_while(|block| **block == Some(kind)).count();
        let same = |row: &&[Option<Kind>]| row[column..column + wide].iter().all(|block| *block == Some(kind));
        let high = blocks.chunks(columns).skip(row).take_while(same).count();
        blocks.chunks_mut(columns).skip(row).take(high).for_each(|row| row[column..column + wide].fill(None));
        let (x, y) = (column as u32 * BLOCK, row as u32 * BLOCK);
        let (width, height) = (wide as u32 * BLOCK, high as u32 * BLOCK);
        parts.push((Rect::new(x, y, width.min(size.width - x), height.min(size.height - y)), kind));
    }
    parts
}

/// The colours of a block.
struct Colours {
    /// By its hash, a colour with its highest bit set.
    slots: [u32; SLOTS],
    count: usize,
    patched: Vec<Pixel>,
}

impl Default for Colours {
    fn default() -> Self {
        Self { slots: [0; SLOTS], count: 0, patched: Vec::new() }
    }
}

impl Colours {
    fn kind(&mut self, block: Pixels<'_>) -> Kind {
        (self.slots, self.count) = ([0; SLOTS], 0);
        let mut patched = std::mem::take(&mut self.patched);
        let (mut last, mut equal) = (None, 0);
        let mut few = true;
        for line in 0..block.rect.height {
            for pixel in block.row(line, &mut patched) {
                if last == Some(*pixel) {
                    equal += 1;
                    continue;
                }
                last = Some(*pixel);
                // Once there are many, only how many pixels are equal is of interest.
                few = few && self.add(*pixel);
            }
        }
        self.patched = patched;
        match self.count {
            0 | 1 => Kind::One(last.unwrap_or_default()),
            _ if few => Kind::Few,
            _ if equal * 4 < block.rect.area() => Kind::Photo,
            _ => Kind::Many,
        }
    }

    /// Counts a colour, if it is new; `false` when there are too many.
    fn add(&mut self, pixel: Pixel) -> bool {
        let entry = pixel | 1 << 31;
        let mut slot = pixel.wrapping_mul(0x9e37_79b1) as usize >> 16 & (SLOTS - 1);
        while self.slots[slot] != 0 {
            if self.slots[slot] == entry {
                return true;
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
        self.slots[slot] = entry;
        self.count += 1;
        self.count <= FEW
    }
}
