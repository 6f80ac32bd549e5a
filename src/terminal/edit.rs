//! Erasing and shifting: ED EL ECH ICH DCH, their selective forms, DECALN.
//!
//! All of them clear a pending wrap (VT510, xterm). What they leave has the current background.

use std::ops::Range;

use super::Terminal;
use super::cell::{Attrs, Cell};
use super::grid::LineSize;
use super::modes::Mode;
use crate::geometry::GridSize;

/// The columns of DECCOLM, set and reset.
pub(super) const WIDE_COLUMNS: u16 = 132;
pub(super) const NARROW_COLUMNS: u16 = 80;

/// Which erasures spare what is protected: whoever protected something last decides for all (xterm).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Protection {
    /// None.
    #[default]
    Off,
    /// After DECSCA the selective ones.
    Dec,
    /// After SPA the others, too.
    Iso,
}

impl Terminal {
    /// Makes `cols` of `row` blank; with `spare` only what is not protected.
    fn erase_cells(&mut self, row: u16, cols: Range<u16>, spare: bool) {
        if cols.is_empty() {
            return;
        }
        let blank = self.screen.blank();
        let grid = &mut self.screen.grid;
        if spare {
            // A wide character is protected or erased as a whole.
            let cols = grid.whole_pairs(row, cols);
            self.damage.mark(row, cols.clone());
            for cell in grid.cells_mut(row, cols) {
                if !cell.attrs.contains(Attrs::PROTECTED) {
                    *cell = blank;
                }
            }
            return;
        }
        let touched = grid.split_wide(row, cols.clone());
        grid.fill(row, cols, blank);
        self.damage.mark(row, touched);
    }

    fn erase_rows(&mut self, rows: Range<u16>, spare: bool) {
        let cols = self.screen.size().cols;
        self.count_work(rows.end.saturating_sub(rows.start), cols);
        if spare {
            for row in rows {
                self.erase_cells(row, 0..cols, true);
                // The text goes on in the next row only where its end was spared.
                let spared = self.screen.row(row).last().is_some_and(|cell| cell.attrs.contains(Attrs::PROTECTED));
                if !spared {
                    self.screen.grid.set_wrapped(row, false);
                }
            }
            return;
        }
        let blank = self.screen.blank();
        rows.clone().for_each(|row| self.screen.grid.clear_row(row, blank));
        self.damage.mark_rows(rows);
    }

    /// Whether an erasure spares what is protected.
    fn spares(&self, selective: bool) -> bool {
        match self.screen.protection {
            Protection::Off => false,
            Protection::Dec => selective,
            Protection::Iso => true,
        }
    }

    /// SPA (ECMA-48 §8.3.129): what is printed from here on is protected, from ED, EL and ECH too.
    pub(super) fn start_protection(&mut self) {
        self.screen.protection = Protection::Iso;
        let pen = &mut self.screen.cursor.pen;
        pen.attrs = pen.attrs.with(Attrs::PROTECTED);
    }

    /// EPA (ECMA-48 §8.3.42): and no longer. What is protected stays so.
    pub(super) fn end_protection(&mut self) {
        let pen = &mut self.screen.cursor.pen;
        pen.attrs = pen.attrs.without(Attrs::PROTECTED);
    }

    /// DECSTR: nothing printed from here on is protected, and nothing that is so is spared until DECSCA or SPA are used
    /// again (xterm).
    pub(super) fn end_all_protection(&mut self) {
        self.screen.protection = Protection::Off;
        self.end_protection();
    }

    /// EL, DECSEL: 0 to the end of the row, 1 from its start, 2 all of it.
    pub(super) fn erase_in_line(&mut self, which: u16, selective: bool) {
        let cols = self.screen.size().cols;
        let (row, col) = (self.screen.cursor.row, self.screen.cursor.col);
        let spare = self.spares(selective);
        self.screen.cursor.depart();
        match which {
            0 => self.erase_cells(row, col..cols, spare),
            1 => self.erase_cells(row, 0..col + 1, spare),
            2 => self.erase_cells(row, 0..cols, spare),
            _ => return,
        }
        // Text that goes on in the next row no longer does once its end is gone.
        if which != 1 {
            self.screen.grid.set_wrapped(row, false);
        }
    }

    /// ED, DECSED: 0 to the end of the screen, 1 from its start, 2 all of it, 3 the history (xterm).
    ///
    /// What any of them takes from the whole primary screen goes to the history first; ED 3 leaves the history alone. Both
    /// follow `Options::keep_cleared`: a console's last words before a reboot are worth more than a clean slate.
    pub(super) fn erase_in_display(&mut self, which: u16, selective: bool) {
        let GridSize { cols, rows } = self.screen.size();
        let (row, col) = (self.screen.cursor.row, self.screen.cursor.col);
        let spare = self.spares(selective);
        if which != 3 {
            self.screen.cursor.depart();
        }
        let whole = match which {
            0 => (row, col) == (0, 0),
            1 => (row + 1, col + 1) == (rows, cols),
            _ => which == 2,
        };
        if whole && !(spare && self.all_protected()) {
            self.save_cleared();
        }
        match which {
            0 => {
                self.erase_in_line(0, selective);
                self.erase_rows(row + 1..rows, spare);
            }
            1 => {
                self.erase_rows(0..row, spare);
                self.erase_in_line(1, selective);
            }
            2 => self.erase_rows(0..rows, spare),
            3 if !self.options.keep_cleared => self.history.clear(),
            _ => {}
        }
    }

