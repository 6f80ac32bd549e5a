//! A server's picture in the user's terminal. No I/O: frames go in, cells or images come out, and places lead back.
//!
//! ```text
//! Frame ─► Raster (in the size in which it is shown) ─┬─► Blocks: cells of the canvas
//!            ▲ Lens: all of it, or a part as it is    └─► Sheet: images over the canvas, by sixel or kitty
//! ```
//! Only what has changed is scaled again, and only what has changed then is drawn again.

pub mod blocks;
pub mod hands;
pub mod kitty;
pub mod scale;
pub mod sheet;
pub mod sixel;

use std::sync::Arc;

use super::canvas::Canvas;
use super::keys::MouseReport;
use super::profile::Profile;
use crate::geometry::{CellPos, GridSize, Point, Rect, Size};
use crate::surface::{Frame, PointerShape, Seq};
use blocks::Blocks;
use scale::{Lens, Raster, Source, under};
use sheet::{Images, Sheet};

/// The pixels of a cell where nobody tells them: what counts is that it is twice as high as wide.
pub const CELL: Size = Size::new(8, 16);
/// Where only a part is shown it moves when the pointer comes so near to its edge: so much of its length, divided.
const EDGE: u32 = 8;

/// See the module.
#[derive(Debug)]
pub struct Picture {
    blocks: Blocks,
    /// How images are drawn; none: in characters.
    images: Option<Images>,
    sheet: Option<Sheet>,
    /// Something is to be seen on the terminal that is not there any more.
    stale: bool,
    cell: Size,
    room: GridSize,
    frame: Option<Arc<Frame>>,
    /// The frame that the raster shows; none: nothing of what it shows counts.
    seen: Seq,
    /// Part of the picture as it is; else all of it, as large as there is room for.
    as_it_is: bool,
    /// The first pixel of that part.
    origin: Point,
    /// Where the pointer is, as far as that is known.
    pointer: Option<Point>,
    /// The pointer that is on the raster.
    pointer_drawn: Option<(Arc<PointerShape>, Point)>,
    lens: Lens,
    at: CellPos,
    raster: Raster,
}

impl Picture {
    /// For a terminal like this; nothing is there to be shown yet.
    pub fn new(profile: Profile, as_it_is: bool) -> Self {
        Self {
            blocks: Blocks::new(profile),
            images: None,
            sheet: None,
            stale: false,
            cell: CELL,
            room: GridSize::new(1, 1),
            frame: None,
            seen: Seq::NONE,
            as_it_is,
            origin: Point::default(),
            pointer: None,
            pointer_drawn: None,
            lens: Lens::default(),
            at: CellPos::default(),
            raster: Raster::default(),
        }
    }

    /// By images, or in characters; and how large a cell is.
    pub fn set_images(&mut self, images: Option<Images>, cell: Size) {
        if (self.images, self.cell) != (images, cell) {
            (self.images, self.cell) = (images, cell);
            self.forget();
        }
    }

    /// How large a cell is, in pixels.
    pub fn cell(&self) -> Size {
        self.cell
    }

    /// How images are drawn; none: in characters.
    pub fn images(&self) -> Option<Images> {
        self.images
    }

    /// The terminal shows nothing of it any more.
    pub fn forget(&mut self) {
        self.stale |= self.sheet.take().is_some();
        self.seen = Seq::NONE;
    }

    /// Images are drawn again where they are.
    pub fn redraw(&mut self) {
        let all = self.lens.target.rect();
        self.sheet.iter_mut().for_each(|sheet| sheet.touch(all));
    }

    /// Whether something is to be wiped off the terminal before anything is drawn.
    pub fn take_stale(&mut self) -> bool {
        std::mem::take(&mut self.stale)
    }

    /// This is to be seen now. Frames are of one surface, until [`Self::begin`].
    pub fn show(&mut self, frame: Arc<Frame>) {
        self.frame = Some(frame);
    }

    /// What comes is another surface's; until it does, the picture stays.
    pub fn begin(&mut self) {
        self.seen = Seq::NONE;
    }

    /// Whether there is something to be seen.
    pub fn is_there(&self) -> bool {
        self.frame.is_some()
    }

    /// The size of what is shown, in pixels of the server's.
    pub fn size(&self) -> Size {
        self.frame.as_ref().map_or(Size::default(), |frame| frame.size())
    }

