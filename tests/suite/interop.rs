//! Other people's viewers, as they come from their makers. Ignored by default, for they need programs that a machine
//! may not have; .ci/run installs and runs them. A program that is missing is said and skipped.

mod picture;
mod qemu;
mod stage;

use picture::{Picture, RawViewer};
use stage::{Running, Server, Xvfb, wait_for};
use std::fs;

/// Text, all colours, box drawing, wide and combining characters, every attribute; no cursor.
const SCENE: &str = r#"printf '\033[?25l\033[2J\033[HThe quick brown fox jumps over the lazy dog 0123456789\r\n';
i=0; while [ $i -lt 256 ]; do printf '\033[48;5;%dm ' $i; i=$((i+1)); done; printf '\033[m\r\n';
printf '\033[1mbold\033[m \033[3mitalic\033[m \033[4munderline\033[m \033[7minverse\033[m \033[9mstrike\033[m \033[31mred\033[m \033[38;2;255;128;0morange\033[m\r\n';
printf '\342\224\214\342\224\200\342\224\220 \342\226\210\342\226\223\342\226\222\342\226\221 \344\275\240\345\245\275 e\314\201 \342\242\277\r\n'"#;

// Keysyms.
const ESCAPE: u32 = 0xff1b;
const CONTROL: u32 = 0xffe3;
const ALT: u32 = 0xffe9;
const F2: u32 = 0xffbf;
const RETURN: u32 = 0xff0d;

/// Starts a viewer on an X server and compares what it shows with what the console shows.
fn shows_the_scene(viewer: &str, arguments: impl Fn(&Server) -> Vec<String>, error: u8) {
    let Some(screen) = Xvfb::start() else { return };
    let server = Server::showing(SCENE, &["--resize", "fixed"]);
    let arguments = arguments(&server);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Some(_viewer) = screen.run(viewer, &arguments) else { return };
    screen.wait_until_shown(&format!("the scene in {viewer} {arguments:?}"), &server.picture(), error);
}

fn words(text: &str, server: &Server) -> Vec<String> {
    text.split_whitespace()
        .map(|word| word.replace("{ADDRESS}", &server.address()).replace("{DISPLAY}", &server.display()))
        .collect()
}

#[test]
#[ignore = "needs Xvfb and TigerVNC"]
fn tigervnc_shows_every_pixel_in_every_encoding() {
    for encoding in ["Tight", "ZRLE", "Raw"] {
        // Its menu key would announce itself over the picture.
        let options =
            format!("-MenuKey= -RemoteResize=0 -AutoSelect=0 -NoJPEG=1 -PreferredEncoding={encoding} {{ADDRESS}}");
        shows_the_scene("vncviewer", |server| words(&options, server), 0);
    }
    // As its makers set it up, JPEG and compression levels announced.
    shows_the_scene("vncviewer", |server| words("-MenuKey= {ADDRESS}", server), 0);
}

/// 8, 64 and 256 colours: each is off by no more than half a step of the format, and by what scaling back rounds.
#[test]
#[ignore = "needs Xvfb and TigerVNC"]
fn tigervnc_shows_few_colours_as_near_as_they_go() {
    for (level, error) in [("0", 128), ("1", 43), ("2", 43)] {
        let options =
            format!("-MenuKey= -RemoteResize=0 -AutoSelect=0 -FullColor=0 -LowColorLevel={level} {{ADDRESS}}");
        shows_the_scene("vncviewer", |server| words(&options, server), error);
    }
}

#[test]
#[ignore = "needs Xvfb and xtightvncviewer"]
fn xtightvncviewer_shows_every_pixel() {
    for (options, error) in
        [("", 0), ("-encodings tight", 0), ("-encodings raw", 0), ("-encodings copyrect", 0), ("-bgr233", 43)]
    {
        // It paints the pointer's shape into the picture.
        let options = format!("-nocursorshape {options} {{ADDRESS}}");
        shows_the_scene("xtightvncviewer", |server| words(&options, server), error);
    }
}

#[test]
#[ignore = "needs Xvfb and gvncviewer"]
fn gvncviewer_shows_every_pixel() {
    shows_the_scene("gvncviewer", |server| words("{DISPLAY}", server), 0);
}

/// Runs a program that writes a picture to a file, and reads it.
fn capture(program: &str, arguments: &str, server: &Server) -> Option<Picture> {
    let file = server.directory.path("capture.png");
    let arguments = words(&arguments.replace("{FILE}", &file), server);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut program = Running::start(program, &arguments, &[("HOME", &server.directory.path(""))])?;
    assert!(program.0.wait().expect("it ran").success(), "{arguments:?}");
    Some(Picture::from_png(&fs::read(&file).expect("the picture was written")))
}

