// The page: puts its parts together. Each part knows its own elements; what one has to say to another goes through here.

import { CONSOLES, PEOPLE, TEXT } from "../rfb/console.js";
import { Clipboard } from "./clipboard.js";
import { Connection } from "./connection.js";
import { $, note, show } from "./dom.js";
import { Keyboard } from "./keyboard.js";
import { KeyPanel } from "./keypanel.js";
import { Panels } from "./panels.js";
import { People } from "./people.js";
import { Pointer } from "./pointer.js";
import { Screen } from "./screen.js";
import { Sound } from "./sound.js";
import { choose, setting, showSettings } from "./settings.js";
import { Status } from "./status.js";
import { Text } from "./text.js";

showSettings();

/** What the connection tells; `opened` of each new one, before anything else. */
const hooks = {
  opened({ name }) {
    screen.show(connection.session);
    people.reset();
    text.reset();
    hooks.named(name);
    hooks.state("open", {});
    // Whoever has logged in, or has waited, goes on typing.
    if (document.activeElement === document.body) focusConsole();
  },
  named(name) {
    guest = name;
    showTitle();
  },
  resized: () => screen.resized(),
  painted: () => screen.painted(),
  cursor: (shape) => screen.setPointer(shape),
  leds: (leds) => keyboard.setLeds(leds),
  cutText: (cut) => clipboard.cut(cut),
  bell: () => ring(),
  sizeRefused() {
    screen.refused();
    note("The server keeps the size of its console.");
  },
  sound: (samples) => sound.heard(samples),
  powerFailed: () => note("Nothing came of that power button. The server's log may say why.", { warning: true }),
  supports() {
    if (!connection.session) return;
    const { has } = connection.session;
    if (has.consoles && topics === 0) subscribe();
    showSupported();
    if (has.resizing && !askedForSize) {
      askedForSize = true;
      screen.askForSize();
    }
  },
  console(name, message) {
    CONSOLE_EVENTS[name]?.(message);
  },
  state(name, details) {
    if (name !== "open") {
      topics = 0;
      askedForSize = false;
      keyboard.setLeds(null);
      people.away();
      // What is held now is not held of the next one.
      keyboard.releaseAll();
    }
    document.documentElement.dataset.state = name;
    status.show(name, details);
    showSupported();
  },
};

const CONSOLE_EVENTS = {
  refused: ({ reason }) => note(reason, { warning: true }),
  note: ({ text: words, warning }) => note(words, { warning }),
  console: (message) => people.console(message),
  gone: (message) => people.gone(message),
  here: (message) => people.nowHere(message),
  people: (message) => people.people(message),
  text: (message) => text.text(message),
  lines: (message) => text.lines(message),
  found: (message) => text.found(message),
};

let guest = "";
/** What the server has been asked to tell. */
let topics = 0;
let textWanted = false;
let askedForSize = false;

const connection = new Connection(hooks);
const say = (name, fields) => connection.session?.say(name, fields);
const status = new Status(connection);
const screen = new Screen();
const field = $("field");
const keyboard = new Keyboard(field, {
  open: () => connection.session !== null,
  key(down, keysym, scancode) {
    connection.session?.key(down, keysym, scancode);
    if (down && isText(keysym) && !people.writes) sayWhyNot();
  },
  leave: () => $("tools").querySelector("button:not([hidden], :disabled)").focus(),
});
new Pointer(screen, {
  pointer: (x, y, buttons) => connection.session?.pointer(x, y, buttons),
  touched: () => focusConsole(),
});
const clipboard = new Clipboard(field, {
  writes() {
    if (!people.writes) sayWhyNot();
    return people.writes;
  },
  offer: (cut) => connection.session?.cutText.offer(cut),
  pasteKey() {
    keyboard.releaseAll();
    keyboard.tap(...(people.here?.kind === "graphical" ? ["p", "KeyP", ["Control", "Alt"]] : ["Insert", "Insert", ["Shift"]]));
    focusConsole();
  },
});
const sound = new Sound();
const people = new People(say);
const text = new Text(say, (wanted) => {
  textWanted = wanted;
  if (topics !== 0) subscribe();
});
const keys = new KeyPanel(keyboard, {
  here: () => people.here,
  say,
  power: (code) => connection.session?.power(code),
  back: () => focusConsole(),
  toggleKeyboard: () => (document.activeElement === field ? field.blur() : focusConsole()),
});
const panels = new Panels({ text: (open) => text.open(open) }, () => focusConsole());
clipboard.openBox = () => panels.open("clipboard");
text.copied = (words) => clipboard.copy(words);
people.changed = () => {
  showSupported();
  showTitle();
};

