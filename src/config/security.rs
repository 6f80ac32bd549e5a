//! Who may come in: the files that say so are read here, so that nothing can be wrong with them later.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use super::options::{Opt, Takes};
use super::resolve::wrong;
use super::{ConfigError, Given, private};
use crate::access::passwords::Passwords;
use crate::access::security::{Means, PolicyError, Security, Tls};
use crate::access::token::{KEY_MAX, TokenKey};
use crate::access::users::Users;
use crate::access::{Method, Secret, Transport};
use crate::net::address::Address;
use crate::net::tls::{Acceptor, TlsFile, check_certificate};

/// The largest file of passwords: two short lines.
const PASSWORDS_MAX: usize = 1024;
/// The largest file of users: some hundred bytes for each.
pub const USERS_FILE_MAX: usize = 2 << 20;
/// The largest file of certificates or keys.
const PEM_MAX: usize = 1 << 20;

/// Reads what there is, and checks that it goes together and that there is a way in everywhere.
pub(super) fn security(given: &Given, listen: &[Address]) -> Result<(Security, Option<Acceptor>), ConfigError> {
    let passwords = given.value("password-file").map(|(row, file)| {
        let text = secret(row, &file, PASSWORDS_MAX)?;
        Passwords::parse(text.bytes()).map_err(|error| unfit(row, &file, error))
    });
    let users = given.value("users-file").map(|(row, file)| {
        let text = secret(row, &file, USERS_FILE_MAX)?;
        Users::parse(text.bytes()).map(Arc::new).map_err(|error| unfit(row, &file, error))
    });
    let token_key = given.value("token-file").map(|(row, file)| {
        let text = secret(row, &file, KEY_MAX)?;
        TokenKey::parse(text.bytes()).map_err(|error| unfit(row, &file, error))
    });
    let asked = given.value("security").map(|(row, list)| methods(row, &list)).transpose()?;
    let acceptor = acceptor(given)?;
    let tls = acceptor.as_ref().map_or(Tls::Absent, |acceptor| match acceptor.asks_for_certificates() {
        true => Tls::Both,
        false => Tls::Server,
    });
    let means =
        Means { passwords: passwords.transpose()?, users: users.transpose()?, token_key: token_key.transpose()?, tls };
    let security = Security::new(asked, means).map_err(|error| ConfigError::new(error.to_string()))?;
    // A browser with a token needs nothing else.
    let takes_tokens = security.means.token_key.is_some() && given.word("web")? == "on";
    let as_password = security.methods.iter().any(|method| method.within() == Method::Plain);
    if security.means.token_key.is_some() && !takes_tokens && !as_password {
        return Err(ConfigError::new(PolicyError::Unused("--token-file").to_string()));
    }
    let shut = listen.iter().find(|address| !takes_tokens && !security.serves(transport(address)));
    match shut {
        Some(address) => Err(ConfigError::new(format!(
            "--listen {address}: nobody could come in there, since users' passwords are never sent over TCP without TLS; \
             give --tls-cert and --tls-key, or listen on unix:PATH"
        ))),
        None => Ok((security, acceptor)),
    }
}

/// Our end of TLS, if its files are given.
fn acceptor(given: &Given) -> Result<Option<Acceptor>, ConfigError> {
    let [certificate, key, client_ca] = ["tls-cert", "tls-key", "tls-client-ca"].map(|name| given.value(name));
    let ((certificate_row, certificate), (key_row, key)) = match (certificate, key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (None, None) if client_ca.is_none() => return Ok(None),
        (None, _) => return Err(ConfigError::new("--tls-cert is missing: the certificate of --tls-key, in PEM")),
        (_, None) => return Err(ConfigError::new("--tls-key is missing: the private key of --tls-cert, in PEM")),
    };
    let certificate_pem = public(certificate_row, &certificate)?;
    // Before anything is said of the key: the two are easily exchanged.
    check_certificate(&certificate_pem).map_err(|error| unfit(certificate_row, &certificate, error))?;
    let key_pem = secret(key_row, &key, PEM_MAX)?;
    let client_pem = client_ca.as_ref().map(|(row, file)| public(row, file)).transpose()?;
    let acceptor = Acceptor::new(&certificate_pem, key_pem.bytes(), client_pem.as_deref());
    acceptor.map(Some).map_err(|(file, error)| match (file, &client_ca) {
        (TlsFile::Certificate, _) => unfit(certificate_row, &certificate, error),
        (TlsFile::ClientCa, Some((row, file))) => unfit(row, file, error),
        (TlsFile::Key | TlsFile::ClientCa, _) => unfit(key_row, &key, error),
    })
}

/// The contents of a file that anybody may read.
pub(super) fn public(row: &Opt, file: &OsStr) -> Result<Vec<u8>, ConfigError> {
    private::read_public(Path::new(file), PEM_MAX).map_err(|why| unfit(row, file, why))
}

fn transport(address: &Address) -> Transport {
    match address {
        Address::Tcp { .. } => Transport::Clear,
        Address::Unix(_) => Transport::Local,
    }
}

