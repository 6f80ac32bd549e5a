//! The connection to one viewer, without a socket: the task moves bytes, [`ServerConnection`] thinks.
//!
//! ```text
//! receive(bytes)                          what came
//! while poll_event(now)? is Some(event)   what it means; None: everything that came is handled
//! if update_wanted() is Some              what may be sent: fit_colours, plan, encode,
//!     send_update(update, format, now)
//! poll_transmit(slices), advance(count)   what to write, and how much was
//! poll_timeout()                          when to call poll_event again although nothing happened
//! ```
//! `poll_event` is called until `None` after each of these but `poll_transmit`: it also queues what waits for its turn.

use super::capabilities::Capabilities;
use super::encode::{EncodedUpdate, WireFormat};
use super::error::RfbError;
use super::ext::audio;
use super::ext::clipboard::CutText;
use super::ext::console::{Notice, Request};
use super::ext::desktop_size::{Means, Reason, Status};
use super::handshake::credentials::Credentials;
use super::handshake::server::{Handshake, SecurityPolicy, Step};
use super::input::Input;
use super::message::server::ServerInit;
use super::out::OutQueue;
use super::pixel_format::PixelFormat;
use super::plan::View;
use super::request::Wanted;
use super::session::Session;
use super::wire::Reader;
use crate::geometry::{Point, Size};
use crate::input::{KeyEvent, Locks, PointerEvent, PointerMotion, PowerButton};
use crate::surface::{Frame, PointerShape, Seq};
use std::io::IoSlice;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use super::news::NEWS_PER_SECOND;
pub use super::session::{ANSWERS_MAX, SOUND_MAX};

/// From the first byte we send to ServerInit.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// What a viewer is told first.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// The desktop's name.
    pub name: Arc<str>,
    /// The picture's size, in pixels.
    pub size: Size,
    /// Whether and how viewers come in.
    pub security: SecurityPolicy,
}

/// What a viewer did. Whether it may is judged above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerEvent {
    /// It shows these to be let in. Nothing is read until [`ServerConnection::admit`] or [`ServerConnection::refuse`] says
    /// what they are worth.
    Authenticate(Credentials),
    /// Once all that is queued has been written, TLS begins on the stream, and [`ServerConnection::tls_started`] is told.
    /// What came in clear until then, and was not read, must not be given to [`ServerConnection::receive`].
    StartTls,
    /// The handshake is over; ServerInit is queued.
    Ready {
        /// The client does not mind other clients.
        shared: bool,
    },
    /// A key went down or up.
    Key(KeyEvent),
    /// The pointer; within the client's picture.
    Pointer(PointerEvent),
    /// How the pointer was moved, by a client that was told to say this ([`ServerConnection::send_pointer_mode`]).
    Motion(PointerMotion),
    /// Something was cut.
    CutText(CutText),
    /// Something was cut and will come, which the client was or will be asked for: what was cut before it is not what is
    /// meant any more.
    CutAnnounced,
    /// The client wishes for a picture of this size, which is within the limits and not the present one. It is granted
    /// by [`ServerConnection::send_resize`] with this size, once frames have it, or refused by
    /// [`ServerConnection::refuse_resize`].
    SetDesktopSize(Size),
    /// It wants something by the console extension.
    Console(Request),
    /// It wants something of the guest's sound.
    Audio(audio::Request),
    /// It pressed a power button of the guest, which was offered by [`ServerConnection::offer_power`].
    Power(PowerButton),
}

#[derive(Debug)]
enum Phase {
    Handshake {
        state: Handshake,
        deadline: Instant,
        settings: Initial,
    },
    Running(Box<Session>),
    /// An error was told; what is queued may still be written.
    Ended,
}

/// What ServerInit will say.
#[derive(Debug)]
struct Initial {
    name: Arc<str>,
    size: Size,
    pointer: Option<Arc<PointerShape>>,
}

/// The connection to one viewer.
#[derive(Debug)]
pub struct ServerConnection {
    input: Input,
    out: OutQueue,
    phase: Phase,
}

impl ServerConnection {
    /// A viewer has connected; the server speaks first.
    pub fn new(settings: ServerSettings, now: Instant) -> Self {
        let mut out = OutQueue::new();
        let state = Handshake::start(settings.security, &mut out);
        let initial = Initial { name: settings.name, size: settings.size, pointer: None };
        let phase = Phase::Handshake { state, deadline: now + HANDSHAKE_TIMEOUT, settings: initial };
        Self { input: Input::default(), out, phase }
    }

