//! What a server may not do to a stream of ours, and what becomes of what it may.

use super::*;
use crate::rfb::ext::stream::{Charset, Keyboard, Start};
use crate::rfb::wire::Reader;

const WINDOW: u32 = 1_000;
const SIZE: GridSize = GridSize::new(80, 24);

fn opening() -> Opening {
    Opening { console: 1, start: Start::Now, dumps: true, lines: 0, credit: WINDOW }
}

fn opened(offset: u64) -> StreamNotice {
    let opened =
        Opened { console: 1, run: 7, offset, size: SIZE, charset: Charset::Utf8, keyboard: Keyboard::Linux, room: 100 };
    StreamNotice::Opened { stream: 1, opened }
}

fn data(offset: u64, length: usize) -> StreamNotice {
    StreamNotice::Data { stream: 1, offset, bytes: Bytes(vec![b'x'; length]) }
}

fn dump(offset: u64, length: usize, last: bool) -> StreamNotice {
    StreamNotice::Dump { stream: 1, offset, last, bytes: Bytes(vec![b'x'; length]) }
}

/// A stream that is open at byte 10, and what was said is forgotten.
fn begun() -> (Streams, OutQueue) {
    let (mut streams, mut out) = (Streams::default(), OutQueue::new());
    assert_eq!(streams.open(opening(), &mut out), Some(1));
    assert!(matches!(streams.hear(opened(10)), Ok(Some(StreamEvent::Opened(_)))));
    out.advance(out.len());
    (streams, out)
}

/// What was said since.
fn said(out: &mut OutQueue) -> Vec<StreamRequest> {
    let bytes = out.to_vec();
    out.advance(bytes.len());
    let (mut r, mut all) = (Reader::new(&bytes), Vec::new());
    while r.skip(2).is_some() {
        let Ok(Some(Request::Stream(request))) = Request::decode(&mut r) else { panic!("another request") };
        all.push(request);
    }
    all
}

#[test]
fn a_byte_that_is_left_out_or_comes_twice_ends_the_connection() {
    let goes_on = [
        vec![data(10, 5), data(15, 5)],
        vec![dump(10, 5, false), dump(10, 5, true), data(10, 5)],
        vec![data(10, 5), StreamNotice::Gap { stream: 1, offset: 15, length: 1 << 40 }, dump(15 + (1 << 40), 1, true)],
        vec![data(10, 1), StreamNotice::Size { stream: 1, offset: 11, size: SIZE }, data(11, 1)],
    ];
    for notices in goes_on {
        let (mut streams, _) = begun();
        for notice in notices {
            assert!(matches!(streams.hear(notice), Ok(Some(_))));
        }
    }
    let ends = [
        vec![data(9, 5)],
        vec![data(11, 5)],
        vec![data(10, 5), data(10, 5)],
        vec![data(10, 5), dump(10, 5, true)],
        vec![dump(10, 5, false), data(10, 5)],
        vec![dump(10, 5, false), StreamNotice::Size { stream: 1, offset: 10, size: SIZE }],
        vec![StreamNotice::Gap { stream: 1, offset: 9, length: 1 }],
        vec![StreamNotice::Gap { stream: 1, offset: 10, length: u64::MAX }],
        vec![StreamNotice::Size { stream: 1, offset: 9, size: SIZE }],
        vec![opened(10)],
        vec![StreamNotice::Room { stream: 2, bytes: 1 }],
    ];
    for mut notices in ends {
        let (mut streams, _) = begun();
        let last = notices.pop().expect("there is one");
        notices.into_iter().for_each(|notice| assert!(streams.hear(notice).is_ok()));
        assert!(streams.hear(last.clone()).is_err(), "{last:?}");
    }
    let mut streams = Streams::default();
    streams.open(opening(), &mut OutQueue::new());
    for early in [data(0, 1), dump(0, 1, true), StreamNotice::Room { stream: 1, bytes: 1 }] {
        assert!(streams.hear(early).is_err(), "before it is open");
    }
}

