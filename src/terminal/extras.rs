//! The rare things of cells, underline colours and links (OSC 8): a cell holds a number, the table what it stands for.
//!
//! Two cells of one link need not be neighbours: an editor that shows a link in two columns of rows gives it an id, and
//! cells of the same id and the same URI are one link. Cells without an id are one where they touch. Nothing here ever
//! follows a link: it is for those who look.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::Terminal;
use super::cell::{Cell, Color};
use super::grid::Grid;
use super::screen::Screen;
use crate::geometry::CellPos;

/// Underline colours and links, and pairs of these, that may be in use on a screen at once; cells beyond that go without.
pub const MAX_EXTRAS: usize = 4_096;
/// Bytes of the URI of a link; a longer one makes no link.
pub const MAX_URI: usize = 2_048;
/// Bytes of its id; a link with a longer one has none.
pub const MAX_LINK_ID: usize = 256;
/// Extras refused by a full table before the screen is looked through again for unused ones. A look costs as much as a
/// screenful of printing: when the last one found little, many must be refused first.
const REFUSALS_BEFORE_SWEEP: u32 = 4_096;
/// What an [`Arc`] keeps beside its content.
pub(super) const COUNTS: usize = 2 * size_of::<usize>();

/// A link (OSC 8). Its text is the guest's: to be shown and copied, and never to be sent back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    uri: Box<str>,
    id: Box<str>,
}

impl Link {
    /// Where it leads: 1 to `MAX_URI` bytes, none of them a control character.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// What the guest calls it, so that places apart from each other are one link; may be empty.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The number of bytes that one takes.
    pub(super) fn memory(&self) -> usize {
        size_of::<Self>() + COUNTS + self.uri.len() + self.id.len()
    }

    /// From what OSC 8 says: `key=value` pairs, between colons, and a URI. `None` ends a link, or is none that we keep.
    fn parse(params: &str, uri: &str) -> Option<Self> {
        let fits = (1..=MAX_URI).contains(&uri.len()) && !uri.chars().any(char::is_control);
        let id = params.split(':').find_map(|pair| pair.strip_prefix("id=")).unwrap_or_default();
        let id = if id.len() > MAX_LINK_ID || id.chars().any(char::is_control) { "" } else { id };
        fits.then(|| Self { uri: uri.into(), id: id.into() })
    }
}

/// What [`Cell::extra`] stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extra {
    /// The colour of the underline; [`Color::DEFAULT`] when it is the text's.
    pub underline: Color,
    /// The link that the cell belongs to.
    pub link: Option<Arc<Link>>,
}

/// What 0 stands for.
static NONE: Extra = Extra::NONE;

impl Extra {
    /// Nothing of the kind.
    pub const NONE: Self = Self { underline: Color::DEFAULT, link: None };
}

/// The extras of a screen. An ordered map: no randomness down here, and no collisions to choose.
#[derive(Clone, Debug, Default)]
pub(super) struct Extras {
    entries: Vec<Extra>,
    index: BTreeMap<Extra, u16>,
    /// Extras refused since a look through the whole screen found too few unused ones.
    refused: u32,
}

impl Extras {
    /// What `number` stands for; 0, and a number that was never given out, for nothing.
    pub(super) fn get(&self, number: u16) -> &Extra {
        usize::from(number).checked_sub(1).and_then(|at| self.entries.get(at)).unwrap_or(&NONE)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The number of bytes that it takes, give or take what the map needs between its entries.
    pub(super) fn memory(&self) -> usize {
        let links: usize = self.entries.iter().flat_map(|extra| &extra.link).map(|link| link.memory()).sum();
        self.entries.capacity() * size_of::<Extra>() + self.index.len() * size_of::<(Extra, u16)>() + links
    }

    /// Whether each number stands for something with this link. Texts may be long and differ at their ends only, and
    /// there are more cells than texts: so each is compared once.
    fn with_link(&self, link: &Arc<Link>) -> Vec<bool> {
        let ours = |extra: &Extra| extra.link.as_ref() == Some(link);
        std::iter::once(false).chain(self.entries.iter().map(ours)).collect()
    }

    /// The number of `extra`; `None` while the table is full.
    fn intern(&mut self, extra: &Extra) -> Option<u16> {
        if *extra == NONE {
            return Some(0);
        }
        if let Some(number) = self.index.get(extra) {
            return Some(*number);
        }
        if self.entries.len() == MAX_EXTRAS {
            return None;
        }
        self.entries.push(extra.clone());
        let number = self.entries.len() as u16;
        self.index.insert(extra.clone(), number);
        Some(number)
    }
}

impl Screen {
    /// What a cell has beside colours and attributes.
    pub(super) fn extra(&self, cell: &Cell) -> &Extra {
        self.extras.get(cell.extra)
    }

