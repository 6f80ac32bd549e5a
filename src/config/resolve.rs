//! From what was given to a [`Config`]: defaults filled in, every value checked, every error in one line.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroU32;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::options::{MAX_COLUMNS, MAX_CONSOLES, MAX_LISTENERS, MAX_NAME, MAX_ROWS, MIN_COLUMNS, MIN_ROWS, Opt, Takes};
use super::{Backspace, Config, ConfigError, Console, Given, Keys, Resize, Sharing, look};
use crate::geometry::GridSize;
use crate::net::address::{Address, MAX_UNIX_PATH};
use crate::net::connect::{HostPort, HostPortError};
use crate::source::device::{self, Device};
use crate::source::{CommandLine, Endpoint, Restart, SerialLine};

/// What `resolve` needs to know of the world around the program.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `SHELL`: what is spawned when no console is given.
    pub shell: Option<OsString>,
    /// `RUST_LOG`: used instead of `--verbose` and `--quiet`.
    pub rust_log: Option<String>,
}

/// Checks everything and fills in what was not given.
pub fn resolve(given: &Given, environment: &Environment) -> Result<Config, ConfigError> {
    let listen: Vec<Address> = given.values("listen").map(|(o, value)| address(o, &value)).collect::<Result<_, _>>()?;
    if listen.len() > MAX_LISTENERS {
        return Err(ConfigError::new(format!("--listen: {} addresses are more than {MAX_LISTENERS}", listen.len())));
    }
    if let Some(twice) = listen.iter().enumerate().find(|(at, address)| listen[..*at].contains(address)) {
        return Err(ConfigError::new(format!("--listen: {} is given twice; leave one out", twice.1)));
    }
    let geometry = match given.value("geometry") {
        Some((option, value)) => geometry(option, &value)?,
        None => GridSize::new(80, 24),
    };
    let consoles = consoles(given, environment, geometry)?;
    let name = match given.value("name") {
        Some((option, value)) => name(option, &value)?,
        None => consoles.first().map(|console| console.name.clone()).unwrap_or_default(),
    };
    Ok(Config {
        name,
        consoles,
        listen,
        resize: match given.word("resize")?.as_str() {
            "any" => Resize::Any,
            "fixed" => Resize::Fixed,
            _ => Resize::Sole,
        },
        max_clients: given.number("max-clients")? as usize,
        evict_oldest: given.flag("evict-oldest"),
        sharing: match given.word("sharing")?.as_str() {
            "client" => Sharing::Client,
            "exclusive" => Sharing::Exclusive,
            _ => Sharing::Shared,
        },
        view_only: given.flag("view-only"),
        paste_rate: match given.value("paste-rate") {
            Some(_) => NonZeroU32::new(given.number("paste-rate")?),
            None => None,
        },
        insecure: given.flag("insecure"),
        look: look::look(given, geometry)?,
        keys: match given.word("keys")?.as_str() {
            "vt220" => Keys::Vt220,
            "linux" => Keys::Linux,
            _ => Keys::Xterm,
        },
        backspace: match given.word("backspace")?.as_str() {
            "bs" => Backspace::Bs,
            _ => Backspace::Del,
        },
        log: log(given, environment),
    })
}

