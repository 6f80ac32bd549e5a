// The clipboards of both sides. Browsers let a page at theirs when they like: over https, after a permission, in the
// middle of a click. Where they do not, there is a box to copy from and to paste into.

import { APART, tooLong } from "../rfb/cuttext.js";
import { $, confirmed, note } from "./dom.js";

/** Pastes that wait for their turn; whoever holds the key down does not mean more. */
const WAITING_MAX = 10;

/**
 * `output.offer(text)` puts text on the guest's side, `output.pasteKey()` presses the key that pastes it there;
 * `output.writes()` tells whether that comes to anything, and the user why it does not.
 */
export class Clipboard {
  #last = "";
  /** When the one before has had its time. */
  #turn = Promise.resolve();
  #waiting = 0;

  constructor(field, output) {
    this.output = output;
    this.openBox = () => {};
    field.addEventListener("paste", (event) => {
      event.preventDefault();
      this.paste(event.clipboardData?.getData("text/plain") ?? "");
    });
    $("paste").addEventListener("click", () => this.paste($("box").value));
    $("paste-here").addEventListener("click", () => this.#pasteHere());
    $("copy-box").addEventListener("click", () => this.copy($("box").value));
    window.addEventListener("focus", () => this.#look());
  }

  /** The guest's side cut something. */
  async cut(text) {
    $("box").value = text;
    this.#last = text;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      note("The console has copied text.", { actions: { Copy: () => this.copy(text), Show: () => this.openBox() } });
    }
  }

  /** Puts text on the browser's clipboard, on the user's own wish. */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      note("Copied.");
    } catch {
      $("box").value = text;
      this.openBox();
      $("box").select();
      if (document.execCommand("copy")) note("Copied.");
      else note("Press Ctrl-C to copy the marked text.");
    }
  }

  /** Text goes to the guest as if it were typed, by the guest's own key for it. */
  async paste(text) {
    if (!this.output.writes()) return;
    if (tooLong(text)) {
      note("This text is too long to be pasted: 256 KiB is the most, in which each end of a line counts twice.", { warning: true });
      return;
    }
    const lines = text.trimEnd().split("\n").length;
    if (lines > 1 && !(await confirmed(`Paste ${lines} lines? A shell may run each of them.`, "Paste"))) return;
    this.#inTurn(() => {
      if (text !== "") this.#offer(text);
      this.output.pasteKey();
    });
  }

  /** What lies on this computer's clipboard; the browser may ask whether it may be read. */
  async #pasteHere() {
    let text;
    try {
      text = await navigator.clipboard.readText();
    } catch {
      note("The browser keeps its clipboard to itself: press Ctrl-V in the box, and then Paste into the console.");
      $("box").select();
      return;
    }
    await this.paste(text);
  }

  #offer(text) {
    this.#last = text;
    this.output.offer(text);
  }

  /** A text that the server had no time for would leave it with the one before, and that would be pasted. */
  #inTurn(act) {
    if (this.#waiting === WAITING_MAX) return;
    this.#waiting++;
    this.#turn.then(() => {
      this.#waiting--;
      act();
    });
    this.#turn = this.#turn.then(() => new Promise((resolve) => setTimeout(resolve, APART)));
  }

  /** Where the browser allows it without asking, what was copied elsewhere is there for the guest's own paste keys. */
  async #look() {
    try {
      const { state } = await navigator.permissions.query({ name: "clipboard-read" });
      if (state !== "granted") return;
      const text = await navigator.clipboard.readText();
      if (text === this.#last || text === "" || tooLong(text)) return;
      this.#inTurn(() => this.#offer(text));
    } catch {
      // Firefox and Safari know no such permission, and pages without https have no clipboard.
    }
  }
}
