//! A server that has let us in, and what it tells of its consoles.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::door::{Door, NotIn};
use crate::client::{Client, Lost, PIXEL, SEAMLESS, TURN};
use crate::geometry::Size;
use crate::net::attempt::backoff;
use crate::rfb::client::{ClientConnection, ClientEvent};
use crate::rfb::decode::Drawing;
use crate::rfb::ext::console::{Console, Notice, People, Request, topic};
use crate::rfb::ids::Encoding;
use crate::rfb::message::server::ServerInit;
use crate::surface::{Frame, Surface};

/// A server that has painted something for us and has not said within so long that it knows of consoles knows of none.
const NO_CONSOLES: Duration = Duration::from_millis(500);
/// Bytes that wait to be written, at most, before nothing more is said.
const QUEUED_MAX: usize = 64 * 1024;

/// What a server has to say of itself once it has let us in, it says within so long.
const ENTERING: Duration = Duration::from_secs(10);
/// So often the first pixel is asked for, at most, of a server that says other things of its picture.
const ASKS_MAX: u32 = 16;
/// Consoles of one server that are kept, at most: there are twelve virtual terminals. Of more nothing is known.
pub const CONSOLES_MAX: usize = 64;

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

/// The unit of a picture's damage.
const TILE: Size = Size::new(64, 16);

/// See the module.
#[derive(Debug)]
pub struct Server {
    client: Client,
    /// What it calls itself.
    pub name: String,
    /// Others may read what is said: it is neither on this machine nor encrypted.
    pub in_clear: bool,
    /// It streams consoles; else it has a picture only.
    pub has_consoles: bool,
    screen: Screen,
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
    /// It has nothing to say.
    #[error("the server has let us in, and says nothing of itself for {} s", ENTERING.as_secs())]
    Silent,
    /// It is another one.
    #[error("that VNC server has no consoles for terminals: it is no vncterm")]
    NoConsoles,
}

/// The server's picture, while somebody looks at it.
#[derive(Debug)]
struct Screen {
    surface: Surface,
    /// Somebody looks: else what is drawn is not kept, and nothing is asked for.
    watched: bool,
    /// An update is asked for and has not come.
    asked: bool,
    /// Something of it has come since it had this size.
    drawn: bool,
    /// Since when an update has been coming.
    within: Option<Instant>,
    /// What was shown last.
    last: Option<Arc<Frame>>,
}

impl Screen {
    fn draw(&mut self, drawing: &Drawing<'_>) {
        if self.watched {
            drawing.draw_on(&mut self.surface);
        }
    }

    fn begin(&mut self, size: Size) {
        self.surface.resize(size, TILE, 0);
        (self.drawn, self.asked) = (false, true);
    }
}

impl Server {
    /// Comes in, and learns of the consoles.
    ///
    /// # Errors
    /// Why not.
    pub async fn enter(door: &mut Door) -> Result<Self, NoServer> {
        let (client, init) = door.enter().await?;
        let in_clear = door.is_far() && !client.is_encrypted();
        Self::begin(client, init, in_clear).await
    }

    /// What it tells first. Some lines are slow, and some servers want us to wait for ever.
    async fn begin(client: Client, init: ServerInit, in_clear: bool) -> Result<Self, NoServer> {
        let server = Self::new(client, init, in_clear);
        tokio::time::timeout(ENTERING, server.learn()).await.unwrap_or(Err(NoServer::Silent))
    }

    fn new(client: Client, init: ServerInit, in_clear: bool) -> Self {
        let screen = Screen {
            surface: Surface::new(init.size, TILE, 0),
            watched: false,
            asked: false,
            drawn: false,
            within: None,
            last: None,
        };
        Self {
            client,
            name: init.name,
            in_clear,
            has_consoles: false,
            screen,
            consoles: BTreeMap::new(),
            here: 0,
            people: People::default(),
        }
    }

