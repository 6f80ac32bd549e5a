//! A stream at the server (docs/protocol.md, "Streams"): what it may send, and what of its client's input is still on its way.
//! [`crate::rfb::client::ClientConnection::open_stream`] is the other half.
//!
//! ```text
//! opened, bytes, resized, gap ─► Outlet ─► poll(): OPENED, DATA, SIZE, GAP, DUMP, as credit lets them, and ROOM
//!               next_input() ◄─ Outlet ◄─ allow(), receive()
//! ```
//! It takes one thing at a time: [`Outlet::wants`] says when the next one may come, and how large.

use std::collections::VecDeque;

use super::stream::{Bytes, Opened, PIECE_MAX, StreamNotice};
use crate::geometry::GridSize;
use crate::rfb::error::RfbError;

/// Bytes of input that are held for one stream, at most.
pub const ROOM: u32 = 16 * 1024;
/// Of these, how many go to the guest at once.
pub const INPUT_PIECE: usize = 4 * 1024;

/// One stream.
#[derive(Debug)]
pub struct Outlet {
    stream: u32,
    /// The offset of the byte that is sent next.
    next: u64,
    /// The console's size there.
    size: GridSize,
    /// The size has changed, and no dump has come since.
    unsure: bool,
    credit: u64,
    /// What goes first.
    notices: VecDeque<StreamNotice>,
    dump: Pieces,
    bytes: Pieces,
    /// What the client may still say.
    room: u32,
    /// What it said and nobody has taken.
    held: VecDeque<u8>,
    /// What was taken and the client has not heard of.
    freed: u32,
}

/// Bytes of which a part was sent. Its `Debug` shows a length.
#[derive(Default)]
struct Pieces {
    bytes: Vec<u8>,
    sent: usize,
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pieces({})", self.left())
    }
}

impl Pieces {
    fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, sent: 0 }
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// The next piece of what is left, and no more than that costs.
    fn take(&mut self, credit: &mut u64) -> Option<Bytes> {
        let most = usize::try_from(*credit).unwrap_or(usize::MAX).min(PIECE_MAX).min(self.left());
        if most == 0 {
            return None;
        }
        *credit -= most as u64;
        if most == self.bytes.len() {
            return Some(Bytes(std::mem::take(self).bytes));
        }
        let piece = self.bytes.get(self.sent..self.sent + most).unwrap_or_default().to_vec();
        self.sent += most;
        if self.left() == 0 {
            *self = Self::default();
        }
        Some(Bytes(piece))
    }
}

impl Outlet {
    /// A stream that is opened with so much credit. It is silent until [`Self::opened`].
    pub fn new(stream: u32, credit: u32) -> Self {
        Self {
            stream,
            next: 0,
            size: GridSize::new(1, 1),
            unsure: false,
            credit: credit.into(),
            notices: VecDeque::new(),
            dump: Pieces::default(),
            bytes: Pieces::default(),
            room: 0,
            held: VecDeque::new(),
            freed: 0,
        }
    }

    /// It begins there, and with that dump. [`Opened::room`] is filled in.
    pub fn opened(&mut self, opened: Opened, dump: Option<Vec<u8>>) {
        (self.next, self.size, self.room) = (opened.offset, opened.size, ROOM);
        let opened = Opened { room: ROOM, ..opened };
        self.notices.push_back(StreamNotice::Opened { stream: self.stream, opened });
        self.dump = Pieces::new(dump.unwrap_or_default());
    }

    /// The next bytes; no more than [`Self::wants`].
    pub fn bytes(&mut self, bytes: Vec<u8>) {
        self.bytes = Pieces::new(bytes);
    }

    /// The size is another one from here on.
    pub fn resized(&mut self, size: GridSize) {
        if size != self.size {
            (self.size, self.unsure) = (size, true);
            self.notices.push_back(StreamNotice::Size { stream: self.stream, offset: self.next, size });
        }
    }

    /// So many bytes are missing; what the size is behind them, and a dump of the screen there.
    pub fn gap(&mut self, length: u64, size: GridSize, dump: Option<Vec<u8>>) {
        self.notices.push_back(StreamNotice::Gap { stream: self.stream, offset: self.next, length });
        self.next = self.next.saturating_add(length);
        self.resized(size);
        dump.into_iter().for_each(|dump| self.redrawn(dump));
    }

