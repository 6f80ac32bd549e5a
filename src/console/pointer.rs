//! The mouse pointer over a console: the arrow that people know, white with a black edge.

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

/// The height of a cell that the arrow fits as it is; it grows with the cell in whole steps.
const FITS_CELL: u32 = 16;

/// The arrow for cells of this size.
pub fn arrow(cell: Size) -> Arc<PointerShape> {
    let scale = (cell.height / FITS_CELL).max(1) as usize;
    let (columns, rows) = (ARROW[0].len() * scale, ARROW.len() * scale);
    let pixel = |x: usize, y: usize| match ARROW[y / scale].as_bytes()[x / scale] {
        b'#' => 0xff00_0000,
        b'.' => 0xffff_ffff,
        _ => 0,
    };
    Arc::new(PointerShape {
        size: Size::new(columns as u32, rows as u32),
        hotspot: Point::default(),
        pixels: (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_points_with_its_tip_and_grows_with_the_cell() {
        assert!(ARROW.iter().all(|row| row.len() == ARROW[0].len()));
        for (height, scale) in [(8, 1), (16, 1), (18, 1), (32, 2), (64, 4)] {
            let shape = arrow(Size::new(8, height));
            assert_eq!(shape.size, Size::new(11 * scale, 16 * scale));
            assert_eq!(shape.pixels.len() as u64, shape.size.area());
            let tip = shape.hotspot.y * shape.size.width + shape.hotspot.x;
            assert_eq!(shape.pixels[tip as usize], 0xff00_0000);
        }
    }
}
