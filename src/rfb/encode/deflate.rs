//! The rectangles of one update, deflated together (RFC 1951).
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
//!
//! Each rectangle's bytes are inflated apart from what follows. Two things go wrong at clients there:
//!
//! - Nothing of the next rectangle may come out of them: some clients drop it, some fail. The last byte holds up to
//!   seven bits of what follows, and these must not be enough for data.
//! - Clients that inflate into a buffer of their own (TigerVNC, for ZRLE) ask for more bytes when it is full, and fail
//!   when there are none: so a whole byte must follow the last token.
//!
//! Therefore with [`End::Aligned`] each rectangle ends its block, and an empty block of ten bits follows, which is what
//! Z_PARTIAL_FLUSH writes. For Tight, [`End::Open`], it is known how many bytes are wanted, and all clients make room for
//! them: there the block goes on, and only the first matter counts. What follows is a token of at least as many bits as
//! are seen, or the end of the block. [`Encoder::tokens`] sees to both.
//!
//! This deflates what text is made of better than zlib does, as there are few data and many small rectangles.

use std::cell::RefCell;

use super::huffman::{BitWriter, Code, MAX_BITS};
use super::lz77::{Costs, Finder, MAX_MATCH, MIN_MATCH, Stops, Token, distance_symbol, parse, parse_by_cost};
use super::{Stream, UpdateWriter};
use crate::geometry::Rect;
use crate::rfb::ids::Encoding;

/// The two bytes that begin a zlib stream (RFC 1950): deflate with a window of 32 KiB, made fast.
pub(super) const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];

/// Data that are parsed at once; later ones do not refer to them. It bounds the memory that is kept.
const CHUNK: usize = 64 * 1024;

/// Data up to this many bytes are parsed once more, by cost: it takes some 100 ns a byte and saves a twentieth.
const PARSED_BY_COST: usize = 24 * 1024;

/// From this compression level on they are; clients on slow links ask for it, or for nothing.
const LEVEL_BY_COST: u8 = 6;

/// From this compression level on, more is tried.
const LEVEL_LONG: u8 = 2;

/// The compression levels that make a difference.
pub(super) const LEVELS: [u8; 2] = [LEVEL_LONG, LEVEL_BY_COST];

/// Tokens of a block: enough to make up for its codes, few enough for these to fit.
const BLOCK: usize = 16 * 1024;

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

    /// Deflates the data into a stream that goes on, and appends everything to the update. The length of a rectangle's
    /// data is a number of 32 bits behind its header.
    pub fn write_stream(&self, stream: Stream, level: u8, out: &mut UpdateWriter) {
        let Some(first) = self.parts.first() else { return };
        out.stream_start = Some((stream, out.bytes.len() + first.head));
        self.write(End::Aligned, level, out, |length, bytes| {
            bytes.extend_from_slice(&(length as u32).to_be_bytes());
        });
    }

    /// Deflates the data and appends everything to the update; `put_length` writes the length of a rectangle's data.
    pub fn write(&self, end: End, level: u8, out: &mut UpdateWriter, put_length: impl Fn(usize, &mut Vec<u8>)) {
        let stops: Vec<usize> = self.parts.iter().map(|part| part.data).collect();
        let (deflated, ends) = deflate(&self.data, &stops, end, level);
        let (mut head, mut data, mut sent) = (0, 0, 0);
        for (part, end) in self.parts.iter().zip(ends) {
            out.bytes.extend_from_slice(&self.head[head..part.head]);
            if part.data > data {
                put_length(end - sent, &mut out.bytes);
                out.bytes.extend_from_slice(&deflated[sent..end]);
                sent = end;
            }
            (head, data) = (part.head, part.data);
            out.rects = out.rects.saturating_add(1);
        }
    }
}

thread_local! {
    /// What every deflating thread keeps: tables and tokens of at most a megabyte.
    static SCRATCH: RefCell<(Finder, Vec<Token>)> = RefCell::default();
}

/// Deflates `data`, which end at the last of `stops`; and how many bytes it takes up to each of these.
fn deflate(data: &[u8], stops: &[usize], end: End, level: u8) -> (Vec<u8>, Vec<usize>) {
    let mut encoder = Encoder::new(stops, end);
    if end == End::Open {
        encoder.out.bytes.extend(ZLIB_HEADER);
    }
    SCRATCH.with_borrow_mut(|(finder, tokens)| {
        for (index, chunk) in data.chunks(CHUNK).enumerate() {
            let start = index * CHUNK;
            let inside: Vec<usize> = (stops.iter().filter(|stop| (start + 1..start + chunk.len()).contains(*stop)))
                .map(|stop| stop - start)
                .collect();
            let by_cost = level >= LEVEL_BY_COST && chunk.len() <= PARSED_BY_COST;
            let inside = Stops::new(&inside, end == End::Open);
            parse(chunk, inside.clone(), if level < LEVEL_LONG { 4 } else { 12 }, finder, tokens);
            if by_cost {
                let costs = Codes::of(tokens).costs();
                parse_by_cost(chunk, inside, 16, &costs, finder, tokens);
            }
            encoder.tokens(tokens);
        }
    });
    encoder.finish()
}

