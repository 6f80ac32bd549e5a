//! The keys that one viewer holds down, and the releases that are owed for them.
//!
//! Viewers are untidy: a release may name another keysym than its press (Shift-A let go as `a`), or have had no press;
//! modifiers go up before the key they modified; a window that loses the focus never sends its releases at all. What
//! leaves here is tidy: every release has had its press, and [`Pressed::release_all`] makes up for the missing ones.

use super::{KeyEvent, Keysym, Locks, Modifiers};

/// Keys that one viewer may hold; of more, the one held longest is let go.
pub const MAX_PRESSED: usize = 64;

/// One key that is down.
#[derive(Clone, Copy)]
struct Held {
    keysym: Keysym,
    keycode: Option<u32>,
    /// Whether the display was told, and so must be told of the release.
    delivered: bool,
}

/// The keys that one viewer holds down.
#[derive(Default)]
pub struct Pressed {
    /// In the order they went down.
    held: Vec<Held>,
    locks: Locks,
    /// A key has shown whether Num Lock is on.
    num_lock_told: bool,
}

impl Pressed {
    /// Takes what a viewer sent and returns what the display is to be told: mostly the same; nothing for a release
    /// without a press, or for a key that is held back; a release first where one is owed before a press.
    pub fn update(&mut self, event: KeyEvent) -> Vec<KeyEvent> {
        let event = KeyEvent { keycode: known(event.keycode), ..event };
        if event.down { self.press(event) } else { self.release(event).into_iter().collect() }
    }

    /// Notes that `event` went down but is not for the display (a chord was recognized): its repeats and its release
    /// are not passed on either.
    pub fn hold_back(&mut self, event: KeyEvent) {
        let event = KeyEvent { keycode: known(event.keycode), ..event };
        // A viewer that holds so many keys has lost their releases; that of this one will be ignored as well.
        if self.find_pressed(event).is_none() && self.held.len() < MAX_PRESSED {
            self.held.push(Held { keysym: event.keysym, keycode: event.keycode, delivered: false });
        }
    }

    /// The releases that the display is owed when the viewer leaves it, modifiers last. The keys stay known as being
    /// down: a second chord may follow while Ctrl and Alt are held, and their releases are not passed on later.
    pub fn release_all(&mut self) -> Vec<KeyEvent> {
        let (modifiers, others): (Vec<&mut Held>, Vec<&mut Held>) =
            self.held.iter_mut().filter(|held| held.delivered).rev().partition(|held| held.keysym.is_modifier());
        let owed = others.into_iter().chain(modifiers);
        owed.map(|held| {
            held.delivered = false;
            held.released()
        })
        .collect()
    }

    /// The presses of those modifiers that are down and that the display does not know of: they were held when the viewer
    /// came to it. With a key that is meant for it they are, too.
    pub fn bring_along(&mut self) -> Vec<KeyEvent> {
        let unknown = self.held.iter_mut().filter(|held| !held.delivered && held.keysym.is_held_modifier());
        unknown
            .map(|held| {
                held.delivered = true;
                KeyEvent { down: true, ..held.released() }
            })
            .collect()
    }

    /// Whether `event` is a press that repeats another.
    pub fn is_repeated(&self, event: KeyEvent) -> bool {
        event.down && self.find_pressed(KeyEvent { keycode: known(event.keycode), ..event }).is_some()
    }

    /// The modifiers held now.
    pub fn modifiers(&self) -> Modifiers {
        let locks = Modifiers {
            num_lock: self.locks.num,
            num_lock_told: self.locks.num && self.num_lock_told,
            caps_lock: self.locks.caps,
            ..Modifiers::NONE
        };
        self.held.iter().fold(locks, |modifiers, held| modifiers.with(held.keysym))
    }

    /// The locks, as far as the keys have shown them.
    pub fn locks(&self) -> Locks {
        self.locks
    }

