//! Searching the text of a terminal, a few rows at a time.
//!
//! What is looked for may go over the ends of rows, since wrapped rows are one line. Upper and lower case are one unless
//! the query has a capital letter. A line of more than [`MAX_LINE`] cells is looked through in pieces. Where the text ends
//! a search goes round to its other end, once.

use std::fmt;
use std::ops::Range;

use super::lines::LinePos;
use super::scrollback::Tables;
use super::{HistoryRow, Terminal};

/// Characters of a query; more are not taken.
pub const MAX_QUERY: usize = 128;
/// Cells of a wrapped line that are joined.
pub const MAX_LINE: usize = 8_192;
/// Rows looked through in one step, give or take the rest of a line; wide screens have fewer.
pub const STEP_ROWS: usize = 256;
/// Cells looked through in one step, likewise.
pub const STEP_CELLS: usize = 32_768;

/// Where it was found: the first cell and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The first cell.
    pub first: LinePos,
    /// The last cell; of a wide character, its left half.
    pub last: LinePos,
}

/// Which way to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// To older lines.
    Oldest,
    /// To newer lines.
    Newest,
}

/// How a search stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is looked for yet.
    Idle,
    /// There is more to look through.
    Looking,
    /// This was found.
    Found,
    /// It is nowhere.
    Nowhere,
}

/// A search for one query.
#[derive(Clone, Default)]
pub struct Search {
    query: String,
    /// The query, folded unless case counts.
    wanted: Vec<char>,
    case_counts: bool,
    found: Option<Match>,
    gone_round: bool,
    seek: Option<Seek>,
    failed: bool,
}

/// Shows no query: a viewer typed it.
impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Search({} characters, {:?}, {:?})", self.wanted.len(), self.standing(), self.found)
    }
}

/// Where a search goes on.
#[derive(Clone, Copy, Debug)]
struct Seek {
    towards: Towards,
    /// A row of the line to look through next.
    line: u64,
    /// Only what lies beyond this place counts.
    beyond: LinePos,
    /// Nothing was looked through yet, so that the line may go on to both sides of that row.
    fresh: bool,
    /// It came from the other end of the text, and anything counts.
    round: bool,
}

/// A line put together from its rows.
#[derive(Debug, Default)]
struct Joined {
    first: u64,
    last: u64,
    text: Vec<char>,
    /// The cell of each character.
    places: Vec<LinePos>,
}

impl Seek {
    /// Goes on from an end of `lines`, since its line is not among them: it is newer than all, or the oldest have gone, or
    /// all have been looked through. `None`: there is nowhere to go.
    fn at_an_end(self, lines: &Range<u64>) -> Option<Self> {
        match self.towards {
            Towards::Oldest if self.line >= lines.end && !lines.is_empty() => {
                Some(Self { line: lines.end - 1, ..self })
            }
            Towards::Newest if self.line < lines.start => Some(Self { line: lines.start, ..self }),
            _ => self.other_end(lines),
        }
    }

    /// Goes on from the other end of `lines`, if it has not come from there.
    fn other_end(self, lines: &Range<u64>) -> Option<Self> {
        if self.round || lines.is_empty() {
            return None;
        }
        let line = match self.towards {
            Towards::Oldest => lines.end - 1,
            Towards::Newest => lines.start,
        };
        Some(Self { line, fresh: true, round: true, ..self })
    }
}

impl Search {
    /// What is looked for.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// What was found last.
    pub fn found(&self) -> Option<Match> {
        self.found
    }

    /// Whether what was found last lies beyond the end of the text, as seen from where it was looked for.
    pub fn has_gone_round(&self) -> bool {
        self.gone_round
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        match (&self.seek, self.failed, self.found) {
            (Some(_), ..) => Standing::Looking,
            (None, true, _) => Standing::Nowhere,
            (None, false, Some(_)) => Standing::Found,
            (None, false, None) => Standing::Idle,
        }
    }

    /// Looks for something else from now on: from line `from` towards the oldest. What `query` has more than
    /// [`MAX_QUERY`] characters is cut off.
    pub fn look_for(&mut self, query: &str, from: u64) {
        let case_counts = query.chars().take(MAX_QUERY).any(char::is_uppercase);
        self.look_exactly_for(query, from, case_counts);
    }

    /// Likewise; whether upper and lower case differ is told.
    pub fn look_exactly_for(&mut self, query: &str, from: u64, case_counts: bool) {
        self.query = query.chars().take(MAX_QUERY).collect();
        self.case_counts = case_counts;
        self.wanted = self.query.chars().map(|ch| self.fold(ch)).collect();
        (self.found, self.gone_round, self.failed, self.seek) = (None, false, false, None);
        if !self.wanted.is_empty() {
            let beyond = LinePos { line: from, col: u16::MAX };
            self.seek = Some(Seek { towards: Towards::Oldest, line: from, beyond, fresh: true, round: false });
        }
    }

