//! docs/ctlseqs.md lists what the tables of the terminal hold, and nothing else. `BLESS=1 cargo test` writes its tables.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use vncterm::terminal::function::FUNCTIONS;
use vncterm::terminal::modes::{MODES, ModeKind, PERMANENT_MODES};
use vncterm::terminal::osc::COMMANDS;
use vncterm::terminal::refused::REFUSED;

/// The line after which the tables begin; what stands before it is written by hand.
const BEGIN: &str =
    "<!-- from here on: made from FUNCTIONS, COMMANDS, MODES and REFUSED, checked by tests/suite/ctlseqs.rs -->\n";

fn tables() -> String {
    let mut out = String::from("\n## Functions\n\n| function | sequence | what it does |\n|---|---|---|\n");
    for row in FUNCTIONS {
        writeln!(out, "| {} | `{}` | {} |", row.mnemonic, row.sequence().replace('|', "\\|"), row.summary)
            .expect("a String takes it");
    }
    out.push_str("\n## Operating system commands\n\n| number | what it does |\n|---|---|\n");
    for row in COMMANDS {
        let (first, last) = (row.numbers.start(), row.numbers.end());
        let numbers = if first == last { first.to_string() } else { format!("{first} to {last}") };
        writeln!(out, "| {numbers} | {} |", row.summary).expect("a String takes it");
    }
    out.push_str("\n## Modes\n\n| number | name | after a reset |\n|---|---|---|\n");
    for row in MODES {
        let mark = if row.kind == ModeKind::Dec { "?" } else { "" };
        let state = if row.default { "set" } else { "reset" };
        writeln!(out, "| `{mark}{}` | {} | {state} |", row.number, row.name).expect("a String takes it");
    }
    out.push_str("\nThese cannot be changed, and DECRQM says so, from the level on that has them:\n\n| number | name | always | level |\n|---|---|---|---|\n");
    for row in PERMANENT_MODES {
        let mark = if row.kind == ModeKind::Dec { "?" } else { "" };
        let state = if row.set { "set" } else { "reset" };
        writeln!(out, "| `{mark}{}` | {} | {state} | {} |", row.number, row.name, row.level)
            .expect("a String takes it");
    }
    out.push_str("\n## Refused\n\nThese are known and do nothing: the screen, the titles and the answers are as if they had not been sent.\n\n");
    out.push_str("| name | sequence | why |\n|---|---|---|\n");
    for row in REFUSED {
        writeln!(out, "| {} | `{}` | {} |", row.name, row.sequence.replace('|', "\\|"), row.reason)
            .expect("a String takes it");
    }
    out
}

#[test]
fn the_document_lists_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ctlseqs.md");
    let document = fs::read_to_string(&path).expect("docs/ctlseqs.md");
    let (by_hand, listed) = document.split_once(BEGIN).expect("the line where the tables begin");
    let wanted = tables();
    if listed != wanted && std::env::var_os("BLESS").is_some() {
        fs::write(&path, format!("{by_hand}{BEGIN}{wanted}")).expect("the document written");
    } else {
        assert_eq!(listed, wanted, "BLESS=1 cargo test writes the tables anew");
    }
}
