//! `vncterm attach` from outside: the program on a terminal of the test, before a server in this process.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::own_viewer::{Guest, scratch, serve, within};
use super::upstream::{proxy, upstream};
use vncterm::geometry::GridSize;
use vncterm::run::Running;
use vncterm::terminal::cell::{Color, ColorKind};
use vncterm::terminal::{Options, Screen, Terminal, dump};

const SIZE: GridSize = GridSize::new(80, 24);

fn attach(running: &Running, arguments: &[&str]) -> Command {
    attach_to(&running.addresses()[0].to_string(), arguments)
}

pub fn attach_to(address: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
    command.arg("attach").args(arguments).arg(address);
    for name in ["NO_COLOR", "COLORTERM", "LC_CTYPE", "LANG"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
    command
}

/// A user: a terminal, and the program on it. (A guest's line is a terminal as good as any.)
pub struct User {
    pub line: Guest,
    screen: Terminal,
    /// All that the program wrote.
    seen: Vec<u8>,
    pub program: Child,
    /// The terminal answers what it is asked.
    answers: bool,
}

impl User {
    fn attach(running: &Running, arguments: &[&str]) -> Self {
        Self::begin(attach(running, arguments))
    }

    pub fn begin(command: Command) -> Self {
        Self::begin_in(command, SIZE)
    }

    /// In a terminal of this size.
    pub fn begin_in(mut command: Command, terminal: GridSize) -> Self {
        let line = Guest::new();
        let open = || File::options().read(true).write(true).open(&line.path).expect("a terminal");
        let size =
            rustix::termios::Winsize { ws_row: terminal.rows, ws_col: terminal.cols, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(open(), size).expect("a terminal");
        let program = command.stdin(open()).stdout(open()).stderr(Stdio::null()).spawn().expect("it is built");
        Self { line, screen: Terminal::new(terminal, Options::default()), seen: Vec::new(), program, answers: false }
    }

    /// Reads until the screen has this text.
    pub async fn sees(&mut self, text: &str) {
        self.until(|screen| dump::text(screen).contains(text)).await;
    }

    /// Reads until the screen is so.
    pub async fn until(&mut self, done: impl Fn(&Screen) -> bool) {
        while !done(self.screen.screen()) {
            let bytes = self.line.read_some().await;
            self.screen.feed(&bytes);
            self.seen.extend(bytes);
            if self.answers {
                let answers = self.screen.take_input();
                self.line.write(&answers).await;
            }
        }
    }

    /// What the program wrote until it left, and how it did.
    pub async fn leaves(mut self) -> (Vec<u8>, Option<i32>) {
        // One that answers is asked something at the end.
        let last: &[u8] = if self.answers { b"\x1b[?1049l\x1b[c" } else { b"\x1b[?1049l" };
        while !self.seen.windows(last.len()).any(|window| window == last) {
            let bytes = self.line.read_some().await;
            self.seen.extend(bytes);
        }
        if self.answers {
            // What was on its way comes before the answer.
            self.line.write(b"\x1b[<35;3;3M\x1b[97;1:3u\x1b[?62;4c").await;
        }
        let status = self.program.wait().expect("it is our child").code();
        let modes = self.line.termios().local_modes;
        assert!(modes.contains(rustix::termios::LocalModes::ECHO | rustix::termios::LocalModes::ICANON));
        if self.answers {
            let terminal = File::options().read(true).write(true).open(&self.line.path).expect("a terminal");
            let mut raw = rustix::termios::tcgetattr(&terminal).expect("settings");
            raw.make_raw();
            rustix::termios::tcsetattr(&terminal, rustix::termios::OptionalActions::Now, &raw).expect("settings");
            assert_eq!(rustix::io::ioctl_fionread(&terminal), Ok(0), "nothing is left to the shell");
        }
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

/// As Ctrl-S does it, or a window that nobody lets write.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_takes_nothing_holds_no_signal_up() {
    use rustix::termios::{Action, tcflow};
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    guest.print(b"here").await;
    let mut user = User::attach(&running, &[]);
    user.sees("here").await;
    let terminal = File::options().read(true).write(true).open(&user.line.path).expect("a terminal");
    tcflow(&terminal, Action::OOff).expect("it stands still");
    kill_process(Pid::from_child(&user.program), Signal::TERM).expect("it is our child");
    let User { mut program, line, .. } = user;
    let ended = tokio::task::spawn_blocking(move || program.wait());
    let status = within(ended).await.expect("it waits").expect("it is our child");
    assert_eq!(status.code(), Some(0));
    assert!(line.termios().local_modes.contains(rustix::termios::LocalModes::ECHO), "and it is given back");
    tcflow(&terminal, Action::OOn).expect("it goes on");
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

/// A VNC server of another kind, which has a picture of 80x48 pixels, red and blue. What clients do comes out of it, message by
/// message; `says` is what it says in place of every picture but the first pixel.
fn stranger(says: Option<&'static [u8]>) -> (String, UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("127.0.0.1::{}", listener.local_addr().expect("an address").port());
    let (heard, hears) = unbounded_channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Clients hang up when they like.
            let _ = stream.and_then(|stream| serve_stranger(stream, says, &heard));
        }
    });
    (address, hears)
}

fn serve_stranger(
    mut stream: TcpStream,
    says: Option<&'static [u8]>,
    heard: &UnboundedSender<Vec<u8>>,
) -> std::io::Result<()> {
    let name = b"host\x1b]52;c;aGk=\x07\x1b[6n's";
    stream.write_all(b"RFB 003.008\n")?;
    stream.read_exact(&mut [0; 12])?;
    stream.write_all(&[1, 1])?;
    stream.read_exact(&mut [0; 1])?;
    stream.write_all(&[0; 4])?;
    stream.read_exact(&mut [0; 1])?;
    let format = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];
    stream.write_all(&[&[0, 80, 0, 48], &format[..], &[0, 0, 0, name.len() as u8], name].concat())?;
    loop {
        let mut message = vec![0];
        stream.read_exact(&mut message)?;
        let length = match message[0] {
            0 => 19,
            2 => 3,
            3 => 9,
            4 => 7,
            5 => 5,
            6 => 7,
            other => panic!("message {other}"),
        };
        message.resize(1 + length, 0);
        stream.read_exact(&mut message[1..])?;
        let more = match message[0] {
            2 => 4 * usize::from(message[3]),
            6 => usize::from(message[7]),
            _ => 0,
        };
        message.resize(1 + length + more, 0);
        stream.read_exact(&mut message[1 + length..])?;
        match message[..] {
            [3, 0, .., a, b, c, d] => {
                let (width, height) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                if let Some(says) = says.filter(|_| width > 1) {
                    stream.write_all(says)?;
                    continue;
                }
                let pixel = |x: u16| if x < 40 { [0, 0, 255, 0] } else { [255, 0, 0, 0] };
                let row: Vec<u8> = (0..width).flat_map(pixel).collect();
                let head = [0, 0, 0, 1, 0, 0, 0, 0, a, b, c, d, 0, 0, 0, 0];
                stream.write_all(&[&head[..], &row.repeat(height.into())].concat())?;
            }
            [4..=6, ..] => drop(heard.send(message)),
            _ => {}
        }
    }
}

