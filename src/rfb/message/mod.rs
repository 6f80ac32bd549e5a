//! The messages after the handshake (RFC 6143 §7.5, §7.6 and extensions), each in both directions.
//!
//! A decoder answers `Ok(None)` until the whole message is there, and then has not moved. Messages without a bound of their
//! own (lists of encodings, cut texts, rectangles of pixels) decode to their head; what follows it is streamed.

pub mod client;
pub mod server;

use super::error::RfbError;
use super::ids::ServerMessageType;
use super::wire::{Reader, Writer};

/// The most bytes a fence carries (rfbproto, "ClientFence").
pub const FENCE_PAYLOAD_MAX: usize = 64;

/// A fence, in either direction (rfbproto, "ClientFence", "ServerFence").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fence {
    /// Bits: [`Self::BLOCK_BEFORE`] and the others.
    pub flags: u32,
    /// What the answer must repeat; at most [`FENCE_PAYLOAD_MAX`] bytes.
    pub payload: Vec<u8>,
}

impl Fence {
    /// The answer waits until everything before the fence has taken effect.
    pub const BLOCK_BEFORE: u32 = 1;
    /// What follows the fence waits until the answer is sent.
    pub const BLOCK_AFTER: u32 = 1 << 1;
    /// The next message takes effect exactly at the answer.
    pub const SYNC_NEXT: u32 = 1 << 2;
    /// This is a question; without it, an answer.
    pub const REQUEST: u32 = 1 << 31;

    /// The answer to this question: known bits but Request, and the same payload.
    pub fn answer(mut self) -> Self {
        self.flags &= Self::BLOCK_BEFORE | Self::BLOCK_AFTER | Self::SYNC_NEXT;
        self
    }

    /// Whether a flag is set.
    pub const fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// What follows the type byte. The length is judged as soon as it is there.
    fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, RfbError> {
        let Some((flags, length)) = r.skip(3).and_then(|()| r.u32()).zip(r.u8()) else { return Ok(None) };
        let length = usize::from(length);
        if length > FENCE_PAYLOAD_MAX {
            return Err(RfbError::Malformed("a fence of more than 64 bytes"));
        }
        Ok(r.bytes(length).map(|payload| Self { flags, payload: payload.to_vec() }))
    }

    /// The whole message; its number is the same in both directions.
    pub fn encode(&self, w: &mut Writer<'_>) {
        let payload = self.payload.get(..FENCE_PAYLOAD_MAX).unwrap_or(&self.payload);
        let length = u8::try_from(payload.len()).expect("at most 64 bytes");
        w.u8(ServerMessageType::SERVER_FENCE.0).pad(3).u32(self.flags).u8(length).bytes(payload);
    }
}
