//! `vncterm attach` when things go wrong half-way: over a line of the test's between it and the server, and stopped by others.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

use super::attach::{User, attach_to};
use super::own_viewer::{Guest, serve, within};
use vncterm::geometry::GridSize;
use vncterm::run::Running;
use vncterm::terminal::dump;

/// A line to a server, which the test cuts.
struct Line {
    address: String,
    /// Whether it carries anything.
    carries: watch::Sender<bool>,
    /// Bytes that the last connection has carried from the server.
    carried: Arc<AtomicUsize>,
}

impl Line {
    /// The first connection over it carries at most `first` bytes from the server, and is cut then.
    async fn to(running: &Running, first: usize) -> Self {
        let server = running.addresses()[0].unix_path().expect("a socket of its own").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("127.0.0.1::{}", listener.local_addr().expect("an address").port());
        let (carries, carrying) = watch::channel(true);
        let carried = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&carried);
        tokio::spawn(async move {
            let mut most = first;
            loop {
                let (client, _) = listener.accept().await.expect("somebody comes");
                if *carrying.borrow() {
                    count.store(0, Ordering::SeqCst);
                    let mut carrying = carrying.clone();
                    carrying.mark_unchanged();
                    // Who hangs up does so.
                    let _ = carry(client, &server, most, &count, carrying).await;
                    most = usize::MAX;
                }
            }
        });
        Self { address, carries, carried }
    }

    fn cut(&self) {
        self.carries.send_replace(false);
    }

    fn mend(&self) {
        self.carries.send_replace(true);
    }
}

async fn carry(
    mut client: TcpStream,
    server: &PathBuf,
    mut most: usize,
    carried: &AtomicUsize,
    mut carrying: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut server = UnixStream::connect(server).await?;
    let (mut down, mut up) = (vec![0; 4096], vec![0; 4096]);
    while most > 0 {
        tokio::select! {
            length = server.read(&mut down) => {
                let length = length?.min(most);
                if length == 0 {
                    break;
                }
                most -= length;
                carried.fetch_add(length, Ordering::SeqCst);
                client.write_all(&down[..length]).await?;
            }
            length = client.read(&mut up) => {
                let length = length?;
                if length == 0 {
                    break;
                }
                server.write_all(&up[..length]).await?;
            }
            _ = carrying.changed() => break,
        }
    }
    Ok(())
}

/// A guest that has printed lines whose dump is some hundred kilobytes long.
async fn guest_with_a_history() -> (Guest, Running) {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| config.consoles[0].scrollback = 4000).await;
    let lines: String = (1..=3000).map(|n| format!("{n} {}\r\n", "x".repeat(60))).collect();
    guest.print(lines.as_bytes()).await;
    guest.print(b"first $ ").await;
    (guest, running)
}

