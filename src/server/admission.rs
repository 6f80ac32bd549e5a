//! Who may come in, and how many: the limits of limits.md §2 and product.md §5.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// Connections that have not come in yet, all together; of more, the oldest goes.
pub const MAX_UNAUTHENTICATED: usize = 1024;
/// The same from one address that is not of this machine; more are closed at once.
pub const MAX_UNAUTHENTICATED_PER_SOURCE: usize = 64;

/// Why a viewer is sent away by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentAway {
    /// The server stops.
    Stopping,
    /// A newer viewer took its place (`--evict-oldest`, or too many who do not come in).
    Evicted,
}

/// How many may come in.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Viewers at once.
    pub max_viewers: usize,
    /// At that limit the oldest viewer goes instead of the new one.
    pub evict_oldest: bool,
}

/// Everybody who is connected.
#[derive(Debug)]
pub struct Admission {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    stopping: bool,
    next: u64,
    /// Those who have not come in, the oldest first.
    waiting: BTreeMap<u64, (Option<IpAddr>, oneshot::Sender<SentAway>)>,
    waiting_from: HashMap<IpAddr, usize>,
    /// Those who have, in the order in which they connected, and whether they may write.
    inside: BTreeMap<u64, (bool, oneshot::Sender<SentAway>)>,
}

/// A connection's place; given back when dropped.
#[derive(Debug)]
pub struct Ticket {
    admission: Arc<Admission>,
    number: u64,
}

impl Admission {
    /// With nobody connected.
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, state: Mutex::default() })
    }

    /// A connection has come from `source`, where that counts. The receiver hears when it shall go. `None`: it goes now.
    pub fn enter(self: &Arc<Self>, source: Option<IpAddr>) -> Option<(Ticket, oneshot::Receiver<SentAway>)> {
        let mut state = self.lock();
        let from = source.and_then(|ip| state.waiting_from.get(&ip)).copied().unwrap_or(0);
        if state.stopping || from >= MAX_UNAUTHENTICATED_PER_SOURCE {
            return None;
        }
        if state.waiting.len() >= MAX_UNAUTHENTICATED
            && let Some((&oldest, _)) = state.waiting.first_key_value()
        {
            state.send_away(oldest, SentAway::Evicted);
        }
        let number = state.next;
        state.next += 1;
        let (send_away, sent_away) = oneshot::channel();
        if let Some(ip) = source {
            *state.waiting_from.entry(ip).or_default() += 1;
        }
        state.waiting.insert(number, (source, send_away));
        drop(state);
        Some((Ticket { admission: Arc::clone(self), number }, sent_away))
    }

    /// Whether a viewer that comes in now would find no place.
    pub fn is_full(&self) -> bool {
        !self.limits.evict_oldest && self.lock().inside.len() >= self.limits.max_viewers
    }

    /// How many viewers there are that may write.
    pub fn writers(&self) -> usize {
        self.lock().inside.values().filter(|(writes, _)| *writes).count()
    }

    /// How many viewers there are.
    pub fn viewers(&self) -> usize {
        self.lock().inside.len()
    }

    /// Sends everybody away; nobody comes in any more.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        let numbers: Vec<u64> = state.waiting.keys().chain(state.inside.keys()).copied().collect();
        for number in numbers {
            state.send_away(number, SentAway::Stopping);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // What is behind the lock is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// The connection's number: in logs, and where viewers are told apart.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The handshake is over: the viewer comes in, if there is room.
    pub fn come_in(&self, writes: bool) -> bool {
        let mut state = self.admission.lock();
        let Some(send_away) = state.leave_waiting(self.number) else { return false };
        if state.inside.len() >= self.admission.limits.max_viewers {
            match state.inside.first_key_value() {
                Some((&oldest, _)) if self.admission.limits.evict_oldest => state.send_away(oldest, SentAway::Evicted),
                _ => return false,
            }
        }
        state.inside.insert(self.number, (writes, send_away));
        true
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.admission.lock();
        state.leave_waiting(self.number);
        state.inside.remove(&self.number);
    }
}

