//! Encodings (RFC 6143 §7.7): pixels of a frame to the bytes of one FramebufferUpdate.
//!
//! Encoding is a function of frame, plan and wire format; nothing of one viewer is in it. So its result is made once
//! and sent to every viewer that is at the same point with the same format. Adding an encoder to [`ENCODERS`] enters
//! it in the round-trip tests, the fuzz target and the bench.

mod analyse;
mod codes;
mod copyrect;
pub mod cursor;
mod deflate;
pub(super) mod hextile;
mod huffman;
mod jpeg;
mod lz77;
mod raw;
mod rre;
mod spread;
mod subrects;
pub(super) mod tight;
pub(super) mod tight_png;
pub(super) mod trle;
mod zlib;
pub(super) mod zrle;

use std::sync::Arc;

use self::deflate::End;
use super::colour_map::ColourMap;
use super::ids::Encoding;
use super::out::OutQueue;
use super::pixel_format::{PixelCoder, PixelFormat};
use super::plan::{CopyRect, Plan, View};
use super::wire::Writer;
use crate::geometry::Rect;
use crate::surface::{Frame, Pixel, Region};

/// All that changes the bytes of an update, besides the frames: the key of the update cache.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WireFormat {
    /// A checked format.
    pub pixel_format: PixelFormat,
    /// What its pixels stand for, where they are indices.
    pub colour_map: Option<Arc<ColourMap>>,
    /// One of [`ENCODERS`]; any other is sent as Raw, which every client knows.
    pub encoding: Encoding,
    /// The compression level 0 (fast) to 9 (small); of those that make the same bytes, the lowest: see [`Self::effort`].
    pub compression: u8,
    /// The client listed CopyRect.
    pub copy_rect: bool,
    /// For clients that cannot change the size of their picture.
    pub view: Option<View>,
    /// How a proxied screen is sent, where that differs from how text is: in Tight.
    pub screen: Option<Screen>,
}

/// How a proxied screen is sent, which may hold anything: photographs, films.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Screen {
    /// What looks like a photograph may be JPEG of this level, 0..=9; without one nothing is lost.
    pub quality: Option<u8>,
    /// The client knows Tight's gradient filter.
    pub gradient: bool,
}

/// One way to encode rectangles of pixels.
pub struct Encoder {
    /// Its number and name.
    pub encoding: Encoding,
    /// The compression levels from which on it tries harder.
    levels: &'static [u8],
    encode: fn(&Picture<'_>, &WireFormat, &mut UpdateWriter),
}

/// The encodings of pixels that we have. Their order here says nothing: a client gets the one that it lists first, as
/// RFC 6143 §7.5.2 wants it, except that Raw counts as the last whatever its place
/// ([`Capabilities::preferred`](super::capabilities::Capabilities::preferred)). Viewers of the tight family list Raw
/// first on what they take for the same machine, and the end of a tunnel (`ssh -L`) looks like it to them.
/// Measured (benches/encode.rs, a boot log): Raw 427 KB an update and 0.06 ms to make; Tight at the level such viewers
/// ask for 1.5 KB and 0.16 ms, once for all viewers, where Raw is written anew to each. Between Tight and ZRLE there is
/// little, so nothing overrules the client's order there.
pub const ENCODERS: &[Encoder] = &[
    Encoder { encoding: Encoding::ZRLE, levels: &deflate::LEVELS, encode: zrle::encode },
    Encoder { encoding: Encoding::TIGHT, levels: &deflate::LEVELS, encode: tight::encode },
    Encoder { encoding: Encoding::ZLIB, levels: &deflate::LEVELS, encode: zlib::encode },
    Encoder { encoding: Encoding::TIGHT_PNG, levels: &tight_png::LEVELS, encode: tight_png::encode },
    Encoder { encoding: Encoding::TRLE, levels: &[], encode: trle::encode },
    Encoder { encoding: Encoding::HEXTILE, levels: &[], encode: hextile::encode },
    Encoder { encoding: Encoding::CORRE, levels: &[], encode: rre::encode_corre },
    Encoder { encoding: Encoding::RRE, levels: &[], encode: rre::encode_rre },
    Encoder { encoding: Encoding::RAW, levels: &[], encode: raw::encode },
];

impl Default for WireFormat {
    /// What a client is sent that has said nothing.
    fn default() -> Self {
        Self {
            pixel_format: PixelFormat::SERVER_DEFAULT,
            colour_map: None,
            encoding: Encoding::RAW,
            compression: Self::DEFAULT_COMPRESSION,
            copy_rect: false,
            view: None,
            screen: None,
        }
    }
}

impl WireFormat {
    /// The compression level for clients that name none.
    pub const DEFAULT_COMPRESSION: u8 = 6;

