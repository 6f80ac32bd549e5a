//! Transcripts of the protocol: `tests/rfb/**.txt`, each run whole, byte by byte and in random pieces.
//!
//! A line is a step; `#` begins a comment. What a block of `client` lines says is fed to a [`ServerConnection`]; the
//! `server` and `event` lines that follow are all that may come of it, byte for byte and in order.
//!
//! ```text
//! size 640x480                     the picture of ServerInit (default 16x8)     name "text"     (default "test")
//! refuse-all "reason"              nobody is let in       offer WORDS       these ways in (default none)
//! challenge TOKENS                 of VNC authentication (default 00 01 … 0f)
//! open shared|exclusive            the handshake of 3.8, its bytes not shown
//! client TOKENS, server TOKENS     bytes: hex, "text" (\n, \xNN), u8:1 u16:2 u32:3 i32:-4, each with *N to repeat it
//! event ready shared|exclusive     event key +ff0d | -ff0d | +ff0d/1c      event pointer X,Y BUTTONS(hex)
//! event vncauth | plain "user" "password" | tls               admit, refuse "reason", encrypted: what comes of these
//! judge "password"                 admit whoever made his answer with it, refuse the others
//! event cut "text" | cut N         event resize WxH
//! error "text"                     the connection ends, and the error says so
//! wanted nothing|changes|full X,Y WxH          format ENCODING BITS [copyrect] [level N]          size-is WxH
//! event console REQUEST(debug)     notice NAME WORDS: the fields of a notice of the console extension
//! update COLOUR(hex)               a frame of this colour, whole      resize WxH server|this|other        deny STATUS
//! offer-power   power-failed       event power BUTTON
//! offer-sound   sound begins|ends|HEX       event sound on | off | SAMPLE CHANNELS RATE
//! title "text"   bell   cut "text"   hide-pointer   pointer WxH X,Y PIXELS(hex)   locks [num] [caps] [scroll]   motions   places   wait MILLISECONDS   quiet (no timer runs)
//! skip                             what the server said is not what the transcript is about
//! ```

use std::io::IoSlice;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use vncterm::access::{Method, Secret};
use vncterm::geometry::{GridSize, Point, Size};
use vncterm::input::Locks;
use vncterm::rfb::encode::encode;
use vncterm::rfb::error::RfbError;
use vncterm::rfb::ext::audio;
use vncterm::rfb::ext::console::{Console, Line, Notice, People, Person, Place, Text};
use vncterm::rfb::ext::desktop_size::{Reason, Status};
use vncterm::rfb::ext::stream::{Bytes, Charset, Keyboard, Opened, StreamNotice};
use vncterm::rfb::handshake::credentials::Credentials;
use vncterm::rfb::handshake::server::{Offer, SecurityPolicy};
use vncterm::rfb::ids::ConsoleRequest;
use vncterm::rfb::plan::plan;
use vncterm::rfb::server::{ServerConnection, ServerEvent, ServerSettings};
use vncterm::surface::{PointerShape, Seq, Surface};

/// How the client's bytes arrive.
#[derive(Clone, Copy, Debug)]
enum Pieces {
    Whole,
    Bytes,
    Random(u64),
}

struct Run {
    connection: ServerConnection,
    now: Instant,
    pieces: Pieces,
    events: Vec<String>,
    written: Vec<u8>,
    error: Option<RfbError>,
    /// What was shown last.
    shown: Option<Credentials>,
}

