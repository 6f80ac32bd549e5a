//! The property that matters: server and own viewer in memory, on a clock of their own. Pixels change, scroll and are
//! resized; bytes come late and in pieces; the viewer asks, stops asking, changes formats, encodings and sizes. When all is
//! quiet, its picture equals the frame.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::random::Random;
use vncterm::access::Method;
use vncterm::geometry::{Point, Rect, Size};
use vncterm::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Login};
use vncterm::rfb::decode::Drawing;
use vncterm::rfb::encode::{ENCODERS, EncodedUpdate, WireFormat, encode};
use vncterm::rfb::ext::desktop_size::{Reason, Status};
use vncterm::rfb::handshake::server::{Offer, SecurityPolicy};
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::picture::Picture;
use vncterm::rfb::pixel_format::PixelFormat;
use vncterm::rfb::plan::{View, plan};
use vncterm::rfb::server::{ServerConnection, ServerEvent, ServerSettings};
use vncterm::surface::{Frame, Pixel, PointerShape, Seq, Surface};

const TILE: Size = Size::new(8, 16);

const FORMATS: [PixelFormat; 9] = [
    PixelFormat::SERVER_DEFAULT,
    PixelFormat { red_shift: 0, blue_shift: 16, ..PixelFormat::SERVER_DEFAULT },
    PixelFormat { big_endian: true, ..PixelFormat::SERVER_DEFAULT },
    PixelFormat::RGB565,
    PixelFormat::BGR233,
    PixelFormat::RGB111,
    PixelFormat { big_endian: true, ..PixelFormat::RGB565 },
    PixelFormat::rgb(8, 8, [5, 6, 4], [5, 2, 0]),
    PixelFormat::COLOUR_MAP,
];

/// What is drawn: mostly two colours, as on consoles, sometimes many.
struct Scene {
    surface: Surface,
    frame: Arc<Frame>,
}

impl Scene {
    fn new(size: Size) -> Self {
        let mut surface = Surface::new(size, TILE, 0x0010_2030);
        let frame = surface.publish();
        Self { surface, frame }
    }

    fn change(&mut self, random: &mut Random) {
        let size = self.surface.size();
        match random.below(13) {
            0..5 => self.glyph(random),
            5..8 => {
                let rows = size.height / TILE.height;
                let top = random.below(rows.max(1));
                let bottom = top + 1 + random.below(rows.max(1) - top);
                let up = random.below(5) as i32 - 2;
                self.surface.scroll(top..bottom.min(rows.max(1)), up);
            }
            8 => {
                let (x, y) = (random.below(size.width), random.below(size.height));
                let rect = Rect::new(x, y, 1 + random.below(size.width - x), 1 + random.below(size.height - y));
                self.surface.fill(rect, random.next() as u32 & 0x00ff_ffff);
            }
            9 => {
                let y = random.below(size.height);
                let rect = Rect::new(0, y, size.width, 1 + random.below(size.height - y));
                for row in self.surface.rows_mut(rect) {
                    row.iter_mut().for_each(|pixel| *pixel = random.next() as u32 & 0x00ff_ffff);
                }
            }
            10 => self.words(random),
            11 => {
                let shape = |random: &mut Random| {
                    let size = Size::new(1 + random.below(12), 1 + random.below(12));
                    let pixels = (0..size.area()).map(|_| random.choose(&[0xff00_0000, 0xffff_ffff, 0])).collect();
                    Arc::new(PointerShape { size, hotspot: Point::default(), pixels })
                };
                self.surface.set_pointer((!random.one_in(3)).then(|| shape(random)));
            }
            _ => {}
        }
    }

    fn glyph(&mut self, random: &mut Random) {
        let size = self.surface.size();
        let (x, y) = (random.below(size.width), random.below(size.height));
        let cell = Rect::new(x / TILE.width * TILE.width, y / TILE.height * TILE.height, TILE.width, TILE.height);
        let colours = [random.choose(&[0x00ff_ffff, 0x0000_ff00]), 0x0010_2030];
        for row in self.surface.rows_mut(cell.intersection(size.rect())) {
            row.iter_mut().for_each(|pixel| *pixel = random.choose(&colours));
        }
    }

