//! What viewers ask of a console beside its picture: its text, places in it, a break. Nothing here runs, and no timer,
//! while nobody asks.
//!
//! ```text
//! Break, SysRq, Lines ─► answered at once
//! Search ─► a few rows each turn, one search after the other ─► answered with what was found
//! Text ─► held until the text has changed, and it is time ─► answered with what differs from what is known
//! ```

use std::ops::Range;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Console;
use crate::display::board::About;
use crate::display::question::{Line, MAX_LINES, Place, Sought, Text, Told};
use crate::display::{Answer, Ask, Question};
use crate::terminal::Terminal;
use crate::terminal::search::{MAX_QUERY, Search, Standing, Towards};

/// The least time between two tellings of what has changed in a text, to one viewer.
pub const TEXT_INTERVAL: Duration = Duration::from_millis(250);
/// Searches of one console at once.
pub const MAX_SEARCHES: usize = 32;
/// Those who wait for its text to change.
pub const MAX_LISTENERS: usize = 4_096;
/// Places that one turn finds at most.
const PLACES_A_TURN: usize = 8;
/// Bytes of text that an answer holds at most, give or take a line.
pub const ANSWER_BYTES: usize = 512 * 1024;

/// What is not answered yet.
#[derive(Debug, Default)]
pub(super) struct Asked {
    searches: Vec<Searching>,
    listeners: Vec<Listener>,
    /// What was told of this console last, beside its picture.
    about: Option<About>,
    /// How often something was said over its picture, and what.
    pub(super) note: (u64, std::sync::Arc<str>),
}

/// A search that goes on.
#[derive(Debug)]
struct Searching {
    search: Search,
    most: usize,
    found: Vec<Place>,
    bytes: usize,
    reply: oneshot::Sender<Answer>,
}

/// Somebody who waits for the text to change.
#[derive(Debug)]
struct Listener {
    told: Told,
    not_before: Instant,
    /// The text may have changed since it was compared last.
    doubted: bool,
    reply: oneshot::Sender<Answer>,
}

impl Asked {
    /// The text may have changed.
    pub(super) fn touch(&mut self) {
        self.listeners.iter_mut().for_each(|listener| listener.doubted = true);
    }

    /// Whether something is being searched for.
    pub(super) fn is_searching(&self) -> bool {
        !self.searches.is_empty()
    }

    fn listen(&mut self, told: Told, not_before: Instant, reply: oneshot::Sender<Answer>) {
        self.listeners.retain(|listener| !listener.reply.is_closed());
        if self.listeners.len() < MAX_LISTENERS {
            self.listeners.push(Listener { told, not_before, doubted: true, reply });
        } else {
            answer(reply, Answer::Refused("too many listen to this console already"));
        }
    }

    fn search(&mut self, sought: Sought, terminal: &Terminal, reply: oneshot::Sender<Answer>) {
        self.searches.retain(|searching| !searching.reply.is_closed());
        if sought.text.chars().count() > MAX_QUERY {
            return answer(reply, Answer::Refused("what is searched for is too long: 128 characters at most"));
        }
        if self.searches.len() >= MAX_SEARCHES {
            return answer(reply, Answer::Refused("too many search in this console already; try again"));
        }
        let Some(from) = sought.before.min(terminal.text_lines().end).checked_sub(1) else {
            return answer(reply, Answer::Found(Vec::new(), false));
        };
        let mut search = Search::default();
        search.look_exactly_for(&sought.text, from, sought.match_case);
        let most = usize::from(sought.most.min(MAX_LINES));
        self.searches.push(Searching { search, most, found: Vec::new(), bytes: 0, reply });
    }
}

impl Searching {
    /// Looks through a few more rows; the answer, once it is known.
    fn step(&mut self, terminal: &Terminal) -> Option<Answer> {
        for _ in 0..PLACES_A_TURN {
            if self.search.standing() == Standing::Looking && !self.search.step(terminal) {
                // Nothing in these rows, or nowhere.
                if self.search.standing() == Standing::Looking {
                    return None;
                }
            }
            let found = self.search.found().filter(|_| self.search.standing() == Standing::Found);
            let found = found.filter(|_| !self.search.has_gone_round());
            let Some(found) = found else { return Some(Answer::Found(std::mem::take(&mut self.found), false)) };
            if self.found.len() >= self.most || self.bytes >= ANSWER_BYTES {
                return Some(Answer::Found(std::mem::take(&mut self.found), true));
            }
            let line = line(terminal, found.first.line, found.first.line)?;
            self.bytes += line.text.len();
            self.found.push(Place { line, characters: terminal.characters_of(found) });
            self.search.look_on(Towards::Oldest);
        }
        None
    }
}

/// Nobody may wait for it any more.
pub(super) fn answer(reply: oneshot::Sender<Answer>, answer: Answer) {
    let _ = reply.send(answer);
}

/// Line `number` of a terminal, to be called `named`.
fn line(terminal: &Terminal, number: u64, named: u64) -> Option<Line> {
    terminal.text_of(number).map(|line| Line { number: named, goes_on: line.goes_on, text: line.text })
}

