//! Who is led where when other people's servers come, call a second time, fall silent and go.

use super::picture::{Picture, RawViewer};
use super::stage::{Running, Server, free_port, wait_for};
use super::upstreams::{CONSOLE, wait_for_console};
use super::xvnc::{Xvnc, is_painted};
use super::{ALT, CONTROL};

// Keysyms.
const F1: u32 = 0xffbe;
const F7: u32 = 0xffc4;
const F8: u32 = 0xffc5;

/// Pixels of a console's rows of text.
const ROW: usize = 16;

const SCREEN: &str = "-SecurityTypes None -geometry 800x600 -depth 24";

/// All but the last line, where we say things.
fn text(picture: &Picture) -> &[u32] {
    &picture.pixels[..picture.pixels.len() - ROW * picture.width]
}

/// What our own viewer sees of [`SCREEN`], which knows no other size than the console's.
fn is_screen(viewer: &mut RawViewer) -> Option<()> {
    let picture = viewer.picture();
    is_painted(&picture, picture.width, picture.height).then_some(())
}

#[test]
#[ignore = "needs Xvnc, xterm, xsetroot and xdotool"]
fn who_is_not_to_be_led_is_told_or_not_and_goes_by_himself() {
    for (how, told) in [("offer", true), ("manual", false)] {
        let port = free_port();
        let upstream = format!("127.0.0.1:{port}");
        let server = Server::start(&[&CONSOLE[..], &["--switch", how, "--upstream", &upstream]].concat());
        let mut viewer = RawViewer::connect(server.port);
        let console = viewer.picture();
        let Some(_xvnc) = Xvnc::start_at(port, SCREEN).and_then(Xvnc::paint) else { return };
        wait_for("the screen to be up", || server.log().contains("graphics are up").then_some(()));
        if told {
            wait_for("the offer", || (viewer.picture() != console).then_some(()));
            // It goes after a while, and is said to who comes later, too.
            wait_for("its end", || (viewer.picture() == console).then_some(()));
            let mut late = RawViewer::connect(server.port);
            wait_for("the offer", || {
                let picture = late.picture();
                (text(&picture) == text(&console) && picture != console).then_some(())
            });
        }
        assert!(text(&viewer.picture()) == text(&console), "{how}");
        viewer.press(&[CONTROL, ALT, F7]);
        wait_for("the screen", || is_screen(&mut viewer));
    }
}

#[test]
#[ignore = "needs Xvnc, xterm, xsetroot and xdotool"]
fn one_takes_all_along_where_that_is_how_it_is() {
    let port = free_port();
    let upstream = format!("127.0.0.1:{port}");
    let server = Server::start(&[&CONSOLE[..], &["--vt-switch", "all", "--upstream", &upstream]].concat());
    let mut viewers = [0; 3].map(|_| RawViewer::connect(server.port));
    let console = viewers[0].picture();
    let Some(_xvnc) = Xvnc::start_at(port, SCREEN).and_then(Xvnc::paint) else { return };
    for one in 0..viewers.len() {
        for viewer in &mut viewers {
            wait_for("the screen", || is_screen(viewer));
        }
        viewers[one].press(&[CONTROL, ALT, F1]);
        for viewer in &mut viewers {
            wait_for("the console", || (viewer.picture() == console).then_some(()));
        }
        viewers[one].press(&[CONTROL, ALT, F7]);
    }
}

#[test]
#[ignore = "needs Xvnc, vncconfig, xterm, xsetroot and xdotool"]
fn a_second_caller_takes_the_place_is_refused_or_gets_the_next() {
    // The first call's screen has 800 by 600 pixels, the second's 640 by 480.
    for (policy, width) in [("replace", 640), ("refuse", 800), ("next", 800)] {
        let listen = format!("127.0.0.1:{}", free_port());
        let arguments = ["--reverse-listen", &listen, "--reverse-policy", policy];
        let server = Server::start(&[&CONSOLE[..], &arguments].concat());
        let calls = |xvnc: &Xvnc| xvnc.does("vncconfig", &["-display", &xvnc.display, "-connect", &listen]);
        let Some(first) = Xvnc::start(SCREEN).and_then(Xvnc::paint) else { return };
        assert!(calls(&first));
        let sees = |width: usize, height: usize| {
            let picture = RawViewer::connect(server.port).picture();
            is_painted(&picture, width, height).then_some(())
        };
        wait_for("the first one", || sees(800, 600));
        let second = Xvnc::start("-SecurityTypes None -geometry 640x480 -depth 24").and_then(Xvnc::paint);
        let Some(second) = second else { return };
        assert!(calls(&second));
        if policy == "next" {
            let mut viewer = RawViewer::connect(server.port);
            wait_for("the second one on the next virtual terminal", || {
                viewer.press(&[CONTROL, ALT, F8]);
                // In the middle of a picture that stays as large as the first one's.
                let picture = viewer.picture();
                let place = |x: usize, y: usize| picture.pixels[y * 800 + x];
                (place(10, 10) == 0 && place(400, 300) != 0).then_some(())
            });
        }
        let height = if width == 640 { 480 } else { 600 };
        wait_for("the one that is there now", || sees(width, height));
        // Whoever has the place, it is free once he has gone.
        drop(first);
        if policy == "replace" {
            wait_for("the second one", || sees(640, 480));
        }
        drop(second);
        wait_for_console(&server);
    }
}

/// A server that is stopped, as Ctrl-Z does it, and goes on later. It takes half a minute.
#[test]
#[ignore = "needs Xvnc, xterm, xsetroot and xdotool"]
fn who_looks_at_a_screen_that_falls_silent_gets_the_console_and_later_the_screen_again() {
    let port = free_port();
    let server = Server::start(&[&CONSOLE[..], &["--upstream", &format!("127.0.0.1:{port}")]].concat());
    let mut viewer = RawViewer::connect(server.port);
    let console = viewer.picture();
    let Some(xvnc) = Xvnc::start_at(port, SCREEN).and_then(Xvnc::paint) else { return };
    wait_for("the screen", || is_screen(&mut viewer));
    xvnc.process.stop();
    wait_for("the console, with a note", || {
        let picture = viewer.picture();
        (text(&picture) == text(&console) && picture != console).then_some(())
    });
    assert!(server.log().contains("it answers no more"));
    xvnc.process.go_on();
    wait_for("the screen again", || is_screen(&mut viewer));
}

/// A guest whose graphics are stopped where nobody looks is found out, too, and its viewers stay where they are.
#[test]
#[ignore = "needs QEMU"]
fn a_machine_that_ends_while_nobody_looks_at_it_moves_nobody() {
    let listen = format!("127.0.0.1:{}", free_port());
    let server = Server::start(&[&CONSOLE[..], &["--reverse-listen", &listen, "--switch", "manual"]].concat());
    let mut viewer = RawViewer::connect(server.port);
    let console = viewer.picture();
    let arguments = ["-net", "none", "-serial", "none", "-vnc", &format!("{listen},reverse=on")];
    let Some(machine) = Running::start("qemu-system-x86_64", &arguments, &[]) else { return };
    wait_for("the screen to be up", || server.log().contains("graphics are up").then_some(()));
    drop(machine);
    wait_for("its end", || server.log().contains("upstream gone").then_some(()));
    assert!(viewer.picture() == console);
}
