//! How the user's terminal is given back: for good, or while he sees to something else.
//!
//! What it tells by itself (of the mouse, of keys that go up) and what it was asked is still on its way when it is told to tell
//! nothing more, over a slow line for long; whoever has the terminal next would take it for what the user types. So something is
//! asked last that every terminal answers at once, and what comes before the answer is read. A terminal that takes nothing is left as
//! it is.

use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::mpsc;

use super::Show;
use crate::attach::answers::{self, Answer};
use crate::attach::keys::{Keys, Typed};
use crate::attach::{Failure, term};

/// How long the last answer is waited for.
const LAST_ANSWER: Duration = Duration::from_secs(1);
/// How long a terminal may take for what is under way, where the user himself leaves it: over a slow line there may be a picture.
const PATIENCE: Duration = Duration::from_secs(10);

impl Show {
    /// Gives the terminal back as it was.
    pub(super) async fn give_back(&mut self, input: &mut mpsc::Receiver<Vec<u8>>) {
        // Whoever tells us to end does not wait for long.
        let patience = if self.is_told { term::LAST_WRITE } else { PATIENCE };
        self.output.finish_within(patience).await;
        if !self.output.is_busy()
            && let Some(mut ending) = self.taken.ending()
        {
            // One that has not answered before does not answer now.
            let asks = match self.watching.has_asked() {
                true => self.front.abilities().complete,
                false => self.painter.makes_it_tell(),
            };
            ending.push_str(if asks { answers::LAST } else { "" });
            self.output.write(ending.into_bytes());
            self.output.finish_within(patience).await;
            if asks && !self.output.is_busy() {
                let _ = tokio::time::timeout(LAST_ANSWER, last_answer(input)).await;
            }
        }
        self.taken.lend();
    }

    /// Stands still until the shell goes on with us.
    pub(super) async fn suspend(&mut self, input: &mut mpsc::Receiver<Vec<u8>>) -> Result<(), Failure> {
        self.let_go();
        self.give_back(input).await;
        kill_process(getpid(), Signal::TSTP).map_err(|error| Failure::Terminal(error.into()))?;
        self.taken.retake().map_err(Failure::Terminal)?;
        self.painter.left();
        self.set_ending();
        self.repaint();
        self.resized();
        Ok(())
    }
}

/// Reads until the terminal has answered, or is gone.
async fn last_answer(input: &mut mpsc::Receiver<Vec<u8>>) {
    let mut keys = Keys::default();
    keys.expect(true);
    let is_last = |typed: &Typed| matches!(typed, Typed::Answer(Answer::Attributes { .. }));
    while let Some(bytes) = input.recv().await {
        if keys.take(&bytes).iter().any(is_last) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_before_the_last_answer_is_read_and_no_more() {
        let (out, mut input) = mpsc::channel(8);
        for piece in [&b"\x1b[97;1:3u"[..], b"\x1b[<35;3;3M\x1b[?6", b"2;4c", b"ls\r"] {
            out.try_send(piece.to_vec()).expect("there is room");
        }
        last_answer(&mut input).await;
        assert_eq!(input.try_recv().expect("it was not read"), b"ls\r");
        drop(out);
        last_answer(&mut input).await;
    }
}
