//! Whether this machine's terminfo knows a terminal type: where entries lie is in terminfo(5).

use std::env;
use std::path::{Path, PathBuf};

/// Where Linux distributions and ncurses itself put entries.
const DIRECTORIES: [&str; 4] = ["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/local/share/terminfo"];

/// Whether there is an entry for `term`; `None` where no database is found that could have one.
pub fn knows(term: &str) -> Option<bool> {
    knows_in(term, &directories())
}

fn knows_in(term: &str, directories: &[PathBuf]) -> Option<bool> {
    let initial = *term.as_bytes().first()?;
    // By the first letter, or on some file systems its number.
    let letters = [char::from(initial).to_string(), format!("{initial:x}")];
    let has = |directory: &Path| letters.iter().any(|letter| directory.join(letter).join(term).is_file());
    let mut there = directories.iter().filter(|directory| directory.is_dir()).peekable();
    there.peek()?;
    Some(there.any(|directory| has(directory)))
}

fn directories() -> Vec<PathBuf> {
    let own = env::var_os("TERMINFO").map(PathBuf::from);
    let home = env::home_dir().map(|home| home.join(".terminfo"));
    let listed = env::var_os("TERMINFO_DIRS").unwrap_or_default();
    let listed: Vec<PathBuf> = env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty()).collect();
    own.into_iter().chain(home).chain(listed).chain(DIRECTORIES.map(PathBuf::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn an_entry_is_found_by_letter_or_number_where_there_is_a_database() {
        let scratch = env::temp_dir().join(format!("vncterm-terminfo-{}", std::process::id()));
        assert_eq!(knows_in("vt220", &[scratch.join("nowhere")]), None);
        for (directory, entry) in [("v", "vt220"), ("78", "xterm")] {
            fs::create_dir_all(scratch.join(directory)).expect("a directory");
            fs::write(scratch.join(directory).join(entry), "").expect("writes");
        }
        let places = [scratch.join("nowhere"), scratch.clone()];
        for (term, known) in [("vt220", true), ("xterm", true), ("nope", false), ("v", false)] {
            assert_eq!(knows_in(term, &places), Some(known), "{term}");
        }
        assert_eq!(knows_in("", &places), None);
        fs::remove_dir_all(&scratch).expect("removes");
    }
}
