// The bytes of a connection. The protocol is written as generators that yield how many bytes they need next and are
// resumed with a Reader of just these, so that it reads as if nothing ever had to be waited for.

/** The most bytes that may be asked for at once: a Tight rectangle's data have a length of 22 bits. */
const NEED_MAX = 4 * 1024 * 1024;

/** Something came that the protocol does not allow. */
export class Malformed extends Error {
  name = "Malformed";
}

const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder();
const encoder = new TextEncoder();

export const toUtf8 = (text) => encoder.encode(text);
export const fromUtf8 = (bytes) => utf8.decode(bytes);
export const fromLatin1 = (bytes) => latin1.decode(bytes);

/** Big-endian fields, one after the other. Reading beyond the end is an error of the peer. */
export class Reader {
  constructor(bytes) {
    this.rest = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  get left() {
    return this.view.byteLength - this.at;
  }

  take(count) {
    if (count > this.left) throw new Malformed("a message that ends too soon");
    this.at += count;
    return this.at - count;
  }

  u8() {
    return this.view.getUint8(this.take(1));
  }

  u16() {
    return this.view.getUint16(this.take(2));
  }

  u32() {
    return this.view.getUint32(this.take(4));
  }

  i32() {
    return this.view.getInt32(this.take(4));
  }

  /** Exact up to 2^53, which no number of a line reaches. */
  u64() {
    return this.u32() * 2 ** 32 + this.u32();
  }

  skip(count) {
    this.take(count);
    return this;
  }

  /** The next bytes, not copied. */
  bytes(count = this.left) {
    const start = this.take(count);
    return this.rest.subarray(start, start + count);
  }

  /** `u16 length` and UTF-8. */
  string() {
    return fromUtf8(this.bytes(this.u16()));
  }
}

/** A message in the making: `new Writer().u8(4).u8(down).pad(2).u32(keysym).done()`. */
export class Writer {
  #bytes = [];

  u8(value) {
    this.#bytes.push(value & 255);
    return this;
  }

  u16(value) {
    return this.u8(value >>> 8).u8(value);
  }

  u32(value) {
    return this.u16(value >>> 16).u16(value);
  }

  u64(value) {
    return this.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32);
  }

  pad(count) {
    for (let i = 0; i < count; i++) this.u8(0);
    return this;
  }

  bytes(bytes) {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  string(text) {
    const bytes = toUtf8(text);
    return this.u16(bytes.length).bytes(bytes);
  }

  done() {
    return Uint8Array.from(this.#bytes);
  }
}

/** Feeds a generator with what comes, in whatever pieces. */
export class Incoming {
  #generator;
  #chunks = [];
  #have = 0;
  #need = 0;
  #done = false;

  constructor(generator) {
    this.#generator = generator;
    this.#resume();
  }

  /** Takes bytes, which must not change afterwards. Throws what the generator throws. */
  push(bytes) {
    this.#chunks.push(bytes);
    this.#have += bytes.length;
    if (this.#done || this.#have < this.#need) return;
    // Usually one message is one chunk, and nothing is copied.
    let all = this.#chunks[0];
    if (this.#chunks.length > 1) {
      all = new Uint8Array(this.#have);
      let at = 0;
      for (const chunk of this.#chunks) {
        all.set(chunk, at);
        at += chunk.length;
      }
    }
    let start = 0;
    while (!this.#done && all.length - start >= this.#need) {
      const end = start + this.#need;
      this.#resume(new Reader(all.subarray(start, end)));
      start = end;
    }
    this.#chunks = start < all.length ? [all.subarray(start)] : [];
    this.#have = all.length - start;
  }

  #resume(reader) {
    const { value, done } = this.#generator.next(reader);
    this.#done = done;
    this.#need = done ? 0 : value;
    if (this.#need > NEED_MAX) throw new Malformed(`${this.#need} bytes at once`);
  }
}
