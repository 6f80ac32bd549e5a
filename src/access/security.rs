//! The policy: which ways in there are, as far as what they need is there.

use std::sync::Arc;

use super::passwords::Passwords;
use super::token::TokenKey;
use super::users::Users;
use super::{Method, Transport};

/// Ways in, and what they ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// In the order of our preference; at least one. What each needs is there.
    pub methods: Vec<Method>,
    /// What they ask for.
    pub means: Means,
}

/// What there is to come in with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Means {
    /// For [`Method::VncAuth`] and [`Method::X509Vnc`].
    pub passwords: Option<Passwords>,
    /// For [`Method::Plain`] and [`Method::X509Plain`].
    pub users: Option<Arc<Users>>,
    /// For tokens: in WebSockets whatever the way in, and as the password of [`Method::Plain`] and [`Method::X509Plain`].
    pub token_key: Option<TokenKey>,
    /// For all that begins TLS.
    pub tls: Tls,
}

/// What there is of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// Nothing.
    #[default]
    Absent,
    /// We have a certificate.
    Server,
    /// Clients must have one too.
    Both,
}

/// Why a policy is none; says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It needs something that was not given.
    #[error("--security: {way} needs {what}", way = .0.name(), what = .1)]
    Needs(Method, &'static str),
    /// Many clients would take it although they have a password, and with it nobody need have one.
    #[error("--security: {} asks for no password, and many viewers prefer it to what does: give it alone, or leave it out", .0.name())]
    NoneBeside(Method),
    /// Something was given in vain.
    #[error("{0} is given, and none of the ways in that --security names makes use of it")]
    Unused(&'static str),
}

impl Security {
    /// Everybody comes in.
    pub fn open() -> Self {
        Self { methods: vec![Method::None], means: Means::default() }
    }

    /// What is there, in ways in that were `asked` for, in that order; or else in all that what is there allows.
    pub fn new(asked: Option<Vec<Method>>, means: Means) -> Result<Self, PolicyError> {
        let mut security = Self { methods: Vec::new(), means };
        security.methods = match asked {
            Some(asked) => asked,
            None => security.possible(),
        };
        if let Some((method, what)) =
            security.methods.iter().find_map(|method| Some((*method, security.missing(*method)?)))
        {
            return Err(PolicyError::Needs(method, what));
        }
        let none = security.methods.iter().find(|method| method.within() == Method::None);
        match none {
            Some(none) if security.methods.len() > 1 => Err(PolicyError::NoneBeside(*none)),
            _ => security.nothing_in_vain().map(|()| security),
        }
    }

    /// What a way in needs and is not there.
    fn missing(&self, method: Method) -> Option<&'static str> {
        match method.within() {
            Method::VncAuth if self.means.passwords.is_none() => Some("--password-file"),
            Method::Plain if self.means.users.is_none() && self.means.token_key.is_none() => {
                Some("--users-file or --token-file")
            }
            _ if method.is_x509() && self.means.tls == Tls::Absent => Some("--tls-cert and --tls-key"),
            _ => None,
        }
    }

    /// Every way in that can be had and asks for something more than TLS does; where there is none, the one that does not.
    fn possible(&self) -> Vec<Method> {
        // Whoever has no certificate is to stay out, and so does not come in without TLS, unless that is asked for.
        let may = |method: Method| method.within() != Method::None && (method.is_x509() || self.means.tls != Tls::Both);
        let mut methods: Vec<Method> =
            Method::ALL.into_iter().filter(|method| may(*method) && self.missing(*method).is_none()).collect();
        if self.means.users.is_none() {
            // Viewers take the first that they know, and ask for a name and a password that nobody has.
            methods.sort_by_key(|method| method.within() == Method::Plain);
        }
        match self.means.tls {
            _ if !methods.is_empty() => methods,
            Tls::Absent => vec![Method::None],
            Tls::Server | Tls::Both => vec![Method::X509None],
        }
    }

    fn nothing_in_vain(&self) -> Result<(), PolicyError> {
        let uses = |within| self.methods.iter().any(|method| method.within() == within);
        match &self.means {
            Means { passwords: Some(_), .. } if !uses(Method::VncAuth) => Err(PolicyError::Unused("--password-file")),
            Means { users: Some(_), .. } if !uses(Method::Plain) => Err(PolicyError::Unused("--users-file")),
            // Whoever has none comes in as well.
            Means { token_key: Some(_), .. } if !self.authenticates() => Err(PolicyError::Unused("--token-file")),
            _ => Ok(()),
        }
    }

    /// Whether whoever chooses it is in.
    fn is_open(&self, method: Method) -> bool {
        method == Method::None || method == Method::X509None && self.means.tls != Tls::Both
    }

    /// Whether nobody comes in without having shown something.
    pub fn authenticates(&self) -> bool {
        !self.methods.iter().any(|method| self.is_open(*method))
    }

    /// Whether there is a way in over this, or within TLS over this.
    pub fn serves(&self, transport: Transport) -> bool {
        self.means.tls != Tls::Absent || !Method::offered(&self.methods, transport).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Method::*;
    use super::*;

    /// What there is, in letters: **p**asswords, **u**sers, a key for **t**okens, TLS of our own (**s**) or of **b**oth ends.
    fn means(letters: &str) -> Means {
        Means {
            passwords: letters.contains('p').then(|| Passwords::parse(b"secret").expect("a password")),
            users: letters.contains('u').then(|| Arc::new(crate::access::users::tests::users())),
            token_key: letters.contains('t').then(|| TokenKey::parse(&[b'k'; 32]).expect("a key")),
            tls: match () {
                () if letters.contains('s') => Tls::Server,
                () if letters.contains('b') => Tls::Both,
                () => Tls::Absent,
            },
        }
    }

    fn error(asked: &[Method], letters: &str) -> String {
        Security::new(Some(asked.to_vec()), means(letters)).expect_err("a wrong policy").to_string()
    }

    #[test]
    fn what_is_there_is_what_is_offered() {
        for (letters, methods) in [
            ("", &[None][..]),
            ("p", &[VncAuth]),
            ("u", &[Plain]),
            ("t", &[Plain]),
            ("s", &[X509None]),
            ("b", &[X509None]),
            ("ps", &[X509Vnc, VncAuth]),
            ("us", &[X509Plain, Plain]),
            ("pu", &[Plain, VncAuth]),
            ("pus", &[X509Plain, X509Vnc, Plain, VncAuth]),
            ("pts", &[X509Vnc, VncAuth, X509Plain, Plain]),
            ("puts", &[X509Plain, X509Vnc, Plain, VncAuth]),
            ("pb", &[X509Vnc]),
            ("ub", &[X509Plain]),
            ("tb", &[X509Plain]),
            ("pub", &[X509Plain, X509Vnc]),
            ("ptb", &[X509Vnc, X509Plain]),
        ] {
            assert_eq!(Security::new(Option::None, means(letters)).expect("right").methods, methods, "{letters}");
        }
    }

    #[test]
    fn what_everybody_may_take_stands_alone() {
        for open in [None, X509None] {
            for letters in ["ps", "pb"] {
                let said = error(&[VncAuth, open], letters);
                assert!(said.starts_with(&format!("--security: {} asks for no password", open.name())), "{said}");
            }
            let letters = if open == None { "" } else { "s" };
            assert!(!Security::new(Some(vec![open]), means(letters)).expect("right").authenticates());
        }
        for (asked, letters) in
            [(vec![VncAuth], "p"), (vec![X509None], "b"), (vec![X509Vnc, VncAuth], "pb"), (vec![Plain], "u")]
        {
            assert!(Security::new(Some(asked), means(letters)).expect("right").authenticates());
        }
    }

    #[test]
    fn what_is_missing_or_in_vain_is_said() {
        let unused = |what| format!("{what} is given, and none of the ways in that --security names makes use of it");
        for (asked, letters, line) in [
            (VncAuth, "uts", "--security: vncauth needs --password-file".to_owned()),
            (X509Vnc, "p", "--security: x509vnc needs --tls-cert and --tls-key".to_owned()),
            (X509Vnc, "b", "--security: x509vnc needs --password-file".to_owned()),
            (Plain, "ps", "--security: plain needs --users-file or --token-file".to_owned()),
            (X509Plain, "u", "--security: x509plain needs --tls-cert and --tls-key".to_owned()),
            (None, "p", unused("--password-file")),
            (VncAuth, "pu", unused("--users-file")),
            (None, "t", unused("--token-file")),
            (X509None, "ts", unused("--token-file")),
        ] {
            assert_eq!(error(&[asked], letters), line);
        }
        assert!(Security::new(Some(vec![VncAuth]), means("pts")).is_ok(), "tokens come in WebSockets");
    }

    #[test]
    fn where_there_is_tls_everybody_may_come_in_within_it() {
        let serves = |asked, letters, transport| {
            Security::new(Some(vec![asked]), means(letters)).expect("right").serves(transport)
        };
        assert!(!serves(Plain, "u", Transport::Clear));
        assert!(serves(Plain, "u", Transport::Local) && serves(Plain, "us", Transport::Clear));
    }
}
