// What opens beside the picture: one panel at a time.

import { $, show } from "./dom.js";

const PANELS = ["text", "people", "clipboard", "keys", "view"];

export class Panels {
  #shown = null;

  /** `hooks` by name of a panel: called with whether it is open. `back()` gives the keyboard to the console. */
  constructor(hooks, back) {
    this.hooks = hooks;
    this.back = back;
    for (const name of PANELS) {
      const button = $(`open-${name}`);
      button.setAttribute("aria-expanded", "false");
      button.setAttribute("aria-controls", `panel-${name}`);
      button.addEventListener("click", () => (this.#shown === name ? this.close() : this.open(name)));
      $(`panel-${name}`).querySelector(".close").addEventListener("click", () => this.close());
      $(`panel-${name}`).addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    }
  }

  shows(...names) {
    return names.includes(this.#shown);
  }

  open(name) {
    this.#hide();
    this.#shown = name;
    this.#set(name, true);
    $(`panel-${name}`).querySelector("h2").focus();
  }

  close() {
    if (this.#shown === null) return;
    this.#hide();
    this.back();
  }

  #hide() {
    if (this.#shown !== null) this.#set(this.#shown, false);
    this.#shown = null;
  }

  #set(name, open) {
    show(open, $(`panel-${name}`));
    $(`open-${name}`).setAttribute("aria-expanded", String(open));
    document.documentElement.dataset.panel = open ? name : "";
    this.hooks[name]?.(open);
  }
}
