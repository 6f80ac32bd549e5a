//! Malformed and hostile clients, beside healthy ones: tests/hostile has the table of what they do and what must come of
//! it. They are written in Python, so as to share no mistake with the server.

use std::process::{Command, Stdio};

use super::stage::program;

#[test]
#[ignore = "needs Python 3"]
fn hostile_clients_disturb_nobody() {
    let script = crate::house::source::root().join("tests/hostile/attack.py");
    // It says itself how long it waits for what.
    match Command::new("python3").arg(script).arg("--binary").arg(program()).stdin(Stdio::null()).output() {
        Ok(end) => assert!(end.status.success(), "{}{}", text(&end.stdout), text(&end.stderr)),
        Err(error) => eprintln!("skipped: python3: {error}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
