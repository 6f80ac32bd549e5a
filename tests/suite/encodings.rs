//! The properties of the encodings: what is encoded is decoded to the same pixels, for every encoder and format, over
//! streams that go on for many updates and with viewers that join late; and no bytes whatever harm a decoder.

use std::sync::Arc;

use vncterm::geometry::{Point, Rect, Size};
use vncterm::rfb::colour_map::{ColourMap, Fit};
use vncterm::rfb::decode::{Decoders, Drawing, Progress};
use vncterm::rfb::encode::{ENCODERS, EncodedUpdate, WireFormat, ZlibStreams, encode};
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::out::OutQueue;
use vncterm::rfb::pixel_format::PixelFormat;
use vncterm::rfb::plan::{View, plan};
use vncterm::rfb::wire::{Malformed, Reader};
use vncterm::surface::{Frame, Pixel, Seq, Surface};

use super::random::Random;

const CELL: Size = Size::new(9, 18);

/// A rectangle somewhere within `within`, never empty.
pub fn rect(random: &mut Random, within: Size) -> Rect {
    let (x, y) = (random.below(within.width), random.below(within.height));
    Rect::new(x, y, 1 + random.below(within.width - x), 1 + random.below(within.height - y))
}

/// Any colour.
fn color(random: &mut Random) -> Pixel {
    random.below(0x100_0000)
}

/// All formats that the first viewers use, in both byte orders, and some that none should.
pub fn formats() -> Vec<PixelFormat> {
    let little = [
        PixelFormat::SERVER_DEFAULT,
        PixelFormat { red_shift: 0, blue_shift: 16, ..PixelFormat::SERVER_DEFAULT },
        PixelFormat { red_shift: 24, green_shift: 16, blue_shift: 8, ..PixelFormat::SERVER_DEFAULT },
        PixelFormat { depth: 32, ..PixelFormat::SERVER_DEFAULT },
        PixelFormat::rgb(32, 30, [1023, 1023, 1023], [20, 10, 0]),
        PixelFormat::RGB565,
        PixelFormat::rgb(16, 15, [31, 31, 31], [10, 5, 0]),
        PixelFormat::BGR233,
        PixelFormat::RGB222,
        PixelFormat::RGB111,
        PixelFormat::rgb(8, 8, [5, 6, 2], [5, 2, 0]),
        // Maxima as RealVNC's, elsewhere; and of one bit at both ends.
        PixelFormat::rgb(8, 8, [3, 3, 3], [5, 1, 3]),
        PixelFormat::rgb(16, 3, [1, 1, 1], [15, 0, 7]),
        PixelFormat::rgb(32, 32, [2047, 1000, 1], [21, 5, 0]),
        PixelFormat::COLOUR_MAP,
    ];
    little.into_iter().flat_map(|format| [format, PixelFormat { big_endian: true, ..format }]).collect()
}

/// Ways to fill a rectangle, by number.
const KINDS: u32 = 6;

/// Fills a rectangle with something that looks like `kind`.
fn draw(surface: &mut Surface, rect: Rect, kind: u32, random: &mut Random) {
    let colors: Vec<Pixel> = (0..2 + random.below(40)).map(|_| color(random)).collect();
    let mut here = colors[0];
    for (y, row) in (rect.y..).zip(surface.rows_mut(rect)) {
        for (x, pixel) in (rect.x..).zip(row) {
            *pixel = match kind {
                0 => colors[0],
                // Glyphs of two colours, in cells.
                1 => {
                    let glyph = (x / CELL.width * 7 + y / CELL.height * 3) % 11;
                    let ink = (glyph.wrapping_mul(0x9e37_79b9) >> (x % 9 + y % 18)) & 1;
                    colors[ink as usize]
                }
                2 => color(random),
                3 => (x * 3 % 256) << 16 | (y * 5 % 256) << 8 | ((x + y) % 256),
                4 => colors[random.below(colors.len() as u32) as usize],
                // Runs in many colours.
                _ => {
                    if random.below(40) == 0 {
                        here = color(random);
                    }
                    here
                }
            };
        }
    }
}

/// A client: its picture, its streams, and where in the display's history it is.
pub struct Viewer {
    pub format: WireFormat,
    size: Size,
    pub picture: Vec<Pixel>,
    decoders: Decoders,
    streams: ZlibStreams,
    pub seen: Seq,
}

