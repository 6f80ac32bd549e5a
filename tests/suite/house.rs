//! The rules of the house that a program can check: who may import whom, who may use which crate, how files look.
//!
//! A new part of the program is a new row in [`PARTS`].

pub mod source;

use source::{Source, has_word, root};
use std::collections::BTreeSet;
use std::fs;

/// A folder under `src/`, or a file directly in it, and what it may import of the others.
struct Part {
    /// Its module name.
    name: &'static str,
    /// 0 pure parts, 1 pictures, 2 tasks, 3 programs.
    storey: u8,
    /// The parts it may name; `geometry` is open to all.
    imports: &'static [&'static str],
}

/// House rule: imports point down, or sideways where this table says so.
const PARTS: &[Part] = &[
    Part { name: "geometry", storey: 0, imports: &[] },
    Part { name: "access", storey: 0, imports: &[] },
    Part { name: "input", storey: 0, imports: &[] },
    Part { name: "terminal", storey: 0, imports: &["input"] },
    Part { name: "font", storey: 0, imports: &[] },
    Part { name: "surface", storey: 0, imports: &[] },
    Part { name: "rfb", storey: 0, imports: &["access", "surface", "input"] },
    Part { name: "render", storey: 1, imports: &["terminal", "font", "surface"] },
    Part { name: "net", storey: 2, imports: &[] },
    Part { name: "shutdown", storey: 2, imports: &[] },
    Part { name: "logging", storey: 2, imports: &[] },
    Part { name: "audio", storey: 2, imports: &["rfb", "shutdown"] },
    Part { name: "client", storey: 2, imports: &["net", "rfb"] },
    Part { name: "source", storey: 2, imports: &["net"] },
    Part { name: "display", storey: 2, imports: &["access", "surface", "input"] },
    Part {
        name: "console",
        storey: 2,
        imports: &["terminal", "render", "font", "surface", "source", "input", "display", "shutdown"],
    },
    Part {
        name: "upstream",
        storey: 2,
        imports: &[
            "access", "audio", "client", "display", "font", "input", "net", "render", "rfb", "shutdown", "surface",
            "terminal",
        ],
    },
    Part { name: "guest", storey: 2, imports: &["audio", "console", "display", "input"] },
    Part {
        name: "server",
        storey: 2,
        imports: &["access", "audio", "rfb", "net", "surface", "input", "display", "guest", "console", "shutdown"],
    },
    Part {
        name: "control",
        storey: 2,
        imports: &["access", "console", "display", "input", "net", "render", "server", "shutdown"],
    },
    Part {
        name: "attach",
        storey: 3,
        imports: &["access", "audio", "client", "config", "input", "net", "rfb", "surface", "terminal", "tools"],
    },
    Part {
        name: "config",
        storey: 3,
        imports: &["access", "audio", "control", "font", "input", "net", "rfb", "source", "terminal"],
    },
    Part {
        name: "run",
        storey: 3,
        imports: &[
            "access", "audio", "config", "console", "control", "font", "guest", "net", "server", "shutdown", "source",
            "terminal", "upstream",
        ],
    },
    Part {
        name: "tools",
        storey: 3,
        imports: &["access", "config", "control", "font", "input", "render", "rfb", "terminal"],
    },
];

/// A crate that only some files may name, so that exchanging it, or its ways with untrusted bytes, concerns only them.
struct Keeper {
    krate: &'static str,
    /// Paths these files begin with.
    files: &'static [&'static str],
}

const KEEPERS: &[Keeper] = &[
    Keeper { krate: "vte", files: &["src/terminal/decode.rs"] },
    Keeper { krate: "fontdue", files: &["src/font/outline/"] },
    Keeper { krate: "portable_pty", files: &["src/source/command.rs"] },
    Keeper { krate: "filedescriptor", files: &["src/source/command.rs"] },
    Keeper { krate: "serial2", files: &["src/source/serial.rs"] },
    Keeper {
        krate: "base64",
        files: &[
            "src/terminal/clipboard.rs",
            "src/net/websocket/handshake.rs",
            "src/control/work.rs",
            "src/access/token.rs",
            "src/tools/ctl/",
            "src/attach/picture/kitty.rs",
        ],
    },
    Keeper { krate: "argon2", files: &["src/access/users.rs"] },
    Keeper { krate: "unicode_segmentation", files: &["src/terminal/graphemes.rs"] },
    Keeper { krate: "unicode_width", files: &["src/terminal/width.rs"] },
    Keeper {
        krate: "flate2",
        files: &[
            "src/rfb/encode/deflate.rs",
            "src/rfb/decode/inflate.rs",
            "src/rfb/ext/zlib.rs",
            "src/font/typeface.rs",
            "src/server/web/page.rs",
            "src/attach/picture/kitty.rs",
        ],
    },
    Keeper { krate: "rubato", files: &["src/audio/resample.rs"] },
    Keeper { krate: "jpeg_encoder", files: &["src/rfb/encode/jpeg.rs"] },
    Keeper { krate: "rustls", files: &["src/net/tls.rs", "src/net/tls_tests.rs"] },
    Keeper { krate: "zune_jpeg", files: &["src/rfb/decode/jpeg.rs"] },
    Keeper { krate: "clap", files: &["src/config/"] },
    Keeper { krate: "toml", files: &["src/config/"] },
    Keeper {
        krate: "serde_json",
        files: &["src/attach/list.rs", "src/control/", "src/tools/", "src/terminal/snapshot.rs"],
    },
    Keeper { krate: "crossterm", files: &["src/attach/"] },
    Keeper { krate: "tracing_subscriber", files: &["src/logging.rs"] },
];