    /// Takes bytes from the viewer. [`Self::poll_event`] must be called until `None` before more is taken.
    pub fn receive(&mut self, bytes: &[u8]) {
        if !matches!(self.phase, Phase::Ended) {
            self.input.receive(bytes);
        }
    }

    /// The next thing the viewer did. After an error nothing more is read; what is queued (a reason) should still be written.
    pub fn poll_event(&mut self, now: Instant) -> Result<Option<ServerEvent>, RfbError> {
        let result = self.poll(now);
        if result.is_err() {
            self.phase = Phase::Ended;
            self.input = Input::default();
        }
        result
    }

    fn poll(&mut self, now: Instant) -> Result<Option<ServerEvent>, RfbError> {
        loop {
            let mut r = Reader::new(self.input.unread());
            let phase = match std::mem::replace(&mut self.phase, Phase::Ended) {
                Phase::Ended => return Ok(None),
                Phase::Running(mut session) => {
                    let result = session.poll(&mut r, now, &mut self.out);
                    let taken = r.position();
                    self.input.take(taken);
                    self.phase = Phase::Running(session);
                    return result;
                }
                Phase::Handshake { deadline, .. } if now >= deadline => return Err(RfbError::HandshakeTimeout),
                Phase::Handshake { state, deadline, settings } => match state.step(&mut r, &mut self.out)? {
                    Step::Wait(state) => {
                        self.phase = Phase::Handshake { state, deadline, settings };
                        return Ok(None);
                    }
                    Step::Next(state) => Phase::Handshake { state, deadline, settings },
                    Step::Judge(credentials, state) => {
                        let taken = r.position();
                        self.input.take_secret(taken);
                        self.phase = Phase::Handshake { state, deadline, settings };
                        return Ok(Some(ServerEvent::Authenticate(credentials)));
                    }
                    Step::StartTls(state) => {
                        let taken = r.position();
                        self.input.take(taken);
                        self.phase = Phase::Handshake { state, deadline, settings };
                        return Ok(Some(ServerEvent::StartTls));
                    }
                    Step::Done { shared } => {
                        let taken = r.position();
                        self.input.take(taken);
                        self.phase = Phase::Running(Box::new(settings.begin(&mut self.out)));
                        return Ok(Some(ServerEvent::Ready { shared }));
                    }
                },
            };
            let taken = r.position();
            self.input.take(taken);
            self.phase = phase;
        }
    }

    /// The credentials of [`ServerEvent::Authenticate`] let the viewer in.
    pub fn admit(&mut self) {
        self.in_handshake(|state, out| state.admitted(out));
    }

    /// They do not, for a reason that the viewer is told as its version allows. The connection is over: what is queued
    /// should still be written.
    pub fn refuse(&mut self, reason: &str) {
        if let Phase::Handshake { state, .. } = &self.phase {
            state.refused(reason, &mut self.out);
            (self.phase, self.input) = (Phase::Ended, Input::default());
        }
    }

    /// What ServerInit will say, as long as it has not been sent: it may depend on who the viewer turned out to be.
    pub fn set_initial(&mut self, name: Arc<str>, size: Size) {
        if let Phase::Handshake { settings, .. } = &mut self.phase {
            (settings.name, settings.size) = (name, size);
        }
    }

    /// TLS has begun, as [`ServerEvent::StartTls`] asked for.
    pub fn tls_started(&mut self) {
        self.in_handshake(|state, out| state.encrypted(out));
    }

