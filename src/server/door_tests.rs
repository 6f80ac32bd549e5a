//! Who comes in as what, and what browsers are told.

use tokio::net::UnixStream;

use super::super::callers::{BROWSED, RUSH, SILENCE_BESIDE_BROWSER, SILENCE_FAR, SILENCE_NEAR};
use super::*;
use crate::net::Stream;
use crate::net::origin::Origins;

const GET: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1:5900\r\n";
const WEB_SOCKET: &str = "GET /a/websockify?x HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: binary, vncterm.token.once\r\n\r\n";

fn far(last: u8) -> Peer {
    let remote = std::net::SocketAddr::from(([192, 0, 2, last], 40_000));
    Peer::Tcp { remote, local: std::net::SocketAddr::from(([192, 0, 2, 1], 5_900)) }
}

fn door() -> Door {
    Door::new(Some(Web::page(Origins::new(Vec::new(), true))), false).expect("browsers come")
}

/// Lets somebody in who sends this and then does nothing; what he is told, and as what he came in.
async fn comes(door: &Door, peer: Peer, sends: &[u8]) -> (String, Option<Arrival>) {
    comes_where(door, None, peer, sends).await
}

/// The same, where there may be TLS.
async fn comes_where(door: &Door, tls: Option<Acceptor>, peer: Peer, sends: &[u8]) -> (String, Option<Arrival>) {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    theirs.try_write(sends).expect("room");
    // Whoever comes in is not ended by us: his side has heard all there was once it is silent.
    let (hushed, hush) = tokio::sync::oneshot::channel();
    let enters = async {
        let arrival = door.enter(Pipe::from(Stream::Unix(ours)), peer, Instant::now(), tls).await;
        if arrival.is_some() {
            hushed.send(()).expect("somebody listens");
        }
        arrival
    };
    let hears = async move {
        let (mut told, mut buffer) = (Vec::new(), [0; 4_096]);
        let mut hush = std::pin::pin!(async {
            if hush.await.is_err() {
                std::future::pending().await
            }
        });
        loop {
            tokio::select! {
                biased;
                ready = theirs.readable() => ready.expect("open"),
                () = &mut hush => return told,
            }
            match theirs.try_read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(length) if length > 0 => told.extend_from_slice(&buffer[..length]),
                _ => return told,
            }
        }
    };
    let (arrival, told) = tokio::join!(enters, hears);
    (String::from_utf8(told).expect("text"), arrival)
}

/// The status of the only answer.
async fn status(sends: &str) -> u16 {
    let (told, arrival) = comes(&door(), Peer::Unix, sends.as_bytes()).await;
    assert!(arrival.is_none() && told.matches("\r\nConnection: ").count() == 1, "{told:?}");
    told["HTTP/1.1 ".len()..][..3].parse().expect("a number")
}

