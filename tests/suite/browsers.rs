//! What comes over HTTP to the port of the viewers: a page, and viewers in WebSockets, which are viewers like any other.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::Instant;

use super::own_viewer::{Guest, Viewer, display, serve, within};
use vncterm::config::{Config, Web};
use vncterm::geometry::Size;
use vncterm::input::{KeyEvent, Keysym};
use vncterm::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Login};
use vncterm::rfb::decode::Drawing;
use vncterm::rfb::picture::Picture;
use vncterm::run::Running;

const UPGRADE: &str = "GET /websockify HTTP/1.1\r\nHost: 127.0.0.1:5900\r\nOrigin: http://127.0.0.1:5900\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: binary\r\n\r\n";

/// Opcodes of what the server sends.
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8a;

fn with_page(config: &mut Config) {
    config.web = Web::Page;
}

async fn connect(running: &Running) -> UnixStream {
    let path = running.addresses()[0].unix_path().expect("a Unix socket");
    within(UnixStream::connect(path)).await.expect("connects")
}

/// A client in a WebSocket that knows no more of it than it needs.
struct InSocket {
    stream: UnixStream,
    conn: ClientConnection,
    picture: Picture,
    /// Bytes of a message that are sent as a frame of their own.
    piece: usize,
}

impl InSocket {
    async fn join(running: &Running, piece: usize) -> Self {
        let mut stream = connect(running).await;
        stream.write_all(UPGRADE.as_bytes()).await.expect("takes it");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(within(stream.read_u8()).await.expect("an answer"));
        }
        assert!(head.starts_with(b"HTTP/1.1 101 "));
        let encodings = ClientSettings::all_encodings();
        let settings = ClientSettings {
            shared: true,
            login: Login::default(),
            pixel_format: None,
            encodings,
            size_max: Size::new(4096, 4096),
        };
        let conn = ClientConnection::new(settings, Instant::now().into_std());
        Self { stream, conn, picture: Picture::default(), piece }
    }

    /// Sends a frame, masked.
    async fn send(&mut self, first: u8, payload: &[u8]) {
        let length = u8::try_from(payload.len()).expect("a short one");
        assert!(length < 126);
        let mask = [1, 2, 3, 4];
        let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        let frame: Vec<u8> = [first, 0x80 | length].into_iter().chain(mask).chain(masked).collect();
        self.stream.write_all(&frame).await.expect("takes it");
    }

    async fn receive(&mut self) -> (u8, Vec<u8>) {
        let first = within(self.stream.read_u8()).await.expect("a frame");
        let length = match self.stream.read_u8().await.expect("a length") {
            126 => self.stream.read_u16().await.expect("a length").into(),
            127 => self.stream.read_u64().await.expect("a length"),
            short => short.into(),
        };
        let mut payload = vec![0; usize::try_from(length).expect("it fits")];
        within(self.stream.read_exact(&mut payload)).await.expect("a payload");
        (first, payload)
    }

    /// Sends what waits, in messages of several frames.
    async fn flush(&mut self) {
        let mut waiting = Vec::new();
        let mut slices = [std::io::IoSlice::new(&[]); 16];
        let filled = self.conn.poll_transmit(&mut slices);
        slices[..filled].iter().for_each(|slice| waiting.extend_from_slice(slice));
        self.conn.advance(waiting.len());
        let count = waiting.chunks(self.piece).count();
        for (at, piece) in waiting.chunks(self.piece).enumerate() {
            let opcode = if at == 0 { 2 } else { 0 };
            let fin = if at + 1 == count { 0x80 } else { 0 };
            self.send(fin | opcode, piece).await;
        }
    }

    /// Moves bytes until `done`.
    async fn until(&mut self, mut done: impl FnMut(&Picture) -> bool) {
        loop {
            let picture = &mut self.picture;
            while let Some(event) = {
                let paint = &mut |drawing: Drawing<'_>| picture.draw(&drawing);
                self.conn.poll_event(Instant::now().into_std(), paint).expect("the server speaks RFB")
            } {
                picture.follow(&event);
                match event {
                    ClientEvent::Ready(_) => self.conn.request_update(false, None),
                    ClientEvent::Updated { .. } => self.conn.request_update(true, None),
                    _ => {}
                }
            }
            self.flush().await;
            if done(&self.picture) {
                return;
            }
            let (first, payload) = self.receive().await;
            assert_eq!(first, BINARY);
            self.conn.receive(&payload);
        }
    }
}

