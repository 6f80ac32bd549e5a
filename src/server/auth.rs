//! Who comes in: what a connection is offered, and what the credentials that it then shows are worth.
//!
//! Attempts take turns ([`Throttle`]), and a wrong one is answered no sooner than after [`WRONG_AFTER`], whatever was wrong
//! with it. All of that belongs to the one who tries: others are not waited for, and whoever is in notices nothing.
//! Tokens take no turns: nobody guesses one, and whose token is stale should not keep out the others behind his address.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustix::rand::{GetRandomFlags, getrandom};
use tokio::time::{Instant, sleep_until};

use super::hashing::Hashing;
use super::locked;
use crate::access::security::Security;
use crate::access::throttle::{Credential, Throttle, Turn};
use crate::access::token::{self, Grant, MintError, Refused, Tokens};
use crate::access::{Method, Role, Secret, Transport};
use crate::console::vt::VtNumber;
use crate::net::listen::Peer;
use crate::net::tls::{Acceptor, Session};
use crate::rfb::handshake::credentials::Credentials;
use crate::rfb::handshake::server::{Offer, SecurityPolicy};
use crate::rfb::handshake::vnc_auth::CHALLENGE;

/// A wrong attempt is answered so long after it came, or later.
pub const WRONG_AFTER: Duration = Duration::from_secs(1);

/// What is said where nobody comes in over a WebSocket in clear.
const OPEN_HTTPS: &str = "Nobody comes in here without encryption: open this page with https://";

/// What somebody came in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// What he may do.
    pub role: Role,
    /// The only virtual terminal that he sees; all of them where there is none.
    pub only: Option<VtNumber>,
    /// What others are to call him, where his credentials are his own.
    pub name: Option<Arc<str>>,
}

/// Why somebody does not come in. The text is what he is told, and all that he is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Whatever it was.
    #[error("Authentication failed")]
    Wrong,
    /// A token, whatever was wrong with it.
    #[error("This token was used already, has expired, or is none of this server's")]
    Token,
    /// A token that others on the way have read too. It was not looked at, and is as good as before.
    #[error("{OPEN_HTTPS}")]
    InClear,
    /// It was not looked at.
    #[error("Too many attempts failed; try again in {} s", .0.as_secs() + 1)]
    TooMany(Duration),
}

/// What files say of who may come in; they may say something else later.
#[derive(Debug)]
struct Access {
    security: Security,
    tls: Option<Acceptor>,
}

/// Where everybody comes in.
#[derive(Debug)]
pub struct Gate {
    access: RwLock<Arc<Access>>,
    throttle: Mutex<Throttle>,
    /// `None` where there is no key for them.
    tokens: Option<Mutex<Tokens>>,
    hashing: Hashing,
}

/// Why nothing is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("whether anything is asked for, and whether there are TLS and tokens, is decided at start: start again")]
pub struct NotChanged;

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// There is no key.
    #[error("this server takes no tokens; start it with --token-file")]
    NoKey,
    /// It cannot be told from another one.
    #[error("a token names its console, and there are several named {0:?}")]
    SameName(String),
    /// It would be of no use.
    #[error("{0}")]
    Mint(#[from] MintError),
    /// What makes it hard to guess is missing.
    #[error("this machine has no random numbers")]
    NotRandom,
}

impl Gate {
    /// The gate of the guest of this name, at which nobody has tried anything yet.
    pub fn new(security: Security, tls: Option<Acceptor>, guest: &str) -> Self {
        let tokens = security.means.token_key.as_ref().map(|key| Mutex::new(Tokens::new(key, guest, now_ms())));
        let access = RwLock::new(Arc::new(Access { security, tls }));
        Self { access, throttle: Mutex::default(), tokens, hashing: Hashing::default() }
    }

