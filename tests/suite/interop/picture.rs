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
    /// Reads an X window dump with 32 bits a pixel, as `Xvfb -fbdir` keeps one.
    pub fn from_xwd(file: &[u8]) -> Picture {
        let field = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().expect("four bytes")) as usize;
        let (header, width, height, bits, stride, colors) =
            (field(0), field(16), field(20), field(44), field(48), field(76));
        assert_eq!(bits, 32, "bits a pixel of Xvfb's framebuffer");
        let data = &file[header + colors * 12..];
        let row = |y: usize| data[y * stride..].chunks_exact(4).take(width);
        let pixel = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        Picture { width, height, pixels: (0..height).flat_map(row).map(pixel).collect() }
    }

    /// Reads a PNG of 8 bits a colour, with or without alpha.
    pub fn from_png(file: &[u8]) -> Picture {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("it is a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("it is not too large")];
        let info = reader.next_frame(&mut bytes).expect("the PNG is whole");
        let pixel = |rgb: &[u8]| u32::from_be_bytes([0, rgb[0], rgb[1], rgb[2]]);
        let pixels = bytes[..info.buffer_size()].chunks_exact(info.color_type.samples()).map(pixel).collect();
        Picture { width: info.width as usize, height: info.height as usize, pixels }
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
    pub fn connect(port: u16) -> RawViewer {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("the limit is not zero");
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
