//! Huffman codes of deflate (RFC 1951 §3.2), and the bits they become.

/// The longest code of a literal, length or distance.
pub(super) const MAX_BITS: u8 = 15;

/// Gathers bits from the lowest of each byte (RFC 1951 §3.1.1).
#[derive(Clone, Debug, Default)]
pub(super) struct BitWriter {
    pub bytes: Vec<u8>,
    /// Bits not yet in `bytes`, fewer than 32.
    pending: u64,
    count: u32,
}

impl BitWriter {
    /// Appends the lowest `count` bits, at most 32, the lowest first.
    #[inline]
    pub fn put(&mut self, bits: u32, count: u8) {
        self.pending |= u64::from(bits) << self.count;
        self.count += u32::from(count);
        if self.count >= 32 {
            self.bytes.extend_from_slice(&(self.pending as u32).to_le_bytes());
            self.pending >>= 32;
            self.count -= 32;
        }
    }

    /// Appends all bits of another.
    pub fn append(&mut self, other: &Self) {
        other.bytes.iter().for_each(|byte| self.put(u32::from(*byte), 8));
        self.put(other.pending as u32, other.count as u8);
    }

    /// Bits written so far.
    pub fn bits(&self) -> usize {
        self.bytes.len() * 8 + self.count as usize
    }

    /// Fills the last byte with zeros.
    pub fn align(&mut self) {
        let whole = self.count.div_ceil(8) as usize;
        self.bytes.extend_from_slice(&self.pending.to_le_bytes()[..whole]);
        (self.pending, self.count) = (0, 0);
    }
}

/// A prefix code: for each symbol its length, 0 for none, and its bits in the order in which they are sent.
#[derive(Clone, Debug)]
pub(super) struct Code<const N: usize> {
    pub lengths: [u8; N],
    bits: [u16; N],
}

impl<const N: usize> Code<N> {
    /// The canonical code with these lengths (RFC 1951 §3.2.2).
    pub const fn canonical(lengths: [u8; N]) -> Self {
        let mut of_length = [0_u16; MAX_BITS as usize + 1];
        let mut symbol = 0;
        while symbol < N {
            of_length[lengths[symbol] as usize] += 1;
            symbol += 1;
        }
        of_length[0] = 0;
        let (mut next, mut length) = ([0_u16; MAX_BITS as usize + 1], 1);
        while length <= MAX_BITS as usize {
            next[length] = (next[length - 1] + of_length[length - 1]) << 1;
            length += 1;
        }
        let (mut bits, mut symbol) = ([0; N], 0);
        while symbol < N {
            let length = lengths[symbol] as usize;
            if length > 0 {
                bits[symbol] = next[length].reverse_bits() >> (16 - length);
                next[length] += 1;
            }
            symbol += 1;
        }
        Self { lengths, bits }
    }

    /// The best code for symbols that come so often, none longer than `limit` bits; those that never come have none.
    pub fn of_counts(counts: &[u32; N], limit: u8) -> Self {
        let mut counts = *counts;
        loop {
            let lengths = lengths(&counts);
            if lengths.iter().all(|length| *length <= limit) {
                return Self::canonical(lengths);
            }
            // Makes rare symbols less rare, and so the tree less deep. It ends with all equal.
            counts.iter_mut().filter(|count| **count > 0).for_each(|count| *count = count.div_ceil(2));
        }
    }

    /// The code of the first `M` symbols.
    pub const fn first<const M: usize>(&self) -> Code<M> {
        let (mut lengths, mut bits, mut symbol) = ([0; M], [0; M], 0);
        while symbol < M {
            (lengths[symbol], bits[symbol]) = (self.lengths[symbol], self.bits[symbol]);
            symbol += 1;
        }
        Code { lengths, bits }
    }

    /// Sends a symbol that has a code.
    #[inline]
    pub fn put(&self, symbol: usize, out: &mut BitWriter) {
        out.put(u32::from(self.bits[symbol]), self.lengths[symbol]);
    }

    /// Sends a symbol that has a code, and the lowest `count` bits, at most 17, of `extra`, which has no others.
    #[inline]
    pub fn put_with(&self, symbol: usize, extra: u32, count: u8, out: &mut BitWriter) {
        let length = self.lengths[symbol];
        out.put(u32::from(self.bits[symbol]) | extra << length, length + count);
    }
}