    /// From now on this is asked for; whoever is in stays.
    ///
    /// # Errors
    /// What was decided by it at start would not be right any more.
    pub fn change(&self, security: Security, tls: Option<Acceptor>) -> Result<(), NotChanged> {
        let old = self.access();
        let kind = |security: &Security, tls: bool| (security.authenticates(), security.means.token_key.is_some(), tls);
        if kind(&old.security, old.tls.is_some()) != kind(&security, tls.is_some()) {
            return Err(NotChanged);
        }
        if let Some((tokens, key)) = self.tokens.as_ref().zip(security.means.token_key.as_ref()) {
            locked(tokens).change_key(key);
        }
        *self.access.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Access { security, tls });
        Ok(())
    }

    fn access(&self) -> Arc<Access> {
        Arc::clone(&self.access.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether tokens are taken.
    pub fn takes_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    /// A token for somebody who shall come in once, within `lifetime`.
    pub fn mint(&self, grant: &Grant, lifetime: Duration) -> Result<String, NoToken> {
        let tokens = self.tokens.as_ref().ok_or(NoToken::NoKey)?;
        let nonce = random::<{ token::NONCE }>().ok_or(NoToken::NotRandom)?;
        Ok(locked(tokens).mint(grant, lifetime, now_ms(), nonce)?)
    }

    /// What our end of TLS needs, if there is any.
    pub fn tls(&self) -> Option<Acceptor> {
        self.access().tls.clone()
    }

    /// Our end of TLS, for one connection.
    pub fn tls_session(&self) -> io::Result<Session> {
        // Without a certificate nothing that begins TLS is offered.
        self.tls().ok_or(io::ErrorKind::Unsupported)?.session()
    }

    /// The ways in of a connection.
    pub fn offer(&self, transport: Transport) -> SecurityPolicy {
        let access = self.access();
        let methods: Arc<[Method]> = Method::offered(&access.security.methods, transport).into();
        if methods.is_empty() {
            let why = match transport {
                _ if access.tls.is_none() => "Nobody comes in here without a token",
                Transport::WebSocket => OPEN_HTTPS,
                _ => "Nobody comes in here without encryption: use TLS",
            };
            return SecurityPolicy::Refuse(why.to_owned());
        }
        match random::<CHALLENGE>() {
            Some(challenge) => SecurityPolicy::Offer(Offer { methods, challenge }),
            None => SecurityPolicy::Refuse("This server cannot make random numbers".to_owned()),
        }
    }

    /// Judges what somebody shows; `find` knows the guest's consoles by their names. May be dropped half-way: then the
    /// attempt counts as a wrong one.
    pub async fn judge(
        &self,
        peer: Peer,
        credentials: Credentials,
        find: impl Fn(&str) -> Option<VtNumber>,
    ) -> Result<Pass, Denied> {
        match credentials {
            Credentials::VncAuth(answer) => {
                let pass = async {
                    let access = self.access();
                    let passwords = access.security.means.passwords.as_ref()?;
                    let role = passwords.role(|password| answer.is_made_with(password))?;
                    Some(Pass { role, only: None, name: None })
                };
                self.attempt(peer, Credential::VncPassword, pass).await
            }
            Credentials::Plain { user, password } => match self.as_token(&password) {
                Some(token) => self.redeem(token, find).await,
                None => {
                    let pass = async {
                        let users = Arc::clone(self.access().security.means.users.as_ref()?);
                        let role = self.hashing.role(users, peer.counted_ip(), &user, password).await?;
                        Some(Pass { role, only: None, name: Some(user.as_str().into()) })
                    };
                    self.attempt(peer, Credential::User(&user), pass).await
                }
            },
        }
    }

    /// The token that stands where a password could.
    fn as_token<'a>(&self, password: &'a Secret) -> Option<&'a str> {
        let text = std::str::from_utf8(password.bytes()).ok().filter(|_| self.takes_tokens());
        text.filter(|text| text.starts_with(token::PREFIX))
    }

    /// Judges a token that came with a WebSocket, as [`Gate::judge`] does other credentials.
    ///
    /// # Errors
    /// From afar in clear it is not looked at, where it could have come within TLS.
    pub async fn redeem_carried(
        &self,
        peer: Peer,
        transport: Transport,
        token: &str,
        find: impl Fn(&str) -> Option<VtNumber>,
    ) -> Result<Pass, Denied> {
        if transport == Transport::WebSocket && !peer.is_near() && self.access().tls.is_some() {
            return Err(Denied::InClear);
        }
        self.redeem(token, find).await
    }

    /// Once a token was looked at it is used, whatever comes of it.
    async fn redeem(&self, token: &str, find: impl Fn(&str) -> Option<VtNumber>) -> Result<Pass, Denied> {
        let came = Instant::now();
        let pass = self.take(token).await.and_then(|Grant { role, console }| {
            let Some(console) = console else { return Some(Pass { role, only: None, name: None }) };
            let only = find(&console);
            if only.is_none() {
                tracing::debug!(console, "a token is refused: there is no such console, or several");
            }
            Some(Pass { role, only: Some(only?), name: None })
        });
        if pass.is_none() {
            sleep_until(came + WRONG_AFTER).await;
        }
        pass.ok_or(Denied::Token)
    }

    /// What a token is good for, which is waited for where whoever made it has a clock that is a little ahead.
    async fn take(&self, token: &str) -> Option<Grant> {
        let tokens = self.tokens.as_ref()?;
        let now = now_ms();
        let mut taken = locked(tokens).take(token, now);
        if let Err(Refused::Ahead(from)) = taken {
            tokio::time::sleep(Duration::from_millis(from.saturating_sub(now))).await;
            taken = locked(tokens).take(token, now_ms().max(from));
        }
        taken.inspect_err(|why| tracing::debug!(%why, "a token is refused")).ok()
    }

    /// Has an attempt, which is looked at by `pass`, wait for its turn, and a wrong one for its answer.
    async fn attempt(
        &self,
        peer: Peer,
        credential: Credential<'_>,
        pass: impl Future<Output = Option<Pass>>,
    ) -> Result<Pass, Denied> {
        let came = Instant::now();
        let (attempt, turn) = self.throttled(|throttle| throttle.turn(peer.counted_ip(), credential, came.into_std()));
        let turn = match turn {
            Turn::At(turn) => Instant::from_std(turn),
            Turn::Refused(wait) => return Err(Denied::TooMany(wait)),
        };
        // A timer rounds up, and whoever waits for one counts as wrong meanwhile: a crowd that comes at once would be too many.
        if turn > came {
            sleep_until(turn).await;
        }
        let pass = pass.await;
        let now = Instant::now().into_std();
        if pass.is_some() {
            self.throttled(|throttle| throttle.right(attempt, now));
        } else {
            let answer = self.throttled(|throttle| throttle.wrong(attempt, now));
            sleep_until(Instant::from_std(answer).max(came + WRONG_AFTER)).await;
        }
        pass.ok_or(Denied::Wrong)
    }

    fn throttled<T>(&self, use_it: impl FnOnce(&mut Throttle) -> T) -> T {
        use_it(&mut locked(&self.throttle))
    }
}

/// Random bytes, if this machine has any.
fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    (getrandom(&mut bytes, GetRandomFlags::empty()) == Ok(N)).then_some(bytes)
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
