//! The Compose key (`Multi_key`): viewers that leave it to the server send it, and then the keys of the sequence. What is
//! composed so is what X's tables for most of the world agree on: accents with their letters, and some signs.

use super::Keysym;
use super::dead_keys::{Composed, compose};

/// The longest sequence, in characters.
pub const MAX_SEQUENCE: usize = 3;

/// What stands for an accent, before its letter or behind it.
const ACCENTS: &[(char, char)] = &[
    ('`', '\u{300}'),
    ('\'', '\u{301}'),
    ('\u{b4}', '\u{301}'),
    ('^', '\u{302}'),
    ('~', '\u{303}'),
    ('-', '\u{304}'),
    ('-', '\u{335}'),
    ('_', '\u{304}'),
    ('u', '\u{306}'),
    ('b', '\u{306}'),
    ('.', '\u{307}'),
    ('"', '\u{308}'),
    ('\u{a8}', '\u{308}'),
    ('o', '\u{30a}'),
    ('*', '\u{30a}'),
    ('=', '\u{30b}'),
    ('c', '\u{30c}'),
    ('<', '\u{30c}'),
    (',', '\u{327}'),
    ('\u{b8}', '\u{327}'),
    (';', '\u{328}'),
    ('/', '\u{335}'),
];

/// Signs, and letters that are two in one.
const SIGNS: &[(&str, char)] = &[
    ("--.", '\u{2013}'),
    ("---", '\u{2014}'),
    ("..", '\u{2026}'),
    ("  ", '\u{a0}'),
    ("!!", '\u{a1}'),
    ("??", '\u{bf}'),
    ("<<", '\u{ab}'),
    (">>", '\u{bb}'),
    ("<'", '\u{2018}'),
    (">'", '\u{2019}'),
    ("<\"", '\u{201c}'),
    (">\"", '\u{201d}'),
    (",'", '\u{201a}'),
    (",\"", '\u{201e}'),
    ("|c", '\u{a2}'),
    ("c|", '\u{a2}'),
    ("L-", '\u{a3}'),
    ("-L", '\u{a3}'),
    ("Y=", '\u{a5}'),
    ("=Y", '\u{a5}'),
    ("e=", '\u{20ac}'),
    ("=e", '\u{20ac}'),
    ("C=", '\u{20ac}'),
    ("=C", '\u{20ac}'),
    ("E=", '\u{20ac}'),
    ("=E", '\u{20ac}'),
    ("xo", '\u{a4}'),
    ("ox", '\u{a4}'),
    ("oc", '\u{a9}'),
    ("OC", '\u{a9}'),
    ("or", '\u{ae}'),
    ("OR", '\u{ae}'),
    ("tm", '\u{2122}'),
    ("so", '\u{a7}'),
    ("os", '\u{a7}'),
    ("P!", '\u{b6}'),
    ("p!", '\u{b6}'),
    ("oo", '\u{b0}'),
    ("mu", '\u{b5}'),
    ("+-", '\u{b1}'),
    ("-+", '\u{b1}'),
    ("xx", '\u{d7}'),
    (":-", '\u{f7}'),
    ("-:", '\u{f7}'),
    ("-,", '\u{ac}'),
    (",-", '\u{ac}'),
    ("^.", '\u{b7}'),
    (".^", '\u{b7}'),
    (".-", '\u{b7}'),
    ("->", '\u{2192}'),
    ("<-", '\u{2190}'),
    ("^0", '\u{2070}'),
    ("^1", '\u{b9}'),
    ("^2", '\u{b2}'),
    ("^3", '\u{b3}'),
    ("^_a", '\u{aa}'),
    ("^_o", '\u{ba}'),
    ("12", '\u{bd}'),
    ("14", '\u{bc}'),
    ("34", '\u{be}'),
    ("ss", '\u{df}'),
    ("SS", '\u{1e9e}'),
    ("ae", '\u{e6}'),
    ("AE", '\u{c6}'),
    ("oe", '\u{153}'),
    ("OE", '\u{152}'),
    ("aa", '\u{e5}'),
    ("AA", '\u{c5}'),
    ("oa", '\u{e5}'),
    ("oA", '\u{c5}'),
    ("th", '\u{fe}'),
    ("TH", '\u{de}'),
    ("dh", '\u{f0}'),
    ("DH", '\u{d0}'),
    ("ij", '\u{133}'),
    ("IJ", '\u{132}'),
    ("i.", '\u{131}'),
    ("//", '\\'),
    ("(c", '['),
    ("((", '['),
    ("))", ']'),
    ("(-", '{'),
    (")-", '}'),
    ("VL", '|'),
    ("++", '#'),
    ("AT", '@'),
];

