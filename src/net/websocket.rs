//! The frames of a WebSocket (RFC 6455), our side of it, without a socket.
//!
//! ```text
//! came ─► receive(bytes, now)   payload moved to the front of the same bytes; pings and closes are kept as what is owed
//! payload to send ─► offer(length) ─► own() and then payload_left() bytes of it ─► advance(written)
//! ```
//! Nothing of a message is ever stored: what came is unmasked where it lies, and what goes out is only given a header. So
//! a message may have any number of fragments, and a frame any length that is allowed, at no cost. All that is kept is a
//! header or a control frame that came in part, and those of our own that have not left.
//!
//! A message means nothing here: RFB is a stream of bytes, and noVNC's `binary` subprotocol cuts it anywhere.

use std::time::{Duration, Instant};

pub mod handshake;
#[cfg(test)]
#[path = "websocket_tests.rs"]
mod tests;

/// The longest frame that is taken, in bytes. None is stored, so it is what no client needs.
pub const MAX_FRAME: u64 = 1 << 31;
/// The longest payload of a control frame (RFC 6455 §5.5).
pub const MAX_CONTROL: usize = 125;
/// Pings that are answered in a second; what is more is passed over.
pub const MAX_PONGS_PER_SECOND: u32 = 20;
/// Frames of data with nothing in them, one after the other; one more ends the connection.
pub const MAX_EMPTY_FRAMES: u32 = 1_000;
/// The longest reason of a close, in bytes: it shares a control frame with its code.
pub const MAX_REASON: usize = MAX_CONTROL - 2;

/// FIN and the three reserved bits of a frame's first byte, MASK of its second.
const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASK: u8 = 0x80;
/// Opcodes (RFC 6455 §5.2).
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
/// A second byte that says that two, or eight, bytes of length follow.
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;
/// The longest header that comes: two bytes, a length of eight, a mask.
const MAX_HEADER: usize = 14;
/// The longest that goes out has no mask.
const MAX_OWN_HEADER: usize = 10;
/// Room for all that can be owed at once: a pong, a ping, a close, and the header of a frame of data.
const MAX_OWN: usize = (2 + MAX_CONTROL) + 2 + (2 + MAX_CONTROL) + MAX_OWN_HEADER;

/// Why a connection is closed, as the frame that closes it says (RFC 6455 §7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// All is said.
    Normal = 1000,
    /// The server goes.
    GoingAway = 1001,
    /// What came breaks the protocol.
    ProtocolError = 1002,
    /// What came is no binary data.
    Unsupported = 1003,
    /// What should be UTF-8 is not.
    NotUtf8 = 1007,
    /// What came is too long.
    TooBig = 1009,
}

/// What came cannot be gone on with. The connection is to be closed with this code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("WebSocket: {why}")]
pub struct Violation {
    /// What the peer is told.
    pub code: CloseCode,
    /// What it did.
    pub why: &'static str,
}

const fn violation(why: &'static str) -> Violation {
    Violation { code: CloseCode::ProtocolError, why }
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// So many bytes of payload are at the front of what was given.
    pub payload: usize,
    /// The peer has said that it is done. Nothing that came after that counts.
    pub closed: bool,
}

/// One end of a WebSocket: the server's.
#[derive(Debug)]
pub struct WebSocket {
    coming: Coming,
    going: Going,
}

impl Default for WebSocket {
    fn default() -> Self {
        Self::new()
    }
}

impl WebSocket {
    /// The handshake is over.
    pub fn new() -> Self {
        Self { coming: Coming::default(), going: Going::default() }
    }

    /// Takes what came, any part of any frames, and moves the payload in it to its front. `now` is for how often pings
    /// are answered. After an error, and after the peer has closed, nothing more is taken.
    pub fn receive(&mut self, bytes: &mut [u8], now: Instant) -> Result<Received, Violation> {
        self.coming.receive(bytes, now, &mut self.going).inspect_err(|violation| {
            self.coming.closed = true;
            self.close(violation.code, violation.why);
        })
    }

    /// Asks the peer whether it is there.
    pub fn ping(&mut self) {
        self.going.ping = true;
    }

