//! What must always hold of a screen, and where two screens differ: for tests, fuzzing and `debug replay`.

use super::Terminal;
use super::cell::Cell;
use super::cursor::SavedCursor;
use super::extras::Extra;
use super::grid::{Grid, LineSize};
use super::modes::Mode;
use super::screen::Screen;

impl Terminal {
    /// Where `other` first differs from this: the screen, what the guest has put away beside it, and what its next bytes
    /// mean.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let parts = [
            ("saved modes", self.saved_modes == other.saved_modes),
            ("window", self.window == other.window),
            ("stack of titles", self.titles == other.titles),
            ("stacks of renditions and palettes", self.stacks == other.stacks),
            ("encoding", self.scanner.encoding == other.scanner.encoding),
            ("sequence that has begun", self.scanner.state == other.scanner.state),
            ("character to repeat", self.last_printed == other.last_printed),
        ];
        let named = || parts.iter().find(|(_, same)| !same).map(|(name, _)| format!("the {name}"));
        self.screen.difference(&other.screen).or_else(named)
    }
}

impl Screen {
    /// The first rule that is broken, if any is; none ever should be.
    pub fn broken_rule(&self) -> Option<String> {
        let size = self.size();
        if self.cursor.row >= size.rows || self.cursor.col >= self.row_cols(self.cursor.row) {
            return Some(format!("the cursor is at {},{}", self.cursor.row, self.cursor.col));
        }
        if self.top >= self.bottom || self.bottom > size.rows {
            return Some(format!("the margins are {} and {}", self.top, self.bottom));
        }
        if self.left >= self.right || self.right > size.cols {
            return Some(format!("the margins are {} and {}", self.left, self.right));
        }
        if !self.full_width() && !self.modes.has(Mode::LeftRightMargins) {
            return Some("there are left and right margins without DECLRMM".into());
        }
        if self.title.chars().count() > super::titles::MAX_TITLE || self.extras.len() > super::MAX_EXTRAS {
            return Some("a limit is passed".into());
        }
        std::iter::once(&self.grid).chain(&self.hidden).find_map(|grid| self.broken_grid(grid))
    }

    fn broken_grid(&self, grid: &Grid) -> Option<String> {
        if grid.size() != self.size() {
            return Some(format!("the hidden screen is {}", grid.size()));
        }
        for row in 0..grid.size().rows {
            if self.modes.has(Mode::LeftRightMargins) && grid.line_size(row) != LineSize::Single {
                return Some(format!("row {row} is of double width in spite of DECLRMM"));
            }
            let (cells, used) = (grid.row(row), usize::from(grid.used(row)));
            for (col, cell) in cells.iter().enumerate() {
                let right = cells.get(col + 1);
                let halves = cell.is_wide() == right.is_some_and(|right| right.is_spacer());
                let orphan = col == 0 && cell.is_spacer();
                let unknown = cell.cluster().is_some_and(|index| self.cluster(index).is_empty())
                    || usize::from(cell.extra) > self.extras.len();
                // An empty cell has nothing but a background.
                let dirty = cell.is_empty() && *cell != Cell::erased(cell.bg);
                let unused = col >= used && *cell != Cell::EMPTY;
                let control = cell.char().is_some_and(char::is_control);
                if control || !halves || orphan || unknown || dirty || unused {
                    return Some(format!("cell {row},{col} is {cell:?}, right of it {right:?}"));
                }
            }
        }
        None
    }

