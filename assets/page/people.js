// Consoles, and who is at them: the tabs above the picture, who types, and how that changes hands.

import { $, icon, make, note, show } from "./dom.js";

/** `say(name, fields)` sends. */
export class People {
  #consoles = new Map();
  #here = null;
  #people = null;
  #asking = null;

  constructor(say) {
    this.say = say;
    this.changed = () => {};
    $("writer").addEventListener("click", () => this.#take());
  }

  reset() {
    this.#consoles.clear();
    this.#here = null;
    this.away();
  }

  /** The connection is lost: who is there is not known. */
  away() {
    this.#people = null;
    this.#asking?.();
    this.#asking = null;
    this.#show();
  }

  /** The console that is looked at; null when it is not known. */
  get here() {
    return this.#consoles.get(this.#here) ?? null;
  }

  /** Whether what is typed reaches the guest, as far as is known. */
  get writes() {
    const { you, writer, oneWrites } = this.#people ?? {};
    return this.#me?.role !== "views" && !(oneWrites && writer !== you) && this.here?.can.write !== false;
  }

  /** Why it does not. */
  get whyNot() {
    const { you, writer, oneWrites } = this.#people ?? {};
    if (this.#me?.role === "views" || !oneWrites || writer === you) return "You may only watch this console.";
    return writer === 0 ? "Nobody types now. Press Type to be the one who does." : `${this.#name(writer)} types, and you watch.`;
  }

  get #me() {
    return this.#people?.viewers.find(({ viewer }) => viewer === this.#people.you);
  }

  console(message) {
    this.#consoles.set(message.console, message);
    this.#show();
  }

  gone({ console }) {
    this.#consoles.delete(console);
    this.#show();
  }

  nowHere({ console }) {
    this.#here = console;
    this.#show();
  }

  people(message) {
    this.#people = message;
    this.#ask();
    this.#show();
  }

  #show() {
    this.#showConsoles();
    this.#showWriter();
    this.#showViewers();
    this.changed();
  }

  #showConsoles() {
    const consoles = [...this.#consoles.values()].sort((a, b) => (a.vt || 99) - (b.vt || 99));
    show(consoles.length > 1, $("consoles"));
    const tabs = consoles.map(({ console, vt, kind, state, name, title }) => {
      const key = vt ? `Ctrl-Alt-F${vt}` : "";
      const what = [title, kind === "graphical" ? "graphical" : "", state === "open" ? "" : state, key].filter(Boolean).join(", ");
      const tab = make("button", { type: "button", className: `console ${state}`, title: what, onclick: () => this.say("switch", { console }) });
      tab.append(make("span", { className: "vt" }, vt ? String(vt) : ""), make("span", { className: "name" }, name));
      if (kind === "graphical") tab.append(icon("screen"));
      if (state !== "open") tab.append(make("span", { className: "state" }, state));
      if (console === this.#here) tab.setAttribute("aria-current", "true");
      return tab;
    });
    // The one with the focus keeps it.
    const at = [...$("consoles").children].indexOf(document.activeElement);
    $("consoles").replaceChildren(...tabs);
    if (at >= 0) tabs[at]?.focus();
  }

  /** What the button above the picture says, and does. */
  #showWriter() {
    const { you, writer, oneWrites } = this.#people ?? {};
    const role = this.#me?.role;
    const [words, title, active] =
      role === "views" || this.here?.can.write === false ? ["View only", "You may watch; your credentials let you type nothing.", false]
      : !oneWrites ? ["", "", false]
      : writer === you ? ["You type", "You are the one who types. Press to let others.", true]
      : writer === 0 ? ["Type", "Nobody types. Press to be the one who does.", true]
      : ["Ask to type", `${this.#name(writer)} types. Press to take over.`, true];
    const button = $("writer");
    show(words !== "", button);
    button.querySelector("span").textContent = words;
    button.title = title;
    button.disabled = !active;
    button.dataset.mine = String(oneWrites === true && writer === you);
  }

  #name(viewer) {
    return this.#people?.viewers.find((other) => other.viewer === viewer)?.name || `viewer ${viewer}`;
  }

  #take(force = false) {
    const { you, writer } = this.#people ?? {};
    if (writer === you) this.say("release");
    else this.say("take", { force });
  }

  /** Somebody wants to type while we do; nobody's answer is a yes once the time is up. */
  #ask() {
    const { you, writer, asking, grace } = this.#people;
    this.#asking?.();
    this.#asking = null;
    if (asking === 0) return;
    if (writer === you) {
      const answer = (grant) => () => this.say("answer", { viewer: asking, grant });
      const seconds = Math.ceil(grace / 1000);
      const words = `${this.#name(asking)} wants to type, and will in ${seconds} s.`;
      this.#asking = note(words, { actions: { "Let them": answer(true), "Keep typing": answer(false) } });
    } else if (asking === you) {
      this.#asking = note(`Asked ${this.#name(writer)}. You type in ${Math.ceil(grace / 1000)} s unless they refuse.`, {
        actions: { "Never mind": () => this.say("release") },
      });
    }
  }

  #showViewers() {
    const { you, writer, oneWrites, viewers = [] } = this.#people ?? {};
    show(this.#people !== null, $("open-people"));
    $("count").textContent = viewers.length > 1 ? String(viewers.length) : "";
    $("open-people").setAttribute("aria-label", `People: ${viewers.length}`);
    const rows = viewers.map(({ viewer, role, console, name }) => {
      const says = [
        viewer === you ? "you" : "",
        oneWrites && viewer === writer ? "types" : "",
        role === "views" ? "views only" : role === "admin" ? "admin" : "",
        this.#consoles.get(console)?.name ?? "",
      ];
      const about = make("small", {}, says.filter(Boolean).join(" · "));
      const item = make("li", {}, icon(oneWrites && viewer === writer ? "pen" : "person"), make("span", {}, name || `viewer ${viewer}`), about);
      item.dataset.writes = String(oneWrites && viewer === writer);
      return item;
    });
    $("viewers").replaceChildren(...rows);
    $("writing").textContent = oneWrites ? (writer ? `${writer === you ? "You type" : `${this.#name(writer)} types`}; the others watch.` : "Nobody types now.") : "Everybody may type.";
    const force = this.#me?.role === "admin" && oneWrites && writer !== you && writer !== 0;
    $("force").replaceChildren(...(force ? [make("button", { type: "button", onclick: () => this.#take(true) }, "Take over at once")] : []));
  }
}
