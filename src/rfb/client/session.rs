//! A connection once the handshake is over: messages, updates and what is drawn by them.

use super::sound::Sound;
use super::streams::Streams;
use super::{ClientEvent, ClientSettings};
use crate::geometry::{Point, Rect, Size};
use crate::input::{KeyEvent, PointerEvent};
use crate::rfb::decode::cursor::{self, CURSORS};
use crate::rfb::decode::{Decoders, Drawing, Progress};
use crate::rfb::error::RfbError;
use crate::rfb::exchange::{Exchange, Heard};
use crate::rfb::ext::audio::{self, Heard as Sounds};
use crate::rfb::ext::clipboard::{CutTextReceiver, Received, Side, cut_text};
use crate::rfb::ext::console::{Notice, Request};
use crate::rfb::ext::desktop_size::{Reason, Screen, ScreenLayout};
use crate::rfb::ext::led::{self, LEDS};
use crate::rfb::ext::stream::Opening;
use crate::rfb::ext::{extended_clipboard, qemu_motion};
use crate::rfb::ids::{Encoding, QemuSubtype, ServerMessageType};
use crate::rfb::message::Fence;
use crate::rfb::message::client::{ClientMessage, encode_pointer, set_encodings};
use crate::rfb::message::server::{NAME_MAX, RectHead, ServerInit, ServerMessage, bounded};
use crate::rfb::news::NEWS_PER_SECOND;
use crate::rfb::out::OutQueue;
use crate::rfb::paced::Paced;
use crate::rfb::pixel_format::PixelFormat;
use crate::rfb::wire::{Reader, Writer, printable};
use std::sync::Arc;
use std::time::Instant;

/// The pixels of one update cover the picture at most so many times.
pub const COVERAGE_MAX: u64 = 16;

/// The payload of the fence that goes with a change of format.
const FORMAT_FENCE: &[u8] = b"format";

/// What the next bytes belong to.
#[derive(Debug)]
enum Receiving {
    Message,
    /// Between two rectangles.
    Update(Update),
    /// Within the data of one.
    Rect(Update),
    CutText(CutTextReceiver),
    /// Within so many bytes of frames of sound.
    Sound(u32),
}

/// What the bytes that have come led to.
pub(super) enum Outcome {
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
}

/// A pseudo-rectangle: it tells something and draws nothing.
enum Told {
    /// It is none.
    Pixels,
    Nothing,
    /// No further rectangle comes in this update.
    Last,
    Event(ClientEvent),
}

#[derive(Debug)]
pub(super) struct Session {
    receiving: Receiving,
    listed: Vec<Encoding>,
    size: Size,
    size_max: Size,
    /// They know how much was drawn, too.
    pub(super) decoders: Decoders,
    /// The server's only screen, once it has told of any: what is asked for has the same number.
    screen: Option<Screen>,
    extended_keys: bool,
    extended_buttons: bool,
    fences: bool,
    /// An update is on its way, or may be.
    expecting: bool,
    /// Updates may come without requests.
    continuous: bool,
    format: FormatChange,
    /// The extended clipboard, once the server has said that it has one.
    clipboard: Option<Exchange>,
    /// What was cut here last. It stays for a server that asks for it.
    cut_text: Option<Arc<str>>,
    cut: Paced,
    /// The server has said what its clipboard can, and is to be told the same.
    caps: Paced,
    /// The server has acknowledged that it has the console extension.
    console: bool,
    pub(super) streams: Streams,
    pub(super) sound: Sound,
}

/// How far a change of the pixel format has come.
#[derive(Debug, Default)]
struct FormatChange {
    /// To be sent when it is known where it will take effect.
    waiting: Option<PixelFormat>,
    /// Sent with a fence; the answer marks where it takes effect. One at a time.
    fenced: Option<PixelFormat>,
}

fn send(message: &ClientMessage, out: &mut OutQueue) {
    out.write(|w| message.encode(w));
}

