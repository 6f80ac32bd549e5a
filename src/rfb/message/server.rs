//! Messages from the server (RFC 6143 §7.6), and ServerInit (§7.3.2).

use super::Fence;
use super::client::{decode_rect, encode_rect};
use crate::geometry::{Rect, Size};
use crate::rfb::error::RfbError;
use crate::rfb::ext::xvp;
use crate::rfb::ids::{Encoding, ServerMessageType};
use crate::rfb::pixel_format::PixelFormat;
use crate::rfb::wire::{Reader, Writer, printable};

/// A desktop's name is cut after so many bytes, whoever sends it.
pub const NAME_MAX: usize = 1_024;
/// A reason is cut after so many bytes, whoever sends it.
pub const REASON_MAX: usize = 1_024;
/// The most entries of a colour map: pixels of 8 bits have no more.
pub const COLOUR_MAP_MAX: u16 = 256;

/// ServerInit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerInit {
    /// The picture's size in pixels.
    pub size: Size,
    /// How pixels are sent until the client says otherwise.
    pub pixel_format: PixelFormat,
    /// The desktop's name.
    pub name: String,
}

impl ServerInit {
    /// The message; `Ok(None)`: wait for more, the reader has not moved. A name longer than [`NAME_MAX`] is refused by its length.
    pub fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, RfbError> {
        r.whole_or(|r| {
            let Some((width, height)) = r.u16().zip(r.u16()) else { return Ok(None) };
            let Some((format, length)) = r.array().zip(r.u32()) else { return Ok(None) };
            let length = bounded(length, NAME_MAX, "a desktop name of more than 1 KiB")?;
            Ok(r.bytes(length).map(|name| Self {
                size: Size::new(width.into(), height.into()),
                pixel_format: PixelFormat::parse(&format),
                name: printable(name, NAME_MAX),
            }))
        })
    }

    /// Appends the message.
    pub fn encode(&self, w: &mut Writer<'_>) {
        w.pixels(self.size.width).pixels(self.size.height).bytes(&self.pixel_format.to_bytes());
        text(&self.name, NAME_MAX, w);
    }
}

/// A length that is at most `limit`.
pub(in crate::rfb) fn bounded(length: u32, limit: usize, what: &'static str) -> Result<usize, RfbError> {
    usize::try_from(length).ok().filter(|length| *length <= limit).ok_or(RfbError::Misbehaved(what))
}

/// A length and so many bytes of `text`, cut at the last character that ends within `limit`.
pub(in crate::rfb) fn text(text: &str, limit: usize, w: &mut Writer<'_>) {
    let cut = (0..=limit.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    w.u32(u32::try_from(cut.len()).expect("limits of texts are far below 4 GiB")).bytes(cut.as_bytes());
}

/// A message from the server. The variants bear the standards' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerMessage {
    /// The head of an update: so many rectangles follow, each with a [`RectHead`].
    FramebufferUpdate {
        /// 65,535 also when a LastRect will end them.
        rects: u16,
    },
    /// Colours of pixels that are indices.
    SetColourMapEntries {
        /// The index of the first.
        first: u16,
        /// Red, green, blue of 16 bits each.
        colours: Vec<[u16; 3]>,
    },
    /// A bell.
    Bell,
    /// The head of a cut text: so many bytes follow. Negative for the extended clipboard.
    ServerCutText {
        /// As the server says.
        length: i32,
    },
    /// Continuous updates are supported, or have ended.
    EndOfContinuousUpdates,
    /// A fence, or an answer to one.
    ServerFence(Fence),
    /// There are power buttons, or one did not work.
    Xvp {
        /// As the server says.
        version: u8,
        /// As the server says.
        code: u8,
    },
}

impl ServerMessage {
    /// The next message; `Ok(None)`: wait for more, the reader has not moved.
    pub fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, RfbError> {
        r.whole_or(|r| {
            let Some(number) = r.u8().map(ServerMessageType) else { return Ok(None) };
            match number {
                ServerMessageType::FRAMEBUFFER_UPDATE => {
                    Ok(r.skip(1).and_then(|()| r.u16()).map(|rects| Self::FramebufferUpdate { rects }))
                }
                ServerMessageType::SET_COLOUR_MAP_ENTRIES => decode_colours(r),
                ServerMessageType::BELL => Ok(Some(Self::Bell)),
                ServerMessageType::SERVER_CUT_TEXT => {
                    Ok(r.skip(3).and_then(|()| r.i32()).map(|length| Self::ServerCutText { length }))
                }
                ServerMessageType::END_OF_CONTINUOUS_UPDATES => Ok(Some(Self::EndOfContinuousUpdates)),
                ServerMessageType::SERVER_FENCE => Ok(Fence::decode(r)?.map(Self::ServerFence)),
                ServerMessageType::XVP => Ok(xvp::decode(r).map(|(version, code)| Self::Xvp { version, code })),
                unknown => Err(RfbError::Unsupported { what: "server message", number: unknown.0.into() }),
            }
        })
    }

