//! Our side of the handshake towards a viewer.
//!
//! ```text
//! AwaitVersion ─► AwaitSecurityType (3.7, 3.8) ─┬─► None ───────────────────────────────► AwaitClientInit ─► done
//!       └─ 3.3: we choose ──────────────────────┼─► VncAuth: AwaitAnswer ─► AwaitVerdict ──────▲
//!                                               └─► VeNCrypt: see vencrypt.rs ────────────────▲
//! ```

use std::sync::Arc;

use super::Version;
use super::credentials::Credentials;
use super::vencrypt::{AwaitPlain, AwaitSubtype, AwaitTls, AwaitVencryptVersion};
use super::vnc_auth::{Answer, CHALLENGE};
use crate::access::Method;
use crate::rfb::error::RfbError;
use crate::rfb::ids::SecurityType;
use crate::rfb::message::server::{REASON_MAX, text};
use crate::rfb::out::OutQueue;
use crate::rfb::wire::Reader;

/// Whether and how a viewer may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityPolicy {
    /// In one of these ways.
    Offer(Offer),
    /// Nobody comes in, for this reason: the viewer is told as its version allows.
    Refuse(String),
}

/// Ways in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// In the order of our preference.
    pub methods: Arc<[Method]>,
    /// Random bytes, for this connection alone.
    pub challenge: [u8; CHALLENGE],
}

impl Offer {
    /// These ways in, none of which makes use of a challenge.
    pub fn without_challenge(methods: &[Method]) -> Self {
        Self { methods: methods.into(), challenge: [0; CHALLENGE] }
    }
}

/// The result of a step.
pub(in crate::rfb) enum Step {
    /// More bytes are needed, or somebody has to say how it goes on.
    Wait(Handshake),
    /// On to the next state, with bytes that may have come already.
    Next(Handshake),
    /// Somebody has to judge these; [`Handshake::admitted`] or [`Handshake::refused`] goes on.
    Judge(Credentials, Handshake),
    /// Once what is queued has left, TLS begins; [`Handshake::encrypted`] goes on.
    StartTls(Handshake),
    /// ClientInit has come.
    Done {
        /// The client does not mind others.
        shared: bool,
    },
}

/// Where a handshake stands.
#[derive(Debug)]
pub(in crate::rfb) enum Handshake {
    Version(AwaitVersion),
    SecurityType(AwaitSecurityType),
    Answer(AwaitAnswer),
    VencryptVersion(AwaitVencryptVersion),
    Subtype(AwaitSubtype),
    Tls(AwaitTls),
    Plain(AwaitPlain),
    Verdict(AwaitVerdict),
    ClientInit(AwaitClientInit),
}

/// Our version was sent.
#[derive(Debug)]
pub(in crate::rfb) struct AwaitVersion {
    policy: SecurityPolicy,
}

/// The list of types was sent.
#[derive(Debug)]
pub(in crate::rfb) struct AwaitSecurityType {
    version: Version,
    offer: Offer,
}

/// The challenge was sent.
#[derive(Debug)]
pub(in crate::rfb) struct AwaitAnswer {
    version: Version,
    challenge: [u8; CHALLENGE],
}

/// Credentials are being judged above.
#[derive(Debug)]
pub(in crate::rfb) struct AwaitVerdict {
    pub(super) version: Version,
}

/// The client is in.
#[derive(Debug)]
pub(in crate::rfb) struct AwaitClientInit;

/// SecurityResult (RFC 6143 §7.1.3).
const RESULT_OK: u32 = 0;
const RESULT_FAILED: u32 = 1;

impl Handshake {
    /// Speaks first.
    pub(in crate::rfb) fn start(policy: SecurityPolicy, out: &mut OutQueue) -> Self {
        out.bytes(Version::V3_8.message());
        Self::Version(AwaitVersion { policy })
    }

