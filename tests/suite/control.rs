//! The control socket: every verb with nobody looking, and with a viewer that notices nothing; and clients that mean harm.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use vncterm::access::Role;
use vncterm::access::pen::Writers;
use vncterm::access::token::{self, TokenKey, Tokens};
use vncterm::config::look::MAX_PICTURE_SIDE;
use vncterm::config::options::{MAX_COLUMNS, MAX_ROWS, MIN_COLUMNS, MIN_ROWS};
use vncterm::config::{Config, Resize};
use vncterm::console::operated::MAX_SIDE;
use vncterm::control::keys;
use vncterm::control::lines::MAX_LINE;
use vncterm::control::seats::MAX_CLIENTS;
use vncterm::control::verbs::{
    COLUMNS, FORMS, MAX_LIFETIME, MAX_LINES, MAX_PASTE, MAX_REASON, MAX_SEND, ROWS, VERBS, Verb,
};
use vncterm::control::{LINE_TIMEOUT, STALLED};
use vncterm::display::Stroke;
use vncterm::geometry::GridSize;
use vncterm::input::KeyEvent;
use vncterm::input::key_name::NoKey;
use vncterm::run::{Failure, Running};
use vncterm::terminal::snapshot::Snapshot;
use vncterm::terminal::{Options, Terminal, dump};

use super::house::source::root;
use super::own_viewer::{Guest, Viewer, config, display, scratch, serve, within};

/// A control client.
struct Client(BufReader<UnixStream>);

impl Client {
    async fn connect(path: &PathBuf) -> Self {
        Self(BufReader::new(within(UnixStream::connect(path)).await.expect("connects")))
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        within(self.0.write_all(bytes)).await
    }

    /// The next answer; `None` at the end.
    async fn read(&mut self) -> Option<Value> {
        let mut line = String::new();
        match within(self.0.read_line(&mut line)).await {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(serde_json::from_str(&line).expect("every answer is JSON")),
        }
    }

    async fn ask(&mut self, request: Value) -> Value {
        self.write(format!("{request}\n").as_bytes()).await.expect("the server reads");
        self.read().await.expect("an answer")
    }

    /// Asks for what is done.
    async fn done(&mut self, request: Value) -> Value {
        let answer = self.ask(request).await;
        assert_eq!(answer["ok"], true, "{answer}");
        answer
    }

    /// Asks for what is refused; why it is.
    async fn refused(&mut self, request: Value) -> String {
        let answer = self.ask(request).await;
        assert_eq!(answer["ok"], false, "{answer}");
        answer["error"].as_str().expect("words").to_owned()
    }
}

/// A server with a control socket.
async fn controlled(guests: &[&Guest], change: impl FnOnce(&mut Config)) -> (Running, PathBuf) {
    let path = scratch("control");
    let control = Some(path.clone());
    let running = serve(guests, |config| {
        config.control = control;
        change(config);
    });
    (running.await, path)
}

/// What a terminal of the same size shows that was sent this.
fn terminal(bytes: &[u8]) -> Terminal {
    let mut terminal = Terminal::new(GridSize::new(80, 24), Options { scrollback_lines: 100, ..Options::default() });
    terminal.feed(bytes);
    terminal.take_input();
    terminal
}

const SCREEN: &[u8] = "\x1b[1;31mred\x1b[m and 漢\r\n\x1b]2;a title\x07second\x1b[7m!\x1b[m".as_bytes();

