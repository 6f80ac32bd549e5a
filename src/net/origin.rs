//! Which pages may open a WebSocket here, and have our page in a frame.
//!
//! A browser lets any page connect to any address, with the page's origin in the request: it is the server that has to
//! look (RFC 6455 §10.2). Who is no browser sends none, and can claim any.

use std::str::FromStr;

use super::http::{Refusal, Request, Status, port_of, refuse};

/// A host whose pages may do what our own may (`--allow-origin`): `HOST`, with any scheme and port, or `HOST:PORT`, or an
/// origin as browsers write it, `https://panel.example`, and nothing else then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOrigin {
    scheme: Option<String>,
    /// In small letters, IPv6 in brackets.
    host: String,
    /// `None`: with a scheme, that scheme's; else any.
    port: Option<u16>,
}

/// What is wrong with such a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not HOST, HOST:PORT or an origin such as https://panel.example")]
pub struct OriginError;

impl FromStr for AllowedOrigin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let text = text.to_ascii_lowercase();
        let (scheme, place) = match text.split_once("://") {
            Some((scheme, place)) => (Some(scheme.to_owned()), place),
            None => (None, text.as_str()),
        };
        let (host, port) = split(place).ok_or(OriginError)?;
        match scheme.as_deref() {
            None | Some("http" | "https") => Ok(Self { scheme, host: host.to_owned(), port }),
            Some(_) => Err(OriginError),
        }
    }
}

impl AllowedOrigin {
    fn admits(&self, origin: &Origin<'_>) -> bool {
        let port = match &self.scheme {
            Some(scheme) => scheme == origin.scheme && self.port.or(default_port(scheme)) == origin.port,
            None => self.port.is_none_or(|port| Some(port) == origin.port),
        };
        port && self.host.eq_ignore_ascii_case(origin.host)
    }

    /// As `frame-ancestors` of a Content-Security-Policy names it.
    fn source(&self) -> String {
        let scheme = self.scheme.as_ref().map(|scheme| format!("{scheme}://")).unwrap_or_default();
        // Without a scheme and a port, a browser would take our own ones.
        let port = match (self.port, &self.scheme) {
            (Some(port), _) => format!(":{port}"),
            (None, Some(_)) => String::new(),
            (None, None) => ":*".to_owned(),
        };
        let with = |scheme: &str| format!("{scheme}{}{port}", self.host);
        if self.scheme.is_some() { with(&scheme) } else { format!("{} {}", with("http://"), with("https://")) }
    }
}

/// Who may come from which page.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    allowed: Vec<AllowedOrigin>,
    guards_names: bool,
}

/// An origin as browsers send it (RFC 6454 §6.2).
struct Origin<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<u16>,
}

impl Origins {
    /// Our own pages, and those of `allowed` hosts.
    ///
    /// `guards_names`: whoever reaches the server needs no password. Then our own pages are only those at a number or at
    /// `localhost`: any other name could be made to lead here by whoever owns it, and its page would be at home
    /// ("DNS rebinding").
    pub fn new(allowed: Vec<AllowedOrigin>, guards_names: bool) -> Self {
        Self { allowed, guards_names }
    }

    /// Judges a request that may have come from a page, within TLS or not.
    ///
    /// A page of our own that comes within TLS was sent so: at `http://` of the same host there could be anybody's who is
    /// on the way. In clear both may be ours, for a proxy may have ended TLS.
    pub fn judge(&self, request: &Request<'_>, tls: bool) -> Result<(), Refusal> {
        let Some(text) = request.only("Origin")? else { return Ok(()) };
        let Some(origin) = read(text) else {
            return refuse(Status::FORBIDDEN, "pages that have no host may not connect");
        };
        if self.allowed.iter().any(|allowed| allowed.admits(&origin)) {
            return Ok(());
        }
        let own = request.host().and_then(split).is_some_and(|(host, port)| {
            host.eq_ignore_ascii_case(origin.host)
                && port.or(default_port(origin.scheme)) == origin.port
                && (!tls || origin.scheme == "https")
        });
        if !own {
            return refuse(
                Status::FORBIDDEN,
                "pages of that host may not connect; --allow-origin HOST would let them, or a proxy that passes the Host line on",
            );
        }
        if self.guards_names && !is_number_or_localhost(origin.host) {
            return refuse(
                Status::FORBIDDEN,
                "there is no password, and then pages at a name may connect only with --allow-origin NAME",
            );
        }
        Ok(())
    }

    /// `frame-ancestors` of a Content-Security-Policy: who may have our page in a frame is who may connect.
    pub fn frame_ancestors(&self) -> String {
        let mut text = "frame-ancestors 'self'".to_owned();
        for allowed in &self.allowed {
            text.push(' ');
            text += &allowed.source();
        }
        text
    }
}

fn read(origin: &str) -> Option<Origin<'_>> {
    let (scheme, place) = origin.split_once("://")?;
    let default = default_port(scheme)?;
    let (host, port) = split(place)?;
    Some(Origin { scheme, host, port: port.or(Some(default)) })
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// Host and port, if `text` is that and nothing more.
fn split(text: &str) -> Option<(&str, Option<u16>)> {
    let port = port_of(text);
    let host = &text[..port.start];
    let inner = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|inner| inner.contains(':'))?,
        None => host,
    };
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte) || (byte == b':' && inner != host);
    if inner.is_empty() || !inner.bytes().all(good) {
        return None;
    }
    let digits = text.get(port.start + 1..).unwrap_or_default();
    match text.len() - port.start {
        0 => Some((host, None)),
        _ if digits.bytes().all(|digit| digit.is_ascii_digit()) => Some((host, Some(digits.parse().ok()?))),
        _ => None,
    }
}

