//! A canvas → bytes for the user's terminal, by differences from what it shows already.
//!
//! Nothing of the guest's is passed on as it is: what is written here is made of characters that have a width, and of the
//! few sequences below, whatever the guest has sent. Wrapping at the last column is off meanwhile.

use std::fmt::Write as _;

use super::canvas::{Canvas, Glyph, Patch, Pen};
use super::profile::{Depth, Profile, nearest_indexed, nearest_of_sixteen};
use crate::geometry::CellPos;
use crate::terminal::cell::{Attrs, Color, ColorKind, Underline};
use crate::terminal::mouse::Tracking;
use crate::terminal::{CursorShape, Rgb};

/// Before the first canvas: the alternate screen, no wrapping, seven bits of nothing but ASCII.
const BEGIN: &str = "\x1b[?1049h\x1b[?7l\x1b(B\x0f\x1b[m\x1b[2J";
/// The same where windows are: pastes come in brackets.
const BEGIN_WINDOW: &str = "\x1b[?2004h";
/// The title is put away, onto a stack that holds few (xterm: 10), and fetched back.
const PUT_TITLE_AWAY: &str = "\x1b[22;0t";
const FETCH_TITLE: &str = "\x1b[23;0t";
/// After the last.
const END: &str = "\x1b[m\x1b[2J\x1b[H\x1b[?7h\x1b[?25h\x1b[?1049l";
/// The same where windows are: nothing that was switched on stays so.
const END_WINDOW: &str =
    "\x1b[?2004l\x1b[?1004l\x1b[?1016l\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[0 q\x1b[?2026l";
/// Every key is told with its end, its text and what else is on it (kitty's protocol); and what is told then is asked.
const EVERY_KEY: &str = "\x1b[>31u\x1b[?u";
/// Keys are told as before.
const KEYS_AS_BEFORE: &str = "\x1b[<u";
/// Rows that go up together are moved, if there are at least so many of them.
const MOVED_MIN: usize = 4;

/// See the module.
pub struct Painter {
    profile: Profile,
    /// What the terminal shows; `None`: nobody knows.
    shown: Option<Canvas>,
    /// What is written with now.
    pen: Option<Pen>,
    /// Where it is written now, if that is known.
    at: Option<CellPos>,
    /// Every key is told: a mode that is put on a stack, and taken off it once.
    every_key: bool,
    /// The title of the window was put away, likewise.
    has_title: bool,
    /// Nothing that the terminal shows shall stay, and this is said about it.
    wipe: Option<&'static str>,
    out: String,
}

impl std::fmt::Debug for Painter {
    // What is on a screen may be secret (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Painter({:?}, {:?})", self.profile, self.shown)
    }
}

/// What a terminal has been told that it must be told the end of, once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// It tells every key.
    pub every_key: bool,
    /// It has put its window's title away.
    pub title: bool,
    /// What deletes the images that it has.
    pub images: &'static str,
}

/// What a terminal is told so that it is as it was before.
pub fn ending(profile: Profile, owed: Owed) -> String {
    let keys = if owed.every_key { KEYS_AS_BEFORE } else { "" };
    let title = if owed.title { FETCH_TITLE } else { "" };
    if profile.window { format!("{}{keys}{END_WINDOW}{title}{END}", owed.images) } else { END.to_owned() }
}