/// The most symbols of any code.
const MAX_SYMBOLS: usize = 286;

/// Lengths of the Huffman code for symbols that come so often. A single symbol gets one bit.
fn lengths<const N: usize>(counts: &[u32; N]) -> [u8; N] {
    const { assert!(N <= MAX_SYMBOLS) };
    // Ascending counts, each with its symbol below.
    let (mut leaves, mut used) = ([0_u64; N], 0);
    for (symbol, count) in (0_u64..).zip(counts) {
        leaves[used] = u64::from(*count) << 16 | symbol;
        used += usize::from(*count > 0);
    }
    let leaves = &mut leaves[..used];
    leaves.sort_unstable();
    let symbols = leaves.iter().map(|leaf| (leaf & 0xffff) as usize);
    let mut lengths = [0; N];
    if used < 2 {
        symbols.for_each(|symbol| lengths[symbol] = 1);
        return lengths;
    }
    // Two queues, both ascending: the leaves, and the inner nodes as they are made. A node's parent is made after it.
    let total = 2 * used - 1;
    let (mut weights, mut parents) = ([0_u32; 2 * MAX_SYMBOLS], [0_u16; 2 * MAX_SYMBOLS]);
    weights.iter_mut().zip(leaves.iter()).for_each(|(weight, leaf)| *weight = (leaf >> 16) as u32);
    let (mut leaf, mut inner) = (0, used);
    for made in used..total {
        let mut lightest = || {
            let take_leaf = leaf < used && (inner >= made || weights[leaf] <= weights[inner]);
            let next = if take_leaf { &mut leaf } else { &mut inner };
            *next += 1;
            *next - 1
        };
        let (a, b) = (lightest(), lightest());
        (parents[a], parents[b]) = (made as u16, made as u16);
        weights[made] = weights[a].saturating_add(weights[b]);
    }
    let mut depths = [0_u8; 2 * MAX_SYMBOLS];
    for node in (0..total - 1).rev() {
        depths[node] = depths[usize::from(parents[node])].saturating_add(1);
    }
    symbols.zip(depths).for_each(|(symbol, depth)| lengths[symbol] = depth);
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_fill_bytes_from_the_lowest() {
        let mut out = BitWriter::default();
        out.put(0b101, 3);
        out.put(0b11, 2);
        out.put(0xffff_ffff, 32);
        assert_eq!(out.bits(), 37);
        out.align();
        assert_eq!(out.bytes, [0b1111_1101, 0xff, 0xff, 0xff, 0b0001_1111]);
    }

    #[test]
    fn the_standards_example_has_the_standards_code() {
        // RFC 1951 §3.2.2: lengths 3, 3, 3, 3, 3, 2, 4, 4 give 010, 011, 100, 101, 110, 00, 1110, 1111.
        let code = Code::canonical([3, 3, 3, 3, 3, 2, 4, 4]);
        let reversed = [0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111];
        assert_eq!(code.bits, reversed);
    }

    #[test]
    fn frequent_symbols_have_short_codes_and_absent_ones_none() {
        assert_eq!(Code::of_counts(&[0, 8, 4, 2, 2], 15).lengths, [0, 1, 2, 3, 3]);
        assert_eq!(Code::of_counts(&[0, 0, 9], 15).lengths, [0, 0, 1]);
        assert_eq!(Code::of_counts(&[0, 0], 15).lengths, [0, 0]);
    }

    #[test]
    fn no_code_is_longer_than_the_limit_and_every_code_is_complete() {
        // Fibonacci numbers make the deepest tree.
        let mut counts = [1_u32; 40];
        (2..40).for_each(|i| counts[i] = counts[i - 1].saturating_add(counts[i - 2]));
        for limit in [7, 15] {
            let code = Code::of_counts(&counts, limit);
            assert!(code.lengths.iter().all(|length| (1..=limit).contains(length)));
            let kraft: f64 = code.lengths.iter().map(|length| 0.5_f64.powi(i32::from(*length))).sum();
            assert_eq!(kraft, 1.0);
        }
    }
}
