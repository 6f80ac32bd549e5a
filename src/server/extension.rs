//! The console extension at one viewer: what it has subscribed to, what it was told of that, and what it asked that is not
//! answered yet.
//!
//! Only the latest is told: nothing is made before the viewer has taken all that it was sent, and nothing is kept for it
//! but what it asked for, which is bounded. Who has subscribed to nothing has no timer and wakes for nothing. Its streams are
//! [`super::streams`]'s.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use crate::access::Role;
use crate::access::pen::Writers;
use crate::console::asked::TEXT_INTERVAL;
use crate::console::vt::{Vt, VtNumber};
use crate::display::board::{About, State};
use crate::display::question::{self, Sought, Told};
use crate::display::{Answer, Ask, Kind, Who};
use crate::guest::Seen;
use crate::rfb::error::RfbError;
use crate::rfb::ext::console::{Console, LINES_MAX, Line, Notice, People, Person, Place, Request, Text, topic};
use crate::rfb::ext::stream::StreamRequest;
use crate::rfb::ids::ConsoleRequest;

use super::roster::Roster;
use super::streams::{Streams, Told as StreamTold};

/// Requests of one viewer that wait for a console's answer.
pub(super) const MAX_PENDING: usize = 4;
/// Notices that wait for a viewer to take what it was sent before; with more it is sent away.
pub(super) const MAX_WAITING: usize = 256;
/// The least time between two tellings of what changed of the consoles, and of the people.
pub(super) const INTERVAL: Duration = Duration::from_millis(250);
/// After so long a console that had no time is asked for its text again.
const TEXT_RETRY: Duration = Duration::from_secs(1);

type Boarded = watch::Receiver<BTreeMap<u32, About>>;

/// See the module.
pub(super) struct Extension {
    streams: Streams,
    topics: u32,
    /// What there is to be told of the consoles, while that is subscribed to.
    board: Option<Boarded>,
    /// It may have something new, which is told from then on.
    unread: Option<Instant>,
    told: BTreeMap<u32, Console>,
    here: Option<u32>,
    /// Of the console that is looked at: how often something was said over its picture that this viewer knows of.
    noted: u64,
    /// What changes of the people, while that is subscribed to; and when it is told, if there is something.
    people: Option<watch::Receiver<u64>>,
    changed: Option<Instant>,
    waiting: VecDeque<Notice>,
    pending: Vec<Pending>,
    text: Option<Listening>,
}

/// What is around a viewer.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// What it sees of the guest.
    pub guest: Seen<'a>,
    pub roster: &'a Roster,
    /// Its own number, and its role.
    pub viewer: u64,
    pub role: Role,
    /// What it looks at.
    pub vt: VtNumber,
}

/// What a request comes to that is not the extension's to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To look at this virtual terminal from now on.
    Look(VtNumber),
    /// To write.
    Take { force: bool },
    /// To write no longer.
    Release,
    /// To let a viewer write, or not.
    Answer { viewer: u64, grant: bool },
}

/// A request that a console has not answered yet.
struct Pending {
    operation: ConsoleRequest,
    request: u32,
    answer: oneshot::Receiver<Answer>,
}

/// The text of the console that is looked at.
struct Listening {
    console: u32,
    told: Told,
    not_before: Instant,
    /// What it has been asked.
    answer: Option<oneshot::Receiver<Answer>>,
}

