//! The terminal: any bytes, cut anywhere, keep its rules; damage misses nothing; a dump rebuilds the screen; ESC c
//! makes it fresh.

use std::fs;
use std::path::Path;

use vncterm::geometry::GridSize;
use vncterm::terminal::cell::Cell;
use vncterm::terminal::{Damage, Encoding, Options, Screen, Terminal, dump};

/// Bytes that a terminal of these sizes may take: the limits are far below it.
const MEMORY: usize = 8 << 20;
const HISTORY: usize = 100;

pub const TARGET: super::Target = super::Target {
    name: "terminal",
    run: terminal,
    seeds,
    words: &[
        b"\x1b[",
        b"\x1b]",
        b"\x1bP",
        b"\x1b\\",
        b"\x1b%@",
        b"\x1b%G",
        b"\x1b[?1049h",
        b"\x1bP1$t1;1;1;@;@;@;0;2;A;ABBB\x1b\\",
        b"\x1bP2$p1;2;9;8;7\x1b\\",
        b"\x1bP1!uA\x1b\\",
        b"\x1b(<",
        b"\x1b-<",
        b"\x1b-A",
        b"\x1bn",
        b"\x1b}",
        b"\x1b~",
        b"\x1b[?42h",
        b"\x1b[?1049l",
        b"\x1b[?47h",
        b"\r\n",
        b"\x1b[2J",
        b"\x1b[4h",
        b"\x1b#6",
        b"\x1b(0",
        b"\x0e",
        b"\x1b7",
        b"\x1b8",
        b"\x1b[?6h",
        b"\x1b[?7l",
        b"\x1b[2;3r",
        b"\x1b[99b",
        b"\x1bc",
        b"\x1b[4:3m",
        b"\x1b[58;5;1m",
        b"\x1b[1\"q",
        b"\x1b[?J",
        b"\x1b[?2l",
        b"\x1bY",
        b"\xe6\xbc\xa2",
        b"\xcc\x81",
        b"\x1b[P",
        b"\x1b[@",
        b"\x1b[S",
        b"\x1b[T",
        b"\x1b[L",
        b"\x1b[M",
        b"\x1bM",
        b"\x1b[X",
        b"\x1b[1K",
        b"\x1b[41m",
        b";",
        b"\x18",
        b"\x9b",
        b"\x1b]8;;u\x07",
        b"\x1b]8;id=1;v\x07",
        b"\x1b]8;;\x07",
        b"\x1b[?2026h",
        b"\x1b[?2027h",
        b"\x1b]133;D;1\x07",
        b"\x1b]7;u\x07",
        b"\xe2\x80\x8d",
        b"\xef\xb8\x8f",
        b"\xf0\x9f\x87\xa9",
        b"\xf0\x9f\x91\x8d",
        b"\xd8\x80",
        b"\xe2\x9d\xa4",
        b"\x1bP=2s\x1b\\",
        b"\x1b[3g",
        b"\x1b[?69h",
        b"\x1b[?69l",
        b"\x1b[2;4s",
        b"\x1b[3;9s",
        b"\x1b['}",
        b"\x1b['~",
        b"\x1b[ @",
        b"\x1b[ A",
        b"\x1b6",
        b"\x1b9",
        b"\x1bV",
        b"\x1bW",
        b"\x1b[!p",
        b"\x1b[?45h",
        b"\x1b[?1046l",
        b"\x1b[?40;95h",
        b"\x1b[?3h",
        b"\x1b[1;2;3;4;1;2;3$v",
        b"\x1b[42;1;2;3;4$x",
        b"\x1b[1;2;3;4$z",
        b"\x1b[1;2;3;4${",
        b"\x1b[1;2;3;4;1;4$r",
        b"\x1b[1;2;3;4;0$t",
        b"\x1b[2*x",
        b"\x1b[1;1;1;1;9;9*y",
        b"\x1b[#|",
        b"\x1bH",
        b"\x1bPq#1!20~-~\x1b\\",
        b"\x1b G",
        b"\x1b[62\"p",
        b"\x1b[65;1\"p",
        b"\x1b<",
        b"\x1bF",
        b"\x1b[#{",
        b"\x1b[#}",
        b"\x1b[#P",
        b"\x1b[#Q",
        b"\x1b[22t",
        b"\x1b[23t",
        b"\x1b[21t",
        b"\x1b[8;4;9t",
        b"\x1b]52;c;eA==\x07",
        b"\x1bP$q",
        b"\x1b[?1049s",
        b"\x1b[?1049r",
    ],
    max_len: 2_048,
};

fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let paths = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut recordings: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "bin")).collect();
    recordings.sort();
    recordings.iter().filter_map(|path| fs::read(path).ok()).map(|bytes| [&[0, 0, 0], &bytes[..]].concat()).collect()
}

