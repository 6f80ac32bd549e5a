//! What a guest pays for being read by a console that nobody looks at: how long its output takes, against a reader that
//! throws the bytes away.
//!
//! ```text
//! cargo bench --bench drain [-- MIB]
//! ```
//!
//! A guest here is a thread that writes numbered lines as fast as they are taken, over a PTY, a Unix socket and TCP. That
//! is faster than any guest: its serial port takes a byte at a time out of a virtual machine. So the program says both
//! how much longer it takes, and what rate a guest could have before it noticed. The console and the other reader take
//! turns, and the best of some rounds counts.

#[path = "../tests/suite/own_viewer.rs"]
#[allow(dead_code, reason = "made for the tests, which use more of it")]
mod own_viewer;

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::thread;
use std::time::{Duration, Instant};

use own_viewer::scratch;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use vncterm::console::handle::{Settings, start};
use vncterm::display::board::Board;
use vncterm::font::{Font, FontOptions};
use vncterm::geometry::GridSize;
use vncterm::net::connect::HostPort;
use vncterm::shutdown::stopper;
use vncterm::source::Endpoint;
use vncterm::terminal::Options;

const ROUNDS: usize = 7;
const MIB: usize = 10;
/// What a hypervisor writes at once, at most.
const PIECE: usize = 4096;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Pty,
    Unix,
    Tcp,
}

/// The guest's end, and how to get to the other.
struct Guest {
    /// Gives the guest's end once somebody has connected.
    end: Box<dyn FnOnce() -> File + Send>,
    endpoint: Endpoint,
}

fn guest(kind: Kind) -> Guest {
    match kind {
        Kind::Pty => {
            let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a PTY");
            grantpt(&master).expect("granted");
            unlockpt(&master).expect("unlocked");
            let path = ptsname(&master, Vec::new()).expect("a name").into_string().expect("ASCII");
            Guest { end: Box::new(move || File::from(master)), endpoint: Endpoint::Pty(path.into()) }
        }
        Kind::Unix => {
            let path = scratch("drain");
            let listener = UnixListener::bind(&path).expect("binds");
            let end = move || File::from(OwnedFd::from(listener.accept().expect("accepts").0));
            Guest { end: Box::new(end), endpoint: Endpoint::Unix(path) }
        }
        Kind::Tcp => {
            let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
            let port = listener.local_addr().expect("bound").port();
            let end = move || File::from(OwnedFd::from(listener.accept().expect("accepts").0));
            Guest { end: Box::new(end), endpoint: Endpoint::Tcp(HostPort::new("127.0.0.1", port)) }
        }
    }
}

/// Writes it all, and a question at the end, whose answer says that all was understood; how long that took.
fn boot(mut end: File, output: &[u8]) -> Duration {
    let begun = Instant::now();
    for piece in output.chunks(PIECE) {
        end.write_all(piece).expect("writes");
    }
    let mut answer = [0; 4];
    end.read_exact(&mut answer).expect("reads");
    begun.elapsed()
}

/// With a console, as the server has it.
fn console(kind: Kind, output: &[u8]) -> Duration {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    runtime.block_on(async {
        let guest = guest(kind);
        let (stopper, stop) = stopper();
        let settings = Settings {
            id: 1,
            name: "drain".into(),
            endpoint: guest.endpoint,
            grid: GridSize::new(80, 24),
            terminal: Options::default(),
            font: Font::new(FontOptions::default()).expect("the bundled font"),
            paste_rate: None,
            board: Board::default(),
        };
        let console = start(settings, stop).expect("starts");
        let output = output.to_vec();
        let booted = tokio::task::spawn_blocking(move || {
            let end = (guest.end)();
            wait_until_raw(&end);
            boot(end, &output)
        });
        let time = booted.await.expect("boots");
        drop(console);
        stopper.stop();
        stopper.all_gone().await;
        time
    })
}

/// With a reader that looks for the question and throws everything else away.
fn nobody(kind: Kind, output: &[u8]) -> Duration {
    let guest = guest(kind);
    let mut theirs = match &guest.endpoint {
        Endpoint::Pty(path) => {
            let file = File::options().read(true).write(true).open(path).expect("opens");
            let mut line = tcgetattr(&file).expect("settings");
            line.make_raw();
            tcsetattr(&file, OptionalActions::Now, &line).expect("set");
            file
        }
        Endpoint::Unix(path) => {
            File::from(OwnedFd::from(std::os::unix::net::UnixStream::connect(path).expect("connects")))
        }
        Endpoint::Tcp(to) => File::from(OwnedFd::from(std::net::TcpStream::connect(to.to_string()).expect("connects"))),
        other => unreachable!("{other} is not measured"),
    };
    let length = output.len();
    let reader = thread::spawn(move || {
        let (mut seen, mut buffer) = (0, vec![0; 64 * 1024]);
        while seen < length {
            seen += theirs.read(&mut buffer).expect("reads");
        }
        theirs.write_all(b"\x1b[0n").expect("writes");
        theirs
    });
    let time = boot((guest.end)(), output);
    drop(reader.join());
    time
}

fn wait_until_raw(end: &File) {
    while tcgetattr(end).is_ok_and(|line| line.local_modes.contains(rustix::termios::LocalModes::ECHO)) {
        thread::yield_now();
    }
}

fn main() {
    let mib = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(MIB);
    let mut output = Vec::new();
    for number in 0.. {
        if output.len() >= mib << 20 {
            break;
        }
        writeln!(output, "[{:5}.{:06}] a driver has found its device, line {number}\r", number / 97, number % 97)
            .expect("memory takes it");
    }
    output.extend_from_slice(b"\x1b[5n");
    for kind in [Kind::Pty, Kind::Unix, Kind::Tcp] {
        let (mut with, mut without) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            without = without.min(nobody(kind, &output));
            with = with.min(console(kind, &output));
        }
        let rate = |time: Duration| output.len() as f64 / time.as_secs_f64() / f64::from(1 << 20);
        println!(
            "{kind:?}: thrown away {:.0} MiB/s, with a console {:.0} MiB/s: {:.2} times as long",
            rate(without),
            rate(with),
            with.as_secs_f64() / without.as_secs_f64()
        );
    }
}
