//! Why an RFB connection ends, told by who is to blame.

use super::pixel_format::PixelFormatError;
use super::wire::Malformed;
use crate::access::Method;
use crate::geometry::Size;
use thiserror::Error;

/// The end of a connection; what it says is for logs and holds nothing of the peer's content.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RfbError {
    /// Bytes that are not RFB, or lengths no correct peer sends.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// A request of HTTP, where RFB had begun already.
    #[error("a browser that asked too late: load the page again")]
    SpeaksHttp,
    /// Something of the standards, or unknown, that was not offered.
    #[error("unsupported {what} {number}")]
    Unsupported {
        /// Which kind of number it is.
        what: &'static str,
        /// The number.
        number: i64,
    },
    /// A pixel format that cannot be served.
    #[error("unsupported pixel format: {0}")]
    PixelFormat(#[from] PixelFormatError),
    /// Well-formed, and against the rules or beyond a limit.
    #[error("misbehaved: {0}")]
    Misbehaved(&'static str),
    /// The peer was not let in, or did not let us in.
    #[error("refused: {0}")]
    Refused(String),
    /// We have not what the server asks for.
    #[error("refused: {why}")]
    NoWayIn {
        /// The first of our ways in that the server offers, for which we lack a name or a password; none: it offers none of
        /// them.
        lacking: Option<Method>,
        /// It offers VeNCrypt, and so TLS, for which we have not what it takes.
        vencrypt: bool,
        /// In plain words.
        why: String,
    },
    /// The server's picture is one that we do not take.
    #[error("its screen is {size}, and {max} is the most that is taken")]
    PictureSize {
        /// As large as it is, in pixels.
        size: Size,
        /// As large as it may be.
        max: Size,
    },
    /// The handshake did not end in time.
    #[error("the handshake took too long")]
    HandshakeTimeout,
}

impl From<Malformed> for RfbError {
    fn from(Malformed(why): Malformed) -> Self {
        Self::Malformed(why)
    }
}
