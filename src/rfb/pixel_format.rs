//! Pixel formats (RFC 6143 §7.4): how a viewer wants a colour to look on the wire.

use std::sync::Arc;

use super::colour_map::ColourMap;
use crate::surface::Pixel;

/// The sixteen bytes of PIXEL_FORMAT, parsed. Only [`PixelFormat::check`]ed ones are used to translate pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixelFormat {
    /// 8, 16 or 32.
    pub bits_per_pixel: u8,
    /// Useful bits of these, as the client says; trusted only where an encoding asks for exactly 24.
    pub depth: u8,
    /// The most significant byte comes first.
    pub big_endian: bool,
    /// The maxima and shifts say what a pixel means; else a colour map does.
    pub true_colour: bool,
    /// The largest red value.
    pub red_max: u16,
    /// The largest green value.
    pub green_max: u16,
    /// The largest blue value.
    pub blue_max: u16,
    /// The bit where red begins.
    pub red_shift: u8,
    /// The bit where green begins.
    pub green_shift: u8,
    /// The bit where blue begins.
    pub blue_shift: u8,
}

/// Why a pixel format cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PixelFormatError {
    /// RFC 6143 §7.4 knows 8, 16 and 32.
    #[error("{0} bits per pixel")]
    BitsPerPixel(u8),
    /// A colour map has at most 256 colours.
    #[error("a colour map of {0} bits per pixel")]
    ColourMap(u8),
    /// A maximum is 0, or reaches beyond the pixel where it is shifted.
    #[error("a maximum of {max} at bit {shift} of {bits}")]
    Channel {
        /// The largest value of the channel.
        max: u16,
        /// Where it begins.
        shift: u8,
        /// Bits per pixel.
        bits: u8,
    },
}

impl PixelFormat {
    /// Bytes of PIXEL_FORMAT, the padding included.
    pub const WIRE_LEN: usize = 16;

    /// What we offer in ServerInit: the format that nearly every client takes unconverted (clients.md, point 11).
    pub const SERVER_DEFAULT: Self = Self {
        bits_per_pixel: 32,
        depth: 24,
        big_endian: false,
        true_colour: true,
        red_max: 255,
        green_max: 255,
        blue_max: 255,
        red_shift: 16,
        green_shift: 8,
        blue_shift: 0,
    };

    /// Eight bits, `bbgggrrr`: what tight-family viewers ask for on slow links.
    pub const BGR233: Self = Self::rgb(8, 8, [7, 7, 3], [0, 3, 6]);
    /// Sixteen bits, the usual division.
    pub const RGB565: Self = Self::rgb(16, 16, [31, 63, 31], [11, 5, 0]);
    /// Six bits in eight: RealVNC Viewer's first choice.
    pub const RGB222: Self = Self::rgb(8, 6, [3, 3, 3], [4, 2, 0]);
    /// Three bits in eight: TigerVNC's lowest colour level.
    pub const RGB111: Self = Self::rgb(8, 3, [1, 1, 1], [2, 1, 0]);

    /// Eight bits that are the number of a colour: what displays with a palette have.
    pub const COLOUR_MAP: Self = Self { true_colour: false, ..Self::rgb(8, 8, [0; 3], [0; 3]) };

    /// A little-endian true colour format from red, green and blue maxima and shifts.
    pub const fn rgb(bits_per_pixel: u8, depth: u8, max: [u16; 3], shift: [u8; 3]) -> Self {
        Self {
            bits_per_pixel,
            depth,
            big_endian: false,
            true_colour: true,
            red_max: max[0],
            green_max: max[1],
            blue_max: max[2],
            red_shift: shift[0],
            green_shift: shift[1],
            blue_shift: shift[2],
        }
    }

