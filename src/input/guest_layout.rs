//! Keyboards of guests: which keys type a text, for a guest that is told of keys and not of characters.
//!
//! What a key types is the guest's affair, and nothing tells a server what that is: an operator says it. A text that a
//! keyboard cannot type is refused before any of it is typed.

use std::collections::HashMap;

use super::dead_key_table::DEAD_KEYS;
use super::dead_keys::compose;
use super::{KeyEvent, Keysym};

/// A keyboard: what its keys type, in the order of [`KEYS`]; dead keys as combining characters, a space for nothing.
struct Layout {
    name: &'static str,
    /// By itself, with Shift, with AltGr.
    levels: [&'static str; 3],
}

/// The scancodes of the keys that type characters, in rows from the top left: XT's, as QEMU's Extended Key carries them.
const KEYS: [u32; 48] = [
    0x29, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, // ` 1 to =
    0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x2b, // Q to ], \
    0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, // A to '
    0x56, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, // <, Z to /
];

const TAB: (u32, Keysym) = (0x0f, Keysym(0xff09));
const RETURN: (u32, Keysym) = (0x1c, Keysym(0xff0d));
const SPACE: (u32, Keysym) = (0x39, Keysym(0x20));
const SHIFT: (u32, Keysym) = (0x2a, Keysym::SHIFT_L);
const ALT_GR: (u32, Keysym) = (0xb8, Keysym::ISO_LEVEL3_SHIFT);

/// What systems agree to type when a dead key is followed by a space; of other accents each types what it likes.
const BESIDE_SPACE: [char; 5] = ['`', '^', '~', '"', '\''];

/// The name that stands for any keyboard: keys are told by their characters, whatever they are. X servers take these.
pub const ANY: &str = "any";

/// The keyboard that is taken where nothing is said.
pub const DEFAULT: &str = "us";

/// The names that there are, [`ANY`] first.
pub fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once(ANY).chain(LAYOUTS.iter().map(|layout| layout.name))
}

/// One key that is pressed, and what is held meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stroke {
    /// `None`: it is told by its character alone.
    keycode: Option<u32>,
    keysym: Keysym,
    shift: bool,
    alt_gr: bool,
    /// Its capital is on the same key.
    letter: bool,
}

/// How each character is typed on one keyboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestLayout {
    name: &'static str,
    /// Of most characters one key, of some a dead key before it.
    ways: HashMap<char, (Option<Stroke>, Stroke)>,
}

impl GuestLayout {
    /// The keyboard of that name.
    pub fn find(name: &str) -> Option<Self> {
        if name == ANY {
            return Some(Self { name: ANY, ways: HashMap::new() });
        }
        LAYOUTS.iter().find(|layout| layout.name == name).map(Self::of)
    }

