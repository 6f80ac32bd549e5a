//! Listening sockets.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, sockopt};
use tokio::net::{TcpListener, UnixListener};

use super::address::{Address, is_loopback};
use super::{Stream, tune_tcp};

/// Connections the kernel holds for us while we are busy (limits.md §2).
pub const BACKLOG: i32 = 1024;

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Over TCP: the peer's address and the one it came to.
    Tcp {
        /// The peer's end.
        remote: SocketAddr,
        /// Our end.
        local: SocketAddr,
    },
    /// Over a Unix socket.
    Unix,
}

impl Peer {
    /// The address that limits are counted for, of IPv6 the first of its network: who has one of these has 2^64. `None`
    /// where only the total counts (loopback and Unix sockets, as all users of a proxy on this machine would share it).
    pub fn counted_ip(&self) -> Option<IpAddr> {
        self.ip().filter(|ip| !is_loopback(*ip)).map(first_of_customer)
    }

    /// The peer's address, if it has one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp { remote, .. } => Some(remote.ip().to_canonical()),
            Self::Unix => None,
        }
    }

    /// Whether it is on this machine.
    pub fn is_near(&self) -> bool {
        match self {
            Self::Tcp { remote, .. } => is_loopback(remote.ip()),
            Self::Unix => true,
        }
    }
}

/// Of what one customer of a network usually has, an address of IPv4 or 64 bits of IPv6, the first address.
fn first_of_customer(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) >> 64 << 64).into()),
        v4 => v4,
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp { remote, .. } => write!(f, "{remote}"),
            Self::Unix => f.write_str("unix"),
        }
    }
}

/// A socket that viewers connect to. A Unix socket's file goes away with it.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket and the file that stands for it.
    Unix(UnixListener, SocketFile),
}

impl Listener {
    /// Binds all that `address` stands for, which are these `numbers` ([`Address::resolve`]): a name may have several.
    /// A machine without IPv6 can still listen on `localhost`: what cannot be bound matters only when nothing else
    /// could be.
    pub fn bind(address: &Address, numbers: &[SocketAddr]) -> io::Result<Vec<Self>> {
        if let Address::Unix(path) = address {
            return Ok(vec![bind_unix(path)?]);
        }
        let mut bound = Vec::new();
        let mut failure = None;
        for number in numbers {
            match bind_tcp(*number) {
                Ok(listener) => bound.push(listener),
                Err(error) => {
                    // A port in use is never passed over in silence: the viewer would reach another server.
                    if error.kind() == io::ErrorKind::AddrInUse {
                        return Err(error);
                    }
                    failure = Some(error);
                }
            }
        }
        match failure {
            Some(error) if bound.is_empty() => Err(error),
            Some(error) => {
                tracing::warn!(%address, %error, "not listening on all of it");
                Ok(bound)
            }
            None if bound.is_empty() => Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address")),
            None => Ok(bound),
        }
    }

    /// The next connection. May be dropped half-way without loss.
    pub async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, remote) = listener.accept().await?;
                let local = stream.local_addr()?;
                Ok((Stream::Tcp(stream), Peer::Tcp { remote, local }))
            }
            Self::Unix(listener, _) => Ok((Stream::Unix(listener.accept().await?.0), Peer::Unix)),
        }
    }

    /// Where it listens, with the port that the kernel chose.
    pub fn local(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => {
                let local = listener.local_addr()?;
                Ok(Address::tcp(&local.ip().to_string(), local.port()))
            }
            Self::Unix(_, file) => Ok(Address::Unix(file.path.clone())),
        }
    }
}

fn bind_tcp(address: SocketAddr) -> io::Result<Listener> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if address.is_ipv6() {
        // What is listened on is what was said: `[::]` and `0.0.0.0` can then stand beside each other.
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    tune_tcp(&socket)?;
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(Listener::Tcp(TcpListener::from_std(socket.into())?))
}

fn bind_unix(path: &Path) -> io::Result<Listener> {
    remove_stale(path)?;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    // The file takes its mode from the socket (less the umask), so it is never open to others, not even for a moment.
    rustix::fs::fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    let file = SocketFile::new(path)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(Listener::Unix(UnixListener::from_std(socket.into())?, file))
}

/// Removes the socket that a server left which is no more: nobody answers there. Anything else stays.
fn remove_stale(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if !found.file_type().is_socket() => {
            Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file that is no socket is in the way"))
        }
        Ok(_) => match std::os::unix::net::UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
            _ => Err(io::ErrorKind::AddrInUse.into()),
        },
    }
}

