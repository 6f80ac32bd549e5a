//! Who comes in and who does not, over sockets, with the bytes that viewers send.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::own_viewer::{Guest, serve, within};
use vncterm::access::Method;
use vncterm::access::passwords::Passwords;
use vncterm::access::security::Security;
use vncterm::config::Config;
use vncterm::net::address::Address;
use vncterm::rfb::handshake::vnc_auth::answer;
use vncterm::run::Running;

/// A server on TCP that asks for the passwords `full` and `view`.
fn with_passwords(config: &mut Config) {
    config.listen = vec![Address::tcp("127.0.0.1", 0)];
    config.security = Security {
        methods: vec![Method::VncAuth],
        passwords: Some(Passwords::parse(b"full\nview\n").expect("two passwords")),
    };
}

async fn connect(running: &Running) -> TcpStream {
    let Address::Tcp { host, port } = &running.addresses()[0] else { panic!("not TCP") };
    within(TcpStream::connect((host.as_str(), *port))).await.expect("the kernel takes it")
}

/// What a viewer of RFB 3.8 does before it is in.
trait Client: AsyncRead + AsyncWrite + Unpin {
    async fn receive<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        within(self.read_exact(&mut bytes)).await.expect("the server says more");
        bytes
    }

    async fn give(&mut self, bytes: &[u8]) {
        within(self.write_all(bytes)).await.expect("the server listens");
    }

    /// Names a version, and takes the list of types.
    async fn open(&mut self) -> Vec<u8> {
        assert_eq!(&self.receive::<12>().await, b"RFB 003.008\n");
        self.give(b"RFB 003.008\n").await;
        let [count] = self.receive().await;
        let mut types = vec![0; count.into()];
        within(self.read_exact(&mut types)).await.expect("the types");
        types
    }

    /// Answers the challenge that comes now.
    async fn answer(&mut self, password: &str) -> Result<(), String> {
        let challenge = self.receive().await;
        self.give(&answer(password.as_bytes(), &challenge)).await;
        self.result().await
    }

    /// SecurityResult.
    async fn result(&mut self) -> Result<(), String> {
        match self.receive::<4>().await {
            [0, 0, 0, 0] => Ok(()),
            _ => {
                let mut reason = vec![0; u32::from_be_bytes(self.receive().await) as usize];
                within(self.read_exact(&mut reason)).await.expect("the reason");
                let left = within(self.read(&mut [0])).await.unwrap_or(0);
                assert_eq!(left, 0, "nothing follows a refusal");
                Err(String::from_utf8(reason).expect("UTF-8"))
            }
        }
    }

    /// ClientInit and ServerInit.
    async fn begin(&mut self) {
        self.give(&[1]).await;
        self.receive::<20>().await;
        let mut name = vec![0; u32::from_be_bytes(self.receive().await) as usize];
        within(self.read_exact(&mut name)).await.expect("the name");
    }

    /// Comes in with a password.
    async fn log_in(&mut self, password: &str) -> Result<(), String> {
        assert_eq!(self.open().await, [2]);
        self.give(&[2]).await;
        self.answer(password).await?;
        self.begin().await;
        Ok(())
    }

    /// Presses a key and lets it go.
    async fn key(&mut self, key: u8) {
        self.give(&[4, 1, 0, 0, 0, 0, 0, key, 4, 0, 0, 0, 0, 0, 0, key]).await;
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Client for T {}

#[tokio::test]
async fn who_has_the_second_password_only_looks() {
    let guest = Guest::new();
    let running = serve(&[&guest], with_passwords).await;
    let (mut looks, mut writes) = (connect(&running).await, connect(&running).await);
    looks.log_in("view").await.expect("the second password");
    writes.log_in("full").await.expect("the first password");
    // Keys, a click that pastes, cut text, and a wish for another size, then a bell to know that all of it was read.
    for key in b"rm -rf" {
        looks.key(*key).await;
    }
    looks.give(&[6, 0, 0, 0, 0, 0, 0, 2, b'h', b'i', 5, 2, 0, 1, 0, 1, 5, 0, 0, 1, 0, 1]).await;
    looks.give(&[2, 0, 0, 2, 0, 0, 0, 0, 0xff, 0xff, 0xfe, 0xcc]).await;
    looks.give(&[251, 0, 2, 128, 1, 224, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 128, 1, 224, 0, 0, 0, 0]).await;
    looks.give(&[3, 0, 0, 0, 0, 0, 0, 8, 0, 8]).await;
    // ExtendedDesktopSize: the refusal (status 1) comes before any picture.
    let head = looks.receive::<16>().await;
    assert_eq!(
        (head[4..8].to_vec(), &head[12..]),
        (vec![0, 1, 0, 1], &[0xff, 0xff, 0xfe, 0xcc][..]),
        "prohibited: {head:?}"
    );
    writes.key(b'w').await;
    assert_eq!(guest.read_until(b"w").await, b"w", "nothing came before it");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_answered_late_and_a_right_one_at_once() {
    let guest = Guest::new();
    let running = serve(&[&guest], with_passwords).await;
    let begun = Instant::now();
    assert_eq!(connect(&running).await.log_in("wrong").await, Err("Authentication failed".into()));
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let begun = Instant::now();
    assert_eq!(connect(&running).await.log_in("full").await, Ok(()));
    assert!(begun.elapsed() < Duration::from_secs(1));
    running.stop().await;
}

#[tokio::test]
async fn a_thousand_who_hang_up_lock_nobody_out() {
    let guest = Guest::new();
    let running = serve(&[&guest], with_passwords).await;
    for number in 0..1000 {
        let mut client = connect(&running).await;
        if number % 2 == 0 {
            client.open().await;
            client.give(&[2]).await;
            client.receive::<16>().await;
        }
    }
    assert_eq!(connect(&running).await.log_in("full").await, Ok(()));
    running.stop().await;
}

#[tokio::test]
async fn without_a_password_nobody_is_in() {
    let guest = Guest::new();
    let running = serve(&[&guest], with_passwords).await;
    let mut client = connect(&running).await;
    assert_eq!(client.open().await, [2]);
    client.give(&[1]).await;
    assert_eq!(client.result().await, Err("This security type was not offered".into()));
    assert_eq!(running.viewers(), 0);
    running.stop().await;
}
