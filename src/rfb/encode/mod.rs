//! Encodings (RFC 6143 §7.7): pixels of a frame to the bytes of one FramebufferUpdate.
//!
//! Encoding is a function of frame, plan and wire format; nothing of one viewer is in it. So its result is made once
//! and sent to every viewer that is at the same point with the same format. Adding an encoder to [`ENCODERS`] enters
//! it in the round-trip tests, the fuzz target and the bench.

mod copyrect;
pub mod cursor;
mod raw;

use std::sync::Arc;

use super::ids::Encoding;
use super::out::OutQueue;
use super::pixel_format::PixelFormat;
use super::plan::{Plan, View};
use super::wire::Writer;
use crate::geometry::Rect;
use crate::surface::{Frame, Pixel};

/// All that changes the bytes of an update, besides the frames: the key of the update cache.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WireFormat {
    /// A checked true colour format.
    pub pixel_format: PixelFormat,
    /// One of [`ENCODERS`]; any other is sent as Raw, which every client knows.
    pub encoding: Encoding,
    /// The compression level 0 (fast) to 9 (small) that the client asked for.
    pub compression: u8,
    /// The client listed CopyRect.
    pub copy_rect: bool,
    /// For clients that cannot change the size of their picture.
    pub view: Option<View>,
}

/// One way to encode rectangles of pixels.
pub struct Encoder {
    /// Its number and name.
    pub encoding: Encoding,
    encode: fn(&Picture<'_>, &WireFormat, &mut UpdateWriter),
}

/// The encodings of pixels, the one that is best for text first: of those that a client lists, the first is used.
pub const ENCODERS: &[Encoder] = &[Encoder { encoding: Encoding::RAW, encode: raw::encode }];

impl Default for WireFormat {
    /// What a client is sent that has said nothing.
    fn default() -> Self {
        Self {
            pixel_format: PixelFormat::SERVER_DEFAULT,
            encoding: Encoding::RAW,
            compression: Self::DEFAULT_COMPRESSION,
            copy_rect: false,
            view: None,
        }
    }
}

impl WireFormat {
    /// The compression level for clients that name none.
    pub const DEFAULT_COMPRESSION: u8 = 6;

    /// The encoding for a client that listed these, in whatever order: see [`ENCODERS`].
    pub fn choose(listed: &[Encoding]) -> Encoding {
        let mut known = ENCODERS.iter().map(|encoder| encoder.encoding);
        known.find(|encoding| listed.contains(encoding)).unwrap_or(Encoding::RAW)
    }

    fn encoder(&self) -> fn(&Picture<'_>, &WireFormat, &mut UpdateWriter) {
        ENCODERS.iter().find(|encoder| encoder.encoding == self.encoding).map_or(raw::encode, |encoder| encoder.encode)
    }
}

/// The zlib streams of a connection that have begun: the header of a stream is sent with its first bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ZlibStreams {
    zrle: bool,
}

/// The two bytes that begin a zlib stream (RFC 1950): deflate with a window of 32 KiB, made fast.
const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];

/// The bytes of a FramebufferUpdate, the same for every viewer but for the start of a zlib stream.
#[derive(Clone, Debug)]
pub struct EncodedUpdate {
    bytes: Arc<[u8]>,
    rects: u16,
    /// Where the length stands that counts the first bytes of the update's ZRLE data.
    zrle_start: Option<usize>,
}

impl EncodedUpdate {
    /// Rectangles in it.
    pub fn rects(&self) -> u16 {
        self.rects
    }

    /// Its bytes, give or take a zlib header: also the memory it takes.
    #[allow(clippy::len_without_is_empty, reason = "never empty: there is always a header")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Queues the update for one viewer. Updates must be sent in the order in which this is called.
    pub fn write_for(&self, streams: &mut ZlibStreams, out: &mut OutQueue) {
        let mut shared = 0;
        if let Some(start) = self.zrle_start.filter(|_| !streams.zrle) {
            streams.zrle = true;
            let length = self.bytes[start..].first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
            out.share(&self.bytes, 0..start);
            out.write(|writer| {
                writer.u32(length + ZLIB_HEADER.len() as u32).bytes(&ZLIB_HEADER);
            });
            shared = start + size_of::<u32>();
        }
        out.share(&self.bytes, shared..self.bytes.len());
    }
}

/// Encodes what `plan` says of `frame`, for which it was made.
pub fn encode(frame: &Frame, plan: &Plan, format: &WireFormat) -> EncodedUpdate {
    let mut writer = UpdateWriter::new();
    plan.moves.iter().for_each(|copy| copyrect::encode(copy, &mut writer));
    let widest = plan.blank.iter().map(|rect| rect.width).max().unwrap_or(0);
    let picture = Picture { frame, plan, black: vec![0; widest as usize] };
    format.encoder()(&picture, format, &mut writer);
    writer.finish()
}

/// What an encoder sees: the rectangles to send, and their pixels.
pub(super) struct Picture<'a> {
    frame: &'a Frame,
    plan: &'a Plan,
    /// A row of what the frame does not cover.
    black: Vec<Pixel>,
}

/// The pixels of one rectangle.
#[derive(Clone, Copy)]
pub(super) struct Pixels<'a> {
    frame: &'a Frame,
    /// In the client's picture.
    rect: Rect,
    /// In the frame; `None` for black.
    place: Option<Rect>,
    black: &'a [Pixel],
}

impl Picture<'_> {
    /// The rectangles to send.
    fn pieces(&self) -> impl Iterator<Item = Pixels<'_>> {
        let pixels = |rect: &Rect, place| Pixels { frame: self.frame, rect: *rect, place, black: &self.black };
        let blank = self.plan.blank.iter().map(move |rect| pixels(rect, None));
        blank.chain(self.plan.rects.iter().map(move |rect| pixels(rect, Some(self.plan.shift.to_frame(*rect)))))
    }
}

impl<'a> Pixels<'a> {
    /// The rows from the top.
    fn rows(&self) -> impl Iterator<Item = &'a [Pixel]> + use<'a> {
        let Self { frame, rect, place, black } = *self;
        (0..rect.height).map(move |y| match place {
            Some(place) => &frame.row(place.y + y)[place.x as usize..place.right() as usize],
            None => &black[..rect.width as usize],
        })
    }
}

/// Gathers the rectangles of an update.
pub(super) struct UpdateWriter {
    bytes: Vec<u8>,
    rects: u16,
    zrle_start: Option<usize>,
}

impl UpdateWriter {
    fn new() -> Self {
        // FramebufferUpdate (RFC 6143 §7.6.1): type, padding, number of rectangles.
        Self { bytes: vec![0; 4], rects: 0, zrle_start: None }
    }

    /// Begins a rectangle; its data follows.
    fn rect(&mut self, rect: Rect, encoding: Encoding) {
        let mut writer = Writer::new(&mut self.bytes);
        writer.pixels(rect.x).pixels(rect.y).pixels(rect.width).pixels(rect.height).i32(encoding.0);
        self.rects = self.rects.saturating_add(1);
    }

    fn finish(mut self) -> EncodedUpdate {
        self.bytes[2..4].copy_from_slice(&self.rects.to_be_bytes());
        EncodedUpdate { bytes: self.bytes.into(), rects: self.rects, zrle_start: self.zrle_start }
    }
}
