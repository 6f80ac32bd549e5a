//! What changed on a screen since somebody last asked: first moves, then spans of cells that may differ.
//!
//! The invariant: whoever applies the moves in order to the old screen and then repaints the spans has the new screen.

use std::ops::Range;

/// Whole rows that moved: `rows` is the region, and its content went up by `up` rows (down, if negative).
/// The rows that this uncovers are in the spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The region, first row and the row after the last.
    pub rows: Range<u16>,
    /// Rows upwards; never 0, and smaller than the region.
    pub up: i32,
}

/// The damage of a screen: see the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    moves: Vec<Move>,
    /// For each row the columns `start..end` that may differ; empty where `start >= end`.
    spans: Vec<(u16, u16)>,
    cols: u16,
}
