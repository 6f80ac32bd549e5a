//! `vncterm passwd FILE`: gives somebody a password, in a file for `--users-file`.
//!
//! The file is exchanged for a new one in one step, so that a server that reads it meanwhile finds the old one or the new
//! one. A password is never an argument, which every user of the machine could see.

use std::fs;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use rustix::rand::{GetRandomFlags, getrandom};
use zeroize::Zeroizing;

use super::asking::{self, Hidden};
use super::{Failure, Streams};
use crate::access::token;
use crate::access::users::{self, Change, Hash, NAME_MAX, PASSWORD_MAX, SALT, Users, UsersError, with_user};
use crate::config::private;
use crate::config::security::USERS_FILE_MAX;
use crate::config::tools::Passwd;

/// The longest line that is read, in bytes, its end not counted.
const LINE_MAX: usize = if PASSWORD_MAX > 4 * NAME_MAX { PASSWORD_MAX } else { 4 * NAME_MAX };

/// Why nobody has another password now; says what would be right.
#[derive(Debug, thiserror::Error)]
pub enum NotSet {
    /// The file, or what is in it.
    #[error("{path:?} {why}", path = .0, why = .1)]
    File(PathBuf, String),
    /// It cannot be exchanged.
    #[error("{path:?} cannot be written: {1}", path = .0)]
    Write(PathBuf, io::Error),
    /// There is nobody to ask.
    #[error("whose password it is must be said where nobody can be asked: vncterm passwd --user NAME FILE")]
    WhoseIsIt,
    /// It cannot be somebody's name.
    #[error("that cannot be a name: 1 to {NAME_MAX} characters, no colon, no # and no blank before it")]
    Name,
    /// He would be in for nothing.
    #[error("a password has from 1 to {PASSWORD_MAX} bytes")]
    Length,
    /// It would be taken for something else.
    #[error("a password cannot begin with {prefix}, as a token does", prefix = token::PREFIX)]
    LikeAToken,
    /// One of them was mistyped.
    #[error("the two passwords are not the same")]
    Different,
    /// Whoever was asked does not want to any more.
    #[error("nothing was changed")]
    Interrupted,
    /// What a hash is made of.
    #[error("a hash cannot be made: this machine has no random numbers, or no memory")]
    NoHash,
}

impl NotSet {
    /// The exit status: 2 for what was said wrongly, 1 for what went wrong.
    pub(super) fn exit_status(&self) -> u8 {
        match self {
            Self::File(..) | Self::WhoseIsIt | Self::Name => 2,
            _ => 1,
        }
    }
}

/// Asks on the terminal that is standard input; else reads one line from there.
pub(super) fn run(passwd: &Passwd, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let stdin = io::stdin();
    let terminal = stdin.is_terminal().then(|| stdin.as_fd());
    let said = set(passwd, streams, terminal)?;
    streams.remark(format_args!("{said}"));
    Ok(())
}

/// Sets it; what became of it, in words.
fn set(passwd: &Passwd, streams: &mut Streams<'_>, terminal: Option<BorrowedFd<'_>>) -> Result<String, Failure> {
    let (path, text) = read(&passwd.file)?;
    let name = match (&passwd.user, terminal) {
        (Some(name), _) => name.clone(),
        (None, None) => return Err(NotSet::WhoseIsIt.into()),
        (None, Some(_)) => {
            streams.prompt("User: ");
            let name = line(streams, &[])?;
            String::from_utf8(name.to_vec()).map_err(|_| NotSet::Name)?
        }
    };
    if !users::is_name(&name) {
        return Err(NotSet::Name.into());
    }
    let password = match terminal {
        None => line(streams, &[])?,
        Some(terminal) => {
            let password = unseen(streams, terminal, &format!("Password of {name}: "))?;
            check(&password)?;
            let again = unseen(streams, terminal, "The same again: ")?;
            if password != again {
                return Err(NotSet::Different.into());
            }
            password
        }
    };
    check(&password)?;
    let mut salt = [0; SALT];
    let is_random = getrandom(&mut salt, GetRandomFlags::empty()) == Ok(SALT);
    let hash = is_random.then(|| Hash::of(&password, salt)).flatten().ok_or(NotSet::NoHash)?;
    let (text, change) = with_user(&text, &name, passwd.role, &hash);
    Users::parse(text.as_bytes()).map_err(|error| NotSet::File(path.clone(), error.to_string()))?;
    private::write(&path, text.as_bytes()).map_err(|error| NotSet::Write(path.clone(), error))?;
    Ok(match change {
        Change::Added(role) => format!("{name} is added, in the role {}", role.name()),
        Change::Changed(role) => format!("{name} has another password, in the role {}", role.name()),
    })
}

/// Where the file really is, and what is in it, if there is one.
fn read(file: &Path) -> Result<(PathBuf, Zeroizing<String>), NotSet> {
    // What a symbolic link leads to is exchanged, and not the link.
    let path = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok((path, Zeroizing::default()));
    }
    let unfit = |why: String| NotSet::File(file.to_owned(), why);
    let bytes = Zeroizing::new(private::read(&path, USERS_FILE_MAX).map_err(unfit)?);
    match Users::parse(&bytes) {
        Ok(_) | Err(UsersError::Nobody) => {
            let text = String::from_utf8(bytes.to_vec()).map_err(|error| unfit(error.to_string()))?;
            Ok((path, Zeroizing::new(text)))
        }
        Err(error) => Err(unfit(error.to_string())),
    }
}

fn check(password: &[u8]) -> Result<(), NotSet> {
    match password {
        [] => Err(NotSet::Length),
        long if long.len() > PASSWORD_MAX => Err(NotSet::Length),
        token if token.starts_with(token::PREFIX.as_bytes()) => Err(NotSet::LikeAToken),
        _ => Ok(()),
    }
}

/// A line of the input; or else everything ends.
fn line(streams: &mut Streams<'_>, stops: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let line = asking::line(streams.input, stops, LINE_MAX)
        .map_err(|error| Failure::Read("standard input".to_owned(), error))?;
    line.ok_or_else(|| NotSet::Interrupted.into())
}

/// What is typed there, without showing it.
fn unseen(streams: &mut Streams<'_>, terminal: BorrowedFd<'_>, prompt: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let hidden = Hidden::on(terminal).map_err(|error| Failure::Read("the terminal".to_owned(), error))?;
    streams.prompt(prompt);
    line(streams, hidden.stops())
}

#[cfg(test)]
#[path = "passwd_tests.rs"]
mod tests;
