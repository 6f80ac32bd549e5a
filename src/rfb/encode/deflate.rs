//! The rectangles of one update, deflated together (RFC 1951).
//!
//! One update goes to many viewers, whose zlib streams are at different places. It fits all of them, because
//!
//! - its history starts fresh: no distance reaches before the update's own first byte, so what a stream carried before
//!   does not matter;
//! - it begins on a whole byte, between two deflate blocks, and ends so, with an empty stored block as Z_SYNC_FLUSH does;
//!   its blocks are never marked final, so any number of updates make one stream;
//! - zlib streams are never finished here, so nobody ever needs the checksum at their end.
//!
//! What differs is only the two bytes of [`ZLIB_HEADER`] before the first byte of a stream, and in Tight the bit with which
//! a stream begins anew ([`super::ZlibStreams::restart_tight`] says for whom).
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
//! them: there the block goes on, except at the end of a [`CHUNK`], and only the first matter counts. What follows is a
//! token of more bits than are seen, or the end of the block. [`Encoder::tokens`] sees to both.
//!
//! This deflates what text is made of better than zlib does, as there are few data and many small rectangles.

use std::sync::{Mutex, PoisonError};

use super::codes::Codes;
use super::huffman::BitWriter;
use super::lz77::{Finder, MAX_DATA, Stops, Token, Ways, fit, parse, parse_by_cost};
use super::spread::spread;
use super::{RECT_HEADER, Stream, StreamStart, UpdateWriter};
use crate::geometry::Rect;
use crate::rfb::ids::Encoding;

/// The two bytes that begin a zlib stream (RFC 1950): deflate with a window of 32 KiB, made fast.
pub(super) const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];

/// Data that are parsed at once; later ones do not refer to them. It bounds the memory that is kept.
///
/// There are decoders (miniz_oxide is one) that gather what comes out in a ring of 32 KiB and return when it is full.
/// Their callers see that all bytes of a rectangle have been read and go on to the next, with its last token still to be
/// had. So a rectangle that goes on behind a chunk has bytes behind its last token, as with [`End::Aligned`]: where the
/// data of a stream are counted from the update's first, the ring is full at the end of a chunk.
const CHUNK: usize = 32 * 1024;
const _: () = assert!(CHUNK <= MAX_DATA);

/// Data that are deflated by themselves, so that several cores can work on one update: what follows begins on a whole byte,
/// behind an empty stored block, which is six bytes in so many.
const GROUP: usize = 4 * CHUNK;

/// Data up to this many bytes are parsed once more, by cost: it takes some 30 ns a byte and saves up to an eighth.
const PARSED_BY_COST: usize = 24 * 1024;

/// Tokens of the first parse above which the second does not pay: it takes twice as long then, and saves a fiftieth.
const TOKENS_BY_COST: usize = 1500;

/// From this compression level on they are; clients on slow links ask for it, or for nothing.
const LEVEL_BY_COST: u8 = 6;

/// From this compression level on, more is tried.
const LEVEL_LONG: u8 = 2;

/// The compression levels that make a difference.
pub(super) const LEVELS: [u8; 2] = [LEVEL_LONG, LEVEL_BY_COST];

/// Tokens of a block: enough to make up for its codes, few enough for these to fit.
const BLOCK: usize = 16 * 1024;

/// Tokens of a block, at least, after blocks that were cut short.
const BLOCK_LEAST: usize = 16;

