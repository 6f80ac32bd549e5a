//! What changed on a screen since somebody last asked: first moves, then spans of cells that may differ.
//!
//! The invariant: whoever applies the moves in order to the old screen and then repaints the spans has the new screen.
//!
//! A flood of line feeds must not cost anything here. Consecutive scrolls of one region are one move; a region that
//! has been scrolled away altogether is dirty from end to end, and from then on its scrolls and marks return at once.

use std::ops::Range;

use crate::geometry::GridSize;

/// Moves kept; a screen that wants more is repainted instead, which costs the same by then.
pub const MAX_MOVES: usize = 8;

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
#[derive(Clone, Debug, Default)]
pub struct Damage {
    moves: Vec<Move>,
    /// For each row the columns that may differ; [`CLEAN`] where none does.
    spans: Vec<Span>,
    cols: u16,
    /// Rows known to be dirty from end to end. Their spans say so too; this only answers faster.
    full: Range<u16>,
    dirty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: u16,
    end: u16,
}

const CLEAN: Span = Span { start: u16::MAX, end: 0 };

impl Damage {
    /// Nothing changed on a screen of `size`.
    pub fn none(size: GridSize) -> Self {
        Self { spans: vec![CLEAN; usize::from(size.rows)], cols: size.cols, ..Self::default() }
    }

    /// Everything changed on a screen of `size`.
    pub fn all(size: GridSize) -> Self {
        let mut damage = Self::none(size);
        damage.mark_rows(0..size.rows);
        damage
    }

    /// The moves, in the order in which they happened.
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// The columns of `row` that may differ once the moves are applied; empty when none does.
    pub fn span(&self, row: u16) -> Range<u16> {
        let span = self.spans.get(usize::from(row)).copied().unwrap_or(CLEAN);
        if span.start < span.end { span.start..span.end } else { 0..0 }
    }

    /// The number of rows of the screen this describes.
    pub fn rows(&self) -> u16 {
        self.spans.len() as u16
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        !self.dirty
    }

    /// Forgets all damage; the size stays.
    pub fn clear(&mut self) {
        self.moves.clear();
        if self.dirty {
            self.spans.fill(CLEAN);
        }
        self.full = 0..0;
        self.dirty = false;
    }

    /// Makes this the empty damage of a screen of `size`, reusing its memory.
    pub fn reset(&mut self, size: GridSize) {
        self.moves.clear();
        self.spans.clear();
        self.spans.resize(usize::from(size.rows), CLEAN);
        self.cols = size.cols;
        self.full = 0..0;
        self.dirty = false;
    }

    /// Adds what changed after this.
    pub fn append(&mut self, later: &Self) {
        if (self.rows(), self.cols) != (later.rows(), later.cols) {
            self.clone_from(later);
            return self.mark_rows(0..later.rows());
        }
        if later.is_empty() {
            return;
        }
        later.moves.iter().for_each(|step| self.scroll(step.rows.clone(), step.up));
        (0..later.rows()).for_each(|row| self.mark(row, later.span(row)));
    }

    /// The cells `cols` of `row` may differ.
    #[inline]
    pub fn mark(&mut self, row: u16, cols: Range<u16>) {
        if self.full.contains(&row) || cols.is_empty() {
            return;
        }
        if let Some(span) = self.spans.get_mut(usize::from(row)) {
            span.start = span.start.min(cols.start);
            span.end = span.end.max(cols.end.min(self.cols));
            self.dirty = true;
        }
    }

    /// All cells of `rows` may differ.
    pub fn mark_rows(&mut self, rows: Range<u16>) {
        let rows = rows.start..rows.end.min(self.rows());
        if rows.is_empty() {
            return;
        }
        let whole = Span { start: 0, end: self.cols };
        self.spans[usize::from(rows.start)..usize::from(rows.end)].fill(whole);
        self.dirty = true;
        if rows.len() >= self.full.len() {
            self.full = rows;
        }
    }

