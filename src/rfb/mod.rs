//! RFC 6143 and its extensions, without I/O.

pub mod capabilities;
pub mod client;
pub mod colour_map;
pub mod decode;
pub mod encode;
pub mod error;
mod exchange;
pub mod ext;
mod flow;
pub mod handshake;
pub mod ids;
mod input;
pub mod message;
mod news;
pub mod out;
mod paced;
pub mod picture;
pub mod pixel_format;
pub mod plan;
mod repeats;
pub mod request;
pub mod server;
mod session;
pub mod wire;
