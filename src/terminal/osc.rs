//! Operating system commands: one row of [`COMMANDS`] each, from which the document follows. What we do not know is ignored,
//! and nothing of it is ever sent back.

use std::ops::RangeInclusive;

use super::Terminal;
use super::report::Terminator;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Sets the window's title, the icon's or both.
    Title,
    /// Sets or tells colours that are numbered.
    Colors,
    /// The shell's directory.
    Directory,
    /// A link begins or ends.
    Link,
    /// Sets or tells colours that have names.
    DynamicColors,
    /// Text for the clipboard.
    Clipboard,
    /// Numbered colours as they were.
    ResetColors,
    /// A named colour as it was.
    ResetDynamicColor,
    /// What the shell begins here.
    Mark,
}

/// One row of [`COMMANDS`].
#[derive(Debug)]
pub struct CommandRow {
    /// What it does.
    pub command: Command,
    /// Its numbers.
    pub numbers: RangeInclusive<u16>,
    /// What follows the number, and what it does, in a few words.
    pub summary: &'static str,
}

macro_rules! commands {
    ($($command:ident $numbers:expr, $summary:literal;)*) => {
        /// Every operating system command that has a number.
        pub const COMMANDS: &[CommandRow] =
            &[$(CommandRow { command: Command::$command, numbers: $numbers, summary: $summary },)*];
    };
}

commands! {
    Title             0..=0, "titles of the window and of its icon";
    Title             1..=1, "the icon's title; also `OSC L`";
    Title             2..=2, "the window's title; also `OSC l`";
    Colors            4..=4, "pairs of a number and a colour of the palette, or `?` to ask for it";
    Colors            5..=5, "the same for the special colours, which are kept and not painted";
    Directory         7..=7, "the shell's directory";
    Link              8..=8, "a link, or its end";
    DynamicColors     10..=19, "foreground, background, cursor (12), and colours that are kept and not painted; `?` asks";
    Clipboard         52..=52, "text for the viewers' clipboards, with --guest-clipboard on";
    ResetColors       104..=104, "colours of the palette as they were: those named, or all";
    ResetColors       105..=105, "the same for the special colours";
    ResetDynamicColor 110..=119, "what 10 to 19 set as it was";
    Mark              133..=133, "what the shell begins in this row: prompt, command line, output, or its end";
}

impl Terminal {
    /// OSC, complete and within bounds; `text` is valid UTF-8 but may hold controls. Answers end as the question did.
    pub(super) fn operating_system_command(&mut self, text: &[u8], end: Terminator) {
        let Ok(text) = std::str::from_utf8(text) else { return };
        // Sun's, which have a letter and nothing between it and the title (xterm).
        if let Some(title) = text.strip_prefix('l') {
            return self.title_command(title);
        }
        if let Some(title) = text.strip_prefix('L') {
            return self.icon_title_command(title);
        }
        let (digits, rest) = text.split_once(';').unwrap_or((text, ""));
        let Some(number) = number(digits) else { return };
        let Some(row) = COMMANDS.iter().find(|row| row.numbers.contains(&number)) else { return };
        // No row has a number above 255.
        let low = number as u8;
        match row.command {
            Command::Title => {
                if number != 2 {
                    self.icon_title_command(rest);
                }
                if number != 1 {
                    self.title_command(rest);
                }
            }
            Command::Colors => self.numbered_colors(low, rest, end),
            Command::Directory => self.set_directory(rest),
            Command::Link => self.set_link(rest),
            Command::DynamicColors => self.dynamic_colors(low, rest, end),
            Command::Clipboard => self.set_clipboard(rest),
            Command::ResetColors => self.reset_numbered_colors(low, rest),
            Command::ResetDynamicColor => self.reset_dynamic_color(low),
            Command::Mark => self.mark_row(rest),
        }
    }
}

/// The number of a command; one left out is 0 (xterm).
fn number(digits: &str) -> Option<u16> {
    if digits.is_empty() {
        return Some(0);
    }
    // A sign is no part of one.
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_their_numbers_small() {
        assert!(COMMANDS.is_sorted_by(|a, b| a.numbers.end() < b.numbers.start()));
        assert!(COMMANDS.iter().all(|row| *row.numbers.end() <= u16::from(u8::MAX)));
    }
}
