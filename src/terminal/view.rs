//! What one viewer sees of a terminal when that is not simply its screen: lines further up.
//!
//! ```text
//!   first ─┬─ history
//!          │  ┌───────────┐ ◄ top: a line number, so that new output does not move the view
//!          │  │   view    │
//!     end ─┼──┤ as high as│
//!          │  │ the screen│
//!          │  └───────────┘
//!          └─ screen          a view without a top is live: it shows the screen
//! ```
//! What the viewer has marked, and what it looks for, is laid over the text. It changes nothing in the terminal.
//! [`View::compose`] puts together what is to be seen, as a [`Screen`] that a painter can paint like any other.

use std::ops::Range;

use super::cell::{Attrs, Cell, Color};
use super::lines::LinePos;
use super::reflow::put_row;
use super::search::{Match, Search, Towards};
use super::selection::{Selection, Spot};
use super::{Damage, Mode, Screen, Terminal};
use crate::geometry::GridSize;

/// Black on these is what a search has found: all there is to be seen of it, and the one found last.
const FOUND: Color = Color::rgb(0xe0, 0xc8, 0x50);
const FOUND_LAST: Color = Color::rgb(0xff, 0x90, 0x30);

/// See the module.
#[derive(Debug)]
pub struct View {
    /// The line in its first row; `None` when it is live.
    top: Option<u64>,
    /// What is marked.
    pub selection: Option<Selection>,
    /// What is looked for.
    pub search: Option<Search>,
    screen: Screen,
    /// The line in the first row when it was put together last.
    composed: Option<u64>,
    /// What that depended on; `None` if all kinds of things could change it.
    stamp: Option<Stamp>,
}

/// What lines of the history look like depends on, beside their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    top: u64,
    colors: u32,
    reverse: bool,
}

/// Where to scroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scroll {
    /// So many lines towards the oldest; towards the newest, if negative.
    Lines(i32),
    /// So many screens likewise, each less two rows: one to read on from, and one for the mark that lies over the view.
    Pages(i32),
    /// To the oldest line.
    Oldest,
    /// To the screen.
    Live,
    /// To the line before, or after, the first where a prompt of the guest's shell begins.
    Prompt(Towards),
}

impl View {
    /// A live view of a terminal.
    pub fn new(terminal: &Terminal) -> Self {
        // Whoever gets it has the screen before his eyes: what he sees next moves from there.
        let composed = Some(terminal.history.end());
        Self { top: None, selection: None, search: None, screen: empty(terminal), composed, stamp: None }
    }

    /// What is to be seen, as it was put together last.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Whether it shows the terminal's screen.
    pub fn is_live(&self) -> bool {
        self.top.is_none()
    }

    /// How many lines of the history it is above the screen; 0 when it is live.
    pub fn lines_up(&self, terminal: &Terminal) -> u64 {
        terminal.history.end() - self.top_line(terminal)
    }

    /// The number of the line in its first row.
    pub fn top_line(&self, terminal: &Terminal) -> u64 {
        let history = &terminal.history;
        self.top.map_or(history.end(), |top| top.clamp(history.first(), history.end()))
    }

    /// Scrolls, as far as there are lines. Whether it shows others than before.
    pub fn scroll(&mut self, scroll: Scroll, terminal: &Terminal) -> bool {
        let before = self.top_line(terminal);
        let page = i64::from(terminal.screen.size().rows.saturating_sub(2).max(1));
        if let Scroll::Prompt(towards) = scroll {
            let line = terminal.prompt_from(before, towards);
            // There is none before the first one; after the last one comes the screen.
            self.show_from(line.unwrap_or(if towards == Towards::Oldest { before } else { u64::MAX }), terminal);
            return self.top_line(terminal) != before;
        }
        let up = match scroll {
            Scroll::Lines(count) => i64::from(count),
            Scroll::Pages(count) => page * i64::from(count),
            Scroll::Oldest => i64::MAX,
            Scroll::Live | Scroll::Prompt(_) => i64::MIN,
        };
        self.show_from(before.saturating_add_signed(up.saturating_neg()), terminal);
        self.top_line(terminal) != before
    }

    /// Shows line `top` in the first row, or the nearest that can be.
    pub fn show_from(&mut self, top: u64, terminal: &Terminal) {
        let history = &terminal.history;
        self.top = Some(top.max(history.first())).filter(|top| *top < history.end());
    }

    /// Scrolls to where `line` can be seen, if it cannot: to the middle. The last row does not count, where a mark lies.
    pub fn show_line(&mut self, line: u64, terminal: &Terminal) {
        let (top, rows) = (self.top_line(terminal), u64::from(terminal.screen.size().rows));
        if !(top..top + (rows - 1).max(1)).contains(&line) {
            self.show_from(line.saturating_sub(rows / 2), terminal);
        }
    }

