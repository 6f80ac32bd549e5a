//! What requests do. A console is asked, and answers when it has its turn; nobody waits for a client here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::time::Instant;

use super::Control;
use super::answer::{Outcome, Part};
use super::request::{From, Request, Which, Work, shown};
use super::status::{self, Cursor, Status, Viewers};
use crate::console::vt::{Vt, VtNumber};
use crate::display::board::State;
use crate::display::question::{Line, MAX_LINES, Standing};
use crate::display::{Answer, Ask, Display, Kind, Presence, ScreenForm};
use crate::render::png;
use crate::server::roster::Person;

/// How long a console may take to answer; one that is flooded takes milliseconds.
pub const CONSOLE_TIMEOUT: Duration = Duration::from_secs(10);
/// How often it is looked at whether somebody who waits for the end of a paste is still there.
const GONE_CHECK: Duration = Duration::from_secs(1);

/// Why there is nobody to choose.
const ALL_WRITE: &str = "everybody may write who may write at all; start the server with --writers one";

impl Control {
    /// Does what is wanted.
    pub(super) async fn carry_out(&self, request: Request, stream: &UnixStream) -> Outcome {
        match &request.work {
            Work::Status => return Ok(vec![("status", Part::Value(json!(self.status().await)))]),
            Work::Viewers => return Ok(vec![("viewers", Part::Value(json!(self.viewers())))]),
            Work::Kick(viewer, why) => {
                tracing::info!(viewer, why, "kick");
                let was_there = self.server.send_away(*viewer, why);
                return if was_there { Ok(Vec::new()) } else { Err(no_viewer(*viewer)) };
            }
            Work::Writer(viewer) => {
                tracing::info!(viewer, "writer");
                return self.let_write(*viewer);
            }
            _ => {}
        }
        let (number, vt) = self.console(request.console.as_ref())?;
        if let Work::Token(role, lifetime) = request.work {
            // Without a console it is good for all of them.
            let only = request.console.map(|_| number);
            tracing::info!(role = role.name(), ?only, ?lifetime, "token");
            let token = self.server.mint(role, only, lifetime).map_err(|error| error.to_string())?;
            return Ok(vec![("token", Part::Value(token.into()))]);
        }
        match &request.work {
            work @ (Work::Screen(_) | Work::Text(_)) => tracing::debug!(?work, console = %vt.name, "asked"),
            work => tracing::info!(?work, console = %vt.name, vt = number.get(), "asked"),
        }
        let display = &vt.display;
        match request.work {
            // Done above.
            Work::Status | Work::Viewers | Work::Kick(..) | Work::Writer(_) | Work::Token(..) => Ok(Vec::new()),
            Work::Switch(viewer) => match self.server.roster().show(viewer, display.id()) {
                0 if viewer.is_some_and(|viewer| self.server.roster().person(viewer).is_none()) => {
                    Err(no_viewer(viewer.unwrap_or_default()))
                }
                count => Ok(vec![("viewers", Part::Value(count.into()))]),
            },
            Work::Screen(form) => self.screen(display, form).await,
            Work::Text(from) => text(display, from).await,
            Work::Send(strokes) => done(ask(display, Ask::Type(strokes)).await?),
            Work::Paste(text) => self.paste(display, &text, stream).await,
            Work::Resize(grid) => done(ask(display, Ask::Resize(grid)).await?),
            Work::Break => done(ask(display, Ask::Break).await?),
            Work::SysRq(key) => done(ask(display, Ask::SysRq(key)).await?),
        }
    }

    /// Lets this viewer write, whoever does now, or nobody until somebody takes it.
    fn let_write(&self, viewer: Option<u64>) -> Outcome {
        let roster = self.server.roster();
        match viewer {
            _ if !roster.one_writes() => Err(ALL_WRITE.to_owned()),
            Some(viewer) => match roster.let_write(viewer) {
                Ok(true) => Ok(Vec::new()),
                Ok(false) => Err(no_viewer(viewer)),
                Err(_) => Err(format!("viewer {viewer} may only watch")),
            },
            None => {
                roster.let_nobody_write();
                Ok(Vec::new())
            }
        }
    }

