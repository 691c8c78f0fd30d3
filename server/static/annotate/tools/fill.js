// One press gives the whole region the class.

import { UNSET } from "../mask.js";
import { pixelAt } from "../raster.js";

export class Fill {
  #work;
  #hand;

  constructor(work, hand) {
    this.#work = work;
    this.#hand = hand;
  }

  press(point, { erase = false } = {}) {
    if (pixelAt(this.#work.mask, point) < 0) return;
    const value = erase ? UNSET : this.#hand.value;
    this.#work.fillAll(value, { protect: this.#hand.protect });
  }

  drag() {}

  release() {}

  cancel() {}
}
