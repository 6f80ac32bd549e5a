//! Fonts: any bytes as a bitmap face, then any text at any size; every mask has the size and the levels it should.

use vncterm::font::{CELL_HEIGHT_MAX, CELL_HEIGHT_MIN, Face, Font, FontOptions, GlyphKey, SCALE_MAX, Style};

use super::super::driver::{Input, Target};

pub const TARGET: Target = Target {
    name: "font_file",
    run,
    seeds,
    words: &[b"\x72\xb5\x4a\x86", &[0; 4], &[1, 0, 0, 0], &[32, 0, 0, 0], b"\xff", b"\xfe", b"\xc3\xa4"],
    max_len: 2048,
};

/// Longest text drawn from one input.
const CHARS_MAX: usize = 64;

fn seeds() -> Vec<Vec<u8>> {
    let mut small = b"\x72\xb5\x4a\x86".to_vec();
    for word in [0u32, 32, 1, 2, 2, 2, 3] {
        small.extend(word.to_le_bytes());
    }
    small.extend(b"\xe0\x00\x00\x20BA\xff\xc3\xa4\xfea\xcc\x88\xff");
    let text = "\u{2500}\u{256d}\u{2571}\u{2591}\u{28ff}\u{e0b0}\u{1fb3b}\u{23bb}A\u{301}日\u{fdfd}";
    let codes: Vec<u8> = text.chars().flat_map(|ch| u32::from(ch).to_le_bytes()[..3].to_vec()).collect();
    [0u8, 5, 17, 130]
        .into_iter()
        .flat_map(|size| {
            let bitmap = [&[0, size, small.len() as u8][..], &small, &codes].concat();
            [bitmap, [&[1, size][..], &codes].concat()]
        })
        .collect()
}

/// What the face is, its size, for a bitmap face its file behind a length, then code points of three bytes each.
fn run(input: &[u8]) {
    let mut input = Input(input);
    // Opening an outline file takes long beside all else: one face in eight is bundled.
    let (bitmap, size) = (input.u8() % 8 != 1, u32::from(input.u8()));
    let file = if bitmap { input.piece() } else { &[] };
    let scale = 1 + size % SCALE_MAX.min(3);
    let height = CELL_HEIGHT_MIN + size % (CELL_HEIGHT_MAX / 4);
    let options = match bitmap {
        true => FontOptions { face: Face::Psf(file), cell_height: None, scale },
        false => FontOptions { face: Face::Bundled, cell_height: (size % 2 == 0).then_some(height), scale },
    };
    let Ok(mut font) = Font::new(options) else {
        assert!(bitmap, "the bundled face has all these sizes");
        return;
    };
    let mut text = Vec::new();
    while !input.is_empty() && text.len() < CHARS_MAX {
        text.extend(char::from_u32(u32::from(input.u16()) | u32::from(input.u8() % 17) << 16));
    }
    for (number, ch) in text.iter().enumerate() {
        let style = Style::ALL[number % Style::ALL.len()];
        check(&mut font, GlyphKey { text: &[*ch], style, wide: number % 3 == 0 });
    }
    check(&mut font, GlyphKey { text: &text, style: Style::Regular, wide: false });
}

fn check(font: &mut Font, glyph: GlyphKey<'_>) {
    let cell = font.cell();
    let mask = font.mask(glyph);
    assert_eq!((mask.width(), mask.height()), (cell.width * (1 + u32::from(glyph.wide)), cell.height));
    assert_eq!(mask.rows().count() as u32, mask.height());
    assert!(mask.levels().iter().all(|level| *level < Font::LEVELS));
}
