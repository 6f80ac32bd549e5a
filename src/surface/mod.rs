//! Pictures with a memory of what changed when.
//!
//! A [`Surface`] is written by one painter; [`Surface::publish`] seals it into a [`Frame`], which is immutable and shares
//! its bands with the frames before and after it. A viewer's picture is known by one number, the [`Seq`] of the frame
//! it has seen; [`Frame::damage_since`] says what takes it from there to here.
//!
//! ```text
//! Surface ──publish──▶ Frame 7 ─┐      bands are reference-counted: a frame costs what changed in it,
//!    │                          ├─ band  a scroll costs nothing, and whoever still encodes an old frame
//!    └──────publish──▶ Frame 8 ─┘        stops nobody from painting the next
//! ```

mod band;
mod delta;
mod draw;
mod frame;
mod print;
mod region;

use std::ops::Range;
use std::sync::Arc;

use crate::geometry::{Rect, Size};
use band::{Band, OpenBand, Spares};
pub use delta::{FrameDamage, Move};
use frame::Layout;
pub use frame::{Frame, PointerShape};
pub use print::TilePrint;
pub use region::Region;

/// A colour of a picture: 0x00RRGGBB.
pub type Pixel = u32;

/// The number of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first frame: what a viewer that has seen nothing has seen.
    pub const NONE: Self = Self(0);

    fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A picture being written.
#[derive(Debug)]
pub struct Surface {
    layout: Layout,
    bands: Vec<Band>,
    /// The moves since the last frame.
    moves: Vec<Move>,
    spares: Spares,
    pointer: Option<Arc<PointerShape>>,
    /// The number of the next frame; what is written now is stamped with it.
    now: Seq,
    resized: Seq,
    epoch: u32,
    dirty: bool,
    /// Something was drawn since the last frame that did not come in whole tiles.
    drawn: bool,
    last: Option<Arc<Frame>>,
}

impl Surface {
    /// A picture of `size` in one colour, dirty all over. `tile` is the unit of damage: a glyph cell of a console,
    /// 64×16 pixels for a proxied screen. Both are taken to be at least one pixel wide and high.
    pub fn new(size: Size, tile: Size, background: Pixel) -> Self {
        let now = Seq::NONE.next();
        let layout = Layout::new(size, tile);
        Self {
            layout,
            bands: new_bands(layout, background, now),
            moves: Vec::new(),
            spares: Spares::default(),
            pointer: None,
            now,
            resized: now,
            epoch: 0,
            dirty: true,
            drawn: false,
            last: None,
        }
    }

    /// Another picture, which goes on from this one's last frame: it shares all that is not written over, and its next
    /// frame takes everybody further who has seen that one or any before it. If something was written since, it is a
    /// picture of its own, and black.
    pub fn twin(&self) -> Self {
        match self.last.as_ref().filter(|_| !self.dirty) {
            Some(last) => Self {
                layout: self.layout,
                bands: self.bands.clone(),
                moves: Vec::new(),
                spares: Spares::default(),
                pointer: self.pointer.clone(),
                now: self.now,
                resized: self.resized,
                epoch: self.epoch,
                dirty: false,
                drawn: false,
                last: Some(Arc::clone(last)),
            },
            None => {
                let new = Self::new(self.layout.size, self.layout.tile, 0);
                Self { pointer: self.pointer.clone(), epoch: self.epoch.wrapping_add(1), ..new }
            }
        }
    }

    /// Size in pixels.
    pub fn size(&self) -> Size {
        self.layout.size
    }

    /// The unit of damage.
    pub fn tile(&self) -> Size {
        self.layout.tile
    }

    /// Starts anew with another size: everything is dirty, and older frames are no longer compared with.
    pub fn resize(&mut self, size: Size, tile: Size, background: Pixel) {
        self.layout = Layout::new(size, tile);
        self.bands = new_bands(self.layout, background, self.now);
        self.spares = Spares::default();
        self.moves.clear();
        self.resized = self.now;
        self.epoch = self.epoch.wrapping_add(1);
        self.dirty = true;
    }

