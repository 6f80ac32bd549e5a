//! Builds consoles, listeners and guests, and wires them.

mod screens;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{oneshot, watch};

use crate::access::{Method, Secret};
use crate::audio::{Sound, fifo};
use crate::config::{self, Access, Audio, Backspace, Clear, Config, ConfigError, Keys, Resize};
use crate::console::handle::{self, Handle};
use crate::console::vt::{Vt, Vts};
use crate::control::{self, Control};
use crate::font::FontError;
use crate::guest::Guest;
use crate::guest::power::Power;
use crate::net::address::{Address, is_loopback};
use crate::net::listen::Listener;
use crate::net::origin::Origins;
use crate::net::tls::Acceptor;
use crate::server::admission::{Limits, Sharing};
use crate::server::auth::Gate;
use crate::server::hashing;
use crate::server::web::Web;
use crate::server::{ResizePolicy, Server, Settings};
use crate::shutdown::{Stop, Stopper, stopper};
use crate::source::{Endpoint, ExitStatus, terminfo};
use crate::terminal::{self, KeyTable};

/// How long viewers may take to go when the server stops.
const VIEWERS_GRACE: Duration = Duration::from_secs(1);
/// How long consoles may take: a command has two seconds after SIGHUP.
const CONSOLES_GRACE: Duration = Duration::from_secs(5);
/// Threads beside the workers and one for each console: those open devices and look names up, which is rare, and short
/// as long as name servers answer.
const BLOCKING_THREADS: usize = 2;
/// File descriptors that a console needs, and that the program needs beside consoles and viewers.
const DESCRIPTORS: (u64, u64) = (4, 64);

/// Why the server does not run, or ended; in one line.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An address that anybody could reach, and no authentication.
    #[error(
        "--listen {0}: everybody who can reach that address would get in, since there is no authentication; \
         give --password-file or --users-file (and --tls-cert, --tls-key), or listen on 127.0.0.1 or unix:PATH and tunnel to it (ssh -L), \
         or say --insecure if that is what you want"
    )]
    Open(Address),
    /// Two addresses, the same or one a part of the other, as only their numbers say.
    #[error("--listen {0} and {1} are the same place; leave one out")]
    Twice(Address, Address),
    /// A name that means nothing here.
    #[error(
        "cannot listen on {0}: {what}; give a name that this machine can look up, or a number such as 127.0.0.1, with --listen",
        what = lookup_failure(.1)
    )]
    Lookup(Address, io::Error),
    /// The port is in use, …
    #[error("cannot listen on {0}: {1}{remedy}", remedy = remedy(.0, .1, "--listen"))]
    Listen(Address, io::Error),
    /// An address from which anybody could show himself as the guest.
    #[error(
        "--reverse-listen {0}: everybody who can reach that address could show himself as the guest; give --reverse-allow CIDR \
         with the guest's address, or say --insecure if that is what you want"
    )]
    ReverseOpen(Address),
    /// The port is in use, …
    #[error("cannot wait for calls on {0}: {1}{remedy}", remedy = remedy(.0, .1, "--reverse-listen"))]
    Reverse(Address, io::Error),
    /// The socket of `--control` is another server's, or cannot be made.
    #[error("--control {path}: {1}{remedy}", path = .0.display(), remedy = control_remedy(.1))]
    Control(PathBuf, io::Error),
    /// The directory for browsers has gone away just now.
    #[error("--web-root {directory}: {1}; give a directory that can be read", directory = .0.display())]
    WebRoot(PathBuf, io::Error),
    /// The font cannot be made.
    #[error("the font cannot be used: {0}")]
    Font(#[from] FontError),
    /// The command is not there, …
    #[error("cannot start console {0}: {1}")]
    Console(String, io::Error),
    /// More consoles than function keys.
    #[error("there are more consoles than virtual terminals")]
    TooManyConsoles,
    /// No threads, no event queue.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    /// The only command ended, and not well.
    #[error("the command ended with {0}")]
    Command(ExitStatus),
}

