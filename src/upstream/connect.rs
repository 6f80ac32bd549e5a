//! Dialling an upstream, again and again: the guest may start its server minutes after us, and start it anew whenever it
//! likes.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::time::Duration;

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::access::{Method, Secret};
use crate::geometry::Size;
use crate::net::Stream;
use crate::net::address::{Address, is_loopback};
use crate::net::attempt::{Attempt, backoff};
use crate::net::connect::{HostPort, Resolver, connect_tcp, connect_unix};
use crate::net::tls::Trust;
use crate::rfb::client::{ClientSettings, Login, Path};
use crate::rfb::decode::DECODERS;
use crate::rfb::error::RfbError;
use crate::rfb::ids::Encoding;

use super::End;
use super::link::{Arrived, Link};

/// The first pause between two attempts; each is twice the one before (limits.md §5).
pub const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// No pause is longer.
pub const MAX_PAUSE: Duration = Duration::from_secs(30);
/// Nor than this while somebody looks at the empty screen, or where an attempt costs nothing: a socket on this machine.
pub const EAGER_PAUSE: Duration = Duration::from_secs(1);
/// A connection that had its picture for so long was no failure.
pub const STEADY: Duration = Duration::from_secs(10);
/// Pauses are shorter by up to one part in so many, so that a host's upstreams are not all dialled at once.
pub const JITTER: u32 = 4;

/// Where an upstream is dialled, and when next.
#[derive(Debug)]
pub(super) struct Dial {
    to: Address,
    manners: Manners,
    resolver: Resolver,
    /// Attempts, or connections, that came to nothing, one after the other.
    failures: u32,
    /// The last one ended because what we know is not what it asks for: that is not tried often, for many servers shut out
    /// who fails a few times, and with him everybody who comes from here.
    refused: bool,
    /// When the last of them ended; `None` before the first.
    since: Option<Instant>,
    /// Thrown for each pause.
    dice: u8,
    running: Attempt<Result<Arrived, End>>,
}

impl Dial {
    pub(super) fn new(to: Address, manners: Manners) -> Self {
        Self {
            to,
            manners,
            resolver: Resolver::default(),
            failures: 0,
            refused: false,
            since: None,
            dice: 0,
            running: Attempt::default(),
        }
    }

    /// Makes the next attempt when it is due, and waits for its outcome. May be dropped half-way without loss.
    pub(super) async fn attempt(&mut self, eager: bool) -> Result<Arrived, End> {
        if !self.running.is_running() {
            if let Some(since) = self.since {
                let due = since + self.pause(eager);
                tokio::select! {
                    () = tokio::time::sleep_until(due) => {}
                    // Another password may be the right one.
                    Ok(()) = self.manners.password.changed() => {}
                }
            }
            self.running.begin(connect(self.to.clone(), self.resolver.clone(), self.manners.clone()));
        }
        let outcome = self.running.outcome().await.unwrap_or(Err(End::Broken));
        if let Err(end) = &outcome {
            self.refused = matches!(end, End::Rfb(RfbError::Refused(_) | RfbError::NoWayIn { .. }));
            self.failed();
        }
        outcome
    }

    /// Another has come: the attempt that is being made is not waited for any more.
    pub(super) fn give_up(&mut self) {
        self.running.give_up();
    }

    /// The connection has ended; its picture was there for so long.
    pub(super) fn ended(&mut self, up: Duration) {
        self.refused = false;
        if up >= STEADY {
            self.failures = 0;
        }
        self.failed();
    }

    fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
        self.since = Some(Instant::now());
        let mut dice = [0];
        // Without randomness there is no jitter.
        let _ = getrandom(&mut dice, GetRandomFlags::empty());
        self.dice = dice[0];
    }

    fn pause(&self, eager: bool) -> Duration {
        if self.refused {
            return MAX_PAUSE;
        }
        let most = if eager || self.to.unix_path().is_some() { EAGER_PAUSE } else { MAX_PAUSE };
        let pause = backoff(self.failures, FIRST_PAUSE, most);
        pause - pause / JITTER * self.dice.into() / u8::MAX.into()
    }
}

