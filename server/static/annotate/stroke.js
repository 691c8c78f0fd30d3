// One action of the hand on a mask, from press to release: what it changed becomes one patch, and
// until then it can be taken back without a trace.

import { around, union } from "./box.js";
import { UNSET, cut } from "./mask.js";

export class Stroke {
  #mask;
  #classes;
  #origins;
  #protect;
  #touched = null; // box of everything drawn on
  #fresh = null; // box of what was drawn on since `takeFresh`

  /** With `protect`, pixels that had a class before the stroke keep it. */
  constructor(mask, { protect = false } = {}) {
    this.#mask = mask;
    this.#classes = mask.classes.slice();
    this.#origins = mask.origins.slice();
    this.#protect = protect;
  }

  /** Give pixels a class by hand. */
  draw(indices, value) {
    for (const index of indices) {
      if (!this.#isProtected(index, value)) this.#mask.draw(index, value);
    }
    this.#touch(indices);
  }

  /** Take over `suggestion` (one value per pixel of the mask) for pixels. */
  accept(indices, suggestion) {
    for (const index of indices) {
      if (!this.#isProtected(index)) this.#mask.accept(index, suggestion[index]);
    }
    this.#touch(indices);
  }

  /** What reverses the stroke so far; null when it changed nothing. */
  reversal() {
    const changed = this.#touched && this.#changed(this.#touched);
    if (!changed) return null;
    const { width } = this.#mask;
    return cut({ width, classes: this.#classes, origins: this.#origins }, changed);
  }

  /** Take the stroke back. */
  cancel() {
    this.#mask.restore(this.#classes, this.#origins);
    return this.#touched;
  }

  /** The box that was drawn on since the last call; null when none. */
  takeFresh() {
    const fresh = this.#fresh;
    this.#fresh = null;
    return fresh;
  }

  /** Erasing means what is labelled, so it is never held back. */
  #isProtected(index, value) {
    return this.#protect && value !== UNSET && this.#classes[index] !== UNSET;
  }

  #touch(indices) {
    const box = around(indices, this.#mask.width);
    this.#touched = union(this.#touched, box);
    this.#fresh = union(this.#fresh, box);
  }

  #changed({ left, top, width, height }) {
    const found = [];
    for (let y = top; y < top + height; y += 1) {
      for (let x = left; x < left + width; x += 1) {
        const index = y * this.#mask.width + x;
        const sameClass = this.#mask.classes[index] === this.#classes[index];
        if (!sameClass || this.#mask.origins[index] !== this.#origins[index]) found.push(index);
      }
    }
    return around(found, this.#mask.width);
  }
}
