//! Text that the client has already, elsewhere: words come again and again, and a copy of any of them costs sixteen
//! bytes.
//!
//! A run of tiles that is to be painted is looked for among those that the client has by then: tiles that did not
//! change, and tiles painted or copied before. The run itself is painted blank, as a part of its rectangle, and copied
//! over afterwards; so rectangles stay whole. A boot log becomes some 40 % shorter by this, an editor's lines 30 %.

use std::ops::Range;

use super::plan::CopyRect;
use crate::geometry::{Point, Rect, Size};
use crate::surface::{Frame, TilePrint};

/// What a copy must save, in bytes: its own rectangle, and the blank that is painted in its place.
const COPY_COST: u32 = 20;

/// Tiles of a run that are looked up together. Shorter runs never pay.
const SEED: usize = 4;

/// Runs that begin alike and are compared with the one wanted.
const MAX_CANDIDATES: usize = 16;

/// Tiles that are looked at: those of the rows that change and of the rows around them. It bounds the work.
const MAX_TILES: usize = 4096;

/// Finds runs of tiles in `rects` that can be copied, in this order, once all of `rects` are painted. Everything is in
/// pixels of the frame, and nothing outside `shown` is used.
pub(super) fn find(frame: &Frame, rects: &[Rect], shown: Rect) -> Vec<CopyRect> {
    let tile = frame.tile();
    let least = least_ink(tile);
    let wide = |rect: &Rect| rect.width as usize >= least * tile.width as usize;
    if !rects.iter().any(wide) {
        return Vec::new();
    }
    let Some(grid) = Grid::new(frame, rects, shown) else { return Vec::new() };
    Finder::new(grid, least).run()
}

/// Tiles with ink that a run needs to be worth a copy. By measure, a glyph costs about a quarter of its height in bytes.
fn least_ink(tile: Size) -> usize {
    (COPY_COST * 4 / tile.height + 1) as usize
}

/// What is known of a tile.
#[derive(Clone, Copy, Debug)]
struct Tile {
    print: TilePrint,
    /// This update paints it.
    painted: bool,
}

/// The whole tiles of some rows.
struct Grid<'a> {
    frame: &'a Frame,
    size: Size,
    columns: usize,
    /// Column and row of the first tile.
    first: (u32, u32),
    /// Row by row.
    tiles: Vec<Tile>,
}

impl<'a> Grid<'a> {
    fn new(frame: &'a Frame, rects: &[Rect], shown: Rect) -> Option<Self> {
        let size = frame.tile();
        let whole = |start: u32, end: u32, step: u32| start.div_ceil(step)..end / step;
        let columns = whole(shown.x, shown.right(), size.width);
        let rows = whole(shown.y, shown.bottom(), size.height);
        // What is shown may be lower than a tile, and begin within one.
        if columns.len() < SEED || rows.is_empty() {
            return None;
        }
        let rows = rows_around(rects, rows, size.height, MAX_TILES / columns.len());
        if rows.is_empty() {
            return None;
        }
        let first = (columns.start, rows.start);
        let places = columns.start as usize..columns.end as usize;
        let prints = rows.flat_map(|row| &frame.prints(row)[places.clone()]);
        let tiles = prints.map(|print| Tile { print: *print, painted: false }).collect();
        let mut grid = Self { frame, size, columns: columns.len(), first, tiles };
        rects.iter().for_each(|rect| grid.mark_painted(*rect));
        Some(grid)
    }

    fn mark_painted(&mut self, rect: Rect) {
        let Size { width, height } = self.size;
        let place = |from: u32, to: u32, first: u32, step: u32| {
            (from / step).saturating_sub(first) as usize..to.div_ceil(step).saturating_sub(first) as usize
        };
        let rows = place(rect.y, rect.bottom(), self.first.1, height);
        let columns = place(rect.x, rect.right(), self.first.0, width);
        let columns = columns.start.min(self.columns)..columns.end.min(self.columns);
        for row in self.tiles.chunks_exact_mut(self.columns).take(rows.end).skip(rows.start) {
            row[columns.clone()].iter_mut().for_each(|tile| tile.painted = true);
        }
    }

    fn rows(&self) -> usize {
        self.tiles.len() / self.columns
    }

    /// The pixels of `count` tiles from number `at`, which are in one row.
    fn rect(&self, at: usize, count: usize) -> Rect {
        let (column, row) = ((at % self.columns) as u32 + self.first.0, (at / self.columns) as u32 + self.first.1);
        let Size { width, height } = self.size;
        Rect::new(column * width, row * height, count as u32 * width, height)
    }

    /// Whether the pixels are equal and not only their hashes.
    fn equal(&self, a: Rect, b: Rect) -> bool {
        self.frame.rows(a).eq(self.frame.rows(b))
    }
}

