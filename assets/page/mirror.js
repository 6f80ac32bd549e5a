// The text of a console, kept from the server's TEXT and LINES, and what of it is to be read aloud. No document is in
// here.

/** Lines kept; of those beyond, the ones furthest from the screen go. */
export const KEPT_MAX = 5_000;
/** New lines that are read aloud within SPOKEN_WITHIN, in ms; a flood is not listened to. */
export const SPOKEN_MAX = 25;
export const SPOKEN_WITHIN = 2_000;
/** How many lines of a program that draws its screen (an editor, a menu) are read aloud when they change. */
export const CHANGES_MAX = 3;

export class Mirror {
  /** By number: { text, goesOn }. Of the primary screen and its history. */
  lines = new Map();
  /** The alternate screen's, while it shows. */
  alternate = null;
  console = null;
  top = 0;
  rows = 0;
  cursor = { row: 0, column: 0 };
  /** The oldest line that the server still has, as far as is known. */
  oldest = 0;
  #newest = -1;

  /** Lines of the screen, from the first. */
  screen() {
    const [lines, top] = this.alternate ? [this.alternate, 0] : [this.lines, this.top];
    return Array.from({ length: this.rows }, (_, row) => ({ number: top + row, ...(lines.get(top + row) ?? EMPTY) }));
  }

  /** Takes a TEXT; what is to be read aloud, as texts of lines. */
  text(message) {
    const fresh = this.console !== message.console;
    if (fresh) this.clear(message.console);
    const switched = message.alternate !== (this.alternate !== null);
    if (switched) this.alternate = message.alternate ? new Map() : null;
    const { rows } = message;
    const lines = this.alternate ?? this.lines;
    const before = new Map(message.lines.map(({ number }) => [number, lines.get(number)?.text ?? ""]));
    for (const { number, text, goesOn } of message.lines) lines.set(number, { text, goesOn });
    const top = this.alternate ? 0 : message.top;
    if (!this.alternate) {
      // What is below the screen's last line has gone with a smaller screen.
      for (const number of lines.keys()) if (number >= top + rows) lines.delete(number);
    }
    const cursorWas = this.cursor;
    Object.assign(this, { top: message.top, rows, cursor: { row: message.row, column: message.column } });
    const at = top + message.row;
    const moved = cursorWas.row !== message.row;
    const spoken = this.alternate
      ? this.#changes(message, before, at, moved || switched)
      : this.#news(message, before, at, fresh || switched);
    this.#forget();
    return spoken;
  }

  /** Takes the answer to LINES. */
  history({ oldest, lines }) {
    this.oldest = oldest;
    for (const { number, text, goesOn } of lines) if (number < this.top) this.lines.set(number, { text, goesOn });
    this.#forget();
  }

  clear(console) {
    Object.assign(this, { lines: new Map(), alternate: null, console, top: 0, rows: 0, oldest: 0 });
    this.#newest = -1;
  }

  /** Whether there is more above what is here, or may be. */
  get goesFurtherBack() {
    return !this.alternate && this.lines.size > 0 && Math.min(...this.lines.keys()) > this.oldest;
  }

  /** Whole lines, as the guest wrote them: what the screen's width broke is joined. In pieces where lines are missing. */
  joined() {
    const all = this.alternate ? this.screen() : [...this.lines].map(([number, line]) => ({ number, ...line }));
    all.sort((a, b) => a.number - b.number);
    const out = [];
    let open = false;
    let last = -1;
    for (const { number, text, goesOn } of all) {
      const follows = number === last + 1;
      if (open && follows) out.at(-1).text += text;
      else out.push({ number, text, gap: !follows && out.length > 0 });
      open = goesOn;
      last = number;
    }
    // The blank rest of a screen is no text.
    while (out.length > 0 && out.at(-1).text === "" && out.at(-1).number > this.#cursorLine()) out.pop();
    return out;
  }

  #cursorLine() {
    return (this.alternate ? 0 : this.top) + this.cursor.row;
  }

