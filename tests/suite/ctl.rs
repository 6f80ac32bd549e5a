//! `vncterm ctl` and a server, each a process of its own, as a shell's user has them.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::own_viewer::scratch;

/// A server whose guest is `cat`.
struct Server {
    process: Child,
    socket: PathBuf,
}

impl Server {
    fn start() -> Self {
        let socket = scratch("control");
        let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
        command.args(["--listen", "127.0.0.1::0", "--name", "db1", "-q", "--control"]).arg(&socket);
        command.args(["--pty", "lost=/nowhere/at/all", "--exec", "cat=stty -echo; echo ready; exec cat"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut process = command.spawn().expect("the program was built with this test");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("text");
        assert!(line.starts_with("vncterm: listening on "), "{line}");
        Self { process, socket }
    }

    fn ctl(&self, words: &[&str]) -> Output {
        ctl([OsStr::new("--socket"), self.socket.as_os_str()].into_iter().chain(words.iter().map(OsStr::new)), b"")
    }

    /// What it writes when it has done what was asked.
    fn done(&self, words: &[&str]) -> String {
        let output = self.ctl(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty());
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// What it says when it refuses.
    fn refused(&self, words: &[&str]) -> String {
        let output = self.ctl(words);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{words:?}");
        message(&output)
    }

    /// Asks again until the screen of the console ends like this.
    fn until_it_shows(&self, end: &str) {
        while !self.done(&["screen", "--console", "cat"]).trim_end().ends_with(end) {}
    }

    fn stop(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).expect("it is our child");
        assert_eq!(self.process.wait().expect("it is our child").code(), Some(0));
        assert!(!self.socket.exists());
    }
}

impl Drop for Server {
    /// A test that fails leaves nothing behind.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn ctl<'a>(words: impl Iterator<Item = &'a OsStr>, input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
    command.arg("ctl").args(words).env_remove("VNCTERM_CONTROL").env("XDG_RUNTIME_DIR", "/nowhere/at/all");
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program was built with this test");
    // It may end without reading any of it.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("it is our child")
}

/// The one line on standard error.
fn message(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert_eq!(text.lines().count(), 1, "{text}");
    text.trim_end().strip_prefix("vncterm: ").expect("the program's name").to_owned()
}

#[test]
fn every_verb_does_its_work_at_a_shell() {
    let server = Server::start();
    server.until_it_shows("ready");
    assert_eq!(server.done(&["send", "--console", "cat", "one", "t\\167o\\nthree\\n"]), "");
    server.until_it_shows("ready\none two\nthree");
    let paste = [OsStr::new("paste"), OsStr::new("--console=2"), OsStr::new("--socket"), server.socket.as_os_str()];
    let pasted = ctl(paste.into_iter(), "käse\r\n".as_bytes());
    assert_eq!(pasted.status.code(), Some(0), "{pasted:?}");
    server.until_it_shows("three\nkäse");
    assert_eq!(server.done(&["paste", "--console", "cat", "four"]), "");
    assert_eq!(server.done(&["send", "--keys", "--console", "cat", "x", "BackSpace", "Return"]), "");
    server.until_it_shows("käse\nfour");
    assert_eq!(server.done(&["--console", "cat", "resize", "100x30"]), "");
    assert_eq!(server.done(&["screen", "--console", "cat"]).lines().count(), 30);
    server.stop();
}

#[test]
fn what_is_told_can_be_read_by_people_and_by_programs() {
    let server = Server::start();
    server.until_it_shows("ready");
    let status = server.done(&["status"]);
    let mut lines = status.lines();
    let first = lines.next().expect("a line");
    assert!(
        first.starts_with("db1  vncterm 0.") && first.contains(&format!("process {}, up ", server.process.id())),
        "{status}"
    );
    assert!(lines.next().expect("a line").starts_with("0 of 64 viewers at 127.0.0.1:"), "{status}");
    assert!(status.contains("\n 1  lost  80x24  waiting        0  waiting for /nowhere/at/all"), "{status}");
    assert!(status.contains("\n 2  cat   80x24  open           0  stty"), "{status}");
    let json: Value = serde_json::from_str(&server.done(&["status", "--json"])).expect("JSON");
    assert_eq!((&json["schema"], &json["consoles"][1]["name"]), (&"vncterm-status/1".into(), &"cat".into()));
    let screen: Value =
        serde_json::from_str(&server.done(&["screen", "--console", "cat", "--format", "json"])).expect("JSON");
    assert_eq!(screen["schema"], "vncterm-dump/1");
    let png = server.ctl(&["screen", "--format", "png"]).stdout;
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert!(server.done(&["screen", "--format", "ansi", "--console", "cat"]).contains("ready"));
    let lines: String = (0..2_500).map(|number| format!("{number}\n")).collect();
    let paste = [OsStr::new("paste"), OsStr::new("--console=cat"), OsStr::new("--socket"), server.socket.as_os_str()];
    assert_eq!(ctl(paste.into_iter(), lines.as_bytes()).status.code(), Some(0));
    server.until_it_shows("2499");
    assert_eq!(server.done(&["text", "--console", "cat"]), format!("ready\n{lines}"), "in several answers");
    assert_eq!(server.done(&["text", "--console", "cat", "--last", "2"]), "2498\n2499\n", "the row below is empty");
    assert_eq!(server.done(&["viewers"]), "nobody looks\n");
    assert_eq!(server.done(&["viewers", "--json"]), "[]\n");
    assert_eq!(server.done(&["switch", "cat"]), "0 viewers switched\n");
    server.stop();
}

#[test]
fn what_cannot_be_is_said_in_one_line() {
    let server = Server::start();
    assert_eq!(server.refused(&["screen", "--console", "db2"]), "there is no console \"db2\"; there are 1 lost, 2 cat");
    assert_eq!(server.refused(&["send", "x"]), "the guest is not there");
    assert_eq!(server.refused(&["paste", "x"]), "the guest is not there");
    assert_eq!(server.refused(&["break", "--console", "2"]), "this source cannot carry a break");
    assert_eq!(server.refused(&["sysrq", "b"]), "the guest's line is not open");
    assert_eq!(server.refused(&["kick", "7"]), "there is no viewer 7");
    assert_eq!(server.refused(&["switch", "--viewer", "7", "cat"]), "there is no viewer 7");
    let all = "everybody may write who may write at all; start the server with --writers one";
    assert_eq!([server.refused(&["writer", "take", "7"]), server.refused(&["writer", "release"])], [all, all]);
    assert_eq!(server.refused(&["token"]), "this server takes no tokens; start it with --token-file");
    assert_eq!(server.refused(&["paste", "--console", "cat"]), "there is nothing to paste");
    server.stop();
    let output = ctl([OsStr::new("status")].into_iter(), b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(message(&output).starts_with("no server answers at $XDG_RUNTIME_DIR/vncterm*.sock or /run/vncterm/*.sock"));
    let output = ctl(["--socket", "/nowhere/at/all", "status"].into_iter().map(OsStr::new), b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(message(&output).contains("there is no such file; a server makes it that was started with --control"));
    for words in [&["stauts"][..], &["send"], &["screen", "--format", "pdf"], &["resize", "1x1"], &[]] {
        assert_eq!(ctl(words.iter().map(OsStr::new), b"").status.code(), Some(2), "{words:?}");
    }
}

/// Whatever answers at the socket.
#[test]
fn a_server_that_is_none_is_told_of() {
    let path = scratch("false");
    let listener = UnixListener::bind(&path).expect("binds");
    let words = || [OsStr::new("--socket"), path.as_os_str(), OsStr::new("status")].into_iter();
    for (answer, says) in [
        (&b""[..], "the server has ended the connection"),
        (b"RFB 003.008\n", "the server's answer is none that this version of vncterm knows"),
        (b"{\"ok\":true}\n", "the server's answer is none that this version of vncterm knows"),
        (b"{\"ok\":false,\"error\":\"no\\u001b[2J\\nmore\"}\n", "no?[2J?more"),
    ] {
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| ctl(words(), b""));
            let (mut stream, _) = listener.accept().expect("it comes");
            let mut request = String::new();
            BufReader::new(&stream).read_line(&mut request).expect("a line");
            assert_eq!(request, "{\"verb\":\"status\"}\n");
            stream.write_all(answer).expect("it reads");
            stream.shutdown(std::net::Shutdown::Write).expect("it is open");
            let output = asked.join().expect("no panic");
            assert_eq!((output.status.code(), message(&output).as_str()), (Some(1), says));
            let _ = stream.read(&mut [0]);
        });
    }
    std::fs::remove_file(&path).expect("removed");
}
