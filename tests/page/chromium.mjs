// Chromium without a window, driven over the pipe of its DevTools protocol: what a test of the page needs, no more.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** axe-core, where AXE names its axe.min.js. */
const AXE = process.env.AXE ? readFileSync(process.env.AXE, "utf8") : null;

/** How long the page may take for anything, in ms. */
const PATIENCE = 30_000;

export async function eventually(what, look) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** One page in a browser of its own, with a fresh profile. */
export class Page {
  #process;
  #profile;
  #calls = new Map();
  #last = 0;
  #session;
  /** What the page said on its console, and errors nobody caught. */
  said = [];

  static async open(url, { width = 1280, height = 800, scale = 1, touch = false, media = {}, trusts = false } = {}) {
    const page = new Page();
    page.#profile = mkdtempSync(join(tmpdir(), "vncterm-page-"));
    const options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--force-color-profile=srgb"];
    // Of an authority that nobody knows: what is looked at is what is said within TLS.
    if (trusts) options.push("--ignore-certificate-errors");
    const profile = `--user-data-dir=${page.#profile}`;
    const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"];
    page.#process = spawn("chromium", [...options, profile, "--remote-debugging-pipe", "about:blank"], { stdio });
    page.#listen();
    const { targetInfos } = await page.#call("Target.getTargets");
    const { targetId } = targetInfos.find(({ type }) => type === "page");
    ({ sessionId: page.#session } = await page.#call("Target.attachToTarget", { targetId, flatten: true }));
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.call(`${domain}.enable`);
    await page.resize({ width, height, scale, touch });
    await page.media(media);
    await page.go(url);
    return page;
  }

  #listen() {
    let rest = Buffer.alloc(0);
    this.#process.stdio[4].on("data", (data) => {
      rest = Buffer.concat([rest, data]);
      for (let end; (end = rest.indexOf(0)) >= 0; rest = rest.subarray(end + 1)) {
        this.#message(JSON.parse(rest.subarray(0, end)));
      }
    });
  }

  #message({ id, result, error, method, params }) {
    if (id) {
      const { resolve, reject } = this.#calls.get(id);
      this.#calls.delete(id);
      if (error) reject(new Error(error.message));
      else resolve(result);
    } else if (method === "Runtime.consoleAPICalled") {
      this.said.push(params.args.map(({ value, description }) => value ?? description).join(" "));
    } else if (method === "Runtime.exceptionThrown") {
      this.said.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    } else if (method === "Log.entryAdded") {
      this.said.push(`${params.entry.text} ${params.entry.url ?? ""}`);
    }
  }

  #call(method, params = {}, sessionId = undefined) {
    const id = ++this.#last;
    this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
  }

  /** A call of the DevTools protocol. */
  call(method, params) {
    return this.#call(method, params, this.#session);
  }

  async go(url) {
    await this.call("Page.navigate", { url });
    await eventually(`${url} to load`, () => this.run("document.readyState === 'complete' && location.href !== 'about:blank'"));
  }

  async resize({ width, height, scale = 1, touch = false }) {
    await this.call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: scale, mobile: touch });
    await this.call("Emulation.setTouchEmulationEnabled", { enabled: touch, maxTouchPoints: touch ? 2 : 1 });
  }

  /** `{ "prefers-color-scheme": "dark" }`. */
  async media(features) {
    const list = Object.entries(features).map(([name, value]) => ({ name, value }));
    await this.call("Emulation.setEmulatedMedia", { features: list });
  }

  /** Runs an expression in the page; its value, once it is there. */
  async run(expression) {
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  until(what, expression) {
    return eventually(what, () => this.run(expression));
  }

  /** Presses and releases a key: `key("Enter", "Enter")`; `modifiers`: 1 Alt, 2 Control, 4 Meta, 8 Shift. */
  async key(key, code, { modifiers = 0, isKeypad = false } = {}) {
    const text = key === "Enter" ? "\r" : key.length === 1 && (modifiers & 7) === 0 ? key : undefined;
    for (const type of ["keyDown", "keyUp"]) {
      await this.call("Input.dispatchKeyEvent", { type, key, code, modifiers, isKeypad, text: type === "keyDown" ? text : undefined });
    }
  }

  async type(text) {
    for (const character of text) await this.key(character, /[a-z]/i.test(character) ? `Key${character.toUpperCase()}` : "");
  }

  async click(selector) {
    const { x, y } = await this.run(
      `(() => { const r = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect(); return { x: r.x + r.width / 2, y: r.y + r.height / 2 }; })()`,
    );
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.call("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    }
  }

  /** What axe-core finds wrong with the page as it is now; nothing without it. */
  async faults() {
    if (!AXE) return [];
    await this.run(AXE);
    return this.run("axe.run().then((r) => r.violations.map((v) => `${v.impact} ${v.id} ${v.nodes[0].html}`))");
  }

  async screenshot(file) {
    const { data } = await this.call("Page.captureScreenshot", { format: "png" });
    writeFileSync(file, Buffer.from(data, "base64"));
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    await this.#call("Browser.close").catch(() => {});
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
