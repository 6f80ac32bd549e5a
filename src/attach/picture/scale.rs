//! A picture, or part of one, in another size: what is smaller shows the mean of what each of its pixels covers.

use crate::geometry::{Point, Rect, Size};
use crate::surface::{Frame, Pixel, PointerShape};

/// Parts of a pixel that are told apart where one lies across a border.
const PARTS: u64 = 256;

/// Which part of a picture is shown, and how large.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lens {
    /// That part, in pixels of the picture.
    pub source: Rect,
    /// Its size in pixels of the user's.
    pub target: Size,
}

impl Lens {
    /// The pixel of the picture that is seen at a pixel of the user's; the nearest one where there is none.
    pub fn to_source(self, at: Point) -> Point {
        let place = |at: u32, from: u32, there: u32, here: u32| {
            let offset = u64::from(at) * u64::from(there) / u64::from(here.max(1));
            from + u32::try_from(offset).unwrap_or(u32::MAX).min(there.saturating_sub(1))
        };
        Point {
            x: place(at.x, self.source.x, self.source.width, self.target.width),
            y: place(at.y, self.source.y, self.source.height, self.target.height),
        }
    }

    /// All of the user's pixels that show something of a part of the picture.
    pub fn to_target(self, part: Rect) -> Rect {
        let part = part.intersection(self.source);
        if part.is_empty() {
            return Rect::default();
        }
        let span = |from: u32, to: u32, there: u32, here: u32| {
            let (there, here) = (u64::from(there.max(1)), u64::from(here));
            let (from, to) = (u64::from(from) * here / there, (u64::from(to) * here).div_ceil(there));
            (u32::try_from(from).unwrap_or(u32::MAX), u32::try_from(to.min(here) - from.min(here)).unwrap_or(u32::MAX))
        };
        let (left, right) = (part.x - self.source.x, part.right() - self.source.x);
        let (top, bottom) = (part.y - self.source.y, part.bottom() - self.source.y);
        let (x, width) = span(left, right, self.source.width, self.target.width);
        let (y, height) = span(top, bottom, self.source.height, self.target.height);
        Rect { x, y, width, height }
    }
}

/// A picture with its pointer on it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The picture.
    pub frame: &'a Frame,
    /// The pointer's shape, and where it points.
    pub pointer: Option<(&'a PointerShape, Point)>,
}

/// The part of the picture that lies under a pointer.
pub fn under(shape: &PointerShape, at: Point, size: Size) -> Rect {
    let edge = |at: u32, spot: u32, length: u32, room: u32| {
        let first = i64::from(at) - i64::from(spot);
        let end = (first + i64::from(length)).clamp(0, room.into());
        let first = first.clamp(0, room.into());
        (u32::try_from(first).unwrap_or(0), u32::try_from((end - first).max(0)).unwrap_or(0))
    };
    let (x, width) = edge(at.x, shape.hotspot.x, shape.size.width, size.width);
    let (y, height) = edge(at.y, shape.hotspot.y, shape.size.height, size.height);
    Rect { x, y, width, height }
}

impl Source<'_> {
    /// The row of pixels `y`; in `space`, if it is not as it stands in the frame.
    fn row<'a>(&'a self, y: u32, space: &'a mut Vec<Pixel>) -> &'a [Pixel] {
        let row = self.frame.row(y);
        let Some((shape, at)) = self.pointer else { return row };
        let area = under(shape, at, self.frame.size());
        if !(area.y..area.bottom()).contains(&y) {
            return row;
        }
        space.clear();
        space.extend_from_slice(row);
        // Both are not negative where the pointer lies in the picture.
        let down = (y + shape.hotspot.y).saturating_sub(at.y) as usize;
        let along = (area.x + shape.hotspot.x).saturating_sub(at.x) as usize;
        let first = down * shape.size.width as usize + along;
        let over = shape.pixels.get(first..first + area.width as usize).unwrap_or_default();
        for (pixel, over) in space[area.x as usize..].iter_mut().zip(over) {
            *pixel = blend(*pixel, *over);
        }
        space
    }
}

/// 0xAARRGGBB with straight alpha, over a pixel.
fn blend(under: Pixel, over: u32) -> Pixel {
    let alpha = over >> 24;
    let part = |shift: u32| {
        let (under, over) = (under >> shift & 0xff, over >> shift & 0xff);
        ((under * (255 - alpha) + over * alpha + 127) / 255) << shift
    };
    part(16) | part(8) | part(0)
}

/// Pixels in rows from the top, as they are shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Raster {
    size: Size,
    pixels: Vec<Pixel>,
}

impl std::fmt::Debug for Raster {
    // What is on a screen may be secret (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raster({})", self.size)
    }
}

/// Sums of red, green and blue.
type Sums = [u64; 3];

impl Raster {
    /// All black.
    pub fn new(size: Size) -> Self {
        let count = usize::try_from(size.area()).expect("it is as large as somebody's terminal");
        Self { size, pixels: vec![0; count] }
    }

