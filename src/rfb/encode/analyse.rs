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
    /// The place of a colour in `colors`; `None` for a free slot. Filled only once they are too many to compare.
    slots: Vec<Option<u8>>,
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
        self.slots.clear();
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
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
            for index in 0..self.colors.len() {
                let slot = self.slot(self.colors[index]);
                self.slots[slot] = Some(index as u8);
            }
        }
        let (mut last, mut last_index) = (None, 0);
        for &pixel in row {
            if last != Some(pixel) {
                let Some(index) = self.index_of(pixel, limit) else { return false };
                (last, last_index) = (Some(pixel), index);
            }
            self.indices.push(last_index);
        }
        true
    }

    /// The number of a colour, which may be new; `None` when it is one too many.
    fn index_of(&mut self, pixel: Pixel, limit: usize) -> Option<u8> {
        let slot = self.slot(pixel);
        if let Some(index) = self.slots[slot] {
            return Some(index);
        }
        if self.colors.len() >= limit {
            return None;
        }
        let index = self.colors.len() as u8;
        self.colors.push(pixel);
        self.slots[slot] = Some(index);
        Some(index)
    }

    /// The slot that holds a colour, or the free one where it belongs. There is one: at most half are taken.
    fn slot(&self, pixel: Pixel) -> usize {
        let mut slot = pixel.wrapping_mul(0x9e37_79b1) as usize >> 16 & (SLOTS - 1);
        while self.slots[slot].is_some_and(|index| self.colors[usize::from(index)] != pixel) {
            slot = (slot + 1) & (SLOTS - 1);
        }
        slot
    }

    /// Appends the indices packed into `bits` (1, 2, 4 or 8) each, every row of `width` pixels from a new byte.
    pub fn pack(&self, width: usize, bits: usize, out: &mut Vec<u8>) {
        match bits {
            1 => self.indices.chunks_exact(width).for_each(|row| pack_bits(row, out)),
            2 => self.indices.chunks_exact(width).for_each(|row| pack_row::<4>(row, out)),
            4 => self.indices.chunks_exact(width).for_each(|row| pack_row::<2>(row, out)),
            _ => out.extend_from_slice(&self.indices),
        }
    }
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
    let (chunks, rest) = row.as_chunks::<8>();
    out.extend(chunks.iter().map(|chunk| (u64::from_le_bytes(*chunk).wrapping_mul(GATHER) >> 56) as u8));
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        out.push((u64::from_le_bytes(last).wrapping_mul(GATHER) >> 56) as u8);
    }
}

/// `N` indices to a byte, the first in its highest bits.
fn pack_row<const N: usize>(row: &[u8], out: &mut Vec<u8>) {
    let bits = 8 / N;
    let pack = |indices: &[u8]| indices.iter().fold(0, |byte, index| byte << bits | index);
    let (chunks, rest) = row.as_chunks::<N>();
    out.extend(chunks.iter().map(|chunk| pack(chunk)));
    if !rest.is_empty() {
        out.push(pack(rest) << (bits * (N - rest.len())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
