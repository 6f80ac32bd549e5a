//! A user's outline face: a TrueType or OpenType file, drawn by fontdue at any size.
//!
//! fontdue expands all glyphs of a file when it opens it, some 2.5 KiB each, and never again; so files of very many are
//! refused before. What is bold or italic without a file of its own is made from the upright coverage.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use super::super::Style;
use super::super::canvas::{Canvas, Shades};
use super::tables::{self, CODES_MAX, POINTS_MAX};
use crate::geometry::Size;

/// Most glyphs of a file: 50 MB when they are expanded.
pub(in crate::font) const GLYPHS_MAX: u32 = 20_000;
/// For how many pixels per em curves are divided into lines.
const CURVES_PPEM: f32 = 64.0;
/// A glyph that is larger than so many canvases each way is none that can be meant.
const SPREAD_MAX: usize = 4;
/// How far italics lean: so many pixels across for one up.
const SLANT: f32 = 0.2;

/// The file, opened when it is first drawn with.
pub(in crate::font) struct OutlineFile {
    bytes: Box<[u8]>,
    font: OnceLock<Option<fontdue::Font>>,
    /// From the top of a line to its feet, and to its bottom, in ems.
    ascent: f32,
    extent: f32,
    /// Of the widest letter of ASCII, in ems.
    advance: f32,
}

impl std::fmt::Debug for OutlineFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OutlineFile({} bytes)", self.bytes.len())
    }
}

impl OutlineFile {
    /// Whether a file is to be tried at all.
    pub fn is_one(file: &[u8]) -> bool {
        [b"\0\x01\0\0", b"OTTO", b"true", b"ttcf"].into_iter().any(|magic| file.starts_with(magic))
    }

    /// How many glyphs a file has; `None` if it is not put together as it should be.
    pub fn glyphs(file: &[u8]) -> Option<u32> {
        tables::glyphs(file)
    }

    /// Reads a file of at most [`GLYPHS_MAX`] glyphs; what is wrong with it otherwise.
    pub fn read(file: &[u8]) -> Result<Self, &'static str> {
        if tables::codes(file).ok_or("it does not say which characters it has")? > CODES_MAX {
            return Err("it claims more characters than there are");
        }
        if tables::points(file).ok_or("it does not say where its outlines are")? > POINTS_MAX {
            return Err("its outlines have more points than can be kept");
        }
        let file = tables::without_kerning(file);
        let font = open(&file)?;
        let lines = font.horizontal_line_metrics(1.0).ok_or("it does not say how high its lines are")?;
        let widest = |chars: &mut dyn Iterator<Item = char>| {
            let glyphs = chars.map(|ch| font.lookup_glyph_index(ch)).filter(|glyph| *glyph != 0);
            glyphs.map(|glyph| font.metrics_indexed(glyph, 1.0).advance_width).reduce(f32::max)
        };
        // A face of another script alone has no letter of ASCII.
        let advance = widest(&mut (' '..='~')).or_else(|| widest(&mut font.chars().keys().copied())).unwrap_or(0.0);
        let extent = lines.ascent - lines.descent;
        let sane = |ems: f32| (0.01..100.0).contains(&ems);
        if !sane(extent) || !sane(lines.ascent) || !sane(advance) {
            return Err("its letters have no size, or a senseless one");
        }
        Ok(Self { bytes: file, font: OnceLock::from(Some(font)), ascent: lines.ascent, extent, advance })
    }

    /// Gives back what opening took; it is opened again when it is drawn with.
    pub fn close(&mut self) {
        self.font = OnceLock::new();
    }

    /// The cell of letters in lines `height` pixels high, and the first row below their feet.
    pub fn cell(&self, height: u32) -> (Size, u32) {
        let px = self.px(height);
        let width = (self.advance * px).round().clamp(1.0, 4.0 * height as f32) as u32;
        (Size::new(width, height), ((self.ascent * px).round() as u32).clamp(1, height))
    }

    /// Pixels per em.
    fn px(&self, height: u32) -> f32 {
        height as f32 / self.extent
    }

    /// Draws a character on the baseline, in the middle; `false` when there is none.
    pub fn draw(&self, ch: char, style: Style, baseline: u32, canvas: &mut Canvas) -> bool {
        let Some(font) = self.font.get_or_init(|| open(&self.bytes).ok()) else { return false };
        let glyph = font.lookup_glyph_index(ch);
        if glyph == 0 {
            return false;
        }
        catch_unwind(AssertUnwindSafe(|| self.rasterize(font, glyph, canvas)))
            .ok()
            .flatten()
            .map(|drawn| drawn.put(style, baseline as i32, canvas))
            .is_some()
    }

    fn rasterize(&self, font: &fontdue::Font, glyph: u16, canvas: &Canvas) -> Option<Drawn> {
        let room = canvas.width() as f32;
        let mut px = self.px(canvas.height() as u32);
        let advance = font.metrics_indexed(glyph, px).advance_width;
        // A letter of another face may be wider than our cell.
        if advance > room + 0.5 {
            px *= room / advance;
        }
        let metrics = font.metrics_indexed(glyph, px);
        let size = canvas.size();
        let fits = |side: usize, room: u32| side <= SPREAD_MAX * room as usize;
        if !fits(metrics.width, size.width) || !fits(metrics.height, size.height) {
            return None;
        }
        let (metrics, coverage) = font.rasterize_indexed(glyph, px);
        // A mark without an advance of its own is drawn to the left of where it stands: behind its letter.
        let origin = if metrics.advance_width > 0.0 { ((room - metrics.advance_width) / 2.0).round() } else { room };
        let left = (origin as i32).saturating_add(metrics.xmin);
        let top = metrics.ymin.saturating_add(metrics.height as i32);
        Some(Drawn { left, top, width: metrics.width, height: metrics.height, coverage })
    }
}

