//! Drawing what somebody else has painted: the picture of an upstream, which says what it drew and not what it changed.
//!
//! Screens are often painted over with what is there already. Each tile is therefore compared before it is written, so
//! that a repainted screen makes no damage; and what was copied within the picture stays a move, which costs viewers a
//! few bytes.

use std::ops::Range;

use super::band::push_runs;
use super::{Frame, Move, Pixel, Region, Seq, Surface, delta};
use crate::geometry::{Point, Rect};

/// What a rectangle is drawn with.
#[derive(Clone, Copy)]
enum Ink<'a> {
    /// As many pixels as it has, row by row.
    Pixels(&'a [Pixel]),
    Fill(Pixel),
}

impl Ink<'_> {
    /// Whether `there` are the pixels from number `at` on already.
    fn is_at(self, at: usize, there: &[Pixel]) -> bool {
        match self {
            Self::Pixels(pixels) => pixels[at..at + there.len()] == *there,
            Self::Fill(pixel) => there.iter().all(|there| *there == pixel),
        }
    }

    fn write(self, at: usize, there: &mut [Pixel]) {
        match self {
            Self::Pixels(pixels) => there.copy_from_slice(&pixels[at..at + there.len()]),
            Self::Fill(pixel) => there.fill(pixel),
        }
    }
}

/// Dirty rectangles beyond this stay as large as their tiles: their headers are what counts then.
const MAX_NARROWED: usize = 64;

impl Surface {
    /// Draws pixels, row by row, as many as `rect` has, as far as that lies in the picture. Tiles in which nothing differs
    /// stay as they are, and undamaged.
    pub fn draw(&mut self, rect: Rect, pixels: &[Pixel]) {
        if pixels.len() as u64 >= rect.area() {
            self.draw_with(rect, Ink::Pixels(pixels));
        }
    }

    /// The same with one colour.
    pub fn draw_fill(&mut self, rect: Rect, pixel: Pixel) {
        self.draw_with(rect, Ink::Fill(pixel));
    }

    fn draw_with(&mut self, rect: Rect, ink: Ink<'_>) {
        let inside = rect.intersection(self.layout.size.rect());
        if inside.is_empty() {
            return;
        }
        let height = self.layout.tile.height;
        for index in inside.y / height..inside.bottom().div_ceil(height) {
            self.draw_band(index, rect, inside, ink);
        }
    }

    /// Draws the part of `inside`, which is that of `rect` in the picture, that lies in a band.
    fn draw_band(&mut self, index: u32, rect: Rect, inside: Rect, ink: Ink<'_>) {
        let (layout, now) = (self.layout, self.now);
        let (width, tile) = (layout.size.width as usize, layout.tile.width as usize);
        let whole = layout.band(index);
        let part = whole.intersection(inside);
        // Where a row's columns lie among the pixels of the band, and in the ink.
        let place = |row: u32, columns: &Range<usize>| {
            let there = (row - whole.y) as usize * width;
            let at = (row - rect.y) as usize * rect.width as usize + columns.start - rect.x as usize;
            (there + columns.start..there + columns.end, at)
        };
        let rows = part.y..part.bottom();
        let all = part.x as usize..part.right() as usize;
        let band = &mut self.bands[index as usize];
        let strip = &band.strip.pixels;
        let is_there = |columns: &Range<usize>| {
            rows.clone().all(|row| {
                let (there, at) = place(row, columns);
                ink.is_at(at, &strip[there])
            })
        };
        if is_there(&all) {
            return;
        }
        let (first, last) = (all.start / tile, all.end.div_ceil(tile));
        let columns = |tiles: &Range<usize>| {
            ((first + tiles.start) * tile).max(all.start)..((first + tiles.end) * tile).min(all.end)
        };
        let mut runs = Vec::new();
        push_runs(last - first, |tile| !is_there(&columns(&(tile..tile + 1))), &mut runs);
        let covers = part == whole && matches!(runs.as_slice(), [run] if run.len() == last - first);
        let mut band = band.open(covers, &mut self.spares);
        for run in runs {
            let columns = columns(&run);
            for row in rows.clone() {
                let (there, at) = place(row, &columns);
                ink.write(at, &mut band.pixels()[there]);
            }
            band.stamp(first + run.start..first + run.end, now);
        }
        (self.dirty, self.drawn) = (true, true);
    }

    /// What of `dirty` differs from the last frame: a letter that is typed is smaller than the tiles that it lies in, and
    /// whoever keeps up need not be sent them.
    pub(super) fn narrowed(&self, dirty: Region, last: &Frame) -> Region {
        let count = dirty.rects().len();
        if count > MAX_NARROWED {
            return dirty;
        }
        let narrowed: Region = dirty.rects().iter().filter_map(|rect| self.differing(*rect, last)).collect();
        // Those beside each other need not begin and end in the same rows any more, which makes more of them.
        if narrowed.rects().len() > count { dirty } else { narrowed }
    }

