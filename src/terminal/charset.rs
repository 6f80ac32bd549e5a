//! G0 to G3, their shifts, and what a character of a set looks like (ISO 2022, VT220 ch. 2, xterm ctlseqs).

use super::conformance::MAX_LEVEL;

/// A set of 94 or 96 graphic characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// US ASCII.
    #[default]
    Ascii,
    /// DEC Special Graphics: lines, blocks, control pictures.
    DecGraphics,
    /// What a VT52 has for graphics.
    Vt52Graphics,
    /// DEC Supplemental (VT220's upper half).
    DecSupplemental,
    /// DEC Technical.
    DecTechnical,
    /// DEC Cyrillic.
    DecCyrillic,
    /// DEC Greek Supplemental.
    DecGreek,
    /// DEC Hebrew Supplemental.
    DecHebrew,
    /// DEC Turkish Supplemental.
    DecTurkish,
    /// ISO Latin-1, upper half (96 characters).
    Latin1,
    /// ISO Latin-2, upper half (96 characters).
    Latin2,
    /// ISO Greek, upper half (96 characters).
    IsoGreek,
    /// ISO Hebrew, upper half (96 characters).
    IsoHebrew,
    /// ISO Latin-5, upper half (96 characters).
    Latin5,
    /// ISO Latin/Cyrillic, upper half (96 characters).
    IsoCyrillic,
    /// A national replacement set.
    National(National),
}

/// National replacement character sets (VT220 ch. 2); all but the British one need DECNRCM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum National {
    British,
    Dutch,
    Finnish,
    French,
    FrenchCanadian,
    German,
    Greek,
    Hebrew,
    Italian,
    NorwegianDanish,
    Portuguese,
    Russian,
    SerboCroatian,
    Spanish,
    Swedish,
    Swiss,
    Turkish,
}

/// Which characters of ASCII each national set replaces, and by what. The two strings go together.
type Replacement = (&'static str, &'static str);

impl National {
    const fn replacement(self) -> Replacement {
        match self {
            Self::British => ("#", "£"),
            Self::Dutch => ("#@[\\]{|}~", "£¾ĳ½|¨ƒ¼´"),
            Self::Finnish => ("[\\]^`{|}~", "ÄÖÅÜéäöåü"),
            Self::French => ("#@[\\]{|}~", "£à°ç§éùè¨"),
            Self::FrenchCanadian => ("@[\\]^`{|}~", "àâçêîôéùèû"),
            Self::German => ("@[\\]{|}~", "§ÄÖÜäöüß"),
            Self::Greek => ("abcdefghijklmnopqrstuvwxyz", "ΑΒΓΔΕΖΗΘΙΚΛΜΝΧΟΠΡΣΤΥΦΞΨΩ\u{fffd}\u{fffd}"),
            Self::Hebrew => ("`abcdefghijklmnopqrstuvwxyz", "אבגדהוזחטיךכלםמןנסעףפץצקרשת"),
            Self::Italian => ("#@[\\]`{|}~", "£§°çéùàòèì"),
            Self::NorwegianDanish => ("@[\\]^`{|}~", "ÄÆØÅÜäæøåü"),
            Self::Portuguese => ("[\\]{|}", "ÃÇÕãçõ"),
            Self::Russian => ("`abcdefghijklmnopqrstuvwxyz{|}~", "ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧ"),
            Self::SerboCroatian => ("@[\\]^`{|}~", "ŽŠĐĆČžšđćč"),
            Self::Spanish => ("#@[\\]{|}", "£§¡Ñ¿°ñç"),
            Self::Swedish => ("@[\\]^`{|}~", "ÉÄÖÅÜéäöåü"),
            Self::Swiss => ("#@[\\]^_`{|}~", "ùàéçêîèôäöüû"),
            Self::Turkish => ("&@[\\]^`{|}~", "ğİŞÖÇÜĞşöçü"),
        }
    }
}