async fn connect(to: Address, resolver: Resolver, manners: Manners) -> Result<Arrived, End> {
    let (stream, host, near) = match to {
        Address::Tcp { host, port } => {
            let stream = connect_tcp(&HostPort::new(&host, port), &resolver).await.map_err(End::Io)?;
            let near = matches!(&stream, Stream::Tcp(tcp) if tcp.peer_addr().is_ok_and(|peer| is_loopback(peer.ip())));
            (stream, host, near)
        }
        Address::Unix(path) => {
            let stream = connect_unix(&path).await.map_err(|error| End::Io(no_socket(&path).unwrap_or(error)))?;
            (stream, "localhost".to_owned(), true)
        }
    };
    manners.come_in(stream, &host, near).await
}

/// How we come in to an upstream, wherever it is.
#[derive(Clone, Debug)]
pub struct Manners {
    /// The user's name, where the upstream knows users.
    pub user: Option<String>,
    /// What it asks for, as it is now.
    pub password: watch::Receiver<Option<Secret>>,
    /// Who vouches for it. With this nothing is said to it in clear; without it there is no TLS, for nobody would know who
    /// is at the other end.
    pub trust: Option<Trust>,
    /// The largest picture that is taken.
    pub size_max: Size,
    /// It may be asked for sound.
    pub sound: bool,
}

impl Manners {
    /// Of one who has no name, no password, and nobody who vouches.
    #[cfg(test)]
    pub(super) fn plain(size_max: Size) -> Self {
        Self { user: None, password: watch::channel(None).1, trust: None, size_max, sound: true }
    }

    /// Comes in to the server of this name at the other end. `near`: bytes from there never leave this machine. But whose
    /// they are is certain on a Unix socket alone.
    pub(super) async fn come_in(&self, stream: Stream, host: &str, near: bool) -> Result<Arrived, End> {
        let tls = self.trust.as_ref().map(|trust| trust.for_server(host)).transpose().map_err(End::Io)?;
        let private = matches!(stream, Stream::Unix(_));
        Link::greet(stream, self.settings(near, private), tls).await
    }

    fn settings(&self, near: bool, private: bool) -> ClientSettings {
        let methods = match &self.trust {
            Some(_) => vec![Method::X509Plain, Method::X509Vnc, Method::X509None],
            // A password is sent as it is only where nobody else can be at the other end: any user of this machine can
            // listen at a port of it, or call one.
            None if private => vec![Method::VncAuth, Method::Plain, Method::None],
            None => vec![Method::VncAuth, Method::None],
        };
        ClientSettings {
            // Whoever else looks at it may stay.
            shared: true,
            login: Login { methods, user: self.user.clone(), password: self.password.borrow().clone() },
            pixel_format: None,
            encodings: encodings(near).into_iter().chain(self.sound.then_some(Encoding::QEMU_AUDIO)).collect(),
            size_max: self.size_max,
        }
    }
}

/// What an upstream is asked to send. On this machine nothing is compressed: it would be decompressed here at once. A
/// server that is offered more than pixels as they are takes that where it likes (Xvnc does).
fn encodings(near: bool) -> Vec<Encoding> {
    let mut encodings = ClientSettings::encodings_for(if near { Path::Local } else { Path::Network });
    let compresses = |encoding: &Encoding| {
        ![Encoding::RAW, Encoding::COPY_RECT].contains(encoding)
            && DECODERS.iter().any(|decoder| decoder.encoding == *encoding)
    };
    encodings.retain(|encoding| !near || !compresses(encoding));
    encodings
}

/// What is at the path of a socket, where that is something else.
fn no_socket(path: &std::path::Path) -> Option<io::Error> {
    let kind = std::fs::metadata(path).ok()?.file_type();
    (!kind.is_socket()).then(|| io::Error::other("what is there is no socket"))
}

