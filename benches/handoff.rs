//! How long a switch to a proxied screen of 1920x1080 takes, from Ctrl-Alt-F7 until the viewer has the whole picture, decoded;
//! with a screen that changed while nobody looked. `cargo bench --bench handoff [-- WORD…]`, words of pictures or formats.
//!
//! The server is the program itself, over loopback TCP on both sides; the upstream here has its pictures ready, and the
//! viewer is ours.

mod pictures;

use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use vncterm::geometry::{Rect, Size};
use vncterm::input::{KeyEvent, Keysym};
use vncterm::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Login};
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::picture::Picture;
use vncterm::surface::{Frame, Surface};

use pictures::{FULL, Random, TILE, desktop, photograph};

/// Switches that are timed.
const ROUNDS: usize = 20;
/// So long the viewer stays at the console each time.
const REST: Duration = Duration::from_millis(150);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let quality = |level| Encoding(Encoding::QUALITY_LEVEL_0.0 + level);
    let formats: [(&str, &[Encoding]); 4] = [
        ("Tight", &[Encoding::TIGHT]),
        ("Tight quality 8", &[Encoding::TIGHT, quality(8)]),
        ("ZRLE", &[Encoding::ZRLE]),
        ("Raw", &[Encoding::RAW]),
    ];
    for name in ["desktop", "photo"] {
        for (what, encodings) in formats {
            if words.is_empty() || words.iter().any(|word| name.contains(word.as_str()) || what.contains(word.as_str()))
            {
                measure(name, what, encodings);
            }
        }
    }
}