const isText = (keysym) => keysym < 0xff00 || keysym >= 0x01000000;
/** How long the same is not said again of what is typed in vain, in ms. */
const SAID_FOR = 10_000;
let said = { words: "", at: 0 };

function sayWhyNot() {
  const [words, at] = [people.whyNot, performance.now()];
  if (words === said.words && at - said.at < SAID_FOR) return;
  said = { words, at };
  note(words, { warning: true });
}

function focusConsole() {
  field.focus({ preventScroll: true });
}

function subscribe() {
  const wanted = CONSOLES | PEOPLE | (textWanted ? TEXT : 0);
  if (wanted === topics) return;
  topics = wanted;
  say("subscribe", { topics });
}

/** What the server cannot do is not on the page. */
function showSupported() {
  const has = connection.session?.has ?? {};
  const { consoles = false, power = false } = has;
  for (const element of document.querySelectorAll("[data-needs=consoles]")) element.hidden = !consoles;
  sound.supports(has.sound ? connection.session : null);
  const { here } = people;
  keys.supports({ consoles, power, canBreak: here?.can.break ?? false, text: here?.kind === "text" });
  if (!consoles && panels.shows("text", "people")) panels.close();
  document.documentElement.dataset.writes = String(people.writes);
}

/** The guest first: the rest of a title is cut off where there are many windows. */
function showTitle() {
  const named = guest || "vncterm";
  $("guest").textContent = named;
  const title = people.here?.title;
  $("title").textContent = title && !guest.includes(title) ? title : "";
  document.title = document.hidden && rang ? `● ${named}` : named;
}

let rang = false;
let beeper;
document.addEventListener("visibilitychange", () => {
  rang = false;
  showTitle();
});

function ring() {
  if (setting("bell") === "off") return;
  rang = document.hidden;
  showTitle();
  $("frame").classList.remove("rings");
  requestAnimationFrame(() => $("frame").classList.add("rings"));
  if (setting("bell") === "sound") beep();
}

function beep() {
  beeper ??= new AudioContext();
  const [tone, volume] = [beeper.createOscillator(), beeper.createGain()];
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.1, beeper.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, beeper.currentTime + 0.15);
  tone.connect(volume).connect(beeper.destination);
  tone.start();
  tone.stop(beeper.currentTime + 0.15);
}

// Full screen, where the system's own chords can be had too (Keyboard Lock, in Chromium).
show(document.fullscreenEnabled, $("full"));
$("full").addEventListener("click", async () => {
  if (document.fullscreenElement) {
    await document.exitFullscreen();
    return;
  }
  await document.documentElement.requestFullscreen();
  await navigator.keyboard?.lock?.().catch(() => note("The browser keeps some keys for itself."));
  focusConsole();
});
document.addEventListener("fullscreenchange", () => {
  const full = document.fullscreenElement !== null;
  $("full").setAttribute("aria-pressed", String(full));
  if (!full) navigator.keyboard?.unlock?.();
});

// A click beside the picture is no reason to take the keyboard away.
$("stage").addEventListener("click", () => focusConsole());
// iOS lays its keyboard over the page.
visualViewport?.addEventListener("resize", () => {
  document.body.style.height = `${visualViewport.height * visualViewport.scale}px`;
});

$("larger").addEventListener("click", () => screen.zoomIn());
$("smaller").addEventListener("click", () => screen.zoomOut());
$("reader").addEventListener("click", () => {
  choose("reader", "on");
  note("New text is read aloud. Control F6 leaves the console, and the Text panel has its history.");
  focusConsole();
});

/** A token comes behind the #, which browsers send to nobody, and does not stay in the address. */
function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return false;
  history.replaceState(null, "", location.pathname + location.search);
  connection.login({ token });
  return true;
}

takeToken();
// A link that is opened where the page is already does not load it again.
window.addEventListener("hashchange", () => takeToken() && connection.connect());
focusConsole();
connection.connect();