fn is_number_or_localhost(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let local =
        |host: &str| host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    bare.parse::<std::net::IpAddr>().is_ok() || local(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::http::read_head;

    fn judged(origins: &Origins, host: &str, origin: &str) -> bool {
        judged_in(origins, host, origin, false)
    }

    fn judged_in(origins: &Origins, host: &str, origin: &str, tls: bool) -> bool {
        let head = format!("GET /websockify HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n\r\n");
        origins.judge(&read_head(head.as_bytes()).expect(&head), tls).is_ok()
    }

    #[test]
    fn within_tls_our_own_page_came_within_tls() {
        for (host, origin, allowed, yes) in [
            ("db1.example:5900", "https://db1.example:5900", &[][..], true),
            ("db1.example:5900", "http://db1.example:5900", &[], false),
            ("db1.example", "https://db1.example", &[], true),
            ("db1.example", "http://db1.example", &[], false),
            ("db1.example:5900", "http://db1.example:5900", &["http://db1.example:5900"], true),
            ("db1.example:5900", "http://panel.example", &["panel.example"], true),
        ] {
            assert_eq!(judged_in(&allowing(allowed), host, origin, true), yes, "{origin} at {host}");
            assert!(judged_in(&allowing(allowed), host, origin, false), "a proxy's, which ended TLS");
        }
    }

    fn allowing(hosts: &[&str]) -> Origins {
        Origins::new(hosts.iter().map(|host| host.parse().expect(host)).collect(), false)
    }

    #[test]
    fn who_is_no_page_may_connect() {
        let head = read_head(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("good");
        assert_eq!(Origins::new(Vec::new(), true).judge(&head, true), Ok(()));
        let twice =
            read_head(b"GET / HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nOrigin: http://x\r\n\r\n").expect("good");
        assert_eq!(allowing(&[]).judge(&twice, false).expect_err("two").status, Status::BAD_REQUEST);
    }

    #[test]
    fn our_own_page_may_and_others_may_not() {
        for (host, origin, yes) in [
            ("127.0.0.1:5900", "http://127.0.0.1:5900", true),
            ("Console.example", "https://console.EXAMPLE", true),
            ("console.example:443", "https://console.example", true),
            ("console.example", "http://console.example:80", true),
            ("[::1]:5900", "http://[::1]:5900", true),
            ("127.0.0.1:5900", "http://127.0.0.1:8080", false),
            ("127.0.0.1:5900", "http://localhost:5900", false),
            ("127.0.0.1:5900", "http://evil.example", false),
            ("console.example", "https://console.example:8443", false),
            ("127.0.0.1:5900", "null", false),
            ("127.0.0.1:5900", "file://", false),
            ("127.0.0.1:5900", "chrome-extension://127.0.0.1:5900", false),
            ("127.0.0.1:5900", "http://127.0.0.1:5900.evil.example", false),
            ("127.0.0.1:5900", "http://127.0.0.1:5900@evil.example", false),
            ("127.0.0.1:5900", "http://127.0.0.1:05900x", false),
            ("", "http://", false),
        ] {
            assert_eq!(judged(&allowing(&[]), host, origin), yes, "{origin} at {host}");
        }
    }

    #[test]
    fn hosts_may_be_allowed() {
        for (allowed, origin, yes) in [
            ("panel.example", "https://panel.example", true),
            ("panel.example", "http://PANEL.example:8080", true),
            ("panel.example", "https://sub.panel.example", false),
            ("panel.example:8443", "https://panel.example:8443", true),
            ("panel.example:8443", "https://panel.example", false),
            ("https://panel.example", "https://panel.example", true),
            ("https://panel.example", "http://panel.example", false),
            ("https://panel.example", "https://panel.example:8443", false),
            ("http://[2001:db8::1]:80", "http://[2001:db8::1]", true),
        ] {
            assert_eq!(judged(&allowing(&[allowed]), "127.0.0.1:5900", origin), yes, "{origin} where {allowed} may");
        }
        for wrong in ["", ":80", "a b", "ftp://x", "x/y", "http://", "https://x/", "x:y", "x:99999", "::1", "[x]", "*"]
        {
            assert_eq!(wrong.parse::<AllowedOrigin>(), Err(OriginError), "{wrong}");
        }
    }

    #[test]
    fn without_a_password_a_name_is_not_enough() {
        let guarded = Origins::new(vec!["known.example".parse().expect("a host")], true);
        for (place, yes) in [
            ("127.0.0.1:5900", true),
            ("192.0.2.1:5900", true),
            ("[::1]:5900", true),
            ("localhost:5900", true),
            ("vm1.localhost:5900", true),
            ("rebound.example:5900", false),
            ("localhost.example:5900", false),
            ("known.example:5900", true),
        ] {
            assert_eq!(judged(&guarded, place, &format!("http://{place}")), yes, "{place}");
            assert!(judged(&allowing(&[]), place, &format!("http://{place}")), "{place}");
        }
    }

    #[test]
    fn who_may_connect_may_frame() {
        assert_eq!(allowing(&[]).frame_ancestors(), "frame-ancestors 'self'");
        assert_eq!(
            allowing(&["panel.example", "https://other.example", "x:81"]).frame_ancestors(),
            "frame-ancestors 'self' http://panel.example:* https://panel.example:* https://other.example http://x:81 https://x:81"
        );
    }
}
