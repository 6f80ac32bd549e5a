//! A server that says anything to our own viewer: events and a picture or one error, the same in whatever pieces.

use std::io::IoSlice;
use std::time::Instant;

use vncterm::access::{Method, Secret};
use vncterm::geometry::{Rect, Size};
use vncterm::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Login, StreamEvent, Turn};
use vncterm::rfb::encode::{ENCODERS, encode};
use vncterm::rfb::ext::audio::{self, Format, Sample};
use vncterm::rfb::ext::desktop_size::Reason;
use vncterm::rfb::ext::stream::{Opening, Start};
use vncterm::rfb::handshake::server::{Offer, SecurityPolicy};
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::picture::Picture;
use vncterm::rfb::pixel_format::PixelFormat;
use vncterm::rfb::plan::plan;
use vncterm::rfb::server::{ServerConnection, ServerSettings};
use vncterm::surface::{Seq, Surface};

use super::super::driver::Input;
use super::Target;

pub const TARGET: Target = Target { name: "rfb_client", run, seeds, words: WORDS, max_len: 8192 };

const WORDS: &[&[u8]] = &[
    b"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x10\x00\x10",
    b"\x00\x00\xff\xff",
    b"\xff\xff\xff\x20",
    b"\xff\xff\xff\x21",
    b"\xff\xff\xff\x11",
    b"\xff\xff\xfe\xcc",
    b"\xff\xff\xfe\xcd",
    b"\x00\x00\x00\x07",
    b"\x00\x00\x00\x10",
    b"\xf8\x00\x00\x00\x80\x00\x00\x01\x04",
    b"\x03\x00\x00\x00\x00\x00\x00\x08",
    b"\x01\x00\x00\x00\x00\x01",
    b"\xff\xff\xfe\xfd",
    b"\xff\x01\x00\x02\x00\x00\x00\x05",
];

const SIZE_MAX: Size = Size::new(256, 256);

/// The ways in that are taken, by the low bits of the second byte. The last begin TLS, and where its bytes in clear end is for
/// those who get them in pieces another place than for those who do not.
const WAYS_IN: [&[Method]; 4] = [
    &[Method::None],
    &[Method::VncAuth, Method::None],
    &[Method::Plain, Method::VncAuth],
    &[Method::X509Plain, Method::X509Vnc, Method::X509None, Method::VncAuth],
];

/// A server that takes no answers is heard no longer than this; nor one that draws much with few bytes.
const TURN: Turn = Turn { pixels: 64 * 1024, queued: 4 * 1024 };

/// One answer may go beyond that: it is no longer than what came, and what we say by ourselves.
const QUEUED_MAX: usize = TURN.queued + 2 * TARGET.max_len;

/// The first byte says how the rest comes and which format was asked for, the second how we come in.
fn run(bytes: &[u8]) {
    let mut input = Input(bytes);
    let (way, ways_in) = (input.u8(), input.u8());
    let (step, rest) = (1 + usize::from(way / 5), input.0);
    let pieces = listen(rest, step, way, ways_in);
    if usize::from(ways_in) % WAYS_IN.len() < WAYS_IN.len() - 1 {
        let whole = listen(rest, rest.len().max(1), way, ways_in);
        assert!(whole == pieces, "pieces of {step} bytes mean something else");
    }
}

fn settings(way: u8, ways_in: u8) -> ClientSettings {
    let format = [
        None,
        Some(PixelFormat::SERVER_DEFAULT),
        Some(PixelFormat::RGB565),
        Some(PixelFormat::BGR233),
        Some(PixelFormat::COLOUR_MAP),
    ];
    ClientSettings {
        shared: true,
        login: Login {
            methods: WAYS_IN[usize::from(ways_in) % WAYS_IN.len()].to_vec(),
            user: Some("anna".into()),
            password: Some(Secret::new(b"secret".to_vec())),
        },
        pixel_format: format[usize::from(way % 5)],
        encodings: ClientSettings::all_encodings()
            .into_iter()
            .chain([Encoding::CONSOLE, Encoding::QEMU_AUDIO])
            .collect(),
        size_max: SIZE_MAX,
    }
}

const SOUND: Format = Format { sample: Sample::S16, channels: 2, rate: 44_100 };

const OPENING: Opening = Opening { console: 1, start: Start::Now, dumps: true, lines: 9, credit: 64 };

/// Takes what comes on a stream, and answers it as far as there is room.
fn use_stream(connection: &mut ClientConnection, stream: u32, event: &StreamEvent) {
    match event {
        StreamEvent::Data { bytes, .. } | StreamEvent::Dump { bytes, .. } => {
            connection.take_from_stream(stream, bytes.0.len());
            let room = connection.room_on_stream(stream);
            assert_eq!(connection.write_to_stream(stream, &bytes.0), room.min(bytes.0.len()));
        }
        StreamEvent::Gap { .. } => connection.close_stream(stream),
        StreamEvent::Size { size, .. } => connection.resize_stream(stream, *size),
        _ => {}
    }
}

/// Events, and the picture unless the connection ended: of several mistakes in one rectangle, the pieces decide which
/// is seen first.
type Heard = (Vec<ClientEvent>, Option<Picture>);

