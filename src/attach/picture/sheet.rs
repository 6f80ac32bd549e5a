//! Which images show a raster on the user's terminal, and which of them are to be drawn again.
//!
//! The raster is cut into tiles of whole cells, and each is an image of its own. By kitty's protocol each has a number, and is a
//! piece of one row of cells. By sixels it is some rows over the whole width: xterm keeps sixteen images and forgets those before
//! them. Rows that lines of our own cover have no images.

use std::fmt::Write as _;

use super::scale::Raster;
use super::{kitty, sixel};
use crate::geometry::{CellPos, Rect, Size};

/// How images come onto the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Images {
    /// By kitty's graphics protocol.
    Kitty,
    /// By sixels.
    Sixel {
        /// In so many colours.
        colors: usize,
        /// Images of so many pixels at most.
        largest: Size,
    },
}

/// Columns of cells in a tile of kitty's.
const KITTY_COLUMNS: u32 = 32;
/// Images that xterm keeps, but for one.
const SIXEL_TILES: u32 = 15;
/// Bytes that are written at once, about: then the rest waits for its turn, and may be another by then.
pub const AT_ONCE: usize = 512 * 1024;

/// A piece of the raster.
#[derive(Clone, Copy, Debug, Default)]
struct Tile {
    /// It shows something else than the raster.
    dirty: bool,
    /// Rows of cells that it shows.
    shown: u32,
}

/// See the module.
#[derive(Debug)]
pub struct Sheet {
    images: Images,
    cell: Size,
    /// The raster's size.
    size: Size,
    at: CellPos,
    /// Columns and rows of cells in a tile.
    tile: Size,
    across: u32,
    tiles: Vec<Tile>,
    /// Where drawing goes on.
    next: usize,
}

impl Sheet {
    /// For a raster of this size, whose first cell is at `at`; nothing of it is shown yet.
    pub fn new(images: Images, cell: Size, size: Size, at: CellPos) -> Self {
        let (cols, rows) = (size.width.div_ceil(cell.width), size.height.div_ceil(cell.height));
        let tile = match images {
            Images::Kitty => Size::new(KITTY_COLUMNS, 1),
            Images::Sixel { largest, .. } => {
                let columns = (largest.width / cell.width).clamp(1, cols.max(1));
                let across = cols.div_ceil(columns).max(1);
                let rows = rows.div_ceil((SIXEL_TILES / across).max(1));
                Size::new(columns, rows.clamp(1, (largest.height / cell.height).max(1)))
            }
        };
        let across = cols.div_ceil(tile.width);
        let count = across as usize * rows.div_ceil(tile.height) as usize;
        Self { images, cell, size, at, tile, across, tiles: vec![Tile { dirty: true, shown: 0 }; count], next: 0 }
    }

    /// This part of the raster is another.
    pub fn touch(&mut self, area: Rect) {
        let area = area.intersection(self.size.rect());
        if area.is_empty() {
            return;
        }
        let (width, height) = (self.tile.width * self.cell.width, self.tile.height * self.cell.height);
        for row in area.y / height..area.bottom().div_ceil(height) {
            for column in area.x / width..area.right().div_ceil(width) {
                if let Some(tile) = self.tiles.get_mut((row * self.across + column) as usize) {
                    tile.dirty = true;
                }
            }
        }
    }

    /// The pixels of a tile, and the row of cells that it begins in.
    fn place(&self, index: usize) -> (Rect, u32) {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let (column, row) = (index % self.across.max(1), index / self.across.max(1));
        let (width, height) = (self.tile.width * self.cell.width, self.tile.height * self.cell.height);
        let area = Rect { x: column * width, y: row * height, width, height };
        (area.intersection(self.size.rect()), row * self.tile.height)
    }

