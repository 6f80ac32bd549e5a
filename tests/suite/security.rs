//! Who comes in and who does not, over sockets, with the bytes that viewers send.

use std::io::{ErrorKind, IoSlice};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::Instant;

use super::own_viewer::{Guest, serve, within};
use vncterm::access::passwords::Passwords;
use vncterm::access::security::{Means, Security, Tls};
use vncterm::access::token::TokenKey;
use vncterm::access::users::Users;
use vncterm::access::{Method, Role};
use vncterm::config::{Config, Web};
use vncterm::console::vt::VtNumber;
use vncterm::net::Stream;
use vncterm::net::address::Address;
use vncterm::net::tls::{Acceptor, Session};
use vncterm::rfb::handshake::vnc_auth::answer;
use vncterm::run::Running;

const CERTIFICATE: &[u8] = include_bytes!("../tls/server.pem");
const KEY: &[u8] = include_bytes!("../tls/server.key");
const AUTHORITY: &[u8] = include_bytes!("../tls/ca.pem");
const CLIENT_CERTIFICATE: &[u8] = include_bytes!("../tls/client.pem");
const CLIENT_KEY: &[u8] = include_bytes!("../tls/client.key");

/// What asks for a WebSocket.
const WEB_SOCKET: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n";

/// The numbers of VeNCrypt's sub-types.
const PLAIN: u32 = 256;
const X509_NONE: u32 = 260;
const X509_VNC: u32 = 261;
const X509_PLAIN: u32 = 262;

/// A user `ann`, who may do everything, with the password `password`.
const ANN: &[u8] = b"ann:admin:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

/// A server that knows her, and takes tokens.
fn with_users(config: &mut Config) {
    let means = Means {
        users: Users::parse(ANN).ok().map(Arc::new),
        token_key: TokenKey::parse(&[b'k'; 32]).ok(),
        ..Means::default()
    };
    config.security = Security::new(None, means).expect("a policy");
    config.web = Web::Page;
}

/// A server on TCP that asks for the passwords `full` and `view`.
fn with_passwords(config: &mut Config) {
    config.listen = vec![Address::tcp("127.0.0.1", 0)];
    let passwords = Passwords::parse(b"full\nview\n").ok();
    config.security = Security::new(None, Means { passwords, ..Means::default() }).expect("a policy");
}

/// One that has a certificate, and asks for one of clients if that is wanted.
fn with_tls(config: &mut Config, methods: &[Method], client_ca: bool) {
    with_passwords(config);
    config.tls = Acceptor::new(CERTIFICATE, KEY, client_ca.then_some(AUTHORITY)).ok();
    let passwords = config.security.means.passwords.take().filter(|_| methods.contains(&Method::X509Vnc));
    let tls = if client_ca { Tls::Both } else { Tls::Server };
    let means = Means { passwords, tls, ..Means::default() };
    config.security = Security::new(Some(methods.to_vec()), means).expect("a policy");
}

/// A client's end of TLS; what it is shown is to be issued by our authority. Browsers say what they will speak in it.
fn client_tls(with_certificate: bool, speaks: Option<&str>) -> Session {
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(AUTHORITY).expect("PEM")).expect("an authority");
    let builder = builder.with_safe_default_protocol_versions().expect("TLS").with_root_certificates(roots);
    let mut config = if with_certificate {
        let chain = vec![CertificateDer::from_pem_slice(CLIENT_CERTIFICATE).expect("PEM")];
        builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(CLIENT_KEY).expect("PEM")).expect("a pair")
    } else {
        builder.with_no_client_auth()
    };
    config.alpn_protocols = speaks.map(|it| it.as_bytes().to_vec()).into_iter().collect();
    let name = "localhost".try_into().expect("a name");
    Session::new(rustls::ClientConnection::new(Arc::new(config), name).expect("a client").into())
}

/// A viewer, byte by byte.
struct Client(Option<Stream>);

async fn connect(running: &Running) -> Client {
    match &running.addresses()[0] {
        Address::Tcp { host, port } => {
            let stream = within(TcpStream::connect((host.as_str(), *port))).await.expect("the kernel takes it");
            Client(Some(Stream::Tcp(stream)))
        }
        Address::Unix(path) => {
            Client(Some(Stream::Unix(within(UnixStream::connect(path)).await.expect("the kernel takes it"))))
        }
    }
}

/// What a viewer of RFB 3.8 does before it is in.
impl Client {
    fn stream(&mut self) -> &mut Stream {
        self.0.as_mut().expect("it is there but while it is exchanged")
    }

