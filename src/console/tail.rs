//! The last raw bytes of a source, with their place in the stream: what came, and what the console itself had the terminal
//! take.
//!
//! ```text
//! offset 0 ……………… begin ─────────── end          Tail keeps [begin, end): CAPACITY bytes, or for readers READ_CAPACITY
//!                    └ ring: [ e e e|b b b b b ]   `end` falls at end % length of the ring once it is full
//! ```

/// The most bytes kept while nobody reads: whoever comes back within these goes on where he was.
pub const CAPACITY: usize = 256 * 1024;
/// The most bytes kept for those who read and are behind. A guest that writes 100 MB a second fills this in 40 ms, for which
/// a reader may well have to wait for its turn on a busy machine.
pub const READ_CAPACITY: usize = 4 * 1024 * 1024;

/// What it starts with once a byte has come.
const FIRST: usize = 4 * 1024;

/// A ring of the last bytes. It grows with what it is given, up to [`CAPACITY`]; or to [`READ_CAPACITY`] if that is needed.
#[derive(Debug, Default)]
pub struct Tail {
    /// The byte at offset `n` of the stream is at `n % ring.len()`. Its length is a power of two.
    ring: Vec<u8>,
    begin: u64,
    end: u64,
    /// The first byte that somebody reads who has not come to the end.
    wanted: Option<u64>,
}

impl Tail {
    /// An empty one, which holds no memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// The offset of the oldest byte that is kept.
    pub fn begin(&self) -> u64 {
        self.begin
    }

    /// The offset of the next byte: how many have come.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Appends what came; the oldest bytes make room.
    pub fn push(&mut self, bytes: &[u8]) {
        self.grow(bytes.len());
        let kept = &bytes[bytes.len().saturating_sub(self.ring.len())..];
        self.end += (bytes.len() - kept.len()) as u64;
        let at = self.index(self.end);
        let first = kept.len().min(self.ring.len() - at);
        self.ring[at..at + first].copy_from_slice(&kept[..first]);
        self.ring[..kept.len() - first].copy_from_slice(&kept[first..]);
        self.end += kept.len() as u64;
        self.begin = self.begin.max(self.end.saturating_sub(self.ring.len() as u64));
    }

    /// What is kept from `offset` on, oldest first and in two pieces. From an offset that is no longer kept: all.
    pub fn since(&self, offset: u64) -> (&[u8], &[u8]) {
        let offset = offset.max(self.begin);
        if offset >= self.end {
            return (&[], &[]);
        }
        let (from, to) = (self.index(offset), self.index(self.end));
        if from < to { (&self.ring[from..to], &[]) } else { (&self.ring[from..], &self.ring[..to]) }
    }

    /// From now on the bytes from `wanted` on are kept if there is room; without one, no more than for nobody.
    pub fn keep(&mut self, wanted: Option<u64>) {
        self.wanted = wanted;
        if wanted.is_none() && self.ring.len() > CAPACITY {
            self.begin = self.begin.max(self.end.saturating_sub(CAPACITY as u64));
            self.move_to(CAPACITY);
        }
    }

    /// What comes before `offset` is of no use any more.
    pub fn forget_before(&mut self, offset: u64) {
        self.begin = self.begin.max(offset.min(self.end));
    }

    fn index(&self, offset: u64) -> usize {
        (offset % self.ring.len().max(1) as u64) as usize
    }

    /// Room for `more` bytes beside those that are kept, as far as it goes.
    fn grow(&mut self, more: usize) {
        let unread = |wanted: u64| (self.end.saturating_sub(wanted.max(self.begin)) as usize).saturating_add(more);
        let most = self.wanted.map_or(CAPACITY, |wanted| unread(wanted).clamp(CAPACITY, READ_CAPACITY));
        let needed = ((self.end - self.begin) as usize).saturating_add(more).min(most);
        if needed > self.ring.len() {
            self.move_to(needed.next_power_of_two().max(FIRST));
        }
    }

    /// Another ring of this length, with what is kept.
    fn move_to(&mut self, length: usize) {
        let mut ring = vec![0; length];
        let (first, second) = self.since(self.begin);
        for (offset, &byte) in (self.begin..).zip(first.iter().chain(second)) {
            let at = (offset % ring.len() as u64) as usize;
            ring[at] = byte;
        }
        self.ring = ring;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(tail: &Tail, offset: u64) -> Vec<u8> {
        let (first, second) = tail.since(offset);
        [first, second].concat()
    }

    /// Any pieces give the same as the end of the whole stream.
    #[test]
    fn it_is_the_end_of_the_stream_however_it_came() {
        let stream: Vec<u8> = (0..CAPACITY * 3).map(|n| (n * 7 + n / 251) as u8).collect();
        for piece in [1, 3, 1000, 4095, 4096, 65_536, CAPACITY - 1, CAPACITY, CAPACITY + 1, CAPACITY * 3] {
            let mut tail = Tail::new();
            let mut sent = 0;
            // Single bytes only as far as the ring turns over.
            let stream = if piece < 1000 { &stream[..CAPACITY + 5000] } else { &stream[..] };
            for bytes in stream.chunks(piece) {
                tail.push(bytes);
                sent += bytes.len();
                assert_eq!(tail.end(), sent as u64);
                assert!(tail.ring.len() <= CAPACITY);
            }
            assert_eq!(tail.end() - tail.begin(), CAPACITY as u64);
            assert!(all(&tail, 0) == stream[stream.len() - CAPACITY..], "pieces of {piece}");
            assert!(all(&tail, tail.end() - 10) == stream[stream.len() - 10..]);
        }
    }

    #[test]
    fn for_those_who_read_it_grows_and_gives_back_what_they_needed() {
        let piece: Vec<u8> = (0..65_536).map(|n| (n % 251) as u8).collect();
        let mut tail = Tail::new();
        tail.keep(Some(0));
        for _ in 0..100 {
            tail.push(&piece);
            tail.keep(Some(tail.end()));
        }
        assert_eq!(tail.ring.len(), CAPACITY, "who keeps up needs no more");
        let read = tail.end();
        for count in 1..=READ_CAPACITY / piece.len() {
            tail.push(&piece);
            assert!(tail.begin() <= read && all(&tail, read) == piece.repeat(count), "{count} pieces behind");
        }
        tail.push(&piece);
        assert!(tail.begin() > read && tail.ring.len() == READ_CAPACITY, "there is an end to it");
        tail.keep(None);
        assert_eq!((tail.ring.len(), tail.end() - tail.begin()), (CAPACITY, CAPACITY as u64));
        assert!(all(&tail, 0) == piece.repeat(CAPACITY / piece.len()));
        tail.forget_before(tail.end() - 5);
        assert_eq!(all(&tail, 0).len(), 5);
        tail.forget_before(u64::MAX);
        assert_eq!((all(&tail, 0).len(), tail.begin()), (0, tail.end()));
    }

    #[test]
    fn little_takes_little() {
        let mut tail = Tail::new();
        assert_eq!(tail.ring.capacity(), 0);
        assert_eq!(all(&tail, 0), b"");
        tail.push(b"");
        tail.push(b"login: ");
        assert!(tail.ring.len() <= FIRST);
        assert_eq!(all(&tail, 0), b"login: ");
        assert_eq!(all(&tail, 3), b"in: ");
        assert_eq!(all(&tail, 7), b"");
        assert_eq!(all(&tail, u64::MAX), b"");
    }
}