    /// All of it, or a part as it is.
    pub fn turn_over(&mut self) {
        self.as_it_is = !self.as_it_is;
        if let Some(at) = self.pointer.filter(|_| self.as_it_is) {
            let view = self.units(self.room);
            self.origin = Point { x: at.x.saturating_sub(view.width / 2), y: at.y.saturating_sub(view.height / 2) };
        }
    }

    /// Whether a part is shown as it is.
    pub fn is_as_it_is(&self) -> bool {
        self.as_it_is
    }

    /// Where only a part is shown, moves it by so many halves of it.
    pub fn pan(&mut self, right: i32, down: i32) {
        let (size, view) = (self.size(), self.lens.source);
        let by = |from: u32, length: u32, all: u32, halves: i32| {
            let last = i64::from(all.saturating_sub(length));
            let to = i64::from(from).min(last) + i64::from(length / 2) * i64::from(halves);
            u32::try_from(to.clamp(0, last)).unwrap_or(0)
        };
        self.origin = Point {
            x: by(self.origin.x, view.width, size.width, right),
            y: by(self.origin.y, view.height, size.height, down),
        };
    }

    /// The pointer is there now, in pixels of the server's. Where only a part is shown, it follows.
    pub fn move_pointer(&mut self, at: Point) {
        self.pointer = Some(at);
        let view = self.lens.source;
        let follow = |first: u32, length: u32, at: u32| {
            let edge = length / EDGE;
            let low = (at + 1 + edge).saturating_sub(length);
            first.max(low).min(at.saturating_sub(edge).max(low))
        };
        if self.as_it_is && !view.is_empty() {
            self.origin = Point { x: follow(view.x, view.width, at.x), y: follow(view.y, view.height, at.y) };
        }
    }

    /// Pixels of the user's in so many cells.
    fn units(&self, room: GridSize) -> Size {
        let grain = self.grain();
        Size::new(u32::from(room.cols) * grain.width, u32::from(room.rows) * grain.height)
    }

    /// Pixels of the user's in a cell.
    fn grain(&self) -> Size {
        if self.images.is_some() { self.cell } else { Size::new(1, blocks::ROWS) }
    }

    /// The shape of such a pixel, in whatever measure.
    fn unit(&self) -> Size {
        match self.images {
            Some(_) => Size::new(1, 1),
            None if self.cell.width * blocks::ROWS == self.cell.height => Size::new(1, 1),
            None => Size::new(self.cell.width * blocks::ROWS, self.cell.height),
        }
    }

    /// What of a picture of this size is shown, and how large.
    fn look(&self, size: Size) -> Lens {
        let room = self.units(self.room);
        if self.as_it_is {
            let target = Size::new(size.width.min(room.width), size.height.min(room.height));
            let Point { x, y } = self.origin;
            let (x, y) = (x.min(size.width - target.width), y.min(size.height - target.height));
            return Lens { source: Rect { x, y, width: target.width, height: target.height }, target };
        }
        Lens { source: size.rect(), target: fitting(size, room, self.unit()) }
    }

    /// Has the raster show the newest frame in this room.
    fn settle(&mut self, mut room: GridSize) {
        if matches!(self.images, Some(Images::Sixel { .. })) {
            // Some terminals scroll when an image ends in their last row.
            room.rows = room.rows.saturating_sub(1).max(1);
        }
        self.room = room;
        let Some(frame) = self.frame.clone() else { return };
        let lens = self.look(frame.size());
        let pointer = frame.pointer().cloned().zip(self.pointer);
        let source = Source { frame: &frame, pointer: pointer.as_ref().map(|(shape, at)| (&**shape, *at)) };
        if lens != self.lens || self.seen == Seq::NONE || self.seen < frame.resized() {
            if lens.target != self.lens.target {
                self.raster = Raster::new(lens.target);
            }
            let fresh = self.seen == Seq::NONE || lens.target != self.lens.target;
            self.lens = lens;
            self.raster.paint(&source, lens, lens.target.rect());
            self.place(fresh);
            self.sheet.iter_mut().for_each(|sheet| sheet.touch(lens.target.rect()));
        } else {
            let damage = frame.damage_since(self.seen);
            let moved = damage.moves.iter().map(|step| step.area);
            let mut areas: Vec<Rect> = damage.dirty.rects().iter().copied().chain(moved).collect();
            if pointer != self.pointer_drawn {
                let both = [&pointer, &self.pointer_drawn].into_iter().flatten();
                areas.extend(both.map(|(shape, at)| under(shape, *at, frame.size())));
            }
            for area in areas {
                let area = lens.to_target(area);
                if self.raster.paint(&source, lens, area) {
                    self.sheet.iter_mut().for_each(|sheet| sheet.touch(area));
                }
            }
        }
        (self.seen, self.pointer_drawn) = (frame.seq(), pointer);
    }

