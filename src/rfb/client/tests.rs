//! What a hostile or odd server may not do to our own viewer, limit by limit.

use super::*;
use crate::rfb::ext::audio::Sample;
use crate::rfb::ext::clipboard::Side;
use crate::rfb::ext::extended_clipboard;
use crate::rfb::message::client::encode_rect;
use crate::rfb::picture::Picture;
use crate::rfb::wire::Writer;
use std::time::Duration;

const MAX: Size = Size::new(64, 48);

fn settings(encodings: &[Encoding]) -> ClientSettings {
    let (login, encodings) = (Login::default(), encodings.to_vec());
    ClientSettings { shared: true, login, pixel_format: None, encodings, size_max: MAX }
}

fn server_init(size: Size, pixel_format: PixelFormat) -> Vec<u8> {
    let mut bytes = b"RFB 003.008\n\x01\x01\0\0\0\0".to_vec();
    let init = ServerInit { size, pixel_format, name: "server".into() };
    init.encode(&mut Writer::new(&mut bytes));
    bytes
}

/// A connection, and what its caller has drawn.
struct Hearing {
    connection: ClientConnection,
    picture: Picture,
}

impl Hearing {
    fn new(encodings: &[Encoding], size: Size, format: PixelFormat) -> Self {
        let mut connection = ClientConnection::new(settings(encodings), Instant::now());
        connection.receive(&server_init(size, format));
        let mut hearing = Self { connection, picture: Picture::default() };
        assert!(hearing.hear(&[]).is_ok_and(|events| events.len() == 1));
        hearing
    }

    /// What is made of `bytes`.
    fn hear(&mut self, bytes: &[u8]) -> Result<Vec<ClientEvent>, RfbError> {
        self.connection.receive(bytes);
        let (mut events, picture) = (Vec::new(), &mut self.picture);
        while let Some(event) = self.connection.poll_event(Instant::now(), &mut |drawing| picture.draw(&drawing))? {
            picture.follow(&event);
            events.push(event);
        }
        Ok(events)
    }

    /// What waits to be written.
    fn said(&mut self) -> Vec<u8> {
        let said = self.connection.out.to_vec();
        self.connection.advance(said.len());
        said
    }
}

/// A connection that has come to `size` and said what it wants, and what it makes of `bytes` then.
fn hear(encodings: &[Encoding], size: Size, bytes: &[u8]) -> (Hearing, Result<Vec<ClientEvent>, RfbError>) {
    let mut hearing = Hearing::new(encodings, size, PixelFormat::SERVER_DEFAULT);
    hearing.said();
    let heard = hearing.hear(bytes);
    (hearing, heard)
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
        connection.receive(&server_init(size, PixelFormat::SERVER_DEFAULT));
        assert!(connection.poll_event(now, &mut |_| ()).is_err(), "{size}");
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
    let (hearing, result) = hear(&listed, MAX, &update(1, &raw));
    assert_eq!(result, Ok(vec![ClientEvent::Updated { pixels: true }]), "Raw may always be sent");
    assert_eq!(hearing.picture.row(1)[1], 0x0003_0201);
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
    let (mut hearing, result) = hear(&[Encoding::FENCE], MAX, &[248, 0, 0, 0, 0x80, 0, 0, 1, 2, 5, 6]);
    assert_eq!(result, Ok(vec![]));
    assert_eq!(hearing.said(), [248, 0, 0, 0, 0, 0, 0, 1, 2, 5, 6]);
}

#[test]
fn a_refused_size_is_told_and_changes_nothing() {
    let refused = rect(Rect::new(1, 3, 9, 9), Encoding::EXTENDED_DESKTOP_SIZE, &[0, 0, 0, 0]);
    let (hearing, result) = hear(&[Encoding::EXTENDED_DESKTOP_SIZE], MAX, &update(1, &refused));
    let told = ClientEvent::SetDesktopSizeAnswered { status: 3 };
    assert_eq!(result, Ok(vec![told, ClientEvent::Updated { pixels: false }]));
    assert_eq!((hearing.picture.size(), hearing.connection.size()), (MAX, Some(MAX)));
}

