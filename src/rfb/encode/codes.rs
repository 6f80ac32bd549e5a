//! The codes of a deflate block (RFC 1951 §3.2): how its tokens become bits, and how it tells its reader.

use super::huffman::{BitWriter, Code, MAX_BITS};
use super::lz77::{Costs, MAX_MATCH, MIN_MATCH, Token, distance_symbol};

/// The symbol that ends a block.
pub(super) const END_OF_BLOCK: usize = 256;

/// Lengths: for each symbol from 257 on the shortest length, and the bits that follow (RFC 1951 §3.2.5).
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// By length less 3, the number of its symbol in [`LENGTHS`].
const LENGTH_SYMBOLS: [u8; MAX_MATCH - MIN_MATCH + 1] = {
    let mut symbols = [0; MAX_MATCH - MIN_MATCH + 1];
    let (mut length, mut symbol) = (MIN_MATCH, 0);
    while length <= MAX_MATCH {
        if symbol + 1 < LENGTHS.len() && LENGTHS[symbol + 1].0 as usize <= length {
            symbol += 1;
        }
        symbols[length - MIN_MATCH] = symbol as u8;
        length += 1;
    }
    symbols
};

/// Bits that follow a distance's symbol.
const fn distance_extra(symbol: usize) -> u8 {
    (symbol as u8 / 2).saturating_sub(1)
}

/// The shortest distance of a symbol, less 1.
const fn distance_base(symbol: usize) -> usize {
    if symbol < 2 { symbol } else { (2 + symbol % 2) << distance_extra(symbol) }
}

/// Symbols of literals, the end and lengths that the standard's code has, two of which mean nothing.
const FIXED_LITERALS: usize = 288;

/// The codes of a block.
#[derive(Clone)]
pub(super) struct Codes {
    literals: Code<286>,
    distances: Code<30>,
    /// The bits that describe them; none for the standard's own.
    description: Option<BitWriter>,
}

/// RFC 1951 §3.2.6.
static FIXED: Codes = {
    let mut lengths = [8; FIXED_LITERALS];
    let mut symbol = 144;
    while symbol < 280 {
        lengths[symbol] = if symbol < 256 { 9 } else { 7 };
        symbol += 1;
    }
    let literals = Code::canonical(lengths).first();
    Codes { literals, distances: Code::canonical([5; 32]).first(), description: None }
};

/// How often each symbol comes.
struct Counts {
    literals: [u32; 286],
    distances: [u32; 30],
}

impl Counts {
    fn of(tokens: &[Token]) -> Self {
        let (mut literals, mut distances) = ([0; 286], [0; 30]);
        for token in tokens {
            match token.parts() {
                Ok(byte) => literals[usize::from(byte)] += 1,
                Err((length, distance)) => {
                    literals[257 + usize::from(LENGTH_SYMBOLS[length - MIN_MATCH])] += 1;
                    distances[distance_symbol(distance)] += 1;
                }
            }
        }
        literals[END_OF_BLOCK] = 1;
        Self { literals, distances }
    }

    /// The bits of the symbols, without what follows them.
    fn bits(&self, codes: &Codes) -> usize {
        let sum = |counts: &[u32], lengths: &[u8]| -> usize {
            counts.iter().zip(lengths).map(|(count, length)| *count as usize * usize::from(*length)).sum()
        };
        sum(&self.literals, &codes.literals.lengths) + sum(&self.distances, &codes.distances.lengths)
    }

    /// The best codes for them, with their description.
    fn codes(&self) -> Codes {
        // Some inflaters want a code of two distances at least.
        let mut distances = self.distances;
        if distances.iter().filter(|count| **count > 0).count() < 2 {
            distances.iter_mut().take(2).for_each(|count| *count = (*count).max(1));
        }
        let literals = Code::of_counts(&self.literals, MAX_BITS);
        let distances = Code::of_counts(&distances, MAX_BITS);
        let mut description = BitWriter::default();
        describe(&literals.lengths, &distances.lengths, &mut description);
        Codes { literals, distances, description: Some(description) }
    }
}

impl Codes {
    /// The codes with which these tokens are shortest, their description included.
    pub fn of(tokens: &[Token]) -> Self {
        let counts = Counts::of(tokens);
        let fixed = counts.bits(&FIXED);
        // No symbol takes less than a bit, and no description less than this: a few tokens need no closer look.
        if fixed <= LEAST_DESCRIPTION + tokens.len() {
            return FIXED.clone();
        }
        let own = counts.codes();
        let described = own.description.as_ref().map_or(0, BitWriter::bits);
        if fixed <= counts.bits(&own) + described { FIXED.clone() } else { own }
    }

    /// Whether these tokens are shorter with them than with the standard's, their description included.
    pub fn pay_for(&self, tokens: &[Token]) -> bool {
        let Some(description) = &self.description else { return true };
        let counts = Counts::of(tokens);
        counts.bits(self) + description.bits() < counts.bits(&FIXED)
    }

    /// Begins a block: not final, its type, and its codes where they are not the standard's.
    pub fn begin_block(&self, out: &mut BitWriter) {
        out.put(0, 1);
        match &self.description {
            Some(description) => {
                out.put(2, 2);
                out.append(description);
            }
            None => out.put(1, 2),
        }
    }

    /// The bits of a token.
    #[inline]
    pub fn bits(&self, token: Token) -> usize {
        match token.parts() {
            Ok(byte) => usize::from(self.literals.lengths[usize::from(byte)]),
            Err((length, distance)) => {
                let (length, distance) = (usize::from(LENGTH_SYMBOLS[length - MIN_MATCH]), distance_symbol(distance));
                let codes = self.literals.lengths[257 + length] + self.distances.lengths[distance];
                usize::from(codes + LENGTHS[length].1 + distance_extra(distance))
            }
        }
    }

