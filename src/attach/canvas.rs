//! What the user's terminal is to show: a screen or part of one, blocks of a picture, and lines of our own over them.

use std::sync::Arc;

use crate::geometry::{CellPos, GridSize};
use crate::terminal::cell::{Attrs, Cell, Color, ColorKind, Underline};
use crate::terminal::mouse::Tracking;
use crate::terminal::palette::Palette;
use crate::terminal::{CursorShape, LineSize, Screen, Theme, width};

/// Attributes that terminals show: the others mean something else there, or nothing.
const SHOWN: Attrs = Attrs::BOLD
    .with(Attrs::DIM)
    .with(Attrs::ITALIC)
    .with(Attrs::BLINK)
    .with(Attrs::RAPID_BLINK)
    .with(Attrs::REVERSE)
    .with(Attrs::STRIKE)
    .with(Attrs::OVERLINE);
/// Those that are to be seen where there is no character.
const SEEN_ON_BLANKS: Attrs = Attrs::REVERSE.with(Attrs::STRIKE).with(Attrs::OVERLINE);
/// The longest title that is passed on, in characters.
pub const TITLE_MAX: usize = 256;
/// What stands for a piece of a picture.
const PICTURE: char = '░';

/// How a cell looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pen {
    /// The colour of its text.
    pub fg: Color,
    /// The colour behind it.
    pub bg: Color,
    /// The colour of its underline; the default is that of the text.
    pub line: Color,
    /// What terminals show of its attributes.
    pub attrs: Attrs,
}

impl Pen {
    /// Text of our own, so that it is not taken for the guest's.
    pub const OURS: Self = Self { fg: Color::DEFAULT, bg: Color::DEFAULT, line: Color::DEFAULT, attrs: Attrs::REVERSE };
}

/// What stands in a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Glyph {
    /// Nothing.
    #[default]
    Blank,
    /// A character of one column.
    One(char),
    /// The left half of one of two.
    Two(char),
    /// A character and what is combined with it.
    Cluster {
        /// All of it.
        text: Arc<str>,
        /// It takes two columns.
        wide: bool,
    },
    /// The right half of what stands before it.
    Right,
}

/// A cell as it is to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// What stands there.
    pub glyph: Glyph,
    /// How it looks.
    pub pen: Pen,
}

/// The cursor as it is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Where it is.
    pub pos: CellPos,
    /// How it looks.
    pub shape: CursorShape,
    /// It blinks.
    pub blink: bool,
}

/// See the module.
#[derive(Clone, PartialEq, Eq)]
pub struct Canvas {
    size: GridSize,
    /// All rows, one after the other.
    patches: Vec<Patch>,
    /// Where the cursor is; hidden if there is none.
    pub cursor: Option<Pointer>,
    /// The window's title.
    pub title: String,
    /// Which reports of the mouse are wanted.
    pub mouse: Tracking,
    /// Whether reports of the focus are wanted.
    pub focus: bool,
    /// Reports of the mouse count pixels.
    pub pixels: bool,
    /// Every key is to be told, and when it goes up (kitty's protocol).
    pub every_key: bool,
    /// Rows from the top that no line of our own covers.
    pub free: u16,
}

/// The part of a screen that is shown where there is no room for all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The row of the screen that is shown first.
    pub top: u16,
    /// The column that is shown first.
    pub left: u16,
}

impl Window {
    /// Moves as little as it takes to show the cursor, and nothing beyond the screen.
    pub fn follow(&mut self, cursor: CellPos, screen: GridSize, room: GridSize) {
        let place = |first: u16, at: u16, there: u16, room: u16| {
            let last = there.saturating_sub(room);
            first.clamp((at + 1).saturating_sub(room.max(1)), at).min(last)
        };
        self.top = place(self.top, cursor.row, screen.rows, room.rows);
        self.left = place(self.left, cursor.col, screen.cols, room.cols);
    }
}

impl std::fmt::Debug for Canvas {
    // What is on a screen may be secret (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Canvas({})", self.size)
    }
}

impl Canvas {
    /// An empty one.
    pub fn new(size: GridSize) -> Self {
        let patches = vec![Patch::default(); usize::from(size.cols) * usize::from(size.rows)];
        Self {
            size,
            patches,
            cursor: None,
            title: String::new(),
            mouse: Tracking::Off,
            focus: false,
            pixels: false,
            every_key: false,
            free: size.rows,
        }
    }

    /// Its size: that of the user's terminal.
    pub fn size(&self) -> GridSize {
        self.size
    }