    /// Where `other` first differs from this; how they came about does not count.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let parts = [
            ("size", self.size() == other.size()),
            ("screen shown", self.alternate == other.alternate),
            ("cursor", self.cursor() == other.cursor()),
            ("rendition", self.looks(&self.cursor.pen) == other.looks(&other.cursor.pen)),
            ("charsets", self.cursor.charsets == other.cursor.charsets),
            ("saved cursors", [0, 1].iter().all(|which| self.comparable(*which) == other.comparable(*which))),
            ("margins", (self.top..self.bottom, self.columns()) == (other.top..other.bottom, other.columns())),
            ("protection", self.protection == other.protection),
            ("extent of attributes", self.attribute_extent == other.attribute_extent),
            ("checksum", self.checksum_flags == other.checksum_flags),
            ("modes", self.modes == other.modes),
            ("what VT52 mode put away", self.vt52.comparable(self) == other.vt52.comparable(other)),
            ("conformance", self.conformance == other.conformance),
            ("keyboard", self.keys == other.keys),
            ("tab stops", self.tabs == other.tabs),
            ("preferred set", self.preferred_set == other.preferred_set),
            ("colours", self.palette == other.palette),
            ("colour registers", self.pictures.registers == other.pictures.registers),
            ("titles", (&self.title, &self.icon_title) == (&other.title, &other.icon_title)),
            ("directory", self.directory == other.directory),
        ];
        if let Some((name, _)) = parts.iter().find(|(_, same)| !same) {
            let (ours, theirs) = ((self.cursor, self.saved), (other.cursor, other.saved));
            return Some(format!("the {name}: {ours:?} and {theirs:?}"));
        }
        let blank = Grid::new(self.size());
        let hidden = |screen: &Self| screen.hidden.clone().unwrap_or(blank.clone());
        let shown = self.grid_difference(&self.grid, other, &other.grid);
        shown.or_else(|| Some(format!("hidden {}", self.grid_difference(&hidden(self), other, &hidden(other))?)))
    }

    pub(super) fn grid_difference(&self, ours: &Grid, other: &Self, theirs: &Grid) -> Option<String> {
        for row in 0..ours.size().rows {
            let state = |grid: &Grid| (grid.wrapped(row), grid.line_size(row), grid.marks(row));
            if state(ours) != state(theirs) {
                return Some(format!("row {row}: {:?} and {:?}", state(ours), state(theirs)));
            }
            for (col, (a, b)) in ours.row(row).iter().zip(theirs.row(row)).enumerate() {
                let plain = a == b && a.cluster().is_none() && a.picture().is_none() && a.extra == 0;
                if !plain && (self.looks(a) != other.looks(b) || self.picture_of(a) != other.picture_of(b)) {
                    return Some(format!("cell {row},{col}: {:?} and {:?}", self.looks(a), other.looks(b)));
                }
            }
        }
        None
    }

    /// The pixels of a cell's piece of a picture, if it is one and they are still there.
    pub(super) fn picture_of(&self, cell: &Cell) -> Option<&[u32]> {
        self.pictures.pixels(cell.picture()?)
    }

    /// A cell with what its numbers stand for, but for pictures.
    pub(super) fn looks(&self, cell: &Cell) -> (Cell, &Extra, &[char]) {
        let mut plain = *cell;
        plain.extra = 0;
        if cell.cluster().is_some() {
            plain = plain.with_cluster(0);
        }
        if cell.picture().is_some() {
            plain = Cell::erased(cell.bg);
        }
        (plain, self.extra(cell), cell.cluster().map_or(&[], |index| self.cluster(index)))
    }

    /// A saved cursor as DECRC would bring it back. Its pending wrap is left out: a dump cannot always tell of it.
    fn comparable(&self, which: usize) -> (SavedCursor, &Extra) {
        let mut saved = self.saved[which];
        let extra = self.extra(&saved.cursor.pen);
        let grid = if which == usize::from(self.alternate) { Some(&self.grid) } else { self.hidden.as_ref() };
        let cursor = &mut saved.cursor;
        if saved.origin {
            cursor.row = cursor.row.clamp(self.top, self.bottom - 1);
            cursor.col = cursor.col.clamp(self.left, self.right - 1);
        }
        if let Some(grid) = grid {
            cursor.col = cursor.col.min(grid.line_cols(cursor.row) - 1);
        }
        cursor.pen.extra = 0;
        cursor.depart();
        (saved, extra)
    }
}

#[cfg(test)]
mod tests {
    use crate::geometry::GridSize;
    use crate::terminal::{Options, Terminal};

    #[test]
    fn what_is_put_away_beside_the_screen_counts_and_a_reset_forgets_it() {
        let fresh = || Terminal::new(GridSize::new(10, 2), Options::default());
        for bytes in [
            "\x1b[?5h\x1b[?5s\x1b[?5l",
            "\x1b[22t",
            "\x1b[>1t",
            "\x1b[#{",
            "\x1b[#P",
            "\x1b%@",
            "\x1b[",
            "\x1b[>4;2m",
            "\x1bP1!uA\x1b\\",
        ] {
            let mut terminal = fresh();
            terminal.feed(bytes.as_bytes());
            assert!(terminal.difference(&fresh()).is_some(), "{bytes:?}");
            terminal.feed(b"\x18\x1bc");
            assert_eq!(terminal.difference(&fresh()), None, "{bytes:?}");
        }
    }
}
