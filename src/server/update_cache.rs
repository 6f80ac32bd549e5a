//! Encode once: viewers at the same point with the same wire format share the bytes of an update.
//!
//! ```text
//! display 1 ─► shelf of frame 17: (seen 16, Tight) (seen 16, ZRLE) (seen 0, Tight)
//! display 2 ─► shelf of frame  4: …
//! ```
//! The first viewer that asks encodes, where it stands: that takes less than half a millisecond, and a thread of its
//! own would cost more. Others who ask meanwhile wait for it instead of doing the same. A newer frame empties the shelf
//! at once; who is still sending an old update holds it until its last byte is written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::locked;
use crate::rfb::encode::{EncodedUpdate, WireFormat, encode};
use crate::rfb::plan::{plan, repaint};
use crate::surface::{Frame, Region, Seq};

/// Different updates to the same frame that are kept; more are encoded and not kept.
pub const MAX_ON_SHELF: usize = 64;
/// Bytes that are kept of all displays together; above it, everything is dropped.
pub const MAX_BYTES: usize = 16 << 20;

type Slot = Arc<OnceCell<Arc<EncodedUpdate>>>;

/// The updates that may be asked for again.
#[derive(Debug, Default)]
pub struct UpdateCache {
    /// Never held while something is encoded or awaited.
    shelves: Mutex<Shelves>,
}

#[derive(Debug, Default)]
struct Shelves {
    displays: HashMap<u32, Shelf>,
    bytes: usize,
}

/// The updates to one display's newest frame.
#[derive(Debug)]
struct Shelf {
    to: Seq,
    bytes: usize,
    updates: Vec<(Has, WireFormat, Slot)>,
}

/// What a viewer has that is sent an update.
#[derive(Debug, PartialEq, Eq)]
enum Has {
    /// That frame.
    Frame(Seq),
    /// This one, but not exactly so here.
    Almost(Region),
}

impl UpdateCache {
    /// The update that leads a viewer which has `seen` to `frame` of the display number `display`. May be dropped
    /// half-way without loss.
    pub async fn get(&self, display: u32, frame: &Frame, seen: Seq, format: &WireFormat) -> Arc<EncodedUpdate> {
        let make = || Arc::new(encode(frame, &plan(frame, seen, format), format));
        self.share(display, frame, Has::Frame(seen), format, make).await
    }

    /// The update that gives a viewer exactly what it has of `frame` in `region`, but not exactly. May be dropped half-way
    /// without loss.
    pub async fn again(&self, display: u32, frame: &Frame, region: &Region, format: &WireFormat) -> Arc<EncodedUpdate> {
        let format = &format.lossless();
        let make = || Arc::new(encode(frame, &repaint(frame, region, format), format));
        self.share(display, frame, Has::Almost(region.clone()), format, make).await
    }

    async fn share(
        &self,
        display: u32,
        frame: &Frame,
        has: Has,
        format: &WireFormat,
        make: impl Fn() -> Arc<EncodedUpdate>,
    ) -> Arc<EncodedUpdate> {
        let Some(slot) = self.slot(display, frame.seq(), has, format) else { return make() };
        let mut made = None;
        let update = slot.get_or_init(async || made.insert(make()).clone()).await.clone();
        if let Some(update) = made {
            self.count(display, frame.seq(), update.len());
        }
        update
    }

    /// Nobody looks at this display any more.
    pub fn forget(&self, display: u32) {
        self.lock().forget(display);
    }

    /// Where that update is or will be; `None` when it is not to be kept.
    fn slot(&self, display: u32, to: Seq, has: Has, format: &WireFormat) -> Option<Slot> {
        let mut shelves = self.lock();
        match shelves.displays.get(&display) {
            Some(shelf) if shelf.to == to => {}
            // A viewer that took its frame a moment before a newer one came.
            Some(shelf) if shelf.to > to => return None,
            _ => {
                shelves.forget(display);
                shelves.displays.insert(display, Shelf { to, bytes: 0, updates: Vec::new() });
            }
        }
        let updates = &mut shelves.displays.get_mut(&display)?.updates;
        if let Some((.., slot)) = updates.iter().find(|(known, with, _)| *known == has && with == format) {
            return Some(Arc::clone(slot));
        }
        if updates.len() >= MAX_ON_SHELF {
            return None;
        }
        let slot = Slot::default();
        updates.push((has, format.clone(), Arc::clone(&slot)));
        Some(slot)
    }

