//! What the tests of the whole server share: consoles on PTYs of the test, and our own viewer on a socket.

use std::future::Future;
use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::time::Instant;

use vncterm::config::{Backspace, Clear, Config, Console, Keys, Resize, Sharing};
use vncterm::console::vt::VtNumber;
use vncterm::display::Display;
use vncterm::geometry::{GridSize, Size};
use vncterm::input::leader::{self, LeaderKey};
use vncterm::input::{KeyEvent, Keysym};
use vncterm::net::address::Address;
use vncterm::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Login};
use vncterm::rfb::error::RfbError;
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::picture::Picture;
use vncterm::rfb::pixel_format::PixelFormat;
use vncterm::run::Running;
use vncterm::source::Endpoint;
use vncterm::surface::{Frame, Pixel};

/// Nothing here takes that long: it only ends a test that would hang.
const HANGS: Duration = Duration::from_secs(20);

/// A file name of this process that nobody else has.
pub fn scratch(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("vncterm-{}-{number}-{name}", std::process::id()))
}

/// The guest's end of a console.
pub struct Guest {
    master: tokio::io::unix::AsyncFd<OwnedFd>,
    pub path: PathBuf,
}

impl Guest {
    pub fn new() -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a PTY");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        rustix::io::ioctl_fionbio(&master, true).expect("does not block");
        let path = ptsname(&master, Vec::new()).expect("a name").into_string().expect("ASCII").into();
        #[expect(deprecated, reason = "the other way is unsafe, and an OwnedFd is what it says")]
        let master = tokio::io::unix::AsyncFd::new(master).expect("watched");
        Self { master, path }
    }

    /// Writes all of it.
    pub async fn write(&self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let mut ready = within(self.master.writable()).await.expect("writable");
            if let Ok(written) = ready.try_io(|fd| Ok(rustix::io::write(fd.get_ref(), bytes)?)) {
                bytes = &bytes[written.expect("writes")..];
            }
        }
    }

    /// Reads until what came ends like this; all of it.
    pub async fn read_until(&self, end: &[u8]) -> Vec<u8> {
        let mut seen = Vec::new();
        while !seen.ends_with(end) {
            seen.extend(self.read_some().await);
        }
        seen
    }

    /// Reads what there is, and waits until there is something.
    pub async fn read_some(&self) -> Vec<u8> {
        self.read_at_most(1024).await
    }

    /// Reads at most so much of what there is, and waits until there is something.
    pub async fn read_at_most(&self, most: usize) -> Vec<u8> {
        loop {
            let mut ready = within(self.master.readable()).await.expect("readable");
            let mut buffer = vec![0; most];
            if let Ok(length) = ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut buffer[..])?)) {
                return buffer[..length.expect("reads")].to_vec();
            }
        }
    }

    /// Writes, and waits until the terminal has understood it.
    pub async fn print(&self, bytes: &[u8]) {
        self.write(bytes).await;
        self.write(b"\x1b[5n").await;
        self.read_until(b"\x1b[0n").await;
    }

    /// The line's settings.
    pub fn termios(&self) -> rustix::termios::Termios {
        rustix::termios::tcgetattr(self.master.get_ref()).expect("settings")
    }

    /// Waits until the console has it. The line is raw a moment before: another thread opens it. Nothing sleeps here, so
    /// that a paused clock stands still.
    pub async fn opened(&self) {
        within(async {
            while self.termios().local_modes.contains(rustix::termios::LocalModes::ECHO) {
                tokio::task::yield_now().await;
            }
            self.write(b"\x1b[5n").await;
            let (mut answer, mut buffer) = (Vec::new(), [0; 16]);
            while !answer.ends_with(b"\x1b[0n") {
                let length = rustix::io::read(self.master.get_ref(), &mut buffer[..]).unwrap_or_default();
                answer.extend_from_slice(&buffer[..length]);
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

/// A configuration with these consoles and a socket of its own.
pub fn config(endpoints: Vec<Endpoint>) -> Config {
    let console = |(number, endpoint)| Console {
        name: format!("console{number}"),
        endpoint,
        geometry: GridSize::new(80, 24),
        scrollback: 100,
    };
    Config {
        name: "guest".into(),
        consoles: (1..).zip(endpoints).map(console).collect(),
        listen: vec![Address::Unix(scratch("sock"))],
        resize: Resize::Sole,
        max_clients: 64,
        evict_oldest: false,
        sharing: Sharing::Shared,
        writers: vncterm::access::pen::Writers::All,
        idle_timeout: None,
        view_only: false,
        power: Vec::new(),
        keys: Keys::Xterm,
        backspace: Backspace::Del,
        guest_clipboard: false,
        window_ops: false,
        charset: vncterm::terminal::Encoding::Utf8,
        clear: Clear::Keep,
        paste_rate: None,
        security: vncterm::access::security::Security::open(),
        web: vncterm::config::Web::Off,
        allow_origins: Vec::new(),
        tls: None,
        graphics: None,
        audio: vncterm::config::Audio::Upstream,
        leader: LeaderKey::parse(leader::DEFAULT).ok(),
        all_switch: false,
        insecure: false,
        look: vncterm::config::Look::default(),
        control: None,
        log: "warn".into(),
    }
}

/// A server whose consoles hang on these guests, and has opened them.
pub async fn serve(guests: &[&Guest], change: impl FnOnce(&mut Config)) -> Running {
    let mut config = config(guests.iter().map(|guest| Endpoint::Pty(guest.path.clone())).collect());
    change(&mut config);
    let running = Running::start(config).expect("starts");
    for guest in guests {
        guest.opened().await;
    }
    running
}

/// The display of a virtual terminal.
pub fn display(running: &Running, vt: u8) -> Display {
    let number = VtNumber::new(vt).expect("1 to 12");
    running.guest().vt(number).expect("there is one").display.clone()
}

/// What is waited for comes, or else the test fails.
pub async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANGS, work).await.expect("it hangs")
}

/// Our own viewer.
pub struct Viewer {
    pub conn: ClientConnection,
    /// What it sees, once it is in.
    picture: Picture,
    pub stream: UnixStream,
    /// What happened and was not looked at.
    pub events: Vec<ClientEvent>,
    /// Asks for the next update when one is complete.
    pub requests: bool,
}

impl Viewer {
    /// Connects; the handshake is still to come.
    pub async fn connect(running: &Running, encodings: &[Encoding]) -> Self {
        Self::connect_with(running, encodings, None).await
    }

    /// Connects, to ask for pixels in this format.
    pub async fn connect_with(running: &Running, encodings: &[Encoding], pixel_format: Option<PixelFormat>) -> Self {
        let path = running.addresses()[0].unix_path().expect("a Unix socket");
        Self::connect_to(path, encodings, pixel_format).await
    }

    /// Connects to the server behind this socket.
    pub async fn connect_to(path: &Path, encodings: &[Encoding], pixel_format: Option<PixelFormat>) -> Self {
        let stream = within(UnixStream::connect(path)).await.expect("connects");
        let settings = ClientSettings {
            shared: true,
            login: Login::default(),
            pixel_format,
            encodings: encodings.to_vec(),
            size_max: Size::new(4096, 4096),
        };
        let conn = ClientConnection::new(settings, Instant::now().into_std());
        Self { conn, picture: Picture::default(), stream, events: Vec::new(), requests: true }
    }

    /// Connects and comes in, with everything that there is.
    pub async fn join(running: &Running) -> Self {
        let mut viewer = Self::connect(running, &ClientSettings::all_encodings()).await;
        viewer.until(Self::is_in).await;
        viewer
    }

    /// Whether the handshake is over.
    pub fn is_in(&self) -> bool {
        self.conn.size().is_some()
    }

    /// What it sees.
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// Moves bytes until `done`.
    pub async fn until(&mut self, mut done: impl FnMut(&Self) -> bool) {
        within(async {
            loop {
                self.handle().expect("the server speaks RFB");
                self.write();
                if done(self) {
                    return;
                }
                self.wait_and_read(64 * 1024).await.expect("the server stays");
            }
        })
        .await;
    }

    /// Waits for one side to be ready; reads at most so much.
    pub async fn wait_and_read(&mut self, most: usize) -> io::Result<()> {
        let interest =
            if self.conn.queued() > 0 { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        if self.stream.ready(interest).await?.is_readable() {
            self.read(most)?;
        }
        Ok(())
    }

    /// Reads at most so much of what is there.
    pub fn read(&mut self, most: usize) -> io::Result<usize> {
        let mut buffer = vec![0; most];
        match self.stream.try_read(&mut buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                self.conn.receive(&buffer[..length]);
                Ok(length)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Handles what came, and asks for more.
    pub fn handle(&mut self) -> Result<(), RfbError> {
        let picture = &mut self.picture;
        while let Some(event) =
            self.conn.poll_event(Instant::now().into_std(), &mut |drawing| picture.draw(&drawing))?
        {
            picture.follow(&event);
            match event {
                ClientEvent::Ready(_) => self.conn.request_update(false, None),
                ClientEvent::CutAnnounced => self.conn.request_cut_text(),
                ClientEvent::Updated { .. } if self.requests => self.conn.request_update(true, None),
                _ => {}
            }
            self.events.push(event);
        }
        Ok(())
    }

    /// Writes what can be written.
    pub fn write(&mut self) {
        loop {
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = self.conn.poll_transmit(&mut slices);
            match self.stream.try_write_vectored(&slices[..filled]) {
                Ok(length) if length > 0 => self.conn.advance(length),
                _ => return,
            }
        }
    }

    /// Presses and releases keys: characters as themselves, `\r` as Return.
    pub fn type_text(&mut self, text: &str) {
        for ch in text.chars() {
            let keysym = Keysym(if ch == '\r' { 0xff0d } else { ch as u32 });
            self.press(&[keysym]);
        }
        self.write();
    }

    /// Presses these keys in this order and releases them in the other.
    pub fn press(&mut self, keysyms: &[Keysym]) {
        let mut send = |keysym, down| self.conn.send_key(KeyEvent { keysym, keycode: None, down, repeat: false });
        keysyms.iter().for_each(|&keysym| send(keysym, true));
        keysyms.iter().rev().for_each(|&keysym| send(keysym, false));
    }

    /// Ctrl-Alt-Fn.
    pub fn switch(&mut self, vt: u8) {
        self.press(&[Keysym::CONTROL_L, Keysym::ALT_L, Keysym(Keysym::F1.0 + u32::from(vt) - 1)]);
        self.write();
    }

    /// Whether the picture is this frame, as far as `shown` keeps its colours.
    pub fn shows_as(&self, frame: &Frame, shown: impl Fn(Pixel) -> Pixel) -> bool {
        let picture = &self.picture;
        let row_is_shown = |y| {
            let (ours, theirs) = (picture.row(y), frame.row(y));
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| *a == shown(*b))
        };
        picture.size() == frame.size() && (0..frame.size().height).all(row_is_shown)
    }

    /// Moves bytes until the picture is what the display shows, and the display shows how things are.
    pub async fn until_it_shows(&mut self, display: &Display) {
        self.until(|viewer| {
            let shown = display.peek();
            !shown.stale && viewer.shows_as(&shown.frame, |pixel| pixel)
        })
        .await;
    }

    /// Takes the events of one kind.
    pub fn take<T>(&mut self, pick: impl Fn(&ClientEvent) -> Option<T>) -> Vec<T> {
        self.events.drain(..).filter_map(|event| pick(&event)).collect()
    }
}
