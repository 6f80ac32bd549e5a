//! Why a viewer's task ends: exactly one reason, which is logged once.

use std::io;
use std::time::Duration;

use super::admission::{Refusal, SentAway};
use super::auth::Denied;
use crate::net::pipe::Pipe;
use crate::net::websocket::CloseCode;
use crate::rfb::error::RfbError;

/// A viewer that takes no byte for so long, with some waiting, is gone.
pub const STALLED: Duration = Duration::from_secs(30);

/// Why a viewer's task ended. The one line of the log that says so has the names of the variants; the words are for the
/// viewer, where we end it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Disconnect {
    #[error("it closed the connection")]
    Left,
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    #[error("{0}")]
    Rfb(#[from] RfbError),
    #[error("it took nothing for {} s", STALLED.as_secs())]
    Stalled,
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    #[error("not let in: {0}")]
    Denied(#[from] Denied),
    #[error("the console is gone")]
    NoDisplay,
    /// RFB has no word for this once the version is agreed on: such a viewer hears nothing but the connection's end.
    #[error("{0}")]
    SentAway(SentAway),
}

impl Disconnect {
    /// Whether we end what could go on: then the viewer is to hear why, if it hears such things at all.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::NoDisplay | Self::SentAway(_))
    }

    /// Whether it is of interest although the viewer had not come in: not where it went by itself.
    pub(super) fn is_of_interest(&self) -> bool {
        !matches!(self, Self::Left | Self::Broken(_))
    }

    /// Whether the peer was told of it, which it should have time to read.
    pub(super) fn was_told(&self, pipe: &Pipe) -> bool {
        match self {
            Self::Left | Self::Stalled => false,
            Self::Broken(error) => error.kind() == io::ErrorKind::InvalidData,
            Self::Rfb(_) | Self::Denied(_) => true,
            Self::Refused(_) | Self::NoDisplay | Self::SentAway(_) => pipe.is_web_socket(),
        }
    }

    /// What a WebSocket's peer is told beside the reason.
    pub(super) fn close_code(&self) -> CloseCode {
        match self {
            Self::SentAway(SentAway::Stopping) | Self::NoDisplay | Self::Broken(_) => CloseCode::GoingAway,
            Self::Rfb(RfbError::Refused(_) | RfbError::HandshakeTimeout) => CloseCode::Normal,
            Self::Rfb(_) => CloseCode::ProtocolError,
            Self::Left | Self::Refused(_) | Self::Denied(_) | Self::Stalled | Self::SentAway(_) => CloseCode::Normal,
        }
    }
}
