//! What a painter reads: the cells of the screen shown, its cursor, colours and title; and the switch between the
//! primary and the alternate screen.

use std::ops::Range;

use super::Terminal;
use super::cell::Cell;
use super::charset::Charset;
use super::clusters::Clusters;
use super::conformance::{Conformance, PutAway};
use super::cursor::{Cursor, SavedCursor};
use super::edit::Protection;
use super::extras::Extras;
use super::grid::{Grid, LineSize};
use super::keyboard::KeyState;
use super::modes::{Mode, Modes};
use super::palette::Palette;
use super::pictures::Pictures;
use super::shell::Marks;
use super::tabs::Tabs;
use crate::geometry::{CellPos, GridSize, Size};

/// How the cursor looks (DECSCUSR).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CursorShape {
    /// The whole cell.
    #[default]
    Block,
    /// A line below.
    Underline,
    /// A line at the left.
    Bar,
}

/// The cursor as it is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CursorView {
    /// Where it is; with a pending wrap in the last column.
    pub pos: CellPos,
    /// Whether it is shown (DECTCEM).
    pub visible: bool,
    /// Its shape.
    pub shape: CursorShape,
    /// Whether it blinks.
    pub blink: bool,
    /// Whether the next character goes to the next row first.
    pub pending_wrap: bool,
}

/// The screen of a terminal: see the module.
#[derive(Debug)]
pub struct Screen {
    /// The screen shown.
    pub(super) grid: Grid,
    /// The one not shown. The alternate is made when first needed: most consoles never do.
    pub(super) hidden: Option<Grid>,
    pub(super) alternate: bool,
    pub(super) cursor: Cursor,
    /// What DECSC saved on the primary and on the alternate screen.
    pub(super) saved: [SavedCursor; 2],
    pub(super) cursor_shape: CursorShape,
    /// First row of the scroll region, and the row after its last (DECSTBM).
    pub(super) top: u16,
    pub(super) bottom: u16,
    /// First column of the scroll region, and the column after its last (DECSLRM); the edges without DECLRMM.
    pub(super) left: u16,
    pub(super) right: u16,
    /// What is done with protected cells.
    pub(super) protection: Protection,
    /// DECSACE: DECCARA and DECRARA mean a rectangle with 2, the text from one corner to the other with 0 and 1.
    pub(super) attribute_extent: u8,
    /// XTCHECKSUM: how DECRQCRA counts, one bit for each deviation from DEC's way.
    pub(super) checksum_flags: u8,
    pub(super) modes: Modes,
    pub(super) conformance: Conformance,
    pub(super) vt52: PutAway,
    /// What the guest asked of the keyboard beside the modes.
    pub(super) keys: KeyState,
    pub(super) tabs: Tabs,
    /// What `ESC ( <` and its kin designate (DECAUPSS).
    pub(super) preferred_set: Charset,
    pub(super) palette: Palette,
    pub(super) clusters: Clusters,
    pub(super) pictures: Pictures,
    pub(super) extras: Extras,
    pub(super) title: String,
    pub(super) icon_title: String,
    /// What OSC 7 said last.
    pub(super) directory: String,
}

impl Screen {
    pub(super) fn new(size: GridSize, cell: Size, palette: Palette, modes: Modes) -> Self {
        Self {
            grid: Grid::new(size),
            hidden: None,
            alternate: false,
            cursor: Cursor::default(),
            saved: [SavedCursor::default(); 2],
            cursor_shape: CursorShape::default(),
            top: 0,
            bottom: size.rows,
            left: 0,
            right: size.cols,
            protection: Protection::Off,
            attribute_extent: 0,
            checksum_flags: 0,
            modes,
            conformance: Conformance::new(),
            vt52: PutAway::default(),
            keys: KeyState::default(),
            tabs: Tabs::new(size.cols),
            preferred_set: Charset::DecSupplemental,
            palette,
            clusters: Clusters::default(),
            pictures: Pictures::new(cell),
            extras: Extras::default(),
            title: String::new(),
            icon_title: String::new(),
            directory: String::new(),
        }
    }

    /// The number of bytes that it takes: both grids, and what their cells and the window's titles refer to.
    pub(super) fn memory(&self) -> usize {
        let hidden = self.hidden.as_ref().map_or(0, Grid::memory);
        let beside = self.clusters.memory() + self.pictures.memory() + self.extras.memory();
        let texts = self.title.capacity() + self.icon_title.capacity() + self.directory.capacity();
        self.grid.memory() + hidden + beside + texts
    }

    /// Its size.
    pub fn size(&self) -> GridSize {
        self.grid.size()
    }

    /// The cells of `row`, exactly as many as there are columns.
    pub fn row(&self, row: u16) -> &[Cell] {
        self.grid.row(row)
    }

    /// Whether the text of `row` goes on in the next.
    pub fn line_wrapped(&self, row: u16) -> bool {
        self.grid.wrapped(row)
    }

    /// How `row` is displayed (DECDWL, DECDHL).
    pub fn line_size(&self, row: u16) -> LineSize {
        self.grid.line_size(row)
    }

    /// The cursor.
    pub fn cursor(&self) -> CursorView {
        CursorView {
            pos: CellPos { row: self.cursor.row, col: self.cursor.col },
            visible: self.modes.has(Mode::CursorVisible),
            shape: self.cursor_shape,
            blink: self.modes.has(Mode::CursorBlink),
            pending_wrap: self.cursor.pending_wrap,
        }
    }

