//! What a command leaves behind may write for ever: it is heard to a limit. Its end is told behind its last words.

use tokio::sync::oneshot;

use super::super::line::LineEvent;
use super::super::testing::console;
use super::*;
use crate::display::stream::{From, Open, Place};
use crate::geometry::GridSize;
use crate::source::{CommandLine, Endpoint};

#[tokio::test]
async fn a_child_left_behind_is_heard_to_a_limit() {
    let script = "trap '' HUP; yes & exec sleep 0";
    let shell = CommandLine::new("/bin/sh", ["-c".into(), script.into()]);
    let (mut console, _display) = console(Endpoint::Command(shell), GridSize::new(20, 5));
    loop {
        let event = console.line.event().await;
        let ended = matches!(event, LineEvent::Ended(_));
        let before = console.tail.end();
        console.line_event(event).await;
        if ended {
            let heard = console.tail.end() - before;
            assert!(heard <= (LAST_WORDS + SLICE) as u64, "{heard} bytes");
            break;
        }
    }
    assert!(!console.line.is_open(), "and its terminal is closed");
}

/// One whose command has ended, whoever waits for that, and who reads its bytes.
async fn ended() -> (Console, oneshot::Receiver<ExitStatus>, Place) {
    let echo = CommandLine::new("/bin/echo", ["last words".into()]);
    let (mut console, _display) = console(Endpoint::Command(echo), GridSize::new(20, 5));
    let (ending, told) = oneshot::channel();
    console.ending = Some(ending);
    let place = Place::default();
    let (reply, _answer) = oneshot::channel();
    console.stream_opened(Open { from: From::Now, dumps: true, lines: 0, place: place.clone() }, reply);
    while console.ended.is_none() {
        let event = console.line.event().await;
        console.line_event(event).await;
    }
    (console, told, place)
}

#[tokio::test]
async fn the_end_is_told_when_those_who_read_have_it_all() {
    let (mut console, mut told, place) = ended().await;
    let now = Instant::now();
    console.tell_streams(now);
    assert_eq!(console.tell_end(now), Some(now + LOOK));
    assert!(told.try_recv().is_err());
    drop(place);
    console.tell_streams(now);
    assert_eq!(console.tell_end(now), None);
    assert!(told.try_recv().is_ok_and(|status| status.is_success()));
}

#[tokio::test]
async fn the_end_is_told_in_time_whoever_reads() {
    let (mut console, mut told, _place) = ended().await;
    let until = console.ended.as_ref().expect("it has ended").1;
    assert_eq!(console.tell_end(until - LOOK / 2), Some(until));
    assert_eq!(console.tell_end(until), None);
    assert!(told.try_recv().is_ok());
}
