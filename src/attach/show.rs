//! A console in the user's terminal: the task that joins the connection, the front and the terminal.
//!
//! Nothing here waits for anything alone: a terminal that takes nothing is painted less often, and a server that is gone is
//! tried again while the user reads the last screen.

mod flowing;
mod leaving;
mod watching;

use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Failure;
use super::door::Door;
use super::front::{Front, Place, Wish};
use super::painter::Painter;
use super::picture::Picture;
use super::profile::Profile;
use super::server::{NoServer, Server, pause, state};
use super::signals::{Said, Signals};
use super::stream::{Feed, Kept};
use super::term::{self, Output, Taken};
use crate::client::Lost;
use crate::config::attach::Attach;
use crate::rfb::client::ClientEvent;
use crate::rfb::ext::console::{Console, Notice, Request};
use watching::Watching;

/// For so long half a dump is not shown; on a slow way it is, from then on.
const WHOLE: Duration = Duration::from_secs(1);
/// Between two pictures, at least.
const FRAME: Duration = Duration::from_millis(16);

/// Another connection that is being made.
type Entering = Pin<Box<dyn Future<Output = Result<Server, NoServer>>>>;

/// See the module.
struct Show {
    attach: Attach,
    door: Door,
    front: Front,
    painter: Painter,
    output: Output,
    taken: Taken,
    server: Option<Server>,
    feed: Feed,
    /// When the console's stream is asked for again, and how often it was refused.
    reopen: Option<Instant>,
    refusals: u32,
    entering: Option<Entering>,
    failures: u32,
    retry: Option<Instant>,
    /// Something may look otherwise.
    dirty: bool,
    painted: Instant,
    /// Since when a dump is on its way.
    hidden: Option<Instant>,
    /// Until when the rest of a key is waited for.
    waiting: Option<Instant>,
    profile: Profile,
    /// What is shown: a console of this name, or a server's only picture.
    name: Option<String>,
    watching: Watching,
    /// The user wants to see to something else meanwhile.
    suspends: bool,
    /// We were told to end.
    is_told: bool,
}

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The user has left.
    Detached,
    /// The console has ended, for this reason.
    Ended(String),
}

/// Shows a console until the user leaves or it ends.
///
/// # Errors
/// The terminal's, and that there is no such console.
pub async fn show(attach: Attach, door: Door, server: Server, profile: Profile) -> Result<(String, End), Failure> {
    let name = match server.has_consoles {
        true => Some(super::chosen(&server, attach.console.as_deref())?),
        false => None,
    };
    let mut input = term::input().map_err(Failure::Terminal)?;
    let signals = Signals::new().map_err(Failure::Terminal)?;
    let mut front = Front::new(term::size(), attach.escapes);
    front.about.server = attach.address.to_string();
    front.about.read_only = attach.read_only;
    let mut show = Show {
        front,
        painter: Painter::new(profile),
        output: Output::new().map_err(Failure::Terminal)?,
        taken: Taken::take(Some(profile)).map_err(Failure::Terminal)?,
        door,
        attach,
        server: None,
        feed: Feed::default(),
        reopen: None,
        refusals: 0,
        entering: None,
        failures: 0,
        retry: None,
        dirty: true,
        painted: Instant::now() - FRAME,
        hidden: None,
        waiting: None,
        profile,
        name: None,
        watching: Watching::default(),
        suspends: false,
        is_told: false,
    };
    show.come_in(server, name.as_deref())?;
    let end = show.run(&mut input, signals).await;
    show.let_go();
    if let Some(server) = show.server.take() {
        server.leave().await;
    }
    show.give_back(&mut input).await;
    end.map(|end| (show.front.about.name, end))
}

