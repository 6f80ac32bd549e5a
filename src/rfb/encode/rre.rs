//! RRE (RFC 6143 §7.7.3) and CoRRE (rfbproto, "CoRRE Encoding"): a background and rectangles of one colour. They differ
//! in the size of the numbers alone. What would be larger so is sent as Raw, which every client takes.

use super::subrects::{Subrects, cut, grounds, parts};
use super::{MAX_CUT, Picture, Pixels, UpdateWriter, WireFormat, raw};
use crate::geometry::{Rect, Size};
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelCoder;
use crate::rfb::wire::Writer;

use super::analyse::{Indexed, MAX_COLORS};

/// What tells the two apart.
struct Kind {
    encoding: Encoding,
    /// Places and sizes are bytes, and so rectangles at most 255 wide and high; else they are numbers of 16 bits.
    bytes: bool,
    /// The largest part that is looked at as one.
    most: Size,
}

const RRE: Kind = Kind { encoding: Encoding::RRE, bytes: false, most: Size::new(1024, 256) };
const CORRE: Kind = Kind { encoding: Encoding::CORRE, bytes: true, most: Size::new(255, 255) };

pub(super) fn encode_rre(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    encode(picture, format, &RRE, out);
}

pub(super) fn encode_corre(picture: &Picture<'_>, format: &WireFormat, out: &mut UpdateWriter) {
    encode(picture, format, &CORRE, out);
}

fn encode(picture: &Picture<'_>, format: &WireFormat, kind: &Kind, out: &mut UpdateWriter) {
    let coder = format.pixel();
    let tile = picture.frame.tile();
    let mut scratch = Scratch::default();
    for piece in picture.pieces() {
        for part in parts(piece, tile, kind.most.width, kind.most.height) {
            if !scratch.indexed.scan(part, &coder, MAX_COLORS) {
                raw::put(part, &coder, out);
                continue;
            }
            let mut cut = grounds(part.rect.size(), tile, &scratch.indexed);
            if usize::from(out.rects) + cut.len() > MAX_CUT {
                // One tile as large as the part leaves it whole.
                cut = grounds(part.rect.size(), part.rect.size(), &scratch.indexed);
            }
            for ground in cut {
                scratch.put(part, ground.rect, ground.background, &coder, kind, out);
            }
        }
    }
}

#[derive(Default)]
struct Scratch {
    indexed: Indexed,
    subrects: Subrects,
    indices: Vec<u8>,
}

impl Scratch {
    /// Appends the part `area` of `part`, whose colours have been found.
    fn put(
        &mut self,
        part: Pixels<'_>,
        area: Rect,
        background: u8,
        coder: &PixelCoder,
        kind: &Kind,
        out: &mut UpdateWriter,
    ) {
        cut(&self.indexed.indices, part.rect.width as usize, area, &mut self.indices);
        let each = coder.len() + if kind.bytes { 4 } else { 8 };
        let raw_len = area.area() as usize * coder.len();
        // Number and background come first.
        let most = raw_len.saturating_sub(4 + coder.len()) / each;
        if !self.subrects.find(&self.indices, area.width as usize, background, most) {
            return raw::put(part.part(area), coder, out);
        }
        out.rect(part.part(area).rect, kind.encoding);
        Writer::new(&mut out.bytes).u32(self.subrects.list.len() as u32);
        coder.put(self.indexed.colors[usize::from(background)], &mut out.bytes);
        for subrect in &self.subrects.list {
            coder.put(self.indexed.colors[usize::from(subrect.color)], &mut out.bytes);
            for number in [subrect.x, subrect.y, subrect.width, subrect.height] {
                let bytes = (number as u16).to_be_bytes();
                out.bytes.extend_from_slice(if kind.bytes { &bytes[1..] } else { &bytes });
            }
        }
    }
}
