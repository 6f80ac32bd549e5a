//! One byte at a time, and what each did: for `debug replay` and `debug functions`.
//!
//! A sequence fed in pieces takes the long way through [`super::scan`], where it costs nothing to note which function it
//! was; the short way, which the bytes of a guest take, notes nothing.

use super::Terminal;
use super::decode::Params;
use super::function::Function;
use super::scan::{BEL, ESC, Kind, SUB, State};

/// What a byte did.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// It is a character, or a part of one.
    Text,
    /// It is a control of one byte, C0. One may stand in the middle of a sequence, which then goes on.
    Control(u8),
    /// It begins a sequence or a string, and ends any that had begun.
    Begin,
    /// It belongs to the sequence or string that has begun.
    Part,
    /// It completes this function.
    Function(Function, Params),
    /// It completes an operating system command.
    Osc,
    /// It completes an escape of VT52 mode.
    Vt52,
    /// It completes a sequence or a string that has no meaning here.
    Unknown,
    /// It ends a sequence or a string before that was complete.
    Aborted,
}

impl Terminal {
    /// Takes one byte of what the guest sent; all else is as with [`Terminal::feed`].
    pub fn feed_byte(&mut self, byte: u8) -> Step {
        let (before, vt52) = (self.scanner.state, self.vt52());
        self.scanner.completed = None;
        self.feed(&[byte]);
        if let Some(function) = self.scanner.completed.take() {
            return Step::Function(function, *self.decoder.params());
        }
        let after = self.scanner.state;
        match (before, after) {
            (State::Ground, State::Ground) if byte >= 0x20 && byte != 0x7f || byte == SUB => Step::Text,
            (State::Ground, State::Ground) => Step::Control(byte),
            (State::Ground, _) => Step::Begin,
            (State::String(kind) | State::StringEscape(kind), State::Ground) => end_of_string(kind, byte),
            (State::String(_) | State::StringEscape(_), _) => Step::Part,
            (_, State::Ground) if vt52 => Step::Vt52,
            (_, State::Ground) if (0x30..=0x7e).contains(&byte) => Step::Unknown,
            (_, State::Ground) => Step::Aborted,
            (_, _) if byte == ESC => Step::Begin,
            (_, _) if byte < 0x20 => Step::Control(byte),
            _ => Step::Part,
        }
    }
}

/// What the last byte of a string made of it. Linux's palette strings end with a digit or an R.
fn end_of_string(kind: Kind, last: u8) -> Step {
    let complete = matches!(last, BEL | b'\\' | b'R') || last.is_ascii_hexdigit();
    match kind {
        _ if !complete => Step::Aborted,
        Kind::Osc => Step::Osc,
        Kind::Sixel => Step::Function(Function::DECSIXEL, Params::default()),
        Kind::Dcs(Some(function)) => Step::Function(function, Params::default()),
        Kind::Dcs(None) | Kind::Ignored => Step::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::{Encoding, Options};

    /// A letter for each byte's step; functions by name.
    fn steps(options: Options, bytes: &[u8]) -> String {
        let mut terminal = Terminal::new(GridSize::new(20, 4), options);
        let mut whole = Terminal::new(GridSize::new(20, 4), terminal.options.clone());
        let mut out = String::new();
        for byte in bytes {
            out += &match terminal.feed_byte(*byte) {
                Step::Text => "t".to_owned(),
                Step::Control(_) => "c".to_owned(),
                Step::Begin => "<".to_owned(),
                Step::Part => ".".to_owned(),
                Step::Function(function, params) => format!("{function:?}({}) ", params.get(0)),
                Step::Osc => "OSC ".to_owned(),
                Step::Vt52 => "VT52 ".to_owned(),
                Step::Unknown => "? ".to_owned(),
                Step::Aborted => "! ".to_owned(),
            };
        }
        whole.feed(bytes);
        assert_eq!(terminal.screen().difference(whole.screen()), None);
        out.trim_end().to_owned()
    }

    #[test]
    fn every_byte_is_told_what_it_did() {
        for (bytes, told) in [
            ("aé\r\n\x7f\x1a", "tttccct"),
            ("\x1b[5;1H", "<....CUP(5)"),
            ("\x1b7x", "<DECSC(0) t"),
            ("\x1b[1\n;2m", "<..c..SGR(1)"),
            ("\x1b[3\x1b[1m", "<..<..SGR(1)"),
            ("\x1b[3\u{2026}m", "<....! t"),
            ("\x1b[3\x18", "<..!"),
            ("\x1b[99~", "<...?"),
            ("\x1b]2;x\x07\x1b]2;y\x1b\\", "<....OSC <.....OSC"),
            ("\x1b]2;x\x18\x1b_x\x1b\\", "<....! <...?"),
            ("\x1b]R\x1b]P1ff00ffx", "<.OSC <........OSC t"),
            ("\x1bP$qm\x1b\\\x1bPx\x1b\\", "<.....DECRQSS(0) <...?"),
            ("\x1b[?2l\x1bA\x1bY!!\x1b<", "<...DECRST(2) <VT52 <..VT52 <VT52"),
        ] {
            let found = steps(Options::default(), bytes.as_bytes());
            assert_eq!(found, told, "{bytes:?}");
        }
        let latin1 = Options { charset: Encoding::Latin1, ..Options::default() };
        assert_eq!(steps(latin1, b"\xe9\x85\x9b5m"), "tNEL(0) <.SGR(5)");
    }
}
