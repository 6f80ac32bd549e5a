//! A background and rectangles of one colour on it: what RRE, CoRRE and Hextile are made of.
//!
//! Text is their best case: the strokes of a glyph are few rectangles, and what lies between them is the background.

use super::Pixels;
use super::analyse::Indexed;
use crate::geometry::{Rect, Size};

/// A rectangle of one colour, given from the corner of the area it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subrect {
    /// The number of its colour.
    pub color: u8,
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

/// The rectangles of an area. Made once and used again, as its buffers are worth keeping.
#[derive(Debug, Default)]
pub(super) struct Subrects {
    /// They do not overlap, and with the background they are all of the area.
    pub list: Vec<Subrect>,
    rest: Vec<u8>,
}

impl Subrects {
    /// Cuts what is not `background` into rectangles, each the largest that begins where the last one left off;
    /// `false` when there are more than `most`.
    pub fn find(&mut self, indices: &[u8], width: usize, background: u8, most: usize) -> bool {
        self.list.clear();
        self.rest.clear();
        self.rest.extend_from_slice(indices);
        for y in 0..indices.len() / width {
            let mut x = 0;
            while let Some(skipped) = self.rest[y * width + x..][..width - x].iter().position(|i| *i != background) {
                if self.list.len() == most {
                    return false;
                }
                x += skipped;
                let subrect = largest(&self.rest, width, x, y);
                for row in self.rest.chunks_exact_mut(width).skip(y).take(subrect.height) {
                    row[x..x + subrect.width].fill(background);
                }
                x += subrect.width;
                self.list.push(subrect);
            }
        }
        true
    }
}

/// The largest rectangle of one colour with this upper left corner.
fn largest(indices: &[u8], width: usize, x: usize, y: usize) -> Subrect {
    let color = indices[y * width + x];
    let mut best = Subrect { color, x, y, width: 0, height: 0 };
    let mut narrowest = width - x;
    for (row, height) in indices.chunks_exact(width).skip(y).zip(1..) {
        narrowest = row[x..x + narrowest].iter().take_while(|index| **index == color).count();
        if narrowest == 0 {
            break;
        }
        if narrowest * height > best.width * best.height {
            best = Subrect { width: narrowest, height, ..best };
        }
    }
    best
}

/// The number of the colour that most of the indices have, of `colors` that there are.
pub(super) fn most_common<'a>(rows: impl Iterator<Item = &'a [u8]>, colors: usize) -> u8 {
    let mut counts = [0_u32; 256];
    rows.flatten().for_each(|index| counts[usize::from(*index)] += 1);
    let most = counts[..colors].iter().zip(0_u8..=255).max_by_key(|(count, index)| (**count, u8::MAX - index));
    most.map_or(0, |(_, index)| index)
}

/// A part of an area with a background of its own, from the area's corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ground {
    pub rect: Rect,
    pub background: u8,
}

/// Cuts an area along its tiles where the background changes: a status line in reverse needs a rectangle of its own.
/// Single tiles, such as a cursor or a block, stay with their neighbours.
pub(super) fn grounds(size: Size, tile: Size, indexed: &Indexed) -> Vec<Ground> {
    let (width, colors) = (size.width as usize, indexed.colors.len());
    let mut grounds: Vec<Ground> = Vec::new();
    for (line, rows) in (0..).zip(indexed.indices.chunks(width * tile.height as usize)) {
        let y = line * tile.height;
        let height = tile.height.min(size.height - y);
        let row_of_tiles = spans(rows, width, tile.width as usize, colors);
        let one = row_of_tiles.len() == 1;
        for (background, x, width) in row_of_tiles {
            match grounds.last_mut() {
                // Whole rows with the same background stay together.
                Some(above) if one && above.background == background && above.rect.width == size.width => {
                    above.rect.height += height;
                }
                _ => grounds.push(Ground { rect: Rect::new(x, y, width, height), background }),
            }
        }
    }
    grounds
}

/// The backgrounds of a row of tiles from the left, each with where it begins and how wide it is.
fn spans(rows: &[u8], width: usize, tile: usize, colors: usize) -> Vec<(u8, u32, u32)> {
    let mut spans: Vec<(u8, u32, u32)> = Vec::new();
    for x in (0..width).step_by(tile) {
        let wide = tile.min(width - x);
        let background = most_common(rows.chunks_exact(width).map(|row| &row[x..x + wide]), colors);
        match spans.last_mut() {
            Some((before, _, so_far)) if *before == background => *so_far += wide as u32,
            _ => spans.push((background, x as u32, wide as u32)),
        }
    }
    // What is one tile wide joins what is before it, or else behind it; then equals may be neighbours.
    let mut joined: Vec<(u8, u32, u32)> = Vec::new();
    for (background, x, wide) in spans {
        match joined.last_mut() {
            Some((before, _, so_far)) if *before == background || wide as usize <= tile => *so_far += wide,
            Some((before, _, so_far)) if *so_far as usize <= tile => (*before, *so_far) = (background, *so_far + wide),
            _ => joined.push((background, x, wide)),
        }
    }
    joined
}

