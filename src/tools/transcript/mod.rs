//! `vncterm debug transcript`: what a viewer or a server sent, recorded, in lines that people read and that the transcripts
//! under tests/rfb take.

mod client;
mod server;

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

use super::{Failure, Input, Streams};
use crate::config::tools::Transcript;
use crate::rfb::pixel_format::PixelFormat;
use crate::rfb::wire::Reader;
use client::Client;
use server::Server;

/// Bytes of text or of what cannot be read on one line.
const LINE: usize = 32;
/// Why a recording is read up to the choice of security only.
const OTHER_SECURITY: &str = "the security type is not None or VncAuthentication";
/// Why it is not read at all.
const NO_VERSION: &str = "it is no version of RFB";

/// Writes what the client sent, then what the server sent, which the client's choices explain.
pub fn run(options: &Transcript, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let mut out = BufWriter::new(&mut *streams.output);
    let mut client = Client::default();
    if let Some(file) = &options.client {
        let mut input = Input::open(Some(file), &mut *streams.input)?;
        let left = play(&mut input, &mut out, |r, lines| client.step(r, lines))?;
        end(left || client.is_within(), &mut out)?;
    }
    if let Some(file) = &options.server {
        let mut server = Server::new(options.client.is_some().then_some(&client));
        let mut input = Input::open(Some(file), &mut *streams.input)?;
        let left = play(&mut input, &mut out, |r, lines| server.step(r, lines))?;
        end(left || server.is_within(), &mut out)?;
    }
    out.flush().map_err(Failure::Write)
}

/// Says that the recording ends where it should not.
fn end(within: bool, out: &mut impl Write) -> Result<(), Failure> {
    if within { writeln!(out, "# the recording ends within a message").map_err(Failure::Write) } else { Ok(()) }
}

/// Gives `step` what has come until it wants more. What it leaves is kept for the next time: a message at most. Whether
/// anything is left in the end.
fn play(
    input: &mut Input<'_>,
    out: &mut impl Write,
    mut step: impl FnMut(&mut Reader<'_>, &mut Lines) -> bool,
) -> Result<bool, Failure> {
    let (mut buffer, mut lines) = (Vec::new(), Lines::default());
    while !lines.end {
        match input.next_piece()? {
            Some(piece) => buffer.extend_from_slice(piece),
            None => lines.end = true,
        }
        let mut r = Reader::new(&buffer);
        while step(&mut r, &mut lines) {
            lines.write(out).map_err(Failure::Write)?;
        }
        lines.write(out).map_err(Failure::Write)?;
        let taken = r.position();
        buffer.drain(..taken);
    }
    Ok(!buffer.is_empty())
}

/// The lines of a step.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    /// No more bytes will come.
    end: bool,
}

impl Lines {
    /// A line of bytes, and what they mean.
    fn bytes(&mut self, who: &str, bytes: &[u8], meaning: std::fmt::Arguments<'_>) {
        self.tokens(who, &hex(bytes), meaning);
    }

    /// A line of tokens, and what they mean.
    fn tokens(&mut self, who: &str, tokens: &str, meaning: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.text, "{who} {tokens:<40} # {meaning}");
    }

    /// Text, or what is not understood.
    fn raw(&mut self, who: &str, bytes: &[u8]) {
        for line in bytes.chunks(LINE) {
            let is_text = line.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t'));
            let tokens = if is_text { text(line) } else { hex(line) };
            let _ = writeln!(self.text, "{who} {tokens}");
        }
    }

    /// Says where the reading ends, and why.
    fn unreadable(&mut self, why: impl std::fmt::Display) {
        self.remark(format_args!("what follows cannot be read: {why}"));
    }

    /// A line that is no message.
    fn remark(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.text, "# {text}");
    }

    fn write(&mut self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        let _ = write!(out, "{}{byte:02x}", if index > 0 { " " } else { "" });
    }
    out
}

