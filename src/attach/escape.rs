//! What the user says to this program and not to the guest: a key (`Ctrl-]`), or a character at the beginning of a line
//! (`~`), and then a letter.
//!
//! ```text
//!            Ctrl-]                 a letter of COMMANDS ─► the command      Ctrl-] ─► the guest gets it once
//!   keys ───────────────► menu ──┤  anything else ───────► nothing
//!            Return ~
//!        ───────────────► held ──┤  a letter of COMMANDS, or a full stop ─► the command      ~ ─► the guest gets one
//!                                   anything else ─► the guest gets both
//! ```
//! Neither can be typed on every keyboard, so both can be had, changed or switched off.

use super::keys::Typed;
use crate::config::attach::Escapes;
use crate::input::{Keysym, Modifiers};

/// What one can ask of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Leave the console to itself.
    Detach,
    /// Show the status line, or hide it.
    Status,
    /// Choose another console.
    Choose,
    /// The next console.
    Next,
    /// The one before.
    Previous,
    /// Look back at lines that have left the screen.
    LookBack,
    /// Find something in them.
    Find,
    /// A break on the line.
    Break,
    /// Write, or let others.
    Write,
    /// Paint everything anew.
    Redraw,
    /// Stop, as Ctrl-Z does with other programs.
    Suspend,
    /// Show all of a picture, or a part of it pixel by pixel.
    View,
    /// Send keys that cannot be typed here.
    Chord,
    /// Type what was pasted last, key by key.
    Type,
    /// Say what there is.
    Help,
}

/// Where a command means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Everywhere.
    Anything,
    /// Before a console.
    Text,
    /// Before a picture.
    Picture,
}

/// The letters of the commands, where they mean something, and what they do, in the order of the help.
pub const COMMANDS: &[(char, Command, Before, &str)] = &[
    ('d', Command::Detach, Before::Anything, "detach; a full stop does, too"),
    ('c', Command::Choose, Before::Anything, "choose a console"),
    ('n', Command::Next, Before::Anything, "the next console"),
    ('p', Command::Previous, Before::Anything, "the console before"),
    ('b', Command::LookBack, Before::Text, "look back at what has scrolled off"),
    ('f', Command::Find, Before::Text, "find something in it"),
    ('k', Command::Break, Before::Text, "send a break"),
    ('v', Command::View, Before::Picture, "all of the picture, or pixel by pixel; arrows move it"),
    ('x', Command::Chord, Before::Picture, "send Ctrl-Alt-Del and the like"),
    ('t', Command::Type, Before::Picture, "type what was pasted last"),
    ('w', Command::Write, Before::Anything, "write, or let others (where one writes)"),
    ('s', Command::Status, Before::Anything, "status line on or off"),
    ('r', Command::Redraw, Before::Anything, "redraw"),
    ('z', Command::Suspend, Before::Anything, "suspend"),
    ('?', Command::Help, Before::Anything, "this help"),
];

/// Those that mean something before a picture, or else before a console.
pub fn commands(picture: bool) -> impl Iterator<Item = (char, &'static str)> {
    let other = if picture { Before::Text } else { Before::Picture };
    COMMANDS.iter().filter(move |(_, _, before, _)| *before != other).map(|(letter, _, _, what)| (*letter, *what))
}

/// The command of a letter.
pub fn command_of(letter: char) -> Option<Command> {
    let letter = if letter == '.' { 'd' } else { letter };
    COMMANDS.iter().find(|(known, ..)| *known == letter).map(|(_, command, ..)| *command)
}

/// What became of something that was typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is for the guest, and so is what is with it.
    Guest(Vec<Typed>),
    /// Nothing yet: the next key says what it is.
    Held,
    /// The menu is called for.
    Menu,
    /// This is to be done.
    Command(Command),
}

/// See the module.
#[derive(Debug)]
pub struct Escape {
    escapes: Escapes,
    /// At the beginning of a line, as far as one can know.
    begins: bool,
    /// The character was typed there.
    held: bool,
}

impl Escape {
    /// A session begins with the beginning of a line.
    pub fn new(escapes: Escapes) -> Self {
        Self { escapes, begins: true, held: false }
    }

    /// Whether it is the key that calls the menu.
    pub fn is_key(&self, keysym: Keysym, held: Modifiers) -> bool {
        held.control
            && !held.alt
            && self.escapes.control.is_some_and(|ch| keysym.char().map(|ch| ch.to_ascii_lowercase()) == Some(ch))
    }

