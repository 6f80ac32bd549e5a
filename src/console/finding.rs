//! Searching in a viewer's view: Control-Shift-F, and a line at the bottom where that viewer types.
//!
//! ```text
//! typing ─ characters, BackSpace, Control-U: the query · Up, Down: older, newer · Return: stay · Escape: back to where it began
//! found  ─ n, Up: older · N, Down: newer · Escape: back to what is going on · any other key: likewise, and it is typed
//! ```
//! Meanwhile no key of that viewer reaches the guest. The text is looked through in steps (`search.rs`), one between two
//! turns of the console.

use super::views::{Said, Viewing};
use crate::display::{NotPasted, Paste};
use crate::input::{KeyEvent, Keysym, Modifiers};
use crate::terminal::lines::LinePos;
use crate::terminal::search::{MAX_QUERY, Search, Standing, Towards};
use crate::terminal::view::{Scroll, View};
use crate::terminal::{Terminal, width};

/// What a viewer looks for, and where it came from.
#[derive(Debug)]
pub(super) struct Prompt {
    typing: bool,
    /// The first line of its view when it began; `None`: it was live.
    home: Option<u64>,
    /// The last line it saw then: from there on it looks towards the oldest.
    from: u64,
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was for the search.
    Yes,
    /// It was not, and there is none (any more).
    No,
}

impl Prompt {
    /// What is said of `search` in `cols` columns: on the left and on the right. The end of the query is to be seen, since
    /// there it is typed; the keys are left out first.
    pub(super) fn says(&self, search: &Search, up: u64, cols: u16) -> (String, String) {
        let standing = match search.standing() {
            Standing::Idle => String::new(),
            Standing::Looking => "…".to_owned(),
            Standing::Nowhere => "not found".to_owned(),
            Standing::Found if search.has_gone_round() => format!("gone round, {}", super::own_picture::lines_up(up)),
            Standing::Found => super::own_picture::lines_up(up),
        };
        let (what, end, keys) = match self.typing {
            true => ("find: ", "▏", "Return stays, Esc ends"),
            false => ("found: ", "", "n older, N newer, Esc ends"),
        };
        // Blanks at both ends, and two between.
        let room = |beside: &str| usize::from(cols).saturating_sub(columns(what) + columns(end) + columns(beside) + 4);
        let whole = beside(&standing, keys);
        let beside = if columns(search.query()) > room(&whole) { standing } else { whole };
        (format!("{what}{}{end}", tail(search.query(), room(&beside))), beside)
    }
}

fn columns(text: &str) -> usize {
    text.chars().map(|ch| usize::from(width::columns(ch))).sum()
}

/// As much of the end of `text` as has room in so many columns; an ellipsis says that it is not all.
fn tail(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut rest = text.chars();
    while columns(rest.as_str()) >= room.max(1) {
        rest.next();
    }
    format!("…{}", rest.as_str())
}

fn beside(standing: &str, keys: &str) -> String {
    format!("{standing}  {keys}").trim_start().to_owned()
}

impl Viewing {
    /// A search begins, or its query is typed anew.
    pub(super) fn begin_search(&mut self, terminal: &Terminal) {
        let top = self.view.top_line(terminal);
        let from = top + u64::from(terminal.screen().size().rows) - 1;
        let home = Some(top).filter(|_| !self.view.is_live());
        self.prompt = Some(Prompt { typing: true, home, from });
        self.view.search.get_or_insert_default().look_for("", from);
        self.touch();
    }

    /// Whether it types a query.
    pub(super) fn is_typing(&self) -> bool {
        let typed = self.view.search.as_ref().is_some_and(|search| !search.query().is_empty());
        typed && self.prompt.as_ref().is_some_and(|prompt| prompt.typing)
    }

    /// Where its search is, for a terminal that gets another size: what was found, or else from where it is looked for;
    /// and where it goes back to.
    pub(super) fn search_places(&self) -> [Option<LinePos>; 2] {
        let place = |line: u64| LinePos { line, col: 0 };
        let found = self.view.search.as_ref().and_then(Search::found).map(|found| found.first);
        let from = self.prompt.as_ref().map(|prompt| place(prompt.from));
        [found.or(from), self.prompt.as_ref().and_then(|prompt| prompt.home).map(place)]
    }

