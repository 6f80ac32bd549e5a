//! A display: frames come out, input goes in.
//!
//! It is the one seam between viewers and what they look at: a text console, or a proxied screen ([`Kind`]). A [`Display`]
//! is the viewers' end, a [`DisplaySide`] the painter's. Nothing waits on either: a frame replaces the one before it, and
//! painting is driven by demand. A viewer that could take a newer frame says so, and only then is one painted.
//!
//! ```text
//!            Shown: the newest frame (watch, one slot) ─►
//! DisplaySide                                            Display ─► Watching (one for each viewer that looks)
//!            ◄─ Demand (two numbers and a wake-up) ◄─ Input (bounded channel)
//! ```
//! What one viewer sees otherwise than the others (it has scrolled back, say) is a *view*: a picture of its own, beside
//! the display's, with the same input and the same wake-up. The painter hands it to the viewer ([`Who::tell`]); the
//! viewer looks at it until it turns away, or until the painter drops its end, which leads back to the display.

pub mod board;
mod paste;
mod presence;
pub mod question;
pub mod stage;
pub mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::geometry::{Point, Size};
use crate::input::{KeyEvent, Locks, Modifiers, PointerEvent, PointerMotion};
use crate::surface::{Frame, Seq};

pub use paste::{Held, MAX_HELD, MAX_PASTE, NotPasted, Paste};
pub use presence::{Aside, MAX_ASIDES, NotFitting, Note, Presence, Who};
pub use question::{Answer, Ask, Busy, QUESTION_SLOTS, Question, ScreenForm, Stroke};

/// Input events that wait for their display; a viewer whose event finds no room waits with it.
pub const INPUT_SLOTS: usize = 64;

/// What a display is of. It stays as it is for as long as there is the display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A console: text, painted here. It acts on presses of keys, and gets the characters that they type.
    Text,
    /// A proxied screen. It gets every key as it came, and each release; the pointer with all its buttons, and never a
    /// paste with it; and what is on the clipboard of a viewer that may write, as soon as that is new.
    Graphics,
}

/// What a proxied screen shows beside its picture. A text console leaves it as it is by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// The lamps of the guest's keyboard, if it tells of them.
    pub lamps: Option<Locks>,
    /// The guest takes how far the pointer moves, and not where it is: [`Input::Motion`], and no [`Input::Pointer`].
    pub relative: bool,
    /// Where it has put the pointer itself.
    pub placed: Placed,
}

/// How often the guest has put the pointer somewhere itself, and where that was last, in pixels of its screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// How often.
    pub count: u64,
    /// There.
    pub at: Point,
}

/// The newest picture and what belongs to it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The picture.
    pub frame: Arc<Frame>,
    /// The console's title, for the desktop name; may be empty.
    pub title: Arc<str>,
    /// How often the bell has rung.
    pub bells: u64,
    /// What the guest put on the viewers' clipboards.
    pub cut: Cut,
    /// What else a proxied screen shows.
    pub beside: Beside,
    /// The guest has written since, and nobody has asked for a newer picture yet.
    pub stale: bool,
}

/// What the guest last put on the viewers' clipboards. Its `Debug` shows no text.
#[derive(Clone, Default)]
pub struct Cut {
    /// How often it has done so.
    pub count: u64,
    /// The text; empty, clipboards are cleared.
    pub text: Arc<str>,
}

impl std::fmt::Debug for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cut({}, {} bytes)", self.count, self.text.len())
    }
}

