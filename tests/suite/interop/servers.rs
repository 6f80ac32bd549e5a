//! Other people's servers, as our client of them sees them: each encoding, in each depth, against what the X server says.

use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use vncterm::access::{Method, Secret};
use vncterm::geometry::Size;
use vncterm::input::PointerEvent;
use vncterm::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Login};
use vncterm::rfb::decode::DECODERS;
use vncterm::rfb::error::RfbError;
use vncterm::rfb::ids::Encoding;

use super::picture::Picture;
use super::stage::{Directory, Running, Xvfb, free_port, seen_in_time};

/// What lies on the screen: very many colours.
const PATTERN: &[&str] = &["-window", "root", "-size", "320x200", "plasma:red-blue"];
/// Text that runs through, in a window that goes.
const TEXT: &[&str] = &["-geometry", "30x10+20+30", "-e", "seq 1 300"];

/// An X server that is an RFB server too.
struct Xvnc {
    _process: Running,
    display: String,
    port: u16,
    directory: Directory,
}

impl Xvnc {
    fn start(arguments: &str) -> Option<Xvnc> {
        let (directory, port) = (Directory::new(), free_port());
        std::fs::write(directory.path("passwd"), PASSWORD_FILE).expect("written");
        let all =
            format!("-displayfd 1 -rfbport {port} -localhost -nolisten tcp -noreset -geometry 320x200 {arguments}");
        let all = all.replace("{DIR}/", &directory.path(""));
        let mut process = Running::start("Xvnc", &all.split_whitespace().collect::<Vec<_>>(), &[])?;
        let display = format!(":{}", process.line());
        Some(Xvnc { _process: process, display, port, directory })
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Option<Running> {
        Running::start(program, arguments, &[("DISPLAY", &self.display), ("HOME", &self.directory.path(""))])
    }

    /// What is on the screen, as programs are told it.
    fn screen(&self) -> Option<Picture> {
        let path = self.directory.path("screen.ppm");
        let file = format!("ppm:{path}");
        let taken = self.run("import", &["-silent", "-window", "root", "-depth", "8", &file])?.succeeds();
        taken.then(|| Picture::from_file(&std::fs::read(&path).expect("import made it")))
    }
}

/// Our client, on a socket that blocks.
struct Looking {
    stream: TcpStream,
    connection: ClientConnection,
    picture: vncterm::rfb::picture::Picture,
}

impl Looking {
    fn at(port: u16, first: &[Encoding], login: Login) -> Looking {
        let mut encodings = first.to_vec();
        let pseudo = |encoding: &Encoding| DECODERS.iter().all(|decoder| decoder.encoding != *encoding);
        encodings.extend(ClientSettings::all_encodings().into_iter().filter(pseudo));
        let size_max = Size::new(4096, 4096);
        let settings = ClientSettings { shared: true, login, pixel_format: None, encodings, size_max };
        let stream = seen_in_time(|| TcpStream::connect(("127.0.0.1", port)).ok()).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_millis(50))).expect("not zero");
        let connection = ClientConnection::new(settings, Instant::now());
        Looking { stream, connection, picture: vncterm::rfb::picture::Picture::default() }
    }

    /// Handles what has come, writes, and waits a moment for more.
    fn turn(&mut self) -> Result<(), RfbError> {
        let picture = &mut self.picture;
        while let Some(event) = self.connection.poll_event(Instant::now(), &mut |drawing| picture.draw(&drawing))? {
            picture.follow(&event);
            match event {
                ClientEvent::Ready(_) => {
                    self.connection.request_update(false, None);
                    // Xvnc paints the pointer itself as long as it is where this client has not put it.
                    self.connection.send_pointer(PointerEvent::default());
                }
                ClientEvent::Updated { .. } => self.connection.request_update(true, None),
                _ => {}
            }
        }
        while self.connection.queued() > 0 {
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = self.connection.poll_transmit(&mut slices);
            let written = self.stream.write_vectored(&slices[..filled]).expect("it reads");
            self.connection.advance(written);
        }
        let mut buffer = vec![0; 1 << 16];
        match self.stream.read(&mut buffer) {
            Ok(length) => self.connection.receive(&buffer[..length]),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}"),
        }
        Ok(())
    }

    /// What is seen.
    fn shown(&self) -> Picture {
        let Size { width, height } = self.picture.size();
        let pixels = (0..height).flat_map(|y| self.picture.row(y).to_vec()).collect();
        Picture { width: width as usize, height: height as usize, pixels }
    }

    /// Goes on until that is seen; `false` when it is not in time.
    fn sees(&mut self, mut screen: impl FnMut() -> Option<Picture>) -> bool {
        let look = || {
            self.turn().expect("the server speaks RFB");
            (self.shown() == screen()?).then_some(())
        };
        seen_in_time(look).is_some()
    }

    /// Goes on until the handshake is over, one way or the other.
    fn comes_in(&mut self) -> Result<(), RfbError> {
        let look = || match self.turn() {
            Ok(()) => self.connection.size().map(|_| Ok(())),
            Err(error) => Some(Err(error)),
        };
        seen_in_time(look).expect("the server answers")
    }
}

