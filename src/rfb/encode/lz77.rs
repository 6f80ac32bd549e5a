//! Repetitions in what is to be deflated (RFC 1951 §4): literals, and matches with what came before.
//!
//! Packed rows of text repeat at all distances but in short pieces, and their literals have short codes. So what is
//! saved by a match depends on those codes: after a quick first pass, short data are parsed again by the cost of each
//! choice in bits, as the codes of the first pass have it.

/// The shortest match.
pub(super) const MIN_MATCH: usize = 3;
/// The longest match.
pub(super) const MAX_MATCH: usize = 258;
/// The longest distance.
pub(super) const MAX_DISTANCE: usize = 32 * 1024;

/// After so many bytes it is seen whether matches are worth looking for.
const PROBE: usize = 4096;

/// They are not where more than so many of sixteen bytes are literals: photographs are such data.
const LITERALS: usize = 14;

/// A match this long is taken without looking for a longer one, nor for anything inside it.
const GOOD_MATCH: usize = 48;

/// With a match this long, a longer one a byte later is looked for in fewer places.
const FAIR_MATCH: usize = 8;

/// With so much of a match ahead, [`parse_by_cost`] looks at the nearest place only.
const SETTLED: usize = 12;

/// A match of three bytes from further away is not taken by [`parse`].
const FAR: usize = 512;

/// Matches from further away have codes of more than a byte, whatever the code: seven bits of the distance alone. A
/// rectangle's bytes end within a byte of the stream, so that their reader sees up to seven bits of what follows; these
/// must not be enough for a token.
const LONG_CODE: usize = 256;

/// Bits that it is worth to have a long code there; else a new block is begun.
const SHORT_CODE: u32 = 200;

/// A literal, or a match: bit 31, length less 3 from bit 16 on, distance less 1 below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token(u32);

impl Token {
    pub const fn literal(byte: u8) -> Self {
        Self(byte as u32)
    }

    const fn matched(length: usize, distance: usize) -> Self {
        Self(1 << 31 | ((length - MIN_MATCH) as u32) << 16 | (distance - 1) as u32)
    }

    /// The literal, or the length and the distance.
    #[inline]
    pub const fn parts(self) -> Result<u8, (usize, usize)> {
        if self.0 >> 31 == 0 {
            Ok(self.0 as u8)
        } else {
            Err(((self.0 >> 16 & 0xff) as usize + MIN_MATCH, (self.0 & 0x7fff) as usize + 1))
        }
    }

    /// The bytes it stands for.
    pub const fn len(self) -> usize {
        match self.parts() {
            Ok(_) => 1,
            Err((length, _)) => length,
        }
    }
}

/// What each choice costs, in bits.
#[derive(Clone, Debug)]
pub(super) struct Costs {
    pub literals: [u8; 256],
    /// By length.
    pub lengths: [u8; MAX_MATCH + 1],
    /// By [`distance_symbol`].
    pub distances: [u8; 30],
}

/// The most data that a [`Finder`] takes: places are kept in 16 bits, less one for none.
pub(super) const MAX_DATA: usize = u16::MAX as usize;

/// Finds earlier places that begin alike: with four bytes, the last ones of many, and with three, the last one.
#[derive(Debug, Default)]
pub(super) struct Finder {
    /// By the hash of four bytes, the last place with it, plus one.
    heads: Vec<u16>,
    /// For each place (modulo the distance), the one before it with the same hash, plus one.
    chain: Vec<u16>,
    /// By the hash of three bytes, the last place with it, plus one.
    short: Vec<u16>,
}

impl Finder {
    /// Forgets everything. The tables are as large as so many bytes deserve, for clearing them takes time too.
    fn restart(&mut self, length: usize) {
        debug_assert!(length <= MAX_DATA);
        let refill = |table: &mut Vec<u16>, slots: usize| {
            table.clear();
            table.resize(slots, 0);
            fit(table);
        };
        refill(&mut self.heads, (length * 2).next_power_of_two().clamp(1 << 8, 1 << 15));
        refill(&mut self.chain, length.next_power_of_two().min(MAX_DISTANCE));
        refill(&mut self.short, length.next_power_of_two().clamp(1 << 8, 1 << 12));
    }

