//! How often may somebody guess: the numbers of limits.md §6, with the time as an argument.
//!
//! What is counted is a credential from a source: the password of VNC authentication, or one user's name, from one address.
//! Who guesses at one user's password does not keep the others behind his address out. Each attempt is counted before it is
//! judged, and taken back when it was right, so that many at once are no way around it.
//!
//! | where from | what happens |
//! |---|---|
//! | far, nobody has come in with it from there | after [`FREE_FAILURES`] failures it is refused for 10 s, then 20 s, … 300 s |
//! | far, somebody has, so that others of a proxy's or a network's users will | as near |
//! | near: loopback and Unix sockets, where everybody is behind a proxy | [`PER_SECOND`] a second are judged once [`BURST`] were wrong; never refused for what others did |
//! | anywhere | one address may try at most as many names a second; when too much fails in all, everybody waits a second |

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
/// Wrong attempts that are judged at once where nobody is refused.
pub const BURST: u32 = 10;
/// How many a second are judged after that.
pub const PER_SECOND: u32 = 2;
/// Nobody waits longer for his turn: the handshake ends before.
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
    /// A token.
    Token,
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
pub struct Attempt {
    credential: Key,
    address: Option<Key>,
}

/// A source and what it tries; 0 is everything it tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: Option<IpAddr>,
    credential: u64,
}

#[derive(Debug)]
struct Entry {
    failures: u32,
    refused_until: Instant,
    /// When all that was let through so far would be through at [`PER_SECOND`].
    paced_to: Instant,
    /// Somebody has come in with it.
    proven: bool,
    last: Instant,
}

/// What was tried lately.
#[derive(Debug, Default)]
pub struct Throttle {
    entries: HashMap<Key, Entry>,
    hasher: RandomState,
    /// Failures of the second that began then.
    crowd: Option<(Instant, u32)>,
}

impl Throttle {
    /// Somebody tries `credential` now, from `source`: a far address, or near.
    pub fn turn(&mut self, source: Option<IpAddr>, credential: Credential<'_>, now: Instant) -> (Attempt, Turn) {
        let source = source.map(network);
        let number = match credential {
            Credential::VncPassword => 1,
            Credential::Token => 2,
            Credential::User(name) => self.hasher.hash_one(name).max(3),
        };
        let key = |credential| Key { source, credential };
        let attempt = Attempt { credential: key(number), address: source.map(|_| key(0)) };
        (attempt, self.judge(attempt, now))
    }

    fn judge(&mut self, attempt: Attempt, now: Instant) -> Turn {
        let entry = self.entry(attempt.credential, now);
        if attempt.credential.source.is_some() && !entry.proven {
            if let Some(left) = entry.refused_until.checked_duration_since(now).filter(|left| !left.is_zero()) {
                return Turn::Refused(left);
            }
            entry.failures += 1;
            if let Some(more) = entry.failures.checked_sub(FREE_FAILURES) {
                let doubled = FIRST_REFUSAL.saturating_mul(1 << more.min(16));
                entry.refused_until = now + doubled.min(LONGEST_REFUSAL);
            }
        } else if let Err(wait) = entry.pace(now) {
            return Turn::Refused(wait);
        }
        let own = entry.due(now);
        let address = match attempt.address.map(|key| self.entry(key, now)) {
            Some(entry) => entry.pace(now).map(|()| entry.due(now)),
            None => Ok(now),
        };
        match address {
            Ok(due) => Turn::At(due.max(own).max(self.crowded(now))),
            Err(wait) => Turn::Refused(wait),
        }
    }

    /// It was right: it does not count, and others from there are not refused any more.
    pub fn right(&mut self, attempt: Attempt, now: Instant) {
        let entry = self.entry(attempt.credential, now);
        (entry.failures, entry.refused_until, entry.proven) = (0, now, true);
        entry.take_back(now);
        if let Some(address) = attempt.address {
            self.entry(address, now).take_back(now);
        }
    }

    /// It was wrong.
    pub fn wrong(&mut self, now: Instant) {
        match &mut self.crowd {
            Some((begun, failures)) if now.saturating_duration_since(*begun) < Duration::from_secs(1) => *failures += 1,
            crowd => *crowd = Some((now, 1)),
        }
    }

    /// When attempts are judged at the earliest while too many fail.
    fn crowded(&self, now: Instant) -> Instant {
        let in_second = |begun: Instant| now.saturating_duration_since(begun) < Duration::from_secs(1);
        match self.crowd {
            Some((begun, failures)) if failures >= CROWD && in_second(begun) => now + CROWD_DELAY,
            _ => now,
        }
    }

    fn entry(&mut self, key: Key, now: Instant) -> &mut Entry {
        let stale = |entry: &Entry| now.saturating_duration_since(entry.last) >= FORGOTTEN;
        if self.entries.get(&key).is_some_and(stale) {
            self.entries.remove(&key);
        }
        if self.entries.len() >= MAX_ENTRIES
            && !self.entries.contains_key(&key)
            && let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.last).map(|(key, _)| *key)
        {
            self.entries.remove(&oldest);
        }
        let fresh = Entry { failures: 0, refused_until: now, paced_to: now, proven: false, last: now };
        let entry = self.entries.entry(key).or_insert(fresh);
        entry.last = now;
        entry
    }
}

/// The time that one attempt takes at [`PER_SECOND`].
const PACE: Duration = Duration::from_millis(1000 / PER_SECOND as u64);

impl Entry {
    /// One more is let through; an error when its turn would come too late, and how much too late.
    fn pace(&mut self, now: Instant) -> Result<(), Duration> {
        let paced_to = self.paced_to.max(now) + PACE;
        let wait = paced_to.saturating_duration_since(now + PACE * BURST);
        if wait > LONGEST_WAIT {
            return Err(wait - LONGEST_WAIT);
        }
        self.paced_to = paced_to;
        Ok(())
    }

    /// When what was let through last is due.
    fn due(&self, now: Instant) -> Instant {
        now + self.paced_to.saturating_duration_since(now + PACE * BURST)
    }

    fn take_back(&mut self, now: Instant) {
        self.paced_to = self.paced_to.checked_sub(PACE).unwrap_or(now).max(now);
    }
}

/// What one customer of a network usually has: an address of IPv4, or 64 bits of IPv6.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) >> 64 << 64).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests;
