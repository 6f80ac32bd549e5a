//! One connection to an upstream: when to ask it for the next picture, and whether it still lives.
//!
//! One request is on its way at a time, and it is made when the picture before has been shown to somebody: so an upstream
//! paints one picture ahead of the viewers and no more, and for nobody when nobody looks.

use std::io;
use std::time::Duration;

use tokio::io::Ready;
use tokio::time::Instant;

use crate::client::{Client, PIXEL, READ, SEAMLESS};
use crate::net::Stream;
use crate::net::tls::Dialling;
use crate::rfb::client::ClientSettings;
use crate::rfb::message::server::ServerInit;

use super::End;
use super::reverse::Record;

/// Bytes read before others have their turn.
const READ_IN_A_TURN: usize = 4 * READ;
/// With so many bytes to be written, viewers' input waits.
pub const WAITING_MAX: usize = 16 * 1024;
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
/// How long who turns to the screen waits for it to tell whether it has changed; then he sees it as it was.
pub const PROBE: Duration = Duration::from_millis(100);

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
    pub(super) client: Client,
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
    /// Something was cut there, and nobody who looks has been there to ask for it.
    pub(super) cut_waits: bool,
    /// When its first picture came.
    pub(super) up: Option<Instant>,
    /// Where it counts if nothing comes of it; `None` where we have dialled.
    pub(super) called: Option<Record>,
}

impl Link {
    fn new(client: Client, now: Instant) -> Self {
        Self {
            client,
            asked: false,
            current: false,
            blank: false,
            probed_until: None,
            since: now,
            heard: now,
            progress: 0,
            pinged: None,
            within: None,
            cut_waits: false,
            up: None,
            called: None,
        }
    }

    /// Waits until something can be read, or written where there is something to write. May be dropped half-way without
    /// loss.
    pub(super) async fn ready(&mut self) -> io::Result<Ready> {
        self.client.ready().await
    }

    /// Takes what has come, up to a turn's worth, and gives it to `handle`, which tells whether it took all of it. Whether
    /// there may be more.
    pub(super) fn read(&mut self, mut handle: impl FnMut(&mut Self) -> Result<bool, End>) -> Result<bool, End> {
        let mut taken = 0;
        while taken < READ_IN_A_TURN && !self.client.is_full() {
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
        let read = self.client.read_some()?;
        self.progress += read.unwrap_or_default();
        if self.progress >= PROGRESS {
            (self.heard, self.progress) = (Instant::now(), 0);
        }
        Ok(read)
    }

    /// Comes in to the server at the other end of `stream`, within TLS by `tls` where that is agreed on.
    ///
    /// # Errors
    /// Why it did not let us in.
    pub(super) async fn greet(stream: Stream, settings: ClientSettings, tls: Option<Dialling>) -> Result<Arrived, End> {
        let (client, init) = Client::greet(stream, settings, tls).await?;
        Ok(Arrived { link: Self::new(client, Instant::now()), init })
    }

    /// Writes what the kernel takes.
    pub(super) fn write(&mut self) -> Result<(), End> {
        Ok(self.client.write()?)
    }

    /// Whether there is room for what viewers do.
    pub(super) fn takes_input(&self) -> bool {
        self.client.conn.queued() < WAITING_MAX
    }

    /// Asks for the whole picture.
    pub(super) fn ask_for_all(&mut self) {
        self.asked = true;
        self.client.conn.request_update(false, None);
    }

    /// Asks for what changes, unless that is asked for already.
    pub(super) fn ask_for_changes(&mut self) {
        if !self.asked {
            self.asked = true;
            self.client.conn.request_update(true, None);
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
            self.client.conn.request_update(false, Some(PIXEL));
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
        match self.client.conn.is_within_update() {
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
        let stalled = self.client.stalled.map(|since| since + STALLED);
        let probe = self.probed_until.filter(|until| now < *until);
        let seams = self.within.map(|since| since + SEAMLESS).filter(|until| now < *until);
        let protocol = self.client.conn.poll_timeout().map(Instant::from_std);
        [Some(silence), stalled, probe, seams, protocol].into_iter().flatten().min()
    }

    /// Asks a silent upstream for a sign of life.
    ///
    /// # Errors
    /// It has not given one, or takes nothing.
    pub(super) fn check(&mut self, watched: bool, now: Instant) -> Result<(), End> {
        if self.client.stalled.is_some_and(|since| now >= since + STALLED) {
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
                self.client.conn.request_update(false, Some(PIXEL));
            }
            None => {}
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests;
