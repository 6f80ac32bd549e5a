//! What a guest writes, byte for byte, at two clients that keep up and one that does not, against socat on the same PTY.
//!
//! ```text
//! cargo bench --bench stream [-- MEGABYTES]
//! ```
//!
//! The guest is a thread that writes numbered lines as fast as they are taken. socat, where it is installed, throws them away;
//! the server parses them and sends them on, over a Unix socket, to clients that compare each byte. The slow one reads a
//! little and then waits, and is told what it misses. They take turns, and the best of some rounds counts.

#[path = "../tests/suite/own_viewer.rs"]
#[allow(dead_code, reason = "made for the tests, which use more of it")]
mod own_viewer;

use std::fs::File;
use std::io::{IoSlice, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use vncterm::geometry::Size;
use vncterm::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Login, StreamEvent};
use vncterm::rfb::ext::stream::{Opening, Start};
use vncterm::rfb::ids::Encoding;
use vncterm::run::Running;
use vncterm::source::Endpoint;

const ROUNDS: usize = 3;
const MEGABYTES: usize = 100;
/// What a hypervisor writes at once, at most.
const PIECE: usize = 4096;

/// The guest's end of a line, and the path of the other.
fn line() -> (File, PathBuf) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a PTY");
    grantpt(&master).expect("granted");
    unlockpt(&master).expect("unlocked");
    let path = ptsname(&master, Vec::new()).expect("a name").into_string().expect("ASCII");
    (File::from(master), path.into())
}