    /// Whose pixels are what they are told to be.
    #[cfg(test)]
    pub fn of(size: Size, pixel: impl Fn(u32, u32) -> Pixel) -> Self {
        let pixel = &pixel;
        let pixels = (0..size.height).flat_map(|y| (0..size.width).map(move |x| pixel(x, y))).collect();
        Self { size, pixels }
    }

    /// Its size.
    pub fn size(&self) -> Size {
        self.size
    }

    /// A row; empty below the last one.
    pub fn row(&self, y: u32) -> &[Pixel] {
        let width = self.size.width as usize;
        self.pixels.get(y as usize * width..).and_then(|rest| rest.get(..width)).unwrap_or_default()
    }

    /// Paints `area` with what `lens`, whose target has this size, shows there. Whether anything is another than before.
    pub fn paint(&mut self, source: &Source<'_>, lens: Lens, area: Rect) -> bool {
        let area = area.intersection(self.size.rect());
        // What is to be shown of a frame lies in it.
        if area.is_empty() || !source.frame.size().rect().contains(lens.source) || lens.target != self.size {
            return false;
        }
        if lens.source.size() == lens.target { self.copy(source, lens, area) } else { self.average(source, lens, area) }
    }

    fn span(&mut self, area: Rect, y: u32) -> &mut [Pixel] {
        let first = y as usize * self.size.width as usize + area.x as usize;
        &mut self.pixels[first..first + area.width as usize]
    }

    fn copy(&mut self, source: &Source<'_>, lens: Lens, area: Rect) -> bool {
        let (mut space, mut changed) = (Vec::new(), false);
        for y in area.y..area.bottom() {
            let from = (lens.source.x + area.x) as usize;
            let row = &source.row(lens.source.y + y, &mut space)[from..from + area.width as usize];
            let there = self.span(area, y);
            if there != row {
                there.copy_from_slice(row);
                changed = true;
            }
        }
        changed
    }

    fn average(&mut self, source: &Source<'_>, lens: Lens, area: Rect) -> bool {
        let Lens { source: part, target } = lens;
        let columns: Vec<(u64, u64)> = (area.x..area.right()).map(|x| borders(x, part.width, target.width)).collect();
        let (mut space, mut changed) = (Vec::new(), false);
        let mut sums: Vec<Sums> = vec![[0; 3]; columns.len()];
        for y in area.y..area.bottom() {
            let (top, bottom) = borders(y, part.height, target.height);
            sums.fill([0; 3]);
            for (number, weight) in covered(top, bottom) {
                let row = source.row(part.y + number, &mut space);
                add_row(&row[part.x as usize..], &columns, weight, &mut sums);
            }
            for ((pixel, sums), (left, right)) in self.span(area, y).iter_mut().zip(&sums).zip(&columns) {
                let whole = (right - left) * (bottom - top);
                let part = |sum: u64| u32::try_from((sum + whole / 2) / whole).unwrap_or(255).min(255);
                let mean = part(sums[0]) << 16 | part(sums[1]) << 8 | part(sums[2]);
                changed |= *pixel != mean;
                *pixel = mean;
            }
        }
        changed
    }
}

/// Where pixel `at` of `here` begins and ends among `there`, in parts of a pixel.
fn borders(at: u32, there: u32, here: u32) -> (u64, u64) {
    let border = |at: u64| at * u64::from(there) * PARTS / u64::from(here.max(1));
    let first = border(at.into());
    (first, border(u64::from(at) + 1).max(first + 1))
}

/// The pixels between two borders, and how much of each.
fn covered(first: u64, end: u64) -> impl Iterator<Item = (u32, u64)> {
    (first / PARTS..end.div_ceil(PARTS)).map(move |number| {
        let weight = end.min((number + 1) * PARTS) - first.max(number * PARTS);
        (u32::try_from(number).unwrap_or(u32::MAX), weight)
    })
}

