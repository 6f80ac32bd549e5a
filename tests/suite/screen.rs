//! Screen scripts, `tests/screen/**.vt`: what each sequence does, drawn so that a person can check it.
//!
//! ```text
//! # a comment
//! size 10x2                 columns x rows; must come first
//! option charset cp437      or: scrollback N · clear honour · answer off · window-ops on
//! feed "ABC\e[2D\e[@"       \e \n \r \t \b \a \\ \" \xHH; everything else as it stands, in UTF-8
//! resize 20x5
//! paste "text"              and: focus in|out
//! screen                    the rows, between bars; a wide character takes one place and its right half none
//! |A BC      |
//! |          |
//! history                   the rows of the history, the oldest first, without trailing blanks
//! cursor 0,1                row and column from 0, then: pending hidden underline|bar blink
//! damage 0:1-9              what the last feed or resize changed: `scroll 0-23 up 1`, then row:columns; or none
//! replies "\e[1;1R"         what goes back to the guest since the last look
//! styles                    every run of cells that is not plain: row:columns and what it is
//! 0:0-2 bold fg=1 bg=#ff0000
//! wrapped 0                 rows whose text goes on in the next; or none
//! title "text"
//! events bell title         what happened beside the screen since the last look; or none
//! color 1 #d05050           an entry of the palette, or fg, bg, cursor
//! ```
//!
//! `BLESS=1 cargo test` writes what is into the files; read the difference before you commit it. Each script runs whole
//! and again byte by byte: all but the damage must be the same. What `dump` writes of its end must rebuild it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::fuzz::targets::terminal::rebuilt;
use vncterm::config::Clear;
use vncterm::config::tools::{Replay, Script, Tool};
use vncterm::geometry::GridSize;
use vncterm::terminal::cell::{Attrs, Cell, Color, ColorKind, Underline};
use vncterm::terminal::{Damage, Encoding, Event, Options, Palette, Rgb, Screen, Terminal, dump};
use vncterm::tools::{Streams, quoted, script};

/// What stands on one line of a script, with the lines that belong to it.
struct Item {
    line: String,
    block: Vec<String>,
}

/// Words that state what should be; each is followed by its block, if any.
const EXPECTATIONS: [&str; 10] =
    ["screen", "history", "cursor", "damage", "replies", "styles", "wrapped", "title", "events", "color"];

fn parse(script: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut in_block = false;
    for line in script.lines() {
        let starts_block = matches!(line, "screen" | "history" | "styles");
        let belongs = line.starts_with('|') || line.starts_with(|first: char| first.is_ascii_digit());
        match items.last_mut() {
            Some(item) if in_block && belongs => item.block.push(line.to_string()),
            _ => {
                in_block = starts_block;
                items.push(Item { line: line.to_string(), block: Vec::new() });
            }
        }
    }
    items
}

fn unescape(quoted: &str) -> Vec<u8> {
    let inner = quoted.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).expect("a quoted string");
    let mut out = Vec::new();
    let mut chars = inner.chars();
    while let Some(ch) = chars.next() {
        if ch != '\\' {
            out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        out.push(match chars.next().expect("something after the backslash") {
            'e' => 0x1b,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'b' => 8,
            'a' => 7,
            'x' => {
                let hex: String = chars.by_ref().take(2).collect();
                u8::from_str_radix(&hex, 16).expect("two hexadecimal digits")
            }
            other => u8::try_from(other).expect("ASCII after the backslash"),
        });
    }
    out
}

fn size(text: &str) -> GridSize {
    let (cols, rows) = text.split_once('x').expect("COLSxROWS");
    GridSize::new(cols.parse().expect("columns"), rows.parse().expect("rows"))
}

/// A terminal under test, and what has been noted of it.
struct Run {
    options: Options,
    terminal: Option<Terminal>,
    damage: Damage,
    bytewise: bool,
}

impl Run {
    fn new(bytewise: bool) -> Self {
        Self { options: Options::default(), terminal: None, damage: Damage::default(), bytewise }
    }