    /// Looks for the next one from the last one found.
    pub fn look_on(&mut self, towards: Towards) {
        if let Some(found) = self.found {
            self.failed = false;
            self.seek = Some(Seek { towards, line: found.first.line, beyond: found.first, fresh: true, round: false });
        }
    }

    /// The text has been wrapped anew, and places mean others: nothing is found any more.
    pub fn forget_places(&mut self) {
        (self.found, self.seek, self.failed) = (None, None, false);
    }

    /// Looks through the next rows. Whether something new was found.
    pub fn step(&mut self, terminal: &Terminal) -> bool {
        let (mut rows, mut cells) = (0, 0);
        while let Some(seek) = self.seek {
            if rows >= STEP_ROWS || cells >= STEP_CELLS {
                return false;
            }
            let lines = terminal.lines();
            if !lines.contains(&seek.line) {
                self.seek = seek.at_an_end(&lines);
                self.failed = self.seek.is_none();
                continue;
            }
            let joined = self.join(seek.line, seek.towards, seek.fresh, terminal);
            rows += (joined.last - joined.first) as usize + 1;
            cells += joined.text.len();
            let next = match seek.towards {
                Towards::Oldest => self.matches(&joined).rfind(|found| seek.round || found.first < seek.beyond),
                Towards::Newest => self.matches(&joined).find(|found| seek.round || found.first > seek.beyond),
            };
            if next.is_some() {
                (self.found, self.gone_round, self.seek) = (next, seek.round, None);
                return true;
            }
            self.seek = match seek.towards {
                Towards::Newest => Some(Seek { line: joined.last + 1, fresh: false, ..seek }),
                Towards::Oldest => match joined.first.checked_sub(1) {
                    Some(line) => Some(Seek { line, fresh: false, ..seek }),
                    None => seek.other_end(&lines),
                },
            };
            self.failed = self.seek.is_none();
        }
        false
    }

    /// All there is to be found in the rows from `first` to `last`, in order.
    pub fn all_in(&self, first: u64, last: u64, terminal: &Terminal) -> Vec<Match> {
        let mut all = Vec::new();
        let (mut line, mut fresh) = (first, true);
        while line <= last && !self.wanted.is_empty() && terminal.lines().contains(&line) {
            let joined = self.join(line, Towards::Newest, fresh, terminal);
            all.extend(self.matches(&joined).filter(|found| found.last.line >= first && found.first.line <= last));
            (line, fresh) = (joined.last + 1, false);
        }
        all
    }

    fn fold(&self, ch: char) -> char {
        if self.case_counts { ch } else { ch.to_lowercase().next().unwrap_or(ch) }
    }

    /// The line that row `number` is of, as far as it was not looked through: what lies behind the row, as seen towards
    /// where it goes, was, unless this is the first look. Of one that is too long, the part next to the row.
    fn join(&self, number: u64, towards: Towards, fresh: bool, terminal: &Terminal) -> Joined {
        let cols = usize::from(terminal.screen().size().cols).max(1);
        let most = (MAX_LINE / cols).max(1) as u64;
        let wrapped = |line: u64| terminal.is_wrapped(line);
        let (mut first, mut last) = (number, number);
        if fresh || towards == Towards::Newest {
            while last - number < most && wrapped(last) {
                last += 1;
            }
        }
        if fresh || towards == Towards::Oldest {
            while number - first < most && first > terminal.lines().start && wrapped(first - 1) {
                first -= 1;
            }
        }
        let mut joined = Joined { first, last, ..Joined::default() };
        for line in first..=last {
            if let Some(row) = terminal.line(line) {
                self.push(&mut joined, line, &row);
            }
        }
        joined
    }

    fn push(&self, joined: &mut Joined, line: u64, row: &HistoryRow) {
        // An empty last column of a row that goes on is no part of the text.
        let cells = super::scrollback::trim(&row.cells);
        for (col, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_spacer()) {
            let mut push = |ch: char| {
                joined.text.push(self.fold(ch));
                joined.places.push(LinePos { line, col });
            };
            match cell.cluster() {
                Some(index) => row.cluster(index).iter().for_each(|ch| push(*ch)),
                None => push(cell.char().unwrap_or(' ')),
            }
        }
    }

