//! Recorded consoles: what real programs and guests sent must still end on the screen that xterm showed.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use vncterm::geometry::GridSize;
use vncterm::terminal::snapshot::Snapshot;
use vncterm::terminal::{Encoding, Options, Terminal, dump};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

/// Unicode NFC as far as these recordings need it: a letter and one mark become one character.
fn compose(text: &str) -> String {
    const PAIRS: &str =
        "a\u{301}á e\u{301}é i\u{301}í o\u{301}ó u\u{301}ú a\u{308}ä o\u{308}ö u\u{308}ü a\u{302}â e\u{302}ê o\u{302}ô";
    let pairs = PAIRS.split(' ').map(|pair| (pair.chars().take(2).collect(), pair.chars().skip(2).collect()));
    pairs.fold(text.to_string(), |text, (two, one): (String, String)| text.replace(&two, &one))
}

/// A row as it is compared: composed, without ignorable characters and trailing blanks.
fn normal(row: &str) -> String {
    let ignorable =
        |ch: char| matches!(ch, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    compose(row).chars().filter(|ch| !ignorable(*ch)).collect::<String>().trim_end().to_string()
}

fn number(value: &Value) -> u16 {
    value.as_u64().and_then(|number| u16::try_from(number).ok()).expect("a small number")
}

/// The terminal as `vncterm-dump/1` tells it.
fn snapshot(terminal: &Terminal) -> Value {
    let text = serde_json::to_string(&Snapshot { terminal, replies: b"", history: true }).expect("memory takes it");
    serde_json::from_str(&text).expect("JSON")
}

/// The row of a snapshot as text.
fn row_text(row: &Value) -> String {
    let cells = row["cells"].as_array().expect("cells").iter().filter(|cell| cell["wide"] != 2);
    let text = |cell: &Value| cell["ch"].as_str().filter(|ch| !ch.is_empty()).unwrap_or(" ").to_string();
    normal(&cells.map(text).collect::<String>())
}

/// A colour as the recordings tell it: 0-15 of the palette by number, `#rrggbb`, or `own` for the terminal's own.
fn color(value: &Value, own: &str) -> String {
    if let Some(rgb) = value["rgb"].as_str() {
        return rgb.to_string();
    }
    let level = |step: u64| if step == 0 { 0 } else { 55 + 40 * step };
    match value["index"].as_u64() {
        None => own.to_string(),
        Some(index @ ..16) => index.to_string(),
        Some(index @ 232..) => format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * (index - 232)),
        Some(index) => {
            let index = index - 16;
            format!("#{:02x}{:02x}{:02x}", level(index / 36), level(index / 6 % 6), level(index % 6))
        }
    }
}

/// How a cell looks.
#[derive(Clone, PartialEq)]
struct Look {
    foreground: String,
    background: String,
    names: Vec<&'static str>,
}

impl Look {
    /// That of a cell of a snapshot, and whether it shows its background only.
    fn new(cell: &Value) -> (Look, bool) {
        let has = |name: &str| cell["attrs"].as_array().expect("names").iter().any(|attribute| attribute == name);
        // Curls and dots are lines to xterm 379, and fast blinking is blinking.
        const NAMES: [(&str, &[&str]); 8] = [
            ("blink", &["blink", "rapid_blink"]),
            ("bold", &["bold"]),
            ("dim", &["dim"]),
            ("double_underline", &["double_underline"]),
            ("hidden", &["hidden"]),
            ("italic", &["italic"]),
            ("strike", &["strike"]),
            ("underline", &["underline", "curly_underline", "dotted_underline", "dashed_underline"]),
        ];
        let names = NAMES.iter().filter(|(_, ours)| ours.iter().any(|name| has(name))).map(|(name, _)| *name).collect();
        let (mut foreground, mut background) = (color(&cell["fg"], "fg"), color(&cell["bg"], "bg"));
        if has("reverse") {
            std::mem::swap(&mut foreground, &mut background);
        }
        let mut look = Look { foreground, background, names };
        let blank = cell["ch"].as_str().is_none_or(|text| text.trim().is_empty());
        if blank {
            look.names.retain(|name| LINES.contains(name));
            if look.names.is_empty() {
                look.foreground = "fg".to_string();
            }
        }
        (look, blank)
    }

