//! Powerline symbols: U+E0A0 to U+E0A2 and the separators U+E0B0 to U+E0BF.

use super::Frame;
use crate::font::canvas::Canvas;

/// Draws a Powerline symbol. In the separators all is measured from the edge that joins the coloured segment.
pub(super) fn draw(code: u32, frame: Frame, canvas: &mut Canvas) -> bool {
    let (width, height) = (frame.width as f32, frame.height as f32);
    let thick = frame.light as f32;
    match code {
        0xe0a0 => branch(frame, canvas),
        0xe0a1 => line_number(frame, canvas),
        0xe0a2 => padlock(frame, canvas),
        0xe0b0..=0xe0b7 => {
            let mirrored = code & 2 != 0;
            let (thin, round) = (code & 1 != 0, code >= 0xe0b4);
            let across = |x: f32| if mirrored { width - x } else { x };
            // 0 on the edge of the shape at this height, 1 at its tip.
            let tip = |y: f32| {
                let off = (2.0 * y / height - 1.0).abs();
                width * if round { (1.0 - off * off).max(0.0).sqrt() } else { 1.0 - off }
            };
            if thin {
                outline_of(width, height, thick, round, mirrored, canvas);
            } else {
                canvas.fill_where(|x, y| across(x) <= tip(y));
            }
        }
        0xe0b8..=0xe0bf => corner(code, width, height, thick, canvas),
        _ => return false,
    }
    true
}

/// The edge of a triangle or half an ellipse, `thick` pixels, inside the shape.
fn outline_of(width: f32, height: f32, thick: f32, round: bool, mirrored: bool, canvas: &mut Canvas) {
    canvas.fill_where(|x, y| {
        let x = if mirrored { width - x } else { x };
        let off = (2.0 * y / height - 1.0).abs();
        let distance = if round {
            // Distance to the ellipse, to the first order: its implicit function over the length of the gradient.
            let (u, v) = (x / width, off);
            let gradient = (2.0 * u / width).hypot(4.0 * v / height).max(1e-6);
            (1.0 - u * u - v * v) / gradient
        } else {
            let edge = width * (1.0 - off);
            (edge - x) * (height / 2.0) / width.hypot(height / 2.0)
        };
        (0.0..=thick).contains(&distance)
    });
}

/// U+E0B8 to U+E0BF: triangles that fill a corner (lower left, lower right, upper left, upper right), each followed by
/// the line of its slanted edge.
fn corner(code: u32, width: f32, height: f32, thick: f32, canvas: &mut Canvas) {
    let (line, right, upper) = (code & 1 != 0, code & 2 != 0, code & 4 != 0);
    let length = width.hypot(height);
    canvas.fill_where(|x, y| {
        let x = if right { width - x } else { x };
        let y = if upper { y } else { height - y };
        // Signed distance to the diagonal opposite the corner, positive inside.
        let inside = (width * height - x * height - y * width) / length;
        if line { inside.abs() <= thick / 2.0 } else { inside >= 0.0 }
    });
}

/// U+E0A0: a twig that leaves a trunk and grows up beside it, with a bud.
fn branch(frame: Frame, canvas: &mut Canvas) {
    let (w, h, t) = (frame.width, frame.height, frame.light);
    let (trunk, twig) = (w / 4, w - w / 4 - t);
    let (top, fork, bottom) = (h / 5, h * 3 / 5, h - h / 5);
    canvas.fill(trunk..trunk + t, top..bottom);
    canvas.fill(twig..twig + t, top..fork);
    canvas.fill(trunk..twig, fork - t..fork);
    canvas.fill(twig - t..twig + 2 * t, top..top + 3 * t);
}

/// U+E0A1: the letters L and N, one above the other.
fn line_number(frame: Frame, canvas: &mut Canvas) {
    let (w, h, t) = (frame.width, frame.height, frame.light);
    let (left, right) = (w / 6, w - w / 6);
    let (top, middle, bottom) = (h / 8, h / 2 - t, h - h / 8);
    canvas.fill(left..left + t, top..middle);
    canvas.fill(left..(left + right) / 2 + t, middle - t..middle);
    let second = middle + 2 * t;
    canvas.fill(left + t..left + 2 * t, second..bottom);
    canvas.fill(right - t..right, second..bottom);
    for y in second..bottom {
        let x = left + t + (right - left - 2 * t) * (y - second) / (bottom - second).max(1);
        canvas.fill(x..x + t, y..y + 1);
    }
}

/// U+E0A2: a closed padlock.
fn padlock(frame: Frame, canvas: &mut Canvas) {
    let (w, h, t) = (frame.width, frame.height, frame.light);
    let (left, right) = (w / 8, w - w / 8);
    let (top, body, bottom) = (h / 5, h * 9 / 20, h - h / 5);
    canvas.fill(left..right, body..bottom);
    let (inner_left, inner_right) = (left + t, right - t);
    canvas.fill(inner_left..inner_left + t, top + t..body);
    canvas.fill(inner_right - t..inner_right, top + t..body);
    canvas.fill(inner_left + t..inner_right - t, top..top + t);
    let (hole, middle) = ((w - t) / 2, (body + bottom) / 2);
    canvas.erase_where(|x, y| (hole..hole + t).contains(&x) && (middle - t..middle + t).contains(&y));
}
