//! The guest's graphics: where they are, and how viewers get there.

use std::ffi::{OsStr, OsString};

use super::options::{MAX_CONSOLES, MAX_REVERSE, Opt};
use super::resolve::{address, is_number, listeners, name, wrong};
use super::security::{public, secret};
use super::{Config, ConfigError, Console, Given};
use crate::access::Secret;
use crate::geometry::Size;
use crate::input::guest_layout::GuestLayout;
use crate::net::address::{Address, Network, NoNetwork};
use crate::net::tls::Trust;

/// Most pixels of a side of an upstream's picture (limits.md §5).
pub const MAX_SIDE: u32 = 4096;
/// The number that a graphical virtual terminal gets if it is free: where X has been on Linux for long.
pub const FIRST_VT: u8 = 7;
/// The largest file of a password.
const PASSWORD_MAX: usize = 1024;

/// Of a guest that has graphics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graphics {
    /// Where its VNC server is dialled, if it is.
    pub upstream: Option<Address>,
    /// Where it may call by itself.
    pub reverse: Vec<Address>,
    /// From where, beside this machine; without any, from everywhere.
    pub allow: Vec<Network>,
    /// What becomes of a second call.
    pub policy: ReversePolicy,
    /// The user that it asks for.
    pub user: Option<String>,
    /// The password that it asks for.
    pub password: Option<Secret>,
    /// Who vouches for it.
    pub trust: Option<Trust>,
    /// The largest picture that is taken.
    pub size_max: Size,
    /// The numbers of its virtual terminals: no console's, and from 1 to 12; at least one.
    pub vts: Vec<u8>,
    /// Whether viewers are led there.
    pub switch: Switch,
    /// What its keys type.
    pub layout: GuestLayout,
}

/// What becomes of a second call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReversePolicy {
    /// It takes the place of the first.
    Replace,
    /// It is hung up on.
    Refuse,
    /// It gets the next virtual terminal.
    Next,
}

/// Whether viewers are led to a guest's graphics when these come up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// They are.
    Auto,
    /// They are told.
    Offer,
    /// They find it themselves.
    Manual,
}

/// Options that say something of it, and nothing without it.
const DETAILS: [&str; 10] = [
    "reverse-allow",
    "reverse-policy",
    "upstream-user",
    "upstream-ca",
    "upstream-password-file",
    "upstream-max-size",
    "graphical-vt",
    "guest-layout",
    "switch",
    "vt-switch",
];

/// Whether a guest has graphics at all.
pub(super) fn is_given(given: &Given) -> bool {
    ["upstream", "reverse-listen"].iter().any(|name| given.all(name).next().is_some())
}

/// What is given of it, beside these consoles.
pub(super) fn graphics(given: &Given, consoles: &[Console]) -> Result<Option<Graphics>, ConfigError> {
    if !is_given(given) {
        // Consoles are switched too.
        let unused = DETAILS.iter().find(|name| **name != "vt-switch" && given.all(name).next().is_some());
        return match unused {
            None => Ok(None),
            Some(unused) => Err(ConfigError::new(format!(
                "--{unused} is for the guest's graphics, and none are given: add --upstream or --reverse-listen, or leave it out"
            ))),
        };
    }
    let policy = match given.word("reverse-policy")?.as_str() {
        "refuse" => ReversePolicy::Refuse,
        "next" => ReversePolicy::Next,
        _ => ReversePolicy::Replace,
    };
    let reverse = reverse(given)?;
    let several = policy == ReversePolicy::Next && !reverse.is_empty();
    Ok(Some(Graphics {
        upstream: upstream(given)?,
        reverse,
        allow: allow(given)?,
        policy,
        user: given.value("upstream-user").map(|(row, value)| name(row, &value)).transpose()?,
        password: password(given)?,
        trust: trust(given)?,
        size_max: size_max(given)?,
        vts: vts(given, consoles.len(), several)?,
        switch: match given.word("switch")?.as_str() {
            "offer" => Switch::Offer,
            "manual" => Switch::Manual,
            _ => Switch::Auto,
        },
        layout: layout(given)?,
    }))
}

/// `--upstream`.
fn upstream(given: &Given) -> Result<Option<Address>, ConfigError> {
    let Some((row, value)) = given.value("upstream") else { return Ok(None) };
    match address(row, &value)? {
        Address::Tcp { port: 0, .. } => Err(wrong(row, &value, "has no port that can be dialled")),
        own if listeners(given)?.contains(&own) => {
            Err(wrong(row, &value, "is where this server listens itself (--listen)"))
        }
        upstream => Ok(Some(upstream)),
    }
}

