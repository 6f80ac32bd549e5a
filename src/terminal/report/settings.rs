//! DECRQSS: our own settings, as the sequences that would set them.

use std::fmt::Write as _;

use super::Answer;
use crate::terminal::Terminal;
use crate::terminal::cell::{Attrs, Color, ColorKind, Underline};
use crate::terminal::modes::Mode;
use crate::terminal::screen::CursorShape;

impl Terminal {
    /// DECRQSS: the string names the setting by its control function's end.
    pub(in crate::terminal) fn report_setting(&mut self, name: &[u8]) {
        let screen = &self.screen;
        let conformance = screen.conformance;
        let setting = match name {
            b"m" => Some(format!("{}m", self.rendition())),
            b"r" => Some(format!("{};{}r", screen.top + 1, screen.bottom)),
            b"s" if conformance.level >= 4 => Some(format!("{};{}s", screen.left + 1, screen.right)),
            b"*x" => Some(format!("{}*x", screen.attribute_extent)),
            b"\"q" => Some(format!("{}\"q", u8::from(screen.protects_selectively()))),
            // A VT100 has no such sequence to tell of.
            b"\"p" if conformance.level < 2 => return,
            b"\"p" => Some(format!("{};{}\"p", 60 + conformance.level, u8::from(!conformance.eight_bit))),
            b" q" => Some(format!("{} q", self.cursor_style())),
            b"t" => Some(format!("{}t", screen.size().rows)),
            b"*|" => Some(format!("{}*|", screen.size().rows)),
            b"$|" => Some(format!("{}$|", screen.size().cols)),
            // There is no status line: output goes to the screen.
            b"$}" => Some("0$}".into()),
            b"$~" => Some("0$~".into()),
            [b'>', which @ .., b't'] => self.title_modes_setting(which),
            _ => None,
        };
        self.answer(Answer::Setting(setting));
    }

    /// The number that DECSCUSR would need for the cursor as it is.
    pub(in crate::terminal) fn cursor_style(&self) -> u8 {
        let steady = match self.screen.cursor_shape {
            CursorShape::Block => 2,
            CursorShape::Underline => 4,
            CursorShape::Bar => 6,
        };
        steady - u8::from(self.screen.modes.has(Mode::CursorBlink))
    }

    /// The parameters of an SGR that sets the pen as it is, from a reset on.
    pub(in crate::terminal) fn rendition(&self) -> String {
        let pen = self.screen.cursor.pen;
        rendition(pen.fg, pen.bg, pen.attrs, self.screen.underline_color(&pen))
    }
}

/// The parameters of an SGR that gives these colours and attributes, from a reset on.
pub(in crate::terminal) fn rendition(fg: Color, bg: Color, attrs: Attrs, underline_color: Color) -> String {
    let mut out = String::from("0");
    let codes = [
        (Attrs::BOLD, "1"),
        (Attrs::DIM, "2"),
        (Attrs::ITALIC, "3"),
        (Attrs::BLINK, "5"),
        (Attrs::RAPID_BLINK, "6"),
        (Attrs::REVERSE, "7"),
        (Attrs::HIDDEN, "8"),
        (Attrs::STRIKE, "9"),
        (Attrs::OVERLINE, "53"),
        (Attrs::SUPERSCRIPT, "73"),
        (Attrs::SUBSCRIPT, "74"),
    ];
    for (attr, code) in codes {
        if attrs.contains(attr) {
            out.push(';');
            out.push_str(code);
        }
    }
    out.push_str(match attrs.underline() {
        Underline::None => "",
        Underline::Single => ";4",
        Underline::Double => ";21",
        Underline::Curly => ";4:3",
        Underline::Dotted => ";4:4",
        Underline::Dashed => ";4:5",
    });
    push_color(&mut out, fg, 30);
    push_color(&mut out, bg, 40);
    push_color(&mut out, underline_color, 50);
    out
}

/// `base` is 30, 40 or 50: the tens of the codes for foreground, background, underline.
fn push_color(out: &mut String, color: Color, base: u16) {
    // Writing to a String cannot fail.
    let _ = match color.kind() {
        ColorKind::Default => Ok(()),
        ColorKind::Indexed(index @ 0..=7) if base < 50 => write!(out, ";{}", base + u16::from(index)),
        ColorKind::Indexed(index @ 8..=15) if base < 50 => write!(out, ";{}", base + 52 + u16::from(index)),
        ColorKind::Indexed(index) => write!(out, ";{}:5:{index}", base + 8),
        ColorKind::Rgb(r, g, b) => write!(out, ";{}:2::{r}:{g}:{b}", base + 8),
    };
}
