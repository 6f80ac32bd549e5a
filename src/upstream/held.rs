//! What viewers hold down in a proxied screen, so that nothing stays down there when one of them goes.
//!
//! A viewer's own task lets go what it holds when it turns elsewhere. One whose connection broke may not get that far, and
//! where the queue is full its releases find no room: then it is done here. A key that two viewers hold goes up when both
//! have let it go.

use crate::display::Who;
use crate::input::{KeyEvent, PointerEvent};

/// Keys that may be down at the same time; of more, the presses are not passed on.
pub const MAX_HELD: usize = 256;

/// What is to go up: keys in this order, and buttons.
pub(super) type Releases = (Vec<KeyEvent>, Option<PointerEvent>);

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
        let at = self.keys.iter().position(|(holder, held)| holder == who && is_same(held, &event));
        match (event.down, at) {
            (true, None) if self.keys.len() >= MAX_HELD => return false,
            (true, None) => self.keys.push((who.clone(), event)),
            (true, Some(_)) | (false, None) => {}
            (false, Some(at)) => {
                self.keys.remove(at);
            }
        }
        event.down || !self.holds(&event)
    }

    fn holds(&self, event: &KeyEvent) -> bool {
        self.keys.iter().any(|(_, held)| is_same(held, event))
    }

    /// Notes the buttons of a viewer whose pointer has no place; with the last place that there was.
    pub(super) fn buttons(&mut self, who: &Who, buttons: u16) -> PointerEvent {
        let at = self.pointer.as_ref().map_or(PointerEvent::default(), |(_, at)| *at);
        let event = PointerEvent { buttons, ..at };
        self.pointer(who, event);
        event
    }

    /// Notes where a viewer's pointer is.
    pub(super) fn pointer(&mut self, who: &Who, event: PointerEvent) {
        self.pointer = Some((who.clone(), event));
    }

    /// What these viewers hold is let go: the releases, the last that went down first.
    pub(super) fn take_up(&mut self, whose: impl Fn(&Who) -> bool) -> Releases {
        let (own, others): (Vec<_>, Vec<_>) = self.keys.drain(..).partition(|(who, _)| whose(who));
        self.keys = others;
        let mut keys: Vec<KeyEvent> = Vec::new();
        for (_, key) in own.into_iter().rev() {
            if !self.holds(&key) && !keys.iter().any(|gone| is_same(gone, &key)) {
                keys.push(KeyEvent { down: false, repeat: false, ..key });
            }
        }
        let pointer = self.pointer.take_if(|(who, _)| whose(who)).map(|(_, pointer)| pointer);
        (keys, pointer.filter(|pointer| pointer.buttons != 0).map(|pointer| PointerEvent { buttons: 0, ..pointer }))
    }
}

/// Whether it is the same key.
fn is_same(one: &KeyEvent, other: &KeyEvent) -> bool {
    (one.keysym, one.keycode) == (other.keysym, other.keycode)
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
    fn what_a_viewer_holds_is_let_go_and_the_others_hold_what_they_held() {
        let (one, other) = (Presence::new(1), Presence::new(2));
        let mut held = HeldDown::default();
        let pointer = PointerEvent { x: 3, y: 4, buttons: 1 };
        for (who, event) in [(&one, key(1, true)), (&other, key(1, true)), (&one, key(2, true)), (&one, key(2, true))] {
            assert!(held.key(&who.who(), event));
        }
        assert!(held.key(&one.who(), key(3, true)) && held.key(&one.who(), key(3, false)));
        held.pointer(&one.who(), pointer);
        assert_eq!(held.take_up(Who::is_gone), (vec![], None));
        drop(one);
        let up = PointerEvent { buttons: 0, ..pointer };
        assert_eq!(held.take_up(Who::is_gone), (vec![key(2, false)], Some(up)), "the other holds the first, too");
        assert_eq!(held.take_up(Who::is_gone), (vec![], None));
        assert_eq!(held.take_up(|who| *who == other.who()), (vec![key(1, false)], None));
    }

    #[test]
    fn a_key_that_two_hold_goes_up_once_and_buttons_without_a_place_too() {
        let (one, other) = (Presence::new(1), Presence::new(2));
        let mut held = HeldDown::default();
        assert!(held.key(&one.who(), key(1, true)) && held.key(&other.who(), key(1, true)));
        assert!(!held.key(&one.who(), key(1, false)), "the other still holds it");
        assert!(held.key(&other.who(), key(1, false)));
        assert!(held.key(&one.who(), key(1, false)), "a release without a press does no harm");
        held.key(&one.who(), key(2, true));
        held.key(&other.who(), key(2, true));
        held.buttons(&one.who(), 4);
        assert_eq!(held.take_up(|_| true), (vec![key(2, false)], Some(PointerEvent::default())));
    }

    #[test]
    fn only_so_many_keys_are_down() {
        let (one, mut held) = (Presence::new(1), HeldDown::default());
        assert!((0..MAX_HELD as u32).all(|number| held.key(&one.who(), key(number, true))));
        assert!(!held.key(&one.who(), key(9999, true)) && held.key(&one.who(), key(1, true)));
    }
}