/// Text as the transcripts quote it.
fn text(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'"' | b'\\' | 0..=0x1f | 0x7f.. => {
                let _ = write!(out, "\\x{byte:02x}");
            }
            _ => out.push(char::from(*byte)),
        }
    }
    out + "\""
}

/// What nobody understands, in full lines as far as it has come; whether there were any.
fn unreadable(who: &str, r: &mut Reader<'_>, lines: &mut Lines) -> bool {
    let length = r.remaining().len();
    let whole = if lines.end { length } else { length / LINE * LINE };
    lines.raw(who, r.bytes(whole).unwrap_or_default());
    whole > 0
}

/// A text of which `left` bytes are to come, in full lines but the last; how many are to come then, if there were any.
fn text_lines(who: &str, left: u32, r: &mut Reader<'_>, lines: &mut Lines) -> Option<u32> {
    let here = r.remaining().len().min(left as usize);
    let whole = if here == left as usize { here } else { here / LINE * LINE };
    lines.raw(who, r.bytes(whole).unwrap_or_default());
    (whole > 0).then(|| left - whole as u32)
}

/// A pixel format in a few words.
fn format_name(format: &PixelFormat) -> String {
    let order = if format.big_endian { ", big-endian" } else { "" };
    let colours = if format.true_colour { "" } else { ", colour map" };
    format!("{} bits, depth {}{order}{colours}", format.bits_per_pixel, format.depth)
}

/// Whether what has come may be the beginning of a ProtocolVersion message.
fn may_be_version(r: &Reader<'_>) -> bool {
    r.remaining().iter().zip(b"RFB ").all(|(byte, expected)| byte == expected)
}

