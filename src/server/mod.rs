//! Viewers: they are let in here, and then each has a task of its own.

pub mod admission;
pub mod auth;
mod backlog;
pub mod callers;
mod disconnect;
mod dispatch;
pub mod door;
mod extension;
pub mod handoff;
pub mod hashing;
pub mod roster;
pub mod seat;
mod streams;
pub mod update_cache;
mod viewer;
pub mod web;

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use tokio::time::Instant;
use tracing::Instrument;

use crate::access::pen::Writers;
use crate::access::token::Grant;
use crate::access::{Method, Role};
use crate::console::vt::VtNumber;
use crate::guest::Guest;
use crate::input::leader::LeaderKey;
use crate::net::Stream;
use crate::net::listen::{Listener, Peer};
use crate::net::peer::{is_same_user_or_root, uid_of_peer};
use crate::net::pipe::Pipe;
use crate::rfb::handshake::server::{Offer, SecurityPolicy};
use crate::shutdown::Stop;

use admission::{Admission, Limits, SentAway};
use auth::{Gate, NoToken, Pass};
use door::{Arrival, Door};
use handoff::Switch;
use roster::Roster;
use update_cache::UpdateCache;
use viewer::Viewer;
use web::Web;

/// How long no connection is taken when there are no file descriptors or no memory left (limits.md §1 rule 8).
const NOTHING_LEFT_PAUSE: Duration = Duration::from_millis(250);

/// Of the reason for which a viewer is sent away, so many characters are told.
pub const MAX_REASON: usize = 120;

/// The least time between two looks at who does nothing.
const IDLE_LOOK: Duration = Duration::from_secs(1);

/// Who may resize a console by resizing a viewer's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResizePolicy {
    /// A viewer that may write, while it is the only one.
    Sole,
    /// Every viewer that may write.
    Any,
    /// Nobody.
    Fixed,
}

/// How viewers are served.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many may come in.
    pub limits: Limits,
    /// No viewer may type, paste or resize.
    pub view_only: bool,
    /// Who may resize.
    pub resize: ResizePolicy,
    /// Who may write at the same time.
    pub writers: Writers,
    /// Whether viewers are led to the guest's graphics.
    pub switch: Switch,
    /// The key after which a viewer's next one is for us.
    pub leader: Option<LeaderKey>,
    /// A viewer that may write and turns to another virtual terminal takes the others with it.
    pub all_switch: bool,
    /// Over TCP, only this user's own viewers and root's: for spawned commands without authentication.
    pub own_user_only: bool,
}

/// How somebody may come in, and what he has shown already.
type Entry = (SecurityPolicy, Option<Pass>);

/// What all viewers of a guest share.
#[derive(Debug)]
pub struct Server {
    guest: Guest,
    settings: Settings,
    admission: Arc<Admission>,
    roster: Arc<Roster>,
    gate: Gate,
    cache: UpdateCache,
    /// `None`: there are neither browsers nor TLS from the first byte on, and whoever comes speaks RFB.
    door: Option<Door>,
}

impl Server {
    /// A server for `guest`, with nobody connected, and `web` for browsers if they get anything.
    pub fn new(guest: Guest, settings: Settings, gate: Gate, web: Option<Web>) -> Arc<Self> {
        let (admission, door) = (Admission::new(settings.limits), Door::new(web, gate.tls().is_some()));
        let displays = guest.vts().iter().map(|(_, vt)| vt.display.clone()).collect();
        let (roster, cache) = (Roster::new(settings.writers, displays), UpdateCache::default());
        Arc::new(Self { guest, settings, admission, roster, gate, cache, door })
    }

    /// Where everybody comes in.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Whom it serves.
    pub fn guest(&self) -> &Guest {
        &self.guest
    }

    /// How many viewers there are.
    pub fn viewers(&self) -> usize {
        self.admission.viewers()
    }

    /// Who is in.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// A token for somebody who shall come in once, within `lifetime`, and who sees this one console alone, if one is named.
    ///
    /// # Errors
    /// No key for tokens, a lifetime that is none, a console whose name others have too.
    pub fn mint(&self, role: Role, only: Option<VtNumber>, lifetime: Duration) -> Result<String, NoToken> {
        let console = only.and_then(|only| self.guest.vt(only)).map(|vt| vt.name.clone());
        match console {
            Some(console) if self.guest.find(&console).is_none() => Err(NoToken::SameName(console)),
            console => self.gate.mint(&Grant { role, console }, lifetime),
        }
    }

    /// Sends a viewer away, who hears why: at most [`MAX_REASON`] characters of it. Whether it was there.
    pub fn send_away(&self, number: u64, why: &str) -> bool {
        let why: String = why.chars().filter(|ch| !ch.is_control()).take(MAX_REASON).collect();
        self.admission.send_away(number, &SentAway::Kicked(why.into()))
    }

    /// Sends viewers away that do nothing for `limit`, until it is stopped. One look is for all of them, and there is none
    /// before somebody can have done nothing for so long.
    pub async fn end_idle(self: Arc<Self>, limit: Duration, mut stop: Stop) {
        loop {
            let now = Instant::now();
            let mut longest = Duration::ZERO;
            for (number, idle) in self.roster.idle(now) {
                if idle < limit {
                    longest = longest.max(idle);
                } else {
                    self.admission.send_away(number, &SentAway::Idle(limit));
                }
            }
            tokio::select! {
                () = tokio::time::sleep_until(now + (limit - longest).max(IDLE_LOOK)) => {}
                () = stop.requested() => return,
            }
        }
    }

