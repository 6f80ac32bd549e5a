//! What comes and goes as frames, byte for byte (RFC 6455 §5).

use super::*;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A client's frame: its first byte, and its payload masked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ ..=125 => bytes.push(0x80 | short as u8),
        middle @ ..=0xffff => {
            bytes.push(0xfe);
            bytes.extend((middle as u16).to_be_bytes());
        }
        long => {
            bytes.push(0xff);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn closing(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes()[..], reason].concat())
}

/// What comes of bytes, cut in pieces of this length: payload, and whether the peer is done.
fn read(socket: &mut WebSocket, bytes: &[u8], piece: usize) -> Result<(Vec<u8>, bool), Violation> {
    let (mut payload, mut closed, now) = (Vec::new(), false, Instant::now());
    for piece in bytes.chunks(piece) {
        let mut piece = piece.to_vec();
        let received = socket.receive(&mut piece, now)?;
        payload.extend_from_slice(&piece[..received.payload]);
        closed = received.closed;
    }
    Ok((payload, closed))
}

/// What is written while `payload` waits, `room` bytes at a time.
fn written(socket: &mut WebSocket, mut payload: &[u8], room: usize) -> Vec<u8> {
    let mut wire = Vec::new();
    loop {
        socket.offer(payload.len());
        let length = socket.payload_left() as usize;
        let whole = [socket.own(), &payload[..length]].concat();
        let part = &whole[..whole.len().min(room)];
        if part.is_empty() {
            return wire;
        }
        wire.extend_from_slice(part);
        payload = &payload[socket.advance(part.len())..];
    }
}

fn violation_of(bytes: &[u8]) -> (u16, &'static str) {
    let mut socket = WebSocket::new();
    let violation = read(&mut socket, bytes, bytes.len()).expect_err("it is one");
    for piece in 1..bytes.len() {
        assert_eq!(read(&mut WebSocket::new(), bytes, piece), Err(violation), "cut at every {piece}");
    }
    let told = written(&mut socket, b"never sent", 1_000);
    let code = u16::from_be_bytes([told[2], told[3]]);
    assert_eq!((told[0], told.len(), code), (0x88, 2 + usize::from(told[1]), violation.code as u16));
    assert_eq!(read(&mut socket, &frame(0x82, b"late"), 100), Ok((Vec::new(), true)), "nothing more is taken");
    (code, violation.why)
}

