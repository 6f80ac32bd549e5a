//! A viewer that says anything: events or one error, the same in whatever pieces it comes, and bounded output.

use std::time::{Duration, Instant};

use vncterm::access::Method;
use vncterm::geometry::{Rect, Size};
use vncterm::input::{KeyEvent, Keysym, PointerEvent};
use vncterm::rfb::client::ClientSettings;
use vncterm::rfb::encode::encode;
use vncterm::rfb::error::RfbError;
use vncterm::rfb::ext::audio;
use vncterm::rfb::ext::desktop_size::{Reason, ScreenLayout, Status};
use vncterm::rfb::handshake::server::{Offer, SecurityPolicy};
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::message::Fence;
use vncterm::rfb::message::client::{ClientMessage, client_cut_text, set_encodings};
use vncterm::rfb::pixel_format::PixelFormat;
use vncterm::rfb::plan::plan;
use vncterm::rfb::server::{ServerConnection, ServerEvent, ServerSettings};
use vncterm::rfb::wire::Writer;
use vncterm::surface::{Seq, Surface};

use super::super::driver::Input;
use super::Target;

pub const TARGET: Target = Target { name: "rfb_server", run, seeds, words: WORDS, max_len: 4096 };

const WORDS: &[&[u8]] = &[
    b"RFB 003.003\n",
    b"RFB 003.007\n",
    b"\x02\x00\x00\x03\xff\xff\xfe\xc8\xff\xff\xfe\xc7\xff\xff\xfe\xcc",
    b"\xf8\x00\x00\x00\x80\x00\x00\x04\x00",
    b"\x96\x01\x00\x00\x00\x00\xff\xff\xff\xff",
    b"\xfb\x00\x01\x40\x00\xc8\x00\x00",
    b"\x06\x00\x00\x00\x00\x00\x00\x10",
    b"\x03\x00\x00\x00\x00\x00\xff\xff\xff\xff",
    b"\xff\x00\x00\x01",
    b"\x02\x00\x00\x01VTC1",
    b"\xff\x02\x00\x01\x00\x00\x00\x04",
    b"\x02\x00\x00\x01\xff\xff\xfe\xfd",
    b"\xff\x01\x00\x02\x03\x02\x00\x00\xbb\x80",
    b"\xff\x01\x00\x00",
    b"\x13\x00\x02\x00\x00\x01\x00",
    b"\x00\x00\x01\x06",
    b"\x00\x00\x00\x03\x00\x00\x00\x06annsecret",
];

/// What may be offered, by the low bits of the second byte. The last begins TLS, and where its bytes in clear end is for
/// those who send it in pieces another place than for those who do not.
const OFFERS: [&[Method]; 4] = [
    &[Method::None],
    &[Method::VncAuth],
    &[Method::Plain, Method::VncAuth],
    &[Method::X509Plain, Method::X509Vnc, Method::X509None, Method::Plain, Method::VncAuth],
];
/// With this bit of it set, whatever is shown is wrong.
const REFUSED: u8 = 4;

const PICTURE: Size = Size::new(96, 54);
/// Larger pictures are refused here: they only take time.
const AREA_MAX: u64 = 200_000;
/// What one update of such a picture can be at most, with the answers that may wait beside it.
const QUEUED_MAX: usize = 2 * 4 * AREA_MAX as usize + (1 << 18);

/// The first byte says how the rest comes, and the second what is offered.
fn run(bytes: &[u8]) {
    let mut input = Input(bytes);
    let step = 1 + usize::from(input.u8());
    let ways = input.u8();
    let rest = input.0;
    if usize::from(ways) % OFFERS.len() < OFFERS.len() - 1 {
        let whole = listen(rest, rest.len().max(1), ways);
        assert!(whole == listen(rest, step, ways), "pieces of {step} bytes mean something else");
    }
    serve(rest, step, ways);
}

fn connect(now: Instant, ways: u8) -> ServerConnection {
    let offer = OFFERS[usize::from(ways) % OFFERS.len()];
    let security = SecurityPolicy::Offer(Offer::without_challenge(offer));
    ServerConnection::new(ServerSettings { name: "fuzz".into(), size: PICTURE, security }, now)
}

/// Somebody judges what was shown, and TLS begins where it shall.
fn go_on(connection: &mut ServerConnection, event: &ServerEvent, ways: u8) {
    match event {
        ServerEvent::Authenticate(_) if ways & REFUSED != 0 => connection.refuse("no"),
        ServerEvent::Authenticate(_) => connection.admit(),
        ServerEvent::StartTls => connection.tls_started(),
        _ => {}
    }
}

/// What a connection whose output nobody takes makes of the bytes.
fn listen(bytes: &[u8], step: usize, ways: u8) -> (Vec<ServerEvent>, Option<RfbError>, usize) {
    let now = Instant::now();
    let mut connection = connect(now, ways);
    let mut events = Vec::new();
    for piece in bytes.chunks(step) {
        connection.receive(piece);
        loop {
            match connection.poll_event(now) {
                Ok(None) => break,
                Ok(Some(event)) => {
                    go_on(&mut connection, &event, ways);
                    events.push(event);
                }
                Err(error) => return (events, Some(error), connection.queued()),
            }
        }
    }
    assert!(connection.queued() <= QUEUED_MAX);
    (events, None, connection.queued())
}

