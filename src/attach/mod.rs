//! `vncterm attach`: a console in the user's terminal.
//!
//! ```text
//! stdin  ─► Keys ─► Escape ─┬─► the guest's terminal encodes it ─► Feed ─► Server
//!                           └─► a menu, looking back, another console
//! Server ─┬─► the guest's terminal ─┬─► Canvas ─► Painter ─► stdout
//!         └─► Picture ──────────────┘
//! ```
//! What a guest prints goes through a terminal of our own, and nothing of it reaches the user's but text, colours and
//! attributes. What the guest asks of its terminal is answered by the server alone. Of a server without consoles, and of a
//! console that is a screen, the picture is shown.

pub mod answers;
pub mod canvas;
mod door;
pub mod escape;
pub mod front;
pub mod keys;
mod known;
mod list;
pub mod painter;
pub mod picture;
pub mod profile;
mod raw;
mod retry;
mod server;
mod show;
mod signals;
mod sound;
mod stream;
mod term;

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use crate::config::attach::{Attach, Way};
use door::{Door, NotIn};
use profile::{Dumb, Profile};
use server::{NoServer, Server};
use show::End;

/// Why it ended otherwise than it should; in one line.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is no server with consoles there, or it did not let us in.
    #[error(transparent)]
    NoServer(#[from] Box<dyn std::error::Error + Send + Sync>),
    /// It has none of that name.
    #[error("there is no console {0:?}: see --list")]
    NoConsole(String),
    /// There is none.
    #[error("there is no console: see --list")]
    NoText,
    /// It is not text, and has no bytes.
    #[error("{0} is a graphical console: leave out --raw to see it")]
    Graphical(String),
    /// It does not stream.
    #[error("the server has no streams for terminals")]
    NoStreams,
    /// It does not let us have that one.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// What is there is no complete record.
    #[error("bytes were lost")]
    BytesLost,
    /// Nobody knows whether the guest has it.
    #[error("some of the input may not have arrived")]
    Unheard,
    /// What is not the terminal's fault.
    #[error("standard output cannot be written: {0}")]
    Output(io::Error),
    /// The terminal, or what is in its place.
    #[error("the terminal cannot be used: {0}")]
    Terminal(io::Error),
    /// There is none.
    #[error("standard input and output are no terminal: use --raw")]
    NoTerminal,
    /// It cannot be drawn on.
    #[error(transparent)]
    Dumb(#[from] Dumb),
    /// It has none, or not for us.
    #[error("that VNC server has no sound")]
    NoSound,
    /// The file cannot be made.
    #[error("cannot write {path}: {1}", path = .0.display())]
    NoAudioOut(PathBuf, io::Error),
    /// It cannot be written to.
    #[error("the sound cannot be written: {0}")]
    AudioOut(io::Error),
    /// The runtime.
    #[error("cannot start: {0}")]
    Start(io::Error),
}

impl From<NoServer> for Failure {
    fn from(error: NoServer) -> Self {
        Self::NoServer(Box::new(error))
    }
}

impl From<NotIn> for Failure {
    fn from(error: NotIn) -> Self {
        NoServer::from(error).into()
    }
}

impl Failure {
    /// The exit status: 2 for what was said wrongly, 1 for what went wrong.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::NoTerminal | Self::Dumb(_) => 2,
            _ => 1,
        }
    }
}

/// Does all of it.
///
/// # Errors
/// Why it ended otherwise than it should.
pub fn run(attach: Attach) -> Result<(), Failure> {
    let profile = match attach.way {
        Way::Show if !(io::stdin().is_terminal() && io::stdout().is_terminal()) => return Err(Failure::NoTerminal),
        Way::Show => Some(Profile::of(|name| std::env::var(name).ok())?),
        Way::Raw | Way::Hear | Way::List { .. } => None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Start)?;
    let done = runtime.block_on(work(attach, profile));
    // A look-up of a name may take minutes, and nobody waits for it.
    runtime.shutdown_background();
    done
}

async fn work(attach: Attach, profile: Option<Profile>) -> Result<(), Failure> {
    let mut door = Door::new(&attach);
    if let Some(to) = attach.audio_out {
        door.hears = true;
        return sound::record(to, door).await;
    }
    let server = Server::enter(&mut door).await?;
    // From now on the terminal is in use.
    door.asks = false;
    if !server.has_consoles && attach.way != Way::Show {
        return Err(NoServer::NoConsoles.into());
    }
    match (attach.way, profile) {
        (Way::List { json }, _) => {
            let listed = list::list(&server, json, &mut io::stdout().lock());
            listed
                .or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
                .map_err(Failure::Output)
        }
        (Way::Show, Some(profile)) => {
            let server_name = attach.address.to_string();
            let (name, end) = show::show(attach, door, server, profile).await?;
            let said = match end {
                End::Detached => "detached".to_owned(),
                End::Ended(reason) if reason.is_empty() => "ended".to_owned(),
                End::Ended(reason) => reason,
            };
            term::remark(&format!("{name} at {server_name}: {said}"));
            Ok(())
        }
        (Way::Raw | Way::Show | Way::Hear, _) => raw::raw(attach, door, server).await,
    }
}

/// The name of the console that is wanted.
fn chosen(server: &Server, wanted: Option<&str>) -> Result<String, Failure> {
    match (server.find(wanted), wanted) {
        (Some(console), _) => Ok(console.name.clone()),
        (None, Some(name)) => Err(Failure::NoConsole(name.to_owned())),
        (None, None) => Err(Failure::NoText),
    }
}
