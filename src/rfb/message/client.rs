//! Messages from the client (RFC 6143 §7.5).

use super::Fence;
use crate::geometry::Rect;
use crate::input::{KeyEvent, Keysym, PointerEvent};
use crate::rfb::error::RfbError;
use crate::rfb::ext::console::Request;
use crate::rfb::ext::desktop_size::ScreenLayout;
use crate::rfb::ext::{audio, qemu_key, xvp};
use crate::rfb::ids::{ClientMessageType, Encoding, QemuSubtype};
use crate::rfb::pixel_format::PixelFormat;
use crate::rfb::wire::{Reader, Writer};

/// A message from the client. The variants bear the standards' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientMessage {
    /// Pixels are to be sent in this format; not yet checked.
    SetPixelFormat(PixelFormat),
    /// The head of a list of encodings: so many numbers of 32 bits follow.
    SetEncodings {
        /// As the client says.
        count: u16,
    },
    /// An update is wanted.
    FramebufferUpdateRequest {
        /// Only what changed; else all of `area`.
        incremental: bool,
        /// As the client says: not clipped.
        area: Rect,
    },
    /// A key; also the QEMU extended one, which has a keycode.
    KeyEvent(KeyEvent),
    /// The pointer, not clipped.
    PointerEvent(PointerEvent),
    /// The head of a cut text: so many bytes follow. Negative for the extended clipboard.
    ClientCutText {
        /// As the client says.
        length: i32,
    },
    /// Updates without requests, or no longer.
    EnableContinuousUpdates {
        /// On, or else off.
        enable: bool,
        /// As the client says: not clipped.
        area: Rect,
    },
    /// A fence, or an answer to one.
    ClientFence(Fence),
    /// The client wants the picture to have another size.
    SetDesktopSize(ScreenLayout),
    /// A request of the console extension.
    Console(Request),
    /// Something is wanted of sound.
    Audio(audio::Request),
    /// A power button of the guest.
    Xvp {
        /// As the client says.
        version: u8,
        /// As the client says.
        code: u8,
    },
}

/// What the connection has agreed on that changes how messages are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// ExtendedMouseButtons was acknowledged: bit 7 of a pointer's mask says that another byte follows.
    pub extended_mouse_buttons: bool,
    /// The console extension was listed: there are messages of it.
    pub console: bool,
    /// QEMU Audio was listed: there are messages of it.
    pub audio: bool,
}

impl ClientMessage {
    /// The next message; `Ok(None)`: wait for more, the reader has not moved.
    pub fn decode(r: &mut Reader<'_>, dialect: Dialect) -> Result<Option<Self>, RfbError> {
        r.whole_or(|r| {
            let Some(number) = r.u8() else { return Ok(None) };
            match ClientMessageType(number) {
                ClientMessageType::CLIENT_FENCE => Ok(Fence::decode(r)?.map(Self::ClientFence)),
                ClientMessageType::SET_DESKTOP_SIZE => Ok(ScreenLayout::decode(r).map(Self::SetDesktopSize)),
                ClientMessageType::QEMU => decode_qemu(r, dialect),
                ClientMessageType::POINTER_EVENT => Ok(decode_pointer(r, dialect).map(Self::PointerEvent)),
                known if known.name().is_some() => Ok(Self::decode_plain(r, known)),
                unknown => Err(RfbError::Unsupported { what: "client message", number: unknown.0.into() }),
            }
        })
    }

    /// The messages whose fields alone cannot be wrong.
    fn decode_plain(r: &mut Reader<'_>, number: ClientMessageType) -> Option<Self> {
        Some(match number {
            ClientMessageType::SET_PIXEL_FORMAT => {
                r.skip(3)?;
                Self::SetPixelFormat(PixelFormat::parse(&r.array()?))
            }
            ClientMessageType::SET_ENCODINGS => {
                r.skip(1)?;
                Self::SetEncodings { count: r.u16()? }
            }
            ClientMessageType::FRAMEBUFFER_UPDATE_REQUEST => {
                Self::FramebufferUpdateRequest { incremental: r.flag()?, area: decode_rect(r)? }
            }
            ClientMessageType::KEY_EVENT => {
                let down = r.flag()?;
                r.skip(2)?;
                Self::KeyEvent(KeyEvent { keysym: Keysym(r.u32()?), keycode: None, down, repeat: false })
            }
            ClientMessageType::CLIENT_CUT_TEXT => {
                r.skip(3)?;
                Self::ClientCutText { length: r.i32()? }
            }
            ClientMessageType::ENABLE_CONTINUOUS_UPDATES => {
                Self::EnableContinuousUpdates { enable: r.flag()?, area: decode_rect(r)? }
            }
            ClientMessageType::XVP => {
                let (version, code) = xvp::decode(r)?;
                Self::Xvp { version, code }
            }
            _ => return None,
        })
    }

