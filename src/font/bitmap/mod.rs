//! Bitmap faces: PSF2, the format of the Linux console's fonts, read in place.
//!
//! ```text
//! header   magic 72 b5 4a 86, then little-endian u32: version, header size, flags, glyphs, bytes per glyph,
//!          height, width
//! glyphs   rows from the top, each padded to whole bytes, the leftmost pixel in the highest bit
//! table    with flag 1: for each glyph its characters in UTF-8, ended by ff; after fe sequences, which are skipped
//! ```

use super::Style;
use super::bits::Bits;
use super::canvas::Canvas;
use crate::geometry::Size;
use std::borrow::Cow;

const MAGIC: [u8; 4] = [0x72, 0xb5, 0x4a, 0x86];
const HEADER_BYTES: usize = 32;
const FLAG_UNICODE_TABLE: u32 = 1;
const END_OF_GLYPH: u8 = 0xff;
const START_OF_SEQUENCE: u8 = 0xfe;

/// Largest width and height of a glyph, in pixels; `setfont` has the same limits on most drivers, or lower ones.
pub(super) const GLYPH_SIDE_MAX: u32 = 128;
/// Largest number of glyphs in a file: all characters that Unicode has assigned would fit.
pub(super) const GLYPHS_MAX: u32 = 0x4_0000;
/// Largest number of characters in a file's table; some glyphs serve many.
pub(super) const CHARS_MAX: usize = 0x8_0000;

/// Why a bitmap face cannot be read.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BitmapError {
    /// It does not begin as a PSF2 file does.
    #[error("not a PSF2 font")]
    Magic,
    /// It ends before all that its header promises.
    #[error("the font file is cut short")]
    Short,
    /// A size in the header is 0, too large or contradicts another.
    #[error("the font's header is wrong: {0}")]
    Header(&'static str),
}

/// A bitmap face; a cell is a glyph, each pixel `scale` times as large.
pub(super) struct BitmapFace {
    glyph: Size,
    scale: u32,
    /// The glyphs, one after the other; a bundled file is read where it lies in the program.
    bitmaps: Cow<'static, [u8]>,
    chars: Chars,
}

impl std::fmt::Debug for BitmapFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BitmapFace({}, {} characters)", self.glyph, self.chars.len())
    }
}

impl BitmapFace {
    /// Reads a PSF2 file and keeps a copy of its glyphs.
    pub fn new(file: &[u8], scale: u32) -> Result<Self, BitmapError> {
        let (glyph, bitmaps, chars) = read(file)?;
        Ok(Self { glyph, scale, bitmaps: Cow::Owned(bitmaps.to_vec()), chars })
    }

    /// Reads a PSF2 file that is part of the program.
    pub fn bundled(file: &'static [u8]) -> Result<Self, BitmapError> {
        let (glyph, bitmaps, chars) = read(file)?;
        Ok(Self { glyph, scale: 1, bitmaps: Cow::Borrowed(bitmaps), chars })
    }

    pub fn cell(&self) -> Size {
        Size::new(self.glyph.width * self.scale, self.glyph.height * self.scale)
    }

    /// PSF2 says nothing of a baseline: below the feet of a letter H, or else three quarters down.
    pub fn baseline(&self) -> u32 {
        let feet = self.bits('H').and_then(|bits| {
            (0..self.glyph.height).rev().find(|y| (0..self.glyph.width).any(|x| bits.dot(x as i32, *y as i32)))
        });
        feet.map_or(self.glyph.height * 3 / 4, |y| y + 1) * self.scale
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
        let start = self.index(ch)? as usize * Bits::bytes(self.glyph);
        Some(Bits::new(self.glyph, self.bitmaps.get(start..)?))
    }

    fn index(&self, ch: char) -> Option<u32> {
        self.chars.binary_search_by_key(&ch, |entry| entry.0).ok().map(|at| self.chars[at].1)
    }
}

/// The characters of a file in ascending order, with the index of their glyph.
type Chars = Box<[(char, u32)]>;

/// The size of the glyphs in a PSF2 file, the glyphs and their characters.
fn read(file: &[u8]) -> Result<(Size, &[u8], Chars), BitmapError> {
    if file.get(..4) != Some(&MAGIC) {
        return Err(BitmapError::Magic);
    }
    let (glyph, count, start, table) = header(file)?;
    let end = start.saturating_add(count as usize * Bits::bytes(glyph));
    let bitmaps = file.get(start..end).ok_or(BitmapError::Short)?;
    let chars = if table { read_table(&file[end..], count) } else { ascii_table(count) };
    Ok((glyph, bitmaps, chars.into()))
}

/// Size and number of the glyphs, where they start, and whether a table follows them.
fn header(file: &[u8]) -> Result<(Size, u32, usize, bool), BitmapError> {
    let words = file.get(4..HEADER_BYTES).ok_or(BitmapError::Short)?;
    let mut words = words.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
    let mut next = || words.next().ok_or(BitmapError::Short);
    let (version, start, flags, count, bytes, height, width) =
        (next()?, next()?, next()?, next()?, next()?, next()?, next()?);
    if version != 0 {
        return Err(BitmapError::Header("unknown version"));
    }
    if !(1..=GLYPH_SIDE_MAX).contains(&width) || !(1..=GLYPH_SIDE_MAX).contains(&height) {
        return Err(BitmapError::Header("glyphs are from 1x1 to 128x128 pixels"));
    }
    if !(1..=GLYPHS_MAX).contains(&count) {
        return Err(BitmapError::Header("there are from 1 to 262144 glyphs"));
    }
    let glyph = Size::new(width, height);
    if bytes as usize != Bits::bytes(glyph) {
        return Err(BitmapError::Header("bytes per glyph do not fit its size"));
    }
    if (start as usize) < HEADER_BYTES {
        return Err(BitmapError::Header("the glyphs begin inside it"));
    }
    Ok((glyph, count, start as usize, flags & FLAG_UNICODE_TABLE != 0))
}

/// Without a table the glyphs are the characters from U+0000; of those only printable ASCII is certain.
fn ascii_table(count: u32) -> Vec<(char, u32)> {
    (' '..='~').map(|ch| (ch, u32::from(ch))).filter(|entry| entry.1 < count).collect()
}

/// The table; what is not UTF-8 is skipped. The first glyph that claims a character has it.
fn read_table(table: &[u8], count: u32) -> Vec<(char, u32)> {
    let mut chars = Vec::new();
    for (index, entry) in (0..count).zip(table.split(|byte| *byte == END_OF_GLYPH)) {
        let single = entry.split(|byte| *byte == START_OF_SEQUENCE).next().unwrap_or_default();
        for chunk in single.utf8_chunks() {
            chars.extend(chunk.valid().chars().take(CHARS_MAX - chars.len()).map(|ch| (ch, index)));
        }
    }
    chars.sort_unstable();
    chars.dedup_by_key(|entry| entry.0);
    chars
}

#[cfg(test)]
mod tests;
