//! Reading and writing the wire's numbers (RFC 6143 §7: big-endian, no alignment) without I/O and without trust.
//!
//! Incomplete is not an error: [`Reader`] answers `None` and has not moved, and a decoder passes that on as `Ok(None)`.

use thiserror::Error;

/// Bytes that no correct peer sends: the connection ends, and this is why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// A cursor over bytes that have come so far.
///
/// A decoder works on a clone and stores it back when the whole message was there, see [`Reader::whole`].
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Bytes taken so far.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Bytes not taken yet.
    pub fn remaining(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// The next byte, which stays.
    pub fn peek(&self) -> Option<u8> {
        self.remaining().first().copied()
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.remaining().get(..count)?;
        self.position += count;
        Some(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = *self.remaining().first_chunk()?;
        self.position += N;
        Some(taken)
    }

    /// Passes over `count` bytes of padding.
    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.bytes(count).map(|_| ())
    }

    /// A byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    /// A number of 16 bits.
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// A number of 32 bits.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A number of 64 bits.
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// A signed number of 32 bits.
    pub fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    /// A yes or no: 0 is no, all else is yes.
    pub fn flag(&mut self) -> Option<bool> {
        self.u8().map(|byte| byte != 0)
    }

    /// Runs `decode`, and moves only if it found all it needs.
    pub fn whole<T>(
        &mut self,
        decode: impl FnOnce(&mut Self) -> Result<Option<T>, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        self.whole_or(decode)
    }

    /// As [`Self::whole`], for decoders with more to complain of.
    pub fn whole_or<T, E>(&mut self, decode: impl FnOnce(&mut Self) -> Result<Option<T>, E>) -> Result<Option<T>, E> {
        let mut probe = self.clone();
        let found = decode(&mut probe)?;
        if found.is_some() {
            *self = probe;
        }
        Ok(found)
    }
}

/// Appends the wire's numbers to a vector.
#[derive(Debug)]
pub struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    /// Appends to `bytes`.
    pub const fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes }
    }

    /// Appends `bytes` as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// `count` bytes of padding, all 0.
    pub fn pad(&mut self, count: usize) -> &mut Self {
        self.bytes.resize(self.bytes.len() + count, 0);
        self
    }

    /// A byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    /// A number of 16 bits.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// A number of 32 bits.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// A number of 64 bits.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// A signed number of 32 bits.
    pub fn i32(&mut self, value: i32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// A yes or no.
    pub fn flag(&mut self, value: bool) -> &mut Self {
        self.u8(u8::from(value))
    }

    /// A place or a size in pixels. Pictures are at most 65,535 pixels wide and high on this wire; what exceeds that is cut
    /// at the largest number, never wrapped.
    pub fn pixels(&mut self, value: u32) -> &mut Self {
        self.u16(u16::try_from(value).unwrap_or(u16::MAX))
    }
}

/// Text from a peer as it may be shown and logged: control characters dropped, at most `limit` bytes.
pub fn printable(bytes: &[u8], limit: usize) -> String {
    let cut = bytes.get(..limit).unwrap_or(bytes);
    String::from_utf8_lossy(cut).chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_numbers_leave_the_reader_where_it_was() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u32(), None);
        assert_eq!(reader.position(), 0);
        assert_eq!(reader.u16(), Some(0x0102));
        assert_eq!(reader.u16(), None);
        assert_eq!(reader.u8(), Some(3));
        assert_eq!(reader.peek(), None);
        assert_eq!(reader.bytes(usize::MAX), None);
    }

    #[test]
    fn a_half_message_moves_nothing() {
        let mut reader = Reader::new(&[7, 0]);
        let pair = |r: &mut Reader<'_>| Ok(r.u8().zip(r.u16()));
        assert_eq!(reader.whole(pair), Ok(None));
        assert_eq!(reader.position(), 0);
        assert_eq!(Reader::new(&[7, 0, 9]).whole(pair), Ok(Some((7, 9))));
    }

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        Writer::new(&mut bytes).u8(1).u16(2).pad(3).u32(4).i32(-5).flag(true).pixels(70_000).bytes(b"x");
        let mut r = Reader::new(&bytes);
        assert_eq!((r.u8(), r.u16(), r.skip(3)), (Some(1), Some(2), Some(())));
        assert_eq!((r.u32(), r.i32(), r.flag()), (Some(4), Some(-5), Some(true)));
        assert_eq!((r.u16(), r.remaining()), (Some(65_535), &b"x"[..]));
    }

    #[test]
    fn peers_text_is_cut_and_cleaned() {
        assert_eq!(printable(b"a\x1b[31mb\n\xffc", 9), "a[31mb\u{fffd}");
    }
}