/// What to do about an address that cannot be listened on, where that is known.
fn remedy(address: &Address, error: &io::Error, option: &str) -> String {
    use io::ErrorKind::{AddrInUse, AddrNotAvailable, AlreadyExists, NotADirectory, NotFound, PermissionDenied};
    let give = match (address, error.kind()) {
        (_, AddrInUse) => "another server is there: stop it, or give another address",
        (Address::Tcp { .. }, AddrNotAvailable) => "it is none of this machine's: give one that is",
        (Address::Tcp { .. }, PermissionDenied) => "give a port from 1024 on",
        (Address::Tcp { .. }, NotFound) => "give a host that has an address",
        (Address::Unix(_), PermissionDenied) => "give a path in a directory that you may write to",
        (Address::Unix(_), NotFound | NotADirectory) => "give a path in a directory that exists",
        (Address::Unix(_), AlreadyExists) => "remove it, or give another path",
        _ => return String::new(),
    };
    format!("; {give} with {option}")
}

/// What to do about a control socket that cannot be made, where that is known.
fn control_remedy(error: &io::Error) -> &'static str {
    use io::ErrorKind::{AddrInUse, AlreadyExists, NotADirectory, NotFound, PermissionDenied};
    match error.kind() {
        AddrInUse => "; another server is there: give each a path of its own",
        AlreadyExists => "; remove it, or give another path",
        PermissionDenied => "; give a path in a directory that you may write to",
        NotFound | NotADirectory => "; give a path in a directory that exists",
        _ => "",
    }
}

/// What the system's resolver said, without what we say ourselves.
fn lookup_failure(error: &io::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("failed to lookup address information: ").map_or(text.clone(), str::to_owned)
}

impl Failure {
    /// The exit status of product.md §2: 2 for what was said wrongly, 1 for what went wrong.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Open(_)
            | Self::ReverseOpen(_)
            | Self::Twice(..)
            | Self::WebRoot(..)
            | Self::Font(_)
            | Self::TooManyConsoles => 2,
            Self::Lookup(..)
            | Self::Listen(..)
            | Self::Reverse(..)
            | Self::Control(..)
            | Self::Console(..)
            | Self::Runtime(_)
            | Self::Command(_) => 1,
        }
    }
}

/// Serves until asked to stop, or until the only command has ended; `started` is told the addresses once they are open.
/// `read_access` reads again, on SIGHUP, the files that say who may come in.
pub fn run(
    config: Config,
    read_access: impl Fn() -> Result<Access, ConfigError>,
    started: impl FnOnce(&[Address]),
) -> Result<(), Failure> {
    let runtime = runtime(config.vts()).map_err(Failure::Runtime)?;
    let result = runtime.block_on(async {
        let (mut stop, mut hang_up) = signals().map_err(Failure::Runtime)?;
        let mut running = Running::start(config)?;
        started(running.addresses());
        let status = loop {
            tokio::select! {
                status = running.ended() => break Some(status),
                () = stop.requested() => break None,
                _ = hang_up.recv() => running.change_access(read_access()),
            }
        };
        running.stop().await;
        match status {
            Some(status) if !status.is_success() => Err(Failure::Command(status)),
            _ => Ok(()),
        }
    });
    // A name server that does not answer holds a thread; nobody waits for that.
    runtime.shutdown_background();
    result
}

/// One worker for each console, which may be flooded, and one for the viewers: two as a rule, and never more than there
/// are processors. More would only steal from each other, and each has its memory.
fn runtime(consoles: usize) -> io::Result<tokio::runtime::Runtime> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads((consoles + 1).min(processors))
        .max_blocking_threads(consoles + BLOCKING_THREADS + hashing::THREADS_MAX)
        .thread_keep_alive(Duration::from_secs(1))
        .thread_name("vncterm")
        .enable_all()
        .build()
}

/// Hears SIGTERM and SIGINT, and SIGHUP, which would end the program by default.
fn signals() -> io::Result<(Stop, Signal)> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let hang_up = signal(SignalKind::hangup())?;
    let (stopper, stop) = stopper();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
        stopper.stop();
    });
    Ok((stop, hang_up))
}

/// A running server.
#[derive(Debug)]
pub struct Running {
    server: Arc<Server>,
    addresses: Vec<Address>,
    viewers: Stopper,
    consoles: Stopper,
    control: Stopper,
    only_command: Option<oneshot::Receiver<ExitStatus>>,
    /// What the guest's VNC server asks for, from the next time on.
    upstream_password: watch::Sender<Option<Secret>>,
}

