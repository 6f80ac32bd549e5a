//! Byte pipes: where viewers come in, and consoles on sockets.
//!
//! A [`Stream`] is one connection, whatever carries it. It is never split and never buffered here: its owner waits for
//! [`Stream::ready`] and then moves what can be moved at once, so that reading never waits for writing. A [`pipe::Pipe`] is
//! the same for a viewer, with what may be spoken between the socket and RFB.

pub mod address;
pub mod attempt;
pub mod certificate;
pub mod connect;
pub mod http;
pub mod listen;
pub mod origin;
pub mod peer;
pub mod pipe;
pub mod pulse;
pub mod tls;
pub mod websocket;

use std::io::{self, IoSlice};

use rustix::net::sockopt;
use tokio::io::{Interest, Ready};
use tokio::net::{TcpStream, UnixStream};

use tls::{Session, TlsStream};

/// One connection.
#[derive(Debug)]
pub enum Stream {
    /// Over TCP, IPv4 or IPv6.
    Tcp(TcpStream),
    /// Over a Unix socket.
    Unix(UnixStream),
    /// TLS over one of these.
    Tls(TlsStream),
}

/// Seconds without a word before the kernel asks a TCP peer whether it is still there (limits.md §2).
pub const KEEPALIVE_IDLE_S: u64 = 10;
/// Seconds between two such questions.
pub const KEEPALIVE_INTERVAL_S: u64 = 5;
/// Questions without an answer before the peer counts as dead.
pub const KEEPALIVE_PROBES: u32 = 4;
/// Milliseconds after which unacknowledged bytes end a TCP connection.
pub const USER_TIMEOUT_MS: u32 = 30_000;

impl Stream {
    /// Waits until something of `interest` can be done. May be dropped half-way without loss.
    pub async fn ready(&mut self, interest: Interest) -> io::Result<Ready> {
        match self {
            Self::Tcp(stream) => stream.ready(interest).await,
            Self::Unix(stream) => stream.ready(interest).await,
            Self::Tls(stream) => stream.ready(interest).await,
        }
    }

    /// Reads what is there; `Ok(0)` at the end, `WouldBlock` when there is nothing yet.
    pub fn try_read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read(into),
            Self::Unix(stream) => stream.try_read(into),
            Self::Tls(stream) => stream.try_read(into),
        }
    }

    /// Writes as much as the kernel takes; `WouldBlock` when it takes nothing now.
    pub fn try_write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write_vectored(parts),
            Self::Unix(stream) => stream.try_write_vectored(parts),
            Self::Tls(stream) => stream.try_write_vectored(parts),
        }
    }

    /// From its next byte on it is TLS. The handshake goes on with whatever is read and written then.
    #[must_use]
    pub fn into_tls(self, session: Session) -> Self {
        Self::Tls(TlsStream::new(self, session))
    }

    /// Waits until the handshake of TLS is over, where there is one. May be dropped half-way without loss.
    ///
    /// # Errors
    /// The socket's, and `InvalidData` for what is no TLS, or none that is good enough: the peer is told why.
    pub async fn shake_hands(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(_) | Self::Unix(_) => Ok(()),
            Self::Tls(stream) => stream.shake_hands().await,
        }
    }

    /// Whether it is TLS, within which HTTP will be spoken, as the peer has said beforehand. Others need not say anything.
    pub fn speaks_http(&self) -> bool {
        matches!(self, Self::Tls(stream) if stream.speaks_http())
    }

    /// Tells the peer that nothing more will come.
    pub fn end_writing(&mut self) -> io::Result<()> {
        let end = rustix::net::Shutdown::Write;
        match self {
            Self::Tcp(stream) => Ok(rustix::net::shutdown(stream, end)?),
            Self::Unix(stream) => Ok(rustix::net::shutdown(stream, end)?),
            Self::Tls(stream) => stream.end_writing(),
        }
    }
}

/// Sets what every TCP connection to a viewer shall have. On Linux accepted sockets inherit all of it from the one
/// that listens, which saves five calls for each viewer; a test holds this.
fn tune_tcp(socket: impl rustix::fd::AsFd) -> rustix::io::Result<()> {
    use std::time::Duration;
    let socket = socket.as_fd();
    sockopt::set_tcp_nodelay(socket, true)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, Duration::from_secs(KEEPALIVE_IDLE_S))?;
    sockopt::set_tcp_keepintvl(socket, Duration::from_secs(KEEPALIVE_INTERVAL_S))?;
    sockopt::set_tcp_keepcnt(socket, KEEPALIVE_PROBES)?;
    sockopt::set_tcp_user_timeout(socket, USER_TIMEOUT_MS)
}
