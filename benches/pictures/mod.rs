//! Pictures of proxied screens, the same each time.

use vncterm::geometry::{Rect, Size};
use vncterm::surface::{Pixel, Surface};

/// The unit of damage of a proxied screen.
pub const TILE: Size = Size::new(64, 16);
/// How large they are.
pub const FULL: Size = Size::new(1920, 1080);

/// Numbers that look random and are the same each time (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Shapes of many sizes with grain over them, as a camera sees things.
pub fn photograph(surface: &mut Surface, area: Rect, random: &mut Random) {
    const CELLS: [u32; 3] = [96, 24, 6];
    let heights: Vec<Vec<u32>> =
        CELLS.iter().map(|_| (0..4096).map(|_| random.next() as u32 & 0xff).collect()).collect();
    let value = |layer: usize, x: u32, y: u32| {
        let (cell, layer) = (CELLS[layer], &heights[layer]);
        let at = |x: u32, y: u32| layer[(y * 61 + x) as usize % layer.len()];
        let (cx, cy, fx, fy) = (x / cell, y / cell, x % cell, y % cell);
        let across = |y: u32| at(cx, y) * (cell - fx) + at(cx + 1, y) * fx;
        (across(cy) * (cell - fy) + across(cy + 1) * fy) / (cell * cell)
    };
    for (y, row) in (0..).zip(surface.rows_mut(area)) {
        for (x, pixel) in (0..).zip(row) {
            let grain = random.next() as u32;
            let channel = |shift: u32, grain: u32| {
                let level = value(0, x + shift, y) * 5 + value(1, x, y + shift) * 2 + value(2, x, y);
                (level / 8 + (grain & 3)).min(255)
            };
            *pixel = channel(0, grain) << 16 | channel(7, grain >> 2) << 8 | channel(19, grain >> 4);
        }
    }
}

/// Letters of two colours, or with soft edges.
fn letters(surface: &mut Surface, area: Rect, soft: bool, random: &mut Random) {
    let glyphs: Vec<[u64; 18]> = (0..60).map(|_| std::array::from_fn(|_| random.next() & random.next())).collect();
    let text: Vec<usize> = (0..4000).map(|_| random.next() as usize % 80).collect();
    for (y, row) in (0..).zip(surface.rows_mut(area)) {
        for (x, pixel) in (0..).zip(row) {
            let glyph = glyphs.get(text[(y / 18 * 97 + x / 9) % text.len()]);
            let ink = glyph.map_or(0, |glyph| glyph[y % 18] >> (x % 9 * 4) & 15) as u32;
            let ink = if soft { ink * 17 } else { 255 * (ink >> 3) };
            *pixel = ((255 - ink) * 0x01_0101) & if soft { 0xff_fff0 } else { 0xff_ffff };
        }
    }
}

/// A background, windows with text, a picture, a bar with shades.
pub fn desktop(random: &mut Random) -> Surface {
    let mut surface = Surface::new(FULL, TILE, 0x20_4060);
    surface.fill(Rect::new(100, 80, 900, 20), 0x40_4040);
    letters(&mut surface, Rect::new(100, 100, 900, 600), false, random);
    surface.fill(Rect::new(700, 300, 1000, 20), 0x30_6090);
    letters(&mut surface, Rect::new(700, 320, 1000, 500), true, random);
    photograph(&mut surface, Rect::new(1200, 500, 512, 384), random);
    for (y, row) in (0..).zip(surface.rows_mut(Rect::new(0, 1040, 1920, 40))) {
        row.fill((0x30 + y as Pixel) * 0x01_0101);
    }
    surface
}
