//! Glyphs in black and white, and how they are drawn in cells of any size.
//!
//! A whole multiple of the bitmap is exact: every dot becomes a square. Other sizes are sampled by area, in grey, because
//! dropping rows or columns would drop strokes. Styles that a face does not have are made from the dots: bold is drawn
//! twice, a dot apart, and italic is slanted.

use super::Style;
use super::canvas::{Canvas, Shades};
use crate::geometry::Size;

/// In italics one row in so many is the first to lie a dot further left than those above it.
const SLANT: i32 = 5;

/// A glyph: rows from the top, each padded to whole bytes, the leftmost dot in the highest bit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'a> {
    size: Size,
    rows: &'a [u8],
}

impl<'a> Bits<'a> {
    /// A glyph of `size` dots. Rows that are missing at the end are empty.
    pub fn new(size: Size, rows: &'a [u8]) -> Self {
        Self { size, rows }
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// Bytes of a row of `width` dots.
    pub fn row_bytes(width: u32) -> usize {
        width.div_ceil(8) as usize
    }

    /// Bytes of a glyph.
    pub fn bytes(size: Size) -> usize {
        Self::row_bytes(size.width) * size.height as usize
    }

    /// Whether there is a dot; none is outside.
    pub fn dot(&self, x: i32, y: i32) -> bool {
        let inside = (0..self.size.width as i32).contains(&x) && (0..self.size.height as i32).contains(&y);
        let byte = || self.rows.get(y as usize * Self::row_bytes(self.size.width) + x as usize / 8);
        inside && byte().is_some_and(|byte| byte >> (7 - x % 8) & 1 == 1)
    }

    /// Whether there is a dot in this style.
    fn styled(&self, x: i32, y: i32, style: Style) -> bool {
        let x = match style {
            Style::Italic | Style::BoldItalic => x - self.slant(y),
            _ => x,
        };
        // The second stroke leaves a gap of one dot open: letters stay letters, and dense characters do not fill up.
        let bold = matches!(style, Style::Bold | Style::BoldItalic);
        self.dot(x, y) || bold && self.dot(x - 1, y) && !self.dot(x + 1, y)
    }

    /// How far right the dots of a row go in italics: none at the middle of the letters. A glyph about as wide as it is
    /// high fills its box, and goes half as far, so that little is cut off.
    fn slant(&self, y: i32) -> i32 {
        let (width, height) = (self.size.width as i32, self.size.height as i32);
        match 4 * width > 3 * height {
            true => (height / 2 - y).div_euclid(2 * SLANT),
            false => (height * 5 / 8 - y).div_euclid(SLANT),
        }
    }

    /// Draws the glyph in the middle of the canvas, as large as fits.
    pub fn draw(&self, style: Style, canvas: &mut Canvas) {
        let (room, own) = (canvas.size(), self.size);
        if own.area() == 0 {
            return;
        }
        // A multiple of 1.25 or less is left out: what is exact is crisp, and a fifth smaller is hardly seen.
        let whole = (room.width / own.width).min(room.height / own.height);
        let fills = |side: u32, room: u32| 5 * whole * side >= 4 * room;
        if whole > 0 && (fills(own.width, room.width) || fills(own.height, room.height)) {
            self.enlarge(whole as i32, style, canvas);
        } else {
            self.sample(style, canvas);
        }
    }

    fn enlarge(&self, times: i32, style: Style, canvas: &mut Canvas) {
        let (width, height) = (self.size.width as i32, self.size.height as i32);
        let left = (canvas.width() - width * times) / 2;
        let top = (canvas.height() - height * times) / 2;
        for y in 0..height {
            for x in (0..width).filter(|x| self.styled(*x, y, style)) {
                let (left, top) = (left + x * times, top + y * times);
                canvas.fill(left..left + times, top..top + times);
            }
        }
    }

    fn sample(&self, style: Style, canvas: &mut Canvas) {
        let (room, own) = (canvas.size(), self.size);
        // As wide as there is room, or as high: the smaller of the two, rounded.
        let fit = |own: u32, room: u32, side: u32| ((2 * own * room + side) / (2 * side)).max(1);
        let size = match u64::from(room.width) * u64::from(own.height) < u64::from(room.height) * u64::from(own.width) {
            true => Size::new(room.width, fit(own.height, room.width, own.width)),
            false => Size::new(fit(own.width, room.height, own.height), room.height),
        };
        let (left, top) = ((room.width - size.width) / 2, (room.height - size.height) / 2);
        for y in 0..size.height {
            let rows = Samples::new(y, size.height, own.height);
            for x in 0..size.width {
                let columns = Samples::new(x, size.width, own.width);
                let dots = rows.clone().flat_map(|(y, high)| columns.clone().map(move |(x, wide)| (x, y, wide * high)));
                let covered: u32 = dots.filter(|(x, y, _)| self.styled(*x, *y, style)).map(|(_, _, area)| area).sum();
                let level = Shades::SEVEN.level_of(covered, own.width * own.height);
                canvas.cover((left + x) as i32, (top + y) as i32, level);
            }
        }
    }
}

/// The dots that a pixel lies over, along one side, and how much of it on each: of a pixel `own` parts long.
#[derive(Clone)]
struct Samples {
    dot: u32,
    /// Where the pixel begins and ends, and how long a dot is, in the parts of which a pixel has as many as there are dots.
    from: u32,
    to: u32,
    length: u32,
}

impl Samples {
    fn new(pixel: u32, pixels: u32, dots: u32) -> Self {
        let from = pixel * dots;
        Self { dot: from / pixels, from, to: from + dots, length: pixels }
    }
}

impl Iterator for Samples {
    type Item = (i32, u32);

