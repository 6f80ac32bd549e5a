//! Few colours: what text is made of, and what makes it small on the wire.

use super::Pixels;
use crate::rfb::pixel_format::PixelCoder;
use crate::surface::Pixel;

/// More colours than this have no palette in any encoding.
pub(super) const MAX_COLORS: usize = 256;

/// Up to so many colours a pixel is compared with all of them, which becomes vector code; beyond that it is looked up.
const COMPARED: usize = 8;

/// Slots of the colour table: twice the colours, so that probing is short.
const SLOTS: usize = 2 * MAX_COLORS;

/// Pixels as numbers of colours. Made once and used again, as its buffers are worth keeping.
#[derive(Debug, Default)]
pub(super) struct Indexed {
    /// In the order of their first pixels, as the client will show them.
    pub colors: Vec<Pixel>,
    /// One for each pixel, row by row.
    pub indices: Vec<u8>,
    /// By the hash of a colour, its [`entry`]. Filled only once they are too many to compare.
    table: Vec<u64>,
    patched: Vec<Pixel>,
    shown: Vec<Pixel>,
}

impl Indexed {
    /// Takes in the pixels of a rectangle; `false` when it has more than `limit` colours (and the result is useless).
    pub fn scan(&mut self, pixels: Pixels<'_>, coder: &PixelCoder, limit: usize) -> bool {
        let limit = limit.min(MAX_COLORS);
        if coder.is_exact() {
            return self.scan_as(pixels, None, limit);
        }
        if self.scan_as(pixels, None, MAX_COLORS) {
            self.reduce(coder);
            return self.colors.len() <= limit;
        }
        // Too many colours, but perhaps not for the client, which tells fewer apart.
        self.scan_as(pixels, Some(coder), limit)
    }

    /// The same for the pixels as they are, or as they are shown.
    fn scan_as(&mut self, pixels: Pixels<'_>, shown_by: Option<&PixelCoder>, limit: usize) -> bool {
        self.colors.clear();
        self.table.clear();
        self.indices.clear();
        self.indices.reserve(pixels.rect.area() as usize);
        let (mut patched, mut shown) = (std::mem::take(&mut self.patched), std::mem::take(&mut self.shown));
        let few = (0..pixels.rect.height).all(|line| {
            let row = pixels.row(line, &mut patched);
            let Some(coder) = shown_by else { return self.scan_row(row, limit) };
            coder.show_row(row, &mut shown);
            self.scan_row(&shown, limit)
        });
        (self.patched, self.shown) = (patched, shown);
        few
    }

    /// Turns the colours into those that the client will show, of which there may be fewer.
    fn reduce(&mut self, coder: &PixelCoder) {
        let (mut shown, mut numbers) = (Vec::new(), [0; MAX_COLORS]);
        coder.show_row(&self.colors, &mut shown);
        self.colors.clear();
        for (number, color) in numbers.iter_mut().zip(shown) {
            let known = self.colors.iter().position(|known| *known == color);
            *number = known.unwrap_or(self.colors.len()) as u8;
            if known.is_none() {
                self.colors.push(color);
            }
        }
        self.indices.iter_mut().for_each(|index| *index = numbers[usize::from(*index)]);
    }

    fn scan_row(&mut self, row: &[Pixel], limit: usize) -> bool {
        let start = self.indices.len();
        self.indices.resize(start + row.len(), 0);
        while self.colors.len() <= COMPARED {
            if compare(row, &self.colors, &mut self.indices[start..]) {
                return true;
            }
            let Some(&new) = row.iter().find(|pixel| !self.colors.contains(pixel)) else { return true };
            if self.colors.len() == limit {
                return false;
            }
            self.colors.push(new);
        }
        self.indices.truncate(start);
        self.look_up(row, limit)
    }

