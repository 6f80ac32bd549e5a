//! Tests of the PSF readers and of bitmap faces.

use super::psf::{END_OF_GLYPH, FLAG_UNICODE_TABLE, HEADER_2_BYTES, MAGIC_2, START_OF_SEQUENCE, table_2};
use super::*;
use crate::font::{Font, FontOptions, GlyphKey, Typeface};

/// A PSF2 file with these header words after the magic number, and this behind it.
fn file(words: [u32; 7], rest: &[u8]) -> Vec<u8> {
    let words = words.iter().flat_map(|word| word.to_le_bytes());
    MAGIC_2.into_iter().chain(words).chain(rest.iter().copied()).collect()
}

/// Two glyphs of 3x2: a bar on top for `A` and `B`, a dot at the lower right for `ö`, precomposed or not.
fn small() -> Vec<u8> {
    let mut rest = vec![0b1110_0000, 0, 0, 0b0010_0000];
    rest.extend(b"BA\xff");
    rest.extend("ö".bytes());
    rest.push(START_OF_SEQUENCE);
    rest.extend("o\u{308}".bytes());
    rest.push(END_OF_GLYPH);
    file([0, 32, FLAG_UNICODE_TABLE, 2, 2, 2, 3], &rest)
}

fn font(scale: u32) -> Font {
    let typeface = Typeface::read(&small()).expect("a right file");
    Font::new(FontOptions { faces: &[typeface], scale, ..Default::default() }).expect("a right scale")
}

fn refused(file: &[u8]) -> BitmapError {
    BitmapFace::read(file).expect_err("a wrong file")
}

#[test]
fn glyphs_are_found_by_their_characters_and_drawn_dot_for_dot() {
    let mut font = font(1);
    assert_eq!(font.cell(), Size::new(3, 2));
    let full = Font::LEVELS - 1;
    let mut levels = |ch| font.mask(GlyphKey { text: &[ch], style: Style::Regular, wide: false }).levels().to_vec();
    assert_eq!(levels('A'), [full, full, full, 0, 0, 0]);
    assert_eq!(levels('A'), levels('B'));
    assert_eq!(levels('ö'), [0, 0, 0, 0, 0, full]);
    assert!(levels('o').iter().any(|level| *level > 0), "a character of a sequence alone is missing: a box");
}

#[test]
fn a_scale_makes_each_dot_a_square_and_bold_doubles_it() {
    let mut font = font(2);
    let full = Font::LEVELS - 1;
    let mut dots = |style| {
        let mask = font.mask(GlyphKey { text: &['ö'], style, wide: false });
        assert_eq!((mask.width(), mask.height()), (6, 4));
        mask.levels().iter().filter(|level| **level == full).count()
    };
    assert_eq!(dots(Style::Regular), 4);
    assert_eq!(dots(Style::Bold), 4, "the second dot would leave the cell");
}

#[test]
fn without_a_table_the_glyphs_are_ascii() {
    let glyphs: Vec<u8> = (0..128).collect();
    let face = BitmapFace::read(&file([0, 32, 0, 128, 1, 1, 8], &glyphs)).expect("a right file");
    assert!(face.bits('A').is_some_and(|bits| !bits.dot(0, 0) && bits.dot(1, 0) && bits.dot(7, 0)));
    assert!(face.bits('\n').is_none() && face.bits('é').is_none());
}

#[test]
fn a_header_may_be_longer_than_we_know() {
    let glyphs = [[0; 8].as_slice(), &[0; 65], &[0x80]].concat();
    let face = BitmapFace::read(&file([0, 40, 0, 66, 1, 1, 8], &glyphs)).expect("a right file");
    let letter = face.bits('A').expect("the last glyph");
    assert!(letter.dot(0, 0) && !letter.dot(1, 0));
}

#[test]
fn every_cut_of_a_file_is_refused_or_has_fewer_characters() {
    let whole = small();
    for length in 0..whole.len() {
        match BitmapFace::read(&whole[..length]) {
            Ok(face) => assert!(length >= HEADER_2_BYTES + 4 && face.chars.len() <= 3),
            Err(error) => assert_eq!(error, if length < 4 { BitmapError::Magic } else { BitmapError::Short }),
        }
    }
}

