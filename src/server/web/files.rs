//! The files of a directory, such as noVNC's: only what lies in it, whatever a path or a symbolic link says.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use tokio::sync::Semaphore;

use super::reply::{Body, Reply, content_type};
use crate::net::http::{Refusal, Request, Status, decode_path, refuse};
use crate::net::origin::Origins;

/// The largest file that is sent, in bytes.
pub const MAX_FILE: u64 = 16 << 20;
/// So much of a file is in memory at once.
pub const CHUNK: usize = 64 * 1024;
/// Where a path names a directory, one of these is meant; noVNC's own name is the second.
const INDEXES: &[&str] = &["index.html", "vnc.html"];

/// A directory whose files are served.
#[derive(Debug)]
pub struct Root {
    directory: Arc<File>,
    fields: String,
    /// One file is read at a time: the threads for what may take long are few, and the consoles' too.
    turn: Arc<Semaphore>,
}

/// A file that is being read.
#[derive(Debug)]
pub struct Reading {
    file: File,
    left: u64,
    turn: Arc<Semaphore>,
}

impl Root {
    /// Opens it; it stays the same directory, whatever becomes of its name.
    ///
    /// # Errors
    /// Those of opening it.
    pub fn open(directory: &Path, origins: &Origins) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = Arc::new(File::from(rustix::fs::open(directory, flags, Mode::empty())?));
        // What its pages do is their makers' business; who may have them in a frame is ours.
        let fields = format!("Content-Security-Policy: {}\r\nCache-Control: no-cache\r\n", origins.frame_ancestors());
        Ok(Self { directory, fields, turn: Arc::new(Semaphore::new(1)) })
    }

    /// The file that a request names.
    pub async fn find(&self, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Some(parts) = decode_path(request.path) else {
            return refuse(Status::NOT_FOUND, "there is no such file");
        };
        let directory = Arc::clone(&self.directory);
        let opened = alone(&self.turn, move || open_file(&directory, &parts)).await;
        let (file, name) = match opened {
            Ok(found) => found,
            Err(error) => return Err(refusal(&error)),
        };
        let Ok(known) = file.metadata() else {
            return refuse(Status::INTERNAL_SERVER_ERROR, "the file cannot be read");
        };
        if known.len() > MAX_FILE {
            return refuse(Status::FORBIDDEN, "files of more than 16 MiB are not sent");
        }
        let tag = format!("W/\"{:x}-{:x}-{:x}\"", known.len(), known.mtime(), known.mtime_nsec());
        let fields = format!("{}Content-Type: {}\r\nETag: {tag}\r\n", self.fields, content_type(&name));
        if request.list("If-None-Match").any(|one| one == tag || one == "*") {
            return Ok(Reply::new(Status::NOT_MODIFIED, Some(request), &fields, Body::Empty));
        }
        let reading = Reading { file, left: known.len(), turn: Arc::clone(&self.turn) };
        Ok(Reply::new(Status::OK, Some(request), &fields, Body::File(reading)))
    }
}

impl Reading {
    /// Bytes that are still to be read.
    pub fn len(&self) -> u64 {
        self.left
    }

    /// Whether all was read.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// The next bytes, at most [`CHUNK`].
    ///
    /// # Errors
    /// Those of reading, and `UnexpectedEof` for a file that has become shorter.
    pub async fn next(self) -> io::Result<(Self, Vec<u8>)> {
        let turn = Arc::clone(&self.turn);
        alone(&turn, move || {
            let mut reading = self;
            let length = usize::try_from(reading.left).unwrap_or(CHUNK).min(CHUNK);
            let mut bytes = vec![0; length];
            reading.file.read_exact(&mut bytes)?;
            reading.left -= length as u64;
            Ok((reading, bytes))
        })
        .await
    }
}

/// Does `work` on a thread of its own when nobody else does.
async fn alone<T: Send + 'static>(
    turn: &Arc<Semaphore>,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let turn = Arc::clone(turn).acquire_owned().await.map_err(io::Error::other)?;
    let work = move || {
        let done = work();
        drop(turn);
        done
    };
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Opens what these parts of a path name below the directory, or the page of it that they name; with its name.
fn open_file(directory: &File, parts: &[String]) -> io::Result<(File, String)> {
    let name = parts.last().map_or("", String::as_str);
    if !name.is_empty() {
        return Ok((open_below(directory, &parts.join("/"))?, name.to_owned()));
    }
    let folder = parts.join("/");
    for index in INDEXES {
        match open_below(directory, &format!("{folder}{index}")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return Ok((other?, (*index).to_owned())),
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Opens a regular file that is reached from `directory` without ever leaving it. `path` has no empty part and none that
/// begins with a dot.
fn open_below(directory: &File, path: &str) -> io::Result<File> {
    // A FIFO without a writer would wait for one, and a terminal become ours.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let below = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let file = match rustix::fs::openat2(directory, path, flags, Mode::empty(), below) {
        // Linux before 5.6, and sandboxes made before it.
        Err(Errno::NOSYS | Errno::PERM) => open_step_by_step(directory, path, flags)?,
        other => other?,
    };
    let file = File::from(file);
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// The same without the kernel's help, and so without symbolic links.
fn open_step_by_step(directory: &File, path: &str, flags: OFlags) -> io::Result<rustix::fd::OwnedFd> {
    let (folders, name) = path.rsplit_once('/').map_or(("", path), |(folders, name)| (folders, name));
    let mut at = directory.try_clone()?;
    for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        at = rustix::fs::openat(&at, folder, flags, Mode::empty())?.into();
    }
    Ok(rustix::fs::openat(&at, name, flags | OFlags::NOFOLLOW, Mode::empty())?)
}

/// What is not there, what may not be reached and what is no file are the same to who asks.
fn refusal(error: &io::Error) -> Refusal {
    let number = error.raw_os_error();
    let busy =
        [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::IO].iter().any(|one| number == Some(one.raw_os_error()));
    if busy {
        tracing::warn!(%error, "a file of --web-root cannot be read");
        return Refusal { status: Status::INTERNAL_SERVER_ERROR, why: "the file cannot be read" };
    }
    Refusal { status: Status::NOT_FOUND, why: "there is no such file" }
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