    /// The content of `rows` went up by `up` rows (down, if negative); what that uncovers is dirty.
    pub fn scroll(&mut self, rows: Range<u16>, up: i32) {
        let within = self.full.start <= rows.start && rows.end <= self.full.end;
        if within || up == 0 || rows.is_empty() || rows.end > self.rows() {
            return;
        }
        let height = i32::from(rows.end - rows.start);
        if up.abs() >= height {
            self.forget_moves_of(&rows);
            return self.mark_rows(rows);
        }
        // The sum of two scrolls of one region is one scroll: what either lost is dirty in the spans already.
        let many = self.moves.len() == MAX_MOVES;
        match self.moves.last_mut() {
            Some(last) if last.rows == rows => {
                last.up += up;
                let sum = last.up;
                if sum == 0 || sum.abs() >= height {
                    self.moves.pop();
                }
                if sum.abs() >= height {
                    return self.mark_rows(rows);
                }
            }
            _ if many => return self.mark_rows(rows),
            _ => self.moves.push(Move { rows: rows.clone(), up }),
        }
        self.shift_spans(rows, up);
    }

    /// A move of exactly this region is pointless once all of it is dirty.
    fn forget_moves_of(&mut self, rows: &Range<u16>) {
        if self.moves.last().is_some_and(|last| last.rows == *rows) {
            self.moves.pop();
        }
    }

    /// The spans go where their cells went.
    fn shift_spans(&mut self, rows: Range<u16>, up: i32) {
        let whole = Span { start: 0, end: self.cols };
        let spans = &mut self.spans[usize::from(rows.start)..usize::from(rows.end)];
        let count = up.unsigned_abs() as usize;
        if up > 0 {
            spans.rotate_left(count);
            let kept = spans.len() - count;
            spans[kept..].fill(whole);
        } else {
            spans.rotate_right(count);
            spans[..count].fill(whole);
        }
        self.full = 0..0;
        self.dirty = true;
        if spans.iter().all(|span| *span == whole) {
            self.forget_moves_of(&rows);
            self.full = rows;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: GridSize = GridSize::new(10, 6);

    #[test]
    fn line_feeds_are_one_move_and_then_plain_dirt() {
        let mut damage = Damage::none(SIZE);
        for _ in 0..3 {
            damage.scroll(0..6, 1);
        }
        assert_eq!(damage.moves(), [Move { rows: 0..6, up: 3 }]);
        assert_eq!(damage.span(2), 0..0);
        assert_eq!(damage.span(3), 0..10);
        for _ in 0..3 {
            damage.scroll(0..6, 1);
        }
        assert_eq!(damage.moves(), []);
        assert!((0..6).all(|row| damage.span(row) == (0..10)));
    }

    #[test]
    fn spans_go_with_their_cells() {
        let mut damage = Damage::none(SIZE);
        damage.mark(4, 2..5);
        damage.scroll(1..6, 2);
        assert_eq!(damage.span(2), 2..5);
        assert_eq!(damage.span(4), 0..10);
        damage.scroll(1..6, -1);
        assert_eq!(damage.span(3), 2..5);
        assert_eq!(damage.span(1), 0..10);
        assert_eq!(damage.moves(), [Move { rows: 1..6, up: 1 }]);
    }

    #[test]
    fn what_is_appended_comes_after_what_was_there() {
        let mut damage = Damage::none(SIZE);
        damage.mark(4, 2..5);
        let mut later = Damage::none(SIZE);
        later.append(&damage);
        assert_eq!((later.span(4), later.moves()), (2..5, &[][..]));
        later.clear();
        later.scroll(1..6, 2);
        later.mark(0, 7..8);
        damage.append(&later);
        assert_eq!(damage.moves(), later.moves());
        assert_eq!([0, 2, 3, 4, 5].map(|row| damage.span(row)), [7..8, 2..5, 0..0, 0..10, 0..10]);
        let mut other = Damage::none(GridSize::new(4, 2));
        other.append(&later);
        assert_eq!((other.rows(), other.span(3)), (6, 0..10), "another size: nothing is known");
    }

    #[test]
    fn moves_are_few() {
        let mut damage = Damage::none(SIZE);
        for n in 0..100 {
            damage.scroll(n % 3..5, 1);
            assert!(damage.moves().len() <= MAX_MOVES);
        }
        damage.clear();
        assert!(damage.is_empty());
        assert_eq!(damage.span(0), 0..0);
    }
}
