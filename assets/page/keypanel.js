// Keys that a keyboard, a browser or a system does not give: the panel of chords, and the bar for touch screens.

import { $, confirmed, icon, make, show } from "./dom.js";
import { setting, whenever } from "./settings.js";

/** Chords that browsers and systems take for themselves: name, key, place, modifiers. */
const CHORDS = [
  ["Ctrl-W", "w", "KeyW", ["Control"]],
  ["Ctrl-N", "n", "KeyN", ["Control"]],
  ["Ctrl-T", "t", "KeyT", ["Control"]],
  ["Alt-Tab", "Tab", "Tab", ["Alt"]],
  ["Alt-F4", "F4", "F4", ["Alt"]],
  ["Ctrl-Tab", "Tab", "Tab", ["Control"]],
  ["Print", "PrintScreen", "PrintScreen", []],
  ["Pause", "Pause", "Pause", []],
  ["Super", "Meta", "MetaLeft", []],
  ["Menu", "ContextMenu", "ContextMenu", []],
  ["Insert", "Insert", "Insert", []],
  ["Scroll Lock", "ScrollLock", "ScrollLock", []],
];

/** Linux's SysRq keys: what each does, and whether it harms. */
const SYSRQ = [
  ["h", "help", false],
  ["t", "list tasks", false],
  ["w", "blocked tasks", false],
  ["m", "memory", false],
  ["l", "stacks of all CPUs", false],
  ["s", "sync disks", false],
  ["r", "keyboard back from raw", false],
  ["e", "terminate all programs", true],
  ["i", "kill all programs", true],
  ["f", "kill one for memory", true],
  ["u", "remount read-only", true],
  ["c", "crash", true],
  ["b", "reboot at once", true],
  ["o", "power off", true],
];

const POWER = [
  ["Shut down", 2],
  ["Reboot", 3],
  ["Reset", 4],
];

/** Keys of the bar: what it says, key, place; those with a modifier's name latch. */
const BAR = [
  ["Esc", "Escape", "Escape"],
  ["Tab", "Tab", "Tab"],
  ["Ctrl", "Control"],
  ["Alt", "Alt"],
  ["left", "ArrowLeft", "ArrowLeft"],
  ["up", "ArrowUp", "ArrowUp"],
  ["down", "ArrowDown", "ArrowDown"],
  ["right", "ArrowRight", "ArrowRight"],
  ["/", "/", "Slash"],
  ["-", "-", "Minus"],
  ["|", "|", ""],
  ["~", "~", ""],
  ["Home", "Home", "Home"],
  ["End", "End", "End"],
  ["PgUp", "PageUp", "PageUp"],
  ["PgDn", "PageDown", "PageDown"],
  ["Shift", "Shift"],
  ["Del", "Delete", "Delete"],
  ...Array.from({ length: 12 }, (_, i) => [`F${i + 1}`, `F${i + 1}`, `F${i + 1}`]),
];
const ARROWS = new Set(["left", "up", "down", "right"]);
const LATCHES = new Set(["Ctrl", "Alt", "Shift"]);
/** A key of the bar that is held comes again: first after, then every so many ms. */
const REPEATS_AFTER = 450;
const REPEATS_EVERY = 70;

/** `output` has `here()`, `say(name, fields)`, `power(code)` and `back()`, which gives the keyboard to the console. */
export class KeyPanel {
  constructor(keyboard, output) {
    this.keyboard = keyboard;
    this.output = output;
    this.#makePanel();
    this.#makeBar();
    keyboard.latchesChanged = (latched) => this.#showLatched(latched);
    const coarse = matchMedia("(pointer: coarse)");
    const showBar = () => show({ on: true, off: false, auto: coarse.matches }[setting("bar")], $("keybar"));
    whenever("bar", showBar);
    coarse.addEventListener("change", showBar);
  }

