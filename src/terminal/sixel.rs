//! Sixels: pictures in a device control string, six rows of pixels to a character (DEC STD 070 ch. 9; VT340's PPL2).
//!
//! A `Decoder` draws while the bytes come and keeps nothing but the picture, so its string has no limit: the picture
//! has one. Colours are taken from their registers when a pixel is drawn; programs that redefine registers on the way
//! show more colours than there are registers.
//!
//! What is wrong is passed over, and numbers that are too large are cut. Few bytes may draw many pixels: a repeat count
//! six rows of [`MAX_WIDTH`], raster attributes a whole picture in one colour. So every pixel that is written is charged
//! to an `Allowance`; a picture that comes to its end is drawn no further.

use crate::geometry::Size;

/// Pixels of a picture from left to right; what lies further right is not drawn.
pub const MAX_WIDTH: u32 = 2_048;
/// Pixels of a picture from top to bottom.
pub const MAX_HEIGHT: u32 = 2_048;
/// Colours that there are at once; the number of a register counts modulo this.
pub const REGISTERS: usize = 256;

/// A pixel that is not drawn.
pub const TRANSPARENT: u32 = 0;
/// What a drawn pixel has above its red, green and blue.
const OPAQUE: u32 = 0xff00_0000;

/// Rows of pixels in one character.
const ROWS: u32 = 6;
/// Numbers of one command, at most: a colour has five.
const MAX_NUMBERS: usize = 5;
/// What a picture draws with before it chooses a register (xterm).
const FIRST_REGISTER: usize = 3;

/// The first colours of a VT340 in percent of red, green and blue; the other registers are black.
const VT340: [[u8; 3]; 16] = [
    [0, 0, 0],
    [20, 20, 80],
    [80, 13, 13],
    [20, 80, 20],
    [80, 20, 80],
    [20, 80, 80],
    [80, 80, 20],
    [53, 53, 53],
    [26, 26, 26],
    [33, 33, 60],
    [60, 26, 26],
    [33, 60, 33],
    [60, 33, 60],
    [33, 60, 60],
    [60, 60, 33],
    [80, 80, 80],
];

/// Pixels that may be drawn: what takes time in pictures, whatever the bytes are that ask for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance(pub(super) u64);

impl Allowance {
    /// More than anybody draws.
    pub(super) const UNLIMITED: Self = Self(u64::MAX);