/// 0x60 to 0x7E of DEC Special Graphics; 0x5F is a blank.
const DEC_GRAPHICS: [char; 31] = [
    '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼', '⎽', '├', '┤', '┴',
    '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];

/// What a PC's character ROM has for 0x00 to 0x1F.
const CP437_CONTROLS: &str = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";

/// The character that a PC's ROM has for a control.
pub fn cp437_control(byte: u8) -> char {
    if byte == 0x7f { '⌂' } else { CP437_CONTROLS.chars().nth(byte.into()).unwrap_or(' ') }
}

/// DEC Technical, 0x21 to 0x7E; a blank where it has nothing.
const DEC_TECHNICAL: &str =
    concat!("⎷┌─⌠⌡│⎡⎣⎤⎦⎛⎝⎞⎠⎨⎬����╲╱�����≤≠≥∫∴∝∞÷Δ∇ΦΓ∼≃Θ×Λ⇔⇒≡", "ΠΨ�Σ��√ΩΞΥ⊂⊃∩∪∧∨¬αβχδεφγηιθκλ�ν∂πψρστ�ƒωξυζ←↑→↓");

/// Where DEC Supplemental differs from Latin-1, by the upper-half code.
const DEC_SUPPLEMENTAL: [(u8, char); 18] = [
    (0x24, '\u{fffd}'),
    (0x26, '\u{fffd}'),
    (0x28, '¤'),
    (0x2c, '\u{fffd}'),
    (0x2d, '\u{fffd}'),
    (0x2e, '\u{fffd}'),
    (0x2f, '\u{fffd}'),
    (0x34, '\u{fffd}'),
    (0x38, '\u{fffd}'),
    (0x3e, '\u{fffd}'),
    (0x50, '\u{fffd}'),
    (0x57, 'Œ'),
    (0x5d, 'Ÿ'),
    (0x5e, '\u{fffd}'),
    (0x70, '\u{fffd}'),
    (0x77, 'œ'),
    (0x7d, 'ÿ'),
    (0x7e, '\u{fffd}'),
];

/// The upper halves that are not Latin-1's: 94 characters from 0x21 on, or 96 from 0x20. U+FFFD where there is none.
const DEC_CYRILLIC: [char; 94] = table(concat!(
    "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
    "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
    "\u{fffd}юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧ"
));
const DEC_GREEK: [char; 94] =
    table("¡¢£�¥�§¤©ª«����°±²³�µ¶·�¹º»¼½�¿ϊΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟ�ΠΡΣΤΥΦΧΨΩάέήί�όϋαβγδεζηθικλμνξο�πρστυφχψωςύώ΄�");
const DEC_HEBREW: [char; 94] =
    table("¡¢£�¥�§¨©×«����°±²³�µ¶·�¹÷»¼½�¿��������������������������������אבגדהוזחטיךכלםמןנסעףפץצקרשת����");
const DEC_TURKISH: [char; 94] =
    table("¡¢£�¥�§¨©ª«��İ�°±²³�µ¶·�¹º»¼½ı¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖŒØÙÚÛÜŸŞßàáâãäåæçèéêëìíîïğñòóôõöœøùúûüÿş");
const LATIN_2: [char; 96] =
    table("\u{a0}Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u{ad}ŽŻ°ą˛ł´ľśˇ¸šşťź˝žżŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙");
const ISO_GREEK: [char; 96] =
    table("\u{a0}‘’£��¦§¨©�«¬\u{ad}�―°±²³΄΅Ά·ΈΉΊ»Ό½ΎΏΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ�ΣΤΥΦΧΨΩΪΫάέήίΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ�");
const ISO_HEBREW: [char; 96] =
    table("\u{a0}�¢£¤¥¦§¨©×«¬\u{ad}®¯°±²³´µ¶·¸¹÷»¼½¾��������������������������������‗אבגדהוזחטיךכלםמןנסעףפץצקרשת�����");
const LATIN_5: [char; 96] =
    table("\u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞßàáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ");
const ISO_CYRILLIC: [char; 96] =
    table("\u{a0}ЁЂЃЄЅІЇЈЉЊЋЌ\u{ad}ЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя№ёђѓєѕіїјљњћќ§ўџ");
/// 0x5F to 0x7E of a VT52's graphics, as xterm has them.
const VT52_GRAPHICS: [char; 32] = table("  ▮⅟\u{fffd}\u{fffd}\u{fffd}°±→…÷↓⎺⎺⎻⎻⎼⎼⎽⎽₀₁₂₃₄₅₆₇₈₉¶");

/// The characters of `text`, of which there must be `N`, of three bytes at most each.
const fn table<const N: usize>(text: &str) -> [char; N] {
    let (bytes, mut table, mut at, mut i) = (text.as_bytes(), ['\0'; N], 0, 0);
    while i < N {
        let lead = bytes[at] as u32;
        let (mut code, len) = match lead {
            0x00..=0x7f => (lead, 1),
            0x80..=0xdf => (lead & 0x1f, 2),
            _ => (lead & 0x0f, 3),
        };
        let mut k = 1;
        while k < len {
            code = code << 6 | (bytes[at + k] & 0x3f) as u32;
            k += 1;
        }
        table[i] = match char::from_u32(code) {
            Some(ch) => ch,
            None => panic!("a &str is valid UTF-8"),
        };
        at += len;
        i += 1;
    }
    assert!(at == bytes.len(), "as many characters as the table has");
    table
}

/// What designates a set: the intermediate after the one that names G0 to G3 (0 for none), and the final byte.
type Designator = (u8, u8);

/// One row of [`SETS`].
struct SetRow {
    set: Charset,
    size96: bool,
    designator: Designator,
    /// The lowest conformance level that has it, and the highest.
    levels: (u8, u8),
    /// Whether it can be designated only while DECNRCM is set.
    national: bool,
}

const fn graphic(set: Charset, designator: Designator, level: u8) -> SetRow {
    SetRow { set, size96: false, designator, levels: (level, MAX_LEVEL), national: false }
}

const fn iso(set: Charset, last: u8, level: u8) -> SetRow {
    SetRow { set, size96: true, designator: (0, last), levels: (level, MAX_LEVEL), national: false }
}

const fn national(set: National, designator: Designator, level: u8) -> SetRow {
    SetRow { set: Charset::National(set), size96: false, designator, levels: (level, MAX_LEVEL), national: true }
}

/// Every set that can be designated (SCS): xterm's, of VT100 to VT520. The first row of a set is that of its lowest level.
const SETS: &[SetRow] = &[
    graphic(Charset::Ascii, (0, b'B'), 1),
    graphic(Charset::National(National::British), (0, b'A'), 1),
    graphic(Charset::DecGraphics, (0, b'0'), 1),
    // The two halves of an "alternate character ROM", which a terminal need not have: xterm shows ASCII.
    graphic(Charset::Ascii, (0, b'1'), 1),
    graphic(Charset::Ascii, (0, b'2'), 1),
    // Linux: user-defined font mapping; PC consoles send it with ASCII in mind.
    graphic(Charset::Ascii, (0, b'U'), 1),
    graphic(Charset::DecSupplemental, (0, b'<'), 2),
    graphic(Charset::DecSupplemental, (b'%', b'5'), 3),
    graphic(Charset::DecTechnical, (0, b'>'), 3),
    graphic(Charset::DecCyrillic, (b'&', b'4'), 5),
    graphic(Charset::DecGreek, (b'"', b'?'), 5),
    graphic(Charset::DecHebrew, (b'"', b'4'), 5),
    graphic(Charset::DecTurkish, (b'%', b'0'), 5),
    iso(Charset::Latin1, b'A', 3),
    iso(Charset::Latin2, b'B', 5),
    iso(Charset::IsoGreek, b'F', 5),
    iso(Charset::IsoHebrew, b'H', 5),
    iso(Charset::Latin5, b'M', 5),
    iso(Charset::IsoCyrillic, b'L', 5),
    national(National::Dutch, (0, b'4'), 2),
    national(National::Finnish, (0, b'C'), 2),
    national(National::Finnish, (0, b'5'), 2),
    national(National::French, (0, b'R'), 2),
    national(National::French, (0, b'f'), 2),
    national(National::FrenchCanadian, (0, b'Q'), 2),
    national(National::FrenchCanadian, (0, b'9'), 3),
    national(National::German, (0, b'K'), 2),
    national(National::Italian, (0, b'Y'), 2),
    national(National::NorwegianDanish, (0, b'E'), 2),
    national(National::NorwegianDanish, (0, b'6'), 2),
    national(National::NorwegianDanish, (0, b'`'), 3),
    national(National::Spanish, (0, b'Z'), 2),
    national(National::Swedish, (0, b'H'), 2),
    national(National::Swedish, (0, b'7'), 2),
    national(National::Swiss, (0, b'='), 2),
    national(National::Portuguese, (b'%', b'6'), 3),
    national(National::Greek, (b'"', b'>'), 5),
    national(National::Hebrew, (b'%', b'='), 5),
    national(National::Russian, (b'&', b'5'), 5),
    national(National::SerboCroatian, (b'%', b'3'), 5),
    national(National::Turkish, (b'%', b'2'), 5),
];

impl Charset {
    /// What designates the set that users prefer (DECAUPSS), which is [`Charset::DecSupplemental`] at first.
    pub(super) const PREFERRED: (u8, u8) = (0, b'<');

    /// Whether users may prefer it: it has what ASCII has not.
    pub(super) fn supplements(self) -> bool {
        !matches!(self, Self::Ascii | Self::DecGraphics | Self::Vt52Graphics | Self::DecTechnical | Self::National(_))
    }

    /// The set designated by an intermediate (after the one that names G0 to G3; 0 for none) and a final byte; ASCII for
    /// one that there is, but not on this conformance level or without DECNRCM (xterm).
    pub fn designated(size96: bool, designator: (u8, u8), level: u8, national: bool) -> Option<Self> {
        let mut rows = SETS.iter().filter(|row| row.size96 == size96 && row.designator == designator).peekable();
        rows.peek()?;
        let allowed = |row: &&SetRow| (row.levels.0..=row.levels.1).contains(&level) && (national || !row.national);
        Some(rows.find(allowed).map_or(Self::Ascii, |row| row.set))
    }

    /// Whether the set has 96 characters, and what designates it.
    pub fn designator(self) -> (bool, (u8, u8)) {
        let row = SETS.iter().find(|row| row.set == self);
        // A VT52's graphics are nowhere to be designated.
        row.map_or((false, (0, b'0')), |row| (row.size96, row.designator))
    }

    /// The character at `code` (0x20 to 0x7F) of this set.
    pub fn map(self, code: u8) -> char {
        let ascii = char::from(code);
        match self {
            Self::Ascii => ascii,
            Self::DecGraphics => match code {
                0x5f => ' ',
                0x60..=0x7e => DEC_GRAPHICS[usize::from(code - 0x60)],
                _ => ascii,
            },
            Self::Vt52Graphics => match code {
                0x5f..=0x7e => VT52_GRAPHICS[usize::from(code - 0x5f)],
                _ => ascii,
            },
            Self::DecCyrillic => of_94(&DEC_CYRILLIC, code),
            Self::DecGreek => of_94(&DEC_GREEK, code),
            Self::DecHebrew => of_94(&DEC_HEBREW, code),
            Self::DecTurkish => of_94(&DEC_TURKISH, code),
            Self::Latin1 => char::from(code | 0x80),
            Self::Latin2 => LATIN_2[usize::from(code & 0x7f).saturating_sub(0x20)],
            Self::IsoGreek => ISO_GREEK[usize::from(code & 0x7f).saturating_sub(0x20)],
            Self::IsoHebrew => ISO_HEBREW[usize::from(code & 0x7f).saturating_sub(0x20)],
            Self::Latin5 => LATIN_5[usize::from(code & 0x7f).saturating_sub(0x20)],
            Self::IsoCyrillic => ISO_CYRILLIC[usize::from(code & 0x7f).saturating_sub(0x20)],
            Self::DecSupplemental => {
                let differs = DEC_SUPPLEMENTAL.iter().find(|(at, _)| *at == code);
                differs.map_or(char::from(code | 0x80), |(_, ch)| *ch)
            }
            Self::DecTechnical => match code {
                0x21..=0x7e => DEC_TECHNICAL.chars().nth(usize::from(code - 0x21)).unwrap_or(' '),
                _ => ' ',
            },
            Self::National(national) => {
                let (from, to) = national.replacement();
                from.chars().zip(to.chars()).find(|(from, _)| *from == ascii).map_or(ascii, |(_, to)| to)
            }
        }
    }
}

/// The character at `code` of a set of 94, which has nothing in the first place and the last.
fn of_94(set: &[char; 94], code: u8) -> char {
    usize::from(code).checked_sub(0x21).and_then(|at| set.get(at)).copied().unwrap_or(char::from(code))
}

/// The four designated sets and which of them GL and GR show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charsets {
    /// G0 to G3.
    pub sets: [Charset; 4],
    /// Which of them the codes 0x20 to 0x7F mean (SI, SO, LS2, LS3).
    pub left: u8,
    /// Which of them the codes 0xA0 to 0xFF mean (LS1R, LS2R, LS3R). ASCII leaves them to UTF-8; in 8-bit mode it stands for
    /// Latin-1 there.
    pub right: u8,
    /// The set of the next character only (SS2, SS3).
    pub single: Option<u8>,
}

