//! The streams of one viewer (docs/protocol.md, "Streams"): between what consoles give and take, and [`Outlet`], which knows
//! what may be said.
//!
//! Each has one question on its way to its console at most, and one piece of input. A viewer that does not read, or allows
//! nothing, asks nothing.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::ops::Bound;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::mpsc::OwnedPermit;
use tokio::sync::mpsc::error::SendError;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::display::stream::{self, From, Open, Piece, Place, READ_MAX, Read};
use crate::display::{Answer, Ask, Display, Input, Kind, Who};
use crate::rfb::error::RfbError;
use crate::rfb::ext::outlet::Outlet;
use crate::rfb::ext::stream::{Charset, Keyboard, Opened, Opening, STREAMS_MAX, Start, StreamNotice};

/// After so long a console that had no time is asked again.
const RETRY: Duration = Duration::from_millis(20);

/// Why nothing more comes.
const ENDED: &str = "the console has ended";

/// See the module.
pub(super) struct Streams {
    who: Who,
    open: BTreeMap<u32, Stream>,
    /// Whose turn it was last.
    last: u32,
    /// Where those were whose console has ended: until the viewer leaves, nobody knows that it has heard of that.
    ended: Vec<Place>,
}

struct Stream {
    outlet: Outlet,
    display: Display,
    dumps: bool,
    place: Place,
    state: State,
    /// What was asked.
    answer: Option<oneshot::Receiver<Answer>>,
    /// A console that had no time is asked again then.
    retry: Option<Instant>,
    sending: Sending,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is not known yet where it begins.
    Opening,
    Open,
    /// Nothing more comes, for this reason; whether it was open.
    Over(&'static str, bool),
}

/// Room in a console's queue, once there is some.
type Room = Pin<Box<dyn Future<Output = Result<OwnedPermit<(Who, Input)>, SendError<()>>> + Send>>;

/// A piece of input on its way.
enum Sending {
    Nothing,
    /// Until there is room for it.
    Waits(Vec<u8>, Room),
    /// Until the console has taken so many bytes.
    Sent(usize, oneshot::Receiver<()>),
}

/// What has become of a stream.
pub(super) enum Told {
    Notice(StreamNotice),
    /// Its OPEN is refused.
    Refused(u32, &'static str),
}

impl Streams {
    /// None yet, of this viewer.
    pub(super) fn of(who: Who) -> Self {
        Self { who, open: BTreeMap::new(), last: 0, ended: Vec::new() }
    }

    /// Opens one; `Err`: why not.
    pub(super) fn open(
        &mut self,
        stream: u32,
        opening: &Opening,
        display: &Display,
    ) -> Result<Result<(), &'static str>, RfbError> {
        if stream == 0 || self.open.contains_key(&stream) {
            return Err(RfbError::Misbehaved("a number of a stream that is taken"));
        }
        if self.open.len() >= STREAMS_MAX {
            return Ok(Err("too many streams are open already"));
        }
        if display.kind() == Kind::Graphics {
            return Ok(Err("it is a proxied screen, which has no bytes"));
        }
        let place = Place::default();
        let from = match opening.start {
            Start::Now => From::Now,
            Start::At { run, offset } => From::At { run, offset },
            Start::Oldest => From::Oldest,
        };
        let lines = usize::try_from(opening.lines).unwrap_or(usize::MAX);
        let ask = Ask::Open(Open { from, dumps: opening.dumps, lines, place: place.clone() });
        let Ok(answer) = display.ask(ask) else { return Ok(Err("the console has no time now; try again")) };
        let fresh = Stream {
            outlet: Outlet::new(stream, opening.credit),
            display: display.clone(),
            dumps: opening.dumps,
            place,
            state: State::Opening,
            answer: Some(answer),
            retry: None,
            sending: Sending::Nothing,
        };
        self.open.insert(stream, fresh);
        Ok(Ok(()))
    }

    /// More may come. What is said of a stream that has ended meanwhile means nothing.
    pub(super) fn allow(&mut self, stream: u32, bytes: u32) {
        if let Some(open) = self.open.get_mut(&stream) {
            open.outlet.allow(bytes);
        }
    }