impl Show {
    async fn run(&mut self, input: &mut mpsc::Receiver<Vec<u8>>, mut signals: Signals) -> Result<End, Failure> {
        loop {
            if std::mem::take(&mut self.suspends) {
                self.suspend(input).await?;
            }
            self.paint();
            let deadline = self.deadline();
            tokio::select! {
                event = heard(&mut self.server) => match event {
                    Ok(event) => if let Some(end) = self.hear(event)? {
                        return Ok(end);
                    },
                    Err(lost) => self.lost(&lost),
                },
                entered = entered(&mut self.entering) => self.entered(entered)?,
                typed = input.recv() => match typed {
                    Some(bytes) => if self.typed(&bytes)? {
                        return Ok(End::Detached);
                    },
                    // The terminal is gone.
                    None => return Ok(End::Detached),
                },
                said = signals.next() => match said {
                    Said::Stop => {
                        self.is_told = true;
                        return Ok(End::Detached);
                    }
                    Said::Resized => self.resized(),
                    Said::Continued => self.taken.retake().map(|()| self.repaint()).map_err(Failure::Terminal)?,
                },
                done = self.output.done() => done.map_err(Failure::Terminal)?,
                () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    if self.due()? {
                        return Ok(End::Detached);
                    }
                }
            }
        }
    }

    /// Until when a dump that is on its way is not shown, nor anything else.
    fn hidden_until(&mut self, now: Instant) -> Option<Instant> {
        if !self.feed.is_torn() {
            self.hidden = None;
            return None;
        }
        Some(*self.hidden.get_or_insert(now) + WHOLE).filter(|until| now < *until)
    }

    /// When to look again although nothing has happened.
    fn deadline(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let paints = self.dirty && !self.output.is_busy() && !self.is_asking(now);
        let frame = paints.then(|| self.hidden_until(now).unwrap_or(self.painted + FRAME));
        let note = self.front.deadline().map(Instant::from_std);
        [frame, self.waiting, note, self.retry, self.reopen, self.watching.deadline(now)].into_iter().flatten().min()
    }

    /// Does what is due. Whether the user wants to leave.
    fn due(&mut self) -> Result<bool, Failure> {
        let now = Instant::now();
        if self.front.deadline().is_some_and(|until| until <= now.into_std()) {
            self.front.tick(now.into_std());
            self.dirty = true;
        }
        if self.retry.is_some_and(|retry| retry <= now) {
            self.retry = None;
            let mut door = self.door.clone();
            self.entering = Some(Box::pin(async move { Server::enter(&mut door).await }));
        }
        if self.reopen.take_if(|reopen| *reopen <= now).is_some() {
            self.open_stream();
        }
        self.type_on(now);
        if self.waiting.is_some_and(|until| until <= now) {
            self.waiting = None;
            self.tell_what_counts();
            let wishes = self.front.give_up();
            return self.fulfil(wishes);
        }
        Ok(false)
    }

    fn paint(&mut self) {
        let now = Instant::now();
        let is_hidden = self.hidden_until(now).is_some();
        if !self.dirty || is_hidden || self.output.is_busy() || now < self.painted + FRAME {
            return;
        }
        if self.waits_for_answers(now) {
            return;
        }
        self.take_frame();
        let (canvas, images, more) = self.drawn();
        self.dirty = more;
        let mut bytes = self.painter.paint(canvas, &images);
        self.set_ending();
        // How it is drawn may have been settled just now.
        self.ask_for_desktop_size();
        if self.front.take_bell(now.into_std()) {
            bytes.push('\x07');
        }
        if more || !bytes.is_empty() {
            // A key that changes nothing here does not hold its echo back.
            self.painted = now;
        }
        if !bytes.is_empty() {
            self.output.write(bytes.into_bytes());
        }
    }

    /// Everything is to be written anew.
    fn repaint(&mut self) {
        self.painter.forget();
        self.front.picture().into_iter().for_each(Picture::forget);
        self.dirty = true;
    }

    fn resized(&mut self) {
        self.front.resized(term::size());
        self.dirty = true;
        self.ask_for_size();
        self.ask_for_desktop_size();
    }

    /// Asks for a console as large as the terminal, if that is wanted and it is not.
    fn ask_for_size(&mut self) {
        let wanted = self.front.size();
        if let (Some(server), Some(number)) = (&mut self.server, self.feed.number())
            && self.attach.resize
            && !self.attach.read_only
            && self.front.console_size() != wanted
        {
            server.conn().resize_stream(number, wanted);
        }
    }

    /// Says something to the user.
    fn say(&mut self, text: &str) {
        self.front.say(text, Instant::now().into_std());
        self.dirty = true;
    }
}

/// The server.
impl Show {
    /// A server has let us in: to a console, or without a name to its only picture.
    fn come_in(&mut self, mut server: Server, name: Option<&str>) -> Result<(), Failure> {
        self.front.about.trouble = String::new();
        self.front.about.in_clear = server.in_clear;
        (self.reopen, self.refusals) = (None, 0);
        self.dirty = true;
        self.name = name.map(str::to_owned);
        self.watching.server_is_new();
        let Some(name) = name else {
            self.watch(server);
            return Ok(());
        };
        let console = server.find(Some(name)).cloned().ok_or_else(|| Failure::NoConsole(name.to_owned()))?;
        name.clone_into(&mut self.front.about.name);
        server.ask(&Request::Switch { console: console.console });
        // Where it is the one that is shown already, nothing is said of it.
        self.watching.awaited = Some(console.console).filter(|wanted| *wanted != server.here);
        if console.graphical {
            self.watch(server);
        } else {
            self.turn_away(&mut server);
            if self.feed.name != name {
                self.front.leave();
            }
            self.feed.choose(console.console, name);
            self.server = Some(server);
            self.open_stream();
        }
        self.list_places();
        Ok(())
    }

    fn list_places(&mut self) {
        let Some(server) = &self.server else { return };
        let about = |console: &Console| {
            let kind = if console.graphical { "  graphical" } else { "" };
            format!("{}{kind}  {}", state(console), console.title)
        };
        let place =
            |console: &Console| Place { console: console.console, name: console.name.clone(), about: about(console) };
        self.front.places = server.consoles.values().map(place).collect();
        self.dirty = true;
    }

