//! From the command line to what was given, by clap, whose commands are built from the SUBCOMMANDS and OPTIONS tables.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, builder::OsStringValueParser};
use std::ffi::{OsStr, OsString};

use super::options::{Opt, Takes};
use super::subcommands::{Operand, SERVE, SUBCOMMANDS, Subcommand};
use super::{ConfigError, attach, ctl, help};

/// What stands after the options: a command to spawn, after `--`, or the name of a file.
const OPERAND: &str = "OPERAND";

/// What the user wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Serve, with these options.
    Serve(Given),
    /// Show a console in this terminal, with these options.
    Attach(Given),
    /// Another subcommand, with these options.
    Tool(Given),
    /// Read this text (`--help`, `--version`).
    Read(String),
}

/// The options as given, unchecked.
#[derive(Debug, PartialEq, Eq)]
pub struct Given {
    /// Whose options they are.
    pub subcommand: &'static Subcommand,
    /// Option and value in the order given; flags have an empty value.
    pub values: Vec<(&'static Opt, OsString)>,
    /// What follows `--`, or the name of a file.
    pub command: Vec<OsString>,
}

/// Reads a command line; its first item is the program's name.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, ConfigError> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let words = &verb_first(arguments.get(1..).unwrap_or_default());
    let named = SUBCOMMANDS.iter().find(|subcommand| begins_with(words, subcommand.name));
    if let (None, Some(group)) = (named, words.first().and_then(|word| help::group(word))) {
        return group_of(words, group);
    }
    // A subcommand comes first, or it is none: no command to spawn and no value is ever taken for one.
    let (subcommand, taken) = named.map_or((SERVE, 0), |named| (named, named.name.split(' ').count()));
    let rest = std::iter::once(OsString::from("vncterm")).chain(words.iter().skip(taken).cloned());
    match command(subcommand).try_get_matches_from(rest) {
        Ok(matches) if subcommand == SERVE => Ok(Request::Serve(given(subcommand, matches))),
        Ok(matches) if subcommand == &attach::ATTACH => Ok(Request::Attach(given(subcommand, matches))),
        Ok(matches) => Ok(Request::Tool(given(subcommand, matches))),
        Err(error) if !error.use_stderr() => Ok(Request::Read(error.render().to_string())),
        Err(error) => Err(ConfigError::new(one_line(&error, subcommand))),
    }
}

/// Whether the words begin with those of `name`.
fn begins_with(words: &[OsString], name: &str) -> bool {
    let mut words = words.iter();
    name.split(' ').all(|word| words.next().is_some_and(|other| other == word))
}

/// The words with those options behind the verb of `vncterm ctl` that may stand before it.
fn verb_first(words: &[OsString]) -> Vec<OsString> {
    let Some((first, rest)) = words.split_first().filter(|(first, _)| *first == ctl::FAMILY.name) else {
        return words.to_vec();
    };
    let mut count = 0;
    while let Some(name) = rest.get(count).and_then(|word| word.to_str()?.strip_prefix("--")) {
        count += match name.split_once('=') {
            None if ctl::BEFORE_THE_VERB.contains(&name) => 2,
            Some((name, _)) if ctl::BEFORE_THE_VERB.contains(&name) => 1,
            _ => break,
        };
    }
    let (options, verb) = rest.split_at(count.min(rest.len()));
    match verb.split_first() {
        Some((verb, rest)) => [first, verb].into_iter().chain(options).chain(rest).cloned().collect(),
        None => vec![first.clone()],
    }
}

/// `vncterm debug` and nothing that follows it: what there is, or what is wrong.
fn group_of(words: &[OsString], (name, text): (&str, String)) -> Result<Request, ConfigError> {
    match words.get(1).and_then(|word| word.to_str()) {
        Some("-h" | "--help") => Ok(Request::Read(text)),
        None => Err(ConfigError::new(format!("{name} needs to know what to do; see vncterm {name} --help"))),
        Some(word) => {
            Err(ConfigError::new(format!("\"{word}\" is nothing that {name} can do; see vncterm {name} --help")))
        }
    }
}

/// The command as clap sees it. Clap reads the command line; what it would say in `--help` is ours (help.rs).
fn command(subcommand: &'static Subcommand) -> Command {
    let operand = Arg::new(OPERAND).value_parser(OsStringValueParser::new());
    let command = Command::new("vncterm")
        .version(env!("CARGO_PKG_VERSION"))
        .override_help(help::text(subcommand))
        .args(subcommand.options().map(argument));
    match subcommand.operand {
        Operand::StandardInput | Operand::Nothing => command,
        Operand::Command => command.arg(operand.last(true).num_args(1..)),
        Operand::File | Operand::ThisFile => command.arg(operand),
        Operand::Words(_) => command.arg(operand.num_args(0..)),
    }
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
        // A negative number is refused there too, by a message that says what would be right.
        Some(placeholder) => {
            let argument = argument.value_name(placeholder).value_parser(OsStringValueParser::new());
            argument.allow_negative_numbers(true)
        }
        None => argument,
    }
}

