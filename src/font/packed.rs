//! The bundled fallback: bitmaps of what the other bundled faces lack, read where they lie in the program.
//!
//! `fonts/cut_fallback.py` writes the file:
//!
//! ```text
//! "FBK1"
//! table    for each 256 characters of planes 0 and 1: where their page begins, little-endian u32, 0 for none
//! page     32 bytes: which characters it has, the lowest in the lowest bit of the first byte
//!          32 bytes: which of these are wide
//! glyphs   in the order of their characters, 16 rows each: of 2 bytes if wide, else of 1
//! ```
//!
//! Nothing of it is copied or unpacked, and a character is found by counting bits: what a screen of Chinese costs is the
//! pages of the program's file that its glyphs lie in, and the masks.

use super::Style;
use super::bits::Bits;
use super::canvas::Canvas;
use crate::geometry::Size;

const MAGIC: [u8; 4] = *b"FBK1";
const PAGES: usize = 512;
const PAGE_CHARS: usize = 256;
/// Bytes of one set of characters of a page.
const SET: usize = PAGE_CHARS / 8;
const HEIGHT: u32 = 16;

static FILE: &[u8] = include_bytes!("../../fonts/fallback.bits");

/// The bundled fallback.
#[derive(Clone, Copy)]
pub(super) struct PackedFace(&'static [u8]);

impl std::fmt::Debug for PackedFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PackedFace({} bytes)", self.0.len())
    }
}

impl PackedFace {
    /// The file in the program.
    pub const BUNDLED: Self = Self(FILE);

    /// Draws a character in the middle of the canvas; `false` when there is none.
    pub fn draw(self, ch: char, style: Style, canvas: &mut Canvas) -> bool {
        find(self.0, ch).map(|bits| bits.draw(style, canvas)).is_some()
    }

    /// Every character of the face and whether it takes two columns, in ascending order.
    pub fn chars(self) -> impl Iterator<Item = (char, bool)> {
        let codes = (0..(PAGES * PAGE_CHARS) as u32).filter_map(char::from_u32);
        codes.filter_map(move |ch| find(self.0, ch).map(|bits| (ch, bits.size().width > HEIGHT / 2)))
    }
}

/// The glyph of a character in a file of any content.
fn find(file: &[u8], ch: char) -> Option<Bits<'_>> {
    let (page, place) = (ch as usize / PAGE_CHARS, ch as usize % PAGE_CHARS);
    let table = file.strip_prefix(&MAGIC)?.as_chunks::<4>().0.get(..PAGES)?;
    let start = u32::from_le_bytes(*table.get(page)?) as usize;
    let page = file.get(start..).filter(|_| start > 0)?;
    let ((has, rest), wide) = (page.split_first_chunk::<SET>()?, page.get(SET..)?.first_chunk::<SET>()?);
    let glyphs = rest.get(SET..)?;
    if !contains(has, place) {
        return None;
    }
    let width = if contains(wide, place) { HEIGHT } else { HEIGHT / 2 };
    let (size, narrow) = (Size::new(width, HEIGHT), Bits::bytes(Size::new(HEIGHT / 2, HEIGHT)));
    let before = narrow * (count_below(has, place) + count_below(wide, place));
    Some(Bits::new(size, glyphs.get(before..before + Bits::bytes(size))?))
}

fn contains(set: &[u8; SET], place: usize) -> bool {
    set[place / 8] >> (place % 8) & 1 == 1
}

/// How many characters before `place` are in the set.
fn count_below(set: &[u8; SET], place: usize) -> usize {
    let whole: u32 = set[..place / 8].iter().map(|byte| byte.count_ones()).sum();
    let last = set[place / 8] & ((1 << (place % 8)) - 1);
    (whole + last.count_ones()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_japanese_and_korean_are_there() {
        let has = |ch| find(FILE, ch).map(|bits| bits.size());
        let wide = Size::new(16, 16);
        for range in ['ぁ'..='ゖ', 'ァ'..='ヺ', '㐀'..='䶵', '一'..='鿕', '가'..='힣', '！'..='～', '、'..='〗']
        {
            for ch in range {
                assert_eq!(has(ch), Some(wide), "{ch} U+{:04X}", u32::from(ch));
            }
        }
        for ch in ['א', 'ب', 'ก', 'ა', 'ｱ'] {
            assert_eq!(has(ch), Some(Size::new(8, 16)), "{ch}");
        }
        assert_eq!(has('😀'), Some(wide));
        for ch in ['A', 'é', '─', '\u{fe0f}', '\u{200d}', '\u{3000}', '\u{e000}', '\u{20000}', '\u{10ffff}'] {
            assert_eq!(has(ch), None, "U+{:04X}", u32::from(ch));
        }
    }

    #[test]
    fn glyphs_lie_end_to_end_and_fill_the_file() {
        let bytes = |wide| Bits::bytes(Size::new(if wide { 16 } else { 8 }, HEIGHT));
        let mut pages = std::collections::BTreeSet::new();
        let glyphs: usize = PackedFace::BUNDLED
            .chars()
            .map(|(ch, wide)| {
                pages.insert(ch as usize / PAGE_CHARS);
                bytes(wide)
            })
            .sum();
        assert_eq!(FILE.len(), MAGIC.len() + 4 * PAGES + pages.len() * 2 * SET + glyphs);
    }

    #[test]
    fn a_glyph_is_the_one_of_its_character() {
        let bits = find(FILE, '一').expect("it is there");
        let rows: Vec<_> = (0..16).filter(|y| (0..16).any(|x| bits.dot(x, *y))).collect();
        assert!(rows.len() <= 2 && (5..11).contains(&rows[0]), "one stroke across: {rows:?}");
        let bits = find(FILE, '口').expect("it is there");
        assert!((0..16).any(|y| (3..13).all(|x| bits.dot(x, y))), "a box has a top");
    }

    #[test]
    fn every_cut_of_the_file_and_any_table_is_borne() {
        for length in [0, 3, 4, 100, 4 + 4 * PAGES, 4 + 4 * PAGES + 63, 5000, 400_000] {
            for ch in ['ǆ', '一', '\u{1fa00}'] {
                let _ = find(&FILE[..length], ch);
            }
        }
        let mut wrong = FILE[..8192].to_vec();
        for start in [u32::MAX, 8191, 8192, 8128, 1] {
            wrong[4 + 4 * 0x4e..][..4].copy_from_slice(&start.to_le_bytes());
            let _ = find(&wrong, '\u{4eff}');
        }
        assert!(find(b"FBK2", 'A').is_none());
    }
}
