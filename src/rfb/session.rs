//! A viewer after the handshake: its messages, what it may be sent, and what it has been told.

use super::capabilities::{Capabilities, EncodingsReceiver};
use super::colour_map::{ColourMap, Fit};
use super::encode::{EncodedUpdate, Screen, WireFormat, ZlibStreams};
use super::error::RfbError;
use super::exchange::Heard;
use super::ext::audio;
use super::ext::clipboard::{CutTextReceiver, Received, Side};
use super::ext::console::{Notice, Request};
use super::ext::desktop_size::{DesktopSize, Means, ScreenLayout};
use super::ext::extended_clipboard;
use super::ext::qemu_motion;
use super::ext::xvp;
use super::flow::Flow;
use super::ids::Encoding;
use super::message::Fence;
use super::message::client::{ClientMessage, Dialect};
use super::message::server::ServerMessage;
use super::news::News;
use super::out::OutQueue;
use super::pixel_format::PixelFormat;
use super::plan::plan;
use super::request::{Requests, Wanted};
use super::server::ServerEvent;
use super::wire::Reader;
use crate::geometry::{Point, Size};
use crate::input::{PointerEvent, PointerMotion};
use crate::surface::{Frame, Seq};
use std::sync::Arc;
use std::time::Instant;

/// Answers (fences, sizes, ends of continuous updates) that wait for a client that does not read them, in bytes.
pub const ANSWERS_MAX: usize = 64 * 1024;

/// Sound that is queued before the queue has been empty once more, in bytes: so much may stand between an update and the next.
/// It is a third of a second of what most ask for.
pub const SOUND_MAX: usize = 64 * 1024;

/// What the next bytes from the client belong to.
#[derive(Debug)]
enum Receiving {
    Message,
    Encodings(EncodingsReceiver),
    CutText(CutTextReceiver),
}

/// What the bytes that have come led to.
enum Step {
    Wait,
    Handled,
    Event(ServerEvent),
}

/// Extensions that stay agreed on, whatever later lists say.
#[derive(Debug, Default)]
struct Agreed {
    fence: bool,
    continuous_updates: bool,
}

/// One viewer after the handshake.
#[derive(Debug)]
pub(super) struct Session {
    receiving: Receiving,
    dialect: Dialect,
    agreed: Agreed,
    capabilities: Capabilities,
    format: WireFormat,
    /// What the client knows of the format's colour map.
    told_colours: Arc<ColourMap>,
    streams: ZlibStreams,
    /// What it is shown is a proxied screen.
    shows_screen: bool,
    requests: Requests,
    flow: Flow,
    /// Its answer goes out exactly where the next message takes effect.
    sync_fence: Option<Fence>,
    /// Bytes of answers since the queue was last empty.
    answers: u32,
    /// Bytes of sound since then.
    sound: u32,
    /// Where its pointer was last.
    pointer: Point,
    pub(super) desktop: DesktopSize,
    pub(super) news: News,
}

impl Session {
    pub(super) fn new(size: Size, name: Arc<str>) -> Self {
        Self {
            receiving: Receiving::Message,
            dialect: Dialect::default(),
            agreed: Agreed::default(),
            capabilities: Capabilities::default(),
            format: WireFormat::default(),
            told_colours: Arc::default(),
            streams: ZlibStreams::default(),
            shows_screen: false,
            requests: Requests::default(),
            flow: Flow::default(),
            sync_fence: None,
            answers: 0,
            sound: 0,
            pointer: Point::default(),
            desktop: DesktopSize::new(size),
            news: News::new(name),
        }
    }

    pub(super) const fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    pub(super) const fn format(&self) -> &WireFormat {
        &self.format
    }

    pub(super) const fn format_mut(&mut self) -> &mut WireFormat {
        &mut self.format
    }

    pub(super) const fn flow(&self) -> &Flow {
        &self.flow
    }

    /// How the client learns of a new size.
    pub(super) fn means(&self) -> Means {
        if self.capabilities.lists(Encoding::EXTENDED_DESKTOP_SIZE) {
            Means::Extended
        } else if self.capabilities.lists(Encoding::DESKTOP_SIZE) {
            Means::Plain
        } else {
            Means::None
        }
    }

