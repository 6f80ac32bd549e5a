//! A frame: one immutable picture, and what it takes to come to it from an older one.

use std::ops::Range;
use std::sync::Arc;

use super::band::{Band, Spares};
use super::delta::{FrameDamage, MAX_MOVES};
use super::print::TilePrint;
use super::region::{Builder, Region};
use super::{Pixel, Seq};
use crate::geometry::{Point, Rect, Size};

/// How many steps a frame remembers: one viewer skips a few frames while its update is on the way.
pub(super) const MAX_STEPS: usize = 8;

/// Rectangles in all remembered steps but the newest: a bound for the memory of a frame and the work of composing.
const MAX_STEP_RECTS: usize = 1024;

/// The shape of the mouse pointer over a display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerShape {
    /// Size of the picture.
    pub size: Size,
    /// The pixel of the picture that points.
    pub hotspot: Point,
    /// Pixels in rows from the top, 0xAARRGGBB with straight alpha; as many as `size` says.
    pub pixels: Box<[u32]>,
}

/// A picture that never changes.
#[derive(Debug)]
pub struct Frame {
    pub(super) seq: Seq,
    pub(super) layout: Layout,
    pub(super) resized: Seq,
    pub(super) bands: Box<[Band]>,
    /// What this frame changed in the one before it, which is the last of them, and what that one did, and so on.
    pub(super) steps: Box<[Arc<FrameDamage>]>,
    pub(super) pointer: Option<Arc<PointerShape>>,
}

impl Frame {
    /// The number of this frame: at least 1, and one more than that of the frame before.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// Size in pixels.
    pub fn size(&self) -> Size {
        self.layout.size
    }

    /// The unit of damage: a glyph cell of a console.
    pub fn tile(&self) -> Size {
        self.layout.tile
    }

    /// The frame in which size or tile changed last.
    pub fn resized(&self) -> Seq {
        self.resized
    }

    /// The shape of the mouse pointer, if the display has one. It changed when it is another `Arc`.
    pub fn pointer(&self) -> Option<&Arc<PointerShape>> {
        self.pointer.as_ref()
    }

    /// The row of pixels `y`, counted from the top and less than the height.
    pub fn row(&self, y: u32) -> &[Pixel] {
        let (band, start) = self.layout.locate(y);
        &self.bands[band].strip.pixels[start..start + self.layout.size.width as usize]
    }

    /// The rows of the part of `rect` that lies in the frame, from the top.
    pub fn rows(&self, rect: Rect) -> impl Iterator<Item = &[Pixel]> {
        let rect = rect.intersection(self.layout.size.rect());
        (rect.y..rect.bottom()).map(move |y| &self.row(y)[rect.x as usize..rect.right() as usize])
    }

    /// What there is to know of each tile in this row of tiles, which must be in the frame: for finding equal ones. Only
    /// tiles that are equally large can be compared.
    pub fn prints(&self, row: u32) -> &[TilePrint] {
        let Layout { size, tile } = self.layout;
        self.bands[row as usize].strip.prints(size.width as usize, tile.width as usize)
    }

    /// What a viewer that has the frame `seen` must do to have this one; exact to the tile or better.
    ///
    /// Any number is answered: recent ones by composing steps, with moves; older ones by stamps; [`Seq::NONE`] and
    /// those before the last change of size by everything. A number not yet given is taken for this frame's.
    pub fn damage_since(&self, seen: Seq) -> FrameDamage {
        if seen >= self.seq {
            return FrameDamage::default();
        }
        if seen < self.resized {
            return FrameDamage { moves: Vec::new(), dirty: Region::from(self.layout.size.rect()) };
        }
        self.composed_since(seen).unwrap_or_else(|| FrameDamage { moves: Vec::new(), dirty: self.changed_since(seen) })
    }

