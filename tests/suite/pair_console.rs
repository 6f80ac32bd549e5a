//! The property that matters: consoles, server and our own viewers under random output, random chunks, lag, resizes,
//! VT switches, encodings and formats. When all is quiet, every viewer's picture is its console's frame.

use std::collections::HashSet;
use std::time::Duration;

use super::own_viewer::{Guest, Viewer, display, serve, within};
use super::random::Random;
use vncterm::config::Resize;
use vncterm::geometry::Size;
use vncterm::input::{Keysym, PointerEvent};
use vncterm::rfb::client::{ClientEvent, ClientSettings};
use vncterm::rfb::encode::ENCODERS;
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::pixel_format::PixelFormat;
use vncterm::run::Running;
use vncterm::surface::{Frame, Pixel};

/// What guests write, in pieces cut anywhere.
const OUTPUT: &[&str] = &[
    "some words and ",
    "\r\n",
    "\r\n\r\n\r\nthree lines up\r\n",
    "\x1b[31mred \x1b[1;42mbold on green\x1b[0m ",
    "\x1b[H",
    "\x1b[2J",
    "\x1b[10;30H",
    "\x1b[5;15r\x1b[15;1H\n\n\n\x1b[r",
    "\x1b[5;1H\x1b[3L",
    "\x1b[8;1H\x1b[2M",
    "\x1b[3;5H\x1b[4@",
    "\x1b[K",
    "\x1b[7m reverse \x1b[27m",
    "\x1b[?1049h on another screen ",
    "\x1b[?1049l",
    "\x1b[?25l",
    "\x1b[?25h",
    "\x1b[?5h",
    "\x1b[?5l",
    "\x1b]2;title\x07",
    "\x07",
    "漢字かな",
    "e\u{301}a\u{308}",
    "\x1b(0lqqqk\x1b(B",
    "\x1b[4mline \x1b[4:3mwave\x1b[24m",
    "\x1b]4;1;rgb:12/80/ff\x07",
    "\x1bc",
    "\x1b[500;500HX\x1bM\x1bM",
    "\x1b[1;1H\x1bM\x1bM\x1bMtop ",
];

/// One viewer and what it should see.
struct Seat {
    viewer: Viewer,
    vt: u8,
    format: PixelFormat,
    /// Only with them can a client know from where on pixels have another format.
    fences: bool,
    continuous: bool,
    /// Clicks so far, each at another place: two at one place would mark a word.
    clicks: u32,
}

/// What viewers list: with all extensions, none, and some; and each encoding alone.
fn lists() -> Vec<Vec<Encoding>> {
    let alone = ENCODERS.iter().map(|encoder| vec![encoder.encoding, Encoding::COPY_RECT, Encoding::DESKTOP_SIZE]);
    let mut lists = vec![
        ClientSettings::all_encodings(),
        vec![Encoding::RAW],
        vec![Encoding::ZRLE, Encoding::FENCE, Encoding::DESKTOP_SIZE],
        vec![Encoding::HEXTILE, Encoding::FENCE, Encoding::CONTINUOUS_UPDATES],
        vec![
            Encoding::TIGHT,
            Encoding::LAST_RECT,
            Encoding::EXTENDED_DESKTOP_SIZE,
            Encoding::FENCE,
            Encoding::CONTINUOUS_UPDATES,
        ],
        vec![Encoding::COPY_RECT, Encoding::TIGHT],
        vec![Encoding::COPY_RECT, Encoding::RAW, Encoding::EXTENDED_DESKTOP_SIZE],
    ];
    lists.extend(alone);
    lists
}

const FORMATS: &[PixelFormat] = &[
    PixelFormat::SERVER_DEFAULT,
    PixelFormat::RGB565,
    PixelFormat::BGR233,
    PixelFormat::RGB222,
    PixelFormat { big_endian: true, ..PixelFormat::SERVER_DEFAULT },
    PixelFormat::COLOUR_MAP,
];

