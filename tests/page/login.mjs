// The page over https, before the real server: `node login.mjs PORT USER PASSWORD TOKEN`. A user logs in by name and
// password, after a mistake; then somebody comes by a link with a token, which is good once. What each types is looked at
// by tests/suite/interop/logins.rs.

import { Page } from "./chromium.mjs";

const [port, user, password, token] = process.argv.slice(2);
const url = `https://localhost:${port}/`;
const state = (name) => `document.documentElement.dataset.state === '${name}'`;

async function logIn(page, name, word) {
  await page.run(`(() => {
    const form = document.querySelector("#login");
    form.elements.user.value = ${JSON.stringify(name)};
    form.elements.password.value = ${JSON.stringify(word)};
    form.requestSubmit();
  })()`);
}

const page = await Page.open(url, { trusts: true });
try {
  await page.until("a login", state("login"));
  await page.until("a field for a name", "!document.querySelector('#login-user').hidden");
  await logIn(page, user, `not ${password}`);
  await page.until("a refusal", "document.querySelector('#login-reason').textContent === 'Authentication failed'");
  await logIn(page, user, password);
  await page.until("the picture", state("open"));
  await page.type("byname");
  await page.key("Enter", "Enter");
} finally {
  await page.close();
}

const linked = await Page.open(`${url}#token=${token}`, { trusts: true });
try {
  await linked.until("the picture", state("open"));
  if (await linked.run("location.href") !== url) throw new Error("the token is still in the address");
  await linked.type("bytoken");
  await linked.key("Enter", "Enter");
  if (process.env.SCREENSHOT) await linked.screenshot(process.env.SCREENSHOT);
  // The same link again, as from a history.
  await linked.go("about:blank#");
  await linked.go(`${url}#token=${token}`);
  await linked.until("a reason", "document.querySelector('#reason').textContent.startsWith('This token was used already')");
  await linked.until("a login instead", state("login"));
} finally {
  await linked.close();
}
process.exit(0);