    /// The next event; `None` once everything that came is handled and everything that may be told is told.
    pub(super) fn poll(
        &mut self,
        r: &mut Reader<'_>,
        now: Instant,
        out: &mut OutQueue,
    ) -> Result<Option<ServerEvent>, RfbError> {
        self.flow.handle_timeout(now);
        if out.is_empty() {
            (self.answers, self.sound) = (0, 0);
        }
        loop {
            let before = out.len();
            let step = match self.desktop.poll_asked(now, out) {
                Some(size) => Step::Event(ServerEvent::SetDesktopSize(size)),
                None => self.step(r, now, out)?,
            };
            self.answers = count(self.answers, out.len() - before);
            if self.answers as usize > ANSWERS_MAX {
                return Err(RfbError::Misbehaved("does not read the answers to its messages"));
            }
            match step {
                Step::Wait => break,
                Step::Handled => (),
                Step::Event(event) => return Ok(Some(event)),
            }
        }
        self.tell(now, out);
        Ok(None)
    }

    fn step(&mut self, r: &mut Reader<'_>, now: Instant, out: &mut OutQueue) -> Result<Step, RfbError> {
        match &mut self.receiving {
            Receiving::Message => match ClientMessage::decode(r, self.dialect)? {
                None => Ok(Step::Wait),
                Some(message) => self.message(message, now, out),
            },
            Receiving::Encodings(list) => match list.receive(r) {
                None => Ok(Step::Wait),
                Some(capabilities) => {
                    self.receiving = Receiving::Message;
                    self.answer_sync_fence(out);
                    self.set_encodings(capabilities, now, out);
                    Ok(Step::Handled)
                }
            },
            Receiving::CutText(text) => {
                let Some(received) = text.read(r) else { return Ok(Step::Wait) };
                self.receiving = Receiving::Message;
                self.answer_sync_fence(out);
                match received {
                    Received::Text(text) => Ok(Step::Event(ServerEvent::CutText(text))),
                    Received::Extended(body, length) => self.clipboard(&body, length, now),
                }
            }
        }
    }

    fn message(&mut self, message: ClientMessage, now: Instant, out: &mut OutQueue) -> Result<Step, RfbError> {
        let streamed = matches!(message, ClientMessage::SetEncodings { .. } | ClientMessage::ClientCutText { .. });
        if !streamed {
            self.answer_sync_fence(out);
        }
        match message {
            ClientMessage::SetEncodings { count } => {
                self.receiving = Receiving::Encodings(EncodingsReceiver::new(count));
            }
            ClientMessage::ClientCutText { length } => {
                let extended = self.capabilities.lists(Encoding::EXTENDED_CLIPBOARD);
                self.receiving = Receiving::CutText(CutTextReceiver::new(length, extended)?);
            }
            ClientMessage::SetPixelFormat(format) => self.set_pixel_format(format, out)?,
            ClientMessage::FramebufferUpdateRequest { incremental, area } => {
                self.requests.request(incremental, area, self.desktop.size());
                if !incremental && self.means() == Means::Extended {
                    self.desktop.full_request();
                }
            }
            ClientMessage::KeyEvent(key) => return Ok(Step::Event(ServerEvent::Key(key))),
            ClientMessage::PointerEvent(pointer) => return Ok(Step::Event(self.pointer(pointer))),
            ClientMessage::EnableContinuousUpdates { enable, area } => {
                if !self.agreed.continuous_updates {
                    return Err(RfbError::Misbehaved("continuous updates that were not agreed on"));
                }
                self.requests.set_continuous(enable, area, self.desktop.size());
                if !enable {
                    out.write(|w| ServerMessage::EndOfContinuousUpdates.encode(w));
                }
            }
            ClientMessage::ClientFence(fence) => self.fence(fence, now, out)?,
            ClientMessage::SetDesktopSize(layout) => self.set_desktop_size(layout),
            // Of a later version.
            ClientMessage::Console(Request::Unknown(_)) => {}
            ClientMessage::Console(request) => return Ok(Step::Event(ServerEvent::Console(request))),
            ClientMessage::Audio(request) => return Ok(Step::Event(ServerEvent::Audio(request))),
            ClientMessage::Xvp { .. } if !self.news.power.told => {
                return Err(RfbError::Misbehaved("a power button that was not offered"));
            }
            ClientMessage::Xvp { version, code } => match xvp::button(version, code) {
                Some(button) => return Ok(Step::Event(ServerEvent::Power(button))),
                None => self.news.power.fail(),
            },
        }
        Ok(Step::Handled)
    }

