//! Streams of bytes, a part of the console extension (docs/protocol.md, "Streams"): what a console's guest writes, as it
//! wrote it and with the place of each byte, and what is written to it.
//!
//! ```text
//! client  OPEN ── CREDIT ── INPUT ─── RESIZE ─────────── CLOSE
//! server  OPENED ── SIZE ── DUMP ── DATA ── DATA ── GAP ── DUMP ── DATA ── CLOSED       ROOM answers INPUT
//! ```
//! Each byte of a console has an offset for as long as that console runs. DATA joins what came before it, or a GAP says
//! what is missing; where the client wants it, a DUMP then says what the screen looks like without those bytes.

use super::console::{NOTICE_MAX, REQUEST_MAX, put_string, string};
use crate::geometry::GridSize;
use crate::rfb::ids::{ConsoleNotice, ConsoleRequest};
use crate::rfb::wire::{Reader, Writer};

/// Bytes of a console that one message carries, at most; one with more is against the rules.
pub const PIECE_MAX: usize = 65_536;
/// Bytes for a console that one message carries, at most: what fits beside the other fields.
pub const INPUT_MAX: usize = REQUEST_MAX - 8;
/// Streams that one client has open at once, at most.
pub const STREAMS_MAX: usize = 16;

/// Bytes of a console or for it. Its `Debug` shows a length.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

/// Where a stream begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With what is written from now on.
    Now,
    /// With this byte of that run of the console: where a stream goes on that has ended.
    At {
        /// As OPENED told.
        run: u64,
        /// Of the first byte that has not come yet.
        offset: u64,
    },
    /// With the oldest byte that the server still has.
    Oldest,
}

/// What a client wants to have streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Of this console.
    pub console: u32,
    /// From here on.
    pub start: Start,
    /// With a dump of the screen wherever bytes are missing, and before all others if it starts with [`Start::Now`].
    pub dumps: bool,
    /// With so many lines of the history in the first dump, at most.
    pub lines: u32,
    /// Bytes that may come before more are allowed.
    pub credit: u32,
}

/// What a client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamRequest {
    /// A stream.
    Open {
        /// Its number from now on: not 0, and none that another stream of this client has.
        stream: u32,
        /// What it is.
        opening: Opening,
    },
    /// So many more bytes may come.
    Credit {
        /// On that one.
        stream: u32,
        /// Of DATA and DUMP together.
        bytes: u32,
    },
    /// For the guest. No more than there is room for.
    Input {
        /// On that one.
        stream: u32,
        /// As they are.
        bytes: Bytes,
    },
    /// The console shall have this size.
    Resize {
        /// On that one.
        stream: u32,
        /// In cells.
        size: GridSize,
    },
    /// To be told no more.
    Close {
        /// That one.
        stream: u32,
    },
}

/// How a terminal begins to read a console's bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8; also what a client makes of a number that it does not know.
    #[default]
    Utf8,
    /// ISO 8859-1.
    Latin1,
    /// IBM code page 437.
    Cp437,
}

/// Whose keyboard a console's terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keyboard {
    /// xterm's; also what a client makes of a number that it does not know.
    #[default]
    Xterm,
    /// A VT220's.
    Vt220,
    /// The Linux console's.
    Linux,
}

/// What a stream is that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Of this console.
    pub console: u32,
    /// Which of its runs it is: offsets of another run mean other bytes.
    pub run: u64,
    /// The offset of what comes first.
    pub offset: u64,
    /// The size of the console there.
    pub size: GridSize,
    /// How a fresh terminal reads its bytes.
    pub charset: Charset,
    /// What its keys send.
    pub keyboard: Keyboard,
    /// Bytes of input that there is room for.
    pub room: u32,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamNotice {
    /// A stream is open.
    Opened {
        /// That one.
        stream: u32,
        /// What it is.
        opened: Opened,
    },
    /// Bytes that the guest wrote.
    Data {
        /// On that one.
        stream: u32,
        /// Of the first byte.
        offset: u64,
        /// At most [`PIECE_MAX`].
        bytes: Bytes,
    },
    /// Bytes that the guest wrote and the server no longer has.
    Gap {
        /// On that one.
        stream: u32,
        /// Of the first byte.
        offset: u64,
        /// How many.
        length: u64,
    },
    /// Sequences that show in a terminal of the right size, whatever it showed before, what the console does before a byte.
    Dump {
        /// On that one.
        stream: u32,
        /// Of that byte, which comes next.
        offset: u64,
        /// The dump ends with these.
        last: bool,
        /// At most [`PIECE_MAX`].
        bytes: Bytes,
    },
    /// The console has another size.
    Size {
        /// On that one.
        stream: u32,
        /// From this byte on.
        offset: u64,
        /// In cells.
        size: GridSize,
    },
    /// There is room for so much more input.
    Room {
        /// On that one.
        stream: u32,
        /// In bytes.
        bytes: u32,
    },
    /// A stream is no more.
    Closed {
        /// That one.
        stream: u32,
        /// Nothing more comes from that console; else the client wanted it closed.
        ended: bool,
        /// In plain words.
        reason: String,
    },
}

