//! Screen → text; terminal → escape sequences that rebuild it in a fresh terminal of the same size.
//!
//! Whoever joins late, or fell behind, gets these sequences and then the live bytes. What they cannot say: a wrap that is
//! pending over an empty cell (a switch of the screen leaves one) or over a picture, what REP would repeat, and what the
//! guest has put away: modes (XTSAVE), titles, renditions, palettes; nor a sequence that has only begun. The history goes
//! ahead of them where it is asked for.

mod history;

use std::fmt::Write as _;

use super::Terminal;
use super::cell::{Attrs, Cell, Color};
use super::charset::Charset;
use super::conformance::{MAX_LEVEL, PUT_AWAY};
use super::cursor::{Cursor, SavedCursor};
use super::edit::{Protection, WIDE_COLUMNS};
use super::grid::{Grid, LineSize};
use super::keyboard::FlagStack;
use super::modes::{MODES, Mode, ModeKind, Modes};
use super::palette::{Kept, Palette};
use super::pictures;
use super::report::rendition;
use super::scan::{Encoding, PcFont};
use super::screen::Screen;
use super::sixel;
use super::tabs::Tabs;
use super::width;

pub use history::HISTORY_MAX;

/// The rows of the screen, trailing blanks cut, each ended by a line feed.
pub fn text(screen: &Screen) -> String {
    let mut out = String::new();
    for row in 0..screen.size().rows {
        row_text(screen, row, &mut out);
        out.push('\n');
    }
    out
}

/// The text of one row, without trailing blanks.
fn row_text(screen: &Screen, row: u16, out: &mut String) {
    out.push_str(whole_row(screen, row).trim_end_matches(' '));
}

/// The text of one row, a character for each cell but the right halves of wide ones.
pub fn whole_row(screen: &Screen, row: u16) -> String {
    let mut out = String::new();
    screen.row(row).iter().filter(|cell| !cell.is_spacer()).for_each(|cell| push_cell(screen, cell, &mut out));
    out
}

/// The characters of a cell; a blank for an empty one.
fn push_cell(screen: &Screen, cell: &Cell, out: &mut String) {
    match cell.cluster() {
        Some(index) => out.extend(screen.cluster(index)),
        None => out.push(cell.char().unwrap_or(' ')),
    }
}

/// Escape sequences that make a fresh terminal of the same size look and behave like `terminal`.
pub fn sequences(terminal: &Terminal) -> Vec<u8> {
    sequences_with_history(terminal, 0)
}

/// The same, with the newest rows of the history ahead: `rows` of them at most, and [`HISTORY_MAX`] bytes.
pub fn sequences_with_history(terminal: &Terminal, rows: usize) -> Vec<u8> {
    let mut dump = Dump { screen: &terminal.screen, out: String::new(), pen: Cell::EMPTY, protects: false };
    dump.begin(&terminal.options.palette);
    history::put(terminal.history(), rows, terminal.screen.size(), &mut dump.out);
    let screen = dump.screen;
    if let (true, Some(primary)) = (screen.alternate, &screen.hidden) {
        dump.grid(primary);
        dump.saved_cursor(0, primary);
        dump.out.push_str("\x1b[?47h");
        dump.grid(&screen.grid);
        dump.saved_cursor(1, &screen.grid);
    } else {
        let blank = Grid::new(screen.size());
        let keyed = screen.keys.kitty[1] != FlagStack::default();
        if screen.hidden.is_some() || screen.saved[1] != SavedCursor::default() || keyed {
            let alternate = screen.hidden.as_ref().unwrap_or(&blank);
            dump.out.push_str("\x1b[?47h");
            dump.grid(alternate);
            dump.saved_cursor(1, alternate);
            dump.out.push_str("\x1b[?47l");
        }
        dump.grid(&screen.grid);
        dump.saved_cursor(0, &screen.grid);
    }
    dump.finish(terminal);
    dump.out.into_bytes()
}

struct Dump<'a> {
    screen: &'a Screen,
    out: String,
    /// The rendition that the sequences so far have set.
    pen: Cell,
    /// They have used DECSCA.
    protects: bool,
}

/// Writing to a String cannot fail; this says so once.
macro_rules! put {
    ($dump:expr, $($format:tt)*) => {{
        let _ = write!($dump.out, $($format)*);
    }};
}

