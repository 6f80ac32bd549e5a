//! PSF, versions 1 and 2.
//!
//! ```text
//! PSF1     magic 36 04, mode, bytes per glyph; glyphs 8 pixels wide, 256 of them or with mode bit 0 set 512
//! table    with mode bit 1 or 2: for each glyph its characters in 16 bits, little-endian, ended by ffff;
//!          after fffe sequences, which are skipped
//!
//! PSF2     magic 72 b5 4a 86, then little-endian u32: version, header size, flags, glyphs, bytes per glyph,
//!          height, width
//! table    with flag 1: for each glyph its characters in UTF-8, ended by ff; after fe sequences, which are skipped
//!
//! glyphs   in both: rows from the top, each padded to whole bytes, the leftmost pixel in the highest bit
//! ```

use super::{BitmapError, CHARS_MAX, GLYPH_SIDE_MAX, GLYPHS_MAX, Glyphs, Place};
use crate::font::bits::Bits;
use crate::geometry::Size;
use std::borrow::Cow;

const MAGIC_1: [u8; 2] = [0x36, 0x04];
const HEADER_1_BYTES: usize = 4;
const MODE_512: u8 = 1;
const MODE_TABLE: u8 = 2 | 4;

pub(super) const MAGIC_2: [u8; 4] = [0x72, 0xb5, 0x4a, 0x86];
pub(super) const HEADER_2_BYTES: usize = 32;
pub(super) const FLAG_UNICODE_TABLE: u32 = 1;
pub(super) const END_OF_GLYPH: u8 = 0xff;
pub(super) const START_OF_SEQUENCE: u8 = 0xfe;

/// Whether a file begins as one of the two does.
pub(super) fn is_one(file: &[u8]) -> bool {
    file.starts_with(&MAGIC_1) || file.starts_with(&MAGIC_2)
}

/// What the header says.
struct Header {
    glyph: Size,
    count: u32,
    /// Where the glyphs start.
    start: usize,
    /// Whether a table follows them.
    table: bool,
}

/// Reads a file of either version.
pub(super) fn read(file: &[u8]) -> Result<Glyphs<'_>, BitmapError> {
    let first = file.starts_with(&MAGIC_1);
    let header = if first { header_1(file)? } else { header_2(file)? };
    let Header { glyph, count, start, table } = header;
    let end = start.saturating_add(count as usize * Bits::bytes(glyph));
    let bitmaps = file.get(start..end).ok_or(BitmapError::Short)?;
    let chars = match table {
        true if first => table_1(&file[end..], count),
        true => table_2(&file[end..], count),
        false => ascii_table(count),
    };
    let chars = chars.into_iter().map(|(ch, index)| (ch, Place::new(index as usize * Bits::bytes(glyph), false)));
    Ok(Glyphs { cell: glyph, baseline: None, bitmaps: Cow::Borrowed(bitmaps), chars: chars.collect() })
}

fn header_1(file: &[u8]) -> Result<Header, BitmapError> {
    let &[_, _, mode, height] = file.first_chunk().ok_or(BitmapError::Short)?;
    if height == 0 || u32::from(height) > GLYPH_SIDE_MAX {
        return Err(BitmapError::Header("glyphs are from 1 to 128 pixels high"));
    }
    let count = if mode & MODE_512 == 0 { 256 } else { 512 };
    let glyph = Size::new(8, height.into());
    Ok(Header { glyph, count, start: HEADER_1_BYTES, table: mode & MODE_TABLE != 0 })
}

fn header_2(file: &[u8]) -> Result<Header, BitmapError> {
    if !file.starts_with(&MAGIC_2) {
        return Err(BitmapError::Magic);
    }
    let words = file.get(4..HEADER_2_BYTES).ok_or(BitmapError::Short)?;
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
    if (start as usize) < HEADER_2_BYTES {
        return Err(BitmapError::Header("the glyphs begin inside it"));
    }
    Ok(Header { glyph, count, start: start as usize, table: flags & FLAG_UNICODE_TABLE != 0 })
}

/// Without a table the glyphs are the characters from U+0000; of those only printable ASCII is certain.
fn ascii_table(count: u32) -> Vec<(char, u32)> {
    (' '..='~').map(|ch| (ch, u32::from(ch))).filter(|entry| entry.1 < count).collect()
}

/// The table of version 1; surrogates are skipped.
fn table_1(table: &[u8], count: u32) -> Vec<(char, u32)> {
    let units: Vec<u16> = table.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    let mut chars = Vec::new();
    for (index, entry) in (0..count).zip(units.split(|unit| *unit == 0xffff)) {
        let single = entry.split(|unit| *unit == 0xfffe).next().unwrap_or_default();
        let single = single.iter().filter_map(|unit| char::from_u32(u32::from(*unit)));
        chars.extend(single.take(CHARS_MAX - chars.len()).map(|ch| (ch, index)));
    }
    chars
}

/// The table of version 2; what is not UTF-8 is skipped.
pub(super) fn table_2(table: &[u8], count: u32) -> Vec<(char, u32)> {
    let mut chars = Vec::new();
    for (index, entry) in (0..count).zip(table.split(|byte| *byte == END_OF_GLYPH)) {
        let single = entry.split(|byte| *byte == START_OF_SEQUENCE).next().unwrap_or_default();
        for chunk in single.utf8_chunks() {
            chars.extend(chunk.valid().chars().take(CHARS_MAX - chars.len()).map(|ch| (ch, index)));
        }
    }
    chars
}
