// Small helpers for the document.

/** The element with this id. The page has them all, so a missing one is a mistake of ours. */
export const $ = (id) => document.getElementById(id);

/** An element: `make("button", { type: "button", onclick }, "Text", child)`. Names with a dash are attributes. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** A picture of icons.svg; what it means is said by the control it is in. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Shows or hides elements. */
export function show(shown, ...elements) {
  for (const element of elements) element.hidden = !shown;
}

const NOTE_FOR = 6_000;
const NOTES_MAX = 4;

/**
 * A note that goes by itself, or waits for one of `actions`: names of buttons, and what they do. Returns how to take it
 * away.
 */
export function note(words, { warning = false, actions = null } = {}) {
  const element = make("div", { className: warning ? "note warning" : "note" }, make("span", {}, words));
  const close = () => element.remove();
  for (const [name, act] of Object.entries(actions ?? {})) {
    element.append(make("button", { type: "button", onclick: () => (close(), act()) }, name));
  }
  const notes = $("notes");
  notes.append(element);
  while (notes.children.length > NOTES_MAX) notes.firstElementChild.remove();
  if (!actions) setTimeout(close, NOTE_FOR);
  return close;
}

/**
 * Asks before something that cannot be taken back. The answer is taken from the press itself: a dialog's `close` event comes
 * later, and would be taken for the answer to a question that was asked in between.
 */
export function confirmed(question, action) {
  const dialog = $("confirm");
  $("question").textContent = question;
  $("sure").textContent = action;
  dialog.showModal();
  return new Promise((resolve) => {
    const heard = new AbortController();
    const answered = ({ submitter }) => {
      heard.abort();
      resolve(submitter?.value === "yes");
    };
    dialog.addEventListener("submit", answered, { signal: heard.signal });
    dialog.addEventListener("cancel", answered, { signal: heard.signal });
  });
}
