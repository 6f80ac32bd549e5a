//! The whole server in this process: consoles on PTYs of the test, viewers on a socket.

use std::fs;
use std::io::{Read, Write};
use std::time::Duration;

use rustix::termios::LocalModes;
use tokio::net::UnixStream;

use super::own_viewer::{Guest, Viewer, config, display, scratch, serve, within};
use vncterm::config::Resize;
use vncterm::geometry::Size;
use vncterm::input::{Keysym, PowerButton};
use vncterm::rfb::client::ClientEvent;
use vncterm::rfb::ids::Encoding;
use vncterm::run::{Failure, Running};
use vncterm::source::{CommandLine, Endpoint, ExitStatus};
use vncterm::surface::Pixel;

fn shell(script: &str) -> Endpoint {
    Endpoint::Command(CommandLine::new("/bin/sh", ["-c".into(), script.into()]))
}

#[tokio::test]
async fn a_viewer_sees_what_the_guest_writes_and_the_guest_reads_what_it_types() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    guest.print(b"\x1b[31mbefore anybody looked\r\n").await;
    let mut early = Viewer::join(&running).await;
    early.until_it_shows(&display(&running, 1)).await;
    let first = display(&running, 1).peek().frame;
    guest.print(b"and after").await;
    early.until_it_shows(&display(&running, 1)).await;
    assert!(display(&running, 1).peek().frame.seq() > first.seq());
    let mut late = Viewer::join(&running).await;
    late.until_it_shows(&display(&running, 1)).await;
    early.type_text("ab");
    early.until(|viewer| viewer.conn.queued() == 0).await;
    guest.read_until(b"ab").await;
    late.type_text("c\r");
    late.until(|viewer| viewer.conn.queued() == 0).await;
    guest.read_until(b"c\r").await;
    running.stop().await;
}

#[tokio::test]
async fn queries_are_answered_once_with_any_number_of_viewers() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut viewers = Vec::new();
    for _ in 0..3 {
        guest.write(b"\x1b[3;4H\x1b[6n").await;
        assert_eq!(guest.read_until(b"R").await, b"\x1b[3;4R");
        viewers.push(Viewer::join(&running).await);
    }
    running.stop().await;
}

#[tokio::test]
async fn stopping_leaves_nothing_behind() {
    let guest = Guest::new();
    let mut settings = config(vec![Endpoint::Pty(guest.path.clone()), shell("echo $$; sleep 1000 & wait")]);
    settings.consoles[1].name = "shell".into();
    let running = Running::start(settings).expect("starts");
    guest.opened().await;
    let socket = running.addresses()[0].unix_path().expect("a Unix socket").to_owned();
    let mut viewer = Viewer::join(&running).await;
    assert!(socket.exists());
    within(running.stop()).await;
    assert!(!socket.exists());
    assert!(guest.termios().local_modes.contains(LocalModes::ECHO), "the line is as it was");
    // The viewer is told by the end of the connection.
    within(async { while viewer.wait_and_read(1024).await.is_ok() {} }).await;
    // Nobody holds the device: now it can be opened again, also by others than root.
    let children = fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id())).unwrap_or_default();
    for child in children.split_whitespace() {
        let command = fs::read_to_string(format!("/proc/{child}/cmdline")).unwrap_or_default();
        assert!(!command.contains("sleep 1000"), "{command}");
    }
}

#[tokio::test]
async fn the_only_commands_status_is_the_servers() {
    let mut running = Running::start(config(vec![shell("exit 3")])).expect("starts");
    assert_eq!(within(running.ended()).await, ExitStatus::Code(3));
    running.stop().await;
    let missing = Endpoint::Command(CommandLine::new("/nonexistent/command", []));
    let failure = Running::start(config(vec![missing])).expect_err("cannot start");
    assert!(matches!(failure, Failure::Console(..)) && failure.exit_status() == 1);
}

#[tokio::test]
async fn an_address_that_all_can_reach_is_refused() {
    let mut settings = config(vec![shell("exit 0")]);
    settings.listen = vec!["0.0.0.0::0".parse().expect("an address")];
    let failure = Running::start(settings.clone()).expect_err("refused");
    assert!(matches!(failure, Failure::Open(_)) && failure.exit_status() == 2);
    settings.insecure = true;
    Running::start(settings).expect("if that is what you want").stop().await;
}

