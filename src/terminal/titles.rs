//! The titles of window and icon (OSC 0, 1, 2), the stack they may be put away on, and how they are spelt (XTSMTITLE).

use super::Terminal;
use super::decode::Params;
use super::report::Answer;

/// Characters kept of a title.
pub const MAX_TITLE: usize = 256;
/// Titles put away at once (XTWINOPS 22).
pub const MAX_TITLES: usize = 10;

/// XTSMTITLE: titles are set in hexadecimal.
const SET_HEX: u8 = 0;
/// XTSMTITLE: titles are reported in hexadecimal.
const QUERY_HEX: u8 = 1;
/// XTSMTITLE: the highest mode. 2 and 3 are UTF-8, set and reported, which ours always are.
const LAST_MODE: u8 = 3;

/// What XTWINOPS 22 put away.
#[derive(Debug, PartialEq, Eq)]
struct SavedTitles {
    icon: Option<String>,
    window: Option<String>,
}

/// See the module; the titles themselves are the screen's.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Titles {
    saved: Vec<SavedTitles>,
    /// Bit n: title mode n is set.
    modes: u8,
}

impl Titles {
    fn has(&self, mode: u8) -> bool {
        self.modes >> mode & 1 != 0
    }

    /// The number of bytes that they take.
    pub(super) fn memory(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::capacity);
        let texts: usize = self.saved.iter().map(|saved| text(&saved.icon) + text(&saved.window)).sum();
        self.saved.capacity() * size_of::<SavedTitles>() + texts
    }
}

impl Terminal {
    /// OSC 2, as it was sent.
    pub(super) fn title_command(&mut self, text: &str) {
        if let Some(title) = self.spelt(text) {
            self.set_title(title);
        }
    }

    /// OSC 1, as it was sent.
    pub(super) fn icon_title_command(&mut self, text: &str) {
        if let Some(title) = self.spelt(text) {
            self.set_icon_title(title);
        }
    }

    /// The title that `text` spells; `None` where it should be hexadecimal, and is not.
    fn spelt(&self, text: &str) -> Option<String> {
        if !self.titles.has(SET_HEX) {
            return Some(clean_title(text));
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let bytes = text.as_bytes().chunks(2).map(|pair| match *pair {
            [high, low] => Some((digit(high)? << 4 | digit(low)?) as u8),
            _ => None,
        });
        let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
        Some(clean_title(&String::from_utf8_lossy(&bytes)))
    }

    fn set_title(&mut self, title: String) {
        self.screen.title = title;
        self.events.title = true;
    }

    fn set_icon_title(&mut self, title: String) {
        self.screen.icon_title = title;
        self.events.icon_title = true;
    }

    /// XTWINOPS 20 and 21. What a guest has put into a title must not be typed into a shell by whoever asks for it, so it
    /// is reported only where the operator allows window operations.
    pub(super) fn report_title(&mut self, letter: char) {
        let text = match letter {
            _ if !self.options.window_ops => String::new(),
            'L' => self.screen.icon_title.clone(),
            _ => self.screen.title.clone(),
        };
        let text =
            if self.titles.has(QUERY_HEX) { text.bytes().map(|byte| format!("{byte:02X}")).collect() } else { text };
        self.answer(Answer::Title { letter, text });
    }

    /// XTWINOPS 22: puts away both titles (0), the icon's (1) or the window's (2), on top or in the place that is named.
    /// Beyond [`MAX_TITLES`] the oldest is lost.
    pub(super) fn push_titles(&mut self, which: u16, place: u16) {
        if which > 2 {
            return;
        }
        let saved = SavedTitles {
            icon: (which != 2).then(|| self.screen.icon_title.clone()),
            window: (which != 1).then(|| self.screen.title.clone()),
        };
        if let Some(slot) = place.checked_sub(1).and_then(|at| self.titles.saved.get_mut(usize::from(at))) {
            *slot = saved;
        } else if place == 0 {
            if self.titles.saved.len() == MAX_TITLES {
                self.titles.saved.remove(0);
            }
            self.titles.saved.push(saved);
        }
    }

    /// XTWINOPS 23: takes back what was put away last, or looks at the place that is named. What was not put away there is
    /// taken from below.
    pub(super) fn pop_titles(&mut self, which: u16, place: u16) {
        let stack = &mut self.titles.saved;
        let height = if place == 0 { stack.len() } else { usize::from(place) };
        let (0..=2, Some(reached)) = (which, stack.get(..height).filter(|reached| !reached.is_empty())) else {
            return;
        };
        let icon = reached.iter().rev().find_map(|saved| saved.icon.clone()).filter(|_| which != 2);
        let window = reached.iter().rev().find_map(|saved| saved.window.clone()).filter(|_| which != 1);
        if place == 0 {
            stack.pop();
        }
        if let Some(icon) = icon {
            self.set_icon_title(icon);
        }
        if let Some(window) = window {
            self.set_title(window);
        }
    }

    /// XTTITLEPOS.
    pub(super) fn report_title_stack(&mut self) {
        self.answer(Answer::TitleStack { used: self.titles.saved.len(), most: MAX_TITLES });
    }

    /// XTSMTITLE and XTRMTITLE; without a parameter all modes are as at first. Both kinds of spelling are modes of their
    /// own; hexadecimal wins (xterm).
    pub(super) fn set_title_modes(&mut self, params: &Params, on: bool) {
        if params.given(0).is_none() {
            self.titles.modes = 0;
            return;
        }
        for mode in params.rest(0).iter().filter(|mode| **mode <= LAST_MODE.into()) {
            let bit = 1 << mode;
            self.titles.modes = if on { self.titles.modes | bit } else { self.titles.modes & !bit };
        }
    }

    /// DECRQSS `> Ps t`: one title mode, or all of them.
    pub(super) fn title_modes_setting(&self, which: &[u8]) -> Option<String> {
        let state = |mode: u8| u8::from(self.titles.has(mode)).to_string();
        match which {
            [] => Some(format!(">{}t", (0..=LAST_MODE).map(state).collect::<Vec<_>>().join(";"))),
            [digit @ b'0'..=b'3'] => Some(format!(">{}t", state(digit - b'0'))),
            _ => None,
        }
    }

    /// RIS: the titles stay, the stack and the modes do not.
    pub(super) fn reset_titles(&mut self) {
        self.titles = Titles::default();
    }

    /// The title modes, for the dump.
    pub(super) fn title_modes(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=LAST_MODE).filter(|mode| self.titles.has(*mode))
    }
}

/// A title without control characters, and not longer than [`MAX_TITLE`].
fn clean_title(text: &str) -> String {
    text.chars().filter(|ch| !ch.is_control()).take(MAX_TITLE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_short_and_clean() {
        assert_eq!(clean_title("a\tb\u{85}c"), "abc");
        assert_eq!(clean_title(&"x".repeat(1_000)).chars().count(), MAX_TITLE);
    }
}
