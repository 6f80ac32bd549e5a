//! Cut text (RFC 6143 §7.5.6, §7.6.4), streamed: what is kept is bounded, and grows with what comes.
//!
//! The Extended Clipboard is not offered. A client that listed it and uses it all the same is passed over, not closed.

use crate::input::cut_text::decode_cut_text;
use crate::rfb::error::RfbError;
use crate::rfb::ids::ServerMessageType;
use crate::rfb::wire::Writer;

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
    /// Of a format nobody agreed on: passed over.
    ignored: bool,
}

impl CutTextReceiver {
    /// A head has come. A negative length means the extended clipboard, for clients that listed it.
    pub(in crate::rfb) fn new(length: i32, lists_extended: bool) -> Result<Self, RfbError> {
        let ignored = length < 0 && lists_extended;
        let left = if ignored { length.unsigned_abs() } else { u32::from_be_bytes(length.to_be_bytes()) };
        if left > CUT_TEXT_MAX {
            return Err(RfbError::Misbehaved("a cut text of more than 16 MiB"));
        }
        let length = usize::try_from(left).unwrap_or(usize::MAX);
        let text = if length > CUT_TEXT_KEPT { CutText::TooLong(length) } else { CutText::Kept(Vec::new()) };
        Ok(Self { left, text, ignored })
    }

    /// Takes what belongs to the text from the front of `bytes`; how many these are.
    pub(in crate::rfb) fn receive(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= u32::try_from(taken).expect("no more than what was left");
        if let CutText::Kept(kept) = &mut self.text
            && !self.ignored
        {
            kept.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        }
        taken
    }

    /// Whether the whole text has come.
    pub(in crate::rfb) const fn is_complete(&self) -> bool {
        self.left == 0
    }

    /// The text; `None` when it was passed over.
    pub(in crate::rfb) fn finish(self) -> Option<CutText> {
        (!self.ignored).then_some(self.text)
    }
}

/// ServerCutText: Latin-1, others as `?`, at most [`CUT_TEXT_KEPT`] characters (RFC 6143 §7.6.4).
pub(in crate::rfb) fn server_cut_text(text: &str, w: &mut Writer<'_>) {
    let latin1: Vec<u8> = text.chars().take(CUT_TEXT_KEPT).map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
    let length = u32::try_from(latin1.len()).expect("at most 256 Ki characters");
    w.u8(ServerMessageType::SERVER_CUT_TEXT.0).pad(3).u32(length).bytes(&latin1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(length: i32, extended: bool, body: &[u8]) -> Option<CutText> {
        let mut receiver = CutTextReceiver::new(length, extended).expect("an acceptable length");
        let mut rest = body;
        while !receiver.is_complete() {
            let taken = receiver.receive(&rest[..rest.len().min(1_000)]);
            rest = &rest[taken..];
        }
        receiver.finish()
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
        let text = receive(long.len() as i32, false, long.as_bytes()).expect("a text");
        assert_eq!(text.text(), Ok(long.clone()));
        let text = receive(long.len() as i32 + 1, false, (long + "y").as_bytes()).expect("a text");
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
    fn the_extended_clipboard_is_passed_over() {
        assert_eq!(receive(-2_000, true, &[7; 2_000]), None);
    }

    #[test]
    fn servers_text_is_latin1() {
        let mut bytes = Vec::new();
        server_cut_text("é€", &mut Writer::new(&mut bytes));
        assert_eq!(bytes, [3, 0, 0, 0, 0, 0, 0, 2, 0xe9, b'?']);
    }
}