/// All that only looks.
async fn look(client: &mut Client) {
    let expected = terminal(SCREEN);
    let text = client.done(json!({"id": 1, "verb": "screen"})).await;
    assert_eq!(text, json!({"id": 1, "ok": true, "text": dump::text(expected.screen())}));
    let ansi = client.done(json!({"verb": "screen", "format": "ansi"})).await;
    assert_eq!(ansi["ansi"].as_str().expect("text").as_bytes(), dump::sequences(&expected));
    let told = client.done(json!({"verb": "screen", "format": "json"})).await;
    let snapshot = Snapshot { terminal: &expected, replies: b"", history: false };
    assert_eq!(told["json"], serde_json::to_value(snapshot).expect("JSON"));
    let png = client.done(json!({"verb": "screen", "format": "png", "console": 1})).await;
    assert!(png["png"].as_str().expect("text").starts_with("iVBORw0KGgo"), "base64 of a PNG's first bytes");
    let lines = client.done(json!({"verb": "text"})).await;
    assert_eq!(lines["lines"][1], json!({"number": 1, "text": "second!", "goes_on": false}));
    assert_eq!((&lines["oldest"], &lines["next"], &lines["end"]), (&json!(0), &json!(24), &json!(24)));
    let status = client.done(json!({"verb": "status"})).await;
    assert_eq!(status["status"]["consoles"][0]["title"], "a title");
}

#[tokio::test]
async fn looking_works_with_nobody_there_and_paints_nothing() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |_| ()).await;
    guest.print(SCREEN).await;
    let mut client = Client::connect(&path).await;
    look(&mut client).await;
    let shown = display(&running, 1).peek();
    assert!(shown.stale && shown.title.is_empty(), "nobody has looked");
    assert_eq!(display(&running, 1).peek().frame.seq(), shown.frame.seq());
    running.stop().await;
}

#[tokio::test]
async fn a_viewers_picture_stays_as_it_is_and_so_does_its_number() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |_| ()).await;
    // Steady, since what blinks is painted again and again.
    guest.print(&[b"\x1b[2 q", SCREEN].concat()).await;
    let mut viewer = Viewer::join(&running).await;
    viewer.until_it_shows(&display(&running, 1)).await;
    let before = display(&running, 1).peek().frame;
    let mut client = Client::connect(&path).await;
    for (name, _) in FORMS {
        client.done(json!({"verb": "screen", "format": name})).await;
    }
    client.done(json!({"verb": "text", "last": 3})).await;
    let status = client.done(json!({"verb": "status"})).await;
    assert_eq!(status["status"]["viewers"], json!({"count": 1, "most": 64}));
    let after = display(&running, 1).peek();
    assert!(!after.stale && after.frame.seq() == before.seq());
    running.stop().await;
}

