//! Symbols for Legacy Computing of Unicode 16 that are shapes: U+1FBCB to U+1FBEF and U+1FBFA, separated quadrants
//! (U+1CC21 to U+1CC2F) and sextants (U+1CE51 to U+1CE8F), sixteenths and quarters (U+1CE90 to U+1CEAF).

use super::Frame;
use super::blocks::{column, row};
use crate::font::canvas::Canvas;

/// A place in the cell, in halves of its width and height.
type Place = (u8, u8);

/// The lines of U+1FBD0 to U+1FBDF: from, over and to; two places are the ends of a single one.
const DIAGONALS: [&[Place]; 16] = {
    const UPPER_LEFT: Place = (0, 0);
    const UPPER: Place = (1, 0);
    const UPPER_RIGHT: Place = (2, 0);
    const LEFT: Place = (0, 1);
    const MIDDLE: Place = (1, 1);
    const RIGHT: Place = (2, 1);
    const LOWER_LEFT: Place = (0, 2);
    const LOWER: Place = (1, 2);
    const LOWER_RIGHT: Place = (2, 2);
    [
        &[RIGHT, LOWER_LEFT],
        &[UPPER_RIGHT, LEFT],
        &[UPPER_LEFT, RIGHT],
        &[LEFT, LOWER_RIGHT],
        &[UPPER_LEFT, LOWER],
        &[UPPER, LOWER_RIGHT],
        &[UPPER_RIGHT, LOWER],
        &[UPPER, LOWER_LEFT],
        &[UPPER_LEFT, MIDDLE, UPPER_RIGHT],
        &[UPPER_RIGHT, MIDDLE, LOWER_RIGHT],
        &[LOWER_LEFT, MIDDLE, LOWER_RIGHT],
        &[UPPER_LEFT, MIDDLE, LOWER_LEFT],
        &[UPPER_LEFT, LOWER, UPPER_RIGHT],
        &[UPPER_RIGHT, LEFT, LOWER_RIGHT],
        &[LOWER_LEFT, UPPER, LOWER_RIGHT],
        &[UPPER_LEFT, RIGHT, LOWER_LEFT],
    ]
};

/// The middles of the circles of which U+1FBE0 to U+1FBE3 and U+1FBE8 to U+1FBEB show a half.
const HALVES: [Place; 4] = [(1, 0), (2, 1), (1, 2), (0, 1)];
/// The same of the quarters U+1FBEC to U+1FBEF.
const QUARTERS: [Place; 4] = [(2, 0), (0, 2), (2, 2), (0, 0)];

/// U+1CEA0 to U+1CEAF: the first and the last column and row, in quarters of the cell.
const EDGES: [[u32; 4]; 16] = [
    [2, 4, 3, 4],
    [1, 4, 3, 4],
    [0, 3, 3, 4],
    [0, 2, 3, 4],
    [0, 1, 2, 4],
    [0, 1, 1, 4],
    [0, 1, 0, 3],
    [0, 1, 0, 2],
    [0, 2, 0, 1],
    [0, 3, 0, 1],
    [1, 4, 0, 1],
    [2, 4, 0, 1],
    [3, 4, 0, 2],
    [3, 4, 0, 3],
    [3, 4, 1, 4],
    [3, 4, 2, 4],
];

/// Draws a symbol; `false` when it is none of these.
pub(super) fn draw(code: u32, frame: Frame, canvas: &mut Canvas) -> bool {
    let (width, height) = (frame.width, frame.height);
    let parts = |[left, right, top, bottom]: [u32; 4], canvas: &mut Canvas| {
        canvas.fill(column(width, 2 * left)..column(width, 2 * right), row(height, 2 * top)..row(height, 2 * bottom));
    };
    match code {
        0x1cc21..=0x1cc2f => separated(code - 0x1cc20, 2, frame, canvas),
        0x1ce51..=0x1ce8f => separated(code - 0x1ce50, 3, frame, canvas),
        0x1ce90..=0x1ce9f => {
            let (x, y) = ((code - 0x1ce90) % 4, (code - 0x1ce90) / 4);
            parts([x, x + 1, y, y + 1], canvas);
        }
        0x1cea0..=0x1ceaf => parts(EDGES[(code - 0x1cea0) as usize], canvas),
        0x1fbcb => cross(frame, canvas),
        0x1fbcc => {
            let (left, top, bottom) = (frame.x - width / 8, height / 8, height / 2);
            canvas.fill(left..left + frame.light, top..bottom);
            canvas.fill(left..left + width / 3, top..top + frame.light);
            canvas.fill(left..left + width / 3, bottom - frame.light..bottom);
        }
        0x1fbcd => lines(&[(0.1, 0.45), (0.5, 0.25), (0.9, 0.45)], 2.0 * frame.light as f32, canvas),
        0x1fbce => canvas.fill(0..(2 * width + 1) / 3, 0..height),
        0x1fbcf => canvas.fill(0..(width + 1) / 3, 0..height),
        0x1fbd0..=0x1fbdf => {
            let half = |(x, y): &Place| (f32::from(*x) / 2.0, f32::from(*y) / 2.0);
            let places: Vec<_> = DIAGONALS[(code - 0x1fbd0) as usize].iter().map(half).collect();
            lines(&places, frame.light as f32, canvas);
        }
        0x1fbe0..=0x1fbe3 => circle(HALVES[(code - 0x1fbe0) as usize], Some(frame.light), canvas),
        0x1fbe4 => parts([1, 3, 0, 2], canvas),
        0x1fbe5 => parts([1, 3, 2, 4], canvas),
        0x1fbe8..=0x1fbeb => circle(HALVES[(code - 0x1fbe8) as usize], None, canvas),
        0x1fbec..=0x1fbef => circle(QUARTERS[(code - 0x1fbec) as usize], None, canvas),
        0x1fbfa => bell(frame, canvas),
        _ => return false,
    }
    true
}

