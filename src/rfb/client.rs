//! The connection to a server, without a socket: our own viewer, and later an upstream's screen.
//!
//! It has the shape of [`super::server::ServerConnection`]: bytes in, events and bytes out, time as an argument. What it
//! keeps of a hostile server is bounded by the picture's size, which [`ClientSettings::size_max`] bounds.

use super::decode::{DECODERS, Decoders, Drawing, Progress};
use super::error::RfbError;
use super::ext::clipboard::{CutText, CutTextReceiver, Received};
use super::ext::desktop_size::{Reason, ScreenLayout};
use super::handshake::client::{Handshake, Step};
use super::ids::Encoding;
use super::input::Input;
use super::message::Fence;
use super::message::client::{ClientMessage, client_cut_text, set_encodings};
use super::message::server::{NAME_MAX, RectHead, ServerInit, ServerMessage, bounded};
use super::out::OutQueue;
use super::picture::Picture;
use super::pixel_format::PixelFormat;
use super::server::HANDSHAKE_TIMEOUT;
use super::wire::{Reader, Writer, printable};
use crate::geometry::{Rect, Size};
use crate::input::{KeyEvent, PointerEvent};
use crate::surface::PointerShape;
use std::io::IoSlice;
use std::time::Instant;

/// The pixels of one update cover the picture at most so many times.
pub const COVERAGE_MAX: u64 = 16;

/// What a client asks for.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Other clients may stay.
    pub shared: bool,
    /// The format of pixels; `None` takes the server's, as some clients do.
    pub pixel_format: Option<PixelFormat>,
    /// What is listed by SetEncodings. A rectangle in any other ends the connection.
    pub encodings: Vec<Encoding>,
    /// The largest picture that is accepted.
    pub size_max: Size,
}

/// What a server did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent {
    /// The handshake is over; format and encodings are queued.
    Ready(ServerInit),
    /// An update is complete.
    Updated {
        /// Something was drawn; else it told of other things alone.
        pixels: bool,
    },
    /// The picture has another size.
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
    /// A pseudo-encoding was acknowledged.
    Acknowledged(Encoding),
    /// A bell.
    Bell,
    /// Something was cut.
    CutText(CutText),
    /// Continuous updates are supported, or have ended.
    EndOfContinuousUpdates,
}

/// What the next bytes belong to.
#[derive(Debug)]
enum Receiving {
    Message,
    /// Between two rectangles.
    Update(Update),
    /// Within the data of one.
    Rect(Update),
    CutText(CutTextReceiver),
}

/// What the bytes that have come led to.
enum Outcome {
    Wait,
    Handled,
    Event(ClientEvent),
}

impl From<Option<ClientEvent>> for Outcome {
    fn from(event: Option<ClientEvent>) -> Self {
        event.map_or(Self::Handled, Self::Event)
    }
}

/// An update while it comes.
#[derive(Clone, Copy, Debug)]
struct Update {
    rects: u16,
    pixels: bool,
    /// How many pixels may still be drawn.
    budget: u64,
}

#[derive(Debug)]
enum Phase {
    Handshake { state: Handshake, deadline: Instant, settings: ClientSettings },
    Running(Box<Session>),
    Ended,
}

#[derive(Debug)]
struct Session {
    receiving: Receiving,
    listed: Vec<Encoding>,
    size_max: Size,
    decoders: Decoders,
    picture: Picture,
    fences: bool,
    /// An update is on its way, or may be.
    expecting: bool,
    continuous: bool,
    format: FormatChange,
}

/// How far a change of the pixel format has come.
#[derive(Debug, Default)]
struct FormatChange {
    /// To be sent when it is known where it will take effect.
    waiting: Option<PixelFormat>,
    /// Sent with a fence; the answer marks where it takes effect. One at a time.
    fenced: Option<PixelFormat>,
}

/// The payload of the fence that goes with a change of format.
const FORMAT_FENCE: &[u8] = b"format";

/// The connection to one server.
#[derive(Debug)]
pub struct ClientConnection {
    input: Input,
    out: OutQueue,
    phase: Phase,
}

impl ClientSettings {
    /// Everything that can be decoded, and the extensions that are understood.
    pub fn all_encodings() -> Vec<Encoding> {
        let pseudo = [
            Encoding::DESKTOP_SIZE,
            Encoding::EXTENDED_DESKTOP_SIZE,
            Encoding::DESKTOP_NAME,
            Encoding::LAST_RECT,
            Encoding::FENCE,
            Encoding::CONTINUOUS_UPDATES,
            Encoding::QEMU_EXTENDED_KEY,
            Encoding::EXTENDED_MOUSE_BUTTONS,
        ];
        DECODERS.iter().map(|decoder| decoder.encoding).chain(pseudo).collect()
    }
}