    fn in_handshake(&mut self, go_on: impl FnOnce(Handshake, &mut OutQueue) -> Handshake) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Handshake { state, deadline, settings } => {
                Phase::Handshake { state: go_on(state, &mut self.out), deadline, settings }
            }
            other => other,
        };
    }

    /// Whether an update of pixels may go out now, and of what. `None` while one is on its way.
    pub fn update_wanted(&self) -> Option<Wanted> {
        self.session().and_then(|session| session.update_wanted(&self.out))
    }

    /// How updates must be made now. It changes with what the viewer asks for: see [`Self::send_update`].
    pub fn wire_format(&self) -> Option<&WireFormat> {
        self.session().map(Session::format)
    }

    /// What the viewer announced.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.session().map(Session::capabilities)
    }

    /// The size of the viewer's picture, as far as it has been told. Frames of another size need [`Self::send_resize`] or,
    /// where that cannot be, [`Self::set_view`].
    pub fn size(&self) -> Size {
        match &self.phase {
            Phase::Handshake { settings, .. } => settings.size,
            Phase::Running(session) => session.desktop.size(),
            Phase::Ended => Size::default(),
        }
    }

    /// The last round trip, for clients with fences.
    pub fn round_trip(&self) -> Option<Duration> {
        self.session().and_then(|session| session.flow().round_trip())
    }

    /// Sees to it that a client with a colour map has the colours of the update from `seen` to `frame`. Called before
    /// [`Self::wire_format`] is asked for; the update must then start from the result.
    pub fn fit_colours(&mut self, frame: &Frame, seen: Seq) -> Seq {
        match &mut self.phase {
            Phase::Running(session) => session.fit_colours(frame, seen),
            Phase::Handshake { .. } | Phase::Ended => seen,
        }
    }

    /// Queues an update that was made for `format`. `false` when it may not go out (any more): nothing was wanted, or the
    /// viewer has meanwhile asked for another format. Then nothing has happened, and what was wanted still is.
    pub fn send_update(&mut self, update: &EncodedUpdate, format: &WireFormat, now: Instant) -> bool {
        let Phase::Running(session) = &mut self.phase else { return false };
        let fits = session.format() == format && session.update_wanted(&self.out).is_some();
        if fits {
            session.send_update(update, now, &mut self.out);
        }
        fits
    }

    /// The frames to come have this size: the viewer is told before its next update. `false` when it cannot be told, and
    /// its picture keeps its size.
    pub fn send_resize(&mut self, size: Size, reason: Reason) -> bool {
        match &mut self.phase {
            Phase::Handshake { settings, .. } => settings.size = size,
            Phase::Running(session) if session.means() == Means::None => return false,
            Phase::Running(session) => session.desktop.change(size, reason),
            Phase::Ended => (),
        }
        true
    }

    /// The viewer's last [`ServerEvent::SetDesktopSize`] is not granted.
    pub fn refuse_resize(&mut self, status: Status) {
        if let Phase::Running(session) = &mut self.phase {
            session.desktop.refuse_asked(status, &mut self.out);
        }
    }

    /// Which part of the frames is shown, to a viewer whose picture cannot have their size.
    pub fn set_view(&mut self, view: Option<View>) {
        if let Phase::Running(session) = &mut self.phase {
            session.format_mut().view = view;
        }
    }

    /// What it is shown from now on is a proxied screen, or else text.
    pub fn show_screen(&mut self, shows_screen: bool) {
        if let Phase::Running(session) = &mut self.phase {
            session.news.forget_place();
            session.show_screen(shows_screen);
        }
    }

    /// The desktop has another name.
    pub fn send_name(&mut self, name: Arc<str>) {
        match &mut self.phase {
            Phase::Handshake { settings, .. } => settings.name = name,
            Phase::Running(session) => session.news.set_name(name),
            Phase::Ended => (),
        }
    }

    /// The pointer has another shape; `None` hides it.
    pub fn send_pointer(&mut self, shape: Option<Arc<PointerShape>>) {
        match &mut self.phase {
            Phase::Handshake { settings, .. } => settings.pointer = shape,
            Phase::Running(session) => session.news.set_pointer(shape),
            Phase::Ended => (),
        }
    }

    /// The pointer is to be told by its motions from now on, by clients that can; else by its place.
    pub fn send_pointer_mode(&mut self, relative: bool) {
        if let Phase::Running(session) = &mut self.phase {
            session.news.set_pointer_mode(relative);
        }
    }

    /// The pointer was put there, in pixels of the client's picture, by somebody else than its user.
    pub fn send_pointer_place(&mut self, place: Point) {
        if let Phase::Running(session) = &mut self.phase {
            session.news.place_pointer(place);
        }
    }

    /// The viewer's keys show its locks to be so.
    pub fn send_locks(&mut self, locks: Locks) {
        if let Phase::Running(session) = &mut self.phase {
            session.news.set_locks(locks);
        }
    }

    /// From now on the viewer may press the guest's power buttons.
    pub fn offer_power(&mut self) {
        if let Phase::Running(session) = &mut self.phase {
            session.news.power.offered = true;
        }
    }

    /// A power button did not do what it was to do.
    pub fn send_power_failed(&mut self) {
        if let Phase::Running(session) = &mut self.phase {
            session.news.power.fail();
        }
    }

    /// Rings.
    pub fn send_bell(&mut self) {
        if let Phase::Running(session) = &mut self.phase {
            session.news.ring();
        }
    }

    /// Something was cut here. The latest wins.
    pub fn send_cut_text(&mut self, text: Arc<str>) {
        if let Phase::Running(session) = &mut self.phase {
            session.news.cut(text);
        }
    }

    /// Whether the viewer can be told something by the console extension now: it knows that there is one, and nothing waits
    /// to be written.
    pub fn takes_notices(&self) -> bool {
        self.session().is_some_and(|session| session.takes_notices(&self.out))
    }

    /// Tells something by the console extension; nothing to viewers that do not know of it. Who does so only while
    /// [`Self::takes_notices`] lets nothing pile up.
    pub fn send_notice(&mut self, notice: &Notice) {
        if let Phase::Running(session) = &mut self.phase {
            session.send_notice(notice, &mut self.out);
        }
    }

    /// From now on the viewer may listen: it is told so, if it knows how.
    pub fn offer_sound(&mut self) {
        if let Phase::Running(session) = &mut self.phase {
            session.news.sound_offered = true;
        }
    }

    /// Whether sound may be queued for the viewer now.
    pub fn takes_sound(&self) -> bool {
        self.session().is_some_and(|session| session.takes_sound(&self.out))
    }

    /// There is sound for the viewer from now on, or no more of it for now.
    pub fn send_sound_begins(&mut self, begins: bool) {
        let notice = if begins { audio::Notice::Begin } else { audio::Notice::End };
        if let Phase::Running(session) = &mut self.phase {
            session.send_sound(notice, None, &mut self.out);
        }
    }

    /// Queues whole frames of sound, in the format that the viewer has asked for; no more than [`audio::DATA_MAX`] bytes.
    /// Only when [`Self::takes_sound`].
    pub fn send_sound(&mut self, frames: &Arc<[u8]>) {
        let Some(length) = u32::try_from(frames.len()).ok().filter(|length| *length <= audio::DATA_MAX) else { return };
        if let Phase::Running(session) = &mut self.phase {
            session.send_sound(audio::Notice::Data(length), Some(frames), &mut self.out);
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

    /// When to call [`Self::poll_event`] although nothing has happened. `None` for idle viewers.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Handshake { deadline, .. } => Some(*deadline),
            Phase::Running(session) => session.poll_timeout(&self.out),
            Phase::Ended => None,
        }
    }

    fn session(&self) -> Option<&Session> {
        match &self.phase {
            Phase::Running(session) => Some(session),
            Phase::Handshake { .. } | Phase::Ended => None,
        }
    }
}