fn consoles(given: &Given, environment: &Environment, geometry: GridSize) -> Result<Vec<Console>, ConfigError> {
    let scrollback = given.number("scrollback")? as usize;
    let mut consoles = Vec::new();
    let mut devices = Vec::new();
    for (option, value) in &given.values {
        let Some((label, endpoint)) = source(given, option, value)? else { continue };
        if let Some(path) = endpoint.device() {
            terminal_device(option, value, path, &mut devices)?;
        } else if !endpoint.is_command() && consoles.iter().any(|console: &Console| console.endpoint == endpoint) {
            return Err(wrong(option, value, "is given twice; each source is served once"));
        }
        let name = label.unwrap_or_else(|| default_name(&endpoint));
        consoles.push(Console { name, endpoint, geometry, scrollback });
    }
    let shell = [shell(environment)];
    let argv = match given.command.as_slice() {
        [] if consoles.is_empty() => &shell,
        argv => argv,
    };
    if let [program, arguments @ ..] = argv {
        if program.is_empty() {
            return Err(ConfigError::new("the command after -- is empty: give the name or path of a program"));
        }
        let endpoint = Endpoint::Command(command(given, CommandLine::new(program, arguments.iter().cloned()))?);
        let name = default_name(&endpoint);
        consoles.push(Console { name, endpoint, geometry, scrollback });
    }
    let unused = ["restart", "cwd", "env"].into_iter().find(|name| given.all(name).next().is_some());
    if let Some(unused) = unused.filter(|_| !consoles.iter().any(|console| console.endpoint.is_command())) {
        let line = format!("--{unused} is for a command, and none is given: add --exec or -- COMMAND, or leave it out");
        return Err(ConfigError::new(line));
    }
    if consoles.len() > MAX_CONSOLES {
        let count = consoles.len();
        return Err(ConfigError::new(format!(
            "{count} consoles are more than {MAX_CONSOLES}, one for each of the keys F1 to F12"
        )));
    }
    Ok(consoles)
}

/// What an option of the first group says of a console; `None` for any other option.
fn source(given: &Given, option: &Opt, value: &OsStr) -> Result<Option<(Option<String>, Endpoint)>, ConfigError> {
    if !["pty", "serial", "unix", "tcp", "telnet", "stdin", "exec"].contains(&option.name) {
        return Ok(None);
    }
    let (label, rest) = labelled(option, value)?;
    let endpoint = match option.name {
        "pty" => Endpoint::Pty(path(option, rest)?),
        "serial" => Endpoint::Serial(serial(option, rest)?),
        "unix" => Endpoint::Unix(unix_path(option, rest)?),
        "tcp" => Endpoint::Tcp(host_port(option, rest)?),
        "telnet" => Endpoint::Telnet { to: host_port(option, rest)?, terminal_type: term(given)? },
        "stdin" => Endpoint::Stdin,
        _ if rest.is_empty() => return Err(wrong(option, value, "is no command")),
        _ => Endpoint::Command(command(given, CommandLine::shell(rest))?),
    };
    Ok(Some((label, endpoint)))
}

fn command(given: &Given, command: CommandLine) -> Result<CommandLine, ConfigError> {
    let mut command = command.with_term(&term(given)?).restarted(match given.word("restart")?.as_str() {
        "always" => Restart::Always,
        "on-failure" => Restart::OnFailure,
        _ => Restart::Never,
    });
    if let Some((option, value)) = given.value("cwd") {
        if !Path::new(&value).is_dir() {
            return Err(wrong(option, &value, "is not a directory that can be opened"));
        }
        command = command.in_directory(Path::new(&value));
    }
    for (option, value) in given.values("env") {
        let (name, value) = assignment(option, &value)?;
        command = command.with_variable(name, value);
    }
    Ok(command)
}

/// The terminal type that commands, and the other ends of telnet, are told.
fn term(given: &Given) -> Result<String, ConfigError> {
    given.value("term").map_or_else(|| Ok(String::new()), |(option, value)| terminal_type(option, &value))
}

/// A console's name when none was given: of a device, what stands after `/dev/`.
fn default_name(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Pty(path) => device_name(path),
        Endpoint::Serial(line) => device_name(line.path()),
        other => printable(OsStr::new(&other.default_name())),
    }
}

/// What stands after `/dev/`; the whole path where that is not so.
fn device_name(path: &Path) -> String {
    let short = path.strip_prefix("/dev").ok().filter(|short| !short.as_os_str().is_empty());
    printable(short.unwrap_or(path).as_os_str())
}

/// The user's shell, else the one every system has.
fn shell(environment: &Environment) -> OsString {
    environment.shell.clone().filter(|shell| !shell.is_empty()).unwrap_or_else(|| OsString::from("/bin/sh"))
}

