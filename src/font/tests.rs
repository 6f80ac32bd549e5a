//! Tests of the font as a whole.

use super::*;

fn draw(font: &mut Font, text: &str, style: Style, wide: bool) -> Mask {
    let text: Vec<char> = text.chars().collect();
    font.mask(GlyphKey { text: &text, style, wide }).clone()
}

fn regular(font: &mut Font, text: &str) -> Mask {
    draw(font, text, Style::Regular, false)
}

fn is_blank(mask: &Mask) -> bool {
    mask.levels().iter().all(|level| *level == 0)
}

/// Rows with anything in them, first and last.
fn extent(mask: &Mask) -> Option<(usize, usize)> {
    let rows: Vec<_> = mask.rows().map(|row| row.iter().any(|level| *level > 0)).collect();
    Some((rows.iter().position(|used| *used)?, rows.iter().rposition(|used| *used)?))
}

#[test]
fn a_mask_is_one_cell_or_two_and_holds_only_levels() {
    for scale in 1..=3 {
        let mut font = Font::new(FontOptions { scale, ..Default::default() }).expect("a scale in range");
        let cell = font.cell();
        for text in ["A", " ", "é", "─", "日", "\u{10ffff}", "e\u{301}", ""] {
            for wide in [false, true] {
                for style in Style::ALL {
                    let mask = draw(&mut font, text, style, wide);
                    assert_eq!((mask.width(), mask.height()), (cell.width * if wide { 2 } else { 1 }, cell.height));
                    assert_eq!(mask.levels().len() as u32, mask.width() * mask.height());
                    assert!(mask.levels().iter().all(|level| *level < Font::LEVELS));
                }
            }
        }
    }
}

#[test]
fn letters_stand_on_the_baseline_in_every_style() {
    for scale in [1, 2, 3] {
        let mut font = Font::new(FontOptions { scale, ..Default::default() }).expect("a scale in range");
        let baseline = font.metrics().baseline as usize;
        for style in Style::ALL {
            for letter in ["H", "E", "x", "n"] {
                let (top, foot) = extent(&draw(&mut font, letter, style, false)).expect("a letter is not blank");
                assert_eq!(foot + 1, baseline, "{letter} {style:?} at scale {scale}");
                assert!(top > 0);
            }
        }
    }
}

#[test]
fn all_ascii_and_latin_1_are_drawn_and_no_two_of_ascii_look_the_same() {
    for scale in [1, 2] {
        let mut font = Font::new(FontOptions { scale, ..Default::default() }).expect("a scale in range");
        for style in Style::ALL {
            let mut seen: Vec<(char, Mask)> = Vec::new();
            for ch in ('!'..='~').chain('¡'..='ÿ').filter(|ch| *ch != '\u{ad}') {
                let mask = draw(&mut font, &ch.to_string(), style, false);
                assert!(!is_blank(&mask), "{ch:?} {style:?}");
                if let Some((other, _)) = seen.iter().find(|(_, other)| ch.is_ascii() && *other == mask) {
                    panic!("{ch:?} and {other:?} look the same, {style:?}");
                }
                seen.push((ch, mask));
            }
        }
    }
}

#[test]
fn the_styles_of_a_letter_differ() {
    let mut font = Font::default();
    let masks: Vec<_> = Style::ALL.iter().map(|style| draw(&mut font, "d", *style, false)).collect();
    for (i, mask) in masks.iter().enumerate() {
        assert!(!masks[..i].contains(mask), "{:?}", Style::ALL[i]);
    }
}

#[test]
fn spaces_are_blank_and_unknown_characters_are_not() {
    let mut font = Font::default();
    for text in ["", " ", "\u{a0}", "\u{3000}"] {
        assert!(is_blank(&regular(&mut font, text)), "{text:?}");
    }
    let (one, other) = (regular(&mut font, "\u{e000}"), regular(&mut font, "\u{e00f}"));
    assert!(!is_blank(&one) && one != other, "the digits of the code point tell them apart");
    assert_eq!(draw(&mut font, "\u{fa0e}", Style::Regular, true).width(), 2 * font.cell().width);
}

