//! Passwords that come on a pipe, and those that are typed.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::tcgetattr;

use super::*;
use crate::access::Role;
use crate::config::private::PRIVATE;

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("vncterm-passwd-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a place for files");
        Self(fs::canonicalize(path).expect("it is there"))
    }

    fn users(&self) -> Users {
        Users::parse(&private::read(&self.0.join("users"), USERS_FILE_MAX).expect("private")).expect("users")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("it is there").flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    fn passwd(&self, user: Option<&str>, role: Option<Role>) -> Passwd {
        Passwd { file: self.0.join("users"), user: user.map(str::to_owned), role }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Gives this on standard input, which is no terminal.
fn piped(passwd: &Passwd, mut input: &[u8]) -> Result<String, (u8, String)> {
    let (mut output, mut remarks) = (Vec::new(), Vec::new());
    let mut streams = Streams { input: &mut input, output: &mut output, remarks: &mut remarks };
    let set = set(passwd, &mut streams, None);
    assert!(output.is_empty() && remarks.is_empty());
    set.map_err(|failure| (failure.exit_status(), failure.to_string()))
}

#[test]
fn a_line_of_a_pipe_is_a_password() {
    let directory = Directory::new("pipe");
    let ann = directory.passwd(Some("ann"), None);
    assert_eq!(piped(&ann, b"first\nmore"), Ok("ann is added, in the role write".to_owned()));
    let file = ann.file.clone();
    assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o7777, PRIVATE);
    let bob = directory.passwd(Some("bob"), Some(Role::View));
    assert_eq!(piped(&bob, b"second\r\n"), Ok("bob is added, in the role view".to_owned()));
    let users = directory.users();
    assert_eq!((users.role("ann", b"first"), users.role("bob", b"second")), (Some(Role::Write), Some(Role::View)));
    // Through a link, which stays.
    let link = directory.0.join("link");
    symlink("users", &link).expect("a link");
    let again = Passwd { file: link.clone(), role: Some(Role::Admin), ..ann };
    assert_eq!(piped(&again, b"third"), Ok("ann has another password, in the role admin".to_owned()));
    assert_eq!(directory.users().role("ann", b"third"), Some(Role::Admin));
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!(directory.names().len(), 2, "nothing else is left: {:?}", directory.names());
}

#[test]
fn what_cannot_be_is_said_and_changes_nothing() {
    let directory = Directory::new("wrong");
    let ann = directory.passwd(Some("ann"), None);
    let path = format!("{:?}", ann.file);
    let token = format!("{}x\n", token::PREFIX);
    let long = "x".repeat(PASSWORD_MAX + 1);
    for (passwd, input, status, line) in [
        (&ann, "", 1, "a password has from 1 to 1024 bytes".to_owned()),
        (&ann, "\n", 1, "a password has from 1 to 1024 bytes".to_owned()),
        (&ann, &long, 1, "a password has from 1 to 1024 bytes".to_owned()),
        (&ann, &token, 1, "a password cannot begin with vncterm.token., as a token does".to_owned()),
        (&directory.passwd(None, None), "x", 2, NotSet::WhoseIsIt.to_string()),
        (&directory.passwd(Some("a:b"), None), "x", 2, NotSet::Name.to_string()),
    ] {
        assert_eq!(piped(passwd, input.as_bytes()), Err((status, line)));
    }
    assert!(directory.names().is_empty());
    let nowhere = Passwd { file: directory.0.join("none/users"), ..directory.passwd(Some("ann"), None) };
    let (status, line) = piped(&nowhere, b"x").expect_err("no directory");
    assert!(status == 1 && line.contains("cannot be written: No such file or directory"), "{line}");
    fs::write(&ann.file, "ann:root:x\n").expect("written");
    let said = piped(&ann, b"x").expect_err("it can be read by others");
    assert_eq!(said, (2, format!("{path} is open to others (mode 0644): chmod 600 it")));
    fs::set_permissions(&ann.file, fs::Permissions::from_mode(PRIVATE)).expect("ours");
    let said = piped(&ann, b"x").expect_err("it is broken");
    assert_eq!(said, (2, format!("{path} line 1 has a role that is none of view, write, admin")));
    fs::write(&ann.file, "# nobody yet\n").expect("written");
    assert!(piped(&ann, &vec![b'x'; PASSWORD_MAX]).is_ok());
    assert!(fs::read_to_string(&ann.file).expect("text").starts_with("# nobody yet\nann:write:$argon2id$"));
}

/// A person at a terminal, who types the next answer as soon as he is asked.
struct Person<'a> {
    master: &'a OwnedFd,
    answers: Vec<&'static [u8]>,
}

impl Write for Person<'_> {
    fn write(&mut self, prompt: &[u8]) -> io::Result<usize> {
        if prompt.ends_with(b": ") {
            rustix::io::write(self.master, self.answers.remove(0))?;
        }
        Ok(prompt.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Asks a person; what came of it, and what the terminal has shown.
fn asked(passwd: &Passwd, answers: &[&'static [u8]]) -> (Result<String, String>, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a PTY");
    grantpt(&master).expect("granted");
    unlockpt(&master).expect("unlocked");
    let name = ptsname(&master, Vec::new()).expect("a name");
    let slave = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("a terminal");
    let before = tcgetattr(&slave).expect("a terminal").local_modes;
    let mut person = Person { master: &master, answers: answers.to_vec() };
    let mut input = File::from(slave.try_clone().expect("a descriptor"));
    let mut streams = Streams { input: &mut input, output: &mut io::sink(), remarks: &mut person };
    let set = set(passwd, &mut streams, Some(slave.as_fd())).map_err(|failure| failure.to_string());
    assert_eq!(tcgetattr(&slave).expect("a terminal").local_modes, before, "the terminal is as it was");
    rustix::io::ioctl_fionbio(&master, true).expect("does not block");
    let mut shown = [0; 1024];
    let length = rustix::io::read(&master, &mut shown).unwrap_or(0);
    (set, String::from_utf8_lossy(&shown[..length]).into_owned())
}

#[test]
fn what_is_typed_is_asked_for_twice_and_not_shown() {
    let directory = Directory::new("typed");
    let nobody = directory.passwd(None, Some(Role::Admin));
    let (set, shown) = asked(&nobody, &[b"ann\n", b"secret\n", b"secret\n"]);
    assert_eq!(set, Ok("ann is added, in the role admin".to_owned()));
    assert!(shown.contains("ann") && !shown.contains("secret"), "{shown:?}");
    assert_eq!(directory.users().role("ann", b"secret"), Some(Role::Admin));
    let ann = directory.passwd(Some("ann"), None);
    for (answers, why) in [
        (&[&b"one\n"[..], b"two\n"][..], "the two passwords are not the same"),
        (&[&b"\n"[..]], "a password has from 1 to 1024 bytes"),
        (&[&b"hal\x03"[..]], "nothing was changed"),
        (&[&b"one\n"[..], b"\x1c"], "nothing was changed"),
    ] {
        assert_eq!(asked(&ann, answers).0, Err(why.to_owned()));
    }
    assert_eq!(directory.users().role("ann", b"secret"), Some(Role::Admin));
}
