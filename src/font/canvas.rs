//! A canvas of one or two cells, on which a glyph is drawn before it becomes a mask.

use super::Font;
use crate::geometry::Size;
use std::ops::Range;

/// The level of a pixel that the glyph covers fully.
pub(super) const FULL: u8 = Font::LEVELS - 1;

/// How many different levels letters are drawn with: 2 to 16, each an exact level of [`Font::LEVELS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shades(pub(super) u8);

impl Shades {
    /// Background, glyph and one third and two thirds between them.
    pub const FOUR: Self = Self(4);
    /// Steps of a sixth.
    pub const SEVEN: Self = Self(7);

    /// From `covered` parts of `whole` to the nearest shade.
    pub fn quantise(self, covered: u32, whole: u32) -> u8 {
        let top = u32::from(self.0) - 1;
        ((covered.min(whole) * top + whole / 2) / whole.max(1)) as u8
    }

    /// The level of a shade.
    pub fn level(self, shade: u8) -> u8 {
        (u32::from(shade) * u32::from(FULL) / (u32::from(self.0) - 1)) as u8
    }

    /// From `covered` parts of `whole` to the level of the nearest shade.
    pub fn level_of(self, covered: u32, whole: u32) -> u8 {
        self.level(self.quantise(covered, whole))
    }
}

/// Points tried in each pixel, each way, when a shape with slanted or round edges is drawn.
const SAMPLES: u32 = 8;

/// Levels of coverage, row by row. All drawing is clipped to it.
#[derive(Debug)]
pub(super) struct Canvas {
    size: Size,
    /// Into how many steps the edges of slanted and round shapes are graded: 1 for black and white.
    steps: u8,
    levels: Vec<u8>,
}

impl Canvas {
    /// An empty canvas; `steps` divides the number of levels, so that each step is a level.
    pub fn new(size: Size, steps: u8) -> Self {
        debug_assert!(steps > 0 && FULL.is_multiple_of(steps));
        Self { size, steps, levels: vec![0; size.width as usize * size.height as usize] }
    }

    /// An empty canvas like this one.
    pub fn blank(&self) -> Self {
        Self::new(self.size, self.steps)
    }

    pub fn size(&self) -> Size {
        self.size
    }

    pub fn width(&self) -> i32 {
        self.size.width as i32
    }

    pub fn height(&self) -> i32 {
        self.size.height as i32
    }

    pub fn into_levels(self) -> Box<[u8]> {
        self.levels.into_boxed_slice()
    }

    /// The level at a place; 0 outside.
    pub fn level(&self, x: i32, y: i32) -> u8 {
        if (0..self.width()).contains(&x) && (0..self.height()).contains(&y) {
            self.levels[y as usize * self.size.width as usize + x as usize]
        } else {
            0
        }
    }

    /// Covers a pixel at least as much as `level`.
    pub fn cover(&mut self, x: i32, y: i32, level: u8) {
        if (0..self.width()).contains(&x) && (0..self.height()).contains(&y) {
            let at = y as usize * self.size.width as usize + x as usize;
            self.levels[at] = self.levels[at].max(level.min(FULL));
        }
    }

    /// Covers a rectangle fully.
    pub fn fill(&mut self, xs: Range<i32>, ys: Range<i32>) {
        self.fill_level(xs, ys, FULL);
    }

    /// Covers a rectangle at least as much as `level`.
    pub fn fill_level(&mut self, xs: Range<i32>, ys: Range<i32>, level: u8) {
        for y in ys.start.max(0)..ys.end.min(self.height()) {
            for x in xs.start.max(0)..xs.end.min(self.width()) {
                self.cover(x, y, level);
            }
        }
    }

    /// Covers each pixel by the share of it for which `inside(x, y)` holds, in pixels from the top left corner.
    pub fn fill_where(&mut self, inside: impl Fn(f32, f32) -> bool) {
        let step = 1.0 / SAMPLES as f32;
        for y in 0..self.height() {
            for x in 0..self.width() {
                let hits = (0..SAMPLES * SAMPLES)
                    .filter(|i| {
                        let (dx, dy) = ((i % SAMPLES) as f32 + 0.5, (i / SAMPLES) as f32 + 0.5);
                        inside(x as f32 + dx * step, y as f32 + dy * step)
                    })
                    .count() as u32;
                let step = (hits * u32::from(self.steps) + SAMPLES * SAMPLES / 2) / (SAMPLES * SAMPLES);
                self.cover(x, y, step as u8 * (FULL / self.steps));
            }
        }
    }

    /// As [`Canvas::fill_where`], with `inside(x, y)` in parts of the canvas: 0 is its left and top edge, 1 its right and
    /// bottom one.
    pub fn fill_parts(&mut self, inside: impl Fn(f32, f32) -> bool) {
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        self.fill_where(|x, y| inside(x / width, y / height));
    }

    /// Lays `other` over this with its upper left corner at `left`, `top`.
    pub fn put(&mut self, other: &Self, left: i32, top: i32) {
        for y in 0..other.height() {
            for x in 0..other.width() {
                self.cover(left + x, top + y, other.level(x, y));
            }
        }
    }

    /// Covers what is not covered, and the other way round.
    pub fn invert(&mut self) {
        self.levels.iter_mut().for_each(|level| *level = FULL - *level);
    }

    /// Divides every level.
    pub fn dim(&mut self, by: u8) {
        self.levels.iter_mut().for_each(|level| *level /= by);
    }

    /// Takes what is covered away where `outside(x, y)` holds.
    pub fn erase_where(&mut self, outside: impl Fn(i32, i32) -> bool) {
        for y in 0..self.height() {
            for x in 0..self.width() {
                if outside(x, y) {
                    self.levels[y as usize * self.size.width as usize + x as usize] = 0;
                }
            }
        }
    }

    /// Lays a combining mark over the base character. A mark that sits above is raised until a gap lies between it and
    /// the base, as far as the cell allows: capitals and letters that have a dot or an accent already.
    pub fn overlay_mark(&mut self, mark: &Self, gap: u32) {
        let raise = self.raise_of(mark, gap as i32);
        for y in 0..mark.height() {
            for x in 0..mark.width() {
                self.cover(x, y - raise, mark.level(x, y));
            }
        }
    }

    fn raise_of(&self, mark: &Self, gap: i32) -> i32 {
        let (Some(base), Some(over)) = (self.rows_covered(), mark.rows_covered()) else { return 0 };
        // A mark with feet in the lower half of the base goes through it or below it: it stays where it was drawn.
        if over.end > (base.start + base.end) / 2 {
            return 0;
        }
        (over.end + gap - base.start).clamp(0, over.start)
    }

    /// The rows from the first that is not empty to the last.
    fn rows_covered(&self) -> Option<Range<i32>> {
        let mut rows = (0..self.height()).filter(|&y| (0..self.width()).any(|x| self.level(x, y) > 0));
        let first = rows.next()?;
        Some(first..rows.next_back().unwrap_or(first) + 1)
    }
}