#[test]
fn a_server_has_ten_seconds() {
    let now = Instant::now();
    let mut connection = ClientConnection::new(settings(&[]), now);
    assert_eq!(connection.poll_timeout(), Some(now + HANDSHAKE_TIMEOUT));
    assert_eq!(connection.poll_event(now + HANDSHAKE_TIMEOUT - Duration::from_millis(1), &mut |_| ()), Ok(None));
    assert_eq!(connection.poll_event(now + HANDSHAKE_TIMEOUT, &mut |_| ()), Err(RfbError::HandshakeTimeout));
    assert_eq!(connection.poll_timeout(), None);
}

#[test]
fn what_the_server_tells_beside_the_picture_is_passed_on() {
    let told = |encoding, area: Rect, data: &[u8]| {
        let result = hear(&[encoding], MAX, &update(1, &rect(area, encoding, data))).1;
        let mut events = result.expect("well-formed");
        assert_eq!(events.pop(), Some(ClientEvent::Updated { pixels: false }));
        events.pop().expect("something")
    };
    let locks = Locks { num: true, caps: false, scroll: true };
    assert_eq!(told(Encoding::QEMU_LED_STATE, Rect::new(0, 0, 1, 1), &[3]), ClientEvent::Locks(locks));
    assert_eq!(told(Encoding::VMWARE_LED_STATE, Rect::default(), &[0, 0, 0, 3]), ClientEvent::Locks(locks));
    let motion = |x| told(Encoding::QEMU_POINTER_MOTION, Rect::new(x, 0, 64, 48), &[]);
    assert_eq!(motion(0), ClientEvent::PointerMode { relative: true });
    assert_eq!(motion(1), ClientEvent::PointerMode { relative: false });
    for encoding in [Encoding::POINTER_POS, Encoding::VMWARE_CURSOR_POSITION] {
        let far = Point { x: 65_535, y: 7 };
        assert_eq!(told(encoding, Rect::new(65_535, 7, 0, 0), &[]), ClientEvent::PointerMoved(far));
    }
    assert_eq!(told(Encoding::CURSOR, Rect::new(3, 3, 0, 0), &[]), ClientEvent::Pointer(None));
}

#[test]
fn a_server_gets_what_it_knows_of_keys_and_buttons() {
    let both = [Encoding::QEMU_EXTENDED_KEY, Encoding::EXTENDED_MOUSE_BUTTONS];
    let mut hearing = hear(&both, MAX, &[]).0;
    let key = KeyEvent { keysym: crate::input::Keysym(0x61), keycode: Some(0x1e), down: true, repeat: false };
    let nameless = KeyEvent { keysym: crate::input::Keysym(0), ..key };
    let pointer = PointerEvent { x: 1, y: 2, buttons: 0x181 };
    let send = |hearing: &mut Hearing| {
        hearing.connection.send_key(key);
        hearing.connection.send_key(nameless);
        hearing.connection.send_key(KeyEvent { keycode: Some(0), ..key });
        hearing.connection.send_pointer(pointer);
        hearing.said()
    };
    let plain: &[u8] = &[4, 1, 0, 0, 0, 0, 0, 0x61];
    let eight: &[u8] = &[5, 0x81, 0, 1, 0, 2];
    assert_eq!(send(&mut hearing), [plain, plain, eight].concat());
    let acknowledged: Vec<u8> = both.iter().flat_map(|encoding| rect(MAX.rect(), *encoding, &[])).collect();
    assert!(hearing.hear(&update(2, &acknowledged)).is_ok());
    let extended = |keysym| [255, 0, 0, 1, 0, 0, 0, keysym, 0, 0, 0, 0x1e];
    let nine: &[u8] = &[5, 0x81, 0, 1, 0, 2, 3];
    assert_eq!(send(&mut hearing), [&extended(0x61)[..], &extended(0), plain, nine].concat());
}

