//! Sets of pixels as disjoint rectangles in y-x banded order.
//!
//! A region is canonical: its rectangles lie in horizontal bands, sorted from top to bottom and in each band from left
//! to right; rectangles of one band never touch, and two touching bands with the same spans are one. So equal sets are
//! equal values, and every operation is one walk down both operands.
//!
//! ```text
//! +---------+                      +---------+            band 1
//! |    +----+----+                 +---------+----+
//! +----+----+    |     becomes     |              |       band 2
//!      |         |                 +----+---------+
//!      +---------+                      +---------+       band 3
//! ```

use super::delta::Move;
use crate::geometry::Rect;

/// A set of pixels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    rects: Vec<Rect>,
}

impl Region {
    /// No pixel.
    pub const EMPTY: Self = Self { rects: Vec::new() };

    /// Whether no pixel is in it.
    pub fn is_empty(&self) -> bool {
        self.rects.is_empty()
    }

    /// Its rectangles: disjoint, from top to bottom and in each band from left to right.
    pub fn rects(&self) -> &[Rect] {
        &self.rects
    }

    /// The number of pixels.
    pub fn area(&self) -> u64 {
        self.rects.iter().map(|rect| rect.area()).sum()
    }

    /// The smallest rectangle that holds all of it; empty when the region is.
    pub fn bounds(&self) -> Rect {
        let (Some(first), Some(last)) = (self.rects.first(), self.rects.last()) else { return Rect::default() };
        let left = self.rects.iter().map(|rect| rect.x).min().unwrap_or(0);
        let right = self.rects.iter().map(|rect| rect.right()).max().unwrap_or(0);
        Rect::new(left, first.y, right - left, last.bottom() - first.y)
    }

    /// Whether every pixel of `rect` is in it.
    pub fn contains(&self, rect: Rect) -> bool {
        self.overlap(rect) == rect.area()
    }

    /// Whether any pixel of `rect` is in it.
    pub fn intersects(&self, rect: Rect) -> bool {
        self.rects.iter().any(|own| !own.intersection(rect).is_empty())
    }

    /// The number of pixels it has in common with `rect`.
    pub fn overlap(&self, rect: Rect) -> u64 {
        self.rects.iter().map(|own| own.intersection(rect).area()).sum()
    }

    /// The pixels in either.
    pub fn union(&self, other: &Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => other.clone(),
            (_, true) => self.clone(),
            _ => self.combine(other, |a, b| a || b),
        }
    }

    /// The pixels in both.
    pub fn intersect(&self, other: &Self) -> Self {
        self.combine(other, |a, b| a && b)
    }

    /// The pixels of `self` that are not in `other`.
    pub fn subtract(&self, other: &Self) -> Self {
        if other.is_empty() { self.clone() } else { self.combine(other, |a, b| a && !b) }
    }

    /// The same shape `dx` pixels further right and `dy` further down; what leaves the quadrant of places is lost.
    pub fn translate(&self, dx: i32, dy: i32) -> Self {
        let shifted = |edge: u32, by: i32| u32::try_from((i64::from(edge) + i64::from(by)).max(0)).unwrap_or(u32::MAX);
        let mut builder = Builder::default();
        let mut spans = Vec::new();
        for band in self.bands() {
            spans.clear();
            spans.extend(band.iter().map(|rect| (shifted(rect.x, dx), shifted(rect.right(), dx))));
            spans.retain(|(start, end)| start < end);
            builder.push(shifted(band[0].y, dy), shifted(band[0].bottom(), dy), &spans);
        }
        builder.finish()
    }

    /// Where these pixels are after `step`: those in its area go along, and are lost when they leave it.
    pub fn moved(&self, step: &Move) -> Self {
        if !self.intersects(step.area) {
            return self.clone();
        }
        let area = Self::from(step.area);
        let inside = self.intersect(&Self::from(step.source())).translate(step.dx, step.dy);
        self.subtract(&area).union(&inside)
    }

    /// The rectangles of one band after the other.
    fn bands(&self) -> impl Iterator<Item = &[Rect]> {
        self.rects.chunk_by(|a, b| a.y == b.y)
    }

    /// The pixels for which `keep(in self, in other)`; `keep(false, false)` must be false.
    fn combine(&self, other: &Self, keep: impl Fn(bool, bool) -> bool) -> Self {
        let mut builder = Builder::default();
        let mut spans = Vec::new();
        let (mut bands_a, mut bands_b) = (self.bands(), other.bands());
        let (mut a, mut b) = (bands_a.next(), bands_b.next());
        let mut y = 0; // everything above is done
        loop {
            // What is left of the current band of each: its first row not yet done, and its end.
            let rest = |band: Option<&[Rect]>| band.map(|rects| (rects[0].y.max(y), rects[0].bottom()));
            let (rest_a, rest_b) = (rest(a), rest(b));
            let Some(top) = rest_a.into_iter().chain(rest_b).map(|(start, _)| start).min() else { break };
            let here = |rest: Option<(u32, u32)>| rest.is_some_and(|(start, _)| start == top);
            let bottom = (rest_a.into_iter().chain(rest_b))
                .map(|(start, end)| if start == top { end } else { start })
                .fold(u32::MAX, u32::min);
            spans.clear();
            let spans_a = a.filter(|_| here(rest_a)).unwrap_or_default();
            let spans_b = b.filter(|_| here(rest_b)).unwrap_or_default();
            combine_spans(spans_a, spans_b, &keep, &mut spans);
            builder.push(top, bottom, &spans);
            y = bottom;
            if rest_a.is_some_and(|(_, end)| end <= y) {
                a = bands_a.next();
            }
            if rest_b.is_some_and(|(_, end)| end <= y) {
                b = bands_b.next();
            }
        }
        builder.finish()
    }
}

