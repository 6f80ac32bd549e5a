//! The console extension (docs/protocol.md, "The console extension"; pseudo-encoding "VTC1", message 255 sub-type 2): what
//! RFB has no message for.
//!
//! ```text
//! u8 255   u8 2   u16 operation   u32 length   u8[length] body
//! ```
//! A length is judged as soon as it is there. Operations that nobody here knows are passed over, and so is what a body has
//! after its fields; a body that ends within them is malformed. Lists are cut where a body would become too long.

use super::stream::{StreamNotice, StreamRequest};
use crate::geometry::Rect;
use crate::rfb::error::RfbError;
use crate::rfb::ids::{ClientMessageType, ConsoleNotice, ConsoleRequest, QemuSubtype};
use crate::rfb::wire::{Reader, Writer, printable};

/// A client's body is at most so long.
pub const REQUEST_MAX: usize = 65_536;
/// A server's body is at most so long.
pub const NOTICE_MAX: usize = 1024 * 1024;
/// The version of the extension that is acknowledged.
pub const VERSION: u32 = 1;
/// Lines or places that can be asked for at once.
pub const LINES_MAX: u16 = 1_000;

/// The rectangle that acknowledges the extension: it is empty, and its x is the version.
pub(in crate::rfb) const ACKNOWLEDGEMENT: Rect = Rect { x: VERSION, y: 0, width: 0, height: 0 };

/// Topics of SUBSCRIBE.
pub mod topic {
    /// The consoles there are, and the one that is looked at.
    pub const CONSOLES: u32 = 1;
    /// Who is there, and who writes.
    pub const PEOPLE: u32 = 2;
    /// The text of the console that is looked at.
    pub const TEXT: u32 = 4;
}

/// What is looked for. Its `Debug` shows a length.
#[derive(Clone, PartialEq, Eq)]
pub struct Sought(pub String);

impl std::fmt::Debug for Sought {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sought({} bytes)", self.0.len())
    }
}

/// What a client wants. The numbers are as it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To hear of these [`topic`]s, and of no others.
    Subscribe {
        /// A set of bits.
        topics: u32,
    },
    /// To look at another console.
    Switch {
        /// That one.
        console: u32,
    },
    /// To be the one who writes.
    Take {
        /// Without asking who writes now.
        force: bool,
    },
    /// To be that no longer, or to ask no longer.
    Release,
    /// Of the one who writes, to one who asks.
    Answer {
        /// Who asks.
        viewer: u32,
        /// Yes, or else no.
        grant: bool,
    },
    /// A break on the line of a console.
    Break {
        /// That one.
        console: u32,
    },
    /// A magic SysRq: a break and a key.
    SysRq {
        /// On that one.
        console: u32,
        /// In ASCII.
        key: u8,
    },
    /// Where a text is in a console.
    Search {
        /// Told in the answer.
        request: u32,
        /// In that one.
        console: u32,
        /// In lines before this one only.
        before: u64,
        /// Capital and small letters differ.
        match_case: bool,
        /// So many places at most.
        most: u16,
        /// This text.
        text: Sought,
    },
    /// Lines of a console.
    Lines {
        /// Told in the answer.
        request: u32,
        /// Of that one.
        console: u32,
        /// From this one on.
        first: u64,
        /// So many.
        count: u16,
    },
    /// Something that has to do with a stream of bytes.
    Stream(StreamRequest),
    /// Something that is not known here: it is passed over.
    Unknown(u16),
}

/// A console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Console {
    /// Its number.
    pub console: u32,
    /// Its virtual terminal, 1 to 12; 0: none.
    pub vt: u8,
    /// A proxied screen, or else text.
    pub graphical: bool,
    /// 0 waiting, 1 open, 2 ended.
    pub state: u8,
    /// Whether this viewer may write there, if the others let it.
    pub may_write: bool,
    /// Whether its line can carry a break.
    pub can_break: bool,
    /// Its width in cells.
    pub columns: u16,
    /// Its height in cells.
    pub rows: u16,
    /// What it is called.
    pub name: String,
    /// What its programs call it.
    pub title: String,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Its number as a viewer; never 0.
    pub viewer: u32,
    /// 0 views, 1 writes, 2 admin.
    pub role: u8,
    /// The console that it looks at; 0: none.
    pub console: u32,
    /// What it is called.
    pub name: String,
}