/// Writes blocks.
struct Encoder<'a> {
    out: BitWriter,
    stops: &'a [usize],
    end: End,
    /// Bytes deflated so far.
    done: usize,
    /// For each of the stops reached, the bytes it takes.
    ends: Vec<usize>,
    /// The code of the block that is open.
    open: Option<Codes>,
}

impl<'a> Encoder<'a> {
    fn new(stops: &'a [usize], end: End) -> Self {
        Self { out: BitWriter::default(), stops, end, done: 0, ends: Vec::new(), open: None }
    }

    /// Appends tokens, in blocks.
    fn tokens(&mut self, mut tokens: &[Token]) {
        while !tokens.is_empty() {
            self.end_block();
            let block = &tokens[..self.block_len(tokens)];
            let codes = Codes::of(block);
            codes.begin_block(&mut self.out);
            let mut sent = 0;
            for token in block {
                // Bits of this byte that the stop before has let a client see already.
                let here = self.end == End::Open && self.pass_stops();
                let seen = if here { self.out.bits().next_multiple_of(8) - self.out.bits() } else { 0 };
                if sent > 0 && codes.bits(*token) <= seen {
                    break;
                }
                codes.put(*token, &mut self.out);
                self.done += token.len();
                sent += 1;
            }
            self.open = Some(codes);
            tokens = &tokens[sent..];
        }
    }

    /// How many of the tokens make a block: those of a rectangle where each must end one.
    fn block_len(&self, tokens: &[Token]) -> usize {
        let most = tokens.len().min(BLOCK);
        let stop = self.stops.iter().find(|stop| self.end == End::Aligned && **stop > self.done);
        let Some(room) = stop.map(|stop| stop - self.done) else { return most };
        let ends = tokens[..most].iter().scan(0, |at, token| {
            *at += token.len();
            Some(*at)
        });
        ends.take_while(|end| *end <= room).count()
    }

    /// Notes the bytes of the stops that have been reached; whether the last one is just here.
    fn pass_stops(&mut self) -> bool {
        while self.stops.get(self.ends.len()).is_some_and(|stop| *stop <= self.done) {
            self.ends.push(self.out.bits().div_ceil(8));
        }
        self.ends.len().checked_sub(1).is_some_and(|last| self.stops[last] == self.done)
    }

    fn end_block(&mut self) {
        let Some(codes) = self.open.take() else { return };
        if self.end == End::Open {
            self.pass_stops();
        }
        codes.literals.put(END_OF_BLOCK, &mut self.out);
        if self.end == End::Aligned && self.stops.contains(&self.done) {
            self.put_empty_block();
        }
        self.pass_stops();
    }

    /// A block without data, in the standard's codes: not final, type 01, the end.
    fn put_empty_block(&mut self) {
        self.out.put(0, 1);
        self.out.put(1, 2);
        self.out.put(0, 7);
    }

    /// The bytes, and the end of each stop.
    fn finish(mut self) -> (Vec<u8>, Vec<usize>) {
        if let Some(codes) = self.open.take() {
            // What the last stop needs is still to come.
            let before = self.stops.iter().filter(|stop| **stop < self.done).count();
            self.pass_stops();
            self.ends.truncate(before);
            codes.literals.put(END_OF_BLOCK, &mut self.out);
            match self.end {
                End::Open => self.put_empty_block(),
                End::Aligned => {
                    // An empty stored block (RFC 1951 §3.2.4): not final, type 00, then its length and that inverted.
                    self.out.put(0, 3);
                    self.out.align();
                    self.out.bytes.extend([0, 0, 0xff, 0xff]);
                }
            }
            self.out.align();
        }
        self.ends.resize(self.stops.len(), self.out.bytes.len());
        (self.out.bytes, self.ends)
    }
}

/// The symbol that ends a block.
const END_OF_BLOCK: usize = 256;

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

/// The codes of a block.
struct Codes {
    literals: Code<286>,
    distances: Code<30>,
    /// The standard's own codes, which need no description.
    fixed: bool,
}

