// A class's colour and pattern as it looks on the picture, for the palette.

import { element } from "./dom.js";
import { TILE } from "./patterns.js";
import { CELLS, INK } from "./sheets.js";

const ACROSS = 3; // tiles

/** A canvas that CSS may size; the colours come from a sheet. */
export function swatch(sheet, value) {
  const size = ACROSS * TILE;
  const canvas = element("canvas", { className: "swatch", width: size, height: size, ariaHidden: "true" });
  const dots = Uint32Array.from({ length: size * size }, (_, i) => {
    const cell = (Math.floor(i / size) % TILE) * TILE + (i % size) % TILE;
    return sheet[INK + value * CELLS + cell];
  });
  const image = new ImageData(new Uint8ClampedArray(dots.buffer), size, size);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
