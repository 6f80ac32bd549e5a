//! Those who speak and those who listen.

use super::*;

const FORMAT: Format = Format { sample: Sample::U8, channels: 1, rate: 8_000 };
/// Bytes of a piece of it.
const PIECE: usize = 160;

/// All there is to be heard now.
async fn heard(listener: &mut Listener) -> Vec<Heard> {
    let mut heard = Vec::new();
    loop {
        // Tokio makes who never waits wait now and then.
        tokio::task::yield_now().await;
        tokio::select! {
            biased;
            next = listener.next() => heard.push(next),
            () = std::future::ready(()) => return heard,
        }
    }
}

fn piece(byte: u8) -> Heard {
    Heard::Frames([byte; PIECE].into())
}

#[tokio::test]
async fn everybody_hears_all_of_it_from_where_he_came() {
    let sound = Sound::default();
    let (mut publisher, mut early) = (sound.publisher(), sound.listen(FORMAT));
    publisher.begin(FORMAT);
    publisher.frames(&[1; PIECE + 10]);
    let mut late = sound.listen(FORMAT);
    publisher.frames(&[1; PIECE - 10]);
    publisher.frames(&[3; 5]);
    publisher.end();
    let rest = Heard::Frames([3; 5].into());
    assert_eq!(heard(&mut early).await, [Heard::Begin, piece(1), piece(1), rest.clone(), Heard::End]);
    assert_eq!(heard(&mut late).await, [Heard::Begin, piece(1), rest, Heard::End]);
    publisher.end();
    drop(publisher);
    assert_eq!(heard(&mut early).await, []);
}

#[tokio::test]
async fn who_is_behind_loses_the_oldest_and_hears_that_there_is_a_hole() {
    let sound = Sound::default();
    let (mut publisher, mut listener) = (sound.publisher(), sound.listen(FORMAT));
    publisher.begin(FORMAT);
    publisher.frames(&[1; PIECE]);
    assert_eq!(heard(&mut listener).await, [Heard::Begin, piece(1)]);
    (0..RING + 7).for_each(|_| publisher.frames(&[2; PIECE]));
    let heard = heard(&mut listener).await;
    assert_eq!(heard[..3], [Heard::End, Heard::Begin, piece(2)]);
    assert_eq!((heard.len(), listener.lost()), (2 + RING, 7));
}

#[tokio::test]
async fn a_format_that_changes_is_another_sound() {
    let sound = Sound::default();
    let (mut publisher, mut listener) = (sound.publisher(), sound.listen(FORMAT));
    publisher.begin(FORMAT);
    publisher.frames(&[0x80; PIECE]);
    publisher.begin(Format { sample: Sample::S8, ..FORMAT });
    publisher.frames(&[0; PIECE]);
    let expected = [Heard::Begin, piece(0x80), Heard::End, Heard::Begin, piece(0x80)];
    assert_eq!(heard(&mut listener).await, expected);
}

#[tokio::test]
async fn of_several_the_first_is_heard_until_it_ends() {
    let sound = Sound::default();
    let (mut one, mut other, mut listener) = (sound.publisher(), sound.publisher(), sound.listen(FORMAT));
    other.begin(FORMAT);
    one.begin(FORMAT);
    one.frames(&[1; PIECE]);
    other.frames(&[2; PIECE]);
    one.frames(&[1; PIECE]);
    other.end();
    other.begin(FORMAT);
    one.end();
    other.frames(&[2; PIECE]);
    let expected = [Heard::Begin, piece(1), piece(1), Heard::End, Heard::Begin, piece(2)];
    assert_eq!(heard(&mut listener).await, expected);
}