/// The rows of tiles in `rects`, and as many of those around them as `most` allows.
fn rows_around(rects: &[Rect], all: Range<u32>, height: u32, most: usize) -> Range<u32> {
    let most = u32::try_from(most).unwrap_or(u32::MAX).min(all.len() as u32);
    let top = rects.iter().map(|rect| rect.y / height).min().unwrap_or(0).max(all.start);
    let bottom = rects.iter().map(|rect| rect.bottom().div_ceil(height)).max().unwrap_or(0).min(all.end);
    let spare = most.saturating_sub(bottom.saturating_sub(top));
    let start = top.saturating_sub(spare.div_ceil(2)).clamp(all.start, all.end - most);
    start..start + most
}

/// Goes through the grid from the top, row by row, and keeps an index of what can be copied by then.
struct Finder<'a> {
    grid: Grid<'a>,
    least: usize,
    /// The last place whose first tiles have a hash that ends so, plus one.
    heads: Vec<u32>,
    /// For a place, the one before it in the same list, plus one.
    next: Vec<u32>,
}

impl<'a> Finder<'a> {
    fn new(grid: Grid<'a>, least: usize) -> Self {
        let tiles = grid.tiles.len();
        Self { grid, least, heads: vec![0; (tiles * 2).next_power_of_two()], next: vec![0; tiles] }
    }

    fn run(mut self) -> Vec<CopyRect> {
        let columns = self.grid.columns;
        let mut copies = Vec::new();
        for row in 0..self.grid.rows() {
            self.enter(row, false);
        }
        for row in 0..self.grid.rows() {
            let end = (row + 1) * columns;
            let mut at = row * columns;
            while at + SEED <= end {
                let Tile { painted, print } = self.grid.tiles[at];
                let found = if painted && print.ink { self.longest(at, end) } else { None };
                at += match found {
                    Some((source, count)) => {
                        let Rect { x, y, .. } = self.grid.rect(source, count);
                        copies.push(CopyRect { target: self.grid.rect(at, count), source: Point { x, y } });
                        count
                    }
                    None => 1,
                };
            }
            self.enter(row, true);
        }
        copies
    }

    /// Enters the places of a row where runs can begin: those that need no painting, or the others.
    fn enter(&mut self, row: usize, painted: bool) {
        let start = row * self.grid.columns;
        for at in start..(start + self.grid.columns + 1).saturating_sub(SEED) {
            let seed = &self.grid.tiles[at..at + SEED];
            if seed[0].print.ink && seed.iter().any(|tile| tile.painted) == painted {
                let slot = self.slot(at);
                self.next[at] = self.heads[slot];
                self.heads[slot] = at as u32 + 1;
            }
        }
    }

    fn slot(&self, at: usize) -> usize {
        let seed = &self.grid.tiles[at..at + SEED];
        let hash = seed.iter().fold(0_u64, |hash, tile| (hash.rotate_left(17) ^ tile.print.hash).wrapping_mul(5));
        (hash ^ hash >> 32) as usize & (self.heads.len() - 1)
    }

    /// The run with the most ink that begins at `at` and can be copied: from where, and how many tiles.
    fn longest(&self, at: usize, end: usize) -> Option<(usize, usize)> {
        let mut best = (0, 0, 0);
        let mut candidate = self.heads[self.slot(at)];
        for _ in 0..MAX_CANDIDATES {
            let Some(source) = candidate.checked_sub(1).map(|source| source as usize) else { break };
            let (count, ink) = self.common(at, end, source);
            if ink > best.2 {
                best = (source, count, ink);
            }
            candidate = self.next[source];
        }
        let (source, count, ink) = best;
        let worth = ink >= self.least && self.grid.equal(self.grid.rect(at, count), self.grid.rect(source, count));
        worth.then_some((source, count))
    }