impl ClientConnection {
    /// A connection was made; the server speaks first.
    pub fn new(settings: ClientSettings, now: Instant) -> Self {
        let state = Handshake::new(settings.shared);
        let phase = Phase::Handshake { state, deadline: now + HANDSHAKE_TIMEOUT, settings };
        Self { input: Input::default(), out: OutQueue::new(), phase }
    }

    /// Takes bytes from the server. [`Self::poll_event`] must be called until `None` before more is taken.
    pub fn receive(&mut self, bytes: &[u8]) {
        if !matches!(self.phase, Phase::Ended) {
            self.input.receive(bytes);
        }
    }

    /// The next thing the server did. After an error nothing more is read.
    pub fn poll_event(&mut self, now: Instant) -> Result<Option<ClientEvent>, RfbError> {
        let result = self.poll(now);
        if result.is_err() {
            self.phase = Phase::Ended;
            self.input = Input::default();
        }
        result
    }

    fn poll(&mut self, now: Instant) -> Result<Option<ClientEvent>, RfbError> {
        loop {
            let mut r = Reader::new(self.input.unread());
            let outcome = match &mut self.phase {
                Phase::Ended => return Ok(None),
                Phase::Handshake { deadline, .. } if now >= *deadline => return Err(RfbError::HandshakeTimeout),
                Phase::Handshake { state, settings, .. } => match state.step(&mut r, &mut self.out)? {
                    Step::Wait => Outcome::Wait,
                    Step::Next(next) => {
                        *state = next;
                        Outcome::Handled
                    }
                    Step::Done(init) => {
                        let session = Session::begin(&init, settings, &mut self.out)?;
                        self.phase = Phase::Running(Box::new(session));
                        Outcome::Event(ClientEvent::Ready(init))
                    }
                },
                Phase::Running(session) => session.step(&mut r, &mut self.out)?,
            };
            let taken = r.position();
            self.input.take(taken);
            match outcome {
                Outcome::Wait => return Ok(None),
                Outcome::Handled => (),
                Outcome::Event(event) => return Ok(Some(event)),
            }
        }
    }

    /// What has been decoded; `None` before [`ClientEvent::Ready`].
    pub fn picture(&self) -> Option<&Picture> {
        match &self.phase {
            Phase::Running(session) => Some(&session.picture),
            Phase::Handshake { .. } | Phase::Ended => None,
        }
    }

    /// Asks for an update of `area`, or with `None` of the whole picture.
    pub fn request_update(&mut self, incremental: bool, area: Option<Rect>) {
        if let Phase::Running(session) = &mut self.phase {
            session.expecting = true;
            let area = area.unwrap_or(session.picture.size().rect());
            send(&ClientMessage::FramebufferUpdateRequest { incremental, area }, &mut self.out);
        }
    }

    /// Asks for updates without requests, or no longer. Only once the server has told that it can.
    pub fn enable_continuous_updates(&mut self, enable: bool) {
        if let Phase::Running(session) = &mut self.phase {
            session.continuous |= enable;
            let area = session.picture.size().rect();
            send(&ClientMessage::EnableContinuousUpdates { enable, area }, &mut self.out);
        }
    }

    /// Asks for pixels in another (checked) format, as soon as it is known where it takes effect, and then for all of them:
    /// what the picture holds had the old format's colours.
    ///
    /// Without fences that is when the update that was asked for has come; so a caller that may change formats has at most
    /// one request on its way, and no continuous updates.
    pub fn set_pixel_format(&mut self, format: PixelFormat) {
        if let Phase::Running(session) = &mut self.phase {
            session.format.waiting = Some(format);
            session.change_format(&mut self.out);
        }
    }

    /// Lists other encodings.
    pub fn set_encodings(&mut self, encodings: &[Encoding]) {
        if let Phase::Running(session) = &mut self.phase {
            // What was listed before may be on its way.
            session.listed.extend_from_slice(encodings);
            session.listed.sort_unstable();
            session.listed.dedup();
            self.out.write(|w| set_encodings(encodings, w));
        }
    }

    /// Asks for a picture of another size.
    pub fn set_desktop_size(&mut self, layout: ScreenLayout) {
        self.send(&ClientMessage::SetDesktopSize(layout));
    }

    /// Sends a key.
    pub fn send_key(&mut self, key: KeyEvent) {
        self.send(&ClientMessage::KeyEvent(key));
    }

    /// Sends the pointer.
    pub fn send_pointer(&mut self, pointer: PointerEvent) {
        self.send(&ClientMessage::PointerEvent(pointer));
    }

    /// Sends what was cut, as it is.
    pub fn send_cut_text(&mut self, text: &[u8]) {
        if matches!(self.phase, Phase::Running(_)) {
            self.out.write(|w| client_cut_text(text, w));
        }
    }

