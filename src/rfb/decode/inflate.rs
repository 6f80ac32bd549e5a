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
        if self.announced > 0 {
            return self.inflate(reader, MAX_INFLATED);
        }
        // The inflater gathers what comes out in a ring, and returns when that is full: the last bytes may still be in it.
        if self.step(&[], MAX_INFLATED) == (0, 0) {
            return Err(Malformed("deflated data too short for their rectangle"));
        }
        Ok(true)
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
        let (taken, given) = self.step(input, limit);
        if (taken, given) == (0, 0) {
            return Err(Malformed("deflated data that cannot be inflated"));
        }
        self.announced -= taken;
        // The bytes are there: `input` is a part of what remains.
        let _ = reader.skip(taken);
        Ok(true)
    }

    /// Inflates some of `input` until there are `limit` bytes; how many it took and gave. Nothing at all is an error.
    fn step(&mut self, input: &[u8], limit: usize) -> (usize, usize) {
        self.bytes.drain(..self.used.min(self.bytes.len()));
        self.used = 0;
        let stream = self.stream.get_or_insert_with(|| Decompress::new(true));
        let (total_in, total_out, kept) = (stream.total_in(), stream.total_out(), self.bytes.len());
        self.bytes.resize(limit.max(kept), 0);
        let result = stream.decompress(input, &mut self.bytes[kept..], FlushDecompress::Sync);
        let (taken, given) = ((stream.total_in() - total_in) as usize, (stream.total_out() - total_out) as usize);
        self.bytes.truncate(kept + given);
        // A stream that ends is never right: it has to serve the next rectangle too.
        if matches!(result, Ok(Status::Ok | Status::BufError)) { (taken, given) } else { (0, 0) }
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compress, Compression, FlushCompress};

    use super::*;

    /// The bytes without which less comes out than all of `length` zeros, by an inflater that is asked again and again.
    fn least(length: usize) -> Vec<u8> {
        let mut deflated = Vec::with_capacity(1 << 16);
        let mut compress = Compress::new(Compression::best(), true);
        compress.compress_vec(&vec![0; length], &mut deflated, FlushCompress::Sync).expect("it deflates");
        let comes_out = |bytes: &[u8]| {
            let (mut stream, mut out) = (Decompress::new(true), Vec::with_capacity(length));
            let mut input = bytes;
            loop {
                let before = out.len();
                stream.decompress_vec(input, &mut out, FlushDecompress::Sync).expect("a stream");
                input = &bytes[stream.total_in() as usize..];
                if out.len() == before {
                    return out.len();
                }
            }
        };
        let enough = (0..=deflated.len()).find(|end| comes_out(&deflated[..*end]) == length);
        deflated.truncate(enough.expect("all of them are enough"));
        deflated
    }

    #[test]
    fn nothing_is_left_in_the_ring_when_all_bytes_have_been_taken() {
        for length in [100, 32 * 1024, 32 * 1024 + 1, 32 * 1024 + 100, 64 * 1024 + 200] {
            let deflated = least(length);
            let (mut inflater, mut reader, mut given) = (Inflater::default(), Reader::new(&deflated), 0);
            inflater.announce(deflated.len());
            while given < length {
                assert_eq!(inflater.more(&mut reader), Ok(true), "{given} of {length}");
                given += inflater.inflated().len();
                inflater.consume(inflater.inflated().len());
            }
            assert_eq!((given, inflater.finish(&mut reader)), (length, Ok(true)));
            assert!(inflater.more(&mut reader).is_err(), "there is no more");
        }
    }
}
