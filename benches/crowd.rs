//! One console that floods and very many viewers of it, each over every way in: plain, with a password, over a WebSocket,
//! over TLS, over both.
//!
//! ```text
//! cargo bench --bench crowd [-- VIEWERS] [WAY…]
//! ```
//!
//! The server is the program itself, in a process of its own, and only its time and memory count. The viewers here only
//! follow the framing of what they get (ZRLE and CopyRect, which say how long they are), so that a machine with two cores
//! can hold them all; that the pictures are right is what the tests look at.

use std::io::{self, IoSlice};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::{JoinSet, LocalSet};
use vncterm::net::Stream;
use vncterm::net::tls::Session;
use vncterm::rfb::handshake::vnc_auth;

/// How many viewers there are unless told otherwise.
const VIEWERS: usize = 1_000;
/// How long the console floods.
const FLOOD: Duration = Duration::from_secs(4);
/// How often one key is pressed while all is quiet.
const KEYS: usize = 20;
/// The password where there is one.
const PASSWORD: &str = "sesame";
const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/ca.pem");
const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/server.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/server.key");

/// A way in.
#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    password: bool,
    tls: Tls,
    web_socket: bool,
}

/// Where TLS begins.
#[derive(Clone, Copy, PartialEq)]
enum Tls {
    None,
    /// In the handshake of RFB: VeNCrypt's X509Vnc.
    VeNCrypt,
    /// Before all else, as in `wss`.
    First,
}

const WAYS: [Way; 5] = [
    Way { name: "plain", password: false, tls: Tls::None, web_socket: false },
    Way { name: "password", password: true, tls: Tls::None, web_socket: false },
    Way { name: "websocket", password: false, tls: Tls::None, web_socket: true },
    Way { name: "x509vnc", password: true, tls: Tls::VeNCrypt, web_socket: false },
    Way { name: "wss+password", password: true, tls: Tls::First, web_socket: true },
];

/// What was measured.
struct Figures {
    pictures: Duration,
    per_second: Vec<f64>,
    server: Duration,
    updates: u64,
    kib: f64,
    changes: Vec<Duration>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(VIEWERS);
    let named = |way: &&Way| {
        let names: Vec<_> = arguments.iter().filter(|argument| argument.parse::<usize>().is_err()).collect();
        names.is_empty() || names.iter().any(|name| *name == way.name)
    };
    println!(
        "{:>14} {:>13} {:>11} {:>11} {:>14} {:>12} {:>11} {:>11}",
        "way", "all pictures", "updates/s", "the least", "µs per update", "KiB/viewer", "last sees", "at worst"
    );
    for way in WAYS.iter().filter(named) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let figures = runtime.block_on(LocalSet::new().run_until(measure(*way, count)));
        let Figures { pictures, mut per_second, server, updates, kib, mut changes } = figures;
        per_second.sort_by(f64::total_cmp);
        changes.sort();
        println!(
            "{:>14} {:>10.0} ms {:>11.1} {:>11.1} {:>14.1} {kib:>12.1} {:>8.1} ms {:>8.1} ms",
            way.name,
            pictures.as_secs_f64() * 1e3,
            per_second[per_second.len() / 2],
            per_second[0],
            server.as_secs_f64() * 1e6 / updates.max(1) as f64,
            changes[changes.len() / 2].as_secs_f64() * 1e3,
            changes[changes.len() - 1].as_secs_f64() * 1e3,
        );
    }
}

