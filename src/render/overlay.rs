//! A line of our own over a row of the picture: status, progress, notes. It is not in the guest's terminal.

use crate::geometry::GridSize;
use crate::terminal::{Options, Screen, Terminal, width};

/// One row of text in reverse video, over all columns of a row.
#[derive(Debug)]
pub struct Overlay {
    row: u16,
    hides_cursor: bool,
    /// A terminal of one row, which knows how wide characters are.
    line: Box<Terminal>,
}

impl Overlay {
    /// `said` on the left and `beside` on the right of row `row`, over `cols` columns; what is said is cut before what
    /// stands beside it. With `hides_cursor` there is no cursor anywhere: nobody writes just now.
    pub fn new(said: &str, beside: &str, row: u16, cols: u16, hides_cursor: bool) -> Self {
        let options = Options { scrollback_lines: 0, answer: false, ..Options::default() };
        let mut line = Terminal::new(GridSize::new(cols, 1), options);
        let printable = |text: &str| text.chars().filter(|ch| !ch.is_control()).take(usize::from(cols)).collect();
        let (said, beside): (String, String) = (printable(said), printable(beside));
        let right = if beside.is_empty() { " ".to_owned() } else { format!("  {beside} ") };
        let room = usize::from(cols).saturating_sub(right.chars().count());
        let right_from = room + 1;
        let said = shortened(said, room.saturating_sub(1));
        // All in reverse; without autowrap, so that what is too long stays in its row and is cut by what comes after.
        let blank = usize::from(cols);
        line.feed(format!("\x1b[?7l\x1b[7m{:blank$}\r {said}\x1b[{right_from}G{right}", "").as_bytes());
        Self { row, hides_cursor, line: Box::new(line) }
    }

    /// The row it lies over.
    pub fn row(&self) -> u16 {
        self.row
    }

    /// Whether no cursor is to be seen.
    pub(super) fn hides_cursor(&self) -> bool {
        self.hides_cursor
    }

    /// What is to be seen, in its only row.
    pub(super) fn screen(&self) -> &Screen {
        self.line.screen()
    }
}

/// `text` in at most so many columns; an ellipsis says where it has been cut.
fn shortened(text: String, columns_max: usize) -> String {
    let columns = |text: &str| text.chars().map(|ch| usize::from(width::columns(ch))).sum::<usize>();
    if columns(&text) <= columns_max || columns_max == 0 {
        return text;
    }
    let mut kept = text;
    while columns(&kept) >= columns_max {
        kept.pop();
    }
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Painter};
    use super::*;
    use crate::font::Font;
    use crate::geometry::Size;
    use crate::surface::Surface;
    use crate::terminal::{Damage, dump};

    #[test]
    fn its_text_is_cut_to_the_row_and_fills_it() {
        let rows = [(24, " gone; 漢 waits     3 s"), (17, " gone; 漢 …  3 s"), (8, " …  3 s"), (2, " "), (1, "")];
        for (cols, want) in rows {
            let overlay = Overlay::new("gone;\x1b\n 漢 waits", "3 \ts", 4, cols, true);
            assert_eq!(dump::text(overlay.screen()).trim_end(), want.trim_end(), "{cols}");
            assert_eq!((overlay.row(), overlay.hides_cursor()), (4, true));
            let reversed = crate::terminal::cell::Attrs::REVERSE;
            let cells = overlay.screen().row(0);
            assert!(cells.len() == usize::from(cols) && cells.iter().all(|cell| cell.attrs.contains(reversed)));
        }
        let alone = Overlay::new("a note that is too long", "", 0, 10, false);
        assert_eq!(dump::text(alone.screen()).trim_end(), " a note …");
    }

    /// What painting step by step gives is what painting at once gives, wherever the overlay comes and goes.
    #[test]
    fn what_it_covered_comes_back_and_what_scrolled_below_it_is_right() {
        let grid = GridSize::new(12, 5);
        let mut terminal = Terminal::new(grid, Options::default());
        let mut painter = Painter::new(Font::default(), grid);
        let size = Size::new(12 * painter.cell().width, 5 * painter.cell().height);
        let mut surface = Surface::new(size, painter.cell(), 0);
        let mut damage = Damage::all(grid);
        let steps: [(&str, Option<(u16, bool)>); 10] = [
            ("one\r\ntwo\r\nthree\r\nfour\r\nfive", None),
            ("", Some((4, false))),
            ("\r\nsix", Some((4, false))),
            ("\r\nseven\r\neight", Some((4, true))),
            ("\x1b[2;1H", Some((4, false))),
            ("\x1b[1;1H\x1bM\x1bMtop", Some((0, false))),
            ("\x1b[2;4r\x1b[4;1H\n\nregion", Some((2, false))),
            ("\x1b#3wide", Some((3, false))),
            ("\x1b[5;1H\x1b[r", Some((9, false))),
            ("", None),
        ];
        for (number, (output, over)) in steps.into_iter().enumerate() {
            let overlay = || over.map(|(row, hides)| Overlay::new("note", &number.to_string(), row, grid.cols, hides));
            terminal.feed(output.as_bytes());
            terminal.take_damage(&mut damage);
            painter.set_overlay(overlay());
            painter.paint(terminal.screen(), &damage, Look::default(), &mut surface);
            let mut fresh = Painter::new(Font::default(), grid);
            let mut whole = Surface::new(size, painter.cell(), 0);
            fresh.set_overlay(overlay());
            fresh.paint(terminal.screen(), &Damage::all(grid), Look::default(), &mut whole);
            let (frame, wanted) = (surface.publish(), whole.publish());
            assert!((0..size.height).all(|y| frame.row(y) == wanted.row(y)), "step {number}");
        }
    }
}
