//! Tests of `keyboard.rs`, against what xterm was recorded to send.

use super::*;
use crate::geometry::GridSize;
use crate::terminal::Options;

const RECORDED: &str = include_str!("../../tests/keys/xterm.txt");

const PLAIN: Modifiers = Modifiers {
    shift: false,
    alt: false,
    control: false,
    meta: false,
    super_key: false,
    level3: false,
    num_lock: false,
};
const NORMAL: KeyModes = KeyModes {
    app_cursor: false,
    app_keypad: false,
    backspace_bs: false,
    newline: false,
    vt52: false,
    alt_sends_escape: true,
    modify_other_keys: 0,
    charset: Encoding::Utf8,
};

fn sent(keysym: Keysym, held: Modifiers, modes: KeyModes) -> Vec<u8> {
    match encode_key(keysym, held, modes) {
        KeyOutput::Bytes(bytes) => bytes.to_vec(),
        KeyOutput::Nothing | KeyOutput::Break => Vec::new(),
    }
}

/// The bytes that a cell of the table shows.
fn read_cell(cell: &str) -> Vec<u8> {
    let mut text = String::new();
    let mut chars = cell.chars();
    while let Some(ch) = chars.next() {
        text.extend(match ch {
            '-' => None,
            '^' => chars.next().map(|ch| char::from(ch as u8 ^ 0x40)),
            '\\' => chars.next().map(|ch| if ch == 's' { ' ' } else { ch }),
            _ => Some(ch),
        });
    }
    text.into_bytes()
}

#[test]
fn keys_send_what_xterm_sends() {
    let (mut modes, mut num_lock, mut compared) = (NORMAL, false, 0);
    for line in RECORDED.lines().skip_while(|line| !line.starts_with("mode ")).filter(|line| !line.is_empty()) {
        if let Some(names) = line.strip_prefix("mode ") {
            let has = |name| names.split(' ').any(|word| word == name);
            num_lock = has("num_lock");
            modes = KeyModes {
                app_cursor: has("app_cursor"),
                app_keypad: has("app_keypad"),
                backspace_bs: has("backarrow"),
                newline: has("newline"),
                vt52: has("vt52"),
                modify_other_keys: u8::from(has("other_keys_1")) + 2 * u8::from(has("other_keys_2")),
                ..NORMAL
            };
            continue;
        }
        let mut words = line.split_whitespace();
        let name = words.next().expect("a key's name");
        let keysym = Keysym::from_name(name).expect(name);
        for (n, cell) in words.enumerate() {
            let held = Modifiers { shift: n & 1 != 0, alt: n & 2 != 0, control: n & 4 != 0, num_lock, ..PLAIN };
            if modes.modify_other_keys != 0 && keysym.char() > Some('\u{ff}') && cell == "-" {
                continue; // see `encode_other_key`
            }
            let (ours, xterms) = (sent(keysym, held, modes), read_cell(cell));
            assert_eq!(
                ours.escape_ascii().to_string(),
                xterms.escape_ascii().to_string(),
                "{name}, {held:?}, {modes:?}"
            );
            compared += 1;
        }
    }
    assert!(compared > 5000, "{compared}");
}

#[test]
fn break_is_not_typed() {
    let control = Modifiers { control: true, ..PLAIN };
    assert_eq!(encode_key(Keysym::BREAK, PLAIN, NORMAL), KeyOutput::Break);
    assert_eq!(encode_key(Keysym::PAUSE, control, NORMAL), KeyOutput::Break);
    assert_eq!(encode_key(Keysym::CANCEL, control, NORMAL), KeyOutput::Break);
    assert_eq!(encode_key(Keysym::PAUSE, PLAIN, NORMAL), KeyOutput::Nothing);
}

#[test]
fn keys_that_type_nothing() {
    let all = Modifiers { shift: true, alt: true, control: true, ..PLAIN };
    for keysym in [0, 0xfe03, 0xfe51, 0xff20, 0xff61, 0xff7e, 0xff7f, 0xffe1, 0xffe9, 0xffee, 0x1008_ff12, 0xff_ffff] {
        assert_eq!(encode_key(Keysym(keysym), PLAIN, NORMAL), KeyOutput::Nothing, "{keysym:#x}");
        assert_eq!(encode_key(Keysym(keysym), all, NORMAL), KeyOutput::Nothing, "{keysym:#x}");
    }
}

#[test]
fn altgr_and_super_change_nothing() {
    let held = Modifiers { level3: true, super_key: true, num_lock: true, ..PLAIN };
    for keysym in [Keysym(0x40), Keysym(0x20ac), Keysym::UP, Keysym::F1, Keysym::RETURN] {
        assert_eq!(encode_key(keysym, held, NORMAL), encode_key(keysym, PLAIN, NORMAL));
    }
}