    /// The end of the selection that moves is at `spot` now.
    pub fn drag_selection(&mut self, spot: Spot, terminal: &Terminal) {
        self.selection.iter_mut().for_each(|selection| selection.drag(spot, terminal));
    }

    /// The nearer end of the selection comes to `spot`.
    pub fn extend_selection(&mut self, spot: Spot, terminal: &Terminal) {
        self.selection.iter_mut().for_each(|selection| selection.extend(spot, terminal));
    }

    /// Forgets the selection if what was marked does not stand there any more. Whether it did.
    pub fn check_selection(&mut self, terminal: &Terminal) -> bool {
        self.selection.take_if(|selection| !selection.holds(terminal)).is_some()
    }

    /// Where it is, for [`Terminal::resize_following`].
    pub fn place(&self) -> Option<LinePos> {
        self.top.map(|line| LinePos { line, col: 0 })
    }

    /// Puts it where [`View::place`] has come to; the terminal has another size now.
    pub fn resized(&mut self, place: Option<LinePos>, terminal: &Terminal) {
        self.top = None;
        self.selection = None;
        self.search.iter_mut().for_each(Search::forget_places);
        if let Some(place) = place {
            self.show_from(place.line, terminal);
        }
    }

    /// Whether putting it together again would give the same, whatever has come to the terminal since. Only of lines that
    /// all have left the screen that can be said.
    pub fn is_current(&self, terminal: &Terminal) -> bool {
        self.stamp.is_some() && self.stamp == self.stamp_of(self.top_line(terminal), terminal)
    }

    fn stamp_of(&self, top: u64, terminal: &Terminal) -> Option<Stamp> {
        let end = top + u64::from(terminal.screen.size().rows);
        // What is found may go on below.
        let open = self.search.is_some() && terminal.is_wrapped(end - 1);
        let screen = &terminal.screen;
        (end <= terminal.history.end() && !open).then(|| Stamp {
            top,
            colors: screen.palette.generation(),
            reverse: screen.reverse_screen(),
        })
    }

    /// Puts together what is to be seen now. `damage` becomes what may differ from the last time.
    pub fn compose(&mut self, terminal: &Terminal, damage: &mut Damage) {
        let size = terminal.screen.size();
        if self.screen.size() != size {
            self.screen = empty(terminal);
            self.composed = None;
        }
        let top = self.top_line(terminal);
        if top == terminal.history.end() {
            self.top = None;
        }
        damage.reset(size);
        if let Some(up) = self.composed.and_then(|before| steps(before, top, size)) {
            damage.scroll(0..size.rows, up);
        }
        damage.mark_rows(0..size.rows);
        self.composed = Some(top);
        let has_pictures = self.fill(top, terminal);
        self.stamp = self.stamp_of(top, terminal).filter(|_| !has_pictures);
        self.highlight(top, terminal);
        self.adopt(terminal.history.end() - top, &terminal.screen);
    }

    /// The cells. Whether there are pieces of pictures among them.
    fn fill(&mut self, top: u64, terminal: &Terminal) -> bool {
        let screen = &mut self.screen;
        screen.forget_tables();
        let mut pieces = Vec::new();
        for row in 0..screen.size().rows {
            screen.grid.clear_row(row, Cell::EMPTY);
            if let Some(line) = terminal.line(top + u64::from(row)) {
                put_row(screen, row, &line);
                pieces.extend(line.cells.iter().filter_map(|cell| cell.picture()));
            }
        }
        let has_pictures = !pieces.is_empty();
        screen.pictures.share(&terminal.screen.pictures, pieces);
        has_pictures
    }

    /// What was found, and what is marked.
    fn highlight(&mut self, top: u64, terminal: &Terminal) {
        let rows = u64::from(self.screen.size().rows);
        if let Some(search) = self.search.take() {
            // What overlaps is coloured once, however often it is found there.
            let mut done = LinePos { line: 0, col: 0 };
            for mut found in search.all_in(top, top + rows - 1, terminal) {
                found.first = found.first.max(done);
                self.color_found(found, top, FOUND);
                done = LinePos { line: found.last.line, col: found.last.col + 1 };
            }
            search.found().into_iter().for_each(|found| self.color_found(found, top, FOUND_LAST));
            self.search = Some(search);
        }
        if let Some(selection) = &self.selection {
            for row in 0..self.screen.size().rows {
                restyle(&mut self.screen, row, selection.columns(top + u64::from(row)), |cell| {
                    let reversed = cell.attrs.contains(Attrs::REVERSE);
                    cell.attrs =
                        if reversed { cell.attrs.without(Attrs::REVERSE) } else { cell.attrs.with(Attrs::REVERSE) };
                });
            }
        }
    }

