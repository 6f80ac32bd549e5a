//! What is said over the picture, outside the guest's screen: what became of the source, how far a paste is, and notes
//! that go away by themselves.

use std::time::Duration;

use tokio::time::Instant;

use super::Console;
use crate::render::Overlay;

/// How long a note is to be seen.
pub const NOTE_TIME: Duration = Duration::from_secs(4);

/// What lies over the picture, and the note that will.
#[derive(Debug, Default)]
pub(super) struct Notices {
    note: Option<Note>,
    laid: Option<Laid>,
    /// When what is laid over the picture changes by itself.
    changes: Option<Instant>,
}

/// What is said for a while.
#[derive(Debug)]
struct Note {
    said: String,
    beside: &'static str,
    until: Instant,
}

/// What lies over a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Laid {
    said: String,
    beside: String,
    row: u16,
    cols: u16,
    hides_cursor: bool,
}

impl Notices {
    /// The painter has forgotten what was laid over the picture.
    pub(super) fn forget(&mut self) {
        self.laid = None;
    }

    /// The note is of no interest any more: something weightier has happened.
    pub(super) fn take_back(&mut self) {
        self.note = None;
    }

    /// When the note goes away.
    pub(super) fn note_ends(&self) -> Option<Instant> {
        self.note.as_ref().map(|note| note.until)
    }

    /// When what lies over the picture changes by itself.
    pub(super) fn changes(&self) -> Option<Instant> {
        self.changes
    }

    /// What lies over the picture.
    pub(super) fn laid(&self) -> Option<&Laid> {
        self.laid.as_ref()
    }

    /// What is to be seen there now.
    #[cfg(test)]
    pub(super) fn text(&self) -> Option<&str> {
        self.laid.as_ref().map(|laid| laid.said.as_str())
    }

    /// The row where it is to be seen.
    #[cfg(test)]
    pub(super) fn row(&self) -> Option<u16> {
        self.laid.as_ref().map(|laid| laid.row)
    }
}

impl Laid {
    /// `said` on the left and `beside` on the right of a row of `cols` columns.
    pub(super) fn new(said: String, beside: String, row: u16, cols: u16, hides_cursor: bool) -> Self {
        Self { said, beside, row, cols, hides_cursor }
    }

    /// What is on the left.
    pub(super) fn said(&self) -> &str {
        &self.said
    }

    /// The row that it lies over.
    #[cfg(test)]
    pub(super) fn row(&self) -> u16 {
        self.row
    }

    /// What is on the right.
    #[cfg(test)]
    pub(super) fn beside(&self) -> &str {
        &self.beside
    }

    /// Whether no cursor is to be seen anywhere.
    pub(super) fn hides_cursor(&self) -> bool {
        self.hides_cursor
    }

    /// For a painter.
    pub(super) fn overlay(&self) -> Overlay {
        Overlay::new(&self.said, &self.beside, self.row, self.cols, self.hides_cursor)
    }
}

impl Console {
    /// Says something for a while; a newer note takes its place.
    pub(super) fn note(&mut self, text: String) {
        self.asked.note = (self.asked.note.0 + 1, text.as_str().into());
        self.say(text, "");
    }

    /// The same for what those who see no picture are told otherwise. What stands beside it is never cut.
    pub(super) fn say(&mut self, said: String, beside: &'static str) {
        self.notices.note = Some(Note { said, beside, until: Instant::now() + NOTE_TIME });
    }

    /// Lays over the picture what is to be said now. When that changes by itself.
    pub(super) fn lay_over(&mut self, now: Instant) -> Option<Instant> {
        self.notices.note.take_if(|note| now >= note.until);
        let (mut said, mut beside, mut changes) = (None, String::new(), None);
        if let Some(note) = &self.notices.note {
            (said, beside, changes) = (Some(note.said.clone()), note.beside.to_owned(), Some(note.until));
        } else if let Some(status) = &self.status {
            (said, beside, changes) = (Some(status.to_string()), status.beside(now), status.changes(now));
        } else if let Some((progress, from)) = self.pastes.progress() {
            (said, changes) = if now >= from { (Some(progress), None) } else { (None, Some(from)) };
        }
        let laid = said.map(|said| self.laid(said, beside));
        if laid != self.notices.laid {
            self.painter.set_overlay(laid.as_ref().map(Laid::overlay));
            self.notices.laid = laid;
            self.unpainted = true;
        }
        self.notices.changes = changes;
        changes
    }

    /// `said` on the last row; but where the guest writes there, on the first, and it stays where it is as long as it
    /// is not in the way.
    fn laid(&self, said: String, beside: String) -> Laid {
        let screen = self.terminal.screen();
        let (last, cols) = (screen.size().rows - 1, screen.size().cols);
        let hides_cursor = self.status.is_some();
        let cursor = screen.cursor().pos.row;
        let before = self.notices.laid.as_ref().map_or(last, |laid| laid.row);
        let row = match cursor {
            _ if hides_cursor => last,
            _ if before <= last && before != cursor => before,
            cursor if cursor == last => 0,
            _ => last,
        };
        Laid::new(said, beside, row, cols, hides_cursor)
    }
}