impl Viewer {
    pub fn new(format: WireFormat, size: Size) -> Self {
        // What was never painted must show.
        let picture = vec![0xff00_00ff; size.area() as usize];
        let decoders = Decoders::new(format.pixel_format);
        let colour_map = (!format.pixel_format.true_colour).then(|| Arc::new(ColourMap::initial()));
        let format = WireFormat { colour_map, ..format };
        let mut streams = ZlibStreams::default();
        // Both ways of Tight's stream, with all levels but one each.
        streams.restart_tight(format.compression.is_multiple_of(2));
        Self { format, size, picture, decoders, streams, seen: Seq::NONE }
    }

    /// Takes an update as it would come over the wire, at most `step` new bytes at a time.
    pub fn take(&mut self, update: &EncodedUpdate, step: usize) -> Result<(), Malformed> {
        let mut out = OutQueue::new();
        update.write_for(&mut self.streams, &mut out);
        let bytes = out.to_vec();
        let mut header = Reader::new(&bytes);
        assert_eq!((header.u8(), header.skip(1)), (Some(0), Some(())));
        let mut at = 4;
        for _ in 0..header.u16().expect("a number of rectangles") {
            let mut header = Reader::new(&bytes[at..]);
            let mut number = || u32::from(header.u16().expect("a rectangle"));
            let rect = Rect::new(number(), number(), number(), number());
            let encoding = Encoding(header.i32().expect("its encoding"));
            let (own, copies) = (encoding == self.format.encoding, self.format.copy_rect);
            assert!(
                own || encoding == Encoding::RAW || copies && encoding == Encoding::COPY_RECT,
                "{encoding:?} was not listed"
            );
            self.decoders.begin(rect, encoding, self.size)?;
            at = self.rectangle(&bytes, at + 12, step)?;
        }
        assert_eq!(at, bytes.len(), "bytes after the last rectangle");
        Ok(())
    }

    fn rectangle(&mut self, bytes: &[u8], mut at: usize, step: usize) -> Result<usize, Malformed> {
        let (picture, size) = (&mut self.picture, self.size);
        let mut given = at;
        loop {
            given = bytes.len().min(given.saturating_add(step));
            match self.decoders.decode(&bytes[at..given], &mut |drawing| paint(picture, size, drawing))? {
                Progress::Done(taken) => return Ok(at + taken),
                Progress::Incomplete(taken) => {
                    assert!(given < bytes.len(), "the rectangle never ends");
                    at += taken;
                }
            }
        }
    }

    /// Comes from what it has seen to `frame`.
    pub fn follow(&mut self, frame: &Frame, step: usize) {
        self.fit_colours(frame);
        let update = encode(frame, &plan(frame, self.seen, &self.format), &self.format);
        self.take(&update, step).expect("our own bytes are right");
        self.seen = frame.seq();
    }

    /// As a connection does it.
    fn fit_colours(&mut self, frame: &Frame) {
        let Some(map) = &self.format.colour_map else { return };
        let plan = plan(frame, self.seen, &self.format);
        match map.fit(frame, plan.rects.iter().map(|rect| plan.shift.to_frame(*rect))) {
            Fit::Same => return,
            Fit::More(map) => self.format.colour_map = Some(Arc::new(map)),
            Fit::Other(map) => (self.format.colour_map, self.seen) = (Some(Arc::new(map)), Seq::NONE),
        }
        let map = self.format.colour_map.as_ref().expect("just set");
        let colours: Vec<[u16; 3]> =
            map.colours().iter().map(|c| [c >> 8, *c, c << 8].map(|c| c as u16 & 0xff00)).collect();
        self.decoders.set_colours(0, &colours);
    }

    #[track_caller]
    pub fn shows(&self, frame: &Frame) {
        let wanted: Vec<Pixel> = (0..self.size.height).flat_map(|y| frame.row(y)).copied().collect();
        let coder = self.format.pixel();
        let wanted: Vec<Pixel> = wanted.iter().map(|pixel| coder.shown(*pixel)).collect();
        let differs = self.picture.iter().zip(&wanted).position(|(a, b)| a != b);
        let place = differs.map(|at| (at as u32 % self.size.width, at as u32 / self.size.width));
        assert_eq!(place, None, "differs there, {:?}", self.format);
    }
}

