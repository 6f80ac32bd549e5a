//! Input that a viewer's display has no room for.

use std::time::Duration;

use tokio::sync::mpsc::{Permit, Sender, error::TrySendError};
use tokio::time::Instant;

use crate::display::{Held, Input, Kind, OwnInput, Who};

/// How long a viewer is not read while the console takes no input; then its input is dropped.
pub const BLOCKED: Duration = Duration::from_secs(1);
/// The same where it looks at a proxied screen, which it is to be able to leave within half a second (limits.md §5).
pub const BLOCKED_BY_SCREEN: Duration = Duration::from_millis(100);

/// Input that waits for room. While it [`blocks`](Self::blocks), the viewer is not read, so it stays small; after
/// [`BLOCKED`] it is dropped, and so is what follows until there is room again: what a proxied screen would take for held is
/// let go there then.
///
/// A paste is never dropped: it waits on, and what follows it waits behind it, as it would in the console; for then the
/// viewer is read again, so that Escape can stop it.
#[derive(Debug)]
pub(super) struct Backlog {
    who: Who,
    waiting: Held,
    since: Option<Instant>,
    /// How long nothing is dropped.
    patience: Duration,
    deaf: bool,
    dropped: u64,
    lost_resize: bool,
    /// Something that goes up was dropped: all that it holds is to be let go, first of all.
    owes: bool,
}

impl Backlog {
    /// The backlog of this viewer, with nothing in it.
    pub(super) fn of(who: Who) -> Self {
        let waiting = Held::default();
        Self { who, waiting, since: None, patience: BLOCKED, deaf: false, dropped: 0, lost_resize: false, owes: false }
    }

    /// It looks at another display now, of that kind. (What is held in the one before is let go there.)
    pub(super) fn turn_to(&mut self, kind: Kind) {
        self.patience = match kind {
            Kind::Text => BLOCKED,
            Kind::Graphics => BLOCKED_BY_SCREEN,
        };
        self.owes = false;
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.owes
    }

    /// Whether the viewer is not to be read.
    pub(super) fn blocks(&self) -> bool {
        self.since.is_some()
    }

    /// How much has been dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Sends what there is room for; the rest waits.
    pub(super) fn extend(&mut self, inputs: Vec<Input>, to: &Sender<(Who, Input)>, now: Instant) {
        for input in inputs {
            let Some(input) = self.wait_behind(input) else { continue };
            if self.owes {
                self.owes = to.try_send((self.who.clone(), Input::Own(OwnInput::LetGo))).is_err();
            }
            match to.try_send((self.who.clone(), input)) {
                Ok(()) => self.deaf = false,
                Err(TrySendError::Full((_, input))) if !self.deaf => {
                    self.push(input);
                    self.since = Some(now);
                }
                Err(TrySendError::Full((_, input))) if matches!(input, Input::Paste(Ok(_))) => self.push(input),
                Err(TrySendError::Full((_, input)) | TrySendError::Closed((_, input))) => self.drop_one(&input),
            }
        }
    }

    /// Lets input wait behind what does already. What is left is to be sent.
    fn wait_behind(&mut self, input: Input) -> Option<Input> {
        if self.waiting.is_empty() {
            return Some(input);
        }
        if self.blocks() {
            self.push(input);
        } else if input.stops_paste() {
            let stopped = self.drop_all();
            // If the console has the paste already, it is stopped there.
            return Some(input).filter(|input| !stopped || input.is_interrupt());
        } else if is_resize(&input) {
            self.drop_one(&input);
        } else {
            self.push(input);
        }
        None
    }

    fn push(&mut self, input: Input) {
        if let Err(input) = self.waiting.push(input) {
            self.drop_one(&input);
        }
    }

    /// There is room for one.
    pub(super) fn send(&mut self, room: Permit<'_, (Who, Input)>) {
        if std::mem::take(&mut self.owes) {
            room.send((self.who.clone(), Input::Own(OwnInput::LetGo)));
        } else if let Some(input) = self.waiting.pop() {
            room.send((self.who.clone(), input));
        }
        self.deaf = false;
        if self.waiting.is_empty() {
            self.since = None;
        }
    }

