//! What a client announced by SetEncodings (RFC 6143 §7.5.2): kept as a bit set, however long the list is.

use super::encode::ENCODERS;
use super::ids::Encoding;
use super::wire::Reader;

/// Entries of a SetEncodings after so many are read and ignored.
pub const ENCODINGS_MAX: u16 = 1_024;

/// The encodings a client listed, of those that have a name here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Bit n is the n-th of [`Encoding::NAMED`].
    bits: u64,
    /// How many entries the list had, as far as they were looked at.
    entries: u16,
    preferred: Option<Encoding>,
    compression: Option<u8>,
    quality: Option<u8>,
}

const _: () = assert!(Encoding::NAMED.len() <= u64::BITS as usize, "the named encodings fit the bit set");

impl Capabilities {
    /// Whether the client listed `encoding`.
    pub fn lists(&self, encoding: Encoding) -> bool {
        bit(encoding) & self.bits != 0
    }

    /// The first of `any` that the client listed.
    pub fn first_of(&self, any: &[Encoding]) -> Option<Encoding> {
        any.iter().copied().find(|encoding| self.lists(*encoding))
    }

    /// The encoding for pixels: the first in the client's order that we have, and Raw only where that is all. Raw may
    /// always be sent. Why so: see [`ENCODERS`].
    pub fn preferred(&self) -> Encoding {
        self.preferred.unwrap_or(Encoding::RAW)
    }

    /// The compression level 0..=9 that was asked for.
    pub const fn compression(&self) -> Option<u8> {
        self.compression
    }

    /// The JPEG quality level 0..=9 that was asked for; without it nothing lossy may be sent.
    pub const fn quality(&self) -> Option<u8> {
        self.quality
    }

    /// Whether Bell and ServerCutText break this client: asyncvnc, known by its list (Zlib alone), has their numbers
    /// swapped (clients.md, point 15).
    pub fn swaps_bell_and_cut_text(&self) -> bool {
        self.entries == 1 && self.lists(Encoding::ZLIB)
    }

    fn add(&mut self, encoding: Encoding) {
        self.entries += 1;
        self.bits |= bit(encoding);
        let known = ENCODERS.iter().any(|encoder| encoder.encoding == encoding);
        if known && encoding != Encoding::RAW {
            self.preferred.get_or_insert(encoding);
        }
        // As with encodings, what is named first wins.
        self.compression = self.compression.or(encoding.compression_level());
        self.quality = self.quality.or(encoding.quality_level());
    }
}

fn bit(encoding: Encoding) -> u64 {
    Encoding::NAMED.iter().position(|named| *named == encoding).map_or(0, |index| 1 << index)
}

/// A list of encodings while it comes.
#[derive(Debug)]
pub(super) struct EncodingsReceiver {
    /// Entries that have not come yet.
    left: u16,
    announced: Capabilities,
}

impl EncodingsReceiver {
    /// A list of `count` entries begins.
    pub(super) fn new(count: u16) -> Self {
        Self { left: count, announced: Capabilities::default() }
    }

    /// Takes the entries that have come; the result once the list has ended.
    pub(super) fn receive(&mut self, r: &mut Reader<'_>) -> Option<Capabilities> {
        while self.left > 0 {
            let encoding = Encoding(r.i32()?);
            self.left -= 1;
            if self.announced.entries < ENCODINGS_MAX {
                self.announced.add(encoding);
            }
        }
        Some(self.announced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(list: &[Encoding]) -> Capabilities {
        let bytes: Vec<u8> = list.iter().flat_map(|encoding| encoding.0.to_be_bytes()).collect();
        let mut receiver = EncodingsReceiver::new(u16::try_from(list.len()).expect("a short list"));
        receiver.receive(&mut Reader::new(&bytes)).expect("the whole list")
    }

    #[test]
    fn the_first_encoding_that_we_have_is_preferred_and_raw_is_the_last() {
        let listed = [Encoding(-1_000), Encoding::RAW, Encoding::COPY_RECT, Encoding::ZRLE, Encoding::TIGHT];
        assert_eq!(announced(&listed).preferred(), Encoding::ZRLE);
        assert_eq!(announced(&[Encoding::TIGHT, Encoding::ZRLE, Encoding::RAW]).preferred(), Encoding::TIGHT);
        for none in [&[Encoding::COPY_RECT, Encoding::RAW][..], &[Encoding::OPEN_H264], &[]] {
            assert_eq!(announced(none).preferred(), Encoding::RAW, "every client knows it");
        }
    }

    #[test]
    fn levels_and_extensions_are_found() {
        let found = announced(&[Encoding::FENCE, Encoding(-254), Encoding(-247), Encoding(-27)]);
        assert_eq!((found.compression(), found.quality()), (Some(2), Some(5)));
        assert!(found.lists(Encoding::FENCE));
        assert!(!found.lists(Encoding::CONTINUOUS_UPDATES) && !found.lists(Encoding(-1_000)));
    }

    #[test]
    fn the_longest_list_is_read_to_its_end_and_its_tail_ignored() {
        let mut receiver = EncodingsReceiver::new(u16::MAX);
        for index in 0..u16::MAX {
            let encoding = if index < ENCODINGS_MAX { Encoding(-1_000) } else { Encoding::FENCE };
            let bytes = encoding.0.to_be_bytes();
            let mut r = Reader::new(&bytes);
            let result = receiver.receive(&mut r);
            assert_eq!(r.position(), 4);
            assert_eq!(result.is_some(), index == u16::MAX - 1);
            assert!(result.is_none_or(|found| !found.lists(Encoding::FENCE)));
        }
    }

    #[test]
    fn asyncvnc_is_known_by_its_list() {
        assert!(announced(&[Encoding::ZLIB]).swaps_bell_and_cut_text());
        assert!(!announced(&[Encoding::ZLIB, Encoding::RAW]).swaps_bell_and_cut_text());
    }
}