/// Who is there, and who writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// The viewer that is told.
    pub you: u32,
    /// Who writes; 0: nobody.
    pub writer: u32,
    /// One writes at a time, or else all do.
    pub one_writes: bool,
    /// Who asks to write; 0: nobody.
    pub asking: u32,
    /// Milliseconds until it does.
    pub grace: u16,
    /// Everybody.
    pub people: Vec<Person>,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub number: u64,
    /// It goes on in the next line.
    pub goes_on: bool,
    /// Without the blanks at its end.
    pub text: String,
}

/// A place where a text was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line where it begins.
    pub line: u64,
    /// Where in `text`, in characters.
    pub column: u16,
    /// How many characters of `text`.
    pub columns: u16,
    /// That line.
    pub text: String,
}

/// What has changed in the text of a console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// That one.
    pub console: u32,
    /// It shows its alternate screen.
    pub alternate: bool,
    /// The number of its screen's first line.
    pub top: u64,
    /// Its screen's lines.
    pub rows: u16,
    /// Where the cursor is, from 0.
    pub row: u16,
    /// Likewise.
    pub column: u16,
    /// The lines that changed.
    pub lines: Vec<Line>,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A request may not be or cannot be done.
    Refused {
        /// Its operation.
        operation: ConsoleRequest,
        /// Its number; 0: it has none.
        request: u32,
        /// Why, in plain words.
        reason: String,
    },
    /// A new console, or what changed of one.
    Console(Console),
    /// A console that is no more.
    Gone {
        /// That one.
        console: u32,
    },
    /// The console that the client looks at.
    Here {
        /// That one.
        console: u32,
    },
    /// Who is there.
    People(People),
    /// Something to be read by people.
    Note {
        /// It is a warning.
        warning: bool,
        /// In plain words.
        text: String,
    },
    /// The answer to SEARCH.
    Found {
        /// Its number.
        request: u32,
        /// There are older ones.
        more: bool,
        /// The newest first.
        places: Vec<Place>,
    },
    /// The answer to LINES.
    Lines {
        /// Its number.
        request: u32,
        /// The oldest line there is.
        oldest: u64,
        /// Those that there are of those that were asked for.
        lines: Vec<Line>,
    },
    /// What changed in the text of a console.
    Text(Text),
    /// Something that has to do with a stream of bytes.
    Stream(StreamNotice),
    /// Something that is not known here: it is passed over.
    Unknown(u16),
}

impl Request {
    /// What follows the sub-type; `Ok(None)`: wait for more.
    pub(in crate::rfb) fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, RfbError> {
        let Some((operation, mut body)) = body(r, REQUEST_MAX, "a console request of more than 64 KiB")? else {
            return Ok(None);
        };
        let request = Self::fields(ConsoleRequest(operation), &mut body);
        request.map(Some).ok_or(RfbError::Malformed("a console request that ends within its fields"))
    }

    fn fields(operation: ConsoleRequest, r: &mut Reader<'_>) -> Option<Self> {
        Some(match operation {
            ConsoleRequest::SUBSCRIBE => Self::Subscribe { topics: r.u32()? },
            ConsoleRequest::SWITCH => Self::Switch { console: r.u32()? },
            ConsoleRequest::TAKE => Self::Take { force: r.flag()? },
            ConsoleRequest::RELEASE => Self::Release,
            ConsoleRequest::ANSWER => Self::Answer { viewer: r.u32()?, grant: r.flag()? },
            ConsoleRequest::BREAK => Self::Break { console: r.u32()? },
            ConsoleRequest::SYSRQ => Self::SysRq { console: r.u32()?, key: r.u8()? },
            ConsoleRequest::SEARCH => Self::Search {
                request: r.u32()?,
                console: r.u32()?,
                before: r.u64()?,
                match_case: r.flag()?,
                most: r.u16()?,
                text: Sought(string(r)?),
            },
            ConsoleRequest::LINES => {
                Self::Lines { request: r.u32()?, console: r.u32()?, first: r.u64()?, count: r.u16()? }
            }
            operation => match StreamRequest::fields(operation, r)? {
                Some(request) => Self::Stream(request),
                None => Self::Unknown(operation.0),
            },
        })
    }

