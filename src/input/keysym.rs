//! X11 key symbols: their names, the characters they stand for, and back.
//!
//! The rules are those of the X11 protocol, appendix A: Latin-1 stands for itself, 0x01000000 + n is the Unicode
//! character n, and the rest is a table, since viewers still send the older sets (noVNC: Cyrillic ya is 0x6d1).

use super::Keysym;
use super::keysym_names::NAMES;
use super::keysym_table::{CHARS, KEYSYMS};

/// A Unicode character's keysym is its number added to this.
const UNICODE: u32 = 0x0100_0000;

/// Declares the keysyms that code speaks of by name.
macro_rules! named {
    ($($(#[$doc:meta])* $name:ident = $value:literal),* $(,)?) => {
        impl Keysym {
            $($(#[$doc])* pub const $name: Self = Self($value);)*
        }
    };
}

named! {
    /// No keysym: only the keycode is known.
    NONE = 0,
    /// `ISO_Level3_Shift`, the usual AltGr.
    ISO_LEVEL3_SHIFT = 0xfe03,
    /// `ISO_Level5_Shift`.
    ISO_LEVEL5_SHIFT = 0xfe11,
    /// `ISO_Left_Tab`, what X11 makes of Shift-Tab.
    ISO_LEFT_TAB = 0xfe20,
    /// `BackSpace`.
    BACKSPACE = 0xff08,
    /// `Tab`.
    TAB = 0xff09,
    /// `Linefeed`.
    LINEFEED = 0xff0a,
    /// `Clear`.
    CLEAR = 0xff0b,
    /// `Return`.
    RETURN = 0xff0d,
    /// `Pause`.
    PAUSE = 0xff13,
    /// `Scroll_Lock`.
    SCROLL_LOCK = 0xff14,
    /// `Sys_Req`.
    SYS_REQ = 0xff15,
    /// `Escape`.
    ESCAPE = 0xff1b,
    /// `Multi_key`, the Compose key.
    MULTI_KEY = 0xff20,
    /// `Home`.
    HOME = 0xff50,
    /// `Left`.
    LEFT = 0xff51,
    /// `Up`.
    UP = 0xff52,
    /// `Right`.
    RIGHT = 0xff53,
    /// `Down`.
    DOWN = 0xff54,
    /// `Prior`, also called `Page_Up`.
    PAGE_UP = 0xff55,
    /// `Next`, also called `Page_Down`.
    PAGE_DOWN = 0xff56,
    /// `End`.
    END = 0xff57,
    /// `Begin`, the keypad's 5 on some keyboards.
    BEGIN = 0xff58,
    /// `Select`.
    SELECT = 0xff60,
    /// `Print`.
    PRINT = 0xff61,
    /// `Insert`.
    INSERT = 0xff63,
    /// `Menu`.
    MENU = 0xff67,
    /// `Find`.
    FIND = 0xff68,
    /// `Cancel`, which browsers make of Control-Pause.
    CANCEL = 0xff69,
    /// `Help`.
    HELP = 0xff6a,
    /// `Break`.
    BREAK = 0xff6b,
    /// `Mode_switch`, the older AltGr.
    MODE_SWITCH = 0xff7e,
    /// `Num_Lock`.
    NUM_LOCK = 0xff7f,
    /// `KP_Space`.
    KP_SPACE = 0xff80,
    /// `KP_Tab`.
    KP_TAB = 0xff89,
    /// `KP_Enter`.
    KP_ENTER = 0xff8d,
    /// `KP_F1`, followed by F2 to F4.
    KP_F1 = 0xff91,
    /// `KP_F4`.
    KP_F4 = 0xff94,
    /// `KP_Home`: the first of the keypad's motion keys.
    KP_HOME = 0xff95,
    /// `KP_Left`.
    KP_LEFT = 0xff96,
    /// `KP_Up`.
    KP_UP = 0xff97,
    /// `KP_Right`.
    KP_RIGHT = 0xff98,
    /// `KP_Down`.
    KP_DOWN = 0xff99,
    /// `KP_Prior`.
    KP_PAGE_UP = 0xff9a,
    /// `KP_Next`.
    KP_PAGE_DOWN = 0xff9b,
    /// `KP_End`.
    KP_END = 0xff9c,
    /// `KP_Begin`.
    KP_BEGIN = 0xff9d,
    /// `KP_Insert`.
    KP_INSERT = 0xff9e,
    /// `KP_Delete`.
    KP_DELETE = 0xff9f,
    /// `KP_Multiply`.
    KP_MULTIPLY = 0xffaa,
    /// `KP_Add`.
    KP_ADD = 0xffab,
    /// `KP_Separator`.
    KP_SEPARATOR = 0xffac,
    /// `KP_Subtract`.
    KP_SUBTRACT = 0xffad,
    /// `KP_Decimal`.
    KP_DECIMAL = 0xffae,
    /// `KP_Divide`.
    KP_DIVIDE = 0xffaf,
    /// `KP_0`, followed by the other digits.
    KP_0 = 0xffb0,
    /// `KP_9`.
    KP_9 = 0xffb9,
    /// `KP_Equal`.
    KP_EQUAL = 0xffbd,
    /// `F1`, followed by F2 to F35.
    F1 = 0xffbe,
    /// `F12`.
    F12 = 0xffc9,
    /// `F35`.
    F35 = 0xffe0,
    /// `Shift_L`.
    SHIFT_L = 0xffe1,
    /// `Shift_R`.
    SHIFT_R = 0xffe2,
    /// `Control_L`.
    CONTROL_L = 0xffe3,
    /// `Control_R`.
    CONTROL_R = 0xffe4,
    /// `Caps_Lock`.
    CAPS_LOCK = 0xffe5,
    /// `Shift_Lock`.
    SHIFT_LOCK = 0xffe6,
    /// `Meta_L`.
    META_L = 0xffe7,
    /// `Meta_R`.
    META_R = 0xffe8,
    /// `Alt_L`.
    ALT_L = 0xffe9,
    /// `Alt_R`.
    ALT_R = 0xffea,
    /// `Super_L`.
    SUPER_L = 0xffeb,
    /// `Super_R`.
    SUPER_R = 0xffec,
    /// `Hyper_L`.
    HYPER_L = 0xffed,
    /// `Hyper_R`, the last of the modifiers that begin with `Shift_L`.
    HYPER_R = 0xffee,
    /// `Delete`.
    DELETE = 0xffff,
    /// `XF86Switch_VT_1`, followed by 2 to 12: what an XKB layout makes of Ctrl-Alt-F1.
    SWITCH_VT_1 = 0x1008_fe01,
    /// `XF86Switch_VT_12`.
    SWITCH_VT_12 = 0x1008_fe0c,
}

impl Keysym {
    /// The character that the key types; `None` for keys that type none, such as `Return` and the dead keys.
    /// The keypad's digits and signs type theirs, and `KP_Separator` a comma.
    pub fn char(self) -> Option<char> {
        match self.0 {
            0x20..=0x7e | 0xa0..=0xff => char::from_u32(self.0),
            0x100..=0xffff => match CHARS.binary_search_by_key(&self.0, |&(keysym, _)| keysym.into()) {
                Ok(at) => Some(CHARS[at].1),
                Err(_) => self.keypad_char(),
            },
            UNICODE..=0x0110_ffff => char::from_u32(self.0 - UNICODE).filter(|ch| !ch.is_control()),
            _ => None,
        }
    }

    /// The character of a key on the keypad.
    fn keypad_char(self) -> Option<char> {
        match self.0 {
            // The codes from KP_Multiply to KP_9 are ASCII's with the eighth bit and the upper half set.
            0xffaa..=0xffb9 | 0xffbd => char::from_u32(self.0 & 0x7f),
            0xff80 => Some(' '),
            _ => None,
        }
    }

    /// The keysym that types `ch`: the older one where there is one, since every X server knows it.
    /// Control characters become the keys that send them (`\r` and `\n` both `Return`); those without a key, `None`.
    pub fn from_char(ch: char) -> Option<Self> {
        Some(match ch {
            '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{ff}' => Self(ch.into()),
            '\u{8}' => Self::BACKSPACE,
            '\t' => Self::TAB,
            '\n' | '\r' => Self::RETURN,
            '\u{1b}' => Self::ESCAPE,
            '\u{7f}' => Self::DELETE,
            _ if ch.is_control() => return None,
            _ => match KEYSYMS.binary_search_by_key(&ch, |&(ch, _)| ch) {
                Ok(at) => Self(KEYSYMS[at].1.into()),
                Err(_) => Self(UNICODE + u32::from(ch)),
            },
        })
    }

    /// X11's name of it (`Return`, `Cyrillic_ya`, `XF86AudioMute`); the first, if it has several.
    pub fn name(self) -> Option<&'static str> {
        names().find_map(|(keysym, name)| (keysym == self).then_some(name))
    }

    /// The keysym called `name`: any of X11's names, or `U20AC`, or a single character.
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some((keysym, _)) = names().find(|&(_, known)| known == name) {
            return Some(keysym);
        }
        let mut chars = name.chars();
        if let (Some(ch), None) = (chars.next(), chars.next()) {
            return Self::from_char(ch).filter(|_| !ch.is_control());
        }
        let digits = name.strip_prefix('U').filter(|digits| matches!(digits.len(), 4..=6))?;
        let number = digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())??;
        Self::from_char(char::from_u32(number)?)
    }

    /// The usual keysym for what some makers' keyboards name their own way (DEC, HP, Sun, OSF, 3270), and F1 to F12
    /// for `XF86Switch_VT_1` to 12; others stay themselves.
    pub fn usual(self) -> Self {
        match self.0 {
            0x1008_fe01..=0x1008_fe0c => Self(Self::F1.0 + (self.0 - Self::SWITCH_VT_1.0)),
            0x1000_ff00 | 0x1000_ff73 | 0x1004_ffff => Self::DELETE, // DEC Remove, HP DeleteChar, osfDelete
            0x1000_ff72 | 0x1004_ff63 => Self::INSERT,
            0x1000_ff74 | 0x1000_ff75 | 0xfd05 => Self::ISO_LEFT_TAB, // HP BackTab and KP_BackTab, 3270_BackTab
            0x1004_ff08 => Self::BACKSPACE,
            0x1004_ff1b => Self::ESCAPE,
            0x1004_ff41 => Self::PAGE_UP,
            0x1004_ff42 => Self::PAGE_DOWN,
            0x1004_ff51..=0x1004_ff54 => Self(self.0 & 0xffff), // osfLeft, osfUp, osfRight, osfDown
            0x1004_ff57 => Self::END,
            0x1004_ff58 => Self::HOME,
            0x1005_ff10 => Self(Self::F1.0 + 10), // SunF36 has F11 written on it
            0x1005_ff11 => Self::F12,
            0xfd1e => Self::KP_ENTER, // 3270_Enter
            _ => self,
        }
    }

    /// Whether it only changes what other keys mean: Shift, Control, Alt, the locks, AltGr and their kin.
    pub fn is_modifier(self) -> bool {
        matches!(self.0, 0xfe01..=0xfe0f | 0xfe11..=0xfe13 | 0xff7e | 0xff7f | 0xffe1..=0xffee)
    }

    /// Whether it is a modifier that counts as long as it is held: no lock, which each press would turn over.
    pub fn is_held_modifier(self) -> bool {
        // ISO_Lock, and of groups and levels those that latch or lock.
        let turns_over = matches!(self.0, 0xfe01 | 0xfe02 | 0xfe04..=0xfe10 | 0xfe12 | 0xfe13);
        self.is_modifier() && !turns_over && ![Self::CAPS_LOCK, Self::NUM_LOCK, Self::SHIFT_LOCK].contains(&self)
    }

    /// Whether it is a key of the keypad.
    pub fn is_keypad(self) -> bool {
        matches!(self.0, 0xff80..=0xffbd)
    }
}

/// Every keysym that has a name, with its names.
fn names() -> impl Iterator<Item = (Keysym, &'static str)> {
    NAMES.split_ascii_whitespace().filter_map(|entry| {
        let (value, name) = entry.split_once('=')?;
        Some((Keysym(u32::from_str_radix(value, 16).ok()?), name))
    })
}

#[cfg(test)]
#[path = "keysym_tests.rs"]
mod tests;
