//! What painting costs: `cargo bench --bench paint`. Beside each time stands its ratio to a plain copy of the
//! framebuffer in the same run, which says more than the time on a machine that others use too.

use std::hint::black_box;
use std::time::{Duration, Instant};

use vncterm::font::Font;
use vncterm::geometry::GridSize;
use vncterm::render::{Look, Painter};
use vncterm::surface::{Seq, Surface};
use vncterm::terminal::{Damage, Options, Terminal};

const ROUNDS: usize = 1000;
const SIZE: GridSize = GridSize::new(80, 24);

fn main() {
    let mut console = Console::new();
    let pixels = console.surface.size().area() as usize;
    let (source, mut copy) = (vec![0x12_3456_u32; pixels], vec![0_u32; pixels]);
    let unit = median(|_| black_box(&mut copy).copy_from_slice(black_box(&source)));
    println!("{} cells of {}; copying all their pixels takes {unit:?}", SIZE, console.painter.cell());

    let screens: Vec<Vec<u8>> = (0..7).map(|shift| full_screen(shift, false)).collect();
    let dense: Vec<Vec<u8>> = (0..7).map(|shift| full_screen(shift, true)).collect();
    let colored: Vec<Vec<u8>> = (0..7).map(colored_screen).collect();
    let lines: Vec<Vec<u8>> = (0..7).map(|shift| [&b"\r\n"[..], &line(shift, false)].concat()).collect();
    let report = |what: &str, time: Duration| {
        println!("{what:32} {time:>10.1?} {:6.2}", time.as_secs_f64() / unit.as_secs_f64());
    };
    report("full repaint, source code", console.paint(|round| screens[round % 7].clone()));
    report("full repaint, no space", console.paint(|round| dense[round % 7].clone()));
    report("full repaint, each cell coloured", console.paint(|round| colored[round % 7].clone()));
    report("all damaged, nothing differs", console.paint(|_| screens[0].clone()));
    report("one cell", console.paint(|round| format!("\x1b[12;40H{}", round % 10).into_bytes()));
    console.terminal.feed(&screens[0]);
    report("scroll by one line", console.paint(|round| lines[round % 7].clone()));

    let frames: Vec<_> = (0..6).map(|round| console.step(&lines[round])).collect();
    let newest = &frames[5];
    report("damage since the last frame", median(|_| drop(black_box(newest.damage_since(frames[4].seq())))));
    report("damage since five frames ago", median(|_| drop(black_box(newest.damage_since(frames[0].seq())))));
    report("damage since long ago", median(|_| drop(black_box(newest.damage_since(Seq(2))))));
}

struct Console {
    terminal: Terminal,
    damage: Damage,
    painter: Painter,
    surface: Surface,
}

impl Console {
    fn new() -> Self {
        let terminal = Terminal::new(SIZE, Options::default());
        let painter = Painter::new(Font::default(), SIZE);
        let surface = painter.new_surface(terminal.screen());
        Self { terminal, damage: Damage::default(), painter, surface }
    }

    fn step(&mut self, bytes: &[u8]) -> std::sync::Arc<vncterm::surface::Frame> {
        self.terminal.feed(bytes);
        self.terminal.take_damage(&mut self.damage);
        self.painter.paint(self.terminal.screen(), &self.damage, Look::default(), &mut self.surface);
        self.surface.publish()
    }

    /// The median time to paint and publish what these bytes damage, without the terminal's time.
    fn paint(&mut self, bytes: impl Fn(usize) -> Vec<u8>) -> Duration {
        let mut times = Vec::with_capacity(ROUNDS);
        for round in 0..ROUNDS {
            self.terminal.feed(&bytes(round));
            self.terminal.take_damage(&mut self.damage);
            let begun = Instant::now();
            self.painter.paint(self.terminal.screen(), &self.damage, Look::default(), &mut self.surface);
            black_box(self.surface.publish());
            times.push(begun.elapsed());
        }
        times.sort();
        times[ROUNDS / 2]
    }
}

fn median(mut run: impl FnMut(usize)) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|round| {
            let begun = Instant::now();
            run(round);
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
}

/// A line of this very file, or of what is in it without spaces.
fn line(index: usize, dense: bool) -> Vec<u8> {
    let text = include_str!("paint.rs");
    if dense {
        let letters: Vec<u8> = text.bytes().filter(u8::is_ascii_graphic).collect();
        return letters.iter().cycle().skip(index * 79).take(80).copied().collect();
    }
    let line = text.lines().filter(|line| line.len() > 20).cycle().nth(index).unwrap_or_default();
    line.bytes().take(80).collect()
}

fn full_screen(shift: usize, dense: bool) -> Vec<u8> {
    let mut bytes = b"\x1b[m\x1b[2J".to_vec();
    for row in 0..usize::from(SIZE.rows) {
        bytes.extend(format!("\x1b[{};1H", row + 1).bytes());
        bytes.extend(line(row + 3 * shift, dense));
    }
    bytes
}

/// Each cell in direct colours of its own: no ramp of colours serves twice.
fn colored_screen(shift: usize) -> Vec<u8> {
    let mut bytes = b"\x1b[H".to_vec();
    for cell in 0..usize::from(SIZE.cols) * usize::from(SIZE.rows) {
        let (red, green) = (cell % 256, (cell / 7 + 40 * shift) % 256);
        bytes.extend(format!("\x1b[38;2;{red};{green};200mx").bytes());
    }
    bytes
}
