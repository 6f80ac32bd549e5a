//! What a viewer does, and what comes of it: chords, keys and pointer, cut text, wishes for another size.
//!
//! Roles are enforced here and nowhere else (limits.md §6): a viewer that may only watch may switch what it looks at, and scroll,
//! search and select in its own view of it; what it does reaches a console as [`Input::Own`], which is never the guest's.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::access::Role;
use crate::console::vt::VtNumber;
use crate::display::{Aside, Display, Input, NotPasted, OwnInput, Paste, Presence, Who};
use crate::geometry::Point;
use crate::input::chord::Target;
use crate::input::keyboard::{self, Keyboard};
use crate::input::{KeyEvent, Locks, PointerEvent, PowerButton};
use crate::rfb::ext::console::{Notice, Request};
use crate::rfb::ext::desktop_size::Status;
use crate::rfb::server::ServerEvent;

use super::extension;

/// Keys and pointer events that are looked at in a second; more are dropped (limits.md §2).
pub const MAX_EVENTS_PER_SECOND: u32 = 4096;

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
    /// It wants this by the console extension; or may not, and is told so.
    pub request: Option<Result<Request, Notice>>,
    /// A power button of the guest is pressed, by one who may.
    pub power: Option<PowerButton>,
}

/// What a wish for another size can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sizing {
    /// The console.
    Console,
    /// The letters in which the viewer sees it.
    Letters,
    /// Nothing.
    Nothing,
}

/// What a viewer holds: keys, buttons, the text it cut last.
pub(super) struct Hands {
    /// Displays hear of it when the viewer goes.
    presence: Presence,
    keyboard: Keyboard,
    pointer: PointerEvent,
    /// Kept until it is pasted by an explicit key: text never goes to the guest on arrival. Of one that is too long
    /// there is only its length.
    cut_text: Option<Result<Arc<str>, usize>>,
    rate: Rate,
}

impl Hands {
    /// The hands of viewer number `viewer`, which hold nothing.
    pub(super) fn of(viewer: u64, role: Role) -> Self {
        Self {
            presence: Presence::with_role(viewer, role),
            keyboard: Keyboard::default(),
            pointer: PointerEvent::default(),
            cut_text: None,
            rate: Rate::default(),
        }
    }

    /// Whose they are.
    pub(super) fn who(&self) -> Who {
        self.presence.who()
    }

    /// The locks of its keyboard, as far as its keys have shown them.
    pub(super) fn locks(&self) -> Locks {
        self.keyboard.locks()
    }

    /// What the viewer may do.
    pub(super) fn role(&self) -> Role {
        self.presence.role()
    }

    fn may_write(&self) -> bool {
        self.presence.role().may_write()
    }

    /// The viewer looks at `display`.
    pub(super) fn meet(&mut self, display: &Display) {
        self.presence.meet(display);
    }

    /// Judges an event. `sizing` and `exists` are asked when needed; `to_frame` knows which part of the frame is seen.
    pub(super) fn handle(
        &mut self,
        event: ServerEvent,
        now: Instant,
        sizing: impl Fn() -> Sizing,
        exists: impl Fn(u8) -> bool,
        to_frame: impl Fn(Point) -> Point,
    ) -> Outcome {
        let (mut outcome, view_only) = (Outcome::default(), !self.may_write());
        match event {
            // No key and no button stays down because its release came too late in a busy second: each has had its press.
            ServerEvent::Key(event) if self.rate.admits(now) || !event.down => self.key(event, exists, &mut outcome),
            ServerEvent::Pointer(event) => {
                if let Some(buttons) = self.admitted_buttons(event.buttons, now) {
                    let point = to_frame(Point { x: event.x, y: event.y });
                    self.pointer(PointerEvent { x: point.x, y: point.y, buttons }, &mut outcome);
                }
            }
            ServerEvent::CutText(text) if !view_only => self.cut_text = Some(text.text().map(Into::into)),
            ServerEvent::SetDesktopSize(size) => match sizing() {
                Sizing::Console if !view_only => outcome.input.push(Input::Resize(size)),
                Sizing::Letters if !view_only => outcome.input.push(Input::Fit(size)),
                _ => outcome.refuse_resize = Some(Status::Prohibited),
            },
            ServerEvent::Console(request) => {
                let role = self.presence.role();
                let numbers = request.numbers();
                outcome.request = Some(match self.rate.admits(now) {
                    true => extension::permitted(role, request),
                    false => Err(extension::refused(numbers, "too many requests in a second")),
                });
            }
            ServerEvent::Power(button) if !view_only && self.rate.admits(now) => outcome.power = Some(button),
            ServerEvent::Key(_) | ServerEvent::CutText(_) | ServerEvent::Power(_) => {}
            // What comes before a viewer is in is not for its hands.
            ServerEvent::Ready { .. } | ServerEvent::Authenticate(_) | ServerEvent::StartTls => {}
        }
        if view_only {
            outcome.input = outcome.input.into_iter().filter_map(own).collect();
        }
        outcome
    }