#[tokio::test]
async fn the_picture_tells_when_the_guest_is_gone_and_when_it_is_back() {
    let guest = Guest::new();
    let link = super::own_viewer::scratch("link");
    std::os::unix::fs::symlink(&guest.path, &link).expect("links");
    let running = Running::start(config(vec![Endpoint::Pty(link.clone())])).expect("starts");
    guest.opened().await;
    guest.print(b"last screen").await;
    let mut viewer = Viewer::join(&running).await;
    viewer.until_it_shows(&display(&running, 1)).await;
    let with_guest = display(&running, 1).peek().frame;
    fs::remove_file(&link).expect("removes");
    drop(guest);
    let last_row = |viewer: &Viewer| viewer.picture().row(with_guest.size().height - 1).to_vec();
    let before = last_row(&viewer);
    viewer.until(|viewer| last_row(viewer) != before).await;
    let text = |row: &[u32]| row[..80].to_vec();
    let shown = text(viewer.picture().row(8));
    assert_eq!(shown, text(with_guest.row(8)), "the last screen stays, but for its cursor");
    let again = Guest::new();
    std::os::unix::fs::symlink(&again.path, &link).expect("links");
    viewer.until(|viewer| viewer.shows_as(&with_guest, |pixel| pixel)).await;
    running.stop().await;
    fs::remove_file(&link).expect("removes");
}

#[tokio::test]
async fn a_full_server_says_so_or_sends_the_oldest_away() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| config.max_clients = 1).await;
    let first = Viewer::join(&running).await;
    let mut second = Viewer::connect(&running, &[Encoding::RAW]).await;
    let refused = within(async {
        loop {
            if let Err(error) = second.handle() {
                return error;
            }
            second.write();
            second.wait_and_read(1024).await.expect("a reason comes first");
        }
    });
    assert!(refused.await.to_string().contains("as many viewers"));
    drop(first);
    running.stop().await;

    let guest = Guest::new();
    let evicting = serve(&[&guest], |config| (config.max_clients, config.evict_oldest) = (1, true)).await;
    let mut first = Viewer::join(&evicting).await;
    let mut second = Viewer::join(&evicting).await;
    within(async { while first.wait_and_read(1024).await.is_ok() {} }).await;
    second.until_it_shows(&display(&evicting, 1)).await;
    evicting.stop().await;
}

#[tokio::test]
async fn viewers_look_at_different_terminals_and_type_where_they_look() {
    let guests = [Guest::new(), Guest::new()];
    let running = serve(&[&guests[0], &guests[1]], |_| ()).await;
    guests[0].print(b"one").await;
    guests[1].print(b"\x1b]2;top\x07two").await;
    let (mut stays, mut goes) = (Viewer::join(&running).await, Viewer::join(&running).await);
    goes.until_it_shows(&display(&running, 1)).await;
    goes.switch(2);
    goes.until_it_shows(&display(&running, 2)).await;
    stays.until_it_shows(&display(&running, 1)).await;
    goes.type_text("x");
    goes.until(|viewer| viewer.conn.queued() == 0).await;
    guests[1].read_until(b"x").await;
    stays.type_text("y");
    stays.until(|viewer| viewer.conn.queued() == 0).await;
    assert_eq!(guests[0].read_until(b"y").await, b"y", "and nothing of the chord");
    goes.until(|viewer| {
        let named = |event: &ClientEvent| matches!(event, ClientEvent::Name(name) if name.ends_with(": top"));
        viewer.events.iter().any(named)
    })
    .await;
    goes.switch(1);
    goes.until_it_shows(&display(&running, 1)).await;
    running.stop().await;
}

/// Asks for another size; the status of the answer.
async fn ask_for(viewer: &mut Viewer, size: Size) -> u32 {
    viewer.events.clear();
    viewer.conn.set_desktop_size(size);
    let answered = move |event: &ClientEvent| match event {
        ClientEvent::SetDesktopSizeAnswered { status } => Some(*status),
        ClientEvent::Resized(new) => (*new == size).then_some(0),
        _ => None,
    };
    viewer.until(|viewer| viewer.events.iter().any(|event| answered(event).is_some())).await;
    viewer.take(answered)[0]
}

