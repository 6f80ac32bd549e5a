//! The rectangles of one update, deflated together.
//!
//! One update goes to many viewers, whose zlib streams are at different places. It fits all of them, because
//!
//! - its history starts fresh: no distance reaches before the update's own first byte, so what a stream carried before
//!   does not matter;
//! - it begins on a whole byte, between two deflate blocks, and with [`End::Aligned`] it ends so, with an empty stored
//!   block as Z_SYNC_FLUSH does; its blocks are never marked final, so any number of updates make one stream;
//! - zlib streams are never finished here, so nobody ever needs the checksum at their end.
//!
//! What differs is only the two bytes of [`ZLIB_HEADER`] before the first byte of a stream.

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress};

use super::UpdateWriter;
use crate::geometry::Rect;
use crate::rfb::ids::Encoding;

/// The two bytes that begin a zlib stream (RFC 1950): deflate with a window of 32 KiB, made fast.
pub(super) const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];

/// What an empty stored block ends with: its length and that inverted (RFC 1951 §3.2.4).
const EMPTY_BLOCK: [u8; 4] = [0, 0, 0xff, 0xff];

/// How the deflated data of an update end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// On a whole byte: the stream goes on with the next update, and began at any time before.
    Aligned,
    /// Anywhere: the stream begins with this update, header and all, and the next update will restart it.
    Open,
}

/// Rectangles and their data, gathered to be deflated as one.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Headers of the rectangles and what else is sent as it is.
    pub head: Vec<u8>,
    /// What is to be deflated.
    pub data: Vec<u8>,
    parts: Vec<Part>,
}

/// One rectangle: where its bytes end. Without data of its own it has no length either.
#[derive(Debug)]
struct Part {
    head: usize,
    data: usize,
}

impl Gathered {
    /// Begins a rectangle.
    pub fn rect(&mut self, rect: Rect, encoding: Encoding) {
        UpdateWriter::put_rect(&mut self.head, rect, encoding);
    }

    /// Ends it.
    pub fn end_part(&mut self) {
        self.parts.push(Part { head: self.head.len(), data: self.data.len() });
    }

    /// Where data go: to be deflated or not.
    pub fn sink(&mut self, deflated: bool) -> &mut Vec<u8> {
        if deflated { &mut self.data } else { &mut self.head }
    }

    /// Whether there is no rectangle.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Bytes of the first rectangle before its deflated data and their length.
    pub fn first_head(&self) -> usize {
        self.parts.first().map_or(0, |part| part.head)
    }

    /// Deflates the data and appends everything to the update; `put_length` writes the length of a rectangle's data.
    pub fn write(&self, end: End, level: u8, out: &mut UpdateWriter, put_length: impl Fn(usize, &mut Vec<u8>)) {
        let (mut head, mut data) = (0, 0);
        let mut deflated = Vec::new();
        with_compressor(level, |compressor| {
            for part in &self.parts {
                out.bytes.extend_from_slice(&self.head[head..part.head]);
                if part.data > data {
                    deflated.clear();
                    if end == End::Open && data == 0 {
                        deflated.extend(ZLIB_HEADER);
                    }
                    compressor.sync(&self.data[data..part.data], &mut deflated);
                    if end == End::Open && part.data == self.data.len() {
                        deflated.truncate(deflated.len() - EMPTY_BLOCK.len());
                    }
                    put_length(deflated.len(), &mut out.bytes);
                    out.bytes.extend_from_slice(&deflated);
                }
                (head, data) = (part.head, part.data);
                out.rects = out.rects.saturating_add(1);
            }
        });
    }
}

thread_local! {
    /// The compressor of this thread: some 250 KiB, made when first needed and used again.
    static COMPRESSOR: RefCell<Option<Compressor>> = const { RefCell::new(None) };
}

/// Runs `work` with this thread's compressor, which has no history.
fn with_compressor<T>(level: u8, work: impl FnOnce(&mut Compressor) -> T) -> T {
    COMPRESSOR.with_borrow_mut(|slot| {
        let level = u32::from(level.clamp(1, 9));
        match slot {
            Some(compressor) if compressor.level == level => {
                compressor.inner.reset();
                work(compressor)
            }
            _ => work(slot.insert(Compressor { inner: Compress::new(Compression::new(level), false), level })),
        }
    })
}

struct Compressor {
    inner: Compress,
    level: u32,
}

impl Compressor {
    /// Appends `data` deflated, with all that is needed to inflate them, up to a whole byte.
    fn sync(&mut self, mut data: &[u8], out: &mut Vec<u8>) {
        loop {
            // More than deflate can need for what is left; zlib's deflateBound is a little over one in a thousand.
            out.reserve(data.len() + data.len() / 64 + 64);
            let (taken, room) = (self.inner.total_in(), out.capacity() - out.len());
            let given = self.inner.total_out();
            let result = self.inner.compress_vec(data, out, FlushCompress::Sync);
            result.expect("raw deflate without a dictionary refuses no input");
            data = &data[(self.inner.total_in() - taken) as usize..];
            if data.is_empty() && self.inner.total_out() - given < room as u64 {
                return;
            }
        }
    }
}
