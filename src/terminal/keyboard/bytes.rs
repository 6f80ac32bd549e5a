//! The bytes of one key.

/// The bytes of one key, at most [`KeyBytes::MAX`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyBytes {
    bytes: [u8; Self::MAX],
    len: u8,
}

impl KeyBytes {
    /// More than any key sends: `CSI 1114109 : 1114109 : 127 ; 256 : 3 ; 1114109 u` has thirty-six.
    pub const MAX: usize = 40;

    pub(super) fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(usize::from(self.len)) {
            *slot = byte;
            self.len += 1;
        }
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.push(byte));
    }

    /// Decimal, without leading zeros.
    pub(super) fn number(&mut self, number: u32) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.push(b'0' + (number % 10) as u8);
    }
}

impl Default for KeyBytes {
    fn default() -> Self {
        Self { bytes: [0; Self::MAX], len: 0 }
    }
}

impl<const N: usize> From<&[u8; N]> for KeyBytes {
    fn from(bytes: &[u8; N]) -> Self {
        let mut key = Self::default();
        key.extend(bytes);
        key
    }
}

impl std::ops::Deref for KeyBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl std::fmt::Debug for KeyBytes {
    // Keystrokes are never logged (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyBytes({})", self.len)
    }
}