fn listen(bytes: &[u8], step: usize, way: u8, ways_in: u8) -> Heard {
    let now = Instant::now();
    let mut connection = ClientConnection::new(settings(way, ways_in), now);
    let (mut events, mut picture) = (Vec::new(), Picture::default());
    for piece in bytes.chunks(step) {
        connection.receive(piece);
        connection.begin_turn(TURN);
        loop {
            match connection.poll_event(now, &mut |drawing| picture.draw(&drawing)) {
                Ok(None) if connection.is_behind() => {
                    connection.advance(connection.queued());
                    connection.begin_turn(TURN);
                }
                Ok(None) => break,
                Ok(Some(event)) => {
                    picture.follow(&event);
                    match event {
                        ClientEvent::StartTls => connection.tls_started(),
                        // A viewer asks again after each update, and for what was cut.
                        ClientEvent::Ready(_) | ClientEvent::Updated { .. } => connection.request_update(true, None),
                        ClientEvent::CutAnnounced => connection.request_cut_text(),
                        ClientEvent::Bell => connection.announce_cut_text("bell".into()),
                        ClientEvent::Acknowledged(Encoding::CONSOLE) => {
                            connection.open_stream(OPENING);
                        }
                        ClientEvent::Acknowledged(Encoding::QEMU_AUDIO) => connection.listen(Some(SOUND)),
                        ClientEvent::Sound(audio::Heard::End) => connection.listen(None),
                        ClientEvent::Stream { stream, event: ref told } => use_stream(&mut connection, stream, told),
                        _ => {}
                    }
                    push(&mut events, event);
                }
                Err(_) => return (events, None),
            }
            let queued = connection.queued();
            assert!(queued <= QUEUED_MAX, "{queued} bytes wait");
        }
        let size = picture.size();
        assert!(size.width <= SIZE_MAX.width && size.height <= SIZE_MAX.height);
    }
    (events, Some(picture))
}

/// Sound is handed on as it comes: what follows one another is the same as what comes at once.
fn push(events: &mut Vec<ClientEvent>, event: ClientEvent) {
    match (events.last_mut(), event) {
        (Some(ClientEvent::Sound(audio::Heard::Data(before))), ClientEvent::Sound(audio::Heard::Data(frames))) => {
            before.0.extend(frames.0);
        }
        (_, event) => events.push(event),
    }
}

/// What our own server says, in each encoding.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> =
        (0..5).flat_map(|way| ENCODERS.iter().map(move |e| session(way, e.encoding))).collect();
    seeds.push(b"\x00\x00RFB 003.003\n\x00\x00\x00\x00\x00\x00\x00\x03why".to_vec());
    seeds.push(b"\x00\x00RFB 003.007\n\x00\x00\x00\x00\x03why".to_vec());
    seeds.extend(entries());
    seeds.extend(clipboards());
    seeds.push(streams());
    seeds.push(sounds());
    seeds
}

/// ServerInit of a picture of 16x8.
const INIT: &[u8] = b"\0\x10\0\x08\x20\x18\0\x01\0\xff\0\xff\0\xff\x10\x08\0\0\0\0\0\0\0\x04test";

/// What servers say who ask who we are, by the second byte.
fn entries() -> Vec<Vec<u8>> {
    let vencrypt = |subtype: u8| [&b"RFB 003.008\n\x01\x13\0\x02\0\x01\0\0\x01"[..], &[subtype]].concat();
    let challenge = [7; 16];
    let bytes = [
        (1, [&b"RFB 003.003\n\0\0\0\x02"[..], &challenge, &[0; 4]].concat()),
        (1, [&b"RFB 003.008\n\x02\x01\x02"[..], &challenge, &[0, 0, 0, 1, 0, 0, 0, 3], b"why"].concat()),
        (2, [vencrypt(0), vec![0; 4]].concat()),
        (3, [vencrypt(4), vec![1, 0, 0, 0, 0]].concat()),
        (3, [vencrypt(5), vec![1], challenge.to_vec(), vec![0; 4]].concat()),
        (3, [vencrypt(6), vec![1, 0, 0, 0, 0]].concat()),
    ];
    bytes.into_iter().map(|(ways_in, said)| [&[0, ways_in], &said[..], INIT].concat()).collect()
}

/// An acknowledgement, and a stream from its beginning to its end.
fn streams() -> Vec<u8> {
    let said = |operation: u8, body: &[u8]| [&[255, 2, 1, operation, 0, 0, 0, body.len() as u8], body].concat();
    let (stream, none) = ([0, 0, 0, 1], [0; 8]);
    let opened = [&stream[..], &[0, 0, 0, 1], &none, &none, &[0, 80, 0, 24, 0, 0, 0, 0, 9]].concat();
    let at = |offset: u8| [&stream[..], &none[1..], &[offset]].concat();
    let notices = [
        b"\0\0\0\x01\0\x01\0\0\0\0\0\0VTC1".to_vec(),
        said(0, &opened),
        said(3, &[&at(0)[..], &[1, 0, 0, 0, 2], b"\x1bc"].concat()),
        said(1, &[&at(0)[..], &[0, 0, 0, 5], b"login"].concat()),
        said(4, &[&at(5)[..], &[0, 132, 0, 43]].concat()),
        said(5, &[&stream[..], &[0, 0, 0, 4]].concat()),
        said(2, &[&at(5)[..], &none[1..], &[9]].concat()),
        said(6, &[&stream[..], &[0, 0, 3], b"end"].concat()),
    ];
    [&b"\0\0RFB 003.008\n\x01\x01\0\0\0\0"[..], INIT, &notices.concat()].concat()
}

