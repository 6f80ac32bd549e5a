//! History: rows that left the top of the primary screen, packed, bounded by lines and by bytes.
//!
//! A row is its text without trailing blanks, then the runs of equal style in it. Most rows are ASCII in the default
//! colours: these are just their bytes. Rows lie one after the other in pages; dropping the oldest row moves a number,
//! and drops a page once none of its rows is left.
//!
//! ```text
//! row    := head length text [styles]     head: see HEAD_*; length: of the text in cells, LEB128
//! plain  := one byte for each cell
//! rich   := each cell: a character in UTF-8 · 0 empty · WIDE character · CLUSTER n characters · WIDE CLUSTER n characters
//!           · PICTURE number
//! styles := for each run: number of cells, a byte that says which parts follow, the parts
//! ```
//!
//! Lines have numbers that stay theirs: the first line ever has 0, the screen's first row comes after the newest row
//! here, and a row that scrolls off the screen, or is dropped, changes no number.

use std::collections::VecDeque;
use std::sync::Arc;

use super::cell::{Attrs, Cell, Color, ColorKind};
use super::extras::{Extra, Link};
use super::grid::LineSize;
use super::history_links::HistoryLinks;
use super::history_marks::HistoryMarks;
use super::reflow::{Anchors, Lines};
use super::screen::Screen;
use super::shell::Marks;

/// Bytes of history kept, whatever the number of lines allowed.
pub const MAX_BYTES: usize = 32 << 20;
/// Bytes of a page; a row that does not fit begins the next one, which is as large as that row if need be.
const PAGE: usize = 64 << 10;

/// Bytes before the text of a row, at most.
const MAX_HEAD: usize = 6;
/// Bytes of a character, at most.
const MAX_UTF8: usize = 4;
const HEAD_WRAPPED: u8 = 1;
const HEAD_RICH: u8 = 2;
const HEAD_STYLED: u8 = 4;
/// Where the head has the line's size.
const HEAD_SIZE_SHIFT: u32 = 6;
const SIZES: [LineSize; 4] = [LineSize::Single, LineSize::DoubleWidth, LineSize::DoubleTop, LineSize::DoubleBottom];

const EMPTY: u8 = 0;
const WIDE: u8 = 1;
const CLUSTER: u8 = 2;
const PICTURE: u8 = 3;

const STYLE_FG: u8 = 1;
const STYLE_BG: u8 = 2;
const STYLE_ATTRS: u8 = 4;
const STYLE_UNDERLINE: u8 = 8;
const STYLE_LINK: u8 = 16;

/// Where the clusters, underline colours and links that cells name by number are to be found.
pub(super) trait Tables {
    /// The characters of cluster `index`.
    fn cluster(&self, index: u32) -> &[char];
    /// The colour of a cell's underline, and its link.
    fn extra(&self, cell: &Cell) -> &Extra;
}

impl Tables for Screen {
    fn cluster(&self, index: u32) -> &[char] {
        self.cluster(index)
    }

    fn extra(&self, cell: &Cell) -> &Extra {
        self.extra(cell)
    }
}

/// A row with tables of its own: one of history, unpacked, or one on its way to another width.
#[derive(Clone, Debug, Default)]
pub struct HistoryRow {
    /// Its cells, up to the last that holds anything. A cluster's number is an index into `clusters`, and
    /// [`Cell::extra`] one into `extras`, from 1.
    pub cells: Vec<Cell>,
    /// The characters of its clusters.
    pub clusters: Vec<Vec<char>>,
    /// The colours of its underlines, and its links.
    pub extras: Vec<Extra>,
    /// Whether its text goes on in the next row.
    pub wrapped: bool,
    /// What the guest's shell began in it.
    pub marks: Marks,
    /// How it is displayed.
    pub line_size: LineSize,
}

impl Tables for HistoryRow {
    fn cluster(&self, index: u32) -> &[char] {
        self.clusters.get(index as usize).map_or(&[], |text| text)
    }

