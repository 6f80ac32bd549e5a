//! A guest's graphics: a proxied screen beside the console, the viewers led there and back, and upstreams that do not do
//! as they should. Another server of ours is the upstream, or a few bytes.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::Instant;

use super::own_viewer::{Guest, Viewer, config, display, scratch, serve, within};
use vncterm::access::Secret;
use vncterm::access::passwords::Passwords;
use vncterm::access::security::{Means, Security, Tls};
use vncterm::config::{Config, Graphics, ReversePolicy, Switch};
use vncterm::control::keys;
use vncterm::display::{Answer, Ask, Presence};
use vncterm::geometry::Size;
use vncterm::input::guest_layout::{self, GuestLayout};
use vncterm::input::{Keysym, PointerEvent};
use vncterm::net::address::Address;
use vncterm::rfb::client::ClientEvent;
use vncterm::rfb::pixel_format::PixelFormat;
use vncterm::run::Running;
use vncterm::source::Endpoint;
use vncterm::surface::Frame;

/// The virtual terminal that the graphics are on.
const SCREEN: u8 = 7;

/// A line over it: its height, and how far it is from the lower edge.
const LINE: u32 = 16;
const LINE_ENDS: u32 = 8;

/// A row of pixels within a console's first line.
const FIRST_LINE: u32 = 8;

fn graphics(path: &Path) -> Graphics {
    Graphics {
        upstream: Some(Address::Unix(path.to_owned())),
        reverse: Vec::new(),
        allow: Vec::new(),
        policy: ReversePolicy::Replace,
        user: None,
        password: None,
        trust: None,
        size_max: Size::new(4096, 4096),
        vts: vec![SCREEN],
        switch: Switch::Auto,
        layout: GuestLayout::find(guest_layout::DEFAULT).expect("a layout"),
    }
}

/// A server with a console and the graphics that are at `path`.
pub async fn proxy(guest: &Guest, path: &Path, change: impl FnOnce(&mut Config)) -> Running {
    serve(&[guest], |config| {
        config.graphics = Some(graphics(path));
        change(config);
    })
    .await
}

/// The upstream: a server of ours, whose screen is a console, at `path`.
pub async fn upstream(inner: &Guest, path: &Path, change: impl FnOnce(&mut Config)) -> Running {
    serve(&[inner], |config| {
        config.listen = vec![Address::Unix(path.to_owned())];
        change(config);
    })
    .await
}

/// Waits until something is so of a viewer. It may become so without a word to the viewer: two screens look the same, a picture
/// is painted once more as it was.
async fn until(viewer: &mut Viewer, mut done: impl FnMut(&Viewer) -> bool) {
    let moment = Duration::from_millis(50);
    within(async { while tokio::time::timeout(moment, viewer.until(&mut done)).await.is_err() {} }).await;
}

/// Waits until the viewer sees what is on that virtual terminal.
async fn sees_vt(viewer: &mut Viewer, running: &Running, vt: u8) {
    until(viewer, |viewer| viewer.shows_as(&display(running, vt).peek().frame, |pixel| pixel)).await;
}

/// Waits until the viewer sees what the upstream shows.
async fn sees(viewer: &mut Viewer, upstream: &Running) {
    sees_vt(viewer, upstream, 1).await;
}

/// Waits until the viewer is back at the console.
async fn is_back(viewer: &mut Viewer, running: &Running) {
    is_back_at(viewer, running, 1).await;
}

async fn is_back_at(viewer: &mut Viewer, running: &Running, vt: u8) {
    until(viewer, |viewer| is_console(viewer, running, vt)).await;
}

/// Whether the viewer's picture is that console's, but for the line that may be laid over it.
fn is_console(viewer: &Viewer, running: &Running, vt: u8) -> bool {
    let frame = display(running, vt).peek().frame;
    let size = frame.size();
    viewer.picture().size() == size && (0..size.height - 16).all(|y| viewer.picture().row(y) == frame.row(y))
}

