//! What comes before RFB: one port for VNC viewers and browsers, with TLS and without, told apart by the first byte they
//! send.
//!
//! ```text
//! accepted ─► first byte ─┬─ none for a moment, or `R`, or anything odd ─────────────► RFB
//!                 ▲       ├─ another capital letter: HTTP ─► answers, one by one
//!                 │       │                              └─► a WebSocket ────────────► RFB in it
//!                 └─ TLS ◄┴─ 0x16, once
//! ```
//! VNC viewers let the server speak first; browsers never do. So one that keeps silent is a viewer. But browsers open
//! connections ahead, to ask for something a little later: where one has just asked for something, silence is longer
//! ([`super::callers`]).
//! Within TLS browsers have said beforehand that they will speak HTTP (ALPN), and silence means nothing.

use std::io::{self, IoSlice};
use std::sync::Mutex;
use std::time::Duration;

use tokio::io::Interest;
use tokio::time::{Instant, timeout, timeout_at};

use super::callers::Callers;
use super::locked;
use super::web::{Answer, Body, Reply, Web};
use crate::access::Transport;
use crate::net::http::{self, MAX_HEAD, Refusal, Status, refuse};
use crate::net::listen::Peer;
use crate::net::pipe::Pipe;
use crate::net::pulse::Pulse;
use crate::net::tls::Acceptor;
use crate::net::websocket::handshake::Token;

/// How long a browser may take for a request, and for the next one to begin.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long TLS may take to begin.
pub const TLS_TIMEOUT: Duration = Duration::from_secs(5);
/// A browser that takes no byte of an answer for so long is gone.
pub const ANSWER_STALLED: Duration = Duration::from_secs(10);
/// Requests on one connection.
pub const MAX_REQUESTS: u32 = 100;
/// The first byte of TLS: a record of its handshake (RFC 8446 §5.1).
const TLS: u8 = 0x16;
/// Bytes read at once: a browser's request is smaller as a rule.
const READ: usize = 2 * 1024;

/// Somebody who will speak RFB.
#[derive(Debug)]
pub(super) struct Arrival {
    pub pipe: Pipe,
    pub peer: Peer,
    /// When it came, or asked for a WebSocket: its handshake is timed from here.
    pub since: Instant,
    /// What it brought to be let in with.
    pub token: Option<Token>,
}

impl Arrival {
    /// What carries it.
    pub(super) fn transport(&self) -> Transport {
        match (self.peer, self.pipe.is_web_socket()) {
            _ if self.pipe.is_tls() => Transport::Encrypted,
            (Peer::Unix, true) => Transport::LocalWebSocket,
            (Peer::Unix, false) => Transport::Local,
            (Peer::Tcp { .. }, true) => Transport::WebSocket,
            (Peer::Tcp { .. }, false) => Transport::Clear,
        }
    }
}

/// Where viewers and browsers come in.
#[derive(Debug)]
pub(super) struct Door {
    /// `None`: browsers get nothing, and what HTTP would be is RFB.
    web: Option<Web>,
    pulse: Pulse,
    callers: Mutex<Callers>,
}

impl Door {
    /// A door at which browsers get this, if anything, and all that is spoken may be within TLS, if there is any. `None`
    /// where there is neither: nobody need wait there to learn that it is RFB.
    pub(super) fn new(web: Option<Web>, tls: bool) -> Option<Self> {
        let needed = web.is_some() || tls;
        needed.then(|| Self { web, pulse: Pulse::new(), callers: Mutex::default() })
    }

    /// Leads a connection to where RFB is spoken, perhaps within this TLS; `None` when it ends before that, as a browser's
    /// do.
    pub(super) async fn enter(&self, pipe: Pipe, peer: Peer, since: Instant, tls: Option<Acceptor>) -> Option<Arrival> {
        let entered = self.lead(pipe, peer, since, tls).await;
        entered.unwrap_or_else(|error| {
            tracing::debug!(%error, "gone before it spoke RFB");
            None
        })
    }