    fn next(&mut self) -> Option<Self::Item> {
        let end = ((self.dot + 1) * self.length).min(self.to);
        let part = end.checked_sub(self.from).filter(|part| *part > 0)?;
        let dot = self.dot;
        (self.dot, self.from) = (dot + 1, end);
        Some((dot as i32, part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::font::canvas::FULL;

    /// A hollow square, four dots a side, with a dot in its lower right.
    const ROWS: [u8; 4] = [0b1111_0000, 0b1001_0000, 0b1011_0000, 0b1111_0000];
    const GLYPH: Bits<'static> = Bits { size: Size::new(4, 4), rows: &ROWS };

    fn drawn(bits: Bits<'_>, style: Style, width: u32, height: u32) -> Vec<String> {
        let mut canvas = Canvas::new(Size::new(width, height), 1);
        bits.draw(style, &mut canvas);
        let shade = |level: u8| match level {
            0 => '.',
            FULL => '#',
            _ => '+',
        };
        (0..canvas.height()).map(|y| (0..canvas.width()).map(|x| shade(canvas.level(x, y))).collect()).collect()
    }

    #[test]
    fn multiples_are_exact_and_in_the_middle() {
        assert_eq!(drawn(GLYPH, Style::Regular, 4, 4), ["####", "#..#", "#.##", "####"]);
        assert_eq!(drawn(GLYPH, Style::Regular, 5, 6), [".....", "####.", "#..#.", "#.##.", "####.", "....."]);
        let double = drawn(GLYPH, Style::Regular, 8, 8);
        assert_eq!(double[..4], ["########", "########", "##....##", "##....##"]);
        assert!(double.iter().flat_map(|row| row.chars()).all(|shade| shade != '+'));
    }

    #[test]
    fn other_sizes_keep_every_stroke_and_the_whole_area() {
        for side in [2, 3, 6, 7, 11] {
            let mut canvas = Canvas::new(Size::new(side, side), 1);
            GLYPH.draw(Style::Regular, &mut canvas);
            for at in 0..side as i32 {
                assert!(canvas.level(at, 0) > 0 && canvas.level(0, at) > 0, "the frame is whole at {side}");
            }
            let levels: u32 = canvas.into_levels().iter().map(|level| u32::from(*level)).sum();
            let (exact, error) = (side * side * 13 * u32::from(FULL) / 16, side * side);
            assert!(levels.abs_diff(exact) <= error, "{side}: {levels} of {exact}");
        }
        assert_eq!(drawn(GLYPH, Style::Regular, 6, 3).len(), 3);
    }

    #[test]
    fn samples_share_out_a_line_of_dots() {
        for (pixels, dots) in [(1, 1), (3, 4), (4, 3), (7, 16), (24, 16)] {
            let mut parts = vec![0; dots as usize];
            for pixel in 0..pixels {
                let samples: Vec<_> = Samples::new(pixel, pixels, dots).collect();
                assert_eq!(samples.iter().map(|(_, part)| part).sum::<u32>(), dots);
                samples.iter().for_each(|(dot, part)| parts[*dot as usize] += part);
            }
            assert_eq!(parts, vec![pixels; dots as usize], "{pixels} {dots}");
        }
    }

    #[test]
    fn bold_keeps_gaps_open_and_italic_leans() {
        let strokes = Bits::new(Size::new(8, 2), &[0b1010_0010, 0b1000_0000]);
        assert_eq!(drawn(strokes, Style::Bold, 8, 2), ["#.##..##", "##......"]);
        let bar = Bits::new(Size::new(8, 16), &[0b0001_0000; 16]);
        let italic = drawn(bar, Style::Italic, 8, 16);
        assert_eq!((italic[0].as_str(), italic[15].as_str()), (".....#..", "..#....."));
        let columns: Vec<_> = italic.iter().filter_map(|row| row.find('#')).collect();
        assert!(columns.len() == 16 && columns.is_sorted_by(|above, below| above >= below), "{columns:?}");
    }

    #[test]
    fn what_is_missing_is_empty() {
        let cut = Bits::new(Size::new(9, 3), &[0xff, 0x80, 0xff]);
        assert!(
            cut.dot(8, 0) && cut.dot(7, 1) && !cut.dot(8, 1) && !cut.dot(0, 2) && !cut.dot(9, 0) && !cut.dot(-1, 0)
        );
        assert_eq!(drawn(Bits::new(Size::new(0, 3), &[]), Style::Bold, 2, 1), [".."]);
    }
}
