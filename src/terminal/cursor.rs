//! The cursor: its motions, the pending wrap, save and restore.
//!
//! A character in the last column leaves the cursor there with a wrap pending (DEC STD 070, last column flag). Motions
//! and editing clear it; the next character wraps first. The same things part the cursor from the character that was
//! written last: a combining mark joins that one only while nothing has come between (xterm).

use super::Terminal;
use super::cell::Cell;
use super::charset::Charsets;
use super::modes::Mode;

/// Where printing goes on, and how it looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cursor {
    pub(super) row: u16,
    pub(super) col: u16,
    pub(super) pending_wrap: bool,
    /// The column of the character that was written last, on this row; `None` once the cursor was moved otherwise.
    pub(super) written: Option<u16>,
    /// An empty cell with the colours and attributes of what is printed next (SGR).
    pub(super) pen: Cell,
    pub(super) charsets: Charsets,
}

/// What DECSC keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SavedCursor {
    pub(super) cursor: Cursor,
    pub(super) origin: bool,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { row: 0, col: 0, pending_wrap: false, written: None, pen: Cell::EMPTY, charsets: Charsets::default() }
    }
}

impl Cursor {
    /// Forgets the character that was written last, and the wrap that it left pending: the cursor was moved, or what
    /// is around it was.
    #[inline]
    pub(super) fn depart(&mut self) {
        self.pending_wrap = false;
        self.written = None;
    }
}

impl Terminal {
    /// The last column the cursor may stand in on its row.
    #[inline]
    pub(super) fn last_col(&self) -> u16 {
        self.screen.row_cols(self.screen.cursor.row) - 1
    }

    /// Brings the cursor back into its row, which may have become one of double width and half the columns.
    #[inline]
    pub(super) fn keep_in_row(&mut self) {
        let last = self.last_col();
        let limit = self.screen.print_limit(self.screen.cursor.row, self.screen.cursor.col);
        let cursor = &mut self.screen.cursor;
        cursor.pending_wrap &= cursor.col + 1 == limit;
        cursor.written = cursor.written.filter(|col| *col <= last);
        cursor.col = cursor.col.min(last);
    }

    /// CUP, HVP: to `row` and `col` from 0; with DECOM from the margins, and never out of the region.
    pub(super) fn move_to(&mut self, row: u16, col: u16) {
        let (rows, cols) = self.screen.page();
        self.screen.cursor.row = row.saturating_add(rows.start).min(rows.end - 1);
        self.set_col(col.saturating_add(cols.start).min(cols.end - 1));
    }

    /// To `col` of the same row, or as far as it reaches.
    #[inline]
    fn set_col(&mut self, col: u16) {
        self.screen.cursor.col = col.min(self.last_col());
        self.screen.cursor.depart();
    }

    /// CHA, HPA: to `col` of the same row; with DECOM from the left margin.
    #[inline]
    pub(super) fn move_to_col(&mut self, col: u16) {
        let (_, cols) = self.screen.page();
        self.set_col(col.saturating_add(cols.start).min(cols.end - 1));
    }

    /// VPA: to `row`, in the same column.
    pub(super) fn move_to_row(&mut self, row: u16) {
        let (rows, _) = self.screen.page();
        self.screen.cursor.row = row.saturating_add(rows.start).min(rows.end - 1);
        self.set_col(self.screen.cursor.col);
    }

    /// VPR: down, without regard to the margins but in origin mode.
    pub(super) fn move_rows_relative(&mut self, count: u16) {
        let (rows, _) = self.screen.page();
        self.move_to_row(self.screen.cursor.row.saturating_sub(rows.start).saturating_add(count));
    }

    /// HPR: right, without regard to the margins but in origin mode.
    pub(super) fn move_cols_relative(&mut self, count: u16) {
        let (_, cols) = self.screen.page();
        self.move_to_col(self.screen.cursor.col.saturating_sub(cols.start).saturating_add(count));
    }

    /// CUU: up, not over the top margin if it starts below it.
    pub(super) fn cursor_up(&mut self, count: u16) {
        let cursor = &mut self.screen.cursor;
        let first = if cursor.row >= self.screen.top { self.screen.top } else { 0 };
        cursor.row = cursor.row.saturating_sub(count).max(first);
        self.set_col(self.screen.cursor.col);
    }

    /// CUD: down, not over the bottom margin if it starts above it.
    pub(super) fn cursor_down(&mut self, count: u16) {
        let rows = self.screen.size().rows;
        let cursor = &mut self.screen.cursor;
        let last = if cursor.row < self.screen.bottom { self.screen.bottom - 1 } else { rows - 1 };
        cursor.row = cursor.row.saturating_add(count).min(last);
        self.set_col(self.screen.cursor.col);
    }

    /// CUF: right, not over the right margin if it starts left of it.
    pub(super) fn cursor_forward(&mut self, count: u16) {
        let cursor = &self.screen.cursor;
        let limit = self.screen.print_limit(cursor.row, cursor.col);
        self.set_col(cursor.col.saturating_add(count).min(limit - 1));
    }

