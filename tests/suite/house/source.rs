//! The sources as the house rules see them: which file belongs to which part, and its code without comments and strings.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One Rust file of the package.
pub struct Source {
    /// Path from the package's root, with `/`: `src/terminal/grid.rs`.
    pub path: String,
    /// The file as it is.
    pub text: String,
    /// The file with the contents of comments, strings and characters blanked; lines and columns stay where they were.
    pub code: String,
    /// The line (from 0) where the file's tests begin; `usize::MAX` when it has none.
    tests_from: usize,
}

impl Source {
    /// Reads every `.rs` file under the given folders, sorted by path.
    pub fn read_all(folders: &[&str]) -> Vec<Source> {
        let mut files = Vec::new();
        for folder in folders {
            collect(&root().join(folder), &mut files);
        }
        files.sort();
        let mut sources: Vec<Source> = files.iter().map(|file| Source::read(file)).collect();
        let test_files: BTreeSet<String> = sources.iter().flat_map(Source::test_modules).collect();
        for source in &mut sources {
            if test_files.contains(&source.path) {
                source.tests_from = 0;
            }
        }
        sources
    }

    fn read(file: &Path) -> Source {
        let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let path =
            file.strip_prefix(root()).expect("every file read lies under the root").to_string_lossy().into_owned();
        let mut source = Source::from_text(&path, &text);
        if path.starts_with("tests/") {
            source.tests_from = 0;
        }
        source
    }

    /// A source that is not on the disk, for the tests of this reader.
    pub fn from_text(path: &str, text: &str) -> Source {
        let code = blank(text);
        let tests_from = code
            .lines()
            .collect::<Vec<_>>()
            .windows(2)
            .position(|pair| pair[0].trim() == "#[cfg(test)]" && pair[1].contains("mod ") && pair[1].contains('{'))
            .unwrap_or(usize::MAX);
        Source { path: path.into(), text: text.into(), code, tests_from }
    }

    /// The part of the program this file belongs to: the first folder under `src/`, or the file's own name there.
    pub fn part(&self) -> Option<&str> {
        let inner = self.path.strip_prefix("src/")?;
        Some(inner.split('/').next()?.trim_end_matches(".rs"))
    }

    /// The code lines with their numbers (from 1), those of tests included only when asked for.
    pub fn lines(&self, with_tests: bool) -> impl Iterator<Item = (usize, &str)> {
        let end = if with_tests { usize::MAX } else { self.tests_from };
        self.code.lines().take(end).enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Whether a line (from 1) belongs to the file's tests.
    pub fn is_test(&self, number: usize) -> bool {
        number > self.tests_from
    }

    /// The parts that this file imports, with the byte where it does so:
    /// `crate::a::b` gives `a`, and so do `crate::{a, c::d}` and a long enough chain of `super::`.
    pub fn imports(&self) -> Vec<(usize, String)> {
        let mut found = self.names_after("crate::");
        let mut rest = 0;
        while let Some(at) = self.code[rest..].find("super::").map(|i| i + rest) {
            let mut end = at;
            let mut climbed = 0;
            while self.code[end..].starts_with("super::") {
                end += "super::".len();
                climbed += 1;
            }
            if climbed >= self.depth(at) {
                first_names(&self.code[end..], &mut |name| found.push((at, name.to_owned())));
            }
            rest = end;
        }
        found
    }

    /// Every name that follows `prefix`, alone or in a `{…}` group, with the byte where the prefix stands.
    pub fn names_after(&self, prefix: &str) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices(prefix) {
            if !self.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
                first_names(&self.code[at + prefix.len()..], &mut |name| found.push((at, name.to_owned())));
            }
        }
        found
    }

    /// The line (from 1) of a byte of the file.
    pub fn line_of(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }

    /// How many modules lie between the crate's root and the place `at`.
    fn depth(&self, at: usize) -> usize {
        let inner = self.path.trim_start_matches("src/").trim_end_matches("/mod.rs");
        inner.split('/').count() + usize::from(self.tests_from != 0 && self.line_of(at) > self.tests_from)
    }

    /// Files that this one declares as `#[cfg(test)] mod name;`.
    fn test_modules(&self) -> Vec<String> {
        let folder = match self.path.strip_suffix("/mod.rs") {
            Some(folder) => folder.to_owned(),
            None => self.path.trim_end_matches(".rs").to_owned(),
        };
        let lines: Vec<&str> = self.code.lines().map(str::trim).collect();
        let names = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]");
        let names = names.filter_map(|pair| pair[1].trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
        names.flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")]).collect()
    }
}

