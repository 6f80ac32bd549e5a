// A server of made-up consoles for tests of the page: HTTP with the page's files and its Content-Security-Policy, a
// WebSocket, RFB without a password, and the console extension. Whatever the page asks for it does at once, so that
// what the page makes of it can be seen.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

import * as ids from "../../assets/rfb/ids.js";
import { Incoming, Writer } from "../../assets/rfb/stream.js";

const ASSETS = fileURLToPath(new URL("../../assets", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
/** As strict as can be: stricter than any server's need be. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const WIDTH = 640;
const HEIGHT = 384;
const ROWS = 24;

/**
 * Starts it below `prefix`, as behind a proxy; `port`, `close()`, `viewers` (the connections) and `heard` (what they said).
 * `refuse(protocols)` may give a reason; with `password` one is asked for where there is no token, and any will do; without
 * `people` nobody is told who is there.
 */
export async function start({ prefix = "/consoles/db1/", extension = true, port = 0 } = {}) {
  const server = { viewers: new Set(), heard: [], protocols: [], refuse: () => null, password: false, people: true };
  const http = createServer((request, response) => {
    const path = request.url.split("?")[0];
    const name = path === prefix ? "index.html" : path.slice(prefix.length);
    try {
      if (!path.startsWith(prefix) || name.includes("..")) throw new Error("elsewhere");
      const body = readFileSync(`${ASSETS}/${name}`);
      response.writeHead(200, { "Content-Type": TYPES[extname(name)], "Content-Security-Policy": POLICY });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  http.on("upgrade", (request, socket) => {
    if (request.url !== `${prefix}websockify`) {
      socket.destroy();
      return;
    }
    const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    const offered = request.headers["sec-websocket-protocol"];
    server.protocols.push(offered ?? "");
    const chosen = offered ? "Sec-WebSocket-Protocol: binary\r\n" : "";
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${chosen}Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
    const viewer = new Viewer(server, socket, { extension, offered });
    server.viewers.add(viewer);
    socket.on("close", () => server.viewers.delete(viewer));
    socket.on("error", () => socket.destroy());
  });
  await new Promise((resolve) => http.listen(port, "127.0.0.1", resolve));
  server.port = http.address().port;
  server.url = `http://127.0.0.1:${server.port}${prefix}`;
  server.close = () => {
    for (const viewer of server.viewers) viewer.socket.destroy();
    return new Promise((resolve) => http.close(resolve));
  };
  return server;
}

/** One page that is connected. */
class Viewer {
  constructor(server, socket, { extension, offered = "" }) {
    Object.assign(this, { server, socket, extension, offered });
    const incoming = new Incoming(this.#talk());
    let rest = Buffer.alloc(0);
    socket.on("data", (data) => {
      rest = Buffer.concat([rest, data]);
      for (let frame; (frame = takeFrame(rest)); rest = frame.rest) {
        if (frame.opcode === 8) socket.end();
        else if (frame.opcode <= 2) incoming.push(Uint8Array.from(frame.payload));
      }
    });
    this.send(Buffer.from("RFB 003.008\n"));
  }

  /** Sends bytes as one frame. */
  send(bytes) {
    const length = bytes.length;
    const head = length < 126 ? [0x82, length] : length < 65_536 ? [0x82, 126, length >> 8, length & 255] : [0x82, 127, 0, 0, 0, 0, ...new Writer().u32(length).done()];
    this.socket.write(Buffer.concat([Buffer.from(head), Buffer.from(bytes)]));
  }

  /** Sends a message of the console extension; `fill(writer)` writes its body. */
  say(operation, fill) {
    const body = fill(new Writer()).done();
    this.send(new Writer().u8(255).u8(2).u16(operation).u32(body.length).bytes(body).done());
  }

  #heard(name, ...values) {
    this.server.heard.push([name, ...values]);
  }

  *#talk() {
    yield 12;
    const refused = this.server.refuse(this.offered);
    if (refused) {
      this.send(new Writer().u8(0).u32(refused.length).bytes(Buffer.from(refused)).done());
      this.socket.end();
      return;
    }
    const asks = this.server.password && !this.offered.includes("token");
    this.send([1, asks ? ids.VNC_AUTHENTICATION : ids.NONE]);
    yield 1;
    if (asks) {
      this.send(new Array(16).fill(7));
      yield 16;
    }
    this.send([0, 0, 0, 0]);
    yield 1;
    const name = Buffer.from("db1");
    this.send(new Writer().u16(WIDTH).u16(HEIGHT).pad(16).u32(name.length).bytes(name).done());
    for (;;) {
      const type = (yield 1).u8();
      if (type === ids.CLIENT.PIXEL_FORMAT) yield 19;
      else if (type === ids.CLIENT.ENCODINGS) this.#encodings(yield 4 * (yield 3).skip(1).u16());
      else if (type === ids.CLIENT.UPDATE_REQUEST) {
        const request = yield 9;
        if (request.u8() === 0) this.#paint();
      } else if (type === ids.CLIENT.KEY) {
        const key = yield 7;
        this.#heard("key", key.u8() === 1, key.skip(2).u32());
      } else if (type === ids.CLIENT.POINTER) {
        const pointer = yield 5;
        this.#heard("pointer", pointer.u8(), pointer.u16(), pointer.u16());
      } else if (type === ids.CLIENT.CUT_TEXT) {
        const text = yield (yield 7).skip(3).u32();
        this.#heard("cut", Buffer.from(text.bytes()).toString());
      } else if (type === ids.CLIENT.QEMU) {
        const head = yield 7;
        const [operation, length] = [head.skip(1).u16(), head.u32()];
        this.#console(operation, yield length);
      } else {
        throw new Error(`a message of type ${type}`);
      }
    }
  }

  #encodings(list) {
    const listed = [];
    while (list.left > 0) listed.push(list.i32());
    if (!this.extension || !listed.includes(ids.CONSOLE_EXTENSION)) return;
    this.send(new Writer().u8(0).pad(1).u16(1).u16(0).u16(1).u16(0).u16(0).u32(ids.CONSOLE_EXTENSION).done());
  }

  /** Two bars, in Tight's simplest. */
  #paint() {
    const bar = (y, rgb) => new Writer().u16(0).u16(y).u16(WIDTH).u16(HEIGHT / 2).u32(ids.TIGHT).u8(0x80).bytes(rgb).done();
    this.send(Buffer.concat([new Writer().u8(0).pad(1).u16(2).done(), bar(0, [13, 15, 18]), bar(HEIGHT / 2, [4, 38, 47])]));
  }

  #console(operation, body) {
    this.#heard(operation, ...body.rest);
    if (operation === 1) {
      const topics = body.u32();
      if (topics & 1) this.consoles();
      if (topics & 2 && this.server.people) this.people(0);
      if (topics & 4) this.text(0, ["Debian GNU/Linux 12 db1 ttyS0", "", "Agama is at https://db1.example.net:8443/#/login now.", "db1 login: "]);
    } else if (operation === 16) {
      this.here(body.u32());
    } else if (operation === 32) {
      this.people(1);
    } else if (operation === 33) {
      this.people(0);
    } else if (operation === 64) {
      const request = body.u32();
      this.say(64, (w) => w.u32(request).u8(0).u16(1).u64(2).u16(0).u16(5).string("Agama is at https://db1.example.net:8443/"));
    } else if (operation === 65) {
      const [request, , first, count] = [body.u32(), body.u32(), body.u64(), body.u16()];
      this.say(65, (w) => {
        w.u32(request).u64(0).u16(count);
        for (let i = 0; i < count; i++) w.u64(first + i).u8(0).string(`history ${first + i}`);
        return w;
      });
    }
  }

  consoles(rights = 3) {
    this.say(16, (w) => w.u32(1).u8(1).u8(0).u8(1).u8(rights).u16(80).u16(24).string("uart").string("root@db1: ~"));
    this.say(16, (w) => w.u32(2).u8(2).u8(0).u8(0).u8(1).u16(80).u16(24).string("hvc0").string(""));
    this.say(16, (w) => w.u32(3).u8(7).u8(1).u8(1).u8(1).u16(0).u16(0).string("Xorg").string(""));
    this.here(1);
  }

  note(words) {
    this.say(48, (w) => w.u8(1).string(words));
  }

  /** xvp: 1 is that there are power buttons, 0 that one has failed. */
  power(code) {
    this.send([ids.SERVER.XVP, 0, 1, code]);
  }

  here(console) {
    this.say(18, (w) => w.u32(console));
  }

  /** Two people, of whom one at a time types, or both; `asking` may be the number of one of them. */
  people(writer, asking = 0, one = true) {
    this.say(32, (w) => w.u32(1).u32(writer).u8(one).u32(asking).u16(5000).u16(2).u32(1).u8(2).u32(1).string("ann").u32(2).u8(1).u32(1).string("bob"));
  }

  /** Lines from `first` on, of which the last has the cursor. */
  text(first, lines) {
    const row = Math.min(ROWS, first + lines.length) - 1;
    const top = first + lines.length - 1 - row;
    this.say(66, (w) => {
      w.u32(1).u8(0).u64(top).u16(ROWS).u16(row).u16(lines.at(-1).length).u16(lines.length);
      lines.forEach((line, i) => w.u64(first + i).u8(0).string(line));
      return w;
    });
  }
}

/** The first frame of `bytes`, unmasked, and what follows; null when it is not whole. */
function takeFrame(bytes) {
  if (bytes.length < 2) return null;
  let [length, at] = [bytes[1] & 127, 2];
  if (length === 126) [length, at] = bytes.length < 4 ? [Infinity, 4] : [bytes.readUInt16BE(2), 4];
  if (length === 127) [length, at] = bytes.length < 10 ? [Infinity, 10] : [Number(bytes.readBigUInt64BE(2)), 10];
  if (bytes.length < at + 4 + length) return null;
  const mask = bytes.subarray(at, at + 4);
  const payload = bytes.subarray(at + 4, at + 4 + length).map((byte, i) => byte ^ mask[i & 3]);
  return { opcode: bytes[0] & 15, payload, rest: bytes.subarray(at + 4 + length) };
}
