//! What is to be read on a proxied screen: where it has no picture why it has none, and lines that are laid over it.

use std::sync::Arc;

use crate::font::Font;
use crate::geometry::GridSize;
use crate::render::{Look, Overlay, Painter};
use crate::surface::{Frame, Surface};
use crate::terminal::{Damage, Options, Terminal, width};

/// Columns of a line over the picture; what is longer is cut.
const LINE_MAX: u32 = 200;

/// A screen of text, painted as a console's are.
#[derive(Debug)]
pub(super) struct Placard {
    terminal: Terminal,
    painter: Painter,
    said: Vec<String>,
    /// The last line, and what it looks like.
    line: Option<(Arc<str>, Arc<Frame>)>,
}

impl Placard {
    /// With nothing on it yet, as large as a console of so many cells.
    pub(super) fn new(font: Font, grid: GridSize) -> Self {
        let options = Options { scrollback_lines: 0, answer: false, ..Options::default() };
        let terminal = Terminal::new(grid, options);
        let painter = Painter::new(font, grid);
        Self { terminal, painter, said: Vec::new(), line: None }
    }

    /// A surface for it.
    pub(super) fn surface(&self) -> Surface {
        self.painter.new_surface(self.terminal.screen())
    }

    /// Its size in cells.
    pub(super) fn grid(&self) -> GridSize {
        self.terminal.screen().size()
    }

    /// Puts these lines in the middle, and paints them on `surface`, whatever that showed before. One that is too long goes on
    /// in the next.
    pub(super) fn show(&mut self, lines: &[String], surface: &mut Surface) {
        let size = self.painter.picture_size(self.grid());
        if surface.size() != size || surface.tile() != self.painter.cell() {
            let background = self.terminal.screen().palette().background().to_u32();
            surface.resize(size, self.painter.cell(), background);
            surface.set_pointer(None);
        }
        self.say(lines);
        let damage = Damage::all(self.grid());
        self.painter.paint(self.terminal.screen(), &damage, Look::default(), surface);
    }

    /// A picture of a line of text, as a console has over it; no wider than `room` pixels, if a cell is not. The same text again
    /// is the same picture.
    pub(super) fn line(&mut self, text: &Arc<str>, room: u32) -> Arc<Frame> {
        let most = (room / self.painter.cell().width.max(1)).clamp(1, LINE_MAX);
        let columns = text.chars().map(|ch| u32::from(width::columns(ch))).sum::<u32>().saturating_add(2);
        let cols = u16::try_from(columns.min(most)).unwrap_or(u16::MAX);
        if let Some((said, line)) = &self.line
            && said == text
            && line.size().width == u32::from(cols) * self.painter.cell().width
        {
            return Arc::clone(line);
        }
        let grid = GridSize::new(cols, 1);
        let terminal = Terminal::new(grid, Options { scrollback_lines: 0, answer: false, ..Options::default() });
        let mut painter = self.painter.another(grid);
        let mut surface = painter.new_surface(terminal.screen());
        painter.set_overlay(Some(Overlay::new(text, "", 0, cols, true)));
        painter.paint(terminal.screen(), &Damage::all(grid), Look::default(), &mut surface);
        let line = surface.publish();
        self.line = Some((Arc::clone(text), Arc::clone(&line)));
        line
    }

    fn say(&mut self, lines: &[String]) {
        if self.said == lines {
            return;
        }
        self.said = lines.to_vec();
        let grid = self.grid();
        let cols = usize::from(grid.cols);
        // No cursor, no wrapping, nothing of before.
        let mut bytes = b"\x1b[?25l\x1b[?7l\x1b[2J".to_vec();
        let lines: Vec<String> = lines.iter().flat_map(|line| folded(line, cols)).take(grid.rows.into()).collect();
        let first = usize::from(grid.rows).saturating_sub(lines.len()) / 2 + 1;
        for (row, line) in (first..).zip(lines) {
            let column = (cols - line.chars().count().min(cols)) / 2 + 1;
            bytes.extend(format!("\x1b[{row};{column}H{line}").bytes());
        }
        self.terminal.feed(&bytes);
    }
}

/// A line in as many as it takes, broken between words where that is possible.
fn folded(line: &str, cols: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let word: Vec<char> = word.chars().filter(|ch| !ch.is_control()).collect();
        let last = lines.last_mut().expect("there is one");
        let used = last.chars().count();
        if used > 0 && used + 1 + word.len() <= cols {
            last.push(' ');
            last.extend(word);
        } else {
            let mut pieces = word.chunks(cols.max(1)).map(|piece| piece.iter().collect());
            if used == 0 {
                *last = pieces.next().unwrap_or_default();
            }
            lines.extend(pieces);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::terminal::dump;

    #[test]
    fn a_line_is_as_long_as_its_text_and_no_longer_than_there_is_room() {
        let mut placard = Placard::new(Font::default(), GridSize::new(12, 4));
        let cell = placard.painter.cell();
        let text: Arc<str> = "six 漢".into();
        let line = placard.line(&text, 1000);
        assert_eq!(line.size(), Size::new(8 * cell.width, cell.height));
        assert!(Arc::ptr_eq(&line, &placard.line(&text, 1000)), "the same");
        assert_ne!(line.row(0)[0], placard.terminal.screen().palette().background().to_u32(), "in reverse");
        assert_eq!(placard.line(&text, 5 * cell.width + 1).size().width, 5 * cell.width);
        assert_eq!(placard.line(&text, 0).size().width, cell.width);
        let endless: Arc<str> = "x".repeat(1 << 20).into();
        assert_eq!(placard.line(&endless, u32::MAX).size().width, LINE_MAX * cell.width);
    }

    #[test]
    fn its_words_stand_in_the_middle_and_are_painted_over_any_picture() {
        let mut placard = Placard::new(Font::default(), GridSize::new(12, 4));
        let (mut surface, mut other) = (placard.surface(), Surface::new(Size::new(640, 480), Size::new(64, 16), 7));
        let lines = ["no\x1b[31m".to_owned(), "much too long a line".to_owned()];
        placard.show(&lines, &mut surface);
        assert_eq!(dump::text(placard.terminal.screen()), "   no[31m\n  much too\nlong a line\n\n");
        placard.show(&lines, &mut other);
        let (one, two) = (surface.publish(), other.publish());
        assert!(one.size() == two.size() && (0..one.size().height).all(|y| one.row(y) == two.row(y)));
    }

    #[test]
    fn a_long_line_is_broken_between_words() {
        assert_eq!(folded("waiting for it: refused", 12), ["waiting for", "it: refused"]);
        assert_eq!(folded("a sixteen-letter-word b", 8), ["a", "sixteen-", "letter-w", "ord b"]);
        assert_eq!(folded("", 8), [""]);
    }
}