impl Running {
    /// Opens the listeners, then the consoles, and serves. Must be called within a runtime.
    pub fn start(config: Config) -> Result<Self, Failure> {
        let listeners = listen(&config)?;
        let callers = screens::listen(&config)?;
        let control_socket = control_socket(&config)?;
        let web = web(&config)?;
        warn_of_unknown_terminals(&config);
        warn_of_certificate(config.tls.as_ref());
        raise_descriptor_limit(config.max_clients, config.vts());
        let (consoles, console_stop) = stopper();
        let has_command = config.consoles.iter().any(|console| console.endpoint.is_command());
        let is_alone = config.vts() == 1;
        let keys = match config.keys {
            Keys::Xterm => KeyTable::Xterm,
            Keys::Vt220 => KeyTable::Vt220,
            Keys::Linux => KeyTable::Linux,
        };
        let mut vts = Vts::default();
        let mut only_command = None;
        let mut sources: Vec<String> = config.consoles.iter().map(|console| console.endpoint.to_string()).collect();
        for (console, id) in config.consoles.into_iter().zip(1..) {
            let is_command = console.endpoint.is_command();
            let settings = handle::Settings {
                id,
                name: console.name.clone(),
                endpoint: console.endpoint,
                grid: console.geometry,
                terminal: terminal::Options {
                    scrollback_lines: console.scrollback,
                    charset: config.charset,
                    keys,
                    keep_cleared: config.clear == Clear::Keep,
                    backspace_bs: config.backspace == Backspace::Bs,
                    guest_clipboard: config.guest_clipboard,
                    window_ops: config.window_ops,
                    palette: config.look.palette.clone(),
                    ..Default::default()
                },
                font: config.look.font()?,
                paste_rate: config.paste_rate,
                board: vts.board().clone(),
            };
            let started = handle::start(settings, console_stop.clone());
            let Handle { display, ended } = started.map_err(|error| Failure::Console(console.name.clone(), error))?;
            if is_alone && is_command {
                only_command = Some(ended);
            }
            vts.add(Vt { name: console.name, display }).ok_or(Failure::TooManyConsoles)?;
        }
        let idle_timeout = config.idle_timeout;
        let switch = screens::switch(config.graphics.as_ref());
        let sound = match &config.audio {
            Audio::Upstream if config.graphics.is_none() => None,
            Audio::Upstream | Audio::Fifo(_) => Some(Sound::default()),
            Audio::Off => None,
        };
        let upstream_password = watch::Sender::default();
        let graphics = match config.graphics {
            Some(mut graphics) => {
                upstream_password.send_replace(graphics.password.take());
                let password = upstream_password.subscribe();
                let (screens, named) = screens::start(
                    graphics,
                    callers,
                    password,
                    (&config.look, config.paste_rate),
                    sound.as_ref().filter(|_| config.audio == Audio::Upstream),
                    &mut vts,
                    &console_stop,
                )?;
                sources.extend(named);
                screens
            }
            None => Vec::new(),
        };
        if let (Audio::Fifo(fifo), Some(sound)) = (config.audio, &sound) {
            fifo::start(fifo, sound.publisher(), console_stop.clone());
        }
        let settings = Settings {
            limits: Limits {
                max_viewers: config.max_clients,
                evict_oldest: config.evict_oldest,
                sharing: match config.sharing {
                    config::Sharing::Shared => Sharing::Shared,
                    config::Sharing::Client => Sharing::Client,
                    config::Sharing::Exclusive => Sharing::Exclusive,
                },
            },
            writers: config.writers,
            switch,
            leader: config.leader,
            all_switch: config.all_switch,
            view_only: config.view_only,
            resize: match config.resize {
                Resize::Sole => ResizePolicy::Sole,
                Resize::Any => ResizePolicy::Any,
                Resize::Fixed => ResizePolicy::Fixed,
            },
            own_user_only: has_command && !config.insecure && !config.security.authenticates(),
        };
        let gate = Gate::new(config.security, config.tls, &config.name);
        let guest =
            Guest::new(config.name, vts).with_power(Power::new(config.power)).with_graphics(graphics).with_sound(sound);
        let server = Server::new(guest, settings, gate, web);
        let (viewers, viewer_stop) = stopper();
        let addresses: Vec<Address> = listeners.iter().filter_map(|listener| listener.local().ok()).collect();
        for listener in listeners {
            tokio::spawn(Arc::clone(&server).serve(listener, viewer_stop.clone()));
        }
        if let Some(limit) = idle_timeout {
            tokio::spawn(Arc::clone(&server).end_idle(limit, viewer_stop.clone()));
        }
        for graphics in server.guest().graphics() {
            tokio::spawn(Arc::clone(&server).hand_off(graphics.clone(), viewer_stop.clone()));
        }
        let (control, control_stop) = stopper();
        if let Some(socket) = control_socket {
            let listen = addresses.iter().map(Address::to_string).collect();
            let settings = control::Settings { listen, max_viewers: config.max_clients, sources };
            tokio::spawn(Control::new(Arc::clone(&server), settings).serve(socket, control_stop));
        }
        Ok(Self { server, addresses, viewers, consoles, control, only_command, upstream_password })
    }

