//! RFC 6143 and its extensions, without I/O.

pub mod ids;
pub mod out;
pub mod wire;
