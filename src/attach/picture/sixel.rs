//! Part of a raster as a sixel image (DEC STD 070 ch. 9): six rows of pixels to a character, in as many colours as there are
//! registers.
//!
//! What has no more colours than that is shown in them, to the percent that sixels know. What has more is shown in those that
//! divide it best: the box of colours with the largest spread is cut in two, again and again (Heckbert's median cut).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;

use super::scale::Raster;
use crate::geometry::Rect;
use crate::surface::Pixel;

/// Registers that all have who have more than the sixteen of a VT340.
pub const REGISTERS: usize = 256;
/// Rows of pixels in one character.
const ROWS: u32 = 6;
/// Bits of each part of a colour that are told apart where there are too many.
const BITS: u32 = 5;

/// Colours, and which of them each pixel has.
struct Palette {
    colors: Vec<Pixel>,
    /// By the pixel itself, or by its [`bin`].
    numbers: HashMap<Pixel, usize>,
    exact: bool,
}

impl Palette {
    fn of(raster: &Raster, area: Rect, most: usize) -> Self {
        let mut numbers = HashMap::new();
        let mut colors = Vec::new();
        for pixel in pixels(raster, area) {
            if let Entry::Vacant(place) = numbers.entry(pixel) {
                if colors.len() >= most {
                    return Self::divided(raster, area, most);
                }
                place.insert(colors.len());
                colors.push(pixel);
            }
        }
        Self { colors, numbers, exact: true }
    }

