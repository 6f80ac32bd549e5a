// The way to the server: opened, kept, and found again when it is lost. Each end has a reason in plain words.

import { Refused } from "../rfb/handshake.js";
import { Session } from "../rfb/session.js";
import { Incoming, Malformed } from "../rfb/stream.js";

/** Waits between attempts, in ms: each twice the one before, with some chance in it. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** A connection that stood for so long, in ms, was a good one. */
const STOOD = 10_000;
/** The server is below the page, whatever a proxy has put before it. */
const PATH = "websockify";
/** With this before it a token is a WebSocket subprotocol: those are in no log and no history. */
const TOKEN = "vncterm.token.";
/** What is said of one that has let us in, to whom another way in is asked for. */
const USED = "The link that led here let you in once, and that was all. Open a new one, or log in.";

/**
 * `hooks` are those of a Session, and `state(name, details)`: "connecting", "open", "login" ({ needs, reason }),
 * "waiting" ({ reason, until }) or "ended" ({ reason }).
 */
export class Connection {
  /** The session that is open; null while there is none. */
  session = null;
  #socket = null;
  #hooks;
  #credentials = {};
  #token = null;
  #without = new Set();
  #wait = FIRST_WAIT;
  #timer = 0;
  #lastReason = "";
  /** Why there is no token any more. */
  #spent = "";

  constructor(hooks) {
    this.#hooks = hooks;
    window.addEventListener("online", () => this.#timer && this.connect());
    window.addEventListener("pagehide", () => this.#socket?.close(1000));
    // A page that comes back from the browser's cache has lost its connection.
    window.addEventListener("pageshow", (event) => event.persisted && this.connect());
  }

  /** What the user gave, for this and every later attempt. */
  login({ user, password, token }) {
    this.#spent = "";
    this.#wait = FIRST_WAIT;
    if (token !== undefined) this.#token = token.startsWith(TOKEN) ? token.slice(TOKEN.length) : token;
    else this.#credentials = { user, password };
  }

  connect() {
    this.close();
    this.#hooks.state("connecting", { reason: this.#lastReason });
    const url = new URL(PATH, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.hash = "";
    url.search = "";
    // A server that is offered protocols must take one; "binary" is the one without a secret.
    const socket = this.#open(url);
    if (!socket) return;
    socket.binaryType = "arraybuffer";
    const started = (details) => {
      if (this.#token !== null) [this.#token, this.#spent] = [null, USED];
      this.#lastReason = "";
      this.session = session;
      this.#hooks.opened(details);
    };
    const hooks = { ...this.#hooks, opened: started };
    const session = new Session((bytes) => socket.readyState === WebSocket.OPEN && socket.send(bytes), hooks);
    this.#socket = socket;
    const options = { credentials: this.#credentials, secure: isSecureContext, without: this.#without, shared: true };
    const incoming = new Incoming(session.run(options));
    let opened = 0;
    // The first failure is the reason; what a dying socket says after it is not.
    const end = (failure) => {
      if (this.#socket !== socket) return;
      this.close();
      if (opened && performance.now() - opened > STOOD) this.#wait = FIRST_WAIT;
      this.#ended(failure);
    };
    socket.addEventListener("open", () => (opened = performance.now()));
    socket.addEventListener("message", ({ data }) => {
      if (this.#socket !== socket) return;
      try {
        incoming.push(typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data));
      } catch (error) {
        end(error);
      }
    });
    socket.addEventListener("close", ({ code, reason }) => end(new Error(explained(code, reason, opened, this.#token))));
  }

  #open(url) {
    try {
      return new WebSocket(url, this.#token ? ["binary", TOKEN + this.#token] : []);
    } catch {
      // Subprotocols have no spaces and few signs.
      this.#token = null;
      this.#hooks.state("login", { needs: "token", reason: "This is not a token." });
      return null;
    }
  }

  /** Ends it, without trying again. */
  close() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const socket = this.#socket;
    this.#socket = null;
    this.session = null;
    socket?.close(1000);
  }

  #ended(failure) {
    if (failure instanceof Refused && failure.without !== null) {
      this.#without.add(failure.without);
      this.connect();
    } else if (failure instanceof Refused && failure.needs) {
      if (failure.denied) this.#credentials = {};
      this.#hooks.state("login", { needs: failure.needs, reason: failure.message || this.#spent, denied: failure.denied });
    } else if (isOfTokens(failure) && this.#token === null) {
      this.#hooks.state("login", { needs: "token", reason: this.#spent || failure.message });
    } else {
      // A token that was refused is of no more use; what else the server asks for may be. One that was not looked at is
      // as good as it was.
      if (isOfTokens(failure)) [this.#token, this.#spent] = [null, failure.message];
      if (failure instanceof Malformed) {
        this.#again(`The server sent something that this page does not understand (${failure.message}).`);
      } else {
        this.#again(failure.message);
        if (!(failure instanceof Refused) && failure.constructor !== Error) throw failure;
      }
    }
  }

  #again(reason) {
    this.#lastReason = reason;
    const wait = this.#wait * (0.75 + Math.random() / 2);
    this.#wait = Math.min(LONGEST_WAIT, this.#wait * 2);
    this.#timer = setTimeout(() => this.connect(), wait);
    this.#hooks.state("waiting", { reason, until: performance.now() + wait });
  }
}

/** Whether the server refuses a token, or wants one: it has only words for that. */
const isOfTokens = (failure) => failure instanceof Refused && /\btoken\b/.test(failure.message);

/** What a WebSocket's close codes (RFC 6455 §7.4.1) mean to somebody. */
function explained(code, reason, opened, token) {
  if (reason) return reason;
  if (!navigator.onLine) return "This computer is offline.";
  if (!opened) return token ? "Nothing answers, or this link has been used or has expired." : `Nothing answers at ${location.host}.`;
  switch (code) {
    case 1000:
      return "The server ended the connection.";
    case 1001:
      return "The server is stopping.";
    case 1008:
      return "The server does not allow this.";
    case 1012:
    case 1013:
      return "The server is restarting, or has no room now.";
    default:
      return "The connection was lost.";
  }
}
