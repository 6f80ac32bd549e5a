//! The manual page, written from the OPTIONS table and the prose below. `man/vncterm.1` is what this makes of them:
//! a test compares, and `BLESS=1 cargo test` rewrites it.

use std::fmt::Write as _;

use super::help::EXAMPLES;
use super::options::{Group, OPTIONS, Opt};

const DESCRIPTION: &str = "\
`vncterm` takes the text consoles of guests (virtual machines, microVMs, or anything that speaks through a terminal device), runs each through a \
terminal emulator, and shows it to any number of VNC viewers at once.

A console is opened at start and read from then on, with or without viewers: the guest never waits for anybody to look, and whoever connects later \
sees the screen as it is. Several consoles are virtual terminals of one guest; each viewer switches between them on its own.

With nothing given, `vncterm` starts the user's shell on a PTY, listens on 127.0.0.1:5900 and says how to connect and how to stop.

`serve` is the default subcommand and may be left out.";

const KEYS: &[(&str, &str)] = &[
    (
        "Ctrl-Alt-F1 … Ctrl-Alt-F12",
        "Switch to virtual terminal 1 … 12. Where the desktop takes these keys for itself, a viewer's menu can usually send them.",
    ),
    (
        "Shift-Insert, middle click, Ctrl-Alt-P",
        "Paste what the viewer has last put on its clipboard: bracketed when the guest asked for that, and without control characters.",
    ),
];

const SECURITY: &str = "\
There is no authentication yet, so the defaults let nobody in from elsewhere: `vncterm` listens on the loopback address, and refuses an address that \
other machines can reach unless `--insecure` is given. Reach a console from afar through a tunnel, such as that of `ssh -L`.

A Unix socket has mode 0600: only its owner and root may connect.

On TCP, a spawned command (your shell, for instance) is shown only to viewers of the user who runs `vncterm`, and to root, for otherwise every user of \
the machine had that shell. `--insecure` lifts this too. The console of a PTY has no such check; use a Unix socket where other users are not trusted.

Keystrokes and pasted text are never logged.";

const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "It was asked to stop, or the only console was a command that ended with 0."),
    ("1", "Something failed at work: an address in use, or the only command failed."),
    ("2", "Wrong use: an option or its value. One line on standard error says what, and what would be right."),
];

const SIGNALS: &[(&str, &str)] = &[(
    "SIGINT, SIGTERM",
    "Stop: viewers are disconnected, commands are hung up and, when they do not end, killed; devices get their settings back.",
)];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("SHELL", "What is started when neither a console nor a command is given; else `/bin/sh`."),
    (
        "RUST_LOG",
        "What to log, by module and level, such as `vncterm::server=trace`; used instead of `--verbose` and `--quiet`.",
    ),
];

/// The whole of `man/vncterm.1`.
pub fn manual() -> String {
    let mut page = String::from(".\\\" Written by src/config/generate.rs: edit there, then BLESS=1 cargo test.\n");
    let version = env!("CARGO_PKG_VERSION");
    line(&mut page, &format!(".TH VNCTERM 1 \"\" \"vncterm {version}\" \"User Commands\""));
    section(&mut page, "NAME");
    line(&mut page, "vncterm \\- serve guests' text consoles to VNC viewers");
    section(&mut page, "SYNOPSIS");
    line(&mut page, ".B vncterm\n[\\fBserve\\fR] [\\fIOPTIONS\\fR] [\\fB\\-\\-\\fR \\fICOMMAND\\fR [\\fIARG\\fR...]]");
    section(&mut page, "DESCRIPTION");
    prose(&mut page, DESCRIPTION);
    section(&mut page, "OPTIONS");
    for group in Group::ALL {
        line(&mut page, &format!(".SS {}", group.title()));
        if *group == Group::Consoles {
            prose(
                &mut page,
                "The first console given is virtual terminal 1, the next 2, and so on; a command is the last.",
            );
            tagged(
                &mut page,
                "\\fB\\-\\-\\fR \\fICOMMAND\\fR [\\fIARG\\fR...]",
                "Serve this command, started on a PTY of its own. It is ended with `vncterm`.",
            );
        }
        for option in OPTIONS.iter().filter(|option| option.group == *group) {
            describe(&mut page, option);
        }
    }
    tagged(&mut page, "\\fB\\-h\\fR, \\fB\\-\\-help\\fR", "Show a summary of the options.");
    tagged(&mut page, "\\fB\\-V\\fR, \\fB\\-\\-version\\fR", "Show the version.");
    for (title, table) in
        [("KEYS", KEYS), ("SIGNALS", SIGNALS), ("ENVIRONMENT", ENVIRONMENT), ("EXIT STATUS", EXIT_STATUS)]
    {
        section(&mut page, title);
        for (term, text) in table {
            tagged(&mut page, &bold(term), text);
        }
    }
    section(&mut page, "SECURITY");
    prose(&mut page, SECURITY);
    section(&mut page, "EXAMPLES");
    for (command, meaning) in EXAMPLES {
        tagged(&mut page, &bold(command), &sentence(meaning));
    }
    section(&mut page, "SEE ALSO");
    line(&mut page, ".BR vncviewer (1),\n.BR virsh (1),\n.BR ssh (1)");
    page
}