impl Dump<'_> {
    fn begin(&mut self, standard: &Palette) {
        // ESC c brings back the encoding that the terminal began with; what follows is UTF-8.
        self.out.push_str("\x1b%G\x1bc\x1b%G");
        // DECSCL resets, so it comes first. What a VT100 and a VT52 show may have been designated on a higher level, which
        // only the way through VT52 mode leaves as it is: see finish.
        if let level @ 2..MAX_LEVEL = self.screen.conformance.level {
            put!(self, "\x1b[{};1\"p", 60 + level);
        }
        // DECCOLM would erase what comes later, and the right to it goes again.
        if self.screen.modes.has(Mode::Columns132) {
            self.out.push_str("\x1b[?40h\x1b[?3h\x1b[?40l");
            // Somebody may have chosen another size since.
            let cols = self.screen.size().cols;
            if cols != WIDE_COLUMNS {
                put!(self, "\x1b[8;;{cols}t");
            }
        }
        // Before any row is of double width and takes columns away.
        if self.screen.tabs != Tabs::new(self.screen.size().cols) {
            self.out.push_str("\x1b[3g");
            for col in self.screen.tabs.iter() {
                put!(self, "\x1b[1;{}H\x1bH", col + 1);
            }
        }
        let palette = &self.screen.palette;
        for index in 0..=u8::MAX {
            if palette.indexed(index) != standard.indexed(index) {
                put!(self, "\x1b]4;{index};#{:06x}\x07", palette.indexed(index).to_u32());
            }
        }
        if palette.foreground() != standard.foreground() {
            put!(self, "\x1b]10;#{:06x}\x07", palette.foreground().to_u32());
        }
        if palette.background() != standard.background() {
            put!(self, "\x1b]11;#{:06x}\x07", palette.background().to_u32());
        }
        if let Some(cursor) = palette.cursor().filter(|_| palette.cursor() != standard.cursor()) {
            put!(self, "\x1b]12;#{:06x}\x07", cursor.to_u32());
        }
        for kept in Kept::all() {
            let Some(rgb) = palette.kept(kept).filter(|_| palette.kept(kept) != standard.kept(kept)) else { continue };
            match kept {
                Kept::Special(number) => put!(self, "\x1b]5;{number};#{:06x}\x07", rgb.to_u32()),
                Kept::Dynamic(number) => put!(self, "\x1b]{number};#{:06x}\x07", rgb.to_u32()),
            }
        }
        if !self.screen.title.is_empty() {
            put!(self, "\x1b]2;{}\x07", self.screen.title);
        }
        if !self.screen.icon_title.is_empty() {
            put!(self, "\x1b]1;{}\x07", self.screen.icon_title);
        }
        if !self.screen.directory.is_empty() {
            put!(self, "\x1b]7;{}\x07", self.screen.directory);
        }
    }

    /// Sets the rendition to that of `cell`.
    fn rendition(&mut self, cell: &Cell) {
        if cell.same_style(self.pen) {
            return;
        }
        let protected = cell.attrs.contains(Attrs::PROTECTED);
        if protected != self.pen.attrs.contains(Attrs::PROTECTED) {
            put!(self, "\x1b[{}\"q", u8::from(protected));
            self.protects = true;
        }
        let underline = self.screen.underline_color(cell);
        put!(self, "\x1b[{}m", rendition(cell.fg, cell.bg, cell.attrs, underline));
        let link = self.screen.link(cell);
        if link != self.screen.link(&self.pen) {
            let (id, uri) = link.map_or(("", ""), |link| (link.id(), link.uri()));
            put!(self, "\x1b]8;{}{id};{uri}\x1b\\", if id.is_empty() { "" } else { "id=" });
        }
        self.pen = *cell;
    }

    fn background(&mut self, bg: Color) {
        self.rendition(&Cell::erased(bg));
    }

    /// All rows of a grid that is blank so far.
    fn grid(&mut self, grid: &Grid) {
        let rows = grid.size().rows;
        let mut joined = false;
        for row in 0..rows {
            joined = self.row(grid, row, joined);
        }
        // What was printed only to make a row wrap becomes blank again.
        for row in (0..rows).filter(|row| grid.wrapped(*row)) {
            let cols = grid.line_cols(row);
            let last = grid.row(row)[usize::from(cols) - 1];
            if last.is_empty() || last.picture().is_some() {
                put!(self, "\x1b[{};{cols}H", row + 1);
                self.background(last.bg);
                // ICH, for ECH would part the row from the next.
                self.out.push_str("\x1b[@");
                if last.picture().is_some() {
                    self.out.push_str(&pictures::sequence(&self.screen.pictures, &[last]));
                }
            }
        }
    }

    /// One row; `joined` says that the one before left a wrap pending which must lead here. Whether this one does.
    fn row(&mut self, grid: &Grid, row: u16, joined: bool) -> bool {
        let (wrapped, line_size) = (grid.wrapped(row) && row + 1 < grid.size().rows, grid.line_size(row));
        let cells = &grid.row(row)[..usize::from(grid.line_cols(row))];
        if joined {
            // Any character will do to carry the wrap out; its cell is written again below.
            self.out.push('x');
        }
        put!(self, "\x1b[{}H", row + 1);
        self.out.extend(grid.marks(row).sequences());
        if line_size != LineSize::Single {
            let right_half = grid.row(row).last().map_or(Color::DEFAULT, |cell| cell.bg);
            self.background(right_half);
            put!(self, "\x1b#{}", line_size_digit(line_size));
        }
        let (mut col, mut at) = (0, 0);
        for run in cells.chunk_by(|a, b| same_kind(*a, *b) && a.bg == b.bg) {
            let blank = run[0] == Cell::EMPTY && line_size == LineSize::Single && !(joined && col == 0);
            if !blank {
                if at != col {
                    put!(self, "\x1b[{}G", col + 1);
                }
                at = self.run(run, col);
            }
            col += run.len();
        }
        if wrapped && cells.last().is_some_and(|cell| cell.is_empty() || cell.picture().is_some()) {
            put!(self, "\x1b[{}Gx", cells.len());
        }
        wrapped
    }

    /// Equal empty cells at `col`, cells of a picture, or a single one of another kind; the column where the cursor is then.
    fn run(&mut self, run: &[Cell], col: usize) -> usize {
        let cell = run[0];
        if cell.is_empty() || cell.picture().is_some() {
            self.background(cell.bg);
            put!(self, "\x1b[{}X", run.len());
            if !cell.is_empty() {
                self.out.push_str(&pictures::sequence(&self.screen.pictures, run));
            }
            return col;
        }
        if !cell.is_spacer() {
            self.rendition(&cell);
            self.print(&cell, col);
        }
        col + 1
    }

    /// Prints `cell` at column `col`, where the cursor is.
    fn print(&mut self, cell: &Cell, col: usize) {
        let text = cell.cluster().map_or(&[][..], |index| self.screen.cluster(index));
        let Some((base, marks)) = text.split_first() else { return push_cell(self.screen, cell, &mut self.out) };
        let plain = width::columns(*base) == 1 + u8::from(cell.is_wide())
            && marks.iter().all(|mark| width::columns(*mark) == 0);
        if plain {
            self.out.extend(text);
            return;
        }
        // A cluster as only mode 2027 makes them; CHA, or it might join the one before.
        put!(self, "\x1b[{}G\x1b[?2027h", col + 1);
        self.out.extend(text);
        self.out.push_str("\x1b[?2027l");
    }

    /// DECSC on the screen shown, if something was saved there.
    fn saved_cursor(&mut self, which: usize, grid: &Grid) {
        self.kitty_flags(which);
        let saved = self.screen.saved[which];
        if saved == SavedCursor::default() {
            return;
        }
        self.margins();
        if saved.origin {
            self.out.push_str("\x1b[?6h");
        }
        self.cursor(&saved.cursor, grid, saved.origin);
        self.out.push_str("\x1b7");
        self.out.push_str("\x1b[?6l\x1b[r\x1b[?69l");
        self.plain_cursor();
    }

    fn margins(&mut self) {
        if self.screen.modes.has(Mode::LeftRightMargins) {
            self.out.push_str("\x1b[?69h");
        }
        if !self.screen.full_width() {
            put!(self, "\x1b[{};{}s", self.screen.left + 1, self.screen.right);
        }
        if (self.screen.top, self.screen.bottom) != (0, self.screen.size().rows) {
            put!(self, "\x1b[{};{}r", self.screen.top + 1, self.screen.bottom);
        }
    }

    /// Charsets and rendition as painting needs them.
    fn plain_cursor(&mut self) {
        self.out.push_str("\x0f\x1b}\x1b(B\x1b)B\x1b*B\x1b+B");
    }

    /// Puts the cursor where `cursor` is, with its pending wrap, its rendition and its charsets.
    fn cursor(&mut self, cursor: &Cursor, grid: &Grid, origin: bool) {
        let (top, left) = if origin { (self.screen.top, self.screen.left) } else { (0, 0) };
        let mut col = cursor.col;
        let mut under = grid.row(cursor.row)[usize::from(col)];
        // A saved cursor may lie where the margins of today do not let one go; DECRC brings it within them anyway.
        let within =
            (self.screen.top..self.screen.bottom).contains(&cursor.row) && self.screen.columns().contains(&col);
        let limit = if col < self.screen.right { self.screen.right } else { u16::MAX }.min(grid.line_cols(cursor.row));
        let printed = !under.is_empty() && under.picture().is_none();
        let pending = cursor.pending_wrap && (within || !origin) && printed && col + 1 == limit;
        if pending && under.is_spacer() {
            col -= 1;
            under = grid.row(cursor.row)[usize::from(col)];
        }
        put!(self, "\x1b[{};{}H", cursor.row.saturating_sub(top) + 1, col.saturating_sub(left) + 1);
        if pending {
            self.rendition(&under);
            self.print(&under, usize::from(col.saturating_sub(left)));
        }
        self.rendition(&cursor.pen);
        self.charsets(cursor);
    }

    fn charsets(&mut self, cursor: &Cursor) {
        let charsets = &cursor.charsets;
        // Only DECNRCM allows these, and while it is on nothing is UTF-8.
        let national = charsets.sets.iter().any(|set| matches!(set, Charset::National(_)));
        if national {
            self.out.push_str("\x1b[?42h");
        }
        for (set, slot) in charsets.sets.iter().zip(0u8..) {
            if *set != Charset::Ascii {
                let (size96, (intermediate, last)) = set.designator();
                let slot = if size96 { b"(-./"[usize::from(slot)] } else { b"()*+"[usize::from(slot)] };
                put!(self, "\x1b{}", char::from(slot));
                self.out.extend((intermediate != 0).then_some(char::from(intermediate)));
                self.out.push(char::from(last));
            }
        }
        if national {
            self.out.push_str("\x1b[?42l");
        }
        self.out.push_str(["\x0f", "\x0e", "\x1bn", "\x1bo"][usize::from(charsets.left & 3)]);
        self.out.push_str(["\x1b}", "\x1b~", "\x1b}", "\x1b|"][usize::from(charsets.right & 3)]);
        self.out.push_str(match charsets.single {
            Some(2) => "\x1bN",
            Some(3) => "\x1bO",
            _ => "",
        });
    }

    /// Margins, modes, the cursor, the encoding: what painting must not be disturbed by.
    fn finish(&mut self, terminal: &Terminal) {
        let screen = self.screen;
        let (mut cursor, mut modes) = (screen.cursor, screen.modes);
        if screen.conformance.level == 0 {
            (cursor.charsets, cursor.pen) = (screen.vt52.charsets, screen.vt52.pen);
            PUT_AWAY.iter().zip(screen.vt52.modes).for_each(|(mode, on)| modes.set(*mode, on));
        }
        self.margins();
        let origin = modes.has(Mode::Origin);
        if origin {
            self.out.push_str("\x1b[?6h");
        }
        self.cursor(&cursor, &screen.grid, origin);
        self.protection(&cursor, origin);
        put!(self, "\x1b[{} q", terminal.cursor_style());
        if screen.attribute_extent != 0 {
            put!(self, "\x1b[{}*x", screen.attribute_extent);
        }
        if screen.checksum_flags != 0 {
            put!(self, "\x1b[{}#y", screen.checksum_flags);
        }
        self.color_registers();
        // Whoever reads it may have begun as this terminal did, or as any does: another has not been told --backspace.
        let fresh = [terminal.options.modes(), Modes::DEFAULT];
        let differs = |mode| fresh.iter().any(|fresh| fresh.has(mode) != modes.has(mode));
        for row in MODES.iter().filter(|row| differs(row.mode)) {
            self.mode(row.mode, row.number, row.kind, modes.has(row.mode));
        }
        for (kind, value, what) in screen.keys.modify.changes() {
            put!(self, "\x1b[>{kind};{}{}", value as u16, char::from(what.last()));
        }
        match terminal.scanner.encoding {
            Encoding::Utf8 => {}
            Encoding::Latin1 | Encoding::Cp437 => self.out.push_str("\x1b%@"),
        }
        for mode in terminal.title_modes() {
            put!(self, "\x1b[>{mode}t");
        }
        if screen.conformance.eight_bit {
            self.out.push_str("\x1b G");
        }
        match terminal.scanner.font {
            PcFont::None => {}
            PcFont::Graphics => self.out.push_str("\x1b[11m"),
            PcFont::High => self.out.push_str("\x1b[12m"),
        }
        // Above, `<` means the set that is preferred at first.
        if screen.preferred_set != Charset::DecSupplemental {
            let (size96, (intermediate, last)) = screen.preferred_set.designator();
            put!(self, "\x1bP{}!u", u8::from(size96));
            self.out.extend((intermediate != 0).then_some(char::from(intermediate)));
            put!(self, "{}\x1b\\", char::from(last));
        }
        // VT52 understands nothing of the above, so it comes last.
        match screen.conformance.level {
            0 => {
                self.out.push_str("\x1b[?2l");
                if origin {
                    self.vt52_place();
                }
                if screen.cursor.charsets.sets[0] != Charset::Ascii {
                    self.out.push_str("\x1bF");
                }
                if screen.cursor.charsets.left == 1 {
                    self.out.push('\x0e');
                }
            }
            1 => self.out.push_str("\x1b[?2l\x1b<"),
            _ => {}
        }
    }

    /// Which erasures spare what is protected. Painting used DECSCA where anything is; what ends its effect alone is a report
    /// of the cursor that comes back.
    fn protection(&mut self, cursor: &Cursor, origin: bool) {
        let protected = cursor.pen.attrs.contains(Attrs::PROTECTED);
        match self.screen.protection {
            Protection::Off if self.protects => {
                let pending = u8::from(self.screen.cursor.pending_wrap) << 3;
                let single = cursor.charsets.single.map_or(0, |set| 1 << (set - 1));
                let state = char::from(0x40 | pending | single | u8::from(origin));
                put!(self, "\x1bP1$t{};{};1;@;@;{state}\x1b\\", cursor.row + 1, cursor.col + 1);
                // It has taken attributes away, not all of them.
                self.out.push_str("\x1b[m");
                self.pen = Cell::EMPTY;
                self.pen.attrs = Attrs::from_bits(cursor.pen.attrs.bits() & Attrs::PROTECTED.bits());
                self.rendition(&cursor.pen);
            }
            Protection::Off => {}
            Protection::Dec => put!(self, "\x1b[{}\"q", u8::from(protected)),
            Protection::Iso => self.out.push_str(if protected { "\x1bV" } else { "\x1bV\x1bW" }),
        }
    }

    /// In VT52 mode the cursor goes where it likes, also where it cannot in an origin mode that is put away.
    fn vt52_place(&mut self) {
        let cursor = self.screen.cursor;
        if (self.screen.top..self.screen.bottom).contains(&cursor.row) {
            return;
        }
        self.out.push_str("\x1bH");
        self.out.extend((0..cursor.row).map(|_| "\x1bB"));
        self.out.extend((0..cursor.col).map(|_| "\x1bC"));
        let under = self.screen.grid.row(cursor.row)[usize::from(cursor.col)];
        // What is printed here is plain.
        if cursor.pending_wrap && under.same_style(Cell::EMPTY) {
            push_cell(self.screen, &under, &mut self.out);
        }
    }

    /// The colour registers that pictures share: set by a picture without pixels.
    fn color_registers(&mut self) {
        let changed: Vec<_> = self.screen.pictures.registers.changed().collect();
        if changed.is_empty() {
            return;
        }
        self.out.push_str("\x1b[?1070l\x1bPq");
        for (register, color) in changed {
            let [r, g, b] = sixel::to_percent(color);
            put!(self, "#{register};2;{r};{g};{b}");
        }
        self.out.push_str("\x1b\\\x1b[?1070h");
    }

    /// The kitty keyboard protocol's flags of the screen shown at this point, and those that wait below them.
    fn kitty_flags(&mut self, which: usize) {
        let stack = self.screen.keys.kitty[which];
        let mut levels = stack.saved().iter().copied().chain([stack.current()]);
        if let Some(first) = levels.next().filter(|_| stack != FlagStack::default()) {
            put!(self, "\x1b[={}u", first.bits());
            levels.for_each(|flags| put!(self, "\x1b[>{}u", flags.bits()));
        }
    }

    fn mode(&mut self, mode: Mode, number: u16, kind: ModeKind, on: bool) {
        match mode {
            // Done in their places, or by other sequences.
            Mode::Ansi | Mode::Origin | Mode::CursorBlink | Mode::Columns132 | Mode::LeftRightMargins => {}
            _ => {
                let on = if on { 'h' } else { 'l' };
                let mark = if kind == ModeKind::Dec { "?" } else { "" };
                put!(self, "\x1b[{mark}{number}{on}");
            }
        }
    }
}

/// Whether cells can be written together.
fn same_kind(a: Cell, b: Cell) -> bool {
    a.is_empty() && b.is_empty() || a.picture().is_some() && b.picture().is_some()
}

fn line_size_digit(line_size: LineSize) -> u8 {
    match line_size {
        LineSize::DoubleTop => 3,
        LineSize::DoubleBottom => 4,
        LineSize::Single => 5,
        LineSize::DoubleWidth => 6,
    }
}
