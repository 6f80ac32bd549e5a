//! Bitmap faces: PSF, the format of the Linux console's fonts, and BDF, that of X.

mod bdf;
mod psf;

use super::Style;
use super::bits::Bits;
use super::canvas::Canvas;
use crate::geometry::Size;
use std::borrow::Cow;

/// Largest width and height of a glyph, in pixels; `setfont` has the same limits on most drivers, or lower ones.
pub(super) const GLYPH_SIDE_MAX: u32 = 128;
/// Largest number of glyphs in a file: all characters that Unicode has assigned would fit.
pub(super) const GLYPHS_MAX: u32 = 0x4_0000;
/// Largest number of characters in a file's table; some glyphs serve many.
pub(super) const CHARS_MAX: usize = 0x8_0000;

/// Why a bitmap face cannot be read.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BitmapError {
    /// It does not begin as one of these files does.
    #[error("it is neither PSF nor BDF")]
    Magic,
    /// It ends before all that its header promises.
    #[error("the font file is cut short")]
    Short,
    /// A size in the header is 0, too large or contradicts another.
    #[error("the font's header is wrong: {0}")]
    Header(&'static str),
    /// A line of a BDF file cannot be understood.
    #[error("line {0} is wrong: {1}")]
    Line(usize, &'static str),
    /// All glyphs together, each in its cell, are too large to keep.
    #[error("its glyphs take more than 32 MiB")]
    Large,
}

/// What a file holds: its cell, its glyphs, and where in these the glyph of each character begins.
#[derive(Debug)]
struct Glyphs<'a> {
    /// Of a character of one column; a wide one is twice as wide.
    cell: Size,
    /// The first row below the feet of the letters, if the file says.
    baseline: Option<u32>,
    bitmaps: Cow<'a, [u8]>,
    chars: Vec<(char, Place)>,
}

/// Where a glyph is: the offset of its first byte, and whether it is wide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u32);

impl Place {
    const WIDE: u32 = 1 << 31;

    fn new(start: usize, wide: bool) -> Self {
        Self(start as u32 & !Self::WIDE | if wide { Self::WIDE } else { 0 })
    }

    fn start(self) -> usize {
        (self.0 & !Self::WIDE) as usize
    }

    fn is_wide(self) -> bool {
        self.0 & Self::WIDE != 0
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.start(), if self.is_wide() { " wide" } else { "" })
    }
}

/// A bitmap face.
pub(super) struct BitmapFace {
    cell: Size,
    baseline: u32,
    /// The glyphs, one after the other; a bundled file is read where it lies in the program.
    bitmaps: Cow<'static, [u8]>,
    /// The characters in ascending order.
    chars: Box<[(char, Place)]>,
}

impl std::fmt::Debug for BitmapFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BitmapFace({}, {} characters)", self.cell, self.chars.len())
    }
}

impl BitmapFace {
    /// Whether a file begins as one of these does.
    pub fn is_one(file: &[u8]) -> bool {
        psf::is_one(file) || bdf::is_one(file)
    }

    /// Reads a file and keeps a copy of its glyphs.
    pub fn read(file: &[u8]) -> Result<Self, BitmapError> {
        let glyphs = if bdf::is_one(file) { bdf::read(file)? } else { psf::read(file)? };
        Ok(Self::new(glyphs, |bitmaps| Cow::Owned(bitmaps.into_owned())))
    }

    /// Reads a PSF file that is part of the program.
    pub fn bundled(file: &'static [u8]) -> Result<Self, BitmapError> {
        Ok(Self::new(psf::read(file)?, |bitmaps| bitmaps))
    }

    fn new<'a>(glyphs: Glyphs<'a>, keep: impl FnOnce(Cow<'a, [u8]>) -> Cow<'static, [u8]>) -> Self {
        let Glyphs { cell, baseline, bitmaps, mut chars } = glyphs;
        // The first glyph that claims a character has it.
        chars.sort_unstable();
        chars.dedup_by_key(|entry| entry.0);
        let mut face = Self { cell, baseline: 0, bitmaps: keep(bitmaps), chars: chars.into() };
        face.baseline = baseline.filter(|row| (1..=cell.height).contains(row)).unwrap_or_else(|| face.feet());
        face
    }

    /// The size of a character of one column.
    pub fn cell(&self) -> Size {
        self.cell
    }

    /// The first row below the feet of the letters.
    pub fn baseline(&self) -> u32 {
        self.baseline
    }

    /// The row below the feet of a letter H, or else three quarters down.
    fn feet(&self) -> u32 {
        let feet = self.bits('H').and_then(|bits| {
            (0..self.cell.height).rev().find(|y| (0..self.cell.width).any(|x| bits.dot(x as i32, *y as i32)))
        });
        feet.map_or(self.cell.height * 3 / 4, |y| y + 1)
    }

    /// Bytes kept.
    pub fn memory(&self) -> usize {
        let glyphs = if matches!(self.bitmaps, Cow::Owned(_)) { self.bitmaps.len() } else { 0 };
        glyphs + size_of_val(&*self.chars)
    }

    /// Draws a character in the middle of the canvas; `false` when the face has none.
    pub fn draw(&self, ch: char, style: Style, canvas: &mut Canvas) -> bool {
        self.bits(ch).map(|bits| bits.draw(style, canvas)).is_some()
    }

    fn bits(&self, ch: char) -> Option<Bits<'_>> {
        let at = self.chars.binary_search_by_key(&ch, |entry| entry.0).ok()?;
        let place = self.chars[at].1;
        let width = if place.is_wide() { 2 * self.cell.width } else { self.cell.width };
        Some(Bits::new(Size::new(width, self.cell.height), self.bitmaps.get(place.start()..)?))
    }
}

#[cfg(test)]
mod tests;