    /// The modifiers that count for a key which types `keysym`: those held, save that Control and Alt held together
    /// are AltGr where the layout used them up to make the character. Windows shows AltGr to programs as the left
    /// Control and the right Alt, and takes any Control with any Alt for AltGr. So the character is typed plainly if
    ///
    /// * it is not ASCII (`€`, `ł`): no terminal has a Control-Alt combination of it;
    /// * the left Control and the right Alt are down and it is no letter, digit or space: AltGr-Q is `@` in Germany;
    /// * it is one of `@ { } | ~` and Shift is up: no layout that has these without Shift is known to us, save by AltGr.
    ///
    /// `[ ] \` with the left Alt remain Control-Alt combinations, as on an American keyboard.
    pub fn modifiers_for(&self, keysym: Keysym) -> Modifiers {
        let held = self.modifiers();
        let Some(ch) = keysym.char().filter(|_| held.control && held.alt && !keysym.is_keypad()) else { return held };
        let windows_altgr = self.is_down(Keysym::CONTROL_L) && self.is_down(Keysym::ALT_R);
        let made_by_altgr = !ch.is_ascii()
            || windows_altgr && ch.is_ascii_punctuation()
            || !held.shift && matches!(ch, '@' | '{' | '}' | '|' | '~');
        if made_by_altgr { Modifiers { control: false, alt: false, level3: true, ..held } } else { held }
    }

    /// How many keys are down.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether no key is down.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn is_down(&self, keysym: Keysym) -> bool {
        self.held.iter().any(|held| held.keysym == keysym)
    }

    fn press(&mut self, event: KeyEvent) -> Vec<KeyEvent> {
        self.learn_num_lock(event.keysym);
        self.learn_caps_lock(event.keysym);
        if event.keysym == Keysym::SCROLL_LOCK && !self.is_down(event.keysym) {
            self.locks.scroll = !self.locks.scroll;
        }
        let mut told = Vec::new();
        let Some(held) = self.find_pressed(event).map(|at| &mut self.held[at]) else {
            told.extend(self.make_room());
            self.held.push(Held { keysym: event.keysym, keycode: event.keycode, delivered: true });
            told.push(event);
            return told;
        };
        if held.delivered {
            // The same key with another keysym (Shift went down between its repeats): to others it is another key.
            let repeat = held.keysym == event.keysym;
            if !repeat {
                told.push(held.released());
                held.keysym = event.keysym;
            }
            told.push(KeyEvent { keycode: held.keycode, repeat, ..event });
        }
        told
    }

    fn release(&mut self, event: KeyEvent) -> Option<KeyEvent> {
        let held = self.held.remove(self.find_released(event)?);
        held.delivered.then(|| held.released())
    }

    /// Lets the key go that was held longest, modifiers last, if there is no room for another.
    fn make_room(&mut self) -> Option<KeyEvent> {
        if self.held.len() < MAX_PRESSED {
            return None;
        }
        let oldest = self.held.iter().position(|held| !held.keysym.is_modifier()).unwrap_or(0);
        let held = self.held.remove(oldest);
        held.delivered.then(|| held.released())
    }

    /// The held key that a press repeats.
    fn find_pressed(&self, event: KeyEvent) -> Option<usize> {
        self.held.iter().position(|held| match (held.keycode, event.keycode) {
            (Some(held), Some(pressed)) => held == pressed,
            _ => held.keysym == event.keysym,
        })
    }

    /// The held key that a release lets go: the same keycode; else the same keysym; else the keysym that the same key
    /// has with another modifier; else, for a character, the only held key that types one (`!` let go as `1`).
    fn find_released(&self, event: KeyEvent) -> Option<usize> {
        let position = |wanted: &dyn Fn(&Held) -> bool| self.held.iter().position(wanted);
        let by_code = position(&|held| held.keycode.is_some() && held.keycode == event.keycode);
        if by_code.is_some() || event.keysym == Keysym::NONE {
            return by_code;
        }
        position(&|held| held.keysym == event.keysym)
            .or_else(|| position(&|held| same_key(held.keysym, event.keysym)))
            .or_else(|| self.only_character().filter(|_| event.keysym.char().is_some()))
    }

    fn only_character(&self) -> Option<usize> {
        let mut typing = self.held.iter().enumerate().filter(|(_, held)| held.keysym.char().is_some());
        let (at, _) = typing.next()?;
        typing.next().is_none().then_some(at)
    }

    /// Nobody tells a server whether Num Lock is on, but the keypad does: digits while it is on or while Shift is
    /// down, motions otherwise.
    fn learn_num_lock(&mut self, keysym: Keysym) {
        let shift = self.is_down(Keysym::SHIFT_L) || self.is_down(Keysym::SHIFT_R);
        match keysym.0 {
            0xff7f if !self.is_down(keysym) => self.locks.num = !self.locks.num,
            0xffac | 0xffae | 0xffb0..=0xffb9 => self.locks.num = !shift,
            0xff95..=0xff9f => self.locks.num = shift,
            _ => return,
        }
        // Whoever presses Num Lock may have begun with either.
        self.num_lock_told |= keysym != Keysym::NUM_LOCK;
    }

    /// Caps Lock is learnt alike, from letters that are not of the case that Shift would give them. A viewer that types
    /// capitals without Shift (some on-screen keyboards do) seems to have it on, up to its next small letter.
    fn learn_caps_lock(&mut self, keysym: Keysym) {
        let held = self.modifiers();
        if keysym == Keysym::CAPS_LOCK && !self.is_down(keysym) {
            self.locks.caps = !self.locks.caps;
        } else if let Some(ch) = keysym.char().filter(|_| !(held.control || held.alt || held.meta || held.level3))
            && ch.is_uppercase() != ch.is_lowercase()
        {
            self.locks.caps = ch.is_uppercase() != held.shift;
        }
    }
}