    /// Which console is meant: without a word, the one that viewers see first.
    fn console(&self, which: Option<&Which>) -> Result<(VtNumber, &Vt), String> {
        let vts = self.server.guest().vts();
        let numbered = |number: u64| vts.iter().find(|(vt, _)| u64::from(vt.get()) == number);
        let found = match which {
            None => vts.iter().next(),
            Some(Which::Number(number)) => numbered(*number),
            Some(Which::Name(name)) => {
                let mut named = vts.iter().filter(|(_, vt)| vt.name == *name);
                match (named.next(), named.next()) {
                    (Some(_), Some(_)) => {
                        return Err(format!("several consoles are called \"{}\": give the number", shown(name)));
                    }
                    (Some(found), None) => Some(found),
                    (None, _) => name.parse().ok().and_then(numbered),
                }
            }
        };
        found.ok_or_else(|| {
            let all: Vec<String> = vts.iter().map(|(number, vt)| format!("{} {}", number.get(), vt.name)).collect();
            let wanted = match which {
                Some(Which::Name(name)) => format!("\"{}\"", shown(name)),
                Some(Which::Number(number)) => number.to_string(),
                None => String::new(),
            };
            format!("there is no console {wanted}; there are {}", all.join(", "))
        })
    }

    async fn status(&self) -> Status {
        let guest = self.server.guest();
        let mut consoles = Vec::new();
        for ((number, vt), source) in guest.vts().iter().zip(&self.settings.sources) {
            // What it has told the board is told before this is answered.
            let standing = match ask(&vt.display, Ask::Standing).await {
                Ok(Answer::Standing(standing)) => standing,
                _ => Standing { detail: "the console has no time to answer".to_owned(), ..Standing::default() },
            };
            let board = guest.vts().board().read();
            let about = board.borrow().get(&vt.display.id()).cloned();
            let picture = vt.display.peek().frame.size();
            consoles.push(status::Console {
                number: number.get(),
                name: vt.name.clone(),
                kind: match vt.display.kind() {
                    Kind::Text => "text",
                    Kind::Graphics => "graphics",
                },
                source: source.clone(),
                state: match about.as_ref().map(|about| about.state) {
                    Some(State::Open) => "open",
                    Some(State::Ended) => "ended",
                    Some(State::Waiting) | None => "waiting",
                },
                detail: standing.detail,
                columns: about.as_ref().map_or(0, |about| about.grid.cols),
                rows: about.as_ref().map_or(0, |about| about.grid.rows),
                width: picture.width,
                height: picture.height,
                cursor: Cursor { row: standing.cursor.0, column: standing.cursor.1 },
                title: about.as_ref().map(|about| about.title.to_string()).unwrap_or_default(),
                alternate: standing.alternate,
                history: standing.history,
                can_break: about.is_some_and(|about| about.can_break),
                pastes: standing.pastes,
            });
        }
        Status {
            schema: status::SCHEMA,
            name: guest.name().to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            process: std::process::id(),
            uptime: self.began.elapsed().as_secs(),
            listen: self.settings.listen.clone(),
            viewers: Viewers { count: self.server.viewers(), most: self.settings.max_viewers },
            consoles,
        }
    }

    /// Everybody who is in.
    fn viewers(&self) -> Vec<status::Viewer> {
        let (roster, vts) = (self.server.roster(), self.server.guest().vts());
        let now = Instant::now();
        let idle: BTreeMap<u64, Duration> = roster.idle(now).into_iter().collect();
        let viewer = |person: &Person| status::Viewer {
            number: person.number,
            name: person.name.as_deref().unwrap_or_default().to_owned(),
            peer: person.peer.to_string(),
            way: person.way.to_string(),
            role: person.role.name(),
            console: vts.number_of(person.display).map_or(0, VtNumber::get),
            since: now.saturating_duration_since(person.since).as_secs(),
            idle: idle.get(&person.number).map_or(0, Duration::as_secs),
        };
        roster.people().iter().map(viewer).collect()
    }

