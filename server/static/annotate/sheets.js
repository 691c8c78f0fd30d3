// Lookup tables of the colours that pixels get on the screen: a row of TILE x TILE cells per value,
// so that patterns keep their size however far one has zoomed in.

import { UNSET, VOID } from "./mask.js";
import { rgbOf } from "./palette.js";
import { CROSSES, HATCHING, TILE, tileOf } from "./patterns.js";

const CELLS = TILE * TILE;
const VOID_COLOUR = [12, 12, 14];
const LIT_ALPHA = 110;
const HATCH = [255, 255, 255, 70];

/** Red, green, blue and alpha (0 to 255) as a canvas keeps them. */
export function packed([r, g, b], alpha) {
  return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/**
 * `ink` for labelled pixels, `faint` for what is suggested for unset ones, `lit` for those of the
 * segment in view: 256 values x CELLS each. `heat` has a colour per confidence.
 * Classes are `{value, colour, pattern}`; opacity goes from 0 to 1.
 */
export function sheetsOf(classes, opacity) {
  const ink = new Uint32Array(256 * CELLS);
  const faint = new Uint32Array(256 * CELLS);
  const lit = new Uint32Array(256 * CELLS).fill(packed([255, 255, 255], LIT_ALPHA));
  const styles = classes.map(({ value, colour, pattern }) => [value, rgbOf(colour), tileOf(pattern)]);
  for (const [value, rgb, tile] of [...styles, [VOID, VOID_COLOUR, CROSSES]]) {
    tile.forEach((isInk, cell) => {
      const shade = isInk ? contrasting(rgb) : rgb;
      ink[value * CELLS + cell] = packed(shade, Math.round(255 * (isInk ? Math.min(1, opacity + 0.1) : opacity)));
      faint[value * CELLS + cell] = packed(shade, Math.round(255 * 0.55 * opacity));
      lit[value * CELLS + cell] = packed(shade.map(lighter), LIT_ALPHA);
    });
  }
  for (let value = 0; value < 256; value += 1) hatch(faint, value);
  return { ink, faint, lit, heat: heat() };
}

function hatch(faint, value) {
  HATCHING.forEach((isInk, cell) => {
    const index = value * CELLS + cell;
    if (isInk) faint[index] = packed(HATCH, HATCH[3]);
    else if (value === UNSET) faint[index] = packed([0, 0, 0], 40);
  });
}

/** Ink that shows on the colour: lighter on dark ones, darker on light ones. */
function contrasting([r, g, b]) {
  const isDark = 0.299 * r + 0.587 * g + 0.114 * b < 120;
  return [r, g, b].map((value) => Math.round(isDark ? value + (255 - value) * 0.4 : value * 0.6));
}

function lighter(value) {
  return Math.round(value + (255 - value) * 0.35);
}

/** Confidence 0 to 255 to the colour of doubt: clear where sure, through violet to yellow. */
function heat() {
  return Uint32Array.from({ length: 256 }, (_, confidence) => {
    const doubt = 1 - confidence / 255;
    const rgb = [90 + 165 * doubt, 20 + 200 * doubt * doubt, 160 * (1 - doubt) + 20];
    return packed(rgb.map(Math.round), Math.round(230 * Math.min(1, doubt * 1.6)));
  });
}
