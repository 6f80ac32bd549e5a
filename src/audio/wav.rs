//! WAV files: the head before the samples (Microsoft's "Multimedia Programming Interface", RIFF; the format as in `mmreg.h`).

use crate::rfb::ext::audio::{CHANNELS_MAX, Format, RATE_MIN, Sample};

/// The head that we write, in bytes.
pub const HEAD: usize = 44;
/// The longest head that is read: beyond that a file keeps its author's picture before its sound.
pub const HEAD_MAX: usize = 64 * 1024;
/// The highest rate that is read.
pub const RATE_MAX: u32 = 192_000;
/// A length from here on means that nobody knew it when the head was written.
const UNKNOWN: u32 = 0x7fff_0000;

/// Samples as they are.
const PCM: u16 = 1;
/// The kind of samples stands further on.
const EXTENSIBLE: u16 = 0xfffe;

/// The head before samples of this format, of which there are so many bytes; `None`: nobody knows yet. Only formats whose samples
/// are unsigned at 8 bits and signed beyond, for there are no others in such files.
pub fn head(format: Format, length: Option<u32>) -> [u8; HEAD] {
    let frame = u32::from(format.channels) * format.sample.size() as u32;
    let whole = length.map_or(u32::MAX, |length| length.saturating_add(HEAD as u32 - 8));
    let mut head = [0; HEAD];
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &whole.to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        &PCM.to_le_bytes(),
        &u16::from(format.channels).to_le_bytes(),
        &format.rate.to_le_bytes(),
        &(format.rate * frame).to_le_bytes(),
        &(frame as u16).to_le_bytes(),
        &(format.sample.size() as u16 * 8).to_le_bytes(),
        b"data",
        &length.unwrap_or(u32::MAX).to_le_bytes(),
    ];
    head.iter_mut().zip(fields.into_iter().flatten()).for_each(|(to, from)| *to = *from);
    head
}

/// What the beginning of a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// More of it is needed.
    Short,
    /// Samples without a head.
    Raw,
    /// A head.
    Wav {
        /// Of the samples.
        format: Format,
        /// How long it is, in bytes.
        head: usize,
        /// How many bytes of samples follow; `None`: until the end.
        length: Option<u32>,
    },
    /// A head of something that cannot be read, and why.
    Foreign(&'static str),
}

/// Looks at the beginning of a stream.
pub fn beginning(bytes: &[u8]) -> Beginning {
    let known = bytes.len().min(4);
    if bytes.get(..known) != b"RIFF".get(..known) {
        return Beginning::Raw;
    }
    match parse(bytes) {
        Ok(None) if bytes.len() >= HEAD_MAX => Beginning::Foreign("a WAV head that does not end"),
        Ok(None) => Beginning::Short,
        Ok(Some(found)) => found,
        Err(why) => Beginning::Foreign(why),
    }
}

/// Where another head begins among samples, and whether so much of it is there that it is one; else where it may be beginning. Nobody
/// plays these 64 bits.
pub fn next_head(bytes: &[u8]) -> (usize, bool) {
    let fits = |(at, byte): (usize, &u8)| match at {
        0..4 => b"RIFF".get(at) == Some(byte),
        8..12 => b"WAVE".get(at - 8) == Some(byte),
        _ => true,
    };
    let begins = |at: &usize| bytes.iter().skip(*at).take(12).enumerate().all(fits);
    let at = (0..bytes.len()).find(begins).unwrap_or(bytes.len());
    (at, bytes.len() - at >= 12)
}

fn parse(bytes: &[u8]) -> Result<Option<Beginning>, &'static str> {
    let word = |at: usize| bytes.get(at..at + 4).and_then(|word| word.try_into().ok());
    let Some(kind) = word(8) else { return Ok(None) };
    if kind != *b"WAVE" {
        return Err("RIFF that is not WAV");
    }
    let (mut at, mut format) = (12, None);
    loop {
        let Some((name, length)) = word(at).zip(word(at + 4)) else { return Ok(None) };
        let length: u32 = u32::from_le_bytes(length);
        let body = at + 8;
        match &name {
            b"data" => {
                let format = format.ok_or("a WAV file without a format")?;
                let length = Some(length).filter(|length| (1..UNKNOWN).contains(length));
                return Ok(Some(Beginning::Wav { format, head: body, length }));
            }
            b"fmt " => {
                let Some(fields) = bytes.get(body..body + 16) else { return Ok(None) };
                // Of the extensible kind, the real one begins 24 bytes on.
                let extended = bytes.get(body + 24..body + 26);
                match fields {
                    [0xfe, 0xff, ..] if length >= 40 && extended.is_none() => return Ok(None),
                    _ => format = Some(format_of(fields, extended)?),
                }
            }
            _ => {}
        }
        // Chunks begin at even places.
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        at = body.saturating_add(length).saturating_add(length % 2);
        if at > HEAD_MAX {
            return Err("a WAV head of more than 64 KiB");
        }
    }
}