#[test]
fn no_more_comes_than_was_allowed() {
    let (mut streams, mut out) = begun();
    assert!(streams.hear(data(10, 600)).is_ok());
    streams.take(1, 400, &mut out);
    assert_eq!(said(&mut out), [], "not for so little");
    streams.take(1, 100_000, &mut out);
    assert_eq!(said(&mut out), [StreamRequest::Credit { stream: 1, bytes: 600 }], "no more than has come");
    assert!(streams.hear(dump(610, 500, true)).is_ok() && streams.hear(data(610, 500)).is_ok());
    assert!(streams.hear(data(1_110, 1)).is_err());
    let mut streams = Streams::default();
    streams.open(Opening { credit: u32::MAX, ..opening() }, &mut out);
    assert!(streams.hear(opened(0)).is_ok() && streams.hear(data(0, PIECE_MAX)).is_ok());
    assert!(streams.hear(data(PIECE_MAX as u64, PIECE_MAX + 1)).is_err(), "a piece that is too large");
}

#[test]
fn input_waits_for_room() {
    let (mut streams, mut out) = begun();
    assert_eq!((streams.room(1), streams.room(2)), (100, 0));
    assert_eq!((streams.input(1, &[1; 150], &mut out), streams.input(2, &[1], &mut out)), (100, 0));
    assert_eq!(said(&mut out), [StreamRequest::Input { stream: 1, bytes: Bytes(vec![1; 100]) }]);
    assert_eq!(streams.input(1, &[1], &mut out), 0);
    let room = (INPUT_MAX + 1) as u32;
    assert_eq!(streams.hear(StreamNotice::Room { stream: 1, bytes: room }), Ok(Some(StreamEvent::Room)));
    assert_eq!(streams.input(1, &vec![2; INPUT_MAX + 5], &mut out), INPUT_MAX + 1);
    assert_eq!(said(&mut out).len(), 2, "no message is too long");
    assert!(streams.hear(StreamNotice::Room { stream: 1, bytes: u32::MAX }).is_ok());
    assert!(streams.hear(StreamNotice::Room { stream: 1, bytes: u32::MAX }).is_ok());
}

#[test]
fn nothing_is_heard_of_a_stream_that_is_being_closed_but_its_end() {
    let (mut streams, mut out) = begun();
    streams.resize(1, SIZE, &mut out);
    streams.close(1, &mut out);
    streams.close(1, &mut out);
    streams.resize(1, SIZE, &mut out);
    let resize = StreamRequest::Resize { stream: 1, size: SIZE };
    assert_eq!(said(&mut out), [resize, StreamRequest::Close { stream: 1 }]);
    assert_eq!((streams.room(1), streams.input(1, b"x", &mut out)), (0, 0));
    assert_eq!(streams.hear(data(10, 5)), Ok(None));
    assert!(streams.hear(data(10, 5)).is_err(), "but no byte comes twice");
    let closed = StreamNotice::Closed { stream: 1, ended: false, reason: "done".into() };
    let event = StreamEvent::Closed { ended: false, reason: "done".into() };
    assert_eq!(streams.hear(closed.clone()), Ok(Some(event)));
    assert!(streams.hear(closed).is_err());
    assert_eq!(streams.open(opening(), &mut out), Some(2), "a number is used once");
}

#[test]
fn what_is_refused_is_told_and_streams_are_few() {
    let (mut streams, mut out) = begun();
    let refused = streams.refused(ConsoleRequest::INPUT, 1, "watch");
    let event = StreamEvent::Refused { operation: ConsoleRequest::INPUT, reason: "watch".into() };
    assert_eq!(refused, Some((1, event)));
    assert_eq!(streams.room(1), 100, "it goes on");
    assert_eq!(streams.refused(ConsoleRequest::SEARCH, 1, "no"), None, "a number of another kind");
    assert!(streams.refused(ConsoleRequest::OPEN, 1, "no").is_some());
    assert_eq!(streams.refused(ConsoleRequest::OPEN, 1, "no"), None, "it is gone");
    for _ in 0..STREAMS_MAX {
        assert!(streams.open(opening(), &mut out).is_some());
    }
    assert_eq!(streams.open(opening(), &mut out), None);
}
