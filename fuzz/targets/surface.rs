//! Pictures: however they are written, scrolled and resized, and however late a viewer asks, moves and dirty pixels take
//! it to the frame.

use vncterm::geometry::{Rect, Size};
use vncterm::surface::{Frame, FrameDamage, Pixel, Seq, Surface};

use super::super::driver::Input;
use super::Target;

pub const TARGET: Target = Target { name: "surface", run, seeds, words: &[&[0; 6], &[0xff; 6], &[9, 9]], max_len: 512 };

const TILE: Size = Size::new(4, 6);
const SIDE: u8 = 48;

fn seeds() -> Vec<Vec<u8>> {
    vec![
        vec![20, 30, 0, 3, 3, 9, 9, 1, 0, 4, 3, 4, 1, 0, 4, 3, 4, 0, 1, 1, 30, 4, 5, 2, 4],
        vec![33, 40, 1, 2, 6, 130, 1, 0, 3, 127, 4, 6, 5, 4, 2, 1, 2, 3, 4, 3, 40, 40, 5, 4],
    ]
}

/// A number below `end`.
fn small(input: &mut Input<'_>, end: u8) -> u32 {
    u32::from(input.u8() % end)
}

fn size(input: &mut Input<'_>) -> Size {
    Size::new(1 + small(input, SIDE), 1 + small(input, SIDE))
}

/// Somewhere in the largest picture, or beyond its edges.
fn rect(input: &mut Input<'_>) -> Rect {
    Rect::new(small(input, 60), small(input, 60), small(input, 60), small(input, 60))
}

fn run(input: &[u8]) {
    let mut input = Input(input);
    let mut surface = Surface::new(size(&mut input), TILE, 7);
    let mut viewers = [(Seq::NONE, Vec::new()), (Seq::NONE, Vec::new())];
    let mut pixel = 0;
    while !input.is_empty() {
        pixel += 1;
        match small(&mut input, 7) {
            0 => surface.fill(rect(&mut input), pixel),
            1 => {
                let start = small(&mut input, 9);
                let rows = start..start + small(&mut input, 9);
                surface.scroll(rows, i32::from(input.u8() as i8));
            }
            2 => {
                let first = small(&mut input, 15);
                let tiles = first..first + small(&mut input, 15);
                if let Some(mut row) = surface.tile_row(small(&mut input, 9), false) {
                    row.tiles(tiles).fill(rect(&mut input), pixel);
                }
            }
            3 => surface.resize(size(&mut input), TILE, pixel),
            4 => follow(&mut viewers[0], &surface.publish()),
            5 => follow(&mut viewers[1], &surface.publish()),
            _ => drop(surface.publish()),
        }
    }
    let last = surface.publish();
    viewers.iter_mut().for_each(|viewer| follow(viewer, &last));
}

/// Takes a viewer to a frame as its damage says, and compares.
fn follow((seen, pixels): &mut (Seq, Vec<Pixel>), frame: &Frame) {
    let damage = frame.damage_since(*seen);
    if *seen < frame.resized() {
        pixels.clear();
        pixels.resize(frame.size().area() as usize, 0xdead_beef);
    }
    apply(pixels, &damage, frame);
    let wrong = (0..frame.size().height).find(|y| row(pixels, frame, *y) != frame.row(*y));
    assert_eq!(wrong, None, "from {seen:?} to {:?}: {damage:?}", frame.seq());
    *seen = frame.seq();
}

fn row<'a>(pixels: &'a [Pixel], frame: &Frame, y: u32) -> &'a [Pixel] {
    pixels.chunks_exact(frame.size().width as usize).nth(y as usize).unwrap_or_default()
}

fn apply(pixels: &mut [Pixel], damage: &FrameDamage, frame: &Frame) {
    let width = frame.size().width;
    let at = |x: u32, y: u32| (y * width + x) as usize;
    for step in &damage.moves {
        let (source, target) = (step.source(), step.target());
        let taken = pixels.to_vec();
        for y in 0..source.height {
            let from = at(source.x, source.y + y);
            let to = at(target.x, target.y + y);
            let length = source.width as usize;
            pixels[to..to + length].copy_from_slice(&taken[from..from + length]);
        }
    }
    for rect in damage.dirty.rects() {
        for (y, row) in (rect.y..).zip(frame.rows(*rect)) {
            pixels[at(rect.x, y)..at(rect.x, y) + row.len()].copy_from_slice(row);
        }
    }
}