    /// The colour of a cell's underline; [`Color::DEFAULT`] when it is the text's.
    pub fn underline_color(&self, cell: &Cell) -> Color {
        self.extra(cell).underline
    }

    /// The link that a cell belongs to.
    pub fn link(&self, cell: &Cell) -> Option<&Arc<Link>> {
        self.extra(cell).link.as_ref()
    }

    /// The link at `pos`, if there is one; none outside of the screen.
    pub fn link_at(&self, pos: CellPos) -> Option<&Arc<Link>> {
        let inside = pos.row < self.size().rows && pos.col < self.row_cols(pos.row);
        if inside { self.link(&self.row(pos.row)[usize::from(pos.col)]) } else { None }
    }

    /// All cells of the link at `pos`: rows and their columns, from above. A link with an id is all over the screen, one
    /// without is what touches `pos` in its row, and over the ends of rows.
    pub fn link_cells(&self, pos: CellPos) -> Vec<(u16, Range<u16>)> {
        let Some(link) = self.link_at(pos) else { return Vec::new() };
        let rows = 0..self.size().rows;
        let ours = &self.extras.with_link(link);
        if !link.id.is_empty() {
            return rows.flat_map(|row| self.link_runs(row, ours).map(move |cols| (row, cols))).collect();
        }
        let run_at = |row: u16, col: u16| self.link_runs(row, ours).find(|cols| cols.contains(&col));
        let Some(own) = run_at(pos.row, pos.col) else { return Vec::new() };
        let mut cells = vec![(pos.row, own.clone())];
        let mut first = own.clone();
        for row in (0..pos.row).rev() {
            let above = run_at(row, self.row_cols(row) - 1).filter(|_| first.start == 0);
            let Some(cols) = above else { break };
            first = cols.clone();
            cells.push((row, cols));
        }
        cells.reverse();
        let (mut last, mut above) = (own, pos.row);
        for row in pos.row + 1..rows.end {
            let below = run_at(row, 0).filter(|_| last.end == self.row_cols(above));
            let Some(cols) = below else { break };
            (last, above) = (cols.clone(), row);
            cells.push((row, cols));
        }
        cells
    }

    /// Where a link is in `row`: the cells whose extras are `ours`.
    fn link_runs<'a>(&'a self, row: u16, ours: &'a [bool]) -> impl Iterator<Item = Range<u16>> + 'a {
        let cells = &self.row(row)[..usize::from(self.row_cols(row))];
        let mut col = 0u16;
        let runs = cells.chunk_by(|a, b| a.extra == b.extra).map(move |run| {
            col += run.len() as u16;
            (ours.get(usize::from(run[0].extra)) == Some(&true), col - run.len() as u16..col)
        });
        // Cells of one link may differ in the colour of their underline.
        let mut runs = runs.filter(|(ours, _)| *ours).map(|(_, cols)| cols).peekable();
        std::iter::from_fn(move || {
            let mut joined = runs.next()?;
            while let Some(next) = runs.next_if(|next| next.start == joined.end) {
                joined.end = next.end;
            }
            Some(joined)
        })
    }

