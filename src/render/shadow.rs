//! What was painted: the memory that lets a painter paint only what really differs.

use std::ops::Range;

use super::style::Painted;
use crate::geometry::GridSize;

/// The places of the screen as they are on the surface.
#[derive(Debug)]
pub(super) struct Shadow {
    size: GridSize,
    rows: Vec<ShadowRow>,
}

#[derive(Debug)]
struct ShadowRow {
    places: Box<[Painted]>,
    /// The texts of clusters, by column. The screen's numbers of clusters say nothing once one is used again.
    clusters: Vec<(u16, Box<[char]>)>,
}

impl Shadow {
    /// Nothing is known of what is on the surface.
    pub(super) fn new(size: GridSize) -> Self {
        let places: Box<[Painted]> = vec![Painted::UNKNOWN; usize::from(size.cols)].into();
        let row = || ShadowRow { places: places.clone(), clusters: Vec::new() };
        Self { size, rows: (0..size.rows).map(|_| row()).collect() }
    }

    pub(super) fn size(&self) -> GridSize {
        self.size
    }

    /// Follows the content of `rows` up (down, if negative).
    pub(super) fn scroll(&mut self, rows: Range<u16>, up: i32) {
        let end = usize::from(rows.end).min(self.rows.len());
        let rows = &mut self.rows[usize::from(rows.start).min(end)..end];
        let distance = (up.unsigned_abs() as usize).min(rows.len());
        if up > 0 { rows.rotate_left(distance) } else { rows.rotate_right(distance) }
    }

    /// Whether this is what was painted there; `text` counts when it is a cluster.
    pub(super) fn shows(&self, row: u16, col: u16, painted: &Painted, text: &[char]) -> bool {
        let shadow = &self.rows[usize::from(row)];
        shadow.places[usize::from(col)] == *painted
            && (painted.glyph != Painted::CLUSTER || shadow.cluster(col).is_some_and(|known| *known == *text))
    }

    /// Remembers what is being painted.
    pub(super) fn set(&mut self, row: u16, col: u16, painted: Painted, text: &[char]) {
        let shadow = &mut self.rows[usize::from(row)];
        let old = std::mem::replace(&mut shadow.places[usize::from(col)], painted);
        if old.glyph == Painted::CLUSTER {
            shadow.clusters.retain(|(known, _)| *known != col);
        }
        if painted.glyph == Painted::CLUSTER {
            shadow.clusters.push((col, text.into()));
        }
    }

    /// Whether anything that was painted blinks.
    pub(super) fn blinks(&self) -> bool {
        self.rows.iter().any(|row| row.places.iter().any(|painted| painted.blinks))
    }
}

impl ShadowRow {
    fn cluster(&self, col: u16) -> Option<&[char]> {
        self.clusters.iter().find(|(known, _)| *known == col).map(|(_, text)| &**text)
    }
}
