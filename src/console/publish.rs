//! Painting what somebody wants to see, when it is time (`pacing.rs`), and what blinks.

use std::time::Duration;

use tokio::time::Instant;

use super::Console;
use crate::render::Look;

/// How long what blinks is on, and off.
pub const BLINK_INTERVAL: Duration = Duration::from_millis(500);

/// Whether what blinks is to be seen, and when that changes.
#[derive(Debug)]
pub(super) struct Blink {
    on: bool,
    changes: Instant,
}

impl Blink {
    /// It begins with being seen.
    pub(super) fn begin(now: Instant) -> Self {
        Self { on: true, changes: now + BLINK_INTERVAL }
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
            console.terminal.take_damage(&mut console.damage);
            let look = Look { focused: true, blink_on: console.blink.on };
            console.painter.paint(console.terminal.screen(), &console.damage, look, &mut console.surface);
        });
    }

    /// When what blinks changes next; `None` when nothing does, so that a steady console needs no timer.
    fn blink(&mut self, now: Instant) -> Option<Instant> {
        if !self.painter.blinks(self.terminal.screen()) {
            self.blink = Blink::begin(now);
            return None;
        }
        if now >= self.blink.changes {
            self.blink = Blink { on: !self.blink.on, changes: now + BLINK_INTERVAL };
            self.unpainted = true;
        }
        Some(self.blink.changes)
    }
}
