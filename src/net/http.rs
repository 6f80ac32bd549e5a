//! The head of an HTTP request (RFC 9112), as much of it as a server of a few files needs, and read strictly: what two
//! programs could understand differently is refused, for there may be a proxy between a browser and us.

use std::ops::Range;

/// The longest head, in bytes, the empty line at its end included.
pub const MAX_HEAD: usize = 8 * 1024;
/// Header lines of a request.
pub const MAX_HEADERS: usize = 64;

/// What a request is refused with, and any answer begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u16);

impl Status {
    /// The connection goes on as something else.
    pub const SWITCHING_PROTOCOLS: Self = Self(101);
    /// Here it is.
    pub const OK: Self = Self(200);
    /// The client has it already.
    pub const NOT_MODIFIED: Self = Self(304);
    /// Not HTTP as it should be.
    pub const BAD_REQUEST: Self = Self(400);
    /// It may not be.
    pub const FORBIDDEN: Self = Self(403);
    /// There is nothing.
    pub const NOT_FOUND: Self = Self(404);
    /// Neither GET nor HEAD.
    pub const METHOD_NOT_ALLOWED: Self = Self(405);
    /// It took too long to ask.
    pub const REQUEST_TIMEOUT: Self = Self(408);
    /// A request with a body.
    pub const CONTENT_TOO_LARGE: Self = Self(413);
    /// There a WebSocket is expected.
    pub const UPGRADE_REQUIRED: Self = Self(426);
    /// The head is too long.
    pub const HEADERS_TOO_LARGE: Self = Self(431);
    /// It should be there, and cannot be read.
    pub const INTERNAL_SERVER_ERROR: Self = Self(500);
    /// Not HTTP/1.
    pub const VERSION_NOT_SUPPORTED: Self = Self(505);

    /// The words beside the number.
    pub const fn phrase(self) -> &'static str {
        match self.0 {
            101 => "Switching Protocols",
            200 => "OK",
            304 => "Not Modified",
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            413 => "Content Too Large",
            426 => "Upgrade Required",
            431 => "Request Header Fields Too Large",
            505 => "HTTP Version Not Supported",
            _ => "Internal Server Error",
        }
    }
}

/// Why a request is not answered as it wishes; in one line, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {why}", .status.phrase())]
pub struct Refusal {
    /// The kind of it.
    pub status: Status,
    /// What is wrong, or what would be right.
    pub why: &'static str,
}

/// Refuses.
pub const fn refuse<T>(status: Status, why: &'static str) -> Result<T, Refusal> {
    Err(Refusal { status, why })
}

/// What is wanted of what a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// All of it.
    Get,
    /// All but its content.
    Head,
}

/// A request: it has no body.
#[derive(Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// What is wanted.
    pub method: Method,
    /// Of what: begins with a slash, and ends where a query begins. Not decoded.
    pub path: &'a str,
    /// What follows the `?`, if there is one. It may hold what is not to be logged.
    pub query: Option<&'a str>,
    /// HTTP/1.1 or later, and not 1.0.
    pub is_1_1: bool,
    /// Names as they came, and values without the blanks around them.
    headers: Vec<(&'a str, &'a str)>,
}

impl Request<'_> {
    /// The values of all lines with this name, whose letters' case does not matter.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// The value of the only line with this name; an error when there are several.
    pub fn only(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => refuse(Status::BAD_REQUEST, "a header line that may be there once is there twice"),
            (value, None) => Ok(value),
        }
    }

    /// The members of a list, which may be spread over several lines (RFC 9110 §5.6.1).
    pub fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.all(name)
            .flat_map(|value| value.split(','))
            .map(|one| one.trim_matches(BLANKS))
            .filter(|one| !one.is_empty())
    }

    /// Whether a list has this member, whose letters' case does not matter.
    pub fn lists(&self, name: &str, member: &str) -> bool {
        self.list(name).any(|one| one.eq_ignore_ascii_case(member))
    }

    /// Whether another request may follow on the same connection.
    pub fn keeps_alive(&self) -> bool {
        self.is_1_1 && !self.lists("Connection", "close")
    }

    /// The place that the client wanted: what a browser shows of our address. It is there, once, unless HTTP is 1.0.
    pub fn host(&self) -> Option<&str> {
        self.all("Host").next()
    }
}

/// Blanks in a line.
const BLANKS: [char; 2] = [' ', '\t'];

