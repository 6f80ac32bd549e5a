//! A new size: the primary screen and the history are wrapped anew, the alternate screen is cut or padded.
//!
//! Rows that were wrapped are one line again, and lines are cut into rows of the new width. The cursor stays with its
//! text. What does not fit goes to the history from the top; when there is room again it comes back, but for what the
//! guest had erased. Lines of double width are wrapped at half the columns, and apart from others.

use super::cell::Cell;
use super::cursor::Cursor;
use super::damage::Damage;
use super::grid::{Grid, LineSize};
use super::lines::LinePos;
use super::screen::Screen;
use super::scrollback::{HistoryRow, Scrollback, Tables, trim};
use super::{Mode, Terminal};
use crate::geometry::GridSize;

/// Cells of a line that are wrapped together; a longer line is wrapped in pieces. A guest may print for ever without
/// an end of line, and a new size must not cost more than the history holds.
const MAX_LINE: usize = 65_536;

/// A line being put together from wrapped rows.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: HistoryRow,
}

impl Lines {
    /// Adds a row to the line, of the same size; the number of cells that come before it.
    pub(super) fn push(&mut self, row: HistoryRow) -> usize {
        self.drop_pad(row.cells.first());
        self.line.marks = self.line.marks.with(row.marks);
        self.line.line_size = row.line_size;
        let before = self.line.cells.len();
        for cell in &row.cells {
            self.line.push(*cell, &row);
        }
        before
    }

    /// Whether it is time to cut it, come what may.
    pub(super) fn is_long(&self) -> bool {
        self.line.cells.len() >= MAX_LINE
    }

    /// The last column of a row stays empty when a wide character did not fit there: no part of the text.
    fn drop_pad(&mut self, next: Option<&Cell>) {
        if next.is_some_and(|cell| cell.is_wide()) && self.line.cells.last().is_some_and(|cell| cell.is_empty()) {
            self.line.cells.pop();
        }
    }

    /// Cuts the line into rows of `cols` columns, at least one row, and begins a new line.
    pub(super) fn take(&mut self, cols: u16) -> Vec<HistoryRow> {
        let line = std::mem::take(&mut self.line);
        let cols = line_cols(line.line_size, cols);
        let new_row = || HistoryRow { line_size: line.line_size, ..HistoryRow::default() };
        let mut rows = vec![HistoryRow { marks: line.marks, ..new_row() }];
        for cell in &line.cells {
            if cell.is_spacer() {
                continue;
            }
            let row = rows.last_mut().expect("it begins with one");
            let columns = 1 + usize::from(cell.is_wide());
            if row.cells.len() + columns > usize::from(cols) && !row.cells.is_empty() {
                // A wide character leaves the last column empty when it does not fit.
                row.cells.resize(usize::from(cols), Cell::EMPTY);
                row.wrapped = true;
                rows.push(new_row());
            }
            let row = rows.last_mut().expect("it begins with one");
            if columns > usize::from(cols) {
                row.push(cell.blanked(), &line);
                continue;
            }
            row.push(*cell, &line);
            if cell.is_wide() {
                row.push(cell.as_spacer(), &line);
            }
        }
        rows
    }
}

/// The columns of a line of this size on a screen of `cols`.
fn line_cols(size: LineSize, cols: u16) -> u16 {
    if size == LineSize::Single { cols } else { (cols / 2).max(1) }
}

/// Places in the history that go with its text when that is wrapped anew.
#[derive(Debug)]
pub(super) struct Anchors<'a> {
    places: &'a mut [LinePos],
    /// Those that were not met yet, the newest first.
    ahead: Vec<usize>,
    /// Those of the line being joined, with their offset into it.
    waiting: Vec<(usize, usize)>,
}

impl<'a> Anchors<'a> {
    fn new(places: &'a mut [LinePos]) -> Self {
        let mut ahead: Vec<usize> = (0..places.len()).collect();
        ahead.sort_by_key(|at| std::cmp::Reverse(places[*at]));
        Self { places, ahead, waiting: Vec::new() }
    }

