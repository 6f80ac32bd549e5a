//! Coming in: the connection, the certificate, the password. What is missing is asked for on the user's terminal, if there
//! is one.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;

use super::known::Known;
use crate::access::{Method, Secret};
use crate::client::{Client, Lost};
use crate::config::attach::Attach;
use crate::geometry::Size;
use crate::net::Stream;
use crate::net::address::{Address, is_loopback};
use crate::net::connect::{HostPort, Resolver, connect_tcp, connect_unix};
use crate::net::tls::{Dialling, Fingerprint, Trust};
use crate::rfb::client::{ClientSettings, Login, Path};
use crate::rfb::error::RfbError;
use crate::rfb::ids::Encoding;
use crate::rfb::message::server::ServerInit;
use crate::tools::asking::{self, Hidden};

/// The longest answer that is taken, in bytes.
const ANSWER_MAX: usize = 1024;
/// The largest picture that is taken, in pixels of a side.
const SIDE_MAX: u32 = 8192;

/// Why we are not in.
#[derive(Debug, thiserror::Error)]
pub enum NotIn {
    /// It cannot be reached.
    #[error("cannot connect to {0}: {1}")]
    Unreachable(Address, io::Error),
    /// It did not let us in, or is no VNC server.
    #[error("{0}: {1}")]
    Lost(Address, Lost),
    /// It shows another certificate than before.
    #[error("{0} shows another certificate than before, {1}: if that is right, take its line out of known_servers")]
    Changed(Address, Fingerprint),
    /// Nobody vouches for it, and nobody can be asked.
    #[error("{0} shows a certificate that is not known, {1}: use --ca, or attach from a terminal once")]
    Unknown(Address, Fingerprint),
    /// The user does not trust it.
    #[error("{0} is not trusted")]
    Untrusted(Address),
    /// The user does not want to any more.
    #[error("interrupted")]
    Interrupted,
    /// It wants to know something, and nobody can be asked.
    #[error("{0} asks for a {1}, and there is no terminal to ask on: give {2}")]
    Silent(Address, &'static str, &'static str),
    /// The file of certificates.
    #[error("{0}")]
    Known(String),
    /// The user's terminal.
    #[error("cannot ask on the terminal: {0}")]
    Ask(io::Error),
}

/// How we come in.
#[derive(Clone, Debug)]
pub struct Door {
    address: Address,
    user: Option<String>,
    password: Option<Secret>,
    trust: Option<Trust>,
    known: Option<Known>,
    resolver: Resolver,
    /// Questions may be asked: the terminal is not in use yet.
    pub asks: bool,
    /// It is the sound that is wanted, and not a console.
    pub hears: bool,
    /// TLS is tried first.
    encrypts: bool,
    /// Where the server was found to be, the last time: on another machine.
    far: bool,
}

impl Door {
    /// As the user said.
    pub fn new(attach: &Attach) -> Self {
        Self {
            address: attach.address.clone(),
            user: attach.user.clone(),
            password: attach.password.clone(),
            trust: attach.trust.clone(),
            known: Known::of(|name| std::env::var_os(name)),
            resolver: Resolver::default(),
            asks: true,
            hears: false,
            encrypts: true,
            far: false,
        }
    }

    /// Whether the server was found to be on another machine, the last time.
    pub fn is_far(&self) -> bool {
        self.far
    }

    /// Comes in.
    ///
    /// # Errors
    /// Why not.
    pub async fn enter(&mut self) -> Result<(Client, ServerInit), NotIn> {
        loop {
            let (server, seen_before) = (self.address.to_string(), self.seen_before()?);
            let (lost, shown) = match self.attempt(seen_before).await? {
                Ok(entered) => return Ok(entered),
                Err(failed) => failed,
            };
            match (lost, shown) {
                (_, Some(shown)) if seen_before.is_none() => self.ask_to_trust(&server, shown)?,
                (_, Some(shown)) if seen_before != Some(shown) => {
                    return Err(NotIn::Changed(self.address.clone(), shown));
                }
                (Lost::Rfb(RfbError::NoWayIn { lacking: Some(method), .. }), _) => self.ask_for(method)?,
                // Encryption without certificates, as some servers offer it, is no use to us, and what else they offer is.
                (Lost::Rfb(RfbError::NoWayIn { lacking: None, .. }), _)
                    if self.encrypts && self.trust.is_none() && seen_before.is_none() =>
                {
                    self.encrypts = false;
                }
                (lost, _) => return Err(NotIn::Lost(self.address.clone(), lost)),
            }
        }
    }

    /// What it has shown before.
    fn seen_before(&self) -> Result<Option<Fingerprint>, NotIn> {
        match &self.known {
            Some(known) if self.trust.is_none() => known.find(&self.address.to_string()).map_err(NotIn::Known),
            _ => Ok(None),
        }
    }

