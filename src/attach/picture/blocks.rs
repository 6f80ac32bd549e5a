//! A picture in characters: two pixels to a cell, one above the other, in the colours that the terminal has.
//!
//! Where it has hundreds of them a cell is an upper half block, with a colour of its own behind it. Of sixteen, or none, the
//! character and the colours are taken that come nearest to both pixels, shades among them. Where there is no UTF-8 it is
//! letters, or where there are enough colours blanks.

use std::collections::HashMap;

use super::scale::Raster;
use crate::attach::canvas::{Canvas, Glyph, Patch, Pen};
use crate::attach::profile::{Depth, Profile, distance, sixteen};
use crate::geometry::CellPos;
use crate::surface::Pixel;
use crate::terminal::Rgb;
use crate::terminal::cell::Color;

/// Rows of pixels in a cell.
pub const ROWS: u32 = 2;
/// What was found for so many pairs of pixels is kept.
const KNOWN_MAX: usize = 16 * 1024;

/// How much of the upper and the lower half of a cell characters cover, in hundredths.
const BLOCKS: &[(char, u32, u32)] =
    &[(' ', 0, 0), ('█', 100, 100), ('▀', 100, 0), ('▄', 0, 100), ('░', 25, 25), ('▒', 50, 50), ('▓', 75, 75)];
/// The same in ASCII, as most fonts have it.
const LETTERS: &[(char, u32, u32)] = &[
    (' ', 0, 0),
    ('.', 0, 20),
    ('\'', 20, 0),
    (':', 20, 20),
    ('_', 0, 35),
    ('"', 40, 0),
    ('-', 15, 15),
    ('=', 30, 30),
    ('+', 35, 35),
    ('*', 45, 30),
    ('o', 25, 50),
    ('#', 60, 60),
    ('%', 70, 70),
    ('M', 85, 85),
    ('@', 100, 100),
];

/// A way to fill a cell.
#[derive(Clone, Debug)]
struct Way {
    patch: Patch,
    top: Rgb,
    bottom: Rgb,
}

/// See the module.
pub struct Blocks {
    profile: Profile,
    /// All there are where colours are few; else none.
    ways: Vec<Way>,
    /// What was found for pairs of pixels.
    known: HashMap<(Pixel, Pixel), usize>,
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blocks({:?}, {} ways)", self.profile, self.ways.len())
    }
}

impl Blocks {
    /// For a terminal like this.
    pub fn new(profile: Profile) -> Self {
        let glyphs = if profile.utf8 { BLOCKS } else { LETTERS };
        let ways = match profile.depth {
            Depth::Direct | Depth::Indexed => Vec::new(),
            Depth::Sixteen => colored(glyphs, &sixteen(profile)),
            // Whatever the user's colours are, most write in a light one.
            Depth::Mono => {
                let (white, black) = (Rgb::from_u32(0xff_ffff), Rgb::from_u32(0));
                glyphs.iter().map(|glyph| way(*glyph, (white, Color::DEFAULT), (black, Color::DEFAULT))).collect()
            }
        };
        Self { profile, ways, known: HashMap::new() }
    }

    /// Draws `raster` into the first `rows` rows, from `at` on.
    pub fn draw(&mut self, raster: &Raster, at: CellPos, rows: u16, canvas: &mut Canvas) {
        let shown = u16::try_from(raster.size().height.div_ceil(ROWS)).unwrap_or(u16::MAX);
        for row in 0..shown.min(rows.saturating_sub(at.row)) {
            let (top, bottom) = (raster.row(u32::from(row) * ROWS), raster.row(u32::from(row) * ROWS + 1));
            let bottom = bottom.iter().copied().chain(std::iter::repeat(0));
            let patches = canvas.row_mut(at.row + row).iter_mut().skip(at.col.into());
            for ((top, bottom), patch) in top.iter().zip(bottom).zip(patches) {
                *patch = self.patch(*top, bottom);
            }
        }
    }

    fn patch(&mut self, top: Pixel, bottom: Pixel) -> Patch {
        if self.ways.is_empty() {
            return self.halves(Rgb::from_u32(top), Rgb::from_u32(bottom));
        }
        // Neighbours are not told apart.
        let (top, bottom) = (top & 0xfc_fcfc, bottom & 0xfc_fcfc);
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        let ways = &self.ways;
        let found = *self.known.entry((top, bottom)).or_insert_with(|| nearest(ways, top, bottom));
        ways[found].patch.clone()
    }

    fn halves(&self, top: Rgb, bottom: Rgb) -> Patch {
        let color = |rgb: Rgb| Color::rgb(rgb.r, rgb.g, rgb.b);
        let mean = |a: u8, b: u8| a.midpoint(b);
        match self.profile.utf8 {
            true if top != bottom => {
                Patch { glyph: Glyph::One('▀'), pen: Pen { fg: color(top), bg: color(bottom), ..Pen::default() } }
            }
            _ => {
                let both = Rgb { r: mean(top.r, bottom.r), g: mean(top.g, bottom.g), b: mean(top.b, bottom.b) };
                Patch { glyph: Glyph::Blank, pen: Pen { bg: color(both), ..Pen::default() } }
            }
        }
    }
}

fn nearest(ways: &[Way], top: Pixel, bottom: Pixel) -> usize {
    let (top, bottom) = (Rgb::from_u32(top), Rgb::from_u32(bottom));
    let apart = |way: &Way| distance(way.top, top) + distance(way.bottom, bottom);
    ways.iter().enumerate().min_by_key(|(_, way)| apart(way)).map_or(0, |(at, _)| at)
}

