//! What a viewer does, and what comes of it: chords, keys and pointer, cut text, wishes for another size.
//!
//! View-only is enforced here and nowhere else (limits.md §6): such a viewer may switch what it looks at, and no more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{Permit, Sender, error::TrySendError};
use tokio::time::Instant;

use crate::console::vt::VtNumber;
use crate::display::Input;
use crate::geometry::Point;
use crate::input::chord::Target;
use crate::input::keyboard::{self, Keyboard};
use crate::input::{KeyEvent, PointerEvent};
use crate::rfb::ext::desktop_size::Status;
use crate::rfb::server::ServerEvent;

/// Keys and pointer events that are looked at in a second; more are dropped (limits.md §2).
pub const MAX_EVENTS_PER_SECOND: u32 = 4096;
/// How long a viewer is not read while the console takes no input; then its input is dropped.
pub const BLOCKED: Duration = Duration::from_secs(1);

/// The second button, which pastes.
const MIDDLE: u16 = 1 << 1;

/// What comes of an event.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// For the display, in this order.
    pub input: Vec<Input>,
    /// The viewer looks at another virtual terminal from now on.
    pub switch_to: Option<VtNumber>,
    /// The wish for another size is not granted.
    pub refuse_resize: Option<Status>,
}

/// What a viewer holds: keys, buttons, the text it cut last.
#[derive(Default)]
pub(super) struct Hands {
    /// The viewer's number.
    viewer: u64,
    keyboard: Keyboard,
    pointer: PointerEvent,
    /// Kept until it is pasted by an explicit key: text never goes to the guest on arrival.
    cut_text: Option<Arc<str>>,
    rate: Rate,
}

impl Hands {
    /// The hands of viewer number `viewer`, which hold nothing.
    pub(super) fn of(viewer: u64) -> Self {
        Self { viewer, ..Self::default() }
    }

    /// Judges an event. `may_resize` and `exists` are asked when needed; `to_frame` knows which part of the frame is seen.
    pub(super) fn handle(
        &mut self,
        event: ServerEvent,
        now: Instant,
        view_only: bool,
        may_resize: impl Fn() -> bool,
        exists: impl Fn(u8) -> bool,
        to_frame: impl Fn(Point) -> Point,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        match event {
            ServerEvent::Key(event) if self.rate.admits(now) => self.key(event, exists, &mut outcome),
            ServerEvent::Pointer(event) if self.rate.admits(now) => {
                let point = to_frame(Point { x: event.x, y: event.y });
                self.pointer(PointerEvent { x: point.x, y: point.y, ..event }, &mut outcome);
            }
            ServerEvent::CutText(text) if !view_only => self.cut_text = Some(text.to_text().into()),
            ServerEvent::SetDesktopSize(size) if !view_only && may_resize() => outcome.input.push(Input::Resize(size)),
            ServerEvent::SetDesktopSize(_) => outcome.refuse_resize = Some(Status::Prohibited),
            ServerEvent::Key(_) | ServerEvent::Pointer(_) | ServerEvent::CutText(_) | ServerEvent::Ready { .. } => {}
        }
        if view_only {
            outcome.input.clear();
        }
        outcome
    }

    fn key(&mut self, event: KeyEvent, exists: impl Fn(u8) -> bool, outcome: &mut Outcome) {
        match self.keyboard.event(event, Target::Text, exists) {
            keyboard::Outcome::Nothing => {}
            keyboard::Outcome::Keys(events, held) => {
                outcome.input.extend(events.into_iter().map(|event| Input::Key(event, held)));
            }
            keyboard::Outcome::Switch(number) => outcome.switch_to = VtNumber::new(number),
            keyboard::Outcome::Paste => outcome.input.extend(self.cut_text.clone().map(Input::Paste)),
        }
    }

    fn pointer(&mut self, event: PointerEvent, outcome: &mut Outcome) {
        let before = std::mem::replace(&mut self.pointer, event);
        if event == before {
            return;
        }
        let pastes = event.buttons & !before.buttons & MIDDLE != 0;
        let paste = self.cut_text.clone().filter(|_| pastes);
        outcome.input.push(Input::Pointer { viewer: self.viewer, event, held: self.keyboard.modifiers(), paste });
    }

    /// The releases that the display is owed when the viewer leaves it.
    pub(super) fn let_go(&mut self) -> Vec<Input> {
        let releases = self.keyboard.leave();
        let modifiers = self.keyboard.modifiers();
        let mut owed: Vec<Input> = releases.into_iter().map(|event| Input::Key(event, modifiers)).collect();
        if self.pointer.buttons != 0 {
            self.pointer.buttons = 0;
            owed.push(Input::Pointer { viewer: self.viewer, event: self.pointer, held: modifiers, paste: None });
        }
        owed
    }
}

/// Events in the present second.
#[derive(Debug, Default)]
struct Rate {
    second: Option<Instant>,
    events: u32,
}

impl Rate {
    fn admits(&mut self, now: Instant) -> bool {
        if self.second.is_none_or(|began| now.duration_since(began) >= Duration::from_secs(1)) {
            *self = Self { second: Some(now), events: 0 };
        }
        self.events += 1;
        self.events <= MAX_EVENTS_PER_SECOND
    }
}

/// Input that the display has no room for. While there is any, the viewer is not read, so it stays small; after
/// [`BLOCKED`] it is dropped, and so is what follows until there is room again.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: VecDeque<Input>,
    since: Option<Instant>,
    deaf: bool,
    dropped: u64,
    lost_resize: bool,
}

impl Backlog {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How much has been dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Sends what there is room for; the rest waits.
    pub(super) fn extend(&mut self, inputs: Vec<Input>, to: &Sender<Input>, now: Instant) {
        for input in inputs {
            if !self.waiting.is_empty() {
                self.waiting.push_back(input);
                continue;
            }
            match to.try_send(input) {
                Ok(()) => self.deaf = false,
                Err(TrySendError::Full(input)) if !self.deaf => {
                    self.waiting.push_back(input);
                    self.since = Some(now);
                }
                Err(TrySendError::Full(input) | TrySendError::Closed(input)) => self.drop_one(&input),
            }
        }
    }

    /// There is room for one.
    pub(super) fn send(&mut self, room: Permit<'_, Input>) {
        if let Some(input) = self.waiting.pop_front() {
            room.send(input);
        }
        self.deaf = false;
        if self.waiting.is_empty() {
            self.since = None;
        }
    }

    /// When what waits is dropped.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + BLOCKED)
    }

    /// Drops what has waited too long. Whether a wish for another size is lost.
    pub(super) fn give_up(&mut self, now: Instant) -> bool {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.drop_all();
            self.deaf = true;
        }
        std::mem::take(&mut self.lost_resize)
    }

    /// Drops all that waits.
    pub(super) fn drop_all(&mut self) {
        for input in std::mem::take(&mut self.waiting) {
            self.drop_one(&input);
        }
        self.since = None;
    }

    fn drop_one(&mut self, input: &Input) {
        self.dropped += 1;
        self.lost_resize |= matches!(input, Input::Resize(_));
    }
}

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