    fn encoder(&self) -> fn(&Picture<'_>, &WireFormat, &mut UpdateWriter) {
        encoder(self.encoding).map_or(raw::encode, |encoder| encoder.encode)
    }

    /// The compression level that stands for `level` in this encoding: viewers whose levels make no difference share
    /// their updates.
    pub fn effort(encoding: Encoding, level: u8) -> u8 {
        let levels = encoder(encoding).map_or(&[][..], |encoder| encoder.levels);
        levels.iter().rev().find(|from| level >= **from).copied().unwrap_or(0)
    }

    /// The same, of which nothing is lost.
    pub fn lossless(&self) -> Self {
        let screen = self.screen.map(|screen| Screen { quality: None, ..screen });
        Self { screen, ..self.clone() }
    }

    /// Translates to PIXEL.
    pub fn pixel(&self) -> PixelCoder {
        self.pixel_format.pixel().with_colours(self.colour_map.as_ref())
    }

    /// Translates to CPIXEL.
    pub fn cpixel(&self) -> PixelCoder {
        self.pixel_format.cpixel().with_colours(self.colour_map.as_ref())
    }

    /// Translates to TPIXEL.
    pub fn tpixel(&self) -> PixelCoder {
        self.pixel_format.tpixel().with_colours(self.colour_map.as_ref())
    }
}

fn encoder(encoding: Encoding) -> Option<&'static Encoder> {
    ENCODERS.iter().find(|encoder| encoder.encoding == encoding)
}

/// The zlib streams of a connection that have begun: the header of a stream is sent with its first bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ZlibStreams {
    begun: [bool; 3],
    /// Whether Tight's begins anew with each update.
    restarts: bool,
}

impl ZlibStreams {
    /// Says whether Tight's stream begins anew with each update: for decoders that do not take the end of their window
    /// well (`CHUNK` in `deflate.rs`). Others do not take this well: the zlib of noVNC, pako, forgets at a restart how
    /// large its window is, and then keeps none, not even within an update.
    pub fn restart_tight(&mut self, restarts: bool) {
        self.restarts = restarts;
    }
}

/// Bytes of a rectangle's header: its place and its encoding (RFC 6143 §7.6.1).
const RECT_HEADER: usize = 12;

/// A zlib stream. Nothing in an update refers to what came before it, so that updates are the same for everybody.
#[derive(Clone, Copy, Debug)]
enum Stream {
    Zlib,
    Zrle,
    /// Its stream 0.
    Tight,
}

impl Stream {
    /// How a rectangle's data end: see there.
    fn end(self) -> End {
        match self {
            Self::Zlib | Self::Zrle => End::Aligned,
            Self::Tight => End::Open,
        }
    }

    /// Writes the length of a rectangle's data.
    fn put_length(self, length: usize, out: &mut Vec<u8>) {
        match self {
            Self::Zlib | Self::Zrle => out.extend_from_slice(&(length as u32).to_be_bytes()),
            Self::Tight => tight::put_compact_length(length, out),
        }
    }

    /// The length at the start of `bytes`, and how many bytes it takes.
    fn length(self, bytes: &[u8]) -> (usize, usize) {
        match self {
            Self::Zlib | Self::Zrle => {
                let length = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
                (length as usize, size_of::<u32>())
            }
            Self::Tight => tight::compact_length(bytes),
        }
    }
}

/// The bytes of a FramebufferUpdate, the same for every viewer but for the start of a zlib stream.
#[derive(Clone, Debug)]
pub struct EncodedUpdate {
    bytes: Arc<[u8]>,
    rects: u16,
    stream_start: Option<StreamStart>,
    /// What the client does not have exactly afterwards.
    lossy: Region,
}