    /// Appends the message, or its head.
    pub fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::FramebufferUpdate { rects } => {
                w.u8(ServerMessageType::FRAMEBUFFER_UPDATE.0).pad(1).u16(*rects);
            }
            Self::SetColourMapEntries { first, colours } => {
                let count = u16::try_from(colours.len()).unwrap_or(u16::MAX);
                w.u8(ServerMessageType::SET_COLOUR_MAP_ENTRIES.0).pad(1).u16(*first).u16(count);
                for colour in colours.iter().take(count.into()).flatten() {
                    w.u16(*colour);
                }
            }
            Self::Bell => {
                w.u8(ServerMessageType::BELL.0);
            }
            Self::ServerCutText { length } => {
                w.u8(ServerMessageType::SERVER_CUT_TEXT.0).pad(3).i32(*length);
            }
            Self::EndOfContinuousUpdates => {
                w.u8(ServerMessageType::END_OF_CONTINUOUS_UPDATES.0);
            }
            Self::ServerFence(fence) => fence.encode(w),
            Self::Xvp { version, code } => xvp::encode(*version, *code, w),
        }
    }
}

fn decode_colours(r: &mut Reader<'_>) -> Result<Option<ServerMessage>, RfbError> {
    let Some((first, count)) = r.skip(1).and_then(|()| r.u16()).zip(r.u16()) else { return Ok(None) };
    if count > COLOUR_MAP_MAX || first > COLOUR_MAP_MAX - count {
        return Err(RfbError::Malformed("a colour map of more than 256 entries"));
    }
    let Some(bytes) = r.bytes(usize::from(count) * 6) else { return Ok(None) };
    let mut fields = Reader::new(bytes);
    let mut colours = Vec::with_capacity(count.into());
    while let Some(red) = fields.u16() {
        let Some((green, blue)) = fields.u16().zip(fields.u16()) else { break };
        colours.push([red, green, blue]);
    }
    Ok(Some(ServerMessage::SetColourMapEntries { first, colours }))
}

/// What precedes the data of each rectangle of an update (RFC 6143 §7.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RectHead {
    /// Place and size; pseudo-encodings give them other meanings.
    pub area: Rect,
    /// How the data is encoded.
    pub encoding: Encoding,
}

impl RectHead {
    /// The head; `None`: wait for more, the reader has not moved.
    pub fn decode(r: &mut Reader<'_>) -> Option<Self> {
        let mut probe = r.clone();
        let head = Self { area: decode_rect(&mut probe)?, encoding: Encoding(probe.i32()?) };
        *r = probe;
        Some(head)
    }

    /// Appends the head.
    pub fn encode(&self, w: &mut Writer<'_>) {
        encode_rect(self.area, w);
        w.i32(self.encoding.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_survives_the_wire() {
        for message in [
            ServerMessage::FramebufferUpdate { rects: 65_535 },
            ServerMessage::SetColourMapEntries { first: 3, colours: vec![[1, 2, 3], [65_535, 0, 9]] },
            ServerMessage::Bell,
            ServerMessage::ServerCutText { length: -7 },
            ServerMessage::EndOfContinuousUpdates,
            ServerMessage::Xvp { version: 1, code: 0 },
            ServerMessage::ServerFence(Fence { flags: Fence::REQUEST, payload: vec![1, 2, 3, 4] }),
        ] {
            let mut bytes = Vec::new();
            message.encode(&mut Writer::new(&mut bytes));
            for cut in 0..bytes.len() {
                assert_eq!(ServerMessage::decode(&mut Reader::new(&bytes[..cut])), Ok(None));
            }
            assert_eq!(ServerMessage::decode(&mut Reader::new(&bytes)), Ok(Some(message)));
        }
    }

    #[test]
    fn server_init_survives_the_wire_and_its_name_is_bounded() {
        let init = ServerInit {
            size: Size::new(720, 400),
            pixel_format: PixelFormat::SERVER_DEFAULT,
            name: "ü".repeat(NAME_MAX),
        };
        let mut bytes = Vec::new();
        init.encode(&mut Writer::new(&mut bytes));
        assert_eq!(bytes.len(), 24 + NAME_MAX);
        let name = "ü".repeat(NAME_MAX / 2);
        assert_eq!(ServerInit::decode(&mut Reader::new(&bytes)), Ok(Some(ServerInit { name, ..init })));
        let length = 20..24;
        bytes[length].copy_from_slice(&1_025_u32.to_be_bytes());
        assert!(ServerInit::decode(&mut Reader::new(&bytes[..24])).is_err(), "refused by its length");
    }

    #[test]
    fn a_colour_map_has_256_entries() {
        let decode = |first: u16, count: u16| {
            let mut bytes = vec![1, 0];
            Writer::new(&mut bytes).u16(first).u16(count);
            ServerMessage::decode(&mut Reader::new(&bytes))
        };
        assert_eq!(decode(0, 256), Ok(None));
        assert!(decode(0, 257).is_err());
        assert!(decode(1, 256).is_err());
        assert!(decode(65_535, 1).is_err());
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let mut bytes = Vec::new();
        text("aé€", 4, &mut Writer::new(&mut bytes));
        assert_eq!(bytes, [0, 0, 0, 3, b'a', 0xc3, 0xa9]);
    }
}
