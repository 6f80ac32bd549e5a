//! Synchronized output: mode 2026, or `DCS = 1 s` and `DCS = 2 s`, which iTerm2 had first.
//!
//! A guest that draws a whole screen says when it begins and when it is done, and in between nothing is to be seen. There
//! is no clock here: whoever shows the screen holds the picture back, and not for ever.

use std::time::Duration;

use super::Terminal;
use super::modes::{Mode, ModeKind};

/// How long the guest may hold a picture back after it last said so.
pub const MAX_SYNCHRONIZED: Duration = Duration::from_millis(150);
/// How long it may do so in all, however often it says so.
pub const MAX_UPDATE: Duration = Duration::from_secs(1);

/// What has been heard of updates.
#[derive(Debug, Default)]
pub(super) struct Updates {
    /// How often one has begun.
    begun: u64,
    /// One has ended, and nothing has come after it.
    pub(super) ended: bool,
}

impl Terminal {
    /// Whether the guest holds the picture back: then how often it has said so up to now, so that who asks can tell when
    /// it said so again. It may be held for [`MAX_SYNCHRONIZED`], and [`MAX_UPDATE`] in all.
    pub fn synchronized(&self) -> Option<u64> {
        self.screen.modes.has(Mode::SynchronizedOutput).then_some(self.updates.begun)
    }

    /// Whether the last byte ended a synchronized update.
    pub fn update_ended(&self) -> bool {
        self.updates.ended
    }

    /// An update begins or ends; the mode is set besides.
    pub(super) fn synchronize(&mut self, begins: bool) {
        if begins {
            self.updates.begun += 1;
        } else {
            let ends = self.screen.modes.has(Mode::SynchronizedOutput);
            self.updates.ended |= ends;
            self.work.pauses |= ends;
        }
    }

    /// `DCS = Ps s`, complete.
    pub(super) fn synchronize_by_string(&mut self) {
        if let which @ (1 | 2) = self.decoder.params().get(0) {
            self.set_mode_number(ModeKind::Dec, 2026, which == 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::Options;

    #[test]
    fn feeding_stops_where_an_update_ends() {
        for (begin, end) in
            [("\x1b[?2026h", "\x1b[?2026l"), ("\x1bP=1s\x1b\\", "\x1bP=2s\x1b\\"), ("\x1b[?2026h", "\x1bc")]
        {
            let mut terminal = Terminal::new(GridSize::new(10, 2), Options::default());
            let first = format!("a{begin}b{begin}{end}");
            let whole = format!("{first}c{end}d");
            assert_eq!(terminal.feed_update(whole.as_bytes()), first.len());
            assert!(terminal.update_ended() && terminal.synchronized().is_none());
            let rest = &whole[first.len()..];
            assert_eq!(terminal.feed_update(rest.as_bytes()), rest.len(), "an end without a beginning is none");
            assert!(!terminal.update_ended());
            terminal.feed(format!("{begin}{end}{begin}x").as_bytes());
            let begun = terminal.synchronized().expect("held");
            terminal.feed(begin.as_bytes());
            assert_eq!(terminal.synchronized(), Some(begun + 1));
        }
    }

    #[test]
    fn other_strings_of_this_kind_change_nothing() {
        let mut terminal = Terminal::new(GridSize::new(10, 2), Options::default());
        for string in ["\x1bP=3s\x1b\\", "\x1bP=s\x1b\\", "\x1bP1s\x1b\\", "\x1bP=1s\x18", "\x1bP=1s\x1bM"] {
            terminal.feed(string.as_bytes());
            assert_eq!(terminal.synchronized(), None, "{string:?}");
        }
    }
}