    /// The steps after `seen` as one; `None` when some are forgotten or it becomes too long.
    fn composed_since(&self, seen: Seq) -> Option<FrameDamage> {
        let count = usize::try_from(self.seq.0 - seen.0).ok().filter(|count| *count <= self.steps.len())?;
        let (first, later) = self.steps[self.steps.len() - count..].split_first()?;
        let mut damage = FrameDamage::clone(first);
        for step in later {
            damage.then(step);
            if damage.moves.len() > MAX_MOVES {
                return None;
            }
        }
        if !later.is_empty() {
            damage.settle();
        }
        Some(damage)
    }

    /// The tiles that changed after `seen`, by their stamps.
    fn changed_since(&self, seen: Seq) -> Region {
        self.layout.region(&self.bands, |band, runs| band.changed_since(seen, runs))
    }

    /// This picture for a viewer that has another one: the frame `seen` of those that led to `other`. What it takes is the
    /// damage of the frame returned since the number beside it; exact to the tile. `None` where all of it is to be sent.
    pub fn after(&self, other: &Self, seen: Seq) -> Option<(Self, Seq)> {
        if self.layout != other.layout || seen == Seq::NONE || seen < other.resized {
            return None;
        }
        let dirty = self.differing(other).union(&other.damage_since(seen).all());
        let before = Seq::NONE.next();
        let frame = Self {
            seq: before.next(),
            layout: self.layout,
            resized: Seq::NONE,
            bands: self.bands.clone(),
            steps: Box::new([Arc::new(FrameDamage { moves: Vec::new(), dirty })]),
            pointer: self.pointer.clone(),
        };
        Some((frame, before))
    }

    /// The tiles whose pixels are not those of `other`, which has the same layout.
    fn differing(&self, other: &Self) -> Region {
        let Layout { size, tile } = self.layout;
        let width = size.width as usize;
        let mut builder = Builder::default();
        for (index, (ours, theirs)) in (0..).zip(self.bands.iter().zip(&other.bands)) {
            let (ours, theirs) = (&ours.strip.pixels, &theirs.strip.pixels);
            if std::ptr::eq(ours, theirs) || ours == theirs {
                continue;
            }
            let mut differ = vec![false; self.layout.tiles()];
            for (a, b) in ours.chunks_exact(width).zip(theirs.chunks_exact(width)).filter(|(a, b)| a != b) {
                let tiles = a.chunks(tile.width as usize).zip(b.chunks(tile.width as usize));
                differ.iter_mut().zip(tiles).for_each(|(differs, (a, b))| *differs |= a != b);
            }
            let mut spans = Vec::new();
            let mut start = 0;
            for run in differ.chunk_by(|a, b| a == b) {
                if run[0] {
                    spans.push(self.layout.columns(start..start + run.len()));
                }
                start += run.len();
            }
            let rect = self.layout.band(index);
            builder.push(rect.y, rect.bottom(), &spans);
        }
        builder.finish()
    }

    /// This picture with another one over it, whose top left pixel is at `at`; what of that lies outside is not seen. It is
    /// to be compared with others ([`Frame::after`]): what it has changed since some frame is as without the other.
    pub fn under(&self, over: &Self, at: Point) -> Self {
        let area = Rect { x: at.x, y: at.y, ..over.layout.size.rect() }.intersection(self.layout.size.rect());
        let (mut bands, mut spares) = (self.bands.clone(), Spares::default());
        for y in area.y..area.bottom() {
            let (band, start) = self.layout.locate(y);
            let row = &over.row(y - at.y)[..area.width as usize];
            let start = start + area.x as usize;
            bands[band].open(false, &mut spares).pixels()[start..start + row.len()].copy_from_slice(row);
        }
        Self {
            bands,
            steps: self.steps.clone(),
            pointer: self.pointer.clone(),
            seq: self.seq,
            layout: self.layout,
            resized: self.resized,
        }
    }

