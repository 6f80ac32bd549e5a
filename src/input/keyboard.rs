//! One viewer's keyboard: what it holds, the combinations that are ours, and its dead keys, in the right order.

use std::time::Instant;

use super::chord::{Action, Chords, PeopleKey, Target};
use super::dead_keys::{Composed, DeadKeys};
use super::leader::{Does, Hint, Leader, LeaderKey, Verdict};
use super::pressed::Pressed;
use super::{KeyEvent, Keysym, Locks, Modifiers};

/// The keyboard of one viewer.
#[derive(Default)]
pub struct Keyboard {
    pressed: Pressed,
    leader: Leader,
    chords: Chords,
    dead_keys: DeadKeys,
}

/// What is to be done about a key event.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Nothing,
    /// The display gets these, with these modifiers. Mostly one; never more than [`MAX_KEYS`].
    Keys(Vec<KeyEvent>, Modifiers),
    /// The viewer is to see this VT (from 1). [`Keyboard::leave`] says what the display it leaves is owed.
    Switch(u8),
    /// The viewer's clipboard is to be pasted.
    Paste,
    /// Something that has to do with the other viewers.
    People(PeopleKey),
}

/// The most events that one event can become: a key with five modifiers about it going down and up, and a release owed for
/// each of those that go down. Of dead keys there are fewer.
pub const MAX_KEYS: usize = 3 * 6 + super::pressed::MAX_PRESSED;

impl Keyboard {
    /// With `one_writes`, there are keys for taking turns at that; `leader` is the key after which the next one is for us.
    pub fn new(one_writes: bool, leader: Option<LeaderKey>) -> Self {
        Self { chords: Chords::new(one_writes), leader: Leader::new(leader, one_writes), ..Self::default() }
    }

    /// Takes one event from the viewer. `vt_exists` says which VTs there are.
    pub fn event(&mut self, event: KeyEvent, target: Target, now: Instant, vt_exists: impl Fn(u8) -> bool) -> Outcome {
        let repeated = self.pressed.is_repeated(event);
        let verdict = match event.down {
            true if repeated => Verdict::Pass,
            true => {
                let (held, alone) = (self.pressed.modifiers(), self.pressed.is_empty());
                self.leader.press(event, held, alone, target, now, &vt_exists)
            }
            false => {
                self.leader.release(event, now);
                Verdict::Pass
            }
        };
        match verdict {
            Verdict::Pass => self.decide(event, target, repeated, vt_exists),
            Verdict::Whole => self.pass(event, target),
            Verdict::With(held) => {
                let outcome = self.stroke(event, held, target);
                // Its repeats and its release are nobody's.
                self.hold_back(event);
                outcome
            }
            verdict => {
                let outcome = self.obey(verdict, target);
                self.hold_back(event);
                outcome
            }
        }
    }

    /// What the leader has to say over the picture, to who looks at `target`.
    pub fn hint(&self, target: Target) -> Option<(Hint, String)> {
        self.leader.hint().map(|hint| (hint, self.leader.say(hint, target)))
    }

    /// The pointer's buttons were used: what was pressed before is no leader.
    pub fn interrupt(&mut self) {
        self.leader.interrupt();
    }

    /// Does what a key asks for after the leader.
    fn obey(&mut self, verdict: Verdict, target: Target) -> Outcome {
        match verdict {
            Verdict::Switch(vt) => Outcome::Switch(vt),
            Verdict::Do(Does::Paste) => Outcome::Paste,
            Verdict::Do(Does::People(key)) => Outcome::People(key),
            Verdict::Do(Does::Type(keysym, held) | Does::TypeAtText(keysym, held)) => {
                self.stroke(KeyEvent { keysym, keycode: None, down: true, repeat: false }, held, target)
            }
            _ => Outcome::Nothing,
        }
    }

