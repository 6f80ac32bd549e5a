//! The colours of a client whose pixels are indices (RFC 6143 §7.6.2, SetColourMapEntries).
//!
//! A console has few colours, so they all get an entry as they come, and every one is shown exactly. A picture with more
//! colours than entries gets a cube of 6×6×6 colours, greys, and its most common colours exactly: text and its
//! background stay what they are. Going from one to the other gives entries another meaning, and everything is sent anew.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use crate::geometry::Rect;
use crate::surface::{Frame, Pixel};

/// Entries of a map: pixels have 8 bits.
pub const ENTRIES: usize = 256;

/// With so few colours a picture that had too many gets exact ones again, which leaves room for more.
const FEW: usize = 192;

/// Levels of red, green and blue in the cube.
const LEVELS: u32 = 6;
/// Entries of the cube. They come first, blue the fastest.
const CUBE: usize = (LEVELS * LEVELS * LEVELS) as usize;
/// Greys behind the cube, none of them in it.
const GREYS: usize = 24;
/// Colours of the picture behind the greys.
const COMMON: usize = ENTRIES - CUBE - GREYS;

/// Slots of the table by colour: twice the entries, so that probing is short.
const SLOTS: usize = 2 * ENTRIES;

/// What the indices mean.
#[derive(Clone, Debug, Default)]
pub struct ColourMap {
    colours: Vec<Pixel>,
    /// The entry of a colour; `None` for a free slot. Empty as long as there are no colours.
    slots: Vec<Option<u8>>,
    /// It begins with the cube and the greys.
    cube: bool,
}

/// What comes of asking for the colours of an update.
#[derive(Debug)]
pub enum Fit {
    /// The map has them, or the nearest there can be.
    Same,
    /// The map with more entries; those it had mean what they meant.
    More(ColourMap),
    /// Another map: what was sent means something else now.
    Other(ColourMap),
}

impl PartialEq for ColourMap {
    fn eq(&self, other: &Self) -> bool {
        self.colours == other.colours
    }
}

impl Eq for ColourMap {}

impl Hash for ColourMap {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.colours.hash(state);
    }
}

impl ColourMap {
    /// What a client has before anything is sent: black, and white for the pointer.
    pub fn initial() -> Self {
        let mut map = Self::default();
        map.set(0, &[0, 0xff_ffff]);
        map
    }

    /// The entries, at most [`ENTRIES`].
    pub fn colours(&self) -> &[Pixel] {
        &self.colours
    }

    /// The colour of an entry; black where there is none.
    #[inline]
    pub fn colour(&self, index: u8) -> Pixel {
        self.colours.get(usize::from(index)).copied().unwrap_or(0)
    }

    /// The entry whose colour is `pixel`, or the nearest one.
    #[inline]
    pub fn index(&self, pixel: Pixel) -> u8 {
        let pixel = pixel & 0xff_ffff;
        match self.find(pixel) {
            Some(index) => index,
            None if self.cube => self.nearest_in_cube(pixel),
            None => self.nearest(0..self.colours.len(), pixel),
        }
    }

    /// Sets entries from number `first` on, as a server does. What exceeds [`ENTRIES`] is ignored.
    pub fn set(&mut self, first: u16, colours: &[Pixel]) {
        let first = usize::from(first).min(ENTRIES);
        let count = colours.len().min(ENTRIES - first);
        self.colours.resize(self.colours.len().max(first + count), 0);
        self.colours[first..first + count].copy_from_slice(&colours[..count]);
        self.cube = false;
        self.slots = vec![None; SLOTS];
        for index in 0..self.colours.len() {
            let slot = self.slot(self.colours[index]);
            // Of equal ones the first.
            self.slots[slot].get_or_insert(index as u8);
        }
    }

    /// What it takes to send these rectangles of `frame`, which may lie partly outside of it.
    pub fn fit(&self, frame: &Frame, rects: impl Iterator<Item = Rect>) -> Fit {
        if self.cube {
            return match Self::exact(frame, FEW) {
                Some(exact) => Fit::Other(exact),
                None => Fit::Same,
            };
        }
        let mut new: Vec<Pixel> = Vec::new();
        for rect in rects {
            if !self.missing(frame, rect, &mut new) {
                return Fit::Other(Self::exact(frame, ENTRIES).unwrap_or_else(|| Self::cube_and_common(frame)));
            }
        }
        if new.is_empty() {
            return Fit::Same;
        }
        let mut more = self.clone();
        more.set(self.colours.len() as u16, &new);
        Fit::More(more)
    }