    /// How often it was resized: another number than last time means that its pixels are gone.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Moves the content of these tile rows up (down, if negative) by whole tiles. No pixel is copied: the bands change
    /// places. Those uncovered get the pixels of those lost and are dirty. A last row that is not a whole tile high
    /// stays where it is.
    pub fn scroll(&mut self, tile_rows: Range<u32>, up: i32) {
        let rows = tile_rows.start..tile_rows.end.min(self.layout.full_bands());
        if rows.is_empty() || up == 0 {
            return;
        }
        let (first, last) = (self.layout.band(rows.start), self.layout.band(rows.end - 1));
        let bands = &mut self.bands[rows.start as usize..rows.end as usize];
        let distance = (up.unsigned_abs() as usize).min(bands.len());
        let kept = bands.len() - distance;
        let uncovered = if up > 0 {
            bands.rotate_left(distance);
            &mut bands[kept..]
        } else {
            bands.rotate_right(distance);
            &mut bands[..distance]
        };
        uncovered.iter_mut().for_each(|band| band.touch(self.now));
        bands.iter_mut().for_each(|band| band.placed = self.now);
        self.dirty = true;

        let area = Rect { height: last.bottom() - first.y, ..first };
        let distance = i32::try_from(distance as u64 * u64::from(self.layout.tile.height)).unwrap_or(i32::MAX);
        let dy = if up > 0 { -distance } else { distance };
        delta::push_move(&mut self.moves, Move { area, dx: 0, dy });
        if self.moves.len() > delta::MAX_MOVES {
            self.forget_moves();
        }
    }

    /// Too many moves to be worth their bytes: what has moved is dirty instead.
    fn forget_moves(&mut self) {
        self.moves.clear();
        let has_moved = |band: &&mut Band| band.placed == self.now || band.shifted == self.now;
        self.bands.iter_mut().filter(has_moved).for_each(|band| band.touch(self.now));
    }

    /// One tile row, for writing whole tiles; `None` below the picture. With `covered` the caller promises to write
    /// all tiles of it, which saves a copy when a frame still holds the old ones.
    pub fn tile_row(&mut self, row: u32, covered: bool) -> Option<TileRow<'_>> {
        let band = self.bands.get_mut(row as usize)?.open(covered, &mut self.spares);
        Some(TileRow { band, layout: self.layout, now: self.now, dirty: &mut self.dirty })
    }

    /// The rows of the part of `rect` that lies in the picture, from the top, for writing. The tiles it touches are dirty.
    pub fn rows_mut(&mut self, rect: Rect) -> impl Iterator<Item = &mut [Pixel]> {
        let Layout { size, tile } = self.layout;
        let rect = rect.intersection(size.rect());
        let first = rect.y / tile.height;
        let bands = if rect.is_empty() { 0..0 } else { first as usize..rect.bottom().div_ceil(tile.height) as usize };
        let tiles = (rect.x / tile.width) as usize..rect.right().div_ceil(tile.width) as usize;
        let layout = self.layout;
        self.dirty |= !bands.is_empty();
        let (now, spares) = (self.now, &mut self.spares);
        let width = size.width as usize;
        (first..).zip(&mut self.bands[bands]).flat_map(move |(index, band)| {
            let whole = layout.band(index);
            let part = whole.intersection(rect);
            let mut band = band.open(part == whole, spares);
            band.stamp(tiles.clone(), now);
            let rows =
                band.into_pixels().chunks_exact_mut(width).skip((part.y - whole.y) as usize).take(part.height as usize);
            rows.map(move |row| &mut row[rect.x as usize..rect.right() as usize])
        })
    }

    /// Fills a rectangle with one colour.
    pub fn fill(&mut self, rect: Rect, pixel: Pixel) {
        self.rows_mut(rect).for_each(|row| row.fill(pixel));
    }

    /// Sets the shape of the mouse pointer over this display.
    pub fn set_pointer(&mut self, pointer: Option<Arc<PointerShape>>) {
        if self.pointer != pointer {
            self.pointer = pointer;
            self.dirty = true;
        }
    }

    /// The shape of the mouse pointer over this display.
    pub fn pointer(&self) -> Option<&Arc<PointerShape>> {
        self.pointer.as_ref()
    }

    /// Whether [`Surface::publish`] would make a new frame.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Seals what was written into the next frame; the previous one again if nothing was.
    pub fn publish(&mut self) -> Arc<Frame> {
        if let Some(last) = self.last.as_ref().filter(|_| !self.dirty) {
            return last.clone();
        }
        let seq = self.now;
        let moves = std::mem::take(&mut self.moves);
        let steps = match &self.last {
            Some(last) if self.resized < seq => {
                let before = Seq(seq.0 - 1);
                let mut dirty = self.layout.region(&self.bands, |band, runs| band.written_since(before, runs));
                if self.drawn && moves.is_empty() {
                    dirty = self.narrowed(dirty, last);
                }
                let mut damage = FrameDamage { moves, dirty };
                damage.settle();
                last.steps_with(damage)
            }
            _ => Box::default(), // nothing is compared across a change of size
        };
        let frame = Arc::new(Frame {
            seq,
            layout: self.layout,
            resized: self.resized,
            bands: self.bands.clone().into(),
            steps,
            pointer: self.pointer.clone(),
        });
        self.last = Some(frame.clone());
        self.now = seq.next();
        (self.dirty, self.drawn) = (false, false);
        self.spares.trim();
        frame
    }
}

