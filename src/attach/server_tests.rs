//! Servers that let us in and then say nothing, or too much.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::*;
use crate::net::Stream;
use crate::rfb::client::{ClientSettings, Login};

/// A client that is in, and the server's end of its connection.
async fn entered() -> (Client, ServerInit, UnixStream) {
    let (ours, mut theirs) = UnixStream::pair().expect("a pair of sockets");
    let settings = ClientSettings {
        shared: true,
        login: Login { methods: vec![crate::access::Method::None], user: None, password: None },
        pixel_format: None,
        encodings: vec![Encoding::RAW, Encoding::CONSOLE],
        size_max: Size::new(100, 100),
    };
    let server = async {
        theirs.write_all(b"RFB 003.008\n").await?;
        theirs.read_exact(&mut [0; 12]).await?;
        theirs.write_all(&[1, 1]).await?;
        theirs.read_exact(&mut [0; 1]).await?;
        theirs.write_all(&[0; 4]).await?;
        theirs.read_exact(&mut [0; 1]).await?;
        let format = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];
        theirs.write_all(&[&[0, 80, 0, 48], &format[..], &[0, 0, 0, 1, b'x']].concat()).await
    };
    let (entered, served) = tokio::join!(Client::greet(Stream::Unix(ours), settings, None), server);
    served.expect("the client says what it should");
    let (client, init) = entered.expect("it is let in");
    (client, init, theirs)
}

/// Reads the next message of a client; whether it asks for an update.
async fn asks(client: &mut UnixStream) -> std::io::Result<bool> {
    let kind = client.read_u8().await?;
    let rest = match kind {
        0 => 19,
        2 => {
            client.read_u8().await?;
            4 * usize::from(client.read_u16().await?)
        }
        3 => 9,
        other => panic!("message {other}"),
    };
    client.read_exact(&mut vec![0; rest]).await?;
    Ok(kind == 3)
}

#[tokio::test]
async fn a_server_that_says_nothing_of_itself_is_not_waited_for() {
    let (client, init, _silent) = entered().await;
    tokio::time::pause();
    let begun = Instant::now();
    let entered = Server::begin(client, init, false).await;
    assert!(matches!(entered, Err(NoServer::Silent)), "{entered:?}");
    assert!((ENTERING..ENTERING * 2).contains(&begun.elapsed()));
}

#[tokio::test]
async fn one_that_never_paints_what_it_is_asked_for_is_asked_no_more_than_so_often() {
    let (client, init, mut server) = entered().await;
    let lying = tokio::spawn(async move {
        let mut asked = 0;
        while let Ok(asks) = asks(&mut server).await {
            asked += u32::from(asks);
            // An update of nothing.
            if asks && server.write_all(&[0; 4]).await.is_err() {
                break;
            }
        }
        asked
    });
    tokio::time::pause();
    let entered = Server::begin(client, init, false).await;
    assert!(matches!(entered, Err(NoServer::Silent)), "{entered:?}");
    assert_eq!(lying.await.expect("no panic"), ASKS_MAX);
}

#[tokio::test]
async fn one_that_paints_is_another_kind_of_server() {
    let (client, init, mut server) = entered().await;
    let painting = tokio::spawn(async move {
        while !asks(&mut server).await.expect("it asks") {}
        let head = [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0];
        server.write_all(&[&head[..], &[0; 4]].concat()).await.expect("it reads");
        server
    });
    tokio::time::pause();
    let entered = Server::begin(client, init, true).await.expect("it is one");
    assert!(!entered.has_consoles && entered.in_clear);
    drop(painting.await.expect("no panic"));
}

#[tokio::test]
async fn no_more_consoles_are_kept_than_there_can_be() {
    let (client, init, _) = entered().await;
    let mut server = Server::new(client, init, false);
    let told = |number: u32, name: &str| {
        let console = Console { console: number, name: name.into(), ..Console::default() };
        ClientEvent::Console(Notice::Console(console))
    };
    (0..2 * CONSOLES_MAX as u32).for_each(|number| server.note(&told(number, "one")));
    assert_eq!(server.consoles.len(), CONSOLES_MAX);
    server.note(&told(3, "another name"));
    assert_eq!(server.consoles[&3].name, "another name");
    server.note(&ClientEvent::Console(Notice::Gone { console: 3 }));
    server.note(&told(1000, "in its place"));
    assert!(server.consoles.contains_key(&1000));
}
