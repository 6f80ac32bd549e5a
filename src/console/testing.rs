//! Consoles for tests, without their tasks.

use tokio::sync::oneshot;

use super::Console;
use super::handle::Settings;
use crate::display::Display;
use crate::display::board::Board;
use crate::font::{Font, FontOptions};
use crate::geometry::GridSize;
use crate::source::Endpoint;

/// A console of `grid` that has just begun.
pub(super) fn console(endpoint: Endpoint, grid: GridSize) -> (Console, Display) {
    let settings = Settings {
        id: 1,
        name: "console".into(),
        endpoint,
        grid,
        terminal: crate::terminal::Options::default(),
        font: Font::new(FontOptions::default()).expect("the bundled font"),
        paste_rate: None,
        board: Board::default(),
    };
    Console::new(settings, oneshot::channel().0).expect("begins")
}

/// One whose source is open.
pub(super) async fn opened(endpoint: Endpoint, grid: GridSize) -> (Console, Display) {
    let (mut console, display) = console(endpoint, grid);
    while !console.line.is_open() {
        let event = console.line.event().await;
        console.line_event(event).await;
    }
    (console, display)
}
