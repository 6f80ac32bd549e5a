//! Guests that go and come back, on every kind of source, while viewers stay. Stand-ins in this process play the
//! hypervisors' part; time stands still but where a test moves it.

use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener};
use tokio::time::advance;

use super::own_viewer::{Guest, Viewer, config, display, scratch};
use vncterm::display::Display;
use vncterm::input::Keysym;
use vncterm::net::Stream;
use vncterm::net::connect::HostPort;
use vncterm::run::Running;
use vncterm::source::reconnect::{MAX_DELAY, SETTLE, WATCHED_DELAY};
use vncterm::source::{CommandLine, Endpoint, Restart, SerialLine};

/// Nothing here takes that long, of real time: it only ends a test that would hang.
const HANGS: Duration = Duration::from_secs(30);
/// Within this of its return a guest is seen and heard.
const RETURN: Duration = Duration::from_secs(1);
/// How often a guest is restarted.
const RESTARTS: usize = 10;

/// Time stands still as long as this lives: tokio moves a paused clock only while no blocking task runs.
fn freeze() -> std::sync::mpsc::Sender<()> {
    let (keep, held) = std::sync::mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || held.recv());
    keep
}

/// Lets everybody run for so long, of real time.
async fn for_real(time: Duration) {
    let begun = std::time::Instant::now();
    while begun.elapsed() < time {
        tokio::task::yield_now().await;
    }
}

/// What takes no time comes, or else the test fails.
async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        done = work => done,
        () = for_real(HANGS) => panic!("waited in vain: {what}"),
    }
}

/// What comes within `time`. It depends on tasks of this process only, so they have their turns before each step.
async fn within<T>(what: &str, mut time: Duration, work: impl Future<Output = T>) -> T {
    const STEP: Duration = Duration::from_millis(10);
    const TURNS: usize = 1000;
    let passing = async {
        while time > STEP {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            advance(STEP).await;
            time -= STEP;
        }
        std::future::pending::<()>().await
    };
    let work = soon(what, work);
    tokio::select! {
        biased;
        done = work => done,
        () = passing => unreachable!("it never ends"),
    }
}

/// Lets the time pass after which a source is tried again, while somebody looks.
async fn until_tried_again() {
    const STEPS: u32 = 4;
    for _ in 0..STEPS {
        for_real(Duration::from_millis(20)).await;
        advance(WATCHED_DELAY / STEPS).await;
    }
}

/// How a guest's console is offered.
enum Offer {
    /// A symbolic link to a PTY.
    Link(PathBuf),
    Unix(PathBuf),
    Tcp(u16),
    Telnet(u16),
}

/// The guest's end.
enum End {
    Pty(Guest),
    Socket(tokio::sync::Mutex<Stream>),
}

impl Offer {
    /// The hypervisor starts: whoever connects gets the console.
    async fn come(&self) -> Waiting {
        match self {
            Self::Link(link) => {
                let guest = Guest::new();
                std::os::unix::fs::symlink(&guest.path, link).expect("links");
                Waiting::Pty(guest)
            }
            Self::Unix(path) => Waiting::Unix(UnixListener::bind(path).expect("binds")),
            Self::Tcp(port) | Self::Telnet(port) => {
                Waiting::Tcp(TcpListener::bind(("127.0.0.1", *port)).await.expect("binds"))
            }
        }
    }

    /// And ends, and with it the guest.
    fn go(&self, end: End) {
        if let Self::Link(path) | Self::Unix(path) = self {
            fs::remove_file(path).expect("removes");
        }
        drop(end);
    }
}

enum Waiting {
    Pty(Guest),
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Waiting {
    /// The console is connected to.
    async fn taken(self) -> End {
        match self {
            Self::Pty(guest) => {
                guest.opened().await;
                End::Pty(guest)
            }
            Self::Unix(listener) => End::Socket(Stream::Unix(listener.accept().await.expect("accepts").0).into()),
            Self::Tcp(listener) => End::Socket(Stream::Tcp(listener.accept().await.expect("accepts").0).into()),
        }
    }
}

impl End {
    async fn write(&self, bytes: &[u8]) {
        match self {
            Self::Pty(guest) => guest.write(bytes).await,
            Self::Socket(stream) => {
                let (mut rest, mut stream) = (bytes, stream.lock().await);
                while !rest.is_empty() {
                    stream.ready(tokio::io::Interest::WRITABLE).await.expect("writable");
                    if let Ok(written) = stream.try_write_vectored(&[std::io::IoSlice::new(rest)]) {
                        rest = &rest[written..];
                    }
                }
            }
        }
    }