    /// BS, CUB: left, not over the left margin if it starts right of it. With reverse wrap (DECSET 45 or 1045) it goes
    /// on at the end of the row above.
    pub(super) fn cursor_back(&mut self, count: u16) {
        let modes = self.screen.modes;
        let reverse_wrap =
            (modes.has(Mode::ReverseWrap) || modes.has(Mode::ReverseWrapExtended)) && modes.has(Mode::Autowrap);
        let (left, right) = (self.left_bound(), self.screen.right);
        let cursor = &mut self.screen.cursor;
        if !reverse_wrap {
            cursor.depart();
            cursor.col = cursor.col.saturating_sub(count).max(left);
            return;
        }
        // A pending wrap counts as a column of its own here (xterm): the first step only takes it back.
        let count = count.saturating_sub(u16::from(cursor.pending_wrap));
        cursor.depart();
        if count <= cursor.col - left {
            cursor.col -= count;
            return;
        }
        let (size, rest) = (self.screen.grid.size(), u32::from(count - (cursor.col - left) - 1));
        let (cols, region) = (u32::from(right - left), self.screen.top..self.screen.bottom);
        let up = 1 + rest / cols;
        // xterm goes round from the first row of the region to its last.
        let height = if region.contains(&cursor.row) { u32::from(region.end - region.start) } else { size.rows.into() };
        let first = if region.contains(&cursor.row) { region.start } else { 0 };
        let from = u32::from(cursor.row - first);
        cursor.row = first + ((from + height - up % height) % height) as u16;
        cursor.col = right - 1 - (rest % cols) as u16;
        self.keep_in_row();
    }

    /// How far left the cursor may go from where it is: to the left margin, or to the edge from left of that.
    #[inline]
    fn left_bound(&self) -> u16 {
        if self.screen.cursor.col >= self.screen.left { self.screen.left } else { 0 }
    }

    /// CR: to the left margin, or to the edge from left of that.
    #[inline]
    pub(super) fn carriage_return(&mut self) {
        self.screen.cursor.col = self.left_bound();
        self.screen.cursor.depart();
    }

    /// CHT, HT: to the `count`th tab stop to the right, or to the right margin; from right of that back to it (xterm).
    pub(super) fn tab_forward(&mut self, count: u16) {
        let modes = self.screen.modes;
        if self.screen.cursor.pending_wrap && modes.has(Mode::MoreFix) && modes.has(Mode::Autowrap) {
            self.index();
            self.set_col(self.screen.left);
        }
        let last = self.last_col().min(self.screen.right - 1);
        let mut col = self.screen.cursor.col;
        for _ in 0..count {
            if col >= last {
                break;
            }
            col = self.screen.tabs.next(col);
        }
        col = col.min(last);
        // A tab in the last column leaves a pending wrap alone: the cursor does not move (VT510, xterm).
        if col != self.screen.cursor.col {
            // Nor does any tab part it from the character before (xterm).
            let written = self.screen.cursor.written;
            self.set_col(col);
            self.screen.cursor.written = written;
        }
    }

    /// CBT: to the `count`th tab stop to the left; with DECOM not over the left margin.
    pub(super) fn tab_back(&mut self, count: u16) {
        let (_, cols) = self.screen.page();
        let mut col = self.screen.cursor.col;
        for _ in 0..count {
            if col <= cols.start {
                break;
            }
            col = self.screen.tabs.previous(col);
        }
        self.set_col(col.max(cols.start));
    }

    /// DECSC.
    pub(super) fn save_cursor(&mut self) {
        let origin = self.screen.modes.has(Mode::Origin);
        let screen = &mut self.screen;
        let mut cursor = screen.cursor;
        // A single shift is for the next character, whatever comes between (xterm).
        cursor.charsets.single = None;
        cursor.written = None;
        screen.saved[usize::from(screen.alternate)] = SavedCursor { cursor, origin };
    }

    /// DECRC; without a DECSC before it, home and plain.
    pub(super) fn restore_cursor(&mut self) {
        let screen = &mut self.screen;
        let saved = screen.saved[usize::from(screen.alternate)];
        screen.modes.set(Mode::Origin, saved.origin);
        let size = screen.size();
        screen.cursor = saved.cursor;
        screen.cursor.row = saved.cursor.row.min(size.rows - 1);
        self.keep_in_page();
    }

    /// Brings the cursor within the margins in origin mode, and into its row.
    pub(super) fn keep_in_page(&mut self) {
        let screen = &mut self.screen;
        if screen.modes.has(Mode::Origin) {
            screen.cursor.row = screen.cursor.row.clamp(screen.top, screen.bottom - 1);
            screen.cursor.col = screen.cursor.col.clamp(screen.left, screen.right - 1);
        }
        self.keep_in_row();
    }
}