/// RFC 6455 §5.7, masked.
#[test]
fn the_standards_examples() {
    let mut socket = WebSocket::new();
    let hello = [0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(read(&mut socket, &hello, 100), Ok((b"Hello".to_vec(), false)));
    assert_eq!(frame(0x82, b"Hello"), hello);
    let ping = [0x89, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(read(&mut socket, &ping, 1), Ok((Vec::new(), false)));
    assert!(socket.owes());
    assert_eq!(written(&mut socket, b"", 1), b"\x8a\x05Hello");
    assert!(!socket.owes());
}

#[test]
fn any_cut_gives_the_same_payload() {
    let long = vec![b'x'; 70_000];
    let bytes = [
        frame(0x02, b"frag"),
        frame(0x89, b"in between"),
        frame(0x00, b"ment"),
        frame(0x80, b""),
        frame(0x82, &[b'y'; 300]),
        frame(0x8a, b"unasked for"),
        frame(0x82, &long),
        frame(0x82, b"."),
    ]
    .concat();
    let expected = [&b"fragment"[..], &[b'y'; 300], &long, b"."].concat();
    for piece in [1, 2, 3, 5, 7, 11, 13, 64, 1_000, 16_384, bytes.len()] {
        let mut socket = WebSocket::new();
        assert!(read(&mut socket, &bytes, piece) == Ok((expected.clone(), false)), "cut at every {piece}");
        assert_eq!(written(&mut socket, b"", 1_000), b"\x8a\x0ain between");
    }
}

#[test]
fn what_goes_out_has_the_shortest_header_and_no_mask() {
    for (length, header) in [
        (1, &[0x82, 1][..]),
        (125, &[0x82, 125]),
        (126, &[0x82, 126, 0, 126]),
        (65_535, &[0x82, 126, 0xff, 0xff]),
        (65_536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let payload: Vec<u8> = (0..=255).cycle().take(length).collect();
        for room in [1_000_000, 1_000, 7] {
            let wire = written(&mut WebSocket::new(), &payload, room);
            assert!(wire[..header.len()] == *header && wire[header.len()..] == payload, "{length}, {room} at a time");
        }
    }
}

#[test]
fn a_frame_that_has_begun_is_ended_before_anything_else() {
    let mut socket = WebSocket::new();
    socket.offer(10);
    let header = socket.own().len();
    assert_eq!(socket.advance(header + 4), 4);
    socket.ping();
    socket.close(CloseCode::GoingAway, "bye");
    assert!(!socket.owes() && socket.payload_left() == 6, "more of it is waited for");
    socket.offer(50);
    assert_eq!((socket.own(), socket.payload_left()), (&b""[..], 6), "and no more than it");
    socket.advance(6);
    assert!(socket.owes());
    assert_eq!(written(&mut socket, b"late", 1), b"\x88\x05\x03\xe9bye");
    assert!(!socket.owes());
}

#[test]
fn what_breaks_the_protocol_is_told_so() {
    for (what, bytes, code) in [
        ("unmasked", vec![0x82, 0x05], 1002),
        ("reserved bits", frame(0xc2, b"x"), 1002),
        ("an unknown opcode", frame(0x83, b"x"), 1002),
        ("an unknown control opcode", frame(0x8b, b""), 1002),
        ("text", frame(0x81, b"x"), 1003),
        ("a continuation of nothing", frame(0x80, b"x"), 1002),
        ("a message within another", [frame(0x02, b"x"), frame(0x82, b"y")].concat(), 1002),
        ("a ping in fragments", frame(0x09, b"x"), 1002),
        ("a long ping", frame(0x89, &[0; 126]), 1002),
        ("a length of too many bytes", [&[0x82, 0xfe, 0, 125][..], &MASK].concat(), 1002),
        ("a longer one", [&[0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff][..], &MASK].concat(), 1002),
        ("a negative length", [&[0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0][..], &MASK].concat(), 1002),
        ("half a code", frame(0x88, b"x"), 1002),
        ("a code that is never sent", closing(1005, b""), 1002),
        ("a code that means nothing", closing(999, b""), 1002),
        ("a reason that is not UTF-8", closing(1000, b"\xff"), 1007),
    ] {
        assert_eq!(violation_of(&bytes).0, code, "{what}");
    }
}

#[test]
fn lengths_up_to_the_limit_are_taken_and_cost_nothing() {
    let header = |length: u64| [&[0x82, 0xff][..], &length.to_be_bytes(), &MASK].concat();
    let mut socket = WebSocket::new();
    assert_eq!(read(&mut socket, &header(MAX_FRAME), 100), Ok((Vec::new(), false)));
    assert_eq!(read(&mut socket, &[0; 1_000], 300).expect("all of it is payload").0.len(), 1_000);
    assert_eq!(violation_of(&header(MAX_FRAME + 1)).0, 1009);
    assert!(size_of::<WebSocket>() <= 1_024, "{} bytes", size_of::<WebSocket>());
}

#[test]
fn empty_frames_are_counted_in_a_row() {
    let empty = frame(0x82, b"");
    let most = empty.repeat(MAX_EMPTY_FRAMES as usize);
    let mut socket = WebSocket::new();
    let bytes = [&most[..], &frame(0x89, b""), &frame(0x82, b"x"), &most].concat();
    assert_eq!(read(&mut socket, &bytes, 4_096), Ok((b"x".to_vec(), false)));
    assert_eq!(read(&mut socket, &empty, 100).expect_err("one more").code, CloseCode::ProtocolError);
    // What is no data does not count: an idle client answers pings for days.
    let mut idle = WebSocket::new();
    assert_eq!(read(&mut idle, &frame(0x8a, b"").repeat(10_000), 4_096), Ok((Vec::new(), false)));
}

#[test]
fn pings_are_answered_twenty_times_a_second() {
    let mut socket = WebSocket::new();
    let start = Instant::now();
    let mut answered_at = |after: Duration| {
        socket.receive(&mut frame(0x89, b"?"), start + after).expect("good");
        let answer = written(&mut socket, b"", 100);
        assert!(answer.is_empty() || answer == b"\x8a\x01?");
        !answer.is_empty()
    };
    let in_one_second = (0..100).filter(|n| answered_at(Duration::from_millis(n * 9))).count();
    assert_eq!(in_one_second, MAX_PONGS_PER_SECOND as usize);
    assert!(answered_at(Duration::from_secs(1)));
}

#[test]
fn of_many_pings_the_latest_is_answered() {
    let mut socket = WebSocket::new();
    let bytes = [frame(0x89, b"first"), frame(0x89, b"second")].concat();
    assert_eq!(read(&mut socket, &bytes, 100), Ok((Vec::new(), false)));
    socket.ping();
    assert_eq!(written(&mut socket, b"data", 3), b"\x8a\x06second\x89\x00\x82\x04data");
}

#[test]
fn a_close_is_answered_with_its_code_and_ends_it() {
    for (bytes, answer) in [
        (closing(1000, b"bye"), &b"\x88\x02\x03\xe8"[..]),
        (closing(4999, b""), b"\x88\x02\x13\x87"),
        (frame(0x88, b""), b"\x88\x00"),
    ] {
        for piece in 1..bytes.len() {
            let mut socket = WebSocket::new();
            let all = [&frame(0x82, b"last")[..], &bytes, &frame(0x82, b"late")].concat();
            assert_eq!(read(&mut socket, &all, piece), Ok((b"last".to_vec(), true)));
            socket.close(CloseCode::Normal, "not this");
            assert_eq!(written(&mut socket, b"late", 2), answer);
        }
    }
}

#[test]
fn a_reason_is_cut_between_characters() {
    let mut socket = WebSocket::new();
    socket.close(CloseCode::Normal, &"ä".repeat(200));
    let told = written(&mut socket, b"", 1_000);
    let reason = std::str::from_utf8(&told[4..]).expect("whole characters");
    assert_eq!((told[1], reason), (124, "ä".repeat(61).as_str()));
}
