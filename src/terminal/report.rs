//! What is written back to the guest: a closed list. Every answer is made of our own constants and numbers, for a string
//! that a `cat` can send must not type into a shell (limits.md §4). One text of the guest's returns to it, and only where
//! the operator allows it (`--window-ops on`): its title, without controls, in the guest's own encoding.

mod capabilities;
mod color_table;
mod presentation;
mod settings;
mod status;

use std::fmt::Write as _;

use super::Terminal;
use super::charset::Charset;
use super::conformance::in_eight_bits;
use super::modes::ModeKind;
use super::palette::Rgb;
use super::scan::Encoding;
use crate::geometry::{GridSize, Size};
pub(super) use settings::rendition;

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
    /// DA1: level 5, with 132 columns, ports for a printer and a locator (to neither of which anything is connected),
    /// sixels, selective erase, national and technical charsets, terminal state reports, windowing, horizontal scrolling,
    /// colour, rectangles.
    PrimaryAttributes,
    /// DA2: a VT520, as xterm is when it has all levels, in the version we compare with.
    SecondaryAttributes,
    /// DA3: no unit id.
    TertiaryAttributes,
    /// DSR 5.
    Well,
    /// CPR, from 1.
    CursorPosition { row: u16, col: u16 },
    /// DECXCPR, from 1, with the page where the level has pages.
    ExtendedPosition { row: u16, col: u16, page: bool },
    /// DSR of printer, user-defined keys, keyboard, locator, data integrity, sessions.
    DecStatus(&'static str),
    /// DECMSR: no room for macros.
    MacroSpace,
    /// DECCKSR: the checksum of no macros, for the request of this number.
    MacroChecksum(u16),
    /// DECRPDE: the whole page is shown, and is the only one.
    DisplayedExtent(GridSize),
    /// DECREPTPARM for a solicitation of 0 or 1.
    TerminalParameters(u16),
    /// XTTITLEPOS: titles put away, and the most that may be.
    TitleStack { used: usize, most: usize },
    /// DECRPM.
    Mode { kind: ModeKind, number: u16, value: u8 },
    /// XTVERSION.
    Version,
    /// XTQMODKEYS and XTQFMTKEYS: a kind of keys and its value, with the final byte.
    KeyValue { kind: u16, value: u16, last: u8 },
    /// The kitty keyboard protocol's flags.
    KittyFlags(u8),
    /// CSI 48 ; rows ; columns ; pixels of these t: size in cells and pixels, unasked (mode 2048).
    InBandSize { size: GridSize, cell: Size },
    /// CSI ? 997 ; 1 or 2 n: dark or light.
    ColorScheme { light: bool },
    /// XTWINOPS 11: whether the window that we model is iconified.
    WindowState { iconified: bool },
    /// XTWINOPS 13: where it is, in pixels.
    WindowPosition { x: u16, y: u16 },
    /// XTWINOPS 14, 15 and 16, the kind of answer being 10 less: pixels of the window, its screen, a cell.
    SizeInPixels { kind: u8, width: u32, height: u32 },
    /// XTWINOPS 18 and 19, the kind of answer being 10 less: cells of the window and its screen.
    SizeInCells { kind: u8, size: GridSize },
    /// OSC L or l: a title, empty unless the operator allows window operations.
    Title { letter: char, text: String },
    /// XTREPORTCOLORS: the place in the stack of palettes, and how high it is.
    ColorStack { used: usize, height: usize },
    /// XTREPORTSGR: the parameters of an SGR.
    Rendition(String),
    /// OSC 4 and 5.
    NumberedColor { osc: u8, number: u16, rgb: Rgb, end: Terminator },
    /// OSC 10 to 19.
    DynamicColor { number: u8, rgb: Rgb, end: Terminator },
    /// DECRPSS of a setting we have; `None` for one that we have not.
    Setting(Option<String>),
    /// DECCTR.
    ColorTable(String),
    /// DECCIR and DECTABSR.
    Presentation { kind: u16, state: String },
    /// DECAUPSS, as DECRQUPSS asks for it.
    PreferredSet(Charset),
    /// XTSMGRAPHICS: how it went, and a value or two.
    Graphics { item: u16, status: u8, values: String },
    /// XTGETTCAP: names and values in hexadecimal, all of them ours.
    Capabilities(Option<String>),
    /// DECCKSR.
    Checksum { id: u16, sum: u16 },
    /// `ESC / Z`.
    Vt52Identity,
}

