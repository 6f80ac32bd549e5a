//! Pictures to compare, and as little of a VNC client as it takes to get one without trusting any encoder.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::stage::PATIENCE;

/// Pixels as 0x00RRGGBB, row by row.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u32>,
}

impl Picture {
    /// Reads an X window dump, as `Xvfb -fbdir` keeps one: 32 or 16 bits of true colour, or 8 bits with its colour map.
    pub fn from_xwd(file: &[u8]) -> Picture {
        let field = |index: usize| {
            let bytes = file[4 * index..][..4].try_into().expect("four bytes");
            u32::from_be_bytes(bytes)
        };
        let [header, width, height, bits, stride, colors] =
            [0, 4, 5, 11, 12, 19].map(|index| usize::try_from(field(index)).expect("it fits the memory"));
        let masks = [14, 15, 16].map(field);
        let map = &file[header..][..colors * 12];
        let color = |pixel: u32| match bits {
            8 => {
                let entry = &map[pixel as usize * 12..][..12];
                u32::from_be_bytes([0, entry[4], entry[6], entry[8]])
            }
            _ => masks.iter().fold(0, |color, mask| {
                let max = mask >> mask.trailing_zeros();
                color << 8 | scaled_up((pixel & mask) >> mask.trailing_zeros(), max)
            }),
        };
        let row = |y: usize| file[header + map.len() + y * stride..][..stride].chunks_exact(bits / 8).take(width);
        let value = |bytes: &[u8]| bytes.iter().rfold(0, |value, byte| value << 8 | u32::from(*byte));
        Picture { width, height, pixels: (0..height).flat_map(row).map(|bytes| color(value(bytes))).collect() }
    }

    /// Reads a PNG or a PPM of 8 bits a colour.
    pub fn from_file(file: &[u8]) -> Picture {
        if file.starts_with(b"P6") { Picture::from_ppm(file) } else { Picture::from_png(file) }
    }

    fn from_png(file: &[u8]) -> Picture {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("it is a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("it is not too large")];
        let info = reader.next_frame(&mut bytes).expect("the PNG is whole");
        let samples = info.color_type.samples();
        Picture::from_bytes(info.width as usize, info.height as usize, &bytes[..info.buffer_size()], samples)
    }

    fn from_ppm(file: &[u8]) -> Picture {
        let mut words = file.splitn(5, |byte| byte.is_ascii_whitespace());
        let mut number = || {
            let word = words.next().and_then(|word| std::str::from_utf8(word).ok());
            word.and_then(|word| word.parse::<usize>().ok())
        };
        let (_, width, height, _) = (number(), number(), number(), number());
        let size = width.zip(height).expect("the PPM has no comments");
        Picture::from_bytes(size.0, size.1, words.next().expect("pixels follow"), 3)
    }

    fn from_bytes(width: usize, height: usize, bytes: &[u8], samples: usize) -> Picture {
        let pixel = |rgb: &[u8]| u32::from_be_bytes([0, rgb[0], rgb[1], rgb[2]]);
        let pixels: Vec<u32> = bytes.chunks_exact(samples).map(pixel).collect();
        assert_eq!(pixels.len(), width * height, "pixels of {width}x{height}");
        Picture { width, height, pixels }
    }

    /// Writes a PPM.
    pub fn to_ppm(&self) -> Vec<u8> {
        let head = format!("P6\n{} {}\n255\n", self.width, self.height);
        let rgb = self.pixels.iter().flat_map(|pixel| pixel.to_be_bytes()[1..].to_vec());
        head.into_bytes().into_iter().chain(rgb).collect()
    }

    /// What is left of the colours when each channel has so many levels: the nearest, scaled back.
    pub fn with_levels(&self, maxima: [u16; 3]) -> Picture {
        let [red, green, blue] = maxima.map(u32::from);
        let nearest = |value: u8, max: u32| scaled_up((u32::from(value) * max + 127) / 255, max);
        let pixel = |pixel: &u32| {
            let [_, r, g, b] = pixel.to_be_bytes();
            nearest(r, red) << 16 | nearest(g, green) << 8 | nearest(b, blue)
        };
        Picture { pixels: self.pixels.iter().map(pixel).collect(), ..*self }
    }

    /// Its lower left part, as large as that.
    pub fn lower_left(&self, width: usize, height: usize) -> Picture {
        let (width, height) = (width.min(self.width), height.min(self.height));
        let rows = self.pixels.chunks_exact(self.width).skip(self.height - height);
        Picture { width, height, pixels: rows.flat_map(|row| &row[..width]).copied().collect() }
    }

    /// How many colours there are.
    pub fn colors(&self) -> usize {
        self.pixels.iter().collect::<std::collections::HashSet<_>>().len()
    }

    /// Whether `part` lies somewhere in this picture, no colour further than `error` from it.
    pub fn contains(&self, part: &Picture, error: u8) -> bool {
        if part.width > self.width || part.height > self.height {
            return false;
        }
        let row = |y: usize, x: usize| &self.pixels[y * self.width + x..][..part.width];
        let fits = |y: usize, x: usize| {
            part.pixels
                .chunks_exact(part.width)
                .enumerate()
                .all(|(i, wanted)| row(y + i, x).iter().zip(wanted).all(|(is, wanted)| is_near(*is, *wanted, error)))
        };
        (0..=self.height - part.height).any(|y| (0..=self.width - part.width).any(|x| fits(y, x)))
    }

    /// How many pixels are of another colour than the last one, which is background.
    pub fn ink(&self) -> usize {
        let background = self.pixels.last().copied().unwrap_or_default();
        self.pixels.iter().filter(|pixel| **pixel != background).count()
    }
}

/// A level 0..=max as a value 0..=255.
fn scaled_up(level: u32, max: u32) -> u32 {
    (level * 255 + max / 2) / max
}

fn is_near(a: u32, b: u32, error: u8) -> bool {
    a.to_be_bytes().iter().zip(b.to_be_bytes()).all(|(a, b)| a.abs_diff(b) <= error)
}

/// A client of RFB 3.8 that knows Raw and nothing else.
pub struct RawViewer {
    stream: TcpStream,
    width: u16,
    height: u16,
}

impl RawViewer {
    /// What the server's log says of its pictures.
    pub const PICTURES: &str = "encoding=Raw bits_per_pixel=32 depth=24 true_colour=true";

