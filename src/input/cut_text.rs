//! Text from viewers' clipboards: what its bytes mean, and what of it may be typed into a console.

/// What Windows-1252 has in the places of C1, from 0x80. Viewers on Windows send it and call it Latin-1, and no
/// clipboard means C1 by these bytes.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', //
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of a ClientCutText (RFC 6143 §7.5.6), which says Latin-1, while half of the viewers send UTF-8: what is
/// valid UTF-8 is taken for that, since Latin-1 text hardly ever is unless it is ASCII.
pub fn decode_cut_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes
            .iter()
            .map(|&byte| match byte {
                0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
                _ => char::from(byte),
            })
            .collect(),
    }
}

/// What a paste types into a console: line ends (CR LF, LF) become CR, as from the Return key; of the other control
/// characters (C0, DEL, C1) only tabs stay, so that a paste cannot press keys, nor close its own brackets (DECSET 2004).
pub fn typed(text: &str) -> impl Iterator<Item = char> {
    let mut after_cr = false;
    text.chars().filter_map(move |ch| {
        let second_half = std::mem::replace(&mut after_cr, ch == '\r') && ch == '\n';
        match ch {
            _ if second_half => None,
            '\n' | '\r' => Some('\r'),
            '\t' => Some(ch),
            _ => Some(ch).filter(|ch| !ch.is_control()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_and_latin1_are_told_apart() {
        assert_eq!(decode_cut_text(b"plain"), "plain");
        assert_eq!(decode_cut_text("h\u{e9} \u{20ac} \u{1f600}".as_bytes()), "hé € 😀");
        assert_eq!(decode_cut_text(b"h\xe9 \xa4"), "hé ¤");
        assert_eq!(decode_cut_text(b"\x93q\x94 \x80\x81"), "“q” €\u{81}");
        assert_eq!(decode_cut_text(b"\xc3\xa9 then \xff"), "Ã© then ÿ", "one wrong byte and none of it is UTF-8");
    }

    fn typed(text: &str) -> String {
        super::typed(text).collect()
    }

    #[test]
    fn line_ends_become_returns() {
        assert_eq!(typed("a\nb\r\nc\rd\r\r\n\n"), "a\rb\rc\rd\r\r\r");
    }

    #[test]
    fn control_characters_are_not_typed() {
        assert_eq!(typed("a\u{3}\u{1b}[31m\tb\u{7f}\u{9b}2J\u{0}c"), "a[31m\tb2Jc");
        for ch in '\u{0}'..='\u{ff}' {
            let want = match ch {
                '\n' | '\r' => "\r".into(),
                '\t' | '\u{20}'..='\u{7e}' | '\u{a0}'.. => ch.to_string(),
                _ => String::new(),
            };
            assert_eq!(typed(&ch.to_string()), want, "{ch:?}");
        }
    }
}
