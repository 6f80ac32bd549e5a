//! The end of a command: what it wrote last is heard, those who read its bytes get all of them, and then its end is told.

use std::time::Duration;

use tokio::time::Instant;

use super::status::{Matter, Status};
use super::{Console, SLICE};
use crate::source::ExitStatus;

/// Bytes still read after a command has ended: more than a PTY holds. A child that it left behind may write for ever.
pub const LAST_WORDS: usize = 2 * SLICE;
/// How long those who read the bytes of the only command may take for the last of them, once it has ended: what it wrote last
/// is why they read.
pub const LAST_READ: Duration = Duration::from_secs(5);
/// How often it is looked whether they still do.
const LOOK: Duration = Duration::from_millis(20);

impl Console {
    /// The command has ended; it may be started again.
    pub(super) fn command_ended(&mut self, status: ExitStatus) {
        self.drain(LAST_WORDS, None);
        tracing::info!(?status, "command ended");
        if self.line.finish(&status) {
            let what = self.line.awaited().unwrap_or_default();
            self.set_status(Some(Status::new(Matter::Restarting(what, status), Instant::now())));
            return;
        }
        self.set_status(Some(Status::new(Matter::Ended(status.clone()), Instant::now())));
        self.ended = Some((status, Instant::now() + LAST_READ));
    }

    /// Tells whoever waits for it that the command has ended for good, once nobody reads its bytes any more. When to look
    /// again.
    pub(super) fn tell_end(&mut self, now: Instant) -> Option<Instant> {
        let until = self.ended.as_ref()?.1;
        if self.is_read() && now < until {
            return Some(until.min(now + LOOK));
        }
        if let Some((status, _)) = self.ended.take()
            && let Some(ending) = self.ending.take()
        {
            // An error says that nobody wants to know.
            let _ = ending.send(status);
        }
        None
    }
}

#[cfg(test)]
#[path = "last_words_tests.rs"]
mod tests;