#[test]
fn a_wish_for_a_size_has_the_screen_that_the_server_has() {
    let layout = [&[1, 0, 0, 0][..], &[0, 0, 0, 9, 0, 0, 0, 0, 0, 64, 0, 48, 0, 0, 0, 5]].concat();
    let told = update(1, &rect(MAX.rect(), Encoding::EXTENDED_DESKTOP_SIZE, &layout));
    let (mut hearing, heard) = hear(&[Encoding::EXTENDED_DESKTOP_SIZE], MAX, &told);
    assert_eq!(heard, Ok(vec![ClientEvent::Updated { pixels: false }]));
    assert!(hearing.connection.is_resizable());
    hearing.connection.set_desktop_size(Size::new(300, 200));
    let screen = [0, 0, 0, 9, 0, 0, 0, 0, 1, 44, 0, 200, 0, 0, 0, 5];
    assert_eq!(hearing.said(), [&[251, 0, 1, 44, 0, 200, 1, 0][..], &screen].concat());
}

#[test]
fn the_servers_format_is_taken_where_it_can_be_shown() {
    let asked = |format: PixelFormat| {
        let mut hearing = Hearing::new(&[], MAX, format);
        // Behind version, type and ClientInit.
        hearing.said().get(14).copied() == Some(0)
    };
    for format in [PixelFormat::RGB565, PixelFormat::BGR233, PixelFormat { depth: 32, ..PixelFormat::SERVER_DEFAULT }] {
        assert!(!asked(format), "{format:?}");
    }
    for format in [PixelFormat::COLOUR_MAP, PixelFormat { bits_per_pixel: 24, ..PixelFormat::SERVER_DEFAULT }] {
        assert!(asked(format), "{format:?}");
    }
}

/// Messages of the extended clipboard as a server sends them, by our own functions for it.
fn clipboard(write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut Writer::new(&mut bytes));
    bytes
}

/// The same, as a client sends them: they differ in their number.
fn of_client(mut message: Vec<u8>) -> Vec<u8> {
    message[0] = 6;
    message
}

#[test]
fn texts_are_told_of_and_sent_when_they_are_asked_for() {
    let listed = [Encoding::EXTENDED_CLIPBOARD];
    let caps = clipboard(|w| extended_clipboard::caps(Side::Server, w));
    let (mut hearing, heard) = hear(&listed, MAX, &caps);
    assert_eq!((heard, hearing.said()), (Ok(vec![]), of_client(caps)));
    let (notify, provide) = (
        clipboard(|w| extended_clipboard::notify(Side::Server, "gr\u{fc}n", w)),
        clipboard(|w| extended_clipboard::provide(Side::Server, "gr\u{fc}n", w)),
    );
    let request = clipboard(|w| extended_clipboard::request(Side::Server, w));
    hearing.connection.announce_cut_text("gr\u{fc}n".into());
    assert_eq!((hearing.hear(&[]), hearing.said()), (Ok(vec![]), of_client(notify.clone())));
    // A client's has a byte behind its text.
    let said = clipboard(|w| extended_clipboard::provide(Side::Client, "gr\u{fc}n", w));
    assert_ne!(said, of_client(provide.clone()));
    assert_eq!((hearing.hear(&request), hearing.said()), (Ok(vec![]), said));
    assert_eq!((hearing.hear(&notify), hearing.said()), (Ok(vec![ClientEvent::CutAnnounced]), vec![]));
    hearing.connection.request_cut_text();
    assert_eq!((hearing.hear(&[]), hearing.said()), (Ok(vec![]), of_client(request)));
    let text = ClientEvent::CutText(CutText::Kept("gr\u{fc}n".into()));
    assert_eq!(hearing.hear(&provide), Ok(vec![text]));
}

