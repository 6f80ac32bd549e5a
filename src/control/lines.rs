//! Bytes as they come, cut anywhere, into lines of a bounded length.

use std::collections::VecDeque;

/// Bytes of a request's line, without its end: a paste of [`super::verbs::MAX_PASTE`] fits, with every character of it
/// escaped as programs that write nothing but ASCII do it.
pub const MAX_LINE: usize = 1 << 20;

/// A line was longer than [`MAX_LINE`]: where the next one begins is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// What has come and was not taken.
#[derive(Default)]
pub struct Lines {
    buffer: VecDeque<u8>,
    /// How many bytes of it hold no line's end.
    searched: usize,
}

impl Lines {
    /// These bytes have come.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend(bytes);
    }

    /// Takes the next whole line that is not blank, without its end (LF, or CR LF).
    ///
    /// # Errors
    /// When the line, whole or not, is too long. There is nothing to be read any more then.
    pub fn take(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        loop {
            let end = self.buffer.range(self.searched..).position(|byte| *byte == b'\n').map(|at| at + self.searched);
            if end.unwrap_or(self.buffer.len()) > MAX_LINE {
                *self = Self::default();
                return Err(TooLong);
            }
            let Some(end) = end else {
                self.searched = self.buffer.len();
                return Ok(None);
            };
            let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
            self.searched = 0;
            if self.buffer.is_empty() {
                // What a long line needed is given back.
                self.buffer = VecDeque::new();
            }
            line.truncate(line.trim_ascii_end().len());
            if !line.is_empty() {
                return Ok(Some(line));
            }
        }
    }

    /// Whether a line has begun and is not whole.
    pub fn has_begun(&self) -> bool {
        !self.buffer.is_empty()
    }
}

impl std::fmt::Debug for Lines {
    // What is pasted may be secret (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lines({} bytes)", self.buffer.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let bytes = b"one\n\r\n  \ntwo\r\nthr";
        for size in 1..=bytes.len() {
            let (mut lines, mut taken) = (Lines::default(), Vec::new());
            for piece in bytes.chunks(size) {
                lines.push(piece);
                while let Some(line) = lines.take().expect("short") {
                    taken.push(line);
                }
            }
            assert_eq!(taken, [&b"one"[..], b"two"], "{size}");
            assert!(lines.has_begun());
        }
    }

    #[test]
    fn a_line_is_as_long_as_it_may_be_and_no_longer() {
        let mut lines = Lines::default();
        lines.push(&vec![b'x'; MAX_LINE]);
        assert_eq!(lines.take(), Ok(None));
        lines.push(b"\n");
        assert_eq!(lines.take().map(|line| line.map(|line| line.len())), Ok(Some(MAX_LINE)));
        assert!(!lines.has_begun() && lines.buffer.capacity() == 0);
        lines.push(&vec![b'x'; MAX_LINE + 1]);
        assert_eq!(lines.take(), Err(TooLong), "its end is not waited for");
        let mut lines = Lines::default();
        lines.push(&[&vec![b'x'; MAX_LINE + 1][..], b"\nok\n"].concat());
        assert_eq!(lines.take(), Err(TooLong));
        assert_eq!(lines.take(), Ok(None), "nothing after it counts");
    }
}