    /// Appends the message, or its head; see [`set_encodings`] and [`client_cut_text`] for whole ones.
    pub fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::SetPixelFormat(format) => {
                w.u8(ClientMessageType::SET_PIXEL_FORMAT.0).pad(3).bytes(&format.to_bytes());
            }
            Self::SetEncodings { count } => {
                w.u8(ClientMessageType::SET_ENCODINGS.0).pad(1).u16(*count);
            }
            Self::FramebufferUpdateRequest { incremental, area } => {
                w.u8(ClientMessageType::FRAMEBUFFER_UPDATE_REQUEST.0).flag(*incremental);
                encode_rect(*area, w);
            }
            Self::KeyEvent(key) => match key.keycode {
                Some(keycode) => qemu_key::encode(key, keycode, w),
                None => {
                    w.u8(ClientMessageType::KEY_EVENT.0).flag(key.down).pad(2).u32(key.keysym.0);
                }
            },
            Self::PointerEvent(pointer) => encode_pointer(pointer, true, w),
            Self::ClientCutText { length } => {
                w.u8(ClientMessageType::CLIENT_CUT_TEXT.0).pad(3).i32(*length);
            }
            Self::EnableContinuousUpdates { enable, area } => {
                w.u8(ClientMessageType::ENABLE_CONTINUOUS_UPDATES.0).flag(*enable);
                encode_rect(*area, w);
            }
            Self::ClientFence(fence) => fence.encode(w),
            Self::SetDesktopSize(layout) => layout.encode_request(w),
            Self::Console(request) => request.encode(w),
            Self::Audio(request) => request.encode(w),
            Self::Xvp { version, code } => xvp::encode_request(*version, *code, w),
        }
    }
}

/// A whole SetEncodings. What exceeds 65,535 encodings is left out.
pub fn set_encodings(encodings: &[Encoding], w: &mut Writer<'_>) {
    let count = u16::try_from(encodings.len()).unwrap_or(u16::MAX);
    ClientMessage::SetEncodings { count }.encode(w);
    for encoding in encodings.iter().take(count.into()) {
        w.i32(encoding.0);
    }
}

/// A whole ClientCutText without extension.
pub fn client_cut_text(text: &[u8], w: &mut Writer<'_>) {
    let length = i32::try_from(text.len()).unwrap_or(i32::MAX);
    ClientMessage::ClientCutText { length }.encode(w);
    w.bytes(text);
}

pub(in crate::rfb) fn decode_rect(r: &mut Reader<'_>) -> Option<Rect> {
    let [x, y, width, height] = [r.u16()?, r.u16()?, r.u16()?, r.u16()?].map(u32::from);
    Some(Rect { x, y, width, height })
}

pub(in crate::rfb) fn encode_rect(rect: Rect, w: &mut Writer<'_>) {
    w.pixels(rect.x).pixels(rect.y).pixels(rect.width).pixels(rect.height);
}

/// Bit 7 of the mask, once ExtendedMouseButtons is agreed on: a byte with the buttons from the eighth on follows.
const MORE_BUTTONS: u8 = 1 << 7;

/// PointerEvent (RFC 6143 §7.5.5; rfbproto, "Extended Mouse Buttons Pseudo-encoding").
fn decode_pointer(r: &mut Reader<'_>, dialect: Dialect) -> Option<PointerEvent> {
    let mask = r.u8()?;
    let (x, y) = (r.u16()?, r.u16()?);
    let buttons = if dialect.extended_mouse_buttons && mask & MORE_BUTTONS != 0 {
        u16::from(mask & !MORE_BUTTONS) | u16::from(r.u8()?) << 7
    } else {
        u16::from(mask)
    };
    Some(PointerEvent { x: x.into(), y: y.into(), buttons })
}

/// The short form where it will do. Where ExtendedMouseButtons is not agreed on, it has eight buttons, and there is no other.
pub(in crate::rfb) fn encode_pointer(pointer: &PointerEvent, extended: bool, w: &mut Writer<'_>) {
    let [more, mask] = (pointer.buttons << 1).to_be_bytes();
    let mask = mask >> 1;
    w.u8(ClientMessageType::POINTER_EVENT.0);
    if !extended {
        let [_, mask] = pointer.buttons.to_be_bytes();
        w.u8(mask).pixels(pointer.x).pixels(pointer.y);
    } else if more == 0 {
        w.u8(mask).pixels(pointer.x).pixels(pointer.y);
    } else {
        w.u8(mask | MORE_BUTTONS).pixels(pointer.x).pixels(pointer.y).u8(more);
    }
}