    fn send(&mut self, message: &ClientMessage) {
        if matches!(self.phase, Phase::Running(_)) {
            send(message, &mut self.out);
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
    pub const fn poll_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Handshake { deadline, .. } => Some(*deadline),
            Phase::Running(_) | Phase::Ended => None,
        }
    }
}

fn send(message: &ClientMessage, out: &mut OutQueue) {
    out.write(|w| message.encode(w));
}

impl Session {
    /// ServerInit has come: judges it, and says what we want.
    fn begin(init: &ServerInit, settings: &ClientSettings, out: &mut OutQueue) -> Result<Self, RfbError> {
        check_size(init.size, settings.size_max)?;
        let format = settings.pixel_format.unwrap_or(init.pixel_format);
        format.check()?;
        if settings.pixel_format.is_some() {
            send(&ClientMessage::SetPixelFormat(format), out);
        }
        out.write(|w: &mut Writer<'_>| set_encodings(&settings.encodings, w));
        Ok(Self {
            receiving: Receiving::Message,
            listed: settings.encodings.clone(),
            size_max: settings.size_max,
            decoders: Decoders::new(format),
            picture: Picture::new(init.size),
            fences: false,
            expecting: false,
            continuous: false,
            format: FormatChange::default(),
        })
    }

    /// Goes on with what has come.
    fn step(&mut self, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Outcome, RfbError> {
        match &mut self.receiving {
            Receiving::Message => match ServerMessage::decode(r)? {
                None => Ok(Outcome::Wait),
                Some(message) => Ok(self.message(message, out)?.into()),
            },
            Receiving::Update(update) => {
                let update = *update;
                if update.rects == 0 { Ok(self.end_update(update, out)) } else { self.rect(update, r) }
            }
            Receiving::Rect(update) => {
                let update = *update;
                self.data(update, r)
            }
            Receiving::CutText(text) => {
                let taken = text.receive(r.remaining());
                let _ = r.skip(taken);
                if !text.is_complete() {
                    return Ok(Outcome::Wait);
                }
                let done = std::mem::replace(&mut self.receiving, Receiving::Message);
                let Receiving::CutText(text) = done else { return Ok(Outcome::Handled) };
                Ok(match text.finish() {
                    Received::Text(text) => Some(ClientEvent::CutText(text)),
                    Received::Extended(..) => None,
                }
                .into())
            }
        }
    }

    fn message(&mut self, message: ServerMessage, out: &mut OutQueue) -> Result<Option<ClientEvent>, RfbError> {
        match message {
            ServerMessage::FramebufferUpdate { rects } => {
                let budget = self.picture.size().area().saturating_mul(COVERAGE_MAX);
                self.receiving = Receiving::Update(Update { rects, pixels: false, budget });
                Ok(None)
            }
            ServerMessage::SetColourMapEntries { first, colours } => {
                self.decoders.set_colours(first, &colours);
                Ok(None)
            }
            ServerMessage::Bell => Ok(Some(ClientEvent::Bell)),
            ServerMessage::ServerCutText { length } => {
                let extended = self.listed.contains(&Encoding::EXTENDED_CLIPBOARD);
                self.receiving = Receiving::CutText(CutTextReceiver::new(length, extended)?);
                Ok(None)
            }
            ServerMessage::EndOfContinuousUpdates => {
                self.continuous = false;
                self.change_format(out);
                Ok(Some(ClientEvent::EndOfContinuousUpdates))
            }
            ServerMessage::ServerFence(fence) => {
                self.fence(fence, out);
                Ok(None)
            }
            // It has no buttons to press.
            ServerMessage::Xvp { .. } => Ok(None),
        }
    }

    fn fence(&mut self, fence: Fence, out: &mut OutQueue) {
        self.fences = true;
        if fence.has(Fence::REQUEST) {
            send(&ClientMessage::ClientFence(fence.answer()), out);
        } else if let Some(format) = self.format.fenced.take_if(|_| fence.payload == FORMAT_FENCE) {
            self.decoders.set_pixel_format(format);
            self.change_format(out);
        }
    }

    /// Sends a change of format that waits, if it is known where it takes effect: at the answer to a fence, or at once when
    /// no update can be on its way.
    fn change_format(&mut self, out: &mut OutQueue) {
        let unclear = !self.fences && (self.expecting || self.continuous);
        if unclear || self.format.fenced.is_some() {
            return;
        }
        let Some(format) = self.format.waiting.take() else { return };
        if self.fences {
            let flags = Fence::REQUEST | Fence::BLOCK_BEFORE | Fence::SYNC_NEXT;
            send(&ClientMessage::ClientFence(Fence { flags, payload: FORMAT_FENCE.to_vec() }), out);
            self.format.fenced = Some(format);
        } else {
            self.decoders.set_pixel_format(format);
        }
        send(&ClientMessage::SetPixelFormat(format), out);
        self.expecting = true;
        let area = self.picture.size().rect();
        send(&ClientMessage::FramebufferUpdateRequest { incremental: false, area }, out);
    }

    fn end_update(&mut self, update: Update, out: &mut OutQueue) -> Outcome {
        self.receiving = Receiving::Message;
        if update.pixels {
            self.expecting = false;
            self.change_format(out);
        }
        Outcome::Event(ClientEvent::Updated { pixels: update.pixels })
    }

    /// A rectangle begins.
    fn rect(&mut self, mut update: Update, r: &mut Reader<'_>) -> Result<Outcome, RfbError> {
        let mut probe = r.clone();
        let Some(head) = RectHead::decode(&mut probe) else { return Ok(Outcome::Wait) };
        if !self.listed.contains(&head.encoding) && head.encoding != Encoding::RAW {
            return Err(RfbError::Unsupported { what: "encoding", number: head.encoding.0.into() });
        }
        update.rects -= 1;
        let mut event = None;
        match head.encoding {
            Encoding::LAST_RECT => update.rects = 0,
            Encoding::DESKTOP_SIZE => event = self.resize(head.area.size())?,
            Encoding::EXTENDED_DESKTOP_SIZE => {
                let Some(layout) = ScreenLayout::decode_rect(&mut probe, head.area.size()) else {
                    return Ok(Outcome::Wait);
                };
                event = self.extended_desktop_size(head.area, layout.size)?;
            }
            Encoding::DESKTOP_NAME => {
                let Some(length) = probe.u32() else { return Ok(Outcome::Wait) };
                let length = bounded(length, NAME_MAX, "a desktop name of more than 1 KiB")?;
                let Some(name) = probe.bytes(length) else { return Ok(Outcome::Wait) };
                event = Some(ClientEvent::Name(printable(name, NAME_MAX)));
            }
            Encoding::QEMU_EXTENDED_KEY | Encoding::EXTENDED_MOUSE_BUTTONS => {
                event = Some(ClientEvent::Acknowledged(head.encoding));
            }
            encoding => {
                if encoding != Encoding::CURSOR {
                    update.pixels = true;
                    update.budget = update
                        .budget
                        .checked_sub(head.area.area())
                        .ok_or(RfbError::Misbehaved("an update that covers the picture too often"))?;
                }
                self.decoders.begin(head.area, encoding, self.picture.size())?;
                self.receiving = Receiving::Rect(update);
                *r = probe;
                return Ok(Outcome::Handled);
            }
        }
        *r = probe;
        self.receiving = Receiving::Update(update);
        Ok(event.into())
    }

    fn extended_desktop_size(&mut self, head: Rect, size: Size) -> Result<Option<ClientEvent>, RfbError> {
        let answer = head.x == Reason::ThisClient as u32;
        if answer && head.y != 0 {
            return Ok(Some(ClientEvent::SetDesktopSizeAnswered { status: head.y }));
        }
        let resized = self.resize(size)?;
        Ok(if answer { resized.or(Some(ClientEvent::SetDesktopSizeAnswered { status: 0 })) } else { resized })
    }

    fn resize(&mut self, size: Size) -> Result<Option<ClientEvent>, RfbError> {
        check_size(size, self.size_max)?;
        if size == self.picture.size() {
            return Ok(None);
        }
        self.picture.resize(size);
        Ok(Some(ClientEvent::Resized(size)))
    }

    /// Data of a rectangle.
    fn data(&mut self, update: Update, r: &mut Reader<'_>) -> Result<Outcome, RfbError> {
        let mut event = None;
        let picture = &mut self.picture;
        let progress = self.decoders.decode(r.remaining(), &mut |drawing| match drawing {
            Drawing::Cursor(shape) => event = Some(ClientEvent::Pointer(shape)),
            drawing => picture.draw(&drawing),
        })?;
        let (Progress::Incomplete(taken) | Progress::Done(taken)) = progress;
        let _ = r.skip(taken);
        if matches!(progress, Progress::Incomplete(_)) {
            return Ok(Outcome::Wait);
        }
        self.receiving = Receiving::Update(update);
        Ok(event.into())
    }
}

fn check_size(size: Size, max: Size) -> Result<(), RfbError> {
    let fits = (1..=max.width).contains(&size.width) && (1..=max.height).contains(&size.height);
    if fits { Ok(()) } else { Err(RfbError::Misbehaved("a picture that is empty or too large")) }
}

#[cfg(test)]
mod tests;