    /// Ends the connection: a close frame goes out as soon as the frame in front of it has left, and nothing after it.
    /// Of the reason go as many whole characters as there is room for. Only the first call counts.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        let mut end = reason.len().min(MAX_REASON);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        let code = (code as u16).to_be_bytes();
        let payload = [&code[..], &reason.as_bytes()[..end]].concat();
        self.going.close.get_or_insert_with(|| Control::of(&payload));
    }

    /// Whether something of the WebSocket's own waits to be written.
    pub fn owes(&self) -> bool {
        self.going.sent < self.going.len || (self.going.payload_left == 0 && self.going.owes_control())
    }

    /// Whether a close frame is owed or was sent: nothing goes out after it.
    pub fn is_closing(&self) -> bool {
        self.going.close.is_some()
    }

    /// Prepares to send `waiting` bytes of payload: as a frame of their own, or as what goes on with the one that has
    /// begun. Then [`Self::own`] is to be written, and behind it [`Self::payload_left`] bytes, which are the first of
    /// those that wait. What was offered and not written has to be offered again first.
    pub fn offer(&mut self, waiting: usize) {
        self.going.offer(waiting);
    }

    /// What goes out before any payload.
    pub fn own(&self) -> &[u8] {
        &self.going.own[self.going.sent..self.going.len]
    }

    /// How much payload belongs to the frame that has begun.
    pub fn payload_left(&self) -> u64 {
        self.going.payload_left
    }

    /// So many bytes were written, of [`Self::own`] and then of the payload; how many of the payload.
    pub fn advance(&mut self, written: usize) -> usize {
        self.going.advance(written)
    }
}

/// The payload of a control frame.
#[derive(Clone, Copy, Debug)]
struct Control {
    bytes: [u8; MAX_CONTROL],
    len: u8,
}

impl Control {
    const EMPTY: Self = Self { bytes: [0; MAX_CONTROL], len: 0 };

    /// At most [`MAX_CONTROL`] bytes; what is more is cut.
    fn of(bytes: &[u8]) -> Self {
        let mut control = Self::EMPTY;
        control.extend(bytes);
        control
    }

    fn extend(&mut self, bytes: &[u8]) {
        for (room, byte) in self.bytes[usize::from(self.len)..].iter_mut().zip(bytes) {
            *room = *byte;
            self.len += 1;
        }
    }

    fn get(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// A frame whose header has come.
#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: u8,
    left: u64,
    /// Turned so that its first byte is for the next byte of payload.
    mask: [u8; 4],
}

/// The way in.
#[derive(Debug)]
struct Coming {
    /// Of a header that has not come whole.
    header: [u8; MAX_HEADER],
    header_len: usize,
    frame: Option<Frame>,
    /// Of a control frame that has not.
    control: Control,
    /// A message of several frames is under way.
    fragmented: bool,
    empty_frames: u32,
    pongs: Pongs,
    closed: bool,
}

impl Default for Coming {
    fn default() -> Self {
        Self {
            header: [0; MAX_HEADER],
            header_len: 0,
            frame: None,
            control: Control::EMPTY,
            fragmented: false,
            empty_frames: 0,
            pongs: Pongs::default(),
            closed: false,
        }
    }
}

impl Coming {
    fn receive(&mut self, bytes: &mut [u8], now: Instant, going: &mut Going) -> Result<Received, Violation> {
        let (mut read, mut payload) = (0, 0);
        while read < bytes.len() && !self.closed {
            let Some(frame) = &mut self.frame else {
                read += self.take_header(&bytes[read..])?;
                self.end_of_frame(now, going)?;
                continue;
            };
            // No more than has come, so that it fits.
            let count = usize::try_from(frame.left).unwrap_or(usize::MAX).min(bytes.len() - read);
            let part = &mut bytes[read..read + count];
            unmask(part, &mut frame.mask);
            frame.left -= count as u64;
            if is_control(frame.opcode) {
                self.control.extend(part);
            } else {
                bytes.copy_within(read..read + count, payload);
                payload += count;
            }
            read += count;
            self.end_of_frame(now, going)?;
        }
        Ok(Received { payload, closed: self.closed })
    }

