//! What viewers ask of a console beside its picture: its text, places in it, a break on its line; and what its operator
//! asks, who looks at nothing. A question goes past the input that waits, and nothing of it is kept once its asker has gone.

use std::ops::Range;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::stream::{Open, Piece, Read};
use super::{Paste, Who};
use crate::geometry::GridSize;
use crate::input::{Keysym, Modifiers};
use crate::surface::Frame;

/// Questions that wait for one console; more are refused.
pub const QUESTION_SLOTS: usize = 64;
/// Lines of the history that are told with the screen when they have left it since: of more, the newest.
pub const TEXT_BACK: u64 = 200;

/// There are too many questions already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// A question, and where its answer goes.
#[derive(Debug)]
pub struct Question {
    /// What is wanted.
    pub ask: Ask,
    /// Closed when nobody waits for it any more. Dropped, there is no answer.
    pub reply: oneshot::Sender<Answer>,
}

/// What is wanted. Its `Debug` shows no text.
pub enum Ask {
    /// A break on the line.
    Break,
    /// To say this over the picture for a while. It is not told of in words: there is no answer.
    Note {
        /// On the left; its end may be cut.
        said: String,
        /// On the right.
        beside: &'static str,
    },
    /// A break, and this key behind it: what a Linux kernel takes for a magic SysRq.
    SysRq(u8),
    /// These lines, as far as they are there; no more than [`MAX_LINES`].
    Lines(Range<u64>),
    /// The newest places where a text is.
    Search(Sought),
    /// What has changed in the text since `told`: the answer comes when something has, and not before that time.
    Text {
        /// What is known already.
        told: Told,
        /// No sooner.
        not_before: Instant,
    },
    /// How it stands.
    Standing,
    /// Its screen as it is now, whoever looks or not.
    Screen(ScreenForm),
    /// These keys, one after the other, as if a viewer had pressed and released them; no more than [`MAX_STROKES`].
    Type(Vec<Stroke>),
    /// To paste this; the answer comes when all of it is typed, or when it was stopped.
    Paste(Who, Paste),
    /// So many cells, whoever looks.
    Resize(GridSize),
    /// To read its bytes: where that begins.
    Open(Open),
    /// What comes next for a reader: the answer comes when there is something.
    Read(Read),
}

/// A key that is pressed and released, and the modifiers that are held meanwhile.
pub type Stroke = (Keysym, Modifiers);

/// Keys that are typed at once.
pub const MAX_STROKES: usize = 4_096;

/// What a screen is told as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenForm {
    /// Rows of text, without the blanks at their ends.
    Text,
    /// Escape sequences that rebuild it, in UTF-8.
    Sequences,
    /// Schema `vncterm-dump/1`, without the rows of the history.
    Json,
    /// The picture that a viewer with the focus would see, with nothing laid over it.
    Picture,
}

/// Lines or places that are told at once.
pub const MAX_LINES: u16 = 1_000;

/// What is searched for.
pub struct Sought {
    /// This.
    pub text: String,
    /// Capital and small letters differ.
    pub match_case: bool,
    /// Where it begins in a line before this one.
    pub before: u64,
    /// So many places; no more than [`MAX_LINES`].
    pub most: u16,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Break => "Break",
            Self::Note { .. } => "Note",
            Self::SysRq(_) => "SysRq",
            Self::Lines(_) => "Lines",
            Self::Search(_) => "Search",
            Self::Text { .. } => "Text",
            Self::Standing => "Standing",
            Self::Screen(_) => "Screen",
            Self::Type(_) => "Type",
            Self::Paste(..) => "Paste",
            Self::Resize(_) => "Resize",
            Self::Open(_) => "Open",
            Self::Read(_) => "Read",
        })
    }
}

/// What comes of a question.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// It cannot be, for this reason.
    Refused(&'static str),
    /// The numbers of the lines there are, and the lines.
    Lines(Range<u64>, Vec<Line>),
    /// Places from the newest, and whether there are older ones.
    Found(Vec<Place>, bool),
    /// What has changed, and what is known now.
    Text(Text, Told),
    /// How it stands.
    Standing(Standing),
    /// The screen, in any form but the picture.
    Screen(ScreenBytes),
    /// The picture.
    Picture(Picture),
    /// What comes next for a reader.
    Piece(Piece),
}

/// How a console stands beside what its [`super::board::About`] tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What became of its source, in words; empty while all is well.
    pub detail: String,
    /// The alternate screen is shown, as full-screen programs do.
    pub alternate: bool,
    /// Lines of the history.
    pub history: usize,
    /// Where the cursor is: row and column, from 0.
    pub cursor: (u16, u16),
    /// Pastes that are not typed yet.
    pub pastes: usize,
}

