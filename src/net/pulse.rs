//! The pulse of connections whose other end the kernel cannot ask for: behind a proxy, a WebSocket's peer may be gone
//! while the proxy is not. One task beats for all of them, so that no viewer needs a timer, and only while there are any.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// From one question to the next: what stands still behind a proxy is cut off by many after 60 seconds, by some after 30.
pub const PERIOD: Duration = Duration::from_secs(25);
/// How long a peer has for its answer. With [`PERIOD`] it makes the 30 seconds within which the dead are noticed.
pub const ANSWER: Duration = Duration::from_secs(5);

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Ask the peer whether it is there.
    Ask,
    /// Look whether it has answered.
    Look,
}

/// What hears each beat.
pub type Beats = watch::Receiver<Beat>;

/// Beats while somebody follows.
#[derive(Clone, Debug)]
pub struct Pulse(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    beats: watch::Sender<Beat>,
    /// Whether the task runs.
    runs: Mutex<bool>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

impl Pulse {
    /// One that nobody follows yet.
    pub fn new() -> Self {
        Self(Arc::new(Inner { beats: watch::Sender::new(Beat::Look), runs: Mutex::new(false) }))
    }

    /// Hears each beat from the next one on. Must be called within a runtime.
    pub fn follow(&self) -> Beats {
        let mut runs = self.0.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let beats = self.0.beats.subscribe();
        if !*runs {
            *runs = true;
            tokio::spawn(Arc::clone(&self.0).beat());
        }
        beats
    }
}

impl Inner {
    async fn beat(self: Arc<Self>) {
        loop {
            tokio::time::sleep(PERIOD - ANSWER).await;
            if self.rests() {
                return;
            }
            self.beats.send_replace(Beat::Ask);
            tokio::time::sleep(ANSWER).await;
            self.beats.send_replace(Beat::Look);
        }
    }

    /// Ends the task when nobody follows, under the lock that who begins to follow takes.
    fn rests(&self) -> bool {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        *runs = self.beats.receiver_count() > 0;
        !*runs
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    async fn next(beats: &mut Beats) -> Beat {
        beats.changed().await.expect("beats");
        *beats.borrow_and_update()
    }

    #[tokio::test(start_paused = true)]
    async fn it_asks_every_25_seconds_and_looks_5_later() {
        let (pulse, begun) = (Pulse::new(), Instant::now());
        let (mut one, mut other) = (pulse.follow(), pulse.follow());
        assert_eq!((next(&mut one).await, begun.elapsed().as_secs()), (Beat::Ask, 20));
        assert_eq!((next(&mut one).await, begun.elapsed().as_secs()), (Beat::Look, 25));
        assert_eq!((next(&mut one).await, begun.elapsed().as_secs()), (Beat::Ask, 45));
        assert_eq!(next(&mut other).await, Beat::Ask, "whoever was late gets the latest");
    }

    #[tokio::test(start_paused = true)]
    async fn it_rests_while_nobody_follows_and_begins_again() {
        let pulse = Pulse::new();
        drop(pulse.follow());
        tokio::time::timeout(2 * PERIOD, std::future::pending::<()>()).await.expect_err("time passes");
        assert!(!*pulse.0.runs.lock().expect("not poisoned"));
        assert_eq!(next(&mut pulse.follow()).await, Beat::Ask);
    }
}