#[test]
fn meta_is_alt() {
    let (meta, alt) = (Modifiers { meta: true, ..PLAIN }, Modifiers { alt: true, ..PLAIN });
    for keysym in [Keysym(0x61), Keysym::UP, Keysym::BACKSPACE] {
        assert_eq!(encode_key(keysym, meta, NORMAL), encode_key(keysym, alt, NORMAL));
        assert_eq!(sent(keysym, Modifiers { meta: true, ..alt }, NORMAL), sent(keysym, alt, NORMAL));
    }
    let no_escape = KeyModes { alt_sends_escape: false, ..NORMAL };
    assert_eq!(sent(Keysym(0x61), alt, no_escape), b"a");
    assert_eq!(sent(Keysym::UP, alt, no_escape), b"\x1b[1;3A", "the parameter stays");
}

#[test]
fn every_layout_types_its_characters() {
    for (keysym, text) in
        [(0x6d1, "я"), (0x7e1, "α"), (0x1a3, "Ł"), (0x100_044f, "я"), (0x101_f600, "😀"), (0x20ac, "€")]
    {
        assert_eq!(sent(Keysym(keysym), PLAIN, NORMAL), text.as_bytes());
    }
    let control = Modifiers { control: true, ..PLAIN };
    assert_eq!(sent(Keysym(0x6d1), control, NORMAL), "я".as_bytes());
}

#[test]
fn a_latin1_guest_gets_its_bytes() {
    let latin1 = KeyModes { charset: Encoding::Latin1, ..NORMAL };
    assert_eq!(sent(Keysym(0xe9), PLAIN, latin1), b"\xe9");
    assert_eq!(sent(Keysym(0xe9), Modifiers { alt: true, ..PLAIN }, latin1), b"\x1b\xe9");
    assert_eq!(encode_key(Keysym(0x20ac), PLAIN, latin1), KeyOutput::Nothing);
}

#[test]
fn a_cp437_guest_gets_its_bytes() {
    let cp437 = KeyModes { charset: Encoding::Cp437, ..NORMAL };
    assert_eq!(sent(Keysym(0xe9), PLAIN, cp437), b"\x82");
    assert_eq!(sent(Keysym(0x61), PLAIN, cp437), b"a");
    assert_eq!(encode_key(Keysym(0x20ac), PLAIN, cp437), KeyOutput::Nothing);
}

#[test]
fn a_terminal_types_in_the_modes_it_is_in() {
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
    let mut typed = |output: &[u8], keysym, held| {
        terminal.feed(output);
        terminal.key(&KeyEvent { keysym, keycode: None, down: true }, held);
        terminal.key(&KeyEvent { keysym, keycode: None, down: false }, held);
        terminal.take_input().escape_ascii().to_string()
    };
    assert_eq!(typed(b"", Keysym::UP, PLAIN), "\\x1b[A");
    assert_eq!(typed(b"\x1b[?1h", Keysym::UP, PLAIN), "\\x1bOA");
    assert_eq!(typed(b"\x1b=", Keysym::KP_0, PLAIN), "\\x1bOp");
    assert_eq!(typed(b"\x1b>", Keysym::KP_0, PLAIN), "0");
    assert_eq!(typed(b"\x1b[?67h", Keysym::BACKSPACE, PLAIN), "\\x08");
    assert_eq!(typed(b"\x1b[20h", Keysym::RETURN, PLAIN), "\\r\\n");
    let alt = Modifiers { alt: true, ..PLAIN };
    assert_eq!(typed(b"", Keysym(0x61), alt), "\\x1ba");
    assert_eq!(typed(b"\x1b[?1039l", Keysym(0x61), alt), "a");
    let control = Modifiers { control: true, ..PLAIN };
    assert_eq!(typed(b"\x1b[>4;1m", Keysym::RETURN, control), "\\x1b[27;5;13~");
    assert_eq!(typed(b"\x1b[?2l", Keysym::UP, PLAIN), "\\x1bA");
    assert_eq!(typed(b"\x1b<\x1b[2h", Keysym::UP, PLAIN), "", "KAM");
    assert_eq!(typed(b"\x1bc", Keysym::UP, PLAIN), "\\x1b[A");
    assert_eq!(typed(b"\x1b%@", Keysym(0xe9), PLAIN), "\\xe9");
}

#[test]
fn makers_keys_work() {
    assert_eq!(sent(Keysym(0x1004_ff52), PLAIN, NORMAL), b"\x1b[A", "osfUp");
    let control_alt = Modifiers { control: true, alt: true, ..PLAIN };
    assert_eq!(sent(Keysym(0x1008_fe05), control_alt, NORMAL), b"\x1b[15;7~", "XF86Switch_VT_5 where there is no VT 5");
}

#[test]
fn no_key_is_longer_than_its_room() {
    let all = Modifiers { shift: true, alt: true, control: true, ..PLAIN };
    let other_keys = KeyModes { modify_other_keys: 2, ..NORMAL };
    assert_eq!(sent(Keysym(0x110_fffd), all, other_keys), b"\x1b[27;8;1114109~");
    let longest = (0xff00..=0xffff).map(|keysym| sent(Keysym(keysym), all, NORMAL).len()).max();
    assert!(longest.is_some_and(|longest| longest < KeyBytes::MAX), "{longest:?}");
    assert_eq!(format!("{:?}", encode_key(Keysym::UP, PLAIN, NORMAL)), "Bytes(KeyBytes(3))", "a length, not the key");
}
