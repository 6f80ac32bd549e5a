//! The subcommands beside `serve`: small programs that read, call the library and write.

pub mod asking;
mod ctl;
mod dump;
mod functions;
mod input;
pub mod passwd;
pub mod player;
pub mod script;
mod transcript;
pub mod units;

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use input::Input;

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
    /// Nobody has another password.
    #[error(transparent)]
    NotSet(#[from] passwd::NotSet),
    /// There is no server to ask, or it does not answer.
    #[error("{0}")]
    Unreachable(String),
    /// It was asked, and says why it does not do it.
    #[error("{0}")]
    Refused(String),
    /// It is of another version.
    #[error("the server's answer is none that this version of vncterm knows")]
    Strange,
}

impl Failure {
    /// The exit status: 2 for what was said wrongly, 1 for what went wrong.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Font(_) => 2,
            Self::NotSet(why) => why.exit_status(),
            Self::Read(..) | Self::Write(_) | Self::Unreachable(_) | Self::Refused(_) | Self::Strange => 1,
        }
    }
}

/// Runs a tool to its end. A reader of the output who goes away early has seen enough.
pub fn run(tool: &Tool, mut streams: Streams<'_>) -> Result<(), Failure> {
    let result = match tool {
        Tool::Dump(dump) => dump::run(dump, &mut streams),
        Tool::Passwd(passwd) => passwd::run(passwd, &mut streams),
        Tool::Replay(script) => script::run(script, &mut streams),
        Tool::Functions(functions) => functions::run(functions, &mut streams),
        Tool::Transcript(transcript) => transcript::run(transcript, &mut streams),
        Tool::Ctl(ctl) => ctl::run(ctl, &mut streams),
    };
    let result = result.and_then(|()| streams.output.flush().map_err(Failure::Write));
    match result {
        Err(Failure::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Bytes in quotes, as the screen scripts write them: what is text stays legible.
pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for ch in chunk.valid().chars() {
            let _ = match ch {
                '\x1b' => out.write_str("\\e"),
                '\n' => out.write_str("\\n"),
                '\r' => out.write_str("\\r"),
                '\t' => out.write_str("\\t"),
                '"' | '\\' => write!(out, "\\{ch}"),
                '\0'..='\x1f' | '\x7f' => write!(out, "\\x{:02x}", ch as u32),
                // What a terminal would take for a control, or lose.
                _ if ch.is_control() => {
                    ch.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| write!(out, "\\x{byte:02x}"))
                }
                _ => write!(out, "{ch}"),
            };
        }
        chunk.invalid().iter().for_each(|byte| {
            let _ = write!(out, "\\x{byte:02x}");
        });
    }
    out + "\""
}

impl Streams<'_> {
    /// Asks for something. Whoever does not see it may still know what to say.
    fn prompt(&mut self, text: &str) {
        let _ = self.remarks.write_all(text.as_bytes()).and_then(|()| self.remarks.flush());
    }

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
