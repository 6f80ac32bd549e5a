//! What a viewer does, and what comes of it: chords, keys and pointer, cut text, wishes for another size.
//!
//! Roles are enforced here and nowhere else (limits.md §6): a viewer that may only watch may switch what it looks at, and scroll,
//! search and select in its own view of it; what it does reaches a console as [`Input::Own`], which is never the guest's.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::access::Role;
use crate::console::vt::VtNumber;
use crate::display::{Aside, Display, Input, Kind, NotPasted, OwnInput, Paste, Presence, Who};
use crate::geometry::Point;
use crate::input::chord::{PeopleKey, Target};
use crate::input::keyboard::{self, Keyboard};
use crate::input::leader::{self, Hint, LeaderKey};
use crate::input::{KeyEvent, Locks, PointerEvent, PointerMotion, PowerButton};
use crate::rfb::ext::desktop_size::Status;
use crate::rfb::server::ServerEvent;

use super::extension::{self, Judged};

/// Keys and pointer events that are looked at in a second; more are dropped (limits.md §2).
pub const MAX_EVENTS_PER_SECOND: u32 = 4096;

/// How long a viewer is told something that it did not ask for.
pub(super) const SAID: Duration = Duration::from_secs(4);

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
    /// It wants this of the other viewers.
    pub people: Option<PeopleKey>,
    /// It wants this by the console extension; or may not, and is told so.
    pub request: Option<Judged>,
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
    /// Whether what it does reaches the guest: its role, and whose turn it is.
    writes: bool,
    keyboard: Keyboard,
    /// What it was told of the leader key.
    hinted: Option<Hint>,
    pointer: PointerEvent,
    /// Kept until it is pasted by an explicit key: text never goes to a console on arrival. Of one that is too long
    /// there is only its length.
    cut_text: Option<Result<Arc<str>, NotPasted>>,
    /// What a proxied screen knows, by its number: it has been told of that text, or it has come from there.
    known: Option<(u32, Arc<str>)>,
    /// The number of the display that the viewer looks at.
    at: u32,
    /// What the viewer looks at.
    kind: Kind,
    /// The guest behind that takes motions of the pointer, and not its place.
    relative: bool,
    rate: Rate,
}

