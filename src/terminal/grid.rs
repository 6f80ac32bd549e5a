//! The cells of one screen: rows that can be exchanged without copying a cell.
//!
//! ```text
//!   order   2 0 1          row 0 of the screen is slot 2: a scroll by one has gone over it
//!   slots   |slot 0|slot 1|slot 2|      each `cols` cells, never moved
//! ```
//!
//! A scroll rotates a part of `order`. Each slot knows how many of its cells may hold anything, so that clearing a
//! short line, and putting it into the history, costs what the line is long and not what the screen is wide.

use std::ops::Range;

use super::cell::Cell;
use super::shell::Marks;
use crate::geometry::GridSize;

/// How a row is displayed (DECSWL, DECDWL, DECDHL).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineSize {
    /// One cell, one place.
    #[default]
    Single,
    /// Each character twice as wide; the right half of the row is not shown.
    DoubleWidth,
    /// The upper half of a line twice as high and wide.
    DoubleTop,
    /// The lower half of it.
    DoubleBottom,
}

#[derive(Clone, Copy, Debug, Default)]
struct RowState {
    /// Cells from here on are [`Cell::EMPTY`].
    used: u16,
    wrapped: bool,
    line_size: LineSize,
    marks: Marks,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Grid {
    size: GridSize,
    cells: Vec<Cell>,
    rows: Vec<RowState>,
    order: Vec<u16>,
}

impl Grid {
    /// An empty grid.
    pub fn new(size: GridSize) -> Self {
        let rows = usize::from(size.rows);
        Self {
            size,
            cells: vec![Cell::EMPTY; rows * usize::from(size.cols)],
            rows: vec![RowState::default(); rows],
            order: (0..size.rows).collect(),
        }
    }

    /// Its size.
    pub fn size(&self) -> GridSize {
        self.size
    }

    #[inline]
    fn slot(&self, row: u16) -> usize {
        usize::from(self.order[usize::from(row)])
    }

    #[inline]
    fn slot_cells(&self, slot: usize) -> Range<usize> {
        let cols = usize::from(self.size.cols);
        slot * cols..(slot + 1) * cols
    }

    /// The cells of `row`.
    #[inline]
    pub fn row(&self, row: u16) -> &[Cell] {
        &self.cells[self.slot_cells(self.slot(row))]
    }

    /// The cells of `row` up to the last that may hold anything.
    pub fn used_cells(&self, row: u16) -> &[Cell] {
        let slot = self.slot(row);
        &self.cells[self.slot_cells(slot)][..usize::from(self.rows[slot].used)]
    }

    /// The cells `cols` of `row`, to be written; they count as used.
    #[inline]
    pub fn cells_mut(&mut self, row: u16, cols: Range<u16>) -> &mut [Cell] {
        let slot = self.slot(row);
        let state = &mut self.rows[slot];
        state.used = state.used.max(cols.end);
        let start = slot * usize::from(self.size.cols);
        &mut self.cells[start + usize::from(cols.start)..start + usize::from(cols.end)]
    }

    /// Whether the text of `row` goes on in the next.
    pub fn wrapped(&self, row: u16) -> bool {
        self.rows[self.slot(row)].wrapped
    }

    /// Says whether the text of `row` goes on in the next.
    #[inline]
    pub fn set_wrapped(&mut self, row: u16, wrapped: bool) {
        let slot = self.slot(row);
        self.rows[slot].wrapped = wrapped;
    }

    /// What a shell began in `row`.
    pub fn marks(&self, row: u16) -> Marks {
        self.rows[self.slot(row)].marks
    }

    /// Says that a shell began this too in `row`. It is forgotten when all of the row is cleared.
    pub fn add_marks(&mut self, row: u16, marks: Marks) {
        let slot = self.slot(row);
        let state = &mut self.rows[slot];
        state.marks = state.marks.with(marks);
    }

    /// How `row` is displayed.
    #[inline]
    pub fn line_size(&self, row: u16) -> LineSize {
        self.rows[self.slot(row)].line_size
    }

    /// Changes how `row` is displayed.
    pub fn set_line_size(&mut self, row: u16, line_size: LineSize) {
        let slot = self.slot(row);
        self.rows[slot].line_size = line_size;
    }

    /// The columns of `row`: half of them when it is of double width.
    #[inline]
    pub fn line_cols(&self, row: u16) -> u16 {
        match self.line_size(row) {
            LineSize::Single => self.size.cols,
            _ => (self.size.cols / 2).max(1),
        }
    }

