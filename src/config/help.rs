//! `vncterm --help` and that of each subcommand, from their tables: one column of options, one of words, on lines that fit
//! a console.

use std::ffi::OsStr;

use super::options::{Group, OPTIONS, Opt};
use super::subcommands::{FAMILIES, SERVE, SUBCOMMANDS, Subcommand};

/// Columns of the narrowest terminal it shall look well on.
const WIDTH: usize = 80;
/// Where the words begin.
const INDENT: usize = 32;

/// What `--help` of a subcommand shows.
pub fn text(subcommand: &Subcommand) -> String {
    let mut text = if subcommand == SERVE { serve() } else { tool(subcommand) };
    text.push_str("\nExamples:\n");
    for (command, meaning) in subcommand.examples {
        text.push_str(&format!("  {command}\n      {meaning}\n"));
    }
    text.push_str(&format!("\nThe manual says more: man {}\n", page(subcommand)));
    text
}

/// The manual page that has a subcommand: all of `debug` are on one.
pub fn page(subcommand: &Subcommand) -> String {
    let first = subcommand.name.split(' ').next().unwrap_or_default();
    if subcommand == SERVE { "vncterm".into() } else { format!("vncterm-{first}") }
}

/// If `word` begins the names of subcommands but is none itself: it, and what its `--help` shows.
pub fn group(word: &OsStr) -> Option<(&str, String)> {
    let word = word.to_str()?;
    let members = || SUBCOMMANDS.iter().filter(|s| s.name.split_once(' ').is_some_and(|(first, _)| first == word));
    let usage: String = members().map(|member| format!("  {}\n      {}\n", member.usage(), member.summary)).collect();
    members().next().map(|member| {
        let name = &member.name[..word.len()];
        let family = FAMILIES.iter().find(|family| family.name == name);
        let summary = family.map_or_else(String::new, |family| format!("{}\n\n", sentence(family.summary)));
        (word, format!("{summary}Usage: vncterm {name} ...\n\n{usage}\nThe manual says more: man {}\n", page(member)))
    })
}

/// A subcommand other than the default: one list of options.
fn tool(subcommand: &Subcommand) -> String {
    let mut text = format!("{}\n\nUsage: {}\n\nOptions:\n", sentence(subcommand.summary), subcommand.usage());
    for option in subcommand.options() {
        entry(&mut text, &usage(option), &words(option));
    }
    entry(&mut text, "  -h, --help", "Show this help");
    text
}

/// The default subcommand: what all of `vncterm` can do.
fn serve() -> String {
    let mut text = format!(
        "Serves guests' text consoles to VNC viewers: one terminal, many windows on it.\n\nUsage: {}\n",
        SERVE.usage()
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
            Group::Screen | Group::Viewers | Group::Security | Group::Graphics | Group::Sound => {}
        }
    }
    text.push_str("\nThe first console given is VT 1, the next VT 2, ...; a command is the last.\nEach viewer switches on its own, with Ctrl-Alt-F1, Ctrl-Alt-F2, ...\n\nSubcommands, each with a --help of its own:\n");
    for subcommand in SUBCOMMANDS {
        entry(&mut text, &format!("  {}", subcommand.name), &sentence(subcommand.summary));
    }
    text
}

/// A summary as a sentence, without a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
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
    if usage.len() >= INDENT {
        text.push_str(&format!("{usage}\n"));
        line = " ".repeat(INDENT - 1);
    }
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
        for subcommand in SUBCOMMANDS {
            let text = text(subcommand);
            let good = |line: &str| line.len() <= WIDTH && line.is_ascii() && line.trim_end() == line;
            let bad: Vec<&str> = text.lines().filter(|line| !good(line)).collect();
            assert!(bad.is_empty(), "{bad:#?}");
            for option in subcommand.options() {
                assert!(text.contains(&usage(option)), "--{}", option.name);
            }
        }
    }
}
