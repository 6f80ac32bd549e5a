//! `vncterm --help`, from the OPTIONS table: one column of options, one of words, on lines that fit a console.

use super::options::{Group, OPTIONS, Opt};

/// Columns of the narrowest terminal it shall look well on.
const WIDTH: usize = 80;
/// Where the words begin.
const INDENT: usize = 31;

/// What people do most, and what it means.
pub const EXAMPLES: &[(&str, &str)] = &[
    ("vncterm", "your shell, at 127.0.0.1:5900"),
    ("vncterm --pty /dev/pts/3", "a guest's serial console"),
    ("vncterm --pty uart=/dev/pts/3 --pty hvc0=/dev/pts/4", "two of them: Ctrl-Alt-F1 and Ctrl-Alt-F2"),
    ("vncterm --listen :1 -- firecracker --config-file vm.json", "a microVM's console, at display 1"),
];

/// The whole text.
pub fn text() -> String {
    let mut text = String::from(
        "Serves guests' text consoles to VNC viewers: one terminal, many windows on it.\n\n\
         Usage: vncterm [serve] [OPTIONS] [-- COMMAND [ARG...]]\n",
    );
    for group in Group::ALL {
        text.push_str(&format!("\n{}:\n", group.title()));
        for option in OPTIONS.iter().filter(|option| option.group == *group) {
            entry(&mut text, &usage(option), &words(option));
        }
        match group {
            Group::Consoles => entry(
                &mut text,
                "      -- COMMAND [ARG...]",
                "Serve this command, started on a PTY of its own [default, with no console given: your shell]",
            ),
            Group::General => {
                entry(&mut text, "  -h, --help", "Show this help");
                entry(&mut text, "  -V, --version", "Show the version");
            }
            Group::Screen | Group::Viewers => {}
        }
    }
    text.push_str("\nThe first console given is VT 1, the next VT 2, ...; a command is the last.\nEach viewer switches on its own, with Ctrl-Alt-F1, Ctrl-Alt-F2, ...\n\nExamples:\n");
    for (command, meaning) in EXAMPLES {
        text.push_str(&format!("  {command}\n      {meaning}\n"));
    }
    text.push_str("\nThe manual says more: man vncterm\n");
    text
}

fn usage(option: &Opt) -> String {
    let short = option.short.map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let value = option.takes.placeholder().map_or_else(String::new, |placeholder| format!(" {placeholder}"));
    format!("  {short}--{}{value}", option.name)
}

fn words(option: &Opt) -> String {
    match option.default {
        // With a blank that no line is broken at.
        Some(default) => format!("{} [default:\u{a0}{default}]", option.help),
        None => option.help.to_owned(),
    }
}

/// One option: its usage on the left, its words on the right, on as many lines as they need.
fn entry(text: &mut String, usage: &str, words: &str) {
    let mut line = format!("{usage:width$}", width = INDENT - 1);
    for word in words.split(' ').map(|word| word.replace('\u{a0}', " ")) {
        if line.len() + 1 + word.len() > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(INDENT - 1);
        }
        line.push(' ');
        line.push_str(&word);
    }
    text.push_str(&line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits_and_every_option_is_there() {
        let text = text();
        assert!(text.lines().all(|line| line.len() <= WIDTH && line.is_ascii() && line.trim_end() == line), "{text}");
        for option in OPTIONS {
            assert!(usage(option).len() < INDENT, "--{}: its placeholder is too long", option.name);
            assert!(text.contains(&usage(option)), "--{}", option.name);
        }
    }
}
