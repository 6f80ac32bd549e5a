//! The certificates of servers that the user has come to trust: a line for each server, `ADDRESS sha256:…`, in a file that
//! nobody else reads.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use crate::config::private;
use crate::net::tls::Fingerprint;

/// The largest such file, in bytes.
pub const KNOWN_MAX: usize = 1 << 20;

/// See the module.
#[derive(Clone, Debug)]
pub struct Known(PathBuf);

impl Known {
    /// The user's, as his environment says; `None`: it does not say where.
    pub fn of(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<Self> {
        let variable = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = variable("XDG_STATE_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/state")))?;
        Some(Self(state.join("vncterm/known_servers")))
    }

    /// What `server` has shown before.
    ///
    /// # Errors
    /// The file is there and unfit: in words.
    pub fn find(&self, server: &str) -> Result<Option<Fingerprint>, String> {
        Ok(find(&self.read()?, server))
    }

    /// Keeps what `server` has shown.
    ///
    /// # Errors
    /// In words.
    pub fn keep(&self, server: &str, shown: Fingerprint) -> Result<(), String> {
        let text = with(&self.read()?, server, shown);
        let folder = self.0.parent().map(|folder| DirBuilder::new().recursive(true).mode(0o700).create(folder));
        let written = folder.unwrap_or(Ok(())).and_then(|()| private::write(&self.0, text.as_bytes()));
        written.map_err(|error| format!("{} cannot be written: {error}", self.0.display()))
    }

    fn read(&self) -> Result<String, String> {
        if std::fs::symlink_metadata(&self.0).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Ok(String::new());
        }
        let bytes = private::read(&self.0, KNOWN_MAX).map_err(|why| format!("{} {why}", self.0.display()))?;
        String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", self.0.display()))
    }
}

fn find(text: &str, server: &str) -> Option<Fingerprint> {
    text.lines().find_map(|line| Fingerprint::parse(line.strip_prefix(server)?.strip_prefix(' ')?.trim_end()))
}

fn with(text: &str, server: &str, shown: Fingerprint) -> String {
    let others = text.lines().filter(|line| line.strip_prefix(server).is_none_or(|rest| !rest.starts_with(' ')));
    others.map(str::to_owned).chain([format!("{server} {shown}")]).map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn fingerprint(digit: char) -> Fingerprint {
        Fingerprint::parse(&format!("sha256:{}", digit.to_string().repeat(64))).expect("one")
    }

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let one = fingerprint('a');
        assert_eq!(Fingerprint::parse(&one.to_string()), Some(one));
        let long = format!("sha256:{}", "a".repeat(66));
        for wrong in ["", "sha256:", "sha256:+a", &one.to_string()[..70], &one.to_string()[7..], &long] {
            assert_eq!(Fingerprint::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn each_server_has_one_line() {
        let text = with("# mine\nhost:5901 sha256:odd\n", "host:5901", fingerprint('1'));
        let text = with(&text, "host:59011", fingerprint('2'));
        assert_eq!(find(&text, "host:5901"), Some(fingerprint('1')));
        assert_eq!((find(&text, "host:59011"), find(&text, "host:590")), (Some(fingerprint('2')), None));
        let again = with(&text, "host:5901", fingerprint('3'));
        assert_eq!((find(&again, "host:5901"), again.lines().count()), (Some(fingerprint('3')), 3));
        assert!(again.starts_with("# mine\n"));
    }

    #[test]
    fn the_file_is_made_where_it_belongs_and_nobody_else_reads_it() {
        let home = std::env::temp_dir().join(format!("vncterm-known-{}", std::process::id()));
        let known = Known::of(|name| (name == "HOME").then(|| home.clone().into())).expect("a home");
        assert_eq!(known.find("h:1"), Ok(None));
        known.keep("h:1", fingerprint('7')).expect("written");
        assert_eq!(known.find("h:1"), Ok(Some(fingerprint('7'))));
        let file = home.join(".local/state/vncterm/known_servers");
        assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).expect("ours");
        assert!(known.find("h:1").expect_err("others could write it").contains("chmod 600"));
        std::fs::remove_dir_all(&home).expect("ours");
        assert!(Known::of(|_| None).is_none() && Known::of(|_| Some("relative".into())).is_none());
    }
}