/// One server, `count` viewers that come all at once, a flood, and keys pressed one by one.
async fn measure(way: Way, count: usize) -> Figures {
    let directory = std::env::temp_dir().join(format!("vncterm-crowd-{}-{}", std::process::id(), way.name));
    std::fs::create_dir_all(&directory).expect("the directory can be written");
    let go = directory.join("go");
    let server = Server::start(way, &directory, &go).await;
    let mut first = Viewer::join(way, server.port).await.expect("the server is there");
    first.follow(1).await.expect("a first picture");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let alone = server.memory();

    // What every viewer has got, and what the last of them waits for.
    let (got, seen) = (Rc::new(Counts::default()), watch::channel(0_u64).0);
    let seen = Rc::new(seen);
    let begun = Instant::now();
    let mut viewers = JoinSet::new();
    for number in 0..count {
        let (got, seen) = (Rc::clone(&got), Rc::clone(&seen));
        viewers.spawn_local(async move {
            let mut viewer = Viewer::join(way, server.port).await.expect("there is room for all");
            loop {
                viewer.follow(1).await.expect("an update");
                got.add(number);
                seen.send_modify(|all| *all += 1);
            }
        });
    }
    let mut news = seen.subscribe();
    all_stay(&mut viewers, got.wait(&mut news, count, |updates| updates >= 1)).await;
    let pictures = begun.elapsed();

    tokio::time::sleep(Duration::from_secs(1)).await;
    let (before, cpu) = (got.all(count), server.cpu());
    std::fs::write(&go, "").expect("the directory can be written");
    tokio::time::sleep(FLOOD).await;
    let during = got.all(count);
    std::fs::remove_file(&go).expect("it was written");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (after, spent) = (got.all(count), server.cpu() - cpu);
    let kib = (server.memory() - alone) / count as f64;

    let mut changes = Vec::new();
    for _ in 0..KEYS {
        tokio::time::sleep(Duration::from_millis(60)).await;
        let begun = Instant::now();
        let from = got.all(count);
        first.press('x').await;
        all_stay(&mut viewers, got.wait_from(&mut news, count, &from)).await;
        changes.push(begun.elapsed());
    }
    drop(viewers);
    let _ = std::fs::remove_dir_all(&directory);
    let rate = |number: usize| (during[number] - before[number]) as f64 / FLOOD.as_secs_f64();
    Figures {
        pictures,
        per_second: (0..count).map(rate).collect(),
        server: spent,
        updates: after.iter().zip(&before).map(|(after, before)| after - before).sum(),
        kib,
        changes,
    }
}

/// Does `work`; a viewer that is not let in, or thrown out, ends all of it.
async fn all_stay<T>(viewers: &mut JoinSet<()>, work: impl Future<Output = T>) -> T {
    tokio::select! {
        done = work => done,
        ended = viewers.join_next() => panic!("a viewer has gone: {ended:?}"),
    }
}

/// How many updates each viewer has got.
#[derive(Default)]
struct Counts(std::cell::RefCell<Vec<u64>>);

impl Counts {
    fn add(&self, number: usize) {
        let mut counts = self.0.borrow_mut();
        if counts.len() <= number {
            counts.resize(number + 1, 0);
        }
        counts[number] += 1;
    }

    fn all(&self, count: usize) -> Vec<u64> {
        let mut all = self.0.borrow().clone();
        all.resize(count, 0);
        all
    }

    async fn wait(&self, news: &mut watch::Receiver<u64>, count: usize, enough: impl Fn(u64) -> bool) {
        while !self.all(count).into_iter().all(&enough) {
            news.changed().await.expect("the viewers are there");
        }
    }

    async fn wait_from(&self, news: &mut watch::Receiver<u64>, count: usize, from: &[u64]) {
        while self.all(count).iter().zip(from).any(|(now, from)| now <= from) {
            news.changed().await.expect("the viewers are there");
        }
    }
}

/// The program, serving a console that floods as long as a file is there and echoes what is typed.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    async fn start(way: Way, directory: &std::path::Path, go: &std::path::Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
        let line: String = (b'!'..b'o').map(char::from).collect();
        let text: String = (0..2_000).map(|number| format!("{number:06} {}\n", &line[number % 7..])).collect();
        let flood = directory.join("text");
        std::fs::write(&flood, text).expect("the directory can be written");
        let guest = format!(
            "(while :; do if [ -e {go} ]; then cat {text}; else sleep 0.02; fi; done) & exec cat >/dev/null",
            go = go.display(),
            text = flood.display()
        );
        let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
        command.args(["--listen", &format!("127.0.0.1:{port}"), "--max-clients", "2000", "--resize", "fixed", "-q"]);
        if way.web_socket {
            command.args(["--web", "on"]);
        }
        if way.password {
            let file = directory.join("password");
            std::fs::write(&file, format!("{PASSWORD}\n")).expect("the directory can be written");
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&file, private).expect("it is ours");
            command.arg("--password-file").arg(file);
        }
        if way.tls != Tls::None {
            let key = directory.join("key");
            std::fs::copy(KEY, &key).expect("the directory can be written");
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&key, private).expect("it is ours");
            command.args(["--tls-cert", CERTIFICATE, "--tls-key"]).arg(key);
        }
        command.args(["--", "sh", "-c", &guest]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the program was built");
        let server = Self { child, port };
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server
    }

    /// Time its threads have run.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let fields: Vec<_> = stat[stat.rfind(')').expect("its name") + 2..].split(' ').collect();
        let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("ticks")).sum();
        // Linux counts in hundredths for programs, whatever it counts in itself.
        Duration::from_millis(ticks * 10)
    }

    /// The memory that is its own, in KiB.
    fn memory(&self) -> f64 {
        let map = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id())).expect("it runs");
        let line = map.lines().find(|line| line.starts_with("Pss:")).expect("the kernel tells it");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One viewer, which follows the framing of what it gets.
