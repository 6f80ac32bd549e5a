//! What `vte` made of control sequences seen lately.
//!
//! It takes a sequence byte by byte, while programs send the same few hundred over and over: colours, and places on the
//! screen. So a whole sequence is looked up first. A table has one place for each hash; what comes later takes it. The
//! table of short sequences begins small and grows while it is too small for what a guest sends, up to a limit.

use super::decode::Params;
use super::function::Function;

/// Places for short sequences at first, and at most (96 KiB). Powers of two.
const SHORT_PLACES: usize = 256;
const MAX_SHORT_PLACES: usize = 4_096;
/// Places for long sequences (32 KiB). A power of two.
const LONG_PLACES: usize = 512;
/// Bytes of a long sequence, without `ESC [`, and its parameters; one beyond that is never remembered.
const MAX_LONG: usize = 26;
const MAX_LONG_PARAMS: usize = 12;
const MAX_SHORT_PARAMS: usize = 4;
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// See the module.
#[derive(Default)]
pub(super) struct Memo {
    short: Vec<Short>,
    long: Vec<Long>,
    /// Sequences forgotten for others since the table of short ones grew.
    evicted: usize,
}

/// A sequence of up to eight bytes; 0 is the key of none.
#[derive(Clone, Copy, Default)]
struct Short {
    key: u64,
    values: [u16; MAX_SHORT_PARAMS],
    len: u8,
    sub: u8,
    function: Option<Function>,
}

/// A longer one: a cache line.
#[derive(Clone, Copy, Default)]
struct Long {
    key: [u8; MAX_LONG],
    key_len: u8,
    len: u8,
    function: Option<Function>,
    sub: u32,
    values: [u16; MAX_LONG_PARAMS],
}

const _: () = assert!(size_of::<Short>() <= 24 && size_of::<Long>() <= 64);

/// The plain control sequence that `bytes` (`ESC [` and more) begin with, if it has at most eight bytes after that: these
/// bytes as a number, and the length of all. Plain: no controls and nothing that would abort it.
#[inline]
pub(super) fn short_key(bytes: &[u8]) -> Option<(u64, usize)> {
    let word = u64::from_le_bytes(bytes.get(2..10)?.try_into().expect("eight bytes"));
    let marks = ends(word);
    if marks == 0 {
        return None;
    }
    let shift = marks.trailing_zeros() & !7;
    let last = (word >> shift) as u8;
    matches!(last, 0x40..=0x7e).then(|| (word & (u64::MAX >> (56 - shift)), shift as usize / 8 + 3))
}

/// The length of the plain control sequence that `bytes` begin with, if it is all there.
#[inline]
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let body = bytes.get(2..)?;
    let mut last = 0;
    while let Some(chunk) = body.get(last..last + 8) {
        let marks = ends(u64::from_le_bytes(chunk.try_into().expect("eight bytes")));
        last += marks.trailing_zeros() as usize / 8;
        if marks != 0 {
            break;
        }
    }
    last += body[last..].iter().position(|byte| !matches!(byte, 0x20..=0x3f))?;
    matches!(body[last], 0x40..=0x7e).then_some(last + 3)
}

/// The high bit of each byte of `word` that is no parameter and no intermediate, not 0x20 to 0x3F.
#[inline]
fn ends(word: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let other = (word ^ 0x2020_2020_2020_2020) & 0xe0e0_e0e0_e0e0_e0e0;
    (((other & LOW) + LOW) | other) & !LOW
}

#[inline]
fn short_place(key: u64, places: usize) -> usize {
    (key.wrapping_mul(ODD) >> 40) as usize & (places - 1)
}

#[inline]
fn long_place(key: &[u8]) -> usize {
    // The first sixteen bytes and the last eight tell apart what programs send; a key has more than eight bytes.
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let (first, middle, last) = (key.first_chunk(), key.get(8..16), key.last_chunk());
    let middle = word(middle.and_then(|bytes| bytes.try_into().ok()));
    let hash = (word(first).wrapping_mul(ODD) ^ middle).rotate_left(23).wrapping_mul(ODD) ^ word(last);
    (hash.wrapping_mul(ODD) >> 40) as usize % LONG_PLACES
}

