// A polygon by corners, or freehand while dragging. It is drawn when it is closed: at its first
// corner, by pressing twice at one place, or by `finish`.

import { polygon } from "../raster.js";

const FREEHAND_PX = 1; // a dragged point closer than this to the last one says nothing new

export class Polygon {
  #work;
  #hand;
  points = [];

  constructor(work, hand) {
    this.#work = work;
    this.#hand = hand;
  }

  get isOpen() {
    return this.points.length > 0;
  }

  /** `reach` is how far, in pixels of the region, a press may miss a corner. */
  press(point, { erase = false, reach = 0 } = {}) {
    if (erase) this.back();
    else if (this.points.length > 2 && this.#isEnd(point, reach)) this.finish();
    else this.points.push(point);
  }

  drag(point) {
    const last = this.points.at(-1);
    if (last && distance(last, point) >= FREEHAND_PX) this.points.push(point);
  }

  release() {}

  /** Take the last corner back. */
  back() {
    this.points.pop();
  }

  finish() {
    const points = this.points;
    this.points = [];
    if (points.length < 3) return;
    const { mask } = this.#work;
    this.#work.fill(polygon(mask, points), this.#hand.value, { protect: this.#hand.protect });
  }

  cancel() {
    this.points = [];
  }

  #isEnd(point, reach) {
    return [this.points[0], this.points.at(-1)].some((corner) => distance(corner, point) <= reach);
  }
}

function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
