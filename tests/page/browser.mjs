// The page in Chromium, before a server of made-up consoles: `node --test tests/page/browser.mjs`. With AXE naming
// axe-core's axe.min.js, each state of the page is examined by it, too.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Page, eventually } from "./chromium.mjs";
import { start } from "./server.mjs";

let server;
let page;

before(async () => {
  server = await start();
  page = await Page.open(`${server.url}#token=secret`);
  await opened();
});

after(async () => {
  await page?.close();
  await server?.close();
});

const opened = () => page.until("a connection", "document.documentElement.dataset.state === 'open'");
const viewer = () => [...server.viewers].at(-1);
const heard = (name) => server.heard.filter(([what]) => what === name).map(([, ...values]) => values);
const text = (selector) => page.run(`document.querySelector(${JSON.stringify(selector)}).textContent`);
const press = (selector) => page.run(`document.querySelector(${JSON.stringify(selector)}).click()`);

/** What the server hears of `name` while `act` runs, once there are `count`. */
async function hears(name, count, act) {
  const from = heard(name).length;
  await act();
  await eventually(`${count} of ${name}`, () => heard(name).length >= from + count);
  return heard(name).slice(from);
}

async function examined(what) {
  assert.deepEqual(await page.faults(), [], what);
}

const CONTROL = 0xffe3;
const SHIFT = 0xffe1;
const strokes = (...keysyms) => keysyms.flatMap((keysym) => [[true, keysym], [false, keysym]]);

test("a token goes as a subprotocol, and is not left in the address", async () => {
  assert.deepEqual(server.protocols, ["binary, vncterm.token.secret"]);
  assert.equal(await page.run("location.href"), server.url);
});

test("the picture is the server's, pixel for pixel, and fills the window", async () => {
  await page.resize({ width: 700, height: 460 });
  const colors = "[10, 370].map((y) => [...document.querySelector('#picture').getContext('2d').getImageData(5, y, 1, 1).data])";
  await page.until("the picture in its own size", "document.querySelector('#picture').width === 640");
  assert.deepEqual(await page.run(colors), [[13, 15, 18, 255], [4, 38, 47, 255]]);
  await page.resize({ width: 1290, height: 830 });
  const size = "(({ width, height }) => [width, height])(document.querySelector('#picture').getBoundingClientRect())";
  await page.until("twice its size", `String(${size}) === '1280,768'`);
});

test("the guest's name comes first", async () => {
  assert.equal(await page.run("document.title"), "db1");
  await page.until("the title", "document.querySelector('#title').textContent === 'root@db1: ~'");
});

test("keys: characters, names, modifiers", async () => {
  assert.deepEqual(await hears("key", 2, () => page.key("a", "KeyA")), strokes(0x61));
  assert.deepEqual(await hears("key", 2, () => page.key("я", "KeyZ")), strokes(0x0100044f));
  assert.deepEqual(await hears("key", 2, () => page.key("Enter", "NumpadEnter", { isKeypad: true })), strokes(0xff8d));
  assert.deepEqual(await hears("key", 2, () => page.key("F12", "F12")), strokes(0xffc9));
  assert.deepEqual(await hears("key", 2, () => page.key("w", "KeyW", { modifiers: 2 })), strokes(0x77));
});