/// Room for the fields before the bytes of a message.
const HEAD_MAX: usize = 32;
/// OPEN's first byte behind the numbers.
const NOW: u8 = 0;
const AT: u8 = 1;
const OLDEST: u8 = 2;
/// A bit of OPEN's flags.
const DUMPS: u8 = 1;
/// A bit of DUMP's flags.
const LAST: u8 = 1;

impl StreamRequest {
    /// `Some(None)`: it has nothing to do with streams. `None`: it ends within its fields.
    pub(super) fn fields(operation: ConsoleRequest, r: &mut Reader<'_>) -> Option<Option<Self>> {
        Some(Some(match operation {
            ConsoleRequest::OPEN => Self::Open { stream: r.u32()?, opening: Opening::fields(r)? },
            ConsoleRequest::CREDIT => Self::Credit { stream: r.u32()?, bytes: r.u32()? },
            ConsoleRequest::INPUT => Self::Input { stream: r.u32()?, bytes: bytes(r)? },
            ConsoleRequest::RESIZE => Self::Resize { stream: r.u32()?, size: size(r)? },
            ConsoleRequest::CLOSE => Self::Close { stream: r.u32()? },
            _ => return Some(None),
        }))
    }

    pub(super) fn put<'w, 'b>(&self, w: &'w mut Writer<'b>) -> &'w mut Writer<'b> {
        w.u32(self.stream());
        match self {
            Self::Open { opening, .. } => opening.put(w),
            Self::Credit { bytes, .. } => w.u32(*bytes),
            Self::Input { bytes, .. } => put_bytes(bytes, INPUT_MAX, w),
            Self::Resize { size, .. } => put_size(*size, w),
            Self::Close { .. } => w,
        }
    }

    /// Its operation.
    pub const fn number(&self) -> ConsoleRequest {
        match self {
            Self::Open { .. } => ConsoleRequest::OPEN,
            Self::Credit { .. } => ConsoleRequest::CREDIT,
            Self::Input { .. } => ConsoleRequest::INPUT,
            Self::Resize { .. } => ConsoleRequest::RESIZE,
            Self::Close { .. } => ConsoleRequest::CLOSE,
        }
    }

    /// Which stream it is about.
    pub const fn stream(&self) -> u32 {
        match *self {
            Self::Open { stream, .. }
            | Self::Credit { stream, .. }
            | Self::Input { stream, .. }
            | Self::Resize { stream, .. }
            | Self::Close { stream } => stream,
        }
    }
}

impl Opening {
    fn fields(r: &mut Reader<'_>) -> Option<Self> {
        let (console, from, flags) = (r.u32()?, r.u8()?, r.u8()?);
        let (run, offset, lines, credit) = (r.u64()?, r.u64()?, r.u32()?, r.u32()?);
        let start = match from {
            AT => Start::At { run, offset },
            OLDEST => Start::Oldest,
            // Of a later version, what is surely there.
            _ => Start::Now,
        };
        Some(Self { console, start, dumps: flags & DUMPS != 0, lines, credit })
    }

    fn put<'w, 'b>(&self, w: &'w mut Writer<'b>) -> &'w mut Writer<'b> {
        let (from, run, offset) = match self.start {
            Start::Now => (NOW, 0, 0),
            Start::At { run, offset } => (AT, run, offset),
            Start::Oldest => (OLDEST, 0, 0),
        };
        let flags = if self.dumps { DUMPS } else { 0 };
        w.u32(self.console).u8(from).u8(flags).u64(run).u64(offset).u32(self.lines).u32(self.credit)
    }
}

impl Opened {
    fn fields(r: &mut Reader<'_>) -> Option<Self> {
        let (console, run, offset, size) = (r.u32()?, r.u64()?, r.u64()?, size(r)?);
        let charset = match r.u8()? {
            1 => Charset::Latin1,
            2 => Charset::Cp437,
            _ => Charset::Utf8,
        };
        let keyboard = match r.u8()? {
            1 => Keyboard::Vt220,
            2 => Keyboard::Linux,
            _ => Keyboard::Xterm,
        };
        Some(Self { console, run, offset, size, charset, keyboard, room: r.u32()? })
    }

