//! The text of numbered lines, as it is read: for those who want characters and not cells.

use std::ops::Range;

use super::Terminal;
use super::scrollback::trim;
use super::search::Match;
use super::selection::push_text;

/// A line's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineText {
    /// Without the blanks at its end; those before a line in which it goes on are part of it.
    pub text: String,
    /// It goes on in the next line.
    pub goes_on: bool,
}

impl Terminal {
    /// The numbers of the lines of the primary screen and its history, as far as they can be seen: while the alternate
    /// screen is shown, those of the history.
    pub fn text_lines(&self) -> Range<u64> {
        if self.screen.on_alternate() { self.history.first()..self.history.end() } else { self.lines() }
    }

    /// The text of line `number`, if there is such a line.
    pub fn text_of(&self, number: u64) -> Option<LineText> {
        let (row, goes_on) = (self.line(number)?, self.is_wrapped(number));
        let mut text = String::new();
        push_text(&mut text, &row, 0..trim(&row.cells).len());
        if !goes_on {
            text.truncate(text.trim_end_matches(' ').len());
        }
        Some(LineText { text, goes_on })
    }

    /// Which characters of the text of its first line something is that was found.
    pub fn characters_of(&self, found: Match) -> Range<u16> {
        let Some(row) = self.line(found.first.line) else { return 0..0 };
        let until = |col: usize| {
            let mut text = String::new();
            push_text(&mut text, &row, 0..col.min(row.cells.len()));
            u16::try_from(text.chars().count()).unwrap_or(u16::MAX)
        };
        let here = found.last.line == found.first.line;
        let end = if here { usize::from(found.last.col) + 1 } else { trim(&row.cells).len() };
        until(found.first.col.into())..until(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::Options;
    use crate::terminal::lines::LinePos;

    fn terminal(text: &str) -> Terminal {
        let mut terminal = Terminal::new(GridSize::new(6, 2), Options::default());
        terminal.feed(text.as_bytes());
        terminal
    }

    #[test]
    fn blanks_at_an_end_are_left_out_and_those_within_a_line_are_not() {
        let terminal = terminal("ab    cd   \r\n漢e\u{301}x  ");
        let texts: Vec<_> = terminal.lines().filter_map(|number| terminal.text_of(number)).collect();
        let line = |text: &str, goes_on| LineText { text: text.into(), goes_on };
        assert_eq!(texts, [line("ab    ", true), line("cd", false), line("漢e\u{301}x", false)]);
        assert_eq!(terminal.text_of(3), None);
    }

    #[test]
    fn what_was_found_is_told_in_characters() {
        let terminal = terminal("\r\n\r\n漢e\u{301}x ab");
        let pos = |line, col| LinePos { line, col };
        let found = |first, last| terminal.characters_of(Match { first, last });
        assert_eq!(found(pos(2, 2), pos(2, 3)), 1..4);
        assert_eq!(found(pos(2, 3), pos(3, 0)), 3..6, "to the end of its first line");
    }

    #[test]
    fn the_alternate_screen_has_no_numbers() {
        let mut terminal = terminal("1\r\n2\r\n3");
        assert_eq!(terminal.text_lines(), 0..3);
        terminal.feed(b"\x1b[?1049h");
        assert_eq!(terminal.text_lines(), 0..1);
    }
}
