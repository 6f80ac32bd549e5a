//! An existing PTY or TTY: raw mode, ours alone while open, and left as it was found.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::termios::{self, OptionalActions, Termios};
use tokio::io::unix::AsyncFd;

use super::Tty;

/// A terminal device that somebody else made: a VMM's end of a serial line, as a rule.
#[derive(Debug)]
pub struct Pty {
    tty: Tty,
    path: PathBuf,
    /// The line's settings before we made it raw.
    before: Termios,
    identity: Identity,
}

/// Which device a path led to. The kernel gives the numbers of `/dev/pts` out again: the same path may be another's
/// terminal a moment later, and then must not be read, let alone typed into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    owner: u32,
    /// When it was made: seconds and nanoseconds. Devices of `/dev/pts` change it at no other time, save chmod.
    changed: (i64, i64),
}

/// Why a device is not opened now.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not there, or cannot be opened.
    #[error("{0}")]
    Open(#[from] io::Error),
    /// A regular file, a disk, …
    #[error("it is not a terminal device")]
    NotATerminal,
    /// The number was given to somebody else.
    #[error("it is another terminal now; give a symbolic link that its maker keeps up to date")]
    Another,
    /// Somebody is logged in there.
    #[error("it is the terminal of somebody's session")]
    InSession,
}

impl Pty {
    /// Opens `path` and makes the line raw. `before` is what it was when it was open last; `later` says that somebody
    /// waited for it, so that nobody looked at what it is now.
    pub fn open(path: &Path, before: Option<Identity>, later: bool) -> Result<Self, Refusal> {
        if later {
            check_again(path, before)?;
        }
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?;
        let metadata = fs::File::from(fd.try_clone()?).metadata()?;
        if !termios::isatty(&fd) {
            return Err(Refusal::NotATerminal);
        }
        termios::ioctl_tiocexcl(&fd).map_err(io::Error::from)?;
        let before = termios::tcgetattr(&fd).map_err(io::Error::from)?;
        let mut raw = before.clone();
        raw.make_raw();
        termios::tcsetattr(&fd, OptionalActions::Now, &raw).map_err(io::Error::from)?;
        Ok(Self { tty: Tty::new(fd)?, path: path.to_owned(), before, identity: Identity::of(&metadata) })
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

impl Identity {
    /// Whether it has no line of its own: its other end is a program.
    pub fn is_pseudo_terminal(self) -> bool {
        is_pts(self.device)
    }

    fn of(metadata: &fs::Metadata) -> Self {
        Self { device: metadata.rdev(), owner: metadata.uid(), changed: (metadata.ctime(), metadata.ctime_nsec()) }
    }
}

/// Whether `path` still means what was meant, when it is opened after a wait.
fn check_again(path: &Path, before: Option<Identity>) -> Result<(), Refusal> {
    let by_link = fs::symlink_metadata(path)?.file_type().is_symlink();
    let metadata = fs::metadata(path)?;
    if !is_pts(metadata.rdev()) {
        return Ok(());
    }
    // A link is made anew by whoever made the terminal, so it may lead elsewhere than before.
    if !by_link && before.is_some_and(|before| before != Identity::of(&metadata)) {
        return Err(Refusal::Another);
    }
    if leads_a_session(metadata.rdev())? { Err(Refusal::InSession) } else { Ok(()) }
}

/// Whether `device` is one of `/dev/pts` (majors 136 to 143), whose numbers are used again.
fn is_pts(device: u64) -> bool {
    (136..=143).contains(&rustix::fs::major(device))
}

/// Whether some process has `device` for its controlling terminal. The kernel tells only through `/proc`.
fn leads_a_session(device: u64) -> io::Result<bool> {
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        // A process may end while we look.
        let Ok(stat) = fs::read(entry.path().join("stat")) else { continue };
        if controlling_terminal(&stat) == Some(encode_device(device)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Field 7 of `/proc/PID/stat`. The name of the process, in brackets, may hold blanks and brackets itself.
fn controlling_terminal(stat: &[u8]) -> Option<u32> {
    let after_name = stat.iter().rposition(|&b| b == b')')? + 1;
    let fields = std::str::from_utf8(&stat[after_name..]).ok()?;
    let number: i64 = fields.split_ascii_whitespace().nth(4)?.parse().ok()?;
    // The kernel prints its 32 bits as a signed number.
    (number != 0).then_some(number as u32)
}

/// A device number as `/proc/PID/stat` has it (`new_encode_dev` of the kernel).
fn encode_device(device: u64) -> u32 {
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    (minor & 0xff) | (major << 8) | ((minor & !0xff) << 12)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Source, WindowSize};
    use super::*;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::os::fd::OwnedFd;
    use tokio::io::Interest;

    pub fn new_pty() -> (OwnedFd, PathBuf) {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a PTY");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let name = ptsname(&master, Vec::new()).expect("a name");
        (master, PathBuf::from(name.to_str().expect("ASCII")))
    }

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
    async fn a_number_given_to_another_is_not_opened_again() {
        let (master, path) = new_pty();
        let pty = Pty::open(&path, None, false).expect("opens");
        let identity = pty.identity();
        drop(pty);
        drop(Pty::open(&path, Some(identity), true).expect("still the same"));
        let other = Identity { changed: (identity.changed.0 - 1, 0), ..identity };
        assert!(matches!(Pty::open(&path, Some(other), true), Err(Refusal::Another)));
        let other = Identity { owner: identity.owner + 1, ..identity };
        assert!(matches!(Pty::open(&path, Some(other), true), Err(Refusal::Another)));
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
    async fn what_is_no_terminal_is_refused() {
        let file = std::env::temp_dir().join(format!("vncterm-not-a-tty-{}", std::process::id()));
        fs::write(&file, "").expect("writes");
        assert!(matches!(Pty::open(&file, None, false), Err(Refusal::NotATerminal)));
        fs::remove_file(&file).expect("removes");
        assert!(matches!(Pty::open(&file, None, false), Err(Refusal::Open(_))));
    }

    #[test]
    fn the_controlling_terminal_is_found_behind_any_name() {
        assert_eq!(controlling_terminal(b"7 (a) b) S 1 7 7 34817 7 0"), Some(34817));
        assert_eq!(controlling_terminal(b"7 (sh) S 1 7 7 0 -1 0"), None);
        assert_eq!(controlling_terminal(b"7 (sh) S 1 7 7 -2147483648 -1 0"), Some(1 << 31));
        assert_eq!(controlling_terminal(b""), None);
        assert_eq!(encode_device(rustix::fs::makedev(136, 1)), 34817);
        assert_eq!(encode_device(rustix::fs::makedev(136, 0x1ff)), 0x0010_88ff);
    }
}
