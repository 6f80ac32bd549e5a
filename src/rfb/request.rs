//! May an update go out now, and of what: requests coalesced, and continuous updates (RFC 6143 §7.5.3; rfbproto).
//!
//! The region of an incremental request does not clip: viewers would stop sharing updates. However many requests come,
//! one flag and one rectangle remember them.

use crate::geometry::{Rect, Size};

/// What an update may and should carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Pixels must be sent whether or not they changed; else only what changed since the last update.
    pub full: bool,
    /// What the client asked to be sent again; empty when it asked for nothing of the kind.
    pub area: Rect,
}

/// The requests of one client that have not been answered.
#[derive(Debug, Default)]
pub(super) struct Requests {
    incremental: bool,
    /// The rectangle around all non-incremental requests; empty when there is none.
    full: Rect,
    continuous: bool,
    /// The client's picture holds nothing it can keep: the next update, once one is asked for, is a full one.
    stale: bool,
}

impl Requests {
    /// FramebufferUpdateRequest. What lies outside the picture is ignored, and an empty rectangle asks for nothing.
    pub(super) fn request(&mut self, incremental: bool, area: Rect, picture: Size) {
        let area = area.intersection(picture.rect());
        if area.is_empty() {
            return;
        }
        if !incremental {
            self.full = around(self.full, area);
        } else if !self.continuous {
            // While continuous updates are on, incremental requests say nothing new.
            self.incremental = true;
        }
    }

    /// EnableContinuousUpdates. Its region clips as little as that of an incremental request; an empty one asks for nothing.
    pub(super) fn set_continuous(&mut self, enable: bool, area: Rect, picture: Size) {
        self.continuous = enable && !area.intersection(picture.rect()).is_empty();
    }

    /// Whether updates go out without requests.
    pub(super) fn is_continuous(&self) -> bool {
        self.continuous
    }

    /// Whether anything may be sent at all.
    pub(super) fn is_open(&self) -> bool {
        self.incremental || self.continuous || self.wants_full()
    }

    /// Whether pixels must be sent even if nothing changed.
    pub(super) fn wants_full(&self) -> bool {
        !self.full.is_empty()
    }

    /// What the next update is to carry.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        self.is_open().then(|| Wanted { full: self.wants_full() || self.stale, area: self.full })
    }

    /// An update was sent.
    pub(super) fn answered(&mut self) {
        self.incremental = false;
        self.full = Rect::default();
        self.stale = false;
    }

    /// The indices that the client's picture is made of mean other colours.
    pub(super) fn colours_changed(&mut self) {
        self.stale = true;
    }

    /// The client's picture has another size: what it holds now is undefined, and who asked for pixels of the old one
    /// gets those of the new one.
    pub(super) fn resized(&mut self, size: Size) {
        self.stale = true;
        if self.wants_full() {
            self.full = size.rect();
        }
    }
}

/// The smallest rectangle around two.
fn around(a: Rect, b: Rect) -> Rect {
    if a.is_empty() {
        return b;
    }
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let (right, bottom) = (a.right().max(b.right()), a.bottom().max(b.bottom()));
    Rect::new(x, y, right - x, bottom - y)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: Size = Size::new(100, 50);

    #[test]
    fn many_requests_become_one() {
        let mut requests = Requests::default();
        assert_eq!(requests.wanted(), None);
        for x in 0..10 {
            requests.request(true, Rect::new(x, 0, 5, 5), PICTURE);
        }
        assert_eq!(requests.wanted(), Some(Wanted { full: false, area: Rect::default() }));
        requests.request(false, Rect::new(10, 10, 5, 5), PICTURE);
        requests.request(false, Rect::new(30, 0, 5, 12), PICTURE);
        assert_eq!(requests.wanted(), Some(Wanted { full: true, area: Rect::new(10, 0, 25, 15) }));
        requests.answered();
        assert_eq!(requests.wanted(), None);
    }

    #[test]
    fn requests_are_clipped_and_empty_ones_ask_for_nothing() {
        let mut requests = Requests::default();
        requests.request(true, Rect::new(0, 0, 0, 10), PICTURE);
        requests.request(false, Rect::new(100, 0, 65_535, 65_535), PICTURE);
        assert_eq!(requests.wanted(), None);
        requests.request(false, Rect::new(90, 40, 65_535, 65_535), PICTURE);
        assert_eq!(requests.wanted(), Some(Wanted { full: true, area: Rect::new(90, 40, 10, 10) }));
    }

    #[test]
    fn a_new_size_makes_the_next_update_a_full_one_but_does_not_ask_for_it() {
        let mut requests = Requests::default();
        requests.resized(PICTURE);
        assert_eq!(requests.wanted(), None);
        requests.request(true, PICTURE.rect(), PICTURE);
        assert_eq!(requests.wanted(), Some(Wanted { full: true, area: Rect::default() }));
        requests.answered();
        requests.request(false, Rect::new(1, 1, 2, 2), PICTURE);
        requests.resized(Size::new(30, 20));
        assert_eq!(requests.wanted(), Some(Wanted { full: true, area: Rect::new(0, 0, 30, 20) }));
    }

    #[test]
    fn continuous_updates_need_no_request_and_use_none_up() {
        let mut requests = Requests::default();
        requests.set_continuous(true, PICTURE.rect(), PICTURE);
        requests.request(true, PICTURE.rect(), PICTURE);
        requests.answered();
        assert!(requests.is_open());
        requests.set_continuous(false, Rect::default(), PICTURE);
        assert!(!requests.is_open(), "an incremental request while they were on is not remembered");
        requests.set_continuous(true, Rect::new(100, 50, 9, 9), PICTURE);
        assert!(!requests.is_open(), "nothing of the picture is in that region");
    }
}