/// An acknowledgement, and sound from its beginning to its end.
fn sounds() -> Vec<u8> {
    let said = [
        &b"\0\0RFB 003.008\n\x01\x01\0\0\0\0"[..],
        INIT,
        b"\0\0\0\x01\0\0\0\0\0\x10\0\x08\xff\xff\xfe\xfd",
        b"\xff\x01\0\x01\xff\x01\0\x02\0\0\0\x0812345678",
        b"\xff\x01\0\x02\0\0\0\x07odd one\xff\x01\0\0\x02",
    ];
    said.concat()
}

/// Capabilities, a notice and a text of the extended clipboard, and all that is told in pseudo-rectangles.
fn clipboards() -> Vec<Vec<u8>> {
    let opening = [b"\0\0RFB 003.008\n\x01\x01\0\0\0\0", INIT].concat();
    let caps = b"\x03\0\0\0\xff\xff\xff\xf8\x1f\0\0\x01\0\x04\0\0";
    let notify = b"\x03\0\0\0\xff\xff\xff\xfc\x08\0\0\x01";
    // "hi" and its NUL, stored.
    let provide = b"\x03\0\0\0\xff\xff\xff\xea\x10\0\0\x01\x78\x01\x01\x07\0\xf8\xff\0\0\0\x03hi\0\x01\x02";
    let rect = |encoding: Encoding, data: &[u8]| {
        [&[0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 1][..], &encoding.0.to_be_bytes(), data].concat()
    };
    let told = [
        rect(Encoding::QEMU_LED_STATE, &[3]),
        rect(Encoding::VMWARE_LED_STATE, &[0, 0, 0, 7]),
        rect(Encoding::QEMU_POINTER_MOTION, &[]),
        rect(Encoding::POINTER_POS, &[]),
        rect(Encoding::CURSOR_WITH_ALPHA, &[0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
        rect(Encoding::X_CURSOR, &[1, 2, 3, 4, 5, 6, 0x80, 0xc0]),
        rect(Encoding::VMWARE_CURSOR, &[1, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
        rect(Encoding::QEMU_EXTENDED_KEY, &[]),
    ];
    vec![[&opening[..], caps, notify, provide, notify].concat(), [opening, told.concat()].concat()]
}

/// The server's half of a session with a few updates, a new size, a name, a bell and a cut text.
fn session(way: u8, encoding: Encoding) -> Vec<u8> {
    let now = Instant::now();
    let mut settings = settings(way, 0);
    settings.encodings.insert(0, encoding);
    let mut client = ClientConnection::new(settings, now);
    let security = SecurityPolicy::Offer(Offer::without_challenge(&[Method::None]));
    let mut surface = Surface::new(Size::new(64, 48), Size::new(8, 16), 0x0011_2233);
    let mut server =
        ServerConnection::new(ServerSettings { name: "fuzz".into(), size: Size::new(64, 48), security }, now);
    let mut said = vec![way, 0];
    let mut seen = Seq::NONE;
    for turn in 0..8_u32 {
        for _ in 0..6 {
            let mut slices = [IoSlice::new(&[]); 64];
            let filled = server.poll_transmit(&mut slices);
            let bytes = slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect::<Vec<u8>>();
            server.advance(bytes.len());
            said.extend_from_slice(&bytes);
            client.receive(&bytes);
            while let Ok(Some(_)) = client.poll_event(now, &mut |_| ()) {}
            let mut slices = [IoSlice::new(&[]); 64];
            let filled = client.poll_transmit(&mut slices);
            let bytes = slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect::<Vec<u8>>();
            client.advance(bytes.len());
            server.receive(&bytes);
            while let Ok(Some(_)) = server.poll_event(now) {}
        }
        match turn {
            2 => server.send_bell(),
            3 => server.send_name("another".into()),
            4 => server.send_cut_text("cut".into()),
            5 => {
                surface.resize(Size::new(40, 32), Size::new(8, 16), 0);
                server.send_resize(Size::new(40, 32), Reason::Server);
            }
            _ => surface.scroll(0..2, 1),
        }
        (0..5).for_each(|x| surface.fill(Rect::new(x * 7, turn, 3, 9), x * 0x0012_3456));
        client.request_update(false, None);
        if server.update_wanted().is_some() {
            let frame = surface.publish();
            let from = server.fit_colours(&frame, seen);
            let Some(format) = server.wire_format().cloned() else { break };
            let update = encode(&frame, &plan(&frame, from, &format), &format);
            if server.send_update(&update, &format, now) {
                seen = frame.seq();
            }
        }
    }
    said.truncate(TARGET.max_len);
    said
}