    fn extra(&self, cell: &Cell) -> &Extra {
        let index = usize::from(cell.extra).checked_sub(1);
        index.and_then(|index| self.extras.get(index)).unwrap_or(const { &Extra::NONE })
    }
}

impl HistoryRow {
    /// The link that one of its cells belongs to.
    pub fn link(&self, cell: &Cell) -> Option<&Arc<Link>> {
        self.extra(cell).link.as_ref()
    }

    /// Adds a cell whose numbers are those of `tables`.
    pub(super) fn push(&mut self, mut cell: Cell, tables: &impl Tables) {
        if let Some(index) = cell.cluster() {
            self.clusters.push(tables.cluster(index).to_vec());
            cell = cell.with_cluster(self.clusters.len() as u32 - 1);
        }
        if cell.extra != 0 {
            let extra = tables.extra(&cell);
            if self.extras.last() != Some(extra) && self.extras.len() < usize::from(u16::MAX) {
                self.extras.push(extra.clone());
            }
            cell.extra = self.extras.len() as u16;
        }
        self.cells.push(cell);
    }
}

#[derive(Debug)]
struct Page {
    bytes: Vec<u8>,
    /// Where each row begins.
    starts: Vec<u32>,
    /// Rows at the front that were dropped.
    dropped: usize,
    /// The number of the first link of its rows.
    first_link: u32,
}

/// See the module.
#[derive(Debug)]
pub struct Scrollback {
    pages: VecDeque<Page>,
    max_lines: usize,
    lines: usize,
    /// The number of the oldest row: so many came before it and are gone.
    first: u64,
    bytes: usize,
    links: HistoryLinks,
    marks: HistoryMarks,
    /// Rows before that with this number have no pictures any more: other ones have their numbers.
    pictures_from: u64,
    /// The row being packed.
    scratch: Vec<u8>,
    /// Rows at the end that a growing screen may take back: those that scrolled off since the screen was last erased.
    returnable: usize,
}

impl Page {
    fn new(capacity: usize, first_link: u32) -> Self {
        Self { bytes: Vec::with_capacity(capacity), starts: Vec::new(), dropped: 0, first_link }
    }

    fn rows(&self) -> usize {
        self.starts.len() - self.dropped
    }

    fn memory(&self) -> usize {
        self.bytes.capacity() + self.starts.capacity() * size_of::<u32>()
    }
}

impl Scrollback {
    /// No rows, and never more than `max_lines`.
    pub fn new(max_lines: usize) -> Self {
        let (pages, links, scratch) = (VecDeque::new(), HistoryLinks::default(), Vec::new());
        let marks = HistoryMarks::default();
        let pictures_from = 0;
        Self { pages, max_lines, lines: 0, first: 0, bytes: 0, links, marks, pictures_from, scratch, returnable: 0 }
    }

    /// The number of rows.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// The number of the oldest row, counted from the first there ever was.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The number of the row that comes after the newest one: the first of the screen.
    pub fn end(&self) -> u64 {
        self.first + self.lines as u64
    }

    /// The number of bytes it takes.
    pub fn memory(&self) -> usize {
        let beside = self.links.memory() + self.marks.memory();
        self.bytes + beside + self.pages.capacity() * size_of::<Page>() + self.scratch.capacity()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self { first: self.end(), ..Self::new(self.max_lines) };
    }

    /// The numbers of pieces of pictures begin anew: those that are here now stand for nothing.
    pub(super) fn forget_pictures(&mut self) {
        self.pictures_from = self.end();
    }

    /// What is here now was erased from the screen: growing does not bring it back.
    pub(super) fn seal(&mut self) {
        self.end_line();
        self.returnable = 0;
    }

    /// How many rows a growing screen may take back.
    pub(super) fn returnable(&self) -> usize {
        self.returnable
    }

    /// Appends row `row` of `screen`.
    pub(super) fn push_row(&mut self, screen: &Screen, row: u16) {
        if self.max_lines == 0 {
            return;
        }
        let cells = trim(screen.grid.used_cells(row));
        self.push(cells, screen.grid.wrapped(row), screen.grid.line_size(row), screen);
        self.mark_newest(screen.grid.marks(row));
        self.count_returnable();
    }

