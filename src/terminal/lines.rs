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
}