    /// The slots of a place in `short` and `heads`. The last bytes have none.
    #[inline]
    fn slots(&self, data: &[u8], at: usize) -> Option<(usize, usize)> {
        let four = u32::from_le_bytes(*data.get(at..)?.first_chunk()?);
        let slot = |key: u32, table: &Vec<u16>| key.wrapping_mul(0x9e37_79b1) as usize >> 16 & (table.len() - 1);
        Some((slot(four << 8, &self.short), slot(four, &self.heads)))
    }

    #[inline]
    fn insert(&mut self, data: &[u8], at: usize) {
        if let Some((short, long)) = self.slots(data, at) {
            let slot = at & (self.chain.len() - 1);
            self.chain[slot] = self.heads[long];
            self.heads[long] = at as u16 + 1;
            self.short[short] = at as u16 + 1;
        }
    }

    /// Calls `found` with matches at `at` that end by `stop`, each longer than the one before it; at most `depth`
    /// places are compared. Enters the place then.
    #[inline]
    fn matches(&mut self, data: &[u8], at: usize, stop: usize, depth: usize, mut found: impl FnMut(usize, usize)) {
        let Some((short, long)) = self.slots(data, at) else { return };
        let here = &data[at..stop.min(at + MAX_MATCH)];
        let (last_short, mut place) = (usize::from(self.short[short]), usize::from(self.heads[long]));
        let slot = at & (self.chain.len() - 1);
        self.chain[slot] = place as u16;
        self.heads[long] = at as u16 + 1;
        self.short[short] = at as u16 + 1;
        if here.len() < MIN_MATCH {
            return;
        }
        let mut best = MIN_MATCH - 1;
        if last_short > 0 && last_short != place && at - (last_short - 1) <= MAX_DISTANCE {
            let length = common(here, &data[last_short - 1..]);
            if length > best {
                best = length;
                found(length, at - (last_short - 1));
            }
        }
        for _ in 0..depth {
            // A place that has left the chain's memory shows by not being earlier.
            if place == 0 || at - (place - 1) > self.chain.len() || best >= here.len() {
                return;
            }
            let there = &data[place - 1..];
            if there[best] == here[best] {
                let length = common(here, there);
                if length > best {
                    best = length;
                    found(length, at - (place - 1));
                }
            }
            let before = usize::from(self.chain[(place - 1) & (self.chain.len() - 1)]);
            if before >= place {
                return;
            }
            place = before;
        }
    }
}

/// Gives memory back, once little of much is used.
pub(super) fn fit<T>(buffer: &mut Vec<T>) {
    const SMALL: usize = 16 * 1024;
    if buffer.capacity() * size_of::<T>() > SMALL.max(4 * buffer.len() * size_of::<T>()) {
        buffer.shrink_to(buffer.len().max(SMALL / size_of::<T>().max(1)));
    }
}

/// How many bytes `a` and `b` have in common; `b` is at least as long.
#[inline]
fn common(a: &[u8], b: &[u8]) -> usize {
    let (words, rest) = a.as_chunks::<8>();
    let (others, _) = b.as_chunks::<8>();
    for (index, (word, other)) in words.iter().zip(others).enumerate() {
        let difference = u64::from_le_bytes(*word) ^ u64::from_le_bytes(*other);
        if difference != 0 {
            return index * 8 + (difference.trailing_zeros() / 8) as usize;
        }
    }
    let done = words.len() * 8;
    done + rest.iter().zip(&b[done..]).take_while(|(a, b)| a == b).count()
}

/// The number of a distance's code (RFC 1951 §3.2.5).
#[inline]
pub(super) const fn distance_symbol(distance: usize) -> usize {
    let below = distance - 1;
    if below < 4 {
        return below;
    }
    let highest = below.ilog2();
    (highest * 2) as usize + (below >> (highest - 1) & 1)
}

/// Where matches must end: at the ends of rectangles, whose bytes are read apart from each other.
#[derive(Clone)]
pub(super) struct Stops<'a> {
    rest: &'a [usize],
    /// The stop before, where the current rectangle begins.
    start: usize,
    long_codes: bool,
}

impl<'a> Stops<'a> {
    /// These stops, which ascend; with `long_codes` what follows one should have a long code: see [`LONG_CODE`].
    pub const fn new(rest: &'a [usize], long_codes: bool) -> Self {
        Self { rest, start: 0, long_codes }
    }

