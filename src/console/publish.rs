//! Painting what somebody wants to see, when it is time (`pacing.rs`), and what blinks.

use std::time::Duration;

use tokio::time::Instant;

use super::Console;
use crate::render::{Blinks, Look};

/// How long what blinks is on, and off.
pub const BLINK_INTERVAL: Duration = Duration::from_millis(500);
/// The same of what blinks rapidly.
pub const RAPID_INTERVAL: Duration = Duration::from_millis(250);

/// Whether what blinks is to be seen: that follows from when it began.
#[derive(Debug)]
pub(super) struct Blink {
    began: Instant,
    look: Look,
}

impl Blink {
    /// It begins with being seen.
    pub(super) fn begin(now: Instant) -> Self {
        Self { began: now, look: Look::default() }
    }

    /// How things look at `now`, and when what blinks so changes next.
    pub(super) fn at(&self, now: Instant, blinks: Blinks) -> (Look, Option<Instant>) {
        let phase = |interval: Duration| now.duration_since(self.began).as_nanos() / interval.as_nanos();
        let on = |interval: Duration| phase(interval).is_multiple_of(2);
        let look = Look { blink_on: on(BLINK_INTERVAL), rapid_on: on(RAPID_INTERVAL), ..Look::default() };
        let interval = if blinks.rapidly { RAPID_INTERVAL } else { BLINK_INTERVAL };
        let next = u32::try_from(phase(interval) + 1).unwrap_or(u32::MAX);
        (look, Some(self.began + interval * next))
    }
}

impl Console {
    /// Paints and publishes if somebody wants to see something new and it is time. When to come back, if that is known.
    pub(super) fn publish_if_due(&mut self, now: Instant) -> Option<Instant> {
        let laid_until = self.lay_over(now);
        if !self.side.picture.is_wanted() {
            self.tell_stale();
            // Who joins after that shall not see it first.
            return self.notices.note_ends();
        }
        let blinks = [laid_until, self.blink(now)].into_iter().flatten().min();
        if !self.unpainted {
            // Somebody joined a moment after the last frame was painted.
            if self.side.picture.is_fresh_wanted() {
                self.side.picture.show(self.surface.publish(), &self.title, self.bells);
            }
            return blinks;
        }
        if let Some(earliest) = self.pacing.wait_until(now.into_std()) {
            self.tell_stale();
            return Some(Instant::from_std(earliest));
        }
        self.paint();
        self.pacing.published(now.into_std());
        self.side.picture.show(self.surface.publish(), &self.title, self.bells);
        (self.unpainted, self.stale) = (false, false);
        blinks
    }

    /// Who joins now shall wait for a newer frame.
    pub(super) fn tell_stale(&mut self) {
        if self.unpainted && !self.stale {
            self.stale = true;
            self.side.picture.mark_stale();
        }
    }

    fn paint(&mut self) {
        self.guarded(|console| {
            let guests = console.terminal.wants_pointer();
            console.surface.set_pointer(Some(console.pointers.shape(guests)));
            console.gather();
            console.painter.paint(console.terminal.screen(), &console.damage, console.blink.look, &mut console.surface);
            console.damage.clear();
        });
    }

    /// When what blinks changes next; `None` when nothing does, so that a steady console needs no timer.
    fn blink(&mut self, now: Instant) -> Option<Instant> {
        let blinks = self.painter.blinks(self.terminal.screen());
        if blinks == Blinks::default() {
            self.blink = Blink::begin(now);
            return None;
        }
        let (look, changes) = self.blink.at(now, blinks);
        let before = std::mem::replace(&mut self.blink.look, look);
        self.unpainted |= blinks.slowly && before.blink_on != look.blink_on;
        self.unpainted |= blinks.rapidly && before.rapid_on != look.rapid_on;
        changes
    }
}
