// The label of a region: one class and one origin per pixel, so a pixel has exactly one class by
// construction. Pixels are numbered row by row.

export const VOID = 255;
export const UNSET = 254;

/** How a pixel came by its class: taken from the suggestion, changed after that, or by hand. */
export const Origin = Object.freeze({ none: 0, accepted: 1, edited: 2, drawn: 3 });

const LAYERS = ["classes", "origins"];

export class Mask {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.classes = new Uint8Array(width * height).fill(UNSET);
    this.origins = new Uint8Array(width * height);
    /** How many pixels have each value. */
    this.counts = new Uint32Array(256);
    this.counts[UNSET] = width * height;
  }

  /** A copy of what is given; without origins every pixel that has a class counts as drawn. */
  static from({ width, height, classes, origins }) {
    const size = width * height;
    if (classes.length !== size || (origins && origins.length !== size)) {
      throw new RangeError(`Expected ${size} pixels (${width}x${height}), given ${classes.length}.`);
    }
    const mask = new Mask(width, height);
    const drawn = (value) => (value === UNSET ? Origin.none : Origin.drawn);
    mask.restore(classes, origins ?? classes.map(drawn));
    return mask;
  }

  get size() {
    return this.classes.length;
  }

  /** Put whole layers in place. */
  restore(classes, origins) {
    this.classes.set(classes);
    this.origins.set(origins);
    this.counts.fill(0);
    for (const value of this.classes) this.counts[value] += 1;
  }

  /** Give a pixel a class by hand. A pixel that has it already keeps its origin. */
  draw(index, value) {
    if (this.classes[index] === value) return;
    const before = this.origins[index];
    const changed = before === Origin.accepted || before === Origin.edited;
    this.#set(index, value);
    if (value === UNSET) this.origins[index] = Origin.none;
    else this.origins[index] = changed ? Origin.edited : Origin.drawn;
  }

  /** Take over the suggestion's class for a pixel. */
  accept(index, value) {
    if (value === UNSET || this.classes[index] === value) return;
    this.#set(index, value);
    this.origins[index] = Origin.accepted;
  }

  /** Put a patch in its place; the answer is the patch that reverses this. */
  apply(patch) {
    const reverse = cut(this, patch);
    for (const layer of LAYERS) {
      for (let row = 0; row < patch.height; row += 1) {
        const part = patch[layer].subarray(row * patch.width, (row + 1) * patch.width);
        this[layer].set(part, (patch.top + row) * this.width + patch.left);
      }
    }
    reverse.classes.forEach((value, i) => {
      this.counts[value] -= 1;
      this.counts[patch.classes[i]] += 1;
    });
    return reverse;
  }

  #set(index, value) {
    this.counts[this.classes[index]] -= 1;
    this.counts[value] += 1;
    this.classes[index] = value;
  }
}

/** What a mask (or a copy of its layers) holds in a box: the box with `classes` and `origins`. */
export function cut(mask, { left, top, width, height }) {
  const patch = { left, top, width, height };
  for (const layer of LAYERS) {
    patch[layer] = new Uint8Array(width * height);
    for (let row = 0; row < height; row += 1) {
      const start = (top + row) * mask.width + left;
      patch[layer].set(mask[layer].subarray(start, start + width), row * width);
    }
  }
  return patch;
}
