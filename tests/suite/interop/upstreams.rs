//! Other people's VNC servers as a guest's graphics: Xvnc, x11vnc and QEMU, dialled and calling, with the command lines that
//! installers use.

use std::thread::sleep;
use std::time::Duration;

use vncterm::rfb::client::{ClientEvent, Login};
use vncterm::rfb::ids::Encoding;

use super::looking::Looking;
use super::picture::{Picture, RawViewer};
use super::qemu::{guest, is_red, log_in};
use super::stage::{Directory, Running, Server, Xvfb, free_port, private, wait_for};
use super::xvnc::{COLOUR, PASSWORD, Xvnc, is_painted};

// Keysyms.
const CONTROL: u32 = 0xffe3;
const ALT: u32 = 0xffe9;
const F1: u32 = 0xffbe;
const F7: u32 = 0xffc4;
const RETURN: u32 = 0xff0d;

/// A console that shows nothing and takes everything.
pub const CONSOLE: [&str; 2] = ["--exec", "screenless=cat >/dev/null"];

/// The password as we read it.
fn write_password(directory: &Directory) {
    private(directory, "password", PASSWORD.as_bytes());
}

/// What who comes now sees, if it has this size and is painted.
fn sees_screen(port: u16, width: usize, height: usize) -> Option<Picture> {
    let picture = RawViewer::connect(port).picture();
    is_painted(&picture, width, height).then_some(picture)
}

/// Waits until who comes sees a console of 80 by 24 characters.
pub fn wait_for_console(server: &Server) {
    wait_for("the console again", || {
        let picture = RawViewer::connect(server.port).picture();
        ((picture.width, picture.height) == (640, 384)).then_some(())
    });
}

#[test]
#[ignore = "needs Xvnc, xsetroot, xrandr, xdotool and xterm"]
fn xvnc_is_dialled_typed_into_and_resized() {
    let port = free_port();
    let server = Server::start(&[&CONSOLE[..], &["--upstream", &format!("127.0.0.1:{port}")]].concat());
    let arguments = "-SecurityTypes None -geometry 800x600 -depth 24";
    let Some(xvnc) = Xvnc::start_at(port, arguments).and_then(Xvnc::paint) else { return };
    wait_for("the screen", || sees_screen(server.port, 800, 600));
    let typed = server.directory.path("typed");
    let ready = server.directory.path("ready");
    let script = format!("echo yes >{ready}; read line; echo \"$line\" >{typed}; exec sleep 1000");
    let Some(_xterm) = xvnc.run("xterm", &["-geometry", "+0+0", "-e", "sh", "-c", &script]) else { return };
    let mut viewer = RawViewer::connect(server.port);
    server.wait_for_file("ready");
    wait_for("the xterm", || (viewer.picture().ink() > 1000).then_some(()));
    // Without a window manager the keys go where the pointer is: at first to the middle.
    assert!(xvnc.does("xdotool", &["mousemove", "50", "50"]));
    for key in "Typed @ 7!".chars() {
        viewer.press(&[key as u32]);
    }
    viewer.press(&[RETURN]);
    assert_eq!(server.wait_for_file("typed"), "Typed @ 7!\n");
    assert!(xvnc.does("xrandr", &["-s", "1024x768"]));
    wait_for("the larger screen", || sees_screen(server.port, 1024, 768));
    // One that knows no other size than its first has seen all of it, and goes on.
    assert_eq!(viewer.picture().width, 800);
    drop(xvnc);
    wait_for_console(&server);
}

/// As Anaconda does it: the server calls, and asks for the password all the same.
#[test]
#[ignore = "needs Xvnc, vncconfig, xsetroot, xdotool and xterm"]
fn an_installer_calls_and_asks_for_its_password() {
    for depth in [24, 16] {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let arguments = ["--reverse-listen", &listen, "--upstream-password-file", "{DIR}/password"];
        let server = Server::start_in(write_password, &[&CONSOLE[..], &arguments].concat());
        let arguments = format!(
            "-depth {depth} -br IdleTimeout=0 -auth /dev/null -once DisconnectClients=false desktop=Fedora \
             SecurityTypes=VncAuth rfbauth={{DIR}}/passwd -geometry 1024x768"
        );
        let Some(xvnc) = Xvnc::start(&arguments).and_then(Xvnc::paint) else { return };
        let calls = ["-display", &xvnc.display, "-connect", &listen];
        let Some(called) = Running::start("vncconfig", &calls, &[]) else { return };
        assert!(called.succeeds(), "anything else ends the installation");
        wait_for("the installer", || sees_screen(server.port, 1024, 768));
        drop(xvnc);
        wait_for_console(&server);
    }
}

