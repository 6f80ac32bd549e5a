//! Who may come in: the files that say so are read here, so that nothing can be wrong with them later.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::Path;

use super::options::{Opt, Takes};
use super::resolve::wrong;
use super::{ConfigError, Given, private};
use crate::access::passwords::Passwords;
use crate::access::security::Security;
use crate::access::{Method, Secret, Transport};
use crate::net::address::Address;

/// The largest file of passwords: two short lines.
const PASSWORDS_MAX: usize = 1024;

/// Reads what there is, and checks that it goes together and that there is a way in everywhere.
pub(super) fn security(given: &Given, listen: &[Address]) -> Result<Security, ConfigError> {
    let passwords = given.value("password-file").map(|(row, file)| {
        let text = secret(row, &file, PASSWORDS_MAX)?;
        Passwords::parse(text.bytes()).map_err(|error| unfit(row, &file, error))
    });
    let asked = given.value("security").map(|(row, list)| methods(row, &list)).transpose()?;
    let security = Security::new(asked, passwords.transpose()?).map_err(|error| ConfigError::new(error.to_string()))?;
    let shut = listen.iter().find(|address| !security.serves(transport(address)));
    match shut {
        Some(address) => Err(ConfigError::new(format!(
            "--listen {address}: nobody could come in there, since passwords of users are never sent over TCP without TLS; \
             listen on unix:PATH"
        ))),
        None => Ok(security),
    }
}

fn transport(address: &Address) -> Transport {
    match address {
        Address::Tcp { .. } => Transport::Clear,
        Address::Unix(_) => Transport::Local,
    }
}

/// The contents of a file that only its owner can read.
fn secret(row: &Opt, file: &OsStr, most: usize) -> Result<Secret, ConfigError> {
    private::read(Path::new(file), most).map(Secret::new).map_err(|why| unfit(row, file, why))
}

fn unfit(row: &Opt, file: &OsStr, why: impl Display) -> ConfigError {
    wrong(row, file, &why.to_string())
}

/// A list of ways in.
fn methods(row: &Opt, list: &OsStr) -> Result<Vec<Method>, ConfigError> {
    let Takes::ListOf(_, words) = row.takes else { return Ok(Vec::new()) };
    let mut methods = Vec::new();
    for word in list.to_string_lossy().split(',') {
        let known = words.iter().find(|known| **known == word).and_then(|word| Method::named(word));
        match known {
            None => return Err(wrong(row, OsStr::new(word), &format!("is none of {}", words.join(", ")))),
            Some(method) if methods.contains(&method) => return Err(wrong(row, OsStr::new(word), "is given twice")),
            Some(method) => methods.push(method),
        }
    }
    Ok(methods)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::super::arguments::{Request, read};
    use super::super::{Environment, resolve};
    use super::*;

    /// Files that are private, and go with the test.
    struct Files(PathBuf);

    impl Files {
        fn new(name: &str) -> Self {
            let directory = std::env::temp_dir().join(format!("vncterm-security-{}-{name}", std::process::id()));
            fs::create_dir_all(&directory).expect("a place for files");
            Self(directory)
        }

        /// Resolves the words, in which `@name` is the path of a file.
        fn resolve(&self, words: &str) -> Result<Security, String> {
            let word = |word: &str| match word.strip_prefix('@') {
                Some(name) => self.0.join(name).into_os_string(),
                None => OsString::from(word),
            };
            let arguments = std::iter::once("vncterm".into()).chain(words.split_whitespace().map(word));
            let Ok(Request::Serve(given)) = read(arguments) else { panic!("{words}") };
            let config = resolve(&given, &Environment::default());
            config
                .map(|config| config.security)
                .map_err(|error| error.to_string().replace(&*self.0.to_string_lossy(), ""))
        }

        fn write(&self, name: &str, contents: &[u8]) {
            fs::write(self.0.join(name), contents).expect("written");
            fs::set_permissions(self.0.join(name), Permissions::from_mode(0o600)).expect("ours");
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn files_decide_unless_ways_in_are_named() {
        let files = Files::new("decide");
        files.write("good", b"secret\nview\n");
        for (words, methods) in [
            ("", &[Method::None][..]),
            ("--security none", &[Method::None]),
            ("--password-file @good", &[Method::VncAuth]),
            ("--password-file @good --security vncauth", &[Method::VncAuth]),
        ] {
            assert_eq!(files.resolve(words).expect(words).methods, methods, "{words}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_a_line() {
        let files = Files::new("wrong");
        files.write("good", b"secret\n");
        files.write("long", b"password1\n");
        files.write("empty", b"\n");
        files.write("large", &[b'\n'; PASSWORDS_MAX + 1]);
        for (words, line) in [
            ("--password-file @none", "--password-file: \"/none\" cannot be read: No such file or directory"),
            (
                "--password-file @long",
                "--password-file: \"/long\" the password in line 1 has 9 bytes, and VNC authentication uses 8: shorten it, or use --users-file",
            ),
            (
                "--password-file @empty",
                "--password-file: \"/empty\" holds no password: line 1 is for full access, line 2, if any, for viewing only",
            ),
            ("--password-file @large", "--password-file: \"/large\" has more than 1024 bytes"),
            ("--security vncauth", "--security: vncauth needs --password-file"),
            ("--security vnc", "--security: \"vnc\" is none of none, vncauth"),
            ("--security none,none", "--security: \"none\" is given twice"),
        ] {
            assert_eq!(files.resolve(words).expect_err(words), line);
        }
        fs::set_permissions(files.0.join("good"), Permissions::from_mode(0o644)).expect("ours");
        let open = files.resolve("--password-file @good").expect_err("open to others");
        assert_eq!(open, "--password-file: \"/good\" is open to others (mode 0644): chmod 600 it");
    }
}
