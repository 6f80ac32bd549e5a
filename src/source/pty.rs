//! An existing PTY or TTY: raw mode, ours alone while open, and left as it was found.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{self, OptionalActions, Termios};
use tokio::io::unix::AsyncFd;

use super::Tty;
use super::device::check_again;

pub use super::device::{Identity, Refusal};

/// A terminal device that somebody else made: a VMM's end of a serial line, as a rule.
#[derive(Debug)]
pub struct Pty {
    tty: Tty,
    path: PathBuf,
    /// The line's settings before we made it raw.
    before: Termios,
    identity: Identity,
}

impl Pty {
    /// Opens `path` and makes the line raw. `before` is what it was when it was open last; `later` says that somebody
    /// waited for it, so that nobody looked at what it is now.
    pub fn open(path: &Path, before: Option<Identity>, later: bool) -> Result<Self, Refusal> {
        Self::open_meant(path, before, later, false)
    }

    /// The same, locked as programs for serial lines lock their ports: who has that lock is not disturbed.
    pub fn open_locked(path: &Path, before: Option<Identity>, later: bool) -> Result<Self, Refusal> {
        Self::open_meant(path, before, later, true)
    }

    fn open_meant(path: &Path, before: Option<Identity>, later: bool, lock: bool) -> Result<Self, Refusal> {
        let looked_at = if later { Some(check_again(path, before)?) } else { None };
        Self::open_if(path, looked_at, lock)
    }

