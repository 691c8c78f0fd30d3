// The work on one region: its mask, what undoes each stroke, and what the tools may consult. Knows
// nothing of the page, so that every tool can be tried without one.

import { union } from "./box.js";
import { components, holes } from "./components.js";
import { History } from "./history.js";
import { Mask, UNSET } from "./mask.js";
import { Segments } from "./segments.js";
import { Stroke } from "./stroke.js";

export class Work {
  #stroke = null;
  #fresh = null; // box to draw anew since `takeFresh`
  #superpixels = null;
  #suggested = null; // found when they are first asked for
  #areas;
  #everywhere;

  /** `start` is a draft and goes before `label`, a finished mask; both may be null. */
  constructor({ width, height, suggestion = null, segments = null, start, label, origins }) {
    const found = start ?? (label && { classes: label, origins });
    this.mask = found ? Mask.from({ ...found, width, height }) : new Mask(width, height);
    this.history = new History(start ?? {});
    this.#everywhere = new Uint32Array(this.mask.size).map((_, index) => index);
    this.suggestion = suggestion;
    // What they are at the start stays: areas must not move under the pointer.
    this.#areas = suggestion ?? this.mask.classes.slice();
    this.setSuperpixels(segments);
  }

  setSuperpixels(ids) {
    this.#superpixels = ids && new Segments(this.mask, ids);
    this.#all();
  }

  get hasSuperpixels() {
    return this.#superpixels !== null;
  }

  /** The segments to choose from: areas of the suggestion, or `fine` ones along edges. */
  segments(fine) {
    if ((fine || !this.suggestion) && this.#superpixels) return this.#superpixels;
    this.#suggested ??= new Segments(this.mask, components(this.mask, this.#areas));
    return this.#suggested;
  }

  /** What a person sees at a pixel: its class, else the suggested one. */
  shown(index) {
    const value = this.mask.classes[index];
    return value === UNSET && this.suggestion ? this.suggestion[index] : value;
  }

  begin({ protect = false } = {}) {
    this.commit();
    this.#stroke = new Stroke(this.mask, { protect });
  }

  get isDrawing() {
    return this.#stroke !== null;
  }

  draw(indices, value) {
    this.#stroke.draw(indices, value);
    this.#fresh = union(this.#fresh, this.#stroke.takeFresh());
  }

  /** End the stroke; whether it changed anything. */
  commit() {
    const reversal = this.#stroke?.reversal();
    this.#stroke = null;
    if (reversal) this.history.push(reversal);
    return Boolean(reversal);
  }

  cancel() {
    this.#fresh = union(this.#fresh, this.#stroke?.cancel() ?? null);
    this.#stroke = null;
  }

  /** Give pixels a class in one stroke; whether anything changed. */
  fill(indices, value, options) {
    this.begin(options);
    this.draw(indices, value);
    return this.commit();
  }

  /** Give the whole region one class. */
  fillAll(value, options) {
    return this.fill(this.#everywhere, value, options);
  }

  /** Take over the suggestion where there is no class yet, or with `all` everywhere. */
  accept({ all = false } = {}) {
    if (!this.suggestion) return false;
    this.begin({ protect: !all });
    this.#stroke.accept(this.#everywhere, this.suggestion);
    this.#all();
    return this.commit();
  }

  /** Fill what labelled pixels enclose. */
  fillHoles() {
    this.begin();
    for (const { indices, value } of holes(this.mask, this.mask.classes)) this.draw(indices, value);
    return this.commit();
  }

  /** Whether there was something to undo; a stroke under way is what goes first. */
  undo() {
    if (!this.isDrawing) return this.#changed(this.history.undo(this.mask));
    this.cancel();
    return true;
  }

  redo() {
    return !this.isDrawing && this.#changed(this.history.redo(this.mask));
  }

  result() {
    const { classes, origins } = this.mask;
    return { classes: classes.slice(), origins: origins.slice(), unset: this.mask.counts[UNSET] };
  }

  /** Everything to go on with, also in the middle of a stroke; patches are shared, not copied. */
  draft() {
    const { width, height, classes, origins } = this.mask;
    const pending = this.#stroke?.reversal();
    const layers = { classes: classes.slice(), origins: origins.slice() };
    return { width, height, ...layers, ...this.history.state(pending) };
  }

  /** The box of the mask that changed since the last call; null when none did. */
  takeFresh() {
    const fresh = this.#fresh;
    this.#fresh = null;
    return fresh;
  }

  #changed(box) {
    this.#fresh = union(this.#fresh, box);
    return box !== null;
  }

  #all() {
    this.#changed({ left: 0, top: 0, width: this.mask.width, height: this.mask.height });
  }
}