    /// Its number, and that of its answer; 0 where it has none.
    pub fn numbers(&self) -> (ConsoleRequest, u32) {
        match *self {
            Self::Subscribe { .. } => (ConsoleRequest::SUBSCRIBE, 0),
            Self::Switch { .. } => (ConsoleRequest::SWITCH, 0),
            Self::Take { .. } => (ConsoleRequest::TAKE, 0),
            Self::Release => (ConsoleRequest::RELEASE, 0),
            Self::Answer { .. } => (ConsoleRequest::ANSWER, 0),
            Self::Break { .. } => (ConsoleRequest::BREAK, 0),
            Self::SysRq { .. } => (ConsoleRequest::SYSRQ, 0),
            Self::Search { request, .. } => (ConsoleRequest::SEARCH, request),
            Self::Lines { request, .. } => (ConsoleRequest::LINES, request),
            Self::Stream(ref request) => (request.number(), request.stream()),
            Self::Unknown(operation) => (ConsoleRequest(operation), 0),
        }
    }

    /// Appends the whole message.
    pub fn encode(&self, w: &mut Writer<'_>) {
        let mut bytes = Vec::new();
        let mut body = Writer::new(&mut bytes);
        match self {
            Self::Subscribe { topics } => body.u32(*topics),
            Self::Switch { console } | Self::Break { console } => body.u32(*console),
            Self::Take { force } => body.flag(*force),
            Self::Release | Self::Unknown(_) => &mut body,
            Self::Answer { viewer, grant } => body.u32(*viewer).flag(*grant),
            Self::SysRq { console, key } => body.u32(*console).u8(*key),
            Self::Search { request, console, before, match_case, most, text } => {
                body.u32(*request).u32(*console).u64(*before).flag(*match_case).u16(*most);
                put_string(&text.0, &mut body)
            }
            Self::Lines { request, console, first, count } => body.u32(*request).u32(*console).u64(*first).u16(*count),
            Self::Stream(request) => request.put(&mut body),
        };
        put(self.numbers().0.0, &bytes, w);
    }
}

impl Notice {
    /// The next message, from its first byte; `Ok(None)`: wait for more, the reader has not moved.
    pub fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, RfbError> {
        r.whole_or(|r| {
            match (r.u8(), r.u8()) {
                (Some(number), _) if number != ClientMessageType::QEMU.0 => {
                    return Err(RfbError::Unsupported { what: "server message", number: number.into() });
                }
                (_, Some(subtype)) if subtype != QemuSubtype::CONSOLE.0 => {
                    return Err(RfbError::Unsupported { what: "QEMU server message", number: subtype.into() });
                }
                _ => {}
            }
            let Some((operation, mut body)) = body(r, NOTICE_MAX, "a console notice of more than 1 MiB")? else {
                return Ok(None);
            };
            let notice = Self::fields(ConsoleNotice(operation), &mut body);
            notice.map(Some).ok_or(RfbError::Malformed("a console notice that ends within its fields"))
        })
    }