impl Initial {
    /// Sends ServerInit, and begins.
    fn begin(self, out: &mut OutQueue) -> Session {
        let init =
            ServerInit { size: self.size, pixel_format: PixelFormat::SERVER_DEFAULT, name: self.name.to_string() };
        out.write(|w| init.encode(w));
        let mut session = Session::new(self.size, self.name);
        session.news.set_pointer(self.pointer);
        session
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Method;
    use crate::rfb::handshake::server::Offer;

    #[test]
    fn an_idle_viewer_is_small() {
        let now = Instant::now();
        let security = SecurityPolicy::Offer(Offer::without_challenge(&[Method::None]));
        let settings = ServerSettings { name: "small".into(), size: Size::new(720, 400), security };
        let mut connection = ServerConnection::new(settings, now);
        connection.receive(b"RFB 003.008\n\x01\x01");
        assert_eq!(connection.poll_event(now), Ok(Some(ServerEvent::Ready { shared: true })));
        connection.receive(&[&[2, 0, 4, 0][..], &[0; 4_096], &[3, 1, 0, 0, 0, 0, 2, 0, 2, 0]].concat());
        assert_eq!(connection.poll_event(now), Ok(None));
        connection.advance(connection.queued());
        assert_eq!(connection.poll_timeout(), None);
        // Nothing else is held: the queue and the input are empty, and give their memory back (their own tests).
        assert!(connection.queued() == 0 && connection.input.unread().is_empty());
        let size = size_of::<ServerConnection>() + size_of::<Session>();
        assert!(size <= 1_024, "{size} bytes");
    }
}