    /// The same few words, here and there: what the client has already may be copied.
    fn words(&mut self, random: &mut Random) {
        let size = self.surface.size();
        let (columns, rows) = (size.width / TILE.width, size.height / TILE.height);
        let (mut column, row) = (random.below(columns), random.below(rows));
        while column < columns && !random.one_in(4) {
            let word = random.below(5);
            for letter in (0..4 + word).take_while(|letter| column + letter < columns) {
                let mut shape = Random(u64::from(word << 8 | letter));
                let x = (column + letter) * TILE.width;
                for pixels in self.surface.rows_mut(Rect::new(x, row * TILE.height, TILE.width, TILE.height)) {
                    pixels.iter_mut().for_each(|pixel| *pixel = shape.choose(&[0x00ff_ffff, 0x0010_2030]));
                }
            }
            column += 5 + word;
        }
    }

    fn resize(&mut self, size: Size) {
        if size != self.surface.size() {
            self.surface.resize(size, TILE, 0x0030_2010);
        }
    }
}

/// Bytes on their way: the kernel's buffers and the network.
#[derive(Default)]
struct Pipe(VecDeque<u8>);

impl Pipe {
    const ROOM: usize = 6_000;

    /// Takes from the writer what there is room for, at most `count` bytes.
    fn write(&mut self, slices: &[IoSlice<'_>], count: usize) -> usize {
        let room = count.min(Self::ROOM.saturating_sub(self.0.len()));
        let before = self.0.len();
        self.0.extend(slices.iter().flat_map(|slice| slice.iter().copied()).take(room));
        self.0.len() - before
    }

    fn read(&mut self, count: usize) -> Vec<u8> {
        self.0.drain(..count.min(self.0.len())).collect()
    }
}

/// What the viewer can do.
#[derive(Clone, Copy)]
struct Habits {
    resizable: bool,
    fences: bool,
    continuous: bool,
    copy_rect: bool,
}

impl Habits {
    fn encodings(self, first: Encoding) -> Vec<Encoding> {
        let mut list = vec![first];
        list.extend(ClientSettings::all_encodings().into_iter().filter(|encoding| match *encoding {
            Encoding::DESKTOP_SIZE | Encoding::EXTENDED_DESKTOP_SIZE => self.resizable,
            Encoding::FENCE => self.fences,
            Encoding::CONTINUOUS_UPDATES => self.continuous,
            Encoding::COPY_RECT => self.copy_rect,
            _ => true,
        }));
        list
    }
}

struct Pair {
    random: Random,
    now: Instant,
    scene: Scene,
    server: ServerConnection,
    seen: Seq,
    reason: Reason,
    /// Made, and not sent yet: encoding takes its time.
    made: Option<(EncodedUpdate, WireFormat, Seq)>,
    down: Pipe,
    up: Pipe,
    client: ClientConnection,
    picture: Picture,
    habits: Habits,
    format: PixelFormat,
    /// A request was sent, and no pixels came since.
    asked: bool,
    /// The viewer asks no more for a while.
    paused: bool,
    continuous: bool,
    pointer: Option<PointerShape>,
    name: String,
    told_name: String,
    updates: u32,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let size = Size::new(100 + random.below(80), 70 + random.below(60));
        let fences = !random.one_in(3);
        let habits = Habits {
            resizable: !random.one_in(4),
            fences,
            // Nobody knows without fences where a change of format takes effect.
            continuous: fences && !random.one_in(3),
            copy_rect: !random.one_in(4),
        };
        let first = random.choose(&ENCODERS.iter().map(|encoder| encoder.encoding).collect::<Vec<_>>());
        let format = random.choose(&FORMATS);
        let now = Instant::now();
        let security = SecurityPolicy::Offer(Offer::without_challenge(&[Method::None]));
        let settings = ClientSettings {
            shared: true,
            login: Login::default(),
            pixel_format: Some(format),
            encodings: habits.encodings(first),
            size_max: Size::new(400, 400),
        };
        Self {
            random,
            now,
            scene: Scene::new(size),
            server: ServerConnection::new(ServerSettings { name: "pair".into(), size, security }, now),
            seen: Seq::NONE,
            reason: Reason::Server,
            made: None,
            down: Pipe::default(),
            up: Pipe::default(),
            client: ClientConnection::new(settings, now),
            picture: Picture::default(),
            habits,
            format,
            asked: false,
            paused: false,
            continuous: false,
            pointer: None,
            name: "pair".into(),
            told_name: "pair".into(),
            updates: 0,
        }
    }