    /// Takes the next thing that was typed.
    pub fn take(&mut self, typed: Typed) -> Taken {
        let begins = std::mem::take(&mut self.begins);
        let held = std::mem::take(&mut self.held);
        let Typed::Key(keysym, modifiers) = typed else {
            // What comes by itself does not part a Return from what follows it.
            if matches!(typed, Typed::Mouse(_) | Typed::Focus(_) | Typed::KeyUp(_) | Typed::Answer(_)) {
                (self.begins, self.held) = (begins, held);
                return Taken::Guest(vec![typed]);
            }
            return self.give(held, typed);
        };
        if self.is_key(keysym, modifiers) {
            return Taken::Menu;
        }
        let plain = !(modifiers.control || modifiers.alt || modifiers.meta);
        let ch = keysym.char().filter(|_| plain);
        match (ch, self.escapes.tilde) {
            (Some(ch), Some(tilde)) if held => match command_of(ch) {
                _ if ch == tilde => Taken::Guest(vec![typed]),
                Some(command) => Taken::Command(command),
                None => self.give(true, typed),
            },
            (Some(ch), Some(tilde)) if begins && ch == tilde => {
                self.held = true;
                Taken::Held
            }
            _ => {
                self.begins =
                    plain && keysym == Keysym::RETURN || modifiers.control && matches!(ch_of(keysym), Some('c' | 'j'));
                self.give(held, typed)
            }
        }
    }

    fn give(&self, held: bool, typed: Typed) -> Taken {
        let tilde = self.escapes.tilde.filter(|_| held).and_then(Keysym::from_char);
        // It has gone up by now, or its end is not awaited any more.
        let before = tilde.map(|keysym| [Typed::Key(keysym, Modifiers::NONE), Typed::KeyUp(keysym)]);
        Taken::Guest(before.into_iter().flatten().chain([typed]).collect())
    }
}

fn ch_of(keysym: Keysym) -> Option<char> {
    keysym.char()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attach::keys::Keys;

    /// What becomes of what is typed: what the guest gets, and in braces what it does not get.
    fn told(escapes: Escapes, typed: &[u8]) -> String {
        let (mut keys, mut escape, mut told) = (Keys::default(), Escape::new(escapes), String::new());
        for typed in keys.take(typed) {
            match escape.take(typed) {
                Taken::Guest(all) => all.iter().for_each(|one| match one {
                    Typed::Key(Keysym::RETURN, _) => told.push('!'),
                    Typed::Key(keysym, _) => told.extend(keysym.char()),
                    // That of the character.
                    Typed::KeyUp(_) => {}
                    other => told.push_str(&format!("{other:?}")),
                }),
                Taken::Held => {}
                Taken::Menu => told.push_str("{menu}"),
                Taken::Command(command) => told.push_str(&format!("{{{command:?}}}")),
            }
        }
        told
    }

    #[test]
    fn a_character_counts_at_the_beginning_of_a_line() {
        for (typed, expected) in [
            (&b"~."[..], "{Detach}"),
            (b"x~.", "x~."),
            (b"ls\r~.", "ls!{Detach}"),
            (b"\r~~.", "!~."),
            (b"\r~~~.", "!~~."),
            (b"\r~/home", "!~/home"),
            (b"\r~\r~.", "!~!{Detach}"),
            (b"\x03~.", "c{Detach}"),
            (b"\r~\x1d", "!{menu}"),
            (b"\r~?", "!{Help}"),
            (b"\r\x1b[<35;1;1M~.", "!MouseReport { code: 35, column: 0, row: 0, down: true }{Detach}"),
            (b"\r\x1b[200~x\x1b[201~~.", "!Paste(1 bytes)PasteEnd~."),
        ] {
            assert_eq!(told(Escapes::default(), typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn the_key_counts_anywhere_and_all_can_be_changed() {
        let with = |text: &str, typed: &[u8]| told(text.parse().expect(text), typed);
        assert_eq!(told(Escapes::default(), b"a\x1db"), "a{menu}b");
        assert_eq!(with("Ctrl-A", b"\x01\x1d"), "{menu}]");
        assert_eq!(with("Ctrl-^,%", b"\x1e%.~."), "{menu}%.~.");
        assert_eq!(with("Ctrl-^,%", b"\r%.\r~."), "!{Detach}!~.");
        assert_eq!(with("off", b"\x1d~."), "]~.");
    }

    #[test]
    fn every_command_has_a_letter_of_its_own() {
        for (at, (letter, command, _, words)) in COMMANDS.iter().enumerate() {
            assert_eq!(command_of(*letter), Some(*command));
            assert!(!COMMANDS[..at].iter().any(|(other, ..)| other == letter) && words.is_ascii());
        }
        assert_eq!((command_of('.'), command_of('~')), (Some(Command::Detach), None));
    }
}
