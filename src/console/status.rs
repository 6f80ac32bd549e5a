//! The status line: what became of the source, and what is done about it.
//!
//! It lies over the last row of the picture and is not in the guest's terminal, which stays as it was (`notice.rs`).

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use crate::source::ExitStatus;
use crate::terminal::Terminal;

/// What a terminal is told before a command runs on it again: away with what the one before had set, and on to a new
/// line below what it wrote.
pub fn anew(terminal: &Terminal) -> Vec<u8> {
    // On the primary screen DECRST 1049 would take the cursor to where it was saved last, and that is no end of it.
    let alternate: &[u8] = if terminal.screen().on_alternate() { b"\x1b[?1049l" } else { b"" };
    // CAN first, and DECSTR, which takes all that was asked of the keyboard with it; then what that leaves: DECSCNM,
    // DECLRMM, no mouse, no focus reports, no brackets.
    [b"\x18", alternate, b"\x1b[!p\x1b[20l\x1b[?5;9;69;1000;1002;1003;1004;1005;1006;1015;2004l\r\n"].concat()
}

/// What a console has to say for itself.
#[derive(Clone, Debug)]
pub struct Status {
    /// What happened.
    pub matter: Matter,
    /// Why it goes on, once that is known; may be empty.
    pub told: Option<String>,
    /// Somebody typed meanwhile.
    pub unheard: bool,
    since: Instant,
}

/// What happened to a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matter {
    /// It is not there yet: this.
    Waiting(String),
    /// It was there.
    Lost(String),
    /// The command has ended, and so has the console.
    Ended(ExitStatus),
    /// It has ended, and is started again.
    Restarting(String, ExitStatus),
    /// Standard input has ended.
    Over,
}

impl Status {
    /// So since `now`.
    pub fn new(matter: Matter, now: Instant) -> Self {
        Self { matter, told: None, unheard: false, since: now }
    }

    /// How long it takes already, and when that is to be said anew; `None` where it does not matter.
    fn clock(&self, now: Instant) -> Option<(String, Instant)> {
        if matches!(self.matter, Matter::Ended(_) | Matter::Over) {
            return None;
        }
        let seconds = now.duration_since(self.since).as_secs();
        let (text, step) = match seconds {
            0..60 => (format!("{seconds} s"), 1),
            60..3600 => (format!("{} min", seconds / 60), 60),
            _ => (format!("{} h", seconds / 3600), 3600),
        };
        let next = self.since + Duration::from_secs(seconds / step * step + step);
        Some((text, next))
    }

    /// When there is another time to tell; `None` when no time is told. A second a wake-up at most, then a minute, then
    /// an hour.
    pub fn changes(&self, now: Instant) -> Option<Instant> {
        self.clock(now).map(|(_, next)| next)
    }

    /// What is told beside the words, and never cut.
    pub fn beside(&self, now: Instant) -> String {
        let clock = self.clock(now).map(|(text, _)| text).unwrap_or_default();
        if self.unheard { format!("keys are dropped  {clock}").trim_end().to_owned() } else { clock }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.matter {
            Matter::Waiting(what) => write!(f, "waiting for {what}")?,
            Matter::Lost(what) => write!(f, "the guest is gone; waiting for {what}")?,
            Matter::Ended(status) => write!(f, "the command has ended with {status}")?,
            Matter::Restarting(what, status) => write!(f, "ended with {status}; starting {what} again")?,
            Matter::Over => f.write_str("standard input has ended")?,
        }
        match self.told.as_deref() {
            None | Some("") => Ok(()),
            Some(why) => write!(f, ": {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::{Options, dump};

    #[test]
    fn another_command_begins_below_the_last_and_with_no_mind_of_its_own() {
        for before in [&b"one\x1b[?1049h\x1b[2J\x1b[2;3rvim"[..], b"\x1b7\x1b[4h\x1b[31mone\x1b]2;unfinished"] {
            let mut terminal = Terminal::new(GridSize::new(10, 4), Options::default());
            terminal.feed(before);
            terminal.feed(b"\x1b[?1;5;1003;2004h");
            terminal.feed(&anew(&terminal));
            terminal.feed(b"two");
            let mut fresh = Terminal::new(GridSize::new(10, 4), Options::default());
            fresh.feed(b"one\r\ntwo");
            assert_eq!(dump::text(terminal.screen()), dump::text(fresh.screen()));
            terminal.begin_paste();
            assert!(!terminal.has_input() && !terminal.wants_pointer());
        }
    }

    #[test]
    fn what_happened_is_said_in_one_line() {
        let now = Instant::now();
        let said = |matter: Matter, why: &str| {
            let mut status = Status::new(matter, now);
            status.told = Some(why.to_owned());
            status.to_string()
        };
        assert_eq!(said(Matter::Waiting("/run/db1.sock".into()), ""), "waiting for /run/db1.sock");
        let lost = "the guest is gone; waiting for db1:23: nobody listens there";
        assert_eq!(said(Matter::Lost("db1:23".into()), "nobody listens there"), lost);
        assert_eq!(said(Matter::Ended(ExitStatus::Code(3)), ""), "the command has ended with status 3");
        let again = said(Matter::Restarting("qemu".into(), ExitStatus::Signal("Killed".into())), "");
        assert_eq!(again, "ended with Killed; starting qemu again");
    }

    #[test]
    fn time_is_told_less_and_less_often() {
        let now = Instant::now();
        let mut status = Status::new(Matter::Waiting("x".into()), now);
        status.unheard = true;
        let at = |milliseconds| now + Duration::from_millis(milliseconds);
        assert_eq!(status.changes(at(0)), Some(at(1000)));
        assert_eq!(status.changes(at(999)), Some(at(1000)));
        assert_eq!(status.changes(at(1000)), Some(at(2000)));
        assert_eq!(status.beside(at(59_999)), "keys are dropped  59 s");
        assert_eq!(status.changes(at(60_500)), Some(at(120_000)));
        assert_eq!(status.beside(at(3_600_000)), "keys are dropped  1 h");
        assert_eq!(status.changes(at(3_700_000)), Some(at(7_200_000)));
        assert_eq!(Status::new(Matter::Over, now).changes(now), None);
    }
}