fn measure(name: &str, what: &str, encodings: &[Encoding]) {
    let pictures = pictures_of(name);
    let upstream = Upstream::start(&pictures);
    let program = Program::start(upstream.port);
    let mut viewer = Viewer::connect(program.port, encodings);
    let exact = encodings.len() == 1;
    viewer.until(|viewer| viewer.shows(&pictures, 0, exact));
    let mut took: Vec<Duration> = (1..=ROUNDS)
        .map(|round| {
            viewer.switch(1);
            viewer.until(|viewer| viewer.size() != Some(FULL));
            // What was on its way, and what the program does when nobody looks any more.
            viewer.rest();
            upstream.shown.fetch_add(1, Ordering::AcqRel);
            let begun = Instant::now();
            viewer.switch(7);
            viewer.until(|viewer| viewer.shows(&pictures, round, exact));
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    println!("{name:8} {what:16} median {:6.1} ms, worst {:6.1} ms", ms(took[ROUNDS / 2]), ms(took[ROUNDS - 1]));
}

/// Two pictures that differ everywhere a little, and are equally hard.
fn pictures_of(name: &str) -> [Arc<Frame>; 2] {
    [3, 4].map(|seed| {
        let random = &mut Random(seed);
        match name {
            "photo" => {
                let mut surface = Surface::new(FULL, TILE, 0);
                photograph(&mut surface, FULL.rect(), random);
                surface.publish()
            }
            _ => desktop(random).publish(),
        }
    })
}

/// A VNC server that shows one of two pictures and sends what it is asked for at once, in Raw.
struct Upstream {
    port: u16,
    shown: Arc<AtomicUsize>,
}

impl Upstream {
    fn start(pictures: &[Arc<Frame>; 2]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (shown, pictures) = (Arc::new(AtomicUsize::new(0)), pictures.clone());
        let now = Arc::clone(&shown);
        thread::spawn(move || {
            for stream in listener.incoming() {
                // It ends with the program.
                let _ = serve(&mut stream.expect("a connection"), &pictures, &now);
            }
        });
        Self { port, shown }
    }
}

fn serve(stream: &mut TcpStream, pictures: &[Arc<Frame>; 2], shown: &AtomicUsize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(b"RFB 003.008\n")?;
    skip(stream, 12)?;
    stream.write_all(&[1, 1])?;
    skip(stream, 1)?;
    stream.write_all(&[0; 4])?;
    skip(stream, 1)?;
    let mut init = [FULL.width, FULL.height].map(|side| (side as u16).to_be_bytes()).concat();
    init.extend([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
    stream.write_all(&init)?;
    // Who has asked for changes is told when there is one.
    let (mut told, mut waits) = (usize::MAX, false);
    loop {
        let now = shown.load(Ordering::Acquire);
        if waits && now != told {
            send(stream, &pictures[now % 2], FULL.rect())?;
            (told, waits) = (now, false);
        }
        let mut head = [0; 1];
        stream.set_read_timeout(Some(Duration::from_millis(1)))?;
        match stream.read(&mut head) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        }
        stream.set_read_timeout(None)?;
        match head[0] {
            0 => skip(stream, 19)?,
            2 => {
                let count = read::<3>(stream)?;
                skip(stream, 4 * usize::from(u16::from_be_bytes([count[1], count[2]])))?;
            }
            3 => {
                let asked = read::<9>(stream)?;
                let at = |index: usize| u32::from(u16::from_be_bytes([asked[index], asked[index + 1]]));
                let area = Rect::new(at(1), at(3), at(5), at(7));
                if asked[0] == 0 {
                    send(stream, &pictures[now % 2], area)?;
                    told = if area == FULL.rect() { now } else { told };
                } else {
                    waits = true;
                }
            }
            4 => skip(stream, 7)?,
            5 => skip(stream, 5)?,
            other => panic!("message {other}"),
        }
    }
}

fn send(stream: &mut TcpStream, frame: &Frame, area: Rect) -> std::io::Result<()> {
    let mut update = vec![0, 0, 0, 1];
    update.extend([area.x, area.y, area.width, area.height].iter().flat_map(|side| (*side as u16).to_be_bytes()));
    update.extend([0; 4]);
    update.extend(frame.rows(area).flatten().flat_map(|pixel| pixel.to_le_bytes()));
    stream.write_all(&update)
}

fn skip(stream: &mut TcpStream, bytes: usize) -> std::io::Result<()> {
    stream.read_exact(&mut vec![0; bytes])
}

fn read<const N: usize>(stream: &mut TcpStream) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The program, with a console that is quiet and that upstream.
struct Program {
    child: Child,
    port: u16,
}

impl Program {
    fn start(upstream: u16) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
        command.args(["-q", "--listen", &format!("127.0.0.1:{port}"), "--upstream", &format!("127.0.0.1::{upstream}")]);
        command.args(["--", "sleep", "1000"]).stdout(Stdio::null());
        Self { child: command.spawn().expect("the program starts"), port }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Viewer {
    conn: ClientConnection,
    stream: TcpStream,
    picture: Picture,
    buffer: Vec<u8>,
    /// Pixels drawn since the size changed.
    drawn: u64,
}

impl Viewer {
    fn connect(port: u16, encodings: &[Encoding]) -> Self {
        let begun = Instant::now();
        let stream = loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Ok(stream) => break stream,
                Err(error) if begun.elapsed() > Duration::from_secs(10) => panic!("{error}"),
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        };
        stream.set_nodelay(true).expect("a socket");
        let extensions = [Encoding::COPY_RECT, Encoding::DESKTOP_SIZE, Encoding::LAST_RECT];
        let settings = ClientSettings {
            shared: true,
            login: Login::default(),
            pixel_format: None,
            encodings: encodings.iter().chain(&extensions).copied().collect(),
            size_max: FULL,
        };
        let conn = ClientConnection::new(settings, Instant::now());
        Self { conn, stream, picture: Picture::default(), buffer: vec![0; 1 << 18], drawn: 0 }
    }

    fn size(&self) -> Option<Size> {
        self.conn.size()
    }

    /// Whether it has all of the picture of that round: exactly, or more nearly than of the other one.
    fn shows(&self, pictures: &[Arc<Frame>; 2], round: usize, exact: bool) -> bool {
        if self.size() != Some(FULL) || self.drawn < FULL.area() {
            return false;
        }
        let (wanted, other) = (&pictures[round % 2], &pictures[(round + 1) % 2]);
        let green = |pixel: u32| i64::from(pixel >> 8 & 0xff);
        let unlike = |frame: &Frame| -> u64 {
            let rows = (0..FULL.height).step_by(8).map(|y| (self.picture.row(y), frame.row(y)));
            rows.flat_map(|(ours, theirs)| ours.iter().zip(theirs))
                .map(|(ours, theirs)| green(*ours).abs_diff(green(*theirs)))
                .sum()
        };
        match exact {
            true => (0..FULL.height).all(|y| self.picture.row(y) == wanted.row(y)),
            false => unlike(wanted) < unlike(other),
        }
    }

    fn switch(&mut self, vt: u32) {
        let keys = [Keysym::CONTROL_L, Keysym::ALT_L, Keysym(Keysym::F1.0 + vt - 1)];
        let mut send = |keysym, down| self.conn.send_key(KeyEvent { keysym, keycode: None, down, repeat: false });
        keys.iter().for_each(|keysym| send(*keysym, true));
        keys.iter().rev().for_each(|keysym| send(*keysym, false));
    }

    fn until(&mut self, done: impl Fn(&Self) -> bool) {
        self.stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        while !self.go_on() || !done(self) {
            let read = self.stream.read(&mut self.buffer).expect("the server answers");
            assert!(read > 0, "the server has hung up");
            self.conn.receive(&self.buffer[..read]);
        }
    }

    /// Takes what comes for a while.
    fn rest(&mut self) {
        let end = Instant::now() + REST;
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.go_on();
            self.stream.set_read_timeout(Some(left)).expect("a socket");
            if let Ok(read) = self.stream.read(&mut self.buffer) {
                self.conn.receive(&self.buffer[..read]);
            }
        }
    }

    /// Handles what has come and writes what is to be said. Whether no update is half here.
    fn go_on(&mut self) -> bool {
        let mut whole = false;
        let (picture, drawn) = (&mut self.picture, &mut self.drawn);
        loop {
            let event = self.conn.poll_event(Instant::now(), &mut |drawing| {
                *drawn += drawing.target().area();
                picture.draw(&drawing);
            });
            let Some(event) = event.expect("the server speaks RFB") else { break };
            picture.follow(&event);
            match event {
                ClientEvent::Ready(_) => self.conn.request_update(false, None),
                ClientEvent::Resized(_) => *drawn = 0,
                ClientEvent::Updated { .. } => {
                    whole = true;
                    self.conn.request_update(true, None);
                }
                _ => {}
            }
        }
        while self.conn.queued() > 0 {
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = self.conn.poll_transmit(&mut slices);
            let written = self.stream.write_vectored(&slices[..filled]).expect("the server reads");
            self.conn.advance(written);
        }
        whole
    }
}
