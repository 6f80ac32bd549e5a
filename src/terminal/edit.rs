//! Erasing and shifting: ED EL ECH ICH DCH, their selective forms, DECALN.
//!
//! All of them clear a pending wrap (VT510, xterm). What they leave has the current background.

use std::ops::Range;

use super::Terminal;
use super::cell::{Attrs, Cell};
use super::grid::LineSize;

impl Terminal {
    /// Makes `cols` of `row` blank; with `selective` only what DECSCA does not protect.
    fn erase_cells(&mut self, row: u16, cols: Range<u16>, selective: bool) {
        if cols.is_empty() {
            return;
        }
        let blank = self.screen.blank();
        let grid = &mut self.screen.grid;
        if selective {
            // A wide character is protected or erased as a whole.
            let cols = grid.whole_pairs(row, cols);
            self.damage.mark(row, cols.clone());
            for cell in grid.cells_mut(row, cols) {
                if !cell.attrs.contains(Attrs::PROTECTED) {
                    // DECSEL and DECSED take the character and leave the rest (VT220).
                    *cell = cell.blanked();
                }
            }
            return;
        }
        let touched = grid.split_wide(row, cols.clone());
        grid.fill(row, cols, blank);
        self.damage.mark(row, touched);
    }

    fn erase_rows(&mut self, rows: Range<u16>, selective: bool) {
        let cols = self.screen.size().cols;
        if selective {
            return rows.for_each(|row| self.erase_cells(row, 0..cols, true));
        }
        let blank = self.screen.blank();
        rows.clone().for_each(|row| self.screen.grid.clear_row(row, blank));
        self.damage.mark_rows(rows);
    }

    /// EL, DECSEL: 0 to the end of the row, 1 from its start, 2 all of it.
    pub(super) fn erase_in_line(&mut self, which: u16, selective: bool) {
        let cols = self.screen.size().cols;
        let (row, col) = (self.screen.cursor.row, self.screen.cursor.col);
        self.screen.cursor.depart();
        match which {
            0 => self.erase_cells(row, col..cols, selective),
            1 => self.erase_cells(row, 0..col + 1, selective),
            2 => self.erase_cells(row, 0..cols, selective),
            _ => return,
        }
        // Text that goes on in the next row no longer does once its end is gone.
        if which != 1 {
            self.screen.grid.set_wrapped(row, false);
        }
    }

    /// ED, DECSED: 0 to the end of the screen, 1 from its start, 2 all of it, 3 the history (xterm).
    ///
    /// What ED 2 takes from the primary screen goes to the history first; ED 3 leaves the history alone. Both follow
    /// `Options::keep_cleared`: a console's last words before a reboot are worth more than a clean slate.
    pub(super) fn erase_in_display(&mut self, which: u16, selective: bool) {
        let rows = self.screen.size().rows;
        let row = self.screen.cursor.row;
        self.screen.cursor.depart();
        match which {
            0 => {
                if !selective && row == 0 && self.screen.cursor.col == 0 {
                    self.save_cleared();
                }
                self.erase_in_line(0, selective);
                self.erase_rows(row + 1..rows, selective);
            }
            1 => {
                self.erase_rows(0..row, selective);
                self.erase_in_line(1, selective);
            }
            2 => {
                if !selective {
                    self.save_cleared();
                }
                self.erase_rows(0..rows, selective);
            }
            3 if !self.options.keep_cleared => self.history.clear(),
            _ => {}
        }
    }

    /// Puts the text of the primary screen, down to its last line, into the history.
    pub(super) fn save_cleared(&mut self) {
        if self.screen.alternate || !self.options.keep_cleared {
            return;
        }
        let grid = &self.screen.grid;
        let blank = |row: &u16| grid.used_cells(*row).iter().all(|cell| cell.is_empty());
        let Some(last) = (0..grid.size().rows).rev().find(|row| !blank(row)) else { return };
        for row in 0..=last {
            self.history.push_row(&self.screen, row);
        }
        self.history.seal();
    }

    /// ECH: `count` cells from the cursor on.
    pub(super) fn erase_chars(&mut self, count: u16) {
        let (row, col) = (self.screen.cursor.row, self.screen.cursor.col);
        let end = col.saturating_add(count).min(self.screen.row_cols(row));
        self.screen.cursor.depart();
        self.erase_cells(row, col..end, false);
    }

    /// ICH: shifts the rest of the row right.
    pub(super) fn insert_chars(&mut self, count: u16) {
        self.shift_cells(count, true);
    }

    /// DCH: shifts the rest of the row left.
    pub(super) fn delete_chars(&mut self, count: u16) {
        self.shift_cells(count, false);
    }

    /// The cells from the cursor to the end of its row move, and wide characters cut by that are erased.
    pub(super) fn shift_cells(&mut self, count: u16, right: bool) {
        let blank = self.screen.blank();
        let (row, col) = (self.screen.cursor.row, self.screen.cursor.col);
        let cols = col..self.screen.row_cols(row);
        self.screen.cursor.depart();
        let count = count.min(cols.end - cols.start);
        let grid = &mut self.screen.grid;
        let mut touched = grid.split_wide(row, cols.clone());
        if right {
            // The pair that straddles the new end loses its left half here.
            grid.split_wide(row, cols.end - count..cols.end);
            grid.insert_cells(row, cols.clone(), count, blank);
        } else {
            let cut = grid.split_wide(row, col..col + count);
            touched.start = touched.start.min(cut.start);
            grid.delete_cells(row, cols, count, blank);
        }
        self.damage.mark(row, touched);
    }

    /// DECALN: the screen full of E, margins and attributes reset, the cursor home.
    pub(super) fn alignment_test(&mut self) {
        let size = self.screen.size();
        (self.screen.top, self.screen.bottom) = (0, size.rows);
        self.screen.cursor.pen.attrs = Attrs::NONE;
        self.screen.modes.set(super::modes::Mode::Origin, false);
        for row in 0..size.rows {
            self.screen.grid.clear_row(row, Cell::EMPTY.with_char('E'));
        }
        self.damage.mark_rows(0..size.rows);
        self.move_to(0, 0);
    }

    /// DECDHL, DECSWL, DECDWL: how the cursor's row is displayed. Only double rows lose what lies in their right half.
    pub(super) fn set_line_size(&mut self, line_size: LineSize) {
        let row = self.screen.cursor.row;
        let cols = self.screen.size().cols;
        self.screen.grid.set_line_size(row, line_size);
        let half = self.screen.row_cols(row);
        if half < cols {
            self.erase_cells(row, half..cols, false);
        }
        self.damage.mark_rows(row..row + 1);
        self.keep_in_row();
    }

    /// DECCOLM, when allowed: the screen is erased, the margins reset, the cursor home. The size stays ours.
    pub(super) fn set_columns(&mut self) {
        let rows = self.screen.size().rows;
        (self.screen.top, self.screen.bottom) = (0, rows);
        self.save_cleared();
        self.erase_rows(0..rows, false);
        self.move_to(0, 0);
    }
}
