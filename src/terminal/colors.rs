//! The guest's colours: OSC 4 (the palette), 5 (special colours), 10 to 19 (dynamic ones), and 104 to 119, which take back
//! what these changed.

use super::Terminal;
use super::palette::{Kept, Palette, Rgb};
use super::report::{Answer, Terminator};

/// Entries of the palette; OSC 4 reaches the special colours after them.
const ENTRIES: u16 = 256;
/// OSC 10, 11 and 12; beyond these dynamic colours are only kept.
const FOREGROUND: u8 = 10;
const BACKGROUND: u8 = 11;
const CURSOR: u8 = 12;
/// The last dynamic colour.
const LAST_DYNAMIC: u8 = 19;

impl Terminal {
    /// OSC 4 and 5: pairs of a number and a colour, or `?` to ask. OSC 4 numbers the special colours from 256 on.
    pub(super) fn numbered_colors(&mut self, osc: u8, rest: &str, end: Terminator) {
        let mut parts = rest.split(';');
        while let (Some(number), Some(color)) = (parts.next(), parts.next()) {
            let Some((number, entry)) = entry(osc, number) else { continue };
            if color == "?" {
                let rgb = self.numbered_color(entry);
                self.answer(Answer::NumberedColor { osc, number, rgb, end });
            } else if let Some(rgb) = Palette::parse(color) {
                match entry {
                    Entry::Indexed(index) => self.screen.palette.set_indexed(index, rgb),
                    Entry::Special(which) => self.screen.palette.set_kept(Kept::Special(which), Some(rgb)),
                }
            }
        }
    }

    fn numbered_color(&self, entry: Entry) -> Rgb {
        let palette = &self.screen.palette;
        match entry {
            Entry::Indexed(index) => palette.indexed(index),
            Entry::Special(which) => palette.kept(Kept::Special(which)).unwrap_or(palette.foreground()),
        }
    }

    /// OSC 104 and 105: the numbers named, or all.
    pub(super) fn reset_numbered_colors(&mut self, osc: u8, rest: &str) {
        let base = osc - 100;
        if !rest.is_empty() {
            for (_, entry) in rest.split(';').filter_map(|number| entry(base, number)) {
                match entry {
                    Entry::Indexed(index) => {
                        let standard = self.options.palette.indexed(index);
                        self.screen.palette.set_indexed(index, standard);
                    }
                    Entry::Special(which) => self.screen.palette.set_kept(Kept::Special(which), None),
                }
            }
        } else if base == 4 {
            self.reset_indexed_colors();
        } else {
            (0..Kept::SPECIALS).for_each(|which| self.screen.palette.set_kept(Kept::Special(which), None));
        }
    }

    /// OSC 10 to 19: a colour or `?` for that number, and further ones for the numbers after it.
    pub(super) fn dynamic_colors(&mut self, first: u8, rest: &str, end: Terminator) {
        for (number, color) in (first..=LAST_DYNAMIC).zip(rest.split(';')) {
            if color == "?" {
                let rgb = self.dynamic_color(number);
                self.answer(Answer::DynamicColor { number, rgb, end });
            } else if let Some(rgb) = Palette::parse(color) {
                let palette = &mut self.screen.palette;
                match number {
                    FOREGROUND => palette.set_foreground(rgb),
                    BACKGROUND => palette.set_background(rgb),
                    CURSOR => palette.set_cursor(Some(rgb)),
                    _ => palette.set_kept(Kept::Dynamic(number), Some(rgb)),
                }
            }
        }
    }

    fn dynamic_color(&self, number: u8) -> Rgb {
        let palette = &self.screen.palette;
        let (fg, bg) = (palette.foreground(), palette.background());
        match number {
            FOREGROUND => fg,
            BACKGROUND => bg,
            // Unset, the cursor is painted in the colour of the text.
            CURSOR => palette.cursor().unwrap_or(fg),
            // xterm's: the pointer's and Tektronix's second colours, and that of highlighted text.
            14 | 16 | LAST_DYNAMIC => palette.kept(Kept::Dynamic(number)).unwrap_or(bg),
            _ => palette.kept(Kept::Dynamic(number)).unwrap_or(fg),
        }
    }

    /// OSC 110 to 119.
    pub(super) fn reset_dynamic_color(&mut self, osc: u8) {
        let (palette, standard) = (&mut self.screen.palette, &self.options.palette);
        match osc - 100 {
            FOREGROUND => palette.set_foreground(standard.foreground()),
            BACKGROUND => palette.set_background(standard.background()),
            CURSOR => palette.set_cursor(standard.cursor()),
            number => palette.set_kept(Kept::Dynamic(number), None),
        }
    }

    /// OSC 104 without a number, and Linux's `ESC ] R`.
    pub(super) fn reset_indexed_colors(&mut self) {
        for index in 0..=u8::MAX {
            let standard = self.options.palette.indexed(index);
            self.screen.palette.set_indexed(index, standard);
        }
    }

    /// Linux's `ESC ] P nrrggbb`: one of the first sixteen colours.
    pub(super) fn set_linux_color(&mut self, nrrggbb: u32) {
        self.screen.palette.set_indexed((nrrggbb >> 24) as u8, Rgb::from_u32(nrrggbb & 0xff_ffff));
    }
}

/// What a number of OSC 4 or 5 stands for.
#[derive(Clone, Copy)]
enum Entry {
    Indexed(u8),
    Special(u8),
}

/// The number that `text` is, and what it stands for in OSC 4 or 5.
fn entry(osc: u8, text: &str) -> Option<(u16, Entry)> {
    let number: u16 = text.parse().ok()?;
    let place = if osc == 4 { number } else { number.checked_add(ENTRIES)? };
    let entry = match u8::try_from(place) {
        Ok(index) => Entry::Indexed(index),
        Err(_) => Entry::Special(u8::try_from(place - ENTRIES).ok().filter(|which| *which < Kept::SPECIALS)?),
    };
    Some((number, entry))
}