#[tokio::test]
async fn viewers_follow_the_first_picture_and_come_back_with_a_note_when_it_ends() {
    let (guest, path) = (Guest::new(), scratch("screen"));
    let running = proxy(&guest, &path, |_| ()).await;
    guest.print(b"\x1b[Hbooting").await;
    let mut viewers = vec![Viewer::join(&running).await, Viewer::join(&running).await];
    for viewer in &mut viewers {
        sees_vt(viewer, &running, 1).await;
    }
    for _ in 0..2 {
        let inner = Guest::new();
        let screen = upstream(&inner, &path, |_| ()).await;
        inner.print(b"\x1b[H\x1b[41mgraphics\x1b[J").await;
        for viewer in &mut viewers {
            sees(viewer, &screen).await;
        }
        // Who comes now sees the graphics first.
        let mut late = Viewer::join(&running).await;
        sees(&mut late, &screen).await;
        inner.print(b"\x1b[2Hmore").await;
        sees(&mut late, &screen).await;
        screen.stop().await;
        viewers.push(late);
        for viewer in &mut viewers {
            is_back(viewer, &running).await;
            let last = display(&running, 1).peek().frame.size().height - 8;
            let frame = display(&running, 1).peek().frame;
            until(viewer, |viewer| viewer.picture().row(last) != frame.row(last)).await;
        }
    }
    running.stop().await;
}

#[tokio::test]
async fn keys_and_pointer_reach_the_graphics_and_nothing_stays_down() {
    let (guest, inner, path) = (Guest::new(), Guest::new(), scratch("screen"));
    let screen = upstream(&inner, &path, |_| ()).await;
    inner.print(b"\x1b[H\x1b[42mgraphics\x1b[J").await;
    let running = proxy(&guest, &path, |_| ()).await;
    let mut viewer = Viewer::join(&running).await;
    sees(&mut viewer, &screen).await;
    viewer.type_text("to the screen\r");
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
    inner.read_until(b"to the screen\r").await;
    // A button that is down goes up where it went down, and so do the keys of the switch.
    inner.print(b"\x1b[?1002;1006h").await;
    viewer.conn.send_pointer(PointerEvent { x: 20, y: 40, buttons: 1 });
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
    inner.read_until(b"\x1b[<0;3;3M").await;
    viewer.switch(1);
    sees_vt(&mut viewer, &running, 1).await;
    inner.read_until(b"\x1b[<0;3;3m").await;
    viewer.conn.send_pointer(PointerEvent { x: 20, y: 40, buttons: 0 });
    viewer.type_text("to the console\r");
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
    guest.read_until(b"to the console\r").await;
    viewer.switch(SCREEN);
    sees(&mut viewer, &screen).await;
    viewer.type_text("x");
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
    inner.read_until(b"x").await;
    running.stop().await;
    screen.stop().await;
}

/// Whether the viewer sees `frame` with a line over it, and all of it beside that.
fn has_line(viewer: &Viewer, frame: &Frame) -> bool {
    let size = frame.size();
    let same = |y| viewer.picture().row(y) == frame.row(y);
    let line = size.height - LINE_ENDS - LINE..size.height - LINE_ENDS;
    viewer.picture().size() == size && (0..size.height).all(|y| line.contains(&y) != same(y))
}

#[tokio::test]
async fn the_leader_key_says_what_there_is_over_one_viewers_picture_and_leaves_no_trace() {
    let (guest, inner, path) = (Guest::new(), Guest::new(), scratch("screen"));
    let screen = upstream(&inner, &path, |config| config.leader = None).await;
    inner.print(b"\x1b[H\x1b[42mgraphics\x1b[J").await;
    let running = proxy(&guest, &path, |_| ()).await;
    let (mut one, mut other) = (Viewer::join(&running).await, Viewer::join(&running).await);
    sees(&mut one, &screen).await;
    sees(&mut other, &screen).await;
    let lead = |viewer: &mut Viewer| (0..2).for_each(|_| viewer.press(&[Keysym::CONTROL_L]));
    let shown = || display(&running, SCREEN).peek().frame;
    lead(&mut one);
    until(&mut one, |viewer| has_line(viewer, &shown())).await;
    // What goes on below is to be seen beside it, and by others where it is.
    for n in 0..50 {
        inner.print(format!("\r\n\x1b[4{}mline {n}\x1b[K", n % 8).as_bytes()).await;
    }
    until(&mut one, |viewer| has_line(viewer, &display(&screen, 1).peek().frame)).await;
    sees(&mut other, &screen).await;
    // A key that means nothing is not the guest's; the one after it is.
    one.type_text("y");
    one.type_text("x");
    sees(&mut one, &screen).await;
    assert_eq!(inner.read_until(b"x").await, b"x");
    // Nor are those that switch.
    for (key, vt) in [("1", 1), ("7", SCREEN)] {
        lead(&mut one);
        one.type_text(key);
        sees_vt(&mut one, &running, vt).await;
    }
    other.press(&[Keysym::CONTROL_L, Keysym::ALT_L, Keysym('p'.into())]);
    until(&mut other, |viewer| has_line(viewer, &shown())).await;
    other.type_text("z");
    sees(&mut other, &screen).await;
    sees(&mut one, &screen).await;
    assert_eq!(inner.read_until(b"z").await, b"z");
    running.stop().await;
    screen.stop().await;
}

