//! Symbols for Legacy Computing: the mosaics, eighths, fills, diagonals and digits of U+1FB3C to U+1FBAF and U+1FBF0 to
//! U+1FBF9. Sextants and octants are with the blocks.

use super::Frame;
use super::blocks::{column, row};
use crate::font::canvas::{Canvas, FULL};
use std::ops::Range;

const HALF: u8 = FULL / 2;
const UPPER: u32 = 2;
const LOWER: u32 = 8;

/// The slanted edges of U+1FB3C to U+1FB51, from left to right: x in halves of the cell and y in thirds. Filled is what
/// lies below the edge; U+1FB52 to U+1FB67 are the complements, in the same order.
const EDGES: [[(f32, f32); 2]; 22] = {
    const LEFT: f32 = 0.0;
    const MIDDLE: f32 = 0.5;
    const RIGHT: f32 = 1.0;
    const TOP: f32 = 0.0;
    const THIRD: f32 = 1.0 / 3.0;
    const TWO_THIRDS: f32 = 2.0 / 3.0;
    const BOTTOM: f32 = 1.0;
    [
        [(LEFT, TWO_THIRDS), (MIDDLE, BOTTOM)],
        [(LEFT, TWO_THIRDS), (RIGHT, BOTTOM)],
        [(LEFT, THIRD), (MIDDLE, BOTTOM)],
        [(LEFT, THIRD), (RIGHT, BOTTOM)],
        [(LEFT, TOP), (MIDDLE, BOTTOM)],
        [(LEFT, THIRD), (MIDDLE, TOP)],
        [(LEFT, THIRD), (RIGHT, TOP)],
        [(LEFT, TWO_THIRDS), (MIDDLE, TOP)],
        [(LEFT, TWO_THIRDS), (RIGHT, TOP)],
        [(LEFT, BOTTOM), (MIDDLE, TOP)],
        [(LEFT, TWO_THIRDS), (RIGHT, THIRD)],
        [(MIDDLE, BOTTOM), (RIGHT, TWO_THIRDS)],
        [(LEFT, BOTTOM), (RIGHT, TWO_THIRDS)],
        [(MIDDLE, BOTTOM), (RIGHT, THIRD)],
        [(LEFT, BOTTOM), (RIGHT, THIRD)],
        [(MIDDLE, BOTTOM), (RIGHT, TOP)],
        [(MIDDLE, TOP), (RIGHT, THIRD)],
        [(LEFT, TOP), (RIGHT, THIRD)],
        [(MIDDLE, TOP), (RIGHT, TWO_THIRDS)],
        [(LEFT, TOP), (RIGHT, TWO_THIRDS)],
        [(MIDDLE, TOP), (RIGHT, BOTTOM)],
        [(LEFT, THIRD), (RIGHT, TWO_THIRDS)],
    ]
};

/// The diagonals of U+1FBA0 to U+1FBAE, one bit for each corner that one cuts off: upper left 1, upper right 2, lower
/// left 4, lower right 8.
const CORNERS: [u32; 15] = [1, 2, 4, 8, 5, 10, 12, 3, 9, 6, 14, 13, 11, 7, 15];

/// The segments of the digits 0 to 9: top 1, upper left 2, upper right 4, middle 8, lower left 16, lower right 32,
/// bottom 64.
const DIGITS: [u32; 10] = [0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f];

