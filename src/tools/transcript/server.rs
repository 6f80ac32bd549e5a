//! What a server sent. A few things follow from what its client chose; without that they are guessed.

use super::client::{Client, fence_name, name};
use super::{Lines, NO_VERSION, OTHER_SECURITY, hex, may_be_version, minor_version, text};
use crate::geometry::Size;
use crate::rfb::decode::{Decoders, Progress};
use crate::rfb::ext::audio;
use crate::rfb::ext::console::Notice;
use crate::rfb::ids::{Encoding, QemuSubtype, SecurityType, ServerMessageType};
use crate::rfb::message::server::{REASON_MAX, RectHead, ServerInit, ServerMessage};
use crate::rfb::pixel_format::PixelFormat;
use crate::rfb::wire::Reader;

const WHO: &str = "server";

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum State {
    Version,
    SecurityTypes,
    Reason,
    Challenge,
    Result,
    Init,
    Message,
    /// So many rectangles of an update.
    Rects(u16),
    /// The data of one, of which so much has come, and the rectangles after it.
    Data(u64, u16),
    /// So many bytes of a cut text.
    Text(u32),
    /// Nothing that can be read.
    Unreadable,
    /// The rest of data that turned out to be wrong: how much of it was data, nobody knows.
    Lost,
}

/// Reads it.
#[derive(Debug)]
pub(super) struct Server {
    state: State,
    minor: Option<u8>,
    security: Option<SecurityType>,
    format: Option<PixelFormat>,
    size: Size,
    decoders: Decoders,
}

/// Why nothing more can be read.
struct Unreadable(String);

impl<E: std::error::Error> From<E> for Unreadable {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl Server {
    /// What is known of the client, if anything.
    pub(super) fn new(client: Option<&Client>) -> Self {
        Self {
            state: State::Version,
            minor: client.and_then(|client| client.minor),
            security: client.and_then(|client| client.security),
            format: client.and_then(|client| client.format),
            size: Size::default(),
            decoders: Decoders::new(PixelFormat::SERVER_DEFAULT),
        }
    }

    /// Whether something has begun and is not complete.
    pub(super) fn is_within(&self) -> bool {
        !matches!(self.state, State::Version | State::Message | State::Rects(0) | State::Unreadable | State::Lost)
    }

    /// Reads one thing; false when more is needed for it.
    pub(super) fn step(&mut self, r: &mut Reader<'_>, lines: &mut Lines) -> bool {
        let result = match self.state {
            State::Version => self.version(r, lines),
            State::SecurityTypes => Ok(self.security_types(r, lines)),
            State::Reason => Self::reason(r, lines).inspect(|done| {
                if *done {
                    self.state = State::Unreadable;
                }
            }),
            State::Challenge => Ok(r.array::<16>().is_some_and(|challenge| {
                lines.bytes(WHO, &challenge, format_args!("the challenge"));
                self.state = State::Result;
                true
            })),
            State::Result => Ok(self.result(r, lines)),
            State::Init => self.init(r, lines),
            State::Message => self.message(r, lines),
            State::Rects(0) => {
                self.state = State::Message;
                Ok(true)
            }
            State::Rects(left) => self.rect(left, r, lines),
            State::Data(taken, left) => self.data(taken, left, r, lines),
            State::Text(left) => Ok(self.text(left, r, lines)),
            State::Unreadable => Ok(super::unreadable(WHO, r, lines)),
            State::Lost => {
                let _ = r.skip(r.remaining().len());
                Ok(false)
            }
        };
        result.unwrap_or_else(|Unreadable(why)| {
            lines.unreadable(why);
            self.state = if matches!(self.state, State::Data(..)) { State::Lost } else { State::Unreadable };
            true
        })
    }

    fn version(&mut self, r: &mut Reader<'_>, lines: &mut Lines) -> Result<bool, Unreadable> {
        if !may_be_version(r) {
            return Err(Unreadable(NO_VERSION.into()));
        }
        let Some(version) = r.array::<12>() else { return Ok(false) };
        lines.tokens(WHO, &text(&version), format_args!("ProtocolVersion"));
        self.minor = self.minor.or_else(|| minor_version(&version));
        self.state = State::SecurityTypes;
        Ok(true)
    }

