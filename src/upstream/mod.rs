//! A proxied screen: the picture of a VNC server in the guest, on a virtual terminal like any other.
//!
//! ```text
//! upstream ─► Link ─► ClientConnection ─► Surface (writes only what differs) ─► Frame ─► display
//!     ◄── requests, keys, pointer ◄── when somebody looks ◄── demand, input ◄──────────────┘
//! ```
//! One task owns all of it, and never waits for a viewer. While there is no upstream the screen says why, and is dialled
//! again and again. Whatever an upstream does harms its own screen alone: its connection is ended, the viewers are led
//! back to where they came from (`server/handoff.rs`), and it is dialled anew.

pub mod budget;
pub mod connect;
mod end;
pub mod held;
mod input;
pub mod link;
mod placard;
pub mod reverse;
mod sound;
pub mod typing;

use std::future::{pending, poll_fn};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Instrument;

use crate::audio::Publisher;
use crate::client::TURN;
use crate::display::board::{About, Board, State};
use crate::display::question::Picture;
use crate::display::stage::{Announced, Announcer};
use crate::display::{Answer, Beside, Cut, Display, DisplayEvent, DisplaySide, Kind, Who, display_of};
use crate::font::Font;
use crate::geometry::{GridSize, Size};
use crate::input::guest_layout::GuestLayout;
use crate::net::address::Address;
use crate::net::attempt::backoff;
use crate::rfb::client::ClientEvent;
use crate::rfb::message::server::ServerInit;
use crate::shutdown::Stop;
use crate::surface::Surface;

use budget::Budget;
use connect::{Dial, FIRST_PAUSE, MAX_PAUSE, Manners};
use end::{End, words};
use held::HeldDown;
use link::{Arrived, Link};
use placard::Placard;
use reverse::Calls;
use sound::Sounding;
use typing::Typing;

/// The unit of damage of a proxied screen: a line of small text is about as high.
pub const TILE: Size = Size::new(64, 16);

/// What is made of any event takes as long as drawing so many pixels, or less.
const EVENT_PIXELS: u64 = 4 * 1024;

/// How a proxied screen is set up.
#[derive(Debug)]
pub struct Settings {
    /// The number of its display, its own in this process.
    pub id: u32,
    /// Where it is dialled, if it is.
    pub to: Option<Address>,
    /// How we come in there, and wherever it calls from.
    pub manners: Manners,
    /// Where it is waited for to call, if it may.
    pub listens: Option<Listens>,
    /// What its guest's keys type, for pastes.
    pub layout: GuestLayout,
    /// How fast these are typed at most, in characters a second.
    pub paste_rate: Option<NonZeroU32>,
    /// What words are written with while it has no picture, and on how many cells.
    pub font: Font,
    /// See `font`.
    pub grid: GridSize,
    /// The number of the virtual terminal of the guest's first console, if it has one.
    pub console: Option<u8>,
    /// Where others read what there is to be told of it beside its picture.
    pub board: Board,
    /// What is left for the pictures of all upstreams.
    pub budget: Budget,
    /// Where its sound goes, if anywhere.
    pub sound: Option<Publisher>,
}

/// Upstreams that call by themselves.
#[derive(Debug)]
pub struct Listens {
    /// Where, in words.
    pub at: String,
    /// Those who have let us in, for this screen.
    pub calls: Calls,
}

/// A running proxied screen.
#[derive(Debug)]
pub struct Handle {
    /// Its picture and its input.
    pub display: Display,
    /// Whether it has a picture.
    pub stage: Announced,
}

/// Starts a proxied screen: it is dialled at once and for life, with or without viewers.
pub fn start(settings: Settings, stop: Stop) -> Handle {
    let span = tracing::info_span!("upstream", id = settings.id);
    let (announcer, stage) = Announcer::new();
    let (upstream, display) = span.in_scope(|| Upstream::new(settings, announcer));
    tokio::spawn(upstream.run(stop).instrument(span));
    Handle { display, stage }
}

