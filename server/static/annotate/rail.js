// The left edge: modes, the tools of the mode in hand, undo and redo.

import { button, keycap, press, RadioGroup } from "./buttons.js";
import { element } from "./dom.js";
import { PAINT_TOOLS } from "./hand.js";
import { icon } from "./icons.js";

const MODES = { fill: "Fill", segments: "Segments", paint: "Paint" };
const TOOLS = {
  brush: "Brush",
  eraser: "Eraser",
  polygon: "Polygon",
  flood: "Flood fill",
  pick: "Pick class",
};
const ICONS = { brush: "paint" };

export class Rail {
  #modes;
  #tools;
  #buttons = {};
  #shown = {};

  /** `perform(command)` does it; `keyOf(command)` is the key that does it too. */
  constructor(perform, keyOf) {
    const item = (name, label, captioned) => {
      const caption = captioned ? [element("span", {}, label)] : [];
      const content = [icon(ICONS[name] ?? name), ...caption];
      return { content, label, key: keyOf(name), className: captioned ? "mode" : "tool" };
    };
    const single = (name, label) => {
      const { content, ...options } = item(name, label, false);
      return (this.#buttons[name] = button(content, { ...options, onPress: () => perform(name) }));
    };
    const modes = Object.entries(MODES).map(([name, label]) => [name, item(name, label, true)]);
    this.#modes = new RadioGroup("Mode", modes, perform, "modes");
    const tools = PAINT_TOOLS.map((name) => [name, item(name, TOOLS[name], false)]);
    this.#tools = new RadioGroup("Tool", tools, perform, "tools");
    const group = (...nodes) => element("div", { className: "tools" }, ...nodes);
    this.#shown.paint = group(this.#tools.node, single("holes", "Fill holes"));
    this.#shown.segments = group(single("superpixels", "Superpixels"));
    const cycle = element("div", { className: "hint" }, ...keycap(keyOf("next-mode")));
    const last = ["undo", "redo"].map((name) => single(name, name === "undo" ? "Undo" : "Redo"));
    this.node = element(
      "div", { className: "rail", role: "toolbar", ariaLabel: "Tools", ariaOrientation: "vertical" },
      this.#modes.node, cycle, this.#shown.paint, this.#shown.segments,
      single("protect", "Protect what is labelled"), element("div", { className: "gap" }), ...last,
    );
  }

  show(hand, { canUndo, canRedo, hasSuperpixels }) {
    this.#modes.choose(hand.mode);
    this.#tools.choose(hand.mode === "paint" ? hand.paintTool : null);
    for (const [mode, tools] of Object.entries(this.#shown)) tools.hidden = hand.mode !== mode;
    press(this.#buttons.protect, hand.protect);
    press(this.#buttons.superpixels, hand.fine);
    this.#buttons.superpixels.disabled = !hasSuperpixels;
    this.#buttons.undo.disabled = !canUndo;
    this.#buttons.redo.disabled = !canRedo;
  }
}