fn format_of(fields: &[u8], extended: Option<&[u8]>) -> Result<Format, &'static str> {
    let short =
        |at: usize| fields.get(at..at + 2).and_then(|short| short.try_into().ok()).map_or(0, u16::from_le_bytes);
    let extended = extended.and_then(|short| short.try_into().ok()).map_or(0, u16::from_le_bytes);
    let kind = if short(0) == EXTENSIBLE { extended } else { short(0) };
    let sample = match (kind, short(14)) {
        (PCM, 8) => Sample::U8,
        (PCM, 16) => Sample::S16,
        (PCM, 32) => Sample::S32,
        _ => return Err("WAV samples that are not integers of 8, 16 or 32 bits"),
    };
    let channels = u8::try_from(short(2)).ok().filter(|channels| (1..=CHANNELS_MAX).contains(channels));
    let rate = u32::from(short(4)) | u32::from(short(6)) << 16;
    match channels {
        Some(channels) if (RATE_MIN..=RATE_MAX).contains(&rate) => Ok(Format { sample, channels, rate }),
        Some(_) => Err("a rate outside 8000 to 192000"),
        None => Err("neither one channel nor two"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_head_is_read_at_every_length() {
        for sample in [Sample::U8, Sample::S16, Sample::S32] {
            let format = Format { sample, channels: 2, rate: 44_100 };
            let bytes = head(format, Some(400));
            (0..HEAD).for_each(|cut| assert_eq!(beginning(&bytes[..cut]), Beginning::Short, "{cut} bytes"));
            assert_eq!(beginning(&bytes), Beginning::Wav { format, head: HEAD, length: Some(400) });
            assert_eq!(beginning(&head(format, None)), Beginning::Wav { format, head: HEAD, length: None });
        }
        assert_eq!(&head(Format::default(), Some(8))[..8], [b'R', b'I', b'F', b'F', 44, 0, 0, 0]);
    }

    #[test]
    fn qemus_head_has_no_length_yet_and_others_have_more_chunks() {
        let mut qemu = head(Format::default(), Some(0));
        qemu[4..8].fill(0);
        assert_eq!(beginning(&qemu), Beginning::Wav { format: Format::default(), head: HEAD, length: None });
        // sox writes 32 bits as the extensible kind; others put a list before the data, of odd length.
        let mut long = head(Format { sample: Sample::S32, ..Format::default() }, Some(0))[..36].to_vec();
        long[16] = 40;
        long[20..22].copy_from_slice(&EXTENSIBLE.to_le_bytes());
        long.extend([22, 0, 32, 0, 3, 0, 0, 0, 1, 0]);
        long.extend([0; 14]);
        long.extend(b"LIST\x03\0\0\0abc\0data\xff\xff\xff\xff");
        let format = Format { sample: Sample::S32, ..Format::default() };
        (4..long.len()).for_each(|cut| assert_eq!(beginning(&long[..cut]), Beginning::Short, "{cut} bytes"));
        assert_eq!(beginning(&long), Beginning::Wav { format, head: long.len(), length: None });
    }

    #[test]
    fn what_cannot_be_read_is_told_and_samples_are_none_of_it() {
        assert_eq!(beginning(b"RIGHT"), Beginning::Raw);
        assert_eq!(beginning(&[0; 3]), Beginning::Raw);
        assert!(matches!(beginning(b"RIFF\0\0\0\0AVI "), Beginning::Foreign(_)));
        let wrong = |at: usize, byte: u8| {
            let mut bytes = head(Format::default(), None);
            bytes[at] = byte;
            beginning(&bytes)
        };
        for (at, byte) in [(20, 3), (22, 6), (22, 0), (26, 0xff), (34, 24), (12, b'x')] {
            assert!(matches!(wrong(at, byte), Beginning::Foreign(_)), "byte {at} is {byte}");
        }
        let endless = [&b"RIFF\0\0\0\0WAVEid3 \xff\xff\xff\xff"[..], &[0; 100]].concat();
        assert!(matches!(beginning(&endless), Beginning::Foreign(_)), "at its length");
        let many = [&b"RIFF\0\0\0\0WAVE"[..], &b"JUNK\0\0\0\0".repeat(HEAD_MAX / 8)].concat();
        assert!(matches!(beginning(&many), Beginning::Foreign(_)));
    }
}
