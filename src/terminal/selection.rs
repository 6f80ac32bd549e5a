//! Text that a viewer has marked: which cells, which text, and whether it still stands there.
//!
//! A selection runs from one place in the text to another, by characters, words or lines; or it is a block of columns.
//! Its places are numbers of lines, so that it stays with its text while that scrolls.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::cell::Cell;
use super::lines::LinePos;
use super::scrollback::{Tables, trim};
use super::{HistoryRow, Terminal};

/// Bytes of a selection's text, in UTF-8; of a longer one nothing is copied.
pub const MAX_TEXT: usize = 256 * 1024;
/// Rows that are taken for one wrapped line, up and down from where somebody pointed.
pub const MAX_WRAPPED: usize = 1_024;

/// Characters beside letters, digits and `_` that do not end a word: those of addresses and paths.
const WORD: &str = "!#%&+,-./:=?@~";

/// What is marked at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Characters.
    Character,
    /// Words.
    Word,
    /// Lines, with all the rows that they are wrapped into.
    Line,
    /// Columns, in all rows from the first to the last.
    Block,
}

/// Where a pointer is in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The number of the line.
    pub line: u64,
    /// The cell that it is over.
    pub cell: u16,
    /// The border between cells that is nearest, 0 being left of the first.
    pub border: u16,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Selection {
    unit: Unit,
    /// The end that stays where it is.
    anchor: Spot,
    /// Its first cell, and the one after its last; of a block, of its columns and rows.
    start: LinePos,
    end: LinePos,
    /// Lines before this one cannot change any more.
    live_from: u64,
    /// What stood in the others.
    print: u64,
}

impl Selection {
    /// Begins at `spot`: with the word or line there, or else with nothing.
    pub fn begin(unit: Unit, spot: Spot, terminal: &Terminal) -> Self {
        let nowhere = LinePos { line: spot.line, col: spot.border };
        let mut selection = Self { unit, anchor: spot, start: nowhere, end: nowhere, live_from: 0, print: 0 };
        selection.drag(spot, terminal);
        selection
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        match self.unit {
            Unit::Block => self.start.col >= self.end.col,
            _ => self.start >= self.end,
        }
    }

    /// The end that moves is at `spot` now.
    pub fn drag(&mut self, spot: Spot, terminal: &Terminal) {
        let (from, to) = if (self.anchor.line, self.anchor.border) <= (spot.line, spot.border) {
            (self.anchor, spot)
        } else {
            (spot, self.anchor)
        };
        let mut text = Text::of(terminal);
        (self.start, self.end) = match self.unit {
            Unit::Character => {
                let place = |spot: Spot| LinePos { line: spot.line, col: spot.border };
                (place(from), place(to))
            }
            Unit::Word => (text.word(from).0, text.word(to).1),
            Unit::Line => (text.line(from.line).0, text.line(to.line).1),
            Unit::Block => {
                let (left, right) = (from.border.min(to.border), from.border.max(to.border));
                (LinePos { line: from.line, col: left }, LinePos { line: to.line, col: right })
            }
        };
        // A click in the middle of a wide character marks nothing.
        if self.unit == Unit::Character && self.start < self.end {
            self.start.col -= u16::from(text.is_spacer(self.start));
            self.end.col += u16::from(text.is_spacer(self.end));
        }
        self.remember(terminal);
    }

    /// Its nearer end comes to `spot`, and moves from now on.
    pub fn extend(&mut self, spot: Spot, terminal: &Terminal) {
        let cols = u64::from(terminal.screen().size().cols);
        let linear = |line: u64, col: u16| line.saturating_mul(cols).saturating_add(col.into());
        let at = linear(spot.line, spot.border);
        let (first, last) = (linear(self.start.line, self.start.col), linear(self.end.line, self.end.col));
        self.anchor = if at.abs_diff(first) < at.abs_diff(last) {
            Spot { line: self.end.line, cell: self.end.col.saturating_sub(1), border: self.end.col }
        } else {
            Spot { line: self.start.line, cell: self.start.col, border: self.start.col }
        };
        self.drag(spot, terminal);
    }

