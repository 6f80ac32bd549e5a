//! `vncterm attach` from outside: the program on a terminal of the test, before a server in this process.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::own_viewer::{Guest, serve, within};
use vncterm::geometry::GridSize;
use vncterm::run::Running;
use vncterm::terminal::{Options, Terminal, dump};

const SIZE: GridSize = GridSize::new(80, 24);

fn attach(running: &Running, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
    command.arg("attach").args(arguments).arg(running.addresses()[0].to_string());
    for name in ["NO_COLOR", "COLORTERM", "LC_CTYPE", "LANG"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
    command
}

/// A user: a terminal, and the program on it. (A guest's line is a terminal as good as any.)
struct User {
    line: Guest,
    screen: Terminal,
    /// All that the program wrote.
    seen: Vec<u8>,
    program: Child,
}

impl User {
    fn attach(running: &Running, arguments: &[&str]) -> Self {
        let line = Guest::new();
        let open = || File::options().read(true).write(true).open(&line.path).expect("a terminal");
        let size = rustix::termios::Winsize { ws_row: SIZE.rows, ws_col: SIZE.cols, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(open(), size).expect("a terminal");
        let mut command = attach(running, arguments);
        let program = command.stdin(open()).stdout(open()).stderr(Stdio::null()).spawn().expect("it is built");
        Self { line, screen: Terminal::new(SIZE, Options::default()), seen: Vec::new(), program }
    }

    /// Reads until the screen has this text.
    async fn sees(&mut self, text: &str) {
        while !dump::text(self.screen.screen()).contains(text) {
            let bytes = self.line.read_some().await;
            self.screen.feed(&bytes);
            self.seen.extend(bytes);
        }
    }

    /// What the program wrote until it left, and how it did.
    async fn leaves(mut self) -> (Vec<u8>, Option<i32>) {
        const LAST: &[u8] = b"\x1b[?1049l";
        while !self.seen.windows(LAST.len()).any(|window| window == LAST) {
            let bytes = self.line.read_some().await;
            self.seen.extend(bytes);
        }
        let status = self.program.wait().expect("it is our child").code();
        let modes = self.line.termios().local_modes;
        assert!(modes.contains(rustix::termios::LocalModes::ECHO | rustix::termios::LocalModes::ICANON));
        (self.seen, status)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_sees_a_console_types_and_leaves_it() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let lines: Vec<String> = (1..=60).map(|n| format!("line {n}")).collect();
    guest.print(format!("{}\r\n\x1b[31mred\x1b[m $ ", lines.join("\r\n")).as_bytes()).await;
    let mut user = User::attach(&running, &[]);
    user.sees("red $").await;
    user.line.write(b"ls\r").await;
    assert_eq!(guest.read_until(b"\r").await, b"ls\r");
    guest.print(b"\r\nb\xc3\xb6ot.log").await;
    user.sees("böot.log").await;
    user.line.write(b"\x1db\x1b[H").await;
    user.sees("line 1\n").await;
    user.line.write(b"q").await;
    user.sees("böot.log").await;
    user.line.write(b"\x1dd").await;
    let (_, status) = user.leaves().await;
    assert_eq!(status, Some(0));
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_hostile_guest_reaches_the_users_terminal_and_nothing_is_answered_twice() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let mut user = User::attach(&running, &[]);
    user.sees("").await;
    guest.print(b"\x1b]52;c;aGk=\x07\x1b[6n\x1b[c\x1b]2;t\x07\x1b[?1049h\x1b[21t\x1bP+q544e\x1b\\secret").await;
    user.sees("secret").await;
    user.line.write(b"x\x1dd").await;
    let (seen, status) = user.leaves().await;
    assert_eq!(status, Some(0));
    for never in [&b"]52"[..], b"\x1b[6n", b"\x1b[c", b"21t", b"\x1bP"] {
        assert!(!seen.windows(never.len()).any(|window| window == never), "{never:?}");
    }
    assert_eq!(guest.read_until(b"x").await, b"x", "the server has answered before, and nobody has since");
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_given_back_however_it_ends() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    guest.print(b"here").await;
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let mut user = User::attach(&running, &[]);
        user.sees("here").await;
        kill_process(Pid::from_child(&user.program), signal).expect("it is our child");
        let (_, status) = user.leaves().await;
        assert_eq!(status, Some(0), "{signal:?}");
    }
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_bytes_pass_as_they_are_both_ways() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let all: Vec<u8> = (0..=255).collect::<Vec<u8>>().repeat(200);
    let mut command = attach(&running, &["--raw", "--from", "start"]);
    let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it is built");
    let (mut input, mut output) = (program.stdin.take().expect("a pipe"), program.stdout.take().expect("a pipe"));
    let typed = all.clone();
    let typing = std::thread::spawn(move || input.write_all(&typed).expect("it reads"));
    let mut arrived = Vec::new();
    while arrived.len() < all.len() {
        arrived.extend(guest.read_some().await);
    }
    assert!(arrived == all, "what was typed");
    typing.join().expect("no panic");
    guest.write(&all).await;
    let expected = all.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut read = vec![0; expected.len()];
        // The questions by which a guest's line is known to be open come first.
        output.read_exact(&mut [0; 4]).expect("all of it");
        output.read_exact(&mut read).expect("all of it");
        read
    });
    assert!(within(reading).await.expect("no panic") == all, "what was written");
    kill_process(Pid::from_child(&program), Signal::TERM).expect("it is our child");
    assert_eq!(program.wait().expect("it is our child").code(), Some(0));
    within(running.stop()).await;
}

#[test]
fn without_a_terminal_or_a_server_one_line_says_so() {
    for (arguments, status, part) in [
        (&["attach", "unix:/nowhere"][..], 2, "no terminal: use --raw"),
        (&["attach", "--raw", "unix:/nowhere"], 1, "cannot connect to unix:/nowhere"),
        (&["attach", "--list", "unix:/nowhere"], 1, "cannot connect to unix:/nowhere"),
        (&["attach"], 2, "attach needs the address of a server"),
    ] {
        let program = Command::new(env!("CARGO_BIN_EXE_vncterm")).args(arguments).stdin(Stdio::null()).output();
        let output = program.expect("it is built");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(said.starts_with("vncterm: ") && said.lines().count() == 1 && said.contains(part), "{said}");
    }
}