/// One row of tiles, opened for writing: see [`Surface::tile_row`].
pub struct TileRow<'a> {
    band: OpenBand<'a>,
    layout: Layout,
    now: Seq,
    dirty: &'a mut bool,
}

impl TileRow<'_> {
    /// These tile columns, for writing. They are dirty; those right of the picture are left out.
    pub fn tiles(&mut self, tiles: Range<u32>) -> Tiles<'_> {
        let end = (tiles.end as usize).min(self.layout.tiles());
        let tiles = (tiles.start as usize).min(end)..end;
        *self.dirty |= !tiles.is_empty();
        self.band.stamp(tiles.clone(), self.now);
        let (left, right) = self.layout.columns(tiles);
        let pixels = &mut self.band.pixels()[left as usize..];
        Tiles { pixels, stride: self.layout.size.width as usize, width: (right - left) as usize }
    }
}

/// Some tiles beside each other, for writing: see [`TileRow::tiles`].
pub struct Tiles<'a> {
    /// From their top left pixel on.
    pixels: &'a mut [Pixel],
    stride: usize,
    width: usize,
}

impl Tiles<'_> {
    /// Pixels across.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Their rows of pixels from the top.
    pub fn rows(&mut self) -> impl Iterator<Item = &mut [Pixel]> {
        // The last row has no pixels beyond the right edge of the picture; the others do, and lose them.
        self.pixels.chunks_mut(self.stride).map(|row| &mut row[..self.width])
    }

    /// Fills the part of `rect`, counted from their top left corner, that lies in them.
    pub fn fill(&mut self, rect: Rect, pixel: Pixel) {
        let columns = (rect.x as usize).min(self.width)..(rect.right() as usize).min(self.width);
        self.rows().skip(rect.y as usize).take(rect.height as usize).for_each(|row| row[columns.clone()].fill(pixel));
    }
}

