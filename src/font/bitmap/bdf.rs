//! BDF, Adobe's Glyph Bitmap Distribution Format, version 2.1: text, one item to a line.
//!
//! ```text
//! STARTFONT 2.1
//! FONTBOUNDINGBOX width height x y     of all glyphs; x and y are the lower left corner, from the origin
//! FONT_ASCENT rows above the baseline  and FONT_DESCENT below: the height of a line
//! STARTCHAR name                       then of this glyph:
//! ENCODING code                        in Unicode, as the fonts of today have it; -1 for none
//! DWIDTH x y                           how far the next letter is
//! BBX width height x y                 as FONTBOUNDINGBOX
//! BITMAP                               rows from the top in hexadecimal digits, each padded to whole bytes
//! ENDCHAR
//! ```

use super::{BitmapError, GLYPH_SIDE_MAX, GLYPHS_MAX, Glyphs, Place};
use crate::font::bits::Bits;
use crate::geometry::Size;
use std::borrow::Cow;

/// Largest size of all glyphs, each filled up to its cell.
pub(super) const BITMAPS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Whether a file begins as these do.
pub(super) fn is_one(file: &[u8]) -> bool {
    file.starts_with(b"STARTFONT ")
}

/// A rectangle as the file has it; `x` and `y` are its lower left corner, y counting up.
#[derive(Clone, Copy, Debug, Default)]
struct Bounds {
    width: i32,
    height: i32,
    x: i32,
    y: i32,
}

/// One glyph, its bitmap still in the file.
#[derive(Clone, Debug, Default)]
struct Glyph<'a> {
    ch: Option<char>,
    advance: i32,
    bounds: Bounds,
    rows: Vec<&'a [u8]>,
}

/// What stands before the glyphs.
#[derive(Debug, Default)]
struct Head {
    bounds: Bounds,
    ascent: Option<i32>,
    descent: Option<i32>,
}

/// Reads a file.
pub(super) fn read(file: &[u8]) -> Result<Glyphs<'static>, BitmapError> {
    let (head, glyphs) = parse(file)?;
    let (cell, baseline) = cell(&head, &glyphs)?;
    let mut bitmaps = Vec::new();
    let mut chars = Vec::with_capacity(glyphs.len());
    for glyph in &glyphs {
        let Some(ch) = glyph.ch else { continue };
        let wide = 2 * glyph.advance > 3 * cell.width as i32;
        let size = if wide { Size::new(2 * cell.width, cell.height) } else { cell };
        let start = bitmaps.len();
        if start + Bits::bytes(size) > BITMAPS_BYTES_MAX {
            return Err(BitmapError::Large);
        }
        bitmaps.resize(start + Bits::bytes(size), 0);
        put(glyph, size, baseline, &mut bitmaps[start..]);
        chars.push((ch, Place::new(start, wide)));
    }
    let baseline = u32::try_from(baseline).ok();
    Ok(Glyphs { cell, baseline, bitmaps: Cow::Owned(bitmaps), chars })
}

