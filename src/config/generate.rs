//! The manual pages, written from the tables of subcommands and options and the prose below. `man/*.1` are what this makes
//! of them: a test compares, and `BLESS=1 cargo test` rewrites them.

use std::fmt::Write as _;

use super::attach::{self, ATTACH};
use super::help::page;
use super::options::{Group, OPTIONS, Opt};
use super::subcommands::{FAMILIES, SERVE, SUBCOMMANDS, Subcommand};
use super::theme::THEMES;
use crate::input::leader::SECOND_KEYS;

pub(super) const DESCRIPTION: &str = "\
`vncterm` takes the text consoles of guests (virtual machines, microVMs, or anything that speaks through a terminal device, a serial port or a socket), runs each through a \
terminal emulator, and shows it to any number of VNC viewers at once.

A console is opened at start and read from then on, with or without viewers: the guest never waits for anybody to look, and whoever connects later \
sees the screen as it is. Several consoles are virtual terminals of one guest; each viewer switches between them on its own.

A source need not exist yet, and may go away: it is waited for, with pauses that double from 0.2 to 5 seconds (0.8 while somebody looks; a file is noticed as it appears), and the console \
keeps its viewers and its last screen. A line over the last row says what is waited for, why, and for how long; it is not in the terminal. What is typed \
meanwhile is dropped, for nobody knows what will be there to read it. A command that ended is started again only with `--restart`.

With nothing given, `vncterm` starts the user's shell on a PTY, listens on 127.0.0.1:5900 and says how to connect and how to stop.

`serve` is the default subcommand and may be left out.";

const KEYS: &[(&str, &str)] = &[
    (
        "Ctrl-Alt-F1 … Ctrl-Alt-F12",
        "Switch to virtual terminal 1 … 12. Where the desktop takes these keys for itself, a viewer's menu can usually send them.",
    ),
    (
        "Shift-Insert, middle click, Ctrl-Alt-P",
        "Paste what the viewer has last put on its clipboard: bracketed when the guest asked for that, and without control characters. Many viewers send characters beyond Latin-1 as question marks.",
    ),
    (
        "Ctrl-Shift-F",
        "Find something in the lines that there are, from those in view to the oldest, and then round from the newest. What is looked for is typed into a line at the bottom, and none of that viewer's keys reaches the guest meanwhile. Upper \
         and lower case are one, unless a capital letter is typed. Up and Down go to the next older and newer one; Return stays there, and then n and N go on; Esc ends the search. It goes over the ends of \
         wrapped rows. What is pasted goes there, too.",
    ),
    (
        "the left button, with Control or Alt, the right button",
        "Mark text for this viewer alone, and copy it to its clipboard: dragged over, or words with a double click and lines with a triple one; with Control or Alt a block of columns. The right button, or Shift with \
         the left one, brings the nearer end there. Dragging to the upper or lower edge scrolls. Wrapped lines are copied as one, without blanks at the ends of lines; more than 256 KiB are not copied. \
         Where a program has asked for the mouse, hold Shift. The middle button then pastes what was marked. Most viewers get characters beyond Latin-1 as question marks.",
    ),
    (
        "Shift-PageUp, Shift-PageDown, Shift-Home, Shift-End, the wheel",
        "Look back at lines that have left the screen: a screen at a time, to the oldest line, and back. Ctrl-Shift-Up and Ctrl-Shift-Down scroll a line at a time, the wheel five. Only this viewer sees that; a line \
         over its last row says how far up it is. Output does not move it, and any key that types leads back, and is typed; so does a paste. Full-screen programs (those on the alternate screen) get these keys, and \
         programs that asked for the mouse get the wheel, but never the wheel with Shift held; while a viewer looks back, its keys and its whole mouse are for that. Viewers that may only watch can scroll too. \
         Of one console, 32 viewers can look back, search or mark text at once, fewer where the picture is very large.",
    ),
    (
        "Ctrl-Shift-PageUp, Ctrl-Shift-PageDown",
        "Look back at the prompt before this one, and at the one after it, where the shell says where its prompts are (OSC 133, as fish does, and bash and zsh with the shell integration of most terminals). Else the guest gets these keys.",
    ),
    (
        "Ctrl-Alt-O",
        "Say who is there, and who writes, in a line over the picture that only this viewer sees, for ten seconds or until the next key.",
    ),
    (
        "Ctrl-Alt-W, Ctrl-Alt-N",
        "With `--writers one`: write, or ask to, or let others; and go on writing although another asks. Else the guest gets these keys.",
    ),
    (
        "Control-Pause, Break",
        "Send a break: on a serial port, and over telnet. With any other source the console says that it cannot.",
    ),
    (
        "Control twice",
        "The leader key: the next key is for `vncterm`, wherever the others are kept from it. See LEADER KEY.",
    ),
];