    /// Takes bytes of a header; how many. With the last of them the frame begins.
    fn take_header(&mut self, bytes: &[u8]) -> Result<usize, Violation> {
        let mut taken = 0;
        for byte in bytes {
            self.header[self.header_len] = *byte;
            self.header_len += 1;
            taken += 1;
            if self.header_len == 2 {
                self.check_start(self.header[0], self.header[1])?;
            }
            if self.header_len >= 2 && self.header_len == header_length(self.header[1]) {
                self.frame = Some(self.begin()?);
                self.header_len = 0;
                break;
            }
        }
        Ok(taken)
    }

    /// Judges a frame by its first two bytes.
    fn check_start(&self, first: u8, second: u8) -> Result<(), Violation> {
        if first & RESERVED != 0 {
            return Err(violation("reserved bits are set, and no extension was agreed on"));
        }
        if second & MASK == 0 {
            return Err(violation("a client's frame is not masked"));
        }
        let fin = first & FIN != 0;
        match first & 0x0f {
            CONTINUATION if !self.fragmented => Err(violation("a continuation of nothing")),
            BINARY if self.fragmented => Err(violation("a new message within another")),
            CONTINUATION | BINARY => Ok(()),
            TEXT => Err(Violation { code: CloseCode::Unsupported, why: "text, where only binary data is understood" }),
            CLOSE | PING | PONG if !fin => Err(violation("a control frame in fragments")),
            CLOSE | PING | PONG if usize::from(second & !MASK) > MAX_CONTROL => {
                Err(violation("a control frame of more than 125 bytes"))
            }
            CLOSE | PING | PONG => Ok(()),
            _ => Err(violation("an unknown opcode")),
        }
    }

    /// The frame whose header is whole.
    fn begin(&mut self) -> Result<Frame, Violation> {
        let header = &self.header[..self.header_len];
        let (rest, mask) = header.split_last_chunk::<4>().ok_or(violation("a header without a mask"))?;
        let number = |bytes: &[u8]| bytes.iter().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
        let (left, least) = match rest[1] & !MASK {
            LENGTH_16 => (number(&rest[2..]), u64::from(LENGTH_16)),
            LENGTH_64 => (number(&rest[2..]), 1 << 16),
            short => (u64::from(short), 0),
        };
        if left >> 63 != 0 || left < least {
            return Err(violation("a length that is not written as it should be"));
        }
        if left > MAX_FRAME {
            return Err(Violation { code: CloseCode::TooBig, why: "a frame of more than 2 GiB" });
        }
        let opcode = rest[0] & 0x0f;
        if is_control(opcode) {
            self.control = Control::EMPTY;
        } else {
            self.fragmented = rest[0] & FIN == 0;
            self.empty_frames = if left == 0 { self.empty_frames + 1 } else { 0 };
            if self.empty_frames > MAX_EMPTY_FRAMES {
                return Err(violation("frame after frame with nothing in it"));
            }
        }
        Ok(Frame { opcode, left, mask: *mask })
    }

