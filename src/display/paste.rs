//! Text on its way from a viewer into a display, and what waits behind it.
//!
//! A paste does not stand in the queue of keys: it is held for its viewer, and pulled by the console as the guest takes
//! it, which may take minutes. So it is counted: what is under way for one viewer never exceeds [`MAX_PASTE`].

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Input;
use crate::input::{Keysym, Modifiers};

/// Bytes of text that may be under way for one viewer (limits.md §2).
pub const MAX_PASTE: usize = 256 * 1024;
/// Keys and other input of a viewer that wait behind its paste.
pub const MAX_HELD: usize = 256;

/// Text to be typed. It counts until it is dropped; `Debug` shows its length.
pub struct Paste {
    text: Arc<str>,
    pasting: Arc<AtomicUsize>,
}

/// Why a paste is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPasted {
    /// The viewer has sent no text.
    Nothing,
    /// The viewer has said that it has another text, and has not sent that yet.
    NotHere,
    /// The text has so many bytes, more than [`MAX_PASTE`].
    TooLong(usize),
    /// Others of this viewer are not typed yet, and there is no room beside them.
    Busy,
    /// The console took nothing when the viewer turned to another one.
    LeftBehind,
}

impl Paste {
    /// `text`, if there is room for it beside what `pasting` counts.
    pub(super) fn charged(text: &Arc<str>, pasting: &Arc<AtomicUsize>) -> Result<Self, NotPasted> {
        match text.len() {
            0 => return Err(NotPasted::Nothing),
            length if length > MAX_PASTE => return Err(NotPasted::TooLong(length)),
            length if pasting.load(Ordering::Acquire) + length > MAX_PASTE => return Err(NotPasted::Busy),
            length => pasting.fetch_add(length, Ordering::AcqRel),
        };
        Ok(Self { text: Arc::clone(text), pasting: Arc::clone(pasting) })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Drop for Paste {
    fn drop(&mut self) {
        self.pasting.fetch_sub(self.text.len(), Ordering::AcqRel);
    }
}

impl std::fmt::Debug for Paste {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.text.len())
    }
}

impl std::fmt::Display for NotPasted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const MOST: usize = MAX_PASTE / 1024;
        match self {
            Self::Nothing => f.write_str("nothing to paste: the viewer has sent no text"),
            Self::NotHere => f.write_str("nothing was pasted: what was copied has not come yet; paste it again"),
            Self::TooLong(bytes) => {
                write!(f, "not pasted: {} KiB of text, and {MOST} KiB are the most", bytes.div_ceil(1024))
            }
            Self::Busy => write!(f, "not pasted: with the pastes that wait, more than {MOST} KiB"),
            Self::LeftBehind => f.write_str("not pasted: the console you left takes no input"),
        }
    }
}

/// What a viewer does while its paste is under way, in order: who pastes a command and presses Return means the Return
/// to come after it.
#[derive(Debug, Default)]
pub struct Held(VecDeque<Input>);

impl Held {
    /// Holds one more.
    ///
    /// # Errors
    /// It is given back: there are too many.
    pub fn push(&mut self, input: Input) -> Result<(), Input> {
        // Of a pointer that only moves, where it is now is enough.
        if let (
            Some(Input::Pointer { event: last, held, paste: None }),
            Input::Pointer { event, held: now, paste: None },
        ) = (self.0.back_mut(), &input)
            && last.buttons == event.buttons
        {
            (*last, *held) = (*event, *now);
            return Ok(());
        }
        if let (Some(Input::Motion(last)), Input::Motion(motion)) = (self.0.back_mut(), &input)
            && last.buttons == motion.buttons
        {
            last.dx = last.dx.saturating_add(motion.dx);
            last.dy = last.dy.saturating_add(motion.dy);
            return Ok(());
        }
        if self.0.len() >= MAX_HELD {
            return Err(input);
        }
        self.0.push_back(input);
        Ok(())
    }

    /// The next one.
    pub fn pop(&mut self) -> Option<Input> {
        self.0.pop_front()
    }