    /// Whether the whole screen is in reverse (DECSCNM).
    pub fn reverse_screen(&self) -> bool {
        self.modes.has(Mode::ReverseScreen)
    }

    /// The modes.
    pub fn modes(&self) -> Modes {
        self.modes
    }

    /// Whether the alternate screen is shown.
    pub fn on_alternate(&self) -> bool {
        self.alternate
    }

    /// The colours.
    pub fn palette(&self) -> &Palette {
        &self.palette
    }

    /// Base character and combining marks of [`Cell::cluster`].
    pub fn cluster(&self, index: u32) -> &[char] {
        self.clusters.text(index)
    }

    /// The table of clusters.
    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    /// The window's title (OSC 2).
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The icon's title (OSC 1).
    pub fn icon_title(&self) -> &str {
        &self.icon_title
    }

    /// What the guest's shell began in `row` (OSC 133).
    pub fn marks(&self, row: u16) -> Marks {
        self.grid.marks(row)
    }

    /// Where the guest's shell says that it is: a URI (OSC 7), or nothing. It is what the guest says, no more, and it is
    /// nowhere shown, opened or sent back.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// What an erasure leaves: an empty cell in the current background (xterm's background colour erase).
    #[inline]
    pub(super) fn blank(&self) -> Cell {
        Cell::erased(self.cursor.pen.bg)
    }

    /// The columns of `row`: half of them when it is of double width.
    #[inline]
    pub(super) fn row_cols(&self, row: u16) -> u16 {
        self.grid.line_cols(row)
    }

    /// The column after the last that what is printed at `col` of `row` may take: up to the right margin, or beyond it
    /// up to the end of the row.
    #[inline]
    pub(super) fn print_limit(&self, row: u16, col: u16) -> u16 {
        let cols = self.row_cols(row);
        if col < self.right { cols.min(self.right) } else { cols }
    }

    /// The columns between the margins.
    #[inline]
    pub(super) fn columns(&self) -> Range<u16> {
        self.left..self.right
    }

    /// Whether there are no left and right margins but the edges, so that rows scroll whole.
    #[inline]
    pub(super) fn full_width(&self) -> bool {
        self.left == 0 && self.right == self.grid.size().cols
    }

    /// The scroll region is the whole screen (and DECLRMM stays as it is).
    pub(super) fn reset_margins(&mut self) {
        let size = self.size();
        (self.top, self.bottom) = (0, size.rows);
        (self.left, self.right) = (0, size.cols);
    }

    /// The rows and columns that addresses count from and are kept in: the scroll region in origin mode (DECOM), else
    /// the whole screen.
    pub(super) fn page(&self) -> (Range<u16>, Range<u16>) {
        if self.modes.has(Mode::Origin) {
            (self.top..self.bottom, self.columns())
        } else {
            (0..self.size().rows, 0..self.size().cols)
        }
    }

    /// Forgets what the numbers in cells stand for; all of them are to be written anew.
    pub(super) fn forget_tables(&mut self) {
        self.clusters = Clusters::default();
        self.extras = Extras::default();
    }

    /// Forgets the clusters that no cell uses.
    pub(super) fn sweep_clusters(&mut self) {
        let mut used = vec![false; super::clusters::MAX_CLUSTERS];
        let mut visit = |cell: &mut Cell| {
            if let Some(index) = cell.cluster() {
                used[index as usize] = true;
            }
        };
        self.grid.for_each_used(&mut visit);
        if let Some(hidden) = &mut self.hidden {
            hidden.for_each_used(&mut visit);
        }
        self.clusters.sweep(&used);
        self.palette.touch();
    }
}

impl Terminal {
    /// DECSET and DECRST 47 and 1047: shows the alternate or the primary screen; `erase` erases the alternate one.
    pub(super) fn switch_screen(&mut self, alternate: bool, erase: bool) {
        let size = self.screen.size();
        if self.screen.alternate != alternate {
            self.count_screen();
            let screen = &mut self.screen;
            let other = screen.hidden.take().unwrap_or_else(|| Grid::new(size));
            screen.hidden = Some(std::mem::replace(&mut screen.grid, other));
            screen.alternate = alternate;
            // A wrap stays pending, unless what it is at is erased (xterm).
            screen.cursor.written = None;
            screen.cursor.pending_wrap &= !erase;
            self.damage.mark_rows(0..size.rows);
            self.keep_in_row();
        }
        if erase {
            self.erase_alternate();
        }
    }

    /// DECSET and DECRST 1049.
    pub(super) fn switch_screen_saving(&mut self, alternate: bool) {
        if alternate {
            self.save_cursor();
            self.switch_screen(true, true);
        } else {
            self.switch_screen(false, false);
            self.restore_cursor();
        }
    }

    fn erase_alternate(&mut self) {
        let blank = self.screen.blank();
        let size = self.screen.size();
        self.count_screen();
        let grid = if self.screen.alternate { Some(&mut self.screen.grid) } else { self.screen.hidden.as_mut() };
        if let Some(grid) = grid {
            (0..size.rows).for_each(|row| grid.clear_row(row, blank));
        }
        if self.screen.alternate {
            self.damage.mark_rows(0..size.rows);
        }
    }
}