#[test]
fn every_transcript_runs_in_any_pieces() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rfb");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 20, "only {} transcripts found", files.len());
    let mut failures = Vec::new();
    for file in files {
        let script = std::fs::read_to_string(&file).expect("a readable transcript");
        for pieces in [Pieces::Whole, Pieces::Bytes, Pieces::Random(1), Pieces::Random(2), Pieces::Random(3)] {
            if let Err(why) = run(&script, pieces) {
                failures.push(format!("{} ({pieces:?}) {why}", file.strip_prefix(&root).unwrap_or(&file).display()));
                break;
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn a_transcript_that_is_wrong_fails() {
    let opening = "server \"RFB 003.008\\n\"\n";
    assert!(run(opening, Pieces::Whole).is_ok());
    assert!(run("server \"RFB 003.007\\n\"", Pieces::Whole).is_err());
    assert!(run("client 00", Pieces::Whole).is_err(), "what the server said was not read");
    let refused = format!("{opening}client \"HTTP\"\nerror \"malformed: not a version of RFB\"\n");
    assert_eq!(run(&refused, Pieces::Bytes), Ok(()));
    assert!(run(&refused.replace("malformed", "misbehaved"), Pieces::Bytes).is_err());
    assert!(run(&format!("{refused}event ready shared"), Pieces::Whole).is_err());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).expect("tests/rfb").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Runs one transcript; the error names the line.
fn run(script: &str, pieces: Pieces) -> Result<(), String> {
    let lines: Vec<(usize, &str)> =
        script.lines().enumerate().map(|(index, line)| (index + 1, strip_comment(line).trim())).collect();
    let mut lines = lines.into_iter().filter(|(_, line)| !line.is_empty()).peekable();
    let mut run = Run::start(&mut lines, pieces)?;
    while let Some((number, line)) = lines.next() {
        let mut line = line.to_owned();
        while line.starts_with("client ") {
            let Some((_, more)) = lines.next_if(|(_, next)| next.starts_with("client ")) else { break };
            line.push_str(&more["client".len()..]);
        }
        while line.starts_with("server ") {
            let Some((_, more)) = lines.next_if(|(_, next)| next.starts_with("server ")) else { break };
            line.push_str(&more["server".len()..]);
        }
        run.step(&line).map_err(|why| format!("line {number}: {why}"))?;
    }
    run.nothing_left().map_err(|why| format!("at the end: {why}"))
}

impl Run {
    fn start<'a, I: Iterator<Item = (usize, &'a str)>>(
        lines: &mut std::iter::Peekable<I>,
        pieces: Pieces,
    ) -> Result<Self, String> {
        let mut settings = ServerSettings {
            name: "test".into(),
            size: Size::new(16, 8),
            security: SecurityPolicy::Refuse(String::new()),
        };
        let (mut methods, mut challenge) = (vec![Method::None], std::array::from_fn(|index| index as u8));
        let mut refusal = None;
        while let Some((word, rest)) = lines.peek().map(|(_, line)| line.split_once(' ').unwrap_or((line, ""))) {
            match word {
                "size" => settings.size = size(rest)?,
                "name" => settings.name = text(rest)?.into(),
                "refuse-all" => refusal = Some(text(rest)?),
                "offer" => {
                    let words = rest.split_whitespace().map(|word| Method::named(word).ok_or(word.to_owned()));
                    methods = words.collect::<Result<_, _>>()?;
                }
                "challenge" => challenge = bytes(rest)?.try_into().map_err(|_| "a challenge has 16 bytes")?,
                _ => break,
            }
            lines.next();
        }
        settings.security = match refusal {
            Some(reason) => SecurityPolicy::Refuse(reason),
            None => SecurityPolicy::Offer(Offer { methods: methods.into(), challenge }),
        };
        let now = Instant::now();
        let connection = ServerConnection::new(settings, now);
        let (events, written) = (Vec::new(), Vec::new());
        let mut run = Self { connection, now, pieces, events, written, error: None, shown: None };
        run.drain();
        Ok(run)
    }

    fn step(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if !matches!(word, "open" | "server" | "event" | "error" | "wanted" | "format" | "size-is" | "quiet" | "skip") {
            self.nothing_left()?;
        }
        match word {
            "client" => self.feed(&bytes(rest)?),
            "open" => self.open(rest)?,
            "wait" => self.now += Duration::from_millis(rest.parse().map_err(|_| "a number of milliseconds")?),
            "update" => self.update(rest)?,
            "resize" => self.resize(rest)?,
            "deny" => self.connection.refuse_resize(status(rest)?),
            "admit" => self.connection.admit(),
            "refuse" => self.connection.refuse(&text(rest)?),
            "encrypted" => self.connection.tls_started(),
            "judge" => {
                let password = Secret::new(bytes(rest)?);
                match &self.shown {
                    Some(Credentials::VncAuth(answer)) if answer.is_made_with(&password) => self.connection.admit(),
                    _ => self.connection.refuse("Authentication failed"),
                }
            }
            "notice" => self.connection.send_notice(&notice(rest)?),
            "title" => self.connection.send_name(text(rest)?.into()),
            "offer-power" => self.connection.offer_power(),
            "power-failed" => self.connection.send_power_failed(),
            "offer-sound" => self.connection.offer_sound(),
            "sound" if !self.connection.takes_sound() => return Err("sound that is not taken".into()),
            "sound" => match rest {
                "begins" | "ends" => self.connection.send_sound_begins(rest == "begins"),
                frames => self.connection.send_sound(&bytes(frames)?.into()),
            },
            "bell" => self.connection.send_bell(),
            "cut" => self.connection.send_cut_text(text(rest)?.into()),
            "locks" => {
                let has = |name| rest.split(' ').any(|word| word == name);
                self.connection.send_locks(Locks { num: has("num"), caps: has("caps"), scroll: has("scroll") });
            }
            "pointer" => self.connection.send_pointer(Some(pointer(rest)?.into())),
            "hide-pointer" => self.connection.send_pointer(None),
            "motions" => self.connection.send_pointer_mode(true),
            "places" => self.connection.send_pointer_mode(false),
            "skip" => self.written.clear(),
            "server" => self.expect_bytes(&bytes(rest)?)?,
            "event" => self.expect_event(rest)?,
            "error" => {
                let said = self.error.take().map(|error| error.to_string());
                same(said.as_deref().unwrap_or("no error"), &text(rest)?)?;
            }
            "wanted" => same(&self.wanted(), rest)?,
            "format" => same(&self.format(), rest)?,
            "size-is" => same(&self.connection.size().to_string(), rest)?,
            "quiet" => same(&format!("{:?}", self.connection.poll_timeout().map(|at| at - self.now)), "None")?,
            _ => return Err(format!("unknown step {word:?}")),
        }
        self.drain();
        Ok(())
    }

    /// Opens a connection whose handshake is not what the transcript is about.
    fn open(&mut self, shared: &str) -> Result<(), String> {
        self.feed(b"RFB 003.008\n\x01");
        self.feed(&[u8::from(shared == "shared")]);
        self.drain();
        self.written.clear();
        self.expect_event(&format!("ready {shared}"))
    }

    /// Feeds the bytes in pieces. The socket takes nothing meanwhile.
    fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        let mut seed = match self.pieces {
            Pieces::Random(seed) => seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            Pieces::Whole | Pieces::Bytes => 1,
        };
        while !rest.is_empty() {
            let length = match self.pieces {
                Pieces::Whole => rest.len(),
                Pieces::Bytes => 1,
                Pieces::Random(_) => {
                    seed ^= seed << 13;
                    seed ^= seed >> 7;
                    seed ^= seed << 17;
                    1 + seed as usize % 40
                }
            };
            let (piece, more) = rest.split_at(length.min(rest.len()));
            self.connection.receive(piece);
            self.poll();
            rest = more;
        }
    }

    fn poll(&mut self) {
        loop {
            match self.connection.poll_event(self.now) {
                Ok(Some(event)) => {
                    self.events.push(describe(&event));
                    if let ServerEvent::Authenticate(credentials) = event {
                        self.shown = Some(credentials);
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    assert!(self.error.is_none(), "a connection ends once");
                    self.error = Some(error);
                    return;
                }
            }
        }
    }

    /// The socket takes everything.
    fn drain(&mut self) {
        self.poll();
        while self.connection.queued() > 0 {
            let mut slices = [IoSlice::new(&[]); 3];
            let filled = self.connection.poll_transmit(&mut slices);
            let mut count = 0;
            for slice in &slices[..filled] {
                self.written.extend_from_slice(slice);
                count += slice.len();
            }
            self.connection.advance(count);
            self.poll();
        }
    }

    fn nothing_left(&mut self) -> Result<(), String> {
        same(&hex(&std::mem::take(&mut self.written)), "")?;
        same(&std::mem::take(&mut self.events).join(", "), "")?;
        self.error.take().map_or(Ok(()), |error| Err(format!("the connection ended: {error}")))
    }

    fn expect_bytes(&mut self, expected: &[u8]) -> Result<(), String> {
        same(&hex(&std::mem::take(&mut self.written)), &hex(expected))
    }

    fn expect_event(&mut self, expected: &str) -> Result<(), String> {
        if self.events.is_empty() {
            return Err(format!("no event, where {expected} was expected"));
        }
        same(&self.events.remove(0), expected)
    }

    fn wanted(&self) -> String {
        match self.connection.update_wanted() {
            None => "nothing".into(),
            Some(wanted) if wanted.full => {
                format!("full {},{} {}", wanted.area.x, wanted.area.y, wanted.area.size())
            }
            Some(_) => "changes".into(),
        }
    }

    fn format(&self) -> String {
        let Some(format) = self.connection.wire_format() else { return "none".into() };
        let copy_rect = if format.copy_rect { " copyrect" } else { "" };
        let level = self.connection.capabilities().and_then(|found| found.compression());
        let level = level.map(|level| format!(" level {level}")).unwrap_or_default();
        format!("{:?} {}{copy_rect}{level}", format.encoding, format.pixel_format.bits_per_pixel)
    }

    fn update(&mut self, colour: &str) -> Result<(), String> {
        let colour = u32::from_str_radix(colour, 16).map_err(|error| error.to_string())?;
        let frame = Surface::new(self.connection.size(), Size::new(8, 8), colour).publish();
        let seen = self.connection.fit_colours(&frame, Seq::NONE);
        let format = self.connection.wire_format().ok_or("no format yet")?.clone();
        let update = encode(&frame, &plan(&frame, seen, &format), &format);
        if self.connection.send_update(&update, &format, self.now) { Ok(()) } else { Err("not sent".into()) }
    }

    fn resize(&mut self, rest: &str) -> Result<(), String> {
        let (dimensions, reason) = rest.split_once(' ').ok_or("resize WxH REASON")?;
        let reason = match reason {
            "server" => Reason::Server,
            "this" => Reason::ThisClient,
            "other" => Reason::OtherClient,
            _ => return Err(format!("reason {reason:?}")),
        };
        if self.connection.send_resize(size(dimensions)?, reason) { Ok(()) } else { Err("cannot be told".into()) }
    }
}

fn describe(event: &ServerEvent) -> String {
    match event {
        ServerEvent::Authenticate(Credentials::VncAuth(_)) => "vncauth".into(),
        ServerEvent::Authenticate(Credentials::Plain { user, password }) => {
            format!("plain {user:?} {:?}", String::from_utf8_lossy(password.bytes()))
        }
        ServerEvent::StartTls => "tls".into(),
        ServerEvent::Ready { shared: true } => "ready shared".into(),
        ServerEvent::Ready { shared: false } => "ready exclusive".into(),
        ServerEvent::Key(key) => {
            let sign = if key.down { '+' } else { '-' };
            let code = key.keycode.map(|code| format!("/{code:x}")).unwrap_or_default();
            format!("key {sign}{:x}{code}", key.keysym.0)
        }
        ServerEvent::Pointer(pointer) => format!("pointer {},{} {:02x}", pointer.x, pointer.y, pointer.buttons),
        ServerEvent::Motion(motion) => format!("motion {},{} {:02x}", motion.dx, motion.dy, motion.buttons),
        ServerEvent::CutText(cut) => match cut.text() {
            Ok(text) if text.len() > 60 => format!("cut {}", text.len()),
            Ok(text) => format!("cut {text:?}"),
            Err(length) => format!("cut {length}, too long"),
        },
        ServerEvent::CutAnnounced => "cut announced".into(),
        ServerEvent::Audio(audio::Request::Enable) => "sound on".into(),
        ServerEvent::Audio(audio::Request::Disable) => "sound off".into(),
        ServerEvent::Audio(audio::Request::SetFormat(format)) => {
            format!("sound {} {} {}", format.sample.name(), format.channels, format.rate)
        }
        ServerEvent::Power(button) => format!("power {}", button.name()),
        ServerEvent::SetDesktopSize(size) => format!("resize {size}"),
        ServerEvent::Console(request) => format!("console {request:?}"),
    }
}

/// A notice: its name and its fields, texts in quotes; what repeats comes last.
fn notice(line: &str) -> Result<Notice, String> {
    let mut words = Words(line);
    let console = |words: &mut Words<'_>| -> Result<Console, String> {
        let (console, vt, graphical, state) = (words.number()?, words.number()?, words.flag()?, words.number()?);
        let (may_write, can_break, columns, rows) = (words.flag()?, words.flag()?, words.number()?, words.number()?);
        let (name, title) = (words.text()?, words.text()?);
        Ok(Console { console, vt, graphical, state, may_write, can_break, columns, rows, name, title })
    };
    let line = |words: &mut Words<'_>| -> Result<Line, String> {
        Ok(Line { number: words.number()?, goes_on: words.flag()?, text: words.text()? })
    };
    Ok(match words.word()? {
        "refused" => Notice::Refused {
            operation: ConsoleRequest(words.number()?),
            request: words.number()?,
            reason: words.text()?,
        },
        "console" => Notice::Console(console(&mut words)?),
        "gone" => Notice::Gone { console: words.number()? },
        "here" => Notice::Here { console: words.number()? },
        "people" => Notice::People(People {
            you: words.number()?,
            writer: words.number()?,
            one_writes: words.flag()?,
            asking: words.number()?,
            grace: words.number()?,
            people: words.all(|words| {
                let (viewer, role, console) = (words.number()?, words.number()?, words.number()?);
                Ok(Person { viewer, role, console, name: words.text()? })
            })?,
        }),
        "note" => Notice::Note { warning: words.flag()?, text: words.text()? },
        "found" => Notice::Found {
            request: words.number()?,
            more: words.flag()?,
            places: words.all(|words| {
                let (line, column, columns) = (words.number()?, words.number()?, words.number()?);
                Ok(Place { line, column, columns, text: words.text()? })
            })?,
        },
        "lines" => Notice::Lines { request: words.number()?, oldest: words.number()?, lines: words.all(line)? },
        "text" => Notice::Text(Text {
            console: words.number()?,
            alternate: words.flag()?,
            top: words.number()?,
            rows: words.number()?,
            row: words.number()?,
            column: words.number()?,
            lines: words.all(line)?,
        }),
        word => Notice::Stream(stream_notice(word, words)?),
    })
}