/// "QEMU Client Message" (rfbproto): the sub-type is judged as soon as it is there, because nothing says how long it is.
fn decode_qemu(r: &mut Reader<'_>, dialect: Dialect) -> Result<Option<ClientMessage>, RfbError> {
    match r.u8().map(QemuSubtype) {
        None => Ok(None),
        Some(QemuSubtype::EXTENDED_KEY_EVENT) => Ok(qemu_key::decode(r).map(ClientMessage::KeyEvent)),
        Some(QemuSubtype::AUDIO) if dialect.audio => Ok(audio::Request::decode(r)?.map(ClientMessage::Audio)),
        Some(QemuSubtype::CONSOLE) if dialect.console => Ok(Request::decode(r)?.map(ClientMessage::Console)),
        Some(unknown) => Err(RfbError::Unsupported { what: "QEMU client message", number: unknown.0.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::FENCE_PAYLOAD_MAX;
    use super::*;
    use crate::geometry::Size;

    fn both_ways(message: ClientMessage, dialect: Dialect) {
        let mut bytes = Vec::new();
        message.encode(&mut Writer::new(&mut bytes));
        for cut in 0..bytes.len() {
            let mut part = Reader::new(&bytes[..cut]);
            assert_eq!(ClientMessage::decode(&mut part, dialect), Ok(None), "{message:?} cut at {cut}");
            assert_eq!(part.position(), 0);
        }
        let mut r = Reader::new(&bytes);
        assert_eq!(ClientMessage::decode(&mut r, dialect), Ok(Some(message)));
        assert!(r.remaining().is_empty());
    }

    #[test]
    fn every_message_survives_the_wire() {
        let area = Rect::new(1, 2, 65_535, 4);
        let key = KeyEvent { keysym: Keysym(0xff0d), keycode: None, down: true, repeat: false };
        let fence = Fence { flags: Fence::REQUEST | Fence::SYNC_NEXT, payload: vec![9; FENCE_PAYLOAD_MAX] };
        for message in [
            ClientMessage::SetPixelFormat(PixelFormat::RGB565),
            ClientMessage::SetEncodings { count: 65_535 },
            ClientMessage::FramebufferUpdateRequest { incremental: true, area },
            ClientMessage::KeyEvent(key),
            ClientMessage::KeyEvent(KeyEvent { keycode: Some(0x1c), ..key }),
            ClientMessage::PointerEvent(PointerEvent { x: 3, y: 4, buttons: 0x7f }),
            ClientMessage::ClientCutText { length: -5 },
            ClientMessage::EnableContinuousUpdates { enable: true, area },
            ClientMessage::ClientFence(fence),
            ClientMessage::SetDesktopSize(ScreenLayout::single(Size::new(800, 600))),
            ClientMessage::Xvp { version: 1, code: 4 },
        ] {
            both_ways(message, Dialect::default());
        }
        let listens = Dialect { audio: true, ..Dialect::default() };
        both_ways(ClientMessage::Audio(audio::Request::SetFormat(audio::Format::default())), listens);
    }

    #[test]
    fn nine_buttons_need_the_agreed_seventh_byte() {
        let pointer = PointerEvent { x: 3, y: 4, buttons: 0x1ff };
        both_ways(ClientMessage::PointerEvent(pointer), Dialect { extended_mouse_buttons: true, ..Dialect::default() });
        // Without the extension bit 7 is the eighth button, and six bytes are all (gvncviewer).
        let mut r = Reader::new(&[5, 0x80, 0, 3, 0, 4]);
        let plain = ClientMessage::decode(&mut r, Dialect::default());
        assert_eq!(plain, Ok(Some(ClientMessage::PointerEvent(PointerEvent { buttons: 0x80, ..pointer }))));
    }

    #[test]
    fn limits_bite_when_the_number_arrives() {
        let decode = |bytes: &[u8]| ClientMessage::decode(&mut Reader::new(bytes), Dialect::default());
        assert!(decode(&[248, 0, 0, 0, 0, 0, 0, 0, 65]).is_err());
        assert!(decode(&[255, 1]).is_err(), "sound was not listed");
        for unknown in [1, 7, 100, 249, 252, 254] {
            assert!(decode(&[unknown]).is_err(), "message {unknown}");
        }
    }
}
