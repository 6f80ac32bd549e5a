//! Other people's viewers switch to and fro between a console and a guest's X server, by keys in every order: what is
//! typed comes to the one that is looked at, and nothing stays held in the other.

use std::fs;

use vncterm::input::{KeyEvent, Keysym};
use vncterm::rfb::client::{ClientSettings, Login};

use super::clients::{self, Client, Row};
use super::looking::Looking;
use super::picture::{Picture, RawViewer};
use super::run::{Run, focus};
use super::stage::{Running, Server, Xvfb, free_port, wait_for};
use super::xvnc::{Xvnc, is_painted};
use super::{ALT, CONTROL};

// Keysyms.
const SHIFT: u32 = 0xffe1;
const CONTROL_R: u32 = 0xffe4;
const META: u32 = 0xffe7;
const F1: u32 = 0xffbe;
const F7: u32 = 0xffc4;
const SWITCH_VT_7: u32 = 0x1008_fe07;

/// Keycodes of X, as those of an American keyboard are.
const CODES_OF_CHORD: [u32; 3] = [37, 64, 69];
const CODE_OF_B: u32 = 56;

/// What `state` says while Control and Alt are held.
const CONTROL_AND_ALT: u32 = 1 << 2 | 1 << 3;

/// How hands press Control-Alt-{F}, as `xdotool` is told it.
const HANDS: [&str; 6] = [
    "key ctrl+alt+{F}",
    "keydown ctrl keydown alt keydown {F} keyup {F} keyup alt keyup ctrl",
    "keydown alt keydown ctrl keydown {F} keyup alt keyup ctrl keyup {F}",
    "keydown ctrl keydown alt keydown {F} keyup ctrl keyup {F} keyup alt",
    "keydown Control_R keydown alt keydown {F} keyup alt keyup {F} keyup Control_R",
    "keydown shift keydown ctrl keydown alt keydown {F} keyup shift keyup ctrl keyup alt keyup {F}",
];

/// There and back, so often.
const ROUNDS: usize = 100;

/// A console that keeps what is typed into it, and an X server with a program that tells of every key.
struct Both {
    server: Server,
    xvnc: Xvnc,
    _xev: Running,
}

/// A key that came to the X server.
#[derive(Debug)]
struct Told {
    down: bool,
    state: u32,
    code: u32,
}

impl Both {
    /// `None`, with a line that says so, when this machine has not what it needs.
    fn start() -> Option<Both> {
        let port = free_port();
        let console = "stty raw -echo; exec cat >{DIR}/typed";
        let upstream = format!("127.0.0.1:{port}");
        let server = Server::start(&["--resize", "fixed", "--upstream", &upstream, "--", "sh", "-c", console]);
        let xvnc = Xvnc::start_at(port, "-SecurityTypes None -geometry 800x600 -depth 24").and_then(Xvnc::paint)?;
        // A key that is held for long on a busy machine is no more than one.
        assert!(xvnc.does("xset", &["r", "off"]));
        let script = format!("exec xev -event keyboard -geometry 800x600+0+0 >{}", xvnc.directory.path("xev"));
        let xev = xvnc.run("sh", &["-c", &script])?;
        xvnc.does("xdotool", &["search", "--sync", "--onlyvisible", "--name", "Event Tester"]).then_some(())?;
        wait_for("the screen", || {
            let picture = RawViewer::connect(server.port).picture();
            (picture.width == 800 && !is_painted(&picture, 800, 600)).then_some(())
        });
        Some(Both { server, xvnc, _xev: xev })
    }

    /// All that came to the console.
    fn typed(&self) -> String {
        fs::read_to_string(self.server.directory.path("typed")).unwrap_or_default()
    }

    /// All that came to the X server.
    fn told(&self) -> Vec<Told> {
        let log = fs::read_to_string(self.xvnc.directory.path("xev")).unwrap_or_default();
        let (mut told, mut down) = (Vec::new(), None);
        for line in log.lines() {
            down = down.filter(|_| !line.is_empty());
            match line.split_once(' ').map(|(event, _)| event) {
                Some("KeyPress") => down = Some(true),
                Some("KeyRelease") => down = Some(false),
                _ => {}
            }
            let number_after = |word: &str| line.split(word).nth(1)?.split([',', ' ']).next();
            let state = number_after("state 0x").and_then(|state| u32::from_str_radix(state, 16).ok());
            let code = number_after("keycode ").and_then(|code| code.parse().ok());
            if let (Some(down), Some(state), Some(code)) = (down, state, code) {
                told.push(Told { down, state, code });
            }
        }
        told
    }

    /// Waits until the X server has heard of so many presses of a key, and nothing is held there any more.
    fn wait_for_presses(&self, code: u32, count: usize) -> Vec<Told> {
        let told = wait_for("the keys", || {
            let told = self.told();
            let presses = told.iter().filter(|key| key.down && key.code == code).count();
            (presses >= count && held(&told).is_empty()).then_some(told)
        });
        assert_eq!(told.iter().filter(|key| key.down && key.code == code).count(), count);
        told
    }
}

