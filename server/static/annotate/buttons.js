// Buttons of the editor. Pressing one with the mouse leaves the keyboard's focus where it is, so
// that the next key still belongs to the region.

import { element } from "./dom.js";

/** A button; `content` are nodes, `key` is shown and announced beside them. */
export function button(content, { label, key, className = "", onPress }) {
  const made = element("button", { type: "button", className }, ...content);
  if (label) {
    made.ariaLabel = label;
    made.title = key ? `${label} (${key})` : label;
  }
  made.addEventListener("mousedown", (event) => event.preventDefault());
  made.addEventListener("click", onPress);
  return made;
}

/** A key as a keycap; nothing without one. */
export function keycap(key) {
  return key ? [element("kbd", { ariaHidden: "true" }, key)] : [];
}

/** Mark a button that is on or off. */
export function press(made, isOn) {
  made.ariaPressed = String(isOn);
}

/**
 * Buttons of which one is chosen; arrows, Home and End move, as in a radio group. Items are
 * `[value, button options and content]`.
 */
export class RadioGroup {
  #buttons = new Map();

  constructor(label, items, onChoose, className = "") {
    this.node = element("div", { className, role: "radiogroup", ariaLabel: label });
    for (const [value, { content, ...options }] of items) {
      const made = button(content, { ...options, onPress: () => onChoose(value) });
      made.setAttribute("role", "radio");
      this.#buttons.set(value, made);
      this.node.append(made);
    }
    this.node.addEventListener("keydown", (event) => this.#steer(event));
    this.choose(null);
  }

  /** Show which value is chosen; the first button can be reached where none is. */
  choose(chosen) {
    const reached = this.#buttons.has(chosen) ? chosen : this.#buttons.keys().next().value;
    for (const [value, made] of this.#buttons) {
      made.ariaChecked = String(value === chosen);
      made.tabIndex = value === reached ? 0 : -1;
    }
  }

  #steer(event) {
    const all = [...this.#buttons.values()];
    const now = all.indexOf(document.activeElement);
    const steps = { ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1, Home: 0, End: -1 };
    if (now < 0 || !(event.code in steps) || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const next = all.at(steps[event.code] % all.length);
    next.focus();
    next.click();
  }
}
