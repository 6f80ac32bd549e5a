//! Proxied screens, as they are encoded for viewers: nothing is lost where nothing may be, and where something may, the
//! viewer's picture is near, and it is told where.

use vncterm::geometry::{Rect, Size};
use vncterm::rfb::encode::{Screen, WireFormat, encode};
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::pixel_format::PixelFormat;
use vncterm::rfb::plan::{plan, repaint};
use vncterm::surface::{Pixel, Surface};

use super::encodings::{Viewer, formats, rect};
use super::random::Random;

const TILE: Size = Size::new(64, 16);

fn format(quality: Option<u8>, gradient: bool) -> WireFormat {
    let screen = Some(Screen { quality, gradient });
    WireFormat { encoding: Encoding::TIGHT, copy_rect: true, screen, ..WireFormat::default() }
}

/// Shades with a little noise, as a camera sees a wall.
fn photograph(surface: &mut Surface, area: Rect, random: &mut Random) {
    for (y, row) in (0..).zip(surface.rows_mut(area)) {
        for (x, pixel) in (0..).zip(row) {
            let noise = random.below(4);
            let shade = |value: u32| ((value / 2) % 224 + noise).min(255);
            *pixel = shade(x + 3 * y) << 16 | shade(2 * x + y) << 8 | shade(y + 100);
        }
    }
}

/// Something of every kind: one colour, few, shades, noise, letters.
fn paint(surface: &mut Surface, area: Rect, kind: u32, random: &mut Random) {
    let colors: Vec<Pixel> = (0..1 + kind * 20).map(|_| random.below(0x100_0000)).collect();
    match kind {
        0..=2 => {
            for row in surface.rows_mut(area) {
                row.iter_mut().for_each(|pixel| *pixel = colors[random.below(colors.len() as u32) as usize]);
            }
        }
        3 => photograph(surface, area, random),
        4 => surface.rows_mut(area).for_each(|row| row.iter_mut().for_each(|pixel| *pixel = random.below(0x100_0000))),
        // Many colours in long runs.
        _ => {
            for row in surface.rows_mut(area) {
                row.chunks_mut(9).for_each(|run| run.fill(random.below(0x100_0000)));
            }
        }
    }
}

#[test]
fn every_kind_of_screen_comes_back_in_every_format() {
    let mut random = Random(11);
    let size = Size::new(330, 150);
    for (pixel_format, gradient) in formats().into_iter().zip([true, false].into_iter().cycle()) {
        let gradient = gradient && pixel_format == PixelFormat::SERVER_DEFAULT;
        let mut surface = Surface::new(size, TILE, 0x20_4060);
        let mut viewer = Viewer::new(WireFormat { pixel_format, ..format(None, gradient) }, size);
        for kind in 0..6 {
            let area = rect(&mut random, size);
            paint(&mut surface, area, kind, &mut random);
            let frame = surface.publish();
            viewer.follow(&frame, usize::MAX);
            viewer.shows(&frame);
        }
    }
}

#[test]
fn a_screen_that_several_cores_encode_comes_back() {
    let mut random = Random(5);
    let size = Size::new(2100, 530);
    let mut surface = Surface::new(size, TILE, 0);
    let mut viewers: Vec<Viewer> = [true, false].map(|gradient| Viewer::new(format(None, gradient), size)).into();
    for _ in 0..3 {
        for kind in [4, 0, 3, 5, 1, 3] {
            let area = rect(&mut random, size);
            paint(&mut surface, area, kind, &mut random);
        }
        surface.scroll(0..20, 3);
        let frame = surface.publish();
        for viewer in &mut viewers {
            let update = encode(&frame, &plan(&frame, viewer.seen, &viewer.format), &viewer.format);
            assert!(update.lossy().is_empty());
            viewer.follow(&frame, 100_000);
            viewer.shows(&frame);
        }
    }
}

#[test]
fn a_photograph_is_near_at_every_quality_and_exact_once_it_is_sent_again() {
    let size = Size::new(400, 300);
    let photo = Rect::new(64, 64, 256, 192);
    let mut surface = Surface::new(size, TILE, 0x80_ffff);
    photograph(&mut surface, photo, &mut Random(2));
    let frame = surface.publish();
    let mut lengths = Vec::new();
    for quality in 0..=9 {
        let mut viewer = Viewer::new(format(Some(quality), true), size);
        let update = encode(&frame, &plan(&frame, viewer.seen, &viewer.format), &viewer.format);
        assert_eq!(update.lossy().bounds(), photo, "the photograph and nothing else");
        lengths.push(update.len());
        viewer.take(&update, 1000).expect("our own bytes are right");
        let (mut worst, mut sum) = (0, 0);
        for (y, row) in (0..).zip(viewer.picture.chunks(size.width as usize)) {
            for ((x, shown), pixel) in (0..).zip(row).zip(frame.row(y)) {
                let of = |pixel: &Pixel| pixel.to_be_bytes().map(i32::from);
                let far = of(shown).iter().zip(of(pixel)).map(|(a, b)| (a - b).abs()).sum::<i32>();
                assert!(far == 0 || update.lossy().contains(Rect::new(x, y, 1, 1)), "{x},{y} is not told of");
                worst = worst.max(far);
                sum += far;
            }
        }
        assert!(worst > 0, "JPEG loses something");
        let mean = f64::from(sum) / photo.area() as f64;
        assert!(mean < 24.0 - 2.0 * f64::from(quality), "{mean} at {quality}");
        let lossless = viewer.format.lossless();
        let again = encode(&frame, &repaint(&frame, update.lossy(), &lossless), &lossless);
        assert!(again.lossy().is_empty());
        viewer.take(&again, 1000).expect("our own bytes are right");
        viewer.shows(&frame);
    }
    assert!(lengths.is_sorted(), "{lengths:?}");
}

#[test]
fn letters_are_no_photograph() {
    let size = Size::new(300, 200);
    let mut random = Random(8);
    let mut surface = Surface::new(size, TILE, 0xff_ffff);
    for (y, kind) in [(0, 1), (64, 5)] {
        paint(&mut surface, Rect::new(0, y, 300, 64), kind, &mut random);
    }
    let frame = surface.publish();
    let mut viewer = Viewer::new(format(Some(0), true), size);
    viewer.follow(&frame, usize::MAX);
    viewer.shows(&frame);
}
