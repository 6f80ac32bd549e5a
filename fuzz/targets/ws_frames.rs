//! The frames of a WebSocket: any cut of the same bytes gives the same payload and the same end; what is owed stays
//! small; and what we send, another end reads.

use std::time::Instant;

use vncterm::net::websocket::{Violation, WebSocket};

use super::Target;

pub const TARGET: Target = Target { name: "ws_frames", run, seeds, words: WORDS, max_len: 2_048 };

const WORDS: &[&[u8]] = &[
    b"\x82\x85\x00\x00\x00\x00hello",
    b"\x02\x81\x01\x02\x03\x04x",
    b"\x00\x81\x01\x02\x03\x04y",
    b"\x80\x80\x01\x02\x03\x04",
    b"\x89\x82\x00\x00\x00\x00hi",
    b"\x8a\x80\x00\x00\x00\x00",
    b"\x88\x82\x00\x00\x00\x00\x03\xe8",
    b"\x82\xfe\x00\x7e\x00\x00\x00\x00",
    b"\x82\xff\x00\x00\x00\x00\x80\x00\x00\x00",
    b"\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00",
];

fn seeds() -> Vec<Vec<u8>> {
    vec![[&[3][..], &WORDS.concat()].concat(), [&[1][..], WORDS[0], WORDS[1], WORDS[4], WORDS[3], WORDS[6]].concat()]
}

/// What a socket made of bytes: payload, whether the peer is done, and what it did wrong.
#[derive(Debug, PartialEq)]
struct Outcome {
    payload: Vec<u8>,
    closed: bool,
    violation: Option<Violation>,
}

/// The first byte says where the rest is cut.
fn run(input: &[u8]) {
    let Some((&cut, bytes)) = input.split_first() else { return };
    // No time passes, so that the same pings are answered.
    let now = Instant::now();
    let (mut whole, mut pieces) = (WebSocket::new(), WebSocket::new());
    let at_once = receive(&mut whole, bytes, bytes.len(), now);
    let in_pieces = receive(&mut pieces, bytes, usize::from(cut), now);
    assert!(at_once.payload.len() <= bytes.len());
    // A piece that breaks the protocol takes the payload in front of it along; the rest is the same.
    if at_once.violation.is_none() {
        assert_eq!(at_once, in_pieces, "cut at every {cut}");
    } else {
        assert_eq!(at_once.violation, in_pieces.violation, "cut at every {cut}");
    }
    let (told, told_in_pieces) = (transmit(&mut whole, b"late", 1_000), transmit(&mut pieces, b"late", 1));
    assert_eq!(told, told_in_pieces);
    assert!(told.len() <= 300, "a pong, a close and little else");
    sent(bytes, usize::from(cut));
}

fn receive(socket: &mut WebSocket, bytes: &[u8], piece: usize, now: Instant) -> Outcome {
    let mut outcome = Outcome { payload: Vec::new(), closed: false, violation: None };
    for piece in bytes.chunks(piece.max(1)) {
        let mut piece = piece.to_vec();
        match socket.receive(&mut piece, now) {
            Ok(received) => {
                outcome.payload.extend_from_slice(&piece[..received.payload]);
                outcome.closed = received.closed;
            }
            Err(violation) => {
                outcome.violation = Some(violation);
                break;
            }
        }
    }
    outcome
}

fn transmit(socket: &mut WebSocket, mut payload: &[u8], room: usize) -> Vec<u8> {
    let mut wire = Vec::new();
    loop {
        socket.offer(payload.len());
        let length = usize::try_from(socket.payload_left()).expect("no more than was offered");
        let ready = [socket.own(), &payload[..length]].concat();
        let part = &ready[..ready.len().min(room)];
        if part.is_empty() {
            return wire;
        }
        wire.extend_from_slice(part);
        payload = &payload[socket.advance(part.len())..];
    }
}

/// What we send has headers by which the same bytes can be found again.
fn sent(bytes: &[u8], cut: usize) {
    let mut socket = WebSocket::new();
    let mut wire = Vec::new();
    for (number, piece) in bytes.chunks(cut * 7 + 1).enumerate() {
        if number % 3 == 1 {
            socket.ping();
        }
        wire.extend(transmit(&mut socket, piece, cut.max(1)));
    }
    let (mut read, mut rest) = (Vec::new(), &wire[..]);
    while let [first, length, after @ ..] = rest {
        let (length, after) = match (length, after) {
            (126, [high, low, after @ ..]) => (usize::from(*high) << 8 | usize::from(*low), after),
            (short, after) => (usize::from(*short), after),
        };
        let (payload, after) = after.split_at(length);
        if *first == 0x82 {
            read.extend_from_slice(payload);
        }
        rest = after;
    }
    assert!(read == bytes, "what was sent is read");
}