fn log(given: &Given, environment: &Environment) -> String {
    if let Some(directives) = environment.rust_log.as_ref().filter(|directives| !directives.is_empty()) {
        return directives.clone();
    }
    let louder = given.all("verbose").count() as i64 - given.all("quiet").count() as i64;
    match louder {
        ..=-2 => "error",
        -1 => "warn",
        0 => "info",
        1 => "debug",
        2.. => "trace",
    }
    .to_owned()
}

impl Given {
    /// The values of an option, or its default.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = (&'static Opt, OsString)> {
        let row = self.subcommand.option(name);
        let mut values: Vec<OsString> = self.all(name).map(OsStr::to_owned).collect();
        if values.is_empty() {
            values.extend(row.default.map(OsString::from));
        }
        values.into_iter().map(move |value| (row, value))
    }

    /// The last value of an option, or its default.
    pub(super) fn value(&self, name: &str) -> Option<(&'static Opt, OsString)> {
        self.values(name).last()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The value of an option that takes a number and has a default.
    pub(super) fn number(&self, name: &str) -> Result<u32, ConfigError> {
        let row = self.subcommand.option(name);
        let value = self.value(name).map(|(_, value)| value).unwrap_or_default();
        whole_number(row, &value)
    }

    /// The value of an option that takes one of some words and has a default.
    pub(super) fn word(&self, name: &str) -> Result<String, ConfigError> {
        let row = self.subcommand.option(name);
        let Takes::OneOf(_, words) = row.takes else { return Ok(String::new()) };
        let value = self.value(name).map(|(_, value)| value).unwrap_or_default();
        match words.iter().find(|word| value == **word) {
            Some(word) => Ok((*word).to_owned()),
            None => Err(wrong(row, &value, &format!("is none of {}", words.join(", ")))),
        }
    }
}

/// The value of an option that takes a number.
pub(super) fn whole_number(row: &Opt, value: &OsStr) -> Result<u32, ConfigError> {
    let Takes::Number(least, most) = row.takes else { return Ok(0) };
    let digits = value.to_str().filter(|text| is_number(text));
    digits
        .and_then(|text| text.parse().ok())
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| wrong(row, value, &format!("is not a whole number from {least} to {most}")))
}

fn address(row: &Opt, value: &OsStr) -> Result<Address, ConfigError> {
    let text = value.to_str().ok_or_else(|| wrong(row, value, "is not UTF-8"))?;
    text.parse().map_err(|error| ConfigError::new(format!("--{}: {error}", row.name)))
}

fn geometry(row: &Opt, value: &OsStr) -> Result<GridSize, ConfigError> {
    geometry_from(row, value, GridSize::new(MIN_COLUMNS, MIN_ROWS))
}

/// A size, at least `least`.
pub(super) fn geometry_from(row: &Opt, value: &OsStr, least: GridSize) -> Result<GridSize, ConfigError> {
    let pair = value.to_str().and_then(|text| text.split_once('x'));
    let Some((cols, rows)) = pair.filter(|(cols, rows)| is_number(cols) && is_number(rows)) else {
        return Err(wrong(row, value, "is not COLUMNSxROWS, such as 80x24"));
    };
    // A number of any length is one, and too large.
    let within = |text: &str, least, most| text.parse().ok().filter(|number| (least..=most).contains(number));
    match (within(cols, least.cols, MAX_COLUMNS), within(rows, least.rows, MAX_ROWS)) {
        (Some(cols), Some(rows)) => Ok(GridSize::new(cols, rows)),
        _ => Err(wrong(row, value, &format!("is outside {least} to {MAX_COLUMNS}x{MAX_ROWS}"))),
    }
}

/// Digits and nothing else: `parse` alone would take "+1".
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `NAME=` and what it names, or that alone. What stands before a `=` is a name only if it holds neither a slash nor a
/// blank.
fn labelled<'a>(row: &Opt, value: &'a OsStr) -> Result<(Option<String>, &'a OsStr), ConfigError> {
    let bytes = value.as_bytes();
    match bytes.iter().position(|b| *b == b'=') {
        Some(at) if !bytes[..at].iter().any(|b| *b == b'/' || b.is_ascii_whitespace()) => {
            Ok((Some(name(row, OsStr::from_bytes(&bytes[..at]))?), OsStr::from_bytes(&bytes[at + 1..])))
        }
        _ => Ok((None, value)),
    }
}