    /// Looks again from where [`Viewing::search_places`] have come to: what was found there is found once more.
    pub(super) fn search_resized(&mut self, found: LinePos, home: LinePos, terminal: &Terminal) {
        let bottom = self.view.top_line(terminal) + u64::from(terminal.screen().size().rows) - 1;
        let (Some(prompt), Some(search)) = (&mut self.prompt, &mut self.view.search) else { return };
        (prompt.home, prompt.from) = (prompt.home.map(|_| home.line), bottom);
        let query = search.query().to_owned();
        search.look_for(&query, found.line);
    }

    /// Nothing is known of the text any more: a live view, and the same search from there.
    pub(super) fn search_anew(&mut self, terminal: &Terminal) {
        let search = self.view.search.take();
        self.view = View::new(terminal);
        if let (Some(prompt), Some(mut search)) = (&mut self.prompt, search) {
            (prompt.home, prompt.from) = (None, terminal.lines().end);
            let query = search.query().to_owned();
            search.look_for(&query, prompt.from);
            self.view.search = Some(search);
        }
    }

    /// Gives a key that went down to the search, if there is one.
    pub(super) fn search_takes(&mut self, event: &KeyEvent, held: Modifiers, terminal: &Terminal) -> Taken {
        let (Some(prompt), Some(search)) = (&mut self.prompt, &mut self.view.search) else { return Taken::No };
        if event.keysym.is_modifier() {
            return Taken::Yes;
        }
        let command = held.control || held.alt || held.meta || held.super_key;
        let character = event.keysym.char().filter(|ch| !ch.is_control());
        let (typing, from, home) = (prompt.typing, prompt.from, prompt.home);
        match (event.keysym, character) {
            (Keysym::UP | Keysym::KP_UP, _) => search.look_on(Towards::Oldest),
            (Keysym::DOWN | Keysym::KP_DOWN, _) => search.look_on(Towards::Newest),
            (_, Some('n')) if !typing && !command => search.look_on(Towards::Oldest),
            (_, Some('N')) if !typing && !command => search.look_on(Towards::Newest),
            (Keysym::ESCAPE, _) => self.end_search(if typing { home } else { None }, terminal),
            (Keysym::RETURN | Keysym::KP_ENTER, _) if typing && search.query().is_empty() => {
                self.end_search(home, terminal);
            }
            (Keysym::RETURN | Keysym::KP_ENTER, _) if typing => prompt.typing = false,
            _ if !typing => {
                self.end_search(None, terminal);
                return Taken::No;
            }
            (Keysym::BACKSPACE, _) => {
                let mut query = search.query().to_owned();
                query.pop();
                search.look_for(&query, from);
            }
            (_, Some('u' | 'U')) if held.control => search.look_for("", from),
            (_, Some(ch)) if !command => {
                let query = format!("{}{ch}", search.query());
                search.look_for(&query, from);
            }
            _ => {}
        }
        self.touch();
        Taken::Yes
    }

    /// Adds the first line of what its viewer pastes to the query, if that is being typed; whether it is. Where there is
    /// nothing to paste, that is said.
    pub(super) fn search_takes_paste(&mut self, paste: &Result<Paste, NotPasted>) -> bool {
        let (Some(prompt), Some(search)) = (&self.prompt, &mut self.view.search) else { return false };
        if !prompt.typing {
            return false;
        }
        match paste {
            Ok(paste) => {
                let line = paste.text().lines().next().unwrap_or_default();
                let more = line.chars().filter(|ch| !ch.is_control()).take(MAX_QUERY);
                let query: String = search.query().chars().chain(more).collect();
                search.look_for(&query, prompt.from);
            }
            Err(_) => self.said = Some(Said::until_it_acts("nothing to paste")),
        }
        self.touch();
        true
    }

    /// The search is over; the view goes to line `top`, or back to the screen.
    pub(super) fn end_search(&mut self, top: Option<u64>, terminal: &Terminal) {
        (self.prompt, self.view.search) = (None, None);
        match top {
            Some(top) => self.view.show_from(top, terminal),
            None => drop(self.view.scroll(Scroll::Live, terminal)),
        }
        self.touch();
    }

    /// Whether there is something to look through.
    pub(super) fn is_looking(&self) -> bool {
        self.view.search.as_ref().is_some_and(|search| search.standing() == Standing::Looking)
    }

    /// Looks through a few rows; what is found is shown.
    pub(super) fn look_on(&mut self, terminal: &Terminal) {
        let Some(search) = &mut self.view.search else { return };
        if search.step(terminal)
            && let Some(found) = search.found()
        {
            self.view.show_line(found.first.line, terminal);
            self.touch();
        }
    }
}