/// What a viewer does to a display. Its `Debug` shows no keystrokes and no text.
pub enum Input {
    /// A key, with the modifiers that are down at that viewer.
    Key(KeyEvent, Modifiers),
    /// The pointer: each viewer has one of its own, the guest sees one mouse.
    Pointer {
        /// In pixels of the frame.
        event: PointerEvent,
        /// The modifiers that are down at that viewer.
        held: Modifiers,
        /// What to paste, if this is a click that pastes where the guest does not take the pointer itself.
        paste: Option<Result<Paste, NotPasted>>,
    },
    /// How the pointer was moved, for a guest that takes nothing else ([`Beside::relative`]).
    Motion(PointerMotion),
    /// What is on this viewer's clipboard now: for proxied screens, which have one of their own.
    Cut(Arc<str>),
    /// Text to paste, or why there is none.
    Paste(Result<Paste, NotPasted>),
    /// For the guest, as they are. Dropped where that hears nothing; who sent them is told when they are done with.
    Bytes(Vec<u8>, oneshot::Sender<()>),
    /// The picture shall have exactly this size.
    Resize(Size),
    /// What this viewer sees shall fill a picture of this size as well as it can, and the display stay as it is: the
    /// answer is [`Aside::Fits`] or [`Aside::FitsNot`].
    Fit(Size),
    /// Of a viewer that may only watch: it may do what changes nothing but what it sees itself.
    Own(OwnInput),
}

/// What a viewer does that is never for the guest.
pub enum OwnInput {
    /// A key, with the modifiers that are down at that viewer; and what is to be said to it if the key does nothing.
    Key(KeyEvent, Modifiers, Option<Arc<str>>),
    /// The pointer, in pixels of the frame, and the modifiers likewise.
    Pointer(PointerEvent, Modifiers),
    /// It is to be told this, until it does something else, and no longer than this; or with an empty text, no longer what
    /// it was told before.
    Say(Arc<str>, Duration),
    /// It writes no longer: what it pastes ends.
    Yield,
    /// Keys and buttons have gone up for which there was no room: what it holds is let go.
    LetGo,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(..) => f.write_str("Key"),
            Self::Pointer { .. } => f.write_str("Pointer"),
            Self::Motion(_) => f.write_str("Motion"),
            Self::Cut(text) => write!(f, "Cut({} bytes)", text.len()),
            Self::Paste(paste) => write!(f, "Paste({paste:?})"),
            Self::Bytes(bytes, _) => write!(f, "Bytes({})", bytes.len()),
            Self::Resize(size) => write!(f, "Resize({size})"),
            Self::Fit(size) => write!(f, "Fit({size})"),
            Self::Own(OwnInput::Key(..)) => f.write_str("Own(Key)"),
            Self::Own(OwnInput::Pointer(..)) => f.write_str("Own(Pointer)"),
            Self::Own(OwnInput::Say(..)) => f.write_str("Own(Say)"),
            Self::Own(OwnInput::Yield) => f.write_str("Own(Yield)"),
            Self::Own(OwnInput::LetGo) => f.write_str("Own(LetGo)"),
        }
    }
}

/// What a painter hears of its viewers.
#[derive(Debug)]
pub enum DisplayEvent {
    /// This viewer did that.
    Input(Who, Input),
    /// A viewer wants to know something, or wants something that does not wait for its turn.
    Asked(Question),
    /// Ask [`PictureSide::is_wanted`] and [`PictureSide::is_watched`] again; and of those whose input is held, whether
    /// they are still there ([`Who::is_gone`]).
    Woken,
}

/// What viewers have asked for.
#[derive(Debug, Default)]
struct Demand {
    /// One more than the frame that the foremost viewer has and wants to go beyond; 0 while nobody wants anything.
    beyond: AtomicU64,
    /// A viewer that has seen nothing waits for a picture that is not stale.
    fresh: AtomicBool,
    /// Viewers that look.
    watching: AtomicUsize,
    /// The painter's; that of a display and those of its views are one.
    wake: Arc<Notify>,
}

/// The viewers' end of a display.
#[derive(Clone, Debug)]
pub struct Display {
    id: u32,
    /// The number of the display that it is a view of; else its own.
    of: u32,
    kind: Kind,
    /// Of a view: its frames up to this number are those of the display.
    begins: Seq,
    shown: watch::Receiver<Shown>,
    input: mpsc::Sender<(Who, Input)>,
    questions: mpsc::Sender<Question>,
    demand: Arc<Demand>,
}