    /// The stop after `at`, which grows from call to call; and whether a long code is wanted at `at`.
    fn after(&mut self, at: usize, end: usize) -> (usize, bool) {
        while let [stop, rest @ ..] = self.rest
            && *stop <= at
        {
            (self.start, self.rest) = (*stop, rest);
        }
        (self.rest.first().copied().unwrap_or(end), self.long_codes && self.start == at && at > 0)
    }
}

/// Replaces `tokens` by a quick parse: the longest match, unless there is a longer one a byte later. Matches end at
/// `stops`.
pub(super) fn parse(data: &[u8], mut stops: Stops<'_>, depth: usize, finder: &mut Finder, tokens: &mut Vec<Token>) {
    finder.restart(data.len());
    tokens.clear();
    let (mut at, mut before, mut probe) = (0, (0, 0), PROBE);
    while at < data.len() {
        if at >= probe && before.0 == 0 {
            if tokens.len() * 16 > at * LITERALS {
                tokens.extend(data[at..].iter().map(|byte| Token::literal(*byte)));
                return;
            }
            probe = usize::MAX;
        }
        let (stop, first) = stops.after(at, data.len());
        let mut here = (0, 0);
        if before.0 < GOOD_MATCH {
            let depth = if before.0 >= FAIR_MATCH { depth / 4 } else { depth };
            finder.matches(data, at, stop, depth, |length, distance| {
                if !first || distance > LONG_CODE {
                    here = (length, distance);
                }
            });
        } else {
            finder.insert(data, at);
        }
        // Three literals often cost less than a far match of three.
        if here.0 == MIN_MATCH && here.1 > FAR && !first {
            here = (0, 0);
        }
        if before.0 > 0 && here.0 <= before.0 {
            tokens.push(Token::matched(before.0, before.1));
            let end = at - 1 + before.0;
            // Inside a long match nearly every place is like one before.
            let step = if before.0 >= GOOD_MATCH { 4 } else { 1 };
            (at + 1..end).step_by(step).for_each(|inside| finder.insert(data, inside));
            (at, before) = (end, (0, 0));
            continue;
        }
        if before.0 > 0 {
            tokens.push(Token::literal(data[at - 1]));
        }
        before = here;
        if first && here.0 > 0 {
            // No literal takes the place of the first match: see `LONG_CODE`.
            tokens.push(Token::matched(here.0, here.1));
            (at, before) = (at + here.0, (0, 0));
            continue;
        }
        if here.0 == 0 {
            tokens.push(Token::literal(data[at]));
        }
        at += 1;
    }
    if before.0 > 0 {
        tokens.push(Token::matched(before.0, before.1));
    }
}

/// For each place the least that it costs to come there, in bits, and the last step.
pub(super) type Ways = Vec<(u32, Token)>;

