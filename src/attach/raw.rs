//! `vncterm attach --raw`: a console's bytes to standard output, and those of standard input to it, as they are.
//!
//! ```text
//! standard input  ─► Hands ─► Feed ─► Server        Hands and Feed are there as long as the program,
//! standard output ◄─ Hands ◄───────── Server        a Server as long as its connection
//! ```

mod hands;
mod leaving;

use std::time::Duration;

use tokio::time::Instant;

use super::Failure;
use super::door::Door;
use super::retry::{Told, is_final, passes, reason};
use super::server::{NoServer, Server, pause};
use super::stream::{Feed, Kept};
use super::term::LAST_WRITE;
use crate::client::Lost;
use crate::config::attach::Attach;
use crate::rfb::client::{ClientEvent, StreamEvent};
use crate::rfb::ext::console::{Notice, Request};
use crate::rfb::ids::ConsoleRequest;
use hands::{Did, Hands};

/// Standard input is not read while so much of it waits, unless it is a user's.
const UNSENT: usize = 256 * 1024;
/// How long what was typed last may take until the guest has it.
const LAST_INPUT: Duration = Duration::from_secs(1);

/// See the module.
struct Raw {
    attach: Attach,
    door: Door,
    /// The console's name.
    name: String,
    feed: Feed,
    hands: Hands,
    /// When the stream is to be opened, as soon as there is the console; `None`: that has been asked for.
    opens: Option<Instant>,
    /// Attempts in vain since it was open last, and why.
    failures: u32,
    told: Told,
    /// Bytes of the guest's are lost.
    lost: bool,
    /// Bytes for the guest are, or may be.
    unheard: bool,
}

/// Why it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The console has ended.
    Ended,
    /// We are to, or the user leaves.
    Asked,
    /// Nobody reads on, and so has seen enough.
    Unread,
}

