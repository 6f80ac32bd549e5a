//! Where console bytes come from.
//!
//! A [`Source`] is opened once and drained for life. It never blocks: its owner waits for [`Source::ready`] and then
//! moves what can be moved at once. How it is opened again after it went away is [`reconnect`]'s part.

pub mod arrival;
pub mod command;
pub mod device;
pub mod endpoint;
pub mod pty;
pub mod reconnect;
pub mod serial;
pub mod socket;
pub mod stdin;
pub mod telnet;
pub mod terminfo;

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::termios::Winsize;
use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, Ready};
use tokio::task::JoinHandle;

pub use command::{Command, CommandLine, ExitStatus, Restart};
pub use endpoint::Endpoint;
pub use pty::Pty;
pub use reconnect::Reconnect;
pub use serial::{Serial, SerialLine};
pub use socket::TelnetSocket;
pub use stdin::Stdin;

use crate::net::Stream;

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

/// A break that has begun.
#[derive(Debug)]
pub enum Break {
    /// Until [`Source::end_break`], which is to be called when it has lasted long enough.
    ByUs,
    /// By itself; when, and whether it went well, this says.
    BySystem(JoinHandle<io::Result<()>>),
}

/// An open source.
#[derive(Debug)]
pub enum Source {
    /// A terminal device that somebody else made.
    Pty(Pty),
    /// A serial port.
    Serial(Serial),
    /// A connection that carries the bytes as they are.
    Socket(Stream),
    /// A connection that speaks telnet.
    Telnet(TelnetSocket),
    /// What another program prints.
    Stdin(Stdin),
    /// A command that we started.
    Command(Command),
}

impl Source {
    /// The terminal device, where there is one.
    fn tty(&self) -> Option<&Tty> {
        match self {
            Self::Pty(pty) => Some(pty.tty()),
            Self::Serial(serial) => Some(serial.pty().tty()),
            Self::Command(command) => Some(command.tty()),
            Self::Socket(_) | Self::Telnet(_) | Self::Stdin(_) => None,
        }
    }

    /// Waits until something of `interest` can be done. May be dropped half-way without loss.
    pub async fn ready(&mut self, interest: Interest) -> io::Result<Ready> {
        match self {
            Self::Pty(pty) => pty.tty().ready(interest).await,
            Self::Serial(serial) => serial.pty().tty().ready(interest).await,
            Self::Socket(stream) => stream.ready(interest).await,
            Self::Telnet(telnet) => telnet.ready(interest).await,
            Self::Stdin(stdin) => stdin.ready().await,
            Self::Command(command) => command.tty().ready(interest).await,
        }
    }

    /// Waits for that, or for the end of a command. Without `interest` only for the latter, or for ever.
    pub async fn event(&mut self, interest: Option<Interest>) -> io::Result<SourceEvent> {
        match (self, interest) {
            (Self::Command(command), interest) => command.event(interest).await,
            (other, Some(interest)) => Ok(SourceEvent::Ready(other.ready(interest).await?)),
            (_, None) => std::future::pending().await,
        }
    }

    /// Reads what is there; `Ok(0)` when the other side hung up, `WouldBlock` when there is nothing yet, `Interrupted`
    /// when something came that was not the guest's.
    pub fn try_read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Pty(pty) => pty.tty().try_read(into),
            Self::Serial(serial) => serial.pty().tty().try_read(into),
            Self::Socket(stream) => stream.try_read(into),
            Self::Telnet(telnet) => telnet.try_read(into),
            Self::Stdin(stdin) => stdin.try_read(into),
            Self::Command(command) => command.tty().try_read(into),
        }
    }

    /// Writes as much as is taken; `WouldBlock` when nothing is taken now.
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Pty(pty) => pty.tty().try_write(bytes),
            Self::Serial(serial) => serial.pty().tty().try_write(bytes),
            Self::Socket(stream) => stream.try_write_vectored(&[IoSlice::new(bytes)]),
            Self::Telnet(telnet) => telnet.try_write(bytes),
            // There is no way back: it goes nowhere.
            Self::Stdin(_) => Ok(bytes.len()),
            Self::Command(command) => command.tty().try_write(bytes),
        }
    }

    /// Whether anybody is there to read what is written.
    pub fn listens(&self) -> bool {
        !matches!(self, Self::Stdin(_))
    }

    /// Whether the source itself has something to write.
    pub fn has_output(&self) -> bool {
        matches!(self, Self::Telnet(telnet) if telnet.has_output())
    }

    /// Writes what the source itself has to write, as far as it is taken. An error is seen by the next read too.
    pub fn flush(&mut self) {
        if let Self::Telnet(telnet) = self
            && let Err(error) = telnet.flush()
        {
            tracing::debug!(%error, "telnet cannot answer");
        }
    }

    /// Whether the source can carry a break: the telnet of one who has agreed to it, or a serial line.
    pub fn can_break(&self) -> bool {
        matches!(self, Self::Telnet(_)) || self.device().is_some_and(|pty| !pty.identity().is_pseudo_terminal())
    }

    /// Begins a break of this length on the guest's line; `None` where the source cannot carry one.
    pub fn begin_break(&mut self, length: Duration) -> Option<Break> {
        if let Self::Telnet(telnet) = self {
            telnet.set_break(true);
            return Some(Break::ByUs);
        }
        self.device().and_then(|pty| serial::send_break(pty, length).ok()).map(Break::BySystem)
    }

    /// Ends a [`Break::ByUs`].
    pub fn end_break(&mut self) {
        if let Self::Telnet(telnet) = self {
            telnet.set_break(false);
        }
    }

    /// Throws away what the system has taken and the guest has not, where that can be.
    pub fn discard_output(&mut self) {
        if let Some(pty) = self.device() {
            serial::discard_output(pty);
        }
    }

    /// The terminal device that somebody else made, where it is one.
    fn device(&self) -> Option<&Pty> {
        match self {
            Self::Pty(pty) => Some(pty),
            Self::Serial(line) => Some(line.pty()),
            Self::Telnet(_) | Self::Socket(_) | Self::Stdin(_) | Self::Command(_) => None,
        }
    }

    /// Tells the guest its size. That it cannot be told is no failure: the device may not have one.
    pub fn set_size(&mut self, size: WindowSize) {
        if let Self::Telnet(telnet) = self {
            telnet.set_size(size);
        } else if let Some(Err(error)) = self.tty().map(|tty| tty.set_size(size)) {
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
