//! G0 to G3, their shifts, and what a character of a set looks like (ISO 2022, VT220 ch. 2, xterm ctlseqs).

/// A set of 94 or 96 graphic characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// US ASCII.
    #[default]
    Ascii,
    /// DEC Special Graphics: lines, blocks, control pictures.
    DecGraphics,
    /// DEC Supplemental (VT220's upper half); also the user-preferred supplemental set.
    DecSupplemental,
    /// DEC Technical.
    DecTechnical,
    /// ISO Latin-1, upper half (96 characters).
    Latin1,
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
    Italian,
    NorwegianDanish,
    Portuguese,
    Spanish,
    Swedish,
    Swiss,
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
            Self::Italian => ("#@[\\]`{|}~", "£§°çéùàòèì"),
            Self::NorwegianDanish => ("@[\\]^`{|}~", "ÄÆØÅÜäæøåü"),
            Self::Portuguese => ("[\\]{|}", "ÃÇÕãçõ"),
            Self::Spanish => ("#@[\\]{|}", "£§¡Ñ¿°ñç"),
            Self::Swedish => ("@[\\]^`{|}~", "ÉÄÖÅÜéäöåü"),
            Self::Swiss => ("#@[\\]^_`{|}~", "ùàéçêîèôäöüû"),
        }
    }
}

/// 0x60 to 0x7E of DEC Special Graphics; 0x5F is a blank.
const DEC_GRAPHICS: [char; 31] = [
    '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼', '⎽', '├', '┤', '┴',
    '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];

/// DEC Technical, 0x21 to 0x7E; a blank where it has nothing.
const DEC_TECHNICAL: &str =
    concat!("⎷┌─⌠⌡│⎡⎣⎤⎦⎛⎝⎞⎠⎨⎬    ╲╱     ≤≠≥∫∴∝∞÷Δ∇ΦΓ∼≃Θ×Λ⇔⇒≡", "ΠΨ Σ  √ΩΞΥ⊂⊃∩∪∧∨¬αβχδεφγηιθκλ ν∂πψρστ ƒωξυζ←↑→↓");

/// Where DEC Supplemental differs from Latin-1, by the upper-half code.
const DEC_SUPPLEMENTAL: [(u8, char); 14] = [
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
    (0x57, 'Œ'),
    (0x5d, 'Ÿ'),
    (0x77, 'œ'),
    (0x7d, 'ÿ'),
];

impl Charset {
    /// The set designated by these intermediates (after the one that names G0 to G3) and this final byte.
    pub fn designated(size96: bool, intermediate: Option<u8>, last: u8, national: bool) -> Option<Self> {
        let set = match (size96, intermediate, last) {
            (true, None, b'A') => Self::Latin1,
            (true, ..) => return None,
            (false, None, b'B') => Self::Ascii,
            // 1 and 2: "alternate character ROM", which terminals without one show as ASCII and graphics.
            (false, None, b'0' | b'2') => Self::DecGraphics,
            (false, None, b'1') => Self::Ascii,
            (false, None, b'<') | (false, Some(b'%'), b'5') => Self::DecSupplemental,
            (false, None, b'>') => Self::DecTechnical,
            (false, None, b'A') => Self::National(National::British),
            // Linux: user-defined font mapping; PC consoles send it with ASCII in mind.
            (false, None, b'U') => Self::Ascii,
            (false, intermediate, last) if national => Self::National(Self::national(intermediate, last)?),
            _ => return None,
        };
        Some(set)
    }

    fn national(intermediate: Option<u8>, last: u8) -> Option<National> {
        Some(match (intermediate, last) {
            (None, b'4') => National::Dutch,
            (None, b'C' | b'5') => National::Finnish,
            (None, b'R' | b'f') => National::French,
            (None, b'Q' | b'9') => National::FrenchCanadian,
            (None, b'K') => National::German,
            (None, b'Y') => National::Italian,
            (None, b'`' | b'E' | b'6') => National::NorwegianDanish,
            (Some(b'%'), b'6') => National::Portuguese,
            (None, b'Z') => National::Spanish,
            (None, b'7' | b'H') => National::Swedish,
            (None, b'=') => National::Swiss,
            _ => return None,
        })
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
            Self::Latin1 => char::from(code | 0x80),
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

/// The four designated sets and which of them GL and GR show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charsets {
    /// G0 to G3.
    pub sets: [Charset; 4],
    /// Which of them the codes 0x20 to 0x7F mean (SI, SO, LS2, LS3).
    pub left: u8,
    /// Which of them the codes 0xA0 to 0xFF mean in 8-bit mode (LS1R, LS2R, LS3R); ASCII stands for Latin-1 there.
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
            _ if matches!(byte, 0xa0 | 0xff) => char::from(byte),
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
    const TABLE: [char; 128] = {
        let (bytes, mut table, mut at, mut i) = (CP437.as_bytes(), ['\0'; 128], 0, 0);
        while i < 128 {
            let (lead, len) = (bytes[at] as u32, if bytes[at] < 0xe0 { 2 } else { 3 });
            let mut code = if len == 2 { lead & 0x1f } else { lead & 0x0f };
            let mut k = 1;
            while k < len {
                code = code << 6 | (bytes[at + k] & 0x3f) as u32;
                k += 1;
            }
            table[i] = match char::from_u32(code) {
                Some(ch) => ch,
                None => panic!("CP437 is valid UTF-8"),
            };
            at += len;
            i += 1;
        }
        assert!(at == bytes.len(), "128 characters");
        table
    };
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
        for (intermediate, last) in
            [(None, b'4'), (None, b'C'), (None, b'R'), (None, b'Q'), (None, b'K'), (None, b'Y'), (None, b'E')]
                .into_iter()
                .chain([(Some(b'%'), b'6'), (None, b'Z'), (None, b'7'), (None, b'=')])
        {
            let national = Charset::national(intermediate, last).expect("a known set");
            let (from, to) = national.replacement();
            assert_eq!(from.chars().count(), to.chars().count(), "{national:?}");
        }
    }
}
