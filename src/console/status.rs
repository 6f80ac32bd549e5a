//! The status line: what became of the source, and what is done about it.
//!
//! It lies over the last row of the picture and is not in the guest's terminal, which stays as it was. So it is painted
//! from a copy of that terminal, made anew each time: this happens only while there is no guest that writes.

use crate::source::ExitStatus;
use crate::terminal::{Options, Terminal, dump};

/// What a console has to say for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The source is not there yet; why not, if there is more to say.
    Waiting {
        /// What is waited for.
        what: String,
        /// Empty, or a reason.
        why: String,
    },
    /// The source was there.
    Lost {
        /// What is waited for.
        what: String,
        /// Empty, or a reason.
        why: String,
    },
    /// The command has ended.
    Ended(ExitStatus),
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (before, what, why) = match self {
            Self::Waiting { what, why } => ("waiting for ", what, why),
            Self::Lost { what, why } => ("the guest is gone; waiting for ", what, why),
            Self::Ended(status) => return write!(f, "the command has ended with {status}"),
        };
        write!(f, "{before}{what}")?;
        if why.is_empty() { Ok(()) } else { write!(f, ": {why}") }
    }
}

/// A copy of `terminal` with `status` over its last row.
pub fn overlay(terminal: &Terminal, status: &Status) -> Terminal {
    let size = terminal.screen().size();
    let options = Options {
        scrollback_lines: 0,
        answer: false,
        palette: terminal.screen().palette().clone(),
        ..Options::default()
    };
    let mut copy = Terminal::new(size, options);
    copy.feed(&dump::sequences(terminal));
    // Whatever modes the guest left: no insertion, no origin, no margins, ASCII, and no cursor where nobody writes.
    copy.feed(b"\x1b[4l\x1b[?6;69l\x1b[r\x1b(B\x0f\x1b[?7;25l");
    let width = usize::from(size.cols);
    let text: String = status.to_string().chars().filter(|ch| !ch.is_control()).take(width.saturating_sub(2)).collect();
    copy.feed(format!("\x1b[{};1H\x1b[0;7m\x1b[2K {text:<pad$}", size.rows, pad = width.saturating_sub(1)).as_bytes());
    copy
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
        let status = Status::Lost { what: "/dev/pts/7".into(), why: "another\x1b[2J program uses it".into() };
        let copy = overlay(&terminal, &status);
        let (shown, kept) = (dump::text(copy.screen()), dump::text(terminal.screen()));
        assert_eq!(kept, before);
        let shown: Vec<&str> = shown.lines().collect();
        assert_eq!(shown[..2], before.lines().take(2).collect::<Vec<_>>()[..]);
        assert_eq!(shown[2], " the guest is gone; waiting for /dev/pt");
        assert!(!copy.screen().cursor().visible && copy.screen().row(2).iter().all(|cell| !cell.is_empty()));
    }

    #[test]
    fn it_fits_the_smallest_screen() {
        let terminal = Terminal::new(GridSize::new(1, 1), Options::default());
        let status = Status::Ended(ExitStatus::Code(3));
        assert_eq!(status.to_string(), "the command has ended with status 3");
        overlay(&terminal, &status);
    }
}
