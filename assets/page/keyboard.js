// Keys of the browser become keys of the guest. A key goes by what it types (its keysym), as consoles want it, and with
// the place where it lies (its scancode), for proxied screens. What is composed (dead keys, input methods, the soft
// keyboards of phones) has no keys; it comes as text into a field that nobody sees.

import { setting } from "./settings.js";
import { keysymOf, keysymOfCharacter, plainKey, scancodeOf } from "./keysyms.js";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const WINDOWS = /Win/.test(navigator.platform);

/** Windows has AltGr as Control and Alt; they come this close together, in ms. */
const ALT_GR_WITHIN = 30;
/** What the unseen field holds, so that a soft keyboard has something to delete. */
const FILLING = "\u00a0".repeat(8);

/** Modifiers by name. */
const MODIFIERS = { Shift: 0xffe1, Control: 0xffe3, Alt: 0xffe9, Meta: 0xffeb };
const MODIFIER_CODES = { Shift: "ShiftLeft", Control: "ControlLeft", Alt: "AltLeft", Meta: "MetaLeft" };
const CAPS_LOCK = keysymOf("CapsLock");
const NUM_LOCK = keysymOf("NumLock");

/**
 * `output.key(down, keysym, scancode)` is what comes out, while `output.open()` has somewhere for it to go: else the keys
 * are the browser's. `output.leave()` takes the keyboard away to the page's own
 * controls.
 */
export class Keyboard {
  /** What is held down, by the place of the key: its keysym. */
  #held = new Map();
  /** Modifiers of the keys on the screen, for the next key: "once", or "locked" until they are let go. */
  #latched = new Map();
  #heldBack = null;
  #composing = null;
  /** Whether the last key was a soft keyboard's, which lies nowhere; those of phones send no others. */
  #soft = true;
  #leds = null;