fn given(subcommand: &'static Subcommand, mut matches: ArgMatches) -> Given {
    let mut indexed: Vec<(usize, &'static Opt, OsString)> = Vec::new();
    for option in subcommand.options() {
        match option.takes {
            Takes::Flag if matches.get_flag(option.name) => {
                let index = matches.index_of(option.name).unwrap_or_default();
                indexed.push((index, option, OsString::new()));
            }
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
    let operand = subcommand.operand;
    let has_operand = matches!(operand, Operand::Command | Operand::File | Operand::ThisFile | Operand::Words(_));
    Given {
        subcommand,
        values: indexed.into_iter().map(|(_, option, value)| (option, value)).collect(),
        command: has_operand.then(|| matches.remove_many(OPERAND)).flatten().into_iter().flatten().collect(),
    }
}

/// What clap says over several lines, in one: the error, and what was probably meant.
fn one_line(error: &clap::Error, subcommand: &Subcommand) -> String {
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
        line.push_str(&match (
            subcommand.operand,
            SUBCOMMANDS.iter().any(|other| begins_with(&[word.into()], other.name)),
        ) {
            (Operand::Command, true) => format!("; a subcommand comes first: vncterm {word}"),
            (Operand::Command, false) if word.starts_with("/dev/") => {
                format!("; to serve a terminal device, say vncterm --pty {word}")
            }
            (Operand::Command, false) => "; to serve a command, say vncterm -- COMMAND".to_owned(),
            (Operand::StandardInput, _) => format!("; standard input is read: vncterm {} < {word}", subcommand.name),
            (Operand::File | Operand::ThisFile, _) => "; one file is enough".to_owned(),
            (Operand::Nothing | Operand::Words(_), _) => String::new(),
        });
    }
    let name = if subcommand == SERVE { String::new() } else { format!("{} ", subcommand.name) };
    line + &format!("; see vncterm {name}--help")
}

impl Default for Given {
    /// `vncterm` and no more.
    fn default() -> Self {
        Self { subcommand: SERVE, values: Vec::new(), command: Vec::new() }
    }
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

impl PartialEq for Subcommand {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Subcommand {}

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
        SUBCOMMANDS.iter().for_each(|subcommand| command(subcommand).debug_assert());
    }

    #[test]
    fn serve_is_the_default_subcommand() {
        assert_eq!(read_words("serve --pty /dev/pts/3 -- sh -c ls"), read_words("--pty /dev/pts/3 -- sh -c ls"));
    }

    #[test]
    fn a_subcommand_is_the_first_word_or_none() {
        let Ok(Request::Tool(given)) = read_words("dump --format json --geometry 10x5") else { panic!("it is right") };
        assert_eq!((given.subcommand.name, given.values.len()), ("dump", 2));
        // After `--` every word is a command's, and a value is a value.
        for words in ["-- dump", "--name dump -- dump --format json"] {
            let Ok(Request::Serve(given)) = read_words(words) else { panic!("{words}") };
            assert_eq!(given.command[0], "dump");
        }
        assert!(error_of("-v dump").contains("a subcommand comes first: vncterm dump"));
        assert_eq!(
            error_of("dump boot.log"),
            "unexpected argument 'boot.log' found; standard input is read: vncterm dump < boot.log; see vncterm dump --help"
        );
        assert!(error_of("dump --pty x").ends_with("see vncterm dump --help"));
    }

    #[test]
    fn order_is_kept() {
        let Ok(Request::Serve(given)) = read_words("--pty b -v --listen :1 --pty a -- c d") else {
            panic!("it is right")
        };
        assert_eq!(given.all("pty").collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(given.all("verbose").count(), 1);
        assert_eq!(given.command, ["c", "d"]);
        let Ok(Request::Serve(given)) = read_words("--tcp a:1 --stdin --pty b --exec=c --telnet d:1 --tcp e:1") else {
            panic!("it is right")
        };
        let order: Vec<&str> = given.values.iter().map(|(option, _)| option.name).collect();
        assert_eq!(order, ["tcp", "stdin", "pty", "exec", "telnet", "tcp"]);
    }

    #[test]
    fn errors_are_one_line_and_suggest_what_was_meant() {
        assert_eq!(
            error_of("--ptty x"),
            "unexpected argument '--ptty' found; a similar argument exists: '--pty'; see vncterm --help"
        );
        let bash = "unexpected argument 'bash' found; to serve a command, say vncterm -- COMMAND; see vncterm --help";
        assert_eq!(error_of("bash"), bash);
        let device = "unexpected argument '/dev/pts/3' found; to serve a terminal device, say vncterm --pty /dev/pts/3";
        assert_eq!(error_of("/dev/pts/3"), format!("{device}; see vncterm --help"));
        assert_eq!(error_of("-x"), "unexpected argument '-x' found; see vncterm --help");
        for words in ["--pty", "--name a --name b", "--view-only=yes", "-x", "--geometry"] {
            let line = error_of(words);
            assert!(!line.contains('\n') && line.ends_with("see vncterm --help"), "{words}: {line}");
        }
    }
}
