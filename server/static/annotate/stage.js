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

  /** Show the brush at an event of the mouse, `size` CSS pixels wide; not at all without an event. */
  brush(event, size, isEraser) {
    this.#cursor.hidden = !event;
    if (!event) return;
    const { left, top } = this.node.getBoundingClientRect();
    const side = Math.max(3, size);
    Object.assign(this.#cursor.style, {
      width: `${side}px`,
      height: `${side}px`,
      transform: `translate(${event.clientX - left - side / 2}px, ${event.clientY - top - side / 2}px)`,
    });
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
