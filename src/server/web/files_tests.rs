//! Only what lies in the directory, whatever a path or a link says.

use std::path::PathBuf;

use super::*;
use crate::net::http::read_head;

struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("vncterm-files-{}-{name}", std::process::id()));
        std::fs::create_dir_all(path.join("root/core/empty")).expect("a scratch directory");
        let tree = Self(path);
        tree.write("secret", b"secret");
        tree.write("root/vnc.html", b"<p>noVNC</p>");
        tree.write("root/core/rfb.js", b"export {}");
        tree.write("root/core/a b.json", b"{}");
        tree.write("root/.hidden", b"hidden");
        tree
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.join(name), bytes).expect("writes");
    }

    fn link(&self, to: &str, name: &str) {
        std::os::unix::fs::symlink(to, self.0.join(name)).expect("links");
    }

    fn root(&self) -> Root {
        Root::open(&self.0.join("root"), &Origins::default()).expect("opens")
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn asked(root: &Root, path: &str, fields: &str) -> Result<(String, Vec<u8>), u16> {
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
    let reply = root.find(&read_head(head.as_bytes()).expect(&head)).await;
    let (head, body) = reply.map_err(|refusal| refusal.status.0)?.into_parts(true);
    let mut bytes = Vec::new();
    if let Body::File(mut reading) = body {
        while !reading.is_empty() {
            let (rest, chunk) = reading.next().await.expect("reads");
            assert!(chunk.len() <= CHUNK);
            reading = rest;
            bytes.extend(chunk);
        }
    }
    Ok((String::from_utf8(head).expect("text"), bytes))
}

#[tokio::test]
async fn files_are_sent_with_their_types() {
    let tree = Tree::new("types");
    let root = tree.root();
    for (path, kind, bytes) in [
        ("/", "text/html; charset=utf-8", &b"<p>noVNC</p>"[..]),
        ("/vnc.html", "text/html; charset=utf-8", b"<p>noVNC</p>"),
        ("/vnc.html?autoconnect=1", "text/html; charset=utf-8", b"<p>noVNC</p>"),
        ("/core/rfb.js", "text/javascript; charset=utf-8", b"export {}"),
        ("/core/a%20b.json", "application/json", b"{}"),
    ] {
        let (head, body) = asked(&root, path, "").await.expect(path);
        assert!(head.contains(&format!("\r\nContent-Type: {kind}\r\n")) && body == bytes, "{path}: {head}");
        assert!(head.contains("nosniff") && head.contains("frame-ancestors 'self'\r\n"), "{head}");
        let tag = head.split("ETag: ").nth(1).and_then(|rest| rest.split("\r\n").next()).expect("a tag");
        let (again, _) = asked(&root, path, &format!("If-None-Match: {tag}\r\n")).await.expect(path);
        assert!(again.starts_with("HTTP/1.1 304 "), "{again}");
    }
    tree.write("root/index.html", b"first");
    assert_eq!(asked(&root, "/", "").await.expect("there").1, b"first");
}

#[tokio::test]
async fn nothing_else_is_there() {
    let tree = Tree::new("nothing");
    tree.link("../secret", "root/out");
    tree.link("/etc", "root/etc");
    tree.link(".", "root/core/here");
    tree.link("../core", "root/core/around");
    let root = tree.root();
    for path in [
        "/../secret",
        "/core/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/%2e%2e%2fsecret",
        "/core/%2e%2e/vnc.html",
        "//etc/passwd",
        "/core//rfb.js",
        "/out",
        "/etc/passwd",
        "/.hidden",
        "/core",
        "/core/",
        "/core/empty/",
        "/vnc.html/",
        "/nothing",
        "/vnc.html%00",
        "/%ff",
        "/%",
        "/%4",
        "/%zz",
        "/core\\rfb.js",
    ] {
        assert_eq!(asked(&root, path, "").await.err(), Some(404), "{path}");
    }
    let below = asked(&root, "/core/around/rfb.js", "").await.expect("a link that stays below").1;
    assert_eq!(below, b"export {}");
    // Without the kernel's help no link is followed, and the rest is the same.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let step = |path: &str| open_step_by_step(&root.directory, path, flags).is_ok();
    assert!(step("core/rfb.js") && step("vnc.html"));
    assert!(!step("out") && !step("etc/passwd") && !step("core/around/rfb.js") && !step("nothing/x"));
}

#[tokio::test]
async fn what_is_no_file_is_not_opened_for_long() {
    let tree = Tree::new("fifo");
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, tree.0.join("root/fifo"), rustix::fs::FileType::Fifo, mode, 0)
        .expect("a FIFO");
    assert_eq!(asked(&tree.root(), "/fifo", "").await.err(), Some(404));
}

#[tokio::test]
async fn a_file_has_a_largest_size_and_is_never_whole_in_memory() {
    let tree = Tree::new("large");
    let large = File::create(tree.0.join("root/large.bin")).expect("creates");
    large.set_len(MAX_FILE).expect("a hole");
    let (head, body) = asked(&tree.root(), "/large.bin", "").await.expect("just small enough");
    assert!(head.contains(&format!("Content-Length: {MAX_FILE}\r\n")) && body.len() as u64 == MAX_FILE);
    large.set_len(MAX_FILE + 1).expect("a hole");
    assert_eq!(asked(&tree.root(), "/large.bin", "").await.err(), Some(403));
}

#[tokio::test]
async fn a_file_that_becomes_shorter_is_an_error() {
    let tree = Tree::new("shorter");
    let root = tree.root();
    let head = read_head(b"GET /vnc.html HTTP/1.1\r\nHost: x\r\n\r\n").expect("good");
    let (_, body) = root.find(&head).await.expect("there").into_parts(true);
    tree.write("root/vnc.html", b"short");
    let Body::File(reading) = body else { panic!("no file") };
    assert_eq!(reading.next().await.expect_err("shorter").kind(), io::ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn the_directory_stays_the_same_whatever_becomes_of_its_name() {
    let tree = Tree::new("renamed");
    let root = tree.root();
    std::fs::rename(tree.0.join("root"), tree.0.join("moved")).expect("renames");
    assert_eq!(asked(&root, "/core/rfb.js", "").await.expect("there").1, b"export {}");
    assert!(Root::open(&tree.0.join("root"), &Origins::default()).is_err());
    assert!(Root::open(&tree.0.join("secret"), &Origins::default()).is_err(), "not a directory");
}
