//! Raw (RFC 6143 §7.7.1): the pixels as they are.

use super::{Picture, UpdateWriter, WireFormat};
use crate::rfb::ids::Encoding;

pub(super) fn encode(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    let coder = format.pixel_format.pixel();
    for piece in picture.pieces() {
        out.rect(piece.rect, Encoding::RAW);
        piece.for_each_row(|row| coder.put_row(row, &mut out.bytes));
    }
}
