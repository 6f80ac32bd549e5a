//! What was meant for a guest's graphics is not typed into its console, when they end under the hands of somebody who types:
//! a password, or half a line and Return.

use tokio::time::{Duration, Instant};

use crate::display::Input;
use crate::server::handoff::QUIET;

/// For so long nothing is typed until it counts again.
const PAUSE: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Hush {
    /// When something was typed last.
    typed: Option<Instant>,
    /// Nothing typed counts before this.
    until: Option<Instant>,
}

impl Hush {
    /// The viewer is led away from what it looked at; whether it was typing there, and has to pause first.
    pub(super) fn begin(&mut self, now: Instant) -> bool {
        let types = self.typed.is_some_and(|typed| now < typed + QUIET);
        self.until = types.then(|| now + PAUSE);
        types
    }

    /// It looks elsewhere by its own will.
    pub(super) fn end(&mut self) {
        self.until = None;
    }

    /// Takes away what does not count.
    pub(super) fn sift(&mut self, inputs: &mut Vec<Input>, now: Instant) {
        if inputs.iter().any(counts) {
            self.typed = Some(now);
            if self.until.is_some_and(|until| now < until) {
                self.until = Some(now + PAUSE);
                inputs.retain(|input| !counts(input));
            }
        }
    }
}

/// Whether it is typed, or pasted.
fn counts(input: &Input) -> bool {
    super::types(input) || matches!(input, Input::Paste(Ok(_)) | Input::Pointer { paste: Some(_), .. })
}

#[cfg(test)]
#[path = "hush_tests.rs"]
mod tests;
