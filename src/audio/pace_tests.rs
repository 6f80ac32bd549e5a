//! Writers of all kinds, on a clock that the tests move.

use super::*;

/// Bytes of a second of what most send.
const RATE: usize = 4 * 44_100;
const PIPE: usize = 64 * 1024;
const TICK: Duration = Duration::from_millis(20);

/// A writer, its pipe, and who reads it.
struct Run {
    pace: Pace,
    now: Instant,
    /// In the pipe.
    there: usize,
    read: usize,
    /// He found the pipe full.
    waited: bool,
}

impl Run {
    fn new() -> Self {
        let now = Instant::now();
        Self { pace: Pace::new(RATE, now), now, there: 0, read: 0, waited: false }
    }

    fn write(&mut self, bytes: usize) {
        self.waited |= bytes > PIPE - self.there;
        self.there += bytes.min(PIPE - self.there);
    }

    fn tick(&mut self) {
        self.now += TICK;
        let allowed = self.pace.allows(self.there, self.now);
        self.pace.took(allowed);
        (self.there, self.read) = (self.there - allowed, self.read + allowed);
    }
}

#[test]
fn a_writer_without_a_clock_is_given_ours() {
    let mut run = Run::new();
    for _ in 0..30_000 {
        run.write(PIPE);
        run.tick();
    }
    // Ten minutes but for the first moment, to the byte, and what he may be ahead.
    assert_eq!(run.read, RATE * 600 - RATE / 50 + RATE / 4);
}

/// Whose clock is right, or wrong by more than any is.
#[test]
fn a_writer_with_a_clock_never_waits() {
    for per_mille in [990, 1_000, 1_005] {
        let mut run = Run::new();
        let (mut written, mut longest) = (0, 0);
        for tick in 1..=60_000_usize {
            let due = RATE / 50 * tick / 1_000 * per_mille;
            run.write(due - written);
            written = due;
            run.tick();
            longest = longest.max(run.there);
        }
        assert!(!run.waited, "{per_mille} per mille");
        assert_eq!(written - run.read, run.there, "all of it is read");
        assert!(longest <= LITTLE + RATE / 25, "{per_mille} per mille: {longest} bytes gather");
    }
}

/// His machine stopped for a moment, and he catches up at once.
#[test]
fn what_gathers_in_the_pipe_is_taken_sooner_or_later() {
    let mut run = Run::new();
    for tick in 0..30_000 {
        match tick {
            500..517 => {}
            517 => run.write(RATE / 50 * 18),
            _ => run.write(RATE / 50),
        }
        run.tick();
    }
    assert!(!run.waited && run.there == 0, "{} bytes are left", run.there);
}

#[test]
fn who_has_been_silent_for_long_may_not_catch_up_on_it() {
    let mut run = Run::new();
    run.now += Duration::from_secs(3600);
    run.write(PIPE);
    run.tick();
    assert!(run.read <= RATE / 4);
    for _ in 0..50 {
        run.write(PIPE);
        run.tick();
    }
    assert!(run.read <= RATE / 4 + RATE + RATE / 50);
}
