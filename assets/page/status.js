// What the page says when there is no picture: that it connects, why it cannot, and what it needs to know.

import { $, show } from "./dom.js";

/** A connection that comes within so many ms is not announced. */
const SHOWN_AFTER = 400;

export class Status {
  #timer = 0;

  constructor(connection) {
    $("again").addEventListener("click", () => connection.connect());
    $("stop").addEventListener("click", () => {
      connection.close();
      this.show("ended", { reason: "Not connected." });
    });
    $("login").addEventListener("submit", (event) => {
      event.preventDefault();
      const given = (name) => $("login").elements[name].value;
      if (given("token") !== "") connection.login({ token: given("token").trim() });
      else connection.login({ user: given("user"), password: given("password") });
      for (const name of ["password", "token"]) $("login").elements[name].value = "";
      connection.connect();
    });
  }

  show(state, { needs, denied, reason = "", until = 0 }) {
    clearTimeout(this.#timer);
    show(state === "login", $("login"));
    show(state === "waiting", $("stop"));
    show(state === "waiting" || state === "ended", $("again"), $("lost"));
    $("reason").textContent = reason;
    if (state === "connecting") {
      $("doing").textContent = "Connecting …";
      this.#timer = setTimeout(() => show(true, $("lost"), $("status")), SHOWN_AFTER);
    } else {
      $("doing").textContent = "";
    }
    show(state !== "open" && state !== "connecting", $("status"));
    if (state === "open") show(false, $("lost"));
    // What is hidden cannot have the focus, so this comes last.
    if (state === "login") this.#login(needs, denied, reason);
    if (state === "waiting") this.#count(until);
  }

  #login(needs, denied, reason) {
    const { user, password, token } = $("login").elements;
    show(needs === "user", $("login-user"));
    show(needs !== "token", $("login-password"));
    if (needs === "token") $("login-token").open = true;
    user.required = needs === "user";
    // A token may be given instead.
    password.required = false;
    $("login-reason").textContent = reason || (denied ? "This is not right." : "");
    $("login-where").textContent = location.host;
    (needs === "token" ? token : needs === "user" && user.value === "" ? user : password).focus();
  }

  #count(until) {
    const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
    $("doing").textContent = left > 0 ? `Trying again in ${left} s.` : "Trying again …";
    this.#timer = setTimeout(() => this.#count(until), 1000);
  }
}
