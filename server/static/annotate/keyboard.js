// Keys of the whole page, as long as the editor is in sight and nobody types or answers a dialog.

import { COMMANDS } from "./commands.js";
import { commandFor } from "./keys.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TEXTLESS = ["range", "checkbox", "radio", "button", "submit"];
// What a focused control does with a key itself.
const OWN_KEYS = [
  ["a, summary", /^(Enter|NumpadEnter)$/],
  ["button:not([role=radio])", /^(Enter|NumpadEnter|Space)$/],
  ["[role=radio], input[type=checkbox]", /^Space$/],
  ["input[type=range]", /^(Arrow.*|Home|End|Page.*)$/],
];

export class Keyboard {
  #root;
  #on;
  #bound;
  #held = new Map(); // codes that are down to the commands that they hold
  #heard = new AbortController();

  /** `on`: command(name), hold(name, isDown), arrow(dx, dy) (whether it was of use). */
  constructor(root, on) {
    this.#root = root;
    this.#on = on;
    const { signal } = this.#heard;
    addEventListener("keydown", (event) => this.#down(event), { signal });
    addEventListener("keyup", (event) => this.#up(event.code), { signal });
    addEventListener("blur", () => [...this.#held.keys()].forEach((code) => this.#up(code)), { signal });
  }

  /** Take over what `bind` of keys.js gave. */
  use(bound) {
    this.#bound = bound;
  }

  close() {
    this.#heard.abort();
  }

  #down(event) {
    if (event.isComposing || event.defaultPrevented || this.#isElsewhere(event)) return;
    const command = commandFor(this.#bound, event);
    if (!command) {
      const arrow = event.ctrlKey || event.altKey || event.metaKey ? undefined : ARROWS[event.code];
      if (arrow && this.#on.arrow(...arrow)) event.preventDefault();
      return;
    }
    event.preventDefault();
    const { holds, repeats } = COMMANDS[command] ?? {};
    if (event.repeat && !repeats) return;
    if (!holds) {
      this.#on.command(command);
      return;
    }
    this.#held.set(event.code, command);
    this.#on.hold(command, true);
  }

  #up(code) {
    const command = this.#held.get(code);
    if (!this.#held.delete(code)) return;
    this.#on.hold(command, false);
  }

  #isElsewhere({ target, code }) {
    if (!this.#root.getClientRects().length || !(target instanceof Element)) return true;
    if (target.closest("dialog, textarea, select, [contenteditable]")) return true;
    if (target.matches("input") && !TEXTLESS.includes(target.type)) return true;
    return OWN_KEYS.some(([which, keys]) => target.matches(which) && keys.test(code));
  }
}
