//! Why a connection to an upstream ends, and what is said of it: in the log, over the consoles, and where there is no picture.

use std::fmt;
use std::io;

use crate::access::Method;
use crate::client::Lost;
use crate::rfb::error::RfbError;

use super::connect::explain;
use super::link::Arrived;

/// Why a connection to an upstream ends.
#[derive(Debug)]
pub(super) enum End {
    /// It has hung up.
    Left,
    /// It answers nothing any more.
    Silent,
    /// It has let us in, and no picture has come.
    Pictureless,
    /// A mistake of ours: a panic.
    Broken,
    /// Its picture needs more memory than the others have left.
    Costly,
    /// It does not speak RFB as it should, or did not let us in.
    Rfb(RfbError),
    Io(io::Error),
    /// Another has taken its place.
    Replaced(Box<Arrived>),
    /// We were asked to stop.
    Stopping,
}

impl From<Lost> for End {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Left => Self::Left,
            Lost::Rfb(error) => Self::Rfb(error),
            Lost::Io(error) => Self::Io(error),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Left => f.write_str("it has hung up"),
            Self::Silent => f.write_str("it answers no more"),
            Self::Pictureless => f.write_str("it shows no picture"),
            Self::Costly => f.write_str("with the other screens its picture is too large"),
            Self::Broken => f.write_str("vncterm has failed at it, which is no fault of the guest's"),
            Self::Rfb(error) => write!(f, "{error}{}", remedy(error)),
            Self::Io(error) => f.write_str(&explain(error)),
            Self::Replaced(_) => f.write_str("another has called"),
            Self::Stopping => f.write_str("the server stops"),
        }
    }
}

impl From<RfbError> for End {
    fn from(error: RfbError) -> Self {
        Self::Rfb(error)
    }
}

/// What to do about a server that does not let us in, or that we do not take, where that is known.
fn remedy(error: &RfbError) -> &'static str {
    match error {
        RfbError::NoWayIn { lacking: Some(Method::Plain | Method::X509Plain), .. } => {
            ": give --upstream-user and --upstream-password-file"
        }
        RfbError::NoWayIn { lacking: Some(_), .. } => ": give --upstream-password-file",
        RfbError::NoWayIn { lacking: None, vencrypt: true, .. } => ": --upstream-ca speaks TLS to it",
        RfbError::Refused(_) => ": see --upstream-password-file",
        RfbError::PictureSize { .. } => ": see --upstream-max-size",
        _ => "",
    }
}

/// What is to be read where there is no picture.
pub(super) fn words(awaited: &str, console: Option<u8>, why: &str, was_up: bool, calls: bool) -> Vec<String> {
    let what = if was_up { "The guest's graphics are gone" } else { "The guest has no graphics yet" };
    let waiting =
        if why.is_empty() { format!("waiting for {awaited}") } else { format!("waiting for {awaited}: {why}") };
    let mut words = vec![what.to_owned(), String::new(), waiting];
    if was_up && calls {
        words.push("(one that has called has to call again)".to_owned());
    }
    if let Some(vt) = console {
        words.extend([String::new(), format!("Ctrl-Alt-F{vt} leads to its console")]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_let_in_hears_which_option_helps() {
        let no_way_in =
            |lacking, vencrypt| RfbError::NoWayIn { lacking, vencrypt, why: "the server offers VeNCrypt".into() };
        for (error, option) in [
            (no_way_in(Some(Method::X509Plain), true), ": give --upstream-user and --upstream-password-file"),
            (no_way_in(Some(Method::VncAuth), true), ": give --upstream-password-file"),
            (no_way_in(None, true), ": --upstream-ca speaks TLS to it"),
            (no_way_in(None, false), "the server offers VeNCrypt"),
            (RfbError::Refused("no".into()), "no: see --upstream-password-file"),
        ] {
            let told = End::from(error).to_string();
            assert!(told.ends_with(option), "{told}");
        }
    }
}