/// "secret12", as `vncpasswd -f` writes it.
const PASSWORD_FILE: &[u8] = &[0x24, 0xb5, 0xae, 0x4c, 0xe1, 0x55, 0x03, 0xc6];

/// What of each server is tried; with CopyRect and without.
fn lists(encodings: &[Encoding]) -> Vec<Vec<Encoding>> {
    encodings.iter().flat_map(|encoding| [vec![*encoding], vec![*encoding, Encoding::COPY_RECT]]).collect()
}

#[test]
#[ignore = "needs Xvnc, xterm and ImageMagick"]
fn every_encoding_of_xvnc_shows_every_pixel_in_every_depth() {
    for depth in [24, 16] {
        let Some(server) = Xvnc::start(&format!("-depth {depth} -SecurityTypes None")) else { return };
        let Some(paints) = server.run("display", PATTERN) else { return };
        paints.succeeds();
        assert!(server.screen().is_none_or(|screen| screen.colors() > 1_000), "ImageMagick paints");
        // ImageMagick widens five and six bits in its own way.
        let levels = if depth == 16 { [31, 63, 31] } else { [255; 3] };
        let wanted = || server.screen().map(|screen| screen.with_levels(levels));
        for list in lists(&[Encoding::RAW, Encoding::RRE, Encoding::HEXTILE, Encoding::ZRLE, Encoding::TIGHT]) {
            let mut looking = Looking::at(server.port, &list, Login::default());
            assert!(looking.sees(wanted), "{list:?} of depth {depth}");
            let Some(text) = server.run("xterm", TEXT) else { return };
            let end = std::thread::spawn(move || text.succeeds());
            while !end.is_finished() {
                looking.turn().expect("the server speaks RFB");
            }
            assert!(looking.sees(wanted), "{list:?} of depth {depth}, after text");
        }
    }
}

#[test]
#[ignore = "needs x11vnc, Xvfb and xterm"]
fn every_encoding_of_x11vnc_shows_every_pixel_in_every_depth() {
    for depth in [24, 16] {
        let Some(screen) = Xvfb::start(&format!("-screen 0 320x200x{depth}")) else { return };
        let Some(_text) = screen.run("xterm", &["-geometry", "30x10+20+30", "-e", "seq 1 300; sleep 600"]) else {
            return;
        };
        let port = free_port();
        let arguments =
            format!("-display {} -rfbport {port} -localhost -forever -shared -nopw -quiet", screen.display());
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let Some(_server) = Running::start("x11vnc", &arguments, &[]) else { return };
        let all = DECODERS.iter().map(|decoder| decoder.encoding).filter(|encoding| *encoding != Encoding::COPY_RECT);
        for list in lists(&all.collect::<Vec<_>>()) {
            let mut looking = Looking::at(port, &list, Login::default());
            assert!(looking.sees(|| Some(screen.screen())), "{list:?} of depth {depth}");
        }
    }
}