  /** Of a program that writes line by line: lines that were not there, and what was added to the cursor's. */
  #news({ lines }, before, at, fresh) {
    const newest = this.#newest;
    const written = lines.filter(({ number, text }) => text !== "" || number <= at);
    this.#newest = Math.max(newest, at, ...written.map(({ number }) => number));
    if (fresh) return [this.lines.get(at)?.text ?? ""].filter(Boolean);
    const spoken = [];
    for (const { number, text } of lines) {
      if (number <= newest && number !== at) {
        // A line that was there already, above the cursor: what a command line left when Enter was pressed.
        if (number === newest || text.startsWith(before.get(number))) spoken.push(added(before.get(number), text));
      } else if (number > newest) {
        spoken.push(text);
      } else {
        spoken.push(added(before.get(number), text));
      }
    }
    return spoken.filter((text) => text.trim() !== "");
  }

  /** Of one that draws: the line the cursor came to, or a few that changed. */
  #changes({ lines }, before, at, moved) {
    if (moved) return [this.alternate.get(at)?.text ?? ""].filter((text) => text.trim() !== "");
    const changed = lines.filter(({ number, text }) => text !== before.get(number) && text.trim() !== "");
    return changed.slice(0, CHANGES_MAX).map(({ number, text }) => (number === at ? added(before.get(number), text) : text));
  }

  #forget() {
    if (this.lines.size <= KEPT_MAX) return;
    const oldestFirst = [...this.lines.keys()].sort((a, b) => a - b);
    for (const number of oldestFirst.slice(0, this.lines.size - KEPT_MAX)) this.lines.delete(number);
  }
}

const EMPTY = { text: "", goesOn: false };

/** Of what is new, what is read aloud: so much in any time, and of the rest how much it was, and its end. */
export class Speech {
  /** When the last ones were said. */
  #said = [];
  #held = 0;
  #newest = "";

  /** Takes new lines at `now`, in ms; those that are said at once. */
  take(lines, now) {
    const at = this.#held > 0 ? 0 : Math.min(lines.length, SPOKEN_MAX - this.#recent(now).length);
    this.#held += lines.length - at;
    if (at < lines.length) this.#newest = lines.at(-1);
    this.#said.push(...Array(at).fill(now));
    return lines.slice(0, at);
  }

  /** When `rest` has something to say; null while nothing is held back. */
  get due() {
    return this.#held > 0 ? this.#said[0] + SPOKEN_WITHIN : null;
  }

  /** What is said of those held back; as long as more come, that is all. */
  rest(now) {
    if (this.#held === 0 || now < this.due) return [];
    const said = [...(this.#held > 1 ? [`${this.#held - 1} more lines`] : []), this.#newest];
    this.#held = 0;
    this.#said = Array(SPOKEN_MAX).fill(now);
    return said;
  }

  #recent(now) {
    this.#said = this.#said.filter((at) => now - at < SPOKEN_WITHIN);
    return this.#said;
  }
}

/** What was added to a line, or taken away; all of it when it is another. */
export function added(before, now) {
  if (now.startsWith(before)) return now.slice(before.length);
  if (before.startsWith(now)) return `${before.slice(now.length).trim()} deleted`;
  return now;
}

/** Pieces of a text, with `url` for those that are links. Only https, and no more than a browser would show. */
export function links(text) {
  const pieces = [];
  let at = 0;
  for (const match of text.matchAll(/https:\/\/[^\s<>"'`\\^{|}]{3,2000}/g)) {
    // What ends a sentence is no part of an address, nor is a bracket that was opened before it.
    let url = match[0].replace(/[.,;:!?]+$/, "");
    while (url.endsWith(")") && url.split("(").length < url.split(")").length) url = url.slice(0, -1).replace(/[.,;:!?]+$/, "");
    if (URL.canParse?.(url) === false) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ text: url, url });
    at = match.index + url.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}