    /// A message of the extended clipboard.
    fn clipboard(&mut self, body: &[u8], length: usize, now: Instant) -> Result<Step, RfbError> {
        Ok(match self.news.clipboard.hear(body, length, now)? {
            Heard::Caps | Heard::Nothing => Step::Handled,
            Heard::Text(text) => Step::Event(ServerEvent::CutText(text)),
            Heard::Announced => {
                self.news.clipboard.ask();
                Step::Event(ServerEvent::CutAnnounced)
            }
        })
    }

    /// What is sent from now on is of a proxied screen, or of text.
    pub(super) fn show_screen(&mut self, shows_screen: bool) {
        self.shows_screen = shows_screen;
        self.fit_screen();
    }

    /// Sees to it that screens are sent as this client can take them, and that all else is sent in one way only: clients
    /// with the same format share their updates.
    fn fit_screen(&mut self) {
        let WireFormat { encoding, pixel_format, .. } = self.format;
        // JPEG is for pixels of 16 and 32 bits, and the gradient for those of three bytes (rfbproto, "Tight Encoding").
        let jpeg = pixel_format.true_colour && pixel_format.bits_per_pixel >= 16;
        let three_bytes = self.format.tpixel().len() == 3;
        let browser = self.capabilities.lists(Encoding::TIGHT_PNG);
        self.format.screen = (self.shows_screen && encoding == Encoding::TIGHT).then(|| Screen {
            quality: self.capabilities.quality().filter(|_| jpeg),
            // There are noVNCs that have every filter but this one.
            gradient: three_bytes && !browser,
        });
    }

    /// From here on pixels have the new format; an update that was made before is not sent any more.
    fn set_pixel_format(&mut self, format: PixelFormat, out: &mut OutQueue) -> Result<(), RfbError> {
        format.check()?;
        if format.true_colour {
            self.format.pixel_format = format;
            self.format.colour_map = None;
            self.fit_screen();
            return Ok(());
        }
        // What else such a format says has no meaning.
        self.format.pixel_format = PixelFormat::COLOUR_MAP;
        self.fit_screen();
        self.format.colour_map.get_or_insert_with(|| Arc::new(ColourMap::initial()));
        // Some clients wait for them before they ask for pixels.
        self.told_colours = Arc::default();
        self.tell_colours(out);
        Ok(())
    }

    /// Tells what the client does not know of its colour map.
    fn tell_colours(&mut self, out: &mut OutQueue) {
        let Some(map) = self.format.colour_map.as_ref().filter(|map| !Arc::ptr_eq(map, &self.told_colours)) else {
            return;
        };
        let (told, colours) = (self.told_colours.colours(), map.colours());
        let first = told.iter().zip(colours).take_while(|(told, colour)| told == colour).count();
        if first < colours.len() {
            let wide = |pixel: &u32| {
                let [_, red, green, blue] = pixel.to_be_bytes();
                [red, green, blue].map(|value| u16::from(value) * 0x101)
            };
            let colours = colours[first..].iter().map(wide).collect();
            out.write(|w| ServerMessage::SetColourMapEntries { first: first as u16, colours }.encode(w));
        }
        self.told_colours = Arc::clone(map);
    }

    /// Sees to it that the client's colour map, if it has one, has the colours of the update from `seen` to `frame`;
    /// from where that update must start.
    pub(super) fn fit_colours(&mut self, frame: &Frame, seen: Seq) -> Seq {
        let Some(map) = &self.format.colour_map else { return seen };
        let plan = plan(frame, seen, &self.format);
        match map.fit(frame, plan.rects.iter().map(|rect| plan.shift.to_frame(*rect))) {
            Fit::Same => seen,
            Fit::More(map) => {
                self.format.colour_map = Some(Arc::new(map));
                seen
            }
            Fit::Other(map) => {
                self.format.colour_map = Some(Arc::new(map));
                // Whatever becomes of this update: what the client has is of no use.
                self.requests.colours_changed();
                Seq::NONE
            }
        }
    }

