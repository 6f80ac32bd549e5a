//! What the guest asked of the kitty keyboard protocol: flags, and a stack of them on either screen
//! ("Progressive enhancement" in the protocol's specification).

use crate::terminal::Terminal;
use crate::terminal::report::Answer;

/// Flags that may wait below the current ones; of more, the oldest are forgotten.
pub const MAX_SAVED: usize = 10;

/// The enhancements that are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KittyFlags(u8);

impl KittyFlags {
    /// Keys that would be ambiguous are told as escape codes.
    pub const DISAMBIGUATE: Self = Self(1);
    /// Repeats and releases are told.
    pub const EVENTS: Self = Self(2);
    /// What else the key may be is told: with Shift, and in the US layout.
    pub const ALTERNATES: Self = Self(4);
    /// All keys are told as escape codes, modifiers too.
    pub const ALL_KEYS: Self = Self(8);
    /// The text that a key types is told within the escape code.
    pub const TEXT: Self = Self(16);

    const MASK: u8 = 31;

    /// The flags of a parameter; bits that have no meaning are dropped.
    pub const fn new(bits: u16) -> Self {
        Self(bits as u8 & Self::MASK)
    }

    /// As a number.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether any of `flags` is on.
    pub const fn any(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }

    /// These and `flags`.
    pub const fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }

    /// Whether none is on.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The flags of one screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlagStack {
    current: KittyFlags,
    /// The oldest first; what lies beyond `len` is zero.
    saved: [KittyFlags; MAX_SAVED],
    len: u8,
}

impl FlagStack {
    /// The flags that count.
    pub fn current(&self) -> KittyFlags {
        self.current
    }

    /// The flags that wait, the oldest first.
    pub fn saved(&self) -> &[KittyFlags] {
        &self.saved[..usize::from(self.len)]
    }

    /// `CSI > flags u`.
    pub fn push(&mut self, flags: KittyFlags) {
        if usize::from(self.len) == MAX_SAVED {
            self.saved.rotate_left(1);
            self.len -= 1;
        }
        self.saved[usize::from(self.len)] = self.current;
        self.len += 1;
        self.current = flags;
    }

    /// `CSI < count u`: whoever takes more than there are has none.
    pub fn pop(&mut self, count: u16) {
        for _ in 0..usize::from(count).min(MAX_SAVED + 1) {
            self.len = self.len.saturating_sub(1);
            self.current = std::mem::take(&mut self.saved[usize::from(self.len)]);
        }
    }

    /// `CSI = flags ; how u`: 1 sets exactly these, 2 adds them, 3 takes them away.
    pub fn set(&mut self, flags: KittyFlags, how: u16) {
        self.current = KittyFlags(match how {
            0 | 1 => flags.0,
            2 => self.current.0 | flags.0,
            3 => self.current.0 & !flags.0,
            _ => return,
        });
    }
}

impl Terminal {
    /// The flags of the screen shown.
    pub(in crate::terminal) fn kitty_flags(&mut self) -> &mut FlagStack {
        &mut self.screen.keys.kitty[usize::from(self.screen.alternate)]
    }

    /// `CSI ? u`.
    pub(in crate::terminal) fn report_kitty_flags(&mut self) {
        let flags = self.kitty_flags().current();
        self.answer(Answer::KittyFlags(flags.bits()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: KittyFlags = KittyFlags::new(1);
    const B: KittyFlags = KittyFlags::new(2);

    #[test]
    fn what_is_popped_is_what_was_there_before_the_push() {
        let mut stack = FlagStack::default();
        stack.set(A, 1);
        stack.push(B);
        assert_eq!((stack.current(), stack.saved()), (B, &[A][..]));
        stack.pop(1);
        assert_eq!(stack.current(), A);
        stack.pop(1);
        assert_eq!(stack, FlagStack::default(), "an empty stack has no flags");
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut stack = FlagStack::default();
        for n in 0..30 {
            stack.push(KittyFlags::new(n));
        }
        assert_eq!(stack.saved().len(), MAX_SAVED);
        assert_eq!(stack.saved()[0], KittyFlags::new(19));
        stack.pop(MAX_SAVED as u16);
        assert_eq!(stack.current(), KittyFlags::new(19));
        stack.push(A);
        stack.pop(u16::MAX);
        assert_eq!(stack, FlagStack::default());
    }

    #[test]
    fn flags_are_set_added_and_taken_away() {
        let mut stack = FlagStack::default();
        let mut set = |flags, how| {
            stack.set(KittyFlags::new(flags), how);
            stack.current().bits()
        };
        assert_eq!((set(5, 1), set(2, 2), set(6, 3), set(9, 4), set(0xffff, 1), set(0, 0)), (5, 7, 1, 1, 31, 0));
    }
}
