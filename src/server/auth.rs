//! Who comes in: what a connection is offered, and what the credentials that it then shows are worth.
//!
//! Attempts take turns ([`Throttle`]), and a wrong one is answered no sooner than after [`WRONG_AFTER`], whatever was wrong
//! with it. All of that belongs to the one who tries: others are not waited for, and whoever is in notices nothing.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::rand::{GetRandomFlags, getrandom};
use tokio::time::{Instant, sleep_until};

use crate::access::security::Security;
use crate::access::throttle::{Attempt, Credential, Throttle, Turn};
use crate::access::{Method, Role, Transport};
use crate::net::listen::Peer;
use crate::net::tls::{Acceptor, Session};
use crate::rfb::handshake::credentials::Credentials;
use crate::rfb::handshake::server::{Offer, SecurityPolicy};
use crate::rfb::handshake::vnc_auth::CHALLENGE;

/// A wrong attempt is answered so long after it came, or later.
pub const WRONG_AFTER: Duration = Duration::from_secs(1);

/// What somebody came in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// What he may do.
    pub role: Role,
    /// What others are to call him, where his credentials are his own.
    pub name: Option<Arc<str>>,
}

/// Why somebody does not come in. The text is what he is told, and all that he is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Whatever it was.
    #[error("Authentication failed")]
    Wrong,
    /// It was not looked at.
    #[error("Too many attempts failed; try again in {} s", .0.as_secs() + 1)]
    TooMany(Duration),
}

/// Where everybody comes in.
#[derive(Debug)]
pub struct Gate {
    security: Security,
    tls: Option<Acceptor>,
    throttle: Mutex<Throttle>,
}

impl Gate {
    /// A gate at which nobody has tried anything yet.
    pub fn new(security: Security, tls: Option<Acceptor>) -> Self {
        Self { security, tls, throttle: Mutex::default() }
    }

    /// What our end of TLS needs, if there is any.
    pub fn tls(&self) -> Option<&Acceptor> {
        self.tls.as_ref()
    }

    /// Our end of TLS, for one connection.
    pub fn tls_session(&self) -> io::Result<Session> {
        // Without a certificate nothing that begins TLS is offered.
        self.tls.as_ref().ok_or(io::ErrorKind::Unsupported)?.session()
    }

    /// The ways in of a connection.
    pub fn offer(&self, transport: Transport) -> SecurityPolicy {
        let methods: Arc<[Method]> = Method::offered(&self.security.methods, transport).into();
        if methods.is_empty() {
            return SecurityPolicy::Refuse(match transport {
                Transport::WebSocket => {
                    "Nobody comes in here without encryption: open this page with https://".to_owned()
                }
                _ => "Nobody comes in here without encryption: use TLS".to_owned(),
            });
        }
        let mut challenge = [0; CHALLENGE];
        match getrandom(&mut challenge, GetRandomFlags::empty()) {
            Ok(CHALLENGE) => SecurityPolicy::Offer(Offer { methods, challenge }),
            _ => SecurityPolicy::Refuse("This server cannot make random numbers".to_owned()),
        }
    }

    /// Judges what somebody shows. May be dropped half-way: then the attempt counts as a wrong one.
    pub async fn judge(&self, peer: Peer, credentials: Credentials) -> Result<Pass, Denied> {
        let came = Instant::now();
        let (attempt, turn) = self.throttled(|throttle| {
            let credential = match &credentials {
                Credentials::VncAuth(_) => Credential::VncPassword,
                Credentials::Plain { user, .. } => Credential::User(user),
            };
            throttle.turn(peer.counted_ip(), credential, came.into_std())
        });
        let turn = match turn {
            Turn::At(turn) => Instant::from_std(turn),
            Turn::Refused(wait) => return Err(Denied::TooMany(wait)),
        };
        // A timer rounds up, and whoever waits for one counts as wrong meanwhile: a crowd that comes at once would be too many.
        if turn > came {
            sleep_until(turn).await;
        }
        let pass = self.pass(&credentials);
        self.note(attempt, pass.is_some());
        if pass.is_none() {
            sleep_until((came + WRONG_AFTER).max(turn)).await;
        }
        pass.ok_or(Denied::Wrong)
    }

    fn pass(&self, credentials: &Credentials) -> Option<Pass> {
        match credentials {
            Credentials::VncAuth(answer) => {
                let role = self.security.passwords.as_ref()?.role(|password| answer.is_made_with(password))?;
                Some(Pass { role, name: None })
            }
            Credentials::Plain { .. } => None,
        }
    }

    fn note(&self, attempt: Attempt, right: bool) {
        let now = Instant::now().into_std();
        self.throttled(|throttle| if right { throttle.right(attempt, now) } else { throttle.wrong(now) });
    }

    fn throttled<T>(&self, use_it: impl FnOnce(&mut Throttle) -> T) -> T {
        // What is behind the lock is whole between any two statements.
        use_it(&mut self.throttle.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
