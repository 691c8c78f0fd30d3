// The region's layers as pixels of the screen: colours with patterns that keep their size at every
// zoom, borders one dot thin. A rectangle of the screen is computed at a time, and nothing here
// touches a canvas.

import { UNSET } from "./mask.js";
import { TILE } from "./patterns.js";
import { packed } from "./sheets.js";

const BORDER = packed([255, 255, 255], 210);
const SEAM = packed([255, 255, 255], 75);
const CHOSEN = packed([255, 226, 89], 255);
// Under so many dots per pixel borders would cover what they bound.
const BORDER_SCALE = 2;

/**
 * Fill `dots` (a Uint32Array, rows `stride` apart) for the screen rectangle `area`.
 *
 * `place` says where the region lies: {left, top, scale} in dots, and `unit`, dots per fine line.
 * `layers`: width, height, classes, suggestion (or null), confidence (or null; then it hides the
 * classes), segments (ids or null), hovered (a segment's id or -1), and sheets.
 */
export function compose(dots, stride, area, place, layers) {
  const columns = steps(area.left, area.width, place.left, place, layers.width);
  const rows = steps(area.top, area.height, place.top, place, layers.height);
  const paint = painter(layers, place);
  for (let y = 0; y < area.height; y += 1) {
    const start = y * stride;
    if (rows.at[y] < 0) {
      dots.fill(0, start, start + area.width);
      continue;
    }
    paint(dots.subarray(start, start + area.width), area, { y, row: rows.at[y], edge: rows.edge[y], columns });
  }
}

/**
 * For each dot along an axis: the pixel (-1 outside), and whether a border before it runs here:
 * 1 for every border, 2 for the chosen segment's wider one.
 */
function steps(start, length, origin, { scale, unit }, size) {
  const at = new Int32Array(length);
  const edge = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) {
    const position = start + i + 0.5 - origin;
    const pixel = Math.floor(position / scale);
    at[i] = pixel >= 0 && pixel < size ? pixel : -1;
    const into = position - pixel * scale;
    if (pixel > 0 && into < 2 * unit) edge[i] = into < unit ? 1 : 2;
  }
  return { at, edge };
}

function painter(layers, { unit, scale }) {
  const { width, classes, suggestion, confidence, sheets, segments, hovered } = layers;
  const border = borderOf(layers);
  const isFine = scale >= BORDER_SCALE * unit;
  return (line, area, { y, row, edge, columns }) => {
    const tileRow = (Math.floor((area.top + y) / unit) & (TILE - 1)) * TILE;
    for (let x = 0; x < line.length; x += 1) {
      const column = columns.at[x];
      if (column < 0) {
        line[x] = 0;
        continue;
      }
      const index = row * width + column;
      const across = isFine && columns.edge[x] ? border(index, index - 1, columns.edge[x]) : 0;
      const along = isFine && edge ? border(index, index - width, edge) : 0;
      if (across || along) {
        line[x] = across === CHOSEN ? across : along || across;
        continue;
      }
      const cell = tileRow + (Math.floor((area.left + x) / unit) & (TILE - 1));
      const value = classes[index];
      if (confidence) line[x] = sheets.heat[confidence[index]];
      else if (value !== UNSET) line[x] = sheets.ink[value * TILE * TILE + cell];
      else {
        const sheet = segments && segments[index] === hovered ? sheets.lit : sheets.faint;
        line[x] = sheet[(suggestion ? suggestion[index] : UNSET) * TILE * TILE + cell];
      }
    }
  };
}

/** The colour of the border between two pixels: around the chosen segment, classes, segments; or 0. */
function borderOf({ classes, suggestion, segments, hovered }) {
  const shown = (index) =>
    classes[index] === UNSET && suggestion ? suggestion[index] : classes[index];
  return (one, other, edge) => {
    const isSeam = segments && segments[one] !== segments[other];
    if (isSeam && (segments[one] === hovered || segments[other] === hovered)) return CHOSEN;
    if (edge > 1) return 0;
    if (shown(one) !== shown(other)) return BORDER;
    return isSeam ? SEAM : 0;
  };
}
