// What the page tells: whether everything is saved, and notices that stay until read.

import { byId, element, say } from "./dom.js";

const NOTICE_MS = 9_000;

/** The state of what was done here: one word for the style, one sentence for people. */
export function savedState({ waiting, refused, offline, signedOut, lasting }) {
  const kept = waiting ? ` · ${waiting} kept here` : "";
  if (signedOut) return { state: "bad", text: `Signed out${kept}` };
  if (offline) return { state: "warn", text: `Offline${kept}` };
  if (waiting) return { state: "busy", text: `Sending ${waiting}` };
  if (refused) return { state: "bad", text: `${refused} not accepted` };
  if (!lasting) return { state: "warn", text: "Saved · this browser keeps no drafts" };
  return { state: "ok", text: "All saved" };
}

export class Status {
  #facts = { waiting: 0, refused: 0, offline: false, signedOut: false, lasting: true };
  #signIn = null;

  /** Change some of `waiting`, `refused`, `offline`, `signedOut`, `lasting`. */
  set(facts) {
    Object.assign(this.#facts, facts);
    const { state, text } = savedState(this.#facts);
    byId("saved").dataset.state = state;
    say("saved", text);
    if (!this.#facts.signedOut) this.#signIn?.remove();
    this.#signIn = this.#facts.signedOut ? (this.#signIn ?? this.#askToSignIn()) : null;
  }

  get(name) {
    return this.#facts[name];
  }

  /** A short word for whoever listens instead of looking. */
  tell(text) {
    say("told", text);
  }

  /** A notice; it goes by itself unless it has something to do. One of its text is enough. */
  notice(text, { kind = "info", actions = [], lasting = actions.length > 0 } = {}) {
    for (const older of byId("notices").children) if (older.dataset.text === text) older.remove();
    const box = element("div", { className: "notice" }, element("p", {}, text), ...actions);
    Object.assign(box.dataset, { kind, text });
    for (const action of actions) action.addEventListener("click", () => box.remove());
    box.append(closing(box));
    byId("notices").append(box);
    if (!lasting) setTimeout(() => box.remove(), NOTICE_MS);
    return box;
  }

  #askToSignIn() {
    const href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
    const link = element("a", { href, target: "_blank", className: "button" }, "Sign in in a new tab");
    const text = "Your session has ended. What you have drawn is kept in this browser.";
    return this.notice(text, { kind: "bad", actions: [link] });
  }
}

/** A button for a notice. */
export function action(label, act) {
  return element("button", { type: "button", onclick: act }, label);
}

function closing(box) {
  const close = { type: "button", className: "close", title: "Dismiss", onclick: () => box.remove() };
  return element("button", { ...close, ariaLabel: "Dismiss" }, "×");
}
