//! When to publish: at once after rest, then at most every sixteen milliseconds.
//!
//! A key's echo after a pause leaves at once. In a flood the picture changes some sixty times a second, which is what
//! eyes and links can take, and the time between goes to the guest's output.

use std::time::{Duration, Instant};

/// The least time between two frames.
pub const INTERVAL: Duration = Duration::from_millis(16);

/// Remembers when a frame was published last.
#[derive(Debug, Default)]
pub struct Pacing {
    last: Option<Instant>,
}

impl Pacing {
    /// The time before which nothing may be published; `None` when it may be now.
    pub fn wait_until(&self, now: Instant) -> Option<Instant> {
        let earliest = self.last? + INTERVAL;
        (now < earliest).then_some(earliest)
    }

    /// A frame was published.
    pub fn published(&mut self, now: Instant) {
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_once_after_rest_and_then_at_most_every_interval() {
        let start = Instant::now();
        let mut pacing = Pacing::default();
        assert_eq!(pacing.wait_until(start), None);
        pacing.published(start);
        assert_eq!(pacing.wait_until(start), Some(start + INTERVAL));
        assert_eq!(pacing.wait_until(start + INTERVAL / 2), Some(start + INTERVAL));
        assert_eq!(pacing.wait_until(start + INTERVAL), None);
        assert_eq!(pacing.wait_until(start + INTERVAL * 100), None);
    }
}
