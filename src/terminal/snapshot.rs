//! A terminal as data, schema `vncterm-dump/1`: everything on its screen and in its history, for programs to read.
//!
//! It is written row by row, by whatever `serde` writes with: no second copy of a history is made.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::cell::{Attrs, Cell, Color, ColorKind, Underline};
use super::modes::Mode;
use super::scrollback::{HistoryRow, Tables};
use super::{CursorShape, LineSize, Terminal};

/// The name of the schema, and its version: what is added to it changes neither.
pub const SCHEMA: &str = "vncterm-dump/1";

/// A terminal, to be written.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// The terminal.
    pub terminal: &'a Terminal,
    /// What it has answered so far.
    pub replies: &'a [u8],
    /// Whether the rows of the history are to be in it; how many there are always is.
    pub history: bool,
}

/// The attributes of one bit, and their names in the schema.
const ATTRIBUTES: [(Attrs, &str); 12] = [
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
];

/// The modes, and their names in the schema; the screen's and the mouse's come besides.
const MODES: [(Mode, &str); 8] = [
    (Mode::ReverseScreen, "reverse_screen"),
    (Mode::Autowrap, "autowrap"),
    (Mode::Origin, "origin"),
    (Mode::Insert, "insert"),
    (Mode::NewLine, "newline"),
    (Mode::ApplicationCursor, "app_cursor"),
    (Mode::ApplicationKeypad, "app_keypad"),
    (Mode::BracketedPaste, "bracketed_paste"),
];

impl Serialize for Snapshot<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let screen = self.terminal.screen();
        let size = screen.size();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", SCHEMA)?;
        map.serialize_entry(
            "geometry",
            &Fields(&[("cols", Field::Number(size.cols)), ("rows", Field::Number(size.rows))]),
        )?;
        map.serialize_entry("cursor", &Fields(&self.cursor()))?;
        map.serialize_entry("modes", &Fields(&self.modes()))?;
        map.serialize_entry("scrollback", &ScrollbackLines { lines: self.terminal.history().lines() })?;
        map.serialize_entry("rows", &Rows(self.terminal))?;
        map.serialize_entry("title", screen.title())?;
        map.serialize_entry("icon_title", screen.icon_title())?;
        map.serialize_entry("replies", &Hex(self.replies))?;
        map.serialize_entry("scrollback_rows", &HistoryRows(self.terminal, self.history))?;
        map.end()
    }
}

impl Snapshot<'_> {
    /// It as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("memory takes it, and every key is a string")
    }

    fn cursor(&self) -> [(&'static str, Field); 6] {
        let cursor = self.terminal.screen().cursor();
        let shape = match cursor.shape {
            CursorShape::Block => "block",
            CursorShape::Underline => "underline",
            CursorShape::Bar => "bar",
        };
        [
            ("row", Field::Number(cursor.pos.row)),
            ("col", Field::Number(cursor.pos.col)),
            ("visible", Field::Flag(cursor.visible)),
            ("pending_wrap", Field::Flag(cursor.pending_wrap)),
            ("shape", Field::Word(shape)),
            ("blink", Field::Flag(cursor.blink)),
        ]
    }

    fn modes(&self) -> [(&'static str, Field); MODES.len() + 2] {
        let screen = self.terminal.screen();
        let mouse = [
            (Mode::MouseX10, "x10"),
            (Mode::MouseNormal, "vt200"),
            (Mode::MouseButton, "button"),
            (Mode::MouseAny, "any"),
        ];
        let mouse = mouse.into_iter().find(|(mode, _)| screen.modes().has(*mode)).map_or("none", |(_, name)| name);
        std::array::from_fn(|at| match at {
            0 => ("alt_screen", Field::Flag(screen.on_alternate())),
            at => match MODES.get(at - 1) {
                Some((mode, name)) => (*name, Field::Flag(screen.modes().has(*mode))),
                None => ("mouse", Field::Word(mouse)),
            },
        })
    }
}

/// A small object.
struct Fields<'a>(&'a [(&'static str, Field)]);

/// A value in one.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Field {
    Number(u16),
    Flag(bool),
    Word(&'static str),
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(serde::Serialize)]
struct ScrollbackLines {
    lines: usize,
}

/// Bytes in hexadecimal.
struct Hex<'a>(&'a [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |half: u8| char::from(DIGITS[usize::from(half & 15)]);
        let text: String = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect();
        serializer.serialize_str(&text)
    }
}

/// The rows of the screen.
struct Rows<'a>(&'a Terminal);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let screen = self.0.screen();
        let mut rows = serializer.serialize_seq(Some(screen.size().rows.into()))?;
        for row in 0..screen.size().rows {
            let line = match screen.line_size(row) {
                LineSize::Single => "single",
                LineSize::DoubleWidth => "double-width",
                LineSize::DoubleTop => "double-top",
                LineSize::DoubleBottom => "double-bottom",
            };
            let cells = Cells { cells: screen.row(row), blanks: 0, tables: screen };
            rows.serialize_element(&Row { wrapped: screen.line_wrapped(row), line, cells })?;
        }
        rows.end()
    }
}