    /// Reads until what came ends like this; all of it.
    async fn read_until(&self, end: &[u8]) -> Vec<u8> {
        match self {
            Self::Pty(guest) => guest.read_until(end).await,
            Self::Socket(stream) => {
                let (mut seen, mut stream) = (Vec::new(), stream.lock().await);
                while !seen.ends_with(end) {
                    stream.ready(tokio::io::Interest::READABLE).await.expect("readable");
                    let mut buffer = [0; 256];
                    match stream.try_read(&mut buffer) {
                        Ok(length) => seen.extend_from_slice(&buffer[..length]),
                        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
                    }
                }
                seen
            }
        }
    }
}

/// A server with one console and three viewers on it, before there is any guest.
async fn three_viewers(endpoint: Endpoint) -> (Running, Display, [Viewer; 3]) {
    let running = Running::start(config(vec![endpoint])).expect("starts");
    let viewers = [Viewer::join(&running).await, Viewer::join(&running).await, Viewer::join(&running).await];
    let display = display(&running, 1);
    (running, display, viewers)
}

/// All viewers have the picture as it is now, with a status line in it or without.
async fn all_show(viewers: &mut [Viewer; 3], display: &Display, status: bool) {
    let as_it_is = |viewer: &Viewer| {
        let shown = display.peek();
        let frame = &shown.frame;
        // Guests here write little, and never into a corner.
        let background = frame.row(0)[frame.row(0).len() - 1];
        let has_status = frame.row(frame.size().height - 1).iter().any(|pixel| *pixel != background);
        !shown.stale && has_status == status && viewer.shows_as(frame, |pixel| pixel)
    };
    let [a, b, c] = viewers;
    tokio::join!(a.until(as_it_is), b.until(as_it_is), c.until(as_it_is));
}

async fn types(viewer: &mut Viewer, text: &str) {
    viewer.type_text(text);
    soon("typing", viewer.until(|viewer| viewer.conn.queued() == 0)).await;
}

/// The guest is restarted, again and again, and each time it is there soon for all who look.
async fn comes_and_goes(endpoint: Endpoint, offer: Offer) {
    let (running, display, mut viewers) = three_viewers(endpoint).await;
    let still = freeze();
    for round in 0..RESTARTS {
        // It is away for so long that attempts have become as rare as they get.
        for _ in 0..5 {
            advance(WATCHED_DELAY).await;
            for_real(Duration::from_millis(5)).await;
        }
        types(&mut viewers[0], "to nobody").await;
        for_real(Duration::from_millis(20)).await;
        let waiting = offer.come().await;
        until_tried_again().await;
        let guest = soon("the connection", waiting.taken()).await;
        if matches!(offer, Offer::Telnet(_)) {
            // WILL ECHO, DO NAWS; the last that is heard of it is the size.
            guest.write(b"\xff\xfb\x01\xff\xfd\x1f").await;
            let heard = soon("telnet", guest.read_until(b"\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0")).await;
            assert!(heard.starts_with(b"\xff\xfd\x01"), "{heard:?}");
        }
        guest.write(format!("\x1b[H\x1b[2Jguest {round}\x1b[5n").as_bytes()).await;
        let heard = soon("the terminal", guest.read_until(b"\x1b[0n")).await;
        let typed_before = heard.windows(2).any(|pair| pair == b"to");
        assert!(!typed_before, "what was typed before is gone");
        within("the picture", RETURN - WATCHED_DELAY, all_show(&mut viewers, &display, false)).await;
        types(&mut viewers[round % 3], "x").await;
        assert_eq!(soon("a key", guest.read_until(b"x")).await, b"x");
        offer.go(guest);
        within("the status line", RETURN, all_show(&mut viewers, &display, true)).await;
    }
    drop(still);
    assert_eq!(running.viewers(), 3);
    running.stop().await;
}

/// A port of the loopback address that nobody has.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    listener.local_addr().expect("bound").port()
}

#[tokio::test(start_paused = true)]
async fn a_guest_behind_a_pty_comes_and_goes() {
    let link = scratch("link");
    comes_and_goes(Endpoint::Pty(link.clone()), Offer::Link(link)).await;
}

#[tokio::test(start_paused = true)]
async fn a_guest_behind_a_serial_port_comes_and_goes() {
    let link = scratch("serial");
    let line = SerialLine::new(link.clone(), Some("57600,8N1")).expect("right");
    comes_and_goes(Endpoint::Serial(line), Offer::Link(link)).await;
}