/// A notice about a stream; what the guest wrote as a text in quotes.
fn stream_notice(word: &str, mut words: Words<'_>) -> Result<StreamNotice, String> {
    let size = |words: &mut Words<'_>| Ok::<_, String>(GridSize::new(words.number()?, words.number()?));
    let bytes = |words: &mut Words<'_>| Ok::<_, String>(Bytes(words.text()?.into_bytes()));
    let stream = words.number()?;
    Ok(match word {
        "opened" => {
            let (console, run, offset) = (words.number()?, words.number()?, words.number()?);
            let (size, room) = (size(&mut words)?, words.number()?);
            let (charset, keyboard) = (Charset::Cp437, Keyboard::Vt220);
            StreamNotice::Opened { stream, opened: Opened { console, run, offset, size, charset, keyboard, room } }
        }
        "data" => StreamNotice::Data { stream, offset: words.number()?, bytes: bytes(&mut words)? },
        "gap" => StreamNotice::Gap { stream, offset: words.number()?, length: words.number()? },
        "dump" => {
            let (offset, last) = (words.number()?, words.flag()?);
            StreamNotice::Dump { stream, offset, last, bytes: bytes(&mut words)? }
        }
        "size" => StreamNotice::Size { stream, offset: words.number()?, size: size(&mut words)? },
        "room" => StreamNotice::Room { stream, bytes: words.number()? },
        "closed" => StreamNotice::Closed { stream, ended: words.flag()?, reason: words.text()? },
        word => return Err(format!("notice {word:?}")),
    })
}

