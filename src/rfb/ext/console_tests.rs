//! Every message of the console extension, both ways, cut anywhere; and its limits.

use super::super::stream::{Bytes, Charset, INPUT_MAX, Keyboard, Opened, Opening, Start};
use super::*;
use crate::geometry::GridSize;
use crate::rfb::message::client::{ClientMessage, Dialect};

fn requests() -> Vec<Request> {
    vec![
        Request::Subscribe { topics: 7 },
        Request::Switch { console: 2 },
        Request::Take { force: true },
        Request::Release,
        Request::Answer { viewer: 9, grant: false },
        Request::Break { console: 1 },
        Request::SysRq { console: 1, key: b'b' },
        Request::Search {
            request: 3,
            console: 1,
            before: u64::MAX,
            match_case: true,
            most: 1_000,
            text: Sought("größe".into()),
        },
        Request::Lines { request: 4, console: 1, first: 1 << 40, count: 1 },
        Request::Unknown(300),
    ]
    .into_iter()
    .chain(stream_requests().map(Request::Stream))
    .collect()
}

fn stream_requests() -> impl Iterator<Item = StreamRequest> {
    let starts = [Start::Now, Start::At { run: 1 << 60, offset: 1 << 40 }, Start::Oldest];
    let opens = starts.into_iter().map(|start| {
        let opening = Opening { console: 1, start, dumps: start == Start::Now, lines: 10_000, credit: 1 << 20 };
        StreamRequest::Open { stream: 3, opening }
    });
    opens.chain([
        StreamRequest::Credit { stream: 3, bytes: 65_536 },
        StreamRequest::Input { stream: 3, bytes: Bytes(b"ls\r\xff".to_vec()) },
        StreamRequest::Resize { stream: 3, size: GridSize::new(132, 43) },
        StreamRequest::Close { stream: 3 },
    ])
}

fn stream_notices() -> [StreamNotice; 7] {
    let size = GridSize::new(80, 24);
    let opened = Opened {
        console: 1,
        run: 1 << 60,
        offset: 1 << 40,
        size,
        charset: Charset::Cp437,
        keyboard: Keyboard::Linux,
        room: 16_384,
    };
    [
        StreamNotice::Opened { stream: 3, opened },
        StreamNotice::Data { stream: 3, offset: 1 << 40, bytes: Bytes(b"\x1b[m\xff".to_vec()) },
        StreamNotice::Gap { stream: 3, offset: 1 << 40, length: 1 << 33 },
        StreamNotice::Dump { stream: 3, offset: 9, last: true, bytes: Bytes(b"\x1bc".to_vec()) },
        StreamNotice::Size { stream: 3, offset: 9, size },
        StreamNotice::Room { stream: 3, bytes: 4_096 },
        StreamNotice::Closed { stream: 3, ended: true, reason: "it has ended".into() },
    ]
}

fn notices() -> Vec<Notice> {
    let line = |number: u64, text: &str| Line { number, goes_on: number == 7, text: text.into() };
    let console = Console {
        console: 1,
        vt: 12,
        graphical: true,
        state: 2,
        may_write: true,
        can_break: true,
        columns: 80,
        rows: 24,
        name: "db1".into(),
        title: "vim".into(),
    };
    let person = |viewer: u32| Person { viewer, role: 2, console: 1, name: "Åsa".into() };
    vec![
        Notice::Refused { operation: ConsoleRequest::SEARCH, request: 5, reason: "no".into() },
        Notice::Console(console),
        Notice::Gone { console: 4 },
        Notice::Here { console: 1 },
        Notice::People(People {
            you: 1,
            writer: 2,
            one_writes: true,
            asking: 1,
            grace: 5_000,
            people: vec![person(1), person(2)],
        }),
        Notice::Note { warning: true, text: "a note".into() },
        Notice::Found {
            request: 6,
            more: true,
            places: vec![Place { line: 9, column: 1, columns: 2, text: "a漢b".into() }],
        },
        Notice::Lines { request: 7, oldest: 3, lines: vec![line(7, "a"), line(8, "")] },
        Notice::Text(Text {
            console: 1,
            alternate: true,
            top: 7,
            rows: 24,
            row: 23,
            column: 79,
            lines: vec![line(7, "$ ")],
        }),
        Notice::Unknown(300),
    ]
    .into_iter()
    .chain(stream_notices().map(Notice::Stream))
    .collect()
}

#[test]
fn every_request_survives_the_wire_once_it_was_agreed_on() {
    let agreed = Dialect { console: true, ..Dialect::default() };
    for request in requests() {
        let (mut bytes, message) = (Vec::new(), ClientMessage::Console(request));
        message.encode(&mut Writer::new(&mut bytes));
        assert!(ClientMessage::decode(&mut Reader::new(&bytes), Dialect::default()).is_err(), "not agreed on");
        for cut in 0..bytes.len() {
            let mut part = Reader::new(&bytes[..cut]);
            assert_eq!(ClientMessage::decode(&mut part, agreed), Ok(None), "{message:?} cut at {cut}");
            assert_eq!(part.position(), 0);
        }
        bytes.push(0);
        let mut r = Reader::new(&bytes);
        assert_eq!(ClientMessage::decode(&mut r, agreed), Ok(Some(message)));
        assert_eq!(r.remaining(), [0]);
    }
}