impl Memo {
    /// The function of a short sequence, and its parameters.
    #[inline]
    pub(super) fn short(&self, key: u64, params: &mut Params) -> Option<Function> {
        let entry = self.short.get(short_place(key, self.short.len().max(1)))?;
        if entry.key != key {
            return None;
        }
        params.values[..MAX_SHORT_PARAMS].copy_from_slice(&entry.values);
        params.len = entry.len;
        params.sub = entry.sub.into();
        entry.function
    }

    /// Remembers a short sequence.
    pub(super) fn remember_short(&mut self, key: u64, function: Function, params: &Params) {
        if params.len() > MAX_SHORT_PARAMS {
            return;
        }
        if self.short.is_empty() || (self.evicted > 2 * self.short.len() && self.short.len() < MAX_SHORT_PLACES) {
            self.short = vec![Short::default(); (2 * self.short.len()).max(SHORT_PLACES)];
            self.evicted = 0;
        }
        let place = short_place(key, self.short.len());
        let entry = &mut self.short[place];
        self.evicted += usize::from(entry.key != 0);
        entry.values.copy_from_slice(&params.values[..MAX_SHORT_PARAMS]);
        (entry.key, entry.len, entry.sub, entry.function) = (key, params.len, params.sub as u8, Some(function));
    }

    /// The function of a long sequence, and its parameters.
    #[inline]
    pub(super) fn long(&self, key: &[u8], params: &mut Params) -> Option<Function> {
        if key.len() > MAX_LONG {
            return None;
        }
        let entry = self.long.get(long_place(key))?;
        if entry.key[..usize::from(entry.key_len)] != *key {
            return None;
        }
        params.values[..MAX_LONG_PARAMS].copy_from_slice(&entry.values);
        params.len = entry.len;
        params.sub = entry.sub;
        entry.function
    }

    /// Remembers a long sequence.
    pub(super) fn remember_long(&mut self, key: &[u8], function: Function, params: &Params) {
        if params.len() > MAX_LONG_PARAMS || key.len() > MAX_LONG {
            return;
        }
        self.long.resize(LONG_PLACES, Long::default());
        let entry = &mut self.long[long_place(key)];
        entry.key[..key.len()].copy_from_slice(key);
        entry.values.copy_from_slice(&params.values[..MAX_LONG_PARAMS]);
        (entry.key_len, entry.len, entry.sub) = (key.len() as u8, params.len, params.sub);
        entry.function = Some(function);
    }

    /// Bytes that it takes.
    pub(super) fn memory(&self) -> usize {
        self.short.capacity() * size_of::<Short>() + self.long.capacity() * size_of::<Long>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_keys_end_where_sequences_end() {
        assert_eq!(short_key(b"\x1b[m       "), Some((u64::from(b'm'), 3)));
        assert_eq!(short_key(b"\x1b[?2004h??"), Some((u64::from_le_bytes(*b"?2004h\0\0"), 8)));
        assert_eq!(short_key(b"\x1b[1234567H").map(|(_, len)| len), Some(10));
        assert_eq!(short_key(b"\x1b[12345678H"), None, "nine bytes");
        for not_plain in [&b"\x1b[1\r2m    "[..], b"\x1b[1\x80m     ", b"\x1b[1\x7fm     ", b"\x1b[1;2m"] {
            assert_eq!(short_key(not_plain), None, "{not_plain:?}");
        }
        assert_eq!(length(b"\x1b[1;2m"), Some(6));
        assert_eq!(length(b"\x1b[1;2"), None);
        assert_eq!(length(b"\x1b[1\x18m"), None);
    }

    #[test]
    fn tables_end_growing() {
        let mut memo = Memo::default();
        let params = Params::default();
        for key in 1..100_000u64 {
            memo.remember_short(key, Function::SGR, &params);
            memo.remember_long(format!("{key:020}").as_bytes(), Function::CUP, &params);
            assert_eq!(memo.short(key, &mut Params::default()), Some(Function::SGR));
        }
        assert!(memo.memory() <= MAX_SHORT_PLACES * 24 + LONG_PLACES * 64, "{}", memo.memory());
    }
}
