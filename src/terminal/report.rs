//! What is written back to the guest: a closed list. Every answer is made of our own constants and numbers; no text of
//! the guest's ever returns to it (limits.md §4), for a string that a `cat` can send must not type into a shell.

use std::fmt::Write as _;

use super::Terminal;
use super::cell::{Attrs, Color, ColorKind, Underline};
use super::modes::{Mode, ModeKind};
use super::palette::Rgb;
use super::screen::CursorShape;
use crate::geometry::GridSize;

/// Capabilities that one XTGETTCAP may ask for; the rest of a longer list is ignored.
const MAX_CAPABILITIES: usize = 16;

/// What ended an operating system command. Its answer ends alike (xterm): whoever asks with BEL waits for BEL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Terminator {
    /// BEL.
    Bel,
    /// ST.
    St,
}

impl Terminator {
    fn text(self) -> &'static str {
        match self {
            Self::Bel => "\x07",
            Self::St => "\x1b\\",
        }
    }
}

/// Everything that we ever answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// DA1: a VT220 with sixels, selective erase, national charsets and colour.
    PrimaryAttributes,
    /// DA2: as xterm, whose behaviour we promise, in the version we compare with.
    SecondaryAttributes,
    /// DA3: no unit id.
    TertiaryAttributes,
    /// DSR 5.
    Well,
    /// CPR or DECXCPR, from 1.
    CursorPosition { row: u16, col: u16, dec: bool },
    /// DSR of printer, user-defined keys, keyboard, locator.
    DecStatus(&'static str),
    /// DECRPM.
    Mode { kind: ModeKind, number: u16, value: u8 },
    /// XTVERSION.
    Version,
    /// CSI 8 ; rows ; columns t.
    TextAreaSize(GridSize),
    /// OSC L or l: a title, always reported empty.
    EmptyTitle(u8),
    /// OSC 4.
    IndexedColor { index: u8, rgb: Rgb, end: Terminator },
    /// OSC 10 to 12.
    DynamicColor { number: u8, rgb: Rgb, end: Terminator },
    /// DECRPSS of a setting we have; `None` for one that we have not.
    Setting(Option<String>),
    /// XTGETTCAP: name and value, both ours.
    Capability(Option<(&'static str, &'static str)>),
    /// DECCKSR.
    Checksum { id: u16, sum: u16 },
    /// What XTREPORTSGR tells: the parameters of an SGR.
    Rendition(String),
    /// `ESC / Z`.
    Vt52Identity,
}

/// The terminfo entries that programs ask for at run time.
const CAPABILITIES: [(&str, &str); 5] =
    [("TN", "xterm-256color"), ("name", "xterm-256color"), ("Co", "256"), ("colors", "256"), ("RGB", "8")];

impl Answer {
    fn encode(&self) -> String {
        match self {
            Self::PrimaryAttributes => "\x1b[?62;4;6;9;22c".into(),
            Self::SecondaryAttributes => "\x1b[>41;379;0c".into(),
            Self::TertiaryAttributes => "\x1bP!|00000000\x1b\\".into(),
            Self::Well => "\x1b[0n".into(),
            Self::CursorPosition { row, col, dec: false } => format!("\x1b[{row};{col}R"),
            Self::CursorPosition { row, col, dec: true } => format!("\x1b[?{row};{col};1R"),
            Self::DecStatus(status) => format!("\x1b[?{status}n"),
            Self::Mode { kind: ModeKind::Ansi, number, value } => format!("\x1b[{number};{value}$y"),
            Self::Mode { kind: ModeKind::Dec, number, value } => format!("\x1b[?{number};{value}$y"),
            Self::Version => concat!("\x1bP>|vncterm(", env!("CARGO_PKG_VERSION"), ")\x1b\\").into(),
            Self::TextAreaSize(size) => format!("\x1b[8;{};{}t", size.rows, size.cols),
            Self::EmptyTitle(letter) => format!("\x1b]{}\x1b\\", char::from(*letter)),
            Self::IndexedColor { index, rgb, end } => format!("\x1b]4;{index};{}{}", spec(*rgb), end.text()),
            Self::DynamicColor { number, rgb, end } => format!("\x1b]{number};{}{}", spec(*rgb), end.text()),
            Self::Setting(Some(setting)) => format!("\x1bP1$r{setting}\x1b\\"),
            Self::Setting(None) => "\x1bP0$r\x1b\\".into(),
            Self::Capability(Some((name, value))) => format!("\x1bP1+r{}={}\x1b\\", hex(name), hex(value)),
            Self::Capability(None) => "\x1bP0+r\x1b\\".into(),
            Self::Checksum { id, sum } => format!("\x1bP{id}!~{sum:04X}\x1b\\"),
            Self::Rendition(parameters) => format!("\x1b[{parameters}m"),
            Self::Vt52Identity => "\x1b/Z".into(),
        }
    }
}

/// A colour as xterm reports it: each part twice, which scales it to sixteen bits.
fn spec(Rgb { r, g, b }: Rgb) -> String {
    format!("rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}")
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02X}");
        out
    })
}

impl Terminal {
    /// Queues an answer, or drops it whole when the queue is full.
    pub(super) fn answer(&mut self, answer: Answer) {
        if self.options.answer {
            self.push_answer(answer.encode().as_bytes());
        }
    }

    /// DECRQSS: the string names the setting by its control function's end.
    pub(super) fn report_setting(&mut self, name: &[u8]) {
        let screen = &self.screen;
        let setting = match name {
            b"m" => Some(format!("{}m", self.rendition())),
            b"r" => Some(format!("{};{}r", screen.top + 1, screen.bottom)),
            b"s" => Some(format!("{};{}s", screen.left + 1, screen.right)),
            b"*x" => Some(format!("{}*x", screen.attribute_extent)),
            b"\"q" => Some(format!("{}\"q", u8::from(screen.cursor.pen.attrs.contains(Attrs::PROTECTED)))),
            b"\"p" => Some("62;1\"p".into()),
            b" q" => Some(format!("{} q", self.cursor_style())),
            b"t" => Some(format!("{}t", screen.size().rows)),
            b"*|" => Some(format!("{}*|", screen.size().rows)),
            b"$|" => Some(format!("{}$|", screen.size().cols)),
            _ => None,
        };
        self.answer(Answer::Setting(setting));
    }

    /// XTGETTCAP: names in hexadecimal, separated by semicolons.
    pub(super) fn report_capabilities(&mut self, names: &[u8]) {
        for name in names.split(|byte| *byte == b';').take(MAX_CAPABILITIES) {
            let known = CAPABILITIES.iter().find(|(known, _)| hex(known).as_bytes().eq_ignore_ascii_case(name));
            self.answer(Answer::Capability(known.copied()));
        }
    }

    /// The number that DECSCUSR would need for the cursor as it is.
    pub(super) fn cursor_style(&self) -> u8 {
        let steady = match self.screen.cursor_shape {
            CursorShape::Block => 2,
            CursorShape::Underline => 4,
            CursorShape::Bar => 6,
        };
        steady - u8::from(self.screen.modes.has(Mode::CursorBlink))
    }

    /// The parameters of an SGR that sets the pen as it is, from a reset on.
    pub(super) fn rendition(&self) -> String {
        let pen = self.screen.cursor.pen;
        rendition(pen.fg, pen.bg, pen.attrs, self.screen.underline_color(&pen))
    }
}

/// The parameters of an SGR that gives these colours and attributes, from a reset on.
pub(super) fn rendition(fg: Color, bg: Color, attrs: Attrs, underline_color: Color) -> String {
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