    /// Draws what is to be drawn of the terminal's first `rows` rows: those below are covered. Whether there is more to do.
    pub fn draw(&mut self, raster: &Raster, rows: u16, out: &mut String) -> bool {
        let free = u32::from(rows.saturating_sub(self.at.row));
        let before = out.len();
        for step in 0..self.tiles.len() {
            let index = (self.next + step) % self.tiles.len();
            let (area, row) = self.place(index);
            let there = area.height.div_ceil(self.cell.height);
            let wanted = free.saturating_sub(row).min(there);
            let Tile { dirty, shown } = self.tiles[index];
            if shown > wanted && self.images == Images::Kitty {
                kitty::delete(u32::try_from(index).unwrap_or(0), out);
            }
            self.tiles[index].shown = shown.min(wanted);
            if !(dirty || shown < wanted) || wanted == 0 {
                continue;
            }
            if out.len() - before >= AT_ONCE {
                self.next = index;
                return true;
            }
            let height = area.height.min(wanted * self.cell.height);
            let (down, along) = (u32::from(self.at.row) + row, u32::from(self.at.col) + area.x / self.cell.width);
            let _ = write!(out, "\x1b[{};{}H", down + 1, along + 1);
            let area = Rect { height, ..area };
            match self.images {
                Images::Kitty => kitty::encode(raster, area, u32::try_from(index).unwrap_or(0), out),
                Images::Sixel { colors, .. } => sixel::encode(raster, area, colors, out),
            }
            // What is covered of it is drawn when it is no longer.
            self.tiles[index] = Tile { dirty: false, shown: wanted };
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Size = Size::new(10, 20);
    const SIXEL: Images = Images::Sixel { colors: 256, largest: Size::new(1000, 1000) };

    /// Where images are drawn: their rows and columns.
    fn drawn(sheet: &mut Sheet, raster: &Raster, rows: u16) -> (Vec<(u32, u32)>, bool) {
        let mut out = String::new();
        let more = sheet.draw(raster, rows, &mut out);
        let places = out.split("\x1b[").skip(1).filter_map(|part| {
            let (row, column) = part.split_once('H')?.0.split_once(';')?;
            Some((row.parse().ok()?, column.parse().ok()?))
        });
        (places.collect(), more)
    }

    #[test]
    fn only_what_has_changed_is_drawn_again() {
        let size = Size::new(800, 240);
        let raster = Raster::new(size);
        let mut sheet = Sheet::new(Images::Kitty, CELL, size, CellPos { row: 1, col: 2 });
        let all: Vec<(u32, u32)> = (2..14).flat_map(|row| [3, 35, 67].map(|column| (row, column))).collect();
        assert_eq!(drawn(&mut sheet, &raster, 24), (all, false));
        assert_eq!(drawn(&mut sheet, &raster, 24), (vec![], false));
        sheet.touch(Rect::new(319, 19, 2, 2));
        assert_eq!(drawn(&mut sheet, &raster, 24).0, [(2, 3), (2, 35), (3, 3), (3, 35)]);
        sheet.touch(Rect::new(9999, 0, 1, 1));
        assert_eq!(drawn(&mut sheet, &raster, 24).0, []);
    }

    #[test]
    fn there_are_no_more_sixel_images_than_xterm_keeps() {
        for (width, height) in [(800, 240), (999, 1999), (1900, 1000), (10, 20), (2500, 300)] {
            let size = Size::new(width, height);
            let sheet = Sheet::new(SIXEL, CELL, size, CellPos::default());
            assert!(sheet.tiles.len() <= 16, "{} of {size}", sheet.tiles.len());
            let area: u64 = (0..sheet.tiles.len()).map(|index| sheet.place(index).0.area()).sum();
            assert_eq!(area, size.area(), "all of it, once");
            assert!((0..sheet.tiles.len()).all(|index| sheet.place(index).0.width <= 1000));
        }
    }

    #[test]
    fn rows_that_are_covered_are_left_alone_and_drawn_again_afterwards() {
        let size = Size::new(320, 240);
        let raster = Raster::new(size);
        let mut sheet = Sheet::new(Images::Kitty, CELL, size, CellPos::default());
        assert_eq!(drawn(&mut sheet, &raster, 12).0.len(), 12);
        let mut out = String::new();
        sheet.draw(&raster, 10, &mut out);
        assert_eq!((out.matches("a=d").count(), out.matches("a=T").count()), (2, 0));
        assert_eq!(drawn(&mut sheet, &raster, 12).0, [(11, 1), (12, 1)]);
        // A strip of three rows of which one is covered.
        let size = Size::new(320, 20 * 45);
        let mut sheet = Sheet::new(SIXEL, CELL, size, CellPos::default());
        let raster = Raster::new(size);
        assert_eq!(drawn(&mut sheet, &raster, 45).0.len(), 15);
        assert_eq!(drawn(&mut sheet, &raster, 44).0, []);
        sheet.touch(Rect::new(0, 899, 1, 1));
        out.clear();
        sheet.draw(&raster, 44, &mut out);
        assert!(out.contains("\"1;1;320;40"), "{out:.40}");
        out.clear();
        sheet.draw(&raster, 45, &mut out);
        assert!(out.contains("\"1;1;320;60"));
    }

    #[test]
    fn what_is_written_at_once_is_bounded_and_the_rest_follows() {
        let size = Size::new(1600, 1000);
        let raster = Raster::of(size, |x, y| {
            (x.wrapping_mul(0x9e_3779) ^ y.wrapping_mul(0x85eb_ca6b)).wrapping_mul(0xc2b2_ae35) >> 8
        });
        let mut sheet = Sheet::new(Images::Kitty, CELL, size, CellPos::default());
        let (mut turns, mut images) = (1, 0);
        loop {
            let mut out = String::new();
            let more = sheet.draw(&raster, 50, &mut out);
            assert!(out.len() < 2 * AT_ONCE);
            images += out.matches("a=T").count();
            if !more {
                break;
            }
            turns += 1;
        }
        assert!(turns > 2 && images == 50 * 5, "{images} in {turns}");
    }
}
