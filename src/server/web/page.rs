//! The page that is compiled in: a table of files, found by their exact paths, packed once at start.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use flate2::write::GzEncoder;
use flate2::{Compression, Crc};

use super::reply::{Body, Reply, content_type};
use crate::net::http::{Refusal, Request, Status, refuse};
use crate::net::origin::Origins;

/// Every file of assets/ but what explains them, and where it is found. `index.html` is at `/` too.
macro_rules! page {
    ($($file:literal)*) => {
        &[$(($file, include_bytes!(concat!("../../../assets/", $file)))),*]
    };
}

/// The page's files, by their names below assets/.
pub const PAGE: &[(&str, &[u8])] = page! {
    "icon.svg"
    "icons.svg"
    "index.html"
    "page/clipboard.js"
    "page/connection.js"
    "page/dom.js"
    "page/keyboard.js"
    "page/keypanel.js"
    "page/keysyms.js"
    "page/main.js"
    "page/mirror.js"
    "page/panels.js"
    "page/people.js"
    "page/pointer.js"
    "page/screen.js"
    "page/settings.js"
    "page/sound.js"
    "page/status.js"
    "page/text.js"
    "rfb/console.js"
    "rfb/cuttext.js"
    "rfb/des.js"
    "rfb/handshake.js"
    "rfb/ids.js"
    "rfb/inflate.js"
    "rfb/picture.js"
    "rfb/session.js"
    "rfb/stream.js"
    "rfb/tight.js"
    "style.css"
};

/// The page lives from what it came with: scripts, styles and icons of its own, and its own server. It stands with what a
/// browser shows as a document; with a script or a style it would do nothing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'";

/// The page, ready to be sent.
#[derive(Debug)]
pub struct Page(HashMap<String, Asset>);

#[derive(Debug)]
struct Asset {
    /// Header lines of an answer with it.
    fields: String,
    tag: String,
    plain: Arc<[u8]>,
    packed: Arc<[u8]>,
}

impl Page {
    /// Packs all of [`PAGE`]; takes a few milliseconds.
    pub fn new(origins: &Origins) -> Self {
        let policy = format!("{POLICY}; {}", origins.frame_ancestors());
        let mut assets = HashMap::new();
        for (name, bytes) in PAGE {
            let path = if *name == "index.html" { "/".to_owned() } else { format!("/{name}") };
            assets.insert(path, Asset::new(name, bytes, &policy));
        }
        Self(assets)
    }

    /// The file that a request names.
    pub fn find(&self, request: &Request<'_>) -> Result<Reply, Refusal> {
        let path = if request.path == "/index.html" { "/" } else { request.path };
        match self.0.get(path) {
            Some(asset) => Ok(asset.reply(request)),
            None => refuse(Status::NOT_FOUND, "there is no such file"),
        }
    }
}

impl Asset {
    fn new(name: &str, bytes: &[u8], policy: &str) -> Self {
        let mut crc = Crc::new();
        crc.update(bytes);
        // The same for both forms: it is weak, for they are the same to who reads them.
        let tag = format!("W/\"{:08x}{:x}\"", crc.sum(), bytes.len());
        let is_document = name.ends_with(".html") || name.ends_with(".svg");
        let policy = if is_document { format!("Content-Security-Policy: {policy}\r\n") } else { String::new() };
        // A newer program has a newer page: it is asked each time, and most often says that nothing is new.
        let fields = format!(
            "Content-Type: {}\r\n{policy}ETag: {tag}\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\n",
            content_type(name)
        );
        Self { fields, tag, plain: bytes.into(), packed: pack(bytes).into() }
    }

    fn reply(&self, request: &Request<'_>) -> Reply {
        let has_it = request.list("If-None-Match").any(|tag| tag == self.tag || tag == "*");
        if has_it {
            return Reply::new(Status::NOT_MODIFIED, Some(request), &self.fields, Body::Empty);
        }
        if !takes_gzip(request) || self.packed.len() >= self.plain.len() {
            return Reply::new(Status::OK, Some(request), &self.fields, Body::Bytes(Arc::clone(&self.plain)));
        }
        let fields = format!("{}Content-Encoding: gzip\r\n", self.fields);
        Reply::new(Status::OK, Some(request), &fields, Body::Bytes(Arc::clone(&self.packed)))
    }
}

