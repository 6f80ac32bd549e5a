//! The console extension, both ways: what is understood survives being said again, and bodies are bounded.

use vncterm::rfb::ext::console::{NOTICE_MAX, Notice, REQUEST_MAX};
use vncterm::rfb::message::client::{ClientMessage, Dialect};
use vncterm::rfb::wire::{Reader, Writer};

use super::Target;

pub const TARGET: Target = Target { name: "console", run, seeds, words: WORDS, max_len: 4_096 };

const WORDS: &[&[u8]] = &[
    b"\xff\x02\x00\x01\x00\x00\x00\x04",
    b"\xff\x02\x00\x40\x00\x00\x00\x19",
    b"\xff\x02\x00\x10\x00\x00\x00\x16",
    b"\xff\x02\x00\x20\x00\x00\x00\x2d",
    b"\xff\x02\x00\x42\x00\x00\x00\x22",
    b"\xff\x02\x01\x00\x00\x00\x00\x22",
    b"\xff\x02\x01\x01\x00\x00\x00\x17",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\xc3\xa9",
];

fn seeds() -> Vec<Vec<u8>> {
    let body = |operation: u16, body: &[u8]| {
        let [high, low] = operation.to_be_bytes();
        let mut bytes = vec![255, 2, high, low];
        bytes.extend((body.len() as u32).to_be_bytes());
        bytes.extend_from_slice(body);
        bytes
    };
    let line = b"\0\0\0\0\0\0\0\x09\x01\0\x02$ ";
    let text = [b"\0\0\0\x01\0\0\0\0\0\0\0\0\x09\0\x18\0\x01\0\x02\0\x01".as_slice(), line].concat();
    let search = b"\0\0\0\x07\0\0\0\x01\xff\xff\xff\xff\xff\xff\xff\xff\x01\0\x32\0\x02h\xc3";
    let open = [[0, 0, 0, 3, 0, 0, 0, 1, 1, 1].as_slice(), &[0; 24]].concat();
    let data = b"\0\0\0\x03\0\0\0\0\0\0\0\x09\0\0\0\x02$ ";
    let mut seeds = vec![body(1, &[0, 0, 0, 7]), body(64, search), body(66, &text), body(33, &[])];
    seeds.extend([body(256, &open), body(257, data), body(258, &data[..]), body(256, &[1; 33])]);
    seeds
}

/// The bytes as a client's, and as a server's.
fn run(bytes: &[u8]) {
    let dialect = Dialect { console: true, ..Dialect::default() };
    let mut r = Reader::new(bytes);
    while let Ok(Some(message)) = ClientMessage::decode(&mut r, dialect) {
        if let ClientMessage::Console(_) = &message {
            let mut again = Vec::new();
            message.encode(&mut Writer::new(&mut again));
            assert!(again.len() <= REQUEST_MAX + 8);
            assert!(ClientMessage::decode(&mut Reader::new(&again), dialect) == Ok(Some(message)));
        }
    }
    let mut r = Reader::new(bytes);
    while let Ok(Some(notice)) = Notice::decode(&mut r) {
        let mut again = Vec::new();
        notice.encode(&mut Writer::new(&mut again));
        assert!(again.len() <= NOTICE_MAX + 8);
        assert!(Notice::decode(&mut Reader::new(&again)) == Ok(Some(notice)));
    }
}
