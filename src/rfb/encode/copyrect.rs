//! CopyRect (RFC 6143 §7.7.2): pixels that the client has already, elsewhere.

use super::UpdateWriter;
use crate::rfb::ids::Encoding;
use crate::rfb::plan::CopyRect;
use crate::rfb::wire::Writer;

pub(super) fn encode(copy: &CopyRect, out: &mut UpdateWriter) {
    out.rect(copy.target, Encoding::COPY_RECT);
    Writer::new(&mut out.bytes).pixels(copy.source.x).pixels(copy.source.y);
}