    /// The screen is so here.
    pub fn redrawn(&mut self, dump: Vec<u8>) {
        self.unsure = false;
        self.dump = Pieces::new(dump);
    }

    /// Whether the screen is to be told: what a terminal makes of another size depends on a history that the client does not
    /// have.
    pub fn is_unsure(&self) -> bool {
        self.unsure
    }

    /// How many bytes it could send; 0 while there is something to be sent, or no credit.
    pub fn wants(&self) -> usize {
        let idle = self.notices.is_empty() && self.dump.left() == 0 && self.bytes.left() == 0;
        if idle { usize::try_from(self.credit).unwrap_or(usize::MAX) } else { 0 }
    }

    /// The offset of the byte that comes next.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The console's size there, as the client knows it.
    pub fn size(&self) -> GridSize {
        self.size
    }

    /// The client allows so many more bytes.
    pub fn allow(&mut self, bytes: u32) {
        self.credit = self.credit.saturating_add(bytes.into());
    }

    /// The next thing to be said to the client, if it may be.
    pub fn poll(&mut self) -> Option<StreamNotice> {
        let stream = self.stream;
        // In steps of half of it; or all of it, and then the client knows that whatever it said has been taken.
        if self.freed > ROOM / 2 || self.freed > 0 && self.room + self.freed == ROOM {
            let bytes = std::mem::take(&mut self.freed);
            self.room += bytes;
            return Some(StreamNotice::Room { stream, bytes });
        }
        if let Some(notice) = self.notices.pop_front() {
            return Some(notice);
        }
        if let Some(bytes) = self.dump.take(&mut self.credit) {
            let last = self.dump.left() == 0;
            return Some(StreamNotice::Dump { stream, offset: self.next, last, bytes });
        }
        if self.dump.left() > 0 {
            return None;
        }
        let bytes = self.bytes.take(&mut self.credit)?;
        let offset = self.next;
        self.next += bytes.0.len() as u64;
        Some(StreamNotice::Data { stream, offset, bytes })
    }

