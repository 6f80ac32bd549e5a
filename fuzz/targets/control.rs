//! Lines of control clients: however they are cut they are the same, and each is a request or is refused in plain words.

use vncterm::control::keys;
use vncterm::control::lines::{Lines, MAX_LINE};
use vncterm::control::request::{Request, Work};
use vncterm::control::verbs::{MAX_PASTE, MAX_SEND};

use super::Target;

pub const TARGET: Target = Target { name: "control", run, seeds, words: WORDS, max_len: 2_048 };

const WORDS: &[&[u8]] = &[
    b"{\"verb\":\"status\"}\n",
    b"{\"id\":1,\"verb\":\"screen\",\"format\":\"png\"}\r\n",
    b"{\"verb\":\"text\",\"first\":0}\n",
    b"{\"verb\":\"send\",\"text\":\"\\u001b\\n\"}\n",
    b"{\"verb\":\"send\",\"keys\":\"Ctrl-Alt-F1 Up x\"}\n",
    b"{\"verb\":\"resize\",\"columns\":80,\"rows\":24}\n",
    b"{\"verb\":\"sysrq\",\"key\":\"b\",\"console\":\"db\"}\n",
    b"\"last\":",
    b"18446744073709551616",
    b"[[[[",
    b"\n",
];

fn seeds() -> Vec<Vec<u8>> {
    vec![[b"\x05", &WORDS[..7].concat()[..]].concat()]
}

/// The first byte says in which pieces the rest comes.
fn run(input: &[u8]) {
    let Some((&cut, bytes)) = input.split_first() else { return };
    let whole = lines(bytes, bytes.len().max(1));
    assert_eq!(lines(bytes, usize::from(cut).max(1)), whole, "in pieces of {cut}");
    for line in whole {
        assert!(line.len() <= MAX_LINE && !line.contains(&b'\n') && !line.trim_ascii().is_empty());
        match Request::read(&line) {
            Ok(Request { work: Work::Send(strokes), .. }) => assert!((1..=MAX_SEND).contains(&strokes.len())),
            Ok(Request { work: Work::Paste(text), .. }) => assert!(text.len() <= MAX_PASTE),
            Ok(_) => {}
            Err(fault) => assert!(!fault.why.is_empty() && !fault.why.contains('\n'), "{:?}", fault.why),
        }
        if let Ok(text) = str::from_utf8(&line) {
            assert!(keys::of_text(text).len() <= text.chars().count());
            assert!(keys::of_names(text).map_or(0, |keys| keys.len()) <= text.len());
        }
    }
}

fn lines(bytes: &[u8], piece: usize) -> Vec<Vec<u8>> {
    let (mut lines, mut taken) = (Lines::default(), Vec::new());
    for piece in bytes.chunks(piece) {
        lines.push(piece);
        while let Ok(Some(line)) = lines.take() {
            taken.push(line);
        }
    }
    taken
}