    /// How many tiles from `at` on equal those from `source` on, and how many of them have ink; the last one has.
    fn common(&self, at: usize, end: usize, source: usize) -> (usize, usize) {
        let tiles = &self.grid.tiles;
        let row_start = end - self.grid.columns;
        let source_end = source - source % self.grid.columns + self.grid.columns;
        let (mut count, mut ink) = (0, 0);
        for (length, (here, there)) in (1..).zip((at..end).zip(source..source_end)) {
            // What is painted further down may yet become blank, and be copied after this.
            let ready = !tiles[there].painted || there < row_start;
            if !tiles[here].painted || !ready || tiles[here].print.hash != tiles[there].print.hash {
                break;
            }
            if tiles[here].print.ink {
                (count, ink) = (length, ink + 1);
            }
        }
        (count, ink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::{Pixel, Surface};

    const TILE: Size = Size::new(8, 16);

    /// Writes text of one glyph for each letter; a space is blank.
    fn write(surface: &mut Surface, column: u32, row: u32, text: &str) {
        for (column, letter) in (column..).zip(text.bytes()) {
            let rect = Rect::new(column * TILE.width, row * TILE.height, TILE.width, TILE.height);
            for (y, pixels) in (0_u32..).zip(surface.rows_mut(rect)) {
                let bits = u32::from(letter).wrapping_mul(0x9e37_79b9).rotate_left(y);
                let ink = |x: usize| if letter != b' ' && bits >> x & 1 != 0 { 0xff_ffff } else { 0 };
                pixels.iter_mut().enumerate().for_each(|(x, pixel)| *pixel = ink(x) as Pixel);
            }
        }
    }

    fn row(number: u32) -> Rect {
        Rect::new(0, number * TILE.height, 20 * TILE.width, TILE.height)
    }

    /// Targets and sources in tiles, of what is found when `painted` are painted.
    fn found(texts: &[(u32, u32, &str)], painted: &[Rect]) -> Vec<[u32; 5]> {
        let size = Size::new(20 * TILE.width, 6 * TILE.height);
        let mut surface = Surface::new(size, TILE, 0);
        texts.iter().for_each(|(column, row, text)| write(&mut surface, *column, *row, text));
        let tiles = |copy: CopyRect| {
            let (at, from) = (copy.target, copy.source);
            let (width, height) = (TILE.width, TILE.height);
            [at.x / width, at.y / height, at.width / width, from.x / width, from.y / height]
        };
        find(&surface.publish(), painted, size.rect()).into_iter().map(tiles).collect()
    }

    #[test]
    fn a_word_that_is_there_is_copied_and_a_short_one_is_not() {
        let texts = [(1, 0, "a message"), (3, 4, "message no")];
        assert_eq!(least_ink(TILE), 6);
        assert_eq!(found(&texts, &[row(4)]), [[3, 4, 7, 3, 0]]);
        assert_eq!(found(&[(1, 0, "mess"), (3, 4, "mess")], &[row(4)]), Vec::<[u32; 5]>::new());
    }

    #[test]
    fn the_longest_of_several_is_taken_and_blanks_inside_count_nothing() {
        let texts = [(0, 0, "started one"), (0, 1, "started two"), (0, 2, "startex"), (2, 4, "started two!")];
        assert_eq!(found(&texts, &[row(4)]), [[2, 4, 11, 0, 1]]);
        assert_eq!(found(&[(0, 0, "a b c d e f g"), (1, 4, "a b c d")], &[row(4)]), Vec::<[u32; 5]>::new());
    }

    #[test]
    fn what_is_painted_is_copied_further_down_but_never_from_below() {
        let texts = [(0, 2, "repeated"), (5, 3, "repeated"), (9, 4, "repeated")];
        let copies = found(&texts, &[row(2), row(3), row(4)]);
        assert_eq!(copies, [[5, 3, 8, 0, 2], [9, 4, 8, 5, 3]]);
        assert_eq!(found(&texts, &[row(2), row(3)]), [[0, 2, 8, 9, 4], [5, 3, 8, 0, 2]]);
    }

    #[test]
    fn a_row_is_copied_from_its_unchanged_part_only() {
        let texts = [(0, 1, "letters letters")];
        assert_eq!(found(&texts, &[row(1)]), Vec::<[u32; 5]>::new());
        let right = Rect::new(8 * TILE.width, TILE.height, 7 * TILE.width, TILE.height);
        assert_eq!(found(&texts, &[right]), [[8, 1, 7, 0, 1]]);
    }

    #[test]
    fn what_is_not_shown_is_no_source() {
        let size = Size::new(20 * TILE.width, 6 * TILE.height);
        let mut surface = Surface::new(size, TILE, 0);
        write(&mut surface, 0, 0, "message");
        write(&mut surface, 0, 4, "message");
        let frame = surface.publish();
        let all = find(&frame, &[row(4)], size.rect());
        assert_eq!(all.len(), 1);
        let shown = Rect::new(0, TILE.height / 2, size.width, 5 * TILE.height);
        assert_eq!(find(&frame, &[row(4)], shown), []);
        for height in 1..=TILE.height {
            let sliver = Rect::new(0, 4 * TILE.height + 3, size.width, height);
            assert_eq!(find(&frame, &[row(4)], sliver), [], "{height} lines hold no whole tile");
        }
    }

    #[test]
    fn no_more_tiles_are_looked_at_than_the_limit() {
        for (columns, rows, looked_at) in
            [(64, 64, 4096), (64, 65, 4096), (100, 100, 4000), (4096, 2, 4096), (4097, 2, 0)]
        {
            let size = Size::new(columns * 8, rows);
            let frame = Surface::new(size, Size::new(8, 1), 0).publish();
            let tiles = Grid::new(&frame, &[size.rect()], size.rect()).map_or(0, |grid| grid.tiles.len());
            assert_eq!(tiles, looked_at, "{columns}x{rows}");
            assert!(tiles <= MAX_TILES);
        }
    }

    #[test]
    fn large_screens_are_looked_at_in_part() {
        assert_eq!(rows_around(&[Rect::new(0, 160, 8, 16)], 0..20, 16, 100), 0..20);
        assert_eq!(rows_around(&[Rect::new(0, 160, 8, 16)], 0..20, 16, 5), 8..13);
        assert_eq!(rows_around(&[Rect::new(0, 0, 8, 16)], 0..20, 16, 5), 0..5);
        assert_eq!(rows_around(&[Rect::new(0, 304, 8, 16)], 0..20, 16, 5), 15..20);
        assert_eq!(rows_around(&[Rect::new(0, 0, 8, 320)], 0..20, 16, 5), 0..5);
        assert_eq!(rows_around(&[], 0..0, 16, 5), 0..0);
    }
}
