//! Whole zlib streams (RFC 1950) of the extended clipboard: bounded on their way in, with an end on their way out.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// `bytes` as a stream with its end mark: QEMU waits for one.
pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut stream = Compress::new(Compression::fast(), true);
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    while let Ok(Status::Ok | Status::BufError) = {
        let rest = usize::try_from(stream.total_in()).ok().and_then(|taken| bytes.get(taken..)).unwrap_or_default();
        stream.compress_vec(rest, &mut out, FlushCompress::Finish)
    } {
        // It was full. What cannot be made shorter becomes a few bytes longer at most.
        out.reserve(bytes.len() / 2 + 64);
    }
    out
}

/// A stream while it is read. Whether it has an end mark, or bytes behind it, does not matter.
pub(super) struct Inflating<'a> {
    stream: Decompress,
    bytes: &'a [u8],
}

impl<'a> Inflating<'a> {
    /// The stream that `bytes` begin with.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { stream: Decompress::new(true), bytes }
    }

    /// The next `length` bytes that come out; `None` when there are fewer. The caller has bounded `length`.
    pub(super) fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        let (mut out, mut piece) = (Vec::new(), [0; 4 * 1024]);
        while out.len() < length {
            // It grows with what comes out, not with what was announced.
            let room = piece.len().min(length - out.len());
            let wanted = &mut piece[..room];
            let (total_in, total_out) = (self.stream.total_in(), self.stream.total_out());
            self.stream.decompress(self.bytes, wanted, FlushDecompress::Sync).ok()?;
            let taken = usize::try_from(self.stream.total_in() - total_in).ok()?;
            let given = usize::try_from(self.stream.total_out() - total_out).ok()?;
            self.bytes = self.bytes.get(taken..)?;
            out.extend_from_slice(wanted.get(..given)?);
            if (taken, given) == (0, 0) {
                return None;
            }
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deflated_comes_back_whole_or_not_at_all() {
        for length in [0, 1, 4_096, 4_097, 300_000] {
            let bytes: Vec<u8> = (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            let mut stream = deflated(&bytes);
            assert_eq!(Inflating::new(&stream).take(length), Some(bytes.clone()));
            assert_eq!(Inflating::new(&stream).take(length + 1), None);
            stream.extend_from_slice(b"what follows");
            assert_eq!(Inflating::new(&stream).take(length), Some(bytes), "bytes behind the end");
        }
        assert_eq!(Inflating::new(b"no zlib").take(1), None);
    }

    #[test]
    fn a_stream_without_an_end_is_read_as_far_as_it_goes() {
        let mut stream = Vec::with_capacity(1_000);
        Compress::new(Compression::fast(), true)
            .compress_vec(b"text", &mut stream, FlushCompress::Sync)
            .expect("it fits");
        assert_eq!(Inflating::new(&stream).take(4).as_deref(), Some(&b"text"[..]));
    }
}