impl Held {
    fn released(&self) -> KeyEvent {
        KeyEvent { keysym: self.keysym, keycode: self.keycode, down: false, repeat: false }
    }
}

/// Keycode 0 is sent by gvncviewer for keys that are not on its layout: it says nothing.
fn known(keycode: Option<u32>) -> Option<u32> {
    keycode.filter(|&keycode| keycode != 0)
}

/// Whether one key may be both, with and without Shift, Alt, Control or Num Lock.
fn same_key(a: Keysym, b: Keysym) -> bool {
    /// What X11's usual layouts have on two levels of a key, characters aside.
    const LEVELS: [(u32, u32); 20] = [
        (0xff09, 0xfe20), // Tab, ISO_Left_Tab
        (0xffe9, 0xffe7), // Alt_L, Meta_L
        (0xffea, 0xffe8), // Alt_R, Meta_R
        (0xffea, 0xfe03), // Alt_R, ISO_Level3_Shift
        (0xff61, 0xff15), // Print, Sys_Req
        (0xff13, 0xff6b), // Pause, Break
        (0xff95, 0xffb7), // KP_Home, KP_7
        (0xff96, 0xffb4), // KP_Left, KP_4
        (0xff97, 0xffb8), // KP_Up, KP_8
        (0xff98, 0xffb6), // KP_Right, KP_6
        (0xff99, 0xffb2), // KP_Down, KP_2
        (0xff9a, 0xffb9), // KP_Prior, KP_9
        (0xff9b, 0xffb3), // KP_Next, KP_3
        (0xff9c, 0xffb1), // KP_End, KP_1
        (0xff9d, 0xffb5), // KP_Begin, KP_5
        (0xff9e, 0xffb0), // KP_Insert, KP_0
        (0xff9f, 0xffae), // KP_Delete, KP_Decimal
        (0xff9f, 0xffac), // KP_Delete, KP_Separator
        (0xff14, 0xff7f), // Scroll_Lock, Num_Lock
        (0xffe5, 0xffe6), // Caps_Lock, Shift_Lock
    ];
    let fold = |keysym: Keysym| keysym.char().map(|ch| ch.to_lowercase().collect::<String>());
    let (a, b) = (a.usual(), b.usual());
    a == b
        || fold(a).is_some_and(|folded| fold(b) == Some(folded))
        || LEVELS.contains(&(a.0, b.0))
        || LEVELS.contains(&(b.0, a.0))
}

#[cfg(test)]
#[path = "pressed_tests.rs"]
mod tests;