#[tokio::test]
async fn a_viewer_resizes_where_it_may() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut alone = Viewer::join(&running).await;
    alone.until_it_shows(&display(&running, 1)).await;
    let size = Size::new(805, 413);
    assert_eq!(ask_for(&mut alone, size).await, 0);
    alone.until_it_shows(&display(&running, 1)).await;
    assert_eq!(display(&running, 1).peek().frame.size(), size, "exactly what was asked");
    let told = rustix::termios::tcgetwinsize(fs::File::open(&guest.path).expect("root may")).expect("a size");
    let cell = display(&running, 1).peek().frame.tile();
    assert_eq!((u32::from(told.ws_col), u32::from(told.ws_row)), (805 / cell.width, 413 / cell.height));
    let mut other = Viewer::join(&running).await;
    other.until_it_shows(&display(&running, 1)).await;
    assert_eq!(ask_for(&mut alone, Size::new(640, 400)).await, 1, "not alone any more");
    running.stop().await;

    let guest = Guest::new();
    let fixed = serve(&[&guest], |config| config.resize = Resize::Fixed).await;
    let mut viewer = Viewer::join(&fixed).await;
    viewer.until_it_shows(&display(&fixed, 1)).await;
    assert_eq!(ask_for(&mut viewer, Size::new(639, 400)).await, 1, "smaller than the console");
    fixed.stop().await;
}

#[tokio::test]
async fn where_the_size_is_fixed_a_larger_desktop_gets_larger_letters() {
    let guests = [Guest::new(), Guest::new()];
    let running = serve(&[&guests[0], &guests[1]], |config| config.resize = Resize::Fixed).await;
    guests[0].print(b"\x1b[?25l\x1b[48;2;200;0;0m\x1b[2Jone").await;
    guests[1].print(b"\x1b[?25l\x1b[48;2;0;200;0m\x1b[2Jtwo").await;
    let (mut small, mut large) = (Viewer::join(&running).await, Viewer::join(&running).await);
    small.until_it_shows(&display(&running, 1)).await;
    large.until_it_shows(&display(&running, 1)).await;
    let plain = Size::new(640, 384);
    // Cells of 20x40 fill 1600x960 of it, and black is left on either side and below.
    let size = Size::new(1_630, 970);
    assert_eq!(ask_for(&mut large, size).await, 0);
    let lit = |viewer: &Viewer, colour: Pixel| {
        let picture = viewer.picture();
        let rows = (0..picture.size().height).map(|y| picture.row(y).iter().filter(|pixel| **pixel == colour).count());
        (picture.size(), rows.sum::<usize>())
    };
    let (red, green) = (0x00c8_0000, 0x0000_c800);
    large.until(|viewer| lit(viewer, red).1 > 1_400_000).await;
    assert_eq!(lit(&large, red).0, size);
    assert_eq!((display(&running, 1).peek().frame.size(), lit(&small, red).0), (plain, plain), "others notice nothing");
    large.type_text("a");
    large.until(|viewer| viewer.conn.queued() == 0).await;
    guests[0].read_until(b"a").await;
    large.switch(2);
    large.until(|viewer| lit(viewer, red).1 == 0 && lit(viewer, green).1 > 1_400_000).await;
    assert_eq!(lit(&large, red).0, size, "it keeps its size wherever it looks");
    assert_eq!(ask_for(&mut large, plain).await, 0);
    large.until_it_shows(&display(&running, 2)).await;
    assert_eq!(ask_for(&mut large, size).await, 0);
    assert_eq!(ask_for(&mut large, Size::new(600, 300)).await, 1);
    large.until_it_shows(&display(&running, 2)).await;
    assert_eq!(lit(&large, red).0, plain, "nearest to that");
    running.stop().await;
}

#[tokio::test]
async fn who_may_only_watch_writes_nothing() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| config.view_only = true).await;
    let mut viewer = Viewer::join(&running).await;
    viewer.until_it_shows(&display(&running, 1)).await;
    viewer.conn.send_cut_text(b"text");
    viewer.press(&[Keysym::SHIFT_L, Keysym::INSERT]);
    viewer.type_text("typed");
    assert_eq!(ask_for(&mut viewer, Size::new(800, 600)).await, 1);
    // All of it was handled before that answer.
    guest.write(b"\x1b[6n").await;
    assert_eq!(guest.read_until(b"R").await, b"\x1b[1;1R");
    running.stop().await;
}

