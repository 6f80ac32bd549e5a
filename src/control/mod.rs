//! `--control`: a Unix socket for whoever runs the server, where each line is a request and gets a line as its answer
//! (docs/control.md). Nothing that is asked here is seen by viewers, but what it makes the guest do.
//!
//! ```text
//! socket ─► Lines ─► Request (VERBS) ─► work.rs ─► a question to a console ─► answer ─► socket
//! ```
//! A client has one request at a time, and one answer: what it says meanwhile stays in the kernel. So a client that stalls
//! holds its place and nothing else, and its place goes to the next one that needs it.

mod answer;
pub mod keys;
pub mod lines;
pub mod request;
pub mod seats;
pub mod status;
pub mod verbs;
mod work;

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use serde_json::Value;
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use crate::net::Stream;
use crate::net::listen::Listener;
use crate::net::peer::is_same_user_or_root;
use crate::server::Server;
use crate::shutdown::Stop;

use lines::{Lines, MAX_LINE};
use request::Request;
use seats::{Seat, Seats};

/// How long a line may take from its first byte to its end.
pub const LINE_TIMEOUT: Duration = Duration::from_secs(10);
/// A client that takes no byte of its answer for so long is gone.
pub const STALLED: Duration = Duration::from_secs(30);
/// How long no client is taken after one could not be.
const NOT_ACCEPTED_PAUSE: Duration = Duration::from_millis(250);
/// Bytes read at once.
const READ: usize = 16 * 1024;

/// What clients are told that the server does not know itself.
#[derive(Debug)]
pub struct Settings {
    /// Where viewers connect.
    pub listen: Vec<String>,
    /// How many viewers there may be.
    pub max_viewers: usize,
    /// Where the bytes of each console come from, in their order.
    pub sources: Vec<String>,
}

/// What all control clients share.
#[derive(Debug)]
pub struct Control {
    server: Arc<Server>,
    settings: Settings,
    began: Instant,
    seats: Arc<Seats>,
    /// Pictures are made one at a time: each takes memory.
    pictures: Semaphore,
    /// How many pastes there were: whose they are is told apart by that.
    pastes: AtomicU64,
}

/// Why a client's task ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("it left")]
    Left,
    #[error("a line is whole within {} seconds; the connection ends here", LINE_TIMEOUT.as_secs())]
    HalfLine,
    #[error("a request has at most {MAX_LINE} bytes; the connection ends here")]
    TooLong,
    #[error("it does not take its answer")]
    Stalled,
    #[error("its place was needed")]
    SentAway,
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
}

impl Control {
    /// Control of `server`, with nobody connected.
    pub fn new(server: Arc<Server>, settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            server,
            settings,
            began: Instant::now(),
            seats: Arc::default(),
            pictures: Semaphore::new(1),
            pastes: AtomicU64::new(0),
        })
    }

    /// Serves clients until it is stopped. Each holds a clone of `stop` for as long as it lasts.
    pub async fn serve(self: Arc<Self>, listener: Listener, mut stop: Stop) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.requested() => return,
            };
            match accepted {
                Ok((Stream::Unix(stream), _)) => self.admit(stream, &stop),
                Ok((Stream::Tcp(_) | Stream::Tls(_), _)) => {}
                Err(error) => {
                    tracing::debug!(%error, "no control client");
                    tokio::time::sleep(NOT_ACCEPTED_PAUSE).await;
                }
            }
        }
    }

    fn admit(self: &Arc<Self>, stream: UnixStream, stop: &Stop) {
        // The file's mode keeps others out already, as long as nobody changes it.
        if !stream.peer_cred().is_ok_and(|peer| is_same_user_or_root(peer.uid())) {
            tracing::info!("a control client is refused: another user's");
            return turn_away(&stream, "this server belongs to another user");
        }
        let Some(seat) = self.seats.take() else {
            tracing::info!("a control client is refused: there are too many");
            return turn_away(&stream, "too many control clients are being served; try again");
        };
        let (control, mut stop) = (Arc::clone(self), stop.clone());
        let task = async move {
            tokio::select! {
                end = control.converse(&stream, seat) => tracing::debug!(%end, "control client gone"),
                () = stop.requested() => {}
            }
        };
        tokio::spawn(task.instrument(tracing::info_span!("control")));
    }

    async fn converse(&self, stream: &UnixStream, mut seat: Seat) -> End {
        let mut lines = Lines::default();
        loop {
            let sent_away = seat.wait();
            let line = tokio::select! {
                line = next_line(stream, &mut lines) => line,
                _ = sent_away => return End::SentAway,
            };
            if !seat.begin() {
                return End::SentAway;
            }
            let (answer, last) = match line {
                Ok(line) => (self.answer(&line, stream).await, None),
                Err(end @ (End::HalfLine | End::TooLong)) => {
                    (answer::line(&Value::Null, Err(end.to_string())), Some(end))
                }
                Err(end) => return end,
            };
            if let Err(end) = write(stream, &answer).await {
                return end;
            }
            if let Some(end) = last {
                return end;
            }
        }
    }

    async fn answer(&self, line: &[u8], stream: &UnixStream) -> Vec<u8> {
        match Request::read(line) {
            Ok(request) => {
                let id = request.id.clone();
                answer::line(&id, self.carry_out(request, stream).await)
            }
            Err(fault) => answer::line(&fault.id, Err(fault.why)),
        }
    }
}

/// Says why, as far as it can be said at once.
fn turn_away(stream: &UnixStream, why: &str) {
    // Nothing waits on a connection this new, so that all of it finds room; whether it is read is not ours to know.
    let _ = rustix::io::write(stream, &answer::line(&Value::Null, Err(why.to_owned())));
}

/// The next line. May be dropped half-way without loss.
async fn next_line(stream: &UnixStream, lines: &mut Lines) -> Result<Vec<u8>, End> {
    let mut begun: Option<Instant> = None;
    loop {
        if let Some(line) = lines.take().map_err(|_| End::TooLong)? {
            return Ok(line);
        }
        if lines.has_begun() {
            let end = *begun.get_or_insert_with(Instant::now) + LINE_TIMEOUT;
            timeout_at(end, stream.readable()).await.map_err(|_| End::HalfLine)?
        } else {
            stream.readable().await
        }?;
        let mut bytes = vec![0; READ];
        match stream.try_read(&mut bytes) {
            Ok(0) => return Err(End::Left),
            Ok(length) => lines.push(&bytes[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes all of it to a client that takes it.
async fn write(stream: &UnixStream, mut bytes: &[u8]) -> Result<(), End> {
    while !bytes.is_empty() {
        tokio::time::timeout(STALLED, stream.writable()).await.map_err(|_| End::Stalled)??;
        match stream.try_write(bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
