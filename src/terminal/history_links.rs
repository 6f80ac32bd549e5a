//! The links of the history: a packed row has numbers, here is what they stand for.
//!
//! Numbers are given out in the order of the rows, a row's own ones next to each other, and never again to another row.
//! So the oldest rows take the first links with them, and the newest, when it is taken back, the last; nothing has to be
//! looked through for what is still in use.

use std::collections::VecDeque;
use std::sync::Arc;

use super::extras::Link;

/// How many of a row's last links a further one may be the same as. A row may have a different one in each cell.
const LOOKED_BACK: usize = 64;

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

    /// The number of `link` in a row whose own links begin with number `row`. Equal ones are mostly one [`Arc`]; no more
    /// texts than two are compared, for they may be long. One that is not found has another number, and nothing worse.
    pub(super) fn intern(&mut self, link: &Arc<Link>, row: u32) -> u32 {
        let own = self.next().wrapping_sub(row) as usize;
        let known =
            self.entries.iter().rev().take(own.min(LOOKED_BACK)).position(|entry| Arc::ptr_eq(&entry.link, link));
        if let Some(back) = known {
            return self.next().wrapping_sub(1 + back as u32);
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

    /// The number of bytes that they need; none when there is none.
    pub(super) fn needed(&self) -> usize {
        self.bytes
    }

    /// The number of bytes that they take.
    pub(super) fn memory(&self) -> usize {
        self.bytes + (self.entries.capacity() - self.entries.len()) * size_of::<Entry>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::{Options, Terminal};

    /// `count` links that differ at their ends.
    fn links(count: usize) -> Vec<Arc<Link>> {
        let size = GridSize::new(count as u16, 1);
        let mut terminal = Terminal::new(size, Options::default());
        (0..count).for_each(|n| terminal.feed(format!("\x1b]8;;{n:0200}\x07x").as_bytes()));
        terminal.screen().row(0).iter().filter_map(|cell| terminal.screen().link(cell).cloned()).collect()
    }

    #[test]
    fn a_link_of_a_row_is_looked_for_among_the_last_ones_only() {
        let (mut history, links) = (HistoryLinks::default(), links(2 * LOOKED_BACK));
        assert_eq!(links.len(), 2 * LOOKED_BACK);
        for (nth, link) in (0..).zip(&links) {
            assert_eq!([history.intern(link, 0), history.intern(link, 0)], [nth, nth]);
        }
        let (first, next) = (history.next() - LOOKED_BACK as u32, history.next());
        assert_eq!(history.intern(&links[LOOKED_BACK], 0), first);
        assert_eq!(history.intern(&links[LOOKED_BACK - 1], 0), next, "too far back");
        assert_eq!(history.get(next), history.get(first - 1), "but the same");
        assert_eq!(history.intern(&links[LOOKED_BACK - 1], next + 1), next + 1, "another row");
        assert!(history.memory() >= history.needed());
        history.drop_before(next + 2);
        assert_eq!(history.needed(), 0);
    }

    #[test]
    fn the_text_of_a_link_that_goes_on_is_kept_once() {
        let (mut history, link) = (HistoryLinks::default(), links(1).remove(0));
        history.intern(&link, 0);
        let before = history.needed();
        history.intern(&Arc::new(Link::clone(&link)), 1);
        assert_eq!(history.needed() - before, size_of::<Entry>());
    }
}
