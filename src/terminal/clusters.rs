//! Characters with combining marks, each kept once: a cell holds a number, the table the text.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Combining marks kept for one cell; more are dropped.
pub const MAX_MARKS: usize = 8;
/// Clusters of one screen; when all are in use further marks are dropped.
pub const MAX_CLUSTERS: usize = 65_536;
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
        // With room again the next refusal is a first one; without, many must come before another look.
        if !self.free.is_empty() {
            self.refused = 0;
        }
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
