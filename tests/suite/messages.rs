//! What goes over the wire, read from the messages themselves (RFC 6143 §7.6.1): one changed cell is one rectangle, a
//! scroll is one CopyRect and the changed cells, and a frame that nobody needs is never painted.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::own_viewer::{Guest, Viewer, display, serve, within};
use vncterm::geometry::{Rect, Size};
use vncterm::run::Running;
use vncterm::surface::Seq;

const RAW: i32 = 0;
const COPY_RECT: i32 = 1;

/// A viewer that understands as much as is needed to read rectangles: version 3.8, no security, Raw and CopyRect.
struct Plain {
    stream: UnixStream,
    size: Size,
}

impl Plain {
    async fn join(running: &Running) -> Self {
        let path = running.addresses()[0].unix_path().expect("a Unix socket");
        let mut stream = within(UnixStream::connect(path)).await.expect("connects");
        let mut version = [0; 12];
        within(stream.read_exact(&mut version)).await.expect("a version");
        stream.write_all(&version).await.expect("writes");
        let mut types = [0; 2];
        within(stream.read_exact(&mut types)).await.expect("security types");
        assert_eq!(types, [1, 1], "None, and nothing else");
        stream.write_all(&[1]).await.expect("writes");
        assert_eq!(within(stream.read_u32()).await.expect("a result"), 0);
        stream.write_all(&[1]).await.expect("writes");
        let size = Size::new(stream.read_u16().await.expect("a width").into(), 0);
        let size = Size { height: stream.read_u16().await.expect("a height").into(), ..size };
        let mut format = [0; 16];
        within(stream.read_exact(&mut format)).await.expect("a format");
        let name = within(stream.read_u32()).await.expect("a length");
        within(stream.read_exact(&mut vec![0; name as usize])).await.expect("a name");
        // SetEncodings: two of them.
        stream.write_all(&[2, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]).await.expect("writes");
        Self { stream, size }
    }

    /// FramebufferUpdateRequest.
    async fn request(&mut self, incremental: bool) {
        let [w, h] = [self.size.width as u16, self.size.height as u16].map(u16::to_be_bytes);
        let message = [3, u8::from(incremental), 0, 0, 0, 0, w[0], w[1], h[0], h[1]];
        self.stream.write_all(&message).await.expect("writes");
    }

    /// The rectangles of the next FramebufferUpdate.
    async fn update(&mut self) -> Vec<(Rect, i32)> {
        within(async {
            let stream = &mut self.stream;
            assert_eq!(stream.read_u16().await.expect("a message"), 0, "a FramebufferUpdate and its padding");
            let count = stream.read_u16().await.expect("a count");
            let mut rects = Vec::new();
            for _ in 0..count {
                let mut numbers = [0; 4];
                for number in &mut numbers {
                    *number = stream.read_u16().await.expect("a number").into();
                }
                let [x, y, width, height] = numbers;
                let rect = Rect::new(x, y, width, height);
                let encoding = stream.read_i32().await.expect("an encoding");
                let data = if encoding == COPY_RECT { 4 } else { rect.area() as usize * 4 };
                stream.read_exact(&mut vec![0; data]).await.expect("data");
                rects.push((rect, encoding));
            }
            rects
        })
        .await
    }

    /// What the guest's `bytes` cost a viewer that has everything before them.
    async fn cost(&mut self, guest: &Guest, bytes: &[u8]) -> Vec<(Rect, i32)> {
        self.request(true).await;
        guest.write(bytes).await;
        self.update().await
    }
}

/// The rectangle of `cols` cells in a row.
fn cells(row: u32, col: u32, cols: u32) -> (Rect, i32) {
    (Rect::new(col * 8, row * 16, cols * 8, 16), RAW)
}

/// A guest that has printed `before`, and a viewer that has seen it.
async fn seen(before: &[u8]) -> (Guest, Running, Plain) {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    guest.print(before).await;
    let mut viewer = Plain::join(&running).await;
    viewer.request(false).await;
    let whole = viewer.update().await;
    assert_eq!(whole[0], (viewer.size.rect(), RAW));
    assert_eq!(display(&running, 1).peek().frame.tile(), Size::new(8, 16));
    (guest, running, viewer)
}