    async fn learn(mut self) -> Result<Self, NoServer> {
        self.client.conn.request_update(false, Some(PIXEL));
        let (mut deadline, mut asks) = (None, 1);
        loop {
            let event = tokio::select! {
                event = self.next() => event?,
                () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    return Ok(self);
                }
            };
            match event {
                ClientEvent::Acknowledged(Encoding::CONSOLE) => {
                    deadline = None;
                    self.ask(&Request::Subscribe { topics: topic::CONSOLES | topic::PEOPLE });
                }
                // Some tell of their screens first, and use the request up with that (Xvnc); the pixel counts as changed then.
                ClientEvent::Updated { pixels: false } if asks < ASKS_MAX => {
                    asks += 1;
                    self.client.conn.request_update(true, Some(PIXEL));
                }
                ClientEvent::Updated { pixels: true } => deadline = Some(Instant::now() + NO_CONSOLES),
                ClientEvent::Console(Notice::Here { console }) => {
                    (self.here, self.has_consoles) = (console, true);
                    return Ok(self);
                }
                _ => {}
            }
        }
    }

    /// The next thing it does. What it tells of consoles and people is kept, and so is what it paints if somebody looks at
    /// that. May be dropped half-way without loss.
    ///
    /// # Errors
    /// It is gone.
    pub async fn next(&mut self) -> Result<ClientEvent, Lost> {
        loop {
            let Self { client, screen, .. } = self;
            let event = client.conn.poll_event(Instant::now().into_std(), &mut |drawing| screen.draw(&drawing))?;
            if let Some(event) = event {
                self.note(&event);
                return Ok(event);
            }
            let within = client.conn.is_within_update();
            screen.within = screen.within.filter(|_| within).or_else(|| within.then(Instant::now));
            client.write()?;
            if client.conn.is_behind() && !client.is_full() {
                // There is more to be done; the user comes first.
                client.conn.begin_turn(TURN);
                tokio::task::yield_now().await;
                continue;
            }
            let timeout = client.conn.poll_timeout().map(Instant::from_std);
            tokio::select! {
                ready = client.ready() => {
                    let ready = ready?;
                    client.conn.begin_turn(TURN);
                    // Answers that it does not take are not made to.
                    if ready.is_readable() && !client.is_full() {
                        client.read_some()?;
                    }
                }
                () = tokio::time::sleep_until(timeout.unwrap_or_else(Instant::now)), if timeout.is_some() => {}
            }
        }
    }

    /// Whether there is room for it.
    fn keeps(&self, console: &Console) -> bool {
        self.consoles.len() < CONSOLES_MAX || self.consoles.contains_key(&console.console)
    }

    fn note(&mut self, event: &ClientEvent) {
        match event {
            ClientEvent::Console(Notice::Console(console)) if self.keeps(console) => {
                self.consoles.insert(console.console, console.clone());
            }
            ClientEvent::Console(Notice::Gone { console }) => drop(self.consoles.remove(console)),
            ClientEvent::Console(Notice::Here { console }) => self.here = *console,
            ClientEvent::Console(Notice::People(people)) => self.people = people.clone(),
            ClientEvent::Name(name) => name.clone_into(&mut self.name),
            ClientEvent::Resized(size) => {
                self.screen.begin(*size);
                if self.screen.watched {
                    self.client.conn.request_update(false, None);
                }
            }
            ClientEvent::Pointer(shape) => self.screen.surface.set_pointer(shape.clone().map(Arc::new)),
            ClientEvent::Updated { pixels } => {
                (self.screen.asked, self.screen.within) = (false, None);
                self.screen.drawn |= *pixels;
                // It may have used the request up all the same.
                if !pixels {
                    self.ask_for_changes();
                }
            }
            _ => {}
        }
    }

    /// From now on somebody looks at its picture, of which nothing is known.
    pub fn watch(&mut self) {
        let size = self.client.conn.size().unwrap_or(TILE);
        self.screen.watched = true;
        self.screen.begin(size);
        self.screen.last = None;
        self.client.conn.request_update(false, None);
    }

    /// Nobody does any more.
    pub fn turn_away(&mut self) {
        self.screen.watched = false;
    }

    /// The size of its picture.
    pub fn size(&self) -> Size {
        self.screen.surface.size()
    }

    /// What is to be seen of its picture now. When that is on its way to the user, [`Self::ask_for_changes`] is to be called.
    pub fn frame(&mut self) -> Option<Arc<Frame>> {
        let screen = &mut self.screen;
        let torn = screen.within.is_some_and(|since| Instant::now() < since + SEAMLESS);
        if screen.drawn && !torn {
            screen.last = Some(screen.surface.publish());
        }
        screen.last.clone().filter(|_| screen.watched)
    }

    /// Asks for what changes, unless that is asked for already or nobody looks.
    pub fn ask_for_changes(&mut self) {
        if self.screen.watched && !std::mem::replace(&mut self.screen.asked, true) {
            self.client.conn.request_update(true, None);
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

    /// The console that is called so, by its name or the number of its virtual terminal; without a name, the one that the
    /// server shows.
    pub fn find(&self, name: Option<&str>) -> Option<&Console> {
        let Some(name) = name else {
            let here = self.consoles.get(&self.here);
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

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