fn path(row: &Opt, value: &OsStr) -> Result<PathBuf, ConfigError> {
    if value.is_empty() { Err(wrong(row, value, "names no path")) } else { Ok(PathBuf::from(value)) }
}

fn unix_path(row: &Opt, value: &OsStr) -> Result<PathBuf, ConfigError> {
    let path = path(row, value)?;
    if value.len() > MAX_UNIX_PATH {
        let why = format!(
            "has {} bytes, and the path of a socket at most {MAX_UNIX_PATH}: give a symbolic link to it, or a path relative to its directory",
            value.len()
        );
        return Err(wrong(row, value, &why));
    }
    Ok(path)
}

fn host_port(row: &Opt, value: &OsStr) -> Result<HostPort, ConfigError> {
    let text = value.to_str().ok_or_else(|| wrong(row, value, "is not UTF-8"))?;
    text.parse().map_err(|error: HostPortError| wrong(row, value, &error.to_string()))
}

fn serial(row: &Opt, value: &OsStr) -> Result<SerialLine, ConfigError> {
    let bytes = value.as_bytes();
    let end = bytes.iter().position(|b| *b == b',').unwrap_or(bytes.len());
    let settings = match bytes.get(end + 1..).map(std::str::from_utf8) {
        Some(Ok(settings)) => Some(settings),
        Some(Err(_)) => return Err(wrong(row, value, "is not UTF-8")),
        None => None,
    };
    let path = PathBuf::from(OsStr::from_bytes(&bytes[..end]));
    SerialLine::new(path, settings).map_err(|error| wrong(row, value, &error.to_string()))
}

/// Refuses a path that can never be a console, and one that leads to a device given before.
fn terminal_device(
    row: &Opt,
    value: &OsStr,
    path: &Path,
    devices: &mut Vec<(PathBuf, Option<Device>)>,
) -> Result<(), ConfigError> {
    let device = device::look(path).map_err(|unfit| wrong(row, value, &unfit.to_string()))?;
    let same = |(other, its): &&(PathBuf, Option<Device>)| other == path || device.is_some() && *its == device;
    if let Some((other, _)) = devices.iter().find(same) {
        let why = format!("is the same device as {}; each is served once", quoted(other.as_os_str()));
        return Err(wrong(row, value, &why));
    }
    devices.push((path.to_owned(), device));
    Ok(())
}

fn name(row: &Opt, value: &OsStr) -> Result<String, ConfigError> {
    let text = value.to_str().filter(|text| !text.is_empty() && !text.chars().any(char::is_control));
    text.filter(|text| text.chars().count() <= MAX_NAME).map(str::to_owned).ok_or_else(|| {
        wrong(row, value, &format!("is not a name: 1 to {MAX_NAME} characters, none a control character"))
    })
}

fn terminal_type(row: &Opt, value: &OsStr) -> Result<String, ConfigError> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"+-._".contains(&b);
    match value.to_str().filter(|text| (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(good)) {
        Some(text) => Ok(text.to_owned()),
        None => Err(wrong(row, value, "is not a terminal type, such as xterm-256color")),
    }
}

fn assignment<'a>(row: &Opt, value: &'a OsStr) -> Result<(&'a OsStr, &'a OsStr), ConfigError> {
    let bytes = value.as_bytes();
    match bytes.iter().position(|byte| *byte == b'=') {
        Some(at) if at > 0 => Ok((OsStr::from_bytes(&bytes[..at]), OsStr::from_bytes(&bytes[at + 1..]))),
        _ => Err(wrong(row, value, "is not KEY=VALUE")),
    }
}

pub(super) fn wrong(row: &Opt, value: &OsStr, why: &str) -> ConfigError {
    ConfigError::new(format!("--{}: {} {why}", row.name, quoted(value)))
}

