//! The leader key through a viewer's keyboard: what reaches the guest, and what is done.

use super::super::keyboard::{Keyboard, MAX_KEYS, Outcome};
use super::*;

/// A keyboard, and its clock.
struct Desk {
    keyboard: Keyboard,
    now: Instant,
    target: Target,
}

impl Desk {
    fn new(leader: &str, target: Target) -> Self {
        Self::sharing(leader, target, false)
    }

    fn sharing(leader: &str, target: Target, one_writes: bool) -> Self {
        let leader = Some(LeaderKey::parse(leader).expect("a leader"));
        Self { keyboard: Keyboard::new(one_writes, leader), now: Instant::now(), target }
    }

    /// What the guest gets of `keys` and what else comes of them, in the same notation: `+` pressed, `-` released, `~` time
    /// goes by; `=2` a key that is pressed and released of which only the place is known.
    fn press(&mut self, keys: &str) -> String {
        let mut told = Vec::new();
        for stroke in keys.split_whitespace() {
            let (kind, name) = stroke.split_at(1);
            let keysym = || Keysym::from_name(name).unwrap_or_else(|| panic!("{name} is no keysym"));
            let events = match kind {
                "~" => {
                    self.now += Duration::from_millis(name.parse().expect("milliseconds"));
                    vec![]
                }
                "=" => {
                    let keycode = Some(u32::from_str_radix(name, 16).expect("a scancode"));
                    [true, false].map(|down| KeyEvent { keysym: Keysym(0x6c1), keycode, down, repeat: false }).to_vec()
                }
                _ => vec![KeyEvent { keysym: keysym(), keycode: None, down: kind == "+", repeat: false }],
            };
            for event in events {
                told.extend(self.event(event));
            }
        }
        told.join(" ")
    }

    fn event(&mut self, event: KeyEvent) -> Vec<String> {
        let named =
            |event: KeyEvent| format!("{}{}", if event.down { '+' } else { '-' }, event.keysym.name().unwrap_or("?"));
        match self.keyboard.event(event, self.target, self.now, |vt| [1, 2, 7, 10].contains(&vt)) {
            Outcome::Nothing => vec![],
            Outcome::Keys(events, held) => {
                assert!(events.len() <= MAX_KEYS);
                let with = key_name::prefix(held);
                let shows = self.target == Target::Text && !events.iter().any(|event| event.keysym.is_modifier());
                let events = events.into_iter().map(named);
                events.map(|event| if shows && !with.is_empty() { format!("{with}{event}") } else { event }).collect()
            }
            Outcome::Switch(vt) => {
                let released = self.keyboard.leave().into_iter().map(named);
                released.chain([format!("!{vt}")]).collect()
            }
            Outcome::Paste => vec!["paste".into()],
            Outcome::People(key) => vec![format!("{key:?}")],
        }
    }

    fn hint(&self) -> Option<Hint> {
        self.keyboard.hint(self.target).map(|(hint, _)| hint)
    }
}

const TWICE_PRESSED: &str = "+Control_L -Control_L +Control_R -Control_R";

#[test]
fn control_twice_and_a_number_switch_and_the_guest_gets_no_more_than_the_modifiers() {
    for (key, vt) in [("1", 1), ("7", 7), ("0", 10), ("F2", 2), ("F7", 7), ("KP_1", 1)] {
        for target in [Target::Text, Target::Graphical] {
            let mut desk = Desk::new(DEFAULT, target);
            assert_eq!(desk.press(TWICE_PRESSED), TWICE_PRESSED);
            assert_eq!(desk.hint(), Some(Hint::Keys));
            assert_eq!(desk.press(&format!("+{key} +{key} -{key}")), format!("!{vt}"), "{key}");
            assert_eq!((desk.hint(), desk.press("+1 -1").as_str()), (None, "+1 -1"), "a key again");
        }
    }
    let mut desk = Desk::new(DEFAULT, Target::Text);
    desk.press(TWICE_PRESSED);
    assert_eq!((desk.press("+F5 -F5").as_str(), desk.hint()), ("", Some(Hint::NoSuchVt(5))));
    assert_eq!((desk.press("+x -x").as_str(), desk.hint()), ("+x -x", None));
}