    /// Does what a control frame says, once a frame is whole.
    fn end_of_frame(&mut self, now: Instant, going: &mut Going) -> Result<(), Violation> {
        let Some(frame) = self.frame.filter(|frame| frame.left == 0) else { return Ok(()) };
        self.frame = None;
        match frame.opcode {
            PING if self.pongs.may(now) => going.pong = Some(self.control),
            CLOSE => {
                let code = closing_code(self.control.get())?;
                self.closed = true;
                // RFC 6455 §5.5.1: the answer typically echoes the code.
                going.close.get_or_insert(Control::of(code));
            }
            _ => {}
        }
        Ok(())
    }
}

fn is_control(opcode: u8) -> bool {
    opcode >= CLOSE
}

/// How long the header is whose second byte this is, mask included.
fn header_length(second: u8) -> usize {
    match second & !MASK {
        LENGTH_16 => 8,
        LENGTH_64 => MAX_HEADER,
        _ => 6,
    }
}

/// Unmasks `part`, and turns the mask for what follows it.
fn unmask(part: &mut [u8], mask: &mut [u8; 4]) {
    let mut words = part.chunks_exact_mut(4);
    for word in &mut words {
        for (byte, mask) in word.iter_mut().zip(&*mask) {
            *byte ^= mask;
        }
    }
    let rest = words.into_remainder();
    for (byte, mask) in rest.iter_mut().zip(&*mask) {
        *byte ^= mask;
    }
    let turn = rest.len();
    mask.rotate_left(turn);
}

/// The code of a close frame that is as it should be (RFC 6455 §5.5.1, §7.4): nothing, or a code and perhaps a reason.
fn closing_code(payload: &[u8]) -> Result<&[u8], Violation> {
    if payload.is_empty() {
        return Ok(payload);
    }
    let (code, reason) = payload.split_first_chunk::<2>().ok_or(violation("half a code in a close frame"))?;
    if !matches!(u16::from_be_bytes(*code), 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(violation("a code in a close frame that means nothing"));
    }
    match std::str::from_utf8(reason) {
        Ok(_) => Ok(code),
        Err(_) => Err(Violation { code: CloseCode::NotUtf8, why: "a reason in a close frame that is not UTF-8" }),
    }
}

/// How many pings were answered of late.
#[derive(Debug, Default)]
struct Pongs {
    since: Option<Instant>,
    count: u32,
}

impl Pongs {
    fn may(&mut self, now: Instant) -> bool {
        let fresh = self.since.is_some_and(|since| now.duration_since(since) < Duration::from_secs(1));
        if !fresh {
            (self.since, self.count) = (Some(now), 0);
        }
        self.count = self.count.saturating_add(1);
        self.count <= MAX_PONGS_PER_SECOND
    }
}

/// The way out.
#[derive(Debug)]
struct Going {
    /// What the latest ping said, if it was not answered yet: earlier ones need no answer (RFC 6455 §5.5.3).
    pong: Option<Control>,
    ping: bool,
    close: Option<Control>,
    /// The close frame is in `own`, or has left.
    closed: bool,
    /// Whole control frames, and the header of a frame of data behind them.
    own: [u8; MAX_OWN],
    len: usize,
    /// Of `own`, what was written.
    sent: usize,
    payload_left: u64,
}

impl Default for Going {
    fn default() -> Self {
        let own = [0; MAX_OWN];
        Self { pong: None, ping: false, close: None, closed: false, own, len: 0, sent: 0, payload_left: 0 }
    }
}

impl Going {
    fn owes_control(&self) -> bool {
        !self.closed && (self.pong.is_some() || self.ping || self.close.is_some())
    }

    fn offer(&mut self, waiting: usize) {
        // Between frames, and with nothing of the last ones left.
        if self.payload_left > 0 || self.sent < self.len || self.closed {
            return;
        }
        (self.len, self.sent) = (0, 0);
        if let Some(close) = self.close {
            self.control(CLOSE, &close);
            self.closed = true;
            return;
        }
        if let Some(pong) = self.pong.take() {
            self.control(PONG, &pong);
        }
        if std::mem::take(&mut self.ping) {
            self.control(PING, &Control::EMPTY);
        }
        if waiting > 0 {
            self.header(waiting);
            self.payload_left = waiting as u64;
        }
    }

    fn control(&mut self, opcode: u8, payload: &Control) {
        self.push(&[FIN | opcode, payload.len]);
        self.push(payload.get());
    }

    fn header(&mut self, length: usize) {
        let first = FIN | BINARY;
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short), _) if short < LENGTH_16 => self.push(&[first, short]),
            (_, Ok(short)) => {
                self.push(&[first, LENGTH_16]);
                self.push(&short.to_be_bytes());
            }
            _ => {
                self.push(&[first, LENGTH_64]);
                self.push(&(length as u64).to_be_bytes());
            }
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.own[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn advance(&mut self, written: usize) -> usize {
        let own = written.min(self.len - self.sent);
        self.sent += own;
        let payload = (written - own) as u64;
        self.payload_left = self.payload_left.saturating_sub(payload);
        written - own
    }
}
