//! The web page (assets/): its parts in node, all of it in Chromium. The scripts in tests/page say what they look at.

use std::process::{Command, Stdio};

use super::stage::Running;

/// Runs a script of tests/page; whether it went well, or true, with a line that says so, when there is no node.
fn node(arguments: &[&str]) -> bool {
    let tests = crate::house::source::root().join("tests/page");
    let mut command = Command::new("node");
    match command.args(arguments).current_dir(tests).stdin(Stdio::null()).stdout(Stdio::piped()).spawn() {
        Ok(child) => Running::new(child).succeeds(),
        Err(error) => {
            eprintln!("skipped: node: {error}");
            true
        }
    }
}

fn has_chromium() -> bool {
    Running::start("chromium", &["--version"], &[]).is_some_and(Running::succeeds)
}

#[test]
#[ignore = "needs node"]
fn the_parts_of_the_page_do_what_they_should() {
    assert!(node(&["--test", "units.mjs"]));
}

#[test]
#[ignore = "needs node and Chromium"]
fn the_page_shows_consoles_people_and_text() {
    assert!(!has_chromium() || node(&["--test", "browser.mjs"]));
}
