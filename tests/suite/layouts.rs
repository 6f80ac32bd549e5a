//! Keyboards of several countries as viewers send them, through to what a text console types: the character that is on
//! the key, whatever the layout, and no modifier that only chose it.

use std::time::Instant;

use vncterm::geometry::GridSize;
use vncterm::input::chord::Target;
use vncterm::input::keyboard::{Keyboard, Outcome};
use vncterm::input::{KeyEvent, Keysym};
use vncterm::terminal::{Options, Terminal};

/// The layout and the viewer, what it sends (`+` down, `-` up; names of X11, or numbers), and what the guest gets.
const ROWS: &[(&str, &str, &str)] = &[
    ("us", "+a -a", "a"),
    ("us", "+Shift_L +A -A -Shift_L", "A"),
    ("us, the tight family: Shift goes up first", "+Shift_L +A -Shift_L -a +b -b", "Ab"),
    ("us", "+Shift_L +at -at -Shift_L +2 -2", "@2"),
    ("us, Caps Lock", "+Caps_Lock -Caps_Lock +A -A +Caps_Lock -Caps_Lock +a -a", "Aa"),
    ("de", "+z -z +y -y +ssharp -ssharp +udiaeresis -udiaeresis", "zyßü"),
    (
        "de, AltGr of X11",
        "+ISO_Level3_Shift +at -at +braceleft -braceleft +EuroSign -EuroSign -ISO_Level3_Shift",
        "@{€",
    ),
    ("de, AltGr of Windows", "+Control_L +Alt_R +at -at +backslash -backslash -Alt_R -Control_L", "@\\"),
    ("de, AltGr of Windows", "+Control_L +Alt_R +bracketright -bracketright -Control_L -Alt_R", "]"),
    ("de, Control and Alt for AltGr, as Windows takes them", "+Control_L +Alt_L +bar -bar -Alt_L -Control_L", "|"),
    ("de, AltGr that goes up before its key", "+ISO_Level3_Shift +at -ISO_Level3_Shift -q +q -q", "@q"),
    ("fr, digits with Shift", "+ampersand -ampersand +Shift_L +1 -1 -Shift_L +eacute -eacute", "&1é"),
    ("fr, AltGr", "+ISO_Level3_Shift +numbersign -numbersign +at -at -ISO_Level3_Shift", "#@"),
    ("fr, a dead key", "+dead_circumflex -dead_circumflex +e -e +e -e", "êe"),
    ("fr, a dead key for a capital", "+Shift_L +dead_diaeresis -dead_diaeresis +I -I -Shift_L", "Ï"),
    ("es, a dead key in TigerVNC", "+dead_acute -dead_acute +o -o +ntilde -ntilde", "óñ"),
    ("dvorak", "+apostrophe -apostrophe +comma -comma +aring -aring", "',å"),
    ("jp", "+yen -yen +backslash -backslash +Shift_L +underscore -underscore -Shift_L", "¥\\_"),
    ("ru, noVNC", "+0x6d1 -0x6d1", "я"),
    ("ru, TigerVNC and gvncviewer", "+0x100044f -0x100044f", "я"),
    ("pl, AltGr", "+ISO_Level3_Shift +lstroke -lstroke -ISO_Level3_Shift +l -l", "łl"),
    ("pl, AltGr of Windows", "+Control_L +Alt_R +eogonek -eogonek -Alt_R -Control_L", "ę"),
    ("gr, the old set", "+Greek_alpha -Greek_alpha", "α"),
    ("us, Compose", "+Multi_key -Multi_key +quotedbl -quotedbl +u -u +u -u", "üu"),
    (
        "us, Compose with Shift",
        "+Multi_key -Multi_key +s -s +s -s +Multi_key -Multi_key +Shift_L +E -E -Shift_L +equal -equal",
        "ß€",
    ),
    ("a Mac's Option", "+Mode_switch +at -at -Mode_switch", "@"),
    ("an emoji", "+0x101f600 -0x101f600", "😀"),
    ("the keypad with Num Lock", "+KP_7 -KP_7 +KP_Decimal -KP_Decimal +KP_Add -KP_Add", "7.+"),
    ("the keypad without", "+KP_Home -KP_Home +KP_Up -KP_Up", "\x1b[H\x1b[A"),
    ("Control is Control", "+Control_L +c -c -Control_L +c -c", "\x03c"),
    ("Alt is Alt", "+Alt_L +x -x -Alt_L", "\x1bx"),
    ("Control and Alt are both", "+Control_L +Alt_L +bracketleft -bracketleft -Alt_L -Control_L", "\x1b\x1b"),
    ("Shift-Tab of X11", "+Shift_L +ISO_Left_Tab -ISO_Left_Tab -Shift_L", "\x1b[Z"),
];

fn keysym(name: &str) -> Keysym {
    match name.strip_prefix("0x") {
        Some(number) => Keysym(u32::from_str_radix(number, 16).expect("a number")),
        None => Keysym::from_name(name).unwrap_or_else(|| panic!("{name} is no keysym")),
    }
}

/// What a guest gets of these keys.
fn typed(strokes: &str) -> String {
    let mut keyboard = Keyboard::default();
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
    for stroke in strokes.split_whitespace() {
        let (down, keysym) = (stroke.starts_with('+'), keysym(&stroke[1..]));
        let event = KeyEvent { keysym, keycode: None, down, repeat: false };
        if let Outcome::Keys(events, held) = keyboard.event(event, Target::Text, Instant::now(), |_| false) {
            events.iter().for_each(|event| terminal.key(event, held));
        }
    }
    assert!(keyboard.leave().is_empty(), "{strokes}: nothing stays down");
    String::from_utf8(terminal.take_input()).expect("UTF-8")
}

#[test]
fn the_character_on_the_key_is_typed_on_every_layout() {
    let wrong: Vec<String> = ROWS
        .iter()
        .map(|(layout, strokes, expected)| (layout, strokes, expected, typed(strokes)))
        .filter(|(.., expected, found)| *expected != found)
        .map(|(layout, strokes, expected, found)| format!("{layout}: {strokes}: {found:?} instead of {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
