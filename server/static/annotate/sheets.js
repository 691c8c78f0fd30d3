// Lookup tables of the colours that pixels get on the screen: a row of CELLS, a tile, per value, so
// that patterns keep their size however far one has zoomed in.

import { VOID } from "./mask.js";
import { rgbOf } from "./palette.js";
import { CROSSES, HATCHING, TILE, tileOf } from "./patterns.js";

export const CELLS = TILE * TILE;
// Where each part of a sheet begins. Labelled pixels, by class:
export const INK = 0;
// unset ones, by what is suggested for them:
export const FAINT = 256 * CELLS;
// the same in the segment that is pointed at:
export const LIT = 2 * 256 * CELLS;
// and by confidence, 0 to 255.
export const HEAT = 3 * 256 * CELLS;

const VOID_COLOUR = [12, 12, 14];
const GROUND = packed([0, 0, 0], 40);
const HATCH = packed([255, 255, 255], 70);
const LIT_ALPHA = 110;

/** Red, green, blue and alpha (0 to 255) as a canvas keeps them. */
export function packed([r, g, b], alpha) {
  return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** A whole sheet. Classes are `{value, colour, pattern}`; opacity goes from 0 to 1. */
export function sheetOf(classes, opacity) {
  const sheet = new Uint32Array(4 * 256 * CELLS);
  for (let value = 0; value < 256; value += 1) {
    HATCHING.forEach((isInk, cell) => (sheet[FAINT + value * CELLS + cell] = isInk ? HATCH : GROUND));
    sheet.fill(packed([255, 255, 255], LIT_ALPHA), LIT + value * CELLS, LIT + (value + 1) * CELLS);
    sheet.fill(heat(value), HEAT + value * CELLS, HEAT + (value + 1) * CELLS);
  }
  for (const { value, colour, pattern } of classes) {
    dye(sheet, value, { rgb: rgbOf(colour), tile: tileOf(pattern), opacity });
  }
  dye(sheet, VOID, { rgb: VOID_COLOUR, tile: CROSSES, opacity });
  return sheet;
}

function dye(sheet, value, { rgb, tile, opacity }) {
  tile.forEach((isInk, cell) => {
    const at = value * CELLS + cell;
    const shade = isInk ? contrasting(rgb) : rgb;
    sheet[INK + at] = packed(shade, Math.round(255 * Math.min(1, opacity + 0.1 * isInk)));
    sheet[LIT + at] = packed(shade.map(lighter), LIT_ALPHA);
    if (!HATCHING[cell]) sheet[FAINT + at] = packed(shade, Math.round(255 * 0.55 * opacity));
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

/** The colour of doubt: clear where sure, through violet to yellow. */
function heat(confidence) {
  const doubt = 1 - confidence / 255;
  const rgb = [90 + 165 * doubt, 20 + 200 * doubt * doubt, 160 * (1 - doubt) + 20];
  return packed(rgb.map(Math.round), Math.round(230 * Math.min(1, doubt * 1.6)));
}
