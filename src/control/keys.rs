//! What `send` types: text as the keys that type it, and keys by their names.

use crate::display::Stroke;
use crate::input::{Keysym, Modifiers};

/// Why something cannot be typed; as it follows `send: `.
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
const MODIFIERS: [(&str, Modifiers); 5] = [
    ("ctrl", Modifiers { control: true, ..Modifiers::NONE }),
    ("control", Modifiers { control: true, ..Modifiers::NONE }),
    ("alt", Modifiers { alt: true, ..Modifiers::NONE }),
    ("shift", Modifiers { shift: true, ..Modifiers::NONE }),
    ("meta", Modifiers { meta: true, ..Modifiers::NONE }),
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

/// The keys that type `text`: line ends (LF, CR LF, CR) are Return, other controls what types them on a keyboard.
pub fn of_text(text: &str) -> Vec<Stroke> {
    let mut after_cr = false;
    let mut strokes = Vec::new();
    for ch in text.chars() {
        if !(std::mem::replace(&mut after_cr, ch == '\r') && ch == '\n') {
            strokes.extend(of_char(ch));
        }
    }
    strokes
}

fn of_char(ch: char) -> Option<Stroke> {
    let control = Modifiers { control: true, ..Modifiers::NONE };
    match ch {
        '\u{7f}' => Some((Keysym::BACKSPACE, Modifiers::NONE)),
        '\t' | '\r' | '\n' | '\u{1b}' => Keysym::from_char(ch).map(|keysym| (keysym, Modifiers::NONE)),
        '\0' => Some((Keysym(' '.into()), control)),
        // Control-A to Control-Z, then \ ] ^ _.
        '\u{1}'..='\u{1a}' => Some((Keysym(u32::from(ch) + u32::from('a') - 1), control)),
        '\u{1c}'..='\u{1f}' => Some((Keysym(u32::from(ch) + 0x40), control)),
        _ => Keysym::from_char(ch).map(|keysym| (keysym, Modifiers::NONE)),
    }
}

/// The keys of these names, parted by blanks.
///
/// # Errors
/// The first that is no key.
pub fn of_names(names: &str) -> Result<Vec<Stroke>, NoKey> {
    names.split_ascii_whitespace().map(of_name).collect()
}

fn of_name(name: &str) -> Result<Stroke, NoKey> {
    let (mut held, mut rest) = (Modifiers::NONE, name);
    while let Some((prefix, key)) = rest.split_once(['-', '+']).filter(|(_, key)| !key.is_empty())
        && let Some((_, more)) = MODIFIERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(prefix))
    {
        held.control |= more.control;
        held.alt |= more.alt;
        held.shift |= more.shift;
        held.meta |= more.meta;
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
