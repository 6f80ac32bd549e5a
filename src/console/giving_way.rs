//! How a console gives way to those who read its bytes and would keep up, were it their turn.
//!
//! A guest can write faster than two cores pass it on to several readers: whoever has the processor decides then who misses
//! bytes. So a console rests while a reader that takes bytes quickly is far behind, and no longer than it goes on to take
//! them quickly. One that is slow is not waited for: it misses bytes, and is told.
//!
//! ```text
//! begin ────────── reader ◄─── BEHIND or more ───► end      rests: for a reader that gains STRIDE in each WINDOW
//! ```
//! So nobody who reads keeps a guest from writing [`STRIDE`] in each [`WINDOW`], which is 21 MB a second.

use std::time::Duration;

use tokio::time::Instant;

use super::tail::{READ_CAPACITY, Tail};

/// So many bytes behind the end is far: half of what is kept for those who read.
pub const BEHIND: u64 = READ_CAPACITY as u64 / 2;
/// Who takes so many bytes in each [`WINDOW`] is quick.
pub const STRIDE: u64 = 1024 * 1024;
/// How long a quick reader may take for its next [`STRIDE`].
pub const WINDOW: Duration = Duration::from_millis(50);

/// What a console knows of the pace of one reader.
#[derive(Debug)]
pub struct Pace {
    quick: bool,
    /// Since when it is far behind, or has gained its last stride, and where it was then.
    window: Option<(Instant, u64)>,
}

impl Pace {
    /// Of one who begins to read at byte `offset`. Who begins far behind has to show that it is quick: others come and go only
    /// to be waited for.
    pub fn new(offset: u64, tail: &Tail) -> Self {
        Self { quick: tail.end().saturating_sub(offset) < BEHIND, window: None }
    }

    /// The reader has come to byte `offset` of what `tail` keeps. Until when it is to be waited for, if it does not move
    /// meanwhile.
    pub fn look(&mut self, offset: u64, tail: &Tail, now: Instant) -> Option<Instant> {
        if offset < tail.begin() {
            // It has missed some. Where it goes on has nothing to do with how quick it is.
            *self = Self { quick: false, window: None };
            return None;
        }
        if tail.end() - offset < BEHIND {
            self.window = None;
            return None;
        }
        let (since, from) = *self.window.get_or_insert((now, offset));
        let gained = offset - from >= STRIDE;
        if gained || now >= since + WINDOW {
            (self.quick, self.window) = (gained, Some((now, offset)));
        }
        self.window.filter(|_| self.quick).map(|(since, _)| since + WINDOW)
    }
}

#[cfg(test)]
#[path = "giving_way_tests.rs"]
mod tests;
