//! Who may come in, and what he may do there: roles, ways in, secrets and how often they may be guessed at.
//!
//! Nothing here reads a file, a clock or the network. A secret is compared in time that does not depend on where it
//! differs, its `Debug` shows a length, and it is overwritten when it is dropped.

pub mod method;
pub mod passwords;
pub mod pen;
pub mod role;
pub mod secret;
pub mod security;
pub mod throttle;
pub mod token;
pub mod users;

pub use method::{Method, Transport};
pub use role::Role;
pub use secret::Secret;