    /// One attempt. If it fails, what the server has shown without being trusted for it.
    async fn attempt(
        &mut self,
        seen_before: Option<Fingerprint>,
    ) -> Result<Result<(Client, ServerInit), (Lost, Option<Fingerprint>)>, NotIn> {
        let address = self.address.clone();
        let unreachable = |error| NotIn::Unreachable(address.clone(), error);
        let (stream, host, near) = match &address {
            Address::Tcp { host, port } => {
                let to = HostPort::new(host, *port);
                let stream = connect_tcp(&to, &self.resolver).await.map_err(unreachable)?;
                let near =
                    matches!(&stream, Stream::Tcp(tcp) if tcp.peer_addr().is_ok_and(|peer| is_loopback(peer.ip())));
                (stream, host.as_str(), near)
            }
            Address::Unix(path) => (connect_unix(path).await.map_err(unreachable)?, "localhost", true),
        };
        self.far = !near;
        let (pinned, shown) = Trust::pinned(seen_before);
        let dialling: Dialling = match &self.trust {
            Some(trust) => trust.for_server(host).map_err(unreachable)?,
            // A pin asks for no name, so that any will do.
            None => pinned.for_server("localhost").map_err(unreachable)?,
        };
        let settings = self.settings(near, seen_before.is_some());
        let entered = Client::greet(stream, settings, Some(dialling)).await;
        Ok(entered.map_err(|lost| (lost, shown.get().copied().filter(|shown| seen_before != Some(*shown)))))
    }

    fn settings(&self, near: bool, seen_before: bool) -> ClientSettings {
        const ENCRYPTED: [Method; 3] = [Method::X509Plain, Method::X509Vnc, Method::X509None];
        let clear: &[Method] = match near {
            // A password that is sent as it is stays on this machine.
            true => &[Method::Plain, Method::VncAuth, Method::None],
            false => &[Method::VncAuth, Method::None],
        };
        let local = self.address.unix_path().is_some();
        let methods = match (self.trust.is_some() || seen_before, self.encrypts && !local) {
            (true, _) => ENCRYPTED.to_vec(),
            (false, true) => [&ENCRYPTED, clear].concat(),
            (false, false) => clear.to_vec(),
        };
        let mut encodings = ClientSettings::encodings_for(if near { Path::Local } else { Path::Network });
        encodings.push(if self.hears { Encoding::QEMU_AUDIO } else { Encoding::CONSOLE });
        ClientSettings {
            shared: true,
            login: Login { methods, user: self.user.clone(), password: self.password.clone() },
            pixel_format: None,
            encodings,
            size_max: Size::new(SIDE_MAX, SIDE_MAX),
        }
    }

    fn ask_to_trust(&mut self, server: &str, shown: Fingerprint) -> Result<(), NotIn> {
        let Some(mut terminal) = self.terminal() else { return Err(NotIn::Unknown(self.address.clone(), shown)) };
        let question = format!(
            "The certificate of {server} is not known. Its fingerprint is\n  {shown}\nTrust it from now on? (yes or no) "
        );
        let answer =
            terminal.write_all(question.as_bytes()).and_then(|()| asking::line(&mut terminal, &[], ANSWER_MAX));
        let answer = answer.map_err(NotIn::Ask)?.unwrap_or_default();
        if !answer.eq_ignore_ascii_case(b"yes") {
            return Err(NotIn::Untrusted(self.address.clone()));
        }
        let nowhere = || NotIn::Known("there is nowhere to keep it: set HOME, or use --ca".to_owned());
        self.known.as_ref().ok_or_else(nowhere)?.keep(server, shown).map_err(NotIn::Known)
    }

    fn ask_for(&mut self, method: Method) -> Result<(), NotIn> {
        let missing = |what, option| NotIn::Silent(self.address.clone(), what, option);
        let terminal = self.terminal();
        if method.within() == Method::Plain && self.user.is_none() {
            let mut terminal = terminal.as_ref().ok_or_else(|| missing("name", "--user"))?;
            let answer = terminal.write_all(b"User: ").and_then(|()| asking::line(&mut terminal, &[], ANSWER_MAX));
            let answer = answer.map_err(NotIn::Ask)?.unwrap_or_default();
            self.user = Some(String::from_utf8_lossy(&answer).into_owned());
        }
        if self.password.is_none() {
            let mut terminal = terminal.as_ref().ok_or_else(|| missing("password", "--password-file"))?;
            let hidden = Hidden::on(terminal.as_fd()).map_err(NotIn::Ask)?;
            let question = terminal.write_all(self.question(method).as_bytes());
            let answer = question.and_then(|()| asking::line(&mut terminal, hidden.stops(), ANSWER_MAX));
            let answer = answer.map_err(NotIn::Ask)?.ok_or(NotIn::Interrupted)?;
            self.password = Some(Secret::new(answer.to_vec()));
        }
        Ok(())
    }

    /// What the user is asked before he types his password: also whether others may read along.
    fn question(&self, method: Method) -> String {
        let in_clear = if self.far && !method.is_x509() { " (not encrypted)" } else { "" };
        format!("Password of {}{in_clear}: ", self.address)
    }

    /// Where the user can be asked, also where standard input is a file.
    fn terminal(&self) -> Option<File> {
        OpenOptions::new().read(true).write(true).open("/dev/tty").ok().filter(|_| self.asks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_asked_for_with_the_word_that_others_may_read_along() {
        let door = |far| Door {
            address: Address::tcp("db1", 5901),
            user: None,
            password: None,
            trust: None,
            known: None,
            resolver: Resolver::default(),
            asks: true,
            hears: false,
            encrypts: true,
            far,
        };
        for (far, method, in_clear) in [
            (true, Method::VncAuth, true),
            (true, Method::X509Vnc, false),
            (true, Method::X509Plain, false),
            (false, Method::VncAuth, false),
            (false, Method::Plain, false),
        ] {
            let question = door(far).question(method);
            assert!(question.starts_with("Password of ") && question.ends_with(": "), "{question}");
            assert_eq!(question.contains(" (not encrypted): "), in_clear, "{question}");
        }
    }
}