#[tokio::test]
async fn operators_type_and_paste_into_the_graphics_without_looking() {
    let (guest, inner, path) = (Guest::new(), Guest::new(), scratch("screen"));
    let screen = upstream(&inner, &path, |_| ()).await;
    let running = proxy(&guest, &path, |config| config.paste_rate = NonZeroU32::new(1000)).await;
    let display = display(&running, SCREEN);
    let mut operator = Presence::new(u64::MAX);
    operator.meet(&display);
    let ask = async |ask| within(display.ask(ask).expect("it has time")).await.expect("an answer");
    let paste = |text: &str| Ask::Paste(operator.who(), operator.paste(&text.into()).expect("room"));
    let mut stage = running.guest().graphics()[0].stage.clone();
    within(stage.wait_for(|stage| stage.is_up)).await.expect("it is announced");
    assert_eq!(ask(paste("Pasted {~}\n")).await, Answer::Done);
    assert_eq!(inner.read_until(b"\r").await, b"Pasted {~}\r");
    assert_eq!(ask(Ask::Type(keys::of_text("Typed @\u{3}"))).await, Answer::Done);
    assert_eq!(inner.read_until(b"\x03").await, b"Typed @\x03");
    assert!(matches!(ask(paste("\u{44f}")).await, Answer::Refused(why) if why.contains("--guest-layout")));
    screen.stop().await;
    within(stage.wait_for(|stage| !stage.is_up)).await.expect("it is announced");
    assert!(matches!(ask(paste("late")).await, Answer::Refused(_)));
    running.stop().await;
}

#[tokio::test]
async fn everybody_returns_to_the_console_that_he_came_from() {
    let (first, second, inner, path) = (Guest::new(), Guest::new(), Guest::new(), scratch("screen"));
    let running = serve(&[&first, &second], |config| config.graphics = Some(graphics(&path))).await;
    first.print(b"\x1b[Hfirst").await;
    second.print(b"\x1b[Hsecond").await;
    let (mut one, mut other) = (Viewer::join(&running).await, Viewer::join(&running).await);
    other.switch(2);
    sees_vt(&mut other, &running, 2).await;
    let screen = upstream(&inner, &path, |_| ()).await;
    inner.print(b"\x1b[H\x1b[41mgraphics\x1b[J").await;
    for viewer in [&mut one, &mut other] {
        sees(viewer, &screen).await;
    }
    screen.stop().await;
    is_back_at(&mut one, &running, 1).await;
    is_back_at(&mut other, &running, 2).await;
    running.stop().await;
}

#[tokio::test]
async fn who_looks_at_text_is_told_or_left_alone_as_is_wanted() {
    for switch in [Switch::Offer, Switch::Manual] {
        let (guest, inner, path) = (Guest::new(), Guest::new(), scratch("screen"));
        let screen = upstream(&inner, &path, |_| ()).await;
        inner.print(b"\x1b[H\x1b[45mgraphics\x1b[J").await;
        let running = proxy(&guest, &path, |config| {
            config.graphics = Some(Graphics { switch, ..graphics(&path) });
        })
        .await;
        let mut viewer = Viewer::join(&running).await;
        // It may be told at once: then what it sees is its own, and the console's picture painted for nobody.
        let is_there = |viewer: &Viewer| viewer.picture().size() == display(&running, 1).peek().frame.size();
        until(&mut viewer, is_there).await;
        let mut stage = running.guest().graphics()[0].stage.clone();
        within(stage.wait_for(|stage| stage.is_up)).await.expect("it is announced");
        if switch == Switch::Offer {
            let frame = display(&running, 1).peek().frame;
            let last = frame.size().height - 8;
            viewer.until(|viewer| viewer.picture().row(last) != frame.row(last)).await;
        }
        // Where nothing happens, that is for `src/server/handoff_tests.rs` to tell.
        viewer.switch(SCREEN);
        sees(&mut viewer, &screen).await;
        running.stop().await;
        screen.stop().await;
    }
}

