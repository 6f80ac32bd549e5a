//! Files with secrets: only their owner may read them, and that is who runs the program, or root.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Their mode: nobody but the owner reads them.
pub(crate) const PRIVATE: u32 = 0o600;
/// Bits of a mode that let others in.
const OTHERS: u32 = 0o077;

/// The contents of such a file, at most `most` bytes; or what is wrong with it, as it follows its name in a message.
pub fn read(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let (file, found) = open(path)?;
    let us = rustix::process::geteuid().as_raw();
    if ![0, us].contains(&found.uid()) {
        return Err(format!("belongs to user {}, who can read and change it: chown {us} it", found.uid()));
    }
    if found.mode() & OTHERS != 0 && !is_credential(path) {
        return Err(format!("is open to others (mode {:04o}): chmod 600 it", found.mode() & 0o7777));
    }
    contents(file, most)
}

/// The contents of a file that anybody may read, in the same way.
pub(super) fn read_public(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    open(path).and_then(|(file, _)| contents(file, most))
}

/// Exchanges such a file for one with these contents, in one step.
pub fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut other = OsString::from(".");
    other.push(name);
    other.push(format!(".{}", std::process::id()));
    let other = directory.join(other);
    let exchange = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&other)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&other, path)
    };
    exchange().inspect_err(|error| {
        if error.kind() != io::ErrorKind::AlreadyExists {
            // It may not have come to be.
            let _ = fs::remove_file(&other);
        }
    })?;
    // That the directory knows of it is as well on the disk.
    File::open(directory)?.sync_all()
}

fn open(path: &Path) -> Result<(File, Metadata), String> {
    // Without O_NONBLOCK a FIFO would be waited for.
    let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).expect("a flag of open(2)");
    let file = OpenOptions::new().read(true).custom_flags(nonblock).open(path).map_err(cannot)?;
    let found = file.metadata().map_err(cannot)?;
    if found.is_file() { Ok((file, found)) } else { Err("is not a regular file".to_owned()) }
}

fn contents(file: File, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() > most { Err(format!("has more than {most} bytes")) } else { Ok(bytes) }
}

fn cannot(error: std::io::Error) -> String {
    format!("cannot be read: {}", reason(&error))
}

/// Whether it is one of systemd's credentials: its mode then tells nothing, for what others may is said by an ACL.
fn is_credential(path: &Path) -> bool {
    let directory = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|directory| !directory.is_empty());
    directory.is_some_and(|directory| path.parent().map(Path::as_os_str) == Some(OsStr::new(&directory)))
}

/// What the system says, without its number.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_a_private_regular_file_of_a_bounded_size_is_read() {
        let path = std::env::temp_dir().join(format!("vncterm-private-{}", std::process::id()));
        fs::write(&path, "12345").expect("written");
        for (mode, error) in [
            (0o600, None),
            (0o400, None),
            (0o640, Some("is open to others (mode 0640): chmod 600 it")),
            (0o604, Some("is open to others (mode 0604): chmod 600 it")),
        ] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("ours");
            assert_eq!(read(&path, 5).err().as_deref(), error);
        }
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("ours");
        assert_eq!(read(&path, 4), Err("has more than 4 bytes".to_owned()));
        fs::remove_file(&path).expect("ours");
        assert_eq!(read(&path, 4), Err("cannot be read: No such file or directory".to_owned()));
        for read in [read, read_public] {
            assert_eq!(read(Path::new("/dev/null"), 4), Err("is not a regular file".to_owned()));
        }
        // Nobody writes to it, so whoever waits for that waits for ever.
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).expect("a place for files");
        assert_eq!(read_public(&path, 4), Err("is not a regular file".to_owned()));
        fs::remove_file(&path).expect("ours");
    }
}
