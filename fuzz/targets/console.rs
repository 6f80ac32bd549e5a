//! The console extension, both ways: what is understood survives being said again, bodies are bounded, and a stream's server
//! neither sends more than it may nor holds more than it said.

use vncterm::geometry::GridSize;
use vncterm::rfb::ext::console::{NOTICE_MAX, Notice, REQUEST_MAX, Request};
use vncterm::rfb::ext::outlet::{Outlet, ROOM};
use vncterm::rfb::ext::stream::{Charset, Keyboard, Opened, StreamNotice, StreamRequest};
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
    let mut served = Served::default();
    while let Ok(Some(message)) = ClientMessage::decode(&mut r, dialect) {
        if let ClientMessage::Console(request) = &message {
            if let Request::Stream(request) = request {
                served.hear(request);
            }
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

/// The server's half of one stream, and what its client allows and says.
#[derive(Default)]
struct Served {
    outlet: Option<Outlet>,
    credit: u64,
    next: u64,
    /// What the client said that no ROOM has given back.
    said: u64,
}

impl Served {
    fn hear(&mut self, request: &StreamRequest) {
        match (request, &mut self.outlet) {
            (StreamRequest::Open { stream, opening }, outlet @ None) => {
                let size = GridSize::new(80, 24);
                let opened = Opened {
                    console: 1,
                    run: 1,
                    offset: 9,
                    size,
                    charset: Charset::Utf8,
                    keyboard: Keyboard::Vt220,
                    room: 0,
                };
                let outlet = outlet.insert(Outlet::new(*stream, opening.credit));
                outlet.opened(opened, opening.dumps.then(|| vec![0; opening.lines as usize % 200_000]));
                (self.credit, self.next) = (opening.credit.into(), opened.offset);
            }
            (StreamRequest::Credit { bytes, .. }, Some(outlet)) => {
                outlet.allow(*bytes);
                self.credit = self.credit.saturating_add((*bytes).into());
            }
            (StreamRequest::Input { bytes, .. }, Some(outlet)) => {
                let fits = self.said + bytes.0.len() as u64 <= ROOM.into();
                assert_eq!(outlet.receive(&bytes.0).is_ok(), fits);
                if !fits {
                    return *self = Self::default();
                }
                self.said += bytes.0.len() as u64;
                if let Some(piece) = outlet.next_input() {
                    outlet.input_done(piece.len());
                }
            }
            (StreamRequest::Resize { size, .. }, Some(outlet)) if outlet.wants() > 0 => match size.cols % 3 {
                0 => outlet.gap(size.rows.into(), *size, Some(vec![0; 70_000])),
                1 => outlet.resized(*size),
                _ => outlet.bytes(vec![0; outlet.wants().min(usize::from(size.rows) * 8)]),
            },
            (StreamRequest::Close { .. }, _) => *self = Self::default(),
            _ => {}
        }
        self.tell();
    }

    /// Takes what is said.
    fn tell(&mut self) {
        while let Some(notice) = self.outlet.as_mut().and_then(Outlet::poll) {
            let (offset, costs, goes_on) = match &notice {
                StreamNotice::Data { offset, bytes, .. } => (*offset, bytes.0.len() as u64, bytes.0.len() as u64),
                StreamNotice::Dump { offset, bytes, .. } => (*offset, bytes.0.len() as u64, 0),
                StreamNotice::Gap { offset, length, .. } => (*offset, 0, *length),
                StreamNotice::Size { offset, .. } => (*offset, 0, 0),
                StreamNotice::Room { bytes, .. } => {
                    self.said -= u64::from(*bytes);
                    continue;
                }
                _ => continue,
            };
            assert_eq!(offset, self.next, "nothing is left out");
            self.credit = self.credit.checked_sub(costs).expect("no more than was allowed");
            self.next += goes_on;
        }
    }
}
