//! Who writes where one writes at a time (`--writers one`): taking, releasing, asking and denying.
//!
//! ```text
//!              take                     another takes ─► asks, and in 5 s (GRACE) writes
//! nobody ─────────────► one writes ─┬─► it says yes, releases or leaves ─► the one who asks writes; else nobody
//!    ▲                              ├─► it says no ─► goes on; who asked may ask again in 10 s (DENIED)
//!    └── releases, leaves ──────────┘   an admin forces ─► writes at once
//! ```
//! Nobody ever comes to write who has not asked for it himself, and nobody whose role is to watch. One asks at a time.

use std::time::{Duration, Instant};

use super::Role;

/// How long the one who writes has to say no.
pub const GRACE: Duration = Duration::from_secs(5);
/// How long one who was denied does not ask again.
pub const DENIED: Duration = Duration::from_secs(10);

/// Who may write at the same time (`--writers`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writers {
    /// Everybody whose role it is.
    #[default]
    All,
    /// One of them.
    One,
}

/// What one has to have to write. Viewers are numbers here, none of which is told from another but by its role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pen {
    writers: Writers,
    writer: Option<u64>,
    asking: Option<Asking>,
    denied: Option<(u64, Instant)>,
}

/// Somebody who wants to write while another does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Who.
    pub who: u64,
    /// When he writes, unless he is denied.
    pub until: Instant,
}

/// What has come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// From now on this one writes.
    Writes(u64),
    /// From now on nobody does: this one has released it, or has left.
    Released(u64),
    /// The first asks the second.
    Asks(u64, u64),
    /// The first was denied by the second.
    Denied(u64, u64),
    /// This one asks no longer.
    Withdrawn(u64),
}

/// Why something is not done. The text is for the one who wanted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to take.
    #[error("everybody may write here who may write at all")]
    AllWrite,
    /// His role is to watch.
    #[error("you may only watch here")]
    Watches,
    /// Only admins force.
    #[error("only admins take over without asking")]
    NoAdmin,
    /// One asks at a time.
    #[error("somebody else asks already; try again in a moment")]
    AnotherAsks,
    /// He was denied just now.
    #[error("you were denied just now; ask again in {} s", .0.as_secs() + 1)]
    DeniedLately(Duration),
    /// Only the one who writes answers and releases.
    #[error("you are not the one who writes")]
    NotYours,
    /// Only who asks is answered.
    #[error("no such viewer asks to write")]
    NotAsked,
}

impl Pen {
    /// One that nobody has.
    pub fn new(writers: Writers) -> Self {
        Self { writers, writer: None, asking: None, denied: None }
    }

    /// Whether one writes at a time.
    pub fn writers(&self) -> Writers {
        self.writers
    }

    /// The one who writes, where one does.
    pub fn writer(&self) -> Option<u64> {
        self.writer
    }

    /// Who asks to.
    pub fn asking(&self) -> Option<Asking> {
        self.asking
    }

    /// Whether what this one types reaches the guest.
    pub fn lets_write(&self, who: u64, role: Role) -> bool {
        role.may_write() && (self.writers == Writers::All || self.writer == Some(who))
    }

    /// `who` wants to write: at once, where nobody does or an admin forces it; else the one who writes is asked. `None`:
    /// that is so already.
    ///
    /// # Errors
    /// Why not. Nothing has changed then.
    pub fn take(&mut self, who: u64, role: Role, force: bool, now: Instant) -> Result<Option<Change>, Refusal> {
        if self.writers == Writers::All {
            return Err(Refusal::AllWrite);
        }
        if !role.may_write() {
            return Err(Refusal::Watches);
        }
        if force && role < Role::Admin {
            return Err(Refusal::NoAdmin);
        }
        let Some(writer) = self.writer.filter(|writer| !force && *writer != who) else {
            return Ok((self.writer != Some(who)).then(|| self.give(who)));
        };
        match (self.asking, self.denied) {
            (Some(asking), _) if asking.who == who => Ok(None),
            (Some(_), _) => Err(Refusal::AnotherAsks),
            (None, Some((denied, until))) if denied == who && now < until => {
                Err(Refusal::DeniedLately(until.duration_since(now)))
            }
            _ => {
                self.asking = Some(Asking { who, until: now + GRACE });
                Ok(Some(Change::Asks(who, writer)))
            }
        }
    }

    /// `who` wants to write no longer, or to ask no longer. Who asks meanwhile has asked for just that, and writes.
    ///
    /// # Errors
    /// He does neither.
    pub fn release(&mut self, who: u64) -> Result<Change, Refusal> {
        if let Some(asking) = self.asking.take_if(|asking| asking.who == who) {
            return Ok(Change::Withdrawn(asking.who));
        }
        if self.writer != Some(who) {
            return Err(Refusal::NotYours);
        }
        Ok(match self.asking {
            Some(asking) => self.give(asking.who),
            None => {
                self.writer = None;
                Change::Released(who)
            }
        })
    }

    /// `who`, if he is the one who writes, lets `asker` write, or does not.
    ///
    /// # Errors
    /// It is not his to answer, or nobody of that number asks.
    pub fn answer(&mut self, who: u64, asker: u64, grant: bool, now: Instant) -> Result<Change, Refusal> {
        if self.writer != Some(who) {
            return Err(Refusal::NotYours);
        }
        let asking = self.asking.filter(|asking| asking.who == asker).ok_or(Refusal::NotAsked)?;
        if grant {
            return Ok(self.give(asking.who));
        }
        self.asking = None;
        self.denied = Some((asker, now + DENIED));
        Ok(Change::Denied(asker, who))
    }

    /// `who` has left.
    pub fn leave(&mut self, who: u64) -> Option<Change> {
        self.denied = self.denied.filter(|(denied, _)| *denied != who);
        self.release(who).ok()
    }

    /// Whoever runs the server lets `who` write.
    ///
    /// # Errors
    /// His role is to watch, or there is nothing to give.
    pub fn hand(&mut self, who: u64, role: Role) -> Result<Option<Change>, Refusal> {
        // What an admin may, he may for others.
        let role = if role.may_write() { Role::Admin } else { role };
        match self.writers {
            Writers::All => Err(Refusal::AllWrite),
            Writers::One if !role.may_write() => Err(Refusal::Watches),
            Writers::One => Ok((self.writer != Some(who)).then(|| self.give(who))),
        }
    }

    /// Whoever runs the server takes it away: nobody writes, and nobody asks to.
    pub fn free(&mut self) -> Option<Change> {
        self.asking = None;
        self.writer.take().map(Change::Released)
    }

    /// Time has passed: who has asked for long enough writes.
    pub fn settle(&mut self, now: Instant) -> Option<Change> {
        self.asking.filter(|asking| now >= asking.until).map(|asking| self.give(asking.who))
    }

    fn give(&mut self, who: u64) -> Change {
        (self.writer, self.asking) = (Some(who), None);
        Change::Writes(who)
    }
}

#[cfg(test)]
mod tests;