#[tokio::test(start_paused = true)]
async fn a_guest_behind_a_unix_socket_comes_and_goes() {
    let path = scratch("guest");
    comes_and_goes(Endpoint::Unix(path.clone()), Offer::Unix(path)).await;
}

#[tokio::test(start_paused = true)]
async fn a_guest_behind_a_port_comes_and_goes() {
    let port = free_port().await;
    comes_and_goes(Endpoint::Tcp(HostPort::new("127.0.0.1", port)), Offer::Tcp(port)).await;
}

#[tokio::test(start_paused = true)]
async fn a_guest_behind_telnet_comes_and_goes() {
    let port = free_port().await;
    let to = HostPort::new("127.0.0.1", port);
    comes_and_goes(Endpoint::Telnet { to, terminal_type: "vt220".into() }, Offer::Telnet(port)).await;
}

#[tokio::test(start_paused = true)]
async fn a_command_is_started_again_until_it_ends_well() {
    let (up, done) = (scratch("up"), scratch("done"));
    let path = |path: &PathBuf| path.to_str().expect("ASCII").to_owned();
    // The answer to its question says that it is understood; then a key ends it.
    let script = format!(
        "stty raw -echo; printf 'up\\033[5n'; head -c 4 >/dev/null; : >{}; head -c 1; test -e {}",
        path(&up),
        path(&done)
    );
    let comes_up = async || {
        while !up.exists() {
            tokio::task::yield_now().await;
        }
        fs::remove_file(&up).expect("removes");
    };
    let line = CommandLine::new("/bin/sh", ["-c".into(), script.into()]).restarted(Restart::OnFailure);
    let (mut running, display, mut viewers) = three_viewers(Endpoint::Command(line)).await;
    let still = freeze();
    for round in 0..RESTARTS {
        soon("the command", comes_up()).await;
        within("the picture", RETURN - WATCHED_DELAY, all_show(&mut viewers, &display, false)).await;
        types(&mut viewers[round % 3], "x").await;
        within("the status line", 5 * RETURN, all_show(&mut viewers, &display, true)).await;
        until_tried_again().await;
    }
    soon("the command", comes_up()).await;
    fs::write(&done, "").expect("writes");
    types(&mut viewers[0], "x").await;
    let status = soon("the end", running.ended()).await;
    assert!(status.is_success(), "{status}");
    drop(still);
    running.stop().await;
    fs::remove_file(&done).expect("removes");
}

/// Control-Pause.
async fn asks_for_a_break(viewer: &mut Viewer) {
    viewer.press(&[Keysym::CONTROL_L, Keysym::PAUSE]);
    types(viewer, "!").await;
}

