//! docs/ctlseqs.md lists what the tables of the terminal hold, and nothing else. `BLESS=1 cargo test` writes its tables.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use vncterm::terminal::function::{FUNCTIONS, FunctionRow, Introducer};
use vncterm::terminal::modes::{MODES, ModeKind};

/// The line after which the tables begin; what stands before it is written by hand.
const BEGIN: &str = "<!-- from here on: made from FUNCTIONS and MODES, checked by tests/suite/ctlseqs.rs -->\n";

/// A sequence as people write it, `CSI ? Ps h`.
fn sequence(row: &FunctionRow) -> String {
    let mut words = vec![match row.introducer {
        Introducer::Esc => "ESC".to_string(),
        Introducer::Csi => "CSI".to_string(),
        Introducer::Dcs => "DCS".to_string(),
    }];
    let mark = |byte: &u8| if *byte == b' ' { "SP".to_string() } else { char::from(*byte).to_string() };
    // Private markers come before the parameters, intermediates after them.
    let (before, after): (Vec<u8>, Vec<u8>) = row.intermediates.iter().partition(|byte| **byte >= 0x3c);
    words.extend(before.iter().map(mark));
    if row.introducer == Introducer::Csi {
        words.push("Ps".to_string());
    }
    words.extend(after.iter().map(mark));
    words.push(if row.last == 0 { "F".to_string() } else { char::from(row.last).to_string() });
    words.join(" ").replace('|', "\\|")
}

fn tables() -> String {
    let mut out = String::from("\n## Functions\n\n| function | sequence | what it does |\n|---|---|---|\n");
    for row in FUNCTIONS {
        writeln!(out, "| {} | `{}` | {} |", row.mnemonic, sequence(row), row.summary).expect("a String takes it");
    }
    out.push_str("\n## Modes\n\n| number | name | after a reset |\n|---|---|---|\n");
    for row in MODES {
        let mark = if row.kind == ModeKind::Dec { "?" } else { "" };
        let state = if row.default { "set" } else { "reset" };
        writeln!(out, "| `{mark}{}` | {} | {state} |", row.number, row.name).expect("a String takes it");
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
