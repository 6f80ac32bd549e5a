//! Streams of a console's bytes: server and client in memory, at random; and the whole server, with our own client.

use std::io::IoSlice;
use std::time::Instant;

use super::own_viewer::{Guest, Viewer, config, serve, within};
use super::random::Random;
use vncterm::access::pen::Writers;
use vncterm::console::streams::{Sizes, Source};
use vncterm::console::tail::{CAPACITY, READ_CAPACITY, Tail};
use vncterm::display::stream::{From, Open, Piece, Place, READ_MAX, Read};
use vncterm::geometry::{GridSize, Size};
use vncterm::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Login, StreamEvent};
use vncterm::rfb::ext::console::{Notice, Request};
use vncterm::rfb::ext::outlet::Outlet;
use vncterm::rfb::ext::stream::{Bytes, Charset, Keyboard, Opened, Opening, Start, StreamRequest};
use vncterm::rfb::ids::{ConsoleRequest, Encoding};
use vncterm::rfb::message::client::{ClientMessage, Dialect};
use vncterm::rfb::wire::{Reader, Writer};
use vncterm::run::Running;
use vncterm::source::{CommandLine, Endpoint};
use vncterm::terminal::{Encoding as Charmap, KeyTable, Options, Terminal, dump};

const RUN: u64 = 99;

/// A console, its stream's two ends, and what is on its way between them.
struct World {
    random: Random,
    guest: Terminal,
    written: Vec<u8>,
    tail: Tail,
    sizes: Sizes,
    outlet: Outlet,
    dumps: bool,
    /// The console knows where its reader is.
    keeps: bool,
    wire: Vec<u8>,
    client: ClientConnection,
    stream: u32,
    shown: Terminal,
    read: usize,
    lost: u64,
    next: u64,
}

/// A client that has heard that there is the extension.
fn client() -> ClientConnection {
    let settings = ClientSettings {
        shared: true,
        login: Login::default(),
        pixel_format: None,
        encodings: vec![Encoding::RAW, Encoding::CONSOLE],
        size_max: Size::new(64, 64),
    };
    let now = Instant::now();
    let mut client = ClientConnection::new(settings, now);
    client.receive(b"RFB 003.008\n\x01\x01\0\0\0\0");
    client.receive(b"\0\x10\0\x08\x20\x18\0\x01\0\xff\0\xff\0\xff\x10\x08\0\0\0\0\0\0\0\x04test");
    client.receive(b"\0\0\0\x01\0\x01\0\0\0\0\0\0VTC1");
    while client.poll_event(now, &mut |_| ()).expect("RFB").is_some() {}
    client.advance(client.queued());
    client
}

impl World {
    fn new(seed: u64, dumps: bool) -> Self {
        let mut random = Random(seed);
        let size = GridSize::new(40, 10);
        let (mut guest, mut tail) = (Terminal::new(size, Options::default()), Tail::new());
        let written = b"what was there before: \x1b[31mred\x1b[m \xe6\xbc".to_vec();
        guest.feed(&written);
        tail.push(&written);
        let mut client = client();
        let credit = 1 + random.below(100_000);
        let opening = Opening { console: 1, start: Start::Now, dumps, lines: 0, credit };
        let stream = client.open_stream(opening).expect("it has streams");
        let outlet = Outlet::new(stream, credit);
        client.advance(client.queued());
        let shown = Terminal::new(GridSize::new(7, 3), Options::default());
        let (sizes, keeps, wire, read, lost, next) = (Sizes::new(size), seed.is_multiple_of(2), Vec::new(), 0, 0, 0);
        let mut world = Self {
            random,
            guest,
            written,
            tail,
            sizes,
            outlet,
            dumps,
            keeps,
            wire,
            client,
            stream,
            shown,
            read,
            lost,
            next,
        };
        let place = Place::default();
        let open = Open { from: From::Now, dumps, lines: 0, place };
        let begun = world.source().open(&open, || dump::sequences(&world.guest)).expect("it begins");
        assert_eq!(begun.offset, world.written.len() as u64 - if dumps { 2 } else { 0 }, "before the character");
        let opened = Opened {
            console: 1,
            run: begun.run,
            offset: begun.offset,
            size: begun.size,
            charset: Charset::Utf8,
            keyboard: Keyboard::Xterm,
            room: 0,
        };
        world.outlet.opened(opened, begun.dump);
        world
    }

