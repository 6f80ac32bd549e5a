//! Makes inputs, runs targets, catches what they do wrong. No coverage feedback, but plain stable Rust: any machine that
//! builds the program can fuzz it, and every input follows from a seed and a number.

use std::cell::Cell;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::Once;

/// What is fuzzed: a function that must take any bytes, return, and hold its own assertions.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Runs one input. A panic is a finding.
    pub run: fn(&[u8]),
    /// Inputs to start from: real ones, such as tests and recordings have.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of its language, put in here and there.
    pub words: &'static [&'static [u8]],
    /// Longest input, in bytes.
    pub max_len: usize,
}

/// SplitMix64: a few lines, and good enough to choose mutations.
pub struct Random(u64);

impl Random {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 when that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    /// `length` bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

/// What went wrong with one input.
pub struct Finding {
    /// The input.
    pub input: Vec<u8>,
    /// The panic's message and place.
    pub message: String,
}

/// A target with its seeds read.
pub struct Fuzzer {
    target: &'static Target,
    seeds: Vec<Vec<u8>>,
    seed: u64,
}

impl Fuzzer {
    /// Inputs of `target` that follow from `seed`.
    pub fn new(target: &'static Target, seed: u64) -> Self {
        let mut seeds = (target.seeds)();
        seeds.push(Vec::new());
        Self { target, seeds, seed }
    }

    /// The input of this number.
    pub fn input(&self, number: u64) -> Vec<u8> {
        let mut random = Random::new(self.seed ^ number.wrapping_mul(0xd134_2543_de82_ef95));
        let max = self.target.max_len;
        if random.below(16) == 0 {
            let length = random.below(max + 1);
            return random.bytes(length);
        }
        let mut input = self.slice_of_seed(&mut random, max);
        for _ in 0..=random.below(8) {
            self.mutate(&mut input, &mut random);
        }
        input.truncate(max);
        input
    }

    /// Runs the input of this number.
    pub fn run(&self, number: u64) -> Result<(), Finding> {
        let input = self.input(number);
        run(self.target, &input).map_err(|message| Finding { input, message })
    }

    /// Runs every seed as it is.
    pub fn run_seeds(&self) -> Result<(), Finding> {
        for seed in &self.seeds {
            run(self.target, seed).map_err(|message| Finding { input: seed.clone(), message })?;
        }
        Ok(())
    }

    fn slice_of_seed(&self, random: &mut Random, max: usize) -> Vec<u8> {
        let seed = &self.seeds[random.below(self.seeds.len())];
        // From the start more often than not: protocols begin there.
        let start = if random.below(4) == 0 { random.below(seed.len()) } else { 0 };
        let end = (start + 1 + random.below(max)).min(seed.len());
        seed[start.min(end)..end].to_vec()
    }

    fn mutate(&self, input: &mut Vec<u8>, random: &mut Random) {
        const EDGES: [u8; 12] = [0, 1, 0x0a, 0x1b, b';', b'9', 0x7f, 0x80, 0x9b, 0xbf, 0xf0, 0xff];
        let at = random.below(input.len() + 1);
        let until = at + random.below((input.len() - at).min(64) + 1);
        match random.below(10) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => input[at] = EDGES[random.below(EDGES.len())],
            2 if at < input.len() => input[at] = random.next() as u8,
            3 => drop(input.drain(at..until)),
            4 => {
                let piece = input[at..until].to_vec();
                for _ in 0..=random.below(8) {
                    input.splice(at..at, piece.iter().copied());
                }
            }
            5 => {
                let length = random.below(16);
                input.splice(at..at, random.bytes(length));
            }
            6 => {
                let piece = self.slice_of_seed(random, 256);
                input.splice(at..until, piece);
            }
            // Big-endian numbers at the edges of their types: lengths, counts, coordinates.
            7 => {
                let number: u32 = [0, 1, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, u32::MAX][random.below(8)];
                let bytes = number.to_be_bytes();
                let width = if random.below(2) == 0 { 2 } else { 4 };
                let end = (at + width).min(input.len());
                input.splice(at..end, bytes[4 - width..].iter().copied());
            }
            8 => input.truncate(at),
            _ => {
                if let Some(word) = self.target.words.get(random.below(self.target.words.len())) {
                    input.splice(at..at, word.iter().copied());
                }
            }
        }
        input.truncate(self.target.max_len.max(1) * 2);
    }
}

thread_local! {
    static LAST_PANIC: Cell<Option<String>> = const { Cell::new(None) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs one input of a target; the error is what its panic said, and where.
pub fn run(target: &Target, input: &[u8]) -> Result<(), String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if QUIET.get() {
                LAST_PANIC.set(Some(info.to_string()));
            } else {
                others(info);
            }
        }));
    });
    QUIET.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    QUIET.set(false);
    result.map_err(|_| LAST_PANIC.take().unwrap_or_default())
}

/// Keeps a finding's input; its name follows from its content.
pub fn keep(target: &Target, input: &[u8]) -> std::io::Result<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/findings");
    fs::create_dir_all(&folder)?;
    let hash = input
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    let path = folder.join(format!("{}-{hash:016x}.bin", target.name));
    fs::write(&path, input)?;
    Ok(path)
}

/// Reads numbers and pieces off an input, so that a target can make structure of it; what is missing reads as 0.
pub struct Input<'a>(pub &'a [u8]);

#[allow(dead_code, reason = "not every target needs every kind")]
impl<'a> Input<'a> {
    /// The next byte.
    pub fn u8(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// The next two bytes, as on the wire.
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.u8(), self.u8()])
    }

    /// The next four bytes, as on the wire.
    pub fn u32(&mut self) -> u32 {
        u32::from(self.u16()) << 16 | u32::from(self.u16())
    }

    /// A number below `end`, which is above 0, from the next two bytes.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.u16()) % end.max(1)
    }

    /// The next piece, whose length the next byte says.
    pub fn piece(&mut self) -> &'a [u8] {
        let length = usize::from(self.u8()).min(self.0.len());
        let (piece, rest) = self.0.split_at(length);
        self.0 = rest;
        piece
    }

    /// The next piece, whose length the next two bytes say.
    pub fn long_piece(&mut self) -> &'a [u8] {
        let length = (usize::from(self.u8()) << 8 | usize::from(self.u8())).min(self.0.len());
        let (piece, rest) = self.0.split_at(length);
        self.0 = rest;
        piece
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
