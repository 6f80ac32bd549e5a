//! Both ends of TLS over loopback sockets.

use tokio::net::UnixStream;

use super::*;

const CERTIFICATE: &[u8] = include_bytes!("../../tests/tls/server.pem");
const KEY: &[u8] = include_bytes!("../../tests/tls/server.key");
const EXPIRED: &[u8] = include_bytes!("../../tests/tls/expired.pem");
const EXPIRED_KEY: &[u8] = include_bytes!("../../tests/tls/expired.key");
const AUTHORITY: &[u8] = include_bytes!("../../tests/tls/ca.pem");

fn client() -> Session {
    let trust = Trust::new(AUTHORITY).expect("an authority");
    trust.for_server("localhost").expect("a name").session().expect("a client")
}

fn pair() -> (Stream, Stream) {
    let acceptor = Acceptor::new(CERTIFICATE, KEY, None).expect("they belong together");
    let (ours, theirs) = UnixStream::pair().expect("sockets");
    (Stream::Unix(ours).into_tls(acceptor.session().expect("a session")), Stream::Unix(theirs).into_tls(client()))
}

/// Reads until so many bytes have come; fewer at the end.
async fn read(stream: &mut Stream, count: usize) -> Vec<u8> {
    let (mut all, mut buffer) = (Vec::new(), [0; 5_000]);
    while all.len() < count {
        match stream.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => all.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                stream.ready(Interest::READABLE).await.expect("readable");
            }
            Err(error) => panic!("{error}"),
        }
    }
    all
}

