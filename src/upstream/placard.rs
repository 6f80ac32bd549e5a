//! What is to be seen where a proxied screen has no picture: why it has none, in words.

use crate::font::Font;
use crate::geometry::GridSize;
use crate::render::{Look, Painter};
use crate::surface::Surface;
use crate::terminal::{Damage, Options, Terminal};

/// A screen of text, painted as a console's are.
#[derive(Debug)]
pub(super) struct Placard {
    terminal: Terminal,
    painter: Painter,
    said: Vec<String>,
}

impl Placard {
    /// With nothing on it yet, as large as a console of so many cells.
    pub(super) fn new(font: Font, grid: GridSize) -> Self {
        let options = Options { scrollback_lines: 0, answer: false, ..Options::default() };
        let terminal = Terminal::new(grid, options);
        let painter = Painter::new(font, grid);
        Self { terminal, painter, said: Vec::new() }
    }

    /// A surface for it.
    pub(super) fn surface(&self) -> Surface {
        self.painter.new_surface(self.terminal.screen())
    }

    /// Its size in cells.
    pub(super) fn grid(&self) -> GridSize {
        self.terminal.screen().size()
    }

    /// Puts these lines in the middle, and paints them on `surface`, whatever that showed before. What is too long is cut.
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

    fn say(&mut self, lines: &[String]) {
        if self.said == lines {
            return;
        }
        self.said = lines.to_vec();
        let grid = self.grid();
        let cols = usize::from(grid.cols);
        // No cursor, no wrapping, nothing of before.
        let mut bytes = b"\x1b[?25l\x1b[?7l\x1b[2J".to_vec();
        let first = usize::from(grid.rows).saturating_sub(lines.len()) / 2 + 1;
        for (row, line) in (first..).zip(lines) {
            let line: String = line.chars().filter(|ch| !ch.is_control()).take(cols).collect();
            let column = (cols - line.chars().count().min(cols)) / 2 + 1;
            bytes.extend(format!("\x1b[{row};{column}H{line}").bytes());
        }
        self.terminal.feed(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::terminal::dump;

    #[test]
    fn its_words_stand_in_the_middle_and_are_painted_over_any_picture() {
        let mut placard = Placard::new(Font::default(), GridSize::new(12, 4));
        let (mut surface, mut other) = (placard.surface(), Surface::new(Size::new(640, 480), Size::new(64, 16), 7));
        let lines = ["no\x1b[31m".to_owned(), "much too long a line".to_owned()];
        placard.show(&lines, &mut surface);
        assert_eq!(dump::text(placard.terminal.screen()), "\n   no[31m\nmuch too lon\n\n");
        placard.show(&lines, &mut other);
        let (one, two) = (surface.publish(), other.publish());
        assert!(one.size() == two.size() && (0..one.size().height).all(|y| one.row(y) == two.row(y)));
    }
}