/// What the client says.
impl Session {
    /// ServerInit has come: judges it, and says what we want.
    pub(super) fn begin(init: &ServerInit, settings: &ClientSettings, out: &mut OutQueue) -> Result<Self, RfbError> {
        check_size(init.size, settings.size_max)?;
        let theirs = Some(init.pixel_format).filter(|format| format.true_colour && format.check().is_ok());
        let format = settings.pixel_format.or(theirs).unwrap_or(PixelFormat::SERVER_DEFAULT);
        format.check()?;
        if settings.pixel_format.is_some() || theirs.is_none() {
            send(&ClientMessage::SetPixelFormat(format), out);
        }
        out.write(|w: &mut Writer<'_>| set_encodings(&settings.encodings, w));
        Ok(Self {
            receiving: Receiving::Message,
            listed: settings.encodings.clone(),
            size: init.size,
            size_max: settings.size_max,
            decoders: Decoders::new(format),
            screen: None,
            extended_keys: false,
            extended_buttons: false,
            fences: false,
            expecting: false,
            continuous: false,
            format: FormatChange::default(),
            clipboard: None,
            cut_text: None,
            cut: Paced::new(NEWS_PER_SECOND),
            caps: Paced::new(NEWS_PER_SECOND),
            console: false,
            streams: Streams::default(),
            sound: Sound::default(),
        })
    }

    /// Whether part of an update has come.
    pub(super) const fn is_within_update(&self) -> bool {
        matches!(self.receiving, Receiving::Update(_) | Receiving::Rect(_))
    }

    pub(super) const fn size(&self) -> Size {
        self.size
    }

    pub(super) fn request_update(&mut self, incremental: bool, area: Option<Rect>, out: &mut OutQueue) {
        self.expecting = true;
        let area = area.unwrap_or(self.size.rect());
        send(&ClientMessage::FramebufferUpdateRequest { incremental, area }, out);
    }

    pub(super) fn enable_continuous_updates(&mut self, enable: bool, out: &mut OutQueue) {
        self.continuous |= enable;
        send(&ClientMessage::EnableContinuousUpdates { enable, area: self.size.rect() }, out);
    }

    pub(super) fn set_pixel_format(&mut self, format: PixelFormat, out: &mut OutQueue) {
        self.format.waiting = Some(format);
        self.change_format(out);
    }

    pub(super) fn set_encodings(&mut self, encodings: &[Encoding], out: &mut OutQueue) {
        // What was listed before may be on its way.
        self.listed.extend_from_slice(encodings);
        self.listed.sort_unstable();
        self.listed.dedup();
        out.write(|w| set_encodings(encodings, w));
    }

    /// Whether the server has told that sizes can be asked for.
    pub(super) const fn is_resizable(&self) -> bool {
        self.screen.is_some()
    }

    pub(super) fn set_desktop_size(&mut self, size: Size, out: &mut OutQueue) {
        let Screen { id, flags, .. } = self.screen.unwrap_or_default();
        let screens = vec![Screen { id, area: size.rect(), flags }];
        send(&ClientMessage::SetDesktopSize(ScreenLayout { size, screens }), out);
    }

    /// With its keycode to a server that takes those; a key that has nothing else is lost on others.
    pub(super) fn send_key(&mut self, key: KeyEvent, out: &mut OutQueue) {
        let keycode = key.keycode.filter(|code| self.extended_keys && *code != 0);
        if keycode.is_some() || key.keysym.0 != 0 {
            send(&ClientMessage::KeyEvent(KeyEvent { keycode, ..key }), out);
        }
    }

    /// A server that knows no other buttons gets eight of them.
    pub(super) fn send_pointer(&mut self, pointer: PointerEvent, out: &mut OutQueue) {
        out.write(|w| encode_pointer(&pointer, self.extended_buttons, w));
    }

    pub(super) fn announce_cut_text(&mut self, text: Arc<str>) {
        self.cut_text = Some(text);
        self.cut.waiting = true;
    }

    pub(super) fn request_cut_text(&mut self) {
        if let Some(clipboard) = &mut self.clipboard {
            clipboard.ask();
        }
    }

    pub(super) fn ask_console(&self, request: &Request, out: &mut OutQueue) {
        if self.console {
            out.write(|w| request.encode(w));
        }
    }

    pub(super) fn open_stream(&mut self, opening: Opening, out: &mut OutQueue) -> Option<u32> {
        if self.console { self.streams.open(opening, out) } else { None }
    }

    /// Sends what has waited for its time.
    pub(super) fn write_due(&mut self, now: Instant, out: &mut OutQueue) {
        if self.caps.take(now) {
            out.write(|w| extended_clipboard::caps(Side::Client, w));
        }
        let text = self.cut_text.as_deref();
        if let Some(clipboard) = &mut self.clipboard {
            clipboard.write(&mut self.cut, text, now, out);
        } else if let Some(text) = text.filter(|_| self.cut.take(now)) {
            out.write(|w| cut_text(Side::Client, text, w));
        }
    }

    /// When [`Self::write_due`] is to be called.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let clipboard = self.clipboard.as_ref().and_then(Exchange::poll_timeout);
        [clipboard, self.cut.poll_timeout(), self.caps.poll_timeout()].into_iter().flatten().min()
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
        self.request_update(false, None, out);
    }
}

