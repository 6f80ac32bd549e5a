//! The subcommands that read recordings: any bytes give a dump, a script, a list and a transcript, however they come.

use std::io::{self, Read};
use std::path::PathBuf;

use vncterm::config::Look;
use vncterm::config::tools::{Dump, DumpFormat, Functions, Replay, Script, Tool, Transcript};
use vncterm::geometry::GridSize;
use vncterm::terminal::Encoding;
use vncterm::tools::{Streams, run};

use super::super::driver::Input;
use super::Target;

pub const DUMP: Target = Target {
    name: "dump",
    run: dump,
    seeds: super::terminal::TARGET.seeds,
    words: super::terminal::TARGET.words,
    max_len: 1_024,
};

pub const TRANSCRIPT: Target = Target {
    name: "transcript",
    run: transcript,
    seeds,
    words: &[
        b"RFB 003.008\n",
        b"RFB 003.003\n",
        b"\x02\0\0\x01",
        b"\x06\0\0\0\0\0\0\x05",
        b"\x00\0\0\x01",
        b"\xff\xff\xff\x20",
    ],
    max_len: 2_048,
};

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = super::rfb_client::TARGET.seeds;
    let mut all = seeds();
    seeds = super::rfb_server::TARGET.seeds;
    all.extend(seeds());
    all
}

/// Gives a few bytes at a time.
struct Pieces<'a>(&'a [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = (1 + self.0.len() % 7).min(self.0.len()).min(into.len());
        let (piece, rest) = self.0.split_at(length);
        into[..length].copy_from_slice(piece);
        self.0 = rest;
        Ok(length)
    }
}

/// What the tool writes; the same, whether its input comes whole or in pieces.
fn output(tool: &Tool, bytes: &[u8]) -> Vec<u8> {
    let mut outputs = [Vec::new(), Vec::new()];
    let (mut whole, mut pieces) = (bytes, Pieces(bytes));
    let inputs: [&mut dyn Read; 2] = [&mut whole, &mut pieces];
    for (input, output) in inputs.into_iter().zip(&mut outputs) {
        run(tool, Streams { input, output, remarks: &mut io::sink() }).expect("memory is read and written");
    }
    let [one, other] = outputs;
    assert!(without_reasons(&one) == without_reasons(&other), "pieces change what {tool:?} writes");
    one
}

/// The lines, but not why something cannot be read: of several things wrong with compressed data, the one that is found
/// first depends on how much of them has come.
fn without_reasons(output: &[u8]) -> Vec<&[u8]> {
    const UNREADABLE: &[u8] = b"# what follows cannot be read: ";
    output
        .split(|byte| *byte == b'\n')
        .map(|line| if line.starts_with(UNREADABLE) { UNREADABLE } else { line })
        .collect()
}

fn dump(data: &[u8]) {
    let mut input = Input(data);
    let mut size = || GridSize::new(1 + input.below(60) as u16, 1 + input.below(20) as u16);
    let geometry = size();
    let mut resizes: Vec<(u64, GridSize)> = (0..3).map(|_| (0, size())).collect();
    resizes.truncate(usize::from(input.u8() % 4));
    resizes.iter_mut().for_each(|(offset, _)| *offset = input.below(data.len() + 2) as u64);
    resizes.sort_by_key(|(offset, _)| *offset);
    let charset = [Encoding::Utf8, Encoding::Cp437, Encoding::Latin1][input.below(3)];
    let bytes = input.0;
    let last = resizes.iter().rfind(|(offset, _)| *offset <= bytes.len() as u64).map_or(geometry, |(_, size)| *size);
    let replay = Replay { geometry, scrollback: 20, charset, resizes, ..Replay::default() };
    let dumped =
        |format| output(&Tool::Dump(Dump { replay: replay.clone(), format, look: Look::default() }.into()), bytes);

    assert_eq!(dumped(DumpFormat::Text).iter().filter(|byte| **byte == b'\n').count(), usize::from(last.rows));
    let told: serde_json::Value = serde_json::from_slice(&dumped(DumpFormat::Json)).expect("JSON");
    let rows = told["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), usize::from(last.rows));
    let is_wide =
        |row: &serde_json::Value| row["cells"].as_array().is_some_and(|row| row.len() == usize::from(last.cols));
    assert!(rows.iter().all(is_wide));
    if data.len().is_multiple_of(16) {
        assert!(dumped(DumpFormat::Png).starts_with(b"\x89PNG"));
    }
    for functions in [false, true] {
        let script = Script { replay: replay.clone(), functions, until: u64::MAX, file: None };
        let lines = String::from_utf8(output(&Tool::Replay(script), bytes)).expect("text");
        assert!(lines.lines().all(|line| !line.is_empty() && !line.contains(char::is_control)), "{lines}");
    }
    output(&Tool::Functions(Functions { file: Some("-".into()) }), bytes);
}

fn transcript(data: &[u8]) {
    for client in [true, false] {
        let file = |wanted: bool| wanted.then(|| PathBuf::from("-"));
        let tool = Tool::Transcript(Transcript { client: file(client), server: file(!client) });
        let lines = String::from_utf8(output(&tool, data)).expect("text");
        let who = if client { "client " } else { "server " };
        for line in lines.lines() {
            assert!(line.starts_with(who) || line.starts_with("# "), "{line}");
            assert!(!line.contains(char::is_control), "{line}");
        }
    }
}