/// See the module.
struct Upstream {
    dial: Option<Dial>,
    listens: Option<Listens>,
    /// The largest screen that is taken.
    size_max: Size,
    /// What it costs.
    budget: Budget,
    /// What is waited for, in words.
    awaited: String,
    /// See [`Settings::console`].
    console: Option<u8>,
    side: DisplaySide,
    surface: Surface,
    placard: Placard,
    announcer: Announcer,
    board: Board,
    held: HeldDown,
    typing: Typing,
    /// How often something was said of it, and what it was.
    note: (u64, Arc<str>),
    title: Arc<str>,
    bells: u64,
    cut: Cut,
    /// What a viewer has cut since the guest has, and who.
    clipboard: Option<(Who, Arc<str>)>,
    beside: Beside,
    sound: Sounding,
    /// Viewers who come have been told to wait for a newer picture.
    stale: bool,
    /// Who wants another size, and has no answer yet.
    resizing: Option<(Who, Size)>,
    /// Who waits for its text to change, which it has not.
    listeners: Vec<oneshot::Sender<Answer>>,
    /// Who waits for its picture as it is now.
    askers: Vec<oneshot::Sender<Answer>>,
}

impl Upstream {
    fn new(settings: Settings, announcer: Announcer) -> (Self, Display) {
        let awaited = awaited(&settings);
        let mut placard = Placard::new(settings.font, settings.grid);
        let mut surface = placard.surface();
        placard.show(&words(&awaited, settings.console, "", false, false), &mut surface);
        let (display, side) = display_of(Kind::Graphics, settings.id, surface.publish());
        let upstream = Self {
            size_max: settings.manners.size_max,
            budget: settings.budget,
            dial: settings.to.map(|to| Dial::new(to, settings.manners)),
            listens: settings.listens,
            awaited,
            console: settings.console,
            side,
            surface,
            placard,
            announcer,
            board: settings.board,
            held: HeldDown::default(),
            typing: Typing::new(settings.layout, settings.paste_rate),
            note: (0, "".into()),
            title: "".into(),
            bells: 0,
            cut: Cut::default(),
            clipboard: None,
            beside: Beside::default(),
            sound: Sounding::new(settings.sound),
            stale: true,
            resizing: None,
            listeners: Vec::new(),
            askers: Vec::new(),
        };
        (upstream, display)
    }

    async fn run(mut self, mut stop: Stop) {
        self.post_about();
        let (mut next, mut failures) = (None, 0);
        loop {
            match guarded(self.turn(&mut next, &mut stop)).await {
                Ok(None) => break,
                Ok(Some(())) => failures = 0,
                Err(end) => {
                    failures += 1;
                    self.set_busy(false);
                    self.announcer.down(&end.to_string());
                    tokio::select! {
                        () = tokio::time::sleep(backoff(failures, FIRST_PAUSE, MAX_PAUSE)) => {}
                        () = stop.requested() => break,
                    }
                }
            }
        }
    }

    /// Waits for a server, if there is none that is `next`, and serves it until its connection has ended; `None` when asked
    /// to stop.
    async fn turn(&mut self, next: &mut Option<Arrived>, stop: &mut Stop) -> Option<()> {
        let Arrived { mut link, init } = match next.take() {
            Some(arrived) => arrived,
            None => self.reach(stop).await?,
        };
        let connection = async {
            match self.begin(&mut link, init) {
                Ok(()) => self.serve(&mut link, stop).await,
                Err(end) => end,
            }
        };
        let end = guarded(connection).await.unwrap_or_else(|broken| broken);
        if matches!(end, End::Stopping) {
            return None;
        }
        self.lost(&link, &end);
        if let End::Replaced(arrived) = end {
            *next = Some(*arrived);
        }
        Some(())
    }

    /// Waits for a server that lets us in; `None` when asked to stop.
    async fn reach(&mut self, stop: &mut Stop) -> Option<Arrived> {
        loop {
            self.publish_placard();
            let eager = self.side.picture.is_watched();
            tokio::select! {
                attempt = async { match &mut self.dial { Some(dial) => dial.attempt(eager).await, None => pending().await } } => {
                    match attempt {
                        Ok(arrived) => return Some(arrived),
                        Err(end) => self.refused(&end.to_string()),
                    }
                }
                call = called(&mut self.listens) => match call {
                    Ok(arrived) => return Some(arrived),
                    Err(end) => self.refused(&end.to_string()),
                },
                event = self.side.event(true) => self.viewer_did(event, None),
                () = stop.requested() => return None,
            }
        }
    }