    fn color_found(&mut self, found: Match, top: u64, color: Color) {
        let rows = u64::from(self.screen.size().rows);
        for line in found.first.line.max(top)..=found.last.line.min(top + rows - 1) {
            let start = if line == found.first.line { found.first.col } else { 0 };
            let end = if line == found.last.line { found.last.col + 1 } else { u16::MAX };
            restyle(&mut self.screen, (line - top) as u16, start..end, |cell| {
                (cell.fg, cell.bg) = (Color::rgb(0, 0, 0), color);
                cell.attrs = cell.attrs.without(Attrs::REVERSE.with(Attrs::DIM).with(Attrs::HIDDEN));
            });
        }
    }

    /// What is the same for all rows: the colours, the cursor, DECSCNM.
    fn adopt(&mut self, up: u64, of: &Screen) {
        let screen = &mut self.screen;
        if screen.palette.generation() != of.palette.generation() {
            screen.palette = of.palette.clone();
        }
        screen.modes = of.modes;
        screen.cursor_shape = of.cursor_shape;
        let row = u16::try_from(up).ok().and_then(|up| of.cursor.row.checked_add(up));
        let seen = row.filter(|row| *row < screen.size().rows);
        (screen.cursor.row, screen.cursor.col) = (seen.unwrap_or(0), of.cursor.col);
        if seen.is_none() || up > 0 {
            // Nobody writes here just now, and what cannot be seen cannot blink.
            screen.modes.set(Mode::CursorBlink, false);
        }
        if seen.is_none() {
            screen.cursor.col = 0;
            screen.modes.set(Mode::CursorVisible, false);
        }
    }
}

/// Changes how `cols` of a row look, as far as it has them, with all of the wide characters at their ends.
fn restyle(screen: &mut Screen, row: u16, cols: Range<u16>, change: impl Fn(&mut Cell)) {
    let limit = screen.grid.line_cols(row);
    let cols = cols.start.min(limit)..cols.end.min(limit);
    if cols.is_empty() {
        return;
    }
    let cols = screen.grid.whole_pairs(row, cols);
    for cell in screen.grid.cells_mut(row, cols) {
        if cell.is_empty() {
            *cell = cell.with_char(' ');
        }
        change(cell);
    }
}

/// A screen as large as the terminal's, and nothing on it.
fn empty(terminal: &Terminal) -> Screen {
    let Screen { pictures, palette, modes, .. } = &terminal.screen;
    Screen::new(terminal.screen.size(), pictures.cell(), palette.clone(), *modes)
}

