//! Addresses as people write them, in the ways VNC programs have always understood.
//!
//! | written | means |
//! |---|---|
//! | `127.0.0.1:5900`, `localhost:5900`, `[::1]:5900` | host and port |
//! | `H:N` with N below 100 | host and display N, which is port 5900 + N |
//! | `H::P` | host and port P, however small; `H::0` lets the kernel choose |
//! | `:1`, `:5901`, `::5901` | the same on 127.0.0.1 |
//! | `127.0.0.1`, `localhost`, `[::]`, `::1` | host, port 5900 |
//! | `unix:PATH` | a Unix socket |

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Display 0's port.
pub const BASE_PORT: u16 = 5900;
/// The longest path of a Unix socket, in bytes: `sun_path` less its NUL.
pub const MAX_UNIX_PATH: usize = 107;

/// Where to listen, or where to connect to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A host, by name or number, and a port.
    Tcp {
        /// As written, without the brackets of IPv6.
        host: String,
        /// 0 lets the kernel choose.
        port: u16,
    },
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// What is wrong with an address; says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing at all.
    #[error("an address is HOST:PORT, :DISPLAY or unix:PATH, and not empty")]
    Empty,
    /// `unix:` alone.
    #[error("unix: needs a path, as in unix:/run/vncterm.sock")]
    NoPath,
    /// Longer than the kernel can bind.
    #[error("the path of a Unix socket has at most {MAX_UNIX_PATH} bytes, and this one has {0}")]
    LongPath(usize),
    /// Not a number from 0 to 65535.
    #[error("\"{0}\" is no port and no display: give HOST:PORT, HOST:DISPLAY with a display below 100, or HOST::PORT")]
    Port(String),
    /// A bracket that is not closed, or something after it that is no port.
    #[error("\"{0}\" is not an IPv6 address in brackets, as in [::1]:5900")]
    Brackets(String),
    /// A bare number, which could be a port, a display or an odd way to write a host.
    #[error("\"{0}\" alone is ambiguous: give :{0} for this machine, or HOST:PORT")]
    BareNumber(String),
    /// A host with a blank or a slash in it.
    #[error("\"{0}\" is no host name; the path of a Unix socket is written unix:PATH")]
    Host(String),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path.len() {
                0 => Err(AddressError::NoPath),
                length if length > MAX_UNIX_PATH => Err(AddressError::LongPath(length)),
                _ => Ok(Self::Unix(PathBuf::from(path))),
            };
        }
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if let Some(rest) = text.strip_prefix('[') {
            let brackets = || AddressError::Brackets(text.to_owned());
            let (host, rest) = rest.split_once(']').ok_or_else(brackets)?;
            host.parse::<Ipv6Addr>().map_err(|_| brackets())?;
            let port = if rest.is_empty() { BASE_PORT } else { port(rest).ok_or_else(brackets)?? };
            return Ok(Self::tcp(host, port));
        }
        if is_bare_ipv6(text) {
            return Ok(Self::tcp(text, BASE_PORT));
        }
        let (host, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
        if rest.is_empty() && host.bytes().all(|b| b.is_ascii_digit()) {
            return Err(AddressError::BareNumber(text.to_owned()));
        }
        if host.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/') {
            return Err(AddressError::Host(text.to_owned()));
        }
        let port = port(rest).unwrap_or(Ok(BASE_PORT))?;
        Ok(Self::tcp(if host.is_empty() { "127.0.0.1" } else { host }, port))
    }
}

/// An IPv6 address without brackets or port. `::5901` is one too, but whoever writes that means a port; only `::` and
/// `::1` are worth taking for the addresses they are.
fn is_bare_ipv6(text: &str) -> bool {
    let port_like = text.strip_prefix("::").is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()));
    (!port_like || text == "::1") && text.parse::<Ipv6Addr>().is_ok()
}

/// The port that `:N` or `::P` says; `None` when `text` does not begin with a colon.
fn port(text: &str) -> Option<Result<u16, AddressError>> {
    let (digits, displays) = match text.strip_prefix("::") {
        Some(digits) => (digits, false),
        None => (text.strip_prefix(':')?, true),
    };
    // `parse` alone would take "+1".
    let number = if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse::<u16>().ok() } else { None };
    Some(match number {
        Some(number) if displays && number < 100 => Ok(BASE_PORT + number),
        Some(number) => Ok(number),
        None => Err(AddressError::Port(digits.to_owned())),
    })
}

impl Address {
    /// `host` and `port`, taken as they are.
    pub fn tcp(host: &str, port: u16) -> Self {
        Self::Tcp { host: host.to_owned(), port }
    }

    /// The path, when it is a Unix socket.
    pub fn unix_path(&self) -> Option<&Path> {
        match self {
            Self::Tcp { .. } => None,
            Self::Unix(path) => Some(path),
        }
    }

    /// The numbers behind a TCP address; empty for a Unix socket. May ask a name server, so only at start.
    pub fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        match self {
            Self::Unix(_) => Ok(Vec::new()),
            Self::Tcp { host, port } => (host.as_str(), *port).to_socket_addrs().map(Iterator::collect),
        }
    }
}