/// With so many colours at most, a picture is exact whatever came before.
const FEW_COLOURS: usize = 192;

impl Seat {
    async fn take(running: &Running, random: &mut Random) -> Self {
        let lists = lists();
        let list = random.pick(&lists);
        let format = *random.pick(FORMATS);
        let mut viewer = Viewer::connect_with(running, list, Some(format)).await;
        viewer.until(Viewer::is_in).await;
        Self { viewer, vt: 1, format, fences: list.contains(&Encoding::FENCE), continuous: false, clicks: 0 }
    }

    /// Reads a few bytes, if there are any, and writes.
    fn pump(&mut self, most: usize) {
        self.viewer.read(most).expect("the server stays");
        self.viewer.handle().expect("the server speaks RFB");
        if self.viewer.events.contains(&ClientEvent::EndOfContinuousUpdates) && !self.continuous {
            self.continuous = true;
            self.viewer.conn.enable_continuous_updates(true);
        }
        self.viewer.events.clear();
        self.viewer.write();
    }

    fn act(&mut self, random: &mut Random) {
        match random.index(11) {
            0 => {
                self.vt = 3 - self.vt;
                self.viewer.switch(self.vt);
            }
            1 => {
                let size = Size::new(160 + random.index(900) as u32, 48 + random.index(700) as u32);
                self.viewer.conn.set_desktop_size(size);
            }
            2 => {
                let lists = lists();
                let list: &Vec<Encoding> = random.pick(&lists);
                self.viewer.conn.set_encodings(list);
            }
            3 if self.fences => {
                self.format = *random.pick(FORMATS);
                self.viewer.conn.set_pixel_format(self.format);
            }
            4 => self.viewer.conn.request_update(false, None),
            5 => self.viewer.type_text("key\r"),
            6 => {
                let (x, y) = (random.index(700) as u32, random.index(500) as u32);
                self.viewer.conn.send_pointer(PointerEvent { x, y, buttons: random.index(8) as u16 });
            }
            7 => {
                let (x, y) = (random.index(700) as u32, random.index(500) as u32);
                // The wheel, up or down.
                for buttons in [8 << random.index(2), 0] {
                    self.viewer.conn.send_pointer(PointerEvent { x, y, buttons });
                }
            }
            8 => {
                let key = *random.pick(&[Keysym::PAGE_UP, Keysym::PAGE_DOWN, Keysym::HOME, Keysym::END]);
                self.viewer.press(&[Keysym::SHIFT_L, key]);
            }
            9 => {
                self.viewer.press(&[Keysym::CONTROL_L, Keysym::SHIFT_L, Keysym(0x46)]);
                let query: &&str = random.pick(&["words", "e", "X\r"]);
                self.viewer.type_text(query);
            }
            _ => self.viewer.conn.send_cut_text(b"text"),
        }
        self.viewer.write();
    }

    /// Leaves its own view, whatever that is: a search, lines further up, what it has marked.
    fn return_to_the_screen(&mut self) {
        self.viewer.press(&[Keysym::ESCAPE]);
        self.viewer.press(&[Keysym::SHIFT_L, Keysym::END]);
        self.clicks += 1;
        for buttons in [0, 1, 0] {
            self.viewer.conn.send_pointer(PointerEvent { x: self.clicks * 20 % 700, y: 5, buttons });
        }
        self.viewer.write();
    }