/// Keys that are down after all that.
fn held(told: &[Told]) -> Vec<u32> {
    let mut held = Vec::new();
    for key in told {
        held.retain(|code| *code != key.code);
        if key.down {
            held.push(key.code);
        }
    }
    held
}

/// A viewer switches two hundred times, and types one letter wherever it comes.
fn two_hundred_times(client: &Client, row: &Row) {
    let Some(both) = Both::start() else { return };
    let Some(run) = Run::start(client, row, &both.server) else { return };
    let screen = run.screen.as_ref().expect("it has a window");
    wait_for("the first picture", || both.server.said_of_pictures());
    wait_for_window(screen);
    focus(screen);
    for hands in HANDS.iter().cycle().take(ROUNDS) {
        let [there, back] = ["F7", "F1"].map(|key| hands.replace("{F}", key));
        assert!(screen.xdotool(&format!("{back} key a {there} key b")));
    }
    let told = both.wait_for_presses(CODE_OF_B, ROUNDS);
    let of_b = |key: &&Told| key.code == CODE_OF_B && key.down;
    assert!(told.iter().filter(of_b).all(|key| key.state == 0), "a modifier was held");
    wait_for("what was typed", || (both.typed().len() >= ROUNDS).then_some(()));
    assert_eq!(both.typed(), "a".repeat(ROUNDS), "{}", run.what);
    // There is no third virtual terminal: the whole chord is the guest's.
    let before = told.len();
    assert!(screen.xdotool("key ctrl+alt+F3"));
    let [control, alt, function] = CODES_OF_CHORD;
    let told = both.wait_for_presses(function, 1);
    let pressed: Vec<u32> = told[before..].iter().filter(|key| key.down).map(|key| key.code).collect();
    let place = |code| pressed.iter().position(|pressed| *pressed == code);
    assert!(place(control) < place(function) && place(alt) < place(function), "{pressed:?}");
    let chord = told[before..].iter().find(|key| key.code == function).expect("it came");
    assert_eq!(chord.state & CONTROL_AND_ALT, CONTROL_AND_ALT);
    assert_eq!(both.typed(), "a".repeat(ROUNDS));
}

/// A browser needs a while to have one.
fn wait_for_window(screen: &Xvfb) {
    wait_for("a window", || screen.xdotool("search --onlyvisible --name .").then_some(()));
}

#[test]
#[ignore = "needs Xvnc, xterm, xev, xset, xsetroot, Xvfb, xdotool and TigerVNC"]
fn tigervnc_switches_and_leaves_nothing_held() {
    two_hundred_times(&clients::TIGERVNC, &clients::TIGERVNC.rows[0]);
}

#[test]
#[ignore = "needs Xvnc, xterm, xev, xset, xsetroot, Xvfb, xdotool and xtightvncviewer"]
fn xtightvncviewer_switches_and_leaves_nothing_held() {
    // Its first row's pictures are made as those of our own.
    two_hundred_times(&clients::XTIGHTVNCVIEWER, &clients::XTIGHTVNCVIEWER.rows[1]);
}

#[test]
#[ignore = "needs Xvnc, xterm, xev, xset, xsetroot, Xvfb, xdotool, noVNC, websockify and Chromium"]
fn novnc_switches_and_leaves_nothing_held() {
    two_hundred_times(&clients::NOVNC, &clients::NOVNC.rows[0]);
}

/// Keys as they go on the wire: down, or up.
type Keys = &'static [(u32, bool)];

/// What viewers put on the wire for a chord to the console; what an `a` types there, if keys are held still; and what they
/// put on the wire for a chord to the screen.
const WIRES: [(Keys, &str, Keys); 6] = [
    // TigerVNC, gvncviewer: modifiers first.
    (
        &[(CONTROL, true), (ALT, true), (F1, true), (CONTROL, false), (ALT, false), (F1, false)],
        "a",
        &[(CONTROL, true), (ALT, true), (F7, true), (CONTROL, false), (ALT, false), (F7, false)],
    ),
    // noVNC.
    (
        &[(CONTROL, true), (ALT, true), (F1, true), (F1, false), (ALT, false), (CONTROL, false)],
        "a",
        &[(CONTROL, true), (ALT, true), (F7, true), (F7, false), (ALT, false), (CONTROL, false)],
    ),
    // Held from one chord to the next.
    (
        &[(CONTROL, true), (ALT, true), (F1, true), (F1, false)],
        "\x1b\x01",
        &[(F7, true), (F7, false), (ALT, false), (CONTROL, false)],
    ),
    // Under Shift, X makes Meta of Alt; and the release of one names the other.
    (
        &[(SHIFT, true), (CONTROL_R, true), (META, true), (F1, true), (SHIFT, false), (ALT, false), (CONTROL_R, false)],
        "a",
        &[(F1, false), (CONTROL, true), (META, true), (F7, true), (F7, false), (ALT, false), (CONTROL, false)],
    ),
    // The X server in front of the viewer takes the first F1, and makes one key of the other chord.
    (
        &[
            (CONTROL, true),
            (ALT, true),
            (CONTROL, false),
            (ALT, false),
            (F1, false),
            (CONTROL, true),
            (ALT, true),
            (F1, true),
        ],
        "\x1b\x01",
        &[(CONTROL, false), (ALT, false), (SWITCH_VT_7, true), (SWITCH_VT_7, false)],
    ),
    // Something else is held all the while: a letter, whose release comes as another one.
    (
        &[(SHIFT, true), (0x43, true), (CONTROL, true), (ALT, true), (F1, true), (SHIFT, false), (0x63, false)],
        "\x1b\x01",
        &[(F1, false), (F7, true), (F7, false), (ALT, false), (CONTROL, false)],
    ),
];