/** Shows `text` as what is being composed, as dead keys, input methods and soft keyboards do. */
const compose = (text) => page.call("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
/** A key that something takes to compose with; those of soft keyboards lie nowhere. */
const composes = (key, code) => page.call("Input.dispatchKeyEvent", { type: "rawKeyDown", key, code, windowsVirtualKeyCode: 229 });

test("of what a physical keyboard composes, only the end is typed", async () => {
  // A dead key shows its accent before the letter comes; an input method may show Latin letters, and be left.
  const typed = await hears("key", 4, async () => {
    await composes("Dead", "Equal");
    await compose("´");
    await page.call("Input.insertText", { text: "é" });
    await composes("Process", "KeyN");
    await compose("n");
    await composes("Process", "KeyI");
    await compose("ni");
    await compose("");
    await page.key("x", "KeyX");
  });
  assert.deepEqual(typed, strokes(0xe9, 0x78));
});

test("what is composed is typed at the end, or as a soft keyboard has it grow", async () => {
  await composes("Unidentified", "");
  const kana = await hears("key", 4, async () => {
    await compose("に");
    await compose("にほ");
    await page.call("Input.insertText", { text: "日本" });
  });
  assert.deepEqual(kana, strokes(0x010065e5, 0x0100672c));
  // A soft keyboard corrects what it has shown.
  const word = await hears("key", 10, async () => {
    await compose("te");
    await compose("teh");
    await compose("the");
    await page.call("Input.insertText", { text: "the" });
  });
  assert.deepEqual(word, strokes(0x74, 0x65, 0x68, 0xff08, 0xff08, 0x68, 0x65).slice(0, word.length));
  assert.equal(word.length, 14);
  assert.deepEqual(await hears("key", 2, () => page.call("Input.insertText", { text: "é" })), strokes(0xe9));
});

test("no key stays down when the page loses the keyboard", async () => {
  const keys = await hears("key", 2, async () => {
    await page.call("Input.dispatchKeyEvent", { type: "keyDown", key: "Control", code: "ControlLeft", modifiers: 2 });
    await page.run("document.activeElement.blur()");
  });
  assert.deepEqual(keys, strokes(CONTROL));
  await page.call("Input.dispatchKeyEvent", { type: "keyUp", key: "Control", code: "ControlLeft" });
  await page.run("document.querySelector('#field').focus()");
});

test("Control F6 leads out of the console, and Escape back from a panel", async () => {
  await page.key("F6", "F6", { modifiers: 2 });
  assert.equal(await page.run("document.activeElement.id"), "writer");
  await press("#open-keys");
  await examined("keys");
  await page.key("Escape", "Escape");
  assert.equal(await page.run("document.activeElement.id"), "field");
});

test("consoles have tabs, and are switched with them", async () => {
  assert.equal(await text("#consoles [aria-current]"), "1uart");
  assert.deepEqual(await hears(16, 1, () => press("#consoles button:nth-child(2)")), [[0, 0, 0, 2]]);
  await page.until("the other console", "document.querySelector('#consoles [aria-current]').textContent.includes('hvc0')");
  await hears(16, 1, () => press("#consoles button:nth-child(1)"));
});

test("who types can be seen, taken, answered and given back", async () => {
  await hears(32, 1, () => press("#writer"));
  await page.until("the word", "document.querySelector('#writer').textContent === 'You type'");
  viewer().people(1, 2);
  await page.until("the question", "document.querySelector('.note')?.textContent.includes('bob wants to type')");
  await examined("a question");
  assert.deepEqual(await hears(34, 1, () => press(".note button:last-child")), [[0, 0, 0, 2, 0]]);
  viewer().people(2);
  await page.until("the way to ask", "document.querySelector('#writer').textContent === 'Ask to type'");
  await page.key("x", "KeyX");
  await page.until("why not", "document.querySelector('#notes').textContent.includes('bob types, and you watch.')");
  viewer().people(1);
  await page.until("the word again", "document.querySelector('#writer').textContent === 'You type'");
  await hears(33, 1, () => press("#writer"));
  await press("#open-people");
  await page.until("the people", "document.querySelectorAll('#viewers li').length === 2");
  await examined("people");
  await press("#panel-people .close");
});

test("where everybody types, or who is there is not told, there is no button for it", async () => {
  const shown = () => page.run("['writer', 'open-people'].filter((id) => !document.getElementById(id).hidden)");
  viewer().people(0, 0, false);
  await page.until("nobody's turn", "document.querySelector('#writing').textContent === 'Everybody may type.'");
  // Whatever else the server can do is looked at anew.
  viewer().power(1);
  await page.until("what is supported", "!document.querySelector('#power').hidden");
  assert.deepEqual(await shown(), ["open-people"]);
  await examined("everybody types");
  viewer().socket.destroy();
  await page.until("the loss", "document.documentElement.dataset.state === 'waiting'");
  assert.deepEqual(await shown(), []);
  await examined("waiting");
  server.people = false;
  await opened();
  await page.until("consoles", "document.querySelectorAll('#consoles button').length === 3");
  assert.deepEqual(await shown(), []);
  await examined("nobody is told of");
  server.people = true;
  viewer().people(0);
  await page.until("the way to type", "!document.querySelector('#writer').hidden");
});

test("breaks are sent, harmful keys only when that is meant", async () => {
  await press("#open-keys");
  assert.deepEqual(await hears(48, 1, () => press("#serial-keys button")), [[0, 0, 0, 1]]);
  // What came of it the server says.
  viewer().note("no break can be sent now");
  await page.until("its words", "document.querySelector('#notes').textContent.includes('no break can be sent now')");
  assert.doesNotMatch(await text("#notes"), /was sent/);
  const keys = heard("key").length;
  await press("#chords button");
  await page.until("a question", "document.querySelector('#confirm').open");
  await press("#confirm button[value=no]");
  assert.equal(heard("key").length, keys);
  await press("#chords button");
  const sent = await hears("key", 6, () => press("#sure"));
  await page.until("an answer", "!document.querySelector('#confirm').open");
  assert.deepEqual(sent, [[true, CONTROL], [true, 0xffe9], [true, 0xffff], [false, 0xffff], [false, 0xffe9], [false, CONTROL]]);
  await page.run("(document.querySelector('#sysrq-key').value = 't', 0)");
  assert.deepEqual(await hears(49, 1, () => press("#serial-keys button:last-child")), [[0, 0, 0, 1, 0x74]]);
  await press("#panel-keys .close");
});

test("a power button that fails is told of, and is there for another try", async () => {
  const shown = () => page.run("!document.querySelector('#power').hidden");
  assert.equal(await shown(), false);
  viewer().power(1);
  await page.until("the buttons", "!document.querySelector('#power').hidden");
  viewer().power(0);
  await page.until("the words", "document.querySelector('#notes').textContent.includes('Nothing came of that power button')");
  assert.equal(await shown(), true);
});

test("text is there to be read, searched, marked and followed, without a place for scripts", async () => {
  await press("#open-text");
  await page.until("the text", "document.querySelector('#lines').textContent.includes('db1 login:')");
  const link = await page.run("(({ href, rel, target }) => ({ href, rel, target }))(document.querySelector('#lines a'))");
  assert.deepEqual(link, { href: "https://db1.example.net:8443/#/login", rel: "noopener noreferrer", target: "_blank" });
  viewer().text(4, ["<img src=x onerror=alert(1)> javascript:alert(1)"]);
  await page.until("the line", "document.querySelector('#lines').textContent.includes('onerror')");
  assert.equal(await page.run("document.querySelectorAll('#lines img').length"), 0);
  await page.run("(document.querySelector('#searched').value = 'Agama', 0)");
  await hears(64, 1, () => page.run("document.querySelector('#search').requestSubmit()"));
  await page.until("a place", "document.querySelector('#results mark')?.textContent === 'Agama'");
  await press("#results button");
  await page.until("the line in its place", "document.querySelector('.line.seen')?.textContent.startsWith('Agama')");
  await examined("text");
  // What is marked stays, and goes on when it is not.
  await page.run("getSelection().selectAllChildren(document.querySelector('#lines'))");
  viewer().text(5, ["late"]);
  await page.until("the hint", "!document.querySelector('#held').hidden");
  assert.ok(!(await text("#lines")).includes("late"));
  await page.run("getSelection().removeAllRanges()");
  await page.until("the late line", "document.querySelector('#lines').textContent.includes('late')");
  await press("#panel-text .close");
});

test("history comes as it is scrolled to", async () => {
  // The server tells its screen anew when it is asked for it.
  await hears(1, 1, () => press("#open-text"));
  const lines = Array.from({ length: 60 }, (_, i) => `line ${i}`);
  viewer().text(1_000, lines);
  await page.until("the lines", "document.querySelector('#lines').textContent.includes('line 59')");
  await hears(65, 1, () => page.run("document.querySelector('.line.gap').scrollIntoView()"));
  await page.until("history", "document.querySelector('#lines').textContent.includes('history 999')");
  // What is copied says where something is missing, above all of it too.
  await page.run("(navigator.clipboard.writeText = async (text) => { window.copied = text; }, 0)");
  viewer().text(9_000, Array.from({ length: 6_000 }, (_, i) => `late ${i}`));
  await page.until("the late lines", "document.querySelector('#lines').textContent.includes('late 5999')");
  await press("#copy");
  const copied = (await page.run("window.copied")).split("\n");
  assert.deepEqual([copied[0], copied[1], copied.at(-1), copied.length], ["[…]", "late 1000", "late 5999", 5_001]);
  await press("#panel-text .close");
});

test("a screen reader is told what is new", async () => {
  // The server tells its screen anew when it is asked for it, and that comes first.
  await hears(1, 1, () => press("#reader"));
  viewer().text(1_060, ["Password: "]);
  await page.until("the words", "document.querySelector('#log').lastChild?.textContent === 'Password: '");
  assert.equal(await page.run("document.querySelector('#log').getAttribute('aria-live')"), "polite");
  // Of a flood, the first lines; and soon how much it was, and its end.
  for (let at = 1_061; at < 1_261; at += 10) viewer().text(at, Array.from({ length: 10 }, (_, i) => `flood ${at + i}`));
  await page.until("the end of it", "document.querySelector('#log').lastChild?.textContent === 'flood 1260'");
  const log = await page.run("[...document.querySelector('#log').children].map((e) => e.textContent)");
  const told = log.slice(log.indexOf("Password: ") + 1);
  assert.match(told.at(-2), /^\d+ more lines$/);
  assert.ok(told.length < 60, String(told.length));
  // Nor is each second of a wait.
  assert.equal(await page.run("document.querySelector('#doing').getAttribute('aria-live')"), "off");
  await press("#open-view");
  await examined("settings");
  await page.run("(() => { const s = document.querySelector('#setting-reader'); s.value = 'off'; s.onchange(); })()");
  await press("#panel-view .close");
});

const paste = (...words) =>
  page.run(`${JSON.stringify(words)}.forEach((words) => { const data = new DataTransfer(); data.setData('text/plain', words);
    document.querySelector('#field').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, cancelable: true })); })`);

test("pasting gives the guest the text and the key for it, and asks before several lines", async () => {
  await hears(32, 1, () => press("#writer"));
  await page.until("our turn", "document.querySelector('#writer').textContent === 'You type'");
  const insert = [[true, SHIFT], [true, 0xff63], [false, 0xff63], [false, SHIFT]];
  assert.deepEqual(await hears("key", 4, () => paste("pass wörd €")), insert);
  assert.deepEqual(heard("cut").at(-1), ["pass wörd €"]);
  const keys = heard("key").length;
  await paste("one\ntwo\n");
  await page.until("a question", "document.querySelector('#confirm').open");
  assert.equal(heard("key").length, keys);
  await hears("key", 4, () => press("#sure"));
});

test("whoever may only watch sees that before he types, and is told so when he pastes", async () => {
  viewer().consoles(0);
  await page.until("the word", "document.querySelector('#writer').textContent === 'View only'");
  assert.equal(await page.run("document.querySelector('#writer').disabled"), true);
  await examined("view only");
  const keys = heard("key").length;
  await paste("in vain");
  await page.until("why not", "document.querySelector('#notes').textContent.includes('You may only watch this console.')");
  assert.equal(heard("key").length, keys);
  viewer().consoles();
  await page.until("our turn", "document.querySelector('#writer').textContent === 'You type'");
  viewer().people(0);
  await page.until("the way to type", "document.querySelector('#writer').textContent === 'Type'");
  // The turn is nobody's, which is no reason for a paste to vanish without a word either.
  await paste("in vain again");
  await page.until("the other reason", "document.querySelector('#notes').textContent.includes('Nobody types now.')");
  await hears(32, 1, () => press("#writer"));
  await page.until("the word again", "document.querySelector('#writer').textContent === 'You type'");
});

test("a text that the server would not take is not pasted, nor the one before in its place", async () => {
  const keys = heard("key").length;
  // Its lines end in one character here, and in two on their way.
  await paste("x\n".repeat(100_000));
  await page.until("why not", "document.querySelector('#notes').textContent.includes('too long')");
  assert.equal(await page.run("document.querySelector('#confirm').open"), false);
  assert.equal(heard("key").length, keys);
});

test("a button pastes from this computer, where the browser lets it", async () => {
  await press("#open-clipboard");
  await page.run("(navigator.clipboard.readText = async () => 'from here', 0)");
  await hears("key", 4, () => press("#paste-here"));
  assert.deepEqual(heard("cut").at(-1), ["from here"]);
  await page.run("(navigator.clipboard.readText = async () => { throw new DOMException('no', 'NotAllowedError'); }, 0)");
  const keys = heard("key").length;
  await press("#paste-here");
  await page.until("another way", "document.activeElement.id === 'box' && document.querySelector('#notes').textContent.includes('Ctrl-V')");
  assert.equal(heard("key").length, keys);
  await examined("the clipboard");
  await press("#panel-clipboard .close");
});

test("pastes wait for one another, so that each has its own text", async () => {
  await page.run("(window.cuts = [], window.sends = WebSocket.prototype.send, WebSocket.prototype.send = function (bytes) { if (bytes[0] === 6) cuts.push(performance.now()); sends.call(this, bytes); }, 0)");
  const from = server.heard.length;
  await hears("key", 16, () => paste("one", "two", "two", "three"));
  await page.run("(WebSocket.prototype.send = sends, 0)");
  const heard = server.heard.slice(from).filter(([name, down, keysym]) => name === "cut" || (name === "key" && down && keysym === 0xff63));
  assert.deepEqual(heard.map(([name, text]) => (name === "cut" ? text : name)), ["one", "key", "two", "key", "two", "key", "three", "key"]);
  const apart = await page.run("Math.min(...cuts.slice(1).map((at, i) => at - cuts[i]))");
  // The server takes one in 250 ms; browsers' clocks are coarse.
  assert.ok(apart > 350, `${apart} ms`);
});

test("the mouse clicks where it is, and its wheel turns", async () => {
  const mouse = (type, more = {}) => page.call("Input.dispatchMouseEvent", { type, x: 105, y: 205, ...more });
  const at = await page.run("(({ x, y }) => ({ x: Math.floor((105 - x) / 2), y: Math.floor((205 - y) / 2) }))(document.querySelector('#picture').getBoundingClientRect())");
  const clicks = await hears("pointer", 2, async () => {
    await mouse("mousePressed", { button: "middle", buttons: 4, clickCount: 1 });
    await mouse("mouseReleased", { button: "middle", clickCount: 1 });
  });
  assert.deepEqual(clicks.slice(-2), [[2, at.x, at.y], [0, at.x, at.y]]);
  const turns = await hears("pointer", 4, () => mouse("mouseWheel", { deltaX: 0, deltaY: -100 }));
  assert.deepEqual(turns.slice(-4).map(([buttons]) => buttons), [8, 0, 8, 0]);
});

test("fingers: a tap clicks, a drag turns the wheel, two zoom; keys of the screen latch", async () => {
  await page.resize({ width: 390, height: 844, scale: 2, touch: true });
  await page.until("the keys", "!document.querySelector('#keybar').hidden");
  await examined("a phone");
  const { x, y } = await page.run("(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))(document.querySelector('#picture').getBoundingClientRect())");
  const touch = (type, ...points) => page.call("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const taps = await hears("pointer", 2, async () => {
    await touch("touchStart", [x, y]);
    await touch("touchEnd");
  });
  assert.deepEqual(taps.map(([buttons]) => buttons), [1, 0]);
  const wheel = await hears("pointer", 4, async () => {
    await touch("touchStart", [x, y]);
    for (let by = 5; by <= 60; by += 5) await touch("touchMove", [x, y + by]);
    await touch("touchEnd");
  });
  assert.ok(wheel.every(([buttons]) => buttons === 8 || buttons === 0), JSON.stringify(wheel));
  const width = () => page.run("document.querySelector('#picture').getBoundingClientRect().width");
  const before = await width();
  await touch("touchStart", [x - 20, y], [x + 20, y]);
  for (let by = 25; by <= 60; by += 5) await touch("touchMove", [x - by, y], [x + by, y]);
  await touch("touchEnd");
  assert.ok((await width()) > 2 * before, `${before} became ${await width()}`);
  await press("[data-latch=Control]");
  assert.equal(await page.run("document.querySelector('[data-latch=Control]').getAttribute('aria-pressed')"), "true");
  assert.deepEqual(await hears("key", 4, () => page.key("c", "KeyC")), [[true, CONTROL], ...strokes(0x63), [false, CONTROL]]);
  assert.equal(await page.run("document.querySelector('[data-latch=Control]').getAttribute('aria-pressed')"), "false");
  await page.resize({ width: 1290, height: 830 });
});