    /// The cells of a line that are marked, as far as it has them.
    pub fn columns(&self, line: u64) -> Range<u16> {
        if self.is_empty() || !(self.start.line..=self.end.line).contains(&line) {
            return 0..0;
        }
        let block = self.unit == Unit::Block;
        let start = if block || line == self.start.line { self.start.col } else { 0 };
        let end = if block || line == self.end.line { self.end.col } else { u16::MAX };
        start..end
    }

    /// Its text: wrapped lines in one, without blanks at the ends of lines, with a line feed between them. `None` when it
    /// is longer than [`MAX_TEXT`].
    pub fn text(&self, terminal: &Terminal) -> Option<String> {
        let mut out = String::new();
        if self.is_empty() {
            return Some(out);
        }
        for number in self.start.line..=self.end.line {
            let Some(row) = terminal.line(number) else { continue };
            let kept = out.len();
            let cells = whole_pairs(&row, self.columns(number));
            let goes_on = row.wrapped && self.unit != Unit::Block;
            // The last column of a row that goes on is empty where a wide character did not fit.
            let used = if goes_on { trim(&row.cells).len() } else { row.cells.len() };
            push_text(&mut out, &row, cells.start.min(used)..cells.end.min(used));
            if !goes_on {
                let length = out[kept..].trim_end_matches(' ').len();
                out.truncate(kept + length);
            }
            if number < self.end.line && !goes_on {
                out.push('\n');
            }
            if out.len() > MAX_TEXT {
                return None;
            }
        }
        Some(out)
    }

    /// Whether what was marked still stands there. Asked after each change of the screen that is looked at.
    pub fn holds(&mut self, terminal: &Terminal) -> bool {
        let holds = self.start.line >= terminal.lines().start && self.print_of(terminal) == self.print;
        if holds {
            self.remember(terminal);
        }
        holds
    }

    /// What is history cannot change any more; only the rest is compared.
    fn remember(&mut self, terminal: &Terminal) {
        self.live_from = terminal.history().end();
        self.print = self.print_of(terminal);
    }

    fn print_of(&self, terminal: &Terminal) -> u64 {
        let mut hasher = DefaultHasher::new();
        for number in self.live_from.max(self.start.line)..=self.end.line {
            let Some(row) = terminal.line(number) else { continue };
            let mut text = String::new();
            push_text(&mut text, &row, whole_pairs(&row, self.columns(number)));
            text.trim_end_matches(' ').hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// `columns` of a row, as far as it has them, with all of the wide characters at their ends.
pub(super) fn whole_pairs(row: &HistoryRow, columns: Range<u16>) -> Range<usize> {
    let spacer = |at: usize| row.cells.get(at).is_some_and(|cell| cell.is_spacer());
    let end = usize::from(columns.end).min(row.cells.len());
    let start = usize::from(columns.start).min(end);
    if start == end {
        return start..end;
    }
    start - usize::from(spacer(start) && start > 0)..end + usize::from(spacer(end))
}

/// Appends the text of some cells of a row.
pub(super) fn push_text(out: &mut String, row: &HistoryRow, cells: Range<usize>) {
    for cell in row.cells[cells].iter().filter(|cell| !cell.is_spacer()) {
        match cell.cluster() {
            Some(index) => out.extend(row.cluster(index)),
            None => out.push(cell.char().unwrap_or(' ')),
        }
    }
}

/// What belongs together when words are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Word,
    Blank,
    /// Any other character goes with its like (xterm's `charClass`).
    Other(char),
}

/// The lines of a terminal, of which one is kept unpacked.
struct Text<'a> {
    terminal: &'a Terminal,
    cols: u16,
    last: Option<(u64, HistoryRow)>,
}

impl<'a> Text<'a> {
    fn of(terminal: &'a Terminal) -> Self {
        Self { terminal, cols: terminal.screen().size().cols, last: None }
    }