    fn fields(operation: ConsoleNotice, r: &mut Reader<'_>) -> Option<Self> {
        Some(match operation {
            ConsoleNotice::REFUSED => {
                Self::Refused { operation: ConsoleRequest(r.u16()?), request: r.u32()?, reason: string(r)? }
            }
            ConsoleNotice::CONSOLE => Self::Console(Console::fields(r)?),
            ConsoleNotice::GONE => Self::Gone { console: r.u32()? },
            ConsoleNotice::HERE => Self::Here { console: r.u32()? },
            ConsoleNotice::PEOPLE => Self::People(People {
                you: r.u32()?,
                writer: r.u32()?,
                one_writes: r.u8()? == 1,
                asking: r.u32()?,
                grace: r.u16()?,
                people: times(r, person)?,
            }),
            ConsoleNotice::NOTE => Self::Note { warning: r.flag()?, text: string(r)? },
            ConsoleNotice::FOUND => Self::Found { request: r.u32()?, more: r.flag()?, places: times(r, place)? },
            ConsoleNotice::LINES => Self::Lines { request: r.u32()?, oldest: r.u64()?, lines: times(r, line)? },
            ConsoleNotice::TEXT => Self::Text(Text {
                console: r.u32()?,
                alternate: r.flag()?,
                top: r.u64()?,
                rows: r.u16()?,
                row: r.u16()?,
                column: r.u16()?,
                lines: times(r, line)?,
            }),
            operation => match StreamNotice::fields(operation, r)? {
                Some(notice) => Self::Stream(notice),
                None => Self::Unknown(operation.0),
            },
        })
    }

    /// Its number.
    pub const fn number(&self) -> ConsoleNotice {
        match *self {
            Self::Refused { .. } => ConsoleNotice::REFUSED,
            Self::Console(_) => ConsoleNotice::CONSOLE,
            Self::Gone { .. } => ConsoleNotice::GONE,
            Self::Here { .. } => ConsoleNotice::HERE,
            Self::People(_) => ConsoleNotice::PEOPLE,
            Self::Note { .. } => ConsoleNotice::NOTE,
            Self::Found { .. } => ConsoleNotice::FOUND,
            Self::Lines { .. } => ConsoleNotice::LINES,
            Self::Text(_) => ConsoleNotice::TEXT,
            Self::Stream(ref notice) => notice.number(),
            Self::Unknown(operation) => ConsoleNotice(operation),
        }
    }

    /// Appends the whole message. Of lists that are too long for one, the beginning.
    pub fn encode(&self, w: &mut Writer<'_>) {
        let mut bytes = Vec::new();
        let mut body = Writer::new(&mut bytes);
        match self {
            Self::Refused { operation, request, reason } => {
                put_string(reason, body.u16(operation.0).u32(*request));
            }
            Self::Console(console) => console.put(&mut body),
            Self::Gone { console } | Self::Here { console } => {
                body.u32(*console);
            }
            Self::People(people) => {
                body.u32(people.you).u32(people.writer).u8(people.one_writes.into());
                body.u32(people.asking).u16(people.grace);
                put_times(&people.people, &mut bytes, |person, w| {
                    put_string(&person.name, w.u32(person.viewer).u8(person.role).u32(person.console));
                });
            }
            Self::Note { warning, text } => {
                put_string(text, body.flag(*warning));
            }
            Self::Found { request, more, places } => {
                body.u32(*request).flag(*more);
                put_times(places, &mut bytes, |place, w| {
                    put_string(&place.text, w.u64(place.line).u16(place.column).u16(place.columns));
                });
            }
            Self::Lines { request, oldest, lines } => {
                body.u32(*request).u64(*oldest);
                put_times(lines, &mut bytes, put_line);
            }
            Self::Text(text) => {
                body.u32(text.console).flag(text.alternate).u64(text.top);
                body.u16(text.rows).u16(text.row).u16(text.column);
                put_times(&text.lines, &mut bytes, put_line);
            }
            Self::Stream(notice) => notice.put(&mut body),
            Self::Unknown(_) => {}
        }
        put(self.number().0, &bytes, w);
    }
}

/// Bits of a console's rights.
const MAY_WRITE: u8 = 1;
const CAN_BREAK: u8 = 1 << 1;
/// A bit of a line's flags.
const GOES_ON: u8 = 1;

impl Console {
    fn fields(r: &mut Reader<'_>) -> Option<Self> {
        let (console, vt, graphical, state, rights) = (r.u32()?, r.u8()?, r.u8()? == 1, r.u8()?, r.u8()?);
        let (may_write, can_break) = (rights & MAY_WRITE != 0, rights & CAN_BREAK != 0);
        let (columns, rows, name, title) = (r.u16()?, r.u16()?, string(r)?, string(r)?);
        Some(Self { console, vt, graphical, state, may_write, can_break, columns, rows, name, title })
    }