#[tokio::test]
async fn the_status_says_where_and_how() {
    let (guest, missing) = (Guest::new(), scratch("missing"));
    let path = scratch("control");
    let mut settings = config(vec![
        vncterm::source::Endpoint::Pty(guest.path.clone()),
        vncterm::source::Endpoint::Unix(missing.clone()),
    ]);
    settings.control = Some(path.clone());
    let running = Running::start(settings).expect("starts");
    guest.opened().await;
    guest.print(&"line\r\n".repeat(30).into_bytes()).await;
    guest.print(b"\x1b[?1049h\x1b[3;4H").await;
    let mut client = Client::connect(&path).await;
    let status = client.done(json!({"verb": "status"})).await["status"].clone();
    assert_eq!((&status["schema"], &status["name"]), (&json!("vncterm-status/1"), &json!("guest")));
    assert_eq!(
        (&status["process"], &status["version"]),
        (&json!(std::process::id()), &json!(env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(status["listen"], json!([running.addresses()[0].to_string()]));
    assert_eq!(status["viewers"], json!({"count": 0, "most": 64}));
    let [first, second] = status["consoles"].as_array().expect("a list").as_slice() else { panic!("two") };
    let expected = json!({
        "number": 1, "name": "console1", "kind": "text", "source": guest.path, "state": "open", "detail": "",
        "columns": 80, "rows": 24, "width": 640, "height": 384, "cursor": {"row": 2, "column": 3}, "title": "", "alternate": true, "history": 7, "can_break": false, "pastes": 0
    });
    assert_eq!(*first, expected);
    assert_eq!((&second["number"], &second["state"]), (&json!(2), &json!("waiting")));
    let detail = second["detail"].as_str().expect("text");
    assert!(detail.is_empty() || detail.starts_with(&format!("waiting for {}", missing.display())), "{detail}");
    let documented = std::fs::read_to_string(root().join("docs/control.md")).expect("the document is read");
    let members = status.as_object().expect("an object").keys().chain(first.as_object().expect("an object").keys());
    members.for_each(|member| assert!(documented.contains(&format!("`{member}`")), "{member} is not documented"));
    running.stop().await;
}

#[tokio::test]
async fn lines_are_numbered_for_good_and_come_in_pieces() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |config| config.consoles[0].scrollback = 10_000).await;
    let mut text = String::new();
    (0..2_000).for_each(|number| text += &format!("{number}\r\n"));
    guest.print((text + &"x".repeat(100)).as_bytes()).await;
    let mut client = Client::connect(&path).await;
    let (mut first, mut all) = (0, Vec::new());
    loop {
        let answer = client.done(json!({"verb": "text", "first": first})).await;
        let lines = answer["lines"].as_array().expect("a list").clone();
        assert!(lines.len() as u64 <= MAX_LINES);
        all.extend(lines);
        first = answer["next"].as_u64().expect("a number");
        if answer["next"] == answer["end"] {
            break;
        }
    }
    assert_eq!(all.len() as u64, first);
    assert!(
        all.iter()
            .zip(0u64..)
            .take(2_000)
            .all(|(line, number)| line["text"].as_str().and_then(|text| text.parse().ok()) == Some(number))
    );
    assert_eq!((&all[2_000]["goes_on"], &all[2_001]["text"]), (&json!(true), &json!("x".repeat(20))));
    let last = client.done(json!({"verb": "text", "last": 2})).await;
    assert_eq!(last["lines"].as_array().map(Vec::as_slice), Some(&all[all.len() - 2..]));
    assert_eq!(client.done(json!({"verb": "text", "first": 1u64 << 53 >> 1})).await["lines"], json!([]));
    // The rest of the screen does not count.
    guest.print(b"\x1b[H\x1b[2Jone\r\n\r\nthree").await;
    let last = client.done(json!({"verb": "text", "last": 3})).await;
    let texts: Vec<&str> =
        last["lines"].as_array().expect("a list").iter().filter_map(|line| line["text"].as_str()).collect();
    assert_eq!(texts[..3], ["one", "", "three"]);
    assert!(texts[3..].iter().all(|text| text.is_empty()));
    running.stop().await;
}

#[tokio::test]
async fn what_is_sent_is_typed_whoever_may_only_watch() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |config| config.view_only = true).await;
    let mut client = Client::connect(&path).await;
    client.done(json!({"verb": "send", "text": "root\né\u{3}"})).await;
    guest.read_until("root\ré\x03".as_bytes()).await;
    guest.print(b"\x1b[?1h").await;
    client.done(json!({"verb": "send", "keys": "Up F5 Ctrl-C"})).await;
    guest.read_until(b"\x1bOA\x1b[15~\x03").await;
    assert!(
        client.refused(json!({"verb": "send", "console": "none", "text": "x"})).await.contains("there are 1 console1")
    );
    assert_eq!(client.refused(json!({"verb": "break"})).await, "this source cannot carry a break");
    assert_eq!(client.refused(json!({"verb": "sysrq", "key": "b"})).await, "this source cannot carry a break");
    running.stop().await;
}

#[tokio::test]
async fn a_guest_that_does_not_read_is_told_of_and_gets_nothing_by_halves() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |_| ()).await;
    let mut client = Client::connect(&path).await;
    let text = "x".repeat(MAX_SEND);
    let mut sent = 0;
    let why = loop {
        let answer = client.ask(json!({"verb": "send", "text": text})).await;
        if answer["ok"] != true {
            break answer["error"].clone();
        }
        sent += 1;
        assert!(sent < 1_000, "the kernel and the queue take no end of keys");
    };
    assert_eq!(why, "the guest takes no input now: it has not read what was typed before");
    let mut read = 0;
    while read < sent * MAX_SEND {
        read += guest.read_some().await.len();
    }
    assert_eq!(read, sent * MAX_SEND);
    client.done(json!({"verb": "send", "text": "end"})).await;
    guest.read_until(b"end").await;
    running.stop().await;
}

