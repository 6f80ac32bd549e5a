//! Rectangles of cells (VT420): DECCRA DECERA DECFRA DECSERA DECCARA DECRARA, and what DECRQCRA and XTREPORTSGR tell.
//!
//! A rectangle is given by its top, left, bottom and right, from 1, both ends included; one that is left out is the
//! edge. In origin mode they count from the margins and stay within; else margins do not matter here. There is one page,
//! whatever number the guest gives it. Nothing here moves the cursor. A wide character that is cut loses both halves.

use std::ops::Range;

use super::Terminal;
use super::cell::{Attrs, Cell, Color, Underline};
use super::decode::Params;
use super::edit::Protection;
use super::report::{Answer, rendition};
use super::width;

/// XTCHECKSUM: the sum as it is, not its negative.
const POSITIVE: u8 = 1;
/// Attributes do not count.
const WITHOUT_ATTRIBUTES: u8 = 1 << 1;
/// Cells that were never written count as blanks.
const WITH_BLANKS: u8 = 1 << 2;
/// But with [`WITH_BLANKS`] still not those.
const WITHOUT_UNWRITTEN: u8 = 1 << 3;
/// Characters count whole, and without their combining marks; else their low eight bits.
const WHOLE_CHARACTERS: u8 = 1 << 4;
/// All that XTCHECKSUM knows. The last, about 7-bit character sets, is kept without effect.
pub(super) const ALL_CHECKSUM_FLAGS: u16 = 0x3f;
/// DECSACE 2: attributes change in a rectangle; 0 and 1 are the text from one corner to the other.
const RECTANGLE_EXTENT: u8 = 2;
/// What the right half of a wide character counts as (xterm).
const SPACER: u32 = 0xffff;

/// See the module; never empty.
struct Rectangle {
    rows: Range<u16>,
    cols: Range<u16>,
}

impl Terminal {
    /// The rectangle that the four parameters from `at` on give, if it has any cell.
    fn rectangle(&mut self, params: &Params, at: usize) -> Option<Rectangle> {
        let (rows, cols) = self.screen.page();
        let range = |page: &Range<u16>, first: u16, last: u16| {
            let end = if last == 0 { page.end } else { page.start.saturating_add(last).min(page.end) };
            page.start.saturating_add(first.max(1) - 1)..end
        };
        let rows = range(&rows, params.get(at), params.get(at + 2));
        let cols = range(&cols, params.get(at + 1), params.get(at + 3));
        if rows.is_empty() || cols.is_empty() {
            return None;
        }
        self.count_work(rows.end - rows.start, cols.end - cols.start);
        Some(Rectangle { rows, cols })
    }

    /// As much of `cols` as `row` has: one of double width has half of them.
    fn within_row(&self, row: u16, cols: &Range<u16>) -> Range<u16> {
        cols.start..cols.end.min(self.screen.row_cols(row))
    }

    /// Before `area` is written over: if it is the whole screen, that is kept as from ED 2.
    fn save_whole(&mut self, area: &Rectangle) {
        let size = self.screen.size();
        if (&area.rows, &area.cols) == (&(0..size.rows), &(0..size.cols)) {
            self.save_cleared();
        }
    }

    /// The cells `cols` of `row` were written over.
    fn rewritten(&mut self, row: u16, cols: Range<u16>) {
        if cols.end == self.screen.size().cols {
            self.screen.grid.set_wrapped(row, false);
        }
        self.screen.cursor.written = None;
        self.damage.mark(row, cols);
    }

    /// DECFRA: fills with the character of code `code`, in the current rendition. xterm takes any that is one column
    /// wide.
    pub(super) fn fill_rectangle(&mut self, code: u16, params: &Params) {
        // U+FFFE and U+FFFF are no characters: they cannot be printed either.
        let Some(ch) = char::from_u32(code.into()).filter(|ch| *ch < '\u{fffe}') else { return };
        if !ch.is_control() && width::columns(ch) == 1 {
            let area = self.rectangle(params, 1);
            self.fill_area(ch, area);
        }
    }

    /// DECERA: fills with blanks in the current rendition (xterm).
    pub(super) fn erase_rectangle(&mut self, params: &Params) {
        let area = self.rectangle(params, 0);
        self.fill_area(' ', area);
    }

    /// Colours that the rendition does not name stay as they are (xterm).
    fn fill_area(&mut self, ch: char, area: Option<Rectangle>) {
        let Some(area) = area else { return };
        self.save_whole(&area);
        let pen = self.screen.cursor.pen;
        let coloured = (pen.fg, pen.bg) != (Color::DEFAULT, Color::DEFAULT);
        for row in area.rows {
            let cols = self.within_row(row, &area.cols);
            if cols.is_empty() {
                continue;
            }
            let touched = self.screen.grid.split_edges(row, cols.clone());
            for cell in self.screen.grid.cells_mut(row, cols) {
                let mut filled = pen.with_char(ch);
                if !coloured {
                    (filled.fg, filled.bg) = (cell.fg, cell.bg);
                }
                *cell = filled;
            }
            self.rewritten(row, touched);
        }
    }

