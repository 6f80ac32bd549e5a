//! What of its picture a viewer does not have exactly, since it was sent as JPEG; and when it gets that.
//!
//! What has been quiet for a while is sent once more, without loss. A film is not: it changes before it is its turn.
//!
//! ```text
//! sent as JPEG ─► new ──tick──► older ──tick──► quiet ──► sent exactly
//!                  └──────────── painted anew ─┘─┘
//! ```

use std::time::Duration;

use tokio::time::Instant;

use crate::geometry::Rect;
use crate::surface::{FrameDamage, Region};

/// From tick to tick. What is quiet is so for one to two of them.
const TICK: Duration = Duration::from_millis(250);

/// Pixels that are sent exactly at once: as much as keeps nothing else waiting for more than a few milliseconds.
const AT_ONCE: u64 = 256 * 1024;

/// Rectangles of what is not exact; more become the one around them, and some of it is sent in vain.
const MOST_RECTS: usize = 4096;

/// Rows of a rectangle that are sent together at least: those of a tile of a screen.
const ROWS: u32 = 16;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Refining {
    new: Region,
    older: Region,
    quiet: Region,
    /// When the next tick is; `None` while all is exact.
    tick: Option<Instant>,
    /// The last update was one of these: what has changed meanwhile goes first now.
    had_its_turn: bool,
}

impl Refining {
    /// The viewer was sent what has changed, `damage`, or all of its picture; of that, `lossy` it has not exactly.
    pub(super) fn sent(&mut self, damage: Option<&FrameDamage>, lossy: &Region, now: Instant) {
        self.had_its_turn = false;
        if self.tick.is_none() && lossy.is_empty() {
            return;
        }
        for region in [&mut self.new, &mut self.older, &mut self.quiet] {
            *region = damage.map_or(Region::EMPTY, |damage| after(region, damage));
        }
        self.new = bounded(self.new.union(lossy));
        self.settle(now);
    }

    /// What it is to be sent now without loss, where `changing` has changed since and will be sent anyway.
    pub(super) fn next(&mut self, now: Instant, changing: &FrameDamage) -> Option<Region> {
        if self.tick.is_some_and(|tick| now >= tick) {
            let older = std::mem::replace(&mut self.older, std::mem::take(&mut self.new));
            self.quiet = bounded(self.quiet.union(&older));
            self.tick = None;
            self.settle(now);
        }
        if self.quiet.is_empty() || self.had_its_turn && !changing.is_empty() {
            return None;
        }
        let moving = changing.moves.iter().map(|step| step.area).collect();
        let next = some_of(&self.quiet.subtract(&changing.dirty).subtract(&moving));
        self.had_its_turn = !next.is_empty();
        self.had_its_turn.then_some(next)
    }

    /// It was sent that, and has it exactly.
    pub(super) fn refined(&mut self, region: &Region, now: Instant) {
        self.quiet = self.quiet.subtract(region);
        self.settle(now);
    }

    /// When there is something to do although nothing happens, for one who takes updates.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        if self.quiet.is_empty() { self.tick } else { Some(now) }
    }

    /// Sees to it that there is a tick as long as there is something to wait for.
    fn settle(&mut self, now: Instant) {
        let waits = !self.new.is_empty() || !self.older.is_empty();
        self.tick = waits.then(|| self.tick.unwrap_or(now + TICK));
    }
}

/// What of `region` is not exact yet after an update: it may have been copied elsewhere, and where it is painted it is
/// exact, or told to be otherwise.
fn after(region: &Region, damage: &FrameDamage) -> Region {
    let moved = damage.moves.iter().fold(region.clone(), |region, step| region.union(&region.moved(step)));
    moved.subtract(&damage.dirty)
}

fn bounded(region: Region) -> Region {
    if region.rects().len() > MOST_RECTS { region.bounds().into() } else { region }
}