    /// Makes every row one of single width; calls `changed` with each that was not.
    pub fn reset_line_sizes(&mut self, mut changed: impl FnMut(u16)) {
        for row in 0..self.size.rows {
            if self.line_size(row) != LineSize::Single {
                self.set_line_size(row, LineSize::Single);
                changed(row);
            }
        }
    }

    /// Makes all of `row` `blank`, and no longer wrapped.
    pub fn clear_row(&mut self, row: u16, blank: Cell) {
        let slot = self.slot(row);
        self.clear_slot(slot, blank);
    }

    #[inline]
    fn clear_slot(&mut self, slot: usize, blank: Cell) {
        let start = slot * usize::from(self.size.cols);
        let state = &mut self.rows[slot];
        if blank == Cell::EMPTY {
            self.cells[start..start + usize::from(state.used)].fill(Cell::EMPTY);
            *state = RowState::default();
        } else {
            self.cells[start..start + usize::from(self.size.cols)].fill(blank);
            *state = RowState { used: self.size.cols, ..RowState::default() };
        }
    }

    /// Makes `cols` of `row` `blank`.
    pub fn fill(&mut self, row: u16, cols: Range<u16>, blank: Cell) {
        let slot = self.slot(row);
        let used = self.rows[slot].used;
        let range = self.slot_cells(slot);
        let cells = &mut self.cells[range];
        if blank == Cell::EMPTY {
            let end = cols.end.min(used);
            if cols.start < end {
                cells[usize::from(cols.start)..usize::from(end)].fill(Cell::EMPTY);
                if end == used {
                    self.rows[slot].used = cols.start;
                }
            }
        } else {
            cells[usize::from(cols.start)..usize::from(cols.end)].fill(blank);
            self.rows[slot].used = used.max(cols.end);
        }
    }

    /// Moves the content of `rows` up by `count` rows and makes the uncovered ones `blank`. Text no longer goes on
    /// where it is torn apart.
    pub fn scroll_up(&mut self, rows: Range<u16>, count: u16, blank: Cell) {
        let count = count.min(rows.end - rows.start);
        self.set_wrapped(rows.end - 1, false);
        if rows.start > 0 {
            self.set_wrapped(rows.start - 1, false);
        }
        self.order[usize::from(rows.start)..usize::from(rows.end)].rotate_left(usize::from(count));
        for row in rows.end - count..rows.end {
            self.clear_row(row, blank);
        }
    }

    /// Moves the content of `rows` down by `count` rows and makes the uncovered ones `blank`.
    pub fn scroll_down(&mut self, rows: Range<u16>, count: u16, blank: Cell) {
        let count = count.min(rows.end - rows.start);
        self.set_wrapped(rows.end - 1 - count.min(rows.end - rows.start - 1), false);
        if rows.start > 0 {
            self.set_wrapped(rows.start - 1, false);
        }
        self.order[usize::from(rows.start)..usize::from(rows.end)].rotate_right(usize::from(count));
        for row in rows.start..rows.start + count {
            self.clear_row(row, blank);
        }
    }

    /// Moves the cells `cols` of `rows` up by `up` rows (down, if negative) and makes the uncovered ones `blank`. No wide
    /// character may lie half in `cols`.
    pub fn scroll_cells(&mut self, rows: Range<u16>, cols: Range<u16>, up: i32, blank: Cell) {
        let height = rows.end - rows.start;
        let count = up.unsigned_abs().min(height.into()) as u16;
        // Text no longer goes on where it is torn apart.
        for row in rows.clone() {
            if cols.end == self.size.cols {
                self.set_wrapped(row, false);
            }
            if cols.start == 0 && row > 0 {
                self.set_wrapped(row - 1, false);
            }
        }
        for nth in 0..height {
            let row = if up > 0 { rows.start + nth } else { rows.end - 1 - nth };
            if nth < height - count {
                let from = if up > 0 { row + count } else { row - count };
                self.copy_cells(from, row, cols.clone());
            } else {
                self.fill(row, cols.clone(), blank);
            }
        }
    }

    /// Copies the cells `cols` of row `from` to row `to`.
    fn copy_cells(&mut self, from: u16, to: u16, cols: Range<u16>) {
        if self.used(from) <= cols.start {
            return self.fill(to, cols, Cell::EMPTY);
        }
        let width = usize::from(self.size.cols);
        let (source, target) = (self.slot(from) * width, self.slot(to) * width + usize::from(cols.start));
        self.cells.copy_within(source + usize::from(cols.start)..source + usize::from(cols.end), target);
        self.set_used(to, self.used(to).max(cols.end));
    }

