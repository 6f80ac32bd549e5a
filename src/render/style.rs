//! What a cell looks like: colours and attributes as the guest named them, turned into pixels and lines.
//!
//! The rules are xterm's where it has one: bold brightens the first eight colours unless the theme says otherwise,
//! DECSCNM exchanges the default foreground and background and leaves colours that the guest named, reverse exchanges
//! what is left after that.

use std::ops::Range;

use super::Look;
use super::cursor::{self, CursorLook, Outline};
use super::overlay::Overlay;
use crate::font;
use crate::geometry::Size;
use crate::surface::Pixel;
use crate::terminal::cell::{Attrs, Cell, Color, ColorKind, Underline};
use crate::terminal::palette::{Palette, Rgb};
use crate::terminal::{LineSize, Screen};

/// Whether something blinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blinking {
    Not,
    /// SGR 5.
    Slowly,
    /// SGR 6.
    Rapidly,
}

/// Where a glyph stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Line,
    /// SGR 73.
    Raised,
    /// SGR 74.
    Lowered,
}

/// All that decides the pixels of one place on the screen. Two equal ones look the same, except that the text of a
/// [`Painted::CLUSTER`] is kept elsewhere; what cannot be seen is left at a fixed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Painted {
    /// A character, or one of the constants.
    pub(super) glyph: u32,
    pub(super) foreground: Pixel,
    pub(super) background: Pixel,
    /// Colour of the underline.
    pub(super) line: Pixel,
    /// Colour of the cursor's outline.
    pub(super) cursor: Pixel,
    pub(super) style: font::Style,
    pub(super) underline: Underline,
    pub(super) strike: bool,
    pub(super) overline: bool,
    pub(super) outline: Outline,
    /// In which blinking it would look otherwise in the other half of that.
    pub(super) blinks: Blinking,
    pub(super) place: Place,
    pub(super) wide: bool,
    pub(super) size: LineSize,
    /// Which slice of the glyph, each one cell wide: the right half of a wide character is 1.
    pub(super) slice: u8,
}

impl Painted {
    /// No glyph.
    pub(super) const BLANK: u32 = 0;
    /// A base character with combining ones.
    pub(super) const CLUSTER: u32 = 1 << 31;
    /// A piece of a picture: this and its number.
    pub(super) const PICTURE: u32 = 1 << 30;
    /// Whatever was there: equal to nothing on any screen.
    pub(super) const UNKNOWN: Self = Self {
        glyph: u32::MAX,
        foreground: 0,
        background: 0,
        line: 0,
        cursor: 0,
        style: font::Style::Regular,
        underline: Underline::None,
        strike: false,
        overline: false,
        outline: Outline::None,
        blinks: Blinking::Not,
        place: Place::Line,
        wide: false,
        size: LineSize::Single,
        slice: 0,
    };

    /// The number of the piece of a picture that is to be seen.
    pub(super) fn picture(&self) -> Option<u32> {
        (self.glyph & (Self::PICTURE | Self::CLUSTER) == Self::PICTURE).then_some(self.glyph & !Self::PICTURE)
    }

    /// Whether all of its pixels have one colour.
    pub(super) fn is_plain(&self) -> bool {
        self.glyph == Self::BLANK && !self.has_lines() && self.outline == Outline::None
    }

    /// Whether there is nothing but the screen's own background.
    pub(super) fn is_empty(&self, background: Pixel) -> bool {
        self.is_plain() && self.background == background
    }

    /// Whether there is an underline, a strike or an overline.
    pub(super) fn has_lines(&self) -> bool {
        self.underline != Underline::None || self.strike || self.overline
    }

    /// A link that a pointer is on has a line more than else.
    fn hover(&mut self) {
        match self.underline {
            Underline::None => (self.underline, self.line) = (Underline::Single, self.foreground),
            Underline::Single => self.underline = Underline::Double,
            _ => {}
        }
    }

    /// How many slices the glyph has.
    pub(super) fn slices(&self) -> u8 {
        (1 + u8::from(self.wide)) * (1 + u8::from(self.size != LineSize::Single))
    }