    /// Takes so many pixels; whether there were as many. If not, there are none afterwards.
    pub(super) fn charge(&mut self, pixels: u64) -> bool {
        let left = self.0.checked_sub(pixels);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// The colour registers, as pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Registers(Box<[u32; REGISTERS]>);

impl Default for Registers {
    fn default() -> Self {
        let color = |index: usize| VT340.get(index).map_or(OPAQUE, |parts| from_percent(*parts));
        Self(Box::new(std::array::from_fn(color)))
    }
}

impl Registers {
    /// The number and colour of those that are not as they were at first.
    pub(super) fn changed(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        let standard = Self::default();
        self.0.iter().copied().enumerate().filter(move |(index, color)| standard.0[*index] != *color)
    }
}

/// A pixel of so many percent of red, green and blue.
pub(super) fn from_percent(parts: [u8; 3]) -> u32 {
    let part = |percent: u8| (u32::from(percent.min(100)) * 255 + 50) / 100;
    OPAQUE | part(parts[0]) << 16 | part(parts[1]) << 8 | part(parts[2])
}

/// The percentages that a pixel was made of.
pub(super) fn to_percent(pixel: u32) -> [u32; 3] {
    [16, 8, 0].map(|shift| ((pixel >> shift & 0xff) * 100 + 127) / 255)
}

/// DEC's hue (blue at 0, red at 120, green at 240), lightness and saturation as percentages of red, green and blue.
pub(super) fn from_hls(hue: u16, lightness: u16, saturation: u16) -> [u8; 3] {
    let (light, saturation) = (f32::from(lightness.min(100)) / 100.0, f32::from(saturation.min(100)) / 100.0);
    let chroma = (1.0 - (2.0 * light - 1.0).abs()) * saturation;
    // How far red, green and blue are from the hue, around the circle.
    let part = |home: u16| {
        let apart = (hue % 360).abs_diff(home);
        let apart = f32::from(apart.min(360 - apart));
        let share = ((120.0 - apart) / 60.0).clamp(0.0, 1.0);
        ((light - chroma / 2.0 + chroma * share) * 100.0).round() as u8
    };
    [part(120), part(240), part(0)]
}

/// What the numbers that come belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    None,
    /// DECGRI `!`: the next character so many times.
    Repeat,
    /// DECGCI `#`: chooses a register, and may define it.
    Color,
    /// DECGRA `"`: shape and size.
    Raster,
}

/// Bytes in, a picture out: see the module.
#[derive(Debug)]
pub(super) struct Decoder {
    picture: Picture,
    /// Pixels that it may have: the part of the screen that it can come to lie on.
    limit: Size,
    /// What raster attributes say that the picture's size is.
    declared: Size,
    /// Pixels that are not drawn have the colour of register 0, in all of the declared size.
    filled: bool,
    x: u32,
    y: u32,
    registers: Registers,
    color: u32,
    command: Command,
    numbers: [u16; MAX_NUMBERS],
    /// Numbers begun, with the one that is being read.
    count: usize,
    /// The allowance came to its end: nothing is drawn any more.
    cut_off: bool,
}

/// Pixels that were drawn: 0xffRRGGBB, or [`TRANSPARENT`].
#[derive(Debug, Default)]
pub(super) struct Picture {
    /// Each as long as its last drawn pixel needs.
    rows: Vec<Vec<u32>>,
    /// Its size.
    pub(super) size: Size,
}

impl Picture {
    /// The part of row `y` that is drawn: the pixels right of it are transparent.
    #[inline]
    pub(super) fn row(&self, y: u32) -> &[u32] {
        self.rows.get(y as usize).map_or(&[], |row| row)
    }

    /// Draws `width` pixels of a row from `x` on, each for a pixel of `allowance`, and so for those that have to be left
    /// transparent before them. Whether there were as many; if not, nothing is drawn.
    fn draw(&mut self, x: u32, y: u32, width: u32, color: u32, allowance: &mut Allowance) -> bool {
        let (y, start, end) = (y as usize, x as usize, (x + width) as usize);
        let length = self.rows.get(y).map_or(0, Vec::len);
        if !allowance.charge((end - start.min(length)) as u64) {
            return false;
        }
        if self.rows.len() <= y {
            self.rows.resize_with(y + 1, Vec::new);
        }
        let row = &mut self.rows[y];
        if row.capacity() < end {
            let room = end.next_power_of_two().min(MAX_WIDTH as usize);
            row.reserve_exact(room - row.len());
        }
        row.resize(length.max(start), TRANSPARENT);
        let over = end.min(row.len());
        row[start..over].fill(color);
        row.resize(row.len().max(end), color);
        true
    }

    fn memory(&self) -> usize {
        let rows: usize = self.rows.iter().map(|row| row.capacity() * size_of::<u32>()).sum();
        rows + self.rows.capacity() * size_of::<Vec<u32>>()
    }
}

impl Decoder {
    /// A picture of no more than `limit` pixels. With `transparent` (second parameter 1) what is not drawn stays as it
    /// is on the screen.
    pub(super) fn new(limit: Size, transparent: bool, registers: Registers) -> Self {
        let color = registers.0[FIRST_REGISTER];
        Self {
            picture: Picture::default(),
            limit: Size::new(limit.width.min(MAX_WIDTH), limit.height.min(MAX_HEIGHT)),
            declared: Size::new(0, 0),
            filled: transparent,
            x: 0,
            y: 0,
            registers,
            color,
            command: Command::None,
            numbers: [0; MAX_NUMBERS],
            count: 0,
            cut_off: false,
        }
    }