    fn security_types(&mut self, r: &mut Reader<'_>, lines: &mut Lines) -> bool {
        if self.minor == Some(3) {
            let Some(number) = r.u32() else { return false };
            let security = SecurityType(u8::try_from(number).unwrap_or(u8::MAX));
            lines.tokens(WHO, &format!("u32:{number}"), format_args!("security type {security:?}"));
            self.state = match security {
                SecurityType::INVALID => State::Reason,
                SecurityType::VNC_AUTHENTICATION => State::Challenge,
                _ => State::Init,
            };
            return true;
        }
        let Some(types) = r.peek().and_then(|count| r.bytes(1 + usize::from(count))) else { return false };
        let offered: Vec<SecurityType> = types[1..].iter().copied().map(SecurityType).collect();
        if offered.is_empty() {
            lines.bytes(WHO, types, format_args!("no security types"));
            self.state = State::Reason;
            return true;
        }
        let names: Vec<String> = offered.iter().map(|offered| format!("{offered:?}")).collect();
        lines.bytes(WHO, types, format_args!("security types {}", names.join(" ")));
        // Of several types the client chose one; None is what is chosen where it can be.
        let guess = if offered.contains(&SecurityType::NONE) { SecurityType::NONE } else { offered[0] };
        self.state = match *self.security.get_or_insert(guess) {
            SecurityType::NONE if self.minor == Some(7) => State::Init,
            SecurityType::NONE => State::Result,
            SecurityType::VNC_AUTHENTICATION => State::Challenge,
            _ => {
                lines.unreadable(OTHER_SECURITY);
                State::Unreadable
            }
        };
        true
    }

    fn result(&mut self, r: &mut Reader<'_>, lines: &mut Lines) -> bool {
        let Some(result) = r.u32() else { return false };
        let meaning = if result == 0 { "let in" } else { "refused" };
        lines.tokens(WHO, &format!("u32:{result}"), format_args!("SecurityResult: {meaning}"));
        self.state = match result {
            0 => State::Init,
            _ if self.minor == Some(8) => State::Reason,
            _ => State::Unreadable,
        };
        true
    }

    fn reason(r: &mut Reader<'_>, lines: &mut Lines) -> Result<bool, Unreadable> {
        let mut probe = r.clone();
        let Some(length) = probe.u32() else { return Ok(false) };
        if length as usize > REASON_MAX {
            return Err(Unreadable("a reason of more than 1 KiB".into()));
        }
        let Some(reason) = probe.bytes(length as usize) else { return Ok(false) };
        lines.tokens(WHO, &format!("u32:{length} {}", text(reason)), format_args!("the reason"));
        *r = probe;
        Ok(true)
    }

    fn init(&mut self, r: &mut Reader<'_>, lines: &mut Lines) -> Result<bool, Unreadable> {
        let bytes = r.remaining();
        let Some(init) = ServerInit::decode(r)? else { return Ok(false) };
        let Size { width, height } = init.size;
        let format = self.format.unwrap_or(init.pixel_format);
        let said = super::format_name(&init.pixel_format);
        let tokens = format!("u16:{width} u16:{height} {}", hex(&init.pixel_format.to_bytes()));
        lines.tokens(WHO, &tokens, format_args!("ServerInit: {}, {said}", init.size));
        let name = &bytes[24..bytes.len() - r.remaining().len()];
        lines.tokens(WHO, &format!("u32:{} {}", name.len(), text(name)), format_args!("its name"));
        format.check()?;
        self.size = init.size;
        self.decoders = Decoders::new(format);
        self.state = State::Message;
        Ok(true)
    }

    fn message(&mut self, r: &mut Reader<'_>, lines: &mut Lines) -> Result<bool, Unreadable> {
        let bytes = r.remaining();
        if r.peek() == Some(ServerMessageType::QEMU.0) {
            match r.remaining().get(1).copied().map(QemuSubtype) {
                None => return Ok(false),
                Some(QemuSubtype::AUDIO) => return self.sound(r, lines),
                Some(_) => {}
            }
            let Some(notice) = Notice::decode(r)? else { return Ok(false) };
            let bytes = &bytes[..bytes.len() - r.remaining().len()];
            lines.bytes(WHO, &bytes[..8], format_args!("console extension: {:?}", notice.number()));
            lines.raw(WHO, &bytes[8..]);
            return Ok(true);
        }
        let Some(message) = ServerMessage::decode(r)? else { return Ok(false) };
        let bytes = &bytes[..bytes.len() - r.remaining().len()];
        match &message {
            ServerMessage::FramebufferUpdate { rects } => {
                lines.tokens(WHO, &format!("00 {:02x} u16:{rects}", bytes[1]), format_args!("FramebufferUpdate"));
                self.state = State::Rects(*rects);
            }
            ServerMessage::SetColourMapEntries { first, colours } => {
                self.decoders.set_colours(*first, colours);
                let (head, count) = (&bytes[..6], colours.len());
                lines.bytes(WHO, head, format_args!("SetColourMapEntries: {count} from {first}"));
                lines.raw(WHO, &bytes[6..]);
            }
            ServerMessage::ServerCutText { length } => {
                let extended = if *length < 0 { " of the extended clipboard" } else { "" };
                let length = length.unsigned_abs();
                lines.bytes(WHO, bytes, format_args!("ServerCutText: {length} bytes{extended}"));
                self.state = if length > 0 { State::Text(length) } else { State::Message };
            }
            ServerMessage::Bell => lines.bytes(WHO, bytes, format_args!("Bell")),
            ServerMessage::EndOfContinuousUpdates => lines.bytes(WHO, bytes, format_args!("EndOfContinuousUpdates")),
            ServerMessage::Xvp { version, code } => {
                lines.bytes(WHO, bytes, format_args!("xvp: version {version}, code {code}"));
            }
            ServerMessage::ServerFence(fence) => {
                lines.bytes(WHO, bytes, format_args!("ServerFence: {}", fence_name(fence)));
            }
        }
        Ok(true)
    }

