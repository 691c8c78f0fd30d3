import assert from "node:assert/strict";
import { test } from "node:test";

import { crossed, flood, pixelAt, polygon, swept } from "../../server/static/annotate/raster.js";
import { Dice } from "./random.js";

const RASTER = { width: 23, height: 17 };

function centres({ width, height }) {
  return Array.from({ length: width * height }, (_, i) => ({ x: (i % width) + 0.5, y: Math.floor(i / width) + 0.5 }));
}

/** By walking along the line in small steps. */
function isNear(centre, from, to, radius) {
  for (let step = 0; step <= 400; step += 1) {
    const along = step / 400;
    const [x, y] = [from.x + along * (to.x - from.x), from.y + along * (to.y - from.y)];
    if (Math.hypot(centre.x - x, centre.y - y) <= radius) return true;
  }
  return false;
}

test("a brush covers what lies within its radius of the line, within a hair's breadth", () => {
  const dice = new Dice(1);
  for (let round = 0; round < 40; round += 1) {
    const [from, to, diameter] = [dice.point(RASTER), dice.point(RASTER), 0.5 + 9 * dice.next()];
    const found = new Set(swept(RASTER, from, to, diameter));
    const ends = [pixelAt(RASTER, from), pixelAt(RASTER, to)];
    centres(RASTER).forEach((centre, index) => {
      if (isNear(centre, from, to, diameter / 2 - 0.02)) assert.ok(found.has(index));
      if (!isNear(centre, from, to, diameter / 2 + 0.02)) assert.ok(!found.has(index) || ends.includes(index));
    });
  }
});

test("the thinnest brush paints the pixel that it points at, and lines without gaps", () => {
  assert.deepEqual(swept(RASTER, { x: 3.9, y: 2.1 }, { x: 3.9, y: 2.1 }, 1), [2 * 23 + 3]);
  const dice = new Dice(2);
  for (let round = 0; round < 40; round += 1) {
    const [from, to] = [dice.point(RASTER), dice.point(RASTER)];
    const rows = new Set(swept(RASTER, from, to, 1).map((index) => Math.floor(index / RASTER.width)));
    const all = [...rows].sort((one, other) => one - other);
    all.slice(1).forEach((row, i) => assert.equal(row, all[i] + 1));
  }
});

test("a line goes from pixel to touching pixel, and through nothing that it is not in", () => {
  const dice = new Dice(8);
  for (let round = 0; round < 40; round += 1) {
    const [from, to] = [dice.point(RASTER), dice.point(RASTER)];
    const found = crossed(RASTER, from, to).map((index) => [index % RASTER.width, Math.floor(index / RASTER.width)]);
    found.slice(1).forEach(([x, y], i) => {
      assert.ok(Math.max(Math.abs(x - found[i][0]), Math.abs(y - found[i][1])) === 1);
    });
    for (const [x, y] of found) assert.ok(isNear({ x: x + 0.5, y: y + 0.5 }, from, to, Math.SQRT1_2 + 0.02));
  }
});

test("a stroke that stays outside covers nothing, one that passes by is clipped", () => {
  assert.deepEqual(swept(RASTER, { x: -9, y: -9 }, { x: -9, y: 40 }, 6), []);
  const passing = swept(RASTER, { x: -1, y: -50 }, { x: -1, y: 50 }, 4);
  assert.deepEqual(passing, Array.from({ length: 17 }, (_, row) => row * 23));
});

test("a polygon covers the centres around which it winds an odd number of times", () => {
  const dice = new Dice(3);
  for (let round = 0; round < 60; round += 1) {
    const points = Array.from({ length: dice.int(3, 9) }, () => dice.point(RASTER));
    const found = new Set(polygon(RASTER, points));
    centres(RASTER).forEach((centre, index) => assert.equal(found.has(index), isInside(centre, points)));
  }
});

function isInside({ x, y }, points) {
  let inside = false;
  points.forEach((one, i) => {
    const other = points[(i + 1) % points.length];
    if (one.y <= y === other.y <= y) return;
    if (x < one.x + ((y - one.y) * (other.x - one.x)) / (other.y - one.y)) inside = !inside;
  });
  return inside;
}

test("a flood is what can be reached by edges and looks the same", () => {
  const dice = new Dice(4);
  for (let round = 0; round < 30; round += 1) {
    const values = dice.bytes(RASTER.width * RASTER.height, 3);
    const start = dice.int(0, values.length);
    const found = new Set(flood(RASTER, values, start));
    assert.equal(found.size, flood(RASTER, values, start).length);
    for (const index of found) {
      assert.equal(values[index], values[start]);
      for (const next of besides(index)) assert.ok(values[next] !== values[start] || found.has(next));
    }
    assert.ok(found.has(start));
  }
});

function besides(index) {
  const x = index % RASTER.width;
  const all = [x > 0 && index - 1, x < RASTER.width - 1 && index + 1, index - RASTER.width, index + RASTER.width];
  return all.filter((each) => each !== false && each >= 0 && each < RASTER.width * RASTER.height);
}