/// Modules of the standard library that reach a file, the network, other threads or the environment, and words that
/// read a clock or leave the pure world: nothing of it in storeys 0 and 1, whose tests may.
const IMPURE_STD: &[&str] = &["fs", "net", "os", "process", "thread", "env"];
const IMPURE: &[&str] = &["Instant::now", "SystemTime", "rustix", "tokio"];

/// The one pure file that knows threads: it counts on them, and nothing that comes of it depends on how many there are.
const COUNTS_ON_THREADS: &str = "src/rfb/encode/spread.rs";

/// Marks of unfinished or careless work: nowhere.
const NEVER: &[&str] = &["todo!", "unimplemented!", "dbg!", "unsafe"];

/// Macros that panic or block when nobody reads the output: in src/ only where the program has not begun to serve.
const PRINTS: &[&str] = &["println!", "eprintln!", "print!", "eprint!"];

/// Files stop at so many lines; they aim at 500.
const MAX_LINES: usize = 800;

fn part(name: &str) -> Option<&'static Part> {
    PARTS.iter().find(|part| part.name == name)
}

/// Fails with every finding at once: a rule broken in ten places should not need ten runs.
fn nothing_in(findings: Vec<String>) {
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn imports_point_down_or_sideways_where_the_table_says_so() {
    let mut findings = Vec::new();
    let mut used = BTreeSet::new();
    for source in Source::read_all(&["src"]) {
        let Some(name) = source.part().filter(|name| !["lib", "main"].contains(name)) else { continue };
        let Some(own) = part(name) else {
            findings.push(format!("{}: `{name}` has no row in PARTS", source.path));
            continue;
        };
        for (at, import) in source.imports() {
            let allowed = import == own.name || import == "geometry" || own.imports.contains(&import.as_str());
            used.insert((own.name, import.clone()));
            if part(&import).is_some() && !allowed {
                findings.push(format!("{}:{}: `{name}` may not import `{import}`", source.path, source.line_of(at)));
            }
        }
    }
    for (own, import) in PARTS.iter().flat_map(|own| own.imports.iter().map(move |import| (own, import))) {
        if !used.contains(&(own.name, (*import).to_owned())) {
            findings.push(format!("PARTS: `{}` does not import `{import}`: take it out of the row", own.name));
        }
    }
    nothing_in(findings);
}

#[test]
fn the_table_names_exactly_the_parts_of_the_library_and_never_points_up() {
    let library = fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs is read");
    let declared: BTreeSet<&str> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let listed: BTreeSet<&str> = PARTS.iter().map(|part| part.name).collect();
    assert_eq!(declared, listed, "lib.rs (left) and PARTS (right)");
    for own in PARTS {
        for import in own.imports {
            let target = part(import).unwrap_or_else(|| panic!("{}: `{import}` is no part", own.name));
            assert!(target.storey <= own.storey, "{} (storey {}) may not import {import}", own.name, own.storey);
        }
    }
}

#[test]
fn pure_parts_do_no_io_and_read_no_clock() {
    let mut findings = Vec::new();
    for source in Source::read_all(&["src"]) {
        let Some(own) = source.part().and_then(part).filter(|part| part.storey <= 1) else { continue };
        let modules = source.names_after("std::").into_iter().filter(|(_, name)| IMPURE_STD.contains(&name.as_str()));
        let modules = modules.filter(|(_, name)| name != "thread" || source.path != COUNTS_ON_THREADS);
        for (at, name) in modules.filter(|(at, _)| !source.is_test(source.line_of(*at))) {
            findings.push(format!("{}:{}: `std::{name}` in {}", source.path, source.line_of(at), own.name));
        }
        let own_tests = source.path.ends_with("_tests.rs");
        for (number, line) in source.lines(false).filter(|_| !own_tests) {
            for word in IMPURE.iter().filter(|word| has_word(line, word)) {
                findings.push(format!("{}:{number}: `{word}` in {}, of storey {}", source.path, own.name, own.storey));
            }
        }
    }
    nothing_in(findings);
}

#[test]
fn crates_stay_with_their_keepers() {
    let mut findings = Vec::new();
    for source in Source::read_all(&["src"]) {
        for keeper in KEEPERS.iter().filter(|k| !k.files.iter().any(|file| source.path.starts_with(file))) {
            for (number, _) in source.lines(true).filter(|(_, line)| has_word(line, keeper.krate)) {
                findings.push(format!("{}:{number}: only {:?} may name `{}`", source.path, keeper.files, keeper.krate));
            }
        }
    }
    nothing_in(findings);
}

#[test]
fn every_file_says_what_it_is_for_and_ends_before_it_is_too_long() {
    let mut findings = Vec::new();
    for source in Source::read_all(&["src", "tests", "benches", "fuzz"]) {
        if !source.text.starts_with("//! ") {
            findings.push(format!("{}: does not begin with a `//!` line", source.path));
        }
        let lines = source.text.lines().count();
        if lines > MAX_LINES {
            findings.push(format!("{}: {lines} lines; files stop at {MAX_LINES}: split by topic", source.path));
        }
    }
    nothing_in(findings);
}

#[test]
fn no_file_holds_what_the_house_forbids() {
    let mut findings = Vec::new();
    for source in Source::read_all(&["src", "tests", "benches", "fuzz"]) {
        let in_program = source.path.starts_with("src/");
        for (number, line) in source.lines(true).filter(|(_, line)| !line.contains("#![forbid(unsafe_code)]")) {
            for word in NEVER.iter().filter(|word| has_word(line, word)) {
                findings.push(format!("{}:{number}: `{word}`", source.path));
            }
            // Tests move a clock of their own; only those that drive other programs wait for them.
            if has_word(line, "sleep") && source.is_test(number) && !source.path.contains("interop") {
                findings.push(format!("{}:{number}: a test that sleeps", source.path));
            }
        }
        for (number, line) in source.lines(false).filter(|_| in_program) {
            if line.contains(".unwrap()") {
                findings.push(format!("{}:{number}: `unwrap()`: say with `expect` why it cannot happen", source.path));
            }
            for word in PRINTS.iter().filter(|word| has_word(line, word)) {
                findings
                    .push(format!("{}:{number}: `{word}` panics when its reader is gone; see logging.rs", source.path));
            }
        }
    }
    nothing_in(findings);
}

#[test]
fn unsafe_code_is_forbidden_in_library_and_program() {
    for file in ["src/lib.rs", "src/main.rs"] {
        let text = fs::read_to_string(root().join(file)).expect("the file is read");
        assert!(text.contains("#![forbid(unsafe_code)]"), "{file} must forbid unsafe code");
    }
}

/// `vte` with its `std` feature keeps an OSC string of any length: a guest could grow us without end.
#[test]
fn vte_is_built_without_its_unbounded_buffers() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml is read");
    let line = manifest.lines().find(|line| line.starts_with("vte = ")).expect("vte is a dependency");
    assert!(line.contains("default-features = false") && !line.contains("std"), "{line}");
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn architecture_document_shows_these_tables() {
    let mut parts = String::from("| part | storey | may import |\n| --- | --- | --- |\n");
    for part in PARTS {
        let imports = if part.imports.is_empty() { "nothing".to_owned() } else { part.imports.join(", ") };
        parts += &format!("| {} | {} | {imports} |\n", part.name, part.storey);
    }
    let mut keepers = String::from("| crate | files |\n| --- | --- |\n");
    for keeper in KEEPERS {
        keepers += &format!("| {} | {} |\n", keeper.krate, keeper.files.join(", "));
    }
    let path = "docs/architecture.md";
    for table in [parts, keepers] {
        let text = document(path);
        if !text.contains(&table) && std::env::var_os("BLESS").is_some() {
            fs::write(root().join(path), with_table(&text, &table)).expect("the document is written");
        }
        assert!(document(path).contains(&table), "{path} should hold this; BLESS=1 cargo test house\n{table}");
    }
}

/// `text` with the table that has the same head as `table` exchanged for it.
pub fn with_table(text: &str, table: &str) -> String {
    let head = table.lines().next().expect("a table has a head");
    let start = text.find(head).unwrap_or_else(|| panic!("no table \"{head}\""));
    let end = text[start..].find("\n\n").map_or(text.len(), |length| start + length + 1);
    format!("{}{table}{}", &text[..start], &text[end..])
}

/// A path in backticks that begins with a folder of ours exists, and so does what a link points to.
#[test]
fn documents_point_to_files_that_exist() {
    let mut findings = Vec::new();
    let mut names = vec!["README.md".to_owned(), "CHANGELOG.md".to_owned()];
    for entry in fs::read_dir(root().join("docs")).expect("docs is read").flatten() {
        names.push(format!("docs/{}", entry.file_name().to_string_lossy()));
    }
    for name in names.iter().filter(|name| name.ends_with(".md")) {
        let text = document(name);
        let folder = root().join(name).parent().expect("a file has a folder").to_owned();
        let ours = ["src/", "tests/", "fuzz/", "docs/", "man/", "benches/", "fonts/", "assets/"];
        let paths =
            text.split('`').skip(1).step_by(2).filter(|code| ours.iter().any(|prefix| code.starts_with(prefix)));
        let paths = paths.filter(|path| !path.contains(['*', ' ', '\n'])).map(|path| root().join(path));
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let links = links.filter(|link| !link.contains("://") && !link.starts_with('#')).map(|link| folder.join(link));
        findings
            .extend(paths.chain(links).filter(|path| !path.exists()).map(|path| format!("{name}: {}", path.display())));
    }
    nothing_in(findings);
}
