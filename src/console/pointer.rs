//! The mouse pointer over a console: the arrow that people know where the guest has the mouse, and else the bar that
//! stands between characters. Black with a white edge or the other way round, so that they are seen on every colour.

use std::sync::Arc;

use crate::geometry::{Point, Size};
use crate::surface::PointerShape;

/// `#` black, `.` white, a blank nothing.
const ARROW: [&str; 16] = [
    "#          ",
    "##         ",
    "#.#        ",
    "#..#       ",
    "#...#      ",
    "#....#     ",
    "#.....#    ",
    "#......#   ",
    "#.......#  ",
    "#........# ",
    "#.....#####",
    "#..#..#    ",
    "#.# #..#   ",
    "##  #..#   ",
    "     #..#  ",
    "     ###   ",
];

/// The bar over text.
const BAR: [&str; 16] = [
    " ... ... ",
    ".###.###.",
    " ...#... ",
    "   .#.   ",
    "   .#.   ",
    "   .#.   ",
    "   .#.   ",
    "   .#.   ",
    "   .#.   ",
    "   .#.   ",
    "   .#.   ",
    "   .#.   ",
    "   .#.   ",
    " ...#... ",
    ".###.###.",
    " ... ... ",
];

/// The height of a cell that the shapes fit as they are; they grow with the cell in whole steps.
const FITS_CELL: u32 = 16;

/// The shapes for cells of one size.
#[derive(Clone, Debug)]
pub struct Pointers {
    arrow: Arc<PointerShape>,
    bar: Arc<PointerShape>,
}

impl Pointers {
    /// Those for cells of this size.
    pub fn new(cell: Size) -> Self {
        let scale = (cell.height / FITS_CELL).max(1);
        let middle = Point { x: 4 * scale + scale / 2, y: 8 * scale };
        Self { arrow: drawn(&ARROW, scale, Point::default()), bar: drawn(&BAR, scale, middle) }
    }

    /// The arrow where the guest takes the pointer, and else the bar.
    pub fn shape(&self, guests: bool) -> Arc<PointerShape> {
        Arc::clone(if guests { &self.arrow } else { &self.bar })
    }
}

/// A picture, each of whose characters makes a square of `scale` pixels each way.
fn drawn(picture: &[&str], scale: u32, hotspot: Point) -> Arc<PointerShape> {
    let size = Size::new(picture.first().map_or(0, |row| row.len() as u32) * scale, picture.len() as u32 * scale);
    let row = |line: &&str| -> Vec<u32> {
        let pixels = line.bytes().map(pixel);
        pixels.flat_map(|pixel| std::iter::repeat_n(pixel, scale as usize)).collect()
    };
    let pixels = picture.iter().flat_map(|line| row(line).repeat(scale as usize)).collect();
    Arc::new(PointerShape { size, hotspot, pixels })
}

fn pixel(sign: u8) -> u32 {
    match sign {
        b'#' => 0xff00_0000,
        b'.' => 0xffff_ffff,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_point_with_tip_and_middle_and_grow_with_the_cell() {
        for picture in [ARROW, BAR] {
            assert!(picture.iter().all(|row| row.len() == picture[0].len()));
        }
        for (height, scale) in [(8, 1), (16, 1), (18, 1), (32, 2), (64, 4)] {
            let pointers = Pointers::new(Size::new(8, height));
            for (guests, columns) in [(true, 11), (false, 9)] {
                let shape = pointers.shape(guests);
                assert_eq!(shape.size, Size::new(columns * scale, 16 * scale));
                assert_eq!(shape.pixels.len() as u64, shape.size.area());
                let tip = shape.hotspot.y * shape.size.width + shape.hotspot.x;
                assert_eq!(shape.pixels[tip as usize], 0xff00_0000);
            }
        }
    }

    #[test]
    fn the_bar_has_an_edge_on_both_sides() {
        for row in BAR {
            let signs = row.as_bytes();
            let inked = signs.iter().enumerate().filter(|(_, sign)| **sign == b'#');
            assert!(inked.into_iter().all(|(x, _)| signs[x - 1] != b' ' && signs[x + 1] != b' '), "{row}");
        }
    }
}