    /// Puts it in the middle; with `fresh`, nothing of it is there yet.
    fn place(&mut self, fresh: bool) {
        let (target, grain, before) = (self.lens.target, self.grain(), self.at);
        let middle = |room: u16, cells: u32| (room.saturating_sub(u16::try_from(cells).unwrap_or(u16::MAX))) / 2;
        self.at = CellPos {
            row: middle(self.room.rows, target.height.div_ceil(grain.height)),
            col: middle(self.room.cols, target.width.div_ceil(grain.width)),
        };
        if fresh || before != self.at {
            self.stale |= self.sheet.is_some();
            self.sheet = self.images.map(|images| Sheet::new(images, self.cell, target, self.at));
        }
    }

    /// Draws it into the first rows of a canvas, if it is drawn in characters.
    pub fn draw(&mut self, canvas: &mut Canvas, rows: u16) {
        self.settle(GridSize::new(canvas.size().cols, rows));
        if self.images.is_none() {
            self.blocks.draw(&self.raster, self.at, rows, canvas);
        }
    }

    /// What draws the images of the terminal's first `rows` rows, after [`Self::draw`]. Whether there is more to do.
    pub fn draw_images(&mut self, rows: u16, out: &mut String) -> bool {
        self.sheet.as_mut().is_some_and(|sheet| sheet.draw(&self.raster, rows, out))
    }

    /// The pixel of the server's at the place of a report, which counts cells or `pixels`, and whether the picture is to be
    /// seen there; else it is the nearest that is.
    pub fn find(&self, report: MouseReport, pixels: bool) -> Option<(Point, bool)> {
        let (target, grain) = (self.lens.target, self.grain());
        self.frame.as_ref().filter(|_| target.area() > 0)?;
        let place = |at: u16, first: u16, grain: u32| match pixels {
            true => i64::from(at) - i64::from(first) * i64::from(grain),
            false => (i64::from(at) - i64::from(first)) * i64::from(grain) + i64::from(grain / 2),
        };
        let (x, y) = (place(report.column, self.at.col, grain.width), place(report.row, self.at.row, grain.height));
        let inside = |at: i64, length: u32| (0..i64::from(length)).contains(&at);
        let nearest = |at: i64, length: u32| u32::try_from(at.clamp(0, i64::from(length) - 1)).unwrap_or(0);
        let at = Point { x: nearest(x, target.width), y: nearest(y, target.height) };
        Some((self.middle(at), inside(x, target.width) && inside(y, target.height)))
    }

    /// The pixel of the server's in the middle of what a pixel of the user's shows.
    fn middle(&self, at: Point) -> Point {
        let (first, next) = (self.lens.to_source(at), self.lens.to_source(Point { x: at.x + 1, y: at.y + 1 }));
        Point { x: first.x + (next.x - first.x) / 2, y: first.y + (next.y - first.y) / 2 }
    }
}

/// The largest size in `room` that has the shape of `size`, where pixels have the shape of `unit`. What is smaller than there is
/// room for grows in whole steps only, so that letters stay sharp.
fn fitting(size: Size, room: Size, unit: Size) -> Size {
    let wide = |number: u32| u64::from(number.max(1));
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).max(1);
    let (w, h) = (wide(size.width), wide(size.height));
    let (room_w, room_h) = (wide(room.width) * wide(unit.width), wide(room.height) * wide(unit.height));
    // How often one fits into the room in both directions.
    let steps = (room_w / (w * wide(unit.width))).min(room_h / (h * wide(unit.height)));
    if steps >= 1 && unit.width == unit.height {
        return Size::new(narrow(w * steps), narrow(h * steps));
    }
    let (unit_w, unit_h) = (wide(unit.width), wide(unit.height));
    let part = |of: u64, by: u64| narrow((of + by / 2) / by);
    if room_w * h <= room_h * w {
        Size::new(room.width.max(1), part(room_w * h, w * unit_h).min(room.height.max(1)))
    } else {
        Size::new(part(room_h * w, h * unit_w).min(room.width.max(1)), room.height.max(1))
    }
}

#[cfg(test)]
mod tests;
