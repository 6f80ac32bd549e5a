// What the user can choose, kept in this browser. A setting is one row; its form, its keeping and the attribute of the
// document that style.css looks at follow from it.

import { $, make } from "./dom.js";

const SETTINGS = [
  { name: "theme", label: "Colours", values: { auto: "As the system", dark: "Dark", light: "Light", contrast: "High contrast" } },
  { name: "text", label: "Size of text and controls", values: { normal: "Normal", large: "Large" } },
  {
    name: "scaling",
    label: "Picture",
    values: { crisp: "Sharp", fill: "As large as fits", one: "Pixel for pixel" },
    about: "Sharp enlarges in whole steps.",
  },
  {
    name: "size",
    label: "Size of the console",
    values: { server: "The server decides", window: "Asked for: this window" },
    about: "Where the server allows it, text is drawn anew for this window.",
  },
  { name: "reader", label: "Screen reader", values: { off: "Off", on: "Read new text aloud" }, needs: "consoles" },
  {
    name: "option",
    label: "Option key",
    values: { characters: "Types characters", alt: "Is Alt" },
    only: /Mac/.test(navigator.platform),
  },
  { name: "bell", label: "Bell", values: { flash: "Flashes", sound: "Flashes and sounds", off: "Off" } },
  { name: "bar", label: "Keys on the screen", values: { auto: "On touch screens", on: "Always", off: "Never" } },
];

const KEY = "vncterm";
const changed = new EventTarget();
const chosen = read();

function read() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    // Nothing is kept where storage is off, and what others wrote there means nothing.
  }
  return Object.fromEntries(
    SETTINGS.map(({ name, values }) => [name, Object.hasOwn(values, kept[name]) ? kept[name] : Object.keys(values)[0]]),
  );
}

export const setting = (name) => chosen[name];

export function choose(name, value) {
  chosen[name] = value;
  document.documentElement.dataset[name] = value;
  const field = document.querySelector(`#settings [name="${name}"]`);
  if (field) field.value = value;
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // Then it holds until the page is closed.
  }
  changed.dispatchEvent(new Event(name));
}

/** Calls `act(value)` now and whenever the setting changes. */
export function whenever(name, act) {
  changed.addEventListener(name, () => act(chosen[name]));
  act(chosen[name]);
}

/** Makes the form. */
export function showSettings() {
  for (const { name, label, values, about, needs, only = true } of SETTINGS) {
    document.documentElement.dataset[name] = chosen[name];
    if (!only) continue;
    const id = `setting-${name}`;
    const options = Object.entries(values).map(([value, text]) => make("option", { value }, text));
    const select = make("select", { id, name, onchange: () => choose(name, select.value) }, ...options);
    select.value = chosen[name];
    const field = make("p", { className: "field" }, make("label", { for: id }, label), select);
    if (about) {
      select.setAttribute("aria-describedby", `${id}-about`);
      field.append(make("small", { id: `${id}-about` }, about));
    }
    if (needs) field.dataset.needs = needs;
    $("settings").append(field);
  }
}
