//! DES (FIPS 46-3), one block and one direction: what VNC authentication encrypts its challenge with, and nothing else is
//! to be. A constant table for each step of the standard; bits are numbered from the left, from 1.

/// Initial permutation.
const IP: [u8; 64] = [
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32,
    24, 16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47,
    39, 31, 23, 15, 7,
];
/// Its inverse.
const FP: [u8; 64] = [
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21,
    61, 29, 36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9,
    49, 17, 57, 25,
];
/// Expansion of half a block to the bits that the S-boxes take.
const E: [u8; 48] = [
    32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17, 16, 17, 18, 19, 20, 21, 20, 21,
    22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
];
/// Permutation of what they give.
const P: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4,
    25,
];
/// Permuted choice 1: the 56 bits of a key.
const PC1: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36, 63, 55,
    47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
/// Permuted choice 2: the 48 of a round.
const PC2: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30,
    40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
/// How far the halves of the key turn before each round.
const TURNS: [u32; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/// The S-boxes: four rows of sixteen each.
const S: [[u8; 64]; 8] = [
    [
        14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12, 11, 9, 5, 3,
        8, //
        4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9, 1, 7, 5, 11, 3, 14, 10, 0, 6, 13,
    ],
    [
        15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1, 10, 6, 9, 11,
        5, //
        0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15, 4, 2, 11, 6, 7, 12, 0, 5, 14, 9,
    ],
    [
        10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5, 14, 12, 11, 15,
        1, //
        13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6, 9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12,
    ],
    [
        7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2, 12, 1, 10, 14,
        9, //
        10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1, 13, 8, 9, 4, 5, 11, 12, 7, 2, 14,
    ],
    [
        2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15, 10, 3, 9, 8,
        6, //
        4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14, 2, 13, 6, 15, 0, 9, 10, 4, 5, 3,
    ],
    [
        12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13, 14, 0, 11, 3,
        8, //
        9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5, 15, 10, 11, 14, 1, 7, 6, 0, 8, 13,
    ],
    [
        4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5, 12, 2, 15, 8,
        6, //
        1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4, 10, 7, 9, 5, 0, 15, 14, 2, 3, 12,
    ],
    [
        13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6, 11, 0, 14, 9,
        2, //
        7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10, 8, 13, 15, 12, 9, 0, 3, 5, 6, 11,
    ],
];

/// A block, encrypted with `key`, whose bits 8, 16, … 64 are of no account.
pub(super) fn encrypt(key: [u8; 8], block: [u8; 8]) -> [u8; 8] {
    let chosen = permuted(u64::from_be_bytes(key), 64, &PC1);
    let (mut c, mut d) = (chosen >> 28, chosen & HALF_KEY);
    let block = permuted(u64::from_be_bytes(block), 64, &IP);
    let (mut left, mut right) = (block >> 32, block & u64::from(u32::MAX));
    for turn in TURNS {
        (c, d) = (turned(c, turn), turned(d, turn));
        let round_key = permuted(c << 28 | d, 56, &PC2);
        (left, right) = (right, left ^ scrambled(right, round_key));
    }
    permuted(right << 32 | left, 64, &FP).to_be_bytes()
}

/// The 28 bits of half a key.
const HALF_KEY: u64 = (1 << 28) - 1;

fn turned(half: u64, by: u32) -> u64 {
    (half << by | half >> (28 - by)) & HALF_KEY
}

/// The function f of the standard.
fn scrambled(half: u64, round_key: u64) -> u64 {
    let bits = permuted(half, 32, &E) ^ round_key;
    let substituted = S.iter().enumerate().fold(0, |sum, (number, table)| {
        let six = (bits >> (42 - 6 * number)) as usize & 0x3f;
        let (row, column) = ((six >> 4 & 2) | (six & 1), six >> 1 & 15);
        sum << 4 | u64::from(table[16 * row + column])
    });
    permuted(substituted, 32, &P)
}

/// The bits of `value`, which has `width` of them, that the table names, in its order.
fn permuted(value: u64, width: u32, table: &[u8]) -> u64 {
    table.iter().fold(0, |sum, bit| sum << 1 | (value >> (width - u32::from(*bit)) & 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encrypted(key: u64, block: u64) -> u64 {
        u64::from_be_bytes(encrypt(key.to_be_bytes(), block.to_be_bytes()))
    }

    #[test]
    fn published_vectors_are_met() {
        // NIST SP 800-17, appendices A (permutation and substitution tests) and B; FIPS 81's example; all zeros.
        for (key, block, cipher) in [
            (0x0101_0101_0101_0101, 0x8000_0000_0000_0000, 0x95f8_a5e5_dd31_d900),
            (0x0101_0101_0101_0101, 0x0000_0000_0000_0001, 0x166b_40b4_4aba_4bd6),
            (0x8001_0101_0101_0101, 0x0000_0000_0000_0000, 0x95a8_d728_13da_a94d),
            (0x0101_0101_0101_0102, 0x0000_0000_0000_0000, 0x869e_fd7f_9f26_5a09),
            (0x1046_9134_8998_0131, 0x0000_0000_0000_0000, 0x88d5_5e54_f54c_97b4),
            (0x7ca1_1045_4a1a_6e57, 0x01a1_d6d0_3977_6742, 0x690f_5b0d_9a26_939b),
            (0x0131_d961_9dc1_376e, 0x5cd5_4ca8_3def_57da, 0x7a38_9d10_354b_d271),
            (0x0170_f175_468f_b5e6, 0x0756_d8e0_7747_61d2, 0x0cd3_da02_0021_dc09),
            (0x0123_4567_89ab_cdef, 0x4e6f_7720_6973_2074, 0x3fa4_0e8a_984d_4815),
            (0x1334_5779_9bbc_dff1, 0x0123_4567_89ab_cdef, 0x85e8_1354_0f0a_b405),
            (0x0000_0000_0000_0000, 0x0000_0000_0000_0000, 0x8ca6_4de9_c1b1_23a7),
        ] {
            assert_eq!(encrypted(key, block), cipher, "{key:016x} {block:016x}");
        }
    }

    #[test]
    fn bits_of_parity_do_not_matter_and_complements_complement() {
        let (key, block) = (0x0123_4567_89ab_cdef, 0x4e6f_7720_6973_2074);
        assert_eq!(encrypted(key, block), encrypted(key ^ 0x0101_0101_0101_0101, block));
        assert_eq!(encrypted(!key, !block), !encrypted(key, block));
    }
}
