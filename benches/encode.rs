//! How long encoding takes and how many bytes it makes, of real pictures: sessions as vncbench plays them, run through
//! the terminal and the painter. One run compares all encodings: `cargo bench --bench encode`.
//!
//! For each session and encoding: bytes of an update on average, time to plan and to encode it, and to deliver it once
//! more to another viewer. Words after `--` choose sessions and formats: `-- dense paint ZRLE`.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vncterm::font::Font;
use vncterm::geometry::GridSize;
use vncterm::render::{Look, Painter};
use vncterm::rfb::encode::{ENCODERS, WireFormat, ZlibStreams, encode};
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::out::OutQueue;
use vncterm::rfb::pixel_format::PixelFormat;
use vncterm::rfb::plan::plan;
use vncterm::surface::{Frame, Seq};
use vncterm::terminal::damage::Damage;
use vncterm::terminal::{Options, Terminal};

const GRID: GridSize = GridSize::new(80, 24);

/// Numbers that look random and are the same each time (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

const WORDS: &str = "let mut buffer = self.queue match frame => return Ok(()) fn for in 0..n { } if else encode( rect, \
    &tile) ?; impl struct pub use std::io Vec<u8> write_all read // note width height usize u32 while break; true None";

/// A line that looks like a program's, at most `most` characters.
fn code(random: &mut Random, most: usize) -> String {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut line = " ".repeat(4 * random.below(5));
    let wanted = 8 + random.below(most.saturating_sub(16).max(1));
    while line.len() < wanted {
        line += words[random.below(words.len())];
        line.push(' ');
    }
    line.truncate(most);
    line.trim_end().to_string()
}

/// Prose of few repetitions: what no word list explains.
fn prose(random: &mut Random, most: usize) -> String {
    let letters = b"etaoinshrdlucmfwypvbgkjqxz";
    let mut line = String::new();
    while line.len() < most {
        for _ in 0..2 + random.below(7) {
            let common = random.below(26).min(random.below(26));
            line.push(char::from(letters[common]));
        }
        line.push(' ');
    }
    line.truncate(most);
    line
}