    /// Something for the guest.
    pub(super) fn input(&mut self, stream: u32, bytes: &[u8]) -> Result<(), RfbError> {
        let Some(open) = self.open.get_mut(&stream) else { return Ok(()) };
        open.outlet.receive(bytes)?;
        // What there is room for goes at once; the rest when somebody waits for it.
        open.poll_input(&mut Context::from_waker(Waker::noop()), &self.who);
        Ok(())
    }

    /// Something for the guest that it may not have.
    pub(super) fn refuse_input(&mut self, stream: u32, bytes: &[u8]) -> Result<(), RfbError> {
        let Some(open) = self.open.get_mut(&stream) else { return Ok(()) };
        let room = bytes.len();
        open.outlet.receive(bytes)?;
        open.outlet.drop_newest(room);
        Ok(())
    }

    /// The viewer writes no longer: what has not gone to a guest does not.
    pub(super) fn drop_input(&mut self) {
        self.open.values_mut().for_each(|open| open.outlet.drop_input());
    }

    /// The console of a stream.
    pub(super) fn display(&self, stream: u32) -> Option<&Display> {
        self.open.get(&stream).map(|open| &open.display)
    }

    /// Ends one. What its client is told.
    pub(super) fn close(&mut self, stream: u32) -> Option<StreamNotice> {
        self.open.remove(&stream)?.flush(&self.who);
        Some(StreamNotice::Closed { stream, ended: false, reason: "as you asked".into() })
    }

    /// The viewer leaves: what it typed last may be what counts.
    pub(super) fn leave(&mut self) {
        self.open.values_mut().for_each(|open| open.flush(&self.who));
    }

    /// The next thing to tell a viewer that has taken all before it. Each stream has its turn.
    pub(super) fn next(&mut self, now: Instant) -> Option<Told> {
        // Clients choose the numbers: the last one may be the largest there is.
        let after = self.open.range((Bound::Excluded(self.last), Bound::Unbounded));
        let after = after.chain(self.open.range(..=self.last));
        let turns: Vec<u32> = after.map(|(stream, _)| *stream).collect();
        turns.into_iter().find_map(|stream| {
            let open = self.open.get_mut(&stream)?;
            let notice = open.outlet.poll();
            // The next is fetched while this is sent.
            open.read(now);
            if let Some(notice) = notice {
                self.last = stream;
                return Some(Told::Notice(notice));
            }
            let State::Over(why, was_open) = open.state else { return None };
            let over = self.open.remove(&stream);
            if was_open && why == ENDED && self.ended.len() < STREAMS_MAX {
                self.ended.extend(over.map(|over| over.place));
            }
            Some(match was_open {
                true => Told::Notice(StreamNotice::Closed { stream, ended: true, reason: why.to_owned() }),
                false => Told::Refused(stream, why),
            })
        })
    }

    /// When one is looked at again although nothing happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.open.values().filter_map(|open| open.retry).min()
    }

