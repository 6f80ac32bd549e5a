//! A client's streams: what it has opened, what it may still be sent and may still say. A server that leaves out a byte
//! without saying so, sends one twice, or more than it was allowed to, ends the connection.

use std::collections::BTreeMap;

use crate::geometry::GridSize;
use crate::rfb::error::RfbError;
use crate::rfb::ext::console::Request;
use crate::rfb::ext::stream::{Bytes, INPUT_MAX, Opened, Opening, PIECE_MAX, STREAMS_MAX, StreamNotice, StreamRequest};
use crate::rfb::ids::ConsoleRequest;
use crate::rfb::out::OutQueue;

/// What became of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// It is open. If [`Opened::run`] is not the run that was asked for, what came before has nothing to do with it, and
    /// what was missed is not known.
    Opened(Opened),
    /// These bytes join what came before: what is between them was told as [`Self::Gap`].
    Data {
        /// Of the first byte.
        offset: u64,
        /// At most [`PIECE_MAX`].
        bytes: Bytes,
    },
    /// These bytes are lost.
    Gap {
        /// Of the first byte.
        offset: u64,
        /// How many.
        length: u64,
    },
    /// A piece of a dump. All pieces together show in a terminal of the console's size, whatever it showed before, what
    /// the console did before the byte at `offset`, which comes next.
    Dump {
        /// Of that byte.
        offset: u64,
        /// It is the dump's last piece.
        last: bool,
        /// At most [`PIECE_MAX`].
        bytes: Bytes,
    },
    /// The console has another size.
    Size {
        /// From this byte on, which comes next.
        offset: u64,
        /// In cells.
        size: GridSize,
    },
    /// There is room for input again.
    Room,
    /// What was asked for on it may not be or cannot be done. A stream whose OPEN was refused is no more.
    Refused {
        /// What was asked for.
        operation: ConsoleRequest,
        /// In plain words.
        reason: String,
    },
    /// It is no more.
    Closed {
        /// Nothing more comes from that console; else it was closed by us.
        ended: bool,
        /// In plain words.
        reason: String,
    },
}

/// One stream.
#[derive(Debug)]
struct Stream {
    /// What comes next, once it is open.
    next: Option<u64>,
    /// A dump has begun and not ended.
    dumping: bool,
    /// Bytes that may still come, as the server knows it.
    credit: u32,
    /// Bytes that were taken and not allowed anew yet.
    taken: u32,
    /// What was allowed at first.
    window: u32,
    /// Bytes that may be said.
    room: u32,
    /// We have said that it shall end: what still comes is of no use.
    closing: bool,
}

/// The streams of one client.
#[derive(Debug, Default)]
pub(super) struct Streams {
    open: BTreeMap<u32, Stream>,
    last: u32,
}

fn say(request: StreamRequest, out: &mut OutQueue) {
    out.write(|w| Request::Stream(request).encode(w));
}

/// What the client says.
impl Streams {
    /// Its number; `None`: there are too many already.
    pub(super) fn open(&mut self, opening: Opening, out: &mut OutQueue) -> Option<u32> {
        if self.open.len() >= STREAMS_MAX {
            return None;
        }
        self.last += 1;
        let (stream, window) = (self.last, opening.credit);
        let fresh = Stream { next: None, dumping: false, credit: window, taken: 0, window, room: 0, closing: false };
        self.open.insert(stream, fresh);
        say(StreamRequest::Open { stream, opening }, out);
        Some(stream)
    }

    /// So many bytes that came are done with. More is allowed in steps of half of what was allowed at first.
    pub(super) fn take(&mut self, stream: u32, bytes: usize, out: &mut OutQueue) {
        let Some(open) = self.open.get_mut(&stream).filter(|open| !open.closing) else { return };
        // What has come and was not taken yet is all that there is to take.
        let most = open.window.saturating_sub(open.credit).saturating_sub(open.taken);
        open.taken += u32::try_from(bytes).unwrap_or(u32::MAX).min(most);
        if open.taken > open.window / 2 {
            let bytes = std::mem::take(&mut open.taken);
            open.credit += bytes;
            say(StreamRequest::Credit { stream, bytes }, out);
        }
    }

    /// Bytes that may be said now.
    pub(super) fn room(&self, stream: u32) -> usize {
        let open = self.open.get(&stream).filter(|open| !open.closing);
        open.map_or(0, |open| usize::try_from(open.room).unwrap_or(usize::MAX))
    }

    /// Says as many of these as there is room for; how many.
    pub(super) fn input(&mut self, stream: u32, bytes: &[u8], out: &mut OutQueue) -> usize {
        let room = self.room(stream).min(bytes.len());
        let Some(open) = self.open.get_mut(&stream) else { return 0 };
        for piece in bytes[..room].chunks(INPUT_MAX) {
            say(StreamRequest::Input { stream, bytes: Bytes(piece.to_vec()) }, out);
        }
        open.room -= u32::try_from(room).expect("it was a room of 32 bits");
        room
    }