/// The painter's end of a display.
#[derive(Debug)]
pub struct DisplaySide {
    /// The picture that all see who have no view of their own.
    pub picture: PictureSide,
    id: u32,
    kind: Kind,
    input: mpsc::Receiver<(Who, Input)>,
    questions: mpsc::Receiver<Question>,
    /// For views, which give input to the same painter.
    sender: mpsc::WeakSender<(Who, Input)>,
    asker: mpsc::WeakSender<Question>,
}

/// The painter's end of one picture: of a display, or of a view beside it.
#[derive(Debug)]
pub struct PictureSide {
    id: u32,
    begins: Seq,
    shown: watch::Sender<Shown>,
    demand: Arc<Demand>,
}

/// A console's display that shows `frame` first. `id` is its own in this process: updates are shared under it.
pub fn display(id: u32, frame: Arc<Frame>) -> (Display, DisplaySide) {
    display_of(Kind::Text, id, frame)
}

/// The same for what is of this kind.
pub fn display_of(kind: Kind, id: u32, frame: Arc<Frame>) -> (Display, DisplaySide) {
    let (input, received) = mpsc::channel(INPUT_SLOTS);
    let sender = input.downgrade();
    let (asking, questions) = mpsc::channel(QUESTION_SLOTS);
    let asker = asking.downgrade();
    let beside = Beside::default();
    let first = Shown { frame, title: "".into(), bells: 0, cut: Cut::default(), beside, stale: true };
    let (display, picture) = picture(id, (id, kind), Seq::NONE, first, (input, asking), Arc::default());
    (display, DisplaySide { picture, id, kind, input: received, questions, sender, asker })
}

fn picture(
    id: u32,
    (of, kind): (u32, Kind),
    begins: Seq,
    first: Shown,
    (input, questions): (mpsc::Sender<(Who, Input)>, mpsc::Sender<Question>),
    wake: Arc<Notify>,
) -> (Display, PictureSide) {
    let (shown, watched) = watch::channel(first);
    let demand = Arc::new(Demand { wake, ..Demand::default() });
    let side = PictureSide { id, begins, shown, demand: Arc::clone(&demand) };
    (Display { id, of, kind, begins, shown: watched, input, questions, demand }, side)
}

/// The next view's number: they count down, displays count up from 1, and neither comes near the other.
fn view_id() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(u32::MAX);
    NEXT.fetch_sub(1, Ordering::Relaxed)
}

impl Display {
    /// Its number in this process.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What it is of.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The newest picture, for those who only pass by.
    pub fn peek(&self) -> Shown {
        self.shown.borrow().clone()
    }

    /// Asks, beside everything else; the answer comes when it is there. `Err`: too many ask already, or nobody is there.
    pub fn ask(&self, ask: Ask) -> Result<oneshot::Receiver<Answer>, Busy> {
        let (reply, answer) = oneshot::channel();
        self.questions.try_send(Question { ask, reply }).map_err(|_| Busy)?;
        Ok(answer)
    }

    /// Does something at once, without looking; `false` when there is no room for it.
    pub fn send(&self, who: Who, input: Input) -> bool {
        self.input.try_send((who, input)).is_ok()
    }

    /// Where input goes.
    pub fn input(&self) -> &mpsc::Sender<(Who, Input)> {
        &self.input
    }

    /// Begins to look.
    pub fn watch(&self) -> Watching {
        self.demand.watching.fetch_add(1, Ordering::AcqRel);
        self.demand.wake.notify_one();
        Watching { display: self.clone() }
    }
}

/// One viewer looking at a display; looks away when dropped.
#[derive(Debug)]
pub struct Watching {
    display: Display,
}

impl Watching {
    /// The display's number.
    pub fn id(&self) -> u32 {
        self.display.id
    }

    /// The number of the display that this is a view of; that of the display itself if it is none.
    pub fn of(&self) -> u32 {
        self.display.of
    }

    /// What the display is of.
    pub fn kind(&self) -> Kind {
        self.display.kind
    }