fn paint(picture: &mut [Pixel], size: Size, drawing: Drawing<'_>) {
    let index = |x: u32, y: u32| (y * size.width + x) as usize;
    match drawing {
        Drawing::Pixels(rect, pixels) => {
            assert_eq!(pixels.len() as u64, rect.area());
            for (y, row) in (rect.y..).zip(pixels.chunks_exact(rect.width as usize)) {
                picture[index(rect.x, y)..][..row.len()].copy_from_slice(row);
            }
        }
        Drawing::Fill(rect, pixel) => {
            (rect.y..rect.bottom()).for_each(|y| picture[index(rect.x, y)..][..rect.width as usize].fill(pixel));
        }
        Drawing::Copy(rect, from) => {
            let old = picture.to_vec();
            for y in 0..rect.height {
                let source = &old[index(from.x, from.y + y)..][..rect.width as usize];
                picture[index(rect.x, rect.y + y)..][..rect.width as usize].copy_from_slice(source);
            }
        }
    }
}

fn wire_format(encoding: Encoding, pixel_format: PixelFormat) -> WireFormat {
    WireFormat { encoding, pixel_format, copy_rect: true, ..WireFormat::default() }
}

/// A picture with a change: pixels of one kind somewhere, or a scroll.
fn change(surface: &mut Surface, random: &mut Random) {
    let size = surface.size();
    if random.below(4) == 0 {
        surface.scroll(random.below(3)..6, random.below(5) as i32 - 2);
    }
    for _ in 0..random.below(3) {
        let rect = rect(random, size);
        draw(surface, rect, random.below(KINDS), random);
    }
}

#[test]
fn every_encoder_in_every_format_gives_the_picture_back() {
    let mut random = Random(1);
    let size = Size::new(150, 100);
    for encoder in ENCODERS {
        for pixel_format in formats() {
            let mut surface = Surface::new(size, CELL, 0x20_3040);
            let mut viewer = Viewer::new(wire_format(encoder.encoding, pixel_format), size);
            for kind in 0..KINDS {
                let rect = rect(&mut random, size);
                draw(&mut surface, rect, kind, &mut random);
                let frame = surface.publish();
                viewer.follow(&frame, usize::MAX);
                viewer.shows(&frame);
            }
        }
    }
}

#[test]
fn streams_go_on_over_many_updates_and_byte_by_byte() {
    for encoder in ENCODERS {
        for (seed, level) in (0..).zip([0, 2, 6]) {
            let mut random = Random(seed);
            let size = Size::new(130 + random.below(100), 70 + random.below(100));
            let mut surface = Surface::new(size, CELL, 0);
            let mut format = wire_format(encoder.encoding, PixelFormat::SERVER_DEFAULT);
            format.compression = level;
            let mut viewers = [1, 7, 1000].map(|step| (Viewer::new(format.clone(), size), step));
            for _ in 0..12 {
                change(&mut surface, &mut random);
                let frame = surface.publish();
                for (viewer, step) in &mut viewers {
                    viewer.follow(&frame, *step);
                    viewer.shows(&frame);
                }
            }
        }
    }
}

#[test]
fn one_update_fits_viewers_that_joined_at_different_times() {
    for encoder in ENCODERS {
        let mut random = Random(9);
        let size = Size::new(200, 120);
        let mut surface = Surface::new(size, CELL, 0);
        let format = wire_format(encoder.encoding, PixelFormat::SERVER_DEFAULT);
        let mut viewers: Vec<Viewer> = Vec::new();
        for round in 0..20 {
            change(&mut surface, &mut random);
            let frame = surface.publish();
            if round % 3 == 0 {
                let mut late = Viewer::new(format.clone(), size);
                late.follow(&frame, usize::MAX);
                viewers.push(late);
            }
            // Those who were up to date share one update; one of them skips it and catches up alone.
            let before = viewers.iter().map(|viewer| viewer.seen).filter(|seen| *seen < frame.seq()).max();
            let shared = before.map(|seen| encode(&frame, &plan(&frame, seen, &format), &format));
            for (index, viewer) in viewers.iter_mut().enumerate() {
                match &shared {
                    Some(update) if Some(viewer.seen) == before && index != round % 5 => {
                        viewer.take(update, 50).expect("our own bytes are right");
                        viewer.seen = frame.seq();
                    }
                    _ if index == round % 5 && round < 19 => continue,
                    _ => viewer.follow(&frame, 50),
                }
                viewer.shows(&frame);
            }
        }
    }
}

