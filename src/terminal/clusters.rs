//! Characters with combining marks, each kept once: a cell holds a number, the table the text.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Combining marks kept for one cell; more are dropped.
pub const MAX_MARKS: usize = 8;
/// Clusters of one screen; when all are in use further marks are dropped.
pub const MAX_CLUSTERS: usize = 65_536;
/// What an [`Arc`] keeps beside its content.
const COUNTS: usize = 2 * size_of::<usize>();
/// Insertions refused by a full table before it is looked through for unused ones again. That look costs as much as
/// a screenful of printing, so a guest must print as much to cause it.
const REFUSALS_BEFORE_SWEEP: u32 = 65_536;

/// The interned clusters of a screen. An ordered map: no randomness down here, and no collisions to choose.
#[derive(Clone, Debug, Default)]
pub struct Clusters {
    texts: Vec<Arc<[char]>>,
    index: BTreeMap<Arc<[char]>, u32>,
    free: Vec<u32>,
    refused: u32,
}

impl Clusters {
    /// The base character and marks of cluster `index`; empty for a number that was never given out.
    pub fn text(&self, index: u32) -> &[char] {
        self.texts.get(index as usize).map_or(&[], |text| text)
    }

    /// The number of `text`; `None` when the table is full.
    pub fn intern(&mut self, text: &[char]) -> Option<u32> {
        if let Some(index) = self.index.get(text) {
            return Some(*index);
        }
        let text: Arc<[char]> = text.into();
        let index = match self.free.pop() {
            Some(index) => {
                self.texts[index as usize] = Arc::clone(&text);
                index
            }
            None if self.texts.len() < MAX_CLUSTERS => {
                self.texts.push(Arc::clone(&text));
                self.texts.len() as u32 - 1
            }
            None => {
                self.refused = self.refused.saturating_add(1);
                return None;
            }
        };
        self.index.insert(text, index);
        Some(index)
    }

    /// Whether it is full and it is time to [`Clusters::sweep`].
    pub fn wants_sweep(&self) -> bool {
        self.refused % REFUSALS_BEFORE_SWEEP == 1
    }

    /// Forgets the clusters that `used` does not name.
    pub fn sweep(&mut self, used: &[bool]) {
        self.index.retain(|_, index| {
            let keep = used.get(*index as usize).copied().unwrap_or(false);
            if !keep {
                self.free.push(*index);
            }
            keep
        });
        // With much room again the next refusal is a first one; with little, many must come before another look, or a
        // guest that keeps all but one in use would cause a look with every character.
        if self.free.len() >= MAX_CLUSTERS / 16 {
            self.refused = 0;
        }
    }

    /// The number of bytes that it takes, give or take what the map needs between its entries.
    pub fn memory(&self) -> usize {
        let (text, number) = (size_of::<Arc<[char]>>(), size_of::<u32>());
        let texts: usize = self.texts.iter().map(|text| size_of_val::<[char]>(text) + COUNTS).sum();
        let lists = self.texts.capacity() * text + self.free.capacity() * number;
        texts + lists + self.index.len() * (text + number)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_that_frees_little_is_not_repeated_at_once() {
        let mut clusters = Clusters::default();
        let text = |n: u32| ['a', char::from_u32(0x1_0000 + n).unwrap()];
        for n in 0..MAX_CLUSTERS as u32 {
            assert!(clusters.intern(&text(n)).is_some());
        }
        assert_eq!(clusters.intern(&text(70_000)), None);
        assert!(clusters.wants_sweep());
        let mut used = vec![true; MAX_CLUSTERS];
        used[0] = false;
        clusters.sweep(&used);
        assert!(clusters.intern(&text(70_000)).is_some());
        assert_eq!(clusters.intern(&text(70_001)), None);
        assert!(!clusters.wants_sweep(), "only one was free: the next look must wait");
        used[..MAX_CLUSTERS / 16].fill(false);
        clusters.sweep(&used);
        assert!(clusters.intern(&text(70_001)).is_some());
        assert_eq!(clusters.refused, 0);
    }
}
