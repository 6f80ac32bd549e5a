//! How much may be on its way to one client (rfbproto, "ServerFence").
//!
//! Without fences we only see what the socket takes: one update is in flight until its last byte is written. A client that
//! has fences and continuous updates asks for nothing, so that the network could fill with old pictures; there we ask it from
//! time to time how far it has come, and keep the bytes it has not confirmed below a window that follows the round trip:
//!
//! ```text
//! sent ────────────────────────────────► position
//!        │◄─────── unconfirmed ────────►│
//!   confirmed      ▲ a ping is here: one at a time
//! ```
//! An update after rest always goes at once: the window only ever holds back what follows others.

use super::message::Fence;
use std::time::{Duration, Instant};

/// The window never closes below this: an update of a few cells must not wait for a round trip.
const WINDOW_MIN: u64 = 4 * 1024;
/// The window before anything is known.
const WINDOW_START: u64 = 32 * 1024;
/// The window never opens wider: a round trip of 100 ms at 300 Mbit/s.
const WINDOW_MAX: u64 = 4 * 1024 * 1024;
/// A ping goes out when so much is unconfirmed,
const PING_BYTES: u64 = 16 * 1024;
/// or when the last one is so long ago.
const PING_INTERVAL: Duration = Duration::from_millis(100);
/// A round trip may be so much longer than the shortest one before bytes are thought to queue up on the way.
const QUEUE_ALLOWED: Duration = Duration::from_millis(25);
/// After so long the shortest round trip is measured anew: the way may have changed.
const SHORTEST_AGE: Duration = Duration::from_secs(30);
/// A client that leaves a ping unanswered for so long has no fences worth the name: its updates then follow the socket alone.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug)]
struct Ping {
    number: u32,
    at: Instant,
    /// What had been sent before it.
    position: u64,
    /// It follows its update directly, and so measures all that queues up on the way; a later one finds part of it gone.
    measures_queue: bool,
}

/// The bytes on their way to one client.
#[derive(Debug)]
pub(super) struct Flow {
    /// The client answers fences.
    fences: bool,
    /// Bytes of updates since the connection began.
    sent: u64,
    /// Of these, how many the client has confirmed.
    confirmed: u64,
    ping: Option<Ping>,
    pings: u32,
    pinged_at: Option<Instant>,
    shortest: Option<(Duration, Instant)>,
    latest: Option<Duration>,
    window: u64,
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            fences: false,
            sent: 0,
            confirmed: 0,
            ping: None,
            pings: 0,
            pinged_at: None,
            shortest: None,
            latest: None,
            window: WINDOW_START,
        }
    }
}

impl Flow {
    /// The client listed Fence: the first one announces them, and measures the round trip of an idle way.
    pub(super) fn start(&mut self, now: Instant) -> Fence {
        self.fences = true;
        self.ping(false, now)
    }

    /// An update of `bytes` bytes was queued; the ping that is to follow it.
    pub(super) fn sent(&mut self, bytes: usize, now: Instant) -> Option<Fence> {
        self.sent += bytes as u64;
        self.ping_if_useful(true, now)
    }

    /// Whether another update may follow. Without fences the socket decides alone.
    pub(super) fn is_open(&self) -> bool {
        !self.fences || self.ping.is_none() || self.unconfirmed() < self.window
    }

    /// The last round trip that was measured.
    pub(super) const fn round_trip(&self) -> Option<Duration> {
        self.latest
    }

    /// An answer came. Answers to what was not asked are ignored. The result is the next ping, if one is needed.
    pub(super) fn answered(&mut self, fence: &Fence, now: Instant) -> Option<Fence> {
        let ping = self.ping.take_if(|ping| fence.payload == ping.number.to_be_bytes())?;
        self.fences = true;
        self.confirmed = ping.position;
        self.measure(now.saturating_duration_since(ping.at), ping.measures_queue, now);
        self.ping_if_useful(false, now)
    }

