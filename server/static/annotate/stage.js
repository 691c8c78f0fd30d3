// The middle: the canvas, the brush's outline under the pointer, figures in a corner, and a line
// that screen readers read aloud.

import { element } from "./dom.js";

const CURSORS = { brush: "none", eraser: "none", polygon: "crosshair", pick: "copy", flood: "cell" };

export class Stage {
  #cursor = element("div", { className: "cursor", ariaHidden: "true", hidden: true });
  #figures = element("p", { className: "figures-line", ariaHidden: "true" });
  #said = element("p", { className: "said", role: "status" });

  constructor() {
    this.canvas = element("canvas", { tabIndex: 0, role: "img", ariaLabel: "Region" });
    this.node = element("div", { className: "stage" }, this.canvas, this.#cursor, this.#figures, this.#said);
  }

  /** Show the brush around a point, all in CSS pixels; not at all without a point. */
  brush(point, size, isEraser) {
    this.#cursor.hidden = !point;
    if (!point) return;
    const side = Math.max(3, size);
    const { style } = this.#cursor;
    // Another size makes the browser lay the page out; moving alone does not.
    if (style.width !== `${side}px`) style.width = style.height = `${side}px`;
    style.transform = `translate(${point.x - side / 2}px, ${point.y - side / 2}px)`;
    this.#cursor.classList.toggle("erasing", isEraser);
  }

  /** The mouse's shape for a tool, or while the picture is moved. */
  shape(tool, isPanning) {
    this.canvas.style.cursor = isPanning ? "grab" : (CURSORS[tool] ?? "pointer");
  }

  figures(text) {
    if (this.#figures.textContent !== text) this.#figures.textContent = text;
  }

  describe(text) {
    if (this.canvas.ariaLabel !== text) this.canvas.ariaLabel = text;
  }

  say(text) {
    this.#said.textContent = text;
  }
}
