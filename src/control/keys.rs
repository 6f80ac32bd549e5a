//! What `send` types: text as the keys that type it, and keys by their names.

use crate::display::Stroke;
use crate::input::key_name::{NoKey, key};
use crate::input::{Keysym, Modifiers};

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
    names.split_ascii_whitespace().map(key).collect()
}
