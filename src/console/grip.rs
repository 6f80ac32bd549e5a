//! Whose pointer the guest follows. It sees one mouse, but each viewer has a pointer: one that merely passes over the
//! console must not drag along, or release, what another viewer holds.
//!
//! What begins with a press goes on until the button is let go: Shift, which keeps the pointer from the guest, counts
//! when the button goes down. The guest that was told of a press is told of its release.

use crate::display::Who;
use crate::input::PointerEvent;

/// Who holds buttons down.
#[derive(Debug, Default)]
pub(super) struct Grip {
    /// The viewer whose press the guest was told of, and its pointer as it was last.
    holder: Option<(Who, PointerEvent)>,
    /// Those whose presses were not for the guest.
    aside: Vec<Who>,
}

impl Grip {
    /// Whether the guest is to hear of this pointer; `ours` when a press now would not be for the guest.
    ///
    /// Who presses a button takes the grip from whoever has it. So a holder whose release was dropped cannot keep the
    /// mouse from the others for ever. What is not for the guest takes nothing from anybody.
    pub(super) fn follows(&mut self, who: &Who, event: PointerEvent, ours: bool) -> bool {
        let held = event.buttons != 0;
        if let Some(at) = self.aside.iter().position(|aside| aside == who) {
            if !held {
                self.aside.swap_remove(at);
            }
            return false;
        }
        match &self.holder {
            Some((holder, _)) if holder == who => {}
            Some(_) if !held => return false,
            _ if ours => {
                if held {
                    self.aside.retain(|aside| !aside.is_gone());
                    self.aside.push(who.clone());
                }
                return false;
            }
            _ => {}
        }
        self.holder = held.then(|| (who.clone(), event));
        true
    }

    /// What is left of `event` for a guest that was told of a press, when what the viewer points at now is not where the
    /// guest has it: buttons that are let go, where the pointer was before.
    pub(super) fn held_still(&self, who: &Who, event: PointerEvent) -> PointerEvent {
        match &self.holder {
            Some((holder, before)) if holder == who => {
                PointerEvent { buttons: event.buttons & before.buttons, ..*before }
            }
            _ => event,
        }
    }

    /// The release that the guest is owed when the holder has gone without one.
    pub(super) fn released(&mut self) -> Option<PointerEvent> {
        let (_, event) = self.holder.take_if(|(holder, _)| holder.is_gone())?;
        Some(PointerEvent { buttons: 0, ..event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::Presence;

    /// Whether the guest hears of `viewer`'s pointer with these buttons, with Shift or without.
    fn follows(grip: &mut Grip, viewer: &Presence, buttons: u16, shift: bool) -> bool {
        grip.follows(&viewer.who(), PointerEvent { x: 3, y: 4, buttons }, shift)
    }

    #[test]
    fn a_pointer_passing_by_does_not_end_a_drag() {
        let (mut grip, one, two) = (Grip::default(), Presence::new(1), Presence::new(2));
        assert!(follows(&mut grip, &one, 0, false) && follows(&mut grip, &two, 0, false), "nobody holds anything");
        assert!(follows(&mut grip, &one, 1, false));
        assert!(!follows(&mut grip, &two, 0, false), "the first viewer drags");
        assert!(!follows(&mut grip, &two, 2, true), "nor does a press that is not for the guest");
        assert!(!follows(&mut grip, &two, 0, false), "or its release");
        assert!(follows(&mut grip, &one, 1, false) && follows(&mut grip, &one, 0, false));
        assert!(follows(&mut grip, &two, 0, false));
    }

    #[test]
    fn a_press_takes_the_grip_so_that_none_is_held_for_ever() {
        let (mut grip, one, two) = (Grip::default(), Presence::new(1), Presence::new(2));
        assert!(follows(&mut grip, &one, 1, false) && follows(&mut grip, &two, 4, false));
        assert!(!follows(&mut grip, &one, 0, false));
        assert!(follows(&mut grip, &two, 0, false) && follows(&mut grip, &one, 0, false));
    }

    #[test]
    fn shift_counts_when_the_button_goes_down() {
        let (mut grip, one) = (Grip::default(), Presence::new(1));
        assert!(follows(&mut grip, &one, 1, false), "pressed without");
        assert!(follows(&mut grip, &one, 0, true), "so its release is the guest's, with Shift too");
        assert!(!follows(&mut grip, &one, 0, true));
        assert!(!follows(&mut grip, &one, 1, true), "pressed with it");
        assert!(!follows(&mut grip, &one, 1, false) && !follows(&mut grip, &one, 0, false));
        assert!(follows(&mut grip, &one, 0, false));
    }

    #[test]
    fn what_one_marks_is_nothing_to_the_pointers_of_others() {
        let (mut grip, one, two) = (Grip::default(), Presence::new(1), Presence::new(2));
        assert!(!follows(&mut grip, &one, 1, true), "marks");
        assert!(follows(&mut grip, &two, 0, false), "the guest hears of the other's motion");
        assert!(follows(&mut grip, &two, 1, false) && follows(&mut grip, &two, 0, false), "and of its click");
        assert!(!follows(&mut grip, &one, 1, false), "still what it was when the button went down");
        assert!(!follows(&mut grip, &one, 0, false));
        assert!(follows(&mut grip, &one, 1, false));
        assert!(!follows(&mut grip, &two, 1, true) && follows(&mut grip, &one, 0, false));
    }

    #[test]
    fn a_drag_begun_on_the_screen_stands_still_elsewhere() {
        let (mut grip, one) = (Grip::default(), Presence::new(1));
        let (at, elsewhere) = (PointerEvent { x: 3, y: 4, buttons: 1 }, PointerEvent { x: 9, y: 9, buttons: 1 | 8 });
        assert_eq!(grip.held_still(&one.who(), elsewhere), elsewhere, "nothing is held");
        assert!(grip.follows(&one.who(), at, false));
        assert_eq!(grip.held_still(&one.who(), elsewhere), at);
        assert_eq!(grip.held_still(&Presence::new(2).who(), elsewhere), elsewhere);
        assert_eq!(grip.held_still(&one.who(), PointerEvent { buttons: 0, ..elsewhere }).buttons, 0);
        assert!(grip.follows(&one.who(), PointerEvent { buttons: 0, ..at }, true), "its release is the guest's");
        assert!(!follows(&mut grip, &one, 1, true));
        assert_eq!(grip.held_still(&one.who(), elsewhere), elsewhere, "a press that is not the guest's");
    }

    #[test]
    fn who_goes_away_lets_go() {
        let (mut grip, one, two) = (Grip::default(), Presence::new(1), Presence::new(2));
        follows(&mut grip, &one, 1, false);
        assert_eq!(grip.released(), None);
        drop(one);
        assert_eq!(grip.released(), Some(PointerEvent { x: 3, y: 4, buttons: 0 }));
        assert_eq!(grip.released(), None);
        follows(&mut grip, &two, 1, true);
        drop(two);
        assert_eq!(grip.released(), None, "the guest knew nothing of it");
    }
}