#[tokio::test]
async fn where_all_switch_one_takes_the_others_along() {
    let (guest, inner, path) = (Guest::new(), Guest::new(), scratch("screen"));
    let screen = upstream(&inner, &path, |_| ()).await;
    inner.print(b"\x1b[H\x1b[44mgraphics\x1b[J").await;
    let running = proxy(&guest, &path, |config| config.all_switch = true).await;
    let (mut one, mut other) = (Viewer::join(&running).await, Viewer::join(&running).await);
    sees(&mut one, &screen).await;
    sees(&mut other, &screen).await;
    one.switch(1);
    sees_vt(&mut one, &running, 1).await;
    sees_vt(&mut other, &running, 1).await;
    running.stop().await;
    screen.stop().await;
}

#[tokio::test]
async fn a_password_is_given_where_one_is_asked_for_and_a_wrong_one_is_said() {
    let (guest, inner, path) = (Guest::new(), Guest::new(), scratch("screen"));
    let passwords = Passwords::parse(b"sesame\n").expect("a password");
    let means = Means { passwords: Some(passwords), users: None, token_key: None, tls: Tls::Absent };
    let security = Security::new(None, means).expect("a way in");
    let screen = upstream(&inner, &path, |config| config.security = security).await;
    for (password, is_right) in [("sesame", true), ("wrong", false)] {
        let running = proxy(&guest, &path, |config| {
            let password = Some(Secret::new(password.into()));
            config.graphics = Some(Graphics { password, ..graphics(&path) });
        })
        .await;
        let mut stage = running.guest().graphics()[0].stage.clone();
        let told = within(stage.wait_for(|stage| stage.is_up || stage.why.starts_with("refused"))).await;
        assert_eq!(told.expect("it is announced").is_up, is_right);
        running.stop().await;
    }
    screen.stop().await;
}

/// Plays an upstream of a few bytes through the handshake: a picture of 16 by 16 pixels in our own format.
async fn greet(mut stream: UnixStream) -> UnixStream {
    stream.write_all(b"RFB 003.008\n").await.expect("written");
    let mut heard = [0; 12];
    within(stream.read_exact(&mut heard)).await.expect("a version");
    stream.write_all(&[1, 1]).await.expect("written");
    within(stream.read_exact(&mut heard[..1])).await.expect("a choice");
    stream.write_all(&[0; 4]).await.expect("written");
    within(stream.read_exact(&mut heard[..1])).await.expect("ClientInit");
    let init = [&[0, 16, 0, 16][..], &PixelFormat::SERVER_DEFAULT.to_bytes(), b"\0\0\0\x04fake"].concat();
    stream.write_all(&init).await.expect("written");
    stream
}

/// Calls a server that waits for that, with a first picture in this colour.
async fn call(path: &Path, colour: u8) -> UnixStream {
    let mut stream = greet(UnixStream::connect(path).await.expect("it listens")).await;
    stream.write_all(&update(colour)).await.expect("written");
    stream
}

/// A server that waits for calls at `path`.
async fn called(guest: &Guest, path: &Path, policy: ReversePolicy) -> Running {
    let vts = if policy == ReversePolicy::Next { vec![SCREEN, SCREEN + 1] } else { vec![SCREEN] };
    proxy(guest, path, |config| {
        let reverse = vec![Address::Unix(path.to_owned())];
        config.graphics = Some(Graphics { upstream: None, reverse, policy, vts, ..graphics(path) });
    })
    .await
}

/// Waits until a connection has ended.
async fn ended(mut stream: UnixStream) {
    within(async { while stream.read(&mut [0; 256]).await.is_ok_and(|length| length > 0) {} }).await;
}

/// An update of the whole picture, raw, in this colour.
fn update(colour: u8) -> Vec<u8> {
    [&[0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 16, 0, 0, 0, 0][..], &[colour; 16 * 16 * 4]].concat()
}

/// Whether the viewer sees that update.
fn has_colour(viewer: &Viewer, colour: u8) -> bool {
    viewer.picture().size() == Size::new(16, 16)
        && viewer.picture().row(0).first() == Some(&u32::from_be_bytes([0, colour, colour, colour]))
}

