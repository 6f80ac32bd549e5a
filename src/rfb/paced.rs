//! What is told to a peer, not too often.

use std::time::{Duration, Instant};

/// Something that happened and is to be told.
#[derive(Debug)]
pub(super) struct Paced {
    /// There is something to tell.
    pub(super) waiting: bool,
    told: Option<Instant>,
    per_second: u32,
}

impl Paced {
    /// At most so many times a second, which is at least once.
    pub(super) const fn new(per_second: u32) -> Self {
        Self { waiting: false, told: None, per_second }
    }

    /// When it may be told, if there is anything to tell; `None` also stands for "at once" in [`Self::is_due`].
    fn not_before(&self) -> Option<Instant> {
        self.told.map(|told| told + Duration::from_secs(1) / self.per_second)
    }

    /// Whether it may be told now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.waiting && self.not_before().is_none_or(|at| now >= at)
    }

    /// When to look again; `None`: at once, or never.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.not_before().filter(|_| self.waiting)
    }

    /// Whether to tell it now; if so, it is told.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let due = self.is_due(now);
        if due {
            (self.waiting, self.told) = (false, Some(now));
        }
        due
    }
}