    /// The row just pushed has these marks.
    pub(super) fn mark_newest(&mut self, marks: Marks) {
        self.marks.set_newest(self.lines, marks);
    }

    /// What the guest's shell began in row `index`, the oldest being 0.
    pub fn marks(&self, index: usize) -> Marks {
        self.marks.get(index)
    }

    /// The rows where a prompt of the guest's shell begins, from the oldest.
    pub fn prompts(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.marks.prompts()
    }

    /// The row just pushed may come back when the screen grows.
    pub(super) fn count_returnable(&mut self) {
        self.returnable = (self.returnable + 1).min(self.lines);
    }

    /// Appends a row of `cells`, whose clusters and underline colours are those of `tables`.
    pub(super) fn push(&mut self, cells: &[Cell], wrapped: bool, line_size: LineSize, tables: &impl Tables) {
        let head = if wrapped { HEAD_WRAPPED } else { 0 } | (line_size as u8) << HEAD_SIZE_SHIFT;
        let plain = cells.iter().fold(0, |odd, cell| odd | cell.oddness()) == 0;
        let first_link = self.links.next();
        let mut row = std::mem::take(&mut self.scratch);
        row.clear();
        if !plain {
            push_rich(&mut row, cells, head, tables, &mut self.links);
        }
        let page = self.page_with_room(if plain { MAX_HEAD + cells.len() } else { row.len() }, first_link);
        let before = page.memory();
        page.starts.push(page.bytes.len() as u32);
        if plain {
            push_plain(&mut page.bytes, cells, head);
        } else {
            page.bytes.extend_from_slice(&row);
        }
        let after = page.memory();
        self.bytes += after - before;
        self.scratch = row;
        self.lines += 1;
        let beside = |history: &Self| history.links.needed() + history.marks.needed();
        while self.lines > self.max_lines || self.bytes + beside(self) > MAX_BYTES {
            self.drop_oldest();
        }
    }

    fn page_with_room(&mut self, reserve: usize, first_link: u32) -> &mut Page {
        let fits = |page: &Page| page.bytes.len() + reserve <= PAGE;
        if !self.pages.back().is_some_and(fits) {
            // The first page of a quiet console stays small.
            let capacity = if self.pages.is_empty() { reserve.max(1 << 10) } else { PAGE.max(reserve) };
            let page = Page::new(capacity, first_link);
            self.bytes += page.memory();
            self.pages.push_back(page);
        }
        self.pages.back_mut().expect("a page was just made sure of")
    }

    fn drop_oldest(&mut self) {
        let Some(page) = self.pages.front_mut() else { return };
        page.dropped += 1;
        self.lines -= 1;
        self.marks.drop_oldest();
        self.first += 1;
        self.returnable = self.returnable.min(self.lines);
        if page.rows() == 0 {
            self.bytes -= page.memory();
            self.pages.pop_front();
            let first_link = self.pages.front().map_or(self.links.next(), |page| page.first_link);
            self.links.drop_before(first_link);
        }
    }

    /// Row `index`, the oldest being 0.
    pub fn row(&self, index: usize) -> Option<HistoryRow> {
        let row = HistoryRow { marks: self.marks.get(index), ..unpack(self.packed(index)?, &self.links) };
        Some(self.without_forgotten(self.first + index as u64, row))
    }

    /// Whether the text of row `index` goes on in the next one.
    pub fn is_wrapped(&self, index: usize) -> bool {
        self.packed(index).and_then(|row| row.first()).is_some_and(|head| head & HEAD_WRAPPED != 0)
    }

    /// The bytes of row `index`, and what comes after them.
    fn packed(&self, mut index: usize) -> Option<&[u8]> {
        for page in &self.pages {
            if index < page.rows() {
                return page.bytes.get(page.starts[page.dropped + index] as usize..);
            }
            index -= page.rows();
        }
        None
    }

