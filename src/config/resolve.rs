//! From what was given to a [`Config`]: defaults filled in, every value checked, every error in one line.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::options::{
    MAX_COLUMNS, MAX_CONSOLES, MAX_LISTENERS, MAX_NAME, MAX_ORIGINS, MAX_ROWS, MIN_COLUMNS, MIN_ROWS, Opt, Takes,
};
use super::{
    Access, Backspace, Clear, Config, ConfigError, Console, Given, Keys, Resize, Sharing, Web, graphics, look,
    security, sound,
};
use crate::access::pen::Writers;
use crate::geometry::GridSize;
use crate::input::PowerButton;
use crate::input::leader::LeaderKey;
use crate::net::address::{Address, MAX_UNIX_PATH};
use crate::net::connect::{HostPort, HostPortError};
use crate::net::origin::{AllowedOrigin, OriginError};
use crate::source::device::{self, Device};
use crate::source::{CommandLine, Endpoint, Restart, SerialLine};
use crate::terminal::Encoding;

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
    let listen = listeners(given)?;
    if listen.len() > MAX_LISTENERS {
        return Err(ConfigError::new(format!("--listen: {} addresses are more than {MAX_LISTENERS}", listen.len())));
    }
    if let Some(twice) = listen.iter().enumerate().find(|(at, address)| listen[..*at].contains(address)) {
        return Err(ConfigError::new(format!("--listen: {} is given twice; leave one out", twice.1)));
    }
    let (security, tls) = security::security(given, &listen)?;
    let geometry = match given.value("geometry") {
        Some((option, value)) => geometry(option, &value)?,
        None => GridSize::new(80, 24),
    };
    let consoles = consoles(given, environment, geometry)?;
    let name = match given.value("name") {
        Some((option, value)) => name(option, &value)?,
        None => match (consoles.first(), given.value("upstream")) {
            (Some(console), _) => console.name.clone(),
            (None, upstream) => upstream.map_or_else(|| "graphics".to_owned(), |(_, value)| printable(&value)),
        },
    };
    Ok(Config {
        control: control(given, &listen)?,
        name,
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
        writers: if given.word("writers")? == "one" { Writers::One } else { Writers::All },
        idle_timeout: given.duration("idle-timeout")?,
        view_only: given.flag("view-only"),
        power: power(given)?,
        paste_rate: given.optional_number("paste-rate")?.and_then(NonZeroU32::new),
        security,
        web: web(given)?,
        allow_origins: origins(given)?,
        tls,
        graphics: graphics::graphics(given, &consoles)?,
        audio: sound::audio(given)?,
        leader: leader(given)?,
        all_switch: given.word("vt-switch")? == "all",
        consoles,
        insecure: given.flag("insecure"),
        look: look::look(given, geometry)?,
        charset: charset(given)?,
        keys: match given.word("keys")?.as_str() {
            "vt220" => Keys::Vt220,
            "linux" => Keys::Linux,
            _ => Keys::Xterm,
        },
        backspace: match given.word("backspace")?.as_str() {
            "bs" => Backspace::Bs,
            _ => Backspace::Del,
        },
        guest_clipboard: given.word("guest-clipboard")? == "on",
        window_ops: given.word("window-ops")? == "on",
        clear: clear(given)?,
        log: log(given, environment),
    })
}

/// `--power-shutdown` and its like.
fn power(given: &Given) -> Result<Vec<(PowerButton, OsString)>, ConfigError> {
    let commands = PowerButton::ALL.into_iter().filter_map(|button| {
        let (option, script) = given.value(&format!("power-{}", button.name()))?;
        let blank = script.as_bytes().iter().all(u8::is_ascii_whitespace);
        Some(if blank { Err(wrong(option, &script, "is no command")) } else { Ok((button, script)) })
    });
    commands.collect()
}

/// `--leader`.
fn leader(given: &Given) -> Result<Option<LeaderKey>, ConfigError> {
    let Some((option, value)) = given.value("leader").filter(|(_, value)| value != "off") else { return Ok(None) };
    let key = LeaderKey::parse(&name(option, &value)?);
    key.map(Some)
        .map_err(|error| ConfigError::new(format!("--leader: {error}; or a modifier twice, as in Ctrl Ctrl; or off")))
}

/// `--control`: a socket of its own.
fn control(given: &Given, listen: &[Address]) -> Result<Option<PathBuf>, ConfigError> {
    let Some((option, value)) = given.value("control") else { return Ok(None) };
    let path = unix_path(option, &value)?;
    match listen.iter().any(|address| address.unix_path() == Some(&path)) {
        true => Err(wrong(option, &value, "is given to --listen too; each needs a socket of its own")),
        false => Ok(Some(path)),
    }
}

/// What of it says who may come in, and where we may, from the files as they are now.
pub fn access(given: &Given) -> Result<Access, ConfigError> {
    let (security, tls) = security::security(given, &listeners(given)?)?;
    Ok(Access { security, tls, upstream_password: graphics::password(given)? })
}

pub(super) fn listeners(given: &Given) -> Result<Vec<Address>, ConfigError> {
    given.values("listen").map(|(option, value)| address(option, &value)).collect()
}

/// `--charset`.
pub(super) fn charset(given: &Given) -> Result<Encoding, ConfigError> {
    Ok(match given.word("charset")?.as_str() {
        "cp437" => Encoding::Cp437,
        "latin1" => Encoding::Latin1,
        _ => Encoding::Utf8,
    })
}

/// `--clear`.
pub(super) fn clear(given: &Given) -> Result<Clear, ConfigError> {
    Ok(match given.word("clear")?.as_str() {
        "honour" => Clear::Honour,
        _ => Clear::Keep,
    })
}

