//! The near side of `vncterm attach --raw`: standard input and output, the terminal where both are one, and signals. All of
//! it goes on whether or not there is a server.

use std::io::{self, IsTerminal};
use std::time::Duration;

use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::leaving::Leaving;
use crate::attach::Failure;
use crate::attach::signals::{Said, Signals};
use crate::attach::term::{self, LAST_WRITE, Output, Taken};
use crate::config::attach::Escapes;

/// See the module.
pub(super) struct Hands {
    /// `None`: nothing is read, or nothing more comes.
    input: Option<mpsc::Receiver<Vec<u8>>>,
    signals: Signals,
    output: Output,
    /// What waits to be written: no more than servers were allowed to send.
    unwritten: Vec<u8>,
    /// How much is being written.
    writing: usize,
    /// How much of both has come over connections that are lost.
    stale: usize,
    /// Both ends are a terminal, and it is ours.
    person: Option<Person>,
    read_only: bool,
}

/// The user, and how he gets out.
struct Person {
    taken: Taken,
    leaving: Leaving,
}

/// What was done.
#[derive(Debug)]
pub(super) enum Did {
    /// This is for the guest, and whether the user leaves then.
    Typed(Vec<u8>, bool),
    /// We are to end.
    Stop,
    /// Nobody reads on.
    Unread,
    /// So much of what came over this connection has been written.
    Written(usize),
}

impl Hands {
    /// Takes the terminal, if there is one at both ends: a single one stays with its lines, and its keys that send signals.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn new(escapes: Escapes, read_only: bool) -> Result<Self, Failure> {
        let signals = Signals::new().map_err(Failure::Terminal)?;
        let is_person = io::stdin().is_terminal() && io::stdout().is_terminal();
        // What is not sent is left to whoever else reads there; but a user's way out is read.
        let reads = is_person || !read_only;
        let input = reads.then(term::input).transpose().map_err(Failure::Terminal)?;
        let output = Output::new().map_err(Failure::Output)?;
        let taken = is_person.then(|| Taken::take(None)).transpose().map_err(Failure::Terminal)?;
        let person = taken.map(|taken| Person { taken, leaving: Leaving::new(escapes) });
        Ok(Self { input, signals, output, unwritten: Vec::new(), writing: 0, stale: 0, person, read_only })
    }

    /// This is to be written.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.unwritten.extend_from_slice(bytes);
    }

    /// The connection that it came over is lost.
    pub(super) fn connection_lost(&mut self) {
        self.stale = self.writing + self.unwritten.len();
    }

    /// Whether something that came over a lost connection is not written yet.
    pub(super) fn is_behind(&self) -> bool {
        self.stale > 0
    }

    /// The next thing that is done; meanwhile all is written that can be. Input that is no user's is read only if somebody
    /// `takes` it. May be dropped half-way without loss.
    ///
    /// # Errors
    /// The terminal's, and the output's.
    pub(super) async fn next(&mut self, takes: bool) -> Result<Did, Failure> {
        loop {
            self.pass_on();
            let reads = takes || self.person.is_some();
            tokio::select! {
                bytes = read(&mut self.input), if reads => match bytes {
                    Some(bytes) => {
                        let (bytes, leaves) = match &mut self.person {
                            Some(person) => person.leaving.take(&bytes),
                            None => (bytes, false),
                        };
                        return Ok(Did::Typed(if self.read_only { Vec::new() } else { bytes }, leaves));
                    }
                    None => self.input = None,
                },
                said = self.signals.next() => match said {
                    Said::Stop => return Ok(Did::Stop),
                    Said::Resized => {}
                    Said::Continued => self.go_on()?,
                },
                done = self.output.done() => return match done {
                    Ok(()) => {
                        let written = std::mem::take(&mut self.writing);
                        let stale = self.stale.min(written);
                        self.stale -= stale;
                        Ok(Did::Written(written - stale))
                    }
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Did::Unread),
                    Err(error) => Err(Failure::Output(error)),
                },
            }
        }
    }

    fn pass_on(&mut self) {
        if !self.output.is_busy() && !self.unwritten.is_empty() {
            self.writing = self.unwritten.len();
            self.output.write(std::mem::take(&mut self.unwritten));
        }
    }

    /// After having been stopped: whoever had the terminal meanwhile may have changed it, whatever we believe.
    fn go_on(&self) -> Result<(), Failure> {
        let Some(person) = &self.person else { return Ok(()) };
        // In the background it is somebody else's, and a word to it would stop us again; when we get it we are told once more.
        if tcgetpgrp(io::stdin()).is_ok_and(|owner| owner != getpgrp()) {
            return Ok(());
        }
        person.taken.retake().map_err(Failure::Terminal)
    }

    /// Writes all that has come; only for so long, with a `patience`, and not much longer once we are to end.
    ///
    /// # Errors
    /// The output's.
    pub(super) async fn finish(mut self, patience: Option<Duration>) -> Result<(), Failure> {
        let mut until = patience.map(|patience| Instant::now() + patience);
        loop {
            self.pass_on();
            if !self.output.is_busy() {
                return Ok(());
            }
            tokio::select! {
                did = self.next(false) => match did? {
                    Did::Stop | Did::Typed(_, true) if until.is_some() => return Ok(()),
                    Did::Stop | Did::Typed(_, true) => until = Some(Instant::now() + LAST_WRITE),
                    Did::Unread => return Ok(()),
                    Did::Typed(_, false) | Did::Written(_) => {}
                },
                () = tokio::time::sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => return Ok(()),
            }
        }
    }

    /// A line on standard error. Nobody need be reading it.
    pub(super) fn remark(&self, text: &str) {
        let end = if self.person.is_some() { "\r" } else { "" };
        term::remark(&format!("{text}{end}"));
    }
}

async fn read(input: &mut Option<mpsc::Receiver<Vec<u8>>>) -> Option<Vec<u8>> {
    match input {
        Some(input) => input.recv().await,
        None => std::future::pending().await,
    }
}