#[test]
fn only_control_by_itself_and_soon_again_is_the_leader() {
    for keys in [
        "+Control_L -Control_L ~501 +Control_L -Control_L",
        "+Control_L ~501 -Control_L +Control_L -Control_L",
        "+Control_L -Control_L +Control_L ~501 -Control_L",
        "+Control_L +c -c -Control_L +Control_L -Control_L",
        "+Control_L -Control_L +Control_L +c -c -Control_L",
        "+Control_L -Control_L +a -a +Control_L -Control_L",
        "+Control_L +Alt_L -Control_L -Alt_L +Control_L +Alt_L -Control_L -Alt_L", // a host that keeps the F key
        "+Shift_L +Control_L -Control_L +Control_L -Control_L",
        "+Alt_L -Alt_L +Alt_L -Alt_L",
    ] {
        let mut desk = Desk::new(DEFAULT, Target::Graphical);
        desk.press(keys);
        assert_eq!((desk.hint(), desk.press("+1").as_str()), (None, "+1"), "{keys}");
    }
    let mut desk = Desk::new(DEFAULT, Target::Graphical);
    desk.press("+Control_L -Control_L");
    desk.keyboard.interrupt();
    desk.press("+Control_L -Control_L");
    assert_eq!(desk.hint(), None, "a click between");
    desk.press("+Control_L ~400 -Control_L ~400 +Control_L +Control_L ~400 -Control_L");
    assert_eq!(desk.hint(), Some(Hint::Keys), "some keyboards repeat modifiers");
    desk.press(TWICE_PRESSED);
    assert_eq!((desk.hint(), desk.press("+1").as_str()), (None, "+1"), "the leader again takes it back");
}

#[test]
fn what_comes_after_it_does_what_the_table_says() {
    for (key, text, graphics) in [
        ("p", "paste", "paste"),
        ("P", "paste", "paste"),
        ("o", "Others", "Others"),
        ("w", "Write", "Write"),
        ("n", "Deny", "Deny"),
        ("f", "Ctrl-Shift-+f Ctrl-Shift--f", ""),
        ("b", "Ctrl-+Break Ctrl--Break", ""),
        ("Delete", "Ctrl-Alt-+Delete Ctrl-Alt--Delete", "+Control_L +Alt_L +Delete -Delete -Alt_L -Control_L"),
        ("KP_Delete", "Ctrl-Alt-+Delete Ctrl-Alt--Delete", "+Control_L +Alt_L +Delete -Delete -Alt_L -Control_L"),
        ("Escape", "", ""),
        ("y", "", ""),
    ] {
        for (target, told) in [(Target::Text, text), (Target::Graphical, graphics)] {
            let mut desk = Desk::sharing(DEFAULT, target, true);
            desk.press(TWICE_PRESSED);
            assert_eq!(desk.press(&format!("+{key} +{key} -{key}")), told, "{key}");
            let unknown = told.is_empty() && key != "Escape";
            assert_eq!(desk.hint(), unknown.then_some(Hint::NoSuchKey), "{key}");
            assert!(desk.keyboard.leave().is_empty(), "{key}: nothing stays down");
        }
    }
    let mut desk = Desk::new(DEFAULT, Target::Text);
    desk.press(TWICE_PRESSED);
    assert_eq!((desk.press("+w -w").as_str(), desk.hint()), ("", Some(Hint::NoSuchKey)), "where all write");
}

#[test]
fn a_combination_goes_whole_to_the_guest_pressed_or_spelt() {
    for (keys, told) in [
        ("+Control_L +Alt_L +F1 -Control_L -Alt_L -F1", "+Control_L +Alt_L +F1 -Control_L -Alt_L -F1"),
        ("+Control_L +Alt_L +p -p -Alt_L -Control_L", "+Control_L +Alt_L +p -p -Alt_L -Control_L"),
        ("+c -c +a -a +F1 +F1 -F1", "+Control_L +Alt_L +F1 -F1 -Alt_L -Control_L"),
        ("+c -c +c -c", "+Control_L +c -c -Control_L"),
        ("+a -a +Tab -Tab", "+Alt_L +Tab -Tab -Alt_L"),
        ("+c -c +s -s +t -t", "+Control_L +Shift_L +t -t -Shift_L -Control_L"),
        ("+u -u +l -l", "+Super_L +l -l -Super_L"),
        ("+c -c +Alt_L +F1 -F1 -Alt_L", "+Alt_L +Control_L +F1 -F1 -Control_L -Alt_L"),
        ("+Shift_L +p -p -Shift_L", "+Shift_L paste -Shift_L"),
    ] {
        let mut desk = Desk::new(DEFAULT, Target::Graphical);
        desk.press(TWICE_PRESSED);
        assert_eq!(desk.press(keys), told, "{keys}");
        assert!(desk.keyboard.leave().is_empty() && desk.hint().is_none(), "{keys}");
    }
    let mut desk = Desk::new(DEFAULT, Target::Text);
    desk.press(TWICE_PRESSED);
    assert_eq!(desk.press("+c +a +F1 -F1"), "Ctrl-Alt-+F1 Ctrl-Alt--F1");
}

