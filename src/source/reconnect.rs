//! Opening a source again after it went away, or waiting for one that is not there yet.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::pty::{Identity, Pty, Refusal};

/// The first pause between two attempts.
pub const FIRST_DELAY: Duration = Duration::from_millis(200);
/// No pause is longer.
pub const MAX_DELAY: Duration = Duration::from_secs(5);

/// A device that is opened whenever it is there.
#[derive(Debug)]
pub struct Reconnect {
    path: PathBuf,
    /// What it was when it was open last.
    before: Option<Identity>,
    attempts: u32,
    /// When the next attempt is due; `None` when at once.
    due: Option<Instant>,
    /// The attempt that is being made.
    running: Option<JoinHandle<Result<Pty, Refusal>>>,
}

impl Reconnect {
    /// For the device at `path`, which may not exist yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, before: None, attempts: 0, due: None, running: None }
    }

    /// The device's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the next attempt when it is due, and waits for its outcome. May be dropped half-way without loss.
    pub async fn attempt(&mut self) -> Result<Pty, Refusal> {
        if self.running.is_none() {
            if let Some(due) = self.due {
                tokio::time::sleep_until(due).await;
            }
            // The first time the user just named it; from then on it has to be what he meant.
            let (path, before, later) = (self.path.clone(), self.before, self.attempts > 0);
            // Looking for sessions reads all of /proc.
            self.running = Some(tokio::task::spawn_blocking(move || Pty::open(&path, before, later)));
        }
        let outcome = match &mut self.running {
            Some(running) => running.await.map_err(io::Error::other),
            None => unreachable!("an attempt was just begun"),
        };
        self.running = None;
        self.attempts = self.attempts.saturating_add(1);
        self.due = Some(Instant::now() + self.pause());
        let pty = outcome??;
        self.before = Some(pty.identity());
        Ok(pty)
    }

    /// The source is gone: attempts begin anew, after the first pause.
    pub fn lost(&mut self) {
        self.attempts = 1;
        self.due = Some(Instant::now() + self.pause());
    }

    /// How long to wait after so many attempts in vain: doubling.
    fn pause(&self) -> Duration {
        let doublings = self.attempts.saturating_sub(1).min(16);
        FIRST_DELAY.saturating_mul(1 << doublings).min(MAX_DELAY)
    }
}

/// A refusal in words for the status line.
pub fn explain(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Open(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Refusal::Open(error) if error.raw_os_error() == Some(rustix::io::Errno::BUSY.raw_os_error()) => {
            "another program uses it".to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_five_seconds_and_begin_anew() {
        let mut reconnect = Reconnect::new("/nonexistent/vncterm".into());
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let before = Instant::now();
            let refusal = reconnect.attempt().await.expect_err("is not there");
            assert_eq!(explain(&refusal), "");
            pauses.push(before.elapsed().as_millis());
        }
        assert_eq!(pauses, [0, 200, 400, 800, 1600, 3200, 5000, 5000]);
        reconnect.lost();
        assert_eq!(reconnect.pause(), FIRST_DELAY);
        reconnect.attempts = u32::MAX;
        assert_eq!(reconnect.pause(), MAX_DELAY);
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_nobody_waits_for_goes_on() {
        let mut reconnect = Reconnect::new("/nonexistent/vncterm".into());
        let done = tokio::select! {
            biased;
            opened = reconnect.attempt() => Some(opened),
            () = std::future::ready(()) => None,
        };
        let opened = match done {
            Some(opened) => opened,
            None => reconnect.attempt().await,
        };
        assert!(opened.is_err());
        assert_eq!(reconnect.attempts, 1);
    }
}