    fn lost(&mut self, lost: &Lost) {
        self.server = None;
        self.watching.stop();
        self.front.forget_hands();
        self.feed.lost();
        self.reopen = None;
        self.failed(&lost.to_string());
    }

    fn failed(&mut self, why: &str) {
        self.failures = self.failures.saturating_add(1);
        self.retry = Some(Instant::now() + pause(self.failures));
        self.front.about.trouble = format!("no connection: {why}; trying again");
        self.dirty = true;
    }

    fn entered(&mut self, entered: Result<Server, NoServer>) -> Result<(), Failure> {
        self.entering = None;
        match entered {
            Ok(server) => {
                // Another server may be there by now.
                let name = match (server.has_consoles, self.name.take()) {
                    (false, _) => None,
                    (true, Some(name)) => Some(name),
                    (true, None) => Some(super::chosen(&server, None)?),
                };
                match self.come_in(server, name.as_deref()) {
                    // It may come back.
                    Err(Failure::NoConsole(_)) => self.failed("the console is not there"),
                    other => return other,
                }
            }
            Err(error) => self.failed(&error.to_string()),
        }
        Ok(())
    }

    /// Takes what the server did. Some: that was all.
    fn hear(&mut self, event: ClientEvent) -> Result<Option<End>, Failure> {
        match event {
            ClientEvent::Stream { stream, event } if Some(stream) == self.feed.number() => return self.flows(event),
            ClientEvent::Console(Notice::Console(_) | Notice::Gone { .. }) => self.list_places(),
            ClientEvent::Console(Notice::Note { text, .. } | Notice::Refused { reason: text, .. }) => self.say(&text),
            ClientEvent::Console(Notice::Here { console }) => self.here(console)?,
            event => self.look(&event),
        }
        Ok(None)
    }
}

/// The user.
impl Show {
    /// His terminal sent these bytes. Whether he wants to leave.
    fn typed(&mut self, bytes: &[u8]) -> Result<bool, Failure> {
        self.tell_what_counts();
        let wishes = self.front.typed(bytes);
        let leaves = self.fulfil(wishes)?;
        self.waiting = self.front.is_waiting().map(|patience| Instant::now() + patience);
        Ok(leaves)
    }

    /// Does what he wants. Whether he wants to leave.
    fn fulfil(&mut self, wishes: Vec<Wish>) -> Result<bool, Failure> {
        self.dirty = true;
        for wish in wishes {
            match wish {
                Wish::Detach => return Ok(true),
                Wish::Send(bytes) => self.send(&bytes),
                Wish::Do(deeds) => self.act(deeds),
                Wish::Unsent => self.say_unsent(),
                Wish::TooLong => self.say("that is too long to be pasted"),
                Wish::Cut(text) => self.cut(text),
                Wish::Type(text) => self.begin_typing(&text),
                Wish::Attach(console) => self.go_to(console)?,
                Wish::Break => {
                    // Pictures have no line.
                    let console = self.feed.console;
                    self.ask(&Request::Break { console });
                }
                Wish::Write => self.write_or_not(),
                Wish::Redraw => self.repaint(),
                Wish::Suspend => self.suspends = true,
            }
        }
        Ok(false)
    }

    fn send(&mut self, bytes: &[u8]) {
        if self.server.is_none() {
            self.say("there is no connection: what is typed is not sent");
            return;
        }
        if self.feed.send(bytes) == Kept::Dropped {
            self.say("the guest does not read: what is typed is not sent");
        }
        self.flush();
    }

    fn go_to(&mut self, console: u32) -> Result<(), Failure> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        let name = server.consoles.get(&console).map(|console| console.name.clone());
        let Some(name) = name.filter(|name| Some(name) != self.name.as_ref()) else {
            self.server = Some(server);
            return Ok(());
        };
        self.feed.close(&mut server);
        self.feed.forget_unsent();
        self.server = Some(server);
        self.let_go();
        let Some(server) = self.server.take() else { return Ok(()) };
        self.come_in(server, Some(&name))
    }

    fn ask(&mut self, request: &Request) {
        match &mut self.server {
            Some(server) => server.ask(request),
            None => self.say("there is no connection"),
        }
    }

    /// Becomes the one who writes, or lets others.
    fn write_or_not(&mut self) {
        let Some(server) = &self.server else { return };
        let people = &server.people;
        if !people.one_writes {
            self.say("everybody who may write here does");
        } else if people.writer == people.you || people.asking == people.you {
            self.ask(&Request::Release);
        } else {
            self.ask(&Request::Take { force: false });
        }
    }
}

/// What the server does next; nothing while there is none.
async fn heard(server: &mut Option<Server>) -> Result<ClientEvent, Lost> {
    match server {
        Some(server) => server.next().await,
        None => std::future::pending().await,
    }
}

async fn entered(entering: &mut Option<Entering>) -> Result<Server, NoServer> {
    match entering {
        Some(entering) => entering.await,
        None => std::future::pending().await,
    }
}
