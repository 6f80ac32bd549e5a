//! `vncterm attach --raw` and `--list` from outside: connections that are cut, users at terminals, and certificates.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, OptionalActions, tcsetattr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::{mpsc, watch};

use super::own_viewer::{Guest, Viewer, config, scratch, serve, within};
use vncterm::access::Method;
use vncterm::access::passwords::Passwords;
use vncterm::access::security::{Means, Security, Tls};
use vncterm::config::{Config, Sharing};
use vncterm::console::tail::{CAPACITY, READ_CAPACITY};
use vncterm::net::address::Address;
use vncterm::net::tls::Acceptor;
use vncterm::run::Running;
use vncterm::source::{CommandLine, Endpoint};

const PROGRAM: &str = env!("CARGO_BIN_EXE_vncterm");
/// By which a guest's line is known to be open: the first bytes of every stream.
const QUESTION: &[u8] = b"\x1b[5n";

fn attach(address: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("attach").args(arguments).arg(address).env("TERM", "xterm-256color");
    command
}

fn socket(running: &Running) -> PathBuf {
    running.addresses()[0].unix_path().expect("a Unix socket").to_owned()
}

/// The program, between pipes or on a terminal.
struct Program {
    child: Child,
    input: Option<ChildStdin>,
    /// What comes out of standard output, if that is a pipe.
    output: Option<mpsc::UnboundedReceiver<Vec<u8>>>,
    /// What came.
    seen: Vec<u8>,
    remarks: mpsc::UnboundedReceiver<String>,
}

impl Program {
    fn piped(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Self::spawn(command)
    }

