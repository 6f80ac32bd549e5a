//! Underlines, strikes and overlines, drawn so that they go on from cell to cell.

use super::blend::blend;
use super::style::Painted;
use crate::font::{Font, Metrics};
use crate::geometry::{Rect, Size};
use crate::surface::{Pixel, Tiles};
use crate::terminal::LineSize;
use crate::terminal::cell::Underline;

const FULL: u8 = Font::LEVELS - 1;

/// What the lines of a font look like.
#[derive(Debug)]
pub(super) struct Lines {
    cell: Size,
    metrics: Metrics,
    /// Top row of the wave.
    wave_top: u32,
    /// Coverage of the wave, row by row, each as wide as a cell.
    wave: Box<[u8]>,
}

impl Lines {
    pub(super) fn new(cell: Size, metrics: &Metrics) -> Self {
        let (wave_top, wave) = wave(cell, metrics);
        Self { cell, metrics: *metrics, wave_top, wave }
    }

    /// Draws the lines of a cell over its glyph.
    pub(super) fn draw(&self, painted: &Painted, tiles: &mut Tiles<'_>) {
        // The lower half of a line of double height has the underline, the upper one the overline.
        if painted.size != LineSize::DoubleTop {
            self.underline(painted.underline, painted.line, tiles);
        }
        if painted.overline && painted.size != LineSize::DoubleBottom {
            self.across(self.metrics.overline, painted.foreground, tiles);
        }
        if painted.strike {
            let top = match painted.size {
                LineSize::Single | LineSize::DoubleWidth => Some(self.metrics.strike),
                LineSize::DoubleTop => Some(2 * self.metrics.strike).filter(|top| *top < self.cell.height),
                LineSize::DoubleBottom => (2 * self.metrics.strike).checked_sub(self.cell.height),
            };
            top.into_iter().for_each(|top| self.across(top, painted.foreground, tiles));
        }
    }

    fn across(&self, top: u32, color: Pixel, tiles: &mut Tiles<'_>) {
        tiles.fill(Rect::new(0, top, self.cell.width, self.metrics.thickness), color);
    }

    fn underline(&self, underline: Underline, color: Pixel, tiles: &mut Tiles<'_>) {
        let Metrics { underline: top, thickness, .. } = self.metrics;
        let width = self.cell.width;
        match underline {
            Underline::None => {}
            Underline::Single => self.across(top, color, tiles),
            Underline::Double => {
                let lowest = self.cell.height.saturating_sub(thickness);
                let second = (top + 2 * thickness).min(lowest);
                self.across(second.saturating_sub(2 * thickness), color, tiles);
                self.across(second, color, tiles);
            }
            Underline::Dotted => {
                let dots = (width / (2 * thickness)).max(1);
                let dot = |index| Rect::new(index * width / dots, top, thickness, thickness);
                (0..dots).for_each(|index| tiles.fill(dot(index), color));
            }
            Underline::Dashed => {
                // Half a dash at each side, which joins that of the next cell.
                let half = (width / 3).max(1);
                tiles.fill(Rect::new(0, top, half, thickness), color);
                tiles.fill(Rect::new(width.saturating_sub(half), top, half, thickness), color);
            }
            Underline::Curly => {
                let rows = tiles.rows().skip(self.wave_top as usize);
                for (row, levels) in rows.zip(self.wave.chunks_exact(width as usize)) {
                    row.iter_mut().zip(levels).for_each(|(pixel, level)| *pixel = blend(*pixel, color, *level));
                }
            }
        }
    }
}

/// One wave for each cell, so that the next begins where this one ends: its top row, and coverage.
fn wave(cell: Size, metrics: &Metrics) -> (u32, Box<[u8]>) {
    let thickness = metrics.thickness;
    let height = (3 * thickness + 1).min(cell.height);
    let top = metrics.underline.min(cell.height - height);
    let swing = (height - thickness.min(height)) as f32 / 2.0;
    let level = |x: u32, y: u32| {
        let angle = (x as f32 + 0.5) / cell.width as f32 * std::f32::consts::TAU;
        let middle = height as f32 / 2.0 - swing * angle.cos();
        // How far the wave is from the middle of the pixel, measured across its slope.
        let slope = swing * std::f32::consts::TAU / cell.width as f32 * angle.sin();
        let distance = (y as f32 + 0.5 - middle).abs() / (1.0 + slope * slope).sqrt();
        let coverage = (thickness as f32 / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
        (coverage * f32::from(FULL)).round() as u8
    };
    (top, (0..height).flat_map(|y| (0..cell.width).map(move |x| level(x, y))).collect())
}