    /// The client said this for the guest; an error if there was no room for it.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), RfbError> {
        let left = u32::try_from(bytes.len()).ok().and_then(|length| self.room.checked_sub(length));
        self.room = left.ok_or(RfbError::Misbehaved("more input on a stream than there was room for"))?;
        self.held.extend(bytes);
        Ok(())
    }

    /// The next bytes for the guest. [`Self::input_done`] says that they are.
    pub fn next_input(&mut self) -> Option<Vec<u8>> {
        let most = self.held.len().min(INPUT_PIECE);
        (most > 0).then(|| self.held.drain(..most).collect())
    }

    /// So many bytes for the guest are done with.
    pub fn input_done(&mut self, bytes: usize) {
        self.freed += u32::try_from(bytes).unwrap_or(u32::MAX);
    }

    /// The newest so many bytes that were received are not for the guest.
    pub fn drop_newest(&mut self, bytes: usize) {
        self.held.truncate(self.held.len().saturating_sub(bytes));
        self.input_done(bytes);
    }

    /// What has not gone to the guest shall not.
    pub fn drop_input(&mut self) {
        let bytes = std::mem::take(&mut self.held).len();
        self.input_done(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::stream::{Charset, Keyboard};
    use super::*;

    const SIZE: GridSize = GridSize::new(80, 24);

    fn outlet(credit: u32, dump: Option<usize>) -> Outlet {
        let mut outlet = Outlet::new(1, credit);
        assert_eq!(outlet.poll(), None);
        let opened = Opened {
            console: 1,
            run: 7,
            offset: 10,
            size: SIZE,
            charset: Charset::Utf8,
            keyboard: Keyboard::Xterm,
            room: 0,
        };
        outlet.opened(opened, dump.map(|length| vec![b'd'; length]));
        assert_eq!(outlet.wants(), 0, "one thing at a time");
        let opened = Opened { room: ROOM, ..opened };
        assert_eq!(outlet.poll(), Some(StreamNotice::Opened { stream: 1, opened }));
        outlet
    }

    /// Kinds, offsets and lengths of what it says now.
    fn said(outlet: &mut Outlet) -> Vec<(&'static str, u64, usize)> {
        std::iter::from_fn(|| outlet.poll())
            .map(|notice| match notice {
                StreamNotice::Data { offset, bytes, .. } => ("data", offset, bytes.0.len()),
                StreamNotice::Dump { offset, bytes, last: false, .. } => ("dump", offset, bytes.0.len()),
                StreamNotice::Dump { offset, bytes, last: true, .. } => ("last", offset, bytes.0.len()),
                StreamNotice::Gap { offset, length, .. } => ("gap", offset, length as usize),
                StreamNotice::Size { offset, size, .. } => ("size", offset, size.cols.into()),
                StreamNotice::Room { bytes, .. } => ("room", 0, bytes as usize),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn no_more_is_sent_than_the_client_allowed() {
        let mut outlet = outlet(100, Some(250));
        assert_eq!(said(&mut outlet), [("dump", 10, 100)]);
        assert_eq!(outlet.wants(), 0, "the dump has not ended");
        outlet.allow(200);
        assert_eq!(said(&mut outlet), [("last", 10, 150)]);
        assert_eq!(outlet.wants(), 50);
        outlet.bytes(vec![b'x'; 50]);
        assert_eq!((outlet.wants(), said(&mut outlet)), (0, vec![("data", 10, 50)]));
        assert_eq!((outlet.wants(), outlet.next()), (0, 60));
        outlet.allow(u32::MAX);
        outlet.allow(u32::MAX);
        outlet.bytes(vec![b'x'; PIECE_MAX * 2 + 1]);
        let at = |pieces: usize| 60 + (pieces * PIECE_MAX) as u64;
        assert_eq!(said(&mut outlet), [("data", at(0), PIECE_MAX), ("data", at(1), PIECE_MAX), ("data", at(2), 1)]);
    }

    #[test]
    fn what_is_missing_is_told_before_what_follows() {
        let mut outlet = outlet(1_000, None);
        outlet.gap(90, GridSize::new(132, 24), Some(vec![b'd'; 5]));
        assert_eq!(outlet.wants(), 0);
        assert_eq!(said(&mut outlet), [("gap", 10, 90), ("size", 100, 132), ("last", 100, 5)]);
        assert!(!outlet.is_unsure());
        outlet.gap(1, GridSize::new(132, 24), None);
        outlet.resized(SIZE);
        assert_eq!(said(&mut outlet), [("gap", 100, 1), ("size", 101, 80)]);
        assert!(outlet.is_unsure());
        outlet.redrawn(vec![b'd'; 3]);
        assert_eq!((outlet.is_unsure(), said(&mut outlet)), (false, vec![("last", 101, 3)]));
    }

    #[test]
    fn input_is_held_up_to_its_room_and_the_room_comes_back() {
        let mut outlet = outlet(0, None);
        assert!(outlet.receive(&[1; ROOM as usize]).is_ok());
        assert!(outlet.receive(&[1]).is_err(), "there is no room left");
        let mut taken = 0;
        while let Some(piece) = outlet.next_input() {
            assert!(piece.len() <= INPUT_PIECE);
            taken += piece.len();
            outlet.input_done(piece.len());
        }
        assert_eq!((taken, said(&mut outlet)), (ROOM as usize, vec![("room", 0, ROOM as usize)]));
        assert!(outlet.receive(b"x").is_ok() && outlet.receive(&[2; ROOM as usize - 1]).is_ok());
        outlet.drop_input();
        assert_eq!((outlet.next_input(), said(&mut outlet)), (None, vec![("room", 0, ROOM as usize)]));
        assert!(outlet.receive(b"mine").is_ok() && outlet.receive(b"not").is_ok());
        outlet.drop_newest(3);
        assert_eq!(outlet.next_input().as_deref(), Some(&b"mine"[..]));
    }

    #[test]
    fn what_has_been_taken_comes_back_as_room_in_steps_or_once_all_has() {
        let mut outlet = outlet(0, None);
        let half = ROOM as usize / 2;
        assert!(outlet.receive(b"key").is_ok() && outlet.receive(&vec![b'x'; half]).is_ok());
        outlet.input_done(3);
        assert_eq!(said(&mut outlet), [], "some is still on its way");
        outlet.input_done(half - 3);
        assert_eq!(said(&mut outlet), [], "it is no step yet");
        outlet.input_done(1);
        assert_eq!(said(&mut outlet), [("room", 0, half + 1)]);
        outlet.input_done(2);
        assert_eq!(said(&mut outlet), [("room", 0, 2)], "that was all");
        assert_eq!(outlet.poll(), None);
    }
}