    fn source(&self) -> Source<'_> {
        Source {
            tail: &self.tail,
            sizes: &self.sizes,
            run: RUN,
            charset: Charmap::Utf8,
            keys: KeyTable::Xterm,
            unfinished: self.guest.unfinished(),
            is_over: false,
        }
    }

    /// The guest writes something, whole or cut.
    fn write(&mut self) {
        const WORDS: [&[u8]; 12] = [
            b"text ",
            b"\r\n",
            "h\u{e9}llo \u{6f22}\u{5b57}".as_bytes(),
            b"\x1b[1;32m",
            b"\x1b[m",
            b"\x1b[5;9Hthere",
            b"\x1b[K",
            b"\x1b]2;a title\x07",
            b"\x1b[2J\x1b[H",
            b"\x1b[?1049h",
            b"\x1b[?1049l",
            b"\x1b(0qqq\x1b(B",
        ];
        let burst = self.random.one_in(40);
        let count = if burst { self.random.index(CAPACITY / 5) } else { 1 + self.random.index(20) };
        let mut bytes: Vec<u8> = (0..count).flat_map(|_| self.random.pick(&WORDS).iter().copied()).collect();
        if self.random.one_in(3) {
            bytes.truncate(self.random.index(bytes.len()));
        }
        for piece in bytes.chunks(65_536) {
            self.guest.feed(piece);
            self.tail.push(piece);
        }
        self.written.extend_from_slice(&bytes);
    }

    fn resize(&mut self) {
        let size = GridSize::new(1 + self.random.below(60) as u16, 1 + self.random.below(20) as u16);
        self.guest.resize(size);
        self.sizes.push(self.tail.end(), size, &mut self.tail);
    }

    /// The server asks its console, and says what it may.
    fn serve(&mut self) {
        self.tail.keep(self.keeps.then(|| self.outlet.next()));
        let most = self.outlet.wants().min(READ_MAX);
        if most > 0 {
            let (next, size, unsure) = (self.outlet.next(), self.outlet.size(), self.outlet.is_unsure());
            let read = Read { next, size, most, dumps: self.dumps, unsure };
            match self.source().read(&read, || dump::sequences(&self.guest)) {
                None => {}
                Some(Piece::Bytes(bytes)) => self.outlet.bytes(bytes),
                Some(Piece::Size(size)) => self.outlet.resized(size),
                Some(Piece::Dump(dump)) => self.outlet.redrawn(dump),
                Some(Piece::Gap { length, size, dump }) => self.outlet.gap(length, size, dump),
                Some(other) => panic!("{other:?}"),
            }
        }
        if let Some(notice) = self.outlet.poll() {
            Notice::Stream(notice).encode(&mut Writer::new(&mut self.wire));
        }
    }

    /// Some of what was said arrives.
    fn hear(&mut self, most: usize) {
        let bytes: Vec<u8> = self.wire.drain(..most.min(self.wire.len())).collect();
        self.client.receive(&bytes);
        while let Some(event) = self.client.poll_event(Instant::now(), &mut |_| ()).expect("a server that keeps to it")
        {
            let ClientEvent::Stream { stream, event } = event else { panic!("{event:?}") };
            assert_eq!(stream, self.stream);
            self.take(event);
        }
    }

    fn take(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Opened(opened) => {
                self.shown.resize(opened.size);
                self.next = opened.offset;
            }
            StreamEvent::Data { offset, bytes } => {
                let from = offset as usize;
                assert!(self.written[from..from + bytes.0.len()] == bytes.0[..], "other bytes than were written");
                self.next = offset + bytes.0.len() as u64;
                self.read += bytes.0.len();
                self.shown.feed(&bytes.0);
            }
            StreamEvent::Dump { bytes, .. } => {
                self.read += bytes.0.len();
                self.shown.feed(&bytes.0);
            }
            StreamEvent::Gap { length, .. } => self.lost += length,
            StreamEvent::Size { size, .. } => self.shown.resize(size),
            other => panic!("{other:?}"),
        }
    }

    /// What was read is done with, and the server hears of it.
    fn allow(&mut self) {
        self.client.take_from_stream(self.stream, std::mem::take(&mut self.read));
        let mut slices = [IoSlice::new(&[]); 8];
        let filled = self.client.poll_transmit(&mut slices);
        let bytes: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect();
        self.client.advance(bytes.len());
        let (mut r, dialect) = (Reader::new(&bytes), Dialect { console: true, ..Dialect::default() });
        while let Some(said) = ClientMessage::decode(&mut r, dialect).expect("requests") {
            let ClientMessage::Console(Request::Stream(StreamRequest::Credit { bytes, .. })) = said else {
                panic!("{said:?}")
            };
            self.outlet.allow(bytes);
        }
    }

    fn until_quiet(&mut self) {
        for _ in 0..10_000 {
            self.serve();
            self.hear(usize::MAX);
            self.allow();
        }
    }
}