#[tokio::test(flavor = "multi_thread")]
async fn over_another_connection_it_goes_on_at_its_byte() {
    let (guest, running) = guest_with_a_history().await;
    let line = Line::to(&running, usize::MAX).await;
    let mut user = User::begin(attach_to(&line.address, &[]));
    user.sees("first $").await;
    let whole = line.carried.load(Ordering::SeqCst);
    assert!(whole > 150_000, "{whole} bytes are no history");
    guest.print(b"second").await;
    user.sees("second").await;
    line.cut();
    user.sees("no connection").await;
    guest.print(b"\x1b[2Cthird").await;
    line.mend();
    user.sees("connected again").await;
    user.line.write(b"\r").await;
    // What it hears of the user would stand behind the answer that tells that it was printed.
    assert_eq!(guest.read_until(b"\r").await, b"\r");
    guest.print(b" fourth").await;
    user.sees("first $ second  third fourth").await;
    assert!(line.carried.load(Ordering::SeqCst) < 20_000, "all of it came once more");
    user.line.write(b"\x1dd").await;
    assert_eq!(user.leaves().await.1, Some(0));
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_that_was_cut_off_comes_once_more() {
    let (guest, running) = guest_with_a_history().await;
    let line = Line::to(&running, 100_000).await;
    let mut user = User::begin(attach_to(&line.address, &[]));
    user.sees("first $").await;
    guest.print(b"second").await;
    user.sees("first $ second").await;
    user.line.write(b"\x1db\x1b[H").await;
    user.sees("1 xxx").await;
    user.line.write(b"q\x1dd").await;
    assert_eq!(user.leaves().await.1, Some(0));
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_of_another_size_than_before_is_asked_for_its_screen() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    guest.print(b"\x1b[?1049h\x1b[2;1Hnear\x1b[2;66Hfar\x1b[5;1H").await;
    let line = Line::to(&running, usize::MAX).await;
    let mut user = User::begin(attach_to(&line.address, &["--resize", "off"]));
    user.sees("far").await;
    line.cut();
    user.sees("no connection").await;
    // What the first of them does not show is gone, and the second one would have shown it.
    let line_of_the_guest = std::fs::File::open(&guest.path).expect("a terminal");
    for cols in [60, 70] {
        let direct = attach_to(&running.addresses()[0].to_string(), &[]);
        let mut other = User::begin_in(direct, GridSize::new(cols, 24));
        other.sees("near").await;
        within(async {
            while tcgetwinsize(&line_of_the_guest).expect("a size").ws_col != cols {
                tokio::task::yield_now().await;
            }
        })
        .await;
        other.line.write(b"\x1dd").await;
        assert_eq!(other.leaves().await.1, Some(0));
    }
    line.mend();
    user.until(|screen| {
        let text = dump::text(screen);
        text.contains("near") && !text.contains("far") && !text.contains("no connection")
    })
    .await;
    user.line.write(b"\x1dd").await;
    assert_eq!(user.leaves().await.1, Some(0));
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_ahead_of_a_console_that_was_chosen_reaches_it() {
    let (one, two) = (Guest::new(), Guest::new());
    let running = serve(&[&one, &two], |_| ()).await;
    one.print(b"one $ ").await;
    two.print(b"two $ ").await;
    let mut user = User::begin(attach_to(&running.addresses()[0].to_string(), &[]));
    user.sees("one $").await;
    user.line.write(b"\x1dnls\r").await;
    assert_eq!(two.read_until(b"\r").await, b"ls\r");
    user.sees("two $").await;
    user.line.write(b"\x1dd").await;
    assert_eq!(user.leaves().await.1, Some(0));
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_having_been_stopped_it_takes_the_terminal_again() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    guest.print(b"here").await;
    let mut user = User::begin(attach_to(&running.addresses()[0].to_string(), &[]));
    user.sees("here").await;
    let program = Pid::from_child(&user.program);
    kill_process(program, Signal::STOP).expect("it is our child");
    let stopped = waitpid(Some(program), WaitOptions::UNTRACED).expect("it is our child");
    assert!(stopped.is_some_and(|(_, status)| status.stopped()));
    // As a shell does that has its terminal back.
    let terminal = std::fs::File::options().read(true).write(true).open(&user.line.path).expect("a terminal");
    let mut settings = tcgetattr(&terminal).expect("settings");
    settings.local_modes |= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
    tcsetattr(&terminal, OptionalActions::Now, &settings).expect("settings");
    kill_process(program, Signal::CONT).expect("it is our child");
    within(async {
        while user.line.termios().local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    user.line.write(b"x").await;
    assert_eq!(guest.read_until(b"x").await, b"x");
    user.line.write(b"\x1dd").await;
    let (seen, status) = user.leaves().await;
    assert_eq!(status, Some(0));
    let count = |sequence: &[u8]| seen.windows(sequence.len()).filter(|window| window == &sequence).count();
    assert_eq!((count(b"\x1b[22;0t"), count(b"\x1b[23;0t")), (1, 1), "the title");
    within(running.stop()).await;
}
