//! Viewers with views of their own, from the keys that they press to the pixels that they get.

use std::sync::Arc;

use super::own_viewer::{Guest, Viewer, display, serve, within};
use vncterm::geometry::Size;
use vncterm::input::{Keysym, PointerEvent};
use vncterm::rfb::client::ClientEvent;

/// The lines `1` to `count`.
fn counting(count: u32) -> String {
    (1..=count).map(|n| n.to_string()).collect::<Vec<_>>().join("\r\n")
}

#[tokio::test]
async fn a_viewer_looks_back_and_returns_and_others_get_nothing_of_it() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let display = display(&running, 1);
    let (mut one, mut two) = (Viewer::join(&running).await, Viewer::join(&running).await);
    guest.print(counting(70).as_bytes()).await;
    one.until_it_shows(&display).await;
    two.until_it_shows(&display).await;
    let live = display.peek().frame;
    one.press(&[Keysym::SHIFT_L, Keysym::PAGE_UP]);
    one.until(|viewer| !viewer.shows_as(&live, |pixel| pixel)).await;
    assert!(Arc::ptr_eq(&live, &display.peek().frame), "the display has no new frame");
    assert_eq!(two.read(1 << 16).expect("the server stays"), 0, "not a byte");
    guest.print(b"\r\n71").await;
    two.until_it_shows(&display).await;
    one.type_text("x");
    one.until_it_shows(&display).await;
    assert_eq!(guest.read_some().await, b"x", "which is all that the guest got");
    within(running.stop()).await;
}

/// As programs do that take pictures, one now and then.
#[tokio::test]
async fn who_asks_for_everything_each_time_returns_from_a_view_that_has_ended() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let display = display(&running, 1);
    let mut one = Viewer::join(&running).await;
    guest.print(counting(70).as_bytes()).await;
    one.until_it_shows(&display).await;
    let live = display.peek().frame;
    one.requests = false;
    one.press(&[Keysym::SHIFT_L, Keysym::PAGE_UP]);
    one.until(|viewer| !viewer.shows_as(&live, |pixel| pixel)).await;
    one.press(&[Keysym::SHIFT_L, Keysym::END]);
    let asks = async {
        while !one.shows_as(&live, |pixel| pixel) {
            one.events.clear();
            one.conn.request_update(false, None);
            one.until(|viewer| viewer.events.iter().any(|event| matches!(event, ClientEvent::Updated { .. }))).await;
        }
    };
    within(asks).await;
    within(running.stop()).await;
}

#[tokio::test]
async fn what_is_marked_is_copied_to_that_viewer_alone_and_pasted_by_its_middle_button() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let display = display(&running, 1);
    let (mut one, mut two) = (Viewer::join(&running).await, Viewer::join(&running).await);
    guest.print("one tw\u{f6} three".as_bytes()).await;
    one.until_it_shows(&display).await;
    two.until_it_shows(&display).await;
    let cell = {
        let Size { width, height } = display.peek().frame.tile();
        move |col: u32, buttons| PointerEvent { x: col * width + 1, y: height / 2, buttons }
    };
    for event in [cell(4, 0), cell(4, 1), cell(7, 1), cell(7, 0)] {
        one.conn.send_pointer(event);
    }
    let cut = |event: &ClientEvent| match event {
        ClientEvent::CutText(text) => text.text().ok(),
        _ => None,
    };
    one.until(|viewer| viewer.events.iter().any(|event| cut(event).is_some())).await;
    assert_eq!(one.take(cut), ["tw\u{f6}"]);
    one.conn.send_pointer(cell(20, 2));
    one.conn.send_pointer(cell(20, 0));
    one.write();
    assert_eq!(guest.read_some().await, "tw\u{f6}".as_bytes());
    assert_eq!(two.read(1 << 16).expect("the server stays"), 0, "the others get nothing of it");
    within(running.stop()).await;
}

#[tokio::test]
async fn turning_to_a_view_and_back_tells_nothing_again_and_loses_nothing() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| config.guest_clipboard = true).await;
    let display = display(&running, 1);
    let mut one = Viewer::join(&running).await;
    guest.print(b"\x1b]2;a title\x07\x07").await;
    guest.print(counting(70).as_bytes()).await;
    let told = |event: &ClientEvent| match event {
        ClientEvent::Bell => Some("bell".to_owned()),
        ClientEvent::Name(name) => Some(name.clone()),
        ClientEvent::CutText(text) => text.text().ok(),
        _ => None,
    };
    let is = |want: &'static str| move |event: &ClientEvent| told(event).is_some_and(|text| text.contains(want));
    for want in ["bell", "a title"] {
        one.until(|viewer| viewer.events.iter().any(is(want))).await;
    }
    one.until_it_shows(&display).await;
    one.take(told);
    let live = display.peek().frame;
    for _ in 0..3 {
        one.press(&[Keysym::SHIFT_L, Keysym::HOME]);
        one.until(|viewer| !viewer.shows_as(&live, |pixel| pixel)).await;
        one.press(&[Keysym::SHIFT_L, Keysym::END]);
        one.until_it_shows(&display).await;
    }
    assert_eq!(one.take(told), [""; 0]);
    // In a view one hears what the others hear; what the guest copied last is what is pasted.
    one.press(&[Keysym::SHIFT_L, Keysym::HOME]);
    one.until(|viewer| !viewer.shows_as(&live, |pixel| pixel)).await;
    guest.print(b"\x1b]52;c;YXM=\x07\x1b]2;another\x07").await;
    for want in ["as", "another"] {
        one.until(|viewer| viewer.events.iter().any(is(want))).await;
    }
    one.take(told);
    one.press(&[Keysym::SHIFT_L, Keysym::INSERT]);
    one.write();
    assert_eq!(guest.read_some().await, b"as");
    one.until_it_shows(&display).await;
    assert_eq!(one.take(told), [""; 0]);
    within(running.stop()).await;
}
