//! What viewers do to a proxied screen, what they and operators ask of it, and what it tells beside its picture.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::display::question::{Standing, Text};
use crate::display::{
    Answer, Aside, Ask, Cut, Input, NotFitting, Note, OwnInput, Placed, Question, ScreenForm, Stroke, Who,
};
use crate::geometry::{Point, Size};
use crate::input::{KeyEvent, Keysym, Locks, PointerEvent, PointerMotion};
use crate::rfb::ext::clipboard::CutText;
use crate::surface::PointerShape;

use super::Upstream;
use super::link::Link;

/// Those who wait for its text to change.
pub const MAX_LISTENERS: usize = 4_096;

/// How long a line is to be seen.
pub const NOTE_TIME: Duration = Duration::from_secs(4);

/// Those who wait for its picture.
pub const MAX_ASKERS: usize = 64;

/// Why there is no answer to what only a console can tell.
/// Keys that are pressed at once, at most.
const STROKES_MAX: usize = 128;
const NO_TEXT: &str = "it is a proxied screen, which has no text";
pub(super) const NOT_THERE: &str = "the guest's graphics is not there";

impl Upstream {
    pub(super) fn take_input(&mut self, who: &Who, input: Input, link: Option<&mut Link>) {
        if let Input::Fit(size) = input {
            return self.fit(who, size);
        }
        if let Input::Own(own) = input {
            return self.take_own(who, own, link);
        }
        if let Input::Cut(text) = &input {
            // Another connection to the guest will have to be told, too.
            self.clipboard = Some((who.clone(), Arc::clone(text)));
        }
        let Some(link) = link.filter(|link| link.up.is_some()) else {
            return self.not_there(who, input);
        };
        for input in self.behind_paste(who, input) {
            self.pass_on(who, input, link);
        }
    }

    /// There is no guest for it.
    fn not_there(&mut self, who: &Who, input: Input) {
        match input {
            Input::Resize(size) => {
                who.tell(Aside::FitsNot { size, why: NotFitting::Refused });
            }
            Input::Paste(_) => {
                who.tell(Aside::Bell);
                let why = format!("not pasted: {NOT_THERE}");
                self.lay_over(who, &why.as_str().into(), NOTE_TIME);
                self.say(&why);
            }
            _ => {}
        }
    }

    fn pass_on(&mut self, who: &Who, input: Input, link: &mut Link) {
        match input {
            Input::Key(event, _) => {
                if self.held.key(who, event) {
                    link.client.conn.send_key(event);
                }
            }
            Input::Pointer { event, .. } => {
                let most = self.surface.size();
                let event = PointerEvent { x: event.x.min(most.width - 1), y: event.y.min(most.height - 1), ..event };
                self.held.pointer(who, event);
                // Who has not heard yet that the guest takes the other kind clicks all the same.
                match self.beside.relative {
                    false => link.client.conn.send_pointer(event),
                    true => link.client.conn.send_motion(PointerMotion { buttons: event.buttons, dx: 0, dy: 0 }),
                }
            }
            Input::Motion(motion) => {
                let event = self.held.buttons(who, motion.buttons);
                match self.beside.relative {
                    false => link.client.conn.send_pointer(event),
                    true => link.client.conn.send_motion(motion),
                }
            }
            Input::Cut(text) => link.client.conn.announce_cut_text(text),
            Input::Resize(size) if link.client.conn.is_resizable() && self.takes(size) => {
                self.refuse_size();
                self.resizing = Some((who.clone(), size));
                link.client.conn.set_desktop_size(size);
            }
            Input::Resize(size) => {
                who.tell(Aside::FitsNot { size, why: NotFitting::Refused });
            }
            Input::Paste(paste) => self.paste(who, paste, link),
            Input::Own(_) | Input::Fit(_) | Input::Bytes(..) => {}
        }
    }

    /// What a viewer does that is not for the guest.
    fn take_own(&mut self, who: &Who, own: OwnInput, link: Option<&mut Link>) {
        match own {
            OwnInput::LetGo => self.let_go_of(|holder| holder == who, link),
            OwnInput::Yield => self.stop_paste(who),
            OwnInput::Say(text, time) => self.lay_over(who, &text, time),
            OwnInput::Key(event, _, Some(why)) if event.down => self.lay_over(who, &why, NOTE_TIME),
            OwnInput::Key(..) | OwnInput::Pointer(..) => {}
        }
    }

