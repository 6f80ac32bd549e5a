//! A server that has let us in, and what it tells of its consoles.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::door::{Door, NotIn};
use crate::client::{Client, Lost};
use crate::geometry::Rect;
use crate::net::attempt::backoff;
use crate::rfb::client::{ClientConnection, ClientEvent};
use crate::rfb::decode::Drawing;
use crate::rfb::ext::console::{Console, Notice, People, Request, topic};
use crate::rfb::ids::Encoding;

/// A server that has painted something for us and has not said within so long that it knows of consoles knows of none.
const NO_CONSOLES: Duration = Duration::from_millis(500);
/// Bytes that wait to be written, at most, before nothing more is said.
const QUEUED_MAX: usize = 64 * 1024;

/// The first pause before a lost connection is tried again; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// No pause is longer.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// The pause before a server is tried again that was tried so often in vain.
pub fn pause(failures: u32) -> Duration {
    backoff(failures, FIRST_PAUSE, MAX_PAUSE)
}

/// How long it may take to say the last.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What is asked for so that the server says anything at all.
const PIXEL: Rect = Rect::new(0, 0, 1, 1);

/// See the module.
#[derive(Debug)]
pub struct Server {
    client: Client,
    /// By their numbers.
    pub consoles: BTreeMap<u32, Console>,
    /// The one that it shows its viewers first.
    pub here: u32,
    /// Who is there, and who writes.
    pub people: People,
}

/// Why there is no server with consoles.
#[derive(Debug, thiserror::Error)]
pub enum NoServer {
    /// We are not in.
    #[error(transparent)]
    NotIn(#[from] NotIn),
    /// It ended before it began.
    #[error("the connection was lost: {0}")]
    Lost(#[from] Lost),
    /// It is another one.
    #[error("that VNC server has no consoles for terminals: it is no vncterm")]
    NoConsoles,
}

impl Server {
    /// Comes in, and learns of the consoles.
    ///
    /// # Errors
    /// Why not.
    pub async fn enter(door: &mut Door) -> Result<Self, NoServer> {
        let (client, _) = door.enter().await?;
        let mut server = Self { client, consoles: BTreeMap::new(), here: 0, people: People::default() };
        server.client.conn.request_update(false, Some(PIXEL));
        let mut deadline = None;
        loop {
            let event = tokio::select! {
                event = server.next() => event?,
                () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    return Err(NoServer::NoConsoles);
                }
            };
            match event {
                ClientEvent::Acknowledged(Encoding::CONSOLE) => {
                    deadline = None;
                    server.ask(&Request::Subscribe { topics: topic::CONSOLES | topic::PEOPLE });
                }
                ClientEvent::Updated { pixels: true } => deadline = Some(Instant::now() + NO_CONSOLES),
                ClientEvent::Console(Notice::Here { console }) => {
                    server.here = console;
                    return Ok(server);
                }
                _ => {}
            }
        }
    }

    /// The next thing it does. What it tells of consoles and people is kept, and what it paints is not looked at. May be
    /// dropped half-way without loss.
    ///
    /// # Errors
    /// It is gone.
    pub async fn next(&mut self) -> Result<ClientEvent, Lost> {
        let mut paint = |_: Drawing<'_>| ();
        loop {
            if let Some(event) = self.client.conn.poll_event(Instant::now().into_std(), &mut paint)? {
                self.note(&event);
                return Ok(event);
            }
            self.client.write()?;
            let timeout = self.client.conn.poll_timeout().map(Instant::from_std);
            tokio::select! {
                ready = self.client.ready() => {
                    if ready?.is_readable() {
                        self.client.read_some()?;
                    }
                }
                () = tokio::time::sleep_until(timeout.unwrap_or_else(Instant::now)), if timeout.is_some() => {}
            }
        }
    }

    fn note(&mut self, event: &ClientEvent) {
        match event {
            ClientEvent::Console(Notice::Console(console)) => {
                self.consoles.insert(console.console, console.clone());
            }
            ClientEvent::Console(Notice::Gone { console }) => drop(self.consoles.remove(console)),
            ClientEvent::Console(Notice::People(people)) => self.people = people.clone(),
            _ => {}
        }
    }

    /// Says what was still to be said, if that does not take long, and leaves.
    pub async fn leave(mut self) {
        let last = async {
            self.client.write()?;
            while self.client.conn.queued() > 0 {
                self.client.ready().await?;
                self.client.write()?;
            }
            Ok::<(), Lost>(())
        };
        // A server that takes nothing any more hears nothing.
        let _ = tokio::time::timeout(LAST_WORDS, last).await;
    }

    /// What is said to it. It leaves with the next call of [`Self::next`].
    pub fn conn(&mut self) -> &mut ClientConnection {
        &mut self.client.conn
    }

    /// Whether more can be said now.
    pub fn takes_more(&self) -> bool {
        self.client.conn.queued() < QUEUED_MAX
    }

    /// Asks by the extension.
    pub fn ask(&mut self, request: &Request) {
        self.client.conn.ask_console(request);
    }

    /// The console that is called so, by its name or the number of its virtual terminal; without a name, the first one that
    /// is text, as the server shows them.
    pub fn find(&self, name: Option<&str>) -> Option<&Console> {
        let Some(name) = name else {
            let here = self.consoles.get(&self.here).filter(|console| !console.graphical);
            return here.or_else(|| self.consoles.values().find(|console| !console.graphical));
        };
        let by_name = self.consoles.values().find(|console| console.name == name);
        by_name.or_else(|| {
            let number = name.parse().ok().filter(|number| *number > 0);
            self.consoles.values().find(|console| Some(console.vt) == number)
        })
    }
}

/// The state of a console, in a word.
pub fn state(console: &Console) -> &'static str {
    match console.state {
        0 => "waiting",
        1 => "open",
        _ => "ended",
    }
}
