//! Our side of the handshake towards a viewer.
//!
//! ```text
//! AwaitVersion ─► AwaitSecurityType (3.7, 3.8) ─► AwaitClientInit ─► done
//!       └──────────────── 3.3 ───────────────────────▲
//! ```

use super::Version;
use crate::rfb::error::RfbError;
use crate::rfb::ids::SecurityType;
use crate::rfb::message::server::{REASON_MAX, text};
use crate::rfb::out::OutQueue;
use crate::rfb::wire::Reader;
use std::sync::Arc;

/// Whether and how a viewer may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityPolicy {
    /// These types, in the order of our preference.
    Offer(Arc<[SecurityType]>),
    /// Nobody comes in, for this reason: the viewer is told as its version allows.
    Refuse(String),
}

/// The result of a step.
pub(in crate::rfb) enum Step {
    /// More bytes are needed.
    Wait(Handshake),
    /// On to the next state, with bytes that may have come already.
    Next(Handshake),
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
    offered: Arc<[SecurityType]>,
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
            Self::ClientInit(state) => Ok(state.step(r)),
        }
    }
}

impl AwaitVersion {
    fn step(self, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Step, RfbError> {
        let Some(version) = Version::decode(r)? else { return Ok(Step::Wait(Handshake::Version(self))) };
        match self.policy {
            SecurityPolicy::Refuse(reason) => Err(refuse(version, reason, out)),
            SecurityPolicy::Offer(types) if version == Version::V3_3 => decide_alone(&types, out),
            SecurityPolicy::Offer(types) => offer(version, types, out),
        }
    }
}

/// 3.3: the server names one type, and 3.3 knows two (RFC 6143 appendix A.1).
fn decide_alone(types: &[SecurityType], out: &mut OutQueue) -> Result<Step, RfbError> {
    if !types.contains(&SecurityType::NONE) {
        let reason = "This server offers no security type of RFB 3.3".to_owned();
        return Err(refuse(Version::V3_3, reason, out));
    }
    out.write(|w| {
        w.u32(SecurityType::NONE.0.into());
    });
    Ok(Step::Next(Handshake::ClientInit(AwaitClientInit)))
}

/// 3.7 and later: the client chooses (RFC 6143 §7.1.2).
fn offer(version: Version, offered: Arc<[SecurityType]>, out: &mut OutQueue) -> Result<Step, RfbError> {
    let count = u8::try_from(offered.len()).unwrap_or(u8::MAX);
    if count == 0 {
        return Err(refuse(version, "This server offers no security type".to_owned(), out));
    }
    out.write(|w| {
        w.u8(count);
        for security in offered.iter().take(count.into()) {
            w.u8(security.0);
        }
    });
    Ok(Step::Next(Handshake::SecurityType(AwaitSecurityType { version, offered })))
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
        // None is the only type that is there yet, whatever a policy names.
        if !self.offered.contains(&chosen) || chosen != SecurityType::NONE {
            self.fail("This security type was not offered", out);
            return Err(RfbError::Unsupported { what: "security type", number: chosen.0.into() });
        }
        // 3.7 sends no result after None (RFC 6143 appendix A.2).
        if self.version == Version::V3_8 {
            out.write(|w| {
                w.u32(RESULT_OK);
            });
        }
        Ok(Step::Next(Handshake::ClientInit(AwaitClientInit)))
    }

    /// SecurityResult, with a reason where the version has one.
    fn fail(&self, reason: &str, out: &mut OutQueue) {
        out.write(|w| {
            w.u32(RESULT_FAILED);
            if self.version == Version::V3_8 {
                text(reason, REASON_MAX, w);
            }
        });
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
