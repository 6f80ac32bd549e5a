//! A terminal that recorded output is fed to, of any length, in little memory.

use super::{Failure, Input, Streams};
use crate::config::Clear;
use crate::config::tools::Replay;
use crate::geometry::GridSize;
use crate::terminal::trace::Step;
use crate::terminal::{Options, Palette, Terminal};

/// Bytes of answers that are kept; a terminal that answers more goes on, and its later answers are only counted.
pub const MAX_REPLIES: usize = 1 << 20;
/// Bytes fed between two looks at the answers: so few that what they ask for fits into the terminal's own queue, from
/// which a guest would have taken it meanwhile.
const FEED: usize = 128;

/// See the module.
pub struct Player<'a> {
    /// The terminal, as far as the recording has come.
    pub terminal: Terminal,
    /// What it has answered, up to [`MAX_REPLIES`].
    pub replies: Vec<u8>,
    /// Bytes of answers that are not kept.
    pub replies_lost: u64,
    /// Bytes fed so far.
    pub offset: u64,
    resizes: &'a [(u64, GridSize)],
}

impl<'a> Player<'a> {
    /// A fresh terminal of these colours.
    pub fn new(replay: &'a Replay, palette: Palette) -> Self {
        let options = Options {
            scrollback_lines: replay.scrollback,
            keep_cleared: replay.clear == Clear::Keep,
            charset: replay.charset,
            window_ops: replay.window_ops,
            palette,
            ..Options::default()
        };
        Self {
            terminal: Terminal::new(replay.geometry, options),
            replies: Vec::new(),
            replies_lost: 0,
            offset: 0,
            resizes: &replay.resizes,
        }
    }

    /// Feeds everything that `streams` has to read, and remarks on what was asked for and did not come to pass.
    pub fn play(&mut self, streams: &mut Streams<'_>) -> Result<(), Failure> {
        let mut input = Input::open(None, &mut *streams.input)?;
        while let Some(bytes) = input.next_piece()? {
            self.feed(bytes);
        }
        drop(input);
        while self.resize().is_some() {}
        self.remark(streams);
        Ok(())
    }

    /// Says what was asked for and did not come to pass.
    pub fn remark(&self, streams: &mut Streams<'_>) {
        if let Some((offset, size)) = self.resizes.first() {
            let end = self.offset;
            streams.remark(format_args!("--resize {offset}:{size} is not reached: the input has {end} bytes"));
        }
        if self.replies_lost > 0 {
            let lost = self.replies_lost;
            streams.remark(format_args!("of the answers, {lost} bytes after the first {MAX_REPLIES} are left out"));
        }
    }

    /// Feeds bytes, with the resizes that are due among them.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            while self.resize().is_some() {}
            let due = self.resizes.first().map_or(u64::MAX, |(offset, _)| offset - self.offset);
            let length = rest.len().min(FEED).min(usize::try_from(due).unwrap_or(usize::MAX));
            let (piece, more) = rest.split_at(length);
            self.terminal.feed(piece);
            self.offset += length as u64;
            rest = more;
            self.collect_replies();
        }
    }

    /// Feeds one byte, after any resizes that are due; what it did.
    pub fn feed_byte(&mut self, byte: u8) -> Step {
        let step = self.terminal.feed_byte(byte);
        self.offset += 1;
        self.collect_replies();
        step
    }

    /// Whether [`Player::resize`] would do anything.
    pub fn resize_is_due(&self) -> bool {
        self.resizes.first().is_some_and(|(offset, _)| *offset <= self.offset)
    }

    /// Carries out the next resize, if it is due here.
    pub fn resize(&mut self) -> Option<GridSize> {
        let ((_, size), more) = self.resizes.split_first().filter(|_| self.resize_is_due())?;
        self.terminal.resize(*size);
        self.resizes = more;
        Some(*size)
    }

    fn collect_replies(&mut self) {
        if self.terminal.has_input() {
            let replies = self.terminal.take_input();
            let kept = replies.len().min(MAX_REPLIES - self.replies.len());
            self.replies.extend_from_slice(&replies[..kept]);
            self.replies_lost += (replies.len() - kept) as u64;
        }
    }
}

impl std::fmt::Debug for Player<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Player({:?} at {})", self.terminal, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::dump;

    fn replay(resizes: &[(u64, GridSize)]) -> Replay {
        Replay { geometry: GridSize::new(10, 3), scrollback: 100, resizes: resizes.to_vec(), ..Replay::default() }
    }

    /// What is on the screen in the end, what was answered, and the remarks.
    fn play(replay: &Replay, mut input: &[u8]) -> (String, Vec<u8>, String) {
        let mut player = Player::new(replay, Palette::default());
        let (mut output, mut remarks) = (Vec::new(), Vec::new());
        player.play(&mut Streams { input: &mut input, output: &mut output, remarks: &mut remarks }).expect("it plays");
        let text = dump::text(player.terminal.screen());
        (text, player.replies, String::from_utf8(remarks).expect("text"))
    }

    #[test]
    fn a_resize_happens_after_its_byte() {
        let (wide, narrow) = (GridSize::new(10, 3), GridSize::new(4, 3));
        assert_eq!(play(&replay(&[(0, narrow)]), b"abcdef").0, "abcd\nef\n\n");
        // The answers tell how many columns there were at each query.
        let asked = b"\x1b[18t\x1b[18t\x1b[18t";
        let answers = |resizes: &[_]| String::from_utf8(play(&replay(resizes), asked).1).expect("ASCII");
        assert_eq!(answers(&[(5, narrow), (10, wide)]), "\x1b[8;3;10t\x1b[8;3;4t\x1b[8;3;10t");
        assert_eq!(answers(&[(5, wide), (5, narrow)]), "\x1b[8;3;10t\x1b[8;3;4t\x1b[8;3;4t");
        assert_eq!(answers(&[(4, narrow)]), "\x1b[8;3;4t\x1b[8;3;4t\x1b[8;3;4t", "in the middle of the first");
    }

    #[test]
    fn a_resize_at_the_end_happens_and_one_beyond_is_remarked_on() {
        let narrow = GridSize::new(4, 3);
        assert_eq!(play(&replay(&[(6, narrow)]), b"abcdef"), ("abcd\nef\n\n".into(), Vec::new(), String::new()));
        let (text, _, remarks) = play(&replay(&[(7, narrow)]), b"abcdef");
        assert_eq!(text, "abcdef\n\n\n");
        assert_eq!(remarks, "vncterm: --resize 7:4x3 is not reached: the input has 6 bytes\n");
    }

    #[test]
    fn no_answer_is_lost_until_a_mebibyte_is_full() {
        let answer = b"\x1b[0n".len();
        let (_, replies, remarks) = play(&replay(&[]), &b"\x1b[5n".repeat(100_000));
        assert_eq!((replies.len(), remarks.as_str()), (100_000 * answer, ""));
        let count = MAX_REPLIES / answer + 25;
        let (_, replies, remarks) = play(&replay(&[]), &b"\x1b[5n".repeat(count));
        assert_eq!(replies.len(), MAX_REPLIES);
        assert_eq!(remarks, "vncterm: of the answers, 100 bytes after the first 1048576 are left out\n");
        // What is asked with the fewest bytes: two for an answer many times as long.
        assert_eq!(play(&replay(&[]), &b"\x1bZ".repeat(1_000)).1.len() % 1_000, 0);
    }
}
