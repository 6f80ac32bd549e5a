//! What `vncterm attach` costs who uses it: the time to the first picture, what a key's way to the guest and back takes
//! longer than on the bare line, and what a thousand of them that come and go leave behind.
//!
//! ```text
//! cargo bench --bench attach [-- CYCLES]
//! ```
//!
//! Server and client are the program itself, in processes of their own: the time to the first picture has the start of one
//! in it. The guest and the user's terminal are PTYs of this program.

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize};

/// Lines of history behind the first picture.
const LINES: usize = 10_000;
/// How often the first picture is waited for, and how many keys are pressed.
const PICTURES: usize = 40;
const KEYS: usize = 300;
/// How many come and go unless told otherwise.
const CYCLES: usize = 1_000;
/// Nothing here takes that long.
const HANGS: Duration = Duration::from_secs(20);
/// What the guest says last: as long as a key has not been pressed.
const PROMPT: &[u8] = b"ready:";
/// What is pressed: no control sequence has these.
const SIGNS: &[u8] = b"#%&*+,/^";
/// What an echoing guest stops at.
const LAST: u8 = b'!';
/// What takes the user back to the shell: the escape key, and `d`.
const LEAVE: &[u8] = b"\x1dd";

/// A PTY: the end that is ours, and the path of the other.
fn line() -> (File, PathBuf) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a PTY");
    grantpt(&master).expect("granted");
    unlockpt(&master).expect("unlocked");
    let path = ptsname(&master, Vec::new()).expect("a name").into_string().expect("ASCII");
    (File::from(master), path.into())
}

/// Reads until `end` has come; whether it has within that time.
fn read_until(from: &mut File, end: &[u8], limit: Duration) -> bool {
    let (mut seen, mut buffer, begun) = (Vec::new(), [0; 65_536], Instant::now());
    loop {
        let left = limit.saturating_sub(begun.elapsed());
        let timeout = Timespec::try_from(left).expect("seconds");
        let mut ready = [PollFd::new(&*from, PollFlags::IN)];
        if poll(&mut ready, Some(&timeout)).expect("polls") == 0 {
            return false;
        }
        let Ok(length) = from.read(&mut buffer) else { return false };
        seen.extend_from_slice(&buffer[..length]);
        if seen.windows(end.len()).any(|window| window == end) {
            return true;
        }
        // Only the end of it can begin what is looked for.
        seen.drain(..seen.len().saturating_sub(end.len()));
    }
}

/// The program as a server of one console; ends with it.
struct Server {
    child: Child,
    socket: PathBuf,
}