    /// Where it is in a line; one that overlaps another counts too.
    fn matches<'a>(&'a self, joined: &'a Joined) -> impl DoubleEndedIterator<Item = Match> + 'a {
        let length = self.wanted.len().max(1);
        let windows = joined.text.windows(length).enumerate();
        let here = windows.filter(move |(_, text)| *text == self.wanted.as_slice());
        here.map(move |(at, _)| Match { first: joined.places[at], last: joined.places[at + length - 1] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::Options;

    fn terminal(cols: u16, text: &str) -> Terminal {
        let mut terminal = Terminal::new(GridSize::new(cols, 4), Options::default());
        terminal.feed(text.as_bytes());
        terminal
    }

    /// Where the next one is, and how many steps it took.
    fn next(search: &mut Search, terminal: &Terminal) -> (Option<(u64, u16)>, usize) {
        let mut steps = 0;
        while search.standing() == Standing::Looking {
            search.step(terminal);
            steps += 1;
        }
        let found = search.found().filter(|_| search.standing() == Standing::Found);
        (found.map(|found| (found.first.line, found.first.col)), steps)
    }

    #[test]
    fn it_goes_from_the_newest_to_the_oldest_and_back() {
        let terminal = terminal(20, "an error\r\nnone\r\nError and error\r\n1\r\n2\r\n3\r\n4\r\n5");
        let mut search = Search::default();
        assert_eq!(search.standing(), Standing::Idle);
        search.look_for("error", 100);
        assert_eq!(next(&mut search, &terminal).0, Some((2, 10)));
        let mut steps = vec![];
        for towards in [Towards::Oldest, Towards::Oldest, Towards::Oldest, Towards::Newest, Towards::Newest] {
            search.look_on(towards);
            steps.push(next(&mut search, &terminal).0);
        }
        assert_eq!(steps, [Some((2, 0)), Some((0, 3)), Some((2, 10)), Some((0, 3)), Some((2, 0))]);
        assert!(!search.has_gone_round());
        search.look_for("error", 1);
        assert_eq!(next(&mut search, &terminal).0, Some((0, 3)), "from where somebody looks");
        search.look_for("Error", 100);
        assert_eq!(next(&mut search, &terminal).0, Some((2, 0)), "a capital counts");
        search.look_for("nothing", 100);
        assert_eq!((next(&mut search, &terminal).0, search.standing()), (None, Standing::Nowhere));
        search.look_for("none", 0);
        assert_eq!((next(&mut search, &terminal).0, search.has_gone_round()), (Some((1, 0)), true), "newer than that");
        search.look_on(Towards::Oldest);
        assert_eq!((next(&mut search, &terminal).0, search.has_gone_round()), (Some((1, 0)), true), "the only one");
        search.look_for("an", 0);
        assert_eq!(next(&mut search, &terminal).0, Some((0, 0)));
        search.look_on(Towards::Newest);
        assert_eq!(next(&mut search, &terminal).0, Some((2, 6)));
        search.look_on(Towards::Newest);
        assert_eq!(next(&mut search, &terminal).0, Some((0, 0)), "the very first cell, too");
        search.look_for("", 100);
        assert_eq!(search.standing(), Standing::Idle);
    }

    #[test]
    fn it_goes_over_the_ends_of_rows_and_knows_wide_characters_and_marks() {
        let terminal = terminal(10, "0123456needle\r\nnine char漢字\r\ncafe\u{301} ÄRGER");
        let mut search = Search::default();
        for (query, first, last) in
            [("needle", (0, 7), (1, 2)), ("r漢字", (2, 8), (3, 2)), ("fe\u{301} ärger", (4, 2), (4, 9))]
        {
            search.look_for(query, 100);
            assert_eq!(next(&mut search, &terminal).0, Some(first), "{query}");
            let end = search.found().expect("found").last;
            assert_eq!((end.line, end.col), last, "{query}");
        }
        search.look_for("e", 100);
        let all: Vec<(u64, u16)> =
            search.all_in(1, 2, &terminal).into_iter().map(|found| (found.first.line, found.first.col)).collect();
        assert_eq!(all, [(1, 2), (2, 3)]);
    }

    #[test]
    fn steps_and_queries_are_bounded() {
        let mut terminal = terminal(80, "needle\r\n");
        terminal.feed("a line as logs have them, of some length or other\r\n".repeat(9_000).as_bytes());
        let mut search = Search::default();
        search.look_for("needle", u64::MAX);
        let (found, steps) = next(&mut search, &terminal);
        assert_eq!(found, Some((0, 0)));
        assert!(steps >= 9_000 / STEP_ROWS, "{steps}");
        search.look_for(&"x".repeat(1_000), 0);
        assert_eq!(search.query().len(), MAX_QUERY);
        // A line without end is looked through in pieces.
        let mut endless = Terminal::new(GridSize::new(80, 4), Options::default());
        endless.feed(&b"needle".iter().copied().chain([b'x'; 20 * MAX_LINE]).collect::<Vec<u8>>());
        search.look_for("needle", u64::MAX);
        let (found, steps) = next(&mut search, &endless);
        assert_eq!(found, Some((0, 0)));
        assert!(steps >= 20 * MAX_LINE / (STEP_CELLS + 2 * MAX_LINE), "{steps}");
    }
}