/// As much from its top as is sent at once.
fn some_of(region: &Region) -> Region {
    let mut room = AT_ONCE;
    let fitting = region.rects().iter().map_while(|rect| {
        let rows = u32::try_from(room / u64::from(rect.width.max(1))).unwrap_or(u32::MAX);
        let height = if rows >= rect.height { rect.height } else { rows / ROWS * ROWS };
        let part = Rect { height, ..*rect };
        room = if height == rect.height { room - part.area() } else { 0 };
        (height > 0).then_some(part)
    });
    fitting.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::Move;

    const PHOTO: Rect = Rect::new(0, 0, 640, 480);

    fn still() -> FrameDamage {
        FrameDamage::default()
    }

    fn changed(rect: Rect) -> FrameDamage {
        FrameDamage { dirty: rect.into(), ..still() }
    }

    /// All that is sent until nothing is left, and how often.
    fn rest(refining: &mut Refining, now: Instant) -> (Region, u32) {
        let (mut all, mut times) = (Region::EMPTY, 0);
        while let Some(next) = refining.next(now, &still()) {
            assert!(next.area() <= AT_ONCE && all.intersect(&next).is_empty());
            refining.refined(&next, now);
            (all, times) = (all.union(&next), times + 1);
        }
        (all, times)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_quiet_is_sent_in_parts_and_then_there_is_no_tick() {
        let mut refining = Refining::default();
        let start = Instant::now();
        refining.sent(None, &Region::EMPTY, start);
        assert_eq!(refining.deadline(start), None, "a screen that is exact costs nothing");
        refining.sent(None, &PHOTO.into(), start);
        assert_eq!(refining.deadline(start), Some(start + TICK));
        assert_eq!(refining.next(start, &still()), None);
        assert_eq!(refining.next(start + TICK, &still()), None);
        let quiet = start + 2 * TICK;
        assert_eq!(refining.deadline(start + TICK), Some(quiet));
        assert_eq!(rest(&mut refining, quiet), (PHOTO.into(), 2));
        assert_eq!(refining.deadline(quiet), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_is_left_alone_and_has_its_turn_beside_what_is_quiet() {
        let (mut refining, film) = (Refining::default(), Rect::new(0, 480, 640, 480));
        let mut now = Instant::now();
        refining.sent(None, &[PHOTO, film].into_iter().collect(), now);
        let (mut sent, mut films) = (Region::EMPTY, 0);
        for _ in 0..30 {
            now += TICK / 6;
            if let Some(next) = refining.next(now, &changed(film)) {
                assert!(!next.intersects(film));
                assert_eq!(refining.next(now, &changed(film)), None, "now the film");
                refining.refined(&next, now);
                sent = sent.union(&next);
            }
            refining.sent(Some(&changed(film)), &film.into(), now);
            films += 1;
        }
        assert_eq!((sent, films), (PHOTO.into(), 30));
        assert_eq!(rest(&mut refining, now + 3 * TICK).0, Region::EMPTY, "one tick has passed");
        assert_eq!(rest(&mut refining, now + 4 * TICK).0, film.into());
    }

    #[test]
    fn what_is_copied_is_no_more_exact_than_before() {
        let step = Move { area: Rect::new(0, 0, 64, 64), dx: 0, dy: 16 };
        let damage = FrameDamage { moves: vec![step], dirty: Rect::new(0, 0, 64, 16).into() };
        let region = after(&Rect::new(0, 0, 64, 16).into(), &damage);
        assert_eq!(region.rects(), [Rect::new(0, 16, 64, 16)]);
    }

    #[test]
    fn what_is_not_exact_is_bounded() {
        let scattered: Region = (0..2 * MOST_RECTS as u32).map(|n| Rect::new(n % 80 * 2, n / 80 * 2, 1, 1)).collect();
        assert!(scattered.rects().len() > MOST_RECTS);
        assert_eq!(bounded(scattered.clone()).rects(), [scattered.bounds()]);
        assert_eq!(some_of(&Rect::new(0, 0, 4096, 4096).into()).rects(), [Rect::new(0, 0, 4096, 64)]);
    }
}