/// How the deflated data of a rectangle end that others of its update follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With the end of a block, and a byte to spare.
    Aligned,
    /// Anywhere in a block, unless they go on behind a [`CHUNK`].
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
    /// Rectangles of which something is lost.
    pub lossy: Vec<Rect>,
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

    /// Goes on with the rectangles of another one.
    pub fn append(&mut self, mut other: Self) {
        let (head, data) = (self.head.len(), self.data.len());
        self.head.append(&mut other.head);
        self.data.append(&mut other.data);
        self.parts.extend(other.parts.iter().map(|part| Part { head: head + part.head, data: data + part.data }));
        self.lossy.append(&mut other.lossy);
    }

    /// Where data go: to be deflated or not.
    pub fn sink(&mut self, deflated: bool) -> &mut Vec<u8> {
        if deflated { &mut self.data } else { &mut self.head }
    }

    /// Rectangles so far.
    pub fn rects(&self) -> usize {
        self.parts.len()
    }

    /// Deflates the data into a stream that goes on, and appends everything to the update.
    pub fn write(&self, stream: Stream, level: u8, out: &mut UpdateWriter) {
        out.lossy.extend_from_slice(&self.lossy);
        let stops: Vec<usize> = self.parts.iter().map(|part| part.data).collect();
        let (deflated, ends) = deflate(&self.data, &stops, stream.end(), level);
        let (mut head, mut data, mut sent) = (0, 0, 0);
        for (part, end) in self.parts.iter().zip(ends) {
            out.bytes.extend_from_slice(&self.head[head..part.head]);
            if part.data > data {
                let control = out.bytes.len() - (part.head - head) + RECT_HEADER;
                out.stream_start.get_or_insert(StreamStart { stream, control, length: out.bytes.len() });
                stream.put_length(end - sent, &mut out.bytes);
                out.bytes.extend_from_slice(&deflated[sent..end]);
                sent = end;
            }
            (head, data) = (part.head, part.data);
            out.rects = out.rects.saturating_add(1);
        }
    }
}

/// Tables and tokens that are worth keeping from update to update.
#[derive(Default)]
struct Scratch {
    finder: Finder,
    tokens: Vec<Token>,
    ways: Ways,
}

/// How many are kept: more than two updates are seldom deflated at once, however many threads there are.
const KEPT_SCRATCH: usize = 2;

/// Those not in use. What took much memory for a large update gives it back at the next small one.
static SCRATCH: Mutex<Vec<Scratch>> = Mutex::new(Vec::new());

impl Scratch {
    fn take() -> Self {
        SCRATCH.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give_back(mut self) {
        self.ways.clear();
        fit(&mut self.tokens);
        fit(&mut self.ways);
        let mut kept = SCRATCH.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT_SCRATCH {
            kept.push(self);
        }
    }
}

/// Deflates `data`, which end at the last of `stops`; and how many bytes it takes up to each of these.
fn deflate(data: &[u8], stops: &[usize], end: End, level: u8) -> (Vec<u8>, Vec<usize>) {
    let parts: Vec<(usize, &[u8])> = (0..).step_by(GROUP).zip(data.chunks(GROUP)).collect();
    // Pixels of three bytes, as most data are that are so long.
    let mut groups = spread(&parts, data.len() as u64 / 3, |(start, group)| {
        let first = if *start == 0 { 0 } else { stops.partition_point(|stop| stop <= start) };
        let last = stops.partition_point(|stop| *stop <= start + group.len());
        let began = first.checked_sub(1).map_or(0, |before| stops[before]);
        deflate_group(group, *start, began, &stops[first..last], end, level)
    })
    .into_iter();
    let Some((mut bytes, mut ends)) = groups.next() else { return Encoder::new(0, 0, stops, end).finish() };
    for (more, more_ends) in groups {
        ends.extend(more_ends.iter().map(|end| bytes.len() + end));
        bytes.extend(more);
    }
    (bytes, ends)
}

/// Deflates the data from `from` on, of rectangles of which the first begins at `began`, as [`deflate`] does. What comes of
/// it ends with a whole byte.
fn deflate_group(
    data: &[u8],
    from: usize,
    began: usize,
    stops: &[usize],
    end: End,
    level: u8,
) -> (Vec<u8>, Vec<usize>) {
    let mut encoder = Encoder::new(from, began, stops, end);
    let mut scratch = Scratch::take();
    let Scratch { finder, tokens, ways } = &mut scratch;
    for (index, chunk) in data.chunks(CHUNK).enumerate() {
        let start = from + index * CHUNK;
        let inside: Vec<usize> = (stops.iter().filter(|stop| (start + 1..start + chunk.len()).contains(*stop)))
            .map(|stop| stop - start)
            .collect();
        let inside = Stops::new(&inside, end == End::Open);
        parse(chunk, inside.clone(), if level < LEVEL_LONG { 4 } else { 12 }, finder, tokens);
        if level >= LEVEL_BY_COST && chunk.len() <= PARSED_BY_COST && tokens.len() <= TOKENS_BY_COST {
            let costs = Codes::of(tokens).costs();
            parse_by_cost(chunk, inside, 16, &costs, (finder, ways), tokens);
        }
        encoder.tokens(tokens);
    }
    scratch.give_back();
    encoder.finish()
}

/// Writes blocks.
struct Encoder<'a> {
    out: BitWriter,
    stops: &'a [usize],
    /// Where the first rectangle begins.
    began: usize,
    end: End,
    /// Bytes deflated so far, of all that are.
    done: usize,
    /// For each of the stops reached, the bytes it takes.
    ends: Vec<usize>,
    /// The code of the block that is open.
    open: Option<Codes>,
    /// Tokens for which the next block's codes are made.
    most: usize,
}