    /// Waits until something has come for one of them, if the viewer `hears` of it, or a console has taken what was for it. May
    /// be dropped half-way without loss.
    pub(super) async fn wait(&mut self, hears: bool) {
        let Self { open, who, .. } = self;
        poll_fn(|context| {
            let mut ready = false;
            for open in open.values_mut() {
                ready |= hears && open.poll_answer(context);
                ready |= open.poll_input(context, who);
            }
            if ready { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

impl Stream {
    /// Asks for what comes next, if that can be sent.
    fn read(&mut self, now: Instant) {
        let busy = self.answer.is_some() || self.retry.is_some_and(|at| at > now);
        let most = self.outlet.wants().min(READ_MAX);
        if busy || most == 0 || self.state != State::Open {
            return;
        }
        let (next, size, unsure) = (self.outlet.next(), self.outlet.size(), self.outlet.is_unsure());
        self.place.set(next);
        match self.display.ask(Ask::Read(Read { next, size, most, dumps: self.dumps, unsure })) {
            Ok(answer) => (self.answer, self.retry) = (Some(answer), None),
            Err(_) if self.display.input().is_closed() => self.state = State::Over(ENDED, true),
            Err(_) => self.retry = Some(now + RETRY),
        }
    }

    /// Whether there is an answer.
    fn poll_answer(&mut self, context: &mut Context<'_>) -> bool {
        let Some(waiting) = &mut self.answer else { return false };
        let Poll::Ready(answer) = Pin::new(waiting).poll(context) else { return false };
        self.answer = None;
        let was_open = self.state == State::Open;
        match answer {
            Ok(Answer::Piece(piece)) => self.take(piece),
            Ok(Answer::Refused(why)) => self.state = State::Over(why, was_open),
            // It is asked again, unless there is nobody to be asked.
            _ if was_open && !self.display.input().is_closed() => {}
            _ => self.state = State::Over(ENDED, was_open),
        }
        true
    }

    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Begun(begun) => {
                let opened = Opened {
                    console: self.display.id(),
                    run: begun.run,
                    offset: begun.offset,
                    size: begun.size,
                    charset: charset(begun.charset),
                    keyboard: keyboard(begun.keyboard),
                    room: 0,
                };
                self.outlet.opened(opened, begun.dump);
                self.state = State::Open;
            }
            Piece::Bytes(bytes) => self.outlet.bytes(bytes),
            Piece::Size(size) => self.outlet.resized(size),
            Piece::Dump(dump) => self.outlet.redrawn(dump),
            Piece::Gap { length, size, dump } => self.outlet.gap(length, size, dump),
            Piece::Ended => self.state = State::Over(ENDED, true),
        }
    }

    /// Passes input on; whether any of it is done with.
    fn poll_input(&mut self, context: &mut Context<'_>, who: &Who) -> bool {
        let mut done = false;
        loop {
            self.sending = match &mut self.sending {
                Sending::Nothing => match self.outlet.next_input() {
                    None => return done,
                    Some(piece) => Sending::Waits(piece, Box::pin(self.display.input().clone().reserve_owned())),
                },
                Sending::Waits(piece, room) => match room.as_mut().poll(context) {
                    Poll::Pending => return done,
                    Poll::Ready(Ok(room)) => {
                        let (length, (taken, taking)) = (piece.len(), oneshot::channel());
                        room.send((who.clone(), Input::Bytes(std::mem::take(piece), taken)));
                        Sending::Sent(length, taking)
                    }
                    Poll::Ready(Err(_)) => {
                        let length = piece.len();
                        self.input_done(length, &mut done)
                    }
                },
                Sending::Sent(length, taking) => match Pin::new(taking).poll(context) {
                    Poll::Pending => return done,
                    Poll::Ready(_) => {
                        let length = *length;
                        self.input_done(length, &mut done)
                    }
                },
            };
        }
    }

    fn input_done(&mut self, length: usize, done: &mut bool) -> Sending {
        self.outlet.input_done(length);
        *done = true;
        Sending::Nothing
    }

    /// Passes on what there is room for now.
    fn flush(&mut self, who: &Who) {
        let waits = match std::mem::replace(&mut self.sending, Sending::Nothing) {
            Sending::Waits(piece, _) => Some(piece),
            Sending::Nothing | Sending::Sent(..) => None,
        };
        for piece in waits.into_iter().chain(std::iter::from_fn(|| self.outlet.next_input())) {
            let (taken, _) = oneshot::channel();
            if !self.display.send(who.clone(), Input::Bytes(piece, taken)) {
                return;
            }
        }
    }
}

fn charset(charset: stream::Charset) -> Charset {
    match charset {
        stream::Charset::Utf8 => Charset::Utf8,
        stream::Charset::Latin1 => Charset::Latin1,
        stream::Charset::Cp437 => Charset::Cp437,
    }
}

fn keyboard(keyboard: stream::Keyboard) -> Keyboard {
    match keyboard {
        stream::Keyboard::Xterm => Keyboard::Xterm,
        stream::Keyboard::Vt220 => Keyboard::Vt220,
        stream::Keyboard::Linux => Keyboard::Linux,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::{Presence, display};
    use crate::geometry::Size;
    use crate::surface::Surface;

    #[tokio::test]
    async fn the_largest_number_is_one_like_others() {
        let cell = Size::new(8, 16);
        let (display, _side) = display(1, Surface::new(cell, cell, 0).publish());
        let viewer = Presence::new(1);
        let mut streams = Streams::of(viewer.who());
        let opening = Opening { console: 1, start: Start::Now, dumps: false, lines: 0, credit: 1 };
        assert!(streams.open(u32::MAX, &opening, &display).expect("a free number").is_ok());
        streams.last = u32::MAX;
        assert!(streams.next(Instant::now()).is_none(), "the console has not answered");
        assert!(streams.close(u32::MAX).is_some());
    }
}
