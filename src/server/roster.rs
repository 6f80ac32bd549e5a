//! Who is in: what is known of each viewer, and a word with any of them.
//!
//! Each viewer has a [`Seat`], which keeps what is said of it true and gives it up when dropped. Nothing here is touched
//! for a frame: a viewer that only looks costs an entry, and wakes nobody. There are no more than `--max-clients`, for who
//! has no place ([`super::admission`]) has no seat.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::access::Role;
use crate::display::{Aside, Who};
use crate::net::listen::Peer;

/// What carries a viewer's bytes. Its `Display` is one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// It is encrypted.
    pub tls: bool,
    /// RFB is spoken in a WebSocket.
    pub web_socket: bool,
    /// It never leaves this machine: a Unix socket.
    pub unix: bool,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.web_socket, self.tls) {
            (true, true) => "wss",
            (true, false) => "ws",
            (false, true) => "tls",
            (false, false) if self.unix => "unix",
            (false, false) => "tcp",
        })
    }
}

/// What is known of a viewer.
#[derive(Clone, Debug)]
pub struct Person {
    /// Its number: as in the log, its own as long as the server runs, never 0.
    pub number: u64,
    /// What its credentials call it, where they do: a user, a token.
    pub name: Option<Arc<str>>,
    /// Where it is.
    pub peer: Peer,
    /// How it is reached.
    pub way: Way,
    /// What it may do.
    pub role: Role,
    /// The number of the display that it looks at.
    pub display: u32,
    /// When it came in.
    pub since: Instant,
}

impl Person {
    /// What it is called where people read it: its name; or its number, and where it is if that is elsewhere.
    pub fn called(&self) -> String {
        match (&self.name, self.peer.ip().filter(|_| !self.peer.is_near())) {
            (Some(name), _) => name.to_string(),
            (None, Some(ip)) => format!("viewer {} ({ip})", self.number),
            (None, None) => format!("viewer {}", self.number),
        }
    }
}

/// Everybody who is in.
#[derive(Debug)]
pub struct Roster {
    state: Mutex<State>,
    /// Counts what has changed; only those who follow are woken.
    changes: watch::Sender<u64>,
    /// What viewers' last doings are counted from.
    epoch: Instant,
}

#[derive(Debug, Default)]
struct State {
    seated: BTreeMap<u64, Seated>,
    /// All of them, as told last; until something changes, everybody is told the same.
    told: Option<Arc<[Person]>>,
}

#[derive(Debug)]
struct Seated {
    person: Person,
    who: Who,
    /// Milliseconds from the epoch to when it last did something.
    active: Arc<AtomicU64>,
}

/// A viewer's entry; taken back when dropped.
#[derive(Debug)]
pub struct Seat {
    roster: Arc<Roster>,
    number: u64,
    active: Arc<AtomicU64>,
}

impl Default for Roster {
    fn default() -> Self {
        Self { state: Mutex::default(), changes: watch::Sender::default(), epoch: Instant::now() }
    }
}

impl Roster {
    /// A viewer has come in. `who` is what it hears by.
    pub fn seat(self: &Arc<Self>, person: Person, who: Who) -> Seat {
        let number = person.number;
        let active = Arc::new(AtomicU64::new(self.millis(person.since)));
        self.change(|state| state.seated.insert(number, Seated { person, who, active: Arc::clone(&active) }));
        Seat { roster: Arc::clone(self), number, active }
    }

    /// Everybody, those first who came first.
    pub fn people(&self) -> Arc<[Person]> {
        let State { seated, told } = &mut *self.lock();
        Arc::clone(told.get_or_insert_with(|| seated.values().map(|seated| seated.person.clone()).collect()))
    }

    /// One of them.
    pub fn person(&self, number: u64) -> Option<Person> {
        self.lock().seated.get(&number).map(|seated| seated.person.clone())
    }

    /// For how long each of them has done nothing; those first who came first.
    pub fn idle(&self, now: Instant) -> Vec<(u64, Duration)> {
        let now = self.millis(now);
        let since = |seated: &Seated| now.saturating_sub(seated.active.load(Ordering::Relaxed));
        self.lock().seated.iter().map(|(&number, seated)| (number, Duration::from_millis(since(seated)))).collect()
    }

