//! Those who read a console's bytes as they are. Nothing here runs while nobody does; what they read was kept anyway, for
//! those who come back.
//!
//! ```text
//! Open ─► answered at once: where it begins, and the screen there
//! Read ─► held until there is something ─► bytes, another size, or what is missing and the screen behind it
//! ```

use std::collections::VecDeque;
use std::time::SystemTime;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Console;
use super::asked::{MAX_LISTENERS, answer};
use super::giving_way::Pace;
use super::tail::{CAPACITY, Tail};
use crate::display::Answer;
use crate::display::stream::{Begun, Charset, Followed, From, Keyboard, Open, Piece, READ_MAX, Read};
use crate::geometry::GridSize;
use crate::terminal::{Encoding, KeyTable, dump};

/// Other sizes within the bytes that are kept; of more, the bytes before the newest ones are forgotten.
pub const MAX_SIZES: usize = 64;
/// What starts a terminal anew (RIS): readers are told so when the console's own had to.
const ANEW: &[u8] = b"\x1bc";

/// Which size the console had at which byte.
#[derive(Debug)]
pub struct Sizes(VecDeque<(u64, GridSize)>);

impl Sizes {
    /// This one from the first byte on.
    pub fn new(size: GridSize) -> Self {
        Self(VecDeque::from([(0, size)]))
    }

    /// Another one from byte `offset` on. What `tail` keeps and nobody would know the size of is forgotten there.
    pub fn push(&mut self, offset: u64, size: GridSize, tail: &mut Tail) {
        if self.0.back().is_some_and(|last| last.0 == offset) {
            self.0.pop_back();
        }
        self.0.push_back((offset, size));
        while self.0.get(1).is_some_and(|second| second.0 <= tail.begin()) {
            self.0.pop_front();
        }
        if self.0.len() > MAX_SIZES {
            self.0.pop_front();
            tail.forget_before(self.0[0].0);
        }
    }

    /// The size at byte `offset`, and where another one begins.
    fn at(&self, offset: u64) -> (GridSize, u64) {
        let after = self.0.iter().skip(1).position(|change| change.0 > offset).map(|index| index + 1);
        let within = after.unwrap_or(self.0.len()) - 1;
        (self.0[within].1, after.map_or(u64::MAX, |index| self.0[index].0))
    }
}

/// What is read from: all that a reader is told comes of this.
pub struct Source<'a> {
    /// The bytes.
    pub tail: &'a Tail,
    /// The sizes.
    pub sizes: &'a Sizes,
    /// Which run this is.
    pub run: u64,
    /// What the terminal began with.
    pub charset: Encoding,
    /// Whose keyboard it has.
    pub keys: KeyTable,
    /// How many of the last bytes are a sequence that has not ended.
    pub unfinished: usize,
    /// Nothing more comes.
    pub is_over: bool,
}

impl Source<'_> {
    /// Where to begin behind the screen: before a sequence that has not ended, if it is still there.
    fn behind_screen(&self) -> u64 {
        let begun = self.tail.end().saturating_sub(self.unfinished as u64);
        if begun >= self.tail.begin() { begun } else { self.tail.end() }
    }

    /// Answers an [`Open`]; `None`: there is no such byte yet. `dump` gives the screen.
    pub fn open(&self, open: &Open, dump: impl FnOnce() -> Vec<u8>) -> Option<Begun> {
        let (offset, screen) = match open.from {
            From::At { run, offset } if run == self.run => (Some(offset).filter(|at| *at <= self.tail.end())?, false),
            From::Oldest => (self.tail.begin(), false),
            From::Now | From::At { .. } if open.dumps => (self.behind_screen(), true),
            From::Now | From::At { .. } => (self.tail.end(), false),
        };
        let dump = screen.then(dump);
        let charset = match self.charset {
            Encoding::Utf8 => Charset::Utf8,
            Encoding::Latin1 => Charset::Latin1,
            Encoding::Cp437 => Charset::Cp437,
        };
        let keyboard = match self.keys {
            KeyTable::Xterm => Keyboard::Xterm,
            KeyTable::Vt220 => Keyboard::Vt220,
            KeyTable::Linux => Keyboard::Linux,
        };
        Some(Begun { run: self.run, offset, size: self.sizes.at(offset).0, charset, keyboard, dump })
    }

    /// Answers a [`Read`]; `None`: not yet. `dump` gives the screen.
    pub fn read(&self, read: &Read, dump: impl FnOnce() -> Vec<u8>) -> Option<Piece> {
        if read.next < self.tail.begin() {
            // Who has no use for the screen loses as little as there is a chance to read.
            let half = self.tail.end().saturating_sub(CAPACITY as u64 / 2).max(self.tail.begin());
            let to = if read.dumps { self.behind_screen() } else { half };
            let dump = read.dumps.then(dump);
            return Some(Piece::Gap { length: to - read.next, size: self.sizes.at(to).0, dump });
        }
        let (size, until) = self.sizes.at(read.next);
        if size != read.size {
            return Some(Piece::Size(size));
        }
        if read.unsure && read.dumps && read.next == self.behind_screen() {
            return Some(Piece::Dump(dump()));
        }
        let most = usize::try_from(until - read.next).unwrap_or(usize::MAX).min(read.most).min(READ_MAX);
        let (first, second) = self.tail.since(read.next);
        let first = &first[..most.min(first.len())];
        let second = &second[..(most - first.len()).min(second.len())];
        match first.len() + second.len() {
            0 if self.is_over && read.next == self.tail.end() => Some(Piece::Ended),
            0 => None,
            _ => Some(Piece::Bytes([first, second].concat())),
        }
    }
}

