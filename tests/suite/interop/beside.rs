//! What passes beside the picture between viewers and other people's servers: sizes, pointers, lamps, bells, names, text.

use std::fs;

use vncterm::geometry::Size;
use vncterm::input::{Locks, PointerEvent, PointerMotion};
use vncterm::rfb::client::{ClientEvent, ClientSettings, Login};
use vncterm::rfb::ids::Encoding;

use super::looking::Looking;
use super::stage::{Directory, Running, Server, free_port, wait_for};
use super::upstreams::{CONSOLE, qemu};
use super::xvnc::Xvnc;

// Keysyms.
const CAPS_LOCK: u32 = 0xffe5;

/// In Latin-1; and beyond it.
const LATIN_1: &str = "Größe: ça va, 3 £\nzweite Zeile";
const UTF_8: &str = "Größe: 5 €, 日本語, Ελλάδα, ✓ 😀\nzweite Zeile";

/// A guest whose X server is dialled, and a viewer that has seen its first picture.
fn viewer_of_xvnc(options: &[&str], listing: Vec<Encoding>) -> Option<(Server, Xvnc, Looking)> {
    let port = free_port();
    let server = Server::start(&[&CONSOLE[..], options, &["--upstream", &format!("127.0.0.1:{port}")]].concat());
    let xvnc = Xvnc::start_at(port, "-SecurityTypes None -geometry 800x600 -depth 24")?;
    let mut looking = Looking::listing(server.port, listing, Login::default());
    looking.until("the screen", |looking| (looking.shown().width == 800).then_some(()));
    looking.events.clear();
    Some((server, xvnc, looking))
}

#[test]
#[ignore = "needs Xvnc, xterm, vncconfig and xsetroot"]
fn bell_name_lamps_and_pointer_of_xvnc_come_to_its_viewers() {
    let Some((_server, xvnc, mut looking)) = viewer_of_xvnc(&[], ClientSettings::all_encodings()) else { return };
    let Some(_bell) = xvnc.run("xterm", &["-e", "printf '\\a'; sleep 600"]) else { return };
    looking.until_told("the bell", |event| (*event == ClientEvent::Bell).then_some(()));
    assert!(xvnc.does("vncconfig", &["-display", &xvnc.display, "-set", "desktop=Another name"]));
    looking.until_told("the name", |event| {
        matches!(event, ClientEvent::Name(name) if name.ends_with(": Another name")).then_some(())
    });
    for caps in [true, false] {
        looking.press(&[CAPS_LOCK]);
        looking.until_told("the lamp", |event| {
            matches!(event, ClientEvent::Locks(Locks { caps: lit, .. }) if *lit == caps).then_some(())
        });
    }
    looking.connection.send_pointer(PointerEvent { x: 700, y: 500, buttons: 0 });
    for name in ["gumby", "heart"] {
        assert!(xvnc.does("xsetroot", &["-cursor_name", name]));
        looking.until_told("the pointer's shape", |event| {
            matches!(event, ClientEvent::Pointer(Some(shape)) if shape.size.width > 4).then_some(())
        });
    }
}

#[test]
#[ignore = "needs Xvnc and ImageMagick"]
fn a_viewer_resizes_the_screen_of_xvnc_where_it_may() {
    let wish = Size::new(900, 500);
    for (who, granted) in [("sole", true), ("fixed", false)] {
        let found = viewer_of_xvnc(&["--resize", who], ClientSettings::all_encodings());
        let Some((_server, xvnc, mut looking)) = found else { return };
        looking.connection.set_desktop_size(wish);
        if granted {
            looking.until_told("its size", |event| (*event == ClientEvent::Resized(wish)).then_some(()));
        } else {
            looking.until_told("a refusal", |event| {
                matches!(event, ClientEvent::SetDesktopSizeAnswered { status: 1.. }).then_some(())
            });
        }
        let Some(screen) = xvnc.screen() else { return };
        assert_eq!(screen.width, if granted { 900 } else { 800 });
        assert!(looking.sees(|| Some(screen.clone())), "{who}");
    }
}

/// What owns the X server's clipboard now.
fn pasted(xvnc: &Xvnc) -> Option<String> {
    let path = xvnc.directory.path("pasted");
    let script = format!("timeout 5 xclip -selection clipboard -out >{path}");
    xvnc.does("sh", &["-c", &script]).then_some(())?;
    fs::read_to_string(path).ok()
}