/// The rows of the history, the oldest first, each as wide as the screen at least; none where they are not wanted.
struct HistoryRows<'a>(&'a Terminal, bool);

impl Serialize for HistoryRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cols = usize::from(self.0.screen().size().cols);
        let rows = self.0.history().rows().take(if self.1 { usize::MAX } else { 0 });
        serializer.collect_seq(rows.map(|row| PaddedRow { row, cols }))
    }
}

struct PaddedRow {
    row: HistoryRow,
    cols: usize,
}

impl Serialize for PaddedRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let blanks = self.cols.saturating_sub(self.row.cells.len());
        let cells = Cells { cells: &self.row.cells, blanks, tables: &self.row };
        Row { wrapped: self.row.wrapped, line: "single", cells }.serialize(serializer)
    }
}

#[derive(serde::Serialize)]
#[serde(bound = "")]
struct Row<'a, T: Tables> {
    wrapped: bool,
    line: &'static str,
    cells: Cells<'a, T>,
}

/// Cells, and empty ones after them.
struct Cells<'a, T: Tables> {
    cells: &'a [Cell],
    blanks: usize,
    tables: &'a T,
}

impl<T: Tables> Serialize for Cells<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let blanks = std::iter::repeat_n(&Cell::EMPTY, self.blanks);
        serializer.collect_seq(self.cells.iter().chain(blanks).map(|cell| CellView { cell, tables: self.tables }))
    }
}

struct CellView<'a, T: Tables> {
    cell: &'a Cell,
    tables: &'a T,
}

impl<T: Tables> Serialize for CellView<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cell = self.cell;
        let text: String = match cell.cluster() {
            Some(_) if cell.is_spacer() => String::new(),
            Some(index) => self.tables.cluster(index).iter().collect(),
            None => cell.char().map(String::from).unwrap_or_default(),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ch", &text)?;
        map.serialize_entry("fg", &ColorView(cell.fg))?;
        map.serialize_entry("bg", &ColorView(cell.bg))?;
        map.serialize_entry("attrs", &AttributeNames(cell.attrs))?;
        map.serialize_entry("wide", &(u8::from(cell.is_wide()) + 2 * u8::from(cell.is_spacer())))?;
        let extra = self.tables.extra(cell);
        if extra.underline != Color::DEFAULT {
            map.serialize_entry("ul", &ColorView(extra.underline))?;
        }
        if let Some(link) = &extra.link {
            map.serialize_entry("link", link.uri())?;
        }
        map.end()
    }
}

struct ColorView(Color);

impl Serialize for ColorView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.kind() {
            ColorKind::Default => serializer.serialize_str("default"),
            ColorKind::Indexed(index) => serializer.collect_map([("index", index)]),
            ColorKind::Rgb(r, g, b) => serializer.collect_map([("rgb", format!("#{r:02x}{g:02x}{b:02x}"))]),
        }
    }
}

struct AttributeNames(Attrs);