const LEADER: &str = "\
The leader key (`--leader`) is Control, pressed twice within a second and nothing else. The key after it is not the guest's; a line over the picture, which only this viewer sees, says what there is, for ten seconds. \
A key that means nothing there says so, and nothing else happens.

Any combination of Control, Alt or Super that is pressed after it goes to the guest whole, also one that would be for `vncterm`: the leader, then Ctrl-Alt-F1. Where the host keeps such a combination, its keys one after the other do the same: \
the leader, C, A, F1. A leader that is a key goes to the guest when it is pressed twice.";

const SECURITY: &str = "\
Without authentication nobody is let in from elsewhere: `vncterm` listens on the loopback address, and refuses an address that \
other machines can reach unless `--password-file`, `--users-file`, `--token-file` or `--insecure` is given. VNC authentication sends no password, but what follows is not encrypted: over a network \
that you do not trust, use TLS (`--tls-cert`), or reach a console through a tunnel, such as that of `ssh -L`.

Users (`--users-file`) have names, passwords of any length and roles; their passwords are sent as they are, and so only within TLS and over Unix sockets. A panel lets people in by tokens (`--token-file`), \
each of which is good once, for a while, for one role and perhaps one console; whoever came by one for one console sees no other. docs/security.md says all of it.

Whoever comes in with the second line of the password file may look, look back and mark text, and nothing of it reaches the guest. A wrong password is answered after a second or more. \
After five of them an address is refused for 10 seconds, and longer with each further one; but one from which somebody has come in, and viewers on this machine and on Unix sockets, who may be \
many behind one proxy, are not: once ten of their attempts were wrong, two a second are looked at, and from elsewhere one that would wait for more than eight seconds is refused. Whoever has come in notices nothing of that.

A Unix socket has mode 0600: only its owner and root may connect.

On TCP, without authentication, a spawned command (your shell, for instance) is shown only to viewers of the user who runs `vncterm`, and to root, for otherwise every user of \
the machine had that shell. `--insecure` lifts this too. Other consoles have no such check; use a Unix socket or a password where other users are not trusted.

Passwords, tokens, keystrokes and pasted text are never logged.";

const THEME_FILE: &str = "\
A file of another theme is TOML with these keys; keys that are not listed here are refused. `foreground`, `background` and `colors` must be there: \
the last has sixteen entries, black, red, green, yellow, blue, magenta, cyan and white, then the same, bright. `cursor` is the colour of the cursor; \
without it, it is that of the text. `bold-is-bright` says whether bold text in one of the first eight colours has the bright one (default `true`), \
and `dim` how many percent of its colour faint text keeps (default `67`). Colours are `#rrggbb`.";

const THEME_EXAMPLE: &str = "\
foreground = \"#d4d4d4\"
background = \"#0d0f12\"
cursor = \"#ffcc00\"
colors = [
  \"#0d0f12\", \"#d05050\", \"#45a552\", \"#c8a02c\", \"#2d5fc4\", \"#b05cc6\", \"#2fa3ad\", \"#c9cdd4\",
  \"#6b717d\", \"#ff7070\", \"#6fd67a\", \"#f0cd58\", \"#7aa7ff\", \"#d98df2\", \"#62d6df\", \"#ffffff\",
]
bold-is-bright = false
dim = 60";

