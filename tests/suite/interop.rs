//! Other people's viewers, as they come from their makers. Ignored by default, for they need programs that a machine
//! may not have; .ci/run installs and runs them. A program that is missing is said and skipped.

mod beside;
mod clients;
mod hostile;
mod layouts;
mod led;
mod letters;
mod logins;
mod looking;
mod looking_back;
mod page;
mod paste;
mod picture;
mod qemu;
mod run;
mod servers;
mod stage;
mod to_and_fro;
mod trusting;
mod upstreams;
mod watching;
mod xvnc;

use clients::{Client, Cuts, Follows};
use picture::RawViewer;
use run::{beside_a_busy_program, every_row, in_every_size};
use stage::{Running, Server, Xvfb, wait_for};

// Keysyms.
const ESCAPE: u32 = 0xff1b;
const CONTROL: u32 = 0xffe3;
const ALT: u32 = 0xffe9;
const F2: u32 = 0xffbf;
const RETURN: u32 = 0xff0d;

/// A module for each client: its rows of the table, its picture in other sizes, and beside a busy program.
macro_rules! clients {
    ($($module:ident: $client:expr;)*) => {
        /// All of them, and their modules.
        const CLIENTS: &[(&str, Client)] = &[$((stringify!($module), $client)),*];

        $(mod $module {
            use super::*;

            const CLIENT: Client = $client;

            #[test]
            #[ignore = "needs the client, and Xvfb and xdotool if it has a window"]
            fn shows_every_pixel_in_every_encoding_and_depth() {
                every_row(&CLIENT);
            }

            #[test]
            #[ignore = "needs the client, and Xvfb if it has a window"]
            fn shows_what_it_can_of_another_size() {
                in_every_size(&CLIENT);
            }

            #[test]
            #[ignore = "needs the client, and Xvfb if it has a window"]
            fn shows_what_a_busy_program_leaves() {
                beside_a_busy_program(&CLIENT);
            }
        })*
    };
}

clients! {
    tigervnc: clients::TIGERVNC;
    xtightvncviewer: clients::XTIGHTVNCVIEWER;
    ssvncviewer: clients::SSVNCVIEWER;
    gvncviewer: clients::GVNCVIEWER;
    remote_viewer: clients::REMOTE_VIEWER;
    remmina: clients::REMMINA;
    libvncclient: clients::LIBVNCCLIENT;
    novnc: clients::NOVNC;
    new_novnc: clients::NEW_NOVNC;
    asyncvnc: clients::ASYNCVNC;
    net_vnc: clients::NET_VNC;
    gvnccapture: clients::GVNCCAPTURE;
    vncdotool: clients::VNCDOTOOL;
    vncsnapshot: clients::VNCSNAPSHOT;
}