async fn write(stream: &mut Stream, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match stream.try_write_vectored(&[IoSlice::new(bytes)]) {
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                stream.ready(Interest::WRITABLE).await.expect("writable");
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Work that must not hang.
async fn both<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    let both = async { tokio::join!(one, other) };
    tokio::time::timeout(std::time::Duration::from_secs(20), both).await.expect("it hangs")
}

/// The server speaks first, as in RFB: what it says is kept until the handshake is over.
async fn greet(server: &mut Stream, client: &mut Stream) {
    let greets = async {
        write(server, b"hello").await;
        read(server, 2).await
    };
    let answers = async {
        let greeting = read(client, 5).await;
        write(client, b"hi").await;
        greeting
    };
    assert_eq!(both(greets, answers).await, (b"hi".to_vec(), b"hello".to_vec()));
}

#[tokio::test]
async fn what_is_written_at_one_end_is_read_at_the_other() {
    let (mut server, mut client) = pair();
    greet(&mut server, &mut client).await;
    let sent: Vec<u8> = (0..300_000_u32).map(|index| (index % 251) as u8).collect();
    let (seen, ()) = both(read(&mut server, sent.len()), write(&mut client, &sent)).await;
    assert!(seen == sent);
    let (seen, ()) = both(read(&mut client, sent.len()), write(&mut server, &sent)).await;
    assert!(seen == sent);
    server.end_writing().expect("it is connected");
    assert_eq!(both(read(&mut client, 1), async {}).await.0, b"", "a farewell is an end");
    drop(client);
    assert_eq!(both(read(&mut server, 1), async {}).await.0, b"");
}

#[tokio::test]
async fn waiting_to_write_goes_on_with_the_handshake() {
    let (mut server, mut client) = pair();
    // More than is kept for a handshake: the rest waits until it is over, and nobody reads here.
    let sent = vec![7; 3 * UNSENT_MAX];
    let (seen, ()) = both(read(&mut client, sent.len()), write(&mut server, &sent)).await;
    assert!(seen == sent);
}

#[tokio::test]
async fn a_peer_that_reads_nothing_is_not_written_to_for_ever() {
    let (mut server, mut client) = pair();
    greet(&mut server, &mut client).await;
    let mut taken = 0;
    while let Ok(length) = server.try_write_vectored(&[IoSlice::new(&[0; 1 << 20])]) {
        assert!(length <= UNSENT_MAX);
        taken += length;
        assert!(taken < 16 << 20, "the kernel takes some hundred KiB, and we {UNSENT_MAX} bytes");
    }
    assert!(taken > 0);
}

#[tokio::test]
async fn bytes_that_are_no_tls_end_it_with_an_alert() {
    let acceptor = Acceptor::new(CERTIFICATE, KEY, None).expect("they belong together");
    let (ours, theirs) = UnixStream::pair().expect("sockets");
    let mut server = Stream::Unix(ours).into_tls(acceptor.session().expect("a session"));
    let mut clear = Stream::Unix(theirs);
    write(&mut clear, b"GET / HTTP/1.1\r\n\r\n").await;
    server.ready(Interest::READABLE).await.expect("readable");
    assert_eq!(server.try_read(&mut [0; 16]).expect_err("no TLS").kind(), io::ErrorKind::InvalidData);
    assert_eq!(read(&mut clear, 1).await[0], 21, "an alert");
}

#[test]
fn a_certificate_says_when_it_is_valid() {
    let validity = |pem| Acceptor::new(pem, KEY, None).ok().and_then(|acceptor| acceptor.validity());
    let year_2024 = 1_704_067_200;
    let server = validity(CERTIFICATE).expect("a certificate");
    assert_eq!((server.from, server.fault(year_2024)), (year_2024, None));
    assert_eq!(server.fault(year_2024 - 1), Some("is not valid yet"));
    let expired = certificates(EXPIRED).expect("a certificate");
    assert_eq!(Validity::of(&expired[0]).and_then(|validity| validity.fault(1_735_689_601)), Some("has expired"));
}

#[test]
fn the_file_that_is_wrong_is_named() {
    let error = |certificate: &[u8], key: &[u8], ca| Acceptor::new(certificate, key, ca).expect_err("wrong");
    let other = include_bytes!("../../tests/tls/client.key");
    assert_eq!(error(CERTIFICATE, other, None), (TlsFile::Key, TlsError::OtherKey));
    assert_eq!(error(KEY, KEY, None), (TlsFile::Certificate, TlsError::NoCertificate));
    assert_eq!(error(CERTIFICATE, b"", None), (TlsFile::Key, TlsError::NoKey));
    assert_eq!(error(CERTIFICATE, KEY, Some(b"")), (TlsFile::ClientCa, TlsError::NoCertificate));
    assert!(Acceptor::new(CERTIFICATE, KEY, Some(AUTHORITY)).expect("right").asks_for_certificates());
    let key = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    assert_eq!(error(CERTIFICATE, key.as_bytes(), None), (TlsFile::Key, TlsError::EncryptedKey));
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_or_of_another_name_is_refused() {
    let trust = || Trust::new(AUTHORITY).expect("an authority");
    // It vouches for itself alone.
    let stranger = Trust::new(CERTIFICATE).expect("a certificate");
    let (valid, expired) = ((CERTIFICATE, KEY), (EXPIRED, EXPIRED_KEY));
    for ((certificate, key), trust, name, why) in [
        (valid, trust(), "example.org", "its certificate is of another name"),
        (valid, stranger, "localhost", "its certificate is of an authority that is not trusted here"),
        (expired, trust(), "localhost", "its certificate has expired"),
    ] {
        let acceptor = Acceptor::new(certificate, key, None).expect("they belong together");
        let (ours, theirs) = UnixStream::pair().expect("sockets");
        let mut ours = Stream::Unix(ours).into_tls(acceptor.session().expect("a session"));
        let session = trust.for_server(name).expect("a name").session().expect("a client");
        let mut theirs = Stream::Unix(theirs).into_tls(session);
        let (_, refused) = both(ours.shake_hands(), theirs.shake_hands()).await;
        let error = refused.expect_err("it is not trusted");
        assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::InvalidData, why), "{name}");
    }
    assert!(Trust::new(b"none").is_err());
}
