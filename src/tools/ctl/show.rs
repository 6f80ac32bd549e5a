//! Answers as people read them: columns that line up, times in words.

use serde_json::Value;

use crate::config::printable;
use crate::terminal::width::columns;

/// Columns between two cells.
const GAP: &str = "  ";

/// How a server stands.
pub(super) fn status(status: &Value) -> String {
    let viewers = &status["viewers"];
    let listen: Vec<String> = status["listen"].as_array().into_iter().flatten().map(text).collect();
    let mut out = format!(
        "{}  vncterm {}, process {}, up {}\n{} of {} viewers at {}\n\n",
        text(&status["name"]),
        text(&status["version"]),
        text(&status["process"]),
        span(status["uptime"].as_u64().unwrap_or(0)),
        text(&viewers["count"]),
        text(&viewers["most"]),
        listen.join(", "),
    );
    let rows = status["consoles"].as_array().into_iter().flatten().map(|console| {
        let size = size(console);
        let parts = [&console["detail"], &console["title"], &console["source"]].map(text);
        let about = parts.into_iter().find(|part| !part.is_empty()).unwrap_or_default();
        let history = console["history"].as_u64().unwrap_or(0);
        [text(&console["number"]), text(&console["name"]), size, text(&console["state"]), thousands(history), about]
    });
    out +=
        &table([("VT", Right), ("NAME", Left), ("SIZE", Left), ("STATE", Left), ("HISTORY", Right), ("", Left)], rows);
    out
}

/// A console's size in characters; of the guest's graphics that of its picture in pixels, if it has one.
fn size(console: &Value) -> String {
    let (across, down) = match (console["kind"].as_str(), console["state"].as_str()) {
        (Some("graphics"), Some("open")) => ("width", "height"),
        (Some("graphics"), _) => return "-".to_owned(),
        _ => ("columns", "rows"),
    };
    format!("{}x{}", text(&console[across]), text(&console[down]))
}

/// Who looks.
pub(super) fn viewers(viewers: &Value) -> String {
    let rows: Vec<[String; 7]> = viewers.as_array().into_iter().flatten().map(viewer).collect();
    if rows.is_empty() {
        return "nobody looks\n".to_owned();
    }
    let head =
        [("N", Right), ("NAME", Left), ("FROM", Left), ("ROLE", Left), ("VT", Right), ("HERE", Right), ("IDLE", Right)];
    table(head, rows.into_iter())
}

fn viewer(viewer: &Value) -> [String; 7] {
    let time = |name: &str| span(viewer[name].as_u64().unwrap_or(0));
    let name = Some(text(&viewer["name"])).filter(|name| !name.is_empty()).unwrap_or_else(|| "-".to_owned());
    let (peer, way) = (text(&viewer["peer"]), text(&viewer["way"]));
    let from = if peer == way { peer } else { format!("{peer} ({way})") };
    [text(&viewer["number"]), name, from, text(&viewer["role"]), text(&viewer["console"]), time("since"), time("idle")]
}

/// On which side of its column a cell stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}
use Side::{Left, Right};

/// Rows under their heads, each column as wide as it needs to be.
fn table<const N: usize>(head: [(&str, Side); N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = [head.map(|(name, _)| name.to_owned())].into_iter().chain(rows).collect();
    let width = |text: &str| text.chars().map(|ch| usize::from(columns(ch))).sum::<usize>();
    let widths: [usize; N] = std::array::from_fn(|at| rows.iter().map(|row| width(&row[at])).max().unwrap_or(0));
    let mut out = String::new();
    for row in &rows {
        let cells = row.iter().zip(head).zip(widths).map(|((cell, (_, side)), most)| {
            let blanks = " ".repeat(most - width(cell));
            if side == Right { blanks + cell } else { cell.clone() + &blanks }
        });
        out += cells.collect::<Vec<_>>().join(GAP).trim_end();
        out.push('\n');
    }
    out
}

/// A value as text.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => printable(text),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A time in the largest units that matter.
fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min"),
        3_600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// A number with its thousands parted.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let parted = digits.bytes().enumerate().flat_map(|(at, digit)| {
        let comma = at > 0 && (digits.len() - at).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([char::from(digit)])
    });
    parted.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_lines_up() {
        let console = |number: u8, name: &str, state: &str, detail: &str, history: u64| {
            json!({"number": number, "name": name, "state": state, "detail": detail, "title": "root@db1: ~", "source": "/dev/pts/3",
                   "columns": 80, "rows": 24, "history": history})
        };
        let graphics = |number: u8, state: &str| {
            json!({"number": number, "name": "graphics", "kind": "graphics", "state": state, "detail": "", "title": "", "source": ":1",
                   "columns": 80, "rows": 24, "width": 1024, "height": 768, "history": 0})
        };
        let told = json!({
            "name": "db1", "version": "0.1.0", "process": 4242, "uptime": 11_580, "viewers": {"count": 2, "most": 64},
            "listen": ["127.0.0.1:5900", "unix:/run/db1.sock"],
            "consoles": [console(1, "uart", "open", "", 12_345), console(12, "漢", "waiting", "waiting for /run/\u{1b}x", 0),
                         graphics(7, "open"), graphics(8, "waiting")],
        });
        let expected = "\
db1  vncterm 0.1.0, process 4242, up 3 h 13 min
2 of 64 viewers at 127.0.0.1:5900, unix:/run/db1.sock

VT  NAME      SIZE      STATE    HISTORY
 1  uart      80x24     open      12,345  root@db1: ~
12  漢        80x24     waiting        0  waiting for /run/?x
 7  graphics  1024x768  open           0  :1
 8  graphics  -         waiting        0  :1
";
        assert_eq!(status(&told), expected);
    }

    #[test]
    fn viewers_line_up() {
        assert_eq!(viewers(&json!([])), "nobody looks\n");
        let told = json!([
            {"number": 3, "name": "anna", "peer": "192.0.2.7:51234", "way": "wss", "role": "write", "console": 1, "since": 725, "idle": 5},
            {"number": 12, "name": "", "peer": "unix", "way": "unix", "role": "view", "console": 2, "since": 90_000, "idle": 60},
        ]);
        let expected = "\x20\
N  NAME  FROM                   ROLE   VT     HERE   IDLE
 3  anna  192.0.2.7:51234 (wss)  write   1   12 min    5 s
12  -     unix                   view    2  1 d 1 h  1 min
";
        assert_eq!(viewers(&told), expected);
    }

    #[test]
    fn numbers_and_times_are_legible() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([59, 60, 3_600, 86_400].map(span), ["59 s", "1 min", "1 h 0 min", "1 d 0 h"]);
    }
}
