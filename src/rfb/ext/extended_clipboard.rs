//! The Extended Clipboard (rfbproto, "Extended Clipboard Pseudo-Encoding"): text in UTF-8, told of first and sent on request.
//!
//! ```text
//! viewer: SetEncodings        ─►  ◄─ caps: text, at most so many bytes without being asked
//! viewer: notify, text        ─►  ◄─ request              viewer: provide ─► the text (some send it without being asked)
//! here something was cut          ◄─ notify, text         viewer: request ─► ◄─ provide        peek ─► ◄─ notify
//! ```
//! Towards a server we are the viewer, which answers caps with its own, and all else is the same. These are cut texts of negative length. Other formats than text are not offered, and passed over.

use super::clipboard::{CUT_TEXT_KEPT, CutText, Side};
use super::zlib::{Inflating, deflated};
use crate::rfb::error::RfbError;
use crate::rfb::wire::{Malformed, Reader, Writer};

/// Texts a peer may send in a second. Of more, the last is asked for again when there is time.
pub const PROVIDES_PER_SECOND: u32 = 4;
/// Inflated bytes that a peer's text may have; more is not inflated.
pub const INFLATED_MAX: u32 = 1024 * 1024;

/// Unformatted text, UTF-8, lines ending in CR LF, and a NUL behind it.
const TEXT: u32 = 1;
/// All formats.
const FORMATS: u32 = 0xffff;
const CAPS: u32 = 1 << 24;
const REQUEST: u32 = 1 << 25;
const PEEK: u32 = 1 << 26;
const NOTIFY: u32 = 1 << 27;
const PROVIDE: u32 = 1 << 28;

/// What a peer's clipboard can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rfb) struct Caps {
    flags: u32,
    /// The longest text that it takes without having asked, in bytes.
    text: u32,
}

impl Default for Caps {
    /// What a peer has that does not say (rfbproto).
    fn default() -> Self {
        Self { flags: TEXT | REQUEST | NOTIFY | PROVIDE, text: 20 * 1024 * 1024 }
    }
}

impl Caps {
    /// Whether it is to be told that there is a text, which it may then ask for.
    pub(in crate::rfb) fn takes_notices(self) -> bool {
        self.flags & TEXT != 0 && self.flags & NOTIFY != 0
    }

    /// Whether `text` may be sent to it without a request.
    pub(in crate::rfb) fn takes_unasked(self, text: &str) -> bool {
        self.flags & TEXT != 0 && self.flags & PROVIDE != 0 && wire_text(text).len() <= self.text as usize
    }

    /// Whether it can be asked for its text.
    pub(in crate::rfb) fn answers(self) -> bool {
        self.flags & TEXT != 0 && self.flags & REQUEST != 0
    }
}

/// A message from the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rfb) enum Message {
    Caps(Caps),
    /// It wants our text.
    Request,
    /// It wants to know what we have.
    Peek,
    /// It has a text.
    Notify,
    /// Its text, deflated: see [`text_of`].
    Provide,
    /// Of other formats, or of kinds unknown.
    Nothing,
}

impl Message {
    /// The message that begins with `body`, of which `length` bytes have come in all.
    pub(in crate::rfb) fn decode(body: &[u8], length: usize) -> Result<Self, RfbError> {
        let mut r = Reader::new(body);
        let Some(flags) = r.u32() else { return Err(Malformed("an extended clipboard message without flags").into()) };
        if flags & CAPS != 0 {
            let formats = flags & FORMATS;
            if length != 4 + 4 * formats.count_ones() as usize {
                return Err(Malformed("capabilities of a clipboard with other sizes than formats").into());
            }
            // The sizes are in the order of the bits, and text is the first.
            let text = if formats & TEXT != 0 { r.u32().unwrap_or(0) } else { 0 };
            return Ok(Self::Caps(Caps { flags, text }));
        }
        let text = flags & TEXT != 0;
        Ok(match flags & (REQUEST | PEEK | NOTIFY | PROVIDE) {
            REQUEST if text => Self::Request,
            PEEK => Self::Peek,
            NOTIFY if text => Self::Notify,
            PROVIDE if text => Self::Provide,
            _ => Self::Nothing,
        })
    }
}

/// The text of a provide message whose whole body this is; `None` when it is none.
pub(in crate::rfb) fn text_of(body: &[u8]) -> Option<CutText> {
    let mut stream = Inflating::new(body.get(4..)?);
    let length = u32::from_be_bytes(stream.take(4)?.try_into().ok()?);
    let size = usize::try_from(length).ok()?;
    if length > INFLATED_MAX {
        return Some(CutText::TooLong(size));
    }
    let mut text = stream.take(size)?;
    text.truncate(text.iter().position(|byte| *byte == 0).unwrap_or(text.len()));
    // CR LF, which is how it is sent, becomes LF.
    let next = text.iter().copied().skip(1).map(Some).chain([None]);
    let lines = text.iter().copied().zip(next).filter(|pair| *pair != (b'\r', Some(b'\n')));
    let kept: Vec<u8> = lines.map(|(byte, _)| byte).collect();
    Some(if kept.len() > CUT_TEXT_KEPT { CutText::TooLong(kept.len()) } else { CutText::Kept(kept) })
}

/// What we can: text, both ways, of at most [`CUT_TEXT_KEPT`] bytes without our having asked.
pub(in crate::rfb) fn caps(side: Side, w: &mut Writer<'_>) {
    let size = u32::try_from(CUT_TEXT_KEPT).expect("256 KiB");
    message(side, CAPS | REQUEST | PEEK | NOTIFY | PROVIDE | TEXT, &size.to_be_bytes(), w);
}

