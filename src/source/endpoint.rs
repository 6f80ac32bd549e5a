//! What a source is, as configured.

use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use super::command::CommandLine;
use super::serial::SerialLine;
use crate::net::connect::HostPort;

/// Where a console's bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// An existing PTY or TTY (`--pty`); it may not exist yet, as all but commands and standard input.
    Pty(PathBuf),
    /// A serial port (`--serial`).
    Serial(SerialLine),
    /// A Unix socket of the stream kind (`--unix`).
    Unix(PathBuf),
    /// A TCP port that passes bytes as they are (`--tcp`).
    Tcp(HostPort),
    /// A TCP port that speaks telnet (`--telnet`).
    Telnet {
        /// The port.
        to: HostPort,
        /// What the other end is told our terminal is.
        terminal_type: String,
    },
    /// This process's standard input (`--stdin`).
    Stdin,
    /// A command to be spawned on a PTY of its own.
    Command(CommandLine),
}

impl Endpoint {
    /// A name for the console when nobody gave it one.
    pub fn default_name(&self) -> String {
        match self {
            Self::Unix(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            Self::Stdin => "stdin".to_owned(),
            other => other.to_string(),
        }
    }

    /// The path of the terminal device, where it is one.
    pub fn device(&self) -> Option<&Path> {
        match self {
            Self::Pty(path) => Some(path),
            Self::Serial(line) => Some(line.path()),
            _ => None,
        }
    }

    /// The file that stands for it, where there is one that may come and go.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Unix(path) => Some(path),
            _ => self.device(),
        }
    }

    /// How many characters it carries in a second, where that is known.
    pub fn characters_per_second(&self) -> Option<NonZeroU32> {
        match self {
            Self::Serial(line) => Some(line.characters_per_second()),
            _ => None,
        }
    }

    /// Whether it runs as this user and would give whoever connects a share in his rights.
    pub fn is_command(&self) -> bool {
        matches!(self, Self::Command(_))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pty(path) | Self::Unix(path) => write!(f, "{}", path.display()),
            Self::Serial(line) => write!(f, "{line}"),
            Self::Tcp(to) | Self::Telnet { to, .. } => write!(f, "{to}"),
            Self::Stdin => f.write_str("standard input"),
            Self::Command(command) => f.write_str(&command.name()),
        }
    }
}