    /// Adds the colours of a rectangle that have no entry to `new`; `false` when they are too many.
    fn missing(&self, frame: &Frame, rect: Rect, new: &mut Vec<Pixel>) -> bool {
        let mut last = None;
        for pixel in frame.rows(rect).flatten().map(|pixel| pixel & 0xff_ffff) {
            if last == Some(pixel) {
                continue;
            }
            last = Some(pixel);
            if self.find(pixel).is_none() && !new.contains(&pixel) {
                if self.colours.len() + new.len() == ENTRIES {
                    return false;
                }
                new.push(pixel);
            }
        }
        true
    }

    /// A map of all colours of a frame; `None` when there are more than `most`.
    fn exact(frame: &Frame, most: usize) -> Option<Self> {
        let mut map = Self::initial();
        let mut new = Vec::new();
        let found = map.missing(frame, frame.size().rect(), &mut new) && map.colours.len() + new.len() <= most;
        map.set(map.colours.len() as u16, &new);
        found.then_some(map)
    }

    /// The cube, greys, and what is most common in a frame beside these.
    fn cube_and_common(frame: &Frame) -> Self {
        let level = |level: u32| level * 255 / (LEVELS - 1);
        let cube = (0..CUBE as u32).map(|index| {
            let (red, green, blue) = (index / (LEVELS * LEVELS), index / LEVELS % LEVELS, index % LEVELS);
            level(red) << 16 | level(green) << 8 | level(blue)
        });
        let mut map = Self::default();
        map.set(0, &cube.chain((0..GREYS as u32).map(|number| grey(number) * 0x01_0101)).collect::<Vec<_>>());
        let mut counts: HashMap<Pixel, u32> = HashMap::new();
        for pixel in frame.rows(frame.size().rect()).flatten().map(|pixel| pixel & 0xff_ffff) {
            if map.find(pixel).is_none() {
                *counts.entry(pixel).or_default() += 1;
            }
        }
        let mut common: Vec<(u32, Pixel)> = counts.into_iter().map(|(pixel, count)| (count, pixel)).collect();
        common.sort_unstable_by_key(|(count, pixel)| (std::cmp::Reverse(*count), *pixel));
        let common: Vec<Pixel> = common.into_iter().take(COMMON).map(|(_, pixel)| pixel).collect();
        map.set((CUBE + GREYS) as u16, &common);
        map.cube = true;
        map
    }

    /// The entry that has exactly this colour.
    #[inline]
    fn find(&self, pixel: Pixel) -> Option<u8> {
        if self.slots.is_empty() { None } else { self.slots[self.slot(pixel)] }
    }

    /// The slot of a colour, or the free one where it belongs. There is one: at most half are taken.
    #[inline]
    fn slot(&self, pixel: Pixel) -> usize {
        let mut slot = pixel.wrapping_mul(0x9e37_79b1) as usize >> 16 & (SLOTS - 1);
        while self.slots[slot].is_some_and(|index| self.colours[usize::from(index)] != pixel) {
            slot = (slot + 1) & (SLOTS - 1);
        }
        slot
    }

    fn nearest_in_cube(&self, pixel: Pixel) -> u8 {
        let [_, red, green, blue] = pixel.to_be_bytes().map(u32::from);
        let level = |value: u32| (value * (LEVELS - 1) + 127) / 255;
        let cube = ((level(red) * LEVELS + level(green)) * LEVELS + level(blue)) as usize;
        // Greys lie between black and white in equal steps, but for those that the cube has.
        let mean = (red + green + blue) / 3;
        let near = CUBE + (0..GREYS).rev().find(|number| grey(*number as u32) <= mean).unwrap_or(0);
        let greys = near..(near + 2).min(CUBE + GREYS);
        let best = greys.chain([cube]).min_by_key(|index| distance(self.colours[*index], pixel));
        best.unwrap_or(cube) as u8
    }

    fn nearest(&self, among: std::ops::Range<usize>, pixel: Pixel) -> u8 {
        among.min_by_key(|index| distance(self.colours[*index], pixel)).unwrap_or(0) as u8
    }
}

/// The level of a grey behind the cube.
fn grey(number: u32) -> u32 {
    // 5 greys between any two of the cube's, and 4 between the last two.
    let (gap, step) = (number / 5, number % 5 + 1);
    gap * 51 + step * 51 / if gap == 4 { 5 } else { 6 }
}

