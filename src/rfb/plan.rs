//! What one update carries: moves, then rectangles of pixels.
//!
//! A plan depends on what the viewer has seen, on the frame and on its wire format, and on nothing else of the viewer;
//! so viewers at the same point share it. The region of an incremental request does not clip: viewers would stop
//! sharing updates, and a client that asks for a part gets the rest unharmed.

use super::encode::WireFormat;
use super::repeats;
use crate::geometry::{Point, Rect, Size};
use crate::surface::{Frame, FrameDamage, Move, Region, Seq};

/// What a client without DesktopSize sees of frames that are not as large as the picture it was once told of: a part
/// of the frame, somewhere in a picture of fixed size. What the frame does not cover is black.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// Size of the client's picture, in pixels.
    pub picture: Size,
    /// The pixel of the frame at the top left of the part that is shown.
    pub crop: Point,
    /// Where in the client's picture it is shown.
    pub offset: Point,
}

/// One CopyRect (RFC 6143 §7.7.2), in the client's picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyRect {
    /// The rectangle that is written.
    pub target: Rect,
    /// The top left corner of what is copied there.
    pub source: Point,
}

/// The content of one update. Everything is in pixels of the client's picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Copies within the client's picture, to be done first and in order.
    pub moves: Vec<CopyRect>,
    /// Parts of the client's picture that the frame does not cover, to be made black.
    pub blank: Vec<Rect>,
    /// What is painted from the frame: all that is dirty, and what it costs less to send again than to leave out.
    pub rects: Vec<Rect>,
    /// Copies within the client's picture, to be done last and in order, over parts of `rects`: what these hold there
    /// does not matter.
    pub repeats: Vec<CopyRect>,
    /// The frame's place in the client's picture.
    pub shift: Shift,
}

/// From the client's picture to the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    crop: Point,
    offset: Point,
}

impl Plan {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty() && self.blank.is_empty() && self.rects.is_empty()
    }
}

impl View {
    /// The part of a frame of `size` that is shown.
    pub fn shown(&self, size: Size) -> Rect {
        let room = Size::new(
            self.picture.width.saturating_sub(self.offset.x),
            self.picture.height.saturating_sub(self.offset.y),
        );
        size.rect().intersection(Rect { x: self.crop.x, y: self.crop.y, ..room.rect() })
    }
}

impl Shift {
    /// A rectangle of the frame, as it lies in the client's picture.
    fn to_client(self, rect: Rect) -> Rect {
        let Self { crop, offset } = self;
        Rect { x: (rect.x + offset.x).saturating_sub(crop.x), y: (rect.y + offset.y).saturating_sub(crop.y), ..rect }
    }

    fn copy_to_client(self, copy: CopyRect) -> CopyRect {
        let source = self.to_client(Rect { x: copy.source.x, y: copy.source.y, ..copy.target });
        CopyRect { target: self.to_client(copy.target), source: Point { x: source.x, y: source.y } }
    }

    /// A rectangle of the client's picture, as it lies in the frame.
    pub fn to_frame(self, rect: Rect) -> Rect {
        let Self { crop, offset } = self;
        Rect { x: (rect.x + crop.x).saturating_sub(offset.x), y: (rect.y + crop.y).saturating_sub(offset.y), ..rect }
    }
}

/// What a viewer that has seen `seen` of this display must be sent to have `frame`. [`Seq::NONE`] is sent everything.
pub fn plan(frame: &Frame, seen: Seq, format: &WireFormat) -> Plan {
    let view = format.view.as_ref();
    let shown = view.map_or(frame.size().rect(), |view| view.shown(frame.size()));
    let shift = view.map_or(Shift::default(), |view| Shift { crop: view.crop, offset: view.offset });
    let mut damage = frame.damage_since(seen);
    keep_moves(&mut damage, |step| format.copy_rect && shown.contains(step.area));
    let mut dirty = damage.dirty;
    if view.is_some() {
        dirty = dirty.intersect(&Region::from(shown));
    }
    let rects = group(dirty.rects(), frame.tile());
    // A whole picture has nothing left to be copied: gvnccapture takes its first rectangle for all of it.
    // Tiles of a screen are large, and seldom alike.
    let copies = format.copy_rect && seen != Seq::NONE && format.screen.is_none();
    let repeats = if copies { repeats::find(frame, &rects, shown) } else { Vec::new() };
    let moves = damage.moves.iter().map(|step| {
        let Rect { x, y, .. } = step.source();
        CopyRect { target: step.target(), source: Point { x, y } }
    });
    Plan {
        moves: moves.map(|copy| shift.copy_to_client(copy)).collect(),
        blank: view.filter(|_| seen < frame.resized()).map_or_else(Vec::new, |view| {
            let covered = Region::from(shift.to_client(shown));
            Region::from(view.picture.rect()).subtract(&covered).rects().to_vec()
        }),
        rects: rects.into_iter().map(|rect| shift.to_client(rect)).collect(),
        repeats: repeats.into_iter().map(|copy| shift.copy_to_client(copy)).collect(),
        shift,
    }
}

