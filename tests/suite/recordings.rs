//! Recorded consoles: what real programs and guests sent must still end on the screen that xterm showed.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use vncterm::geometry::GridSize;
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

/// What is different, if anything.
fn compare(bytes: &[u8], expected: &Value) -> Option<String> {
    let geometry = &expected["geometry"];
    let mut terminal = Terminal::new(GridSize::new(number(&geometry[0]), number(&geometry[1])), Options::default());
    terminal.feed(bytes);
    let shown: Vec<String> = dump::text(terminal.screen()).lines().map(normal).collect();
    let wanted: Vec<String> =
        expected["screen"].as_array().expect("rows").iter().map(|row| normal(row.as_str().expect("text"))).collect();
    for (at, row) in shown.iter().enumerate() {
        let wanted = wanted.get(at).map_or("", String::as_str);
        if row != wanted {
            return Some(format!("row {at}\n  shown  |{row}|\n  wanted |{wanted}|"));
        }
    }
    let cursor = terminal.screen().cursor();
    let wanted = (number(&expected["cursor"][0]), number(&expected["cursor"][1]));
    let shown = (cursor.pos.row, cursor.pos.col);
    if shown != wanted {
        return Some(format!("cursor {shown:?}, wanted {wanted:?}"));
    }
    let flags = [("cursor_visible", cursor.visible), ("alt_screen", terminal.screen().on_alternate())];
    let wrong =
        flags.into_iter().find(|(name, shown)| expected[*name].as_bool().is_some_and(|wanted| wanted != *shown));
    wrong.map(|(name, shown)| format!("{name} is {shown}"))
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
