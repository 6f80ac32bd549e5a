// A connection after its bytes have been found: what the server says becomes pixels and events, what the user does
// becomes messages. No socket, no document and no clock is in here.

import { BODY_MAX, decode, encode } from "./console.js";
import { CutText } from "./cuttext.js";
import { handshake, text } from "./handshake.js";
import * as ids from "./ids.js";
import { CLIENT, SERVER } from "./ids.js";
import { Picture, rgb } from "./picture.js";
import { Malformed, Writer } from "./stream.js";
import { Tight } from "./tight.js";

/** Classic cut text up to this is read whole; what comes beyond ends the connection. */
const CUT_TEXT_MAX = 4 * 1024 * 1024;
/** The largest pointer shape. */
const CURSOR_MAX = 256;

/**
 * The server's own format, whatever that is: 32 bits, of them 24 of colour, blue first in memory. Most viewers use it,
 * so their updates are encoded once with ours.
 */
const PIXEL_FORMAT = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];

/**
 * `hooks` has `opened({ name })`, `resized()`, `painted()`, `named(name)`, `bell()`, `cursor(shape or null)`,
 * `leds({ scroll, num, caps })`, `cutText(text)`, `supports()`, `powerFailed()`,
 * `sound(samples)` and `console(name, message)`.
 */
export class Session {
  picture = new Picture();
  /** What both sides can: filled as the server says so. */
  has = { extendedKeys: false, buttons: false, resizing: false, consoles: false, power: false, sound: false };
  #tight = new Tight();
  #asked = false;
  #continuous = { agreed: false, on: false };
  #paused = false;
  #screen = { id: 0, flags: 0 };

  constructor(send, hooks) {
    this.sendBytes = send;
    this.hooks = hooks;
    this.cutText = new CutText((bytes) => this.send(bytes), hooks);
  }

  send(bytes) {
    this.sendBytes(Uint8Array.from(bytes));
  }

  /** The whole of it, for an Incoming. */
  *run(options) {
    const { width, height, name } = yield* handshake((bytes) => this.send(bytes), options);
    this.picture.resize(width, height);
    this.hooks.opened({ name });
    this.hooks.resized();
    this.send(new Writer().u8(CLIENT.PIXEL_FORMAT).pad(3).bytes(PIXEL_FORMAT).done());
    const list = new Writer().u8(CLIENT.ENCODINGS).pad(1).u16(ENCODINGS.length);
    for (const [encoding] of ENCODINGS) list.u32(encoding);
    this.send(list.done());
    this.#request(false);
    for (;;) {
      const type = (yield 1).u8();
      const read = MESSAGES.get(type);
      if (!read) throw new Malformed(`a message of type ${type}`);
      yield* read.call(this);
    }
  }

  // What the user does.

  key(down, keysym, scancode) {
    if (this.has.extendedKeys && scancode) {
      this.send(new Writer().u8(CLIENT.QEMU).u8(ids.QEMU_KEY).u16(down).u32(keysym).u32(scancode).done());
    } else if (keysym) {
      this.send(new Writer().u8(CLIENT.KEY).u8(down).pad(2).u32(keysym).done());
    }
  }

  /** `buttons`: bits 0 to 6 as RFC 6143 has them, 7 back, 8 forward. */
  pointer(x, y, buttons) {
    const high = buttons >> 7;
    const w = new Writer().u8(CLIENT.POINTER);
    if (high && this.has.buttons) w.u8((buttons & 127) | 128).u16(x).u16(y).u8(high);
    else w.u8(buttons & 127).u16(x).u16(y);
    this.send(w.done());
  }