/// As YaST does it: it waits to be dialled, minutes after the guest has begun; 16 bits, and always a password.
#[test]
#[ignore = "needs Xvnc, xsetroot, xdotool and xterm"]
fn an_installer_that_comes_late_is_dialled_until_it_is_there() {
    let port = free_port();
    let upstream = format!("127.0.0.1:{port}");
    let arguments = ["--upstream", &upstream, "--upstream-password-file", "{DIR}/password"];
    let server = Server::start_in(write_password, &[&CONSOLE[..], &arguments].concat());
    let early = RawViewer::connect(server.port).picture();
    assert_eq!((early.width, early.height), (640, 384));
    sleep(Duration::from_secs(3));
    let arguments = "-rfbauth {DIR}/passwd -desktop Installation -geometry 1024x768 -depth 16 -dpi 96";
    let Some(xvnc) = Xvnc::start_at(port, arguments).and_then(Xvnc::paint) else { return };
    wait_for("the installer", || sees_screen(server.port, 1024, 768));
    drop(xvnc);
    wait_for_console(&server);
}

#[test]
#[ignore = "needs x11vnc, Xvfb and xsetroot"]
fn x11vnc_calls() {
    let listen = format!("127.0.0.1:{}", free_port());
    let server = Server::start(&[&CONSOLE[..], &["--reverse-listen", &listen]].concat());
    let Some(screen) = Xvfb::start("-screen 0 640x480x24") else { return };
    assert!(screen.run("xsetroot", &["-solid", COLOUR]).is_some_and(Running::succeeds));
    let own = free_port().to_string();
    let arguments =
        ["-display", screen.display(), "-connect", &listen, "-rfbport", &own, "-localhost", "-forever", "-q"];
    let Some(x11vnc) = screen.run("x11vnc", &arguments) else { return };
    wait_for("the screen", || sees_screen(server.port, 640, 480));
    drop(x11vnc);
    wait_for_console(&server);
}

/// A machine without a guest, whose firmware draws on its VGA.
pub const MACHINE: &str = "-monitor none -net none -serial none -boot menu=on,splash-time=60000";

/// Starts [`MACHINE`]; `None`, with a line that says so, when this one has no QEMU.
pub fn qemu(arguments: &str) -> Option<Running> {
    let arguments = format!("{MACHINE} {arguments}");
    Running::start("qemu-system-x86_64", &arguments.split_whitespace().collect::<Vec<_>>(), &[])
}

/// Waits until who comes sees what the firmware draws: a text screen of VGA's, which is no console's size.
fn wait_for_firmware(server: &Server) {
    wait_for("the firmware", || {
        let picture = RawViewer::connect(server.port).picture();
        ((picture.width, picture.height) == (720, 400) && picture.ink() > 500).then_some(())
    });
}

#[test]
#[ignore = "needs QEMU"]
fn qemu_is_dialled_killed_and_started_again_while_viewers_stay() {
    let directory = Directory::new();
    let socket = directory.path("vnc");
    let server = Server::start(&[&CONSOLE[..], &["--upstream", &format!("unix:{socket}")]].concat());
    let mut viewers = [0; 3].map(|_| RawViewer::connect(server.port));
    let console = viewers[0].picture();
    for _ in 0..10 {
        let Some(machine) = qemu(&format!("-vnc unix:{socket}")) else { return };
        wait_for_firmware(&server);
        for viewer in &mut viewers {
            wait_for("all of them on the firmware", || (viewer.picture().ink() > 500).then_some(()));
        }
        drop(machine);
        wait_for_console(&server);
        for viewer in &mut viewers {
            // But for the line that says why.
            let text = console.pixels.len() - 16 * console.width;
            let is_back = |picture: &Picture| picture.pixels[..text] == console.pixels[..text];
            wait_for("all of them on the console", || is_back(&viewer.picture()).then_some(()));
        }
    }
}

#[test]
#[ignore = "needs QEMU"]
fn qemu_calls_and_viewers_go_to_and_fro() {
    let listen = format!("127.0.0.1:{}", free_port());
    let server = Server::start(&[&CONSOLE[..], &["--reverse-listen", &listen]].concat());
    let mut viewer = RawViewer::connect(server.port);
    let console = viewer.picture();
    let Some(machine) = qemu(&format!("-vnc {listen},reverse=on")) else { return };
    wait_for_firmware(&server);
    let is_console = |picture: &Picture| picture.pixels == console.pixels;
    for _ in 0..20 {
        viewer.press(&[CONTROL, ALT, F1]);
        wait_for("the console", || is_console(&viewer.picture()).then_some(()));
        viewer.press(&[CONTROL, ALT, F7]);
        wait_for("the screen", || (!is_console(&viewer.picture())).then_some(()));
    }
    drop(machine);
    wait_for_console(&server);
}