    pub(super) fn resize(&self, stream: u32, size: GridSize, out: &mut OutQueue) {
        if self.open.get(&stream).is_some_and(|open| !open.closing) {
            say(StreamRequest::Resize { stream, size }, out);
        }
    }

    pub(super) fn close(&mut self, stream: u32, out: &mut OutQueue) {
        if let Some(open) = self.open.get_mut(&stream).filter(|open| !open.closing) {
            open.closing = true;
            say(StreamRequest::Close { stream }, out);
        }
    }
}

const NOT_OPEN: RfbError = RfbError::Misbehaved("something about a stream that is not open");

/// What the server says.
impl Streams {
    /// What it comes to; `None`: nothing, since the stream is being closed.
    pub(super) fn hear(&mut self, notice: StreamNotice) -> Result<Option<StreamEvent>, RfbError> {
        let stream = notice.stream();
        if let StreamNotice::Closed { ended, reason, .. } = notice {
            self.open.remove(&stream).ok_or(NOT_OPEN)?;
            return Ok(Some(StreamEvent::Closed { ended, reason }));
        }
        let open = self.open.get_mut(&stream).ok_or(NOT_OPEN)?;
        let closing = open.closing;
        let event = open.hear(notice)?;
        Ok(Some(event).filter(|_| !closing))
    }

    /// A request with this number was refused; `None`: it had to do with no stream of ours.
    pub(super) fn refused(
        &mut self,
        operation: ConsoleRequest,
        request: u32,
        reason: &str,
    ) -> Option<(u32, StreamEvent)> {
        let of_streams = [ConsoleRequest::OPEN, ConsoleRequest::INPUT, ConsoleRequest::RESIZE];
        if !of_streams.contains(&operation) || !self.open.contains_key(&request) {
            return None;
        }
        if operation == ConsoleRequest::OPEN {
            self.open.remove(&request);
        }
        Some((request, StreamEvent::Refused { operation, reason: reason.to_owned() }))
    }
}

impl Stream {
    fn hear(&mut self, notice: StreamNotice) -> Result<StreamEvent, RfbError> {
        Ok(match notice {
            StreamNotice::Opened { opened, .. } if self.next.is_none() => {
                (self.next, self.room) = (Some(opened.offset), opened.room);
                StreamEvent::Opened(opened)
            }
            StreamNotice::Data { offset, bytes, .. } => {
                self.joins(offset)?;
                self.spend(&bytes)?;
                self.advance(bytes.0.len() as u64)?;
                StreamEvent::Data { offset, bytes }
            }
            StreamNotice::Gap { offset, length, .. } => {
                self.joins(offset)?;
                self.advance(length)?;
                StreamEvent::Gap { offset, length }
            }
            StreamNotice::Dump { offset, last, bytes, .. } => {
                self.dumping = false;
                self.joins(offset)?;
                self.spend(&bytes)?;
                self.dumping = !last;
                StreamEvent::Dump { offset, last, bytes }
            }
            StreamNotice::Size { offset, size, .. } => {
                self.joins(offset)?;
                StreamEvent::Size { offset, size }
            }
            StreamNotice::Room { bytes, .. } if self.next.is_some() => {
                self.room = self.room.saturating_add(bytes);
                StreamEvent::Room
            }
            StreamNotice::Opened { .. } | StreamNotice::Room { .. } | StreamNotice::Closed { .. } => {
                return Err(NOT_OPEN);
            }
        })
    }

    /// What is told of this byte comes next, and not within a dump.
    fn joins(&self, offset: u64) -> Result<(), RfbError> {
        match self.next {
            None => Err(NOT_OPEN),
            Some(next) if next == offset && !self.dumping => Ok(()),
            Some(_) => Err(RfbError::Misbehaved("bytes of a stream that do not join those before")),
        }
    }

    fn advance(&mut self, bytes: u64) -> Result<(), RfbError> {
        self.next = self.next.unwrap_or_default().checked_add(bytes);
        self.next.map(|_| ()).ok_or(RfbError::Misbehaved("a stream without an end"))
    }

    fn spend(&mut self, bytes: &Bytes) -> Result<(), RfbError> {
        let length = u32::try_from(bytes.0.len()).ok().filter(|_| bytes.0.len() <= PIECE_MAX);
        let left = length.and_then(|length| self.credit.checked_sub(length));
        self.credit = left.ok_or(RfbError::Misbehaved("more bytes of a stream than were allowed"))?;
        Ok(())
    }
}

#[cfg(test)]
#[path = "streams_tests.rs"]
mod tests;