    /// The smallest rectangle that holds what of `rect`, which lies in both pictures, differs from the last frame.
    fn differing(&self, rect: Rect, last: &Frame) -> Option<Rect> {
        let columns = rect.x as usize..rect.right() as usize;
        let rows = |y: u32| (&self.row(y)[columns.clone()], &last.row(y)[columns.clone()]);
        let differs = |y: &u32| {
            let (new, old) = rows(*y);
            new != old
        };
        let top = (rect.y..rect.bottom()).find(differs)?;
        let bottom = (top..rect.bottom()).rfind(differs)? + 1;
        let (mut left, mut right) = (rect.width as usize, 0);
        for (new, old) in (top..bottom).map(rows) {
            let first = new[..left].iter().zip(old).position(|(new, old)| new != old);
            left = first.unwrap_or(left);
            let beyond = new[right..].iter().zip(&old[right..]).rposition(|(new, old)| new != old);
            right += beyond.map_or(0, |index| index + 1);
        }
        Some(Rect::new(rect.x + left as u32, top, (right - left) as u32, bottom - top))
    }

    /// The row of pixels `y`, which must be in the picture.
    fn row(&self, y: u32) -> &[Pixel] {
        let (band, start) = self.layout.locate(y);
        &self.bands[band].strip.pixels[start..start + self.layout.size.width as usize]
    }

    /// Copies what is at `source` to `target`, which has the same size. Nothing happens where either does not lie in the
    /// picture.
    pub fn copy(&mut self, target: Rect, source: Point) {
        let picture = self.layout.size.rect();
        let from = Rect { x: source.x, y: source.y, ..target };
        if target.is_empty() || from == target || !picture.contains(target) || !picture.contains(from) {
            return;
        }
        let step = shift(target, from);
        match self.dirt_after(&step) {
            Some(dirt) => self.carry_out(&step, &dirt),
            None => self.copy_rows(target, from, |surface, row, pixels| surface.draw(row, pixels)),
        }
    }

    /// What is dirty after a move: what it uncovers, and where it takes what was written since the last frame. `None`
    /// where it saves next to nothing, or too many were made.
    fn dirt_after(&self, step: &Move) -> Option<Region> {
        let target = step.target();
        let uncovered = Region::from(step.area).subtract(&target.into());
        if self.moves.len() >= delta::MAX_MOVES || uncovered.area() > target.area() {
            return None;
        }
        let before = Seq(self.now.0.saturating_sub(1));
        let written = self.layout.region(&self.bands, |band, runs| band.written_since(before, runs));
        let carried = written.intersect(&step.source().into()).translate(step.dx, step.dy);
        (carried.area() * 2 <= target.area()).then(|| carried.union(&uncovered))
    }

    fn carry_out(&mut self, step: &Move, dirt: &Region) {
        self.copy_rows(step.target(), step.source(), |surface, row, pixels| {
            let (band, start) = surface.layout.locate(row.y);
            let start = start + row.x as usize;
            let mut band = surface.bands[band].open(false, &mut surface.spares);
            band.pixels()[start..start + pixels.len()].copy_from_slice(pixels);
        });
        self.stamp(step.target(), |band, tiles, now| band.shift(tiles, now));
        for rect in dirt.rects() {
            self.stamp(*rect, |band, tiles, now| band.stamp(tiles, now));
        }
        delta::push_move(&mut self.moves, *step);
        self.dirty = true;
    }

    /// Stamps the tiles that `rect`, which lies in the picture, touches.
    fn stamp(&mut self, rect: Rect, stamp: impl Fn(&mut super::OpenBand<'_>, Range<usize>, Seq)) {
        let tile = self.layout.tile;
        let bands = (rect.y / tile.height) as usize..rect.bottom().div_ceil(tile.height) as usize;
        let tiles = (rect.x / tile.width) as usize..rect.right().div_ceil(tile.width) as usize;
        for band in &mut self.bands[bands] {
            stamp(&mut band.open(false, &mut self.spares), tiles.clone(), self.now);
        }
    }

    /// Writes the rows of `from` to those of `target`, in the order in which none is overwritten before it is read.
    fn copy_rows(&mut self, target: Rect, from: Rect, mut write: impl FnMut(&mut Self, Rect, &[Pixel])) {
        let mut pixels = Vec::with_capacity(target.width as usize);
        let mut row = |offset: u32| {
            let (band, start) = self.layout.locate(from.y + offset);
            let start = start + from.x as usize;
            pixels.clear();
            pixels.extend_from_slice(&self.bands[band].strip.pixels[start..start + from.width as usize]);
            write(self, Rect { y: target.y + offset, height: 1, ..target }, &pixels);
        };
        if from.y < target.y {
            (0..target.height).rev().for_each(&mut row);
        } else {
            (0..target.height).for_each(&mut row);
        }
    }
}

/// The move that takes `from` to `target`, within the smallest area that holds both.
fn shift(target: Rect, from: Rect) -> Move {
    let (x, y) = (target.x.min(from.x), target.y.min(from.y));
    let (right, bottom) = (target.right().max(from.right()), target.bottom().max(from.bottom()));
    let by = |to: u32, from: u32| (i64::from(to) - i64::from(from)).try_into().unwrap_or(i32::MAX);
    Move { area: Rect::new(x, y, right - x, bottom - y), dx: by(target.x, from.x), dy: by(target.y, from.y) }
}

#[cfg(test)]
mod tests {
    use super::super::{FrameDamage, delta::MAX_MOVES};
    use super::*;
    use crate::geometry::Size;