struct Viewer {
    /// Always there, but while TLS begins.
    stream: Option<Stream>,
    web_socket: bool,
    /// Bytes of RFB that have come, from `read` on not yet looked at.
    bytes: Vec<u8>,
    read: usize,
    /// Bytes of WebSocket frames that are not whole yet, the payload still to come of the one that has begun, and whether it
    /// is RFB.
    frames: Vec<u8>,
    payload: u64,
    is_data: bool,
}

impl Viewer {
    /// Comes in as far as the first request of a picture.
    async fn join(way: Way, port: u16) -> io::Result<Self> {
        let mut stream = Stream::Tcp(TcpStream::connect(("127.0.0.1", port)).await?);
        if way.tls == Tls::First {
            stream = stream.into_tls(session());
        }
        let mut viewer = Self {
            stream: Some(stream),
            web_socket: false,
            bytes: Vec::new(),
            read: 0,
            frames: Vec::new(),
            payload: 0,
            is_data: false,
        };
        if way.web_socket {
            viewer.upgrade().await?;
        }
        viewer.handshake(way).await?;
        let size = viewer.take(24).await?;
        let name = u32::from_be_bytes([size[20], size[21], size[22], size[23]]);
        viewer.take(name as usize).await?;
        // SetEncodings: CopyRect, ZRLE; and the first request.
        viewer.send(&[2, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 16]).await?;
        viewer.request(false).await?;
        Ok(viewer)
    }

    fn stream(&mut self) -> &mut Stream {
        self.stream.as_mut().expect("TLS begins at once")
    }