    /// Reads the sixteen bytes; nothing is refused here. Any non-zero flag is true.
    pub const fn parse(bytes: &[u8; Self::WIRE_LEN]) -> Self {
        let [bits_per_pixel, depth, big, colour, r1, r0, g1, g0, b1, b0, red_shift, green_shift, blue_shift, ..] =
            *bytes;
        Self {
            bits_per_pixel,
            depth,
            big_endian: big != 0,
            true_colour: colour != 0,
            red_max: u16::from_be_bytes([r1, r0]),
            green_max: u16::from_be_bytes([g1, g0]),
            blue_max: u16::from_be_bytes([b1, b0]),
            red_shift,
            green_shift,
            blue_shift,
        }
    }

    /// The sixteen bytes.
    pub const fn to_bytes(&self) -> [u8; Self::WIRE_LEN] {
        let [r1, r0] = self.red_max.to_be_bytes();
        let [g1, g0] = self.green_max.to_be_bytes();
        let [b1, b0] = self.blue_max.to_be_bytes();
        let (big, colour) = (self.big_endian as u8, self.true_colour as u8);
        let shifts = [self.red_shift, self.green_shift, self.blue_shift];
        let [rs, gs, bs] = shifts;
        [self.bits_per_pixel, self.depth, big, colour, r1, r0, g1, g0, b1, b0, rs, gs, bs, 0, 0, 0]
    }

    /// Whether pixels can be translated to this. Depth and maxima may disagree (libvncclient programs send such
    /// formats), and maxima need not be one less than a power of two.
    pub fn check(&self) -> Result<(), PixelFormatError> {
        let bits = self.bits_per_pixel;
        if !matches!(bits, 8 | 16 | 32) {
            return Err(PixelFormatError::BitsPerPixel(bits));
        }
        if !self.true_colour {
            return if bits == 8 { Ok(()) } else { Err(PixelFormatError::ColourMap(bits)) };
        }
        for (max, shift) in self.channels() {
            let end = u32::from(shift) + (u16::BITS - max.leading_zeros());
            if max == 0 || end > u32::from(bits) {
                return Err(PixelFormatError::Channel { max, shift, bits });
            }
        }
        Ok(())
    }

    /// Maximum and shift of red, green and blue.
    fn channels(&self) -> [(u16, u8); 3] {
        [(self.red_max, self.red_shift), (self.green_max, self.green_shift), (self.blue_max, self.blue_shift)]
    }

    /// All bits that any colour uses. Only for checked formats.
    fn used_bits(&self) -> u32 {
        // Of a maximum like 5 every bit below its highest may be set in some colour.
        let bits = |(max, shift): (u16, u8)| (u32::MAX >> u32::from(max).leading_zeros()) << shift;
        self.channels().into_iter().map(bits).fold(0, |all, channel| all | channel)
    }

    /// Translates to PIXEL: every bit of the format.
    pub fn pixel(&self) -> PixelCoder {
        PixelCoder::new(*self, 0, usize::from(self.bits_per_pixel / 8))
    }

    /// Translates to CPIXEL (RFC 6143 §7.7.5): three bytes when no colour uses the fourth. As all common clients do,
    /// and unlike the standard, this asks the masks alone and not the depth.
    pub fn cpixel(&self) -> PixelCoder {
        if self.bits_per_pixel < 32 {
            return self.pixel();
        }
        match self.used_bits() {
            used if used >> 24 == 0 => PixelCoder::new(*self, 0, 3),
            used if used & 0xff == 0 => PixelCoder::new(*self, 8, 3),
            _ => self.pixel(),
        }
    }

    /// Translates to TPIXEL (rfbproto, Tight encoding): red, green and blue, a byte each, when depth is 24, bits per
    /// pixel 32 and all maxima 255.
    pub fn tpixel(&self) -> PixelCoder {
        if self.bits_per_pixel == 32 && self.depth == 24 && self.channels().iter().all(|(max, _)| *max == 255) {
            PixelCoder::new(Self { big_endian: true, ..Self::SERVER_DEFAULT }, 0, 3)
        } else {
            self.pixel()
        }
    }

    /// The colour as a client with this format shows it: what is lost in translation is lost here too.
    pub fn shown(&self, pixel: Pixel) -> Pixel {
        self.pixel().shown(pixel)
    }
}

