//! Tests of `pressed.rs`.

use super::*;

fn press(keysym: Keysym) -> KeyEvent {
    KeyEvent { keysym, keycode: None, down: true, repeat: false }
}

fn release(keysym: Keysym) -> KeyEvent {
    KeyEvent { keysym, keycode: None, down: false, repeat: false }
}

fn repeat(keysym: Keysym) -> KeyEvent {
    KeyEvent { repeat: true, ..press(keysym) }
}

fn with_code(event: KeyEvent, keycode: u32) -> KeyEvent {
    KeyEvent { keycode: Some(keycode), ..event }
}

fn sym(ch: char) -> Keysym {
    Keysym::from_char(ch).expect("a printable character")
}

fn holding(keysyms: &[Keysym]) -> Pressed {
    let mut pressed = Pressed::default();
    for &keysym in keysyms {
        assert_eq!(pressed.update(press(keysym)), [press(keysym)]);
    }
    pressed
}

#[test]
fn presses_repeats_and_releases_pass() {
    let mut pressed = holding(&[sym('a')]);
    assert_eq!(pressed.update(press(sym('a'))), [repeat(sym('a'))]);
    assert_eq!(pressed.len(), 1);
    assert_eq!(pressed.update(release(sym('a'))), [release(sym('a'))]);
    assert!(pressed.is_empty());
}

#[test]
fn a_release_without_a_press_is_ignored() {
    let mut pressed = holding(&[Keysym::CONTROL_L]);
    assert_eq!(pressed.update(release(Keysym::F1)), []);
    assert_eq!(pressed.update(release(sym('a'))), []);
    assert_eq!(pressed.update(with_code(release(Keysym::NONE), 30)), []);
    assert_eq!(pressed.len(), 1);
}

#[test]
fn a_release_is_named_as_its_press_was() {
    // Shift went up first: xtightvncviewer lets go of `a`, of `1`, of Tab. Alt with Shift is Meta.
    let pairs = [
        (sym('A'), sym('a')),
        (sym('Я'), sym('я')),
        (sym('É'), sym('é')),
        (sym('!'), sym('1')),
        (Keysym::ISO_LEFT_TAB, Keysym::TAB),
        (Keysym::ALT_L, Keysym::META_L),
        (Keysym::META_R, Keysym::ALT_R),
        (Keysym(Keysym::KP_0.0 + 7), Keysym::KP_HOME),
        (Keysym::KP_DELETE, Keysym::KP_DECIMAL),
        (Keysym::PAUSE, Keysym::BREAK),
        (Keysym::SWITCH_VT_1, Keysym::F1),
    ];
    for (down, up) in pairs {
        let mut pressed = holding(&[down]);
        assert_eq!(pressed.update(release(up)), [release(down)]);
        assert!(pressed.is_empty());
    }
}

#[test]
fn of_several_keys_the_right_one_is_released() {
    let mut pressed = holding(&[sym('b'), sym('A'), sym('a')]);
    assert_eq!(pressed.update(release(sym('a'))), [release(sym('a'))], "its own keysym before another of the key");
    assert_eq!(pressed.update(release(sym('a'))), [release(sym('A'))]);
    let mut pressed = holding(&[sym('!'), sym('b')]);
    assert_eq!(pressed.update(release(sym('1'))), [], "which of the two it was cannot be told");
}

#[test]
fn keycodes_tell_keys_apart() {
    let mut pressed = Pressed::default();
    pressed.update(with_code(press(sym('A')), 0x1e));
    pressed.update(with_code(press(sym('a')), 0x33));
    let up = pressed.update(with_code(release(sym('a')), 0x1e));
    assert_eq!(up, [with_code(release(sym('A')), 0x1e)]);
    assert_eq!(pressed.len(), 1);
    assert_eq!(pressed.update(release(sym('a'))), [with_code(release(sym('a')), 0x33)], "a release without a code");
}

#[test]
fn keycode_0_is_unknown() {
    let mut pressed = Pressed::default();
    pressed.update(with_code(press(sym('é')), 0));
    pressed.update(with_code(press(sym('€')), 0));
    assert_eq!(pressed.len(), 2);
    assert_eq!(pressed.update(with_code(release(sym('é')), 0)), [release(sym('é'))]);
}

#[test]
fn a_key_that_changes_its_keysym_is_let_go_first() {
    let mut pressed = Pressed::default();
    pressed.update(with_code(press(sym('a')), 0x1e));
    let told = pressed.update(with_code(press(sym('A')), 0x1e));
    assert_eq!(told, [with_code(release(sym('a')), 0x1e), with_code(press(sym('A')), 0x1e)]);
    assert_eq!(pressed.len(), 1);
}

