//! Rectangles in every encoding we decode: any bytes give pixels inside the rectangle or an error, in whatever pieces
//! they come; and every encoder's rectangle gives its picture back.

use std::sync::Arc;

use flate2::{Compress, Compression, FlushCompress};
use vncterm::geometry::{Rect, Size};
use vncterm::rfb::colour_map::{ColourMap, Fit};
use vncterm::rfb::decode::cursor::{CURSORS, decode as decode_cursor};
use vncterm::rfb::decode::{DECODERS, Decoders, Drawing, Progress};
use vncterm::rfb::encode::{ENCODERS, WireFormat, ZlibStreams, encode};
use vncterm::rfb::ids::Encoding;
use vncterm::rfb::out::OutQueue;
use vncterm::rfb::pixel_format::PixelFormat;
use vncterm::rfb::plan::plan;
use vncterm::rfb::wire::Reader;
use vncterm::surface::{Pixel, Seq, Surface};

use super::super::driver::Input;
use super::Target;

/// Bytes as they are.
pub const DECODERS_RAW: Target = Target { name: "decoders", run: as_they_are, seeds, words: WORDS, max_len: 4096 };

/// Bytes that are deflated first, so that mutations reach what is behind zlib.
pub const DECODERS_INFLATED: Target =
    Target { name: "decoders_inflated", run: deflated, seeds: inflated_seeds, words: WORDS, max_len: 4096 };

/// Shapes of pointers, in each of their encodings.
pub const CURSORS_RAW: Target = Target { name: "cursors", run: cursor, seeds: cursor_seeds, words: &[], max_len: 2048 };

/// Pixels, encoded and decoded.
pub const ENCODERS_ROUND_TRIP: Target =
    Target { name: "encoders_round_trip", run: round_trip, seeds: picture_seeds, words: &[], max_len: 2048 };

const WORDS: &[&[u8]] = &[b"\x80", b"\x40\x01", b"\x40\x02", b"\x00\x00\xff\xff", b"\x78\x01", b"\xff\xff\xff\x00"];

const FORMATS: [PixelFormat; 6] = [
    PixelFormat::SERVER_DEFAULT,
    PixelFormat::RGB565,
    PixelFormat::BGR233,
    PixelFormat::RGB111,
    PixelFormat { big_endian: true, ..PixelFormat::rgb(32, 30, [1023, 1000, 1023], [20, 10, 0]) },
    PixelFormat::COLOUR_MAP,
];

/// The colours of indices: some, of as many as there may be.
const COLOURS: [[u16; 3]; 5] =
    [[0, 0, 0], [0xffff, 0xffff, 0xffff], [0x1000, 0x3000, 0x5000], [9, 9, 9], [0xff00, 0, 0]];

/// A rectangle in an encoding, by bytes of the input.
struct Case {
    encoding: Encoding,
    format: PixelFormat,
    rect: Rect,
    step: usize,
}

/// Bytes before the first rectangle, and those of a rectangle's place and encoding (RFC 6143 §7.6.1).
const UPDATE_HEADER: usize = 4;
const RECT_HEADER: usize = 12;

/// A picture of 16x8.
const JPEG: &[u8] = include_bytes!("../../tests/jpeg/colours.jpg");

const PICTURE: Size = Size::new(200, 150);

fn case(input: &mut Input<'_>) -> Case {
    let encoding = DECODERS[usize::from(input.u8()) % DECODERS.len()].encoding;
    let format = FORMATS[usize::from(input.u8()) % FORMATS.len()];
    let rect =
        Rect::new(u32::from(input.u8()) % 100, u32::from(input.u8()) % 100, input.u8().into(), input.u8().into());
    Case { encoding, format, rect, step: 1 + usize::from(input.u8()) }
}

/// The bytes of the case, for a seed.
fn head(encoding: Encoding, format: usize, size: Size) -> Vec<u8> {
    let encoding = DECODERS.iter().position(|decoder| decoder.encoding == encoding).expect("it is decoded");
    vec![encoding as u8, format as u8, 0, 0, size.width as u8, size.height as u8, 63]
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (index, encoder) in ENCODERS.iter().enumerate() {
        for (number, format) in FORMATS.into_iter().enumerate() {
            let size = Size::new(70 + index as u32, 20);
            let (bytes, _) = encoded(encoder.encoding, format, size, |x, y| ((x * 7) ^ (y * 3)) % 5 * 0x10_3050);
            seeds.push([&head(encoder.encoding, number, size)[..], &bytes[RECT_HEADER..]].concat());
        }
    }
    for encoding in [Encoding::TIGHT, Encoding::TIGHT_PNG] {
        let length = [JPEG.len() as u8 | 0x80, (JPEG.len() >> 7) as u8];
        seeds.push([&head(encoding, 0, Size::new(16, 8))[..], &[0x90], &length, JPEG].concat());
    }
    seeds
}

