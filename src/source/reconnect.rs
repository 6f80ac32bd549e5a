//! Opening a source again after it went away, or waiting for one that is not there yet.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use tokio::time::Instant;

use super::arrival::Arrival;
use super::pty::{Identity, Pty, Refusal};
use super::{Command, Endpoint, Serial, Source, Stdin, TelnetSocket, WindowSize};
use crate::net::attempt::{Attempt, backoff};
use crate::net::connect::{Resolver, connect_tcp, connect_unix};

/// The first pause between two attempts; each is twice the one before.
pub const FIRST_DELAY: Duration = Duration::from_millis(200);
/// No pause is longer.
pub const MAX_DELAY: Duration = Duration::from_secs(5);
/// Nor than this, while somebody looks: whoever waits for a guest sees it within a second of its return.
pub const WATCHED_DELAY: Duration = Duration::from_millis(800);
/// How long a file that came to be is left alone before it is opened: a socket is made before it is listened on.
pub const SETTLE: Duration = Duration::from_millis(20);
/// A source that was there for less has not come back: a port that is in use says so and hangs up, again and again.
pub const STEADY: Duration = Duration::from_secs(1);

/// A source that is opened whenever it is there.
#[derive(Debug)]
pub struct Reconnect {
    endpoint: Endpoint,
    resolver: Resolver,
    /// Which device it was when it was open last.
    before: Option<Identity>,
    /// Pauses since it was there.
    pauses: u32,
    /// When the last attempt was over, or the source lost; `None` before the first attempt.
    since: Option<Instant>,
    opened: Option<Instant>,
    watched: bool,
    /// Tells when the file appears that stands for the source; only while it is waited for.
    arrival: Option<Arrival>,
    /// When to try what appeared.
    appeared: Option<Instant>,
    /// The attempt that is being made.
    running: Attempt<Result<Source, Refusal>>,
}

impl Reconnect {
    /// For a source that may not exist yet.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            resolver: Resolver::default(),
            before: None,
            pauses: 0,
            since: None,
            opened: None,
            watched: false,
            arrival: None,
            appeared: None,
            running: Attempt::default(),
        }
    }

    /// What is opened.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Somebody looks, or nobody any more.
    pub fn set_watched(&mut self, watched: bool) {
        self.watched = watched;
    }

    /// Makes the next attempt when it is due, for a console of this size, and waits for its outcome. May be dropped
    /// half-way without loss.
    pub async fn attempt(&mut self, size: WindowSize) -> Result<Source, Refusal> {
        if !self.running.is_running() {
            self.wait().await;
            // Before the attempt, so that nothing comes to be between the two. Where this cannot be, pauses have to do.
            self.arrival = self.endpoint.path().and_then(|path| Arrival::of(path).ok());
            // The first time the user just named it; from then on it has to be what he meant.
            let later = self.since.is_some();
            self.running.begin(open(self.endpoint.clone(), self.resolver.clone(), self.before, later, size));
        }
        let outcome = self.running.outcome().await;
        self.since = Some(Instant::now());
        self.pauses = self.pauses.saturating_add(1);
        let source = outcome??;
        self.opened = self.since;
        self.arrival = None;
        if let Source::Pty(pty) = &source {
            self.before = Some(pty.identity());
        } else if let Source::Serial(serial) = &source {
            self.before = Some(serial.pty().identity());
        }
        Ok(source)
    }

    /// Waits until the next attempt is due. May be dropped half-way without loss.
    async fn wait(&mut self) {
        let Some(since) = self.since else { return };
        while self.appeared.is_none() {
            let Some(arrival) = &self.arrival else {
                return tokio::time::sleep_until(since + self.pause()).await;
            };
            tokio::select! {
                () = tokio::time::sleep_until(since + self.pause()) => return,
                () = arrival.happened() => self.appeared = Some(Instant::now() + SETTLE),
            }
        }
        if let Some(appeared) = self.appeared {
            tokio::time::sleep_until(appeared).await;
            (self.appeared, self.pauses) = (None, 0);
        }
    }

    /// The source, opened by us or given, is there since now.
    pub fn found(&mut self) {
        self.opened = Some(Instant::now());
    }

    /// The source is gone. Unless it was there for a moment only, attempts begin anew, after the first pause.
    pub fn lost(&mut self) {
        let now = Instant::now();
        if self.opened.take().is_some_and(|opened| now - opened >= STEADY) {
            self.pauses = 0;
        }
        self.pauses = self.pauses.max(1);
        self.since = Some(now);
    }

    /// How long to wait after so many attempts in vain: doubling.
    fn pause(&self) -> Duration {
        let most = if self.watched { WATCHED_DELAY } else { MAX_DELAY };
        backoff(self.pauses, FIRST_DELAY, most)
    }
}