#[tokio::test]
async fn a_paste_is_bracketed_and_answered_when_it_is_typed() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |_| ()).await;
    guest.print(b"\x1b[?2004h").await;
    let mut client = Client::connect(&path).await;
    client.done(json!({"verb": "paste", "text": "one\ntwo\u{3}\t"})).await;
    guest.read_until(b"\x1b[200~one\rtwo\t\x1b[201~").await;
    // Who has said all and closes that half still hears the answer.
    client.write(b"{\"verb\":\"paste\",\"text\":\"three\"}\n").await.expect("the server reads");
    client.0.shutdown().await.expect("it is open");
    assert_eq!(client.read().await.expect("an answer")["ok"], true);
    guest.read_until(b"\x1b[200~three\x1b[201~").await;
    assert_eq!(client.read().await, None);
    running.stop().await;
}

#[tokio::test]
async fn a_paste_ends_with_the_client_that_wants_it() {
    let guest = Guest::new();
    let rate = std::num::NonZeroU32::new(100);
    let (running, path) = controlled(&[&guest], |config| config.paste_rate = rate).await;
    let mut client = Client::connect(&path).await;
    let long = json!({"verb": "paste", "text": "x".repeat(10_000)});
    client.write(format!("{long}\n").as_bytes()).await.expect("the server reads");
    guest.read_until(b"x").await;
    let mut other = Client::connect(&path).await;
    let pastes = |status: Value| status["status"]["consoles"][0]["pastes"].clone();
    assert_eq!(pastes(other.done(json!({"verb": "status"})).await), 1);
    drop(client);
    // From here on nothing is waited for that takes the kernel time of its own.
    tokio::time::pause();
    // It is looked at each second whether the client is there; the paste would take a hundred.
    let mut seconds = 0;
    while pastes(other.done(json!({"verb": "status"})).await) != 0 {
        tokio::time::advance(Duration::from_secs(1)).await;
        seconds += 1;
        assert!(seconds < 10, "it is typed to its end");
    }
    running.stop().await;
}

#[tokio::test]
async fn an_operator_says_who_writes() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |config| config.writers = Writers::One).await;
    let _viewer = Viewer::join(&running).await;
    let mut client = Client::connect(&path).await;
    let roster = running.server().roster();
    let number = roster.people()[0].number;
    client.done(json!({"verb": "writer", "action": "take", "viewer": number})).await;
    assert_eq!(roster.writing().writer, Some(number));
    let nobody = json!({"verb": "writer", "action": "take", "viewer": 99});
    assert_eq!(client.refused(nobody).await, "there is no viewer 99");
    let without = json!({"verb": "writer", "action": "take"});
    assert_eq!(client.refused(without).await, "\"viewer\" of writer is missing: who is to write");
    for _ in 0..2 {
        client.done(json!({"verb": "writer", "action": "release"})).await;
        assert_eq!(roster.writing().writer, None);
    }
    running.stop().await;
}

#[tokio::test]
async fn an_operator_resizes_whatever_viewers_may() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |config| config.resize = Resize::Fixed).await;
    let mut viewer = Viewer::join(&running).await;
    let mut client = Client::connect(&path).await;
    client.done(json!({"verb": "resize", "columns": 100, "rows": 30})).await;
    viewer.until(|viewer| viewer.picture().size().width == 800).await;
    viewer.until_it_shows(&display(&running, 1)).await;
    let size = rustix::termios::tcgetwinsize(std::fs::File::open(&guest.path).expect("opens")).expect("a size");
    assert_eq!((size.ws_col, size.ws_row), (100, 30));
    running.stop().await;
}

