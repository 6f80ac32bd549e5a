//! QEMU Audio (rfbproto, "QEMU Audio Pseudo-encoding"; pseudo-encoding -259, message 255 sub-type 1): the guest's sound beside
//! its picture.
//!
//! Acknowledged by an empty rectangle. The specification is silent about the order of a sample's bytes; it is little-endian, as
//! QEMU sends it and everybody who listens takes it.

use super::stream::Bytes;
use crate::rfb::error::RfbError;
use crate::rfb::ids::{AudioRequest, ClientMessageType, QemuSubtype, ServerMessageType};
use crate::rfb::wire::{Reader, Writer};

/// Samples a second of one channel that a client may ask for, from and to. QEMU hangs up beyond the latter.
pub const RATE_MIN: u32 = 8_000;
/// See [`RATE_MIN`].
pub const RATE_MAX: u32 = 48_000;
/// Channels, at most.
pub const CHANNELS_MAX: u8 = 2;
/// The longest message of samples that is taken, in bytes. It is handed on as it comes, and never held.
pub const DATA_MAX: u32 = 1024 * 1024;

/// What a sample is; each is little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sample {
    /// 8 bits, of which 0x80 is silence.
    U8,
    /// 8 bits, signed.
    S8,
    /// 16 bits, of which 0x8000 is silence.
    U16,
    /// 16 bits, signed.
    S16,
    /// 32 bits, of which 0x8000_0000 is silence.
    U32,
    /// 32 bits, signed.
    S32,
}

impl Sample {
    /// All there are, each at its number on the wire.
    pub const ALL: [Self; 6] = [Self::U8, Self::S8, Self::U16, Self::S16, Self::U32, Self::S32];

    /// Its number on the wire.
    pub const fn number(self) -> u8 {
        match self {
            Self::U8 => 0,
            Self::S8 => 1,
            Self::U16 => 2,
            Self::S16 => 3,
            Self::U32 => 4,
            Self::S32 => 5,
        }
    }

    /// Its bytes.
    pub const fn size(self) -> usize {
        match self {
            Self::U8 | Self::S8 => 1,
            Self::U16 | Self::S16 => 2,
            Self::U32 | Self::S32 => 4,
        }
    }

    /// As people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::S8 => "s8",
            Self::U16 => "u16",
            Self::S16 => "s16",
            Self::U32 => "u32",
            Self::S32 => "s32",
        }
    }
}

/// What sound is made of: frames, each of a sample for each channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Format {
    /// What a sample is.
    pub sample: Sample,
    /// 1 or 2.
    pub channels: u8,
    /// Frames a second.
    pub rate: u32,
}

impl Default for Format {
    /// What a client gets that asks for none, as at QEMU.
    fn default() -> Self {
        Self { sample: Sample::S16, channels: 2, rate: 44_100 }
    }
}

impl Format {
    /// Bytes of a frame.
    pub const fn frame(self) -> usize {
        self.sample.size() * self.channels as usize
    }

    /// What follows the operation; `None`: wait for more. It must be within the limits.
    fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, RfbError> {
        let Some((number, channels)) = r.u8().zip(r.u8()) else { return Ok(None) };
        let Some(rate) = r.u32() else { return Ok(None) };
        let sample = Sample::ALL.into_iter().find(|sample| sample.number() == number);
        match sample {
            Some(sample) if (1..=CHANNELS_MAX).contains(&channels) && (RATE_MIN..=RATE_MAX).contains(&rate) => {
                Ok(Some(Self { sample, channels, rate }))
            }
            _ => Err(RfbError::Misbehaved("a format of sound that there is not")),
        }
    }
}

/// What a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// To listen.
    Enable,
    /// To listen no more.
    Disable,
    /// Sound of this format, from when it listens next.
    SetFormat(Format),
}

impl Request {
    /// What follows the sub-type; `Ok(None)`: wait for more. The operation is judged as soon as it is there, because nothing
    /// says how long it is.
    pub(in crate::rfb) fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, RfbError> {
        match r.u16().map(AudioRequest) {
            None => Ok(None),
            Some(AudioRequest::ENABLE) => Ok(Some(Self::Enable)),
            Some(AudioRequest::DISABLE) => Ok(Some(Self::Disable)),
            Some(AudioRequest::SET_FORMAT) => Ok(Format::decode(r)?.map(Self::SetFormat)),
            Some(unknown) => Err(RfbError::Unsupported { what: "audio request", number: unknown.0.into() }),
        }
    }

    /// The whole message.
    pub(in crate::rfb) fn encode(self, w: &mut Writer<'_>) {
        w.u8(ClientMessageType::QEMU.0).u8(QemuSubtype::AUDIO.0);
        match self {
            Self::Enable => w.u16(AudioRequest::ENABLE.0),
            Self::Disable => w.u16(AudioRequest::DISABLE.0),
            Self::SetFormat(format) => {
                w.u16(AudioRequest::SET_FORMAT.0).u8(format.sample.number()).u8(format.channels).u32(format.rate)
            }
        };
    }
}