/// What a viewer that has `frame`, but not exactly, must be sent to have `region` of it exactly.
pub fn repaint(frame: &Frame, region: &Region, format: &WireFormat) -> Plan {
    let view = format.view.as_ref();
    let shown = view.map_or(frame.size().rect(), |view| view.shown(frame.size()));
    let shift = view.map_or(Shift::default(), |view| Shift { crop: view.crop, offset: view.offset });
    let region = region.intersect(&Region::from(shown));
    let rects = group(region.rects(), frame.tile()).into_iter().map(|rect| shift.to_client(rect)).collect();
    Plan { rects, shift, ..Plan::default() }
}

/// Turns the moves that cannot be sent into dirt. Later moves carry that dirt: they copy what was not made right.
fn keep_moves(damage: &mut FrameDamage, can: impl Fn(&Move) -> bool) {
    if damage.moves.iter().all(&can) {
        return;
    }
    let mut stale = Region::default();
    damage.moves.retain(|step| {
        let kept = can(step);
        stale = if kept { stale.moved(step) } else { stale.union(&Region::from(step.area)) };
        kept
    });
    damage.dirty = damage.dirty.union(&stale);
}

/// A rectangle of its own costs about as much as this many tiles, of which some are blank. By measure (benches/encode.rs):
/// more makes scattered changes larger, less makes lines of text larger.
const RECT_IN_TILES: u64 = 2;

/// Tiles with more pixels than this are no glyphs: what lies between them is worth more than a header.
const GLYPH: u64 = 1023;

/// How many of the last rectangles a further one may be joined with: keeps grouping linear.
const OPEN_RECTS: usize = 16;

/// More rectangles than this are sent as the one that holds them all.
const MAX_RECTS: usize = 4096;

/// Joins rectangles where sending what lies between is cheaper than another header.
fn group(rects: &[Rect], tile: Size) -> Vec<Rect> {
    let allowed = if tile.area() > GLYPH { 0 } else { RECT_IN_TILES * tile.area() };
    let mut grouped: Vec<Rect> = Vec::new();
    for rect in rects {
        let mut rect = *rect;
        // A joined rectangle may have come near to another one.
        while let Some((index, joined)) = best_join(&grouped, rect, allowed) {
            grouped.remove(index);
            rect = joined;
        }
        grouped.push(rect);
    }
    if grouped.len() > MAX_RECTS {
        return grouped.into_iter().reduce(bounds).into_iter().collect();
    }
    grouped
}

/// The open rectangle with which `rect` is best joined, and the result; `None` when all would waste too much.
fn best_join(grouped: &[Rect], rect: Rect, allowed: u64) -> Option<(usize, Rect)> {
    let open = grouped.len().saturating_sub(OPEN_RECTS)..grouped.len();
    open.map(|index| {
        let joined = bounds(grouped[index], rect);
        let needed = grouped[index].area() + rect.area() - grouped[index].intersection(rect).area();
        (joined.area() - needed, index, joined)
    })
    .filter(|(waste, ..)| *waste <= allowed)
    .min_by_key(|(waste, ..)| *waste)
    .map(|(_, index, joined)| (index, joined))
}

