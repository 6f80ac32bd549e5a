//! What the user pastes before a console. A guest that has not asked for brackets (DECSET 2004) takes each line of it for
//! typed: of more than one line he is asked first.

use super::{Attention, Front, Wish, letter};
use crate::attach::stream::UNSENT_MAX;
use crate::input::{Keysym, Modifiers};
use crate::terminal::Mode;

/// Characters of a paste that are encoded at once: they fit into the terminal's queue.
const PASTE_PIECE: usize = 4096;
/// The longest paste that is looked through before it is sent, in bytes. No more could wait to be sent, either.
pub const HELD_MAX: usize = UNSENT_MAX;

/// A paste that is looked through before it is sent.
pub(super) enum Held {
    /// So far.
    Text(String),
    /// There was more than [`HELD_MAX`] of it.
    TooMuch,
}

/// What may be answered.
pub(super) const ANSWERS: &str = "y or Return: yes  another key: no";

/// What is asked.
pub(super) fn question(text: &str) -> String {
    // Terminals tell the end of a line as Return.
    let ends = text.matches(['\r', '\n']).count() - text.matches("\r\n").count();
    let lines = ends + usize::from(!text.ends_with(['\r', '\n']));
    format!("Paste {lines} lines, each as if typed?")
}

/// Whether it has more than one line. One that ends is one.
fn has_lines(text: &str) -> bool {
    let end = text.find(['\r', '\n']);
    end.is_some_and(|end| !matches!(&text[end..], "\r" | "\n" | "\r\n"))
}

impl Front {
    /// A piece of it.
    pub(super) fn paste(&mut self, text: &str, wishes: &mut Vec<Wish>) {
        if !std::mem::replace(&mut self.pasting, true) {
            self.held = None;
            if self.keyboard().screen().modes().has(Mode::BracketedPaste) {
                self.keyboard().begin_paste();
            } else {
                self.held = Some(Held::Text(String::new()));
            }
        }
        match &mut self.held {
            None => self.send_pasted(text, wishes),
            Some(Held::Text(held)) if held.len() + text.len() <= HELD_MAX => held.push_str(text),
            Some(held) => *held = Held::TooMuch,
        }
    }

    /// That was all of it.
    pub(super) fn paste_ended(&mut self, wishes: &mut Vec<Wish>) {
        self.pasting = false;
        match self.held.take() {
            Some(Held::TooMuch) => wishes.push(Wish::TooLong),
            Some(Held::Text(text)) if has_lines(&text) => self.attention = Attention::Confirm(text),
            Some(Held::Text(text)) => self.send_pasted(&text, wishes),
            None => {
                self.keyboard().end_paste();
                self.send_encoded(wishes);
            }
        }
    }

    /// The user was asked, and answers.
    pub(super) fn confirm(&mut self, keysym: Keysym, with: Modifiers, wishes: &mut Vec<Wish>) {
        let Attention::Confirm(text) = std::mem::replace(&mut self.attention, Attention::Guest) else { return };
        if matches!(keysym, Keysym::RETURN | Keysym::KP_ENTER) || letter(keysym, with) == Some('y') {
            // The guest may have asked for brackets meanwhile.
            self.keyboard().begin_paste();
            self.send_pasted(&text, wishes);
            self.keyboard().end_paste();
            self.send_encoded(wishes);
        }
    }

    fn send_pasted(&mut self, mut rest: &str, wishes: &mut Vec<Wish>) {
        while !rest.is_empty() {
            let end = (0..=rest.len().min(PASTE_PIECE)).rev().find(|end| rest.is_char_boundary(*end));
            let (piece, more) = rest.split_at(end.unwrap_or(rest.len()));
            self.keyboard().paste(piece);
            self.send_encoded(wishes);
            rest = more;
        }
    }

    /// What the keys and pastes came to.
    fn send_encoded(&mut self, wishes: &mut Vec<Wish>) {
        let bytes = self.keyboard().take_input();
        if !bytes.is_empty() {
            wishes.push(Wish::Send(bytes));
        }
    }
}
