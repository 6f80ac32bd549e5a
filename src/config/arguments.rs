//! From the command line to what was given, by clap, whose command is built from the OPTIONS table.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, builder::OsStringValueParser};
use std::ffi::{OsStr, OsString};

use super::ConfigError;
use super::options::{OPTIONS, Opt, Takes};

/// Where a command to spawn begins: everything after `--`.
const COMMAND: &str = "COMMAND";

/// What the user wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Serve, with these options.
    Serve(Given),
    /// Read this text (`--help`, `--version`).
    Read(String),
}

/// The options as given, unchecked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Option and value in the order given; flags have an empty value.
    pub values: Vec<(&'static Opt, OsString)>,
    /// What follows `--`.
    pub command: Vec<OsString>,
}

/// Reads a command line; its first item is the program's name.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, ConfigError> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    // The default subcommand has one name more and nothing else of its own.
    if arguments.get(1).is_some_and(|first| first == "serve") {
        arguments.remove(1);
    }
    match command().try_get_matches_from(arguments) {
        Ok(matches) => Ok(Request::Serve(given(matches))),
        Err(error) if !error.use_stderr() => Ok(Request::Read(error.render().to_string())),
        Err(error) => Err(ConfigError::new(one_line(&error))),
    }
}

/// The command as clap sees it. Clap reads the command line; what it would say in `--help` is ours (help.rs).
fn command() -> Command {
    Command::new("vncterm")
        .version(env!("CARGO_PKG_VERSION"))
        .override_help(super::help::text())
        .args(OPTIONS.iter().map(argument))
        .arg(Arg::new(COMMAND).last(true).num_args(1..).value_parser(OsStringValueParser::new()))
}

fn argument(option: &'static Opt) -> Arg {
    let mut argument = Arg::new(option.name).long(option.name);
    if let Some(short) = option.short {
        argument = argument.short(short);
    }
    let action = match option.takes {
        Takes::Flag => ArgAction::SetTrue,
        Takes::Count => ArgAction::Count,
        _ if option.repeatable => ArgAction::Append,
        _ => ArgAction::Set,
    };
    argument = argument.action(action);
    match option.takes.placeholder() {
        // Values are checked in resolve.rs, where those of a file will be checked too.
        Some(placeholder) => argument.value_name(placeholder).value_parser(OsStringValueParser::new()),
        None => argument,
    }
}

fn given(mut matches: ArgMatches) -> Given {
    let mut indexed: Vec<(usize, &'static Opt, OsString)> = Vec::new();
    for option in OPTIONS {
        match option.takes {
            Takes::Flag if matches.get_flag(option.name) => indexed.push((0, option, OsString::new())),
            Takes::Flag => {}
            Takes::Count => {
                let times = usize::from(matches.get_count(option.name));
                indexed.extend(std::iter::repeat_with(|| (0, option, OsString::new())).take(times));
            }
            _ => {
                let indices: Vec<usize> = matches.indices_of(option.name).into_iter().flatten().collect();
                let values = matches.remove_many::<OsString>(option.name).into_iter().flatten();
                indexed.extend(indices.into_iter().zip(values).map(|(index, value)| (index, option, value)));
            }
        }
    }
    // Consoles are numbered in the order given, of whatever kind they are.
    indexed.sort_by_key(|(index, ..)| *index);
    Given {
        values: indexed.into_iter().map(|(_, option, value)| (option, value)).collect(),
        command: matches.remove_many::<OsString>(COMMAND).into_iter().flatten().collect(),
    }
}

/// What clap says over several lines, in one: the error, and what was probably meant.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim);
    let mut line = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    if let Some(similar) = lines.find_map(|line| line.strip_prefix("tip: a similar")) {
        line.push_str("; a similar");
        line.push_str(similar);
    } else if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg)
        && error.kind() == ErrorKind::UnknownArgument
        && !word.starts_with('-')
    {
        line.push_str("; to serve a command, say vncterm -- COMMAND");
    }
    line + "; see vncterm --help"
}

impl Given {
    /// The values of an option, in the order given.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &OsStr> {
        self.values.iter().filter(move |(option, _)| option.name == name).map(|(_, value)| value.as_os_str())
    }
}

impl PartialEq for Opt {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Opt {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(words: &str) -> Result<Request, ConfigError> {
        read(std::iter::once("vncterm").chain(words.split_whitespace()).map(OsString::from))
    }

    fn error_of(words: &str) -> String {
        read_words(words).expect_err(words).to_string()
    }

    #[test]
    fn clap_finds_no_fault_in_the_table() {
        command().debug_assert();
    }

    #[test]
    fn serve_is_the_default_subcommand() {
        assert_eq!(read_words("serve --pty /dev/pts/3 -- sh -c ls"), read_words("--pty /dev/pts/3 -- sh -c ls"));
    }

    #[test]
    fn order_is_kept() {
        let Ok(Request::Serve(given)) = read_words("--pty b -v --listen :1 --pty a -- c d") else {
            panic!("it is right")
        };
        assert_eq!(given.all("pty").collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(given.all("verbose").count(), 1);
        assert_eq!(given.command, ["c", "d"]);
    }

    #[test]
    fn errors_are_one_line_and_suggest_what_was_meant() {
        assert_eq!(
            error_of("--ptty x"),
            "unexpected argument '--ptty' found; a similar argument exists: '--pty'; see vncterm --help"
        );
        let bash = "unexpected argument 'bash' found; to serve a command, say vncterm -- COMMAND; see vncterm --help";
        assert_eq!(error_of("bash"), bash);
        assert_eq!(error_of("-x"), "unexpected argument '-x' found; see vncterm --help");
        for words in ["--pty", "--name a --name b", "--view-only=yes", "-x", "--geometry"] {
            let line = error_of(words);
            assert!(!line.contains('\n') && line.ends_with("see vncterm --help"), "{words}: {line}");
        }
    }
}