    /// A row; beyond the last one it is empty.
    pub fn row(&self, row: u16) -> &[Patch] {
        let cols = usize::from(self.size.cols);
        self.patches.get(usize::from(row) * cols..).and_then(|rest| rest.get(..cols)).unwrap_or_default()
    }

    /// Likewise, to be written.
    pub fn row_mut(&mut self, row: u16) -> &mut [Patch] {
        let cols = usize::from(self.size.cols);
        self.patches.get_mut(usize::from(row) * cols..).and_then(|rest| rest.get_mut(..cols)).unwrap_or_default()
    }

    /// Shows `screen` from `window` on in the first `rows` rows, and the cursor where it is to be seen.
    pub fn draw(&mut self, screen: &Screen, window: Window, rows: u16) {
        let dress = Dress::of(screen);
        let shown = screen.size().rows.saturating_sub(window.top).min(rows).min(self.size.rows);
        for row in 0..shown {
            self.draw_row(screen, window.top + row, window.left, row, &dress);
        }
        let cursor = screen.cursor();
        let pos = CellPos {
            row: cursor.pos.row.wrapping_sub(window.top),
            col: cursor.pos.col.saturating_mul(dress.stretch(screen, cursor.pos.row)).wrapping_sub(window.left),
        };
        let seen = cursor.visible && pos.row < shown && pos.col < self.size.cols;
        self.cursor = seen.then_some(Pointer { pos, shape: cursor.shape, blink: cursor.blink });
    }

    fn draw_row(&mut self, screen: &Screen, from: u16, left: u16, to: u16, dress: &Dress<'_>) {
        let (left, stretch) = (usize::from(left), usize::from(dress.stretch(screen, from)));
        let hidden = screen.line_size(from) == LineSize::DoubleBottom;
        let patches = self.row_mut(to);
        let (cols, cells) = (patches.len(), screen.row(from));
        for (col, cell) in cells.iter().enumerate().take(cells.len() / stretch) {
            let Some(at) = (col * stretch).checked_sub(left).filter(|at| *at < cols) else { continue };
            patches[at] = dress.patch(cell);
            if hidden {
                patches[at].blank();
            }
            for beside in patches.iter_mut().take(at + stretch).skip(at + 1) {
                *beside = Patch { glyph: Glyph::Blank, pen: dress.patch(cell).pen }.normal();
            }
        }
        // Halves whose other one is not to be seen.
        if let Some(first) = patches.first_mut().filter(|first| first.glyph == Glyph::Right) {
            first.blank();
        }
        for at in 0..cols {
            let apart = patches[at].is_wide() && patches.get(at + 1).is_none_or(|next| next.glyph != Glyph::Right);
            let alone = patches[at].glyph == Glyph::Right && !patches[at - 1].is_wide();
            if apart || alone {
                patches[at].blank();
            }
        }
    }

    /// A line of our own over a row: `said` on the left, `beside` on the right as far as there is room for both.
    pub fn write(&mut self, row: u16, said: &str, beside: &str) {
        self.row_mut(row).fill(Patch { glyph: Glyph::Blank, pen: Pen::OURS });
        self.free = self.free.min(row);
        let said = self.put(row, 1, said, Pen::OURS);
        let columns = text_columns(beside);
        let from = self.size.cols.saturating_sub(columns.saturating_add(1));
        if from > said {
            self.put(row, from, beside, Pen::OURS);
        }
        if self.cursor.is_some_and(|cursor| cursor.pos.row == row) {
            self.cursor = None;
        }
    }

    /// Text of our own from `col` on, cut at the end of the row; the column after it.
    pub fn put(&mut self, row: u16, col: u16, text: &str, pen: Pen) -> u16 {
        let mut at = col;
        for ch in text.chars().filter(|ch| !ch.is_control()) {
            let columns = u16::from(width::columns(ch));
            let Some(patches) = self.row_mut(row).get_mut(usize::from(at)..usize::from(at + columns)) else { break };
            match patches {
                [] => continue,
                [one] => *one = Patch { glyph: Glyph::One(ch), pen },
                [left, right, ..] => {
                    *left = Patch { glyph: Glyph::Two(ch), pen };
                    *right = Patch { glyph: Glyph::Right, pen };
                }
            }
            at += columns;
        }
        at
    }

    /// As it is when nothing has been written to a terminal but its modes.
    pub fn wiped(&self) -> Self {
        Self { patches: Self::new(self.size).patches, cursor: None, ..self.clone() }
    }

    /// What is passed on of a title: no control characters, and not all of one that is very long.
    pub fn set_title(&mut self, title: &str) {
        self.title = title.chars().filter(|ch| !ch.is_control()).take(TITLE_MAX).collect();
    }
}

