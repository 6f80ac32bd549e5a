//! The masks that are kept, ready to paint from: ASCII by direct index, all others in a bounded table.

use super::{CLUSTER_CHARS_MAX, GlyphKey, Mask, Style};
use std::collections::HashMap;

/// When the masks of a generation reach this many bytes, the generation before it is forgotten; so at most twice this
/// and one mask are kept. A screen of 80x24 different characters in a cell of 9x18 fills it about once.
pub(super) const GENERATION_BYTES_MAX: usize = 384 * 1024;

const ASCII_FIRST: u32 = 0x20;
const ASCII_COUNT: usize = 0x7f - 0x20;

/// What an entry of the table costs beside its levels.
const ENTRY_BYTES: usize = size_of::<(Key, Mask)>();

/// The key of a glyph that is not plain ASCII: its first characters, filled up with NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    chars: [char; CLUSTER_CHARS_MAX],
    style: Style,
    wide: bool,
}

impl Key {
    fn new(glyph: GlyphKey<'_>) -> Self {
        let mut chars = ['\0'; CLUSTER_CHARS_MAX];
        for (to, from) in chars.iter_mut().zip(glyph.text) {
            *to = *from;
        }
        Self { chars, style: glyph.style, wide: glyph.wide }
    }
}

/// Masks by glyph. What was used since the last change of generation survives the next one.
#[derive(Debug)]
pub(super) struct MaskCache {
    /// One-cell ASCII by style and code: no search for what most cells hold. It is bounded by its length.
    ascii: Box<[Option<Mask>]>,
    young: HashMap<Key, Mask>,
    old: HashMap<Key, Mask>,
    young_bytes: usize,
}

impl Default for MaskCache {
    fn default() -> Self {
        let ascii = vec![None; Style::ALL.len() * ASCII_COUNT].into_boxed_slice();
        Self { ascii, young: HashMap::new(), old: HashMap::new(), young_bytes: 0 }
    }
}

impl MaskCache {
    /// The mask of a glyph, drawn now if it is not kept.
    pub fn get_or_draw(&mut self, glyph: GlyphKey<'_>, draw: impl FnOnce() -> Mask) -> &Mask {
        match ascii_index(glyph) {
            Some(index) => self.ascii[index].get_or_insert_with(draw),
            None => self.other(Key::new(glyph), draw),
        }
    }

    fn other(&mut self, key: Key, draw: impl FnOnce() -> Mask) -> &Mask {
        if self.young_bytes >= GENERATION_BYTES_MAX {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        let (old, young_bytes) = (&mut self.old, &mut self.young_bytes);
        self.young.entry(key).or_insert_with(|| {
            let mask = old.remove(&key).unwrap_or_else(draw);
            *young_bytes += ENTRY_BYTES + mask.levels().len();
            mask
        })
    }

    /// Bytes of the masks kept, with their places in the tables.
    pub fn memory(&self) -> usize {
        let ascii = self.ascii.iter().map(|slot| size_of::<Option<Mask>>() + slot.as_ref().map_or(0, bytes));
        let others = self.young.values().chain(self.old.values()).map(|mask| ENTRY_BYTES + bytes(mask));
        ascii.sum::<usize>() + others.sum::<usize>()
    }
}

fn bytes(mask: &Mask) -> usize {
    mask.levels().len()
}

fn ascii_index(glyph: GlyphKey<'_>) -> Option<usize> {
    let &[ch] = glyph.text else { return None };
    let offset = u32::from(ch).checked_sub(ASCII_FIRST).filter(|&offset| (offset as usize) < ASCII_COUNT)?;
    (!glyph.wide).then_some(glyph.style.index() * ASCII_COUNT + offset as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;

    fn mask(size: Size) -> Mask {
        Mask::new(size, vec![1; size.area() as usize].into())
    }

    fn key(text: &[char]) -> GlyphKey<'_> {
        GlyphKey { text, style: Style::Regular, wide: false }
    }

    #[test]
    fn what_is_kept_is_not_drawn_again() {
        let mut cache = MaskCache::default();
        for text in [['A'].as_slice(), &['é'], &['e', '\u{301}'], &[]] {
            for wide in [false, true] {
                for style in Style::ALL {
                    let glyph = GlyphKey { text, style, wide };
                    cache.get_or_draw(glyph, || mask(Size::new(2, 3)));
                    cache.get_or_draw(glyph, || panic!("{glyph:?} was drawn before"));
                }
            }
        }
    }

    #[test]
    fn other_masks_are_bounded_and_those_in_use_survive() {
        let size = Size::new(64, 64);
        let mut cache = MaskCache::default();
        let each = ENTRY_BYTES + size.area() as usize;
        let (mut most, mut drawn) = (0, 0);
        for code in 0x4e00..0x5200 {
            let ch = char::from_u32(code).expect("a character");
            cache.get_or_draw(key(&[ch]), || mask(size));
            cache.get_or_draw(key(&['語']), || {
                drawn += 1;
                mask(size)
            });
            most = most.max(cache.young.len() + cache.old.len());
        }
        assert_eq!(drawn, 1, "a mask that is used all the time is never forgotten");
        assert!(most * each > GENERATION_BYTES_MAX, "the test reaches the limit");
        assert!(most * each <= 2 * (GENERATION_BYTES_MAX + each), "{most} masks");
    }
}
