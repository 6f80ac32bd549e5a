//! The scroll region, and the motions that scroll it: IND, RI, NEL, SU, SD, IL, DL.

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

    /// IND: down, scrolling at the bottom margin.
    #[inline]
    pub(super) fn index(&mut self) {
        let screen = &mut self.screen;
        if screen.cursor.row + 1 == screen.bottom {
            // The cursor stays where it is, and so does its pending wrap (xterm).
            self.scroll_up_from(self.screen.top, 1);
        } else {
            screen.cursor.depart();
            screen.cursor.row = (screen.cursor.row + 1).min(screen.size().rows - 1);
            self.keep_in_row();
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

    /// RI: up, scrolling at the top margin.
    pub(super) fn reverse_index(&mut self) {
        if self.screen.cursor.row == self.screen.top {
            self.scroll_down_from(self.screen.top, 1);
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
        let (rows, blank) = (first..self.screen.bottom, self.screen.blank());
        let count = count.min(rows.end - rows.start);
        if first == 0 && !self.screen.alternate {
            for row in 0..count {
                self.history.push_row(&self.screen, row);
            }
        }
        self.screen.grid.scroll_up(rows.clone(), count, blank);
        self.damage.scroll(rows, i32::from(count));
        self.screen.cursor.written = None;
        self.keep_in_row();
    }

    /// Moves the rows from `first` to the bottom margin down.
    pub(super) fn scroll_down_from(&mut self, first: u16, count: u16) {
        let (rows, blank) = (first..self.screen.bottom, self.screen.blank());
        let count = count.min(rows.end - rows.start);
        if first == 0 && !self.screen.alternate {
            self.history.end_line();
        }
        self.screen.grid.scroll_down(rows.clone(), count, blank);
        self.damage.scroll(rows, -i32::from(count));
        self.screen.cursor.written = None;
        self.keep_in_row();
    }

    /// Whether the cursor is within the margins.
    fn in_region(&self) -> bool {
        (self.screen.top..self.screen.bottom).contains(&self.screen.cursor.row)
    }

    /// IL: only within the margins; the cursor goes to the first column (VT510, xterm).
    pub(super) fn insert_lines(&mut self, count: u16) {
        if self.in_region() {
            self.scroll_down_from(self.screen.cursor.row, count);
            self.carriage_return();
        }
    }

    /// DL: only within the margins.
    pub(super) fn delete_lines(&mut self, count: u16) {
        if self.in_region() {
            let row = self.screen.cursor.row;
            let (rows, blank) = (row..self.screen.bottom, self.screen.blank());
            let count = count.min(rows.end - rows.start);
            self.screen.grid.scroll_up(rows.clone(), count, blank);
            self.damage.scroll(rows, i32::from(count));
            self.carriage_return();
        }
    }
}
