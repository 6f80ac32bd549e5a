// RFC 1950 and 1951: a zlib stream that goes on from rectangle to rectangle. The browser's own DecompressionStream is
// asynchronous and gives what it likes when it likes; a picture needs so many bytes now.

import { Malformed } from "./stream.js";

const WINDOW = 32 * 1024;
/** A token gives at most so many bytes. */
const TOKEN_MAX = 258;
/** Input that may wait for a later rectangle: the end of a block, and a flush. More is no honest stream. */
const WAITING_MAX = 64 * 1024;

/** RFC 1951 §3.2.5: by symbol less 257 the shortest length, and the bits that follow. */
const LENGTH_EXTRA = Uint8Array.from({ length: 29 }, (_, i) => (i < 4 || i === 28 ? 0 : (i >> 2) - 1));
const LENGTH_BASE = Uint16Array.from({ length: 29 }, (_, i) => (i < 4 ? 3 + i : i === 28 ? 258 : 3 + ((4 + (i & 3)) << LENGTH_EXTRA[i])));
const DISTANCE_EXTRA = Uint8Array.from({ length: 30 }, (_, i) => (i < 2 ? 0 : (i >> 1) - 1));
const DISTANCE_BASE = Uint16Array.from({ length: 30 }, (_, i) => (i < 2 ? 1 + i : 1 + ((2 + (i & 1)) << DISTANCE_EXTRA[i])));
/** §3.2.7: the order in which the lengths of the code lengths' codes come. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical code as a table: by the next bits, `symbol << 4 | length`; 0 where no symbol has that code. */
function codeTable(lengths) {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  let bits = 15;
  while (bits > 1 && counts[bits] === 0) bits--;
  const next = new Uint16Array(17);
  let left = 1;
  for (let length = 1; length <= 15; length++) {
    next[length + 1] = (next[length] + counts[length]) << 1;
    left = left * 2 - counts[length];
    if (left < 0) throw new Malformed("a code with too many symbols");
  }
  const table = new Uint16Array(1 << bits);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    let code = next[length]++;
    let reversed = 0;
    for (let i = 0; i < length; i++, code >>= 1) reversed = (reversed << 1) | (code & 1);
    for (let at = reversed; at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
  });
  return { table, bits };
}

const repeated = (...pieces) => pieces.flatMap(([count, length]) => Array(count).fill(length));
/** §3.2.6. */
const FIXED = {
  literals: codeTable(repeated([144, 8], [112, 9], [24, 7], [8, 8])),
  distances: codeTable(repeated([32, 5])),
};

export class Inflate {
  #input = new Uint8Array(0);
  #at = 0;
  #bits = 0;
  #count = 0;
  /** What came out: the window, what was taken, and from `#taken` to `#have` what was not. */
  #out = new Uint8Array(2 * WINDOW);
  #have = 0;
  #taken = 0;
  #begun = false;
  #last = false;
  #block = null;

  /** The stream begins anew, with another header. */
  reset() {
    this.#input = new Uint8Array(0);
    this.#at = this.#bits = this.#count = this.#have = this.#taken = 0;
    this.#begun = this.#last = false;
    this.#block = null;
  }