    /// A key that goes down and up, with `with` held about it beside what is.
    fn stroke(&mut self, press: KeyEvent, with: Modifiers, target: Target) -> Outcome {
        let held = self.pressed.modifiers();
        let brought = if target == Target::Graphical { self.pressed.bring_along() } else { Vec::new() };
        let about = [
            (with.control && !held.control, Keysym::CONTROL_L),
            (with.alt && !held.alt, Keysym::ALT_L),
            (with.meta && !held.meta, Keysym::META_L),
            (with.super_key && !held.super_key, Keysym::SUPER_L),
            (with.shift && !held.shift, Keysym::SHIFT_L),
        ];
        // A console needs no keys for what is held.
        let about = about.into_iter().filter(|(needed, _)| *needed && target == Target::Graphical);
        let modifiers = about.map(|(_, keysym)| KeyEvent { keysym, keycode: None, down: true, repeat: false });
        let downs: Vec<KeyEvent> = modifiers.chain([press]).collect();
        let ups = downs.iter().rev().map(|event| KeyEvent { down: false, ..*event });
        let strokes: Vec<KeyEvent> = downs.iter().copied().chain(ups).collect();
        let strokes = strokes.into_iter().flat_map(|event| self.pressed.update(event));
        let events: Vec<KeyEvent> = brought.into_iter().chain(strokes).collect();
        let held = Modifiers {
            control: held.control || with.control,
            alt: held.alt || with.alt,
            meta: held.meta || with.meta,
            super_key: held.super_key || with.super_key,
            shift: held.shift || with.shift,
            ..held
        };
        if events.is_empty() { Outcome::Nothing } else { Outcome::Keys(events, held) }
    }

    fn hold_back(&mut self, event: KeyEvent) {
        self.pressed.hold_back(event);
        self.dead_keys.clear();
    }

    /// Whether it is a combination of ours, and what it does then.
    fn decide(&mut self, event: KeyEvent, target: Target, repeated: bool, vt_exists: impl Fn(u8) -> bool) -> Outcome {
        match self.chords.decide(event, self.pressed.modifiers(), target, vt_exists) {
            Action::Pass => self.pass(event, target),
            action => {
                self.hold_back(event);
                match action {
                    Action::Switch(vt) => Outcome::Switch(vt),
                    // A key that is held down a moment too long does it once.
                    _ if repeated => Outcome::Nothing,
                    Action::People(key) => Outcome::People(key),
                    _ => Outcome::Paste,
                }
            }
        }
    }

    /// The releases that the display is owed which the viewer leaves, by a switch or by going away.
    pub fn leave(&mut self) -> Vec<KeyEvent> {
        self.dead_keys.clear();
        self.leader.forget();
        self.pressed.release_all()
    }

    /// The releases that a display is owed which types a paste by its keys: what is held would make others of them. Modifiers
    /// that still are after it are pressed anew with the next key.
    pub fn let_go(&mut self) -> Vec<KeyEvent> {
        self.pressed.release_all()
    }

    /// The modifiers held now: for the pointer.
    pub fn modifiers(&self) -> Modifiers {
        self.pressed.modifiers()
    }

    /// The locks, as far as its keys have shown them.
    pub fn locks(&self) -> Locks {
        self.pressed.locks()
    }

    fn pass(&mut self, event: KeyEvent, target: Target) -> Outcome {
        let mut events = self.pressed.update(event);
        let types = !event.keysym.is_modifier() && events.iter().any(|event| event.down);
        if types && target == Target::Graphical {
            events.splice(0..0, self.pressed.bring_along());
        }
        let modifiers = self.pressed.modifiers_for(event.keysym);
        if target == Target::Text && events.last().is_some_and(|last| last.down) {
            self.compose(&mut events, modifiers);
        }
        if events.is_empty() { Outcome::Nothing } else { Outcome::Keys(events, modifiers) }
    }

