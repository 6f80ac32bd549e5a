//! Tests of `keysym.rs`.

use super::*;

fn increasing<T: PartialOrd>(mut items: impl Iterator<Item = T>) -> bool {
    let mut last = items.next();
    items.all(|item| {
        let grows = last.as_ref().is_some_and(|last| *last < item);
        last = Some(item);
        grows
    })
}

#[test]
fn tables_are_sorted_without_duplicates() {
    assert!(increasing(CHARS.iter().map(|entry| entry.0)));
    assert!(increasing(KEYSYMS.iter().map(|entry| entry.0)));
    assert!(names().map(|entry| entry.0.0).is_sorted());
    let mut by_name: Vec<&str> = names().map(|entry| entry.1).collect();
    let entries = NAMES.split_ascii_whitespace().count();
    assert_eq!(by_name.len(), entries, "an entry that cannot be read");
    by_name.sort_unstable();
    assert!(increasing(by_name.into_iter()));
    assert!(entries > 2400, "{entries}");
}

#[test]
fn one_of_every_range_both_ways() {
    let both = [
        (0x41, 'A'), // Latin-1
        (0xe9, 'é'),
        (0x1a3, 'Ł'),  // Latin-2
        (0x2fe, 'ŝ'),  // Latin-3
        (0x3a2, 'ĸ'),  // Latin-4
        (0x4b1, 'ア'), // Katakana
        (0x5c8, 'ب'),  // Arabic
        (0x6d1, 'я'),  // Cyrillic
        (0x6ad, 'ґ'),
        (0x7f9, 'ω'), // Greek
        (0x8a4, '⌠'), // technical
        (0x8fb, '←'),
        (0x9e2, '␉'), // special
        (0x9f1, '─'),
        (0xaa9, '—'),      // publishing
        (0xbca, '∘'),      // APL
        (0xce0, 'א'),      // Hebrew
        (0xda1, 'ก'),      // Thai
        (0xea1, 'ㄱ'),     // Korean
        (0x13bc, 'Œ'),     // Latin-9
        (0x20ac, '€'),     // currency
        (0x100_0174, 'Ŵ'), // Latin-8 as Unicode
        (0x100_0531, 'Ա'), // Armenian
        (0x100_10d0, 'ა'), // Georgian
        (0x100_018f, 'Ə'), // Azeri
        (0x100_1ea5, 'ấ'), // Vietnamese
        (0x100_2205, '∅'), // maths
        (0x100_28ff, '⣿'), // braille
        (0x101_f600, '😀'),
    ];
    for (keysym, ch) in both {
        assert_eq!(Keysym(keysym).char(), Some(ch), "{keysym:#x}");
        assert_eq!(Keysym::from_char(ch).map(|k| k.0), Some(keysym), "{ch}");
    }
}

#[test]
fn older_numbers_are_read_though_never_written() {
    let read = [
        (0xba3, '<'),  // APL leftcaret
        (0x8a3, '─'),  // horizconnector
        (0xeff, '₩'),  // Korean_Won
        (0x12a1, 'Ḃ'), // Latin-8
        (0x14b2, 'Ա'), // Armenian
        (0x14fd, 'ֆ'),
        (0x15d0, 'ა'), // Georgian
        (0x16c6, 'Ə'), // Caucasus
        (0x1ea5, 'ấ'), // Vietnamese
        (0x20a8, '₨'),
        (0x100_044f, 'я'), // what has an older number, as Unicode
        (0x100_0041, 'A'),
    ];
    for (keysym, ch) in read {
        assert_eq!(Keysym(keysym).char(), Some(ch), "{keysym:#x}");
        assert_ne!(Keysym::from_char(ch).map(|k| k.0), Some(keysym), "{ch}");
    }
}

#[test]
fn every_character_comes_back() {
    for ch in ('\u{20}'..=char::MAX).filter(|ch| !ch.is_control()) {
        assert_eq!(Keysym::from_char(ch).and_then(Keysym::char), Some(ch), "{ch:?}");
    }
}

#[test]
fn the_keypad_types_its_signs() {
    let typed: String = (Keysym::KP_MULTIPLY.0..=Keysym::KP_9.0).filter_map(|value| Keysym(value).char()).collect();
    assert_eq!(typed, "*+,-./0123456789");
    assert_eq!(Keysym::KP_EQUAL.char(), Some('='));
    assert_eq!(Keysym::KP_SPACE.char(), Some(' '));
    assert_eq!(Keysym::KP_ENTER.char(), None);
}

#[test]
fn what_types_nothing() {
    for keysym in
        [0, 0x1f, 0x7f, 0x9f, 0xfe51, 0xff0d, 0xffe1, 0xffff, 0xff_ffff, 0x100_0000, 0x100_000d, 0x100_0085, 0x100_d800]
    {
        assert_eq!(Keysym(keysym).char(), None, "{keysym:#x}");
    }
    for keysym in [0x110_ffff + 1, 0x1008_ff12, u32::MAX] {
        assert_eq!(Keysym(keysym).char(), None, "{keysym:#x}");
    }
}

#[test]
fn control_characters_are_keys() {
    assert_eq!(Keysym::from_char('\n'), Some(Keysym::RETURN));
    assert_eq!(Keysym::from_char('\u{1b}'), Some(Keysym::ESCAPE));
    assert_eq!(Keysym::from_char('\u{1}'), None);
    assert_eq!(Keysym::from_char('\u{9b}'), None);
}

#[test]
fn names_both_ways() {
    for (keysym, name) in [
        (0xff0d, "Return"),
        (0xff55, "Prior"),
        (0x6d1, "Cyrillic_ya"),
        (0x20ac, "EuroSign"),
        (0x1008_ff12, "XF86AudioMute"),
        (0x1008_fe01, "XF86Switch_VT_1"),
        (0xffbe, "F1"),
        (0x61, "a"),
        (0xfe51, "dead_acute"),
    ] {
        assert_eq!(Keysym(keysym).name(), Some(name));
        assert_eq!(Keysym::from_name(name).map(|k| k.0), Some(keysym), "{name}");
    }
    assert_eq!(Keysym::from_name("Page_Up"), Some(Keysym::PAGE_UP), "a second name");
    assert_eq!(Keysym::from_name("U20AC").map(|k| k.0), Some(0x20ac));
    assert_eq!(Keysym::from_name("U1F600").map(|k| k.0), Some(0x101_f600));
    assert_eq!(Keysym::from_name("é").map(|k| k.0), Some(0xe9));
    for wrong in ["", "Nonesuch", "U+20AC", "U12", "UD800", "U+0041", "U110000", "\n"] {
        assert_eq!(Keysym::from_name(wrong), None, "{wrong:?}");
    }
    assert_eq!(Keysym(0x100_044e).name(), None);
}

#[test]
fn makers_keys_are_the_usual_ones() {
    assert_eq!(Keysym(0x1008_fe0c).usual(), Keysym::F12);
    assert_eq!(Keysym(0x1004_ff52).usual(), Keysym::UP);
    assert_eq!(Keysym(0x61).usual(), Keysym(0x61));
}