    /// The number that stands for `extra` in [`Cell::extra`]; 0 when there is no room for it.
    pub(super) fn intern_extra(&mut self, extra: &Extra) -> u16 {
        if let Some(number) = self.extras.intern(extra) {
            return number;
        }
        if self.extras.refused.is_multiple_of(REFUSALS_BEFORE_SWEEP) {
            self.sweep_extras();
            let found_many = self.extras.len() <= MAX_EXTRAS - MAX_EXTRAS / 16;
            self.extras.refused = if found_many { 0 } else { 1 };
        }
        self.extras.intern(extra).unwrap_or_else(|| {
            self.extras.refused = self.extras.refused.wrapping_add(1);
            0
        })
    }

    /// The pen underlines in `color` from now on.
    pub(super) fn set_underline_color(&mut self, color: Color) {
        let link = self.link(&self.cursor.pen).cloned();
        self.cursor.pen.extra = self.intern_extra(&Extra { underline: color, link });
    }

    /// Forgets the extras that no cell uses, and numbers the others anew.
    fn sweep_extras(&mut self) {
        let mut renumbered = vec![0u16; self.extras.len() + 1];
        let old = std::mem::take(&mut self.extras);
        let mut kept = Extras::default();
        self.for_each_pen_and_cell(|cell| {
            let number = &mut renumbered[usize::from(cell.extra)];
            if cell.extra != 0 && *number == 0 {
                // There is room: these are no more than there were.
                *number = kept.intern(old.get(cell.extra)).unwrap_or(0);
            }
            cell.extra = *number;
        });
        self.extras = kept;
        // The numbers mean something else now: a painter that compares cells must look at all of them again.
        self.palette.touch();
    }

