//! Pastes, piece by piece, and the brackets around them (DECSET 2004).
//!
//! A paste may take minutes on a slow line, and the console goes on meanwhile: somebody else types, the guest asks for a
//! report. Within the brackets all of that would be taken for pasted text, and what is in brackets must be pasted text
//! and nothing else. Holding it all back until a long paste ends would be worse. So whatever is not of the paste parts
//! it: the bracket is closed before, and another is opened when the paste goes on, if the guest still asks for that. A
//! guest sees two pastes with a key between them, which is what happened.

use super::Terminal;
use super::keyboard::encode_text;
use super::modes::Mode;
use crate::input::cut_text;

/// Before a paste.
const OPEN: &[u8] = b"\x1b[200~";
/// After it.
const CLOSE: &[u8] = b"\x1b[201~";

/// What the guest was told of the paste that is going on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Bracket {
    /// Nothing: there is none, or it did not ask.
    #[default]
    None,
    /// That it has begun; its end is owed.
    Open,
    /// That it has ended, although it goes on.
    Parted,
}

impl Terminal {
    /// A paste begins: the guest is told so if it asked for that (DECSET 2004), and will be told of its end.
    pub fn begin_paste(&mut self) {
        let told = self.screen.modes.has(Mode::BracketedPaste) && self.input.push_keys(OPEN);
        self.bracket = if told { Bracket::Open } else { Bracket::None };
    }

    /// A piece of a paste: line ends as Return, no other controls. What does not fit into the queue is cut off at a
    /// character; whoever pastes waits for the queue to empty and gives no more than fits.
    pub fn paste(&mut self, piece: &str) {
        if self.bracket == Bracket::Parted {
            self.begin_paste();
        }
        let room = self.input.room();
        let mut bytes = Vec::new();
        for ch in cut_text::typed(piece) {
            let mut buffer = [0; 4];
            let Some(encoded) = encode_text(ch, self.scanner.encoding, &mut buffer) else { continue };
            if bytes.len() + encoded.len() > room {
                break;
            }
            bytes.extend_from_slice(encoded);
        }
        self.input.push_keys(&bytes);
    }

    /// The paste ends: a guest that was told of its beginning is told, whatever modes it has set meanwhile.
    pub fn end_paste(&mut self) {
        if std::mem::take(&mut self.bracket) == Bracket::Open {
            self.input.push_keys(CLOSE);
        }
    }

    /// Queues what a key or the pointer makes; dropped when there is no room.
    pub(super) fn push_keys(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() && self.part_paste() {
            self.input.push_keys(bytes);
        }
    }

    /// Queues an answer to the guest; dropped when there is no room.
    pub(super) fn push_answer(&mut self, answer: &[u8]) {
        if self.part_paste() {
            self.input.push_answer(answer);
        }
    }

    /// Closes the bracket of a paste before something that is not of it; whether that may follow now.
    fn part_paste(&mut self) -> bool {
        if self.bracket == Bracket::Open && self.input.push_keys(CLOSE) {
            self.bracket = Bracket::Parted;
        }
        self.bracket != Bracket::Open
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Terminal};
    use crate::geometry::GridSize;
    use crate::input::{KeyEvent, Keysym, Modifiers};

    fn terminal(modes: &[u8]) -> Terminal {
        let mut terminal = Terminal::new(GridSize::new(20, 3), Options::default());
        terminal.feed(modes);
        terminal
    }

    fn key(terminal: &mut Terminal, ch: char) {
        let keysym = Keysym::from_char(ch).expect("a keysym");
        terminal.key(&KeyEvent { keysym, keycode: None, down: true, repeat: false }, Modifiers::NONE);
        terminal.key(&KeyEvent { keysym, keycode: None, down: false, repeat: false }, Modifiers::NONE);
    }

    fn told(terminal: &mut Terminal) -> String {
        String::from_utf8(terminal.take_input()).expect("UTF-8")
    }

    #[test]
    fn nothing_but_the_paste_stands_in_its_brackets() {
        let mut terminal = terminal(b"\x1b[?2004h\x1b[?1004h");
        terminal.begin_paste();
        terminal.paste("one ");
        key(&mut terminal, 'k');
        key(&mut terminal, 'l');
        terminal.paste("two ");
        terminal.feed(b"\x1b[5n");
        terminal.paste("three ");
        terminal.focus(true);
        terminal.paste("four");
        terminal.end_paste();
        let (open, close) = ("\x1b[200~", "\x1b[201~");
        let want = format!("{open}one {close}kl{open}two {close}\x1b[0n{open}three {close}\x1b[I{open}four{close}");
        assert_eq!(told(&mut terminal), want);
    }

    #[test]
    fn a_paste_that_was_parted_last_has_no_second_end() {
        let mut terminal = terminal(b"\x1b[?2004h");
        terminal.begin_paste();
        terminal.paste("text");
        key(&mut terminal, 'k');
        terminal.end_paste();
        assert_eq!(told(&mut terminal), "\x1b[200~text\x1b[201~k");
    }

    #[test]
    fn the_end_is_owed_to_whoever_was_told_of_the_beginning() {
        for change in [&b"\x1b[?2004l"[..], b"\x1bc", b"\x1b[!p"] {
            let mut terminal = terminal(b"\x1b[?2004h");
            terminal.begin_paste();
            terminal.feed(change);
            terminal.paste("text");
            terminal.end_paste();
            assert_eq!(told(&mut terminal), "\x1b[200~text\x1b[201~");
        }
    }

    #[test]
    fn a_part_has_brackets_only_if_the_guest_still_asks() {
        let mut terminal = terminal(b"\x1b[?2004h");
        terminal.begin_paste();
        terminal.paste("one");
        key(&mut terminal, 'k');
        terminal.feed(b"\x1b[?2004l");
        terminal.paste("two");
        terminal.end_paste();
        assert_eq!(told(&mut terminal), "\x1b[200~one\x1b[201~ktwo");
    }

    #[test]
    fn a_paste_that_began_without_brackets_stays_so() {
        let mut terminal = terminal(b"");
        terminal.begin_paste();
        terminal.paste("one");
        terminal.feed(b"\x1b[?2004h");
        key(&mut terminal, 'k');
        terminal.paste("two");
        terminal.end_paste();
        assert_eq!(told(&mut terminal), "onektwo");
    }
}