/// What is left of a line.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    fn word(&mut self) -> Result<&'a str, String> {
        let (word, rest) = self.0.split_once(' ').unwrap_or((self.0, ""));
        self.0 = rest.trim_start();
        if word.is_empty() { Err("a word is missing".into()) } else { Ok(word) }
    }

    fn number<T: std::str::FromStr>(&mut self) -> Result<T, String> {
        let word = self.word()?;
        word.parse().map_err(|_| format!("not a number: {word:?}"))
    }

    fn flag(&mut self) -> Result<bool, String> {
        Ok(self.number::<u8>()? == 1)
    }

    fn text(&mut self) -> Result<String, String> {
        let (text, rest) = self.0.strip_prefix('"').and_then(|rest| rest.split_once('"')).ok_or("a text in quotes")?;
        self.0 = rest.trim_start();
        Ok(text.to_owned())
    }

    fn all<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut all = Vec::new();
        while !self.0.is_empty() {
            all.push(one(self)?);
        }
        Ok(all)
    }
}

fn same(found: &str, expected: &str) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    let equal = found.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
    let part = |text: &str| text.chars().skip(equal.saturating_sub(60)).take(300).collect::<String>();
    Err(format!("(from character {equal})\n   found    {}\n   expected {}", part(found), part(expected)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn size(word: &str) -> Result<Size, String> {
    let parsed = word.split_once('x').and_then(|(w, h)| Some(Size::new(w.parse().ok()?, h.parse().ok()?)));
    parsed.ok_or_else(|| format!("not a size: {word:?}"))
}

/// A shape: its size, its hot spot and its pixels.
fn pointer(rest: &str) -> Result<PointerShape, String> {
    let mut words = rest.split_whitespace();
    let size = size(words.next().unwrap_or_default())?;
    let spot = words.next().and_then(|spot| spot.split_once(','));
    let spot = spot.and_then(|(x, y)| Some(Point { x: x.parse().ok()?, y: y.parse().ok()? }));
    let pixels = words.map(|word| u32::from_str_radix(word, 16)).collect::<Result<Box<[u32]>, _>>();
    let pixels = pixels.map_err(|error| error.to_string())?;
    Ok(PointerShape { size, hotspot: spot.ok_or("no hot spot")?, pixels })
}

fn status(word: &str) -> Result<Status, String> {
    match word {
        "prohibited" => Ok(Status::Prohibited),
        "resources" => Ok(Status::OutOfResources),
        "invalid" => Ok(Status::InvalidLayout),
        _ => Err(format!("status {word:?}")),
    }
}

/// A comment begins at a `#` outside of quotes.
fn strip_comment(line: &str) -> &str {
    let mut quoted = false;
    let end = line.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == '#' && !quoted
    });
    end.map_or(line, |(index, _)| &line[..index])
}

