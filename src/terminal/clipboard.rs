//! OSC 52: the guest puts text on the viewers' clipboards, where the operator allows that. It never reads them.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Terminal;

/// Bytes of text for the clipboard.
pub const MAX_CLIPBOARD: usize = 256 << 10;
/// Bytes of the string that says so: base64 makes four of three, and something stands before it.
pub(super) const MAX_CLIPBOARD_STRING: usize = MAX_CLIPBOARD.div_ceil(3) * 4 + 64;

/// Text for clipboards. What it says is nobody's business: its `Debug` shows a length.
#[derive(Clone, PartialEq, Eq)]
pub struct ClipboardText(pub String);

impl std::fmt::Debug for ClipboardText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClipboardText({} bytes)", self.0.len())
    }
}

impl Terminal {
    /// OSC 52, `selections ; base64`. Viewers have one clipboard, which stands for all selections; one that is unknown is
    /// passed over, and none given are some (xterm). A question is not answered, and no text clears.
    pub(super) fn set_clipboard(&mut self, text: &str) {
        let Some((selections, data)) = text.split_once(';') else { return };
        let known = |selection: u8| matches!(selection, b'c' | b'p' | b'q' | b's' | b'0'..=b'7');
        let meant = selections.is_empty() || selections.bytes().any(known);
        if self.options.guest_clipboard && meant && data != "?" {
            self.events.clipboard = Some(ClipboardText(decode(data)));
        }
    }
}

/// The text in `base64`. What is not of its alphabet does not count (xterm), so that nothing but that is no text at all;
/// nor do control characters in the text, but for tabs and the ends of lines: it may be pasted into another terminal.
fn decode(base64: &str) -> String {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(true),
    );
    let mut digits: Vec<u8> =
        base64.bytes().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).collect();
    if digits.len() % 4 == 1 {
        // Six bits are no byte.
        digits.pop();
    }
    let bytes = LENIENT.decode(&digits).unwrap_or_default();
    let mut text = String::new();
    for ch in String::from_utf8_lossy(&bytes).chars() {
        if text.len() + ch.len_utf8() > MAX_CLIPBOARD {
            break;
        }
        if matches!(ch, '\t' | '\n' | '\r') || !ch.is_control() {
            text.push(ch);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::GridSize;
    use crate::terminal::scan::MAX_STRING;
    use crate::terminal::{Event, Options};

    fn terminal(guest_clipboard: bool) -> Terminal {
        Terminal::new(GridSize::new(10, 2), Options { guest_clipboard, ..Options::default() })
    }

    fn put(bytes: &[u8]) -> Option<String> {
        let mut terminal = terminal(true);
        bytes.iter().for_each(|byte| terminal.feed(&[*byte]));
        assert!(!terminal.has_input(), "nothing of it goes back");
        match terminal.take_events().as_slice() {
            [Event::Clipboard(text)] => Some(text.0.clone()),
            [] => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn base64_is_read_as_xterm_reads_it() {
        for (base64, text) in [
            ("", ""),
            ("!", ""),
            ("A", ""),
            ("YQ==", "a"),
            ("YQ", "a"),
            ("YR==", "a"),
            ("YWJj", "abc"),
            ("YW\r\nJj Z", "abc"),
            ("YQ==Yg==", "a "),
            ("w6nwn5iA", "é😀"),
            ("/w==", "\u{fffd}"),
            ("GwlhDQoAYg==", "\ta\r\nb"),
        ] {
            assert_eq!(decode(base64), text, "{base64:?}");
        }
    }

    #[test]
    fn selections_are_those_of_xterm_and_questions_are_not_answered() {
        for selections in ["c", "p", "q", "s", "0", "7", "", "pc", "xs"] {
            assert_eq!(put(format!("\x1b]52;{selections};YQ==\x07").as_bytes()), Some("a".into()), "{selections}");
        }
        for other in ["52;x;YQ==", "52;8;YQ==", "52;c;?", "52;?", "52", "52;YQ=="] {
            assert_eq!(put(format!("\x1b]{other}\x1b\\").as_bytes()), None, "{other}");
        }
        assert_eq!(put(b"\x1b]52;c;!\x07"), Some(String::new()), "what is no base64 clears");
        assert_eq!(put(b"\x1b]52;c;YQ==\x18"), None, "aborted");
    }

    #[test]
    fn it_is_off_unless_the_operator_turns_it_on() {
        let mut terminal = terminal(false);
        terminal.feed(b"\x1b]52;c;YQ==\x07");
        assert_eq!(terminal.take_events(), []);
        terminal.feed(b"\x1b]52;c;");
        (0..100).for_each(|_| terminal.feed(&[b'A'; 65_536]));
        assert!(terminal.memory() < 100 * 1024, "{} bytes", terminal.memory());
    }

    #[test]
    fn text_is_bounded() {
        let command = |bytes: usize| format!("\x1b]52;c;{}\x07", "QUJD".repeat(bytes.div_ceil(3)));
        let mut terminal = terminal(true);
        let fresh = terminal.memory();
        terminal.feed(command(MAX_CLIPBOARD).as_bytes());
        assert!(terminal.memory() - fresh >= MAX_CLIPBOARD, "what waits is counted");
        let [Event::Clipboard(text)] = &terminal.take_events()[..] else { panic!("it is that") };
        assert_eq!(text.0.len(), MAX_CLIPBOARD);
        assert_eq!(format!("{text:?}"), "ClipboardText(262144 bytes)");
        assert!(terminal.memory() - fresh <= 2 * MAX_STRING, "a long string's memory is given back");
        terminal.feed(command(MAX_CLIPBOARD + 100).as_bytes());
        assert_eq!(terminal.take_events(), [], "more than that is nothing");
        terminal.feed(b"\x1b]52;c;");
        (0..100).for_each(|_| terminal.feed(&[b'A'; 65_536]));
        assert!(terminal.memory() - fresh <= 2 * MAX_CLIPBOARD_STRING);
        terminal.feed(b"\x07\x1b]2;x\x07");
        assert!(terminal.memory() - fresh <= 2 * MAX_STRING);
        // Broken text grows when it is mended.
        let broken = format!("\x1b]52;c;{}\x07", "////".repeat(MAX_CLIPBOARD / 3));
        terminal.take_events();
        terminal.feed(broken.as_bytes());
        let [Event::Clipboard(text)] = &terminal.take_events()[..] else { panic!("it is that") };
        assert!(text.0.len() <= MAX_CLIPBOARD && text.0.len() > MAX_CLIPBOARD - 3);
        // Only this command may be long.
        for start in ["\x1b]2;52;", "\x1bP52;", "\x1b]8;;52;"] {
            terminal.feed(start.as_bytes());
            terminal.feed(&[b'A'; 65_536]);
            assert!(terminal.memory() - fresh <= 2 * MAX_STRING);
            terminal.feed(b"\x1b\\");
        }
    }
}