#[test]
fn headers_that_lie_are_refused() {
    let right = [0, 32, 0, 2, 2, 2, 3];
    let with = |at: usize, word: u32| {
        let mut words = right;
        words[at] = word;
        refused(&file(words, &[0; 4]))
    };
    for (at, word) in [(0, 1), (1, 31), (1, 0), (3, 0), (3, GLYPHS_MAX + 1), (4, 3), (5, 0), (6, 0), (6, 9)] {
        assert!(matches!(with(at, word), BitmapError::Header(_)), "word {at} = {word}");
    }
    for (at, word) in [(1, u32::MAX), (3, 3), (3, GLYPHS_MAX)] {
        assert_eq!(with(at, word), BitmapError::Short, "word {at} = {word}");
    }
    assert_eq!(refused(b"\x37\x04\0\x10"), BitmapError::Magic);
}

#[test]
fn sizes_up_to_the_limit_are_read_and_beyond_it_refused() {
    let side = GLYPH_SIDE_MAX;
    let bytes = side / 8 * side;
    assert!(BitmapFace::read(&file([0, 32, 0, 1, bytes, side, side], &vec![0; bytes as usize])).is_ok());
    for (height, width) in [(side + 1, side), (side, side + 1)] {
        let bytes = width.div_ceil(8) * height;
        let error = refused(&file([0, 32, 0, 1, bytes, height, width], &vec![0; bytes as usize]));
        assert!(matches!(error, BitmapError::Header(_)), "{width}x{height}");
    }
}

#[test]
fn a_table_cannot_grow_beyond_its_limit() {
    let mut rest = vec![0];
    rest.extend(std::iter::repeat_n("äé".as_bytes(), CHARS_MAX).flatten());
    let chars = table_2(&rest[1..], 1);
    assert!(chars.len() == CHARS_MAX && chars.contains(&('é', 0)));
    // Each character counts when it is read, the doubles too.
    let ascending: String = (0..=0x10_ffff).filter_map(char::from_u32).collect();
    assert_eq!(table_2(ascending.as_bytes(), 1).len(), CHARS_MAX);
}

#[test]
fn what_is_not_utf_8_is_skipped_and_the_first_glyph_of_a_character_counts() {
    assert_eq!(table_2(b"A\x80\xc3B\xffA\xff\xff", 3), [('A', 0), ('B', 0), ('A', 1)]);
    let twice = file([0, 32, FLAG_UNICODE_TABLE, 2, 1, 1, 8], b"\x80\x01A\xffA\xff");
    let face = BitmapFace::read(&twice).expect("a right file");
    assert!(face.bits('A').is_some_and(|bits| bits.dot(0, 0)));
}

/// A PSF1 file: glyphs of 8x2 whose first row is their number, and this behind them.
fn first_version(mode: u8, count: u16, rest: &[u8]) -> Vec<u8> {
    let glyphs = (0..count).flat_map(|number| [number as u8, 0]);
    [0x36, 0x04, mode, 2].into_iter().chain(glyphs).chain(rest.iter().copied()).collect()
}

#[test]
fn the_first_version_is_read_too() {
    let table: Vec<u8> = [0x41u16, 0x3b1, 0xffff, 0xd800, 0x42, 0xfffe, 0x43, 0x301, 0xffff, 0xffff]
        .into_iter()
        .flat_map(u16::to_le_bytes)
        .collect();
    let face = BitmapFace::read(&first_version(2, 256, &table)).expect("a right file");
    assert_eq!(face.cell(), Size::new(8, 2));
    let number = |ch| face.bits(ch).map(|bits| (0..8).fold(0, |number, x| number << 1 | i32::from(bits.dot(x, 0))));
    assert_eq!((number('A'), number('α'), number('B'), number('C')), (Some(0), Some(0), Some(1), None));
    let face = BitmapFace::read(&first_version(1, 512, &[])).expect("a right file");
    assert!(face.bits('A').is_some() && face.bits('é').is_none(), "without a table it is ASCII");
    assert_eq!(refused(&first_version(1, 511, &[])), BitmapError::Short);
    assert_eq!(refused(&[0x36, 0x04, 0]), BitmapError::Short);
    assert!(matches!(refused(&[0x36, 0x04, 0, 0]), BitmapError::Header(_)));
}
