//! What the user does before a server's picture → keys and the pointer, as VNC has them.
//!
//! Most terminals tell that a key was pressed, and with which modifiers, and nothing else: then the modifiers go down, the key
//! goes down and up, and the modifiers go up, and nothing stays held. Some tell of every key and its end (kitty's protocol):
//! then keys go down and up as they do before the user.

use crate::attach::keys::MouseReport;
use crate::geometry::Point;
use crate::input::{KeyEvent, Keysym, Modifiers, PointerEvent};

/// Keys that are held at once, at most: as many as people have fingers, and some whose end was lost.
const HELD_MAX: usize = 16;
/// What stands above the digits and beside the letters of an American keyboard with Shift: some servers type what the key has
/// without it, unless Shift is down (QEMU).
const SHIFTED: &str = "~!@#$%^&*()_+{}|:\"<>?";

/// What a server is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A key.
    Key(KeyEvent),
    /// The pointer.
    Point(PointerEvent),
}

/// What a server takes now. Ends are always told: there is one for each beginning that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Takes {
    /// All.
    #[default]
    All,
    /// No key: one is being typed for the user.
    NoKeys,
    /// Nothing.
    Ends,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Hands {
    /// The terminal tells when keys go up.
    pub tells_ends: bool,
    /// What goes down now.
    pub takes: Takes,
    /// Something was to go down, and did not.
    refused: bool,
    /// Keys that are down before the server.
    held: Vec<Keysym>,
    buttons: u16,
    at: Option<Point>,
}

fn event(keysym: Keysym, down: bool) -> Deed {
    Deed::Key(KeyEvent { keysym, keycode: None, down, repeat: false })
}

/// The modifiers that a key needs, as keys.
fn wanted(keysym: Keysym, held: Modifiers) -> impl Iterator<Item = Keysym> {
    let shifted = keysym.char().is_some_and(|ch| ch.is_ascii_uppercase() || SHIFTED.contains(ch));
    // What is typed with Control and Alt together is typed so, and what has Shift in it with Shift.
    let all = [
        (held.control, Keysym::CONTROL_L),
        (held.alt, Keysym::ALT_L),
        (held.meta || held.super_key, Keysym::SUPER_L),
        (held.shift || shifted && !keysym.is_keypad(), Keysym::SHIFT_L),
    ];
    all.into_iter().filter_map(|(wanted, keysym)| wanted.then_some(keysym))
}

/// The key on the other side of the keyboard that does the same.
fn twin(keysym: Keysym) -> Keysym {
    match keysym {
        Keysym::SHIFT_L => Keysym::SHIFT_R,
        Keysym::CONTROL_L => Keysym::CONTROL_R,
        Keysym::ALT_L => Keysym::ALT_R,
        Keysym::SUPER_L => Keysym::SUPER_R,
        other => other,
    }
}

impl Hands {
    /// A key was pressed with these modifiers.
    pub fn press(&mut self, keysym: Keysym, held: Modifiers) -> Vec<Deed> {
        if self.refuses_keys() {
            return Vec::new();
        }
        if keysym.is_modifier() {
            return self.hold(keysym);
        }
        // Caps Lock is the user's alone: what it makes of a key is told, and it is not. So Shift is not what it is for others.
        if held.caps_lock && !held.control && keysym.char().is_some_and(char::is_lowercase) {
            let shifts: Vec<Keysym> =
                [Keysym::SHIFT_L, Keysym::SHIFT_R].into_iter().filter(|key| self.held.contains(key)).collect();
            if !shifts.is_empty() {
                let up = shifts.iter().map(|key| event(*key, false));
                let key = [event(keysym, true), event(keysym, false)];
                return up.chain(key).chain(shifts.iter().map(|key| event(*key, true))).collect();
            }
        }
        let around: Vec<Keysym> =
            wanted(keysym, held).filter(|key| !self.held.contains(key) && !self.held.contains(&twin(*key))).collect();
        let mut deeds: Vec<Deed> = around.iter().map(|key| event(*key, true)).collect();
        if self.tells_ends && around.is_empty() {
            deeds.extend(self.hold(keysym));
        } else {
            deeds.extend([event(keysym, true), event(keysym, false)]);
        }
        deeds.extend(around.iter().rev().map(|key| event(*key, false)));
        deeds
    }

    /// Whether something was to go down since this was asked last, and did not.
    pub fn take_refused(&mut self) -> bool {
        std::mem::take(&mut self.refused)
    }

    fn refuses_keys(&mut self) -> bool {
        let refuses = self.takes != Takes::All;
        self.refused |= refuses;
        refuses
    }

    fn hold(&mut self, keysym: Keysym) -> Vec<Deed> {
        if !self.tells_ends {
            return Vec::new();
        }
        if !self.held.contains(&keysym) {
            if self.held.len() >= HELD_MAX {
                // Its end was lost.
                let first = self.held.remove(0);
                self.held.push(keysym);
                return vec![event(first, false), event(keysym, true)];
            }
            self.held.push(keysym);
        }
        vec![event(keysym, true)]
    }