impl Default for Charsets {
    fn default() -> Self {
        Self { sets: [Charset::Ascii; 4], left: 0, right: 2, single: None }
    }
}

impl Charsets {
    /// Whether ASCII is shown as it comes, and no shift waits.
    #[inline]
    pub fn plain(&self) -> bool {
        self.single.is_none() && self.sets[usize::from(self.left & 3)] == Charset::Ascii
    }

    /// Whether no set is designated for the right half, so that UTF-8 may have its bytes.
    #[inline]
    pub fn right_is_free(&self) -> bool {
        self.sets[usize::from(self.right & 3)] == Charset::Ascii
    }

    /// What a character from the left half (0x20 to 0x7E) is, using up a single shift.
    pub fn map_left(&mut self, code: u8) -> char {
        let set = self.single.take().unwrap_or(self.left);
        self.sets[usize::from(set & 3)].map(code)
    }

    /// What a byte from the right half (0xA0 to 0xFF) is in 8-bit mode.
    pub fn map_right(&mut self, byte: u8) -> char {
        let set = self.single.take().unwrap_or(self.right);
        match self.sets[usize::from(set & 3)] {
            // Sets of 94 characters have nothing in the first place and the last.
            Charset::Ascii | Charset::Latin1 => char::from(byte),
            set if matches!(byte, 0xa0 | 0xff) && !set.designator().0 => char::from(byte),
            set => set.map(byte & 0x7f),
        }
    }
}