/// Whatever the pieces, the delays and the sizes: every byte comes once or is told to be missing, and once all is quiet the
/// client's screen is the console's.
#[test]
fn every_byte_comes_or_is_missed_aloud_and_the_screens_agree_in_the_end() {
    let mut lost = 0;
    for seed in 0..12 {
        let mut world = World::new(seed, seed % 4 != 0);
        for _ in 0..600 {
            match world.random.below(8) {
                0 | 1 => world.write(),
                2 if world.random.one_in(4) => world.resize(),
                3 => world.allow(),
                4 | 5 => {
                    let most = world.random.index(200_000);
                    world.hear(most);
                }
                _ => world.serve(),
            }
        }
        // What has begun ends.
        world.written.extend(b"\x1b\\\r\n$ ");
        world.guest.feed(b"\x1b\\\r\n$ ");
        world.tail.push(b"\x1b\\\r\n$ ");
        world.until_quiet();
        assert_eq!(world.next, world.written.len() as u64, "seed {seed}");
        if world.dumps {
            let (shown, guest) = (dump::sequences(&world.shown), dump::sequences(&world.guest));
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            assert!(shown == guest, "seed {seed}:\n{:?}\n{:?}", text(&shown), text(&guest));
        }
        lost += world.lost;
    }
    assert!(lost > CAPACITY as u64, "some have lagged");
}

/// Our own client with one stream.
struct Attached {
    viewer: Viewer,
    stream: u32,
    opened: Option<Opened>,
    dumps: Vec<u8>,
    bytes: Vec<u8>,
    gaps: Vec<(u64, u64)>,
    next: u64,
    size: Option<GridSize>,
    refused: Vec<(ConsoleRequest, String)>,
    closed: Option<bool>,
}

const NOW: Opening = Opening { console: 1, start: Start::Now, dumps: true, lines: 0, credit: 1 << 20 };

impl Attached {
    async fn to(running: &Running, opening: Opening) -> Self {
        let mut viewer = Viewer::connect(running, &[Encoding::RAW, Encoding::CONSOLE]).await;
        viewer.requests = false;
        viewer.until(|viewer| viewer.events.contains(&ClientEvent::Acknowledged(Encoding::CONSOLE))).await;
        let stream = viewer.conn.open_stream(opening).expect("it has streams");
        let (dumps, bytes, gaps, refused) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut attached =
            Self { viewer, stream, opened: None, dumps, bytes, gaps, next: 0, size: None, refused, closed: None };
        attached.until(|attached| attached.opened.is_some() || !attached.refused.is_empty()).await;
        attached
    }

    /// Moves bytes until `done`.
    async fn until(&mut self, done: impl Fn(&Self) -> bool) {
        within(async {
            loop {
                self.viewer.handle().expect("the server speaks RFB");
                self.take();
                self.viewer.write();
                if done(self) {
                    return;
                }
                self.viewer.wait_and_read(64 * 1024).await.expect("the server stays");
            }
        })
        .await;
    }