/// A request, or one that may not be and why.
pub(super) type Judged = Result<Request, (Request, &'static str)>;

impl Extension {
    /// That of a viewer which has asked for nothing yet.
    pub(super) fn of(who: Who) -> Self {
        Self {
            streams: Streams::of(who),
            topics: 0,
            board: None,
            unread: None,
            told: BTreeMap::new(),
            here: None,
            noted: 0,
            people: None,
            changed: None,
            waiting: VecDeque::new(),
            pending: Vec::new(),
            text: None,
        }
    }

    /// Does what the viewer wants, or tells it why not; or says what is still to be done.
    pub(super) fn handle(
        &mut self,
        request: Judged,
        Around { guest, roster, .. }: Around<'_>,
        now: Instant,
    ) -> Result<Option<Wish>, RfbError> {
        let request = match request {
            Ok(request) => request,
            Err((request, why)) => {
                if let Request::Stream(StreamRequest::Input { stream, bytes }) = &request {
                    self.streams.refuse_input(*stream, &bytes.0)?;
                }
                return self.queue(refused(request.numbers(), why)).map(|()| None);
            }
        };
        let (operation, number) = request.numbers();
        let (console, ask) = match request {
            Request::Subscribe { topics } => {
                self.subscribe(topics, guest, roster, now);
                return Ok(None);
            }
            Request::Switch { console } => match guest.number_of(console) {
                Some(vt) => return Ok(Some(Wish::Look(vt))),
                None => return self.queue(refused((operation, number), NO_CONSOLE)).map(|()| None),
            },
            Request::Break { console } => (console, Ask::Break),
            Request::SysRq { console, key } => (console, Ask::SysRq(key)),
            Request::Lines { console, first, count, .. } => {
                (console, Ask::Lines(first..first.saturating_add(count.into())))
            }
            Request::Search { console, before, match_case, most, text, .. } => {
                (console, Ask::Search(Sought { text: text.0, match_case, before, most }))
            }
            Request::Take { force } => return Ok(Some(Wish::Take { force })),
            Request::Release => return Ok(Some(Wish::Release)),
            Request::Answer { viewer, grant } => return Ok(Some(Wish::Answer { viewer: viewer.into(), grant })),
            Request::Stream(StreamRequest::Resize { stream, size }) => match self.streams.display(stream) {
                Some(display) => (display.id(), Ask::Resize(size)),
                None => return Ok(None),
            },
            Request::Stream(request) => return self.stream(request, guest).map(|()| None),
            Request::Unknown(_) => return Ok(None),
        };
        let display = guest.number_of(console).and_then(|vt| guest.vt(vt)).map(|vt| &vt.display);
        let asked = match display {
            None => Err(NO_CONSOLE),
            Some(_) if self.pending.len() >= MAX_PENDING => Err("too many requests wait for an answer already"),
            Some(display) => display.ask(ask).map_err(|_| "the console has no time now; try again"),
        };
        match asked {
            Ok(answer) => self.pending.push(Pending { operation, request: number, answer }),
            Err(why) => self.queue(refused((operation, number), why))?,
        }
        Ok(None)
    }

    fn stream(&mut self, request: StreamRequest, guest: Seen<'_>) -> Result<(), RfbError> {
        match request {
            StreamRequest::Open { stream, opening } => {
                let display = guest.number_of(opening.console).and_then(|vt| guest.vt(vt)).map(|vt| &vt.display);
                let opened = match display {
                    Some(display) => self.streams.open(stream, &opening, display)?,
                    None => Err(NO_CONSOLE),
                };
                opened.or_else(|why| self.queue(refused((ConsoleRequest::OPEN, stream), why)))
            }
            StreamRequest::Credit { stream, bytes } => {
                self.streams.allow(stream, bytes);
                Ok(())
            }
            StreamRequest::Input { stream, bytes } => self.streams.input(stream, &bytes.0),
            StreamRequest::Close { stream } => match self.streams.close(stream) {
                Some(closed) => self.queue(Notice::Stream(closed)),
                None => Ok(()),
            },
            // It is asked as other questions are.
            StreamRequest::Resize { .. } => Ok(()),
        }
    }

    /// The viewer writes no longer.
    pub(super) fn drop_input(&mut self) {
        self.streams.drop_input();
    }

    /// The viewer leaves.
    pub(super) fn leave(&mut self) {
        self.streams.leave();
    }

    /// The next of what its streams carry, to a viewer that has taken all before it.
    pub(super) fn next_of_streams(&mut self, now: Instant) -> Option<Notice> {
        Some(match self.streams.next(now)? {
            StreamTold::Notice(notice) => Notice::Stream(notice),
            StreamTold::Refused(stream, why) => refused((ConsoleRequest::OPEN, stream), why),
        })
    }

    /// Tells the viewer why its wish is not done.
    pub(super) fn refuse(&mut self, operation: ConsoleRequest, why: &str) -> Result<(), RfbError> {
        self.queue(refused((operation, 0), why))
    }

    fn subscribe(&mut self, topics: u32, guest: Seen<'_>, roster: &Roster, now: Instant) {
        let new = topics & !self.topics;
        self.topics = topics;
        if topics & topic::CONSOLES == 0 {
            (self.board, self.unread) = (None, None);
        } else if new & topic::CONSOLES != 0 {
            self.board = Some(guest.board().read());
            (self.unread, self.here) = (Some(now), None);
            self.told.clear();
        }
        if topics & topic::PEOPLE == 0 {
            (self.people, self.changed) = (None, None);
        } else if new & topic::PEOPLE != 0 {
            (self.people, self.changed) = (Some(roster.follow()), Some(now));
        }
        if topics & topic::TEXT == 0 || new & topic::TEXT != 0 {
            self.text = None;
        }
    }

    fn queue(&mut self, notice: Notice) -> Result<(), RfbError> {
        if self.waiting.len() >= MAX_WAITING {
            return Err(RfbError::Misbehaved("does not read the answers to its requests"));
        }
        self.waiting.push_back(notice);
        Ok(())
    }

    /// Waits for something to tell, if the viewer `hears` it; and for what it said to be taken. May be dropped half-way without
    /// loss.
    pub(super) async fn wait(&mut self, hears: bool, now: impl Fn() -> Instant) {
        let Self { streams, board, unread, people, changed, pending, text, .. } = self;
        let listens = text.as_mut().and_then(|text| text.answer.as_mut());
        tokio::select! {
            () = streams.wait(hears) => {}
            at = answered(pending), if hears => {
                let (pending, answer) = at;
                self.waiting.extend(told_of(pending, answer));
            }
            answer = async { match listens { Some(answer) => answer.await, None => std::future::pending().await } },
                if hears =>
            {
                self.heard(answer.ok(), now());
            }
            news = async { match board { Some(board) => board.changed().await, None => std::future::pending().await } },
                if hears && unread.is_none() =>
            {
                match news {
                    Ok(()) => *unread = Some(now()),
                    // The consoles have ended, and so will this.
                    Err(_) => *board = None,
                }
            }
            news = async { match people { Some(people) => people.changed().await, None => std::future::pending().await } },
                if hears && changed.is_none() =>
            {
                match news {
                    Ok(()) => *changed = Some(now()),
                    // The server has ended, and so will this.
                    Err(_) => *people = None,
                }
            }
        }
    }

    /// A console said what has changed in its text.
    fn heard(&mut self, answer: Option<Answer>, now: Instant) {
        let Some(listening) = &mut self.text else { return };
        listening.answer = None;
        match answer {
            Some(Answer::Text(text, told)) => {
                (listening.told, listening.not_before) = (told, now + TEXT_INTERVAL);
                self.waiting.push_back(Notice::Text(wire_text(listening.console, text)));
            }
            _ => listening.not_before = now + TEXT_RETRY,
        }
    }

    /// When there is something to tell although nothing happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let retry = self.text.as_ref().filter(|text| text.answer.is_none()).map(|text| text.not_before);
        self.unread.into_iter().chain(self.changed).chain(retry).chain(self.streams.deadline()).min()
    }

    /// The next thing to tell a viewer that has taken all before it.
    pub(super) fn next(&mut self, around: Around<'_>, now: Instant) -> Option<Notice> {
        if self.waiting.is_empty() {
            let Around { guest, vt, role, .. } = around;
            self.read_board(guest, role, now);
            self.look_at_people(around, now);
            self.look_around(guest, vt);
            self.listen(guest, vt, now);
        }
        self.waiting.pop_front()
    }

    fn read_board(&mut self, guest: Seen<'_>, role: Role, now: Instant) {
        let Some(board) = self.board.as_mut().filter(|_| self.unread.is_some_and(|due| due <= now)) else { return };
        self.unread = None;
        let all = board.borrow_and_update();
        for (number, vt) in guest.iter() {
            let id = vt.display.id();
            let Some(about) = all.get(&id) else { continue };
            let console = console(number, vt, about, role);
            if self.told.get(&id) != Some(&console) {
                self.told.insert(id, console.clone());
                self.waiting.push_back(Notice::Console(console));
            }
        }
        if let Some((count, text)) = self.here.and_then(|here| all.get(&here)).map(|about| about.note.clone())
            && count != self.noted
        {
            self.noted = count;
            self.waiting.push_back(Notice::Note { warning: false, text: text.to_string() });
        }
        drop(all);
        // What comes now is told together.
        if board.has_changed().unwrap_or(false) || !self.waiting.is_empty() {
            self.unread = Some(now + INTERVAL);
        }
    }

    fn look_at_people(&mut self, around: Around<'_>, now: Instant) {
        let Some(people) = self.people.as_mut().filter(|_| self.changed.is_some_and(|due| due <= now)) else { return };
        people.mark_unchanged();
        self.waiting.push_back(Notice::People(people_told(around, now)));
        // What comes now is told together.
        self.changed = Some(now + INTERVAL).filter(|_| people.has_changed().unwrap_or(false));
    }

    fn look_around(&mut self, guest: Seen<'_>, vt: VtNumber) {
        let Some((board, vt)) = self.board.as_ref().zip(guest.vt(vt)) else { return };
        let here = vt.display.id();
        if self.here != Some(here) {
            self.here = Some(here);
            self.noted = board.borrow().get(&here).map_or(0, |about| about.note.0);
            self.waiting.push_back(Notice::Here { console: here });
        }
    }

    /// Sees to it that the console that is looked at is asked for its text.
    fn listen(&mut self, guest: Seen<'_>, vt: VtNumber, now: Instant) {
        let Some(display) = guest.vt(vt).map(|vt| &vt.display).filter(|_| self.topics & topic::TEXT != 0) else {
            return;
        };
        let console = display.id();
        let begins = Listening { console, told: Told::default(), not_before: now, answer: None };
        let listening = self.text.take().filter(|text| text.console == console).unwrap_or(begins);
        let listening = self.text.insert(listening);
        let asked_lately = listening.told != Told::default();
        if listening.answer.is_none() && (asked_lately || listening.not_before <= now) {
            let (told, not_before) = (listening.told.clone(), listening.not_before);
            match display.ask(Ask::Text { told, not_before }) {
                Ok(answer) => listening.answer = Some(answer),
                Err(_) => listening.not_before = now + TEXT_RETRY,
            }
        }
    }
}