/// The minor version of a ProtocolVersion message, by the rules of servers: what is unknown counts as the nearest below.
fn minor_version(message: &[u8]) -> Option<u8> {
    let digits = message.strip_prefix(b"RFB ")?;
    match (digits.get(..4)?, digits.get(4..7)?) {
        (b"003.", b"007") => Some(7),
        (b"003.", minor) if minor < b"007".as_slice() => Some(3),
        _ => Some(8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tools::Tool;
    use crate::tools::run as run_tool;

    /// The transcript of what the client sent, or the server.
    fn transcript(client: bool, mut bytes: &[u8]) -> String {
        let file = |wanted: bool| wanted.then(|| "-".into());
        let tool = Tool::Transcript(Transcript { client: file(client), server: file(!client) });
        let (mut output, mut remarks) = (Vec::new(), Vec::new());
        let streams = Streams { input: &mut bytes, output: &mut output, remarks: &mut remarks };
        run_tool(&tool, streams).expect("memory is read and written");
        String::from_utf8(output).expect("text")
    }

    fn assert_lines(found: &str, wanted: &[&str]) {
        let found: Vec<String> =
            found.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_client_is_read_from_its_version_on() {
        let bytes = [
            &b"RFB 003.008\n\x01\x01\x02\0\0\x02\0\0\0\x07\xff\xff\xff\x21"[..],
            b"\x04\x01\0\0\0\0\xff\x0d\x05\x01\0\x03\0\x04\xff\0\0\x01\0\0\0\x61\0\0\0\x1e",
            b"\x06\0\0\0\0\0\0\x02h\n\x03\x01\0\0\0\0\0\x10\0\x08\xf8\0",
        ]
        .concat();
        assert_lines(
            &transcript(true, &bytes),
            &[
                "client \"RFB 003.008\\n\" # ProtocolVersion",
                "client 01 # security type None",
                "client 01 # ClientInit: shared",
                "client 02 00 u16:2 # SetEncodings",
                "client i32:7 # Tight",
                "client i32:-223 # DesktopSize",
                "client 04 01 00 00 00 00 ff 0d # KeyEvent: Return pressed",
                "client 05 01 00 03 00 04 # PointerEvent: 3,4 buttons 01",
                "client ff 00 00 01 00 00 00 61 00 00 00 1e # QEMU extended KeyEvent: a pressed, keycode 1e",
                "client 06 00 00 00 00 00 00 02 # ClientCutText: 2 bytes",
                "client \"h\\n\"",
                "client 03 01 00 00 00 00 00 10 00 08 # FramebufferUpdateRequest: incremental, 0,0 16x8",
                "# the recording ends within a message",
            ],
        );
    }

    #[test]
    fn what_cannot_be_read_is_shown_and_ends_the_reading() {
        assert_lines(
            &transcript(true, b"RFB 003.008\n\x13\0\x02abc"),
            &[
                "client \"RFB 003.008\\n\" # ProtocolVersion",
                "client 13 # security type VeNCrypt",
                "# what follows cannot be read: the security type is not None or VncAuthentication",
                "client 00 02 61 62 63",
            ],
        );
        assert_lines(
            &transcript(true, b"RFB 003.003\n\x00\x63xy"),
            &[
                "client \"RFB 003.003\\n\" # ProtocolVersion",
                "client 00 # ClientInit: exclusive",
                "# what follows cannot be read: unsupported client message 99",
                "client \"cxy\"",
            ],
        );
        assert!(transcript(true, b"GET / HTTP/1.1\r\n").starts_with("# what follows cannot be read: it is no version"));
    }

    /// ServerInit of a picture of 2x1.
    fn init() -> Vec<u8> {
        let mut bytes = b"\0\x02\0\x01".to_vec();
        bytes.extend(PixelFormat::SERVER_DEFAULT.to_bytes());
        bytes.extend(b"\0\0\0\x04test");
        bytes
    }

    #[test]
    fn a_server_is_read_with_its_rectangles() {
        let update = b"\0\0\0\x02\0\0\0\0\0\x02\0\x01\0\0\0\0aaaabbbb\0\0\0\0\0\0\0\0\xff\xff\xff\x20\x02";
        let bytes = [&b"RFB 003.008\n\x01\x01\0\0\0\0"[..], &init(), update].concat();
        assert_lines(
            &transcript(false, &bytes),
            &[
                "server \"RFB 003.008\\n\" # ProtocolVersion",
                "server 01 01 # security types None",
                "server u32:0 # SecurityResult: let in",
                "server u16:2 u16:1 20 18 00 01 00 ff 00 ff 00 ff 10 08 00 00 00 00 # ServerInit: 2x1, 32 bits, depth 24",
                "server u32:4 \"test\" # its name",
                "server 00 00 u16:2 # FramebufferUpdate",
                "server 00 00 00 00 00 02 00 01 i32:0 # Raw 0,0 2x1",
                "# 8 bytes of data",
                "server 00 00 00 00 00 00 00 00 i32:-224 # LastRect",
                "server 02 # Bell",
            ],
        );
    }

    #[test]
    fn data_that_is_wrong_ends_the_reading() {
        // ZRLE whose stream is no stream.
        let update = b"\0\0\0\x01\0\0\0\0\0\x02\0\x01\0\0\0\x10\0\0\0\x04oops\x02";
        let bytes = [&b"RFB 003.008\n\x01\x01\0\0\0\0"[..], &init(), update].concat();
        let found = transcript(false, &bytes);
        let (_, end) = found.split_once("# ZRLE 0,0 2x1\n").expect("the head of the rectangle");
        assert!(end.starts_with("# what follows cannot be read: ") && end.lines().count() == 1, "{end}");
    }

    #[test]
    fn a_server_that_refuses_says_why() {
        assert_lines(
            &transcript(false, b"RFB 003.008\n\0\0\0\0\x04full"),
            &[
                "server \"RFB 003.008\\n\" # ProtocolVersion",
                "server 00 # no security types",
                "server u32:4 \"full\" # the reason",
            ],
        );
    }
}
