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

mod cropping;
mod hearing;
mod hush;
mod looking;
mod noting;
mod refining;

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::access::Role;
use crate::access::pen::{self, Writers};
use crate::console::vt::VtNumber;
use crate::display::{Aside, Display, Input, Kind, OwnInput};
use crate::geometry::Size;
use crate::input::PowerButton;
use crate::input::chord::PeopleKey;
use crate::net::listen::Peer;
use crate::net::pipe::Pipe;
use crate::net::tls::Session;
use crate::rfb::error::RfbError;
use crate::rfb::ext::console::{Notice, Request};
use crate::rfb::ext::desktop_size::Status;
use crate::rfb::ext::stream::StreamRequest;
use crate::rfb::ids::{ConsoleRequest, Encoding};
use crate::rfb::pixel_format::PixelFormat;
use crate::rfb::server::{ServerConnection, ServerEvent, ServerSettings};

use super::admission::{SentAway, Ticket};
use super::auth::{Denied, Pass};
use super::backlog::Backlog;
use super::disconnect::{Disconnect, STALLED};
use super::dispatch::{Hands, SAID, Sizing};
use super::door::Arrival;
use super::extension::{Around, Extension, Judged, Wish};
use super::roster::{Person, Way};
use super::seat::Seat;
use super::{Entry, Server};
use cropping::to_frame;
use hearing::{Hearing, sound_for};
use hush::Hush;
use looking::Looking;

/// How long the line stays that says who is there.
const PRESENCE: Duration = Duration::from_secs(10);
/// Bytes read at once.
const READ: usize = 16 * 1024;
/// Where so many came at once, there may be more: in a WebSocket's smallest frames they are a seventh of what was read.
const MUCH: usize = READ / 16;
/// How long the last of what is queued may take when the server stops.
const LAST_WRITE: Duration = Duration::from_millis(300);
/// Slices written at once.
const SLICES: usize = 16;
/// With so many bytes of notices queued, the next ones wait until they are written.
const NOTICES: usize = 64 * 1024;

thread_local! {
    /// Where bytes are read to before they are understood: one for each worker, since idle viewers are many.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into_boxed_slice());
}

/// What its credentials are worth, once that is known. It keeps nothing of the viewer's.
type Judging = Pin<Box<dyn Future<Output = Result<Pass, Denied>> + Send>>;

