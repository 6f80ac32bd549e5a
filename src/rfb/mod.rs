//! RFC 6143 and its extensions, without I/O.

pub mod encode;
pub mod ids;
pub mod out;
pub mod pixel_format;
pub mod plan;
pub mod wire;