    /// Reads until the buffer is full; false at the end.
    async fn fill(&mut self, mut into: &mut [u8]) -> std::io::Result<bool> {
        while !into.is_empty() {
            match self.stream().try_read(into) {
                Ok(0) => return Ok(false),
                Ok(length) => into = &mut into[length..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    within(self.stream().ready(Interest::READABLE)).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    async fn receive<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        assert!(self.fill(&mut bytes).await.expect("the server says more"), "the end");
        bytes
    }

    async fn text(&mut self) -> String {
        let mut text = vec![0; u32::from_be_bytes(self.receive().await) as usize];
        assert!(self.fill(&mut text).await.expect("the server says more"), "the end");
        String::from_utf8(text).expect("UTF-8")
    }

    async fn give(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.stream().try_write_vectored(&[IoSlice::new(bytes)]) {
                Ok(length) => bytes = &bytes[length..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    within(self.stream().ready(Interest::WRITABLE)).await.expect("the server listens");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Chooses a sub-type of VeNCrypt, after a look at what is there.
    async fn choose(&mut self, subtype: u32, offered: &[u32]) {
        self.give(&[19]).await;
        assert_eq!(self.receive().await, [0, 2]);
        self.give(&[0, 2]).await;
        assert_eq!(usize::from(self.receive::<2>().await[1]), offered.len());
        for number in offered {
            assert_eq!(u32::from_be_bytes(self.receive().await), *number);
        }
        self.give(&subtype.to_be_bytes()).await;
    }

    /// Goes on over TLS.
    async fn start_tls(&mut self, with_certificate: bool) {
        assert_eq!(self.receive().await, [1]);
        self.encrypt(with_certificate, None);
    }

    fn encrypt(&mut self, with_certificate: bool, speaks: Option<&str>) {
        self.0 = self.0.take().map(|stream| stream.into_tls(client_tls(with_certificate, speaks)));
    }

    /// Sends a request of HTTP; the head of the answer.
    async fn ask(&mut self, path: &str, fields: &str) -> String {
        self.give(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").as_bytes()).await;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.receive::<1>().await[0]);
        }
        String::from_utf8(head).expect("text")
    }

    /// Sends a frame of a WebSocket, with a mask that changes nothing.
    async fn give_frame(&mut self, payload: &[u8]) {
        let length = u8::try_from(payload.len()).expect("a short one");
        self.give(&[&[0x82, 0x80 | length, 0, 0, 0, 0], payload].concat()).await;
    }

    /// The payload of the next frame.
    async fn frame(&mut self) -> Vec<u8> {
        let [opcode, length] = self.receive().await;
        assert!(opcode == 0x82 && length < 126, "{opcode:#x} {length}");
        let mut payload = vec![0; length.into()];
        assert!(self.fill(&mut payload).await.expect("the server says more"), "the end");
        payload
    }

    /// Opens a WebSocket, and names a version in it; the list of types, and what follows it at once.
    async fn open_web_socket(&mut self, fields: &str) -> Vec<u8> {
        let head = self.ask("/websockify", &format!("{WEB_SOCKET}{fields}")).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert_eq!(self.frame().await, b"RFB 003.008\n");
        self.give_frame(b"RFB 003.008\n").await;
        self.frame().await
    }

    /// Names a version, and takes the list of types.
    async fn open(&mut self) -> Vec<u8> {
        assert_eq!(&self.receive::<12>().await, b"RFB 003.008\n");
        self.give(b"RFB 003.008\n").await;
        let [count] = self.receive().await;
        let mut types = vec![0; count.into()];
        assert!(self.fill(&mut types).await.expect("the types"));
        types
    }

    /// Answers the challenge that comes now.
    async fn answer(&mut self, password: &str) -> Result<(), String> {
        let challenge = self.receive().await;
        self.give(&answer(password.as_bytes(), &challenge)).await;
        self.result().await
    }

    /// A name and a password, as Plain takes them.
    async fn log_in_as(&mut self, user: &str, password: &str) -> Result<(), String> {
        let length = |text: &str| (text.len() as u32).to_be_bytes();
        self.give(&[&length(user), &length(password), user.as_bytes(), password.as_bytes()].concat()).await;
        self.result().await
    }

    /// SecurityResult.
    async fn result(&mut self) -> Result<(), String> {
        match self.receive::<4>().await {
            [0, 0, 0, 0] => Ok(()),
            _ => {
                let reason = self.text().await;
                assert!(!self.fill(&mut [0]).await.unwrap_or(false), "nothing follows a refusal");
                Err(reason)
            }
        }
    }

    /// ClientInit and ServerInit; the size of the picture.
    async fn begin(&mut self) -> [u8; 4] {
        self.give(&[1]).await;
        let size = self.receive().await;
        self.receive::<16>().await;
        assert!(self.text().await.starts_with("guest"));
        size
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

#[tokio::test]
async fn a_password_within_tls_lets_in() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| with_tls(config, &[Method::X509Vnc], false)).await;
    let mut client = connect(&running).await;
    assert_eq!(client.open().await, [19]);
    client.choose(X509_VNC, &[X509_VNC]).await;
    client.start_tls(false).await;
    assert_eq!(client.answer("full").await, Ok(()));
    let size = client.begin().await;
    client.key(b'w').await;
    assert_eq!(guest.read_until(b"w").await, b"w");
    // And a whole picture comes through.
    client.give(&[&[3, 0, 0, 0, 0, 0], &size[..]].concat()).await;
    assert_eq!(client.receive().await, [0, 0, 0, 1], "one rectangle, which is Raw");
    let [width, height] = [[size[0], size[1]], [size[2], size[3]]].map(|side| usize::from(u16::from_be_bytes(side)));
    let mut picture = vec![0; 12 + width * height * 4];
    assert!(client.fill(&mut picture).await.expect("a picture"));
    running.stop().await;
}

#[tokio::test]
async fn what_is_no_tls_after_its_choice_ends_the_connection() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| with_tls(config, &[Method::X509None], false)).await;
    let mut client = connect(&running).await;
    client.open().await;
    client.choose(X509_NONE, &[X509_NONE]).await;
    assert_eq!(client.receive().await, [1]);
    client.give(b"\x01 this is no record").await;
    // An alert, and the end.
    assert_eq!(client.receive::<1>().await, [21]);
    while client.fill(&mut [0]).await.unwrap_or(false) {}
    assert_eq!(running.viewers(), 0);
    running.stop().await;
}

#[tokio::test]
async fn only_who_has_a_certificate_comes_in_where_one_is_asked_for() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| with_tls(config, &[Method::X509None], true)).await;
    for with_certificate in [true, false] {
        let mut client = connect(&running).await;
        client.open().await;
        client.choose(X509_NONE, &[X509_NONE]).await;
        client.start_tls(with_certificate).await;
        let mut result = [0xff; 4];
        let came = client.fill(&mut result).await;
        assert_eq!(matches!(came, Ok(true)), with_certificate, "{came:?}");
    }
    running.stop().await;
}

#[tokio::test]
async fn whatever_is_spoken_on_the_port_is_spoken_within_tls_too() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| {
        with_tls(config, &[Method::X509Vnc], false);
        config.web = Web::Page;
    })
    .await;
    for speaks in [Some("http/1.1"), None] {
        let mut browser = connect(&running).await;
        browser.encrypt(false, speaks);
        let head = browser.ask("/", "").await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    }
    // Within TLS there is no second one: the way in is the one that it would have led to.
    let mut browser = connect(&running).await;
    browser.encrypt(false, Some("http/1.1"));
    assert_eq!(browser.open_web_socket("Origin: https://localhost\r\n").await, [1, 2]);
    let mut viewer = connect(&running).await;
    viewer.encrypt(false, None);
    viewer.log_in("full").await.expect("the first password");
    viewer.key(b'w').await;
    assert_eq!(guest.read_until(b"w").await, b"w");
    let refusal = connect(&running).await.open_web_socket("").await;
    let reason = String::from_utf8_lossy(&refusal[5..]).into_owned();
    assert_eq!(reason, "Nobody comes in here without encryption: open this page with https://");
    running.stop().await;
}

