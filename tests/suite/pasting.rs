//! Pasting, and the mouse of several viewers, through the whole server.

use std::future::Future;

use super::own_viewer::{Guest, Viewer, display, serve, within};
use vncterm::input::{Keysym, PointerEvent};
use vncterm::rfb::client::ClientEvent;

/// Pastes `text`.
fn paste(viewer: &mut Viewer, text: &str) {
    viewer.conn.send_cut_text(text.as_bytes());
    viewer.press(&[Keysym::SHIFT_L, Keysym::INSERT]);
    viewer.write();
}

/// Moves a viewer's bytes while `work` goes on.
async fn while_it_sends<T>(viewer: &mut Viewer, work: impl Future<Output = T>) -> T {
    let sent = viewer.until(|viewer| viewer.conn.queued() == 0);
    tokio::join!(within(work), sent).0
}

/// Waits until so much has come through a reader of sixteen bytes; all of it.
async fn read(guest: &Guest, length: usize) -> Vec<u8> {
    let mut read = Vec::new();
    while read.len() < length {
        read.extend(guest.read_at_most(16).await);
        tokio::task::yield_now().await;
    }
    read
}

#[tokio::test]
async fn a_key_of_4_kib_arrives_whole_through_a_reader_of_sixteen_bytes() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut viewer = Viewer::join(&running).await;
    let key: String = (0..4096_u32).map(|n| char::from(b'!' + (n * n % 93) as u8)).collect();
    paste(&mut viewer, &key);
    assert_eq!(while_it_sends(&mut viewer, read(&guest, key.len())).await, key.as_bytes());
    // With a rate nothing is lost either.
    let slow = Guest::new();
    let paced = serve(&[&slow], |config| config.paste_rate = std::num::NonZeroU32::new(100_000)).await;
    let mut viewer = Viewer::join(&paced).await;
    paste(&mut viewer, &key);
    assert_eq!(while_it_sends(&mut viewer, read(&slow, key.len())).await, key.as_bytes());
    running.stop().await;
    paced.stop().await;
}

#[tokio::test]
async fn a_paste_is_not_in_the_way_of_others_and_is_stopped_by_its_viewer() {
    let (guest, other_guest) = (Guest::new(), Guest::new());
    let running = serve(&[&guest, &other_guest], |_| ()).await;
    let (mut pasting, mut other) = (Viewer::join(&running).await, Viewer::join(&running).await);
    let text = "x".repeat(200_000);
    paste(&mut pasting, &text);
    while_it_sends(&mut pasting, async {}).await;
    // It is stuck now; its viewer may look elsewhere and write there, and another writes here.
    pasting.switch(2);
    pasting.type_text("2");
    while_it_sends(&mut pasting, other_guest.read_until(b"2")).await;
    other.type_text("!");
    while_it_sends(&mut other, async {}).await;
    let all = within(async {
        let mut all = Vec::new();
        while !all.contains(&b'!') {
            all.extend(guest.read_at_most(16).await);
        }
        all
    });
    let before = all.await.len();
    assert!(before < text.len(), "it came between");
    pasting.switch(1);
    pasting.press(&[Keysym::ESCAPE]);
    pasting.type_text(".");
    let rest = while_it_sends(&mut pasting, guest.read_until(b".")).await;
    assert!(before + rest.len() < text.len(), "the rest is not typed");
    assert!(rest.strip_suffix(b".").is_some_and(|rest| rest.iter().all(|byte| *byte == b'x')));
    // A viewer that goes takes its paste along, once that is stuck.
    paste(&mut pasting, &text);
    pasting.switch(2);
    pasting.type_text("2");
    while_it_sends(&mut pasting, other_guest.read_until(b"2")).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    drop(pasting);
    within(async {
        while running.viewers() > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    other.type_text(".");
    let rest = while_it_sends(&mut other, guest.read_until(b".")).await;
    assert!(rest.len() < text.len());
    running.stop().await;
}

#[tokio::test]
async fn the_guest_sees_one_mouse_of_many_and_every_button_let_go() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| (config.max_clients, config.evict_oldest) = (2, true)).await;
    guest.print(b"\x1b[?1002;1006h").await;
    let (mut one, mut two) = (Viewer::join(&running).await, Viewer::join(&running).await);
    let cell = display(&running, 1).peek().frame.tile();
    let at = |col: u32, buttons| PointerEvent { x: col * cell.width, y: 0, buttons };
    one.conn.send_pointer(at(1, 1));
    one.write();
    assert_eq!(while_it_sends(&mut one, guest.read_until(b"M")).await, b"\x1b[<0;2;1M");
    // Another pointer passes by; then the first is dragged on, and let go with Shift held.
    two.conn.send_pointer(at(30, 0));
    two.type_text("k");
    assert_eq!(while_it_sends(&mut two, guest.read_until(b"k")).await, b"k", "nothing of the pointer");
    one.conn.send_pointer(at(2, 1));
    one.write();
    assert_eq!(while_it_sends(&mut one, guest.read_until(b"M")).await, b"\x1b[<32;3;1M");
    one.conn.send_key(vncterm::input::KeyEvent { keysym: Keysym::SHIFT_L, keycode: None, down: true, repeat: false });
    one.conn.send_pointer(at(2, 0));
    one.write();
    assert_eq!(while_it_sends(&mut one, guest.read_until(b"m")).await, b"\x1b[<4;3;1m");
    // What the oldest holds when it is sent away is let go.
    one.conn.send_key(vncterm::input::KeyEvent { keysym: Keysym::SHIFT_L, keycode: None, down: false, repeat: false });
    one.conn.send_pointer(at(5, 4));
    one.write();
    assert_eq!(while_it_sends(&mut one, guest.read_until(b"M")).await, b"\x1b[<2;6;1M");
    let third = Viewer::join(&running).await;
    assert_eq!(within(guest.read_until(b"m")).await, b"\x1b[<2;6;1m");
    drop(third);
    running.stop().await;
}