fn is_red_and_blue(screen: &Screen) -> bool {
    let color = |col: usize| screen.row(12)[col].bg;
    [color(0), color(39), color(40), color(79)].map(Color::kind)
        == [196, 196, 21, 21].map(|index| Color::indexed(index).kind())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_of_another_server_is_drawn_and_it_is_told_of_keys_and_the_mouse() {
    let (address, mut hears) = stranger(None);
    let mut user = User::begin(attach_to(&address, &["--graphics", "blocks"]));
    user.until(is_red_and_blue).await;
    user.line.write(b"a\x1b[<0;41;13M\x1b[<0;42;13m").await;
    let key = |down: u8, keysym: [u8; 2]| vec![4, down, 0, 0, 0, 0, keysym[0], keysym[1]];
    let point = |buttons: u8, x: u8| vec![5, buttons, 0, x, 0, 25];
    for expected in [key(1, [0, b'a']), key(0, [0, b'a']), point(1, 40), point(0, 41)] {
        assert_eq!(within(hears.recv()).await, Some(expected));
    }
    user.line.write(b"\x1dx").await;
    user.sees("Ctrl-Alt-Del").await;
    user.line.write(b"d").await;
    let chord = [
        (1, [0xff, 0xe3]),
        (1, [0xff, 0xe9]),
        (1, [0xff, 0xff]),
        (0, [0xff, 0xff]),
        (0, [0xff, 0xe9]),
        (0, [0xff, 0xe3]),
    ];
    for (down, keysym) in chord {
        assert_eq!(within(hears.recv()).await, Some(key(down, keysym)));
    }
    user.until(is_red_and_blue).await;
    user.line.write(b"\x1b[200~b\xc3\xb6\x1b[201~").await;
    assert_eq!(within(hears.recv()).await, Some(b"\x06\0\0\0\0\0\0\x02b\xf6".to_vec()));
    user.line.write(b"\x1dtx\x1dd").await;
    let (seen, status) = user.leaves().await;
    assert_eq!(status, Some(0));
    // Its name is text.
    for never in [&b"\x1b]52"[..], b"\x1b[6n"] {
        assert!(!seen.windows(never.len()).any(|window| window == never), "{never:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_watches_sends_nothing_and_a_server_that_lies_is_tried_again() {
    let (address, mut hears) = stranger(None);
    let mut user = User::begin(attach_to(&address, &["--read-only", "--graphics", "blocks"]));
    user.until(is_red_and_blue).await;
    user.line.write(b"a\x1b[<0;41;13M\x1b[<0;41;13m\x1b[200~x\x1b[201~\x1dxd\x1dd").await;
    assert_eq!(user.leaves().await.1, Some(0));
    assert!(hears.try_recv().is_err(), "it was told something");
    // A rectangle beyond the picture, a size that nobody has, an encoding that nobody has asked for.
    const LIES: [&[u8]; 3] = [
        &[0, 0, 0, 1, 0, 79, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0, 0, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x21],
        &[0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0x7f, 0xff, 0xff, 0xff],
    ];
    for lie in LIES {
        let (address, _hears) = stranger(Some(lie));
        let mut user = User::begin(attach_to(&address, &["--graphics", "blocks"]));
        user.sees("no connection").await;
        user.line.write(b"\x1dd").await;
        assert_eq!(user.leaves().await.1, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_says_it_has_sixels_is_sent_them_and_its_answers_are_nobodys_keys() {
    let (address, mut hears) = stranger(None);
    let mut user = User::begin(attach_to(&address, &["--resize", "off"]));
    user.answers = true;
    let pixel = |screen: &Screen, col: usize| {
        let number = screen.row(11)[col].picture()?;
        screen.pictures().pixels(number).map(|pixels| pixels[0])
    };
    // Magnified seven times to 560x336: from column 5 on, in the 23 rows that have images.
    user.until(|screen| pixel(screen, 10) == Some(0xffff_0000) && pixel(screen, 70) == Some(0xff00_00ff)).await;
    user.line.write(b"a").await;
    assert_eq!(within(hears.recv()).await, Some(vec![4, 1, 0, 0, 0, 0, 0, b'a']), "and nothing before that");
    // A line of our own is text, and the picture comes back under it.
    user.line.write(b"\x1d?").await;
    user.sees("detach").await;
    user.line.write(b" ").await;
    user.until(|screen| (1..22).all(|row| screen.row(row)[10].picture().is_some())).await;
    user.line.write(b"\x1dd").await;
    let (_, status) = user.leaves().await;
    assert_eq!(status, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_graphics_are_drawn_when_they_come_and_its_console_is_back_when_they_go() {
    let (guest, path) = (Guest::new(), scratch("screen"));
    let running = proxy(&guest, &path, |_| ()).await;
    guest.print(b"\x1b[Hbooting").await;
    let mut user = User::attach(&running, &["--graphics", "blocks"]);
    user.sees("booting").await;
    for _ in 0..2 {
        let inner = Guest::new();
        let screen = upstream(&inner, &path, |_| ()).await;
        inner.print(b"\x1b[H\x1b[48;2;192;0;0m\x1b[2J").await;
        let red = |screen: &Screen| matches!(screen.row(12)[40].bg.kind(), ColorKind::Indexed(124 | 160));
        user.until(red).await;
        user.line.write(b"x").await;
        assert_eq!(inner.read_until(b"x").await, b"x", "keys are the screen's");
        within(screen.stop()).await;
        user.sees("booting").await;
        user.line.write(b"y").await;
        assert_eq!(guest.read_until(b"y").await, b"y", "and the console's again");
    }
    user.line.write(b"\x1dd").await;
    assert_eq!(user.leaves().await.1, Some(0));
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