/// Translates between our pixels and those of one format in one of its layouts (PIXEL, CPIXEL, TPIXEL).
#[derive(Clone, Debug)]
pub struct PixelCoder {
    format: PixelFormat,
    /// What pixels stand for that are indices.
    colours: Option<Arc<ColourMap>>,
    /// Low bits that are not sent.
    drop: u32,
    /// Bytes of a pixel, 1 to 4.
    len: usize,
}

/// Scales 0..=255 to 0..=`max`, to the nearest.
const fn scale_down(value: u32, max: u16) -> u32 {
    (value * max as u32 + 127) / 255
}

/// Scales 0..=`max` to 0..=255, to the nearest. What exceeds the maximum is the maximum.
#[inline]
const fn scale_up(value: u32, max: u16) -> u32 {
    match max {
        255 => value & 255,
        max if value >= max as u32 => 255,
        max => (value * 255 + max as u32 / 2) / max as u32,
    }
}

impl PixelCoder {
    /// A format with a colour map has an empty one at first.
    fn new(format: PixelFormat, drop: u32, len: usize) -> Self {
        Self { format, colours: (!format.true_colour).then(Arc::default), drop, len }
    }

    /// With these colours, for a format with a colour map.
    pub fn with_colours(mut self, colours: Option<&Arc<ColourMap>>) -> Self {
        if let (Some(own), Some(colours)) = (&mut self.colours, colours) {
            *own = Arc::clone(colours);
        }
        self
    }

    /// Bytes of a pixel, 1 to 4.
    #[allow(clippy::len_without_is_empty, reason = "a pixel is never empty")]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// The number that stands for `pixel` in this format. Equal numbers look equal at the client.
    #[inline]
    pub fn value(&self, pixel: Pixel) -> u32 {
        match &self.colours {
            Some(colours) => colours.index(pixel).into(),
            None => self.composed(pixel),
        }
    }

    /// As [`Self::value`], of true colours.
    #[inline]
    const fn composed(&self, pixel: Pixel) -> u32 {
        let format = &self.format;
        let [_, red, green, blue] = pixel.to_be_bytes();
        (scale_down(red as u32, format.red_max) << format.red_shift)
            | (scale_down(green as u32, format.green_max) << format.green_shift)
            | (scale_down(blue as u32, format.blue_max) << format.blue_shift)
    }

    /// The colour that `value` stands for.
    #[inline]
    pub fn color(&self, value: u32) -> Pixel {
        match &self.colours {
            Some(colours) => colours.colour(value as u8),
            None => self.color_of(self.components_of(value)),
        }
    }

    /// The colour as a client shows it: what is lost in translation is lost here too.
    #[inline]
    pub fn shown(&self, pixel: Pixel) -> Pixel {
        self.color(self.value(pixel))
    }

    /// The largest red, green and blue.
    pub fn maxima(&self) -> [u32; 3] {
        self.format.channels().map(|(max, _)| u32::from(max))
    }

    /// The red, green and blue numbers of the pixel that `bytes` are; black when they are too few.
    pub fn components(&self, bytes: &[u8]) -> [u32; 3] {
        self.components_of(self.read(bytes).unwrap_or(0))
    }

    /// The colour of these red, green and blue numbers; what exceeds a maximum is the maximum.
    #[inline]
    pub fn color_of(&self, components: [u32; 3]) -> Pixel {
        let [red, green, blue] = components;
        let format = &self.format;
        scale_up(red, format.red_max) << 16 | scale_up(green, format.green_max) << 8 | scale_up(blue, format.blue_max)
    }

    #[inline]
    fn components_of(&self, value: u32) -> [u32; 3] {
        // Bits above a maximum's highest belong to other channels.
        self.format.channels().map(|(max, shift)| value >> shift & u32::MAX >> u32::from(max).leading_zeros())
    }