const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "It was asked to stop, or the only console was a command that ended with 0."),
    ("1", "Something failed at work: an address in use, or the only command failed."),
    ("2", "Wrong use: an option or its value. One line on standard error says what, and what would be right."),
];

/// The exit status of the other subcommands.
const TOOL_STATUS: &[(&str, &str)] = &[
    ("0", "It is done, or nobody reads on: a reader of its output that goes away early is no failure."),
    ("1", "The input could not be read, or the output not written."),
    ("2", "Wrong use: an option or its value."),
];

const SIGNALS: &[(&str, &str)] = &[
    (
        "SIGINT, SIGTERM",
        "Stop: viewers are disconnected, commands are hung up and, when they have not ended after two seconds, killed; devices get their settings back.",
    ),
    (
        "SIGHUP",
        "Read the files of passwords (also that of the guest's VNC server), users, the tokens' key, certificates and keys again. Whoever is in stays. Where one of them is wrong, a line in the log says so, and all stays as it was.",
    ),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("SHELL", "What is started when neither a console nor a command is given; else `/bin/sh`."),
    (
        "RUST_LOG",
        "What to log, by module and level, such as `vncterm::server=trace`; used instead of `--verbose` and `--quiet`.",
    ),
];

/// Every manual page: its file under `man/` and what is in it.
pub fn manuals() -> Vec<(String, String)> {
    let mut pages = vec![("vncterm.1".to_owned(), manual())];
    for members in SUBCOMMANDS[1..].chunk_by(|one, next| page(one) == page(next)) {
        pages.push((format!("{}.1", page(&members[0])), tool_manual(members)));
    }
    pages
}

/// The whole of `man/vncterm.1`.
fn manual() -> String {
    let mut page = heading("vncterm", "serve guests' text consoles to VNC viewers");
    section(&mut page, "SYNOPSIS");
    line(&mut page, ".B vncterm\n[\\fBserve\\fR] [\\fIOPTIONS\\fR] [\\fB\\-\\-\\fR \\fICOMMAND\\fR [\\fIARG\\fR...]]");
    section(&mut page, "DESCRIPTION");
    prose(&mut page, DESCRIPTION);
    section(&mut page, "SUBCOMMANDS");
    for subcommand in SUBCOMMANDS {
        tagged(&mut page, &bold(subcommand.name), &sentence(subcommand.summary));
    }
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
    section(&mut page, "LEADER KEY");
    prose(&mut page, LEADER);
    for second in SECOND_KEYS {
        tagged(&mut page, &bold(&second.name()), second.manual);
    }
    themes(&mut page);
    section(&mut page, "SECURITY");
    prose(&mut page, SECURITY);
    examples(&mut page, SERVE);
    section(&mut page, "SEE ALSO");
    let tools = manuals_of_tools().map(|name| format!(".BR {} (1),\n", escape(&name))).collect::<String>();
    line(&mut page, &format!("{tools}.BR vncviewer (1),\n.BR virsh (1),\n.BR ssh (1)"));
    page
}