/// How many rows the content of a screen goes up when line `after` comes to where `before` was; `None` when nothing of
/// it is left.
fn steps(before: u64, after: u64, size: GridSize) -> Option<i32> {
    let up = i32::try_from(after.wrapping_sub(before).cast_signed()).ok()?;
    (up != 0 && up.unsigned_abs() < u32::from(size.rows)).then_some(up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::CellPos;
    use crate::terminal::{CursorShape, Move, Options, dump};

    const SIZE: GridSize = GridSize::new(12, 4);

    fn terminal(bytes: &str) -> Terminal {
        let mut terminal = Terminal::new(SIZE, Options::default());
        terminal.feed(bytes.as_bytes());
        terminal
    }

    /// The lines `1` to `count`.
    fn counting(count: u32) -> String {
        (1..=count).map(|n| n.to_string()).collect::<Vec<_>>().join("\r\n")
    }

    fn shown(view: &mut View, terminal: &Terminal) -> Vec<String> {
        let mut damage = Damage::default();
        view.compose(terminal, &mut damage);
        assert_eq!(view.screen().broken_rule(), None);
        dump::text(view.screen()).lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_live_view_is_the_screen() {
        let text = "\x1b[31mred \x1b[44m漢e\u{301}\x1b[4:3;58:5:9mwave\x1b[m\r\n\x1b#3tall\x1b[?5h";
        let mut terminal = terminal(&(counting(9) + "\r\n" + text));
        let mut view = View::new(&terminal);
        for more in ["", "\x1b]4;1;#123456\x07", "\r\nmore", "\x1b[?1049hother\x1b[?25l", "\x1b[?1049l"] {
            terminal.feed(more.as_bytes());
            shown(&mut view, &terminal);
            let (ours, theirs) = (view.screen(), terminal.screen());
            assert_eq!(ours.grid_difference(&ours.grid, theirs, &theirs.grid), None, "{more:?}");
            assert_eq!(Beside::of(ours), Beside::of(theirs));
            assert_eq!(ours.palette().generation(), theirs.palette().generation());
        }
    }

    /// What of a screen is seen beside its cells.
    #[derive(Debug, PartialEq)]
    struct Beside(CellPos, bool, CursorShape, bool, bool);

    impl Beside {
        fn of(screen: &Screen) -> Self {
            let cursor = screen.cursor();
            Self(cursor.pos, cursor.visible, cursor.shape, cursor.blink, screen.reverse_screen())
        }
    }

    #[test]
    fn it_scrolls_as_far_as_there_are_lines_and_says_how_far_it_is() {
        let terminal = terminal(&counting(10));
        let mut view = View::new(&terminal);
        assert_eq!(shown(&mut view, &terminal), ["7", "8", "9", "10"]);
        let steps: [(Scroll, u64, &str); 8] = [
            (Scroll::Lines(1), 1, "6"),
            (Scroll::Pages(1), 3, "4"),
            (Scroll::Pages(5), 6, "1"),
            (Scroll::Lines(-2), 4, "3"),
            (Scroll::Pages(-1), 2, "5"),
            (Scroll::Oldest, 6, "1"),
            (Scroll::Live, 0, "7"),
            (Scroll::Lines(i32::MAX), 6, "1"),
        ];
        for (scroll, up, first) in steps {
            assert!(view.scroll(scroll, &terminal));
            assert_eq!((view.lines_up(&terminal), view.is_live()), (up, up == 0), "{scroll:?}");
            assert_eq!(shown(&mut view, &terminal)[0], first, "{scroll:?}");
        }
        assert!(!view.scroll(Scroll::Oldest, &terminal) && view.scroll(Scroll::Pages(-9), &terminal) && view.is_live());
    }

    #[test]
    fn output_does_not_move_it_and_lines_that_are_dropped_take_it_along() {
        let mut terminal = Terminal::new(SIZE, Options { scrollback_lines: 8, ..Options::default() });
        terminal.feed(counting(10).as_bytes());
        let mut view = View::new(&terminal);
        view.scroll(Scroll::Lines(2), &terminal);
        let before = shown(&mut view, &terminal);
        assert_eq!(before, ["5", "6", "7", "8"]);
        terminal.feed(b"\r\n11\r\n12\x1b[2J");
        assert_eq!((shown(&mut view, &terminal), view.lines_up(&terminal)), (before, 8));
        terminal.feed(b"\r\n13\r\n14\r\n15\r\n16");
        assert_eq!(shown(&mut view, &terminal)[..2], ["9", "10"], "what it showed is gone");
        assert_eq!(terminal.history().lines(), 8);
        let mut gone = Terminal::new(SIZE, Options { keep_cleared: false, ..Options::default() });
        gone.feed(counting(10).as_bytes());
        view = View::new(&gone);
        view.scroll(Scroll::Oldest, &gone);
        gone.feed(b"\x1b[3J");
        assert_eq!(shown(&mut view, &gone), ["7", "8", "9", "10"]);
        assert!(view.is_live());
    }

    #[test]
    fn it_stays_with_its_text_through_another_size() {
        let long = "a line that is longer than any screen here";
        let mut terminal = terminal(&format!("{}\r\n{long}\r\n{}", counting(5), counting(6)));
        let mut view = View::new(&terminal);
        for (start, sizes) in [("3", [(5, 3), (40, 6), (12, 4)]), ("4", [(12, 9), (3, 2), (12, 4)])] {
            view.scroll(Scroll::Oldest, &terminal);
            view.scroll(Scroll::Lines(1 - start.parse::<i32>().expect("a number")), &terminal);
            for (cols, rows) in sizes {
                let mut places = [view.place().expect("not live")];
                terminal.resize_following(GridSize::new(cols, rows), &mut places);
                view.resized(Some(places[0]), &terminal);
                assert_eq!(shown(&mut view, &terminal)[0], start, "{cols}x{rows}");
            }
        }
    }

    #[test]
    fn its_damage_moves_what_was_seen() {
        let terminal = terminal(&counting(20));
        let (mut view, mut damage) = (View::new(&terminal), Damage::default());
        view.compose(&terminal, &mut damage);
        assert!(damage.moves().is_empty(), "it shows the screen, as its viewer saw it before");
        view.scroll(Scroll::Lines(3), &terminal);
        view.compose(&terminal, &mut damage);
        assert_eq!(damage.moves(), [Move { rows: 0..4, up: -3 }]);
        view.scroll(Scroll::Lines(-1), &terminal);
        view.compose(&terminal, &mut damage);
        assert_eq!(damage.moves(), [Move { rows: 0..4, up: 1 }]);
        view.scroll(Scroll::Oldest, &terminal);
        view.compose(&terminal, &mut damage);
        assert!(damage.moves().is_empty() && !damage.is_empty());
    }
}
