//! Recorded bytes, from a file or from standard input, a piece at a time.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Failure;
use crate::config::printable;

/// Bytes read at once.
const PIECE: usize = 1 << 16;

/// See the module.
pub struct Input<'a> {
    reader: Box<dyn Read + 'a>,
    name: String,
    buffer: Vec<u8>,
    /// The part of the buffer that was read and not taken.
    unread: std::ops::Range<usize>,
}

impl<'a> Input<'a> {
    /// Opens `file`; `standard_input` when there is none, or when its name is `-`.
    pub fn open(file: Option<&Path>, standard_input: &'a mut dyn Read) -> Result<Self, Failure> {
        let (reader, name): (Box<dyn Read + 'a>, String) = match file.filter(|file| *file != Path::new("-")) {
            None => (Box::new(standard_input), "standard input".into()),
            Some(path) => {
                let name = printable(&path.to_string_lossy());
                match File::open(path) {
                    Ok(file) => (Box::new(file), name),
                    Err(error) => return Err(Failure::Read(name, error)),
                }
            }
        };
        Ok(Self { reader, name, buffer: vec![0; PIECE], unread: 0..0 })
    }

    /// The next bytes, as many as come at once; `None` at the end.
    pub fn next_piece(&mut self) -> Result<Option<&[u8]>, Failure> {
        if self.unread.is_empty() {
            self.unread = 0..self.fill()?;
        }
        let piece = std::mem::take(&mut self.unread);
        Ok(Some(&self.buffer[piece]).filter(|piece| !piece.is_empty()))
    }

    /// The next byte, counted off `left`; `None` at the end or when none is left.
    pub fn next_byte(&mut self, left: &mut u64) -> Result<Option<u8>, Failure> {
        if *left == 0 {
            return Ok(None);
        }
        if self.unread.is_empty() {
            self.unread = 0..self.fill()?;
        }
        *left -= 1;
        Ok(self.unread.next().map(|at| self.buffer[at]))
    }

    fn fill(&mut self) -> Result<usize, Failure> {
        loop {
            match self.reader.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map_err(|error| Failure::Read(self.name.clone(), error)),
            }
        }
    }
}