/// Those who read.
#[derive(Debug)]
pub(super) struct Streams {
    run: u64,
    sizes: Sizes,
    readers: Vec<(Followed, Pace)>,
    /// Questions that are not answered yet.
    listeners: Vec<(Read, oneshot::Sender<Answer>)>,
    /// The terminal had to start anew.
    anew: bool,
}

impl Streams {
    /// Nobody reads. The console has this size.
    pub(super) fn new(size: GridSize) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // Another number at each start, for as long as anybody could have kept one.
        let run = u64::try_from(since.as_nanos()).unwrap_or_default();
        Self { run, sizes: Sizes::new(size), readers: Vec::new(), listeners: Vec::new(), anew: false }
    }

    /// The terminal started anew after the bytes that are being kept now.
    pub(super) fn begin_anew(&mut self) {
        self.anew = true;
    }
}

impl Console {
    /// The terminal has taken these bytes, wherever they come from.
    pub(super) fn keep(&mut self, bytes: &[u8]) {
        self.tail.push(bytes);
        self.keep_restart();
    }

    fn keep_restart(&mut self) {
        if std::mem::take(&mut self.streams.anew) {
            self.tail.push(ANEW);
        }
    }

    /// The console has another size.
    pub(super) fn keep_size(&mut self, size: GridSize) {
        self.streams.sizes.push(self.tail.end(), size, &mut self.tail);
    }

    fn source(&self) -> Source<'_> {
        Source {
            tail: &self.tail,
            sizes: &self.streams.sizes,
            run: self.streams.run,
            charset: self.options.charset,
            keys: self.options.keys,
            unfinished: self.terminal.unfinished(),
            is_over: self.line.is_over() && self.unparsed.is_empty(),
        }
    }

    /// Somebody begins to read.
    pub(super) fn stream_opened(&mut self, open: Open, reply: oneshot::Sender<Answer>) {
        let mut begun = Answer::Refused("the terminal had to start anew; try again");
        self.guarded(|console| {
            let dump = || dump::sequences_with_history(&console.terminal, open.lines);
            begun = match console.source().open(&open, dump) {
                Some(begun) => Answer::Piece(Piece::Begun(begun)),
                None => Answer::Refused("there is no such byte yet"),
            };
        });
        if let Answer::Piece(Piece::Begun(begun)) = &begun {
            open.place.set(begun.offset);
            self.streams.readers.push((open.place.follow(), Pace::new(begun.offset, &self.tail)));
        }
        answer(reply, begun);
    }

    /// Somebody reads on.
    pub(super) fn stream_read(&mut self, read: Read, reply: oneshot::Sender<Answer>) {
        self.streams.listeners.retain(|(_, reply)| !reply.is_closed());
        if self.streams.listeners.len() < MAX_LISTENERS {
            self.streams.listeners.push((read, reply));
        } else {
            answer(reply, Answer::Refused("too many read this console already"));
        }
    }

    /// Whether anybody reads.
    pub(super) fn is_read(&self) -> bool {
        !self.streams.readers.is_empty()
    }

    /// Tells those who read what there is for them. Until when the guest is not heard, so that they keep up.
    pub(super) fn tell_streams(&mut self, now: Instant) -> Option<Instant> {
        self.keep_restart();
        if self.streams.readers.is_empty() {
            return None;
        }
        let (mut wanted, mut rests) = (None, None);
        self.streams.readers.retain_mut(|(reader, pace)| {
            let Some(offset) = reader.offset() else { return false };
            wanted = wanted.into_iter().chain([offset]).min();
            rests = rests.into_iter().chain(pace.look(offset, &self.tail, now)).max();
            true
        });
        self.tail.keep(wanted);
        let listeners = std::mem::take(&mut self.streams.listeners);
        let mut waiting = Vec::new();
        self.guarded(|console| {
            for (read, reply) in listeners {
                let dump = || dump::sequences(&console.terminal);
                match console.source().read(&read, dump) {
                    _ if reply.is_closed() => {}
                    Some(piece) => answer(reply, Answer::Piece(piece)),
                    None => waiting.push((read, reply)),
                }
            }
        });
        self.streams.listeners = waiting;
        rests
    }
}

#[cfg(test)]
#[path = "streams_tests.rs"]
mod tests;