const NO_CONSOLE: &str = "there is no such console";

/// The refusal of a request with these numbers.
pub(super) fn refused((operation, request): (ConsoleRequest, u32), reason: &str) -> Notice {
    Notice::Refused { operation, request, reason: reason.to_owned() }
}

/// Whether a viewer of this role, which writes now or does not, may ask this, and whether it makes sense; else why not.
/// `may_resize`: whether its wish for another size is heard at all.
pub(super) fn permitted(role: Role, writes: bool, may_resize: impl Fn() -> bool, request: Request) -> Judged {
    let counts = |count: u16| (1..=LINES_MAX).contains(&count);
    let for_the_guest = matches!(
        request,
        Request::Break { .. }
            | Request::SysRq { .. }
            | Request::Stream(StreamRequest::Input { .. } | StreamRequest::Resize { .. })
    );
    let for_writers = matches!(request, Request::Take { .. } | Request::Release | Request::Answer { .. });
    let why = match request {
        _ if (for_the_guest || for_writers) && !role.may_write() => "you may only watch here",
        _ if for_the_guest && !writes => "it is not your turn to write",
        Request::Stream(StreamRequest::Resize { .. }) if !may_resize() => "its size is not for you to choose",
        Request::SysRq { key, .. } if !key.is_ascii_alphanumeric() => "the key of a SysRq is a letter or a digit",
        Request::Search { most: count, .. } | Request::Lines { count, .. } if !counts(count) => {
            "from 1 to 1,000 are told at once"
        }
        request => return Ok(request),
    };
    Err((request, why))
}