    /// DECSERA: blanks for all characters that DECSCA does not protect; colours and attributes stay. SPA's protection is
    /// not for it (xterm).
    pub(super) fn erase_rectangle_selectively(&mut self, params: &Params) {
        let Some(area) = self.rectangle(params, 0) else { return };
        self.save_whole(&area);
        let spare = self.screen.protection == Protection::Dec;
        for row in area.rows {
            let cols = self.within_row(row, &area.cols);
            if cols.is_empty() {
                continue;
            }
            let cols = self.screen.grid.whole_pairs(row, cols);
            for cell in self.screen.grid.cells_mut(row, cols.clone()) {
                if !(spare && cell.attrs.contains(Attrs::PROTECTED)) {
                    *cell = cell.with_char(' ');
                }
            }
            self.rewritten(row, cols);
        }
    }

    /// DECCRA: copies; source and target may overlap. What does not fit is left out.
    pub(super) fn copy_rectangle(&mut self, params: &Params) {
        let Some(source) = self.rectangle(params, 0) else { return };
        let (rows, cols) = self.screen.page();
        let top = rows.start.saturating_add(params.count(5) - 1);
        let left = cols.start.saturating_add(params.count(6) - 1);
        let height = (source.rows.end - source.rows.start).min(rows.end.saturating_sub(top));
        let width = (source.cols.end - source.cols.start).min(cols.end.saturating_sub(left));
        let mut cells = Vec::new();
        for nth in 0..height {
            // No row may be written before it is read.
            let nth = if top > source.rows.start { height - 1 - nth } else { nth };
            let (from, to) = (source.rows.start + nth, top + nth);
            let target = self.within_row(to, &(left..left + width));
            if target.is_empty() {
                continue;
            }
            let start = usize::from(source.cols.start);
            cells.clear();
            cells.extend_from_slice(&self.screen.row(from)[start..start + target.len()]);
            if let Some(half) = cells.first_mut().filter(|cell| cell.is_spacer()) {
                *half = half.blanked();
            }
            if let Some(half) = cells.last_mut().filter(|cell| cell.is_wide()) {
                *half = half.blanked();
            }
            let touched = self.screen.grid.split_edges(to, target.clone());
            self.screen.grid.cells_mut(to, target).copy_from_slice(&cells);
            self.rewritten(to, touched);
        }
    }

    /// DECSACE.
    pub(super) fn select_attribute_extent(&mut self, extent: u16) {
        if let Ok(extent @ 0..=RECTANGLE_EXTENT) = u8::try_from(extent) {
            self.screen.attribute_extent = extent;
        }
    }

    /// DECCARA and, with `reverse`, DECRARA: changes attributes, as DECSACE says of a rectangle, or of the text from its
    /// first corner to its last. Cells never written are not part of a text; in a rectangle they become blanks (DEC STD
    /// 070, p. 5-177).
    pub(super) fn change_attributes(&mut self, params: &Params, reverse: bool) {
        let Some(area) = self.rectangle(params, 0) else { return };
        let (exact, changes) = (self.screen.attribute_extent == RECTANGLE_EXTENT, params.rest(4));
        let (_, page) = self.screen.page();
        self.count_work(area.rows.end - area.rows.start, page.end.saturating_mul(changes.len() as u16));
        for row in area.rows.clone() {
            let start = if exact || row == area.rows.start { area.cols.start } else { page.start };
            let end = if exact || row + 1 == area.rows.end { area.cols.end } else { page.end };
            let cols = self.within_row(row, &(start..end));
            if cols.is_empty() {
                continue;
            }
            let cols = self.screen.grid.whole_pairs(row, cols);
            for cell in self.screen.grid.cells_mut(row, cols.clone()) {
                let change = if reverse { reversed } else { changed };
                let attrs = changes.iter().fold(cell.attrs, |attrs, number| change(attrs, *number));
                if cell.is_empty() && exact && attrs != cell.attrs {
                    *cell = cell.with_char(' ');
                }
                if !cell.is_empty() {
                    cell.attrs = attrs;
                }
            }
            self.damage.mark(row, cols);
        }
    }

    /// DECRQCRA: request number, page, rectangle.
    pub(super) fn report_checksum(&mut self, params: &Params) {
        let sum = self.rectangle(params, 2).map_or(0, |area| self.checksum(&area));
        self.answer(Answer::Checksum { id: params.get(0), sum });
    }

    /// The sum of the characters' codes and of a number for each attribute, as DEC's terminals count them and xterm
    /// does: blanks that were never written are left out, but for the first cell.
    fn checksum(&self, area: &Rectangle) -> u16 {
        let flags = self.screen.checksum_flags;
        let has = |flag: u8| flags & flag != 0;
        let (mut sum, mut first) = (0u32, true);
        for row in area.rows.clone() {
            for cell in &self.screen.row(row)[usize::from(area.cols.start)..usize::from(area.cols.end)] {
                let written = !cell.is_empty();
                let counts = if has(WITH_BLANKS) {
                    written || !has(WITHOUT_UNWRITTEN)
                } else {
                    written || first || cell.bg != Color::DEFAULT
                };
                first = false;
                if counts {
                    sum = sum.wrapping_add(self.value(cell, flags));
                }
            }
        }
        if has(POSITIVE) { sum as u16 } else { (sum as u16).wrapping_neg() }
    }

