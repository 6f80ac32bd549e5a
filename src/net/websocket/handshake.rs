//! The HTTP request that opens a WebSocket, and the answer to it (RFC 6455 §4.2).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use zeroize::Zeroizing;

use crate::net::http::{Method, Refusal, Request, Status, refuse};

/// The subprotocol that VNC over a WebSocket has had from its beginning: a stream of bytes in binary messages.
pub const SUBPROTOCOL: &str = "binary";
/// What a subprotocol begins with that is no subprotocol but carries a token: a browser lets a page set no other header.
pub const TOKEN_PREFIX: &str = "vncterm.token.";
/// The only version there is (RFC 6455 §4.1).
const VERSION: &str = "13";
/// What is hashed with the client's key (RFC 6455 §1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Bytes of a key, decoded.
const KEY_BYTES: usize = 16;

/// What a client gives instead of a password, whatever it is. It is never shown, and its memory is overwritten.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// The token itself, without what it was carried in.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Token {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({} bytes)", self.0.len())
    }
}

/// A request that may become a WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The head of the answer, whole.
    pub answer: String,
    /// The token that came with it.
    pub token: Option<Token>,
}

/// Whether a request wants another protocol on its connection.
pub fn is_upgrade(request: &Request<'_>) -> bool {
    request.lists("Upgrade", "websocket")
}

/// Judges a request for a WebSocket, and makes the answer.
pub fn accept(request: &Request<'_>) -> Result<Upgrade, Refusal> {
    if !is_upgrade(request) {
        return refuse(Status::UPGRADE_REQUIRED, "a WebSocket is spoken here");
    }
    if request.method != Method::Get || !request.is_1_1 || !request.lists("Connection", "upgrade") {
        return refuse(Status::BAD_REQUEST, "a WebSocket begins with GET, HTTP/1.1 and Connection: Upgrade");
    }
    if request.only("Sec-WebSocket-Version")? != Some(VERSION) {
        return refuse(Status::UPGRADE_REQUIRED, "version 13 of WebSocket is spoken here");
    }
    let key = request.only("Sec-WebSocket-Key")?.unwrap_or_default();
    if !STANDARD.decode(key).is_ok_and(|key| key.len() == KEY_BYTES) {
        return refuse(Status::BAD_REQUEST, "Sec-WebSocket-Key is 16 bytes in base64");
    }
    let mut tokens = request.list("Sec-WebSocket-Protocol").filter_map(|one| one.strip_prefix(TOKEN_PREFIX));
    let (token, second) = (tokens.next(), tokens.next());
    if second.is_some() || token == Some("") {
        return refuse(Status::BAD_REQUEST, "one token, and not an empty one");
    }
    Ok(Upgrade { answer: answer(key, chosen(request)), token: token.map(Token::from) })
}

/// The subprotocol that is spoken, if the client has named it.
fn chosen<'a>(request: &'a Request<'_>) -> Option<&'a str> {
    request.list("Sec-WebSocket-Protocol").find(|one| *one == SUBPROTOCOL)
}

fn answer(key: &str, subprotocol: Option<&str>) -> String {
    let Status(status) = Status::SWITCHING_PROTOCOLS;
    let phrase = Status::SWITCHING_PROTOCOLS.phrase();
    let accept = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes()));
    let subprotocol = subprotocol.map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n")).unwrap_or_default();
    format!(
        "HTTP/1.1 {status} {phrase}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{subprotocol}\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::http::read_head;

    const SAMPLE: &str = "GET /websockify HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

    fn judged(head: &str) -> Result<Upgrade, Refusal> {
        accept(&read_head(format!("{head}\r\n").as_bytes())?)
    }

    fn status(head: &str) -> u16 {
        judged(head).expect_err(head).status.0
    }

    /// RFC 6455 §1.3.
    #[test]
    fn the_standards_own_example() {
        let upgrade = judged(SAMPLE).expect("good");
        assert!(upgrade.answer.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
        assert!(
            upgrade.answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n") && upgrade.answer.ends_with("\r\n\r\n")
        );
        assert!(!upgrade.answer.contains("Protocol:") && upgrade.token.is_none());
    }

    #[test]
    fn browsers_say_things_in_many_ways() {
        // Firefox, and lists over two lines.
        let firefox = SAMPLE.replace("Connection: Upgrade", "Connection: keep-alive, Upgrade");
        judged(&firefox).expect("good");
        judged(
            &SAMPLE
                .to_lowercase()
                .replace("get", "GET")
                .replace("http/1.1", "HTTP/1.1")
                .replace("dghlihnhbxbszsbub25jzq==", "dGhlIHNhbXBsZSBub25jZQ=="),
        )
        .expect("case does not matter");
        let both = format!("{SAMPLE}Sec-WebSocket-Protocol: base64\r\nSec-WebSocket-Protocol: binary, chat\r\n");
        assert!(judged(&both).expect("good").answer.contains("\r\nSec-WebSocket-Protocol: binary\r\n"));
        let other = format!("{SAMPLE}Sec-WebSocket-Protocol: base64\r\n");
        assert!(!judged(&other).expect("good").answer.contains("Protocol:"), "none that was not named");
    }

    #[test]
    fn a_token_is_no_subprotocol_and_is_not_shown() {
        let upgrade =
            judged(&format!("{SAMPLE}Sec-WebSocket-Protocol: vncterm.token.s3cret, binary\r\n")).expect("good");
        assert_eq!(upgrade.token.as_ref().map(Token::reveal), Some("s3cret"));
        assert!(upgrade.answer.contains("\r\nSec-WebSocket-Protocol: binary\r\n"));
        assert!(!format!("{upgrade:?}").contains("s3cret"), "{upgrade:?}");
        let alone = judged(&format!("{SAMPLE}Sec-WebSocket-Protocol: vncterm.token.s3cret\r\n")).expect("good");
        assert!(!alone.answer.contains("s3cret"));
        assert_eq!(status(&format!("{SAMPLE}Sec-WebSocket-Protocol: vncterm.token.a, vncterm.token.b\r\n")), 400);
        assert_eq!(status(&format!("{SAMPLE}Sec-WebSocket-Protocol: vncterm.token.\r\n")), 400);
    }

    #[test]
    fn what_is_no_handshake_is_refused() {
        for (wrong, right, expected) in [
            ("Upgrade: h2c", "Upgrade: websocket", 426),
            ("Connection: close", "Connection: Upgrade", 400),
            ("HEAD ", "GET ", 400),
            ("HTTP/1.0", "HTTP/1.1", 400),
            ("Version: 8", "Version: 13", 426),
            ("Key: dGhlIHNhbXBsZSBub25j", "Key: dGhlIHNhbXBsZSBub25jZQ==", 400),
            ("Key: not base64", "Key: dGhlIHNhbXBsZSBub25jZQ==", 400),
            (
                "Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Key: dGhlIHNhbXBsZSBub25jZQ==",
                400,
            ),
        ] {
            assert!(SAMPLE.contains(right), "{right}");
            assert_eq!(status(&SAMPLE.replace(right, wrong)), expected, "{wrong}");
        }
    }
}
