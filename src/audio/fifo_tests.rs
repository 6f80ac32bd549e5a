//! What writers write, in any pieces, and what listeners make of it.

use super::super::{Heard, Listener, Sound};
use super::*;
use crate::rfb::ext::audio::Sample;

const FORMAT: Format = Format { sample: Sample::U8, channels: 1, rate: 8_000 };

/// What is heard of these writers, who write in pieces of this size.
async fn heard(writers: &[Vec<u8>], size: usize) -> Vec<Heard> {
    let sound = Sound::default();
    let mut listener = sound.listen(FORMAT);
    let mut publisher = sound.publisher();
    let mut all = Vec::new();
    for writer in writers {
        let mut stream = Stream::default();
        for piece in writer.chunks(size) {
            stream.take(piece, FORMAT, &mut publisher);
            all.extend(what_there_is(&mut listener).await);
        }
        stream.pause(&mut publisher);
        all.extend(what_there_is(&mut listener).await);
    }
    all
}

async fn what_there_is(listener: &mut Listener) -> Vec<Heard> {
    let mut heard = Vec::new();
    while let Ok(next) = timeout(Duration::ZERO, listener.next()).await {
        // Tokio makes who never waits wait now and then.
        tokio::task::yield_now().await;
        match (heard.last_mut(), next) {
            (Some(Heard::Frames(before)), Heard::Frames(frames)) => {
                *before = [&before[..], &frames[..]].concat().into()
            }
            (_, next) => heard.push(next),
        }
    }
    heard
}

/// Beginnings and ends, and the samples between them.
fn joined(heard: Vec<Heard>) -> Vec<Vec<u8>> {
    let mut streams = Vec::new();
    for heard in heard {
        match heard {
            Heard::Begin => streams.push(Vec::new()),
            Heard::Frames(frames) => streams.last_mut().expect("it has begun").extend_from_slice(&frames),
            Heard::End => {}
        }
    }
    streams
}

#[tokio::test]
async fn raw_samples_and_wav_files_follow_one_another_in_any_pieces() {
    let raw: Vec<u8> = (0..2_000_u32).map(|number| (number % 251) as u8).collect();
    let format = Format { sample: Sample::S16, channels: 2, rate: 8_000 };
    let samples: Vec<u8> = raw[..500].iter().flat_map(|high| [0, high ^ 0x80, 0, high ^ 0x80]).collect();
    let unknown = [&wav::head(format, None)[..], &samples].concat();
    // What follows the samples is no sound.
    let known = [&wav::head(format, Some(2_000))[..], &samples, b"LIST\x04\0\0\0IART"].concat();
    let writers = [raw.clone(), unknown, known];
    for size in [1, 3, 1_000, usize::MAX] {
        let streams = joined(heard(&writers, size).await);
        let lengths: Vec<usize> = streams.iter().map(Vec::len).collect();
        assert_eq!(lengths, [2_000, 500, 500], "pieces of {size}");
        assert!(streams == [raw.clone(), raw[..500].to_vec(), raw[..500].to_vec()], "pieces of {size}");
    }
}

#[tokio::test]
async fn what_cannot_be_heard_is_dropped_however_long_it_is() {
    let foreign = [&b"RIFF\0\0\0\0AVI LIST"[..], &[9; 200_000]].concat();
    let short = b"RIF".to_vec();
    assert_eq!(
        heard(&[foreign, short, vec![7; 160]], 1_000).await,
        [Heard::Begin, Heard::Frames([7; 160].into()), Heard::End]
    );
    let mut stream = Stream::default();
    let mut publisher = Sound::default().publisher();
    (0..100).for_each(|_| stream.take(b"RIFF\0\0\0\0AVI LIST", FORMAT, &mut publisher));
    assert!(stream.held.len() < 12);
}

#[tokio::test]
async fn where_the_fifo_is_kept_open_every_head_begins_another_sound() {
    let samples = |first: u8| (0..400_u32).map(|number| (number % 251) as u8 + first).collect::<Vec<u8>>();
    let (one, two) = (samples(0), samples(4));
    let known = |samples: &[u8], rest: &[u8]| [&wav::head(FORMAT, Some(400))[..], samples, rest].concat();
    let unknown = [&wav::head(FORMAT, None)[..], &two].concat();
    let foreign = [&b"RIFF\0\0\0\0AVI LIST"[..], &[9; 1_000]].concat();
    // One after the other; with what tells of the first between them; cut off; of no length; behind samples without a head; and
    // behind what cannot be heard.
    for (written, expected) in [
        ([known(&one, b""), known(&two, b"")], vec![&one[..], &two[..]]),
        ([known(&one, b"LIST\x04\0\0\0IART"), known(&two, b"")], vec![&one, &two]),
        ([known(&one[..77], b""), known(&two, b"")], vec![&one[..77], &two]),
        ([unknown.clone(), known(&one, b"")], vec![&two, &one]),
        ([one.clone(), unknown.clone()], vec![&one, &two]),
        ([foreign, unknown.clone()], vec![&two]),
    ] {
        for size in [1, 7, 1_000, usize::MAX] {
            assert_eq!(joined(heard(&[written.concat()], size).await), expected, "pieces of {size}");
        }
    }
    // What looks like the beginning of a head, and is none.
    let almost = b"RIFF....WAV RIFRIFF....WAVRIFF".to_vec();
    for size in [1, usize::MAX] {
        assert_eq!(joined(heard(&[[&[0; 8][..], &almost].concat()], size).await), [[&[0; 8][..], &almost].concat()]);
    }
}

#[tokio::test]
async fn half_a_frame_shifts_nothing_that_comes_after_a_pause() {
    let wide = Format { sample: Sample::S16, ..FORMAT };
    let (sound, mut stream) = (Sound::default(), Stream::default());
    let (mut listener, mut publisher) = (sound.listen(wide), sound.publisher());
    for bytes in [&[1, 1, 1][..], &[2, 2, 2, 2]] {
        stream.take(bytes, wide, &mut publisher);
        stream.pause(&mut publisher);
    }
    // Behind a head it is the same writer, who goes on in the middle of a frame.
    stream.take(&wav::head(wide, None), wide, &mut publisher);
    for bytes in [&[3, 3, 3][..], &[3, 4, 4]] {
        stream.take(bytes, wide, &mut publisher);
        stream.pause(&mut publisher);
    }
    let expected: [&[u8]; 4] = [&[1, 1], &[2, 2, 2, 2], &[3, 3], &[3, 3, 4, 4]];
    assert_eq!(joined(what_there_is(&mut listener).await), expected);
}

#[tokio::test]
async fn a_file_that_is_no_fifo_is_left_alone_and_one_is_made_where_there_is_nothing() {
    let directory = std::env::temp_dir().join(format!("vncterm-fifo-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory");
    let (file, path) = (directory.join("file"), directory.join("fifo"));
    fs::write(&file, "mine").expect("written");
    assert_eq!(open(&file).await.expect_err("no fifo").to_string(), "it is no fifo");
    assert_eq!(fs::read(&file).expect("still there"), b"mine");
    assert!(open(&directory.join("no/such")).await.is_err());
    let first = open(&path).await.expect("made");
    assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
    drop(first);
    open(&path).await.expect("opened again");
    fs::remove_dir_all(&directory).expect("removed");
}