#[tokio::test]
async fn a_viewer_in_a_websocket_is_a_viewer() {
    let guest = Guest::new();
    let running = serve(&[&guest], with_page).await;
    guest.print(b"\x1b[31mbefore anybody looked\r\n").await;
    let mut plain = Viewer::join(&running).await;
    for piece in [100, 1] {
        let mut viewer = InSocket::join(&running, piece).await;
        let shows = |picture: &Picture| {
            let shown = display(&running, 1).peek();
            !shown.stale
                && picture.size() == shown.frame.size()
                && (0..picture.size().height).all(|y| picture.row(y) == shown.frame.row(y))
        };
        viewer.until(shows).await;
        guest.print(b"more and more").await;
        viewer.until(shows).await;
        for down in [true, false] {
            viewer.conn.send_key(KeyEvent { keysym: Keysym(u32::from('x')), keycode: None, down, repeat: false });
        }
        viewer.flush().await;
        assert_eq!(guest.read_until(b"x").await, b"x");
        viewer.send(0x89, b"there?").await;
        while viewer.receive().await != (PONG, b"there?".to_vec()) {}
    }
    plain.until_it_shows(&display(&running, 1)).await;
    running.stop().await;
}

/// The close frame that ends it: its code, and the reason in words.
async fn end(viewer: &mut InSocket) -> (u16, String) {
    loop {
        let (first, payload) = viewer.receive().await;
        if first == CLOSE {
            let (code, reason) = payload.split_first_chunk::<2>().expect("a code");
            return (u16::from_be_bytes(*code), String::from_utf8(reason.to_vec()).expect("words"));
        }
    }
}

#[tokio::test]
async fn every_end_has_a_reason() {
    let guest = Guest::new();
    let running =
        serve(&[&guest], |config| (config.web, config.max_clients, config.evict_oldest) = (Web::Page, 1, true)).await;
    let mut evicted = InSocket::join(&running, 100).await;
    evicted.until(|picture| picture.size() != Size::default()).await;
    let mut malformed = InSocket::join(&running, 100).await;
    malformed.until(|picture| picture.size() != Size::default()).await;
    assert_eq!(end(&mut evicted).await, (1000, "a newer viewer took its place".to_owned()));
    malformed.send(BINARY, &[0xee; 100]).await;
    assert_eq!(end(&mut malformed).await, (1002, "unsupported client message 238".to_owned()));
    let mut unmasked = InSocket::join(&running, 100).await;
    unmasked.stream.write_all(b"\x82\x01x").await.expect("takes it");
    assert_eq!(end(&mut unmasked).await.0, 1002);
    let mut stopped = InSocket::join(&running, 100).await;
    stopped.until(|picture| picture.size() != Size::default()).await;
    let (ended, ()) = tokio::join!(end(&mut stopped), running.stop());
    assert_eq!(ended, (1001, "the server stops".to_owned()));
}

#[tokio::test]
async fn a_browser_gets_the_page_where_it_may_and_rfb_where_not() {
    let guest = Guest::new();
    let asked = async |running: &Running| {
        let mut stream = connect(running).await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.expect("takes it");
        let mut told = Vec::new();
        within(stream.read_to_end(&mut told)).await.expect("an end");
        told
    };
    let running = serve(&[&guest], with_page).await;
    let told = String::from_utf8(asked(&running).await).expect("text");
    assert!(told.starts_with("HTTP/1.1 200 OK\r\n") && told.contains("<title>"), "{told}");
    assert_eq!(running.viewers(), 0);
    running.stop().await;
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    assert_eq!(asked(&running).await, b"RFB 003.008\n");
    running.stop().await;
}