/// Opens a source. `before` and `later` are as for [`Pty::open`].
async fn open(
    endpoint: Endpoint,
    resolver: Resolver,
    before: Option<Identity>,
    later: bool,
    size: WindowSize,
) -> Result<Source, Refusal> {
    // Looking for sessions reads all of /proc, and a program is started by its file.
    Ok(match endpoint {
        Endpoint::Pty(path) => Source::Pty(blocking(move || Pty::open(&path, before, later)).await?),
        Endpoint::Serial(line) => Source::Serial(blocking(move || Serial::open(&line, before, later)).await?),
        Endpoint::Command(line) => Source::Command(blocking(move || Ok(Command::spawn(&line, size)?)).await?),
        Endpoint::Unix(path) => Source::Socket(match connect_unix(&path).await {
            // The system says the same of a socket on which nobody listens and of what is no socket.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused && !is_socket(&path) => {
                return Err(Refusal::NotASocket);
            }
            done => done?,
        }),
        Endpoint::Tcp(to) => Source::Socket(connect_tcp(&to, &resolver).await?),
        Endpoint::Telnet { to, terminal_type } => {
            Source::Telnet(TelnetSocket::new(connect_tcp(&to, &resolver).await?, &terminal_type, size))
        }
        Endpoint::Stdin => Source::Stdin(Stdin::open()?),
    })
}

fn is_socket(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.file_type().is_socket())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// A refusal in words for the status line; empty when the source is just not there.
pub fn explain(refusal: &Refusal) -> String {
    let Refusal::Open(error) = refusal else { return refusal.to_string() };
    let number = error.raw_os_error().map(Errno::from_raw_os_error);
    match (error.kind(), number) {
        (_, Some(Errno::NOENT)) => String::new(),
        (_, Some(Errno::BUSY)) => "another program uses it".to_owned(),
        (_, Some(Errno::PROTOTYPE)) => "it is a socket of another kind, not a stream".to_owned(),
        (_, Some(Errno::AGAIN)) => "too many wait there already".to_owned(),
        (io::ErrorKind::ConnectionRefused, _) => "nobody listens there".to_owned(),
        (io::ErrorKind::TimedOut, _) => "no answer".to_owned(),
        _ => without_number(&error.to_string()),
    }
}

/// `No route to host (os error 113)` is for programmers.
fn without_number(text: &str) -> String {
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: WindowSize = WindowSize { cols: 80, rows: 24, width: 640, height: 384 };

    fn absent() -> Reconnect {
        Reconnect::new(Endpoint::Pty("/nonexistent/vncterm".into()))
    }

    async fn pauses(reconnect: &mut Reconnect, count: usize) -> Vec<u128> {
        let mut pauses = Vec::new();
        for _ in 0..count {
            let before = Instant::now();
            let refusal = reconnect.attempt(SIZE).await.expect_err("is not there");
            assert_eq!(explain(&refusal), "");
            pauses.push(before.elapsed().as_millis());
        }
        pauses
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_five_seconds() {
        let mut reconnect = absent();
        assert_eq!(pauses(&mut reconnect, 8).await, [0, 200, 400, 800, 1600, 3200, 5000, 5000]);
        reconnect.pauses = u32::MAX;
        assert_eq!(reconnect.pause(), MAX_DELAY);
        reconnect.set_watched(true);
        assert_eq!(pauses(&mut reconnect, 2).await, [800, 800]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_steadily_there_is_tried_at_once_and_what_was_not_less_and_less() {
        let mut reconnect = absent();
        pauses(&mut reconnect, 4).await;
        reconnect.found();
        tokio::time::advance(STEADY).await;
        reconnect.lost();
        assert_eq!(pauses(&mut reconnect, 2).await, [200, 400]);
        for pause in [800, 1600, 3200, 5000] {
            reconnect.found();
            tokio::time::advance(STEADY / 2).await;
            reconnect.lost();
            assert_eq!(pauses(&mut reconnect, 1).await, [pause]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_nobody_waits_for_goes_on() {
        let mut reconnect = absent();
        let done = tokio::select! {
            biased;
            opened = reconnect.attempt(SIZE) => Some(opened),
            () = std::future::ready(()) => None,
        };
        let opened = match done {
            Some(opened) => opened,
            None => reconnect.attempt(SIZE).await,
        };
        assert!(opened.is_err());
        assert_eq!(reconnect.pauses, 1);
    }

    #[tokio::test]
    async fn a_refusal_is_said_in_words() {
        let path = std::env::temp_dir().join(format!("vncterm-datagrams-{}", std::process::id()));
        let _socket = std::os::unix::net::UnixDatagram::bind(&path).expect("binds");
        let unix = |path: &std::path::Path| Endpoint::Unix(path.to_owned());
        for (endpoint, words) in [
            (unix(&path), "it is a socket of another kind, not a stream"),
            (unix("/nonexistent/vncterm".as_ref()), ""),
            (unix("/proc/version".as_ref()), "it is not a socket"),
            (Endpoint::Tcp("127.0.0.1:1".parse().expect("right")), "nobody listens there"),
            (Endpoint::Pty("/dev/null".into()), "it is not a terminal device"),
        ] {
            let refusal = Reconnect::new(endpoint.clone()).attempt(SIZE).await.expect_err("not to be opened");
            assert_eq!(explain(&refusal), words, "{endpoint}");
        }
        std::fs::remove_file(&path).expect("removes");
    }
}