#[test]
fn a_mark_is_laid_over_its_base_and_kept_clear_of_it() {
    let mut font = Font::default();
    let (plain, marked) = (regular(&mut font, "x"), regular(&mut font, "x\u{301}"));
    assert!(marked != plain);
    assert!(plain.levels().iter().zip(marked.levels()).all(|(base, both)| base <= both));
    // On a capital the mark of a small letter would touch; it is raised.
    let (plain, marked) = (regular(&mut font, "X"), regular(&mut font, "X\u{301}"));
    assert!(extent(&marked).expect("drawn").0 < extent(&plain).expect("drawn").0);
    // A mark that no face has changes nothing.
    assert_eq!(regular(&mut font, "x\u{e0100}"), regular(&mut font, "x"));
}

#[test]
fn only_the_first_marks_of_a_cluster_count() {
    let mut font = Font::default();
    let full: String = std::iter::once('x').chain(std::iter::repeat_n('\u{301}', CLUSTER_CHARS_MAX - 1)).collect();
    let over = format!("{full}\u{325}");
    assert_eq!(regular(&mut font, &full), regular(&mut font, &over));
}

/// Columns with anything in them, first and last.
fn columns(mask: &Mask) -> Option<(usize, usize)> {
    let used = |x: &usize| mask.rows().any(|row| row[*x] > 0);
    let width = mask.width() as usize;
    Some(((0..width).find(used)?, (0..width).rfind(used)?))
}

#[test]
fn wide_characters_fill_their_two_cells_at_every_size() {
    for (cell_height, scale) in [(16, 1), (16, 2), (16, 3), (14, 1), (18, 1), (20, 1), (24, 1), (6, 1), (64, 2)] {
        let mut font = Font::new(FontOptions { cell_height: Some(cell_height), scale, ..Default::default() })
            .expect("a size in range");
        for text in ["国", "龜", "한", "漢", "Ｗ", "が"] {
            let mask = draw(&mut font, text, Style::Regular, true);
            let (first, last) = columns(&mask).expect("it is drawn");
            let width = mask.width() as usize;
            assert!(first <= width / 4 && last >= width * 3 / 4, "{text} at {cell_height} x{scale}: {first}-{last}");
            assert_ne!(mask, draw(&mut font, text, Style::Bold, true), "{text} at {cell_height} x{scale}");
        }
    }
}

#[test]
fn wide_characters_at_a_scale_are_made_of_squares() {
    let mut small = Font::default();
    let mut large = Font::new(FontOptions { scale: 2, ..Default::default() }).expect("a scale in range");
    for style in Style::ALL {
        let (small, large) = (draw(&mut small, "龍", style, true), draw(&mut large, "龍", style, true));
        for (y, row) in large.rows().enumerate() {
            let double: Vec<u8> = small.rows().nth(y / 2).into_iter().flatten().flat_map(|level| [*level; 2]).collect();
            assert_eq!(row, double, "row {y} {style:?}");
        }
    }
}

#[test]
fn scales_and_sizes_out_of_range_are_refused() {
    let with =
        |cell_height, scale| Font::new(FontOptions { cell_height, scale, ..Default::default() }).map(|f| f.cell());
    assert_eq!(with(None, 0).err(), Some(FontError::Scale(0)));
    assert_eq!(with(None, SCALE_MAX + 1).err(), Some(FontError::Scale(SCALE_MAX + 1)));
    assert_eq!(with(Some(CELL_HEIGHT_MIN - 1), 1).err(), Some(FontError::Size(CELL_HEIGHT_MIN - 1)));
    assert_eq!(with(Some(CELL_HEIGHT_MAX + 1), 1).err(), Some(FontError::Size(CELL_HEIGHT_MAX + 1)));
    assert_eq!(with(Some(CELL_HEIGHT_MIN), 1).map(|cell| cell.height), Ok(CELL_HEIGHT_MIN));
    assert_eq!(with(Some(CELL_HEIGHT_MAX), 2).map(|cell| cell.height), Ok(CELL_SIDE_MAX));
    assert_eq!(with(Some(CELL_HEIGHT_MAX), 3).err(), Some(FontError::Cell(Size::new(96, 192))));
}

