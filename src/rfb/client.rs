//! The connection to a server, without a socket: our own viewer, and an upstream's screen.
//!
//! ```text
//! receive(bytes)                          what came
//! while poll_event(now, paint)? is Some   what it means; pixels are painted on the way, None: everything is handled
//! request_update(..), send_key(..), …     what we want
//! poll_transmit(slices), advance(count)   what to write, and how much was
//! poll_timeout()                          when to call poll_event again although nothing happened
//! ```
//! It has the shape of [`super::server::ServerConnection`]. The picture is the caller's: [`ClientEvent::Ready`] and
//! [`ClientEvent::Resized`] say how large it must be before the next call of `poll_event`, and what is painted lies in it. Those
//! who have no better place for it take a [`super::picture::Picture`]. What is kept of a hostile server besides is bounded by the
//! picture's size, and that by [`ClientSettings::size_max`].

mod session;
mod settings;
mod sound;
mod streams;

use super::decode::Drawing;
use super::error::RfbError;
use super::ext::audio::{Format, Heard};
use super::ext::clipboard::CutText;
use super::ext::console::{Notice, Request};
use super::ext::qemu_motion::event_of;
use super::ext::stream::Opening;
use super::handshake::client::{Handshake, Step, Visitor};
use super::ids::Encoding;
use super::input::Input;
use super::message::client::client_cut_text;
use super::message::server::ServerInit;
use super::out::OutQueue;
use super::pixel_format::PixelFormat;
use super::server::HANDSHAKE_TIMEOUT;
use super::wire::Reader;
use crate::geometry::{GridSize, Point, Rect, Size};
use crate::input::{KeyEvent, Locks, PointerEvent, PointerMotion};
use crate::surface::PointerShape;
use session::{Outcome, Session};
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Instant;

pub use session::COVERAGE_MAX;
pub use settings::{ClientSettings, Login, Path};
pub use streams::StreamEvent;

/// What may be done with what a server says before others have their turn. By default there is no end to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// So many pixels may be drawn. What is begun with the last of them may be a rectangle of the whole picture.
    pub pixels: u64,
    /// No more is read while so many bytes wait to be written: a server that takes no answers is asked nothing either.
    pub queued: usize,
}

impl Default for Turn {
    fn default() -> Self {
        Self { pixels: u64::MAX, queued: usize::MAX }
    }
}

/// What a server did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent {
    /// Once all that is queued has been written, TLS begins on the stream, and [`ClientConnection::tls_started`] is told. What
    /// comes from then on came through it.
    StartTls,
    /// The handshake is over; format and encodings are queued. The picture has the size that this says.
    Ready(ServerInit),
    /// An update is complete.
    Updated {
        /// Something was drawn; else it told of other things alone.
        pixels: bool,
    },
    /// The picture has another size. What both sizes have may stay; the server will send what it takes to be new.
    Resized(Size),
    /// The server answered SetDesktopSize with this status; 0 is granted (rfbproto, "ExtendedDesktopSize").
    SetDesktopSizeAnswered {
        /// As the server says.
        status: u32,
    },
    /// The desktop's name.
    Name(String),
    /// The pointer's shape; `None` is hidden.
    Pointer(Option<PointerShape>),
    /// The pointer is there now, by itself; it may lie outside of the picture.
    PointerMoved(Point),
    /// Whether the guest takes motions of the pointer alone, by [`ClientConnection::send_motion`], or places, as at first.
    PointerMode {
        /// It takes motions.
        relative: bool,
    },
    /// The state of the locks of the guest's keyboard.
    Locks(Locks),
    /// A pseudo-encoding was acknowledged.
    Acknowledged(Encoding),
    /// A bell.
    Bell,
    /// Something was cut, and is sent if [`ClientConnection::request_cut_text`] asks for it.
    CutAnnounced,
    /// Something was cut.
    CutText(CutText),
    /// Continuous updates are supported, or have ended.
    EndOfContinuousUpdates,
    /// The server tells something by the console extension that has to do with none of our streams. It may tell such
    /// things once it has acknowledged [`Encoding::CONSOLE`], which is only sent to who has listed that.
    Console(Notice),
    /// Something became of the guest's sound, which [`ClientConnection::listen`] has asked for.
    Sound(Heard),
    /// Something became of one of our streams.
    Stream {
        /// The number of [`ClientConnection::open_stream`].
        stream: u32,
        /// That.
        event: StreamEvent,
    },
}