    fn put(&self, w: &mut Writer<'_>) {
        put_size(self.size, w.u32(self.console).u64(self.run).u64(self.offset));
        w.u8(self.charset as u8).u8(self.keyboard as u8).u32(self.room);
    }
}

impl StreamNotice {
    /// `Some(None)`: it has nothing to do with streams. `None`: it ends within its fields.
    pub(super) fn fields(operation: ConsoleNotice, r: &mut Reader<'_>) -> Option<Option<Self>> {
        Some(Some(match operation {
            ConsoleNotice::OPENED => Self::Opened { stream: r.u32()?, opened: Opened::fields(r)? },
            ConsoleNotice::DATA => Self::Data { stream: r.u32()?, offset: r.u64()?, bytes: bytes(r)? },
            ConsoleNotice::GAP => Self::Gap { stream: r.u32()?, offset: r.u64()?, length: r.u64()? },
            ConsoleNotice::DUMP => {
                Self::Dump { stream: r.u32()?, offset: r.u64()?, last: r.u8()? & LAST != 0, bytes: bytes(r)? }
            }
            ConsoleNotice::SIZE => Self::Size { stream: r.u32()?, offset: r.u64()?, size: size(r)? },
            ConsoleNotice::ROOM => Self::Room { stream: r.u32()?, bytes: r.u32()? },
            ConsoleNotice::CLOSED => Self::Closed { stream: r.u32()?, ended: r.u8()? == 1, reason: string(r)? },
            _ => return Some(None),
        }))
    }

    pub(super) fn put(&self, w: &mut Writer<'_>) {
        w.u32(self.stream());
        match self {
            Self::Opened { opened, .. } => opened.put(w),
            Self::Data { offset, bytes, .. } => {
                put_bytes(bytes, NOTICE_MAX - HEAD_MAX, w.u64(*offset));
            }
            Self::Gap { offset, length, .. } => {
                w.u64(*offset).u64(*length);
            }
            Self::Dump { offset, last, bytes, .. } => {
                put_bytes(bytes, NOTICE_MAX - HEAD_MAX, w.u64(*offset).u8(if *last { LAST } else { 0 }));
            }
            Self::Size { offset, size, .. } => {
                put_size(*size, w.u64(*offset));
            }
            Self::Room { bytes, .. } => {
                w.u32(*bytes);
            }
            Self::Closed { ended, reason, .. } => {
                put_string(reason, w.u8((*ended).into()));
            }
        }
    }

    /// Its operation.
    pub const fn number(&self) -> ConsoleNotice {
        match self {
            Self::Opened { .. } => ConsoleNotice::OPENED,
            Self::Data { .. } => ConsoleNotice::DATA,
            Self::Gap { .. } => ConsoleNotice::GAP,
            Self::Dump { .. } => ConsoleNotice::DUMP,
            Self::Size { .. } => ConsoleNotice::SIZE,
            Self::Room { .. } => ConsoleNotice::ROOM,
            Self::Closed { .. } => ConsoleNotice::CLOSED,
        }
    }

    /// Which stream it is about.
    pub const fn stream(&self) -> u32 {
        match *self {
            Self::Opened { stream, .. }
            | Self::Data { stream, .. }
            | Self::Gap { stream, .. }
            | Self::Dump { stream, .. }
            | Self::Size { stream, .. }
            | Self::Room { stream, .. }
            | Self::Closed { stream, .. } => stream,
        }
    }
}

/// `u32 length` and so many bytes. The body that they lie in is bounded.
fn bytes(r: &mut Reader<'_>) -> Option<Bytes> {
    let length = usize::try_from(r.u32()?).ok()?;
    r.bytes(length).map(|bytes| Bytes(bytes.to_vec()))
}

/// No more than `most`: who sends more than one message carries makes several of it.
fn put_bytes<'w, 'b>(bytes: &Bytes, most: usize, w: &'w mut Writer<'b>) -> &'w mut Writer<'b> {
    let bytes = bytes.0.get(..most).unwrap_or(&bytes.0);
    w.u32(u32::try_from(bytes.len()).expect("cut to fit")).bytes(bytes)
}

/// Columns and rows; there is no screen without any.
fn size(r: &mut Reader<'_>) -> Option<GridSize> {
    Some(GridSize::new(r.u16()?.max(1), r.u16()?.max(1)))
}

fn put_size<'w, 'b>(size: GridSize, w: &'w mut Writer<'b>) -> &'w mut Writer<'b> {
    w.u16(size.cols).u16(size.rows)
}
