//! Where readers begin, what they are told next, and what is missing.

use super::*;
use crate::display::stream::Place;

const SIZE: GridSize = GridSize::new(80, 24);
const RUN: u64 = 7;

fn source<'a>(tail: &'a Tail, sizes: &'a Sizes, unfinished: usize) -> Source<'a> {
    Source { tail, sizes, run: RUN, charset: Encoding::Cp437, keys: KeyTable::Linux, unfinished, is_over: false }
}

fn open(from: From, dumps: bool) -> Open {
    Open { from, dumps, lines: 0, place: Place::default() }
}

fn read(next: u64) -> Read {
    Read { next, size: SIZE, most: usize::MAX, dumps: true, unsure: false }
}

fn dump() -> Vec<u8> {
    b"dump".to_vec()
}

#[test]
fn a_reader_begins_where_it_wants_to() {
    let (mut tail, sizes) = (Tail::new(), Sizes::new(SIZE));
    tail.push(&[b'x'; 1_000]);
    tail.forget_before(10);
    let at = |run, offset| From::At { run, offset };
    for (from, dumps, unfinished, offset, dumped) in [
        (From::Now, true, 0, 1_000, true),
        (From::Now, true, 3, 997, true),
        (From::Now, true, 991, 1_000, true),
        (From::Now, false, 3, 1_000, false),
        (From::Oldest, true, 3, 10, false),
        (at(RUN, 500), true, 3, 500, false),
        (at(RUN, 1_000), false, 0, 1_000, false),
        (at(RUN + 1, 5_000), true, 3, 997, true),
        (at(RUN + 1, 5_000), false, 0, 1_000, false),
    ] {
        let begun = source(&tail, &sizes, unfinished).open(&open(from, dumps), dump).expect("there is such a byte");
        assert_eq!((begun.offset, begun.dump.is_some()), (offset, dumped), "{from:?} {dumps} {unfinished}");
        assert_eq!((begun.run, begun.size, begun.charset), (RUN, SIZE, Charset::Cp437));
    }
    assert!(source(&tail, &sizes, 0).open(&open(at(RUN, 1_001), true), dump).is_none(), "not written yet");
}

#[test]
fn bytes_come_up_to_another_size_and_then_that_and_the_screen() {
    let (mut tail, mut sizes) = (Tail::new(), Sizes::new(SIZE));
    let wide = GridSize::new(132, 24);
    tail.push(b"before");
    sizes.push(6, GridSize::new(1, 1), &mut tail);
    sizes.push(6, wide, &mut tail);
    let changed = source(&tail, &sizes, 0).read(&read(6), dump);
    assert_eq!(changed, Some(Piece::Size(wide)), "of several sizes at one byte the last");
    tail.push(b"after");
    let next = |read: &Read| source(&tail, &sizes, 0).read(read, dump);
    assert_eq!(next(&read(0)), Some(Piece::Bytes(b"before".to_vec())));
    assert_eq!(next(&Read { most: 2, ..read(0) }), Some(Piece::Bytes(b"be".to_vec())));
    let unsure = Read { size: wide, unsure: true, ..read(6) };
    assert_eq!(next(&unsure), Some(Piece::Bytes(b"after".to_vec())), "it has not read all there is");
    assert_eq!(next(&Read { next: 11, ..unsure }), Some(Piece::Dump(dump())));
    assert_eq!(next(&Read { next: 11, dumps: false, ..unsure }), None);
    assert_eq!(next(&Read { next: 11, unsure: false, ..unsure }), None, "not yet");
    let over = Source { is_over: true, ..source(&tail, &sizes, 0) };
    assert_eq!(over.read(&Read { next: 11, unsure: false, ..unsure }, dump), Some(Piece::Ended));
}

#[test]
fn what_is_missing_is_told_and_as_little_as_possible_of_it() {
    let (mut tail, sizes) = (Tail::new(), Sizes::new(SIZE));
    (0..10).for_each(|_| tail.push(&[b'x'; 100_000]));
    let end = tail.end();
    let gap = |next, dumps| source(&tail, &sizes, 5).read(&Read { dumps, ..read(next) }, dump);
    let lost = Piece::Gap { length: end - 5 - 7, size: SIZE, dump: Some(dump()) };
    assert_eq!(gap(7, true), Some(lost), "with the screen, up to now");
    let lost = Piece::Gap { length: end - CAPACITY as u64 / 2 - 7, size: SIZE, dump: None };
    assert_eq!(gap(7, false), Some(lost));
    let kept = source(&tail, &sizes, 0).read(&read(tail.begin()), dump);
    assert!(matches!(kept, Some(Piece::Bytes(bytes)) if bytes.len() == READ_MAX));
}

#[test]
fn sizes_are_bounded_and_bytes_whose_size_is_not_known_are_gone() {
    let (mut tail, mut sizes) = (Tail::new(), Sizes::new(SIZE));
    for cols in 1..=2 * MAX_SIZES as u16 {
        tail.push(b"12345");
        sizes.push(tail.end(), GridSize::new(cols, 24), &mut tail);
    }
    assert_eq!(sizes.0.len(), MAX_SIZES);
    assert_eq!(sizes.at(tail.begin()).0.cols, MAX_SIZES as u16 + 1);
    assert!(matches!(source(&tail, &sizes, 0).read(&read(0), dump), Some(Piece::Gap { .. })));
    tail.push(&[b'x'; CAPACITY]);
    sizes.push(tail.end(), SIZE, &mut tail);
    assert_eq!(sizes.0.len(), 2, "those of bytes that are gone are, too");
}
