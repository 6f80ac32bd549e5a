//! A whole file within a rectangle, as Tight has JPEGs and TightPNG PNGs: gathered as it comes, and bounded by what its rectangle
//! can need.

use super::tight::compact_length;
use crate::geometry::Rect;
use crate::rfb::wire::{Malformed, Reader};

/// What a file may have beside its pixels, in bytes: headers, tables, text that nobody wants.
pub(super) const EXTRA_MAX: usize = 16 * 1024;

/// A file of which not all has come.
#[derive(Debug)]
pub(super) struct Embedded {
    /// The most bytes that it may have.
    limit: usize,
    /// How many it has, once that has come.
    length: Option<usize>,
    bytes: Vec<u8>,
}

impl Embedded {
    /// A file for `rect`, of at most so many bytes a pixel.
    pub fn new(rect: Rect, bytes_per_pixel: u64) -> Self {
        // PNG has a byte more for each row.
        let pixels = rect.area() * bytes_per_pixel + u64::from(rect.height);
        Self {
            limit: usize::try_from(pixels).unwrap_or(usize::MAX - EXTRA_MAX) + EXTRA_MAX,
            length: None,
            bytes: Vec::new(),
        }
    }

    /// Goes on with what has come; the file, once that is all of it.
    pub fn gather(&mut self, reader: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Malformed> {
        let length = match self.length {
            Some(length) => length,
            None => match reader.whole(compact_length)? {
                None => return Ok(None),
                Some(length) if length > self.limit => return Err(Malformed("a file too long for its rectangle")),
                Some(length) => *self.length.insert(length),
            },
        };
        let come = reader.remaining();
        let come = come.get(..length - self.bytes.len()).unwrap_or(come);
        self.bytes.extend_from_slice(come);
        let _ = reader.skip(come.len());
        Ok((self.bytes.len() == length).then(|| std::mem::take(&mut self.bytes)))
    }
}