/// Where a head ends, its empty line included, if it has come; only what lies behind the first `seen` bytes is new.
/// A head that ends its lines with line feeds alone is found too, so that it can be refused at once.
pub fn end_of_head(bytes: &[u8], seen: usize) -> Option<usize> {
    let from = seen.min(bytes.len()).saturating_sub(3);
    let new = &bytes[from..];
    let ends = |end: &[u8]| new.windows(end.len()).position(|window| window == end).map(|at| from + at + end.len());
    [ends(b"\r\n\r\n"), ends(b"\n\n")].into_iter().flatten().min()
}

/// Reads a head, which [`end_of_head`] found the end of.
pub fn read_head(head: &[u8]) -> Result<Request<'_>, Refusal> {
    let text = std::str::from_utf8(head).ok().filter(|text| text.is_ascii());
    let Some(text) = text else { return refuse(Status::BAD_REQUEST, "a head that is not ASCII") };
    let Some(text) = text.strip_suffix("\r\n\r\n") else {
        return refuse(Status::BAD_REQUEST, "lines end with a carriage return and a line feed");
    };
    let mut lines = text.split("\r\n");
    let (method, target, is_1_1) = request_line(lines.next().unwrap_or_default())?;
    let mut headers = Vec::new();
    for line in lines {
        if headers.len() == MAX_HEADERS {
            return refuse(Status::HEADERS_TOO_LARGE, "more than 64 header lines");
        }
        headers.push(header_line(line)?);
    }
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let request = Request { method, path, query, is_1_1, headers };
    check(&request)?;
    Ok(request)
}

/// `GET /path HTTP/1.1` (RFC 9112 §3): method, target, and whether it is 1.1.
fn request_line(line: &str) -> Result<(Method, &str, bool), Refusal> {
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(version), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return refuse(Status::BAD_REQUEST, "not a request line");
    };
    let is_1_1 = match version {
        "HTTP/1.0" => false,
        "HTTP/1.1" => true,
        _ => return refuse(Status::VERSION_NOT_SUPPORTED, "HTTP/1.1 is spoken here"),
    };
    let method = match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        _ => return refuse(Status::METHOD_NOT_ALLOWED, "only GET and HEAD are answered here"),
    };
    // Proxies are sent whole addresses; this is none.
    if !target.starts_with('/') || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse(Status::BAD_REQUEST, "a request is for a path, which begins with a slash");
    }
    Ok((method, target, is_1_1))
}

/// `Name: value` (RFC 9112 §5). A line that goes on with the one before it begins with a blank, and so has no name.
fn header_line(line: &str) -> Result<(&str, &str), Refusal> {
    let named = line.split_once(':').filter(|(name, _)| is_token(name));
    let Some((name, value)) = named else { return refuse(Status::BAD_REQUEST, "a header line without a name") };
    let value = value.trim_matches(BLANKS);
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return refuse(Status::BAD_REQUEST, "a control character in a header line");
    }
    Ok((name, value))
}

/// Whether it is a word of HTTP (RFC 9110 §5.6.2).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn check(request: &Request<'_>) -> Result<(), Refusal> {
    // RFC 9112 §3.2: without it, a client of 1.1 is not one.
    if request.only("Host")?.is_none() && request.is_1_1 {
        return refuse(Status::BAD_REQUEST, "a request without a Host line");
    }
    let has_body = request.all("Transfer-Encoding").next().is_some()
        || request.all("Content-Length").any(|length| length.bytes().any(|digit| digit != b'0') || length.is_empty());
    if has_body {
        return refuse(Status::CONTENT_TOO_LARGE, "a request for a file has no body");
    }
    Ok(())
}

/// The parts of `path` between slashes with percent signs decoded, if it is one that names something below a
/// directory: no empty part but the last, none of `.` and `..`, none hidden, no NUL and no slash in any.
pub fn decode_path(path: &str) -> Option<Vec<String>> {
    let parts: Vec<String> = path.strip_prefix('/')?.split('/').map(decode_part).collect::<Option<_>>()?;
    let (last, before) = parts.split_last()?;
    let good = |part: &String| !part.starts_with('.') && !part.contains(['/', '\0', '\\']);
    (before.iter().all(|part| !part.is_empty() && good(part)) && good(last)).then_some(parts)
}

/// Text with its `%41` decoded; nothing when that is not UTF-8.
fn decode_part(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_first_chunk::<2>()?;
        rest = after;
        let digit = |at: usize| char::from(digits[at]).to_digit(16);
        bytes.push(u8::try_from(digit(0)? << 4 | digit(1)?).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// Where in `host` its port begins, the colon included; its end where there is none. An IPv6 address has brackets.
pub fn port_of(host: &str) -> Range<usize> {
    let after_brackets = host.rfind(']').map_or(0, |at| at + 1);
    let colon = host[after_brackets..].rfind(':').map_or(host.len(), |at| after_brackets + at);
    colon..host.len()
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
