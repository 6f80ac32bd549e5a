// The server's picture: pixels as canvases keep them, and which of them changed.

import { Malformed } from "./stream.js";

/** The largest picture that is taken: 64 Mi pixels, no side longer than a canvas can be. */
const SIDE_MAX = 16_384;
const AREA_MAX = 64 * 1024 * 1024;
/** Beyond so many rectangles their hull is painted instead. */
const DIRTY_MAX = 256;

/** A pixel, opaque. Every machine that runs a browser is little-endian. */
export const rgb = (red, green, blue) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;

export class Picture {
  width = 0;
  height = 0;
  pixels = new Uint32Array(0);
  dirty = [];

  /** Another size; what was there stays, as far as it fits. */
  resize(width, height) {
    if (width > SIDE_MAX || height > SIDE_MAX || width * height > AREA_MAX) {
      throw new Malformed(`a picture of ${width} by ${height}`);
    }
    const pixels = new Uint32Array(width * height).fill(rgb(0, 0, 0));
    const columns = Math.min(width, this.width);
    for (let y = 0; y < Math.min(height, this.height); y++) {
      pixels.set(this.pixels.subarray(y * this.width, y * this.width + columns), y * width);
    }
    Object.assign(this, { width, height, pixels, dirty: [] });
    this.touch(0, 0, width, height);
  }

  /** Must be true of every rectangle before anything is written. */
  check(x, y, width, height) {
    if (x + width > this.width || y + height > this.height) throw new Malformed("a rectangle beyond the picture");
  }

  touch(x, y, width, height) {
    if (width === 0 || height === 0) return;
    if (this.dirty.length === DIRTY_MAX) {
      const left = Math.min(...this.dirty.map((rect) => rect.x));
      const top = Math.min(...this.dirty.map((rect) => rect.y));
      const right = Math.max(...this.dirty.map((rect) => rect.x + rect.width));
      const bottom = Math.max(...this.dirty.map((rect) => rect.y + rect.height));
      this.dirty = [{ x: left, y: top, width: right - left, height: bottom - top }];
    }
    this.dirty.push({ x, y, width, height });
  }

  takeDirty() {
    const dirty = this.dirty;
    this.dirty = [];
    return dirty;
  }

  fill(x, y, width, height, pixel) {
    for (let row = y; row < y + height; row++) {
      const start = row * this.width + x;
      this.pixels.fill(pixel, start, start + width);
    }
    this.touch(x, y, width, height);
  }

  /** Copies a rectangle within the picture; it may overlap with itself. */
  copy(fromX, fromY, x, y, width, height) {
    this.check(fromX, fromY, width, height);
    for (let i = 0; i < height; i++) {
      const row = fromY < y ? height - 1 - i : i;
      const from = (fromY + row) * this.width + fromX;
      this.pixels.copyWithin((y + row) * this.width + x, from, from + width);
    }
    this.touch(x, y, width, height);
  }

  /** Paints what changed; the rectangles that were painted. */
  paint(context) {
    const dirty = this.takeDirty();
    if (dirty.length === 0) return dirty;
    const image = new ImageData(new Uint8ClampedArray(this.pixels.buffer), this.width, this.height);
    for (const { x, y, width, height } of dirty) context.putImageData(image, 0, 0, x, y, width, height);
    return dirty;
  }
}