    /// Puts what the press at the end of `events` types together with the dead keys before it.
    fn compose(&mut self, events: &mut Vec<KeyEvent>, modifiers: Modifiers) {
        let Some(press) = events.pop() else { return };
        let shortcut = modifiers.control || modifiers.alt || modifiers.meta;
        match self.dead_keys.press(press.keysym, shortcut) {
            Composed::Nothing => {}
            Composed::Same => events.push(press),
            Composed::Chars(chars) => {
                let keysyms = chars.chars().filter_map(Keysym::from_char);
                events.extend(keysyms.map(|keysym| KeyEvent { keysym, ..press }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(keysym: Keysym, down: bool) -> KeyEvent {
        KeyEvent { keysym, keycode: None, down, repeat: false }
    }

    /// What a text console with VTs 1 and 2 gets of `keys` (`+` pressed, `-` released), in the same notation; `!n` is a
    /// switch to VT n, `paste` a paste.
    fn pass(keyboard: &mut Keyboard, keys: &str, target: Target) -> String {
        let mut told = Vec::new();
        for stroke in keys.split_whitespace() {
            let keysym = Keysym::from_name(&stroke[1..]).expect("a keysym's name");
            match keyboard.event(key(keysym, stroke.starts_with('+')), target, Instant::now(), |vt| vt <= 2) {
                Outcome::Nothing => {}
                Outcome::Keys(events, _) => told.extend(events.into_iter().map(notation)),
                Outcome::Switch(vt) => {
                    told.extend(keyboard.leave().into_iter().map(notation));
                    told.push(format!("!{vt}"));
                }
                Outcome::Paste => told.push("paste".into()),
                Outcome::People(key) => told.push(format!("{key:?}")),
            }
        }
        told.join(" ")
    }

    fn notation(event: KeyEvent) -> String {
        format!("{}{}", if event.down { '+' } else { '-' }, event.keysym.name().unwrap_or("?"))
    }

    #[test]
    fn modifiers_held_since_the_switch_are_brought_along_with_the_first_key() {
        let keys = "+Control_L +Caps_Lock +Alt_L +F2 -F2 -Caps_Lock +Delete -Delete +x -x -Alt_L -Control_L +y";
        let told = pass(&mut Keyboard::default(), keys, Target::Graphical);
        let switched = "+Control_L +Caps_Lock +Alt_L -Alt_L -Caps_Lock -Control_L !2";
        let whole = "+Control_L +Alt_L +Delete -Delete +x -x -Alt_L -Control_L +y";
        assert_eq!(told, format!("{switched} {whole}"));
        let unused = "+Control_L +Alt_L +F2 -F2 -Alt_L -Control_L";
        let told = pass(&mut Keyboard::default(), unused, Target::Graphical);
        assert_eq!(told, "+Control_L +Alt_L -Alt_L -Control_L !2", "and without one they are not told of");
    }

    #[test]
    fn a_switch_leaves_no_key_behind() {
        let told = "+Control_L +Alt_L -Alt_L -Control_L !1";
        let viewers = [
            "+Control_L +Alt_L +F1 -Control_L -Alt_L -F1", // TigerVNC
            "+Control_L +Alt_L +F1 -F1 -Alt_L -Control_L", // noVNC
            "+Control_L +Alt_L +F1 -Control_L -Alt_L -XF86Switch_VT_1",
            "+Control_L +Alt_L +F1 -Control_L +F1 +F1 -Alt_L -F1", // repeats after Control went up
        ];
        for keys in viewers {
            let mut keyboard = Keyboard::default();
            assert_eq!(pass(&mut keyboard, keys, Target::Text), told, "{keys}");
            assert!(keyboard.pressed.is_empty());
            assert_eq!(pass(&mut keyboard, "+F1 -F1", Target::Text), "+F1 -F1", "and F1 is a key again");
        }
    }

    #[test]
    fn a_second_switch_while_control_and_alt_are_held() {
        let mut keyboard = Keyboard::default();
        let told = pass(&mut keyboard, "+Control_R +Alt_R +F2 -F2 +F1 -F1 -Alt_R -Control_R +a -a", Target::Text);
        assert_eq!(told, "+Control_R +Alt_R -Alt_R -Control_R !2 !1 +a -a");
    }

    #[test]
    fn keys_held_in_one_vt_are_not_pressed_in_the_next() {
        let mut keyboard = Keyboard::default();
        let told = pass(&mut keyboard, "+x +Control_L +Alt_L +F2 +x -x -Control_L -Alt_L -F2", Target::Graphical);
        assert_eq!(told, "+x +Control_L +Alt_L -x -Alt_L -Control_L !2");
    }

    #[test]
    fn a_vt_that_is_not_there_is_the_guests_affair() {
        let keys = "+Control_L +Alt_L +F5 -F5 -Alt_L -Control_L";
        assert_eq!(pass(&mut Keyboard::default(), keys, Target::Text), keys);
    }

    #[test]
    fn a_release_by_the_host_without_the_chord_is_nothing() {
        let keys = "+Control_L +Alt_L -Control_L -Alt_L -F1"; // what is left when the X server takes the chord
        assert_eq!(pass(&mut Keyboard::default(), keys, Target::Text), "+Control_L +Alt_L -Control_L -Alt_L");
    }

    #[test]
    fn pasting_keys_are_not_typed() {
        let keys = "+Shift_L +Insert -Insert +Insert -Insert -Shift_L";
        assert_eq!(pass(&mut Keyboard::default(), keys, Target::Text), "+Shift_L paste paste -Shift_L");
        let told = pass(&mut Keyboard::default(), "+Control_L +Alt_L +p -Control_L -Alt_L -p", Target::Text);
        assert_eq!(told, "+Control_L +Alt_L paste -Control_L -Alt_L");
    }

    #[test]
    fn modifiers_held_through_a_paste_that_is_typed_are_there_for_the_next_key() {
        let mut keyboard = Keyboard::default();
        let told = pass(&mut keyboard, "+x +Control_L +Alt_L +p", Target::Graphical);
        assert_eq!(told, "+x +Control_L +Alt_L paste");
        let owed: Vec<String> = keyboard.let_go().into_iter().map(notation).collect();
        assert_eq!(owed.join(" "), "-x -Alt_L -Control_L");
        let told = pass(&mut keyboard, "-p -x +Delete -Delete +F5 -F5 -Alt_L -Control_L", Target::Graphical);
        assert_eq!(told, "+Control_L +Alt_L +Delete -Delete +F5 -F5 -Alt_L -Control_L");
        pass(&mut keyboard, "+Control_L +Alt_L +p -p", Target::Graphical);
        keyboard.let_go();
        assert_eq!(pass(&mut keyboard, "-Alt_L -Control_L +x", Target::Graphical), "+x", "and what has gone up is not");
    }

    #[test]
    fn a_paste_key_that_is_held_down_pastes_once() {
        let told = pass(&mut Keyboard::default(), "+Shift_L +Insert +Insert +Insert -Insert -Shift_L", Target::Text);
        assert_eq!(told, "+Shift_L paste -Shift_L");
    }

    #[test]
    fn keys_of_people_are_not_typed() {
        let keys = "+Control_L +Alt_L +w +w -w +n -n +o -o -Alt_L -Control_L";
        let told = pass(&mut Keyboard::new(true, None), keys, Target::Text);
        assert_eq!(told, "+Control_L +Alt_L Write Deny Others -Alt_L -Control_L");
    }

    #[test]
    fn dead_keys_compose_for_consoles_only() {
        let keys = "+dead_acute -dead_acute +e -e";
        assert_eq!(pass(&mut Keyboard::default(), keys, Target::Text), "-dead_acute +eacute -e");
        assert_eq!(pass(&mut Keyboard::default(), keys, Target::Graphical), keys);
        let told = pass(&mut Keyboard::default(), "+dead_acute -dead_acute +q -q", Target::Text);
        assert_eq!(told, "-dead_acute +acute +q -q");
    }

    #[test]
    fn an_accent_does_not_outlive_a_switch() {
        let mut keyboard = Keyboard::default();
        pass(&mut keyboard, "+dead_acute -dead_acute +Control_L +Alt_L +F2 -F2 -Alt_L -Control_L", Target::Text);
        assert_eq!(pass(&mut keyboard, "+e", Target::Text), "+e");
    }

    #[test]
    fn control_with_a_dead_key_is_its_sign() {
        let mut keyboard = Keyboard::default();
        pass(&mut keyboard, "+Control_L", Target::Text);
        let outcome = keyboard.event(key(Keysym(0xfe52), true), Target::Text, Instant::now(), |_| false);
        let Outcome::Keys(events, modifiers) = outcome else { panic!("a key for the console") };
        assert_eq!(events, [key(Keysym('^'.into()), true)]);
        assert!(modifiers.control);
    }
}