#[derive(Debug)]
enum Phase {
    Handshake(Box<Entering>),
    Running(Box<Session>),
    Ended,
}

/// What is needed until the handshake is over.
#[derive(Debug)]
struct Entering {
    state: Handshake,
    deadline: Instant,
    visitor: Visitor,
    settings: ClientSettings,
}

/// The connection to one server.
#[derive(Debug)]
pub struct ClientConnection {
    input: Input,
    out: OutQueue,
    phase: Phase,
    turn: Turn,
    /// The turn was over before all that has come was handled.
    behind: bool,
}

impl ClientConnection {
    /// A connection was made; the server speaks first.
    pub fn new(settings: ClientSettings, now: Instant) -> Self {
        let visitor = Visitor { shared: settings.shared, login: settings.login.clone() };
        let entering = Entering { state: Handshake::Version, deadline: now + HANDSHAKE_TIMEOUT, visitor, settings };
        let phase = Phase::Handshake(Box::new(entering));
        Self { input: Input::default(), out: OutQueue::new(), phase, turn: Turn::default(), behind: false }
    }

    /// Takes bytes from the server. [`Self::poll_event`] must be called until `None` before more is taken.
    pub fn receive(&mut self, bytes: &[u8]) {
        if !matches!(self.phase, Phase::Ended) {
            self.input.receive(bytes);
        }
    }

    /// From now on [`Self::poll_event`] does so much, and then answers `None` although there may be more: see
    /// [`Self::is_behind`].
    pub fn begin_turn(&mut self, turn: Turn) {
        self.turn = turn;
        self.say(|session, _| session.decoders.begin_turn(turn.pixels));
    }

    /// What was made of an event took as long as drawing so many pixels.
    pub fn charge(&mut self, pixels: u64) {
        self.say(|session, _| session.decoders.charge(pixels));
    }

    /// Whether the last `None` of [`Self::poll_event`] meant that the turn was over, and not that everything is handled. Then
    /// another turn is to begin, and before that something to be written where too much waits.
    pub const fn is_behind(&self) -> bool {
        self.behind
    }

    /// Whether part of an update has been drawn, and the rest not: there may be seams in the picture.
    pub const fn is_within_update(&self) -> bool {
        matches!(&self.phase, Phase::Running(session) if session.is_within_update())
    }

    fn is_turn_over(&self) -> bool {
        let full = self.out.len() >= self.turn.queued;
        matches!(&self.phase, Phase::Running(session) if full || session.decoders.is_turn_over())
    }

