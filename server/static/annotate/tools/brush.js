// A round brush, and the same one that takes classes away.

import { UNSET } from "../mask.js";
import { swept } from "../raster.js";

export class Brush {
  #work;
  #hand;
  #value = UNSET;
  #last = null;

  constructor(work, hand) {
    this.#work = work;
    this.#hand = hand;
  }

  press(point, { erase = false } = {}) {
    this.#value = erase ? UNSET : this.#hand.value;
    this.#work.begin({ protect: this.#hand.protect });
    this.#last = point;
    this.drag(point);
  }

  drag(point) {
    this.#work.draw(swept(this.#work.mask, this.#last, point, this.#hand.size), this.#value);
    this.#last = point;
  }

  release() {
    this.#work.commit();
  }

  cancel() {
    this.#work.cancel();
  }
}

export class Eraser extends Brush {
  press(point) {
    super.press(point, { erase: true });
  }
}
