// What the view shows of an open region, read anew for every frame from where it is kept.

import { neighbourPicture } from "./layers.js";
import { patternsOf, rgbOf } from "./palette.js";
import { sheetOf } from "./sheets.js";

export class Scene {
  #editor;
  #neighbours;

  constructor(editor, { box, context, neighbours }, classes) {
    this.#editor = editor;
    this.box = box;
    this.context = context;
    const picture = neighbours && neighbourPicture(neighbours, classes);
    this.#neighbours = picture && { ...neighbours, picture };
  }

  /** Labels around the region as a picture and its box; null when there are none to show. */
  get neighbours() {
    return this.#editor.layers.neighbours ? this.#neighbours : null;
  }

  get isPeeking() {
    return this.#editor.layers.peek;
  }

  /** What `compose` takes. */
  get layers() {
    const { work, given, layers, hand, handling, colours } = this.#editor;
    const { width, height, classes } = work.mask;
    return {
      width,
      height,
      classes,
      suggestion: layers.suggestion ? work.suggestion : null,
      confidence: layers.uncertainty ? (given.confidence ?? null) : null,
      segments: hand.mode === "segments" ? work.segments(hand.fine).ids : null,
      hovered: handling.segment,
      sheet: colours,
    };
  }

  /** Lines over the picture. */
  overlay(pen, view) {
    this.#editor.handling.overlay(pen, view);
  }
}

/** The colours of classes; with `isPatterned` each has a pattern, else those that look alike. */
export function coloursOf(classes, { isPatterned, opacity }) {
  const rgbs = classes.map(({ colour }) => rgbOf(colour));
  const patterns = patternsOf(rgbs, isPatterned ? "always" : "auto");
  return sheetOf(classes.map((each, index) => ({ ...each, pattern: patterns[index] })), opacity);
}
