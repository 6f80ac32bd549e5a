//! Bytes that have come from a peer and are not understood yet.

use zeroize::Zeroize;

/// An emptied buffer keeps so many bytes: most messages are shorter, and idle peers are many.
const KEPT: usize = 256;

/// A buffer that grows with what came, never with what was announced, and gives its memory back.
#[derive(Debug, Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    taken: usize,
}

impl Input {
    /// What is not understood yet.
    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    /// More has come.
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The first `count` bytes are understood.
    pub(super) fn take(&mut self, count: usize) {
        self.taken += count;
        if self.taken < self.bytes.len() {
            return;
        }
        self.taken = 0;
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
    }

    /// The first `count` bytes are understood, and nobody shall see them again.
    pub(super) fn take_secret(&mut self, count: usize) {
        let end = self.taken.saturating_add(count);
        if let Some(secret) = self.bytes.get_mut(self.taken..end) {
            secret.zeroize();
        }
        self.take(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_order_and_their_memory_given_back() {
        let mut input = Input::default();
        input.receive(&[1; 100_000]);
        input.receive(&[2, 3]);
        input.take(100_000);
        assert_eq!(input.unread(), [2, 3]);
        input.receive(&[4]);
        assert_eq!(input.unread(), [2, 3, 4]);
        input.take(3);
        assert!(input.unread().is_empty() && input.bytes.capacity() <= KEPT);
    }

    #[test]
    fn of_a_secret_nothing_is_left() {
        let mut input = Input::default();
        input.receive(b"name secret rest");
        input.take(5);
        input.take_secret(6);
        assert_eq!((input.unread(), &input.bytes[..]), (&b" rest"[..], &b"name \0\0\0\0\0\0 rest"[..]));
    }
}
