//! Cut text (RFC 6143 §7.5.6, §7.6.4), streamed: what is kept is bounded, and grows with what comes.
//!
//! Those of negative length, of clients that listed the Extended Clipboard, are handed on as they are.

use crate::input::cut_text::decode_cut_text;
use crate::rfb::error::RfbError;
use crate::rfb::ids::{ClientMessageType, ServerMessageType};
use crate::rfb::wire::{Reader, Writer};

/// A cut text of at most so many bytes is kept.
pub const CUT_TEXT_KEPT: usize = 256 * 1024;
/// A cut text that announces more than this ends the connection. What lies between is skipped as it comes: half of a
/// text is worse than none, and whoever pastes it is to be told.
pub const CUT_TEXT_MAX: u32 = 16 * 1024 * 1024;

/// What a client cut. Never logged: `Debug` shows its length.
#[derive(Clone, PartialEq, Eq)]
pub enum CutText {
    /// As sent; see [`CutText::text`].
    Kept(Vec<u8>),
    /// It had so many bytes, more than [`CUT_TEXT_KEPT`].
    TooLong(usize),
}

impl CutText {
    /// The text, or how many bytes it would have had. RFC 6143 says Latin-1, and the tight family and libvncclient
    /// send UTF-8: what is valid UTF-8 is that.
    pub fn text(&self) -> Result<String, usize> {
        match self {
            Self::Kept(bytes) => Ok(decode_cut_text(bytes)),
            Self::TooLong(length) => Err(*length),
        }
    }
}

impl std::fmt::Debug for CutText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = match self {
            Self::Kept(bytes) => bytes.len(),
            Self::TooLong(length) => *length,
        };
        write!(f, "CutText({length} bytes)")
    }
}

/// The body of a cut text while it comes.
#[derive(Debug)]
pub(in crate::rfb) struct CutTextReceiver {
    /// Bytes that have not come yet.
    left: u32,
    text: CutText,
    extended: bool,
    /// The first bytes of an extended one that is not kept: they say what it is.
    head: Vec<u8>,
}

/// What has come.
#[derive(Debug)]
pub(in crate::rfb) enum Received {
    Text(CutText),
    /// A message of the extended clipboard: as much of it as was kept, its flags at least, and the length it had.
    Extended(Vec<u8>, usize),
}

/// The flags of an extended clipboard message.
const HEAD: usize = 4;

impl CutTextReceiver {
    /// A head has come. A negative length means the extended clipboard, for clients that listed it.
    pub(in crate::rfb) fn new(length: i32, lists_extended: bool) -> Result<Self, RfbError> {
        let extended = length < 0 && lists_extended;
        let left = if extended { length.unsigned_abs() } else { u32::from_be_bytes(length.to_be_bytes()) };
        if left > CUT_TEXT_MAX {
            return Err(RfbError::Misbehaved("a cut text of more than 16 MiB"));
        }
        let length = usize::try_from(left).unwrap_or(usize::MAX);
        let text = if length > CUT_TEXT_KEPT { CutText::TooLong(length) } else { CutText::Kept(Vec::new()) };
        Ok(Self { left, text, extended, head: Vec::new() })
    }

    /// Takes what has come of it; what it was, when that is all.
    pub(in crate::rfb) fn read(&mut self, r: &mut Reader<'_>) -> Option<Received> {
        let taken = self.receive(r.remaining());
        let _ = r.skip(taken);
        (self.left == 0).then(|| self.finish())
    }

    /// Takes what belongs to the text from the front of `bytes`; how many these are.
    fn receive(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= u32::try_from(taken).expect("no more than what was left");
        let body = bytes.get(..taken).unwrap_or_default();
        match &mut self.text {
            CutText::Kept(kept) => kept.extend_from_slice(body),
            CutText::TooLong(_) => {
                let wanted = HEAD.saturating_sub(self.head.len());
                self.head.extend(body.iter().take(wanted));
            }
        }
        taken
    }

    fn finish(&mut self) -> Received {
        match std::mem::replace(&mut self.text, CutText::Kept(Vec::new())) {
            CutText::Kept(body) if self.extended => {
                let length = body.len();
                Received::Extended(body, length)
            }
            CutText::TooLong(length) if self.extended => Received::Extended(std::mem::take(&mut self.head), length),
            text => Received::Text(text),
        }
    }
}

