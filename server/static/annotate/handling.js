// What the pointer does to the region: strokes of the tool in hand, the segment under it, and the
// brush's outline.

import { boxOf, drawPolygon } from "./overlay.js";
import { pixelAt } from "./raster.js";
import { TOOLS } from "./tools/index.js";

// How far from a corner, in CSS pixels, a press still closes a polygon.
const REACH_PX = 8;

export class Handling {
  /** The segment under the pointer or chosen by arrows; -1 without. */
  segment = -1;
  /** Whether it was chosen by arrows. */
  isChosen = false;
  #editor;
  #tools = {};
  #tool = null; // that of the stroke under way
  #mouse = null; // the last event of a mouse or pen over the canvas
  #isPanning = false;
  #lines = null; // box of the polygon's lines as drawn last

  constructor(editor) {
    this.#editor = editor;
  }

  /** Another region lies on the table. */
  begin() {
    const { work, hand } = this.#editor;
    const made = Object.entries(TOOLS).map(([name, Tool]) => [name, new Tool(work, hand)]);
    this.#tools = Object.fromEntries(made);
    this.#tool = this.#lines = null;
    this.segment = -1;
    this.isChosen = false;
    this.point();
  }

  /** The polygon while it is open, else null. */
  get polygon() {
    return this.#tools.polygon?.isOpen ? this.#tools.polygon : null;
  }

  dropPolygon() {
    this.polygon?.cancel();
    this.refreshOverlay();
  }

  press(point, { erase, alt }) {
    const { hand, view } = this.#editor;
    if (!this.#editor.work) return;
    this.#editor.stir();
    this.#tool = this.#tools[alt ? "pick" : hand.tool];
    this.#tool.press(point, { erase, reach: REACH_PX / view.lengthOf(1) });
    this.#editor.drawn();
  }

  drag(point) {
    this.#tool?.drag(point);
    this.#editor.drawn();
  }

  release({ moved }) {
    this.#editor.stir();
    this.#editor.counts[moved ? "strokes" : "clicks"] += 1;
    this.#editor.edit(() => this.#tool?.release());
    this.#tool = null;
  }

  /** The stroke was not meant. */
  cancel() {
    this.#tool?.cancel();
    this.#tool = null;
    this.#editor.drawn();
  }

  /** The mouse or pen is here, or with null nowhere over the canvas. */
  hover(event) {
    this.#mouse = event;
    if (event) {
      this.#editor.stir();
      this.isChosen = false;
    }
    this.point();
  }

  /** Bring outline, mouse shape and segment in line with where the pointer is. */
  point() {
    const { hand, view, stage, work } = this.#editor;
    const isBrush = ["brush", "eraser"].includes(hand.tool) && !this.#isPanning;
    stage.shape(hand.tool, this.#isPanning);
    if (!work) return;
    const at = isBrush && this.#mouse ? view.toCss(view.dotOf(this.#mouse)) : null;
    stage.brush(at, view.lengthOf(hand.size), hand.tool === "eraser");
    if (!this.isChosen) this.#hint(this.#under());
    if (this.polygon) this.refreshOverlay();
  }

  /** Whether the picture follows the pointer. */
  isPanning() {
    return this.#isPanning;
  }

  panning(isPanning) {
    this.#isPanning = isPanning;
    this.point();
  }

  wheel() {
    return this.#editor.wheel;
  }

  wheelSize(direction) {
    this.#editor.hold((hand) => hand.resize(direction));
  }

  /** Go to a segment by arrows; false outside of segments mode. */
  chooseSegment(dx, dy) {
    const { hand, work, stage } = this.#editor;
    if (!work || hand.mode !== "segments") return false;
    const segments = work.segments(hand.fine);
    const middle = pixelAt(work.mask, { x: work.mask.width / 2, y: work.mask.height / 2 });
    const next = this.segment < 0 ? segments.ids[middle] : segments.towards(this.segment, dx, dy);
    this.isChosen = true;
    this.#hint(next);
    stage.say(`Segment ${next + 1} of ${segments.count}`);
    return true;
  }

  /** Give the chosen segment a class. */
  fillSegment(work, value) {
    const { fine, protect } = this.#editor.hand;
    return work.fill(work.segments(fine).pixels(this.segment), value, { protect });
  }

  /** Draw the polygon's lines anew, where they were and where they are. */
  refreshOverlay() {
    const { view, work } = this.#editor;
    if (!work) return;
    const points = this.#points();
    const lines = boxOf(points);
    view.touch(this.#lines);
    view.touch(lines);
    this.#lines = lines;
  }

  overlay(pen, view) {
    if (this.polygon) drawPolygon(pen, view, this.#points());
  }

  #points() {
    if (!this.polygon) return [];
    const pointer = this.#mouse ? [this.#editor.view.pointOf(this.#mouse)] : [];
    return [...this.polygon.points, ...pointer];
  }

  #under() {
    const { hand, view, work } = this.#editor;
    if (hand.mode !== "segments" || !this.#mouse) return -1;
    const index = pixelAt(work.mask, view.pointOf(this.#mouse));
    return index < 0 ? -1 : work.segments(hand.fine).ids[index];
  }

  #hint(segment) {
    if (segment === this.segment) return;
    const { hand, view, work } = this.#editor;
    const segments = work.segments(hand.fine);
    for (const id of [this.segment, segment]) if (id >= 0) view.touch(segments.box(id));
    this.segment = segment;
  }
}
