//! Connecting out: to the consoles that hypervisors and console servers offer on sockets.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_PROBES, Stream};

/// How long a connection may take to be made, name look-up included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Of the numbers behind a name, so many are tried.
pub const MAX_NUMBERS: usize = 8;
/// How long one number may keep silent before the next is tried beside it (RFC 8305 §5).
pub const NEXT_NUMBER: Duration = Duration::from_millis(250);
/// Milliseconds after which unacknowledged bytes end a connection. Longer than for a viewer: a guest that stands still
/// reads nothing, and its output shall not be lost for that.
pub const USER_TIMEOUT_MS: u32 = 60_000;

/// A host, by name or number, and a port; no display numbers as in [`super::address::Address`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// As written, without the brackets of IPv6.
    host: String,
    port: u16,
}

/// What is wrong with `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostPortError {
    /// No colon, nothing before it, or no number from 1 to 65535 after it.
    #[error("is not HOST:PORT, such as localhost:4001 or [::1]:4001")]
    Form,
    /// Colons in the host and no brackets around it.
    #[error("is ambiguous: an IPv6 address stands in brackets, as in [::1]:4001")]
    Brackets,
}

impl HostPort {
    /// `host` and `port`, taken as they are.
    pub fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_owned(), port }
    }
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, HostPortError> {
        let (host, digits) = text.rsplit_once(':').ok_or(HostPortError::Form)?;
        // `parse` alone would take "+1".
        let port = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u16>().ok()).flatten();
        let port = port.filter(|port| *port > 0).ok_or(HostPortError::Form)?;
        let bare = match host.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
            Some(inner) => inner.filter(|inner| inner.contains(':')).ok_or(HostPortError::Form)?,
            None if host.contains(':') => return Err(HostPortError::Brackets),
            None => host,
        };
        let odd = |c: char| c.is_whitespace() || c.is_control() || "/[]".contains(c);
        if bare.is_empty() || bare.contains(odd) {
            return Err(HostPortError::Form);
        }
        Ok(Self::new(bare, port))
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Bytes that the kernel may hold of what was written to a Unix socket, its own records of them included. By default
/// these are some 200 KiB: a paste would be all in there at once, and could not be stopped.
pub const UNIX_SEND_BUFFER: usize = 4096;

/// Connects to a Unix socket of the stream kind.
pub async fn connect_unix(path: &Path) -> io::Result<Stream> {
    let stream = UnixStream::connect(path).await?;
    sockopt::set_socket_send_buffer_size(&stream, UNIX_SEND_BUFFER)?;
    Ok(Stream::Unix(stream))
}

/// Looks names up, one at a time. A look-up that no name server answers keeps its thread for minutes, long after whoever
/// asked has given up; and the threads are few and everybody's.
#[derive(Clone, Debug)]
pub struct Resolver(Arc<Semaphore>);

impl Default for Resolver {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Resolver {
    async fn numbers(&self, to: &HostPort) -> io::Result<Vec<SocketAddr>> {
        if let Ok(ip) = to.host.parse::<IpAddr>() {
            return Ok(vec![(ip, to.port).into()]);
        }
        let (host, port) = (to.host.clone(), to.port);
        self.alone(move || Ok((host.as_str(), port).to_socket_addrs()?.collect())).await
    }