    /// Whether who has seen frame `seen` of that display has seen the same frame of this view of it.
    pub fn goes_on_from(&self, seen: Seq) -> bool {
        seen <= self.display.begins
    }

    /// The newest picture, now taken for seen: [`Watching::changed`] waits for the next.
    pub fn newest(&mut self) -> Shown {
        self.display.shown.borrow_and_update().clone()
    }

    /// Waits for a picture, title or bell after the one taken last; `false` when there will be none any more. May be
    /// dropped half-way without loss.
    pub async fn changed(&mut self) -> bool {
        self.display.shown.changed().await.is_ok()
    }

    /// This viewer has `seen` and could take a newer frame. Whoever has seen nothing waits for one that is not stale.
    pub fn want_beyond(&self, seen: Seq) {
        let demand = &self.display.demand;
        if seen == Seq::NONE && !demand.fresh.swap(true, Ordering::AcqRel) {
            demand.wake.notify_one();
        }
        let beyond = seen.0.saturating_add(1);
        if demand.beyond.fetch_max(beyond, Ordering::AcqRel) < beyond {
            demand.wake.notify_one();
        }
    }

    /// Looks away; whether nobody looks any more.
    pub fn leave(self) -> bool {
        let demand = Arc::clone(&self.display.demand);
        drop(self);
        demand.watching.load(Ordering::Acquire) == 0
    }

    /// Whether there will be no more pictures.
    pub fn is_over(&self) -> bool {
        self.display.shown.has_changed().is_err()
    }

    /// Where input goes.
    pub fn input(&self) -> &mpsc::Sender<(Who, Input)> {
        self.display.input()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        if self.display.demand.watching.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.display.demand.wake.notify_one();
        }
    }
}

impl PictureSide {
    /// Whether somebody waits for a frame newer than the one shown, or for a fresh one.
    pub fn is_wanted(&self) -> bool {
        let demand = &self.demand;
        self.is_watched()
            && (demand.fresh.load(Ordering::Acquire)
                || demand.beyond.load(Ordering::Acquire) > self.shown.borrow().frame.seq().0)
    }

    /// Whether somebody who has seen nothing waits to hear that the picture is not stale.
    pub fn is_fresh_wanted(&self) -> bool {
        self.is_watched() && self.demand.fresh.load(Ordering::Acquire)
    }

    /// Whether somebody looks.
    pub fn is_watched(&self) -> bool {
        self.demand.watching.load(Ordering::Acquire) > 0
    }

    /// What is shown is not what it would be if it were painted now. Nobody is woken for that.
    pub fn mark_stale(&self) {
        self.shown.send_if_modified(|shown| {
            shown.stale = true;
            false
        });
    }

    /// The guest put this on the clipboards of those who look. It is counted for a display and all its views together,
    /// so that who turns from one to another misses none and gets none twice.
    pub fn cut(&self, cut: Cut) {
        self.shown.send_modify(|shown| shown.cut = cut);
    }

    /// What is shown beside the picture from now on.
    pub fn show_beside(&self, beside: Beside) {
        self.shown.send_if_modified(|shown| std::mem::replace(&mut shown.beside, beside) != beside);
    }

    /// The newest picture.
    pub fn shown(&self) -> Shown {
        self.shown.borrow().clone()
    }

    /// Shows `frame`, which is how things are now. Viewers are woken when it, the title or the bell is new to them, or
    /// when one waits to hear that the old frame is still right.
    pub fn show(&self, frame: Arc<Frame>, title: &Arc<str>, bells: u64) {
        let waits = self.demand.fresh.swap(false, Ordering::AcqRel);
        self.shown.send_if_modified(|shown| {
            let same = Arc::ptr_eq(&shown.frame, &frame) && shown.title == *title && shown.bells == bells;
            let cut = std::mem::take(&mut shown.cut);
            *shown = Shown { frame, title: Arc::clone(title), bells, cut, beside: shown.beside, stale: false };
            waits || !same
        });
    }
}