    /// One turn of everything; `busy`: things change, and bytes come as they like.
    fn turn(&mut self, busy: bool) {
        self.now += Duration::from_millis(u64::from(self.random.below(30)));
        if busy {
            self.change();
        }
        self.server_turn(busy);
        let count = if busy { self.random.below(3_000) as usize } else { usize::MAX };
        let mut slices = [IoSlice::new(&[]); 4];
        let filled = self.server.poll_transmit(&mut slices);
        let written = self.down.write(&slices[..filled], count);
        self.server.advance(written);
        let count = if busy { self.random.below(4_000) as usize } else { usize::MAX };
        let bytes = self.down.read(count);
        self.client.receive(&bytes);
        self.client_turn(busy);
        let mut slices = [IoSlice::new(&[]); 4];
        let filled = self.client.poll_transmit(&mut slices);
        let written = self.up.write(&slices[..filled], usize::MAX);
        self.client.advance(written);
        let count = if busy { self.random.below(200) as usize } else { usize::MAX };
        let bytes = self.up.read(count);
        self.server.receive(&bytes);
    }

    fn change(&mut self) {
        let random = &mut self.random;
        for _ in 0..random.below(4) {
            self.scene.change(random);
        }
        if random.one_in(40) {
            self.scene.resize(Size::new(40 + random.below(200), 40 + random.below(150)));
            self.reason = Reason::Server;
        }
        if random.one_in(10) {
            self.name = format!("pair {}", random.below(1_000));
            self.server.send_name(self.name.as_str().into());
        }
        if random.one_in(20) {
            self.server.send_bell();
        }
    }

    /// What the task of a viewer does.
    fn server_turn(&mut self, busy: bool) {
        while let Some(event) = self.server.poll_event(self.now).expect("our own viewer behaves") {
            if let ServerEvent::SetDesktopSize(size) = event {
                if self.random.one_in(3) {
                    self.server.refuse_resize(Status::Prohibited);
                } else {
                    self.scene.resize(size);
                    self.reason = Reason::OtherClient;
                }
            }
        }
        if let Some((update, format, seq)) = self.made.take() {
            if busy && self.random.one_in(3) {
                self.made = Some((update, format, seq));
            } else if self.server.send_update(&update, &format, self.now) {
                self.seen = seq;
            }
            return;
        }
        let Some(wanted) = self.server.update_wanted() else { return };
        self.scene.frame = self.scene.surface.publish();
        let frame = Arc::clone(&self.scene.frame);
        self.server.send_pointer(frame.pointer().cloned());
        let picture = self.server.size();
        if picture == frame.size() {
            self.server.set_view(None);
        } else if self.server.send_resize(frame.size(), self.reason) {
            return self.server.set_view(None);
        } else {
            self.server.set_view(Some(view(picture, frame.size())));
        }
        let seen = if wanted.full { Seq::NONE } else { self.seen };
        let seen = self.server.fit_colours(&frame, seen);
        let Some(format) = self.server.wire_format().cloned().filter(|_| seen < frame.seq()) else { return };
        let plan = plan(&frame, seen, &format);
        if plan.is_empty() {
            self.seen = frame.seq();
            return;
        }
        self.made = Some((encode(&frame, &plan, &format), format, frame.seq()));
    }

    /// What a viewer does.
    fn client_turn(&mut self, busy: bool) {
        let picture = &mut self.picture;
        while let Some(event) = {
            let paint = &mut |drawing: Drawing<'_>| picture.draw(&drawing);
            self.client.poll_event(self.now, paint).expect("our own server behaves")
        } {
            picture.follow(&event);
            match event {
                ClientEvent::Ready(_) => {
                    self.client.request_update(false, None);
                    self.asked = true;
                }
                ClientEvent::Updated { pixels } => {
                    self.asked &= !pixels;
                    self.updates += u32::from(pixels);
                }
                ClientEvent::Resized(_) if self.continuous => self.client.enable_continuous_updates(true),
                ClientEvent::EndOfContinuousUpdates if !self.paused => {
                    self.continuous = true;
                    self.client.enable_continuous_updates(true);
                }
                ClientEvent::Pointer(shape) => self.pointer = shape,
                ClientEvent::Name(name) => self.told_name = name,
                _ => {}
            }
        }
        if self.client.size().is_none() {
            return;
        }
        if !busy {
            self.paused = false;
        } else if self.random.one_in(15) {
            self.paused = !self.paused;
            if self.paused && self.continuous {
                self.continuous = false;
                self.client.enable_continuous_updates(false);
            }
        }
        if !self.asked && !self.paused && !self.continuous {
            let incremental = !busy || !self.random.one_in(10);
            self.client.request_update(incremental, None);
            self.asked = true;
        }
        if busy {
            self.wishes();
        }
    }

