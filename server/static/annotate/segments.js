// A division of a region into segments, as superpixels and connected areas of the suggestion are.

import { around } from "./box.js";

export class Segments {
  #starts; // where each segment's pixels begin in #order
  #order;

  /** `ids` numbers the segment of every pixel; the numbers may have gaps. */
  constructor({ width, height }, ids) {
    if (ids.length !== width * height) {
      throw new RangeError(`Expected ${width * height} segment numbers, given ${ids.length}.`);
    }
    this.width = width;
    this.height = height;
    this.ids = ids;
    let count = 0;
    for (const id of ids) if (id >= count) count = id + 1;
    this.#starts = new Uint32Array(count + 1);
    for (const id of ids) this.#starts[id + 1] += 1;
    for (let id = 0; id < count; id += 1) this.#starts[id + 1] += this.#starts[id];
    this.#order = new Uint32Array(ids.length);
    const next = this.#starts.slice();
    for (let index = 0; index < ids.length; index += 1) this.#order[next[ids[index]]++] = index;
  }

  /** The pixels of a segment. */
  pixels(id) {
    return this.#order.subarray(this.#starts[id], this.#starts[id + 1]);
  }

  /** The box of a segment. */
  box(id) {
    return around(this.pixels(id), this.width);
  }

  /** How many segments have pixels. */
  get count() {
    return this.numbers().length;
  }

  numbers() {
    const all = Array.from({ length: this.#starts.length - 1 }, (_, id) => id);
    return all.filter((id) => this.#starts[id] < this.#starts[id + 1]);
  }

  /** The segment that one reaches from `id` by going (dx, dy); `id` when there is none. */
  towards(id, dx, dy) {
    const from = this.#centre(id);
    let [best, least] = [id, Infinity];
    for (const other of this.numbers()) {
      const to = this.#centre(other);
      const ahead = (to.x - from.x) * dx + (to.y - from.y) * dy;
      const aside = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
      if (other === id || ahead <= 0) continue;
      const cost = ahead + 2 * aside; // straight ahead is meant, even when a little further
      if (cost < least) [best, least] = [other, cost];
    }
    return best;
  }

  #centre(id) {
    const pixels = this.pixels(id);
    const sum = { x: 0, y: 0 };
    for (const index of pixels) {
      sum.x += index % this.width;
      sum.y += Math.floor(index / this.width);
    }
    return { x: sum.x / pixels.length, y: sum.y / pixels.length };
  }
}
