//! How a recording keeps time where sound was lost on its way.
//!
//! The protocol says that sound ends and begins again, and nothing of what was between. But whoever keeps up hears as many frames as
//! there is time, a little late: so what is missing is by how much he is later than before. Just behind a hole that is not known yet,
//! for what has waited on the way comes all at once; so what comes is held for a moment, and the least of its delays counts.
//!
//! ```text
//! frames ─────────────╴End╶╴Begin╶─────────────┬───────►
//! late by     5 ms           640 ms .. 205 ms  └ 200 ms of silence, then what was held
//! ```
//! While a guest is silent there is no time to be kept.

use std::time::{Duration, Instant};

use crate::rfb::ext::audio::Format;

/// An end that is followed by a beginning so soon may be a hole.
pub const HOLE: Duration = Duration::from_millis(100);
/// It is one where what came last was later by so much: a server drops nothing before it is behind by more.
pub const LATE: Duration = Duration::from_millis(300);
/// A connection that comes back within so long leaves a hole, which is silence; after a longer time the sound goes on without one.
pub const BROKEN_MAX: Duration = Duration::from_secs(600);
/// Less is not missing, but late.
pub const MISSED_MIN: Duration = Duration::from_millis(10);
/// For so long what comes behind a hole is held, and as much as that at most, in bytes.
const SETTLE: Duration = Duration::from_secs(1);
const HELD_MAX: usize = 1024 * 1024;
/// How late sound is is the least of what it was within the last one or two times this: clocks drift apart.
const WINDOW: Duration = Duration::from_secs(5);

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Frames.
    Frames(Vec<u8>),
    /// So many bytes of silence.
    Silence(u64),
}

/// See the module.
#[derive(Debug)]
pub struct Keeping {
    format: Format,
    run: Option<Run>,
    ended: Option<Ended>,
    /// Times that sound was lost.
    pub holes: u64,
    /// How much of it, in bytes.
    pub missing: u64,
}

/// Sound without a silence of the guest's.
#[derive(Debug)]
struct Run {
    since: Instant,
    bytes: u64,
    /// The least delays of the last window and this, in microseconds, and since when this is.
    least: [Option<i64>; 2],
    window: Instant,
    /// That of the last frames.
    last: i64,
    settling: Option<Settling>,
}

/// Behind a hole.
#[derive(Debug)]
struct Settling {
    until: Instant,
    least: Option<i64>,
    held: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Ended {
    at: Instant,
    /// With the connection.
    broken: bool,
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

impl Run {
    fn new(now: Instant) -> Self {
        Self { since: now, bytes: 0, least: [None; 2], window: now, last: 0, settling: None }
    }

    /// By how much the last of so many bytes is late.
    fn late(&self, bytes: u64, format: Format, now: Instant) -> i64 {
        let due = u128::from(bytes) * 1_000_000 / (u128::from(format.rate) * format.frame() as u128);
        micros(now.saturating_duration_since(self.since)).saturating_sub(i64::try_from(due).unwrap_or(i64::MAX))
    }

    fn note(&mut self, late: i64, now: Instant) {
        if now.saturating_duration_since(self.window) > WINDOW {
            (self.least, self.window) = ([self.least[1], None], now);
        }
        self.least[1] = Some(self.least[1].map_or(late, |least| least.min(late)));
        self.last = late;
    }

    /// How late it was lately.
    fn usually(&self) -> Option<i64> {
        self.least.into_iter().flatten().min()
    }
}

impl Keeping {
    /// For sound of this format.
    pub fn new(format: Format) -> Self {
        Self { format, run: None, ended: None, holes: 0, missing: 0 }
    }

    /// Sound begins.
    pub fn begin(&mut self, now: Instant) -> Vec<Piece> {
        let before = self.settle(now);
        let ended = self.ended.take().map(|ended| (now.saturating_duration_since(ended.at), ended.broken));
        let run = self.run.as_mut().filter(|run| {
            let is_late = run.usually().is_some_and(|usually| run.last.saturating_sub(usually) >= micros(LATE));
            match ended {
                Some((gap, true)) => gap < BROKEN_MAX,
                Some((gap, false)) => gap < HOLE && is_late,
                None => false,
            }
        });
        match run {
            Some(run) => run.settling = Some(Settling { until: now + SETTLE, least: None, held: Vec::new() }),
            None => {
                self.holes += u64::from(ended.is_some_and(|(_, broken)| broken));
                self.run = Some(Run::new(now));
            }
        }
        before
    }

    /// These frames have come.
    pub fn data(&mut self, frames: Vec<u8>, now: Instant) -> Vec<Piece> {
        let format = self.format;
        let run = self.run.get_or_insert_with(|| Run::new(now));
        let Some(settling) = &mut run.settling else {
            run.bytes += frames.len() as u64;
            run.note(run.late(run.bytes, format, now), now);
            return vec![Piece::Frames(frames)];
        };
        settling.held.extend(frames);
        let (until, bytes) = (settling.until, run.bytes + settling.held.len() as u64);
        let is_much = settling.held.len() >= HELD_MAX;
        let late = run.late(bytes, format, now);
        if let Some(settling) = &mut run.settling {
            settling.least = Some(settling.least.map_or(late, |least| least.min(late)));
        }
        if now >= until || is_much { self.settle(now) } else { Vec::new() }
    }

    /// Sound ends.
    pub fn end(&mut self, now: Instant) -> Vec<Piece> {
        let rest = self.settle(now);
        self.ended = Some(Ended { at: now, broken: false });
        rest
    }

    /// The connection is lost.
    pub fn lost(&mut self, now: Instant) -> Vec<Piece> {
        let rest = self.settle(now);
        // What was over is over.
        if self.run.is_some() && self.ended.is_none() {
            self.ended = Some(Ended { at: now, broken: true });
        }
        rest
    }

    /// Nothing more is waited for: what is missing before what is held, and that.
    pub fn settle(&mut self, now: Instant) -> Vec<Piece> {
        let format = self.format;
        let Some(run) = &mut self.run else { return Vec::new() };
        let Some(settling) = run.settling.take() else { return Vec::new() };
        let late = settling.least.zip(run.usually()).map_or(0, |(least, before)| least.saturating_sub(before));
        let silence = if late < micros(MISSED_MIN) {
            0
        } else {
            let frames = u128::from(late.unsigned_abs()) * u128::from(format.rate) / 1_000_000;
            u64::try_from(frames).unwrap_or(u64::MAX).saturating_mul(format.frame() as u64)
        };
        self.holes += u64::from(silence > 0);
        self.missing += silence;
        run.bytes += silence + settling.held.len() as u64;
        run.note(run.late(run.bytes, format, now), now);
        let silence = (silence > 0).then_some(Piece::Silence(silence));
        silence.into_iter().chain((!settling.held.is_empty()).then_some(Piece::Frames(settling.held))).collect()
    }
}

#[cfg(test)]
#[path = "keeping_tests.rs"]
mod tests;
