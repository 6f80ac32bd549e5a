//! Opening a source again after it went away, or waiting for one that is not there yet.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

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
}

impl Reconnect {
    /// For the device at `path`, which may not exist yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, before: None, attempts: 0 }
    }

    /// How long to wait before the next attempt: nothing at first, then doubling.
    pub fn delay(&self) -> Duration {
        match self.attempts.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => FIRST_DELAY.saturating_mul(1 << doublings.min(16)).min(MAX_DELAY),
        }
    }

    /// Tries to open it. May be dropped half-way: then that attempt did not happen.
    pub async fn attempt(&mut self) -> Result<Pty, Refusal> {
        // The first time the user just named it; from then on it has to be what he meant.
        let later = self.attempts > 0;
        self.attempts = self.attempts.saturating_add(1);
        let (path, before) = (self.path.clone(), self.before);
        // Looking for sessions reads all of /proc.
        let opened = tokio::task::spawn_blocking(move || Pty::open(&path, before, later)).await;
        let pty = opened.map_err(io::Error::other)??;
        self.before = Some(pty.identity());
        Ok(pty)
    }

    /// The source is gone: attempts begin anew, after the first pause.
    pub fn lost(&mut self) {
        self.attempts = 1;
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

    #[tokio::test]
    async fn pauses_double_up_to_five_seconds_and_begin_anew() {
        let mut reconnect = Reconnect::new("/nonexistent/vncterm".into());
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pauses.push(reconnect.delay().as_millis());
            let refusal = reconnect.attempt().await.expect_err("is not there");
            assert_eq!(explain(&refusal), "");
        }
        assert_eq!(pauses, [0, 200, 400, 800, 1600, 3200, 5000, 5000]);
        reconnect.lost();
        assert_eq!(reconnect.delay(), FIRST_DELAY);
        reconnect.attempts = u32::MAX;
        assert_eq!(reconnect.delay(), MAX_DELAY);
    }
}