fn wait_until_raw(end: &File) {
    let cooked = rustix::termios::LocalModes::ECHO;
    while rustix::termios::tcgetattr(end).is_ok_and(|line| line.local_modes.contains(cooked)) {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Writes all of it; how long that took.
fn boot(end: &mut File, output: &[u8]) -> Duration {
    let begun = Instant::now();
    output.chunks(PIECE).for_each(|piece| end.write_all(piece).expect("writes"));
    begun.elapsed()
}

/// With socat; `None`: it is not installed.
fn socat(output: &[u8]) -> Option<Duration> {
    let (mut end, path) = line();
    let from = format!("{},rawer", path.display());
    let mut child = Command::new("socat").args(["-u", &from, "-"]).stdout(Stdio::null()).spawn().ok()?;
    wait_until_raw(&end);
    let time = boot(&mut end, output);
    // It has read all but a buffer of it.
    child.kill().and_then(|()| child.wait()).expect("it runs");
    Some(time)
}

/// What a client has of the stream in the end.
struct Heard {
    exact: usize,
    missed: u64,
    gaps: usize,
    dumps: usize,
}

/// One client: reads all that is written, and rests so long after each piece of its credit.
fn attach(socket: &Path, credit: u32, rest: Duration, output: &[u8], ready: impl FnOnce()) -> Heard {
    let mut stream = UnixStream::connect(socket).expect("connects");
    let settings = ClientSettings {
        shared: true,
        login: Login::default(),
        pixel_format: None,
        encodings: vec![Encoding::RAW, Encoding::CONSOLE],
        size_max: Size::new(4096, 4096),
    };
    let mut conn = ClientConnection::new(settings, Instant::now());
    let (mut buffer, mut ready) = (vec![0; 256 * 1024], Some(ready));
    let (mut heard, mut begun) = (Heard { exact: 0, missed: 0, gaps: 0, dumps: 0 }, 0);
    let mut unrested = 0;
    loop {
        while let Some(event) = conn.poll_event(Instant::now(), &mut |_| ()).expect("RFB") {
            match event {
                ClientEvent::Ready(_) => conn.request_update(false, None),
                ClientEvent::Acknowledged(Encoding::CONSOLE) => {
                    let opening = Opening { console: 1, start: Start::Now, dumps: true, lines: 0, credit };
                    conn.open_stream(opening).expect("it has streams");
                }
                ClientEvent::Stream { stream, event } => match event {
                    StreamEvent::Opened(opened) => {
                        begun = opened.offset;
                        ready.take().expect("it opens once")();
                    }
                    StreamEvent::Data { offset, bytes } => {
                        let from = (offset - begun) as usize;
                        assert!(output[from..from + bytes.0.len()] == bytes.0[..], "other bytes than were written");
                        heard.exact += bytes.0.len();
                        unrested += bytes.0.len();
                        conn.take_from_stream(stream, bytes.0.len());
                    }
                    StreamEvent::Gap { length, .. } => {
                        heard.missed += length;
                        heard.gaps += 1;
                    }
                    StreamEvent::Dump { last, bytes, .. } => {
                        heard.dumps += usize::from(last);
                        conn.take_from_stream(stream, bytes.0.len());
                    }
                    other => panic!("{other:?}"),
                },
                _ => {}
            }
        }
        loop {
            let mut slices = [IoSlice::new(&[]); 8];
            match conn.poll_transmit(&mut slices) {
                0 => break,
                filled => {
                    let written = stream.write_vectored(&slices[..filled]).expect("the server stays");
                    conn.advance(written);
                }
            }
        }
        if heard.exact as u64 + heard.missed >= output.len() as u64 {
            return heard;
        }
        if unrested >= credit as usize / 2 && !rest.is_zero() {
            unrested = 0;
            thread::sleep(rest);
        }
        let length = stream.read(&mut buffer).expect("the server stays");
        assert!(length > 0, "the server stays");
        conn.receive(&buffer[..length]);
    }
}

/// With two clients that keep up, and one that does not if there is to be one: how long until those two have all of it.
fn server(output: &Arc<Vec<u8>>, slow: bool) -> Duration {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let _guard = runtime.enter();
    let (mut end, path) = line();
    let running = Running::start(own_viewer::config(vec![Endpoint::Pty(path)])).expect("starts");
    wait_until_raw(&end);
    let socket = running.addresses()[0].unix_path().expect("a Unix socket").to_owned();
    let (sender, opened) = std::sync::mpsc::channel();
    let client = |credit, rest| {
        let (socket, output, sender) = (socket.clone(), Arc::clone(output), sender.clone());
        thread::spawn(move || attach(&socket, credit, rest, &output, move || sender.send(()).expect("waited for")))
    };
    let clients = [client(4 << 20, Duration::ZERO), client(4 << 20, Duration::ZERO)];
    let slow = slow.then(|| client(64 << 10, Duration::from_millis(100)));
    for _ in 0..clients.len() + usize::from(slow.is_some()) {
        opened.recv().expect("they open");
    }
    let begun = Instant::now();
    let written = boot(&mut end, output);
    let heard = clients.map(|client| client.join().expect("it reads"));
    let time = begun.elapsed();
    for client in heard {
        println!(
            "  written in {written:.2?}, read in {time:.2?}: {} bytes exact, {} missing in {} gaps",
            client.exact, client.missed, client.gaps
        );
    }
    if let Some(slow) = slow {
        let Heard { exact, missed, gaps, dumps } = slow.join().expect("it reads");
        println!("  the slow one: {exact} bytes exact, {missed} missing in {gaps} gaps, {dumps} dumps");
    }
    runtime.block_on(running.stop());
    time
}

fn main() {
    let megabytes = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(MEGABYTES);
    let mut output = Vec::new();
    for number in 0.. {
        if output.len() >= megabytes * 1_000_000 {
            break;
        }
        writeln!(output, "[{:5}.{:06}] a driver has found its device, line {number}\r", number / 97, number % 97)
            .expect("memory takes it");
    }
    let output = Arc::new(output);
    let rate = |time: Duration| output.len() as f64 / time.as_secs_f64() / 1e6;
    let (mut theirs, mut ours) = (None, Duration::MAX);
    for round in 0..ROUNDS {
        theirs = socat(&output).into_iter().chain(theirs).min();
        ours = ours.min(server(&output, round == 0));
    }
    match theirs {
        None => println!("two clients {:.0} MB/s; socat is not installed", rate(ours)),
        Some(theirs) => println!(
            "socat {:.0} MB/s, two clients {:.0} MB/s: {:.2} of it",
            rate(theirs),
            rate(ours),
            theirs.as_secs_f64() / ours.as_secs_f64()
        ),
    }
}