/// One viewer.
pub(super) struct Viewer {
    server: Arc<Server>,
    pipe: Pipe,
    peer: Peer,
    /// When it connected.
    since: Instant,
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
    /// It turns there, once what it held where it looks now has been let go.
    leaving: Option<VtNumber>,
    /// Whether what it types counts.
    hush: Hush,
    /// What is to be said there.
    farewell: Option<Arc<str>>,
    /// The size of its picture before it was told another one, unasked.
    had: Option<Size>,
    /// The console that it looked at before it turned to a proxied screen.
    came_from: Option<VtNumber>,
    /// Likewise.
    seat: Option<Seat>,
    hands: Hands,
    /// The size of its desktop, where it was granted one of its own: the console's picture is in the middle.
    wish: Option<Size>,
    backlog: Backlog,
    extension: Extension,
    hearing: Hearing,
    /// What was sent last was a stream's: now it is the picture's turn.
    streamed: bool,
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
    pub(super) fn new(server: Arc<Server>, arrival: Arrival, (security, pass): Entry, ticket: Ticket) -> Self {
        let (name, size) = server.guest.first_look(first_of(&server, pass.as_ref()));
        let conn = ServerConnection::new(ServerSettings { name, size, security }, arrival.since.into_std());
        // It gets others when it comes in.
        let hands = Hands::of(ticket.number(), Role::View, false, None);
        Self {
            server,
            pipe: arrival.pipe,
            peer: arrival.peer,
            since: arrival.since,
            conn,
            judging: None,
            starting_tls: None,
            pass,
            backlog: Backlog::of(hands.who()),
            extension: Extension::of(hands.who()),
            hands,
            hearing: Hearing::default(),
            wish: None,
            ticket,
            looking: None,
            leaving: None,
            hush: Hush::default(),
            farewell: None,
            had: None,
            came_from: None,
            streamed: false,
            seat: None,
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
        let (why, seconds) = (end.to_string(), self.since.elapsed().as_secs());
        let hears = end.is_ours() && self.conn.takes_notices();
        if hears {
            self.conn.send_notice(&Notice::Note { warning: true, text: why.clone() });
        }
        // A reason that was queued is worth one attempt; what a console wrote last, a little more.
        self.write();
        if matches!(end, Disconnect::SentAway(SentAway::Stopping)) {
            let _ = tokio::time::timeout(LAST_WRITE, self.write_all()).await;
        }
        let seen = self.looking.is_some();
        self.extension.leave();
        self.leave_display();
        if seen {
            // What was never is not said.
            let unless_none = |count: u64| (count > 0).then_some(count);
            let (skipped, dropped_input) = (unless_none(self.skipped), unless_none(self.backlog.dropped()));
            let lost_sound = unless_none(self.hearing.lost());
            tracing::info!(?end, seconds, updates = self.updates, skipped, dropped_input, lost_sound, "viewer gone");
        } else if let Disconnect::Denied(denied) = end {
            tracing::info!(?denied, "viewer not let in");
        } else if end.is_of_interest() {
            if matches!(end, Disconnect::Rfb(RfbError::SpeaksHttp)) {
                self.server.late_browser(self.peer);
            }
            tracing::info!(?end, seconds, "did not come in");
        } else {
            tracing::debug!(?end, seconds, "did not come in");
        }
        self.pipe.close(end.close_code(), &why);
        // Others may have its place meanwhile.
        drop((self.seat, self.ticket));
        if hears || end.was_told(&self.pipe) {
            self.pipe.linger().await;
        }
    }

    /// Everything that can be done without waiting for this peer.
    async fn turn(&mut self) -> Result<(), Disconnect> {
        let now = Instant::now();
        if let Some(seat) = self.seat.as_ref().filter(|seat| seat.writes_at().is_some_and(|at| now >= at)) {
            seat.settle(now);
        }
        self.turn_away();
        // Who asks for everything each time never waits for what changes, where he would hear of this.
        if self.looking.as_ref().is_some_and(|looking| looking.watching.is_over()) {
            self.return_from_view()?;
        }
        if let Some(looking) = &mut self.looking {
            looking.noting.expire(now);
        }
        loop {
            self.handle_events()?;
            self.prepare().await;
            self.handle_events()?;
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
        let takes_sound = !self.hung_up && self.hearing.listens() && self.conn.takes_sound();
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
                if ready?.is_readable() && reading && self.read()? {
                    // Others go first: who sends as fast as he can would else be read for as long as the runtime lets one
                    // task go on, which is megabytes, and a few of those stop everybody for seconds.
                    tokio::task::yield_now().await;
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
            () = self.extension.wait(takes_notices, Instant::now) => {}
            heard = self.hearing.next(), if takes_sound => self.hear(&heard),
            () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {}
        }
        Ok(())
    }

    /// It is known what its credentials are worth.
    fn judged(&mut self, verdict: Result<Pass, Denied>) -> Result<(), Disconnect> {
        self.judging = None;
        match verdict {
            Ok(pass) => {
                let (name, size) = self.server.guest.first_look(first_of(&self.server, Some(&pass)));
                self.conn.set_initial(name, size);
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

    /// What is said to this viewer alone.
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
            Aside::Note(of, note) => self.lay_over(of, note),
            Aside::Fits { of, size, view } => self.fits(of, size, view),
            Aside::FitsNot { size, why } => self.fits_not(size, why),
            Aside::PowerFailed => self.conn.send_power_failed(),
            Aside::Yield => self.follow_turn(Instant::now()),
            Aside::Back(display, said) => self.go_back(display, said),
            Aside::Say(said) => self.say(said),
            Aside::Show(display) => {
                if let Some(vt) = self.server.guest.vts().number_of(display) {
                    self.switch(vt);
                }
            }
        }
    }

    /// The only virtual terminal that it sees; all of them where there is none.
    fn only(&self) -> Option<VtNumber> {
        only_of(self.pass.as_ref())
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
        let takes_more = !self.hung_up && self.conn.update_wanted().is_some_and(|wanted| !wanted.full);
        let refines = self.looking.as_ref().filter(|_| takes_more).and_then(Looking::refines_at);
        let writes_at = self.seat.as_ref().and_then(Seat::writes_at);
        let noted = self.looking.as_ref().and_then(|looking| looking.noting.deadline());
        [stalled, protocol, notices, refines, noted, writes_at, self.backlog.deadline()].into_iter().flatten().min()
    }

    /// Takes what has come; whether it was so much that there may be more.
    fn read(&mut self) -> Result<bool, Disconnect> {
        SCRATCH.with_borrow_mut(|scratch| match self.pipe.try_read(scratch) {
            Ok(0) => Err(Disconnect::Left),
            Ok(length) => {
                self.conn.receive(&scratch[..length]);
                Ok(length >= MUCH)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            // It was a WebSocket's own.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Err(Disconnect::Left),
            Err(error) => Err(error.into()),
        })
    }

    /// Writes all that is queued; only at the end, when nothing is read any more.
    async fn write_all(&mut self) {
        while self.conn.queued() > 0 && !self.hung_up && self.pipe.ready(Interest::WRITABLE).await.is_ok() {
            self.write();
        }
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
                    self.judging = Some(Box::pin(async move {
                        server.gate.judge(peer, credentials, |console| server.guest.find(console)).await
                    }));
                    return Ok(());
                }
                Some(ServerEvent::Audio(request)) => self.ask_sound(request),
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
        let settings = &self.server.settings;
        self.hands = Hands::of(self.ticket.number(), role, settings.writers == Writers::One, settings.leader);
        self.backlog = Backlog::of(self.hands.who());
        self.extension = Extension::of(self.hands.who());
        let name = self.pass.as_ref().and_then(|pass| pass.name.as_deref());
        tracing::info!(role = role.name(), name, "viewer in");
        // The buttons are the whole guest's, and not for those who were let in to one console of it.
        if role.may_write() && self.only().is_none() && self.server.guest.has_power() {
            self.conn.offer_power();
        }
        if sound_for(&self.server.guest, self.only()).is_some() {
            self.conn.offer_sound();
        }
        self.look_at(first_of(&self.server, self.pass.as_ref()));
        let person = Person {
            number: self.ticket.number(),
            name: self.pass.as_ref().and_then(|pass| pass.name.clone()),
            peer: self.peer,
            way: Way {
                tls: self.pipe.is_tls(),
                web_socket: self.pipe.is_web_socket(),
                unix: matches!(self.peer, Peer::Unix),
            },
            role,
            display: self.looking.as_ref().map_or(0, |looking| looking.watching.of()),
            confined: self.only().is_some(),
            since: Instant::now(),
        };
        self.seat = Some(self.server.roster.seat(person, self.hands.who()));
        if self.only().is_none() {
            self.meet_graphics();
        }
        Ok(())
    }

    /// The guest's graphics may have come up while nobody knew of this viewer yet.
    fn meet_graphics(&mut self) {
        let first = self.server.first();
        if self.looking.as_ref().is_some_and(|looking| looking.vt != first) {
            self.switch(first);
        }
        if let Some(said) = self.server.offered() {
            self.say(said);
        }
    }

    /// What an event of a viewer that is in leads to. View-only is judged there, for all of them.
    fn dispatch(&mut self, event: ServerEvent, now: Instant) -> Result<(), Disconnect> {
        self.follow_turn(now);
        self.follow_pointer(&event, now);
        let (Some(looking), Some(seat)) = (&self.looking, &self.seat) else { return Ok(()) };
        if is_somebodys(&event) {
            seat.did_something(now);
        }
        if matches!(event, ServerEvent::Key(_) | ServerEvent::Console(Request::Stream(StreamRequest::Input { .. }))) {
            seat.typed(now);
        }
        // gvncviewer answers each size with that of its window, which nobody has touched: a desktop is not to shrink by that.
        let clings = looking.watching.kind() == Kind::Graphics
            && matches!(&event, ServerEvent::SetDesktopSize(size) if self.had == Some(*size));
        let guest = self.server.guest.seen_by(self.only());
        let mut outcome = self.hands.handle(
            event,
            now,
            || if clings { Sizing::Nothing } else { self.server.sizing() },
            |number| {
                let exists = VtNumber::new(number).is_some_and(|number| guest.vt(number).is_some());
                if !exists {
                    tracing::debug!(vt = number, "there is no such VT; the guest gets the key");
                }
                exists
            },
            |point| to_frame(point, self.conn.wire_format().and_then(|format| format.view), looking.size()),
            || seat.why_not().into(),
        );
        self.hush.sift(&mut outcome.input, now);
        if let Some(looking) = self.looking.as_mut().filter(|_| outcome.input.iter().any(types)) {
            // It has been read.
            looking.noting.set(None);
        }
        let Some(looking) = &self.looking else { return Ok(()) };
        self.backlog.extend(outcome.input, looking.watching.input(), now);
        self.conn.send_locks(looking.lamps().unwrap_or_else(|| self.hands.locks()));
        if let Some(status) = outcome.refuse_resize {
            tracing::debug!(?status, "resize refused");
            self.conn.refuse_resize(status);
        }
        if let Some(key) = outcome.people {
            self.heed(key, now);
        }
        let wish = outcome.request.map(|request| self.ask(request, now)).transpose()?.flatten();
        if let Some(button) = outcome.power {
            self.press(button);
        }
        if let Some(vt) = outcome.switch_to.or(wish) {
            self.switch(vt);
            self.take_along(vt);
        }
        Ok(())
    }

    /// Asks by the console extension. The virtual terminal that it looks at from now on.
    fn ask(&mut self, request: Judged, now: Instant) -> Result<Option<VtNumber>, RfbError> {
        let (Some(looking), Some(seat)) = (&self.looking, &self.seat) else { return Ok(None) };
        let (server, vt) = (&self.server, looking.vt);
        let (viewer, role) = (self.ticket.number(), self.hands.role());
        let around = Around { guest: server.guest.seen_by(self.only()), roster: &server.roster, viewer, role, vt };
        let (operation, done) = match self.extension.handle(request, around, now)? {
            None => return Ok(None),
            Some(Wish::Look(vt)) => return Ok(Some(vt)),
            Some(Wish::Take { force }) => (ConsoleRequest::TAKE, seat.take(force, now)),
            Some(Wish::Release) => (ConsoleRequest::RELEASE, seat.release(now)),
            Some(Wish::Answer { viewer, grant }) => (ConsoleRequest::ANSWER, seat.answer(viewer, grant, now)),
        };
        done.or_else(|why| self.extension.refuse(operation, &why.to_string())).map(|()| None)
    }

    /// Does what a key asks for that has to do with the other viewers.
    fn heed(&mut self, key: PeopleKey, now: Instant) {
        let (Some(looking), Some(seat)) = (&self.looking, &self.seat) else { return };
        let refused = |done: Result<(), _>| done.err().map(|why: pen::Refusal| (why.to_string(), SAID));
        let said = match key {
            PeopleKey::Write => refused(seat.pass_the_pen(now)),
            PeopleKey::Deny => refused(seat.deny(now)),
            PeopleKey::Others => Some((seat.presence(), PRESENCE)),
        };
        let said = said.map(|(text, time)| Input::Own(OwnInput::Say(text.into(), time)));
        self.backlog.extend(said.into_iter().collect(), looking.watching.input(), now);
    }

    /// It may be its turn to write, or be no more.
    fn follow_turn(&mut self, now: Instant) {
        let (Some(looking), Some(seat)) = (&self.looking, &self.seat) else { return };
        let (wrote, owed) = (self.hands.writes(), self.hands.turn(seat.may_write()));
        if self.hands.writes() && !wrote {
            // That somebody else writes is true no longer.
            let nothing = Input::Own(OwnInput::Say("".into(), Duration::ZERO));
            self.backlog.extend(vec![nothing], looking.watching.input(), now);
        }
        if owed.is_empty() {
            let clipboard = self.hands.clipboard();
            return self.backlog.extend(clipboard.into_iter().collect(), looking.watching.input(), now);
        }
        // What it typed and there was no room for comes too late; what it pastes elsewhere ends too.
        self.backlog.drop_all();
        self.extension.drop_input();
        self.backlog.extend(owed, looking.watching.input(), now);
        for (_, vt) in self.server.guest.vts().iter().filter(|(number, _)| *number != looking.vt) {
            // One that has no room for it takes no paste either.
            vt.display.send(self.hands.who(), Input::Own(OwnInput::Yield));
        }
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

    /// Input that found no room for a second is dropped.
    fn give_up_input(&mut self) {
        if self.backlog.give_up(Instant::now()) {
            tracing::debug!("the console takes no input; a resize is given up");
            self.conn.refuse_resize(Status::OutOfResources);
        }
    }
}

/// The only virtual terminal that somebody sees who has shown this; all of them where there is none.
fn only_of(pass: Option<&Pass>) -> Option<VtNumber> {
    pass.and_then(|pass| pass.only)
}

/// The virtual terminal that he is shown first.
fn first_of(server: &Server, pass: Option<&Pass>) -> VtNumber {
    only_of(pass).unwrap_or_else(|| server.first())
}

/// Whether something is typed.
fn types(input: &Input) -> bool {
    matches!(input, Input::Key(event, _) if event.down && !event.keysym.is_modifier())
}

/// Whether it is somebody who did this, and not the program before which nobody may sit.
fn is_somebodys(event: &ServerEvent) -> bool {
    match event {
        ServerEvent::Key(_) | ServerEvent::Pointer(_) | ServerEvent::Motion(_) => true,
        ServerEvent::Console(Request::Stream(request)) => matches!(request, StreamRequest::Input { .. }),
        ServerEvent::Console(request) => !matches!(request, Request::Subscribe { .. } | Request::Lines { .. }),
        _ => false,
    }
}

impl Server {
    fn sizing(&self) -> Sizing {
        match self.settings.resize {
            super::ResizePolicy::Any => Sizing::Console,
            super::ResizePolicy::Fixed => Sizing::Letters,
            super::ResizePolicy::Sole if self.admission.writers() == 1 => Sizing::Console,
            super::ResizePolicy::Sole => Sizing::Nothing,
        }
    }
}