/// A sequence that is being typed, if one is.
#[derive(Default)]
pub struct Sequence(Option<String>);

impl Sequence {
    /// The key `keysym`, which is no modifier, was pressed; `None` when no sequence is being typed.
    pub fn press(&mut self, keysym: Keysym, shortcut: bool) -> Option<Composed> {
        if keysym == Keysym::MULTI_KEY {
            self.0 = Some(String::new());
            return Some(Composed::Nothing);
        }
        let mut typed = self.0.take()?;
        let Some(ch) = keysym.char().filter(|_| !shortcut) else {
            // What was begun with is forgotten. BackSpace is for that, and all others do what they always do.
            return Some(if keysym == Keysym::BACKSPACE { Composed::Nothing } else { Composed::Same });
        };
        typed.push(ch);
        if let Some(composed) = meant(&typed) {
            return Some(Composed::Chars(composed.into()));
        }
        if may_go_on(&typed) {
            self.0 = Some(typed);
        }
        // What means nothing types nothing, as in X.
        Some(Composed::Nothing)
    }

    /// Forgets what was typed of it.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}

/// What a whole sequence types.
fn meant(typed: &str) -> Option<char> {
    if let Some((_, sign)) = SIGNS.iter().find(|(sequence, _)| *sequence == typed) {
        return Some(*sign);
    }
    let mut chars = typed.chars();
    let (Some(first), Some(second), None) = (chars.next(), chars.next(), chars.next()) else { return None };
    if may_go_on(typed) {
        return None;
    }
    let accented = |accent: char, base: char| {
        let marks = ACCENTS.iter().filter(|(sign, _)| *sign == accent);
        marks.filter_map(|(_, mark)| compose(base, *mark)).next()
    };
    accented(first, second).or_else(|| accented(second, first))
}

/// Whether a sequence may be longer than this.
fn may_go_on(typed: &str) -> bool {
    typed.chars().count() == 1
        || SIGNS.iter().any(|(sequence, _)| sequence.len() > typed.len() && sequence.starts_with(typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What these keys type after the Compose key; `None` where the sequence is not over.
    fn typed(keys: &str) -> Option<String> {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.press(Keysym::MULTI_KEY, false), Some(Composed::Nothing));
        let mut text = String::new();
        for ch in keys.chars() {
            match sequence.press(Keysym::from_char(ch).expect("a keysym"), false) {
                Some(Composed::Chars(chars)) => text.push_str(&chars),
                Some(Composed::Nothing) => {}
                Some(Composed::Same) | None => text.push(ch),
            }
        }
        sequence.0.is_none().then_some(text)
    }

    #[test]
    fn accents_stand_before_their_letter_or_behind_it() {
        for (keys, wanted) in [
            ("'e", "é"),
            ("e'", "é"),
            ("\"u", "ü"),
            ("U\"", "Ü"),
            (",c", "ç"),
            ("~n", "ñ"),
            ("/o", "ø"),
            ("oa", "å"),
            ("*u", "ů"),
            ("cs", "š"),
            ("<z", "ž"),
            (";a", "ą"),
            ("=o", "ő"),
            ("ug", "ğ"),
            (".z", "ż"),
            ("/l", "ł"),
            ("-d", "đ"),
        ] {
            assert_eq!(typed(keys).as_deref(), Some(wanted), "{keys}");
        }
    }

    #[test]
    fn signs_are_what_their_table_says_and_every_row_can_be_typed() {
        for (index, (sequence, sign)) in SIGNS.iter().enumerate() {
            assert!((2..=MAX_SEQUENCE).contains(&sequence.chars().count()));
            assert_eq!(typed(sequence), Some(sign.to_string()), "{sequence}");
            assert!(SIGNS[..index].iter().all(|(before, _)| before != sequence), "{sequence} stands there twice");
        }
    }

    #[test]
    fn what_means_nothing_types_nothing_and_then_all_is_as_before() {
        assert_eq!(typed("'").as_deref(), None, "it goes on");
        assert_eq!(typed("qq").as_deref(), Some(""));
        assert_eq!(typed("--x").as_deref(), Some(""));
        assert_eq!(typed("qqx'e").as_deref(), Some("x'e"));
        let mut sequence = Sequence::default();
        assert_eq!(sequence.press(Keysym('a'.into()), false), None);
        for (keysym, shortcut, wanted) in [
            (Keysym::RETURN, false, Composed::Same),
            (Keysym::BACKSPACE, false, Composed::Nothing),
            (Keysym('c'.into()), true, Composed::Same),
        ] {
            sequence.press(Keysym::MULTI_KEY, false);
            assert_eq!(sequence.press(keysym, shortcut), Some(wanted));
            assert_eq!(sequence.press(Keysym('a'.into()), false), None);
        }
    }
}