#[tokio::test]
async fn viewers_are_listed_led_and_sent_away() {
    let guests = [Guest::new(), Guest::new()];
    let (running, path) = controlled(&[&guests[0], &guests[1]], |_| ()).await;
    let mut client = Client::connect(&path).await;
    assert_eq!(client.done(json!({"verb": "viewers"})).await["viewers"], json!([]));
    guests[1].print(b"\x1b[2 qthe second").await;
    let mut viewer = Viewer::join(&running).await;
    let mut listed = client.done(json!({"verb": "viewers"})).await["viewers"].clone();
    for time in ["since", "idle"] {
        assert!(listed[0][time].as_u64().is_some_and(|seconds| seconds < 60), "{listed}");
        listed[0][time] = json!(0);
    }
    let number = listed[0]["number"].clone();
    let expected = json!([{"number": number, "name": "", "peer": "unix", "way": "unix", "role": "write", "console": 1, "since": 0, "idle": 0}]);
    assert_eq!(listed, expected);
    assert_eq!(client.done(json!({"verb": "switch", "console": 2, "viewer": number})).await["viewers"], 1);
    viewer.until_it_shows(&display(&running, 2)).await;
    let console = client.done(json!({"verb": "viewers"})).await["viewers"][0]["console"].clone();
    assert_eq!(console, 2);
    assert_eq!(client.done(json!({"verb": "switch", "console": "console1"})).await["viewers"], 1);
    viewer.until_it_shows(&display(&running, 1)).await;
    assert_eq!(client.refused(json!({"verb": "switch", "console": 2, "viewer": 99})).await, "there is no viewer 99");
    assert_eq!(client.refused(json!({"verb": "kick", "viewer": 99})).await, "there is no viewer 99");
    let all = "everybody may write who may write at all; start the server with --writers one";
    assert_eq!(client.refused(json!({"verb": "writer", "action": "take", "viewer": number})).await, all);
    assert_eq!(client.refused(json!({"verb": "writer", "action": "release"})).await, all);
    client.done(json!({"verb": "kick", "viewer": number, "reason": "maintenance"})).await;
    within(async { while viewer.wait_and_read(1024).await.is_ok() {} }).await;
    within(async { while client.done(json!({"verb": "viewers"})).await["viewers"] != json!([]) {} }).await;
    running.stop().await;
}

#[tokio::test]
async fn tokens_are_made_where_there_is_a_key() {
    let guest = Guest::new();
    let key = TokenKey::parse(&[b'k'; token::KEY_MIN]).expect("a key");
    let (running, path) = controlled(&[&guest], |config| config.security.means.token_key = Some(key.clone())).await;
    let mut client = Client::connect(&path).await;
    let made = client.done(json!({"verb": "token", "role": "write", "console": 1})).await["token"].clone();
    let made = made.as_str().expect("text");
    let mut tokens = Tokens::new(&key, "guest", 0);
    let now =
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis() as u64;
    let grant = tokens.take(made, now()).expect("it is good");
    assert_eq!((grant.role, grant.console.as_deref()), (Role::Write, Some("console1")));
    let any = client.done(json!({"verb": "token", "role": "view", "lifetime": 3600})).await["token"].clone();
    let grant = tokens.take(any.as_str().expect("text"), now()).expect("it is good");
    assert_eq!((grant.role, grant.console), (Role::View, None));
    assert!(client.refused(json!({"verb": "token", "role": "root"})).await.contains("is none of view, write, admin"));
    running.stop().await;
}

