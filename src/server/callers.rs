//! What is remembered of the addresses that connect, to tell viewers and browsers apart: who keeps silent is a viewer, but
//! not so soon beside a browser, and at once in a rush of viewers.
//!
//! The time is an argument.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

/// How long a viewer on this machine keeps silent until it is taken for one.
pub const SILENCE_NEAR: Duration = Duration::from_millis(40);
/// How long another one does.
pub const SILENCE_FAR: Duration = Duration::from_millis(150);
/// How long anybody does at whose address a browser has asked for something within [`BROWSED`].
pub const SILENCE_BESIDE_BROWSER: Duration = Duration::from_secs(1);
/// See [`SILENCE_BESIDE_BROWSER`].
pub const BROWSED: Duration = Duration::from_secs(5);
/// So many viewers in a row from one address are a rush: programs that connect a thousand one after another are not kept
/// waiting a thousand times. There is none where somebody has spoken first, as browsers do, and whoever begins TLS.
pub const RUSH: u32 = 8;
/// They are in a row while no more than this lies between two.
pub const RUSH_GAP: Duration = Duration::from_millis(250);
/// Addresses that are remembered; of more, the one that has been quiet for the longest is forgotten.
pub const MAX_ADDRESSES: usize = 64;

/// What is known of callers' addresses; that of all Unix sockets is `None`.
#[derive(Debug, Default)]
pub(super) struct Callers(VecDeque<Caller>);

#[derive(Debug)]
struct Caller {
    ip: Option<IpAddr>,
    /// When a browser last asked for something.
    browsed: Option<Instant>,
    /// Somebody has spoken first.
    speaks: bool,
    /// Viewers in a row, and when the last of them came.
    silent: u32,
    last: Instant,
}

impl Callers {
    /// How long somebody must keep silent to be a viewer, `near` or not.
    pub fn silence(&self, ip: Option<IpAddr>, near: bool, now: Instant) -> Duration {
        let usual = if near { SILENCE_NEAR } else { SILENCE_FAR };
        match self.0.iter().find(|caller| caller.ip == ip) {
            Some(Caller { browsed: Some(at), .. }) if now - *at < BROWSED => SILENCE_BESIDE_BROWSER,
            Some(Caller { speaks: false, silent: RUSH.., last, .. }) if now - *last <= RUSH_GAP => Duration::ZERO,
            _ => usual,
        }
    }

    /// Somebody there has kept silent and is a viewer.
    pub fn note_viewer(&mut self, ip: Option<IpAddr>, now: Instant) {
        let caller = self.caller(ip, now);
        let in_a_row = now - caller.last <= RUSH_GAP;
        caller.silent = if in_a_row { caller.silent.saturating_add(1) } else { 1 };
        caller.last = now;
    }

    /// Somebody there has asked for something, as browsers do.
    pub fn note_browser(&mut self, ip: Option<IpAddr>, now: Instant) {
        let caller = self.caller(ip, now);
        (caller.browsed, caller.silent, caller.last) = (Some(now), 0, now);
        caller.speaks = true;
    }

    /// Somebody there has begun TLS: who is not waited for would hear what is no TLS.
    pub fn note_tls(&mut self, ip: Option<IpAddr>, now: Instant) {
        let caller = self.caller(ip, now);
        (caller.speaks, caller.silent, caller.last) = (true, 0, now);
    }

    /// What is known of one, which is now the newest.
    fn caller(&mut self, ip: Option<IpAddr>, now: Instant) -> &mut Caller {
        let known = self.0.iter().position(|caller| caller.ip == ip).and_then(|at| self.0.remove(at));
        if self.0.len() == MAX_ADDRESSES {
            self.0.pop_front();
        }
        self.0.push_back(known.unwrap_or(Caller { ip, browsed: None, speaks: false, silent: 0, last: now }));
        self.0.back_mut().expect("it was put there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn silence_is_longer_beside_a_browser_for_a_while() {
        let (mut callers, now) = (Callers::default(), Instant::now());
        callers.note_browser(ip(7), now);
        assert_eq!(callers.silence(ip(7), true, now), SILENCE_BESIDE_BROWSER);
        assert_eq!(callers.silence(ip(8), true, now), SILENCE_NEAR);
        assert_eq!(callers.silence(None, true, now), SILENCE_NEAR);
        assert_eq!(callers.silence(ip(7), false, now + BROWSED), SILENCE_FAR);
    }

    #[test]
    fn in_a_rush_viewers_are_not_waited_for() {
        let (mut callers, mut now) = (Callers::default(), Instant::now());
        for _ in 0..RUSH {
            assert_eq!(callers.silence(ip(7), false, now), SILENCE_FAR);
            now += RUSH_GAP;
            callers.note_viewer(ip(7), now);
        }
        assert_eq!(callers.silence(ip(7), false, now), Duration::ZERO);
        assert_eq!(callers.silence(ip(8), false, now), SILENCE_FAR);
        let later = now + RUSH_GAP + Duration::from_nanos(1);
        assert_eq!(callers.silence(ip(7), false, later), SILENCE_FAR, "it is over");
        callers.note_viewer(ip(7), later);
        assert_eq!(callers.silence(ip(7), false, later), SILENCE_FAR);
    }

    #[test]
    fn where_a_browser_has_been_seen_there_is_no_rush() {
        let (mut callers, now) = (Callers::default(), Instant::now());
        callers.note_browser(ip(7), now);
        let later = now + BROWSED;
        for _ in 0..=RUSH {
            callers.note_viewer(ip(7), later);
        }
        assert_eq!(callers.silence(ip(7), true, later), SILENCE_NEAR);
    }

    /// Many viewers one after the other, each within TLS from its first byte on.
    #[test]
    fn in_a_rush_of_tls_everybody_is_waited_for() {
        let (mut callers, now) = (Callers::default(), Instant::now());
        for _ in 0..=RUSH {
            callers.note_tls(ip(7), now);
            callers.note_viewer(ip(7), now);
        }
        assert_eq!(callers.silence(ip(7), true, now), SILENCE_NEAR);
        assert_eq!(callers.silence(ip(7), false, now), SILENCE_FAR, "and no longer than usual");
    }

    #[test]
    fn the_address_quiet_for_the_longest_is_forgotten() {
        let (mut callers, now) = (Callers::default(), Instant::now());
        let last = u8::try_from(MAX_ADDRESSES).expect("few");
        for number in 0..last {
            callers.note_browser(ip(number), now);
        }
        callers.note_viewer(ip(0), now);
        callers.note_viewer(ip(last), now);
        assert_eq!(callers.0.len(), MAX_ADDRESSES);
        assert_eq!(callers.silence(ip(0), true, now), SILENCE_BESIDE_BROWSER);
        assert_eq!(callers.silence(ip(1), true, now), SILENCE_NEAR);
    }
}
