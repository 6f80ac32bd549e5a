//! The subcommands beside `serve`: small programs that read, call the library and write.

mod dump;
mod replay;

use std::io::{self, Read, Write};

use crate::config::tools::Tool;
use crate::font::FontError;

/// Standard input, output and error.
pub struct Streams<'a> {
    /// What is read when no file is named.
    pub input: &'a mut dyn Read,
    /// Where the result goes.
    pub output: &'a mut dyn Write,
    /// Where remarks about it go, one on a line.
    pub remarks: &'a mut dyn Write,
}

/// Why a tool did not do what it was asked; in one line.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The input cannot be read.
    #[error("cannot read {0}: {1}")]
    Read(String, io::Error),
    /// The output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Write(io::Error),
    /// The font cannot be made.
    #[error("the font cannot be used: {0}")]
    Font(#[from] FontError),
}

impl Failure {
    /// The exit status: 2 for what was said wrongly, 1 for what went wrong.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Font(_) => 2,
            Self::Read(..) | Self::Write(_) => 1,
        }
    }
}

/// Runs a tool to its end. A reader of the output who goes away early has seen enough.
pub fn run(tool: &Tool, mut streams: Streams<'_>) -> Result<(), Failure> {
    let result = match tool {
        Tool::Dump(dump) => dump::run(dump, &mut streams),
    };
    let result = result.and_then(|()| streams.output.flush().map_err(Failure::Write));
    match result {
        Err(Failure::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

impl Streams<'_> {
    /// Something worth knowing beside the result. Nobody need be reading it.
    fn remark(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.remarks, "vncterm: {text}");
    }
}

impl std::fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Streams")
    }
}
