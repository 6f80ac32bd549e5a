//! Who is in: what is known of each viewer, who writes, and a word with any of them.
//!
//! Each viewer has a [`Seat`], which keeps what is said of it true and gives it up when dropped. Nothing here is touched
//! for a frame: a viewer that only looks costs an entry, and wakes nobody. There are no more than `--max-clients`, for who
//! has no place ([`super::admission`]) has no seat.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::access::Role;
use crate::access::pen::{Change, GRACE, Pen, Refusal, Writers};
use crate::display::{Aside, Ask, Display, Kind, Who};
use crate::net::listen::Peer;

use super::locked;
use super::seat::{Doings, Seat};

/// Of a name, so many characters are shown.
pub const MAX_NAME: usize = 32;

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
    /// It was let in to that one alone, and knows nothing of those who look at others.
    pub confined: bool,
    /// When it came in.
    pub since: Instant,
}

impl Person {
    /// What it is called where people read it: its name, or its number. Where it is they need not know: the log and the
    /// control socket tell.
    pub fn called(&self) -> String {
        match &self.name {
            Some(name) => name.chars().take(MAX_NAME).collect(),
            None => format!("viewer {}", self.number),
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
    writers: Writers,
    /// Where it is said over the pictures who writes.
    displays: Vec<Display>,
    /// As the pen says, for those who ask at each key: the one who writes, and the one who asks; 0: nobody.
    pub(super) writer: AtomicU64,
    pub(super) asking: AtomicU64,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) pen: Pen,
    pub(super) seated: BTreeMap<u64, Seated>,
    /// All of them, as told last; until something changes, everybody is told the same.
    told: Option<Arc<[Person]>>,
}

#[derive(Debug)]
pub(super) struct Seated {
    pub(super) person: Person,
    /// The displays that it is to be led to as soon as it pauses. Once it looks at one of them, however it got there,
    /// where it goes next is its own affair.
    due_at: BTreeSet<u32>,
    who: Who,
    doings: Arc<Doings>,
}

impl Seated {
    /// It looks at the display of that number from now on.
    pub(super) fn looks_at(&mut self, display: u32) {
        self.person.display = display;
        if self.due_at.contains(&display) {
            self.due_at.clear();
        }
    }
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writing {
    /// How many may at the same time.
    pub writers: Writers,
    /// The one who does, where one does.
    pub writer: Option<u64>,
    /// Who asks to, and when he does unless he is denied.
    pub asking: Option<(u64, Instant)>,
}

impl Roster {
    /// With nobody in. Over the pictures of `displays` it is said who writes.
    pub fn new(writers: Writers, displays: Vec<Display>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { pen: Pen::new(writers), seated: BTreeMap::new(), told: None }),
            changes: watch::Sender::default(),
            epoch: Instant::now(),
            writers,
            displays,
            writer: AtomicU64::new(0),
            asking: AtomicU64::new(0),
        })
    }

    /// A viewer has come in. `who` is what it hears by.
    pub fn seat(self: &Arc<Self>, person: Person, who: Who) -> Seat {
        let (number, role) = (person.number, person.role);
        let active = AtomicU64::new(self.millis(person.since));
        let doings = Arc::new(Doings { active, typed: AtomicU64::new(0) });
        let seated = Seated { person, due_at: BTreeSet::new(), who, doings: Arc::clone(&doings) };
        self.change(|state| state.seated.insert(number, seated));
        Seat::new(Arc::clone(self), number, role, doings)
    }

    /// Everybody, those first who came first.
    pub fn people(&self) -> Arc<[Person]> {
        let State { seated, told, .. } = &mut *self.lock();
        Arc::clone(told.get_or_insert_with(|| seated.values().map(|seated| seated.person.clone()).collect()))
    }

    /// Those that `number` may know of: everybody, but for one that was let in to one console alone those who look at that.
    pub(super) fn people_beside(&self, number: u64) -> Arc<[Person]> {
        let people = self.people();
        match people.iter().find(|person| person.number == number).filter(|person| person.confined) {
            Some(one) => people.iter().filter(|person| person.display == one.display).cloned().collect(),
            None => people,
        }
    }

    /// One of them.
    pub fn person(&self, number: u64) -> Option<Person> {
        self.lock().seated.get(&number).map(|seated| seated.person.clone())
    }

    /// For how long each of them has done nothing; those first who came first.
    pub fn idle(&self, now: Instant) -> Vec<(u64, Duration)> {
        let now = self.millis(now);
        let since = |seated: &Seated| now.saturating_sub(seated.doings.active.load(Ordering::Relaxed));
        self.lock().seated.iter().map(|(&number, seated)| (number, Duration::from_millis(since(seated)))).collect()
    }

    /// Tells viewer `number`, or all of them, to look at the display of that number. How many are led there by that: one
    /// that looks there is not, nor one that sees another alone, nor one that has not heard
    /// [`crate::display::MAX_ASIDES`] other things yet.
    pub fn show(&self, number: Option<u64>, display: u32) -> usize {
        let state = self.lock();
        let meant = state.seated.iter().filter(|(seated, _)| number.is_none_or(|number| number == **seated));
        // Who looks there is told all the same: it may be on its way to another.
        let told = meant.filter(|(_, seated)| seated.who.tell(Aside::Show(display)));
        told.filter(|(_, Seated { person, .. })| person.display != display && !person.confined).count()
    }

    /// Everybody is to be led to the display of that number ([`Roster::lead`]), but for those who look there or at one of
    /// `others`, or see one alone.
    pub(super) fn expect_at(&self, display: u32, others: &[u32]) {
        let stays = |at: u32| at == display || others.contains(&at);
        let follows = |seated: &&mut Seated| !stays(seated.person.display) && !seated.person.confined;
        for seated in self.lock().seated.values_mut().filter(follows) {
            seated.due_at.insert(display);
        }
    }

    /// Nobody is to be led there any more.
    pub(super) fn expect_nobody_at(&self, display: u32) {
        for seated in self.lock().seated.values_mut() {
            seated.due_at.remove(&display);
        }
    }

    /// Of those who are to be, leads to the display of that number who has typed nothing for `quiet`: each once. When there is
    /// somebody to be led next.
    pub(super) fn lead(&self, display: u32, quiet: Duration, now: Instant) -> Option<Instant> {
        let mut state = self.lock();
        let mut next = None;
        for Seated { due_at, who, doings, .. } in state.seated.values_mut().filter(|one| one.due_at.contains(&display))
        {
            let typed = doings.typed.load(Ordering::Relaxed);
            let due = self.epoch + Duration::from_millis(typed) + quiet;
            // One that has too much to hear already is asked again.
            let waits = if typed > 0 && now < due { Some(due) } else { None };
            let waits = waits.or_else(|| (!who.tell(Aside::Show(display))).then(|| now + quiet));
            next = next.into_iter().chain(waits).min();
            if waits.is_none() {
                due_at.clear();
            }
        }
        next
    }

    /// Tells this to everybody who does not look at the display of that number, and may.
    pub(super) fn tell_of(&self, display: u32, said: &Arc<str>) {
        let others = |seated: &&Seated| seated.person.display != display && !seated.person.confined;
        for seated in self.lock().seated.values().filter(others) {
            seated.who.tell(Aside::Say(Arc::clone(said)));
        }
    }

    /// Sends everybody who looks at the display of that number, or was told to and has not done so yet, back to where he came
    /// from, and says why.
    pub(super) fn send_back(&self, display: u32, said: &Arc<str>) {
        for seated in self.lock().seated.values() {
            seated.who.tell(Aside::Back(display, Arc::clone(said)));
        }
    }

    /// Who writes.
    pub fn writing(&self) -> Writing {
        let pen = &self.lock().pen;
        let asking = pen.asking().map(|asking| (asking.who, Instant::from_std(asking.until)));
        Writing { writers: pen.writers(), writer: pen.writer(), asking }
    }

    /// Lets viewer `number` write, whoever does now. Whether it is there.
    ///
    /// # Errors
    /// It may only watch, or everybody writes.
    pub fn let_write(&self, number: u64) -> Result<bool, Refusal> {
        self.with_pen(Instant::now(), |pen, seated| match seated.get(&number) {
            None => Ok((None, false)),
            Some(seated) => Ok((pen.hand(number, seated.person.role)?, true)),
        })
    }

    /// Takes it from whoever writes now: nobody does until somebody takes it. Whether somebody did.
    pub fn let_nobody_write(&self) -> bool {
        let freed = self.with_pen(Instant::now(), |pen, _| {
            let freed = pen.free();
            Ok((freed, freed.is_some()))
        });
        // Nothing is refused.
        freed.unwrap_or(false)
    }

    /// Hears of everything that changes from now on: who is there, what they look at, and who writes.
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Does something with the pen, at its time, and tells those whom it concerns.
    pub(super) fn with_pen<T>(
        &self,
        now: Instant,
        act: impl FnOnce(&mut Pen, &BTreeMap<u64, Seated>) -> Result<(Option<Change>, T), Refusal>,
    ) -> Result<T, Refusal> {
        let mut state = self.lock();
        let State { pen, seated, .. } = &mut *state;
        let (before, settled) = (pen.writer(), pen.settle(now.into_std()));
        let result = act(pen, seated);
        let change = result.as_ref().ok().and_then(|(change, _)| *change);
        let (writer, asking) = (pen.writer(), pen.asking());
        self.writer.store(writer.unwrap_or(0), Ordering::Release);
        self.asking.store(asking.map_or(0, |asking| asking.who), Ordering::Release);
        if let Some(lost) = before.filter(|before| writer != Some(*before)).and_then(|before| seated.get(&before)) {
            // One that has too much to hear already finds out when it does something.
            lost.who.tell(Aside::Yield);
        }
        for change in settled.into_iter().chain(change) {
            self.say(change, seated);
        }
        drop(state);
        if settled.or(change).is_some() {
            self.changes.send_modify(|count| *count = count.wrapping_add(1));
        }
        result.map(|(_, result)| result)
    }

    /// Says over the pictures what has become of the pen.
    fn say(&self, change: Change, seated: &BTreeMap<u64, Seated>) {
        tracing::info!(?change, "who writes");
        let called = |number: u64| seated.get(&number).map_or_else(String::new, |seated| seated.person.called());
        let (said, beside) = match change {
            Change::Writes(who) => (format!("{} writes now", called(who)), ""),
            Change::Released(who) => (format!("{} writes no longer", called(who)), "Ctrl-Alt-W to write"),
            Change::Asks(who, whom) => {
                let grace = GRACE.as_secs();
                let said = format!("{} asks {}, and writes in {grace} s", called(who), called(whom));
                (said, "Ctrl-Alt-W lets, Ctrl-Alt-N denies")
            }
            Change::Denied(_, whom) => (format!("{} goes on writing", called(whom)), ""),
            Change::Withdrawn(who) => (format!("{} asks no longer", called(who)), ""),
        };
        for display in &self.displays {
            if display.kind() == Kind::Graphics {
                // Nobody paints a line for all who look at one.
                let line: Arc<str> = format!("{said}  {beside}").trim_end().into();
                let looking = seated.values().filter(|seated| seated.person.display == display.id());
                looking.for_each(|seated| {
                    seated.who.tell(Aside::Say(Arc::clone(&line)));
                });
                continue;
            }
            // A console that has no time for it has no time for its picture either. There is no answer.
            let _ = display.ask(Ask::Note { said: said.clone(), beside });
        }
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        state.told = None;
        drop(state);
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
        result
    }

    /// Whether one writes at a time.
    pub fn one_writes(&self) -> bool {
        self.writers == Writers::One
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    pub(super) fn millis(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.epoch).as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;
