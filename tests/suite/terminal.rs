//! Properties and limits of the terminal, over inputs made from its own language.

use vncterm::geometry::GridSize;
use vncterm::terminal::function::{FUNCTIONS, Introducer};
use vncterm::terminal::modes::{MODES, ModeKind};
use vncterm::terminal::{Mode, Options, Terminal, scrollback, titles};

use crate::fuzz::driver::{self, Random};
use crate::fuzz::targets::terminal as target;

/// Inputs per run of the suite; each is some hundred functions long.
const RUNS: u64 = 500;

/// What a guest might send, function by function, with numbers near the edges of the screen.
fn program(random: &mut Random) -> Vec<u8> {
    let mut out = random.bytes(3);
    for _ in 0..random.below(200) {
        match random.below(10) {
            0..=3 => text(random, &mut out),
            4 => out.push([b'\n', b'\r', b'\t', 8, 0x0e, 0x0f, b'\n', 0x0b][random.below(8)]),
            5 => mode(random, &mut out),
            6 => out.extend_from_slice(
                [&b"\x1b]P1ff00ff"[..], b"\x1b]2;t\x07", b"\x1b_x\x1b\\", b"\x1bP$qm\x1b\\", b"\x1b]4;3;#123456\x07"]
                    [random.below(5)],
            ),
            7 => rendition(random, &mut out),
            _ => function(random, &mut out),
        }
    }
    out
}

fn text(random: &mut Random, out: &mut Vec<u8>) {
    const PIECES: [&str; 10] = ["a", "hello", "漢", "字字", "e\u{301}", "\u{301}\u{302}", "x x ", "─", "qqq", "🦀"];
    for _ in 0..random.below(6) {
        out.extend_from_slice(PIECES[random.below(PIECES.len())].as_bytes());
    }
}

fn number(random: &mut Random) -> usize {
    match random.below(4) {
        0 => random.below(3),
        1 => random.below(12),
        2 => random.below(90),
        _ => [0, 1, 2, 65_535, 99_999_999][random.below(5)],
    }
}

fn mode(random: &mut Random, out: &mut Vec<u8>) {
    let row = &MODES[random.below(MODES.len())];
    let mark = if row.kind == ModeKind::Dec { "?" } else { "" };
    let end = ['h', 'l', 's', 'r'][random.below(if mark.is_empty() { 2 } else { 4 })];
    // VT52 understands little; it would make most of the input dull.
    if row.mode != Mode::Ansi || random.below(20) == 0 {
        out.extend_from_slice(format!("\x1b[{mark}{}{end}", row.number).as_bytes());
    }
}

fn rendition(random: &mut Random, out: &mut Vec<u8>) {
    const SGR: [&str; 9] = ["0", "1", "41", "38;5;200", "48:2::1:2:3", "4:3", "58;5;4", "7", "53"];
    out.extend_from_slice(format!("\x1b[{}m", SGR[random.below(SGR.len())]).as_bytes());
}

fn function(random: &mut Random, out: &mut Vec<u8>) {
    let row = &FUNCTIONS[random.below(FUNCTIONS.len())];
    let last = if row.last == 0 { b"B0A<>K"[random.below(6)] } else { row.last };
    out.push(0x1b);
    match row.introducer {
        Introducer::Esc => out.extend_from_slice(row.intermediates),
        Introducer::Csi => {
            let split = row.intermediates.iter().take_while(|byte| **byte >= 0x3c).count();
            out.push(b'[');
            out.extend_from_slice(&row.intermediates[..split]);
            let numbers: Vec<String> = (0..random.below(4)).map(|_| number(random).to_string()).collect();
            out.extend_from_slice(numbers.join(";").as_bytes());
            out.extend_from_slice(&row.intermediates[split..]);
        }
        Introducer::Dcs => {
            out.push(b'P');
            out.extend_from_slice(row.intermediates);
        }
    }
    out.push(last);
    if row.introducer == Introducer::Dcs {
        out.extend_from_slice(b"m\x1b\\");
    }
}

#[test]
fn rules_hold_whatever_a_guest_sends() {
    let inputs = (0..RUNS).map(|seed| (seed, program(&mut Random::new(seed))));
    let failed: Vec<_> =
        inputs.filter_map(|(seed, input)| Some((seed, driver::run(&target::TARGET, &input).err()?))).collect();
    assert!(failed.is_empty(), "{} of {RUNS}: {:#?}", failed.len(), &failed[..failed.len().min(5)]);
}

#[test]
fn a_cursor_saved_outside_later_margins_is_dumped_without_a_trace() {
    target::terminal(b":\0\0\x1b[?6h\x1b[50;1Hab\x1b7\x1b[1;24r");
}

