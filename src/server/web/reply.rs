//! Answers to requests: a head, and perhaps a body behind it.

use std::fmt::Write;
use std::sync::Arc;

use super::files::Reading;
use crate::net::http::{Method, Refusal, Request, Status};

/// What every answer says: that it is what its type says, that links lead away without a trace, and that other sites'
/// pages may not build it in.
const ALWAYS: &str =
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n";

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// Status line and header lines, without `Connection` and the empty line.
    head: String,
    body: Body,
}

/// What follows a head.
#[derive(Debug)]
pub enum Body {
    /// Nothing.
    Empty,
    /// Bytes in memory.
    Bytes(Arc<[u8]>),
    /// A file that has yet to be read.
    File(Reading),
}

impl Body {
    fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(reading) => reading.len(),
        }
    }
}

impl Reply {
    /// `fields` are whole header lines beside those that every answer has. The body is left out where only the head was
    /// asked for, and that something was there already.
    pub fn new(status: Status, request: Option<&Request<'_>>, fields: &str, body: Body) -> Self {
        let Status(number) = status;
        let mut head = format!("HTTP/1.1 {number} {}\r\n{ALWAYS}{fields}", status.phrase());
        if status == Status::NOT_MODIFIED {
            return Self { head, body: Body::Empty };
        }
        // Writing to a String cannot fail.
        let _ = write!(head, "Content-Length: {}\r\n", body.len());
        let head_only = request.is_some_and(|request| request.method == Method::Head);
        Self { head, body: if head_only { Body::Empty } else { body } }
    }

    /// Why a request is not answered as it wishes, in a line of text.
    pub fn refusal(refusal: &Refusal, request: Option<&Request<'_>>) -> Self {
        let mut fields =
            "Content-Type: text/plain; charset=utf-8\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\
             Cache-Control: no-store\r\n"
                .to_owned();
        fields += match refusal.status {
            Status::METHOD_NOT_ALLOWED => "Allow: GET, HEAD\r\n",
            Status::UPGRADE_REQUIRED => "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
            _ => "",
        };
        Self::new(refusal.status, request, &fields, Body::Bytes(format!("{refusal}\n").into_bytes().into()))
    }

    /// The head, and the body to be sent behind it.
    pub fn into_parts(self, keeps_alive: bool) -> (Vec<u8>, Body) {
        let connection = if keeps_alive { "keep-alive" } else { "close" };
        (format!("{}Connection: {connection}\r\n\r\n", self.head).into_bytes(), self.body)
    }
}

/// The type that a browser is told, by the end of a file's name.
pub fn content_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    TYPES.iter().find(|(its, _)| its.eq_ignore_ascii_case(ending)).map_or("application/octet-stream", |(_, kind)| kind)
}

/// What the page and trees such as noVNC's are made of.
const TYPES: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("gif", "image/gif"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
    ("woff", "font/woff"),
    ("ttf", "font/ttf"),
    ("oga", "audio/ogg"),
    ("mp3", "audio/mpeg"),
    ("wasm", "application/wasm"),
    ("txt", "text/plain; charset=utf-8"),
    ("md", "text/plain; charset=utf-8"),
];