    /// Gives up waiting for an answer that does not come.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_some_and(|at| now >= at) {
            self.fences = false;
        }
    }

    /// When to call [`Self::handle_timeout`]: only while an update might be held back.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.ping.filter(|_| !self.is_open()).map(|ping| ping.at + PATIENCE)
    }

    fn unconfirmed(&self) -> u64 {
        self.sent - self.confirmed
    }

    fn ping_if_useful(&mut self, after_update: bool, now: Instant) -> Option<Fence> {
        let unconfirmed = self.unconfirmed();
        if !self.fences || self.ping.is_some() || unconfirmed == 0 {
            return None;
        }
        let long_ago = self.pinged_at.is_none_or(|at| now.saturating_duration_since(at) >= PING_INTERVAL);
        (long_ago || unconfirmed >= PING_BYTES.min(self.window / 2)).then(|| self.ping(after_update, now))
    }

    fn ping(&mut self, measures_queue: bool, now: Instant) -> Fence {
        self.pings = self.pings.wrapping_add(1);
        self.pinged_at = Some(now);
        self.ping = Some(Ping { number: self.pings, at: now, position: self.sent, measures_queue });
        Fence { flags: Fence::REQUEST | Fence::BLOCK_BEFORE, payload: self.pings.to_be_bytes().to_vec() }
    }

    /// Opens the window while nothing queues up on the way, and else closes it in proportion.
    fn measure(&mut self, round_trip: Duration, may_open: bool, now: Instant) {
        self.latest = Some(round_trip);
        let known = self.shortest.filter(|(_, at)| now.saturating_duration_since(*at) < SHORTEST_AGE);
        let (shortest, _) = *self.shortest.insert(match known {
            Some((shortest, at)) if shortest <= round_trip => (shortest, at),
            _ => (round_trip, now),
        });
        let allowed = shortest + QUEUE_ALLOWED;
        if round_trip > allowed {
            let share = allowed.as_secs_f64() / round_trip.as_secs_f64();
            self.window = ((self.window as f64 * share) as u64).max(WINDOW_MIN);
        } else if may_open {
            self.window = (self.window * 2).min(WINDOW_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn answer(fence: Fence) -> Fence {
        fence.answer()
    }

    #[test]
    fn without_fences_the_socket_decides() {
        let mut flow = Flow::default();
        for _ in 0..100 {
            assert_eq!(flow.sent(1 << 20, Instant::now()), None);
            assert!(flow.is_open());
        }
        assert_eq!(flow.poll_timeout(), None);
    }

    #[test]
    fn a_quick_client_is_never_held_back() {
        let mut now = Instant::now();
        let mut flow = Flow::default();
        let hello = flow.start(now);
        now += MS;
        assert_eq!(flow.answered(&answer(hello), now), None);
        for _ in 0..1_000 {
            assert!(flow.is_open());
            let ping = flow.sent(40_000, now);
            now += MS;
            if let Some(ping) = ping {
                flow.answered(&answer(ping), now);
            }
        }
        assert_eq!(flow.round_trip(), Some(MS));
    }

    /// A way that carries `rate` bytes a millisecond, with a round trip of its own. What waits at its entrance, at most?
    fn longest_queue(rate: u64, round_trip: Duration) -> u64 {
        let mut now = Instant::now();
        let mut flow = Flow::default();
        let mut answers: Vec<(Instant, Fence)> = vec![(now + round_trip, flow.start(now))];
        let (mut queued, mut longest) = (0_u64, 0);
        for step in 0..20_000_u64 {
            now += MS;
            queued = queued.saturating_sub(rate);
            while answers.first().is_some_and(|(at, _)| *at <= now) {
                let (_, fence) = answers.remove(0);
                let next = flow.answered(&answer(fence), now);
                answers.extend(next.map(|ping| (now + round_trip + MS * (queued / rate) as u32, ping)));
            }
            if step % 16 == 0 && flow.is_open() {
                queued += 3_000;
                let ping = flow.sent(3_000, now);
                answers.extend(ping.map(|ping| (now + round_trip + MS * (queued / rate) as u32, ping)));
            }
            if step > 5_000 {
                longest = longest.max(queued);
            }
        }
        longest
    }

    #[test]
    fn a_slow_way_is_not_filled() {
        // 20 kB/s: of the 187 kB/s that are offered, only some 100 ms' worth waits on the way, and not for ever more.
        let queue = longest_queue(20, 30 * MS);
        assert!(queue < 12_000, "{queue} bytes wait");
        // 1 MB/s takes all.
        assert!(longest_queue(1_000, 30 * MS) <= 3_000);
    }

    #[test]
    fn a_client_that_never_answers_is_served_by_the_socket_alone() {
        let now = Instant::now();
        let mut flow = Flow::default();
        flow.start(now);
        while flow.is_open() {
            assert_eq!(flow.sent(10_000, now), None, "one ping at a time");
        }
        let at = flow.poll_timeout().expect("an end of patience");
        flow.handle_timeout(at - MS);
        assert!(!flow.is_open());
        flow.handle_timeout(at);
        assert!(flow.is_open());
        assert_eq!(flow.poll_timeout(), None);
    }

    #[test]
    fn an_idle_client_is_left_alone() {
        let now = Instant::now();
        let mut flow = Flow::default();
        let hello = flow.start(now);
        flow.answered(&answer(hello), now + MS);
        let ping = flow.sent(200, now + 200 * MS).expect("a ping after rest");
        assert_eq!(flow.answered(&answer(ping), now + 201 * MS), None, "nothing is unconfirmed");
        assert_eq!(flow.poll_timeout(), None);
    }

    #[test]
    fn answers_to_other_questions_are_ignored() {
        let now = Instant::now();
        let mut flow = Flow::default();
        let hello = flow.start(now);
        flow.answered(&Fence { flags: 0, payload: vec![1, 2, 3] }, now);
        assert_eq!(flow.round_trip(), None);
        flow.answered(&answer(hello), now + MS);
        assert_eq!(flow.round_trip(), Some(MS));
    }
}