    /// Row number `line` was joined to its line, behind so many cells.
    pub(super) fn join(&mut self, line: u64, before: usize) {
        while let Some(at) = self.ahead.pop_if(|at| self.places[*at].line <= line) {
            // What is older than the history is where that begins.
            let LinePos { line: own, col } = self.places[at];
            self.waiting.push((at, if own == line { before + usize::from(col) } else { before }));
        }
    }

    /// The line was cut into `rows`, of which the first has this number.
    pub(super) fn cut(&mut self, rows: &[HistoryRow], first: u64) {
        for (at, offset) in self.waiting.drain(..) {
            let mark = find(rows, offset, 0, u16::MAX);
            self.places[at] = LinePos { line: first + mark.row as u64, col: mark.offset as u16 };
        }
    }
}

/// A place in the text that must be found again: a row, and cells into it; one more than its last cell when a wrap is
/// pending there.
#[derive(Clone, Copy, Debug)]
struct Mark {
    row: usize,
    offset: usize,
}

impl Mark {
    fn of(cursor: &Cursor) -> Self {
        Self { row: cursor.row.into(), offset: usize::from(cursor.col) + usize::from(cursor.pending_wrap) }
    }

    /// Puts `cursor` where the mark is.
    fn place(self, cursor: &mut Cursor, size: GridSize) {
        let last = size.cols - 1;
        cursor.row = (self.row.min(usize::from(size.rows) - 1)) as u16;
        cursor.col = self.offset.min(usize::from(last)) as u16;
        cursor.depart();
        cursor.pending_wrap = self.offset == usize::from(size.cols);
    }
}

impl Terminal {
    /// Changes the size, cut to 1x1 … [`super::MAX_SIZE`]. Margins are reset, everything is damaged.
    pub fn resize(&mut self, size: GridSize) {
        self.resize_following(size, &mut []);
    }

    /// As [`Terminal::resize`]; the places go with the text that they are at.
    pub fn resize_following(&mut self, size: GridSize, places: &mut [LinePos]) {
        let size = super::clamp(size);
        self.forget_wanted_size();
        if size == self.screen.size() {
            return;
        }
        let screen = &mut self.screen;
        // What is hidden is the primary screen while the alternate is shown; its cursor is the one that was saved.
        let shown_alternate = screen.alternate.then(|| {
            let hidden = screen.hidden.take().unwrap_or_else(|| Grid::new(screen.grid.size()));
            std::mem::replace(&mut screen.grid, hidden)
        });
        let current = screen.cursor;
        if screen.alternate {
            screen.cursor = screen.saved[0].cursor;
        }
        let mut marks = [Mark::of(&screen.cursor), Mark::of(&screen.saved[0].cursor)];
        reflow_primary(screen, &mut self.history, size, &mut marks, places);
        marks[0].place(&mut screen.cursor, size);
        marks[1].place(&mut screen.saved[0].cursor, size);

        match shown_alternate {
            Some(grid) => {
                screen.cursor = current;
                let resized = crop(&grid, size, &mut screen.cursor);
                screen.hidden = Some(std::mem::replace(&mut screen.grid, resized));
            }
            None => screen.hidden = None,
        }
        let mut alternate = Mark::of(&screen.saved[1].cursor);
        alternate.row = alternate.row.min(usize::from(size.rows) - 1);
        alternate.place(&mut screen.saved[1].cursor, size);
        screen.reset_margins();
        screen.tabs.resize(size.cols);
        self.damage = Damage::all(size);
        if self.screen.modes.has(Mode::LeftRightMargins) {
            // Rows that came back from the history may be double ones, of which there are none in this mode.
            self.set_margin_mode(true);
        }
        self.keep_in_row();
        if self.screen.modes.has(Mode::InBandResize) {
            self.report_size();
        }
    }
}