/// IBM code page 437 from 0x80 on.
const CP437: &str = concat!(
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}"
);

/// The character of code page 437 at `byte`, 0x80 or above.
pub fn cp437(byte: u8) -> char {
    const TABLE: [char; 128] = table(CP437);
    TABLE[usize::from(byte & 0x7f)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_their_length() {
        assert_eq!(DEC_TECHNICAL.chars().count(), 0x7e - 0x20);
        assert_eq!(Charset::DecTechnical.map(0x7e), '↓');
        assert_eq!(Charset::DecTechnical.map(0x61), 'α');
        assert_eq!(Charset::DecGraphics.map(b'q'), '─');
        assert_eq!(Charset::DecGraphics.map(b'~'), '·');
        assert_eq!(cp437(0x80), 'Ç');
        assert_eq!(cp437(0xc4), '─');
        assert_eq!(cp437(0xe1), 'ß');
        assert_eq!(cp437(0xff), '\u{a0}');
    }

    #[test]
    fn national_sets_replace_as_many_as_they_name() {
        for row in SETS {
            let Charset::National(national) = row.set else { continue };
            let (from, to) = national.replacement();
            assert_eq!(from.chars().count(), to.chars().count(), "{national:?}");
            assert!(from.is_ascii(), "{national:?}");
        }
    }

    #[test]
    fn sets_are_found_by_what_designates_them() {
        for row in SETS {
            let found = Charset::designated(row.size96, row.designator, MAX_LEVEL, true);
            assert_eq!(found, Some(row.set));
            let (size96, designator) = row.set.designator();
            assert_eq!(Charset::designated(size96, designator, MAX_LEVEL, true), Some(row.set));
            assert!((0x20..=0x7f).all(|code| !row.set.map(code).is_control() || code == 0x7f), "{:?}", row.set);
        }
        assert_eq!(Charset::designated(false, (0, b'K'), MAX_LEVEL, false), Some(Charset::Ascii));
        assert_eq!(Charset::designated(true, (0, b'B'), 4, true), Some(Charset::Ascii));
        assert_eq!(Charset::designated(true, (0, b'Z'), MAX_LEVEL, true), None);
        assert_eq!(Charset::designated(false, (b'%', b'Z'), MAX_LEVEL, true), None);
    }
}