fn parse(file: &[u8]) -> Result<(Head, Vec<Glyph<'_>>), BitmapError> {
    let (mut head, mut glyphs) = (Head::default(), Vec::new());
    let mut glyph: Option<Glyph<'_>> = None;
    let mut in_bitmap = false;
    for (number, line) in (1..).zip(file.split(|byte| *byte == b'\n')) {
        let wrong = |what| BitmapError::Line(number, what);
        let line = line.trim_ascii();
        let word = line.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
        let rest = &line[word.len()..];
        match (word, &mut glyph) {
            (b"ENDCHAR", _) => {
                let done = glyph.take().ok_or(wrong("a glyph ends that did not begin"))?;
                in_bitmap = false;
                if done.ch.is_some() {
                    glyphs.push(done);
                }
                if glyphs.len() > GLYPHS_MAX as usize {
                    return Err(wrong("there are more than 262144 glyphs"));
                }
            }
            (_, Some(glyph)) if in_bitmap && glyph.rows.len() < glyph.bounds.height as usize => glyph.rows.push(line),
            (b"FONTBOUNDINGBOX", None) => head.bounds = bounds(rest).ok_or(wrong("a box is four numbers"))?,
            (b"FONT_ASCENT", None) => head.ascent = numbers(rest).map(|[rows]| rows),
            (b"FONT_DESCENT", None) => head.descent = numbers(rest).map(|[rows]| rows),
            (b"STARTCHAR", None) => glyph = Some(Glyph { bounds: head.bounds, ..Glyph::default() }),
            (b"STARTCHAR", Some(_)) => return Err(wrong("a glyph begins inside another")),
            (b"ENCODING", Some(glyph)) => {
                let [code] = numbers(rest).ok_or(wrong("a code is a number"))?;
                glyph.ch = u32::try_from(code).ok().and_then(char::from_u32);
            }
            (b"DWIDTH", Some(glyph)) => [glyph.advance] = numbers(rest).ok_or(wrong("a width is a number"))?,
            (b"BBX", Some(glyph)) => glyph.bounds = bounds(rest).ok_or(wrong("a glyph has at most 128x128 pixels"))?,
            (b"BITMAP", Some(_)) => in_bitmap = true,
            (b"ENDFONT", None) => return Ok((head, glyphs)),
            _ => {}
        }
    }
    Err(BitmapError::Short)
}

/// The first numbers of a line; `None` if there are fewer.
fn numbers<const COUNT: usize>(text: &[u8]) -> Option<[i32; COUNT]> {
    let mut words = std::str::from_utf8(text).ok()?.split_ascii_whitespace();
    let mut numbers = [0; COUNT];
    for number in &mut numbers {
        *number = words.next()?.parse().ok()?;
    }
    Some(numbers)
}

/// A box of bounded size.
fn bounds(text: &[u8]) -> Option<Bounds> {
    let [width, height, x, y] = numbers(text)?;
    let most = 2 * GLYPH_SIDE_MAX as i32;
    let sane = (0..=most).contains(&width) && (0..=most).contains(&height) && x.abs() <= most && y.abs() <= most;
    sane.then_some(Bounds { width, height, x, y })
}