    /// Whether nothing is on the screen but what is protected.
    fn all_protected(&self) -> bool {
        let stays = |cell: &Cell| cell.is_empty() || cell.attrs.contains(Attrs::PROTECTED);
        (0..self.screen.size().rows).all(|row| self.screen.grid.used_cells(row).iter().all(stays))
    }

    /// Puts the text of the primary screen, down to its last line, into the history.
    pub(super) fn save_cleared(&mut self) {
        if self.screen.alternate || !self.options.keep_cleared {
            return;
        }
        let grid = &self.screen.grid;
        let blank = |row: &u16| grid.used_cells(*row).iter().all(|cell| cell.is_empty());
        let Some(last) = (0..grid.size().rows).rev().find(|row| !blank(row)) else { return };
        self.count_work(last + 1, self.screen.size().cols);
        for row in 0..=last {
            self.history.push_row(&self.screen, row);
        }
        self.history.seal();
    }

    /// ECH: `count` cells from the cursor on. As if that were all to the end, the next row is a text of its own (xterm).
    pub(super) fn erase_chars(&mut self, count: u16) {
        let (row, col) = (self.screen.cursor.row, self.screen.cursor.col);
        let end = col.saturating_add(count).min(self.screen.row_cols(row));
        self.screen.cursor.depart();
        self.erase_cells(row, col..end, self.spares(false));
        self.screen.grid.set_wrapped(row, false);
    }

    /// ICH: shifts the rest of the row right, up to the margin.
    pub(super) fn insert_chars(&mut self, count: u16) {
        self.screen.cursor.depart();
        self.shift_cells(count, true);
    }

    /// DCH: shifts the rest of the row left, up to the margin. What is in the next row no longer follows on it.
    pub(super) fn delete_chars(&mut self, count: u16) {
        let (row, col) = (self.screen.cursor.row, self.screen.cursor.col);
        if self.screen.columns().contains(&col) {
            self.screen.grid.set_wrapped(row, false);
        }
        self.shift_cells(count, false);
    }

    /// The cells from the cursor to the right margin move; nothing does outside the margins.
    pub(super) fn shift_cells(&mut self, count: u16, right: bool) {
        let (row, col) = (self.screen.cursor.row, self.screen.cursor.col);
        if self.screen.columns().contains(&col) {
            self.screen.cursor.depart();
            self.shift_in_row(row, col, count, right);
        }
    }

    /// The cells of `row` from `first` to the right margin move, and wide characters cut by that are erased.
    pub(super) fn shift_in_row(&mut self, row: u16, first: u16, count: u16, right: bool) {
        let blank = self.screen.blank();
        let cols = first..self.screen.right.min(self.screen.row_cols(row));
        if cols.is_empty() {
            return;
        }
        let count = count.min(cols.end - cols.start);
        let grid = &mut self.screen.grid;
        let touched = grid.split_edges(row, cols.clone());
        if right {
            // The pair that straddles the new end loses its left half here.
            grid.split_wide(row, cols.end - count..cols.end);
            grid.insert_cells(row, cols, count, blank);
        } else {
            grid.split_wide(row, first..first + count);
            grid.delete_cells(row, cols, count, blank);
        }
        self.damage.mark(row, touched);
    }

    /// DECALN: the screen full of E, margins and attributes reset, the cursor home. Protection is no attribute here (xterm).
    pub(super) fn alignment_test(&mut self) {
        let size = self.screen.size();
        self.count_screen();
        self.save_cleared();
        self.screen.reset_margins();
        let pen = &mut self.screen.cursor.pen;
        pen.attrs = Attrs::from_bits(pen.attrs.bits() & Attrs::PROTECTED.bits());
        self.screen.modes.set(Mode::Origin, false);
        for row in 0..size.rows {
            self.screen.grid.clear_row(row, Cell::EMPTY.with_char('E'));
        }
        self.damage.mark_rows(0..size.rows);
        self.move_to(0, 0);
    }

    /// DECDHL, DECSWL, DECDWL: how the cursor's row is displayed. Only double rows lose what lies in their right half,
    /// and there are none with left and right margins (DEC STD 070, p. 5-30).
    pub(super) fn set_line_size(&mut self, line_size: LineSize) {
        if self.screen.modes.has(Mode::LeftRightMargins) {
            return;
        }
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

    /// DECCOLM, when allowed: the screen is erased unless DECNCSM forbids it, the margins are reset, all rows are single
    /// ones, the cursor is home. The size changes only where the guest may change it: else it is the viewers'.
    pub(super) fn set_columns(&mut self, wide: bool) {
        let rows = self.screen.size().rows;
        self.screen.reset_margins();
        if self.screen.modes.has(Mode::NoClearOnColumns) {
            let damage = &mut self.damage;
            self.screen.grid.reset_line_sizes(|row| damage.mark_rows(row..row + 1));
        } else {
            self.save_cleared();
            self.erase_rows(0..rows, false);
        }
        if self.options.window_ops {
            self.resize_for_guest(GridSize::new(if wide { WIDE_COLUMNS } else { NARROW_COLUMNS }, rows));
        }
        self.move_to(0, 0);
    }
}
