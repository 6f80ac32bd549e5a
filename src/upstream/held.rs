//! What viewers hold down in a proxied screen, so that nothing stays down there when one of them goes.
//!
//! A viewer's own task lets go what it holds when it turns elsewhere. One whose connection broke may not get that far,
//! and then it is done here.

use crate::display::Who;
use crate::input::{KeyEvent, PointerEvent};

/// Keys that may be down at the same time; of more, the presses are not passed on.
pub const MAX_HELD: usize = 256;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct HeldDown {
    keys: Vec<(Who, KeyEvent)>,
    /// Where the pointer was last, whose it was, and its buttons.
    pointer: Option<(Who, PointerEvent)>,
}

impl HeldDown {
    /// Notes what a viewer does to a key; whether it is to be passed on.
    pub(super) fn key(&mut self, who: &Who, event: KeyEvent) -> bool {
        let same = |(holder, held): &(Who, KeyEvent)| {
            holder == who && (held.keysym, held.keycode) == (event.keysym, event.keycode)
        };
        let at = self.keys.iter().position(same);
        match (event.down, at) {
            (true, None) if self.keys.len() >= MAX_HELD => return false,
            (true, None) => self.keys.push((who.clone(), event)),
            (true, Some(_)) | (false, None) => {}
            (false, Some(at)) => {
                self.keys.remove(at);
            }
        }
        true
    }

    /// Notes where a viewer's pointer is.
    pub(super) fn pointer(&mut self, who: &Who, event: PointerEvent) {
        self.pointer = Some((who.clone(), event));
    }

    /// What a viewer holds is let go: the releases, the last that went down first.
    pub(super) fn take_up(&mut self, who: &Who) -> Vec<KeyEvent> {
        let (own, others): (Vec<_>, Vec<_>) = self.keys.drain(..).partition(|(holder, _)| holder == who);
        self.keys = others;
        own.into_iter().rev().map(|(_, key)| KeyEvent { down: false, repeat: false, ..key }).collect()
    }

    /// What those have left down who have gone: releases of keys, the last that went down first, and of buttons.
    pub(super) fn left_down(&mut self) -> (Vec<KeyEvent>, Option<PointerEvent>) {
        let (left, held): (Vec<_>, Vec<_>) = self.keys.drain(..).partition(|(who, _)| who.is_gone());
        self.keys = held;
        let released = |(_, key): &(Who, KeyEvent)| KeyEvent { down: false, repeat: false, ..*key };
        let keys = left.iter().rev().map(released).collect();
        let pointer = self.pointer.take_if(|(who, _)| who.is_gone()).map(|(_, pointer)| pointer);
        (keys, pointer.filter(|pointer| pointer.buttons != 0).map(|pointer| PointerEvent { buttons: 0, ..pointer }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Presence;
    use crate::input::Keysym;

    fn key(keysym: u32, down: bool) -> KeyEvent {
        KeyEvent { keysym: Keysym(keysym), keycode: None, down, repeat: false }
    }

    #[test]
    fn who_goes_holds_nothing_and_the_others_what_they_held() {
        let (one, other) = (Presence::new(1), Presence::new(2));
        let mut held = HeldDown::default();
        let pointer = PointerEvent { x: 3, y: 4, buttons: 1 };
        for (who, event) in [(&one, key(1, true)), (&other, key(1, true)), (&one, key(2, true)), (&one, key(2, true))] {
            assert!(held.key(&who.who(), event));
        }
        assert!(held.key(&one.who(), key(3, true)) && held.key(&one.who(), key(3, false)));
        held.pointer(&one.who(), pointer);
        assert_eq!(held.left_down(), (vec![], None));
        drop(one);
        assert_eq!(
            held.left_down(),
            (vec![key(2, false), key(1, false)], Some(PointerEvent { buttons: 0, ..pointer }))
        );
        assert_eq!(held.left_down(), (vec![], None));
        drop(other);
        assert_eq!(held.left_down().0, [key(1, false)]);
    }

    #[test]
    fn what_a_viewer_holds_is_let_go_and_nothing_else() {
        let (one, other) = (Presence::new(1), Presence::new(2));
        let mut held = HeldDown::default();
        for (who, number) in [(&one, 1), (&other, 2), (&one, 3)] {
            held.key(&who.who(), key(number, true));
        }
        assert_eq!(held.take_up(&one.who()), [key(3, false), key(1, false)]);
        assert!(held.take_up(&one.who()).is_empty());
        drop(other);
        assert_eq!(held.left_down().0, [key(2, false)]);
    }

    #[test]
    fn only_so_many_keys_are_down() {
        let (one, mut held) = (Presence::new(1), HeldDown::default());
        assert!((0..MAX_HELD as u32).all(|number| held.key(&one.who(), key(number, true))));
        assert!(!held.key(&one.who(), key(9999, true)) && held.key(&one.who(), key(1, true)));
    }
}
