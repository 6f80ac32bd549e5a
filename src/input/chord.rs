//! The key combinations that are for us and not for the guest.

use super::{KeyEvent, Keysym, Modifiers};

/// Which combinations are ours depends on what the viewer looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A text console.
    Text,
    /// A proxied graphical screen: programs there have their own Shift-Insert.
    Graphical,
}

/// What a key does to a viewer's own view of a console. Whether it does is for the console to say, which knows whether
/// there is anything to see there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewKey {
    /// A line towards the oldest: Control-Shift-Up, as in VTE; Shift-Up is a key that guests have uses for.
    LineUp,
    /// A line towards the newest: Control-Shift-Down.
    LineDown,
    /// A screen towards the oldest: Shift-PageUp.
    PageUp,
    /// A screen towards the newest: Shift-PageDown.
    PageDown,
    /// To the oldest line: Shift-Home.
    Oldest,
    /// Back to what is going on: Shift-End.
    Live,
    /// To the prompt of a shell before this one: Control-Shift-PageUp, as in Ghostty.
    PromptUp,
    /// To the one after it: Control-Shift-PageDown.
    PromptDown,
    /// To look for something: Control-Shift-F, which to guests is Control-F, as without Shift.
    Find,
}

/// What pressing `keysym` with these modifiers held does to the viewer's view.
pub fn view_key(keysym: Keysym, held: Modifiers) -> Option<ViewKey> {
    if !held.shift || held.alt || held.meta || held.super_key {
        return None;
    }
    Some(match (keysym.usual(), held.control) {
        (Keysym::UP | Keysym::KP_UP, true) => ViewKey::LineUp,
        (Keysym::DOWN | Keysym::KP_DOWN, true) => ViewKey::LineDown,
        (Keysym::PAGE_UP | Keysym::KP_PAGE_UP, true) => ViewKey::PromptUp,
        (Keysym::PAGE_DOWN | Keysym::KP_PAGE_DOWN, true) => ViewKey::PromptDown,
        (Keysym::PAGE_UP | Keysym::KP_PAGE_UP, false) => ViewKey::PageUp,
        (Keysym::PAGE_DOWN | Keysym::KP_PAGE_DOWN, false) => ViewKey::PageDown,
        (Keysym::HOME | Keysym::KP_HOME, false) => ViewKey::Oldest,
        (Keysym::END | Keysym::KP_END, false) => ViewKey::Live,
        (Keysym(0x46 | 0x66), true) => ViewKey::Find,
        _ => return None,
    })
}

/// What a key press asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// To see this virtual terminal, from 1.
    Switch(u8),
    /// To paste the viewer's clipboard.
    Paste,
    /// Something that has to do with the other viewers.
    People(PeopleKey),
    /// Nothing of us: the guest gets the key.
    Pass,
}

/// What a key does that has to do with the other viewers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeopleKey {
    /// To write, to ask for that, and to let others: Control-Alt-W.
    Write,
    /// To go on writing although another asks: Control-Alt-N.
    Deny,
    /// To see who is there: Control-Alt-O.
    Others,
}

/// Recognizes the combinations, one press after the other.
#[derive(Debug, Default)]
pub struct Chords {
    one_writes: bool,
}

impl Chords {
    /// With `one_writes`, viewers take turns at writing, and there are keys for that; else those are the guest's.
    pub fn new(one_writes: bool) -> Self {
        Self { one_writes }
    }

    /// What the press of a key asks for, with these modifiers held; `vt_exists` says which VTs there are. Releases
    /// and modifiers by themselves ask for nothing: Ctrl-Alt-F2 is decided when F2 goes down, since some viewers let
    /// go of Control and Alt before it. A combination for a VT that does not exist is the guest's.
    pub fn decide(
        &mut self,
        event: KeyEvent,
        held: Modifiers,
        target: Target,
        vt_exists: impl Fn(u8) -> bool,
    ) -> Action {
        if !event.down {
            return Action::Pass;
        }
        // X11 makes Meta of Alt while Shift is down.
        let control_alt = held.control && (held.alt || held.meta);
        if let Some(vt) = virtual_terminal(event.keysym, control_alt).filter(|&vt| vt_exists(vt)) {
            return Action::Switch(vt);
        }
        match event.keysym.char() {
            Some('p' | 'P') if control_alt => Action::Paste,
            Some('w' | 'W') if control_alt && self.one_writes => Action::People(PeopleKey::Write),
            Some('n' | 'N') if control_alt && self.one_writes => Action::People(PeopleKey::Deny),
            Some('o' | 'O') if control_alt => Action::People(PeopleKey::Others),
            None if event.keysym == Keysym::INSERT && shift_alone(held) && target == Target::Text => Action::Paste,
            _ => Action::Pass,
        }
    }
}

