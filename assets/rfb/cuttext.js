// Cut text (RFC 6143 §7.5.6, §7.6.4) and the Extended Clipboard (rfbproto), of which this client uses text.

import { CLIENT } from "./ids.js";
import { Inflate, zlibStored } from "./inflate.js";
import { Reader, Writer, fromLatin1, fromUtf8, toUtf8 } from "./stream.js";

const TEXT = 1;
const CAPS = 1 << 24;
const REQUEST = 1 << 25;
const PEEK = 1 << 26;
const NOTIFY = 1 << 27;
const PROVIDE = 1 << 28;
const FORMATS = 0xffff;

/** A text that inflates to more is passed over; so much may also be sent to us unasked. */
export const TEXT_MAX = 1024 * 1024;
/** The longest text that we send, as it is sent: what the server takes without having asked. */
export const SENT_MAX = 256 * 1024;
/** Texts this far apart, in ms, are all taken: of those that come closer the server takes four a second. */
export const APART = 400;

/** Whether the server would not get this text with the offer of it. */
export const tooLong = (text) => encoded(text).length > SENT_MAX;

/** One side of a shared clipboard. `hooks.cutText(text)` gets what the guest's side cut. */
export class CutText {
  /** What the server takes: null without the extension. */
  #server = null;
  #offered = "";

  constructor(send, hooks) {
    this.send = send;
    this.hooks = hooks;
  }

  /** Lets the guest's side have `text`: at once where it fits, else when it is asked for. */
  offer(text) {
    this.#offered = text;
    if (this.#server === null) {
      this.send(new Writer().u8(CLIENT.CUT_TEXT).pad(3).u32(plain(text).length).bytes(plain(text)).done());
    } else if (this.#server.actions & PROVIDE && encoded(text).length <= this.#server.unasked) {
      this.#provide();
    } else {
      this.#extended(NOTIFY | TEXT);
    }
  }

  /** The body of a ServerCutText; `extended` when its length was negative. */
  receive(bytes, extended) {
    if (!extended) {
      this.hooks.cutText(fromLatin1(bytes));
      return;
    }
    const r = new Reader(bytes);
    const flags = r.u32();
    if (flags & CAPS) {
      const sizes = [];
      for (let bit = 0; bit < 16; bit++) if (flags & FORMATS & (1 << bit)) sizes[bit] = r.u32();
      this.#server = { actions: flags, unasked: flags & TEXT ? Math.min(sizes[0], SENT_MAX) : 0 };
      this.#extended(CAPS | REQUEST | PEEK | NOTIFY | PROVIDE | TEXT, new Writer().u32(TEXT_MAX).done());
    } else if (flags & NOTIFY) {
      if (flags & TEXT) this.#extended(REQUEST | TEXT);
    } else if (flags & REQUEST) {
      if (flags & TEXT) this.#provide();
    } else if (flags & PEEK) {
      this.#extended(NOTIFY | (this.#offered ? TEXT : 0));
    } else if (flags & PROVIDE && flags & TEXT) {
      const text = provided(r.bytes());
      if (text !== null) this.hooks.cutText(text);
    }
  }

  #provide() {
    const data = encoded(this.#offered);
    this.#extended(PROVIDE | TEXT, zlibStored(new Writer().u32(data.length).bytes(data).done()));
  }

  #extended(flags, body = []) {
    this.send(new Writer().u8(CLIENT.CUT_TEXT).pad(3).u32(-(4 + body.length)).u32(flags).bytes(body).done());
  }
}

/** Text as the extension has it: lines end in CR LF, a NUL ends it. */
const encoded = (text) => toUtf8(text.replace(/\r?\n/g, "\r\n") + "\0");

/** Latin-1, as the standard says, or else UTF-8, which servers take when it is no Latin-1. */
function plain(text) {
  const codes = Array.from(text, (character) => character.codePointAt(0));
  return codes.every((code) => code < 256) ? Uint8Array.from(codes) : toUtf8(text);
}

function provided(compressed) {
  const stream = new Inflate();
  stream.push(compressed);
  const size = new Reader(stream.read(4)).u32();
  if (size > TEXT_MAX) return null;
  return fromUtf8(stream.read(size)).replace(/\0.*$/s, "").replace(/\r\n/g, "\n");
}