    /// Counts the bytes of an update that was made just now.
    fn count(&self, display: u32, to: Seq, bytes: usize) {
        let mut shelves = self.lock();
        if let Some(shelf) = shelves.displays.get_mut(&display).filter(|shelf| shelf.to == to) {
            shelf.bytes += bytes;
            shelves.bytes += bytes;
        }
        if shelves.bytes > MAX_BYTES {
            *shelves = Shelves::default();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shelves> {
        locked(&self.shelves)
    }
}

impl Shelves {
    fn forget(&mut self, display: u32) {
        if let Some(shelf) = self.displays.remove(&display) {
            self.bytes -= shelf.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::rfb::colour_map::ColourMap;
    use crate::rfb::pixel_format::PixelFormat;
    use crate::surface::Surface;

    const SIZE: Size = Size::new(64, 64);

    fn surface() -> Surface {
        Surface::new(SIZE, Size::new(8, 16), 0)
    }

    /// The next frame, which differs from the last.
    fn next(surface: &mut Surface) -> Arc<Frame> {
        let seq = surface.publish().seq();
        surface.fill(SIZE.rect(), seq.0 as u32 + 1);
        surface.publish()
    }

    fn with_compression(compression: u8) -> WireFormat {
        WireFormat { compression, ..WireFormat::default() }
    }

    #[tokio::test]
    async fn viewers_at_the_same_point_share_the_bytes_and_others_do_not() {
        let (cache, mut surface) = (UpdateCache::default(), surface());
        let frame = next(&mut surface);
        let format = WireFormat::default();
        let first = cache.get(1, &frame, Seq::NONE, &format).await;
        assert!(Arc::ptr_eq(&first, &cache.get(1, &frame, Seq::NONE, &format).await));
        assert!(!Arc::ptr_eq(&first, &cache.get(2, &frame, Seq::NONE, &format).await));
        assert!(!Arc::ptr_eq(&first, &cache.get(1, &frame, frame.seq(), &format).await));
        assert!(!Arc::ptr_eq(&first, &cache.get(1, &frame, Seq::NONE, &with_compression(1)).await));
    }

    #[tokio::test]
    async fn clients_whose_colour_maps_are_equal_share_the_bytes_and_others_do_not() {
        let (cache, mut surface) = (UpdateCache::default(), surface());
        let frame = next(&mut surface);
        let with = |colours: &[u32]| {
            let mut map = ColourMap::initial();
            map.set(2, colours);
            let pixel_format = PixelFormat::COLOUR_MAP;
            WireFormat { pixel_format, colour_map: Some(Arc::new(map)), ..WireFormat::default() }
        };
        let first = cache.get(1, &frame, Seq::NONE, &with(&[1, 2])).await;
        assert!(Arc::ptr_eq(&first, &cache.get(1, &frame, Seq::NONE, &with(&[1, 2])).await));
        assert!(!Arc::ptr_eq(&first, &cache.get(1, &frame, Seq::NONE, &with(&[2, 1])).await));
    }

    #[tokio::test]
    async fn those_who_ask_meanwhile_wait_for_the_first() {
        let (cache, mut surface) = (UpdateCache::default(), surface());
        let frame = next(&mut surface);
        let format = WireFormat::default();
        let slot = cache.slot(1, frame.seq(), Has::Frame(Seq::NONE), &format).expect("kept");
        // Somebody is encoding, and has not finished.
        let (finish, finished) = tokio::sync::oneshot::channel::<()>();
        let first = slot.get_or_init(async || {
            let _ = finished.await;
            Arc::new(encode(&frame, &plan(&frame, Seq::NONE, &format), &format))
        });
        let second = cache.get(1, &frame, Seq::NONE, &format);
        let (first, second, ()) = tokio::join!(first, second, async {
            tokio::task::yield_now().await;
            finish.send(()).expect("still waited for");
        });
        assert!(Arc::ptr_eq(first, &second));
    }

    #[tokio::test]
    async fn a_newer_frame_empties_the_shelf_and_an_older_one_does_not_come_back() {
        let (cache, mut surface) = (UpdateCache::default(), surface());
        let (format, old) = (WireFormat::default(), next(&mut surface));
        let kept = Arc::downgrade(&cache.get(1, &old, Seq::NONE, &format).await);
        assert!(kept.upgrade().is_some());
        let new = next(&mut surface);
        let newer = cache.get(1, &new, Seq::NONE, &format).await;
        assert!(kept.upgrade().is_none());
        let late = Arc::downgrade(&cache.get(1, &old, Seq::NONE, &format).await);
        assert!(late.upgrade().is_none());
        assert!(Arc::ptr_eq(&newer, &cache.get(1, &new, Seq::NONE, &format).await));
        cache.forget(1);
        assert_eq!(Arc::strong_count(&newer), 1);
        assert_eq!(cache.lock().bytes, 0);
    }

    #[tokio::test]
    async fn updates_to_one_frame_are_bounded() {
        let (cache, mut surface) = (UpdateCache::default(), surface());
        let frame = next(&mut surface);
        for seen in 0..MAX_ON_SHELF as u64 + 5 {
            cache.get(1, &frame, Seq(seen + 100), &WireFormat::default()).await;
        }
        assert_eq!(cache.lock().displays[&1].updates.len(), MAX_ON_SHELF);
    }

    #[tokio::test]
    async fn bytes_are_bounded() {
        let cache = UpdateCache::default();
        let large = Surface::new(Size::new(1024, 1024), Size::new(8, 16), 0).publish();
        let each = cache.get(0, &large, Seq::NONE, &WireFormat::default()).await.len();
        for display in 1..=(MAX_BYTES / each) as u32 + 1 {
            cache.get(display, &large, Seq::NONE, &WireFormat::default()).await;
            assert!(cache.lock().bytes <= MAX_BYTES);
        }
        let kept: usize = cache.lock().displays.values().map(|shelf| shelf.bytes).sum();
        assert_eq!(cache.lock().bytes, kept);
    }
}