  /** Gives the stream more input. */
  push(bytes) {
    const waiting = this.#input.length - this.#at;
    if (waiting > WAITING_MAX) throw new Malformed("a stream with more than the picture needs");
    if (waiting === 0) {
      this.#input = bytes;
    } else {
      const joined = new Uint8Array(waiting + bytes.length);
      joined.set(this.#input.subarray(this.#at));
      joined.set(bytes, waiting);
      this.#input = joined;
    }
    this.#at = 0;
  }

  /** Exactly the next `size` bytes, valid until the next call. */
  read(size) {
    this.#makeRoom(size);
    if (!this.#begun) this.#header();
    const end = this.#taken + size;
    while (this.#have < end) {
      if (this.#block === null) this.#nextBlock();
      else if (this.#block.stored === undefined) this.#tokens(end);
      else this.#stored(end);
    }
    this.#taken = end;
    return this.#out.subarray(end - size, end);
  }

  #makeRoom(size) {
    if (this.#taken + size + TOKEN_MAX <= this.#out.length) return;
    const from = Math.max(0, Math.min(this.#taken, this.#have - WINDOW));
    const kept = this.#out.subarray(from, this.#have);
    const needed = this.#taken - from + size + TOKEN_MAX;
    if (needed > this.#out.length) {
      this.#out = new Uint8Array(needed + WINDOW);
      this.#out.set(kept);
    } else {
      this.#out.copyWithin(0, from, this.#have);
    }
    this.#have -= from;
    this.#taken -= from;
  }

  #header() {
    const [method, flags] = [this.#take(8), this.#take(8)];
    if ((method & 15) !== 8 || ((method << 8) | flags) % 31 !== 0 || flags & 32) throw new Malformed("no zlib stream");
    this.#begun = true;
  }

  #fill(count) {
    while (this.#count < count && this.#at < this.#input.length) {
      this.#bits |= this.#input[this.#at++] << this.#count;
      this.#count += 8;
    }
  }

  #take(count) {
    this.#fill(count);
    if (this.#count < count) throw new Malformed("a stream that ends too soon");
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#count -= count;
    return value;
  }

  #symbol({ table, bits }) {
    this.#fill(bits);
    const entry = table[this.#bits & ((1 << bits) - 1)];
    const length = entry & 15;
    if (length === 0) throw new Malformed("a code that means nothing");
    if (length > this.#count) throw new Malformed("a stream that ends too soon");
    this.#bits >>>= length;
    this.#count -= length;
    return entry >> 4;
  }

  #nextBlock() {
    if (this.#last) throw new Malformed("a stream that has ended");
    this.#last = this.#take(1) === 1;
    const kind = this.#take(2);
    if (kind === 0) {
      const odd = this.#count & 7;
      this.#bits >>>= odd;
      this.#count -= odd;
      const [length, inverted] = [this.#take(16), this.#take(16)];
      if ((length ^ inverted) !== 0xffff) throw new Malformed("a stored block of two lengths");
      this.#block = { stored: length };
    } else if (kind === 1) {
      this.#block = FIXED;
    } else if (kind === 2) {
      this.#block = this.#codes();
    } else {
      throw new Malformed("a block of no kind");
    }
  }

  /** §3.2.7. */
  #codes() {
    const [literals, distances, described] = [this.#take(5) + 257, this.#take(5) + 1, this.#take(4) + 4];
    const lengths = Array(19).fill(0);
    for (let i = 0; i < described; i++) lengths[ORDER[i]] = this.#take(3);
    const code = codeTable(lengths);
    const all = [];
    while (all.length < literals + distances) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        all.push(symbol);
        continue;
      }
      const [value, least, extra] = [[all.at(-1), 3, 2], [0, 3, 3], [0, 11, 7]][symbol - 16];
      if (value === undefined) throw new Malformed("a repeat of nothing");
      for (let count = least + this.#take(extra); count > 0; count--) all.push(value);
    }
    if (all.length > literals + distances) throw new Malformed("more codes than announced");
    return { literals: codeTable(all.slice(0, literals)), distances: codeTable(all.slice(literals)) };
  }

  #tokens(end) {
    const { literals, distances } = this.#block;
    const out = this.#out;
    while (this.#have < end) {
      const symbol = this.#symbol(literals);
      if (symbol < 256) {
        out[this.#have++] = symbol;
        continue;
      }
      if (symbol === 256) {
        this.#block = null;
        return;
      }
      if (symbol > 285) throw new Malformed("a length that means nothing");
      const length = LENGTH_BASE[symbol - 257] + this.#take(LENGTH_EXTRA[symbol - 257]);
      const by = this.#symbol(distances);
      if (by > 29) throw new Malformed("a distance that means nothing");
      const distance = DISTANCE_BASE[by] + this.#take(DISTANCE_EXTRA[by]);
      if (distance > this.#have) throw new Malformed("a distance from before the stream");
      const stop = this.#have + length;
      // Source and destination may overlap: then what was just copied is copied again.
      for (let at = this.#have; at < stop; at++) out[at] = out[at - distance];
      this.#have = stop;
    }
  }

  #stored(end) {
    while (this.#have < end && this.#block.stored > 0) {
      this.#out[this.#have++] = this.#take(8);
      this.#block.stored--;
    }
    if (this.#block.stored === 0) this.#block = null;
  }
}

/** A whole zlib stream of stored blocks, which any inflater takes: for the little text that we send. */
export function zlibStored(data) {
  const BLOCK = 65_535;
  const blocks = Math.max(1, Math.ceil(data.length / BLOCK));
  const out = new Uint8Array(2 + 5 * blocks + data.length + 4);
  const view = new DataView(out.buffer);
  out.set([0x78, 0x01]);
  let at = 2;
  for (let i = 0; i < blocks; i++) {
    const part = data.subarray(i * BLOCK, (i + 1) * BLOCK);
    out[at] = i === blocks - 1 ? 1 : 0;
    view.setUint16(at + 1, part.length, true);
    view.setUint16(at + 3, ~part.length, true);
    out.set(part, at + 5);
    at += 5 + part.length;
  }
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  view.setUint32(at, ((b << 16) | a) >>> 0);
  return out;
}
