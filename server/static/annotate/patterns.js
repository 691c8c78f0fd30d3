// Tiles of 8 x 8 dots that set classes apart without colour, and the hatching of unset pixels.

import { PATTERNS } from "./palette.js";

export const TILE = 8;

const mod = (value, by) => ((value % by) + by) % by;
const RULES = {
  plain: () => false,
  falling: (x, y) => mod(x - y, 8) < 2,
  dots: (x, y) => mod(x + (y & 4), 8) < 2 && mod(y, 4) < 2,
  rows: (x, y) => y < 2,
  columns: (x) => x < 2,
  grid: (x, y) => x === 0 || y === 0,
  checks: (x, y) => x < 4 === y < 4,
  rings: (x, y) => [9, 10, 11, 12, 13].includes(Math.round((x - 3.5) ** 2 + (y - 3.5) ** 2)),
};

/** A tile row by row: 1 where the pattern has ink. */
export function tileOf(pattern) {
  return tile(RULES[PATTERNS[pattern]]);
}

/** Crosses, of void alone. */
export const CROSSES = tile((x, y) => x === y || x + y === TILE - 1);
/** Wide stripes, of unset pixels alone. */
export const HATCHING = tile((x, y) => mod(x + y, 8) < 2);

function tile(rule) {
  return Uint8Array.from({ length: TILE * TILE }, (_, cell) => rule(cell % TILE, Math.floor(cell / TILE)));
}
