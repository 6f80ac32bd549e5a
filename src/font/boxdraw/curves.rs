//! Arcs and diagonals: U+256D to U+2573.

use super::Frame;
use crate::font::canvas::Canvas;

/// Draws an arc or a diagonal.
pub(super) fn draw(code: u32, frame: Frame, canvas: &mut Canvas) -> bool {
    match code {
        0x256d => arc(1, 1, frame, canvas),
        0x256e => arc(-1, 1, frame, canvas),
        0x256f => arc(-1, -1, frame, canvas),
        0x2570 => arc(1, -1, frame, canvas),
        0x2571 => diagonal(true, frame, canvas),
        0x2572 => diagonal(false, frame, canvas),
        0x2573 => {
            diagonal(true, frame, canvas);
            diagonal(false, frame, canvas);
        }
        _ => return false,
    }
    true
}

/// A quarter of a circle between the two light lines of the cell, which go on straight to the edges; `right` and
/// `down` are 1 or -1: where the lines leave to.
fn arc(right: i32, down: i32, frame: Frame, canvas: &mut Canvas) {
    let half = frame.light as f32 / 2.0;
    let (x, y) = (frame.x as f32 + half, frame.y as f32 + half);
    let to_edge = |at: f32, length: i32, way: i32| if way > 0 { length as f32 - at } else { at };
    // The last pixel before the edge is straight, so that the neighbour's line meets it exactly.
    let radius = (to_edge(x, frame.width, right).min(to_edge(y, frame.height, down)) - 1.0).max(half);
    canvas.fill_where(|px, py| {
        let (u, v) = ((px - x) * right as f32, (py - y) * down as f32);
        if u >= radius {
            v.abs() <= half
        } else if v >= radius {
            u.abs() <= half
        } else {
            ((u - radius).hypot(v - radius) - radius).abs() <= half
        }
    });
}

/// A line from corner to corner, as thick as a light one.
fn diagonal(rising: bool, frame: Frame, canvas: &mut Canvas) {
    let (width, height, half) = (frame.width as f32, frame.height as f32, frame.light as f32 / 2.0);
    let length = width.hypot(height);
    canvas.fill_where(|x, y| {
        let y = if rising { height - y } else { y };
        (x * height - y * width).abs() <= half * length
    });
}
