//! What a shell tells of itself: where its prompts, commands and their output begin (OSC 133), and its directory (OSC 7).
//!
//! Marks belong to rows and go with them, into the history too: from one prompt to the one before it, to the output of
//! the last command. They say nothing of columns, for a row that is wrapped anew has other ones.

use super::Terminal;

/// Bytes kept of a directory's URI; a longer one is none.
pub const MAX_DIRECTORY: usize = 2_048;

/// What began in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    bits: u8,
    /// The exit status of the command that ended, if it is told.
    status: u8,
}

const PROMPT: u8 = 1;
const COMMAND: u8 = 1 << 1;
const OUTPUT: u8 = 1 << 2;
const END: u8 = 1 << 3;
const STATUS: u8 = 1 << 4;

impl Marks {
    /// Nothing did.
    pub const NONE: Self = Self { bits: 0, status: 0 };

    /// Whether a prompt begins here (A); not one for the second line of a command.
    pub const fn prompt(self) -> bool {
        self.bits & PROMPT != 0
    }

    /// Whether a prompt ends here, and what the user types begins (B).
    pub const fn command(self) -> bool {
        self.bits & COMMAND != 0
    }

    /// Whether a command's output begins here (C).
    pub const fn output(self) -> bool {
        self.bits & OUTPUT != 0
    }

    /// Whether a command ended before this row (D).
    pub const fn end(self) -> bool {
        self.bits & END != 0
    }

    /// The exit status of the command that ended, if the shell said so; 255 stands for more than that, too.
    pub const fn status(self) -> Option<u8> {
        if self.bits & STATUS != 0 { Some(self.status) } else { None }
    }

    /// These and `more`, whose exit status is the newer one.
    pub(super) const fn with(self, more: Self) -> Self {
        let status = if more.bits & STATUS != 0 { more.status } else { self.status };
        Self { bits: self.bits | more.bits, status }
    }

    /// What OSC 133 says, after the number.
    fn parse(text: &str) -> Self {
        let (kind, options) = text.split_once(';').unwrap_or((text, ""));
        let mut options = options.split(';');
        let bits = match kind {
            // A second line's prompt (k=s) is no place to go to.
            "A" if options.clone().any(|option| option == "k=s") => 0,
            "A" => PROMPT,
            "B" => COMMAND,
            "C" => OUTPUT,
            "D" => END,
            _ => 0,
        };
        let status = options.next().filter(|_| kind == "D").and_then(|status| status.parse::<i32>().ok());
        match status {
            // A negative one, as some systems have it, is a failure all the same.
            Some(status) => Self { bits: bits | STATUS, status: u8::try_from(status).unwrap_or(u8::MAX) },
            None => Self { bits, status: 0 },
        }
    }

    /// The commands that make these marks.
    pub(super) fn sequences(self) -> impl Iterator<Item = String> {
        let status = self.status().map_or(String::new(), |status| format!(";{status}"));
        let kinds = [(END, "D"), (PROMPT, "A"), (COMMAND, "B"), (OUTPUT, "C")];
        let kinds = kinds.into_iter().filter(move |(bit, _)| self.bits & bit != 0);
        kinds.map(move |(bit, kind)| format!("\x1b]133;{kind}{}\x07", if bit == END { &status } else { "" }))
    }
}

impl Terminal {
    /// OSC 133: something begins in the cursor's row.
    pub(super) fn mark_row(&mut self, text: &str) {
        self.screen.grid.add_marks(self.screen.cursor.row, Marks::parse(text));
    }