/// The columns of a text.
pub fn text_columns(text: &str) -> u16 {
    text.chars().fold(0, |sum: u16, ch| sum.saturating_add(width::columns(ch).into()))
}

impl Patch {
    /// Whether it takes two columns.
    pub fn is_wide(&self) -> bool {
        matches!(self.glyph, Glyph::Two(_) | Glyph::Cluster { wide: true, .. })
    }

    /// Its character cannot be shown.
    fn blank(&mut self) {
        *self = Self { glyph: Glyph::Blank, pen: self.pen }.normal();
    }

    /// What looks the same is the same.
    fn normal(mut self) -> Self {
        let pen = &mut self.pen;
        let underlined = pen.attrs.underline() != Underline::None;
        if !underlined {
            pen.line = Color::DEFAULT;
        }
        if self.glyph == Glyph::Blank && !underlined && !pen.attrs.intersects(SEEN_ON_BLANKS) {
            (pen.fg, pen.attrs) = (Color::DEFAULT, Attrs::NONE);
        }
        self
    }
}

/// How the cells of a screen look on another terminal, which has colours of its own.
struct Dress<'a> {
    screen: &'a Screen,
    /// What the default colours are, where the guest has changed them.
    fg: Color,
    bg: Color,
    reverse: bool,
}

impl<'a> Dress<'a> {
    fn of(screen: &'a Screen) -> Self {
        let palette = screen.palette();
        let changed = |now: crate::terminal::Rgb, fresh| {
            if now == fresh { Color::DEFAULT } else { Color::rgb(now.r, now.g, now.b) }
        };
        Self {
            screen,
            fg: changed(palette.foreground(), Theme::DARK.foreground),
            bg: changed(palette.background(), Theme::DARK.background),
            reverse: screen.reverse_screen(),
        }
    }

    /// How many columns each cell of a row takes.
    fn stretch(&self, screen: &Screen, row: u16) -> u16 {
        if screen.line_size(row) == LineSize::Single { 1 } else { 2 }
    }

    /// An entry of the palette is the user's own, unless the guest has changed it.
    fn color(&self, color: Color, default: Color) -> Color {
        match color.kind() {
            ColorKind::Default => default,
            ColorKind::Rgb(..) => color,
            ColorKind::Indexed(index) => {
                let now = self.screen.palette().indexed(index);
                if now == Palette::standard(index) { color } else { Color::rgb(now.r, now.g, now.b) }
            }
        }
    }