impl<'a> Encoder<'a> {
    /// For the data from `done` on, of rectangles that end at `stops` and of which the first begins at `began`.
    fn new(done: usize, began: usize, stops: &'a [usize], end: End) -> Self {
        Self { out: BitWriter::default(), stops, began, end, done, ends: Vec::new(), open: None, most: BLOCK }
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
                if self.end == End::Open && self.pass_stops() && sent > 0 {
                    let seen = self.out.bits().next_multiple_of(8) - self.out.bits();
                    if codes.bits(*token) <= seen {
                        break;
                    }
                }
                codes.put(*token, &mut self.out);
                self.done += token.len();
                sent += 1;
            }
            // Among many small rectangles blocks are cut short so often that their codes are described in vain.
            self.most = match sent < block.len() && !codes.pay_for(&block[..sent]) {
                true => (self.most / 4).max(BLOCK_LEAST),
                false => (self.most * 2).min(BLOCK),
            };
            self.open = Some(codes);
            tokens = &tokens[sent..];
        }
    }

    /// How many of the tokens make a block: those of a rectangle where each must end one.
    fn block_len(&self, tokens: &[Token]) -> usize {
        let most = tokens.len().min(self.most);
        // There may be as many blocks as stops: none that has been passed is looked at again.
        let next = self.stops.partition_point(|stop| *stop <= self.done);
        let stop = (next..self.stops.len()).find(|index| self.ends_block(*index));
        let Some(room) = stop.map(|index| self.stops[index] - self.done) else { return most };
        let ends = tokens[..most].iter().scan(0, |at, token| {
            *at += token.len();
            Some(*at)
        });
        ends.take_while(|end| *end <= room).count()
    }

    /// Whether a block ends at this stop, with a byte to spare behind it.
    fn ends_block(&self, index: usize) -> bool {
        let before = index.checked_sub(1).map_or(self.began, |before| self.stops[before]);
        self.end == End::Aligned || self.stops[index].saturating_sub(1) / CHUNK > before / CHUNK
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
        let stop = self.stops.partition_point(|stop| *stop < self.done);
        let spare = self.stops.get(stop) == Some(&self.done) && self.ends_block(stop);
        if !spare {
            self.pass_stops();
        }
        codes.end_block(&mut self.out);
        if spare {
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
            codes.end_block(&mut self.out);
            // An empty stored block (RFC 1951 §3.2.4): not final, type 00, then its length and that inverted.
            self.out.put(0, 3);
            self.out.align();
            self.out.bytes.extend([0, 0, 0xff, 0xff]);
        }
        self.ends.resize(self.stops.len(), self.out.bytes.len());
        (self.out.bytes, self.ends)
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};

    use super::*;

    /// More than any part of the tests has.
    const ROOM: usize = 256 * 1024;

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
        for (seed, length) in [0, 1, 5, 40, 700, 5_000, 40_000, 100_000, 3 * GROUP - 7].into_iter().enumerate() {
            for noise in [0, 90] {
                let data = data(length, seed, noise);
                let mut stops: Vec<usize> = (1..200).map(|i| i * i * (seed + 3) / 3).filter(|s| *s < length).collect();
                // Where one begins that is deflated by itself, and in the midst of a long part of the next.
                stops.extend([GROUP, 2 * GROUP - 1].into_iter().filter(|stop| *stop < length));
                stops.sort_unstable();
                stops.push(length);
                for (level, end) in [(1, End::Open), (6, End::Open), (1, End::Aligned), (9, End::Aligned)] {
                    let (bytes, ends) = deflate(&data, &stops, end, level);
                    let mut stream = Decompress::new(false);
                    let parts = inflated(&mut stream, &bytes, &ends);
                    let mut start = 0;
                    for (part, stop) in parts.iter().zip(&stops) {
                        assert!(*part == data[start..*stop], "{start}..{stop} of {length}, level {level}");
                        start = *stop;
                    }
                    assert_eq!(parts.len(), stops.len());
                    if end == End::Open {
                        needs_no_second_look(&data, &stops, &bytes, &ends);
                    } else if length > 0 {
                        needs_no_last_byte(&data, &stops, &bytes, &ends);
                    }
                }
            }
        }
    }

    /// Nothing is left to come out of a part whose bytes have all been read, by a decoder that returns whenever it has
    /// given another 32 KiB.
    fn needs_no_second_look(data: &[u8], stops: &[usize], bytes: &[u8], ends: &[usize]) {
        for full in (1..).map(|count| count * 32 * 1024).take_while(|full| *full < data.len()) {
            let part = stops.partition_point(|stop| *stop <= full);
            let mut out = Vec::with_capacity(full);
            let mut stream = Decompress::new(false);
            stream.decompress_vec(bytes, &mut out, FlushDecompress::Sync).expect("a stream");
            assert!(out == data[..full] && stream.total_in() < ends[part] as u64, "{full} in {stops:?}");
        }
    }

    #[test]
    fn updates_follow_each_other_in_one_stream_in_any_order() {
        let updates: Vec<Vec<u8>> = [3_000, 1, 20_000, 300].map(|length| data(length, length, 9)).to_vec();
        for (order, end) in [([0, 1, 2, 3], End::Open), ([3, 2, 2, 0], End::Aligned), ([1, 1, 0, 3], End::Open)] {
            let deflated = |update: &Vec<u8>| deflate(update, &[update.len()], end, 6).0;
            let mut stream = Decompress::new(true);
            let mut wire = ZLIB_HEADER.to_vec();
            order.iter().for_each(|update| wire.extend(deflated(&updates[*update])));
            let whole = inflated(&mut stream, &wire, &[wire.len()]).concat();
            assert!(whole == order.map(|update| updates[update].clone()).concat());
        }
    }

    #[test]
    fn parts_that_end_just_behind_the_32_kib_of_a_window_come_out_whole() {
        let data = data(70_000, 1, 5);
        for more in 1..300 {
            let stops = [32 * 1024 + more, 64 * 1024 + more, data.len()];
            let (bytes, ends) = deflate(&data, &stops, End::Open, 2);
            needs_no_second_look(&data, &stops, &bytes, &ends);
        }
    }

    #[test]
    fn many_small_parts_take_less_than_their_data() {
        // Short codes, which what follows a part must not have: nearly every part cuts a block short.
        let mut random = 1_u32;
        let mut byte = |at: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if at % 14 < 9 { 0 } else { (random >> 30) as u8 }
        };
        let data: Vec<u8> = (0..3_000 * 14).map(&mut byte).collect();
        let stops: Vec<usize> = (14..=data.len()).step_by(14).collect();
        for level in LEVELS {
            let (bytes, ends) = deflate(&data, &stops, End::Open, level);
            assert!(bytes.len() * 3 < data.len() * 2, "{} of {}", bytes.len(), data.len());
            assert!(inflated(&mut Decompress::new(false), &bytes, &ends).concat() == data);
        }
    }

    #[test]
    fn what_is_typed_costs_little() {
        // A glyph of 9 by 18 pixels in two colours.
        let glyph = data(36, 3, 0);
        let (bytes, _) = deflate(&glyph, &[glyph.len()], End::Open, 6);
        assert!(bytes.len() <= 25, "{}", bytes.len());
    }
}