    /// Sets what cannot be seen to fixed values, so that what looks the same is the same.
    fn normalized(mut self) -> Self {
        if self.glyph == Self::BLANK {
            (self.style, self.place) = (font::Style::Regular, Place::Line);
            if !self.strike && !self.overline {
                self.foreground = 0;
            }
            if self.outline == Outline::None {
                (self.wide, self.slice) = (false, 0);
                if !self.has_lines() {
                    self.size = LineSize::Single;
                }
            }
        }
        if self.underline == Underline::None {
            self.line = 0;
        }
        if self.outline == Outline::None {
            self.cursor = 0;
        }
        self
    }
}

/// What the colours of all cells depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Context {
    generation: u32,
    reverse_screen: bool,
    blink_on: bool,
    rapid_on: bool,
}

/// A row of the screen, ready for questions.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    /// Whose row it is.
    screen: &'a Screen,
    cells: &'a [Cell],
    size: LineSize,
    /// The column of the cursor, if it is in this row.
    cursor: Option<u16>,
    /// What of it is the link that a pointer is on, from left to right; nothing where something lies over it.
    hovered: &'a [(u16, Range<u16>)],
}

/// A piece of a picture: 0xffRRGGBB, or 0 where the background is seen.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) pixels: &'a [u32],
    pub(super) size: Size,
}

