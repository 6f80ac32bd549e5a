//! Lines by number: those of the history and those of the screen are one text.
//!
//! ```text
//! history.first()   the oldest line that is kept
//! history.end()     the first row of the screen
//! Terminal::end()   one more than the last row of the screen
//! ```
//! A line that scrolls off the screen keeps its number, and so does every other line when the oldest is dropped.

use std::ops::Range;

use super::reflow::unpack_row;
use super::search::Towards;
use super::{HistoryRow, Terminal};

/// A cell of a numbered line. They are in the order of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinePos {
    /// The number of the line.
    pub line: u64,
    /// The cell in it, from 0.
    pub col: u16,
}

impl Terminal {
    /// The numbers of the lines there are.
    pub fn lines(&self) -> Range<u64> {
        self.history.first()..self.history.end() + u64::from(self.screen.size().rows)
    }

    /// Line `number`, if there is such a line.
    pub fn line(&self, number: u64) -> Option<HistoryRow> {
        match number.checked_sub(self.history.end()) {
            None => self.history.row(usize::try_from(number.checked_sub(self.history.first())?).ok()?),
            Some(row) => {
                let row = u16::try_from(row).ok().filter(|row| *row < self.screen.size().rows)?;
                Some(unpack_row(&self.screen, row))
            }
        }
    }

    /// Whether line `number` goes on in the next one.
    pub fn is_wrapped(&self, number: u64) -> bool {
        match number.checked_sub(self.history.end()) {
            None => {
                number.checked_sub(self.history.first()).is_some_and(|index| self.history.is_wrapped(index as usize))
            }
            Some(row) => row < u64::from(self.screen.size().rows) && self.screen.grid.wrapped(row as u16),
        }
    }

    /// The nearest line of the history before `line`, or after it, where a prompt of the guest's shell begins.
    pub fn prompt_from(&self, line: u64, towards: Towards) -> Option<u64> {
        let mut prompts = self.history.prompts().map(|index| self.history.first() + index as u64);
        match towards {
            Towards::Oldest => prompts.rfind(|prompt| *prompt < line),
            Towards::Newest => prompts.find(|prompt| *prompt > line),
        }
    }

    /// Whether there is any such line.
    pub fn has_prompts(&self) -> bool {
        self.history.prompts().next().is_some()
    }
}
