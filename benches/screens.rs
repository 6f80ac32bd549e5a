//! How long encoding proxied screens takes and how many bytes it makes: a film, a photograph that fills the screen, and a
//! desktop with some of everything. `cargo bench --bench screens [-- WORD…]`, words of sessions or formats.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vncterm::geometry::{Rect, Size};
use vncterm::rfb::encode::{Screen, WireFormat, encode};
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::plan::plan;
use vncterm::surface::{Frame, Pixel, Seq, Surface};

const TILE: Size = Size::new(64, 16);
const FULL: Size = Size::new(1920, 1080);

/// Numbers that look random and are the same each time (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Smooth moving colours with one bit of noise, and something with hard edges before them.
fn film(surface: &mut Surface, area: Rect, step: u32, random: &mut Random) {
    let wave = |at: u32| if at & 256 == 0 { at & 255 } else { 255 - (at & 255) };
    for (y, row) in (0..).zip(surface.rows_mut(area)) {
        let mut noise = random.next() as u32;
        for (x, pixel) in (0..).zip(row) {
            noise = noise.rotate_left(1);
            let (red, green, blue) = (wave(x + 3 * step), wave(2 * y + 5 * step), wave(x + y + 2 * step));
            *pixel = red << 16 | (green ^ noise & 1) << 8 | blue;
        }
    }
    let corner = Rect::new(area.x + 7 * step % 560, area.y + 4 * step % 420, 80, 60);
    surface.fill(corner, 0xf0_f0f0);
}

/// Shapes of many sizes with grain over them, as a camera sees things.
fn photograph(surface: &mut Surface, area: Rect, random: &mut Random) {
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
fn desktop(random: &mut Random) -> Surface {
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

/// The frames of a session: each is sent to who has the one before it, the first to who has none.
fn session(name: &str) -> Vec<Arc<Frame>> {
    let random = &mut Random(3);
    match name {
        "film" => {
            let mut surface = Surface::new(FULL, TILE, 0x20_4060);
            let mut frame = |step| {
                film(&mut surface, Rect::new(640, 256, 640, 480), step, random);
                surface.publish()
            };
            (0..10).map(&mut frame).collect()
        }
        "photo" => {
            let mut surface = Surface::new(FULL, TILE, 0);
            photograph(&mut surface, FULL.rect(), random);
            vec![surface.publish()]
        }
        _ => vec![desktop(random).publish()],
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let screen = |gradient, quality| Some(Screen { quality, gradient });
    let formats = [
        ("Tight", Encoding::TIGHT, 2, screen(true, None)),
        ("Tight level 1", Encoding::TIGHT, 0, screen(true, None)),
        ("Tight no gradient", Encoding::TIGHT, 2, screen(false, None)),
        ("Tight as text", Encoding::TIGHT, 2, None),
        ("Tight quality 6", Encoding::TIGHT, 2, screen(true, Some(6))),
        ("Tight quality 9", Encoding::TIGHT, 2, screen(true, Some(9))),
        ("ZRLE", Encoding::ZRLE, 2, None),
        ("Raw", Encoding::RAW, 0, None),
    ];
    for name in ["film", "photo", "desktop"] {
        let frames = session(name);
        for (what, encoding, compression, screen) in formats {
            if !words.is_empty()
                && !words.iter().any(|word| name.contains(word.as_str()) || what.contains(word.as_str()))
            {
                continue;
            }
            let format = WireFormat { encoding, compression, screen, copy_rect: true, ..WireFormat::default() };
            let (mut bytes, mut rects, mut time) = (0, 0, Duration::ZERO);
            let mut seen = Seq::NONE;
            for frame in &frames {
                let mut best = Duration::MAX;
                for round in 0..5 {
                    let begun = Instant::now();
                    let update = encode(frame, &plan(frame, seen, &format), &format);
                    best = best.min(begun.elapsed());
                    if round == 0 {
                        bytes += update.len();
                        rects += usize::from(update.rects());
                    }
                    black_box(update);
                }
                time += best;
                seen = frame.seq();
            }
            let each = |sum: usize| sum / frames.len();
            let took = time.as_secs_f64() * 1e3 / frames.len() as f64;
            println!("{name:8} {what:18} {took:7.2} ms {:9} bytes {:5} rects", each(bytes), each(rects));
        }
    }
}