    /// The number of bytes that it takes.
    pub(super) fn memory(&self) -> usize {
        size_of::<Self>() + REGISTERS * size_of::<u32>() + self.picture.memory()
    }

    /// Takes what comes, cut anywhere, and draws it as far as `allowance` goes.
    pub(super) fn feed(&mut self, bytes: &[u8], allowance: &mut Allowance) {
        bytes.iter().for_each(|byte| self.push(*byte, allowance));
    }

    /// The picture, and the registers as it leaves them.
    pub(super) fn finish(mut self) -> (Picture, Registers) {
        self.end_command();
        (self.picture, self.registers)
    }

    #[inline]
    fn push(&mut self, byte: u8, allowance: &mut Allowance) {
        match byte {
            b'0'..=b'9' => self.digit(byte - b'0'),
            b';' => self.count += usize::from(self.command != Command::None && self.count <= MAX_NUMBERS),
            b'?'..=b'~' => self.sixel(byte - b'?', allowance),
            // Spaces may stand anywhere, within numbers too (xterm).
            b' ' => {}
            _ => {
                self.end_command();
                match byte {
                    b'!' => self.begin(Command::Repeat),
                    b'#' => self.begin(Command::Color),
                    b'"' => self.begin(Command::Raster),
                    b'$' => self.x = 0,
                    b'-' => (self.x, self.y) = (0, (self.y + ROWS).min(MAX_HEIGHT)),
                    _ => {}
                }
            }
        }
    }

    fn begin(&mut self, command: Command) {
        (self.command, self.numbers, self.count) = (command, [0; MAX_NUMBERS], 1);
    }

    fn digit(&mut self, digit: u8) {
        if let (true, Some(number)) = (self.command != Command::None, self.numbers.get_mut(self.count.wrapping_sub(1)))
        {
            *number = number.saturating_mul(10).saturating_add(digit.into());
        }
    }

    /// Carries out what needs no more than its numbers.
    fn end_command(&mut self) {
        match std::mem::replace(&mut self.command, Command::None) {
            Command::None | Command::Repeat => {}
            Command::Color => self.choose_color(),
            Command::Raster => self.set_raster(),
        }
    }

    fn choose_color(&mut self) {
        let [register, space, parts @ ..] = self.numbers;
        let register = usize::from(register) % REGISTERS;
        if self.count == MAX_NUMBERS {
            let [a, b, c] = parts;
            let percent = |part: u16| part.min(100) as u8;
            match space {
                1 => self.registers.0[register] = from_percent(from_hls(a, b, c)),
                2 => self.registers.0[register] = from_percent([percent(a), percent(b), percent(c)]),
                _ => {}
            }
        }
        self.color = self.registers.0[register];
    }

    /// The shape of a pixel is left alone: ours are square, as xterm's are.
    fn set_raster(&mut self) {
        let [_, _, width, height, _] = self.numbers;
        self.declared = Size::new(u32::from(width).min(self.limit.width), u32::from(height).min(self.limit.height));
        let size = &mut self.picture.size;
        *size = Size::new(size.width.max(self.declared.width), size.height.max(self.declared.height));
    }

    /// A character: six pixels, one above the other.
    fn sixel(&mut self, bits: u8, allowance: &mut Allowance) {
        let count = match self.command {
            Command::Repeat => u32::from(self.numbers[0]).clamp(1, MAX_WIDTH),
            _ => 1,
        };
        self.end_command();
        if !std::mem::replace(&mut self.filled, true) {
            self.fill(allowance);
        }
        let start = self.x;
        self.x = (start + count).min(MAX_WIDTH);
        let end = self.x.min(self.limit.width);
        if bits == 0 || start >= end || self.cut_off {
            return;
        }
        for row in (0..ROWS).filter(|row| bits >> row & 1 != 0) {
            let y = self.y + row;
            if y < self.limit.height {
                if !self.picture.draw(start, y, end - start, self.color, allowance) {
                    self.cut_off = true;
                    return;
                }
                self.picture.size.height = self.picture.size.height.max(y + 1);
                self.picture.size.width = self.picture.size.width.max(end);
            }
        }
    }