/// The contents of a file that only its owner can read.
pub(super) fn secret(row: &Opt, file: &OsStr, most: usize) -> Result<Secret, ConfigError> {
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
    use super::super::{Config, Environment, resolve};
    use super::*;

    const PEM: &[u8] = include_bytes!("../../tests/tls/server.pem");
    const KEY: &[u8] = include_bytes!("../../tests/tls/server.key");
    const CA: &[u8] = include_bytes!("../../tests/tls/ca.pem");

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
            self.config(words).map(|config| config.security)
        }

        fn config(&self, words: &str) -> Result<Config, String> {
            let word = |word: &str| match word.strip_prefix('@') {
                Some(name) => self.0.join(name).into_os_string(),
                None => OsString::from(word),
            };
            let arguments = std::iter::once("vncterm".into()).chain(words.split_whitespace().map(word));
            let Ok(Request::Serve(given)) = read(arguments) else { panic!("{words}") };
            let config = resolve(&given, &Environment::default());
            config.map_err(|error| error.to_string().replace(&*self.0.to_string_lossy(), ""))
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
        files.write("pem", PEM);
        files.write("key", KEY);
        files.write("ca", CA);
        files.write("token", &[b'k'; 32]);
        for (words, methods) in [
            ("", &[Method::None][..]),
            ("--security none", &[Method::None]),
            ("--password-file @good", &[Method::VncAuth]),
            ("--password-file @good --security vncauth", &[Method::VncAuth]),
            ("--password-file @good --tls-cert @pem --tls-key @key", &[Method::X509Vnc, Method::VncAuth]),
            ("--tls-cert @pem --tls-key @key", &[Method::X509None]),
            ("--tls-cert @pem --tls-key @key --tls-client-ca @ca", &[Method::X509None]),
            ("--password-file @good --tls-cert @pem --tls-key @key --security x509vnc", &[Method::X509Vnc]),
            ("--password-file @good --tls-cert @pem --tls-key @key --tls-client-ca @ca", &[Method::X509Vnc]),
            ("--password-file @good --token-file @token --security vncauth", &[Method::VncAuth]),
            ("--token-file @token --web off --listen unix:/run/x", &[Method::Plain]),
        ] {
            assert_eq!(files.resolve(words).expect(words).methods, methods, "{words}");
        }
    }

    #[test]
    fn tokens_that_can_be_read_on_the_way_are_known() {
        let files = Files::new("clear");
        files.write("token", &[b'k'; 32]);
        files.write("pem", PEM);
        files.write("key", KEY);
        for (words, clear) in [
            ("", false),
            ("--token-file @token", true),
            ("--token-file @token --tls-cert @pem --tls-key @key", false),
            ("--token-file @token --web off --listen unix:/run/x", false),
        ] {
            assert_eq!(files.config(words).expect(words).takes_tokens_in_clear(), clear, "{words}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_a_line() {
        let files = Files::new("wrong");
        files.write("good", b"secret\n");
        files.write("token", &[b'k'; 32]);
        files.write("long", b"password1\n");
        files.write("empty", b"\n");
        files.write("large", &[b'\n'; PASSWORDS_MAX + 1]);
        files.write("pem", PEM);
        files.write("key", KEY);
        files.write("other", include_bytes!("../../tests/tls/client.key"));
        files.write("encrypted", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGb\n-----END ENCRYPTED PRIVATE KEY-----\n");
        files.write("broken", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        for (words, line) in [
            ("--password-file @none", "--password-file: \"/none\" cannot be read: No such file or directory"),
            (
                "--password-file @long",
                "--password-file: \"/long\" the password in line 1 has 9 bytes, and VNC authentication uses 8: shorten it",
            ),
            (
                "--password-file @empty",
                "--password-file: \"/empty\" holds no password: line 1 is for full access, line 2, if any, for viewing only",
            ),
            ("--password-file @large", "--password-file: \"/large\" has more than 1024 bytes"),
            ("--security vncauth", "--security: vncauth needs --password-file"),
            ("--security vnc", "--security: \"vnc\" is none of none, vncauth, plain, x509none, x509vnc, x509plain"),
            ("--tls-cert @pem", "--tls-key is missing: the private key of --tls-cert, in PEM"),
            ("--tls-client-ca @pem", "--tls-cert is missing: the certificate of --tls-key, in PEM"),
            (
                "--tls-cert @key --tls-key @nothing",
                "--tls-cert: \"/key\" holds no certificate in PEM (-----BEGIN CERTIFICATE-----)",
            ),
            (
                "--tls-cert @pem --tls-key @pem",
                "--tls-key: \"/pem\" holds no private key in PEM (-----BEGIN PRIVATE KEY-----)",
            ),
            (
                "--tls-cert @pem --tls-key @encrypted",
                "--tls-key: \"/encrypted\" holds a private key that is encrypted: decrypt it with openssl pkey -in FILE -out NEWFILE",
            ),
            ("--tls-cert @pem --tls-key @other", "--tls-key: \"/other\" is not the key of the certificate"),
            ("--tls-cert @none --tls-key @key", "--tls-cert: \"/none\" cannot be read: No such file or directory"),
            (
                "--tls-cert @pem --tls-key @key --tls-client-ca @key",
                "--tls-client-ca: \"/key\" holds no certificate in PEM (-----BEGIN CERTIFICATE-----)",
            ),
            ("--security none,none", "--security: \"none\" is given twice"),
            (
                "--password-file @good --token-file @token --security vncauth --web off",
                "--token-file is given, and none of the ways in that --security names makes use of it",
            ),
        ] {
            assert_eq!(files.resolve(words).expect_err(words), line);
        }
        let broken = files.resolve("--tls-cert @broken --tls-key @key").expect_err("no certificate");
        assert!(broken.starts_with("--tls-cert: \"/broken\" cannot be used: "), "{broken}");
        fs::set_permissions(files.0.join("key"), Permissions::from_mode(0o640)).expect("ours");
        let open = files.resolve("--tls-cert @pem --tls-key @key").expect_err("open to others");
        assert_eq!(open, "--tls-key: \"/key\" is open to others (mode 0640): chmod 600 it");
        fs::set_permissions(files.0.join("good"), Permissions::from_mode(0o644)).expect("ours");
        let open = files.resolve("--password-file @good").expect_err("open to others");
        assert_eq!(open, "--password-file: \"/good\" is open to others (mode 0644): chmod 600 it");
    }
}