#[test]
#[ignore = "needs Xvnc, vncconfig and xclip"]
fn text_goes_into_xvnc_and_comes_back() {
    for (extended, text) in [(true, UTF_8), (true, LATIN_1), (false, LATIN_1)] {
        let mut listing = ClientSettings::all_encodings();
        listing.retain(|encoding| extended || *encoding != Encoding::EXTENDED_CLIPBOARD);
        let Some((_server, xvnc, mut looking)) = viewer_of_xvnc(&[], listing) else { return };
        let Some(_helper) = xvnc.run("vncconfig", &["-nowin", "-display", &xvnc.display]) else { return };
        if xvnc.run("xclip", &["-version"]).is_none() {
            return;
        }
        let mut times = 0;
        looking.until("the text in the guest", |looking| {
            // Its helper may not have begun to listen.
            times += 1;
            looking.connection.announce_cut_text(format!("{text}{times}").into());
            looking.turn().expect("the server speaks RFB");
            pasted(&xvnc)?.strip_prefix(text).map(|_| ())
        });
        let path = xvnc.directory.path("cut");
        fs::write(&path, format!("back {text}")).expect("the directory is there");
        let Some(_owner) = xvnc.run("xclip", &["-quiet", "-selection", "clipboard", "-in", &path]) else { return };
        let back = format!("back {text}");
        looking.until_told("the text from the guest", |event| match event {
            ClientEvent::CutText(cut) => (cut.text().as_ref() == Ok(&back)).then_some(()),
            _ => None,
        });
    }
}

/// QEMU passes text on among those who look at it, with or without a guest that takes it.
#[test]
#[ignore = "needs QEMU"]
fn text_goes_through_qemu_to_another_of_its_viewers_and_back() {
    let port = free_port();
    let Some(_machine) = qemu(&format!("-vnc 127.0.0.1:{}", port - 5900)) else { return };
    let server = Server::start(&[&CONSOLE[..], &["--upstream", &format!("127.0.0.1:{port}")]].concat());
    let mut viewers = [port, server.port].map(|port| {
        let mut looking = Looking::at(port, &[Encoding::RAW], Login::default());
        looking.until("the firmware", |looking| (looking.shown().width == 720).then_some(()));
        looking
    });
    for (from, to, text) in [(0, 1, "in"), (1, 0, "out"), (0, 1, "in again")] {
        let text = format!("{text}: {UTF_8}");
        viewers[from].connection.announce_cut_text(text.as_str().into());
        wait_for("the text on the other side", || {
            viewers.iter_mut().for_each(|viewer| viewer.turn().expect("the server speaks RFB"));
            let is_it =
                |event: &ClientEvent| matches!(event, ClientEvent::CutText(cut) if cut.text().as_ref() == Ok(&text));
            viewers[to].events.iter().any(is_it).then_some(())
        });
    }
}

/// A PS/2 mouse knows how far it was moved, and nothing else.
#[test]
#[ignore = "needs QEMU"]
fn a_mouse_of_qemu_is_moved_by_viewers_that_know_of_motions_and_by_others() {
    let directory = Directory::new();
    let (socket, trace) = (directory.path("vnc"), directory.path("trace"));
    let server = Server::start(&[&CONSOLE[..], &["--upstream", &format!("unix:{socket}")]].concat());
    let told = format!("-trace input_event_rel -trace input_event_btn -D {trace} -vnc unix:{socket}");
    let Some(_machine) = qemu(&told) else { return };
    let mut knows = Looking::at(server.port, &[Encoding::RAW], Login::default());
    knows.until_told("motions to be wanted", |event| {
        matches!(event, ClientEvent::PointerMode { relative: true }).then_some(())
    });
    let traced = |wanted: &[&str]| {
        let log = fs::read_to_string(&trace).unwrap_or_default();
        let mut lines = log.lines();
        wanted.iter().all(|wanted| lines.any(|line| line.ends_with(wanted))).then_some(())
    };
    knows.connection.send_motion(PointerMotion { dx: 5, dy: -3, buttons: 1 });
    knows.connection.send_motion(PointerMotion { dx: 0, dy: 0, buttons: 0 });
    knows.until("the mouse to move", |_| {
        traced(&["button left, down 1", "axis x, value 5", "axis y, value -3", "button left, down 0"])
    });
    let mut others = ClientSettings::all_encodings();
    others.retain(|encoding| *encoding != Encoding::QEMU_POINTER_MOTION);
    let mut other = Looking::listing(server.port, others, Login::default());
    other.until("its picture", |looking| (looking.shown().width == 720).then_some(()));
    for (x, y) in [(100, 100), (117, 81)] {
        other.connection.send_pointer(PointerEvent { x, y, buttons: 0 });
    }
    other.until("the mouse to move", |_| traced(&["axis x, value 17", "axis y, value -19"]));
    // A script moves it before it has asked for any picture.
    let address = server.address();
    let arguments = ["-s", &address, "move", "23", "29", "pause", "0.5"];
    let Some(vncdo) = Running::start("vncdo", &arguments, &[]) else { return };
    wait_for("the mouse to move", || traced(&["axis x, value 23", "axis y, value 29"]));
    drop(vncdo);
}
