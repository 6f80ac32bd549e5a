//! Bytes of a guest cut into what they mean: runs of text, controls, sequences, strings; each with its offset.

use std::fmt;

use super::quoted;
use crate::terminal::decode::Params;
use crate::terminal::function::{FUNCTIONS, Function, FunctionRow};
use crate::terminal::trace::Step;

/// Bytes of one unit that are kept to be shown; text is cut into units of as many.
pub const MAX_SHOWN: usize = 80;

/// The names of the controls of one byte; DEL comes last.
const CONTROLS: [&str; 33] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI", "DLE",
    "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US", "DEL",
];

/// What a unit is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Characters.
    Text,
    /// A control of one byte.
    Control(u8),
    /// A control function.
    Function(Function, Params),
    /// An operating system command.
    Osc,
    /// An escape of VT52 mode.
    Vt52,
    /// A sequence or string that has no meaning here.
    Unknown,
    /// One that ended before it was complete.
    Aborted,
}

/// A piece of the input that means something.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Where it begins in the input.
    pub offset: u64,
    /// What it is.
    pub kind: Kind,
    /// Its bytes, at most [`MAX_SHOWN`] of them, and how many there are.
    pub bytes: Vec<u8>,
    /// See `bytes`.
    pub length: u64,
}

/// Cuts: see the module.
#[derive(Debug, Default)]
pub struct Units {
    offset: u64,
    text: Option<Unit>,
    /// A sequence or string that has begun.
    sequence: Option<Unit>,
}

impl Unit {
    fn new(offset: u64, kind: Kind, byte: u8) -> Self {
        Self { offset, kind, bytes: vec![byte], length: 1 }
    }

    fn push(&mut self, byte: u8) {
        self.length += 1;
        if self.bytes.len() < MAX_SHOWN {
            self.bytes.push(byte);
        }
    }

    /// The mnemonic of the standards, or what kind of thing it is.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Text => "text",
            Kind::Control(byte) => CONTROLS.get(usize::from(byte)).copied().unwrap_or("DEL"),
            Kind::Function(function, _) => row(function).mnemonic,
            Kind::Osc => "OSC",
            Kind::Vt52 => "VT52",
            Kind::Unknown => "unknown",
            Kind::Aborted => "aborted",
        }
    }
}

/// The row of a function.
pub fn row(function: Function) -> &'static FunctionRow {
    &FUNCTIONS[function as usize]
}

impl fmt::Display for Unit {
    /// Its bytes in quotes, and how many more there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted(&self.bytes))?;
        match self.length - self.bytes.len() as u64 {
            0 => Ok(()),
            more => write!(f, " and {more} bytes"),
        }
    }
}

impl Units {
    /// The run of text that `byte`, which comes next, ends; asked before the terminal takes it.
    pub fn end_text_before(&mut self, byte: u8) -> Option<Unit> {
        self.text.take_if(|text| byte < 0x20 || byte == 0x7f || text.length >= MAX_SHOWN as u64 && byte & 0xc0 != 0x80)
    }

    /// Takes the next byte and what it did; the unit that is complete with it, and one before that it broke off.
    pub fn push(&mut self, byte: u8, step: Step) -> [Option<Unit>; 2] {
        let offset = self.offset;
        self.offset += 1;
        let kind = match step {
            Step::Text => {
                match &mut self.text {
                    Some(text) => text.push(byte),
                    None => self.text = Some(Unit::new(offset, Kind::Text, byte)),
                }
                return [None, None];
            }
            Step::Control(byte) => return [self.text.take(), Some(Unit::new(offset, Kind::Control(byte), byte))],
            Step::Begin => {
                let broken = self.sequence.replace(Unit::new(offset, Kind::Aborted, byte));
                return [self.text.take().or(broken), None];
            }
            Step::Part => {
                match &mut self.sequence {
                    Some(sequence) => sequence.push(byte),
                    None => self.sequence = Some(Unit::new(offset, Kind::Aborted, byte)),
                }
                return [None, None];
            }
            Step::Function(function, params) => Kind::Function(function, params),
            Step::Osc => Kind::Osc,
            Step::Vt52 => Kind::Vt52,
            Step::Unknown => Kind::Unknown,
            Step::Aborted => Kind::Aborted,
        };
        let unit = match self.sequence.take() {
            Some(mut sequence) => {
                sequence.push(byte);
                Unit { kind, ..sequence }
            }
            None => Unit::new(offset, kind, byte),
        };
        [self.text.take(), Some(unit)]
    }

    /// Whether a sequence or string has begun and is not complete.
    pub fn is_open(&self) -> bool {
        self.sequence.is_some()
    }

    /// What has begun at the end of the input.
    pub fn finish(self) -> [Option<Unit>; 2] {
        [self.text, self.sequence]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::{Options, Terminal};

    /// Offset, name and bytes of every unit.
    fn units(input: &[u8]) -> Vec<String> {
        let mut terminal = Terminal::new(GridSize::new(80, 24), Options::default());
        let (mut units, mut all) = (Units::default(), Vec::new());
        for byte in input {
            all.extend(units.end_text_before(*byte));
            all.extend(units.push(*byte, terminal.feed_byte(*byte)).into_iter().flatten());
        }
        all.extend(units.finish().into_iter().flatten());
        all.iter().map(|unit| format!("{} {} {unit}", unit.offset, unit.name())).collect()
    }

    #[test]
    fn every_byte_is_in_one_unit() {
        let found = units(b"one\r\x1b[1mt\x1b[2\n;5H\x1b]2;t\x07\x1b[5\x1b[6n\x1b[99~\x7f\x1b[");
        let wanted = [
            "0 text \"one\"",
            "3 CR \"\\r\"",
            "4 SGR \"\\e[1m\"",
            "8 text \"t\"",
            "12 LF \"\\n\"",
            "9 CUP \"\\e[2;5H\"",
            "16 OSC \"\\e]2;t\\x07\"",
            "22 aborted \"\\e[5\"",
            "25 DSR \"\\e[6n\"",
            "29 unknown \"\\e[99~\"",
            "34 DEL \"\\x7f\"",
            "35 aborted \"\\e[\"",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_is_long_is_cut() {
        let found = units(&[b"x".repeat(100), b"\x1b_".to_vec(), b"y".repeat(1_000_000), b"\x1b\\".to_vec()].concat());
        assert_eq!(found.len(), 3);
        assert_eq!(found[1], format!("80 text {}", quoted(&b"x".repeat(20))));
        assert!(
            found[2].starts_with("100 unknown \"\\e_yyy") && found[2].ends_with("\" and 999924 bytes"),
            "{}",
            found[2]
        );
    }
}
