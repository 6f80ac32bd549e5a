//! Bands: strips of full width and one tile row high, shared between frames.
//!
//! A [`Strip`] holds pixels and one stamp for each tile: the number of the frame that last changed it. A [`Band`] is a
//! strip in its place in a picture. Scrolling exchanges the strips of places and copies nothing, and the stamps travel
//! with their strips; so the effective stamp of a tile is the latest of its own, the whole strip's, and the moment its
//! strip came to this place.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::print::{TilePrint, prints};
use super::{Pixel, Seq};

/// Pixels and stamps of one tile row.
#[derive(Debug)]
pub(super) struct Strip {
    pub(super) pixels: Box<[Pixel]>,
    stamps: Box<[Seq]>,
    /// The frame that last moved something into each tile; empty as long as nothing was. Most pictures never need it.
    moved: Box<[Seq]>,
    /// Made when first asked for, and forgotten when the strip is written.
    prints: OnceLock<Box<[TilePrint]>>,
}

impl Strip {
    fn new(pixels: Box<[Pixel]>, stamps: Box<[Seq]>, moved: Box<[Seq]>) -> Arc<Self> {
        Arc::new(Self { pixels, stamps, moved, prints: OnceLock::new() })
    }

    /// The prints of its tiles, which are `tile` pixels wide, in rows of `width`.
    pub(super) fn prints(&self, width: usize, tile: usize) -> &[TilePrint] {
        self.prints.get_or_init(|| prints(&self.pixels, width, tile))
    }
}

/// A strip in its place.
#[derive(Clone, Debug)]
pub(super) struct Band {
    pub(super) strip: Arc<Strip>,
    /// All tiles of the strip are at least this new. Travels with the strip.
    whole: Seq,
    /// The newest of the strip's stamps: most bands need no look at the others. Travels with the strip.
    newest: Seq,
    /// The newest frame that moved something into some of the strip's tiles. Travels with the strip.
    pub(super) shifted: Seq,
    /// The frame that moved the strip to this place.
    pub(super) placed: Seq,
}

impl Band {
    /// A new band, changed at `now`.
    pub(super) fn new(pixels: usize, tiles: usize, background: Pixel, now: Seq) -> Self {
        let strip = Strip::new(vec![background; pixels].into(), vec![Seq::NONE; tiles].into(), Box::default());
        Self { strip, whole: now, newest: now, shifted: Seq::NONE, placed: Seq::NONE }
    }

    /// The strip, for writing. It is copied if a frame still holds it; its pixels are not, when `covered` says that all
    /// of them are going to be written.
    pub(super) fn open(&mut self, covered: bool, spares: &mut Spares) -> OpenBand<'_> {
        if Arc::get_mut(&mut self.strip).is_none() {
            let fresh = spares.take(&self.strip, !covered);
            let shared = std::mem::replace(&mut self.strip, fresh);
            spares.put(shared);
        }
        let strip =
            Arc::get_mut(&mut self.strip).expect("nobody else has a strip that was just made or found unshared");
        strip.prints.take();
        OpenBand { strip, whole: &mut self.whole, newest: &mut self.newest, shifted: &mut self.shifted }
    }

    /// Stamps all tiles without writing.
    pub(super) fn touch(&mut self, now: Seq) {
        (self.whole, self.newest) = (now, now);
    }

    /// Collects the runs of tiles that changed after `seen`, in place or by coming here.
    pub(super) fn changed_since(&self, seen: Seq, runs: &mut Vec<Range<usize>>) {
        if self.placed > seen {
            runs.push(0..self.strip.stamps.len());
        } else if self.shifted > seen && self.whole <= seen {
            let Strip { stamps, moved, .. } = &*self.strip;
            push_runs(stamps.len(), |tile| stamps[tile] > seen || moved[tile] > seen, runs);
        } else {
            self.written_since(seen, runs);
        }
    }

    /// Collects the runs of tiles that were written after `seen`, wherever the strip was then.
    pub(super) fn written_since(&self, seen: Seq, runs: &mut Vec<Range<usize>>) {
        let stamps = &self.strip.stamps;
        if self.whole > seen {
            runs.push(0..stamps.len());
        } else if self.newest > seen {
            push_runs(stamps.len(), |tile| stamps[tile] > seen, runs);
        }
    }
}

