//! What terminals have and this one refuses: nothing of it changes the screen, is kept, or is answered.
//!
//! Each is passed over as what is unknown is, so this table needs no code of its own. It is here for those who look for a
//! sequence, and for the test that each really does nothing.

/// One row of [`REFUSED`].
#[derive(Debug)]
pub struct RefusedRow {
    /// Its mnemonic in the standards, or the name that its inventor gave it.
    pub name: &'static str,
    /// The sequence as people write it.
    pub sequence: &'static str,
    /// One of them, as bytes.
    pub example: &'static str,
    /// Why it is refused.
    pub reason: &'static str,
}

macro_rules! refused {
    ($($reason:literal: $($name:literal $sequence:literal $example:literal),*;)*) => {
        /// Every sequence that is known and refused, by reason.
        pub const REFUSED: &[RefusedRow] = &[
            $($(RefusedRow { name: $name, sequence: $sequence, example: $example, reason: $reason },)*)*
        ];
    };
}

refused! {
    "it would type text that a guest chose":
        "answerback" "ENQ" "\x05",
        "DECLANS" "DCS Ps v D…D ST" "\x1bP1v6c73\x1b\\",
        "DECUDK" "DCS Ps ; Ps | D…D ST" "\x1bP0;1|17/6c73\x1b\\",
        "DECPFK" "DCS Ps \" x D…D ST" "\x1bP1\"x17/1/6c73//100\x1b\\",
        "DECDMAC" "DCS Ps ; Ps ; Ps ! z D…D ST" "\x1bP1;0;1!z1B5B6E\x1b\\",
        "DECINVM" "CSI Ps * z" "\x1b[1*z";
    "there is no printer, and what is printed would have to be kept":
        "MC" "CSI Ps i" "\x1b[5i",
        "DECMC" "CSI ? Ps i" "\x1b[?5i";
    "it would write files":
        "logging" "OSC 46 ; Pt ST" "\x1b]46;/tmp/log\x1b\\",
        "iTerm2's" "OSC 1337 ; Pt ST" "\x1b]1337;File=inline=1:QUJD\x07";
    "it would be shown outside of the screen, to whoever watches":
        "notification (iTerm2, ConEmu)" "OSC 9 ; Pt ST" "\x1b]9;hello\x1b\\",
        "notification (kitty)" "OSC 99 ; Pt ; Pt ST" "\x1b]99;i=1;hello\x1b\\",
        "notification (rxvt)" "OSC 777 ; Pt ST" "\x1b]777;notify;a;b\x1b\\";
    "there is no X server, or window of its own":
        "X property" "OSC 3 ; Pt ST" "\x1b]3;WM_NAME=x\x1b\\",
        "pointer's shape" "OSC 22 ; Pt ST" "\x1b]22;hand2\x1b\\",
        "XTSMPOINTER" "CSI > Ps p" "\x1b[>2p",
        "icon from a file (Sun)" "OSC I Pt ST" "\x1b]I/tmp/icon\x1b\\",
        "XTGETXRES" "DCS + Q Pt ST" "\x1bP+Q666f6e74\x1b\\",
        "XTQALLOWED" "OSC 60 ST" "\x1b]60\x1b\\",
        "XTQDISALLOWED" "OSC 61 ; Pt ST" "\x1b]61;allowTitleOps\x1b\\",
        "reserved for Emacs" "OSC 51 ; Pt ST" "\x1b]51;A\x1b\\";
    "fonts are the operator's":
        "font" "OSC 50 ; Pt ST" "\x1b]50;#+1\x1b\\",
        "DECDLD" "DCS Ps ; … { D…D ST" "\x1bP1;1;1{ @~~~~\x1b\\";
    "special colours are kept, and not painted":
        "special colours on or off" "OSC 6 ; Ps ; Ps ST" "\x1b]6;0;1\x1b\\",
        "special colours on or off again" "OSC 106 ; Ps ; Ps ST" "\x1b]106;0;1\x1b\\",
        "colours (kitty)" "OSC 21 ; Pt ST" "\x1b]21;foreground=?\x1b\\",
        "stack of colours (kitty)" "OSC 30001 ST" "\x1b]30001\x1b\\";
    "keys are the operator's: --keys":
        "XTSETTCAP" "DCS + p Pt ST" "\x1bP+p7674323230\x1b\\",
        "XTSHIFTESCAPE" "CSI > Ps s" "\x1b[>1s",
        "DECLL" "CSI Ps q" "\x1b[1q";
    "the bell is the viewer's":
        "DECSWBV" "CSI Ps SP t" "\x1b[8 t",
        "DECSMBV" "CSI Ps SP u" "\x1b[8 u",
        "DECPS" "CSI Ps ; Ps ; Ps , ~" "\x1b[7;1;1,~";
    "the pointer is told by mouse tracking":
        "XTHIMOUSE" "CSI Ps ; Ps ; Ps ; Ps ; Ps T" "\x1b[1;1;1;1;2T",
        "DECEFR" "CSI Ps ; Ps ; Ps ; Ps ' w" "\x1b[1;1;2;2'w",
        "DECELR" "CSI Ps ; Ps ' z" "\x1b[1;2'z",
        "DECSLE" "CSI Ps ' {" "\x1b[1;3'{",
        "DECRQLP" "CSI Ps ' |" "\x1b['|";
    "pictures are sixels":
        "ReGIS" "DCS Ps p D…D ST" "\x1bPpP[0,0]V[9,9]\x1b\\",
        "DECTEK" "CSI ? 38 h" "\x1b[?38h",
        "graphics (kitty)" "APC G Pt ST" "\x1b_Gf=24,s=1,v=1,a=T;AAAA\x1b\\";
    "there is one page, and no status line of the terminal's own":
        "DECSASD" "CSI Ps $ }" "\x1b[1$}",
        "DECSSDT" "CSI Ps $ ~" "\x1b[2$~",
        "NP" "CSI Ps U" "\x1b[2U",
        "PP" "CSI Ps V" "\x1b[2V",
        "PPA" "CSI Ps SP P" "\x1b[2 P";
    "a terminal's state as it tells it itself means nothing to another":
        "DECRQTSR" "CSI 1 $ u" "\x1b[1$u",
        "DECRSTS" "DCS 1 $ p D…D ST" "\x1bP1$pabc\x1b\\",
        "DECTST" "CSI 4 ; Ps y" "\x1b[4;1y";
    "what it announces changes nothing":
        "ANSI level 1" "ESC SP L" "\x1b L",
        "ANSI level 2" "ESC SP M" "\x1b M",
        "ANSI level 3" "ESC SP N" "\x1b N";
    "what a Hewlett-Packard terminal means by it nobody sends":
        "lower left corner" "ESC F" "\x1bF",
        "memory lock" "ESC l" "\x1bl",
        "memory unlock" "ESC m" "\x1bm";
    "nothing is to be done":
        "APC" "APC Pt ST" "\x1b_x\x1b\\",
        "PM" "PM Pt ST" "\x1b^x\x1b\\",
        "SOS" "SOS Pt ST" "\x1bXx\x1b\\";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::{Options, Terminal};

    /// A terminal on which a lot would show, with everything allowed that an operator may allow.
    fn terminal() -> Terminal {
        let options = Options { window_ops: true, guest_clipboard: true, ..Options::default() };
        let mut terminal = Terminal::new(GridSize::new(20, 5), options);
        terminal.feed(b"\x1b]2;title\x1b\\one\r\ntwo\x1b[31m\x1b[2;4r\x1b[3;2Habc\x1b[2;3H\x1b[1$w");
        terminal.take_input();
        terminal.take_events();
        terminal
    }

    #[test]
    fn what_is_refused_leaves_no_trace() {
        for row in REFUSED {
            let (mut asked, untouched) = (terminal(), terminal());
            asked.feed(row.example.as_bytes());
            assert_eq!(asked.difference(&untouched), None, "{}", row.name);
            assert_eq!(asked.take_input(), b"", "{}", row.name);
            assert_eq!(asked.take_events(), [], "{}", row.name);
            assert_eq!(asked.history().lines(), untouched.history().lines(), "{}", row.name);
        }
    }

    #[test]
    fn each_is_listed_once() {
        for (at, row) in REFUSED.iter().enumerate() {
            let same = |other: &RefusedRow| other.name == row.name || other.sequence == row.sequence;
            assert!(!REFUSED[..at].iter().any(same), "{}", row.name);
        }
    }
}