/// Why nothing came of an attempt, in words.
pub(super) fn explain(error: &io::Error) -> String {
    let number = error.raw_os_error().map(Errno::from_raw_os_error);
    match (error.kind(), number) {
        (_, Some(Errno::NOENT)) => "there is no such socket yet".to_owned(),
        (io::ErrorKind::ConnectionRefused, _) => "nobody listens there".to_owned(),
        (io::ErrorKind::TimedOut, _) => "no answer".to_owned(),
        // Of a Unix socket, whose server accepts nobody.
        (io::ErrorKind::WouldBlock, _) => "it answers nobody now".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dial(to: Address) -> Dial {
        Dial::new(to, Manners::plain(Size::new(4096, 4096)))
    }

    /// The pauses before so many attempts.
    async fn pauses(dial: &mut Dial, eager: bool, count: usize) -> Vec<Duration> {
        let mut pauses = Vec::new();
        for _ in 0..count {
            let before = Instant::now();
            dial.attempt(eager).await.expect_err("nobody is there");
            pauses.push(before.elapsed());
        }
        pauses
    }

    fn are_about(pauses: &[Duration], most: &[u64]) -> bool {
        let is_about = |pause: &Duration, most: &u64| {
            let most = Duration::from_millis(*most);
            // The clock of tests counts milliseconds.
            (most - most / JITTER..=most + Duration::from_millis(1)).contains(pause)
        };
        pauses.len() == most.len() && pauses.iter().zip(most).all(|(pause, most)| is_about(pause, most))
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_half_a_minute_and_are_short_while_somebody_looks() {
        // A port that cannot be connected to from anywhere.
        let mut dial = dial(Address::tcp("127.0.0.1", 0));
        let waited = pauses(&mut dial, false, 9).await;
        let doubled = [0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
        assert!(are_about(&waited, &doubled), "{waited:?}");
        let waited = pauses(&mut dial, true, 2).await;
        assert!(are_about(&waited, &[1000, 1000]), "{waited:?}");
        dial.failures = u32::MAX;
        assert!(dial.pause(false) <= MAX_PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_lasted_is_dialled_anew_as_if_it_were_the_first_time() {
        let mut dial = dial(Address::tcp("127.0.0.1", 0));
        pauses(&mut dial, false, 5).await;
        dial.ended(STEADY - Duration::from_millis(1));
        let waited = pauses(&mut dial, false, 1).await;
        assert!(are_about(&waited, &[16_000]), "{waited:?}");
        dial.ended(STEADY);
        let waited = pauses(&mut dial, false, 1).await;
        assert!(are_about(&waited, &[500]), "{waited:?}");
    }

    #[tokio::test]
    async fn a_socket_of_this_machine_costs_nothing_and_is_tried_often() {
        let mut dial = dial(Address::Unix("/nonexistent/vncterm".into()));
        let end = dial.attempt(false).await.expect_err("nobody is there");
        assert_eq!(end.to_string(), "there is no such socket yet");
        dial.failures = 20;
        assert!(dial.pause(false) <= EAGER_PAUSE);
    }

    #[test]
    fn a_password_that_is_read_again_is_the_one_that_is_given_from_then_on() {
        let (sender, password) = watch::channel(Some(Secret::new(b"old".to_vec())));
        let manners = Manners { password, ..dial(Address::tcp("h", 1)).manners };
        let given = || manners.clone().settings(true, false).login.password.map(|password| password.bytes().to_vec());
        assert_eq!(given(), Some(b"old".to_vec()));
        sender.send_replace(Some(Secret::new(b"new".to_vec())));
        assert_eq!(given(), Some(b"new".to_vec()));
    }

    #[test]
    fn a_password_is_told_as_it_is_through_unix_sockets_alone_and_where_there_is_no_other_way() {
        let plain = dial(Address::tcp("h", 1)).manners;
        let methods = |near, private| plain.settings(near, private).login.methods;
        for near in [true, false] {
            assert_eq!(methods(near, false), [Method::VncAuth, Method::None]);
        }
        assert_eq!(methods(true, true), [Method::VncAuth, Method::Plain, Method::None]);
    }

    #[test]
    fn nothing_is_said_in_clear_where_somebody_must_vouch_for_the_server() {
        let ca = include_bytes!("../../tests/tls/ca.pem");
        let plain = dial(Address::tcp("h", 1)).manners;
        let trusting = Manners { trust: Some(Trust::new(ca).expect("an authority")), ..plain.clone() };
        for near in [true, false] {
            assert!(trusting.settings(near, near).login.methods.iter().all(|method| method.is_x509()));
            assert!(plain.settings(near, near).login.methods.iter().all(|method| !method.is_x509()));
        }
        assert!(!encodings(true).contains(&Encoding::TIGHT) && encodings(false).contains(&Encoding::TIGHT));
    }
}
