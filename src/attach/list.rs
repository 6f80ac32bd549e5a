//! `vncterm attach --list`: the consoles there are.

use std::io::{self, Write};

use serde_json::json;

use super::server::{Server, state};
use crate::rfb::ext::console::Console;

/// The version of what programs read.
const SCHEMA: &str = "vncterm-consoles/1";

/// Writes them.
///
/// # Errors
/// The output's.
pub fn list(server: &Server, json: bool, out: &mut dyn Write) -> io::Result<()> {
    let consoles: Vec<&Console> = server.consoles.values().collect();
    if json { as_json(&consoles, out) } else { as_text(&consoles, out) }
}

fn kind(console: &Console) -> &'static str {
    if console.graphical { "graphical" } else { "text" }
}

fn as_json(consoles: &[&Console], out: &mut dyn Write) -> io::Result<()> {
    let consoles: Vec<_> = consoles
        .iter()
        .map(|console| {
            json!({
                "number": console.vt,
                "name": console.name,
                "title": console.title,
                "kind": kind(console),
                "state": state(console),
                "columns": console.columns,
                "rows": console.rows,
                "writable": console.may_write,
            })
        })
        .collect();
    writeln!(out, "{:#}", json!({ "schema": SCHEMA, "consoles": consoles }))
}

fn as_text(consoles: &[&Console], out: &mut dyn Write) -> io::Result<()> {
    let longest = consoles.iter().map(|console| console.name.chars().count()).max().unwrap_or(0);
    for console in consoles {
        let Console { vt, columns, rows, name, title, .. } = console;
        let size = if console.graphical { "graphical".to_owned() } else { format!("{columns}x{rows}") };
        let write = if console.may_write { "" } else { "  read only" };
        let line = format!("{vt:>2}  {name:longest$}  {:7}  {size:9}{write}  {title}", state(console));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_or_an_object_for_each() {
        let console = |vt: u8, name: &str, graphical, state| Console {
            console: vt.into(),
            vt,
            graphical,
            state,
            may_write: !graphical,
            columns: 80,
            rows: 24,
            name: name.into(),
            title: "top".into(),
            ..Console::default()
        };
        let both = [console(1, "serial", false, 1), console(7, "x", true, 0)];
        let both: Vec<&Console> = both.iter().collect();
        let (mut text, mut json) = (Vec::new(), Vec::new());
        as_text(&both, &mut text).expect("memory takes it");
        as_json(&both, &mut json).expect("memory takes it");
        assert_eq!(
            String::from_utf8_lossy(&text),
            " 1  serial  open     80x24      top\n 7  x       waiting  graphical  read only  top\n"
        );
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!((&json["schema"], &json["consoles"][1]["kind"]), (&SCHEMA.into(), &"graphical".into()));
        assert_eq!(json["consoles"][0]["columns"], 80);
    }
}