    fn set_encodings(&mut self, capabilities: Capabilities, now: Instant, out: &mut OutQueue) {
        self.capabilities = capabilities;
        self.format.encoding = capabilities.preferred();
        let level = capabilities.compression().unwrap_or(WireFormat::DEFAULT_COMPRESSION);
        self.format.compression = WireFormat::effort(self.format.encoding, level);
        self.format.copy_rect = capabilities.lists(Encoding::COPY_RECT);
        self.fit_screen();
        // TightPNG is for what runs in browsers, where zlib is pako.
        self.streams.restart_tight(!capabilities.lists(Encoding::TIGHT_PNG));
        // The client cannot send a seventh byte before it has our acknowledgement, nor leave it out after.
        self.dialect.extended_mouse_buttons |= capabilities.lists(Encoding::EXTENDED_MOUSE_BUTTONS);
        self.dialect.console |= capabilities.lists(Encoding::CONSOLE);
        self.dialect.audio |= capabilities.lists(Encoding::QEMU_AUDIO);
        // The first list that names them is answered, so that the client knows that we have them (rfbproto).
        if capabilities.lists(Encoding::FENCE) && !self.agreed.fence {
            self.agreed.fence = true;
            let hello = self.flow.start(now);
            out.write(|w| hello.encode(w));
        }
        if capabilities.lists(Encoding::CONTINUOUS_UPDATES) && !self.agreed.continuous_updates {
            self.agreed.continuous_updates = true;
            out.write(|w| ServerMessage::EndOfContinuousUpdates.encode(w));
        }
        if capabilities.lists(Encoding::EXTENDED_CLIPBOARD) {
            out.write(|w| extended_clipboard::caps(Side::Server, w));
        }
    }

    fn fence(&mut self, fence: Fence, now: Instant, out: &mut OutQueue) -> Result<(), RfbError> {
        if !self.agreed.fence {
            return Err(RfbError::Misbehaved("a fence that was not agreed on"));
        }
        if !fence.has(Fence::REQUEST) {
            if let Some(ping) = self.flow.answered(&fence, now) {
                out.write(|w| ping.encode(w));
            }
        } else if fence.has(Fence::SYNC_NEXT) {
            self.sync_fence = Some(fence);
        } else {
            // Messages are handled one after the other: BlockBefore and BlockAfter hold by themselves.
            out.write(|w| fence.answer().encode(w));
        }
        Ok(())
    }

    /// A message is about to take effect: what was queued before is untouched by it, and what follows is not (SyncNext).
    fn answer_sync_fence(&mut self, out: &mut OutQueue) {
        if let Some(fence) = self.sync_fence.take() {
            out.write(|w| fence.answer().encode(w));
        }
    }

    /// Straight after ClientInit, when nothing has been listed, it is ignored (TigerVNC 1.12 dies of that).
    fn set_desktop_size(&mut self, layout: ScreenLayout) {
        if self.means() == Means::Extended {
            self.desktop.ask(layout);
        }
    }

    /// Where the pointer is, or how it was moved. What the client sent before it had heard of another mode stands for its
    /// buttons alone.
    fn pointer(&mut self, event: PointerEvent) -> ServerEvent {
        let motion = qemu_motion::motion_of(&event);
        if self.news.tells_motions() {
            return ServerEvent::Motion(motion.unwrap_or(PointerMotion { buttons: event.buttons, dx: 0, dy: 0 }));
        }
        let size = self.desktop.size();
        if motion.is_none() || !self.capabilities.lists(Encoding::QEMU_POINTER_MOTION) {
            self.pointer = Point { x: event.x, y: event.y };
        }
        let Point { x, y } = self.pointer;
        let (x, y) = (x.min(size.width.saturating_sub(1)), y.min(size.height.saturating_sub(1)));
        ServerEvent::Pointer(PointerEvent { x, y, ..event })
    }

