//! The control functions we have, by their mnemonics: one flat list, from which decoding and the documents follow.

/// What begins a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Introducer {
    /// `ESC`.
    Esc,
    /// `ESC [`.
    Csi,
    /// `ESC P`.
    Dcs,
}

/// One row of [`FUNCTIONS`].
#[derive(Debug)]
pub struct FunctionRow {
    /// The function.
    pub function: Function,
    /// Its mnemonic in the standards, or xterm's name.
    pub mnemonic: &'static str,
    /// What begins it.
    pub introducer: Introducer,
    /// Private marker and intermediates, in their order.
    pub intermediates: &'static [u8],
    /// The final byte; 0 when any will do.
    pub last: u8,
    /// What it does, in a few words.
    pub summary: &'static str,
}

impl FunctionRow {
    /// The sequence as people write it, `CSI ? Ps h`.
    pub fn sequence(&self) -> String {
        let mut words = vec![match self.introducer {
            Introducer::Esc => "ESC".to_owned(),
            Introducer::Csi => "CSI".to_owned(),
            Introducer::Dcs => "DCS".to_owned(),
        }];
        let mark = |byte: &u8| if *byte == b' ' { "SP".to_owned() } else { char::from(*byte).to_string() };
        // Private markers come before the parameters, intermediates after them.
        let (before, after): (Vec<u8>, Vec<u8>) = self.intermediates.iter().partition(|byte| **byte >= 0x3c);
        words.extend(before.iter().map(mark));
        if self.introducer == Introducer::Csi {
            words.push("Ps".to_owned());
        }
        words.extend(after.iter().map(mark));
        words.push(if self.last == 0 { "F".to_owned() } else { char::from(self.last).to_string() });
        words.join(" ")
    }
}

macro_rules! functions {
    ($($name:ident $introducer:ident $intermediates:literal $last:literal $summary:literal;)*) => {
        /// A control function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "FUNCTIONS has a summary of each")]
        pub enum Function {
            $($name,)*
        }

        /// Every control function, in the order of [`Function`].
        pub const FUNCTIONS: &[FunctionRow] = &[
            $(FunctionRow {
                function: Function::$name,
                mnemonic: stringify!($name),
                introducer: Introducer::$introducer,
                intermediates: $intermediates,
                last: $last,
                summary: $summary,
            },)*
        ];
    };
}

