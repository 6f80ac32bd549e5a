//! Bytes for the guest, in the order in which they came about: keys, pastes, mouse reports, and answers.

/// Bytes of answers that may wait; an answer that does not fit is dropped whole.
pub const MAX_ANSWERS: usize = 4_096;
/// Bytes of keys, mouse reports and pastes that may wait.
pub const MAX_KEYS: usize = 65_536;

/// One queue, so that the order holds, with a limit for each of the two kinds in it.
#[derive(Default)]
pub(super) struct InputQueue {
    bytes: Vec<u8>,
    answers: usize,
}

impl InputQueue {
    /// Appends an answer, or drops it when too many wait.
    pub(super) fn push_answer(&mut self, answer: &[u8]) {
        if self.answers + answer.len() <= MAX_ANSWERS {
            self.answers += answer.len();
            self.bytes.extend_from_slice(answer);
        }
    }

    /// Appends what a key, the pointer or a paste makes, whole or not at all; whether it fitted.
    pub(super) fn push_keys(&mut self, keys: &[u8]) -> bool {
        let fits = keys.len() <= self.room();
        if fits {
            self.bytes.extend_from_slice(keys);
        }
        fits
    }

    /// Bytes of keys that would still fit.
    pub(super) fn room(&self) -> usize {
        MAX_KEYS - (self.bytes.len() - self.answers)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes that it holds, filled or not.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        self.answers = 0;
        std::mem::take(&mut self.bytes)
    }
}

impl std::fmt::Debug for InputQueue {
    // Keystrokes are never logged (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InputQueue({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_limit_and_the_order_holds() {
        let mut queue = InputQueue::default();
        for _ in 0..2_000 {
            queue.push_answer(b"0123456789");
        }
        assert_eq!(queue.take().len(), MAX_ANSWERS / 10 * 10);
        assert!(queue.push_keys(&vec![b'x'; MAX_KEYS]));
        assert!(!queue.push_keys(b"y"));
        queue.push_answer(b"!");
        let bytes = queue.take();
        assert_eq!((bytes.len(), bytes.last()), (MAX_KEYS + 1, Some(&b'!')));
        assert!(queue.is_empty() && queue.push_keys(b"y"));
    }
}
