//! How fast a fifo is read.
//!
//! Some writers have a clock, as a guest's sound card has: they must never wait. Others write as fast as they can, as `sox` and
//! PulseAudio's pipe sink do: for them the reader is the clock. Nobody says which he is. So what is read may run ahead of our clock
//! by [`LEAD`], and no further. One with a clock of his own is never so far ahead; if it runs a little faster than ours, what has
//! gathered in the pipe meanwhile is taken at [`HASTE`], before the pipe is full. One without always fills it, and is read exactly
//! at the rate of his sound.

use std::time::{Duration, Instant};

/// So much sound may be read before its time. Less than listeners may be behind (`super::RING`), or the fast would lose it at once;
/// more than those with a clock write in one go.
pub const LEAD: Duration = Duration::from_millis(250);
/// A pipe that holds no more than this is not about to be full: Linux gives it 64 KiB, of which small pieces use the least a
/// half.
pub const LITTLE: usize = 24 * 1024;
/// While it holds no more, one part in so many is read beyond the rate: more than clocks differ by.
pub const HASTE: u32 = 100;

/// How much may be read.
#[derive(Debug)]
pub(super) struct Pace {
    /// Bytes of a second.
    rate: u64,
    /// Since then so many bytes have been read.
    since: Instant,
    read: u64,
    /// When it was asked last.
    asked: Instant,
}

impl Pace {
    /// A stream begins that has so many bytes in a second.
    pub(super) fn new(rate: usize, now: Instant) -> Self {
        Self { rate: rate.max(1) as u64, since: now, read: 0, asked: now }
    }

    /// How many bytes may be read now, of the `there` that are.
    pub(super) fn allows(&mut self, there: usize, now: Instant) -> usize {
        if there <= LITTLE {
            // As if it had begun a little earlier.
            let earlier = now.saturating_duration_since(self.asked) / HASTE;
            self.since = self.since.checked_sub(earlier).unwrap_or(self.since);
        }
        self.asked = now;
        let elapsed = now.saturating_duration_since(self.since);
        if self.bytes(elapsed) > self.read {
            // He is behind our clock: it begins anew, or he could run ahead for as long as he has been silent.
            (self.since, self.read) = (now, 0);
        }
        let allowed = self.bytes(now.saturating_duration_since(self.since) + LEAD).saturating_sub(self.read);
        usize::try_from(allowed).unwrap_or(usize::MAX).min(there)
    }

    /// So many have been.
    pub(super) fn took(&mut self, bytes: usize) {
        self.read += bytes as u64;
    }

    fn bytes(&self, time: Duration) -> u64 {
        u64::try_from(time.as_nanos() * u128::from(self.rate) / 1_000_000_000).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