fn send(looking: &mut Looking, keys: &[(u32, bool)]) {
    for (keysym, down) in keys {
        let keysym = Keysym(*keysym);
        looking.connection.send_key(KeyEvent { keysym, keycode: None, down: *down, repeat: false });
    }
}

/// As the viewers of every row of the table put it on the wire; one of them goes with keys held.
#[test]
#[ignore = "needs Xvnc, xterm, xev, xset, xsetroot and xdotool"]
fn every_order_of_a_chord_switches_and_leaves_nothing_held() {
    let Some(both) = Both::start() else { return };
    let letter = |letter: u32| [(letter, true), (letter, false)];
    let mut looking = Looking::listing(both.server.port, ClientSettings::all_encodings(), Login::default());
    looking.until("the screen", |looking| (looking.shown().width == 800).then_some(()));
    for _ in 0..20 {
        for (back, _, there) in WIRES {
            send(&mut looking, back);
            send(&mut looking, &letter(0x61));
            send(&mut looking, there);
            send(&mut looking, &letter(0x62));
        }
        looking.turn().expect("the server speaks RFB");
    }
    let count = 20 * WIRES.len();
    let typed = WIRES.map(|(_, typed, _)| typed).concat().repeat(20);
    looking.until("the keys", |_| (both.typed().len() >= typed.len()).then_some(()));
    let told = both.wait_for_presses(CODE_OF_B, count);
    assert!(told.iter().filter(|key| key.code == CODE_OF_B && key.down).all(|key| key.state == 0));
    assert_eq!(both.typed(), typed);
    send(&mut looking, &[(CONTROL, true), (SHIFT, true), (0x42, true)]);
    looking
        .until("the last key", |_| both.told().iter().any(|key| key.code == CODE_OF_B && key.state != 0).then_some(()));
    drop(looking);
    both.wait_for_presses(CODE_OF_B, count + 1);
}

/// What is seen of the screen by a viewer that has room for this much of it, and knows no other size.
fn part(screen: &Picture, x: usize, y: usize, width: usize, height: usize) -> Picture {
    let rows = screen.pixels.chunks_exact(screen.width).skip(y).take(height);
    Picture { width, height, pixels: rows.flat_map(|row| &row[x..][..width]).copied().collect() }
}

/// It keeps the size that it had when it came: of a larger screen it sees a part, and a smaller one in the middle.
#[test]
#[ignore = "needs Xvnc, ImageMagick, Xvfb, xdotool and xtightvncviewer"]
fn who_knows_no_other_size_sees_the_right_picture_after_every_switch() {
    let port = free_port();
    let upstream = format!("127.0.0.1:{port}");
    let server = Server::showing(super::run::SCENE, &["--resize", "fixed", "--upstream", &upstream]);
    let console = server.picture();
    let client = &clients::XTIGHTVNCVIEWER;
    let Some(mut run) = Run::start(client, &client.rows[0], &server) else { return };
    run.shows_all(&console);
    let mut raw = RawViewer::connect(server.port);
    for (width, height) in [(1024, 768), (320, 200), (1000, 200)] {
        let Some(xvnc) = Xvnc::start_at(port, &format!("-SecurityTypes None -geometry {width}x{height} -depth 24"))
        else {
            return;
        };
        let size = format!("{width}x{height}");
        let Some(paints) = xvnc.run("display", &["-window", "root", "-size", &size, "plasma:red-blue"]) else { return };
        paints.succeeds();
        let Some(screen) = xvnc.screen() else { return };
        assert!(screen.colors() > 1_000, "ImageMagick paints");
        let seen = part(&screen, 0, 0, width.min(console.width), height.min(console.height));
        run.shows_all(&seen);
        focus(run.screen.as_ref().expect("it has a window"));
        for _ in 0..10 {
            raw.press(&[CONTROL, ALT, F1]);
            wait_for("the console", || (raw.picture() == console).then_some(()));
            raw.press(&[CONTROL, ALT, F7]);
            wait_for("the screen", || raw.picture().contains(&seen, 0).then_some(()));
        }
        for _ in 0..5 {
            for (key, picture) in [("F1", &console), ("F7", &seen)] {
                assert!(run.screen.as_ref().is_some_and(|screen| screen.xdotool(&format!("key ctrl+alt+{key}"))));
                run.shows_all(picture);
            }
        }
        drop(xvnc);
        let text = console.pixels.len() - 16 * console.width;
        wait_for("the console again", || (raw.picture().pixels[..text] == console.pixels[..text]).then_some(()));
    }
}
