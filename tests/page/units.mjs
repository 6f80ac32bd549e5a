// The parts of the page that need no browser: `node --test tests/page/units.mjs`.

import assert from "node:assert/strict";
import crypto from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import zlib from "node:zlib";

import * as consoles from "../../assets/rfb/console.js";
import { SENT_MAX, tooLong } from "../../assets/rfb/cuttext.js";
import { encryptBlock, vncResponse } from "../../assets/rfb/des.js";
import { Refused } from "../../assets/rfb/handshake.js";
import * as ids from "../../assets/rfb/ids.js";
import { Inflate, zlibStored } from "../../assets/rfb/inflate.js";
import { Picture, rgb } from "../../assets/rfb/picture.js";
import { Session } from "../../assets/rfb/session.js";
import { Incoming, Malformed, Reader, Writer } from "../../assets/rfb/stream.js";
import { Tight } from "../../assets/rfb/tight.js";
import { Connection } from "../../assets/page/connection.js";
import { keysymOf, plainKey, scancodeOf } from "../../assets/page/keysyms.js";
import { KEPT_MAX, Mirror, SPOKEN_MAX, SPOKEN_WITHIN, Speech, added, links } from "../../assets/page/mirror.js";

const ASSETS = new URL("../../assets/", import.meta.url);
/** What a browser loads before it shows anything: the files, compressed, without the heads of the answers. */
const PAGE_MAX = 60 * 1024;

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const unhex = (text) => Uint8Array.from(Buffer.from(text, "hex"));
const latin1 = (text) => Uint8Array.from(Buffer.from(text, "latin1"));

test("DES encrypts as the standard's worked example, and as VNC has it", () => {
  assert.equal(hex(encryptBlock(unhex("133457799bbcdff1"), unhex("0123456789abcdef"))), "85e813540f0ab405");
  assert.equal(hex(encryptBlock(unhex("0000000000000000"), unhex("0000000000000000"))), "8ca64de9c1b123a7");
  assert.equal(hex(vncResponse(latin1("password"), unhex("00112233445566778899aabbccddeeff"))), hex(reference("password")));
});