    /// Whether it shows this frame: in the middle of its picture; or of a larger frame the left and the bottom.
    fn shows(&self, frame: &Frame) -> bool {
        let picture = self.viewer.picture();
        let (ours, theirs) = (picture.size(), frame.size());
        let middle = |ours: u32, theirs: u32| ours.saturating_sub(theirs) / 2;
        let (left, top) = (middle(ours.width, theirs.width), middle(ours.height, theirs.height));
        let above = theirs.height.saturating_sub(ours.height);
        let may_differ = !self.format.true_colour && {
            let colours: HashSet<&Pixel> = (0..theirs.height).flat_map(|y| frame.row(y)).collect();
            colours.len() > FEW_COLOURS
        };
        let expected = |x: u32, y: u32| -> Pixel {
            let covered = (left..left + theirs.width).contains(&x) && (top..top + theirs.height).contains(&y);
            if covered { frame.row(y - top + above)[(x - left) as usize] } else { 0 }
        };
        (0..ours.height).all(|y| {
            let row = picture.row(y);
            row.len() == ours.width as usize
                && (0..).zip(row).all(|(x, pixel)| {
                    let expected = expected(x, y);
                    let exact = if self.format.true_colour { self.format.shown(expected) } else { expected };
                    *pixel == exact || may_differ && near(*pixel, expected)
                })
        })
    }
}

/// As near as 256 colours come to any: half a step of a cube, or more in blue where that makes up for red and green.
fn near(a: Pixel, b: Pixel) -> bool {
    a.to_be_bytes().iter().zip(b.to_be_bytes()).all(|(a, b)| a.abs_diff(b) <= 70)
}

/// Pumps until each viewer shows what it looks at, and what that shows is how things are.
async fn until_all_is_quiet(running: &Running, guests: &[Guest], seats: &mut [Seat], seed: u64) {
    for guest in guests {
        guest.write(b"\x1b[5n").await;
        guest.read_until(b"\x1b[0n").await;
    }
    seats.iter_mut().for_each(Seat::return_to_the_screen);
    let quiet = async {
        loop {
            let mut all = true;
            for seat in seats.iter_mut() {
                seat.pump(1 << 16);
                let shown = display(running, seat.vt).peek();
                all &= !shown.stale && seat.shows(&shown.frame);
            }
            if all {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(20), quiet).await.is_err() {
        for (number, seat) in seats.iter().enumerate() {
            let shown = display(running, seat.vt).peek();
            let (right, picture) = (seat.shows(&shown.frame), seat.viewer.picture().size());
            eprintln!("viewer {number} at VT {}: {right}, {picture:?} of {}", seat.vt, shown.frame.size());
        }
        panic!("seed {seed}: all is quiet, and not every picture is right");
    }
}

async fn play(seed: u64) {
    let mut random = Random(seed);
    let guests = [Guest::new(), Guest::new()];
    let running = serve(&[&guests[0], &guests[1]], |config| config.resize = Resize::Any).await;
    let mut seats = Vec::new();
    for _ in 0..4 {
        seats.push(Seat::take(&running, &mut random).await);
    }
    for step in 0..300 {
        match random.index(10) {
            0..4 => {
                let count = if random.index(8) == 0 { 200 } else { 1 + random.index(6) };
                let text: String = (0..count).map(|_| *random.pick(OUTPUT)).collect();
                let bytes = text.as_bytes();
                let (first, second) = bytes.split_at(random.index(bytes.len()));
                let guest = random.pick(&guests);
                guest.write(first).await;
                tokio::task::yield_now().await;
                guest.write(second).await;
            }
            4..8 => {
                // The others lag.
                let seat = random.index(seats.len());
                let most = *random.pick(&[1, 7, 50, 1_000, 20_000]);
                seats[seat].pump(most);
            }
            8 => {
                let seat = random.index(seats.len());
                seats[seat].act(&mut random);
            }
            _ => {
                for _ in 0..random.index(300) {
                    tokio::task::yield_now().await;
                }
            }
        }
        tokio::task::yield_now().await;
        if step % 100 == 99 {
            until_all_is_quiet(&running, &guests, &mut seats, seed).await;
            let seat = random.index(seats.len());
            seats[seat] = Seat::take(&running, &mut random).await;
        }
    }
    until_all_is_quiet(&running, &guests, &mut seats, seed).await;
    within(running.stop()).await;
}

#[tokio::test]
async fn when_all_is_quiet_every_viewer_has_the_picture() {
    for seed in 0..3 {
        play(seed).await;
    }
}
