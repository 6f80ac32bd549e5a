//! Other people's VNC servers as a guest's graphics: Xvnc, x11vnc and QEMU, dialled and calling, with the command lines that
//! installers use.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread::sleep;
use std::time::Duration;

use super::picture::{Picture, RawViewer};
use super::stage::{Directory, Running, Server, Xvfb, free_port, wait_for};

// Keysyms.
const CONTROL: u32 = 0xffe3;
const ALT: u32 = 0xffe9;
const F1: u32 = 0xffbe;
const F7: u32 = 0xffc4;
const RETURN: u32 = 0xff0d;

/// The password of those that ask for one; VNC authentication knows no longer ones.
const PASSWORD: &str = "installr";

/// The colour of the screens here, and the nearest with 16 bits: 23, 16 and 4 of 31, 63 and 31.
const COLOUR: &str = "#c04020";
const COLOURS: [u32; 2] = [0x00c0_4020, 0x00bd_4121];

/// A console that shows nothing and takes everything.
const CONSOLE: [&str; 2] = ["--exec", "screenless=cat >/dev/null"];

/// An X server that speaks VNC, and what is on its screen.
struct Xvnc {
    /// A program that stays: with `-once` the server ends with its last one.
    _stays: Running,
    _process: Running,
    display: String,
    _directory: Directory,
}

impl Xvnc {
    /// With these arguments beside those that a test needs; `{DIR}` is a directory of its own, where `passwd` holds
    /// [`PASSWORD`]. Its screen has one colour.
    fn start(arguments: &str) -> Option<Xvnc> {
        let directory = Directory::new();
        write_password(&directory)?;
        let arguments = format!("-displayfd 1 -noreset {arguments}").replace("{DIR}/", &directory.path(""));
        let mut process = Running::start("Xvnc", &arguments.split_whitespace().collect::<Vec<_>>(), &[])?;
        let display = format!(":{}", process.line());
        let on = [("DISPLAY", &*display)];
        let stays = Running::start("xterm", &["-geometry", "20x2+0+0", "-e", "sleep", "1000"], &on)?;
        wait_for("its window", || {
            Running::start("xdotool", &["search", "--class", "xterm"], &on)?.succeeds().then_some(())
        });
        let painted = Running::start("xsetroot", &["-solid", COLOUR], &on)?.succeeds();
        painted.then_some(Xvnc { _stays: stays, _process: process, display, _directory: directory })
    }

    /// Starts a program that shows itself here.
    fn run(&self, program: &str, arguments: &[&str]) -> Option<Running> {
        Running::start(program, arguments, &[("DISPLAY", &self.display)])
    }
}

/// The password as Xvnc reads it, and as we do.
fn write_password(directory: &Directory) -> Option<()> {
    let ours = directory.path("password");
    fs::write(&ours, PASSWORD).expect("the directory can be written");
    fs::set_permissions(&ours, fs::Permissions::from_mode(0o600)).expect("it is ours");
    let script = format!("vncpasswd -f <{ours} >{}", directory.path("passwd"));
    Running::start("sh", &["-c", &script], &[])?.succeeds().then_some(())
}

/// What who comes now sees, if it has this size and nothing but one of [`COLOURS`] in its middle.
fn sees_screen(port: u16, width: usize, height: usize) -> Option<Picture> {
    let picture = RawViewer::connect(port).picture();
    let middle = picture.pixels.get((height / 2) * width + width / 2).copied();
    let is_it =
        (picture.width, picture.height) == (width, height) && middle.is_some_and(|pixel| COLOURS.contains(&pixel));
    is_it.then_some(picture)
}

/// Waits until who comes sees a console of 80 by 24 characters.
fn wait_for_console(server: &Server) {
    wait_for("the console again", || {
        let picture = RawViewer::connect(server.port).picture();
        ((picture.width, picture.height) == (640, 384)).then_some(())
    });
}

