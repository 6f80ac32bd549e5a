// The console extension: what RFB has no message for. docs/protocol.md specifies it; each operation is a row here.

import { CLIENT, CONSOLE_MESSAGE } from "./ids.js";
import { Reader, Writer } from "./stream.js";

/** A server's body is never longer. */
export const BODY_MAX = 1024 * 1024;

/** Topics of SUBSCRIBE. */
export const CONSOLES = 1;
export const PEOPLE = 2;
export const TEXT = 4;

/** As a line number of SEARCH: from the newest. */
export const NEWEST = 2 ** 64;

// Of a CONSOLE.
export const KINDS = ["text", "graphical"];
export const STATES = ["waiting", "open", "ended"];
export const MAY_WRITE = 1;
export const CAN_BREAK = 2;
export const ROLES = ["views", "writes", "admin"];

/** A line goes on in the next one. */
const GOES_ON = 1;

const line = (r) => ({ number: r.u64(), goesOn: (r.u8() & GOES_ON) !== 0, text: r.string() });
const times = (count, read) => Array.from({ length: count }, read);

/** What the server says: by operation, the name of the event and how its body is read. */
const FROM_SERVER = new Map([
  [0, ["refused", (r) => ({ operation: r.u16(), request: r.u32(), reason: r.string() })]],
  [16, ["console", readConsole]],
  [17, ["gone", (r) => ({ console: r.u32() })]],
  [18, ["here", (r) => ({ console: r.u32() })]],
  [32, ["people", readPeople]],
  [48, ["note", (r) => ({ warning: r.u8() > 0, text: r.string() })]],
  [64, ["found", readFound]],
  [65, ["lines", (r) => ({ request: r.u32(), oldest: r.u64(), lines: times(r.u16(), () => line(r)) })]],
  [66, ["text", readText]],
]);

function readConsole(r) {
  const [console, vt, kind, state, rights, columns, rows] = [r.u32(), r.u8(), r.u8(), r.u8(), r.u8(), r.u16(), r.u16()];
  const [name, title] = [r.string(), r.string()];
  const can = { write: (rights & MAY_WRITE) !== 0, break: (rights & CAN_BREAK) !== 0 };
  return { console, vt, kind: KINDS[kind] ?? "text", state: STATES[state] ?? "open", can, columns, rows, name, title };
}

function readPeople(r) {
  const [you, writer, mode, asking, grace] = [r.u32(), r.u32(), r.u8(), r.u32(), r.u16()];
  const viewers = times(r.u16(), () => ({ viewer: r.u32(), role: ROLES[r.u8()] ?? "views", console: r.u32(), name: r.string() }));
  return { you, writer, oneWrites: mode === 1, asking, grace, viewers };
}

function readFound(r) {
  const [request, more] = [r.u32(), r.u8() === 1];
  const places = times(r.u16(), () => ({ line: r.u64(), column: r.u16(), columns: r.u16(), text: r.string() }));
  return { request, more, places };
}

function readText(r) {
  const [console, alternate, top, rows, row, column] = [r.u32(), r.u8() === 1, r.u64(), r.u16(), r.u16(), r.u16()];
  return { console, alternate, top, rows, row, column, lines: times(r.u16(), () => line(r)) };
}

/** What a message means; null for those of a later version. */
export function decode(operation, body) {
  const row = FROM_SERVER.get(operation);
  return row ? { name: row[0], message: row[1](new Reader(body)) } : null;
}

const u64 = (writer, value) => (value === NEWEST ? writer.u32(-1).u32(-1) : writer.u64(value));

/** What we say: by name, the operation and how its body is written. */
const TO_SERVER = {
  subscribe: [1, (w, { topics }) => w.u32(topics)],
  switch: [16, (w, { console }) => w.u32(console)],
  take: [32, (w, { force = false }) => w.u8(force)],
  release: [33, (w) => w],
  answer: [34, (w, { viewer, grant }) => w.u32(viewer).u8(grant)],
  break: [48, (w, { console }) => w.u32(console)],
  sysrq: [49, (w, { console, key }) => w.u32(console).u8(key.charCodeAt(0))],
  search: [
    64,
    (w, { request, console, before = NEWEST, matchCase = false, most, text }) =>
      u64(w.u32(request).u32(console), before).u8(matchCase).u16(most).string(text),
  ],
  lines: [65, (w, { request, console, first, count }) => w.u32(request).u32(console).u64(first).u16(count)],
};

/** The bytes of a message: `encode("switch", { console: 2 })`. */
export function encode(name, fields = {}) {
  const [operation, write] = TO_SERVER[name];
  const body = write(new Writer(), fields).done();
  return new Writer().u8(CLIENT.QEMU).u8(CONSOLE_MESSAGE).u16(operation).u32(body.length).bytes(body).done();
}