impl Codes {
    /// The codes with which these tokens are shortest, their description included.
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
        // Some inflaters want a code of two distances at least.
        let used = distances.iter().filter(|count| **count > 0).count();
        let mut code_distances = distances;
        if used < 2 {
            code_distances.iter_mut().take(2).for_each(|count| *count = (*count).max(1));
        }
        let own = Self {
            literals: Code::of_counts(&literals, MAX_BITS),
            distances: Code::of_counts(&code_distances, MAX_BITS),
            fixed: false,
        };
        let fixed = Self::fixed();
        let bits = |codes: &Self| {
            let sum = |counts: &[u32], lengths: &[u8]| -> usize {
                counts.iter().zip(lengths).map(|(count, length)| *count as usize * usize::from(*length)).sum()
            };
            sum(&literals, &codes.literals.lengths) + sum(&distances, &codes.distances.lengths)
        };
        let mut description = BitWriter::default();
        own.describe(&mut description);
        if bits(&fixed) <= bits(&own) + description.bits() { fixed } else { own }
    }

    /// RFC 1951 §3.2.6.
    fn fixed() -> Self {
        // Two more symbols of each kind mean nothing, but are part of the codes.
        let literals: [u8; 288] = std::array::from_fn(|symbol| match symbol {
            144..256 => 9,
            256..280 => 7,
            _ => 8,
        });
        Self { literals: Code::canonical(literals).first(), distances: Code::canonical([5; 32]).first(), fixed: true }
    }

    fn begin_block(&self, out: &mut BitWriter) {
        // Not final, and the type.
        out.put(0, 1);
        out.put(if self.fixed { 1 } else { 2 }, 2);
        if !self.fixed {
            self.describe(out);
        }
    }

    /// The lengths of the codes, themselves in a code (RFC 1951 §3.2.7).
    fn describe(&self, out: &mut BitWriter) {
        const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        let last = |lengths: &[u8], least: usize| {
            lengths.iter().rposition(|length| *length > 0).map_or(least, |last| (last + 1).max(least))
        };
        let (literals, distances) = (last(&self.literals.lengths, 257), last(&self.distances.lengths, 1));
        let lengths = [&self.literals.lengths[..literals], &self.distances.lengths[..distances]].concat();
        let mut runs = Vec::new();
        lengths.chunk_by(|a, b| a == b).for_each(|run| describe_run(run[0], run.len(), &mut runs));
        let mut counts = [0; 19];
        runs.iter().for_each(|(symbol, ..)| counts[usize::from(*symbol)] += 1);
        // A code of a single symbol would not be complete.
        if counts.iter().filter(|count| **count > 0).count() < 2 {
            counts.iter_mut().take(2).for_each(|count| *count = (*count).max(1));
        }
        let code = Code::of_counts(&counts, 7);
        let used = last(&ORDER.map(|symbol| code.lengths[symbol]), 4);
        out.put((literals - 257) as u32, 5);
        out.put((distances - 1) as u32, 5);
        out.put((used - 4) as u32, 4);
        ORDER[..used].iter().for_each(|symbol| out.put(u32::from(code.lengths[*symbol]), 3));
        for (symbol, extra, bits) in runs {
            code.put(usize::from(symbol), out);
            out.put(u32::from(extra), bits);
        }
    }

    /// The bits of a token.
    #[inline]
    fn bits(&self, token: Token) -> usize {
        match token.parts() {
            Ok(byte) => usize::from(self.literals.lengths[usize::from(byte)]),
            Err((length, distance)) => {
                let (length, distance) = (usize::from(LENGTH_SYMBOLS[length - MIN_MATCH]), distance_symbol(distance));
                let codes = self.literals.lengths[257 + length] + self.distances.lengths[distance];
                usize::from(codes + LENGTHS[length].1 + distance_extra(distance))
            }
        }
    }

    #[inline]
    fn put(&self, token: Token, out: &mut BitWriter) {
        match token.parts() {
            Ok(byte) => self.literals.put(usize::from(byte), out),
            Err((length, distance)) => {
                let symbol = usize::from(LENGTH_SYMBOLS[length - MIN_MATCH]);
                let (base, extra) = LENGTHS[symbol];
                self.literals.put(257 + symbol, out);
                out.put(length as u32 - u32::from(base), extra);
                let symbol = distance_symbol(distance);
                self.distances.put(symbol, out);
                out.put((distance - 1 - distance_base(symbol)) as u32, distance_extra(symbol));
            }
        }
    }

    /// What each choice costs with these codes. A symbol that they lack may come in the next ones, and costs more.
    fn costs(&self) -> Costs {
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

/// Appends a run of one code length, as symbols with what follows them and its bits.
fn describe_run(length: u8, run: usize, out: &mut Vec<(u8, u8, u8)>) {
    let mut left = run;
    if length > 0 {
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
    use flate2::{Decompress, FlushDecompress};

    use super::*;

    /// More than any part of the tests has.
    const ROOM: usize = 64 * 1024;

    /// Gives the bytes of each part to one inflater, as a client does; what comes out of each.
    fn inflated(stream: &mut Decompress, bytes: &[u8], ends: &[usize]) -> Vec<Vec<u8>> {
        let mut start = 0;
        let mut part = |end: &usize| {
            let mut out = Vec::with_capacity(ROOM);
            let before = stream.total_in();
            stream.decompress_vec(&bytes[start..*end], &mut out, FlushDecompress::Sync).expect("it inflates");
            assert_eq!((stream.total_in() - before) as usize, end - start, "all is taken");
            start = *end;
            out
        };
        ends.iter().map(&mut part).collect()
    }

    /// All data of a part come out without its last byte: a client whose buffer is full has one left to ask for.
    fn needs_no_last_byte(data: &[u8], stops: &[usize], bytes: &[u8], ends: &[usize]) {
        let mut stream = Decompress::new(false);
        let (mut start, mut from) = (0, 0);
        for (end, stop) in ends.iter().zip(stops) {
            let without = inflated(&mut stream, &bytes[start..], &[end - start - 1]).concat();
            assert!(without == data[from..*stop]);
            assert!(inflated(&mut stream, &bytes[end - 1..], &[1]).concat().is_empty());
            (start, from) = (*end, *stop);
        }
    }

    /// Data like packed text: mostly zeros, few other bytes, much repeated; and `noise` in between.
    fn data(length: usize, seed: usize, noise: usize) -> Vec<u8> {
        let byte = |i: usize| match (i / 7 * 31 + seed) % 5 {
            0 if i % 90 < noise => (i.wrapping_mul(2_654_435_761) >> 9) as u8,
            0 | 1 => [0x18, 0x3c, 0x66, 0x80][(i / 3 + seed) % 4],
            _ => 0,
        };
        (0..length).map(byte).collect()
    }

    #[test]
    fn each_part_gives_its_data_and_nothing_of_the_next() {
        for (seed, length) in [0, 1, 5, 40, 700, 5_000, 40_000, 100_000].into_iter().enumerate() {
            for noise in [0, 90] {
                let data = data(length, seed, noise);
                let mut stops: Vec<usize> = (1..200).map(|i| i * i * (seed + 3) / 3).filter(|s| *s < length).collect();
                stops.push(length);
                for (level, end) in [(1, End::Open), (6, End::Open), (1, End::Aligned), (9, End::Aligned)] {
                    let (bytes, ends) = deflate(&data, &stops, end, level);
                    let mut stream = Decompress::new(end == End::Open);
                    let parts = inflated(&mut stream, &bytes, &ends);
                    let mut start = 0;
                    for (part, stop) in parts.iter().zip(&stops) {
                        assert!(*part == data[start..*stop], "{start}..{stop} of {length}, level {level}");
                        start = *stop;
                    }
                    assert_eq!(parts.len(), stops.len());
                    if end == End::Aligned && length > 0 {
                        needs_no_last_byte(&data, &stops, &bytes, &ends);
                    }
                }
            }
        }
    }

    #[test]
    fn aligned_updates_follow_each_other_in_one_stream_in_any_order() {
        let updates: Vec<Vec<u8>> = [3_000, 1, 20_000, 300].map(|length| data(length, length, 9)).to_vec();
        let deflated = |update: &Vec<u8>| deflate(update, &[update.len()], End::Aligned, 6).0;
        for order in [[0, 1, 2, 3], [3, 2, 2, 0], [1, 1, 0, 3]] {
            let mut stream = Decompress::new(true);
            let mut wire = ZLIB_HEADER.to_vec();
            order.iter().for_each(|update| wire.extend(deflated(&updates[*update])));
            let whole = inflated(&mut stream, &wire, &[wire.len()]).concat();
            assert!(whole == order.map(|update| updates[update].clone()).concat());
        }
    }

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
    fn what_is_typed_costs_little() {
        // A glyph of 9 by 18 pixels in two colours.
        let glyph = data(36, 3, 0);
        let (bytes, _) = deflate(&glyph, &[glyph.len()], End::Open, 6);
        assert!(bytes.len() <= 24, "{}", bytes.len());
    }
}
