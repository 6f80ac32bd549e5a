//! From what the user says to a [`Config`] in which nothing can be wrong.
//!
//! [`options`] and [`subcommands`] hold the tables, [`arguments`] reads a command line by them, [`resolve()`] and [`tools`]
//! check and complete, `help` and [`generate`] write `--help` and the manual pages.

pub mod arguments;
pub mod attach;
pub mod ctl;
pub mod generate;
pub mod graphics;
mod help;
pub mod look;
pub mod option;
pub mod options;
pub mod private;
mod resolve;
pub mod security;
pub mod sound;
pub mod subcommands;
pub mod theme;
pub mod tools;

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use crate::access::Secret;
use crate::access::pen::Writers;
use crate::access::security::Security;
use crate::geometry::GridSize;
use crate::input::PowerButton;
use crate::input::leader::LeaderKey;
use crate::net::address::Address;
use crate::net::origin::AllowedOrigin;
use crate::net::tls::Acceptor;
use crate::source::Endpoint;
use crate::terminal::Encoding;

pub use arguments::{Given, Request};
pub use graphics::{Graphics, ReversePolicy, Switch};
pub use look::Look;
pub use resolve::{Environment, access, resolve};
pub use sound::Audio;

/// What is read again from its files while the program runs.
#[derive(Debug)]
pub struct Access {
    /// Who may come in.
    pub security: Security,
    /// What TLS needs, where there is any.
    pub tls: Option<Acceptor>,
    /// What the guest's VNC server asks for.
    pub upstream_password: Option<Secret>,
}

/// Everything the program was told, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The guest's name, first in the desktop name.
    pub name: String,
    /// Its consoles: VT 1, VT 2, …; at least one, unless there are graphics.
    pub consoles: Vec<Console>,
    /// Where viewers connect; at least one address.
    pub listen: Vec<Address>,
    /// Who may resize the consoles.
    pub resize: Resize,
    /// Most viewers at once.
    pub max_clients: usize,
    /// At that limit the oldest viewer goes, instead of the new one.
    pub evict_oldest: bool,
    /// Who may look at the same time.
    pub sharing: Sharing,
    /// Who may write at the same time.
    pub writers: Writers,
    /// Viewers that do nothing for so long are sent away.
    pub idle_timeout: Option<Duration>,
    /// No viewer may type, paste or resize.
    pub view_only: bool,
    /// What the guest's power buttons do: commands for the shell. Those without one do nothing.
    pub power: Vec<(PowerButton, OsString)>,
    /// How fast pastes are typed at most, in bytes a second.
    pub paste_rate: Option<NonZeroU32>,
    /// Who may come in.
    pub security: Security,
    /// What browsers get.
    pub web: Web,
    /// Hosts whose pages may connect.
    pub allow_origins: Vec<AllowedOrigin>,
    /// What TLS needs, where there is any.
    pub tls: Option<Acceptor>,
    /// The guest's graphics.
    pub graphics: Option<Graphics>,
    /// Where the guest's sound comes from.
    pub audio: Audio,
    /// The key after which a viewer's next one is for us.
    pub leader: Option<LeaderKey>,
    /// A viewer that turns to another virtual terminal takes the others with it.
    pub all_switch: bool,
    /// The user accepts that others get in.
    pub insecure: bool,
    /// Fonts, sizes and colours.
    pub look: Look,
    /// What the guests' bytes mean.
    pub charset: Encoding,
    /// Whose keyboard the guests expect.
    pub keys: Keys,
    /// What the Backspace key sends.
    pub backspace: Backspace,
    /// Guests may put text on viewers' clipboards.
    pub guest_clipboard: bool,
    /// Guests may change the size of their screens, and read their titles back.
    pub window_ops: bool,
    /// What becomes of what the guests clear.
    pub clear: Clear,
    /// Where whoever runs it controls it.
    pub control: Option<PathBuf>,
    /// What is logged, in the directives of `tracing-subscriber`.
    pub log: String,
}

/// One console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// Its name, for titles and logs.
    pub name: String,
    /// Where its bytes come from.
    pub endpoint: Endpoint,
    /// Its size at start.
    pub geometry: GridSize,
    /// Lines of history.
    pub scrollback: usize,
}

/// Who may resize a console by resizing a viewer's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resize {
    /// A viewer that is the only one on it.
    Sole,
    /// Every viewer.
    Any,
    /// Nobody.
    Fixed,
}

/// Who may look at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Everybody, whatever they ask for.
    Shared,
    /// As viewers ask.
    Client,
    /// One viewer.
    Exclusive,
}

impl Config {
    /// Whether tokens are taken that anybody on the way can read: those of browsers, where these can have no TLS.
    pub fn takes_tokens_in_clear(&self) -> bool {
        self.security.means.token_key.is_some() && self.tls.is_none() && self.web != Web::Off
    }
}

/// What browsers get on the port of the viewers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Web {
    /// Nothing: VNC alone is spoken.
    Off,
    /// The built-in page.
    Page,
    /// The files of this directory.
    Root(PathBuf),
}

/// Whose keyboard the guests expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// xterm's.
    Xterm,
    /// A VT220's.
    Vt220,
    /// The Linux console's.
    Linux,
}

/// What the Backspace key sends, as long as the guest does not say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backspace {
    /// DEL, 0x7F.
    Del,
    /// BS, 0x08.
    Bs,
}

/// What becomes of what a guest clears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// It goes to the history, which the guest cannot clear.
    Keep,
    /// It is gone.
    Honour,
}

/// What is wrong with what the user said, in one line: where, what, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// `text` may hold what the user gave: its control characters are shown as `?`.
    fn new(text: impl AsRef<str>) -> Self {
        Self(printable(text.as_ref()))
    }
}

/// Text without what a terminal would take for more than text: its control characters are shown as `?`.
pub fn printable(text: &str) -> String {
    text.chars().map(|ch| if ch.is_control() { '?' } else { ch }).collect()
}