/** Words of the server. */
const NO_MORE = "This token was used already, has expired, or is none of this server's";
const NONE_WITHOUT = "Nobody comes in here without a token";

const reason = (words) => page.until(`"${words}"`, `document.documentElement.dataset.state === 'login' && document.querySelector('#login-reason').textContent === ${JSON.stringify(words)}`);

test("a link lets in once, and another can be opened where the page is", async () => {
  server.password = true;
  let offered = server.protocols.length;
  viewer().socket.destroy();
  await reason("The link that led here let you in once, and that was all. Open a new one, or log in.");
  assert.deepEqual(server.protocols.slice(offered), [""]);
  await examined("a login");
  // A server that is full has not looked at the token.
  let full = 2;
  server.refuse = () => (full-- > 0 ? "There are too many viewers" : null);
  offered = server.protocols.length;
  await page.run("(location.hash = '#token=new', 0)");
  await opened();
  assert.equal(await page.run("location.href"), server.url);
  assert.deepEqual(server.protocols.slice(offered), Array(3).fill("binary, vncterm.token.new"));
  // One that is refused says why for as long as another is missing.
  server.refuse = (protocols) => (protocols.includes("token") ? NO_MORE : null);
  await page.run("(location.hash = '#token=old', 0)");
  await reason(NO_MORE);
  assert.equal(server.protocols.at(-1), "");
  server.refuse = (protocols) => (protocols.includes("token") ? NO_MORE : NONE_WITHOUT);
  await page.run("(location.hash = '#token=older', 0)");
  await page.until("the way out", "document.activeElement.id === 'token'");
  await reason(NO_MORE);
  assert.equal(await page.run("document.querySelector('#login-password').hidden"), true);
  await examined("a login by token");
  server.refuse = () => null;
  await page.run("(location.hash = '#token=newest', 0)");
  await opened();
  viewer().socket.destroy();
  await page.until("a login", "document.documentElement.dataset.state === 'login'");
  await page.run("(document.querySelector('#password').value = 'secret', document.querySelector('#login').requestSubmit())");
  await opened();
  server.password = false;
});