    fn look_up(&mut self, row: &[Pixel], limit: usize) -> bool {
        if self.table.is_empty() {
            self.table.resize(SLOTS, FREE);
            for (index, color) in (0..).zip(&self.colors) {
                let slot = slot(&self.table, *color);
                self.table[slot] = entry(*color, index);
            }
        }
        let start = self.indices.len();
        self.indices.resize(start + row.len(), 0);
        let mut indices = std::mem::take(&mut self.indices);
        let ((pixels, pixels_rest), (places, places_rest)) = (row.as_chunks(), indices[start..].as_chunks_mut());
        let few = pixels.iter().zip(places).all(|(pixels, places)| self.number_group(pixels, places, limit))
            && pixels_rest.iter().zip(places_rest).all(|(pixel, place)| self.number_into(*pixel, place, limit));
        self.indices = indices;
        few
    }

    /// Numbers a few pixels. Those of a glyph have two colours, so that two are looked up and not all.
    fn number_group(&mut self, pixels: &[Pixel; GLYPH], places: &mut [u8; GLYPH], limit: usize) -> bool {
        let first = pixels[0];
        let second = pixels.iter().fold(first, |second, pixel| if *pixel == first { second } else { *pixel });
        if pixels.iter().fold(false, |other, pixel| other | ((*pixel != first) & (*pixel != second))) {
            return pixels.iter().zip(places).all(|(pixel, place)| self.number_into(*pixel, place, limit));
        }
        let Some(one) = self.number(first, limit) else { return false };
        let Some(two) = (if second == first { Some(one) } else { self.number(second, limit) }) else { return false };
        *places = pixels.map(|pixel| if pixel == first { one } else { two });
        true
    }

    fn number_into(&mut self, pixel: Pixel, place: &mut u8, limit: usize) -> bool {
        self.number(pixel, limit).map(|number| *place = number).is_some()
    }

    /// The number of a colour, which it gets if it has none; `None` when they are used up.
    #[inline]
    fn number(&mut self, pixel: Pixel, limit: usize) -> Option<u8> {
        let slot = slot(&self.table, pixel);
        if self.table[slot] == FREE {
            if self.colors.len() >= limit {
                return None;
            }
            self.table[slot] = entry(pixel, self.colors.len() as u8);
            self.colors.push(pixel);
        }
        Some(self.table[slot] as u8)
    }

    /// Appends the indices packed into `bits` (1, 2, 4 or 8) each, every row of `width` pixels from a new byte.
    pub fn pack(&self, width: usize, bits: usize, out: &mut Vec<u8>) {
        let pack = match bits {
            1 => pack_bits,
            2 => pack_pairs,
            4 => pack_nibbles,
            _ => return out.extend_from_slice(&self.indices),
        };
        // Where rows end with a byte anyway, all of them are as one.
        let whole = (width * bits).is_multiple_of(8);
        self.indices.chunks(if whole { self.indices.len().max(1) } else { width }).for_each(|row| pack(row, out));
    }
}

/// Pixels that are numbered at once: about as many as a glyph is wide.
const GLYPH: usize = 8;

/// A slot of the table without a colour.
const FREE: u64 = 0;

/// A colour and its number, which is in the lowest byte.
const fn entry(color: Pixel, number: u8) -> u64 {
    1 << 63 | (color as u64) << 8 | number as u64
}

/// The slot that holds a colour, or the free one where it belongs. There is one: at most half are taken.
#[inline]
fn slot(table: &[u64], pixel: Pixel) -> usize {
    let mut slot = pixel.wrapping_mul(0x9e37_79b1) as usize >> 16 & (SLOTS - 1);
    while table[slot] != FREE && table[slot] >> 8 != entry(pixel, 0) >> 8 {
        slot = (slot + 1) & (SLOTS - 1);
    }
    slot
}

