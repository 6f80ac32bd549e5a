//! Dead keys, and the Compose key (`compose.rs`): most viewers send `dead_acute` and then `e`, and leave it to the server to make an é of them.

use super::Keysym;
use super::compose::Sequence;
use super::dead_key_table::{COMPOSITIONS, DEAD_KEYS};

/// Accents that may wait for their letter (Greek takes three); of more, the oldest is forgotten.
pub const MAX_PENDING: usize = 3;

/// One row of the table.
struct DeadKey {
    mark: char,
    /// What it types when pressed twice.
    accent: char,
    /// What it types with a space.
    plain: char,
}

/// The accents of one viewer that wait for their letter.
#[derive(Default)]
pub struct DeadKeys {
    pending: Vec<DeadKey>,
    /// What comes after the Compose key.
    sequence: Sequence,
}

/// What a key types after the dead keys before it.
#[derive(Debug, PartialEq, Eq)]
pub enum Composed {
    /// Nothing yet: an accent waits, or was taken back with BackSpace.
    Nothing,
    /// What it always does; accents before a key that types no character are forgotten.
    Same,
    /// These characters instead: the composed one, or each by itself when they do not go together.
    Chars(String),
}

impl DeadKeys {
    /// The key `keysym` was pressed. `shortcut`: with Control or Alt, where an accent stands for its sign at once.
    pub fn press(&mut self, keysym: Keysym, shortcut: bool) -> Composed {
        if keysym.is_modifier() {
            return Composed::Same;
        }
        if let Some(composed) = self.sequence.press(keysym, shortcut) {
            self.pending.clear();
            return composed;
        }
        match DeadKey::find(keysym) {
            Some(dead) if shortcut => {
                self.pending.clear();
                Composed::Chars(dead.plain.into())
            }
            Some(dead) => self.accent(dead),
            None if self.pending.is_empty() => Composed::Same,
            None if shortcut => {
                self.pending.clear();
                Composed::Same
            }
            None => self.letter(keysym),
        }
    }

    /// Forgets what waits.
    pub fn clear(&mut self) {
        self.pending.clear();
        self.sequence.clear();
    }

    fn accent(&mut self, dead: DeadKey) -> Composed {
        if self.pending.last().is_some_and(|last| last.mark == dead.mark) {
            self.pending.clear();
            return Composed::Chars(dead.accent.into());
        }
        if self.pending.len() == MAX_PENDING {
            self.pending.remove(0);
        }
        self.pending.push(dead);
        Composed::Nothing
    }

    fn letter(&mut self, keysym: Keysym) -> Composed {
        let pending = std::mem::take(&mut self.pending);
        let Some(base) = keysym.char() else {
            return if keysym == Keysym::BACKSPACE { Composed::Nothing } else { Composed::Same };
        };
        if base == ' ' {
            return Composed::Chars(pending.iter().map(|dead| dead.plain).collect());
        }
        let marks = || pending.iter().map(|dead| dead.mark);
        // Vietnamese and Greek take two accents in either order, Unicode in one.
        let composed = marks().try_fold(base, compose).or_else(|| marks().rev().try_fold(base, compose));
        Composed::Chars(match composed {
            Some(ch) => ch.into(),
            None => pending.iter().map(|dead| dead.accent).chain([base]).collect(),
        })
    }
}

impl DeadKey {
    fn find(keysym: Keysym) -> Option<Self> {
        let at = DEAD_KEYS.binary_search_by_key(&keysym.0, |row| row.0).ok()?;
        let (_, mark, accent, plain) = DEAD_KEYS[at];
        Some(Self { mark, accent, plain })
    }
}

