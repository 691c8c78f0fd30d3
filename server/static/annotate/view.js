// Draws the scene on one canvas, at most once per frame and only the rectangle that changed.

import { grown, intersection, union } from "./box.js";
import { compose } from "./compose.js";
import { Scratch } from "./scratch.js";
import { Viewport } from "./viewport.js";

// Lines and patterns grow with the screen, so that a 4K screen shows them as a small one does.
const DOTS_PER_UNIT = 1100;
const DIMMING = 0.5;
// Frame and borders reach this far over the pixels that changed.
const MARGIN_DOTS = 3;

export class View {
  viewport = new Viewport();
  #canvas;
  #pen;
  #scene = null;
  #dirty = null;
  #frame = 0;
  #scratch = new Scratch();
  #observer;
  #rectangle = null;
  #unfitted = false;
  #onPaint = null;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext("2d", { alpha: false });
    this.#observer = new ResizeObserver(([entry]) => this.#resize(entry));
    this.#observer.observe(canvas);
  }

  /**
   * Show a scene (see scene.js), fitted. `onPaint` is called after its first frame.
   */
  show(scene, onPaint) {
    this.#scene = scene;
    this.#onPaint = onPaint;
    this.ground = getComputedStyle(this.#canvas).backgroundColor;
    const { width, height } = this.viewport;
    this.viewport = new Viewport(scene.context);
    this.viewport.resize(width, height);
    this.fitRegion();
  }

  /** Fit the region; before the canvas has a size, as soon as it has one. */
  fitRegion() {
    this.#unfitted = this.viewport.width <= 1;
    this.viewport.fit(this.#scene.box);
    this.redraw();
  }

  fitContext() {
    this.viewport.fit(this.#scene.context, 1);
    this.redraw();
  }

  zoom(factor, at) {
    this.viewport.zoom(factor, at);
    this.redraw();
  }

  pan(dx, dy) {
    this.viewport.pan(dx, dy);
    this.redraw();
  }

  /** Dots per fine line. */
  get unit() {
    return Math.max(1, Math.round(this.viewport.height / DOTS_PER_UNIT));
  }

  /** Where a mouse event is, in dots. Browsers lay a canvas out in whole dots. */
  dotOf({ clientX, clientY }) {
    const { left, top } = this.#edges();
    const [x, y] = [Math.round(left * devicePixelRatio), Math.round(top * devicePixelRatio)];
    return { x: clientX * devicePixelRatio - x, y: clientY * devicePixelRatio - y };
  }

  /** The same in pixels of the region. */
  pointOf(event) {
    const { x, y } = this.viewport.toImage(this.dotOf(event));
    return { x: x - this.#scene.box.left, y: y - this.#scene.box.top };
  }

  /** A point of the region in dots. */
  toScreen({ x, y }) {
    const { left, top } = this.#scene.box;
    return this.viewport.toScreen({ x: x + left, y: y + top });
  }

  /** CSS pixels that a length in pixels of the image takes. */
  lengthOf(length) {
    return (length * this.viewport.scale) / devicePixelRatio;
  }

  /** Draw the whole picture anew, with the next frame. */
  redraw() {
    this.#invalidate({ left: 0, top: 0, width: this.viewport.width, height: this.viewport.height });
  }

  /** Draw a box of the region anew; null is none. */
  touch(box) {
    if (!box || !this.#scene) return;
    const { left, top } = this.#scene.box;
    const dots = this.viewport.boxToScreen({ ...box, left: box.left + left, top: box.top + top });
    this.#invalidate(grown(dots, MARGIN_DOTS * this.unit));
  }

  /** A point of the screen in dots as CSS pixels from the canvas's corner. */
  toCss({ x, y }) {
    return { x: x / devicePixelRatio, y: y / devicePixelRatio };
  }

  close() {
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#scene = null;
  }

  /** Where the canvas lies; asked for once a frame, as the browser may have to lay the page out. */
  #edges() {
    if (!this.#rectangle) {
      this.#rectangle = this.#canvas.getBoundingClientRect();
      requestAnimationFrame(() => (this.#rectangle = null));
    }
    return this.#rectangle;
  }

  #invalidate(dots) {
    this.#dirty = union(this.#dirty, dots);
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  #resize({ contentRect, devicePixelContentBoxSize: [exact] = [] }) {
    const width = exact?.inlineSize ?? Math.round(contentRect.width * devicePixelRatio);
    const height = exact?.blockSize ?? Math.round(contentRect.height * devicePixelRatio);
    if (!width || !height) return;
    Object.assign(this.#canvas, { width, height });
    this.viewport.resize(width, height);
    if (!this.#scene) return;
    if (this.#unfitted) this.fitRegion();
    this.redraw();
    // A canvas that got a size is empty: waiting for the next frame would flicker.
    this.#paint();
  }

  #paint() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const screen = { left: 0, top: 0, width: this.#canvas.width, height: this.#canvas.height };
    const dirty = intersection(this.#dirty, screen);
    this.#dirty = null;
    // A bitmap that its owner has closed has no size.
    if (!dirty || !this.#scene?.context.bitmap.width) return;
    this.#pen.save();
    this.#pen.beginPath();
    this.#pen.rect(dirty.left, dirty.top, dirty.width, dirty.height);
    this.#pen.clip();
    this.#paintSurroundings(dirty);
    this.#paintRegion(dirty);
    this.#scene.overlay(this.#pen, this);
    this.#pen.restore();
    this.#onPaint?.();
    this.#onPaint = null;
  }

  #paintSurroundings(dirty) {
    const { context, box, neighbours, isPeeking } = this.#scene;
    const pen = this.#pen;
    pen.fillStyle = this.ground;
    pen.fillRect(dirty.left, dirty.top, dirty.width, dirty.height);
    this.#draw(context.bitmap, context, dirty);
    const outside = this.#outside(box, dirty);
    pen.save();
    pen.clip(outside, "evenodd");
    if (neighbours && !isPeeking) this.#draw(neighbours.picture, neighbours, dirty);
    pen.restore();
    pen.globalAlpha = DIMMING;
    pen.fill(outside, "evenodd");
    pen.globalAlpha = 1;
  }

  /** `dirty` without the region, by the even-odd rule. */
  #outside(box, dirty) {
    const path = new Path2D();
    const region = this.viewport.boxToScreen(box);
    for (const { left, top, width, height } of [dirty, region]) path.rect(left, top, width, height);
    return path;
  }

  /** The part of a picture that shows in `dirty`; sharp where it is enlarged. */
  #draw(picture, box, dirty) {
    const { scale } = this.viewport;
    const { x, y } = this.viewport.toImage({ x: dirty.left, y: dirty.top });
    const seen = grown({ left: x, top: y, width: dirty.width / scale, height: dirty.height / scale }, 1);
    const part = intersection(seen, box);
    if (!part) return;
    const to = this.viewport.boxToScreen(part);
    this.#pen.imageSmoothingEnabled = scale < 1;
    this.#pen.drawImage(
      picture,
      part.left - box.left, part.top - box.top, part.width, part.height,
      to.left, to.top, to.width, to.height,
    );
  }

  #paintRegion(dirty) {
    const { box, isPeeking } = this.#scene;
    const region = this.viewport.boxToScreen(box);
    const area = isPeeking ? null : intersection(grown(region, 0), dirty);
    const { left, top } = region;
    const place = { left, top, scale: this.viewport.scale, unit: this.unit };
    const { layers } = this.#scene;
    const fill = (dots, stride) => compose(dots, stride, area, place, layers);
    if (area) this.#scratch.draw(this.#pen, area, fill);
    this.#frameRegion(region);
  }

  /** A light line between two dark ones shows on every picture. */
  #frameRegion({ left, top, width, height }) {
    for (const [colour, lines] of [["#000c", 3], ["#fff", 1]]) {
      this.#pen.strokeStyle = colour;
      this.#pen.lineWidth = lines * this.unit;
      const out = 1.5 * this.unit;
      this.#pen.strokeRect(left - out, top - out, width + 2 * out, height + 2 * out);
    }
  }
}
