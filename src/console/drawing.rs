//! How many pixels the pictures of a guest may draw: a few bytes may ask for millions, and other consoles wait meanwhile.

use tokio::time::Instant;

/// Pixels that a guest's pictures may draw each second.
pub const PIXELS_PER_SECOND: u64 = 64 << 20;
/// Pixels that may be drawn at once after a while without any: some more than it takes to fill, draw and cut into cells
/// the largest picture that there is.
pub const MAX_PIXELS: u64 = 16 << 20;

/// When pixels were allowed last.
#[derive(Debug)]
pub(super) struct Drawing {
    allowed: Instant,
}

impl Drawing {
    pub(super) fn begin(now: Instant) -> Self {
        Self { allowed: now }
    }

    /// How many pixels there are at `now`, of which `left` are of those before.
    pub(super) fn allow(&mut self, left: u64, now: Instant) -> u64 {
        let nanos = now.duration_since(self.allowed).as_nanos();
        self.allowed = now;
        let more = nanos * u128::from(PIXELS_PER_SECOND) / 1_000_000_000;
        left.saturating_add(u64::try_from(more).unwrap_or(u64::MAX)).min(MAX_PIXELS)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn pixels_come_back_with_time_and_not_without_end() {
        let start = Instant::now();
        let mut drawing = Drawing::begin(start);
        assert_eq!(drawing.allow(u64::MAX, start), MAX_PIXELS, "a fresh terminal would draw whatever comes");
        let at = |millis: u64| start + Duration::from_millis(millis);
        assert_eq!(drawing.allow(0, at(125)), PIXELS_PER_SECOND / 8);
        assert_eq!(drawing.allow(7, at(125)), 7);
        assert_eq!(drawing.allow(7, at(250)), 7 + PIXELS_PER_SECOND / 8);
        assert_eq!(drawing.allow(0, at(9_000_000)), MAX_PIXELS);
        let largest = u64::from(crate::terminal::sixel::MAX_WIDTH * crate::terminal::sixel::MAX_HEIGHT);
        assert!(MAX_PIXELS > 3 * largest);
    }
}
