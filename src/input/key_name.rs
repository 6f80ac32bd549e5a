//! Keys by the names that people write: `Ctrl-C`, `Alt-Left`, `F5`, `Return`.

use super::{Keysym, Modifiers};

/// Why something cannot be typed; as it follows what it was given for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// It is the name of no key.
    #[error("\"{0}\" is no key; keys are called Return, F5, Ctrl-C, Alt-Left, Shift-Tab, x and the like")]
    Unknown(String),
    /// A modifier alone, or a lock: it is pressed and released at once.
    #[error("\"{0}\" is a modifier; name the key that it is held for, as in Ctrl-C")]
    Modifier(String),
}

/// Characters of a name that a message shows.
const SHOWN: usize = 32;

/// The modifiers that a key's name may begin with.
const MODIFIERS: [(&str, Modifiers); 6] = [
    ("ctrl", Modifiers { control: true, ..Modifiers::NONE }),
    ("control", Modifiers { control: true, ..Modifiers::NONE }),
    ("alt", Modifiers { alt: true, ..Modifiers::NONE }),
    ("shift", Modifiers { shift: true, ..Modifiers::NONE }),
    ("meta", Modifiers { meta: true, ..Modifiers::NONE }),
    ("super", Modifiers { super_key: true, ..Modifiers::NONE }),
];

/// Names that people use beside X11's, in small letters.
const NAMES: [(&str, Keysym); 13] = [
    ("enter", Keysym::RETURN),
    ("esc", Keysym::ESCAPE),
    ("del", Keysym::DELETE),
    ("ins", Keysym::INSERT),
    ("pgup", Keysym::PAGE_UP),
    ("pageup", Keysym::PAGE_UP),
    ("pgdn", Keysym::PAGE_DOWN),
    ("pgdown", Keysym::PAGE_DOWN),
    ("pagedown", Keysym::PAGE_DOWN),
    ("backspace", Keysym::BACKSPACE),
    ("return", Keysym::RETURN),
    ("escape", Keysym::ESCAPE),
    ("break", Keysym::BREAK),
];

/// The key of that name, and the modifiers that it is pressed with.
///
/// # Errors
/// It is none.
pub fn key(name: &str) -> Result<(Keysym, Modifiers), NoKey> {
    let (mut held, mut rest) = (Modifiers::NONE, name);
    while let Some((prefix, key)) = rest.split_once(['-', '+']).filter(|(_, key)| !key.is_empty())
        && let Some((_, more)) = MODIFIERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(prefix))
    {
        held.control |= more.control;
        held.alt |= more.alt;
        held.shift |= more.shift;
        held.meta |= more.meta;
        held.super_key |= more.super_key;
        rest = key;
    }
    let shown = || name.chars().filter(|ch| !ch.is_control()).take(SHOWN).collect::<String>();
    let named = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(rest)).map(|(_, keysym)| *keysym);
    let keysym = named.or_else(|| Keysym::from_name(rest)).ok_or_else(|| NoKey::Unknown(shown()))?;
    match keysym {
        _ if keysym.is_modifier() => Err(NoKey::Modifier(shown())),
        // What is meant by Ctrl-C is the key.
        Keysym(letter @ 0x41..=0x5a) if held.control && !held.shift => Ok((Keysym(letter + 0x20), held)),
        keysym => Ok((keysym, held)),
    }
}

/// The modifier of that name.
pub fn modifier(name: &str) -> Option<Modifiers> {
    MODIFIERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, modifier)| *modifier)
}

/// What people call these modifiers: `Ctrl-Alt-`, ready for a key's name to follow; empty without any.
pub fn prefix(held: Modifiers) -> String {
    let named = [
        (held.control, "Ctrl-"),
        (held.alt, "Alt-"),
        (held.meta, "Meta-"),
        (held.super_key, "Super-"),
        (held.shift, "Shift-"),
    ];
    named.into_iter().filter(|(held, _)| *held).map(|(_, name)| name).collect()
}

/// What people call this key, pressed with these modifiers: as [`key`] reads it.
pub fn name(keysym: Keysym, held: Modifiers) -> String {
    let key = match keysym.char().filter(|ch| ch.is_ascii_graphic() && !keysym.is_keypad()) {
        // As people write it, and it is read.
        Some(ch) if held.control && !held.shift => ch.to_ascii_uppercase().to_string(),
        Some(ch) => ch.to_string(),
        None => keysym.name().map_or_else(|| format!("{:#x}", keysym.0), str::to_owned),
    };
    prefix(held) + &key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_is_called_is_read_as_that_key() {
        for (text, called) in [
            ("ctrl-]", "Ctrl-]"),
            ("Ctrl-C", "Ctrl-C"),
            ("alt+ctrl-g", "Ctrl-Alt-G"),
            ("super-l", "Super-l"),
            ("esc", "Escape"),
            ("`", "`"),
            ("Shift-F12", "Shift-F12"),
        ] {
            let (keysym, held) = key(text).expect(text);
            assert_eq!(name(keysym, held), called);
            assert_eq!(key(called), Ok((keysym, held)));
        }
    }

    #[test]
    fn a_modifier_is_no_key() {
        assert!(matches!(key("Control_L"), Err(NoKey::Modifier(_))) && modifier("CTRL").is_some());
        assert!(matches!(key("Ctrl-nothing"), Err(NoKey::Unknown(_))) && modifier("F1").is_none());
    }
}