    fn terminal(&mut self) -> &mut Terminal {
        self.terminal.as_mut().expect("`size` comes first")
    }

    /// Carries out a command; false when `line` is none.
    fn command(&mut self, line: &str) -> bool {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "" | "#" => {}
            _ if word.starts_with('#') => {}
            "option" => self.option(rest),
            "size" => {
                let mut terminal = Terminal::new(size(rest), self.options.clone());
                terminal.take_damage(&mut self.damage);
                self.terminal = Some(terminal);
            }
            "feed" => {
                let bytes = unescape(rest);
                let piece = if self.bytewise { 1 } else { bytes.len().max(1) };
                bytes.chunks(piece).for_each(|piece| self.terminal().feed(piece));
                self.look();
            }
            "resize" => {
                self.terminal().resize(size(rest));
                self.look();
            }
            "paste" => {
                let text = String::from_utf8(unescape(rest)).expect("UTF-8");
                self.terminal().begin_paste();
                self.terminal().paste(&text);
                self.terminal().end_paste();
            }
            "focus" => self.terminal().focus(rest == "in"),
            _ => return false,
        }
        true
    }

    fn look(&mut self) {
        let mut damage = std::mem::take(&mut self.damage);
        self.terminal().take_damage(&mut damage);
        self.damage = damage;
    }

    fn option(&mut self, text: &str) {
        assert!(self.terminal.is_none(), "`option` comes before `size`");
        match text.split_once(' ').expect("a name and a value") {
            ("charset", "utf-8") => self.options.charset = Encoding::Utf8,
            ("charset", "latin1") => self.options.charset = Encoding::Latin1,
            ("charset", "cp437") => self.options.charset = Encoding::Cp437,
            ("scrollback", lines) => self.options.scrollback_lines = lines.parse().expect("a number of lines"),
            ("clear", "honour") => self.options.keep_cleared = false,
            ("answer", "off") => self.options.answer = false,
            ("window-ops", "on") => self.options.window_ops = true,
            other => panic!("unknown option {other:?}"),
        }
    }

    /// What is, in the form in which a script states it.
    fn actual(&mut self, line: &str) -> Item {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        assert!(EXPECTATIONS.contains(&word), "unknown word {word:?}");
        let damage = std::mem::take(&mut self.damage);
        let terminal = self.terminal();
        let screen = terminal.screen();
        let mut block = Vec::new();
        let line = match word {
            "screen" => {
                block = (0..screen.size().rows).map(|row| format!("|{}|", dump::whole_row(screen, row))).collect();
                word.to_string()
            }
            "history" => {
                block = terminal.history().rows().map(|row| format!("|{}", history_text(&row))).collect();
                word.to_string()
            }
            "styles" => {
                block = (0..screen.size().rows).flat_map(|row| styles(screen, row)).collect();
                word.to_string()
            }
            "cursor" => script::cursor(screen),
            "damage" => script::damage(&damage),
            "replies" => format!("replies {}", quoted(&terminal.take_input())),
            "wrapped" => {
                let rows: Vec<String> = (0..screen.size().rows)
                    .filter(|row| screen.line_wrapped(*row))
                    .map(|row| row.to_string())
                    .collect();
                format!("wrapped {}", if rows.is_empty() { "none".to_string() } else { rows.join(" ") })
            }
            "title" => format!("title {}", quoted(screen.title().as_bytes())),
            "events" => events(terminal),
            _ => {
                let name = rest.split(' ').next().unwrap_or("");
                format!("color {name} {}", color(screen.palette(), name))
            }
        };
        self.damage = damage;
        Item { line, block }
    }
}

fn history_text(row: &vncterm::terminal::HistoryRow) -> String {
    let mut out = String::new();
    for cell in row.cells.iter().filter(|cell| !cell.is_spacer()) {
        match cell.cluster() {
            Some(index) => out.extend(&row.clusters[index as usize]),
            None => out.push(cell.char().unwrap_or(' ')),
        }
    }
    format!("{}{}", out.trim_end(), if row.wrapped { " ↵" } else { "" })
}