/// Asks for the peer's text.
pub(in crate::rfb) fn request(side: Side, w: &mut Writer<'_>) {
    message(side, REQUEST | TEXT, &[], w);
}

/// Tells whether there is a text here.
pub(in crate::rfb) fn notify(side: Side, text: &str, w: &mut Writer<'_>) {
    message(side, NOTIFY | if text.is_empty() { 0 } else { TEXT }, &[], w);
}

/// Sends a text.
pub(in crate::rfb) fn provide(side: Side, text: &str, w: &mut Writer<'_>) {
    let mut bytes = wire_text(text);
    let length = u32::try_from(bytes.len()).expect("texts have far less than 4 GiB");
    if side == Side::Client {
        // libvncserver (x11vnc) reads the text and no further, and hangs up if the stream ends there. One more byte keeps the
        // end mark, which QEMU waits for, out of its sight.
        bytes.push(0);
    }
    message(side, PROVIDE | TEXT, &deflated(&[&length.to_be_bytes(), bytes.as_slice()].concat()), w);
}

/// A text as it is sent: at most [`CUT_TEXT_KEPT`] bytes of ours, lines ending in CR LF, and a NUL.
fn wire_text(text: &str) -> Vec<u8> {
    let end = (0..=CUT_TEXT_KEPT.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(end + 1);
    for byte in text.get(..end).unwrap_or_default().bytes().filter(|byte| *byte != 0) {
        if byte == b'\n' && bytes.last() != Some(&b'\r') {
            bytes.push(b'\r');
        }
        bytes.push(byte);
    }
    bytes.push(0);
    bytes
}

/// A cut text with a negative length.
fn message(side: Side, flags: u32, body: &[u8], w: &mut Writer<'_>) {
    let length = i32::try_from(4 + body.len()).expect("bodies have less than 2 GiB");
    side.head(-length, w);
    w.u32(flags).bytes(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provided(text: &[u8], declared: u32) -> Vec<u8> {
        let body = deflated(&[&declared.to_be_bytes(), text].concat());
        [&(PROVIDE | TEXT).to_be_bytes()[..], &body].concat()
    }

    #[test]
    fn a_text_survives_both_ways() {
        for text in ["", "plain", "two\nlines", "ends\n", "gr\u{fc}n \u{20ac} \u{1f600}", "\r\nodd\r"] {
            let mut bytes = Vec::new();
            provide(Side::Server, text, &mut Writer::new(&mut bytes));
            let mut r = Reader::new(&bytes[4..]);
            let length = r.i32().expect("a length").unsigned_abs() as usize;
            assert_eq!((r.remaining().len(), Message::decode(r.remaining(), length)), (length, Ok(Message::Provide)));
            let back = text_of(r.remaining()).expect("a text").text().expect("short enough");
            assert_eq!(back, text.replace("\r\n", "\n"));
        }
        assert_eq!(wire_text("a\nb\r\nc\0d"), b"a\r\nb\r\ncd\0");
        assert_eq!(
            wire_text(&"\u{20ac}".repeat(CUT_TEXT_KEPT)).len(),
            CUT_TEXT_KEPT / 3 * 3 + 1,
            "cut between characters"
        );
    }

    #[test]
    fn a_text_ends_with_its_nul_and_with_its_declared_length() {
        let text = |bytes: &[u8], declared| text_of(&provided(bytes, declared)).map(|text| text.text());
        assert_eq!(text(b"one\0two", 7), Some(Ok("one".into())));
        assert_eq!(text(b"onetwo", 3), Some(Ok("one".into())));
        assert_eq!(text(b"one", 4), None, "it has not come");
        assert_eq!(text(b"", 0), Some(Ok(String::new())));
    }

    #[test]
    fn a_bomb_is_not_inflated_and_a_long_text_not_kept() {
        assert_eq!(text_of(&provided(b"", INFLATED_MAX + 1)), Some(CutText::TooLong(INFLATED_MAX as usize + 1)));
        let long = vec![b'x'; INFLATED_MAX as usize];
        assert_eq!(text_of(&provided(&long, INFLATED_MAX)), Some(CutText::TooLong(long.len())));
        let kept = &long[..CUT_TEXT_KEPT];
        assert_eq!(text_of(&provided(kept, CUT_TEXT_KEPT as u32)), Some(CutText::Kept(kept.to_vec())));
    }

    #[test]
    fn capabilities_have_a_size_for_each_format() {
        let caps = |flags: u32, sizes: &[u32]| {
            let words: Vec<u8> = [CAPS | flags].iter().chain(sizes).flat_map(|word| word.to_be_bytes()).collect();
            Message::decode(&words, words.len())
        };
        let novnc = caps(TEXT | REQUEST | PEEK | NOTIFY | PROVIDE, &[0]).expect("well-formed");
        let Message::Caps(found) = novnc else { panic!("capabilities") };
        assert!(found.takes_notices() && found.answers() && !found.takes_unasked(""));
        assert!(caps(TEXT, &[]).is_err() && caps(TEXT, &[1, 2]).is_err() && caps(TEXT | 2, &[1]).is_err());
        let Ok(Message::Caps(other)) = caps(2 | NOTIFY | PROVIDE, &[9]) else { panic!("capabilities") };
        assert!(!other.takes_notices() && !other.takes_unasked(""), "rich text only");
        assert!(Message::decode(&[0, 0, 0], 3).is_err());
    }
}