#[tokio::test]
async fn whatever_an_upstream_does_ends_its_own_connection_and_no_more() {
    let rect = |x: u8, encoding: [u8; 4]| [&[0, 0, 0, 1, 0, x, 0, 0, 0, 16, 0, 16][..], &encoding].concat();
    let size = |side: u8| [&[0, 0, 0, 1, 0, 0, 0, 0, side, 0, side, 0][..], &(-223_i32).to_be_bytes()].concat();
    let attacks: Vec<(&str, Vec<u8>)> = vec![
        ("an unknown message", vec![99]),
        ("a rectangle outside", rect(8, [0; 4])),
        ("an encoding that nobody knows", rect(0, [0x77; 4])),
        ("a picture that is too large", size(0x7f)),
        ("an empty picture", size(0)),
        ("a copy from outside", [rect(0, [0, 0, 0, 1]), vec![0, 8, 0, 0]].concat()),
        ("a huge cut text", [&[3, 0, 0, 0][..], &[0x7f; 4]].concat()),
    ];
    for (what, attack) in attacks {
        // One each: after five of them in a minute nobody is heard for a while.
        let (guest, path) = (Guest::new(), scratch("calls"));
        let running = called(&guest, &path, ReversePolicy::Replace).await;
        let mut viewer = Viewer::join(&running).await;
        sees_vt(&mut viewer, &running, 1).await;
        let mut stream = call(&path, 0x55).await;
        viewer.until(|viewer| has_colour(viewer, 0x55)).await;
        stream.write_all(&attack).await.expect("written");
        ended(stream).await;
        is_back(&mut viewer, &running).await;
        assert!(!running.guest().graphics()[0].stage.borrow().is_up, "{what}");
        let before = viewer.picture().row(FIRST_LINE).to_vec();
        guest.print(b"the console goes on\r\n").await;
        until(&mut viewer, |viewer| viewer.picture().row(FIRST_LINE) != before && is_console(viewer, &running, 1))
            .await;
        running.stop().await;
    }
}

#[tokio::test]
async fn a_second_call_is_treated_as_is_wanted() {
    for policy in [ReversePolicy::Replace, ReversePolicy::Refuse, ReversePolicy::Next] {
        let (guest, path) = (Guest::new(), scratch("calls"));
        let running = called(&guest, &path, policy).await;
        let mut viewer = Viewer::join(&running).await;
        sees_vt(&mut viewer, &running, 1).await;
        let mut first = call(&path, 1).await;
        viewer.until(|viewer| has_colour(viewer, 1)).await;
        // Who merely connects takes nothing away.
        let _silent = UnixStream::connect(&path).await.expect("it listens");
        let second = call(&path, 2).await;
        match policy {
            ReversePolicy::Replace => {
                ended(first).await;
                viewer.until(|viewer| has_colour(viewer, 2)).await;
            }
            ReversePolicy::Refuse => {
                ended(second).await;
                first.write_all(&update(3)).await.expect("it is heard on");
                viewer.until(|viewer| has_colour(viewer, 3)).await;
            }
            ReversePolicy::Next => {
                let mut stage = running.guest().graphics()[1].stage.clone();
                within(stage.wait_for(|stage| stage.is_up)).await.expect("it is announced");
                // Who looks at a screen stays there.
                first.write_all(&update(3)).await.expect("it is heard on");
                viewer.until(|viewer| has_colour(viewer, 3)).await;
                viewer.switch(SCREEN + 1);
                viewer.until(|viewer| has_colour(viewer, 2)).await;
            }
        }
        running.stop().await;
    }
}