/// The first three bytes choose size, options and where the input is cut; the rest is what the guest sends.
pub fn terminal(data: &[u8]) {
    let head: [u8; 3] = std::array::from_fn(|at| data.get(at).copied().unwrap_or(0));
    let bytes = data.get(3..).unwrap_or(&[]);
    let cols = [80, 1, 2, 5, 8, 20, 33, 132];
    let rows = [24, 1, 2, 3, 5, 10, 7, 50];
    let pick = |bits: u8| GridSize::new(cols[usize::from(bits & 7)], rows[usize::from(bits >> 3 & 7)]);
    let size = pick(head[0]);
    let charset = [Encoding::Utf8, Encoding::Utf8, Encoding::Latin1, Encoding::Cp437][usize::from(head[1] & 3)];
    let keep_cleared = head[1] & 4 == 0;
    let (window_ops, guest_clipboard) = (head[1] & 32 != 0, head[1] & 64 != 0);
    let options =
        Options { scrollback_lines: HISTORY, charset, keep_cleared, window_ops, guest_clipboard, ..Options::default() };
    let resized = (head[1] & 8 != 0).then(|| pick(head[2]));
    // Rows come back from the history.
    let taller = (head[1] & 16 != 0).then_some(GridSize::new(pick(head[2]).cols, 60));

    let mut whole = Terminal::new(size, options.clone());
    let (before, after) = bytes.split_at(bytes.len() / 2);
    whole.feed(before);
    if let Some(size) = resized {
        whole.resize(size);
    }
    whole.feed(after);
    if let Some(size) = taller {
        whole.resize(size);
        whole.feed(before);
    }

    let mut pieces = Watched::new(Terminal::new(size, options.clone()));
    pieces.feed(before, head[2]);
    if let Some(size) = resized {
        pieces.terminal.resize(size);
        pieces.check();
    }
    pieces.feed(after, head[2]);
    if let Some(size) = taller {
        pieces.terminal.resize(size);
        pieces.check();
        pieces.feed(before, head[2]);
    }
    let mut pieces = pieces.terminal;

    assert_eq!(whole.difference(&pieces), None, "whole and in pieces");
    assert_eq!(whole.history().lines(), pieces.history().lines());
    let answers = whole.take_input();
    assert_eq!(answers, pieces.take_input());
    assert!(answers.len() <= 4_096);
    assert_eq!(super::answers::stray(&answers, window_ops), None, "it writes what is no standard answer");
    assert!(whole.memory() < MEMORY, "{} bytes", whole.memory());
    assert!(whole.take_events().len() <= 6);
    assert_eq!(rebuilt(whole, &options), None, "dumped");
    reset(pieces, options);
}

/// What differs in a fresh terminal that is fed the dump.
pub fn rebuilt(mut terminal: Terminal, options: &Options) -> Option<String> {
    // CAN ends whatever has begun: a dump is of a terminal between two sequences.
    terminal.feed(b"\x18");
    let cursor = terminal.screen().cursor();
    let under = terminal.screen().row(cursor.pos.row)[usize::from(cursor.pos.col)];
    if cursor.pending_wrap && (under.is_empty() || under.picture().is_some()) {
        terminal.feed(b"\r");
    }
    let mut copy = Terminal::new(terminal.screen().size(), options.clone());
    copy.feed(&dump::sequences(&terminal));
    terminal.screen().difference(copy.screen())
}

/// ESC c leaves a fresh terminal, but for the history and the titles.
pub fn reset(mut terminal: Terminal, options: Options) {
    terminal.feed(b"\x18\x1b<\x1b%G\x1b]0;\x07\x1bc");
    let fresh = Terminal::new(terminal.screen().size(), options);
    assert_eq!(terminal.difference(&fresh), None, "reset");
}

/// A terminal whose damage is applied to a picture of its cells.
struct Watched {
    terminal: Terminal,
    damage: Damage,
    picture: Vec<Vec<Cell>>,
}

impl Watched {
    fn new(terminal: Terminal) -> Self {
        Self { terminal, damage: Damage::default(), picture: Vec::new() }
    }

    /// Feeds `bytes` in pieces; `seed` chooses their lengths.
    fn feed(&mut self, bytes: &[u8], seed: u8) {
        let mut state = u32::from(seed) | 1;
        let mut rest = bytes;
        while !rest.is_empty() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let length = if seed & 1 == 0 { 1 + (state >> 24) as usize % 40 } else { 1 };
            let (piece, later) = rest.split_at(length.min(rest.len()));
            self.terminal.feed(piece);
            // Looking at a large screen after every piece would take most of the time.
            let size = self.terminal.screen().size();
            let often = u32::from(size.cols) * u32::from(size.rows) < 200;
            if later.is_empty() || state >> 29 == 0 || (often && seed & 1 == 0) {
                self.check();
            }
            rest = later;
        }
    }

    fn check(&mut self) {
        assert_eq!(self.terminal.screen().broken_rule(), None);
        self.terminal.take_damage(&mut self.damage);
        assert!(!self.terminal.has_damage());
        let screen = self.terminal.screen();
        let size = screen.size();
        let (rows, cols) = (usize::from(size.rows), usize::from(size.cols));
        if self.picture.len() != rows || self.picture[0].len() != cols {
            self.picture = vec![vec![Cell::EMPTY; cols]; rows];
            assert!((0..size.rows).all(|row| self.damage.span(row) == (0..size.cols)));
        }
        apply(&self.damage, &mut self.picture, screen);
    }
}

/// Moves, then spans, and the picture is the screen.
fn apply(damage: &Damage, picture: &mut [Vec<Cell>], screen: &Screen) {
    for moved in damage.moves() {
        let region = &mut picture[usize::from(moved.rows.start)..usize::from(moved.rows.end)];
        let count = moved.up.unsigned_abs() as usize;
        assert!(0 < count && count < region.len(), "{moved:?}");
        if moved.up > 0 { region.rotate_left(count) } else { region.rotate_right(count) }
    }
    for (row, picture) in (0..).zip(picture) {
        let (span, cells) = (damage.span(row), screen.row(row));
        let span = usize::from(span.start)..usize::from(span.end);
        picture[span.clone()].copy_from_slice(&cells[span]);
        assert!(picture.as_slice() == cells, "row {row} of {damage:?}");
    }
}