    fn patch(&self, cell: &Cell) -> Patch {
        let glyph = match (cell.char(), cell.cluster()) {
            _ if cell.is_spacer() => Glyph::Right,
            (Some(ch), _) if cell.is_wide() => Glyph::Two(ch),
            _ if cell.attrs.contains(Attrs::HIDDEN) => Glyph::Blank,
            (Some(' ' | '\u{a0}'), _) => Glyph::Blank,
            (Some(ch), _) => Glyph::One(ch),
            (None, Some(index)) => Glyph::Cluster {
                text: self.screen.cluster(index).iter().collect::<String>().into(),
                wide: cell.is_wide(),
            },
            _ if cell.picture().is_some() => Glyph::One(PICTURE),
            _ => Glyph::Blank,
        };
        let shown = Attrs::from_bits(cell.attrs.bits() & SHOWN.bits()).with_underline(cell.attrs.underline());
        let attrs = match (self.reverse, shown.contains(Attrs::REVERSE)) {
            (false, _) => shown,
            (true, true) => shown.without(Attrs::REVERSE),
            (true, false) => shown.with(Attrs::REVERSE),
        };
        let line = self.color(self.screen.underline_color(cell), Color::DEFAULT);
        let pen = Pen { fg: self.color(cell.fg, self.fg), bg: self.color(cell.bg, self.bg), line, attrs };
        Patch { glyph, pen }.normal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::{Options, Terminal};

    fn drawn(bytes: &str, screen: GridSize, window: Window, room: GridSize) -> Canvas {
        let mut terminal = Terminal::new(screen, Options::default());
        terminal.feed(bytes.as_bytes());
        let mut canvas = Canvas::new(room);
        canvas.draw(terminal.screen(), window, room.rows);
        canvas
    }

    fn text(canvas: &Canvas, row: u16) -> String {
        let glyph = |patch: &Patch| match &patch.glyph {
            Glyph::Blank => " ".to_owned(),
            Glyph::One(ch) | Glyph::Two(ch) => ch.to_string(),
            Glyph::Cluster { text, .. } => text.to_string(),
            Glyph::Right => String::new(),
        };
        canvas.row(row).iter().map(glyph).collect()
    }

    const SCREEN: GridSize = GridSize::new(8, 3);

    #[test]
    fn a_window_shows_part_of_a_screen_and_no_halves() {
        let part = drawn("a漢漢b\r\n\u{65}\u{301}x", SCREEN, Window { top: 0, left: 2 }, GridSize::new(3, 2));
        assert_eq!((text(&part, 0), text(&part, 1)), (" 漢".into(), "   ".into()));
        let part = drawn("a漢漢b\r\n\u{65}\u{301}x", SCREEN, Window::default(), GridSize::new(2, 2));
        assert_eq!((text(&part, 0), text(&part, 1)), ("a ".into(), "e\u{301}x".into()));
        assert_eq!(part.cursor, None, "it is not to be seen");
        let all = drawn("ab", SCREEN, Window::default(), GridSize::new(20, 9));
        assert_eq!(all.cursor.map(|cursor| cursor.pos), Some(CellPos { row: 0, col: 2 }));
    }

    #[test]
    fn a_window_follows_the_cursor_and_stays_on_the_screen() {
        let (screen, room) = (GridSize::new(80, 24), GridSize::new(40, 10));
        let mut window = Window::default();
        for (row, col, top, left) in
            [(0, 0, 0, 0), (9, 39, 0, 0), (10, 40, 1, 1), (23, 79, 14, 40), (20, 60, 14, 40), (3, 2, 3, 2)]
        {
            window.follow(CellPos { row, col }, screen, room);
            assert_eq!(window, Window { top, left }, "{row},{col}");
        }
        window.follow(CellPos { row: 3, col: 2 }, screen, GridSize::new(200, 50));
        assert_eq!(window, Window::default(), "there is room for all of it");
    }

    #[test]
    fn colours_are_the_users_own_unless_the_guest_has_changed_them() {
        let pen = |bytes: &str| drawn(bytes, SCREEN, Window::default(), SCREEN).row(0)[0].pen;
        assert_eq!(pen("\x1b[31;44mx"), Pen { fg: Color::indexed(1), bg: Color::indexed(4), ..Pen::default() });
        assert_eq!(pen("\x1b]4;1;#102030\x1b\\\x1b[31mx").fg, Color::rgb(16, 32, 48));
        assert_eq!(pen("\x1b]10;#102030\x1b\\x").fg, Color::rgb(16, 32, 48));
        assert_eq!(pen("\x1b[1;3;4;58;5;9mx").line, Color::indexed(9));
        assert_eq!(pen("\x1b[?5hx").attrs, Attrs::REVERSE);
        assert_eq!(pen("\x1b[?5h\x1b[7mx").attrs, Attrs::NONE);
        assert_eq!(pen("\x1b[31;1m "), Pen::default(), "nothing of it is to be seen");
        assert_eq!(pen("\x1b[31;4m ").fg, Color::indexed(1));
        assert_eq!(pen("\x1b[1\"qx"), Pen::default(), "nobody sees what is protected");
    }

    #[test]
    fn what_is_hidden_stays_so_and_large_letters_are_spaced() {
        let canvas = drawn("\x1b[8msecret\x1b[m\r\n\x1b#6ab\r\n\x1b#4ab", SCREEN, Window::default(), SCREEN);
        assert_eq!((text(&canvas, 0), text(&canvas, 1)), (" ".repeat(8), "a b     ".into()));
        assert_eq!(text(&canvas, 2), " ".repeat(8));
        assert_eq!(canvas.cursor.map(|cursor| cursor.pos.col), Some(4));
    }

    #[test]
    fn lines_of_our_own_are_cut() {
        let mut canvas = drawn("\x1b[2;1Habcdefgh\x1b[2;3H", SCREEN, Window::default(), SCREEN);
        canvas.write(1, "it\x1b s", "x");
        assert_eq!((text(&canvas, 1), canvas.cursor), (" it s x ".into(), None));
        canvas.write(1, "no room", "beside");
        assert_eq!(text(&canvas, 1), " no room");
        canvas.write(1, "漢漢漢漢", "");
        assert_eq!(text(&canvas, 1), " 漢漢漢 ");
        canvas.write(9, "beyond the last row", "");
        canvas.set_title(&format!("a\x1b]b\u{9c}{}", "x".repeat(TITLE_MAX)));
        assert!(canvas.title.starts_with("a]bx") && canvas.title.len() == TITLE_MAX);
    }
}