    /// Calls `f` with every cell of both screens that is not surely empty, and every pen that there is.
    fn for_each_pen_and_cell(&mut self, mut f: impl FnMut(&mut Cell)) {
        let grids: [Option<&mut Grid>; 2] = [Some(&mut self.grid), self.hidden.as_mut()];
        grids.into_iter().flatten().for_each(|grid| grid.for_each_used(&mut f));
        f(&mut self.cursor.pen);
        f(&mut self.vt52.pen);
        self.saved.iter_mut().for_each(|saved| f(&mut saved.cursor.pen));
    }
}

impl Terminal {
    /// OSC 8, `params ; URI`: what is printed from now on belongs to this link; without a URI, to none.
    pub(super) fn set_link(&mut self, text: &str) {
        let Some((params, uri)) = text.split_once(';') else { return };
        let underline = self.screen.underline_color(&self.screen.cursor.pen);
        let link = Link::parse(params, uri).map(Arc::new);
        self.screen.cursor.pen.extra = self.screen.intern_extra(&Extra { underline, link });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::Options;

    fn terminal(cols: u16, rows: u16, bytes: &str) -> Terminal {
        let mut terminal = Terminal::new(GridSize::new(cols, rows), Options::default());
        terminal.feed(bytes.as_bytes());
        terminal
    }

    fn cells_at(terminal: &Terminal, row: u16, col: u16) -> Vec<(u16, Range<u16>)> {
        terminal.screen().link_cells(CellPos { row, col })
    }

    #[test]
    fn links_are_read_and_bounded() {
        let link = |params: &str, uri: &str| Link::parse(params, uri).map(|link| (link.uri.into(), link.id.into()));
        let some = |uri: &str, id: &str| Some((String::from(uri), String::from(id)));
        assert_eq!(link("", "http://a/;b"), some("http://a/;b", ""));
        assert_eq!(link("x=1:id=7:y", "u"), some("u", "7"));
        assert_eq!(link("id=a", ""), None);
        assert_eq!(link("", "a\tb"), None);
        assert_eq!(link("id=a\u{7f}", "u"), some("u", ""));
        assert_eq!(link("", &"u".repeat(MAX_URI)), some(&"u".repeat(MAX_URI), ""));
        assert_eq!(link("", &"u".repeat(MAX_URI + 1)), None);
        assert_eq!(link(&format!("id={}", "i".repeat(MAX_LINK_ID + 1)), "u"), some("u", ""));
    }

    #[test]
    fn a_link_ends_with_osc_8_and_not_with_a_rendition() {
        let terminal = terminal(10, 1, "\x1b]8;;u\x1b\\a\x1b[0mb\x1b[58;5;1mc\x1b[md\x1b]8;;\x07e");
        let uri = |col| terminal.screen().link_at(CellPos { row: 0, col }).map(|link| link.uri());
        assert_eq!([0, 1, 2, 3, 4].map(uri), [Some("u"), Some("u"), Some("u"), Some("u"), None]);
        assert_eq!(cells_at(&terminal, 0, 0), [(0, 0..4)]);
        assert_eq!(terminal.screen().link_at(CellPos { row: 1, col: 0 }), None);
        assert_eq!(terminal.screen().link_at(CellPos { row: 0, col: 10 }), None);
    }

    #[test]
    fn cells_without_an_id_are_one_link_where_they_touch() {
        let terminal = terminal(4, 4, "..\x1b]8;;u\x07abcdefgh\x1b]8;;\x07 \x1b]8;;u\x07x");
        let all = [(0, 2..4), (1, 0..4), (2, 0..2)];
        for (row, col) in [(0, 3), (1, 1), (2, 0)] {
            assert_eq!(cells_at(&terminal, row, col), all);
        }
        assert_eq!(cells_at(&terminal, 2, 3), [(2, 3..4)]);
        assert_eq!(cells_at(&terminal, 0, 0), []);
    }

    #[test]
    fn cells_of_one_id_are_one_link_wherever_they_are() {
        let terminal = terminal(
            6,
            2,
            "\x1b]8;id=1;u\x07ab\x1b]8;id=2;u\x07c\x1b]8;id=1;v\x07d\x1b]8;id=1;u\x07e\x1b]8;;\x07\r\n \x1b]8;id=1;u\x07f",
        );
        assert_eq!(cells_at(&terminal, 1, 1), [(0, 0..2), (0, 4..5), (1, 1..2)]);
        assert_eq!(cells_at(&terminal, 0, 2), [(0, 2..3)]);
        assert_eq!(cells_at(&terminal, 0, 3), [(0, 3..4)]);
    }

    #[test]
    fn a_link_of_several_extras_is_found_with_all_of_them() {
        let terminal = terminal(8, 1, "\x1b]8;id=1;u\x07a\x1b[58;5;1mb\x1b]8;;v\x07c\x1b]8;id=1;u\x07d\x1b]8;;\x07e");
        let link = terminal.screen().link_at(CellPos { row: 0, col: 0 }).expect("there is one");
        let ours = terminal.screen.extras.with_link(link);
        assert_eq!(ours.len(), 1 + terminal.screen.extras.len());
        let is_ours = |col: usize| ours[usize::from(terminal.screen().row(0)[col].extra)];
        assert_eq!([0, 1, 2, 3, 4].map(is_ours), [true, true, false, true, false]);
        assert_eq!(cells_at(&terminal, 0, 3), [(0, 0..2), (0, 3..4)]);
    }

    #[test]
    fn links_that_no_cell_uses_make_room() {
        let mut terminal = terminal(8, 2, "");
        for n in 0..3 * MAX_EXTRAS {
            terminal.feed(format!("\x1b]8;;http://host/{n}\x07x\r").as_bytes());
            let link = terminal.screen().link_at(CellPos { row: 0, col: 0 });
            assert_eq!(link.map(|link| link.uri().to_owned()), Some(format!("http://host/{n}")));
            assert!(terminal.screen.extras.len() <= MAX_EXTRAS);
        }
        assert!(terminal.screen.memory() < 2 << 20);
        terminal.feed(b"\x1bc");
        assert_eq!(terminal.screen.extras.len(), 0);
    }

    #[test]
    fn a_table_full_of_links_in_use_takes_no_more() {
        let mut terminal = terminal(128, 64, "");
        for n in 0..128 * 64 {
            terminal.feed(format!("\x1b]8;;{n:02048}\x07x").as_bytes());
        }
        assert_eq!(terminal.screen.extras.len(), MAX_EXTRAS);
        assert!(terminal.screen.memory() < (MAX_EXTRAS + 512) * (MAX_URI + 256), "{}", terminal.screen.memory());
        let linked = |row| terminal.screen().link_at(CellPos { row, col: 0 }).is_some();
        assert!(linked(0) && linked(31) && !linked(40));
    }
}
