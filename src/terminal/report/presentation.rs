//! DECRQPSR and DECRSPS: where the cursor is and how it writes (DECCIR), and the tab stops (DECTABSR), told and put back
//! (VT510); and the supplemental set that users prefer, DECRQUPSS and DECAUPSS.
//!
//! As in xterm what is wrong in a report that comes back ends it, and what stood before counts. Unlike xterm's, ours tells
//! which sets have 96 characters, and so brings back the charsets, too; no column right of the screen has a tab stop; and a
//! wrap pends nowhere but at the end of a row.

use super::Answer;
use crate::terminal::Terminal;
use crate::terminal::cell::{Attrs, Underline};
use crate::terminal::charset::{Charset, Charsets};
use crate::terminal::edit::Protection;
use crate::terminal::function::Function;
use crate::terminal::modes::Mode;
use crate::terminal::screen::Screen;

/// Tab stops that one report tells: it has to fit into what may wait for the guest.
pub const MAX_TOLD_STOPS: usize = 256;

/// DECCIR.
const CURSOR: u16 = 1;
/// DECTABSR.
const TAB_STOPS: u16 = 2;

/// The fields of DECCIR that are flags have this bit besides, which makes a letter of them.
const FLAGS: u8 = 0x40;

/// The flags of the rendition.
const RENDITION: [(Attrs, u8); 3] = [(Attrs::BOLD, 1), (Attrs::BLINK, 4), (Attrs::REVERSE, 8)];
const UNDERLINED: u8 = 2;

/// The flags of the cursor; the shifts are for the next character only.
const ORIGIN: u8 = 1;
const SHIFTED_2: u8 = 2;
const SHIFTED_3: u8 = 4;
const PENDING_WRAP: u8 = 8;

impl Terminal {
    /// DECRQPSR.
    pub(in crate::terminal) fn report_presentation(&mut self, kind: u16) {
        let state = match kind {
            CURSOR => self.screen.cursor_information(),
            TAB_STOPS => {
                let stops = self.screen.tabs.iter().take(MAX_TOLD_STOPS);
                stops.map(|col| (col + 1).to_string()).collect::<Vec<_>>().join("/")
            }
            _ => return,
        };
        self.answer(Answer::Presentation { kind, state });
    }

    /// DECRSPS.
    pub(in crate::terminal) fn restore_presentation(&mut self, kind: u16, state: &[u8]) {
        if self.screen.conformance.level < Function::DECRSPS.level() {
            return;
        }
        match kind {
            CURSOR => {
                // Whatever is left of it when something is wrong stays as it is.
                let _ = self.screen.restore_cursor_information(state);
                self.screen.cursor.written = None;
                self.keep_in_page();
            }
            TAB_STOPS => self.restore_tab_stops(state),
            _ => {}
        }
    }

    fn restore_tab_stops(&mut self, stops: &[u8]) {
        let cols = self.screen.size().cols;
        let tabs = &mut self.screen.tabs;
        tabs.clear_all();
        for stop in stops.split(|byte| *byte == b'/') {
            let Some(stop @ 1..) = number(stop) else { return };
            if stop <= cols {
                tabs.set(stop - 1);
            }
        }
    }

    /// DECRQUPSS.
    pub(in crate::terminal) fn report_preferred_set(&mut self) {
        self.answer(Answer::PreferredSet(self.screen.preferred_set));
    }

    /// DECAUPSS: with 0 a set of 94 characters, with 1 one of 96, named as for SCS; `ESC ( <` and its kin designate it.
    pub(in crate::terminal) fn prefer_set(&mut self, size: u16, name: &[u8]) {
        let level = self.screen.conformance.level;
        if level < Function::DECAUPSS.level() || size > 1 {
            return;
        }
        if let Some((designator, [])) = designator(name)
            && let Some(set) = Charset::designated(size == 1, designator, level, false).filter(|set| set.supplements())
        {
            self.screen.preferred_set = set;
        }
    }
}

