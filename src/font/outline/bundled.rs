//! The bundled outline faces.
//!
//! fontdue expands every glyph of a file when it opens it, and has no hinting. So `fonts/cut.py` fits the outlines to
//! the pixels of [`CELL`] beforehand and cuts each face into small files. A file is opened when a character of it is
//! first needed, its masks are packed into a [`Page`], and the opened file is dropped at once.

use super::super::Style;
use super::super::canvas::{Canvas, Shades};
use super::page::Page;
use crate::geometry::Size;
use std::ops::RangeInclusive;

/// The cell for which the outlines are fitted to whole pixels.
const CELL: Size = Size::new(16, 32);
/// The first row of [`CELL`] below the feet of the letters.
const BASELINE: u32 = 25;
/// Pixels per em in [`CELL`], as in `fonts/cut.py`.
const PPEM: f32 = 26.0;

/// Bytes of packed pages kept; beyond it the page made first goes. All the bundled glyphs in [`CELL`] fit.
pub(in crate::font) const PAGES_BYTES_MAX: usize = 1024 * 1024;

/// One file of each face, and the characters in it.
struct Subset {
    ranges: &'static [RangeInclusive<u32>],
    /// By [`Style`]; an empty one is drawn from the regular face.
    files: [&'static [u8]; 4],
}

macro_rules! face {
    ($name:literal, $style:literal) => {
        include_bytes!(concat!("../../../fonts/", $name, "-", $style, ".ttf")).as_slice()
    };
}

macro_rules! subset {
    ($name:literal, letters, [$($range:expr),+]) => {
        Subset {
            ranges: &[$($range),+],
            files: [face!($name, "regular"), face!($name, "bold"), face!($name, "italic"), face!($name, "bold-italic")],
        }
    };
    ($name:literal, symbols, [$($range:expr),+]) => {
        Subset { ranges: &[$($range),+], files: [face!($name, "regular"), &[], &[], &[]] }
    };
}

/// The files, as `SUBSETS` in `fonts/cut.py` has them.
const SUBSETS: &[Subset] = &[
    subset!("latin", letters, [0x20..=0x7e, 0xa0..=0xff]),
    subset!("latin-extended", letters, [0x100..=0x24f]),
    subset!("phonetic", letters, [0x250..=0x36f, 0x1d00..=0x1dff]),
    subset!("greek", letters, [0x370..=0x3ff]),
    subset!("cyrillic", letters, [0x400..=0x52f]),
    subset!("latin-additional", letters, [0x1e00..=0x1eff, 0x2c60..=0x2c7f, 0xa720..=0xa7ff]),
    subset!("punctuation", letters, [0x2000..=0x214f]),
    subset!("arrows", symbols, [0x2150..=0x21ff]),
    subset!("mathematics", symbols, [0x2200..=0x22ff]),
    subset!("technical", symbols, [0x2300..=0x24ff]),
    subset!("symbols", symbols, [0x25a0..=0x26ff]),
    subset!("dingbats", symbols, [0x2700..=0x27ff, 0x2900..=0x2bff, 0xfb00..=0xfb06, 0xfffd..=0xfffd]),
];

/// The bundled face at one size.
#[derive(Debug)]
pub(in crate::font) struct BundledFace {
    cell: Size,
    baseline: u32,
    px: f32,
    shades: Shades,
    /// Pages in the order of making, each with its subset and style.
    pages: Vec<(usize, Style, Page)>,
}

impl BundledFace {
    /// The face for a cell of this height, in pixels.
    pub fn new(height: u32) -> Self {
        let scaled = |pixels: u32| (pixels * height + CELL.height / 2) / CELL.height;
        // Fitted outlines are grey only in their curves; else the edges of all stems are, and need finer steps.
        let fitted = height.is_multiple_of(CELL.height);
        Self {
            cell: Size::new(scaled(CELL.width).max(1), height),
            baseline: scaled(BASELINE),
            px: PPEM * height as f32 / CELL.height as f32,
            shades: if fitted { Shades::FOUR } else { Shades::SEVEN },
            pages: Vec::new(),
        }
    }

    pub fn cell(&self) -> Size {
        self.cell
    }

    pub fn baseline(&self) -> u32 {
        self.baseline
    }

    /// Bytes kept.
    pub fn memory(&self) -> usize {
        self.pages.iter().map(|(_, _, page)| page.memory()).sum()
    }

