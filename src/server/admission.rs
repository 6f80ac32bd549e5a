//! Who may come in, and how many: the limits of limits.md §2 and product.md §5.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;

use super::locked;

/// Connections that have not come in yet, all together; of more, the oldest goes.
pub const MAX_UNAUTHENTICATED: usize = 1024;
/// The same from one address that is not of this machine; more are closed at once.
pub const MAX_UNAUTHENTICATED_PER_SOURCE: usize = 64;

/// Why a viewer is sent away by us.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SentAway {
    /// The server stops.
    #[error("the server stops")]
    Stopping,
    /// A newer viewer took its place (`--evict-oldest`, or too many who do not come in).
    #[error("a newer viewer took its place")]
    Evicted,
    /// Another viewer asked for exclusive access (`--sharing client`).
    #[error("another viewer asked to be alone")]
    Excluded,
    /// Whoever runs the server wants it so, for this reason.
    #[error("the operator ended this connection: {0}")]
    Kicked(Arc<str>),
    /// Nobody did anything there for so long (`--idle-timeout`).
    #[error("nobody did anything there for {} s", .0.as_secs())]
    Idle(Duration),
}

/// Why a viewer does not come in. The text is what it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There are as many as may be.
    #[error("There are as many viewers already as may be; try again later")]
    Full,
    /// Somebody is in, and only one may be (`--sharing exclusive`).
    #[error("There is a viewer already, and this server takes one at a time; try again later")]
    Taken,
    /// Somebody is in who asked for exclusive access (`--sharing client`).
    #[error("There is a viewer that asked to be alone; try again later")]
    Held,
}

/// Who may look at the same time (`--sharing`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Everybody, whatever their shared flag: common viewers say "exclusive" without meaning it.
    Shared,
    /// As viewers say: who asks for exclusive access sends the others away, and nobody comes in until it leaves.
    Client,
    /// One viewer.
    Exclusive,
}

/// How many may come in.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Viewers at once.
    pub max_viewers: usize,
    /// At that limit the oldest viewer goes instead of the new one. A viewer that asked to be alone stays.
    pub evict_oldest: bool,
    /// Who may look at the same time.
    pub sharing: Sharing,
}