    fn of(layout: &Layout) -> Self {
        let mut ways = HashMap::new();
        let mut dead = Vec::new();
        let [plain, shifted, _] = layout.levels.map(|level| level.chars().collect::<Vec<char>>());
        let is_letter = |at: usize| {
            let (small, capital) = (plain.get(at), shifted.get(at));
            small
                .zip(capital)
                .is_some_and(|(small, capital)| small != capital && small.to_uppercase().eq(std::iter::once(*capital)))
        };
        for (level, row) in layout.levels.iter().enumerate() {
            for ((at, ch), keycode) in row.chars().enumerate().zip(KEYS).filter(|((_, ch), _)| *ch != ' ') {
                let stroke = |keysym| {
                    let (shift, alt_gr) = (level == 1, level == 2);
                    Stroke { keycode: Some(keycode), keysym, shift, alt_gr, letter: !alt_gr && is_letter(at) }
                };
                match DEAD_KEYS.iter().find(|(_, mark, ..)| *mark == ch) {
                    Some((keysym, mark, _, beside_space)) => {
                        dead.push((*mark, *beside_space, stroke(Keysym(*keysym))));
                    }
                    None => {
                        if let Some(keysym) = Keysym::from_char(ch) {
                            ways.entry(ch).or_insert((None, stroke(keysym)));
                        }
                    }
                }
            }
        }
        for (ch, key) in [('\t', TAB), ('\r', RETURN), (' ', SPACE)] {
            ways.insert(ch, (None, plain_key(key)));
        }
        let bases: Vec<(char, Stroke)> = ways.iter().map(|(ch, (_, stroke))| (*ch, *stroke)).collect();
        for (mark, beside_space, accent) in dead {
            for (base, stroke) in &bases {
                if let Some(composed) = compose(*base, mark) {
                    ways.entry(composed).or_insert((Some(accent), *stroke));
                }
            }
            if BESIDE_SPACE.contains(&beside_space) {
                ways.entry(beside_space).or_insert((Some(accent), plain_key(SPACE)));
            }
        }
        Self { name: layout.name, ways }
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The first character that it cannot type; `None` when it can type all of them.
    pub fn untypable(&self, chars: impl IntoIterator<Item = char>) -> Option<char> {
        chars.into_iter().find(|ch| self.way(*ch).is_none())
    }

    fn way(&self, ch: char) -> Option<(Option<Stroke>, Stroke)> {
        if self.name != ANY {
            return self.ways.get(&ch).copied();
        }
        let keysym = match ch {
            '\t' => TAB.1,
            '\r' => RETURN.1,
            _ => Keysym::from_char(ch)?,
        };
        Some((None, Stroke { keycode: None, keysym, shift: false, alt_gr: false, letter: false }))
    }

    /// The keys that type `ch`, pressed and let go; none if it cannot be typed. With `caps`, the guest's Caps Lock is on.
    pub fn keys(&self, ch: char, caps: bool) -> Vec<KeyEvent> {
        let mut events = Vec::new();
        let Some((accent, stroke)) = self.way(ch) else { return events };
        for stroke in accent.into_iter().chain([stroke]) {
            let mut held = Vec::new();
            if stroke.shift != (caps && stroke.letter) {
                held.push((Some(SHIFT.0), SHIFT.1));
            }
            if stroke.alt_gr {
                held.push((Some(ALT_GR.0), ALT_GR.1));
            }
            held.push((stroke.keycode, stroke.keysym));
            let event = |down| move |(keycode, keysym)| KeyEvent { keysym, keycode, down, repeat: false };
            events.extend(held.iter().copied().map(event(true)));
            events.extend(held.into_iter().rev().map(event(false)));
        }
        events
    }
}

fn plain_key((keycode, keysym): (u32, Keysym)) -> Stroke {
    Stroke { keycode: Some(keycode), keysym, shift: false, alt_gr: false, letter: false }
}

/// In the order of their names; as X11 has them, of what AltGr types only what is on the keys of other systems, too.
#[rustfmt::skip]
const LAYOUTS: &[Layout] = &[
    Layout {
        name: "be",
        levels: [
            "²&é\"'(§è!çà)-azertyuiop\u{302}$µqsdfghjklmù<wxcvbn,;:=",
            "³1234567890°_AZERTYUIOP\u{308}*£QSDFGHJKLM%>WXCVBN?./+",
            " |@#  ^{[{}\\\u{327}@ €       []\u{300}         \u{301}\u{301}\\      \u{327}  \u{303}",
        ],
    },
    Layout {
        name: "br",
        levels: [
            "'1234567890-=qwertyuiop\u{301}[]asdfghjklç\u{303}\\zxcvbnm,.;",
            "\"!@#$%\u{308}&*()_+QWERTYUIOP\u{300}{}ASDFGHJKLÇ\u{302}|ZXCVBNM<>:",
            "       {[]}\\ /?                    \u{301}~\u{30c}",
        ],
    },
    Layout {
        name: "ch",
        levels: [
            "§1234567890'\u{302}qwertzuiopü\u{308}$asdfghjklöä<yxcvbnm,.-",
            "°+\"*ç%&/()=?\u{300}QWERTZUIOPè!£ASDFGHJKLéà>YXCVBNM;:_",
            " |@#   | ]}\u{301}\u{303}@ €       []}         \u{301}{\\",
        ],
    },
    Layout {
        name: "ch-fr",
        levels: [
            "§1234567890'\u{302}qwertzuiopè\u{308}$asdfghjkléà<yxcvbnm,.-",
            "°+\"*ç%&/()=?\u{300}QWERTZUIOPü!£ASDFGHJKLöä>YXCVBNM;:_",
            " |@#   | ]}\u{301}\u{303}@ €       []}         \u{301}{\\",
        ],
    },
    Layout {
        name: "cz",
        levels: [
            ";+ěščřžýáíé=\u{301}qwertzuiopú)\u{308}asdfghjklů§\\yxcvbnm,.-",
            "\u{30a}1234567890%\u{30c}QWERTZUIOP/('ASDFGHJKL\"!|YXCVBNM?:_",
            "`!@#$%^&*{}\\\u{304}\\|€       []\\~  []`'  $'/ #&@{}^<>*",
        ],
    },
    Layout {
        name: "de",
        levels: [
            "\u{302}1234567890ß\u{301}qwertzuiopü+#asdfghjklöä<yxcvbnm,.-",
            "°!\"§$%&/()=?\u{300}QWERTZUIOPÜ*'ASDFGHJKLÖÄ>YXCVBNM;:_",
            "       {[]}\\\u{327}@ €       \u{308}~          \u{30b}\u{302}|",
        ],
    },
    Layout {
        name: "dk",
        levels: [
            "½1234567890+\u{301}qwertyuiopå\u{308}'asdfghjklæø<zxcvbnm,.-",
            "§!\"#¤%&/()=?\u{300}QWERTYUIOPÅ\u{302}*ASDFGHJKLÆØ>ZXCVBNM;:_",
            "  @ $  {[]} |@ €       \u{308}\u{303}\u{30b}         \u{301}\u{302}\\       \u{327}",
        ],
    },
    Layout {
        name: "es",
        levels: [
            "º1234567890'¡qwertyuiop\u{300}+çasdfghjklñ\u{301}<zxcvbnm,.-",
            "ª!\"·$%&/()=?¿QWERTYUIOP\u{302}*ÇASDFGHJKLÑ\u{308}>ZXCVBNM;:_",
            "\\|@#~  {[]}\\\u{327}@ €       []}         \u{303}{|",
        ],
    },
    Layout {
        name: "fi",
        levels: [
            "§1234567890+\u{301}qwertyuiopå\u{308}'asdfghjklöä<zxcvbnm,.-",
            "½!\"#¤%&/()=?\u{300}QWERTYUIOPÅ\u{302}*ASDFGHJKLÖÄ>ZXCVBNM;:_",
            "  @ $  {[]}\\\u{327}qw€r yu   \u{30b}\u{303}\u{30c}   fghj    |  cvb",
        ],
    },
    Layout {
        name: "fr",
        levels: [
            "²&é\"'(-è_çà)=azertyuiop\u{302}$*qsdfghjklmù<wxcvbn,;:!",
            "~1234567890°+AZERTYUIOP\u{308}£µQSDFGHJKLM%>WXCVBN?./§",
            "  ~#{[|`\\^@]}  €       \u{308} \u{300}@         \u{302}|      \u{301}",
        ],
    },
    Layout {
        name: "gb",
        levels: [
            "`1234567890-=qwertyuiop[]#asdfghjkl;'\\zxcvbnm,./",
            "¬!\"£$%^&*()_+QWERTYUIOP{}~ASDFGHJKL:@|ZXCVBNM<>?",
            "|   €  {[]}\\\u{327}@ e       \u{308}\u{303}\u{300}         \u{301}\u{302}|",
        ],
    },
    Layout {
        name: "hu",
        levels: [
            "0123456789öüóqwertzuiopőúűasdfghjkléáíyxcvbnm,.-",
            "§'\"+!%/=()ÖÜÓQWERTZUIOPŐÚŰASDFGHJKLÉÁÍYXCVBNM?:_",
            " ~\u{30c}^\u{306}\u{30a}\u{328}`\u{307}\u{301}\u{30b}\u{308}\u{327}\\|    €         []    $ <>#&@{}<;>*",
        ],
    },
    Layout {
        name: "it",
        levels: [
            "\\1234567890'ìqwertyuiopè+ùasdfghjklòà<zxcvbnm,.-",
            "|!\"£$%&/()=?^QWERTYUIOPé*§ASDFGHJKLç°>ZXCVBNM;:_",
            "       {[]}`~@ €       []\u{300}         @#        \u{301} \u{304}",
        ],
    },
    Layout {
        name: "no",
        levels: [
            "|1234567890+\\qwertyuiopå\u{308}'asdfghjkløæ<zxcvbnm,.-",
            "§!\"#¤%&/()=?\u{300}QWERTYUIOPÅ\u{302}*ASDFGHJKLØÆ>ZXCVBNM;:_",
            "  @ $  {[]} \u{301}@ €       \u{308}\u{303}\u{30b}         \u{301}\u{302}        \u{327}",
        ],
    },
    Layout {
        name: "pl",
        levels: [
            "`1234567890-=qwertyuiop[]\\asdfghjkl;' zxcvbnm,./",
            "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\" ZXCVBNM<>?",
            "     €      \u{327}  ę     ó \u{308}\u{303}\u{300}ąś      ł\u{301}\u{302} żźć  ń",
        ],
    },
    Layout {
        name: "pt",
        levels: [
            "\\1234567890'«qwertyuiop+\u{301}\u{303}asdfghjklçº<zxcvbnm,.-",
            "|!\"#$%&/()=?»QWERTYUIOP*\u{300}\u{302}ASDFGHJKLÇª>ZXCVBNM;:_",
            "  @    {[]}\\\u{327}@ €       \u{308}\u{303}\u{300}         \u{301}\u{302}\\",
        ],
    },
    Layout {
        name: "se",
        levels: [
            "§1234567890+\u{301}qwertyuiopå\u{308}'asdfghjklöä<zxcvbnm,.-",
            "½!\"#¤%&/()=?\u{300}QWERTYUIOPÅ\u{302}*ASDFGHJKLÖÄ>ZXCVBNM;:_",
            "  @ $€ {[]}\\ @ €       \u{308}\u{303}            |       \u{327}",
        ],
    },
    Layout {
        name: "tr",
        levels: [
            "\"1234567890*-qwertyuıopğü,asdfghjklşi<zxcvbnmöç.",
            "é!'^+%&/()=?_QWERTYUIOPĞÜ;ASDFGHJKLŞİ>ZXCVBNMÖÇ:",
            "<> #$  {[]}\\|@ €       \u{308}~`          '|         \u{307}",
        ],
    },
    Layout {
        name: "us",
        levels: [
            "`1234567890-=qwertyuiop[]\\asdfghjkl;' zxcvbnm,./",
            "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\" ZXCVBNM<>?",
            "",
        ],
    },
    Layout {
        name: "us-intl",
        levels: [
            "\u{300}1234567890-=qwertyuiop[]\\asdfghjkl;\u{301} zxcvbnm,./",
            "\u{303}!@#$%\u{302}&*()_+QWERTYUIOP{}|ASDFGHJKL:\u{308} ZXCVBNM<>?",
            "`    €                       fghj   '  x vb   \u{307}",
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The scancodes that type a text, `-` before those of keys that are let go.
    fn typed(layout: &str, text: &str, caps: bool) -> String {
        let layout = GuestLayout::find(layout).expect("a layout");
        let keys = text.chars().flat_map(|ch| layout.keys(ch, caps));
        let sign = |event: &KeyEvent| if event.down { "" } else { "-" };
        let codes = keys.map(|event| format!("{}{:x}", sign(&event), event.keycode.unwrap_or(event.keysym.0)));
        codes.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_layout_has_as_many_keys_as_a_keyboard_and_types_ascii() {
        for layout in LAYOUTS {
            for (level, row) in layout.levels.iter().enumerate() {
                let count = row.chars().count();
                assert!(count == KEYS.len() || level == 2 && count < KEYS.len(), "{} {level}", layout.name);
            }
            let made = GuestLayout::find(layout.name).expect("it is there");
            let ascii = (' '..='~').chain(['\t', '\r']);
            assert_eq!(made.untypable(ascii), None, "{}", layout.name);
        }
        assert!(LAYOUTS.is_sorted_by_key(|layout| layout.name));
        assert!(names().any(|name| name == DEFAULT) && GuestLayout::find("nowhere").is_none());
    }

    #[test]
    fn the_same_text_takes_other_keys_elsewhere() {
        assert_eq!(typed("us", "aZ\r", false), "1e -1e 2a 2c -2c -2a 1c -1c");
        assert_eq!(typed("de", "aZ", false), "1e -1e 2a 15 -15 -2a");
        assert_eq!(typed("fr", "a1", false), "10 -10 2a 2 -2 -2a");
        assert_eq!(typed("de", "@", false), "b8 10 -10 -b8", "AltGr and Q");
        assert_eq!(typed("us", "aZ1!", true), "2a 1e -1e -2a 2c -2c 2 -2 2a 2 -2 -2a", "Caps Lock is for letters");
    }

    #[test]
    fn accents_are_dead_keys_and_then_letters() {
        assert_eq!(typed("fr", "é", false), "3 -3", "a key of its own");
        assert_eq!(typed("fr", "ê", false), "1a -1a 12 -12");
        assert_eq!(typed("fr", "Ï", false), "2a 1a -1a -2a 2a 17 -17 -2a");
        assert_eq!(typed("de", "^", false), "29 -29 39 -39", "with a space");
    }

    #[test]
    fn what_cannot_be_typed_is_named() {
        let untypable = |layout: &str, text: &str| GuestLayout::find(layout).expect("a layout").untypable(text.chars());
        assert_eq!(untypable("us", "caf\u{e9} \u{20ac}"), Some('\u{e9}'));
        assert_eq!(untypable("de", "caf\u{e9} \u{20ac}"), None);
        assert_eq!(untypable("de", "\u{44f}"), Some('\u{44f}'));
        assert_eq!(untypable(ANY, "\u{44f}\u{20ac}\t\r"), None);
        assert_eq!(typed(ANY, "A\u{20ac}", false), "41 -41 20ac -20ac");
        assert!(GuestLayout::find("us").expect("a layout").keys('\u{44f}', false).is_empty());
    }
}
