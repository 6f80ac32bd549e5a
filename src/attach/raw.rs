//! `vncterm attach --raw`: a console's bytes to standard output, and those of standard input to it, as they are.

use std::io::{self, IsTerminal, Write};

use tokio::sync::mpsc;

use super::Failure;
use super::door::Door;
use super::server::{NoServer, Server, pause};
use super::signals::{Said, Signals};
use super::stream::Feed;
use super::term::{self, Output, Taken};
use crate::config::attach::{Attach, Escapes};
use crate::rfb::client::{ClientEvent, StreamEvent};
use crate::rfb::ext::console::{Notice, Request};
use crate::rfb::ids::ConsoleRequest;

/// Standard input is not read while so much of it waits.
const UNSENT: usize = 256 * 1024;

/// See the module.
struct Raw {
    attach: Attach,
    door: Door,
    feed: Feed,
    output: Output,
    /// What waits to be written: no more than the server was allowed to send.
    unwritten: Vec<u8>,
    /// How much is being written.
    writing: usize,
    escape: Option<Leaving>,
    /// Bytes are lost.
    lost: bool,
}

/// Passes bytes until the console ends, or a signal or the user does.
///
/// # Errors
/// That bytes were lost, and what ended it.
pub async fn raw(attach: Attach, door: Door, server: Server) -> Result<(), Failure> {
    let name = text(&server, attach.console.as_deref())?;
    let signals = Signals::new().map_err(Failure::Terminal)?;
    let person = io::stdin().is_terminal();
    let input = term::input().map_err(Failure::Terminal)?;
    let taken = person.then(|| Taken::take(None)).transpose().map_err(Failure::Terminal)?;
    let escape = person.then(|| Leaving::new(attach.escapes));
    let output = Output::new().map_err(Failure::Terminal)?;
    let feed = Feed::default();
    let mut raw = Raw { attach, door, feed, output, unwritten: Vec::new(), writing: 0, escape, lost: false };
    let end = raw.run(server, &name, input, signals).await;
    raw.output.finish().await;
    drop(taken);
    end?;
    if raw.lost { Err(Failure::BytesLost) } else { Ok(()) }
}

/// The name of the console that is wanted, which has bytes; without a name, the first one that has.
fn text(server: &Server, wanted: Option<&str>) -> Result<String, Failure> {
    let name = super::chosen(server, wanted)?;
    if server.find(Some(&name)).is_none_or(|console| !console.graphical) {
        return Ok(name);
    }
    let other = server.consoles.values().find(|console| wanted.is_none() && !console.graphical);
    other.map(|console| console.name.clone()).ok_or(Failure::Graphical(name))
}

impl Raw {
    async fn run(
        &mut self,
        mut server: Server,
        name: &str,
        mut input: mpsc::Receiver<Vec<u8>>,
        mut signals: Signals,
    ) -> Result<(), Failure> {
        loop {
            let console = server.find(Some(name)).ok_or_else(|| Failure::NoConsole(name.to_owned()))?.console;
            server.ask(&Request::Switch { console });
            if !self.feed.open(&mut server, console, name, self.attach.from, false) {
                return Err(Failure::NoStreams);
            }
            let Some(why) = self.pass(&mut server, &mut input, &mut signals).await? else {
                server.leave().await;
                return Ok(());
            };
            self.remark(&format!("{why}; trying again"));
            self.feed.lost();
            let Some(again) = self.reach(&mut signals).await? else { return Ok(()) };
            server = again;
        }
    }

    /// Passes bytes; why the connection was lost, or nothing if that was all.
    async fn pass(
        &mut self,
        server: &mut Server,
        input: &mut mpsc::Receiver<Vec<u8>>,
        signals: &mut Signals,
    ) -> Result<Option<String>, Failure> {
        let (mut reads, mut ended) = (!self.attach.read_only, false);
        loop {
            self.write();
            if ended && !self.output.is_busy() {
                return Ok(None);
            }
            self.feed.flush(server);
            tokio::select! {
                event = server.next(), if !ended => match event {
                    Ok(event) => ended = self.hear(event, server)?,
                    Err(lost) => return Ok(Some(lost.to_string())),
                },
                bytes = input.recv(), if reads && self.feed.unsent() < UNSENT => match bytes {
                    Some(bytes) => {
                        let (bytes, leaves) = match &mut self.escape {
                            Some(escape) => escape.take(&bytes),
                            None => (bytes, false),
                        };
                        // There is room for what is read while so little waits.
                        let _ = self.feed.send(&bytes);
                        if leaves {
                            return Ok(None);
                        }
                    }
                    None => reads = false,
                },
                said = signals.next() => match said {
                    Said::Stop => return Ok(None),
                    Said::Resized | Said::Continued => {}
                },
                done = self.output.done() => {
                    match done {
                        // Who reads no more has seen enough.
                        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(None),
                        done => done.map_err(Failure::Terminal)?,
                    }
                    let written = std::mem::take(&mut self.writing);
                    if let Some(number) = self.feed.number() {
                        server.conn().take_from_stream(number, written);
                    }
                }
            }
        }
    }