    /// A server has let us in: its picture is asked for.
    fn begin(&mut self, link: &mut Link, init: ServerInit) -> Result<(), End> {
        tracing::info!(size = %init.size, name = init.name, "upstream let us in");
        self.set_busy(true);
        if let Some(dial) = &mut self.dial {
            dial.give_up();
        }
        self.budget.charge(init.size).ok_or(End::Costly)?;
        self.title = init.name.into();
        self.surface.resize(init.size, TILE, 0);
        link.ask_for_all();
        Ok(())
    }

    fn set_busy(&self, busy: bool) {
        if let Some(listens) = &self.listens {
            listens.calls.set_busy(busy);
        }
    }

    /// Nothing came of an attempt.
    fn refused(&mut self, why: &str) {
        // Said once, however often it is tried.
        if *self.announcer.why() != *why {
            tracing::info!(why, awaited = self.awaited, "no upstream");
            self.announcer.down(why);
            self.show_words(why);
            self.post_about();
        }
    }

    /// The connection has ended.
    fn lost(&mut self, link: &Link, end: &End) {
        let up = link.up.map_or(Duration::ZERO, |up| up.elapsed());
        tracing::info!(%end, seconds = up.as_secs(), had_picture = link.up.is_some(), "upstream gone");
        self.set_busy(matches!(end, End::Replaced(_)));
        if let Some(dial) = &mut self.dial {
            dial.ended(up);
        }
        if let Some(record) = link.called.as_ref().filter(|_| !matches!(end, End::Replaced(_))) {
            record.ended(up);
        }
        self.held = HeldDown::default();
        self.sound.lost();
        self.typing.lost();
        self.refuse_size();
        for asker in self.askers.drain(..) {
            let _ = asker.send(Answer::Refused(input::NOT_THERE));
        }
        if matches!(end, End::Broken) {
            // Nobody knows what its parts are like: none of them is taken over.
            self.surface.resize(TILE, TILE, 0);
        }
        // How often the pointer was placed stays: viewers would else take the next one for an old one.
        (self.title, self.beside) = ("".into(), Beside { placed: self.beside.placed, ..Beside::default() });
        self.side.picture.show_beside(self.beside);
        let why = end.to_string();
        self.show_words(&why);
        // At once, also if nobody looks: what a guest that is gone has shown last must not be taken for what is there.
        self.side.picture.show(self.surface.publish(), &self.title, self.bells);
        self.stale = false;
        self.budget.free();
        self.announcer.down(&why);
        self.post_about();
    }

    fn show_words(&mut self, why: &str) {
        let words = words(&self.awaited, self.console, why, self.announcer.has_been_up(), self.listens.is_some());
        self.placard.show(&words, &mut self.surface);
    }

    /// Shows the words to whoever looks.
    fn publish_placard(&mut self) {
        let picture = &self.side.picture;
        if picture.is_wanted() && (self.surface.is_dirty() || picture.is_fresh_wanted()) {
            picture.show(self.surface.publish(), &self.title, self.bells);
            self.stale = false;
        } else if self.surface.is_dirty() {
            self.mark_stale();
        }
    }

    fn mark_stale(&mut self) {
        if !std::mem::replace(&mut self.stale, true) {
            self.side.picture.mark_stale();
        }
    }