fn inflated_seeds() -> Vec<Vec<u8>> {
    let size = Size::new(64, 64);
    let zrle = head(Encoding::ZRLE, 0, size);
    let tight = head(Encoding::TIGHT, 0, size);
    vec![
        [head(Encoding::ZLIB, 0, size), vec![0], vec![0x5a; 2000]].concat(),
        [zrle.clone(), vec![0], vec![1, 9, 9, 9]].concat(),
        [zrle.clone(), vec![0], vec![2, 1, 1, 1, 2, 2, 2], vec![0x5a; 512]].concat(),
        [zrle.clone(), vec![0], vec![130, 1, 1, 1, 2, 2, 2], vec![0x81, 255, 255, 3, 0, 1]].concat(),
        [zrle, vec![0], vec![128, 1, 1, 1, 200, 2, 2, 2, 255, 3]].concat(),
        [tight.clone(), vec![8], vec![0x40, 1, 1, 1, 1, 1, 2, 2], vec![0x5a; 512]].concat(),
        [tight.clone(), vec![2], vec![0x40, 2], vec![7; 2000]].concat(),
        [tight, vec![1], vec![0x00], vec![7; 2000]].concat(),
    ]
}

fn picture_seeds() -> Vec<Vec<u8>> {
    (0..4).map(|kind| (0..600).map(|i: u32| ((i * i) >> (kind * 2)) as u8).collect()).collect()
}

/// The rectangles of an update, and how they were made.
fn encoded(
    encoding: Encoding,
    format: PixelFormat,
    size: Size,
    color: impl Fn(u32, u32) -> Pixel,
) -> (Vec<u8>, WireFormat) {
    let mut surface = Surface::new(size, Size::new(9, 18), 0);
    for (y, row) in (0..).zip(surface.rows_mut(size.rect())) {
        (0..).zip(row).for_each(|(x, pixel)| *pixel = color(x, y));
    }
    let frame = surface.publish();
    let colour_map = (!format.true_colour).then(|| {
        let initial = ColourMap::initial();
        let fit = initial.fit(&frame, [size.rect()].into_iter());
        Arc::new(if let Fit::More(map) | Fit::Other(map) = fit { map } else { initial })
    });
    let format = WireFormat { encoding, pixel_format: format, colour_map, ..WireFormat::default() };
    let mut out = OutQueue::new();
    let update = encode(&frame, &plan(&frame, Seq::NONE, &format), &format);
    let mut streams = ZlibStreams::default();
    streams.restart_tight(size.width.is_multiple_of(2));
    update.write_for(&mut streams, &mut out);
    (out.to_vec().split_off(UPDATE_HEADER), format)
}

/// Decodes in pieces; what was drawn is inside the rectangle.
fn decode(case: &Case, bytes: &[u8]) {
    let mut decoders = Decoders::new(case.format);
    decoders.set_colours(0, &COLOURS);
    if decoders.begin(case.rect, case.encoding, PICTURE).is_err() {
        return;
    }
    let (mut at, mut given) = (0, 0);
    loop {
        let result = decoders.decode(&bytes[at..given], &mut |drawing| match drawing {
            Drawing::Pixels(rect, pixels) => {
                assert!(case.rect.contains(rect));
                assert_eq!(pixels.len() as u64, rect.area());
            }
            Drawing::Fill(rect, _) | Drawing::Copy(rect, _) => assert!(case.rect.contains(rect)),
        });
        match result {
            Ok(Progress::Incomplete(taken)) if given < bytes.len() => {
                assert!(taken <= given - at);
                (at, given) = (at + taken, bytes.len().min(given + case.step));
            }
            _ => return,
        }
    }
}

fn as_they_are(input: &[u8]) {
    let mut input = Input(input);
    let case = case(&mut input);
    decode(&case, input.0);
}