    /// Whether no colour is changed by the format.
    pub const fn is_exact(&self) -> bool {
        let PixelFormat { true_colour, red_max, green_max, blue_max, .. } = self.format;
        true_colour && red_max >= 255 && green_max >= 255 && blue_max >= 255
    }

    /// Replaces `shown` by a row as the client will show it. Rows have runs of a colour, which are translated once.
    pub fn show_row(&self, row: &[Pixel], shown: &mut Vec<Pixel>) {
        shown.clear();
        let (mut last, mut last_shown) = (0, self.color(self.value(0)));
        shown.extend(row.iter().map(|pixel| {
            if *pixel != last {
                (last, last_shown) = (*pixel, self.color(self.value(*pixel)));
            }
            last_shown
        }));
    }

    /// Appends the bytes of one pixel.
    #[inline]
    pub fn put(&self, pixel: Pixel, out: &mut Vec<u8>) {
        self.put_value(self.value(pixel), out);
    }

    #[inline]
    fn put_value(&self, value: u32, out: &mut Vec<u8>) {
        let value = value >> self.drop;
        if self.format.big_endian {
            out.extend_from_slice(&value.to_be_bytes()[4 - self.len..]);
        } else {
            out.extend_from_slice(&value.to_le_bytes()[..self.len]);
        }
    }

    /// Appends a row of pixels.
    pub fn put_row(&self, row: &[Pixel], out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + row.len() * self.len, 0);
        let bytes = &mut out[start..];
        if let Some(colours) = &self.colours {
            return fill(bytes, row, |pixel| [colours.index(pixel)]);
        }
        match (self.len, self.format.big_endian) {
            (4, false) if self.is_ours() => fill(bytes, row, |pixel| (pixel & 0xff_ffff).to_le_bytes()),
            (4, false) => fill(bytes, row, |pixel| self.composed(pixel).to_le_bytes()),
            (4, true) => fill(bytes, row, |pixel| self.composed(pixel).to_be_bytes()),
            (2, false) => fill(bytes, row, |pixel| (self.composed(pixel) as u16).to_le_bytes()),
            (2, true) => fill(bytes, row, |pixel| (self.composed(pixel) as u16).to_be_bytes()),
            (1, _) => fill(bytes, row, |pixel| [self.composed(pixel) as u8]),
            (_, false) => fill(bytes, row, |pixel| {
                let [a, b, c, _] = (self.composed(pixel) >> self.drop).to_le_bytes();
                [a, b, c]
            }),
            (_, true) => fill(bytes, row, |pixel| {
                let [_, a, b, c] = (self.composed(pixel) >> self.drop).to_be_bytes();
                [a, b, c]
            }),
        }
    }

    /// The colour of the pixel that `bytes` begins with; `None` when they are too few.
    #[inline]
    pub fn take(&self, bytes: &[u8]) -> Option<Pixel> {
        self.read(bytes).map(|value| self.color(value))
    }

    /// Appends the colours of a row of pixels.
    pub fn take_row(&self, bytes: &[u8], pixels: &mut Vec<Pixel>) {
        if let Some(colours) = &self.colours {
            return self.take_each(bytes, pixels, |value| colours.colour(value as u8));
        }
        let [red, green, blue] = self.format.channels().map(|(_, shift)| shift);
        // The usual ones, without a division for each pixel.
        match self.maxima() {
            [255, 255, 255] if self.is_ours() => self.take_each(bytes, pixels, |value| value & 0xff_ffff),
            [255, 255, 255] => self.take_each(bytes, pixels, |value| {
                (value >> red & 255) << 16 | (value >> green & 255) << 8 | value >> blue & 255
            }),
            [31, 63, 31] => self.take_each(bytes, pixels, |value| {
                let five = |shift| scale_up(value >> shift & 31, 31);
                five(red) << 16 | scale_up(value >> green & 63, 63) << 8 | five(blue)
            }),
            _ => self.take_each(bytes, pixels, |value| self.color(value)),
        }
    }

    /// Appends the colour of each number in a row of pixels.
    #[inline]
    fn take_each(&self, bytes: &[u8], pixels: &mut Vec<Pixel>, colour: impl Fn(u32) -> Pixel) {
        match (self.len, self.format.big_endian) {
            (4, false) => append(bytes, pixels, |bytes| colour(u32::from_le_bytes(bytes))),
            (4, true) => append(bytes, pixels, |bytes| colour(u32::from_be_bytes(bytes))),
            (3, false) => append(bytes, pixels, |[a, b, c]| colour(u32::from_le_bytes([a, b, c, 0]) << self.drop)),
            (3, true) => append(bytes, pixels, |[a, b, c]| colour(u32::from_be_bytes([0, a, b, c]) << self.drop)),
            (2, false) => append(bytes, pixels, |bytes| colour(u16::from_le_bytes(bytes).into())),
            (2, true) => append(bytes, pixels, |bytes| colour(u16::from_be_bytes(bytes).into())),
            _ => append(bytes, pixels, |[byte]| colour(byte.into())),
        }
    }

    /// The number of the pixel that `bytes` begins with.
    #[inline]
    fn read(&self, bytes: &[u8]) -> Option<u32> {
        let mut value = [0; 4];
        let bytes = bytes.get(..self.len)?;
        let value = if self.format.big_endian {
            value[4 - self.len..].copy_from_slice(bytes);
            u32::from_be_bytes(value)
        } else {
            value[..self.len].copy_from_slice(bytes);
            u32::from_le_bytes(value)
        };
        Some(value << self.drop)
    }

    /// Whether a pixel of the format is ours, in the low bytes first.
    fn is_ours(&self) -> bool {
        self.format == PixelFormat { depth: self.format.depth, ..PixelFormat::SERVER_DEFAULT }
    }
}

