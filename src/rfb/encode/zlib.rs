//! Zlib (rfbproto, "Zlib Encoding"): the pixels as they are, through one zlib stream.

use super::deflate::Gathered;
use super::{Picture, Stream, UpdateWriter, WireFormat};
use crate::rfb::ids::Encoding;

pub(super) fn encode(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    let coder = format.pixel();
    let mut gathered = Gathered::default();
    for piece in picture.pieces() {
        gathered.rect(piece.rect, Encoding::ZLIB);
        piece.for_each_row(|row| coder.put_row(row, &mut gathered.data));
        gathered.end_part();
    }
    gathered.write(Stream::Zlib, format.compression, out);
}