#[test]
fn a_flood_of_texts_is_not_inflated_and_the_last_is_asked_for_again() {
    let caps = clipboard(|w| extended_clipboard::caps(Side::Server, w));
    let mut hearing = hear(&[Encoding::EXTENDED_CLIPBOARD], MAX, &caps).0;
    hearing.said();
    let provide = clipboard(|w| extended_clipboard::provide(Side::Server, "text", w));
    let heard = hearing.hear(&provide.repeat(1_000)).expect("well-formed");
    let texts = heard.iter().filter(|event| matches!(event, ClientEvent::CutText(_))).count();
    assert!((4..100).contains(&texts), "{texts}, and a second may have ended meanwhile");
    assert_eq!(heard.last(), Some(&ClientEvent::CutAnnounced));
    assert_eq!(hearing.said(), of_client(clipboard(|w| extended_clipboard::request(Side::Server, w))));
}

#[test]
fn a_server_without_the_extension_gets_texts_as_they_were() {
    let mut hearing = hear(&[Encoding::EXTENDED_CLIPBOARD], MAX, &[]).0;
    hearing.connection.announce_cut_text("a\u{fc}\u{20ac}".into());
    hearing.connection.request_cut_text();
    assert_eq!(hearing.hear(&[]), Ok(vec![]));
    assert_eq!(hearing.said(), [6, 0, 0, 0, 0, 0, 0, 3, b'a', 0xfc, b'?']);
    for text in ["one", "two", "three"] {
        hearing.connection.announce_cut_text(text.into());
    }
    let wake = hearing.connection.poll_timeout().expect("it waits for its time");
    assert_eq!(hearing.connection.poll_event(wake, &mut |_| ()), Ok(None));
    assert_eq!(hearing.said(), [&[6, 0, 0, 0, 0, 0, 0, 5][..], b"three"].concat());
    assert_eq!(hearing.connection.poll_timeout(), None);
}

/// What a server's words lead to in turns of this kind: what was read in each, and what was said.
fn in_turns(hearing: &mut Hearing, bytes: &[u8], turn: Turn) -> Vec<(usize, usize)> {
    hearing.connection.receive(bytes);
    let mut turns = Vec::new();
    loop {
        hearing.connection.begin_turn(turn);
        let events = hearing.hear(&[]).expect("well-formed");
        turns.push((events.len(), hearing.said().len()));
        if !hearing.connection.is_behind() {
            return turns;
        }
    }
}

#[test]
fn a_turn_ends_with_its_pixels_and_the_next_goes_on_there() {
    let whole = update(1, &rect(MAX.rect(), Encoding::COPY_RECT, &[0; 4]));
    let turn = Turn { pixels: 3 * MAX.area(), ..Turn::default() };
    let mut hearing = Hearing::new(&[Encoding::COPY_RECT], MAX, PixelFormat::SERVER_DEFAULT);
    let turns = in_turns(&mut hearing, &whole.repeat(10), turn);
    assert_eq!(turns.iter().map(|(events, _)| events).sum::<usize>(), 10);
    assert!(turns.len() >= 4 && turns.iter().all(|(events, _)| *events <= 3), "{turns:?}");
    // What a caller did with an event counts, too.
    hearing.connection.receive(&whole.repeat(2));
    hearing.connection.begin_turn(turn);
    assert!(hearing.connection.poll_event(Instant::now(), &mut |_| ()).is_ok_and(|event| event.is_some()));
    hearing.connection.charge(u64::MAX);
    assert_eq!(hearing.connection.poll_event(Instant::now(), &mut |_| ()), Ok(None));
    assert!(hearing.connection.is_behind());
}