    /// The steps that the frame after this one remembers, `newest` among them.
    pub(super) fn steps_with(&self, newest: FrameDamage) -> Box<[Arc<FrameDamage>]> {
        let mut rects = 0;
        let mut steps = vec![Arc::new(newest)];
        for step in self.steps.iter().rev().take(MAX_STEPS - 1) {
            rects += step.dirty.rects().len();
            if rects > MAX_STEP_RECTS {
                break;
            }
            steps.push(step.clone());
        }
        steps.reverse();
        steps.into()
    }
}

/// How a picture is cut into bands and tiles: the last band may be lower and the last tile of each narrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) size: Size,
    pub(super) tile: Size,
}

impl Layout {
    /// Sizes of at least one pixel each way: there is no picture without a pixel.
    pub(super) fn new(size: Size, tile: Size) -> Self {
        let some = |size: Size| Size::new(size.width.max(1), size.height.max(1));
        Self { size: some(size), tile: some(tile) }
    }

    /// Bands of the picture.
    pub(super) fn bands(&self) -> u32 {
        self.size.height.div_ceil(self.tile.height)
    }

    /// Bands that are a whole tile high, which therefore can change places.
    pub(super) fn full_bands(&self) -> u32 {
        self.size.height / self.tile.height
    }

    /// Tiles of a band.
    pub(super) fn tiles(&self) -> usize {
        self.size.width.div_ceil(self.tile.width) as usize
    }

    /// The rectangle of a band.
    pub(super) fn band(&self, index: u32) -> Rect {
        let y = index * self.tile.height;
        Rect::new(0, y, self.size.width, self.tile.height.min(self.size.height - y))
    }

    /// The band of a row of pixels and where in its pixels that row begins.
    pub(super) fn locate(&self, y: u32) -> (usize, usize) {
        let within = (y % self.tile.height) as usize;
        ((y / self.tile.height) as usize, within * self.size.width as usize)
    }

    /// The pixels of a run of tiles: first column and the one after the last.
    pub(super) fn columns(&self, tiles: Range<usize>) -> (u32, u32) {
        let column = |tile: usize| {
            let x = tile as u64 * u64::from(self.tile.width);
            u32::try_from(x).map_or(self.size.width, |x| x.min(self.size.width))
        };
        (column(tiles.start), column(tiles.end))
    }