fn text(quoted: &str) -> Result<String, String> {
    String::from_utf8(bytes(quoted)?).map_err(|error| error.to_string())
}

/// The bytes of the tokens.
fn bytes(mut tokens: &str) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    while let Some(first) = tokens.trim_start().chars().next() {
        tokens = tokens.trim_start();
        let (mut token, rest) = if first == '"' {
            let (body, rest) = tokens[1..].split_once('"').ok_or("a text without an end")?;
            (unescape(body)?, rest)
        } else {
            let end = tokens.find([' ', '*']).unwrap_or(tokens.len());
            (number(&tokens[..end])?, &tokens[end..])
        };
        tokens = rest;
        if let Some(count) = tokens.strip_prefix('*') {
            let end = count.find(' ').unwrap_or(count.len());
            token = token.repeat(count[..end].parse().map_err(|_| format!("not a count: {}", &count[..end]))?);
            tokens = &count[end..];
        }
        all.append(&mut token);
    }
    Ok(all)
}

/// Hex bytes, or a number of a type.
fn number(token: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("not a token: {token:?}");
    let Some((kind, value)) = token.split_once(':') else {
        let digits = token.as_bytes().chunks(2);
        let byte =
            |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2);
        return digits.map(byte).collect::<Option<_>>().ok_or_else(wrong);
    };
    match kind {
        "u8" => value.parse().map(|v: u8| v.to_be_bytes().to_vec()).map_err(|_| wrong()),
        "u16" => value.parse().map(|v: u16| v.to_be_bytes().to_vec()).map_err(|_| wrong()),
        "u32" => value.parse().map(|v: u32| v.to_be_bytes().to_vec()).map_err(|_| wrong()),
        "u64" => value.parse().map(|v: u64| v.to_be_bytes().to_vec()).map_err(|_| wrong()),
        "i32" => value.parse().map(|v: i32| v.to_be_bytes().to_vec()).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

fn unescape(body: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = body;
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        rest = match escape.as_bytes().first() {
            Some(b'n') => {
                bytes.push(b'\n');
                &escape[1..]
            }
            Some(b'x') => {
                let byte = escape.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
                bytes.push(byte.ok_or("\\xNN")?);
                &escape[3..]
            }
            _ => return Err(format!("unknown escape in {body:?}")),
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}
