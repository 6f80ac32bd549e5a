//! What a client sent.

use super::{Lines, NO_VERSION, OTHER_SECURITY, may_be_version, minor_version, text};
use crate::input::KeyEvent;
use crate::rfb::ids::{Encoding, SecurityType};
use crate::rfb::message::Fence;
use crate::rfb::message::client::{ClientMessage, Dialect};
use crate::rfb::pixel_format::PixelFormat;
use crate::rfb::wire::Reader;

const WHO: &str = "client";

/// What comes next.
#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Version,
    SecurityType,
    /// The answer to a challenge.
    Response,
    Init,
    Message,
    /// So many encodings of a list.
    Encodings(u16),
    /// So many bytes of a cut text.
    Text(u32),
    /// Nothing that can be read.
    Unreadable,
}

/// Reads it.
#[derive(Debug, Default)]
pub(super) struct Client {
    state: State,
    dialect: Dialect,
    /// The minor version it chose: 3, 7 or 8.
    pub(super) minor: Option<u8>,
    pub(super) security: Option<SecurityType>,
    /// The first format it asked for.
    pub(super) format: Option<PixelFormat>,
}

impl Client {
    /// Whether something has begun and is not complete.
    pub(super) fn is_within(&self) -> bool {
        !matches!(self.state, State::Version | State::Message | State::Unreadable)
    }

    /// Reads one thing; false when more is needed for it.
    pub(super) fn step(&mut self, r: &mut Reader<'_>, lines: &mut Lines) -> bool {
        match self.state {
            State::Version => self.version(r, lines),
            State::SecurityType => {
                let Some(number) = r.u8() else { return false };
                let security = SecurityType(number);
                self.security = Some(security);
                lines.bytes(WHO, &[number], format_args!("security type {security:?}"));
                self.state = match security {
                    SecurityType::NONE => State::Init,
                    SecurityType::VNC_AUTHENTICATION => State::Response,
                    _ => {
                        lines.unreadable(OTHER_SECURITY);
                        State::Unreadable
                    }
                };
                true
            }
            State::Response => {
                let Some(response) = r.array::<16>() else { return false };
                lines.bytes(WHO, &response, format_args!("the answer to the challenge"));
                self.state = State::Init;
                true
            }
            State::Init => {
                let Some(shared) = r.u8() else { return false };
                let how = if shared != 0 { "shared" } else { "exclusive" };
                lines.bytes(WHO, &[shared], format_args!("ClientInit: {how}"));
                self.state = State::Message;
                true
            }
            State::Message => self.message(r, lines),
            State::Encodings(left) => {
                let Some(encoding) = r.i32().map(Encoding) else { return false };
                self.dialect.extended_mouse_buttons |= encoding == Encoding::EXTENDED_MOUSE_BUTTONS;
                self.dialect.console |= encoding == Encoding::CONSOLE;
                self.dialect.audio |= encoding == Encoding::QEMU_AUDIO;
                lines.tokens(WHO, &format!("i32:{}", encoding.0), format_args!("{}", name(encoding)));
                self.state = if left > 1 { State::Encodings(left - 1) } else { State::Message };
                true
            }
            State::Text(left) => {
                let Some(left) = super::text_lines(WHO, left, r, lines) else { return false };
                self.state = if left == 0 { State::Message } else { State::Text(left) };
                true
            }
            State::Unreadable => super::unreadable(WHO, r, lines),
        }
    }

    fn version(&mut self, r: &mut Reader<'_>, lines: &mut Lines) -> bool {
        if !may_be_version(r) {
            lines.unreadable(NO_VERSION);
            self.state = State::Unreadable;
            return true;
        }
        let Some(version) = r.array::<12>() else { return false };
        lines.tokens(WHO, &text(&version), format_args!("ProtocolVersion"));
        self.minor = minor_version(&version);
        // The server of 3.3 chose, and a client's bytes do not say what.
        self.state = if self.minor == Some(3) { State::Init } else { State::SecurityType };
        true
    }

