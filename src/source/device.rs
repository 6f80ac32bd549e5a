//! Which terminal device a path leads to, and whether it is the one that was meant.
//!
//! The kernel gives the numbers of `/dev/pts` out again, to whoever asks next: a guest's console can be somebody's login
//! a moment later, which must not be read, let alone typed into. A path that is there when the program starts is what
//! the user meant. From then on:
//!
//! - A link is followed anew each time: whoever made the terminal keeps it, and says by it what is meant.
//! - A number that was open before is opened again only while owner and time of creation are the same.
//! - A number that was not there at start says nothing, for nobody can know beforehand which number a terminal will
//!   get. What appears there is opened only if this user made it, so that nobody else can put himself in a guest's
//!   place, and once it is some seconds old: a login or a terminal emulator leads a session there by then.
//! - None of them is opened while somebody's session is led there.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How old a terminal must be that nobody meant by name: whoever makes one for a session has begun it by then.
pub const SETTLED: Duration = Duration::from_secs(2);

/// Which device a path led to.
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
    /// A regular file, a directory, … where a socket is to be.
    #[error("it is not a socket")]
    NotASocket,
    /// The number was given to somebody else.
    #[error("it is another terminal now; give a symbolic link that its maker keeps up to date")]
    Another,
    /// Nothing was there at start, and what is there now another user has made.
    #[error(
        "another user made it, and it was not there at start; give a symbolic link that its maker keeps up to date"
    )]
    Stranger,
    /// Nothing was there at start, and what is there now has only just been made.
    #[error("it has only just been made")]
    New,
    /// What was opened is not what was looked at.
    #[error("it became another device while it was opened")]
    Changed,
    /// Somebody is logged in there.
    #[error("it is the terminal of somebody's session")]
    InSession,
}

/// Why a path is no console and never will be, so that waiting for it would be for ever.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Something else than a terminal is there.
    #[error("is {0} and not a terminal device")]
    Kind(&'static str),
    /// Nothing is there, but it is where it would be in `/dev`.
    #[error("is not there; {} is probably meant", .0.display())]
    Misspelt(PathBuf),
}

/// A device's number, and for one of `/dev/pts` the file system too: each has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device(u64, u64);

/// What `path` leads to at start, without opening it: that alone could end somebody's line. `None` is a path with
/// nothing there yet.
pub fn look(path: &Path) -> Result<Option<Device>, Unfit> {
    let Ok(metadata) = fs::metadata(path) else {
        return misspelt(path, Path::new("/dev")).map_or(Ok(None), |meant| Err(Unfit::Misspelt(meant)));
    };
    let kind = metadata.file_type();
    let device = metadata.rdev();
    if kind.is_char_device() {
        return match foreign_class(device) {
            Some(what) => Err(Unfit::Kind(what)),
            None => Ok(Some(Device(if is_pts(device) { metadata.dev() } else { 0 }, device))),
        };
    }
    Err(Unfit::Kind(match () {
        () if kind.is_dir() => "a directory",
        () if kind.is_file() => "a regular file",
        () if kind.is_socket() => "a socket (see --unix)",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_block_device() => "a disk",
        () => "something else",
    }))
}

/// The device in `dev` that a relative path with nothing there may stand for: `pts/3`, `ttyS0`, or a bare `3`.
fn misspelt(path: &Path, dev: &Path) -> Option<PathBuf> {
    if path.is_absolute() || fs::symlink_metadata(path).is_ok() {
        return None;
    }
    let (direct, number) = (dev.join(path), dev.join("pts").join(path));
    let digits = path.as_os_str().as_encoded_bytes().iter().all(u8::is_ascii_digit);
    match () {
        () if path.starts_with("pts") || direct.exists() => Some(direct),
        () if digits && number.exists() => Some(number),
        () => None,
    }
}

/// What a character device is that is no terminal; `None` for a terminal, and where the kernel does not tell.
fn foreign_class(device: u64) -> Option<&'static str> {
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    if (major, minor) == (5, 2) {
        // /dev/ptmx: to open it is to make a new PTY, which nobody else has.
        return Some("what PTYs are made from");
    }
    if is_pts(device) {
        return None;
    }
    let class = fs::read_link(format!("/sys/dev/char/{major}:{minor}/subsystem")).ok()?;
    (class.file_name()? != "tty").then_some("a device of another kind")
}

impl Identity {
    /// The device that `metadata` is of.
    pub fn of(metadata: &fs::Metadata) -> Self {
        Self { device: metadata.rdev(), owner: metadata.uid(), changed: (metadata.ctime(), metadata.ctime_nsec()) }
    }

    /// Whether it has no line of its own: its other end is a program.
    pub fn is_pseudo_terminal(self) -> bool {
        is_pts(self.device)
    }