    /// When what waits is dropped.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + self.patience)
    }

    /// Drops what has waited too long. Whether a wish for another size is lost.
    pub(super) fn give_up(&mut self, now: Instant) -> bool {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            let mut waiting = std::mem::take(&mut self.waiting);
            waiting.keep_pastes(|input| self.drop_one(&input));
            self.waiting = waiting;
            self.since = None;
            self.deaf = true;
        }
        std::mem::take(&mut self.lost_resize)
    }

    /// Drops all that waits. Whether a paste was among it.
    pub(super) fn drop_all(&mut self) -> bool {
        let mut pastes = false;
        while let Some(input) = self.waiting.pop() {
            pastes |= matches!(input, Input::Paste(Ok(_)));
            self.drop_one(&input);
        }
        self.since = None;
        pastes
    }

    fn drop_one(&mut self, input: &Input) {
        self.dropped += 1;
        self.lost_resize |= is_resize(input);
        self.owes |= goes_up(input);
    }
}

/// Whether a key goes up by it, or a button may do so.
fn goes_up(input: &Input) -> bool {
    match input {
        Input::Key(event, _) => !event.down,
        Input::Pointer { .. } | Input::Motion(_) => true,
        _ => false,
    }
}

/// Whether it is a wish for another size, which is answered.
fn is_resize(input: &Input) -> bool {
    matches!(input, Input::Resize(_) | Input::Fit(_))
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{self, Receiver};

    use super::*;
    use crate::display::{MAX_HELD, Presence};
    use crate::geometry::Size;
    use crate::input::{KeyEvent, Keysym, Modifiers};

    fn resizes(count: u32) -> Vec<Input> {
        (0..count).map(|n| Input::Resize(Size::new(n, n))).collect()
    }

    fn key(keysym: Keysym) -> Input {
        Input::Key(KeyEvent { keysym, keycode: None, down: true, repeat: false }, Modifiers::NONE)
    }

    fn received(receiver: &mut Receiver<(Who, Input)>) -> usize {
        std::iter::from_fn(|| receiver.try_recv().ok()).count()
    }

    fn backlog(viewer: &Presence) -> Backlog {
        Backlog::of(viewer.who())
    }

    #[tokio::test(start_paused = true)]
    async fn input_waits_a_second_for_room_and_then_is_dropped_until_there_is_some() {
        let (sender, mut receiver) = mpsc::channel(2);
        let mut backlog = backlog(&Presence::new(1));
        backlog.extend(resizes(5), &sender, Instant::now());
        assert!(backlog.blocks());
        assert!(!backlog.give_up(Instant::now()));
        assert_eq!(backlog.deadline(), Some(Instant::now() + BLOCKED));
        tokio::time::advance(BLOCKED).await;
        assert!(backlog.give_up(Instant::now()), "a wish for a size is among them");
        assert!(backlog.is_empty() && !backlog.blocks());
        assert_eq!((backlog.dropped(), backlog.deadline()), (3, None));
        backlog.extend(resizes(1), &sender, Instant::now());
        assert!(backlog.is_empty(), "it does not wait again");
        assert_eq!(backlog.dropped(), 4);
        assert_eq!(received(&mut receiver), 2);
        backlog.extend(resizes(3), &sender, Instant::now());
        assert!(backlog.blocks(), "with room it is heard again, and waits again");
        assert_eq!(received(&mut receiver), 2);
        backlog.send(sender.reserve().await.expect("open"));
        assert!(backlog.is_empty() && !backlog.blocks());
        assert_eq!(received(&mut receiver), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn where_a_release_is_dropped_all_is_let_go_before_anything_else_is_heard() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut backlog = backlog(&Presence::new(1));
        backlog.turn_to(Kind::Graphics);
        let release =
            |key| Input::Key(KeyEvent { keysym: key, keycode: None, down: false, repeat: false }, Modifiers::NONE);
        let lets_go = |input: &Option<(Who, Input)>| matches!(input, Some((_, Input::Own(OwnInput::LetGo))));
        for sends_at_once in [true, false] {
            backlog.extend(vec![key(Keysym::ESCAPE), release(Keysym::ESCAPE)], &sender, Instant::now());
            assert!(backlog.blocks());
            tokio::time::advance(BLOCKED_BY_SCREEN).await;
            backlog.give_up(Instant::now());
            assert!(!backlog.blocks() && !backlog.is_empty());
            assert!(matches!(receiver.recv().await, Some((_, Input::Key(event, _))) if event.down));
            match sends_at_once {
                true => backlog.extend(vec![key(Keysym::ESCAPE)], &sender, Instant::now()),
                false => backlog.send(sender.reserve().await.expect("open")),
            }
            assert!(lets_go(&receiver.recv().await));
            while !backlog.is_empty() {
                backlog.send(sender.reserve().await.expect("open"));
                receiver.recv().await;
            }
        }
        backlog.extend(vec![key(Keysym::ESCAPE), release(Keysym::ESCAPE)], &sender, Instant::now());
        backlog.drop_all();
        assert!(!backlog.is_empty());
        backlog.turn_to(Kind::Text);
        assert!(backlog.is_empty(), "the display before lets go by itself");
    }

    #[tokio::test]
    async fn nothing_overtakes_what_waits() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut backlog = backlog(&Presence::new(1));
        backlog.extend(resizes(3), &sender, Instant::now());
        let mut order = Vec::new();
        while let Ok((_, Input::Resize(size))) = receiver.try_recv() {
            order.push(size.width);
            if !backlog.is_empty() {
                backlog.send(sender.reserve().await.expect("open"));
            }
        }
        assert_eq!(order, [0, 1, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_paste_waits_on_with_what_follows_it_and_escape_stops_it() {
        let (sender, mut receiver) = mpsc::channel(1);
        let viewer = Presence::new(1);
        let paste = || Input::Paste(viewer.paste(&"text".into()));
        let mut backlog = backlog(&viewer);
        backlog.extend(vec![key(Keysym(0x61)), key(Keysym(0x62)), paste(), key(Keysym(0x63))], &sender, Instant::now());
        tokio::time::advance(BLOCKED).await;
        backlog.give_up(Instant::now());
        assert_eq!(backlog.dropped(), 1, "the b");
        assert!(!backlog.is_empty() && !backlog.blocks(), "the viewer is read again");
        for _ in 0..2 * MAX_HELD {
            backlog.extend(vec![key(Keysym(0x64))], &sender, Instant::now());
        }
        assert_eq!(backlog.dropped(), 1 + 2 * MAX_HELD as u64 - (MAX_HELD as u64 - 2));
        assert!(matches!(receiver.try_recv(), Ok((_, Input::Key(..)))), "the a");
        backlog.send(sender.reserve().await.expect("open"));
        assert!(matches!(receiver.try_recv(), Ok((_, Input::Paste(Ok(_))))));
        backlog.extend(vec![key(Keysym::ESCAPE)], &sender, Instant::now());
        assert!(backlog.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn escape_follows_a_paste_that_has_gone_to_the_console() {
        let (sender, mut receiver) = mpsc::channel(1);
        let viewer = Presence::new(1);
        let mut backlog = backlog(&viewer);
        let paste = Input::Paste(viewer.paste(&"text".into()));
        backlog.extend(vec![key(Keysym(0x61)), paste, key(Keysym(0x62))], &sender, Instant::now());
        tokio::time::advance(BLOCKED).await;
        backlog.give_up(Instant::now());
        assert_eq!(received(&mut receiver), 1);
        backlog.send(sender.reserve().await.expect("open"));
        assert!(matches!(receiver.try_recv(), Ok((_, Input::Paste(Ok(_))))));
        backlog.extend(vec![key(Keysym::ESCAPE)], &sender, Instant::now());
        assert!(matches!(receiver.try_recv(), Ok((_, input)) if input.stops_paste()), "the key behind it is dropped");
        assert!(backlog.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_paste_for_which_there_was_no_room_waits_without_holding_the_viewer_up() {
        let (sender, mut receiver) = mpsc::channel(1);
        let viewer = Presence::new(1);
        let mut backlog = backlog(&viewer);
        backlog.extend(resizes(2), &sender, Instant::now());
        tokio::time::advance(BLOCKED).await;
        backlog.give_up(Instant::now());
        backlog.extend(vec![Input::Paste(viewer.paste(&"text".into()))], &sender, Instant::now());
        assert!(!backlog.is_empty() && !backlog.blocks());
        assert_eq!(received(&mut receiver), 1);
        backlog.send(sender.reserve().await.expect("open"));
        assert_eq!(received(&mut receiver), 1);
        backlog.extend(vec![key(Keysym(0x61)), Input::Paste(viewer.paste(&"text".into()))], &sender, Instant::now());
        assert!(backlog.drop_all(), "a paste was among it");
    }
}
