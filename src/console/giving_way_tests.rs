//! Who is waited for, and for how long.

use super::*;

const MIB: u64 = 1024 * 1024;

/// A tail of which somebody reads that has come to its beginning.
fn tail(bytes: u64) -> Tail {
    let mut tail = Tail::new();
    tail.keep(Some(0));
    (0..bytes / MIB).for_each(|_| tail.push(&vec![b'x'; MIB as usize]));
    tail
}

#[test]
fn who_is_quick_is_waited_for_and_who_is_not_behind_is_not() {
    let (now, tail) = (Instant::now(), tail(4 * MIB));
    let mut pace = Pace::new(tail.end(), &tail);
    assert_eq!(pace.look(tail.end(), &tail, now), None);
    assert_eq!(pace.look(tail.end() - BEHIND + 1, &tail, now), None, "not far");
    assert_eq!(pace.look(0, &tail, now), Some(now + WINDOW));
    let later = now + WINDOW / 2;
    assert_eq!(pace.look(STRIDE - 1, &tail, later), Some(now + WINDOW), "time runs until it has gained a stride");
    assert_eq!(pace.look(STRIDE, &tail, later), Some(later + WINDOW));
    assert_eq!(pace.look(tail.end() - BEHIND + 1, &tail, later), None, "it has come near");
}

#[test]
fn who_is_slow_is_waited_for_once() {
    let (now, tail) = (Instant::now(), tail(4 * MIB));
    let mut pace = Pace::new(tail.end(), &tail);
    assert_eq!(pace.look(0, &tail, now), Some(now + WINDOW));
    assert_eq!(pace.look(STRIDE - 1, &tail, now + WINDOW), None);
    assert_eq!(pace.look(STRIDE, &tail, now + WINDOW * 3 / 2), None, "a byte is no stride");
    assert_eq!(pace.look(STRIDE, &tail, now + WINDOW * 2), None);
    // It need not stay so.
    let later = now + WINDOW * 5 / 2;
    assert_eq!(pace.look(STRIDE * 2, &tail, later), Some(later + WINDOW));
}

#[test]
fn who_has_missed_bytes_is_not_quick_by_what_it_missed() {
    let now = Instant::now();
    let mut tail = tail(4 * MIB);
    let mut pace = Pace::new(tail.end(), &tail);
    assert_eq!(pace.look(0, &tail, now), Some(now + WINDOW));
    tail.push(b"more");
    assert_eq!(pace.look(0, &tail, now), None);
    assert_eq!(pace.look(tail.begin(), &tail, now + WINDOW / 2), None);
    assert_eq!(pace.look(tail.begin() + STRIDE, &tail, now + WINDOW / 2), Some(now + WINDOW * 3 / 2), "and then it is");
}

#[test]
fn who_begins_far_behind_is_waited_for_once_it_is_quick() {
    let (now, tail) = (Instant::now(), tail(4 * MIB));
    let mut pace = Pace::new(0, &tail);
    assert_eq!(pace.look(0, &tail, now), None);
    assert_eq!(pace.look(STRIDE, &tail, now + WINDOW / 2), Some(now + WINDOW * 3 / 2));
}
