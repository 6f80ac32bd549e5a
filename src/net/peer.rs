//! Which user of this machine is at the other end of a loopback connection.
//!
//! A shell that listens on loopback without a password would belong to every local user. The kernel knows whose socket
//! the peer's is: `sock_diag(7)` answers for one exact socket. Where that is not available, `/proc/net/tcp` says it too.
//!
//! Only a connection that stands has an owner. Of one that its peer has closed the kernel remembers the addresses and
//! no user, and says 0 for it, which is root's number: whoever sends keys and closes at once would be let in as root.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

/// `SOCK_DIAG_BY_FAMILY` of linux/sock_diag.h.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST` of linux/netlink.h.
const NLM_F_REQUEST: u16 = 1;
/// `IPPROTO_TCP`.
const TCP: u8 = 6;
/// `TCP_ESTABLISHED` of net/tcp_states.h.
const ESTABLISHED: u8 = 1;
/// `AF_INET` and `AF_INET6` as they go over the wire.
const FAMILY_V4: u8 = 2;
const FAMILY_V6: u8 = 10;
/// Bytes of `struct nlmsghdr`.
const HEADER: usize = 16;
/// Bytes of `struct nlmsghdr` and `struct inet_diag_req_v2`.
const REQUEST: usize = HEADER + 56;
/// Where `idiag_state` lies in an answer: after the header and the family.
const STATE_AT: usize = HEADER + 1;
/// Where `idiag_uid` lies in an answer: after the header, 4 bytes of state, 48 of identity, and three words.
const UID_AT: usize = HEADER + 4 + 48 + 12;
/// The part of `/proc/net/tcp` that is read, line by line: some hundred thousand connections, in a second or two.
const MAX_PROC: u64 = 32 << 20;

/// Whether `sock_diag` has told of a socket in this process. It says "no such entry" of sockets that do not exist and also
/// where it cannot look into TCP's; once it has told of one, it is the former, and the table need not be read to learn that
/// somebody has hung up.
static TELLS: AtomicBool = AtomicBool::new(false);

/// The user whose socket is connected from `remote` to `local`; an error when the kernel knows none, or does not say, or
/// when the peer has closed it.
/// The question to the kernel is answered at once; a table as long as there are connections is read on another thread.
pub async fn uid_of_peer(remote: SocketAddr, local: SocketAddr) -> io::Result<u32> {
    let (remote, local) = (canonical(remote), canonical(local));
    match uid_from_sock_diag(remote, local) {
        Ok(Some(uid)) => Ok(uid),
        Ok(None) => Err(io::ErrorKind::NotFound.into()),
        Err(_) => tokio::task::spawn_blocking(move || uid_from_proc(remote, local)).await.map_err(io::Error::other)?,
    }
}