    /// All rows, the oldest first.
    pub fn rows(&self) -> impl Iterator<Item = HistoryRow> + '_ {
        let rows = self.pages.iter().flat_map(|page| {
            page.starts[page.dropped..].iter().map(|start| unpack(&page.bytes[*start as usize..], &self.links))
        });
        rows.enumerate().map(|(index, row)| {
            let row = HistoryRow { marks: self.marks.get(index), ..row };
            self.without_forgotten(self.first + index as u64, row)
        })
    }

    /// Row `number`, blank where it had pieces of pictures if these were forgotten.
    fn without_forgotten(&self, number: u64, mut row: HistoryRow) -> HistoryRow {
        if number < self.pictures_from {
            let pieces = row.cells.iter_mut().filter(|cell| cell.picture().is_some());
            pieces.for_each(|cell| *cell = Cell::erased(cell.bg));
        }
        row
    }

    /// The same text in rows of `cols` columns. The anchors, which are all in it, go with the text.
    pub(super) fn rewrapped(&self, cols: u16, mut anchors: Anchors<'_>) -> Self {
        let mut new = Self { first: self.first, ..Self::new(self.max_lines) };
        let sealed = self.lines - self.returnable;
        let mut lines = Lines::default();
        let mut rows = self.rows().enumerate().peekable();
        while let Some((at, row)) = rows.next() {
            let wrapped = row.wrapped;
            let goes_on = wrapped && rows.peek().is_some_and(|(_, next)| next.line_size == row.line_size);
            let before = lines.push(row);
            anchors.join(self.first + at as u64, before);
            if goes_on && !lines.is_long() {
                continue;
            }
            let mut cut = lines.take(cols);
            anchors.cut(&cut, new.end());
            if let Some(last) = cut.last_mut() {
                last.wrapped = wrapped;
            }
            for row in cut {
                new.push(trim(&row.cells), row.wrapped, row.line_size, &row);
                new.mark_newest(row.marks);
                new.returnable = (new.returnable + usize::from(at >= sealed)).min(new.lines);
            }
        }
        new
    }

    /// Whether the newest row goes on in the one that would come next.
    pub(super) fn ends_wrapped(&self) -> bool {
        let last = self.pages.back().and_then(|page| Some(page.bytes[*page.starts.last()? as usize]));
        last.is_some_and(|head| head & HEAD_WRAPPED != 0)
    }

    /// The newest row goes on nowhere any more.
    pub(super) fn end_line(&mut self) {
        if let Some(page) = self.pages.back_mut()
            && let Some(start) = page.starts.last()
        {
            page.bytes[*start as usize] &= !HEAD_WRAPPED;
        }
    }

    /// Takes the newest row away again.
    pub(super) fn pop(&mut self) -> Option<HistoryRow> {
        let page = self.pages.back_mut()?;
        let start = page.starts.pop()? as usize;
        let mut from = Unpacker { bytes: &page.bytes[start..], links: &self.links, first_link: None };
        let (mut row, first_link) = (unpack_row(&mut from), from.first_link);
        row.marks = self.marks.take_newest(self.lines);
        page.bytes.truncate(start);
        if let Some(number) = first_link {
            self.links.truncate(number);
        }
        self.lines -= 1;
        self.returnable = self.returnable.saturating_sub(1);
        if page.rows() == 0 {
            self.bytes -= page.memory();
            self.pages.pop_back();
        }
        let row = self.without_forgotten(self.end(), row);
        // The next row has its number.
        self.pictures_from = self.pictures_from.min(self.end());
        Some(row)
    }
}

/// `cells` without the empty ones at the end.
pub(super) fn trim(cells: &[Cell]) -> &[Cell] {
    let len = cells.iter().rposition(|cell| *cell != Cell::EMPTY).map_or(0, |last| last + 1);
    &cells[..len]
}

/// Appends a row that is ASCII in the default style.
#[inline]
fn push_plain(out: &mut Vec<u8>, cells: &[Cell], head: u8) {
    out.push(head);
    push_number(out, cells.len() as u32);
    out.extend(cells.iter().map(|cell| cell.ascii()));
}