impl Serialize for AttributeNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut names = serializer.serialize_seq(None)?;
        for (attribute, name) in ATTRIBUTES {
            if self.0.contains(attribute) {
                names.serialize_element(name)?;
            }
        }
        let underline = match self.0.underline() {
            Underline::None => None,
            Underline::Single => Some("underline"),
            Underline::Double => Some("double_underline"),
            Underline::Curly => Some("curly_underline"),
            Underline::Dotted => Some("dotted_underline"),
            Underline::Dashed => Some("dashed_underline"),
        };
        underline.map(|name| names.serialize_element(name)).transpose()?;
        names.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::Options;

    fn snapshot(cols: u16, rows: u16, bytes: &[u8]) -> Value {
        let mut terminal = Terminal::new(GridSize::new(cols, rows), Options::default());
        terminal.feed(bytes);
        let replies = terminal.take_input();
        let snapshot = Snapshot { terminal: &terminal, replies: &replies, history: true };
        let without = Snapshot { history: false, ..snapshot }.to_json();
        let (whole, mut without): (Value, Value) = (
            serde_json::from_slice(&snapshot.to_json()).expect("JSON"),
            serde_json::from_slice(&without).expect("JSON"),
        );
        assert_eq!(without["scrollback_rows"], json!([]));
        without["scrollback_rows"] = whole["scrollback_rows"].clone();
        assert_eq!(without, whole, "all but the rows of the history");
        whole
    }

    fn empty() -> Value {
        json!({"ch": "", "fg": "default", "bg": "default", "attrs": [], "wide": 0})
    }

    #[test]
    fn a_fresh_terminal_has_every_field() {
        let expected = json!({
            "schema": "vncterm-dump/1", "geometry": {"cols": 2, "rows": 1},
            "cursor": {"row": 0, "col": 0, "visible": true, "pending_wrap": false, "shape": "block", "blink": false},
            "modes": {"alt_screen": false, "reverse_screen": false, "autowrap": true, "origin": false, "insert": false,
                      "newline": false, "app_cursor": false, "app_keypad": false, "bracketed_paste": false, "mouse": "none"},
            "scrollback": {"lines": 0},
            "rows": [{"wrapped": false, "line": "single", "cells": [empty(), empty()]}],
            "title": "", "icon_title": "", "replies": "", "scrollback_rows": [],
        });
        assert_eq!(snapshot(2, 1, b""), expected);
    }

    #[test]
    fn every_mode_and_the_cursor_are_told() {
        let all = b"\x1b[?1049h\x1b[?5;6;1;2004;1002h\x1b[?7l\x1b[4;20h\x1b=\x1b[5 q\x1b[?25l";
        let found = snapshot(2, 1, all);
        assert_eq!(
            found["modes"],
            json!({"alt_screen": true, "reverse_screen": true, "autowrap": false, "origin": true, "insert": true, "newline": true,
                   "app_cursor": true, "app_keypad": true, "bracketed_paste": true, "mouse": "button"})
        );
        let cursor =
            json!({"row": 0, "col": 0, "visible": false, "pending_wrap": false, "shape": "bar", "blink": true});
        assert_eq!(found["cursor"], cursor);
        for (mode, name) in [(9, "x10"), (1000, "vt200"), (1002, "button"), (1003, "any")] {
            assert_eq!(snapshot(2, 1, format!("\x1b[?{mode}h").as_bytes())["modes"]["mouse"], name);
        }
        assert_eq!(snapshot(2, 1, b"ab")["cursor"]["pending_wrap"], true);
        assert_eq!(snapshot(2, 1, b"ab")["cursor"]["col"], 1);
    }

    #[test]
    fn cells_tell_characters_colours_and_attributes() {
        let cells = |bytes: &[u8]| snapshot(4, 1, bytes)["rows"][0]["cells"].clone();
        assert_eq!(
            cells("e\u{301}漢\u{302} ".as_bytes()),
            json!([
                {"ch": "e\u{301}", "fg": "default", "bg": "default", "attrs": [], "wide": 0},
                {"ch": "漢\u{302}", "fg": "default", "bg": "default", "attrs": [], "wide": 1},
                {"ch": "", "fg": "default", "bg": "default", "attrs": [], "wide": 2},
                {"ch": " ", "fg": "default", "bg": "default", "attrs": [], "wide": 0},
            ])
        );
        let styled = cells(b"\x1b[1;31;48;2;1;2;255;4:3;58;5;9mA\x1b[44m\x1b[K");
        let bg = json!({"rgb": "#0102ff"});
        let a = json!({"ch": "A", "fg": {"index": 1}, "bg": bg, "attrs": ["bold", "curly_underline"], "wide": 0, "ul": {"index": 9}});
        let erased = json!({"ch": "", "fg": "default", "bg": {"index": 4}, "attrs": [], "wide": 0});
        assert_eq!(styled, json!([a, erased, erased, erased]));
        let linked = cells(b"\x1b]8;id=7;http://host/\x07A\x1b]8;;\x07B");
        assert_eq!((&linked[0]["link"], linked[1].get("link")), (&json!("http://host/"), None));
        let names = |sgr: &str| cells(format!("\x1b[{sgr}mA").as_bytes())[0]["attrs"].clone();
        assert_eq!(
            names("1;2;3;5;6;7;8;9;53;73;4"),
            json!([
                "bold",
                "dim",
                "italic",
                "blink",
                "rapid_blink",
                "reverse",
                "hidden",
                "strike",
                "overline",
                "superscript",
                "underline"
            ])
        );
        let underlines = ["double_underline", "curly_underline", "dotted_underline", "dashed_underline"];
        for (digit, name) in (2..).zip(underlines) {
            assert_eq!(names(&format!("4:{digit}")), json!([name]));
        }
        assert_eq!(names("74"), json!(["subscript"]));
        assert_eq!(cells(b"\x1b[1\"qA")[0]["attrs"], json!(["protected"]));
    }

    #[test]
    fn rows_titles_history_and_replies() {
        let found = snapshot(3, 2, b"\x1b]2;t\x07\x1b]1;i\x07\x1b[5n\x1b[31mabcd\x1b[m\r\n\x1b#6x\x1b[6n");
        assert_eq!((&found["title"], &found["icon_title"]), (&json!("t"), &json!("i")));
        assert_eq!(found["replies"], "1b5b306e1b5b323b3152");
        assert_eq!((&found["rows"][0]["wrapped"], &found["rows"][1]["line"]), (&json!(false), &json!("double-width")));
        assert_eq!(found["scrollback"]["lines"], 1);
        let history = &found["scrollback_rows"][0];
        assert_eq!((&history["wrapped"], &history["line"]), (&json!(true), &json!("single")));
        assert_eq!(history["cells"][2]["fg"], json!({"index": 1}));
        let short = snapshot(3, 1, b"a\r\n");
        assert_eq!(short["scrollback_rows"][0]["cells"].as_array().map(Vec::len), Some(3), "as wide as the screen");
        for (digit, line) in [(3, "double-top"), (4, "double-bottom")] {
            assert_eq!(snapshot(3, 1, format!("\x1b#{digit}").as_bytes())["rows"][0]["line"], line);
        }
    }
}