    /// On the user's end of a terminal.
    fn on(line: &Guest, mut command: Command) -> Self {
        command.stdin(terminal(line)).stdout(terminal(line));
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it is built");
        let output = child.stdout.take().map(|mut pipe| {
            let (came, output) = mpsc::unbounded_channel();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(length @ 1..) = pipe.read(&mut buffer)
                    && came.send(buffer[..length].to_vec()).is_ok()
                {}
            });
            output
        });
        let (said, remarks) = mpsc::unbounded_channel();
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| said.send(line)));
        Self { input: child.stdin.take(), child, output, seen: Vec::new(), remarks }
    }

    fn types(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("a pipe");
        input.write_all(bytes).and_then(|()| input.flush()).expect("it reads");
    }

    /// Waits until this came.
    async fn prints(&mut self, part: &[u8]) {
        while !self.seen.windows(part.len()).any(|window| window == part) {
            let output = self.output.as_mut().expect("a pipe");
            self.seen.extend(within(output.recv()).await.expect("there is more"));
        }
    }

    /// Waits for a line on standard error that has this part.
    async fn says(&mut self, part: &str) -> String {
        loop {
            let line = within(self.remarks.recv()).await.expect(part);
            if line.contains(part) {
                return line;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is our child");
    }

    /// How it ends, all it wrote, and what else it said.
    async fn ends(mut self) -> (Option<i32>, Vec<u8>, String) {
        if let Some(output) = &mut self.output {
            while let Some(bytes) = within(output.recv()).await {
                self.seen.extend(bytes);
            }
        }
        let mut rest = String::new();
        while let Some(line) = within(self.remarks.recv()).await {
            rest.extend([&line, "\n"]);
        }
        let mut child = self.child;
        let status = tokio::task::spawn_blocking(move || child.wait().expect("it is our child").code());
        (within(status).await.expect("no panic"), self.seen, rest)
    }
}

fn terminal(line: &Guest) -> File {
    File::options().read(true).write(true).open(&line.path).expect("a terminal")
}

/// Waits until the line is so.
async fn becomes(line: &Guest, raw: bool) {
    within(async {
        while line.termios().local_modes.intersects(LocalModes::ICANON | LocalModes::ISIG) == raw {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// What a guest got, up to now.
async fn heard(guest: &Guest) -> Vec<u8> {
    guest.write(QUESTION).await;
    let mut heard = guest.read_until(b"\x1b[0n").await;
    heard.truncate(heard.len() - 4);
    heard
}

/// The way to a server, which can be cut.
struct Way {
    address: String,
    state: watch::Sender<State>,
    /// What the program said while nobody heard it.
    swallowed: mpsc::UnboundedReceiver<Vec<u8>>,
    limits: Arc<Mutex<VecDeque<usize>>>,
}

#[derive(Clone, Debug)]
struct State {
    to: PathBuf,
    /// Connections are passed on; else they wait.
    open: bool,
    /// What the program says is lost.
    deaf: bool,
    /// How often it was cut.
    cuts: u32,
}

impl Way {
    /// Of the server's bytes so many pass over one connection after the other, and then it is cut; then all.
    async fn to(running: &Running, limits: &[usize]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("127.0.0.1::{}", listener.local_addr().expect("an address").port());
        let (state, seen) = watch::channel(State { to: socket(running), open: true, deaf: false, cuts: 0 });
        let limits = Arc::new(Mutex::new(limits.iter().copied().collect::<VecDeque<_>>()));
        let left = Arc::clone(&limits);
        let (swallows, swallowed) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut open = seen.clone();
                if open.wait_for(|state| state.open).await.map(drop).is_err() {
                    return;
                }
                let limit = left.lock().expect("no panic").pop_front().unwrap_or(usize::MAX);
                // Whoever hangs up ends it.
                let _ = pass(client, seen.clone(), &swallows, limit).await;
            }
        });
        Self { address, state, swallowed, limits }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.state.send_modify(change);
    }
}

async fn is_cut(state: &mut watch::Receiver<State>, cuts: u32) {
    // Nobody cuts it any more: the test is over.
    drop(state.wait_for(|state| state.cuts != cuts).await);
}

async fn pass(
    mut client: TcpStream,
    mut state: watch::Receiver<State>,
    swallows: &mpsc::UnboundedSender<Vec<u8>>,
    mut limit: usize,
) -> std::io::Result<()> {
    let State { to, cuts, .. } = state.borrow().clone();
    let mut server = UnixStream::connect(to).await?;
    let deaf = state.clone();
    let (mut said, mut told) = ([0; 4096], [0; 4096]);
    while limit > 0 {
        tokio::select! {
            length = client.read(&mut said) => match length? {
                0 => break,
                length if deaf.borrow().deaf => drop(swallows.send(said[..length].to_vec())),
                length => server.write_all(&said[..length]).await?,
            },
            length = server.read(&mut told) => {
                let length = length?.min(limit);
                if length == 0 {
                    break;
                }
                client.write_all(&told[..length]).await?;
                limit -= length;
            }
            () = is_cut(&mut state, cuts) => break,
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_goes_on_after_each_cut_with_no_byte_lost_or_doubled() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    // One of them within the handshake; and less than the server keeps.
    let way = Way::to(&running, &[50_000, 7, 30_000, 1_000, 65_537]).await;
    let mut program = Program::piped(attach(&way.address, &["--raw", "--from", "start"]));
    let mut flood = Vec::new();
    while flood.len() < CAPACITY - 4_096 {
        flood.extend(format!("line {}\r\n", flood.len()).as_bytes());
    }
    flood.extend(b"the end");
    guest.write(&flood).await;
    program.prints(b"the end").await;
    assert!(way.limits.lock().expect("no panic").is_empty(), "it was cut so often");
    program.says("trying again").await;
    program.signal(Signal::TERM);
    let (status, seen, _) = program.ends().await;
    assert_eq!((status, seen.len()), (Some(0), QUESTION.len() + flood.len()));
    assert!(seen[QUESTION.len()..] == flood);
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_no_longer_has_is_told_and_the_rest_is_exact() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let way = Way::to(&running, &[]).await;
    let mut program = Program::piped(attach(&way.address, &["--raw", "--from", "start"]));
    guest.print(b"before").await;
    program.prints(b"before\x1b[5n").await;
    way.change(|state| (state.open, state.cuts) = (false, 1));
    program.says("trying again").await;
    let mut all = [QUESTION, b"before", QUESTION].concat();
    let mut flood = Vec::new();
    while flood.len() < READ_CAPACITY + CAPACITY {
        flood.extend(format!("line {}\r\n", flood.len()).as_bytes());
    }
    guest.print(&flood).await;
    all.extend([&flood, QUESTION].concat());
    way.change(|state| state.open = true);
    let line = program.says("bytes are lost, from byte").await;
    let mut numbers = line.split(|ch: char| !ch.is_ascii_digit()).filter_map(|word| word.parse::<usize>().ok());
    let (lost, from) = (numbers.next().expect("how many"), numbers.next().expect("from where"));
    all.drain(from..from + lost);
    guest.print(b"after").await;
    all.extend([b"after", QUESTION].concat());
    program.prints(b"after\x1b[5n").await;
    program.signal(Signal::TERM);
    let (status, seen, rest) = program.ends().await;
    assert!(seen == all && rest.contains("bytes were lost"), "{lost} from {from}: {rest}");
    assert_eq!(status, Some(1));
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn input_that_may_not_have_arrived_is_told_and_none_else() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let mut way = Way::to(&running, &[]).await;
    for lost in [false, true] {
        let mut program = Program::piped(attach(&way.address, &["--raw"]));
        guest.print(b"").await;
        program.types(b"heard");
        assert_eq!(guest.read_until(b"heard").await, b"heard");
        // It comes after the word that all was taken.
        guest.print(b"ok").await;
        program.prints(b"ok").await;
        if lost {
            way.change(|state| state.deaf = true);
            program.types(b"gone");
            let mut gone = Vec::new();
            while !gone.ends_with(b"gone") {
                gone.extend(within(way.swallowed.recv()).await.expect("it says something"));
            }
        }
        way.change(|state| (state.deaf, state.cuts) = (false, state.cuts + 1));
        let line = program.says("trying again").await;
        program.types(b"more");
        assert_eq!(guest.read_until(b"more").await, b"more");
        guest.print(b"on").await;
        program.prints(b"on").await;
        program.signal(Signal::TERM);
        let (status, _, rest) = program.ends().await;
        let told = [line, rest].map(|text| text.contains("some of the input may not have arrived"));
        assert_eq!((status, told), (Some(lost.into()), [lost, lost]));
    }
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn input_may_end_and_the_last_bytes_come_before_the_end_of_the_console() {
    let line = CommandLine::new("/bin/sh", ["-c".into(), "stty -echo; echo go; read x; seq 1 60000; echo $x".into()]);
    let running = Running::start(config(vec![Endpoint::Command(line)])).expect("starts");
    let address = running.addresses()[0].to_string();
    let mut program = Program::piped(attach(&address, &["--raw", "--from", "start"]));
    program.prints(b"go\r\n").await;
    program.types(b"done\n");
    program.input = None;
    let (status, seen, rest) = program.ends().await;
    let numbers: String = (1..=60_000).map(|n| format!("{n}\r\n")).collect();
    assert_eq!((status, rest.as_str()), (Some(0), ""));
    assert!(seen == format!("go\r\n{numbers}done\r\n").into_bytes(), "{} bytes", seen.len());
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_gets_out_of_a_terminal_whatever_it_stands_before() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let way = Way::to(&running, &[]).await;
    // What was typed before the way out arrives; and nothing does where nothing is sent.
    for (arguments, typed, arrives) in [
        (&["--raw"][..], &b"reboot\r~."[..], &b"reboot\r"[..]),
        (&["--raw"], b"\x03\x1dd", b"\x03"),
        (&["--raw", "--read-only"], b"x\r~.", b""),
        (&["--raw", "--read-only"], b"x\x1dd", b""),
    ] {
        let line = Guest::new();
        let program = Program::on(&line, attach(&way.address, arguments));
        becomes(&line, true).await;
        line.write(typed).await;
        let (status, _, rest) = program.ends().await;
        assert_eq!((status, rest.as_str()), (Some(0), ""), "{typed:?}");
        assert_eq!(heard(&guest).await, arrives);
        becomes(&line, false).await;
    }
    // Without a connection.
    let line = Guest::new();
    let mut program = Program::on(&line, attach(&way.address, &["--raw"]));
    becomes(&line, true).await;
    way.change(|state| (state.open, state.cuts) = (false, 1));
    program.says("trying again").await;
    line.write(b"\x1dd").await;
    assert_eq!(program.ends().await.0, Some(0));
    way.change(|state| state.open = true);
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_gets_out_before_a_guest_that_takes_nothing() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let line = Guest::new();
    let program = Program::on(&line, attach(&running.addresses()[0].to_string(), &["--raw"]));
    becomes(&line, true).await;
    // More than the guest's line, the server and the program hold before that reads no more from pipes.
    line.write(&vec![b'x'; 512 * 1024]).await;
    line.write(b"\x1dd").await;
    let (status, _, rest) = program.ends().await;
    assert_eq!(status, Some(1), "{rest}");
    assert!(rest.contains("some of the input may not have arrived"), "{rest}");
    becomes(&line, false).await;
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_was_taken_from_us_is_taken_again() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let line = Guest::new();
    let cooked = line.termios();
    let program = Program::on(&line, attach(&running.addresses()[0].to_string(), &["--raw"]));
    becomes(&line, true).await;
    // As a shell does while we are stopped.
    tcsetattr(terminal(&line), OptionalActions::Now, &cooked).expect("a terminal");
    program.signal(Signal::CONT);
    becomes(&line, true).await;
    line.write(b"\x03\x1dd").await;
    assert_eq!(program.ends().await.0, Some(0));
    assert_eq!(heard(&guest).await, b"\x03");
    becomes(&line, false).await;
    within(running.stop()).await;
}

/// The program on a console, which is a terminal that controls it; and what is to be seen and typed there.
struct Inside {
    outer: Running,
    user: Program,
}

impl Inside {
    fn run(script: &str) -> Self {
        let line = CommandLine::new("/bin/sh", ["-c".into(), script.into()]);
        let outer = Running::start(config(vec![Endpoint::Command(line)])).expect("starts");
        let user = Program::piped(attach(&outer.addresses()[0].to_string(), &["--raw", "--from", "start"]));
        Self { outer, user }
    }

    /// All that was to be seen, once it has ended.
    async fn ends(self) -> String {
        let (_, seen, _) = self.user.ends().await;
        within(self.outer.stop()).await;
        String::from_utf8(seen).expect("text")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_its_output_in_a_file_a_terminal_keeps_its_lines_and_its_keys() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let (file, address) = (scratch("log"), running.addresses()[0].to_string());
    let script = format!(
        "trap : INT; echo begin; {PROGRAM} attach --raw --from start {address} > {}; echo ended $?",
        file.display()
    );
    let mut inside = Inside::run(&script);
    inside.user.prints(b"begin").await;
    // No escape: what is typed is a line.
    inside.user.types(b"~.\n");
    assert_eq!(guest.read_until(b"\n").await, b"~.\n");
    guest.print(b"logged").await;
    inside.user.types(b"\x03");
    let seen = inside.ends().await;
    assert!(seen.ends_with("ended 0\r\n"), "{seen:?}");
    let logged = std::fs::read(&file).expect("a file");
    std::fs::remove_file(&file).expect("ours");
    assert!(logged.starts_with(&[QUESTION, b"logged"].concat()), "{logged:?}");
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_for_now_comes_back_and_who_is_refused_for_good_is_told_why() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| config.sharing = Sharing::Exclusive).await;
    let way = Way::to(&running, &[]).await;
    let mut program = Program::piped(attach(&way.address, &["--raw"]));
    program.types(b"x");
    guest.read_until(b"x").await;
    guest.print(b"here").await;
    program.prints(b"here").await;
    way.change(|state| (state.open, state.cuts) = (false, 1));
    within(async {
        while !running.server().roster().people().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let other = Viewer::join(&running).await;
    way.change(|state| state.open = true);
    let line = program.says("one at a time").await;
    assert!(line.ends_with("one at a time; trying again"), "{line}");
    drop(other);
    program.types(b"y");
    assert_eq!(guest.read_until(b"y").await, b"y");
    guest.print(b"again").await;
    program.prints(b"again").await;
    // Another server in its place, which has another console.
    let (second, other) = (Guest::new(), Guest::new());
    let elsewhere = serve(&[&other], |config| config.consoles[0].name = "other".into()).await;
    way.change(|state| (state.to, state.cuts) = (socket(&elsewhere), 2));
    assert!(program.says("there is no console").await.contains("\"console1\" now; trying again"));
    // And one that wants a password, which nobody can be asked for any more.
    let closed = serve(&[&second], |config| {
        let passwords = Passwords::parse(b"full\n").ok();
        config.security = Security::new(None, Means { passwords, ..Means::default() }).expect("a policy");
    })
    .await;
    way.change(|state| (state.to, state.cuts) = (socket(&closed), 3));
    let (status, _, rest) = program.ends().await;
    assert_eq!(status, Some(1));
    assert!(rest.contains("asks for a password"), "{rest}");
    for running in [running, elsewhere, closed] {
        within(running.stop()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_is_named() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let mut command = attach(&running.addresses()[0].to_string(), &["--raw", "--from", "start"]);
    command.stdin(Stdio::null()).stdout(File::options().write(true).open("/dev/full").expect("Linux"));
    let (status, _, rest) = Program::spawn(command).ends().await;
    assert_eq!(status, Some(1));
    assert!(rest.starts_with("vncterm: standard output cannot be written: No space left"), "{rest}");
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consoles_of_a_server_are_listed_for_people_and_for_programs() {
    let guests = [Guest::new(), Guest::new()];
    let running = serve(&[&guests[0], &guests[1]], |config| config.consoles[1].name = "monitor".into()).await;
    guests[0].print(b"\x1b]2;boot\x07").await;
    let address = running.addresses()[0].to_string();
    let (status, seen, _) = Program::piped(attach(&address, &["--list", "--json"])).ends().await;
    let listed: serde_json::Value = serde_json::from_slice(&seen).expect("JSON");
    assert_eq!((status, &listed["schema"]), (Some(0), &"vncterm-consoles/1".into()));
    let of = |key: &str| [&listed["consoles"][0][key], &listed["consoles"][1][key]].map(ToString::to_string);
    for (key, expected) in [
        ("number", ["1", "2"]),
        ("name", ["\"console1\"", "\"monitor\""]),
        ("kind", ["\"text\"", "\"text\""]),
        ("state", ["\"open\"", "\"open\""]),
        ("columns", ["80", "80"]),
        ("writable", ["true", "true"]),
    ] {
        assert_eq!(of(key), expected, "{key}");
    }
    let (status, seen, _) = Program::piped(attach(&address, &["--list"])).ends().await;
    let text = String::from_utf8(seen).expect("text");
    assert_eq!((status, text.lines().count()), (Some(0), 2));
    assert!(text.contains(" 2  monitor   open     80x24"), "{text}");
    within(running.stop()).await;
}

/// A server on TCP that speaks within TLS alone.
fn with_tls(config: &mut Config, certificate: &[u8], key: &[u8], port: u16) {
    config.listen = vec![Address::tcp("127.0.0.1", port)];
    config.tls = Acceptor::new(certificate, key, None).ok();
    let means = Means { tls: Tls::Server, ..Means::default() };
    config.security = Security::new(Some(vec![Method::X509None]), means).expect("a policy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_asked_for_once_and_another_one_is_refused() {
    const SERVER: [&[u8]; 2] = [include_bytes!("../tls/server.pem"), include_bytes!("../tls/server.key")];
    const OTHER: [&[u8]; 2] = [include_bytes!("../tls/expired.pem"), include_bytes!("../tls/expired.key")];
    let (guest, home) = (Guest::new(), scratch("home"));
    let running = serve(&[&guest], |config| with_tls(config, SERVER[0], SERVER[1], 0)).await;
    let Address::Tcp { port, .. } = running.addresses()[0] else { panic!("it listens on TCP") };
    let address = format!("127.0.0.1::{port}");
    let list = |options: &str| {
        Inside::run(&format!(
            "export XDG_STATE_HOME={}; {PROGRAM} attach --list {options} {address}; echo status $?",
            home.display()
        ))
    };
    let mut no = list("");
    no.user.prints(b"(yes or no)").await;
    no.user.types(b"no\n");
    let seen = no.ends().await;
    assert!(seen.contains("is not trusted") && seen.ends_with("status 1\r\n"), "{seen}");
    let mut yes = list("");
    yes.user.prints(b"(yes or no)").await;
    yes.user.types(b"yes\n");
    let seen = yes.ends().await;
    assert!(seen.contains("console1") && seen.ends_with("status 0\r\n"), "{seen}");
    let known = home.join("vncterm/known_servers");
    let kept = std::fs::read_to_string(&known).expect("it is kept");
    let shown = kept.trim_end().rsplit(' ').next().expect("a fingerprint");
    assert!(kept.starts_with("127.0.0.1:") && seen.contains(shown), "{kept}");
    assert_eq!(std::fs::metadata(&known).expect("there").permissions().mode() & 0o777, 0o600);
    // From now on nobody is asked; and an issuer needs no file.
    let seen = list("").ends().await;
    assert!(!seen.contains("yes or no") && seen.ends_with("status 0\r\n"), "{seen}");
    let issuer = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls/ca.pem");
    let by_issuer = format!("--ca {}", issuer.display());
    assert!(list(&by_issuer).ends().await.ends_with("status 0\r\n"));
    // Who is there when it comes back with another one is told so, and comes no more.
    let mut command = attach(&address, &["--raw", "--from", "start"]);
    let mut there = Program::piped({
        command.env("XDG_STATE_HOME", &home);
        command
    });
    there.prints(QUESTION).await;
    within(running.stop()).await;
    let other = Guest::new();
    let running = serve(&[&other], |config| with_tls(config, OTHER[0], OTHER[1], port)).await;
    let (status, _, rest) = there.ends().await;
    assert_eq!(status, Some(1));
    assert!(rest.contains("shows another certificate than before"), "{rest}");
    let seen = list("").ends().await;
    assert!(seen.contains("another certificate") && seen.ends_with("status 1\r\n"), "{seen}");
    // It has expired.
    assert!(list(&by_issuer).ends().await.ends_with("status 1\r\n"));
    within(running.stop()).await;
    std::fs::remove_dir_all(&home).expect("ours");
}