  constructor(field, output) {
    this.field = field;
    this.output = output;
    this.latchesChanged = () => {};
    field.value = FILLING;
    const on = (name, act) => field.addEventListener(name, act.bind(this));
    on("keydown", this.#down);
    on("keyup", this.#up);
    on("beforeinput", this.#beforeInput);
    on("input", this.#input);
    on("compositionstart", this.#compositionStart);
    on("compositionend", this.#compositionEnd);
    on("blur", this.releaseAll);
    window.addEventListener("blur", () => this.releaseAll());
    document.addEventListener("visibilitychange", () => document.hidden && this.releaseAll());
  }

  /** The guest's lights: known only where the server tells. */
  setLeds(leds) {
    this.#leds = leds;
  }

  /** A key of the page: pressed and released, with what is latched and `modifiers`. */
  tap(key, code = "", modifiers = []) {
    this.#stroke(keysymOf(key), scancodeOf(code), modifiers);
  }

  /** Types text as keys. */
  type(text) {
    for (const character of text) {
      const keysym = keysymOfCharacter(character.codePointAt(0));
      if (keysym) this.#stroke(keysym, 0);
    }
  }

  #stroke(keysym, scancode, modifiers = []) {
    const held = [...new Set([...this.#latched.keys(), ...modifiers])];
    for (const name of held) this.output.key(true, MODIFIERS[name], scancodeOf(MODIFIER_CODES[name]));
    this.output.key(true, keysym, scancode);
    this.output.key(false, keysym, scancode);
    for (const name of held.reverse()) this.output.key(false, MODIFIERS[name], scancodeOf(MODIFIER_CODES[name]));
    this.#unlatch();
  }

  /** Steps a modifier of the screen: off, for the next key, until let go, off. */
  latch(name) {
    const next = { undefined: "once", once: "locked" }[this.#latched.get(name)];
    if (next) this.#latched.set(name, next);
    else this.#latched.delete(name);
    this.latchesChanged(this.#latched);
  }

  #unlatch() {
    for (const [name, how] of this.#latched) if (how === "once") this.#latched.delete(name);
    this.latchesChanged(this.#latched);
  }

  /** Nothing stays stuck: whoever leaves lets go. */
  releaseAll() {
    this.#dropHeldBack();
    for (const code of [...this.#held.keys()]) this.#release(code);
  }

  #press(code, keysym) {
    this.#held.set(code, keysym);
    this.output.key(true, keysym, scancodeOf(code));
  }

  #release(code) {
    const keysym = this.#held.get(code);
    if (keysym === undefined) return;
    this.#held.delete(code);
    this.output.key(false, keysym, scancodeOf(code));
  }

  #down(event) {
    const { key, code } = event;
    this.#soft = code === "";
    if (!this.output.open()) return;
    if (event.isComposing || event.keyCode === 229 || ["Dead", "Process", "Unidentified"].includes(key)) {
      this.#dropHeldBack(true);
      return;
    }
    // The browser brings what is pasted as an event of its own, and asks nobody.
    if (pastes(event)) return;
    if (key === "F6" && event.ctrlKey) {
      event.preventDefault();
      this.releaseAll();
      this.output.leave();
      return;
    }
    // The system's own shortcuts of a Mac stay the Mac's.
    if (MAC && event.metaKey && key !== "Meta") return;
    event.preventDefault();
    if (WINDOWS && code === "ControlLeft" && !event.repeat) {
      this.#holdBack(event);
      return;
    }
    const altGr = this.#heldBack && code === "AltRight" && event.timeStamp - this.#heldBack.at < ALT_GR_WITHIN;
    this.#dropHeldBack(!altGr);
    const keysym = altGr ? keysymOf("AltGraph") : this.#keysym(event);
    if (!keysym) return;
    const place = code || key;
    // Windows repeats both halves of AltGr.
    if (event.repeat && Object.hasOwn(MODIFIERS, key) && !this.#held.has(place)) return;
    this.#matchLeds(event, keysym);
    if (MAC && key === "CapsLock") {
      // It comes down when it goes on and up when it goes off.
      this.#stroke(keysym, scancodeOf(code));
      return;
    }
    if (this.#latched.size > 0 && !Object.hasOwn(MODIFIERS, key)) this.#stroke(keysym, scancodeOf(code));
    else this.#press(place, keysym);
  }

  #up(event) {
    if (!this.output.open()) return;
    this.#dropHeldBack(true);
    event.preventDefault();
    if (MAC && event.key === "CapsLock") this.#stroke(CAPS_LOCK, scancodeOf("CapsLock"));
    // A Mac does not tell of keys that go up while Command is held.
    if (MAC && event.key === "Meta") this.releaseAll();
    else this.#release(event.code || event.key);
  }

  #keysym(event) {
    const { key, code, location, shiftKey } = event;
    if (MAC && setting("option") === "alt") {
      if (event.altKey && plainKey(code, shiftKey)) return keysymOf(plainKey(code, shiftKey));
    } else if (MAC && key === "Alt") {
      return keysymOf("AltGraph");
    }
    return keysymOf(key, location);
  }

  #holdBack(event) {
    const timer = setTimeout(() => this.#dropHeldBack(true), ALT_GR_WITHIN);
    this.#heldBack = { at: event.timeStamp, timer };
  }

  /** Control was held back until it was clear that it is not AltGr's. */
  #dropHeldBack(send = false) {
    if (!this.#heldBack) return;
    clearTimeout(this.#heldBack.timer);
    this.#heldBack = null;
    if (send) this.#press("ControlLeft", MODIFIERS.Control);
  }

  /** Brings the guest's locks in step with ours, where it has shown them. */
  #matchLeds(event, keysym) {
    if (!this.#leds || !event.getModifierState || MAC) return;
    for (const [led, state, lock, code] of [
      ["caps", "CapsLock", CAPS_LOCK, "CapsLock"],
      ["num", "NumLock", NUM_LOCK, "NumLock"],
    ]) {
      if (keysym === lock || event.getModifierState(state) === this.#leds[led]) continue;
      this.#leds[led] = !this.#leds[led];
      this.output.key(true, lock, scancodeOf(code));
      this.output.key(false, lock, scancodeOf(code));
    }
  }

  // Text without keys.

  #beforeInput(event) {
    if (event.inputType === "insertLineBreak" || event.inputType === "insertParagraph") {
      event.preventDefault();
      this.tap("Enter", "Enter");
    } else if (event.inputType === "insertFromPaste" || event.inputType === "insertFromDrop") {
      event.preventDefault();
    }
  }

  #compositionStart() {
    this.#composing = "";
  }

  /**
   * Soft keyboards compose whole words; these are typed as they grow. What dead keys and input methods show before they
   * are done is no text yet: only its end is typed.
   */
  #input() {
    const text = this.field.value;
    if (this.#composing !== null) {
      const now = text.replace(FILLING, "");
      if (this.#soft && /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}\p{P}\p{S}\s]*$/u.test(now)) this.#compose(now);
      return;
    }
    if (text.startsWith(FILLING)) {
      this.type(text.slice(FILLING.length));
    } else {
      for (let missing = FILLING.length - [...text].filter((c) => c === "\u00a0").length; missing > 0; missing--) {
        this.tap("Backspace", "Backspace");
      }
      this.type(text.replace(/\u00a0/g, ""));
    }
    this.field.value = FILLING;
  }

  #compositionEnd(event) {
    this.#compose(event.data);
    this.#composing = null;
    this.field.value = FILLING;
  }

  #compose(now) {
    const [before, after] = [Array.from(this.#composing ?? ""), Array.from(now)];
    let same = 0;
    while (same < before.length && before[same] === after[same]) same++;
    for (let i = same; i < before.length; i++) this.tap("Backspace", "Backspace");
    this.type(after.slice(same).join(""));
    this.#composing = now;
  }
}

/** What the browser takes for a paste: Shift-Insert, Control-Shift-V, and a Mac's Command-V. */
function pastes({ key, code, ctrlKey, shiftKey, altKey, metaKey }) {
  if (altKey) return false;
  if (MAC) return metaKey && code === "KeyV";
  return (shiftKey && !ctrlKey && key === "Insert") || (ctrlKey && shiftKey && code === "KeyV");
}
