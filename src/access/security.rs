//! The policy: which ways in there are, as far as what they need is there.

use super::passwords::Passwords;
use super::{Method, Transport};

/// Ways in, and what they ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// In the order of our preference; at least one. What each needs is there.
    pub methods: Vec<Method>,
    /// For [`Method::VncAuth`] and [`Method::X509Vnc`].
    pub passwords: Option<Passwords>,
    /// For all that begins TLS.
    pub tls: Tls,
}

/// What there is of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Nothing.
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
    /// Many clients would take it although they have a password.
    #[error("--security: {} lets everybody in, and many viewers prefer it to a password: give it alone, or leave it out", .0.name())]
    OpenBeside(Method),
    /// Something was given in vain.
    #[error("{0} is given, and none of the ways in that --security names makes use of it")]
    Unused(&'static str),
}

impl Security {
    /// Everybody comes in.
    pub fn open() -> Self {
        Self { methods: vec![Method::None], passwords: None, tls: Tls::Absent }
    }

    /// What is there, in ways in that were `asked` for, in that order; or else in all that what is there allows.
    pub fn new(asked: Option<Vec<Method>>, passwords: Option<Passwords>, tls: Tls) -> Result<Self, PolicyError> {
        let mut security = Self { methods: Vec::new(), passwords, tls };
        security.methods = match asked {
            Some(asked) => asked,
            None => security.possible(),
        };
        if let Some((method, what)) =
            security.methods.iter().find_map(|method| Some((*method, security.missing(*method)?)))
        {
            return Err(PolicyError::Needs(method, what));
        }
        let open = security.methods.iter().find(|method| security.is_open(**method));
        match open {
            Some(open) if security.methods.len() > 1 => Err(PolicyError::OpenBeside(*open)),
            _ => security.nothing_in_vain().map(|()| security),
        }
    }

    /// What a way in needs and is not there.
    fn missing(&self, method: Method) -> Option<&'static str> {
        match method.within() {
            Method::VncAuth if self.passwords.is_none() => Some("--password-file"),
            Method::Plain => Some("--users-file"),
            _ if method.is_x509() && self.tls == Tls::Absent => Some("--tls-cert and --tls-key"),
            _ => None,
        }
    }

    /// Every way in that can be had and asks for something; where there is none, the open one.
    fn possible(&self) -> Vec<Method> {
        let methods: Vec<Method> = Method::ALL
            .into_iter()
            .filter(|method| !self.is_open(*method) && self.missing(*method).is_none())
            .collect();
        match self.tls {
            _ if !methods.is_empty() => methods,
            Tls::Absent => vec![Method::None],
            Tls::Server | Tls::Both => vec![Method::X509None],
        }
    }

    fn nothing_in_vain(&self) -> Result<(), PolicyError> {
        let uses = |within| self.methods.iter().any(|method| method.within() == within);
        if self.passwords.is_some() && !uses(Method::VncAuth) {
            return Err(PolicyError::Unused("--password-file"));
        }
        Ok(())
    }

    /// Whether whoever chooses it is in.
    fn is_open(&self, method: Method) -> bool {
        method == Method::None || method == Method::X509None && self.tls != Tls::Both
    }

    /// Whether nobody comes in without having shown something.
    pub fn authenticates(&self) -> bool {
        !self.methods.iter().any(|method| self.is_open(*method))
    }

    /// Whether there is a way in over this, or within TLS over this.
    pub fn serves(&self, transport: Transport) -> bool {
        self.tls != Tls::Absent || !Method::offered(&self.methods, transport).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Method::*;
    use super::*;

    fn passwords() -> Option<Passwords> {
        Passwords::parse(b"secret").ok()
    }

    fn error(asked: &[Method], passwords: Option<Passwords>, tls: Tls) -> String {
        Security::new(Some(asked.to_vec()), passwords, tls).expect_err("a wrong policy").to_string()
    }

    #[test]
    fn what_is_there_is_what_is_offered() {
        let offered = |passwords, tls| Security::new(Option::None, passwords, tls).expect("right").methods;
        assert_eq!(offered(Option::None, Tls::Absent), [None]);
        assert_eq!(offered(passwords(), Tls::Absent), [VncAuth]);
        assert_eq!(offered(passwords(), Tls::Server), [X509Vnc, VncAuth]);
        assert_eq!(offered(Option::None, Tls::Server), [X509None]);
        assert_eq!(offered(Option::None, Tls::Both), [X509None]);
    }

    #[test]
    fn what_everybody_may_take_stands_alone() {
        for open in [None, X509None] {
            let said = error(&[VncAuth, open], passwords(), Tls::Server);
            assert!(said.starts_with(&format!("--security: {} lets everybody in", open.name())), "{said}");
            let tls = if open == None { Tls::Absent } else { Tls::Server };
            assert!(!Security::new(Some(vec![open]), Option::None, tls).expect("right").authenticates());
        }
        for (asked, tls) in [(vec![VncAuth], Tls::Absent), (vec![X509None, VncAuth], Tls::Both)] {
            assert!(Security::new(Some(asked), passwords(), tls).expect("right").authenticates());
        }
    }

    #[test]
    fn what_is_missing_or_in_vain_is_said() {
        let unused = |what| format!("{what} is given, and none of the ways in that --security names makes use of it");
        for (asked, passwords, tls, line) in [
            (VncAuth, Option::None, Tls::Absent, "--security: vncauth needs --password-file".to_owned()),
            (X509Vnc, passwords(), Tls::Absent, "--security: x509vnc needs --tls-cert and --tls-key".to_owned()),
            (X509Vnc, Option::None, Tls::Both, "--security: x509vnc needs --password-file".to_owned()),
            (None, passwords(), Tls::Absent, unused("--password-file")),
        ] {
            assert_eq!(error(&[asked], passwords, tls), line);
        }
    }
}
