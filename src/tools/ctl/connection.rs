//! A connection to a server's control socket, which is found where none is named.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use super::super::Failure;
use crate::config::ctl::SOCKET_VARIABLE;
use crate::config::printable;

/// Bytes of an answer: a large screen as JSON, or as a picture.
const MAX_ANSWER: u64 = 256 << 20;
/// How long an answer may take: more than a server gives itself.
const PATIENCE: Duration = Duration::from_secs(40);
/// Files of a directory that are looked at for sockets.
const MAX_FILES: usize = 4_096;
/// Sockets that a message names.
const SHOWN: usize = 8;

/// See the module.
#[derive(Debug)]
pub(super) struct Connection {
    stream: BufReader<UnixStream>,
}

impl Connection {
    /// The server at `socket`; else at the one that the environment names; else the only one there is.
    pub(super) fn open(socket: Option<&Path>) -> Result<Self, Failure> {
        let named = std::env::var_os(SOCKET_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let stream = match socket.map(Path::to_owned).or(named) {
            Some(path) => UnixStream::connect(&path).map_err(|error| unreachable(&path, &error))?,
            None => only(&usual_places(), |path| UnixStream::connect(path))?,
        };
        // A server that stands still is not waited for; without that it would be.
        let _ = stream.set_read_timeout(Some(PATIENCE));
        let _ = stream.set_write_timeout(Some(PATIENCE));
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// An answer may take as long as it likes.
    pub(super) fn wait_for_ever(&mut self) -> Result<(), Failure> {
        self.stream.get_ref().set_read_timeout(None).map_err(|error| Failure::Unreachable(error.to_string()))
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask(&mut self, request: &Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        let mut line = serde_json::to_vec(request).map_err(|_| Failure::Strange)?;
        line.push(b'\n');
        // A server that turns us away says why before it hangs up: that is worth more than that we could not write.
        let written = self.stream.get_mut().write_all(&line);
        let mut answer = Vec::new();
        let read = self.stream.by_ref().take(MAX_ANSWER).read_until(b'\n', &mut answer);
        match (written, read) {
            _ if answer.ends_with(b"\n") => {}
            (Err(error), _) | (_, Err(error)) => return Err(silent(&error)),
            _ => return Err(Failure::Unreachable("the server has ended the connection".to_owned())),
        }
        let answer: Map<String, Value> = serde_json::from_slice(&answer).map_err(|_| Failure::Strange)?;
        match (answer.get("ok"), answer.get("error")) {
            (Some(Value::Bool(true)), _) => Ok(answer),
            (_, Some(Value::String(why))) => Err(Failure::Refused(printable(why))),
            _ => Err(Failure::Strange),
        }
    }
}

/// Where control sockets are looked for: directories, and how their names begin there.
fn usual_places() -> Vec<(PathBuf, &'static str)> {
    let own = std::env::var_os("XDG_RUNTIME_DIR").filter(|path| !path.is_empty());
    own.map(|path| (path.into(), "vncterm")).into_iter().chain([("/run/vncterm".into(), "")]).collect()
}

/// The only one of the sockets in these places that answers.
fn only<T>(places: &[(PathBuf, &str)], connect: impl Fn(&Path) -> io::Result<T>) -> Result<T, Failure> {
    let mut found: Vec<(PathBuf, T)> = Vec::new();
    for (directory, prefix) in places {
        let Ok(entries) = fs::read_dir(directory) else { continue };
        for entry in entries.take(MAX_FILES).flatten() {
            let (name, path) = (entry.file_name(), entry.path());
            let fits = name.to_str().is_some_and(|name| name.starts_with(prefix) && name.ends_with(".sock"));
            if fits
                && entry.file_type().is_ok_and(|kind| kind.is_socket())
                && let Ok(stream) = connect(&path)
            {
                found.push((path, stream));
            }
        }
    }
    if found.len() > 1 {
        let mut paths: Vec<String> = found.iter().map(|(path, _)| path.display().to_string()).collect();
        paths.sort();
        paths.truncate(SHOWN);
        return Err(Failure::Unreachable(format!(
            "there are several servers: say --socket PATH, one of {}",
            paths.join(", ")
        )));
    }
    found.pop().map(|(_, stream)| stream).ok_or_else(|| {
        let where_ = "$XDG_RUNTIME_DIR/vncterm*.sock or /run/vncterm/*.sock";
        let what = format!("no server answers at {where_}: say --socket PATH or set {SOCKET_VARIABLE}, and start the server with --control PATH");
        Failure::Unreachable(what)
    })
}

/// Why a server was not reached, and what to do about it.
fn unreachable(path: &Path, error: &io::Error) -> Failure {
    let why = match error.kind() {
        io::ErrorKind::NotFound => {
            "there is no such file; a server makes it that was started with --control".to_owned()
        }
        io::ErrorKind::ConnectionRefused => "nobody listens there any more: the server has ended".to_owned(),
        io::ErrorKind::PermissionDenied => "it is another user's".to_owned(),
        _ => error.to_string(),
    };
    Failure::Unreachable(format!("cannot reach a server at {}: {why}", printable(&path.to_string_lossy())))
}

/// Why there is no answer.
fn silent(error: &io::Error) -> Failure {
    Failure::Unreachable(match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            format!("the server has not answered for {} seconds", PATIENCE.as_secs())
        }
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => "the server has ended the connection".to_owned(),
        _ => format!("the connection to the server broke: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn the_only_server_that_answers_is_found() {
        let directory = std::env::temp_dir().join(format!("vncterm-ctl-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("made");
        let places = [(directory.clone(), "vncterm")];
        let connect = |path: &Path| UnixStream::connect(path).map(|_| path.to_owned());
        let message = |result: Result<PathBuf, Failure>| result.expect_err("none or several").to_string();
        assert!(message(only(&places, connect)).contains("no server answers at $XDG_RUNTIME_DIR/vncterm*.sock"));
        let bind = |name: &str| UnixListener::bind(directory.join(name)).expect("binds");
        let _one = bind("vncterm-a.sock");
        drop(bind("vncterm-dead.sock"));
        let _others = [bind("other.sock"), bind("vncterm.socket")];
        fs::write(directory.join("vncterm-file.sock"), "").expect("written");
        assert_eq!(only(&places, connect).expect("one"), directory.join("vncterm-a.sock"));
        let _second = bind("vncterm-b.sock");
        let several = message(only(&places, connect));
        assert!(several.contains("vncterm-a.sock, ") && several.contains("vncterm-b.sock"), "{several}");
        fs::remove_dir_all(&directory).expect("removed");
    }
}
