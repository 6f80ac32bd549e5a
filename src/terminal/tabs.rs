//! Tab stops: a bit for each column.

/// Columns between the stops of a fresh terminal.
const INTERVAL: u16 = 8;

/// The tab stops of a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tabs {
    stops: Vec<u64>,
    cols: u16,
}

impl Tabs {
    /// A stop at every eighth column.
    pub fn new(cols: u16) -> Self {
        let mut tabs = Self { stops: Vec::new(), cols: 0 };
        tabs.resize(cols);
        tabs
    }

    /// Keeps the stops there are; new columns get the usual ones.
    pub fn resize(&mut self, cols: u16) {
        self.stops.resize(usize::from(cols).div_ceil(64), 0);
        for col in (self.cols..cols).filter(|col| col % INTERVAL == 0) {
            self.put(col, true);
        }
        for col in cols..(self.stops.len() as u16).saturating_mul(64) {
            self.put(col, false);
        }
        self.cols = cols;
    }

    fn put(&mut self, col: u16, on: bool) {
        if let Some(word) = self.stops.get_mut(usize::from(col / 64)) {
            *word = *word & !(1 << (col % 64)) | u64::from(on) << (col % 64);
        }
    }

    /// HTS: a stop at `col`.
    pub fn set(&mut self, col: u16) {
        self.put(col, true);
    }

    /// TBC 0: no stop at `col`.
    pub fn clear(&mut self, col: u16) {
        self.put(col, false);
    }

    /// TBC 3: no stop anywhere.
    pub fn clear_all(&mut self) {
        self.stops.fill(0);
    }

    /// Whether there is a stop at `col`.
    pub fn is_set(&self, col: u16) -> bool {
        self.stops.get(usize::from(col / 64)).is_some_and(|word| word >> (col % 64) & 1 != 0)
    }

    /// The next stop right of `col`, or the last column.
    pub fn next(&self, col: u16) -> u16 {
        (col.saturating_add(1)..self.cols).find(|col| self.is_set(*col)).unwrap_or(self.cols.saturating_sub(1).max(col))
    }

    /// The next stop left of `col`, or the first column.
    pub fn previous(&self, col: u16) -> u16 {
        (0..col).rev().find(|col| self.is_set(*col)).unwrap_or(0)
    }

    /// All stops, from the left.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        (0..self.cols).filter(|col| self.is_set(*col))
    }
}
