//! A guest's sound: somebody who speaks, and everybody who listens.
//!
//! ```text
//! upstream, or a fifo ─► Publisher ─► pieces of 20 ms, the newest 32 of them ─┬► Listener ─► its own format ─► a viewer
//!                                                                             └► Listener …
//! ```
//! Nobody waits for a listener: one that is behind by more than the ring loses the oldest, and hears that there was a break. Whoever
//! wants sound as it was made shares the bytes with the others; who wants another format makes it in his own task, so that it costs
//! nobody else. While nobody listens nothing is kept, and an upstream is asked for nothing.
//!
//! The clock is the count of frames: each one that was made is heard once, by everybody who keeps up, and none is made up.

mod convert;
pub mod fifo;
mod pace;
mod resample;
pub mod wav;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

use crate::rfb::ext::audio::{Format, Sample};
use convert::Converter;

/// Pieces in a second of sound.
pub const PIECES: u32 = 50;
/// Pieces that a listener may be behind: 640 ms. What a link can hold up by itself is more; what is older nobody wants to hear.
pub const RING: usize = 32;
/// Ends of sound that may come close to one another, which is more than guests have. Each costs every listener a little work.
pub const ENDS: u32 = 16;
/// Beyond these, one in so long a time.
pub const END_EVERY: Duration = Duration::from_millis(100);

/// What is passed on.
#[derive(Clone, Debug)]
enum Piece {
    /// Whole frames.
    Frames(Format, Arc<[u8]>),
    /// There is no more for now.
    End,
}

/// Who listens, as those see it who have sound to give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wanted {
    listeners: usize,
    /// What the first of them asked for.
    rate: u32,
}

/// A guest's sound.
#[derive(Clone, Debug)]
pub struct Sound {
    pieces: broadcast::Sender<Piece>,
    wanted: watch::Sender<Wanted>,
    /// The number of the publisher that is heard; 0: none is.
    speaker: Arc<AtomicU64>,
    /// Numbers that are given away.
    publishers: Arc<AtomicU64>,
}

impl Default for Sound {
    fn default() -> Self {
        Self {
            pieces: broadcast::Sender::new(RING),
            wanted: watch::Sender::default(),
            speaker: Arc::default(),
            publishers: Arc::default(),
        }
    }
}

impl Sound {
    /// Somebody listens from now on, to sound of this format.
    pub fn listen(&self, format: Format) -> Listener {
        self.wanted.send_if_modified(|wanted| {
            wanted.listeners += 1;
            let first = wanted.listeners == 1;
            if first {
                wanted.rate = format.rate;
            }
            first
        });
        Listener {
            pieces: self.pieces.subscribe(),
            wanted: self.wanted.clone(),
            format,
            converter: None,
            sounds: false,
            next: VecDeque::new(),
            lost: 0,
        }
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.wanted.borrow().listeners
    }

    /// Somebody who has sound, or may have. Of several he is heard who begins first, until he ends.
    pub fn publisher(&self) -> Publisher {
        let number = self.publishers.fetch_add(1, Ordering::Relaxed) + 1;
        Publisher {
            sound: self.clone(),
            wanted: self.wanted.subscribe(),
            number,
            format: None,
            next: None,
            held: Vec::new(),
            ends: ENDS,
            counted: Instant::now(),
        }
    }
}

/// One who speaks.
#[derive(Debug)]
pub struct Publisher {
    sound: Sound,
    wanted: watch::Receiver<Wanted>,
    number: u64,
    /// Of what he says.
    format: Option<Format>,
    /// He has ended, and may not say so yet; and what he has begun then, if anything.
    next: Option<Option<Format>>,
    /// Less than a piece.
    held: Vec<u8>,
    /// Ends that he may tell now, and since when they have been counted.
    ends: u32,
    counted: Instant,
}

impl Publisher {
    /// The format that sound is best made in, if anybody listens: then the first of them needs no resampling, nor do others at
    /// 48 kHz or 44.1 kHz. It does not change while somebody listens, and no listener can make it worse for the others.
    pub fn wanted(&self) -> Option<Format> {
        let wanted = *self.wanted.borrow();
        let compact_disc = Format { sample: Sample::S16, channels: 2, rate: 44_100 };
        (wanted.listeners > 0).then_some(match wanted.rate {
            rate if rate > 0 && compact_disc.rate.is_multiple_of(rate) => compact_disc,
            _ => Format { rate: 48_000, ..compact_disc },
        })
    }

    /// Waits until that has changed. May be dropped half-way without loss. An end that could not be told is told meanwhile.
    pub async fn wanted_changed(&mut self) {
        while self.next == Some(None) {
            tokio::select! {
                _ = self.wanted.changed() => return,
                () = tokio::time::sleep_until(self.counted + END_EVERY) => {}
            }
            if self.may_end() {
                self.tell_end();
            }
        }
        // As long as there is a publisher there is a sound.
        let _ = self.wanted.changed().await;
    }

    /// From now on there is sound of this format.
    pub fn begin(&mut self, format: Format) {
        self.end();
        match &mut self.next {
            // It goes on as if it had not ended; or in another format, when that may be said.
            Some(_) if self.format == Some(format) => self.next = None,
            Some(next) => *next = Some(format),
            None => self.format = Some(format),
        }
    }