/// Gives each pixel the number of its colour; whether all have one.
fn compare(row: &[Pixel], colors: &[Pixel], indices: &mut [u8]) -> bool {
    // Whole groups of pixels in arrays, and masks instead of conditions: so it becomes vector code.
    const GROUP: usize = 16;
    let mut unknown = 0;
    let mut group = |pixels: &[Pixel; GROUP], indices: &mut [u8; GROUP]| {
        let (mut found, mut known) = ([0_u8; GROUP], [0_u8; GROUP]);
        for (number, color) in (0_u8..).zip(colors) {
            for lane in 0..GROUP {
                let same = u8::from(pixels[lane] == *color).wrapping_neg();
                found[lane] |= same & number;
                known[lane] |= same;
            }
        }
        *indices = found;
        unknown |= known.iter().fold(0, |all, known| all | !known);
    };
    let ((pixels, pixels_rest), (places, places_rest)) = (row.as_chunks(), indices.as_chunks_mut());
    pixels.iter().zip(places).for_each(|(pixels, indices)| group(pixels, indices));
    if let Some(first) = pixels_rest.first() {
        // What is missing in the last group is as its first pixel, so that nothing is unknown because of it.
        let (mut pixels, mut indices) = ([*first; GROUP], [0; GROUP]);
        pixels[..pixels_rest.len()].copy_from_slice(pixels_rest);
        group(&pixels, &mut indices);
        places_rest.copy_from_slice(&indices[..places_rest.len()]);
    }
    unknown == 0
}

/// Eight indices of 0 or 1 to a byte, the first in its highest bit.
fn pack_bits(row: &[u8], out: &mut Vec<u8>) {
    // The product gathers the lowest bits of eight bytes in its highest byte; none of the partial products meet.
    const GATHER: u64 = 0x8040_2010_0804_0201;
    pack_eights(row, out, |indices| [(indices.wrapping_mul(GATHER) >> 56) as u8]);
}

/// Four indices of 0 to 3 to a byte, the first in its highest bits.
fn pack_pairs(row: &[u8], out: &mut Vec<u8>) {
    // Neighbours are joined twice; what they leave behind on their way is cut off.
    pack_eights(row, out, |indices| {
        let twos = (indices << 2 | indices >> 8) & 0x000f_000f_000f_000f;
        let fours = twos << 4 | twos >> 16;
        [fours as u8, (fours >> 32) as u8]
    });
}

/// Two indices of 0 to 15 to a byte, the first in its highest bits.
fn pack_nibbles(row: &[u8], out: &mut Vec<u8>) {
    pack_eights(row, out, |indices| {
        let [a, _, b, _, c, _, d, _] = (indices << 4 | indices >> 8).to_le_bytes();
        [a, b, c, d]
    });
}