/// The package's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Whether `word` stands in `code` as a word of its own.
pub fn has_word(code: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(inside) && !code[at + word.len()..].starts_with(inside))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Calls `found` with the first name of a path, or of each path of a `{…}` group.
fn first_names(path: &str, found: &mut impl FnMut(&str)) {
    let name_of =
        |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum::<usize>();
    if !path.starts_with('{') {
        return found(&path[..name_of(path)]);
    }
    let mut depth = 0;
    let mut fresh = false;
    for (at, c) in path.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return;
        }
        if depth == 1 && (c == '{' || c == ',') {
            fresh = true;
        } else if fresh && !c.is_whitespace() {
            found(&path[at..at + name_of(&path[at..])]);
            fresh = false;
        }
    }
}

/// `text` with the contents of comments, strings and characters replaced by blanks, byte for byte.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = vec![b' '; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if rest.starts_with('"') {
            string(rest)
        } else if rest.starts_with('r') && !ends_in_word(&bytes[..at]) && raw_string(rest) > 0 {
            raw_string(rest)
        } else if rest.starts_with('\'') {
            character(rest)
        } else {
            0
        };
        for (i, byte) in bytes[at..at + skipped].iter().enumerate() {
            if *byte == b'\n' {
                out[at + i] = b'\n';
            }
        }
        at += skipped;
        if skipped == 0 {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            out[at..at + length].copy_from_slice(&bytes[at..at + length]);
            at += length;
        }
    }
    String::from_utf8(out).expect("whole characters are copied, or blanked byte by byte")
}

/// Whether what was read so far ends in an identifier, so that `r"` belongs to it (`br"…"` is blanked from its `r` on).
fn ends_in_word(read: &[u8]) -> bool {
    match read {
        [.., before, b'b'] => before.is_ascii_alphanumeric() || *before == b'_',
        [.., last] => last.is_ascii_alphanumeric() || *last == b'_',
        [] => false,
    }
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let tail = &rest.as_bytes()[at..];
        if tail.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> usize {
    let hashes = rest[1..].bytes().take_while(|b| *b == b'#').count();
    if rest.as_bytes().get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    rest[2 + hashes..].find(&close).map_or(rest.len(), |end| 2 + hashes + end + close.len())
}

/// The length of a character literal, 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => rest[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(0, |(i, _)| 2 + i + 1),
        Some((at, c)) if rest[at + c.len_utf8()..].starts_with('\'') => at + c.len_utf8() + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_no_code() {
        let text = "a // crate::b\n/* c /* d */ e */ f(\"g \\\" h\", r#\"i \" j\"#, 'k', '\\'', b'\\\\', &'l m) n";
        let code = blank(text);
        assert_eq!(code.len(), text.len());
        let words: Vec<&str> = code.split_whitespace().collect();
        assert_eq!(words, ["a", "f(", ",", ",", ",", ",", "b", ",", "&'l", "m)", "n"]);
    }

    #[test]
    fn imports_are_found_in_every_form() {
        let text = "use crate::a::b;\nuse crate::{\n    c::{d, e},\n    f,\n};\nfn g(h: super::super::i::J, k: super::l::M) {\n    crate::n::o();\n}\n\
                    #[cfg(test)]\nmod tests {\n    use super::super::p::Q;\n    use super::super::super::r;\n}\n";
        let source = Source::from_text("src/x/y.rs", text);
        let mut names: Vec<String> = source.imports().into_iter().map(|(_, name)| name).collect();
        names.sort();
        assert_eq!(names, ["a", "c", "f", "i", "n", "r"]);
        assert_eq!(Source::from_text("src/x.rs", "use super::z;").imports()[0].1, "z");
        assert_eq!(Source::from_text("src/x/mod.rs", "use super::z;").imports()[0].1, "z");
    }

    #[test]
    fn tests_are_told_from_code() {
        let source = Source::from_text("src/x.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n    b();\n}\n");
        assert_eq!(source.lines(false).count(), 1);
        assert_eq!(source.lines(true).count(), 5);
        let parent = Source::from_text("src/x/mod.rs", "#[cfg(test)]\nmod tests;\n");
        assert_eq!(parent.test_modules(), ["src/x/tests.rs", "src/x/tests/mod.rs"]);
    }
}
