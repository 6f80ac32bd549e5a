//! After a connection is lost: what is worth another attempt, and what the user is told of it.

use std::collections::BTreeSet;
use std::io;

use super::door::NotIn;
use crate::client::Lost;
use crate::rfb::error::RfbError;

/// Reasons that are told, at most, before something goes well again.
const REASONS: usize = 16;
/// What a server says that refuses something for now (docs/protocol.md, "The console extension").
const FOR_NOW: &str = "; try again";

/// Whether the server has said no, and so will again.
pub fn is_final(why: &NotIn) -> bool {
    match why {
        NotIn::Lost(_, Lost::Rfb(RfbError::Refused(why))) => !passes(why),
        NotIn::Lost(_, Lost::Rfb(RfbError::HandshakeTimeout)) | NotIn::Unreachable(..) => false,
        // A certificate that nobody vouches for is invalid data.
        NotIn::Lost(_, Lost::Io(error)) => error.kind() == io::ErrorKind::InvalidData,
        NotIn::Lost(_, Lost::Left) => false,
        _ => true,
    }
}

/// Whether a refusal for this reason may be none in a moment.
pub fn passes(reason: &str) -> bool {
    reason.contains(FOR_NOW)
}

/// What the user has been told since something went well.
#[derive(Debug, Default)]
pub struct Told(BTreeSet<String>);

impl Told {
    /// Whether it is to be told now: each reason is told once, however often it is tried.
    pub fn is_new(&mut self, why: &str) -> bool {
        self.0.len() < REASONS && self.0.insert(why.to_owned())
    }

    /// It goes well.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// The reason of an attempt in vain, as it stands before "trying again".
pub fn reason(why: &str) -> &str {
    why.split_once(FOR_NOW).map_or(why, |(why, _)| why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::address::Address;
    use crate::net::tls::Fingerprint;

    fn here() -> Address {
        Address::Unix("/run/x".into())
    }

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        let refused = |why: &str| NotIn::Lost(here(), RfbError::Refused(why.into()).into());
        let failed = |kind: io::ErrorKind| NotIn::Lost(here(), io::Error::from(kind).into());
        let shown = Fingerprint::parse(&format!("sha256:{}", "a".repeat(64))).expect("one");
        for passing in [
            NotIn::Unreachable(here(), io::ErrorKind::ConnectionRefused.into()),
            NotIn::Lost(here(), Lost::Left),
            NotIn::Lost(here(), RfbError::HandshakeTimeout.into()),
            failed(io::ErrorKind::ConnectionReset),
            refused("There are as many viewers already as may be; try again later"),
            refused("Too many attempts failed; try again in 10 s"),
        ] {
            assert!(!is_final(&passing), "{passing}");
        }
        for last in [
            NotIn::Changed(here(), shown),
            NotIn::Unknown(here(), shown),
            NotIn::Silent(here(), "password", "--password-file"),
            NotIn::Lost(here(), RfbError::Malformed("no RFB").into()),
            failed(io::ErrorKind::InvalidData),
            refused("Wrong password"),
        ] {
            assert!(is_final(&last), "{last}");
        }
        assert!(passes("the terminal had to start anew; try again") && !passes("there is no such byte yet"));
        assert_eq!(reason("the console has no time now; try again"), "the console has no time now");
    }

    #[test]
    fn each_reason_is_told_once_and_there_is_an_end_to_them() {
        let mut told = Told::default();
        assert!(told.is_new("gone") && !told.is_new("gone") && told.is_new("refused"));
        assert_eq!((0..100).filter(|n| told.is_new(&n.to_string())).count(), REASONS - 2);
        told.clear();
        assert!(told.is_new("gone"));
    }
}
