//! A connection to an upstream that does little, nothing, or half of it.

use super::*;
use crate::client::ANSWERS_MAX;
use crate::geometry::Size;
use crate::rfb::client::ClientEvent;
use crate::rfb::pixel_format::PixelFormat;
use crate::upstream::connect::Manners;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

/// Bytes of an update request.
const REQUEST: usize = 10;
/// An update of no rectangle at all.
const EMPTY: [u8; 4] = [0; 4];
const SECOND: Duration = Duration::from_secs(1);

/// A connection to a server of a picture of 16 by 16 pixels, and the server's end; nothing waits to be written.
pub(in crate::upstream) async fn linked() -> (Link, UnixStream) {
    let (near, mut far) = UnixStream::pair().expect("a pair");
    let init = [&[0, 16, 0, 16][..], &PixelFormat::SERVER_DEFAULT.to_bytes(), b"\0\0\0\x04fake"].concat();
    far.write_all(&[&b"RFB 003.008\n\x01\x01\0\0\0\0"[..], &init].concat()).await.expect("written");
    let manners = Manners::plain(Size::new(64, 64));
    let arrived = manners.come_in(Stream::Unix(near), "localhost", true).await;
    let Arrived { mut link, .. } = arrived.expect("it lets us in");
    link.write().expect("it takes it");
    (link, far)
}

/// Takes what has come; which events.
fn take(link: &mut Link) -> Vec<ClientEvent> {
    let mut events = Vec::new();
    let now = Instant::now();
    while let Some(event) = link.client.conn.poll_event(now.into_std(), &mut |_| ()).expect("well-formed") {
        if let ClientEvent::Updated { pixels } = event {
            link.updated(pixels, now);
        }
        events.push(event);
    }
    link.looked(now);
    events
}

/// The server says that, and it is taken.
async fn hear(link: &mut Link, far: &mut UnixStream, bytes: &[u8]) -> Vec<ClientEvent> {
    far.write_all(bytes).await.expect("written");
    while !link.ready().await.expect("it stays").is_readable() {
        tokio::task::yield_now().await;
    }
    let mut events = Vec::new();
    let end = link.read(|link| {
        events.extend(take(link));
        Ok(true)
    });
    assert!(!end.expect("it stays"));
    events
}

#[tokio::test]
async fn who_answers_a_probe_without_pixels_is_asked_for_them_once() {
    let (mut link, mut far) = linked().await;
    let now = Instant::now();
    link.up = Some(now);
    link.probe(now);
    assert_eq!(link.client.conn.queued(), 2 * REQUEST);
    assert!(!link.is_current(now) && link.is_current(now + PROBE));
    link.write().expect("it takes it");
    hear(&mut link, &mut far, &EMPTY).await;
    assert_eq!(link.client.conn.queued(), REQUEST, "for what has changed, the pixel among it");
    let pixel = [&[0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0][..], &[7; 4]].concat();
    hear(&mut link, &mut far, &pixel).await;
    assert!(link.is_current(now) && link.client.conn.queued() == REQUEST);
}

#[tokio::test]
async fn half_an_update_is_kept_back_for_a_moment() {
    let (mut link, mut far) = linked().await;
    hear(&mut link, &mut far, &[0, 0, 0, 1, 0, 0]).await;
    let begun = link.within.expect("it has begun");
    assert!(link.is_torn(begun) && !link.is_torn(begun + SEAMLESS));
    link.up = Some(begun);
    assert_eq!(link.deadline(true, begun), Some(begun + SEAMLESS));
    assert!(link.deadline(true, begun + SEAMLESS) > Some(begun + SEAMLESS));
    // More of it does not keep it back for longer.
    hear(&mut link, &mut far, &[0, 0]).await;
    assert_eq!(link.within, Some(begun));
    hear(&mut link, &mut far, &[&[0, 1, 0, 1, 0, 0, 0, 0][..], &[7; 4]].concat()).await;
    assert!(!link.is_torn(begun));
    // The next may begin with the same bytes that end one.
    hear(&mut link, &mut far, &[&EMPTY[..], &EMPTY, &[0, 0, 0, 1]].concat()).await;
    assert!(link.within.is_some_and(|since| since >= begun));
}

