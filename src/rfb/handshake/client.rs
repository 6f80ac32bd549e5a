//! Our side of the handshake towards a server: an upstream, or the one under test.
//!
//! ```text
//! AwaitVersion ─► AwaitTypes (3.7, 3.8) ─► AwaitResult (3.8) ─► AwaitServerInit ─► done
//!       └──────── AwaitType (3.3) ─────────────────────▲
//!                 any of them ─► AwaitReason ─► refused
//! ```

use super::Version;
use crate::rfb::error::RfbError;
use crate::rfb::ids::SecurityType;
use crate::rfb::message::server::{REASON_MAX, ServerInit};
use crate::rfb::out::OutQueue;
use crate::rfb::wire::{Reader, printable};

/// The result of a step.
pub(in crate::rfb) enum Step {
    /// More bytes are needed.
    Wait,
    /// On to the next state.
    Next(Handshake),
    /// ServerInit has come.
    Done(ServerInit),
}

/// Where a handshake stands.
#[derive(Debug)]
pub(in crate::rfb) enum Handshake {
    Version {
        shared: bool,
    },
    /// 3.3: the server names the type.
    Type {
        shared: bool,
    },
    /// 3.7 and 3.8: the server lists its types.
    Types {
        shared: bool,
        version: Version,
    },
    /// 3.8: after None too.
    Result {
        shared: bool,
    },
    ServerInit,
    /// The server does not let us in, and says why.
    Reason,
}

impl Handshake {
    /// The server speaks first.
    pub(in crate::rfb) const fn new(shared: bool) -> Self {
        Self::Version { shared }
    }

    /// One step with the bytes that have come. On [`Step::Wait`] nothing was taken.
    pub(in crate::rfb) fn step(&self, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Step, RfbError> {
        match *self {
            Self::Version { shared } => {
                let Some(version) = Version::decode(r)? else { return Ok(Step::Wait) };
                out.bytes(version.message());
                Ok(Step::Next(match version {
                    Version::V3_3 => Self::Type { shared },
                    Version::V3_7 | Version::V3_8 => Self::Types { shared, version },
                }))
            }
            Self::Type { shared } => match r.u32() {
                None => Ok(Step::Wait),
                Some(0) => Ok(Step::Next(Self::Reason)),
                Some(1) => Ok(client_init(shared, out)),
                Some(number) => Err(RfbError::Unsupported { what: "security type", number: number.into() }),
            },
            Self::Types { shared, version } => types(shared, version, r, out),
            Self::Result { shared } => match r.u32() {
                None => Ok(Step::Wait),
                Some(0) => Ok(client_init(shared, out)),
                Some(_) => Ok(Step::Next(Self::Reason)),
            },
            Self::ServerInit => Ok(ServerInit::decode(r)?.map_or(Step::Wait, Step::Done)),
            Self::Reason => reason(r),
        }
    }
}

/// We know None alone.
fn types(shared: bool, version: Version, r: &mut Reader<'_>, out: &mut OutQueue) -> Result<Step, RfbError> {
    let mut probe = r.clone();
    let Some(types) = probe.u8().and_then(|count| probe.bytes(count.into())) else { return Ok(Step::Wait) };
    *r = probe;
    let Some(first) = types.first() else { return Ok(Step::Next(Handshake::Reason)) };
    if !types.contains(&SecurityType::NONE.0) {
        return Err(RfbError::Unsupported { what: "security type", number: (*first).into() });
    }
    out.bytes(&[SecurityType::NONE.0]);
    match version {
        Version::V3_8 => Ok(Step::Next(Handshake::Result { shared })),
        Version::V3_7 | Version::V3_3 => Ok(client_init(shared, out)),
    }
}

fn client_init(shared: bool, out: &mut OutQueue) -> Step {
    out.write(|w| {
        w.flag(shared);
    });
    Step::Next(Handshake::ServerInit)
}

/// A reason is shown as far as [`REASON_MAX`]; nobody waits for the rest.
fn reason(r: &mut Reader<'_>) -> Result<Step, RfbError> {
    let mut probe = r.clone();
    let length = probe.u32().map(|length| usize::try_from(length).unwrap_or(REASON_MAX).min(REASON_MAX));
    match length.and_then(|length| probe.bytes(length)) {
        None => Ok(Step::Wait),
        Some(text) => Err(RfbError::Refused(printable(text, REASON_MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a handshake on what a server says, byte by byte; what we said, and how it ended.
    fn run(server: &[u8]) -> (Vec<u8>, Result<Option<ServerInit>, RfbError>) {
        let (mut state, mut out) = (Handshake::new(true), OutQueue::new());
        let mut taken = 0;
        for end in 0..=server.len() {
            loop {
                let mut r = Reader::new(&server[taken..end]);
                match state.step(&mut r, &mut out) {
                    Ok(Step::Wait) => break,
                    Ok(Step::Next(next)) => state = next,
                    Ok(Step::Done(init)) => return (out.to_vec(), Ok(Some(init))),
                    Err(error) => return (out.to_vec(), Err(error)),
                }
                taken += r.position();
            }
        }
        (out.to_vec(), Ok(None))
    }

    fn init() -> Vec<u8> {
        let mut bytes = vec![0, 16, 0, 8];
        bytes.extend(crate::rfb::pixel_format::PixelFormat::SERVER_DEFAULT.to_bytes());
        bytes.extend(b"\0\0\0\x04test");
        bytes
    }

    #[test]
    fn each_version_has_its_rules() {
        for (server, client) in [
            (&b"RFB 003.003\n\0\0\0\x01"[..], &b"RFB 003.003\n\x01"[..]),
            (b"RFB 003.007\n\x02\x02\x01", b"RFB 003.007\n\x01\x01"),
            (b"RFB 003.008\n\x02\x13\x01\0\0\0\0", b"RFB 003.008\n\x01\x01"),
            (b"RFB 003.889\n\x01\x01\0\0\0\0", b"RFB 003.008\n\x01\x01"),
        ] {
            let (said, result) = run(&[server, &init()].concat());
            assert_eq!(said, client);
            assert_eq!(result.map(|init| init.map(|init| init.name)), Ok(Some("test".to_owned())));
        }
    }

    #[test]
    fn refusals_are_told_with_their_reason() {
        for server in [
            &b"RFB 003.003\n\0\0\0\0\0\0\0\x04f\x1bul"[..],
            b"RFB 003.008\n\0\0\0\0\x04f\x1bul",
            b"RFB 003.008\n\x01\x01\0\0\0\x01\0\0\0\x04f\x1bul",
        ] {
            assert_eq!(run(server).1, Err(RfbError::Refused("ful".to_owned())));
        }
        let long = [&b"RFB 003.008\n\0\xff\xff\xff\xff"[..], &[b'x'; REASON_MAX]].concat();
        assert_eq!(run(&long).1, Err(RfbError::Refused("x".repeat(REASON_MAX))));
    }

    #[test]
    fn types_we_do_not_know_end_it() {
        assert!(run(b"RFB 003.008\n\x02\x02\x13").1.is_err());
        assert!(run(b"RFB 003.003\n\0\0\0\x02").1.is_err());
    }
}
