//! The scroll region, and what scrolls it: IND RI NEL SU SD IL DL, and by columns DECBI DECFI DECIC DECDC SL SR.
//!
//! With left and right margins (DECSLRM) only the cells between them move. Rows that scroll whole are exchanged without
//! copying a cell, and what leaves the top of the primary screen is history; a part of a row is neither.

use super::Terminal;
use super::modes::Mode;

impl Terminal {
    /// DECSTBM: rows `top` to `bottom` from 1, both included; 0 means the screen's edge. The cursor goes home.
    pub(super) fn set_margins(&mut self, top: u16, bottom: u16) {
        let rows = self.screen.size().rows;
        let top = top.max(1) - 1;
        let bottom = if bottom == 0 { rows } else { bottom.min(rows) };
        if top + 1 < bottom {
            (self.screen.top, self.screen.bottom) = (top, bottom);
            self.move_to(0, 0);
        }
    }

    /// DECSLRM: columns `left` to `right` from 1, both included; 0 means the screen's edge. The cursor goes home.
    pub(super) fn set_left_right_margins(&mut self, left: u16, right: u16) {
        let cols = self.screen.size().cols;
        let left = left.max(1) - 1;
        let right = if right == 0 { cols } else { right.min(cols) };
        if left + 1 < right {
            (self.screen.left, self.screen.right) = (left, right);
            self.move_to(0, 0);
        }
    }

    /// DECLRMM: set, it makes all rows single ones and keeps them so; reset, it takes the margins away (DEC STD 070,
    /// p. 5-29). Both screens alike, for the mode is of both.
    pub(super) fn set_margin_mode(&mut self, on: bool) {
        if on {
            let damage = &mut self.damage;
            self.screen.grid.reset_line_sizes(|row| damage.mark_rows(row..row + 1));
            if let Some(hidden) = &mut self.screen.hidden {
                hidden.reset_line_sizes(|_| {});
            }
        } else {
            (self.screen.left, self.screen.right) = (0, self.screen.size().cols);
            self.keep_in_row();
        }
    }

    /// IND: down, scrolling at the bottom margin; left and right of the margins it only stops there.
    #[inline]
    pub(super) fn index(&mut self) {
        let screen = &mut self.screen;
        screen.cursor.depart();
        if screen.cursor.row + 1 != screen.bottom {
            screen.cursor.row = (screen.cursor.row + 1).min(screen.size().rows - 1);
            self.keep_in_row();
        } else if screen.columns().contains(&screen.cursor.col) {
            self.scroll_up_from(self.screen.top, 1);
        }
    }

    /// LF, VT, FF: IND, and CR too in new line mode (LNM).
    #[inline]
    pub(super) fn line_feed(&mut self) {
        self.index();
        if self.screen.modes.has(Mode::NewLine) {
            self.carriage_return();
        }
    }

    /// RI: up, scrolling at the top margin; left and right of the margins it only stops there.
    pub(super) fn reverse_index(&mut self) {
        let screen = &self.screen;
        if screen.cursor.row == screen.top && screen.columns().contains(&screen.cursor.col) {
            self.scroll_down_from(self.screen.top, 1);
            self.screen.cursor.depart();
        } else {
            self.cursor_up(1);
        }
    }

    /// NEL.
    pub(super) fn next_line(&mut self) {
        self.index();
        self.carriage_return();
    }

    /// SU.
    pub(super) fn scroll_up(&mut self, count: u16) {
        self.scroll_up_from(self.screen.top, count);
    }

    /// SD.
    pub(super) fn scroll_down(&mut self, count: u16) {
        self.scroll_down_from(self.screen.top, count);
    }

    /// Moves the rows from `first` to the bottom margin up. What leaves the top of the primary screen is history.
    pub(super) fn scroll_up_from(&mut self, first: u16, count: u16) {
        let count = count.min(self.screen.bottom - first);
        if first == 0 && !self.screen.alternate && self.screen.full_width() {
            for row in 0..count {
                self.history.push_row(&self.screen, row);
            }
        }
        self.shift_rows(first, i32::from(count));
    }