#[tokio::test]
async fn text_is_pasted_by_a_key_and_in_brackets_when_asked_for() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut viewer = Viewer::join(&running).await;
    viewer.conn.send_cut_text("größe\n\x1b[201~x".as_bytes());
    viewer.press(&[Keysym::SHIFT_L, Keysym::INSERT]);
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
    assert_eq!(guest.read_until(b"x").await, "größe\r[201~x".as_bytes());
    guest.print(b"\x1b[?2004h").await;
    let long = "0123456789abcde\n".repeat(16 * 1024);
    viewer.conn.send_cut_text(long.as_bytes());
    viewer.press(&[Keysym::CONTROL_L, Keysym::ALT_L, Keysym(u32::from('p'))]);
    viewer.type_text("!");
    let mut pasted = Vec::new();
    let reading = async { pasted = guest.read_until(b"!").await };
    tokio::join!(reading, viewer.until(|viewer| viewer.conn.queued() == 0));
    let pasted = String::from_utf8(pasted).expect("text");
    let inner = pasted.strip_prefix("\x1b[200~").and_then(|text| text.strip_suffix("\x1b[201~!"));
    let pasted = inner.expect("one pair of brackets, and after it what was typed");
    let pasted = pasted.replace('\r', "\n");
    assert!(pasted == long, "nothing lost, nothing doubled: {} bytes of {}", pasted.len(), long.len());
    running.stop().await;
}

#[tokio::test]
async fn a_guest_that_does_not_read_costs_input_and_nothing_else() {
    let (deaf, other) = (Guest::new(), Guest::new());
    let running = serve(&[&deaf, &other], |_| ()).await;
    let mut viewer = Viewer::join(&running).await;
    let mut neighbour = Viewer::join(&running).await;
    neighbour.switch(2);
    // More than kernel, console and viewer hold; it goes on being served all the while.
    for _ in 0..60 {
        viewer.type_text(&"x".repeat(2000));
        viewer.until(|viewer| viewer.conn.queued() < 64 * 1024).await;
    }
    deaf.write(b"still drained").await;
    other.print(b"not bothered").await;
    neighbour.until_it_shows(&display(&running, 2)).await;
    viewer.until_it_shows(&display(&running, 1)).await;
    running.stop().await;
}

#[tokio::test]
async fn six_viewers_type_leave_and_return_at_once() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let typing = |letter: char| {
        let running = &running;
        async move {
            for _ in 0..10 {
                let mut viewer = Viewer::join(running).await;
                viewer.type_text(&letter.to_string());
                viewer.until(|viewer| viewer.conn.queued() == 0).await;
                viewer.until(|viewer| !viewer.events.is_empty()).await;
            }
        }
    };
    let echo = async {
        let mut letters = Vec::new();
        while letters.len() < 60 {
            let typed = guest.read_some().await;
            guest.write(&typed).await;
            letters.extend(typed);
        }
        letters.sort_unstable();
        letters
    };
    let (letters, ..) =
        tokio::join!(within(echo), typing('a'), typing('b'), typing('c'), typing('d'), typing('e'), typing('f'),);
    let expected: Vec<u8> = (b'a'..=b'f').flat_map(|letter| [letter; 10]).collect();
    assert_eq!(letters, expected, "each key arrives once");
    let mut last = Viewer::join(&running).await;
    last.until_it_shows(&display(&running, 1)).await;
    running.stop().await;
}

#[tokio::test]
async fn who_types_and_leaves_at_once_has_typed() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut viewer = Viewer::join(&running).await;
    viewer.until_it_shows(&display(&running, 1)).await;
    // An answer is due before all is read, and nobody is there to take it.
    viewer.type_text("before");
    viewer.conn.request_update(false, None);
    viewer.type_text(&"x".repeat(300));
    viewer.type_text(".");
    viewer.write();
    assert_eq!(viewer.conn.queued(), 0);
    drop(viewer);
    let typed = within(guest.read_until(b".")).await;
    assert_eq!(typed, ["before", &"x".repeat(300), "."].concat().as_bytes());
    running.stop().await;
}

#[tokio::test]
async fn who_stops_reading_holds_nobody_up() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut stopped = Viewer::join(&running).await;
    stopped.until_it_shows(&display(&running, 1)).await;
    let mut reads = Viewer::join(&running).await;
    for round in 0..200_u32 {
        let letter = char::from(b'a' + (round % 26) as u8);
        let screen = format!("\x1b[H{}", letter.to_string().repeat(80 * 24));
        guest.print(screen.as_bytes()).await;
        stopped.conn.request_update(round % 2 == 0, None);
        stopped.write();
        reads.until_it_shows(&display(&running, 1)).await;
    }
    // It skipped frames, and not the last one.
    stopped.until_it_shows(&display(&running, 1)).await;
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_for_half_a_minute_is_sent_away() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let idle = Viewer::join(&running).await;
    let mut stopped = Viewer::connect(&running, &[Encoding::RAW]).await;
    stopped.until(Viewer::is_in).await;
    // More than the socket holds.
    stopped.conn.request_update(false, None);
    stopped.write();
    let stopped_at = tokio::time::Instant::now();
    while running.viewers() > 1 {
        // Time goes on by itself only where nobody runs.
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    let waited = stopped_at.elapsed().as_secs();
    assert!((30..33).contains(&waited), "{waited} s");
    drop(idle);
    running.stop().await;
}