impl State {
    fn leave_waiting(&mut self, number: u64) -> Option<oneshot::Sender<SentAway>> {
        let (source, send_away) = self.waiting.remove(&number)?;
        if let Some(ip) = source
            && let Some(count) = self.waiting_from.get_mut(&ip)
        {
            *count -= 1;
            if *count == 0 {
                self.waiting_from.remove(&ip);
            }
        }
        Some(send_away)
    }

    /// Its place is free at once; its task hears of it and ends.
    fn send_away(&mut self, number: u64, why: SentAway) {
        let send_away = self.leave_waiting(number).or_else(|| self.inside.remove(&number).map(|(_, sender)| sender));
        if let Some(send_away) = send_away {
            // An error says that it has gone by itself.
            let _ = send_away.send(why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(max_viewers: usize, evict_oldest: bool) -> Arc<Admission> {
        Admission::new(Limits { max_viewers, evict_oldest })
    }

    #[test]
    fn no_more_viewers_than_the_limit() {
        let admission = admission(2, false);
        let tickets: Vec<_> = (0..3).map(|_| admission.enter(None).expect("may try")).collect();
        assert!(tickets[0].0.come_in(true) && !admission.is_full());
        assert!(tickets[1].0.come_in(false) && admission.is_full());
        assert!(!tickets[2].0.come_in(true));
        assert_eq!((admission.viewers(), admission.writers()), (2, 1));
        drop(tickets);
        assert_eq!(admission.viewers(), 0);
        assert!(admission.enter(None).expect("may try").0.come_in(true));
    }

    #[test]
    fn the_oldest_goes_when_asked_so() {
        let admission = admission(1, true);
        let (first, mut first_away) = admission.enter(None).expect("may try");
        let (second, mut second_away) = admission.enter(None).expect("may try");
        assert!(first.come_in(true) && !admission.is_full());
        assert!(second.come_in(true));
        assert_eq!(first_away.try_recv(), Ok(SentAway::Evicted));
        assert!(second_away.try_recv().is_err());
        drop(first);
        assert_eq!(admission.viewers(), 1);
    }

    #[test]
    fn who_does_not_come_in_is_bounded_in_all_and_by_address() {
        let admission = admission(1, false);
        let ip: IpAddr = "192.0.2.1".parse().expect("an address");
        let mut held: Vec<_> =
            (0..MAX_UNAUTHENTICATED_PER_SOURCE).map(|_| admission.enter(Some(ip)).expect("room")).collect();
        assert!(admission.enter(Some(ip)).is_none());
        held.pop();
        held.push(admission.enter(Some(ip)).expect("room again"));
        assert!(held[0].0.come_in(true), "and who is in does not count");
        held.push(admission.enter(Some(ip)).expect("room again"));
        while admission.lock().waiting.len() < MAX_UNAUTHENTICATED {
            held.push(admission.enter(None).expect("room"));
        }
        held.push(admission.enter(None).expect("takes the oldest one's place"));
        assert_eq!(admission.lock().waiting.len(), MAX_UNAUTHENTICATED);
        assert_eq!(held[1].1.try_recv(), Ok(SentAway::Evicted));
        drop(held);
        let state = admission.lock();
        assert!(state.waiting.is_empty() && state.waiting_from.is_empty() && state.inside.is_empty());
    }

    #[test]
    fn stopping_sends_everybody_away_and_lets_nobody_in() {
        let admission = admission(5, false);
        let (inside, mut inside_away) = admission.enter(None).expect("may try");
        let (_waiting, mut waiting_away) = admission.enter(None).expect("may try");
        assert!(inside.come_in(true));
        admission.stop();
        assert_eq!(inside_away.try_recv(), Ok(SentAway::Stopping));
        assert_eq!(waiting_away.try_recv(), Ok(SentAway::Stopping));
        assert!(admission.enter(None).is_none());
    }
}
