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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
/// A picture that was there for less than this was no picture.
pub const BRIEF: Duration = Duration::from_secs(1);
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
    arrived: mpsc::Receiver<Arrived>,
    failed: mpsc::Receiver<End>,
    busy: Arc<AtomicBool>,
}

/// Where calls for one screen are put through.
#[derive(Debug)]
pub struct Screen {
    calls: mpsc::Sender<Arrived>,
    /// Calls of which nothing came, with a place of their own: they keep nobody out.
    failures: mpsc::Sender<End>,
    /// It has a connection, or is about to.
    busy: Arc<AtomicBool>,
}

/// Both ends for one screen.
pub fn screen() -> (Screen, Calls) {
    let (calls, arrived) = mpsc::channel(1);
    let (failures, failed) = mpsc::channel(1);
    let busy = Arc::new(AtomicBool::new(false));
    (Screen { calls, failures, busy: Arc::clone(&busy) }, Calls { arrived, failed, busy })
}

impl Screen {
    /// Takes the screen for a call, if nobody has it; of several who try it at once one gets it.
    fn claim(&self) -> bool {
        !self.busy.swap(true, Ordering::AcqRel)
    }

    /// Gives it a call; `false` when there is another that it has not taken yet.
    pub(super) fn give(&self, call: Arrived) -> bool {
        self.calls.try_send(call).is_ok()
    }
}

impl Calls {
    /// The next server that has called and let us in; or why one has not. May be dropped half-way without loss.
    pub(super) async fn next(&mut self) -> Result<Arrived, End> {
        tokio::select! {
            biased;
            Some(arrived) = self.arrived.recv() => Ok(arrived),
            Some(end) = self.failed.recv() => Err(end),
            else => std::future::pending().await,
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
    failures: Record,
}

/// How often nothing came of a call, for all that take part in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Record(Arc<Mutex<Failures>>);

impl Record {
    fn failures(&self) -> MutexGuard<'_, Failures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that came from a call has ended; `up` is how long its picture was there. One that comes and goes at
    /// once, and takes the viewers along, is as good as none.
    pub(super) fn ended(&self, up: Duration) {
        if up < BRIEF {
            self.failures().add(Instant::now());
        }
    }
}

impl Exchange {
    /// For these screens, of which each has a place for one.
    pub fn new(manners: Manners, policy: Policy, allowed: Vec<Network>, screens: Vec<Screen>) -> Arc<Self> {
        let callers = Arc::new(Semaphore::new(MAX_CALLERS));
        Arc::new(Self { manners, policy, allowed, screens, callers, failures: Record::default() })
    }

    /// Takes calls until it is stopped.
    pub async fn serve(self: Arc<Self>, listener: Listener, mut stop: Stop) {
        loop {
            let resting = self.failures.failures().rests_until(Instant::now());
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
            match arrived {
                Ok(mut arrived) => {
                    tracing::info!(%peer, "a call");
                    arrived.link.called = Some(exchange.failures.clone());
                    if !exchange.put_through(arrived) {
                        tracing::info!(%peer, "a call is hung up on: there is another");
                    }
                }
                Err(end) => {
                    tracing::info!(%peer, %end, "a call came to nothing");
                    exchange.failures.failures().add(Instant::now());
                    exchange.tell(end);
                }
            }
        });
    }

    fn allows(&self, peer: &Peer) -> bool {
        let listed = |ip| self.allowed.iter().any(|network| network.contains(ip));
        self.allowed.is_empty() || peer.is_near() || peer.ip().is_some_and(listed)
    }

    /// Gives a call to the screen that it is for; `false` when that has another.
    fn put_through(&self, call: Arrived) -> bool {
        let screen = match self.policy {
            // Whoever has it: if it has taken the call before.
            Policy::Replace => return self.screens.first().is_some_and(|screen| screen.give(call)),
            Policy::Refuse => self.screens.first().filter(|screen| screen.claim()),
            Policy::Next => self.screens.iter().find(|screen| screen.claim()),
        };
        screen.is_some_and(|screen| {
            let given = screen.give(call);
            if !given {
                screen.busy.store(false, Ordering::Release);
            }
            given
        })
    }

    /// Why nothing came of a call is said on the first screen that waits for one.
    fn tell(&self, end: End) {
        let mut screens = self.screens.iter();
        if let Some(screen) = screens.find(|screen| !screen.busy.load(Ordering::Acquire)) {
            // What was not read yet says as much.
            let _ = screen.failures.try_send(end);
        }
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
    use crate::geometry::Size;
    use crate::rfb::message::server::ServerInit;
    use crate::rfb::pixel_format::PixelFormat;
    use crate::upstream::link::tests::linked;

    fn exchange(policy: Policy, count: usize) -> (Arc<Exchange>, Vec<Calls>) {
        let manners = Manners::plain(Size::new(64, 64));
        let (screens, calls) = (0..count).map(|_| screen()).unzip();
        (Exchange::new(manners, policy, Vec::new(), screens), calls)
    }

    /// A call that has let us in.
    async fn call() -> Arrived {
        let init =
            ServerInit { size: Size::new(16, 16), pixel_format: PixelFormat::SERVER_DEFAULT, name: String::new() };
        Arrived { link: linked().await.0, init }
    }

    #[tokio::test]
    async fn a_screen_has_one_call_and_those_that_failed_keep_nobody_out() {
        for (policy, count) in [(Policy::Refuse, 1), (Policy::Next, 2), (Policy::Replace, 1)] {
            let (exchange, mut calls) = exchange(policy, count);
            (0..3).for_each(|_| exchange.tell(End::Left));
            for screen in &mut calls {
                assert!(exchange.put_through(call().await));
                assert!(screen.next().await.is_ok(), "who is there goes before who is not");
            }
            // Nobody has said yet that he has it.
            let another = exchange.put_through(call().await);
            assert_eq!(another, policy == Policy::Replace);
            calls[0].set_busy(false);
            assert_eq!(exchange.put_through(call().await), policy != Policy::Replace, "that one was not taken yet");
            assert!(calls[0].next().await.is_ok());
            assert!(matches!(calls[0].next().await, Err(End::Left)));
        }
    }

    #[tokio::test]
    async fn who_comes_and_goes_at_once_has_failed() {
        let record = Record::default();
        record.ended(BRIEF);
        assert_eq!(record.failures().at.len(), 0);
        record.ended(Duration::ZERO);
        assert_eq!(record.failures().at.len(), 1);
    }

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
