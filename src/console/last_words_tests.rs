//! What a command leaves behind may write for ever: it is heard to a limit.

use super::line::LineEvent;
use super::testing::console;
use super::{LAST_WORDS, SLICE};
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