impl DisplaySide {
    /// The display's number.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// A view beside the display, which shows `frame` first, and the one viewer that looks at it; `None` when nobody can
    /// look any more. All else is as on the display, so that nothing is told twice; and if `frame` is the display's, who
    /// has seen that needs to be sent only what differs from there on.
    pub fn open_view(&self, frame: Arc<Frame>) -> Option<(PictureSide, Watching)> {
        let senders = (self.sender.upgrade()?, self.asker.upgrade()?);
        let shown = self.picture.shown();
        let begins = if Arc::ptr_eq(&shown.frame, &frame) { frame.seq() } else { Seq::NONE };
        let (first, wake) = (Shown { frame, stale: true, ..shown }, Arc::clone(&self.picture.demand.wake));
        let (view, side) = picture(view_id(), (self.id, self.kind), begins, first, senders, wake);
        Some((side, view.watch()))
    }

    /// One more viewer that looks at a view of this display; `None` as for [`DisplaySide::open_view`].
    pub fn watch_view(&self, view: &PictureSide) -> Option<Watching> {
        let display = Display {
            id: view.id,
            of: self.id,
            kind: self.kind,
            begins: view.begins,
            shown: view.shown.subscribe(),
            input: self.sender.upgrade()?,
            questions: self.asker.upgrade()?,
            demand: Arc::clone(&view.demand),
        };
        Some(display.watch())
    }

    /// Waits until a viewer did something (if `takes_input`), came, asked for more than before, or the last one left.
    /// May be dropped half-way without loss.
    pub async fn event(&mut self, takes_input: bool) -> DisplayEvent {
        tokio::select! {
            Some((who, input)) = self.input.recv(), if takes_input => DisplayEvent::Input(who, input),
            Some(question) = self.questions.recv() => DisplayEvent::Asked(question),
            () = self.picture.demand.wake.notified() => DisplayEvent::Woken,
        }
    }

