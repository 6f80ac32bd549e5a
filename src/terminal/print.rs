//! Putting characters: width, combining marks, wrap, insert mode, REP.

use super::Terminal;
use super::cell::Cell;
use super::clusters::MAX_MARKS;
use super::modes::Mode;
use super::scan::common_char;
use super::width;

impl Terminal {
    /// Prints a run of printable ASCII (0x20 to 0x7E). This is the path nearly all bytes take.
    pub(super) fn print_ascii(&mut self, text: &[u8]) {
        if !self.screen.cursor.charsets.plain() || self.open_cluster.joins_ascii {
            for byte in text {
                let ch = self.screen.cursor.charsets.map_left(*byte);
                self.print(ch);
            }
            return;
        }
        if self.screen.modes.has(Mode::Insert) && !self.screen.full_width() {
            // Only what is printed between the margins shifts, one character after the other.
            return text.iter().for_each(|byte| self.print(char::from(*byte)));
        }
        let mut rest = text;
        while let Some(last) = rest.last().copied() {
            if self.screen.cursor.pending_wrap {
                self.wrap();
            }
            let (row, col) = (self.screen.cursor.row, self.screen.cursor.col);
            let limit = self.screen.print_limit(row, col);
            let mut fits = rest.len().min(usize::from(limit - col));
            self.last_printed = Some(char::from(last));
            if self.screen.modes.has(Mode::Insert) {
                self.shift_cells(fits as u16, true);
            }
            self.put_ascii(&rest[..fits]);
            if fits < rest.len() && !self.screen.modes.has(Mode::Autowrap) {
                // Without wrap the last column is overwritten again and again; only the last one counts.
                self.screen.cursor.col = limit - 1;
                self.put_ascii(&[last]);
                fits = rest.len();
            }
            rest = &rest[fits..];
        }
    }

    /// Writes `text`, which fits between the cursor and the end of its row, and moves the cursor on.
    #[inline]
    fn put_ascii(&mut self, text: &[u8]) {
        let screen = &mut self.screen;
        let (row, col, pen) = (screen.cursor.row, screen.cursor.col, screen.cursor.pen);
        let cols = col..col + text.len() as u16;
        let touched = screen.grid.split_wide(row, cols.clone());
        for (cell, byte) in screen.grid.cells_mut(row, cols).iter_mut().zip(text) {
            *cell = pen.with_ascii(*byte);
        }
        self.damage.mark(row, touched);
        self.advance(text.len() as u16);
    }

    /// Prints the run of ordinary characters at the start of `text`, as far as they go on one row and none of them
    /// needs more than being written down; the number of bytes taken, possibly none.
    pub(super) fn print_text(&mut self, text: &[u8]) -> usize {
        let modes = self.screen.modes;
        let slow = modes.has(Mode::Insert) || modes.has(Mode::GraphemeClusters);
        if slow || !self.screen.cursor.charsets.plain() {
            return 0;
        }
        if self.screen.cursor.pending_wrap {
            // A combining mark would join the character before; anything else goes to the next row.
            if common_char(text).is_none_or(|(ch, _)| width::columns(ch) == 0) {
                return 0;
            }
            self.wrap();
        }
        let screen = &mut self.screen;
        let (row, start, pen) = (screen.cursor.row, screen.cursor.col, screen.cursor.pen);
        let limit = screen.print_limit(row, start);
        let used = screen.grid.used(row);
        let cells = screen.grid.cells_mut(row, start..limit);
        let (mut at, mut col, mut last) = (0, 0, None);
        while col < cells.len() {
            let rest = &text[at..];
            let (ch, len) = match rest.first() {
                Some(byte @ 0x20..=0x7e) => (char::from(*byte), 1),
                Some(0x80..) => match common_char(rest) {
                    Some(found) => found,
                    None => break,
                },
                _ => break,
            };
            match (width::columns(ch), &mut cells[col..]) {
                (1, [cell, ..]) => {
                    // The half of a wide character that is left over loses its other half below, or here.
                    *cell = pen.with_char(ch);
                    col += 1;
                }
                (2, [left, right, ..]) => {
                    (*left, *right) = (pen.with_wide_char(ch), pen.as_spacer());
                    col += 2;
                }
                _ => break,
            }
            at += len;
            last = Some(ch);
        }
        let end = start + col as u16;
        screen.grid.set_used(row, used.max(end));
        if last.is_none() {
            return 0;
        }
        self.last_printed = last;
        let touched = screen.grid.mend_pairs(row, start..end);
        self.damage.mark(row, touched);
        self.advance(end - start);
        at
    }

