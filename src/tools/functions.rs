//! `vncterm debug functions`: the control functions the terminal knows, or those that recorded output holds.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use super::units::{Kind, Unit, Units, row};
use super::{Failure, Input, Streams};
use crate::config::tools::Functions;
use crate::geometry::GridSize;
use crate::terminal::function::FUNCTIONS;
use crate::terminal::{Options, Terminal};

/// Different things that are counted one by one; what comes after as many is counted together.
pub const MAX_KINDS: usize = 1_000;

/// Lists or counts.
pub fn run(options: &Functions, streams: &mut Streams<'_>) -> Result<(), Failure> {
    match &options.file {
        None => list(&mut BufWriter::new(&mut *streams.output)).map_err(Failure::Write),
        Some(file) => {
            let mut input = Input::open(Some(file), &mut *streams.input)?;
            let counts = count(&mut input)?;
            counts.write(&mut BufWriter::new(&mut *streams.output)).map_err(Failure::Write)
        }
    }
}

fn list(out: &mut impl Write) -> io::Result<()> {
    for row in FUNCTIONS {
        writeln!(out, "{:<12} {:<14} {}", row.mnemonic, row.sequence(), row.summary)?;
    }
    out.flush()
}

/// How often each thing came, and where first.
#[derive(Default)]
struct Counts {
    kinds: BTreeMap<(&'static str, String), Count>,
    others: Count,
}

#[derive(Clone, Copy, Default)]
struct Count {
    times: u64,
    first: u64,
}

/// Runs the input through a terminal, for what a byte means depends on those before it.
fn count(input: &mut Input<'_>) -> Result<Counts, Failure> {
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options { scrollback_lines: 0, ..Options::default() });
    let (mut counts, mut units) = (Counts::default(), Units::default());
    let mut left = u64::MAX;
    while let Some(byte) = input.next_byte(&mut left)? {
        let text = units.end_text_before(byte);
        let step = terminal.feed_byte(byte);
        terminal.take_input();
        text.into_iter().chain(units.push(byte, step).into_iter().flatten()).for_each(|unit| counts.add(&unit));
    }
    units.finish().into_iter().flatten().for_each(|unit| counts.add(&unit));
    Ok(counts)
}

impl Counts {
    fn add(&mut self, unit: &Unit) {
        let what = match unit.kind {
            Kind::Text => "characters".to_owned(),
            Kind::Control(_) => String::new(),
            Kind::Function(function, _) => format!("{:<14} {}", row(function).sequence(), row(function).summary),
            // Its number is what it does; of what follows there may be many.
            Kind::Osc => {
                let end = unit.bytes.iter().position(|byte| *byte == b';').map_or(unit.bytes.len(), |at| at + 1);
                super::quoted(&unit.bytes[..end.min(16)])
            }
            // Without the numbers, of which there may be many.
            Kind::Vt52 | Kind::Unknown | Kind::Aborted => {
                let shape: Vec<u8> =
                    unit.bytes.iter().copied().filter(|byte| !byte.is_ascii_digit()).take(16).collect();
                super::quoted(&shape)
            }
        };
        let is_full = self.kinds.len() >= MAX_KINDS;
        let key = (unit.name(), what);
        let times = if matches!(unit.kind, Kind::Text) { unit.length } else { 1 };
        let count = match self.kinds.get_mut(&key) {
            Some(count) => count,
            None if is_full => &mut self.others,
            None => self.kinds.entry(key).or_default(),
        };
        if count.times == 0 {
            count.first = unit.offset;
        }
        count.times += times;
    }

    /// The most frequent first.
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(count.times));
        writeln!(out, "{:>9} {:>9}  function", "times", "first at")?;
        for ((name, what), Count { times, first }) in kinds {
            writeln!(out, "{}", format!("{times:>9} {first:>9}  {name:<12} {what}").trim_end())?;
        }
        if self.others.times > 0 {
            writeln!(out, "{:>9} {:>9}  others", self.others.times, self.others.first)?;
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(mut bytes: &[u8]) -> String {
        let mut out = Vec::new();
        let mut input = Input::open(None, &mut bytes).expect("memory is read");
        count(&mut input).and_then(|counts| counts.write(&mut out).map_err(Failure::Write)).expect("memory takes it");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn functions_are_counted() {
        let found = counted("one\r\n\x1b[1mé\x1b[31m\x1b[?5j\x1b[?4j\x1b]8;;x\x07\x1b]8;;\x07\x1b]104\x07".as_bytes());
        let wanted = "    times  first at  function\n\
                      \u{20}       5         0  text         characters\n\
                      \u{20}       2        26  OSC          \"\\e]8;\"\n\
                      \u{20}       2         5  SGR          CSI Ps m       colours and attributes\n\
                      \u{20}       2        16  unknown      \"\\e[?j\"\n\
                      \u{20}       1         3  CR\n\
                      \u{20}       1         4  LF\n\
                      \u{20}       1        39  OSC          \"\\e]104\\x07\"\n";
        assert_eq!(found, wanted);
    }

    #[test]
    fn kinds_are_bounded() {
        let strange = |number: u32| format!("\x1b[{}~", char::from_u32(0x3a + number % 5).unwrap_or(':'));
        let many: String = (0..2_000u32).map(|n| format!("\x1b_{}\x1b\\{}", base26(n), strange(n))).collect();
        let found = counted(many.as_bytes());
        assert!(found.lines().count() <= MAX_KINDS + 2 && found.contains("  others\n"), "{}", found.lines().count());
    }

    /// A name without digits.
    fn base26(number: u32) -> String {
        (0..3).map(|place| char::from(b'a' + (number / 26u32.pow(place) % 26) as u8)).collect()
    }
}
