//! The user's way out of a terminal whose bytes all go to the guest.

use crate::config::attach::Escapes;

/// The key, and then `d` or a full stop; or the character at the beginning of a line, and then likewise.
#[derive(Debug)]
pub(super) struct Leaving {
    control: Option<u8>,
    tilde: Option<u8>,
    begins: bool,
    /// What was typed of it.
    held: Option<u8>,
}

impl Leaving {
    /// A session begins with the beginning of a line.
    pub(super) fn new(escapes: Escapes) -> Self {
        let byte = |ch: char| u8::try_from(ch).ok();
        let control = escapes.control.and_then(byte).map(|byte| byte & 0x1f);
        Self { control, tilde: escapes.tilde.and_then(byte), begins: true, held: None }
    }

    /// What the guest gets of these bytes, and whether the user leaves.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut out = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            match self.held.take() {
                Some(_) if byte == b'.' || byte == b'd' => return (out, true),
                // Twice sends it once.
                Some(held) if byte == held => {
                    out.push(byte);
                    self.begins = false;
                    continue;
                }
                Some(held) => out.push(held),
                None => {}
            }
            let begins = std::mem::replace(&mut self.begins, byte == b'\r');
            if Some(byte) == self.control || begins && Some(byte) == self.tilde {
                self.held = Some(byte);
            } else {
                out.push(byte);
            }
        }
        (out, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_out_is_the_same_however_it_is_cut() {
        for (typed, sent, leaves) in [
            (&b"ls\r"[..], &b"ls\r"[..], false),
            (b"~.", b"", true),
            (b"a~.b", b"a~.b", false),
            (b"a\r~.b", b"a\r", true),
            (b"\r~~.", b"\r~.", false),
            (b"\r~x~.", b"\r~x~.", false),
            (b"a\x1dd", b"a", true),
            (b"a\x1d.", b"a", true),
            (b"\x1d\x1db", b"\x1db", false),
            (b"\x1dx", b"\x1dx", false),
            (b"\x00\xff\r~\r~.", b"\x00\xff\r~\r", true),
        ] {
            for size in 1..=typed.len() {
                let (mut leaving, mut out, mut left) = (Leaving::new(Escapes::default()), Vec::new(), false);
                for piece in typed.chunks(size) {
                    if !left {
                        let (bytes, leaves) = leaving.take(piece);
                        out.extend(bytes);
                        left = leaves;
                    }
                }
                assert_eq!((out.as_slice(), left), (sent, leaves), "{typed:?} in pieces of {size}");
            }
        }
    }
}