/// Packs indices, eight at a time, to `N` bytes; the last of these that stand for none of the row are left out.
fn pack_eights<const N: usize>(row: &[u8], out: &mut Vec<u8>, pack: impl Fn(u64) -> [u8; N]) {
    let (chunks, rest) = row.as_chunks::<8>();
    let start = out.len();
    out.resize(start + (row.len() * N).div_ceil(8), 0);
    let (whole, last) = out[start..].as_chunks_mut::<N>();
    let (packed, partly) = whole.split_at_mut(chunks.len());
    packed.iter_mut().zip(chunks).for_each(|(out, chunk)| *out = pack(u64::from_le_bytes(*chunk)));
    let mut padded = [0; 8];
    padded[..rest.len()].copy_from_slice(rest);
    let bytes = pack(u64::from_le_bytes(padded));
    partly.as_flattened_mut().iter_mut().chain(last).zip(bytes).for_each(|(out, byte)| *out = byte);
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;
    use crate::geometry::{Rect, Size};
    use crate::rfb::pixel_format::PixelFormat;
    use crate::surface::Surface;

    impl Indexed {
        /// As if it had been scanned.
        pub fn given(indices: Vec<u8>, colors: Vec<Pixel>) -> Self {
            Self { indices, colors, ..Self::default() }
        }
    }

    #[test]
    fn indices_are_packed_from_the_highest_bit_and_rows_begin_with_a_byte() {
        let packed = |indices: &[u8], width, bits| {
            let mut out = Vec::new();
            Indexed::given(indices.to_vec(), Vec::new()).pack(width, bits, &mut out);
            out
        };
        assert_eq!(packed(&[1, 0, 0, 0, 0, 0, 1, 1, 1], 9, 1), [0b1000_0011, 0b1000_0000]);
        assert_eq!(packed(&[1, 0, 1, 1, 0, 1], 3, 1), [0b1010_0000, 0b1010_0000]);
        assert_eq!(packed(&[3, 0, 1, 2, 1], 5, 2), [0b1100_0110, 0b0100_0000]);
        assert_eq!(packed(&[15, 1, 7], 3, 4), [0xf1, 0x70]);
        assert_eq!(packed(&[200, 1], 1, 8), [200, 1]);
    }

    #[test]
    fn rows_of_every_length_are_packed_as_one_by_one() {
        for (bits, most) in [(1, 2), (2, 4), (4, 16)] {
            for width in 1..40 {
                let indices: Vec<u8> = (0..3 * width).map(|i| (i * 7 + i / 5) as u8 % most).collect();
                let mut out = Vec::new();
                Indexed::given(indices.clone(), Vec::new()).pack(width, bits, &mut out);
                let mut one_by_one = vec![0; 3 * (width * bits).div_ceil(8)];
                for (i, index) in indices.into_iter().enumerate() {
                    let (row, bit) = (i / width, i % width * bits);
                    one_by_one[row * (width * bits).div_ceil(8) + bit / 8] |= index << (8 - bits - bit % 8);
                }
                assert_eq!(out, one_by_one, "{width} of {bits} bits");
            }
        }
    }

    #[test]
    fn colours_that_the_client_cannot_tell_apart_are_one() {
        let mut surface = Surface::new(Size::new(4, 2), Size::new(4, 2), 0);
        surface
            .rows_mut(Rect::new(0, 0, 4, 1))
            .for_each(|row| row.copy_from_slice(&[0x01_0101, 0, 0xff_ffff, 0xfe_fefe]));
        let frame = surface.publish();
        let source = Source::Frame { frame: &frame, x: 0, y: 0 };
        let pixels = Pixels { rect: frame.size().rect(), source, repeats: &[] };
        let mut found = Indexed::default();
        assert!(found.scan(pixels, &PixelFormat::RGB565.cpixel(), 2));
        assert_eq!((&found.colors[..], &found.indices[..]), (&[0, 0xff_ffff][..], &[0, 0, 1, 1, 0, 0, 0, 0][..]));
        assert!(!found.scan(pixels, &PixelFormat::SERVER_DEFAULT.cpixel(), 3));
        assert!(found.scan(pixels, &PixelFormat::SERVER_DEFAULT.cpixel(), 4));
    }

    #[test]
    fn colours_are_found_whether_a_row_has_one_two_or_many() {
        let mut found = Indexed::default();
        let rows: [&[Pixel]; 5] = [&[7, 7, 7], &[7, 9, 7], &[9, 9, 7], &[1, 7, 9], &[7, 7, 7]];
        assert!(rows.iter().all(|row| found.scan_row(row, 3)));
        assert_eq!(found.colors, [7, 9, 1]);
        assert_eq!(found.indices, [0, 0, 0, 0, 1, 0, 1, 1, 0, 2, 0, 1, 0, 0, 0]);
        assert!(!found.scan_row(&[4, 4, 4], 3));
    }

    #[test]
    fn the_limit_holds_for_two_colours_too() {
        assert!(!Indexed::default().scan_row(&[1, 2], 1));
        assert!(Indexed::default().scan_row(&[2, 2], 1));
    }

    #[test]
    fn as_many_colours_as_a_byte_can_count() {
        let row: Vec<Pixel> = (0..257).map(|i| i * 0x01_0203).collect();
        let mut found = Indexed::default();
        assert!(found.scan_row(&row[..256], MAX_COLORS));
        assert_eq!(found.indices, (0..=255).collect::<Vec<u8>>());
        assert!(found.scan_row(&row[..256], MAX_COLORS));
        assert!(!found.scan_row(&row, MAX_COLORS));
    }
}