functions! {
    DECBI    Esc b"" b'6' "left, or the region right from the left margin";
    DECSC    Esc b"" b'7' "save cursor, rendition and charsets";
    DECRC    Esc b"" b'8' "restore what DECSC saved";
    DECFI    Esc b"" b'9' "right, or the region left from the right margin";
    DECKPAM  Esc b"" b'=' "application keypad";
    DECKPNM  Esc b"" b'>' "numeric keypad";
    IND      Esc b"" b'D' "down one row, scrolling at the bottom margin";
    NEL      Esc b"" b'E' "first column of the next row";
    HTS      Esc b"" b'H' "set a tab stop";
    RI       Esc b"" b'M' "up one row, scrolling at the top margin";
    SS2      Esc b"" b'N' "the next character from G2";
    SS3      Esc b"" b'O' "the next character from G3";
    SPA      Esc b"" b'V' "protect what is printed, from ED, EL and ECH too";
    EPA      Esc b"" b'W' "and no longer";
    DECID    Esc b"" b'Z' "as DA1";
    RIS      Esc b"" b'c' "reset everything";
    LS2      Esc b"" b'n' "G2 into GL";
    LS3      Esc b"" b'o' "G3 into GL";
    LS3R     Esc b"" b'|' "G3 into GR";
    LS2R     Esc b"" b'}' "G2 into GR";
    LS1R     Esc b"" b'~' "G1 into GR";
    S7C1T    Esc b" " b'F' "answers with controls of seven bits";
    S8C1T    Esc b" " b'G' "answers with controls of eight bits";
    DECDHLT  Esc b"#" b'3' "double height, top half";
    DECDHLB  Esc b"#" b'4' "double height, bottom half";
    DECSWL   Esc b"#" b'5' "single width";
    DECDWL   Esc b"#" b'6' "double width";
    DECALN   Esc b"#" b'8' "fill the screen with E";
    DOCS8    Esc b"%" b'@' "8-bit text, Latin-1 or the guest's code page";
    DOCSUTF8 Esc b"%" b'G' "text in UTF-8";
    LINUXUTF8 Esc b"%" b'8' "the same, as Linux called it first";
    G0D4     Esc b"(" 0 "designate a 94-character set as G0";
    G1D4     Esc b")" 0 "designate a 94-character set as G1";
    G2D4     Esc b"*" 0 "designate a 94-character set as G2";
    G3D4     Esc b"+" 0 "designate a 94-character set as G3";
    G1D6     Esc b"-" 0 "designate a 96-character set as G1";
    G2D6     Esc b"." 0 "designate a 96-character set as G2";
    G3D6     Esc b"/" 0 "designate a 96-character set as G3";
    ICH      Csi b"" b'@' "insert cells";
    CUU      Csi b"" b'A' "up";
    CUD      Csi b"" b'B' "down";
    CUF      Csi b"" b'C' "right";
    CUB      Csi b"" b'D' "left";
    CNL      Csi b"" b'E' "down, to the first column";
    CPL      Csi b"" b'F' "up, to the first column";
    CHA      Csi b"" b'G' "to a column";
    CUP      Csi b"" b'H' "to a row and column";
    CHT      Csi b"" b'I' "tab stops forward";
    ED       Csi b"" b'J' "erase in display";
    EL       Csi b"" b'K' "erase in line";
    IL       Csi b"" b'L' "insert rows";
    DL       Csi b"" b'M' "delete rows";
    DCH      Csi b"" b'P' "delete cells";
    SU       Csi b"" b'S' "scroll up";
    SD       Csi b"" b'T' "scroll down";
    ECH      Csi b"" b'X' "erase cells";
    CBT      Csi b"" b'Z' "tab stops back";
    SDE      Csi b"" b'^' "scroll down (ECMA-48)";
    HPA      Csi b"" b'`' "to a column";
    HPR      Csi b"" b'a' "right";
    REP      Csi b"" b'b' "the last character again";
    DA1      Csi b"" b'c' "what terminal is this";
    VPA      Csi b"" b'd' "to a row";
    VPR      Csi b"" b'e' "down";
    HVP      Csi b"" b'f' "to a row and column";
    TBC      Csi b"" b'g' "clear tab stops";
    SM       Csi b"" b'h' "set modes";
    RM       Csi b"" b'l' "reset modes";
    SGR      Csi b"" b'm' "colours and attributes";
    DSR      Csi b"" b'n' "status and cursor position";
    DECSTBM  Csi b"" b'r' "top and bottom margins";
    SCOSC    Csi b"" b's' "save the cursor; with mode 69: DECSLRM, left and right margins";
    XTWINOPS Csi b"" b't' "the window: what it is like, stack of titles; what would change it only with --window-ops on";
    SCORC    Csi b"" b'u' "restore the cursor";
    DECREQTPARM Csi b"" b'x' "terminal parameters, of a VT100";
    DECSED   Csi b"?" b'J' "erase in display what is not protected";
    DECSEL   Csi b"?" b'K' "erase in line what is not protected";
    DECST8C  Csi b"?" b'W' "a tab stop in every eighth column";
    LINUXFK  Csi b"" b'[' "a function key of Linux's, echoed: the byte after it is lost";
    LINUXCUR Csi b"?" b'c' "Linux's cursor: 1 none, 2 and 3 an underline, all else a block";
    DECSET   Csi b"?" b'h' "set DEC modes";
    DECRST   Csi b"?" b'l' "reset DEC modes";
    DECDSR   Csi b"?" b'n' "DEC status reports";
    XTRESTORE Csi b"?" b'r' "restore DEC modes";
    XTSAVE   Csi b"?" b's' "save DEC modes";
    DECCARA  Csi b"$" b'r' "change attributes in a rectangle";
    DECRARA  Csi b"$" b't' "reverse attributes in a rectangle";
    DECCRA   Csi b"$" b'v' "copy a rectangle";
    DECFRA   Csi b"$" b'x' "fill a rectangle";
    DECERA   Csi b"$" b'z' "erase a rectangle";
    DECSERA  Csi b"$" b'{' "erase in a rectangle what is not protected";
    DECSACE  Csi b"*" b'x' "attributes change in rectangles (2) or in text";
    DECRQCRA Csi b"*" b'y' "checksum of a rectangle";
    XTCHECKSUM Csi b"#" b'y' "how checksums are made";
    XTREPORTSGR Csi b"#" b'|' "what a rectangle's rendition has in common";
    DECIC    Csi b"'" b'}' "insert columns";
    DECDC    Csi b"'" b'~' "delete columns";
    SL       Csi b" " b'@' "scroll left";
    SR       Csi b" " b'A' "scroll right";
    DECSCPP  Csi b"$" b'|' "80 or 132 columns, with --window-ops on";
    DECSNLS  Csi b"*" b'|' "lines of the screen, with --window-ops on";
    DECRQM   Csi b"$" b'p' "is a mode set";
    DECRQMP  Csi b"?$" b'p' "is a DEC mode set";
    DA2      Csi b">" b'c' "which version";
    XTMODKEYS Csi b">" b'm' "how modified keys are sent";
    XTUNMODKEYS Csi b">" b'n' "modified keys as before";
    XTQMODKEYS Csi b"?" b'm' "how modified keys are sent, as XTMODKEYS would set it";
    XTFMTKEYS Csi b">" b'f' "in which form modified keys are sent";
    XTQFMTKEYS Csi b"?" b'g' "the same, as XTFMTKEYS would set it";
    KKPUSH   Csi b">" b'u' "kitty keyboard: other flags, the old ones on a stack";
    KKPOP    Csi b"<" b'u' "kitty keyboard: flags off the stack";
    KKSET    Csi b"=" b'u' "kitty keyboard: set, add or take away flags";
    KKQUERY  Csi b"?" b'u' "kitty keyboard: which flags are on";
    XTVERSION Csi b">" b'q' "name and version";
    XTSMTITLE Csi b">" b't' "titles are set, and asked for, in hexadecimal (0, 1) or UTF-8 (2, 3)";
    XTRMTITLE Csi b">" b'T' "title modes off";
    DA3      Csi b"=" b'c' "unit id";
    DECSCUSR Csi b" " b'q' "shape of the cursor";
    DECSTR   Csi b"!" b'p' "soft reset";
    DECSCL   Csi b"\"" b'p' "conformance level, controls of seven or eight bits: a soft reset";
    DECRQDE  Csi b"\"" b'v' "which part of the page is shown";
    DECRQPSR Csi b"$" b'w' "the cursor and how it writes (1, DECCIR), tab stops (2, DECTABSR)";
    DECRSPS  Dcs b"$" b't' "the same put back, as it was told";
    DECRQTSR Csi b"$" b'u' "the first 16 colours (2, DECCTR), as HLS (1) or RGB (2)";
    DECRSTS  Dcs b"$" b'p' "the same colours put back, as they were told (2)";
    DECRQUPSS Csi b"&" b'u' "which supplemental set is preferred";
    DECAUPSS Dcs b"!" b'u' "prefer a supplemental set of 94 characters (0) or 96 (1)";
    XTSMGRAPHICS Csi b"?" b'S' "colour registers (1) and size (2) of pictures";
    DECSCA   Csi b"\"" b'q' "protect from selective erasing";
    DECSIXEL Dcs b"" b'q' "a picture of sixels";
    XTTITLEPOS Csi b"#" b'S' "how many titles are put away";
    XTPUSHSGR Csi b"#" b'{' "put away colours and attributes";
    XTPUSHSGR2 Csi b"#" b'p' "as XTPUSHSGR";
    XTPOPSGR Csi b"#" b'}' "colours and attributes as they were put away";
    XTPOPSGR2 Csi b"#" b'q' "as XTPOPSGR";
    XTPUSHCOLORS Csi b"#" b'P' "put away the palette";
    XTPOPCOLORS Csi b"#" b'Q' "the palette as it was put away";
    XTREPORTCOLORS Csi b"#" b'R' "how many palettes are put away";
    DECRQSS  Dcs b"$" b'q' "report a setting";
    XTGETTCAP Dcs b"+" b'q' "report a terminfo capability";
    XTSYNC   Dcs b"=" b's' "begin (1) or end (2) a synchronized update";
}

