//! `vncterm attach`: a console in the user's terminal.
//!
//! ```text
//! stdin  ─► Keys ─► Escape ─┬─► the guest's terminal encodes it ─► the server
//!                           └─► a menu, looking back, another console
//! server ─► the guest's terminal ─► Canvas ─► Painter ─► stdout
//! ```
//! What a guest prints goes through a terminal of our own, and nothing of it reaches the user's but text, colours and
//! attributes. What the guest asks of its terminal is answered by the server alone.

pub mod canvas;
pub mod escape;
pub mod keys;
pub mod painter;
pub mod profile;
