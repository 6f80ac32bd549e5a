// Tight (rfbproto, "Tight Encoding"). Of all encodings it measured best here: text is a bit a pixel, so a console of
// 80x24 is 30 KB to inflate, and the pixels are written in the same task in which they come. On a busy machine all of it
// anew took 0.8 ms as a log, 2.6 ms with every cell in other colours; TightPNG, through createImageBitmap, 30 ms and
// more, and later. JPEG is not asked for, so it does not come.

import { Inflate } from "./inflate.js";
import { rgb } from "./picture.js";
import { Malformed } from "./stream.js";

const FILL = 8;
const FILTER_COPY = 0;
const FILTER_PALETTE = 1;
const FILTER_GRADIENT = 2;
/** In the upper half of the control byte: a filter follows. */
const EXPLICIT_FILTER = 4;
/** Data shorter than this are sent as they are. */
const MIN_DEFLATED = 12;
/** A rectangle is never wider; with the limit on its height, what is inflated at once has a bound. */
const WIDTH_MAX = 2048;
const AREA_MAX = 8 * 1024 * 1024;

const color = (bytes, at) => rgb(bytes[at], bytes[at + 1], bytes[at + 2]);

export class Tight {
  #streams = Array.from({ length: 4 }, () => new Inflate());

  *decode(picture, { x, y, width, height }) {
    if (width > WIDTH_MAX || width * height > AREA_MAX) throw new Malformed("a Tight rectangle that is too large");
    const control = (yield 1).u8();
    this.#streams.forEach((stream, i) => control & (1 << i) && stream.reset());
    const kind = control >> 4;
    if (kind === FILL) {
      picture.fill(x, y, width, height, color((yield 3).bytes(), 0));
      return;
    }
    if (kind > FILL) throw new Malformed("a kind of Tight that was not asked for");
    const stream = this.#streams[kind & 3];
    const filter = kind & EXPLICIT_FILTER ? (yield 1).u8() : FILTER_COPY;
    const start = y * picture.width + x;
    const to = { pixels: picture.pixels, start, stride: picture.width, width, height };
    if (filter === FILTER_PALETTE) {
      const count = (yield 1).u8() + 1;
      const bytes = (yield count * 3).bytes();
      const palette = Uint32Array.from({ length: 256 }, (_, i) => (i < count ? color(bytes, 3 * i) : rgb(0, 0, 0)));
      const stride = count <= 2 ? (width + 7) >> 3 : width;
      const data = yield* inflated(stream, stride * height);
      if (count <= 2) putBits(to, data, palette[0], palette[1]);
      else putIndices(to, data, palette);
    } else if (filter === FILTER_COPY || filter === FILTER_GRADIENT) {
      const data = yield* inflated(stream, 3 * width * height);
      putColors(to, filter === FILTER_GRADIENT ? summed(data, width, height) : data);
    } else {
      throw new Malformed("a filter of no kind");
    }
    // Not before: a frame may have been painted while the data came.
    picture.touch(x, y, width, height);
  }
}

function* inflated(stream, size) {
  if (size < MIN_DEFLATED) return (yield size).bytes();
  let [length, byte] = [0, 0];
  for (let shift = 0; shift < 21; shift += 7) {
    byte = (yield 1).u8();
    length |= (shift < 14 ? byte & 127 : byte) << shift;
    if (shift === 14 || !(byte & 128)) break;
  }
  stream.push((yield length).bytes());
  return stream.read(size);
}

function putBits({ pixels, start, stride, width, height }, data, zero, one) {
  let at = 0;
  for (let row = 0; row < height; row++) {
    let to = start + row * stride;
    const end = to + width;
    while (to < end) {
      const bits = data[at++];
      // Most of a text console is background.
      if (bits === 0) {
        const stop = Math.min(to + 8, end);
        while (to < stop) pixels[to++] = zero;
        continue;
      }
      for (let mask = 128; mask > 0 && to < end; mask >>= 1) pixels[to++] = bits & mask ? one : zero;
    }
  }
}

function putIndices({ pixels, start, stride, width, height }, data, palette) {
  for (let row = 0, at = 0; row < height; row++) {
    for (let to = start + row * stride, end = to + width; to < end; to++) pixels[to] = palette[data[at++]];
  }
}

function putColors({ pixels, start, stride, width, height }, data) {
  for (let row = 0, at = 0; row < height; row++) {
    for (let to = start + row * stride, end = to + width; to < end; to++, at += 3) pixels[to] = color(data, at);
  }
}

/** What the gradient filter left: each colour was predicted from those to the left, above, and above to the left. */
function summed(data, width, height) {
  const row = 3 * width;
  const out = new Uint8Array(row * height);
  for (let i = 0; i < out.length; i++) {
    const left = i % row >= 3;
    const above = i >= row;
    const guess = (left ? out[i - 3] : 0) + (above ? out[i - row] : 0) - (left && above ? out[i - row - 3] : 0);
    out[i] = data[i] + Math.min(255, Math.max(0, guess));
  }
  return out;
}