/// Answers what cells look like.
pub(super) struct Resolver<'a> {
    screen: &'a Screen,
    foreground: Pixel,
    background: Pixel,
    look: Look,
    cursor: Option<CursorLook>,
    /// What lies over one of the rows.
    overlay: Option<&'a Overlay>,
    /// The link that a pointer is on, in the order of the screen.
    hovered: &'a [(u16, Range<u16>)],
    /// The last cell asked for and the answer without its glyph: neighbours mostly have the same style.
    last: (Cell, Painted),
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        screen: &'a Screen,
        look: Look,
        overlay: Option<&'a Overlay>,
        hovered: &'a [(u16, Range<u16>)],
    ) -> Self {
        let palette = screen.palette();
        let (mut foreground, mut background) = (palette.foreground().to_u32(), palette.background().to_u32());
        if screen.reverse_screen() {
            std::mem::swap(&mut foreground, &mut background);
        }
        let hides = |cursor: CursorLook| overlay.is_some_and(|o| o.hides_cursor() || o.row() == cursor.pos.row);
        let cursor = CursorLook::of(screen, look).filter(|cursor| !hides(*cursor));
        let last = (Cell::EMPTY, Painted::UNKNOWN);
        let mut resolver = Self { screen, foreground, background, look, cursor, overlay, hovered, last };
        resolver.last.1 = resolver.pen(&Cell::EMPTY);
        resolver
    }

    pub(super) fn context(&self) -> Context {
        Context {
            generation: self.screen.palette().generation(),
            reverse_screen: self.screen.reverse_screen(),
            blink_on: self.look.blink_on,
            rapid_on: self.look.rapid_on,
        }
    }

    /// The colour around the cells.
    pub(super) fn background(&self) -> Pixel {
        self.background
    }

    /// The cursor, if it is to be seen.
    pub(super) fn cursor(&self) -> Option<CursorLook> {
        self.cursor
    }

    pub(super) fn row(&self, row: u16) -> Row<'a> {
        if let Some(overlay) = self.overlay.filter(|overlay| overlay.row() == row) {
            let screen = overlay.screen();
            return Row { screen, cells: screen.row(0), size: LineSize::Single, cursor: None, hovered: &[] };
        }
        let cursor = self.cursor.filter(|cursor| cursor.pos.row == row).map(|cursor| cursor.pos.col);
        let from = &self.hovered[self.hovered.partition_point(|(hovered, _)| *hovered < row)..];
        let hovered = &from[..from.partition_point(|(hovered, _)| *hovered == row)];
        let screen = self.screen;
        Row { screen, cells: screen.row(row), size: screen.line_size(row), cursor, hovered }
    }

    /// What is to be seen in column `col` of the picture.
    pub(super) fn painted(&mut self, row: &Row<'_>, col: u16) -> Painted {
        let (base, slice) = row.base(col);
        let Some(cell) = row.cells.get(usize::from(base)) else { return self.last_plain() };
        let (last, mut painted) = self.last;
        if (last.fg, last.bg, last.attrs, last.extra) != (cell.fg, cell.bg, cell.attrs, cell.extra) {
            painted = self.pen(cell);
            self.last = (*cell, painted);
        }
        painted.glyph = match cell.char() {
            _ if cell.attrs.contains(Attrs::HIDDEN) => Painted::BLANK,
            Some(' ' | '\u{a0}' | '\u{3000}') => Painted::BLANK,
            Some(ch) => u32::from(ch),
            None if cell.cluster().is_some() => Painted::CLUSTER,
            None => cell.picture().map_or(Painted::BLANK, |number| Painted::PICTURE | number),
        };
        if painted.glyph == Painted::BLANK && !painted.has_lines() {
            painted.blinks = Blinking::Not;
        } else if self.is_off(painted.blinks) {
            painted.glyph = Painted::BLANK;
            (painted.underline, painted.strike, painted.overline) = (Underline::None, false, false);
        }
        painted.wide = cell.is_wide();
        (painted.size, painted.slice) = (row.size, slice);
        if row.is_hovered(base) {
            painted.hover();
        }
        if let Some(look) = self.cursor.filter(|_| row.cursor == Some(base)) {
            cursor::mark(&mut painted, look, self.foreground, self.background);
        }
        painted.normalized()
    }

    /// Whether what blinks so is not to be seen just now.
    fn is_off(&self, blinking: Blinking) -> bool {
        match blinking {
            Blinking::Not => false,
            Blinking::Slowly => !self.look.blink_on,
            Blinking::Rapidly => !self.look.rapid_on,
        }
    }

    /// The text of column `col` of the picture if `painted`, which is what is to be seen there, is a cluster.
    #[inline]
    pub(super) fn cluster_of(&self, painted: &Painted, row: &Row<'a>, col: u16) -> &'a [char] {
        if painted.glyph != Painted::CLUSTER {
            return &[];
        }
        let cell = row.cells.get(usize::from(row.base(col).0));
        cell.and_then(|cell| cell.cluster()).map_or(&[], |index| row.screen.cluster(index))
    }

    /// The pixels that `painted` shows if it is a piece of a picture, and how many there are.
    pub(super) fn piece_of(&self, painted: &Painted, row: &Row<'a>) -> Option<Piece<'a>> {
        let pictures = row.screen.pictures();
        Some(Piece { pixels: pictures.pixels(painted.picture()?)?, size: pictures.cell() })
    }

    /// A place without a cell: right of the last one of a row of double width.
    fn last_plain(&self) -> Painted {
        Painted { glyph: Painted::BLANK, background: self.background, ..Painted::UNKNOWN }
    }

    /// Colours and attributes of a cell, without its glyph.
    fn pen(&self, cell: &Cell) -> Painted {
        let (palette, attrs) = (self.screen.palette(), cell.attrs);
        let bold = attrs.contains(Attrs::BOLD);
        let mut foreground = pixel(
            palette,
            if bold && palette.bold_is_bright() { brightened(cell.fg) } else { cell.fg },
            self.foreground,
        );
        let mut background = pixel(palette, cell.bg, self.background);
        if attrs.contains(Attrs::DIM) {
            foreground = dimmed(foreground, background, palette.dim().into());
        }
        if attrs.contains(Attrs::REVERSE) {
            std::mem::swap(&mut foreground, &mut background);
        }
        let hidden = attrs.contains(Attrs::HIDDEN);
        Painted {
            glyph: Painted::BLANK,
            foreground,
            background,
            line: pixel(palette, self.screen.underline_color(cell), foreground),
            style: font::Style::new(bold, attrs.contains(Attrs::ITALIC)),
            underline: if hidden { Underline::None } else { attrs.underline() },
            strike: attrs.contains(Attrs::STRIKE) && !hidden,
            overline: attrs.contains(Attrs::OVERLINE) && !hidden,
            blinks: match (attrs.contains(Attrs::RAPID_BLINK), attrs.contains(Attrs::BLINK)) {
                (true, _) => Blinking::Rapidly,
                (_, true) => Blinking::Slowly,
                _ => Blinking::Not,
            },
            place: match (attrs.contains(Attrs::SUPERSCRIPT), attrs.contains(Attrs::SUBSCRIPT)) {
                (true, _) => Place::Raised,
                (_, true) => Place::Lowered,
                _ => Place::Line,
            },
            ..Painted::UNKNOWN
        }
    }
}

impl Row<'_> {
    /// The cell that is seen in column `col` of the picture, and which of its slices.
    fn base(&self, col: u16) -> (u16, u8) {
        let (cell, slice) = match self.size {
            LineSize::Single => (col, 0),
            _ => (col / 2, (col % 2) as u8),
        };
        let is = |col: u16, test: fn(Cell) -> bool| self.cells.get(usize::from(col)).is_some_and(|cell| test(*cell));
        if cell > 0 && is(cell, Cell::is_spacer) && is(cell - 1, Cell::is_wide) {
            (cell - 1, slice + if self.size == LineSize::Single { 1 } else { 2 })
        } else {
            (cell, slice)
        }
    }

    /// Whether a pointer is on the link that cell `col` belongs to. The guest chooses how many pieces a link is in.
    fn is_hovered(&self, col: u16) -> bool {
        let next = self.hovered.partition_point(|(_, cols)| cols.end <= col);
        self.hovered.get(next).is_some_and(|(_, cols)| cols.start <= col)
    }

    /// Whether each cell has one column of the picture.
    pub(super) fn is_single(&self) -> bool {
        self.size == LineSize::Single
    }
}