/// A server of libvncserver's, compiled where a C compiler and the library's headers are. Its first byte is red's.
#[test]
#[ignore = "needs a C compiler and libvncserver"]
fn libvncserver_shows_its_colours_takes_keys_and_text() {
    let port = free_port();
    let program = concat!(env!("CARGO_TARGET_TMPDIR"), "/libvncserver");
    let source = crate::house::source::root().join("tests/suite/interop/servers/libvncserver.c");
    let source = source.to_str().expect("the path of the project is UTF-8");
    let built = Running::start("cc", &["-O1", "-o", program, source, "-lvncserver"], &[]);
    if !built.is_some_and(Running::succeeds) {
        eprintln!("skipped: libvncserver.c cannot be compiled");
        return;
    }
    let server = Server::start(&[&CONSOLE[..], &["--upstream", &format!("127.0.0.1:{port}")]].concat());
    let Some(_theirs) = Running::start(program, &[&port.to_string()], &[]) else { return };
    let pixel = |at: u32| {
        let (x, y) = (at % 300, at / 300);
        (x & 0xff) << 16 | y << 8 | (x ^ y) & 0xff
    };
    let screen = Picture { width: 300, height: 200, pixels: (0..300 * 200).map(pixel).collect() };
    let turned = Picture { pixels: screen.pixels.iter().map(|pixel| pixel ^ 0x00ff_ffff).collect(), ..screen };
    let mut looking = Looking::at(server.port, &[Encoding::RAW], Login::default());
    assert!(looking.sees(|| Some(screen.clone())));
    looking.press(&[u32::from('x')]);
    looking.until_told("the bell", |event| (*event == ClientEvent::Bell).then_some(()));
    assert!(looking.sees(|| Some(turned.clone())));
    looking.connection.announce_cut_text("abc \u{e4}\u{20ac}".into());
    looking.until_told("the text in capitals", |event| {
        matches!(event, ClientEvent::CutText(text) if text.text().as_deref() == Ok("ABC \u{e4}\u{20ac}")).then_some(())
    });
}

/// A Linux begins on its serial line, and draws on its VGA when it is told to there. Its server calls, or is dialled.
fn a_guest_starts_on_its_serial_line_and_draws_on_its_vga(source: &[&str], vnc: &str) {
    let Some(guest) = guest() else { return };
    let directory = Directory::new();
    let (uart, socket) = (directory.path("uart"), directory.path("vnc"));
    let in_place = |word: &str| word.replace("{SOCKET}", &socket);
    let source: Vec<String> = source.iter().copied().map(in_place).collect();
    let mut all = vec!["--unix", &uart];
    all.extend(source.iter().map(String::as_str));
    let server = Server::start(&all);
    let mut first = RawViewer::connect(server.port);
    // A machine that others keep busy has no time for its timer's check.
    let arguments = format!(
        "-monitor none -net none -m 256 -kernel {guest}/kernel -initrd {guest}/initrd -serial unix:{uart},server=on,wait=off \
         -vnc {} -append",
        in_place(vnc)
    );
    let arguments: Vec<&str> = arguments.split_whitespace().chain(["console=ttyS0 no_timer_check"]).collect();
    let Some(machine) = Running::start("qemu-system-x86_64", &arguments, &[]) else { return };
    wait_for("its VGA", || server.log().contains("graphics are up").then_some(()));
    let is_at_vga = |viewer: &mut RawViewer| is_red(viewer.picture().pixels[320]);
    wait_for("the first viewer to be led there", || server.log().contains("looks at a VT vt=7").then_some(()));
    first.press(&[CONTROL, ALT, F1]);
    log_in(&mut first, "printf '\\033[41m\\033[2J' >/dev/tty0", "its VGA", |_| {
        let picture = RawViewer::connect(server.port).picture();
        picture.width == 720 && is_red(picture.pixels[picture.pixels.len() - 1])
    });
    assert!(!is_at_vga(&mut first), "who went to the console is left there");
    first.press(&[CONTROL, ALT, F7]);
    wait_for("the red screen", || is_at_vga(&mut first).then_some(()));
    drop(machine);
    wait_for("the console again", || (!is_at_vga(&mut first)).then_some(()));
}

#[test]
#[ignore = "needs QEMU, and a guest in VNCTERM_GUEST"]
fn a_guest_starts_on_its_serial_line_and_its_screen_is_dialled() {
    a_guest_starts_on_its_serial_line_and_draws_on_its_vga(&["--upstream", "unix:{SOCKET}"], "unix:{SOCKET}");
}

#[test]
#[ignore = "needs QEMU, and a guest in VNCTERM_GUEST"]
fn a_guest_starts_on_its_serial_line_and_its_screen_calls() {
    let listen = format!("127.0.0.1:{}", free_port());
    let calls = format!("{listen},reverse=on");
    a_guest_starts_on_its_serial_line_and_draws_on_its_vga(&["--reverse-listen", &listen], &calls);
}
