//! Keys that went down for us and not for the guest: neither their repeats nor their releases are the guest's. A key that
//! went down for the guest goes up for it, whatever began meanwhile.

use crate::display::Who;
use crate::input::{KeyEvent, Keysym};

/// Such keys that are remembered of one viewer; of more, the one that went down first is forgotten.
pub const MAX_TAKEN: usize = 64;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct TakenKeys(Vec<(Who, Key)>);

/// A key that is down.
#[derive(Clone, Copy, Debug)]
struct Key {
    keysym: Keysym,
    keycode: Option<u32>,
}

impl Key {
    /// Whether it is the key of `event`. With a dead key before it, only its code stays what it was.
    fn is(self, event: &KeyEvent) -> bool {
        match (self.keycode, event.keycode) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.keysym == event.keysym,
        }
    }
}

impl TakenKeys {
    /// A key went down, for us or for the guest.
    pub(super) fn press(&mut self, who: &Who, event: &KeyEvent, ours: bool) {
        if event.repeat {
            // It counts where it went when it went down first.
            return;
        }
        self.0.retain(|(taker, key)| taker != who || !key.is(event));
        if ours {
            if self.0.iter().filter(|(taker, _)| taker == who).count() >= MAX_TAKEN
                && let Some(first) = self.0.iter().position(|(taker, _)| taker == who)
            {
                self.0.remove(first);
            }
            self.0.push((who.clone(), Key { keysym: event.keysym, keycode: event.keycode }));
        }
    }

    /// A key went up; whether it had gone down for us.
    pub(super) fn release(&mut self, who: &Who, event: &KeyEvent) -> bool {
        let at = self.0.iter().position(|(taker, key)| taker == who && key.is(event));
        at.map(|at| self.0.remove(at)).is_some()
    }

    /// Whether this is a repeat of a key that went down for us.
    pub(super) fn repeats(&self, who: &Who, event: &KeyEvent) -> bool {
        event.repeat && self.0.iter().any(|(taker, key)| taker == who && key.is(event))
    }

    /// Forgets the keys of viewers that have gone.
    pub(super) fn forget_gone(&mut self) {
        self.0.retain(|(taker, _)| !taker.is_gone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Presence;

    fn key(keysym: u32, keycode: Option<u32>, repeat: bool) -> KeyEvent {
        KeyEvent { keysym: Keysym(keysym), keycode, down: true, repeat }
    }

    #[test]
    fn a_key_goes_up_for_whom_it_went_down() {
        let (mut taken, one, two) = (TakenKeys::default(), Presence::new(1), Presence::new(2));
        let (x, repeat) = (key(0x78, None, false), key(0x78, None, true));
        taken.press(&one.who(), &x, true);
        assert!(taken.repeats(&one.who(), &repeat) && !taken.repeats(&two.who(), &repeat));
        assert!(!taken.repeats(&one.who(), &x), "pressed again");
        assert!(!taken.release(&two.who(), &x) && taken.release(&one.who(), &x) && !taken.release(&one.who(), &x));
        taken.press(&one.who(), &x, false);
        taken.press(&one.who(), &repeat, true);
        assert!(!taken.release(&one.who(), &x), "only its repeats were ours");
        taken.press(&one.who(), &x, true);
        taken.press(&one.who(), &x, false);
        assert!(!taken.release(&one.who(), &x), "its release was lost");
        taken.press(&one.who(), &key(0xe9, Some(18), false), true);
        assert!(taken.release(&one.who(), &key(0x65, Some(18), false)), "composed");
    }

    #[test]
    fn they_are_bounded_and_go_with_their_viewer() {
        let (mut taken, one, two) = (TakenKeys::default(), Presence::new(1), Presence::new(2));
        taken.press(&two.who(), &key(1, None, false), true);
        for keysym in 0..=MAX_TAKEN as u32 {
            taken.press(&one.who(), &key(keysym, None, false), true);
        }
        assert_eq!(taken.0.len(), MAX_TAKEN + 1);
        assert!(!taken.release(&one.who(), &key(0, None, false)), "the first is forgotten");
        assert!(taken.release(&two.who(), &key(1, None, false)));
        drop(one);
        taken.forget_gone();
        assert!(taken.0.is_empty());
    }
}
