//! How many columns a character takes.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Characters that the crate joins to the one before or after them, while they have a column of their own: spacing marks,
/// such as vowels that stand beside their consonant, and signs that stand before a number. So do xterm and every C
/// library have it. First and last of each range, in order.
#[rustfmt::skip]
const SPACING: [(char, char); 47] = [
    ('\u{605}', '\u{605}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{9be}', '\u{9be}'),
    ('\u{9d7}', '\u{9d7}'),
    ('\u{b3e}', '\u{b3e}'),
    ('\u{b57}', '\u{b57}'),
    ('\u{bbe}', '\u{bbe}'),
    ('\u{bd7}', '\u{bd7}'),
    ('\u{cc0}', '\u{cc0}'),
    ('\u{cc2}', '\u{cc2}'),
    ('\u{cc7}', '\u{cc8}'),
    ('\u{cca}', '\u{ccb}'),
    ('\u{cd5}', '\u{cd6}'),
    ('\u{d3e}', '\u{d3e}'),
    ('\u{d57}', '\u{d57}'),
    ('\u{dcf}', '\u{dcf}'),
    ('\u{ddf}', '\u{ddf}'),
    ('\u{1715}', '\u{1715}'),
    ('\u{1734}', '\u{1734}'),
    ('\u{1b35}', '\u{1b35}'),
    ('\u{1b3b}', '\u{1b3b}'),
    ('\u{1b3d}', '\u{1b3d}'),
    ('\u{1b43}', '\u{1b44}'),
    ('\u{1baa}', '\u{1baa}'),
    ('\u{1bf2}', '\u{1bf3}'),
    ('\u{a8fa}', '\u{a8fa}'),
    ('\u{a953}', '\u{a953}'),
    ('\u{a9c0}', '\u{a9c0}'),
    ('\u{111c0}', '\u{111c0}'),
    ('\u{11235}', '\u{11235}'),
    ('\u{1133e}', '\u{1133e}'),
    ('\u{1134d}', '\u{1134d}'),
    ('\u{11357}', '\u{11357}'),
    ('\u{113b8}', '\u{113b8}'),
    ('\u{113c2}', '\u{113c2}'),
    ('\u{113c5}', '\u{113c5}'),
    ('\u{113c7}', '\u{113c9}'),
    ('\u{114b0}', '\u{114b0}'),
    ('\u{114bd}', '\u{114bd}'),
    ('\u{115af}', '\u{115af}'),
    ('\u{116b6}', '\u{116b6}'),
    ('\u{11930}', '\u{11930}'),
    ('\u{1193d}', '\u{1193d}'),
    ('\u{1d165}', '\u{1d166}'),
    ('\u{1d16d}', '\u{1d172}'),
];

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
        // Two vowels of Khmer for which others might be written: as wide as any.
        0x17a4 | 0x17d8 => 1,
        _ => match UnicodeWidthChar::width(ch) {
            Some(0) => u8::from(is_spacing(ch)),
            columns => columns.map_or(1, |columns| columns.min(2) as u8),
        },
    }
}

fn is_spacing(ch: char) -> bool {
    let at = SPACING.partition_point(|(_, last)| *last < ch);
    SPACING.get(at).is_some_and(|(first, _)| *first <= ch)
}