#[tokio::test]
async fn a_byte_now_and_then_is_no_sign_of_life() {
    let (mut link, mut far) = linked().await;
    let heard = link.heard;
    link.up = Some(heard);
    link.check(true, heard + SILENT_WATCHED - SECOND).expect("it may be silent for a while");
    assert_eq!(link.client.conn.queued(), 0);
    let asked = heard + SILENT_WATCHED;
    link.check(true, asked).expect("it is asked");
    assert_eq!(link.client.conn.queued(), REQUEST);
    hear(&mut link, &mut far, &[0, 0, 0, 1]).await;
    hear(&mut link, &mut far, &[2, 2, 2, 2]).await;
    assert_eq!(link.deadline(true, asked + SEAMLESS), Some(asked + ANSWER));
    assert!(matches!(link.check(true, asked + ANSWER), Err(End::Silent)));
}

#[tokio::test]
async fn an_update_is_a_sign_of_life_and_so_is_much_of_one() {
    let (mut link, mut far) = linked().await;
    let asked = link.heard + SILENT_WATCHED;
    link.up = Some(asked);
    link.check(true, asked).expect("it is asked");
    hear(&mut link, &mut far, &EMPTY).await;
    assert_eq!(link.pinged, None);
    let heard = link.heard;
    // A long update over a slow way: cut texts are skipped, so that it need not be drawn.
    let long = [&[3, 0, 0, 0, 0, 1, 0, 0][..], &[0; PROGRESS]].concat();
    hear(&mut link, &mut far, &long).await;
    assert!(link.heard > heard);
    link.pinged = Some(heard);
    link.check(true, heard + ANSWER).expect("it goes on");
}

#[tokio::test]
async fn who_shows_no_picture_has_a_minute() {
    let (mut link, _far) = linked().await;
    let late = link.since + FIRST_PICTURE;
    // It says much, but that.
    link.heard = late;
    link.check(false, late - SECOND).expect("it has time");
    assert_eq!(link.deadline(false, late - SECOND), Some(late));
    assert!(matches!(link.check(false, late), Err(End::Pictureless)));
}

#[tokio::test]
async fn who_takes_nothing_any_more_is_heard_and_not_written_to() {
    let (mut link, far) = linked().await;
    rustix::net::shutdown(&far, rustix::net::Shutdown::Read).expect("its end");
    link.ask_for_changes();
    link.write().expect("what it said before is worth hearing");
    // That there was something to read was long ago.
    assert!(!link.read(|_| Ok(true)).expect("it stays"));
    tokio::time::pause();
    assert!(tokio::time::timeout(SECOND, link.ready()).await.is_err(), "there is nothing to wake up for");
    link.ask_for_all();
    link.write().expect("it is dropped");
    assert_eq!(link.client.conn.queued(), 0);
    link.up = Some(Instant::now());
    let stalled = link.client.stalled.expect("it is known");
    assert!(matches!(link.check(true, stalled + STALLED), Err(End::Silent)));
}

#[tokio::test]
async fn who_takes_no_answers_is_not_read() {
    let (mut link, mut far) = linked().await;
    link.client.conn.send_cut_text(&vec![0; ANSWERS_MAX]);
    link.write().expect("it takes some");
    link.client.conn.send_cut_text(&vec![0; ANSWERS_MAX]);
    far.write_all(&EMPTY).await.expect("written");
    assert!(link.read(|_| panic!("nothing is read")).expect("it stays"));
    tokio::time::pause();
    assert!(tokio::time::timeout(SECOND, link.ready()).await.is_err(), "it takes nothing");
}