#[tokio::test]
async fn nothing_is_asked_of_an_upstream_while_nobody_looks() {
    let (guest, path) = (Guest::new(), scratch("screen"));
    let listener = UnixListener::bind(&path).expect("binds");
    let running = proxy(&guest, &path, |config| {
        config.graphics = Some(Graphics { switch: Switch::Manual, ..graphics(&path) });
    })
    .await;
    let mut viewer = Viewer::join(&running).await;
    sees_vt(&mut viewer, &running, 1).await;
    let (stream, _) = within(listener.accept()).await.expect("it dials");
    let mut stream = greet(stream).await;
    stream.write_all(&update(1)).await.expect("written");
    let mut stage = running.guest().graphics()[0].stage.clone();
    within(stage.wait_for(|stage| stage.is_up)).await.expect("it is announced");
    assert_eq!(requests(&mut stream), [false], "the first picture, and nothing beyond it");
    viewer.switch(SCREEN);
    // It is asked whether anything has changed, and for what will.
    let mut asked = Vec::new();
    viewer
        .until(|_| {
            asked.extend(requests(&mut stream));
            asked.len() >= 2
        })
        .await;
    assert_eq!(asked, [true, false]);
    stream.write_all(&update(2)).await.expect("written");
    viewer.until(|viewer| has_colour(viewer, 2)).await;
    within(async {
        while requests(&mut stream).is_empty() {
            stream.readable().await.expect("it stays");
        }
    })
    .await;
    viewer.switch(1);
    sees_vt(&mut viewer, &running, 1).await;
    // What was asked for may still come; and then nobody asks for more.
    stream.write_all(&update(3)).await.expect("written");
    guest.print(b"text").await;
    sees_vt(&mut viewer, &running, 1).await;
    // When it has heard a second bell, it has said all that it had to say before.
    for bells in 1..=2 {
        stream.write_all(&[2]).await.expect("written");
        within(async {
            while display(&running, SCREEN).peek().bells < bells {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    assert_eq!(requests(&mut stream), [false; 0]);
    running.stop().await;
    std::fs::remove_file(&path).expect("removes");
}

/// The update requests that have come and were not looked at: whether they are incremental.
fn requests(stream: &mut UnixStream) -> Vec<bool> {
    let mut buffer = vec![0; 64 * 1024];
    let length = stream.try_read(&mut buffer).unwrap_or_default();
    let (mut rest, mut found) = (&buffer[..length], Vec::new());
    while let Some(kind) = rest.first() {
        let length = match kind {
            0 => 20,
            2 => 4 + 4 * usize::from(u16::from_be_bytes([rest[2], rest[3]])),
            3 => {
                found.push(rest[1] == 1);
                10
            }
            4 => 8,
            5 => 6,
            other => panic!("message {other}"),
        };
        rest = &rest[length..];
    }
    found
}

#[tokio::test]
async fn a_guest_may_have_graphics_alone() {
    let (inner, path) = (Guest::new(), scratch("screen"));
    let screen = upstream(&inner, &path, |_| ()).await;
    inner.print(b"\x1b[H\x1b[43malone").await;
    let mut settings = config(Vec::<Endpoint>::new());
    settings.graphics = Some(graphics(&path));
    let running = Running::start(settings).expect("starts");
    let mut viewer = Viewer::join(&running).await;
    sees(&mut viewer, &screen).await;
    assert!(viewer.take(|event| matches!(event, ClientEvent::Name(_)).then_some(())).len() <= 2);
    screen.stop().await;
    // There is nowhere to go back to: it is said where it stands.
    sees_vt(&mut viewer, &running, SCREEN).await;
    let begun = Instant::now();
    running.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_paste_into_the_graphics_is_typed_or_refused_as_a_whole() {
    let (guest, inner, path) = (Guest::new(), Guest::new(), scratch("screen"));
    let screen = upstream(&inner, &path, |_| ()).await;
    let running = proxy(&guest, &path, |config| config.paste_rate = NonZeroU32::new(1000)).await;
    // Or else the one is as empty as the other.
    inner.print(b"the screen").await;
    let mut viewer = Viewer::join(&running).await;
    sees(&mut viewer, &screen).await;
    let keys = [Keysym::CONTROL_L, Keysym::ALT_L, Keysym(u32::from('p'))];
    viewer.conn.send_cut_text("not on this keyboard: \u{e9}".as_bytes());
    viewer.press(&keys);
    viewer.until(|viewer| viewer.events.iter().any(|event| matches!(event, ClientEvent::Bell))).await;
    viewer.conn.send_cut_text(b"Echo \"~a\" | tr A-Z 'a-z'\n");
    viewer.press(&keys);
    // Its own key comes behind it, and so does another paste, whose chord must not be left down.
    viewer.type_text("!");
    viewer.conn.send_cut_text(b"two");
    viewer.press(&keys);
    viewer.type_text("?");
    viewer.until(|viewer| viewer.conn.queued() == 0).await;
    assert_eq!(inner.read_until(b"?").await, b"Echo \"~a\" | tr A-Z 'a-z'\r!two?");
    running.stop().await;
    screen.stop().await;
}
