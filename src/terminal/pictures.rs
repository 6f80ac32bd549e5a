//! Where the pixels of pictures are: each cell of a picture is a glyph that the guest has drawn itself.
//!
//! A cell holds the number of its piece, so that whatever happens to text happens to pictures: they scroll, are
//! written over and erased, go to the history and come back when the screen grows. Numbers are given once; a piece that
//! no cell names any more goes when room is needed, the oldest first, and so in the end do those of the history.

use std::ops::Range;
use std::sync::Arc;

use super::cell::Cell;
use super::extras::COUNTS;
use super::screen::Screen;
use super::sixel::{self, Picture, Registers, TRANSPARENT};
use super::{Mode, Terminal};
use crate::geometry::Size;

/// Bytes of pixels that a terminal keeps.
pub const MAX_BYTES: usize = 16 << 20;
/// The part of that which is kept when there is no more room, in quarters: looking for what may go costs a look at the
/// screen and should be rare.
const QUARTERS_KEPT: usize = 3;

/// Pixels of one cell, row by row: 0xffRRGGBB, or [`TRANSPARENT`] where the cell's background is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    number: u32,
    pixels: Arc<[u32]>,
}

/// The pieces of pictures, and the colours that the next one may draw with.
#[derive(Debug)]
pub struct Pictures {
    /// Pixels of a cell.
    cell: Size,
    /// In the order of their numbers.
    pieces: Vec<Piece>,
    next: u32,
    /// The registers that pictures share, when they do (mode 1070 reset).
    pub(super) registers: Registers,
}

impl Pictures {
    /// No pictures; those to come are cut into cells of `cell` pixels.
    pub(super) fn new(cell: Size) -> Self {
        let cell = Size::new(cell.width.max(1), cell.height.max(1));
        Self { cell, pieces: Vec::new(), next: 0, registers: Registers::default() }
    }

    /// The pixels of a cell.
    pub fn cell(&self) -> Size {
        self.cell
    }

    /// The pixels of a piece, row by row and as many as a cell has: 0xffRRGGBB, or 0 where the cell's background is seen.
    /// `None` if they had to make room for others.
    pub fn pixels(&self, number: u32) -> Option<&[u32]> {
        let at = self.pieces.binary_search_by_key(&number, |piece| piece.number).ok()?;
        Some(&self.pieces[at].pixels)
    }

    /// The most pieces there may be; each takes its own allocation.
    fn capacity(&self) -> usize {
        (MAX_BYTES / (self.cell.area() as usize * size_of::<u32>() + COUNTS + size_of::<Piece>())).max(1)
    }

    /// The number of bytes it takes.
    pub(super) fn memory(&self) -> usize {
        let pixels = self.pieces.len() * (COUNTS + self.cell.area() as usize * size_of::<u32>());
        pixels + self.pieces.capacity() * size_of::<Piece>() + sixel::REGISTERS * size_of::<u32>()
    }

    /// Takes over what `other` has, but for its registers.
    pub(super) fn take_pieces(&mut self, other: &mut Self) {
        (self.pieces, self.next) = (std::mem::take(&mut other.pieces), other.next);
    }

    /// Has those of the pieces that `other` has, and no others: they have these numbers, and share their pixels.
    pub(super) fn share(&mut self, other: &Self, mut numbers: Vec<u32>) {
        numbers.sort_unstable();
        numbers.dedup();
        let piece = |number: &u32| other.pieces.binary_search_by_key(number, |piece| piece.number).ok();
        self.pieces = numbers.iter().filter_map(piece).map(|at| other.pieces[at].clone()).collect();
    }

    fn push(&mut self, pixels: &[u32]) -> u32 {
        let number = self.next;
        self.next = (self.next + 1) & Cell::MAX_PICTURE;
        self.pieces.push(Piece { number, pixels: pixels.into() });
        number
    }
}

impl Screen {
    /// The pieces of pictures.
    pub fn pictures(&self) -> &Pictures {
        &self.pictures
    }

