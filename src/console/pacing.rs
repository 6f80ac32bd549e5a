//! When to publish: at once after rest, then at most every sixteen milliseconds; sooner while a key's echo is awaited.
//!
//! Sixty pictures a second are what eyes and links can take, and the time between goes to the guest's output. A key's
//! echo is looked for within them: so for a moment after a key, frames may follow each other faster. That is on credit,
//! which comes back slowly: a flood with somebody typing into it costs a bounded number of frames too.
//!
//! A guest that draws a picture in pieces may hold it back until it is whole (mode 2026), for a moment.

use std::time::{Duration, Instant};

use crate::geometry::GridSize;
use crate::terminal::{MAX_SYNCHRONIZED, MAX_UPDATE};

/// The least time between two frames.
pub const INTERVAL: Duration = Duration::from_millis(16);
/// The same while an echo is awaited and there is credit.
pub const ECHO_INTERVAL: Duration = Duration::from_millis(3);
/// How long after a key its echo is awaited.
pub const ECHO_WAIT: Duration = Duration::from_millis(50);
/// Frames that may come early, one after the other.
pub const MAX_CREDIT: u32 = 5;
/// How long it takes until one more may.
pub const CREDIT_INTERVAL: Duration = Duration::from_millis(8);

/// Bytes that a console on a screen of [`LARGE_SCREEN`] cells reads before it looks at the clock again. A PTY gives no
/// more at once anyway.
pub const LARGE_READ: usize = 4096;
/// Cells of 200 columns and 60 rows.
pub const LARGE_SCREEN: usize = 12_000;

/// Bytes to read and parse at once on a screen of `grid`. What a byte can cost grows with the screen: four of them erase
/// all of it into the history; what costs more than that ends a call of the terminal early
/// ([`crate::terminal::MAX_WORK`]). On the largest screens a whole read of that kept a worker, and with it the end of the
/// program, for more than a second.
pub fn read_limit(grid: GridSize) -> usize {
    let cells = usize::from(grid.cols) * usize::from(grid.rows);
    (LARGE_READ * LARGE_SCREEN / cells.max(1)).clamp(64, super::SLICE)
}

/// Sizes of the screen that a guest may choose one right after the other: each wraps all of the history anew, and
/// changes the size of every viewer's picture. Programs that try out a few sizes and look are served at once.
pub const MAX_RESIZES: u32 = 20;
/// How long it takes until it may choose one more.
pub const RESIZE_INTERVAL: Duration = Duration::from_millis(500);

/// What may be done so many times in a row, and once more for each interval that passes.
#[derive(Clone, Debug)]
struct Credit {
    left: u32,
    most: u32,
    interval: Duration,
    /// Up to when it was given.
    counted: Option<Instant>,
}

impl Credit {
    fn new(most: u32, interval: Duration) -> Self {
        Self { left: most, most, interval, counted: None }
    }

    /// Gives what was earned up to `now`.
    fn count(&mut self, now: Instant) {
        let Some(counted) = self.counted else {
            self.counted = Some(now);
            return;
        };
        let earned = now.duration_since(counted).as_nanos() / self.interval.as_nanos();
        let earned = u32::try_from(earned).unwrap_or(u32::MAX);
        if earned >= self.most - self.left {
            (self.left, self.counted) = (self.most, Some(now));
        } else {
            self.left += earned;
            self.counted = Some(counted + self.interval * earned);
        }
    }

    fn spend(&mut self) {
        self.left = self.left.saturating_sub(1);
    }
}

/// Remembers how often the guest changed the size of the screen.
#[derive(Debug)]
pub struct Resizes(Credit);

impl Default for Resizes {
    fn default() -> Self {
        Self(Credit::new(MAX_RESIZES, RESIZE_INTERVAL))
    }
}

impl Resizes {
    /// The guest changed the size.
    pub fn resized(&mut self, now: Instant) {
        self.0.count(now);
        self.0.spend();
    }

    /// The time before which it may not do so again; `None` when it may now.
    pub fn wait_until(&mut self, now: Instant) -> Option<Instant> {
        self.0.count(now);
        self.0.counted.filter(|_| self.0.left == 0).map(|counted| counted + RESIZE_INTERVAL)
    }
}

/// Remembers when a frame was published last, and when somebody typed.
#[derive(Clone, Debug)]
pub struct Pacing {
    last: Option<Instant>,
    typed: Option<Instant>,
    early: Credit,
    held: Option<Held>,
}

/// A picture that the guest holds back.
#[derive(Clone, Copy, Debug)]
struct Held {
    since: Instant,
    /// When it last said so, and how often it had then.
    said: Instant,
    count: u64,
}

impl Default for Pacing {
    fn default() -> Self {
        Self { last: None, typed: None, early: Credit::new(MAX_CREDIT, CREDIT_INTERVAL), held: None }
    }
}

impl Pacing {
    /// The guest was given a key.
    pub fn typed(&mut self, now: Instant) {
        self.typed = Some(now);
    }

    /// The guest holds the picture back, and has said so `count` times up to now. It is held no longer than
    /// [`MAX_SYNCHRONIZED`] after it was last said, and no longer than [`MAX_UPDATE`] in all.
    pub fn hold(&mut self, count: u64, now: Instant) {
        let held = self.held.get_or_insert(Held { since: now, said: now, count });
        if held.count != count {
            (held.said, held.count) = (now, count);
        }
    }

    /// The guest does not hold the picture back, or not any more.
    pub fn release(&mut self) {
        self.held = None;
    }

