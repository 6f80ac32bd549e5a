//! Blocks and shades (U+2580 to U+259F), sextants (U+1FB00 to U+1FB3B), octants (U+1CD00 to U+1CDE5 and others) and
//! braille (U+2800 to U+28FF).

use super::Frame;
use crate::font::canvas::{Canvas, FULL};

/// Where `part` eighths from the far edge begin, so that a block and its complement meet.
fn from_far(length: i32, eighths: i32) -> i32 {
    length - from_near(length, eighths)
}

/// Where `part` eighths from the near edge end.
fn from_near(length: i32, eighths: i32) -> i32 {
    (length * eighths + 4) / 8
}

/// The left edge of column `eighth` of eight: where the blocks of the left end.
pub(super) fn column(width: i32, eighth: u32) -> i32 {
    from_near(width, eighth as i32)
}

/// The top edge of row `eighth` of eight: where the blocks below begin.
pub(super) fn row(height: i32, eighth: u32) -> i32 {
    from_far(height, 8 - eighth as i32)
}

/// The quadrants of U+2596 to U+259F: upper left 1, upper right 2, lower left 4, lower right 8.
const QUADRANTS: [u32; 10] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];

/// Draws a block element.
pub(super) fn draw(code: u32, frame: Frame, canvas: &mut Canvas) -> bool {
    let (width, height) = (frame.width, frame.height);
    match code {
        0x2580 => canvas.fill(0..width, 0..from_far(height, 4)),
        0x2581..=0x2588 => canvas.fill(0..width, from_far(height, (code - 0x2580) as i32)..height),
        0x2589..=0x258f => canvas.fill(0..from_near(width, (0x2590 - code) as i32), 0..height),
        0x2590 => canvas.fill(from_near(width, 4)..width, 0..height),
        0x2591..=0x2593 => canvas.fill_level(0..width, 0..height, (code - 0x2590) as u8 * FULL / 4),
        0x2594 => canvas.fill(0..width, 0..from_near(height, 1).max(1)),
        0x2595 => canvas.fill(from_far(width, 1).min(width - 1)..width, 0..height),
        0x2596..=0x259f => quadrants(QUADRANTS[(code - 0x2596) as usize], frame, canvas),
        _ => return false,
    }
    true
}

fn quadrants(set: u32, frame: Frame, canvas: &mut Canvas) {
    let (x, y) = (from_near(frame.width, 4), from_far(frame.height, 4));
    let parts = [(0..x, 0..y), (x..frame.width, 0..y), (0..x, y..frame.height), (x..frame.width, y..frame.height)];
    for (bit, (xs, ys)) in parts.into_iter().enumerate() {
        if set >> bit & 1 == 1 {
            canvas.fill(xs, ys);
        }
    }
}

/// Draws a sextant. The code counts the sets of its six parts from the top left, leaving out those that are blocks
/// already: none, the left half, the right half and all.
pub(super) fn sextant(code: u32, frame: Frame, canvas: &mut Canvas) -> bool {
    const LEFT_HALF: u32 = 0b01_0101;
    const RIGHT_HALF: u32 = 0b10_1010;
    let mut set = code - 0x1fb00 + 1;
    set += u32::from(set >= LEFT_HALF);
    set += u32::from(set >= RIGHT_HALF);
    let x = from_near(frame.width, 4);
    let row = |i: i32| (frame.height * i + 1) / 3;
    for bit in 0..6 {
        if set >> bit & 1 == 1 {
            let ys = row(bit / 2)..row(bit / 2 + 1);
            canvas.fill(if bit % 2 == 0 { 0..x } else { x..frame.width }, ys);
        }
    }
    true
}

/// The octants that had characters before the others came as a block: all that quadrants, halves and quarters of the cell
/// make up, and six more. Bit 0 is the upper left octant, bit 1 the one to its right, and so on down.
const OCTANTS_ELSEWHERE: [u8; 26] = [
    0x00, 0x01, 0x02, 0x03, 0x05, 0x0a, 0x0f, 0x14, 0x28, 0x3f, 0x40, 0x50, 0x55, 0x5a, 0x5f, 0x80, 0xa0, 0xa5, 0xaa,
    0xaf, 0xc0, 0xf0, 0xf5, 0xfa, 0xfc, 0xff,
];

/// The octants of U+1CD00 to U+1CDE5: the others, counted up.
const OCTANTS: [u8; 230] = {
    let (mut octants, mut set, mut count, mut skipped) = ([0; 230], 0, 0, 0);
    while set < 256 {
        if skipped < OCTANTS_ELSEWHERE.len() && OCTANTS_ELSEWHERE[skipped] as usize == set {
            skipped += 1;
        } else {
            octants[count] = set as u8;
            count += 1;
        }
        set += 1;
    }
    octants
};

/// Draws octants: `false` when `code` is not made of them.
pub(super) fn octants(code: u32, frame: Frame, canvas: &mut Canvas) -> bool {
    let set = match code {
        0x1cd00..=0x1cde5 => OCTANTS[(code - 0x1cd00) as usize],
        0x1fbe6 => 0x14,
        0x1fbe7 => 0x28,
        _ => return false,
    };
    let x = column(frame.width, 4);
    for bit in (0..8).filter(|bit| set >> bit & 1 == 1) {
        let ys = row(frame.height, bit / 2 * 2)..row(frame.height, bit / 2 * 2 + 2);
        canvas.fill(if bit % 2 == 0 { 0..x } else { x..frame.width }, ys);
    }
    true
}

/// Draws a braille pattern: dots 1, 2, 3, 7 on the left and 4, 5, 6, 8 on the right, in this order of bits:
/// 1 2 3 4 5 6 7 8.
pub(super) fn braille(code: u32, frame: Frame, canvas: &mut Canvas) -> bool {
    const PLACES: [(i32, i32); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let side = (frame.width / 4).min(frame.height / 8).max(1);
    for (bit, (col, row)) in PLACES.into_iter().enumerate() {
        if code >> bit & 1 == 1 {
            // The middles of the dots are a quarter and three quarters across, odd eighths down.
            let x = (frame.width * (2 * col + 1) - 2 * side + 2) / 4;
            let y = (frame.height * (2 * row + 1) - 4 * side + 4) / 8;
            canvas.fill(x..x + side, y..y + side);
        }
    }
    true
}