#[test]
fn a_turn_ends_within_a_rectangle_where_a_few_bytes_are_many_pixels() {
    let subrect = [[5; 4], [0, 0, 0, 0], [0, 64, 0, 48]].concat();
    let data = [&[0, 0, 0, 10][..], &[1; 4], &subrect.repeat(10)].concat();
    let bytes = update(1, &rect(MAX.rect(), Encoding::RRE, &data));
    let mut hearing = Hearing::new(&[Encoding::RRE], MAX, PixelFormat::SERVER_DEFAULT);
    hearing.said();
    let turns = in_turns(&mut hearing, &bytes, Turn { pixels: 2 * MAX.area(), ..Turn::default() });
    assert!(turns.len() >= 5, "{turns:?}");
    assert_eq!(turns.iter().map(|(events, _)| events).sum::<usize>(), 1);
    assert_eq!(hearing.picture.row(0)[0], 0x0005_0505);
}

#[test]
fn subrectangles_count_as_what_they_cover() {
    let size = Size::new(4, 2);
    let rre = |subrects: u8| {
        let subrect = [[5; 4], [0, 0, 0, 0], [0, 4, 0, 2]].concat();
        let data = [&[0, 0, 0, subrects][..], &[1; 4], &subrect.repeat(subrects.into())].concat();
        rect(size.rect(), Encoding::RRE, &data)
    };
    // And the ground below them.
    let heard = |rects: &[Vec<u8>]| hear(&[Encoding::RRE], size, &update(rects.len() as u16, &rects.concat())).1;
    assert!(heard(&[rre(7), rre(7)]).is_ok());
    assert!(heard(&[rre(7), rre(8)]).is_err());
}

#[test]
fn who_takes_no_answers_is_asked_nothing() {
    let fence = [248, 0, 0, 0, 0x80, 0, 0, 1, 2, 5, 6];
    let turn = Turn { queued: 100, ..Turn::default() };
    let mut hearing = hear(&[Encoding::FENCE], MAX, &[]).0;
    let turns = in_turns(&mut hearing, &fence.repeat(1_000), turn);
    assert_eq!(turns.iter().map(|(_, said)| said).sum::<usize>(), 1_000 * fence.len());
    assert!(turns.iter().all(|(_, said)| *said < turn.queued + fence.len()), "{turns:?}");
    // Nor does another turn help while it has not taken them.
    hearing.connection.receive(&fence.repeat(1_000));
    for _ in 0..3 {
        hearing.connection.begin_turn(turn);
        assert_eq!(hearing.connection.poll_event(Instant::now(), &mut |_| ()), Ok(None));
        assert!(hearing.connection.is_behind() && hearing.connection.queued() < turn.queued + fence.len());
    }
}

#[test]
fn capabilities_are_told_not_too_often() {
    let caps = clipboard(|w| extended_clipboard::caps(Side::Server, w));
    let (mut hearing, heard) = hear(&[Encoding::EXTENDED_CLIPBOARD], MAX, &caps.repeat(1_000));
    assert_eq!((heard, hearing.said()), (Ok(vec![]), of_client(caps.clone())));
    assert_eq!((hearing.hear(&caps), hearing.connection.poll_timeout().is_some()), (Ok(vec![]), true));
}

#[test]
fn nothing_drawn_is_no_picture() {
    let listed = [Encoding::DESKTOP_SIZE];
    let empty = rect(Rect::new(3, 3, 0, 5), Encoding::RAW, &[]);
    assert_eq!(hear(&listed, MAX, &update(1, &empty)).1, Ok(vec![ClientEvent::Updated { pixels: false }]));
    let pixel = rect(Rect::new(0, 0, 1, 1), Encoding::RAW, &[1; 4]);
    let smaller = rect(Rect::new(0, 0, 9, 9), Encoding::DESKTOP_SIZE, &[]);
    let resized = ClientEvent::Resized(Size::new(9, 9));
    let before = hear(&listed, MAX, &update(2, &[pixel.clone(), smaller.clone()].concat())).1;
    assert_eq!(before, Ok(vec![resized.clone(), ClientEvent::Updated { pixels: false }]));
    let after = hear(&listed, MAX, &update(2, &[smaller, pixel].concat())).1;
    assert_eq!(after, Ok(vec![resized, ClientEvent::Updated { pixels: true }]));
}

