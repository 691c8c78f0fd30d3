// Where the picture lies on the screen: a scale in dots per pixel of the image, and the dot at which
// the image's pixel (0, 0) lies. Everything in device dots; pure, so that it can be tried anywhere.

const LARGEST_SCALE = 96;
/** How much of the screen a fitted region takes; the rest shows what is around it. */
const REGION_SHARE = 0.78;

export class Viewport {
  /** Size of the screen in dots. */
  width = 1;
  height = 1;
  scale = 1;
  left = 0;
  top = 0;
  #world = { left: 0, top: 0, width: 1, height: 1 };

  /** `world` is what there is to see, in pixels of the image. */
  constructor(world) {
    if (world) this.#world = world;
  }

  /** Another size keeps the middle where it is. */
  resize(width, height) {
    this.left += (width - this.width) / 2;
    this.top += (height - this.height) / 2;
    this.width = width;
    this.height = height;
    this.#keepInside();
  }

  /** Show a box in the middle, taking `share` of the screen. */
  fit({ left, top, width, height }, share = REGION_SHARE) {
    this.scale = this.#bounded(share * Math.min(this.width / width, this.height / height));
    this.left = this.width / 2 - (left + width / 2) * this.scale;
    this.top = this.height / 2 - (top + height / 2) * this.scale;
    this.#keepInside();
  }

  /** Zoom by a factor; the point of the image under the dot (x, y) stays there. */
  zoom(factor, { x, y } = this.#middle) {
    const before = this.toImage({ x, y });
    this.scale = this.#bounded(this.scale * factor);
    this.left = x - before.x * this.scale;
    this.top = y - before.y * this.scale;
    this.#keepInside();
  }

  /** Move the picture by dots. */
  pan(dx, dy) {
    this.left += dx;
    this.top += dy;
    this.#keepInside();
  }

  toImage({ x, y }) {
    return { x: (x - this.left) / this.scale, y: (y - this.top) / this.scale };
  }

  toScreen({ x, y }) {
    return { x: this.left + x * this.scale, y: this.top + y * this.scale };
  }

  /** A box of the image in dots. */
  boxToScreen({ left, top, width, height }) {
    const { x, y } = this.toScreen({ x: left, y: top });
    return { left: x, top: y, width: width * this.scale, height: height * this.scale };
  }

  get #middle() {
    return { x: this.width / 2, y: this.height / 2 };
  }

  #bounded(scale) {
    const { width, height } = this.#world;
    const whole = Math.min(this.width / width, this.height / height);
    return Math.min(LARGEST_SCALE, Math.max(Math.min(1, whole) * 0.9, scale));
  }

  /** The middle of the screen always shows some of the world. */
  #keepInside() {
    const { left, top, width, height } = this.boxToScreen(this.#world);
    const { x, y } = this.#middle;
    this.left += Math.min(0, x - left) + Math.max(0, x - (left + width));
    this.top += Math.min(0, y - top) + Math.max(0, y - (top + height));
  }
}