    async fn lead(
        &self,
        mut pipe: Pipe,
        peer: Peer,
        since: Instant,
        tls: Option<Acceptor>,
    ) -> io::Result<Option<Arrival>> {
        let (mut first, mut asks_since) = (Vec::new(), since);
        self.first_bytes(&mut pipe, peer, since, &mut first).await?;
        if let Some(acceptor) = tls.filter(|_| first.first() == Some(&TLS)) {
            self.callers(|callers| callers.note_tls(peer.ip(), Instant::now()));
            pipe.unread(&std::mem::take(&mut first));
            // In memory of its own, which is given back.
            pipe = Box::pin(begin_tls(pipe, &acceptor, since)).await?;
            asks_since = Instant::now();
            if !pipe.speaks_http() {
                self.first_bytes(&mut pipe, peer, asks_since, &mut first).await?;
            }
        }
        let Some(web) = self.web.as_ref().filter(|_| pipe.speaks_http() || speaks_http(&first)) else {
            pipe.unread(&first);
            return Ok(Some(Arrival { pipe, peer, since, token: None }));
        };
        self.callers(|callers| callers.note_browser(peer.ip(), Instant::now()));
        let browser = Browser { pipe, web, ahead: first, head_end: None, since: asks_since };
        Ok(browser.serve().await?.map(|(mut pipe, since, token)| {
            pipe.begin_web_socket(self.pulse.follow());
            Arrival { pipe, peer, since, token }
        }))
    }

    /// Waits for the first bytes; none when there is silence for long enough.
    async fn first_bytes(&self, pipe: &mut Pipe, peer: Peer, since: Instant, into: &mut Vec<u8>) -> io::Result<()> {
        let silence = || self.callers(|callers| callers.silence(peer.ip(), peer.is_near(), Instant::now()));
        let mut waits = silence();
        while !waits.is_zero() {
            if let Ok(end) = timeout_at(since + waits, read_some(pipe, into)).await {
                return end;
            }
            // A browser may have come meanwhile.
            let longer = silence();
            if longer <= waits {
                break;
            }
            waits = longer;
        }
        // What was sent in time is here once the kernel has been asked, although a busy machine had no time to look.
        tokio::task::yield_now().await;
        match try_some(pipe, into) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            end => return end,
        }
        self.callers(|callers| callers.note_viewer(peer.ip(), Instant::now()));
        Ok(())
    }

    /// A browser has spoken so late that it was taken for a viewer: when it comes again, which it does by hand, there is
    /// more time.
    pub(super) fn note_late(&self, peer: Peer) {
        self.callers(|callers| callers.note_browser(peer.ip(), Instant::now()));
    }

    fn callers<T>(&self, use_them: impl FnOnce(&mut Callers) -> T) -> T {
        use_them(&mut locked(&self.callers))
    }
}

/// What is within TLS, once that has begun.
async fn begin_tls(pipe: Pipe, acceptor: &Acceptor, since: Instant) -> io::Result<Pipe> {
    let mut pipe = pipe.into_tls(acceptor.session()?);
    let shaken = timeout_at(since + TLS_TIMEOUT, pipe.shake_hands()).await?;
    match shaken {
        Ok(()) => Ok(pipe),
        Err(error) => {
            if error.kind() == io::ErrorKind::InvalidData {
                // It was told why, and should have time to read it.
                pipe.linger().await;
            }
            Err(error)
        }
    }
}

/// RFB begins with `RFB `, and nothing else with a capital letter but HTTP.
fn speaks_http(first: &[u8]) -> bool {
    first.first().is_some_and(|byte| byte.is_ascii_uppercase() && *byte != b'R')
}

/// A connection on which HTTP is spoken.
struct Browser<'a> {
    pipe: Pipe,
    web: &'a Web,
    /// What came and was not understood yet.
    ahead: Vec<u8>,
    /// Where in it the head of a request ends.
    head_end: Option<usize>,
    since: Instant,
}