    /// Draws a character on a baseline; `false` when the face has none. What a style lacks is taken from the regular face.
    pub fn draw(&mut self, ch: char, style: Style, baseline: u32, canvas: &mut Canvas) -> bool {
        let Some(subset) = subset_of(ch) else { return false };
        let top = baseline.saturating_sub(self.baseline).min(canvas.size().height.saturating_sub(self.cell.height));
        if style != Style::Regular && !SUBSETS[subset].files[style.index()].is_empty() {
            let page = self.page(subset, style);
            if page.draw(ch, top, canvas) {
                return true;
            }
        }
        self.page(subset, Style::Regular).draw(ch, top, canvas)
    }

    /// The page of a subset in a style, made now if it is not kept.
    fn page(&mut self, subset: usize, style: Style) -> &Page {
        let index = match self.pages.iter().position(|(s, t, _)| (*s, *t) == (subset, style)) {
            Some(index) => index,
            None => {
                while self.memory() >= PAGES_BYTES_MAX {
                    self.pages.remove(0);
                }
                let page = self.make_page(SUBSETS[subset].files[style.index()]);
                self.pages.push((subset, style, page));
                self.pages.len() - 1
            }
        };
        &self.pages[index].2
    }

    fn make_page(&self, file: &[u8]) -> Page {
        let mut page = Page::new(self.cell, self.shades);
        let settings = fontdue::FontSettings { scale: self.px, load_substitutions: false, ..Default::default() };
        // The files are part of the program and a test opens them all; one that did not open would be an empty page.
        let Ok(font) = fontdue::Font::from_bytes(file, settings) else { return page };
        let mut chars: Vec<_> = font.chars().iter().map(|(ch, glyph)| (*ch, glyph.get())).collect();
        chars.sort_unstable();
        page.reserve(chars.len());
        for (ch, glyph) in chars {
            let (metrics, coverage) = font.rasterize_indexed(glyph, self.px);
            let top = self.baseline as i32 - metrics.ymin - metrics.height as i32;
            page.push(ch, |x, y| {
                let (x, y) = (x as i32 - metrics.xmin, y as i32 - top);
                let inside = (0..metrics.width as i32).contains(&x) && (0..metrics.height as i32).contains(&y);
                if inside { coverage[y as usize * metrics.width + x as usize] } else { 0 }
            });
        }
        page
    }
}

fn subset_of(ch: char) -> Option<usize> {
    let code = u32::from(ch);
    SUBSETS.iter().position(|subset| subset.ranges.iter().any(|range| range.contains(&code)))
}

#[cfg(test)]
mod tests {
    //! The files are what the table says, and fit the pixels.
    use super::*;

    fn open(file: &[u8]) -> fontdue::Font {
        let settings = fontdue::FontSettings { scale: PPEM, load_substitutions: false, ..Default::default() };
        fontdue::Font::from_bytes(file, settings).expect("a file of the program")
    }

    #[test]
    fn every_file_opens_and_holds_only_what_the_table_says() {
        for (index, subset) in SUBSETS.iter().enumerate() {
            for file in subset.files.iter().filter(|file| !file.is_empty()) {
                let font = open(file);
                assert_eq!(font.units_per_em(), PPEM * 64.0);
                assert!((30..=400).contains(&font.chars().len()), "subset {index}");
                assert!(font.chars().keys().all(|ch| subset_of(*ch) == Some(index)), "subset {index}");
            }
            assert!(!subset.files[Style::Regular.index()].is_empty());
        }
    }

    #[test]
    fn stems_lie_on_whole_pixels() {
        for subset_file in [SUBSETS[0].files[0], SUBSETS[0].files[1], SUBSETS[4].files[0]] {
            let font = open(subset_file);
            for ch in "HEFTLIНПТЕ".chars().filter(|ch| font.chars().contains_key(ch)) {
                let (_, coverage) = font.rasterize(ch, PPEM);
                let grey = coverage.iter().filter(|level| (8..=247).contains(*level)).count();
                // The free ends of bars may be grey; the side of one stem would be some twenty pixels.
                assert!(grey <= 4, "{ch}: {grey} grey pixels");
            }
        }
    }

    #[test]
    fn the_cutting_script_has_the_same_numbers() {
        let script = include_str!("../../../fonts/cut.py");
        let large = format!("LARGE, LARGE_PPEM = ({}, {}), {}", CELL.width, CELL.height, PPEM as u32);
        assert!(script.contains(&large), "{large}");
        let first = |subset: &Subset| format!("[(0x{:X}, 0x{:X})", subset.ranges[0].start(), subset.ranges[0].end());
        for subset in SUBSETS {
            assert!(script.contains(&first(subset)), "{}", first(subset));
        }
    }
}