/// A screen as bytes. Its `Debug` shows a length.
#[derive(Clone, PartialEq, Eq)]
pub struct ScreenBytes(pub Vec<u8>);

impl std::fmt::Debug for ScreenBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ScreenBytes({} bytes)", self.0.len())
    }
}

/// A screen as a picture; equal to itself alone.
#[derive(Clone, Debug)]
pub struct Picture(pub Arc<Frame>);

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Picture {}

/// A line of text. Its `Debug` shows a length.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub number: u64,
    /// It goes on in the next line.
    pub goes_on: bool,
    /// Without the blanks at its end.
    pub text: String,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({}, {} bytes)", self.number, self.text.len())
    }
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line where it begins.
    pub line: Line,
    /// Which characters of that line.
    pub characters: Range<u16>,
}

/// What is to be seen of the text, and which lines of it are new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// It is the alternate screen, whose lines are numbered from 0.
    pub alternate: bool,
    /// The number of the primary screen's first line.
    pub top: u64,
    /// The screen's lines.
    pub rows: u16,
    /// Where the cursor is: row and column, from 0.
    pub cursor: (u16, u16),
    /// Lines, in order.
    pub lines: Vec<Line>,
}

/// What a viewer has been told of a text: nothing, to begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told(Option<Text>);

impl Told {
    /// The lines of a primary screen from `top` on that are to be looked at, with those that have left it since; none
    /// before `oldest`.
    pub fn first_line(&self, top: u64, oldest: u64) -> u64 {
        let before = self.0.as_ref().filter(|told| !told.alternate).map_or(top, |told| told.top.min(top));
        before.max(top.saturating_sub(TEXT_BACK)).max(oldest).min(top)
    }

    /// `now`, whose lines are all that there are to look at, without those that are known; and what is known then. `None`
    /// if nothing is new.
    pub fn news(&self, now: Text) -> Option<(Text, Told)> {
        let known = self.0.as_ref().filter(|told| told.alternate == now.alternate);
        let knows = |line: &Line| {
            let lines = known.map_or(&[][..], |told| &told.lines);
            let at = lines.binary_search_by_key(&line.number, |line| line.number);
            at.is_ok_and(|at| lines[at] == *line)
        };
        let lines: Vec<Line> = now.lines.iter().filter(|line| !knows(line)).cloned().collect();
        let head = |text: &Text| (text.top, text.rows, text.cursor);
        if lines.is_empty() && known.is_some_and(|told| head(told) == head(&now)) {
            return None;
        }
        Some((Text { lines, ..now.clone() }, Self(Some(now))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(top: u64, lines: &[(u64, &str)]) -> Text {
        let lines = lines.iter().map(|(number, text)| Line { number: *number, goes_on: false, text: (*text).into() });
        Text { alternate: false, top, rows: 2, cursor: (0, 0), lines: lines.collect() }
    }

    #[test]
    fn only_what_differs_is_told() {
        let (all, told) = Told::default().news(text(5, &[(5, "a"), (6, "b")])).expect("all is new");
        assert_eq!(all.lines.len(), 2);
        assert_eq!(told.news(text(5, &[(5, "a"), (6, "b")])), None);
        let numbers = |text: &Text| text.lines.iter().map(|line| line.number).collect::<Vec<_>>();
        let (news, told) = told.news(text(6, &[(5, "a"), (6, "b2"), (7, "c")])).expect("news");
        assert_eq!((numbers(&news), news.top), (vec![6, 7], 6));
        let moved = Text { cursor: (1, 0), ..text(6, &[(6, "b2"), (7, "c")]) };
        let (news, told) = told.news(moved).expect("the cursor");
        assert!(news.lines.is_empty());
        let other = Text { alternate: true, ..text(6, &[(0, "vi"), (1, "")]) };
        let (news, told) = told.news(other).expect("another screen");
        assert_eq!(numbers(&news), [0, 1]);
        let (news, _) = told.news(text(6, &[(6, "b2"), (7, "c")])).expect("and back");
        assert_eq!(numbers(&news), [6, 7], "what was told before that is not known any more");
    }

    #[test]
    fn of_what_has_left_the_screen_the_newest_is_told() {
        let (_, told) = Told::default().news(text(5, &[(5, "a"), (6, "b")])).expect("all is new");
        assert_eq!(Told::default().first_line(900, 0), 900);
        assert_eq!((told.first_line(6, 0), told.first_line(6, 6)), (5, 6));
        assert_eq!(told.first_line(1_000, 0), 1_000 - TEXT_BACK);
        assert_eq!(told.first_line(3, 0), 3, "the screen has grown");
    }
}