    /// Drops all but what begins with the first paste; hands each that is dropped to `dropped`.
    pub fn keep_pastes(&mut self, dropped: impl FnMut(Input)) {
        let first = self.0.iter().position(|input| matches!(input, Input::Paste(Ok(_)))).unwrap_or(self.0.len());
        self.0.drain(..first).for_each(dropped);
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many are held.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl Input {
    /// Whether it stops the paste of the viewer that did it: Escape, or Control-C.
    pub fn stops_paste(&self) -> bool {
        matches!(self, Self::Key(event, _) if event.down && event.keysym == Keysym::ESCAPE) || self.is_interrupt()
    }

    /// Control-C: beside stopping a paste it is meant for the guest, so that what runs there stops as well.
    pub fn is_interrupt(&self) -> bool {
        let control_alone = |held: &Modifiers| held.control && !held.alt && !held.meta;
        matches!(self, Self::Key(event, held)
            if event.down && control_alone(held) && matches!(event.keysym.char(), Some('c' | 'C' | '\u{3}')))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Presence;
    use super::*;
    use crate::input::{KeyEvent, PointerEvent, PointerMotion};

    fn key(ch: char, down: bool, control: bool) -> Input {
        let keysym = Keysym::from_char(ch).expect("a keysym");
        Input::Key(KeyEvent { keysym, keycode: None, down, repeat: false }, Modifiers { control, ..Modifiers::NONE })
    }

    #[test]
    fn a_viewer_has_so_much_under_way_and_no_more() {
        let viewer = Presence::new(1);
        let half: Arc<str> = "x".repeat(MAX_PASTE / 2).into();
        let first = viewer.paste(&half).expect("half of it");
        let second = viewer.paste(&half).expect("and the other half");
        assert_eq!(viewer.paste(&"y".into()).expect_err("full"), NotPasted::Busy);
        assert!(Presence::new(2).paste(&half).is_ok(), "another viewer");
        drop(first);
        assert!(viewer.paste(&half).is_ok(), "typed, so there is room again");
        drop(second);
        let too_long: Arc<str> = "x".repeat(MAX_PASTE + 1).into();
        assert_eq!(viewer.paste(&too_long).expect_err("too long"), NotPasted::TooLong(MAX_PASTE + 1));
        assert_eq!(viewer.paste(&"".into()).expect_err("empty"), NotPasted::Nothing);
        assert_eq!(
            NotPasted::TooLong(300 * 1024 + 1).to_string(),
            "not pasted: 301 KiB of text, and 256 KiB are the most"
        );
    }

    #[test]
    fn text_is_not_shown() {
        let paste = Presence::new(1).paste(&"secret".into()).expect("room");
        assert_eq!(format!("{:?}", Input::Paste(Ok(paste))), "Paste(Ok(6 bytes))");
    }

    #[test]
    fn what_waits_behind_a_paste_is_bounded_and_motion_is_one() {
        let mut held = Held::default();
        let at = |x, buttons| Input::Pointer {
            event: PointerEvent { x, y: 0, buttons },
            held: Modifiers::NONE,
            paste: None,
        };
        assert!((0..10_000).all(|x| held.push(at(x, 0)).is_ok()));
        assert_eq!(held.len(), 1);
        for input in [at(10_000, 1), key('a', true, false), at(10_001, 1)] {
            assert!(held.push(input).is_ok());
        }
        assert_eq!(held.len(), 4, "a press is no motion, and nothing overtakes a key");
        while held.len() < MAX_HELD {
            assert!(held.push(key('a', true, false)).is_ok());
        }
        assert!(
            matches!(held.push(key('b', true, false)), Err(Input::Key(event, _)) if event.keysym == Keysym('b'.into()))
        );
        assert!(matches!(held.pop(), Some(Input::Pointer { event, .. }) if event.x == 9_999));
        assert!(held.push(key('a', true, false)).is_ok() && !held.is_empty());
    }

    #[test]
    fn motions_that_wait_add_up_to_one() {
        let mut held = Held::default();
        let motion = |dx, buttons| Input::Motion(PointerMotion { dx, dy: -dx, buttons });
        assert!((0..10_000).all(|_| held.push(motion(3, 0)).is_ok()));
        assert!(held.push(motion(i32::MAX, 0)).is_ok() && held.push(motion(1, 1)).is_ok());
        assert_eq!(held.len(), 2);
        assert!(matches!(held.pop(), Some(Input::Motion(PointerMotion { dx: i32::MAX, buttons: 0, .. }))));
    }

    #[test]
    fn escape_and_control_c_stop_a_paste() {
        let escape =
            |down| Input::Key(KeyEvent { keysym: Keysym::ESCAPE, keycode: None, down, repeat: false }, Modifiers::NONE);
        assert!(escape(true).stops_paste() && !escape(true).is_interrupt() && !escape(false).stops_paste());
        assert!(key('c', true, true).stops_paste() && key('c', true, true).is_interrupt());
        assert!(!key('c', false, true).stops_paste() && !key('c', true, false).stops_paste());
        assert!(!key('x', true, true).stops_paste());
    }
}