/// Opens a file with fontdue, which may not be prepared for all that is in it.
fn open(file: &[u8]) -> Result<fontdue::Font, &'static str> {
    let settings = fontdue::FontSettings { scale: CURVES_PPEM, load_substitutions: false, ..Default::default() };
    let opened = catch_unwind(|| fontdue::Font::from_bytes(file, settings));
    opened.unwrap_or(Err("its outlines cannot be drawn"))
}

/// The coverage of a glyph; `top` counts up from the baseline.
struct Drawn {
    left: i32,
    top: i32,
    width: usize,
    height: usize,
    coverage: Vec<u8>,
}

impl Drawn {
    fn put(&self, style: Style, baseline: i32, canvas: &mut Canvas) {
        let bold = matches!(style, Style::Bold | Style::BoldItalic);
        let italic = matches!(style, Style::Italic | Style::BoldItalic);
        let stroke = if bold { (canvas.height() / 20).max(1) } else { 0 };
        let (middle, top) = ((baseline * 2 / 3) as f32, baseline.saturating_sub(self.top));
        for y in 0..canvas.height() {
            let lean = if italic { (middle - y as f32) * SLANT } else { 0.0 };
            let (whole, part) = (lean.floor(), lean - lean.floor());
            for x in 0..canvas.width() {
                let x_from = x.saturating_sub(self.left).saturating_sub(whole as i32);
                let y_from = y.saturating_sub(top);
                let at = |dx: i32| f32::from((0..=stroke).map(|d| self.at(x_from - dx - d, y_from)).max().unwrap_or(0));
                let coverage = if part > 0.0 { at(0) * (1.0 - part) + at(1) * part } else { at(0) };
                canvas.cover(x, y, Shades::SEVEN.level_of(coverage as u32, 255));
            }
        }
    }

    fn at(&self, x: i32, y: i32) -> u8 {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return 0 };
        if x < self.width && y < self.height { self.coverage[y * self.width + x] } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A subset of the bundled face: a font file like others.
    const FILE: &[u8] = include_bytes!("../../../fonts/latin-regular.ttf");

    fn drawn(file: &OutlineFile, ch: char, style: Style, size: Size) -> Option<Vec<u8>> {
        let mut canvas = Canvas::new(size, 3);
        let baseline = file.cell(size.height).1;
        file.draw(ch, style, baseline, &mut canvas).then(|| canvas.into_levels().into_vec())
    }

    #[test]
    fn letters_of_every_style_are_drawn_and_unknown_ones_are_not() {
        let file = OutlineFile::read(FILE).expect("a file of the program");
        let (cell, baseline) = file.cell(32);
        assert!(cell.width >= 12 && cell.width <= 20 && (20..32).contains(&baseline), "{cell:?} {baseline}");
        let styles = Style::ALL.map(|style| drawn(&file, 'd', style, cell).expect("it has the letter"));
        for (index, style) in styles.iter().enumerate() {
            assert!(
                !styles[..index].contains(style) && style.iter().any(|level| *level > 0),
                "{:?}",
                Style::ALL[index]
            );
        }
        assert_eq!(drawn(&file, '語', Style::Regular, cell), None);
    }

    #[test]
    fn what_was_closed_is_opened_again() {
        let mut file = OutlineFile::read(FILE).expect("a file of the program");
        let before = drawn(&file, 'g', Style::Regular, Size::new(10, 20));
        file.close();
        assert_eq!(drawn(&file, 'g', Style::Regular, Size::new(10, 20)), before);
    }

    #[test]
    fn a_letter_too_wide_for_its_cell_is_made_smaller() {
        let file = OutlineFile::read(FILE).expect("a file of the program");
        let narrow = drawn(&file, 'M', Style::Regular, Size::new(4, 32)).expect("it has the letter");
        assert!(
            narrow.chunks(4).any(|row| row[0] > 0) && narrow.chunks(4).any(|row| row[3] > 0),
            "both stems are seen"
        );
    }

    #[test]
    fn damaged_files_are_refused() {
        for length in [4, 12, 100, 200] {
            assert!(OutlineFile::read(&FILE[..length]).is_err(), "cut at {length}");
        }
    }
}