#[test]
fn every_client_stands_in_the_document() {
    let document = include_str!("../../docs/clients.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows: Vec<Vec<&str>> =
        rows.map(|row| row.split(" | ").collect()).filter(|row: &Vec<_>| row.len() == 5).collect();
    let documented: Vec<[&str; 4]> = rows.iter().skip(1).map(|row| [row[0], row[1], row[2], row[3]]).collect();
    let modules: Vec<String> = CLIENTS.iter().map(|(module, _)| format!("`interop::{module}`")).collect();
    let expected: Vec<[&str; 4]> = CLIENTS
        .iter()
        .zip(&modules)
        .map(|((_, client), module)| {
            let follows = match client.follows {
                Follows::Always => "follows",
                Follows::Larger => "grows",
                Follows::Never => "keeps",
            };
            let cuts = match client.cuts {
                Cuts::Nothing => "nothing",
                Cuts::Latin1 => "Latin-1",
                Cuts::Utf8 => "UTF-8",
            };
            [client.name, module, follows, cuts]
        })
        .collect();
    assert_eq!(documented, expected);
}

#[test]
fn every_test_that_the_document_names_exists() {
    let document = include_str!("../../docs/clients.md");
    let named: Vec<&str> = document.split('`').filter_map(|word| word.strip_prefix("interop::")).collect();
    for name in named {
        let exists = match name.split_once("::") {
            None => CLIENTS.iter().any(|(module, _)| *module == name),
            Some((file, test)) => {
                let path = crate::house::source::root().join(format!("tests/suite/interop/{file}.rs"));
                std::fs::read_to_string(path).is_ok_and(|source| source.contains(&format!("fn {test}()")))
            }
        };
        assert!(exists, "interop::{name}");
    }
}

fn words(text: &str, server: &Server) -> Vec<String> {
    text.split_whitespace()
        .map(|word| word.replace("{ADDRESS}", &server.address()).replace("{DISPLAY}", &server.display()))
        .collect()
}

#[test]
#[ignore = "needs vncdotool"]
fn vncdotool_types() {
    let server =
        Server::start(&["--", "sh", "-c", "stty -echo; read line; printf %s \"$line\" >{DIR}/typed; sleep 600"]);
    let arguments = words("-s {ADDRESS} type hello key space type World42 key enter", &server);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Some(vncdo) = Running::start("vncdo", &arguments, &[]) else { return };
    assert_eq!(server.wait_for_file("typed"), "hello World42");
    assert!(vncdo.succeeds());
}

/// Keys through a real X server and viewer, and the chord that switches consoles.
#[test]
#[ignore = "needs Xvfb, TigerVNC and xdotool"]
fn tigervnc_types_and_switches_consoles() {
    let Some(screen) = Xvfb::start(clients::TRUE_COLOR_SCREEN) else { return };
    let directory = stage::Directory::new();
    // VT 1 waits for a device that never comes; VT 2 is the command.
    let absent = format!("none={}", directory.path("absent"));
    let script = "stty raw -echo; printf '\\033[44m\\033[2Jsecond\\033[6n'; dd bs=64 count=1 of={DIR}/shown 2>/dev/null; stty -raw; read line; printf %s \"$line\" >{DIR}/typed; sleep 600";
    let server = Server::start(&["--resize", "fixed", "--pty", &absent, "--", "sh", "-c", script]);
    server.wait_for_file("shown");
    let mut ours = RawViewer::connect(server.port);
    let first = ours.picture();
    ours.press(&[CONTROL, ALT, F2]);
    // The first one's status line tells the time; what lies above it is of another colour.
    let second =
        wait_for("the second console", || Some(ours.picture()).filter(|now| now.pixels[..640] != first.pixels[..640]));
    let options = words("-MenuKey= -RemoteResize=0 {ADDRESS}", &server);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let Some(_viewer) = screen.run("vncviewer", &options) else { return };
    wait_for("the first picture", || screen.screen().contains(&server.picture(), 0).then_some(()));
    // Without a window manager nobody else gives it the keyboard.
    if !screen.xdotool("search --onlyvisible --name TigerVNC windowfocus --sync") {
        return;
    }
    assert!(screen.xdotool("key ctrl+alt+F2"));
    screen.wait_until_shown("the second console", &second, 0);
    assert!(screen.xdotool("type --delay 20 Hello,World!") && screen.xdotool("key Return"));
    assert_eq!(server.wait_for_file("typed"), "Hello,World!");
}

/// One viewer stands still in the middle of a flood and is killed then; the others must not notice.
#[test]
#[ignore = "needs Xvfb and TigerVNC"]
fn a_stopped_viewer_disturbs_nobody() {
    let Some(screen) = Xvfb::start(clients::TRUE_COLOR_SCREEN) else { return };
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
    let line = qemu.line();
    let path = line.split_whitespace().find(|word| word.starts_with("/dev/"));
    let server = Server::start(&["--pty", path.unwrap_or_else(|| panic!("no path in {line:?}"))]);
    let mut viewer = RawViewer::connect(server.port);
    // A cursor has fewer pixels than this, some lines of text have more.
    wait_for("the boot menu", || {
        viewer.press(&[ESCAPE]);
        (viewer.picture().ink() > 1000).then_some(())
    });
}