    /// The next thing that a viewer did, if there is any already.
    pub fn try_input(&mut self) -> Option<(Who, Input)> {
        self.input.try_recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::Surface;

    fn surface() -> Surface {
        Surface::new(Size::new(16, 16), Size::new(8, 16), 0)
    }

    #[tokio::test]
    async fn nothing_is_wanted_until_a_viewer_that_looks_asks_for_more_than_there_is() {
        let mut surface = surface();
        let (display, mut side) = display(1, surface.publish());
        assert!(!side.picture.is_wanted() && !side.picture.is_watched());
        let mut viewer = display.watch();
        assert!(matches!(side.event(true).await, DisplayEvent::Woken));
        assert!(!side.picture.is_wanted() && side.picture.is_watched());
        let seen = viewer.newest().frame.seq();
        viewer.want_beyond(seen);
        assert!(matches!(side.event(true).await, DisplayEvent::Woken));
        assert!(side.picture.is_wanted());
        surface.fill(Size::new(16, 16).rect(), 1);
        side.picture.show(surface.publish(), &"".into(), 0);
        assert!(!side.picture.is_wanted());
        assert!(viewer.changed().await);
        assert!(viewer.newest().frame.seq() > seen);
        viewer.want_beyond(viewer.display.shown.borrow().frame.seq());
        assert!(side.picture.is_wanted());
        drop(viewer);
        assert!(!side.picture.is_wanted(), "whoever asked has gone");
    }

    #[tokio::test]
    async fn a_lagging_viewer_asks_for_nothing_that_is_there() {
        let mut surface = surface();
        let (display, side) = display(1, surface.publish());
        let viewer = display.watch();
        let first = viewer.display.shown.borrow().frame.seq();
        surface.fill(Size::new(16, 16).rect(), 1);
        side.picture.show(surface.publish(), &"".into(), 0);
        viewer.want_beyond(first);
        assert!(!side.picture.is_wanted());
    }

    #[tokio::test]
    async fn who_joins_a_stale_display_hears_when_it_is_fresh_even_if_no_pixel_changed() {
        let mut surface = surface();
        let (display, side) = display(1, surface.publish());
        let mut viewer = display.watch();
        assert!(viewer.newest().stale);
        viewer.want_beyond(Seq::NONE);
        assert!(side.picture.is_wanted());
        side.picture.show(surface.publish(), &"".into(), 0);
        assert!(viewer.changed().await);
        assert!(!viewer.newest().stale);
        side.picture.mark_stale();
        side.picture.show(surface.publish(), &"".into(), 0);
        assert!(!viewer.display.shown.has_changed().expect("open"), "nothing new, and nobody waits");
        side.picture.show(surface.publish(), &"".into(), 1);
        assert!(viewer.changed().await, "the bell");
    }

    #[tokio::test]
    async fn what_is_cut_reaches_those_who_look_and_stays_beside_the_frames() {
        let mut surface = surface();
        let (display, side) = display(1, surface.publish());
        let mut viewer = display.watch();
        side.picture.cut(Cut { count: 1, text: "text".into() });
        assert!(viewer.changed().await);
        assert_eq!(&*viewer.newest().cut.text, "text");
        side.picture.show(surface.publish(), &"".into(), 0);
        let shown = viewer.newest();
        assert_eq!((shown.cut.count, format!("{:?}", shown.cut).as_str()), (1, "Cut(1, 4 bytes)"));
    }

    #[tokio::test]
    async fn what_is_beside_the_picture_wakes_when_it_is_new_and_stays_with_later_frames() {
        let mut surface = surface();
        let (display, side) = display_of(Kind::Graphics, 1, surface.publish());
        let mut viewer = display.watch();
        assert_eq!(
            (display.kind(), viewer.kind(), viewer.newest().beside),
            (Kind::Graphics, Kind::Graphics, Beside::default())
        );
        let beside = Beside { lamps: Some(Locks::default()), relative: true, placed: Placed::default() };
        side.picture.show_beside(beside);
        assert!(viewer.changed().await);
        assert_eq!(viewer.newest().beside, beside);
        side.picture.show_beside(beside);
        assert!(!viewer.display.shown.has_changed().expect("open"), "nothing new");
        side.picture.show(surface.publish(), &"".into(), 1);
        assert_eq!(viewer.newest().beside, beside);
    }

    #[tokio::test]
    async fn a_view_begins_as_its_display_is() {
        let mut surface = surface();
        let (display, side) = display(1, surface.publish());
        let _viewer = display.watch();
        side.picture.show(surface.publish(), &"a title".into(), 3);
        side.picture.cut(Cut { count: 2, text: "text".into() });
        let frame = surface.twin().publish();
        let (view, mut watching) = side.open_view(Arc::clone(&frame)).expect("the display is there");
        let shown = watching.newest();
        assert_eq!((&*shown.title, shown.bells, shown.cut.count, shown.stale), ("a title", 3, 2, true));
        assert!(watching.goes_on_from(frame.seq()) && !watching.goes_on_from(Seq(frame.seq().0 + 1)));
        assert!(watching.of() == 1 && watching.id() != 1 && view.is_watched());
        let (_, anew) = side.open_view(Surface::new(Size::new(8, 16), Size::new(8, 16), 0).publish()).expect("another");
        assert!(!anew.goes_on_from(frame.seq()), "frames of its own");
        let second = side.watch_view(&view).expect("the display is there");
        assert!(second.id() == watching.id() && second.goes_on_from(frame.seq()));
        assert!(!watching.leave() && view.is_watched() && second.leave() && !view.is_watched());
    }

    #[tokio::test]
    async fn input_is_bounded() {
        let (display, mut side) = display(1, surface().publish());
        let viewer = display.watch();
        let who = Presence::new(1).who();
        let send = || viewer.input().try_send((who.clone(), Input::Resize(Size::new(1, 1))));
        for _ in 0..INPUT_SLOTS {
            send().expect("room");
        }
        assert!(send().is_err());
        assert!(side.try_input().is_some());
        send().expect("room again");
    }
}
