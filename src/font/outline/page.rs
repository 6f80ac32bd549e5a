//! The masks of one subset file, packed: a few bits to a pixel.

use super::super::Font;
use super::super::canvas::{Canvas, Shades};
use crate::geometry::Size;

impl Shades {
    fn bits(self) -> usize {
        match self.0 {
            0..=2 => 1,
            3..=4 => 2,
            _ => 4,
        }
    }
}

/// Packed masks of one cell each, found by their characters.
#[derive(Debug)]
pub(super) struct Page {
    cell: Size,
    shades: Shades,
    chars: Vec<char>,
    packed: Vec<u8>,
}

impl Page {
    /// A page without glyphs.
    pub fn new(cell: Size, shades: Shades) -> Self {
        debug_assert_eq!((Font::LEVELS - 1) % (shades.0 - 1), 0, "every shade is a level");
        Self { cell, shades, chars: Vec::new(), packed: Vec::new() }
    }

    /// Room for exactly `glyphs` more.
    pub fn reserve(&mut self, glyphs: usize) {
        self.chars.reserve_exact(glyphs);
        self.packed.reserve_exact(glyphs * self.stride());
    }

    /// Adds a glyph; `coverage(x, y)` gives 0 to 255 for each pixel of the cell. Characters come in ascending order.
    pub fn push(&mut self, ch: char, coverage: impl Fn(u32, u32) -> u8) {
        debug_assert!(self.chars.last().is_none_or(|last| *last < ch));
        let (start, bits) = (self.packed.len(), self.shades.bits());
        self.packed.resize(start + self.stride(), 0);
        for (i, (x, y)) in pixels(self.cell).enumerate() {
            let shade = self.shades.quantise(coverage(x, y).into(), 255);
            self.packed[start + i * bits / 8] |= shade << (i * bits % 8);
        }
        self.chars.push(ch);
    }

    /// Draws a glyph in the middle of the canvas, from row `top` on; `false` when the page has none for `ch`.
    pub fn draw(&self, ch: char, top: u32, canvas: &mut Canvas) -> bool {
        let Ok(index) = self.chars.binary_search(&ch) else { return false };
        let (start, bits) = (index * self.stride(), self.shades.bits());
        let left = (canvas.width() - self.cell.width as i32) / 2;
        for (i, (x, y)) in pixels(self.cell).enumerate() {
            let shade = self.packed[start + i * bits / 8] >> (i * bits % 8) & ((1 << bits) - 1);
            canvas.cover(left + x as i32, (top + y) as i32, self.shades.level(shade));
        }
        true
    }

    /// Bytes kept.
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.chars.capacity() * size_of::<char>() + self.packed.capacity()
    }

    fn stride(&self) -> usize {
        (self.cell.area() as usize * self.shades.bits()).div_ceil(8)
    }
}

fn pixels(cell: Size) -> impl Iterator<Item = (u32, u32)> {
    (0..cell.height).flat_map(move |y| (0..cell.width).map(move |x| (x, y)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::font::canvas::FULL;

    #[test]
    fn a_glyph_comes_out_as_it_went_in_to_the_nearest_shade() {
        for shades in [Shades(2), Shades::FOUR, Shades::SEVEN] {
            let cell = Size::new(5, 3);
            let mut page = Page::new(cell, shades);
            let coverage = |x: u32, y: u32| (x * 51).min(255) as u8 / (y as u8 + 1);
            page.push('a', |_, _| 0);
            page.push('b', coverage);
            let mut canvas = Canvas::new(cell, 1);
            assert!(page.draw('b', 0, &mut canvas));
            for (x, y) in pixels(cell) {
                let exact = f32::from(coverage(x, y)) / 255.0 * f32::from(FULL);
                let step = f32::from(FULL) / f32::from(shades.0 - 1);
                let level = f32::from(canvas.level(x as i32, y as i32));
                assert!((level - exact).abs() <= step / 2.0 + 0.1 && level % step == 0.0, "{shades:?} {level} {exact}");
            }
            assert!(!page.draw('c', 0, &mut canvas));
        }
    }

    #[test]
    fn a_narrow_glyph_is_in_the_middle_of_a_wide_canvas() {
        let mut page = Page::new(Size::new(2, 1), Shades::FOUR);
        page.push('|', |_, _| 255);
        let mut canvas = Canvas::new(Size::new(4, 1), 1);
        page.draw('|', 0, &mut canvas);
        assert_eq!(*canvas.into_levels(), [0, FULL, FULL, 0]);
    }
}