    /// Takes what the server did. Whether that was all.
    fn hear(&mut self, event: ClientEvent, server: &mut Server) -> Result<bool, Failure> {
        let event = match event {
            ClientEvent::Stream { stream, event } if Some(stream) == self.feed.number() => event,
            ClientEvent::Console(Notice::Note { warning: true, text }) => {
                self.remark(&text);
                return Ok(false);
            }
            _ => return Ok(false),
        };
        match event {
            StreamEvent::Opened(opened) => {
                let first = self.feed.is_new();
                if !self.feed.opened(&opened) && !first {
                    self.lost = true;
                    self.remark("the server was started anew: what was written meanwhile is lost");
                }
            }
            StreamEvent::Data { offset, bytes } => {
                self.unwritten.extend_from_slice(&bytes.0);
                self.feed.reached(offset + bytes.0.len() as u64);
            }
            StreamEvent::Gap { offset, length } => {
                self.lost = true;
                self.feed.reached(offset.saturating_add(length));
                self.remark(&format!("{length} bytes are lost, from byte {offset} on"));
            }
            // None was asked for.
            StreamEvent::Dump { bytes, .. } => {
                if let Some(number) = self.feed.number() {
                    server.conn().take_from_stream(number, bytes.0.len());
                }
            }
            StreamEvent::Refused { operation: ConsoleRequest::OPEN, reason } => return Err(Failure::Refused(reason)),
            StreamEvent::Refused { reason, .. } => {
                self.lost = true;
                self.remark(&format!("what was typed is not sent: {reason}"));
            }
            StreamEvent::Closed { ended, .. } => return Ok(ended),
            StreamEvent::Size { .. } | StreamEvent::Room => {}
        }
        Ok(false)
    }

    fn write(&mut self) {
        if !self.output.is_busy() && !self.unwritten.is_empty() {
            self.writing = self.unwritten.len();
            self.output.write(std::mem::take(&mut self.unwritten));
        }
    }

    /// Another connection; `None`: we were asked to stop.
    async fn reach(&mut self, signals: &mut Signals) -> Result<Option<Server>, Failure> {
        let mut failures = 0;
        loop {
            failures += 1;
            let wait = tokio::time::sleep(pause(failures));
            let door = &mut self.door;
            let attempt = async {
                wait.await;
                Server::enter(door).await
            };
            tokio::select! {
                entered = attempt => match entered {
                    Ok(server) if !server.has_consoles => return Err(NoServer::NoConsoles.into()),
                    Ok(server) => return Ok(Some(server)),
                    Err(_) => {}
                },
                Said::Stop = signals.next() => return Ok(None),
            }
        }
    }

    /// A line on standard error. Nobody need be reading it.
    fn remark(&self, text: &str) {
        let end = if self.escape.is_some() { "\r\n" } else { "\n" };
        let _ = write!(io::stderr(), "vncterm: {text}{end}");
    }
}

/// The user's way out of a terminal whose bytes all go to the guest: the key, and then `d` or a full stop, or the character
/// at the beginning of a line and then likewise.
#[derive(Debug)]
struct Leaving {
    control: Option<u8>,
    tilde: Option<u8>,
    begins: bool,
    /// What was typed of it.
    held: Option<u8>,
}

impl Leaving {
    fn new(escapes: Escapes) -> Self {
        let byte = |ch: char| u8::try_from(ch).ok();
        let control = escapes.control.and_then(byte).map(|byte| byte & 0x1f);
        Self { control, tilde: escapes.tilde.and_then(byte), begins: true, held: None }
    }

    /// What the guest gets of these bytes, and whether the user leaves.
    fn take(&mut self, bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut out = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            match self.held.take() {
                Some(_) if byte == b'.' || byte == b'd' => return (out, true),
                // Twice sends it once.
                Some(held) if byte == held => {
                    out.push(byte);
                    self.begins = false;
                    continue;
                }
                Some(held) => out.push(held),
                None => {}
            }
            let begins = std::mem::replace(&mut self.begins, byte == b'\r');
            if Some(byte) == self.control || begins && Some(byte) == self.tilde {
                self.held = Some(byte);
            } else {
                out.push(byte);
            }
        }
        (out, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_out_is_the_same_however_it_is_cut() {
        for (typed, sent, leaves) in [
            (&b"ls\r"[..], &b"ls\r"[..], false),
            (b"~.", b"", true),
            (b"a~.b", b"a~.b", false),
            (b"a\r~.b", b"a\r", true),
            (b"\r~~.", b"\r~.", false),
            (b"\r~x~.", b"\r~x~.", false),
            (b"a\x1dd", b"a", true),
            (b"a\x1d.", b"a", true),
            (b"\x1d\x1db", b"\x1db", false),
            (b"\x1dx", b"\x1dx", false),
            (b"\x00\xff\r~\r~.", b"\x00\xff\r~\r", true),
        ] {
            for size in 1..=typed.len() {
                let (mut leaving, mut out, mut left) = (Leaving::new(Escapes::default()), Vec::new(), false);
                for piece in typed.chunks(size) {
                    if !left {
                        let (bytes, leaves) = leaving.take(piece);
                        out.extend(bytes);
                        left = leaves;
                    }
                }
                assert_eq!((out.as_slice(), left), (sent, leaves), "{typed:?} in pieces of {size}");
            }
        }
    }
}