fn push_rich(out: &mut Vec<u8>, cells: &[Cell], head: u8, tables: &impl Tables, links: &mut HistoryLinks) {
    let styled = cells.iter().any(|cell| !cell.same_style(Cell::EMPTY));
    out.push(head | HEAD_RICH | if styled { HEAD_STYLED } else { 0 });
    push_number(out, cells.len() as u32);
    push_cells(out, cells, tables);
    if styled {
        let first_link = links.next();
        for run in cells.chunk_by(|a, b| a.same_style(*b)) {
            let extra = tables.extra(&run[0]);
            push_style(out, run, extra.underline, extra.link.as_ref().map(|link| links.intern(link, first_link)));
        }
    }
}

/// The characters of `cells`, written into room made for all of them beforehand: this is most of what a flood of text
/// beyond ASCII costs.
fn push_cells(out: &mut Vec<u8>, cells: &[Cell], tables: &impl Tables) {
    let mut at = out.len();
    // Four bytes for each cell; a wide character has two cells, and one byte more.
    out.resize(at + MAX_UTF8 * cells.len(), 0);
    for (nth, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_spacer()) {
        if cell.is_wide() {
            out[at] = WIDE;
            at += 1;
        }
        match (cell.cluster(), cell.char()) {
            (None, Some(ch)) => at += ch.encode_utf8(&mut out[at..]).len(),
            (None, None) => match cell.picture() {
                None => {
                    out[at] = EMPTY;
                    at += 1;
                }
                Some(number) => {
                    out.truncate(at);
                    out.push(PICTURE);
                    push_number(out, number);
                    at = out.len();
                    out.resize(at + MAX_UTF8 * (cells.len() - nth), 0);
                }
            },
            (Some(index), _) => {
                let text = tables.cluster(index);
                out.truncate(at);
                out.push(CLUSTER);
                push_number(out, text.len() as u32);
                text.iter().for_each(|ch| out.extend_from_slice(ch.encode_utf8(&mut [0; MAX_UTF8]).as_bytes()));
                at = out.len();
                out.resize(at + MAX_UTF8 * (cells.len() - nth), 0);
            }
        }
    }
    out.truncate(at);
}

fn push_number(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn push_style(out: &mut Vec<u8>, run: &[Cell], underline: Color, link: Option<u32>) {
    let cell = run[0];
    let part = |bit: u8, present: bool| if present { bit } else { 0 };
    push_number(out, run.len() as u32);
    out.push(
        part(STYLE_FG, cell.fg != Color::DEFAULT)
            | part(STYLE_BG, cell.bg != Color::DEFAULT)
            | part(STYLE_ATTRS, cell.attrs != Attrs::NONE)
            | part(STYLE_UNDERLINE, underline != Color::DEFAULT)
            | part(STYLE_LINK, link.is_some()),
    );
    push_color(out, cell.fg);
    push_color(out, cell.bg);
    if cell.attrs != Attrs::NONE {
        out.extend_from_slice(&cell.attrs.bits().to_le_bytes());
    }
    push_color(out, underline);
    if let Some(number) = link {
        push_number(out, number);
    }
}

fn push_color(out: &mut Vec<u8>, color: Color) {
    match color.kind() {
        ColorKind::Default => {}
        ColorKind::Indexed(index) => out.extend_from_slice(&[1, index]),
        ColorKind::Rgb(r, g, b) => out.extend_from_slice(&[2, r, g, b]),
    }
}

/// Reads what the functions above wrote; the bytes are our own, so what is missing is simply not there.
struct Unpacker<'a> {
    bytes: &'a [u8],
    links: &'a HistoryLinks,
    /// The number of the first link so far.
    first_link: Option<u32>,
}

