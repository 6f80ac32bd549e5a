//! One connection to an upstream: it moves bytes, [`ClientConnection`] thinks; and when to ask for the next picture.
//!
//! One request is on its way at a time, and it is made when the picture before has been shown to somebody: so an upstream
//! paints one picture ahead of the viewers and no more, and for nobody when nobody looks.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::time::Duration;

use tokio::io::{Interest, Ready};
use tokio::time::Instant;

use crate::geometry::Rect;
use crate::net::Stream;
use crate::net::tls::{Dialling, Session};
use crate::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Turn};
use crate::rfb::error::RfbError;
use crate::rfb::message::server::ServerInit;

use super::End;
use super::reverse::Record;

/// Bytes read at once.
const READ: usize = 256 * 1024;
/// Bytes read before others have their turn.
const READ_IN_A_TURN: usize = 4 * READ;
/// Slices written at once.
const SLICES: usize = 16;
/// With so many bytes to be written, viewers' input waits.
pub const WAITING_MAX: usize = 16 * 1024;
/// With so many, nothing is read either: they are answers that it does not take. Larger than a cut text, so that no server
/// that writes before it reads waits for us while we wait for it.
pub const ANSWERS_MAX: usize = 2 * 1024 * 1024;
/// What is done with what has come before others have their turn: some milliseconds' worth of drawing.
pub const TURN: Turn = Turn { pixels: 4 * 1024 * 1024, queued: ANSWERS_MAX };
/// An upstream that takes nothing for so long, with bytes waiting, is gone.
pub const STALLED: Duration = Duration::from_secs(30);
/// An upstream that has been silent for so long is asked for a pixel (limits.md §5).
pub const SILENT: Duration = Duration::from_secs(30);
/// The same while somebody looks.
pub const SILENT_WATCHED: Duration = Duration::from_secs(10);
/// How long it may take to answer that.
pub const ANSWER: Duration = Duration::from_secs(10);
/// How long its first picture may take.
pub const FIRST_PICTURE: Duration = Duration::from_secs(60);
/// Fewer bytes than these are no sign of life by themselves, so that nobody holds the place with one byte now and then.
pub const PROGRESS: usize = 4 * 1024;
/// For so long half an update is not shown; on a slow way it is, from then on.
pub const SEAMLESS: Duration = Duration::from_millis(100);
/// How long who turns to the screen waits for it to tell whether it has changed; then he sees it as it was.
pub const PROBE: Duration = Duration::from_millis(100);

/// What is asked for to hear anything at all.
const PIXEL: Rect = Rect::new(0, 0, 1, 1);