/// Where an update's first bytes of a stream are.
#[derive(Clone, Copy, Debug)]
struct StreamStart {
    stream: Stream,
    /// What follows the header of their rectangle: Tight's control byte.
    control: usize,
    /// The length that counts them.
    length: usize,
}

impl EncodedUpdate {
    /// Rectangles in it.
    pub fn rects(&self) -> u16 {
        self.rects
    }

    /// What of the frame the client does not have exactly when it has this; in pixels of the frame.
    pub fn lossy(&self) -> &Region {
        &self.lossy
    }

    /// Its bytes, give or take a zlib header: also the memory it takes.
    #[allow(clippy::len_without_is_empty, reason = "never empty: there is always a header")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Queues the update for one viewer. Updates must be sent in the order in which this is called.
    pub fn write_for(&self, streams: &mut ZlibStreams, out: &mut OutQueue) {
        let mut shared = 0;
        if let Some(StreamStart { stream, control, length: start }) = self.stream_start {
            let restarts = streams.restarts && matches!(stream, Stream::Tight);
            let begun = std::mem::replace(&mut streams.begun[stream as usize], true);
            if restarts {
                out.share(&self.bytes, 0..control);
                let control_byte = self.bytes[control] | tight::RESET_STREAM_0;
                out.write(|writer| {
                    writer.u8(control_byte);
                });
                shared = control + 1;
            }
            if restarts || !begun {
                let (length, size) = stream.length(&self.bytes[start..]);
                let mut first = Vec::new();
                stream.put_length(length + deflate::ZLIB_HEADER.len(), &mut first);
                first.extend(deflate::ZLIB_HEADER);
                out.share(&self.bytes, shared..start);
                out.write(|writer| {
                    writer.bytes(&first);
                });
                shared = start + size;
            }
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
    plan.repeats.iter().for_each(|copy| copyrect::encode(copy, &mut writer));
    writer.finish(plan)
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
    /// In the client's picture.
    rect: Rect,
    source: Source<'a>,
    /// Copies that will come over it, from the top; their places are sent in one colour.
    repeats: &'a [CopyRect],
}

/// Where pixels come from: the frame from here on, or the same row of black again and again.
#[derive(Clone, Copy)]
enum Source<'a> {
    Frame { frame: &'a Frame, x: u32, y: u32 },
    Black(&'a [Pixel]),
}

impl Picture<'_> {
    /// The rectangles to send.
    fn pieces(&self) -> impl Iterator<Item = Pixels<'_>> {
        let blank = self.plan.blank.iter().map(|rect| (rect, Source::Black(&self.black)));
        let painted = self.plan.rects.iter().map(|rect| {
            let Rect { x, y, .. } = self.plan.shift.to_frame(*rect);
            (rect, Source::Frame { frame: self.frame, x, y })
        });
        let pixels = |(rect, source): (&Rect, _)| Pixels { rect: *rect, source, repeats: &[] }.over(&self.plan.repeats);
        blank.chain(painted).map(pixels)
    }
}

impl<'a> Pixels<'a> {
    /// The row `line`, counted from the top of the rectangle; `patched` is room to change it.
    fn row<'b>(&self, line: u32, patched: &'b mut Vec<Pixel>) -> &'b [Pixel]
    where
        'a: 'b,
    {
        let (row, x) = match self.source {
            Source::Frame { frame, x, y } => (frame.row(y + line), x as usize),
            Source::Black(row) => (row, 0),
        };
        let row = &row[x..x + self.rect.width as usize];
        let here = Rect { y: self.rect.y + line, height: 1, ..self.rect };
        let mut copies = self.repeats.iter().filter(|copy| !copy.target.intersection(here).is_empty()).peekable();
        if copies.peek().is_none() {
            return row;
        }
        patched.clear();
        patched.extend_from_slice(row);
        for copy in copies {
            let part = copy.target.intersection(here);
            let start = (part.x - here.x) as usize;
            patched[start..start + part.width as usize].fill(self.blank(copy));
        }
        patched
    }