#[test]
fn a_key_can_be_the_leader_and_twice_it_is_the_guests() {
    let pressed = "+Control_L +bracketright -bracketright -Control_L";
    let mut desk = Desk::new("Ctrl-]", Target::Graphical);
    assert_eq!(desk.press(pressed), "+Control_L -Control_L");
    assert_eq!(desk.press("+F7 -F7"), "!7");
    desk.press(pressed);
    assert_eq!((desk.press(pressed).as_str(), desk.hint()), (pressed, None));
    assert_eq!(desk.press("+1 -1"), "+1 -1");
    // Who still holds Control does not mean a combination.
    assert_eq!(desk.press("+Control_L +bracketright -bracketright +1 -1 -Control_L"), "+Control_L -Control_L !1");
    for (leader, keys) in [
        ("Ctrl-Alt-G", "+Control_L +Alt_L +G -G -Alt_L -Control_L"),
        ("Ctrl-Alt-Shift-g", "+Control_L +Shift_L +Meta_L +G -G -Meta_L -Shift_L -Control_L"),
        ("Pause", "+Pause -Pause"),
        ("Shift Shift", "+Shift_L -Shift_L +Shift_R -Shift_R"),
    ] {
        let mut desk = Desk::new(leader, Target::Graphical);
        desk.press(keys);
        assert_eq!(desk.hint(), Some(Hint::Keys), "{leader}");
    }
    let mut desk = Desk::new("Shift-F12", Target::Graphical);
    assert_eq!(desk.press("+F12 -F12"), "+F12 -F12");
}

#[test]
fn keyboards_of_other_letters_have_the_keys_in_the_same_places() {
    for (place, told) in [("02", "!1"), ("08", "!7"), ("0b", "!10"), ("19", "paste"), ("18", "Others")] {
        let mut desk = Desk::new(DEFAULT, Target::Text);
        desk.press(TWICE_PRESSED);
        assert_eq!(desk.press(&format!("={place}")), told, "{place}");
    }
}

#[test]
fn it_is_not_waited_for_ever() {
    let mut desk = Desk::new(DEFAULT, Target::Text);
    desk.press(TWICE_PRESSED);
    desk.press("~10000");
    assert_eq!((desk.press("+1 -1").as_str(), desk.hint()), ("+1 -1", None));
    desk.press(TWICE_PRESSED);
    desk.keyboard.leave();
    assert_eq!((desk.hint(), desk.press("+1").as_str()), (None, "+1"), "it was for the VT that was left");
}

#[test]
fn what_is_said_fits_into_a_line_and_names_what_there_is() {
    for (target, one_writes) in [(Target::Text, true), (Target::Text, false), (Target::Graphical, true)] {
        let leader = Leader::new(LeaderKey::parse(DEFAULT).ok(), one_writes);
        let line = leader.say(Hint::Keys, target);
        assert!(line.len() <= 78 && line.contains("1-9 VT"), "{line}");
        // The guest's graphics have no lines to look through, and no serial line to break.
        let text = target == Target::Text;
        assert_eq!([line.contains("find"), line.contains("break")], [text; 2], "{line}");
        assert_eq!(line.contains("write"), one_writes, "{line}");
        assert!(leader.say(Hint::NoSuchKey, target).contains("Ctrl twice, then: 1-9"));
    }
    let leader = Leader::default();
    assert!(leader.say(Hint::Holding(Modifiers { control: true, ..ALT }), Target::Text).starts_with("Ctrl-Alt-…"));
}

#[test]
fn what_is_no_leader_is_refused() {
    for text in ["", "Ctrl", "Ctrl Alt", "Ctrl Ctrl Ctrl", "F1 F1", "nothing", "Control_L"] {
        assert!(LeaderKey::parse(text).is_err(), "{text}");
    }
    for (text, called) in [(DEFAULT, "Ctrl twice"), ("alt ALT", "Alt twice"), ("ctrl-]", "Ctrl-]"), ("`", "`")] {
        assert_eq!(LeaderKey::parse(text).expect(text).to_string(), called);
    }
}