    /// Lays a line over what that viewer sees, for so long; with an empty text, takes away what is there.
    pub(super) fn lay_over(&mut self, who: &Who, text: &Arc<str>, time: Duration) {
        let room = self.surface.size().width;
        let note =
            (!text.is_empty()).then(|| Note { picture: self.placard.line(text, room), until: Instant::now() + time });
        who.tell(Aside::Note(self.side.id(), note));
    }

    /// The guest is told what viewers have cut before it was there.
    pub(super) fn announce_clipboard(&mut self, link: &mut Link) {
        if let Some((_, text)) = self.clipboard.as_ref().filter(|(who, _)| !who.is_gone()) {
            link.client.conn.announce_cut_text(Arc::clone(text));
        }
    }

    /// Those who have gone, or looked away, hold nothing any more.
    pub(super) fn let_go(&mut self, link: Option<&mut Link>) {
        self.typing.forget_gone();
        let id = self.side.id();
        self.let_go_of(|who| !who.is_at(id), link);
    }

    /// What these hold goes up.
    pub(super) fn let_go_of(&mut self, whose: impl Fn(&Who) -> bool, link: Option<&mut Link>) {
        let (keys, pointer) = self.held.take_up(whose);
        let Some(link) = link else { return };
        keys.into_iter().for_each(|key| link.client.conn.send_key(key));
        if let Some(pointer) = pointer {
            match self.beside.relative {
                true => link.client.conn.send_motion(PointerMotion::default()),
                false => link.client.conn.send_pointer(pointer),
            }
        }
    }

    /// A viewer's desktop has a size of its own: the screen is seen in it if it is no larger.
    fn fit(&self, who: &Who, size: Size) {
        let picture = self.surface.size();
        who.tell(match picture.width <= size.width && picture.height <= size.height {
            true => Aside::Fits { of: self.side.id(), size, view: None },
            false => Aside::FitsNot { size, why: NotFitting::Small },
        });
    }

    /// Whether a screen of this size would be taken: a guest that was asked for more could not be shown any longer.
    fn takes(&self, size: Size) -> bool {
        size.width <= self.size_max.width && size.height <= self.size_max.height
    }

    /// Whoever wanted another size does not get it.
    pub(super) fn refuse_size(&mut self) {
        if let Some((who, size)) = self.resizing.take() {
            who.tell(Aside::FitsNot { size, why: NotFitting::Refused });
        }
    }

    pub(super) fn answer(&mut self, question: Question, link: Option<&mut Link>) {
        let link = link.filter(|link| link.up.is_some());
        let answer = match question.ask {
            // It is said to each who looks (`server/roster.rs`).
            Ask::Note { .. } => return,
            Ask::Standing => {
                let detail = if self.announcer.is_up() { String::new() } else { self.announcer.why().to_string() };
                Answer::Standing(Standing { detail, pastes: self.typing.pastes(), ..Standing::default() })
            }
            Ask::Screen(ScreenForm::Picture) if link.is_some() => return self.await_picture(question.reply),
            Ask::Screen(ScreenForm::Picture) => Answer::Refused(NOT_THERE),
            Ask::Type(strokes) => match link {
                None => Answer::Refused(NOT_THERE),
                // QEMU keeps a few hundred events, and drops what is more.
                Some(_) if strokes.len() > STROKES_MAX => Answer::Refused(
                    "too many keys at once for the guest's graphics: 128 at most; `paste` types longer text",
                ),
                Some(link) if !link.takes_input() => Answer::Refused("the guest takes no input now"),
                Some(link) => {
                    let keys = strokes.into_iter().flat_map(|stroke| self.keys_of(stroke));
                    keys.for_each(|key| link.client.conn.send_key(key));
                    Answer::Done
                }
            },
            // There is none, and none will be.
            Ask::Text { told, .. } => match told.news(Text::default()) {
                Some((text, told)) => Answer::Text(text, told),
                None => return self.listen(question.reply),
            },
            Ask::Break | Ask::SysRq(_) => Answer::Refused("it is a proxied screen, which has no line to break"),
            Ask::Resize(_) => Answer::Refused("it is a proxied screen, which has no cells"),
            Ask::Open(_) | Ask::Read(_) => Answer::Refused("it is a proxied screen, which has no bytes"),
            Ask::Paste(who, paste) if link.is_some() => return self.paste_asked(&who, paste, question.reply),
            Ask::Paste(..) => Answer::Refused(NOT_THERE),
            Ask::Lines(_) | Ask::Search(_) | Ask::Screen(_) => Answer::Refused(NO_TEXT),
        };
        // Nobody may wait for it any more.
        let _ = question.reply.send(answer);
    }