    /// Who may come in from now on, if that could be read; whoever is in stays.
    fn change_access(&self, access: Result<Access, ConfigError>) {
        let changed = access.map_err(|error| error.to_string()).and_then(|access| {
            warn_of_certificate(access.tls.as_ref());
            self.server.gate().change(access.security, access.tls).map_err(|error| error.to_string())?;
            self.upstream_password.send_replace(access.upstream_password);
            Ok(())
        });
        match changed {
            Ok(()) => tracing::info!("SIGHUP: the files of passwords, users, tokens and certificates are read again"),
            Err(error) => tracing::warn!(error, "SIGHUP: who may come in stays as it was"),
        }
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// The guest that is served.
    pub fn guest(&self) -> &Guest {
        self.server.guest()
    }

    /// Who serves its viewers.
    pub fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// How many viewers there are.
    pub fn viewers(&self) -> usize {
        self.server.viewers()
    }

    /// Waits for the end of the only command, if that is all there is. May be dropped half-way without loss.
    pub async fn ended(&mut self) -> ExitStatus {
        if let Some(ended) = &mut self.only_command
            && let Ok(status) = ended.await
        {
            return status;
        }
        std::future::pending().await
    }

    /// Stops in order: nobody comes in or controls it any more, viewers are sent away, then commands are ended and devices left as
    /// they were found. Nothing remains.
    pub async fn stop(self) {
        self.control.stop();
        self.viewers.stop();
        self.server.stop();
        if tokio::time::timeout(VIEWERS_GRACE, self.control.all_gone()).await.is_err() {
            tracing::warn!("some control clients do not go");
        }
        if tokio::time::timeout(VIEWERS_GRACE, self.viewers.all_gone()).await.is_err() {
            tracing::warn!("some viewers do not go");
        }
        self.consoles.stop();
        if tokio::time::timeout(CONSOLES_GRACE, self.consoles.all_gone()).await.is_err() {
            tracing::warn!("some consoles do not end");
        }
    }
}

/// The socket of `--control`, if there is to be one.
fn control_socket(config: &Config) -> Result<Option<Listener>, Failure> {
    let Some(path) = &config.control else { return Ok(None) };
    let bound = Listener::bind(&Address::Unix(path.clone()), &[]);
    bound.map(|mut bound| bound.pop()).map_err(|error| Failure::Control(path.clone(), error))
}

/// What browsers get, if anything.
fn web(config: &Config) -> Result<Option<Web>, Failure> {
    // Who says --insecure takes everybody anyway.
    let guards_names = !config.security.authenticates() && !config.insecure;
    let origins = Origins::new(config.allow_origins.clone(), guards_names);
    match &config.web {
        config::Web::Off => Ok(None),
        config::Web::Page => Ok(Some(Web::page(origins))),
        config::Web::Root(directory) => match Web::root(directory, origins) {
            Ok(web) => Ok(Some(web)),
            Err(error) => Err(Failure::WebRoot(directory.clone(), error)),
        },
    }
}

/// A command whose terminal type this machine does not know most often runs here, and then cannot draw.
fn warn_of_unknown_terminals(config: &Config) {
    for console in &config.consoles {
        if let Endpoint::Command(command) = &console.endpoint
            && terminfo::knows(command.term()) == Some(false)
        {
            tracing::warn!(console = %console.name, term = command.term(), "no such terminal in this machine's terminfo");
        }
    }
}

/// A certificate that is not valid now is served all the same: the clock may be what is wrong.
fn warn_of_certificate(tls: Option<&Acceptor>) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let validity = tls.and_then(Acceptor::validity);
    if let Some(fault) = validity.and_then(|validity| validity.fault(now.try_into().unwrap_or(i64::MAX))) {
        tracing::warn!("the certificate of --tls-cert {fault}: viewers will refuse it");
    }
}