    /// What one cell adds to a checksum.
    fn value(&self, cell: &Cell, flags: u8) -> u32 {
        let text = cell.cluster().map_or(&[][..], |index| self.screen.cluster(index));
        let base = match (cell.char(), text.first()) {
            // xterm keeps no hidden text.
            _ if cell.attrs.contains(Attrs::HIDDEN) => u32::from(' '),
            _ if cell.is_spacer() => SPACER,
            (Some(ch), _) => ch.into(),
            (None, Some(ch)) => u32::from(*ch),
            (None, None) => ' '.into(),
        };
        let mut value = if flags & WHOLE_CHARACTERS != 0 { base } else { base & 0xff };
        if flags & (WITH_BLANKS | WHOLE_CHARACTERS) == WITH_BLANKS {
            value += text.iter().skip(1).map(|mark| u32::from(*mark)).sum::<u32>();
        }
        if flags & WITHOUT_ATTRIBUTES == 0 {
            let attrs = cell.attrs;
            value += if attrs.underline() == Underline::None { 0 } else { 0x10 };
            value += if attrs.contains(Attrs::REVERSE) { 0x20 } else { 0 };
            value += if attrs.intersects(Attrs::BLINK.with(Attrs::RAPID_BLINK)) { 0x40 } else { 0 };
            value += if attrs.contains(Attrs::BOLD) { 0x80 } else { 0 };
        }
        value
    }

    /// XTREPORTSGR: the rendition that all cells of a rectangle have in common.
    pub(super) fn report_rendition(&mut self, params: &Params) {
        let mut common: Option<(Cell, Color)> = None;
        if let Some(area) = self.rectangle(params, 0) {
            for row in area.rows {
                for cell in &self.screen.row(row)[usize::from(area.cols.start)..usize::from(area.cols.end)] {
                    let color = self.screen.underline_color(cell);
                    common = Some(common.map_or((*cell, color), |(so_far, underline)| {
                        (in_common(so_far, *cell), if underline == color { color } else { Color::DEFAULT })
                    }));
                }
            }
        }
        let (cell, underline) = common.unwrap_or((Cell::EMPTY, Color::DEFAULT));
        self.answer(Answer::Rendition(rendition(cell.fg, cell.bg, cell.attrs, underline)));
    }
}

/// `attrs` after DECCARA's change of this number, as in SGR; 0 takes away all that DEC's terminals had. Others are
/// ignored.
fn changed(attrs: Attrs, change: u16) -> Attrs {
    match change {
        0 => [22, 24, 25, 27].into_iter().fold(attrs, changed),
        1 => attrs.with(Attrs::BOLD),
        4 => attrs.with_underline(Underline::Single),
        5 => attrs.with(Attrs::BLINK),
        7 => attrs.with(Attrs::REVERSE),
        8 => attrs.with(Attrs::HIDDEN),
        22 => attrs.without(Attrs::BOLD),
        24 => attrs.with_underline(Underline::None),
        25 => attrs.without(Attrs::BLINK.with(Attrs::RAPID_BLINK)),
        27 => attrs.without(Attrs::REVERSE),
        28 => attrs.without(Attrs::HIDDEN),
        _ => attrs,
    }
}

/// `attrs` after DECRARA's change of this number, which turns an attribute on or off; 0 all that DEC's terminals had.
fn reversed(attrs: Attrs, change: u16) -> Attrs {
    let toggled = |bits: Attrs| Attrs::from_bits(attrs.bits() ^ bits.bits());
    match change {
        0 => [1, 4, 5, 7].into_iter().fold(attrs, reversed),
        1 => toggled(Attrs::BOLD),
        4 if attrs.underline() == Underline::None => attrs.with_underline(Underline::Single),
        4 => attrs.with_underline(Underline::None),
        5 => toggled(Attrs::BLINK),
        7 => toggled(Attrs::REVERSE),
        8 => toggled(Attrs::HIDDEN),
        _ => attrs,
    }
}

/// What two cells have in common, as the colours and attributes of a cell.
fn in_common(one: Cell, other: Cell) -> Cell {
    let shared = |a: Color, b: Color| if a == b { a } else { Color::DEFAULT };
    let underline =
        if one.attrs.underline() == other.attrs.underline() { one.attrs.underline() } else { Underline::None };
    let attrs = Attrs::from_bits(one.attrs.bits() & other.attrs.bits()).with_underline(underline);
    let mut common = Cell::EMPTY;
    (common.fg, common.bg, common.attrs) = (shared(one.fg, other.fg), shared(one.bg, other.bg), attrs);
    common
}