    fn message(&mut self, r: &mut Reader<'_>, lines: &mut Lines) -> bool {
        let bytes = r.remaining();
        let message = match ClientMessage::decode(r, self.dialect) {
            Ok(Some(message)) => message,
            Ok(None) => return false,
            Err(error) => {
                lines.unreadable(error);
                self.state = State::Unreadable;
                return true;
            }
        };
        let bytes = &bytes[..bytes.len() - r.remaining().len()];
        match &message {
            ClientMessage::SetEncodings { count } => {
                lines.tokens(WHO, &format!("02 {:02x} u16:{count}", bytes[1]), format_args!("SetEncodings"));
                self.state = if *count > 0 { State::Encodings(*count) } else { State::Message };
            }
            ClientMessage::ClientCutText { length } => {
                let extended = if *length < 0 { " of the extended clipboard" } else { "" };
                let length = length.unsigned_abs();
                lines.bytes(WHO, bytes, format_args!("ClientCutText: {length} bytes{extended}"));
                self.state = if length > 0 { State::Text(length) } else { State::Message };
            }
            ClientMessage::SetPixelFormat(format) => {
                self.format.get_or_insert(*format);
                lines.bytes(WHO, bytes, format_args!("SetPixelFormat: {}", super::format_name(format)));
            }
            message => lines.bytes(WHO, bytes, format_args!("{}", meaning(message))),
        }
        true
    }
}

/// The name of an encoding, its level, or that it is unknown.
pub(super) fn name(encoding: Encoding) -> String {
    match (encoding.name(), encoding.compression_level(), encoding.quality_level()) {
        (_, Some(level), _) => format!("CompressLevel{level}"),
        (_, _, Some(level)) => format!("QualityLevel{level}"),
        (Some(name), _, _) => name.into(),
        (None, _, _) => "unknown".into(),
    }
}

fn meaning(message: &ClientMessage) -> String {
    match message {
        ClientMessage::FramebufferUpdateRequest { incremental, area } => {
            let how = if *incremental { "incremental, " } else { "" };
            format!("FramebufferUpdateRequest: {how}{},{} {}", area.x, area.y, area.size())
        }
        ClientMessage::KeyEvent(key) => key_name(key),
        ClientMessage::PointerEvent(pointer) => {
            format!("PointerEvent: {},{} buttons {:02x}", pointer.x, pointer.y, pointer.buttons)
        }
        ClientMessage::EnableContinuousUpdates { enable, area } => {
            let how = if *enable { "on" } else { "off" };
            format!("EnableContinuousUpdates: {how}, {},{} {}", area.x, area.y, area.size())
        }
        ClientMessage::ClientFence(fence) => format!("ClientFence: {}", fence_name(fence)),
        ClientMessage::Xvp { version, code } => format!("xvp: version {version}, code {code}"),
        ClientMessage::SetDesktopSize(layout) => format!("SetDesktopSize: {}", layout.size),
        ClientMessage::Audio(request) => format!("QEMU audio: {request:?}"),
        ClientMessage::Console(request) => format!("console extension: {request:?}"),
        ClientMessage::SetPixelFormat(_) | ClientMessage::SetEncodings { .. } | ClientMessage::ClientCutText { .. } => {
            String::new()
        }
    }
}

/// This is the one place that tells a key: somebody gave us the recording to read.
fn key_name(key: &KeyEvent) -> String {
    let how = if key.down { "pressed" } else { "released" };
    let name = key.keysym.name().map_or_else(|| format!("keysym {:x}", key.keysym.0), str::to_owned);
    match key.keycode {
        Some(code) => format!("QEMU extended KeyEvent: {name} {how}, keycode {code:x}"),
        None => format!("KeyEvent: {name} {how}"),
    }
}

/// A question or an answer.
pub(super) fn fence_name(fence: &Fence) -> String {
    let what = if fence.has(Fence::REQUEST) { "a question" } else { "an answer" };
    format!("{what}, {} bytes", fence.payload.len())
}