/// Writes the `N` bytes of each pixel.
fn fill<const N: usize>(bytes: &mut [u8], row: &[Pixel], convert: impl Fn(Pixel) -> [u8; N]) {
    let (chunks, _) = bytes.as_chunks_mut::<N>();
    for (chunk, pixel) in chunks.iter_mut().zip(row) {
        *chunk = convert(*pixel);
    }
}

/// Appends what the `N` bytes of each pixel are; fewer at the end are none.
#[inline]
fn append<const N: usize>(bytes: &[u8], pixels: &mut Vec<Pixel>, convert: impl Fn([u8; N]) -> Pixel) {
    let (chunks, _) = bytes.as_chunks::<N>();
    pixels.extend(chunks.iter().map(|chunk| convert(*chunk)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [PixelFormat; 6] = [
        PixelFormat::SERVER_DEFAULT,
        PixelFormat::RGB565,
        PixelFormat::BGR233,
        PixelFormat::RGB222,
        PixelFormat::RGB111,
        PixelFormat::rgb(32, 30, [1023, 1023, 1023], [20, 10, 0]),
    ];

    #[test]
    fn sixteen_bytes_there_and_back() {
        let bytes = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];
        assert_eq!(PixelFormat::SERVER_DEFAULT.to_bytes(), bytes);
        assert_eq!(PixelFormat::parse(&bytes), PixelFormat::SERVER_DEFAULT);
        let odd = [16, 15, 7, 2, 1, 2, 3, 4, 5, 6, 9, 8, 7, 1, 1, 1];
        let format = PixelFormat::parse(&odd);
        assert!(format.big_endian && format.true_colour);
        assert_eq!((format.red_max, format.green_max, format.blue_max), (0x102, 0x304, 0x506));
        assert_eq!(PixelFormat::parse(&format.to_bytes()), format);
    }

    #[test]
    fn what_does_not_fit_a_pixel_is_refused() {
        for format in ALL {
            assert_eq!(format.check(), Ok(()));
        }
        let base = PixelFormat::SERVER_DEFAULT;
        let with = |change: fn(&mut PixelFormat)| {
            let mut format = base;
            change(&mut format);
            format.check()
        };
        assert_eq!(with(|f| f.bits_per_pixel = 24), Err(PixelFormatError::BitsPerPixel(24)));
        assert_eq!(with(|f| f.true_colour = false), Err(PixelFormatError::ColourMap(32)));
        let eight = with(|f| (f.true_colour, f.bits_per_pixel, f.red_shift) = (false, 8, 255));
        assert_eq!(eight, Ok(()), "of a colour map nothing else counts");
        assert_eq!(with(|f| f.blue_max = 0), Err(PixelFormatError::Channel { max: 0, shift: 0, bits: 32 }));
        assert_eq!(with(|f| f.red_shift = 24), Ok(()));
        assert_eq!(with(|f| f.red_shift = 25), Err(PixelFormatError::Channel { max: 255, shift: 25, bits: 32 }));
        assert_eq!(with(|f| f.red_shift = 255), Err(PixelFormatError::Channel { max: 255, shift: 255, bits: 32 }));
        assert_eq!(with(|f| f.depth = 99), Ok(()));
    }

    #[test]
    fn a_row_and_single_pixels_agree_in_every_layout() {
        let row: Vec<Pixel> = (0..997).map(|i: u32| i.wrapping_mul(0x9e37_79b9) & 0xff_ffff).collect();
        for little in ALL {
            let big = PixelFormat { big_endian: true, ..little };
            let high = PixelFormat { red_shift: 24, green_shift: 16, blue_shift: 8, ..PixelFormat::SERVER_DEFAULT };
            for format in [little, big, high, PixelFormat { big_endian: true, ..high }] {
                for coder in [format.pixel(), format.cpixel(), format.tpixel()] {
                    let (mut whole, mut single) = (Vec::new(), Vec::new());
                    coder.put_row(&row, &mut whole);
                    row.iter().for_each(|pixel| coder.put(*pixel, &mut single));
                    assert_eq!(whole, single, "{format:?}");
                    let (mut taken, shown) = (Vec::new(), |pixel: &Pixel| format.shown(*pixel));
                    coder.take_row(&whole, &mut taken);
                    assert!(taken.iter().copied().eq(row.iter().map(shown)), "{format:?}");
                    for (bytes, pixel) in whole.chunks(coder.len()).zip(&taken) {
                        assert_eq!(coder.take(bytes), Some(*pixel), "{format:?}");
                    }
                    assert_eq!(coder.take(&whole[..coder.len() - 1]), None);
                }
            }
        }
    }

    #[test]
    fn layouts_are_as_short_as_their_encodings_say() {
        let lens = |f: PixelFormat| (f.pixel().len(), f.cpixel().len(), f.tpixel().len());
        assert_eq!(lens(PixelFormat::SERVER_DEFAULT), (4, 3, 3));
        assert_eq!(lens(PixelFormat { depth: 32, ..PixelFormat::SERVER_DEFAULT }), (4, 3, 4));
        assert_eq!(lens(PixelFormat { red_shift: 24, ..PixelFormat::SERVER_DEFAULT }), (4, 4, 3));
        assert_eq!(lens(PixelFormat::RGB565), (2, 2, 2));
        assert_eq!(lens(PixelFormat::BGR233), (1, 1, 1));
    }

    #[test]
    fn black_and_white_stay_and_reduction_is_stable() {
        for format in ALL {
            assert_eq!((format.shown(0), format.shown(0xff_ffff)), (0, 0xff_ffff), "{format:?}");
            for pixel in [0x80_4020, 0x12_3456, 0xfe_dcba] {
                let shown = format.shown(pixel);
                assert_eq!(format.shown(shown), shown, "{format:?}");
            }
        }
        assert_eq!(PixelFormat::BGR233.pixel().value(0xff_0000), 0b0000_0111);
        assert_eq!(PixelFormat::RGB565.pixel().value(0x00_ff00), 0x07e0);
        assert_eq!(PixelFormat::SERVER_DEFAULT.pixel().value(0x12_3456), 0x12_3456);
    }
}