impl Painter {
    /// For a terminal that shows anything.
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            shown: None,
            pen: None,
            at: None,
            every_key: false,
            has_title: false,
            wipe: None,
            out: String::new(),
        }
    }

    /// Somebody else has written to the terminal, or it has another size.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// The terminal was given back meanwhile.
    pub fn left(&mut self) {
        (self.every_key, self.has_title) = (false, false);
        self.forget();
    }

    /// Nothing that the terminal shows shall stay, images among that; `images` deletes those that are not cells.
    pub fn wipe(&mut self, images: &'static str) {
        self.wipe = Some(images);
    }

    /// Whether the terminal tells something by itself, now: of the mouse, of the focus, or when keys go up.
    pub fn makes_it_tell(&self) -> bool {
        let told = |canvas: &Canvas| canvas.mouse != Tracking::Off || canvas.focus;
        self.profile.window && (self.every_key || self.shown.as_ref().is_some_and(told))
    }

    /// What the terminal is to be told the end of; of images others know.
    pub fn owed(&self) -> Owed {
        Owed { every_key: self.every_key, title: self.has_title, images: "" }
    }

    /// What makes the terminal show `canvas`, and draws these images over it: nothing if it does and there are none.
    pub fn paint(&mut self, canvas: Canvas, images: &str) -> String {
        self.out.clear();
        let before = self.shown.take().filter(|shown| shown.size() == canvas.size()).unwrap_or_else(|| {
            self.begin();
            Canvas::new(canvas.size())
        });
        let before = match self.wipe.take() {
            Some(images) => {
                self.hide();
                self.dress(Pen::default());
                self.out.push_str(images);
                self.out.push_str("\x1b[2J");
                before.wiped()
            }
            None => before,
        };
        if before != canvas || !images.is_empty() {
            self.modes(&before, &canvas);
            self.rows(before, &canvas);
            if !images.is_empty() {
                self.out.push_str(images);
                self.at = None;
            }
            self.cursor(&canvas);
        }
        self.shown = Some(canvas);
        let out = std::mem::take(&mut self.out);
        if self.profile.window && out.len() > 1 { format!("\x1b[?2026h{out}\x1b[?2026l") } else { out }
    }

    fn begin(&mut self) {
        self.out.push_str(BEGIN);
        if self.profile.window {
            self.out.push_str(BEGIN_WINDOW);
            // Once, however often all is written anew.
            if !std::mem::replace(&mut self.has_title, true) {
                self.out.push_str(PUT_TITLE_AWAY);
            }
        }
        (self.pen, self.at) = (Some(Pen::default()), None);
        self.hide();
    }

    fn hide(&mut self) {
        self.out.push_str("\x1b[?25l");
    }

    /// The title, and what the guest wants to hear of.
    fn modes(&mut self, before: &Canvas, after: &Canvas) {
        if before.cursor.is_some() {
            self.hide();
        }
        if !self.profile.window {
            return;
        }
        if before.title != after.title {
            // Characters alone: see `Canvas::set_title`.
            let _ = write!(self.out, "\x1b]2;{}\x1b\\", self.legible(&after.title));
        }
        if (before.mouse, before.pixels) != (after.mouse, after.pixels) {
            self.out.push_str("\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1006l");
            if before.pixels {
                self.out.push_str("\x1b[?1016l");
            }
            self.out.push_str(match after.mouse {
                Tracking::Off => "",
                Tracking::X10 | Tracking::Normal => "\x1b[?1000h",
                Tracking::Button => "\x1b[?1002h",
                Tracking::Any => "\x1b[?1003h",
            });
            self.out.push_str(match (after.mouse, after.pixels) {
                (Tracking::Off, _) => "",
                (_, true) => "\x1b[?1016h",
                (_, false) => "\x1b[?1006h",
            });
        }
        if self.every_key != after.every_key {
            self.out.push_str(if after.every_key { EVERY_KEY } else { KEYS_AS_BEFORE });
            self.every_key = after.every_key;
        }
        if before.focus != after.focus {
            let _ = write!(self.out, "\x1b[?1004{}", if after.focus { 'h' } else { 'l' });
        }
    }

    fn rows(&mut self, mut before: Canvas, after: &Canvas) {
        if let Some((up, rows)) = moved(&before, after) {
            // In the default background, which is what the rows that come are erased to.
            self.dress(Pen::default());
            let _ = write!(self.out, "\x1b[1;{rows}r\x1b[{rows};1H{}\x1b[r", "\n".repeat(up.into()));
            self.at = None;
            for row in 0..rows {
                let from: Vec<Patch> = if row + up < rows {
                    before.row(row + up).to_vec()
                } else {
                    vec![Patch::default(); before.row(0).len()]
                };
                before.row_mut(row).clone_from_slice(&from);
            }
        }
        for row in 0..after.size().rows {
            self.row(row, before.row(row), after.row(row));
        }
    }

    fn row(&mut self, row: u16, before: &[Patch], after: &[Patch]) {
        // From here on there is nothing, and nothing has to be written if it was so before, or else all of it at once.
        let empty_from = after.iter().rposition(|patch| *patch != Patch::default()).map_or(0, |last| last + 1);
        let mut col = 0;
        while let Some(patch) = after.get(col) {
            let columns = if patch.is_wide() { 2 } else { 1 };
            let same = before.get(col..col + columns) == after.get(col..col + columns);
            // A half that was left over by what has been written to its left is written again.
            if same && patch.glyph != Glyph::Right {
                col += columns;
                continue;
            }
            self.go(CellPos { row, col: narrow(col) });
            if col >= empty_from {
                self.dress(Pen::default());
                self.out.push_str("\x1b[K");
                return;
            }
            self.print(patch);
            col += columns;
        }
    }

    /// Moves to a cell, in the fewest bytes of what is safe everywhere.
    fn go(&mut self, to: CellPos) {
        if self.at == Some(to) {
            return;
        }
        let _ = match self.at {
            Some(at) if at.row == to.row && at.col < to.col => write!(self.out, "\x1b[{}C", to.col - at.col),
            _ => write!(self.out, "\x1b[{};{}H", to.row + 1, to.col + 1),
        };
        self.at = Some(to);
    }

    fn print(&mut self, patch: &Patch) {
        self.dress(patch.pen);
        let columns = if patch.is_wide() { 2 } else { 1 };
        let known = match &patch.glyph {
            Glyph::Blank | Glyph::Right => {
                self.out.push(' ');
                true
            }
            Glyph::One(ch) | Glyph::Two(ch) if !self.profile.utf8 && !ch.is_ascii() => {
                self.out.push(plain(*ch));
                self.out.push_str(if columns == 2 { " " } else { "" });
                true
            }
            Glyph::Cluster { text, .. } if !self.profile.utf8 => {
                self.out.push(text.chars().next().filter(char::is_ascii).unwrap_or('?'));
                self.out.push_str(if columns == 2 { " " } else { "" });
                true
            }
            Glyph::One(ch) => {
                self.out.push(*ch);
                is_narrow_everywhere(*ch)
            }
            Glyph::Two(ch) => {
                self.out.push(*ch);
                false
            }
            Glyph::Cluster { text, .. } => {
                self.out.push_str(text);
                false
            }
        };
        // How wide it is there may be another matter.
        self.at = self.at.filter(|_| known).map(|at| CellPos { col: at.col + columns, ..at });
    }

    /// Exchanges the pen, if it is another one.
    fn dress(&mut self, pen: Pen) {
        if self.pen == Some(pen) {
            return;
        }
        self.pen = Some(pen);
        self.out.push_str("\x1b[");
        if pen != Pen::default() {
            self.out.push('0');
            self.attributes(pen.attrs);
            self.color(pen.fg, 3);
            self.color(pen.bg, 4);
            if self.profile.depth == Depth::Direct && pen.line != Color::DEFAULT {
                self.underline_color(pen.line);
            }
        }
        self.out.push('m');
    }

    fn attributes(&mut self, attrs: Attrs) {
        for (attr, number) in [
            (Attrs::BOLD, 1),
            (Attrs::DIM, 2),
            (Attrs::ITALIC, 3),
            (Attrs::BLINK, 5),
            (Attrs::RAPID_BLINK, 5),
            (Attrs::REVERSE, 7),
            (Attrs::STRIKE, 9),
        ] {
            if attrs.contains(attr) {
                let _ = write!(self.out, ";{number}");
            }
        }
        // What follows is known where all colours are, and may be taken for something else by those who never heard of it.
        let rich = self.profile.depth == Depth::Direct;
        match attrs.underline() {
            Underline::None => {}
            Underline::Double if rich => self.out.push_str(";4:2"),
            Underline::Curly if rich => self.out.push_str(";4:3"),
            Underline::Dotted if rich => self.out.push_str(";4:4"),
            Underline::Dashed if rich => self.out.push_str(";4:5"),
            _ => self.out.push_str(";4"),
        }
        if rich && attrs.contains(Attrs::OVERLINE) {
            self.out.push_str(";53");
        }
    }

    /// SGR 30 to 38 with `base` 3, 40 to 48 with 4, and their bright ones.
    fn color(&mut self, color: Color, base: u8) {
        let color = match (color.kind(), self.profile.depth) {
            (_, Depth::Mono) | (ColorKind::Default, _) => return,
            (ColorKind::Indexed(index), Depth::Sixteen) if index > 15 => {
                Color::indexed(nearest_of_sixteen(crate::terminal::Palette::standard(index)))
            }
            (ColorKind::Rgb(r, g, b), Depth::Sixteen) => Color::indexed(nearest_of_sixteen(Rgb { r, g, b })),
            (ColorKind::Rgb(r, g, b), Depth::Indexed) => Color::indexed(nearest_indexed(Rgb { r, g, b })),
            _ => color,
        };
        let _ = match color.kind() {
            ColorKind::Default => Ok(()),
            ColorKind::Indexed(index @ 0..=7) => write!(self.out, ";{base}{index}"),
            ColorKind::Indexed(index @ 8..=15) => write!(self.out, ";{}{}", base + 6, index - 8),
            ColorKind::Indexed(index) => write!(self.out, ";{base}8;5;{index}"),
            ColorKind::Rgb(r, g, b) => write!(self.out, ";{base}8;2;{r};{g};{b}"),
        };
    }

    fn underline_color(&mut self, color: Color) {
        let _ = match color.kind() {
            ColorKind::Default => Ok(()),
            ColorKind::Indexed(index) => write!(self.out, ";58:5:{index}"),
            ColorKind::Rgb(r, g, b) => write!(self.out, ";58:2::{r}:{g}:{b}"),
        };
    }

    fn cursor(&mut self, canvas: &Canvas) {
        let Some(cursor) = canvas.cursor else { return };
        self.go(cursor.pos);
        if self.profile.window {
            let style = match cursor.shape {
                CursorShape::Block => 1,
                CursorShape::Underline => 3,
                CursorShape::Bar => 5,
            };
            let _ = write!(self.out, "\x1b[{} q", style + u8::from(!cursor.blink));
        }
        self.out.push_str("\x1b[?25h");
    }

    /// Text of our own, or a title, as the terminal can show it.
    fn legible(&self, text: &str) -> String {
        if self.profile.utf8 { text.to_owned() } else { text.chars().map(plain).collect() }
    }
}

