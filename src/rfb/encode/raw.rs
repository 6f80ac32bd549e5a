//! Raw (RFC 6143 §7.7.1): the pixels as they are.

use super::{Picture, Pixels, UpdateWriter, WireFormat};
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;

pub(super) fn encode(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    let coder = format.pixel();
    picture.pieces().for_each(|piece| put(piece, &coder, out));
}

/// Appends a rectangle of its own. It may stand among those of any encoding: every client takes it.
pub(super) fn put(piece: Pixels<'_>, coder: &PixelCoder, out: &mut UpdateWriter) {
    out.rect(piece.rect, Encoding::RAW);
    piece.for_each_row(|row| coder.put_row(row, &mut out.bytes));
}