/// `base` with `mark` on it as one character.
pub(super) fn compose(base: char, mark: char) -> Option<char> {
    let at = COMPOSITIONS.binary_search_by_key(&(mark, base), |&(mark, base, _)| (mark, base)).ok()?;
    Some(COMPOSITIONS[at].2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAVE: u32 = 0xfe50;
    const ACUTE: u32 = 0xfe51;
    const CIRCUMFLEX: u32 = 0xfe52;

    fn typed(keys: &[u32]) -> String {
        let mut dead = DeadKeys::default();
        let mut text = String::new();
        for &key in keys {
            match dead.press(Keysym(key), false) {
                Composed::Nothing => {}
                Composed::Same if Keysym(key).is_modifier() => {}
                Composed::Same => text.extend(Keysym(key).char().or(Some('#'))),
                Composed::Chars(chars) => text.push_str(&chars),
            }
        }
        text
    }

    #[test]
    fn tables_are_sorted_without_duplicates() {
        assert!(DEAD_KEYS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(COMPOSITIONS.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
    }

    #[test]
    fn accents_join_their_letters() {
        assert_eq!(typed(&[ACUTE, 0x65, 0x65]), "ée");
        assert_eq!(typed(&[GRAVE, 0x41]), "À");
        assert_eq!(typed(&[0xfe57, 0x75]), "ü");
        assert_eq!(typed(&[0xfe5a, 0x7a]), "ž");
        assert_eq!(typed(&[0xfe63, 0x6c]), "ł");
        assert_eq!(typed(&[0xfe6f, 0x65]), "€");
        assert_eq!(typed(&[0xfe8c, 0x77]), "ω");
        assert_eq!(typed(&[ACUTE, 0x7e1]), "ά", "on a Greek keysym");
        assert_eq!(typed(&[0xfe5e, 0x4b6]), "ガ", "on a Katakana keysym");
        assert_eq!(typed(&[0x1000_fe27, 0x65]), "é", "DEC's acute");
        assert_eq!(typed(&[ACUTE, 0xffe1, 0x45]), "É", "Shift between them");
    }

    #[test]
    fn two_accents_in_either_order() {
        assert_eq!(typed(&[CIRCUMFLEX, ACUTE, 0x61]), "ấ");
        assert_eq!(typed(&[ACUTE, CIRCUMFLEX, 0x61]), "ấ");
        assert_eq!(typed(&[0xfe65, ACUTE, 0xfe5d, 0x7e1]), "ᾅ");
    }

    #[test]
    fn accents_by_themselves() {
        assert_eq!(typed(&[ACUTE, 0x20]), "'");
        assert_eq!(typed(&[CIRCUMFLEX, 0x20]), "^");
        assert_eq!(typed(&[ACUTE, ACUTE, 0x61]), "´a");
        assert_eq!(typed(&[GRAVE, GRAVE]), "`");
    }

    #[test]
    fn what_does_not_go_together_is_typed_in_turn() {
        assert_eq!(typed(&[ACUTE, 0x71]), "´q");
        assert_eq!(typed(&[CIRCUMFLEX, ACUTE, 0x71]), "^´q");
    }

    #[test]
    fn other_keys_forget_the_accent() {
        assert_eq!(typed(&[ACUTE, 0xff0d, 0x65]), "#e", "Return is pressed");
        assert_eq!(typed(&[ACUTE, 0xff08, 0x65]), "e", "BackSpace takes the accent back");
    }

    #[test]
    fn with_control_the_accent_is_its_sign() {
        let mut dead = DeadKeys::default();
        assert_eq!(dead.press(Keysym(CIRCUMFLEX), true), Composed::Chars("^".into()));
        assert_eq!(dead.press(Keysym(ACUTE), false), Composed::Nothing);
        assert_eq!(dead.press(Keysym(0x63), true), Composed::Same);
        assert_eq!(dead.press(Keysym(0x65), false), Composed::Same, "and what waited is gone");
    }

    #[test]
    fn pending_accents_are_bounded() {
        let mut dead = DeadKeys::default();
        for turn in 0..2 * MAX_PENDING as u32 {
            assert_eq!(dead.press(Keysym(GRAVE + turn % 3 * 2), false), Composed::Nothing);
            assert!(dead.pending.len() <= MAX_PENDING);
        }
        assert_eq!(dead.pending.len(), MAX_PENDING);
    }
}
