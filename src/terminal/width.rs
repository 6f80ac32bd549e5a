//! How many columns a character takes.

use unicode_width::UnicodeWidthChar;

/// Columns of `ch`: 0 for a mark that joins the character before it, 2 for a wide one, else 1. The soft hyphen is a
/// character like others here, as in xterm and in every C library.
#[inline]
pub fn columns(ch: char) -> u8 {
    let code = ch as u32;
    match code {
        // Latin, Greek, Cyrillic, up to the first combining marks and beyond them: the common case without a table.
        0..=0x2ff | 0x370..=0x482 => 1,
        // Box drawing, blocks, shapes that are always narrow; CJK ideographs and Hangul that are always wide.
        0x2500..=0x25fc => 1,
        0x3041..=0x3096 | 0x30a1..=0x30fa | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7a3 => 2,
        _ => UnicodeWidthChar::width(ch).map_or(1, |columns| columns.min(2) as u8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_agree_with_the_table() {
        for ch in (0x20..0x7f).chain(0xa0..0x2_ffff).filter_map(char::from_u32) {
            if ch == '\u{ad}' {
                assert_eq!(columns(ch), 1);
                continue;
            }
            let table = UnicodeWidthChar::width(ch).map_or(1, |columns| columns.min(2) as u8);
            assert_eq!(columns(ch), table, "U+{:04X}", ch as u32);
        }
    }
}