#[test]
#[ignore = "needs gvnccapture and vncdotool"]
fn captures_have_every_pixel() {
    let server = Server::showing(SCENE, &[]);
    let wanted = server.picture();
    for (program, arguments) in [("gvnccapture", "-q {DISPLAY} {FILE}"), ("vncdo", "-s {ADDRESS} capture {FILE}")] {
        if let Some(captured) = capture(program, arguments, &server) {
            assert!(captured == wanted, "{program} has another picture");
        }
    }
}

#[test]
#[ignore = "needs vncdotool"]
fn vncdotool_types() {
    let server =
        Server::start(&["--", "sh", "-c", "stty -echo; read line; printf %s \"$line\" >{DIR}/typed; sleep 600"]);
    let arguments = words("-s {ADDRESS} type hello key space type World42 key enter", &server);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Some(mut vncdo) = Running::start("vncdo", &arguments, &[]) else { return };
    assert_eq!(server.wait_for_file("typed"), "hello World42");
    assert!(vncdo.0.wait().expect("it ran").success());
}

/// Keys through a real X server and viewer, and the chord that switches consoles.
#[test]
#[ignore = "needs Xvfb, TigerVNC and xdotool"]
fn tigervnc_types_and_switches_consoles() {
    let Some(screen) = Xvfb::start() else { return };
    let directory = stage::Directory::new();
    // VT 1 waits for a device that never comes; VT 2 is the command.
    let absent = format!("none={}", directory.path("absent"));
    let script = "stty raw -echo; printf 'second\\033[6n'; dd bs=64 count=1 of={DIR}/shown 2>/dev/null; stty -raw; read line; printf %s \"$line\" >{DIR}/typed; sleep 600";
    let server = Server::start(&["--resize", "fixed", "--pty", &absent, "--", "sh", "-c", script]);
    server.wait_for_file("shown");
    let mut ours = RawViewer::connect(server.port);
    let first = ours.picture();
    ours.press(&[CONTROL, ALT, F2]);
    let second = wait_for("the second console", || Some(ours.picture()).filter(|picture| *picture != first));
    let options = words("-MenuKey= -RemoteResize=0 {ADDRESS}", &server);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let Some(_viewer) = screen.run("vncviewer", &options) else { return };
    screen.wait_until_shown("the first picture", &first, 0);
    // Without a window manager nobody else gives it the keyboard.
    if !screen.xdotool(&["search", "--onlyvisible", "--name", "TigerVNC", "windowfocus", "--sync"]) {
        return;
    }
    assert!(screen.xdotool(&["key", "ctrl+alt+F2"]));
    screen.wait_until_shown("the second console", &second, 0);
    assert!(screen.xdotool(&["type", "--delay", "20", "Hello, World!"]) && screen.xdotool(&["key", "Return"]));
    assert_eq!(server.wait_for_file("typed"), "Hello, World!");
}

/// One viewer stands still in the middle of a flood and is killed then; the others must not notice.
#[test]
#[ignore = "needs Xvfb and TigerVNC"]
fn a_stopped_viewer_disturbs_nobody() {
    let Some(screen) = Xvfb::start() else { return };
    let flood = "read line; seq 300000; printf 'the end\\033[6n'; stty raw -echo; dd bs=64 count=1 of={DIR}/shown 2>/dev/null; sleep 600";
    let server = Server::start(&["--resize", "fixed", "--", "sh", "-c", flood]);
    let mut ours = RawViewer::connect(server.port);
    let first = ours.picture();
    let options = words("-MenuKey= -RemoteResize=0 {ADDRESS}", &server);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let Some(viewer) = screen.run("vncviewer", &options) else { return };
    screen.wait_until_shown("the first picture", &first, 0);
    viewer.stop();
    ours.press(&[RETURN]);
    server.wait_for_file("shown");
    let last = ours.picture();
    drop(viewer);
    assert!(last != first && ours.picture() == last);
}

/// A virtual machine's firmware on its serial line, which is a PTY of QEMU's making: its boot menu comes when Escape
/// is typed.
#[test]
#[ignore = "needs QEMU"]
fn qemu_shows_its_boot_menu_on_its_serial_pty() {
    let machine =
        "-display none -machine graphics=off -serial pty -monitor none -net none -boot menu=on,splash-time=60000";
    let arguments: Vec<&str> = machine.split_whitespace().collect();
    let Some(mut qemu) = Running::start("qemu-system-x86_64", &arguments, &[]) else { return };
    // "char device redirected to /dev/pts/3 (label serial0)"
    let line = qemu.first_line();
    let path = line.split_whitespace().find(|word| word.starts_with("/dev/"));
    let server = Server::start(&["--pty", path.unwrap_or_else(|| panic!("no path in {line:?}"))]);
    let mut viewer = RawViewer::connect(server.port);
    // A cursor has fewer pixels than this, some lines of text have more.
    wait_for("the boot menu", || {
        viewer.press(&[ESCAPE]);
        (viewer.picture().ink() > 1000).then_some(())
    });
}