#[test]
fn a_view_shows_its_part_of_the_frame_and_black_around_it() {
    let picture = Size::new(160, 140);
    let views = [
        View { picture, crop: Point::default(), offset: Point { x: 7, y: 11 } },
        View { picture, crop: Point { x: 33, y: 20 }, offset: Point::default() },
        View { picture, crop: Point { x: 190, y: 0 }, offset: Point { x: 155, y: 3 } },
        View { picture, crop: Point { x: 500, y: 0 }, offset: Point { x: 1, y: 3 } },
    ];
    for encoder in ENCODERS {
        for view in views {
            let mut random = Random(3);
            let mut surface = Surface::new(Size::new(200, 100), CELL, 0x11_2233);
            let format = WireFormat { view: Some(view), ..wire_format(encoder.encoding, PixelFormat::SERVER_DEFAULT) };
            let mut viewer = Viewer::new(format, picture);
            for _ in 0..10 {
                change(&mut surface, &mut random);
                let frame = surface.publish();
                viewer.follow(&frame, usize::MAX);
                for y in 0..picture.height {
                    for x in 0..picture.width {
                        let inside = x.checked_sub(view.offset.x).zip(y.checked_sub(view.offset.y));
                        let place = inside.map(|(x, y)| (x + view.crop.x, y + view.crop.y));
                        let place = place.filter(|(x, y)| *x < frame.size().width && *y < frame.size().height);
                        let wanted = place.map_or(0, |(x, y)| frame.row(y)[x as usize]);
                        assert_eq!(viewer.picture[(y * picture.width + x) as usize], wanted, "{x},{y} of {view:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn wide_and_high_pictures_are_cut_into_what_clients_take() {
    for encoder in ENCODERS {
        let mut random = Random(5);
        let size = Size::new(4096, 600);
        let mut surface = Surface::new(size, CELL, 0);
        draw(&mut surface, size.rect(), 1, &mut random);
        draw(&mut surface, Rect::new(2000, 3, 100, 560), 2, &mut random);
        let frame = surface.publish();
        let mut viewer = Viewer::new(wire_format(encoder.encoding, PixelFormat::SERVER_DEFAULT), size);
        viewer.follow(&frame, usize::MAX);
        viewer.shows(&frame);
    }
}

/// The rectangles of a whole picture with the number of bytes of each, its header left out.
fn sizes_of(encoding: Encoding, size: Size, tile: Size, color: impl Fn(u32, u32) -> Pixel) -> Vec<(Rect, usize)> {
    let mut surface = Surface::new(size, tile, 0);
    for (y, row) in (0..).zip(surface.rows_mut(size.rect())) {
        (0..).zip(row).for_each(|(x, pixel)| *pixel = color(x, y));
    }
    let frame = surface.publish();
    let format = wire_format(encoding, PixelFormat::SERVER_DEFAULT);
    let mut out = OutQueue::new();
    let format = WireFormat { copy_rect: false, ..format };
    encode(&frame, &plan(&frame, Seq::NONE, &format), &format).write_for(&mut ZlibStreams::default(), &mut out);
    let bytes = out.to_vec();
    let (mut at, mut sizes) = (4, Vec::new());
    while at < bytes.len() {
        let mut head = Reader::new(&bytes[at..]);
        let mut number = || u32::from(head.u16().expect("a rectangle"));
        let rect = Rect::new(number(), number(), number(), number());
        assert_eq!(head.i32(), Some(encoding.0));
        let mut decoders = Decoders::new(PixelFormat::SERVER_DEFAULT);
        decoders.begin(rect, encoding, size).expect("it is inside");
        let progress = decoders.decode(&bytes[at + 12..], &mut |_| ());
        let Ok(Progress::Done(length)) = progress else { panic!("{progress:?}") };
        sizes.push((rect, length));
        at += 12 + length;
    }
    sizes
}

#[test]
fn text_on_its_background_is_what_subrectangles_are_for() {
    let (size, tile) = (Size::new(160, 32), Size::new(8, 16));
    // A stroke and a bar in each cell; the lower line in reverse.
    let stroke = |x: u32, y: u32| x % 8 == 2 || y % 16 == 4 && x % 8 < 6;
    let color = |x: u32, y: u32| if stroke(x, y) == (y < 16) { 0xff_ffff } else { 0x10_1010 };
    let cells = 20;
    // Each line has a background of its own, and each cell is at most three subrectangles.
    let rre = sizes_of(Encoding::RRE, size, tile, color);
    assert_eq!(rre.iter().map(|(rect, _)| (rect.y, rect.height)).collect::<Vec<_>>(), [(0, 16), (16, 16)]);
    assert!(rre.iter().all(|(_, length)| *length <= 8 + cells * 3 * 12), "{rre:?}");
    let corre = sizes_of(Encoding::CORRE, size, tile, color);
    assert!(corre.iter().all(|(_, length)| *length <= 8 + cells * 3 * 8), "{corre:?}");
    // Two colours in each line: two cells to a tile, which name no colour but in the first of the line.
    let hextile = sizes_of(Encoding::HEXTILE, size, tile, color);
    assert!(hextile[0].1 <= 2 * 8 + cells * 2 * 3 * 2 + cells * 2, "{hextile:?}");
}

#[test]
fn what_a_tile_has_from_the_one_before_is_not_said_again() {
    let (size, tile) = (Size::new(160, 16), Size::new(8, 16));
    let blank = sizes_of(Encoding::HEXTILE, size, tile, |_, _| 0x10_1010);
    assert_eq!(blank, [(size.rect(), 5 + 9)], "the background once, and a byte for each further tile");
    // Noise of two colours: 32 bytes of bits for a tile.
    let noise = |x: u32, y: u32| ((x * 7) ^ (y * 13)).wrapping_mul(0x9e37_79b9) >> 31;
    let packed = sizes_of(Encoding::TRLE, size, tile, |x, y| [0x10_1010, 0xff_ffff][noise(x, y) as usize]);
    assert_eq!(packed, [(size.rect(), 6 + 10 * (1 + 32))], "the palette once");
}

#[test]
fn no_update_has_more_rectangles_than_can_be_counted() {
    // Where each tile is worth a rectangle of its own, there would be more than 65,535.
    let (size, tile) = (Size::new(2048, 1024), Size::new(2, 1));
    let mut surface = Surface::new(size, tile, 0);
    for (y, row) in (0..).zip(surface.rows_mut(size.rect())) {
        for (x, pixel) in (0..).zip(row) {
            // Four tiles of one background, and with the next one of more than two colours in all.
            *pixel = [0x11_1111, 0x22_2222, 0x33_3333][((x / 32 + y) % 3) as usize];
        }
    }
    let frame = surface.publish();
    for encoder in ENCODERS {
        let mut viewer = Viewer::new(wire_format(encoder.encoding, PixelFormat::SERVER_DEFAULT), size);
        viewer.follow(&frame, usize::MAX);
        viewer.shows(&frame);
    }
}

/// Decodes one rectangle at the origin of a picture as large.
fn decode_one(encoding: Encoding, size: Size, bytes: &[u8]) -> Result<Progress, Malformed> {
    let mut decoders = Decoders::new(PixelFormat::SERVER_DEFAULT);
    decoders.begin(size.rect(), encoding, size)?;
    let mut picture = vec![0; size.area() as usize];
    decoders.decode(bytes, &mut |drawing| paint(&mut picture, size, drawing))
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 100);
    let mut compress = flate2::Compress::new(flate2::Compression::best(), true);
    compress.compress_vec(data, &mut out, flate2::FlushCompress::Sync).expect("it deflates");
    assert!(out.len() < out.capacity());
    out
}

fn zrle(data: &[u8]) -> Vec<u8> {
    let data = deflated(data);
    [&(data.len() as u32).to_be_bytes()[..], &data].concat()
}

/// A Tight rectangle: what comes before the length, and what is deflated.
fn tight(head: &[u8], data: &[u8]) -> Vec<u8> {
    let data = deflated(data);
    let length = [(data.len() & 0x7f) as u8 | 0x80, (data.len() >> 7 & 0x7f) as u8 | 0x80, (data.len() >> 14) as u8];
    [head, &length, &data].concat()
}

#[test]
fn a_rectangle_cut_anywhere_waits_for_more() {
    for encoder in ENCODERS {
        let mut random = Random(11);
        let size = Size::new(90, 40);
        let mut surface = Surface::new(size, CELL, 0);
        draw(&mut surface, size.rect(), 1, &mut random);
        let frame = surface.publish();
        let format = WireFormat { encoding: encoder.encoding, ..WireFormat::default() };
        let mut out = OutQueue::new();
        encode(&frame, &plan(&frame, Seq::NONE, &format), &format).write_for(&mut ZlibStreams::default(), &mut out);
        // The first rectangle: there may be more, and of text Raw is none of them.
        let update = out.to_vec();
        let mut head = Reader::new(&update[4..]);
        let mut number = || u32::from(head.u16().expect("a rectangle"));
        let (_, size) = ((number(), number()), Size::new(number(), number()));
        assert_eq!(head.i32(), Some(encoder.encoding.0));
        let bytes = head.remaining();
        let whole = decode_one(encoder.encoding, size, bytes);
        let Ok(Progress::Done(end)) = whole else { panic!("{whole:?} of {:?}", encoder.encoding) };
        for length in 0..end {
            let cut = decode_one(encoder.encoding, size, &bytes[..length]);
            assert!(matches!(cut, Ok(Progress::Incomplete(taken)) if taken <= length), "{cut:?} at {length}");
        }
    }
}

#[test]
fn levels_that_stand_for_each_other_make_the_same_bytes() {
    let mut random = Random(8);
    let size = Size::new(140, 90);
    let mut surface = Surface::new(size, CELL, 0);
    draw(&mut surface, size.rect(), 1, &mut random);
    draw(&mut surface, Rect::new(20, 20, 50, 50), 3, &mut random);
    let frame = surface.publish();
    for encoder in ENCODERS {
        let bytes = |compression: u8| {
            let format = WireFormat { compression, ..wire_format(encoder.encoding, PixelFormat::SERVER_DEFAULT) };
            let mut out = OutQueue::new();
            encode(&frame, &plan(&frame, Seq::NONE, &format), &format).write_for(&mut ZlibStreams::default(), &mut out);
            out.to_vec()
        };
        for level in 0..=9 {
            let effort = WireFormat::effort(encoder.encoding, level);
            assert!(effort <= level && bytes(level) == bytes(effort), "{:?} at {level}", encoder.encoding);
        }
    }
}

#[test]
fn what_zrle_does_not_allow_is_refused() {
    let size = Size::new(64, 64);
    let refused = |data: &[u8], why: &str| {
        let error = decode_one(Encoding::ZRLE, size, &zrle(data)).expect_err(why);
        assert!(error.0.contains(why), "{error} instead of {why}");
    };
    assert!(decode_one(Encoding::ZRLE, size, &zrle(&[1, 9, 9, 9])).is_ok());
    for unknown in [17, 127, 129] {
        refused(&[unknown; 600], "subencoding");
    }
    refused(&[1, 9, 9], "too short");
    refused(&[1, 9, 9, 9, 0], "too long");
    // Three colours, and the index of a fourth.
    refused(&[&[3u8; 10][..], &[0xff; 1024]].concat(), "index");
    refused(&[&[130u8; 7][..], &[2]].concat(), "index");
    refused(&[&[128, 1, 2, 3][..], &[255; 17]].concat(), "run");
    // A bomb: a megabyte of zeros behind a tile of one colour.
    refused(&[&[1, 9, 9, 9][..], &vec![0; 1 << 20]].concat(), "too long");
    let noise = decode_one(Encoding::ZRLE, size, &[0, 0, 0, 5, 1, 2, 3, 4, 5]).expect_err("no zlib");
    assert!(noise.0.contains("inflated"));
}

#[test]
fn what_tight_does_not_allow_is_refused() {
    let size = Size::new(16, 16);
    let refused = |bytes: &[u8], why: &str| {
        let error = decode_one(Encoding::TIGHT, size, bytes).expect_err(why);
        assert!(error.0.contains(why), "{error} instead of {why}");
    };
    refused(&[0x90, 1, 0], "a JPEG");
    refused(&[0x90, 0xff, 0xff, 0xff], "too long");
    refused(&[0xa0, 1, 0], "not asked for");
    refused(&[0xff], "not asked for");
    refused(&[0x40, 3], "filter");
    let palette = [0x40, 1, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3];
    assert!(decode_one(Encoding::TIGHT, size, &tight(&palette, &[2; 256])).is_ok());
    refused(&tight(&palette, &[3; 256]), "index");
    refused(&tight(&palette, &[2; 255]), "too short");
    refused(&tight(&palette, &[2; 257]), "too long");
    refused(&tight(&palette, &vec![2; 1 << 20]), "too long");
    refused(&[0, 0], "too short");
    // One colour in a palette of bits, and a bit for a second.
    refused(&tight(&[0x40, 1, 0, 1, 1, 1], &[1; 32]), "index");
    let wide = decode_one(Encoding::TIGHT, Size::new(2049, 1), &[0, 0]).expect_err("too wide");
    assert!(wide.0.contains("too wide"));
}

#[test]
fn what_trle_does_not_allow_is_refused() {
    let size = Size::new(16, 8);
    let decoded = |bytes: &[u8]| decode_one(Encoding::TRLE, size, bytes);
    assert_eq!(decoded(&[1, 9, 9, 9]), Ok(Progress::Done(4)));
    for again in [127, 129] {
        assert!(decoded(&[again; 40]).expect_err("no palette yet").0.contains("palette"));
    }
    assert!(decoded(&[17; 400]).expect_err("unknown").0.contains("subencoding"));
    assert!(decoded(&[128, 1, 2, 3, 128]).expect_err("a run").0.contains("run"));
    // Two tiles: the palette of the first serves the second, packed and with runs.
    let two = |second: &[u8]| {
        let first = [&[2, 1, 1, 1, 2, 2, 2][..], &[0x0f, 0xf0].repeat(8)].concat();
        decode_one(Encoding::TRLE, Size::new(32, 8), &[&first, second].concat())
    };
    assert!(matches!(two(&[&[127][..], &[0; 16]].concat()), Ok(Progress::Done(_))));
    assert!(matches!(two(&[129, 0x81, 127]), Ok(Progress::Done(_))));
    assert!(two(&[129, 2]).expect_err("two colours").0.contains("index"));
}

#[test]
fn subrectangles_that_are_wrong_are_refused() {
    let size = Size::new(20, 20);
    let rre =
        |count: u32, rest: &[u8]| decode_one(Encoding::RRE, size, &[&count.to_be_bytes()[..], &[7; 4], rest].concat());
    let subrect = |numbers: [u16; 4]| [&[1; 4][..], &numbers.map(u16::to_be_bytes).concat()].concat();
    assert_eq!(rre(1, &subrect([0, 0, 20, 20])), Ok(Progress::Done(20)));
    assert!(rre(1, &subrect([1, 0, 20, 20])).expect_err("too wide").0.contains("outside"));
    assert!(rre(1, &subrect([0, 65_535, 1, 65_535])).expect_err("far off").0.contains("outside"));
    assert!(rre(401, &[]).expect_err("before they come").0.contains("more subrectangles"));
    assert_eq!(rre(16, &subrect([0, 0, 20, 20]).repeat(16)), Ok(Progress::Done(8 + 16 * 12)));
    assert!(rre(17, &subrect([0, 0, 20, 20]).repeat(17)).expect_err("again and again").0.contains("overlap"));
    let corre = decode_one(Encoding::CORRE, size, &[0, 0, 0, 1, 7, 7, 7, 7, 1, 1, 1, 1, 19, 0, 2, 1]);
    assert!(corre.expect_err("too wide").0.contains("outside"));
    // Hextile: the tiles of the second column are four pixels wide.
    let tiles = |second: &[u8]| decode_one(Encoding::HEXTILE, size, &[&[2, 5, 5, 5, 5][..], second, &[0, 0]].concat());
    assert!(matches!(tiles(&[12, 1, 2, 3, 4, 1, 0x30, 0x0f]), Ok(Progress::Done(_))));
    assert!(tiles(&[12, 1, 2, 3, 4, 1, 0x30, 0x1f]).expect_err("beyond the edge").0.contains("outside"));
}

#[test]
fn what_tight_png_does_not_allow_is_refused() {
    let size = Size::new(4, 2);
    let mut surface = Surface::new(size, CELL, 0);
    draw(&mut surface, size.rect(), 3, &mut Random(1));
    let frame = surface.publish();
    let format = wire_format(Encoding::TIGHT_PNG, PixelFormat::SERVER_DEFAULT);
    let mut out = OutQueue::new();
    encode(&frame, &plan(&frame, Seq::NONE, &format), &format).write_for(&mut ZlibStreams::default(), &mut out);
    let good = &out.to_vec()[16..];
    let decoded = |size, bytes: &[u8]| decode_one(Encoding::TIGHT_PNG, size, bytes);
    assert_eq!(decoded(size, good), Ok(Progress::Done(good.len())));
    assert!(decoded(Size::new(2, 4), good).expect_err("another size").0.contains("another size"));
    for control in [0x00, 0x40] {
        assert!(decoded(size, &[control, 1, 0]).expect_err("zlib").0.contains("not asked for"));
    }
    assert!(decoded(size, &[0x90, 1, 0]).expect_err("no JPEG").0.contains("a JPEG"));
    // Some 16 KiB for 8 pixels are much, and 4 MiB too much, before any of it comes.
    assert!(decoded(size, &[0xa0, 0xff, 0xff, 0xff]).expect_err("too long").0.contains("too long"));
    let broken = [&good[..40], &vec![0; good.len() - 40]].concat();
    assert!(decoded(size, &broken).expect_err("no PNG").0.contains("cannot be decoded"));
}

#[test]
fn a_gradient_is_undone() {
    let size = Size::new(3, 2);
    // Differences of red: left + above - above left, modulo 256; green and blue are 0.
    let differences: [u8; 6] = [10, 5, 251, 2, 0, 255];
    let data: Vec<u8> = differences.iter().flat_map(|red| [*red, 0, 0]).collect();
    let mut decoders = Decoders::new(PixelFormat::SERVER_DEFAULT);
    decoders.begin(size.rect(), Encoding::TIGHT, size).expect("it is inside");
    let mut picture = vec![0; 6];
    let progress = decoders.decode(&tight(&[0x40, 2], &data), &mut |drawing| paint(&mut picture, size, drawing));
    assert!(matches!(progress, Ok(Progress::Done(_))));
    let red: Vec<u32> = picture.iter().map(|pixel| pixel >> 16).collect();
    // 0+10, 10+5, 15-5; 10+2, 12+15-10+0, 17+10-15-1.
    assert_eq!(red, [10, 15, 10, 12, 17, 11]);
}

#[test]
fn rectangles_and_sources_outside_the_picture_are_refused() {
    let size = Size::new(10, 10);
    let begin = |rect, encoding| Decoders::new(PixelFormat::SERVER_DEFAULT).begin(rect, encoding, size);
    for encoding in ENCODERS.iter().map(|encoder| encoder.encoding).chain([Encoding::COPY_RECT]) {
        assert!(begin(Rect::new(5, 5, 5, 5), encoding).is_ok());
        assert!(begin(Rect::new(5, 5, 6, 5), encoding).is_err());
        assert!(begin(Rect::new(65_535, 65_535, 65_535, 65_535), encoding).is_err());
    }
    assert!(begin(Rect::new(0, 0, 1, 1), Encoding::JPEG).is_err(), "not decoded, so never asked for");
    assert!(decode_one(Encoding::COPY_RECT, size, &[0, 0, 0, 0]).is_ok());
    assert!(decode_one(Encoding::COPY_RECT, size, &[0, 1, 0, 0]).is_err());
}

#[test]
fn equal_formats_are_equal_keys_and_encoding_is_repeatable() {
    let mut random = Random(2);
    let mut surface = Surface::new(Size::new(300, 200), CELL, 0);
    draw(&mut surface, Rect::new(0, 0, 300, 200), 1, &mut random);
    let frame: Arc<Frame> = surface.publish();
    for encoder in ENCODERS {
        let format = wire_format(encoder.encoding, PixelFormat::SERVER_DEFAULT);
        let plan = plan(&frame, Seq::NONE, &format);
        let bytes = || {
            let mut out = OutQueue::new();
            encode(&frame, &plan, &format).write_for(&mut ZlibStreams::default(), &mut out);
            out.to_vec()
        };
        let first = bytes();
        // Another update in between leaves no trace in the compressor.
        draw(&mut surface, Rect::new(3, 3, 99, 99), 2, &mut random);
        let other = surface.publish();
        encode(&other, &vncterm::rfb::plan::plan(&other, frame.seq(), &format), &format);
        assert_eq!(first, bytes());
    }
}