    async fn screen(&self, display: &Display, form: ScreenForm) -> Outcome {
        let turn = match form {
            ScreenForm::Picture => self.pictures.acquire().await.ok(),
            ScreenForm::Text | ScreenForm::Sequences | ScreenForm::Json => None,
        };
        let answer = ask(display, Ask::Screen(form)).await?;
        let text = |bytes: Vec<u8>| Part::Value(String::from_utf8_lossy(&bytes).into_owned().into());
        let part = match (form, answer) {
            (ScreenForm::Text, Answer::Screen(bytes)) => ("text", text(bytes.0)),
            (ScreenForm::Sequences, Answer::Screen(bytes)) => ("ansi", text(bytes.0)),
            (ScreenForm::Json, Answer::Screen(bytes)) => ("json", Part::Json(bytes.0)),
            (ScreenForm::Picture, Answer::Picture(picture)) => {
                let encode = move || {
                    let mut file = Vec::new();
                    png::write(&picture.0, &mut file).map(|()| STANDARD.encode(file)).map_err(|error| error.to_string())
                };
                let encoded = tokio::task::spawn_blocking(encode).await.map_err(|error| error.to_string())??;
                ("png", Part::Value(encoded.into()))
            }
            (_, answer) => return done(answer),
        };
        drop(turn);
        Ok(vec![part])
    }

    /// Pastes, and waits for its end; a client that goes meanwhile ends it.
    async fn paste(&self, display: &Display, text: &Arc<str>, stream: &UnixStream) -> Outcome {
        // Viewers' numbers count up.
        let mut presence = Presence::new(u64::MAX - self.pastes.fetch_add(1, Ordering::Relaxed));
        presence.meet(display);
        let paste = presence.paste(text).map_err(|_| "there is nothing to paste".to_owned())?;
        let answer = display.ask(Ask::Paste(presence.who(), paste)).map_err(|_| BUSY.to_owned())?;
        tokio::select! {
            answer = answer => done(answer.map_err(|_| GONE.to_owned())?),
            () = gone(stream) => Err("the client has gone: the paste is stopped".to_owned()),
        }
    }
}

fn no_viewer(number: u64) -> String {
    format!("there is no viewer {number}")
}

const BUSY: &str = "the console has no time now; try again";
const GONE: &str = "the console has no answer";

/// Asks a console, and waits for its answer.
async fn ask(display: &Display, ask: Ask) -> Result<Answer, String> {
    let answer = display.ask(ask).map_err(|_| BUSY.to_owned())?;
    match tokio::time::timeout(CONSOLE_TIMEOUT, answer).await {
        Ok(answer) => answer.map_err(|_| GONE.to_owned()),
        Err(_) => Err(BUSY.to_owned()),
    }
}

/// The outcome of what is done or not.
fn done(answer: Answer) -> Outcome {
    match answer {
        Answer::Done => Ok(Vec::new()),
        Answer::Refused(why) => Err(why.to_owned()),
        _ => Err(GONE.to_owned()),
    }
}

async fn lines(display: &Display, wanted: std::ops::Range<u64>) -> Result<(std::ops::Range<u64>, Vec<Line>), String> {
    match ask(display, Ask::Lines(wanted)).await? {
        Answer::Lines(there, lines) => Ok((there, lines)),
        answer => done(answer).map(|_| Default::default()),
    }
}

/// As many lines as an answer holds; `next` is where the others begin.
async fn text(display: &Display, from: From) -> Outcome {
    let first = match from {
        From::First(first) => first,
        From::Last(last) => {
            let (there, _) = lines(display, 0..0).await?;
            // Those below the last that is not empty are not counted: they are the rest of the screen.
            let (_, below) = lines(display, there.end.saturating_sub(MAX_LINES.into())..there.end).await?;
            let written =
                below.iter().rev().find(|line| !line.text.is_empty()).map_or(there.end, |line| line.number + 1);
            written.saturating_sub(last)
        }
    };
    let (there, lines) = lines(display, first..first.saturating_add(MAX_LINES.into())).await?;
    let next = lines.last().map_or(first.clamp(there.start, there.end), |line| line.number + 1);
    let lines: Vec<Value> = lines
        .into_iter()
        .map(|line| json!({"number": line.number, "text": line.text, "goes_on": line.goes_on}))
        .collect();
    let number = |name, number: u64| (name, Part::Value(number.into()));
    let numbers = [number("oldest", there.start), number("next", next), number("end", there.end)];
    Ok([("lines", Part::Value(lines.into()))].into_iter().chain(numbers).collect())
}

/// Waits until a client is gone that may have said all it has to say: of that its socket gives no other sign.
async fn gone(stream: &UnixStream) {
    let mut beat = tokio::time::interval(GONE_CHECK);
    loop {
        beat.tick().await;
        let mut polled = [PollFd::new(stream, PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        if poll(&mut polled, Some(&now)).is_err() || polled[0].revents().contains(PollFlags::HUP) {
            return;
        }
    }
}