impl Browser<'_> {
    /// Answers requests until there are no more, or one of them becomes a WebSocket.
    async fn serve(mut self) -> io::Result<Option<(Pipe, Instant, Option<Token>)>> {
        for left in (0..MAX_REQUESTS).rev() {
            match timeout_at(self.since + REQUEST_TIMEOUT, self.read_head()).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => return Ok(None),
                Ok(Err(TooLong::Broken(error))) => return Err(error),
                Ok(Err(TooLong::Refused(refusal))) => return self.refuse(&refusal).await,
                // Nothing was asked for.
                Err(_) if self.ahead.is_empty() => return Ok(None),
                Err(_) => {
                    return self
                        .refuse(&Refusal { status: Status::REQUEST_TIMEOUT, why: "the request did not end" })
                        .await;
                }
            }
            let head: Vec<u8> = self.ahead.drain(..self.head_end.take().unwrap_or(0)).collect();
            let request = match http::read_head(&head) {
                Ok(request) => request,
                Err(refusal) => return self.refuse(&refusal).await,
            };
            let keeps_alive = left > 0 && request.keeps_alive();
            let reply = match self.web.answer(&request, self.pipe.is_tls()).await {
                Ok(Answer::WebSocket(upgrade)) => {
                    write_all(&mut self.pipe, upgrade.answer.as_bytes()).await?;
                    tracing::debug!(token = upgrade.token.is_some(), "a WebSocket");
                    self.pipe.unread(&self.ahead);
                    return Ok(Some((self.pipe, self.since, upgrade.token)));
                }
                Ok(Answer::Reply(reply)) => {
                    tracing::debug!(path = request.path, "asked for");
                    reply
                }
                Err(refusal) => {
                    let origin = request.all("Origin").next();
                    match refusal.status {
                        Status::FORBIDDEN => {
                            tracing::info!(path = request.path, origin, why = refusal.why, "forbidden")
                        }
                        status => tracing::debug!(path = request.path, status = status.0, why = refusal.why, "refused"),
                    }
                    Reply::refusal(&refusal, Some(&request))
                }
            };
            self.send(reply, keeps_alive).await?;
            if !keeps_alive {
                self.pipe.linger().await;
                return Ok(None);
            }
            self.since = Instant::now();
        }
        Ok(None)
    }

    /// Waits for the head of a request; `false` when the connection ends instead.
    async fn read_head(&mut self) -> Result<bool, TooLong> {
        let mut seen = 0;
        loop {
            self.head_end = http::end_of_head(&self.ahead, seen);
            let length = self.head_end.unwrap_or(self.ahead.len());
            if length > MAX_HEAD || (self.head_end.is_none() && length == MAX_HEAD) {
                let too_large = refuse(Status::HEADERS_TOO_LARGE, "the head of a request has more than 8 KiB");
                return too_large.map_err(TooLong::Refused);
            }
            if self.head_end.is_some() {
                return Ok(true);
            }
            seen = self.ahead.len();
            match read_some(&mut self.pipe, &mut self.ahead).await {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && seen == 0 => return Ok(false),
                Err(error) => return Err(TooLong::Broken(error)),
            }
        }
    }

    /// Says what is wrong and ends the connection: what follows on it could not be told from what was wrong.
    async fn refuse<T>(mut self, refusal: &Refusal) -> io::Result<Option<T>> {
        tracing::debug!(status = refusal.status.0, why = refusal.why, "refused");
        self.send(Reply::refusal(refusal, None), false).await?;
        self.pipe.linger().await;
        Ok(None)
    }

    async fn send(&mut self, reply: Reply, keeps_alive: bool) -> io::Result<()> {
        let (head, body) = reply.into_parts(keeps_alive);
        write_all(&mut self.pipe, &head).await?;
        match body {
            Body::Empty => Ok(()),
            Body::Bytes(bytes) => write_all(&mut self.pipe, &bytes).await,
            Body::File(mut reading) => {
                while !reading.is_empty() {
                    let (rest, bytes) = reading.next().await?;
                    reading = rest;
                    write_all(&mut self.pipe, &bytes).await?;
                }
                Ok(())
            }
        }
    }
}

/// Why there is no head of a request.
enum TooLong {
    Broken(io::Error),
    Refused(Refusal),
}

/// Waits until something comes, and appends it to `into`, which it does not let grow far beyond [`MAX_HEAD`]. May be
/// dropped half-way without loss.
async fn read_some(pipe: &mut Pipe, into: &mut Vec<u8>) -> io::Result<()> {
    loop {
        pipe.ready(Interest::READABLE).await?;
        match try_some(pipe, into) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            end => return end,
        }
    }
}

/// Appends what is there to `into`; `WouldBlock` if there is nothing, `UnexpectedEof` at the end.
fn try_some(pipe: &mut Pipe, into: &mut Vec<u8>) -> io::Result<()> {
    let mut scratch = [0; READ];
    match pipe.try_read(&mut scratch)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        length => {
            into.extend_from_slice(&scratch[..length]);
            Ok(())
        }
    }
}

/// Writes all of it, to a peer that goes on taking some.
async fn write_all(pipe: &mut Pipe, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match pipe.try_write_vectored(&[IoSlice::new(bytes)]) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let ready = timeout(ANSWER_STALLED, pipe.ready(Interest::WRITABLE)).await;
                ready.map_err(|_| io::ErrorKind::TimedOut)??;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "door_tests.rs"]
mod tests;