    /// Tells viewer `number`, or all of them, to look at the display of that number. How many were told: one that has not
    /// heard [`crate::display::MAX_ASIDES`] other things yet is not.
    pub fn show(&self, number: Option<u64>, display: u32) -> usize {
        let state = self.lock();
        let meant = state.seated.iter().filter(|(seated, _)| number.is_none_or(|number| number == **seated));
        meant.filter(|(_, seated)| seated.who.tell(Aside::Show(display))).count()
    }

    /// Hears of everything that changes from now on: who is there, and what they look at.
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        state.told = None;
        drop(state);
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What is behind the lock is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn millis(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.epoch).as_millis()).unwrap_or(u64::MAX)
    }
}

impl Seat {
    /// It looks at the display of that number from now on.
    pub fn looks_at(&self, display: u32) {
        self.roster.change(|state| {
            if let Some(seated) = state.seated.get_mut(&self.number) {
                seated.person.display = display;
            }
        });
    }

    /// It has done something: not its program, but whoever sits before it.
    pub fn did_something(&self, now: Instant) {
        self.active.store(self.roster.millis(now), Ordering::Relaxed);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.roster.change(|state| state.seated.remove(&self.number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Presence;

    const WAY: Way = Way { tls: false, web_socket: false, unix: true };

    fn person(number: u64) -> Person {
        let since = Instant::now();
        Person { number, name: None, peer: Peer::Unix, way: WAY, role: Role::Write, display: 1, since }
    }

    fn numbers(roster: &Roster) -> Vec<u64> {
        roster.people().iter().map(|person| person.number).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_and_goes_is_known_and_those_who_follow_hear_of_it() {
        let roster = Arc::<Roster>::default();
        let mut changes = roster.follow();
        let viewers = [Presence::new(7), Presence::new(3)];
        let seats = [roster.seat(person(7), viewers[0].who()), roster.seat(person(3), viewers[1].who())];
        assert_eq!(numbers(&roster), [3, 7]);
        assert!(Arc::ptr_eq(&roster.people(), &roster.people()), "nothing has changed: nothing is copied");
        assert!(changes.has_changed().expect("open"));
        changes.mark_unchanged();
        seats[0].looks_at(2);
        assert_eq!(roster.person(7).map(|person| person.display), Some(2));
        assert!(changes.has_changed().expect("open"));
        changes.mark_unchanged();
        seats[0].did_something(Instant::now());
        assert!(!changes.has_changed().expect("open"), "that somebody types is no news");
        drop(seats);
        assert!(numbers(&roster).is_empty() && roster.person(7).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn idle_is_who_does_nothing() {
        let roster = Arc::<Roster>::default();
        let viewer = Presence::new(1);
        tokio::time::advance(Duration::from_secs(5)).await;
        let (one, _other) = (roster.seat(person(1), viewer.who()), roster.seat(person(2), viewer.who()));
        tokio::time::advance(Duration::from_secs(60)).await;
        one.did_something(Instant::now());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(roster.idle(Instant::now()), [(1, Duration::from_secs(2)), (2, Duration::from_secs(62))]);
    }

    #[tokio::test]
    async fn one_or_all_are_told_to_look_elsewhere() {
        let roster = Arc::<Roster>::default();
        let mut viewers = [Presence::new(1), Presence::new(2)];
        let _seats = [roster.seat(person(1), viewers[0].who()), roster.seat(person(2), viewers[1].who())];
        assert_eq!((roster.show(Some(2), 5), roster.show(Some(9), 5)), (1, 0));
        assert!(matches!(viewers[1].try_aside(), Some(Aside::Show(5))) && viewers[0].try_aside().is_none());
        assert_eq!(roster.show(None, 6), 2);
        assert!(viewers.iter_mut().all(|viewer| matches!(viewer.try_aside(), Some(Aside::Show(6)))));
    }

    #[tokio::test]
    async fn people_have_names_for_people() {
        let mut one = person(4);
        assert_eq!(one.called(), "viewer 4");
        let at = |address: &str| address.parse().expect("an address");
        one.peer = Peer::Tcp { remote: at("192.0.2.7:1"), local: at("192.0.2.1:5900") };
        assert_eq!(one.called(), "viewer 4 (192.0.2.7)");
        one.name = Some("anna".into());
        assert_eq!(one.called(), "anna");
        let words = [(true, true), (true, false), (false, true), (false, false)];
        let words = words.map(|(web_socket, tls)| Way { tls, web_socket, unix: false }.to_string());
        assert_eq!((words.join(" ").as_str(), WAY.to_string().as_str()), ("wss ws tls tcp", "unix"));
    }
}
