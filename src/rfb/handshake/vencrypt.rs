//! VeNCrypt 0.2 (rfbproto, "VeNCrypt"), the server's side: a version, a sub-type, and then TLS or not.
//!
//! ```text
//! AwaitVencryptVersion ─► AwaitSubtype ─┬─► AwaitTls ─┬─► X509None ─► AwaitClientInit
//!                                       │             ├─► X509Vnc: AwaitAnswer ─► AwaitVerdict
//!                                       └─► Plain ────┴─► X509Plain: AwaitPlain ─► AwaitVerdict
//! ```
//! Its sub-types of anonymous TLS are not there: whoever sits in between reads all of it.

use super::Version;
use super::credentials::{Credentials, PASSWORD_MAX, USER_MAX};
use super::server::{AwaitVerdict, Handshake, Offer, Step, challenge, succeed};
use super::vnc_auth::CHALLENGE;
use crate::access::{Method, Secret};
use crate::rfb::error::RfbError;
use crate::rfb::ids::VencryptSubtype;
use crate::rfb::message::server::bounded;
use crate::rfb::out::OutQueue;
use crate::rfb::wire::Reader;

/// The version: major, minor.
pub(super) const VERSION: [u8; 2] = [0, 2];
/// What answers a version: it will do, or it will not.
pub(super) const VERSION_OK: u8 = 0;
const VERSION_REFUSED: u8 = 0xff;
/// What answers a sub-type that begins TLS, and one that was not offered.
pub(super) const SUBTYPE_OK: u8 = 1;
const SUBTYPE_REFUSED: u8 = 0;

/// Our version was sent.
#[derive(Debug)]
pub(in crate::rfb) struct AwaitVencryptVersion {
    version: Version,
    offer: Offer,
}

/// The list of sub-types was sent.
#[derive(Debug)]
pub(in crate::rfb) struct AwaitSubtype {
    version: Version,
    offer: Offer,
}

/// TLS is about to begin.
#[derive(Debug)]
pub(in crate::rfb) struct AwaitTls {
    version: Version,
    method: Method,
    challenge: [u8; CHALLENGE],
}

/// A name and a password are about to come.
#[derive(Debug)]
pub(in crate::rfb) struct AwaitPlain {
    version: Version,
}

/// The sub-type of a way in; `None`: it is none of VeNCrypt's.
pub(super) fn number(method: Method) -> Option<VencryptSubtype> {
    match method {
        Method::None | Method::VncAuth => None,
        Method::Plain => Some(VencryptSubtype::PLAIN),
        Method::X509None => Some(VencryptSubtype::X509_NONE),
        Method::X509Vnc => Some(VencryptSubtype::X509_VNC),
        Method::X509Plain => Some(VencryptSubtype::X509_PLAIN),
    }
}

impl AwaitVencryptVersion {
    /// The client has chosen VeNCrypt.
    pub(super) fn begin(version: Version, offer: Offer, out: &mut OutQueue) -> Handshake {
        out.bytes(&VERSION);
        Handshake::VencryptVersion(Self { version, offer })
    }

    pub(super) fn step(self, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Step, RfbError> {
        let Some(version) = r.array::<2>() else { return Ok(Step::Wait(Handshake::VencryptVersion(self))) };
        if version != VERSION {
            out.bytes(&[VERSION_REFUSED]);
            let number = i64::from(u16::from_be_bytes(version));
            return Err(RfbError::Unsupported { what: "version of VeNCrypt", number });
        }
        let subtypes: Vec<VencryptSubtype> = self.offer.methods.iter().copied().filter_map(number).collect();
        out.write(|w| {
            w.u8(VERSION_OK).u8(u8::try_from(subtypes.len()).expect("there are four"));
            subtypes.iter().for_each(|subtype| {
                w.u32(subtype.0);
            });
        });
        Ok(Step::Next(Handshake::Subtype(AwaitSubtype { version: self.version, offer: self.offer })))
    }
}

impl AwaitSubtype {
    pub(super) fn step(self, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Step, RfbError> {
        let Some(chosen) = r.u32().map(VencryptSubtype) else { return Ok(Step::Wait(Handshake::Subtype(self))) };
        let method = self.offer.methods.iter().copied().find(|method| number(*method) == Some(chosen));
        match method {
            None => {
                out.bytes(&[SUBTYPE_REFUSED]);
                Err(RfbError::Unsupported { what: "VeNCrypt sub-type", number: chosen.0.into() })
            }
            // Nothing answers this one.
            Some(Method::Plain) => Ok(Step::Next(Handshake::Plain(AwaitPlain { version: self.version }))),
            Some(method) => {
                out.bytes(&[SUBTYPE_OK]);
                let state = AwaitTls { version: self.version, method, challenge: self.offer.challenge };
                // What came in clear must not be taken for what came through TLS.
                state.nothing_in_clear(r)?;
                Ok(Step::StartTls(Handshake::Tls(state)))
            }
        }
    }
}

impl AwaitTls {
    fn nothing_in_clear(&self, r: &Reader<'_>) -> Result<(), RfbError> {
        if r.remaining().is_empty() { Ok(()) } else { Err(RfbError::Misbehaved("bytes in clear before TLS has begun")) }
    }

    pub(super) fn step(self, r: &mut Reader<'_>) -> Result<Step, RfbError> {
        self.nothing_in_clear(r)?;
        Ok(Step::Wait(Handshake::Tls(self)))
    }

    /// What follows goes through TLS.
    pub(super) fn begin(self, out: &mut OutQueue) -> Handshake {
        match self.method.within() {
            Method::VncAuth => challenge(self.version, self.challenge, out),
            Method::Plain => Handshake::Plain(AwaitPlain { version: self.version }),
            // After any sub-type there is a result, in 3.7 too.
            _ => succeed(out),
        }
    }
}

impl AwaitPlain {
    pub(super) fn step(self, r: &mut Reader<'_>) -> Result<Step, RfbError> {
        let credentials = r.whole_or(|r| {
            let Some(user) = r.u32() else { return Ok(None) };
            let user = bounded(user, USER_MAX, "a user's name of more than 256 bytes")?;
            let Some(password) = r.u32() else { return Ok(None) };
            let password = bounded(password, PASSWORD_MAX, "a password of more than 1 KiB")?;
            let Some((user, password)) = r.bytes(user).zip(r.bytes(password)) else { return Ok(None) };
            let user = String::from_utf8_lossy(user).into_owned();
            Ok::<_, RfbError>(Some(Credentials::Plain { user, password: Secret::new(password.to_vec()) }))
        })?;
        Ok(match credentials {
            None => Step::Wait(Handshake::Plain(self)),
            Some(credentials) => Step::Judge(credentials, Handshake::Verdict(AwaitVerdict { version: self.version })),
        })
    }
}