/// `--reverse-listen`.
fn reverse(given: &Given) -> Result<Vec<Address>, ConfigError> {
    let listen: Vec<Address> =
        given.values("reverse-listen").map(|(row, value)| address(row, &value)).collect::<Result<_, _>>()?;
    let others: Vec<Address> = given.values("listen").filter_map(|(row, value)| address(row, &value).ok()).collect();
    let is_taken = |(at, address): &(usize, &Address)| listen[..*at].contains(address) || others.contains(address);
    match listen.iter().enumerate().find(is_taken) {
        _ if listen.len() > MAX_REVERSE => {
            Err(ConfigError::new(format!("--reverse-listen: {} addresses are more than {MAX_REVERSE}", listen.len())))
        }
        Some((_, twice)) => Err(ConfigError::new(format!("--reverse-listen: {twice} is given twice; leave one out"))),
        None => Ok(listen),
    }
}

/// `--reverse-allow`.
fn allow(given: &Given) -> Result<Vec<Network>, ConfigError> {
    let network = |(row, value): (&'static Opt, OsString)| {
        let network = value.to_str().and_then(|text| text.parse().ok());
        network.ok_or_else(|| wrong(row, &value, &NoNetwork.to_string()))
    };
    let allow: Vec<Network> = given.values("reverse-allow").map(network).collect::<Result<_, _>>()?;
    match allow.len() {
        0 => Ok(allow),
        _ if given.all("reverse-listen").next().is_none() => Err(ConfigError::new(
            "--reverse-allow is for --reverse-listen, which is not given: add it, or leave it out",
        )),
        count if count > MAX_REVERSE => {
            Err(ConfigError::new(format!("--reverse-allow: {count} networks are more than {MAX_REVERSE}")))
        }
        _ => Ok(allow),
    }
}

/// `--upstream-ca`.
fn trust(given: &Given) -> Result<Option<Trust>, ConfigError> {
    let Some((row, file)) = given.value("upstream-ca") else { return Ok(None) };
    let pem = public(row, &file)?;
    Trust::new(&pem).map(Some).map_err(|error| wrong(row, &file, &error.to_string()))
}

/// `--upstream-password-file`: its first line.
pub(super) fn password(given: &Given) -> Result<Option<Secret>, ConfigError> {
    given.value("upstream-password-file").map(|(row, file)| first_line(row, &file)).transpose()
}

/// The password in the first line of a file.
pub(super) fn first_line(row: &'static Opt, file: &OsStr) -> Result<Secret, ConfigError> {
    let text = secret(row, file, PASSWORD_MAX)?;
    let line = text.bytes().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Err(wrong(row, file, "holds no password: it is the first line"));
    }
    Ok(Secret::new(line.to_vec()))
}

/// `--guest-layout`, which is one of those in its row.
pub(super) fn layout(given: &Given) -> Result<GuestLayout, ConfigError> {
    let name = given.word("guest-layout")?;
    GuestLayout::find(&name).ok_or_else(|| ConfigError::new(format!("--guest-layout: there is no {name}")))
}

/// `--upstream-max-size`.
fn size_max(given: &Given) -> Result<Size, ConfigError> {
    let Some((row, value)) = given.value("upstream-max-size") else { return Ok(Size::new(MAX_SIDE, MAX_SIDE)) };
    let pair = value.to_str().and_then(|text| text.split_once('x'));
    let Some((width, height)) = pair.filter(|(width, height)| is_number(width) && is_number(height)) else {
        return Err(wrong(row, &value, "is not WIDTHxHEIGHT, such as 1920x1080"));
    };
    let side = |text: &str| text.parse().ok().filter(|side| (1..=MAX_SIDE).contains(side));
    match (side(width), side(height)) {
        (Some(width), Some(height)) => Ok(Size::new(width, height)),
        _ => Err(wrong(row, &value, &format!("is outside 1x1 to {MAX_SIDE}x{MAX_SIDE}"))),
    }
}

/// `--graphical-vt`, or the first number from [`FIRST_VT`] on that no console has; if there are to be `several`, those after it
/// too.
fn vts(given: &Given, consoles: usize, several: bool) -> Result<Vec<u8>, ConfigError> {
    if consoles >= MAX_CONSOLES {
        let line = format!("{consoles} consoles leave no virtual terminal for the guest's graphics; leave one out");
        return Err(ConfigError::new(line));
    }
    let taken = u8::try_from(consoles).unwrap_or(u8::MAX);
    let first = match given.value("graphical-vt") {
        None => FIRST_VT.max(taken + 1),
        Some((row, value)) => {
            let number = given.optional_number("graphical-vt")?.and_then(|number| u8::try_from(number).ok());
            number.filter(|number| *number > taken).ok_or_else(|| {
                wrong(row, &value, &format!("is a console's; give a number from {} to {MAX_CONSOLES}", taken + 1))
            })?
        }
    };
    let last = if several { u8::try_from(MAX_CONSOLES).unwrap_or(first) } else { first };
    Ok((first..=last).collect())
}

