//! Conformance levels: as which terminal we answer and act, and whether our controls have seven bits or eight (DEC STD 070,
//! VT510 DECSCL, S7C1T, S8C1T); VT52 is the level below all.

use super::Terminal;
use super::cell::Cell;
use super::charset::Charsets;
use super::decode::Params;
use super::function::Function;
use super::modes::{MODES, Mode};
use super::scan::Encoding;
use super::screen::Screen;

/// The level of a fresh terminal, and the highest: a VT520's.
pub const MAX_LEVEL: u8 = 5;

/// What DECSCL and its kin have set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conformance {
    /// 1 for a VT100 to 5 for a VT520; 0 in VT52 mode.
    pub(super) level: u8,
    /// Answers begin with the C1 controls themselves, not with ESC and a letter.
    pub(super) eight_bit: bool,
}

impl Conformance {
    pub(super) fn new() -> Self {
        Self { level: MAX_LEVEL, eight_bit: false }
    }
}

/// Modes that are reset in VT52 mode, and come back after it (xterm).
pub(super) const PUT_AWAY: [Mode; 6] =
    [Mode::Insert, Mode::NewLine, Mode::Origin, Mode::Autowrap, Mode::ReverseWrap, Mode::ReverseWrapExtended];

/// What VT52 mode puts away, and its `ESC <` brings back (xterm).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PutAway {
    pub(super) charsets: Charsets,
    pub(super) pen: Cell,
    /// Which of [`PUT_AWAY`] were set.
    pub(super) modes: [bool; PUT_AWAY.len()],
}

impl Default for PutAway {
    fn default() -> Self {
        Self { charsets: Charsets::default(), pen: Cell::EMPTY, modes: [false; PUT_AWAY.len()] }
    }
}

impl PutAway {
    /// What of it counts where two screens are compared.
    pub(super) fn comparable<'a>(&'a self, screen: &'a Screen) -> impl PartialEq + 'a {
        (self.charsets, self.modes, screen.looks(&self.pen))
    }
}

impl Function {
    /// The lowest level that has it (xterm's, where the manuals differ from what it does).
    pub(super) const fn level(self) -> u8 {
        match self {
            Self::SS2 | Self::SS3 | Self::S7C1T | Self::S8C1T => 2,
            // A VT320's; but a dump of a VT220 needs it.
            Self::DECRSPS => 2,
            Self::G1D6 | Self::G2D6 | Self::G3D6 | Self::DECRQM | Self::DECRQDE | Self::DECSCPP => 3,
            Self::DECRQPSR | Self::DECRQTSR | Self::DECRSTS | Self::DECRQUPSS | Self::DECAUPSS => 3,
            Self::DECBI | Self::DECFI | Self::DECIC | Self::DECDC | Self::DA3 | Self::XTCHECKSUM => 4,
            Self::DECCARA | Self::DECRARA | Self::DECCRA | Self::DECFRA | Self::DECERA | Self::DECSERA => 4,
            Self::DECSACE | Self::DECRQCRA | Self::DECSNLS => 4,
            Self::DECST8C => 5,
            _ => 0,
        }
    }
}

impl Terminal {
    /// DECSCL: a level from 61 to 65, and 1 for controls of seven bits, 0 or 2 for eight. It resets as DECSTR does (DEC STD
    /// 070, VT220; later manuals promise RIS, which xterm does not do either), and what the new level has not.
    pub(super) fn set_conformance(&mut self, params: &Params) {
        let Some(level @ 1..=MAX_LEVEL) = params.get(0).checked_sub(60).and_then(|level| u8::try_from(level).ok())
        else {
            return;
        };
        self.soft_reset();
        let eight_bit = match params.get(1) {
            // A VT100 has no controls of eight bits.
            _ if level == 1 => false,
            0 | 2 => true,
            1 => false,
            _ => self.screen.conformance.eight_bit,
        };
        self.screen.saved = Default::default();
        self.screen.attribute_extent = 0;
        for row in MODES.iter().filter(|row| row.mode.level() > level) {
            self.screen.modes.set(row.mode, row.default);
        }
        self.screen.conformance.level = level;
        self.screen.conformance.eight_bit = eight_bit;
    }

    /// DECRST 2: VT52 mode, which has charsets of its own, and neither rendition nor most modes. Left and right margins end.
    pub(super) fn enter_vt52(&mut self) {
        let screen = &mut self.screen;
        let cursor = &mut screen.cursor;
        screen.vt52 = PutAway {
            charsets: std::mem::take(&mut cursor.charsets),
            pen: std::mem::replace(&mut cursor.pen, Cell::EMPTY),
            modes: PUT_AWAY.map(|mode| screen.modes.has(mode)),
        };
        PUT_AWAY.iter().for_each(|mode| screen.modes.set(*mode, false));
        screen.modes.set(Mode::LeftRightMargins, false);
        self.set_margin_mode(false);
        self.screen.conformance.level = 0;
    }

    /// `ESC <` of VT52 mode: back as a VT100 (VT510 DECANM), with what was put away.
    pub(super) fn leave_vt52(&mut self) {
        let screen = &mut self.screen;
        let PutAway { charsets, pen, modes } = std::mem::take(&mut screen.vt52);
        (screen.cursor.charsets, screen.cursor.pen) = (charsets, pen);
        PUT_AWAY.iter().zip(modes).for_each(|(mode, on)| screen.modes.set(*mode, on));
        screen.modes.set(Mode::Ansi, true);
        screen.conformance.level = 1;
        // In origin mode it may be outside of the margins now, where it would have no number.
        self.keep_in_page();
    }
}

impl Terminal {
    /// Queues what a key sends; its introducer is a C1 control where the guest asked for these, and takes bytes.
    pub(super) fn push_key(&mut self, bytes: &[u8]) {
        match bytes {
            // Two bytes are a letter with Alt.
            [0x1b, b'[' | b'O', _, ..] if self.sends_eight_bits() => self.push_keys(&in_eight_bits(bytes)),
            _ => self.push_keys(bytes),
        }
    }

    /// Queues reports of the pointer and of focus, as [`Terminal::push_key`] does keys.
    pub(super) fn push_reports(&mut self, reports: &[u8]) {
        if self.sends_eight_bits() {
            self.push_keys(&in_eight_bits(reports));
        } else {
            self.push_keys(reports);
        }
    }

    /// In UTF-8 a lone C1 byte is no character: there xterm's keys too stay in seven bits.
    fn sends_eight_bits(&self) -> bool {
        self.screen.conformance.eight_bit && self.scanner.encoding != Encoding::Utf8
    }
}

/// `bytes` with C1 controls of eight bits where it has ESC and a letter for them.
pub(super) fn in_eight_bits(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        match rest {
            [0x1b, letter @ 0x40..=0x5f, later @ ..] => {
                out.push(letter + 0x40);
                rest = later;
            }
            [byte, later @ ..] => {
                out.push(*byte);
                rest = later;
            }
            [] => return out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn introducers_become_one_byte() {
        assert_eq!(in_eight_bits(b"\x1b[0n"), b"\x9b0n");
        assert_eq!(in_eight_bits(b"\x1bP1$r0m\x1b\\"), b"\x901$r0m\x9c");
        assert_eq!(in_eight_bits(b"\x1b/Z"), b"\x1b/Z");
    }
}