fn describe(page: &mut String, option: &Opt) {
    let mut term = String::new();
    if let Some(short) = option.short {
        term.push_str(&format!("\\fB\\-{short}\\fR, "));
    }
    term.push_str(&bold(&format!("--{}", option.name)));
    if let Some(placeholder) = option.takes.placeholder() {
        term.push_str(&format!(" \\fI{}\\fR", escape(placeholder)));
    }
    let mut text = sentence(option.help);
    if option.repeatable && option.takes.placeholder().is_some() {
        text.push_str(" May be given more than once.");
    }
    if let Some(default) = option.default {
        text.push_str(&format!(" Default: `{default}`."));
    }
    if !option.manual.is_empty() {
        text.push(' ');
        text.push_str(option.manual);
    }
    tagged(page, &term, &text);
}

/// A help line as a sentence.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}

fn section(page: &mut String, title: &str) {
    line(page, &format!(".SH {title}"));
}

/// A term and what it means; further paragraphs stay indented.
fn tagged(page: &mut String, term: &str, text: &str) {
    line(page, &format!(".TP\n{term}"));
    for (index, paragraph) in text.split("\n\n").enumerate() {
        if index > 0 {
            line(page, ".IP");
        }
        line(page, &inline(paragraph));
    }
}

fn prose(page: &mut String, text: &str) {
    for (index, paragraph) in text.split("\n\n").enumerate() {
        if index > 0 {
            line(page, ".PP");
        }
        line(page, &inline(paragraph));
    }
}

fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", escape(text))
}

/// One paragraph: `code` becomes bold.
fn inline(text: &str) -> String {
    let mut out = String::new();
    for (index, piece) in text.split('`').enumerate() {
        if index % 2 == 1 {
            out.push_str(&bold(piece));
        } else {
            let _ = write!(out, "{}", escape(piece));
        }
    }
    out
}

/// Text as roff wants it: hyphens that are minus signs, no accidental requests.
fn escape(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('…', "...").replace('\'', "\\(aq");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_a_request() {
        assert_eq!(inline(".x 'y' \\z `a-b`"), "\\&.x \\(aqy\\(aq \\ez \\fBa\\-b\\fR");
    }

    #[test]
    fn every_option_stands_in_the_manual() {
        let page = manual();
        for option in OPTIONS {
            assert!(page.contains(&bold(&format!("--{}", option.name))), "--{}", option.name);
        }
    }

    #[test]
    fn every_mark_is_closed() {
        let texts = OPTIONS.iter().map(|option| option.manual).chain([DESCRIPTION, SECURITY]);
        let tables = [KEYS, SIGNALS, ENVIRONMENT, EXIT_STATUS].into_iter().flatten().map(|(_, text)| *text);
        for text in texts.chain(tables) {
            assert!(text.matches('`').count() % 2 == 0, "{text}");
        }
    }
}