    /// Moves the cursor on after printing `count` columns; in the last one the wrap becomes pending.
    #[inline]
    fn advance(&mut self, count: u16) {
        let limit = self.screen.print_limit(self.screen.cursor.row, self.screen.cursor.col);
        let cursor = &mut self.screen.cursor;
        cursor.col += count;
        cursor.written = Some(cursor.col - 1);
        if cursor.col >= limit {
            cursor.col = limit - 1;
            // Whether it will wrap is asked when the next character comes (xterm).
            cursor.pending_wrap = true;
        }
    }

    /// Carries out a pending wrap: the row goes on in the next one, in a mode that wraps.
    #[cold]
    fn wrap(&mut self) {
        if !self.screen.modes.has(Mode::Autowrap) {
            self.screen.cursor.pending_wrap = false;
            return;
        }
        let row = self.screen.cursor.row;
        let scrolls = row + 1 == self.screen.bottom;
        self.index();
        self.screen.cursor.col = self.screen.left.min(self.last_col());
        self.screen.cursor.depart();
        // On the last row, below the margins, there is nowhere to go: the row begins again. And between left and right
        // margins the text of a part of a row goes on in the same part of the next, which is not what the mark says.
        if self.screen.full_width()
            && (scrolls || self.screen.cursor.row > row)
            && let Some(above) = self.screen.cursor.row.checked_sub(1)
        {
            self.screen.grid.set_wrapped(above, true);
        }
    }

    /// Prints one character of any kind.
    pub(super) fn print(&mut self, ch: char) {
        if self.screen.modes.has(Mode::GraphemeClusters) && self.print_grapheme(ch) {
            return;
        }
        match width::columns(ch) {
            0 => self.combine(ch),
            columns => {
                self.last_printed = Some(ch);
                self.put(ch, u16::from(columns));
            }
        }
    }

    /// Puts a character of one or two columns.
    pub(super) fn put(&mut self, ch: char, columns: u16) {
        if self.screen.cursor.pending_wrap {
            self.wrap();
        }
        let limit = self.screen.print_limit(self.screen.cursor.row, self.screen.cursor.col);
        if (self.screen.cursor.col + columns > limit) && columns <= limit {
            if self.screen.modes.has(Mode::Autowrap) {
                self.wrap();
            } else {
                self.screen.cursor.col = limit - columns;
            }
        }
        // A row of a single column has no room for a wide character at all.
        let fits = columns <= self.screen.row_cols(self.screen.cursor.row);
        let (ch, columns) = if fits { (ch, columns) } else { (char::REPLACEMENT_CHARACTER, 1) };
        if self.screen.modes.has(Mode::Insert) {
            self.shift_cells(columns, true);
        }
        let screen = &mut self.screen;
        let (row, col, pen) = (screen.cursor.row, screen.cursor.col, screen.cursor.pen);
        let touched = screen.grid.split_wide(row, col..col + columns);
        match screen.grid.cells_mut(row, col..col + columns) {
            [cell] => *cell = pen.with_char(ch),
            [left, right] => (*left, *right) = (pen.with_wide_char(ch), pen.as_spacer()),
            _ => {}
        }
        self.damage.mark(row, touched);
        self.advance(columns);
    }

    /// Joins a combining mark to the character that was written last; after a motion, to what is at the cursor, be it
    /// a blank (both as xterm does).
    fn combine(&mut self, mark: char) {
        let cursor = &self.screen.cursor;
        let (row, mut col) = (cursor.row, cursor.written.unwrap_or(cursor.col));
        if col > 0 && self.screen.row(row)[usize::from(col)].is_spacer() {
            col -= 1;
        }
        let cell = self.screen.row(row)[usize::from(col)];
        if cell.is_spacer() {
            return;
        }
        let Some(joined) = self.joined(cell, mark) else { return };
        let end = col + 1 + u16::from(cell.is_wide());
        self.screen.grid.cells_mut(row, col..col + 1)[0] = joined;
        self.damage.mark(row, col..end);
    }