    /// Opens `path` if it still leads to the device that was `looked_at`: between a look and an opening a number can be
    /// given to another. Nothing is written to a device, nothing read, and no setting changed, before that is known.
    fn open_if(path: &Path, looked_at: Option<Identity>, lock: bool) -> Result<Self, Refusal> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?;
        let identity = Identity::of(&fs::File::from(fd.try_clone()?).metadata()?);
        if looked_at.is_some_and(|looked_at| looked_at != identity) {
            return Err(Refusal::Changed);
        }
        if !termios::isatty(&fd) {
            return Err(Refusal::NotATerminal);
        }
        if lock {
            // Root may open a port that is somebody else's alone.
            rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive)
                .map_err(|error| io::Error::from(if error == Errno::WOULDBLOCK { Errno::BUSY } else { error }))?;
        }
        let before = termios::tcgetattr(&fd).map_err(io::Error::from)?;
        let mut raw = before.clone();
        raw.make_raw();
        // From here on it is put back, whatever fails.
        let pty = Self { tty: Tty::new(fd)?, path: path.to_owned(), before, identity };
        termios::ioctl_tiocexcl(pty.fd()).map_err(io::Error::from)?;
        termios::tcsetattr(pty.fd(), OptionalActions::Now, &raw).map_err(io::Error::from)?;
        Ok(pty)
    }

    /// Which device it is.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    pub(super) fn tty(&self) -> &Tty {
        &self.tty
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        AsyncFd::get_ref(&self.tty.fd).as_fd()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let fd = self.fd();
        // After a hang-up there is nothing left to put back.
        if let Err(error) = termios::tcsetattr(fd, OptionalActions::Now, &self.before) {
            tracing::debug!(path = %self.path.display(), %error, "the line's settings were not put back");
        }
        let _ = termios::ioctl_tiocnxcl(fd);
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::os::fd::OwnedFd;
    use std::path::PathBuf;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    /// The master of a new PTY, cooked as the kernel makes it, and the path of its terminal.
    pub(crate) fn new_pty() -> (OwnedFd, PathBuf) {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a PTY");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let name = ptsname(&master, Vec::new()).expect("a name");
        (master, PathBuf::from(name.to_str().expect("ASCII")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Source, WindowSize};
    use super::testing::new_pty;
    use super::*;
    use tokio::io::Interest;

    #[tokio::test]
    async fn the_line_is_raw_while_open_and_put_back() {
        let (master, path) = new_pty();
        // The master's settings are the line's.
        let cooked = termios::tcgetattr(&master).expect("settings");
        assert!(cooked.local_modes.contains(termios::LocalModes::ECHO));
        let pty = Pty::open(&path, None, false).expect("opens");
        let raw = termios::tcgetattr(&master).expect("settings");
        assert!(!raw.local_modes.intersects(termios::LocalModes::ECHO | termios::LocalModes::ICANON));
        assert!(!raw.output_modes.contains(termios::OutputModes::OPOST));
        drop(pty);
        let again = termios::tcgetattr(&master).expect("settings");
        assert_eq!(again.local_modes, cooked.local_modes);
        assert_eq!(again.output_modes, cooked.output_modes);
    }

    #[tokio::test]
    async fn bytes_pass_both_ways_and_a_hang_up_is_the_end() {
        let (master, path) = new_pty();
        let mut source = Source::Pty(Pty::open(&path, None, false).expect("opens"));
        let mut buffer = [0; 64];
        assert_eq!(source.try_read(&mut buffer).expect_err("nothing yet").kind(), io::ErrorKind::WouldBlock);
        rustix::io::write(&master, b"to us\n").expect("writes");
        source.ready(Interest::READABLE).await.expect("readable");
        let length = source.try_read(&mut buffer).expect("reads");
        assert_eq!(&buffer[..length], b"to us\n");
        assert_eq!(source.try_write(b"to them\r").expect("writes"), 8);
        let length = rustix::io::read(&master, &mut buffer[..]).expect("reads");
        assert_eq!(&buffer[..length], b"to them\r");
        source.set_size(WindowSize { cols: 100, rows: 30, width: 800, height: 480 });
        let size = termios::tcgetwinsize(&master).expect("a size");
        assert_eq!((size.ws_col, size.ws_row, size.ws_xpixel, size.ws_ypixel), (100, 30, 800, 480));
        drop(master);
        source.ready(Interest::READABLE).await.expect("readable");
        assert_eq!(source.try_read(&mut buffer).expect("the end"), 0);
    }

    #[tokio::test]
    async fn a_number_is_opened_again_as_the_same_and_through_a_link_as_any() {
        let ((master, path), (_other_master, other_path)) = (new_pty(), new_pty());
        let identity = Pty::open(&path, None, false).expect("opens").identity();
        let other = Pty::open(&other_path, None, false).expect("opens").identity();
        drop(Pty::open(&path, Some(identity), true).expect("still the same"));
        assert!(matches!(Pty::open(&path, Some(other), true), Err(Refusal::Another)));
        assert!(matches!(Pty::open(&path, None, true), Err(Refusal::New)), "nobody meant what was not there");
        // Through a link the maker of the terminal says what is meant.
        let link = std::env::temp_dir().join(format!("vncterm-pty-{}", std::process::id()));
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&path, &link).expect("links");
        drop(Pty::open(&link, Some(other), true).expect("through the link"));
        fs::remove_file(&link).expect("removes");
        drop(master);
        assert!(matches!(Pty::open(&path, Some(identity), true), Err(Refusal::Open(_) | Refusal::Another)));
    }

    #[tokio::test]
    async fn what_became_another_between_look_and_opening_is_left_as_it_is() {
        let ((master, path), (_other_master, other_path)) = (new_pty(), new_pty());
        let looked_at = Pty::open(&other_path, None, false).expect("opens").identity();
        assert!(matches!(Pty::open_if(&path, Some(looked_at), false), Err(Refusal::Changed)));
        let line = termios::tcgetattr(&master).expect("settings");
        assert!(line.local_modes.contains(termios::LocalModes::ECHO), "not even made raw");
    }

    #[tokio::test]
    async fn what_is_no_terminal_is_refused() {
        let file = std::env::temp_dir().join(format!("vncterm-not-a-tty-{}", std::process::id()));
        fs::write(&file, "").expect("writes");
        assert!(matches!(Pty::open(&file, None, false), Err(Refusal::NotATerminal)));
        fs::remove_file(&file).expect("removes");
        assert!(matches!(Pty::open(&file, None, false), Err(Refusal::Open(_))));
    }
}