    /// Does `work` on a thread of its own once all before it is done, also that which nobody waits for any more.
    async fn alone<T: Send + 'static>(&self, work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
        let turn = Arc::clone(&self.0).acquire_owned().await.map_err(io::Error::other)?;
        let work = move || {
            let done = work();
            drop(turn);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
    }
}

/// Connects to the first of the host's numbers that answers.
pub async fn connect_tcp(to: &HostPort, resolver: &Resolver) -> io::Result<Stream> {
    in_time(async { connect_first(resolver.numbers(to).await?.into_iter()).await }).await
}

async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(CONNECT_TIMEOUT, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Tries the numbers one after the other, the next one as soon as those before have failed or kept silent for long.
async fn connect_first(numbers: impl Iterator<Item = SocketAddr>) -> io::Result<Stream> {
    let mut numbers = numbers.take(MAX_NUMBERS).peekable();
    let mut attempts = JoinSet::new();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    loop {
        if let Some(number) = numbers.next() {
            attempts.spawn(connect_number(number));
        }
        tokio::select! {
            attempt = attempts.join_next() => match attempt {
                // Those still under way end with the set.
                Some(Ok(Ok(stream))) => return Ok(Stream::Tcp(stream)),
                Some(Ok(Err(error))) => failure = error,
                Some(Err(panicked)) => failure = io::Error::other(panicked),
                None if numbers.peek().is_none() => return Err(failure),
                None => {}
            },
            () = tokio::time::sleep(NEXT_NUMBER), if numbers.peek().is_some() => {}
        }
    }
}

async fn connect_number(number: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(number).await?;
    sockopt::set_tcp_nodelay(&stream, true)?;
    sockopt::set_socket_keepalive(&stream, true)?;
    sockopt::set_tcp_keepidle(&stream, Duration::from_secs(KEEPALIVE_IDLE_S))?;
    sockopt::set_tcp_keepintvl(&stream, Duration::from_secs(KEEPALIVE_INTERVAL_S))?;
    sockopt::set_tcp_keepcnt(&stream, KEEPALIVE_PROBES)?;
    sockopt::set_tcp_user_timeout(&stream, USER_TIMEOUT_MS)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn a_port_is_a_port_however_small() {
        for (text, host, port) in [
            ("switch:23", "switch", 23),
            ("127.0.0.1:4001", "127.0.0.1", 4001),
            ("[::1]:4001", "::1", 4001),
            ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
        ] {
            let read: HostPort = text.parse().expect(text);
            assert_eq!((read.host.as_str(), read.port), (host, port));
            assert_eq!(read.to_string(), text);
        }
        for text in
            ["", ":", "host", "host:", ":23", "host:0", "host:65536", "host:+1", "a b:1", "[::1]", "[::1", "[x]:1"]
        {
            assert_eq!(text.parse::<HostPort>(), Err(HostPortError::Form), "{text}");
        }
        assert_eq!("::1:23".parse::<HostPort>(), Err(HostPortError::Brackets));
    }

    #[tokio::test]
    async fn a_number_that_refuses_is_passed_over() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let right = listener.local_addr().expect("bound");
        let wrong = SocketAddr::from(([127, 0, 0, 1], 1));
        let stream = connect_first([wrong, right].into_iter()).await.expect("the second answers");
        let Stream::Tcp(stream) = stream else { panic!("not TCP") };
        assert_eq!(stream.peer_addr().expect("connected"), right);
        assert!(sockopt::socket_keepalive(&stream).expect("an option") && stream.nodelay().expect("an option"));
        let error = connect_first([wrong, wrong].into_iter()).await.expect_err("nobody is there");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(connect_first([].into_iter()).await.expect_err("no number").kind(), io::ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn what_a_guest_does_not_read_from_its_socket_waits_here() {
        let path = std::env::temp_dir().join(format!("vncterm-connect-{}", std::process::id()));
        let _listener = std::os::unix::net::UnixListener::bind(&path).expect("binds");
        let mut stream = connect_unix(&path).await.expect("connects");
        std::fs::remove_file(&path).expect("removes");
        let mut taken = 0;
        while let Ok(length) = stream.try_write_vectored(&[io::IoSlice::new(&[b'x'; 16])]) {
            taken += length;
        }
        assert!((16..=UNIX_SEND_BUFFER).contains(&taken), "{taken}");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_an_end() {
        let begun = tokio::time::Instant::now();
        let error = in_time(std::future::pending::<io::Result<()>>()).await.expect_err("nothing came");
        assert_eq!((error.kind(), begun.elapsed()), (io::ErrorKind::TimedOut, CONNECT_TIMEOUT));
    }

    #[tokio::test]
    async fn a_name_is_looked_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let port = listener.local_addr().expect("bound").port();
        let to = HostPort::new("localhost", port);
        connect_tcp(&to, &Resolver::default()).await.expect("connects, whatever else localhost stands for");
    }

    #[test]
    fn names_that_nobody_answers_for_leave_threads_to_others() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(2).build();
        let runtime = runtime.expect("a runtime");
        let silence = Arc::new(std::sync::Mutex::new(()));
        let _silent = silence.lock().expect("not poisoned");
        runtime.block_on(async {
            let resolver = Resolver::default();
            for _ in 0..3 {
                let silence = Arc::clone(&silence);
                let look_up = std::pin::pin!(resolver.alone(move || {
                    drop(silence.lock());
                    Ok(())
                }));
                tokio::select! {
                    biased;
                    _ = look_up => panic!("nobody answers"),
                    () = tokio::task::yield_now() => {}
                }
            }
            let others = tokio::task::spawn_blocking(|| ());
            tokio::time::timeout(CONNECT_TIMEOUT, others).await.expect("a thread is free").expect("no panic");
        });
    }

    #[tokio::test]
    async fn no_more_numbers_are_tried_than_the_limit() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let right = listener.local_addr().expect("bound");
        let wrong = SocketAddr::from(([127, 0, 0, 1], 1));
        let many = |count| std::iter::repeat_n(wrong, count).chain([right]);
        connect_first(many(MAX_NUMBERS - 1)).await.expect("the last that is tried");
        connect_first(many(MAX_NUMBERS)).await.expect_err("one too far");
    }
}