#[test]
fn a_repeat_without_its_keycode_is_the_same_key() {
    let mut pressed = Pressed::default();
    pressed.update(with_code(press(sym('a')), 0x1e));
    assert_eq!(pressed.update(press(sym('a'))), [with_code(repeat(sym('a')), 0x1e)]);
    assert_eq!(pressed.release_all(), [with_code(release(sym('a')), 0x1e)]);
}

#[test]
fn leaving_releases_everything_once_with_modifiers_last() {
    let mut pressed = holding(&[Keysym::CONTROL_L, sym('x'), Keysym::SHIFT_R, sym('Y')]);
    let owed = [sym('Y'), sym('x'), Keysym::SHIFT_R, Keysym::CONTROL_L].map(release);
    assert_eq!(pressed.release_all(), owed);
    assert_eq!(pressed.release_all(), []);
    assert!(pressed.modifiers().control, "Control is still down, for the next chord");
    assert_eq!(pressed.update(release(Keysym::CONTROL_L)), [], "but nobody is told when it goes up");
    assert!(!pressed.modifiers().control);
}

#[test]
fn what_is_held_back_never_shows() {
    let mut pressed = Pressed::default();
    pressed.hold_back(press(Keysym::F1));
    assert_eq!(pressed.update(press(Keysym::F1)), [], "a repeat");
    assert_eq!(pressed.release_all(), []);
    assert_eq!(pressed.update(release(Keysym::F1)), []);
    assert_eq!(pressed.update(press(Keysym::F1)), [press(Keysym::F1)]);
}

#[test]
fn the_set_is_bounded_and_the_newest_key_counts() {
    let mut pressed = holding(&[Keysym::CONTROL_L]);
    for n in 1..MAX_PRESSED as u32 {
        pressed.update(press(Keysym(0x100_4e00 + n)));
    }
    assert_eq!(pressed.len(), MAX_PRESSED);
    let told = pressed.update(press(sym('z')));
    assert_eq!(told, [release(Keysym(0x100_4e01)), press(sym('z'))], "the oldest goes, but not Control");
    assert_eq!(pressed.len(), MAX_PRESSED);
    pressed.hold_back(press(Keysym::F1));
    assert_eq!(pressed.len(), MAX_PRESSED);
    assert!(pressed.modifiers().control);
    assert_eq!(pressed.release_all().len(), MAX_PRESSED, "nothing that is owed was forgotten for it");
}

#[test]
fn modifiers_of_either_side() {
    let held = |keysym| holding(&[keysym]).modifiers();
    let none = Modifiers { num_lock: true, ..Modifiers::NONE };
    for (left, right, want) in [
        (Keysym::SHIFT_L, Keysym::SHIFT_R, Modifiers { shift: true, ..none }),
        (Keysym::CONTROL_L, Keysym::CONTROL_R, Modifiers { control: true, ..none }),
        (Keysym::ALT_L, Keysym::ALT_R, Modifiers { alt: true, ..none }),
        (Keysym::META_L, Keysym::META_R, Modifiers { meta: true, ..none }),
        (Keysym::SUPER_L, Keysym::SUPER_R, Modifiers { super_key: true, ..none }),
        (Keysym::HYPER_L, Keysym::HYPER_R, Modifiers { hyper: true, ..none }),
        (Keysym::ISO_LEVEL3_SHIFT, Keysym::MODE_SWITCH, Modifiers { level3: true, ..none }),
    ] {
        assert_eq!(held(left), want);
        assert_eq!(held(right), want);
        let mut both = holding(&[left, right]);
        both.update(release(left));
        assert_eq!(both.modifiers(), want, "the other one is still down");
    }
}

#[test]
fn control_and_alt_are_altgr_where_they_made_the_character() {
    let windows = [Keysym::CONTROL_L, Keysym::ALT_R];
    let by_hand = [Keysym::CONTROL_L, Keysym::ALT_L];
    let typed = |held: &[Keysym], ch: char| {
        let modifiers = holding(held).modifiers_for(sym(ch));
        assert_eq!(modifiers.control, !modifiers.level3);
        assert_eq!(modifiers.alt, !modifiers.level3);
        modifiers.level3
    };
    for ch in "€łµ".chars() {
        assert!(typed(&windows, ch) && typed(&by_hand, ch), "{ch}");
    }
    for ch in "@{}|~".chars() {
        assert!(typed(&windows, ch) && typed(&by_hand, ch), "{ch}");
        assert!(!typed(&[Keysym::CONTROL_L, Keysym::ALT_L, Keysym::SHIFT_L], ch), "{ch} with Shift is Control-Alt");
    }
    for ch in "[]\\^#".chars() {
        assert!(typed(&windows, ch) && !typed(&by_hand, ch), "{ch}");
    }
    for ch in "aZ5 ".chars() {
        assert!(!typed(&windows, ch) && !typed(&by_hand, ch), "{ch}");
    }
    let control = holding(&[Keysym::CONTROL_L]);
    assert!(control.modifiers_for(sym('@')).control, "Control alone is never AltGr");
    assert!(holding(&windows).modifiers_for(Keysym::F1).control);
    assert!(holding(&windows).modifiers_for(Keysym::KP_MULTIPLY).control, "the keypad has no AltGr characters");
}