/// Whether only this machine can be reached through `ip`, an IPv4 address in IPv6's clothes included.
pub fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// Addresses that begin alike: `192.0.2.0/24`, `2001:db8::/32`, or one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// It is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no network, such as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7")]
pub struct NoNetwork;

impl Network {
    /// Whether it is one of them; an IPv4 address in IPv6's clothes is an IPv4 address.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        ip.is_ipv4() == self.first.is_ipv4() && leading(ip, self.bits) == leading(self.first, self.bits)
    }
}

/// The first so many bits of an address.
fn leading(ip: IpAddr, bits: u8) -> u128 {
    let (number, length) = match ip {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)), 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    };
    number.checked_shr(length - u32::from(bits)).unwrap_or(0)
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (ip, bits) = text.split_once('/').map_or((text, None), |(ip, bits)| (ip, Some(bits)));
        let first: IpAddr = ip.parse().map_err(|_| NoNetwork)?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let is_number = |bits: &&str| !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
        let bits = match bits {
            None => most,
            Some(bits) => Some(bits).filter(is_number).and_then(|bits| bits.parse().ok()).ok_or(NoNetwork)?,
        };
        if bits <= most { Ok(Self { first, bits }) } else { Err(NoNetwork) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write_host_port(f, host, *port),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

fn write_host_port(f: &mut fmt::Formatter<'_>, host: &str, port: u16) -> fmt::Result {
    // A port below 100 would be read back as a display.
    let colon = if port < 100 { "::" } else { ":" };
    if host.contains(':') { write!(f, "[{host}]{colon}{port}") } else { write!(f, "{host}{colon}{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Address, AddressError> {
        text.parse()
    }

    #[test]
    fn every_way_of_writing() {
        for (text, host, port) in [
            ("127.0.0.1:5900", "127.0.0.1", 5900),
            ("localhost:5900", "localhost", 5900),
            ("localhost", "localhost", 5900),
            ("192.0.2.7", "192.0.2.7", 5900),
            (":1", "127.0.0.1", 5901),
            (":0", "127.0.0.1", 5900),
            (":99", "127.0.0.1", 5999),
            (":100", "127.0.0.1", 100),
            (":5905", "127.0.0.1", 5905),
            ("::5905", "127.0.0.1", 5905),
            ("::0", "127.0.0.1", 0),
            ("host:2", "host", 5902),
            ("host::22", "host", 22),
            ("host::0", "host", 0),
            ("[::1]:5900", "::1", 5900),
            ("[::]:1", "::", 5901),
            ("[::1]::80", "::1", 80),
            ("[fe80::1]", "fe80::1", 5900),
            ("::", "::", 5900),
            ("::1", "::1", 5900),
            ("2001:db8::7", "2001:db8::7", 5900),
        ] {
            assert_eq!(read(text), Ok(Address::tcp(host, port)), "{text}");
        }
        assert_eq!(read("unix:/run/a b:1"), Ok(Address::Unix("/run/a b:1".into())));
    }

    #[test]
    fn wrong_ones_say_what_would_be_right() {
        assert_eq!(read(""), Err(AddressError::Empty));
        assert_eq!(read("unix:"), Err(AddressError::NoPath));
        assert_eq!(read("5901"), Err(AddressError::BareNumber("5901".into())));
        for text in [":", "h:", "h:x", "h:65536", "h::65536", "h:+1", "h:-1", "h:1:2", "h:::1"] {
            assert!(matches!(read(text), Err(AddressError::Port(_))), "{text}");
        }
        for text in ["[::1", "[::1]5900", "[localhost]:5900", "[]"] {
            assert!(matches!(read(text), Err(AddressError::Brackets(_))), "{text}");
        }
        for text in ["/run/x.sock", "a b:1", "a\n:1"] {
            assert!(matches!(read(text), Err(AddressError::Host(_))), "{text}");
        }
    }

    #[test]
    fn a_unix_path_is_bounded_by_sun_path() {
        let longest = format!("unix:{}", "p".repeat(MAX_UNIX_PATH));
        assert!(read(&longest).is_ok());
        assert_eq!(read(&format!("{longest}p")), Err(AddressError::LongPath(MAX_UNIX_PATH + 1)));
    }

    #[test]
    fn what_is_shown_reads_back() {
        for text in ["127.0.0.1:5900", "[::1]:5901", "host::22", "unix:/run/x", "[::]::0"] {
            let address = read(text).expect(text);
            assert_eq!(address.to_string(), text);
            assert_eq!(read(&address.to_string()), Ok(address));
        }
    }

    #[test]
    fn a_network_has_those_that_begin_alike() {
        for (network, inside, outside) in [
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.0/24", "::ffff:192.0.2.9", "2001:db8::1"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
        ] {
            let contains = |ip: &str| network.parse::<Network>().expect(network).contains(ip.parse().expect(ip));
            assert!(contains(inside) && !contains(outside), "{network}");
        }
        for text in ["", "h", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/+8", "::/129", "192.0.2/24", "/8"] {
            assert_eq!(text.parse::<Network>(), Err(NoNetwork), "{text}");
        }
    }

    #[test]
    fn loopback_in_all_clothes() {
        for (ip, yes) in
            [("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("0.0.0.0", false)]
        {
            assert_eq!(is_loopback(ip.parse().expect("an address")), yes, "{ip}");
        }
    }
}