#[test]
#[ignore = "needs Xvnc, vncpasswd, xsetroot, xrandr, xdotool and xterm"]
fn xvnc_is_dialled_typed_into_and_resized() {
    let port = free_port();
    let server = Server::start(&[&CONSOLE[..], &["--upstream", &format!("127.0.0.1:{port}")]].concat());
    let arguments = format!("-rfbport {port} -localhost -SecurityTypes None -geometry 800x600 -depth 24");
    let Some(xvnc) = Xvnc::start(&arguments) else { return };
    wait_for("the screen", || sees_screen(server.port, 800, 600));
    let typed = server.directory.path("typed");
    let script = format!("read line; echo \"$line\" >{typed}; exec sleep 1000");
    let Some(_xterm) = xvnc.run("xterm", &["-geometry", "+0+0", "-e", "sh", "-c", &script]) else { return };
    let mut viewer = RawViewer::connect(server.port);
    wait_for("the xterm", || (viewer.picture().ink() > 1000).then_some(()));
    // Without a window manager the keys go where the pointer is: at first to the middle.
    let Some(moved) = xvnc.run("xdotool", &["mousemove", "50", "50"]) else { return };
    assert!(moved.succeeds());
    for key in "Typed @ 7!".chars() {
        viewer.press(&[key as u32]);
    }
    viewer.press(&[RETURN]);
    assert_eq!(server.wait_for_file("typed"), "Typed @ 7!\n");
    let Some(resized) = xvnc.run("xrandr", &["-s", "1024x768"]) else { return };
    assert!(resized.succeeds());
    wait_for("the larger screen", || sees_screen(server.port, 1024, 768));
    // One that knows no other size than its first has seen all of it, and goes on.
    assert_eq!(viewer.picture().width, 800);
    drop(xvnc);
    wait_for_console(&server);
}

/// As Anaconda does it: the server calls, and asks for the password all the same.
#[test]
#[ignore = "needs Xvnc, vncpasswd, vncconfig, xsetroot, xdotool and xterm"]
fn an_installer_calls_and_asks_for_its_password() {
    for depth in [24, 16] {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let arguments = ["--reverse-listen", &listen, "--upstream-password-file", "{DIR}/password"];
        let server = Server::start_in(
            |directory| {
                write_password(directory);
            },
            &[&CONSOLE[..], &arguments].concat(),
        );
        let own = free_port();
        let Some(xvnc) = Xvnc::start(&format!(
            "-depth {depth} -br IdleTimeout=0 -auth /dev/null -once DisconnectClients=false desktop=Fedora \
             SecurityTypes=VncAuth rfbauth={{DIR}}/passwd -rfbport {own} -geometry 1024x768"
        )) else {
            return;
        };
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
#[ignore = "needs Xvnc, vncpasswd, xsetroot, xdotool and xterm"]
fn an_installer_that_comes_late_is_dialled_until_it_is_there() {
    let port = free_port();
    let upstream = format!("127.0.0.1:{port}");
    let arguments = ["--upstream", &upstream, "--upstream-password-file", "{DIR}/password"];
    let server = Server::start_in(
        |directory| {
            write_password(directory);
        },
        &[&CONSOLE[..], &arguments].concat(),
    );
    let early = RawViewer::connect(server.port).picture();
    assert_eq!((early.width, early.height), (640, 384));
    sleep(Duration::from_secs(3));
    let Some(xvnc) = Xvnc::start(&format!(
        "-noreset -rfbauth {{DIR}}/passwd -desktop Installation -geometry 1024x768 -depth 16 -dpi 96 -rfbport {port}"
    )) else {
        return;
    };
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
    let Some(painted) = screen.run("xsetroot", &["-solid", COLOUR]) else { return };
    assert!(painted.succeeds());
    let own = free_port().to_string();
    let arguments =
        ["-display", screen.display(), "-connect", &listen, "-rfbport", &own, "-localhost", "-forever", "-q"];
    let Some(x11vnc) = screen.run("x11vnc", &arguments) else { return };
    wait_for("the screen", || sees_screen(server.port, 640, 480));
    drop(x11vnc);
    wait_for_console(&server);
}

/// A machine without a guest, whose firmware draws on its VGA.
const MACHINE: &str = "-monitor none -net none -serial none -boot menu=on,splash-time=60000";

fn qemu(arguments: &str) -> Option<Running> {
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