    /// One step with the bytes that have come.
    pub(in crate::rfb) fn step(self, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Step, RfbError> {
        match self {
            Self::Version(state) => state.step(r, out),
            Self::SecurityType(state) => state.step(r, out),
            Self::Answer(state) => Ok(state.step(r)),
            Self::VencryptVersion(state) => state.step(r, out),
            Self::Subtype(state) => state.step(r, out),
            Self::Tls(state) => state.step(r),
            Self::Plain(state) => state.step(r),
            Self::Verdict(state) => Ok(Step::Wait(Self::Verdict(state))),
            Self::ClientInit(state) => Ok(state.step(r)),
        }
    }

    /// The credentials were right.
    pub(in crate::rfb) fn admitted(self, out: &mut OutQueue) -> Self {
        if matches!(self, Self::Verdict(_)) { succeed(out) } else { self }
    }

    /// The credentials were not right, for this reason; the handshake is over.
    pub(in crate::rfb) fn refused(&self, reason: &str, out: &mut OutQueue) {
        if let Self::Verdict(state) = self {
            fail(state.version, reason, out);
        }
    }

    /// TLS has begun: what follows goes through it.
    pub(in crate::rfb) fn encrypted(self, out: &mut OutQueue) -> Self {
        match self {
            Self::Tls(state) => state.begin(out),
            other => other,
        }
    }
}

impl AwaitVersion {
    fn step(self, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Step, RfbError> {
        let Some(version) = Version::decode(r)? else { return Ok(Step::Wait(Handshake::Version(self))) };
        match self.policy {
            SecurityPolicy::Refuse(reason) => Err(refuse(version, reason, out)),
            SecurityPolicy::Offer(offer) if version == Version::V3_3 => decide_alone(&offer, out),
            SecurityPolicy::Offer(offer) => list(version, offer, out),
        }
    }
}

/// 3.3: the server names one type, and 3.3 knows two (RFC 6143 appendix A.1).
fn decide_alone(offer: &Offer, out: &mut OutQueue) -> Result<Step, RfbError> {
    let known = offer.methods.iter().find(|method| matches!(method, Method::None | Method::VncAuth));
    let Some(method) = known else {
        let reason = "This server offers no security type of RFB 3.3".to_owned();
        return Err(refuse(Version::V3_3, reason, out));
    };
    out.write(|w| {
        w.u32(number(*method).0.into());
    });
    Ok(Step::Next(match method {
        Method::VncAuth => challenge(Version::V3_3, offer.challenge, out),
        _ => Handshake::ClientInit(AwaitClientInit),
    }))
}

/// The type that a way in belongs to.
fn number(method: Method) -> SecurityType {
    match method {
        Method::None => SecurityType::NONE,
        Method::VncAuth => SecurityType::VNC_AUTHENTICATION,
        Method::Plain | Method::X509None | Method::X509Vnc | Method::X509Plain => SecurityType::VENCRYPT,
    }
}

/// 3.7 and later: the client chooses (RFC 6143 §7.1.2).
fn list(version: Version, offer: Offer, out: &mut OutQueue) -> Result<Step, RfbError> {
    let mut types: Vec<SecurityType> = Vec::new();
    for method in offer.methods.iter() {
        if !types.contains(&number(*method)) {
            types.push(number(*method));
        }
    }
    if types.is_empty() {
        return Err(refuse(version, "This server offers no security type".to_owned(), out));
    }
    out.write(|w| {
        w.u8(u8::try_from(types.len()).expect("there are three types"));
        types.iter().for_each(|security| {
            w.u8(security.0);
        });
    });
    Ok(Step::Next(Handshake::SecurityType(AwaitSecurityType { version, offer })))
}

/// An empty list, or the type 0 of 3.3, and the reason.
fn refuse(version: Version, reason: String, out: &mut OutQueue) -> RfbError {
    out.write(|w| {
        match version {
            Version::V3_3 => w.u32(SecurityType::INVALID.0.into()),
            Version::V3_7 | Version::V3_8 => w.u8(0),
        };
        text(&reason, REASON_MAX, w);
    });
    RfbError::Refused(reason)
}

impl AwaitSecurityType {
    fn step(self, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Step, RfbError> {
        let Some(chosen) = r.u8().map(SecurityType) else { return Ok(Step::Wait(Handshake::SecurityType(self))) };
        if !self.offer.methods.iter().any(|method| number(*method) == chosen) {
            fail(self.version, "This security type was not offered", out);
            return Err(RfbError::Unsupported { what: "security type", number: chosen.0.into() });
        }
        Ok(Step::Next(match chosen {
            SecurityType::VENCRYPT => AwaitVencryptVersion::begin(self.version, self.offer, out),
            SecurityType::VNC_AUTHENTICATION => challenge(self.version, self.offer.challenge, out),
            // 3.7 sends no result after None (RFC 6143 appendix A.2).
            _ if self.version == Version::V3_8 => succeed(out),
            _ => Handshake::ClientInit(AwaitClientInit),
        }))
    }
}

/// SecurityResult: the client is in.
pub(super) fn succeed(out: &mut OutQueue) -> Handshake {
    out.write(|w| {
        w.u32(RESULT_OK);
    });
    Handshake::ClientInit(AwaitClientInit)
}

/// SecurityResult: it is not, with a reason where the version has one.
pub(super) fn fail(version: Version, reason: &str, out: &mut OutQueue) {
    out.write(|w| {
        w.u32(RESULT_FAILED);
        if version == Version::V3_8 {
            text(reason, REASON_MAX, w);
        }
    });
}

/// Sends the challenge of VNC authentication.
pub(super) fn challenge(version: Version, challenge: [u8; CHALLENGE], out: &mut OutQueue) -> Handshake {
    out.bytes(&challenge);
    Handshake::Answer(AwaitAnswer { version, challenge })
}

impl AwaitAnswer {
    fn step(self, r: &mut Reader<'_>) -> Step {
        let Some(answer) = r.array() else { return Step::Wait(Handshake::Answer(self)) };
        let credentials = Credentials::VncAuth(Answer { challenge: self.challenge, answer });
        Step::Judge(credentials, Handshake::Verdict(AwaitVerdict { version: self.version }))
    }
}

impl AwaitClientInit {
    /// The shared flag (RFC 6143 §7.3.1).
    fn step(self, r: &mut Reader<'_>) -> Step {
        match r.flag() {
            Some(shared) => Step::Done { shared },
            None => Step::Wait(Handshake::ClientInit(self)),
        }
    }
}
