//! Other people's servers, as our client of them sees them: each encoding, in each depth, against what the X server says.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use vncterm::access::{Method, Secret};
use vncterm::rfb::client::Login;
use vncterm::rfb::decode::DECODERS;
use vncterm::rfb::error::RfbError;
use vncterm::rfb::ids::Encoding;

use super::looking::Looking;
use super::picture::Picture;
use super::stage::{Directory, Running, Xvfb, free_port, seen_in_time};
use super::xvnc::{PASSWORD, Xvnc};

/// What lies on the screen: very many colours.
const PATTERN: &[&str] = &["-window", "root", "-size", "320x200", "plasma:red-blue"];
/// Text that runs through, in a window that goes.
const TEXT: &[&str] = &["-geometry", "30x10+20+30", "-e", "seq 1 300"];

/// What of each server is tried; with CopyRect and without.
fn lists(encodings: &[Encoding]) -> Vec<Vec<Encoding>> {
    encodings.iter().flat_map(|encoding| [vec![*encoding], vec![*encoding, Encoding::COPY_RECT]]).collect()
}

#[test]
#[ignore = "needs Xvnc, xterm and ImageMagick"]
fn every_encoding_of_xvnc_shows_every_pixel_in_every_depth() {
    for depth in [24, 16] {
        let Some(server) = Xvnc::start(&format!("-geometry 320x200 -depth {depth} -SecurityTypes None")) else {
            return;
        };
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
    assert_eq!(comes_in(PASSWORD), Ok(()));
    assert_eq!(comes_in("wrong"), Err(RfbError::Refused("Authentication failure".into())));
    let without = Looking::at(server.port, &[Encoding::RAW], Login::default()).comes_in();
    let why = "the server offers VncAuthentication, and we have none".into();
    let told = RfbError::NoWayIn { lacking: None, vencrypt: false, why };
    assert_eq!(without, Err(told));
}

#[test]
#[ignore = "needs Xvnc and ImageMagick"]
fn jpegs_come_where_a_quality_is_asked_for() {
    let Some(server) = Xvnc::start("-geometry 320x200 -depth 24 -SecurityTypes None") else { return };
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