    /// The tiles that `runs_of` names for each band.
    pub(super) fn region(&self, bands: &[Band], runs_of: impl Fn(&Band, &mut Vec<Range<usize>>)) -> Region {
        let mut builder = Builder::default();
        let (mut runs, mut spans) = (Vec::new(), Vec::new());
        for (index, band) in (0..).zip(bands) {
            runs.clear();
            runs_of(band, &mut runs);
            spans.clear();
            spans.extend(runs.drain(..).map(|run| self.columns(run)));
            let rect = self.band(index);
            builder.push(rect.y, rect.bottom(), &spans);
        }
        builder.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Surface;
    use super::*;

    #[test]
    fn a_picture_over_another_comes_and_goes_exactly() {
        const SIZE: Size = Size::new(130, 50);
        let mut surface = Surface::new(SIZE, Size::new(64, 16), 0);
        (0..50).for_each(|y| surface.fill(Rect::new(0, y, 130, 1), y));
        let plain = surface.publish();
        let mut small = Surface::new(Size::new(20, 18), Size::new(8, 16), 9);
        small.fill(Rect::new(1, 1, 1, 1), 8);
        let small = small.publish();
        for (at, seen) in [((10, 10), Size::new(20, 18)), ((120, 40), Size::new(10, 10)), ((130, 50), Size::default())]
        {
            let at = Point { x: at.0, y: at.1 };
            let noted = plain.under(&small, at);
            let area = Rect { x: at.x, y: at.y, ..seen.rect() };
            for y in 0..SIZE.height {
                for x in 0..SIZE.width {
                    let covered = (area.x..area.right()).contains(&x) && (area.y..area.bottom()).contains(&y);
                    let source =
                        if covered { small.row(y - at.y)[(x - at.x) as usize] } else { plain.row(y)[x as usize] };
                    assert_eq!(noted.row(y)[x as usize], source, "{x},{y}");
                }
            }
            for (to, from) in [(&noted, &*plain), (&*plain, &noted)] {
                let (frame, before) = to.after(from, from.seq()).expect("of the same size");
                let dirty = frame.damage_since(before).dirty;
                assert_eq!(dirty.is_empty(), area.is_empty());
                assert!(Region::from(area).subtract(&dirty).is_empty() && dirty.area() <= 4 * 64 * 16);
            }
        }
    }

    #[test]
    fn a_frame_remembers_only_so_many_steps() {
        let mut surface = Surface::new(Size::new(90, 36), Size::new(9, 18), 0);
        for count in 0..3 * MAX_STEPS {
            surface.fill(Rect::new(0, 0, 9, 18), count as Pixel);
            assert_eq!(surface.publish().steps.len(), count.min(MAX_STEPS));
        }
    }

    #[test]
    fn a_frame_forgets_steps_of_too_many_rectangles() {
        let mut surface = Surface::new(Size::new(100, 100), Size::new(1, 1), 0);
        surface.publish();
        for round in 0..MAX_STEPS {
            for tile in 0..600 {
                surface.fill(Rect::new(tile % 50 * 2, tile / 50 * 2, 1, 1), round as Pixel);
            }
            let frame = surface.publish();
            let rects = |steps: &[Arc<FrameDamage>]| steps.iter().map(|step| step.dirty.rects().len()).sum::<usize>();
            assert_eq!(frame.steps.len(), (round + 1).min(2));
            assert!(rects(&frame.steps[..frame.steps.len() - 1]) <= MAX_STEP_RECTS);
        }
    }

    #[test]
    fn what_leads_from_another_picture_is_what_differs_from_what_was_seen_of_it() {
        const SIZE: Size = Size::new(45, 80);
        const TILE: Size = Size::new(9, 18);
        let mut surface = Surface::new(SIZE, TILE, 0);
        (0..4).for_each(|row| surface.fill(Rect::new(0, row * 18, 45, 18), row));
        surface.publish();
        let mut twin = surface.twin();
        twin.fill(Rect::new(9, 0, 9, 18), 9);
        let seen = twin.publish();
        twin.scroll(1..3, 1);
        twin.fill(Rect::new(9, 0, 9, 18), 0);
        twin.fill(Rect::new(40, 75, 5, 5), 7);
        let last = twin.publish();
        surface.fill(Rect::new(0, 54, 1, 1), 8);
        let target = surface.publish();
        for (from, want) in [
            // The last one differs where it was scrolled and filled; those who lag have seen the first fill, too.
            (last.seq(), vec![Rect::new(0, 18, 45, 36), Rect::new(0, 54, 9, 18), Rect::new(36, 72, 9, 8)]),
            (
                seen.seq(),
                vec![
                    Rect::new(9, 0, 9, 18),
                    Rect::new(0, 18, 45, 36),
                    Rect::new(0, 54, 9, 18),
                    Rect::new(36, 72, 9, 8),
                ],
            ),
        ] {
            let (frame, before) = target.after(&last, from).expect("of the same size");
            assert!(frame.rows(SIZE.rect()).eq(target.rows(SIZE.rect())));
            let damage = frame.damage_since(before);
            assert_eq!((damage.moves.len(), damage.dirty.rects()), (0, &want[..]));
        }
        assert!(target.after(&last, Seq::NONE).is_none(), "nothing was seen");
        twin.resize(SIZE, TILE, 0);
        let anew = twin.publish();
        assert!(target.after(&anew, last.seq()).is_none() && target.after(&anew, anew.seq()).is_some());
        let small = Surface::new(TILE, TILE, 0).publish();
        assert!(target.after(&small, small.seq()).is_none());
    }
}
