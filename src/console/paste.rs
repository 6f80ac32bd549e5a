//! Pastes on their way into a console.
//!
//! A paste is pulled: the next few bytes go when the source has taken those before, never sooner, so at most
//! [`PIECE`] of them wait on our side of it. A guest whose UART takes sixteen bytes at a time gets sixteen at a time,
//! nothing is lost, and stopping stops at once, but for what the kernel has taken on behalf of the guest: of a PTY whose
//! reader is slow these are some KiB, and neither can it be asked how many nor can they be taken back without taking
//! what others typed. There a rate keeps it low.
//!
//! Who comes when:
//!
//! * One paste at a time. Those of others wait in order, one for each viewer.
//! * What the pasting viewer does meanwhile waits behind its paste: who pastes a command and presses Return means the
//!   Return to come after it. Escape and Control-C stop the paste, and drop what waits behind it.
//! * What others do goes between two pieces: on a slow line a paste takes minutes, and nobody's Control-C may wait for
//!   that. A piece ends between characters, and the terminal closes and opens the brackets of a bracketed paste around
//!   what is not of it, so that a key is never taken for pasted text.
//!
//! A paste ends early when it is stopped, and when the source goes away. When its viewer leaves, what can be typed
//! without waiting still is; the rest is not: whoever closes the window in the middle of a long paste wants it to end.
//! A viewer that only looks at another console has not left. Each of these is said over the picture.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Console;
use super::asked::answer;
use crate::display::{Answer, Held, Input, NotPasted, Paste, Who};

/// Bytes of text that are typed at once: what a UART takes (16550, FIFO).
pub const PIECE: usize = 16;
/// Bytes typed before others have a turn.
const TURN: usize = 4 * 1024;
/// A paste that takes longer says how far it is.
pub const PROGRESS_AFTER: Duration = Duration::from_millis(500);
/// With a rate, pieces are so small that this many go in a second.
const PIECES_PER_SECOND: u32 = 50;
/// What a rate may catch up with when the console was busy.
const CATCH_UP: Duration = Duration::from_millis(20);

/// The pastes of a console: the first one is being typed.
#[derive(Debug, Default)]
pub(super) struct Pastes {
    queue: VecDeque<Job>,
    /// Bytes in a second, at most.
    rate: Option<NonZeroU32>,
    /// When the next piece may go, with a rate.
    due: Option<Instant>,
}

/// One paste, and what its viewer did since.
#[derive(Debug)]
struct Job {
    who: Who,
    paste: Paste,
    /// Bytes of its text that were typed.
    at: usize,
    began: Option<Instant>,
    behind: Held,
    dropped: u64,
    /// Who waits to hear what came of it.
    reply: Option<oneshot::Sender<Answer>>,
}

/// Why a paste ends before its text does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopped {
    ByViewer,
    ViewerLeft,
    WritesNoLonger,
    SourceGone,
    Panicked,
}

impl Pastes {
    /// None yet; they will be typed at `rate`, in bytes a second.
    pub(super) fn new(rate: Option<NonZeroU32>) -> Self {
        Self { rate, ..Self::default() }
    }

    fn of(&mut self, who: &Who) -> Option<&mut Job> {
        self.queue.iter_mut().find(|job| job.who == *who)
    }

    /// How many are not typed to their ends.
    pub(super) fn count(&self) -> usize {
        self.queue.len()
    }

    /// What is said of the paste that is being typed, and from when on.
    pub(super) fn progress(&self) -> Option<(String, Instant)> {
        let job = self.queue.front()?;
        let mut text = format!("pasting {}, Esc stops", job.progress());
        if self.queue.len() > 1 {
            text += &format!("; {} more", self.queue.len() - 1);
        }
        Some((text, job.began? + PROGRESS_AFTER))
    }

    /// When the next piece may go.
    fn due(&self) -> Option<Instant> {
        self.due.filter(|_| !self.queue.is_empty())
    }

    /// The most bytes of a piece.
    fn piece(&self) -> usize {
        self.rate.map_or(PIECE, |rate| PIECE.min((rate.get() / PIECES_PER_SECOND) as usize))
    }

    fn typed(&mut self, bytes: usize, now: Instant) {
        self.due = self.rate.map(|rate| {
            let nanos = bytes as u64 * 1_000_000_000 / u64::from(rate.get());
            let earliest = now.checked_sub(CATCH_UP).unwrap_or(now);
            self.due.map_or(now, |due| due.max(earliest)) + Duration::from_nanos(nanos)
        });
    }
}