/// What a viewer was told was cut.
fn cuts(viewer: &mut Viewer) -> Vec<String> {
    viewer.take(|event| match event {
        ClientEvent::CutText(text) => text.text().ok(),
        _ => None,
    })
}

#[tokio::test]
async fn what_a_guest_cuts_reaches_all_who_look_at_it_where_that_is_allowed() {
    let (guest, other) = (Guest::new(), Guest::new());
    let running = serve(&[&guest, &other], |config| config.guest_clipboard = true).await;
    let (mut one, mut two, mut elsewhere) =
        (Viewer::join(&running).await, Viewer::join(&running).await, Viewer::join(&running).await);
    elsewhere.switch(2);
    elsewhere.until(|viewer| viewer.conn.queued() == 0).await;
    other.print(b"x").await;
    elsewhere.until_it_shows(&display(&running, 2)).await;
    let has_cut = |viewer: &Viewer| viewer.events.iter().any(|event| matches!(event, ClientEvent::CutText(_)));
    guest.print(b"\x1b]52;c;aMOpbGzDtiDigqw=\x07").await;
    for viewer in [&mut one, &mut two] {
        viewer.until(has_cut).await;
        assert_eq!(cuts(viewer), ["h\u{e9}ll\u{f6} \u{20ac}"]);
    }
    // Who comes later, or looks elsewhere, hears nothing of it.
    let mut late = Viewer::join(&running).await;
    guest.print(b"y").await;
    late.until_it_shows(&display(&running, 1)).await;
    other.print(b"z").await;
    elsewhere.until_it_shows(&display(&running, 2)).await;
    assert_eq!((cuts(&mut late), cuts(&mut elsewhere)), (vec![], vec![]));
    running.stop().await;

    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut viewer = Viewer::join(&running).await;
    guest.print(b"\x1b]52;c;YQ==\x07x").await;
    viewer.until_it_shows(&display(&running, 1)).await;
    assert_eq!(cuts(&mut viewer), Vec::<String>::new(), "it is off at first");
    running.stop().await;
}
