//! How much one call of [`Terminal::feed_update`] does.
//!
//! A few bytes can ask for as much work as there are cells on a screen, and again and again. Functions that touch many
//! cells count them here, and once they are enough the call ends early: whoever feeds looks at the clock, and goes on
//! with the rest. There is no clock here, and where a call ends changes nothing of what is shown.

use super::Terminal;

/// Cells that one call of [`Terminal::feed_update`] may touch by functions that touch many; the last of them may go beyond
/// it by what is its own.
pub const MAX_WORK: u32 = 1 << 18;
/// What a row costs beside its cells.
const ROW: u32 = 16;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Work {
    cells: u32,
    /// The call ends before the next byte.
    pub(super) pauses: bool,
}

impl Terminal {
    /// Something touches `cols` cells in each of `rows` rows.
    #[inline]
    pub(super) fn count_work(&mut self, rows: u16, cols: u16) {
        self.count_cells(u32::from(rows) * (u32::from(cols) + ROW));
    }

    /// Something touches all of the screen.
    pub(super) fn count_screen(&mut self) {
        let size = self.screen.size();
        self.count_work(size.rows, size.cols);
    }

    /// Something touches so many cells.
    #[inline]
    pub(super) fn count_cells(&mut self, cells: u32) {
        self.work.cells = self.work.cells.saturating_add(cells);
        self.work.pauses |= self.work.cells >= MAX_WORK;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::Options;

    #[test]
    fn a_flood_of_work_ends_early_and_loses_nothing() {
        let size = GridSize::new(200, 60);
        for (before, function) in [
            ("\x1b[?69h\x1b[2;199s\x1b[60H", "x\n"),
            ("\x1b[?69h\x1b[2;199s\x1b[60H漢\x1b[60;2H", "\x1bD漢"),
            ("\x1b[?69h\x1b[2;199s", "\x1bMy"),
            ("", "\x1b[44mx\x1b[99S"),
            ("", "\x1b[41mz\x1b[2J"),
            ("", "z\x1b[?2J"),
            ("", "\x1b#8"),
            ("", "a\x1bc"),
            ("", "\x1b[;;;;7$t"),
            ("", "\x1b[1;;;;;1;2$v"),
            ("", "\x1b[65$xz"),
            ("", "b\x1b[${"),
            ("", "b\x1b[$z"),
            ("", "\x1b[1;1*yb"),
            ("", "\x1b[#|b"),
            ("", "b\x1b[2'}"),
            ("", "b\x1b[ @"),
            ("", "b\x1b[?1047h\x1b[?1047l"),
        ] {
            let flood = before.to_owned() + &function.repeat(200);
            let (mut whole, mut pieces) =
                (Terminal::new(size, Options::default()), Terminal::new(size, Options::default()));
            whole.feed(flood.as_bytes());
            let (mut rest, mut calls) = (flood.as_bytes(), 0);
            while !rest.is_empty() {
                let taken = pieces.feed_update(rest);
                assert!(taken > 0);
                (rest, calls) = (&rest[taken..], calls + 1);
            }
            assert!(calls > 3, "{function:?}: {calls} calls");
            assert_eq!(whole.screen().difference(pieces.screen()), None, "{function:?}");
            assert_eq!(whole.take_input(), pieces.take_input());
        }
    }

    #[test]
    fn text_is_taken_at_once() {
        let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
        let text = "a line of text, as there are many\r\n".repeat(1_000);
        assert_eq!(terminal.feed_update(text.as_bytes()), text.len());
    }
}
