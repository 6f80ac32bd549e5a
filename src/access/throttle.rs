//! How often may somebody guess: the numbers of limits.md §6, with the time as an argument.
//!
//! What is counted is a credential from a source: the password of VNC authentication, or one user's name, from one far
//! address. Who guesses at one user's password does not keep the others behind his address out. Each attempt is counted
//! before it is judged, and taken back when it was right, so that many at once are no way around it; one that is refused
//! was not judged, and is not counted.
//!
//! | where from | what happens |
//! |---|---|
//! | far, nobody has come in with it from there | after [`FREE_FAILURES`] failures it is refused for 10 s, then 20 s, … 300 s |
//! | far, somebody has, so that others of a proxy's or a network's users will | once [`BURST`] were wrong, [`PER_SECOND`] a second are judged; what would wait for too long is refused |
//! | far, all that nobody has come in with from there | the same, together: one address may not try many names |
//! | near: loopback and Unix sockets, where everybody is behind a proxy | each is judged, so that nobody is refused for what others did; once [`BURST`] were wrong, [`PER_SECOND`] wrong ones a second are answered |
//! | anywhere | when too much fails in all, everybody waits a second |
//!
//! Tokens are not counted: nobody can guess one.

use core::net::IpAddr;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// Failures before a credential is refused from a far source.
pub const FREE_FAILURES: u32 = 5;
/// How long it is refused then; it doubles with each further failure.
pub const FIRST_REFUSAL: Duration = Duration::from_secs(10);
/// The longest refusal.
pub const LONGEST_REFUSAL: Duration = Duration::from_secs(300);
/// A source and credential are forgotten when so long nothing came of them.
pub const FORGOTTEN: Duration = Duration::from_secs(3600);
/// Wrong attempts that are not slowed down where attempts have a pace.
pub const BURST: u32 = 10;
/// How many a second there are after that.
pub const PER_SECOND: u32 = 2;
/// Nobody waits longer for his turn, or for his answer: the handshake ends before.
pub const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// What is remembered; of more, what has been quiet for the longest is forgotten.
pub const MAX_ENTRIES: usize = 4096;
/// Failures a second, all together, beyond which every attempt waits for [`CROWD_DELAY`].
pub const CROWD: u32 = 20;
/// See [`CROWD`].
pub const CROWD_DELAY: Duration = Duration::from_secs(1);

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential<'a> {
    /// The password of VNC authentication.
    VncPassword,
    /// The password of this user, whether or not there is one of that name.
    User(&'a str),
}

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is judged then, which may be now.
    At(Instant),
    /// It is not judged; the next one will not be earlier than after this time.
    Refused(Duration),
}

/// Who tried what: where the result is to be noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt(Source);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Near,
    Far {
        credential: Key,
        /// Where all that is not proven is counted, if this is not.
        address: Option<Key>,
    },
}

/// A far source and what it tries; 0 is everything it tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: IpAddr,
    credential: u64,
}

#[derive(Debug)]
struct Entry {
    failures: u32,
    refused_until: Instant,
    pace: Pace,
    /// Somebody has come in with it.
    proven: bool,
    last: Instant,
}

/// What was tried lately.
#[derive(Debug, Default)]
pub struct Throttle {
    entries: HashMap<Key, Entry>,
    hasher: RandomState,
    /// Wrong attempts from near.
    near: Pace,
    /// Failures of the second that began then.
    crowd: Option<(Instant, u32)>,
}

impl Throttle {
    /// Somebody tries `credential` now, from `source`, which is near where it is `None`. Where it is far it is what one
    /// customer of a network has: one of IPv4's addresses, or 64 bits of IPv6's.
    pub fn turn(&mut self, source: Option<IpAddr>, credential: Credential<'_>, now: Instant) -> (Attempt, Turn) {
        let Some(source) = source else { return (Attempt(Source::Near), Turn::At(self.crowded(now))) };
        let number = match credential {
            Credential::VncPassword => 1,
            Credential::User(name) => self.hasher.hash_one(name).max(2),
        };
        let (credential, address) = (Key { source, credential: number }, Key { source, credential: 0 });
        let proven = self.known(credential, now).is_some_and(|entry| entry.proven);
        let attempt = Attempt(Source::Far { credential, address: Some(address).filter(|_| !proven) });
        let due =
            if proven { self.entry(credential, now).pace.next(now) } else { self.count(credential, address, now) };
        (attempt, due.map_or_else(Turn::Refused, |due| Turn::At(due.max(self.crowded(now)))))
    }

