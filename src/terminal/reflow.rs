//! A new size.

use super::Terminal;
use super::grid::Grid;
use crate::geometry::GridSize;

impl Terminal {
    /// Changes the size.
    pub fn resize(&mut self, size: GridSize) {
        let size = super::clamp(size);
        let old = self.screen.size();
        if size == old {
            return;
        }
        let mut grid = Grid::new(size);
        for row in 0..old.rows.min(size.rows) {
            let cols = old.cols.min(size.cols);
            grid.cells_mut(row, 0..cols).copy_from_slice(&self.screen.grid.row(row)[..usize::from(cols)]);
        }
        self.screen.grid = grid;
        self.screen.hidden = None;
        (self.screen.top, self.screen.bottom) = (0, size.rows);
        self.screen.cursor.row = self.screen.cursor.row.min(size.rows - 1);
        self.screen.cursor.col = self.screen.cursor.col.min(size.cols - 1);
        self.screen.tabs.resize(size.cols);
        self.damage = super::Damage::all(size);
    }
}