/// Whether this user may use what belongs to the user of this process.
pub fn is_same_user_or_root(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

/// IPv4 in IPv6's clothes undressed: the kernel's tables hold it so.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// The user; `None` for a socket that is closed, or is none; an error where the kernel does not tell.
fn uid_from_sock_diag(remote: SocketAddr, local: SocketAddr) -> io::Result<Option<u32>> {
    let protocol = Some(rustix::net::netlink::SOCK_DIAG);
    let socket = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, protocol)?;
    // pid 0 is the kernel, which answers before `sendto` returns.
    rustix::net::sendto(&socket, &request(remote, local), SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = [0u8; 1024];
    let (length, _) = rustix::net::recv(&socket, &mut answer[..], RecvFlags::DONTWAIT)?;
    match read_answer(&answer[..length.min(answer.len())]) {
        Some((uid, stands)) => {
            TELLS.store(true, Ordering::Relaxed);
            Ok(Some(uid).filter(|_| stands))
        }
        None if TELLS.load(Ordering::Relaxed) => Ok(None),
        None => Err(io::ErrorKind::NotFound.into()),
    }
}

/// A question for one exact socket, as the peer has it: its own end first (`struct inet_diag_req_v2`).
fn request(source: SocketAddr, destination: SocketAddr) -> [u8; REQUEST] {
    let mut bytes = [0u8; REQUEST];
    bytes[0..4].copy_from_slice(&(REQUEST as u32).to_ne_bytes());
    bytes[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes[6..8].copy_from_slice(&NLM_F_REQUEST.to_ne_bytes());
    bytes[HEADER] = if source.is_ipv4() { FAMILY_V4 } else { FAMILY_V6 };
    bytes[HEADER + 1] = TCP;
    bytes[HEADER + 4..HEADER + 8].copy_from_slice(&u32::MAX.to_ne_bytes()); // in any state
    let id = &mut bytes[HEADER + 8..];
    id[0..2].copy_from_slice(&source.port().to_be_bytes());
    id[2..4].copy_from_slice(&destination.port().to_be_bytes());
    put_ip(&mut id[4..20], source.ip());
    put_ip(&mut id[20..36], destination.ip());
    id[40..48].fill(0xff); // INET_DIAG_NOCOOKIE
    bytes
}

fn put_ip(into: &mut [u8], ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => into[..4].copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => into[..16].copy_from_slice(&ip.octets()),
    }
}

/// The user in an answer, and whether the connection stands; `None` for an error message and anything else that is no
/// `struct inet_diag_msg`.
fn read_answer(answer: &[u8]) -> Option<(u32, bool)> {
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let state = *answer.get(STATE_AT)?;
    let uid = u32::from_ne_bytes(answer.get(UID_AT..UID_AT + 4)?.try_into().ok()?);
    (kind == SOCK_DIAG_BY_FAMILY).then_some((uid, state == ESTABLISHED))
}

fn uid_from_proc(remote: SocketAddr, local: SocketAddr) -> io::Result<u32> {
    let name = if remote.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" };
    let table = BufReader::new(fs::File::open(name)?.take(MAX_PROC));
    find_in_table(table, remote, local)?.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The user of the row with these two ends: `sl local_address rem_address st tx:rx tr:when retrnsmt uid …`.
fn find_in_table(table: impl BufRead, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<u32>> {
    let (local, remote) = (proc_address(local), proc_address(remote));
    let established = format!("{ESTABLISHED:02X}");
    for line in table.lines().skip(1) {
        let line = line?;
        let mut fields = line.split_ascii_whitespace().skip(1);
        if fields.next() == Some(&local) && fields.next() == Some(&remote) {
            let stands = fields.next() == Some(&established);
            return Ok(fields.nth(3).filter(|_| stands).and_then(|uid| uid.parse().ok()));
        }
    }
    Ok(None)
}

/// An address as `/proc/net/tcp` shows it: 32-bit words in this machine's byte order, then the port.
fn proc_address(address: SocketAddr) -> String {
    use std::fmt::Write;
    let mut octets = [0u8; 16];
    let used = if address.is_ipv4() { 4 } else { 16 };
    put_ip(&mut octets, address.ip());
    let mut text = String::new();
    for word in octets[..used].chunks_exact(4) {
        let word = u32::from_ne_bytes([word[0], word[1], word[2], word[3]]);
        // Writing to a String cannot fail.
        let _ = write!(text, "{word:08X}");
    }
    let _ = write!(text, ":{:04X}", address.port());
    text
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    fn pair(host: &str) -> Option<(TcpStream, TcpStream)> {
        let listener = TcpListener::bind((host, 0)).ok()?;
        let client = TcpStream::connect(listener.local_addr().ok()?).ok()?;
        Some((client, listener.accept().ok()?.0))
    }

    #[tokio::test]
    async fn our_own_connection_is_ours() {
        let us = rustix::process::geteuid().as_raw();
        // A machine without IPv6 has one case less.
        for (_client, server) in [pair("127.0.0.1"), pair("::1")].into_iter().flatten() {
            let (remote, local) = (server.peer_addr().expect("connected"), server.local_addr().expect("bound"));
            assert_eq!(uid_of_peer(remote, local).await.ok(), Some(us), "{remote}");
            assert_eq!(uid_from_proc(remote, local).ok(), Some(us), "{remote}");
            assert!(is_same_user_or_root(us));
        }
    }

    #[test]
    fn a_connection_that_is_none_belongs_to_nobody() {
        let (client, server) = pair("127.0.0.1").expect("loopback");
        let (remote, local) = (server.peer_addr().expect("connected"), server.local_addr().expect("bound"));
        let wrong = SocketAddr::new(remote.ip(), remote.port() ^ 1);
        // Once the kernel has told of one socket, that there is no other is known without the table. Some sandboxes never tell.
        if let Ok(uid) = uid_from_sock_diag(remote, local) {
            assert_eq!(uid, Some(rustix::process::geteuid().as_raw()));
            assert_eq!(uid_from_sock_diag(wrong, local).expect("the kernel tells"), None);
        }
        assert!(uid_from_proc(wrong, local).is_err());
        drop((client, server));
    }

    #[tokio::test]
    async fn a_connection_that_its_peer_has_closed_is_nobodys_and_not_roots() {
        for (client, server) in [pair("127.0.0.1"), pair("::1")].into_iter().flatten() {
            let (remote, local) = (server.peer_addr().expect("connected"), server.local_addr().expect("bound"));
            drop(client);
            assert!(!matches!(uid_from_sock_diag(remote, local), Ok(Some(_))), "{remote}");
            assert!(uid_from_proc(remote, local).is_err(), "{remote}");
            assert!(uid_of_peer(remote, local).await.is_err(), "{remote}");
        }
    }

    #[test]
    fn a_row_of_the_table_is_found_by_both_ends() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
             0: 0100007F:170C 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 1 1 0\n   \
             1: 0100007F:C350 0100007F:170C 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0\n   \
             2: 0100007F:C351 0100007F:170C 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0\n";
        let find = |table: &str, local, remote| find_in_table(table.as_bytes(), local, remote).expect("text");
        let server: SocketAddr = "127.0.0.1:5900".parse().expect("an address");
        let client: SocketAddr = "127.0.0.1:50000".parse().expect("an address");
        if cfg!(target_endian = "little") {
            assert_eq!(find(table, client, server), Some(1001));
            assert_eq!(find(table, server, client), Some(1000));
            let closed: SocketAddr = "127.0.0.1:50001".parse().expect("an address");
            assert_eq!(find(table, closed, server), None);
        }
        let other: SocketAddr = "127.0.0.2:50000".parse().expect("an address");
        assert_eq!(find(table, other, server), None);
        assert_eq!(find("", client, server), None);
    }

    #[test]
    fn an_error_message_is_no_answer() {
        let mut answer = [0u8; 100];
        answer[4..6].copy_from_slice(&2u16.to_ne_bytes()); // NLMSG_ERROR
        assert_eq!(read_answer(&answer), None);
        answer[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        answer[UID_AT..UID_AT + 4].copy_from_slice(&7u32.to_ne_bytes());
        assert_eq!(read_answer(&answer), Some((7, false)), "in no state");
        answer[STATE_AT] = ESTABLISHED;
        assert_eq!(read_answer(&answer), Some((7, true)));
        assert_eq!(read_answer(&answer[..UID_AT + 3]), None);
    }
}