/// The cell of the font and its baseline: as wide as a letter and as high as a line.
fn cell(head: &Head, glyphs: &[Glyph<'_>]) -> Result<(Size, i32), BitmapError> {
    let (ascent, descent) = match (head.ascent, head.descent) {
        (Some(ascent), Some(descent)) => (ascent, descent),
        _ => (head.bounds.height.saturating_add(head.bounds.y), head.bounds.y.saturating_neg()),
    };
    let letter = ['0', 'A', ' '].iter().find_map(|ch| glyphs.iter().find(|glyph| glyph.ch == Some(*ch)));
    let width = letter.map(|glyph| glyph.advance).filter(|advance| *advance > 0).unwrap_or(head.bounds.width);
    let size = (u32::try_from(width).ok()).zip(u32::try_from(ascent.saturating_add(descent)).ok());
    let (width, height) = size.unwrap_or_default();
    if !(1..=GLYPH_SIDE_MAX).contains(&width) || !(1..=GLYPH_SIDE_MAX).contains(&height) {
        return Err(BitmapError::Header("glyphs are from 1x1 to 128x128 pixels"));
    }
    Ok((Size::new(width, height), ascent))
}

/// Draws the glyph into its cell; what lies outside is cut off.
fn put(glyph: &Glyph<'_>, size: Size, baseline: i32, bitmap: &mut [u8]) {
    let Bounds { width, height, x: left, y: lower } = glyph.bounds;
    let top = baseline.saturating_sub(lower).saturating_sub(height);
    let row_bytes = Bits::row_bytes(size.width);
    for (y, row) in (top..).zip(&glyph.rows) {
        for (x, at) in (left..).zip(0..width as usize) {
            let digit = row.get(at / 4).and_then(|digit| char::from(*digit).to_digit(16)).unwrap_or(0);
            let inside = (0..size.width as i32).contains(&x) && (0..size.height as i32).contains(&y);
            if inside && digit >> (3 - at % 4) & 1 == 1 {
                bitmap[y as usize * row_bytes + x as usize / 8] |= 0x80 >> (x % 8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::BitmapFace;
    use super::*;

    const FILE: &str = "STARTFONT 2.1\nFONT -x-\nSIZE 4 75 75\nFONTBOUNDINGBOX 8 4 0 -1\nSTARTPROPERTIES 2\n\
        FONT_ASCENT 3\nFONT_DESCENT 1\nENDPROPERTIES\nCHARS 3\n\
        STARTCHAR A\nENCODING 65\nSWIDTH 500 0\nDWIDTH 4 0\nBBX 3 2 1 0\nBITMAP\nE0\nA0\nENDCHAR\n\
        STARTCHAR wide\nENCODING 26085\nDWIDTH 8 0\nBBX 8 4 0 -1\nBITMAP\nFF\n81\n81\nFF\nENDCHAR\n\
        STARTCHAR none\nENCODING -1\nDWIDTH 4 0\nBBX 1 1 0 0\nBITMAP\n80\nENDCHAR\nENDFONT\n";

    fn rows(face: &BitmapFace, ch: char, width: i32) -> Vec<String> {
        let bits = face.bits(ch).expect("it has the character");
        (0..4).map(|y| (0..width).map(|x| if bits.dot(x, y) { '#' } else { '.' }).collect()).collect()
    }

    #[test]
    fn glyphs_stand_on_the_baseline_of_their_cell() {
        let face = BitmapFace::read(FILE.as_bytes()).expect("a right file");
        assert_eq!((face.cell(), face.baseline()), (Size::new(4, 4), 3));
        assert_eq!(rows(&face, 'A', 4), ["....", ".###", ".#.#", "...."]);
        assert_eq!(rows(&face, '日', 8), ["########", "#......#", "#......#", "########"]);
        assert!(face.bits('\u{ffff}').is_none());
        let dos = FILE.replace('\n', "\r\n");
        let face = BitmapFace::read(dos.as_bytes()).expect("lines may end as in DOS");
        assert_eq!(rows(&face, 'A', 4)[1], ".###");
    }

    #[test]
    fn every_cut_is_refused_but_for_the_last_line_break() {
        for length in 0..FILE.len() - 1 {
            assert!(BitmapFace::read(&FILE.as_bytes()[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn wrong_lines_are_named() {
        let with = |from: &str, to: &str| {
            BitmapFace::read(FILE.replacen(from, to, 1).as_bytes()).expect_err("a wrong file").to_string()
        };
        assert_eq!(with("ENCODING 65", "ENCODING x"), "line 11 is wrong: a code is a number");
        assert_eq!(with("BBX 3 2 1 0", "BBX 3 2 1"), "line 14 is wrong: a glyph has at most 128x128 pixels");
        assert_eq!(with("BBX 3 2 1 0", "BBX 3 257 1 0"), "line 14 is wrong: a glyph has at most 128x128 pixels");
        assert_eq!(with("ENDCHAR\n", ""), "line 18 is wrong: a glyph begins inside another");
        assert_eq!(with("STARTCHAR A\n", ""), "line 17 is wrong: a glyph ends that did not begin");
        for ascent in ["FONT_ASCENT -1", "FONT_ASCENT 128", "FONT_ASCENT 2147483647"] {
            assert!(with("FONT_ASCENT 3", ascent).contains("from 1x1 to 128x128"), "{ascent}");
        }
        assert!(with("DWIDTH 4 0", "DWIDTH 129 0").contains("from 1x1 to 128x128"));
    }

    #[test]
    fn small_glyphs_in_large_cells_cannot_grow_beyond_the_limit() {
        let mut file = String::from("STARTFONT 2.1\nFONTBOUNDINGBOX 128 128 0 0\n");
        let each = Bits::bytes(Size::new(128, 128));
        for code in 0..=BITMAPS_BYTES_MAX / each {
            file += &format!("STARTCHAR\nENCODING {}\nENDCHAR\n", 0x1000 + code);
        }
        file += "ENDFONT\n";
        assert_eq!(BitmapFace::read(file.as_bytes()).expect_err("too large"), BitmapError::Large);
        let within = file.replacen("ENCODING 4096\n", "ENCODING -1\n", 1);
        assert!(BitmapFace::read(within.as_bytes()).is_ok());
    }
}
