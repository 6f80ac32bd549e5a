//! SGR: colours and attributes, in ECMA-48 §8.3.117 with ISO 8613-6 colours and xterm's and kitty's additions.

use super::Terminal;
use super::cell::{Attrs, Cell, Color, Underline};
use super::decode::Params;
use super::edit::Protection;
use super::scan::PcFont;

/// What a parameter list asks of the pen; the underline colour must be interned by the screen.
struct Pen {
    cell: Cell,
    underline_color: Option<Color>,
    font: Option<PcFont>,
}

impl Terminal {
    /// SGR.
    pub(super) fn select_graphic_rendition(&mut self, params: &Params) {
        let mut pen = Pen { cell: self.screen.cursor.pen, underline_color: None, font: None };
        pen.apply(params);
        self.screen.cursor.pen = pen.cell;
        if let Some(font) = pen.font {
            self.set_pc_font(font);
        }
        if let Some(color) = pen.underline_color {
            self.screen.set_underline_color(color);
        }
    }

    /// DECSCA: 1 protects what is printed from DECSEL and DECSED.
    pub(super) fn select_protection(&mut self, which: u16) {
        self.screen.protection = Protection::Dec;
        let pen = &mut self.screen.cursor.pen;
        match which {
            0 | 2 => pen.attrs = pen.attrs.without(Attrs::PROTECTED),
            1 => pen.attrs = pen.attrs.with(Attrs::PROTECTED),
            _ => {}
        }
    }
}

impl Pen {
    fn apply(&mut self, params: &Params) {
        let mut at = 0;
        if !params.has_sub() {
            let mut rest = params.rest(0);
            while let [code, later @ ..] = rest {
                rest = match code {
                    38 | 48 | 58 => &rest[self.color_from_list(rest)..],
                    _ => {
                        self.attribute(*code);
                        later
                    }
                };
            }
            return;
        }
        while at < params.len() {
            let group = params.group(at);
            at += match group {
                [38 | 48 | 58] => self.color_from_list(params.rest(at)),
                [38 | 48 | 58, ..] => {
                    self.color_from_group(group);
                    group.len()
                }
                [4, style, ..] => {
                    self.underline(*style);
                    group.len()
                }
                _ => {
                    self.attribute(group[0]);
                    group.len()
                }
            };
        }
    }

    fn attribute(&mut self, code: u16) {
        let cell = &mut self.cell;
        match code {
            // DECSCA's protection and OSC 8's link are no rendition: SGR 0 leaves them alone.
            0 => {
                let (protection, extra) = (cell.attrs.bits() & Attrs::PROTECTED.bits(), cell.extra);
                *cell = Cell::EMPTY;
                (cell.attrs, cell.extra) = (Attrs::from_bits(protection), extra);
                self.underline_color = (cell.extra != 0).then_some(Color::DEFAULT);
                self.font = Some(PcFont::None);
            }
            1 => self.on(Attrs::BOLD),
            2 => self.on(Attrs::DIM),
            3 => self.on(Attrs::ITALIC),
            4 => self.underline(1),
            5 => self.on(Attrs::BLINK),
            6 => self.on(Attrs::RAPID_BLINK),
            7 => self.on(Attrs::REVERSE),
            8 => self.on(Attrs::HIDDEN),
            9 => self.on(Attrs::STRIKE),
            10 => self.font = Some(PcFont::None),
            11 => self.font = Some(PcFont::Graphics),
            12 => self.font = Some(PcFont::High),
            21 => self.underline(2),
            22 => self.off(Attrs::BOLD.with(Attrs::DIM)),
            23 => self.off(Attrs::ITALIC),
            24 => self.underline(0),
            25 => self.off(Attrs::BLINK.with(Attrs::RAPID_BLINK)),
            27 => self.off(Attrs::REVERSE),
            28 => self.off(Attrs::HIDDEN),
            29 => self.off(Attrs::STRIKE),
            30..=37 => cell.fg = Color::indexed((code - 30) as u8),
            39 => cell.fg = Color::DEFAULT,
            40..=47 => cell.bg = Color::indexed((code - 40) as u8),
            49 => cell.bg = Color::DEFAULT,
            53 => self.on(Attrs::OVERLINE),
            55 => self.off(Attrs::OVERLINE),
            59 => self.underline_color = Some(Color::DEFAULT),
            73 => self.cell.attrs = cell.attrs.without(Attrs::SUBSCRIPT).with(Attrs::SUPERSCRIPT),
            74 => self.cell.attrs = cell.attrs.without(Attrs::SUPERSCRIPT).with(Attrs::SUBSCRIPT),
            75 => self.off(Attrs::SUPERSCRIPT.with(Attrs::SUBSCRIPT)),
            90..=97 => cell.fg = Color::indexed((code - 90 + 8) as u8),
            100..=107 => cell.bg = Color::indexed((code - 100 + 8) as u8),
            _ => {}
        }
    }

    fn on(&mut self, attrs: Attrs) {
        self.cell.attrs = self.cell.attrs.with(attrs);
    }

    fn off(&mut self, attrs: Attrs) {
        self.cell.attrs = self.cell.attrs.without(attrs);
    }

    /// `4:n`; a style nobody defined is a plain underline.
    fn underline(&mut self, style: u16) {
        let underline = match style {
            0 => Underline::None,
            2 => Underline::Double,
            3 => Underline::Curly,
            4 => Underline::Dotted,
            5 => Underline::Dashed,
            _ => Underline::Single,
        };
        self.cell.attrs = self.cell.attrs.with_underline(underline);
    }

    /// The old form, `38 ; 5 ; n` or `38 ; 2 ; r ; g ; b`: how many parameters it took.
    fn color_from_list(&mut self, list: &[u16]) -> usize {
        let (color, taken) = match *list {
            [_, 5, index, ..] => (indexed(index), 3),
            [_, 2, r, g, b, ..] => (rgb(r, g, b), 5),
            // Cut short, or of a kind we do not know: what follows cannot be told apart from its values.
            _ => (None, list.len()),
        };
        self.set(list[0], color);
        taken
    }

    /// The ISO 8613-6 form, `38:5:n`, `38:2:r:g:b` or `38:2:id:r:g:b`.
    fn color_from_group(&mut self, group: &[u16]) {
        let color = match *group {
            [_, 5, index, ..] => indexed(index),
            [_, 2, _, r, g, b, ..] | [_, 2, r, g, b] => rgb(r, g, b),
            _ => None,
        };
        self.set(group[0], color);
    }

    fn set(&mut self, code: u16, color: Option<Color>) {
        let Some(color) = color else { return };
        match code {
            38 => self.cell.fg = color,
            48 => self.cell.bg = color,
            _ => self.underline_color = Some(color),
        }
    }
}

fn indexed(index: u16) -> Option<Color> {
    u8::try_from(index).ok().map(Color::indexed)
}

fn rgb(r: u16, g: u16, b: u16) -> Option<Color> {
    let part = |value: u16| u8::try_from(value).ok();
    Some(Color::rgb(part(r)?, part(g)?, part(b)?))
}
