// Repeatable chance for tests: the same seed gives the same numbers.

export class Dice {
  #state;

  constructor(seed) {
    this.#state = seed;
  }

  /** From 0 up to 1 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` up to, but not, `high`. */
  int(low, high) {
    return low + Math.floor(this.next() * (high - low));
  }

  /** A point in and a little around a raster. */
  point({ width, height }) {
    return { x: this.next() * (width + 8) - 4, y: this.next() * (height + 8) - 4 };
  }

  pick(choices) {
    return choices[this.int(0, choices.length)];
  }

  bytes(count, below) {
    return Uint8Array.from({ length: count }, () => this.int(0, below));
  }
}