async fn what_it_reads(arrival: Arrival) -> Vec<u8> {
    let mut pipe = arrival.pipe;
    let mut bytes = Vec::new();
    read_some(&mut pipe, &mut bytes).await.expect("something is there");
    bytes
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_viewers() {
    for (peer, silence) in [(Peer::Unix, SILENCE_NEAR), (far(7), SILENCE_FAR)] {
        let begun = Instant::now();
        let (told, arrival) = comes(&door(), peer, b"").await;
        assert!(told.is_empty() && arrival.is_some_and(|arrival| arrival.since == begun));
        assert_eq!(begun.elapsed(), silence);
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_byte_ends_the_wait_and_is_not_lost() {
    for first in [&b"R"[..], b"RFB 003.008\n", b"\0", b"get /", b"\x16\x03\x01"] {
        let begun = Instant::now();
        let (told, arrival) = comes(&door(), far(7), first).await;
        assert!(told.is_empty() && begun.elapsed().is_zero());
        assert_eq!(what_it_reads(arrival.expect("came in")).await, first);
    }
}

#[tokio::test(start_paused = true)]
async fn tls_begins_in_time_or_not_at_all() {
    let (certificate, key) =
        (include_bytes!("../../tests/tls/server.pem"), include_bytes!("../../tests/tls/server.key"));
    let door = Door::new(None, true).expect("there is TLS");
    let (tls, begun) = (Acceptor::new(certificate, key, None).ok(), Instant::now());
    let (told, arrival) = comes_where(&door, tls, far(7), b"\x16\x03\x01").await;
    assert!(told.is_empty() && arrival.is_none());
    assert_eq!(begun.elapsed(), TLS_TIMEOUT);
    // Without a page, HTTP is nothing that is known here.
    for first in [&b"R"[..], b"GET / HTTP/1.1"] {
        let arrival = comes(&door, far(7), first).await.1.expect("came in");
        assert_eq!(arrival.transport(), Transport::Clear);
        assert_eq!(what_it_reads(arrival).await, first);
    }
}

#[test]
fn where_there_is_nothing_to_tell_apart_there_is_no_door() {
    assert!(Door::new(None, false).is_none());
}

#[tokio::test(start_paused = true)]
async fn beside_a_browser_silence_is_longer_for_a_while() {
    let door = door();
    let request = format!("{GET}Connection: close\r\n\r\n");
    let silence = async |peer| {
        let begun = Instant::now();
        assert!(comes(&door, peer, b"").await.1.is_some());
        begun.elapsed()
    };
    assert!(comes(&door, far(7), request.as_bytes()).await.0.starts_with("HTTP/1.1 200 "));
    assert_eq!(silence(far(7)).await, SILENCE_BESIDE_BROWSER);
    assert_eq!(silence(far(8)).await, SILENCE_FAR, "others do not wait for it");
    tokio::time::advance(BROWSED).await;
    assert_eq!(silence(far(7)).await, SILENCE_FAR);
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_asked_too_late_finds_more_time_when_it_comes_again() {
    let door = door();
    assert!(comes(&door, far(7), b"").await.1.is_some());
    door.note_late(far(7));
    let begun = Instant::now();
    assert!(comes(&door, far(7), b"").await.1.is_some());
    assert_eq!(begun.elapsed(), SILENCE_BESIDE_BROWSER);
}

/// The machine was so busy that nobody looked in time.
#[tokio::test]
async fn what_came_in_time_is_seen_although_nobody_looked_for_long() {
    let door = door();
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    theirs.try_write(b"RFB 003.008\n").expect("room");
    let long_ago = Instant::now() - Duration::from_secs(1);
    let arrival = door.enter(Pipe::from(Stream::Unix(ours)), far(7), long_ago, None).await.expect("a viewer");
    assert_eq!(what_it_reads(arrival).await, b"RFB 003.008\n");
    assert_eq!(door.callers(|callers| callers.silence(far(7).ip(), false, Instant::now())), SILENCE_FAR);
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    theirs.try_write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("room");
    let entered = door.enter(Pipe::from(Stream::Unix(ours)), far(7), long_ago, None);
    assert!(timeout(Duration::from_secs(20), entered).await.expect("answered").is_none(), "it is a browser");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_viewers_one_after_another_are_not_waited_for_a_thousand_times() {
    let (door, begun) = (door(), Instant::now());
    for _ in 0..1_000 {
        let (told, arrival) = comes(&door, Peer::Unix, b"").await;
        assert!(told.is_empty() && arrival.is_some());
    }
    assert_eq!(begun.elapsed(), SILENCE_NEAR * RUSH);
    // A browser asks for something at once, and then it is no rush any more.
    let request = format!("{GET}Connection: close\r\n\r\n");
    assert!(comes(&door, Peer::Unix, request.as_bytes()).await.0.starts_with("HTTP/1.1 200 "));
    let begun = Instant::now();
    assert!(comes(&door, Peer::Unix, b"").await.1.is_some());
    assert_eq!(begun.elapsed(), SILENCE_BESIDE_BROWSER);
}

#[tokio::test(start_paused = true)]
async fn requests_are_answered_one_after_the_other() {
    let sends = format!(
        "{GET}\r\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n{GET}\r\n"
    );
    let (told, arrival) = comes(&door(), Peer::Unix, sends.as_bytes()).await;
    let statuses: Vec<&str> = told.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "200", "404"], "and nothing after the last");
    let answers: Vec<&str> = told.split("HTTP/1.1 ").skip(1).collect();
    let length =
        |answer: &str| answer.split("Content-Length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    let body = answers[0].split_once("\r\n\r\n").expect("a head").1;
    assert_eq!((length(answers[0]), length(answers[1])), (Some(body.len()), Some(body.len())));
    assert!(answers[1].ends_with("\r\n\r\n") && answers[0].contains("keep-alive") && answers[2].contains("close"));
    assert!(arrival.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_asks_for_nothing_more_is_not_waited_for() {
    let begun = Instant::now();
    let (told, _) = comes(&door(), Peer::Unix, format!("{GET}\r\n").as_bytes()).await;
    assert_eq!((told.matches("HTTP/1.1 ").count(), begun.elapsed()), (1, REQUEST_TIMEOUT));
    assert_eq!((status(GET).await, begun.elapsed()), (408, 2 * REQUEST_TIMEOUT), "an empty line never comes");
}

#[tokio::test(start_paused = true)]
async fn a_connection_has_a_number_of_requests() {
    let sends = format!("{GET}\r\n").repeat(MAX_REQUESTS as usize + 1);
    let (told, _) = comes(&door(), Peer::Unix, sends.as_bytes()).await;
    assert_eq!(told.matches("HTTP/1.1 200 ").count(), MAX_REQUESTS as usize);
    assert_eq!(told.matches("Connection: close").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_is_refused() {
    for (sends, expected) in [
        ("POST / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("GET / HTTP/1.1\n\n", 400),
        ("GET / HTTP/2.0\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("HELLO\r\n\r\n", 400),
        ("GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 413),
        ("GET /websockify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 426),
    ] {
        assert_eq!(status(sends).await, expected, "{sends:?}");
    }
    let other = WEB_SOCKET.replace("/a/websockify?x", "/").replace("Connection: Upgrade", "Connection: Upgrade, close");
    assert_eq!(status(&other).await, 404);
    let evil = WEB_SOCKET
        .replace("http://127.0.0.1", "http://evil.example")
        .replace("Upgrade\r\nSec", "Upgrade, close\r\nSec");
    assert_eq!(status(&evil).await, 403);
}

#[tokio::test(start_paused = true)]
async fn heads_have_a_length_and_a_number_of_lines() {
    let padded = |length: usize| {
        let rest = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nA: \r\n\r\n".len();
        format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nA: {}\r\n\r\n", "a".repeat(length - rest))
    };
    assert_eq!(status(&padded(MAX_HEAD)).await, 200);
    assert_eq!(status(&padded(MAX_HEAD + 1)).await, 431);
    assert_eq!(status(&format!("GET /{}", "a".repeat(2 * MAX_HEAD))).await, 431, "before its end has come");
    let lines = |count: usize| format!("{GET}Connection: close\r\n{}\r\n", "A: a\r\n".repeat(count - 2));
    assert_eq!(status(&lines(http::MAX_HEADERS)).await, 200);
    assert_eq!(status(&lines(http::MAX_HEADERS + 1)).await, 431);
}

#[tokio::test(start_paused = true)]
async fn a_websocket_comes_in_with_its_token_and_with_what_it_sent_at_once() {
    let frame = [0x82, 0x81, 0, 0, 0, 0, b'R'];
    let (told, arrival) = comes(&door(), Peer::Unix, &[WEB_SOCKET.as_bytes(), &frame].concat()).await;
    assert!(told.starts_with("HTTP/1.1 101 ") && told.contains("Protocol: binary\r\n"), "{told}");
    let arrival = arrival.expect("came in");
    assert_eq!(arrival.token.as_ref().map(Token::reveal), Some("once"));
    assert!(!format!("{arrival:?}").contains("once"));
    assert!(arrival.pipe.is_web_socket());
    assert_eq!(arrival.transport(), Transport::LocalWebSocket);
    assert_eq!(what_it_reads(arrival).await, b"R");
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_of_an_answer_is_not_waited_for() {
    let path = std::env::temp_dir().join(format!("vncterm-door-{}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a scratch directory");
    std::fs::write(path.join("large"), vec![0; 4 << 20]).expect("writes");
    let door = Door::new(Web::root(&path, Origins::default()).ok(), false).expect("it opens");
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    theirs.try_write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").expect("room");
    let begun = Instant::now();
    assert!(door.enter(Pipe::from(Stream::Unix(ours)), Peer::Unix, begun, None).await.is_none());
    assert_eq!(begun.elapsed(), ANSWER_STALLED);
    std::fs::remove_dir_all(&path).expect("removes");
}

/// It is what a connection costs that may never be let in, of which there are up to 1,024.
#[tokio::test]
async fn waiting_costs_little() {
    let (ours, _theirs) = UnixStream::pair().expect("a pair");
    let door = door();
    let size = size_of_val(&door.enter(Pipe::from(Stream::Unix(ours)), Peer::Unix, Instant::now(), None));
    assert!(size <= 8 * 1_024, "{size} bytes");
}