    /// Queues what is to be told and may be told now. The queue must be empty, so that what waits is the latest.
    fn tell(&mut self, now: Instant, out: &mut OutQueue) {
        if !out.is_empty() {
            return;
        }
        // Rectangles answer a request (RFC 6143 §7.6.1), but do not use it up: that is for pixels.
        if self.requests.is_open() && self.desktop.is_due() && self.desktop.write(self.means(), out) {
            self.requests.resized(self.desktop.size());
        }
        self.news.write_messages(&self.capabilities, now, out);
        // Pixels are sure to follow a non-incremental request: then these rectangles follow the pixels, because
        // simple clients take the first update for the picture.
        if self.requests.is_open() && !self.requests.wants_full() {
            self.write_news(now, out);
        }
    }

    fn write_news(&mut self, now: Instant, out: &mut OutQueue) {
        // A pointer is drawn in these colours too, of which an update that was made and not sent may have added some.
        self.tell_colours(out);
        let picture = self.desktop.size();
        self.news.write_rects(&self.capabilities, &self.format.pixel(), picture, now, out);
    }

    /// Whether the client knows that it may be told by the console extension, and has taken all that it was sent.
    pub(super) fn takes_notices(&self, out: &OutQueue) -> bool {
        out.is_empty() && self.news.is_acknowledged(Encoding::CONSOLE)
    }

    /// Queues what is told by the console extension.
    pub(super) fn send_notice(&mut self, notice: &Notice, out: &mut OutQueue) {
        if self.news.is_acknowledged(Encoding::CONSOLE) {
            out.write(|w| notice.encode(w));
        }
    }

    /// Whether sound may be queued now. It goes in behind what is on its way, or a slow viewer that is shown something all the
    /// time would never hear anything; and it ends there, or one that hears something all the time would never see anything.
    pub(super) fn takes_sound(&self, out: &OutQueue) -> bool {
        self.dialect.audio && (out.is_empty() || (self.sound as usize) < SOUND_MAX)
    }

    /// Queues what is told of sound, and frames of it.
    pub(super) fn send_sound(&mut self, notice: audio::Notice, frames: Option<&Arc<[u8]>>, out: &mut OutQueue) {
        if !self.dialect.audio {
            return;
        }
        let before = if out.is_empty() { 0 } else { self.sound };
        let queued = out.len();
        out.write(|w| notice.encode(w));
        if let Some(frames) = frames {
            out.share(frames, 0..frames.len());
        }
        self.sound = count(before, out.len() - queued);
    }

    /// Whether an update of pixels may go out now, and of what.
    pub(super) fn update_wanted(&self, out: &OutQueue) -> Option<Wanted> {
        let held_back = !out.is_empty()
            || self.requests.is_open() && self.desktop.is_due()
            || self.requests.is_continuous() && !self.flow.is_open();
        self.requests.wanted().filter(|_| !held_back)
    }

    /// Queues an update.
    pub(super) fn send_update(&mut self, update: &EncodedUpdate, now: Instant, out: &mut OutQueue) {
        let before = out.len();
        self.tell_colours(out);
        update.write_for(&mut self.streams, out);
        self.requests.answered();
        // Without continuous updates the next request says that this one has arrived.
        if self.requests.is_continuous()
            && let Some(ping) = self.flow.sent(out.len() - before, now)
        {
            out.write(|w| ping.encode(w));
        }
        self.write_news(now, out);
    }

    /// When to poll again although nothing has come. What waits for the queue or for a request is woken by these.
    pub(super) fn poll_timeout(&self, out: &OutQueue) -> Option<Instant> {
        let news = out.is_empty().then(|| {
            let open = self.requests.is_open() && !self.requests.wants_full();
            self.news.poll_timeout(&self.capabilities, open)
        });
        [self.desktop.poll_timeout(), self.flow.poll_timeout(), news.flatten()].into_iter().flatten().min()
    }
}

/// So many bytes more; they are few, or else it does not matter how many.
fn count(bytes: u32, more: usize) -> u32 {
    bytes.saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
}