    const SIZE: Size = Size::new(256, 64);
    const TILE: Size = Size::new(64, 16);

    fn surface() -> Surface {
        let mut surface = Surface::new(SIZE, TILE, 0);
        let pixels: Vec<Pixel> = (1..=SIZE.area() as u32).collect();
        surface.draw(SIZE.rect(), &pixels);
        surface.publish();
        surface
    }

    fn damage(surface: &mut Surface) -> FrameDamage {
        let frame = surface.publish();
        frame.damage_since(Seq(frame.seq().0 - 1))
    }

    #[test]
    fn a_screen_painted_over_with_itself_is_the_same_frame() {
        let mut surface = surface();
        let frame = surface.publish();
        let pixels: Vec<Pixel> = (0..SIZE.height).flat_map(|y| frame.row(y)).copied().collect();
        surface.draw(SIZE.rect(), &pixels);
        let rect = Rect::new(60, 10, 70, 20);
        surface.draw(rect, &frame.rows(rect).flatten().copied().collect::<Vec<_>>());
        assert!(!surface.is_dirty());
    }

    #[test]
    fn only_tiles_that_differ_are_dirty() {
        let mut surface = surface();
        let rect = Rect::new(10, 4, 200, 40);
        let frame = surface.publish();
        let mut pixels: Vec<Pixel> = frame.rows(rect).flatten().copied().collect();
        pixels[20 * 200 + 100] = 0;
        surface.draw(rect, &pixels);
        assert_eq!(damage(&mut surface).dirty.rects(), [Rect::new(110, 24, 1, 1)]);
        surface.draw_fill(Rect::new(110, 24, 1, 1), 0);
        assert!(!surface.is_dirty(), "it is so already");
        surface.draw_fill(Rect::new(200, 0, 100, 200), 7);
        assert_eq!(damage(&mut surface).dirty.rects(), [Rect::new(200, 0, 56, 64)]);
        surface.draw(Rect::new(0, 0, 2, 2), &[1, 2, 3]);
        assert!(!surface.is_dirty(), "pixels are missing");
    }

    #[test]
    fn what_was_changed_back_is_not_dirty_and_many_places_are_as_large_as_their_tiles() {
        let mut surface = surface();
        let pixel = surface.publish().row(20)[70];
        surface.draw_fill(Rect::new(70, 20, 1, 1), !pixel);
        surface.draw_fill(Rect::new(70, 20, 1, 1), pixel);
        surface.draw_fill(Rect::new(3, 15, 9, 2), 0);
        let step = damage(&mut surface);
        assert_eq!(step.dirty.rects(), [Rect::new(3, 15, 9, 2)]);
        // Of a band, in rows that overlap: two rectangles would be four.
        for (x, y) in [(0, 0), (128, 1)] {
            surface.draw_fill(Rect::new(x, y, 1, 5), 0);
        }
        assert_eq!(damage(&mut surface).dirty.rects(), [Rect::new(0, 0, 64, 16), Rect::new(128, 0, 64, 16)]);
    }

    #[test]
    fn a_scroll_by_any_number_of_pixels_stays_a_move() {
        let mut surface = surface();
        surface.copy(Rect::new(0, 0, 256, 51), Point { x: 0, y: 13 });
        let FrameDamage { moves, dirty } = damage(&mut surface);
        assert_eq!(moves, [Move { area: SIZE.rect(), dx: 0, dy: -13 }]);
        assert_eq!(dirty.rects(), [Rect::new(0, 48, 256, 16)]);
    }

    #[test]
    fn what_lies_far_away_is_painted_and_so_is_what_was_just_written() {
        let mut surface = surface();
        surface.copy(Rect::new(0, 0, 64, 16), Point { x: 192, y: 48 });
        assert_eq!(damage(&mut surface).moves, []);
        surface.draw_fill(Rect::new(0, 13, 256, 40), 5);
        surface.copy(Rect::new(0, 0, 256, 51), Point { x: 0, y: 13 });
        assert_eq!(damage(&mut surface).moves, []);
    }

    #[test]
    fn there_are_only_so_many_moves() {
        let mut surface = surface();
        for index in 0..20 {
            surface.copy(Rect::new(index * 12, 0, 12, 60), Point { x: index * 12, y: 4 });
        }
        assert!(surface.moves.len() <= MAX_MOVES);
    }

    #[test]
    fn what_does_not_lie_in_the_picture_is_not_copied() {
        let mut surface = surface();
        surface.copy(Rect::new(0, 0, 10, 10), Point { x: 250, y: 0 });
        surface.copy(Rect::new(250, 0, 10, 10), Point { x: 0, y: 0 });
        surface.copy(Rect::new(5, 5, 10, 10), Point { x: 5, y: 5 });
        assert!(!surface.is_dirty());
    }
}
