//! A viewer's place among the others: what it tells of itself, and its part in who writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use crate::access::Role;
use crate::access::pen::{Refusal, Writers};

use super::roster::{Person, Roster, Writing};

/// Names that a line of presence has; of more, it says how many.
pub const MAX_NAMES: usize = 20;

/// A viewer's entry; taken back when dropped.
#[derive(Debug)]
pub struct Seat {
    roster: Arc<Roster>,
    number: u64,
    role: Role,
    doings: Arc<Doings>,
}

/// When a viewer last did something, in milliseconds from the roster's epoch.
#[derive(Debug)]
pub(super) struct Doings {
    /// Anything at all.
    pub(super) active: AtomicU64,
    /// When it last pressed a key, or let one go; 0: never.
    pub(super) typed: AtomicU64,
}

impl Seat {
    /// A viewer of this number and role, and where it notes when it last did something.
    pub(super) fn new(roster: Arc<Roster>, number: u64, role: Role, doings: Arc<Doings>) -> Self {
        Self { roster, number, role, doings }
    }

    /// It looks at the display of that number from now on.
    pub fn looks_at(&self, display: u32) {
        self.roster.change(|state| {
            if let Some(seated) = state.seated.get_mut(&self.number) {
                seated.looks_at(display);
            }
        });
    }

    /// Whether what it types reaches the guest now.
    pub fn may_write(&self) -> bool {
        let one = self.roster.one_writes();
        self.role.may_write() && (!one || self.roster.writer.load(Ordering::Acquire) == self.number)
    }

    /// It wants to write.
    ///
    /// # Errors
    /// Why it does not, and does not ask either.
    pub fn take(&self, force: bool, now: Instant) -> Result<(), Refusal> {
        self.roster.with_pen(now, |pen, _| Ok((pen.take(self.number, self.role, force, now.into_std())?, ())))
    }

    /// It wants to write, or to ask, no longer.
    ///
    /// # Errors
    /// It does neither.
    pub fn release(&self, now: Instant) -> Result<(), Refusal> {
        self.roster.with_pen(now, |pen, _| Ok((Some(pen.release(self.number)?), ())))
    }

    /// It lets `asker` write, or does not.
    ///
    /// # Errors
    /// It does not write itself, or `asker` does not ask.
    pub fn answer(&self, asker: u64, grant: bool, now: Instant) -> Result<(), Refusal> {
        self.roster.with_pen(now, |pen, _| Ok((Some(pen.answer(self.number, asker, grant, now.into_std())?), ())))
    }

    /// The one key for all of it: who writes lets whoever asks, or else everybody; who does not, wants to. Who asks
    /// already asks no longer; or, if it may, does not wait, nor take no for an answer.
    ///
    /// # Errors
    /// Why nothing comes of it.
    pub fn pass_the_pen(&self, now: Instant) -> Result<(), Refusal> {
        let Writing { writer, asking, .. } = self.roster.writing();
        let asking = asking.map(|(who, _)| who);
        match asking {
            _ if writer == Some(self.number) => self.release(now),
            Some(asking) if asking == self.number && self.role < Role::Admin => self.release(now),
            asking => match self.take(self.role == Role::Admin && asking == Some(self.number), now) {
                Err(Refusal::DeniedLately(_)) if self.role == Role::Admin => self.take(true, now),
                done => done,
            },
        }
    }

    /// It goes on writing, whoever asks.
    ///
    /// # Errors
    /// Nobody does, or it does not write.
    pub fn deny(&self, now: Instant) -> Result<(), Refusal> {
        let asking = self.roster.writing().asking.ok_or(Refusal::NotAsked)?;
        self.answer(asking.0, false, now)
    }

    /// When it writes, if it asks to.
    pub fn writes_at(&self) -> Option<Instant> {
        let asks = self.roster.asking.load(Ordering::Acquire) == self.number;
        let asking = asks.then(|| self.roster.writing().asking).flatten();
        asking.filter(|(who, _)| *who == self.number).map(|(_, until)| until)
    }

    /// Time has passed: it may write now.
    pub fn settle(&self, now: Instant) {
        // Nothing is refused.
        let _ = self.roster.with_pen(now, |_, _| Ok((None, ())));
    }

    /// Why what it types does not reach the guest, and what to do about it.
    pub fn why_not(&self) -> String {
        let state = self.roster.lock();
        match state.pen.writer().and_then(|writer| state.seated.get(&writer)) {
            _ if !self.role.may_write() => "you may only watch here".to_owned(),
            Some(writer) => format!("{} writes, and you watch: Ctrl-Alt-W asks", writer.person.called()),
            None => "nobody writes: Ctrl-Alt-W to be the one who does".to_owned(),
        }
    }

    /// Who is there, in a line; those who write first, for the end may be cut.
    pub fn presence(&self) -> String {
        let (people, writing) = (self.roster.people_beside(self.number), self.roster.writing());
        let called = |person: &Person| match person.number == self.number {
            true => "you".to_owned(),
            false => person.called(),
        };
        let mut line = format!("{} here", people.len());
        let writer = people.iter().find(|person| writing.writer == Some(person.number));
        line += &match (writing.writers, writer) {
            (Writers::All, _) => String::new(),
            (Writers::One, None) if writing.writer.is_some() => ", somebody else writes".to_owned(),
            (Writers::One, None) => ", nobody writes".to_owned(),
            (Writers::One, Some(person)) if person.number == self.number => ", you write".to_owned(),
            (Writers::One, Some(person)) => format!(", {} writes", person.called()),
        };
        let others = people.iter().filter(|person| writer.is_none_or(|writer| writer.number != person.number));
        let mut names: Vec<String> = Vec::new();
        for person in others.clone().take(MAX_NAMES) {
            let watches = if person.role.may_write() { "" } else { " (watches)" };
            names.push(format!("{}{watches}", called(person)));
        }
        let more = others.count().saturating_sub(MAX_NAMES);
        if more > 0 {
            names.push(format!("{more} more"));
        }
        if !names.is_empty() {
            line += &format!(": {}", names.join(", "));
        }
        line
    }

    /// It has done something: not its program, but whoever sits before it.
    pub fn did_something(&self, now: Instant) {
        self.doings.active.store(self.roster.millis(now), Ordering::Relaxed);
    }

    /// Of that, it was a key.
    pub fn typed(&self, now: Instant) {
        self.doings.typed.store(self.roster.millis(now).max(1), Ordering::Relaxed);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Nothing is refused.
        let _ = self.roster.with_pen(Instant::now(), |pen, _| Ok((pen.leave(self.number), ())));
        self.roster.change(|state| state.seated.remove(&self.number));
    }
}