/// Adds what a row of the picture has between the borders of each column.
fn add_row(row: &[Pixel], columns: &[(u64, u64)], weight: u64, sums: &mut [Sums]) {
    for ((left, right), sums) in columns.iter().zip(sums) {
        for (number, share) in covered(*left, *right) {
            let pixel = u64::from(row.get(number as usize).copied().unwrap_or(0));
            let share = share * weight;
            sums[0] += (pixel >> 16 & 0xff) * share;
            sums[1] += (pixel >> 8 & 0xff) * share;
            sums[2] += (pixel & 0xff) * share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::Surface;
    use std::sync::Arc;

    fn frame(size: Size, pixel: impl Fn(u32, u32) -> Pixel) -> Arc<Frame> {
        let mut surface = Surface::new(size, Size::new(64, 16), 0);
        for y in 0..size.height {
            for x in 0..size.width {
                surface.fill(Rect::new(x, y, 1, 1), pixel(x, y));
            }
        }
        surface.publish()
    }

    fn shown(frame: &Frame, lens: Lens) -> Raster {
        let mut raster = Raster::new(lens.target);
        raster.paint(&Source { frame, pointer: None }, lens, lens.target.rect());
        raster
    }

    #[test]
    fn what_is_as_large_is_the_same_and_what_is_smaller_its_mean() {
        let picture = frame(Size::new(6, 4), |x, y| x << 16 | y);
        let same = shown(&picture, Lens { source: Rect::new(1, 1, 3, 2), target: Size::new(3, 2) });
        assert_eq!(
            (same.row(0), same.row(1)),
            (&[0x1_0001, 0x2_0001, 0x3_0001][..], &[0x1_0002, 0x2_0002, 0x3_0002][..])
        );
        let halves = frame(Size::new(4, 4), |x, _| if x < 2 { 0xff_ffff } else { 0 });
        let lens = |width| Lens { source: Rect::new(0, 0, 4, 4), target: Size::new(width, 1) };
        assert_eq!(shown(&halves, lens(2)).row(0), [0xff_ffff, 0]);
        assert_eq!(shown(&halves, lens(1)).row(0), [0x80_8080]);
        // The middle one of three lies over both halves.
        assert_eq!(shown(&halves, lens(3)).row(0), [0xff_ffff, 0x80_8080, 0]);
        assert_eq!(shown(&halves, lens(8)).row(0), [[0xff_ffff; 4], [0; 4]].concat());
    }

    #[test]
    fn a_plain_colour_stays_so_in_every_size() {
        let picture = frame(Size::new(37, 23), |_, _| 0x12_34fe);
        for (width, height) in [(1, 1), (2, 3), (7, 5), (36, 22), (37, 22), (38, 24), (100, 90)] {
            let target = Size::new(width, height);
            let raster = shown(&picture, Lens { source: picture.size().rect(), target });
            assert!((0..height).all(|y| raster.row(y).iter().all(|pixel| *pixel == 0x12_34fe)), "{target}");
        }
    }

    #[test]
    fn painting_what_has_changed_is_painting_all() {
        let random = |seed: u32| move |x: u32, y: u32| x.wrapping_mul(0x9e37).wrapping_add(y * 77 + seed) & 0xff_ffff;
        let (before, after) = (frame(Size::new(50, 40), random(1)), {
            let (old, new) = (random(1), random(9));
            frame(
                Size::new(50, 40),
                move |x, y| if (11..30).contains(&x) && (7..9).contains(&y) { new(x, y) } else { old(x, y) },
            )
        });
        for target in [Size::new(50, 40), Size::new(20, 13), Size::new(49, 39), Size::new(120, 90)] {
            let lens = Lens { source: before.size().rect(), target };
            let mut raster = shown(&before, lens);
            let area = lens.to_target(Rect::new(11, 7, 19, 2));
            assert!(raster.paint(&Source { frame: &after, pointer: None }, lens, area));
            assert!(raster == shown(&after, lens), "{target}");
            assert!(!raster.paint(&Source { frame: &after, pointer: None }, lens, area), "it is there already");
        }
    }

    #[test]
    fn places_lead_there_and_back() {
        let lens = Lens { source: Rect::new(100, 50, 640, 480), target: Size::new(64, 48) };
        for (x, y) in [(0, 0), (63, 47), (31, 7)] {
            let there = lens.to_source(Point { x, y });
            assert!(lens.source.contains(Rect::new(there.x, there.y, 1, 1)));
            assert!(lens.to_target(Rect::new(there.x, there.y, 1, 1)).contains(Rect::new(x, y, 1, 1)));
        }
        assert_eq!(lens.to_source(Point { x: 999, y: 999 }), Point { x: 739, y: 529 });
        assert_eq!(lens.to_target(Rect::new(0, 0, 100, 50)), Rect::default());
        assert_eq!(lens.to_target(Rect::new(0, 0, 9999, 9999)), lens.target.rect());
    }

    #[test]
    fn a_pointer_is_laid_over_the_picture_and_cut_at_its_edges() {
        let picture = frame(Size::new(4, 3), |_, _| 0);
        let pixels: Box<[u32]> = [0xffff_ffff, 0x0000_0000, 0x80ff_0000, 0xff00_00ff].into();
        let shape = PointerShape { size: Size::new(2, 2), hotspot: Point { x: 1, y: 1 }, pixels };
        let lens = Lens { source: picture.size().rect(), target: picture.size() };
        let at = |x, y| {
            let mut raster = Raster::new(lens.target);
            raster.paint(
                &Source { frame: &picture, pointer: Some((&shape, Point { x, y })) },
                lens,
                lens.target.rect(),
            );
            raster.pixels
        };
        assert_eq!(at(2, 1), [0, 0xff_ffff, 0, 0, 0, 0x80_0000, 0xff, 0, 0, 0, 0, 0]);
        assert_eq!(at(0, 0), [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(at(4, 3), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff_ffff]);
        assert_eq!(at(9, 9), [0; 12]);
    }
}
