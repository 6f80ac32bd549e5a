//! A line over what one viewer sees of a proxied screen: it is laid over the frames on their way to that viewer, and what
//! is below stays whole.
//!
//! A frame with a line over it is nobody else's, and what leads to it from the one before is found by comparing both. So it
//! takes its way beside the cache from when there is a line until the viewer has a picture without one.

use std::sync::Arc;

use tokio::time::Instant;

use crate::display::Note;
use crate::geometry::{Point, Rect};
use crate::surface::Frame;

/// So far it is from the lower edge of what the viewer sees, in pixels, if there is room.
const MARGIN: u32 = 8;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Noting {
    /// What is to be seen over the picture.
    note: Option<Note>,
    /// What the viewer has, as long as there is a line over it, or will be.
    has: Option<Has>,
}

#[derive(Debug)]
struct Has {
    frame: Arc<Frame>,
    /// The line over it.
    note: Option<Arc<Frame>>,
}

impl Noting {
    /// This is to be seen from now on.
    pub(super) fn set(&mut self, note: Option<Note>) {
        self.note = note;
        self.settle();
    }

    /// Ends what has been said for long enough.
    pub(super) fn expire(&mut self, now: Instant) {
        self.note.take_if(|note| now >= note.until);
        self.settle();
    }

    /// Where there is no line, and none to be taken away, nothing is remembered.
    fn settle(&mut self) {
        if self.note.is_none() {
            self.has.take_if(|has| has.note.is_none());
        }
    }

    /// When that is.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.note.as_ref().map(|note| note.until)
    }

    /// Whether there is no line, nor one to be taken away.
    pub(super) fn is_idle(&self) -> bool {
        self.note.is_none() && self.has.is_none()
    }

    /// Whether the viewer does not have over its picture what is to be there.
    pub(super) fn is_new(&self) -> bool {
        let there = self.has.as_ref().and_then(|has| has.note.as_ref());
        match (self.picture(), there) {
            (None, None) => false,
            (Some(wanted), Some(there)) => !Arc::ptr_eq(wanted, there),
            _ => true,
        }
    }

    fn picture(&self) -> Option<&Arc<Frame>> {
        self.note.as_ref().map(|note| &note.picture)
    }

    /// `frame` as the viewer is to have it, who sees this part of it.
    pub(super) fn over(&self, frame: &Arc<Frame>, seen: Rect) -> Arc<Frame> {
        let Some(picture) = self.picture() else { return Arc::clone(frame) };
        let size = picture.size();
        let x = seen.x + seen.width.saturating_sub(size.width) / 2;
        let below = seen.height.saturating_sub(size.height);
        let y = seen.y + below - MARGIN.min(below);
        Arc::new(frame.under(picture, Point { x, y }))
    }

    /// What the viewer has, if that is known.
    pub(super) fn has(&self) -> Option<&Arc<Frame>> {
        self.has.as_ref().map(|has| &has.frame)
    }

    /// It has `frame`, with or without the line that is to be there.
    pub(super) fn sent(&mut self, frame: Arc<Frame>, with: bool) {
        let note = self.picture().filter(|_| with).cloned();
        self.has = Some(Has { frame, note });
        self.settle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::surface::Surface;

    const SIZE: Size = Size::new(200, 100);

    fn frame(size: Size, pixel: u32) -> Arc<Frame> {
        Surface::new(size, Size::new(64, 16), pixel).publish()
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_comes_stays_and_goes_and_then_there_is_nothing_to_remember() {
        let (now, plain) = (Instant::now(), frame(SIZE, 1));
        let note =
            |pixel| Note { picture: frame(Size::new(50, 20), pixel), until: now + std::time::Duration::from_secs(1) };
        let mut noting = Noting::default();
        assert!(noting.is_idle() && !noting.is_new() && noting.deadline().is_none());
        let first = note(2);
        noting.set(Some(first.clone()));
        noting.sent(Arc::clone(&plain), false);
        assert!(noting.is_new() && noting.has().is_some());
        let noted = noting.over(&plain, SIZE.rect());
        assert_eq!([noted.row(71)[75], noted.row(72)[75], noted.row(91)[124], noted.row(92)[124]], [1, 2, 2, 1]);
        noting.sent(noted, true);
        noting.set(Some(first));
        assert!(!noting.is_new() && !noting.is_idle());
        noting.set(Some(note(3)));
        assert!(noting.is_new(), "another");
        noting.expire(now + std::time::Duration::from_secs(1));
        assert!(noting.is_new() && !noting.is_idle() && noting.deadline().is_none());
        let after = noting.over(&plain, SIZE.rect());
        assert!(Arc::ptr_eq(&after, &plain));
        noting.sent(after, true);
        assert!(noting.is_idle());
        noting.set(Some(note(4)));
        noting.sent(plain, false);
        noting.set(None);
        assert!(noting.is_idle(), "it was never seen");
    }

    #[tokio::test(start_paused = true)]
    async fn it_lies_where_the_viewer_looks_and_is_cut_there() {
        let plain = frame(SIZE, 1);
        let mut noting = Noting::default();
        let until = Instant::now();
        noting.set(Some(Note { picture: frame(Size::new(50, 20), 2), until }));
        let noted = noting.over(&plain, Rect::new(20, 10, 100, 40));
        assert_eq!([noted.row(21)[45], noted.row(22)[45], noted.row(41)[94], noted.row(22)[95]], [1, 2, 2, 1]);
        let small = noting.over(&plain, Rect::new(180, 90, 20, 10));
        assert_eq!([small.row(89)[199], small.row(90)[180], small.row(99)[199]], [1, 2, 2]);
    }
}