    /// A key pressed and let go, with what is held meanwhile: a character as the guest's keyboard types it, if it does.
    fn keys_of(&self, (keysym, held): Stroke) -> Vec<KeyEvent> {
        let modifiers = [
            (held.control, Keysym::CONTROL_L),
            (held.alt, Keysym::ALT_L),
            (held.meta, Keysym::META_L),
            (held.super_key, Keysym::SUPER_L),
            (held.shift, Keysym::SHIFT_L),
        ];
        let event = |keysym, down| KeyEvent { keysym, keycode: None, down, repeat: false };
        let held: Vec<Keysym> = modifiers.into_iter().filter(|(held, _)| *held).map(|(_, key)| key).collect();
        let caps = self.beside.lamps.is_some_and(|lamps| lamps.caps);
        let ch = keysym.char().filter(|_| !keysym.is_keypad());
        let keys = ch.map_or_else(Vec::new, |ch| self.typing.keys(ch, caps));
        let keys = if keys.is_empty() { vec![event(keysym, true), event(keysym, false)] } else { keys };
        let (downs, ups) = (held.iter().map(|key| event(*key, true)), held.iter().rev().map(|key| event(*key, false)));
        downs.chain(keys).chain(ups).collect()
    }

    /// Keeps who waits for a text, for as long as he waits.
    fn listen(&mut self, reply: oneshot::Sender<Answer>) {
        self.listeners.retain(|listener| !listener.is_closed());
        if self.listeners.len() < MAX_LISTENERS {
            self.listeners.push(reply);
        }
    }

    /// Keeps who wants the picture until it is certain that it is how things are, or for a moment.
    fn await_picture(&mut self, reply: oneshot::Sender<Answer>) {
        self.askers.retain(|asker| !asker.is_closed());
        if self.askers.len() < MAX_ASKERS {
            self.askers.push(reply);
        }
    }

    pub(super) fn reshape_pointer(&mut self, shape: Option<PointerShape>) {
        // Where the upstream hides it, viewers do so too.
        let hidden = || PointerShape { size: Size::default(), hotspot: Default::default(), pixels: Box::default() };
        self.surface.set_pointer(Some(Arc::new(shape.unwrap_or_else(hidden))));
    }

    pub(super) fn set_relative(&mut self, relative: bool) {
        self.beside.relative = relative;
        self.side.picture.show_beside(self.beside);
    }

    /// The guest has put the pointer somewhere itself.
    pub(super) fn place_pointer(&mut self, at: Point) {
        let Size { width, height } = self.surface.size();
        if at.x < width && at.y < height {
            self.beside.placed = Placed { count: self.beside.placed.count + 1, at };
            self.side.picture.show_beside(self.beside);
        }
    }

    /// The guest has cut something.
    pub(super) fn cut(&mut self, text: CutText) {
        if let Ok(text) = text.text() {
            // It is the guest's own now that is to be pasted there.
            self.clipboard = None;
            self.cut = Cut { count: self.cut.count + 1, text: text.into() };
            self.side.picture.cut(self.cut.clone());
        }
    }

    /// The lamps of the guest's keyboard.
    pub(super) fn set_lamps(&mut self, lamps: Locks) {
        self.beside.lamps = Some(lamps);
        self.side.picture.show_beside(self.beside);
    }
}
