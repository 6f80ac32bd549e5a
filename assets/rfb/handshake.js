// From the first byte to ServerInit (RFC 6143 §7.1 to §7.3; VeNCrypt as in rfbproto).

import { vncResponse } from "./des.js";
import { NONE, VENCRYPT, VENCRYPT_PLAIN, VNC_AUTHENTICATION } from "./ids.js";
import { Malformed, Writer, fromUtf8, toUtf8 } from "./stream.js";

/** Reasons and names longer than this are no reasons and names. */
const TEXT_MAX = 64 * 1024;

/**
 * The server, or what it asks for, ends the attempt. `needs` says what the user must give for the next one: "password",
 * "user" (a name and a password), or null. `denied`: what was given is wrong.
 */
export class Refused extends Error {
  name = "Refused";
  constructor(reason, { needs = null, denied = false, without = null } = {}) {
    super(reason);
    Object.assign(this, { needs, denied, without });
  }
}

/** `u32 length` and text, of which control characters are no part: QEMU ends its reasons with a NUL. */
export function* text() {
  const length = (yield 4).u32();
  if (length > TEXT_MAX) throw new Malformed("a text that is too long");
  return fromUtf8((yield length).bytes()).replace(/[\0-\x1f\x7f-\x9f]+/g, " ").trim();
}

/**
 * `credentials` may have `user` and `password`; `secure` tells whether names and passwords may be sent as they are;
 * `without` is a set of security types that turned out to be of no use.
 */
export function* handshake(send, { credentials, secure, without, shared }) {
  const hello = /^RFB (\d{3})\.(\d{3})\n$/.exec(String.fromCharCode(...(yield 12).bytes()));
  if (!hello) throw new Refused("This is not a VNC server.");
  // Apple's 3.889 means 3.8.
  const minor = Math.min(Number(hello[1]) > 3 ? 8 : Number(hello[2]), 8);
  if (minor < 7) throw new Refused("The server speaks a version of the protocol that is too old.");
  send(toUtf8(`RFB 003.00${minor}\n`));

  const count = (yield 1).u8();
  if (count === 0) throw new Refused(yield* text());
  const offered = [...(yield count).bytes()];
  const type = offered.find((type) => SECURITY.has(type) && !without.has(type));
  if (type === undefined) throw new Refused("The server asks for a kind of login that browsers cannot do.");
  const { needs, run } = SECURITY.get(type);
  if (needs && credentials.password === undefined) throw new Refused("", { needs });
  send([type]);
  const asked = yield* run(send, { credentials, secure, offered });
  if (type !== NONE || minor === 8) {
    if ((yield 4).u32() !== 0) {
      const reason = minor === 8 ? yield* text() : "The login failed.";
      throw new Refused(reason, { needs: asked, denied: asked !== null });
    }
  }
  send([shared ? 1 : 0]);
  const size = yield 4;
  const [width, height] = [size.u16(), size.u16()];
  yield 16; // We ask for our own format at once.
  return { width, height, name: yield* text() };
}

/** By number: what the user must give, and how it is sent. A server's own order decides which is taken. */
const SECURITY = new Map([
  [NONE, { needs: null, run: none }],
  [VNC_AUTHENTICATION, { needs: "password", run: vncAuthentication }],
  [VENCRYPT, { needs: null, run: vencrypt }],
]);

function* none() {
  return null;
}

function* vncAuthentication(send, { credentials }) {
  const challenge = (yield 16).bytes();
  send(vncResponse(toUtf8(credentials.password), challenge));
  return "password";
}

/** Version 0.2; of its sub-types a browser, whose TLS is below the WebSocket, can do Plain. */
function* vencrypt(send, { credentials, secure, offered }) {
  yield 2;
  send([0, 2]);
  if ((yield 1).u8() !== 0) throw new Malformed("a version of VeNCrypt that was offered");
  const count = (yield 1).u8();
  const list = yield 4 * count;
  const types = Array.from({ length: count }, () => list.u32());
  if (!types.includes(VENCRYPT_PLAIN)) {
    const others = offered.some((type) => type !== VENCRYPT && SECURITY.has(type));
    throw new Refused("The server takes names and passwords from browsers over https only.", { without: others ? VENCRYPT : null });
  }
  if (!secure) throw new Refused("Names and passwords are sent over https only. Open this page over https.");
  if (credentials.user === undefined) throw new Refused("", { needs: "user" });
  send(new Writer().u32(VENCRYPT_PLAIN).done());
  const [user, password] = [toUtf8(credentials.user), toUtf8(credentials.password)];
  send(new Writer().u32(user.length).u32(password.length).bytes(user).bytes(password).done());
  return "user";
}