/// What the server says.
impl Session {
    /// Goes on with what has come.
    pub(super) fn step(
        &mut self,
        r: &mut Reader<'_>,
        now: Instant,
        out: &mut OutQueue,
        paint: &mut dyn FnMut(Drawing<'_>),
    ) -> Result<Outcome, RfbError> {
        match &mut self.receiving {
            Receiving::Message if self.sound.is_acknowledged() && may_be_sound(r) => match audio::Notice::decode(r)? {
                None => Ok(Outcome::Wait),
                Some(audio::Notice::Begin) => Ok(self.sound.heard(Sounds::Begin).into()),
                Some(audio::Notice::End) => Ok(self.sound.heard(Sounds::End).into()),
                Some(audio::Notice::Data(length)) => {
                    self.receiving = Receiving::Sound(length);
                    Ok(Outcome::Handled)
                }
            },
            Receiving::Sound(0) => {
                self.receiving = Receiving::Message;
                Ok(Outcome::Handled)
            }
            Receiving::Sound(left) => {
                let Some((taken, heard)) = self.sound.read(*left, r) else { return Ok(Outcome::Wait) };
                *left -= taken;
                Ok(heard.into())
            }
            Receiving::Message if self.console && r.peek() == Some(ServerMessageType::QEMU.0) => {
                match Notice::decode(r)? {
                    None => Ok(Outcome::Wait),
                    Some(notice) => Ok(self.notice(notice)?.into()),
                }
            }
            Receiving::Message => match ServerMessage::decode(r)? {
                None => Ok(Outcome::Wait),
                Some(message) => Ok(self.message(message, out)?.into()),
            },
            Receiving::Update(update) => {
                let update = *update;
                if update.rects == 0 { Ok(self.end_update(update, out)) } else { self.rect(update, r, out) }
            }
            Receiving::Rect(update) => {
                let update = *update;
                self.data(update, r, paint)
            }
            Receiving::CutText(text) => {
                let Some(received) = text.read(r) else { return Ok(Outcome::Wait) };
                self.receiving = Receiving::Message;
                Ok(match received {
                    Received::Text(text) => Some(ClientEvent::CutText(text)),
                    Received::Extended(body, length) => self.clipboard(&body, length, now)?,
                }
                .into())
            }
        }
    }

    fn message(&mut self, message: ServerMessage, out: &mut OutQueue) -> Result<Option<ClientEvent>, RfbError> {
        match message {
            ServerMessage::FramebufferUpdate { rects } => {
                self.decoders.begin_update(self.size.area().saturating_mul(COVERAGE_MAX));
                self.receiving = Receiving::Update(Update { rects, pixels: false });
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

    /// A message of the console extension.
    fn notice(&mut self, notice: Notice) -> Result<Option<ClientEvent>, RfbError> {
        match notice {
            // Of a later version.
            Notice::Unknown(_) => Ok(None),
            Notice::Stream(notice) => {
                let stream = notice.stream();
                Ok(self.streams.hear(notice)?.map(|event| ClientEvent::Stream { stream, event }))
            }
            Notice::Refused { operation, request, reason } => {
                let refused = self.streams.refused(operation, request, &reason);
                let refused = refused.map(|(stream, event)| ClientEvent::Stream { stream, event });
                Ok(refused.or(Some(ClientEvent::Console(Notice::Refused { operation, request, reason }))))
            }
            notice => Ok(Some(ClientEvent::Console(notice))),
        }
    }

    /// A message of the extended clipboard. A server says first what it can, and is told the same.
    fn clipboard(&mut self, body: &[u8], length: usize, now: Instant) -> Result<Option<ClientEvent>, RfbError> {
        let clipboard = self.clipboard.get_or_insert_with(|| Exchange::new(Side::Client));
        Ok(match clipboard.hear(body, length, now)? {
            Heard::Nothing => None,
            Heard::Caps => {
                self.caps.waiting = true;
                None
            }
            Heard::Announced => Some(ClientEvent::CutAnnounced),
            Heard::Text(text) => Some(ClientEvent::CutText(text)),
        })
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

    fn end_update(&mut self, update: Update, out: &mut OutQueue) -> Outcome {
        self.receiving = Receiving::Message;
        if update.pixels {
            self.expecting = false;
            self.change_format(out);
        }
        Outcome::Event(ClientEvent::Updated { pixels: update.pixels })
    }

    /// A rectangle begins.
    fn rect(&mut self, mut update: Update, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Outcome, RfbError> {
        let mut probe = r.clone();
        let Some(head) = RectHead::decode(&mut probe) else { return Ok(Outcome::Wait) };
        if !self.listed.contains(&head.encoding) && head.encoding != Encoding::RAW {
            return Err(RfbError::Unsupported { what: "encoding", number: head.encoding.0.into() });
        }
        let Some(told) = self.told(head, &mut probe, out)? else { return Ok(Outcome::Wait) };
        *r = probe;
        update.rects -= 1;
        let mut event = None;
        match told {
            Told::Pixels => {
                update.pixels |= !head.area.is_empty();
                self.decoders.begin(head.area, head.encoding, self.size)?;
                self.receiving = Receiving::Rect(update);
                return Ok(Outcome::Handled);
            }
            Told::Last => update.rects = 0,
            Told::Nothing => {}
            Told::Event(told) => {
                // What was drawn before is gone.
                update.pixels &= !matches!(told, ClientEvent::Resized(_));
                event = Some(told);
            }
        }
        self.receiving = Receiving::Update(update);
        Ok(event.into())
    }

    /// What a rectangle tells, if it is one that only tells something; `None`: wait for more of it.
    fn told(&mut self, head: RectHead, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Option<Told>, RfbError> {
        let event = match head.encoding {
            Encoding::LAST_RECT => return Ok(Some(Told::Last)),
            Encoding::DESKTOP_SIZE => self.resize(head.area.size())?,
            Encoding::EXTENDED_DESKTOP_SIZE => match ScreenLayout::decode_rect(r, head.area.size()) {
                None => return Ok(None),
                Some(layout) => self.extended_desktop_size(head.area, &layout)?,
            },
            Encoding::DESKTOP_NAME => {
                let Some(length) = r.u32() else { return Ok(None) };
                let length = bounded(length, NAME_MAX, "a desktop name of more than 1 KiB")?;
                let Some(name) = r.bytes(length) else { return Ok(None) };
                Some(ClientEvent::Name(printable(name, NAME_MAX)))
            }
            Encoding::QEMU_EXTENDED_KEY | Encoding::EXTENDED_MOUSE_BUTTONS | Encoding::CONSOLE => {
                Some(self.acknowledged(head.encoding))
            }
            Encoding::QEMU_AUDIO => {
                self.sound.acknowledged(out);
                Some(ClientEvent::Acknowledged(head.encoding))
            }
            Encoding::QEMU_POINTER_MOTION => {
                Some(ClientEvent::PointerMode { relative: qemu_motion::is_relative(head.area) })
            }
            Encoding::POINTER_POS | Encoding::VMWARE_CURSOR_POSITION => {
                Some(ClientEvent::PointerMoved(Point { x: head.area.x, y: head.area.y }))
            }
            encoding if LEDS.contains(&encoding) => match led::decode(encoding, r) {
                None => return Ok(None),
                Some(locks) => Some(ClientEvent::Locks(locks)),
            },
            encoding if CURSORS.contains(&encoding) => {
                let shape = cursor::decode(head.area, encoding, &self.decoders.pixel(), r)?;
                let Some(shape) = shape else { return Ok(None) };
                Some(ClientEvent::Pointer(shape))
            }
            _ => return Ok(Some(Told::Pixels)),
        };
        Ok(Some(event.map_or(Told::Nothing, Told::Event)))
    }

    fn acknowledged(&mut self, encoding: Encoding) -> ClientEvent {
        self.extended_keys |= encoding == Encoding::QEMU_EXTENDED_KEY;
        self.extended_buttons |= encoding == Encoding::EXTENDED_MOUSE_BUTTONS;
        self.console |= encoding == Encoding::CONSOLE;
        ClientEvent::Acknowledged(encoding)
    }

    fn extended_desktop_size(&mut self, head: Rect, layout: &ScreenLayout) -> Result<Option<ClientEvent>, RfbError> {
        self.screen = Some(layout.screens.first().copied().unwrap_or_default());
        let answer = head.x == Reason::ThisClient as u32;
        if answer && head.y != 0 {
            return Ok(Some(ClientEvent::SetDesktopSizeAnswered { status: head.y }));
        }
        let resized = self.resize(layout.size)?;
        Ok(if answer { resized.or(Some(ClientEvent::SetDesktopSizeAnswered { status: 0 })) } else { resized })
    }

    fn resize(&mut self, size: Size) -> Result<Option<ClientEvent>, RfbError> {
        check_size(size, self.size_max)?;
        if size == self.size {
            return Ok(None);
        }
        self.size = size;
        Ok(Some(ClientEvent::Resized(size)))
    }

    /// Data of a rectangle.
    fn data(
        &mut self,
        update: Update,
        r: &mut Reader<'_>,
        paint: &mut dyn FnMut(Drawing<'_>),
    ) -> Result<Outcome, RfbError> {
        let progress = self.decoders.decode(r.remaining(), paint)?;
        let (Progress::Incomplete(taken) | Progress::Done(taken)) = progress;
        let _ = r.skip(taken);
        if matches!(progress, Progress::Incomplete(_)) {
            return Ok(Outcome::Wait);
        }
        self.receiving = Receiving::Update(update);
        Ok(Outcome::Handled)
    }
}

/// Whether the next message is one of sound, or may be as far as it has come.
fn may_be_sound(r: &Reader<'_>) -> bool {
    let start = [ServerMessageType::QEMU.0, QemuSubtype::AUDIO.0];
    !r.remaining().is_empty() && r.remaining().iter().zip(start).all(|(byte, expected)| *byte == expected)
}

fn check_size(size: Size, max: Size) -> Result<(), RfbError> {
    let fits = (1..=max.width).contains(&size.width) && (1..=max.height).contains(&size.height);
    if fits { Ok(()) } else { Err(RfbError::PictureSize { size, max }) }
}
