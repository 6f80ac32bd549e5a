//! The task of one viewer: it moves bytes, [`ServerConnection`] thinks.
//!
//! ```text
//! handle what came ─► make what may go out ─► write what the kernel takes ─► wait for any of: the socket, a newer
//!        ▲                                                                   frame, room for input, a deadline, the end
//!        └───────────────────────────────────────────────────────────────────────────────────┘
//! ```
//! One update is in flight; the next is planned from the newest frame when the last byte has left, so that a slow viewer
//! skips frames and nothing queues behind it. Reading never waits for writing. All that is waited for may be dropped
//! half-way without loss.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::access::Role;
use crate::console::vt::VtNumber;
use crate::display::{Aside, Display, Input, NotPasted, Shown, Watching};
use crate::geometry::{Point, Size};
use crate::input::PowerButton;
use crate::net::listen::Peer;
use crate::net::pipe::Pipe;
use crate::net::tls::Session;
use crate::net::websocket::CloseCode;
use crate::rfb::encode::{WireFormat, encode};
use crate::rfb::error::RfbError;
use crate::rfb::ext::desktop_size::{Reason, Status};
use crate::rfb::handshake::server::SecurityPolicy;
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelFormat;
use crate::rfb::plan::{View, plan};
use crate::rfb::server::{ServerConnection, ServerEvent, ServerSettings};
use crate::surface::{Frame, Seq};

use super::Server;
use super::admission::{Refusal, SentAway, Ticket};
use super::auth::{Denied, Pass};
use super::backlog::Backlog;
use super::dispatch::Hands;
use super::door::Arrival;
use super::extension::Extension;

/// A viewer that takes no byte for so long, with some waiting, is gone.
pub const STALLED: Duration = Duration::from_secs(30);
/// Bytes read at once.
const READ: usize = 16 * 1024;
/// Slices written at once.
const SLICES: usize = 16;
/// With so many bytes of notices queued, the next ones wait until they are written.
const NOTICES: usize = 64 * 1024;

thread_local! {
    /// Where bytes are read to before they are understood: one for each worker, since idle viewers are many.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into_boxed_slice());
}