    /// One more attempt with what nobody has come in with. What is refused does not count, and nothing is remembered of it.
    fn count(&mut self, credential: Key, address: Key, now: Instant) -> Result<Instant, Duration> {
        let refused_until = self.known(credential, now).map_or(now, |entry| entry.refused_until);
        match refused_until.saturating_duration_since(now) {
            Duration::ZERO => {}
            left => return Err(left),
        }
        let due = self.entry(address, now).pace.next(now)?;
        let entry = self.entry(credential, now);
        entry.failures += 1;
        if let Some(more) = entry.failures.checked_sub(FREE_FAILURES) {
            let doubled = FIRST_REFUSAL.saturating_mul(1 << more.min(16));
            entry.refused_until = now + doubled.min(LONGEST_REFUSAL);
        }
        Ok(due)
    }

    /// It was right: it does not count, and others from there are not refused any more.
    pub fn right(&mut self, Attempt(source): Attempt, now: Instant) {
        let Source::Far { credential, address } = source else { return };
        let entry = self.entry(credential, now);
        (entry.failures, entry.refused_until, entry.proven) = (0, now, true);
        match address {
            Some(address) => self.entry(address, now).pace.take_back(now),
            None => entry.pace.take_back(now),
        }
    }

    /// It was wrong, and may be answered then.
    pub fn wrong(&mut self, Attempt(source): Attempt, now: Instant) -> Instant {
        match self.failing(now) {
            Some(failures) => *failures += 1,
            None => self.crowd = Some((now, 1)),
        }
        // Where it was far it has waited for its turn already.
        if source == Source::Near { self.near.next(now).unwrap_or(now + LONGEST_WAIT) } else { now }
    }

    /// When attempts are judged at the earliest while too many fail.
    fn crowded(&mut self, now: Instant) -> Instant {
        if self.failing(now).is_some_and(|failures| *failures >= CROWD) { now + CROWD_DELAY } else { now }
    }

    /// How many have failed in the present second, if any has.
    fn failing(&mut self, now: Instant) -> Option<&mut u32> {
        let (begun, failures) = self.crowd.as_mut()?;
        (now.saturating_duration_since(*begun) < Duration::from_secs(1)).then_some(failures)
    }

    /// What is remembered of it, if anything is.
    fn known(&self, key: Key, now: Instant) -> Option<&Entry> {
        self.entries.get(&key).filter(|entry| now.saturating_duration_since(entry.last) < FORGOTTEN)
    }

    fn entry(&mut self, key: Key, now: Instant) -> &mut Entry {
        if self.known(key, now).is_none() {
            self.entries.remove(&key);
        }
        if self.entries.len() >= MAX_ENTRIES
            && !self.entries.contains_key(&key)
            && let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.last).map(|(key, _)| *key)
        {
            self.entries.remove(&oldest);
        }
        let fresh = Entry { failures: 0, refused_until: now, pace: Pace::default(), proven: false, last: now };
        let entry = self.entries.entry(key).or_insert(fresh);
        entry.last = now;
        entry
    }
}

/// The time that one attempt takes at [`PER_SECOND`].
const PACE: Duration = Duration::from_millis(1000 / PER_SECOND as u64);

/// A pace that [`BURST`] may run ahead of: when all that came so far would be through at [`PER_SECOND`].
#[derive(Debug, Default)]
struct Pace(Option<Instant>);

impl Pace {
    /// When one more is due; an error when that would be too late, and how much too late.
    fn next(&mut self, now: Instant) -> Result<Instant, Duration> {
        let through = self.0.unwrap_or(now).max(now) + PACE;
        let wait = through.saturating_duration_since(now + PACE * BURST);
        if wait > LONGEST_WAIT {
            return Err(wait - LONGEST_WAIT);
        }
        self.0 = Some(through);
        Ok(now + wait)
    }

    /// The last one does not count.
    fn take_back(&mut self, now: Instant) {
        self.0 = self.0.and_then(|through| through.checked_sub(PACE)).filter(|through| *through > now);
    }
}

#[cfg(test)]
mod tests;
