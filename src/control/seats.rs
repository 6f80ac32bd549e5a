//! Places for control clients: so many, and whoever has asked nothing for longest makes room for the next one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Control clients at once.
pub const MAX_CLIENTS: usize = 32;

/// All places. A client is busy while something is done for it, and waits otherwise; one that waits can be sent away.
#[derive(Debug, Default)]
pub struct Seats(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    next: u64,
    busy: usize,
    /// In the order in which they began to wait.
    waiting: BTreeMap<u64, oneshot::Sender<()>>,
}

/// One client's place; given back when dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    /// Its number among those that wait; `None` while it is busy.
    waits: Option<u64>,
}

impl Seats {
    /// A place, busy at first; `None` when something is being done for all who are there.
    pub fn take(self: &Arc<Self>) -> Option<Seat> {
        let mut state = self.lock();
        if state.busy + state.waiting.len() >= MAX_CLIENTS {
            // It hears of it when it is dropped, too.
            let (_, longest) = state.waiting.pop_first()?;
            drop(longest);
        }
        state.busy += 1;
        drop(state);
        Some(Seat { seats: Arc::clone(self), waits: None })
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        let state = self.lock();
        state.busy + state.waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What is behind the lock is whole between any two statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Nothing is to be done for it. What is returned ends when its place is needed for somebody else.
    pub fn wait(&mut self) -> oneshot::Receiver<()> {
        let (sender, sent_away) = oneshot::channel();
        let mut state = self.seats.lock();
        match self.waits {
            Some(number) => drop(state.waiting.remove(&number)),
            None => state.busy -= 1,
        }
        let number = state.next;
        state.next += 1;
        state.waiting.insert(number, sender);
        self.waits = Some(number);
        sent_away
    }

    /// Something is to be done for it; `false` when it has been sent away just now.
    pub fn begin(&mut self) -> bool {
        let Some(number) = self.waits else { return true };
        let mut state = self.seats.lock();
        let stays = state.waiting.remove(&number).is_some();
        if stays {
            state.busy += 1;
            self.waits = None;
        }
        stays
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.seats.lock();
        match self.waits {
            Some(number) => drop(state.waiting.remove(&number)),
            None => state.busy -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_longest_makes_room_and_who_is_busy_does_not() {
        let seats = Arc::new(Seats::default());
        let mut taken: Vec<Seat> = (0..MAX_CLIENTS).map(|_| seats.take().expect("a place")).collect();
        assert!(seats.take().is_none(), "all are busy");
        let mut second = taken[1].wait();
        let mut first = taken[0].wait();
        let another = seats.take().expect("a place");
        assert!(second.try_recv() == Err(oneshot::error::TryRecvError::Closed), "it has waited longest");
        assert!(first.try_recv() == Err(oneshot::error::TryRecvError::Empty));
        assert!(!taken[1].begin() && taken[0].begin());
        assert_eq!(seats.taken(), MAX_CLIENTS);
        drop((another, taken));
        assert_eq!(seats.taken(), 0);
    }
}