/// Replaces `tokens` by the parse that costs the fewest bits, among the matches found within `depth`. Matches end at
/// `stops`.
pub(super) fn parse_by_cost(
    data: &[u8],
    mut stops: Stops<'_>,
    depth: usize,
    costs: &Costs,
    (finder, ways): (&mut Finder, &mut Ways),
    tokens: &mut Vec<Token>,
) {
    finder.restart(data.len());
    ways.clear();
    ways.resize(data.len() + 1, (u32::MAX, Token::literal(0)));
    ways[0].0 = 0;
    let (mut skip, mut reach) = (0, 0);
    for at in 0..data.len() {
        let (stop, first) = stops.after(at, data.len());
        let from = ways[at].0;
        let mut relax = |to: usize, cost: u32, token: Token| {
            // What follows a stop had better have a long code: see `LONG_CODE`.
            let cost = if first && cost < 8 { cost + SHORT_CODE } else { cost };
            if from.saturating_add(cost) < ways[to].0 {
                ways[to] = (from.saturating_add(cost), token);
            }
        };
        relax(at + 1, u32::from(costs.literals[usize::from(data[at])]), Token::literal(data[at]));
        if at < skip {
            if at % 4 == 0 {
                finder.insert(data, at);
            }
            continue;
        }
        let mut shortest = MIN_MATCH;
        // Inside a match that goes on, another is seldom better.
        let depth = if reach >= at + SETTLED { 1 } else { depth };
        finder.matches(data, at, stop, depth, |longest, distance| {
            let cost = u32::from(costs.distances[distance_symbol(distance)]);
            for length in shortest..=longest {
                relax(at + length, cost + u32::from(costs.lengths[length]), Token::matched(length, distance));
            }
            shortest = longest + 1;
        });
        reach = reach.max(at + shortest - 1);
        if shortest > GOOD_MATCH {
            skip = at + shortest - 1;
        }
    }
    tokens.clear();
    let mut at = data.len();
    while at > 0 {
        let token = ways[at].1;
        tokens.push(token);
        at -= token.len();
    }
    tokens.reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restored(tokens: &[Token]) -> Vec<u8> {
        let mut data = Vec::new();
        for token in tokens {
            match token.parts() {
                Ok(byte) => data.push(byte),
                Err((length, distance)) => {
                    assert!((MIN_MATCH..=MAX_MATCH).contains(&length) && distance <= MAX_DISTANCE);
                    (0..length).for_each(|_| data.push(data[data.len() - distance]));
                }
            }
        }
        data
    }

    fn ends(tokens: &[Token]) -> Vec<usize> {
        let ends = tokens.iter().scan(0, |at, token| {
            *at += token.len();
            Some(*at)
        });
        ends.collect()
    }

    #[test]
    fn distances_have_the_standards_codes() {
        let symbols = [(1, 0), (4, 3), (5, 4), (6, 4), (7, 5), (9, 6), (24, 8), (25, 9), (257, 16), (32_768, 29)];
        symbols.into_iter().for_each(|(distance, symbol)| assert_eq!(distance_symbol(distance), symbol, "{distance}"));
    }

    #[test]
    fn both_parses_restore_the_data_and_stop_where_they_must() {
        let costs = Costs { literals: [6; 256], lengths: [7; MAX_MATCH + 1], distances: [9; 30] };
        let noise = |i: usize| (i.wrapping_mul(2_654_435_761) >> 7) as u8;
        let cases: [Vec<u8>; 7] = [
            vec![],
            vec![7],
            vec![0; 1_000],
            (0..65_000).map(|i| noise(i % 901)).collect(),
            (0..5_000).map(noise).collect(),
            // No matches for so long that none are looked for any more.
            (0..30_000).map(|i| if i < 20_000 { noise(i) } else { 0 }).collect(),
            (0..40_000).map(|i| if i % 37 < 30 { 0 } else { noise(i / 1_500) }).collect(),
        ];
        let (mut finder, mut ways, mut tokens) = (Finder::default(), Ways::new(), Vec::new());
        for data in cases {
            let stops: Vec<usize> = [1, 3, 4, 100, 350, 4_000].into_iter().filter(|stop| *stop < data.len()).collect();
            for depth in [1, 8, 200] {
                parse(&data, Stops::new(&stops, depth > 1), depth, &mut finder, &mut tokens);
                assert_eq!(restored(&tokens), data);
                assert!(stops.iter().all(|stop| ends(&tokens).contains(stop)));
                let tables = (&mut finder, &mut ways);
                parse_by_cost(&data, Stops::new(&stops, depth > 1), depth, &costs, tables, &mut tokens);
                assert_eq!(restored(&tokens), data);
                assert!(stops.iter().all(|stop| ends(&tokens).contains(stop)));
            }
        }
    }

    #[test]
    fn a_small_update_gives_back_what_a_large_one_took() {
        let (mut finder, mut tokens) = (Finder::default(), Vec::new());
        let mut bytes = |length| {
            parse(&vec![7; length], Stops::new(&[], false), 4, &mut finder, &mut tokens);
            let tables = [&finder.heads, &finder.chain, &finder.short];
            tables.map(|table| table.capacity() * size_of::<u16>()).iter().sum::<usize>()
        };
        assert!(bytes(MAX_DATA) > 128 * 1024);
        assert!(bytes(100) < 64 * 1024);
    }

    #[test]
    fn repetitions_are_found() {
        let text: Vec<u8> = b"a word and another word and ".repeat(20);
        let (mut finder, mut tokens) = (Finder::default(), Vec::new());
        parse(&text, Stops::new(&[], false), 16, &mut finder, &mut tokens);
        assert!(tokens.len() < 25, "{}", tokens.len());
    }
}
