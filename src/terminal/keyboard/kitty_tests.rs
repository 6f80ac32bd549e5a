//! Tests of `kitty.rs` against a table made by hand from the protocol's specification.

use std::time::Instant;

use super::super::tests::{read_cell, sent_by};
use super::*;
use crate::geometry::GridSize;
use crate::terminal::{Options, Terminal};

const TABLE: &str = include_str!("../../../tests/keys/kitty.txt");

/// The key event that a line of the table tells of, and the modifiers held.
fn read_event(stroke: &str) -> (KeyEvent, Modifiers) {
    let (event, rest) = stroke.split_at(1);
    let (rest, keycode) = match rest.split_once("/0x") {
        Some((rest, hex)) => (rest, Some(u32::from_str_radix(hex, 16).expect("a scancode"))),
        None => (rest, None),
    };
    let mut held = Modifiers::NONE;
    let mut name = rest;
    while let Some((modifier, rest)) = name.split_once('-') {
        *match modifier {
            "S" => &mut held.shift,
            "A" => &mut held.alt,
            "C" => &mut held.control,
            "W" => &mut held.super_key,
            "H" => &mut held.hyper,
            "M" => &mut held.meta,
            "G" => &mut held.level3,
            "L" => &mut held.caps_lock,
            "N" => &mut held.num_lock_told,
            other => panic!("no modifier: {other}"),
        } = true;
        name = rest;
    }
    let keysym = Keysym::from_name(name).expect(name);
    (KeyEvent { keysym, keycode, down: event != "-", repeat: event == "*" }, held)
}

#[test]
fn keys_are_told_as_the_specification_says() {
    let (mut flags, mut compared) = (0, 0);
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(rest) = line.strip_prefix("flags ") {
            flags = rest.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number");
            continue;
        }
        let (stroke, bytes) = line.split_once(' ').expect("an event and its bytes");
        let (event, held) = read_event(stroke);
        let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
        terminal.feed(format!("\x1b[={flags}u").as_bytes());
        terminal.key(&event, held);
        let (ours, theirs) = (terminal.take_input(), read_cell(bytes.trim()));
        assert_eq!(ours.escape_ascii().to_string(), theirs.escape_ascii().to_string(), "{stroke}, flags {flags}");
        compared += 1;
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn without_flags_all_is_as_ever() {
    let (press, held) = read_event("+S-C-Return");
    assert_eq!(tell(&press, held, KittyFlags::default()), Told::Legacy);
    assert_eq!(tell(&KeyEvent { down: false, ..press }, held, KittyFlags::default()), Told::Nothing);
}

#[test]
fn either_screen_has_its_own_flags_and_other_wishes_wait() {
    let (escape, held) = read_event("+Escape");
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
    let mut typed = |output: &str| sent_by(&mut terminal, output, &escape, held);
    assert_eq!(typed(""), "\\x1b");
    assert_eq!(typed("\x1b[>1u\x1b[?u"), "\\x1b[?1u\\x1b[27u");
    assert_eq!(typed("\x1b[?1049h\x1b[?u"), "\\x1b[?0u\\x1b", "the alternate screen");
    assert_eq!(typed("\x1b[>8u\x1b[>0u\x1b[?u"), "\\x1b[?0u\\x1b");
    assert_eq!(typed("\x1b[<u\x1b[?u"), "\\x1b[?8u\\x1b[27u");
    assert_eq!(typed("\x1b[?1049l\x1b[?u"), "\\x1b[?1u\\x1b[27u", "and the primary one as it was");
    assert_eq!(typed("\x1b[?2l"), "\\x1b", "a VT52 knows nothing of it");
    assert_eq!(typed("\x1b<\x1b[>4;3m"), "\\x1b[27u", "modifyOtherKeys waits");
    assert_eq!(typed("\x1b[<9u"), "\\x1b[27;1;27~");
    assert_eq!(typed("\x1b[=1u\x1b[!p\x1b[?u"), "\\x1b[?0u\\x1b", "DECSTR");
    assert_eq!(typed("\x1b[=31;2u\x1bc\x1b[?u"), "\\x1b[?0u\\x1b", "RIS");
    assert_eq!(typed("\x1b[=1u\x1b[2h"), "", "KAM");
}

#[test]
fn a_release_reaches_the_guest_through_a_viewers_keyboard() {
    use crate::input::chord::Target;
    use crate::input::keyboard::{Keyboard, Outcome};
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
    terminal.feed(b"\x1b[=11u");
    let mut keyboard = Keyboard::default();
    for stroke in ["+Shift_L", "+A", "+A", "-a", "-Shift_L"] {
        let (event, _) = read_event(stroke);
        if let Outcome::Keys(events, held) = keyboard.event(event, Target::Text, Instant::now(), |_| false) {
            events.iter().for_each(|event| terminal.key(event, held));
        }
    }
    let sent = terminal.take_input().escape_ascii().to_string();
    assert_eq!(sent, "\\x1b[57441;2u\\x1b[97;2u\\x1b[97;2:2u\\x1b[97;2:3u\\x1b[57441;1:3u");
}

#[test]
fn the_us_keyboard_is_where_it_is() {
    for (scancode, keys) in [
        (0x02, '1'),
        (0x0d, '='),
        (0x10, 'q'),
        (0x1b, ']'),
        (0x1e, 'a'),
        (0x28, '\''),
        (0x29, '`'),
        (0x2b, '\\'),
        (0x35, '/'),
    ] {
        assert_eq!(us_key(scancode).map(|(key, _)| key), Some(keys), "{scancode:#x}");
    }
    for scancode in [0, 1, 0x0e, 0x0f, 0x1c, 0x1d, 0x2a, 0x36, 0x3b, u32::MAX] {
        assert_eq!(us_key(scancode), None, "{scancode:#x}");
    }
}