/// A server that does everything for this viewer, whose socket takes a little at a time.
fn serve(bytes: &[u8], step: usize, ways: u8) {
    let mut now = Instant::now();
    let mut connection = connect(now, ways);
    let mut surface = Surface::new(PICTURE, Size::new(8, 16), 0x0011_2233);
    let mut seen = Seq::NONE;
    for (number, piece) in bytes.chunks(step).enumerate() {
        now += Duration::from_millis(40);
        connection.receive(piece);
        loop {
            match connection.poll_event(now) {
                Ok(None) => break,
                Ok(Some(ServerEvent::SetDesktopSize(size))) if size.area() <= AREA_MAX => {
                    surface.resize(size, Size::new(8, 16), 0x0044_5566);
                    connection.send_resize(size, Reason::OtherClient);
                }
                Ok(Some(ServerEvent::SetDesktopSize(_))) => connection.refuse_resize(Status::Prohibited),
                Ok(Some(ServerEvent::CutText(text))) => {
                    connection.send_cut_text(text.text().unwrap_or_default().into())
                }
                Ok(Some(ServerEvent::Audio(audio::Request::Enable))) => connection.send_sound_begins(true),
                Ok(Some(event)) => {
                    go_on(&mut connection, &event, ways);
                    connection.offer_sound();
                    connection.send_bell();
                }
                Err(_) => return,
            }
        }
        connection.send_name(format!("name {number}").into());
        surface.fill(Rect::new(number as u32 % 80, 3, 5, 9), number as u32);
        if let Some(wanted) = connection.update_wanted() {
            let frame = surface.publish();
            let from = connection.fit_colours(&frame, if wanted.full { Seq::NONE } else { seen });
            let Some(format) = connection.wire_format().cloned() else { return };
            let update = encode(&frame, &plan(&frame, from, &format), &format);
            if connection.send_update(&update, &format, now) {
                seen = frame.seq();
            }
        }
        while connection.takes_sound() && number % 2 == 0 {
            connection.send_sound(&[7; 4_000].into());
        }
        assert!(connection.queued() <= QUEUED_MAX, "{} bytes wait", connection.queued());
        connection.advance(step * 64);
    }
}

/// An opening as real clients have it, and then one of each message.
fn seeds() -> Vec<Vec<u8>> {
    let messages = |format: PixelFormat, encodings: &[Encoding]| {
        let mut bytes = Vec::new();
        let mut w = Writer::new(&mut bytes);
        ClientMessage::SetPixelFormat(format).encode(&mut w);
        set_encodings(encodings, &mut w);
        for message in [
            ClientMessage::FramebufferUpdateRequest { incremental: false, area: PICTURE.rect() },
            ClientMessage::KeyEvent(KeyEvent { keysym: Keysym(0xff0d), keycode: None, down: true, repeat: false }),
            ClientMessage::KeyEvent(KeyEvent { keysym: Keysym(0x61), keycode: Some(0x1e), down: false, repeat: false }),
            ClientMessage::PointerEvent(PointerEvent { x: 3, y: 900, buttons: 8 }),
            ClientMessage::SetDesktopSize(ScreenLayout::single(Size::new(320, 200))),
            ClientMessage::EnableContinuousUpdates { enable: true, area: PICTURE.rect() },
            ClientMessage::ClientFence(Fence { flags: Fence::REQUEST | Fence::SYNC_NEXT, payload: vec![1, 2, 3] }),
            ClientMessage::FramebufferUpdateRequest { incremental: true, area: PICTURE.rect() },
            ClientMessage::EnableContinuousUpdates { enable: false, area: PICTURE.rect() },
            ClientMessage::Audio(audio::Request::SetFormat(audio::Format::default())),
            ClientMessage::Audio(audio::Request::Enable),
        ] {
            message.encode(&mut w);
        }
        client_cut_text("some t\u{e9}xt".as_bytes(), &mut w);
        bytes
    };
    let mut all = ClientSettings::all_encodings();
    all.push(Encoding::QEMU_AUDIO);
    let one = |opening: &[u8], messages: Vec<u8>| [&[7, 0], opening, &messages].concat();
    let offered = |ways: u8, opening: &[u8]| {
        [&[7, ways], opening, b"\x01", &messages(PixelFormat::SERVER_DEFAULT, &all)].concat()
    };
    let named = b"\x00\x00\x00\x03\x00\x00\x00\x06annsecret";
    let vencrypt = |subtype: u8| [&b"RFB 003.008\n\x13\x00\x02\x00\x00\x01"[..], &[subtype]].concat();
    vec![
        offered(1, b"RFB 003.008\n\x020123456789abcdef"),
        offered(1, b"RFB 003.003\n0123456789abcdef"),
        offered(1 | REFUSED, b"RFB 003.007\n\x020123456789abcdef"),
        offered(2, &[&vencrypt(0)[..], named].concat()),
        offered(2 | REFUSED, &[&vencrypt(0)[..], named].concat()),
        offered(3, &[&vencrypt(6)[..], named].concat()),
        offered(3, &[&vencrypt(5)[..], b"0123456789abcdef"].concat()),
        offered(3, &vencrypt(4)),
        one(b"RFB 003.008\n\x01\x01", messages(PixelFormat::SERVER_DEFAULT, &all)),
        one(b"RFB 003.007\n\x01\x00", messages(PixelFormat::RGB565, &all)),
        one(b"RFB 003.003\n\x01", messages(PixelFormat::BGR233, &all)),
        one(b"RFB 003.008\n\x01\x00", messages(PixelFormat::COLOUR_MAP, &[Encoding::HEXTILE])),
        one(b"RFB 003.889\n\x02\x00", Vec::new()),
        [&[0x20, 0], &b"RFB 003.008\n\x01\x01\x06\0\0\0\x00\x00\x10\x00"[..], &[b'x'; 2000]].concat(),
    ]
}
