//! The status line: what became of the source, and what is done about it.
//!
//! It lies over the last row of the picture and is not in the guest's terminal, which stays as it was. So it is painted
//! from a copy of that terminal, made anew each time: this happens while there is no guest that writes, and else for a
//! moment only.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use crate::source::ExitStatus;
use crate::terminal::{Options, Terminal, dump};

/// How long a notice is to be seen.
pub const NOTICE: Duration = Duration::from_secs(3);

/// What a terminal is told before a command runs on it again: away with what the one before had set, and on to a new
/// line below what it wrote.
pub fn anew(terminal: &Terminal) -> Vec<u8> {
    // On the primary screen DECRST 1049 would take the cursor to where it was saved last, and that is no end of it.
    let alternate: &[u8] = if terminal.screen().on_alternate() { b"\x1b[?1049l" } else { b"" };
    // CAN first, and DECSTR; then what that leaves: DECSCNM, DECLRMM, no mouse, no focus reports, no brackets.
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
    /// What was painted of the time that it takes.
    shown: Option<String>,
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

/// Something said for a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    text: &'static str,
    /// When it goes.
    pub until: Instant,
}

impl Notice {
    /// Said from `now` on.
    pub fn new(text: &'static str, now: Instant) -> Self {
        Self { text, until: now + NOTICE }
    }
}

impl Status {
    /// So since `now`.
    pub fn new(matter: Matter, now: Instant) -> Self {
        Self { matter, told: None, unheard: false, since: now, shown: None }
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

    /// Whether what was painted is still right, and when to look again; `None` when no time is told. A second a wake-up
    /// at most, then a minute, then an hour.
    pub fn tick(&mut self, now: Instant) -> Option<(bool, Instant)> {
        let (text, next) = self.clock(now)?;
        let told = self.shown.as_ref() == Some(&text);
        self.shown = Some(text);
        Some((told, next))
    }

    /// What is told beside the words, and never cut.
    fn beside(&self, now: Instant) -> String {
        let clock = self.clock(now).map(|(text, _)| text).unwrap_or_default();
        if self.unheard { format!("keys are dropped  {clock}") } else { clock }
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

/// What the status line says, on its left and on its right; `None` when there is none.
pub fn line(status: Option<&Status>, notice: Option<&Notice>, now: Instant) -> Option<(String, String)> {
    match (notice, status) {
        (Some(notice), _) => Some((notice.text.to_owned(), String::new())),
        (None, Some(status)) => Some((status.to_string(), status.beside(now))),
        (None, None) => None,
    }
}

/// A copy of `terminal` with its last row replaced: `said` on the left, `beside` on the right, which is never cut.
pub fn overlay(terminal: &Terminal, said: &str, beside: &str) -> Terminal {
    let size = terminal.screen().size();
    let options = Options {
        scrollback_lines: 0,
        answer: false,
        palette: terminal.screen().palette().clone(),
        ..Options::default()
    };
    let mut copy = Terminal::new(size, options);
    copy.feed(&dump::sequences(terminal));
    // Whatever modes the guest left: no insertion, no origin, no margins, ASCII, a line of single width, and no cursor
    // where nobody writes.
    copy.feed(b"\x1b[4l\x1b[?6;69l\x1b[r\x1b(B\x0f\x1b[?7;25l");
    let row = row(said, beside, usize::from(size.cols));
    copy.feed(format!("\x1b[{};1H\x1b#5\x1b[0;7m\x1b[2K{row}", size.rows).as_bytes());
    copy
}

/// So many columns, if both fit; what is said is cut before what stands beside it.
fn row(said: &str, beside: &str, width: usize) -> String {
    let printable = |text: &str| text.chars().filter(|ch| !ch.is_control()).collect::<String>();
    let (said, beside) = (printable(said), printable(beside));
    let right = if beside.is_empty() { String::new() } else { format!("  {beside} ") };
    let room = width.saturating_sub(right.chars().count() + 1);
    let left: String = said.chars().take(room).collect();
    let row = format!(" {left:<room$}{right}");
    row.chars().take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;

    #[test]
    fn the_last_row_tells_and_the_others_stay() {
        let mut terminal = Terminal::new(GridSize::new(40, 3), Options::default());
        terminal.feed(b"\x1b[?6h\x1b[2;3r\x1b(0\x1b[4hqqq\x1b[1;1Hmore");
        let before = dump::text(terminal.screen());
        let copy = overlay(&terminal, "the guest is gone; waiting for \x1b[2J/dev/pts/7", "3 s");
        let (shown, kept) = (dump::text(copy.screen()), dump::text(terminal.screen()));
        assert_eq!(kept, before);
        let shown: Vec<&str> = shown.lines().collect();
        assert_eq!(shown[..2], before.lines().take(2).collect::<Vec<_>>()[..]);
        assert_eq!(shown[2], " the guest is gone; waiting for [2  3 s");
        assert!(!copy.screen().cursor().visible && copy.screen().row(2).iter().all(|cell| !cell.is_empty()));
    }

    #[test]
    fn it_fits_the_smallest_screen_and_any_other() {
        let terminal = Terminal::new(GridSize::new(1, 1), Options::default());
        overlay(&terminal, "the command has ended with status 3", "1 s");
        for width in 1..100 {
            for beside in ["", "12 s"] {
                assert_eq!(row("waiting for something that is not there", beside, width).chars().count(), width);
            }
        }
    }

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
        assert_eq!(status.tick(at(0)), Some((false, at(1000))));
        assert_eq!(status.tick(at(999)), Some((true, at(1000))));
        assert_eq!(status.tick(at(1000)), Some((false, at(2000))));
        assert_eq!(status.beside(at(59_999)), "keys are dropped  59 s");
        assert_eq!(status.tick(at(60_500)), Some((false, at(120_000))));
        assert_eq!(status.beside(at(3_600_000)), "keys are dropped  1 h");
        assert_eq!(status.tick(at(3_700_000)), Some((false, at(7_200_000))));
        assert_eq!(Status::new(Matter::Over, now).tick(now), None);
        let notice = Notice::new("a break was sent", now);
        let line = line(Some(&status), Some(&notice), now);
        assert_eq!(line, Some(("a break was sent".to_owned(), String::new())), "before all else");
    }
}