/// A session: its name and what the guest writes before each update.
type Session = (&'static str, Vec<String>);

fn sessions() -> Vec<Session> {
    let random = &mut Random(1);
    let (cols, rows) = (usize::from(GRID.cols), usize::from(GRID.rows));
    vec![
        ("bootlog", (0..200).map(|step| (0..10).map(|line| boot_line(random, step * 10 + line)).collect()).collect()),
        ("editor", editor(random, cols, rows)),
        ("htop", (0..30).map(|step| htop(random, step, cols, rows)).collect()),
        ("paint", (0..20).map(|_| screen(random, cols, rows, code)).collect()),
        ("prose", (0..20).map(|_| screen(random, cols, rows, prose)).collect()),
        ("prompt", (0..60).map(|step| typed(random, step)).collect()),
        ("dense", (0..20).map(|step| dense(step * 16, cols, rows)).collect()),
        ("colour", (0..20).map(|_| (0..rows).map(|line| listing(random, line, cols)).collect()).collect()),
        ("unicode", (0..20).map(|_| (0..rows).map(|_| foreign(random, cols)).collect()).collect()),
    ]
}

fn boot_line(random: &mut Random, number: usize) -> String {
    let body = code(random, 46);
    if random.below(4) == 0 {
        return format!("[  \x1b[32mOK\x1b[0m  ] Started {body}.\r\n");
    }
    let unit = ["systemd[1]", "kernel", "pci 0000:00:1f.2"][random.below(3)];
    format!("[{:12.6}] {unit}: {body}\r\n", number as f64 * 0.0021)
}

fn editor(random: &mut Random, cols: usize, rows: usize) -> Vec<String> {
    let mut line = |number: usize| format!("\x1b[33m{number:>4} \x1b[0m{}", code(random, cols - 8));
    let mut steps = vec![(1..rows).map(|row| format!("\x1b[{row};1H{}\x1b[K", line(row))).collect()];
    let last = rows - 1;
    for number in 0..100 {
        let text = line(rows + number);
        let status = format!("\x1b[{rows};1H\x1b[7m-- file.rs {number:>5},1 \x1b[0m\x1b[K");
        steps.push(format!("\x1b[1;{last}r\x1b[{last};1H\n\x1b[r\x1b[{last};1H{text}\x1b[K{status}"));
    }
    let typed = |step: usize| format!("\x1b[{};{}H{}", rows / 2, 10 + step % 40, (b'a' + (step % 26) as u8) as char);
    steps.extend((0..100).map(typed));
    steps
}

fn htop(random: &mut Random, step: usize, cols: usize, rows: usize) -> String {
    let mut text = String::from("\x1b[H");
    for bar in 0..2 {
        let full = random.below(cols - 20);
        let (full, rest) = ("|".repeat(full), " ".repeat(cols - 20 - full));
        text += &format!("\x1b[{};1H {bar} \x1b[1m[\x1b[32m{full}\x1b[0m{rest}\x1b[1m]\x1b[0m", bar + 1);
    }
    let title = "  PID USER  CPU% MEM%   TIME+  Command";
    text += &format!("\x1b[4;1H\x1b[30;42m{title:<width$}\x1b[0m", width = cols - 1);
    for row in 5..=rows {
        let pid = 1000 + row * 7 + usize::from(random.below(10) == 0) * step;
        let (load, tenths, memory) = (random.below(100), random.below(10), random.below(50));
        text += &format!(
            "\x1b[{row};1H{pid:>5} \x1b[36mroot\x1b[0m {load:>5}.{tenths} \x1b[32m{memory:>4}\x1b[0m {:>8} \
             /usr/bin/prog-{pid}\x1b[K",
            step * 3 + row
        );
    }
    text
}

fn screen(random: &mut Random, cols: usize, rows: usize, line: fn(&mut Random, usize) -> String) -> String {
    let mut text = String::new();
    for row in 1..=rows {
        let mut full = line(random, cols - 1);
        while full.len() < cols - 10 {
            full = full + " " + &line(random, cols - 1);
        }
        full.truncate(cols - 1);
        text += &format!("\x1b[{row};1H\x1b[0;{}m{full:<width$}", 31 + row % 4, width = cols - 1);
    }
    text
}

/// A shell: letters one by one, and now and then what a command says.
fn typed(random: &mut Random, step: usize) -> String {
    match step % 10 {
        9 => format!("\r\n{}\r\n{}\r\n$ ", prose(random, 60), prose(random, 30)),
        _ => prose(random, 1),
    }
}

/// What a viewer sees of a flood in which each cell has colours of its own.
fn dense(shift: usize, cols: usize, rows: usize) -> String {
    let letter = char::from(b'A' + (shift % 26) as u8);
    let cell = |at: usize| {
        let color = (at / cols + at % cols + shift) % 156;
        format!("\x1b[38;5;{};48;5;{};1;3;4m{letter}", color + 100, 255 - color)
    };
    "\x1b[H".to_string() + &(0..rows * cols).map(cell).collect::<String>()
}

/// A line of a coloured listing, or of a compiler's.
fn listing(random: &mut Random, line: usize, cols: usize) -> String {
    if !line.is_multiple_of(3) {
        let body = code(random, cols - 34);
        return format!(
            "\x1b[1;33mwarning\x1b[0m\x1b[1m: unused\x1b[0m `\x1b[32m{body}\x1b[0m` \x1b[1;34m-->\x1b[0m {line}\r\n"
        );
    }
    let mut name = |_| {
        let (color, word) = ([34, 32, 36, 31, 35][random.below(5)], code(random, 9).trim_start().to_string());
        format!("\x1b[0m\x1b[01;{color}m{:<18}\x1b[0m  ", format!("{word}{}", random.below(1_000)))
    };
    (0..cols / 20).map(&mut name).collect::<String>() + "\r\n"
}

/// A line of letters of many alphabets.
fn foreign(random: &mut Random, cols: usize) -> String {
    let (mut line, mut taken) = (String::new(), 0);
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
        line.push(char::from_u32(code as u32).unwrap_or('?'));
    }
    line + "\r\n"
}

/// The frames of a session, with those before them kept alive by nothing but this.
fn frames(steps: &[String]) -> Vec<Arc<Frame>> {
    let mut terminal = Terminal::new(GRID, Options::default());
    let mut painter = Painter::new(Font::default(), GRID);
    let mut surface = painter.new_surface(terminal.screen());
    let mut damage = Damage::default();
    let mut frames = Vec::new();
    for step in std::iter::once("").chain(steps.iter().map(String::as_str)) {
        terminal.feed(step.as_bytes());
        terminal.take_damage(&mut damage);
        painter.paint(terminal.screen(), &damage, Look::default(), &mut surface);
        damage.clear();
        frames.push(surface.publish());
    }
    frames
}

/// Times through a session; of each step the shortest counts, as other programs run too.
const ROUNDS: usize = 7;

#[derive(Default)]
struct Sum {
    updates: u32,
    rects: u32,
    bytes: u64,
    pixels: u64,
    planning: Duration,
    encoding: Duration,
    delivering: Duration,
}