/// Whether it counts as something that was done: what only keeps a stream going does not, which has limits of its own.
pub(super) fn is_rated(request: &Request) -> bool {
    !matches!(
        request,
        Request::Stream(StreamRequest::Credit { .. } | StreamRequest::Input { .. } | StreamRequest::Close { .. })
    )
}

/// Waits for any of these to be answered, and takes it out.
async fn answered(pending: &mut Vec<Pending>) -> (Pending, Option<Answer>) {
    poll_fn(|context| {
        for at in 0..pending.len() {
            if let Poll::Ready(answer) = Pin::new(&mut pending[at].answer).poll(context) {
                return Poll::Ready((pending.remove(at), answer.ok()));
            }
        }
        Poll::Pending
    })
    .await
}

/// What the viewer is told of an answer, if anything is.
fn told_of(pending: Pending, answer: Option<Answer>) -> Option<Notice> {
    let (operation, request) = (pending.operation, pending.request);
    Some(match answer {
        // The stream itself tells of it.
        Some(Answer::Done) if operation == ConsoleRequest::RESIZE => return None,
        Some(Answer::Lines(there, lines)) => {
            Notice::Lines { request, oldest: there.start, lines: lines.into_iter().map(wire_line).collect() }
        }
        Some(Answer::Found(places, more)) => {
            Notice::Found { request, more, places: places.into_iter().map(wire_place).collect() }
        }
        // Nobody asks for the others here.
        Some(
            Answer::Done
            | Answer::Text(..)
            | Answer::Standing(_)
            | Answer::Screen(_)
            | Answer::Picture(_)
            | Answer::Piece(_),
        ) => {
            let text = if operation == ConsoleRequest::SYSRQ { "the SysRq was sent" } else { "the break was sent" };
            Notice::Note { warning: false, text: text.to_owned() }
        }
        Some(Answer::Refused(why)) => refused((operation, request), why),
        None => refused((operation, request), "the console has no answer"),
    })
}