fn events(terminal: &mut Terminal) -> String {
    let words: Vec<&str> = terminal
        .take_events()
        .iter()
        .map(|event| match event {
            Event::Bell => "bell",
            Event::Title(_) => "title",
            Event::IconTitle(_) => "icon_title",
            Event::Break => "break",
            Event::Clipboard(_) => "clipboard",
            Event::Resize(_) => "resize",
        })
        .collect();
    format!("events {}", if words.is_empty() { "none".to_string() } else { words.join(" ") })
}

fn color(palette: &Palette, name: &str) -> String {
    let rgb = match name {
        "fg" => Some(palette.foreground()),
        "bg" => Some(palette.background()),
        "cursor" => palette.cursor(),
        index => Some(palette.indexed(index.parse().expect("an index"))),
    };
    rgb.map_or("none".to_string(), |rgb: Rgb| format!("#{:06x}", rgb.to_u32()))
}

fn styles(screen: &Screen, row: u16) -> Vec<String> {
    let mut out = Vec::new();
    let mut col = 0;
    for run in screen.row(row).chunk_by(|a, b| a.same_style(*b)) {
        let words = style(screen, &run[0]);
        if !words.is_empty() {
            out.push(format!("{row}:{col}-{}{words}", col + run.len() - 1));
        }
        col += run.len();
    }
    out
}

fn style(screen: &Screen, cell: &Cell) -> String {
    let mut out = String::new();
    for (attr, name) in [
        (Attrs::BOLD, "bold"),
        (Attrs::DIM, "dim"),
        (Attrs::ITALIC, "italic"),
        (Attrs::BLINK, "blink"),
        (Attrs::RAPID_BLINK, "rapid_blink"),
        (Attrs::REVERSE, "reverse"),
        (Attrs::HIDDEN, "hidden"),
        (Attrs::STRIKE, "strike"),
        (Attrs::OVERLINE, "overline"),
        (Attrs::PROTECTED, "protected"),
        (Attrs::SUPERSCRIPT, "superscript"),
        (Attrs::SUBSCRIPT, "subscript"),
    ] {
        if cell.attrs.contains(attr) {
            out.extend([" ", name]);
        }
    }
    out.push_str(match cell.attrs.underline() {
        Underline::None => "",
        Underline::Single => " underline",
        Underline::Double => " double_underline",
        Underline::Curly => " curly_underline",
        Underline::Dotted => " dotted_underline",
        Underline::Dashed => " dashed_underline",
    });
    for (name, color) in [("fg", cell.fg), ("bg", cell.bg), ("ul", screen.underline_color(cell))] {
        match color.kind() {
            _ if color == Color::DEFAULT => {}
            ColorKind::Rgb(r, g, b) => write!(out, " {name}=#{r:02x}{g:02x}{b:02x}").expect("a String takes it"),
            ColorKind::Indexed(index) => write!(out, " {name}={index}").expect("a String takes it"),
            ColorKind::Default => {}
        }
    }
    if let Some(link) = screen.link(cell) {
        let id = if link.id().is_empty() { String::new() } else { format!("{}@", link.id()) };
        write!(out, " link={id}{}", link.uri()).expect("a String takes it");
    }
    out
}

/// Runs a script; the script as it would have to be, and what differs, one line each.
fn run(script: &str, bytewise: bool) -> (String, Vec<String>) {
    let (mut out, mut wrong) = (String::new(), Vec::new());
    let mut run = Run::new(bytewise);
    for item in parse(script) {
        let actual = if run.command(&item.line) {
            item
        } else {
            let actual = run.actual(&item.line);
            let ignored = bytewise && item.line.starts_with("damage");
            if !ignored && (&actual.line, &actual.block) != (&item.line, &item.block) {
                wrong.push(format!(
                    "  wanted {} {:#?}\n  is     {} {:#?}",
                    item.line, item.block, actual.line, actual.block
                ));
            }
            actual
        };
        for line in std::iter::once(&actual.line).chain(&actual.block) {
            out.push_str(line);
            out.push('\n');
        }
    }
    if let (false, Some(terminal)) = (bytewise, run.terminal.take()) {
        let difference = rebuilt(terminal, &run.options);
        wrong.extend(difference.map(|difference| format!("  rebuilt from its dump: {difference}")));
    }
    (out, wrong)
}