#[test]
fn lines_lie_inside_the_cell_at_every_size() {
    for height in CELL_HEIGHT_MIN..=40 {
        for scale in 1..=3 {
            let font =
                Font::new(FontOptions { cell_height: Some(height), scale, ..Default::default() }).expect("in range");
            let Metrics { baseline, thickness, underline, strike, overline } = *font.metrics();
            let end = font.cell().height;
            assert!(thickness >= 1 && baseline < end && strike < baseline, "{height} {scale}");
            assert!([underline, strike, overline].iter().all(|top| top + thickness <= end), "{height} {scale}");
        }
    }
}

#[test]
fn one_style_of_ascii_and_latin_1_costs_tens_of_kib() {
    let mut font = Font::default();
    let empty = font.memory();
    for ch in ('!'..='~').chain('¡'..='ÿ') {
        regular(&mut font, &ch.to_string());
    }
    let cost = font.memory() - empty;
    assert!(cost < 64 * 1024, "{cost} bytes");
}

#[test]
fn memory_is_bounded_whatever_is_drawn() {
    let mut font = Font::new(FontOptions { scale: 2, ..Default::default() }).expect("in range");
    let cell = font.cell().area() as usize;
    let limit = 2 * (cache::GENERATION_BYTES_MAX + cell * 2 + 256)   // two generations, each one mask beyond its limit
        + Style::ALL.len() * 95 * (cell + 64)                        // ASCII
        + outline::PAGES_BYTES_MAX + 400 * cell; // one page beyond its limit
    let mut most = 0;
    for style in Style::ALL {
        for code in (0x20..0x3000).chain(0x1f300..0x1f700) {
            let Some(ch) = char::from_u32(code) else { continue };
            font.mask(GlyphKey { text: &[ch], style, wide: false });
            if code % 256 == 0 {
                most = most.max(font.memory());
            }
        }
    }
    assert!(most > cache::GENERATION_BYTES_MAX, "the test reaches the limit: {most}");
    assert!(most <= limit, "{most} bytes, at most {limit}");
}

#[test]
fn the_largest_size_within_a_cell_is_found() {
    let within = |font: &Font, width, height| font.within(Size::new(width, height)).map(|font| font.cell());
    let bundled = Font::default();
    assert_eq!(within(&bundled, 8, 16), Some(Size::new(8, 16)), "its own");
    assert_eq!(within(&bundled, 40, 32), Some(Size::new(16, 32)));
    assert_eq!(within(&bundled, 16, 1_000), Some(Size::new(16, 32)), "the width decides");
    assert_eq!(within(&bundled, 1_000, 1_000), Some(Size::new(64, 128)), "as large as cells may be");
    assert_eq!((within(&bundled, 7, 100), within(&bundled, 100, 15)), (None, None));
    for height in 16..=CELL_SIDE_MAX {
        let cell = within(&bundled, height, height).expect("its own size fits");
        assert!(cell.height <= height && cell.height + 1 >= height, "{cell} for {height}");
    }
    let faces = [Typeface::read(include_bytes!("../../fonts/small-regular.psf")).expect("a file of the program")];
    let bitmap = Font::new(FontOptions { faces: &faces, cell_height: None, scale: 2 }).expect("its own size");
    assert_eq!(within(&bitmap, 31, 63), Some(Size::new(24, 48)), "whole steps");
    assert_eq!((within(&bitmap, 16, 47), within(&bitmap, 15, 47)), (Some(Size::new(16, 32)), None));
}
