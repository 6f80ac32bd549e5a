//! Fingerprints of tiles: to find text that is somewhere on the screen already without comparing all with all.

use super::Pixel;

/// What there is to know of a tile without looking at its pixels again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TilePrint {
    /// Of its pixels: tiles with different hashes differ, and those with the same one nearly always do not.
    pub hash: u64,
    /// It has more than one colour.
    pub ink: bool,
}

/// The prints of the tiles of a strip: `pixels` are its rows of `width`, cut into tiles of `tile` pixels.
pub(super) fn prints(pixels: &[Pixel], width: usize, tile: usize) -> Box<[TilePrint]> {
    // Column by column first, for that is vector code; what a tile is follows from its columns.
    let Some((first, rest)) = pixels.split_at_checked(width) else { return Box::default() };
    let (mut sums, mut differences) = (first.to_vec(), vec![0; width]);
    for row in rest.chunks_exact(width) {
        for (((sum, difference), pixel), top) in sums.iter_mut().zip(&mut differences).zip(row).zip(first) {
            // A rotation by five comes to each of the 32 places before it comes back.
            *sum = sum.rotate_left(5).wrapping_add(*pixel);
            *difference |= pixel ^ top;
        }
    }
    let columns = first.chunks(tile).zip(sums.chunks(tile)).zip(differences.chunks(tile));
    columns.map(|((top, sums), differences)| print(top, sums, differences)).collect()
}

fn print(top: &[Pixel], sums: &[u32], differences: &[u32]) -> TilePrint {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, sum: u64| (hash ^ sum).wrapping_mul(MIX).rotate_left(29);
    let (pairs, last) = sums.as_chunks::<2>();
    let hash = pairs.iter().fold(0, |hash, [a, b]| mix(hash, u64::from(*a) << 32 | u64::from(*b)));
    let hash = last.iter().fold(hash, |hash, sum| mix(hash, u64::from(*sum)));
    let across = top.iter().fold(0, |all, pixel| all | pixel ^ top[0]);
    let ink = differences.iter().fold(across, |all, difference| all | difference) != 0;
    TilePrint { hash, ink }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Rect, Size};
    use crate::surface::Surface;

    #[test]
    fn tiles_have_one_print_if_they_are_equal_and_others_if_not() {
        let (width, tile) = (24, 8);
        let mut pixels = vec![5; width * 16];
        let all = |pixels: &[Pixel]| prints(pixels, width, tile).to_vec();
        let plain = all(&pixels);
        assert_eq!(plain.len(), 3);
        assert!(plain.iter().all(|print| *print == plain[0] && !print.ink));
        for at in [0, 7, width * 9 + 3, width * 15 + 7] {
            pixels[at] = 6;
            let changed = all(&pixels);
            assert!(changed[0].ink && changed[0].hash != plain[0].hash, "{at}");
            pixels[at + tile] = 6;
            assert_eq!(all(&pixels)[1], changed[0], "the same one tile further");
            (pixels[at], pixels[at + tile]) = (5, 5);
        }
    }

    #[test]
    fn a_strip_that_is_written_has_other_prints() {
        let mut surface = Surface::new(Size::new(80, 32), Size::new(8, 16), 0);
        let first = surface.publish();
        let before = first.prints(1).to_vec();
        surface.fill(Rect::new(10, 20, 1, 1), 1);
        let second = surface.publish();
        assert_eq!(first.prints(1), before);
        let changed: Vec<bool> = second.prints(1).iter().zip(&before).map(|(a, b)| a != b).collect();
        assert_eq!(changed, [false, true, false, false, false, false, false, false, false, false]);
        assert_eq!(second.prints(0), first.prints(0));
    }
}