/// Brings the primary screen, which is in `screen.grid`, and the history to `size`. The first mark is the cursor.
fn reflow_primary(
    screen: &mut Screen,
    history: &mut Scrollback,
    size: GridSize,
    marks: &mut [Mark],
    places: &mut [LinePos],
) {
    let old = screen.grid.size();
    let mut rows = unpack(screen, marks);
    if size.cols != old.cols {
        // A line that began in the history is wrapped with its end.
        while history.ends_wrapped() && rows.len() < MAX_LINE / usize::from(old.cols) + usize::from(old.rows) {
            let Some(row) = history.pop() else { break };
            rows.insert(0, row);
            marks.iter_mut().for_each(|mark| mark.row += 1);
        }
        let first = history.end();
        let last = rows.len().saturating_sub(1);
        let on_screen: Vec<usize> = (0..places.len()).filter(|at| places[*at].line >= first).collect();
        let mark = |at: &usize| Mark {
            row: usize::try_from(places[*at].line - first).unwrap_or(last).min(last),
            offset: places[*at].col.into(),
        };
        let mut all: Vec<Mark> = marks.iter().copied().chain(on_screen.iter().map(mark)).collect();
        rows = rewrap(rows, size.cols, &mut all);
        *history = history.rewrapped(size.cols, Anchors::new(places));
        let (own, others) = all.split_at(marks.len());
        marks.copy_from_slice(own);
        for (at, mark) in on_screen.into_iter().zip(others) {
            places[at] = LinePos { line: history.end() + mark.row as u64, col: mark.offset as u16 };
        }
    }
    // Blank rows below the cursor are nothing to keep.
    let lowest = marks[0].row;
    while rows.len() > lowest + 1 && rows.last().is_some_and(|row| row.cells.is_empty()) {
        rows.pop();
    }
    let height = usize::from(size.rows);
    let excess = rows.len().saturating_sub(height).min(lowest);
    for row in rows.drain(..excess) {
        history.push(trim(&row.cells), row.wrapped, row.line_size, &row);
        history.mark_newest(row.marks);
        history.count_returnable();
    }
    marks.iter_mut().for_each(|mark| mark.row = mark.row.saturating_sub(excess));
    while rows.len() < height && history.returnable() > 0 && grew(old, size) {
        let Some(row) = history.pop() else { break };
        rows.insert(0, row);
        marks.iter_mut().for_each(|mark| mark.row += 1);
    }
    screen.grid = Grid::new(size);
    for (row, at) in rows.iter().zip(0..size.rows) {
        put_row(screen, at, row);
    }
    // What the last row went on in may have been cut off.
    screen.grid.set_wrapped(size.rows - 1, false);
}

/// Whether there is room for rows to come back: the screen is higher, or its lines need fewer rows.
fn grew(old: GridSize, new: GridSize) -> bool {
    new.rows > old.rows || new.cols > old.cols
}

/// Row `at` of the screen with tables of its own.
pub(super) fn unpack_row(screen: &Screen, at: u16) -> HistoryRow {
    let grid = &screen.grid;
    let (wrapped, line_size) = (grid.wrapped(at), grid.line_size(at));
    let cells = if wrapped { &grid.row(at)[..usize::from(grid.line_cols(at))] } else { trim(grid.used_cells(at)) };
    let mut row = HistoryRow { wrapped, line_size, marks: grid.marks(at), ..HistoryRow::default() };
    cells.iter().for_each(|cell| row.push(*cell, screen));
    row
}

/// The rows of the primary screen with tables of their own, down to the last with text or a mark.
fn unpack(screen: &Screen, marks: &[Mark]) -> Vec<HistoryRow> {
    let mut rows: Vec<HistoryRow> = (0..screen.grid.size().rows).map(|at| unpack_row(screen, at)).collect();
    let last_mark = marks.iter().map(|mark| mark.row).max().unwrap_or(0);
    while rows.len() > last_mark + 1 && rows.last().is_some_and(|row| row.cells.is_empty()) {
        rows.pop();
    }
    rows
}

