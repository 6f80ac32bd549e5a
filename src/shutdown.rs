//! Stopping in order: one side asks, every task hears it, and the asker waits until all of them are gone.

use tokio::sync::watch;

/// Held by each task that has to end; cloned for each.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// Held by whoever asks for the end.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// A stopper and what its tasks hold.
pub fn stopper() -> (Stopper, Stop) {
    let (asks, hears) = watch::channel(false);
    (Stopper(asks), Stop(hears))
}

impl Stop {
    /// Waits until the end is asked for, or the asker is gone. May be dropped half-way without loss.
    pub async fn requested(&mut self) {
        // An error says that nobody is left who could ask.
        let _ = self.0.wait_for(|&asked| asked).await;
    }
}

impl Stopper {
    /// Asks all tasks to end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Waits until every [`Stop`] has been dropped.
    pub async fn all_gone(&self) {
        self.0.closed().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_task_hears_it_and_the_last_one_gone_is_the_end() {
        let (stopper, stop) = stopper();
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let mut stop = stop.clone();
                tokio::spawn(async move { stop.requested().await })
            })
            .collect();
        drop(stop);
        stopper.stop();
        stopper.all_gone().await;
        for task in tasks {
            task.await.expect("ended");
        }
    }

    #[tokio::test]
    async fn a_task_ends_with_the_one_who_could_stop_it() {
        let (stopper, mut stop) = stopper();
        drop(stopper);
        stop.requested().await;
    }
}