impl Screen {
    /// Whether DECSCA protects what is printed next; what SPA does is another matter (xterm).
    pub(super) fn protects_selectively(&self) -> bool {
        self.protection == Protection::Dec && self.cursor.pen.attrs.contains(Attrs::PROTECTED)
    }

    /// DECCIR's ten fields: row, column, page, rendition, protection, flags, GL, GR, sizes of the sets, the sets.
    fn cursor_information(&self) -> String {
        let (cursor, charsets) = (&self.cursor, &self.cursor.charsets);
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        let attrs = cursor.pen.attrs;
        let rendition = RENDITION.iter().fold(flag(attrs.underline() != Underline::None, UNDERLINED), |bits, row| {
            bits | flag(attrs.contains(row.0), row.1)
        });
        let state = flag(self.modes.has(Mode::Origin), ORIGIN)
            | flag(charsets.single == Some(2), SHIFTED_2)
            | flag(charsets.single == Some(3), SHIFTED_3)
            | flag(cursor.pending_wrap, PENDING_WRAP);
        let protected = flag(self.protects_selectively(), 1);
        let sizes = (0..).zip(&charsets.sets).fold(0, |bits, (at, set)| bits | flag(set.designator().0, 1 << at));
        let [rendition, protected, state, sizes] =
            [rendition, protected, state, sizes].map(|flags| char::from(FLAGS | flags));
        let (row, col, left, right) = (cursor.row + 1, cursor.col + 1, charsets.left, charsets.right);
        let sets: String = charsets.sets.iter().map(|set| self.set_name(*set)).collect();
        format!("{row};{col};1;{rendition};{protected};{state};{left};{right};{sizes};{sets}")
    }

    /// What designates a set on a screen with this preferred one.
    fn set_name(&self, set: Charset) -> String {
        let renamed = set == Charset::DecSupplemental && self.preferred_set != set;
        if renamed { "%5".into() } else { name(set) }
    }

    /// `None` where something is wrong, and what follows it is left aside.
    fn restore_cursor_information(&mut self, state: &[u8]) -> Option<()> {
        let size = self.size();
        let mut fields = state.splitn(10, |byte| *byte == b';');
        let row = fields.next().and_then(number).filter(|row| (1..=size.rows).contains(row))?;
        self.cursor.depart();
        self.cursor.row = row - 1;
        let col = fields.next().and_then(number).filter(|col| (1..=size.cols).contains(col))?;
        self.cursor.col = col - 1;
        fields.next().and_then(number).filter(|page| *page == 1)?;
        let mut flags = |most: u8| match fields.next()? {
            [byte] if byte & !most == FLAGS => Some(byte & most),
            _ => None,
        };
        self.restore_rendition(flags(0x0f)?);
        match flags(1)? {
            // SPA's goes on (xterm).
            0 if self.protection == Protection::Iso => {}
            0 => self.protection = Protection::Off,
            _ => {
                self.protection = Protection::Dec;
                self.cursor.pen.attrs = self.cursor.pen.attrs.with(Attrs::PROTECTED);
            }
        }
        let state = flags(0x0f)?;
        self.cursor.pending_wrap = state & PENDING_WRAP != 0;
        self.cursor.charsets.single = match state {
            _ if state & SHIFTED_3 != 0 => Some(3),
            _ if state & SHIFTED_2 != 0 => Some(2),
            _ => None,
        };
        self.modes.set(Mode::Origin, state & ORIGIN != 0);
        let mut shift = || fields.next().and_then(number).filter(|set| *set < 4).map(|set| set as u8);
        self.cursor.charsets.left = shift()?;
        // G0 is never in GR: what says so leaves there what is.
        let right = shift()?;
        if right != 0 {
            self.cursor.charsets.right = right;
        }
        let sizes = match fields.next()? {
            [byte] if byte & 0xf0 == FLAGS => byte & 0x0f,
            _ => return None,
        };
        self.restore_sets(sizes, fields.next()?);
        Some(())
    }

    fn restore_rendition(&mut self, flags: u8) {
        let attrs = &mut self.cursor.pen.attrs;
        for (attr, bit) in RENDITION {
            *attrs = if flags & bit != 0 { attrs.with(attr) } else { attrs.without(attr) };
        }
        let underline = if flags & UNDERLINED != 0 { Underline::Single } else { Underline::None };
        *attrs = attrs.with_underline(underline);
    }