    /// The head of a message of sound; its frames are bytes like others.
    fn sound(&mut self, r: &mut Reader<'_>, lines: &mut Lines) -> Result<bool, Unreadable> {
        let bytes = r.remaining();
        let Some(notice) = audio::Notice::decode(r)? else { return Ok(false) };
        let bytes = &bytes[..bytes.len() - r.remaining().len()];
        lines.bytes(WHO, bytes, format_args!("QEMU audio: {notice:?}"));
        if let audio::Notice::Data(length @ 1..) = notice {
            self.state = State::Text(length);
        }
        Ok(true)
    }

    /// The head of a rectangle, and all of a pseudo-encoding.
    fn rect(&mut self, left: u16, r: &mut Reader<'_>, lines: &mut Lines) -> Result<bool, Unreadable> {
        let mut probe = r.clone();
        let Some(head) = RectHead::decode(&mut probe) else { return Ok(false) };
        let (area, encoding) = (head.area, head.encoding);
        let more = match encoding {
            Encoding::EXTENDED_DESKTOP_SIZE => {
                // The number of screens, three bytes of padding, and sixteen for each.
                let Some(count) = probe.peek() else { return Ok(false) };
                probe.bytes(4 + 16 * usize::from(count))
            }
            Encoding::DESKTOP_NAME => {
                let mut name = probe.clone();
                let Some(length) = name.u32() else { return Ok(false) };
                if length as usize > REASON_MAX {
                    return Err(Unreadable("a desktop name of more than 1 KiB".into()));
                }
                probe.bytes(4 + length as usize)
            }
            Encoding::QEMU_LED_STATE => probe.bytes(1),
            Encoding::VMWARE_LED_STATE => probe.bytes(4),
            _ => Some(&[][..]),
        };
        let Some(more) = more else { return Ok(false) };
        let tokens = format!("{} i32:{}", hex(&r.remaining()[..8]), encoding.0);
        let place = if is_pseudo(encoding) && area.is_empty() {
            String::new()
        } else {
            format!(" {},{} {}", area.x, area.y, area.size())
        };
        lines.tokens(WHO, &tokens, format_args!("{}{place}", name(encoding)));
        lines.raw(WHO, more);
        *r = probe;
        self.state = State::Rects(left - 1);
        match encoding {
            Encoding::LAST_RECT => self.state = State::Rects(0),
            Encoding::DESKTOP_SIZE | Encoding::EXTENDED_DESKTOP_SIZE => self.size = area.size(),
            Encoding::DESKTOP_NAME
            | Encoding::QEMU_EXTENDED_KEY
            | Encoding::QEMU_LED_STATE
            | Encoding::VMWARE_LED_STATE
            | Encoding::QEMU_AUDIO
            | Encoding::EXTENDED_MOUSE_BUTTONS
            | Encoding::CONSOLE => {}
            encoding => {
                self.decoders.begin(area, encoding, self.size)?;
                self.state = State::Data(0, left - 1);
            }
        }
        Ok(true)
    }

    fn data(&mut self, before: u64, left: u16, r: &mut Reader<'_>, lines: &mut Lines) -> Result<bool, Unreadable> {
        let progress = self.decoders.decode(r.remaining(), &mut |_| {})?;
        let (Progress::Incomplete(taken) | Progress::Done(taken)) = progress;
        let _ = r.skip(taken);
        let all = before + taken as u64;
        if matches!(progress, Progress::Incomplete(_)) {
            self.state = State::Data(all, left);
            return Ok(false);
        }
        if all > 0 {
            lines.remark(format_args!("{all} bytes of data"));
        }
        self.state = State::Rects(left);
        Ok(true)
    }

    fn text(&mut self, left: u32, r: &mut Reader<'_>, lines: &mut Lines) -> bool {
        let left = super::text_lines(WHO, left, r, lines);
        let Some(left) = left else { return false };
        self.state = if left == 0 { State::Message } else { State::Text(left) };
        true
    }
}

fn is_pseudo(encoding: Encoding) -> bool {
    encoding == Encoding::CONSOLE || encoding.0 < 0 && encoding != Encoding::TIGHT_PNG
}