#[test]
fn every_notice_survives_the_wire() {
    for notice in notices() {
        let mut bytes = Vec::new();
        notice.encode(&mut Writer::new(&mut bytes));
        for cut in 0..bytes.len() {
            let mut part = Reader::new(&bytes[..cut]);
            assert_eq!(Notice::decode(&mut part), Ok(None), "{notice:?} cut at {cut}");
            assert_eq!(part.position(), 0);
        }
        assert_eq!(Notice::decode(&mut Reader::new(&bytes)), Ok(Some(notice)));
    }
}

/// The message with a body that is longer or shorter by so much.
fn stretched(mut bytes: Vec<u8>, by: isize) -> Vec<u8> {
    bytes.resize(bytes.len().strict_add_signed(by), 0);
    let length = u32::try_from(bytes.len() - 8).expect("short");
    bytes[4..8].copy_from_slice(&length.to_be_bytes());
    bytes
}

#[test]
fn bodies_may_have_more_than_their_fields_and_never_less() {
    for request in requests() {
        let mut bytes = Vec::new();
        request.encode(&mut Writer::new(&mut bytes));
        let decode = |bytes: &[u8]| Request::decode(&mut Reader::new(&bytes[2..]));
        assert_eq!(decode(&stretched(bytes.clone(), 5)), Ok(Some(request.clone())));
        if bytes.len() > 8 {
            assert!(decode(&stretched(bytes, -1)).is_err(), "{request:?}");
        }
    }
    for notice in notices() {
        let mut bytes = Vec::new();
        notice.encode(&mut Writer::new(&mut bytes));
        let decode = |bytes: &[u8]| Notice::decode(&mut Reader::new(bytes));
        assert_eq!(decode(&stretched(bytes.clone(), 5)), Ok(Some(notice.clone())));
        if bytes.len() > 8 {
            assert!(decode(&stretched(bytes, -1)).is_err(), "{notice:?}");
        }
    }
}

#[test]
fn lengths_are_judged_when_they_arrive() {
    let head = |length: u32| {
        let mut bytes = Vec::new();
        Writer::new(&mut bytes).u8(255).u8(2).u16(1).u32(length);
        bytes
    };
    let request = |length: usize| Request::decode(&mut Reader::new(&head(length as u32)[2..]));
    assert_eq!(request(REQUEST_MAX), Ok(None));
    assert!(request(REQUEST_MAX + 1).is_err());
    let notice = |length: usize| Notice::decode(&mut Reader::new(&head(length as u32)));
    assert_eq!(notice(NOTICE_MAX), Ok(None));
    assert!(notice(NOTICE_MAX + 1).is_err());
    assert!(Notice::decode(&mut Reader::new(&[255, 1])).is_err() && Notice::decode(&mut Reader::new(&[1])).is_err());
}

#[test]
fn what_is_too_long_is_cut_and_control_characters_are_left_out() {
    let mut bytes = Vec::new();
    let lines = (0..1_000).map(|number| Line { number, goes_on: false, text: "ä\x1b".repeat(40_000) }).collect();
    Notice::Lines { request: 1, oldest: 0, lines }.encode(&mut Writer::new(&mut bytes));
    assert!(bytes.len() <= NOTICE_MAX + 8);
    let Ok(Some(Notice::Lines { lines, .. })) = Notice::decode(&mut Reader::new(&bytes)) else { panic!("no LINES") };
    assert_eq!(lines.len(), NOTICE_MAX / 65_545);
    assert!(lines.iter().all(|line| line.text == "ä".repeat(32_767)));
}

#[test]
fn input_beyond_one_message_is_cut_and_sizes_have_a_cell_at_least() {
    let mut bytes = Vec::new();
    let input = StreamRequest::Input { stream: 3, bytes: Bytes(vec![7; INPUT_MAX + 1]) };
    Request::Stream(input).encode(&mut Writer::new(&mut bytes));
    assert_eq!(bytes.len(), 8 + REQUEST_MAX);
    let Ok(Some(Request::Stream(input))) = Request::decode(&mut Reader::new(&bytes[2..])) else { panic!("no INPUT") };
    assert_eq!(input, StreamRequest::Input { stream: 3, bytes: Bytes(vec![7; INPUT_MAX]) });
    let resize = [1, 3, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 0];
    let size = GridSize::new(1, 1);
    let expected = Request::Stream(StreamRequest::Resize { stream: 3, size });
    assert_eq!(Request::decode(&mut Reader::new(&resize)), Ok(Some(expected)));
}

#[test]
fn what_is_looked_for_and_what_a_stream_carries_is_not_told() {
    let told = format!("{:?} {:?}", stream_requests().nth(4), stream_notices()[1]);
    assert!(told.contains("Bytes(4)") && !told.contains("108"), "{told}");
    let request = &requests()[7];
    assert!(!format!("{request:?}").contains("gr") && format!("{request:?}").contains("Sought(7 bytes)"));
}