/// The file of a Unix socket; removed when dropped, if it is still the same.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl SocketFile {
    fn new(path: &Path) -> io::Result<Self> {
        let found = fs::symlink_metadata(path)?;
        Ok(Self { path: path.to_owned(), device: found.dev(), inode: found.ino() })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let same = fs::symlink_metadata(&self.path).is_ok_and(|f| f.dev() == self.device && f.ino() == self.inode);
        if same && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the socket's file stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("vncterm-listen-{}-{name}", std::process::id()))
    }

    /// Binds `address`, and whatever else its name stands for.
    fn bind(address: &Address) -> io::Result<Listener> {
        Ok(Listener::bind(address, &address.resolve()?)?.remove(0))
    }

    #[tokio::test]
    async fn an_accepted_socket_has_what_the_listener_was_given() {
        let listener = bind(&Address::tcp("127.0.0.1", 0)).expect("loopback");
        let Address::Tcp { port, .. } = listener.local().expect("bound") else { panic!("not TCP") };
        let client = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("connects");
        let (stream, peer) = listener.accept().await.expect("accepts");
        let Stream::Tcp(tcp) = &stream else { panic!("not TCP") };
        assert!(sockopt::tcp_nodelay(tcp).expect("an option"));
        assert!(sockopt::socket_keepalive(tcp).expect("an option"));
        assert_eq!(sockopt::tcp_keepidle(tcp).expect("an option"), Duration::from_secs(super::super::KEEPALIVE_IDLE_S));
        let interval = Duration::from_secs(super::super::KEEPALIVE_INTERVAL_S);
        assert_eq!(sockopt::tcp_keepintvl(tcp).expect("an option"), interval);
        assert_eq!(sockopt::tcp_keepcnt(tcp).expect("an option"), super::super::KEEPALIVE_PROBES);
        assert_eq!(sockopt::tcp_user_timeout(tcp).expect("an option"), super::super::USER_TIMEOUT_MS);
        let expected =
            Peer::Tcp { remote: client.local_addr().expect("bound"), local: client.peer_addr().expect("connected") };
        assert_eq!(peer, expected);
        assert_eq!(peer.counted_ip(), None);
    }

    #[tokio::test]
    async fn a_unix_socket_is_private_and_leaves_nothing() {
        let path = scratch("private");
        let listener = bind(&Address::Unix(path.clone())).expect("binds");
        assert_eq!(fs::symlink_metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        let busy = bind(&Address::Unix(path.clone())).expect_err("somebody answers there");
        assert_eq!(busy.kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_dead_servers_socket_is_replaced_and_another_file_is_not() {
        let path = scratch("stale");
        drop(std::os::unix::net::UnixListener::bind(&path).expect("binds"));
        assert!(path.exists(), "std leaves the file behind");
        drop(bind(&Address::Unix(path.clone())).expect("replaces it"));
        fs::write(&path, "precious").expect("writes");
        let refused = bind(&Address::Unix(path.clone())).expect_err("not a socket");
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).expect("still there"), "precious");
        fs::remove_file(&path).expect("removes");
    }

    #[tokio::test]
    async fn a_socket_that_somebody_replaced_is_left_alone() {
        let path = scratch("replaced");
        let listener = bind(&Address::Unix(path.clone())).expect("binds");
        fs::remove_file(&path).expect("removes");
        fs::write(&path, "another's").expect("writes");
        drop(listener);
        assert!(path.exists());
        fs::remove_file(&path).expect("removes");
    }

    #[tokio::test]
    async fn a_port_in_use_is_an_error() {
        let first = bind(&Address::tcp("127.0.0.1", 0)).expect("loopback");
        let again = bind(&first.local().expect("bound")).expect_err("in use");
        assert_eq!(again.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn only_peers_from_afar_are_counted_by_address() {
        let local = "192.0.2.1:5900".parse().expect("an address");
        for (remote, counted) in [
            ("192.0.2.7:1", Some("192.0.2.7")),
            ("[::ffff:192.0.2.7]:1", Some("192.0.2.7")),
            ("[2001:db8:1:2::1]:1", Some("2001:db8:1:2::")),
            ("[2001:db8:1:2:3::9]:1", Some("2001:db8:1:2::")),
            ("[2001:db8:1:3::1]:1", Some("2001:db8:1:3::")),
            ("127.0.0.1:1", None),
            ("[::1]:1", None),
        ] {
            let peer = Peer::Tcp { remote: remote.parse().expect("an address"), local };
            assert_eq!(peer.counted_ip(), counted.map(|ip| ip.parse().expect("an address")), "{remote}");
        }
        assert_eq!(Peer::Unix.counted_ip(), None);
    }
}