    async fn upgrade(&mut self) -> io::Result<()> {
        let head = "GET /websockify HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: binary\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        self.send(head.as_bytes()).await?;
        let mut end = Vec::new();
        while !end.ends_with(b"\r\n\r\n") {
            end.extend(self.take(1).await?);
        }
        assert!(end.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&end));
        self.web_socket = true;
        // The server's first message may have come with it.
        self.frames = self.bytes.split_off(self.read);
        self.unframe();
        Ok(())
    }

    async fn handshake(&mut self, way: Way) -> io::Result<()> {
        self.take(12).await?;
        self.send(b"RFB 003.008\n").await?;
        let count = self.take(1).await?[0];
        self.take(count.into()).await?;
        let wanted = if way.tls == Tls::VeNCrypt { 19 } else { 1 + u8::from(way.password) };
        self.send(&[wanted]).await?;
        if way.tls == Tls::VeNCrypt {
            self.take(2).await?;
            self.send(&[0, 2]).await?;
            let count = self.take(2).await?[1];
            self.take(4 * usize::from(count)).await?;
            // X509Vnc is 261.
            self.send(&[0, 0, 1, 5]).await?;
            self.take(1).await?;
            self.stream = self.stream.take().map(|plain| plain.into_tls(session()));
        }
        if way.password {
            let challenge: [u8; 16] = self.take(16).await?.try_into().expect("sixteen");
            self.send(&vnc_auth::answer(PASSWORD.as_bytes(), &challenge)).await?;
        }
        if self.take(4).await? != [0; 4] {
            let length = self.take(4).await?[3];
            let reason = self.take(length.into()).await?;
            panic!("the server says: {}", String::from_utf8_lossy(&reason));
        }
        self.send(&[1]).await
    }

    /// Follows so many updates, and asks for the next at once after each.
    async fn follow(&mut self, updates: usize) -> io::Result<()> {
        for _ in 0..updates {
            while !self.message().await? {}
        }
        Ok(())
    }

    /// One message; whether it was an update.
    async fn message(&mut self) -> io::Result<bool> {
        match self.take(1).await?[0] {
            0 => {
                let head = self.take(3).await?;
                // As viewers do: the next is asked for before this one is read.
                self.request(true).await?;
                for _ in 0..u16::from_be_bytes([head[1], head[2]]) {
                    let rectangle = self.take(12).await?;
                    match i32::from_be_bytes([rectangle[8], rectangle[9], rectangle[10], rectangle[11]]) {
                        1 => drop(self.take(4).await?),
                        16 => {
                            let length = self.take(4).await?;
                            self.skip(u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize)
                                .await?;
                        }
                        other => panic!("encoding {other} was not asked for"),
                    }
                }
                return Ok(true);
            }
            2 => {}
            3 => {
                let head = self.take(7).await?;
                self.skip(u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize).await?;
            }
            other => panic!("message {other} was not asked for"),
        }
        Ok(false)
    }

    async fn request(&mut self, incremental: bool) -> io::Result<()> {
        self.send(&[3, incremental.into(), 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]).await
    }

    async fn press(&mut self, key: char) {
        for down in [1, 0] {
            self.send(&[4, down, 0, 0, 0, 0, 0, key as u8]).await.expect("the server is there");
        }
    }

    async fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.bytes.len() - self.read < count {
            self.receive().await?;
        }
        let taken = self.bytes[self.read..self.read + count].to_vec();
        self.read += count;
        Ok(taken)
    }

    async fn skip(&mut self, mut count: usize) -> io::Result<()> {
        loop {
            let here = count.min(self.bytes.len() - self.read);
            self.read += here;
            count -= here;
            if count == 0 {
                return Ok(());
            }
            self.receive().await?;
        }
    }

    /// Waits for bytes.
    async fn receive(&mut self) -> io::Result<()> {
        self.bytes.drain(..self.read);
        self.read = 0;
        let mut buffer = [0; 16 * 1024];
        let length = loop {
            match self.stream().try_read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => break length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stream().ready(Interest::READABLE).await?;
                }
                Err(error) => return Err(error),
            }
        };
        if self.web_socket {
            self.frames.extend_from_slice(&buffer[..length]);
            self.unframe();
        } else {
            self.bytes.extend_from_slice(&buffer[..length]);
        }
        Ok(())
    }

    /// Takes the payload out of the frames that have come (RFC 6455, 5.2); pings go unanswered here.
    fn unframe(&mut self) {
        let mut at = 0;
        loop {
            let here = self.payload.min((self.frames.len() - at) as u64) as usize;
            if self.is_data {
                self.bytes.extend_from_slice(&self.frames[at..at + here]);
            }
            at += here;
            self.payload -= here as u64;
            let rest = &self.frames[at..];
            let (head, length) = match rest {
                [_, 126, a, b, ..] => (4, u64::from(u16::from_be_bytes([*a, *b]))),
                [_, 127, a, b, c, d, e, f, g, h, ..] => (10, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])),
                [_, length, ..] if *length < 126 => (2, u64::from(*length)),
                _ => break,
            };
            self.is_data = rest[0] & 0x0f <= 2;
            at += head;
            self.payload = length;
        }
        self.frames.drain(..at);
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut framed = Vec::new();
        if self.web_socket {
            assert!(bytes.len() < 126, "only small messages are sent here");
            framed.extend([0x82, 0x80 | bytes.len() as u8, 0, 0, 0, 0]);
        }
        framed.extend_from_slice(bytes);
        let mut left = &framed[..];
        while !left.is_empty() {
            match self.stream().try_write_vectored(&[IoSlice::new(left)]) {
                Ok(length) => left = &left[length..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stream().ready(Interest::WRITABLE).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// One end of TLS that trusts the tests' authority.
fn session() -> Session {
    thread_local! {
        static CONFIG: Arc<rustls::ClientConfig> = {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(CA).expect("a certificate")).expect("an authority");
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let builder = rustls::ClientConfig::builder_with_provider(provider);
            let builder = builder.with_safe_default_protocol_versions().expect("those of the provider");
            Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
        };
    }
    let name = ServerName::try_from("localhost").expect("a name");
    Session::new(rustls::ClientConnection::new(CONFIG.with(Arc::clone), name).expect("a client").into())
}