impl Answer {
    fn encode(&self) -> String {
        match self {
            Self::PrimaryAttributes => "\x1b[?65;1;2;4;6;9;15;16;17;18;21;22;28;29c".into(),
            Self::SecondaryAttributes => "\x1b[>64;379;0c".into(),
            Self::TertiaryAttributes => "\x1bP!|00000000\x1b\\".into(),
            Self::Well => "\x1b[0n".into(),
            Self::CursorPosition { row, col } => format!("\x1b[{row};{col}R"),
            Self::ExtendedPosition { row, col, page: false } => format!("\x1b[?{row};{col}R"),
            Self::ExtendedPosition { row, col, page: true } => format!("\x1b[?{row};{col};1R"),
            Self::DecStatus(status) => format!("\x1b[?{status}n"),
            Self::MacroSpace => "\x1b[0000*{".into(),
            Self::MacroChecksum(request) => format!("\x1bP{request}!~0000\x1b\\"),
            Self::DisplayedExtent(size) => format!("\x1b[{};{};1;1;1\"w", size.rows, size.cols),
            Self::TerminalParameters(solicited) => format!("\x1b[{};1;1;128;128;1;0x", solicited + 2),
            Self::TitleStack { used, most } => format!("\x1b[{used};{most}#S"),
            Self::Mode { kind: ModeKind::Ansi, number, value } => format!("\x1b[{number};{value}$y"),
            Self::Mode { kind: ModeKind::Dec, number, value } => format!("\x1b[?{number};{value}$y"),
            Self::Version => concat!("\x1bP>|vncterm(", env!("CARGO_PKG_VERSION"), ")\x1b\\").into(),
            Self::KeyValue { kind, value, last } => format!("\x1b[>{kind};{value}{}", char::from(*last)),
            Self::KittyFlags(flags) => format!("\x1b[?{flags}u"),
            Self::InBandSize { size: GridSize { cols, rows }, cell } => {
                let (height, width) = (u32::from(*rows) * cell.height, u32::from(*cols) * cell.width);
                format!("\x1b[48;{rows};{cols};{height};{width}t")
            }
            Self::ColorScheme { light } => format!("\x1b[?997;{}n", 1 + u8::from(*light)),
            Self::WindowState { iconified } => format!("\x1b[{}t", 1 + u8::from(*iconified)),
            Self::WindowPosition { x, y } => format!("\x1b[3;{x};{y}t"),
            Self::SizeInPixels { kind, width, height } => format!("\x1b[{kind};{height};{width}t"),
            Self::SizeInCells { kind, size } => format!("\x1b[{kind};{};{}t", size.rows, size.cols),
            Self::Title { letter, text } => format!("\x1b]{letter}{text}\x1b\\"),
            Self::ColorStack { used, height } => format!("\x1b[?{used};{height}#Q"),
            Self::Rendition(rendition) => format!("\x1b[{rendition}m"),
            Self::NumberedColor { osc, number, rgb, end } => {
                format!("\x1b]{osc};{number};{}{}", spec(*rgb), end.text())
            }
            Self::DynamicColor { number, rgb, end } => format!("\x1b]{number};{}{}", spec(*rgb), end.text()),
            Self::Setting(Some(setting)) => format!("\x1bP1$r{setting}\x1b\\"),
            Self::ColorTable(colors) => format!("\x1bP2$s{colors}\x1b\\"),
            Self::Presentation { kind, state } => format!("\x1bP{kind}$u{state}\x1b\\"),
            Self::PreferredSet(set) => {
                format!("\x1bP{}!u{}\x1b\\", u8::from(set.designator().0), presentation::preferred_name(*set))
            }
            Self::Graphics { item, status, values } => format!("\x1b[?{item};{status}{values}S"),
            Self::Setting(None) => "\x1bP0$r\x1b\\".into(),
            Self::Capabilities(Some(known)) => format!("\x1bP1+r{known}\x1b\\"),
            Self::Capabilities(None) => "\x1bP0+r\x1b\\".into(),
            Self::Checksum { id, sum } => format!("\x1bP{id}!~{sum:04X}\x1b\\"),
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
        if !self.options.answer {
            return;
        }
        let bytes = self.encoded(answer.encode());
        if self.screen.conformance.eight_bit {
            self.push_answer(&in_eight_bits(&bytes));
        } else {
            self.push_answer(&bytes);
        }
    }

    /// An answer as the guest reads it. Where bytes from 0x80 to 0x9F are controls to it, or can be, no character of a title
    /// may have such a byte: one of them would end the answer, and what follows would be typed.
    fn encoded(&self, text: String) -> Vec<u8> {
        let encoding = self.scanner.encoding;
        if encoding == Encoding::Utf8 && !self.screen.conformance.eight_bit {
            return text.into_bytes();
        }
        let byte = |ch: char| match u8::try_from(ch) {
            Ok(byte @ ..0x80) => byte,
            Ok(byte @ 0xa0..) if encoding == Encoding::Latin1 => byte,
            _ => b'?',
        };
        text.chars().map(byte).collect()
    }

    /// The size of the screen, in cells and in pixels, when mode 2048 is set and whenever it changes then.
    pub(super) fn report_size(&mut self) {
        self.answer(Answer::InBandSize { size: self.screen.size(), cell: self.options.cell });
    }

    /// Whether the colours that a fresh terminal has are light ones. What the guest made of them does not count: it asks
    /// to learn what its user likes.
    pub(super) fn report_color_scheme(&mut self) {
        let light = self.options.palette.background().is_light();
        self.answer(Answer::ColorScheme { light });
    }
}
