//! Colours between foreground and background, for pixels that a glyph covers in part.

use std::sync::LazyLock;

use crate::font::Font;
use crate::surface::{Pixel, Tiles};

/// Steps from light back to a value of eight bits.
const LIGHT_MAX: usize = 4095;

/// How light is added. 1.0 would mix the values of pixels, which makes dark text on light too heavy and light text on
/// dark too thin; 2.2 would mix light itself, which is right for areas and makes light text on dark swell. What reads
/// best for letters is between.
const GAMMA: f32 = 1.5;

/// The colours of all levels from background to foreground; sixteen, so that four bits of a level always find one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ramp([Pixel; 16]);

const _: () = assert!(Font::LEVELS as usize <= 16);

struct Tables {
    light: [u16; 256],
    value: Box<[u8]>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let light = |value: usize| (value as f32 / 255.0).powf(GAMMA) * LIGHT_MAX as f32;
    let value = |light: usize| (light as f32 / LIGHT_MAX as f32).powf(1.0 / GAMMA) * 255.0;
    Tables {
        light: std::array::from_fn(|index| light(index).round() as u16),
        value: (0..=LIGHT_MAX).map(|index| value(index).round() as u8).collect(),
    }
});

/// `level` of [`Font::LEVELS`]` - 1` parts of `over`, the rest of `under`.
pub(super) fn blend(under: Pixel, over: Pixel, level: u8) -> Pixel {
    let full = u32::from(Font::LEVELS - 1);
    let level = u32::from(level).min(full);
    if level == 0 || under == over {
        return under;
    } else if level == full {
        return over;
    }
    let tables = &*TABLES;
    let part = |shift: u32| {
        let light = |pixel: Pixel| u32::from(tables.light[(pixel >> shift & 0xff) as usize]);
        let mixed = (light(over) * level + light(under) * (full - level) + full / 2) / full;
        u32::from(tables.value[mixed as usize]) << shift
    };
    part(16) | part(8) | part(0)
}

impl Ramp {
    fn new(foreground: Pixel, background: Pixel) -> Self {
        Self(std::array::from_fn(|level| blend(background, foreground, level as u8)))
    }

    /// The colour of a level.
    #[inline]
    pub(super) fn color(&self, level: u8) -> Pixel {
        self.0[usize::from(level & 15)]
    }

    /// Paints a tile with the colours of `levels`, the top left one first and `stride` from row to row.
    pub(super) fn paint(&self, tiles: &mut Tiles<'_>, levels: &[u8], stride: usize) {
        // Most of what a painter does is this: where the number of steps is known beforehand it takes half the time.
        match tiles.width() {
            8 => self.paint_rows::<8>(tiles, levels, stride),
            9 => self.paint_rows::<9>(tiles, levels, stride),
            10 => self.paint_rows::<10>(tiles, levels, stride),
            12 => self.paint_rows::<12>(tiles, levels, stride),
            16 => self.paint_rows::<16>(tiles, levels, stride),
            18 => self.paint_rows::<18>(tiles, levels, stride),
            _ => {
                for (row, levels) in tiles.rows().zip(levels.chunks(stride)) {
                    row.iter_mut().zip(levels).for_each(|(pixel, level)| *pixel = self.color(*level));
                }
            }
        }
    }

    #[inline(never)]
    fn paint_rows<const WIDTH: usize>(&self, tiles: &mut Tiles<'_>, levels: &[u8], stride: usize) {
        for (row, levels) in tiles.rows().zip(levels.chunks(stride)) {
            if let (Some(row), Some(levels)) = (row.first_chunk_mut::<WIDTH>(), levels.first_chunk::<WIDTH>()) {
                *row = levels.map(|level| self.color(level));
            }
        }
    }
}

/// The ramps used last.
#[derive(Debug)]
pub(super) struct Ramps {
    /// Foreground, background and their ramp, in the place that [`Ramps::place`] gives them.
    kept: Box<[(Pixel, Pixel, Ramp)]>,
}

impl Ramps {
    /// A screen seldom has more pairs of colours. 4.5 KiB.
    const COUNT: usize = 64;

    pub(super) fn new() -> Self {
        Self { kept: vec![(0, 0, Ramp([0; 16])); Self::COUNT].into() }
    }

    /// The ramp from `background` (level 0) to `foreground`.
    pub(super) fn get(&mut self, foreground: Pixel, background: Pixel) -> &Ramp {
        let slot = &mut self.kept[Self::place(foreground, background)];
        if (slot.0, slot.1) != (foreground, background) {
            *slot = (foreground, background, Ramp::new(foreground, background));
        }
        &slot.2
    }

    fn place(foreground: Pixel, background: Pixel) -> usize {
        // Multiplied by odd numbers the upper bits depend on all others.
        let mixed = foreground.wrapping_mul(0x9e37_79b1) ^ background.wrapping_mul(0x85eb_ca6b);
        (mixed >> 26) as usize % Self::COUNT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: u8 = Font::LEVELS - 1;

    #[test]
    fn ends_are_exact_and_the_way_is_steady() {
        for (under, over) in [(0, 0xff_ffff), (0xff_ffff, 0), (0x123456, 0xfedcba), (0x2040ff, 0x2040ff)] {
            assert_eq!((blend(under, over, 0), blend(under, over, FULL)), (under, over));
            for shift in [0, 8, 16] {
                let steps: Vec<u32> = (0..=FULL).map(|level| blend(under, over, level) >> shift & 0xff).collect();
                let rising = (under >> shift & 0xff) <= (over >> shift & 0xff);
                assert!(steps.windows(2).all(|pair| pair[0] == pair[1] || (pair[0] < pair[1]) == rising), "{steps:?}");
            }
        }
    }

    #[test]
    fn a_kept_ramp_is_the_right_one() {
        let mut ramps = Ramps::new();
        for round in 0..2 {
            for foreground in 0..1000 {
                let (foreground, background) = (foreground * 0x1_0307, (foreground * 0x2_0501) & 0xff_ffff);
                assert_eq!(
                    ramps.get(foreground, background).color(3),
                    blend(background, foreground, 3),
                    "round {round}"
                );
            }
        }
    }
}
