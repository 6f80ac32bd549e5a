//! Whether a viewer is still there: displays keep things for viewers, and must hear when these go; and what a display
//! says to one viewer alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::{Display, NotPasted, Paste, Watching};
use crate::access::Role;
use crate::geometry::Size;
use crate::surface::Frame;

/// What is said to one viewer and it has not heard yet; more is not said.
pub const MAX_ASIDES: usize = 8;

/// Where a viewer is that looks at no display yet; no display has that number.
const NOWHERE: u32 = 0;
/// Where one is that has gone.
const GONE: u32 = u32::MAX;

/// What a display, or whoever runs the server, says to one viewer alone.
#[derive(Debug)]
pub enum Aside {
    /// From now on it sees this view of the display that it looks at.
    View(Watching),
    /// This was copied there: it is for its clipboard.
    Cut(Arc<str>),
    /// What it wanted cannot be done.
    Bell,
    /// While it looks at the proxied screen of that number, this is laid over what it sees, in the place of what was before.
    Note(u32, Option<Note>),
    /// What it sees of display number `of` fills a picture of `size` as well as it can, in `view`; or in the display
    /// itself, and the rest of that size is left empty.
    Fits {
        /// The display's number.
        of: u32,
        /// As it was asked for.
        size: Size,
        /// Where it sees that.
        view: Option<Watching>,
    },
    /// What it sees cannot fill a picture of `size`; if that is because it is larger, it sees the display itself.
    FitsNot {
        /// As it was asked for.
        size: Size,
        /// Why.
        why: NotFitting,
    },
    /// The power button that it pressed did not do what it was to do.
    PowerFailed,
    /// It is to look at the display of this number.
    Show(u32),
    /// If it looks at the display of this number, it is to go back to where it came from; and is told why.
    Back(u32, Arc<str>),
    /// It is to be told this, over whatever it looks at.
    Say(Arc<str>),
    /// It writes no longer: another does, or nobody.
    Yield,
}

/// A line over a proxied screen, for one viewer: its picture stays as it is below. (A console paints what it says itself.)
#[derive(Clone, Debug)]
pub struct Note {
    /// What is to be seen.
    pub picture: Arc<Frame>,
    /// No longer than until then.
    pub until: Instant,
}

/// Why what a viewer sees cannot fill a picture of some size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFitting {
    /// It is larger than that.
    Small,
    /// Other viewers see it in as many other sizes as there may be.
    Many,
    /// Whose screen it is does not want it, or cannot do it.
    Refused,
}

/// A viewer, as long as it is there. When this is dropped, every display that it met is woken.
#[derive(Debug)]
pub struct Presence {
    who: Who,
    /// Bytes of its pastes that are not typed yet.
    pasting: Arc<AtomicUsize>,
    met: Vec<Arc<Notify>>,
    asides: mpsc::Receiver<Aside>,
}

/// A viewer as displays know it.
#[derive(Clone, Debug)]
pub struct Who {
    number: u64,
    role: Role,
    /// The number of the display that it looks at.
    at: Arc<AtomicU32>,
    asides: mpsc::Sender<Aside>,
}

impl Presence {
    /// Viewer number `number`, its own in this process, which may write.
    pub fn new(number: u64) -> Self {
        Self::with_role(number, Role::Write)
    }

    /// Viewer number `number`, its own in this process, and what it may do.
    pub fn with_role(number: u64, role: Role) -> Self {
        let (sender, asides) = mpsc::channel(MAX_ASIDES);
        let who = Who { number, role, at: Arc::new(NOWHERE.into()), asides: sender };
        Self { who, pasting: Arc::default(), met: Vec::new(), asides }
    }

    /// Who it is.
    pub fn who(&self) -> Who {
        self.who.clone()
    }

    /// What it may do.
    pub fn role(&self) -> Role {
        self.who.role
    }

    /// The viewer looks at `display`, which hears from now on when it goes; the one before hears that it has left.
    pub fn meet(&mut self, display: &Display) {
        let before = self.who.at.swap(display.id(), Ordering::AcqRel);
        if before != NOWHERE && before != display.id() {
            self.met.iter().for_each(|wake| wake.notify_one());
        }
        if !self.met.iter().any(|wake| Arc::ptr_eq(wake, &display.demand.wake)) {
            self.met.push(Arc::clone(&display.demand.wake));
        }
    }

    /// Waits for what is said to this viewer alone. May be dropped half-way without loss.
    pub async fn aside(&mut self) -> Aside {
        match self.asides.recv().await {
            Some(aside) => aside,
            // There is a sender in `who`.
            None => std::future::pending().await,
        }
    }

    /// What a display has said, if it is there already.
    pub fn try_aside(&mut self) -> Option<Aside> {
        self.asides.try_recv().ok()
    }

    /// A paste of `text`, of which a viewer may have [`super::MAX_PASTE`] bytes under way.
    pub fn paste(&self, text: &Arc<str>) -> Result<Paste, NotPasted> {
        Paste::charged(text, &self.pasting)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.who.at.store(GONE, Ordering::Release);
        self.met.iter().for_each(|wake| wake.notify_one());
    }
}

impl Who {
    /// What it may do.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether it has gone.
    pub fn is_gone(&self) -> bool {
        self.at.load(Ordering::Acquire) == GONE
    }

    /// Whether it looks at the display of this number, or at a view of it.
    pub fn is_at(&self, display: u32) -> bool {
        self.at.load(Ordering::Acquire) == display
    }

    /// Says something to this viewer alone; `false` when it has gone, or hears nothing any more.
    pub fn tell(&self, aside: Aside) -> bool {
        !self.is_gone() && self.asides.try_send(aside).is_ok()
    }
}

impl PartialEq for Who {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Who {}

#[cfg(test)]
mod tests {
    use super::super::{DisplayEvent, display};
    use super::*;
    use crate::surface::Surface;

    #[tokio::test]
    async fn displays_hear_when_a_viewer_goes() {
        let frame = Surface::new(Size::new(8, 16), Size::new(8, 16), 0).publish();
        let (display, mut side) = display(1, frame);
        let mut viewer = Presence::new(1);
        let who = viewer.who();
        viewer.meet(&display);
        viewer.meet(&display);
        assert_eq!(viewer.met.len(), 1);
        assert!(!who.is_gone() && who == viewer.who() && who != Presence::new(2).who());
        assert!(who.is_at(1) && !who.is_at(2) && !Presence::new(2).who().is_at(1));
        drop(viewer);
        assert!(matches!(side.event(true).await, DisplayEvent::Woken));
        assert!(who.is_gone());
    }
}