/// Parts of the cell, two in each of `rows` rows, with a gap after each. Bit 0 is the upper left one, bit 1 that to its
/// right, and so on down.
fn separated(set: u32, rows: u32, frame: Frame, canvas: &mut Canvas) {
    let gap = frame.light;
    for bit in (0..2 * rows).filter(|bit| set >> bit & 1 == 1) {
        let (x, y) = ((bit % 2) as i32, (bit / 2) as i32);
        let rows = rows as i32;
        let (left, right) = (frame.width * x / 2, frame.width * (x + 1) / 2);
        let (top, bottom) = (frame.height * y / rows, frame.height * (y + 1) / rows);
        canvas.fill(left..(right - gap).max(left + 1), top..(bottom - gap).max(top + 1));
    }
}

/// A line through places in parts of the cell.
fn lines(places: &[(f32, f32)], thickness: f32, canvas: &mut Canvas) {
    let (width, height) = (canvas.width() as f32, canvas.height() as f32);
    for ends in places.windows(2) {
        let [(x0, y0), (x1, y1)] = [ends[0], ends[1]].map(|(x, y)| (x * width, y * height));
        let (dx, dy) = (x1 - x0, y1 - y0);
        let length = dx.hypot(dy);
        canvas.fill_where(|x, y| {
            let along = ((x - x0) * dx + (y - y0) * dy) / length;
            let across = ((x - x0) * dy - (y - y0) * dx).abs() / length;
            across <= thickness / 2.0 && (-thickness / 2.0..=length + thickness / 2.0).contains(&along)
        });
    }
}

/// What lies in the cell of a circle half as wide as that, around one of its corners or the middle of an edge: the disk,
/// or its edge of so many pixels.
fn circle((x, y): Place, edge: Option<i32>, canvas: &mut Canvas) {
    let (width, height) = (canvas.width() as f32, canvas.height() as f32);
    let (middle_x, middle_y) = (f32::from(x) * width / 2.0, f32::from(y) * height / 2.0);
    let radius = width.min(height) / 2.0;
    let inner = edge.map_or(0.0, |edge| radius - edge as f32);
    canvas.fill_where(|x, y| (inner..=radius).contains(&(x - middle_x).hypot(y - middle_y)));
}

/// The outline of a cross of two thick strokes.
fn cross(frame: Frame, canvas: &mut Canvas) {
    let (width, height) = (frame.width as f32, frame.height as f32);
    let (light, half) = (frame.light as f32, width * 0.45);
    canvas.fill_where(|x, y| {
        let (x, y) = ((x - width / 2.0).abs(), (y - height / 2.0).abs());
        // How far from the nearer diagonal, and how far from the end of the strokes.
        let (across, beyond) = ((x - y).abs() / std::f32::consts::SQRT_2, half - x.max(y));
        let within = |by: f32| across <= light * 1.5 - by && beyond >= by;
        within(0.0) && !within(light * 0.8)
    });
}

/// A bell with its clapper.
fn bell(frame: Frame, canvas: &mut Canvas) {
    canvas.fill_parts(|x, y| {
        let off = (x - 0.5).abs();
        let dome = (0.25..0.62).contains(&y) && off <= 0.16 + 0.6 * (y - 0.25) * (y - 0.25).sqrt() + 0.06;
        let rim = (0.62..0.68).contains(&y) && off <= 0.42;
        let clapper = (0.68..0.76).contains(&y) && off <= 0.12;
        dome || rim || clapper
    });
    let middle = frame.x..frame.x + frame.light;
    canvas.fill(middle, frame.height / 5..frame.height / 4);
}