/// A value in quotes, on one line, and not endless.
fn quoted(value: &OsStr) -> String {
    format!("\"{}\"", printable(value))
}

/// Text that may stand in a title or a message: control characters shown as `?`, cut at [`MAX_NAME`] characters.
fn printable(value: &OsStr) -> String {
    let text = value.to_string_lossy();
    text.chars().take(MAX_NAME).map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::arguments::{Request, read};
    use super::*;

    fn config(words: &[&str]) -> Result<Config, ConfigError> {
        let arguments = std::iter::once("vncterm").chain(words.iter().copied()).map(OsString::from);
        let Request::Serve(given) = read(arguments)? else { panic!("nothing to read was asked for") };
        resolve(&given, &Environment { shell: Some("/bin/zsh".into()), rust_log: None })
    }

    fn error(words: &[&str]) -> String {
        config(words).expect_err(&words.join(" ")).to_string()
    }

    #[test]
    fn nothing_given_is_the_shell_on_display_0() {
        let config = config(&[]).expect("every default is right");
        assert_eq!(config.listen, ["127.0.0.1:5900".parse().expect("an address")]);
        assert_eq!((config.name.as_str(), config.consoles.len()), ("zsh", 1));
        let console = &config.consoles[0];
        assert_eq!((console.geometry, console.scrollback), (GridSize::new(80, 24), 10_000));
        let shell = CommandLine::new("/bin/zsh", []).with_term("xterm-256color");
        assert_eq!(console.endpoint, Endpoint::Command(shell));
        assert_eq!(
            (config.resize, config.max_clients, config.look.scale, config.log.as_str()),
            (Resize::Sole, 64, 1, "info")
        );
        assert_eq!((config.keys, config.backspace), (Keys::Xterm, Backspace::Del));
    }

    #[test]
    fn consoles_are_numbered_as_given_and_a_command_is_the_last() {
        let config = config(&["--pty", "db=/dev/pts/99999", "--pty", "/dev/pts/a=b", "--", "/bin/sh", "-i"])
            .expect("it is right");
        let names: Vec<&str> = config.consoles.iter().map(|console| console.name.as_str()).collect();
        assert_eq!(names, ["db", "pts/a=b", "sh"]);
        assert_eq!(config.consoles[1].endpoint, Endpoint::Pty("/dev/pts/a=b".into()));
        assert_eq!(config.name, "db");
    }

    #[test]
    fn every_kind_of_source_is_numbered_as_given() {
        let words = "--tcp a=h:1 --serial u=/dev/ttyS0,9600 --unix /run/db1.sock --stdin --telnet [::1]:23 --pty /dev/pts/1 --unix b=x --exec";
        let mut words: Vec<&str> = words.split_whitespace().collect();
        words.extend(["LANG=C=exec top -d 1", "--restart", "on-failure", "--term", "vt220"]);
        let consoles = config(&words).expect("it is right").consoles;
        let names: Vec<&str> = consoles.iter().map(|console| console.name.as_str()).collect();
        assert_eq!(names, ["a", "u", "db1.sock", "stdin", "[::1]:23", "pts/1", "b", "LANG"]);
        assert_eq!(consoles[0].endpoint, Endpoint::Tcp(HostPort::new("h", 1)));
        let line = SerialLine::new("/dev/ttyS0".into(), Some("9600")).expect("right");
        assert_eq!(consoles[1].endpoint, Endpoint::Serial(line));
        assert_eq!(consoles[2].endpoint, Endpoint::Unix("/run/db1.sock".into()));
        let to = HostPort::new("::1", 23);
        assert_eq!(consoles[4].endpoint, Endpoint::Telnet { to, terminal_type: "vt220".into() });
        let command = CommandLine::shell("C=exec top -d 1".as_ref()).with_term("vt220").restarted(Restart::OnFailure);
        assert_eq!(consoles[7].endpoint, Endpoint::Command(command));
    }

    #[test]
    fn a_socket_has_no_longer_path_than_the_kernel_takes() {
        let longest = "p".repeat(MAX_UNIX_PATH);
        assert!(config(&["--unix", &format!("name={longest}")]).is_ok());
        assert!(
            error(&["--unix", &format!("{longest}p")]).contains("has 108 bytes, and the path of a socket at most 107")
        );
    }

    #[test]
    fn a_device_has_a_name_whatever_its_path() {
        for (path, name) in [("/dev/ttyS0", "ttyS0"), ("/dev", "/dev"), ("/dev/", "/dev/"), ("tty", "tty")] {
            assert_eq!(device_name(Path::new(path)), name);
        }
    }

    #[test]
    fn no_shell_means_sh() {
        for shell in [None, Some(OsString::new())] {
            let config = resolve(&Given::default(), &Environment { shell, rust_log: None }).expect("it is right");
            assert_eq!(config.consoles[0].name, "sh");
        }
    }

    #[test]
    fn options_reach_the_config() {
        let words = "--keys linux --backspace bs --geometry 132x50 --resize fixed --scrollback 0 --term vt220 --name web --max-clients 3 --evict-oldest --sharing client --view-only \
                     --insecure --scale 2 --listen :1 --listen unix:/run/x --cwd / --env A=b=c -vv -q -- sh";
        let config = config(&words.split_whitespace().collect::<Vec<_>>()).expect("it is right");
        assert_eq!((config.resize, config.max_clients, config.look.scale), (Resize::Fixed, 3, 2));
        assert_eq!((config.keys, config.backspace), (Keys::Linux, Backspace::Bs));
        assert!(config.evict_oldest && config.view_only && config.insecure && config.sharing == Sharing::Client);
        assert_eq!((config.listen.len(), config.name.as_str(), config.log.as_str()), (2, "web", "debug"));
        assert_eq!((config.consoles[0].geometry, config.consoles[0].scrollback), (GridSize::new(132, 50), 0));
        let command = CommandLine::new("sh", []).with_term("vt220").in_directory(Path::new("/"));
        let command = command.with_variable("A".as_ref(), "b=c".as_ref());
        assert_eq!(config.consoles[0].endpoint, Endpoint::Command(command));
    }

    #[test]
    fn loudness_is_the_difference_and_rust_log_wins() {
        for (words, level) in [("-q", "warn"), ("-qqq", "error"), ("-v", "debug"), ("-vvvv", "trace"), ("-vq", "info")]
        {
            assert_eq!(config(&[words]).expect(words).log, level);
        }
        let environment = Environment { shell: None, rust_log: Some("vncterm::server=trace".into()) };
        assert_eq!(resolve(&Given::default(), &environment).expect("it is right").log, "vncterm::server=trace");
    }

    #[test]
    fn limits_hold_at_their_edges() {
        for (good, bad, name) in [
            ("512x256", "513x256", "--geometry"),
            ("4x2", "4x1", "--geometry"),
            ("1000000", "1000001", "--scrollback"),
            ("10000", "10001", "--max-clients"),
            ("1", "0", "--max-clients"),
            ("4", "5", "--scale"),
        ] {
            assert!(config(&[name, good]).is_ok(), "{name} {good}");
            assert!(error(&[name, bad]).starts_with(&format!("{name}: \"{bad}\" is ")), "{name} {bad}");
        }
        let long = "n".repeat(MAX_NAME);
        assert!(config(&["--name", &long]).is_ok());
        assert!(error(&["--name", &format!("{long}n")]).contains("is not a name"));
        let ptys = |count: usize| {
            let words: Vec<String> = (0..count).flat_map(|n| ["--pty".into(), format!("/nowhere/{n}")]).collect();
            config(&words.iter().map(String::as_str).collect::<Vec<_>>())
        };
        assert!(ptys(MAX_CONSOLES).is_ok());
        assert!(ptys(MAX_CONSOLES + 1).expect_err("one too many").to_string().contains("13 consoles"));
        let listens = |count: usize| {
            let words: Vec<String> = (0..count).flat_map(|n| ["--listen".into(), format!(":{n}")]).collect();
            config(&words.iter().map(String::as_str).collect::<Vec<_>>())
        };
        assert!(listens(MAX_LISTENERS).is_ok());
        assert!(listens(MAX_LISTENERS + 1).expect_err("one too many").to_string().contains("17 addresses"));
    }

    #[test]
    fn errors_name_the_option_the_value_and_what_would_be_right() {
        for (words, line) in [
            (&["--geometry", "80"][..], "--geometry: \"80\" is not COLUMNSxROWS, such as 80x24"),
            (&["--geometry", "+80x24"], "--geometry: \"+80x24\" is not COLUMNSxROWS, such as 80x24"),
            (&["--geometry", "80x"], "--geometry: \"80x\" is not COLUMNSxROWS, such as 80x24"),
            (&["--geometry", "99999999999x24"], "--geometry: \"99999999999x24\" is outside 4x2 to 512x256"),
            (&["--geometry", "0x0"], "--geometry: \"0x0\" is outside 4x2 to 512x256"),
            (&["--scrollback", "-1"], "--scrollback: \"-1\" is not a whole number from 0 to 1000000"),
            (&["--listen", ":1", "--listen", "::5901"], "--listen: 127.0.0.1:5901 is given twice; leave one out"),
            (&["--resize", "all"], "--resize: \"all\" is none of sole, any, fixed"),
            (&["--keys", "sun"], "--keys: \"sun\" is none of xterm, vt220, linux"),
            (&["--backspace", "^H"], "--backspace: \"^H\" is none of del, bs"),
            (&["--scale", "two"], "--scale: \"two\" is not a whole number from 1 to 4"),
            (&["--pty", "name="], "--pty: \"\" names no path"),
            (&["--unix", "x="], "--unix: \"\" names no path"),
            (&["--tcp", "db1=host"], "--tcp: \"host\" is not HOST:PORT, such as localhost:4001 or [::1]:4001"),
            (
                &["--telnet", "::1:23"],
                "--telnet: \"::1:23\" is ambiguous: an IPv6 address stands in brackets, as in [::1]:4001",
            ),
            (
                &["--serial", "/dev/ttyS0,fast"],
                "--serial: \"/dev/ttyS0,fast\" has no speed from 50 to 4000000 after its device, such as 115200",
            ),
            (&["--exec", "x="], "--exec: \"x=\" is no command"),
            (&["--exec", "x", "--restart", "often"], "--restart: \"often\" is none of never, on-failure, always"),
            (&["--pty", ""], "--pty: \"\" names no path"),
            (&["--pty", "/dev"], "--pty: \"/dev\" is a directory and not a terminal device"),
            (&["--pty", "n=/dev/null"], "--pty: \"n=/dev/null\" is a device of another kind and not a terminal device"),
            (&["--pty", "pts/3"], "--pty: \"pts/3\" is not there; /dev/pts/3 is probably meant"),
            (
                &["--pty", "/nowhere/x", "--pty", "n=/nowhere/x"],
                "--pty: \"n=/nowhere/x\" is the same device as \"/nowhere/x\"; each is served once",
            ),
            (&["--term", "a b"], "--term: \"a b\" is not a terminal type, such as xterm-256color"),
            (&["--env", "=x"], "--env: \"=x\" is not KEY=VALUE"),
            (&["--env", "x"], "--env: \"x\" is not KEY=VALUE"),
            (&["--cwd", "/nowhere/at\nall"], "--cwd: \"/nowhere/at?all\" is not a directory that can be opened"),
            (
                &["--pty", "/dev/tty", "--cwd", "/"],
                "--cwd is for a command, and none is given: add --exec or -- COMMAND, or leave it out",
            ),
            (&["--", ""], "the command after -- is empty: give the name or path of a program"),
        ] {
            assert_eq!(error(words), line);
        }
        assert!(error(&["--listen", "5901"]).starts_with("--listen: \"5901\" alone is ambiguous"));
    }
}