/// Columns of a grapheme cluster in mode 2027: those of its characters together, as Unicode's presentation selectors and
/// ligatures have it (see the crate), at least 1 and at most 2.
pub fn cluster_columns(text: &str) -> u8 {
    UnicodeWidthStr::width(text).clamp(1, 2) as u8
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::*;

    /// Characters of East_Asian_Width W or F in Unicode 16.0, but for marks and the Hangul filler.
    const WIDE: &str = "\
        1100-115f 231a-231b 2329-232a 23e9-23ec 23f0 23f3 25fd-25fe 2614-2615 2630-2637 2648-2653 267f 268a-268f \
        2693 26a1 26aa-26ab 26bd-26be 26c4-26c5 26ce 26d4 26ea 26f2-26f3 26f5 26fa 26fd 2705 270a-270b 2728 274c \
        274e 2753-2755 2757 2795-2797 27b0 27bf 2b1b-2b1c 2b50 2b55 2e80-2e99 2e9b-2ef3 2f00-2fd5 2ff0-3029 \
        3030-303e 3041-3096 309b-30ff 3105-312f 3131-3163 3165-318e 3190-31e5 31ef-321e 3220-3247 3250-a48c \
        a490-a4c6 a960-a97c ac00-d7a3 f900-fa6d fa70-fad9 fe10-fe19 fe30-fe52 fe54-fe66 fe68-fe6b ff01-ff60 \
        ffe0-ffe6 16fe0-16fe3 17000-187f7 18800-18cd5 18cff-18d08 1aff0-1aff3 1aff5-1affb 1affd-1affe 1b000-1b122 \
        1b132 1b150-1b152 1b155 1b164-1b167 1b170-1b2fb 1d300-1d356 1d360-1d376 1f004 1f0cf 1f18e 1f191-1f19a \
        1f200-1f202 1f210-1f23b 1f240-1f248 1f250-1f251 1f260-1f265 1f300-1f320 1f32d-1f335 1f337-1f37c 1f37e-1f393 \
        1f3a0-1f3ca 1f3cf-1f3d3 1f3e0-1f3f0 1f3f4 1f3f8-1f43e 1f440 1f442-1f4fc 1f4ff-1f53d 1f54b-1f54e 1f550-1f567 \
        1f57a 1f595-1f596 1f5a4 1f5fb-1f64f 1f680-1f6c5 1f6cc 1f6d0-1f6d2 1f6d5-1f6d7 1f6dc-1f6df 1f6eb-1f6ec \
        1f6f4-1f6fc 1f7e0-1f7eb 1f7f0 1f90c-1f93a 1f93c-1f945 1f947-1f9ff 1fa70-1fa7c 1fa80-1fa89 1fa8f-1fac6 \
        1face-1fadc 1fadf-1fae9 1faf0-1faf8 20000-2a6df 2a700-2b739 2b740-2b81d 2b820-2cea1 2ceb0-2ebe0 2ebf0-2ee5d \
        2f800-2fa1d 30000-3134a 31350-323af";
    /// Of what Unicode 16.0 has not: CJK planes and blocks, which are wide throughout, and what came later.
    const LATER: &str = "\
        fa6e-fa6f fada-faff 16ff2-16ff6 187f8-187ff 18cd6-18cda 18d09-18d20 18d80-18df2 18e00-19191 191a0-191d2 \
        1b123-1b128 1b168 1f1ae 1f6d8-1f6d9 1f7da 1fa8a-1fa8e 1fac8 1facc-1facd 1fadd 1faea-1faeb 1faef 1faf9-1fafa \
        2a6e0-2a6ff 2b73a-2b73f 2b81e-2b81f 2cea2-2ceaf 2ebe1-2ebef 2ee5e-2f7ff 2fa1e-2fffd 3134b-3134f 323b0-3fffd";

    fn ranges(text: &str) -> Vec<RangeInclusive<u32>> {
        let number = |text: &str| u32::from_str_radix(text, 16).expect("a number");
        let range = |text: &str| {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            number(first)..=number(last)
        };
        text.split_ascii_whitespace().map(range).collect()
    }

    #[test]
    fn wide_characters_are_those_of_unicode_16() {
        let (wide, later) = (ranges(WIDE), ranges(LATER));
        let is_in = |ranges: &[RangeInclusive<u32>], code| ranges.iter().any(|range| range.contains(&code));
        let wrong = ('\u{a0}'..'\u{40000}').map(u32::from).filter(|code| {
            let expected = is_in(&wide, *code);
            expected != (char::from_u32(*code).map(columns) == Some(2)) && !is_in(&later, *code)
        });
        let wrong: Vec<_> = wrong.collect();
        assert!(wrong.is_empty(), "{wrong:x?}");
    }

    #[test]
    fn spacing_marks_are_in_order_and_have_a_column() {
        assert!(SPACING.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(SPACING.iter().all(|(first, last)| first <= last));
        assert_eq!(
            ['\u{9be}', '\u{93e}', '\u{70f}', '\u{301}', '\u{94d}', '\u{1d172}'].map(columns),
            [1, 1, 1, 0, 0, 1]
        );
        assert_eq!(cluster_columns("\u{995}\u{9be}"), 1, "as one unit it is one");
    }

    #[test]
    fn clusters_have_their_characters_columns_and_two_at_most() {
        for (text, expected) in [
            ("e\u{301}", 1),
            ("👨\u{200d}👩", 2),
            ("\u{ad}", 1),
            ("❤\u{fe0f}", 2),
            ("👍\u{fe0e}", 1),
            ("कक", 2),
            ("ककक", 2),
        ] {
            assert_eq!(cluster_columns(text), expected, "{text:?}");
        }
    }

    #[test]
    fn shortcuts_agree_with_the_table() {
        for ch in (0x20..0x7f).chain(0xa0..0x2_ffff).filter_map(char::from_u32) {
            if ch == '\u{ad}' || matches!(ch, '\u{17a4}' | '\u{17d8}') || is_spacing(ch) {
                assert_eq!(columns(ch), 1);
                continue;
            }
            let table = UnicodeWidthChar::width(ch).map_or(1, |columns| columns.min(2) as u8);
            assert_eq!(columns(ch), table, "U+{:04X}", ch as u32);
        }
    }
}