/// Every character in each of sixteen colours, on each of the eight that all terminals have behind characters.
fn colored(glyphs: &[(char, u32, u32)], colors: &[Rgb; 16]) -> Vec<Way> {
    let color = |index: u8| (colors[usize::from(index)], Color::indexed(index));
    let mut ways = Vec::new();
    for bg in 0..8 {
        ways.push(way((' ', 0, 0), color(bg), color(bg)));
    }
    for (glyph, bg, fg) in
        glyphs[1..].iter().flat_map(|glyph| (0..8).flat_map(move |bg| (0..16).map(move |fg| (glyph, bg, fg))))
    {
        let full = (glyph.1, glyph.2) == (100, 100);
        // What covers all of its cell shows nothing of what is behind it.
        if fg != bg && (!full || bg == 0) {
            ways.push(way(*glyph, color(fg), color(bg)));
        }
    }
    ways
}

fn way((ch, top, bottom): (char, u32, u32), fg: (Rgb, Color), bg: (Rgb, Color)) -> Way {
    let part = |fg: u8, bg: u8, cover: u32| {
        let mean = (u32::from(fg) * cover + u32::from(bg) * (100 - cover) + 50) / 100;
        u8::try_from(mean).unwrap_or(u8::MAX)
    };
    let mix = |cover: u32| Rgb {
        r: part(fg.0.r, bg.0.r, cover),
        g: part(fg.0.g, bg.0.g, cover),
        b: part(fg.0.b, bg.0.b, cover),
    };
    let patch = match ch {
        ' ' => Patch { glyph: Glyph::Blank, pen: Pen { bg: bg.1, ..Pen::default() } },
        ch => Patch { glyph: Glyph::One(ch), pen: Pen { fg: fg.1, bg: bg.1, ..Pen::default() } },
    };
    Way { patch, top: mix(top), bottom: mix(bottom) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(depth: Depth, utf8: bool, window: bool) -> Blocks {
        Blocks::new(Profile { depth, window, utf8, multiplexed: false })
    }

    fn one(blocks: &mut Blocks, top: Pixel, bottom: Pixel) -> (Glyph, Color, Color) {
        let patch = blocks.patch(top, bottom);
        (patch.glyph, patch.pen.fg, patch.pen.bg)
    }

    #[test]
    fn two_pixels_are_an_upper_half_before_a_lower_one() {
        let mut direct = blocks(Depth::Direct, true, true);
        let red = Color::rgb(255, 0, 0);
        assert_eq!(one(&mut direct, 0xff_0000, 0x01_0203), (Glyph::One('▀'), red, Color::rgb(1, 2, 3)));
        assert_eq!(one(&mut direct, 0xff_0000, 0xff_0000), (Glyph::Blank, Color::DEFAULT, red));
        let mut letters = blocks(Depth::Indexed, false, true);
        assert_eq!(one(&mut letters, 0xff_0000, 0x01_0000), (Glyph::Blank, Color::DEFAULT, Color::rgb(128, 0, 0)));
    }

    #[test]
    fn sixteen_colours_are_used_as_the_linux_console_has_them() {
        let mut console = blocks(Depth::Sixteen, true, false);
        // Its bright colours stand before, never behind.
        assert_eq!(one(&mut console, 0xff_ffff, 0xff_ffff), (Glyph::One('█'), Color::indexed(15), Color::indexed(0)));
        assert_eq!(one(&mut console, 0, 0xff_ffff), (Glyph::One('▄'), Color::indexed(15), Color::indexed(0)));
        assert_eq!(one(&mut console, 0, 0), (Glyph::Blank, Color::DEFAULT, Color::indexed(0)));
        assert_eq!(one(&mut console, 0xaa_0000, 0), (Glyph::One('▀'), Color::indexed(1), Color::indexed(0)));
        for (top, bottom) in [(0xff_ffff, 0x55_5555), (0x12_3456, 0xfe_dcba), (0xff_ff55, 0xff_5555)] {
            let patch = console.patch(top, bottom);
            assert!((0..8).any(|index| patch.pen.bg == Color::indexed(index)), "{patch:?}");
        }
        let ascii = blocks(Depth::Sixteen, false, false).patch(0xff_ffff, 0xff_ffff);
        assert_eq!(ascii.glyph, Glyph::One('@'));
    }

    #[test]
    fn without_colours_what_is_brighter_covers_more() {
        for utf8 in [true, false] {
            let mut mono = blocks(Depth::Mono, utf8, true);
            let glyphs = if utf8 { BLOCKS } else { LETTERS };
            let cover = |glyph: &Glyph| match glyph {
                Glyph::Blank => 0,
                Glyph::One(ch) => {
                    glyphs.iter().find(|(known, ..)| known == ch).map_or(0, |(_, top, bottom)| top + bottom)
                }
                other => panic!("{other:?}"),
            };
            let covers: Vec<u32> =
                (0..=255_u32).map(|grey| cover(&mono.patch(grey * 0x01_0101, grey * 0x01_0101).glyph)).collect();
            assert!(covers.is_sorted() && covers[0] == 0 && covers[255] == 200, "{covers:?}");
            assert_eq!(mono.patch(0xff_ffff, 0).pen, Pen::default());
        }
    }

    #[test]
    fn rows_beyond_those_there_are_and_what_lies_below_stay() {
        use crate::geometry::{GridSize, Size};
        let mut canvas = Canvas::new(GridSize::new(4, 3));
        let raster = Raster::new(Size::new(9, 9));
        blocks(Depth::Direct, true, true).draw(&raster, CellPos { row: 1, col: 2 }, 2, &mut canvas);
        let black = |row: u16| canvas.row(row).iter().filter(|patch| patch.pen.bg == Color::rgb(0, 0, 0)).count();
        assert_eq!([black(0), black(1), black(2)], [0, 2, 0]);
    }
}
