//! Bytes into a screen: our terminal and `alacritty_terminal` on the same payloads, in turns, in one run.
//!
//! ```text
//! cargo bench --bench parse [-- PAYLOAD…]
//! ```
//!
//! The payloads are those of a benchmark of whole servers: numbered and source-like lines, coloured listings, a colour
//! for every cell, a scroll region, wide characters, and single characters all over the screen. Each is made from a
//! fixed seed, so that runs can be compared. Time is the processor's that this thread used, where Linux tells it, and the
//! figures are the best of several rounds: other work can only slow a round down.

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::term::{Config, Term};
use alacritty_terminal::vte::ansi::Processor;
use vncterm::geometry::GridSize;
use vncterm::terminal::{Damage, Options, Terminal};

const PAYLOADS: [&str; 6] = ["ascii", "colour", "dense", "region", "unicode", "motion"];
const SIZE: GridSize = GridSize::new(80, 24);
const PAYLOAD_BYTES: usize = 4 << 20;
const ROUNDS: usize = 9;
/// What a console reads at once.
const PIECE: usize = 64 << 10;

/// Xorshift: the payloads must not depend on a crate's idea of randomness.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

const WORDS: [&str; 24] = [
    "let",
    "mut",
    "self.queue",
    "match",
    "=>",
    "return",
    "Ok(())",
    "fn",
    "for",
    "in",
    "{",
    "}",
    "encode(",
    "rect,",
    "?;",
    "impl",
    "std::io",
    "Vec<u8>",
    "write_all",
    "//",
    "width",
    "usize",
    "while",
    "None",
];

/// A line that looks like source text, at most `most` characters.
fn source_line(random: &mut Random, most: usize) -> String {
    let mut line = " ".repeat(4 * random.below(5));
    let wanted = 8 + random.below(most.saturating_sub(16).max(1));
    while line.len() < wanted {
        line.push_str(WORDS[random.below(WORDS.len())]);
        line.push(' ');
    }
    line.truncate(most);
    line.trim_end().to_string()
}

/// One step of a payload: a line, or a screen for `dense`.
fn step(name: &str, n: usize, random: &mut Random, out: &mut Vec<u8>) -> std::io::Result<()> {
    let (cols, rows) = (usize::from(SIZE.cols), usize::from(SIZE.rows));
    match name {
        "ascii" if n % 200 < 100 => write!(out, "{n}\r\n"),
        "ascii" => write!(out, "{}\r\n", source_line(random, cols - 1)),
        "colour" if n.is_multiple_of(3) => {
            for _ in 0..cols / 20 {
                let color = [34, 32, 36, 31, 35][random.below(5)];
                let name = format!("{}{}", WORDS[random.below(WORDS.len())], random.below(1_000));
                write!(out, "\x1b[0m\x1b[01;{color}m{name:<18}\x1b[0m  ")?;
            }
            write!(out, "\r\n")
        }
        "colour" => {
            let body = source_line(random, cols - 34);
            write!(
                out,
                "\x1b[1m\x1b[33mwarning\x1b[0m\x1b[1m: unused\x1b[0m `\x1b[32m{body}\x1b[0m` \x1b[1;34m-->\x1b[0m {n}\r\n"
            )
        }
        "dense" => {
            write!(out, "\x1b[H")?;
            let letter = char::from(b'A' + (n % 26) as u8);
            for at in 0..rows * cols {
                let color = (at / cols + at % cols + n) % 156;
                write!(out, "\x1b[38;5;{};48;5;{};1;3;4m{letter}", color + 100, 255 - color)?;
            }
            Ok(())
        }
        "region" => {
            if n % 500 == 1 {
                write!(out, "\x1b[4;{}r\x1b[{};1H", rows - 3, rows - 3)?;
            }
            write!(out, "{}\r\n", source_line(random, cols - 1))
        }
        "unicode" => {
            let mut taken = 0;
            while taken + 2 < cols {
                let code = match random.below(8) {
                    0..=2 => 0x4e00 + random.below(0x5000),
                    3 => 0x3042 + random.below(80),
                    4 => 0xac00 + random.below(0x2b00),
                    5 => 0x400 + random.below(0x50),
                    6 => 0x2500 + random.below(0x7f),
                    _ => 0x61 + random.below(26),
                };
                taken += if code >= 0x3000 { 2 } else { 1 };
                write!(out, "{}", char::from_u32(code as u32).unwrap_or('?'))?;
            }
            write!(out, "\r\n")
        }
        _ => {
            let (row, col) = (1 + random.below(rows), 1 + random.below(cols));
            write!(out, "\x1b[{row};{col}H{}", char::from(33 + random.below(94) as u8))
        }
    }
}

fn payload(name: &str) -> Vec<u8> {
    let mut out = b"\x1b[0m\x1b[H\x1b[2J".to_vec();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut n = 0;
    while out.len() < PAYLOAD_BYTES {
        n += 1;
        step(name, n, &mut random, &mut out).expect("memory takes what is written");
    }
    out
}

/// Nanoseconds of processor time that this thread has used, or else of a clock.
fn now(begin: Instant) -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let used = stat.and_then(|stat| stat.split(' ').next()?.parse::<f64>().ok());
    used.unwrap_or_else(|| begin.elapsed().as_nanos() as f64)
}

/// Seconds that our terminal takes; its damage is taken once per piece, as a console would at most.
fn ours(payload: &[u8]) -> f64 {
    let mut terminal = Terminal::new(SIZE, Options::default());
    let mut damage = Damage::default();
    let begin = Instant::now();
    let start = now(begin);
    for piece in payload.chunks(PIECE) {
        terminal.feed(piece);
        terminal.take_damage(&mut damage);
    }
    let seconds = (now(begin) - start) / 1e9;
    black_box(terminal.screen().row(0));
    seconds
}

struct Cells;

impl Dimensions for Cells {
    fn total_lines(&self) -> usize {
        self.screen_lines()
    }

    fn screen_lines(&self) -> usize {
        SIZE.rows.into()
    }

    fn columns(&self) -> usize {
        SIZE.cols.into()
    }
}

/// Seconds that `alacritty_terminal` takes, with the same length of history.
fn theirs(payload: &[u8]) -> f64 {
    let mut term = Term::new(Config { scrolling_history: 10_000, ..Config::default() }, &Cells, VoidListener);
    let mut parser: Processor = Processor::new();
    let begin = Instant::now();
    let start = now(begin);
    for piece in payload.chunks(PIECE) {
        parser.advance(&mut term, piece);
        black_box(term.damage());
        term.reset_damage();
    }
    let seconds = (now(begin) - start) / 1e9;
    black_box(term.grid().display_offset());
    seconds
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    println!("{:<10}{:>12}{:>12}{:>8}", "payload", "ours MB/s", "theirs MB/s", "ratio");
    for name in PAYLOADS.into_iter().filter(|name| wanted.is_empty() || wanted.iter().any(|one| one == name)) {
        let payload = payload(name);
        let (mut best, mut other) = (f64::MAX, f64::MAX);
        for _ in 0..ROUNDS {
            best = best.min(ours(&payload));
            other = other.min(theirs(&payload));
        }
        let speed = |seconds: f64| payload.len() as f64 / 1e6 / seconds;
        println!("{name:<10}{:>12.0}{:>12.0}{:>8.2}", speed(best), speed(other), other / best);
    }
}
