//! A request's head: no head is an accident, and wherever it is cut while it comes, its end is found and is the same.

use vncterm::net::http::{MAX_HEADERS, decode_path, end_of_head, read_head};
use vncterm::net::origin::Origins;
use vncterm::net::websocket::handshake;

use super::Target;

pub const TARGET: Target = Target { name: "http_head", run, seeds, words: WORDS, max_len: 2_048 };

const WORDS: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\n",
    b"HEAD /a%2fb?c HTTP/1.0\r\n",
    b"Host: 127.0.0.1:5900\r\n",
    b"Origin: http://127.0.0.1:5900\r\n",
    b"Origin: https://[::1]:1\r\n",
    b"Upgrade: websocket\r\n",
    b"Connection: Upgrade\r\n",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    b"Sec-WebSocket-Version: 13\r\n",
    b"Sec-WebSocket-Protocol: binary, vncterm.token.x\r\n",
    b"Content-Length: 0\r\n",
    b"\r\n\r\n",
    b"%00",
    b"/../",
];

fn seeds() -> Vec<Vec<u8>> {
    vec![[WORDS[0], &WORDS[2..4].concat(), &WORDS[5..10].concat(), b"\r\n"].concat(), [WORDS[1], b"\r\n"].concat()]
}

/// The first byte says in which pieces the rest comes.
fn run(input: &[u8]) {
    let Some((&cut, bytes)) = input.split_first() else { return };
    let end = end_of_head(bytes, 0);
    let mut seen = 0;
    let found = loop {
        let come = (seen + usize::from(cut).max(1)).min(bytes.len());
        match end_of_head(&bytes[..come], seen) {
            None if come < bytes.len() => seen = come,
            found => break found,
        }
    };
    assert_eq!(found, end, "in pieces of {cut}");
    let Some(head) = end.map(|end| &bytes[..end]) else { return };
    let Ok(request) = read_head(head) else { return };
    assert!(request.path.starts_with('/') && !request.path.contains(['?', ' ']));
    assert!(request.all("host").count() <= 1 && request.list("connection").count() <= head.len());
    assert!(head.iter().filter(|byte| **byte == b'\n').count() <= MAX_HEADERS + 2);
    if let Some(parts) = decode_path(request.path) {
        assert!(parts.iter().all(|part| !part.starts_with('.') && !part.contains(['/', '\0'])));
    }
    for guards_names in [false, true] {
        let origins = Origins::new(Vec::new(), guards_names);
        // Whoever is at home where names are not trusted is so where they are.
        let judged = origins.judge(&request, false).is_ok();
        assert!(!judged || !guards_names || Origins::new(Vec::new(), false).judge(&request, false).is_ok());
        // And whoever is at home within TLS is so without.
        assert!(judged || origins.judge(&request, true).is_err());
    }
    if let Ok(upgrade) = handshake::accept(&request) {
        assert!(upgrade.answer.starts_with("HTTP/1.1 101 ") && upgrade.answer.ends_with("\r\n\r\n"));
        assert_eq!(upgrade.answer.matches("\r\n\r\n").count(), 1, "nothing of the client's ends it");
    }
}