  /** Asks for a picture of another size; the answer may be another one, or none. */
  askForSize(width, height) {
    if (!this.has.resizing) return;
    const w = new Writer().u8(CLIENT.DESKTOP_SIZE).pad(1).u16(width).u16(height).u8(1).pad(1);
    this.send(w.u32(this.#screen.id).u16(0).u16(0).u16(width).u16(height).u32(this.#screen.flags).done());
  }

  /** 2 shut down, 3 reboot, 4 reset (xvp). */
  power(code) {
    this.send([CLIENT.XVP, 0, 1, code]);
  }

  /** To s16 in two channels at this rate; 0: no more. */
  listen(rate) {
    if (!this.has.sound) return;
    const ask = (operation) => new Writer().u8(CLIENT.QEMU).u8(ids.AUDIO).u16(operation);
    this.send(ask(1).done());
    if (!rate) return;
    this.send(ask(2).u8(3).u8(2).u32(rate).done());
    this.send(ask(0).done());
  }

  say(name, fields) {
    if (this.has.consoles) this.send(encode(name, fields));
  }

  /** Nobody looks: nothing need be sent. */
  pause(paused) {
    if (this.#paused === paused || this.picture.width === 0) return;
    this.#paused = paused;
    if (this.#continuous.agreed) this.#setContinuous(!paused);
    if (!paused) this.#request(true);
  }

  #request(incremental) {
    if (incremental && (this.#asked || this.#paused)) return;
    this.#asked = true;
    const { width, height } = this.picture;
    this.send(new Writer().u8(CLIENT.UPDATE_REQUEST).u8(incremental).u16(0).u16(0).u16(width).u16(height).done());
  }

  #setContinuous(on) {
    this.#continuous.on = on;
    const { width, height } = this.picture;
    this.send(new Writer().u8(CLIENT.CONTINUOUS_UPDATES).u8(on).u16(0).u16(0).u16(width).u16(height).done());
  }

  // What the server says.

  *update() {
    const count = (yield 3).skip(1).u16();
    for (let i = 0; i < count; i++) {
      const head = yield 12;
      const rect = { x: head.u16(), y: head.u16(), width: head.u16(), height: head.u16() };
      const encoding = head.i32();
      if (encoding === ids.LAST_RECT) break;
      const read = DECODERS.get(encoding);
      if (!read) throw new Malformed(`encoding ${encoding}, which was not asked for`);
      if (encoding >= 0) this.picture.check(rect.x, rect.y, rect.width, rect.height);
      yield* read.call(this, rect);
    }
    this.#asked = false;
    this.hooks.painted();
    if (!this.#continuous.on) this.#request(true);
  }

  *colourMap() {
    const count = (yield 5).skip(3).u16();
    yield 6 * count;
  }

  *cut() {
    const length = (yield 7).skip(3).i32();
    if (Math.abs(length) > CUT_TEXT_MAX) throw new Malformed("a cut text that is too long");
    this.cutText.receive((yield Math.abs(length)).bytes(), length < 0);
  }

  *fence() {
    const head = (yield 8).skip(3);
    const [flags, length] = [head.u32(), head.u8()];
    if (length > 64) throw new Malformed("a fence that is too long");
    const payload = (yield length).bytes();
    if ((flags & ids.FENCE_REQUEST) === 0) return;
    const answer = new Writer().u8(CLIENT.FENCE).pad(3).u32(flags & ids.FENCE_KNOWN);
    this.send(answer.u8(length).bytes(payload).done());
  }

  /** The first tells that the server has them; later ones answer our switching off. */
  *endOfContinuousUpdates() {
    yield 0;
    if (this.#continuous.agreed) return;
    this.#continuous.agreed = true;
    if (!this.#paused) this.#setContinuous(true);
  }

  *xvp() {
    const code = (yield 3).skip(2).u8();
    if (code === ids.XVP_INIT) {
      this.has.power = true;
      this.hooks.supports();
    } else if (code === ids.XVP_FAIL && this.has.power) {
      // Of one press: the buttons stay.
      this.hooks.powerFailed();
    }
  }

  *qemu() {
    const type = (yield 1).u8();
    if (type === ids.AUDIO && this.has.sound) yield* this.#sound();
    else if (type === ids.CONSOLE_MESSAGE) yield* this.#consoleMessage();
    else throw new Malformed("a message of type 255 that was not asked for");
  }

  *#sound() {
    if ((yield 2).u16() !== 2) return;
    const length = (yield 4).u32();
    if (length > BODY_MAX) throw new Malformed("a message that is too long");
    this.hooks.sound(Uint8Array.from((yield length).bytes()));
  }

  *#consoleMessage() {
    const head = yield 6;
    const [operation, length] = [head.u16(), head.u32()];
    if (length > BODY_MAX) throw new Malformed("a message that is too long");
    const event = decode(operation, (yield length).bytes());
    if (event) this.hooks.console(event.name, event.message);
  }

  // Rectangles.

  *raw({ x, y, width, height }) {
    for (let row = y; row < y + height; row++) {
      const bytes = (yield 4 * width).bytes();
      const start = row * this.picture.width + x;
      for (let i = 0; i < width; i++) this.picture.pixels[start + i] = bgr(bytes, 4 * i);
    }
    this.picture.touch(x, y, width, height);
  }

  *copyRect({ x, y, width, height }) {
    const from = yield 4;
    this.picture.copy(from.u16(), from.u16(), x, y, width, height);
  }

  *tight(rect) {
    yield* this.#tight.decode(this.picture, rect);
  }

  *desktopSize({ width, height }) {
    yield 0;
    this.#resize(width, height);
  }

  *extendedDesktopSize({ x: reason, y: status, width, height }) {
    const count = (yield 4).u8();
    const screens = yield 16 * count;
    if (count > 0) {
      this.#screen = { id: screens.u32(), flags: screens.skip(8).u32() };
    }
    if (!this.has.resizing) {
      this.has.resizing = true;
      this.hooks.supports();
    }
    if (reason === 1 && status !== 0) this.hooks.sizeRefused();
    else this.#resize(width, height);
  }

  #resize(width, height) {
    if (width === this.picture.width && height === this.picture.height) return;
    this.picture.resize(width, height);
    this.hooks.resized();
    // The area that continuous updates are of is the old picture's.
    if (this.#continuous.on) this.#setContinuous(true);
  }

  *desktopName() {
    this.hooks.named(yield* text());
  }

  *cursor({ x, y, width, height }) {
    if (width > CURSOR_MAX || height > CURSOR_MAX) throw new Malformed("a pointer that is too large");
    const bytes = (yield 4 * width * height).bytes();
    const stride = (width + 7) >> 3;
    const mask = (yield stride * height).bytes();
    const pixels = new Uint32Array(width * height);
    for (let i = 0; i < pixels.length; i++) {
      const [column, row] = [i % width, Math.floor(i / width)];
      if (mask[row * stride + (column >> 3)] & (128 >> (column & 7))) pixels[i] = bgr(bytes, 4 * i);
    }
    this.hooks.cursor({ x, y, width, height, pixels });
  }

  /** Red, green, blue and alpha, in which the others are multiplied already; canvases want them as they were. */
  *cursorWithAlpha({ x, y, width, height }) {
    if (width > CURSOR_MAX || height > CURSOR_MAX) throw new Malformed("a pointer that is too large");
    if ((yield 4).i32() !== ids.RAW) throw new Malformed("a pointer in an encoding that was not asked for");
    const bytes = Uint8Array.from((yield 4 * width * height).bytes());
    for (let at = 0; at < bytes.length; at += 4) {
      for (let i = at; i < at + 3; i++) bytes[i] = Math.min(255, (bytes[i] * 255) / (bytes[at + 3] || 1));
    }
    this.hooks.cursor({ x, y, width, height, pixels: new Uint32Array(bytes.buffer) });
  }

  *leds() {
    const bits = (yield 1).u8();
    this.hooks.leds({ scroll: (bits & 1) !== 0, num: (bits & 2) !== 0, caps: (bits & 4) !== 0 });
  }

  *acknowledged(what) {
    yield 0;
    this.has[what] = true;
    this.hooks.supports();
  }
}

const bgr = (bytes, at) => rgb(bytes[at + 2], bytes[at + 1], bytes[at]);

/** A pseudo-encoding that the server echoes, once, to say that it has it. */
const acknowledges = (what) =>
  function () {
    return this.acknowledged(what);
  };

const { prototype: session } = Session;

/** What we list, in the order of our liking, and what each is; null for those that are never sent as rectangles. */
const ENCODINGS = [
  [ids.TIGHT, session.tight],
  [ids.COPY_RECT, session.copyRect],
  [ids.RAW, session.raw],
  [ids.COMPRESSION_LEVEL_6, null],
  [ids.EXTENDED_DESKTOP_SIZE, session.extendedDesktopSize],
  [ids.DESKTOP_SIZE, session.desktopSize],
  [ids.LAST_RECT, null],
  [ids.DESKTOP_NAME, session.desktopName],
  [ids.CURSOR_WITH_ALPHA, session.cursorWithAlpha],
  [ids.CURSOR, session.cursor],
  [ids.QEMU_EXTENDED_KEY, acknowledges("extendedKeys")],
  [ids.QEMU_AUDIO, acknowledges("sound")],
  [ids.QEMU_LED_STATE, session.leds],
  [ids.EXTENDED_MOUSE_BUTTONS, acknowledges("buttons")],
  [ids.CONSOLE_EXTENSION, acknowledges("consoles")],
  [ids.EXTENDED_CLIPBOARD, null],
  [ids.XVP, null],
  [ids.FENCE, null],
  [ids.CONTINUOUS_UPDATES, null],
];
const DECODERS = new Map(ENCODINGS.filter(([, read]) => read));

const MESSAGES = new Map([
  [SERVER.UPDATE, session.update],
  [SERVER.COLOUR_MAP, session.colourMap],
  [
    SERVER.BELL,
    function* () {
      yield 0;
      this.hooks.bell();
    },
  ],
  [SERVER.CUT_TEXT, session.cut],
  [SERVER.END_OF_CONTINUOUS_UPDATES, session.endOfContinuousUpdates],
  [SERVER.FENCE, session.fence],
  [SERVER.XVP, session.xvp],
  [SERVER.QEMU, session.qemu],
]);