/// Draws a symbol; `false` when it is none of these.
pub(super) fn draw(code: u32, frame: Frame, canvas: &mut Canvas) -> bool {
    let (width, height) = (frame.width, frame.height);
    let (columns, rows) =
        (|from, to| column(width, from)..column(width, to), |from, to| row(height, from)..row(height, to));
    match code {
        0x1fb3c..=0x1fb51 => below(EDGES[(code - 0x1fb3c) as usize], canvas),
        0x1fb52..=0x1fb67 => {
            below(EDGES[(code - 0x1fb52) as usize], canvas);
            canvas.invert();
        }
        0x1fb68..=0x1fb6b => {
            quarters(1 << (code - 0x1fb68), canvas);
            canvas.invert();
        }
        0x1fb6c..=0x1fb6f => quarters(1 << (code - 0x1fb6c), canvas),
        0x1fb70..=0x1fb75 => canvas.fill(eighth_column(width, code - 0x1fb70 + 1), 0..height),
        0x1fb76..=0x1fb7b => canvas.fill(0..width, eighth_row(height, code - 0x1fb76 + 1)),
        0x1fb7c..=0x1fb7f => {
            let (right, upper) = (code >= 0x1fb7e, matches!(code, 0x1fb7d | 0x1fb7e));
            canvas.fill(eighth_column(width, if right { 7 } else { 0 }), 0..height);
            canvas.fill(0..width, eighth_row(height, if upper { 0 } else { 7 }));
        }
        0x1fb80 => [0, 7].into_iter().for_each(|eighth| canvas.fill(0..width, eighth_row(height, eighth))),
        0x1fb81 => [0, 2, 4, 7].into_iter().for_each(|eighth| canvas.fill(0..width, eighth_row(height, eighth))),
        0x1fb82..=0x1fb86 => canvas.fill(0..width, rows(0, [2, 3, 5, 6, 7][(code - 0x1fb82) as usize])),
        0x1fb87..=0x1fb8b => canvas.fill(columns([6, 5, 3, 2, 1][(code - 0x1fb87) as usize], 8), 0..height),
        // Half of the cell is shaded; the other is empty, or full.
        0x1fb8c => canvas.fill_level(columns(0, 4), 0..height, HALF),
        0x1fb8d => canvas.fill_level(columns(4, 8), 0..height, HALF),
        0x1fb8e => canvas.fill_level(0..width, rows(0, 4), HALF),
        0x1fb8f => canvas.fill_level(0..width, rows(4, 8), HALF),
        0x1fb90..=0x1fb92 | 0x1fb94 => {
            canvas.fill_level(0..width, 0..height, HALF);
            match code {
                0x1fb91 => canvas.fill(0..width, rows(0, 4)),
                0x1fb92 => canvas.fill(0..width, rows(4, 8)),
                0x1fb94 => canvas.fill(columns(4, 8), 0..height),
                _ => {}
            }
        }
        0x1fb95 | 0x1fb96 => {
            let dark = |at: u32| (at % 4 + at / 4) % 2 == code - 0x1fb95;
            (0..16).filter(|at| dark(*at)).for_each(|at| {
                canvas.fill(columns(at % 4 * 2, at % 4 * 2 + 2), rows(at / 4 * 2, at / 4 * 2 + 2));
            });
        }
        0x1fb97 => [2, 6].into_iter().for_each(|from| canvas.fill(0..width, rows(from, from + 2))),
        0x1fb98 | 0x1fb99 => hatch(code == 0x1fb99, canvas),
        0x1fb9a => quarters(UPPER | LOWER, canvas),
        0x1fb9b => {
            quarters(UPPER | LOWER, canvas);
            canvas.invert();
        }
        0x1fb9c..=0x1fb9f => shaded_corner(code - 0x1fb9c, canvas),
        0x1fba0..=0x1fbae => corners(CORNERS[(code - 0x1fba0) as usize], frame, canvas),
        0x1fbaf => {
            canvas.fill(0..width, frame.y..frame.y + frame.light);
            canvas.fill(frame.x..frame.x + frame.light, rows(2, 6));
        }
        0x1fbf0..=0x1fbf9 => digit(DIGITS[(code - 0x1fbf0) as usize], frame, canvas),
        _ => return false,
    }
    true
}

/// One of the eight columns, from the left; in a narrow cell at least a pixel of it.
fn eighth_column(width: i32, eighth: u32) -> Range<i32> {
    let start = column(width, eighth).min(width - 1);
    start..column(width, eighth + 1).max(start + 1)
}