    /// Since when it has been there; `None` when the clock was set back meanwhile.
    fn age(&self, now: SystemTime) -> Option<Duration> {
        let seconds = u64::try_from(self.changed.0).ok()?;
        let nanoseconds = u32::try_from(self.changed.1).ok()?;
        now.duration_since(UNIX_EPOCH + Duration::new(seconds, nanoseconds)).ok()
    }

    /// Whether it may be opened by its number, when it was `before` or nobody has seen it before.
    fn judge(&self, before: Option<Identity>, user: u32, now: SystemTime) -> Result<(), Refusal> {
        match before {
            Some(before) if before == *self => Ok(()),
            Some(_) => Err(Refusal::Another),
            None if self.owner != user => Err(Refusal::Stranger),
            None if self.age(now).is_none_or(|age| age < SETTLED) => Err(Refusal::New),
            None => Ok(()),
        }
    }
}

/// Whether `path` still means what was meant, when it is opened after a wait; which device was looked at.
pub fn check_again(path: &Path, before: Option<Identity>) -> Result<Identity, Refusal> {
    let by_link = fs::symlink_metadata(path)?.file_type().is_symlink();
    let metadata = fs::metadata(path)?;
    let found = Identity::of(&metadata);
    if is_pts(metadata.rdev()) {
        if !by_link {
            found.judge(before, rustix::process::geteuid().as_raw(), SystemTime::now())?;
        }
        if leads_a_session(metadata.rdev())? {
            return Err(Refusal::InSession);
        }
    }
    Ok(found)
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
mod tests {
    use super::super::pty::testing::new_pty;
    use super::*;

    #[test]
    fn what_can_never_be_a_terminal_is_told_at_once() {
        let scratch = std::env::temp_dir().join(format!("vncterm-device-{}", std::process::id()));
        fs::create_dir_all(&scratch).expect("a directory");
        let (file, socket) = (scratch.join("file"), scratch.join("socket"));
        fs::write(&file, "").expect("writes");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("binds");
        for (path, what) in [
            (scratch.as_path(), "a directory"),
            (&file, "a regular file"),
            (&socket, "a socket (see --unix)"),
            (Path::new("/dev/ptmx"), "what PTYs are made from"),
            (Path::new("/dev/null"), "a device of another kind"),
        ] {
            assert_eq!(look(path), Err(Unfit::Kind(what)), "{}", path.display());
        }
        assert_eq!(look(&scratch.join("later")), Ok(None), "it is waited for");
        fs::remove_dir_all(&scratch).expect("removes");
    }

    #[test]
    fn a_device_is_known_by_any_of_its_names() {
        let ((_a, one), (_b, other)) = (new_pty(), new_pty());
        let link = std::env::temp_dir().join(format!("vncterm-device-link-{}", std::process::id()));
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&one, &link).expect("links");
        let found = look(&one).expect("a terminal");
        assert!(found.is_some() && found == look(&link).expect("a terminal"));
        assert_ne!(found, look(&other).expect("a terminal"));
        fs::remove_file(&link).expect("removes");
    }

    #[test]
    fn a_path_in_dev_without_dev_is_a_slip() {
        let (_master, path) = new_pty();
        let number = path.file_name().expect("a number");
        let dev = Path::new("/dev");
        for slip in [PathBuf::from(number), Path::new("pts").join(number)] {
            assert_eq!(misspelt(&slip, dev).as_ref(), Some(&path), "{}", slip.display());
        }
        assert_eq!(misspelt(Path::new("pts/99999"), dev), Some("/dev/pts/99999".into()), "even if it is not there");
        assert_eq!(misspelt(Path::new("null"), dev), Some("/dev/null".into()));
        for other in ["guest.console", "/dev/pts/99999", "99999999"] {
            assert_eq!(misspelt(Path::new(other), dev), None, "{other}");
        }
    }

    #[test]
    fn a_number_is_opened_again_only_where_it_is_plainly_the_same() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        let found = Identity { device: 34817, owner: 7, changed: (998, 0) };
        let made = |seconds, nanoseconds| Identity { changed: (seconds, nanoseconds), ..found };
        assert!(found.judge(Some(found), 0, now).is_ok(), "whoever owns it");
        assert!(matches!(found.judge(Some(made(998, 1)), 7, now), Err(Refusal::Another)));
        assert!(matches!(found.judge(Some(Identity { owner: 8, ..found }), 7, now), Err(Refusal::Another)));
        assert!(found.judge(None, 7, now).is_ok(), "ours, and old enough");
        assert!(matches!(found.judge(None, 0, now), Err(Refusal::Stranger)), "for root too");
        assert!(matches!(made(998, 1).judge(None, 7, now), Err(Refusal::New)));
        assert!(matches!(made(1_001, 0).judge(None, 7, now), Err(Refusal::New)), "the clock was set back");
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