/// Lines as a boot log has them, some in colour.
fn log_line(number: usize) -> String {
    let words = ["Started", "Mounted", "Reached target", "Listening on", "Finished", "Created slice"];
    let unit = format!("{} unit-{number:05}.service - a description of usual length.", words[number % 6]);
    match number % 4 {
        0 => format!("[  \x1b[0;32mOK\x1b[0m  ] {unit}\r\n"),
        _ => format!("[{:12.6}] systemd[1]: {unit}\r\n", number as f64 * 0.0021),
    }
}

#[test]
fn ten_thousand_lines_of_log_are_small() {
    let mut terminal = Terminal::new(GridSize::new(132, 24), Options::default());
    (0..12_000).for_each(|number| terminal.feed(log_line(number).as_bytes()));
    assert_eq!(terminal.history().lines(), 10_000);
    assert!(terminal.history().memory() <= 1_500_000, "{} bytes", terminal.history().memory());
    let oldest = terminal.history().row(0).expect("a row");
    let text: String = oldest.cells.iter().filter_map(|cell| cell.char()).collect();
    // Of 12,000 lines 11,977 have left the screen; the first 1,977 of them are gone.
    assert_eq!(text, log_line(1_977).trim_end());
}

#[test]
fn history_ends_at_its_bytes_too() {
    let options = Options { scrollback_lines: usize::MAX, ..Options::default() };
    let mut terminal = Terminal::new(GridSize::new(1_000, 4), options);
    let line: String = (0..1_000).map(|at| format!("\x1b[38;2;1;2;{}mx", at % 256)).collect();
    while terminal.history().memory() < scrollback::MAX_BYTES * 9 / 10 {
        terminal.feed(line.as_bytes());
    }
    for _ in 0..1_000 {
        terminal.feed(line.as_bytes());
        assert!(terminal.history().memory() <= scrollback::MAX_BYTES + (1 << 20));
    }
}

#[test]
fn clusters_and_underline_colors_are_bounded() {
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
    let marks: Vec<char> = ('\u{300}'..'\u{340}').collect();
    for n in 0..200_000usize {
        let cluster: String = ['a', marks[n % 64], marks[n / 64 % 64], marks[n / 4_096 % 64]].into_iter().collect();
        terminal.feed(format!("\x1b[58;2;{};{};{}m{cluster}", n % 256, n / 256 % 256, n / 65_536).as_bytes());
    }
    assert_eq!(terminal.screen().broken_rule(), None);
    // 65,536 clusters of at most nine characters, and nothing of those that were forgotten.
    assert!((1 << 20..12 << 20).contains(&terminal.memory()), "{} bytes", terminal.memory());
    assert!(terminal.screen().clusters().len() <= vncterm::terminal::clusters::MAX_CLUSTERS);
    // The last one is shown as it came: room was made for it.
    let cursor = terminal.screen().cursor().pos;
    let cell = terminal.screen().row(cursor.row)[usize::from(cursor.col) - 1];
    let index = cell.cluster().expect("a cluster");
    assert_eq!(terminal.screen().cluster(index).len(), 4);
}

#[test]
fn links_in_the_history_are_bounded() {
    let options = Options { scrollback_lines: usize::MAX, ..Options::default() };
    let mut terminal = Terminal::new(GridSize::new(80, 4), options);
    let uri = "u".repeat(2_000);
    for n in 0..30_000 {
        terminal.feed(format!("\x1b]8;;{uri}{n}\x07link\x1b]8;;\x07\r\n").as_bytes());
    }
    let history = terminal.history();
    assert!((scrollback::MAX_BYTES / 2..=scrollback::MAX_BYTES + (1 << 20)).contains(&history.memory()));
    assert!(history.lines() < 20_000);
    let newest = history.row(history.lines() - 1).expect("a row");
    assert_eq!(newest.link(&newest.cells[0]).map(|link| link.uri().to_owned()), Some(format!("{uri}29996")));
    let oldest = history.row(0).expect("a row");
    let number = 29_997 - history.lines();
    assert_eq!(oldest.link(&oldest.cells[0]).map(|link| link.uri().to_owned()), Some(format!("{uri}{number}")));
}

#[test]
fn one_link_in_many_rows_of_history_is_kept_once() {
    let mut terminal = Terminal::new(GridSize::new(80, 4), Options::default());
    terminal.feed(format!("\x1b]8;;{}\x07", "u".repeat(2_000)).as_bytes());
    (0..10_000).for_each(|_| terminal.feed(b"line\r\n"));
    assert!(terminal.history().memory() < 1_000_000, "{} bytes", terminal.history().memory());
    // Wrapped anew again and again, it is no more.
    for cols in (3..80).chain([80]) {
        terminal.resize(GridSize::new(cols, 4));
    }
    (1..50).for_each(|rows| terminal.resize(GridSize::new(80, rows)));
    assert!(terminal.history().memory() < 1_200_000, "{} bytes", terminal.history().memory());
    let (row, end) = (terminal.history().row(100).expect("a row"), terminal.screen().row(0)[0]);
    assert!(row.link(&row.cells[0]).is_some() && terminal.screen().link(&end).is_some());
}