#[test]
fn half_an_update_can_be_told_from_a_whole_one() {
    let whole = update(2, &rect(Rect::new(0, 0, 1, 1), Encoding::RAW, &[1; 4]).repeat(2));
    let mut hearing = hear(&[], MAX, &[]).0;
    for (index, byte) in (1..).zip(&whole) {
        assert!(hearing.hear(&[*byte]).is_ok());
        // Behind its head, which is four bytes.
        assert_eq!(hearing.connection.is_within_update(), (4..whole.len()).contains(&index), "{index}");
    }
}

#[test]
fn what_is_due_needs_no_word_of_the_server() {
    let mut hearing = hear(&[], MAX, &[]).0;
    hearing.connection.announce_cut_text("cut".into());
    assert!(hearing.said().is_empty());
    hearing.connection.write_due(Instant::now());
    assert_eq!(hearing.said(), [&[6, 0, 0, 0, 0, 0, 0, 3][..], b"cut"].concat());
}

const MONO: Format = Format { sample: Sample::S16, channels: 1, rate: 8_000 };

/// A message of sound.
fn sound(frames: &[u8]) -> Vec<u8> {
    let length = u32::try_from(frames.len()).expect("short").to_be_bytes();
    [&[255, 1, 0, 2][..], &length, frames].concat()
}

#[test]
fn sound_is_asked_for_when_it_is_known_and_heard_in_whole_frames() {
    let (mut hearing, _) = hear(&[Encoding::QEMU_AUDIO], Size::new(4, 4), &[]);
    hearing.connection.listen(Some(MONO));
    assert!(hearing.said().is_empty(), "nobody has said that there is any");
    let acknowledged = update(1, &rect(Rect::default(), Encoding::QEMU_AUDIO, &[]));
    hearing.hear(&acknowledged).expect("well-formed");
    let asked = [&[255, 1, 0, 2, 3, 1, 0, 0, 0x1f, 0x40][..], &[255, 1, 0, 0]].concat();
    assert_eq!(hearing.said(), asked);
    hearing.connection.listen(Some(MONO));
    assert!(hearing.said().is_empty(), "it is asked for already");
    let said =
        [&[255, 1, 0, 1][..], &sound(&[1, 2, 3, 4, 5]), &sound(&[]), &sound(&[6, 7]), &[255, 1, 0, 0, 2]].concat();
    let (mut heard, mut frames) = (Vec::new(), Vec::new());
    for byte in said {
        for event in hearing.hear(&[byte]).expect("well-formed") {
            match event {
                ClientEvent::Sound(Heard::Data(bytes)) => frames.extend(bytes.0),
                event => heard.push(event),
            }
        }
    }
    assert_eq!(frames, [1, 2, 3, 4, 6, 7], "a frame that is cut is dropped");
    assert_eq!(heard, [ClientEvent::Sound(Heard::Begin), ClientEvent::Sound(Heard::End), ClientEvent::Bell]);
    hearing.connection.listen(None);
    assert_eq!(hearing.said(), [255, 1, 0, 1]);
    assert_eq!(hearing.hear(&sound(&[1, 2])), Ok(Vec::new()), "it was on its way");
}

#[test]
fn sound_that_was_not_agreed_on_or_is_too_long_ends_the_connection() {
    let data = sound(&[1, 2]);
    assert!(hear(&[Encoding::QEMU_AUDIO], Size::new(4, 4), &data).1.is_err());
    let acknowledged = update(1, &rect(Rect::default(), Encoding::QEMU_AUDIO, &[]));
    let long = [&acknowledged[..], &[255, 1, 0, 2, 0, 16, 0, 1]].concat();
    assert!(hear(&[Encoding::QEMU_AUDIO], Size::new(4, 4), &long).1.is_err(), "at its length");
}
