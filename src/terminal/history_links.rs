//! The links of the history: a packed row has numbers, here is what they stand for.
//!
//! Numbers are given out in the order of the rows, a row's own ones next to each other, and never again to another row.
//! So the oldest rows take the first links with them, and the newest, when it is taken back, the last; nothing has to be
//! looked through for what is still in use.

use std::collections::VecDeque;
use std::sync::Arc;

use super::extras::Link;

#[derive(Debug)]
struct Entry {
    link: Arc<Link>,
    /// Bytes that it counts for: a link that goes on from row to row has its text once.
    bytes: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct HistoryLinks {
    entries: VecDeque<Entry>,
    /// The number of the first entry. Numbers go round; there is never memory for so many that two are alike.
    first: u32,
    bytes: usize,
}

impl HistoryLinks {
    /// The number that the next link will have.
    pub(super) fn next(&self) -> u32 {
        self.first.wrapping_add(self.entries.len() as u32)
    }

    /// The number of `link` in a row whose own links begin with number `row`.
    pub(super) fn intern(&mut self, link: &Arc<Link>, row: u32) -> u32 {
        let own = self.entries.len() - self.next().wrapping_sub(row) as usize;
        if let Some(at) = self.entries.range(own..).position(|entry| entry.link == *link) {
            return row.wrapping_add(at as u32);
        }
        let again = self.entries.back().is_some_and(|last| last.link == *link);
        // The text that is there already, so that it is in memory once.
        let link = self.entries.back().filter(|_| again).map_or(link, |last| &last.link).clone();
        let bytes = size_of::<Entry>() + if again { 0 } else { link.memory() };
        self.bytes += bytes;
        self.entries.push_back(Entry { link, bytes });
        self.next().wrapping_sub(1)
    }

    /// The link of this number.
    pub(super) fn get(&self, number: u32) -> Option<&Arc<Link>> {
        self.entries.get(number.wrapping_sub(self.first) as usize).map(|entry| &entry.link)
    }

    /// Forgets those before `number`: their rows are gone.
    pub(super) fn drop_before(&mut self, number: u32) {
        let count = number.wrapping_sub(self.first) as usize;
        for entry in self.entries.drain(..count.min(self.entries.len())) {
            self.bytes -= entry.bytes;
        }
        self.first = number;
    }

    /// Forgets those from `number` on: their row was taken back.
    pub(super) fn truncate(&mut self, number: u32) {
        let count = number.wrapping_sub(self.first) as usize;
        for entry in self.entries.drain(count.min(self.entries.len())..) {
            self.bytes -= entry.bytes;
        }
    }

    /// The number of bytes that they take; none when there is none.
    pub(super) fn memory(&self) -> usize {
        self.bytes
    }
}