impl From<Rect> for Region {
    fn from(rect: Rect) -> Self {
        if rect.is_empty() { Self::EMPTY } else { Self { rects: vec![rect] } }
    }
}

impl FromIterator<Rect> for Region {
    /// The union of all of them.
    fn from_iter<I: IntoIterator<Item = Rect>>(rects: I) -> Self {
        // Halves are joined, not one rectangle after the other: n log n instead of n².
        fn join(regions: &[Region]) -> Region {
            match regions {
                [] => Region::EMPTY,
                [one] => one.clone(),
                many => {
                    let (left, right) = many.split_at(many.len() / 2);
                    join(left).union(&join(right))
                }
            }
        }
        join(&rects.into_iter().map(Region::from).collect::<Vec<_>>())
    }
}

/// One row of two bands: the spans where `keep(in a, in b)`. Edges alternate between "begins" and "ends", so whether
/// a place is inside is whether an odd number of edges lies left of it.
fn combine_spans(a: &[Rect], b: &[Rect], keep: impl Fn(bool, bool) -> bool, spans: &mut Vec<(u32, u32)>) {
    fn edge(rects: &[Rect], index: usize) -> Option<u32> {
        rects.get(index / 2).map(|rect| if index.is_multiple_of(2) { rect.x } else { rect.right() })
    }
    let (mut next_a, mut next_b) = (0, 0);
    let mut begun = None;
    while let Some(x) = edge(a, next_a).into_iter().chain(edge(b, next_b)).min() {
        next_a += usize::from(edge(a, next_a) == Some(x));
        next_b += usize::from(edge(b, next_b) == Some(x));
        match (begun, keep(next_a % 2 == 1, next_b % 2 == 1)) {
            (None, true) => begun = Some(x),
            (Some(start), false) => {
                spans.push((start, x));
                begun = None;
            }
            _ => {}
        }
    }
}

/// Makes a region from bands that come from top to bottom.
#[derive(Default)]
pub(super) struct Builder {
    rects: Vec<Rect>,
    /// Where the last band begins in `rects`.
    last: usize,
}

impl Builder {
    /// Adds the rows `top..bottom` with these spans (start and end): sorted, not empty, not touching. Bands must not
    /// overlap and come in order.
    pub(super) fn push(&mut self, top: u32, bottom: u32, spans: &[(u32, u32)]) {
        if spans.is_empty() || top >= bottom {
            return;
        }
        let last = &mut self.rects[self.last..];
        let same = last.len() == spans.len()
            && last.iter().zip(spans).all(|(rect, span)| (rect.x, rect.right()) == *span && rect.bottom() == top);
        if same {
            last.iter_mut().for_each(|rect| rect.height += bottom - top);
        } else {
            self.last = self.rects.len();
            self.rects.extend(spans.iter().map(|(start, end)| Rect::new(*start, top, end - start, bottom - top)));
        }
    }

    /// The region of all bands pushed.
    pub(super) fn finish(self) -> Region {
        Region { rects: self.rects }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_rectangles_become_bands() {
        let region = Region::from_iter([Rect::new(0, 0, 4, 3), Rect::new(2, 2, 4, 3)]);
        assert_eq!(region.rects(), [Rect::new(0, 0, 4, 2), Rect::new(0, 2, 6, 1), Rect::new(2, 3, 4, 2)]);
        assert_eq!(region.area(), 4 * 3 + 4 * 3 - 2);
        assert_eq!(region.bounds(), Rect::new(0, 0, 6, 5));
    }

    #[test]
    fn touching_rectangles_are_one() {
        let quarters = [(0, 0), (5, 0), (0, 5), (5, 5)].map(|(x, y)| Rect::new(x, y, 5, 5));
        assert_eq!(Region::from_iter(quarters).rects(), [Rect::new(0, 0, 10, 10)]);
    }

    #[test]
    fn cutting_a_hole_and_filling_it_gives_the_same_value() {
        let whole = Region::from(Rect::new(0, 0, 9, 9));
        let hole = Region::from(Rect::new(3, 3, 3, 3));
        let ring = whole.subtract(&hole);
        assert_eq!(ring.rects().len(), 4);
        assert!(ring.contains(Rect::new(0, 0, 9, 3)) && !ring.contains(Rect::new(0, 0, 9, 4)));
        assert_eq!(ring.union(&hole), whole);
        assert!(ring.intersect(&hole).is_empty());
    }

    #[test]
    fn what_leaves_the_quadrant_is_cut_and_bands_join_again() {
        // Left of the cut the two bands differ, right of it they do not.
        let region = Region::from_iter([Rect::new(0, 0, 2, 1), Rect::new(4, 0, 2, 2)]);
        assert_eq!(region.translate(-3, 0).rects(), [Rect::new(1, 0, 2, 2)]);
        assert_eq!(region.translate(-5, -1).rects(), [Rect::new(0, 0, 1, 1)]);
        assert!(region.translate(-6, 0).is_empty());
        assert!(region.translate(0, i32::MIN).is_empty());
    }

    #[test]
    fn a_move_carries_its_area_only() {
        let region = Region::from_iter([Rect::new(0, 0, 10, 1), Rect::new(0, 5, 10, 1), Rect::new(0, 9, 10, 1)]);
        let up_two = Move { area: Rect::new(0, 4, 10, 4), dx: 0, dy: -2 };
        let expected = [Rect::new(0, 0, 10, 1), Rect::new(0, 9, 10, 1)];
        assert_eq!(region.moved(&up_two).rects(), expected, "row 5 leaves the area at its top");
        let up_one = Move { dy: -1, ..up_two };
        assert!(region.moved(&up_one).contains(Rect::new(0, 4, 10, 1)));
    }
}
