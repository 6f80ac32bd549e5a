//! Notice of a file that comes to be: a console shall not miss what its guest says first, however long it was away.

use std::ffi::{OsStr, OsString};
use std::future::pending;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::watch;

/// A directory that is watched for one name.
#[derive(Debug)]
pub struct Arrival {
    fd: AsyncFd<OwnedFd>,
    name: OsString,
}

impl Arrival {
    /// Watches for `path`. An error where that cannot be: the directory is not there, say.
    pub fn of(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let fd = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        // A device may be made before it may be opened: ATTRIB tells of the latter.
        let what = WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::ATTRIB | WatchFlags::ONLYDIR;
        inotify::add_watch(&fd, directory, what)?;
        Ok(Self { fd: watch(fd, Interest::READABLE)?, name })
    }

    /// Waits until a file of that name was made or changed, or the directory is watched no more. May be dropped half-way
    /// without loss.
    pub async fn happened(&self) {
        while let Ok(mut ready) = self.fd.readable().await {
            match self.read() {
                Ok(true) => return,
                Ok(false) => {}
                Err(Errno::WOULDBLOCK) => ready.clear_ready(),
                Err(_) => break,
            }
        }
        pending().await
    }

    /// Reads some of what happened; whether it concerns the name.
    fn read(&self) -> rustix::io::Result<bool> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(self.fd.get_ref(), &mut buffer);
        loop {
            let event = reader.next()?;
            let named = event.file_name().is_some_and(|name| OsStr::from_bytes(name.to_bytes()) == self.name);
            // Lost events may have been about it too.
            if named || event.events().intersects(ReadFlags::QUEUE_OVERFLOW | ReadFlags::IGNORED) {
                return Ok(true);
            }
            if reader.is_buffer_empty() {
                return Ok(false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tokio::time::timeout;

    #[tokio::test(start_paused = true)]
    async fn only_the_name_that_is_waited_for_counts() {
        let directory = std::env::temp_dir().join(format!("vncterm-arrival-{}", std::process::id()));
        fs::create_dir(&directory).expect("creates");
        let arrival = Arrival::of(&directory.join("guest")).expect("watches");
        for number in 0..1_000 {
            fs::write(directory.join(number.to_string()), "").expect("writes");
        }
        assert!(timeout(std::time::Duration::from_secs(1), arrival.happened()).await.is_err());
        std::os::unix::fs::symlink("/nowhere", directory.join("guest")).expect("links");
        arrival.happened().await;
        fs::remove_dir_all(&directory).expect("removes");
        arrival.happened().await;
        assert!(Arrival::of(&directory.join("guest")).is_err());
        assert!(Arrival::of("relative".as_ref()).is_ok() && Arrival::of("/".as_ref()).is_err());
    }
}