    fn divided(raster: &Raster, area: Rect, most: usize) -> Self {
        // How many there are in each bin, and their sums.
        let mut bins: HashMap<Pixel, [u64; 4]> = HashMap::new();
        for pixel in pixels(raster, area) {
            let sums = bins.entry(bin(pixel)).or_default();
            sums[3] += 1;
            for (part, sum) in sums.iter_mut().take(3).enumerate() {
                *sum += u64::from(parts(pixel)[part]);
            }
        }
        let mut all: Vec<(Pixel, [u64; 4])> = bins.into_iter().collect();
        // So that the same pixels always look the same.
        all.sort_unstable();
        let mut boxes = vec![all];
        while boxes.len() < most {
            let widest = boxes.iter().enumerate().max_by_key(|(_, bins)| spread(bins).0 * bins.len().min(2) as u64);
            let Some((at, (_, part))) = widest.map(|(at, bins)| (at, spread(bins))) else { break };
            if boxes[at].len() < 2 {
                break;
            }
            let mut bins = boxes.swap_remove(at);
            bins.sort_unstable_by_key(|(bin, _)| (parts(*bin)[part], *bin));
            let half = bins.iter().map(|(_, sums)| sums[3]).sum::<u64>() / 2;
            let mut before = 0;
            let cut = bins.iter().position(|(_, sums)| {
                before += sums[3];
                before > half
            });
            let other = bins.split_off(cut.unwrap_or(1).clamp(1, bins.len() - 1));
            boxes.extend([bins, other]);
        }
        let mut numbers = HashMap::new();
        let mut colors = Vec::new();
        for bins in boxes {
            let mut sums = [0; 4];
            for (bin, more) in &bins {
                numbers.insert(*bin, colors.len());
                sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
            let mean = |part: usize| u32::try_from(sums[part] / sums[3].max(1)).unwrap_or(255);
            colors.push(mean(0) << 16 | mean(1) << 8 | mean(2));
        }
        Self { colors, numbers, exact: false }
    }

    fn number(&self, pixel: Pixel) -> usize {
        let key = if self.exact { pixel } else { bin(pixel) };
        self.numbers.get(&key).copied().unwrap_or(0)
    }
}

fn pixels(raster: &Raster, area: Rect) -> impl Iterator<Item = Pixel> {
    let columns = area.x as usize..area.right() as usize;
    (area.y..area.bottom()).flat_map(move |y| raster.row(y).get(columns.clone()).unwrap_or_default().iter().copied())
}

fn parts(pixel: Pixel) -> [u32; 3] {
    [pixel >> 16 & 0xff, pixel >> 8 & 0xff, pixel & 0xff]
}

/// The pixel without its lowest bits.
fn bin(pixel: Pixel) -> Pixel {
    const KEPT: u32 = (0xff << (8 - BITS)) & 0xff;
    pixel & (KEPT << 16 | KEPT << 8 | KEPT)
}

/// How far a box reaches in the part in which it reaches farthest, as eyes weigh it, and which part that is.
fn spread(bins: &[(Pixel, [u64; 4])]) -> (u64, usize) {
    const WEIGHTS: [u64; 3] = [3, 4, 2];
    let reach = |part: usize| {
        let values = bins.iter().map(|(bin, _)| parts(*bin)[part]);
        let (least, most) = values.fold((255, 0), |(least, most), value| (value.min(least), value.max(most)));
        (u64::from(most.saturating_sub(least)) * WEIGHTS[part], part)
    };
    (0..3).map(reach).max().unwrap_or((0, 0))
}

/// `area` of the raster from where the cursor is on, in at most so many colours.
pub fn encode(raster: &Raster, area: Rect, colors: usize, out: &mut String) {
    let palette = Palette::of(raster, area, colors.clamp(2, REGISTERS));
    // Pixels as wide as high, and none where there are none in the last row.
    let _ = write!(out, "\x1bP0;1;0q\"1;1;{};{}", area.width, area.height);
    for (number, color) in palette.colors.iter().enumerate() {
        let [r, g, b] = parts(*color).map(|part| (part * 100 + 127) / 255);
        let _ = write!(out, "#{number};2;{r};{g};{b}");
    }
    let width = area.width as usize;
    // The characters of each colour in a row of them; only those of colours that are there have any.
    let mut planes: Vec<Vec<u8>> = vec![Vec::new(); palette.colors.len()];
    for top in (area.y..area.bottom()).step_by(ROWS as usize) {
        let mut used: Vec<usize> = Vec::new();
        for (bit, y) in (top..area.bottom().min(top + ROWS)).enumerate() {
            let row = raster.row(y).get(area.x as usize..area.right() as usize).unwrap_or_default();
            let mut known = (0, usize::MAX);
            for (x, pixel) in row.iter().enumerate() {
                let number = if known.1 != usize::MAX && known.0 == *pixel { known.1 } else { palette.number(*pixel) };
                known = (*pixel, number);
                let plane = &mut planes[number];
                if plane.is_empty() {
                    plane.resize(width, 0);
                    used.push(number);
                }
                plane[x] |= 1 << bit;
            }
        }
        for (nth, number) in used.iter().enumerate() {
            let _ = write!(out, "{}#{number}", if nth > 0 { "$" } else { "" });
            runs(&planes[*number], out);
            planes[*number].clear();
        }
        if top + ROWS < area.bottom() {
            out.push('-');
        }
    }
    out.push_str("\x1b\\");
}

/// Characters of one colour, without the empty ones at their end.
fn runs(plane: &[u8], out: &mut String) {
    let end = plane.iter().rposition(|bits| *bits != 0).map_or(0, |last| last + 1);
    for run in plane[..end].chunk_by(|a, b| a == b) {
        let ch = char::from(b'?' + run[0]);
        match run.len() {
            length @ 0..=3 => out.extend(std::iter::repeat_n(ch, length)),
            length => drop(write!(out, "!{length}{ch}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{GridSize, Size};
    use crate::terminal::{Options, Terminal};

    /// What our own terminal shows of an image.
    fn shown(image: &str, size: Size) -> Vec<Vec<u32>> {
        let mut terminal = Terminal::new(GridSize::new(80, 40), Options::default());
        terminal.feed(image.as_bytes());
        let screen = terminal.screen();
        let cell = screen.pictures().cell();
        let pixel = |x: u32, y: u32| {
            let at = &screen.row((y / cell.height) as u16)[(x / cell.width) as usize];
            let pixels = at.picture().and_then(|number| screen.pictures().pixels(number)).expect("part of a picture");
            pixels[(y % cell.height * cell.width + x % cell.width) as usize]
        };
        (0..size.height).map(|y| (0..size.width).map(|x| pixel(x, y)).collect()).collect()
    }

    fn apart(a: u32, b: u32) -> u32 {
        parts(a).iter().zip(parts(b)).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0)
    }

    fn raster(size: Size, pixel: impl Fn(u32, u32) -> Pixel) -> Raster {
        Raster::of(size, pixel)
    }

    #[test]
    fn few_colours_come_out_as_they_went_in() {
        for size in [Size::new(1, 1), Size::new(7, 6), Size::new(64, 13), Size::new(300, 40)] {
            let raster = raster(size, |x, y| (x / 7 * 37 + y / 5 * 1009) % 200 * 0x01_0203);
            let mut image = String::new();
            encode(&raster, size.rect(), 256, &mut image);
            let shown = shown(&image, size);
            for (y, row) in (0..).zip(&shown) {
                for (pixel, there) in raster.row(y).iter().zip(row) {
                    // A percent is two and a half.
                    assert!(apart(*pixel, *there) <= 2 && *there >> 24 == 0xff, "{pixel:x} {there:x} in {size}");
                }
            }
        }
    }

    #[test]
    fn many_colours_come_near_and_a_part_is_that_part() {
        let size = Size::new(256, 36);
        let raster = raster(size, |x, y| (x << 16) | ((255 - x) << 8) | (y * 7));
        let area = Rect::new(10, 6, 200, 24);
        for (colors, near) in [(256, 24), (16, 90), (2, 200)] {
            let mut image = String::new();
            encode(&raster, area, colors, &mut image);
            let registers = image.matches(";2;").count();
            assert!(registers <= colors && registers * 2 > colors, "{registers} of {colors}");
            let shown = shown(&image, area.size());
            let worst = (0..area.height)
                .flat_map(|y| (0..area.width).map(move |x| (x, y)))
                .map(|(x, y)| apart(raster.row(area.y + y)[(area.x + x) as usize], shown[y as usize][x as usize]));
            let worst = worst.max().expect("pixels");
            assert!(worst <= near, "{worst} with {colors}");
        }
    }

    #[test]
    fn what_repeats_is_short() {
        let size = Size::new(2000, 60);
        let mut image = String::new();
        encode(&raster(size, |_, _| 0x20_4060), size.rect(), 256, &mut image);
        assert!(image.len() < 200, "{}", image.len());
    }
}