    pub fn connect(port: u16) -> RawViewer {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("the limit is not zero");
        stream.set_write_timeout(Some(PATIENCE)).expect("the limit is not zero");
        let mut viewer = RawViewer { stream, width: 0, height: 0 };
        assert_eq!(&viewer.read::<12>(), b"RFB 003.008\n");
        viewer.write(b"RFB 003.008\n");
        let [count] = viewer.read();
        let mut types = vec![0; usize::from(count)];
        viewer.stream.read_exact(&mut types).expect("the security types come");
        assert!(types.contains(&1), "None is not among {types:?}");
        viewer.write(&[1]);
        assert_eq!(viewer.read(), [0; 4], "the server refused");
        viewer.write(&[1]);
        let init: [u8; 24] = viewer.read();
        (viewer.width, viewer.height) =
            (u16::from_be_bytes([init[0], init[1]]), u16::from_be_bytes([init[2], init[3]]));
        let mut name = vec![0; u32::from_be_bytes([init[20], init[21], init[22], init[23]]) as usize];
        viewer.stream.read_exact(&mut name).expect("the name comes");
        viewer.write(&[2, 0, 0, 1, 0, 0, 0, 0]);
        viewer
    }

    /// Presses keys in this order, and lets them go in the other.
    pub fn press(&mut self, keysyms: &[u32]) {
        let presses = keysyms.iter().map(|keysym| (1, keysym));
        for (down, keysym) in presses.chain(keysyms.iter().rev().map(|keysym| (0, keysym))) {
            let mut event = vec![4, down, 0, 0];
            event.extend(keysym.to_be_bytes());
            self.write(&event);
        }
    }

    /// Asks for a desktop of another size (ExtendedDesktopSize). It must be the last thing: what comes is not read.
    pub fn resize(&mut self, width: usize, height: usize) {
        let [width, height] = [width, height].map(|pixels| u16::try_from(pixels).expect("RFB's sizes have 16 bits"));
        let extended_desktop_size = (-308_i32).to_be_bytes();
        self.write(&[&[2, 0, 0, 1], &extended_desktop_size[..]].concat());
        // One screen, which is all of it.
        let [width, height] = [width.to_be_bytes(), height.to_be_bytes()];
        self.write(&[&[251, 0], &width[..], &height, &[1, 0], &[0; 8], &width, &height, &[0; 4]].concat());
    }

    /// Asks for everything and waits for it.
    pub fn picture(&mut self) -> Picture {
        let mut request = vec![3, 0, 0, 0, 0, 0];
        request.extend(self.width.to_be_bytes());
        request.extend(self.height.to_be_bytes());
        self.write(&request);
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        let mut picture = Picture { width, height, pixels: vec![0; width * height] };
        let [kind, _, high, low] = self.read();
        assert_eq!(kind, 0, "a FramebufferUpdate was asked for");
        for _ in 0..u16::from_be_bytes([high, low]) {
            let head: [u8; 12] = self.read();
            let [x, y, w, h] = [0, 2, 4, 6].map(|at| usize::from(u16::from_be_bytes([head[at], head[at + 1]])));
            assert_eq!(head[8..], [0; 4], "an encoding that was not asked for");
            let mut pixels = vec![0; w * h * 4];
            self.stream.read_exact(&mut pixels).expect("the pixels come");
            for (row, bytes) in pixels.chunks_exact((w * 4).max(1)).enumerate() {
                for (column, pixel) in bytes.chunks_exact(4).enumerate() {
                    picture.pixels[(y + row) * width + x + column] =
                        u32::from_le_bytes([pixel[0], pixel[1], pixel[2], 0]);
                }
            }
        }
        picture
    }

    fn read<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).expect("the server goes on");
        bytes
    }

    fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server reads");
    }
}