/// Joins wrapped rows and cuts the lines again; the marks go with the text.
fn rewrap(rows: Vec<HistoryRow>, screen_cols: u16, marks: &mut [Mark]) -> Vec<HistoryRow> {
    let mut out: Vec<HistoryRow> = Vec::new();
    let mut lines = Lines::default();
    // Marks of the line being joined, with their offset into it.
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    let mut rows = rows.into_iter().enumerate().peekable();
    while let Some((at, row)) = rows.next() {
        let next = rows.peek().map(|(_, next)| next.line_size);
        let ends = !row.wrapped || next != Some(row.line_size);
        let goes_on = row.wrapped && next.is_some();
        let cols = line_cols(row.line_size, screen_cols);
        let before = lines.push(row);
        let here = marks.iter().enumerate().filter(|(_, mark)| mark.row == at);
        waiting.extend(here.map(|(nth, mark)| (nth, before + mark.offset)));
        if ends {
            let mut cut = lines.take(screen_cols);
            if let Some(last) = cut.last_mut() {
                last.wrapped = goes_on;
            }
            for (nth, offset) in waiting.drain(..) {
                marks[nth] = find(&cut, offset, out.len(), cols);
            }
            out.extend(cut);
        }
    }
    out
}

/// Where the cell number `offset` of a line came to lie; the line's first row will be number `first`.
fn find(rows: &[HistoryRow], offset: usize, first: usize, cols: u16) -> Mark {
    let mut left = offset;
    for (at, row) in rows.iter().enumerate() {
        // The column a wide character left empty was not there before.
        let pad = row.wrapped && row.cells.last().is_some_and(|cell| cell.is_empty());
        let cells = row.cells.len() - usize::from(pad);
        if left < cells {
            return Mark { row: first + at, offset: left };
        }
        if at + 1 == rows.len() {
            // Right behind a full row a wrap is pending; anywhere else behind the text is only a place.
            let full = cells == usize::from(cols) && left == cells;
            let offset = if full { left } else { left.min(usize::from(cols) - 1) };
            return Mark { row: first + at, offset };
        }
        left -= cells;
    }
    Mark { row: first, offset: 0 }
}

/// Writes a row into the grid, its clusters and colours into the screen's tables.
pub(super) fn put_row(screen: &mut Screen, at: u16, row: &HistoryRow) {
    screen.grid.set_line_size(at, row.line_size);
    let cols = screen.grid.line_cols(at);
    let len = row.cells.len().min(cols.into());
    for (cell, col) in row.cells[..len].iter().zip(0..cols) {
        let mut own = *cell;
        if let Some(index) = cell.cluster() {
            own = match screen.clusters.intern(row.cluster(index)) {
                Some(index) => own.with_cluster(index),
                None => own.with_base(row.cluster(index).first().copied().unwrap_or(' ')),
            };
        }
        if cell.extra != 0 {
            own.extra = screen.intern_extra(row.extra(cell));
        }
        screen.grid.cells_mut(at, col..col + 1)[0] = own;
    }
    screen.grid.set_wrapped(at, row.wrapped);
    screen.grid.add_marks(at, row.marks);
}

/// The alternate screen in another size: its programs draw it anew, so it is cut right and below, but never above the
/// cursor's row.
fn crop(old: &Grid, size: GridSize, cursor: &mut Cursor) -> Grid {
    let mut grid = Grid::new(size);
    let skip = (cursor.row + 1).saturating_sub(size.rows);
    cursor.row -= skip;
    cursor.col = cursor.col.min(size.cols - 1);
    cursor.depart();
    let cols = old.size().cols.min(size.cols);
    for row in 0..size.rows.min(old.size().rows - skip) {
        let cells = grid.cells_mut(row, 0..cols);
        cells.copy_from_slice(&old.row(row + skip)[..usize::from(cols)]);
        if let Some(last) = cells.last_mut().filter(|cell| cell.is_wide()) {
            *last = last.blanked();
        }
        grid.add_marks(row, old.marks(row + skip));
        if size.cols == old.size().cols {
            grid.set_wrapped(row, old.wrapped(row + skip));
            grid.set_line_size(row, old.line_size(row + skip));
        }
    }
    grid.set_wrapped(size.rows - 1, false);
    grid
}