    /// This was copied for the viewer's clipboard: it is what is pasted next.
    pub(super) fn copied(&mut self, text: Arc<str>) {
        self.cut_text = Some(Ok(text));
    }

    /// Waits for what is said to this viewer alone. May be dropped half-way without loss.
    pub(super) async fn aside(&mut self) -> Aside {
        self.presence.aside().await
    }

    /// What a display has said to this viewer alone, if it is there already.
    pub(super) fn try_aside(&mut self) -> Option<Aside> {
        self.presence.try_aside()
    }

    fn key(&mut self, event: KeyEvent, exists: impl Fn(u8) -> bool, outcome: &mut Outcome) {
        match self.keyboard.event(event, Target::Text, exists) {
            keyboard::Outcome::Nothing => {}
            keyboard::Outcome::Keys(events, held) => {
                outcome.input.extend(events.into_iter().map(|event| Input::Key(event, held)));
            }
            keyboard::Outcome::Switch(number) => outcome.switch_to = VtNumber::new(number),
            keyboard::Outcome::Paste => {
                outcome.input.push(Input::Paste(self.paste().unwrap_or(Err(NotPasted::Nothing))));
            }
        }
    }

    fn pointer(&mut self, event: PointerEvent, outcome: &mut Outcome) {
        let before = std::mem::replace(&mut self.pointer, event);
        if event == before {
            return;
        }
        let pastes = event.buttons & !before.buttons & MIDDLE != 0;
        let paste = if pastes { self.paste() } else { None };
        outcome.input.push(Input::Pointer { event, held: self.keyboard.modifiers(), paste });
    }

    /// The buttons to be held now, if the event is looked at: in a busy second only for those that go up.
    fn admitted_buttons(&mut self, buttons: u16, now: Instant) -> Option<u16> {
        if self.rate.admits(now) {
            return Some(buttons);
        }
        let before = self.pointer.buttons;
        Some(buttons & before).filter(|held| *held != before)
    }

    /// What is to be pasted, if the viewer has ever sent a text.
    fn paste(&self) -> Option<Result<Paste, NotPasted>> {
        Some(match self.cut_text.as_ref()? {
            Ok(text) => self.presence.paste(text),
            Err(length) => Err(NotPasted::TooLong(*length)),
        })
    }

    /// The releases that the display is owed when the viewer leaves it; of one that may only watch, those of its pointer.
    pub(super) fn let_go(&mut self) -> Vec<Input> {
        let owed = self.all_releases();
        if self.may_write() { owed } else { owed.into_iter().filter_map(own).collect() }
    }

    fn all_releases(&mut self) -> Vec<Input> {
        let releases = self.keyboard.leave();
        let modifiers = self.keyboard.modifiers();
        let mut owed: Vec<Input> = releases.into_iter().map(|event| Input::Key(event, modifiers)).collect();
        if self.pointer.buttons != 0 {
            self.pointer.buttons = 0;
            owed.push(Input::Pointer { event: self.pointer, held: modifiers, paste: None });
        }
        owed
    }
}

/// What of an input a viewer may do that may only watch.
fn own(input: Input) -> Option<Input> {
    match input {
        Input::Key(event, held) => Some(Input::Own(OwnInput::Key(event, held))),
        Input::Pointer { event, held, .. } => Some(Input::Own(OwnInput::Pointer(event, held))),
        own @ Input::Own(_) => Some(own),
        Input::Paste(_) | Input::Resize(_) | Input::Fit(_) => None,
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

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
