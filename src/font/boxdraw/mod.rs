//! Glyphs drawn from the size of the cell, so that they join their neighbours exactly at every size.
//!
//! All lines of a cell lie where [`Frame`] says, whatever the character; so what leaves a cell at its edge enters the
//! next one at the same rows or columns, with the same thickness.

mod blocks;
mod curves;
mod legacy;
mod lines;
mod powerline;
mod supplement;

use super::Metrics;
use super::canvas::Canvas;

/// Where the lines of a cell run, in pixels.
#[derive(Clone, Copy, Debug)]
struct Frame {
    width: i32,
    height: i32,
    /// Thickness of a light line, and of each of a double one.
    light: i32,
    /// Left edge of the light vertical line.
    x: i32,
    /// Top edge of the light horizontal line.
    y: i32,
}

impl Frame {
    fn new(canvas: &Canvas, metrics: &Metrics) -> Self {
        let (width, height) = (canvas.width(), canvas.height());
        let light = (metrics.thickness as i32).clamp(1, width.max(1));
        Self { width, height, light, x: (width - light) / 2, y: (height - light) / 2 }
    }
}

/// Draws `ch` if it is one of these characters; `false` leaves the canvas as it was.
pub(super) fn draw(ch: char, metrics: &Metrics, canvas: &mut Canvas) -> bool {
    let frame = Frame::new(canvas, metrics);
    match u32::from(ch) {
        code @ 0x2500..=0x257f => lines::draw(code, frame, canvas) || curves::draw(code, frame, canvas),
        code @ 0x23ba..=0x23bd => lines::scan_line(code, frame, canvas),
        code @ 0x2580..=0x259f => blocks::draw(code, frame, canvas),
        code @ 0x2800..=0x28ff => blocks::braille(code, frame, canvas),
        code @ (0xe0a0..=0xe0a2 | 0xe0b0..=0xe0bf) => powerline::draw(code, frame, canvas),
        code @ 0x1fb00..=0x1fb3b => blocks::sextant(code, frame, canvas),
        code @ (0x1fb3c..=0x1fbaf | 0x1fbf0..=0x1fbf9) => legacy::draw(code, frame, canvas),
        code => blocks::octants(code, frame, canvas) || supplement::draw(code, frame, canvas),
    }
}

#[cfg(test)]
mod tests;