    fn restore_sets(&mut self, sizes: u8, names: &[u8]) {
        let (level, national) = (self.conformance.level, self.modes.has(Mode::NationalCharsets));
        // G0 has never 96. Reports that say so are xterm's, which say it of all of them, whatever they are.
        let told = sizes & 1 == 0;
        let (mut rest, preferred) = (names, self.preferred_set);
        let Charsets { sets, .. } = &mut self.cursor.charsets;
        for (at, set) in sets.iter_mut().enumerate() {
            let Some((designator, after)) = designator(rest) else { return };
            let size96 = told && sizes >> at & 1 != 0;
            let mut found = Charset::designated(size96, designator, level, national);
            if found.is_none() && !told && at > 0 {
                found = Charset::designated(true, designator, level, national);
            }
            if designator == Charset::PREFERRED && found == Some(Charset::DecSupplemental) {
                found = Some(preferred).filter(|set| at > 0 || !set.designator().0);
            }
            *set = found.unwrap_or(*set);
            rest = after;
        }
    }
}

/// The intermediate (0 for none) and the final byte that `names` begin with, and what follows them.
fn designator(names: &[u8]) -> Option<((u8, u8), &[u8])> {
    match *names {
        [intermediate @ 0x20..=0x2f, last @ 0x30..=0x7e, ref rest @ ..] => Some(((intermediate, last), rest)),
        [last @ 0x30..=0x7e, ref rest @ ..] => Some(((0, last), rest)),
        _ => None,
    }
}

/// How DECAUPSS names a set: the usual one is not named after itself.
pub(super) fn preferred_name(set: Charset) -> String {
    if set == Charset::DecSupplemental { "%5".into() } else { name(set) }
}

/// What [`designator`] reads.
fn name(set: Charset) -> String {
    let (_, (intermediate, last)) = set.designator();
    [intermediate, last].into_iter().filter(|byte| *byte != 0).map(char::from).collect()
}

/// A number of digits and nothing else.
pub(super) fn number(digits: &[u8]) -> Option<u16> {
    let digits = digits.iter().all(u8::is_ascii_digit).then_some(digits)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::Options;

    fn answers(terminal: &mut Terminal, bytes: &str) -> String {
        terminal.feed(bytes.as_bytes());
        String::from_utf8(terminal.take_input()).expect("ASCII")
    }

    #[test]
    fn a_report_of_too_many_tab_stops_is_cut_and_fits() {
        let mut terminal = Terminal::new(GridSize::new(1_024, 2), Options::default());
        let all: String = (0..1_024).map(|_| "\x1bH\x1b[C").collect();
        let told = answers(&mut terminal, &(all + "\x1b[2$w"));
        assert_eq!(told.split('/').count(), MAX_TOLD_STOPS);
        assert!(told.ends_with("/256\x1b\\"));
    }

    #[test]
    fn what_is_told_is_what_comes_back() {
        let size = GridSize::new(20, 5);
        for state in [
            "\x1b[3;5H\x1b[1;4;5;7m\x1b[1\"q",
            "\x1b[2;20Hx",
            "\x1b[2;4r\x1b[?6h\x1b[2;2H",
            "\x1b(0\x1b-A\x1b*&4\x1b/F\x0e\x1b~\x1bO",
            "\x1b[?42h\x1b(K\x1b)<\x1b*%5\x1b+>",
            "\x1bP1!uH\x1b\\\x1b)<\x1b*%5",
        ] {
            let mut terminal = Terminal::new(size, Options::default());
            let told = answers(&mut terminal, &format!("{state}\x1b[1$w"));
            let back = told.replace("$u", "$t");
            // The margins, the mode and the preferred set are no part of it.
            let beside = "\x1b[m\x1b[?6l\x1b[H\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b}";
            let again = answers(&mut terminal, &format!("{beside}{back}\x1b[1$w"));
            assert_eq!(again, told, "{state:?}");
        }
    }
}