/** The same by the system's library: triple DES with three equal keys is DES. */
function reference(password) {
  const mirrored = (byte) => parseInt(byte.toString(2).padStart(8, "0").split("").reverse().join(""), 2);
  const key = Buffer.from(Array.from(latin1(password), mirrored));
  const cipher = crypto.createCipheriv("des-ede3-ecb", Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return cipher.update(unhex("00112233445566778899aabbccddeeff"));
}

/** Bytes that deflate in many ways: runs, repeats near and far, and noise. */
function sample(length) {
  let state = 1;
  const noise = () => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16;
  return Uint8Array.from({ length }, (_, i) => (i % 3000 < 1000 ? i >> 7 : i % 5000 < 4000 ? (i * i) >> 9 : noise()));
}

test("what zlib deflates is inflated, whatever is asked for at once", () => {
  const data = sample(200_000);
  for (const options of [{ level: 0 }, { level: 1 }, { level: 9 }, { strategy: zlib.constants.Z_FIXED }, { strategy: zlib.constants.Z_HUFFMAN_ONLY }]) {
    for (const size of [1, 7, 4_096, 100_000]) {
      const stream = new Inflate();
      stream.push(zlib.deflateSync(data, options));
      const pieces = [];
      for (let at = 0; at < (size < 10 ? 9_000 : data.length); at += size) pieces.push(Buffer.from(stream.read(Math.min(size, data.length - at))));
      const all = Buffer.concat(pieces);
      assert.ok(all.equals(data.subarray(0, all.length)), `${JSON.stringify(options)} by ${size}`);
    }
  }
});

test("a stream goes on from one push to the next, and begins anew after a reset", () => {
  const deflate = zlib.createDeflate();
  const parts = [];
  deflate.on("data", (part) => parts.push(part));
  const flushed = (text) =>
    new Promise((resolve) => {
      deflate.write(text);
      deflate.flush(zlib.constants.Z_SYNC_FLUSH, () => resolve(Buffer.concat(parts.splice(0))));
    });
  return (async () => {
    const stream = new Inflate();
    for (const text of ["first words", "first words again", "and first words at last"]) {
      stream.push(await flushed(text));
      assert.equal(Buffer.from(stream.read(text.length)).toString(), text);
    }
    stream.reset();
    stream.push(zlib.deflateSync("anew"));
    assert.equal(Buffer.from(stream.read(4)).toString(), "anew");
    assert.throws(() => stream.read(1), Malformed);
  })();
});

test("malformed streams are errors, never more than that", () => {
  const good = zlib.deflateSync(sample(5_000));
  let refused = 0;
  for (let at = 0; at < good.length; at++) {
    for (const bit of [1, 16, 128]) {
      const bad = Uint8Array.from(good);
      bad[at] ^= bit;
      const stream = new Inflate();
      stream.push(bad);
      try {
        assert.equal(stream.read(5_000).length, 5_000);
      } catch (error) {
        assert.ok(error instanceof Malformed, `${error.stack}`);
        refused++;
      }
    }
  }
  assert.ok(refused > 100);
  const waiting = new Inflate();
  waiting.push(new Uint8Array(70_000));
  assert.throws(() => waiting.push(new Uint8Array(1)), Malformed);
});

test("what we deflate is a whole stream", () => {
  for (const length of [0, 1, 65_535, 65_536, 200_000]) {
    const data = sample(length);
    assert.ok(zlib.inflateSync(zlibStored(data)).equals(data));
  }
});

/** Feeds a generator whole, byte by byte, and in pieces; `make` gives a fresh one and what to compare at the end. */
function inAnyPieces(bytes, make) {
  const ends = [bytes.length, 1, 3, 17, 100].map((size) => {
    const { generator, end } = make();
    const incoming = new Incoming(generator);
    for (let at = 0; at < bytes.length; at += size) incoming.push(bytes.slice(at, at + size));
    return end();
  });
  for (const end of ends) assert.deepEqual(end, ends[0]);
  return ends[0];
}

/** What a Tight rectangle makes of a picture. */
function tight(width, height, ...parts) {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return inAnyPieces(bytes, () => {
    const picture = new Picture();
    picture.resize(width, height);
    return { generator: new Tight().decode(picture, { x: 0, y: 0, width, height }), end: () => [...picture.pixels] };
  });
}

const compact = (bytes) => {
  const length = bytes.length;
  const head = length < 128 ? [length] : length < 16_384 ? [(length & 127) | 128, length >> 7] : [(length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
  return Buffer.concat([Buffer.from(head), bytes]);
};

const RED = rgb(255, 0, 0);
const BLUE = rgb(0, 0, 255);

test("Tight: one colour, two, some, and all", () => {
  assert.deepEqual(tight(2, 2, [0x80, 255, 0, 0]), Array(4).fill(RED));
  // Two colours, a bit each, rows begin with a byte; so short that nothing is deflated.
  assert.deepEqual(tight(9, 1, [0x40, 1, 1, 255, 0, 0, 0, 0, 255, 0b01000000, 0b10000000]), [RED, BLUE, ...Array(6).fill(RED), BLUE]);
  const bits = Buffer.alloc(20 * 16, 0b10000001);
  const two = tight(16 * 8, 20, [0x40, 1, 1, 255, 0, 0, 0, 0, 255], compact(zlib.deflateSync(bits)));
  assert.deepEqual(two.slice(0, 9), [BLUE, ...Array(6).fill(RED), BLUE, BLUE]);
  const indices = Uint8Array.from({ length: 64 }, (_, i) => i % 3);
  const some = tight(8, 8, [0x40, 1, 2, 255, 0, 0, 0, 0, 255, 1, 2, 3], compact(zlib.deflateSync(indices)));
  assert.deepEqual(some.slice(0, 4), [RED, BLUE, rgb(1, 2, 3), RED]);
  const colors = sample(3 * 50 * 150);
  const all = tight(50, 150, [0x00], compact(zlib.deflateSync(colors)));
  assert.deepEqual(all, Array.from({ length: 50 * 150 }, (_, i) => rgb(colors[3 * i], colors[3 * i + 1], colors[3 * i + 2])));
  // A gradient: each pixel is what it differs from the prediction.
  const flat = tight(3, 2, [0x40, 2], compact(zlib.deflateSync(Uint8Array.from([9, 8, 7, ...Array(15).fill(0)]))));
  assert.deepEqual(flat, Array(6).fill(rgb(9, 8, 7)));
});

test("Tight: what is painted while the data come is painted again when they are there", () => {
  const picture = new Picture();
  picture.resize(8, 8);
  picture.takeDirty();
  const incoming = new Incoming(new Tight().decode(picture, { x: 0, y: 0, width: 8, height: 8 }));
  const data = compact(zlib.deflateSync(sample(3 * 64)));
  incoming.push(Uint8Array.from([0x00, ...data.subarray(0, 5)]));
  assert.deepEqual(picture.takeDirty(), []);
  incoming.push(Uint8Array.from(data.subarray(5)));
  assert.deepEqual(picture.takeDirty(), [{ x: 0, y: 0, width: 8, height: 8 }]);
});

test("Tight: what it must not be", () => {
  for (const bad of [[0x90], [0xa0], [0x40, 3], [0xf0]]) assert.throws(() => tight(4, 4, bad, [0, 0, 0, 0]), Malformed);
});

/** A server of 3.8 that asks for nothing, with a picture of 4 by 2. */
const INIT = Buffer.concat([latin1("RFB 003.008\n"), unhex("0101"), unhex("00000000"), unhex("00040002"), Buffer.alloc(16), unhex("00000003"), latin1("db1")]);

/** Everything a session does with what a server sends. */
function session(bytes, { credentials = {}, secure = true, without = new Set(), use = () => {} } = {}) {
  return inAnyPieces(Buffer.concat(bytes.map((part) => Buffer.from(part))), () => {
    const sent = [];
    const events = [];
    const hooks = new Proxy({}, { get: (_, name) => (...values) => events.push([name, ...values]) });
    const session = new Session((bytes) => sent.push(hex(bytes)), hooks);
    const generator = session.run({ credentials, secure, without, shared: true });
    return { generator, end: () => (use(session), { sent, events: events.filter(([name]) => name !== "painted"), pixels: [...session.picture.pixels], has: { ...session.has } }) };
  });
}

test("a token is shown until it has let somebody in, and then what to do is said", () => {
  const sockets = [];
  class WebSocket extends EventTarget {
    static OPEN = 1;
    readyState = 1;
    constructor(url, protocols) {
      super();
      this.protocols = protocols;
      sockets.push(this);
    }
    send() {}
    close() {}
    says(bytes) {
      this.dispatchEvent(Object.assign(new Event("message"), { data: Uint8Array.from(bytes) }));
    }
    ends() {
      this.dispatchEvent(Object.assign(new Event("close"), { code: 1006, reason: "" }));
    }
  }
  const globals = { WebSocket, window: new EventTarget(), location: new URL("http://db1/"), isSecureContext: true, navigator: { onLine: true } };
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true });
  const states = [];
  const opened = [];
  const connection = new Connection({ state: (...state) => states.push(state), opened: (server) => opened.push(server), resized() {}, supports() {} });
  const protocols = () => sockets.at(-1).protocols;
  try {
    connection.login({ token: "vncterm.token.once" });
    connection.connect();
    sockets.at(-1).ends();
    connection.connect();
    assert.deepEqual(protocols(), ["binary", "vncterm.token.once"], "nobody has seen it");
    sockets.at(-1).says(INIT);
    assert.deepEqual(opened, [{ name: "db1" }]);
    sockets.at(-1).ends();
    connection.connect();
    assert.deepEqual(protocols(), []);
    sockets.at(-1).says(Buffer.concat([latin1("RFB 003.008\n"), unhex("0102")]));
    const [name, { needs, reason, denied }] = states.at(-1);
    assert.deepEqual([name, needs, denied], ["login", "password", false]);
    assert.match(reason, /^The link that led here let you in once/);
    connection.connect();
    const refusal = "Nobody comes in here without a token";
    sockets.at(-1).says(Buffer.concat([latin1("RFB 003.008\n"), unhex("00000000"), Buffer.from([refusal.length]), latin1(refusal)]));
    assert.deepEqual(states.at(-1), ["login", { needs: "token", reason }]);
    connection.login({ token: "another" });
    connection.connect();
    assert.deepEqual(protocols(), ["binary", "vncterm.token.another"]);
  } finally {
    connection.close();
  }
});

test("a session without a password", () => {
  const { sent, events } = session([INIT]);
  assert.deepEqual(sent.slice(0, 3), [hex(latin1("RFB 003.008\n")), "01", "01"]);
  assert.deepEqual(events.slice(0, 2), [["opened", { name: "db1" }], ["resized"]]);
  assert.equal(sent[3], "00000000" + "20180001" + "00ff00ff00ff" + "100800" + "000000");
  assert.match(sent[4], /^0200/);
  assert.equal(sent[5], "03000000000000040002");
});

const refusal = (bytes, options) => {
  try {
    session(bytes, options);
  } catch (error) {
    assert.ok(error instanceof Refused, error.stack);
    return error;
  }
  return assert.fail("it was not refused");
};

test("logins: what is asked for, what is sent, what is refused", () => {
  const hello = latin1("RFB 003.008\n");
  assert.equal(refusal([hello, unhex("0102")]).needs, "password");
  const failed = [hello, unhex("0102"), unhex("00112233445566778899aabbccddeeff"), unhex("00000001"), unhex("00000002"), latin1("no")];
  const wrong = refusal(failed, { credentials: { password: "password" } });
  assert.deepEqual([wrong.message, wrong.needs, wrong.denied], ["no", "password", true]);
  const right = session([hello, unhex("0102"), unhex("00112233445566778899aabbccddeeff"), unhex("00000000")], { credentials: { password: "password" } });
  assert.equal(right.sent[2], hex(reference("password")));
  // VeNCrypt's Plain, over https only.
  const plain = [hello, unhex("021302"), unhex("0002"), unhex("00"), unhex("0200000105"), unhex("00000100"), unhex("00000000")];
  const credentials = { user: "ann", password: "a long password" };
  const user = session(plain, { credentials });
  assert.deepEqual(user.sent.slice(1, 4), ["13", "0002", "00000100"]);
  assert.equal(user.sent[4], "000000030000000f" + hex(latin1("anna long password")));
  assert.match(refusal(plain, { credentials, secure: false }).message, /https/);
  assert.equal(refusal(plain).needs, "user");
  // Another VeNCrypt than a browser can do: the next attempt takes what lies beside it.
  const others = [hello, unhex("021302"), unhex("0002"), unhex("00"), unhex("0100000105")];
  assert.equal(refusal(others).without, ids.VENCRYPT);
  assert.equal(refusal([hello, unhex("021302")], { without: new Set([ids.VENCRYPT]) }).needs, "password");
  assert.match(refusal([hello, unhex("00"), unhex("00000004"), latin1("full")]).message, /^full$/);
  assert.match(refusal([latin1("HTTP/1.1 400")]).message, /not a VNC server/);
  assert.match(refusal([hello, unhex("0112")]).message, /browsers cannot/);
});

const rect = (x, y, width, height, encoding) => new Writer().u16(x).u16(y).u16(width).u16(height).u32(encoding).done();
const update = (count, ...parts) => Buffer.concat([new Writer().u8(0).pad(1).u16(count).done(), ...parts.map((part) => Buffer.from(part))]);

test("pixels: raw, copied, and the last of a rectangle nobody counted", () => {
  const pixels = unhex("0000ff00" + "ff000000" + "01020300" + "00000000");
  const { pixels: shown } = session([INIT, update(0xffff, rect(0, 0, 4, 1, ids.RAW), pixels, rect(1, 1, 2, 1, ids.COPY_RECT), unhex("00000000"), rect(0, 0, 0, 0, ids.LAST_RECT)), [2]]);
  assert.deepEqual(shown, [RED, BLUE, rgb(3, 2, 1), rgb(0, 0, 0), rgb(0, 0, 0), RED, BLUE, rgb(0, 0, 0)]);
  assert.throws(() => session([INIT, update(1, rect(1, 0, 4, 1, ids.RAW), pixels)]), Malformed);
  assert.throws(() => session([INIT, update(1, rect(0, 0, 4, 2, ids.COPY_RECT), unhex("00010000"))]), Malformed);
  assert.throws(() => session([INIT, update(1, rect(0, 0, 4, 2, 5))]), Malformed);
  assert.throws(() => session([INIT, [77]]), Malformed);
  assert.throws(() => session([INIT, update(1, rect(0, 0, 65535, 65535, ids.DESKTOP_SIZE))]), Malformed);
});

test("sizes, names, lights, pointers and bells", () => {
  const screens = unhex("01000000" + "00000007" + "0000000000060003" + "00000000");
  const name = Buffer.concat([unhex("00000003"), latin1("db2")]);
  const shape = Buffer.concat([unhex("0000ff00" + "ff000000"), unhex("80")]);
  const alpha = unhex("00000000" + "80000080" + "00000000");
  const result = session(
    [
      INIT,
      update(1, rect(0, 0, 6, 3, ids.EXTENDED_DESKTOP_SIZE), screens),
      update(4, rect(0, 0, 0, 0, ids.DESKTOP_NAME), name, rect(0, 0, 1, 1, ids.QEMU_LED_STATE), [6], rect(0, 0, 2, 1, ids.CURSOR), shape, rect(1, 0, 2, 1, ids.CURSOR_WITH_ALPHA), alpha),
      [2],
    ],
    { use: (session) => session.askForSize(100, 50) },
  );
  assert.deepEqual(result.pixels.length, 18);
  assert.ok(result.has.resizing);
  assert.equal(result.sent.at(-1), "fb000064003201000000000700000000006400320000" + "0000");
  const events = result.events.slice(2);
  assert.deepEqual(events.map(([name]) => name), ["supports", "resized", "named", "leds", "cursor", "cursor", "bell"]);
  assert.deepEqual(events[3][1], { scroll: false, num: true, caps: true });
  assert.deepEqual(events[4][1], { x: 0, y: 0, width: 2, height: 1, pixels: Uint32Array.from([RED, 0]) });
  assert.deepEqual([...events[5][1].pixels], [0x800000ff, 0]);
});

test("fences are answered; continuous updates are turned on once, for the whole picture, and off while nobody looks", () => {
  const fence = unhex("f8000000" + "80000007" + "02" + "abcd");
  const { sent } = session([INIT, fence, [150], [150]], { use: (session) => (session.pause(true), session.pause(false)) });
  assert.deepEqual(sent.slice(6), ["f8000000" + "00000007" + "02" + "abcd", "96010000000000040002", "96000000000000040002", "96010000000000040002"]);
});

test("keys with and without their places, and buttons of either message", () => {
  const act = (session) => {
    session.key(true, 0x61, 0x1e);
    session.key(false, 0xe9, 0);
    session.pointer(1, 2, 129);
  };
  assert.deepEqual(session([INIT], { use: act }).sent.slice(6), ["0401000000000061", "04000000000000e9", "050100010002"]);
  const known = update(2, rect(0, 0, 4, 2, ids.QEMU_EXTENDED_KEY), rect(0, 0, 0, 0, ids.EXTENDED_MOUSE_BUTTONS));
  assert.deepEqual(session([INIT, known], { use: act }).sent.slice(7), ["ff0000010000006100" + "00001e", "04000000000000e9", "05810001000201"]);
});

test("power buttons stay when one has failed", () => {
  const { has, events } = session([INIT, unhex("fa000101"), unhex("fa000100")]);
  assert.equal(has.power, true);
  assert.deepEqual(events.slice(2), [["supports"], ["powerFailed"]]);
  // A server that has none says the same of them.
  const none = session([INIT, unhex("fa000100")]);
  assert.deepEqual([none.has.power, none.events.slice(2)], [false, []]);
});

const cut = (flags, body = []) => {
  const length = 4 + body.length;
  return Buffer.concat([new Writer().u8(3).pad(3).u32(-length).u32(flags).done(), Buffer.from(body)]);
};

test("clipboards: classic, and extended both ways", () => {
  const classic = Buffer.concat([new Writer().u8(3).pad(3).u32(3).done(), unhex("e76130")]);
  assert.deepEqual(session([INIT, classic]).events.at(-1), ["cutText", "ça0"]);
  const offers = (text) => (session) => session.cutText.offer(text);
  assert.equal(session([INIT], { use: offers("ça") }).sent.at(-1), "0600000000000002e761");
  assert.equal(session([INIT], { use: offers("€") }).sent.at(-1), "0600000000000003e282ac");
  // The server's caps: text up to 16 bytes unasked, request, notify, provide.
  const caps = cut(0x1b000001, unhex("00000010"));
  const asked = session([INIT, caps, cut(0x08000001)]);
  assert.equal(asked.sent.at(-2), "06000000" + "fffffff8" + "1f000001" + "00100000");
  assert.equal(asked.sent.at(-1), "06000000" + "fffffffc" + "02000001");
  const text = "Grüße\r\n€\0";
  const body = zlib.deflateSync(Buffer.concat([new Writer().u32(Buffer.byteLength(text)).done(), Buffer.from(text)]));
  assert.deepEqual(session([INIT, caps, cut(0x10000001, body)]).events.at(-1), ["cutText", "Grüße\n€"]);
  // Without an end mark, as some send it.
  assert.deepEqual(session([INIT, caps, cut(0x10000001, body.subarray(0, -4))]).events.at(-1), ["cutText", "Grüße\n€"]);
  const short = session([INIT, caps], { use: offers("a\nb") }).sent.at(-1);
  assert.equal(short.slice(16, 24), "10000001");
  assert.equal(zlib.inflateSync(unhex(short.slice(24))).toString("latin1"), "\0\0\0\x05a\r\nb\0");
  assert.equal(session([INIT, caps], { use: offers("x".repeat(20)) }).sent.at(-1), "06000000" + "fffffffc" + "08000001");
});

test("a text counts as it is sent", () => {
  const caps = cut(0x1b000001, new Writer().u32(SENT_MAX).done());
  for (const [text, long] of [["x".repeat(SENT_MAX - 1), false], ["x".repeat(SENT_MAX), true], ["\n".repeat(SENT_MAX / 2 - 1), false], ["\n".repeat(SENT_MAX / 2), true]]) {
    assert.equal(tooLong(text), long);
    // What is not too long goes with the offer: the key that pastes it comes at once.
    const { sent } = session([INIT, caps], { use: (session) => session.cutText.offer(text) });
    assert.equal(sent.at(-1).slice(16, 24), long ? "08000001" : "10000001");
  }
});

const consoleMessage = (operation, body) => Buffer.concat([new Writer().u8(255).u8(2).u16(operation).u32(body.length).done(), body]);

test("the console extension is used when it is acknowledged, and unknown messages are passed over", () => {
  const known = update(1, rect(0, 1, 0, 0, ids.CONSOLE_EXTENSION));
  const console = new Writer().u32(3).u8(1).u8(0).u8(1).u8(3).u16(80).u16(24).string("uart").string("login").u32(9).done();
  const text = new Writer().u32(3).u8(0).u64(2 ** 40).u16(24).u16(1).u16(2).u16(1).u64(2 ** 40 + 1).u8(1).string("größer").done();
  const act = (session) => (session.say("subscribe", { topics: 7 }), session.say("search", { request: 5, console: 3, most: 10, text: "ö" }), session.say("lines", { request: 6, console: 3, first: 2 ** 40, count: 2 }));
  const { events, sent } = session([INIT, known, consoleMessage(4711, unhex("00")), consoleMessage(16, console), consoleMessage(66, text)], { use: act });
  assert.deepEqual(events.slice(2), [
    ["supports"],
    ["console", "console", { console: 3, vt: 1, kind: "text", state: "open", can: { write: true, break: true }, columns: 80, rows: 24, name: "uart", title: "login" }],
    ["console", "text", { console: 3, alternate: false, top: 2 ** 40, rows: 24, row: 1, column: 2, lines: [{ number: 2 ** 40 + 1, goesOn: true, text: "größer" }] }],
  ]);
  assert.deepEqual(sent.slice(7), [
    "ff020001" + "00000004" + "00000007",
    "ff020040" + "00000017" + "00000005" + "00000003" + "ffffffffffffffff" + "00" + "000a" + "0002c3b6",
    "ff020041" + "00000012" + "00000006" + "00000003" + "0000010000000000" + "0002",
  ]);
  assert.deepEqual(session([INIT], { use: act }).sent.slice(6), []);
  assert.throws(() => session([INIT, known, new Writer().u8(255).u8(2).u16(16).u32(consoles.BODY_MAX + 1).done()]), Malformed);
  assert.throws(() => session([INIT, known, consoleMessage(16, console.subarray(0, 9))]), Malformed);
  const people = new Writer().u32(1).u32(2).u8(1).u32(1).u16(5000).u16(1).u32(2).u8(2).u32(3).string("bob").done();
  assert.deepEqual(consoles.decode(32, people).message, {
    you: 1, writer: 2, oneWrites: true, asking: 1, grace: 5000, viewers: [{ viewer: 2, role: "admin", console: 3, name: "bob" }],
  });
});

test("sound is asked for once it is known, and no longer than it may be", () => {
  const known = update(1, rect(0, 0, 16, 8, ids.QEMU_AUDIO));
  const [begin, end] = [unhex("ff010001"), unhex("ff010000")];
  const frames = Buffer.concat([unhex("ff010002"), new Writer().u32(4).done(), unhex("01020304")]);
  const act = (session) => (session.listen(48_000), session.listen(0));
  const { events, sent } = session([INIT, known, begin, frames, end], { use: act });
  assert.deepEqual(events.slice(2), [["supports"], ["sound", Uint8Array.of(1, 2, 3, 4)]]);
  assert.deepEqual(sent.slice(7), ["ff010001", "ff010002" + "0302" + "0000bb80", "ff010000", "ff010001"]);
  assert.deepEqual(session([INIT], { use: act }).sent.slice(6), []);
  assert.throws(() => session([INIT, begin]), Malformed);
  assert.throws(() => session([INIT, known, unhex("ff01000200100001")]), Malformed);
});

test("keys have X's numbers and a PC's", () => {
  const keys = [["a", 0, 0x61], ["é", 0, 0xe9], ["€", 0, 0x010020ac], ["я", 0, 0x0100044f], ["😀", 0, 0x0101f600], ["Enter", 0, 0xff0d], ["Enter", 3, 0xff8d], ["5", 3, 0xffb5], ["Home", 3, 0xff95], ["Shift", 2, 0xffe2], ["AltGraph", 2, 0xfe03], ["F12", 0, 0xffc9], ["Hyper", 0, 0], ["constructor", 0, 0]];
  for (const [key, location, keysym] of keys) assert.equal(keysymOf(key, location), keysym, key);
  const places = [["Escape", 1], ["KeyQ", 0x10], ["Enter", 0x1c], ["KeyA", 0x1e], ["ShiftLeft", 0x2a], ["Slash", 0x35], ["Space", 0x39], ["F1", 0x3b], ["Numpad7", 0x47], ["NumpadDecimal", 0x53], ["PrintScreen", 0x54], ["Pause", 0xc6], ["ArrowRight", 0xcd], ["", 0], ["Fn", 0]];
  for (const [code, scancode] of places) assert.equal(scancodeOf(code), scancode, code);
  assert.deepEqual([plainKey("KeyX", false), plainKey("KeyX", true), plainKey("Slash", false)], ["x", "X", null]);
});

const line = (number, text, goesOn = false) => ({ number, text, goesOn });
const shown = (fields) => ({ console: 1, alternate: false, top: 0, rows: 24, row: 0, column: 0, lines: [], ...fields });

test("what is new is read aloud, once", () => {
  const mirror = new Mirror();
  assert.deepEqual(mirror.text(shown({ lines: [line(0, "db1 login: ")] })), ["db1 login: "]);
  assert.deepEqual(mirror.text(shown({ lines: [line(0, "db1 login: ro")] })), ["ro"]);
  assert.deepEqual(mirror.text(shown({ lines: [line(0, "db1 login: r")] })), ["o deleted"]);
  assert.deepEqual(mirror.text(shown({ row: 1, lines: [line(0, "db1 login: root"), line(1, "Password: ")] })), ["oot", "Password: "]);
  assert.deepEqual(mirror.text(shown({ row: 1, lines: [] })), []);
  assert.equal(added("a b", "c"), "c");
});

test("a flood is not read aloud: its beginning, how much it was, and its end", () => {
  const speech = new Speech();
  const lines = (from, count) => Array.from({ length: count }, (_, i) => `line ${from + i}`);
  assert.deepEqual(speech.take(lines(0, 20), 1_000), lines(0, 20));
  assert.equal(speech.due, null);
  assert.deepEqual(speech.take(lines(20, 10), 1_500), lines(20, 5));
  assert.deepEqual([speech.due, speech.rest(2_999)], [1_000 + SPOKEN_WITHIN, []]);
  assert.deepEqual(speech.rest(3_000), ["4 more lines", "line 29"]);
  assert.deepEqual(speech.rest(3_000), []);
  // It goes on for an hour, with four messages a second.
  let said = 0;
  for (let now = 3_250, at = 30; now < 3_603_000; now += 250, at += 25) {
    said += speech.take(lines(at, 25), now).length;
    if (speech.due !== null && now >= speech.due) said += speech.rest(now).length;
  }
  assert.ok(said <= 2 * 3_600_000 / SPOKEN_WITHIN, `${said} lines`);
  // And ends: what comes after is read as it comes.
  speech.rest(3_700_000);
  assert.deepEqual(speech.take(["$ "], 3_703_000), ["$ "]);
  // In no time of that length are there more than so many, but for the two that end a flood.
  const times = [];
  for (let now = 4_000_000, at = 0; now < 4_060_000; now += 37, at++) {
    times.push(...speech.take([`line ${at}`], now).map(() => now));
    if (speech.due !== null && now >= speech.due) times.push(...speech.rest(now).map(() => now));
  }
  for (const from of times) assert.ok(times.filter((at) => at >= from && at < from + SPOKEN_WITHIN).length <= SPOKEN_MAX + 2);
});

test("a program that draws its screen is read where its cursor goes", () => {
  const mirror = new Mirror();
  mirror.text(shown({ lines: [line(0, "$ dialog")] }));
  const drawn = Array.from({ length: 24 }, (_, i) => line(i, `item ${i}`));
  assert.deepEqual(mirror.text(shown({ alternate: true, row: 3, lines: drawn })), ["item 3"]);
  assert.deepEqual(mirror.text(shown({ alternate: true, row: 4, lines: [] })), ["item 4"]);
  assert.deepEqual(mirror.text(shown({ alternate: true, row: 4, lines: [line(4, "item 4 done")] })), [" done"]);
  assert.deepEqual(mirror.joined().length, 24);
  assert.deepEqual(mirror.text(shown({ lines: [line(0, "$ ")] })), ["$ "]);
  assert.deepEqual(mirror.joined().map(({ text }) => text), ["$ "]);
});

test("lines that the screen's width broke are one; history comes before them; memory has a bound", () => {
  const mirror = new Mirror();
  mirror.text(shown({ top: 10, row: 2, lines: [line(10, "one ", true), line(11, "line"), line(12, "$ "), line(13, "")] }));
  mirror.history({ oldest: 5, lines: [line(8, "old"), line(9, "older")] });
  assert.deepEqual(mirror.joined().map(({ text }) => text), ["old", "older", "one line", "$ "]);
  mirror.history({ oldest: 0, lines: [line(3, "far")] });
  assert.deepEqual(mirror.joined().map(({ text, gap }) => [text, gap]).slice(0, 2), [["far", false], ["old", true]]);
  for (let at = 0; at < 3 * KEPT_MAX; at += 1_000) {
    mirror.text(shown({ top: 100 + at, row: 23, lines: Array.from({ length: 1_000 }, (_, i) => line(at + i, "x")) }));
  }
  assert.ok(mirror.lines.size <= KEPT_MAX);
});

test("links are https, and end where the sentence does", () => {
  assert.deepEqual(links("see https://agama.local:8443/x?y=1."), [{ text: "see " }, { text: "https://agama.local:8443/x?y=1", url: "https://agama.local:8443/x?y=1" }, { text: "." }]);
  assert.deepEqual(links("(https://a.b/c_(d))").at(1).url, "https://a.b/c_(d)");
  for (const none of ["http://a.b", "javascript:alert(1)", "https://", "plain", "xhttps//"]) assert.equal(links(none).filter(({ url }) => url).length, 0, none);
});

test("readers refuse to read beyond the end, and generators to ask for too much", () => {
  assert.throws(() => new Reader(unhex("00")).u16(), Malformed);
  assert.throws(() => new Incoming((function* () { yield 1 << 30; })()), Malformed);
});

test("the page is small, names all its modules, and has neither scripts nor styles in its document", () => {
  const files = readdirSync(ASSETS, { recursive: true }).map((name) => name.replaceAll("\\", "/")).filter((name) => /\.(html|css|js|svg)$/.test(name));
  const text = (name) => readFileSync(new URL(name, ASSETS), "utf8");
  const size = files.reduce((sum, name) => sum + zlib.gzipSync(text(name), { level: 9 }).length, 0);
  assert.ok(files.length > 20 && size <= PAGE_MAX, `${size} bytes`);
  const document = text("index.html");
  for (const name of files.filter((name) => name.endsWith(".js"))) {
    assert.ok(document.includes(`"${name}"`), `${name} is not preloaded`);
    assert.ok(text(name).startsWith("// ") && text(name).split("\n").length <= 500, `${name}: what it is for, in 500 lines`);
  }
  assert.doesNotMatch(document, /<style|<script>| style=| on[a-z]+=|javascript:|https?:/);
});
