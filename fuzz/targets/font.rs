//! Fonts: any bytes as a font file, then any text at any size; every mask has the size and the levels it should.

use vncterm::font::{CELL_HEIGHT_MAX, CELL_HEIGHT_MIN, Font, FontOptions, GlyphKey, SCALE_MAX, Style, Typeface};

use super::super::driver::{Input, Target};

pub const TARGET: Target = Target {
    name: "font_file",
    run,
    seeds,
    words: &[
        b"\x72\xb5\x4a\x86",
        &[0; 4],
        &[1, 0, 0, 0],
        &[32, 0, 0, 0],
        b"\xff",
        b"\xfe",
        b"\xc3\xa4",
        b"\x36\x04",
        b"\xff\xff",
        b"\nENDCHAR\n",
        b"\nENCODING 65\n",
        b"\nBBX 8 8 0 -2\n",
        b"\nDWIDTH 8 0\n",
        b"\nBITMAP\nFF\n",
        b"\nENDFONT\n",
        b"FONT_ASCENT 6\nFONT_DESCENT 2\n",
        b"-1",
        b"128",
        b"2147483647",
        b"\x1f\x8b\x08\0",
        b"glyf",
        b"loca",
        b"\x7f\xff",
        b"\x80\0",
    ],
    max_len: 16 * 1024,
};

/// Longest text drawn from one input.
const CHARS_MAX: usize = 64;

fn seeds() -> Vec<Vec<u8>> {
    let mut psf2 = b"\x72\xb5\x4a\x86".to_vec();
    for word in [0u32, 32, 1, 2, 2, 2, 3] {
        psf2.extend(word.to_le_bytes());
    }
    psf2.extend(b"\xe0\x00\x00\x20BA\xff\xc3\xa4\xfea\xcc\x88\xff");
    let psf1 =
        [b"\x36\x04\x02\x01".as_slice(), &[0x55; 256], b"A\0\xb1\x03\xff\xffB\0\xfe\xffC\0\x01\x03\xff\xff"].concat();
    let bdf = b"STARTFONT 2.1\nFONTBOUNDINGBOX 4 6 0 -1\nFONT_ASCENT 5\nFONT_DESCENT 1\nSTARTCHAR A\nENCODING 65\n\
        DWIDTH 4 0\nBBX 3 5 0 0\nBITMAP\n40\nA0\nE0\nA0\nA0\nENDCHAR\nSTARTCHAR wide\nENCODING 26085\nDWIDTH 8 0\n\
        BBX 8 6 0 -1\nBITMAP\nFF\n81\nFF\n81\n81\nFF\nENDCHAR\nENDFONT\n";
    let outline = include_bytes!("../../fonts/greek-regular.ttf");
    let text = "\u{2500}\u{256d}\u{2571}\u{2591}\u{28ff}\u{e0b0}\u{1fb3b}\u{1fb98}\u{1cd01}\u{23bb}A\u{301}λ日\u{fdfd}";
    let codes: Vec<u8> = text.chars().flat_map(|ch| u32::from(ch).to_le_bytes()[..3].to_vec()).collect();
    let files: [&[u8]; 4] = [&psf2, &psf1, bdf, outline];
    let with = |size: u8, file: &[u8]| [&[0, size, (file.len() >> 8) as u8, file.len() as u8], file, &codes].concat();
    let sizes = [0u8, 5, 17, 130];
    let given = sizes.into_iter().flat_map(|size| files.map(|file| with(size, file)));
    given.chain(sizes.map(|size| [&[1, size][..], &codes].concat())).collect()
}

/// Whether there is a file, the size, the file behind its length, then code points of three bytes each.
fn run(input: &[u8]) {
    let mut input = Input(input);
    // Opening an outline file takes long beside all else: one font in eight is bundled.
    let (given, size) = (input.u8() % 8 != 1, u32::from(input.u8()));
    let file = if given { input.long_piece() } else { &[] };
    let Ok(faces) = given.then(|| Typeface::read(file)).transpose() else { return };
    let faces: Vec<Typeface> = faces.into_iter().collect();
    let scale = 1 + size % SCALE_MAX.min(3);
    let height = CELL_HEIGHT_MIN + size % (CELL_HEIGHT_MAX / 2);
    let cell_height = (size % 2 == 0).then_some(height);
    let Ok(mut font) = Font::new(FontOptions { faces: &faces, cell_height, scale }) else {
        assert!(given, "the bundled face has all these sizes");
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