    /// The time before which nothing may be published; `None` when it may be now.
    pub fn wait_until(&mut self, now: Instant) -> Option<Instant> {
        self.early.count(now);
        let awaits_echo = self.early.left > 0 && self.typed.is_some_and(|typed| now < typed + ECHO_WAIT);
        let paced = self.last.map(|last| last + if awaits_echo { ECHO_INTERVAL } else { INTERVAL });
        let held = self.held.map(|held| (held.said + MAX_SYNCHRONIZED).min(held.since + MAX_UPDATE));
        paced.max(held).filter(|earliest| now < *earliest)
    }

    /// A frame was published.
    pub fn published(&mut self, now: Instant) {
        self.early.count(now);
        if self.last.is_some_and(|last| now < last + INTERVAL) {
            self.early.spend();
        }
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

    #[test]
    fn an_echo_comes_early_and_only_for_a_while() {
        let start = Instant::now();
        let mut pacing = Pacing::default();
        pacing.published(start);
        pacing.typed(start);
        assert_eq!(pacing.wait_until(start), Some(start + ECHO_INTERVAL));
        assert_eq!(pacing.wait_until(start + ECHO_INTERVAL), None);
        let late = start + ECHO_WAIT;
        pacing.published(late - Duration::from_millis(1));
        assert_eq!(pacing.wait_until(late), Some(late - Duration::from_millis(1) + INTERVAL));
    }

    #[test]
    fn a_guest_holds_a_picture_back_for_a_moment_only() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pacing = Pacing::default();
        pacing.hold(1, start);
        assert_eq!(pacing.wait_until(start), Some(start + MAX_SYNCHRONIZED));
        pacing.hold(1, at(100));
        assert_eq!(pacing.wait_until(at(100)), Some(at(150)), "it did not say so again");
        assert_eq!(pacing.wait_until(at(150)), None);
        pacing.hold(2, at(200));
        assert_eq!(pacing.wait_until(at(200)), Some(at(350)));
        pacing.release();
        assert_eq!(pacing.wait_until(at(200)), None);
        pacing.published(at(200));
        pacing.hold(3, at(210));
        assert_eq!(pacing.wait_until(at(210)), Some(at(360)), "frames are apart anyway");
        pacing.release();
        assert_eq!(pacing.wait_until(at(210)), Some(at(200) + INTERVAL));
    }

    #[test]
    fn a_guest_that_says_so_again_and_again_holds_a_picture_back_no_longer_than_the_most() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pacing = Pacing::default();
        for count in 0..10 {
            pacing.hold(count, at(100 * count));
        }
        assert_eq!(pacing.wait_until(at(900)), Some(start + MAX_UPDATE));
        assert_eq!(pacing.wait_until(at(1_000)), None);
        pacing.hold(99, at(5_000));
        assert_eq!(pacing.wait_until(at(5_000)), None, "until it is done, it holds nothing back any more");
        pacing.release();
        pacing.hold(100, at(6_000));
        assert_eq!(pacing.wait_until(at(6_000)), Some(at(6_150)));
    }

    /// Frames of a guest that always has something new while somebody always types.
    fn frames_in(length: Duration, types: bool) -> usize {
        let start = Instant::now();
        let mut pacing = Pacing::default();
        let millis = u32::try_from(length.as_millis()).expect("short");
        let times = (0..millis).map(|n| start + Duration::from_millis(1) * n);
        times
            .filter(|&now| {
                if types {
                    pacing.typed(now);
                }
                let publishes = pacing.wait_until(now).is_none();
                if publishes {
                    pacing.published(now);
                }
                publishes
            })
            .count()
    }

    #[test]
    fn what_is_parsed_at_once_does_not_grow_with_the_screen() {
        for (cols, rows, bytes) in
            [(1, 1, super::super::SLICE), (80, 24, 25_600), (200, 60, 4096), (512, 256, 375), (1024, 1024, 64)]
        {
            let grid = GridSize::new(cols, rows);
            assert_eq!(read_limit(grid), bytes, "{grid}");
        }
    }

    #[test]
    fn credit_is_bounded() {
        let second = Duration::from_secs(1);
        let each = |interval: Duration| (second.as_nanos() / interval.as_nanos()) as usize + 1;
        assert_eq!(frames_in(second, false), each(INTERVAL));
        let typing = frames_in(second, true);
        assert!(typing > each(INTERVAL));
        assert!(typing <= each(INTERVAL) + each(CREDIT_INTERVAL) + MAX_CREDIT as usize, "{typing}");
    }

    #[test]
    fn a_guest_may_choose_many_sizes_at_once_and_then_two_in_a_second() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut resizes = Resizes::default();
        for _ in 0..MAX_RESIZES {
            assert_eq!(resizes.wait_until(start), None);
            resizes.resized(start);
        }
        assert_eq!(resizes.wait_until(start), Some(at(500)));
        assert_eq!(resizes.wait_until(at(499)), Some(at(500)));
        // However long it goes on, and however often it is asked.
        let allowed = (0..60_000).filter(|millis| {
            let may = resizes.wait_until(at(*millis)).is_none();
            if may {
                resizes.resized(at(*millis));
            }
            may
        });
        assert_eq!(allowed.count(), 119);
        for _ in 0..MAX_RESIZES {
            assert_eq!(resizes.wait_until(at(1_000_000)), None, "what is not used comes back");
            resizes.resized(at(1_000_000));
        }
        assert_eq!(resizes.wait_until(at(1_000_000)), Some(at(1_000_500)));
    }
}