#[test]
fn num_lock_is_learnt() {
    let mut pressed = Pressed::default();
    let num_lock = |pressed: &mut Pressed, keysym: Keysym| {
        pressed.update(press(keysym));
        pressed.update(release(keysym));
        pressed.modifiers().num_lock
    };
    assert!(pressed.modifiers().num_lock);
    assert!(!num_lock(&mut pressed, Keysym::NUM_LOCK));
    assert!(num_lock(&mut pressed, Keysym::NUM_LOCK));
    assert!(!num_lock(&mut pressed, Keysym::KP_END));
    assert!(num_lock(&mut pressed, Keysym(Keysym::KP_0.0 + 4)), "a digit, so it is on");
    assert!(!num_lock(&mut pressed, Keysym::KP_LEFT), "a motion, so it is off");
    pressed.update(press(Keysym::SHIFT_L));
    assert!(!num_lock(&mut pressed, Keysym::KP_0), "Shift turns it round");
    assert!(num_lock(&mut pressed, Keysym::KP_INSERT));
    pressed.update(press(Keysym::NUM_LOCK));
    pressed.update(press(Keysym::NUM_LOCK));
    assert!(!pressed.modifiers().num_lock, "a repeat is no second press");
}

#[test]
fn caps_lock_is_learnt() {
    let mut pressed = Pressed::default();
    let caps_lock = |pressed: &mut Pressed, keysym: Keysym| {
        pressed.update(press(keysym));
        pressed.update(release(keysym));
        pressed.modifiers().caps_lock
    };
    assert!(caps_lock(&mut pressed, Keysym::CAPS_LOCK));
    assert!(!caps_lock(&mut pressed, sym('a')), "a small letter: it is off");
    assert!(caps_lock(&mut pressed, sym('Ä')), "a capital without Shift: it is on");
    assert!(caps_lock(&mut pressed, sym('1')) && caps_lock(&mut pressed, Keysym::F1), "these tell nothing");
    pressed.update(press(Keysym::CAPS_LOCK));
    pressed.update(press(Keysym::CAPS_LOCK));
    assert!(!pressed.modifiers().caps_lock, "a repeat is no second press");
    pressed.update(press(Keysym::SHIFT_L));
    assert!(!caps_lock(&mut pressed, sym('B')) && caps_lock(&mut pressed, sym('b')), "Shift turns it round");
    pressed.update(press(Keysym::CONTROL_L));
    assert!(caps_lock(&mut pressed, sym('C')), "with Control letters may be either");
}

#[test]
fn num_lock_is_told_once_a_key_has_shown_it() {
    let mut pressed = Pressed::default();
    let told = |pressed: &mut Pressed, keysym: Keysym| {
        pressed.update(press(keysym));
        pressed.update(release(keysym));
        pressed.modifiers().num_lock_told
    };
    assert!(!pressed.modifiers().num_lock_told && pressed.modifiers().num_lock);
    assert!(!told(&mut pressed, Keysym::NUM_LOCK) && !told(&mut pressed, Keysym::NUM_LOCK), "from either state");
    assert!(told(&mut pressed, Keysym::KP_0));
    assert!(!told(&mut pressed, Keysym::NUM_LOCK) && told(&mut pressed, Keysym::NUM_LOCK));
}

#[test]
fn a_press_without_a_release_is_a_repeat() {
    let mut pressed = Pressed::default();
    assert_eq!(pressed.update(press(sym('a'))), [press(sym('a'))]);
    assert_eq!(pressed.update(press(sym('a'))), [repeat(sym('a'))]);
    pressed.update(release(sym('a')));
    assert_eq!(pressed.update(press(sym('a'))), [press(sym('a'))]);
}

#[test]
fn the_locks_are_as_the_keys_show_them() {
    let mut pressed = Pressed::default();
    assert_eq!(pressed.locks(), Locks { num: true, caps: false, scroll: false });
    for keysym in [Keysym::SCROLL_LOCK, Keysym::CAPS_LOCK, Keysym::KP_END] {
        pressed.update(press(keysym));
        pressed.update(press(keysym));
        pressed.update(release(keysym));
    }
    assert_eq!(pressed.locks(), Locks { num: false, caps: true, scroll: true });
    pressed.update(press(Keysym::SCROLL_LOCK));
    assert!(!pressed.locks().scroll);
}