impl Sum {
    /// Plans, encodes and delivers each frame after the first, which is the empty screen that a viewer finds.
    fn of(frames: &[Arc<Frame>], format: &WireFormat) -> Self {
        let mut sum = Self::default();
        let mut streams = ZlibStreams::default();
        streams.restart_tight(true);
        for pair in frames.windows(2) {
            let [before, frame] = pair else { continue };
            let mut best = [Duration::MAX; 3];
            for round in 0..ROUNDS {
                let begun = Instant::now();
                let plan = plan(frame, before.seq(), format);
                let planned = Instant::now();
                let update = encode(frame, &plan, format);
                let encoded = Instant::now();
                let mut out = OutQueue::new();
                update.write_for(&mut streams, &mut out);
                let delivered = Instant::now();
                let times = [planned - begun, encoded - planned, delivered - encoded];
                best = std::array::from_fn(|step| best[step].min(times[step]));
                if round == 0 {
                    sum.updates += 1;
                    sum.rects += u32::from(update.rects());
                    sum.bytes += out.len() as u64;
                    sum.pixels += plan.rects.iter().map(|rect| rect.area()).sum::<u64>();
                }
                black_box(out);
            }
            sum.planning += best[0];
            sum.encoding += best[1];
            sum.delivering += best[2];
        }
        sum
    }

    /// With how many times less it is than `raw`.
    fn print(&self, session: &str, what: &str, raw: &Self) {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(self.updates);
        let rate = self.pixels as f64 * 4.0 / 1e6 / self.encoding.as_secs_f64().max(1e-9);
        println!(
            "{session:8} {what:17} {:9.3} KB 1:{:<6.1} {:8.1} B/update {:5.1} rects {:7.1} us plan {:7.1} us encode {:6.2} us deliver {rate:7.0} MB/s",
            self.bytes as f64 / 1e3,
            raw.bytes as f64 / self.bytes as f64,
            self.bytes as f64 / f64::from(self.updates),
            f64::from(self.rects) / f64::from(self.updates),
            each(self.planning),
            each(self.encoding),
            each(self.delivering),
        );
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let sessions = sessions();
    let is_session = |word: &&String| sessions.iter().any(|(name, _)| name == word);
    let (chosen, formats): (Vec<&String>, Vec<&String>) = words.iter().partition(is_session);
    let among = |words: &[&String], it: &str| words.is_empty() || words.iter().any(|word| it.contains(*word));
    for (name, steps) in sessions.iter().filter(|(name, _)| among(&chosen, name)) {
        let frames = frames(steps);
        let raw = WireFormat { encoding: Encoding::RAW, copy_rect: false, ..WireFormat::default() };
        let raw = Sum::of(&frames, &raw);
        if formats.is_empty() {
            raw.print(name, "Raw no copy", &raw);
        }
        for (what, format) in wire_formats().iter().filter(|(what, _)| among(&formats, what)) {
            Sum::of(&frames, format).print(name, what, &raw);
        }
    }
    if chosen.is_empty() {
        full_repaint();
    }
}

/// Each encoding as it is by default, and in other ways.
fn wire_formats() -> Vec<(String, WireFormat)> {
    let mut formats = Vec::new();
    for encoder in ENCODERS {
        let name = format!("{:?}", encoder.encoding);
        let compression = WireFormat::effort(encoder.encoding, WireFormat::DEFAULT_COMPRESSION);
        let format = WireFormat { encoding: encoder.encoding, compression, copy_rect: true, ..WireFormat::default() };
        formats.push((name.clone(), format.clone()));
        let efforts: BTreeSet<u8> = (0..=9).map(|level| WireFormat::effort(encoder.encoding, level)).collect();
        for compression in efforts.into_iter().filter(|level| *level != format.compression) {
            formats.push((format!("{name} level {compression}"), WireFormat { compression, ..format.clone() }));
        }
        if encoder.encoding != Encoding::RAW {
            formats.push((format!("{name} no copy"), WireFormat { copy_rect: false, ..format.clone() }));
            for (what, pixel_format) in [("rgb565", PixelFormat::RGB565), ("bgr233", PixelFormat::BGR233)] {
                formats.push((format!("{name} {what}"), WireFormat { pixel_format, ..format.clone() }));
            }
        }
    }
    formats
}

/// What a viewer that joins costs: a whole screen of text in few colours.
fn full_repaint() {
    let random = &mut Random(7);
    let text = screen(random, GRID.cols.into(), GRID.rows.into(), code);
    let frames = frames(&[text]);
    let Some(frame) = frames.last() else { return };
    for encoder in ENCODERS {
        let format = WireFormat { encoding: encoder.encoding, copy_rect: true, ..WireFormat::default() };
        let mut best = (Duration::MAX, 0);
        for _ in 0..50 {
            let begun = Instant::now();
            let update = encode(frame, &plan(frame, Seq::NONE, &format), &format);
            best = best.min((begun.elapsed(), update.len()));
        }
        println!("full repaint {:?}: {:.3} ms, {} bytes", encoder.encoding, best.0.as_secs_f64() * 1e3, best.1);
    }
}