    /// Makes room for a piece. Whether cells lost theirs.
    fn make_room(&mut self) -> bool {
        let pictures = &mut self.pictures;
        // When all numbers have been given, they begin anew, and nothing may still have one.
        let kept = if pictures.next == Cell::MAX_PICTURE { 0 } else { pictures.capacity() * QUARTERS_KEPT / 4 };
        if pictures.pieces.len() < pictures.capacity() && kept > 0 {
            return false;
        }
        let mut used: Vec<u32> = Vec::new();
        let mut visit = |cell: &mut Cell| used.extend(cell.picture());
        self.grid.for_each_used(&mut visit);
        self.hidden.iter_mut().for_each(|grid| grid.for_each_used(&mut visit));
        used.sort_unstable();
        let mut excess = pictures.pieces.len() - kept.min(pictures.pieces.len());
        pictures.pieces.retain(|piece| {
            let goes = excess > 0 && used.binary_search(&piece.number).is_err();
            excess -= usize::from(goes);
            !goes
        });
        pictures.pieces.drain(..excess);
        if kept == 0 {
            pictures.next = 0;
        }
        if excess > 0 {
            let blank = |cell: &mut Cell| {
                if cell.picture().is_some_and(|number| pictures.pixels(number).is_none()) {
                    *cell = Cell::erased(cell.bg);
                }
            };
            self.grid.for_each_used(blank);
            self.hidden.iter_mut().for_each(|grid| grid.for_each_used(blank));
        }
        excess > 0
    }
}

/// The pixels of one cell of a picture laid over `under`, in place of those in `pixels`; whether the picture has any.
fn piece(pixels: &mut Vec<u32>, picture: &Picture, cell: Size, left: u32, top: u32, under: Option<&[u32]>) -> bool {
    pixels.clear();
    for y in 0..cell.height {
        let row = picture.row(top + y).get(left as usize..).unwrap_or_default();
        pixels.extend_from_slice(&row[..row.len().min(cell.width as usize)]);
        pixels.resize((y + 1) as usize * cell.width as usize, TRANSPARENT);
    }
    if pixels.iter().all(|pixel| *pixel == TRANSPARENT) {
        return false;
    }
    for (pixel, under) in pixels.iter_mut().zip(under.unwrap_or_default()) {
        if *pixel == TRANSPARENT {
            *pixel = *under;
        }
    }
    true
}

impl Terminal {
    /// The pixels that pictures may still draw, and look at to be cut into cells; a fresh terminal draws whatever comes.
    pub fn pixels_allowed(&self) -> u64 {
        self.drawing.0
    }

    /// From now on pictures may draw so many pixels. What would be more is not drawn, and the picture ends there; its
    /// bytes are taken all the same.
    pub fn allow_pixels(&mut self, pixels: u64) {
        self.drawing.0 = pixels;
    }

    /// DECSIXEL: a picture begins; `background` is its second parameter.
    pub(super) fn begin_picture(&mut self, background: u16) {
        let screen = &self.screen;
        let (size, cell) = (screen.size(), screen.pictures.cell);
        let from_corner = screen.modes.has(Mode::SixelDisplay);
        let col = if from_corner { 0 } else { screen.cursor.col };
        let rows = if from_corner { u32::from(size.rows) } else { sixel::MAX_HEIGHT };
        let limit = Size::new(u32::from(size.cols - col).saturating_mul(cell.width), rows.saturating_mul(cell.height));
        let private = screen.modes.has(Mode::PrivateColorRegisters);
        let registers = if private { Registers::default() } else { screen.pictures.registers.clone() };
        self.sixel = Some(Box::new(sixel::Decoder::new(limit, background == 1, registers)));
    }

    /// The string of a picture is complete: it goes to the screen.
    pub(super) fn finish_picture(&mut self) {
        let Some(decoder) = self.sixel.take() else { return };
        let (picture, registers) = decoder.finish();
        if !self.screen.modes.has(Mode::PrivateColorRegisters) {
            self.screen.pictures.registers = registers;
        }
        if picture.size.area() == 0 {
            return;
        }
        if self.screen.modes.has(Mode::SixelDisplay) {
            self.put_at_corner(&picture);
        } else {
            self.put_at_cursor(&picture);
        }
    }

    /// Sixel display mode (DECSDM): from the upper left corner, as far as the screen goes; the cursor stays.
    fn put_at_corner(&mut self, picture: &Picture) {
        let rows = picture.size.height.div_ceil(self.screen.pictures.cell.height);
        for row in (0..self.screen.size().rows).take(rows as usize) {
            if !self.put_pieces(picture, u32::from(row), row, 0) {
                break;
            }
        }
    }