/// Why a viewer's task ended. The one line of the log that says so has the names of the variants.
#[derive(Debug, thiserror::Error)]
pub(super) enum Disconnect {
    #[error("it left")]
    Left,
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    #[error("{0}")]
    Rfb(#[from] RfbError),
    #[error("it took nothing for {} s", STALLED.as_secs())]
    Stalled,
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    #[error("not let in: {0}")]
    Denied(#[from] Denied),
    #[error("the console is gone")]
    NoDisplay,
    /// RFB has no word for this once the version is agreed on: such a viewer hears nothing but the connection's end.
    #[error("{0}")]
    SentAway(SentAway),
}

impl Disconnect {
    /// Whether the peer was told of it, which it should have time to read.
    fn was_told(&self, pipe: &Pipe) -> bool {
        match self {
            Self::Left | Self::Stalled => false,
            Self::Broken(error) => error.kind() == io::ErrorKind::InvalidData,
            Self::Rfb(_) | Self::Denied(_) => true,
            Self::Refused(_) | Self::NoDisplay | Self::SentAway(_) => pipe.is_web_socket(),
        }
    }

    /// What a WebSocket's peer is told beside the reason.
    fn close_code(&self) -> CloseCode {
        match self {
            Self::SentAway(SentAway::Stopping) | Self::NoDisplay | Self::Broken(_) => CloseCode::GoingAway,
            Self::Rfb(RfbError::Refused(_) | RfbError::HandshakeTimeout) => CloseCode::Normal,
            Self::Rfb(_) => CloseCode::ProtocolError,
            Self::Left | Self::Refused(_) | Self::Denied(_) | Self::Stalled | Self::SentAway(_) => CloseCode::Normal,
        }
    }
}

/// What a viewer looks at, and how much of it it has seen.
struct Looking {
    vt: VtNumber,
    watching: Watching,
    /// The frame it has, or will have when what is queued has arrived.
    seen: Seq,
    /// What it has instead, until it has seen the first frame of another picture of the same console: a frame that led
    /// up to this one.
    left: Option<(Arc<Frame>, Seq)>,
    title: Arc<str>,
    bells: u64,
    cuts: u64,
    /// Who caused the size of the next frame.
    reason: Reason,
}

/// What its credentials are worth, once that is known. It keeps nothing of the viewer's.
type Judging = Pin<Box<dyn Future<Output = Result<Pass, Denied>> + Send>>;

/// One viewer.
pub(super) struct Viewer {
    server: Arc<Server>,
    pipe: Pipe,
    peer: Peer,
    conn: ServerConnection,
    ticket: Ticket,
    /// Its credentials are being looked at: it is not read meanwhile.
    judging: Option<Judging>,
    /// Once all that is queued has left, it goes on over this; it is not read meanwhile.
    starting_tls: Option<Session>,
    /// What it has shown; `None` where nothing is asked for.
    pass: Option<Pass>,
    /// `None` until it has come in: whoever has not is not painted for.
    looking: Option<Looking>,
    hands: Hands,
    backlog: Backlog,
    extension: Extension,
    /// When it began to take nothing, with bytes waiting.
    stalled: Option<Instant>,
    /// It takes nothing any more: it has hung up. What it sent before is still heard.
    hung_up: bool,
    /// Updates that it was sent, and frames that it was not since it could not take them in time.
    updates: u64,
    skipped: u64,
    /// How its last update was made: what the log was told.
    logged: Option<(Encoding, PixelFormat)>,
}

impl Viewer {
    pub(super) fn new(server: Arc<Server>, arrival: Arrival, security: SecurityPolicy, ticket: Ticket) -> Self {
        let vt = VtNumber::FIRST;
        let size = server.guest.vt(vt).map_or(Size::new(1, 1), |vt| vt.display.peek().frame.size());
        let name = server.guest.desktop_name(vt, "").into();
        let conn = ServerConnection::new(ServerSettings { name, size, security }, arrival.since.into_std());
        // It gets others when it comes in.
        let hands = Hands::of(ticket.number(), Role::View);
        Self {
            server,
            pipe: arrival.pipe,
            peer: arrival.peer,
            conn,
            judging: None,
            starting_tls: None,
            pass: None,
            backlog: Backlog::of(hands.who()),
            hands,
            extension: Extension::default(),
            ticket,
            looking: None,
            stalled: None,
            hung_up: false,
            updates: 0,
            skipped: 0,
            logged: None,
        }
    }

    /// Serves it until it leaves.
    pub(super) async fn run(mut self, mut sent_away: oneshot::Receiver<SentAway>) {
        let end = loop {
            if let Err(end) = self.turn().await {
                break end;
            }
            if let Some(session) = self.starting_tls.take_if(|_| self.conn.queued() == 0) {
                self.pipe = self.pipe.into_tls(session);
                self.conn.tls_started();
                continue;
            }
            tokio::select! {
                end = self.wait() => if let Err(end) = end { break end },
                why = &mut sent_away => break Disconnect::SentAway(why.unwrap_or(SentAway::Stopping)),
            }
        };
        // A reason that was queued is worth one attempt.
        self.write();
        let seen = self.looking.is_some();
        self.leave_display();
        if seen {
            // What was never is not said.
            let unless_none = |count: u64| (count > 0).then_some(count);
            let (skipped, dropped_input) = (unless_none(self.skipped), unless_none(self.backlog.dropped()));
            tracing::info!(?end, updates = self.updates, skipped, dropped_input, "viewer gone");
        } else if let Disconnect::Denied(denied) = end {
            tracing::info!(?denied, "viewer not let in");
        } else {
            tracing::debug!(?end, "did not come in");
        }
        self.pipe.close(end.close_code(), &end.to_string());
        // Others may have its place meanwhile.
        drop(self.ticket);
        if end.was_told(&self.pipe) {
            self.pipe.linger().await;
        }
    }

    /// Everything that can be done without waiting for this peer.
    async fn turn(&mut self) -> Result<(), Disconnect> {
        loop {
            self.handle_events()?;
            if self.prepare().await {
                self.handle_events()?;
            }
            // What waited for the queue to empty may go now.
            let wrote = self.write();
            if !wrote || self.conn.queued() > 0 {
                break;
            }
        }
        if self.stalled.is_some_and(|since| since.elapsed() >= STALLED) {
            return Err(Disconnect::Stalled);
        }
        self.give_up_input();
        Ok(())
    }

    /// Waits until there is something to do.
    async fn wait(&mut self) -> Result<(), Disconnect> {
        let deadline = self.deadline();
        let wants_frame = !self.hung_up && self.conn.queued() == 0 && self.conn.update_wanted().is_some();
        let reading = !self.backlog.blocks() && self.judging.is_none() && self.starting_tls.is_none();
        let takes_notices = !self.hung_up && self.conn.takes_notices();
        let interest = match (reading, !self.hung_up && self.conn.queued() > 0) {
            (true, true) => Some(Interest::READABLE | Interest::WRITABLE),
            (true, false) => Some(Interest::READABLE),
            (false, true) => Some(Interest::WRITABLE),
            (false, false) => None,
        };
        let mut watching = self.looking.as_mut().map(|looking| &mut looking.watching);
        let input = watching.as_ref().filter(|_| !self.backlog.is_empty()).map(|watching| watching.input().clone());
        tokio::select! {
            ready = self.pipe.ready(interest.unwrap_or(Interest::READABLE)), if interest.is_some() => {
                if ready?.is_readable() && reading {
                    self.read()?;
                }
            }
            alive = async { match &mut watching { Some(watching) => watching.changed().await, None => false } },
                if wants_frame && watching.is_some() =>
            {
                if !alive {
                    self.return_from_view()?;
                }
            }
            room = async { match &input { Some(input) => input.reserve().await.ok(), None => None } },
                if input.is_some() =>
            {
                match room {
                    Some(room) => self.backlog.send(room),
                    None => return Err(Disconnect::NoDisplay),
                }
            }
            verdict = async { match &mut self.judging { Some(judging) => judging.await, None => Err(Denied::Wrong) } },
                if self.judging.is_some() =>
            {
                self.judged(verdict)?;
            }
            aside = self.hands.aside() => self.listen(aside),
            () = self.extension.wait(Instant::now), if takes_notices => {}
            () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {}
        }
        Ok(())
    }

    /// It is known what its credentials are worth.
    fn judged(&mut self, verdict: Result<Pass, Denied>) -> Result<(), Disconnect> {
        self.judging = None;
        match verdict {
            Ok(pass) => {
                self.pass = Some(pass);
                self.conn.admit();
                Ok(())
            }
            Err(denied) => {
                self.conn.refuse(&denied.to_string());
                Err(denied.into())
            }
        }
    }

    /// What the display says to this viewer alone.
    fn listen(&mut self, aside: Aside) {
        match aside {
            // One of a display that it has left meanwhile is dropped, and so ends.
            Aside::View(view) => self.see(|looking| (looking.watching.of() == view.of()).then_some(view)),
            Aside::Cut(text) => {
                // Clients do not tell us what they got from us, and it is what they paste from now on.
                self.hands.copied(Arc::clone(&text));
                self.conn.send_cut_text(text);
            }
            Aside::Bell => self.conn.send_bell(),
            Aside::PowerFailed => self.conn.send_power_failed(),
        }
    }

    /// The view that it saw has ended: back to the display itself; an error if that was it.
    fn return_from_view(&mut self) -> Result<(), Disconnect> {
        let Some(looking) = &self.looking else { return Ok(()) };
        let display = self.display_of(looking.vt).filter(|display| display.id() != looking.watching.id());
        let own = display.ok_or(Disconnect::NoDisplay)?.watch();
        self.see(|_| Some(own));
        Ok(())
    }

    /// Looks at another picture of the same console from now on.
    fn see(&mut self, choose: impl FnOnce(&Looking) -> Option<Watching>) {
        let Some(looking) = &mut self.looking else { return };
        let Some(watching) = choose(looking) else { return };
        tracing::debug!(own = watching.id() != watching.of(), "sees another picture of the VT");
        let mut before = std::mem::replace(&mut looking.watching, watching);
        looking.reason = Reason::Server;
        let goes_on = before.id() == looking.watching.of() && looking.watching.goes_on_from(looking.seen);
        if looking.seen != Seq::NONE && !goes_on {
            looking.left = Some((before.newest().frame, looking.seen));
            looking.seen = Seq::NONE;
        }
        let id = before.id();
        if before.leave() {
            self.server.cache.forget(id);
        }
    }

    fn display_of(&self, vt: VtNumber) -> Option<&Display> {
        self.server.guest.vt(vt).map(|vt| &vt.display)
    }

    /// The next time at which something must be done although nothing happens. Idle viewers have none.
    fn deadline(&self) -> Option<Instant> {
        let stalled = self.stalled.map(|since| since + STALLED);
        // While input waits for room, what the protocol has to say waits too.
        let protocol = self.conn.poll_timeout().filter(|_| !self.backlog.blocks()).map(Instant::from_std);
        let notices = self.extension.deadline().filter(|_| !self.hung_up && self.conn.takes_notices());
        [stalled, protocol, notices, self.backlog.deadline()].into_iter().flatten().min()
    }

    fn read(&mut self) -> Result<(), Disconnect> {
        SCRATCH.with_borrow_mut(|scratch| match self.pipe.try_read(scratch) {
            Ok(0) => Err(Disconnect::Left),
            Ok(length) => {
                self.conn.receive(&scratch[..length]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Err(Disconnect::Left),
            Err(error) => Err(error.into()),
        })
    }

    /// Writes what the kernel takes; whether it took anything.
    ///
    /// A connection that cannot be written to has not ended: who typed and left at once had typed. Reading tells when
    /// it has, or else the time for those who take nothing.
    fn write(&mut self) -> bool {
        let mut wrote = false;
        while !self.hung_up {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = self.conn.poll_transmit(&mut slices);
            if filled == 0 {
                self.stalled = None;
                break;
            }
            match self.pipe.try_write_vectored(&slices[..filled]) {
                Ok(length) => {
                    self.conn.advance(length);
                    self.stalled = None;
                    wrote = true;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stalled.get_or_insert_with(Instant::now);
                    break;
                }
                Err(error) => {
                    tracing::debug!(%error, "it takes nothing any more");
                    self.hung_up = true;
                    self.stalled = Some(Instant::now());
                }
            }
        }
        wrote
    }

    /// Handles what came, as far as its consequences find room.
    fn handle_events(&mut self) -> Result<(), Disconnect> {
        while !self.backlog.blocks() {
            let now = Instant::now();
            match self.conn.poll_event(now.into_std())? {
                None => return Ok(()),
                Some(ServerEvent::Ready { shared }) => self.come_in(shared)?,
                Some(ServerEvent::Authenticate(credentials)) => {
                    let (server, peer) = (Arc::clone(&self.server), self.peer);
                    self.judging = Some(Box::pin(async move { server.gate.judge(peer, credentials).await }));
                    return Ok(());
                }
                Some(ServerEvent::StartTls) => self.starting_tls = Some(self.server.gate.tls_session()?),
                Some(event) => {
                    tracing::trace!(?event, "message");
                    self.dispatch(event, now)?;
                }
            }
        }
        Ok(())
    }

    fn come_in(&mut self, shared: bool) -> Result<(), Disconnect> {
        let role = match &self.pass {
            _ if self.server.settings.view_only => Role::View,
            Some(pass) => pass.role,
            None => Role::Write,
        };
        self.ticket.come_in(role.may_write(), shared)?;
        self.hands = Hands::of(self.ticket.number(), role);
        self.backlog = Backlog::of(self.hands.who());
        tracing::info!(role = role.name(), "viewer in");
        if role.may_write() && self.server.guest.has_power() {
            self.conn.offer_power();
        }
        self.look_at(VtNumber::FIRST);
        Ok(())
    }

    /// What an event of a viewer that is in leads to. View-only is judged there, for all of them.
    fn dispatch(&mut self, event: ServerEvent, now: Instant) -> Result<(), Disconnect> {
        let Some(looking) = &self.looking else { return Ok(()) };
        let guest = &self.server.guest;
        let outcome = self.hands.handle(
            event,
            now,
            || self.server.may_resize(),
            |number| {
                let exists = VtNumber::new(number).is_some_and(|number| guest.vt(number).is_some());
                if !exists {
                    tracing::debug!(vt = number, "there is no such VT; the guest gets the key");
                }
                exists
            },
            |point| to_frame(point, self.conn.wire_format().and_then(|format| format.view)),
        );
        self.backlog.extend(outcome.input, looking.watching.input(), now);
        self.conn.send_locks(self.hands.locks());
        if let Some(status) = outcome.refuse_resize {
            tracing::debug!(?status, "resize refused");
            self.conn.refuse_resize(status);
        }
        let asked = outcome.request.map(|request| self.extension.handle(request, guest, now)).transpose()?;
        if let Some(button) = outcome.power {
            self.press(button);
        }
        if let Some(vt) = outcome.switch_to.or(asked.flatten()) {
            self.switch(vt);
        }
        Ok(())
    }

    /// Presses a power button of the guest.
    fn press(&mut self, button: PowerButton) {
        let who = self.hands.who();
        let pressed = self.server.guest.press(button, move || {
            who.tell(Aside::PowerFailed);
        });
        if let Err(why) = pressed {
            tracing::debug!(button = button.name(), %why, "power button: nothing is done");
            self.conn.send_power_failed();
        }
    }

    /// Exchanges one display for another, after the keys held in the old one were released there.
    fn switch(&mut self, vt: VtNumber) {
        let Some(looking) = self.looking.as_ref().filter(|looking| looking.vt != vt) else { return };
        let releases = self.hands.let_go();
        self.backlog.extend(releases, looking.watching.input(), Instant::now());
        // What the old display has no room for is not the new one's.
        let left_paste = self.backlog.drop_all();
        self.leave_display();
        self.look_at(vt);
        if let Some(looking) = self.looking.as_ref().filter(|_| left_paste) {
            let said = vec![Input::Paste(Err(NotPasted::LeftBehind))];
            self.backlog.extend(said, looking.watching.input(), Instant::now());
        }
    }

    fn look_at(&mut self, vt: VtNumber) {
        let Some(display) = self.server.guest.vt(vt).map(|vt| &vt.display) else { return };
        tracing::debug!(vt = vt.get(), "looks at a VT");
        let shown = display.peek();
        self.looking = Some(Looking {
            vt,
            watching: display.watch(),
            seen: Seq::NONE,
            left: None,
            title: "".into(),
            bells: shown.bells,
            cuts: shown.cut.count,
            reason: Reason::Server,
        });
        self.hands.meet(display);
        // The name without a title; with one it follows as soon as the first frame is taken.
        self.conn.send_name(self.server.guest.desktop_name(vt, "").into());
    }

    fn leave_display(&mut self) {
        let Some(looking) = self.looking.take() else { return };
        for release in self.hands.let_go() {
            // A console that has no room for it can do without: it acts on presses.
            let _ = looking.watching.input().try_send((self.hands.who(), release));
        }
        let id = looking.watching.id();
        if looking.watching.leave() {
            self.server.cache.forget(id);
        }
    }

    /// Queues what may go out now: title, bell, size, pixels. Whether anything was.
    async fn prepare(&mut self) -> bool {
        let Some(looking) = self.looking.as_mut().filter(|_| !self.hung_up) else { return false };
        if self.conn.takes_notices() {
            let (guest, role, now) = (&self.server.guest, self.hands.role(), Instant::now());
            while self.conn.queued() < NOTICES
                && let Some(notice) = self.extension.next(guest, looking.vt, role, now)
            {
                self.conn.send_notice(&notice);
            }
            if self.conn.queued() > 0 {
                return true;
            }
        }
        let Some(wanted) = self.conn.update_wanted() else { return false };
        let shown = looking.watching.newest();
        let seen = if wanted.full { Seq::NONE } else { looking.seen };
        if seen == Seq::NONE && shown.stale {
            // Title and bells are no newer than the frame: who comes back from a view has heard of more.
            looking.watching.want_beyond(seen);
            return false;
        }
        let told = tell(&self.server, &mut self.conn, looking, &mut self.hands, &shown);
        let frame = shown.frame;
        if frame.seq() <= seen {
            looking.watching.want_beyond(seen);
            return told;
        }
        if !fit(&mut self.conn, frame.size(), looking.reason) {
            // What becomes of its pixels then is its own affair.
            looking.left = None;
            return true;
        }
        looking.reason = Reason::OtherClient;
        let crossing = looking.left.as_ref().filter(|_| !wanted.full);
        let crossing = crossing.and_then(|(left, seen)| frame.after(left, *seen));
        let (target, from) = crossing.as_ref().map_or((&*frame, seen), |(frame, before)| (frame, *before));
        let from = self.conn.fit_colours(target, from);
        let Some(format) = self.conn.wire_format().cloned() else { return told };
        let update = match &crossing {
            // Nobody else makes this step.
            Some((frame, _)) => Arc::new(encode(frame, &plan(frame, from, &format), &format)),
            None => self.server.cache.get(looking.watching.id(), &frame, from, &format).await,
        };
        if update.rects() == 0 && !wanted.full {
            // What changed lies outside the viewer's picture, or was undone.
            (looking.seen, looking.left) = (frame.seq(), None);
            looking.watching.want_beyond(looking.seen);
            return told;
        }
        if self.conn.send_update(&update, &format, Instant::now().into_std()) {
            let skipped = if from == Seq::NONE || crossing.is_some() { 0 } else { frame.seq().0 - from.0 - 1 };
            tracing::trace!(seq = frame.seq().0, rects = update.rects(), bytes = update.len(), skipped, "update");
            self.updates += 1;
            self.skipped += skipped;
            (looking.seen, looking.left) = (frame.seq(), None);
            log_format(&mut self.logged, &format);
        }
        true
    }

    /// Input that found no room for a second is dropped.
    fn give_up_input(&mut self) {
        if self.backlog.give_up(Instant::now()) {
            tracing::debug!("the console takes no input; a resize is given up");
            self.conn.refuse_resize(Status::OutOfResources);
        }
    }
}

/// Says how updates are made, whenever that has changed.
fn log_format(logged: &mut Option<(Encoding, PixelFormat)>, format: &WireFormat) {
    let now = (format.encoding, format.pixel_format);
    if *logged != Some(now) {
        *logged = Some(now);
        let PixelFormat { bits_per_pixel, depth, true_colour, .. } = format.pixel_format;
        tracing::debug!(encoding = ?format.encoding, bits_per_pixel, depth, true_colour, "picture sent");
    }
}

impl Server {
    fn may_resize(&self) -> bool {
        match self.settings.resize {
            super::ResizePolicy::Any => true,
            super::ResizePolicy::Fixed => false,
            super::ResizePolicy::Sole => self.admission.writers() == 1,
        }
    }
}

/// Tells what is new beside the picture; whether anything is.
fn tell(server: &Server, conn: &mut ServerConnection, looking: &mut Looking, hands: &mut Hands, shown: &Shown) -> bool {
    let mut told = false;
    if looking.bells != shown.bells {
        looking.bells = shown.bells;
        conn.send_bell();
        told = true;
    }
    if looking.cuts != shown.cut.count {
        looking.cuts = shown.cut.count;
        // As for what it copied itself.
        hands.copied(Arc::clone(&shown.cut.text));
        conn.send_cut_text(Arc::clone(&shown.cut.text));
        told = true;
    }
    if looking.title != shown.title {
        looking.title = Arc::clone(&shown.title);
        conn.send_name(server.guest.desktop_name(looking.vt, &shown.title).into());
        told = true;
    }
    // Most often the same one, which is nothing new.
    conn.send_pointer(shown.frame.pointer().cloned());
    told
}

/// Makes the client's picture fit frames of `size`; `false` when it has to be told first.
fn fit(conn: &mut ServerConnection, size: Size, reason: Reason) -> bool {
    let picture = conn.size();
    if picture == size {
        conn.set_view(None);
        return true;
    }
    if conn.send_resize(size, reason) {
        tracing::debug!(from = %picture, to = %size, ?reason, "resized");
        conn.set_view(None);
        return false;
    }
    tracing::trace!(%picture, frame = %size, "its picture keeps its size and shows a part");
    conn.set_view(Some(view(picture, size)));
    true
}

/// What of a frame of `size` a client sees whose picture cannot change: all of it, in the middle; or, where it is too
/// large, its left and its bottom, where a console's prompt is.
fn view(picture: Size, size: Size) -> View {
    let middle = |picture: u32, size: u32| picture.saturating_sub(size) / 2;
    View {
        picture,
        crop: Point { x: 0, y: size.height.saturating_sub(picture.height) },
        offset: Point { x: middle(picture.width, size.width), y: middle(picture.height, size.height) },
    }
}

/// A place in the client's picture, as it lies in the frame.
fn to_frame(point: Point, view: Option<View>) -> Point {
    let Some(View { crop, offset, .. }) = view else { return point };
    Point { x: point.x.saturating_sub(offset.x) + crop.x, y: point.y.saturating_sub(offset.y) + crop.y }
}