    fn wishes(&mut self) {
        let random = &mut self.random;
        if random.one_in(30) && (!self.asked || self.habits.fences) {
            self.client.request_update(false, None);
            self.asked = true;
        }
        if random.one_in(40) && (!self.asked || self.habits.fences) {
            self.format = random.choose(&FORMATS);
            self.client.set_pixel_format(self.format);
            self.asked = true;
        }
        if random.one_in(40) {
            let first = random.choose(&ENCODERS.iter().map(|encoder| encoder.encoding).collect::<Vec<_>>());
            self.client.set_encodings(&self.habits.encodings(first));
        }
        if random.one_in(40) && self.habits.resizable {
            let size = Size::new(150 + random.below(100), 40 + random.below(100));
            self.client.set_desktop_size(size);
        }
    }

    /// Everything arrives, and nothing changes any more.
    fn settle(&mut self) {
        for _ in 0..400 {
            self.turn(false);
        }
        assert_eq!((self.server.queued(), self.down.0.len(), self.up.0.len()), (0, 0, 0), "it never becomes quiet");
    }

    fn compare(&mut self, what: &str) {
        let frame = self.scene.surface.publish();
        let picture = &self.picture;
        if self.habits.resizable {
            assert_eq!(picture.size(), frame.size(), "{what}");
        }
        let coder = self.server.wire_format().expect("it is ready").pixel();
        let view = (picture.size() != frame.size()).then(|| view(picture.size(), frame.size()));
        for y in 0..picture.size().height {
            let expected: Vec<Pixel> =
                (0..picture.size().width).map(|x| coder.shown(seen_at(&frame, view, x, y))).collect();
            let shown: Vec<Pixel> = picture.row(y).iter().map(|pixel| coder.shown(*pixel)).collect();
            assert!(shown == expected, "{what}: row {y} of {} differs", picture.size());
        }
        assert_eq!(self.pointer.is_some(), frame.pointer().is_some(), "{what}: the pointer");
        assert_eq!(self.told_name, self.name, "{what}");
    }
}

/// The same for the test as for the server.
fn view(picture: Size, _frame: Size) -> View {
    View { picture, crop: Point { x: 3, y: 2 }, offset: Point { x: 1, y: 5 } }
}

/// The colour of one pixel of the client's picture.
fn seen_at(frame: &Frame, view: Option<View>, x: u32, y: u32) -> Pixel {
    let Some(view) = view else { return frame.row(y)[x as usize] };
    let place =
        |at: u32, offset: u32, crop: u32, end: u32| at.checked_sub(offset).map(|at| at + crop).filter(|at| *at < end);
    let found = place(x, view.offset.x, view.crop.x, frame.size().width).zip(place(
        y,
        view.offset.y,
        view.crop.y,
        frame.size().height,
    ));
    found.map_or(0, |(x, y)| frame.row(y)[x as usize])
}

#[test]
fn when_all_is_quiet_the_viewers_picture_equals_the_frame() {
    let mut updates = 0;
    for seed in 0..30 {
        let mut pair = Pair::new(seed);
        for round in 0..4 {
            for _ in 0..120 {
                pair.turn(true);
            }
            pair.settle();
            pair.compare(&format!("seed {seed}, round {round}"));
        }
        updates += pair.updates;
    }
    assert!(updates > 500, "only {updates} updates");
}

#[test]
fn a_quiet_pair_sends_nothing_and_sets_no_timer() {
    let mut pair = Pair::new(7);
    (0..50).for_each(|_| pair.turn(true));
    pair.settle();
    let updates = pair.updates;
    assert_eq!(pair.server.poll_timeout(), None);
    assert_eq!(pair.client.poll_timeout(), None);
    pair.settle();
    assert_eq!(pair.updates, updates);
}