#[test]
fn strings_are_bounded_and_end_where_they_end() {
    for start in ["\x1b]2;", "\x1bP$q", "\x1b_", "\x1b^", "\x1bX", "\x1b["] {
        let mut terminal = Terminal::new(GridSize::new(20, 3), Options::default());
        let before = terminal.memory();
        terminal.feed(start.as_bytes());
        (0..100).for_each(|_| terminal.feed(&[b'1'; 65_536]));
        assert!(terminal.memory() - before <= 2 * vncterm::terminal::scan::MAX_STRING);
        terminal.feed(b"\x1b\\");
        assert_eq!(terminal.screen().title(), "");
        assert!(!terminal.has_input());
    }
}

/// What waits and what is put away counts too, or a limit on the whole would not see it.
#[test]
fn titles_and_what_waits_are_counted() {
    let mut terminal = Terminal::new(GridSize::new(20, 3), Options::default());
    // The decoder's memory of such sequences is not what is meant here.
    terminal.feed(b"\x1b]0;t\x07\x1b[22;0t\x1b[23;0t\x1b[c");
    terminal.take_input();
    let fresh = terminal.memory();
    let title = "x".repeat(1_000);
    (0..100).for_each(|_| terminal.feed(format!("\x1b]0;{title}\x07\x1b[22;0t").as_bytes()));
    let with_titles = terminal.memory() - fresh;
    // Ten pairs put away and the pair that is shown.
    assert!((11 * 2 * titles::MAX_TITLE..16 * 1024).contains(&with_titles), "{with_titles} bytes");
    (0..1_000).for_each(|_| terminal.feed(b"\x1b[c"));
    assert!(terminal.memory() - fresh - with_titles >= 4_000);
    terminal.take_input();
    assert!(terminal.memory() <= fresh + with_titles);
}

#[test]
fn answers_are_dropped_whole() {
    let mut terminal = Terminal::new(GridSize::new(20, 3), Options::default());
    (0..10_000).for_each(|_| terminal.feed(b"\x1b[c"));
    let answers = terminal.take_input();
    assert!(answers.len() <= 4_096);
    let one = b"\x1b[?65;1;2;4;6;9;15;16;17;18;21;22;28;29c";
    assert!(answers.chunks(one.len()).all(|answer| answer == one));
    // Taken, there is room again.
    terminal.feed(b"\x1b[c");
    assert_eq!(terminal.take_input(), one);
}

#[test]
fn pastes_are_cut_to_the_queue() {
    let mut terminal = Terminal::new(GridSize::new(20, 3), Options::default());
    terminal.paste(&"é".repeat(100_000));
    let bytes = terminal.take_input();
    assert!(bytes.len() <= vncterm::terminal::input::MAX_KEYS);
    assert!(std::str::from_utf8(&bytes).is_ok_and(|text| text.chars().all(|ch| ch == 'é')));
}

#[test]
fn a_paste_in_pieces_has_one_pair_of_brackets_or_none() {
    let paste = |before: &[u8], meanwhile: &[u8]| {
        let mut terminal = Terminal::new(GridSize::new(20, 3), Options::default());
        terminal.feed(before);
        terminal.begin_paste();
        terminal.paste("one ");
        terminal.feed(meanwhile);
        terminal.paste("two");
        terminal.end_paste();
        terminal.take_input()
    };
    assert_eq!(paste(b"\x1b[?2004h", b""), b"\x1b[200~one two\x1b[201~");
    assert_eq!(paste(b"\x1b[?2004h", b"\x1b[?2004l"), b"\x1b[200~one two\x1b[201~", "what was opened is closed");
    assert_eq!(paste(b"", b"\x1b[?2004h"), b"one two", "and nothing else");
}

#[test]
fn a_repeat_ends_with_the_screen() {
    let mut terminal = Terminal::new(GridSize::new(10, 5), Options::default());
    terminal.feed(b"x\x1b[65535b");
    // 51 characters on 50 cells: one row has left.
    assert_eq!(terminal.history().lines(), 1);
}

#[test]
fn sizes_are_cut_to_what_there_is() {
    for size in [GridSize::new(0, 0), GridSize::new(u16::MAX, u16::MAX)] {
        let mut terminal = Terminal::new(size, Options::default());
        let made = terminal.screen().size();
        assert!(made.cols >= 1 && made.rows >= 1 && made.cols <= 1_024 && made.rows <= 1_024);
        terminal.resize(GridSize::new(u16::MAX, 0));
        assert_eq!(terminal.screen().size(), GridSize::new(1_024, 1));
    }
}