fn pixel(palette: &Palette, color: Color, default: Pixel) -> Pixel {
    palette.resolve(color, Rgb::from_u32(default)).to_u32()
}

/// Bold text in one of the first eight colours has the bright one instead (xterm's `boldColors`).
fn brightened(color: Color) -> Color {
    match color.kind() {
        ColorKind::Indexed(index @ 0..8) => Color::indexed(index + 8),
        _ => color,
    }
}

/// Faint text: `percent` of its colour, the rest its background (SGR 2).
fn dimmed(foreground: Pixel, background: Pixel, percent: u32) -> Pixel {
    let part = |shift: u32| {
        let (over, under) = (foreground >> shift & 0xff, background >> shift & 0xff);
        ((percent * over + (100 - percent) * under) / 100) << shift
    };
    part(16) | part(8) | part(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{CellPos, GridSize};
    use crate::terminal::{Options, Terminal};

    #[test]
    fn a_cell_is_compared_with_the_link_in_its_own_row_only() {
        let size = GridSize::new(64, 32);
        let mut terminal = Terminal::new(size, Options::default());
        // A checkerboard: as many pieces as a link can be in.
        for row in 1..=32 {
            let (link, other) = ("\x1b]8;id=1;u\x07x", "\x1b]8;;\x07.");
            let cells = if row % 2 == 1 { [link, other] } else { [other, link] }.concat();
            terminal.feed(format!("\x1b[{row}H{}", cells.repeat(32)).as_bytes());
        }
        let screen = terminal.screen();
        let cells = screen.link_cells(CellPos { row: 0, col: 0 });
        assert_eq!(cells.len(), 32 * 32);
        let mut resolver = Resolver::new(screen, Look::default(), None, &cells);
        for index in 0..32 {
            let row = resolver.row(index);
            assert_eq!(row.hovered.len(), 32);
            for col in 0..64 {
                let underlined = resolver.painted(&row, col).underline == Underline::Single;
                assert_eq!(underlined, (index + col).is_multiple_of(2), "{index},{col}");
            }
        }
    }
}