    fn take(&mut self) {
        for (stream, event) in self.viewer.take(|event| match event {
            ClientEvent::Stream { stream, event } => Some((*stream, event.clone())),
            _ => None,
        }) {
            assert_eq!(stream, self.stream);
            match event {
                StreamEvent::Opened(opened) => (self.opened, self.next) = (Some(opened), opened.offset),
                StreamEvent::Data { bytes: Bytes(bytes), offset } => {
                    self.viewer.conn.take_from_stream(stream, bytes.len());
                    self.next = offset + bytes.len() as u64;
                    self.bytes.extend(bytes);
                }
                StreamEvent::Dump { bytes: Bytes(bytes), .. } => {
                    self.viewer.conn.take_from_stream(stream, bytes.len());
                    self.dumps.extend(bytes);
                }
                StreamEvent::Gap { offset, length } => {
                    self.gaps.push((offset, length));
                    self.next = offset + length;
                }
                StreamEvent::Size { size, .. } => self.size = Some(size),
                StreamEvent::Refused { operation, reason } => self.refused.push((operation, reason)),
                StreamEvent::Closed { ended, .. } => self.closed = Some(ended),
                StreamEvent::Room => {}
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        assert_eq!(self.viewer.conn.write_to_stream(self.stream, bytes), bytes.len());
        self.viewer.write();
    }

    fn screen(&self) -> String {
        let mut terminal = Terminal::new(self.opened.expect("it is open").size, Options::default());
        terminal.feed(&self.dumps);
        terminal.feed(&self.bytes);
        dump::text(terminal.screen()).trim_end().to_owned()
    }
}

#[tokio::test]
async fn who_attaches_sees_the_screen_and_the_history_types_and_goes_on_where_it_was() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let lines: Vec<String> = (1..=60).map(|line| format!("line {line}")).collect();
    guest.print(lines.join("\r\n").as_bytes()).await;
    let mut one = Attached::to(&running, Opening { lines: 20, ..NOW }).await;
    one.until(|one| one.dumps.len() > 100 && one.screen().ends_with("line 60")).await;
    assert!(one.screen().starts_with("line 37\n"));
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
    terminal.feed(&one.dumps);
    assert_eq!(terminal.history().lines(), 20);
    one.write(b"ls\xff\r");
    assert_eq!(guest.read_until(b"\r").await, b"ls\xff\r", "as it was");
    guest.write(b"\r\nfiles \xff\x1b[").await;
    one.until(|one| one.bytes.ends_with(b"\x1b[")).await;
    assert_eq!(one.bytes, b"\r\nfiles \xff\x1b[");
    let (run, offset) = (one.opened.expect("open").run, one.next);
    drop(one);
    guest.print(b"1mmeanwhile").await;
    let again = Opening { start: Start::At { run, offset }, ..NOW };
    let mut two = Attached::to(&running, again).await;
    two.until(|two| two.bytes.ends_with(b"\x1b[5n")).await;
    assert_eq!((two.bytes.as_slice(), two.dumps.len()), (&b"1mmeanwhile\x1b[5n"[..], 0), "neither more nor less");
    let mut three = Attached::to(&running, Opening { start: Start::Oldest, ..NOW }).await;
    three.until(|three| three.next == two.next).await;
    assert!(three.bytes.windows(7).any(|bytes| bytes == b"line 1\r"));
    let other = Attached::to(&running, Opening { start: Start::At { run: run + 1, offset }, ..NOW }).await;
    assert_eq!(other.opened.expect("open").run, run, "and so it knows");
    let late = Attached::to(&running, Opening { start: Start::At { run, offset: u64::MAX }, ..NOW }).await;
    assert_eq!(late.refused[0].0, ConsoleRequest::OPEN);
    within(running.stop()).await;
}

#[tokio::test]
async fn queries_are_answered_once_however_many_are_attached() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let mut attached = Vec::new();
    for _ in 0..5 {
        attached.push(Attached::to(&running, NOW).await);
    }
    guest.write(b"\x1b[c\x1b[6n").await;
    for one in &mut attached {
        one.until(|one| one.bytes.ends_with(b"\x1b[6n")).await;
    }
    attached[0].write(b"!");
    let answers = guest.read_until(b"!").await;
    let count = answers.windows(3).filter(|bytes| bytes == b"\x1b[?" || bytes == b"1R!" || bytes == b";1R").count();
    assert!(answers.ends_with(b"\x1b[1;1R!") && count == 3, "{:?}", String::from_utf8_lossy(&answers));
    within(running.stop()).await;
}

#[tokio::test]
async fn who_may_not_write_reads_and_its_room_comes_back() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| config.writers = Writers::One).await;
    let mut one = Attached::to(&running, NOW).await;
    let room = one.viewer.conn.room_on_stream(one.stream);
    for _ in 0..4 {
        one.write(&vec![b'x'; room / 2]);
        let before = one.refused.len();
        one.until(|one| one.refused.len() > before).await;
        assert_eq!(one.refused[before].0, ConsoleRequest::INPUT);
    }
    one.viewer.conn.resize_stream(one.stream, GridSize::new(100, 30));
    one.until(|one| one.refused.last().is_some_and(|(operation, _)| *operation == ConsoleRequest::RESIZE)).await;
    one.viewer.conn.ask_console(&Request::Take { force: false });
    one.write(b"mine");
    assert_eq!(guest.read_until(b"mine").await, b"mine");
    one.viewer.conn.resize_stream(one.stream, GridSize::new(100, 30));
    one.until(|one| one.size == Some(GridSize::new(100, 30)) && !one.dumps.is_empty()).await;
    within(running.stop()).await;
}