/// The indices of a part of an area that is `width` wide.
pub(super) fn cut(indices: &[u8], width: usize, part: Rect, out: &mut Vec<u8>) {
    out.clear();
    let rows = indices.chunks_exact(width).skip(part.y as usize).take(part.height as usize);
    rows.for_each(|row| out.extend_from_slice(&row[part.x as usize..part.right() as usize]));
}

/// Tiles of at most `width` and `height`, of whole tiles where these are smaller.
pub(super) fn parts<'a>(piece: Pixels<'a>, tile: Size, width: u32, height: u32) -> impl Iterator<Item = Pixels<'a>> {
    let whole = |most: u32, tile: u32| if tile <= most { most / tile * tile } else { most };
    piece.tiles(whole(width, tile.width), whole(height, tile.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rows: &[&[u8]], background: u8) -> Vec<[usize; 5]> {
        let mut subrects = Subrects::default();
        assert!(subrects.find(&rows.concat(), rows[0].len(), background, 100));
        subrects.list.iter().map(|s| [s.color.into(), s.x, s.y, s.width, s.height]).collect()
    }

    #[test]
    fn the_largest_rectangle_is_taken_whether_wide_or_high() {
        // A T: its bar, and then what is left of its stem.
        assert_eq!(found(&[&[1, 1, 1], &[0, 1, 0], &[0, 1, 0]], 0), [[1, 0, 0, 3, 1], [1, 1, 1, 1, 2]]);
        // A high one that begins with a wide row.
        assert_eq!(found(&[&[1, 1], &[1, 0], &[1, 0]], 0), [[1, 0, 0, 1, 3], [1, 1, 0, 1, 1]]);
        // Two wide and two high is more than either.
        assert_eq!(found(&[&[1, 1, 1], &[1, 1, 0], &[1, 0, 0]], 0)[0], [1, 0, 0, 2, 2]);
        assert_eq!(found(&[&[1, 2], &[0, 2]], 0), [[1, 0, 0, 1, 1], [2, 1, 0, 1, 2]]);
        assert_eq!(found(&[&[3, 3]], 3), [[0_usize; 5]; 0]);
    }

    #[test]
    fn rectangles_do_not_overlap_and_give_the_area_back() {
        let (width, height) = (37, 23);
        for seed in 1..50_u32 {
            let noise = |i: u32| (i.wrapping_mul(0x9e37_79b9).wrapping_mul(seed) >> 29) as u8 % 3;
            let indices: Vec<u8> = (0..width * height).map(|i| noise(i / (1 + seed % 5))).collect();
            let mut subrects = Subrects::default();
            assert!(subrects.find(&indices, width as usize, 1, indices.len()));
            let mut drawn = vec![1; indices.len()];
            for s in &subrects.list {
                for row in drawn.chunks_exact_mut(width as usize).skip(s.y).take(s.height) {
                    assert!(row[s.x..s.x + s.width].iter().all(|index| *index == 1), "drawn twice");
                    row[s.x..s.x + s.width].fill(s.color);
                }
            }
            assert_eq!(drawn, indices);
            assert!(!subrects.find(&indices, width as usize, 1, 3), "more than three");
        }
    }

    #[test]
    fn a_background_of_its_own_is_a_part_of_its_own() {
        let tile = Size::new(2, 1);
        let cut = |rows: &[&[u8]]| {
            let indexed = Indexed::given(rows.concat(), vec![0, 1, 2]);
            let grounds = grounds(Size::new(rows[0].len() as u32, rows.len() as u32), tile, &indexed);
            grounds.iter().map(|g| [g.background.into(), g.rect.x, g.rect.y, g.rect.width, g.rect.height]).collect()
        };
        let all: Vec<[u32; 5]> = cut(&[&[0, 0, 0, 1, 0, 0], &[0, 0, 0, 0, 0, 0], &[1, 1, 1, 1, 1, 1]]);
        assert_eq!(all, [[0, 0, 0, 6, 2], [1, 0, 2, 6, 1]]);
        let half: Vec<[u32; 5]> = cut(&[&[0, 0, 0, 0, 1, 1, 1, 1]]);
        assert_eq!(half, [[0, 0, 0, 4, 1], [1, 4, 0, 4, 1]]);
        // A cursor stays where it is, at the left and in the middle.
        let cursor: Vec<[u32; 5]> = cut(&[&[1, 1, 0, 0, 0, 0, 0, 0], &[0, 0, 0, 0, 1, 1, 0, 0]]);
        assert_eq!(cursor, [[0, 0, 0, 8, 2]]);
    }

    #[test]
    fn the_first_of_equally_common_colours_is_the_background() {
        assert_eq!(most_common([&[1_u8, 0, 2][..]].into_iter(), 3), 0);
        assert_eq!(most_common([&[1_u8, 0][..], &[2, 2]].into_iter(), 3), 2);
    }
}