impl Limits {
    fn most(&self) -> usize {
        if self.sharing == Sharing::Exclusive { 1 } else { self.max_viewers }
    }
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
    /// The number of whoever came last.
    last: u64,
    /// Those who have not come in, the oldest first.
    waiting: BTreeMap<u64, (Option<IpAddr>, oneshot::Sender<SentAway>)>,
    waiting_from: HashMap<IpAddr, usize>,
    /// Those who have, in the order in which they connected, and whether they may write.
    inside: BTreeMap<u64, (bool, oneshot::Sender<SentAway>)>,
    /// Who of them asked to be alone, and is.
    alone: Option<u64>,
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
            state.send_away(oldest, &SentAway::Evicted);
        }
        // From 1 on: 0 is nobody's.
        state.last += 1;
        let number = state.last;
        let (send_away, sent_away) = oneshot::channel();
        if let Some(ip) = source {
            *state.waiting_from.entry(ip).or_default() += 1;
        }
        state.waiting.insert(number, (source, send_away));
        drop(state);
        Some((Ticket { admission: Arc::clone(self), number }, sent_away))
    }

    /// Why a viewer that comes in now would be refused, if it would.
    pub fn refusal(&self) -> Option<Refusal> {
        self.lock().refusal(&self.limits)
    }

    /// How many viewers there are that may write.
    pub fn writers(&self) -> usize {
        self.lock().inside.values().filter(|(writes, _)| *writes).count()
    }

    /// How many viewers there are.
    pub fn viewers(&self) -> usize {
        self.lock().inside.len()
    }

    /// Sends one viewer away; whether it was there.
    pub fn send_away(&self, number: u64, why: &SentAway) -> bool {
        let mut state = self.lock();
        let is_in = state.inside.contains_key(&number);
        if is_in {
            state.send_away(number, why);
        }
        is_in
    }

    /// Sends everybody away; nobody comes in any more.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        let numbers: Vec<u64> = state.waiting.keys().chain(state.inside.keys()).copied().collect();
        for number in numbers {
            state.send_away(number, &SentAway::Stopping);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Ticket {
    /// The connection's number: in logs, and where viewers are told apart.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The handshake is over: the viewer, which does or does not mind others, comes in if there is room. Others may have
    /// come in since [`Admission::refusal`] was asked.
    pub fn come_in(&self, writes: bool, shared: bool) -> Result<(), Refusal> {
        let limits = &self.admission.limits;
        let mut state = self.admission.lock();
        // Who is not waiting any more was sent away just now.
        let send_away = state.leave_waiting(self.number).ok_or(Refusal::Full)?;
        if let Some(refusal) = state.refusal(limits) {
            return Err(refusal);
        }
        // Who only watches has nobody sent away.
        let alone = limits.sharing == Sharing::Client && !shared && writes;
        let (room, why) = if alone { (0, SentAway::Excluded) } else { (limits.most() - 1, SentAway::Evicted) };
        while state.inside.len() > room
            && let Some((&oldest, _)) = state.inside.first_key_value()
        {
            state.send_away(oldest, &why);
        }
        state.alone = alone.then_some(self.number);
        state.inside.insert(self.number, (writes, send_away));
        Ok(())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.admission.lock();
        state.leave_waiting(self.number);
        state.leave_inside(self.number);
    }
}

impl State {
    fn refusal(&self, limits: &Limits) -> Option<Refusal> {
        let full = self.inside.len() >= limits.most() && !limits.evict_oldest;
        match limits.sharing {
            _ if self.alone.is_some() => Some(Refusal::Held),
            Sharing::Exclusive if full => Some(Refusal::Taken),
            _ => full.then_some(Refusal::Full),
        }
    }

    fn leave_inside(&mut self, number: u64) -> Option<oneshot::Sender<SentAway>> {
        self.alone = self.alone.filter(|alone| *alone != number);
        self.inside.remove(&number).map(|(_, send_away)| send_away)
    }

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
    fn send_away(&mut self, number: u64, why: &SentAway) {
        let send_away = self.leave_waiting(number).or_else(|| self.leave_inside(number));
        if let Some(send_away) = send_away {
            // An error says that it has gone by itself.
            let _ = send_away.send(why.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(max_viewers: usize, evict_oldest: bool) -> Arc<Admission> {
        sharing(Sharing::Shared, max_viewers, evict_oldest)
    }

    fn sharing(sharing: Sharing, max_viewers: usize, evict_oldest: bool) -> Arc<Admission> {
        Admission::new(Limits { max_viewers, evict_oldest, sharing })
    }

    #[test]
    fn no_more_viewers_than_the_limit() {
        let admission = admission(2, false);
        let tickets: Vec<_> = (0..3).map(|_| admission.enter(None).expect("may try")).collect();
        assert_eq!((tickets[0].0.come_in(true, false), admission.refusal()), (Ok(()), None));
        assert_eq!((tickets[1].0.come_in(false, true), admission.refusal()), (Ok(()), Some(Refusal::Full)));
        assert_eq!(tickets[2].0.come_in(true, true), Err(Refusal::Full));
        assert_eq!((admission.viewers(), admission.writers()), (2, 1));
        drop(tickets);
        assert_eq!(admission.viewers(), 0);
        assert_eq!(admission.enter(None).expect("may try").0.come_in(true, true), Ok(()));
    }

    #[test]
    fn the_oldest_goes_when_asked_so() {
        let admission = admission(1, true);
        let (first, mut first_away) = admission.enter(None).expect("may try");
        let (second, mut second_away) = admission.enter(None).expect("may try");
        assert_eq!((first.come_in(true, true), admission.refusal()), (Ok(()), None));
        assert_eq!(second.come_in(true, true), Ok(()));
        assert_eq!(first_away.try_recv(), Ok(SentAway::Evicted));
        assert!(second_away.try_recv().is_err());
        drop(first);
        assert_eq!(admission.viewers(), 1);
    }

    #[test]
    fn who_asks_to_be_alone_is_alone_until_it_leaves() {
        let admission = sharing(Sharing::Client, 9, true);
        let enter = || admission.enter(None).expect("may try");
        let ((first, mut first_away), (second, mut second_away)) = (enter(), enter());
        let ((alone, mut alone_away), (late, _late_away)) = (enter(), enter());
        assert_eq!((first.come_in(true, true), second.come_in(true, true)), (Ok(()), Ok(())));
        assert_eq!(alone.come_in(true, false), Ok(()));
        assert_eq!((first_away.try_recv(), second_away.try_recv()), (Ok(SentAway::Excluded), Ok(SentAway::Excluded)));
        // Whatever they ask for, and although the oldest may be evicted.
        assert_eq!((admission.refusal(), late.come_in(true, false)), (Some(Refusal::Held), Err(Refusal::Held)));
        drop((first, second));
        assert!(alone_away.try_recv().is_err() && admission.viewers() == 1);
        assert_eq!(admission.refusal(), Some(Refusal::Held), "those who were sent away hold nothing");
        drop(alone);
        assert_eq!(admission.refusal(), None);
        let (writer, mut writer_away) = enter();
        assert_eq!(writer.come_in(true, true), Ok(()));
        let (watcher, _away) = enter();
        assert_eq!(
            (watcher.come_in(false, false), admission.refusal()),
            (Ok(()), None),
            "who only watches is not alone"
        );
        assert!(writer_away.try_recv().is_err());
    }

    #[test]
    fn one_at_a_time_is_one_whatever_the_limit() {
        let admission = sharing(Sharing::Exclusive, 9, false);
        let (first, _away) = admission.enter(None).expect("may try");
        let (second, _away) = admission.enter(None).expect("may try");
        assert_eq!((first.come_in(true, true), admission.refusal()), (Ok(()), Some(Refusal::Taken)));
        assert_eq!(second.come_in(true, false), Err(Refusal::Taken));
        let admission = sharing(Sharing::Exclusive, 9, true);
        let (first, mut away) = admission.enter(None).expect("may try");
        let (second, _away) = admission.enter(None).expect("may try");
        assert_eq!((first.come_in(true, false), second.come_in(true, true)), (Ok(()), Ok(())));
        assert_eq!(away.try_recv(), Ok(SentAway::Evicted));
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
        assert_eq!(held[0].0.come_in(true, true), Ok(()), "and who is in does not count");
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
        assert_eq!(inside.come_in(true, true), Ok(()));
        admission.stop();
        assert_eq!(inside_away.try_recv(), Ok(SentAway::Stopping));
        assert_eq!(waiting_away.try_recv(), Ok(SentAway::Stopping));
        assert!(admission.enter(None).is_none());
    }
}
