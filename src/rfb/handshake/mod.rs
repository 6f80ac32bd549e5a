//! The handshake (RFC 6143 §7.1 to §7.3), one struct per state: each has what its step needs, and leaving it consumes it.

pub mod client;
pub mod credentials;
mod des;
pub mod login;
pub mod server;
mod vencrypt;
pub mod vnc_auth;

use super::error::RfbError;
use super::wire::Reader;

/// Bytes of a ProtocolVersion message.
const VERSION_LEN: usize = 12;

/// The rules of a handshake. What a peer names is mapped to one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// The server decides on the security type alone.
    V3_3,
    /// The client chooses from a list; no result follows None, and no reason a failure.
    V3_7,
    /// As 3.7, with a result always and a reason for each failure.
    V3_8,
}

impl Version {
    /// The message that names this version.
    pub const fn message(self) -> &'static [u8; VERSION_LEN] {
        match self {
            Self::V3_3 => b"RFB 003.003\n",
            Self::V3_7 => b"RFB 003.007\n",
            Self::V3_8 => b"RFB 003.008\n",
        }
    }

    /// Reads a ProtocolVersion message (RFC 6143 §7.1.1); `Ok(None)`: wait for more.
    ///
    /// 3.3 rules for unknown versions below 3.7 (3.5 was never published); later ones, and Apple's 3.889 and RealVNC's 4
    /// and 5, know 3.8. Wrong bytes are refused as they come: a browser need not send twelve.
    ///
    /// # Errors
    /// [`RfbError::SpeaksHttp`] where a browser's `GET ` came.
    pub fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, RfbError> {
        let matches =
            |(pattern, byte): (&u8, &u8)| if *pattern == b'0' { byte.is_ascii_digit() } else { pattern == byte };
        if !b"RFB 000.000\n".iter().zip(r.remaining()).all(matches) {
            let is_http = r.remaining().starts_with(b"GET ");
            return Err(if is_http { RfbError::SpeaksHttp } else { RfbError::Malformed("not a version of RFB") });
        }
        let Some(bytes) = r.array::<VERSION_LEN>() else { return Ok(None) };
        let number = |digits: &[u8]| digits.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        let [_, _, _, _, major @ .., _, a, b, c, _] = &bytes;
        match (number(major), number(&[*a, *b, *c])) {
            (0..=2, minor) => Err(RfbError::Unsupported { what: "version of RFB, minor", number: minor.into() }),
            (3, 0..=6) => Ok(Some(Self::V3_3)),
            (3, 7) => Ok(Some(Self::V3_7)),
            _ => Ok(Some(Self::V3_8)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<Option<Version>, RfbError> {
        Version::decode(&mut Reader::new(bytes))
    }

    #[test]
    fn versions_in_use_are_mapped_to_three() {
        for (message, version) in [
            ("RFB 003.003\n", Version::V3_3),
            ("RFB 003.005\n", Version::V3_3),
            ("RFB 003.006\n", Version::V3_3),
            ("RFB 003.007\n", Version::V3_7),
            ("RFB 003.008\n", Version::V3_8),
            ("RFB 003.889\n", Version::V3_8),
            ("RFB 004.001\n", Version::V3_8),
            ("RFB 005.000\n", Version::V3_8),
        ] {
            assert_eq!(decode(message.as_bytes()), Ok(Some(version)), "{message}");
            assert_eq!(decode(&message.as_bytes()[..11]), Ok(None));
        }
        for version in [Version::V3_3, Version::V3_7, Version::V3_8] {
            assert_eq!(decode(version.message()), Ok(Some(version)));
        }
    }

    #[test]
    fn a_browser_that_is_late_is_known() {
        assert_eq!(decode(b"GET / HTTP/1.1\r\n"), Err(RfbError::SpeaksHttp));
        assert_eq!(decode(b"GE"), Err(RfbError::Malformed("not a version of RFB")));
    }

    #[test]
    fn what_is_not_rfb_is_refused_at_its_first_wrong_byte() {
        for wrong in ["G", "RFX", "RFB 003,", "RFB 003.00x", "RFB 003.008\r", "RFB 000.000\n", "RFB 002.002\n"] {
            assert!(decode(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
