//! Upstreams that call by themselves: reverse VNC, as `vncconfig -connect`, x11vnc, QEMU and installers do it.
//!
//! Who calls is judged by his address, then has to let us in like any other server, and only then does he get a screen:
//! whoever merely connects takes nothing away from the one that is there.
//!
//! ```text
//! listener ─► may he? how often has it failed? ─► handshake (a task each) ─► which screen? ─► Calls of that screen
//! ```

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use crate::net::Stream;
use crate::net::address::Network;
use crate::net::listen::{Listener, Peer};
use crate::shutdown::Stop;

use super::End;
use super::connect::Manners;
use super::link::Arrived;

/// Callers that have not let us in yet, at the same time; more are hung up on.
pub const MAX_CALLERS: usize = 8;
/// After so many calls within [`FAILURES_WITHIN`] of which nothing came nobody is heard for [`REST`] (limits.md §5).
pub const FAILURES: usize = 5;
/// See [`FAILURES`].
pub const FAILURES_WITHIN: Duration = Duration::from_secs(60);
/// See [`FAILURES`].
pub const REST: Duration = Duration::from_secs(10);
/// How long no call is taken when the machine has nothing left to take it with.
const NOTHING_LEFT_PAUSE: Duration = Duration::from_millis(250);

/// What becomes of a call while the screen has its picture from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// It takes the other's place.
    Replace,
    /// It is hung up on.
    Refuse,
    /// It gets the next screen; where all are taken, it is hung up on.
    Next,
}

/// Servers that have called and let us in, for one screen.
#[derive(Debug)]
pub struct Calls {
    arrived: mpsc::Receiver<Result<Arrived, End>>,
    busy: Arc<AtomicBool>,
}

/// Where calls for one screen are put through.
#[derive(Debug)]
pub struct Screen {
    calls: mpsc::Sender<Result<Arrived, End>>,
    busy: Arc<AtomicBool>,
}

/// Both ends for one screen.
pub fn screen() -> (Screen, Calls) {
    let (calls, arrived) = mpsc::channel(1);
    let busy = Arc::new(AtomicBool::new(false));
    (Screen { calls, busy: Arc::clone(&busy) }, Calls { arrived, busy })
}

impl Calls {
    /// The next server that has called and let us in; or why one has not. May be dropped half-way without loss.
    pub(super) async fn next(&mut self) -> Result<Arrived, End> {
        match self.arrived.recv().await {
            Some(call) => call,
            None => std::future::pending().await,
        }
    }

    /// The screen has a connection, or none any more.
    pub(super) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Release);
    }
}

/// Who may call, and what becomes of him.
#[derive(Debug)]
pub struct Exchange {
    manners: Manners,
    policy: Policy,
    /// From beyond this machine only who is in one of these may call; without any, everybody.
    allowed: Vec<Network>,
    screens: Vec<Screen>,
    callers: Arc<Semaphore>,
    failures: Mutex<Failures>,
}

impl Exchange {
    /// For these screens, of which each has a place for one.
    pub fn new(manners: Manners, policy: Policy, allowed: Vec<Network>, screens: Vec<Screen>) -> Arc<Self> {
        let callers = Arc::new(Semaphore::new(MAX_CALLERS));
        Arc::new(Self { manners, policy, allowed, screens, callers, failures: Mutex::default() })
    }

    /// Takes calls until it is stopped.
    pub async fn serve(self: Arc<Self>, listener: Listener, mut stop: Stop) {
        loop {
            let resting = self.failures().rests_until(Instant::now());
            if let Some(until) = resting {
                tracing::info!(seconds = REST.as_secs(), "too many calls came to nothing: nobody is heard for a while");
                tokio::select! {
                    () = tokio::time::sleep_until(until) => {}
                    () = stop.requested() => return,
                }
            }
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.judge(stream, peer, &stop),
                    Err(error) => {
                        tracing::debug!(%error, "a call is lost");
                        tokio::time::sleep(NOTHING_LEFT_PAUSE).await;
                    }
                },
                () = stop.requested() => return,
            }
        }
    }

    /// Hears a caller out in a task of its own, if he may call.
    fn judge(self: &Arc<Self>, stream: Stream, peer: Peer, stop: &Stop) {
        if !self.allows(&peer) {
            tracing::info!(%peer, "a call is refused: its address is not in --reverse-allow");
            return;
        }
        let Ok(place) = Arc::clone(&self.callers).try_acquire_owned() else {
            return tracing::debug!(%peer, "a call is refused: too many are being answered");
        };
        let (exchange, mut stop) = (Arc::clone(self), stop.clone());
        tokio::spawn(async move {
            let host = peer.ip().map_or_else(|| "localhost".to_owned(), |ip| ip.to_string());
            let arrived = tokio::select! {
                arrived = exchange.manners.come_in(stream, &host, peer.is_near()) => arrived,
                () = stop.requested() => return,
            };
            drop(place);
            match &arrived {
                Ok(_) => tracing::info!(%peer, "a call"),
                Err(end) => {
                    tracing::info!(%peer, %end, "a call came to nothing");
                    exchange.failures().add(Instant::now());
                }
            }
            exchange.put_through(arrived);
        });
    }

    fn allows(&self, peer: &Peer) -> bool {
        let listed = |ip| self.allowed.iter().any(|network| network.contains(ip));
        self.allowed.is_empty() || peer.is_near() || peer.ip().is_some_and(listed)
    }

    /// Gives it to the screen that it is for. Why nothing came of it is said on the first that is waiting.
    fn put_through(&self, call: Result<Arrived, End>) {
        let is_free = |screen: &&Screen| !screen.busy.load(Ordering::Acquire);
        let screen = match (self.policy, &call) {
            (Policy::Replace, Ok(_)) => self.screens.first(),
            (Policy::Refuse, Ok(_)) => self.screens.first().filter(is_free),
            (Policy::Next, _) | (_, Err(_)) => self.screens.iter().find(is_free),
        };
        let refused = screen.is_none_or(|screen| {
            let arrives = call.is_ok();
            let sent = screen.calls.try_send(call).is_ok();
            if sent && arrives {
                screen.busy.store(true, Ordering::Release);
            }
            !sent
        });
        if refused {
            tracing::info!("a call is hung up on: there is another");
        }
    }

    fn failures(&self) -> std::sync::MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When calls came to nothing.
#[derive(Debug, Default)]
struct Failures {
    /// The last of them, at most [`FAILURES`].
    at: VecDeque<Instant>,
    rests_until: Option<Instant>,
}

impl Failures {
    fn add(&mut self, now: Instant) {
        if self.at.len() == FAILURES {
            self.at.pop_front();
        }
        self.at.push_back(now);
        let first = self.at.front().filter(|_| self.at.len() == FAILURES);
        if first.is_some_and(|first| now - *first <= FAILURES_WITHIN) {
            *self = Self { at: VecDeque::new(), rests_until: Some(now + REST) };
        }
    }

    fn rests_until(&self, now: Instant) -> Option<Instant> {
        self.rests_until.filter(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn five_failures_in_a_minute_are_followed_by_a_rest() {
        let mut failures = Failures::default();
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        for seconds in [0, 30, 45, 61, 62] {
            failures.add(at(seconds));
            assert_eq!(failures.rests_until(at(seconds)), None, "{seconds}");
        }
        failures.add(at(63));
        assert_eq!(failures.rests_until(at(63)), Some(at(73)));
        assert_eq!(failures.rests_until(at(73)), None);
        failures.add(at(74));
        assert_eq!(failures.rests_until(at(74)), None, "they count anew");
    }
}