/// What browsers get.
fn web(given: &Given) -> Result<Web, ConfigError> {
    let on = given.word("web")? == "on";
    match given.value("web-root") {
        None if on => Ok(Web::Page),
        None => Ok(Web::Off),
        Some(_) if !on => Err(ConfigError::new("--web-root is for browsers, and --web is off: leave one out")),
        Some((option, value)) => {
            let directory = path(option, &value)?;
            // Opened once more when it is served; this is for who got its name wrong.
            match std::fs::read_dir(&directory) {
                Ok(_) => Ok(Web::Root(directory)),
                Err(error) => Err(wrong(option, &value, &format!("is not a directory that can be read: {error}"))),
            }
        }
    }
}

/// The hosts whose pages are trusted.
fn origins(given: &Given) -> Result<Vec<AllowedOrigin>, ConfigError> {
    let origin = |(option, value): (&'static Opt, OsString)| {
        let text = value.to_str().ok_or_else(|| wrong(option, &value, "is not UTF-8"))?;
        text.parse().map_err(|error: OriginError| wrong(option, &value, &error.to_string()))
    };
    let origins: Vec<AllowedOrigin> = given.values("allow-origin").map(origin).collect::<Result<_, _>>()?;
    if origins.len() > MAX_ORIGINS {
        return Err(ConfigError::new(format!("--allow-origin: {} hosts are more than {MAX_ORIGINS}", origins.len())));
    }
    Ok(origins)
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
        // Who asks for the guest's graphics alone does not want to hand out a shell.
        [] if consoles.is_empty() && !graphics::is_given(given) => &shell,
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

    /// Whether the user has said something of it.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.flag(name)
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

    /// The value of an option that takes a number, if it was given.
    pub(super) fn optional_number(&self, name: &str) -> Result<Option<u32>, ConfigError> {
        self.value(name).map(|(row, value)| whole_number(row, &value)).transpose()
    }

    /// The value of an option that takes a time; `None` if that is off.
    pub(super) fn duration(&self, name: &str) -> Result<Option<Duration>, ConfigError> {
        self.value(name).map_or(Ok(None), |(row, value)| duration(row, &value))
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
fn whole_number(row: &Opt, value: &OsStr) -> Result<u32, ConfigError> {
    let Takes::Number(least, most) = row.takes else { return Ok(0) };
    let digits = value.to_str().filter(|text| is_number(text));
    digits
        .and_then(|text| text.parse().ok())
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| wrong(row, value, &format!("is not a whole number from {least} to {most}")))
}

/// The value of an option that takes a time: from 10 seconds to 30 days, or `off`.
fn duration(row: &Opt, value: &OsStr) -> Result<Option<Duration>, ConfigError> {
    const RANGE: RangeInclusive<u64> = 10..=30 * 24 * 3600;
    let text = value.to_str().unwrap_or_default();
    if matches!(text, "off" | "0") {
        return Ok(None);
    }
    let units = [("s", 1), ("m", 60), ("h", 3600)];
    let unit = units.into_iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)));
    let (digits, unit) = unit.unwrap_or((text, 1));
    let number = Some(digits).filter(|digits| is_number(digits)).and_then(|digits| digits.parse::<u64>().ok());
    let seconds = number.and_then(|number| number.checked_mul(unit)).filter(|seconds| RANGE.contains(seconds));
    let wrong = || wrong(row, value, "is no time from 10s to 720h, such as 90s, 30m or 2h, and not off");
    seconds.map(|seconds| Some(Duration::from_secs(seconds))).ok_or_else(wrong)
}

pub(super) fn address(row: &Opt, value: &OsStr) -> Result<Address, ConfigError> {
    let text = value.to_str().ok_or_else(|| wrong(row, value, "is not UTF-8"))?;
    text.parse().map_err(|error| ConfigError::new(format!("--{}: {error}", row.name)))
}

fn geometry(row: &Opt, value: &OsStr) -> Result<GridSize, ConfigError> {
    geometry_from(row, value, GridSize::new(MIN_COLUMNS, MIN_ROWS))
}

/// A size, at least `least`.
pub(super) fn geometry_from(row: &Opt, value: &OsStr, least: GridSize) -> Result<GridSize, ConfigError> {
    size_from(value, least).map_err(|why| wrong(row, value, &why))
}

/// The same, or what is wrong with it.
pub(super) fn size_from(value: &OsStr, least: GridSize) -> Result<GridSize, String> {
    let pair = value.to_str().and_then(|text| text.split_once('x'));
    let Some((cols, rows)) = pair.filter(|(cols, rows)| is_number(cols) && is_number(rows)) else {
        return Err("is not COLUMNSxROWS, such as 80x24".to_owned());
    };
    // A number of any length is one, and too large.
    let within = |text: &str, least, most| text.parse().ok().filter(|number| (least..=most).contains(number));
    match (within(cols, least.cols, MAX_COLUMNS), within(rows, least.rows, MAX_ROWS)) {
        (Some(cols), Some(rows)) => Ok(GridSize::new(cols, rows)),
        _ => Err(format!("is outside {least} to {MAX_COLUMNS}x{MAX_ROWS}")),
    }
}

/// Digits and nothing else: `parse` alone would take "+1".
pub(super) fn is_number(text: &str) -> bool {
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

pub(super) fn name(row: &Opt, value: &OsStr) -> Result<String, ConfigError> {
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
pub(super) fn quoted(value: &OsStr) -> String {
    format!("\"{}\"", printable(value))
}

/// Text that may stand in a title or a message: control characters shown as `?`, cut at [`MAX_NAME`] characters.
fn printable(value: &OsStr) -> String {
    let text = value.to_string_lossy();
    super::printable(&text).chars().take(MAX_NAME).collect()
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