impl Config {
    /// How many virtual terminals there are.
    pub fn vts(&self) -> usize {
        self.consoles.len() + self.graphics.as_ref().map_or(0, |graphics| graphics.vts.len())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::super::arguments::{Request, read};
    use super::super::option::Takes;
    use super::super::options::OPTIONS;
    use super::super::{Config, Environment, resolve};
    use super::*;
    use crate::input::guest_layout;

    fn config(words: &str) -> Result<Config, String> {
        let words = words.split_whitespace().map(OsString::from);
        match read(std::iter::once("vncterm".into()).chain(words)) {
            Ok(Request::Serve(given)) => resolve(&given, &Environment::default()).map_err(|error| error.to_string()),
            other => panic!("{other:?}"),
        }
    }

    fn graphics(words: &str) -> Graphics {
        config(words).expect(words).graphics.expect("graphics")
    }

    #[test]
    fn graphics_stand_beside_the_consoles_or_alone() {
        let alone = config("--upstream guest:1").expect("right");
        assert_eq!((alone.consoles.len(), alone.vts(), alone.name.as_str()), (0, 1, "guest:1"));
        let graphics = alone.graphics.expect("graphics");
        assert_eq!((graphics.upstream, graphics.vts), (Some(Address::tcp("guest", 5901)), vec![7]));
        assert_eq!((graphics.size_max, graphics.switch), (Size::new(4096, 4096), Switch::Auto));
        let eight = "--exec a --exec b --exec c --exec d --exec e --exec f --exec g --exec h";
        assert_eq!(self::graphics(&format!("{eight} --upstream unix:/run/x")).vts, [9]);
        assert_eq!(self::graphics("--exec a --upstream :1 --graphical-vt 2 --switch offer").vts, [2]);
        assert_eq!(self::graphics("--upstream :1 --upstream-max-size 640x480").size_max, Size::new(640, 480));
        let next = self::graphics("--reverse-listen :5500 --reverse-policy next --reverse-allow 192.0.2.0/24");
        assert_eq!((next.vts, next.allow.len(), next.upstream), (vec![7, 8, 9, 10, 11, 12], 1, None));
        assert!(config("--exec a --vt-switch all").expect("right").graphics.is_none());
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (words, error) in [
            ("--upstream h::0", "--upstream: \"h::0\" has no port that can be dialled"),
            (
                "--exec a --upstream :1 --graphical-vt 1",
                "--graphical-vt: \"1\" is a console's; give a number from 2 to 12",
            ),
            (
                "--upstream :1 --upstream-max-size 640",
                "--upstream-max-size: \"640\" is not WIDTHxHEIGHT, such as 1920x1080",
            ),
            ("--upstream :1 --upstream-max-size 1x4097", "--upstream-max-size: \"1x4097\" is outside 1x1 to 4096x4096"),
            (
                "--switch auto",
                "--switch is for the guest's graphics, and none are given: add --upstream or --reverse-listen, or leave it out",
            ),
            (
                "--reverse-listen :5500 --reverse-listen :5500",
                "--reverse-listen: 127.0.0.1:5500 is given twice; leave one out",
            ),
            ("--reverse-listen :5900", "--reverse-listen: 127.0.0.1:5900 is given twice; leave one out"),
            (
                "--upstream :1 --reverse-allow ::1",
                "--reverse-allow is for --reverse-listen, which is not given: add it, or leave it out",
            ),
            (
                "--reverse-listen :5500 --reverse-allow x",
                "--reverse-allow: \"x\" is no network, such as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7",
            ),
        ] {
            assert_eq!(config(words).expect_err(words), error);
        }
        let twelve = "--exec a ".repeat(12);
        assert!(config(&format!("{twelve} --upstream :1")).expect_err("too many").contains("no virtual terminal"));
    }

    #[test]
    fn each_keyboard_can_be_given() {
        assert_eq!(graphics("--upstream :1").layout.name(), guest_layout::DEFAULT);
        for name in guest_layout::names() {
            assert_eq!(graphics(&format!("--upstream :1 --guest-layout {name}")).layout.name(), name);
        }
        let row = OPTIONS.iter().find(|row| row.name == "guest-layout").expect("a row");
        let Takes::OneOf(_, listed) = row.takes else { panic!("a list") };
        assert!(listed.iter().copied().eq(guest_layout::names()), "and none that is not there");
    }
}
