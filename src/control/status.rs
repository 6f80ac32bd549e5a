//! What `status` tells: schema `vncterm-status/1`. What is added to it later changes neither its name nor what is there.

use serde::Serialize;

/// The name of the schema, and its version.
pub const SCHEMA: &str = "vncterm-status/1";

/// How all stands.
#[derive(Debug, Serialize)]
pub struct Status {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The guest's name.
    pub name: String,
    /// The program's version.
    pub version: &'static str,
    /// Its process.
    pub process: u32,
    /// Seconds since it began.
    pub uptime: u64,
    /// Where viewers connect.
    pub listen: Vec<String>,
    /// How many there are.
    pub viewers: Viewers,
    /// The consoles, by the numbers of their virtual terminals.
    pub consoles: Vec<Console>,
}

/// How many viewers there are.
#[derive(Debug, Serialize)]
pub struct Viewers {
    /// Now.
    pub count: usize,
    /// At most.
    pub most: usize,
}

/// Somebody who is in, as `viewers` tells of him.
#[derive(Debug, Serialize)]
pub struct Viewer {
    /// As in the log; its own as long as the server runs.
    pub number: u64,
    /// What its credentials call it; empty where they do not.
    pub name: String,
    /// Where it is.
    pub peer: String,
    /// What carries its bytes: `tcp`, `unix`, `tls`, `ws` or `wss`.
    pub way: String,
    /// `view`, `write` or `admin`.
    pub role: &'static str,
    /// The number of the virtual terminal that it looks at.
    pub console: u8,
    /// Seconds since it came in.
    pub since: u64,
    /// Seconds since somebody did something there.
    pub idle: u64,
}

/// How a console stands.
#[derive(Debug, Serialize)]
pub struct Console {
    /// The number of its virtual terminal, from 1.
    pub number: u8,
    /// What it is called.
    pub name: String,
    /// `text`, or `graphics` for a proxied screen.
    pub kind: &'static str,
    /// Where its bytes come from.
    pub source: String,
    /// `waiting`, `open` or `ended`.
    pub state: &'static str,
    /// What became of its source, in words; empty while all is well.
    pub detail: String,
    /// Its size in cells.
    pub columns: u16,
    /// See `columns`.
    pub rows: u16,
    /// Its picture's size in pixels.
    pub width: u32,
    /// See `width`.
    pub height: u32,
    /// Where its cursor is, from 0.
    pub cursor: Cursor,
    /// What its programs call it; may be empty.
    pub title: String,
    /// The alternate screen is shown, as full-screen programs do.
    pub alternate: bool,
    /// Lines that have left its screen and are kept.
    pub history: usize,
    /// Its source can carry a break.
    pub can_break: bool,
    /// Pastes that are not typed to their ends.
    pub pastes: usize,
}

/// A place on a screen, from 0.
#[derive(Debug, Serialize)]
pub struct Cursor {
    /// From the top.
    pub row: u16,
    /// From the left.
    pub column: u16,
}