impl Unpacker<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.bytes.split_first().map_or((0, self.bytes), |(first, rest)| (*first, rest));
        self.bytes = rest;
        first
    }

    fn number(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 || shift > 28 {
                return number;
            }
        }
    }

    fn char(&mut self) -> Option<char> {
        let first = self.byte();
        let (len, high) = match first {
            0..=0x7f => (0, u32::from(first)),
            0x80..=0xdf => (1, u32::from(first & 0x1f)),
            0xe0..=0xef => (2, u32::from(first & 0x0f)),
            _ => (3, u32::from(first & 0x07)),
        };
        let code = (0..len).fold(high, |code, _| code << 6 | u32::from(self.byte() & 0x3f));
        char::from_u32(code).filter(|ch| *ch != '\0')
    }

    fn color(&mut self) -> Color {
        match self.byte() {
            1 => Color::indexed(self.byte()),
            _ => {
                let (r, g, b) = (self.byte(), self.byte(), self.byte());
                Color::rgb(r, g, b)
            }
        }
    }

    /// One character, of one or two cells.
    fn cell(&mut self, row: &mut HistoryRow) {
        let wide = self.bytes.first() == Some(&WIDE);
        if wide {
            self.byte();
        }
        let cell = if self.bytes.first() == Some(&CLUSTER) {
            self.byte();
            let len = self.number();
            let text = (0..len).filter_map(|_| self.char()).collect();
            row.clusters.push(text);
            let base = if wide { Cell::EMPTY.with_wide_char(' ') } else { Cell::EMPTY };
            base.with_cluster(row.clusters.len() as u32 - 1)
        } else if self.bytes.first() == Some(&PICTURE) {
            self.byte();
            Cell::EMPTY.with_picture(self.number())
        } else {
            match self.char() {
                Some(ch) if wide => Cell::EMPTY.with_wide_char(ch),
                Some(ch) => Cell::EMPTY.with_char(ch),
                None => Cell::EMPTY,
            }
        };
        row.cells.push(cell);
        if wide {
            row.cells.push(Cell::EMPTY.as_spacer());
        }
    }

    fn style(&mut self, row: &mut HistoryRow, at: usize) -> usize {
        let end = (at + self.number() as usize).min(row.cells.len());
        let parts = self.byte();
        let mut style = Cell::EMPTY;
        if parts & STYLE_FG != 0 {
            style.fg = self.color();
        }
        if parts & STYLE_BG != 0 {
            style.bg = self.color();
        }
        if parts & STYLE_ATTRS != 0 {
            style.attrs = Attrs::from_bits(u16::from_le_bytes([self.byte(), self.byte()]));
        }
        let underline = if parts & STYLE_UNDERLINE != 0 { self.color() } else { Color::DEFAULT };
        let link = (parts & STYLE_LINK != 0).then(|| self.number());
        self.first_link = self.first_link.or(link);
        let link = link.and_then(|number| self.links.get(number)).cloned();
        let extra = Extra { underline, link };
        if extra != Extra::NONE {
            row.extras.push(extra);
            style.extra = row.extras.len() as u16;
        }
        for cell in &mut row.cells[at..end] {
            (cell.fg, cell.bg, cell.attrs, cell.extra) = (style.fg, style.bg, style.attrs, style.extra);
        }
        end
    }
}

fn unpack(bytes: &[u8], links: &HistoryLinks) -> HistoryRow {
    unpack_row(&mut Unpacker { bytes, links, first_link: None })
}

fn unpack_row(from: &mut Unpacker<'_>) -> HistoryRow {
    let head = from.byte();
    let len = from.number() as usize;
    let line_size = SIZES[usize::from(head >> HEAD_SIZE_SHIFT)];
    let mut row = HistoryRow { wrapped: head & HEAD_WRAPPED != 0, line_size, ..HistoryRow::default() };
    if head & HEAD_RICH == 0 {
        row.cells = from.bytes.iter().take(len).map(|byte| Cell::EMPTY.with_ascii(*byte)).collect();
        return row;
    }
    while row.cells.len() < len {
        from.cell(&mut row);
    }
    if head & HEAD_STYLED != 0 {
        let mut at = 0;
        while at < len {
            at = from.style(&mut row, at).max(at + 1);
        }
    }
    row
}