test("a lost connection is said, tried again, and found", async () => {
  const { port } = server;
  await server.close();
  await page.until("the reason", "document.querySelector('#reason').textContent !== '' && !document.querySelector('#status').hidden");
  await page.until("why there is none", "document.querySelector('#reason').textContent.includes('Nothing answers')");
  await examined("a lost connection");
  // Keys that have nowhere to go are the browser's: F5, Tab, Control-R.
  const prevented = `['keydown', 'keyup'].map((type) => !document.querySelector('#field').dispatchEvent(new KeyboardEvent(type, { key: 'F5', code: 'F5', cancelable: true })))`;
  assert.deepEqual(await page.run(prevented), [false, false]);
  server = await start({ port, extension: false });
  await opened();
  assert.equal(await page.run("document.querySelector('#status').hidden"), true);
  const keys = await hears("key", 2, async () => assert.deepEqual(await page.run(prevented), [true, true]));
  assert.deepEqual(keys, strokes(0xffc2));
});

test("without the console extension its controls are gone, and the picture stays", async () => {
  await page.until("a picture", "document.querySelector('#picture').width > 0");
  const shown = await page.run("[...document.querySelectorAll('[data-needs=consoles], #consoles, #serial')].filter((e) => !e.hidden).map((e) => e.id)");
  assert.deepEqual(shown, []);
  assert.deepEqual(server.heard.filter(([name]) => typeof name === "number"), []);
  assert.deepEqual(await hears("key", 2, () => page.key("a", "KeyA")), strokes(0x61));
});

test("the page has said nothing, but that the server was away", () => {
  // The last is for this test, which reads pixels.
  const others = page.said.filter((words) => !/ERR_CONNECTION|WebSocket connection|Canvas2D/.test(words));
  assert.deepEqual(others, []);
});
