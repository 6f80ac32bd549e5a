//! Whose pointer the guest follows. It sees one mouse, but each viewer has a pointer: one that merely passes over the
//! console must not drag along, or release, what another viewer holds.

/// The viewer that holds a button down, if any.
#[derive(Debug, Default)]
pub(super) struct Grip {
    holder: Option<u64>,
}

impl Grip {
    /// Whether the guest is to hear of this pointer; `buttons` are those now down at that viewer.
    ///
    /// Who presses a button takes the grip from whoever has it. So a holder that went away without letting go, or whose
    /// release was dropped, cannot keep the mouse from the others for ever.
    pub(super) fn follows(&mut self, viewer: u64, buttons: u16) -> bool {
        let follows = buttons != 0 || self.holder.is_none_or(|holder| holder == viewer);
        if follows {
            self.holder = (buttons != 0).then_some(viewer);
        }
        follows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_passing_by_does_not_end_a_drag() {
        let mut grip = Grip::default();
        assert!(grip.follows(1, 0) && grip.follows(2, 0), "nobody holds anything");
        assert!(grip.follows(1, 1));
        assert!(!grip.follows(2, 0), "the first viewer drags");
        assert!(grip.follows(1, 1) && grip.follows(1, 0));
        assert!(grip.follows(2, 0));
    }

    #[test]
    fn a_press_takes_the_grip_so_that_none_is_held_for_ever() {
        let mut grip = Grip::default();
        assert!(grip.follows(1, 1) && grip.follows(2, 4));
        assert!(!grip.follows(1, 0));
        assert!(grip.follows(2, 0) && grip.follows(3, 0));
    }
}