/// Whether the client says that it unpacks (RFC 9110 §12.5.3); a weight of nothing says that it does not.
fn takes_gzip(request: &Request<'_>) -> bool {
    request.list("Accept-Encoding").any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let never = weight.trim().strip_prefix("q=").is_some_and(|q| q.bytes().all(|byte| b"0.".contains(&byte)));
        name.trim().eq_ignore_ascii_case("gzip") && !never
    })
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    // Memory takes everything.
    let packed = packer.write_all(bytes).and_then(|()| packer.finish());
    packed.unwrap_or_else(|_| bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::net::http::read_head;
    use crate::net::origin::Origins;

    fn asked(path: &str, fields: &str) -> Result<(String, Vec<u8>), u16> {
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
        let reply = Page::new(&Origins::default()).find(&read_head(head.as_bytes()).expect(&head));
        let (head, body) = reply.map_err(|refusal| refusal.status.0)?.into_parts(true);
        let body = if let Body::Bytes(bytes) = body { bytes.to_vec() } else { Vec::new() };
        Ok((String::from_utf8(head).expect("text"), body))
    }

    /// A file that is not in the table is not served: add it to `PAGE`.
    #[test]
    fn every_file_of_assets_is_in_the_table() {
        let assets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let (mut found, mut folders) = (Vec::new(), vec![assets.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("assets is read").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending != "md") {
                    found.push(path.strip_prefix(&assets).expect("below it").display().to_string());
                }
            }
        }
        let mut listed: Vec<&str> = PAGE.iter().map(|(name, _)| *name).collect();
        found.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, found);
    }

    #[test]
    fn files_are_found_by_their_exact_paths() {
        for (name, bytes) in PAGE {
            let (head, body) = asked(&format!("/{name}"), "").expect(name);
            assert!(
                body == *bytes && head.contains(&format!("\r\nContent-Type: {}\r\n", content_type(name))),
                "{name}"
            );
            assert_ne!(content_type(name), "application/octet-stream", "{name}");
        }
        assert_eq!(asked("/", "").expect("there").1, asked("/index.html", "").expect("there").1);
        for wrong in ["/index", "/index.html/", "//", "/./", "/../index.html", "/%69ndex.html", "/INDEX.HTML"] {
            assert_eq!(asked(wrong, ""), Err(404), "{wrong}");
        }
    }

    #[test]
    fn the_page_is_sent_packed_and_only_when_it_is_new() {
        let (head, plain) = asked("/", "").expect("there");
        let (packed_head, packed) = asked("/", "Accept-Encoding: br, gzip;q=0.8\r\n").expect("there");
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("gzip");
        assert!(unpacked == plain && packed_head.contains("\r\nContent-Encoding: gzip\r\n"));
        assert_eq!(asked("/", "Accept-Encoding: gzip;q=0, br\r\n").expect("there").1, plain);
        let tag = head.split("ETag: ").nth(1).and_then(|rest| rest.split("\r\n").next()).expect("a tag");
        let (head, body) = asked("/", &format!("If-None-Match: \"x\", {tag}\r\n")).expect("there");
        assert!(head.starts_with("HTTP/1.1 304 ") && !head.contains("Content-Length") && body.is_empty(), "{head}");
        assert!(asked("/", "If-None-Match: \"x\"\r\n").expect("there").0.starts_with("HTTP/1.1 200 "));
    }

    #[test]
    fn the_page_says_what_a_browser_may_do_with_it() {
        let (head, _) = asked("/", "").expect("there");
        for line in [
            "X-Content-Type-Options: nosniff",
            "Referrer-Policy: no-referrer",
            "Content-Security-Policy: default-src 'none'; script-src 'self';",
            "frame-ancestors 'self'\r\n",
        ] {
            assert!(head.contains(line), "{line} in {head}");
        }
        assert!(!head.contains("unsafe"));
        for (path, has_policy) in [("/icon.svg", true), ("/style.css", false), ("/page/main.js", false)] {
            let (head, _) = asked(path, "").expect(path);
            assert_eq!(head.contains("\r\nContent-Security-Policy: "), has_policy, "{path}");
            assert!(head.contains("\r\nX-Content-Type-Options: nosniff\r\n"), "{path}");
        }
    }

    /// At most 60 KB for a page load: all files as they are sent, packed. The heads of the answers are not counted.
    #[test]
    fn the_page_is_small() {
        let sum: usize = PAGE.iter().map(|(_, bytes)| pack(bytes).len().min(bytes.len())).sum();
        assert!(sum <= 60_000, "{sum} bytes");
    }
}