/// For each final byte from `@` on the row of the control sequence without intermediates, or [`NONE`].
const PLAIN_CSI: [u8; 64] = by_final(b"");
/// The same for those that begin with `?`.
const DEC_CSI: [u8; 64] = by_final(b"?");
const NONE: u8 = u8::MAX;

const fn by_final(intermediates: &[u8]) -> [u8; 64] {
    let (mut rows, mut i) = ([NONE; 64], 0);
    while i < FUNCTIONS.len() {
        let row = &FUNCTIONS[i];
        let ours = match (row.intermediates, intermediates) {
            ([], []) => true,
            ([one], [other]) => *one == *other,
            _ => false,
        };
        if matches!(row.introducer, Introducer::Csi) && ours {
            rows[(row.last & 0x3f) as usize] = i as u8;
        }
        i += 1;
    }
    rows
}

impl Function {
    /// The function of a sequence, if we have it.
    #[inline]
    pub fn find(introducer: Introducer, intermediates: &[u8], last: u8) -> Option<Self> {
        let at = match (introducer, intermediates) {
            (Introducer::Csi, []) => PLAIN_CSI[usize::from(last & 0x3f)],
            (Introducer::Csi, [b'?']) => DEC_CSI[usize::from(last & 0x3f)],
            _ => return Self::search(introducer, intermediates, last),
        };
        FUNCTIONS.get(usize::from(at)).map(|row| row.function)
    }

    fn search(introducer: Introducer, intermediates: &[u8], last: u8) -> Option<Self> {
        let found = |row: &&FunctionRow| {
            // A set may be named by a second intermediate, as in ESC ( % 5.
            let named = if row.last == 0 { intermediates.get(..1) } else { Some(intermediates) };
            row.introducer == introducer && named == Some(row.intermediates) && (row.last == last || row.last == 0)
        };
        FUNCTIONS.iter().find(found).map(|row| row.function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_own_sequence() {
        for row in FUNCTIONS {
            let last = if row.last == 0 { b'B' } else { row.last };
            assert_eq!(Function::find(row.introducer, row.intermediates, last), Some(row.function), "{}", row.mnemonic);
        }
        assert_eq!(Function::find(Introducer::Csi, b"<", b'c'), None);
        assert_eq!(Function::find(Introducer::Csi, b"", b'~'), None);
    }
}
