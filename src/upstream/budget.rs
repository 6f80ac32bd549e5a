//! What the pictures of all upstreams may cost together (limits.md §5).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::geometry::Size;

/// Bytes of pixels that all upstreams together may have.
pub const BYTES_MAX: u64 = 128 << 20;
/// Bytes of a pixel.
const PIXEL: u64 = 4;

/// One upstream's share of what there is. Its clones have shares of the same, and begin with none.
#[derive(Debug, Default)]
pub struct Budget {
    spent: Arc<AtomicU64>,
    own: u64,
}

impl Budget {
    /// From now on this one has a picture of that size; `None` if that is more than is left, and then it keeps what it had.
    #[must_use]
    pub fn charge(&mut self, size: Size) -> Option<()> {
        let (before, after) = (self.own, size.area().saturating_mul(PIXEL));
        let exchange = |spent: u64| {
            let spent = spent.saturating_sub(before).saturating_add(after);
            (spent <= BYTES_MAX).then_some(spent)
        };
        self.spent.fetch_update(Ordering::AcqRel, Ordering::Acquire, exchange).ok()?;
        self.own = after;
        Some(())
    }

    /// It has none.
    pub fn free(&mut self) {
        self.spent.fetch_sub(std::mem::take(&mut self.own), Ordering::AcqRel);
    }
}

impl Clone for Budget {
    fn clone(&self) -> Self {
        Self { spent: Arc::clone(&self.spent), own: 0 }
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        self.free();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_the_largest_fit_and_a_third_does_not_until_one_is_gone() {
        let largest = Size::new(4096, 4096);
        let mut one = Budget::default();
        let (mut other, mut third) = (one.clone(), one.clone());
        assert!(one.charge(largest).is_some() && other.charge(largest).is_some());
        assert!(third.charge(Size::new(1, 1)).is_none());
        assert!(one.charge(largest).is_some(), "what it had is no more than what it has");
        other.free();
        assert!(third.charge(Size::new(1920, 1080)).is_some());
        assert!(other.charge(largest).is_none());
        drop(third);
        assert!(other.charge(largest).is_some());
        drop((one, other));
    }
}