/// One of the eight rows, from the top; in a low cell at least a pixel of it.
fn eighth_row(height: i32, eighth: u32) -> Range<i32> {
    let start = row(height, eighth).min(height - 1);
    start..row(height, eighth + 1).max(start + 1)
}

/// Fills what is below the line through two points, in parts of the cell.
fn below([(x0, y0), (x1, y1)]: [(f32, f32); 2], canvas: &mut Canvas) {
    canvas.fill_parts(|x, y| (y - y0) * (x1 - x0) >= (x - x0) * (y1 - y0));
}

/// Fills quarters that meet in the middle: left 1, [`UPPER`], right 4, [`LOWER`].
fn quarters(set: u32, canvas: &mut Canvas) {
    canvas.fill_parts(|x, y| {
        let (right, lower) = (x > y, x + y > 1.0);
        let quarter = match (right, lower) {
            (false, false) => 1,
            (true, false) => UPPER,
            (true, true) => 4,
            (false, true) => LOWER,
        };
        set & quarter != 0
    });
}

/// Stripes from corner to corner, two across the cell and four down, so that they go on in all neighbours.
fn hatch(rising: bool, canvas: &mut Canvas) {
    canvas.fill_parts(|x, y| {
        let along = if rising { 2.0 * x + 4.0 * y } else { 2.0 * x - 4.0 * y + 4.0 };
        along.fract() >= 0.5
    });
}

/// Shades the half of the cell at a corner: upper left, upper right, lower right, lower left.
fn shaded_corner(corner: u32, canvas: &mut Canvas) {
    canvas.fill_parts(|x, y| match corner {
        0 => x + y <= 1.0,
        1 => y <= x,
        2 => x + y >= 1.0,
        _ => y >= x,
    });
    canvas.dim(2);
}

/// Lines that cut corners off, between the middles of the edges, where the straight lines end too.
fn corners(set: u32, frame: Frame, canvas: &mut Canvas) {
    let (width, height, half) = (frame.width as f32, frame.height as f32, frame.light as f32 / 2.0);
    let (middle_x, middle_y) = (frame.x as f32 + half, frame.y as f32 + half);
    for corner in (0..4).filter(|corner| set >> corner & 1 == 1) {
        let (right, lower) = (corner & 1 == 1, corner & 2 != 0);
        // From here on the corner is the upper left one, and the line goes from (0, down) to (across, 0).
        let across = if right { width - middle_x } else { middle_x };
        let down = if lower { height - middle_y } else { middle_y };
        let length = across.hypot(down);
        canvas.fill_where(|x, y| {
            let x = if right { width - x } else { x };
            let y = if lower { height - y } else { y };
            (x * down + y * across - across * down).abs() <= half * length
        });
    }
}

/// A digit of seven segments.
fn digit(segments: u32, frame: Frame, canvas: &mut Canvas) {
    let (width, height) = (frame.width, frame.height);
    let thick = frame.light.max(width / 6).min(height / 8).max(1);
    let (left, right) = (width / 8, width - (width / 8).max(1));
    let (top, bottom) = (height / 6, height - height / 6);
    let middle = (top + bottom - thick) / 2;
    let (inner_left, inner_right) = ((left + thick).min(right), (right - thick).max(left));
    let across = |y: i32| (inner_left..inner_right, y..y + thick);
    let upper = top + thick..middle;
    let lower = middle + thick..bottom - thick;
    let parts = [
        across(top),
        (left..inner_left, upper.clone()),
        (inner_right..right, upper),
        across(middle),
        (left..inner_left, lower.clone()),
        (inner_right..right, lower),
        across(bottom - thick),
    ];
    for (segment, (xs, ys)) in parts.into_iter().enumerate() {
        if segments >> segment & 1 == 1 {
            canvas.fill(xs, ys);
        }
    }
}