impl Server {
    fn begin(guest: &mut File, path: &std::path::Path) -> Self {
        let socket = std::env::temp_dir().join(format!("vncterm-attach-{}.sock", std::process::id()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
        command.args(["-q", "--pty"]).arg(path).arg("--scrollback").arg(LINES.to_string());
        let child = command
            .arg("--listen")
            .arg(format!("unix:{}", socket.display()))
            .stdout(Stdio::null())
            .spawn()
            .expect("it is built");
        while rustix::termios::tcgetattr(&*guest).is_ok_and(|line| line.local_modes.contains(LocalModes::ECHO)) {
            thread::sleep(Duration::from_millis(5));
        }
        guest.write_all(b"\x1b[5n").expect("writes");
        assert!(read_until(guest, b"\x1b[0n", HANGS), "the console is open");
        Self { child, socket }
    }

    /// Bytes of memory, and open files.
    fn has(&self) -> (u64, usize) {
        let process = format!("/proc/{}", self.child.id());
        let status = std::fs::read_to_string(format!("{process}/status")).expect("Linux");
        let kib =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?.trim().parse().ok());
        let files = std::fs::read_dir(format!("{process}/fd")).expect("Linux").count();
        (kib.unwrap_or(0_u64) * 1024, files)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// The program on a terminal.
struct User {
    terminal: File,
    child: Child,
}

impl User {
    fn attach(server: &Server) -> Self {
        let (terminal, path) = line();
        let open = || File::options().read(true).write(true).open(&path).expect("a terminal");
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(open(), size).expect("a terminal");
        let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
        command.arg("attach").arg(format!("unix:{}", server.socket.display()));
        command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
        let child = command.stdin(open()).stdout(open()).stderr(Stdio::null()).spawn().expect("it is built");
        Self { terminal, child }
    }

    fn sees(&mut self, text: &[u8]) {
        assert!(read_until(&mut self.terminal, text, HANGS), "the user waits in vain");
    }

    fn leave(mut self) {
        self.terminal.write_all(LEAVE).expect("writes");
        self.sees(b"\x1b[?1049l");
        assert!(self.child.wait().expect("it is our child").success());
    }
}

/// Median and worst.
fn told(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    format!("median {:.2} ms, worst {:.2} ms", ms(times[times.len() / 2]), ms(*times.last().expect("some")))
}

/// From the start of the program to what the guest said last.
fn first_picture(server: &Server) -> Vec<Duration> {
    let once = |_| {
        let begun = Instant::now();
        let mut user = User::attach(server);
        user.sees(PROMPT);
        let time = begun.elapsed();
        user.leave();
        time
    };
    (0..PICTURES).map(once).collect()
}

/// Presses keys one after the other where `user` is, each when the one before has come back.
fn keys(user: &mut File) -> Vec<Duration> {
    let once = |number: usize| {
        let key = [SIGNS[number % SIGNS.len()]];
        let begun = Instant::now();
        user.write_all(&key).expect("writes");
        assert!(read_until(user, &key, HANGS), "a key does not come back");
        let time = begun.elapsed();
        // People do not type faster, and nothing is left that the next one could be taken for.
        read_until(user, b"\0", Duration::from_millis(20));
        time
    };
    (0..KEYS).map(once).collect()
}

/// A guest that says what it hears, as one does without a shell; up to the byte `last`.
fn echo(mut end: File, last: u8) {
    let mut buffer = [0; 256];
    while let Ok(length) = end.read(&mut buffer) {
        if length == 0 || buffer[..length].contains(&last) || end.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

/// Keys on a bare line, which the guest is at the other end of.
fn bare_keys() -> Vec<Duration> {
    let (guest, path) = line();
    let mut user = File::options().read(true).write(true).open(path).expect("a terminal");
    let mut raw = rustix::termios::tcgetattr(&user).expect("a terminal");
    raw.make_raw();
    rustix::termios::tcsetattr(&user, OptionalActions::Now, &raw).expect("a terminal");
    let echoing = thread::spawn(move || echo(guest, LAST));
    let times = keys(&mut user);
    user.write_all(&[LAST]).expect("writes");
    echoing.join().expect("it echoes");
    times
}

/// They come, see and leave while the guest writes; how many bytes it heard of that, which should be none.
fn come_and_go(server: &Server, guest: &File, cycles: usize) -> usize {
    let (mut writer, mut reader) = (guest.try_clone().expect("a PTY"), guest.try_clone().expect("a PTY"));
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let output = thread::spawn(move || {
        let mut number = 0;
        while stopped.try_recv().is_err() {
            write!(writer, "[{number:8}] a guest that goes on\r\n").expect("writes");
            number += 1;
            thread::sleep(Duration::from_millis(1));
        }
    });
    for _ in 0..cycles {
        let mut user = User::attach(server);
        user.sees(b"guest");
        user.leave();
    }
    stop.send(()).expect("it listens");
    output.join().expect("it writes");
    let mut strays = [0; 4096];
    let mut ready = [PollFd::new(&reader, PollFlags::IN)];
    let any = poll(&mut ready, Some(&Timespec::default())).expect("polls");
    if any == 0 { 0 } else { reader.read(&mut strays).expect("reads") }
}

fn main() {
    let cycles = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(CYCLES);
    let (mut guest, path) = line();
    let server = Server::begin(&mut guest, &path);
    for number in 0..LINES {
        write!(guest, "[{:5}.{:06}] a driver has found its device\r\n", number / 97, number).expect("writes");
    }
    guest.write_all(PROMPT).expect("writes");
    println!("first picture, {LINES} lines behind it: {}", told(first_picture(&server)));
    println!("key and echo on the bare line: {}", told(bare_keys()));
    let mut user = User::attach(&server);
    user.sees(PROMPT);
    let (end, heard) = (guest.try_clone().expect("a PTY"), guest.try_clone().expect("a PTY"));
    let echoing = thread::spawn(move || echo(end, LAST));
    println!("key and echo through server and client: {}", told(keys(&mut user.terminal)));
    user.terminal.write_all(&[LAST]).expect("writes");
    echoing.join().expect("it echoes");
    user.leave();
    // What the first ones make it allocate is there for all that follow.
    come_and_go(&server, &heard, cycles / 10);
    let before = server.has();
    let begun = Instant::now();
    let strays = come_and_go(&server, &heard, cycles);
    let (time, after) = (begun.elapsed(), server.has());
    println!(
        "{cycles} came and went in {time:.1?}: {strays} bytes at the guest, memory {:.1} -> {:.1} MB, files {} -> {}",
        before.0 as f64 / 1e6,
        after.0 as f64 / 1e6,
        before.1,
        after.1
    );
}
