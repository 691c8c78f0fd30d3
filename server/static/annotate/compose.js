// The region's layers as pixels of the screen: colours with patterns that keep their size at every
// zoom, borders one dot thin. A rectangle of the screen is computed at a time, and nothing here
// touches a canvas.

import { UNSET } from "./mask.js";
import { TILE } from "./patterns.js";
import { CELLS, FAINT, HEAT, INK, LIT, packed } from "./sheets.js";

// The more opaque one goes before the other where two borders meet: it is the larger number too.
const CHOSEN = packed([255, 226, 89], 255);
const BORDER = packed([255, 255, 255], 210);
const SEAM = packed([255, 255, 255], 75);
// Under so many dots per pixel borders would cover what they bound.
const BORDER_SCALE = 2;

/**
 * Fill `dots` (a Uint32Array, rows `stride` apart) for the screen rectangle `area`.
 *
 * `place` says where the region lies: {left, top, scale} in dots, and `unit`, dots per fine line.
 * `layers`: width, height, classes, suggestion (or null), confidence (or null; then it hides the
 * classes), segments (ids or null), hovered (a segment's id or -1), and the `sheet` of colours.
 */
export function compose(dots, stride, area, place, layers) {
  const columns = steps({ start: area.left, length: area.width, origin: place.left }, place, layers.width);
  const rows = steps({ start: area.top, length: area.height, origin: place.top }, place, layers.height);
  const looks = new Looks(layers, columns.at, place.scale >= BORDER_SCALE * place.unit);
  for (let y = 0; y < area.height; y += 1) {
    const line = dots.subarray(y * stride, y * stride + area.width);
    if (rows.at[y] < 0) {
      line.fill(0);
      continue;
    }
    looks.take(rows.at[y]);
    paint(line, columns, looks, { edge: rows.edge[y], tileRow: rows.tile[y] * TILE });
  }
}

/**
 * For each dot along an axis: the pixel (-1 outside), its place in the tile, and whether a border
 * before the pixel runs here: 1 for every border, 2 for the chosen segment's wider one.
 */
function steps({ start, length, origin }, { scale, unit }, size) {
  const at = new Int32Array(length);
  const tile = new Uint8Array(length);
  const edge = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) {
    const position = start + i + 0.5 - origin;
    const pixel = Math.floor(position / scale);
    const into = position - pixel * scale;
    at[i] = pixel >= 0 && pixel < size ? pixel : -1;
    tile[i] = Math.floor((start + i) / unit) & (TILE - 1);
    if (pixel > 0 && into < 2 * unit) edge[i] = into < unit ? 1 : 2;
  }
  return { at, tile, edge };
}

function paint(line, { at, tile, edge: edges }, looks, { edge, tileRow }) {
  const { sheet, offsets, before, above } = looks;
  for (let x = 0; x < line.length; x += 1) {
    const pixel = at[x];
    if (pixel < 0) {
      line[x] = 0;
      continue;
    }
    const along = edge && (edge === 1 || above[pixel] === CHOSEN) ? above[pixel] : 0;
    const across = edges[x] && (edges[x] === 1 || before[pixel] === CHOSEN) ? before[pixel] : 0;
    line[x] = (along > across ? along : across) || sheet[offsets[pixel] + tileRow + tile[x]];
  }
}

/** How the pixels of one row look, found once for all of their dots. */
class Looks {
  #layers;
  #first;
  #last;
  #hasBorders;
  #row = -1;

  constructor(layers, at, hasBorders) {
    this.#layers = layers;
    this.#hasBorders = hasBorders;
    const inside = at.filter((pixel) => pixel >= 0);
    this.#first = inside[0] ?? 0;
    this.#last = inside.at(-1) ?? -1;
    this.sheet = layers.sheet;
    /** Where each pixel's colours begin in the sheet; the borders to its left and above it. */
    this.offsets = new Int32Array(layers.width);
    this.before = new Uint32Array(layers.width);
    this.above = new Uint32Array(layers.width);
  }

  take(row) {
    if (row === this.#row) return;
    this.#row = row;
    const { width } = this.#layers;
    for (let x = this.#first; x <= this.#last; x += 1) {
      const index = row * width + x;
      this.offsets[x] = this.#offset(index);
      if (!this.#hasBorders) continue;
      this.before[x] = x ? this.#border(index, index - 1) : 0;
      this.above[x] = row ? this.#border(index, index - width) : 0;
    }
  }

  #offset(index) {
    const { classes, suggestion, confidence, segments, hovered } = this.#layers;
    if (confidence) return HEAT + confidence[index] * CELLS;
    if (classes[index] !== UNSET) return INK + classes[index] * CELLS;
    const sheet = segments && segments[index] === hovered ? LIT : FAINT;
    return sheet + (suggestion ? suggestion[index] : UNSET) * CELLS;
  }

  #border(one, other) {
    const { segments, hovered } = this.#layers;
    const isSeam = segments && segments[one] !== segments[other];
    if (isSeam && (segments[one] === hovered || segments[other] === hovered)) return CHOSEN;
    if (this.#shown(one) !== this.#shown(other)) return BORDER;
    return isSeam ? SEAM : 0;
  }

  #shown(index) {
    const { classes, suggestion } = this.#layers;
    return classes[index] === UNSET && suggestion ? suggestion[index] : classes[index];
  }
}