#[tokio::test]
async fn the_socket_is_private_from_the_start_and_gone_at_the_end() {
    let guest = Guest::new();
    let path = scratch("control");
    drop(std::os::unix::net::UnixListener::bind(&path).expect("binds"));
    let running = serve(&[&guest], |config| config.control = Some(path.clone())).await;
    assert_eq!(std::fs::symlink_metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    let start = |path: PathBuf| {
        let mut settings = config(vec![vncterm::source::Endpoint::Pty(scratch("nowhere"))]);
        settings.control = Some(path);
        Running::start(settings)
    };
    let failure = start(path.clone()).expect_err("another server is there");
    assert!(failure.to_string().contains("another server is there: give each a path of its own"), "{failure}");
    assert!(matches!(failure, Failure::Control(..)) && failure.exit_status() == 1);
    let file = scratch("precious");
    std::fs::write(&file, "precious").expect("written");
    assert!(start(file.clone()).expect_err("no socket").to_string().contains("remove it, or give another path"));
    assert_eq!(std::fs::read_to_string(&file).expect("still there"), "precious");
    std::fs::remove_file(&file).expect("removed");
    let mut client = Client::connect(&path).await;
    client.done(json!({"verb": "status"})).await;
    within(running.stop()).await;
    assert!(!path.exists());
    assert_eq!(client.read().await, None);
}

#[tokio::test(start_paused = true)]
async fn clients_that_mean_harm_harm_nobody() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |_| ()).await;
    let mut good = Client::connect(&path).await;
    // Garbage, and then sense, on one connection.
    let mut client = Client::connect(&path).await;
    for garbage in
        [&b"\xff\xfe\x00\n"[..], b"GET / HTTP/1.1\r\n", b"[[[[[[[[\n", b"{\"verb\":\"screen\",\"verb\":7}\n", b"null\n"]
    {
        client.write(garbage).await.expect("the server reads");
        assert_eq!(client.read().await.expect("an answer")["ok"], false);
    }
    client.done(json!({"verb": "status"})).await;
    // A line without end.
    let mut endless = Client::connect(&path).await;
    let _ = endless.write(&vec![b' '; MAX_LINE + 1]).await;
    let answer = endless.read().await.expect("an answer");
    assert!(answer["error"].as_str().expect("words").contains("a request has at most 1048576 bytes"), "{answer}");
    assert_eq!(endless.read().await, None);
    // Half a line, and nothing more: with the clock standing still nobody waits for long.
    let mut half = Client::connect(&path).await;
    half.write(b"{\"verb\":").await.expect("the server reads");
    let answer = half.read().await.expect("an answer");
    assert!(answer["error"].as_str().expect("words").contains("whole within 10 seconds"), "{answer}");
    assert_eq!(half.read().await, None);
    // Whoever waits with half a line costs nothing but his place.
    good.done(json!({"verb": "status"})).await;
    running.stop().await;
}

#[tokio::test]
async fn a_thousand_connections_are_as_many_as_there_are_places_and_the_next_one_is_served() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |_| ()).await;
    let mut held = std::collections::VecDeque::new();
    for number in 0..1_000 {
        held.push_back(Client::connect(&path).await);
        if held.len() > 2 * MAX_CLIENTS {
            // Its place has gone to others.
            let mut first = held.pop_front().expect("there are some");
            assert_eq!(first.read().await, None, "{number}");
        }
    }
    Client::connect(&path).await.done(json!({"verb": "status"})).await;
    held.back_mut().expect("there are some").done(json!({"verb": "status"})).await;
    running.stop().await;
}

/// One that does not read its answers is not read either: what it asked stays in the kernel, and nothing is kept for it.
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_not_written_to_for_ever() {
    let guest = Guest::new();
    let (running, path) = controlled(&[&guest], |_| ()).await;
    let stream = within(UnixStream::connect(&path)).await.expect("connects");
    let request = b"{\"verb\":\"screen\",\"format\":\"json\"}\n";
    // The clock moves once nothing else can: the kernel is full both ways, and then it takes half a minute.
    let end = async {
        loop {
            match stream.try_write(request) {
                Ok(_) => tokio::task::yield_now().await,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if stream.ready(tokio::io::Interest::WRITABLE).await.expect("watched").is_write_closed() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    };
    tokio::time::timeout(2 * STALLED, end).await.expect("it is closed");
    Client::connect(&path).await.done(json!({"verb": "status"})).await;
    let mut rest = Vec::new();
    let _ = BufReader::new(stream).read_to_end(&mut rest).await;
    running.stop().await;
}

#[test]
fn the_document_shows_the_table_of_verbs_and_the_limits() {
    let mut table = String::from("| verb | fields | in the answer | what is done |\n| --- | --- | --- | --- |\n");
    for Verb { name, summary, fields, answer, .. } in VERBS {
        let fields = fields
            .iter()
            .map(|field| if field.required { format!("`{}`", field.name) } else { format!("[`{}`]", field.name) });
        let fields = fields.collect::<Vec<_>>().join(" ");
        table += &format!("| `{name}` | {fields} | {answer} | {summary} |\n");
    }
    let path = root().join("docs/control.md");
    let text = std::fs::read_to_string(&path).expect("the document is read");
    if !text.contains(&table) && std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, super::house::with_table(&text, &table)).expect("the document is written");
    }
    let text = std::fs::read_to_string(&path).expect("the document is read");
    assert!(text.contains(&table), "docs/control.md should hold this; BLESS=1 cargo test control\n{table}");
    for verb in VERBS {
        assert!(text.contains(&format!("**`{}`**", verb.name)), "{} is not described", verb.name);
    }
    let (_, limits) = text.split_once("\n## Limits\n").expect("the heading is there");
    let rows = limits.lines().filter(|line| line.starts_with('|')).skip(2);
    let documented: Vec<u64> =
        rows.map(|row| row.split('|').nth(2).expect("a cell").trim().parse().expect("a number")).collect();
    let expected = [
        MAX_LINE as u64,
        LINE_TIMEOUT.as_secs(),
        MAX_CLIENTS as u64,
        STALLED.as_secs(),
        MAX_SEND as u64,
        MAX_PASTE as u64,
        MAX_REASON as u64,
        MAX_LIFETIME,
        MAX_LINES,
        MAX_SIDE.into(),
    ];
    assert_eq!(documented, expected);
}

