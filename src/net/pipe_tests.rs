//! A WebSocket on a socket: what its owner sees, and what it does by itself.

use tokio::net::UnixStream;

use super::*;
use crate::net::pulse::{ANSWER, PERIOD, Pulse};

/// Our end, and the client's.
fn pair() -> (Pipe, UnixStream, Pulse) {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let (mut pipe, pulse) = (Pipe::from(Stream::Unix(ours)), Pulse::new());
    pipe.begin_web_socket(pulse.follow());
    (pipe, theirs, pulse)
}

/// Frames of a client whose mask changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    [&[first, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat()
}

async fn read(pipe: &mut Pipe) -> io::Result<Vec<u8>> {
    loop {
        pipe.ready(Interest::READABLE).await?;
        let mut buffer = [0; 64];
        match pipe.try_read(&mut buffer) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            other => return other.map(|length| buffer[..length].to_vec()),
        }
    }
}

/// So many bytes of what the client gets.
async fn told(theirs: &UnixStream, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < length {
        theirs.readable().await.expect("open");
        let mut buffer = vec![0; length - bytes.len()];
        match theirs.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(more) => bytes.extend_from_slice(&buffer[..more]),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    }
    bytes
}

fn write(pipe: &mut Pipe, parts: &[&[u8]]) -> io::Result<usize> {
    let slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
    pipe.try_write_vectored(&slices)
}

#[tokio::test]
async fn it_is_a_pipe_like_any_other() {
    let (mut pipe, theirs, _pulse) = pair();
    theirs.try_write(&[frame(0x02, b"one"), frame(0x89, b"?"), frame(0x80, b"two")].concat()).expect("room");
    assert_eq!(read(&mut pipe).await.expect("open"), b"onetwo");
    assert_eq!(told(&theirs, 3).await, b"\x8a\x01?", "a ping is answered by itself");
    assert_eq!(write(&mut pipe, &[b"thr", b"", b"ee"]).expect("room"), 5);
    assert_eq!(told(&theirs, 7).await, b"\x82\x05three");
    drop(theirs);
    assert_eq!(read(&mut pipe).await.expect("the end"), b"");
}

#[tokio::test]
async fn what_was_read_ahead_is_read_first_and_understood() {
    let (mut pipe, theirs, _pulse) = pair();
    let bytes = [frame(0x82, b"early"), frame(0x82, b"bird")].concat();
    let (ahead, later) = bytes.split_at(14);
    pipe.unread(ahead);
    theirs.try_write(later).expect("room");
    assert_eq!([read(&mut pipe).await.expect("open"), read(&mut pipe).await.expect("open")].concat(), b"earlybird");
    assert_eq!(pipe.ahead.capacity(), 0, "nothing is kept for that");
}

#[tokio::test]
async fn frames_are_whole_however_little_the_socket_takes() {
    let (mut pipe, theirs, _pulse) = pair();
    let data: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    let mut sent = 0;
    let sending = async {
        while sent < data.len() {
            match write(&mut pipe, &[&data[sent..data.len().min(sent + 100_000)]]) {
                Ok(more) => sent += more,
                Err(_) => drop(pipe.ready(Interest::WRITABLE).await.expect("open")),
            }
        }
    };
    let receiving = async {
        let mut seen = Vec::new();
        while seen.len() < data.len() {
            let header = told(&theirs, 2).await;
            let length = match header[1] {
                126 => told(&theirs, 2).await,
                127 => told(&theirs, 8).await,
                short => vec![short],
            };
            let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            seen.extend(told(&theirs, length).await);
        }
        seen
    };
    let ((), seen) = tokio::join!(sending, receiving);
    assert!(seen == data);
}

#[tokio::test]
async fn a_close_is_the_end_and_is_answered() {
    let (mut pipe, theirs, _pulse) = pair();
    theirs.try_write(&[frame(0x82, b"last"), frame(0x88, b"\x03\xe8")].concat()).expect("room");
    assert_eq!(read(&mut pipe).await.expect("open"), b"last");
    assert_eq!(read(&mut pipe).await.expect("the end"), b"");
    assert_eq!(told(&theirs, 4).await, b"\x88\x02\x03\xe8");
    let late = write(&mut pipe, &[b"late"]).expect_err("closed");
    assert_eq!(late.kind(), io::ErrorKind::BrokenPipe);
}

#[tokio::test(start_paused = true)]
async fn the_reason_of_an_end_is_read_although_something_was_not() {
    let (mut pipe, theirs, _pulse) = pair();
    theirs.try_write(&frame(0x82, b"unread")).expect("room");
    pipe.close(CloseCode::GoingAway, "the server stops");
    let client = async {
        let end = told(&theirs, 1_000).await;
        drop(theirs);
        end
    };
    let ((), end) = tokio::join!(pipe.linger(), client);
    assert_eq!(end, b"\x88\x12\x03\xe9the server stops");
}

#[tokio::test(start_paused = true)]
async fn who_does_not_end_after_that_is_not_waited_for() {
    let (pipe, _theirs, _pulse) = pair();
    let begun = Instant::now();
    pipe.linger().await;
    assert_eq!(begun.elapsed(), LINGER);
}

#[tokio::test]
async fn what_is_no_websocket_is_told_so() {
    let (mut pipe, theirs, _pulse) = pair();
    theirs.try_write(b"\x82\x01x").expect("room");
    assert_eq!(read(&mut pipe).await.expect_err("not masked").kind(), io::ErrorKind::InvalidData);
    pipe.linger().await;
    assert!(told(&theirs, 100).await.starts_with(b"\x88\x20\x03\xeaa client's frame is not masked"));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_stays_and_one_that_does_not_goes_within_half_a_minute() {
    let (mut pipe, theirs, _pulse) = pair();
    let answers = async {
        for _ in 0..3 {
            assert_eq!(told(&theirs, 2).await, b"\x89\x00");
            theirs.try_write(&frame(0x8a, b"")).expect("room");
        }
        Instant::now()
    };
    let (over, last_word) = tokio::join!(read(&mut pipe), answers);
    assert_eq!(over.expect_err("no answer").kind(), io::ErrorKind::TimedOut);
    assert_eq!(last_word.elapsed(), PERIOD + ANSWER);
}

#[tokio::test(start_paused = true)]
async fn a_slow_link_is_given_time_while_it_takes_something() {
    let (mut pipe, theirs, _pulse) = pair();
    let begun = Instant::now();
    tokio::time::timeout(PERIOD - ANSWER * 2, read(&mut pipe)).await.expect_err("nothing comes");
    write(&mut pipe, &[b"picture"]).expect("room");
    assert_eq!(read(&mut pipe).await.expect_err("no answer").kind(), io::ErrorKind::TimedOut);
    assert_eq!(begun.elapsed(), 2 * PERIOD, "one question is passed over");
    drop(theirs);
}
