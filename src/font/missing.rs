//! The stand-in for a character that no face has: its code point in hexadecimal digits, in a box where there is room.

use super::canvas::Canvas;

/// Rows of the digits 0 to F, three pixels wide and five high, the leftmost pixel in bit 2.
const DIGITS: [[u8; 5]; 16] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 3, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
    [2, 5, 7, 5, 5],
    [6, 5, 6, 5, 6],
    [3, 4, 4, 4, 3],
    [6, 5, 5, 5, 6],
    [7, 4, 6, 4, 7],
    [7, 4, 6, 4, 4],
];
const DIGIT_WIDTH: i32 = 3;
const DIGIT_HEIGHT: i32 = 5;

/// Draws the stand-in for `ch`; `dot` is the thickness of a line.
pub(super) fn draw(ch: char, dot: u32, canvas: &mut Canvas) {
    let dot = dot.max(1) as i32;
    let code = u32::from(ch);
    let count = if code > 0xffff { 6 } else { 4 };
    let (across, down) = if count == 4 { (2, 2) } else { (3, 2) };
    // In dots: digits with a dot between them; with a frame, a dot for it and one inside it on each side.
    let (width, height) = (across * (DIGIT_WIDTH + 1) - 1, down * (DIGIT_HEIGHT + 1) - 1);
    let (room_x, room_y) = (canvas.width() / dot, canvas.height() / dot);
    let digits = width <= room_x && height <= room_y;
    if !digits || (width + 4 <= room_x && height + 4 <= room_y) {
        frame(dot, canvas);
    }
    if digits {
        let left = (canvas.width() - width * dot) / 2;
        let top = (canvas.height() - height * dot) / 2;
        for place in 0..count {
            let digit = &DIGITS[(code >> (4 * (count - 1 - place)) & 0xf) as usize];
            let (col, row) = (place % across, place / across);
            digit_at(digit, left + col * (DIGIT_WIDTH + 1) * dot, top + row * (DIGIT_HEIGHT + 1) * dot, dot, canvas);
        }
    }
}

fn digit_at(digit: &[u8; 5], left: i32, top: i32, dot: i32, canvas: &mut Canvas) {
    for (y, bits) in (0..).zip(digit) {
        for x in (0..DIGIT_WIDTH).filter(|x| bits >> (DIGIT_WIDTH - 1 - x) & 1 == 1) {
            let (left, top) = (left + x * dot, top + y * dot);
            canvas.fill(left..left + dot, top..top + dot);
        }
    }
}

fn frame(dot: i32, canvas: &mut Canvas) {
    let (width, height) = (canvas.width(), canvas.height());
    canvas.fill(0..width - dot, dot..2 * dot);
    canvas.fill(0..width - dot, height - 2 * dot..height - dot);
    canvas.fill(0..dot, dot..height - dot);
    canvas.fill(width - 2 * dot..width - dot, dot..height - dot);
}
