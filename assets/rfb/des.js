// DES (FIPS 46-3), as VncAuthentication uses it (RFC 6143 §7.2.2): sixteen bytes at a login, so it works on arrays of
// bits, as the standard is written, and takes no care to be fast. crypto.subtle knows no cipher as old as this.

const runs = (starts) => starts.flatMap((start) => Array.from({ length: 8 }, (_, i) => start - 8 * i));

// The standard's tables: which bit, counted from 1, comes at each place.
const INITIAL = runs([58, 60, 62, 64, 57, 59, 61, 63]);
const FINAL = INITIAL.map((_, i) => INITIAL.indexOf(i + 1) + 1);
const EXPANSION = Array.from({ length: 48 }, (_, i) => ((Math.floor(i / 6) * 4 + (i % 6) + 31) % 32) + 1);
const PERMUTATION = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
const CHOICE_1 = [...runs([57, 58, 59]), 60, 52, 44, 36, ...runs([63, 62, 61]), 28, 20, 12, 4];
const CHOICE_2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30, 40,
  51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const ROTATIONS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/** The eight boxes, each of four rows of sixteen digits. */
const BOXES = [
  "e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
  "f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
  "a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
  "7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
  "2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
  "c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
  "4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
  "d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
].map((digits) => Array.from(digits, (digit) => parseInt(digit, 16)));

const permuted = (bits, table) => table.map((place) => bits[place - 1]);
const xor = (a, b) => a.map((bit, i) => bit ^ b[i]);
const rotated = (bits, by) => [...bits.slice(by), ...bits.slice(0, by)];
const digit = (value) => [8, 4, 2, 1].map((bit) => (value & bit ? 1 : 0));
const toBits = (bytes) => Array.from(bytes).flatMap((byte) => [...digit(byte >> 4), ...digit(byte)]);

function toBytes(bits) {
  const bytes = new Uint8Array(bits.length / 8);
  bits.forEach((bit, i) => (bytes[i >> 3] |= bit << (7 - (i & 7))));
  return bytes;
}

/** The sixteen keys of the rounds. */
function roundKeys(key) {
  const chosen = permuted(toBits(key), CHOICE_1);
  let [left, right] = [chosen.slice(0, 28), chosen.slice(28)];
  return ROTATIONS.map((by) => {
    [left, right] = [rotated(left, by), rotated(right, by)];
    return permuted([...left, ...right], CHOICE_2);
  });
}

function round(half, key) {
  const mixed = xor(permuted(half, EXPANSION), key);
  const boxed = BOXES.flatMap((box, i) => {
    const [a, b, c, d, e, f] = mixed.slice(6 * i, 6 * i + 6);
    return digit(box[(a * 2 + f) * 16 + b * 8 + c * 4 + d * 2 + e]);
  });
  return permuted(boxed, PERMUTATION);
}

/** Encrypts one block of eight bytes. */
export function encryptBlock(key, block) {
  const bits = permuted(toBits(block), INITIAL);
  let [left, right] = [bits.slice(0, 32), bits.slice(32)];
  for (const roundKey of roundKeys(key)) [left, right] = [right, xor(left, round(right, roundKey))];
  return toBytes(permuted([...right, ...left], FINAL));
}

/** What answers a challenge: it, encrypted with the password, whose bytes count with their lowest bit first. */
export function vncResponse(password, challenge) {
  const key = new Uint8Array(8);
  password.slice(0, 8).forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit++) key[i] |= ((byte >> bit) & 1) << (7 - bit);
  });
  const response = new Uint8Array(16);
  response.set(encryptBlock(key, challenge.subarray(0, 8)));
  response.set(encryptBlock(key, challenge.subarray(8, 16)), 8);
  return response;
}
