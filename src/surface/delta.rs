//! What turns one picture into a later one: moves, then pixels to paint anew.
//!
//! The invariant of a step: whoever applies the moves in order to the old picture and then copies the dirty pixels from
//! the new one has the new picture. Whatever a move uncovers is therefore dirty (or was made dirty and carried on by a
//! later move). From this follows what makes steps composable and short:
//!
//! - a pixel that is not dirty came, through all moves, from one old place; so moves of one area that follow each other
//!   add up to a single one, whatever their directions;
//! - older dirt is carried through later moves, and what was lost on the way needs no painting.

use super::region::Region;
use crate::geometry::Rect;

/// More moves than this are not worth their bytes, nor the room in a frame: the areas are painted instead.
pub(super) const MAX_MOVES: usize = 8;

/// A shift is dropped when less than one pixel in this many of the areas would be saved by it.
const LEAST_GAIN: u64 = 32;

/// The content of `area` shifts by (`dx`, `dy`) within it: what leaves the area is lost, what is uncovered is dirty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    /// Source and destination lie in here.
    pub area: Rect,
    /// Pixels to the right; negative: to the left.
    pub dx: i32,
    /// Pixels down; negative: up.
    pub dy: i32,
}

impl Move {
    /// The rectangle that arrives. Empty when everything leaves the area.
    pub fn target(&self) -> Rect {
        let source = self.source();
        let shifted = |edge: u32, by: i32| edge.saturating_add_signed(by);
        Rect { x: shifted(source.x, self.dx), y: shifted(source.y, self.dy), ..source }
    }

    /// The rectangle that is taken, as large as [`Move::target`].
    pub fn source(&self) -> Rect {
        // Moving right loses pixels at the right edge, moving left those at the left one.
        fn kept(start: u32, length: u32, by: i32) -> (u32, u32) {
            let lost = by.unsigned_abs().min(length);
            (if by < 0 { start + lost } else { start }, length - lost)
        }
        let (x, width) = kept(self.area.x, self.area.width, self.dx);
        let (y, height) = kept(self.area.y, self.area.height, self.dy);
        Rect::new(x, y, width, height)
    }
}

/// What a viewer that has an older picture needs: apply the moves in order, then paint `dirty` from the frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameDamage {
    /// Shifts, in the order in which they are to be done.
    pub moves: Vec<Move>,
    /// The pixels that differ after the moves, exact to the tile or better.
    pub dirty: Region,
}

impl FrameDamage {
    /// Nothing to do.
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty() && self.dirty.is_empty()
    }

    /// All pixels that it touches, where its moves lead too.
    pub(super) fn all(self) -> Region {
        self.moves.iter().fold(self.dirty, |all, step| all.union(&Region::from(step.area)))
    }

    /// Goes on by one step: its moves carry what is dirty already.
    pub(super) fn then(&mut self, step: &Self) {
        for step in &step.moves {
            self.dirty = self.dirty.moved(step);
            push_move(&mut self.moves, *step);
        }
        self.dirty = self.dirty.union(&step.dirty);
    }

    /// Drops the moves when painting their areas is hardly more than painting what is dirty anyway.
    pub(super) fn settle(&mut self) {
        if self.moves.is_empty() {
            return;
        }
        let moved = self.moves.iter().map(|step| step.area).collect::<Region>();
        let painted = moved.intersect(&self.dirty).area();
        let saved = moved.area() - painted;
        if saved < moved.area() / LEAST_GAIN + 1 || self.moves.len() > MAX_MOVES {
            self.moves.clear();
            self.dirty = self.dirty.union(&moved);
        }
    }
}

/// Adds a move, joined with an earlier one of the same area if nothing between them touches that area.
pub(super) fn push_move(moves: &mut Vec<Move>, next: Move) {
    let touches = |earlier: &Move| !earlier.area.intersection(next.area).is_empty();
    match moves.iter().rposition(touches) {
        Some(index) if moves[index].area == next.area => {
            let joined = &mut moves[index];
            joined.dx = joined.dx.saturating_add(next.dx);
            joined.dy = joined.dy.saturating_add(next.dy);
            // Nothing went anywhere, or nothing is left of what went: all else is dirty.
            if (joined.dx, joined.dy) == (0, 0) || joined.source().is_empty() {
                moves.remove(index);
            }
        }
        _ => moves.push(next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect::new(0, 10, 20, 10);

    fn vertical(dy: i32) -> Move {
        Move { area: AREA, dx: 0, dy }
    }

    fn joined(steps: &[Move]) -> Vec<Move> {
        let mut moves = Vec::new();
        steps.iter().for_each(|step| push_move(&mut moves, *step));
        moves
    }

    #[test]
    fn source_and_target_stay_in_the_area() {
        assert_eq!(vertical(-3).source(), Rect::new(0, 13, 20, 7));
        assert_eq!(vertical(-3).target(), Rect::new(0, 10, 20, 7));
        assert_eq!(vertical(3).source(), Rect::new(0, 10, 20, 7));
        assert_eq!(vertical(3).target(), Rect::new(0, 13, 20, 7));
        assert!(vertical(-10).target().is_empty() && vertical(i32::MIN).target().is_empty());
    }

    #[test]
    fn moves_of_one_area_add_up() {
        assert_eq!(joined(&[vertical(-1), vertical(-2)]), [vertical(-3)]);
        assert_eq!(joined(&[vertical(-3), vertical(2)]), [vertical(-1)]);
        assert_eq!(joined(&[vertical(-3), vertical(3)]), []);
        assert_eq!(joined(&[vertical(-6), vertical(-6)]), []);
    }

    #[test]
    fn moves_join_past_those_that_do_not_touch_them() {
        let elsewhere = Move { area: Rect::new(0, 40, 20, 10), dx: 0, dy: -1 };
        let across = Move { area: Rect::new(0, 0, 20, 12), dx: 0, dy: -1 };
        assert_eq!(joined(&[vertical(-1), elsewhere, vertical(-1)]), [vertical(-2), elsewhere]);
        assert_eq!(joined(&[vertical(-1), across, vertical(-1)]), [vertical(-1), across, vertical(-1)]);
    }

    #[test]
    fn older_dirt_is_carried_by_later_moves() {
        let bottom = Region::from(Rect::new(0, 19, 20, 1));
        let step = FrameDamage { moves: vec![vertical(-1)], dirty: bottom };
        let mut damage = step.clone();
        damage.then(&step);
        assert_eq!(damage.moves, [vertical(-2)]);
        assert_eq!(damage.dirty.rects(), [Rect::new(0, 18, 20, 2)]);
    }

    #[test]
    fn a_move_that_saves_nothing_is_dropped() {
        let mut damage = FrameDamage { moves: vec![vertical(-1)], dirty: Region::from(AREA) };
        damage.settle();
        assert_eq!(damage, FrameDamage { moves: vec![], dirty: Region::from(AREA) });
    }
}
