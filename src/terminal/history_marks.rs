//! The marks of the history's rows ([`Marks`], OSC 133), beside them: few rows have any, and who looks for the prompt
//! before this one shall not have to unpack all that lies between.

use std::collections::VecDeque;

use super::shell::Marks;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct HistoryMarks {
    /// Rows that have marks, from the oldest, by their number since the beginning.
    rows: VecDeque<(u64, Marks)>,
    /// The number of the oldest row.
    first: u64,
}

impl HistoryMarks {
    /// The newest of `lines` rows has these.
    pub(super) fn set_newest(&mut self, lines: usize, marks: Marks) {
        if marks != Marks::NONE && lines > 0 {
            self.rows.push_back((self.first + lines as u64 - 1, marks));
        }
    }

    /// The marks of row `index`, the oldest being 0.
    pub(super) fn get(&self, index: usize) -> Marks {
        let number = self.first + index as u64;
        self.rows.binary_search_by_key(&number, |(row, _)| *row).map_or(Marks::NONE, |at| self.rows[at].1)
    }

    /// The oldest row is gone.
    pub(super) fn drop_oldest(&mut self) {
        self.first += 1;
        if self.rows.front().is_some_and(|(row, _)| *row < self.first) {
            self.rows.pop_front();
        }
    }

    /// The newest of `lines` rows is taken back, with its marks.
    pub(super) fn take_newest(&mut self, lines: usize) -> Marks {
        let newest = self.first + (lines as u64).saturating_sub(1);
        match self.rows.back() {
            Some((row, marks)) if *row == newest => {
                let marks = *marks;
                self.rows.pop_back();
                marks
            }
            _ => Marks::NONE,
        }
    }

    /// The rows where a prompt begins, from the oldest.
    pub(super) fn prompts(&self) -> impl DoubleEndedIterator<Item = usize> {
        let prompts = self.rows.iter().filter(|(_, marks)| marks.prompt());
        prompts.map(|(row, _)| (row - self.first) as usize)
    }

    /// The number of bytes that they need; none when there is none.
    pub(super) fn needed(&self) -> usize {
        self.rows.len() * size_of::<(u64, Marks)>()
    }

    /// The number of bytes that they take.
    pub(super) fn memory(&self) -> usize {
        self.rows.capacity() * size_of::<(u64, Marks)>()
    }
}