    /// Sends a token.
    #[inline]
    pub fn put(&self, token: Token, out: &mut BitWriter) {
        match token.parts() {
            Ok(byte) => self.literals.put(usize::from(byte), out),
            Err((length, distance)) => {
                let symbol = usize::from(LENGTH_SYMBOLS[length - MIN_MATCH]);
                let (base, extra) = LENGTHS[symbol];
                self.literals.put_with(257 + symbol, length as u32 - u32::from(base), extra, out);
                let symbol = distance_symbol(distance);
                let beyond = distance - 1 - distance_base(symbol);
                self.distances.put_with(symbol, beyond as u32, distance_extra(symbol), out);
            }
        }
    }

    /// Ends the block.
    pub fn end_block(&self, out: &mut BitWriter) {
        self.literals.put(END_OF_BLOCK, out);
    }

    /// What each choice costs with these codes. A symbol that they lack may come in the next ones, and costs more.
    pub fn costs(&self) -> Costs {
        let or = |length: u8, other: u8| if length == 0 { other } else { length };
        let literals = std::array::from_fn(|byte| or(self.literals.lengths[byte], 12));
        let lengths = std::array::from_fn(|length| {
            let symbol = usize::from(LENGTH_SYMBOLS[length.max(MIN_MATCH) - MIN_MATCH]);
            or(self.literals.lengths[257 + symbol], 11) + LENGTHS[symbol].1
        });
        let distances = std::array::from_fn(|symbol| or(self.distances.lengths[symbol], 8) + distance_extra(symbol));
        Costs { literals, lengths, distances }
    }
}

/// A description has three numbers of 14 bits, the lengths of at least five codes of three bits each, and some symbols
/// in these codes for the lengths of two codes of 257 and two symbols.
const LEAST_DESCRIPTION: usize = 14 + 5 * 3 + 5;

/// The lengths of the codes, themselves in a code (RFC 1951 §3.2.7).
fn describe(literals: &[u8], distances: &[u8], out: &mut BitWriter) {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let last = |lengths: &[u8], least: usize| {
        lengths.iter().rposition(|length| *length > 0).map_or(least, |last| (last + 1).max(least))
    };
    let (literals, distances) = (&literals[..last(literals, 257)], &distances[..last(distances, 1)]);
    let mut runs = Vec::with_capacity(literals.len() + distances.len());
    let mut run = (0, 0);
    for length in literals.iter().chain(distances) {
        if *length != run.0 {
            describe_run(run.0, run.1, &mut runs);
            run = (*length, 0);
        }
        run.1 += 1;
    }
    describe_run(run.0, run.1, &mut runs);
    let mut counts = [0; 19];
    runs.iter().for_each(|(symbol, ..)| counts[usize::from(*symbol)] += 1);
    // A code of a single symbol would not be complete.
    if counts.iter().filter(|count| **count > 0).count() < 2 {
        counts.iter_mut().take(2).for_each(|count| *count = (*count).max(1));
    }
    let code = Code::of_counts(&counts, 7);
    let used = last(&ORDER.map(|symbol| code.lengths[symbol]), 4);
    out.put((literals.len() - 257) as u32, 5);
    out.put((distances.len() - 1) as u32, 5);
    out.put((used - 4) as u32, 4);
    ORDER[..used].iter().for_each(|symbol| out.put(u32::from(code.lengths[*symbol]), 3));
    runs.iter().for_each(|(symbol, extra, bits)| code.put_with(usize::from(*symbol), u32::from(*extra), *bits, out));
}

/// Appends a run of one code length, as symbols with what follows them and its bits.
fn describe_run(length: u8, run: usize, out: &mut Vec<(u8, u8, u8)>) {
    let mut left = run;
    if length > 0 && left > 0 {
        out.push((length, 0, 0));
        left -= 1;
    }
    while left >= 3 {
        let (symbol, least, most, bits) = match (length, left) {
            (0, 11..) => (18, 11, 138, 7),
            (0, _) => (17, 3, 10, 3),
            _ => (16, 3, 6, 2),
        };
        let repeated = left.min(most);
        out.push((symbol, (repeated - least) as u8, bits));
        left -= repeated;
    }
    out.extend(std::iter::repeat_n((length, 0, 0), left));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_distances_have_the_standards_symbols() {
        let symbol = |length: usize| 257 + usize::from(LENGTH_SYMBOLS[length - MIN_MATCH]);
        let lengths = [(3, 257), (10, 264), (11, 265), (12, 265), (13, 266), (227, 284), (257, 284), (258, 285)];
        lengths.into_iter().for_each(|(length, wanted)| assert_eq!(symbol(length), wanted, "{length}"));
        for distance in 1..=32_768_usize {
            let symbol = distance_symbol(distance);
            let beyond = distance - 1 - distance_base(symbol);
            assert!(beyond < 1 << distance_extra(symbol), "{distance}");
        }
    }

    #[test]
    fn the_standards_codes_are_as_the_standard_has_them() {
        let lengths = [0, 143, 144, 255, 256, 279, 280, 285].map(|symbol| FIXED.literals.lengths[symbol]);
        assert_eq!(lengths, [8, 8, 9, 9, 7, 7, 8, 8]);
        assert_eq!(FIXED.distances.lengths, [5; 30]);
    }

    #[test]
    fn no_description_is_shorter_than_the_least() {
        for byte in 0..=255 {
            for count in [1, 2, 100] {
                let own = Counts::of(&vec![Token::literal(byte); count]).codes();
                assert!(own.description.is_some_and(|bits| bits.bits() >= LEAST_DESCRIPTION), "{byte}");
            }
        }
    }
}