impl Job {
    /// Nothing of it is typed yet.
    fn new(who: Who, paste: Paste) -> Self {
        Self { who, paste, at: 0, began: None, behind: Held::default(), dropped: 0, reply: None }
    }

    /// The next piece of at most `most` bytes, but at least one character; a line's end stays in one.
    fn next(&self, most: usize) -> &str {
        let rest = self.paste.text().get(self.at..).unwrap_or_default();
        let mut end = most.min(rest.len());
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        if end == 0 {
            end = rest.chars().next().map_or(0, char::len_utf8);
        }
        let splits_line_end = rest[..end].ends_with('\r') && rest[end..].starts_with('\n');
        &rest[..end + usize::from(splits_line_end)]
    }

    fn is_done(&self) -> bool {
        self.at == self.paste.text().len()
    }

    fn progress(&self) -> String {
        let (at, all) = (self.at, self.paste.text().len());
        match all {
            ..10_240 => format!("{at} of {all} bytes"),
            _ => format!("{} of {} KiB", at / 1024, all.div_ceil(1024)),
        }
    }

    fn amount(&self) -> String {
        match self.paste.text().len() {
            all @ ..10_240 => format!("{all} bytes"),
            all => format!("{} KiB", all.div_ceil(1024)),
        }
    }
}

impl Console {
    /// Somebody wants to paste who looks at nothing, and to hear what came of it.
    pub(super) fn paste_asked(&mut self, who: Who, paste: Paste, reply: oneshot::Sender<Answer>) {
        match self.deaf() {
            None if self.pastes.of(&who).is_some() => answer(reply, Answer::Refused("a paste of yours is under way")),
            None => {
                self.queue_paste(who, paste);
                self.pastes.queue.iter_mut().last().expect("it was put there just now").reply = Some(reply);
            }
            Some(why) => answer(reply, Answer::Refused(why)),
        }
    }