    /// Gives all of the declared size the colour of register 0.
    fn fill(&mut self, allowance: &mut Allowance) {
        let Size { width, height } = self.declared;
        if width > 0 {
            let color = self.registers.0[0];
            self.cut_off = !(0..height).all(|y| self.picture.draw(0, y, width, color, allowance));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Picture {
        fn pixel(&self, x: u32, y: u32) -> u32 {
            self.row(y).get(x as usize).copied().unwrap_or(TRANSPARENT)
        }
    }

    fn feed(decoder: &mut Decoder, text: &str) {
        decoder.feed(text.as_bytes(), &mut { Allowance::UNLIMITED });
    }

    fn decoded(text: &str) -> (Picture, Registers) {
        let mut decoder = Decoder::new(Size::new(MAX_WIDTH, MAX_HEIGHT), true, Registers::default());
        feed(&mut decoder, text);
        decoder.finish()
    }

    /// A letter for each pixel, the colours in the order in which they are met.
    fn drawn(picture: &Picture) -> Vec<String> {
        let mut colors = vec![TRANSPARENT];
        let mut letter = |pixel: u32| {
            let at = colors.iter().position(|color| *color == pixel).unwrap_or_else(|| {
                colors.push(pixel);
                colors.len() - 1
            });
            char::from(b".abcdefgh"[at])
        };
        let Size { width, height } = picture.size;
        (0..height).map(|y| (0..width).map(|x| letter(picture.pixel(x, y))).collect()).collect()
    }

    #[test]
    fn bits_are_rows_from_the_top() {
        assert_eq!(drawn(&decoded("@ACGO_").0), ["a.....", ".a....", "..a...", "...a..", "....a.", ".....a"]);
        assert_eq!(drawn(&decoded("@-@$A").0), ["a", ".", ".", ".", ".", ".", "a", "a"]);
        assert_eq!(drawn(&decoded("???").0), Vec::<String>::new(), "what is not drawn has no size");
        assert_eq!(drawn(&decoded("?@").0), [".a"]);
    }

    #[test]
    fn repeats_and_overprinting() {
        assert_eq!(drawn(&decoded("!3@!0@!@#1!2A").0), ["aaaaa..", ".....bb"]);
        assert_eq!(drawn(&decoded("#1!4@$#2?@").0), ["abaa"]);
        assert_eq!(decoded("!65535@").0.size, Size::new(MAX_WIDTH, 1));
        assert_eq!(decoded("!2047?@@@").0.size, Size::new(MAX_WIDTH, 1));
    }

    #[test]
    fn a_picture_ends_at_its_limits() {
        let mut tall = "~-".repeat(1_000);
        tall.push_str("!9999999~");
        let (picture, _) = decoded(&tall);
        assert_eq!(picture.size, Size::new(1, MAX_HEIGHT));
        let full = format!("{}~", "!99999~-".repeat(400));
        let mut decoder = Decoder::new(Size::new(9_999, 9_999), false, Registers::default());
        feed(&mut decoder, &format!("\"1;1;65535;65535{full}"));
        assert_eq!(decoder.picture.size, Size::new(MAX_WIDTH, MAX_HEIGHT));
        let most = (MAX_WIDTH * MAX_HEIGHT * 4 + MAX_HEIGHT * 48 + 8_192) as usize;
        assert!(decoder.memory() < most, "{}", decoder.memory());
        let mut small = Decoder::new(Size::new(5, 7), true, Registers::default());
        feed(&mut small, &full);
        assert_eq!(small.finish().0.size, Size::new(5, 7));
    }

    #[test]
    fn every_pixel_that_is_written_is_charged() {
        let cost = |text: &str| {
            let mut allowance = Allowance(1 << 40);
            let mut decoder = Decoder::new(Size::new(MAX_WIDTH, MAX_HEIGHT), false, Registers::default());
            decoder.feed(text.as_bytes(), &mut allowance);
            (1 << 40) - allowance.0
        };
        assert_eq!([cost("~"), cost("!7@"), cost("!5?@"), cost("!5?@$@"), cost("!9?")], [6, 7, 6, 7, 0]);
        assert_eq!([cost("\"1;1;640;2048"), cost("\"1;1;640;2048?")], [0, 640 * 2048]);
        assert_eq!(cost("!9999~-!9999~"), u64::from(12 * MAX_WIDTH));
    }

    #[test]
    fn a_picture_is_drawn_as_far_as_it_is_allowed() {
        for step in [1, 3, 100] {
            let mut allowance = Allowance(17);
            let mut decoder = Decoder::new(Size::new(99, 99), true, Registers::default());
            let text = b"!9@$-@@!9@#1;2;0;0;0~";
            text.chunks(step).for_each(|bytes| decoder.feed(bytes, &mut allowance));
            assert_eq!(allowance.0, 0);
            allowance = Allowance(99);
            decoder.feed(b"@@@@", &mut allowance);
            assert_eq!(allowance.0, 99, "what was cut off does not go on");
            let (picture, registers) = decoder.finish();
            assert_eq!(picture.size, Size::new(9, 7));
            assert_eq!((picture.row(0).len(), picture.row(6).len()), (9, 2));
            assert_eq!(registers.0[1], OPAQUE, "registers cost nothing");
        }
        let mut decoder = Decoder::new(Size::new(99, 99), false, Registers::default());
        decoder.feed(b"\"1;1;4;4~", &mut Allowance(11));
        assert_eq!(drawn(&decoder.finish().0), ["aaaa", "aaaa", "....", "...."]);
    }

    #[test]
    fn colours_in_both_spaces() {
        let color = |text: &str| decoded(&format!("{text}@")).0.pixel(0, 0) & 0xff_ffff;
        assert_eq!(color("#9;2;100;50;0"), 0xff8000);
        assert_eq!((color("#7;1;0;50;100"), color("#7;1;120;50;100")), (0x0000ff, 0xff0000));
        assert_eq!((color("#7;1;240;50;100"), color("#7;1;180;50;100")), (0x00ff00, 0xffff00));
        assert_eq!((color("#7;1;300;50;100"), color("#7;1;60;50;100")), (0x00ffff, 0xff00ff));
        assert_eq!((color("#7;1;77;40;0"), color("#7;1;360;100;100")), (0x666666, 0xffffff));
        assert_eq!((color(""), color("#1"), color("#257"), color("#255")), (0x33cc33, 0x3333cc, 0x3333cc, 0));
        assert_eq!(color("#1;2;900;0;65535"), 0xff00ff, "too much is all of it");
        assert_eq!((color("#1;2;9"), color("#1;7;9;9;9"), color("#1;2;9;9;9;9")), (0x3333cc, 0x3333cc, 0x3333cc));
    }

    #[test]
    fn every_colour_survives_the_way_back() {
        for percent in 0..=100 {
            let pixel = from_percent([percent, 100 - percent, 7]);
            assert_eq!(to_percent(pixel), [percent.into(), u32::from(100 - percent), 7]);
        }
    }

    #[test]
    fn registers_are_left_as_they_were_set() {
        let (_, registers) = decoded("#5;2;1;2;3");
        assert_eq!(registers.changed().collect::<Vec<_>>(), [(5, from_percent([1, 2, 3]))]);
        assert_eq!(Registers::default().changed().count(), 0);
    }

    #[test]
    fn the_background_is_filled_where_it_was_declared() {
        let mut decoder = Decoder::new(Size::new(99, 99), false, Registers::default());
        feed(&mut decoder, "\"1;1;3;2#1?@@");
        assert_eq!(drawn(&decoder.finish().0), ["abb", "aaa"]);
        let mut bare = Decoder::new(Size::new(99, 99), false, Registers::default());
        feed(&mut bare, "#1?@");
        assert_eq!(drawn(&bare.finish().0), [".a"]);
        assert_eq!(decoded("\"1;1;3;2").0.size, Size::new(3, 2), "it has its size even if nothing is drawn");
    }
}