    /// The next thing the server did; what it drew before that goes to `paint`, in its order. After an error nothing more is
    /// read.
    pub fn poll_event(
        &mut self,
        now: Instant,
        paint: &mut dyn FnMut(Drawing<'_>),
    ) -> Result<Option<ClientEvent>, RfbError> {
        let result = self.poll(now, paint);
        if result.is_err() {
            self.phase = Phase::Ended;
            self.input = Input::default();
        }
        result
    }

    fn poll(&mut self, now: Instant, paint: &mut dyn FnMut(Drawing<'_>)) -> Result<Option<ClientEvent>, RfbError> {
        loop {
            self.behind = self.is_turn_over();
            if self.behind {
                return Ok(None);
            }
            let mut r = Reader::new(self.input.unread());
            let outcome = match &mut self.phase {
                Phase::Ended => return Ok(None),
                Phase::Handshake(entering) if now >= entering.deadline => return Err(RfbError::HandshakeTimeout),
                Phase::Handshake(entering) => match entering.visitor.step(entering.state, &mut r, &mut self.out)? {
                    Step::Wait => Outcome::Wait,
                    Step::Next(next) => {
                        entering.state = next;
                        Outcome::Handled
                    }
                    Step::StartTls(next) => {
                        entering.state = next;
                        Outcome::Event(ClientEvent::StartTls)
                    }
                    Step::Done(init) => {
                        let session = Session::begin(&init, &entering.settings, &mut self.out)?;
                        self.phase = Phase::Running(Box::new(session));
                        Outcome::Event(ClientEvent::Ready(init))
                    }
                },
                Phase::Running(session) => session.step(&mut r, now, &mut self.out, paint)?,
            };
            let taken = r.position();
            self.input.take(taken);
            match outcome {
                Outcome::Wait => {
                    self.behind = self.is_turn_over();
                    self.write_due(now);
                    return Ok(None);
                }
                Outcome::Handled => (),
                Outcome::Event(event) => return Ok(Some(event)),
            }
        }
    }

    /// Queues what was to be told and is due. [`Self::poll_event`] does so, too.
    pub fn write_due(&mut self, now: Instant) {
        self.say(|session, out| session.write_due(now, out));
    }

    /// TLS has begun, as [`ClientEvent::StartTls`] asked for.
    pub fn tls_started(&mut self) {
        if let Phase::Handshake(entering) = &mut self.phase {
            entering.state = entering.visitor.encrypted(entering.state, &mut self.out);
        }
    }

    /// The size of the server's picture; `None` before [`ClientEvent::Ready`].
    pub fn size(&self) -> Option<Size> {
        match &self.phase {
            Phase::Running(session) => Some(session.size()),
            Phase::Handshake(_) | Phase::Ended => None,
        }
    }

    /// Whether the server lets clients ask for another size, as far as it has told.
    pub fn is_resizable(&self) -> bool {
        matches!(&self.phase, Phase::Running(session) if session.is_resizable())
    }

    /// Asks for an update of `area`, or with `None` of the whole picture.
    pub fn request_update(&mut self, incremental: bool, area: Option<Rect>) {
        self.say(|session, out| session.request_update(incremental, area, out));
    }

    /// Asks for updates of the picture as it is now without requests, or no longer. Only once the server has told that it can;
    /// to be asked again when the size changes.
    pub fn enable_continuous_updates(&mut self, enable: bool) {
        self.say(|session, out| session.enable_continuous_updates(enable, out));
    }

    /// Asks for pixels in another (checked) format, as soon as it is known where it takes effect, and then for all of them:
    /// what the picture holds had the old format's colours.
    ///
    /// Without fences that is when the update that was asked for has come; so a caller that may change formats has at most
    /// one request on its way, and no continuous updates.
    pub fn set_pixel_format(&mut self, format: PixelFormat) {
        self.say(|session, out| session.set_pixel_format(format, out));
    }

    /// Lists other encodings.
    pub fn set_encodings(&mut self, encodings: &[Encoding]) {
        self.say(|session, out| session.set_encodings(encodings, out));
    }

    /// Asks for a picture of another size, with one screen.
    pub fn set_desktop_size(&mut self, size: Size) {
        self.say(|session, out| session.set_desktop_size(size, out));
    }

    /// Sends a key, with its keycode once the server has acknowledged that it takes those.
    pub fn send_key(&mut self, key: KeyEvent) {
        self.say(|session, out| session.send_key(key, out));
    }

    /// Sends where the pointer is.
    pub fn send_pointer(&mut self, pointer: PointerEvent) {
        self.say(|session, out| session.send_pointer(pointer, out));
    }

    /// Sends how the pointer was moved, to a server that has asked for that.
    pub fn send_motion(&mut self, motion: PointerMotion) {
        self.say(|session, out| session.send_pointer(event_of(motion), out));
    }

    /// Something was cut here. A server with an extended clipboard is told so, and sent it when it asks; another one is sent it,
    /// in Latin-1. At most ten a second: of those before the latest nothing is told. [`Self::write_due`] does so.
    pub fn announce_cut_text(&mut self, text: Arc<str>) {
        self.say(|session, _| session.announce_cut_text(text));
    }

    /// Asks for what [`ClientEvent::CutAnnounced`] told of; four times a second at most. [`Self::write_due`] does so.
    pub fn request_cut_text(&mut self) {
        self.say(|session, _| session.request_cut_text());
    }

    /// Sends ClientCutText with these bytes, as they are and at once.
    pub fn send_cut_text(&mut self, text: &[u8]) {
        self.say(|_, out| out.write(|w| client_cut_text(text, w)));
    }

    /// Asks for the guest's sound in this format, or with `None` for no more of it; as soon as the server has acknowledged
    /// [`Encoding::QEMU_AUDIO`], which is only sent to who has listed that.
    pub fn listen(&mut self, format: Option<Format>) {
        self.say(|session, out| session.sound.listen(format, out));
    }

    /// Asks by the console extension, once the server has acknowledged [`Encoding::CONSOLE`]. Streams have calls of their own.
    pub fn ask_console(&mut self, request: &Request) {
        self.say(|session, out| session.ask_console(request, out));
    }

    /// Opens a stream, likewise; its number. `None`: the server has not acknowledged that it has any, or there are
    /// [`super::ext::stream::STREAMS_MAX`] of them already.
    pub fn open_stream(&mut self, opening: Opening) -> Option<u32> {
        let mut stream = None;
        self.say(|session, out| stream = session.open_stream(opening, out));
        stream
    }

    /// So many bytes of a stream's [`StreamEvent::Data`] and [`StreamEvent::Dump`] are done with: others may come instead.
    /// Who takes none is sent no more than [`Opening::credit`].
    pub fn take_from_stream(&mut self, stream: u32, bytes: usize) {
        self.say(|session, out| session.streams.take(stream, bytes, out));
    }

    /// Bytes that [`Self::write_to_stream`] would take now; after 0, [`StreamEvent::Room`] tells of more.
    pub fn room_on_stream(&self, stream: u32) -> usize {
        match &self.phase {
            Phase::Running(session) => session.streams.room(stream),
            Phase::Handshake(_) | Phase::Ended => 0,
        }
    }

    /// Sends bytes to the guest as they are, as far as there is room; how many.
    pub fn write_to_stream(&mut self, stream: u32, bytes: &[u8]) -> usize {
        let mut taken = 0;
        self.say(|session, out| taken = session.streams.input(stream, bytes, out));
        taken
    }

    /// Asks for another size of a stream's console. If it gets that, [`StreamEvent::Size`] says so.
    pub fn resize_stream(&mut self, stream: u32, size: GridSize) {
        self.say(|session, out| session.streams.resize(stream, size, out));
    }

    /// Ends a stream. [`StreamEvent::Closed`] follows, and nothing of it before that.
    pub fn close_stream(&mut self, stream: u32) {
        self.say(|session, out| session.streams.close(stream, out));
    }

    fn say(&mut self, what: impl FnOnce(&mut Session, &mut OutQueue)) {
        if let Phase::Running(session) = &mut self.phase {
            what(session, &mut self.out);
        }
    }

    /// Fills `slices` with what is to be written; how many were filled. 0: nothing waits.
    pub fn poll_transmit<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.out.slices(slices)
    }

    /// Bytes that wait to be written.
    pub const fn queued(&self) -> usize {
        self.out.len()
    }

    /// So many bytes of what [`Self::poll_transmit`] showed have been written.
    pub fn advance(&mut self, count: usize) {
        self.out.advance(count);
    }

    /// When to call [`Self::poll_event`] although nothing has come.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Handshake(entering) => Some(entering.deadline),
            Phase::Running(session) => session.poll_timeout(),
            Phase::Ended => None,
        }
    }
}

#[cfg(test)]
mod tests;