/// Passes bytes until the console ends, or a signal or the user does.
///
/// # Errors
/// That bytes were lost, and what ended it.
pub async fn raw(attach: Attach, door: Door, server: Server) -> Result<(), Failure> {
    let name = text(&server, attach.console.as_deref())?;
    let mut raw = Raw {
        name,
        feed: Feed::default(),
        hands: Hands::new(attach.escapes, attach.read_only)?,
        opens: None,
        failures: 0,
        told: Told::default(),
        lost: false,
        unheard: false,
        attach,
        door,
    };
    let end = raw.run(server).await;
    let written = raw.hands.finish(matches!(end, Ok(Over::Asked)).then_some(LAST_WRITE)).await;
    end?;
    written?;
    match (raw.lost, raw.unheard) {
        (true, _) => Err(Failure::BytesLost),
        (false, true) => Err(Failure::Unheard),
        (false, false) => Ok(()),
    }
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
    /// Passes bytes over one connection after the other.
    async fn run(&mut self, mut server: Server) -> Result<Over, Failure> {
        loop {
            let lost = match self.pass(&mut server).await? {
                Ok(over) => {
                    // What was read and not sent is nobody's; a guest that has ended took what it wanted.
                    let flying = over == Over::Asked && self.feed.in_flight() > 0;
                    self.unheard |= over != Over::Unread && (self.feed.unsent() > 0 || flying);
                    server.leave().await;
                    return Ok(over);
                }
                Err(lost) => lost,
            };
            let in_doubt = self.feed.in_flight() > 0;
            self.feed.lost();
            self.hands.connection_lost();
            if in_doubt {
                self.unheard = true;
                self.complain(&format!("{lost}: some of the input may not have arrived"));
            } else {
                self.complain(&lost.to_string());
            }
            match self.reach().await? {
                Ok(again) => server = again,
                Err(over) => {
                    self.unheard |= over == Over::Asked && self.feed.unsent() > 0;
                    return Ok(over);
                }
            }
        }
    }

    /// Passes bytes over one connection; why it was lost, or else why that was all.
    async fn pass(&mut self, server: &mut Server) -> Result<Result<Over, Lost>, Failure> {
        self.opens = Some(Instant::now());
        let mut leaves: Option<Instant> = None;
        loop {
            self.open(server)?;
            self.feed.flush(server);
            let settled = self.feed.unsent() == 0 && self.feed.in_flight() == 0;
            if leaves.is_some_and(|until| settled || until <= Instant::now()) {
                return Ok(Ok(Over::Asked));
            }
            let wake = [leaves, self.opens.filter(|at| *at > Instant::now())].into_iter().flatten().min();
            let takes = leaves.is_none() && self.feed.unsent() < UNSENT;
            tokio::select! {
                event = server.next() => match event {
                    Ok(event) => if self.hear(event, server)? {
                        return Ok(Ok(Over::Ended));
                    },
                    Err(lost) if leaves.is_some() => {
                        self.tell(&lost.to_string());
                        return Ok(Ok(Over::Asked));
                    }
                    Err(lost) => return Ok(Err(lost)),
                },
                did = self.hands.next(takes) => match did? {
                    // Whoever says it twice does not want to wait.
                    Did::Stop | Did::Typed(_, true) if leaves.is_some() => return Ok(Ok(Over::Asked)),
                    Did::Stop => leaves = Some(Instant::now() + LAST_INPUT),
                    Did::Typed(_, false) if leaves.is_some() => {}
                    Did::Typed(bytes, is_last) => {
                        self.typed(&bytes);
                        leaves = is_last.then(|| Instant::now() + LAST_INPUT);
                    }
                    Did::Unread => return Ok(Ok(Over::Unread)),
                    Did::Written(bytes) => if let Some(number) = self.feed.number() {
                        server.conn().take_from_stream(number, bytes);
                    },
                },
                () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
    }

    /// Opens the stream, if it is time for that and there is the console: a server that was started anew may get it later.
    fn open(&mut self, server: &mut Server) -> Result<(), Failure> {
        // Each connection may send so much; what has come over the one before is written first.
        if self.opens.is_none_or(|at| at > Instant::now()) || self.hands.is_behind() {
            return Ok(());
        }
        let Some(console) = server.find(Some(&self.name)).map(|console| console.console) else {
            let name = &self.name;
            self.complain(&format!("there is no console {name:?} now"));
            return Ok(());
        };
        self.opens = None;
        server.ask(&Request::Switch { console });
        let opens = self.feed.open(server, console, &self.name, self.attach.from, false);
        if opens { Ok(()) } else { Err(Failure::NoStreams) }
    }

    /// For the guest.
    fn typed(&mut self, bytes: &[u8]) {
        if self.feed.send(bytes) == Kept::Dropped {
            self.unheard = true;
            self.tell("the guest does not take what is typed: the last of it is dropped");
        }
    }

    /// Takes what the server did. Whether that was all.
    fn hear(&mut self, event: ClientEvent, server: &mut Server) -> Result<bool, Failure> {
        let event = match event {
            ClientEvent::Stream { stream, event } if Some(stream) == self.feed.number() => event,
            ClientEvent::Console(Notice::Note { warning: true, text }) => {
                self.hands.remark(&text);
                return Ok(false);
            }
            _ => return Ok(false),
        };
        match event {
            StreamEvent::Opened(opened) => {
                (self.failures, self.told) = (0, Told::default());
                let first = self.feed.is_new();
                let is_another = self.feed.is_another(&opened);
                if !self.feed.opened(&opened) && !first {
                    self.lost = true;
                    let why = if is_another { "the server was started anew" } else { "the server goes on elsewhere" };
                    self.hands.remark(&format!("{why}: what was written meanwhile is lost"));
                    // It was meant for a guest that was in another state.
                    self.unheard |= self.feed.unsent() > 0;
                    self.feed.forget_unsent();
                }
            }
            StreamEvent::Data { offset, bytes } => {
                self.hands.write(&bytes.0);
                self.feed.reached(offset + bytes.0.len() as u64);
            }
            StreamEvent::Gap { offset, length } => {
                self.lost = true;
                self.feed.reached(offset.saturating_add(length));
                self.hands.remark(&format!("{length} bytes are lost, from byte {offset} on"));
            }
            // None was asked for.
            StreamEvent::Dump { bytes, .. } => {
                if let Some(number) = self.feed.number() {
                    server.conn().take_from_stream(number, bytes.0.len());
                }
            }
            StreamEvent::Refused { operation: ConsoleRequest::OPEN, reason: why } => {
                if !passes(&why) {
                    return Err(Failure::Refused(why));
                }
                self.feed.lost();
                self.complain(reason(&why));
                self.failures = self.failures.saturating_add(1);
                self.opens = Some(Instant::now() + pause(self.failures));
            }
            StreamEvent::Refused { reason, .. } => {
                self.unheard = true;
                self.tell(&format!("what was typed is not sent: {reason}"));
            }
            StreamEvent::Room => self.feed.room_came(server),
            StreamEvent::Closed { ended, .. } => return Ok(ended),
            StreamEvent::Size { .. } => {}
        }
        Ok(false)
    }

    /// Another connection, or why there need be none. What has come is written meanwhile, and what a user types is heard: it
    /// goes to the guest when there is a connection again.
    async fn reach(&mut self) -> Result<Result<Server, Over>, Failure> {
        loop {
            self.failures = self.failures.saturating_add(1);
            let (wait, mut door) = (pause(self.failures), self.door.clone());
            let attempt = async move {
                tokio::time::sleep(wait).await;
                let entered = Server::enter(&mut door).await;
                (entered, door)
            };
            let mut attempt = Box::pin(attempt);
            let (entered, door) = loop {
                tokio::select! {
                    entered = &mut attempt => break entered,
                    did = self.hands.next(false) => match did? {
                        Did::Stop => return Ok(Err(Over::Asked)),
                        Did::Unread => return Ok(Err(Over::Unread)),
                        Did::Typed(bytes, leaves) => {
                            self.typed(&bytes);
                            if leaves {
                                return Ok(Err(Over::Asked));
                            }
                        }
                        Did::Written(_) => {}
                    },
                }
            };
            self.door = door;
            match entered {
                Ok(server) if server.has_consoles => return Ok(Ok(server)),
                Ok(_) => return Err(NoServer::NoConsoles.into()),
                Err(NoServer::NotIn(why)) if is_final(&why) => return Err(why.into()),
                Err(why) => self.complain(reason(&why.to_string())),
            }
        }
    }

    /// Each reason is said once, however often it is tried.
    fn complain(&mut self, why: &str) {
        self.tell(&format!("{why}; trying again"));
    }

    /// The same of what is not tried again.
    fn tell(&mut self, what: &str) {
        if self.told.is_new(what) {
            self.hands.remark(what);
        }
    }
}
