//! The console extension, from a client's bytes to the consoles and back.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::own_viewer::{Guest, serve, within};
use vncterm::access::pen::Writers;
use vncterm::rfb::ext::console::{Notice, People, Request, Sought, Text, topic};
use vncterm::rfb::ids::{ConsoleRequest, Encoding};
use vncterm::rfb::message::client::{ClientMessage, set_encodings};
use vncterm::rfb::message::server::{RectHead, ServerMessage};
use vncterm::rfb::wire::{Reader, Writer};
use vncterm::run::Running;

/// A client that cares for the extension and asks for a pixel now and then.
struct Client {
    stream: UnixStream,
    bytes: Vec<u8>,
    acknowledged: bool,
}

impl Client {
    /// One that has come in and lists the extension.
    async fn join(running: &Running) -> Self {
        let path = running.addresses()[0].unix_path().expect("a Unix socket");
        let mut stream = within(UnixStream::connect(path)).await.expect("connects");
        stream.write_all(b"RFB 003.008\n\x01\x01").await.expect("taken");
        let mut head = [0; 12 + 2 + 4 + 24];
        within(stream.read_exact(&mut head)).await.expect("a handshake");
        let name = u32::from_be_bytes(*head.last_chunk().expect("a length"));
        within(stream.read_exact(&mut vec![0; name as usize])).await.expect("a name");
        let mut client = Self { stream, bytes: Vec::new(), acknowledged: false };
        let mut list = Vec::new();
        set_encodings(&[Encoding::RAW, Encoding::CONSOLE], &mut Writer::new(&mut list));
        list.extend([3, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
        client.stream.write_all(&list).await.expect("taken");
        while !client.acknowledged {
            client.read().await;
        }
        client
    }

    async fn say(&mut self, request: Request) {
        let mut bytes = Vec::new();
        ClientMessage::Console(request).encode(&mut Writer::new(&mut bytes));
        self.stream.write_all(&bytes).await.expect("taken");
    }

    async fn subscribe(&mut self, topics: u32) {
        self.say(Request::Subscribe { topics }).await;
    }

    /// The next notice.
    async fn hear(&mut self) -> Notice {
        loop {
            if let Some(notice) = self.next() {
                return notice;
            }
            self.read().await;
        }
    }

    /// The first notice that `choose` has a use for; those before it are passed over.
    async fn hear_of<T>(&mut self, choose: impl Fn(Notice) -> Option<T>) -> T {
        loop {
            if let Some(found) = choose(self.hear().await) {
                return found;
            }
        }
    }

    async fn read(&mut self) {
        let mut buffer = [0; 4096];
        let length = within(self.stream.read(&mut buffer)).await.expect("reads");
        assert!(length > 0, "the server stays");
        self.bytes.extend_from_slice(&buffer[..length]);
        self.pass_updates();
    }

    /// The next message, if it is a notice and there.
    fn next(&mut self) -> Option<Notice> {
        let mut r = Reader::new(&self.bytes);
        let notice = Notice::decode(&mut r).ok()??;
        let taken = r.position();
        self.bytes.drain(..taken);
        self.pass_updates();
        Some(notice)
    }

    /// Takes what is no notice.
    fn pass_updates(&mut self) {
        loop {
            let mut r = Reader::new(&self.bytes);
            let Ok(Some(ServerMessage::FramebufferUpdate { rects })) = ServerMessage::decode(&mut r) else { return };
            for _ in 0..rects {
                let Some(head) = RectHead::decode(&mut r) else { return };
                self.acknowledged |= head.encoding == Encoding::CONSOLE;
                let pixels = head.area.width * head.area.height * 4;
                if r.skip(pixels as usize).is_none() {
                    return;
                }
            }
            let taken = r.position();
            self.bytes.drain(..taken);
        }
    }
}

fn text(notice: Notice) -> Option<Text> {
    if let Notice::Text(text) = notice { Some(text) } else { None }
}

fn people(notice: Notice) -> Option<People> {
    if let Notice::People(people) = notice { Some(people) } else { None }
}

fn refusal(notice: Notice) -> Option<(ConsoleRequest, u32)> {
    if let Notice::Refused { operation, request, .. } = notice { Some((operation, request)) } else { None }
}

#[tokio::test]
async fn a_viewer_hears_of_the_consoles_and_goes_from_one_to_another() {
    let (one, two) = (Guest::new(), Guest::new());
    let running = serve(&[&one, &two], |_| {}).await;
    one.print(b"\x1b]2;a title\x07").await;
    let mut client = Client::join(&running).await;
    client.subscribe(topic::CONSOLES).await;
    let console = |notice| if let Notice::Console(console) = notice { Some(console) } else { None };
    let first = client.hear_of(console).await;
    assert_eq!((first.vt, first.state, first.may_write, first.can_break), (1, 1, true, false));
    assert_eq!((first.columns, first.rows, first.name.as_str(), first.title.as_str()), (80, 24, "console1", "a title"));
    let second = client.hear_of(console).await;
    assert_eq!((second.vt, second.name.as_str()), (2, "console2"));
    assert_eq!(client.hear().await, Notice::Here { console: first.console });
    client.say(Request::Switch { console: second.console }).await;
    assert_eq!(client.hear().await, Notice::Here { console: second.console });
    client.say(Request::Switch { console: 99 }).await;
    assert_eq!(client.hear_of(refusal).await, (ConsoleRequest::SWITCH, 0));
    two.print(b"\x1b]2;vim\x07").await;
    let changed = client.hear_of(console).await;
    assert_eq!((changed.vt, changed.title.as_str()), (2, "vim"));
    within(running.stop()).await;
}

#[tokio::test]
async fn a_viewer_hears_the_text_of_what_it_looks_at_and_asks_for_the_rest() {
    let (one, two) = (Guest::new(), Guest::new());
    let running = serve(&[&one, &two], |_| {}).await;
    let lines: Vec<String> = (1..=50).map(|n| format!("line {n}")).collect();
    one.print(lines.join("\r\n").as_bytes()).await;
    let mut client = Client::join(&running).await;
    client.subscribe(topic::TEXT).await;
    let begun = client.hear_of(text).await;
    assert_eq!((begun.top, begun.rows, begun.row, begun.lines.len()), (26, 24, 23, 24));
    assert_eq!(begun.lines[0].text, "line 27");
    one.print(b"\r\nnew").await;
    let news = client.hear_of(text).await;
    assert_eq!((news.top, news.lines.len(), news.lines[0].text.as_str()), (27, 1, "new"));
    let console = begun.console;
    client.say(Request::Lines { request: 7, console, first: 2, count: 2 }).await;
    let Notice::Lines { request: 7, oldest: 0, lines } = client.hear().await else { panic!("no lines") };
    assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["line 3", "line 4"]);
    let sought = Sought("LINE 4".into());
    let search = Request::Search { request: 8, console, before: u64::MAX, match_case: false, most: 2, text: sought };
    client.say(search).await;
    let Notice::Found { request: 8, more: true, places } = client.hear().await else { panic!("nothing found") };
    assert_eq!(places.iter().map(|place| place.line).collect::<Vec<_>>(), [48, 47]);
    assert_eq!((places[0].column, places[0].columns, places[0].text.as_str()), (0, 6, "line 49"));
    two.print(b"another").await;
    client.say(Request::Switch { console: 2 }).await;
    let other = client.hear_of(text).await;
    assert_eq!((other.console, other.lines[0].text.as_str(), other.lines.len()), (2, "another", 24));
    within(running.stop()).await;
}

#[tokio::test]
async fn who_may_only_watch_is_refused_and_a_break_needs_a_line() {
    for view_only in [true, false] {
        let guest = Guest::new();
        let running = serve(&[&guest], |config| config.view_only = view_only).await;
        let mut client = Client::join(&running).await;
        client.say(Request::Break { console: 1 }).await;
        assert_eq!(client.hear_of(refusal).await, (ConsoleRequest::BREAK, 0));
        client.say(Request::SysRq { console: 1, key: b'b' }).await;
        assert_eq!(client.hear_of(refusal).await, (ConsoleRequest::SYSRQ, 0));
        client.say(Request::Take { force: false }).await;
        assert_eq!(client.hear_of(refusal).await, (ConsoleRequest::TAKE, 0));
        for (request, count) in [(1, 0), (2, 1_001)] {
            client.say(Request::Lines { request, console: 1, first: 0, count }).await;
            assert_eq!(client.hear_of(refusal).await, (ConsoleRequest::LINES, request));
        }
        within(running.stop()).await;
    }
}

#[tokio::test]
async fn people_ask_each_other_and_everybody_hears_who_writes() {
    let guest = Guest::new();
    let running = serve(&[&guest], |config| config.writers = Writers::One).await;
    let (mut one, mut two) = (Client::join(&running).await, Client::join(&running).await);
    one.subscribe(topic::PEOPLE).await;
    two.subscribe(topic::PEOPLE).await;
    let begun = one.hear_of(people).await;
    let [first, second] = [begun.people[0].viewer, begun.people[1].viewer];
    assert_eq!((begun.you, begun.writer, begun.one_writes, begun.people.len()), (first, 0, true, 2));
    assert_eq!((begun.people[1].role, begun.people[1].console), (1, 1));

    one.say(Request::Break { console: 1 }).await;
    assert_eq!(one.hear_of(refusal).await, (ConsoleRequest::BREAK, 0), "it is not its turn");
    one.say(Request::Take { force: false }).await;
    let writes = |viewer| move |notice| people(notice).filter(|people| people.writer == viewer);
    one.hear_of(writes(first)).await;
    assert_eq!(two.hear_of(writes(first)).await.you, second);

    two.say(Request::Take { force: true }).await;
    assert_eq!(two.hear_of(refusal).await, (ConsoleRequest::TAKE, 0), "it is no admin");
    two.say(Request::Take { force: false }).await;
    let asked = |viewer| move |notice| people(notice).filter(|people| people.asking == viewer);
    let asks = one.hear_of(asked(second)).await;
    assert!((1..=5_000).contains(&asks.grace), "{}", asks.grace);
    two.say(Request::Answer { viewer: second, grant: true }).await;
    assert_eq!(two.hear_of(refusal).await, (ConsoleRequest::ANSWER, 0), "it is not for the one who asks to say");
    one.say(Request::Answer { viewer: second, grant: false }).await;
    two.hear_of(asked(0)).await;
    two.say(Request::Take { force: false }).await;
    assert_eq!(two.hear_of(refusal).await, (ConsoleRequest::TAKE, 0), "it was denied just now");
    one.say(Request::Release).await;
    two.hear_of(writes(0)).await;
    two.say(Request::Take { force: false }).await;
    one.hear_of(writes(second)).await;
    one.say(Request::Release).await;
    assert_eq!(one.hear_of(refusal).await, (ConsoleRequest::RELEASE, 0));
    drop(two);
    let alone = one.hear_of(|notice| people(notice).filter(|people| people.people.len() == 1)).await;
    assert_eq!(alone.writer, 0);
    within(running.stop()).await;
}

#[tokio::test]
async fn who_is_sent_away_is_told_why_first() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| {}).await;
    let mut client = Client::join(&running).await;
    client.subscribe(topic::PEOPLE).await;
    let me = client.hear_of(people).await.you;
    assert!(running.server().send_away(me.into(), "main\u{7}tenance"));
    let Notice::Note { warning: true, text } = client.hear().await else { panic!("no warning") };
    assert_eq!(text, "the operator ended this connection: maintenance");
    within(running.stop()).await;
}
