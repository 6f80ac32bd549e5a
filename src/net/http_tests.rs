//! Heads that are requests, and those that are none.

use super::*;

fn read(text: &str) -> Result<Request<'_>, Refusal> {
    read_head(text.as_bytes())
}

fn status(text: &str) -> u16 {
    read(text).expect_err(text).status.0
}

#[test]
fn a_browsers_request_is_understood() {
    let request = read(
        "GET /a/b?token=x HTTP/1.1\r\nHost: x:1\r\nAccept:*/*\r\nX-Empty:\r\nConnection:  keep-alive ,\tUpgrade \r\nconnection: more\r\n\r\n",
    )
    .expect("good");
    assert_eq!((request.method, request.path, request.query), (Method::Get, "/a/b", Some("token=x")));
    assert!(request.is_1_1 && request.keeps_alive());
    assert_eq!(
        (request.host(), request.only("x-empty"), request.only("accept")),
        (Some("x:1"), Ok(Some("")), Ok(Some("*/*")))
    );
    assert_eq!(request.list("Connection").collect::<Vec<_>>(), ["keep-alive", "Upgrade", "more"]);
    assert!(request.lists("connection", "upgrade") && !request.lists("Connection", "keep"));
    assert_eq!(request.only("Connection").expect_err("two").status, Status::BAD_REQUEST);
    assert!(!read("GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n").expect("good").keeps_alive());
    let old = read("HEAD / HTTP/1.0\r\n\r\n").expect("good");
    assert_eq!((old.method, old.keeps_alive(), old.host()), (Method::Head, false, None));
}

#[test]
fn what_two_programs_could_read_differently_is_refused() {
    for (head, expected) in [
        ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
        ("GET /\r\n\r\n", 400),
        (" GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /\t HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\ny: z\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\ry: z\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: ä\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: x\n\n", 400),
        ("get / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("GET / http/1.1\r\nHost: x\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 413),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n", 413),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", 413),
    ] {
        assert_eq!(status(head), expected, "{head:?}");
    }
    read("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").expect("no body");
}

#[test]
fn the_end_is_found_however_it_comes() {
    let bytes = b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET";
    let end = bytes.len() - 3;
    for seen in 0..end {
        assert_eq!(end_of_head(&bytes[..seen], 0), None);
        assert_eq!(end_of_head(bytes, seen), Some(end), "{seen} were there");
    }
    assert_eq!(end_of_head(b"GET / HTTP/1.1\n\nx", 0), Some(16));
}

#[test]
fn paths_name_what_lies_below() {
    let parts = |path: &str| decode_path(path).map(|parts| parts.join("|"));
    for (path, expected) in [
        ("/", ""),
        ("/a", "a"),
        ("/a/b.c", "a|b.c"),
        ("/a/", "a|"),
        ("/a%20b/%C3%A4", "a b|ä"),
        ("/a..b/c.", "a..b|c."),
    ] {
        assert_eq!(parts(path).as_deref(), Some(expected), "{path}");
    }
    for path in [
        "",
        "a",
        "//",
        "/a//b",
        "/.",
        "/..",
        "/a/../b",
        "/.a",
        "/%2e",
        "/%2E%2e/a",
        "/a%2fb",
        "/a%00",
        "/a\\b",
        "/%",
        "/%a",
        "/%g0",
        "/%ff",
    ] {
        assert_eq!(parts(path), None, "{path}");
    }
}

#[test]
fn ports_are_told_from_addresses() {
    for (host, expected) in [("x", ""), ("x:1", ":1"), ("[::1]", ""), ("[::1]:80", ":80"), ("", ""), ("x:", ":")] {
        assert_eq!(&host[port_of(host)], expected, "{host}");
    }
}