    /// Serves a connection until it ends.
    async fn serve(&mut self, link: &mut Link, stop: &mut Stop) -> End {
        loop {
            let now = Instant::now();
            link.client.conn.begin_turn(TURN);
            // What came with its last word before we were in, or was too much for one turn; and what has waited for its time.
            let behind = match self.take(link) {
                Err(end) => return end,
                Ok(all) => !all,
            };
            self.type_on(link, now);
            // Who typed and turned elsewhere before it was taken: his releases may not have found room.
            self.let_go(Some(link));
            self.paint_on(link, now);
            self.sound.settle(&mut link.client.conn);
            link.client.conn.write_due(now.into_std());
            let watched = self.side.picture.is_watched();
            if let Err(end) = link.check(watched, now).and_then(|()| link.write()) {
                return end;
            }
            let takes_input = link.takes_input();
            let typing = self.typing.deadline(takes_input);
            let deadline = [link.deadline(watched, now), typing].into_iter().flatten().min();
            let goes_on = behind && !link.client.is_full();
            tokio::select! {
                // Others go first here, too.
                () = tokio::task::yield_now(), if goes_on => {}
                ready = link.ready(), if !goes_on => match ready {
                    Err(error) => return End::Io(error),
                    Ok(ready) if ready.is_readable() => match link.read(|link| self.take(link)) {
                        Err(end) => return end,
                        // Others go first: a screen that moves all the time would else take all of a worker's.
                        Ok(true) => tokio::task::yield_now().await,
                        Ok(false) => {}
                    },
                    Ok(_) => {}
                },
                event = self.side.event(takes_input) => {
                    self.viewer_did(event, Some(link));
                    while link.takes_input() && let Some((who, input)) = self.side.try_input() {
                        self.take_input(&who, input, Some(link));
                    }
                }
                // Who has let us in takes the place of the one before: that is how its listener was told to do.
                Ok(arrived) = called(&mut self.listens) => return End::Replaced(Box::new(arrived)),
                () = tokio::time::sleep_until(deadline.unwrap_or(now)), if deadline.is_some() => {}
                () = self.sound.changed() => {}
                () = stop.requested() => return End::Stopping,
            }
        }
    }

    /// Shows what has come to whoever waits for it, and asks for more.
    fn paint_on(&mut self, link: &mut Link, now: Instant) {
        let picture = &self.side.picture;
        if link.up.is_none() {
            // Until its first picture has come, and that may take a while, the words remain.
            if picture.is_fresh_wanted() {
                picture.show(picture.shown().frame, &self.title, self.bells);
            }
            return;
        }
        if link.is_blank() {
            return;
        }
        let (watched, asked) = (picture.is_watched(), !self.askers.is_empty());
        let fresh = picture.is_fresh_wanted() || asked;
        if fresh && !link.is_current(now) {
            link.probe(now);
        }
        let waits = link.is_torn(now) || fresh && !link.is_current(now);
        if (picture.is_wanted() || asked) && !waits && (fresh || self.surface.is_dirty()) {
            let frame = self.surface.publish();
            for asker in self.askers.drain(..) {
                // He may wait for it no longer.
                let _ = asker.send(Answer::Picture(Picture(Arc::clone(&frame))));
            }
            picture.show(frame, &self.title, self.bells);
            self.stale = false;
            link.shown();
        }
        if watched && std::mem::take(&mut link.cut_waits) {
            link.client.conn.request_cut_text();
        }
        if watched && !self.surface.is_dirty() {
            link.ask_for_changes();
        } else {
            // Also while somebody looks who takes no pictures now.
            link.age();
        }
        if self.surface.is_dirty() || !watched && !link.is_current(now) {
            self.mark_stale();
        }
    }

    /// Takes what has come, as far as this turn goes; whether that was all.
    fn take(&mut self, link: &mut Link) -> Result<bool, End> {
        let now = Instant::now();
        loop {
            let (surface, conn) = (&mut self.surface, &mut link.client.conn);
            let event = conn.poll_event(now.into_std(), &mut |drawing| drawing.draw_on(surface))?;
            let Some(event) = event else { break };
            // A new size is a new picture, all of which is written.
            let pixels = if let ClientEvent::Resized(size) = event { size.area() } else { 0 };
            link.client.conn.charge(pixels.max(EVENT_PIXELS));
            self.upstream_did(event, link, now)?;
        }
        link.looked(now);
        Ok(!link.client.conn.is_behind())
    }

