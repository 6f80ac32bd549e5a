//! Attempts to reach somebody, and the pauses between them.

use std::io;
use std::time::Duration;

use tokio::task::JoinHandle;

/// An attempt in a task of its own, so that whoever waits for its outcome may turn to something else meanwhile. It ends
/// when this is dropped.
#[derive(Debug)]
pub struct Attempt<T>(Option<JoinHandle<T>>);

impl<T> Default for Attempt<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Send + 'static> Attempt<T> {
    /// Whether one is being made, or has an outcome that was not taken.
    pub fn is_running(&self) -> bool {
        self.0.is_some()
    }

    /// Begins one; another that is being made is given up.
    pub fn begin(&mut self, work: impl Future<Output = T> + Send + 'static) {
        self.give_up();
        self.0 = Some(tokio::spawn(work));
    }

    /// Waits for the outcome of the one that was begun, and for ever if none was. May be dropped half-way without loss.
    ///
    /// # Errors
    ///
    /// The attempt panicked.
    pub async fn outcome(&mut self) -> io::Result<T> {
        let outcome = match &mut self.0 {
            Some(running) => running.await.map_err(io::Error::other),
            None => std::future::pending().await,
        };
        self.0 = None;
        outcome
    }
}

impl<T> Attempt<T> {
    /// Ends the one that is being made.
    pub fn give_up(&mut self) {
        if let Some(running) = self.0.take() {
            running.abort();
        }
    }
}

impl<T> Drop for Attempt<T> {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// The pause after so many attempts in vain: `first` after one, then doubling, `most` at the longest.
pub fn backoff(failures: u32, first: Duration, most: Duration) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    first.saturating_mul(1 << doublings).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pause = |failures| backoff(failures, Duration::from_millis(200), Duration::from_secs(1)).as_millis();
        assert_eq!([0, 1, 2, 3, 4, u32::MAX].map(pause), [200, 200, 400, 800, 1000, 1000]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_turns_away_half_way_loses_nothing_and_who_gives_up_ends_it() {
        let mut attempt = Attempt::default();
        let (done, wanted) = tokio::sync::oneshot::channel();
        attempt.begin(wanted);
        let a_while = Duration::from_secs(1);
        assert!(tokio::time::timeout(a_while, attempt.outcome()).await.is_err());
        assert!(attempt.is_running());
        done.send(7).expect("the attempt goes on");
        assert_eq!(attempt.outcome().await.expect("no panic"), Ok(7));
        assert!(!attempt.is_running());

        let (mut freed, wanted) = tokio::sync::oneshot::channel();
        attempt.begin(wanted);
        attempt.give_up();
        freed.closed().await;
        assert!(tokio::time::timeout(a_while, attempt.outcome()).await.is_err(), "there is none to wait for");
    }
}