#[tokio::test]
async fn nothing_is_kept_for_nobody_and_nothing_asked_for() {
    let sound = Sound::default();
    let mut publisher = sound.publisher();
    assert_eq!(publisher.wanted(), None);
    publisher.begin(FORMAT);
    publisher.frames(&[1; PIECE + 1]);
    assert!(publisher.held.is_empty());
    let cd = Format::default();
    for (first, rate) in [(44_100, 44_100), (11_025, 44_100), (48_000, 48_000), (8_000, 48_000), (47_999, 48_000)] {
        let listener = sound.listen(Format { rate: first, ..FORMAT });
        let second = sound.listen(Format { rate: 44_100, ..FORMAT });
        assert_eq!(publisher.wanted(), Some(Format { rate, ..cd }), "{first}");
        drop(listener);
        assert_eq!(publisher.wanted(), Some(Format { rate, ..cd }), "it does not change while somebody listens");
        drop(second);
        assert_eq!((publisher.wanted(), sound.listeners()), (None, 0));
    }
}

#[tokio::test]
async fn who_ends_all_the_time_is_not_heard_to() {
    tokio::time::pause();
    let sound = Sound::default();
    let (mut publisher, mut listener) = (sound.publisher(), sound.listen(FORMAT));
    let other = Format { sample: Sample::S8, ..FORMAT };
    // That somebody listens.
    publisher.wanted_changed().await;
    let mut all = Vec::new();
    for number in 0..100 {
        publisher.begin(FORMAT);
        publisher.frames(&[number; PIECE]);
        publisher.end();
        all.extend(heard(&mut listener).await);
    }
    let count = |all: &[Heard], what: &Heard| all.iter().filter(|heard| *heard == what).count();
    // What he says is heard all the same.
    assert_eq!((count(&all, &Heard::End), all.len()), (ENDS as usize, 2 * ENDS as usize + 1 + 100));
    publisher.begin(other);
    publisher.frames(&[0; PIECE]);
    assert_eq!(heard(&mut listener).await, [], "another format, and it may not be told");
    tokio::time::advance(END_EVERY).await;
    publisher.frames(&[0; PIECE]);
    assert_eq!(heard(&mut listener).await, [Heard::End, Heard::Begin, piece(0x80)]);
    publisher.end();
    assert_eq!(heard(&mut listener).await, [], "not yet");
    assert!(tokio::time::timeout(END_EVERY * 2, publisher.wanted_changed()).await.is_err(), "nothing else is wanted");
    assert_eq!(heard(&mut listener).await, [Heard::End], "although he says nothing more");
    (0..3).for_each(|_| publisher.begin(FORMAT));
    publisher.frames(&[0; PIECE]);
    assert_eq!(heard(&mut listener).await, [Heard::Begin, piece(0)]);
    drop(publisher);
    assert_eq!(heard(&mut listener).await, [Heard::End], "he is gone");
    tokio::time::advance(END_EVERY * 1_000).await;
    let mut publisher = sound.publisher();
    for _ in 0..ENDS + 9 {
        publisher.begin(FORMAT);
        publisher.frames(&[1; PIECE]);
        publisher.end();
    }
    let ends = count(&heard(&mut listener).await, &Heard::End);
    assert!(ends <= ENDS as usize + 1, "{ends} of them, with what was too much for the ring");
}

#[tokio::test]
async fn what_converts_is_made_once_for_sounds_of_the_same_format() {
    let sound = Sound::default();
    let (mut publisher, mut listener) = (sound.publisher(), sound.listen(Format { rate: 48_000, ..FORMAT }));
    let mut lengths: Vec<usize> = Vec::new();
    for _ in 0..3 {
        publisher.begin(FORMAT);
        (0..5).for_each(|_| publisher.frames(&[0x80; PIECE]));
        publisher.end();
        let heard = heard(&mut listener).await;
        lengths.push(heard.iter().map(|heard| if let Heard::Frames(frames) = heard { frames.len() } else { 0 }).sum());
        // It waits, and goes with nothing that was before.
        assert_eq!(listener.converter.as_ref().map(Converter::from), Some(FORMAT));
    }
    assert_eq!(lengths, [4_800; 3]);
}
