//! What a command leaves behind may write for ever: it is heard to a limit.

use tokio::sync::oneshot;

use super::handle::Settings;
use super::line::LineEvent;
use super::{Console, LAST_WORDS, SLICE};
use crate::font::{Font, FontOptions};
use crate::geometry::GridSize;
use crate::source::{CommandLine, Endpoint};

#[tokio::test]
async fn a_child_left_behind_is_heard_to_a_limit() {
    let script = "trap '' HUP; yes & exec sleep 0";
    let settings = Settings {
        id: 1,
        name: "console".into(),
        endpoint: Endpoint::Command(CommandLine::new("/bin/sh", ["-c".into(), script.into()])),
        grid: GridSize::new(20, 5),
        terminal: crate::terminal::Options::default(),
        font: Font::new(FontOptions::default()).expect("the bundled font"),
        paste_rate: None,
    };
    let (mut console, _display) = Console::new(settings, oneshot::channel().0).expect("starts");
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
