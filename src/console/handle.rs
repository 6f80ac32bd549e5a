//! A console as others see it: how it is set up, what is to be seen of it, and its end.

use std::io;
use std::num::NonZeroU32;

use tokio::sync::oneshot;
use tracing::Instrument;

use super::Console;
use crate::display::Display;
use crate::display::board::Board;
use crate::font::Font;
use crate::geometry::GridSize;
use crate::shutdown::Stop;
use crate::source::{Endpoint, ExitStatus};
use crate::terminal;

/// How a console is set up.
#[derive(Debug)]
pub struct Settings {
    /// The number of its display, its own in this process.
    pub id: u32,
    /// What it is called.
    pub name: String,
    /// Where its bytes come from.
    pub endpoint: Endpoint,
    /// Its size at start.
    pub grid: GridSize,
    /// Its terminal.
    pub terminal: terminal::Options,
    /// What it is written with.
    pub font: Font,
    /// How fast pastes are typed at most, in bytes a second; without one, as fast as the source takes them.
    pub paste_rate: Option<NonZeroU32>,
    /// Where others read what there is to be told of it beside its picture.
    pub board: Board,
}

/// A running console.
#[derive(Debug)]
pub struct Handle {
    /// Its picture and its input.
    pub display: Display,
    /// Gives the status of its command when that has ended; fails when there will be none.
    pub ended: oneshot::Receiver<ExitStatus>,
}

/// Starts a console: its source is opened at once and drained until `stop`, with or without viewers. A command that
/// cannot be started is an error; a device that is not there is waited for.
pub fn start(settings: Settings, stop: Stop) -> io::Result<Handle> {
    let span = tracing::info_span!("console", name = %settings.name);
    let (ending, ended) = oneshot::channel();
    let (console, display) = span.in_scope(|| Console::new(settings, ending))?;
    tokio::spawn(console.run(stop).instrument(span));
    Ok(Handle { display, ended })
}