/// Binds all addresses, after a look at whether they may be open and are told apart. Each name is looked up once: what
/// was judged is what is bound.
fn listen(config: &Config) -> Result<Vec<Listener>, Failure> {
    let mut places: Vec<(&Address, Vec<SocketAddr>)> = Vec::new();
    for address in &config.listen {
        let numbers = address.resolve().map_err(|error| Failure::Lookup(address.clone(), error))?;
        if numbers.iter().any(|number| !is_loopback(number.ip())) {
            if !config.insecure && !config.security.authenticates() {
                return Err(Failure::Open(address.clone()));
            }
            if config.security.methods.contains(&Method::VncAuth) {
                tracing::warn!(%address, "what passes between viewers and this server can be read on its way; vncauth does not encrypt");
            }
            if config.takes_tokens_in_clear() {
                tracing::warn!(%address, "tokens that browsers bring can be read on their way; give --tls-cert and --tls-key");
            }
        }
        let meets = |others: &[SocketAddr]| numbers.iter().any(|one| others.iter().any(|other| overlap(*one, *other)));
        if let Some((other, _)) = places.iter().find(|(_, others)| meets(others)) {
            return Err(Failure::Twice((*other).clone(), address.clone()));
        }
        places.push((address, numbers));
    }
    let mut listeners = Vec::new();
    for (address, numbers) in places {
        let bound = Listener::bind(address, &numbers).map_err(|error| Failure::Listen(address.clone(), error))?;
        listeners.extend(bound);
    }
    Ok(listeners)
}

/// Whether no two sockets could listen on these: the same port, and the same address or all of its family.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && one.is_ipv4() == other.is_ipv4() && (all || one.ip() == other.ip())
}

/// Makes room for as many files as viewers may need. Where that is not allowed, viewers are turned away when it is felt.
fn raise_descriptor_limit(viewers: usize, consoles: usize) {
    let (each, beside) = DESCRIPTORS;
    let needed = viewers as u64 + consoles as u64 * each + beside;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < needed) {
        limit.current = Some(limit.maximum.map_or(needed, |maximum| maximum.min(needed)));
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, needed, "the limit of open files cannot be raised");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_no_two_sockets_can_have_are_told() {
        let at = |text: &str| text.parse::<SocketAddr>().expect(text);
        for (one, other, same) in [
            ("127.0.0.1:5900", "127.0.0.1:5900", true),
            ("0.0.0.0:5900", "127.0.0.1:5900", true),
            ("[::1]:5900", "[::]:5900", true),
            ("[::]:5900", "0.0.0.0:5900", false),
            ("127.0.0.1:5900", "127.0.0.1:5901", false),
            ("127.0.0.1:5900", "127.0.0.2:5900", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
        ] {
            assert_eq!((overlap(at(one), at(other)), overlap(at(other), at(one))), (same, same), "{one} {other}");
        }
    }

    #[test]
    fn advice_is_for_the_kind_of_address() {
        let (tcp, unix) = (Address::tcp("host", 1), Address::Unix("/run/x".into()));
        let remedy = |address: &Address, kind: io::ErrorKind| remedy(address, &kind.into(), "--listen");
        for kind in [io::ErrorKind::NotFound, io::ErrorKind::PermissionDenied] {
            assert!(remedy(&tcp, kind).contains("give a ") && !remedy(&tcp, kind).contains("path"));
            assert!(remedy(&unix, kind).contains("give a path in a directory"));
        }
    }

    #[test]
    fn an_address_that_is_in_use_says_what_to_do_whoever_is_waited_for_there() {
        let busy = || io::Error::from(io::ErrorKind::AddrInUse);
        let at = Address::tcp("127.0.0.1", 5500);
        for (failure, option) in
            [(Failure::Listen(at.clone(), busy()), "--listen"), (Failure::Reverse(at, busy()), "--reverse-listen")]
        {
            let told = failure.to_string();
            assert!(told.contains("127.0.0.1:5500"), "{told}");
            let remedy = format!("; another server is there: stop it, or give another address with {option}");
            assert!(told.ends_with(&remedy), "{told}");
        }
    }
}
