//! What waits to be written to one peer: small bytes of its own between slices shared with all the others.
//!
//! ```text
//! front ─► [Own 16 bytes][Shared 3..4000 of an update][Own 2][Shared 4000..9000] ◄─ back
//!             ▲ sent: how much of the front chunk has been written
//! ```
//! Updates are never copied: a chunk holds the `Arc` until its last byte is written.

use super::wire::Writer;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;
use std::sync::Arc;

/// A shared run shorter than this is copied: a slice of its own costs more than its bytes (an `Arc`, an entry of `writev`).
pub const SHARED_MIN: usize = 128;

/// Own bytes are gathered in chunks of up to this many, so that the memory of sent ones is given back.
const OWN_MAX: usize = 4 * 1024;

/// A queue kept for the next update keeps room for this many chunks; more is given back when it empties.
const KEPT_CHUNKS: usize = 16;

#[derive(Debug)]
enum Chunk {
    Own(Vec<u8>),
    Shared(Arc<[u8]>, Range<usize>),
}

impl Chunk {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            // The range was checked when the chunk was made.
            Self::Shared(bytes, range) => bytes.get(range.clone()).unwrap_or_default(),
        }
    }
}

/// The bytes on their way to one peer.
#[derive(Debug, Default)]
pub struct OutQueue {
    chunks: VecDeque<Chunk>,
    /// Bytes of the front chunk that have been written.
    sent: usize,
    /// Bytes that have not.
    len: usize,
}

impl OutQueue {
    /// An empty queue, which holds no memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes that wait to be written.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing waits.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends own bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.write(|w| {
            w.bytes(bytes);
        });
    }

    /// Appends what `fill` writes.
    pub fn write<T>(&mut self, fill: impl FnOnce(&mut Writer<'_>) -> T) -> T {
        let mut bytes = match self.chunks.pop_back() {
            Some(Chunk::Own(bytes)) if bytes.len() < OWN_MAX => bytes,
            Some(full) => {
                self.chunks.push_back(full);
                Vec::new()
            }
            None => Vec::new(),
        };
        let before = bytes.len();
        let result = fill(&mut Writer::new(&mut bytes));
        self.len += bytes.len() - before;
        if !bytes.is_empty() {
            self.chunks.push_back(Chunk::Own(bytes));
        }
        result
    }

    /// Appends `range` of `bytes` without copying it (unless it is tiny). What lies outside `bytes` is not sent.
    pub fn share(&mut self, bytes: &Arc<[u8]>, range: Range<usize>) {
        let end = range.end.min(bytes.len());
        let range = range.start.min(end)..end;
        if range.len() < SHARED_MIN {
            return self.bytes(bytes.get(range).unwrap_or_default());
        }
        self.len += range.len();
        self.chunks.push_back(Chunk::Shared(Arc::clone(bytes), range));
    }

    /// Fills `slices` with what is to be written next; how many were filled.
    pub fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut skip = self.sent;
        let mut filled = 0;
        for (slot, chunk) in slices.iter_mut().zip(&self.chunks) {
            *slot = IoSlice::new(chunk.bytes().get(skip..).unwrap_or_default());
            skip = 0;
            filled += 1;
        }
        filled
    }

    /// The first `count` bytes of the queue have been written: their memory is given back. More than waits is all of it.
    pub fn advance(&mut self, count: usize) {
        let mut count = count.min(self.len);
        self.len -= count;
        while let Some(front) = self.chunks.front() {
            let left = front.bytes().len() - self.sent;
            if count < left {
                self.sent += count;
                return;
            }
            count -= left;
            self.sent = 0;
            self.chunks.pop_front();
        }
        if self.chunks.capacity() > KEPT_CHUNKS {
            self.chunks = VecDeque::new();
        }
    }

    /// Everything that waits, copied into one vector: for tests and tools.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut all = Vec::with_capacity(self.len);
        for chunk in &self.chunks {
            all.extend_from_slice(chunk.bytes());
        }
        all.split_off(self.sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(queue: &mut OutQueue, step: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while !queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); 2];
            let filled = queue.slices(&mut slices);
            let flat: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.iter().copied()).collect();
            let taken = step.min(flat.len());
            all.extend_from_slice(&flat[..taken]);
            queue.advance(taken);
        }
        all
    }

    #[test]
    fn own_and_shared_bytes_leave_in_order_whatever_the_steps() {
        let shared: Arc<[u8]> = (0..=255).collect();
        for step in [1, 7, 100, 1_000] {
            let mut queue = OutQueue::new();
            queue.bytes(b"head");
            queue.share(&shared, 10..250);
            queue.write(|w| {
                w.u16(0x0102);
            });
            queue.share(&shared, 3..5);
            let expected: Vec<u8> = b"head".iter().copied().chain(10..250).chain([1, 2, 3, 4]).collect();
            assert_eq!(queue.len(), expected.len());
            assert_eq!(queue.to_vec(), expected);
            assert_eq!(drained(&mut queue, step), expected);
            assert_eq!(queue.chunks.len(), 0);
        }
    }

    #[test]
    fn shared_bytes_are_not_copied_and_are_let_go() {
        let shared: Arc<[u8]> = vec![5; 1_000].into();
        let mut queue = OutQueue::new();
        queue.share(&shared, 0..1_000);
        assert_eq!(Arc::strong_count(&shared), 2);
        queue.advance(999);
        assert_eq!(Arc::strong_count(&shared), 2);
        queue.advance(1);
        assert_eq!(Arc::strong_count(&shared), 1);
    }

    #[test]
    fn a_range_outside_the_bytes_is_cut() {
        let shared: Arc<[u8]> = vec![5; 200].into();
        let mut queue = OutQueue::new();
        queue.share(&shared, 150..900);
        queue.share(&shared, 300..900);
        assert_eq!(queue.len(), 50);
        queue.advance(usize::MAX);
        assert!(queue.is_empty());
        queue.write(|_| ());
        assert_eq!(queue.chunks.len(), 0);
    }

    #[test]
    fn an_emptied_queue_gives_its_memory_back() {
        let mut queue = OutQueue::new();
        let shared: Arc<[u8]> = vec![5; SHARED_MIN].into();
        for _ in 0..1_000 {
            queue.share(&shared, 0..SHARED_MIN);
        }
        queue.advance(queue.len());
        assert!(queue.chunks.capacity() <= KEPT_CHUNKS);
    }
}