    /// OSC 7: where the shell is, a URI.
    pub(super) fn set_directory(&mut self, uri: &str) {
        let kept = uri.len() <= MAX_DIRECTORY && !uri.chars().any(char::is_control);
        self.screen.directory = if kept { uri.to_owned() } else { String::new() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::{Options, dump};

    fn terminal(bytes: &str) -> Terminal {
        let mut terminal = Terminal::new(GridSize::new(10, 4), Options::default());
        terminal.feed(bytes.as_bytes());
        terminal
    }

    /// The letters of the marks in each row, and the status.
    fn marks(marks: Marks) -> String {
        let letters = [(marks.end(), 'D'), (marks.prompt(), 'A'), (marks.command(), 'B'), (marks.output(), 'C')];
        let mut out: String = letters.into_iter().filter(|(is, _)| *is).map(|(_, letter)| letter).collect();
        out.extend(marks.status().map(|status| status.to_string()));
        out
    }

    fn rows(terminal: &Terminal) -> [String; 4] {
        [0, 1, 2, 3].map(|row| marks(terminal.screen().marks(row)))
    }

    const SESSION: &str = "\x1b]133;A\x07$ \x1b]133;B\x07ls\r\n\x1b]133;C\x07a b\r\n\x1b]133;D;2\x1b\\\x1b]133;A\x07$ ";

    #[test]
    fn marks_stay_with_their_rows() {
        let mut terminal = terminal(SESSION);
        assert_eq!(rows(&terminal), ["AB", "C", "DA2", ""]);
        terminal.feed(b"\x1b[H\x1b[L");
        assert_eq!(rows(&terminal), ["", "AB", "C", "DA2"]);
        terminal.feed(b"\x1b[2;1H\x1b[J");
        assert_eq!(rows(&terminal)[2..], ["", ""], "cleared with their rows");
    }

    #[test]
    fn only_what_is_known_marks() {
        for (text, expected) in [
            ("D", "D"),
            ("D;0", "D0"),
            ("D;0;aid=1", "D0"),
            ("D;-1", "D255"),
            ("D;300", "D255"),
            ("D;x", "D"),
            ("A;k=s", ""),
            ("A;cl=m;k=i", "A"),
            ("Z", ""),
            ("", ""),
        ] {
            assert_eq!(marks(Marks::parse(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn a_dump_has_them_and_a_reset_has_not() {
        let mut before = terminal(&format!("{SESSION}\x1b]7;file:///tmp\x07"));
        let mut copy = terminal("");
        copy.feed(&dump::sequences(&before));
        assert_eq!(before.screen().difference(copy.screen()), None);
        assert_eq!((rows(&copy), copy.screen().directory()), (rows(&before), "file:///tmp"));
        before.feed(b"\x1bc");
        assert_eq!((rows(&before).concat(), before.screen().directory()), (String::new(), ""));
    }

    #[test]
    fn marks_go_to_the_history_and_come_back() {
        let mut terminal = terminal("");
        for n in 0..20 {
            terminal
                .feed(format!("\x1b]133;D;{n}\x07\x1b]133;A\x07$ ls\r\n\x1b]133;C\x07abcdefghijklm\r\n").as_bytes());
        }
        let lines = terminal.history().lines();
        assert_eq!(lines, 57, "three rows each, and three are on the screen");
        assert_eq!(terminal.history().prompts().collect::<Vec<_>>(), (0..19).map(|n| 3 * n).collect::<Vec<_>>());
        let history = |terminal: &Terminal, row| marks(terminal.history().marks(row));
        assert_eq!([54, 55, 56].map(|row| history(&terminal, row)), ["DA18", "C", ""]);
        assert_eq!(rows(&terminal), ["DA19", "C", "", ""]);
        let all = || (0..57).map(|row| marks(terminal.history().row(row).expect("a row").marks));
        assert!(all().eq(terminal.history().rows().map(|row| marks(row.marks))));
        terminal.resize(GridSize::new(10, 8));
        assert_eq!((history(&terminal, 52), marks(terminal.screen().marks(1))), ("C".into(), "DA18".into()));
        terminal.resize(GridSize::new(5, 4));
        assert_eq!(terminal.screen().broken_rule(), None);
        let prompts: Vec<_> = terminal.history().prompts().collect();
        assert_eq!((prompts.len(), prompts[1], prompts[18]), (20, 4, 72), "a line's marks are where it begins");
        assert_eq!(history(&terminal, 73), "C");
    }

    #[test]
    fn marks_of_dropped_rows_are_dropped() {
        let options = Options { scrollback_lines: 10, ..Options::default() };
        let mut terminal = Terminal::new(GridSize::new(10, 4), options);
        (0..10_000).for_each(|_| terminal.feed(b"\x1b]133;A\x07\r\n"));
        assert_eq!(terminal.history().prompts().collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
        assert!(terminal.history().memory() < 128 << 10, "{} bytes", terminal.history().memory());
        terminal.feed(b"\x1b[2J");
        (0..5).for_each(|_| terminal.feed(b"x\r\n"));
        assert_eq!(terminal.history().prompts().count(), 5);
    }

    #[test]
    fn directories_are_bounded() {
        let mut terminal = terminal("\x1b]7;file:///tmp\x07");
        terminal.feed(format!("\x1b]7;{}\x07", "d".repeat(MAX_DIRECTORY)).as_bytes());
        assert_eq!(terminal.screen().directory().len(), MAX_DIRECTORY);
        terminal.feed(format!("\x1b]7;{}\x07", "d".repeat(MAX_DIRECTORY + 1)).as_bytes());
        assert_eq!(terminal.screen().directory(), "");
        terminal.feed(b"\x1b]7;file:///\x01\x07");
        assert_eq!(terminal.screen().directory(), "");
    }
}