/// The bands of a new picture. They share what they show, so that a picture takes no memory before it is painted.
fn new_bands(layout: Layout, background: Pixel, now: Seq) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::with_capacity(layout.bands() as usize);
    for index in 0..layout.bands() {
        let pixels = layout.band(index).area() as usize;
        // All have the same height but perhaps the last.
        let same = bands.last().filter(|band| band.strip.pixels.len() == pixels).cloned();
        bands.push(same.unwrap_or_else(|| Band::new(pixels, layout.tiles(), background, now)));
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Size = Size::new(9, 18);

    /// The addresses of the bands' pixels.
    fn strips(frame: &Frame) -> Vec<*const Pixel> {
        (0..frame.size().height).step_by(CELL.height as usize).map(|y| frame.row(y).as_ptr()).collect()
    }

    #[test]
    fn frames_share_what_did_not_change() {
        let mut surface = Surface::new(Size::new(90, 72), CELL, 0);
        let first = surface.publish();
        surface.fill(Rect::new(0, 20, 1, 1), 1);
        let second = surface.publish();
        let shared: Vec<bool> = strips(&first).iter().zip(strips(&second)).map(|(a, b)| *a == b).collect();
        assert_eq!(shared, [true, false, true, true]);
    }

    #[test]
    fn a_new_picture_has_one_strip_and_each_that_is_written_its_own() {
        let mut surface = Surface::new(Size::new(90, 72), CELL, 3);
        let first = surface.publish();
        assert!(strips(&first).iter().all(|strip| *strip == strips(&first)[0]));
        (0..4).for_each(|row| surface.fill(Rect::new(0, row * 18, 1, 1), row));
        let second = surface.publish();
        for (row, y) in (0..4).zip((0..).step_by(18)) {
            assert_eq!((second.row(y)[0], second.row(y)[1], first.row(y)[0]), (row, 3, 3));
        }
    }

    #[test]
    fn scrolling_copies_no_pixel() {
        let mut surface = Surface::new(Size::new(90, 72), CELL, 0);
        (0..4).for_each(|row| surface.fill(Rect::new(0, row * 18, 1, 1), row));
        let mut expected = strips(&surface.publish());
        surface.scroll(0..4, 1);
        expected.rotate_left(1);
        assert_eq!(strips(&surface.publish()), expected);
    }

    #[test]
    fn a_twin_shares_what_neither_writes_and_goes_on_from_the_last_frame() {
        let mut surface = Surface::new(Size::new(90, 72), CELL, 0);
        surface.publish();
        surface.fill(Rect::new(0, 0, 1, 1), 1);
        let last = surface.publish();
        let mut twin = surface.twin();
        assert!(Arc::ptr_eq(&twin.publish(), &last));
        twin.fill(Rect::new(0, 20, 1, 1), 2);
        surface.fill(Rect::new(0, 40, 1, 1), 3);
        let (ours, theirs) = (surface.publish(), twin.publish());
        let dirty = |frame: &Frame, seen: u64| frame.damage_since(Seq(seen)).dirty;
        assert_eq!(dirty(&theirs, 2).rects(), [Rect::new(0, 18, 9, 18)]);
        assert_eq!(dirty(&theirs, 1).rects(), [Rect::new(0, 0, 9, 36)]);
        assert_eq!(dirty(&ours, 2).rects(), [Rect::new(0, 36, 9, 18)]);
        let shared: Vec<bool> = strips(&ours).iter().zip(strips(&theirs)).map(|(a, b)| *a == b).collect();
        assert_eq!(shared, [true, false, false, true]);
        surface.fill(Rect::new(0, 0, 1, 1), 4);
        let other = surface.twin();
        assert!(other.epoch() != surface.epoch() && other.last.is_none());
    }

    #[test]
    fn a_quiet_picture_keeps_no_spare_strips() {
        let mut surface = Surface::new(Size::new(90, 72), CELL, 0);
        surface.publish();
        for pixel in 1..9 {
            surface.fill(Rect::new(0, 0, 90, 72), pixel);
            surface.publish();
            assert_eq!(surface.spares.len(), 4, "as many as the frame took, however many frames there were");
        }
        surface.fill(Rect::new(0, 0, 1, 1), 0);
        surface.publish();
        assert_eq!(surface.spares.len(), 1);
    }
}
