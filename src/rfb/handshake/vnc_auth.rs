//! VNC authentication (RFC 6143 §7.2.2): a challenge, encrypted with the password, which is so never sent.

use subtle::ConstantTimeEq;

use super::des;
use crate::access::Secret;
use crate::access::passwords::PASSWORD_MAX;

/// Bytes of a challenge, and of its answer.
pub const CHALLENGE: usize = 16;

/// The answer to `challenge` of a client with this password, of which the first eight bytes count.
///
/// The standard takes its bytes for a DES key, and does not say what all implementations do: each byte's bits are mirrored.
pub fn answer(password: &[u8], challenge: &[u8; CHALLENGE]) -> [u8; CHALLENGE] {
    let mut key = [0; PASSWORD_MAX];
    key.iter_mut().zip(password).for_each(|(key, byte)| *key = byte.reverse_bits());
    let (mut first, mut second) = ([0; 8], [0; 8]);
    first.copy_from_slice(&challenge[..8]);
    second.copy_from_slice(&challenge[8..]);
    let mut answer = [0; CHALLENGE];
    answer[..8].copy_from_slice(&des::encrypt(key, first));
    answer[8..].copy_from_slice(&des::encrypt(key, second));
    answer
}

/// A client's answer to our challenge.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub(super) challenge: [u8; CHALLENGE],
    pub(super) answer: [u8; CHALLENGE],
}

impl Answer {
    /// That of a client with this password.
    pub fn to(challenge: &[u8; CHALLENGE], password: &[u8]) -> Self {
        Self { challenge: *challenge, answer: answer(password, challenge) }
    }

    /// Whether whoever gave it has this password.
    pub fn is_made_with(&self, password: &Secret) -> bool {
        answer(password.bytes(), &self.challenge).ct_eq(&self.answer).into()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // With both of them a password of eight bytes can be searched for.
        write!(f, "Answer({CHALLENGE} bytes)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_made_with_one_password() {
        let challenge: [u8; CHALLENGE] = std::array::from_fn(|index| index as u8);
        let made = |password: &[u8]| Answer { challenge, answer: answer(password, &challenge) };
        let secret = Secret::new(b"secret".to_vec());
        assert!(made(b"secret").is_made_with(&secret));
        for wrong in [&b"Secret"[..], b"secre", b"secret1", b""] {
            assert!(!made(wrong).is_made_with(&secret));
        }
        // What is longer is cut: which is why nothing longer is taken from a file.
        assert_eq!(made(b"12345678"), made(b"123456789"));
        let other = Answer { challenge: [7; CHALLENGE], ..made(b"secret") };
        assert!(!other.is_made_with(&secret), "an answer to another challenge");
        assert!(!format!("{other:?}").contains('7'));
    }

    #[test]
    fn the_bits_of_a_password_are_mirrored() {
        // Made with OpenSSL's DES and the mirrored key.
        let half = [0xff, 0x97, 0x50, 0x2e, 0x94, 0x22, 0xf0, 0x89];
        assert_eq!(answer(b"password", &[0; CHALLENGE]), *[half; 2].as_flattened());
        assert_eq!(des::encrypt(*b"password".map(u8::reverse_bits).first_chunk().expect("eight"), [0; 8]), half);
    }
}