    fn row(&mut self, number: u64) -> Option<&HistoryRow> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != number) {
            self.last = Some((number, self.terminal.line(number)?));
        }
        self.last.as_ref().map(|(_, row)| row)
    }

    fn is_spacer(&mut self, pos: LinePos) -> bool {
        let cell = self.row(pos.line).and_then(|row| row.cells.get(usize::from(pos.col)));
        cell.is_some_and(|cell| cell.is_spacer())
    }

    fn goes_on(&self, number: u64) -> bool {
        self.terminal.is_wrapped(number)
    }

    /// The first and the last row of the line that row `number` is of.
    fn rows(&mut self, number: u64) -> (u64, u64) {
        let (mut first, mut last) = (number, number);
        for _ in 0..MAX_WRAPPED {
            match first.checked_sub(1) {
                Some(above) if self.goes_on(above) => first = above,
                _ => break,
            }
        }
        for _ in 0..MAX_WRAPPED {
            if !self.goes_on(last) {
                break;
            }
            last += 1;
        }
        (first, last)
    }

    /// All of the line that row `number` is of.
    fn line(&mut self, number: u64) -> (LinePos, LinePos) {
        let (first, last) = self.rows(number);
        (LinePos { line: first, col: 0 }, LinePos { line: last, col: self.cols })
    }

    fn class(&mut self, pos: LinePos) -> Class {
        let Some(row) = self.row(pos.line) else { return Class::Blank };
        let at = usize::from(pos.col);
        let at = at - usize::from(at > 0 && row.cells.get(at).is_some_and(|cell| cell.is_spacer()));
        let cell = row.cells.get(at).copied().unwrap_or(Cell::EMPTY);
        let base = cell.cluster().and_then(|index| row.cluster(index).first().copied());
        match base.or(cell.char()) {
            None | Some(' ' | '\u{a0}' | '\u{3000}') => Class::Blank,
            Some(ch) if ch.is_alphanumeric() || ch == '_' || WORD.contains(ch) => Class::Word,
            Some(ch) => Class::Other(ch),
        }
    }

    /// The word at `spot`, or what else belongs together there, across the ends of rows.
    fn word(&mut self, spot: Spot) -> (LinePos, LinePos) {
        let (first, last) = self.rows(spot.line);
        let here = LinePos { line: spot.line, col: spot.cell.min(self.cols - 1) };
        let class = self.class(here);
        let (mut start, mut end) = (here, here);
        while let Some(before) = self.before(start, first).filter(|pos| self.class(*pos) == class) {
            start = before;
        }
        while let Some(after) = self.after(end, last).filter(|pos| self.class(*pos) == class) {
            end = after;
        }
        (start, LinePos { col: end.col + 1, ..end })
    }

    /// The last cell of a row that goes on: its last column, unless that was left empty by a wide character.
    fn last_cell(&mut self, line: u64) -> u16 {
        let used = self.row(line).map_or(0, |row| trim(&row.cells).len());
        u16::try_from(used).unwrap_or(self.cols).clamp(1, self.cols) - 1
    }

    fn before(&mut self, pos: LinePos, first: u64) -> Option<LinePos> {
        match pos.col.checked_sub(1) {
            Some(col) => Some(LinePos { col, ..pos }),
            None if pos.line > first => {
                let line = pos.line - 1;
                Some(LinePos { line, col: self.last_cell(line) })
            }
            None => None,
        }
    }

    fn after(&mut self, pos: LinePos, last: u64) -> Option<LinePos> {
        let edge = if pos.line < last { self.last_cell(pos.line) } else { self.cols - 1 };
        match pos.col {
            col if col < edge => Some(LinePos { col: col + 1, ..pos }),
            _ if pos.line < last => Some(LinePos { line: pos.line + 1, col: 0 }),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "selection_tests.rs"]
mod tests;