    /// Moves the rows from `first` to the bottom margin down.
    pub(super) fn scroll_down_from(&mut self, first: u16, count: u16) {
        let count = count.min(self.screen.bottom - first);
        if first == 0 && !self.screen.alternate && self.screen.full_width() {
            self.history.end_line();
        }
        self.shift_rows(first, -i32::from(count));
    }

    /// Moves the cells between the margins, from row `first` on, by `up` rows, at most all there are.
    fn shift_rows(&mut self, first: u16, up: i32) {
        let blank = self.screen.blank();
        let screen = &mut self.screen;
        let (rows, count) = (first..screen.bottom, up.unsigned_abs() as u16);
        let cells = if screen.full_width() { count } else { screen.bottom - first };
        self.count_work(cells, self.screen.right - self.screen.left);
        let screen = &mut self.screen;
        if !screen.full_width() {
            let cols = screen.columns();
            for row in rows.clone() {
                self.damage.mark(row, screen.grid.split_edges(row, cols.clone()));
            }
            screen.grid.scroll_cells(rows, cols, up, blank);
        } else {
            if up > 0 {
                screen.grid.scroll_up(rows.clone(), count, blank);
            } else {
                screen.grid.scroll_down(rows.clone(), count, blank);
            }
            self.damage.scroll(rows, up);
        }
        self.screen.cursor.written = None;
        self.keep_in_row();
    }

    /// Whether the cursor is within the margins.
    fn in_region(&self) -> bool {
        let (screen, cursor) = (&self.screen, &self.screen.cursor);
        (screen.top..screen.bottom).contains(&cursor.row) && screen.columns().contains(&cursor.col)
    }

    /// IL: only within the margins; the cursor goes to the first column (VT510, xterm).
    pub(super) fn insert_lines(&mut self, count: u16) {
        if self.in_region() {
            self.scroll_down_from(self.screen.cursor.row, count);
            self.carriage_return();
        }
    }

    /// DL: only within the margins; no history.
    pub(super) fn delete_lines(&mut self, count: u16) {
        if self.in_region() {
            let first = self.screen.cursor.row;
            self.shift_rows(first, i32::from(count.min(self.screen.bottom - first)));
            self.carriage_return();
        }
    }

    /// DECIC: blank columns at the cursor's; what is right of it moves right. Only within the margins.
    pub(super) fn insert_columns(&mut self, count: u16) {
        self.shift_columns(self.screen.cursor.col, count, true);
    }

    /// DECDC: the columns from the cursor's on go; what is right of them moves left. Only within the margins.
    pub(super) fn delete_columns(&mut self, count: u16) {
        self.shift_columns(self.screen.cursor.col, count, false);
    }

    /// SL: all that is within the margins moves left, if the cursor is there too (xterm).
    pub(super) fn scroll_left(&mut self, count: u16) {
        self.shift_columns(self.screen.left, count, false);
    }

    /// SR: the same to the right.
    pub(super) fn scroll_right(&mut self, count: u16) {
        self.shift_columns(self.screen.left, count, true);
    }

    /// DECBI: left; at the left margin the region moves right instead.
    pub(super) fn back_index(&mut self) {
        if self.screen.cursor.col == self.screen.left {
            self.scroll_right(1);
        } else {
            self.cursor_back(1);
        }
    }

    /// DECFI: right; at the right margin the region moves left instead.
    pub(super) fn forward_index(&mut self) {
        if self.screen.cursor.col + 1 == self.screen.right {
            self.scroll_left(1);
        } else {
            self.cursor_forward(1);
        }
    }

    /// Shifts the columns from `first` to the right margin, in all rows of the region.
    fn shift_columns(&mut self, first: u16, count: u16, right: bool) {
        if !self.in_region() {
            return;
        }
        self.count_work(self.screen.bottom - self.screen.top, self.screen.right - first);
        for row in self.screen.top..self.screen.bottom {
            self.shift_in_row(row, first, count, right);
        }
        self.screen.cursor.written = None;
    }
}