    fn has_lines(&self) -> bool {
        self.names.iter().any(|name| LINES.contains(name))
    }
}

/// Attributes that even a blank shows.
const LINES: [&str; 3] = ["double_underline", "strike", "underline"];

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.foreground, self.background)?;
        self.names.iter().try_for_each(|name| write!(f, " {name}"))
    }
}

/// The styles of a row of a snapshot, as `tests/recordings/xterm.py` describes them.
fn styles(row: usize, cells: &[Value]) -> Vec<String> {
    let mut looks: Vec<Look> = Vec::new();
    for cell in cells {
        let (look, blank) = Look::new(cell);
        let before = looks.last().filter(|before| {
            let joins = blank && !look.has_lines() && !before.has_lines() && before.background == look.background;
            cell["wide"] == 2 || joins
        });
        looks.push(before.cloned().unwrap_or(look));
    }
    let mut told = Vec::new();
    let mut start = 0;
    for run in looks.chunk_by(PartialEq::eq) {
        let text = run[0].to_string();
        if text != "fg/bg" {
            told.push(format!("{row} {start}-{} {text}", start + run.len() - 1));
        }
        start += run.len();
    }
    told
}

/// What xterm showed, with the differences that are wanted.
struct Expected {
    rows: Vec<String>,
    styles: Vec<Vec<String>>,
    cursor: Value,
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().expect("a list").iter().map(|text| text.as_str().expect("text").to_string()).collect()
}

impl Expected {
    fn new(told: &Value, rows: usize) -> Expected {
        let mut screen: Vec<String> = texts(&told["screen"]).iter().map(|row| normal(row)).collect();
        screen.resize(rows, String::new());
        let mut styles = vec![Vec::new(); rows];
        for style in texts(&told["styles"]) {
            let row: usize = style.split(' ').next().and_then(|row| row.parse().ok()).expect("a row");
            styles[row].push(style);
        }
        let mut expected = Expected { rows: screen, styles, cursor: told["cursor"].clone() };
        for difference in told["differences"].as_array().into_iter().flatten() {
            expected.except(difference);
        }
        expected
    }

    /// Takes in one difference: what differs, as we show it, and `why`.
    fn except(&mut self, difference: &Value) {
        assert!(difference["why"].as_str().is_some_and(|why| !why.is_empty()), "a difference without a reason");
        if difference["cursor"].is_array() {
            assert_ne!(self.cursor, difference["cursor"], "this is no difference");
            self.cursor = difference["cursor"].clone();
        }
        let row = difference["row"].as_u64().and_then(|row| usize::try_from(row).ok());
        if let Some(text) = difference["text"].as_str() {
            let row = &mut self.rows[row.expect("the row of a text")];
            assert_ne!(*row, normal(text), "this is no difference");
            *row = normal(text);
        }
        if difference["styles"].is_array() {
            let styles = &mut self.styles[row.expect("the row of styles")];
            assert_ne!(*styles, texts(&difference["styles"]), "this is no difference");
            *styles = texts(&difference["styles"]);
        }
    }
}