/// The VT that the key names: Ctrl-Alt-F1 to F12, or what XKB makes of them.
fn virtual_terminal(keysym: Keysym, control_alt: bool) -> Option<u8> {
    let number = match keysym.0 {
        0xffbe..=0xffc9 if control_alt => keysym.0 - Keysym::F1.0,
        0x1008_fe01..=0x1008_fe0c => keysym.0 - Keysym::SWITCH_VT_1.0,
        _ => return None,
    };
    u8::try_from(number + 1).ok()
}

fn shift_alone(held: Modifiers) -> bool {
    held.shift && !(held.control || held.alt || held.meta || held.super_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROL_ALT: Modifiers = Modifiers { control: true, alt: true, ..Modifiers::NONE };
    const SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::NONE };

    fn decide(keysym: Keysym, held: Modifiers) -> Action {
        let event = KeyEvent { keysym, keycode: None, down: true, repeat: false };
        Chords::default().decide(event, held, Target::Text, |vt| [1, 2, 7, 12].contains(&vt))
    }

    #[test]
    fn keys_of_turns_at_writing_are_the_guests_where_all_write() {
        for (letter, key) in [('w', PeopleKey::Write), ('N', PeopleKey::Deny), ('o', PeopleKey::Others)] {
            let event = KeyEvent { keysym: Keysym(letter.into()), keycode: None, down: true, repeat: false };
            let decide = |one_writes, held| Chords::new(one_writes).decide(event, held, Target::Graphical, |_| false);
            assert_eq!(decide(true, CONTROL_ALT), Action::People(key));
            assert_eq!(decide(false, CONTROL_ALT) == Action::Pass, key != PeopleKey::Others);
            assert_eq!(decide(true, Modifiers { control: false, ..CONTROL_ALT }), Action::Pass);
        }
    }

    #[test]
    fn control_alt_and_a_function_key_switch() {
        assert_eq!(decide(Keysym::F1, CONTROL_ALT), Action::Switch(1));
        assert_eq!(decide(Keysym::F12, CONTROL_ALT), Action::Switch(12));
        assert_eq!(decide(Keysym::F1, Modifiers { shift: true, num_lock: true, ..CONTROL_ALT }), Action::Switch(1));
        let control_meta = Modifiers { alt: false, meta: true, ..CONTROL_ALT };
        assert_eq!(decide(Keysym::F1, control_meta), Action::Switch(1));
        assert_eq!(decide(Keysym(0x1008_fe07), Modifiers::NONE), Action::Switch(7), "XF86Switch_VT_7");
    }

    #[test]
    fn nothing_else_switches() {
        assert_eq!(decide(Keysym(Keysym::F1.0 + 2), CONTROL_ALT), Action::Pass, "there is no VT 3");
        assert_eq!(decide(Keysym(0x1008_fe03), CONTROL_ALT), Action::Pass);
        assert_eq!(decide(Keysym(Keysym::F12.0 + 1), CONTROL_ALT), Action::Pass, "F13");
        assert_eq!(decide(Keysym::F1, Modifiers { alt: false, ..CONTROL_ALT }), Action::Pass);
        assert_eq!(decide(Keysym::F1, Modifiers { control: false, ..CONTROL_ALT }), Action::Pass);
        let release = KeyEvent { keysym: Keysym::F1, keycode: None, down: false, repeat: false };
        assert_eq!(Chords::default().decide(release, CONTROL_ALT, Target::Text, |_| true), Action::Pass);
    }

    #[test]
    fn paste() {
        assert_eq!(decide(Keysym(0x70), CONTROL_ALT), Action::Paste);
        assert_eq!(decide(Keysym::INSERT, SHIFT), Action::Paste);
        assert_eq!(decide(Keysym::INSERT, Modifiers { control: true, ..SHIFT }), Action::Pass);
        assert_eq!(decide(Keysym::INSERT, Modifiers::NONE), Action::Pass);
        assert_eq!(decide(Keysym(0x70), Modifiers { alt: false, ..CONTROL_ALT }), Action::Pass);
    }

    #[test]
    fn a_graphical_screen_keeps_its_shift_insert() {
        let insert = KeyEvent { keysym: Keysym::INSERT, keycode: None, down: true, repeat: false };
        assert_eq!(Chords::default().decide(insert, SHIFT, Target::Graphical, |_| true), Action::Pass);
        let p = KeyEvent { keysym: Keysym(0x50), keycode: None, down: true, repeat: false };
        assert_eq!(Chords::default().decide(p, CONTROL_ALT, Target::Graphical, |_| true), Action::Paste);
    }
}