/// Lines, as far as they are there, and no more than an answer holds.
fn lines(terminal: &Terminal, wanted: Range<u64>) -> Vec<Line> {
    let there = terminal.text_lines();
    let numbers = wanted.start.max(there.start)..wanted.end.min(there.end);
    let mut bytes = 0;
    let fits = |line: &Line| {
        bytes += line.text.len();
        bytes <= ANSWER_BYTES
    };
    numbers.take(MAX_LINES.into()).map_while(|number| line(terminal, number, number)).take_while(fits).collect()
}

/// What is to be seen of a text, with the lines that may be new to who was `told` that.
fn seen(terminal: &Terminal, told: &Told) -> Text {
    let (screen, top) = (terminal.screen(), terminal.history().end());
    let (size, alternate) = (screen.size(), screen.on_alternate());
    let cursor = screen.cursor().pos;
    let end = top + u64::from(size.rows);
    let lines = if alternate {
        (top..end).zip(0..).filter_map(|(number, named)| line(terminal, number, named)).collect()
    } else {
        let first = told.first_line(top, terminal.history().first());
        (first..end).filter_map(|number| line(terminal, number, number)).collect()
    };
    Text { alternate, top, rows: size.rows, cursor: (cursor.row, cursor.col), lines }
}

impl Console {
    /// Answers a question, now or later.
    pub(super) fn asked(&mut self, Question { ask, reply }: Question) {
        match ask {
            Ask::Break => {
                let sent = self.send_break();
                answer(reply, if sent { Answer::Done } else { Answer::Refused(self.no_break()) });
            }
            Ask::Note { said, beside } => self.say(said, beside),
            Ask::SysRq(key) => {
                let sent = self.line.has_room() && self.send_break();
                if sent {
                    // What is written during a break waits for its end.
                    self.line.write(&[key]);
                }
                answer(reply, if sent { Answer::Done } else { Answer::Refused(self.no_break()) });
            }
            Ask::Lines(wanted) => {
                let mut told = (0..0, Vec::new());
                self.guarded(|console| told = (console.terminal.text_lines(), lines(&console.terminal, wanted)));
                answer(reply, Answer::Lines(told.0, told.1));
            }
            Ask::Search(sought) => self.asked.search(sought, &self.terminal, reply),
            Ask::Text { told, not_before } => self.asked.listen(told, not_before, reply),
            Ask::Standing => answer(reply, Answer::Standing(self.standing())),
            Ask::Screen(form) => {
                let told = self.screen_as(form);
                answer(reply, told);
            }
            Ask::Type(strokes) => {
                let typed = self.type_strokes(&strokes);
                answer(reply, typed);
            }
            Ask::Paste(who, paste) => self.paste_asked(who, paste, reply),
            Ask::Open(open) => self.stream_opened(open, reply),
            Ask::Read(read) => self.stream_read(read, reply),
            Ask::Resize(grid) => {
                let resized = self.resize_cells(grid);
                answer(reply, resized);
            }
        }
    }

    fn no_break(&self) -> &'static str {
        match self.line.is_open() {
            true if self.line.can_break() => "the guest takes no input now",
            true => "this source cannot carry a break",
            false => "the guest's line is not open",
        }
    }

    /// Goes on with one search, whichever has waited longest.
    pub(super) fn search_on(&mut self) {
        if !self.asked.is_searching() {
            return;
        }
        let mut searches = std::mem::take(&mut self.asked.searches);
        searches.retain(|searching| !searching.reply.is_closed());
        if searches.is_empty() {
            return;
        }
        let mut searching = searches.remove(0);
        let mut found = None;
        // After a panic it is dropped, and who asked hears that there is no answer.
        if self.guarded(|console| found = searching.step(&console.terminal)) {
            match found {
                Some(found) => answer(searching.reply, found),
                None => searches.push(searching),
            }
        }
        self.asked.searches = searches;
    }

    /// Tells those who listen what has changed in the text, if it is time. When to come back, if that is known.
    pub(super) fn tell_text(&mut self, now: Instant) -> Option<Instant> {
        if self.asked.listeners.is_empty() {
            return None;
        }
        let mut waiting = Vec::new();
        let listeners = std::mem::take(&mut self.asked.listeners);
        self.guarded(|console| {
            for mut listener in listeners {
                if listener.doubted && listener.not_before <= now && !listener.reply.is_closed() {
                    if let Some((text, told)) = listener.told.news(seen(&console.terminal, &listener.told)) {
                        answer(listener.reply, Answer::Text(text, told));
                        continue;
                    }
                    (listener.doubted, listener.not_before) = (false, now + TEXT_INTERVAL);
                }
                waiting.push(listener);
            }
        });
        waiting.retain(|listener| !listener.reply.is_closed());
        self.asked.listeners = waiting;
        self.asked.listeners.iter().filter(|listener| listener.doubted).map(|listener| listener.not_before).min()
    }

    /// Tells what has changed of the console beside its picture.
    pub(super) fn post_about(&mut self) {
        let (state, can_break) = (self.line.state(), self.line.can_break());
        let grid = self.terminal.screen().size();
        let same = |about: &About| {
            about.state == state && about.can_break == can_break && about.grid == grid && about.title == self.title
        };
        if self.asked.about.as_ref().is_some_and(|about| same(about) && about.note.0 == self.asked.note.0) {
            return;
        }
        let about = About { state, can_break, grid, title: self.title.clone(), note: self.asked.note.clone() };
        self.board.post(self.side.id(), &about);
        self.asked.about = Some(about);
    }
}

#[cfg(test)]
#[path = "asked_tests.rs"]
mod tests;