impl Hands {
    /// The hands of viewer number `viewer`, which hold nothing. Its role says whether it may write; with `one_writes` it
    /// does not until [`Hands::turn`] says so. After `leader` the next key is for us.
    pub(super) fn of(viewer: u64, role: Role, one_writes: bool, leader: Option<LeaderKey>) -> Self {
        Self {
            presence: Presence::with_role(viewer, role),
            writes: role.may_write() && !one_writes,
            keyboard: Keyboard::new(one_writes, leader),
            hinted: None,
            pointer: PointerEvent::default(),
            cut_text: None,
            known: None,
            at: 0,
            kind: Kind::Text,
            relative: false,
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

    /// Whether what it does reaches the guest from now on. What the display is owed of one that writes no longer.
    pub(super) fn turn(&mut self, writes: bool) -> Vec<Input> {
        let writes = writes && self.role().may_write();
        let yields = self.writes && !writes;
        let mut owed = if yields { self.all_releases() } else { Vec::new() };
        self.writes = writes;
        if yields {
            owed.push(Input::Own(OwnInput::Yield));
        }
        owed
    }

    /// Whether it holds a button of its pointer.
    pub(super) fn holds_buttons(&self) -> bool {
        self.pointer.buttons != 0
    }

    /// Whether what it does reaches the guest.
    pub(super) fn writes(&self) -> bool {
        self.writes
    }

    /// The viewer looks at `display`, which is to be told this.
    pub(super) fn meet(&mut self, display: &Display) -> Option<Input> {
        self.presence.meet(display);
        // Scripts move the pointer before they ask for a picture.
        (self.kind, self.at, self.relative) = (display.kind(), display.id(), display.peek().beside.relative);
        self.clipboard()
    }

    /// The guest takes motions of the pointer from now on; or no longer.
    pub(super) fn set_relative(&mut self, relative: bool) {
        self.relative = relative;
    }

    /// What a proxied screen is to be told of this viewer's clipboard: each text once, whether it was cut while the viewer
    /// looked at that screen or before.
    pub(super) fn clipboard(&mut self) -> Option<Input> {
        if self.kind != Kind::Graphics || !self.writes {
            return None;
        }
        let is_known = |text: &Arc<str>| self.known.as_ref().is_some_and(|(at, known)| *at == self.at && known == text);
        let text = self.cut_text.as_ref()?.as_ref().ok().filter(|text| !is_known(text))?;
        self.known = Some((self.at, Arc::clone(text)));
        Some(Input::Cut(Arc::clone(text)))
    }

    /// Judges an event. `sizing`, `exists` and `why_not` (what it is told whose turn it is not) are asked when needed;
    /// `to_frame` knows which part of the frame is seen.
    pub(super) fn handle(
        &mut self,
        event: ServerEvent,
        now: Instant,
        sizing: impl Fn() -> Sizing,
        exists: impl Fn(u8) -> bool,
        to_frame: impl Fn(Point) -> Point,
        why_not: impl Fn() -> Arc<str>,
    ) -> Outcome {
        let (mut outcome, view_only) = (Outcome::default(), !self.writes);
        match event {
            // No key and no button stays down because its release came too late in a busy second: each has had its press.
            ServerEvent::Key(event) if self.rate.admits(now) || !event.down => {
                self.key(event, now, exists, &mut outcome);
            }
            ServerEvent::Pointer(event) => {
                if let Some(buttons) = self.admitted_buttons(event.buttons, now) {
                    let point = to_frame(Point { x: event.x, y: event.y });
                    self.pointer(PointerEvent { x: point.x, y: point.y, buttons }, &mut outcome);
                }
            }
            ServerEvent::Motion(motion) => {
                if let Some(buttons) = self.admitted_buttons(motion.buttons, now) {
                    self.motion(PointerMotion { buttons, ..motion }, &mut outcome);
                }
            }
            // Whoever's turn it is: he may paste it when it is his.
            ServerEvent::CutText(text) if self.role().may_write() => {
                // There are viewers that send back what they were sent: that is known.
                self.cut_text = Some(text.text().map(Into::into).map_err(NotPasted::TooLong));
                outcome.input.extend(self.clipboard());
            }
            ServerEvent::CutAnnounced if self.role().may_write() => self.cut_text = Some(Err(NotPasted::NotHere)),
            ServerEvent::SetDesktopSize(size) => match sizing() {
                Sizing::Console if !view_only => outcome.input.push(Input::Resize(size)),
                Sizing::Letters if !view_only && self.kind == Kind::Text => outcome.input.push(Input::Fit(size)),
                _ => outcome.refuse_resize = Some(Status::Prohibited),
            },
            ServerEvent::Console(request) => {
                let may_resize = || sizing() == Sizing::Console;
                outcome.request = Some(match !extension::is_rated(&request) || self.rate.admits(now) {
                    true => extension::permitted(self.role(), self.writes, may_resize, request),
                    false => Err((request, "too many requests in a second")),
                });
            }
            ServerEvent::Power(button) if !view_only && self.rate.admits(now) => outcome.power = Some(button),
            ServerEvent::Key(_) | ServerEvent::CutText(_) | ServerEvent::CutAnnounced | ServerEvent::Power(_) => {}
            // What comes before a viewer is in is not for its hands.
            ServerEvent::Ready { .. } | ServerEvent::Authenticate(_) | ServerEvent::StartTls => {}
            // Whoever sees a guest may hear it, and that has nothing to do with hands.
            ServerEvent::Audio(_) => {}
        }
        if view_only {
            // One that may only watch knows it.
            let why_not = || self.role().may_write().then(&why_not);
            outcome.input = outcome.input.into_iter().filter_map(|input| own(input, self.kind, why_not)).collect();
        }
        if let Some(hint) = self.leader_says() {
            // What comes of the key may have something to say itself.
            outcome.input.insert(0, hint);
        }
        outcome
    }

    /// What is new about the leader key, for the viewer's own picture.
    fn leader_says(&mut self) -> Option<Input> {
        let hint = self.keyboard.hint(self.target());
        let now = hint.as_ref().map(|(hint, _)| *hint);
        if std::mem::replace(&mut self.hinted, now) == now {
            return None;
        }
        let (text, time) = match hint {
            Some((Hint::Keys | Hint::Holding(_), text)) => (text, leader::WAIT),
            Some((Hint::NoSuchKey | Hint::NoSuchVt(_), text)) => (text, SAID),
            None => (String::new(), Duration::ZERO),
        };
        Some(Input::Own(OwnInput::Say(text.into(), time)))
    }

    fn target(&self) -> Target {
        match self.kind {
            Kind::Text => Target::Text,
            Kind::Graphics => Target::Graphical,
        }
    }

    /// This was copied for the viewer's clipboard: it is what is pasted next. What was marked in a console is for a
    /// proxied screen, too; what comes from there is known there.
    pub(super) fn copied(&mut self, text: Arc<str>) {
        if self.kind == Kind::Graphics {
            self.known = Some((self.at, Arc::clone(&text)));
        }
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

    fn key(&mut self, event: KeyEvent, now: Instant, exists: impl Fn(u8) -> bool, outcome: &mut Outcome) {
        match self.keyboard.event(event, self.target(), now.into_std(), exists) {
            keyboard::Outcome::Nothing => {}
            keyboard::Outcome::Keys(events, held) => {
                outcome.input.extend(events.into_iter().map(|event| Input::Key(event, held)));
            }
            keyboard::Outcome::People(key) => outcome.people = Some(key),
            keyboard::Outcome::Switch(number) => outcome.switch_to = VtNumber::new(number),
            keyboard::Outcome::Paste => {
                if self.kind == Kind::Graphics {
                    let held = self.keyboard.modifiers();
                    outcome.input.extend(self.keyboard.let_go().into_iter().map(|event| Input::Key(event, held)));
                }
                outcome.input.push(Input::Paste(self.paste().unwrap_or(Err(NotPasted::Nothing))));
            }
        }
    }

    fn pointer(&mut self, event: PointerEvent, outcome: &mut Outcome) {
        let before = std::mem::replace(&mut self.pointer, event);
        if event == before {
            return;
        }
        if event.buttons != before.buttons {
            self.keyboard.interrupt();
        }
        if self.relative {
            let moved = |from: u32, to: u32| i32::try_from(i64::from(to) - i64::from(from)).unwrap_or_default();
            let (dx, dy) = (moved(before.x, event.x), moved(before.y, event.y));
            return outcome.input.push(Input::Motion(PointerMotion { dx, dy, buttons: event.buttons }));
        }
        let pastes = self.kind == Kind::Text && event.buttons & !before.buttons & MIDDLE != 0;
        let paste = if pastes { self.paste() } else { None };
        outcome.input.push(Input::Pointer { event, held: self.keyboard.modifiers(), paste });
    }

    fn motion(&mut self, motion: PointerMotion, outcome: &mut Outcome) {
        if self.relative {
            if self.pointer.buttons != motion.buttons {
                self.keyboard.interrupt();
            }
            self.pointer.buttons = motion.buttons;
            return outcome.input.push(Input::Motion(motion));
        }
        // Sent before the viewer had heard that its place is wanted again.
        self.pointer(PointerEvent { buttons: motion.buttons, ..self.pointer }, outcome);
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
            Err(why) => Err(*why),
        })
    }

    /// The releases that the display is owed when the viewer leaves it; of one that only watches, those of its pointer.
    pub(super) fn let_go(&mut self) -> Vec<Input> {
        let owed = self.all_releases();
        if self.writes { owed } else { owed.into_iter().filter_map(|input| own(input, self.kind, || None)).collect() }
    }

    fn all_releases(&mut self) -> Vec<Input> {
        let releases = self.keyboard.leave();
        self.hinted = None;
        let modifiers = self.keyboard.modifiers();
        let mut owed: Vec<Input> = releases.into_iter().map(|event| Input::Key(event, modifiers)).collect();
        if self.pointer.buttons != 0 {
            self.pointer.buttons = 0;
            owed.push(match self.relative {
                true => Input::Motion(PointerMotion::default()),
                false => Input::Pointer { event: self.pointer, held: modifiers, paste: None },
            });
        }
        owed
    }
}

/// What of an input a viewer may do that only watches: to a proxied screen nothing. And what it is told where it does
/// nothing.
fn own(input: Input, kind: Kind, why_not: impl Fn() -> Option<Arc<str>>) -> Option<Input> {
    let own = match input {
        Input::Key(event, held) => {
            let types = event.down && !event.keysym.is_modifier();
            OwnInput::Key(event, held, if types { why_not() } else { None })
        }
        Input::Pointer { event, held, .. } => OwnInput::Pointer(event, held),
        Input::Own(own) => own,
        Input::Paste(_) => OwnInput::Say(why_not()?, SAID),
        Input::Resize(_) | Input::Fit(_) | Input::Motion(_) | Input::Cut(_) | Input::Bytes(..) => return None,
    };
    let is_said = matches!(own, OwnInput::Key(_, _, Some(_)) | OwnInput::Say(..));
    (kind == Kind::Text || is_said).then_some(Input::Own(own))
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