  /** What the console and the server can carry. */
  supports({ consoles, power, canBreak, text }) {
    show(consoles && text, $("serial"));
    show(power, $("power"));
    for (const button of $("serial").querySelectorAll("button, select")) button.disabled = !canBreak;
    $("serial-about").textContent = canBreak ? "" : "The source of this console cannot carry a break.";
  }

  #button(name, act) {
    return make("button", { type: "button", onclick: act }, name);
  }

  #chord(name, key, code, modifiers) {
    return this.#button(name, () => {
      this.keyboard.tap(key, code, modifiers);
      this.output.back();
    });
  }

  #makePanel() {
    const harmful = async (question, action, act) => {
      if (await confirmed(question, action)) act();
      this.output.back();
    };
    $("chords").append(
      this.#button("Ctrl-Alt-Del", () =>
        harmful("Press Ctrl-Alt-Del? Many systems reboot at once.", "Press it", () =>
          this.keyboard.tap("Delete", "Delete", ["Control", "Alt"]),
        ),
      ),
      ...CHORDS.map((chord) => this.#chord(...chord)),
    );
    for (let i = 1; i <= 12; i++) {
      $("functions").append(this.#chord(`F${i}`, `F${i}`, `F${i}`, []));
      $("switches").append(this.#chord(`F${i}`, `F${i}`, `F${i}`, ["Control", "Alt"]));
    }
    const sysrq = make("select", { id: "sysrq-key", "aria-label": "SysRq key" });
    sysrq.append(...SYSRQ.map(([key, what]) => make("option", { value: key }, `${key}: ${what}`)));
    const send = () => {
      const [key, what, harms] = SYSRQ.find(([key]) => key === sysrq.value);
      const act = () => this.output.say("sysrq", { console: this.output.here()?.console ?? 0, key });
      if (harms) harmful(`Send SysRq ${key} (${what})? This cannot be taken back.`, "Send it", act);
      else act();
    };
    $("serial-keys").append(
      this.#button("Break", () => {
        this.output.say("break", { console: this.output.here()?.console ?? 0 });
        this.output.back();
      }),
      sysrq,
      this.#button("Send SysRq", send),
    );
    for (const [name, code] of POWER) {
      const ask = `${name} this machine? What is not saved may be lost.`;
      $("power-keys").append(this.#button(name, () => harmful(ask, name, () => this.output.power(code))));
    }
  }

  #makeBar() {
    const keyboard = make("button", { type: "button", "aria-label": "Keyboard", title: "Keyboard" }, icon("keyboard"));
    keyboard.addEventListener("click", () => this.output.toggleKeyboard());
    $("keybar").append(keyboard);
    for (const [name, key, code] of BAR) {
      const button = make("button", { type: "button" }, ARROWS.has(name) ? icon(name) : name);
      if (ARROWS.has(name)) button.setAttribute("aria-label", name);
      if (LATCHES.has(name)) {
        button.dataset.latch = key;
        button.setAttribute("aria-pressed", "false");
        button.addEventListener("click", () => this.keyboard.latch(key));
      } else {
        this.#repeating(button, () => this.keyboard.tap(key, code));
      }
      // The field keeps the focus, and with it the soft keyboard.
      button.addEventListener("pointerdown", (event) => event.preventDefault());
      $("keybar").append(button);
    }
  }

  #repeating(button, act) {
    let timer = 0;
    let repeated = false;
    const stop = () => clearTimeout(timer);
    const again = () => {
      repeated = true;
      act();
      timer = setTimeout(again, REPEATS_EVERY);
    };
    button.addEventListener("pointerdown", () => {
      repeated = false;
      timer = setTimeout(again, REPEATS_AFTER);
    });
    for (const name of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(name, stop);
    button.addEventListener("click", () => repeated || act());
    button.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  #showLatched(latched) {
    for (const button of $("keybar").querySelectorAll("[data-latch]")) {
      const how = latched.get(button.dataset.latch);
      button.setAttribute("aria-pressed", String(how !== undefined));
      button.dataset.how = how ?? "";
    }
  }
}