/// Collects the runs of tiles, of `count`, of which `has` is true.
pub(super) fn push_runs(count: usize, has: impl Fn(usize) -> bool, runs: &mut Vec<Range<usize>>) {
    let mut tile = 0;
    while tile < count {
        let start = tile;
        while tile < count && has(tile) {
            tile += 1;
        }
        if start < tile {
            runs.push(start..tile);
        }
        tile += 1;
    }
}

/// A band whose strip no frame holds.
pub(super) struct OpenBand<'a> {
    strip: &'a mut Strip,
    whole: &'a mut Seq,
    newest: &'a mut Seq,
    shifted: &'a mut Seq,
}

impl<'a> OpenBand<'a> {
    /// The pixels, all rows in one.
    pub(super) fn pixels(&mut self) -> &mut [Pixel] {
        &mut self.strip.pixels
    }

    /// The same, for as long as the band is borrowed.
    pub(super) fn into_pixels(self) -> &'a mut [Pixel] {
        &mut self.strip.pixels
    }

    /// Stamps the tile columns `tiles`, which must be in the picture.
    pub(super) fn stamp(&mut self, tiles: Range<usize>, now: Seq) {
        if tiles.is_empty() {
            return;
        }
        if tiles.len() == self.strip.stamps.len() {
            *self.whole = now;
        } else {
            self.strip.stamps[tiles].fill(now);
        }
        *self.newest = now;
    }

    /// Stamps the tile columns `tiles`, which must be in the picture, for what a move brought there.
    pub(super) fn shift(&mut self, tiles: Range<usize>, now: Seq) {
        if self.strip.moved.is_empty() {
            self.strip.moved = vec![Seq::NONE; self.strip.stamps.len()].into();
        }
        self.strip.moved[tiles].fill(now);
        *self.shifted = now;
    }
}

/// Strips that were replaced and may be written again once no frame holds them.
///
/// A console under a flood repaints all its bands each frame; without this each frame would go to the allocator and
/// back. It never holds more strips than the last frame replaced, so a quiet console keeps next to none.
#[derive(Debug, Default)]
pub(super) struct Spares {
    strips: Vec<Arc<Strip>>,
    /// Strips put since the last frame.
    put: usize,
}

impl Spares {
    /// A strip of its own with the stamps of `model`, and with its pixels if `copied`.
    fn take(&mut self, model: &Strip, copied: bool) -> Arc<Strip> {
        let same_shape =
            |strip: &Strip| (strip.pixels.len(), strip.stamps.len()) == (model.pixels.len(), model.stamps.len());
        let free = self.strips.iter_mut().position(|strip| Arc::get_mut(strip).is_some_and(|strip| same_shape(strip)));
        let Some(mut spare) = free.map(|index| self.strips.swap_remove(index)) else {
            let pixels = if copied { model.pixels.clone() } else { vec![0; model.pixels.len()].into() };
            return Strip::new(pixels, model.stamps.clone(), model.moved.clone());
        };
        let strip = Arc::get_mut(&mut spare).expect("found to be unshared just now");
        strip.stamps.copy_from_slice(&model.stamps);
        strip.moved.clone_from(&model.moved);
        if copied {
            strip.pixels.copy_from_slice(&model.pixels);
        }
        spare
    }

    fn put(&mut self, strip: Arc<Strip>) {
        self.strips.push(strip);
        self.put += 1;
    }

    /// A frame is complete: keep as many as it took, the newest.
    pub(super) fn trim(&mut self) {
        let surplus = self.strips.len().saturating_sub(std::mem::take(&mut self.put));
        self.strips.drain(..surplus);
    }

    /// Strips held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.strips.len()
    }
}
