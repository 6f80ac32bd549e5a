// The picture on the page: how large, where, and the guest's pointer above it. All sizes are thought in pixels of the
// device, so that a pixel of the guest is as many of them everywhere.

import { $ } from "./dom.js";
import { setting, whenever } from "./settings.js";

const ZOOM_MAX = 8;
const ZOOM_STEP = 1.25;
/** A whole step is taken when it is at least this part of what would fit; on screens with small pixels it gains less. */
const WORTH_WHOLE = 0.75;
const WORTH_WHOLE_SMALL = 0.9;
/** The most pixels that a picture is made larger to. */
const ENLARGED_MAX = 16 * 1024 * 1024;
/** How long the window must have had its size before the server is asked for it, in ms. */
const SETTLED = 300;

export class Screen {
  #session = null;
  #zoom = 1;
  #scale = 1;
  #due = false;
  #settled = 0;
  #shape = null;
  #at = null;
  /** The guest's pixels as they are, where the canvas on the page has them larger. */
  #small = document.createElement("canvas").getContext("2d", { alpha: false });
  #larger = 1;
  /** The server has refused to change the size, so it is not asked again. */
  #refused = false;

  constructor() {
    this.stage = $("stage");
    this.frame = $("frame");
    this.canvas = $("picture");
    this.pointer = $("pointer");
    this.context = this.canvas.getContext("2d", { alpha: false });
    new ResizeObserver(() => this.#windowChanged()).observe(this.stage);
    // The window moved to a screen with other pixels, or the page was zoomed.
    window.addEventListener("resize", () => this.#windowChanged());
    whenever("scaling", () => this.#place());
    whenever("size", () => {
      this.#refused = false;
      this.#windowChanged();
    });
    document.addEventListener("visibilitychange", () => this.#session?.pause(document.hidden));
  }

  show(session) {
    this.#session = session;
    this.#refused = false;
    this.setPointer(null);
    session.pause(document.hidden);
  }

  /** The picture has another size. */
  resized() {
    this.#larger = 0;
    this.#place();
    this.painted();
  }

  /** Something changed: all that comes before the browser's next frame is painted at once. */
  painted() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#paint();
    });
  }

  #paint() {
    const picture = this.#session?.picture;
    if (!picture) return;
    if (this.#larger === 1) {
      picture.paint(this.context);
      return;
    }
    const by = this.#larger;
    for (const { x, y, width, height } of picture.paint(this.#small)) {
      this.context.drawImage(this.#small.canvas, x, y, width, height, x * by, y * by, width * by, height * by);
    }
  }

  /**
   * At scales between whole numbers each pixel is first made larger by the next one, and the browser makes that smaller
   * smoothly: edges stay as sharp as they can, and all alike.
   */
  #enlarge(by) {
    const { picture } = this.#session;
    if (by === this.#larger) return;
    this.#larger = by;
    Object.assign(this.canvas, { width: picture.width * by, height: picture.height * by });
    Object.assign(this.#small.canvas, by === 1 ? { width: 1, height: 1 } : { width: picture.width, height: picture.height });
    this.context.imageSmoothingEnabled = false;
    picture.touch(0, 0, picture.width, picture.height);
    this.#paint();
  }

  get zoom() {
    return this.#zoom;
  }

  /** The server makes the picture as large as the window. */
  get #asks() {
    return setting("size") === "window" && this.#session?.has.resizing === true && !this.#refused;
  }

  refused() {
    this.#refused = true;
    this.#place();
  }

  /** A zoom of 1 fits the window. `x` and `y`, a point of the window, stay where they are. */
  setZoom(zoom, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const before = this.#scale;
    const [left, top] = [this.stage.scrollLeft + x, this.stage.scrollTop + y];
    this.#zoom = Math.min(ZOOM_MAX, Math.max(1, zoom));
    if (this.#asks) {
      this.#windowChanged();
      return;
    }
    this.#place();
    this.stage.scrollTo(left * (this.#scale / before) - x, top * (this.#scale / before) - y);
  }

  zoomIn() {
    this.#step(ZOOM_STEP);
  }

  zoomOut() {
    this.#step(1 / ZOOM_STEP);
  }

  /** Until it makes a difference. */
  #step(by) {
    if (this.#asks) {
      this.setZoom(Math.round(this.#zoom) + Math.sign(by - 1));
      return;
    }
    const before = this.#scale;
    const end = by > 1 ? ZOOM_MAX : 1;
    while (this.#scale === before && this.#zoom !== end) this.setZoom(this.#zoom * by);
  }

  /** The guest's pixel below a point of the window. */
  pixelAt(clientX, clientY) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const within = (value, most) => Math.min(Math.max(Math.floor(value), 0), Math.max(most - 1, 0));
    const size = this.#session?.picture ?? { width: 0, height: 0 };
    return {
      x: within(((clientX - left) / width) * size.width, size.width),
      y: within(((clientY - top) / height) * size.height, size.height),
    };
  }

  /** CSS pixels of one of the guest's. */
  get pixel() {
    return this.#scale / devicePixelRatio;
  }

  /** The guest's pointer; an empty one, or none, leaves the browser's. */
  setPointer(shape) {
    this.#shape = shape && shape.width > 0 && shape.height > 0 ? shape : null;
    this.canvas.style.cursor = this.#shape ? "none" : "default";
    if (this.#shape) {
      const { width, height, pixels } = this.#shape;
      Object.assign(this.pointer, { width, height });
      const image = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
      this.pointer.getContext("2d").putImageData(image, 0, 0);
    }
    this.movePointer(this.#at);
  }

  /** Where the user's pointer is, as a pixel of the guest; null when it is elsewhere. */
  movePointer(at) {
    this.#at = at;
    this.pointer.hidden = !at || !this.#shape;
    if (this.pointer.hidden) return;
    const { x, y, width, height } = this.#shape;
    Object.assign(this.pointer.style, {
      left: `${(at.x - x) * this.pixel}px`,
      top: `${(at.y - y) * this.pixel}px`,
      width: `${width * this.pixel}px`,
      height: `${height * this.pixel}px`,
    });
  }

  #windowChanged() {
    this.#place();
    clearTimeout(this.#settled);
    this.#settled = setTimeout(() => this.askForSize(), SETTLED);
  }

  /**
   * Asks for a picture that is as large as the window, where the user wants that and the server can. A zoom makes its
   * pixels larger, as do screens with small ones.
   */
  askForSize() {
    if (!this.#asks) return;
    const larger = Math.max(1, Math.round(devicePixelRatio)) * Math.round(this.#zoom);
    const [width, height] = this.#room().map((pixels) => Math.floor(pixels / larger));
    if (width > 0 && height > 0) this.#session.askForSize(width, height);
  }

  /** Pixels of the device that the window has for the picture. */
  #room() {
    const { width, height } = this.stage.getBoundingClientRect();
    return [Math.floor(width * devicePixelRatio), Math.floor(height * devicePixelRatio)];
  }

  #place() {
    const { width, height } = this.#session?.picture ?? { width: 0, height: 0 };
    const [roomX, roomY] = this.#room();
    if (!width || !height || !roomX || !roomY) return;
    const fits = Math.min(roomX / width, roomY / height);
    const zoom = this.#asks ? 1 : this.#zoom;
    this.#scale = { crisp: crisp(fits, zoom), fill: fits * zoom, one: zoom }[setting("scaling")];
    const sharp = Number.isInteger(this.#scale);
    const larger = sharp || this.#scale < 1 ? 1 : Math.ceil(this.#scale);
    this.#enlarge(width * height * larger ** 2 > ENLARGED_MAX ? 1 : larger);
    const [wide, high] = [Math.round(width * this.#scale), Math.round(height * this.#scale)];
    const css = (pixels) => `${pixels / devicePixelRatio}px`;
    const { style } = this.frame;
    Object.assign(this.canvas.style, { width: css(wide), height: css(high) });
    style.marginLeft = css(Math.max(0, Math.floor((roomX - wide) / 2)));
    style.marginTop = css(Math.max(0, Math.floor((roomY - high) / 2)));
    this.frame.dataset.sharp = sharp;
    // What cannot overflow must not get scroll bars by a fraction of a pixel.
    this.stage.dataset.scrolls = wide > roomX || high > roomY;
    this.movePointer(this.#at);
  }
}

/** How many pixels of the device one of the guest's becomes. */
function crisp(fits, zoom) {
  const scale = fits * zoom;
  if (scale < 1) return scale;
  const whole = Math.floor(scale);
  return whole / scale < (devicePixelRatio < 1.5 ? WORTH_WHOLE : WORTH_WHOLE_SMALL) ? scale : whole;
}
