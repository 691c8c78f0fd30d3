// Gives the class to whole segments: the one that is pressed and all that are dragged over.

import { UNSET } from "../mask.js";
import { crossed, pixelAt } from "../raster.js";

export class Segment {
  #work;
  #hand;
  #value = UNSET;
  #last = null;
  #done = new Set();

  constructor(work, hand) {
    this.#work = work;
    this.#hand = hand;
  }

  press(point, { erase = false } = {}) {
    this.#value = erase ? UNSET : this.#hand.value;
    this.#work.begin({ protect: this.#hand.protect });
    this.#done.clear();
    this.#last = point;
    if (pixelAt(this.#work.mask, point) >= 0) this.drag(point);
  }

  /** A quick hand skips no segment: those under the line from the last point count too. */
  drag(point) {
    const segments = this.#work.segments(this.#hand.fine);
    for (const index of crossed(this.#work.mask, this.#last, point)) {
      const id = segments.ids[index];
      if (this.#done.has(id)) continue;
      this.#done.add(id);
      this.#work.draw(segments.pixels(id), this.#value);
    }
    this.#last = point;
  }

  release() {
    this.#work.commit();
  }

  cancel() {
    this.#work.cancel();
  }
}