/// The terminal after all bytes, and all sizes [offset, columns, rows] that it got meanwhile.
fn played(bytes: &[u8], told: &Value) -> Terminal {
    let size = |columns: &Value, rows: &Value| GridSize::new(number(columns), number(rows));
    let sizes = told["sizes"].as_array().expect("sizes");
    // A history is of use to those that are resized only; without one a snapshot is small.
    let defaults = Options::default();
    let scrollback_lines = if sizes.is_empty() { 0 } else { defaults.scrollback_lines };
    let charset = match told["charset"].as_str() {
        Some("cp437") => Encoding::Cp437,
        Some("latin1") => Encoding::Latin1,
        _ => Encoding::Utf8,
    };
    let options = Options { scrollback_lines, charset, ..defaults };
    let mut terminal = Terminal::new(size(&told["geometry"][0], &told["geometry"][1]), options);
    let mut at = 0;
    for resized in sizes {
        let offset = usize::from(number(&resized[0]));
        terminal.feed(&bytes[at..offset]);
        terminal.resize(size(&resized[1], &resized[2]));
        at = offset;
    }
    terminal.feed(&bytes[at..]);
    terminal
}

/// What is different, if anything: of the text, of the styles, and of the data.
fn compare(bytes: &[u8], told: &Value) -> Option<String> {
    let terminal = played(bytes, told);
    let data = snapshot(&terminal);
    let cells = data["rows"].as_array().expect("rows");
    let expected = Expected::new(told, cells.len());
    let mut found = Vec::new();
    for (at, (row, shown)) in cells.iter().zip(dump::text(terminal.screen()).lines()).enumerate() {
        let (shown, ours, wanted) = (normal(shown), row_text(row), &expected.rows[at]);
        if shown != *wanted || ours != *wanted {
            found.push(format!("row {at}\n  shown  |{shown}|\n  told   |{ours}|\n  wanted |{wanted}|"));
        }
        let (ours, wanted) = (styles(at, row["cells"].as_array().expect("cells")), &expected.styles[at]);
        if ours != *wanted {
            found.push(format!("styles {ours:?}\n  wanted {wanted:?}"));
        }
        let size = told["lines"].as_array().expect("lines").iter().find(|line| line[0] == at).map(|line| &line[1]);
        if row["line"] != *size.unwrap_or(&Value::from("single")) {
            found.push(format!("row {at} is {}, wanted {size:?}", row["line"]));
        }
    }
    let ours = serde_json::json!([data["cursor"]["row"], data["cursor"]["col"]]);
    if ours != expected.cursor {
        found.push(format!("cursor {ours}, wanted {}", expected.cursor));
    }
    let flags = [("cursor_visible", &data["cursor"]["visible"]), ("alt_screen", &data["modes"]["alt_screen"])];
    let wrong = flags.into_iter().filter(|(name, ours)| told[*name] != **ours);
    found.extend(wrong.map(|(name, ours)| format!("{name} is {ours}")));
    found.extend(rebuilt(&terminal, data));
    (!found.is_empty()).then(|| found.join("\n"))
}

/// What is different when the sequences of a dump are fed to a fresh terminal, if anything. They hold no history.
fn rebuilt(terminal: &Terminal, mut data: Value) -> Option<String> {
    let mut again = Terminal::new(terminal.screen().size(), Options::default());
    again.feed(&dump::sequences(terminal));
    let mut rebuilt = snapshot(&again);
    for data in [&mut data, &mut rebuilt] {
        data["scrollback"].take();
        data["scrollback_rows"].take();
    }
    let names = data.as_object().expect("an object").keys().find(|name| data[*name] != rebuilt[*name]);
    names.map(|name| format!("rebuilt, {name} is\n{}\nand was\n{}", rebuilt[name], data[name]))
}

#[test]
fn every_recording_ends_as_in_xterm() {
    let mut names: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder of recordings")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .collect();
    names.sort();
    assert!(names.len() >= 60, "only {} recordings", names.len());
    let mut failures = Vec::new();
    for path in names {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a plain name").to_string();
        let bytes = fs::read(&path).expect("bytes");
        let json = fs::read_to_string(path.with_extension("json")).expect("what xterm showed");
        let told = serde_json::from_str(&json).expect("JSON");
        failures.extend(compare(&bytes, &told).map(|difference| format!("{name}: {difference}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