fn scripts(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder of scripts") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            scripts(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "vt") {
            into.push(path);
        }
    }
}

#[test]
fn every_script_shows_what_it_draws() {
    let mut paths = Vec::new();
    scripts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screen"), &mut paths);
    paths.sort();
    assert!(!paths.is_empty());
    let bless = std::env::var_os("BLESS").is_some();
    let mut failures = String::new();
    for path in paths {
        let script = fs::read_to_string(&path).expect("a script");
        let (actual, mut wrong) = run(&script, false);
        if bless && actual != script {
            fs::write(&path, &actual).expect("the script written");
            wrong = run(&actual, true).1;
        } else if wrong.is_empty() {
            wrong = run(&script, true).1;
        }
        if !wrong.is_empty() {
            writeln!(failures, "{}\n{}", path.display(), wrong.join("\n")).expect("a String takes it");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// What `debug replay` writes of `input`.
fn replayed(replay: Replay, functions: bool, mut input: &[u8]) -> String {
    let tool = Tool::Replay(Script { replay, functions, until: u64::MAX, file: None });
    let (mut output, mut remarks) = (Vec::new(), Vec::new());
    let streams = Streams { input: &mut input, output: &mut output, remarks: &mut remarks };
    vncterm::tools::run(&tool, streams).expect("memory is read and written");
    assert_eq!(remarks, b"");
    String::from_utf8(output).expect("text")
}

/// A bug report becomes a test file.
#[test]
fn what_replay_writes_is_a_script_that_holds() {
    for name in ["htop-linux", "cat-utf8-linux", "qemu-boot-login", "mc-vt100-menu", "vim-xterm-256color-open"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recordings/{name}.bin"));
        let input = fs::read(path).expect("a recording");
        let resizes = vec![(0, GridSize::new(70, 20)), (300, GridSize::new(90, 30)), (300, GridSize::new(80, 24))];
        let replay = Replay { scrollback: 50, resizes, ..Replay::default() };
        let script = replayed(replay.clone(), false, &input);
        assert_eq!(run(&script, false), (script.clone(), Vec::new()), "{name}");
        assert_eq!(run(&script, true).1, Vec::<String>::new(), "{name}");
        let functions = replayed(replay, true, &input);
        assert_eq!(functions.lines().filter(|line| line.contains("  resize ")).count(), 3, "{name}");
    }
}

#[test]
fn what_replay_was_told_is_in_its_script() {
    let replay = Replay { clear: Clear::Honour, charset: Encoding::Cp437, window_ops: true, ..Replay::default() };
    let script = replayed(replay, false, b"\xc9\xcd\x1b[8;2;10tgone\x1b[2J");
    assert!(
        script.starts_with("option charset cp437\noption clear honour\noption window-ops on\nsize 80x24\n"),
        "{script}"
    );
    assert_eq!(run(&script, false), (script.clone(), Vec::new()));
}

#[test]
fn replay_shows_functions_with_what_they_did() {
    let replay = Replay { geometry: GridSize::new(10, 2), scrollback: 0, ..Replay::default() };
    let found = replayed(replay, true, b"ab\r\n\x1b[6n\n\x1b[1Gx");
    let wanted = "       0  text      \"ab\"  damage 0:0-1\n\
                  \u{20}      2  CR        \"\\r\"\n\
                  \u{20}      3  LF        \"\\n\"\n\
                  \u{20}      4  DSR       \"\\e[6n\"  replies \"\\e[2;1R\"\n\
                  \u{20}      8  LF        \"\\n\"  damage scroll 0-1 up 1 1:0-9\n\
                  \u{20}      9  CHA       \"\\e[1G\"\n\
                  \u{20}     13  text      \"x\"  damage 1:0-0\n";
    assert_eq!(found, wanted);
}