#[test]
#[ignore = "needs QEMU"]
fn every_encoding_of_qemu_shows_every_pixel() {
    let (directory, port) = (Directory::new(), free_port());
    let (monitor, shot) = (directory.path("monitor"), directory.path("screen.ppm"));
    let display = format!("127.0.0.1:{}", port - 5900);
    let told = format!("unix:{monitor},server=on,wait=off");
    let arguments = ["-vnc", &display, "-monitor", &told, "-net", "none", "-boot", "menu=off", "-m", "32"];
    let Some(_machine) = Running::start("qemu-system-x86_64", &arguments, &[]) else { return };
    let mut monitor = seen_in_time(|| UnixStream::connect(&monitor).ok()).expect("it listens");
    let mut screen = || {
        let _ = std::fs::remove_file(&shot);
        writeln!(monitor, "screendump {shot}").ok()?;
        seen_in_time(|| std::fs::read(&shot).ok().filter(|file| file.len() > 720 * 400 * 3))
            .map(|file| Picture::from_file(&file))
    };
    // The firmware tries everything that it could start from, and then says no more.
    let mut before = None;
    seen_in_time(|| {
        let now = screen().filter(|now| now.ink() > 1_000);
        std::thread::sleep(Duration::from_secs(2));
        let same = now.is_some() && now == before;
        before = now;
        same.then_some(())
    });
    let wanted = before.expect("the firmware writes");
    let all = [Encoding::RAW, Encoding::HEXTILE, Encoding::ZLIB, Encoding::ZRLE, Encoding::TIGHT, Encoding::TIGHT_PNG];
    for list in lists(&all) {
        let mut looking = Looking::at(port, &list, Login::default());
        // Its cursor blinks: now and then it is the same.
        assert!(looking.sees(|| Some(wanted.clone())), "{list:?}");
    }
}

#[test]
#[ignore = "needs Xvnc"]
fn a_server_that_asks_for_a_password_takes_the_right_one_and_says_why_it_does_not_take_another() {
    let Some(server) = Xvnc::start("-SecurityTypes VncAuth -PasswordFile {DIR}/passwd") else { return };
    let comes_in = |password: &str| {
        let password = Some(Secret::new(password.into()));
        let methods = vec![Method::X509Vnc, Method::VncAuth, Method::None];
        Looking::at(server.port, &[Encoding::RAW], Login { methods, user: None, password }).comes_in()
    };
    assert_eq!(comes_in("secret12"), Ok(()));
    assert_eq!(comes_in("wrong"), Err(RfbError::Refused("Authentication failure".into())));
    let without = Looking::at(server.port, &[Encoding::RAW], Login::default()).comes_in();
    let told = RfbError::Refused("the server offers VncAuthentication, and we have none".into());
    assert_eq!(without, Err(told));
}

#[test]
#[ignore = "needs Xvnc and ImageMagick"]
fn jpegs_come_where_a_quality_is_asked_for() {
    let Some(server) = Xvnc::start("-depth 24 -SecurityTypes None") else { return };
    let Some(paints) = server.run("display", PATTERN) else { return };
    paints.succeeds();
    let Some(screen) = server.screen() else { return };
    let list = [Encoding::TIGHT, Encoding(Encoding::QUALITY_LEVEL_0.0 + 9)];
    let mut looking = Looking::at(server.port, &list, Login::default());
    let near = seen_in_time(|| {
        looking.turn().expect("the server speaks RFB");
        let shown = looking.shown();
        let whole = shown.pixels.len() == screen.pixels.len();
        (whole && shown != screen && shown.contains(&screen, 32)).then_some(())
    });
    assert!(near.is_some(), "nearly the same, and not the same");
}