/// How different two colours look, roughly: green counts most and blue least.
fn distance(a: Pixel, b: Pixel) -> u32 {
    let [_, r1, g1, b1] = a.to_be_bytes();
    let [_, r2, g2, b2] = b.to_be_bytes();
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    2 * square(r1, r2) + 4 * square(g1, g2) + square(b1, b2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::surface::Surface;
    use std::collections::HashSet;
    use std::sync::Arc;

    const SIZE: Size = Size::new(40, 20);

    /// A frame with these colours, in turn.
    fn frame(colours: &[Pixel]) -> Arc<Frame> {
        let mut surface = Surface::new(SIZE, Size::new(8, 16), 0);
        let mut all = colours.iter().cycle();
        for row in surface.rows_mut(SIZE.rect()) {
            row.iter_mut().zip(&mut all).for_each(|(pixel, colour)| *pixel = *colour);
        }
        surface.publish()
    }

    fn fit(map: &ColourMap, colours: &[Pixel]) -> Fit {
        map.fit(&frame(colours), [SIZE.rect()].into_iter())
    }

    fn many(count: u32) -> Vec<Pixel> {
        (0..count).map(|i| (i + 1).wrapping_mul(0x9e_3779) & 0xff_ffff).collect()
    }

    #[test]
    fn colours_get_entries_as_they_come_and_keep_them() {
        let map = ColourMap::initial();
        assert!(matches!(fit(&map, &[0xff_ffff, 0]), Fit::Same));
        let Fit::More(more) = fit(&map, &[0xcd_0000, 0, 0x00_cd00]) else { panic!("two more") };
        assert_eq!(more.colours(), [0, 0xff_ffff, 0xcd_0000, 0x00_cd00]);
        assert_eq!((more.index(0xcd_0000), more.colour(3), more.colour(200)), (2, 0x00_cd00, 0));
        assert!(matches!(fit(&more, &[0x00_cd00]), Fit::Same));
        assert_eq!(more.index(0xd0_0810), 2, "what is not there is the nearest");
        assert_eq!(ColourMap::default().index(0xd0_0810), 0, "or nothing, where there is nothing");
    }

    #[test]
    fn as_many_as_there_are_entries_are_exact() {
        let colours = many(ENTRIES as u32 - 2);
        let Fit::More(map) = fit(&ColourMap::initial(), &colours) else { panic!("they fit") };
        assert_eq!(map.colours().len(), ENTRIES);
        assert!(colours.iter().all(|colour| map.colour(map.index(*colour)) == *colour));
        // Full of what was: the picture's own colours are begun with anew.
        let Fit::Other(other) = fit(&map, &[0x12_3456, 0x65_4321]) else { panic!("no entry is free") };
        assert_eq!(other.colours(), [0, 0xff_ffff, 0x12_3456, 0x65_4321]);
    }

    #[test]
    fn too_many_colours_are_near_and_the_most_common_exact() {
        let text = [0x1e_2030, 0xd4_d4d4];
        let colours: Vec<Pixel> = many(300).into_iter().flat_map(|colour| [text[0], text[1], colour]).collect();
        let Fit::Other(map) = fit(&ColourMap::initial(), &colours) else { panic!("too many") };
        assert_eq!(map.colours().len(), ENTRIES);
        let shown = |colour: Pixel| map.colour(map.index(colour));
        assert!(text.iter().all(|colour| shown(*colour) == *colour));
        for colour in many(10_000) {
            // At least as near as the cube is: half a step of each channel.
            let off = distance(shown(colour), colour);
            assert!(off <= 7 * 26 * 26, "{colour:06x} as {:06x}", shown(colour));
        }
        // As long as there are more than a few, it stays; then all are exact again.
        assert!(matches!(fit(&map, &many(FEW as u32 + 1)), Fit::Same));
        let few = many(FEW as u32 - 2);
        let Fit::Other(exact) = fit(&map, &few) else { panic!("few") };
        assert!(few.iter().all(|colour| exact.colour(exact.index(*colour)) == *colour));
    }

    #[test]
    fn the_greys_are_none_of_the_cube_and_in_order() {
        let greys: Vec<u32> = (0..GREYS as u32).map(grey).collect();
        assert!(greys.is_sorted() && greys.iter().all(|grey| grey % 51 != 0 && *grey < 255));
        assert_eq!(greys.iter().collect::<HashSet<_>>().len(), GREYS);
    }

    #[test]
    fn entries_of_a_server_are_taken_as_far_as_there_is_room() {
        let mut map = ColourMap::default();
        map.set(250, &[7; 20]);
        assert_eq!((map.colours().len(), map.colour(249), map.colour(255)), (ENTRIES, 0, 7));
        map.set(u16::MAX, &[9]);
        assert_eq!(map.index(7), 250, "the first of equal ones");
        map.set(250, &[8]);
        assert_eq!((map.index(8), map.index(7)), (250, 251));
    }
}
