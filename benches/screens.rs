//! How long encoding proxied screens takes and how many bytes it makes: a film, a photograph that fills the screen, and a
//! desktop with some of everything. `cargo bench --bench screens [-- WORD…]`, words of sessions or formats.

mod pictures;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vncterm::geometry::Rect;
use vncterm::rfb::encode::{Screen, WireFormat, encode};
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::plan::plan;
use vncterm::surface::{Frame, Seq, Surface};

use pictures::{FULL, Random, TILE, desktop, photograph};

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
