//! Recorded consoles: what real programs and guests sent must still end on the screen that xterm showed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use vncterm::geometry::GridSize;
use vncterm::terminal::snapshot::Snapshot;
use vncterm::terminal::{Options, Terminal, dump};

/// Recordings that do not match, and why. None should be here without a good reason.
const EXCEPTIONS: &[(&str, &str)] = &[];

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
    let text = serde_json::to_string(&Snapshot { terminal, replies: b"" }).expect("memory takes it");
    serde_json::from_str(&text).expect("JSON")
}

/// The row of a snapshot as text.
fn row_text(row: &Value) -> String {
    let cells = row["cells"].as_array().expect("cells").iter().filter(|cell| cell["wide"] != 2);
    let text = |cell: &Value| cell["ch"].as_str().filter(|ch| !ch.is_empty()).unwrap_or(" ").to_string();
    normal(&cells.map(text).collect::<String>())
}

/// What is different, if anything: of the text, and of the data.
fn compare(bytes: &[u8], expected: &Value) -> Option<String> {
    let geometry = &expected["geometry"];
    let size = GridSize::new(number(&geometry[0]), number(&geometry[1]));
    let mut terminal = Terminal::new(size, Options::default());
    terminal.feed(bytes);
    let data = snapshot(&terminal);
    let wanted: Vec<String> =
        expected["screen"].as_array().expect("rows").iter().map(|row| normal(row.as_str().expect("text"))).collect();
    let text = dump::text(terminal.screen());
    let rows = text.lines().map(normal).zip(data["rows"].as_array().expect("rows").iter().map(row_text));
    for (at, (shown, told)) in rows.enumerate() {
        let wanted = wanted.get(at).map_or("", String::as_str);
        if shown != wanted || told != wanted {
            return Some(format!("row {at}\n  shown  |{shown}|\n  told   |{told}|\n  wanted |{wanted}|"));
        }
    }
    let told = (&data["cursor"]["row"], &data["cursor"]["col"]);
    if told != (&expected["cursor"][0], &expected["cursor"][1]) {
        return Some(format!("cursor {told:?}, wanted {}", expected["cursor"]));
    }
    let flags = [("cursor_visible", &data["cursor"]["visible"]), ("alt_screen", &data["modes"]["alt_screen"])];
    let wrong = flags.into_iter().find(|(name, told)| expected[*name].is_boolean() && expected[*name] != **told);
    wrong.map(|(name, told)| format!("{name} is {told}")).or_else(|| rebuilt(&terminal, data))
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
    assert!(names.len() >= 30, "only {} recordings", names.len());
    let mut failures = Vec::new();
    for path in names {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a plain name").to_string();
        let bytes = fs::read(&path).expect("bytes");
        let json = fs::read_to_string(path.with_extension("json")).expect("what xterm showed");
        let expected = serde_json::from_str(&json).expect("JSON");
        let excused = EXCEPTIONS.iter().any(|(excused, _)| *excused == name);
        match compare(&bytes, &expected) {
            Some(difference) if !excused => failures.push(format!("{name}: {difference}")),
            None if excused => failures.push(format!("{name} matches: it needs no exception")),
            _ => {}
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