    /// Sixel scrolling: from the cursor on, row by row with a line feed between, so that it scrolls as text would. The
    /// cursor is left in the last row, below its first column; or right of it (mode 8452).
    fn put_at_cursor(&mut self, picture: &Picture) {
        let cell = self.screen.pictures.cell;
        let col = self.screen.cursor.col;
        self.screen.cursor.depart();
        let rows = picture.size.height.div_ceil(cell.height);
        for index in 0..rows {
            let whole = self.put_pieces(picture, index, self.screen.cursor.row, col);
            if !whole || index + 1 < rows && !self.picture_line_feed() {
                break;
            }
        }
        let row = self.screen.cursor.row;
        self.screen.cursor.col = col.min(self.screen.row_cols(row) - 1);
        if self.screen.modes.has(Mode::SixelCursorRight) {
            let beside = u32::from(col) + picture.size.width.div_ceil(cell.width);
            if beside < u32::from(self.screen.print_limit(row, col)) {
                self.screen.cursor.col = beside as u16;
            } else {
                // Where a character would go: to the next row.
                self.index();
                self.carriage_return();
            }
        }
        self.screen.cursor.depart();
    }

    /// Down one row, scrolling at the bottom margin; whether there was anywhere to go.
    fn picture_line_feed(&mut self) -> bool {
        let row = self.screen.cursor.row;
        let scrolls = row + 1 == self.screen.bottom && self.screen.columns().contains(&self.screen.cursor.col);
        self.index();
        scrolls || self.screen.cursor.row > row
    }

    /// Row number `index` of the cells of a picture, into `row` from `first` on. Whether the pixels of these cells were
    /// still allowed; the picture ends where they are not.
    fn put_pieces(&mut self, picture: &Picture, index: u32, row: u16, first: u16) -> bool {
        let cell = self.screen.pictures.cell;
        let limit = self.screen.print_limit(row, first);
        let cols = picture.size.width.div_ceil(cell.width);
        let mut pixels = Vec::with_capacity(cell.area() as usize);
        for (nth, col) in (0..cols).zip(first..limit) {
            if !self.drawing.charge(cell.area()) {
                return false;
            }
            let old = self.screen.row(row)[usize::from(col)];
            let under = old.picture().and_then(|number| self.screen.pictures.pixels(number));
            if !piece(&mut pixels, picture, cell, nth * cell.width, index * cell.height, under) {
                continue;
            }
            if self.screen.pictures.next == Cell::MAX_PICTURE {
                self.history.forget_pictures();
            }
            if self.screen.make_room() {
                self.damage.mark_rows(0..self.screen.size().rows);
            }
            let number = self.screen.pictures.push(&pixels);
            let touched = self.screen.grid.split_wide(row, col..col + 1);
            self.screen.grid.cells_mut(row, col..col + 1)[0] = Cell::erased(old.bg).with_picture(number);
            self.damage.mark(row, touched);
        }
        true
    }
}

/// Sixels that draw `cells` of one row of `grid`, which hold pieces, for a terminal whose cells have the same size.
pub(super) fn sequence(pictures: &Pictures, cells: &[Cell]) -> String {
    let Size { width, height } = pictures.cell;
    let mut out = String::from("\x1bP0;1q");
    let pixel = |x: u32, y: u32| {
        let pixels = cells[(x / width) as usize].picture().and_then(|number| pictures.pixels(number));
        pixels.map_or(TRANSPARENT, |pixels| pixels[(y * width + x % width) as usize])
    };
    let columns = cells.len() as u32 * width;
    for top in (0..height).step_by(6) {
        sequence_band(&mut out, columns, top..height.min(top + 6), pixel);
        out.push('-');
    }
    out.push_str("\x1b\\");
    out
}

/// Six rows of pixels: one pass for each of their colours.
fn sequence_band(out: &mut String, columns: u32, rows: Range<u32>, pixel: impl Fn(u32, u32) -> u32) {
    let mut colors: Vec<u32> =
        (0..columns).flat_map(|x| rows.clone().map(move |y| (x, y))).map(|(x, y)| pixel(x, y)).collect();
    colors.sort_unstable();
    colors.dedup();
    for color in colors.into_iter().filter(|color| *color != TRANSPARENT) {
        let [r, g, b] = sixel::to_percent(color);
        out.push_str(&format!("#0;2;{r};{g};{b}"));
        let bits =
            |x: u32| rows.clone().enumerate().fold(0, |bits, (nth, y)| bits | u8::from(pixel(x, y) == color) << nth);
        let columns: Vec<u8> = (0..columns).map(bits).collect();
        for run in columns.chunk_by(|a, b| a == b) {
            let sixel = char::from(b'?' + run[0]);
            match run.len() {
                1 => out.push(sixel),
                length => out.push_str(&format!("!{length}{sixel}")),
            }
        }
        out.push('$');
    }
}

#[cfg(test)]
#[path = "pictures_tests.rs"]
mod tests;
