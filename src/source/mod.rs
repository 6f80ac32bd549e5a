//! Where console bytes come from.
//!
//! A [`Source`] is opened once and drained for life. It never blocks: its owner waits for [`Source::ready`] and then
//! moves what can be moved at once. How it is opened again after it went away is [`reconnect`]'s part.

pub mod command;
pub mod endpoint;
pub mod pty;
pub mod reconnect;

use std::io;
use std::os::fd::OwnedFd;

use rustix::termios::Winsize;
use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, Ready};

pub use command::{Command, CommandLine, ExitStatus};
pub use endpoint::Endpoint;
pub use pty::Pty;
pub use reconnect::Reconnect;

/// The size of a console as its guest may know it (TIOCSWINSZ).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    /// Columns of cells.
    pub cols: u16,
    /// Rows of cells.
    pub rows: u16,
    /// Width of all columns in pixels.
    pub width: u16,
    /// Height of all rows in pixels.
    pub height: u16,
}

/// What an open source has to say.
#[derive(Debug)]
pub enum SourceEvent {
    /// Bytes can be moved.
    Ready(Ready),
    /// The command has ended; what it wrote before can still be read.
    Ended(ExitStatus),
}

/// An open source.
#[derive(Debug)]
pub enum Source {
    /// A terminal device that somebody else made.
    Pty(Pty),
    /// A command that we started.
    Command(Command),
}

impl Source {
    fn tty(&self) -> &Tty {
        match self {
            Self::Pty(pty) => pty.tty(),
            Self::Command(command) => command.tty(),
        }
    }

    /// Waits until something of `interest` can be done. May be dropped half-way without loss.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.tty().ready(interest).await
    }

    /// Waits for that, or for the end of a command. Without `interest` only for the latter, or for ever.
    pub async fn event(&mut self, interest: Option<Interest>) -> io::Result<SourceEvent> {
        match (self, interest) {
            (Self::Command(command), interest) => command.event(interest).await,
            (Self::Pty(pty), Some(interest)) => Ok(SourceEvent::Ready(pty.tty().ready(interest).await?)),
            (Self::Pty(_), None) => std::future::pending().await,
        }
    }

    /// Reads what is there; `Ok(0)` when the other side hung up, `WouldBlock` when there is nothing yet.
    pub fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        self.tty().try_read(into)
    }

    /// Writes as much as is taken; `WouldBlock` when nothing is taken now.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.tty().try_write(bytes)
    }

    /// Tells the guest its size. That it cannot be told is no failure: the device may not have one.
    pub fn set_size(&self, size: WindowSize) {
        if let Err(error) = self.tty().set_size(size) {
            tracing::debug!(%error, "the source does not take a window size");
        }
    }
}

/// Hands `fd` to the reactor. tokio calls this unsound for types whose `AsRawFd` may lie or change, and offers an unsafe
/// function instead; an `OwnedFd` is one descriptor for life, so the old one does here.
#[expect(deprecated)]
fn watch(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(fd, interest)
}

/// A terminal device or the master of one, without blocking.
#[derive(Debug)]
struct Tty {
    fd: AsyncFd<OwnedFd>,
}

impl Tty {
    /// `fd` must not block.
    fn new(fd: OwnedFd) -> io::Result<Self> {
        Ok(Self { fd: watch(fd, Interest::READABLE | Interest::WRITABLE)? })
    }

    async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        Ok(self.fd.ready(interest).await?.ready())
    }

    fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        match self.attempt(Interest::READABLE, |fd| Ok(rustix::io::read(fd, &mut *into)?)) {
            // What Linux says on a master when no slave is open any more, and on a device that was hung up.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => Ok(0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(io::ErrorKind::WouldBlock.into()),
            done => done,
        }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(Interest::WRITABLE, |fd| Ok(rustix::io::write(fd, bytes)?))
    }

    /// Does `work` even if the reactor has not said yet that it can be done: a command's last words are there when its
    /// end is seen, and a key shall not wait for a turn of the reactor.
    fn attempt(&self, interest: Interest, mut work: impl FnMut(&OwnedFd) -> io::Result<usize>) -> io::Result<usize> {
        let mut attempted = false;
        let done = self.fd.try_io(interest, |fd| {
            attempted = true;
            work(fd)
        });
        if attempted { done } else { work(self.fd.get_ref()) }
    }

    fn set_size(&self, size: WindowSize) -> io::Result<()> {
        let size = Winsize { ws_row: size.rows, ws_col: size.cols, ws_xpixel: size.width, ws_ypixel: size.height };
        Ok(rustix::termios::tcsetwinsize(self.fd.get_ref(), size)?)
    }
}
