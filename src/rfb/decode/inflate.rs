//! A zlib stream that goes on from rectangle to rectangle, inflated into a bounded buffer.

use flate2::{Decompress, FlushDecompress, Status};

use crate::rfb::wire::{Malformed, Reader};

/// Inflated bytes kept at most. What an encoding reads at once is much shorter: at most a row of the widest Tight
/// rectangle, a quarter of it.
const MAX_INFLATED: usize = 32 * 1024;

/// A zlib stream and what came out of it but was not yet used.
#[derive(Debug, Default)]
pub(super) struct Inflater {
    /// Made with the first byte.
    stream: Option<Decompress>,
    /// Inflated bytes; those before `used` are done with.
    bytes: Vec<u8>,
    used: usize,
    /// Deflated bytes of the current rectangle that have not come yet.
    announced: usize,
}

impl Inflater {
    /// Begins a new stream.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// A rectangle has so many deflated bytes.
    pub fn announce(&mut self, length: usize) {
        self.announced = length;
    }

    /// Inflated bytes not yet used.
    pub fn inflated(&self) -> &[u8] {
        self.bytes.get(self.used..).unwrap_or_default()
    }

    /// So many of them have been used.
    pub fn consume(&mut self, count: usize) {
        self.used += count;
    }

    /// Inflates more of the rectangle's bytes; `false` when it takes further bytes from the peer.
    pub fn more(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        if self.announced == 0 {
            return Err(Malformed("deflated data too short for their rectangle"));
        }
        self.inflate(reader, MAX_INFLATED)
    }

    /// Takes the rest of the rectangle's bytes, of which nothing may come; `false` when they are not all there.
    pub fn finish(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        while self.inflated().is_empty() && self.announced > 0 {
            if !self.inflate(reader, 1)? {
                return Ok(false);
            }
        }
        if !self.inflated().is_empty() {
            return Err(Malformed("deflated data too long for their rectangle"));
        }
        (self.bytes, self.used) = (Vec::new(), 0);
        Ok(true)
    }

    /// Inflates until there are `limit` bytes; `false` when nothing has come to be inflated.
    fn inflate(&mut self, reader: &mut Reader<'_>, limit: usize) -> Result<bool, Malformed> {
        let input = reader.remaining();
        let input = input.get(..self.announced).unwrap_or(input);
        if input.is_empty() {
            return Ok(false);
        }
        self.bytes.drain(..self.used.min(self.bytes.len()));
        self.used = 0;
        let stream = self.stream.get_or_insert_with(|| Decompress::new(true));
        let (total_in, total_out, kept) = (stream.total_in(), stream.total_out(), self.bytes.len());
        self.bytes.resize(limit.max(kept), 0);
        let result = stream.decompress(input, &mut self.bytes[kept..], FlushDecompress::Sync);
        let (taken, given) = ((stream.total_in() - total_in) as usize, (stream.total_out() - total_out) as usize);
        self.bytes.truncate(kept + given);
        // A stream that ends is never right: it has to serve the next rectangle too.
        if !matches!(result, Ok(Status::Ok | Status::BufError)) || (taken, given) == (0, 0) {
            return Err(Malformed("deflated data that cannot be inflated"));
        }
        self.announced -= taken;
        // The bytes are there: `input` is a part of what remains.
        let _ = reader.skip(taken);
        Ok(true)
    }
}
