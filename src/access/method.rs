//! The ways in that `--security` names, in the order of our preference, and which of them a connection is offered.

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Whoever connects is in.
    None,
    /// VNC authentication: a password of at most eight bytes, which is never sent.
    VncAuth,
    /// A user's name and password, or a token, as they are: only where nobody can listen.
    Plain,
    /// TLS, and whoever has a certificate that we trust is in; without such certificates, whoever connects.
    X509None,
    /// VNC authentication within TLS.
    X509Vnc,
    /// A user's name and password, or a token, within TLS.
    X509Plain,
}

/// What carries a connection, as far as it matters for what may be said over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Anybody on the way may listen.
    Clear,
    /// It does not leave this machine's kernel: a Unix socket.
    Local,
    /// A WebSocket in clear: browsers begin TLS below it, or not at all.
    WebSocket,
    /// A WebSocket that a proxy on this machine carries here through a Unix socket.
    LocalWebSocket,
    /// TLS already: ways in of VeNCrypt are used without its own.
    Encrypted,
}

impl Method {
    /// Every one, what is safest first: the default order.
    pub const ALL: [Self; 6] = [Self::X509Plain, Self::X509Vnc, Self::X509None, Self::Plain, Self::VncAuth, Self::None];

    /// Its name in `--security`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::VncAuth => "vncauth",
            Self::Plain => "plain",
            Self::X509None => "x509none",
            Self::X509Vnc => "x509vnc",
            Self::X509Plain => "x509plain",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Whether it begins TLS itself.
    pub const fn is_x509(self) -> bool {
        matches!(self, Self::X509None | Self::X509Vnc | Self::X509Plain)
    }

    /// What is done within the TLS of this one.
    pub const fn within(self) -> Self {
        match self {
            Self::X509None => Self::None,
            Self::X509Vnc => Self::VncAuth,
            Self::X509Plain => Self::Plain,
            other => other,
        }
    }

    /// Of `methods`, in their order, what a connection of this transport is offered.
    pub fn offered(methods: &[Self], transport: Transport) -> Vec<Self> {
        let mut offered: Vec<Self> = Vec::new();
        for method in methods {
            let method = match transport {
                Transport::Encrypted => method.within(),
                Transport::Clear | Transport::WebSocket if *method == Self::Plain => continue,
                Transport::WebSocket | Transport::LocalWebSocket if method.is_x509() => continue,
                _ => *method,
            };
            if !offered.contains(&method) {
                offered.push(method);
            }
        }
        offered
    }
}

#[cfg(test)]
mod tests {
    use super::Method::*;
    use super::*;

    #[test]
    fn names_are_read_back() {
        assert!(Method::ALL.into_iter().all(|method| Method::named(method.name()) == Some(method)));
        assert_eq!(Method::named("tlsnone"), Option::None);
    }

    #[test]
    fn a_password_is_never_sent_where_somebody_may_listen() {
        let all = Method::ALL;
        assert!(!Method::offered(&all, Transport::Clear).contains(&Plain));
        assert_eq!(Method::offered(&all, Transport::WebSocket), [VncAuth, None]);
        assert_eq!(Method::offered(&all, Transport::LocalWebSocket), [Plain, VncAuth, None]);
        assert_eq!(Method::offered(&all, Transport::Local), all);
    }

    #[test]
    fn within_tls_there_is_no_second_one() {
        let methods = [X509Plain, X509Vnc, Plain, VncAuth];
        assert_eq!(Method::offered(&methods, Transport::Encrypted), [Plain, VncAuth]);
        assert_eq!(Method::offered(&[X509None], Transport::Encrypted), [None]);
    }
}
