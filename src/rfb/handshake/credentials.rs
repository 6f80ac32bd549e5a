//! What a viewer shows to be let in. Who judges it is above.

use super::vnc_auth::Answer;
use crate::access::Secret;

/// The longest name of a user, in bytes.
pub const USER_MAX: usize = 256;
/// The longest password or token, in bytes.
pub const PASSWORD_MAX: usize = 1024;

/// A viewer's credentials. Their `Debug` shows lengths: some type their password where the name belongs.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// An answer to our challenge, made with a password that we do not see.
    VncAuth(Answer),
    /// A user's name, and a password or a token.
    Plain {
        /// As it was sent; what is no UTF-8 is nobody's.
        user: String,
        /// As it was sent.
        password: Secret,
    },
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::VncAuth(_) => f.write_str("VncAuth"),
            Self::Plain { user, password } => {
                write!(f, "Plain({} and {} bytes)", user.len(), password.bytes().len())
            }
        }
    }
}