#[test]
fn sizes_are_those_of_the_options() {
    assert_eq!((COLUMNS, ROWS), ((MIN_COLUMNS.into(), MAX_COLUMNS.into()), (MIN_ROWS.into(), MAX_ROWS.into())));
    assert_eq!(MAX_SIDE, MAX_PICTURE_SIDE);
    assert_eq!(MAX_LIFETIME, vncterm::access::token::LIFETIME_MAX.as_secs());
}

/// What a terminal makes of keys.
fn typed(strokes: Vec<Stroke>) -> String {
    let mut terminal = terminal(b"");
    for (keysym, held) in strokes {
        terminal.key(&KeyEvent { keysym, keycode: None, down: true, repeat: false }, held);
    }
    String::from_utf8(terminal.take_input()).expect("UTF-8")
}

#[test]
fn text_is_typed_as_it_stands() {
    let text = "root\r\nls -l\té漢😀\u{1b}\u{3}\u{8}\u{7f}\0\u{1c}\u{1f}\n";
    assert_eq!(typed(keys::of_text(text)), "root\rls -l\té漢😀\u{1b}\u{3}\u{8}\u{7f}\0\u{1c}\u{1f}\r");
    for code in (0..0x20).filter(|code| *code != 10) {
        let ch = char::from(code);
        assert_eq!(typed(keys::of_text(&ch.to_string())), ch.to_string(), "{code}");
    }
    assert_eq!(typed(keys::of_text("\n\r\r\n")), "\r\r\r");
}

#[test]
fn keys_have_the_names_that_people_give_them() {
    for (names, bytes) in [
        ("Return enter Escape esc Tab", "\r\r\x1b\x1b\t"),
        ("Up ctrl-Right F5 Shift-F5", "\x1b[A\x1b[1;5C\x1b[15~\x1b[15;2~"),
        ("PgUp Page_Down Delete BackSpace", "\x1b[5~\x1b[6~\x1b[3~\x7f"),
        ("Ctrl-C ctrl+c Alt-x a B é - + Ctrl-[", "\x03\x03\x1bxaBé-+\x1b"),
        ("space Shift-Tab", " \x1b[Z"),
    ] {
        assert_eq!(typed(keys::of_names(names).expect(names)), bytes, "{names}");
    }
    assert_eq!(keys::of_names("  "), Ok(Vec::new()));
    assert_eq!(keys::of_names("Up Foo"), Err(NoKey::Unknown("Foo".into())));
    assert_eq!(keys::of_names("Hyper-x\u{7}"), Err(NoKey::Unknown("Hyper-x".into())));
    assert_eq!(keys::of_names("Ctrl-Shift_L"), Err(NoKey::Modifier("Ctrl-Shift_L".into())));
}
