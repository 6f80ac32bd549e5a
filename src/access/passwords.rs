//! The file of `--password-file`: two passwords of VNC authentication.

use super::{Role, Secret};

/// Bytes of a password that VNC authentication uses. It cuts what is longer without a word, so nothing longer is taken.
pub const PASSWORD_MAX: usize = 8;

/// The passwords of VNC authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passwords {
    full: Secret,
    view: Option<Secret>,
}

/// What is wrong with such a file; says what would be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordsError {
    /// There is no password in it.
    #[error("holds no password: line 1 is for full access, line 2, if any, for viewing only")]
    Empty,
    /// It is blank.
    #[error("line {0} is blank")]
    Blank(usize),
    /// It would be cut.
    #[error("the password in line {0} has {1} bytes, and VNC authentication uses {PASSWORD_MAX}: shorten it")]
    Long(usize, usize),
    /// Nobody would come in to view only.
    #[error("both lines hold the same password: whoever has it gets full access")]
    Same,
    /// What follows would be ignored.
    #[error("has more than two lines: line 1 is for full access, line 2 for viewing only")]
    Lines,
}

impl Passwords {
    /// Reads the contents of such a file. Lines end in a line feed, perhaps after a carriage return; the rest of a line,
    /// blanks included, is the password.
    pub fn parse(text: &[u8]) -> Result<Self, PasswordsError> {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let lines: Vec<&[u8]> =
            text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
        let (full, view) = match lines.as_slice() {
            [line] if line.trim_ascii().is_empty() => return Err(PasswordsError::Empty),
            [full] => (password(1, full)?, None),
            [full, view] => (password(1, full)?, Some(password(2, view)?)),
            _ => return Err(PasswordsError::Lines),
        };
        if view.as_ref() == Some(&full) { Err(PasswordsError::Same) } else { Ok(Self { full, view }) }
    }

    /// The role of whoever has the password for which `is_it` holds. It is asked for each of them: how long it takes does
    /// not say which it was.
    pub fn role(&self, is_it: impl Fn(&Secret) -> bool) -> Option<Role> {
        let (full, view) = (is_it(&self.full), self.view.as_ref().is_some_and(is_it));
        if full { Some(Role::Write) } else { view.then_some(Role::View) }
    }
}

fn password(number: usize, line: &[u8]) -> Result<Secret, PasswordsError> {
    match line.len() {
        _ if line.trim_ascii().is_empty() => Err(PasswordsError::Blank(number)),
        length if length > PASSWORD_MAX => Err(PasswordsError::Long(number, length)),
        _ => Ok(Secret::new(line.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_1_is_for_full_access_and_line_2_for_viewing() {
        for file in ["full1234\nview", "full1234\r\nview\r\n"] {
            let passwords = Passwords::parse(file.as_bytes()).expect(file);
            let role = |word: &[u8]| passwords.role(|password| password.is(word));
            assert_eq!(role(b"full1234"), Some(Role::Write));
            assert_eq!(role(b"view"), Some(Role::View));
            assert_eq!((role(b"full123"), role(b""), role(b"Full1234")), (None, None, None));
        }
        assert_eq!(
            Passwords::parse(b"a b").expect("blanks within").role(|password| password.is(b"a b")),
            Some(Role::Write)
        );
        assert!(!format!("{:?}", Passwords::parse(b"topsecre\n")).contains("topsecre"));
    }

    #[test]
    fn what_would_be_cut_ignored_or_empty_is_refused() {
        for (file, error) in [
            (&b""[..], PasswordsError::Empty),
            (b" \n", PasswordsError::Empty),
            (b"\nview\n", PasswordsError::Blank(1)),
            (b"full\n\n", PasswordsError::Blank(2)),
            (b"123456789\n", PasswordsError::Long(1, 9)),
            (b"full\n1234567890\n", PasswordsError::Long(2, 10)),
            (b"same\nsame\n", PasswordsError::Same),
            (b"a\nb\nc\n", PasswordsError::Lines),
        ] {
            assert_eq!(Passwords::parse(file), Err(error));
        }
        assert!(Passwords::parse(&[b'x'; PASSWORD_MAX]).is_ok());
    }
}