#[tokio::test(start_paused = true)]
async fn a_break_goes_over_telnet_and_nothing_is_written_while_it_lasts() {
    let port = free_port().await;
    let to = HostPort::new("127.0.0.1", port);
    let waiting = Offer::Telnet(port).come().await;
    let endpoint = Endpoint::Telnet { to, terminal_type: "vt220".into() };
    let (running, _, mut viewers) = three_viewers(endpoint).await;
    let still = freeze();
    let guest = soon("the connection", waiting.taken()).await;
    asks_for_a_break(&mut viewers[0]).await;
    assert_eq!(soon("a break", guest.read_until(b"\xf3")).await, b"\xff\xf3");
    advance(Duration::from_millis(300)).await;
    assert_eq!(soon("a key", guest.read_until(b"!")).await, b"!");
    // DO COM-PORT-OPTION: from now on a break has a beginning and an end.
    guest.write(b"\xff\xfd\x2c\x1b[5n").await;
    soon("telnet", guest.read_until(b"\x1b[0n")).await;
    asks_for_a_break(&mut viewers[1]).await;
    let begins = b"\xff\xfa\x2c\x05\x05\xff\xf0";
    assert_eq!(soon("a break", guest.read_until(b"\xf0")).await, begins);
    advance(Duration::from_millis(300)).await;
    let ends = b"\xff\xfa\x2c\x05\x06\xff\xf0!";
    assert_eq!(soon("its end", guest.read_until(b"!")).await, ends);
    drop(still);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_source_without_a_break_says_so_for_a_moment() {
    let path = scratch("guest");
    let offer = Offer::Unix(path.clone());
    let waiting = offer.come().await;
    let (running, display, mut viewers) = three_viewers(Endpoint::Unix(path)).await;
    let still = freeze();
    let guest = soon("the connection", waiting.taken()).await;
    within("the picture", RETURN, all_show(&mut viewers, &display, false)).await;
    asks_for_a_break(&mut viewers[0]).await;
    assert_eq!(soon("a key", guest.read_until(b"!")).await, b"!");
    within("the notice", RETURN, all_show(&mut viewers, &display, true)).await;
    advance(vncterm::console::notice::NOTE_TIME).await;
    within("its end", RETURN, all_show(&mut viewers, &display, false)).await;
    offer.go(guest);
    drop(still);
    running.stop().await;
}

#[tokio::test]
async fn a_port_that_never_reads_costs_input_and_nothing_else() {
    for telnet in [false, true] {
        let port = free_port().await;
        let to = HostPort::new("127.0.0.1", port);
        let waiting = Offer::Tcp(port).come().await;
        let endpoint = if telnet { Endpoint::Telnet { to, terminal_type: "vt220".into() } } else { Endpoint::Tcp(to) };
        let (running, display, mut viewers) = three_viewers(endpoint).await;
        let guest = soon("the connection", waiting.taken()).await;
        // More than kernel, console and viewer hold; it goes on being served all the while.
        for _ in 0..60 {
            viewers[0].type_text(&"x".repeat(2000));
            viewers[0].until(|viewer| viewer.conn.queued() < 64 * 1024).await;
        }
        guest.write(b"\x1b[2Jstill drained").await;
        all_show(&mut viewers, &display, false).await;
        running.stop().await;
    }
}

/// With nobody there it is tried every five seconds; a guest that boots says much in that time.
#[tokio::test(start_paused = true)]
async fn what_appears_is_taken_at_once_though_nobody_looks() {
    let path = scratch("guest");
    let running = Running::start(config(vec![Endpoint::Unix(path.clone())])).expect("starts");
    let still = freeze();
    for _ in 0..20 {
        for_real(Duration::from_millis(5)).await;
        advance(MAX_DELAY).await;
    }
    let offer = Offer::Unix(path);
    for_real(Duration::from_millis(50)).await;
    let waiting = offer.come().await;
    for_real(Duration::from_millis(20)).await;
    advance(SETTLE).await;
    let guest = soon("the connection", waiting.taken()).await;
    offer.go(guest);
    drop(still);
    running.stop().await;
}

/// Cloud Hypervisor's sockets: whoever connects last has the console, and the one before is shut out.
#[tokio::test(start_paused = true)]
async fn a_console_taken_by_another_program_is_taken_back() {
    let path = scratch("guest");
    let listener = UnixListener::bind(&path).expect("binds");
    let (running, display, mut viewers) = three_viewers(Endpoint::Unix(path.clone())).await;
    let still = freeze();
    let (ours, _) = soon("the connection", listener.accept()).await.expect("accepts");
    let _other = tokio::net::UnixStream::connect(&path).await.expect("connects");
    let (others, _) = soon("the other", listener.accept()).await.expect("accepts");
    rustix::net::shutdown(&ours, rustix::net::Shutdown::Both).expect("shut out");
    within("the status line", RETURN, all_show(&mut viewers, &display, true)).await;
    until_tried_again().await;
    let (ours, _) = soon("the connection", listener.accept()).await.expect("accepts");
    drop(others);
    let guest = End::Socket(Stream::Unix(ours).into());
    within("the picture", RETURN, all_show(&mut viewers, &display, false)).await;
    types(&mut viewers[0], "x").await;
    assert_eq!(soon("a key", guest.read_until(b"x")).await, b"x");
    Offer::Unix(path).go(guest);
    drop(still);
    running.stop().await;
}

/// bhyve's and ser2net's ports: while one program has the console, others are let in, told so, and sent away.
#[tokio::test(start_paused = true)]
async fn a_port_in_use_is_tried_until_it_is_free() {
    let port = free_port().await;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("binds");
    let endpoint = Endpoint::Tcp(HostPort::new("127.0.0.1", port));
    let (running, display, mut viewers) = three_viewers(endpoint).await;
    let still = freeze();
    for _ in 0..5 {
        let (refused, _) = soon("the connection", listener.accept()).await.expect("accepts");
        End::Socket(Stream::Tcp(refused).into()).write(b"\x1b[2J\x1b[HPort already in use\r\n").await;
        within("the status line", RETURN, all_show(&mut viewers, &display, true)).await;
        until_tried_again().await;
    }
    let (ours, _) = soon("the connection", listener.accept()).await.expect("accepts");
    let guest = End::Socket(Stream::Tcp(ours).into());
    within("the picture", RETURN, all_show(&mut viewers, &display, false)).await;
    types(&mut viewers[2], "x").await;
    assert_eq!(soon("a key", guest.read_until(b"x")).await, b"x");
    drop(still);
    running.stop().await;
}
