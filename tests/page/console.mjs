// The page before the real server, behind a proxy that has it under a prefix: `node console.mjs PORT WANTED.png`.
// It sees the picture, types, goes to the second console, loses its connection and comes back. tests/suite/interop/page.rs
// knows what the guests are and looks at what they were told. With AXE naming axe-core's axe.min.js, that examines the page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, request as connect } from "node:http";

import { Page } from "./chromium.mjs";

const [port, wanted] = process.argv.slice(2);
const PREFIX = "/consoles/db1/";
/** Of the first console's: what the guest is to read. */
const TYPED = "Hello, World! {[|]} ~ ß é € я";

/** A reverse proxy, whose WebSockets can be cut. */
async function proxy() {
  const open = new Set();
  const upstream = (request) =>
    connect({ host: "127.0.0.1", port, path: request.url.slice(PREFIX.length - 1), method: request.method, headers: request.headers });
  const server = createServer((request, response) => {
    const forward = upstream(request);
    forward.on("response", (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    forward.on("error", () => response.destroy());
    request.pipe(forward);
  });
  server.on("upgrade", (request, socket) => {
    const forward = upstream(request);
    forward.on("upgrade", (answer, upstream, head) => {
      const lines = answer.rawHeaders.map((part, i) => part + (i % 2 ? "\r\n" : ": ")).join("");
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`);
      socket.write(head);
      socket.pipe(upstream).pipe(socket);
      for (const end of [socket, upstream]) end.on("error", () => socket.destroy());
      open.add(socket);
    });
    forward.on("error", () => socket.destroy());
    forward.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => open.forEach((socket) => socket.destroy());
  return { url: `http://127.0.0.1:${server.address().port}${PREFIX}`, cut };
}

/** How many pixels of the page's picture are not those of the file; all of them while its size is another. */
const differing = `(async () => {
  const bytes = Uint8Array.from(atob("${readFileSync(wanted).toString("base64")}"), (c) => c.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = bitmap;
  const canvas = document.querySelector("#picture");
  if (canvas.width !== width || canvas.height !== height) return width * height;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const pixels = (context) => new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const [wanted, shown] = [pixels(context), pixels(canvas.getContext("2d"))];
  return wanted.filter((pixel, i) => pixel !== shown[i]).length;
})()`;

const { url, cut } = await proxy();
// As large as the picture, so that nothing is enlarged.
const page = await Page.open(url, { width: 700, height: 460 });
const same = (what) => page.until(what, `${differing}.then((count) => count === 0)`);
const examined = async (what) => assert.deepEqual(await page.faults(), [], what);
const press = (selector) => page.run(`document.querySelector(${JSON.stringify(selector)}).click()`);
try {
  await same("the first console's picture");
  await page.until("the title", "document.title.startsWith('db1')");
  await page.until("the consoles", "document.querySelectorAll('#consoles button').length === 2");
  await examined("the page");
  for (const panel of await page.run("[...document.querySelectorAll('#tools [id^=open-]:not([hidden])')].map(({ id }) => id.slice(5))")) {
    await press(`#open-${panel}`);
    await examined(panel);
    await press(`#panel-${panel} .close`);
  }
  await page.run("document.querySelector('#field').focus()");
  await page.type(TYPED);
  await page.key("Enter", "Enter");
  for (const [key, code] of [["Control", "ControlLeft"], ["Alt", "AltLeft"], ["F2", "F2"]]) {
    await page.call("Input.dispatchKeyEvent", { type: "rawKeyDown", key, code });
  }
  for (const [key, code] of [["F2", "F2"], ["Alt", "AltLeft"], ["Control", "ControlLeft"]]) {
    await page.call("Input.dispatchKeyEvent", { type: "keyUp", key, code });
  }
  await page.until("the second console", `${differing}.then((count) => count > 100_000)`);
  // Not in the corner, where the cursor is.
  const middle = "String(document.querySelector('#picture').getContext('2d').getImageData(320, 200, 1, 1).data)";
  const blue = await page.run(middle);
  await page.type("second");
  await page.key("Enter", "Enter");
  // What is on its way when the connection is cut would be lost.
  await page.until("the second console's answer", `${middle} !== "${blue}"`);
  cut();
  await page.until("the end of the connection", "document.documentElement.dataset.state === 'waiting'");
  await page.until("a reason", "document.querySelector('#reason').textContent === 'The connection was lost.'");
  await examined("waiting");
  await page.until("another connection", "document.documentElement.dataset.state === 'open'");
  await same("the first console's picture again");
  if (process.env.SCREENSHOT) await page.screenshot(process.env.SCREENSHOT);
} finally {
  await page.close();
}
process.exit(0);
