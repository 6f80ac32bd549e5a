// The guest's sound, which browsers want a click for.

import { $ } from "./dom.js";

/** Lag, and what is left out, in s. */
const BEHIND = 0.1;
const TOO_LATE = 0.6;

export class Sound {
  #context = null;
  #session = null;
  #next = 0;

  constructor() {
    $("sound").addEventListener("click", () => this.#toggle());
  }

  supports(session) {
    $("sound").hidden = !session;
    if (session === this.#session) return;
    this.#session = session;
    this.#listen();
  }

  heard(bytes) {
    const context = this.#context;
    if (!context || bytes.length < 4) return;
    if (this.#next < context.currentTime) this.#next = context.currentTime + BEHIND;
    if (this.#next > context.currentTime + TOO_LATE) return;
    const buffer = context.createBuffer(2, bytes.length >> 2, this.#rate);
    for (let channel = 0; channel < 2; channel++) {
      const samples = buffer.getChannelData(channel);
      for (let i = 0, at = 2 * channel; i < samples.length; i++, at += 4) {
        samples[i] = ((bytes[at] | (bytes[at + 1] << 8)) << 16) / 2 ** 31;
      }
    }
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.start(this.#next);
    this.#next += buffer.duration;
  }

  /** This computer's own, so that pieces join without a click. */
  get #rate() {
    return Math.min(this.#context.sampleRate, 48_000);
  }

  #toggle() {
    this.#context?.close();
    this.#context = this.#context ? null : new AudioContext();
    this.#next = 0;
    $("sound").setAttribute("aria-pressed", String(this.#context !== null));
    this.#listen();
  }

  #listen() {
    this.#session?.listen(this.#context ? this.#rate : 0);
  }
}
