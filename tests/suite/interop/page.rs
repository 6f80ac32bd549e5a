//! The web page (assets/): its parts in node, all of it in Chromium. The scripts in tests/page say what they look at.

use std::fs;
use std::process::{Command, Stdio};

use super::clients;
use super::run::{Run, SCENE};
use super::stage::{Directory, Running, Server, program};

/// Text of all kinds, without a cursor that blinks.
const SHOWN: &[u8] = b"\x1b[?25l\x1b[1;31mred\x1b[0m \x1b[44;97m white on blue \x1b[0m\r\n\
    \xe2\x94\x8c\xe2\x94\x80\xe2\x94\x90 \xe6\x97\xa5\xe6\x9c\xac e\xcc\x81 \x1b[4;3munderlined\x1b[0m\r\n\
    \x1b[10;20H\x1b[38;2;200;100;50mtrue colour\x1b[0m\x1b[24;80H\x1b[7m#\x1b[0m";
/// Shows it, and keeps the line that is typed then.
const FIRST: &str = "stty -echo; cat {DIR}/shown; read -r line; printf %s \"$line\" >{DIR}/first; sleep 600";
/// The second console is blue, and red once a line has been typed.
const SECOND: &str = "stty -echo; printf '\\033[44m\\033[2J'; read -r line; printf %s \"$line\" >{DIR}/second; \
    printf '\\033[41m\\033[2J'; sleep 600";

/// Runs a script of tests/page; whether it went well, or true, with a line that says so, when there is no node.
pub fn node(arguments: &[&str]) -> bool {
    let tests = crate::house::source::root().join("tests/page");
    let mut command = Command::new("node");
    // The scripts themselves say how long they wait for what; all of it takes its time on a busy machine.
    match command.args(arguments).current_dir(tests).stdin(Stdio::null()).output() {
        Ok(end) => {
            if !end.status.success() {
                eprintln!("{}", String::from_utf8_lossy(&end.stdout));
            }
            end.status.success()
        }
        Err(error) => {
            eprintln!("skipped: node: {error}");
            true
        }
    }
}

/// What `vncterm dump` makes of `bytes`: a file.
fn dumped(bytes: &str, directory: &Directory) -> String {
    let png = directory.path("wanted.png");
    let bytes = fs::File::open(bytes).expect("it was written");
    let file = fs::File::create(&png).expect("the directory can be written");
    let dump = Command::new(program()).args(["dump", "--format", "png"]).stdin(bytes).stdout(file).status();
    assert!(dump.expect("the program was built").success());
    png
}

pub fn has_chromium() -> bool {
    Running::start("chromium", &["--version"], &[]).is_some_and(Running::succeeds)
}

/// Where distributions put noVNC.
const NOVNC: &str = "/usr/share/novnc";

/// Nothing is between its page and us, and nothing of it is set.
#[test]
#[ignore = "needs noVNC, Chromium, Xvfb and xdotool"]
fn novnc_connects_with_its_defaults() {
    if !fs::exists(NOVNC).is_ok_and(|exists| exists) {
        return eprintln!("skipped: there is no {NOVNC}");
    }
    let server = Server::showing(SCENE, &["--resize", "fixed", "--web-root", NOVNC]);
    let client = &clients::NOVNC_FROM_US;
    let Some(mut run) = Run::start(client, &client.rows[0], &server) else { return };
    run.shows_all(&server.picture());
    run.types_a_line(&server);
    run.shows_all(&server.picture());
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

#[test]
#[ignore = "needs node and Chromium"]
fn the_page_shows_types_switches_and_comes_back() {
    if !has_chromium() {
        return;
    }
    let server = Server::start_in(
        |directory| fs::write(directory.path("shown"), SHOWN).expect("the directory can be written"),
        &["--name", "db1", "--resize", "fixed", "--exec", FIRST, "--exec", SECOND],
    );
    let wanted = dumped(&server.directory.path("shown"), &server.directory);
    assert!(node(&["console.mjs", &server.port.to_string(), &wanted]));
    assert_eq!(server.wait_for_file("first"), "Hello, World! {[|]} ~ ß é € я");
    assert_eq!(server.wait_for_file("second"), "second");
}