/// Browsers open connections ahead, and ask for something when they need it: to them silence says nothing.
#[tokio::test]
async fn a_browser_within_tls_may_be_silent() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| {
        with_tls(config, &[Method::X509Vnc], false);
        config.web = Web::Page;
    })
    .await;
    let (mut browser, mut viewer) = (connect(&running).await, connect(&running).await);
    browser.encrypt(false, Some("http/1.1"));
    browser.stream().shake_hands().await.expect("TLS");
    viewer.encrypt(false, None);
    viewer.log_in("full").await.expect("its silence was heard, and it began later");
    let head = browser.ask("/", "").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    running.stop().await;
}

#[tokio::test]
async fn a_browser_without_a_certificate_gets_no_page_where_one_is_asked_for() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| {
        with_tls(config, &[Method::X509None], true);
        config.web = Web::Page;
    })
    .await;
    for with_certificate in [true, false] {
        let mut browser = connect(&running).await;
        browser.encrypt(with_certificate, Some("http/1.1"));
        browser.give(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        let came = browser.fill(&mut [0; 12]).await;
        assert_eq!(matches!(came, Ok(true)), with_certificate, "{came:?}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_user_comes_in_by_name_where_nobody_listens() {
    let guest = Guest::new();
    let running = serve(&[&guest], with_users).await;
    for (password, expected) in [("wrong", Err("Authentication failed".to_owned())), ("password", Ok(()))] {
        let mut client = connect(&running).await;
        assert_eq!(client.open().await, [19]);
        client.choose(PLAIN, &[PLAIN]).await;
        assert_eq!(client.log_in_as("ann", password).await, expected);
        if expected.is_ok() {
            client.begin().await;
            client.key(b'w').await;
            assert_eq!(guest.read_until(b"w").await, b"w");
            let people = running.server().roster().people();
            assert_eq!((people[0].role, people[0].name.as_deref()), (Role::Admin, Some("ann")));
        }
    }
    running.stop().await;
    // Over TCP, within TLS alone.
    let guest = Guest::new();
    let running = serve(&[&guest], |config| {
        with_users(config);
        config.listen = vec![Address::tcp("127.0.0.1", 0)];
        config.tls = Acceptor::new(CERTIFICATE, KEY, None).ok();
        let means = Means { tls: Tls::Server, ..config.security.means.clone() };
        config.security = Security::new(None, means).expect("a policy");
    })
    .await;
    let mut client = connect(&running).await;
    assert_eq!(client.open().await, [19]);
    client.choose(X509_PLAIN, &[X509_PLAIN]).await;
    client.start_tls(false).await;
    assert_eq!(client.log_in_as("ann", "password").await, Ok(()));
    client.begin().await;
    let mut browser = connect(&running).await;
    browser.encrypt(false, Some("http/1.1"));
    assert_eq!(browser.open_web_socket("").await, [1, 19]);
    browser.give_frame(&[19]).await;
    assert_eq!(browser.frame().await, [0, 2]);
    browser.give_frame(&[0, 2]).await;
    assert_eq!(browser.frame().await, [0, 1, 0, 0, 1, 0], "Plain alone: its TLS is below it");
    running.stop().await;
}

#[tokio::test]
async fn who_comes_by_a_token_sees_its_console_alone_and_comes_once() {
    let (one, two) = (Guest::new(), Guest::new());
    let running = serve(&[&one, &two], with_users).await;
    let server = running.server();
    let second = VtNumber::new(2);
    let token = server.mint(Role::Write, second, Duration::from_secs(60)).expect("a token");
    let fields = format!("Sec-WebSocket-Protocol: binary, {token}\r\n");
    let mut browser = connect(&running).await;
    assert_eq!(browser.open_web_socket(&fields).await, [1, 1], "None, and nothing else");
    browser.give_frame(&[1]).await;
    assert_eq!(browser.frame().await, [0; 4]);
    browser.give_frame(&[1]).await;
    let init = browser.frame().await;
    assert_eq!(String::from_utf8_lossy(&init[24..]), "guest \u{b7} console2");
    // Neither she nor anybody else leads her to another one.
    let seen = || server.roster().people().iter().map(|person| person.display).collect::<Vec<_>>();
    assert_eq!(seen(), [2]);
    assert_eq!(server.roster().show(None, 1), 0);
    for (down, key) in [(1, 0xe3), (1, 0xe9), (1, 0xbe), (0, 0xbe), (0, 0xe9), (0, 0xe3)] {
        browser.give_frame(&[4, down, 0, 0, 0, 0, 0xff, key]).await;
    }
    browser.give_frame(&[4, 1, 0, 0, 0, 0, 0, b'w', 4, 0, 0, 0, 0, 0, 0, b'w']).await;
    two.read_until(b"w").await;
    assert_eq!(seen(), [2]);
    let again = connect(&running).await.open_web_socket(&fields).await;
    assert_eq!(again[0], 0);
    let reason = String::from_utf8_lossy(&again[5..]);
    assert_eq!(reason, "This token was used already, has expired, or is none of this server's");
    // As a password, whatever the name.
    let token = server.mint(Role::View, None, Duration::from_secs(60)).expect("a token");
    let mut client = connect(&running).await;
    client.open().await;
    client.choose(PLAIN, &[PLAIN]).await;
    assert_eq!(client.log_in_as("whoever", &token).await, Ok(()));
    client.begin().await;
    assert_eq!(server.roster().people()[1].role, Role::View);
    running.stop().await;
}