    /// A key went up.
    pub fn release(&mut self, keysym: Keysym) -> Vec<Deed> {
        let at = self.held.iter().position(|held| *held == keysym);
        at.map(|at| event(self.held.remove(at), false)).into_iter().collect()
    }

    /// A chord: all of its keys down in their order, and up again.
    pub fn chord(&mut self, keys: &[Keysym]) -> Vec<Deed> {
        if self.refuses_keys() {
            return Vec::new();
        }
        let down = keys.iter().map(|key| event(*key, true));
        down.chain(keys.iter().rev().map(|key| event(*key, false))).collect()
    }

    /// Whatever is held is let go: others have the user's attention.
    pub fn let_go(&mut self) -> Vec<Deed> {
        let mut deeds: Vec<Deed> = self.held.drain(..).rev().map(|key| event(key, false)).collect();
        if let Some(at) = self.at.filter(|_| std::mem::take(&mut self.buttons) != 0) {
            deeds.push(Deed::Point(PointerEvent { x: at.x, y: at.y, buttons: 0 }));
        }
        deeds
    }

    /// Nothing is held: it is another server, or another connection to it.
    pub fn forget(&mut self) {
        self.held.clear();
        (self.buttons, self.at) = (0, None);
    }

    /// The mouse, at a place of the picture, or outside of it: there no button goes down.
    pub fn point(&mut self, report: MouseReport, at: Point, inside: bool) -> Vec<Deed> {
        let (bit, wheel) = report.button();
        if self.takes == Takes::Ends && (wheel || report.is_motion() || report.down || self.buttons & bit == 0) {
            // Nobody is told that the mouse only moved over it.
            self.refused |= !report.is_motion();
            return Vec::new();
        }
        let told = |buttons| Deed::Point(PointerEvent { x: at.x, y: at.y, buttons });
        let before = (self.at.replace(at), self.buttons);
        if wheel && report.down && inside {
            return vec![told(self.buttons | bit), told(self.buttons)];
        }
        if !wheel && !report.is_motion() {
            self.buttons = match report.down {
                true if inside => self.buttons | bit,
                true => self.buttons,
                false => self.buttons & !bit,
            };
        }
        if before == (self.at, self.buttons) { Vec::new() } else { vec![told(self.buttons)] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROL: Modifiers = Modifiers { control: true, ..Modifiers::NONE };
    const A: Keysym = Keysym(0x61);

    /// Keys as their names, with a + or - before them.
    fn told(deeds: &[Deed]) -> String {
        let word = |deed: &Deed| match deed {
            Deed::Key(key) => format!("{}{}", if key.down { '+' } else { '-' }, key.keysym.name().unwrap_or("?")),
            Deed::Point(at) => format!("{},{}:{}", at.x, at.y, at.buttons),
        };
        deeds.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_key_goes_down_and_up_with_its_modifiers_around_it() {
        let mut hands = Hands::default();
        for (keysym, held, expected) in [
            (A, Modifiers::NONE, "+a -a"),
            (A, CONTROL, "+Control_L +a -a -Control_L"),
            (Keysym(0x41), Modifiers::NONE, "+Shift_L +A -A -Shift_L"),
            (
                Keysym(0x21),
                Modifiers { alt: true, ..CONTROL },
                "+Control_L +Alt_L +Shift_L +exclam -exclam -Shift_L -Alt_L -Control_L",
            ),
            (Keysym::TAB, Modifiers { shift: true, ..Modifiers::NONE }, "+Shift_L +Tab -Tab -Shift_L"),
            (Keysym(0xe4), Modifiers::NONE, "+adiaeresis -adiaeresis"),
            (Keysym::SHIFT_L, Modifiers::NONE, ""),
        ] {
            assert_eq!(told(&hands.press(keysym, held)), expected);
            assert!(hands.release(keysym).is_empty() && hands.let_go().is_empty(), "nothing is held");
        }
        let chord = hands.chord(&[Keysym::CONTROL_L, Keysym::ALT_L, Keysym::DELETE]);
        assert_eq!(told(&chord), "+Control_L +Alt_L +Delete -Delete -Alt_L -Control_L");
    }

    #[test]
    fn where_ends_are_told_keys_are_held_and_let_go() {
        let mut hands = Hands { tells_ends: true, ..Hands::default() };
        assert_eq!(told(&hands.press(Keysym::CONTROL_R, CONTROL)), "+Control_R");
        assert_eq!(told(&hands.press(A, CONTROL)), "+a");
        assert_eq!(told(&hands.press(A, CONTROL)), "+a", "it repeats");
        assert_eq!(told(&hands.release(A)), "-a");
        assert_eq!(told(&hands.release(A)), "", "once");
        assert_eq!(told(&hands.release(Keysym::CONTROL_R)), "-Control_R");
        // Its modifier was pressed before anybody looked.
        assert_eq!(told(&hands.press(A, CONTROL)), "+Control_L +a -a -Control_L");
        assert_eq!(told(&hands.press(Keysym::SHIFT_L, Modifiers::NONE)), "+Shift_L");
        assert_eq!(told(&hands.press(Keysym(0x41), Modifiers::NONE)), "+A");
        assert_eq!(told(&hands.release(Keysym::SHIFT_L)), "-Shift_L");
        assert_eq!(told(&hands.release(Keysym(0x41))), "-A");
        for key in 0..2 * HELD_MAX {
            hands.press(Keysym(0x1000 + key as u32), Modifiers::NONE);
        }
        assert_eq!(hands.let_go().len(), HELD_MAX, "those before were let go when there were too many");
        assert!(hands.let_go().is_empty());
    }

    #[test]
    fn where_nothing_is_taken_nothing_goes_down_and_what_is_down_goes_up() {
        let mut hands = Hands { tells_ends: true, ..Hands::default() };
        let at = Point { x: 1, y: 1 };
        let button = |code, down| MouseReport { code, column: 0, row: 0, down };
        hands.press(Keysym::SHIFT_L, Modifiers::NONE);
        hands.press(A, Modifiers::NONE);
        hands.point(button(0, true), at, true);
        assert!(!hands.take_refused());
        hands.takes = Takes::Ends;
        for _ in 0..100 {
            assert_eq!(told(&hands.press(A, Modifiers::NONE)), "");
            assert_eq!(told(&hands.press(Keysym(0x62), CONTROL)), "");
            assert_eq!(told(&hands.release(Keysym(0x62))), "");
            assert_eq!(told(&hands.chord(&[Keysym::CONTROL_L, Keysym::DELETE])), "");
            assert_eq!(told(&hands.point(button(2, true), at, true)), "");
            assert_eq!(told(&hands.point(button(2, false), at, true)), "");
            assert_eq!(told(&hands.point(button(64, true), at, true)), "");
            assert_eq!(told(&hands.point(button(32, true), Point { x: 2, y: 2 }, true)), "");
        }
        assert!(hands.take_refused() && !hands.take_refused());
        assert_eq!(told(&hands.release(A)), "-a");
        assert_eq!(told(&hands.point(button(0, false), at, true)), "1,1:0");
        assert_eq!(told(&hands.let_go()), "-Shift_L");
        // While something is typed for the user, the mouse is his.
        hands.takes = Takes::NoKeys;
        assert_eq!(told(&hands.press(A, Modifiers::NONE)), "");
        assert_eq!(told(&hands.point(button(0, true), at, true)), "1,1:1");
        hands.takes = Takes::All;
        hands.press(A, Modifiers::NONE);
        hands.forget();
        assert_eq!(told(&hands.release(A)) + &told(&hands.let_go()), "", "another connection knows nothing of them");
    }

    #[test]
    fn caps_lock_is_the_users_alone() {
        let mut hands = Hands { tells_ends: true, ..Hands::default() };
        let caps = Modifiers { caps_lock: true, ..Modifiers::NONE };
        assert_eq!(told(&hands.press(Keysym(0x41), caps)), "+Shift_L +A -A -Shift_L");
        assert_eq!(told(&hands.release(Keysym(0x41))), "");
        hands.press(Keysym::SHIFT_R, caps);
        assert_eq!(told(&hands.press(A, Modifiers { shift: true, ..caps })), "-Shift_R +a -a +Shift_R");
        assert_eq!(told(&hands.release(A)), "");
        assert_eq!(told(&hands.press(Keysym(0x21), Modifiers { shift: true, ..caps })), "+exclam");
    }

    #[test]
    fn buttons_go_down_in_the_picture_only_and_up_anywhere() {
        let mut hands = Hands::default();
        let report = |code, down| MouseReport { code, column: 0, row: 0, down };
        let at = |x| Point { x, y: 1 };
        assert_eq!(told(&hands.point(report(35, true), at(1), true)), "1,1:0");
        assert_eq!(told(&hands.point(report(35, true), at(1), true)), "", "it has not moved");
        assert_eq!(told(&hands.point(report(0, true), at(1), true)), "1,1:1");
        assert_eq!(told(&hands.point(report(32, true), at(2), true)), "2,1:1");
        assert_eq!(told(&hands.point(report(0, false), at(9), false)), "9,1:0");
        assert_eq!(told(&hands.point(report(2, true), at(9), false)), "");
        assert_eq!(told(&hands.point(report(64, true), at(9), true)), "9,1:8 9,1:0");
        assert_eq!(told(&hands.point(report(65, true), at(9), true)), "9,1:16 9,1:0");
        assert_eq!(told(&hands.point(report(1, true), at(9), true)), "9,1:2");
        assert_eq!(told(&hands.point(report(128, true), at(9), true)), "9,1:130");
        assert_eq!(told(&hands.let_go()), "9,1:0");
    }
}