/// How many rows up the first so many rows have gone, if many of them did.
fn moved(before: &Canvas, after: &Canvas) -> Option<(u16, u16)> {
    let rows = after.size().rows;
    let first = after.row(0);
    let up = (1..rows).find(|up| before.row(*up) == first && before.row(0) != first)?;
    let same = (0..rows - up).take_while(|row| after.row(*row) == before.row(row + up)).count();
    let blank = |row: u16| before.row(row + up).iter().all(|patch| *patch == Patch::default());
    let full = (0..narrow(same)).filter(|row| !blank(*row)).count();
    (full >= MOVED_MIN).then(|| (up, narrow(same) + up))
}

/// Characters that are one column wide wherever they are shown, as far as one can know.
fn is_narrow_everywhere(ch: char) -> bool {
    matches!(ch, ' '..='~' | '\u{a1}'..='\u{2ff}' | '\u{370}'..='\u{482}' | '\u{48a}'..='\u{58f}' | '\u{2500}'..='\u{259f}')
}

/// What comes next to it in ASCII.
fn plain(ch: char) -> char {
    match ch {
        ' '..='~' => ch,
        '─' | '━' | '═' | '╌' | '┄' | '┈' => '-',
        '│' | '┃' | '║' | '╎' | '┆' | '┊' => '|',
        '\u{2500}'..='\u{257f}' => '+',
        '\u{2580}'..='\u{259f}' => '#',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        '–' | '—' | '‐' => '-',
        '…' => '.',
        '•' | '·' => '*',
        _ => '?',
    }
}

/// A column or row of a canvas, whose size fits.
fn narrow(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

#[cfg(test)]
#[path = "painter_tests.rs"]
mod tests;
