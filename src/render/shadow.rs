//! What was painted: the memory that lets a painter paint only what really differs.

use std::ops::Range;

use super::Blinks;
use super::style::{Blinking, Painted};
use crate::geometry::GridSize;

/// The places of the screen as they are on the surface.
#[derive(Clone, Debug)]
pub(super) struct Shadow {
    size: GridSize,
    rows: Vec<ShadowRow>,
    /// Places that blink slowly and rapidly.
    blinking: [usize; 2],
}

#[derive(Clone, Debug)]
struct ShadowRow {
    places: Box<[Painted]>,
    /// The texts of clusters, in the order of their columns: a row may be full of them. The screen's numbers of clusters
    /// say nothing once one is used again.
    clusters: Vec<(u16, Box<[char]>)>,
}

impl Shadow {
    /// Nothing is known of what is on the surface.
    pub(super) fn new(size: GridSize) -> Self {
        let places: Box<[Painted]> = vec![Painted::UNKNOWN; usize::from(size.cols)].into();
        let row = || ShadowRow { places: places.clone(), clusters: Vec::new() };
        Self { size, rows: (0..size.rows).map(|_| row()).collect(), blinking: [0; 2] }
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
        if old.blinks != painted.blinks {
            blinker(old.blinks).into_iter().for_each(|which| self.blinking[which] -= 1);
            blinker(painted.blinks).into_iter().for_each(|which| self.blinking[which] += 1);
        }
        let place = match (old.glyph == Painted::CLUSTER, painted.glyph == Painted::CLUSTER) {
            (false, false) => return,
            _ => shadow.clusters.binary_search_by_key(&col, |(known, _)| *known),
        };
        match (place, painted.glyph == Painted::CLUSTER) {
            (Ok(at), true) => shadow.clusters[at].1 = text.into(),
            (Ok(at), false) => drop(shadow.clusters.remove(at)),
            (Err(at), true) => shadow.clusters.insert(at, (col, text.into())),
            (Err(_), false) => {}
        }
    }

    /// What of all that was painted blinks.
    pub(super) fn blinks(&self) -> Blinks {
        let [slowly, rapidly] = self.blinking.map(|count| count > 0);
        Blinks { slowly, rapidly }
    }
}

/// Which of the counts is that of those that blink so.
fn blinker(blinking: Blinking) -> Option<usize> {
    match blinking {
        Blinking::Not => None,
        Blinking::Slowly => Some(0),
        Blinking::Rapidly => Some(1),
    }
}

impl ShadowRow {
    fn cluster(&self, col: u16) -> Option<&[char]> {
        let at = self.clusters.binary_search_by_key(&col, |(known, _)| *known).ok()?;
        Some(&self.clusters[at].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_kept_in_the_order_of_their_columns() {
        let mut shadow = Shadow::new(GridSize::new(8, 1));
        let cluster = Painted { glyph: Painted::CLUSTER, ..Painted::UNKNOWN };
        let plain = Painted { glyph: u32::from('a'), ..Painted::UNKNOWN };
        for col in [5, 0, 7, 3] {
            shadow.set(0, col, cluster, &['e', char::from_u32(0x300 + u32::from(col)).expect("a mark")]);
        }
        shadow.set(0, 3, cluster, &['o', '\u{301}']);
        shadow.set(0, 5, plain, &[]);
        let columns: Vec<u16> = shadow.rows[0].clusters.iter().map(|(col, _)| *col).collect();
        assert_eq!(columns, [0, 3, 7]);
        assert!(shadow.shows(0, 3, &cluster, &['o', '\u{301}']) && !shadow.shows(0, 3, &cluster, &['e', '\u{303}']));
        assert!(shadow.shows(0, 5, &plain, &[]) && !shadow.shows(0, 5, &cluster, &['e', '\u{305}']));
    }
}