    /// These are the next frames, whole ones.
    pub fn frames(&mut self, frames: &[u8]) {
        if let Some(next) = self.next {
            if !self.may_end() {
                return;
            }
            self.tell_end();
            self.format = next;
        }
        let Some(format) = self.format else { return };
        if self.sound.pieces.receiver_count() == 0 {
            return self.held.clear();
        }
        if !self.speaks() {
            return;
        }
        let piece = (format.rate / PIECES).max(1) as usize * format.frame();
        let mut rest = frames;
        if !self.held.is_empty() {
            let (more, others) = rest.split_at(rest.len().min(piece - self.held.len()));
            self.held.extend_from_slice(more);
            rest = others;
            if self.held.len() < piece {
                return;
            }
            self.send(Piece::Frames(format, self.held.as_slice().into()));
            self.held.clear();
        }
        let pieces = rest.chunks_exact(piece);
        self.held.extend_from_slice(pieces.remainder());
        pieces.for_each(|piece| self.send(Piece::Frames(format, piece.into())));
    }

    /// There is no more sound for now. Who ends all the time is not heard to.
    pub fn end(&mut self) {
        if self.format.is_none() {
            return;
        }
        if self.may_end() {
            self.tell_end();
        } else {
            self.next = Some(None);
        }
    }

    /// He has gone, and others may speak.
    pub fn leave(&mut self) {
        self.tell_end();
    }

    /// Whether an end may be told now; then it counts.
    fn may_end(&mut self) -> bool {
        let now = Instant::now();
        let more = now.saturating_duration_since(self.counted).as_millis() / END_EVERY.as_millis();
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        self.counted += END_EVERY.saturating_mul(more);
        self.ends = self.ends.saturating_add(more).min(ENDS);
        let may = self.ends > 0;
        self.ends = self.ends.saturating_sub(1);
        may
    }

    fn tell_end(&mut self) {
        self.next = None;
        let Some(format) = self.format.take() else { return };
        let held = std::mem::take(&mut self.held);
        if self.sound.speaker.load(Ordering::Acquire) != self.number {
            return;
        }
        if !held.is_empty() {
            self.send(Piece::Frames(format, held.into()));
        }
        self.send(Piece::End);
        self.sound.speaker.store(0, Ordering::Release);
    }

    /// Whether he is heard: nobody else is.
    fn speaks(&self) -> bool {
        let speaker = self.sound.speaker.compare_exchange(0, self.number, Ordering::AcqRel, Ordering::Acquire);
        speaker.is_ok() || speaker == Err(self.number)
    }

    /// Whether anybody hears it does not matter.
    fn send(&self, piece: Piece) {
        let _ = self.sound.pieces.send(piece);
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.leave();
    }
}

/// What a listener hears.
#[derive(Clone, PartialEq, Eq)]
pub enum Heard {
    /// There is sound; what follows goes with nothing before it.
    Begin,
    /// Whole frames, in the listener's format.
    Frames(Arc<[u8]>),
    /// There is no more for now.
    End,
}

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Begin => f.write_str("Begin"),
            Self::Frames(frames) => write!(f, "Frames({})", frames.len()),
            Self::End => f.write_str("End"),
        }
    }
}

/// One who listens.
#[derive(Debug)]
pub struct Listener {
    pieces: broadcast::Receiver<Piece>,
    wanted: watch::Sender<Wanted>,
    format: Format,
    /// From the format that the sound has now, or had last: it is costly to make.
    converter: Option<Converter>,
    /// He has heard a beginning, and no end since.
    sounds: bool,
    /// What he hears next: a few things at most, which come of one piece.
    next: VecDeque<Heard>,
    lost: u64,
}

impl Listener {
    /// The next thing to be heard. May be dropped half-way without loss.
    pub async fn next(&mut self) -> Heard {
        loop {
            if let Some(next) = self.next.pop_front() {
                return next;
            }
            match self.pieces.recv().await {
                Ok(Piece::Frames(format, frames)) => self.hear(format, &frames),
                Ok(Piece::End) => self.ends(),
                // Its frames are gone. That there is a hole is told as those can understand who know nothing of holes.
                Err(RecvError::Lagged(pieces)) => {
                    self.lost += pieces;
                    self.breaks();
                }
                // There is a sender in every guest, and viewers go before it does.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    /// Pieces that he has lost.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    fn hear(&mut self, format: Format, frames: &Arc<[u8]>) {
        if self.converter.as_ref().is_some_and(|converter| converter.from() != format) {
            self.ends();
            self.converter = None;
        }
        let converter = self.converter.get_or_insert_with(|| Converter::new(format, self.format));
        let frames = converter.convert(frames);
        self.say(frames);
    }

    fn say(&mut self, frames: Arc<[u8]>) {
        if frames.is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.sounds, true) {
            self.next.push_back(Heard::Begin);
        }
        self.next.push_back(Heard::Frames(frames));
    }

    fn ends(&mut self) {
        if let Some(converter) = &mut self.converter {
            let rest = converter.finish();
            self.say(rest);
        }
        self.breaks();
    }

    fn breaks(&mut self) {
        self.converter.iter_mut().for_each(Converter::reset);
        if std::mem::take(&mut self.sounds) {
            self.next.push_back(Heard::End);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.wanted.send_if_modified(|wanted| {
            wanted.listeners = wanted.listeners.saturating_sub(1);
            wanted.listeners == 0
        });
    }
}

#[cfg(test)]
mod tests;
