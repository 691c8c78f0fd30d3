// Areas of a raster that hang together by edges.

import { UNSET } from "./mask.js";
import { flood, neighbours } from "./raster.js";

/** The number of its area for every pixel, counted from 0. */
export function components(raster, values) {
  const ids = new Int32Array(values.length).fill(-1);
  let count = 0;
  for (let index = 0; index < ids.length; index += 1) {
    if (ids[index] >= 0) continue;
    for (const each of flood(raster, values, index)) ids[each] = count;
    count += 1;
  }
  return ids;
}

/**
 * Unset areas that labelled pixels enclose, each with the class that most of its surroundings
 * have (the smaller value on a tie): `[{indices, value}]`. One at the raster's edge is open.
 */
export function holes(raster, classes) {
  const seen = new Uint8Array(classes.length);
  const found = [];
  for (let index = 0; index < classes.length; index += 1) {
    if (classes[index] !== UNSET || seen[index]) continue;
    const indices = flood(raster, classes, index);
    for (const each of indices) seen[each] = 1;
    if (!indices.some((each) => isAtEdge(raster, each))) {
      found.push({ indices, value: surrounding(raster, classes, indices) });
    }
  }
  return found;
}

function isAtEdge({ width, height }, index) {
  const x = index % width;
  return x === 0 || x === width - 1 || index < width || index >= width * (height - 1);
}

function surrounding({ width, height }, classes, indices) {
  const counts = new Uint32Array(256);
  for (const index of indices) {
    neighbours(index, width, height, (each) => (counts[classes[each]] += classes[each] !== UNSET));
  }
  return counts.indexOf(Math.max(...counts));
}