    /// Why the guest hears nothing of what is typed, if that is so.
    pub(super) fn deaf(&self) -> Option<&'static str> {
        match self.line.is_open() {
            false => Some("the guest is not there"),
            true if !self.line.listens() => Some("standard input takes no keys"),
            true => None,
        }
    }

    fn queue_paste(&mut self, who: Who, paste: Paste) {
        tracing::debug!(?paste, "paste");
        let job = Job::new(who, paste);
        self.view_goes_live(&job.who);
        self.pastes.queue.push_back(job);
    }

    /// A viewer wants to paste.
    pub(super) fn begin_paste(&mut self, who: Who, paste: Result<Paste, NotPasted>) {
        match (paste, self.deaf()) {
            (Ok(_), Some(why)) => self.note(format!("not pasted: {why}")),
            (Ok(paste), None) => self.queue_paste(who, paste),
            (Err(why), _) => {
                tracing::debug!(?why, "no paste");
                self.note(why.to_string());
            }
        }
    }

    /// What is to be done now of what a viewer did: nothing if it has to wait behind the viewer's paste.
    pub(super) fn behind_paste(&mut self, who: &Who, input: Input) -> Option<Input> {
        let Some(job) = self.pastes.of(who) else { return Some(input) };
        if matches!(input, Input::Resize(_) | Input::Paste(Err(_))) {
            return Some(input);
        }
        if input.stops_paste() {
            if let Input::Key(event, _) = &input {
                self.taken.press(who, event, !input.is_interrupt());
            }
            self.stop_pastes(|job| (job.who == *who).then_some(Stopped::ByViewer));
            return Some(input).filter(Input::is_interrupt);
        }
        job.dropped += u64::from(job.behind.push(input).is_err());
        None
    }

    /// A viewer is not to write any more, and so is not what it pastes.
    pub(super) fn yield_paste(&mut self, who: &Who) {
        self.stop_pastes(|job| (job.who == *who).then_some(Stopped::WritesNoLonger));
    }

    /// Types what the source takes now. Whether there is more, and only others shall have a turn first.
    pub(super) fn type_pastes(&mut self) -> bool {
        let mut typed = 0;
        while !self.pastes.queue.is_empty() {
            if !self.line.is_open() {
                self.stop_pastes(|_| Some(Stopped::SourceGone));
                return false;
            }
            let now = Instant::now();
            if self.line.pending() > 0 || self.terminal.has_input() || self.pastes.due().is_some_and(|due| now < due) {
                self.stop_pastes(|job| job.who.is_gone().then_some(Stopped::ViewerLeft));
                return false;
            }
            if typed >= TURN {
                return true;
            }
            typed += self.type_piece(now);
        }
        false
    }

    /// When [`Console::type_pastes`] is to be called although nothing happens.
    pub(super) fn next_piece_due(&self) -> Option<Instant> {
        self.pastes.due().filter(|_| self.line.pending() == 0)
    }

    /// Types a piece of the first paste; how many bytes it had.
    fn type_piece(&mut self, now: Instant) -> usize {
        let most = self.pastes.piece();
        let Some(mut job) = self.pastes.queue.pop_front() else { return 0 };
        let piece = job.next(most);
        let length = piece.len();
        let begins = job.began.is_none();
        let ends = job.at + length == job.paste.text().len();
        let went_well = self.guarded(|console| {
            if begins {
                console.terminal.begin_paste();
            }
            console.terminal.paste(piece);
            if ends {
                console.terminal.end_paste();
            }
        });
        job.at += length;
        job.began.get_or_insert(now);
        self.pass_on();
        self.pastes.typed(length, now);
        if job.is_done() {
            self.finish_paste(job, now);
        } else {
            self.pastes.queue.push_front(job);
        }
        if !went_well {
            self.stop_pastes(|_| Some(Stopped::Panicked));
        }
        length
    }

    /// All is typed: what waited behind it follows, up to the next paste of the same viewer.
    fn finish_paste(&mut self, job: Job, now: Instant) {
        tracing::debug!(bytes = job.at, dropped_input = job.dropped, "pasted");
        if job.began.is_some_and(|began| now >= began + PROGRESS_AFTER) {
            self.note(format!("pasted {}", job.amount()));
        }
        let Job { who, paste, mut behind, reply, .. } = job;
        if let Some(reply) = reply {
            answer(reply, Answer::Done);
        }
        // It does not count any more.
        drop(paste);
        while let Some(input) = behind.pop() {
            self.act(who.clone(), input);
            if let Some(next) = self.pastes.of(&who) {
                next.behind = behind;
                break;
            }
        }
        self.pass_on();
    }

    /// Ends those pastes for which there is a reason, in order. What waits behind them is dropped, but for the pointer
    /// that has been let go.
    fn stop_pastes(&mut self, why: impl Fn(&Job) -> Option<Stopped>) {
        let mut index = 0;
        while let Some(job) = self.pastes.queue.get(index) {
            let Some(why) = why(job) else {
                index += 1;
                continue;
            };
            let Some(mut job) = self.pastes.queue.remove(index) else { break };
            tracing::debug!(?why, typed = job.at, paste = ?job.paste, dropped_input = job.dropped, "paste stopped");
            if job.began.is_some() {
                self.guarded(|console| console.terminal.end_paste());
            }
            self.note(format!("paste stopped after {}{}", job.progress(), why.said()));
            if let Some(reply) = job.reply.take() {
                answer(reply, Answer::Refused(why.told()));
            }
            let last_pointer =
                std::iter::from_fn(|| job.behind.pop()).filter(|i| matches!(i, Input::Pointer { .. })).last();
            if let Some(Input::Pointer { event, held, .. }) = last_pointer
                && event.buttons == 0
            {
                self.act(job.who, Input::Pointer { event, held, paste: None });
            }
        }
        self.pass_on();
    }
}

impl Stopped {
    /// What is added to the note.
    fn said(self) -> &'static str {
        match self {
            Self::ByViewer => "",
            Self::ViewerLeft => ": its viewer has left",
            Self::WritesNoLonger => ": its viewer writes no longer",
            Self::SourceGone => ": the guest is gone",
            Self::Panicked => ": the terminal had to start anew",
        }
    }

    /// What somebody hears who looks at nothing.
    fn told(self) -> &'static str {
        match self {
            Self::ByViewer | Self::ViewerLeft | Self::WritesNoLonger => "the paste was stopped",
            Self::SourceGone => "the guest is gone: the paste was stopped",
            Self::Panicked => "the terminal had to start anew: the paste was stopped",
        }
    }
}

#[cfg(test)]
#[path = "paste_tests.rs"]
mod tests;