    /// A colour for the place of a copy: that of its corner, which is background nearly always.
    fn blank(&self, copy: &CopyRect) -> Pixel {
        let Source::Frame { frame, x, y } = self.source else { return 0 };
        // The corner may lie outside this part of the picture, on any side.
        let place = |from: u32, part: u32, corner: u32| from.wrapping_add(corner).wrapping_sub(part);
        frame.row(place(y, self.rect.y, copy.target.y))[place(x, self.rect.x, copy.target.x) as usize]
    }

    /// Calls `work` with the rows from the top.
    fn for_each_row(&self, mut work: impl FnMut(&[Pixel])) {
        let mut patched = Vec::new();
        (0..self.rect.height).for_each(|line| work(self.row(line, &mut patched)));
    }

    /// With those of `repeats`, sorted from the top, that may touch it.
    fn over(self, repeats: &'a [CopyRect]) -> Self {
        let start = repeats.partition_point(|copy| copy.target.bottom() <= self.rect.y);
        let end = repeats.partition_point(|copy| copy.target.y < self.rect.bottom());
        let repeats = &repeats[start..end.max(start)];
        let touched = repeats.iter().any(|copy| !copy.target.intersection(self.rect).is_empty());
        Self { repeats: if touched { repeats } else { &[] }, ..self }
    }

    /// A part of it, given from its own top left corner.
    fn part(&self, part: Rect) -> Self {
        let rect = Rect { x: self.rect.x + part.x, y: self.rect.y + part.y, ..part };
        let source = match self.source {
            Source::Frame { frame, x, y } => Source::Frame { frame, x: x + part.x, y: y + part.y },
            Source::Black(row) => Source::Black(row),
        };
        Self { rect, source, repeats: self.repeats }.over(self.repeats)
    }

    /// Its parts, at most `width` wide and `height` high, in rows from the top.
    fn tiles(self, width: u32, height: u32) -> impl Iterator<Item = Self> {
        let Rect { width: all_across, height: all_down, .. } = self.rect;
        (0..all_down).step_by(height as usize).flat_map(move |y| {
            (0..all_across)
                .step_by(width as usize)
                .map(move |x| self.part(Rect::new(x, y, width.min(all_across - x), height.min(all_down - y))))
        })
    }
}

/// With so many rectangles in an update, encoders cut no rectangle into more than they must: a number of 16 bits counts
/// them.
const MAX_CUT: usize = 32 * 1024;

/// Gathers the rectangles of an update.
pub(super) struct UpdateWriter {
    bytes: Vec<u8>,
    rects: u16,
    stream_start: Option<StreamStart>,
    /// In the client's picture, what it does not get exactly.
    lossy: Vec<Rect>,
}

impl UpdateWriter {
    fn new() -> Self {
        // FramebufferUpdate (RFC 6143 §7.6.1): type, padding, number of rectangles.
        Self { bytes: vec![0; 4], rects: 0, stream_start: None, lossy: Vec::new() }
    }

    /// Begins a rectangle; its data follows.
    fn rect(&mut self, rect: Rect, encoding: Encoding) {
        Self::put_rect(&mut self.bytes, rect, encoding);
        debug_assert!(self.rects < u16::MAX, "too many rectangles to be counted");
        self.rects = self.rects.saturating_add(1);
    }

    /// The header of a rectangle (RFC 6143 §7.6.1): [`RECT_HEADER`] bytes.
    fn put_rect(bytes: &mut Vec<u8>, rect: Rect, encoding: Encoding) {
        let mut writer = Writer::new(bytes);
        writer.pixels(rect.x).pixels(rect.y).pixels(rect.width).pixels(rect.height).i32(encoding.0);
    }

    fn finish(mut self, plan: &Plan) -> EncodedUpdate {
        self.bytes[2..4].copy_from_slice(&self.rects.to_be_bytes());
        let lossy = self.lossy.iter().map(|rect| plan.shift.to_frame(*rect)).collect();
        EncodedUpdate { bytes: self.bytes.into(), rects: self.rects, stream_start: self.stream_start, lossy }
    }
}
