//! What a hostile or odd server may not do to our own viewer, limit by limit.

use super::*;
use crate::rfb::message::client::encode_rect;
use std::time::Duration;

const MAX: Size = Size::new(64, 48);

fn settings(encodings: &[Encoding]) -> ClientSettings {
    ClientSettings { shared: true, pixel_format: None, encodings: encodings.to_vec(), size_max: MAX }
}

fn server_init(size: Size) -> Vec<u8> {
    let mut bytes = b"RFB 003.008\n\x01\x01\0\0\0\0".to_vec();
    let init = ServerInit { size, pixel_format: PixelFormat::SERVER_DEFAULT, name: "server".into() };
    init.encode(&mut Writer::new(&mut bytes));
    bytes
}

/// A connection that has come to `size`, and what it makes of `bytes` then.
fn hear(encodings: &[Encoding], size: Size, bytes: &[u8]) -> (ClientConnection, Result<Vec<ClientEvent>, RfbError>) {
    let now = Instant::now();
    let mut connection = ClientConnection::new(settings(encodings), now);
    connection.receive(&server_init(size));
    let mut events = Vec::new();
    while let Ok(Some(_)) = connection.poll_event(now) {}
    connection.advance(connection.queued());
    connection.receive(bytes);
    loop {
        match connection.poll_event(now) {
            Ok(None) => return (connection, Ok(events)),
            Ok(Some(event)) => events.push(event),
            Err(error) => return (connection, Err(error)),
        }
    }
}

fn rect(area: Rect, encoding: Encoding, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut w = Writer::new(&mut bytes);
    encode_rect(area, &mut w);
    w.i32(encoding.0).bytes(data);
    bytes
}

fn update(rects: u16, data: &[u8]) -> Vec<u8> {
    [&[0, 0][..], &rects.to_be_bytes(), data].concat()
}

#[test]
fn pictures_beyond_the_limit_are_refused_before_anything_is_allocated() {
    for size in [Size::new(0, 1), Size::new(1, 0), Size::new(65, 48), Size::new(64, 49), Size::new(65_535, 65_535)] {
        let now = Instant::now();
        let mut connection = ClientConnection::new(settings(&[]), now);
        connection.receive(&server_init(size));
        assert!(connection.poll_event(now).is_err(), "{size}");
    }
    for encoding in [Encoding::DESKTOP_SIZE, Encoding::EXTENDED_DESKTOP_SIZE] {
        let head = rect(Rect::new(0, 0, 65, 48), encoding, &[0, 0, 0, 0]);
        assert!(hear(&[encoding], MAX, &update(1, &head)).1.is_err(), "{encoding:?}");
    }
}

#[test]
fn what_was_not_listed_closes() {
    let listed = [Encoding::ZRLE];
    for encoding in [Encoding::TIGHT, Encoding::CURSOR, Encoding::DESKTOP_SIZE, Encoding::LAST_RECT, Encoding(-1)] {
        let result = hear(&listed, MAX, &update(1, &rect(Rect::default(), encoding, &[]))).1;
        assert_eq!(result, Err(RfbError::Unsupported { what: "encoding", number: encoding.0.into() }));
    }
    let raw = rect(Rect::new(1, 1, 1, 1), Encoding::RAW, &[1, 2, 3, 0]);
    let (connection, result) = hear(&listed, MAX, &update(1, &raw));
    assert_eq!(result, Ok(vec![ClientEvent::Updated { pixels: true }]), "Raw may always be sent");
    assert_eq!(connection.picture().map(|picture| picture.row(1)[1]), Some(0x0003_0201));
}

#[test]
fn rectangles_lie_within_the_picture() {
    for area in [Rect::new(64, 0, 1, 1), Rect::new(0, 47, 1, 2), Rect::new(65_535, 65_535, 65_535, 65_535)] {
        assert!(hear(&[], MAX, &update(1, &rect(area, Encoding::RAW, &[]))).1.is_err(), "{area:?}");
    }
    let outside = rect(Rect::new(0, 0, 2, 2), Encoding::COPY_RECT, &[0, 63, 0, 0]);
    assert!(hear(&[Encoding::COPY_RECT], MAX, &update(1, &outside)).1.is_err());
}

#[test]
fn an_update_covers_the_picture_sixteen_times_at_most() {
    let size = Size::new(4, 2);
    let whole = rect(size.rect(), Encoding::RAW, &[7; 32]);
    let times = |count: u64| update(u16::MAX, &whole.repeat(usize::try_from(count).expect("few")));
    assert_eq!(hear(&[], size, &times(COVERAGE_MAX)).1, Ok(vec![]));
    assert!(hear(&[], size, &times(COVERAGE_MAX + 1)).1.is_err());
}

#[test]
fn last_rect_ends_an_update() {
    let end = update(u16::MAX, &rect(Rect::default(), Encoding::LAST_RECT, &[]));
    assert_eq!(hear(&[Encoding::LAST_RECT], MAX, &end).1, Ok(vec![ClientEvent::Updated { pixels: false }]));
}

#[test]
fn names_and_cut_texts_are_bounded() {
    let name = rect(Rect::default(), Encoding::DESKTOP_NAME, &1_025_u32.to_be_bytes());
    assert!(hear(&[Encoding::DESKTOP_NAME], MAX, &update(1, &name)).1.is_err());
    assert!(hear(&[], MAX, &[3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]).1.is_err());
    let name = rect(Rect::default(), Encoding::DESKTOP_NAME, b"\0\0\0\x04a\x1bbc");
    let events = hear(&[Encoding::DESKTOP_NAME], MAX, &update(1, &name)).1;
    assert_eq!(events, Ok(vec![ClientEvent::Name("abc".into()), ClientEvent::Updated { pixels: false }]));
}

#[test]
fn fences_are_answered() {
    let (connection, result) = hear(&[Encoding::FENCE], MAX, &[248, 0, 0, 0, 0x80, 0, 0, 1, 2, 5, 6]);
    assert_eq!(result, Ok(vec![]));
    assert_eq!(connection.out.to_vec(), [248, 0, 0, 0, 0, 0, 0, 1, 2, 5, 6]);
}

#[test]
fn a_refused_size_is_told_and_changes_nothing() {
    let refused = rect(Rect::new(1, 3, 9, 9), Encoding::EXTENDED_DESKTOP_SIZE, &[0, 0, 0, 0]);
    let (connection, result) = hear(&[Encoding::EXTENDED_DESKTOP_SIZE], MAX, &update(1, &refused));
    let told = ClientEvent::SetDesktopSizeAnswered { status: 3 };
    assert_eq!(result, Ok(vec![told, ClientEvent::Updated { pixels: false }]));
    assert_eq!(connection.picture().map(Picture::size), Some(MAX));
}

#[test]
fn a_server_has_ten_seconds() {
    let now = Instant::now();
    let mut connection = ClientConnection::new(settings(&[]), now);
    assert_eq!(connection.poll_timeout(), Some(now + HANDSHAKE_TIMEOUT));
    assert_eq!(connection.poll_event(now + HANDSHAKE_TIMEOUT - Duration::from_millis(1)), Ok(None));
    assert_eq!(connection.poll_event(now + HANDSHAKE_TIMEOUT), Err(RfbError::HandshakeTimeout));
    assert_eq!(connection.poll_timeout(), None);
}
