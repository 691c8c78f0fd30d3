// Gives the class to the area that hangs together with the pixel under the pointer: labelled pixels
// of one class, or unset ones for which one class is suggested.

import { UNSET } from "../mask.js";
import { flood, pixelAt } from "../raster.js";

export class Flood {
  #work;
  #hand;

  constructor(work, hand) {
    this.#work = work;
    this.#hand = hand;
  }

  press(point, { erase = false } = {}) {
    const { mask, suggestion } = this.#work;
    const start = pixelAt(mask, point);
    if (start < 0) return;
    const areas = Uint16Array.from(mask.classes, (value, index) =>
      value === UNSET && suggestion ? 256 + suggestion[index] : value,
    );
    this.#work.fill(flood(mask, areas, start), erase ? UNSET : this.#hand.value);
  }

  drag() {}

  release() {}

  cancel() {}
}
