// What the page tells: whether everything is saved, and notices that stay until read.

import { byId, element, say } from "./dom.js";

const NOTICE_MS = 9_000;

/** The state of what was done here: one word for the style, one sentence for people. */
export function savedState({ waiting, offline, signedOut, lasting }) {
  const kept = waiting ? ` · ${waiting} kept here` : "";
  if (signedOut) return { state: "bad", text: `Signed out${kept}` };
  if (offline) return { state: "warn", text: `Offline${kept}` };
  if (waiting) return { state: "busy", text: `Sending ${waiting}` };
  if (!lasting) return { state: "warn", text: "Saved · this browser keeps no drafts" };
  return { state: "ok", text: "All saved" };
}

export class Status {
  #facts = { waiting: 0, offline: false, signedOut: false, lasting: true };
  #signIn = null;

  /** Change some of `waiting`, `offline`, `signedOut`, `lasting`. */
  set(facts) {
    Object.assign(this.#facts, facts);
    const { state, text } = savedState(this.#facts);
    byId("saved").dataset.state = state;
    say("saved", text);
    if (this.#facts.signedOut) this.#signIn ??= this.#askToSignIn();
    else this.#signIn = this.#signIn?.remove() ?? null;
  }

  get(name) {
    return this.#facts[name];
  }

  /** A short word for whoever listens instead of looking. */
  tell(text) {
    say("told", text);
  }

  /** A notice that goes by itself, unless it asks for something. */
  notice(text, { kind = "info", actions = [], lasting = actions.length > 0 } = {}) {
    const box = element("div", { className: "notice" }, element("p", {}, text));
    box.dataset.kind = kind;
    for (const [label, act] of actions) {
      box.append(element("button", { type: "button", onclick: () => (box.remove(), act()) }, label));
    }
    const close = element("button", { type: "button", className: "close", title: "Dismiss" }, "×");
    close.setAttribute("aria-label", "Dismiss");
    close.onclick = () => box.remove();
    box.append(close);
    byId("notices").append(box);
    if (!lasting) setTimeout(() => box.remove(), NOTICE_MS);
    return box;
  }

  #askToSignIn() {
    const text = "Your session has ended. What you have drawn is kept in this browser.";
    const box = element("div", { className: "notice" }, element("p", {}, text));
    box.dataset.kind = "bad";
    const href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
    box.append(element("a", { href, target: "_blank", className: "button" }, "Sign in in a new tab"));
    byId("notices").append(box);
    return box;
  }
}