    /// `cell` with `mark` added; `None` when it has as many marks as it may, or the table is full.
    pub(super) fn joined(&mut self, cell: Cell, mark: char) -> Option<Cell> {
        let mut text = [' '; MAX_MARKS + 2];
        let mut len = 1;
        match cell.cluster() {
            Some(index) => {
                let old = self.screen.clusters.text(index);
                len = old.len();
                text[..len].copy_from_slice(old);
            }
            // A mark on an empty cell sits on a blank.
            None => text[0] = cell.char().unwrap_or(' '),
        }
        if len > MAX_MARKS {
            return None;
        }
        text[len] = mark;
        let text = &text[..=len];
        let index = self.screen.clusters.intern(text).or_else(|| {
            if self.screen.clusters.wants_sweep() {
                self.count_screen();
                self.screen.sweep_clusters();
            }
            self.screen.clusters.intern(text)
        })?;
        Some(cell.with_cluster(index))
    }

    /// REP: the character printed just before again, without its marks, at most as often as the screen has cells.
    pub(super) fn repeat(&mut self, last: Option<char>, count: u16) {
        let Some(ch) = last else { return };
        let size = self.screen.size();
        let most = u32::from(size.cols) * u32::from(size.rows);
        let count = u32::from(count).min(most);
        if self.screen.full_width() {
            self.put_again(ch, count);
        } else {
            self.repeat_within_margins(ch, count);
        }
        // It was this that came just before, and no character (xterm).
        self.last_printed = None;
    }

    /// Puts `ch` so many times.
    fn put_again(&mut self, ch: char, count: u32) {
        if let (' '..='~', true) = (ch, self.screen.cursor.charsets.plain()) {
            self.print_ascii(&vec![ch as u8; count as usize]);
        } else {
            let columns = width::columns(ch).max(1);
            (0..count).for_each(|_| self.put(ch, columns.into()));
        }
    }

    /// REP with left and right margins, where a scroll moves cells and is no history: the region scrolls once, as far as
    /// all of the text needs, and what would scroll out of it again is not written.
    fn repeat_within_margins(&mut self, ch: char, count: u32) {
        let columns = u16::from(width::columns(ch).max(1));
        let fits = |from: u16, limit: u16| u32::from((limit.saturating_sub(from) / columns).max(1));
        let whole = fits(self.screen.left, self.screen.right);
        let mut count = count;
        while count > 0 {
            let cursor = self.screen.cursor;
            let limit = self.screen.print_limit(cursor.row, cursor.col);
            let full = cursor.pending_wrap || cursor.col + columns > limit;
            let wraps = full && self.screen.modes.has(Mode::Autowrap);
            let scrolls = wraps && cursor.row + 1 == self.screen.bottom && self.screen.columns().contains(&cursor.col);
            if scrolls {
                let (rows, height) = (count.div_ceil(whole), u32::from(self.screen.bottom - self.screen.top));
                let kept = rows.min(height);
                count -= (rows - kept) * whole;
                self.scroll_up_from(self.screen.top, kept as u16);
                let cursor = &mut self.screen.cursor;
                (cursor.row, cursor.col) = (self.screen.bottom - kept as u16, self.screen.left);
                cursor.depart();
            }
            let here = if wraps { whole } else { fits(cursor.col, limit) };
            self.put_again(ch, count.min(here));
            count = count.saturating_sub(here);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::geometry::GridSize;
    use crate::terminal::{Options, Terminal};

    #[test]
    fn rep_is_as_many_characters_within_margins_too() {
        let size = GridSize::new(9, 5);
        let filled = "abcdefghi".repeat(4) + "abcdefgh\x1b[44m\x1b[?69h";
        for margins in ["\x1b[2;5s\x1b[2;4r", "\x1b[3;5s", "\x1b[1;8s\x1b[4;5r", "\x1b[5;9s\x1b[1;2r", "\x1b[1;2s"] {
            for modes in ["", "\x1b[4h", "\x1b[?7l", "\x1b(0"] {
                for place in ["\x1b[H", "\x1b[4;4H", "\x1b[4;9H", "\x1b[5;1H", "\x1b[2;8H"] {
                    for text in ["x", "漢"] {
                        for count in [1, 3, 4, 7, 8, 9, 16, 17, 40, 44, 45, 200] {
                            let before = format!("{filled}{margins}{modes}{place}{text}");
                            let (mut one, mut other) =
                                (Terminal::new(size, Options::default()), Terminal::new(size, Options::default()));
                            one.feed(format!("{before}\x1b[{count}b").as_bytes());
                            other.feed((before.clone() + &text.repeat(count.min(45))).as_bytes());
                            let difference = other.screen().difference(one.screen());
                            assert_eq!(difference, None, "{before:?}, {count} times");
                        }
                    }
                }
            }
        }
    }
}