    /// Somebody who was taken for a viewer was a browser.
    fn late_browser(&self, peer: Peer) {
        if let Some(door) = &self.door {
            door.note_late(peer);
        }
    }

    /// Sends all viewers away; nobody comes in any more.
    pub fn stop(&self) {
        self.admission.stop();
    }

    /// Lets viewers in until it is stopped. Each holds a clone of `stop` for as long as it lasts.
    pub async fn serve(self: Arc<Self>, listener: Listener, mut stop: Stop) {
        let mut spare = Spare::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.requested() => return,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer, &stop),
                Err(error) if is_nothing_left(&error) => {
                    tracing::warn!(%error, "a viewer is turned away");
                    spare.turn_one_away(&listener).await;
                    tokio::time::sleep(NOTHING_LEFT_PAUSE).await;
                }
                // The peer went away before we could see it.
                Err(error) => tracing::debug!(%error, "not accepted"),
            }
        }
    }

    fn admit(self: &Arc<Self>, stream: Stream, peer: Peer, stop: &Stop) {
        let Some((ticket, mut sent_away)) = self.admission.enter(peer.counted_ip()) else {
            tracing::debug!(%peer, "closed: too many unfinished connections from there");
            return;
        };
        let span = tracing::info_span!("viewer", id = ticket.number(), %peer);
        let (server, stop) = (Arc::clone(self), stop.clone());
        let task = async move {
            // In memory of its own, which is given back: most of what a task has is what it may need at most.
            let mut coming = Box::pin(server.let_in(stream.into(), peer));
            let come = tokio::select! {
                come = &mut coming => come,
                why = &mut sent_away => {
                    let why = why.unwrap_or(SentAway::Stopping);
                    return tracing::debug!(?why, "did not come in");
                }
            };
            drop(coming);
            let Some((arrival, entry)) = come else { return };
            Viewer::new(server, arrival, entry, ticket).run(sent_away).await;
            drop(stop);
        };
        tokio::spawn(task.instrument(span));
    }

    /// Leads a connection to where RFB is spoken, and says how it may come in there.
    async fn let_in(&self, pipe: Pipe, peer: Peer) -> Option<(Arrival, Entry)> {
        let since = Instant::now();
        let arrival = match &self.door {
            Some(door) => door.enter(pipe, peer, since, self.gate.tls()).await?,
            None => Arrival { pipe, peer, since, token: None },
        };
        let entry = self.entry(&arrival).await;
        Some((arrival, entry))
    }

    /// How this peer may come in. Asked by its own task: whoever comes after it does not wait for the answer.
    async fn entry(&self, arrival: &Arrival) -> Entry {
        if let Some(refusal) = self.admission.refusal() {
            return (SecurityPolicy::Refuse(refusal.to_string()), None);
        }
        match arrival.token.as_ref().filter(|_| self.gate.takes_tokens()) {
            // Whoever brings one has shown what he has, and is asked for nothing more.
            Some(token) => {
                let (peer, transport, find) = (arrival.peer, arrival.transport(), |name: &str| self.guest.find(name));
                match self.gate.redeem_carried(peer, transport, token.reveal(), find).await {
                    Ok(pass) => (SecurityPolicy::Offer(Offer::without_challenge(&[Method::None])), Some(pass)),
                    Err(denied) => {
                        tracing::info!(?denied, "refused: its token is not taken");
                        (SecurityPolicy::Refuse(denied.to_string()), None)
                    }
                }
            }
            None => (self.offer(arrival).await, None),
        }
    }

    async fn offer(&self, arrival: &Arrival) -> SecurityPolicy {
        let peer = arrival.peer;
        if let (true, Peer::Tcp { remote, local }) = (self.settings.own_user_only, peer)
            && !uid_of_peer(remote, local).await.is_ok_and(is_same_user_or_root)
        {
            tracing::info!("refused: another user's, or nobody's that the kernel knows");
            return SecurityPolicy::Refuse(
                "What runs here belongs to another user, and there is no password: only that user may connect"
                    .to_owned(),
            );
        }
        if arrival.token.is_some() {
            tracing::debug!("a token, where none is asked for");
        }
        self.gate.offer(arrival.transport())
    }
}

/// Locks what is whole between any two statements, as everything behind a lock is in this part: a panic elsewhere is no
/// reason to do without.
fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the machine has nothing left to take a connection with; any other failure is that connection's own.
fn is_nothing_left(error: &io::Error) -> bool {
    let number = error.raw_os_error();
    [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOBUFS].iter().any(|errno| number == Some(errno.raw_os_error()))
}

/// A file descriptor kept back, to take and close a connection when there are no others: else the peer would wait for
/// ever, and the listener would be ready for ever.
struct Spare(Option<File>);

impl Spare {
    fn new() -> Self {
        Self(File::open("/dev/null").ok())
    }

    async fn turn_one_away(&mut self, listener: &Listener) {
        if self.0.take().is_some() {
            // Whatever comes of it is closed.
            let _ = tokio::time::timeout(NOTHING_LEFT_PAUSE, listener.accept()).await;
        }
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn having_nothing_left_is_told_from_other_failures() {
        for (errno, yes) in [(Errno::MFILE, true), (Errno::NOBUFS, true), (Errno::CONNABORTED, false)] {
            assert_eq!(is_nothing_left(&io::Error::from(errno)), yes);
        }
        assert!(!is_nothing_left(&io::ErrorKind::WouldBlock.into()));
    }
}