#[tokio::test]
async fn a_slow_reader_misses_what_it_is_told_and_holds_nobody_up() {
    const CREDIT: u32 = 10_000;
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let mut slow = Attached::to(&running, Opening { credit: CREDIT, ..NOW }).await;
    slow.until(|slow| !slow.dumps.is_empty()).await;
    let mut stream = Vec::new();
    while stream.len() < READ_CAPACITY + CAPACITY {
        stream.extend(format!("line {}\r\n", stream.len()).as_bytes());
    }
    // Nobody reads the slow one meanwhile.
    guest.print(&stream).await;
    stream.extend(b"\x1b[5n");
    let begun = slow.opened.expect("open").offset;
    slow.until(|slow| slow.next == begun + stream.len() as u64).await;
    assert!(!slow.gaps.is_empty() && slow.bytes.len() < stream.len());
    let mut rest = stream.as_slice();
    let mut told = slow.bytes.as_slice();
    let mut at = begun;
    for (offset, length) in &slow.gaps {
        let exact = (offset - at) as usize;
        assert!(told[..exact] == rest[..exact]);
        (told, rest, at) = (&told[exact..], &rest[exact + *length as usize..], offset + length);
    }
    assert!(told == rest, "exact bytes again");
    within(running.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_only_command_has_ended_who_reads_has_all_it_wrote_before_the_server_goes() {
    const NUMBERS: usize = 150_000;
    let script = format!("read go; seq 1 {NUMBERS}");
    let command = CommandLine::new("/bin/sh", ["-c".into(), script.into()]);
    let mut running = Running::start(config(vec![Endpoint::Command(command)])).expect("starts");
    let mut attached = Attached::to(&running, NOW).await;
    let server = tokio::spawn(async move {
        let status = running.ended().await;
        running.stop().await;
        status
    });
    attached.write(b"\r");
    attached.until(|attached| attached.closed.is_some()).await;
    assert_eq!((attached.closed, attached.gaps.len()), (Some(true), 0));
    let written: String = (1..=NUMBERS).map(|number| format!("{number}\r\n")).collect();
    assert!(attached.bytes.ends_with(written.as_bytes()));
    // The server waits until it has heard that, and goes.
    drop(attached);
    assert!(within(server).await.expect("it stops").is_success());
}

#[tokio::test]
async fn coming_and_going_during_output_leaves_nothing_behind() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let mut viewer = Attached::to(&running, NOW).await;
    for round in 0..1_000 {
        viewer.viewer.conn.close_stream(viewer.stream);
        if round % 10 == 0 {
            guest.write(b"some output \x1b[31m\r\n").await;
        }
        viewer.until(|viewer| viewer.closed == Some(false)).await;
        (viewer.closed, viewer.opened) = (None, None);
        viewer.stream = viewer.viewer.conn.open_stream(NOW).expect("the number of streams is not used up");
        viewer.until(|viewer| viewer.opened.is_some()).await;
    }
    viewer.write(b"$");
    assert_eq!(guest.read_until(b"$").await, b"$", "no stray byte");
    drop(viewer);
    within(running.stop()).await;
}

#[tokio::test]
async fn there_are_so_many_streams_and_each_has_its_own_number() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let mut one = Attached::to(&running, NOW).await;
    let twice = StreamRequest::Open { stream: one.stream, opening: NOW };
    one.viewer.conn.ask_console(&Request::Stream(twice));
    one.viewer.write();
    let gone = within(async {
        loop {
            if one.viewer.wait_and_read(1_024).await.is_err() {
                return true;
            }
        }
    });
    assert!(gone.await, "it is not to be trusted");
    let none = Attached::to(&running, Opening { console: 9, ..NOW }).await;
    assert_eq!(none.refused[0].0, ConsoleRequest::OPEN);
    within(running.stop()).await;
}
