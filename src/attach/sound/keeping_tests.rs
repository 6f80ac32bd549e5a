//! Sound that comes in time, late, with holes and over other connections; the clock is the tests'.

use super::*;
use crate::rfb::ext::audio::Sample;

/// A byte is an eighth of a millisecond.
const FORMAT: Format = Format { sample: Sample::U8, channels: 1, rate: 8_000 };
const TICK: Duration = Duration::from_millis(20);
const PIECE: usize = 160;

struct Run {
    keeping: Keeping,
    now: Instant,
    frames: u64,
    silence: u64,
}

impl Run {
    fn new() -> Self {
        let mut run = Self { keeping: Keeping::new(FORMAT), now: Instant::now(), frames: 0, silence: 0 };
        let pieces = run.keeping.begin(run.now);
        run.write(pieces);
        run
    }

    fn write(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            match piece {
                Piece::Frames(frames) => self.frames += frames.len() as u64,
                Piece::Silence(bytes) => self.silence += bytes,
            }
        }
    }

    /// So many pieces at once.
    fn hear(&mut self, pieces: usize) {
        for _ in 0..pieces {
            let pieces = self.keeping.data(vec![1; PIECE], self.now);
            self.write(pieces);
        }
    }

    /// Pieces in their time.
    fn play(&mut self, pieces: usize) {
        for _ in 0..pieces {
            self.now += TICK;
            self.hear(1);
        }
    }

    fn end(&mut self) {
        let pieces = self.keeping.end(self.now);
        self.write(pieces);
    }

    fn begin(&mut self) {
        let pieces = self.keeping.begin(self.now);
        self.write(pieces);
    }

    /// Frames, silence, holes, and what is missing.
    fn told(mut self) -> (u64, u64, u64, u64) {
        let pieces = self.keeping.settle(self.now);
        self.write(pieces);
        (self.frames, self.silence, self.keeping.holes, self.keeping.missing)
    }
}

#[test]
fn what_is_missing_is_silence_however_late_the_rest_comes() {
    let mut run = Run::new();
    run.play(100);
    // The way stands still for 3 seconds. What it held comes at once, and 32 pieces that the server has kept; 110 are gone.
    run.now += TICK * 150;
    run.hear(8);
    run.end();
    run.begin();
    run.hear(32);
    run.play(100);
    assert_eq!(run.told(), (240 * 160, 110 * 160, 1, 110 * 160));
}

#[test]
fn sounds_that_follow_one_another_closely_lack_nothing() {
    let mut run = Run::new();
    run.play(10);
    // A writer that was ahead by a quarter of a second, and the next one.
    run.hear(12);
    run.end();
    run.begin();
    run.now += TICK * 12;
    run.play(100);
    // A guest that is silent for a moment.
    run.end();
    run.now += Duration::from_millis(60);
    run.begin();
    run.play(100);
    // And for longer: nobody writes that.
    run.end();
    run.now += Duration::from_secs(60);
    run.begin();
    run.play(10);
    assert_eq!(run.told(), (232 * 160, 0, 0, 0));
}

#[test]
fn a_connection_that_comes_back_leaves_a_hole_as_long_as_it_was() {
    let mut run = Run::new();
    run.play(100);
    let pieces = run.keeping.lost(run.now);
    run.write(pieces);
    run.now += Duration::from_secs(7);
    run.begin();
    run.play(100);
    assert_eq!((run.silence, run.keeping.holes), (56_000, 1));
    // What was over when the connection was lost is not missing.
    run.end();
    run.keeping.lost(run.now);
    run.now += Duration::from_secs(7);
    run.begin();
    run.play(100);
    assert_eq!((run.silence, run.keeping.holes), (56_000, 1));
    // One that is away for very long fills no disk.
    run.keeping.lost(run.now);
    run.now += BROKEN_MAX;
    run.begin();
    run.play(100);
    assert_eq!(run.told(), (400 * 160, 56_000, 2, 56_000));
}

#[test]
fn clocks_that_drift_apart_are_not_holes() {
    for drift in [-20, 20] {
        let mut run = Run::new();
        for _ in 0..30_000 {
            run.now = run.now + TICK - Duration::from_micros(20) + Duration::from_micros((20 + drift) as u64);
            run.hear(1);
        }
        // Ten minutes, in which they have come apart by more than half a second; and then six pieces are lost.
        run.now += TICK * 39;
        run.hear(1);
        run.end();
        run.begin();
        run.hear(32);
        run.play(100);
        let (_, silence, holes, _) = run.told();
        assert!(holes == 1 && silence.abs_diff(6 * 160) < 160, "{silence} bytes");
    }
}

#[test]
fn what_is_held_is_bounded() {
    let mut run = Run::new();
    run.play(10);
    run.keeping.lost(run.now);
    run.begin();
    let pieces: Vec<Piece> = (0..1_000).flat_map(|_| run.keeping.data(vec![0; HELD_MAX / 100], run.now)).collect();
    assert!(matches!(&pieces[0], Piece::Frames(held) if held.len() <= HELD_MAX + HELD_MAX / 100));
    assert!(pieces.len() > 800);
}
