//! `--sharing`, with whole handshakes of every version: who comes in, who has to go, and what those hear who are refused.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::own_viewer::{Guest, serve, within};
use vncterm::config::{Config, Sharing};
use vncterm::run::Running;

const VERSIONS: [&str; 3] = ["RFB 003.003\n", "RFB 003.007\n", "RFB 003.008\n"];

/// A client that has come as far as its ClientInit, or the reason for which it is refused.
async fn knock(running: &Running, version: &str) -> Result<UnixStream, String> {
    let path = running.addresses()[0].unix_path().expect("a Unix socket");
    let mut stream = within(UnixStream::connect(path)).await.expect("connects");
    read(&mut stream, 12).await;
    stream.write_all(version.as_bytes()).await.expect("takes the version");
    let refused = match version {
        "RFB 003.003\n" => number(&mut stream).await == 0,
        _ => match read(&mut stream, 1).await[0] {
            0 => true,
            count => {
                assert_eq!(read(&mut stream, count.into()).await, [1], "None alone");
                stream.write_all(&[1]).await.expect("takes the type");
                version == "RFB 003.008\n" && number(&mut stream).await != 0
            }
        },
    };
    if !refused {
        return Ok(stream);
    }
    let length = number(&mut stream).await;
    Err(String::from_utf8(read(&mut stream, length as usize).await).expect("a reason in words"))
}

/// A client that has come in.
async fn join(running: &Running, version: &str, shared: bool) -> Result<UnixStream, String> {
    let mut stream = knock(running, version).await?;
    stream.write_all(&[u8::from(shared)]).await.expect("takes the flag");
    let init = read(&mut stream, 24).await;
    let name = u32::from_be_bytes(*init[20..].first_chunk().expect("a length"));
    read(&mut stream, name as usize).await;
    Ok(stream)
}

async fn read(stream: &mut UnixStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    within(stream.read_exact(&mut bytes)).await.expect("so much comes");
    bytes
}

async fn number(stream: &mut UnixStream) -> u32 {
    u32::from_be_bytes(*read(stream, 4).await.first_chunk().expect("four bytes"))
}

/// Whether it still gets what it asks for.
async fn is_served(stream: &mut UnixStream) -> bool {
    stream.write_all(&[3, 0, 0, 0, 0, 0, 0, 1, 0, 1]).await.expect("takes a request");
    read(stream, 1).await == [0]
}

/// Reads until the server ends the connection.
async fn is_cut(mut stream: UnixStream) {
    within(async { while matches!(stream.read(&mut [0; 4096]).await, Ok(1..)) {} }).await;
}

/// Tries until it is let in.
async fn join_when_free(running: &Running, version: &str, shared: bool) -> UnixStream {
    within(async {
        loop {
            match join(running, version, shared).await {
                Ok(stream) => return stream,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    })
    .await
}

async fn serve_with(guest: &Guest, change: impl FnOnce(&mut Config)) -> Running {
    serve(&[guest], change).await
}

#[tokio::test]
async fn who_asks_to_be_alone_cuts_the_others_and_keeps_them_out_until_it_leaves() {
    for version in VERSIONS {
        let guest = Guest::new();
        let running = serve_with(&guest, |config| config.sharing = Sharing::Client).await;
        let mut others = Vec::new();
        for other in VERSIONS {
            others.push(join(&running, other, true).await.expect("shared ones come in together"));
        }
        for other in &mut others {
            assert!(is_served(other).await);
        }
        let midway = knock(&running, "RFB 003.008\n").await.expect("nobody is alone yet");
        let mut alone = join(&running, version, false).await.expect("it may be alone");
        for other in others {
            is_cut(other).await;
        }
        assert!(is_served(&mut alone).await);
        for other in VERSIONS {
            for shared in [true, false] {
                let reason = join(&running, other, shared).await.expect_err("kept out");
                assert!(reason.contains("asked to be alone"), "{reason}");
            }
        }
        // One that began before it was alone: there is no way left to say why.
        let mut midway = midway;
        midway.write_all(&[0]).await.expect("takes the flag");
        is_cut(midway).await;
        assert!(is_served(&mut alone).await, "and is not disturbed");
        drop(alone);
        let mut next = join_when_free(&running, version, true).await;
        let mut another = join(&running, version, true).await.expect("shared again");
        assert!(is_served(&mut next).await && is_served(&mut another).await);
        let mut alone = join(&running, version, false).await.expect("it may be alone again");
        is_cut(next).await;
        is_cut(another).await;
        assert!(is_served(&mut alone).await);
        within(running.stop()).await;
    }
}

#[tokio::test]
async fn by_default_nobody_is_alone() {
    let guest = Guest::new();
    let running = serve_with(&guest, |_| ()).await;
    let mut all = Vec::new();
    for version in VERSIONS {
        all.push(join(&running, version, false).await.expect("all come in"));
    }
    for stream in &mut all {
        assert!(is_served(stream).await);
    }
    within(running.stop()).await;
}

#[tokio::test]
async fn one_at_a_time_is_one_whatever_is_asked_for() {
    let guest = Guest::new();
    let running = serve_with(&guest, |config| config.sharing = Sharing::Exclusive).await;
    let mut only = join(&running, "RFB 003.008\n", true).await.expect("the first");
    for version in VERSIONS {
        let reason = join(&running, version, false).await.expect_err("the second");
        assert!(reason.contains("one at a time"), "{reason}");
    }
    assert!(is_served(&mut only).await);
    drop(only);
    let mut next = join_when_free(&running, "RFB 003.003\n", true).await;
    assert!(is_served(&mut next).await);
    within(running.stop()).await;
}

#[tokio::test]
async fn the_newest_takes_the_only_place_where_the_oldest_is_evicted() {
    let guest = Guest::new();
    let change = |config: &mut Config| (config.sharing, config.evict_oldest) = (Sharing::Exclusive, true);
    let running = serve_with(&guest, change).await;
    let first = join(&running, "RFB 003.008\n", false).await.expect("the first");
    let mut second = join(&running, "RFB 003.003\n", true).await.expect("the second");
    is_cut(first).await;
    assert!(is_served(&mut second).await);
    within(running.stop()).await;

    let guest = Guest::new();
    let change = |config: &mut Config| (config.sharing, config.evict_oldest) = (Sharing::Client, true);
    let running = serve_with(&guest, change).await;
    let mut alone = join(&running, "RFB 003.008\n", false).await.expect("it may be alone");
    assert!(join(&running, "RFB 003.008\n", true).await.is_err(), "and is not evicted");
    assert!(is_served(&mut alone).await);
    within(running.stop()).await;
}