/// The operations of a server. Yes: the end is 0, and the beginning 1.
const END: u16 = 0;
const BEGIN: u16 = 1;
const DATA: u16 = 2;

/// A message of a server, or its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The sound is over for now.
    End,
    /// There is sound, whose frames follow.
    Begin,
    /// So many bytes of frames follow, at most [`DATA_MAX`].
    Data(u32),
}

impl Notice {
    /// The message, or its head; `Ok(None)`: wait for more, the reader has not moved.
    ///
    /// # Errors
    /// It is none of sound, or too long.
    pub fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, RfbError> {
        r.whole_or(|r| {
            match (r.u8(), r.u8()) {
                (Some(number), _) if number != ServerMessageType::QEMU.0 => {
                    return Err(RfbError::Unsupported { what: "server message", number: number.into() });
                }
                (_, Some(subtype)) if subtype != QemuSubtype::AUDIO.0 => {
                    return Err(RfbError::Unsupported { what: "QEMU server message", number: subtype.into() });
                }
                _ => {}
            }
            match r.u16() {
                None => Ok(None),
                Some(END) => Ok(Some(Self::End)),
                Some(BEGIN) => Ok(Some(Self::Begin)),
                Some(DATA) => match r.u32() {
                    Some(length) if length > DATA_MAX => Err(RfbError::Misbehaved("more than 1 MiB of sound at once")),
                    length => Ok(length.map(Self::Data)),
                },
                Some(unknown) => Err(RfbError::Unsupported { what: "audio message", number: unknown.into() }),
            }
        })
    }

    /// Appends the message, or its head.
    pub fn encode(self, w: &mut Writer<'_>) {
        w.u8(ServerMessageType::QEMU.0).u8(QemuSubtype::AUDIO.0);
        match self {
            Self::End => w.u16(END),
            Self::Begin => w.u16(BEGIN),
            Self::Data(length) => w.u16(DATA).u32(length),
        };
    }
}

/// What became of a server's sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// There is some; what follows goes with nothing before it.
    Begin,
    /// Whole frames, in the format that was asked for.
    Data(Bytes),
    /// It is over for now.
    End,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_survive_the_wire() {
        let format = |sample| Format { sample, channels: 1, rate: RATE_MAX };
        let requests = Sample::ALL.map(format).map(Request::SetFormat);
        for request in requests.into_iter().chain([Request::Enable, Request::Disable]) {
            let mut bytes = Vec::new();
            request.encode(&mut Writer::new(&mut bytes));
            assert_eq!(bytes.get(..2), Some(&[255, 1][..]));
            let decode = |bytes: &[u8]| Request::decode(&mut Reader::new(bytes));
            (2..bytes.len()).for_each(|cut| assert_eq!(decode(&bytes[2..cut]), Ok(None), "{request:?} cut at {cut}"));
            assert_eq!(decode(&bytes[2..]), Ok(Some(request)));
        }
        for notice in [Notice::Begin, Notice::End, Notice::Data(DATA_MAX)] {
            let mut bytes = Vec::new();
            notice.encode(&mut Writer::new(&mut bytes));
            let decode = |bytes: &[u8]| Notice::decode(&mut Reader::new(bytes));
            (0..bytes.len()).for_each(|cut| assert_eq!(decode(&bytes[..cut]), Ok(None), "{notice:?} cut at {cut}"));
            assert_eq!(decode(&bytes), Ok(Some(notice)));
        }
    }

    #[test]
    fn samples_stand_at_their_numbers() {
        for (number, sample) in (0..).zip(Sample::ALL) {
            assert_eq!(sample.number(), number);
        }
        assert_eq!(Format::default().frame(), 4);
    }

    #[test]
    fn what_there_is_not_is_refused() {
        let set = |sample: u8, channels: u8, rate: u32| {
            let mut bytes = vec![0, 2, sample, channels];
            Writer::new(&mut bytes).u32(rate);
            Request::decode(&mut Reader::new(&bytes))
        };
        assert!(matches!(set(5, 2, RATE_MIN), Ok(Some(_))));
        let wrong =
            [(6, 2, 44_100), (3, 0, 44_100), (3, 3, 44_100), (3, 2, RATE_MIN - 1), (3, 2, RATE_MAX + 1), (3, 2, 0)];
        for (sample, channels, rate) in wrong {
            assert!(matches!(set(sample, channels, rate), Err(RfbError::Misbehaved(_))), "{sample} {channels} {rate}");
        }
        assert!(Request::decode(&mut Reader::new(&[0, 3])).is_err());
        for said in [&[255, 1, 0, 3][..], &[255, 1, 0, 2, 0, 16, 0, 1], &[255, 0], &[2]] {
            assert!(Notice::decode(&mut Reader::new(said)).is_err(), "{said:?}");
        }
    }
}