/// The page of one subcommand, or of those whose names begin with the same word.
fn tool_manual(members: &[Subcommand]) -> String {
    let summaries: Vec<&str> = members.iter().map(|member| member.summary).collect();
    let family = FAMILIES.iter().find(|family| page(&members[0]) == format!("vncterm-{}", family.name));
    let summary = family.map_or_else(|| summaries.join("; "), |family| family.summary.to_owned());
    let mut text = heading(&page(&members[0]), &summary);
    section(&mut text, "SYNOPSIS");
    for (index, member) in members.iter().enumerate() {
        let (name, rest) =
            member.usage().split_once(" [").map(|(name, rest)| (bold(name), escape(rest))).unwrap_or_default();
        line(&mut text, &format!("{}{name} [{rest}", if index > 0 { ".br\n" } else { "" }));
    }
    section(&mut text, "DESCRIPTION");
    if let Some(family) = family {
        prose(&mut text, family.manual);
    }
    if let [only] = members {
        prose(&mut text, only.manual);
    } else {
        for member in members {
            line(&mut text, &format!(".SS {}", escape(member.name)));
            if family.is_some() {
                line(&mut text, &inline(&sentence(member.summary)));
            }
            prose(&mut text, member.manual);
        }
    }
    section(&mut text, "OPTIONS");
    for member in members {
        if members.len() > 1 && member.options().next().is_some() {
            line(&mut text, &format!(".SS {}", escape(member.name)));
        }
        member.options().for_each(|option| describe(&mut text, option));
    }
    section(&mut text, "EXIT STATUS");
    let own = if members[0].name == ATTACH.name { attach::EXIT_STATUS } else { TOOL_STATUS };
    for (status, meaning) in family.map_or(own, |family| family.exit_status) {
        tagged(&mut text, &bold(status), meaning);
    }
    for member in members {
        examples(&mut text, member);
    }
    section(&mut text, "SEE ALSO");
    line(&mut text, ".BR vncterm (1)");
    text
}

fn manuals_of_tools() -> impl Iterator<Item = String> {
    SUBCOMMANDS[1..].chunk_by(|one, next| page(one) == page(next)).map(|members| page(&members[0]))
}

/// The themes in the program and the format of others.
fn themes(page: &mut String) {
    section(page, "THEMES");
    for named in THEMES {
        tagged(page, &bold(named.name), &sentence(named.about));
    }
    line(page, ".PP");
    prose(page, THEME_FILE);
    line(page, &format!(".PP\n.nf\n{}\n.fi", escape(THEME_EXAMPLE)));
}

fn heading(name: &str, summary: &str) -> String {
    let mut page = String::from(".\\\" Written by src/config/generate.rs: edit there, then BLESS=1 cargo test.\n");
    let version = env!("CARGO_PKG_VERSION");
    line(&mut page, &format!(".TH {} 1 \"\" \"vncterm {version}\" \"User Commands\"", escape(&name.to_uppercase())));
    section(&mut page, "NAME");
    line(&mut page, &format!("{} \\- {}", escape(name), summary.replace('\'', "\\(aq")));
    page
}

fn examples(page: &mut String, subcommand: &Subcommand) {
    if !page.contains(".SH EXAMPLES") {
        section(page, "EXAMPLES");
    }
    for (command, meaning) in subcommand.examples {
        tagged(page, &bold(command), &sentence(meaning));
    }
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
    fn the_theme_in_the_manual_is_one() {
        let theme = super::super::theme::parse(THEME_EXAMPLE).expect("it is right");
        assert_eq!((theme.colors, theme.dim), (crate::terminal::Theme::DARK.colors, 60));
    }

    #[test]
    fn text_cannot_become_a_request() {
        assert_eq!(inline(".x 'y' \\z `a-b`"), "\\&.x \\(aqy\\(aq \\ez \\fBa\\-b\\fR");
    }

    #[test]
    fn every_option_stands_in_the_manual() {
        let pages = manuals();
        for subcommand in SUBCOMMANDS {
            let file = format!("{}.1", page(subcommand));
            let (_, text) = pages.iter().find(|(name, _)| *name == file).expect(&file);
            for option in subcommand.options() {
                assert!(text.contains(&bold(&format!("--{}", option.name))), "{file}: --{}", option.name);
            }
        }
    }

    #[test]
    fn every_mark_is_closed() {
        let options = SUBCOMMANDS.iter().flat_map(Subcommand::options).map(|option| option.manual);
        let texts = options.chain(SUBCOMMANDS.iter().map(|subcommand| subcommand.manual)).chain([SECURITY, LEADER]);
        let tables = [KEYS, SIGNALS, ENVIRONMENT, EXIT_STATUS, TOOL_STATUS, attach::EXIT_STATUS]
            .into_iter()
            .flatten()
            .map(|(_, text)| *text);
        for text in texts.chain(tables) {
            assert!(text.matches('`').count() % 2 == 0, "{text}");
        }
    }
}