/// The smallest rectangle that holds both.
fn bounds(a: Rect, b: Rect) -> Rect {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    Rect::new(x, y, a.right().max(b.right()) - x, a.bottom().max(b.bottom()) - y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfb::ids::Encoding;
    use crate::surface::Surface;

    const TILE: Size = Size::new(8, 16);

    fn surface() -> Surface {
        Surface::new(Size::new(80, 160), TILE, 0)
    }

    fn format(copy_rect: bool, view: Option<View>) -> WireFormat {
        WireFormat { copy_rect, view, encoding: Encoding::RAW, ..WireFormat::default() }
    }

    /// The frame before and the one after `change`, and the plan between them.
    fn planned(format: &WireFormat, change: impl FnOnce(&mut Surface)) -> Plan {
        let mut surface = surface();
        let before = surface.publish().seq();
        change(&mut surface);
        plan(&surface.publish(), before, format)
    }

    #[test]
    fn one_cell_is_one_rectangle_and_two_far_ones_are_two() {
        let format = format(true, None);
        let cell = Rect::new(16, 32, 8, 16);
        assert_eq!(planned(&format, |s| s.fill(cell, 1)), Plan { rects: vec![cell], ..Plan::default() });
        let far = Rect::new(72, 144, 8, 16);
        let both = planned(&format, |s| [cell, far].into_iter().for_each(|rect| s.fill(rect, 1)));
        assert_eq!(both.rects, [cell, far]);
    }

    #[test]
    fn a_small_gap_is_sent_rather_than_a_header() {
        let cells = [Rect::new(0, 0, 8, 16), Rect::new(16, 0, 8, 16)];
        let plan = planned(&format(true, None), |s| cells.into_iter().for_each(|rect| s.fill(rect, 1)));
        assert_eq!(plan.rects, [Rect::new(0, 0, 24, 16)]);
    }

    #[test]
    fn a_scroll_is_a_copy_only_where_the_client_knows_it() {
        let scroll = |s: &mut Surface| s.scroll(0..10, 1);
        let with = planned(&format(true, None), scroll);
        let copy = CopyRect { target: Rect::new(0, 0, 80, 144), source: Point { x: 0, y: 16 } };
        assert_eq!((with.moves, with.rects), (vec![copy], vec![Rect::new(0, 144, 80, 16)]));
        let without = planned(&format(false, None), scroll);
        assert_eq!((without.moves, without.rects), (vec![], vec![Rect::new(0, 0, 80, 160)]));
    }

    #[test]
    fn words_are_copied_but_not_within_a_whole_picture() {
        let (words, mut surface) = ([Rect::new(0, 0, 80, 16), Rect::new(0, 64, 80, 16)], surface());
        let before = surface.publish().seq();
        for word in words {
            for row in surface.rows_mut(word) {
                (0..).zip(row).for_each(|(x, pixel)| *pixel = x % 7);
            }
        }
        let frame = surface.publish();
        assert_eq!(plan(&frame, before, &format(true, None)).repeats.len(), 1);
        let whole = Plan { rects: vec![Rect::new(0, 0, 80, 160)], ..Plan::default() };
        assert_eq!(plan(&frame, Seq::NONE, &format(true, None)), whole);
    }

    #[test]
    fn a_move_that_the_view_cuts_becomes_dirt_and_one_within_it_stays() {
        let view = View { picture: Size::new(80, 100), crop: Point { x: 0, y: 0 }, offset: Point { x: 0, y: 10 } };
        let format = format(true, Some(view));
        let cut = planned(&format, |s| s.scroll(0..10, 1));
        assert_eq!((cut.moves, cut.rects), (vec![], vec![Rect::new(0, 10, 80, 90)]));
        let within = planned(&format, |s| s.scroll(0..5, 1));
        let copy = CopyRect { target: Rect::new(0, 10, 80, 64), source: Point { x: 0, y: 26 } };
        assert_eq!((within.moves, within.rects), (vec![copy], vec![Rect::new(0, 74, 80, 16)]));
    }

    #[test]
    fn dirt_of_a_dropped_move_is_carried_by_a_later_one() {
        let area = |y, height| Rect::new(0, y, 80, height);
        let mut damage = FrameDamage {
            moves: vec![Move { area: area(0, 40), dx: 0, dy: -10 }, Move { area: area(30, 30), dx: 0, dy: 20 }],
            dirty: Region::default(),
        };
        keep_moves(&mut damage, |step| step.area.y > 0);
        assert_eq!(damage.moves.len(), 1);
        // Of rows 0 to 40, stale after the first move, the last ten went on to 50.
        assert_eq!(damage.dirty.rects(), [area(0, 30), area(50, 10)]);
    }

    #[test]
    fn what_the_frame_does_not_cover_is_black_after_a_change_of_size_only() {
        let view = View { picture: Size::new(100, 200), crop: Point { x: 0, y: 0 }, offset: Point { x: 10, y: 20 } };
        let format = format(true, Some(view));
        let mut surface = surface();
        let first = surface.publish();
        let all = plan(&first, Seq::NONE, &format);
        assert_eq!(all.rects, [Rect::new(10, 20, 80, 160)]);
        assert_eq!(all.blank.iter().map(|rect| rect.area()).sum::<u64>(), 100 * 200 - 80 * 160);
        assert_eq!(all.shift.to_frame(all.rects[0]), Rect::new(0, 0, 80, 160));
        surface.fill(Rect::new(0, 0, 8, 16), 1);
        let next = plan(&surface.publish(), first.seq(), &format);
        assert_eq!((next.blank, next.rects), (vec![], vec![Rect::new(10, 20, 8, 16)]));
    }

    #[test]
    fn a_view_beside_the_frame_is_all_black() {
        let far = Point { x: 500, y: 500 };
        let view = View { picture: Size::new(10, 10), crop: far, offset: Point::default() };
        let all = plan(&surface().publish(), Seq::NONE, &format(true, Some(view)));
        assert_eq!((all.moves, all.rects, all.blank), (vec![], vec![], vec![Rect::new(0, 0, 10, 10)]));
    }

    #[test]
    fn rectangles_are_bounded() {
        let scattered: Vec<Rect> =
            (0..2 * MAX_RECTS as u32).map(|i| Rect::new(i % 90 * 100, i / 90 * 100, 1, 1)).collect();
        let grouped = group(&scattered, Size::new(1, 1));
        assert_eq!(grouped.len(), 1);
        assert!(scattered.iter().all(|rect| grouped[0].contains(*rect)));
    }
}