/// The rest of the input: how many bytes go before the length, these, and what is deflated.
fn deflated(input: &[u8]) {
    let mut input = Input(input);
    let case = case(&mut input);
    let before = (usize::from(input.u8()) % 32).min(input.0.len());
    let (before, data) = input.0.split_at(before);
    let mut zlib = Vec::with_capacity(data.len() + 100);
    let level = Compression::fast();
    Compress::new(level, true).compress_vec(data, &mut zlib, FlushCompress::Sync).expect("it deflates");
    let length = zlib.len();
    let length = match case.encoding {
        Encoding::ZRLE | Encoding::ZLIB => (length as u32).to_be_bytes().to_vec(),
        _ => vec![(length & 0x7f) as u8 | 0x80, (length >> 7 & 0x7f) as u8 | 0x80, (length >> 14) as u8],
    };
    decode(&case, &[before, &length[..], &zlib[..]].concat());
}

/// A shape is as large as its head says, and no byte of it decides how it is cut.
fn cursor(input: &[u8]) {
    let mut input = Input(input);
    let encoding = CURSORS[usize::from(input.u8()) % CURSORS.len()];
    let coder = FORMATS[usize::from(input.u8()) % FORMATS.len()].pixel();
    let rect = Rect::new(input.u16().into(), input.u16().into(), input.u8().into(), input.u8().into());
    let mut r = Reader::new(input.0);
    match decode_cursor(rect, encoding, &coder, &mut r) {
        Ok(Some(Some(shape))) => {
            assert_eq!((shape.size, shape.pixels.len() as u64), (rect.size(), rect.area()));
            assert!(shape.hotspot.x < rect.width && shape.hotspot.y < rect.height);
        }
        Ok(Some(None)) => assert!(rect.is_empty()),
        Ok(None) | Err(_) => assert_eq!(r.position(), 0),
    }
}

fn cursor_seeds() -> Vec<Vec<u8>> {
    (0..CURSORS.len() as u8).map(|kind| [&[kind, 0, 0, 1, 0, 1, 8, 2][..], &[0; 4], &[0x5a; 160]].concat()).collect()
}

fn round_trip(input: &[u8]) {
    let mut input = Input(input);
    let format = FORMATS[usize::from(input.u8()) % FORMATS.len()];
    let size = Size::new(1 + u32::from(input.u8()) % 200, 1 + u32::from(input.u8()) % 150);
    let colors = 1 + u32::from(input.u8());
    let bytes = input.0;
    let color = |x: u32, y: u32| {
        let byte = bytes.get((y * size.width + x) as usize % bytes.len().max(1)).copied().unwrap_or(0);
        (u32::from(byte) % colors).wrapping_mul(0x9e_3779) & 0xff_ffff
    };
    for encoder in ENCODERS {
        let (bytes, wire) = encoded(encoder.encoding, format, size, color);
        let mut decoders = Decoders::new(format);
        let map = wire.colour_map.iter().flat_map(|map| map.colours());
        let wide = |pixel: &Pixel| [pixel >> 16, pixel >> 8, *pixel].map(|value| (value as u16 & 0xff) * 0x101);
        decoders.set_colours(0, &map.map(wide).collect::<Vec<_>>());
        let mut picture = vec![None; size.area() as usize];
        let mut rest = &bytes[..];
        while let Some((head, after)) = rest.split_first_chunk::<RECT_HEADER>() {
            let number = |at: usize| u32::from(u16::from_be_bytes([head[at], head[at + 1]]));
            let rect = Rect::new(number(0), number(2), number(4), number(6));
            let used = Encoding(number(10) as i32 | (number(8) << 16) as i32);
            assert!(used == encoder.encoding || used == Encoding::RAW, "{used:?} among {:?}", encoder.encoding);
            decoders.begin(rect, used, size).expect("it is inside");
            let progress = decoders.decode(after, &mut |drawing| {
                let (rect, pixel): (Rect, &dyn Fn(usize) -> Pixel) = match &drawing {
                    Drawing::Pixels(rect, pixels) => (*rect, &|index| pixels[index]),
                    Drawing::Fill(rect, pixel) => (*rect, &|_| *pixel),
                    _ => panic!("{drawing:?} from {:?}", encoder.encoding),
                };
                for index in 0..rect.area() as u32 {
                    let (x, y) = (rect.x + index % rect.width, rect.y + index / rect.width);
                    picture[(y * size.width + x) as usize] = Some(pixel(index as usize));
                }
            });
            let Ok(Progress::Done(taken)) = progress else { panic!("{progress:?}") };
            rest = &after[taken..];
        }
        let coder = wire.pixel();
        let wanted = |at: u32| Some(coder.shown(color(at % size.width, at / size.width)));
        let differs = (0..).zip(&picture).find(|(at, pixel)| **pixel != wanted(*at));
        assert_eq!((differs, rest), (None, &[][..]), "{:?} in {format:?}", encoder.encoding);
    }
}
