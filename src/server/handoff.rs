//! The hand-off: when the guest's graphics come up viewers are led there, and when these end back to where they came from.
//!
//! A proxied screen announces whether it has a picture ([`crate::display::stage`]); one task for each leads the viewers.
//! Each viewer's own task turns it, and knows where it came from.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::console::vt::VtNumber;
use crate::display::stage::Stage;
use crate::guest::Graphics;
use crate::shutdown::Stop;

use super::Server;

/// Who has typed within this time is not led away from what he types at (limits.md §5).
pub const QUIET: Duration = Duration::from_secs(2);

/// Whether viewers are led to the guest's graphics when these come up. They are always led back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// All of them; who comes later sees the graphics first.
    Auto,
    /// They are told.
    Offer,
    /// Nothing happens.
    Manual,
}

impl Server {
    /// The virtual terminal that somebody sees first who sees all of them.
    pub(super) fn first(&self) -> VtNumber {
        let mut screens = self.guest.graphics().iter().filter(|_| self.settings.switch == Switch::Auto);
        let up = screens.find(|graphics| graphics.stage.borrow().is_up).map(|graphics| graphics.vt);
        up.unwrap_or_else(|| self.guest.vts().first())
    }

    /// What somebody who comes is told of graphics that he is not led to.
    pub(super) fn offered(&self) -> Option<Arc<str>> {
        let mut screens = self.guest.graphics().iter().filter(|_| self.settings.switch == Switch::Offer);
        screens.find(|graphics| graphics.stage.borrow().is_up).map(|graphics| offer_of(graphics.vt))
    }

    /// Leads viewers to a proxied screen and back, until it is stopped.
    pub async fn hand_off(self: Arc<Self>, graphics: Graphics, mut stop: Stop) {
        let Graphics { vt, mut stage } = graphics;
        let Some(display) = self.guest.vt(vt).map(|vt| vt.display.id()) else { return };
        let mut known = Stage::default();
        loop {
            let next = self.roster.lead(display, QUIET, Instant::now());
            tokio::select! {
                changed = stage.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let now = stage.borrow_and_update().clone();
                    if now.is_up && now.times != known.times {
                        self.come_up(vt, display);
                    } else if known.is_up && !now.is_up {
                        self.roster.expect_nobody_at(display);
                        let said = format!("the guest's graphics are gone: {}", now.why);
                        self.roster.send_back(display, &said.into());
                    }
                    known = now;
                }
                () = tokio::time::sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
                () = stop.requested() => return,
            }
        }
    }

    /// The screen has its first picture.
    fn come_up(&self, vt: VtNumber, display: u32) {
        tracing::debug!(vt = vt.get(), switch = ?self.settings.switch, "graphics are up");
        match self.settings.switch {
            // Who looks at another screen stays there.
            Switch::Auto => self.roster.expect_at(display, &self.guest.up()),
            Switch::Offer => self.roster.tell_of(display, &offer_of(vt)),
            Switch::Manual => {}
        }
    }
}

fn offer_of(vt: VtNumber) -> Arc<str> {
    format!("the guest's graphics are up: Ctrl-Alt-F{} shows them", vt.get()).into()
}

#[cfg(test)]
#[path = "handoff_tests.rs"]
mod tests;