#[tokio::test]
async fn one_changed_cell_is_one_rectangle_of_that_cell() {
    let (guest, running, mut viewer) = seen(b"\x1b[?25l").await;
    assert_eq!(viewer.cost(&guest, b"\x1b[6;11HX").await, [cells(5, 10, 1)]);
    // Only what differs counts, not what was written.
    assert_eq!(viewer.cost(&guest, b"\x1b[H\x1b[2J\x1b[6;11HX\x1b[7;11HY").await, [cells(6, 10, 1)]);
    running.stop().await;
}

#[tokio::test]
async fn with_the_cursor_there_is_its_old_place_too() {
    let (guest, running, mut viewer) = seen(b"\x1b[20;20H").await;
    assert_eq!(viewer.cost(&guest, b"\x1b[6;11HX").await, [cells(5, 10, 2), cells(19, 19, 1)]);
    assert_eq!(viewer.cost(&guest, b"Y").await, [cells(5, 11, 2)]);
    assert_eq!(viewer.cost(&guest, b"\x1b[H").await, [cells(0, 0, 1), cells(5, 12, 1)]);
    running.stop().await;
}

#[tokio::test]
async fn a_scroll_is_one_copy_and_the_changed_cells() {
    // No two words are the same: those that a client has already would be copied too.
    let mut random = 1_u32;
    let mut letter = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'!' + (random >> 24) as u8 % 94)
    };
    let mut line = || (0..25).map(|_| letter()).collect::<String>();
    let lines: String = (0..24).map(|_| format!("\r\n{}", line())).collect();
    let (guest, running, mut viewer) = seen(format!("\x1b[?25l{lines}").as_bytes()).await;
    let scrolled = viewer.cost(&guest, b"\r\nnew").await;
    let copy = (Rect::new(0, 0, 640, 23 * 16), COPY_RECT);
    assert_eq!(scrolled, [copy, cells(23, 0, 80)], "the row that was uncovered");
    running.stop().await;
}

#[tokio::test]
async fn a_frame_that_nobody_needs_is_never_painted() {
    let (guest, running, mut viewer) = seen(b"").await;
    let display = display(&running, 1);
    let before = display.peek().frame.seq();
    for n in 0..20 {
        guest.print(format!("line {n}\r\n").as_bytes()).await;
    }
    assert_eq!(display.peek().frame.seq(), before, "its viewer has not asked");
    viewer.request(true).await;
    viewer.update().await;
    assert_eq!(display.peek().frame.seq(), Seq(before.0 + 1), "one for all of it");
    viewer.request(true).await;
    drop(viewer);
    within(async {
        while running.viewers() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for n in 0..20 {
        guest.print(format!("line {n}\r\n").as_bytes()).await;
    }
    assert_eq!(display.peek().frame.seq(), Seq(before.0 + 1), "nobody looks");
    running.stop().await;
}

#[tokio::test]
async fn a_lagging_viewer_does_not_make_others_paint_and_gets_the_newest() {
    let (guest, running, mut lagging) = seen(b"").await;
    let display = display(&running, 1);
    let mut prompt = Viewer::join(&running).await;
    prompt.until_it_shows(&display).await;
    prompt.requests = false;
    prompt.until(|viewer| viewer.conn.queued() == 0).await;
    // The prompt one has one request outstanding, and gets one frame for it.
    guest.print(b"\x1b[5;5Hfirst").await;
    prompt.until_it_shows(&display).await;
    let seq = display.peek().frame.seq();
    guest.print(b"second").await;
    assert_eq!(display.peek().frame.seq(), seq);
    // What the lagging one gets is there already: nothing is painted for it.
    lagging.request(true).await;
    let rects = lagging.update().await;
    assert!(rects.contains(&cells(4, 4, 6)), "{rects:?}");
    assert_eq!(display.peek().frame.seq(), seq);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_end_is_ended() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut silent =
        UnixStream::connect(running.addresses()[0].unix_path().expect("a Unix socket")).await.expect("there");
    let began = tokio::time::Instant::now();
    let mut said = Vec::new();
    silent.read_to_end(&mut said).await.expect("ends");
    assert_eq!(said, b"RFB 003.008\n");
    assert_eq!(began.elapsed().as_secs(), 10);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_viewer_that_takes_nothing_for_half_a_minute_is_let_go() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut viewer = Plain::join(&running).await;
    // A whole picture in Raw is more than a socket holds.
    viewer.request(false).await;
    let began = tokio::time::Instant::now();
    while running.viewers() > 0 {
        tokio::time::sleep_until(tokio::time::Instant::now() + Duration::from_secs(1)).await;
    }
    assert!((29..=32).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    running.stop().await;
}