/// Who sends a cut text: the two sides have different numbers for the same message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rfb) enum Side {
    /// ServerCutText.
    Server,
    /// ClientCutText.
    Client,
}

impl Side {
    /// The head of its message with so many bytes, negative for the extended clipboard.
    pub(in crate::rfb) fn head(self, length: i32, w: &mut Writer<'_>) {
        let number = match self {
            Self::Server => ServerMessageType::SERVER_CUT_TEXT.0,
            Self::Client => ClientMessageType::CLIENT_CUT_TEXT.0,
        };
        w.u8(number).pad(3).i32(length);
    }
}

/// A cut text without extension: Latin-1, others as `?`, at most [`CUT_TEXT_KEPT`] characters (RFC 6143 §7.5.6, §7.6.4).
pub(in crate::rfb) fn cut_text(side: Side, text: &str, w: &mut Writer<'_>) {
    let latin1: Vec<u8> = text.chars().take(CUT_TEXT_KEPT).map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
    side.head(i32::try_from(latin1.len()).expect("at most 256 Ki characters"), w);
    w.bytes(&latin1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(length: i32, extended: bool, body: &[u8]) -> Received {
        let mut receiver = CutTextReceiver::new(length, extended).expect("an acceptable length");
        let mut pieces = body.chunks(1_000).chain([&[][..]]);
        pieces.find_map(|piece| receiver.read(&mut Reader::new(piece))).expect("all of it")
    }

    #[test]
    fn utf8_is_believed_and_else_it_is_latin1() {
        let text = |bytes: &[u8]| CutText::Kept(bytes.to_vec()).text();
        assert_eq!(text(b"plain"), Ok("plain".into()));
        assert_eq!(text("ça €".as_bytes()), Ok("ça €".into()));
        assert_eq!(text(b"\xe7a"), Ok("ça".into()));
    }

    #[test]
    fn a_text_is_kept_whole_or_not_at_all() {
        let long = "x".repeat(CUT_TEXT_KEPT);
        let text = |length: usize, body: &str| match receive(length as i32, false, body.as_bytes()) {
            Received::Text(text) => text,
            Received::Extended(..) => panic!("a plain text"),
        };
        let kept = text(long.len(), &long);
        assert_eq!(kept.text(), Ok(long.clone()));
        let text = text(long.len() + 1, &(long + "y"));
        assert_eq!(text, CutText::TooLong(CUT_TEXT_KEPT + 1));
        assert_eq!(format!("{text:?}"), "CutText(262145 bytes)");
        assert_eq!(text.text(), Err(CUT_TEXT_KEPT + 1));
    }

    #[test]
    fn more_than_the_limit_is_refused_by_its_head() {
        assert!(CutTextReceiver::new(CUT_TEXT_MAX as i32, false).is_ok());
        assert!(CutTextReceiver::new(CUT_TEXT_MAX as i32 + 1, false).is_err());
        assert!(CutTextReceiver::new(-1, false).is_err(), "4 GiB");
        assert!(CutTextReceiver::new(-(CUT_TEXT_MAX as i32) - 1, true).is_err());
        assert!(CutTextReceiver::new(i32::MIN, true).is_err());
    }

    #[test]
    fn of_an_extended_message_the_head_is_kept_at_least() {
        let kept = receive(-2_000, true, &[7; 2_000]);
        assert!(matches!(kept, Received::Extended(body, 2_000) if body == [7; 2_000]));
        let long = CUT_TEXT_KEPT + 1;
        let skipped = receive(-(long as i32), true, &[&[1, 2, 3, 4][..], &vec![5; long - 4]].concat());
        assert!(matches!(skipped, Received::Extended(head, length) if head == [1, 2, 3, 4] && length == long));
    }

    #[test]
    fn a_plain_text_is_latin1() {
        for (side, number) in [(Side::Server, 3), (Side::Client, 6)] {
            let mut bytes = Vec::new();
            cut_text(side, "é€", &mut Writer::new(&mut bytes));
            assert_eq!(bytes, [number, 0, 0, 0, 0, 0, 0, 2, 0xe9, b'?']);
        }
    }
}
