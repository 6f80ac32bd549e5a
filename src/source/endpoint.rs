//! What a source is, as configured.

use std::fmt;
use std::path::PathBuf;

use super::command::CommandLine;

/// Where a console's bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// An existing PTY or TTY (`--pty`); it may not exist yet.
    Pty(PathBuf),
    /// A command to be spawned on a PTY of its own.
    Command(CommandLine),
}

impl Endpoint {
    /// A name for the console when nobody gave it one.
    pub fn default_name(&self) -> String {
        match self {
            Self::Pty(path) => path.display().to_string(),
            Self::Command(command) => command.name(),
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
            Self::Pty(path) => write!(f, "{}", path.display()),
            Self::Command(command) => write!(f, "{}", command.name()),
        }
    }
}
