//! vncterm: guests' text consoles, each run through a terminal emulator, painted, and served to many VNC viewers at once.
//!
//! Four storeys; imports point down, or sideways where docs/architecture.md says so, and `tests/suite/house.rs` keeps it:
//!
//! ```text
//! 3 programs    main.rs  run.rs  tools/  config/  attach/
//! 2 tasks       server/  control/  console/  source/  net/  audio/  display.rs  guest.rs   tokio lives only here and above
//! 1 pictures    render/                                                     joins terminal, font and surface
//! 0 pure parts  terminal/  rfb/  surface/  font/  input/  geometry.rs       no I/O, no clock, no randomness, no async
//! ```
//!
//! Invariants: no byte from a guest, a viewer or an upstream can crash us or grow us; when all is quiet every viewer
//! shows exactly what its terminal holds; nothing is painted that nobody looks at.
#![forbid(unsafe_code)]

pub mod access;
pub mod attach;
pub mod audio;
pub mod client;
pub mod config;
pub mod console;
pub mod control;
pub mod display;
pub mod font;
pub mod geometry;
pub mod guest;
pub mod input;
pub mod logging;
pub mod net;
pub mod render;
pub mod rfb;
pub mod run;
pub mod server;
pub mod shutdown;
pub mod source;
pub mod surface;
pub mod terminal;
pub mod tools;
pub mod upstream;