    fn put(&self, w: &mut Writer<'_>) {
        let rights = if self.may_write { MAY_WRITE } else { 0 } | if self.can_break { CAN_BREAK } else { 0 };
        w.u32(self.console).u8(self.vt).flag(self.graphical).u8(self.state).u8(rights);
        w.u16(self.columns).u16(self.rows);
        put_string(&self.title, put_string(&self.name, w));
    }
}

fn person(r: &mut Reader<'_>) -> Option<Person> {
    Some(Person { viewer: r.u32()?, role: r.u8()?, console: r.u32()?, name: string(r)? })
}

fn place(r: &mut Reader<'_>) -> Option<Place> {
    Some(Place { line: r.u64()?, column: r.u16()?, columns: r.u16()?, text: string(r)? })
}

fn line(r: &mut Reader<'_>) -> Option<Line> {
    Some(Line { number: r.u64()?, goes_on: r.u8()? & GOES_ON != 0, text: string(r)? })
}

fn put_line(line: &Line, w: &mut Writer<'_>) {
    put_string(&line.text, w.u64(line.number).u8(if line.goes_on { GOES_ON } else { 0 }));
}

/// The operation and the body that follow the sub-type.
fn body<'a>(r: &mut Reader<'a>, most: usize, too_long: &'static str) -> Result<Option<(u16, Reader<'a>)>, RfbError> {
    let Some((operation, length)) = r.u16().zip(r.u32()) else { return Ok(None) };
    let length = usize::try_from(length).ok().filter(|length| *length <= most).ok_or(RfbError::Misbehaved(too_long))?;
    Ok(r.bytes(length).map(|body| (operation, Reader::new(body))))
}

/// A whole message.
fn put(operation: u16, body: &[u8], w: &mut Writer<'_>) {
    let length = u32::try_from(body.len()).expect("bodies are bounded");
    w.u8(ClientMessageType::QEMU.0).u8(QemuSubtype::CONSOLE.0).u16(operation).u32(length).bytes(body);
}

/// `u16 length` and so many bytes of UTF-8; what is none, and control characters, is no harm.
pub(super) fn string(r: &mut Reader<'_>) -> Option<String> {
    let length = usize::from(r.u16()?);
    r.bytes(length).map(|bytes| printable(bytes, length))
}

/// Without control characters, and cut at the last character that ends within the longest there can be.
pub(super) fn put_string<'w, 'b>(text: &str, w: &'w mut Writer<'b>) -> &'w mut Writer<'b> {
    let clean: String = text.chars().filter(|ch| !ch.is_control()).collect();
    let longest = usize::from(u16::MAX).min(clean.len());
    let cut = (0..=longest).rev().find_map(|end| clean.get(..end)).unwrap_or_default();
    w.u16(u16::try_from(cut.len()).expect("cut to fit")).bytes(cut.as_bytes())
}

/// `u16 count` and so many of something. There is no more room taken than for what has come.
fn times<T>(r: &mut Reader<'_>, mut one: impl FnMut(&mut Reader<'_>) -> Option<T>) -> Option<Vec<T>> {
    (0..r.u16()?).map(|_| one(r)).collect()
}

/// As many of them as fit behind what `body` has already.
fn put_times<T>(all: &[T], body: &mut Vec<u8>, one: impl Fn(&T, &mut Writer<'_>)) {
    let at = body.len();
    body.extend([0, 0]);
    let mut count: u16 = 0;
    for item in all.iter().take(u16::MAX.into()) {
        let before = body.len();
        one(item, &mut Writer::new(body));
        if body.len() > NOTICE_MAX {
            body.truncate(before);
            break;
        }
        count += 1;
    }
    body[at..at + 2].copy_from_slice(&count.to_be_bytes());
}

#[cfg(test)]
#[path = "console_tests.rs"]
mod tests;
