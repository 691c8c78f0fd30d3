// Takes the class under the pointer into the hand: the pixel's own, else the suggested one.

import { UNSET } from "../mask.js";
import { pixelAt } from "../raster.js";

export class Pick {
  #work;
  #hand;

  constructor(work, hand) {
    this.#work = work;
    this.#hand = hand;
  }

  press(point) {
    const index = pixelAt(this.#work.mask, point);
    const value = index < 0 ? UNSET : this.#work.shown(index);
    if (value !== UNSET) this.#hand.value = value;
  }

  drag(point) {
    this.press(point);
  }

  release() {}

  cancel() {}
}
