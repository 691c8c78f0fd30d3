// The right edge: the classes, the layers, and what ends the work on a region.

import { button, keycap, press, RadioGroup } from "./buttons.js";
import { element } from "./dom.js";
import { VOID } from "./mask.js";
import { swatch } from "./swatch.js";

const LAYERS = { suggestion: "Suggestion", uncertainty: "Uncertainty", neighbours: "Neighbours" };

export class Panel {
  #classes;
  #shares = {};
  #layers = {};
  #opacity;
  #find;
  #names;
  #auto;
  #accept;

  /**
   * Parts: classes, their colours' sheet, perform(command), keyOf(command), fade(opacity),
   * advance(isOn), focus() for where the keyboard goes after a search.
   */
  constructor({ classes, sheet, perform, keyOf, fade, advance, focus }) {
    const all = [...classes, { value: VOID, name: "void" }];
    const item = ({ value, name }) => {
      const key = keyOf(value === VOID ? "void" : `class:${value}`);
      const share = (this.#shares[value] = element("span", { className: "share" }));
      const title = element("span", { className: "name" }, name);
      const content = [swatch(sheet, value), title, share, ...keycap(key)];
      return [value, { content, className: "class" }];
    };
    const choose = (value) => perform(value === VOID ? "void" : `class:${value}`);
    this.#names = classes.map(({ value, name }) => [name.toLowerCase(), value]);
    this.#classes = new RadioGroup("Class", all.map(item), choose, "classes");
    this.#find = this.#finder(choose, focus);
    const layers = Object.keys(LAYERS).map((name) => this.#layer(name, perform, keyOf(name)));
    const range = { type: "range", min: 0.1, max: 1, step: 0.1, ariaLabel: "Opacity of the labels" };
    this.#opacity = element("input", range);
    this.#opacity.addEventListener("input", () => fade(Number(this.#opacity.value)));
    this.#auto = element("input", { type: "checkbox" });
    this.#auto.addEventListener("change", () => advance(this.#auto.checked));
    const auto = element("label", { className: "auto" }, this.#auto, "Submit as soon as filled");
    this.node = element(
      "aside", { className: "panel", ariaLabel: "Classes, layers and submitting" },
      this.#find, this.#classes.node,
      element("div", { className: "layers", role: "group", ariaLabel: "Layers" }, ...layers, this.#opacity),
      this.#ending(perform, keyOf, auto),
    );
  }

  /** `there` says of each layer whether the region has it, `share(value)` what a class has of it. */
  show(hand, layers, { there, share }) {
    this.#classes.choose(hand.value);
    for (const [value, place] of Object.entries(this.#shares)) {
      const text = percent(share(Number(value)));
      if (place.textContent !== text) place.textContent = text;
    }
    for (const [name, made] of Object.entries(this.#layers)) {
      press(made, layers[name]);
      made.disabled = !there[name];
    }
    this.#opacity.value = layers.opacity;
    this.#auto.checked = hand.autoAdvance;
    this.#auto.parentElement.hidden = hand.mode !== "fill";
    this.#accept.disabled = !there.suggestion;
  }

  /** Let the person type a class's name. */
  find() {
    this.#find.hidden = false;
    this.#find.value = "";
    this.#find.focus();
  }

  #finder(choose, focus) {
    const field = element("input", {
      type: "search",
      className: "find",
      placeholder: "Class name …",
      ariaLabel: "Find a class",
      hidden: true,
    });
    const done = () => {
      field.hidden = true;
      focus();
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.code === "Escape") done();
      if (event.code !== "Enter") return;
      const found = this.#match(field.value.toLowerCase());
      done();
      if (found !== undefined) choose(found);
    });
    field.addEventListener("blur", () => (field.hidden = true));
    return field;
  }

  /** The first class whose name begins with, else holds, what was typed. */
  #match(typed) {
    if (!typed) return undefined;
    const begins = this.#names.find(([name]) => name.startsWith(typed));
    return (begins ?? this.#names.find(([name]) => name.includes(typed)))?.[1];
  }

  #layer(name, perform, key) {
    const content = [element("span", {}, LAYERS[name]), ...keycap(key)];
    const made = button(content, { className: "layer", onPress: () => perform(name) });
    this.#layers[name] = made;
    return made;
  }

  #ending(perform, keyOf, auto) {
    const made = (command, text, className) => {
      const content = [element("span", {}, text), ...keycap(keyOf(command))];
      return button(content, { className, onPress: () => perform(command) });
    };
    this.#accept = made("accept", "Accept suggestion", "wide");
    const submit = made("submit", "Submit", "wide main");
    const others = [made("back", "Back", ""), made("skip", "Skip", "")];
    const row = element("div", { className: "row" }, ...others);
    return element("div", { className: "ending" }, auto, this.#accept, submit, row);
  }
}

function percent(share) {
  if (!share) return "";
  return share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`;
}