thread_local! {
    /// Where bytes are read to before they are understood: one for each worker.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// A connection whose server has let us in.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) link: Link,
    /// What it told of itself.
    pub(super) init: ServerInit,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Link {
    /// `None` for a moment, while TLS begins.
    stream: Option<Stream>,
    pub(super) conn: ClientConnection,
    /// Once all that is queued has left, it goes on over this; it is not read meanwhile.
    starting_tls: Option<Session>,
    /// An update is asked for and has not come.
    asked: bool,
    /// What has come is the newest, or was a moment ago.
    current: bool,
    /// Its size has changed, and no pixels have come since: there is nothing to be seen.
    blank: bool,
    /// When the picture counts as new although the upstream has said nothing.
    probed_until: Option<Instant>,
    /// When it let us in.
    since: Instant,
    /// When an update was complete last, or [`PROGRESS`] was made with one.
    heard: Instant,
    /// Bytes that have come since.
    progress: usize,
    /// When it was asked for a pixel, if no update was complete since.
    pinged: Option<Instant>,
    /// When the update began that has come in part.
    within: Option<Instant>,
    stalled: Option<Instant>,
    /// It takes nothing any more, but what it said before may still be read.
    deaf: bool,
    /// Something was cut there, and nobody who looks has been there to ask for it.
    pub(super) cut_waits: bool,
    /// When its first picture came.
    pub(super) up: Option<Instant>,
    /// Where it counts if nothing comes of it; `None` where we have dialled.
    pub(super) called: Option<Record>,
}

impl Link {
    fn new(stream: Stream, settings: ClientSettings, now: Instant) -> Self {
        Self {
            stream: Some(stream),
            conn: ClientConnection::new(settings, now.into_std()),
            starting_tls: None,
            asked: false,
            current: false,
            blank: false,
            probed_until: None,
            since: now,
            heard: now,
            progress: 0,
            pinged: None,
            within: None,
            stalled: None,
            deaf: false,
            cut_waits: false,
            up: None,
            called: None,
        }
    }

    /// Waits until something can be read, or written where there is something to write. May be dropped half-way without
    /// loss.
    pub(super) async fn ready(&mut self) -> io::Result<Ready> {
        let reads = self.starting_tls.is_none() && !self.is_full();
        let interest = match (reads, self.conn.queued() > 0) {
            (true, true) => Interest::READABLE | Interest::WRITABLE,
            (true, false) => Interest::READABLE,
            (false, _) => Interest::WRITABLE,
        };
        match &mut self.stream {
            Some(stream) => stream.ready(interest).await,
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Takes what has come, up to a turn's worth, and gives it to `handle`, which tells whether it took all of it. Whether
    /// there may be more.
    pub(super) fn read(&mut self, mut handle: impl FnMut(&mut Self) -> Result<bool, End>) -> Result<bool, End> {
        let mut taken = 0;
        while taken < READ_IN_A_TURN && !self.is_full() {
            let Some(length) = self.read_some()? else { return Ok(false) };
            taken += length;
            if !handle(self)? {
                break;
            }
        }
        Ok(true)
    }

    /// Takes some of what has come, and how much; `None` when there is no more now.
    fn read_some(&mut self) -> Result<Option<usize>, End> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        let read = SCRATCH.with_borrow_mut(|scratch| {
            let length = stream.try_read(scratch)?;
            self.conn.receive(&scratch[..length]);
            io::Result::Ok(length)
        });
        match read {
            Ok(0) => Err(End::Left),
            Ok(length) => {
                self.progress += length;
                if self.progress >= PROGRESS {
                    (self.heard, self.progress) = (Instant::now(), 0);
                }
                Ok(Some(length))
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => Ok(None),
                // It was TLS's own.
                io::ErrorKind::Interrupted => Ok(Some(0)),
                io::ErrorKind::ConnectionReset => Err(End::Left),
                _ => Err(End::Io(error)),
            },
        }
    }

    /// Comes in to the server at the other end of `stream`, within TLS by `connector` where that is agreed on.
    ///
    /// # Errors
    /// Why it did not let us in.
    pub(super) async fn greet(stream: Stream, settings: ClientSettings, tls: Option<Dialling>) -> Result<Arrived, End> {
        let mut link = Self::new(stream, settings, Instant::now());
        loop {
            match link.conn.poll_event(Instant::now().into_std(), &mut |_| ())? {
                Some(ClientEvent::Ready(init)) => return Ok(Arrived { link, init }),
                Some(ClientEvent::StartTls) => {
                    let session = tls.as_ref().map(Dialling::session).transpose().map_err(End::Io)?;
                    link.starting_tls = Some(session.ok_or(RfbError::Misbehaved("TLS that nobody has asked for"))?);
                }
                Some(_) => continue,
                None => {}
            }
            link.write()?;
            let deadline = link.conn.poll_timeout().map_or_else(Instant::now, Instant::from_std);
            tokio::select! {
                ready = link.ready() => {
                    if ready.map_err(End::Io)?.is_readable() && link.starting_tls.is_none() {
                        link.read_some()?;
                    }
                }
                () = tokio::time::sleep_until(deadline) => {}
            }
        }
    }

    /// Writes what the kernel takes.
    pub(super) fn write(&mut self) -> Result<(), End> {
        while let Some(stream) = self.stream.as_mut().filter(|_| !self.deaf) {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = self.conn.poll_transmit(&mut slices);
            if filled == 0 {
                self.stalled = None;
                break;
            }
            match stream.try_write_vectored(&slices[..filled]) {
                Ok(length) => {
                    self.conn.advance(length);
                    self.stalled = None;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stalled.get_or_insert_with(Instant::now);
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What it said before it hung up is worth hearing, and reading tells that it has.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    self.stalled.get_or_insert_with(Instant::now);
                    self.deaf = true;
                }
                Err(error) => return Err(End::Io(error)),
            }
        }
        if self.deaf {
            if self.starting_tls.is_some() {
                return Err(End::Left);
            }
            self.conn.advance(self.conn.queued());
            return Ok(());
        }
        if self.conn.queued() == 0
            && let Some(session) = self.starting_tls.take()
        {
            self.stream = self.stream.take().map(|stream| stream.into_tls(session));
            self.conn.tls_started();
            return self.write();
        }
        Ok(())
    }

    /// Whether so much waits to be written that nothing is read.
    pub(super) fn is_full(&self) -> bool {
        self.conn.queued() >= ANSWERS_MAX
    }

    /// Whether there is room for what viewers do.
    pub(super) fn takes_input(&self) -> bool {
        self.conn.queued() < WAITING_MAX
    }

    /// Asks for the whole picture.
    pub(super) fn ask_for_all(&mut self) {
        self.asked = true;
        self.conn.request_update(false, None);
    }

    /// Asks for what changes, unless that is asked for already.
    pub(super) fn ask_for_changes(&mut self) {
        if !self.asked {
            self.asked = true;
            self.conn.request_update(true, None);
        }
    }

    /// Whether the picture that has come counts as the newest: it has just come, or what changes is told at once.
    pub(super) fn is_current(&self, now: Instant) -> bool {
        match self.probed_until {
            Some(until) => now >= until,
            None => self.asked || self.current,
        }
    }

    /// Nobody looks: what has come grows old, unless more is asked for.
    pub(super) fn age(&mut self) {
        self.current &= self.asked;
    }

    /// What has come has been shown as the newest.
    pub(super) fn shown(&mut self) {
        self.probed_until = None;
    }

    /// Asks for what has changed, in such a way that it is told at once, also if nothing has.
    pub(super) fn probe(&mut self, now: Instant) {
        if self.probed_until.is_none() {
            self.ask_for_changes();
            self.conn.request_update(false, Some(PIXEL));
            self.probed_until = Some(now + PROBE);
        }
    }

    /// An update has come, perhaps with pixels. One without may have used the requests up all the same, so more is asked for;
    /// but not for everything again, for that is what some answer so (Xvnc, with the layout of its screens). What was asked
    /// for without regard to changes counts as changed there, and comes now.
    pub(super) fn updated(&mut self, pixels: bool, now: Instant) {
        (self.asked, self.within) = (false, None);
        (self.heard, self.progress, self.pinged) = (now, 0, None);
        if pixels {
            (self.blank, self.probed_until, self.current) = (false, None, true);
        } else if self.up.is_none() || self.blank || self.probed_until.is_some() {
            self.ask_for_changes();
        }
    }

    /// All that has come was looked at: is it part of an update?
    pub(super) fn looked(&mut self, now: Instant) {
        match self.conn.is_within_update() {
            true => self.within = self.within.or(Some(now)),
            false => self.within = None,
        }
    }

    /// Whether the picture has seams that will be gone in a moment.
    pub(super) fn is_torn(&self, now: Instant) -> bool {
        self.within.is_some_and(|since| now < since + SEAMLESS)
    }

    /// The picture has another size, and nothing of what it showed is there any more.
    pub(super) fn resized(&mut self) {
        self.blank = true;
        self.ask_for_all();
    }

    /// Whether there is nothing to be seen yet.
    pub(super) fn is_blank(&self) -> bool {
        self.blank
    }

    /// When to look again although nothing has happened.
    pub(super) fn deadline(&self, watched: bool, now: Instant) -> Option<Instant> {
        let silence = match (self.up, self.pinged) {
            (None, _) => (self.heard + SILENT).min(self.since + FIRST_PICTURE),
            (_, Some(pinged)) => pinged.max(self.heard) + ANSWER,
            (_, None) => self.heard + if watched { SILENT_WATCHED } else { SILENT },
        };
        let stalled = self.stalled.map(|since| since + STALLED);
        let probe = self.probed_until.filter(|until| now < *until);
        let seams = self.within.map(|since| since + SEAMLESS).filter(|until| now < *until);
        let protocol = self.conn.poll_timeout().map(Instant::from_std);
        [Some(silence), stalled, probe, seams, protocol].into_iter().flatten().min()
    }

    /// Asks a silent upstream for a sign of life.
    ///
    /// # Errors
    /// It has not given one, or takes nothing.
    pub(super) fn check(&mut self, watched: bool, now: Instant) -> Result<(), End> {
        if self.stalled.is_some_and(|since| now >= since + STALLED) {
            return Err(End::Silent);
        }
        let silent = if watched { SILENT_WATCHED } else { SILENT };
        match self.pinged {
            // Its first picture is asked for already.
            _ if self.up.is_none() && now >= self.since + FIRST_PICTURE => return Err(End::Pictureless),
            _ if self.up.is_none() && now >= self.heard + SILENT => return Err(End::Silent),
            _ if self.up.is_none() => {}
            Some(pinged) if now >= pinged.max(self.heard) + ANSWER => return Err(End::Silent),
            Some(_) => {}
            None if now >= self.heard + silent => {
                self.pinged = Some(now);
                self.conn.request_update(false, Some(PIXEL));
            }
            None => {}
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests;