#[tokio::test]
async fn a_guest_that_rings_without_end_is_heard_four_times_a_second() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut viewer = Viewer::join(&running).await;
    let begun = std::time::Instant::now();
    guest.print(&[b'\x07'; 10_000]).await;
    viewer.until(|viewer| viewer.events.iter().any(|event| matches!(event, ClientEvent::Bell))).await;
    let bells = display(&running, 1).peek().bells;
    assert!((1..=1 + begun.elapsed().as_millis() / 250).contains(&u128::from(bells)), "{bells} bells");
    running.stop().await;
}

/// What a client says to come in, and its list of encodings: xvp.
const IN_WITH_XVP: &[u8] = b"RFB 003.008\n\x01\x01\x02\x00\x00\x01\xff\xff\xfe\xcb";

/// Comes in as a client that has power buttons, writes these bytes, and gives what it reads after the ServerInit.
fn with_power_buttons(running: &Running, then: &'static [u8], answer: usize) -> impl Future<Output = Vec<u8>> {
    let path = running.addresses()[0].unix_path().expect("a Unix socket").to_owned();
    let talk = move || -> std::io::Result<Vec<u8>> {
        let mut stream = std::os::unix::net::UnixStream::connect(path)?;
        stream.write_all(IN_WITH_XVP)?;
        // The version, one security type, its result, and the start of ServerInit.
        let mut init = [0; 12 + 2 + 4 + 24];
        stream.read_exact(&mut init)?;
        let mut name = vec![0; usize::from(init[41])];
        stream.read_exact(&mut name)?;
        stream.write_all(then)?;
        let mut heard = vec![0; answer];
        stream.read_exact(&mut heard)?;
        Ok(heard)
    };
    async { within(tokio::task::spawn_blocking(talk)).await.expect("no panic").expect("the server answers") }
}

#[tokio::test]
async fn a_power_button_runs_its_command_for_those_who_may_write() {
    let (guest, pressed) = (Guest::new(), scratch("pressed"));
    let script = format!("echo $VNCTERM_GUEST >{}; exit 1", pressed.display());
    let power = vec![(PowerButton::Reset, script.into())];
    let running = serve(&[&guest], |config| config.power = power.clone()).await;
    let heard = with_power_buttons(&running, b"\xfa\x00\x01\x04", 8).await;
    assert_eq!(heard, b"\xfa\x00\x01\x01\xfa\x00\x01\x00", "there are some, and this one failed");
    assert_eq!(fs::read_to_string(&pressed).expect("the command wrote"), "guest\n");
    fs::remove_file(pressed).expect("it is there");
    running.stop().await;
    // Who may only look hears of none before his first picture.
    let guest = Guest::new();
    let running = serve(&[&guest], |config| (config.power, config.view_only) = (power, true)).await;
    let heard = with_power_buttons(&running, b"\x03\x00\x00\x00\x00\x00\x00\x01\x00\x01", 1).await;
    assert_eq!(heard, [0], "FramebufferUpdate");
    running.stop().await;
}

#[tokio::test]
async fn bytes_that_are_not_rfb_end_one_connection() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut viewer = Viewer::join(&running).await;
    let path = running.addresses()[0].unix_path().expect("a Unix socket").to_owned();
    let wrong = within(UnixStream::connect(&path)).await.expect("connects");
    wrong.writable().await.expect("writable");
    wrong.try_write(b"GET / HTTP/1.0\r\n\r\n").expect("writes");
    let mut answer = [0; 64];
    within(async {
        loop {
            wrong.readable().await.expect("readable");
            match wrong.try_read(&mut answer) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    if error.kind() != std::io::ErrorKind::WouldBlock {
                        break;
                    }
                }
            }
        }
    })
    .await;
    guest.print(b"still here").await;
    viewer.until_it_shows(&display(&running, 1)).await;
    assert_eq!(running.viewers(), 1);
    running.stop().await;
}
