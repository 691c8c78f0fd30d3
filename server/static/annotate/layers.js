// Which layers are on, and how strong. They stay from region to region.

import { UNSET } from "./mask.js";
import { rgbOf } from "./palette.js";
import { packed } from "./sheets.js";

const OPACITIES = { least: 0.1, most: 1, step: 0.1 };
const NEIGHBOUR_ALPHA = 120;

export class Layers {
  suggestion = true;
  uncertainty = false;
  neighbours = true;
  opacity = 0.6;
  /** Whether the image alone is wanted for a moment. */
  peek = false;

  configure(settings) {
    for (const name of Object.keys(this.preferences)) {
      if (name in settings) this[name] = settings[name];
    }
  }

  get preferences() {
    const { suggestion, uncertainty, neighbours, opacity } = this;
    return { suggestion, uncertainty, neighbours, opacity };
  }

  toggle(name) {
    this[name] = !this[name];
  }

  /** A step stronger (1) or fainter (-1). */
  fade(direction) {
    const next = Math.round(10 * (this.opacity + direction * OPACITIES.step)) / 10;
    this.opacity = Math.min(OPACITIES.most, Math.max(OPACITIES.least, next));
  }
}

/** Labels around the region as a picture of their own; void and what nobody asked for is clear. */
export function neighbourPicture({ width, height, values }, classes) {
  const canvas = new OffscreenCanvas(width, height);
  const colours = new Uint32Array(256);
  for (const { value, colour } of classes) colours[value] = packed(rgbOf(colour), NEIGHBOUR_ALPHA);
  colours[UNSET] = 0;
  const dots = Uint32Array.from(values, (value) => colours[value]);
  const image = new ImageData(new Uint8ClampedArray(dots.buffer), width, height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
