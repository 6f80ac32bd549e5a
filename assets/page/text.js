// The console as text: read aloud as it comes, and a panel in which it can be read, marked, searched and its links
// followed. All of it is the server's own text; nothing is guessed from pixels.

import { NEWEST } from "../rfb/console.js";
import { $, make, show } from "./dom.js";
import { Mirror, Speech, links } from "./mirror.js";
import { setting, whenever } from "./settings.js";

/** Elements kept in the log that is read aloud. */
const LOG_MAX = 200;
/** Lines asked for at once. */
const PAGE = 200;
const FOUND_MAX = 50;
/** Pixels from an edge that count as being there. */
const NEAR = 48;

/** `say(name, fields)` sends; `wanted(on)` says whether the server's text is wanted at all. */
export class Text {
  #mirror = new Mirror();
  #speech = new Speech();
  #resting = 0;
  #open = false;
  #rows = new Map();
  #asked = null;
  #request = 0;
  #search = null;
  #goal = null;
  #due = false;

  constructor(say, wanted) {
    this.say = say;
    this.wanted = wanted;
    this.view = $("lines");
    this.view.addEventListener("scroll", () => this.#scrolled());
    $("search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#find(NEWEST);
    });
    $("copy").addEventListener("click", () => this.copied(this.#whole()));
    document.addEventListener("selectionchange", () => this.#render());
    whenever("reader", () => this.#want());
    this.copied = () => {};
  }

  /** The panel is shown, or no longer. */
  open(open) {
    this.#open = open;
    this.#want();
    if (open) {
      this.#render();
      this.view.scrollTop = this.view.scrollHeight;
    }
  }

  /** Another connection: numbers of lines mean something else. */
  reset() {
    this.#mirror.clear(null);
    this.#forget();
    this.#want();
    this.#render();
  }

  /** All that is known; where lines are missing it says so. */
  #whole() {
    const lines = this.#mirror.joined().map(({ text, gap }) => (gap ? `[…]\n${text}` : text));
    if (this.#mirror.goesFurtherBack) lines.unshift("[…]");
    return lines.join("\n");
  }

  /** What was asked of another console. */
  #forget() {
    this.#asked = this.#search = this.#goal = null;
    clearTimeout(this.#resting);
    this.#resting = 0;
    this.#speech = new Speech();
    $("results").replaceChildren();
    $("found").textContent = "";
  }

  #want() {
    this.wanted(this.#open || setting("reader") === "on");
  }

  text(message) {
    if (message.console !== this.#mirror.console) this.#forget();
    const spoken = this.#mirror.text(message);
    if (setting("reader") === "on") this.#speak(spoken);
    if (this.#open) this.#render();
  }

  lines(message) {
    if (message.request !== this.#asked) return;
    this.#asked = null;
    const before = this.view.scrollHeight;
    this.#mirror.history(message);
    this.#paint();
    if (this.#goal !== null) this.#showLine(this.#goal);
    else this.view.scrollTop += this.view.scrollHeight - before;
    this.#goal = null;
  }

  found({ request, more, places }) {
    if (request !== this.#search?.request) return;
    const { list, text } = this.#search;
    for (const place of places) list.append(make("li", {}, this.#result(place, text)));
    const count = list.children.length;
    $("found").textContent = count === 0 ? "Nothing found." : `${count}${more ? " or more" : ""} found, the newest first.`;
    if (more && places.length > 0) {
      const older = make("button", { type: "button", onclick: () => (older.remove(), this.#find(places.at(-1).line, true)) }, "Search further back");
      $("results").append(older);
    }
  }

  #result({ line, column, columns, text }) {
    const characters = Array.from(text);
    const part = (from, to) => characters.slice(from, to).join("");
    const marked = make("mark", {}, part(column, column + columns));
    const go = () => this.#goTo(line);
    return make("button", { type: "button", onclick: go }, part(Math.max(0, column - 24), column), marked, part(column + columns, column + columns + 40));
  }

  #find(before, goesOn = false) {
    const text = $("searched").value;
    if (text === "" || this.#mirror.console === null) return;
    if (!goesOn) {
      $("results").replaceChildren(make("ol", {}));
      $("found").textContent = "Searching …";
    }
    this.#search = { request: ++this.#request, list: $("results").querySelector("ol"), text };
    const matchCase = $("match-case").checked;
    const { console } = this.#mirror;
    this.say("search", { request: this.#request, console, before, matchCase, most: FOUND_MAX, text });
  }

  #goTo(line) {
    this.#goal = line;
    if (this.#mirror.lines.has(line)) {
      this.#showLine(line);
      this.#goal = null;
    } else {
      this.#ask(Math.max(0, line - PAGE / 2), PAGE);
    }
  }

  #showLine(line) {
    const number = Math.max(...[...this.#rows.keys()].filter((number) => number <= line));
    const row = this.#rows.get(number);
    if (!row) return;
    row.element.scrollIntoView({ block: "center" });
    row.element.classList.remove("seen");
    // A class that is put back in the same frame would not start its animation again.
    requestAnimationFrame(() => row.element.classList.add("seen"));
    this.view.focus({ preventScroll: true });
  }

  /** Asks for what is missing where one looks: before the first line, or in a gap that a flood has left. */
  #scrolled() {
    if (this.#asked !== null || this.#mirror.alternate) return;
    const { top, bottom } = this.view.getBoundingClientRect();
    const missing = ([number, { element }], i) => {
      if (i > 0 && !element.classList.contains("gap")) return false;
      const at = element.getBoundingClientRect().top;
      return at > top - NEAR && at < bottom + NEAR && number > this.#mirror.oldest;
    };
    const place = [...this.#rows].findLast(missing);
    if (!place) return;
    const [number] = place;
    const before = Math.max(this.#mirror.oldest, ...[...this.#mirror.lines.keys()].filter((line) => line < number).map((line) => line + 1));
    const first = Math.max(before, number - PAGE);
    this.#ask(first, number - first);
  }

  #ask(first, count) {
    this.#asked = ++this.#request;
    this.say("lines", { request: this.#asked, console: this.#mirror.console, first, count });
  }

  #speak(spoken) {
    const now = performance.now();
    this.#log(this.#speech.take(spoken, now));
    const { due } = this.#speech;
    if (due === null || this.#resting !== 0) return;
    this.#resting = setTimeout(() => {
      this.#resting = 0;
      // A timer may be early by a part of a millisecond.
      this.#log(this.#speech.rest(Math.max(due, performance.now())));
    }, due - now);
  }

  #log(spoken) {
    const log = $("log");
    log.append(...spoken.map((text) => make("div", {}, text)));
    while (log.children.length > LOG_MAX) log.firstElementChild.remove();
  }

  /** What is marked stays marked: nothing changes meanwhile. */
  #render() {
    const selection = getSelection();
    const held = !selection.isCollapsed && this.view.contains(selection.anchorNode);
    show(held, $("held"));
    if (held || !this.#open || this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      const atEnd = this.view.scrollHeight - this.view.scrollTop - this.view.clientHeight < NEAR;
      this.#paint();
      if (atEnd) this.view.scrollTop = this.view.scrollHeight;
    });
  }

  /** Only what differs is touched, so that a screen reader's place in the text stays. */
  #paint() {
    const rows = new Map();
    let after = null;
    for (const { number, text, gap } of this.#mirror.joined()) {
      let row = this.#rows.get(number);
      if (!row) row = { element: make("div", { className: "line" }), text: null };
      if (row.text !== text) {
        row.text = text;
        row.element.replaceChildren(...(text === "" ? ["\n"] : links(text).map(linked)));
      }
      row.element.classList.toggle("gap", gap);
      const follows = after ? after.nextSibling : this.view.firstChild;
      if (follows !== row.element) this.view.insertBefore(row.element, follows);
      after = row.element;
      rows.set(number, row);
    }
    while (this.view.lastChild && this.view.lastChild !== after) this.view.lastChild.remove();
    this.#rows = rows;
  }
}

/** A guest's link must not reach this page through the one it opens. */
const linked = ({ text, url }) => (url ? make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : text);