fn console(number: VtNumber, vt: &Vt, about: &About, role: Role) -> Console {
    let state = match about.state {
        State::Waiting => 0,
        State::Open => 1,
        State::Ended => 2,
    };
    Console {
        console: vt.display.id(),
        vt: number.get(),
        graphical: vt.display.kind() == Kind::Graphics,
        state,
        may_write: role.may_write(),
        can_break: about.can_break,
        columns: about.grid.cols,
        rows: about.grid.rows,
        name: vt.name.clone(),
        title: about.title.to_string(),
    }
}

/// Who is there, for one of them.
fn people_told(Around { roster, viewer: you, .. }: Around<'_>, now: Instant) -> People {
    // Nobody will have seen so many that they are told wrongly.
    let number = |viewer: u64| u32::try_from(viewer).unwrap_or(u32::MAX);
    let writing = roster.writing();
    let grace = writing.asking.map_or(0, |(_, until)| until.saturating_duration_since(now).as_millis());
    let person = |person: &super::roster::Person| Person {
        viewer: number(person.number),
        role: person.role as u8,
        console: person.display,
        name: person.called(),
    };
    People {
        you: number(you),
        writer: writing.writer.map_or(0, number),
        one_writes: writing.writers == Writers::One,
        asking: writing.asking.map_or(0, |(who, _)| number(who)),
        grace: u16::try_from(grace).unwrap_or(u16::MAX),
        people: roster.people_beside(you).iter().map(person).collect(),
    }
}

fn wire_line(line: question::Line) -> Line {
    Line { number: line.number, goes_on: line.goes_on, text: line.text }
}

fn wire_place(place: question::Place) -> Place {
    let columns = place.characters.end.saturating_sub(place.characters.start);
    Place { line: place.line.number, column: place.characters.start, columns, text: place.line.text }
}

fn wire_text(console: u32, text: question::Text) -> Text {
    Text {
        console,
        alternate: text.alternate,
        top: text.top,
        rows: text.rows,
        row: text.cursor.0,
        column: text.cursor.1,
        lines: text.lines.into_iter().map(wire_line).collect(),
    }
}

#[cfg(test)]
#[path = "extension_tests.rs"]
mod tests;