    fn upstream_did(&mut self, event: ClientEvent, link: &mut Link, now: Instant) -> Result<(), End> {
        match event {
            ClientEvent::Updated { pixels } => {
                link.updated(pixels, now);
                if pixels && link.up.is_none() {
                    self.come_up(link, now);
                }
                // While nothing is on its way, what has come is shown: an update is a picture without seams.
                self.paint_on(link, now);
            }
            ClientEvent::Resized(size) => {
                tracing::debug!(%size, "upstream resized");
                self.budget.charge(size).ok_or(End::Costly)?;
                self.surface.resize(size, TILE, 0);
                self.resizing = None;
                link.resized();
            }
            ClientEvent::SetDesktopSizeAnswered { status } => {
                // Where it was granted it is told as a new size, unless nothing became of it.
                tracing::debug!(status, "upstream keeps its size");
                self.refuse_size();
            }
            ClientEvent::Name(name) => {
                self.title = name.into();
                self.tell(link);
            }
            ClientEvent::Pointer(shape) => self.reshape_pointer(shape),
            ClientEvent::PointerMode { relative } => self.set_relative(relative),
            ClientEvent::Locks(locks) => self.set_lamps(locks),
            ClientEvent::PointerMoved(at) => self.place_pointer(at),
            ClientEvent::Bell => {
                self.bells += 1;
                self.tell(link);
            }
            ClientEvent::CutAnnounced => link.cut_waits = true,
            ClientEvent::CutText(text) => self.cut(text),
            ClientEvent::Sound(heard) => self.sound.heard(&heard),
            // The handshake is over, and the others are not for us.
            ClientEvent::StartTls
            | ClientEvent::Ready(_)
            | ClientEvent::Acknowledged(_)
            | ClientEvent::EndOfContinuousUpdates
            | ClientEvent::Console(_)
            | ClientEvent::Stream { .. } => {}
        }
        Ok(())
    }

    /// The first picture has come: everybody hears of it.
    fn come_up(&mut self, link: &mut Link, now: Instant) {
        link.up = Some(now);
        tracing::info!(size = %self.surface.size(), "upstream has its picture");
        // It is painted, whether anybody waits for it or not: those who come now see it first.
        self.side.picture.show(self.surface.publish(), &self.title, self.bells);
        self.stale = false;
        self.announcer.up();
        self.announce_clipboard(link);
        self.post_about();
    }

    /// Tells those who look of a name or a bell.
    fn tell(&mut self, link: &Link) {
        if link.up.is_some() {
            let frame = self.side.picture.shown().frame;
            self.side.picture.show(frame, &self.title, self.bells);
            // The picture is no newer for that.
            if std::mem::take(&mut self.stale) {
                self.mark_stale();
            }
            self.post_about();
        }
    }

    fn post_about(&self) {
        let state = if self.announcer.is_up() { State::Open } else { State::Waiting };
        let about = About {
            state,
            can_break: false,
            grid: self.placard.grid(),
            title: Arc::clone(&self.title),
            note: self.note.clone(),
        };
        self.board.post(self.side.id(), &about);
    }

    /// Tells those who read what there is to be told beside the picture.
    fn say(&mut self, what: &str) {
        self.note = (self.note.0 + 1, what.into());
        self.post_about();
    }

    fn viewer_did(&mut self, event: DisplayEvent, link: Option<&mut Link>) {
        match event {
            DisplayEvent::Input(who, input) => self.take_input(&who, input, link),
            DisplayEvent::Asked(question) => self.answer(question, link),
            DisplayEvent::Woken => self.let_go(link),
        }
    }
}

/// Does `work`; if it panics, the connection ends whose bytes, or whose viewers, made it do so, and no more (limits.md §1
/// rule 1).
async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, End> {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.map(|poll| poll.map(Ok)).unwrap_or_else(|_| {
            tracing::error!("a panic in an upstream's task");
            Poll::Ready(Err(End::Broken))
        })
    })
    .await
}

/// The next server that has called and let us in; or why one has not. Never, where none may call.
async fn called(listens: &mut Option<Listens>) -> Result<Arrived, End> {
    match listens {
        Some(listens) => listens.calls.next().await,
        None => pending().await,
    }
}

/// What is waited for, in words.
fn awaited(settings: &Settings) -> String {
    let listens = settings.listens.as_ref().map(|listens| format!("the guest to call {}", listens.at));
    match (settings.to.as_ref().map(Address::to_string), listens) {
        (Some(to), Some(listens)) => format!("{to}, or {listens}"),
        (to, listens) => to.or(listens).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