    /// Shifts the cells of `row` from `col` up to `end` right by `count`; what leaves at `end` is lost.
    pub fn insert_cells(&mut self, row: u16, cols: Range<u16>, count: u16, blank: Cell) {
        let count = count.min(cols.end - cols.start);
        let cells = self.cells_mut(row, cols.clone());
        let kept = cells.len() - usize::from(count);
        cells.copy_within(..kept, usize::from(count));
        cells[..usize::from(count)].fill(blank);
    }

    /// Shifts the cells of `row` in `cols` left by `count`, filling from the right.
    pub fn delete_cells(&mut self, row: u16, cols: Range<u16>, count: u16, blank: Cell) {
        let count = count.min(cols.end - cols.start);
        let cells = self.cells_mut(row, cols.clone());
        let kept = cells.len() - usize::from(count);
        cells.copy_within(usize::from(count).., 0);
        cells[kept..].fill(blank);
    }

    /// Before writing over `cols` of `row`: a wide character that would lose one half loses both.
    #[inline]
    pub fn split_wide(&mut self, row: u16, cols: Range<u16>) -> Range<u16> {
        let slot = self.slot(row);
        let used = self.rows[slot].used;
        // Nothing lies right of `used`, so no pair reaches over it.
        if cols.start >= used {
            return cols;
        }
        let range = self.slot_cells(slot);
        let cells = &mut self.cells[range];
        let (mut start, mut end) = (cols.start, cols.end);
        if start > 0 && cells[usize::from(start)].is_spacer() {
            start -= 1;
            for half in &mut cells[usize::from(start)..=usize::from(cols.start)] {
                *half = half.blanked();
            }
        }
        if usize::from(end) < cells.len() && cells[usize::from(end)].is_spacer() {
            cells[usize::from(end)] = cells[usize::from(end)].blanked();
            end += 1;
        }
        start..end
    }

    /// Before `cols` of `row` move: a wide character that lies half in them loses both halves. The columns touched.
    pub fn split_edges(&mut self, row: u16, cols: Range<u16>) -> Range<u16> {
        let (left, right) = (self.split_before(row, cols.start), self.split_before(row, cols.end));
        cols.start - u16::from(left)..cols.end + u16::from(right)
    }

    /// Blanks the wide character that reaches over the left edge of `col`; whether there was one.
    fn split_before(&mut self, row: u16, col: u16) -> bool {
        let range = self.slot_cells(self.slot(row));
        let cells = &mut self.cells[range];
        let col = usize::from(col);
        if col == 0 || !cells.get(col).is_some_and(|cell| cell.is_spacer()) {
            return false;
        }
        cells[col - 1..=col].iter_mut().for_each(|half| *half = half.blanked());
        true
    }

    /// Cells of `row` from here on are empty.
    #[inline]
    pub fn used(&self, row: u16) -> u16 {
        self.rows[self.slot(row)].used
    }

    /// Says that the cells of `row` from `used` on are empty.
    #[inline]
    pub fn set_used(&mut self, row: u16, used: u16) {
        let slot = self.slot(row);
        self.rows[slot].used = used;
    }

    /// After writing over `cols` of `row`: a wide character that lost one half loses the other; the columns touched.
    #[inline]
    pub fn mend_pairs(&mut self, row: u16, cols: Range<u16>) -> Range<u16> {
        let slot = self.slot(row);
        let range = self.slot_cells(slot);
        let cells = &mut self.cells[range];
        let (mut start, mut end) = (cols.start, cols.end);
        if start > 0 && cells[usize::from(start) - 1].is_wide() {
            start -= 1;
            cells[usize::from(start)] = cells[usize::from(start)].blanked();
        }
        if let Some(right) = cells.get_mut(usize::from(end)).filter(|cell| cell.is_spacer()) {
            *right = right.blanked();
            end += 1;
        }
        start..end
    }

    /// `cols` of `row`, widened so that no wide character lies half in it.
    pub fn whole_pairs(&self, row: u16, cols: Range<u16>) -> Range<u16> {
        let cells = self.row(row);
        let spacer = |col: u16| cells.get(usize::from(col)).is_some_and(|cell| cell.is_spacer());
        cols.start - u16::from(spacer(cols.start))..cols.end + u16::from(spacer(cols.end))
    }

    /// Calls `f` with every cell that is not surely empty.
    pub fn for_each_used(&mut self, mut f: impl FnMut(&mut Cell)) {
        let cols = usize::from(self.size.cols);
        for (slot, state) in self.rows.iter().enumerate() {
            self.cells[slot * cols..slot * cols + usize::from(state.used)].iter_mut().for_each(&mut f);
        }
    }

    /// The number of bytes it takes.
    pub fn memory(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>()
            + self.rows.capacity() * size_of::<RowState>()
            + self.order.capacity() * 2
    }
}
