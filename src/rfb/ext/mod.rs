//! Extensions: one file each. What a client did not list is never sent to it.

pub mod audio;
pub mod clipboard;
pub mod console;
pub mod desktop_size;
pub mod extended_clipboard;
pub mod led;
pub mod outlet;
pub mod qemu_key;
pub mod qemu_motion;
pub mod stream;
pub mod xvp;
mod zlib;

use super::ids::{Encoding, ServerMessageType};
use super::message::client::encode_rect;
use super::wire::Writer;
use crate::geometry::Rect;

/// The head of a FramebufferUpdate (RFC 6143 §7.6.1).
pub(super) fn update_head(rects: u16, w: &mut Writer<'_>) {
    w.u8(ServerMessageType::FRAMEBUFFER_UPDATE.0).pad(1).u16(rects);
}

/// The head of a rectangle (RFC 6143 §7.6.1).
pub(super) fn rect_head(rect: Rect, encoding: Encoding, w: &mut Writer<'_>) {
    encode_rect(rect, w);
    w.i32(encoding.0);
}
